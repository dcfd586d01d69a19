/* SPDX-License-Identifier: ISC */
/*
 * fdb_hash.h - uthash, tamed for the address table.  Only fdb_impl.h includes it.
 *
 * uthash as it comes exits the process when memory runs out and hashes with a function anybody can
 * run backwards.  Here running out is reported, and the caller hands in hash values made with a
 * secret key (util/siphash.h).
 */
#ifndef CORE_FDB_HASH_H
#define CORE_FDB_HASH_H

#include <stdint.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1

/* Keys are one uint64_t: compare a word, not a string. */
#define HASH_KEYCMP(a, b, n) (*(const uint64_t *)(a) != *(const uint64_t *)(b))

/* Every call passes the hash value itself; a call that forgot to would not link. */
unsigned fdb_hash_value_missing(void);
#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = fdb_hash_value_missing())

#include <uthash.h>

#endif

/* SPDX-License-Identifier: ISC */
/*
 * fdb_hash.h - uthash, made to fit the address table.  Only fdb_impl.h includes it.
 *
 * uthash as it comes exits the process when memory runs out, hashes with a function anybody can run
 * backwards, moves all entries to a larger table once in a while, and keeps them on a list in the order
 * in which they were added.  Here the hash values are made with a secret key (util/siphash.h), the
 * buckets are laid out once, by fdb_new(), and entries are on lists of ours: what is used are the macros
 * that HASH_FIND(), HASH_ADD() and HASH_DELETE() are made of, HASH_FIND_IN_BKT() and its like.  They see to
 * one bucket and no more, so that hh.prev and hh.next are free for our lists.
 *
 * The key is 64 bits and is kept where uthash has a pointer to it: in the handle, one cache line with
 * all else that a lookup needs.
 */
#ifndef CORE_FDB_HASH_H
#define CORE_FDB_HASH_H

#include <stdint.h>

#define HASH_NONFATAL_OOM 1

/* The "pointers" are the keys themselves. */
#define HASH_KEYCMP(a, b, n) ((a) != (b))

/* Every call passes the hash value itself; a call that forgot to would not link. */
unsigned fdb_hash_value_missing(void);
#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = fdb_hash_value_missing())

#include <uthash.h>

_Static_assert(sizeof(void *) >= sizeof(uint64_t), "a key is kept in the place of a pointer");

#endif

/* SPDX-License-Identifier: ISC */
/*
 * identity.h - addresses for switches, the same each time the daemon starts.
 *
 * A bridge whose address is another one after each start is another bridge: the tree may get another root, and neighbours
 * keep what they knew of the old one until it has aged.  So the address is made of what stays: which machine this is
 * (machine-id(5)), where on it the daemon is reached, since two daemons may each have a switch of one name, and the
 * name of the switch.
 *
 * The machine's id is not to be told to others: only a hash of it is used, with a key of our own so that it is not what
 * another program makes of the same id.  Addresses are locally administered.
 */
#ifndef UTIL_IDENTITY_H
#define UTIL_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "util/siphash.h"

/* All zero: nothing is known that stays. */
struct identity {
	bool known;
	struct siphash_key key;
};

/*
 * `machine` is the text of machine-id(5), 32 hexadecimal digits, perhaps with a newline behind; `place` an absolute
 * path.  False, and nothing is known, where machine is anything else: an image that has not been started yet has a
 * word there, or nothing.
 */
bool identity_make(struct identity *id, const char *machine, const char *place);

/* The address of the switch of that name; 0 where nothing is known. */
uint64_t identity_address(const struct identity *id, const char *name);

#endif

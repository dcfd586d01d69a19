/* SPDX-License-Identifier: ISC */
#include "util/identity.h"

#include <string.h>

enum { MACHINE_ID = 32 };

/* Known to all: they only keep these hashes apart from others of the same texts. */
static const struct siphash_key ours[2] = {
	{{UINT64_C(0x7377697463686420), UINT64_C(0x6964656e74697479)}},
	{{UINT64_C(0x7377697463686420), UINT64_C(0x6d616368696e6520)}},
};

static uint64_t hash(const char *text, size_t len, const struct siphash_key *key)
{
	return siphash24((const uint8_t *)text, len, key);
}

bool identity_make(struct identity *id, const char *machine, const char *place)
{
	*id = (struct identity){.known = false};
	if (strspn(machine, "0123456789abcdef") != MACHINE_ID ||
	    (machine[MACHINE_ID] && strcmp(machine + MACHINE_ID, "\n") != 0))
		return false;
	/* each half depends on all of the machine and of the place */
	for (unsigned i = 0; i < 2; i++) {
		struct siphash_key k = {{hash(machine, MACHINE_ID, &ours[0]) + i,
					 hash(machine, MACHINE_ID, &ours[1])}};

		id->key.k[i] = hash(place, strlen(place), &k);
	}
	id->known = true;
	return true;
}

uint64_t identity_address(const struct identity *id, const char *name)
{
	uint64_t h = hash(name, strlen(name), &id->key);

	return id->known ? (h & UINT64_C(0x00ffffffffff)) | UINT64_C(0x020000000000) : 0;
}

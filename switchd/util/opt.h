/* SPDX-License-Identifier: ISC */
/*
 * opt.h - settings described by tables.
 *
 * A setting has one name everywhere: in the config file, as a JSON-RPC parameter, as a swctl
 * option, in the schema, the man page and the error message.  A table of `struct opt` says, once,
 * how a setting is called, where it lives in its struct, what values it takes and what it means;
 * parsing, printing, comparing, help and completion are all made from it.
 */
#ifndef UTIL_OPT_H
#define UTIL_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/rate.h"

enum opt_type {
	OPT_BOOL, /* bool:       true, false (a person may also say yes/no/on/off) */
	OPT_UINT, /* uint32_t:   min..max, in the unit the key's name carries */
	OPT_STR,  /* char[size]: passes check() */
	OPT_ENUM, /* char[size]: one of `words` */
	OPT_MAC,  /* uint64_t:   a unicast MAC address, 0 = not set */
	OPT_MASK, /* uint32_t:   0x0 to max in hex, or a word of `words` for nothing or everything */
	OPT_VIDS, /* struct vidset: VLANs like 10,20-29, or all */
	OPT_RATE, /* struct rate: "10Mbit", "1000fps", "none" (util/rate.h) */
};

/* How much a change disturbs. */
enum opt_change {
	OPT_LIVE,   /* taken over while frames flow */
	OPT_REOPEN, /* the port is closed and opened anew: frames in between are lost */
};

struct opt {
	const char *name;
	enum opt_type type;
	enum opt_change change;
	size_t off;	   /* offsetof() in the struct the table is for */
	size_t size;	   /* OPT_STR, OPT_ENUM: bytes there, the NUL included */
	uint32_t min;	   /* OPT_UINT */
	uint32_t max;	   /* OPT_UINT, OPT_MASK */
	uint32_t step;	   /* OPT_UINT: only multiples of it; 0 = any */
	bool zero_ok;	   /* OPT_UINT: 0 is allowed too although min is above it */
	bool required;	   /* OPT_STR, OPT_UINT: has no default that would do */
	const char *dflt;  /* the default, as a person writes it; "" = not set */
	const char *arg;   /* what --help calls the value: "BYTES" */
	const char *help;  /* one line */
	const char *words; /* OPT_ENUM: allowed words; OPT_MASK: the words for none and for all */
	int (*check)(const char *value, struct err *e); /* OPT_STR; NULL = any text */
	const char *
		pattern; /* OPT_STR: a regular expression that all values match, for the schema; or NULL */
	const struct opt *more; /* of the entry that ends a table: the table it goes on in */
};

/* What stands in the struct while an OPT_UINT that is required was not given; above any max. */
enum { OPT_UINT_MISSING = UINT32_MAX };

/*
 * A table ends with an entry whose name is NULL.  Where that says `more`, what several tables have in
 * common follows: all of them are for structs that begin alike.
 */
static inline const struct opt *opt_at_or_end(const struct opt *o)
{
	while (o && !o->name)
		o = o->more;
	return o;
}

#define opt_foreach(o, table) \
	for (const struct opt *o = opt_at_or_end(table); o; o = opt_at_or_end(o + 1))

/* The entry called name, or NULL. */
const struct opt *opt_find(const struct opt *table, const char *name);

/* Puts every default of the table into the struct at base. */
void opt_defaults(const struct opt *table, void *base);

/* Puts the default of one option into the struct at base. */
void opt_reset(const struct opt *o, void *base);

/*
 * Reads `text` as a person writes the value and stores it.
 * On bad input returns -EINVAL, says in *e what was found and what is allowed, changes nothing.
 */
int opt_parse(const struct opt *o, const char *text, void *base, struct err *e);

/* Store one value already typed (from JSON); same checks, same errors. */
int opt_set_bool(const struct opt *o, bool v, void *base, struct err *e);
int opt_set_uint(const struct opt *o, int64_t v, void *base, struct err *e);

/* The value as a person writes it, "" where it is not set; returns out. */
const char *opt_format(const struct opt *o, const void *base, char *out, size_t size);

bool opt_equal(const struct opt *o, const void *a, const void *b);
/* Every option of the table. */
bool opt_all_equal(const struct opt *table, const void *a, const void *b);
void opt_copy(const struct opt *o, void *to, const void *from);

/* What the option takes, for error messages: "a number from 68 to 65521 (or 0)"; returns out. */
const char *opt_allowed(const struct opt *o, char *out, size_t size);

/* Is it required, and was not given? */
bool opt_missing(const struct opt *o, const void *base);

/* Typed access for those who hold an option and a struct. */
static inline void *opt_at(const struct opt *o, void *base)
{
	return (char *)base + o->off;
}
static inline const void *opt_at_const(const struct opt *o, const void *base)
{
	return (const char *)base + o->off;
}

#endif

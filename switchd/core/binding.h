/* SPDX-License-Identifier: ISC */
/*
 * binding.h - which station has which IPv4 address on which port: the table behind DHCP snooping and ARP
 * inspection (RFC 7513 calls it the binding state table).
 *
 * A binding is (VID, MAC, IP, port).  Dynamic ones are leases that were seen, and end with them; static
 * ones are the administrator's word, and nothing that is seen replaces, moves or ends them.  In a VLAN
 *
 * - an address has one dynamic binding: who gets a lease of it takes it over, because the server has given
 *   it away.  It has none where it has a static one; static ones of several stations may share it (the
 *   address of a service that moves between two hosts);
 * - a station has one dynamic binding: a lease of another address takes the place of the one before.  It
 *   may have any number of static ones.
 *
 * What complicates it, and the answer:
 *
 * - Guests choose their MAC addresses, and with luck their IP addresses: both indexes are hashed with
 *   a secret key.
 * - Guests can ask for leases without end: the table is bounded, each port can have a limit of its own, and
 *   where the table is full a port takes the place of the binding that was renewed longest ago of the
 *   port that has most, as long as that one has two more than itself.  So ports come to have equal parts of what
 *   static ones leave, and one that floods crowds out only itself.
 * - Leases end at any time: who looks is never shown one that has ended, and bindings_expire() clears
 *   them away in slices.
 *
 * Time is in milliseconds of a clock that does not go back.  All memory is taken by bindings_new().
 */
#ifndef CORE_BINDING_H
#define CORE_BINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "util/siphash.h"

#define BINDING_FOREVER UINT64_MAX

struct binding {
	uint64_t mac;
	uint32_t ip; /* host order */
	uint16_t vid;
	uint16_t port;
	bool is_static;
	uint64_t since_ms;   /* entered here */
	uint64_t expires_ms; /* BINDING_FOREVER: static, or a lease without end */
};

/* Why a binding is no more. */
enum binding_end {
	BINDING_EXPIRED,  /* the lease has run out */
	BINDING_RELEASED, /* the client gave it back (DHCPRELEASE) */
	BINDING_DECLINED, /* the client found the address in use (DHCPDECLINE) */
	BINDING_NAKED,	  /* the server says that the client may not have it (DHCPNAK) */
	BINDING_REPLACED, /* the station has a lease of another address, or the address another station */
	BINDING_EVICTED, /* made room for a port with less */
	BINDING_DELETED, /* by the administrator */
	BINDING_PORT,	 /* its port is no more */
	BINDING_VLAN,	 /* its VLAN is not snooped any more */
	BINDING_END_COUNT
};

/* What became of a lease that was seen. */
enum bind {
	BIND_NEW,
	BIND_RENEWED,
	BIND_HELD,	/* refused: a static binding says otherwise */
	BIND_PORT_FULL, /* refused: the port has as many as it may */
	BIND_FULL,	/* refused: the table is full, and no port has more than this one */
};

struct bindings;

/* Hears of each binding that ends; it must not call back into the table. */
struct binding_watch {
	void (*gone)(struct binding_watch *w, const struct binding *b, enum binding_end why);
};

/*
 * A table for max bindings.  `watch` (may be NULL) outlives it.  NULL when there is no memory: some 100
 * bytes a binding, touched by the kernel only as the table fills.
 */
struct bindings *bindings_new(uint32_t max, const struct siphash_key *key,
			      struct binding_watch *watch);
void bindings_free(struct bindings *b);

/*
 * The same ports and bindings in a table of another size; the old one is freed.  Where not all fit, of
 * each port the dynamic ones that were renewed last stay, and the others are gone as BINDING_EVICTED.  NULL with *rc,
 * and the old one untouched: -ENOMEM, or -ENOSPC where the static ones alone do not fit.
 */
struct bindings *bindings_resized(struct bindings *old, uint32_t max, int *rc);

/* A port has to be opened before anything is bound to it.  limit: of dynamic bindings, 0 = none of its own. */
void bindings_port_open(struct bindings *b, unsigned port, uint32_t limit);
void bindings_port_limit(struct bindings *b, unsigned port, uint32_t limit);
/* Ends all bindings of the port, static ones too. */
void bindings_port_close(struct bindings *b, unsigned port);

/* Is there a binding of exactly these, which has not ended at now_ms?  The answer lives until the next change. */
const struct binding *bindings_find(const struct bindings *b, uint16_t vid, uint64_t mac,
				    uint32_t ip, uint64_t now_ms);

/* The bindings of a station, one after the other: *at begins as NULL.  NULL: that was all. */
const struct binding *bindings_of(const struct bindings *b, uint16_t vid, uint64_t mac,
				  uint64_t now_ms, const struct binding *at);

/* Could the port have one more dynamic binding? */
bool bindings_room(const struct bindings *b, unsigned port);

/*
 * A lease was seen: vid, mac, ip, port and expires_ms of *want are set.  Enters or renews it; what it takes
 * the place of ends.  The port is open.
 */
enum bind bindings_learn(struct bindings *b, const struct binding *want, uint64_t now_ms);

/*
 * A static binding, new or made out of a dynamic one; dynamic bindings that contradict it end as
 * BINDING_REPLACED.  Returns 0, -EEXIST where the same is static on another port, -ENOSPC where the table is full
 * of static ones.
 */
int bindings_add_static(struct bindings *b, uint16_t vid, uint64_t mac, uint32_t ip, unsigned port,
			uint64_t now_ms);

/* Ends one binding, static or not.  0 or -ENOENT. */
int bindings_del(struct bindings *b, uint16_t vid, uint64_t mac, uint32_t ip, enum binding_end why);

/* Ends the dynamic bindings of a VLAN. */
void bindings_flush_vlan(struct bindings *b, uint16_t vid);

/* Looks at no more than `slots` slots, going on where it left off, and ends the leases that have run out. */
void bindings_expire(struct bindings *b, uint64_t now_ms, uint32_t slots);

/*
 * Walks by slots from *slot on, for listings that go on while the table changes: true: *out is a binding,
 * *slot is behind it.  One that stays is seen exactly once.  Leases that have run out are seen until they
 * are cleared away.
 */
bool bindings_walk(const struct bindings *b, uint32_t *slot, struct binding *out);

struct binding_counts {
	uint32_t all;
	uint32_t statics;
};

struct binding_counts bindings_count(const struct bindings *b);
struct binding_counts bindings_port_count(const struct bindings *b, unsigned port);
uint32_t bindings_max(const struct bindings *b);

/* "expired", "released"...: for events. */
const char *binding_end_name(enum binding_end why);

#endif

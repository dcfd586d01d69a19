/* SPDX-License-Identifier: ISC */
/*
 * guard.h - a LAN on which stations cannot speak in the name of others: DHCP snooping, ARP inspection, RA guard.
 *
 * Each is switched on for a VLAN (VID 0: frames without a tag, or a switch that knows no VLANs) and looks at
 * frames from ports that are not trusted for it.  Ports are not, unless guard_port_set() says so.
 *
 * GUARD_DHCP   Servers are on trusted ports only.  What clients ask is remembered; the ACK that a trusted port
 *		answers becomes a binding (core/binding.h) of the station, its address and its port.  Nobody
 *		asks in the name of another, nor gives back or declines what another holds.
 * GUARD_ARP	The sender of an ARP message (RFC 826) has a binding on the port, dynamic or static.
 * GUARD_RA	Router Advertisements and Redirects come from trusted ports only (RFC 6105, 7113).  What
 *		hosts must ignore, and fragments of Neighbor Discovery (RFC 6980), goes no further.
 * GUARD_DHCP6	DHCPv6 servers are on trusted ports only (RFC 7610).  There are no bindings of IPv6
 *		addresses: most are made by the stations themselves (RFC 4862, 8981), and a table that knew
 *		only of DHCPv6 could not tell a forged Neighbor Advertisement from an honest one.
 *
 * What complicates it, and the answer:
 *
 * - What cannot be decided is dropped (`ip6_undecided`, `dhcp_fragment`, `hidden_header`), where it may be what is
 *   guarded against.  A first fragment has to hold all headers, which lets the later ones pass: without the
 *   first they are nothing.  In IPv4 the first holds both UDP ports, and no later one can write over them.
 * - Some hosts take off any number of tags of VID 0, or LLC/SNAP headers, before they look (CVE-2021-27853 and its
 *   siblings).  Frames with a third tag, or IP, ARP or a tag in SNAP, go no further.
 * - An offload header can have a "checksum" written where the type of a message is.  Where that would change what
 *   was looked at, the frame goes no further.
 * - A station is bound where its lease was seen.  While its port is up, nobody else asks for leases with
 *   its address (`dhcp_not_holder`), so none can be taken over by who pretends to be it.  A station
 *   that moves within the switch needs its old port to go down or away, or its binding deleted.
 * - A port going down keeps its bindings: a host that starts again goes on with its lease.
 * - Leases run out by the server's count, which begins when its ACK passes here.
 * - On trusted ports nothing is dropped, and nothing is learned from what is malformed.
 * - Exhausting a server's pool takes many stations: from a port with as many bindings as it may have, new ones are
 *   not let through to servers (`dhcp_limit`).
 *
 * Deciding and acting are two things, as in core/decide.h: guard_decide() changes nothing.  The frame has passed
 * frame_parse(), and the VLAN is that in which it would be forwarded; ask before anything is learned of it.
 *
 *	if (guard_wants(f) && guard_is_on(g, vid)) {
 *		guard_decide(g, vid, in, f, &v);
 *		guard_commit(g, &v, now_ms);
 *	}
 *
 * Not thread-safe.  Memory is taken by guard_new(), guard_configure() and guard_port_add() only.
 */
#ifndef CORE_GUARD_H
#define CORE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/binding.h"
#include "core/drop.h"
#include "core/frame.h"
#include "util/err.h"
#include "util/portset.h"
#include "util/siphash.h"

/* What is on in a VLAN; what a port is trusted for. */
enum guard_what {
	GUARD_DHCP = 1 << 0,
	GUARD_DHCP6 = 1 << 1,
	GUARD_ARP = 1 << 2,
	GUARD_RA = 1 << 3,
	GUARD_ALL = 15,
};

enum { GUARD_BINDINGS_MAX = 1 << 16, GUARD_EVENT_MS = 1000 };

struct guard_settings {
	uint32_t max_bindings; /* 1 to GUARD_BINDINGS_MAX */
	bool check_chaddr;     /* chaddr has to be the frame's source: `dhcp_chaddr` */
	bool allow_relays;     /* untrusted ports may have giaddr, option 82, RELAY-FORW */
	bool to_trusted;       /* what clients ask goes to trusted ports only: GUARD_TO_TRUSTED */
	bool check_arp_target; /* of a reply: target address = destination: `arp_target` */
};

/* 4096 bindings; all checks, but for the target of ARP replies; no relays. */
struct guard_settings guard_defaults(void);

struct guard_port_settings {
	uint8_t trusted;       /* of enum guard_what */
	uint32_t max_bindings; /* dynamic ones; 0 = no limit but the table's */
};

/* ---- events ---- */

enum guard_event_kind {
	GUARD_BOUND,	 /* a new dynamic binding */
	GUARD_UNBOUND,	 /* a binding has ended: `why` */
	GUARD_VIOLATION, /* a frame was dropped: `drop`; or a lease was not bound, for that reason */
};

struct guard_event {
	enum guard_event_kind kind;
	enum drop drop;
	enum binding_end why;
	uint16_t vid;
	uint16_t port;
	uint64_t
		mac; /* bound; of a violation: the station's as the message says, else the frame's source */
	uint32_t ip; /* host order, 0 where there is none */
	uint32_t
		suppressed; /* GUARD_VIOLATION: so many of this kind on this port were not told since the last */
};

/*
 * Of violations one is raised each GUARD_EVENT_MS for a port and reason; what was not told is told by the
 * next, or by guard_age() when there is none.  Bindings begin and end only by what a trusted server has said, so these are
 * all raised.  It must not call back into the guard.
 */
struct guard_watch {
	void (*raise)(struct guard_watch *w, const struct guard_event *ev);
};

/* ---- making one ---- */

struct guard;

/* `key` is secret and random; `watch` (may be NULL) outlives it.  NULL with *e filled: no memory. */
struct guard *guard_new(const struct guard_settings *set, const struct siphash_key *key,
			struct guard_watch *watch, struct err *e);
void guard_free(struct guard *g);

/*
 * Takes over changed settings.  -EINVAL, -ENOMEM, or -ENOSPC where the static bindings do not fit max_bindings; then
 * nothing has changed.
 */
int guard_configure(struct guard *g, const struct guard_settings *set, struct err *e);

/* What is on in a VLAN, of enum guard_what.  Without GUARD_DHCP its dynamic bindings end. */
void guard_vlan_set(struct guard *g, uint16_t vid, uint8_t what);
uint8_t guard_vlan(const struct guard *g, uint16_t vid);
bool guard_is_on(const struct guard *g, uint16_t vid);

/* Port 0 to PORTSET_MAX - 1, up and not yet added.  0 or -ENOMEM. */
int guard_port_add(struct guard *g, unsigned port, const struct guard_port_settings *set,
		   struct err *e);
/* Takes over changed settings.  Bindings above a lower limit stay until they end. */
void guard_port_set(struct guard *g, unsigned port, const struct guard_port_settings *set);
/* While it is down its stations may ask for leases elsewhere. */
void guard_port_up(struct guard *g, unsigned port, bool up);
/* Ends its bindings, static ones too, and forgets what was asked there.  Harmless where it is not added. */
void guard_port_del(struct guard *g, unsigned port);

/*
 * A static binding.  -EINVAL (no address of a station), -ENOENT (no such port), -EEXIST (static on another port
 * already), -ENOSPC.
 */
int guard_bind(struct guard *g, uint16_t vid, uint64_t mac, uint32_t ip, unsigned port,
	       uint64_t now_ms, struct err *e);
/* Ends a binding, static or not.  -ENOENT. */
int guard_unbind(struct guard *g, uint16_t vid, uint64_t mac, uint32_t ip, struct err *e);

/* ---- frames ---- */

enum guard_to {
	GUARD_TO_ANY,	  /* as without a guard */
	GUARD_TO_TRUSTED, /* to those of the ports it would go to that are in guard_trusted() */
	GUARD_TO_PORT,	  /* to to_port and nowhere else: the client that has asked is there */
};

/* What guard_commit() does. */
enum guard_act {
	GUARD_NOTHING,
	GUARD_REMEMBER, /* the request */
	GUARD_BIND,	/* the lease */
	GUARD_NAK,	/* ends the binding of the address that was refused */
	GUARD_RELEASE,	/* ends the binding */
	GUARD_DECLINE,
	GUARD_MALFORMED, /* counts it: from a trusted port, so it was not dropped */
};

struct guard_verdict {
	enum drop drop; /* DROP_NONE: it may go on, subject to `to` */
	enum guard_to to;
	enum guard_what to_what; /* GUARD_TO_TRUSTED: trusted for that */
	uint16_t to_port;
	uint16_t vid;
	uint16_t
		port; /* of act: the station's; of an answer that is not the one it came in through */
	enum guard_act act;
	uint8_t type; /* DHCP message type of what is to be remembered */
	bool rapid;   /* with rapid commit */
	uint64_t mac; /* the station it is about */
	uint32_t ip;  /* the address it is about, 0 = none */
	uint32_t xid;
	uint32_t lease_s;
};

/* Is the frame IPv4, and may it carry DHCP?  (`ip`: at its header, `have` bytes; `written`: see below.) */
static inline bool guard_wants_ipv4(const uint8_t *ip, size_t have, size_t written)
{
	if (have < 20 || ip[9] != 17)
		return false;
	size_t udp = (size_t)(ip[0] & 15) * 4;
	if ((ip[6] & 0x3f) || ip[7])
		return !(ip[6] & 0x1f) && !ip[7]; /* a first fragment */
	if (have < udp + 4)
		return false;
	unsigned dport = (unsigned)ip[udp + 2] << 8 | ip[udp + 3];
	return dport == 67 || dport == 68 || written < udp + 4;
}

static inline bool guard_wants_ipv6(const uint8_t *ip, size_t have, size_t written)
{
	if (have < 40)
		return false;
	switch (ip[6]) {
	case 17: { /* UDP */
		unsigned dport = have < 44 ? 0 : (unsigned)ip[42] << 8 | ip[43];

		return dport == 546 || dport == 547 || written < 44;
	}
	case 58: /* ICMPv6 */
		return (have > 40 && ip[40] >= 133 && ip[40] <= 137) || written < 42;
	case 0: /* all that another header can follow (RFC 7045) */
	case 43:
	case 44:
	case 51:
	case 60:
	case 135:
	case 139:
	case 140:
		return true;
	default:
		return false;
	}
}

/* LLC/SNAP (IEEE 802-2014 clause 9.5) with an EtherType that is worth hiding; OUI of RFC 1042 or 802.1H. */
static inline bool guard_wants_snap(const uint8_t *llc, size_t have)
{
	if (have < 8 || llc[0] != 0xaa || llc[1] != 0xaa || llc[3] || llc[4])
		return false;
	unsigned type = (unsigned)llc[6] << 8 | llc[7];
	return (llc[5] == 0 || llc[5] == 0xf8) &&
	       (type == ETHERTYPE_IPV4 || type == 0x0806 || type == ETHERTYPE_IPV6 ||
		type == ETHERTYPE_CTAG || type == ETHERTYPE_STAG);
}

/*
 * Is it for the guard to look at this frame, which has passed frame_parse()?  Everything else passes, and this costs it
 * a few instructions.
 */
static inline bool guard_wants(const struct frame *f)
{
	const uint8_t *l3 = f->data + f->l3;
	size_t have = f->len - f->l3, written = SIZE_MAX;

	/* where, from the IP header on, a checksum will be written (core/vnet.h); vnet_check() has seen to the rest */
	if (f->vnet && (f->vnet[0] & 1))
		written = (size_t)(f->vnet[6] | f->vnet[7] << 8) +
			  (size_t)(f->vnet[8] | f->vnet[9] << 8) - f->l3;
	switch (f->ethertype) {
	case ETHERTYPE_IPV4:
		return guard_wants_ipv4(l3, have, written);
	case ETHERTYPE_IPV6:
		return guard_wants_ipv6(l3, have, written);
	case 0x0806:
	case ETHERTYPE_CTAG:
	case ETHERTYPE_STAG:
		return true;
	default:
		return f->ethertype < 0x0600 && guard_wants_snap(l3, have);
	}
}

/* Fills *v for the frame f from port `in`: pure, and true for any frame, whether guard_wants() it or not. */
void guard_decide(const struct guard *g, uint16_t vid, unsigned in, const struct frame *f,
		  struct guard_verdict *v);

/* Does what v says and raises the events that follow.  Nothing of the guard may have changed since. */
void guard_commit(struct guard *g, const struct guard_verdict *v, uint64_t now_ms);

/* The ports that are trusted for one of enum guard_what. */
const struct portset *guard_trusted(const struct guard *g, enum guard_what what);

/*
 * Ends leases that have run out and tells what was not told yet: call it once a second.  A lease ends to the
 * second here, because frames are decided by the time of the last call of this or guard_commit().
 */
void guard_age(struct guard *g, uint64_t now_ms);

/* ---- looking ---- */

struct guard_stats {
	uint64_t bound; /* new leases */
	uint64_t renewed;
	uint64_t ended[BINDING_END_COUNT];
	uint64_t refused_limit; /* leases not bound: the port has as many as it may */
	uint64_t refused_full;
	uint64_t
		refused_held; /* a static binding says otherwise, or the station is on another port */
	uint64_t contested;   /* requests that repeat what is pending on another port */
	uint64_t malformed;   /* from trusted ports, and so forwarded */
};

const struct guard_stats *guard_stats(const struct guard *g);
/* To be walked, counted and looked up; it may be another one after guard_configure(). */
const struct bindings *guard_bindings(const struct guard *g);

#endif

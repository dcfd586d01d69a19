/* SPDX-License-Identifier: ISC */
/*
 * guard_lab.h - DHCP, ARP and Neighbor Discovery in frames, honest when they are made, to be spoilt by the
 * test; and a guard with three stations and a server to send them to.
 */
#ifndef GUARD_LAB_H
#define GUARD_LAB_H

#include "core/dhcp.h"
#include "core/frame.h"
#include "core/guard.h"
#include "core/vnet.h"

#define IP(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define ALL_NODES UINT64_C(0x333300000001)

struct wire {
	uint8_t vnet[VNET_HDR_SIZE];
	bool has_vnet;
	uint8_t data[1600];
	size_t len;
	size_t l3, l4;
};

/* ---- frames ---- */

/* An Ethernet header and nothing else. */
void wire_ethernet(struct wire *w, uint64_t dst, uint64_t src, uint16_t type);
/* Puts a tag in front of those there are. */
void wire_tag(struct wire *w, uint16_t tpid, uint16_t tci);
/* UDP with a payload. */
void wire_udp4(struct wire *w, uint64_t dst, uint64_t src, uint16_t sport, uint16_t dport,
	       const uint8_t *payload, size_t len);
void wire_udp6(struct wire *w, uint64_t dst, uint64_t src, uint16_t sport, uint16_t dport,
	       const uint8_t *payload, size_t len);
/* ICMPv6 from fe80::1 to ff02::1 with hop limit 255. */
void wire_icmp6(struct wire *w, uint64_t src, const uint8_t *message, size_t len);
/* Puts an IPv6 extension header of len bytes, whose first is overwritten, behind the fixed header. */
void wire_extend(struct wire *w, uint8_t type, const uint8_t *header, size_t len);
/* Lengths and checksums are what they should be again. */
void wire_seal(struct wire *w);
/* The checksum is left to the offload header: the field holds the sum of the pseudo header. */
void wire_owe(struct wire *w);
/* A checksum is to be written somewhere. */
void wire_write(struct wire *w, size_t at);
/* frame_parse() of it, which has to go well; the bytes are in memory of the exact size until the next call. */
struct frame wire_frame(const struct wire *w);

/* ---- messages ---- */

struct said {
	enum dhcp_type type; /* DHCP_NO_TYPE: BOOTP */
	bool reply;
	uint32_t xid, ciaddr, yiaddr, giaddr, requested, lease_s;
	uint64_t chaddr;
	bool relay_info, rapid;
};

enum { SAID_MAX = 400 };

enum { SAID_XID = 0x1234 };

/* What STATION(station) says as a client, and what a server answers; a lease is of an hour. */
struct said said_client(enum dhcp_type type, unsigned station);
struct said said_server(enum dhcp_type type, unsigned station, uint32_t ip);
/* The payload of the datagram; returns its length. */
size_t said_write(const struct said *s, uint8_t out[SAID_MAX]);
/* In a frame: broadcast, from `src`, by client or server according to s->reply. */
void wire_dhcp(struct wire *w, uint64_t src, const struct said *s);
void wire_arp(struct wire *w, uint64_t src, uint16_t op, uint64_t sender, uint32_t sender_ip,
	      uint64_t target, uint32_t target_ip);
/* A sound message of the type, 133 to 137, with a link-layer address option. */
void wire_nd(struct wire *w, uint64_t src, uint8_t type);

/* ---- a guard ---- */

enum { LAB_SERVER = 0, LAB_A = 1, LAB_B = 2, LAB_C = 3, LAB_PORTS = 4, LAB_VID = 7 };

struct glab {
	struct guard_watch watch;
	struct guard *g;
	uint64_t now_ms;
	struct guard_event last; /* raised */
	unsigned raised[3];	 /* by kind */
	struct guard_verdict v;	 /* the last */
};

/* Everything is on in LAB_VID; port 0 is trusted for all, 1 to 3 for nothing. */
void glab_open(struct glab *l, const struct guard_settings *set);
void glab_close(struct glab *l);
/* Decides, twice with the same answer, and commits. */
enum drop glab_send(struct glab *l, unsigned port, const struct wire *w);
enum drop glab_send_vid(struct glab *l, unsigned port, uint16_t vid, const struct wire *w);
/* A client on the port says s, or the server does. */
enum drop glab_say(struct glab *l, unsigned port, const struct said *s);
/* REQUEST and ACK: the station has the address for lease_s. */
void glab_lease(struct glab *l, unsigned port, uint64_t mac, uint32_t ip, uint32_t lease_s);
/* An ARP announcement. */
enum drop glab_announce(struct glab *l, unsigned port, uint64_t mac, uint32_t ip);
uint32_t glab_bindings(const struct glab *l);

#endif

/* SPDX-License-Identifier: ISC */
#include "guard_lab.h"

#include <stdlib.h>
#include <string.h>

#include "core/arp.h"
#include "packet.h"
#include "unit.h"
#include "util/mac.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, UDP_HEADER = 8 };

/* ---- frames ---- */

void wire_ethernet(struct wire *w, uint64_t dst, uint64_t src, uint16_t type)
{
	memset(w, 0, sizeof(*w));
	mac_store(w->data, dst);
	mac_store(w->data + 6, src);
	packet_put16(w->data + 12, type);
	w->len = w->l3 = ETHERNET;
}

void wire_tag(struct wire *w, uint16_t tpid, uint16_t tci)
{
	memmove(w->data + 16, w->data + 12, w->len - 12);
	packet_put16(w->data + 12, tpid);
	packet_put16(w->data + 14, tci);
	w->len += 4;
	w->l3 += 4;
	w->l4 += 4;
}

static void put_udp(struct wire *w, uint16_t sport, uint16_t dport, const uint8_t *payload,
		    size_t len)
{
	packet_put16(w->data + w->l4, sport);
	packet_put16(w->data + w->l4 + 2, dport);
	if (len)
		memcpy(w->data + w->l4 + UDP_HEADER, payload, len);
	w->len = w->l4 + UDP_HEADER + len;
	wire_seal(w);
}

void wire_udp4(struct wire *w, uint64_t dst, uint64_t src, uint16_t sport, uint16_t dport,
	       const uint8_t *payload, size_t len)
{
	uint8_t *ip = w->data + ETHERNET;

	wire_ethernet(w, dst, src, ETHERTYPE_IPV4);
	ip[0] = 0x45;
	ip[8] = 64;
	ip[9] = UDP;
	packet_put32(ip + 12, IP(10, 0, 0, 1));
	packet_put32(ip + 16, UINT32_MAX);
	w->l4 = ETHERNET + IPV4;
	put_udp(w, sport, dport, payload, len);
}

static void put_ipv6(struct wire *w, uint64_t dst, uint64_t src, uint8_t proto)
{
	uint8_t *ip = w->data + ETHERNET;

	wire_ethernet(w, dst, src, ETHERTYPE_IPV6);
	ip[0] = 0x60;
	ip[6] = proto;
	ip[7] = 255;
	ip[8] = 0xfe;
	ip[9] = 0x80;
	ip[23] = 1;
	ip[24] = 0xff;
	ip[25] = 2;
	ip[39] = 1;
	w->l4 = ETHERNET + IPV6;
}

void wire_udp6(struct wire *w, uint64_t dst, uint64_t src, uint16_t sport, uint16_t dport,
	       const uint8_t *payload, size_t len)
{
	put_ipv6(w, dst, src, UDP);
	put_udp(w, sport, dport, payload, len);
}

void wire_icmp6(struct wire *w, uint64_t src, const uint8_t *message, size_t len)
{
	put_ipv6(w, ALL_NODES, src, 58);
	memcpy(w->data + w->l4, message, len);
	w->len = w->l4 + len;
	wire_seal(w);
}

void wire_extend(struct wire *w, uint8_t type, const uint8_t *header, size_t len)
{
	uint8_t *at = w->data + w->l3 + IPV6;

	memmove(at + len, at, w->len - w->l3 - IPV6);
	memcpy(at, header, len);
	at[0] = w->data[w->l3 + 6];
	w->data[w->l3 + 6] = type;
	w->len += len;
	w->l4 += len;
	packet_put16(w->data + w->l3 + 4, w->len - w->l3 - IPV6);
}

/* What the checksum is of: the last protocol of the chain is told by the first byte of the last header. */
static uint8_t proto_of(const struct wire *w)
{
	const uint8_t *ip = w->data + w->l3;
	uint8_t next = ip[6];
	size_t at = IPV6;

	if (ip[0] >> 4 == 4)
		return ip[9];
	while (w->l3 + at < w->l4) {
		uint8_t units = next == 44 ? 0 : ip[at + 1];

		next = ip[at];
		at += (size_t)units * 8 + 8;
	}
	return next;
}

static uint16_t pseudo(const struct wire *w, uint8_t proto)
{
	const uint8_t *ip = w->data + w->l3;
	bool v4 = ip[0] >> 4 == 4;

	return packet_sum(ip + (v4 ? 12 : 8), v4 ? 8 : 32, proto + (uint32_t)(w->len - w->l4));
}

void wire_seal(struct wire *w)
{
	uint8_t *ip = w->data + w->l3, *l4 = w->data + w->l4, proto = proto_of(w);
	size_t field = proto == UDP ? 6 : 2;
	uint16_t sum;

	if (ip[0] >> 4 == 4) {
		packet_put16(ip + 2, w->len - w->l3);
		packet_put16(ip + 10, 0);
		packet_put16(ip + 10, (uint16_t)~packet_sum(ip, w->l4 - w->l3, 0));
	} else {
		packet_put16(ip + 4, w->len - w->l3 - IPV6);
	}
	if (proto == UDP)
		packet_put16(l4 + 4, w->len - w->l4);
	packet_put16(l4 + field, 0);
	sum = (uint16_t)~packet_sum(l4, w->len - w->l4, pseudo(w, proto));
	packet_put16(l4 + field, sum ? sum : 0xffff);
}

void wire_write(struct wire *w, size_t at)
{
	w->has_vnet = true;
	w->vnet[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	packet_put16le(w->vnet + 6, w->l3 + 20);
	packet_put16le(w->vnet + 8, at - w->l3 - 20);
}

void wire_owe(struct wire *w)
{
	uint8_t proto = proto_of(w);
	size_t field = proto == UDP ? 6 : 2;

	w->has_vnet = true;
	w->vnet[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	packet_put16le(w->vnet + 6, w->l4);
	packet_put16le(w->vnet + 8, field);
	packet_put16(w->data + w->l4 + field, pseudo(w, proto));
}

struct frame wire_frame(const struct wire *w)
{
	static uint8_t *copy;
	struct frame f = {.len = w->len};

	free(copy);
	copy = malloc(VNET_HDR_SIZE + w->len);
	memcpy(copy, w->vnet, VNET_HDR_SIZE);
	memcpy(copy + VNET_HDR_SIZE, w->data, w->len);
	f.data = copy + VNET_HDR_SIZE;
	f.vnet = w->has_vnet ? copy : NULL;
	assert_int_equal(frame_parse(&f), DROP_NONE);
	return f;
}

/* ---- messages ---- */

struct said said_client(enum dhcp_type type, unsigned station)
{
	return (struct said){.type = type, .xid = SAID_XID, .chaddr = STATION(station)};
}

struct said said_server(enum dhcp_type type, unsigned station, uint32_t ip)
{
	return (struct said){.type = type,
			     .reply = true,
			     .xid = SAID_XID,
			     .chaddr = STATION(station),
			     .yiaddr = ip,
			     .lease_s = type == DHCP_ACK || type == DHCP_OFFER ? 3600 : 0};
}

static size_t put_option(uint8_t *out, size_t at, uint8_t code, size_t len, uint32_t value)
{
	out[at] = code;
	out[at + 1] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		out[at + 2 + i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return at + 2 + len;
}

size_t said_write(const struct said *s, uint8_t out[SAID_MAX])
{
	size_t at = 240;

	memset(out, 0, SAID_MAX);
	out[0] = s->reply ? 2 : 1;
	out[1] = 1;
	out[2] = 6;
	packet_put32(out + 4, s->xid);
	packet_put32(out + 12, s->ciaddr);
	packet_put32(out + 16, s->yiaddr);
	packet_put32(out + 24, s->giaddr);
	mac_store(out + 28, s->chaddr);
	packet_put32(out + 236, 0x63825363);
	if (s->type)
		at = put_option(out, at, 53, 1, s->type);
	if (s->requested)
		at = put_option(out, at, 50, 4, s->requested);
	if (s->lease_s)
		at = put_option(out, at, 51, 4, s->lease_s);
	if (s->rapid)
		at = put_option(out, at, 80, 0, 0);
	if (s->relay_info)
		at = put_option(out, at, 82, 3, 0x010141);
	out[at] = 255;
	return at + 1;
}

void wire_dhcp(struct wire *w, uint64_t src, const struct said *s)
{
	uint8_t payload[SAID_MAX];
	size_t len = said_write(s, payload);

	wire_udp4(w, MAC_BROADCAST, src, s->reply ? 67 : 68, s->reply ? 68 : 67, payload, len);
}

void wire_arp(struct wire *w, uint64_t src, uint16_t op, uint64_t sender, uint32_t sender_ip,
	      uint64_t target, uint32_t target_ip)
{
	wire_ethernet(w, MAC_BROADCAST, src, ETHERTYPE_ARP);
	uint8_t *arp = w->data + ETHERNET;

	packet_put16(arp, 1);
	packet_put16(arp + 2, ETHERTYPE_IPV4);
	arp[4] = 6;
	arp[5] = 4;
	packet_put16(arp + 6, op);
	mac_store(arp + 8, sender);
	packet_put32(arp + 14, sender_ip);
	mac_store(arp + 18, target);
	packet_put32(arp + 24, target_ip);
	w->len = 60; /* with padding */
}

void wire_nd(struct wire *w, uint64_t src, uint8_t type)
{
	static const size_t size[] = {8, 16, 24, 24, 40};
	uint8_t m[48] = {type};
	size_t len = size[type - 133];

	if (type >= 135)
		m[8] = 0xfe, m[9] = 0x80, m[23] = 9;
	m[len] = type == 136 || type == 137 ? 2 : 1;
	m[len + 1] = 1;
	mac_store(m + len + 2, src);
	wire_icmp6(w, src, m, len + 8);
}

/* ---- a guard ---- */

static void hear(struct guard_watch *watch, const struct guard_event *ev)
{
	struct glab *l = (struct glab *)watch;

	l->last = *ev;
	l->raised[ev->kind]++;
}

void glab_open(struct glab *l, const struct guard_settings *set)
{
	static const struct siphash_key key = {{1, 2}};
	struct guard_settings defaults = guard_defaults();
	struct err e = {0};

	*l = (struct glab){.watch = {hear}, .now_ms = 1000000};
	l->g = guard_new(set ? set : &defaults, &key, &l->watch, &e);
	assert_non_null(l->g);
	guard_vlan_set(l->g, LAB_VID, GUARD_ALL);
	for (unsigned i = 0; i < LAB_PORTS; i++) {
		struct guard_port_settings p = {.trusted = i == LAB_SERVER ? GUARD_ALL : 0};

		assert_int_equal(guard_port_add(l->g, i, &p, &e), 0);
	}
	guard_age(l->g, l->now_ms);
}

void glab_close(struct glab *l)
{
	guard_free(l->g);
}

enum drop glab_send_vid(struct glab *l, unsigned port, uint16_t vid, const struct wire *w)
{
	struct frame f = wire_frame(w);
	struct guard_verdict again;

	memset(&l->v, 0xaa, sizeof(l->v));
	memset(&again, 0x55, sizeof(again));
	guard_decide(l->g, vid, port, &f, &l->v);
	guard_decide(l->g, vid, port, &f, &again);
	assert_int_equal(l->v.drop, again.drop);
	assert_int_equal(l->v.act, again.act);
	assert_int_equal(l->v.to, again.to);
	guard_commit(l->g, &l->v, l->now_ms);
	return l->v.drop;
}

enum drop glab_send(struct glab *l, unsigned port, const struct wire *w)
{
	return glab_send_vid(l, port, LAB_VID, w);
}

enum drop glab_say(struct glab *l, unsigned port, const struct said *s)
{
	struct wire w;

	wire_dhcp(&w, s->reply ? STATION(99) : s->chaddr, s);
	return glab_send(l, port, &w);
}

void glab_lease(struct glab *l, unsigned port, uint64_t mac, uint32_t ip, uint32_t lease_s)
{
	static uint32_t xid = 100;
	struct said s = {.type = DHCP_REQUEST, .xid = ++xid, .chaddr = mac, .requested = ip};

	assert_int_equal(glab_say(l, port, &s), DROP_NONE);
	assert_int_equal(l->v.act, GUARD_REMEMBER);
	s = (struct said){.type = DHCP_ACK,
			  .reply = true,
			  .xid = xid,
			  .chaddr = mac,
			  .yiaddr = ip,
			  .lease_s = lease_s};
	assert_int_equal(glab_say(l, LAB_SERVER, &s), DROP_NONE);
}

enum drop glab_announce(struct glab *l, unsigned port, uint64_t mac, uint32_t ip)
{
	struct wire w;

	wire_arp(&w, mac, ARP_REQUEST, mac, ip, 0, ip);
	return glab_send(l, port, &w);
}

uint32_t glab_bindings(const struct glab *l)
{
	return bindings_count(guard_bindings(l->g)).all;
}

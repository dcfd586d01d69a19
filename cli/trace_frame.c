/* SPDX-License-Identifier: ISC */
/* trace_frame.c - a frame made of what was typed: addresses, tag, ARP, IP, TCP, UDP, ICMP. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/csum.h"
#include "trace.h"
#include "util/ip.h"
#include "util/iptext.h"
#include "util/mac.h"

/* Who nobody is: "trace" in ASCII, so that it teaches no switch what it does not know. */
#define SOMEBODY UINT64_C(0x027472616365)

enum {
	LEN_MIN = 60, /* the shortest on a wire, without the checksum */
	ARP_TYPE = 0x0806,
	TEST_TYPE = 0x88b5, /* for experiments on this LAN: no station answers */
	ARP_LEN = 28,
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	ICMP_HEADER = 8,
	ANY_PORT = 49152, /* of a client */
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ICMP6 = 58,
	TTL = 64,
};

/* What was typed, read. */
struct wanted {
	uint64_t src, dst;
	bool has_dst;
	unsigned long vid, pcp, type, len, gso;
	bool tagged, has_type, has_len;
	bool ip, v6, arp;
	struct ip_addr from, to;
	unsigned proto; /* 0 = none */
	unsigned long sport, dport;
};

static int wrong(struct ctx *ctx, const char *option, const char *value, const char *allowed)
{
	fail_set(&ctx->fail, STATUS_USAGE, "--%s \"%.100s\": allowed is %s", option, value,
		 allowed);
	fail_hint(&ctx->fail, "swctl trace --help says more");
	return STATUS_USAGE;
}

/* Digits, in hex behind 0x; what stands behind them is at *end, which is `text` where there are none. */
static unsigned long digits(const char *text, const char **end)
{
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x' && isxdigit((unsigned char)text[2]);
	char *stop = NULL;
	unsigned long v;

	*end = text;
	if (text[0] < '0' || text[0] > '9') /* strtoul() takes spaces and signs */
		return 0;
	v = strtoul(text, &stop, hex ? 16 : 10);
	*end = stop;
	return v;
}

/* The number behind an option that may be missing. */
static int number(struct ctx *ctx, const char *option, unsigned long min, unsigned long max,
		  const char *allowed, unsigned long *out)
{
	const char *value = args_value(&ctx->args, option), *end;

	if (!value)
		return 0;
	*out = digits(value, &end);
	if (end == value || *end || *out < min || *out > max)
		return wrong(ctx, option, value, allowed);
	return 0;
}

/* "A,B": two addresses of one family. */
static int addresses(struct ctx *ctx, const char *value, struct wanted *w)
{
	const char *comma = strchr(value, ',');
	char first[64];

	if (comma && (size_t)(comma - value) < sizeof(first)) {
		memcpy(first, value, (size_t)(comma - value));
		first[comma - value] = '\0';
		w->ip = ip_parse(first, &w->from) && ip_parse(comma + 1, &w->to) &&
			ip_is_v4(w->from) == ip_is_v4(w->to);
	}
	if (!w->ip)
		return wrong(
			ctx, "ip", value,
			"two addresses of one kind with a comma between, like 10.0.0.1,10.0.0.2");
	w->v6 = !ip_is_v4(w->from);
	return 0;
}

/* "80" or "50000,80". */
static int ports(struct ctx *ctx, const char *option, unsigned proto, struct wanted *w)
{
	const char *value = args_value(&ctx->args, option), *at = value, *end;

	if (!value)
		return 0;
	w->proto = proto;
	w->sport = ANY_PORT;
	w->dport = digits(at, &end);
	if (end != at && *end == ',') {
		w->sport = w->dport;
		at = end + 1;
		w->dport = digits(at, &end);
	}
	if (end != at && !*end && w->dport <= 65535 && w->sport <= 65535)
		return 0;
	return wrong(ctx, option, value, "a port, or two with a comma between, like 49152,80");
}

static int read_options(struct ctx *ctx, struct wanted *w)
{
	const struct args *a = &ctx->args;
	const char *src = args_value(a, "src"), *dst = args_value(a, "dst");
	const char *ip = args_value(a, "ip");

	w->src = SOMEBODY;
	if (src)
		(void)mac_parse(src, &w->src); /* looked at with the other options */
	w->has_dst = dst && mac_parse(dst, &w->dst);
	w->tagged = args_value(a, "vlan");
	w->has_type = args_value(a, "ethertype");
	w->has_len = args_value(a, "len");
	w->arp = args_flag(a, "arp");
	if (args_flag(a, "icmp"))
		w->proto = PROTO_ICMP;
	if (ip && addresses(ctx, ip, w))
		return STATUS_USAGE;
	return number(ctx, "vlan", 0, 4094, "a number from 0 to 4094", &w->vid) ||
			       number(ctx, "pcp", 0, 7, "a number from 0 to 7", &w->pcp) ||
			       number(ctx, "ethertype", 0, 0xffff, "a number like 0x0800",
				      &w->type) ||
			       number(ctx, "len", 0, FRAME_MAX, "a length up to 65557", &w->len) ||
			       number(ctx, "gso", 1, 65535,
				      "bytes of payload in a segment, 1 to 65535", &w->gso) ||
			       ports(ctx, "tcp", PROTO_TCP, w) || ports(ctx, "udp", PROTO_UDP, w)
		       ? STATUS_USAGE
		       : 0;
}

/* How many of the things are given that a packet carries one of? */
static unsigned carried(const struct args *a)
{
	return (unsigned)(args_flag(a, "tcp") + args_flag(a, "udp") + args_flag(a, "icmp") +
			  args_flag(a, "arp"));
}

/* Do the options make sense together? */
static int check(struct ctx *ctx, const struct wanted *w)
{
	if (args_flag(&ctx->args, "pcp") && !w->tagged)
		fail_set(&ctx->fail, STATUS_USAGE,
			 "--pcp is the priority of a tag, which --vlan VID puts in; --vlan 0 says "
			 "no VLAN");
	else if (carried(&ctx->args) > 1)
		fail_set(&ctx->fail, STATUS_USAGE,
			 "--tcp, --udp, --icmp and --arp: a frame has one of them");
	else if ((w->proto || w->arp) && !w->ip)
		fail_set(&ctx->fail, STATUS_USAGE, "%s needs --ip SRC,DST",
			 w->arp ? "--arp" : "that");
	else if (w->arp && w->v6)
		fail_set(&ctx->fail, STATUS_USAGE, "--arp asks about an IPv4 address");
	else if (w->ip && w->has_type)
		fail_set(&ctx->fail, STATUS_USAGE, "--ip has an EtherType of its own");
	else if (w->gso && w->proto != PROTO_TCP && w->proto != PROTO_UDP)
		fail_set(&ctx->fail, STATUS_USAGE, "--gso needs --tcp or --udp, which it cuts");
	else if (!w->has_dst && !w->arp && !(w->ip && ip_is_group(w->to)))
		fail_set(&ctx->fail, STATUS_USAGE, "a frame needs --dst MAC");
	else
		return 0;
	fail_hint(&ctx->fail, "swctl trace --help says more");
	return STATUS_USAGE;
}

/* RFC 1112 clause 6.4, RFC 2464 clause 7. */
static uint64_t group_mac(const struct wanted *w)
{
	if (w->v6)
		return UINT64_C(0x333300000000) | (w->to.lo & 0xffffffff);
	return UINT64_C(0x01005e000000) | (w->to.lo & 0x7fffff);
}

static uint8_t *put16(uint8_t *p, unsigned long v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static size_t header_of(unsigned proto)
{
	return proto == PROTO_TCP   ? TCP_HEADER
	       : proto == PROTO_UDP ? UDP_HEADER
	       : proto		    ? ICMP_HEADER
				    : 0;
}

/* The message behind an IP header, `len` bytes of zeros so far, and its checksum; partial where that is owed. */
static void put_message(const struct wanted *w, const uint8_t *ip, uint8_t *at, size_t len,
			bool owed)
{
	unsigned proto = w->proto == PROTO_ICMP && w->v6 ? PROTO_ICMP6 : w->proto;
	size_t field = proto == PROTO_TCP ? 16 : proto == PROTO_UDP ? 6 : 2;
	uint64_t sum = 0;

	if (proto == PROTO_TCP || proto == PROTO_UDP) {
		put16(at, w->sport);
		put16(at + 2, w->dport);
	}
	if (proto == PROTO_TCP) {
		at[12] = TCP_HEADER / 4 << 4;
		at[13] = w->gso ? 0x10 : 0x02; /* ACK, or a connection that begins: SYN */
	} else if (proto == PROTO_UDP) {
		put16(at + 4, len);
	} else {
		at[0] = proto == PROTO_ICMP ? 8 : 128; /* echo request */
	}
	if (proto != PROTO_ICMP)
		sum = w->v6 ? csum_pseudo6(ip, (uint8_t)proto, (uint32_t)len)
			    : csum_pseudo4(ip, (uint8_t)proto, (uint32_t)len);
	if (owed)
		csum_put(at + field, csum_fold(sum));
	else if (proto == PROTO_UDP)
		csum_put(at + field, csum_finish_udp(csum_add(sum, at, len)));
	else
		csum_put(at + field, csum_finish(csum_add(sum, at, len)));
}

static void put_ip4(const struct wanted *w, uint8_t *ip, size_t len)
{
	ip[0] = 0x45;
	put16(ip + 2, len);
	ip[8] = TTL;
	ip[9] = (uint8_t)w->proto;
	ip4_store(ip + 12, w->from);
	ip4_store(ip + 16, w->to);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, IP4_HEADER)));
}

static void put_ip6(const struct wanted *w, uint8_t *ip, size_t len)
{
	ip[0] = 0x60;
	put16(ip + 4, len - IP6_HEADER);
	ip[6] = (uint8_t)(w->proto == PROTO_ICMP ? PROTO_ICMP6
			  : w->proto		 ? w->proto
						 : 59); /* none */
	ip[7] = TTL;
	ip6_store(ip + 8, w->from);
	ip6_store(ip + 24, w->to);
}

static void put_arp(const struct wanted *w, uint8_t *p)
{
	p = put16(p, 1);
	p = put16(p, ETHERTYPE_IPV4);
	p = put16(p, 6 << 8 | 4);
	p = put16(p, 1); /* request */
	mac_store(p, w->src);
	ip4_store(p + 6, w->from);
	ip4_store(p + 16, w->to);
}

/* Segmentation that is left to whoever sends it on, as a tap's guest leaves it. */
static void put_owed(const struct wanted *w, struct trace_frame *t, size_t l4)
{
	const uint8_t tcp = w->v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = w->proto == PROTO_TCP ? tcp : VIRTIO_NET_HDR_GSO_UDP_L4,
		.hdr_len = (uint16_t)(l4 + header_of(w->proto)),
		.gso_size = (uint16_t)w->gso,
		.csum_start = (uint16_t)l4,
		.csum_offset = w->proto == PROTO_TCP ? 16 : 6,
	};

	vnet_save(t->area, &h);
	t->owes = true;
}

static void put_payload(const struct wanted *w, struct trace_frame *t, size_t l3)
{
	size_t header = w->v6 ? IP6_HEADER : IP4_HEADER, least = l3 + header + header_of(w->proto);
	/* a padded frame's datagram is as long as it has to be */
	size_t end = w->len > LEN_MIN ? w->len : least;
	uint8_t *ip = trace_bytes(t) + l3;

	if (end < least)
		end = least;
	if (end > 65535 + l3)
		end = 65535 + l3;
	if (w->v6)
		put_ip6(w, ip, end - l3);
	else
		put_ip4(w, ip, end - l3);
	if (w->proto)
		put_message(w, ip, ip + header, end - l3 - header, w->gso);
	if (w->gso)
		put_owed(w, t, l3 + header);
	if (t->len < end)
		t->len = end;
}

int trace_make(struct ctx *ctx, struct trace_frame *t)
{
	struct wanted w = {.len = 0};
	uint8_t *p = trace_bytes(t);
	size_t l3;

	if (read_options(ctx, &w) || check(ctx, &w))
		return STATUS_USAGE;
	memset(t, 0, sizeof(*t));
	if (!w.has_dst)
		w.dst = w.arp ? MAC_BROADCAST : group_mac(&w);
	if (w.ip)
		w.type = w.arp ? ARP_TYPE : w.v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	else if (!w.has_type)
		w.type = TEST_TYPE;
	mac_store(p, w.dst);
	mac_store(p + 6, w.src);
	p += 12;
	if (w.tagged)
		p = put16(put16(p, ETHERTYPE_CTAG), w.pcp << 13 | w.vid);
	p = put16(p, w.type);
	l3 = (size_t)(p - trace_bytes(t));
	t->len = w.has_len ? w.len : LEN_MIN;
	if (w.arp) {
		put_arp(&w, p);
		if (t->len < l3 + ARP_LEN)
			t->len = l3 + ARP_LEN;
	} else if (w.ip) {
		put_payload(&w, t, l3);
	}
	return 0;
}

static int value_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* NULL: there are too many. */
static int no_hex(struct ctx *ctx, const char *at)
{
	if (!at)
		return fail_set(&ctx->fail, STATUS_USAGE, "more than %d bytes: that is no frame",
				FRAME_MAX);
	return fail_set(&ctx->fail, STATUS_USAGE, "\"%.20s\" are no hexadecimal digits", at);
}

int trace_read_hex(struct ctx *ctx, const char *text, struct trace_frame *t)
{
	int high = -1;

	memset(t, 0, sizeof(*t));
	for (const char *p = text; *p; p++) {
		int v = value_of(*p);

		if (high < 0 &&
		    (strchr(" \t\r\n:.-", *p) || (p[0] == '0' && (p[1] | 0x20) == 'x'))) {
			p += *p == '0';
			continue;
		}
		if (v < 0 || t->len == FRAME_MAX) {
			return no_hex(ctx, v < 0 ? p : NULL);
		}
		if (high >= 0)
			trace_bytes(t)[t->len++] = (uint8_t)(high << 4 | v);
		high = high < 0 ? v : -1;
	}
	if (high >= 0)
		return fail_set(&ctx->fail, STATUS_USAGE, "an odd number of hexadecimal digits");
	if (t->len == 0)
		return fail_set(&ctx->fail, STATUS_USAGE, "no hexadecimal digits, and so no frame");
	return 0;
}

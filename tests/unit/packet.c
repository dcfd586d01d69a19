/* SPDX-License-Identifier: ISC */
#include "packet.h"

#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "unit.h"

enum { ETHERNET = 14, IPV6 = 40 };

const uint8_t packet_no_chain[1] = {0xff};

void packet_put16le(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void packet_put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void packet_put32(uint8_t *p, uint32_t v)
{
	packet_put16(p, v >> 16);
	packet_put16(p + 2, v);
}

uint16_t packet_sum(const uint8_t *bytes, size_t len, uint32_t more)
{
	uint64_t sum = more;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint16_t pseudo_sum(const uint8_t *ip, uint8_t proto, size_t l4_len)
{
	bool v4 = ip[0] >> 4 == 4;

	return packet_sum(ip + (v4 ? 12 : 8), v4 ? 8 : 32, proto + (uint32_t)l4_len);
}

static size_t field16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

bool packet_sound(const uint8_t *frame, size_t len, size_t l3, size_t l4)
{
	const uint8_t *ip = frame + l3;
	bool v4 = ip[0] >> 4 == 4;
	uint8_t proto = v4 ? ip[9] : l4 > l3 + IPV6 ? frame[l4 - 8] : ip[6];
	size_t l4_len = len - l4;

	if (v4 && (field16(ip + 2) != len - l3 || packet_sum(ip, l4 - l3, 0) != 0xffff))
		return false;
	if (!v4 && field16(ip + 4) != len - l3 - IPV6)
		return false;
	if (proto == UDP && (field16(frame + l4 + 4) != l4_len || field16(frame + l4 + 6) == 0))
		return false;
	return packet_sum(frame + l4, l4_len, pseudo_sum(ip, proto, l4_len)) == 0xffff;
}

void packet_resize(struct packet *p, size_t len)
{
	uint8_t *ip = p->data + p->l3, *l4 = p->data + p->l4;

	p->len = len;
	packet_put16(ip + (p->v4 ? 2 : 4), len - p->l3 - (p->v4 ? 0 : IPV6));
	if (p->v4) {
		packet_put16(ip + 10, 0);
		packet_put16(ip + 10, (uint16_t)~packet_sum(ip, (size_t)(p->l4 - p->l3), 0));
	}
	if (p->proto == UDP)
		packet_put16(l4 + 4, len - p->l4);
	packet_put16(l4 + (p->proto == UDP ? UDP_CSUM : TCP_CSUM),
		     pseudo_sum(ip, p->proto, len - p->l4));
}

/* The transport header and a payload that repeats nowhere within a segment. */
static void put_l4(struct packet *p, uint8_t proto, size_t payload)
{
	uint8_t *l4 = p->data + p->l4;
	size_t header = proto == TCP ? 20 : 8;

	p->proto = proto;
	packet_put16(l4, 40000);
	packet_put16(l4 + 2, 443);
	if (proto == TCP) {
		packet_put32(l4 + 4, 0xfffffff0); /* the sequence wraps */
		packet_put32(l4 + 8, 77);
		l4[12] = 5 << 4;
		l4[13] = 0x10; /* ACK */
		packet_put16(l4 + 14, 512);
	}
	for (size_t i = 0; i < payload; i++)
		l4[header + i] = (uint8_t)(i + (i >> 8) * 7 + 1);
	packet_resize(p, p->l4 + header + payload);
}

static void start(struct packet *p, uint16_t ethertype)
{
	memset(p, 0, sizeof(*p));
	lab_frame(p->data, STATION(1), STATION(2), ethertype, sizeof(p->data));
	p->l3 = ETHERNET;
}

void packet_ipv4(struct packet *p, uint8_t proto, unsigned ihl, size_t payload)
{
	uint8_t *ip = p->data + ETHERNET;

	start(p, ETHERTYPE_IPV4);
	p->v4 = true;
	p->l4 = (uint16_t)(ETHERNET + ihl);
	ip[0] = (uint8_t)(0x40 | ihl / 4);
	packet_put16(ip + 4, 0xfffe); /* the identification wraps */
	ip[8] = 64;
	ip[9] = proto;
	packet_put32(ip + 12, 0x0a000001);
	packet_put32(ip + 16, 0x0a000002);
	memset(ip + 20, 1, ihl - 20); /* options that do nothing */
	put_l4(p, proto, payload);
}

void packet_ipv6(struct packet *p, uint8_t proto, const uint8_t *chain, size_t payload)
{
	uint8_t *ip = p->data + ETHERNET;
	uint8_t *next = ip + 6;

	start(p, ETHERTYPE_IPV6);
	ip[0] = 0x60;
	ip[7] = 64;
	packet_put16(ip + 8, 0xfd00);
	ip[8 + 15] = 1;
	packet_put16(ip + 24, 0xfd00);
	ip[24 + 15] = 2;
	p->l4 = ETHERNET + IPV6;
	for (; *chain != 0xff; chain++) {
		*next = *chain;
		next = &p->data[p->l4];
		p->l4 = (uint16_t)(p->l4 + 8);
	}
	*next = proto;
	put_l4(p, proto, payload);
}

void packet_tcp_words(struct packet *p, unsigned words)
{
	uint8_t *tcp = p->data + p->l4;
	size_t options = (words - 5) * 4;

	memmove(tcp + 20 + options, tcp + 20, p->len - p->l4 - 20);
	memset(tcp + 20, 1, options);
	tcp[12] = (uint8_t)(words << 4);
	packet_resize(p, p->len + options);
}

void packet_tag(struct packet *p, uint16_t tpid, uint16_t tci)
{
	memmove(p->data + 16, p->data + 12, p->len - 12);
	packet_put16(p->data + 12, tpid);
	packet_put16(p->data + 14, tci);
	p->len += 4;
	p->l3 += 4;
	p->l4 += 4;
	packet_start(p, p->l4);
}

void packet_owe(struct packet *p, uint8_t gso, uint16_t size)
{
	p->vnet[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	p->vnet[1] = gso;
	packet_put16le(p->vnet + 2, p->l4); /* hdr_len */
	packet_put16le(p->vnet + 4, size);
	packet_put16le(p->vnet + 6, p->l4);
	packet_put16le(p->vnet + 8, p->proto == UDP ? UDP_CSUM : TCP_CSUM);
}

void packet_start(struct packet *p, size_t start)
{
	packet_put16le(p->vnet + 6, start);
}

enum drop packet_parse(struct packet *p, struct frame *f)
{
	uint8_t *copy = malloc(VNET_HDR_SIZE + p->len);
	enum drop d;

	memcpy(copy, p->vnet, VNET_HDR_SIZE);
	memcpy(copy + VNET_HDR_SIZE, p->data, p->len);
	*f = (struct frame){.data = copy + VNET_HDR_SIZE, .len = p->len, .vnet = copy};
	d = frame_parse(f);
	free(copy);
	f->data = p->data;
	f->vnet = p->vnet;
	return d;
}

/* SPDX-License-Identifier: ISC */
#include "gro_lab.h"

#include <stdio.h>
#include <string.h>

const struct packet tcp4 = {4, TCP, ACK, {0}, 0, 700, 1024, 5000, 5, 8, 1448};
const struct packet tcp6 = {6, TCP, ACK, {0}, 0, 0, 1024, 5000, 10, 8, 1428};
const struct packet udp4 = {4, UDP, 0, {0}, 0, 700, 1024, 0, 5, 0, 1200};
const struct packet udp6 = {6, UDP, 0, {0}, 0, 0, 1024, 0, 10, 0, 1200};
const struct packet *const packet_kinds[PACKET_KINDS] = {&tcp4, &tcp6, &udp4, &udp6};

size_t packet_l3(const struct packet *p)
{
	return 14 + p->tags * 4u;
}

size_t packet_l4(const struct packet *p)
{
	return packet_l3(p) + p->ip_words * 4u;
}

size_t packet_len(const struct packet *p)
{
	return packet_l4(p) + (p->proto == TCP ? p->tcp_words * 4 : 8) + p->payload;
}

static void put32(uint8_t *b, uint32_t v)
{
	gm_put16(b, v >> 16);
	gm_put16(b + 2, v & 0xffff);
}

static void write_l4(const struct packet *p, uint8_t *b)
{
	gm_put16(b, p->port);
	gm_put16(b + 2, 80);
	if (p->proto == UDP) {
		gm_put16(b + 4, (unsigned)p->payload + 8);
		return;
	}
	put32(b + 4, p->seq);
	put32(b + 8, 0x01020304);
	b[12] = (uint8_t)(p->tcp_words << 4);
	b[13] = p->flags;
	gm_put16(b + 14, 512);
	gm_put16(b + 18, 0);
	memset(b + 20, 1, p->tcp_words * 4 - 20);
}

static void write_ip(const struct packet *p, uint8_t *ip, size_t len)
{
	memset(ip, 0, p->ip_words * 4);
	if (p->version == 4) {
		ip[0] = (uint8_t)(0x40 | p->ip_words);
		gm_put16(ip + 2, (unsigned)len);
		gm_put16(ip + 4, p->id);
		ip[6] = 0x40;
		ip[8] = 64;
		ip[9] = p->proto;
		memset(ip + 12, 10, 8);
		memset(ip + 20, 1, p->ip_words * 4 - 20);
	} else {
		ip[0] = 0x60;
		gm_put16(ip + 4, (unsigned)len - 40);
		ip[6] = p->proto;
		ip[7] = 64;
		memset(ip + 8, 0xfd, 32);
	}
}

size_t packet_write(const struct packet *p, uint8_t *b)
{
	static uint8_t noise;
	size_t l3 = packet_l3(p), l4 = packet_l4(p), len = packet_len(p);

	noise = (uint8_t)(noise + 29);
	for (size_t i = l4; i < len; i++)
		b[i] = (uint8_t)(i * 7 + noise);
	memset(b, 2, 6);
	memset(b + 6, 4, 6);
	memcpy(b + 12, p->tag, p->tags * 4);
	gm_put16(b + l3 - 2, p->version == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	write_ip(p, b + l3, len - l3);
	write_l4(p, b + l4);
	gm_fix(b, len);
	return len;
}

void packet_advance(struct packet *p, size_t payload)
{
	p->id++;
	p->seq += (uint32_t)payload;
}

struct gm gro_lab;
char gro_lab_shape[4096];

static void add(const char *word)
{
	size_t n = strlen(gro_lab_shape);

	snprintf(gro_lab_shape + n, sizeof(gro_lab_shape) - n, "%s%s", n ? " " : "", word);
}

static void told(struct gm *m, unsigned frames)
{
	char word[16];

	snprintf(word, sizeof(word), "%u", frames);
	add(word);
}

int gro_lab_setup(void **state)
{
	gm_begin(&gro_lab);
	gro_lab.told = told;
	gro_lab_shape[0] = 0;
	return 0;
}

int gro_lab_teardown(void **state)
{
	gm_end(&gro_lab);
	return 0;
}

void gro_lab_flush(void)
{
	add(".");
	gm_flush(&gro_lab);
}

void gro_lab_send_len(struct packet *p, size_t payload)
{
	static uint8_t b[FRAME_MAX + 64];
	struct packet now = *p;

	now.payload = payload;
	gm_receive(&gro_lab, b, packet_write(&now, b));
	packet_advance(p, payload);
}

void gro_lab_send(struct packet *p)
{
	gro_lab_send_len(p, p->payload);
}

void gro_lab_send_flags(struct packet *p, uint8_t flags)
{
	struct packet now = *p;

	now.flags = flags;
	gro_lab_send(&now);
	packet_advance(p, p->payload);
}

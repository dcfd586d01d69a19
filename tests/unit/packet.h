/* SPDX-License-Identifier: ISC */
/*
 * packet.h - TCP and UDP packets with their offload header, as a tap hands them over: honest when
 * they are made, to be spoilt by the test.
 */
#ifndef PACKET_H
#define PACKET_H

#include "core/frame.h"
#include "core/vnet.h"

enum { TCP = 6, UDP = 17, TCP_CSUM = 16, UDP_CSUM = 6 };

struct packet {
	uint8_t vnet[VNET_HDR_SIZE];
	uint8_t data[FRAME_MAX + 1];
	size_t len;
	uint16_t l3; /* where the IP header begins */
	uint16_t l4; /* where the transport header begins */
	uint8_t proto;
	bool v4;
};

/* For arguments named `chain`: no extension headers. */
extern const uint8_t packet_no_chain[1];

/* Writes a number: little-endian, as in the offload header, and big-endian, as in the frame. */
void packet_put16le(uint8_t *p, size_t v);
void packet_put16(uint8_t *p, size_t v);
void packet_put32(uint8_t *p, uint32_t v);

/* IPv4 with a header of ihl bytes, and so many bytes of payload behind a TCP or UDP header. */
void packet_ipv4(struct packet *p, uint8_t proto, unsigned ihl, size_t payload);

/* The same over IPv6; `chain` is types of extension headers of 8 bytes, ended by 0xff. */
void packet_ipv6(struct packet *p, uint8_t proto, const uint8_t *chain, size_t payload);

/* Makes the TCP header words * 4 bytes long with options; the payload moves, the lengths follow. */
void packet_tcp_words(struct packet *p, unsigned words);

/* Puts a tag in front of those there are; the offload header follows. */
void packet_tag(struct packet *p, uint16_t tpid, uint16_t tci);

/* Makes the frame len bytes long; lengths and checksums of the headers follow. */
void packet_resize(struct packet *p, size_t len);

/* The offload header: a checksum is owed, and unless gso is VIRTIO_NET_HDR_GSO_NONE, segments. */
void packet_owe(struct packet *p, uint8_t gso, uint16_t size);

/* Puts csum_start somewhere else. */
void packet_start(struct packet *p, size_t start);

/* frame_parse() of a copy in memory of the exact size; *f is filled, f->data is p->data. */
enum drop packet_parse(struct packet *p, struct frame *f);

/* The internet checksum of RFC 1071 in its simplest form: the folded sum of big-endian words. */
uint16_t packet_sum(const uint8_t *bytes, size_t len, uint32_t more);

/*
 * Are the checksums and the lengths of this frame right (IPv4 header, TCP or UDP)?  The frame has
 * `tags` tags and, where it is IPv6, extension headers up to l4.
 */
bool packet_sound(const uint8_t *frame, size_t len, size_t l3, size_t l4);

#endif

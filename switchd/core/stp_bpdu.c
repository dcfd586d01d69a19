/* SPDX-License-Identifier: ISC */
#include "core/stp_bpdu.h"

#include <string.h>

#include "util/bytes.h"
#include "util/mac.h"

enum {
	LLC_STP = 0x42, /* DSAP and SSAP (7.12.3) */
	LLC_UI = 0x03,
	LLC_SIZE = 3,
	ETHERNET_SIZE = 14,
	LENGTH_MAX = 1500, /* above, the field is an EtherType */

	CONFIG_SIZE = 35, /* 9.3.1 */
	TCN_SIZE = 4,	  /* 9.3.2 */
	RST_SIZE = 36,	  /* 9.3.3 */
	VERSION_RSTP = 2,

	FLAG_TC = 0x01,
	FLAG_PROPOSAL = 0x02,
	FLAG_ROLE = 0x0c,
	FLAG_ROLE_SHIFT = 2,
	FLAG_LEARNING = 0x10,
	FLAG_FORWARDING = 0x20,
	FLAG_AGREEMENT = 0x40,
	FLAG_TC_ACK = 0x80,
};

/* ---- making ---- */

static uint8_t *put(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = bytes; i > 0; i--, v >>= 8)
		p[i - 1] = (uint8_t)v;
	return p + bytes;
}

static uint8_t flags_of(const struct stp_bpdu *b)
{
	unsigned f = (b->tc ? FLAG_TC : 0u) | (b->tc_ack ? FLAG_TC_ACK : 0u);

	if (b->type != STP_BPDU_RST)
		return (uint8_t)f;
	f |= (b->proposal ? FLAG_PROPOSAL : 0u) | (b->learning ? FLAG_LEARNING : 0u) |
	     (b->forwarding ? FLAG_FORWARDING : 0u) | (b->agreement ? FLAG_AGREEMENT : 0u) |
	     (unsigned)b->role << FLAG_ROLE_SHIFT;
	return (uint8_t)f;
}

static size_t size_of(enum stp_bpdu_type type)
{
	if (type == STP_BPDU_TCN)
		return TCN_SIZE;
	return type == STP_BPDU_RST ? RST_SIZE : CONFIG_SIZE;
}

void stp_bpdu_make(const struct stp_bpdu *b, uint8_t out[STP_FRAME_SIZE])
{
	uint8_t *p = out;

	memset(out, 0, STP_FRAME_SIZE);
	p = put(p, STP_GROUP, 6);
	p = put(p, b->src, 6);
	p = put(p, LLC_SIZE + size_of(b->type), 2);
	p = put(p, LLC_STP << 16 | LLC_STP << 8 | LLC_UI, 3);
	p = put(p, 0, 2); /* protocol identifier */
	p = put(p, b->type == STP_BPDU_RST ? VERSION_RSTP : 0, 1);
	p = put(p, b->type, 1);
	if (b->type == STP_BPDU_TCN)
		return;
	p = put(p, flags_of(b), 1);
	p = put(p, b->vec.root, 8);
	p = put(p, b->vec.cost, 4);
	p = put(p, b->vec.bridge, 8);
	p = put(p, b->vec.port, 2);
	p = put(p, b->times.message_age, 2);
	p = put(p, b->times.max_age, 2);
	p = put(p, b->times.hello_time, 2);
	put(p, b->times.forward_delay, 2); /* and the version 1 length of an RST BPDU, which is 0 */
}

/* ---- reading ---- */

static uint32_t take32(struct rd *r)
{
	uint32_t high = rd_be16(r);

	return high << 16 | rd_be16(r);
}

static uint64_t take64(struct rd *r)
{
	uint64_t high = take32(r);

	return high << 32 | take32(r);
}

static void take_flags(uint8_t f, struct stp_bpdu *b)
{
	b->tc = f & FLAG_TC;
	b->tc_ack = f & FLAG_TC_ACK;
	b->role = STP_BPDU_DESIGNATED;
	if (b->type != STP_BPDU_RST)
		return;
	b->tc_ack = false; /* not of RSTP (9.3.3) */
	b->proposal = f & FLAG_PROPOSAL;
	b->learning = f & FLAG_LEARNING;
	b->forwarding = f & FLAG_FORWARDING;
	b->agreement = f & FLAG_AGREEMENT;
	b->role = (enum stp_bpdu_role)((f & FLAG_ROLE) >> FLAG_ROLE_SHIFT);
}

/* The Ethernet and LLC headers; leaves in *r the BPDU alone, without padding. */
static bool take_headers(struct rd *r, uint64_t *src)
{
	const uint8_t *addresses = rd_take(r, 12);
	size_t length = rd_be16(r);
	uint8_t dsap, ssap, control;

	if (r->bad || mac_load(addresses) != STP_GROUP)
		return false;
	if (length > LENGTH_MAX || length > rd_left(r))
		return false;
	*src = mac_load(addresses + 6);
	*r = rd_from(r->p, length);
	dsap = rd_u8(r);
	ssap = rd_u8(r);
	control = rd_u8(r);
	return !r->bad && dsap == LLC_STP && ssap == LLC_STP && control == LLC_UI;
}

/* 9.3.4; a version of 3 and more is RSTP with something behind it. */
static bool right_size(size_t size, unsigned version, unsigned type)
{
	if (type == STP_BPDU_TCN)
		return size >= TCN_SIZE;
	if (type == STP_BPDU_CONFIG)
		return size >= CONFIG_SIZE;
	return type == STP_BPDU_RST && version >= VERSION_RSTP && size >= RST_SIZE;
}

enum drop stp_bpdu_parse(const uint8_t *frame, size_t len, struct stp_bpdu *b)
{
	struct rd r = rd_from(frame, len);
	uint16_t protocol;
	uint8_t version, type;
	size_t size;

	*b = (struct stp_bpdu){0};
	if (!take_headers(&r, &b->src))
		return DROP_BAD_BPDU;
	size = rd_left(&r);
	protocol = rd_be16(&r);
	version = rd_u8(&r);
	type = rd_u8(&r);
	if (r.bad || protocol != 0 || !right_size(size, version, type))
		return DROP_BAD_BPDU;
	b->type = (enum stp_bpdu_type)type;
	if (type == STP_BPDU_TCN)
		return DROP_NONE;
	take_flags(rd_u8(&r), b);
	b->vec.root = take64(&r);
	b->vec.cost = take32(&r);
	b->vec.bridge = take64(&r);
	b->vec.port = rd_be16(&r);
	b->times.message_age = rd_be16(&r);
	b->times.max_age = rd_be16(&r);
	b->times.hello_time = rd_be16(&r);
	b->times.forward_delay = rd_be16(&r);
	/* An RST BPDU as old as that still replaces what its sender said before, and ages at once (17.21.23). */
	if (type == STP_BPDU_CONFIG && b->times.message_age >= b->times.max_age)
		return DROP_BPDU_OLD;
	return DROP_NONE;
}

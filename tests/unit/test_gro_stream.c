/* SPDX-License-Identifier: ISC */
/*
 * Coalescing under traffic: several flows at once, with everything that is odd thrown in, and the
 * model (tests/fuzz/gro_model.h) looks whether each flow comes out as it went in.
 */
#include "unit.h"

#include <string.h>

#include "gro_lab.h"

enum { FLOWS = 12, BURSTS = 40, BURST_MAX = 128 };

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003.  The same traffic each run. */
static uint64_t dice;

static unsigned below(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 20) % n;
}

static void make_flows(struct packet *p)
{
	for (unsigned i = 0; i < FLOWS; i++) {
		p[i] = *packet_kinds[i % PACKET_KINDS];
		p[i].port = (uint16_t)(i / PACKET_KINDS);
		p[i].id = (uint16_t)below(65536);
		p[i].seq = below(1u << 31) * 2;
		p[i].payload = 1 + below(i % 5 ? 1448 : 9000);
		if (i % 3 == 0) {
			memcpy(p[i].tag, "\x88\xa8\0\x64\x81\0\0\x0a", 8);
			p[i].tags = below(3);
		}
	}
}

/* Spoils a frame of len bytes, made of *p, in one respect; returns its new length. */
static size_t spoil(const struct packet *p, uint8_t *b, size_t len)
{
	size_t at = below((unsigned)len), l3 = packet_l3(p);

	switch (below(8)) {
	case 0: /* a wrong bit, which the checksums tell in most places */
		b[at] ^= (uint8_t)(1u << below(8));
		return len;
	case 1: /* a wrong bit, with the checksums of who wants it so */
	case 2:
		at = below((unsigned)(len - p->payload));
		b[at] ^= (uint8_t)(1u << below(8));
		gm_fix(b, len);
		return len;
	case 3:
		return at;
	case 4: /* padded */
		memset(b + len, 0, 6);
		return len + 1 + below(6);
	case 5: /* an extension header, a fragment, or another protocol */
		b[l3 + (p->version == 4 ? 9 : 6)] = (uint8_t)below(61);
		gm_fix(b, len);
		return len;
	case 6: /* no UDP checksum; a wrong one of TCP */
		memset(b + packet_l4(p) + (p->proto == TCP ? 16 : 6), 0, 2);
		return len;
	default: /* as the others are not */
		if (p->version == 4)
			b[l3 + 8] = (uint8_t)below(256);
		else
			b[l3 + 7] = (uint8_t)below(256);
		gm_fix(b, len);
		return len;
	}
}

/* The next frame of a flow.  One in `odds` is odd. */
static void step(struct packet *p, unsigned odds)
{
	static const uint8_t flags[] = {PSH, PSH, PSH, FIN, SYN, RST, URG, ECE, CWR, ACK};
	static uint8_t b[FRAME_MAX + 64];
	struct packet now = *p;
	bool odd = below(odds) == 0, spoilt = false;

	if (odd) {
		switch (below(7)) {
		case 0:
			now.payload = below((unsigned)p->payload + 1);
			break;
		case 1:
			now.payload = 1 + below((unsigned)p->payload * 2);
			break;
		case 2:
			now.flags ^= p->proto == TCP ? flags[below(ARRAY_SIZE(flags))] : 0;
			break;
		case 3:
			now.id = p->id = (uint16_t)(p->id + below(3) - 1);
			break;
		case 4:
			now.seq = p->seq = p->seq + (below(3) - 1) * (uint32_t)p->payload;
			break;
		case 5: /* from here on */
			now.tcp_words = p->tcp_words = p->proto == TCP ? 5 + below(11) : 0;
			break;
		default:
			spoilt = true;
		}
	}
	size_t len = packet_write(&now, b);
	gm_receive(&gro_lab, b, spoilt ? spoil(&now, b, len) : len);
	packet_advance(p, now.payload);
}

static void run(unsigned flows, unsigned odds)
{
	struct packet p[FLOWS];

	make_flows(p);
	for (unsigned burst = 0; burst < BURSTS; burst++) {
		unsigned frames = 1 + below(BURST_MAX), which = 0;

		while (frames--) {
			/* flows send a few frames in a row */
			which = below(3) ? which : below(flows);
			step(&p[which], odds);
		}
		gro_lab_flush();
		gro_lab_shape[0] = 0;
	}
}

/* How many of the frames that came in went out in super-frames, per cent. */
static unsigned share(unsigned flows, unsigned odds)
{
	unsigned long frames = gro_lab.total, merged = gro_lab.merged;

	run(flows, odds);
	frames = gro_lab.total - frames;
	merged = gro_lab.merged - merged;
	return (unsigned)(merged * 100 / frames);
}

static void interleaved_flows(void **state)
{
	static const unsigned odds[] = {2, 5, 20, 100, 1000};

	for (unsigned seed = 1; seed <= 10; seed++)
		for (size_t i = 0; i < ARRAY_SIZE(odds); i++) {
			dice = seed;
			run(1 + below(FLOWS), odds[i]);
		}
}

/* What is normal is merged, or the test above would say nothing. */
static void most_is_merged(void **state)
{
	dice = 42;
	assert_in_range(share(1, 1000), 90, 100);
	assert_in_range(share(GRO_FLOWS, 1000), 80, 100);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, gro_lab_setup, gro_lab_teardown)
	const struct CMUnitTest tests[] = {
		TEST(interleaved_flows),
		TEST(most_is_merged),
	};

	return cmocka_run_group_tests_name("gro_stream", tests, NULL, NULL);
}

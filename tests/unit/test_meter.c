/* SPDX-License-Identifier: ISC */
/* Token buckets: exact in the long run, bounded in the short one, whatever the pattern of calls. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/gso.h"
#include "core/meter.h"
#include "packet.h"

static const uint64_t start_ms = 5000;

static struct meter meter(uint64_t n, enum rate_unit unit)
{
	const struct rate r = {.n = n, .unit = (uint8_t)unit};
	struct meter m;

	memset(&m, 0x5a, sizeof(m));
	meter_init(&m, &r, 0, start_ms);
	return m;
}

static bool offer(struct meter *m, uint32_t frames, uint32_t bytes)
{
	if (!meter_would_pass(m))
		return false;
	meter_take(m, (struct meter_cost){frames, bytes});
	return true;
}

/* How many pass that come all at once. */
static uint64_t drain(struct meter *m, uint32_t bytes)
{
	uint64_t n = 0;

	while (offer(m, 1, bytes))
		n++;
	return n;
}

/* xorshift64* (Vigna 2014): the same everywhere. */
static uint64_t seed = 1;

static uint32_t below(uint32_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717) >> 32) % n);
}

static void without_a_limit_everything_passes(void **state)
{
	struct meter m = meter(0, RATE_NONE);

	for (int i = 0; i < 1000; i++) {
		assert_true(offer(&m, UINT32_MAX, UINT32_MAX));
		meter_refill(&m, i % 2 ? UINT64_MAX : 0);
	}
}

static void the_bucket_is_as_documented(void **state)
{
	static const struct {
		uint64_t n;
		enum rate_unit unit;
		uint64_t burst;
	} v[] = {
		{1, RATE_FRAMES, 1},
		{10, RATE_FRAMES, 10},
		{100, RATE_FRAMES, METER_BURST_FRAMES},
		{1000, RATE_FRAMES, 250},
		{1, RATE_BITS, 1},
		{64000, RATE_BITS, 64000},
		{1000000, RATE_BITS, METER_BURST_BITS},
		{10000000, RATE_BITS, 2500000},
		{UINT64_C(64000000000), RATE_BITS, UINT64_C(16000000000)},
		{RATE_MAX, RATE_BITS, RATE_MAX / 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct meter m = meter(v[i].n, v[i].unit);

		assert_int_equal(meter_burst(&m), v[i].burst);
	}
}

static void a_burst_may_be_chosen(void **state)
{
	const struct rate r = {.n = 1000, .unit = RATE_FRAMES};
	struct meter m;

	meter_init(&m, &r, 7, start_ms);
	assert_int_equal(drain(&m, 60), 7);
	meter_refill(&m, start_ms + 1000000);
	assert_int_equal(drain(&m, 60), 7);
	meter_init(&m, &r, UINT64_MAX, start_ms);
	assert_int_equal(meter_burst(&m), METER_BURST_MAX);
	meter_refill(&m, UINT64_MAX);
	assert_true(meter_would_pass(&m));
}

static void asking_changes_nothing(void **state)
{
	struct meter m = meter(10, RATE_FRAMES), before = m;

	for (int i = 0; i < 100; i++)
		assert_true(meter_would_pass(&m));
	assert_memory_equal(&m, &before, sizeof(m));
	assert_int_equal(drain(&m, 60), 10);
}

static void one_frame_a_second_is_one(void **state)
{
	struct meter m = meter(1, RATE_FRAMES);

	assert_int_equal(drain(&m, 60), 1);
	meter_refill(&m, start_ms + 1);
	assert_true(
		meter_would_pass(&m)); /* there is something in it: the frame goes into debt... */
	assert_int_equal(drain(&m, 60), 1);
	for (uint64_t s = 1; s < 500; s++) {
		meter_refill(&m, start_ms + s * 1000);
		assert_false(meter_would_pass(&m)); /* ...and is waited for */
		meter_refill(&m, start_ms + s * 1000 + 1);
		assert_int_equal(drain(&m, 60), 1);
	}
}

/*
 * As many frames as will pass, for a long time, the clock read now and then: what passed is the rate, within
 * one bucket and one frame; which is far less than one percent of the whole.
 */
static void flood(uint64_t n, enum rate_unit unit, uint32_t step_ms, uint32_t bytes, uint64_t ms)
{
	struct meter m = meter(n, unit);
	uint64_t now = start_ms, end = start_ms + ms, passed = 0, cost, due;

	cost = unit == RATE_BITS ? bytes * UINT64_C(8) : 1;
	while (now < end) {
		uint64_t most = m.level > 0 ? (uint64_t)m.level / 1000 / cost : 0;

		/* many at once, that a test of 64 Gbit/s takes no hours; the last few as they come */
		most = most > 2 ? most - 2 : 0;
		while (most) {
			uint32_t k = most > 10000 ? 10000 : (uint32_t)most;

			assert_true(offer(&m, k, k * bytes));
			passed += k;
			most -= k;
		}
		passed += drain(&m, bytes);
		now += 1 + below(step_ms);
		if (now > end)
			now = end;
		meter_refill(&m, now);
		if (below(4) == 0)
			meter_refill(&m, now);
	}
	due = n * ms / 1000;
	/* a clock read less often than the bucket empties lets less through */
	if (step_ms <= 50)
		assert_true(passed * cost + meter_burst(&m) >= due);
	assert_true(passed * cost <= due + meter_burst(&m) + cost);
	if (step_ms <= 50)
		assert_in_range(passed * cost * 1000 / due, 990, 1010);
}

static void the_rate_is_kept_whatever_the_calls(void **state)
{
	static const uint32_t steps[] = {1, 3, 7, 20, 50, 500};
	static const uint64_t frames[] = {100, 333, 1000, 14881, 1488095};
	static const uint64_t bits[] = {64000, 1000000, 9999991, UINT64_C(64000000000)};
	static const uint64_t lengths[] = {12000000, 300000, 300000, 30000};

	for (size_t s = 0; s < ARRAY_SIZE(steps); s++) {
		for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
			flood(frames[i], RATE_FRAMES, steps[s], 60, 200000);
		for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
			flood(bits[i], RATE_BITS, steps[s], 60, lengths[i]);
			flood(bits[i], RATE_BITS, steps[s], 1514, lengths[i]);
		}
	}
	flood(1, RATE_FRAMES, 50, 60, 2000000);
}

/* A rate that a thousandth does not divide is exact all the same. */
static void nothing_is_lost_to_rounding(void **state)
{
	struct meter every = meter(7, RATE_FRAMES), once = every;

	drain(&every, 60);
	drain(&once, 60);
	every.level = once.level = -1000 * 1000;
	for (uint64_t ms = 1; ms <= 142857; ms++)
		meter_refill(&every, start_ms + ms);
	meter_refill(&once, start_ms + 142857);
	assert_int_equal(every.level, once.level);
	assert_int_equal(once.level, 142857 * 7 - 1000000);
}

static void a_super_frame_crosses_the_slowest_meter_and_is_paid_for(void **state)
{
	struct meter m = meter(64000, RATE_BITS);
	uint64_t debt = UINT64_C(68000) * 8;

	assert_true(offer(&m, 45, 68000));
	assert_false(meter_would_pass(&m));
	/* the bucket's 64000 bits were there; the rest comes at 64 bits a millisecond */
	meter_refill(&m, start_ms + (debt - 64000) / 64);
	assert_false(meter_would_pass(&m));
	meter_refill(&m, start_ms + (debt - 64000) / 64 + 1);
	assert_true(meter_would_pass(&m));

	m = meter(10, RATE_FRAMES);
	assert_true(offer(&m, 45, 68000));
	meter_refill(&m, start_ms + 3500);
	assert_false(meter_would_pass(&m));
	meter_refill(&m, start_ms + 3501);
	assert_true(meter_would_pass(&m));
}

static void the_clock_may_jump(void **state)
{
	struct meter m = meter(RATE_MAX, RATE_BITS);

	m.level = -1000000000;
	meter_refill(&m, UINT64_MAX);
	assert_int_equal(meter_burst(&m), RATE_MAX / 4);
	assert_int_equal(m.level, m.full);
	meter_refill(&m, 3); /* backwards: nothing, and no harm */
	assert_int_equal(m.level, m.full);

	m = meter(1, RATE_FRAMES);
	drain(&m, 60);
	meter_refill(&m, start_ms - 1000);
	assert_false(meter_would_pass(&m));
	meter_refill(&m, start_ms);
	assert_false(meter_would_pass(&m));
}

/* ---- what a frame costs ---- */

static void check_cost(struct packet *p)
{
	uint8_t head[GSO_HEAD_MAX], *copy = malloc(VNET_HDR_SIZE + p->len);
	struct frame f = {.data = copy + VNET_HDR_SIZE, .len = p->len, .vnet = copy};
	struct gso_piece piece;
	struct meter_cost c;
	struct gso g;
	size_t bytes = 0, frames = 0;

	assert_non_null(copy);
	memcpy(copy, p->vnet, VNET_HDR_SIZE);
	memcpy(copy + VNET_HDR_SIZE, p->data, p->len);
	assert_int_equal(frame_parse(&f), DROP_NONE);
	c = meter_cost(&f);
	gso_begin(&g, &f);
	while (gso_next(&g, head, &piece)) {
		frames++;
		bytes += piece.head_len + piece.payload_len;
	}
	assert_int_equal(c.frames, frames);
	assert_int_equal(c.bytes, bytes);
	free(copy);
}

static void a_super_frame_counts_as_what_it_becomes(void **state)
{
	static struct packet p;
	static const size_t payloads[] = {1, 100, 1448, 1449, 2896, 60000};

	for (size_t i = 0; i < ARRAY_SIZE(payloads); i++) {
		packet_ipv4(&p, TCP, 20, payloads[i]);
		packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
		check_cost(&p);
		packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
		check_cost(&p);
		packet_tag(&p, ETHERTYPE_CTAG, 5);
		check_cost(&p);
		packet_ipv6(&p, UDP, packet_no_chain, payloads[i]);
		packet_owe(&p, VIRTIO_NET_HDR_GSO_UDP_L4, 1000);
		check_cost(&p);
	}
}

static void a_frame_without_offload_is_one(void **state)
{
	uint8_t bytes[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6};
	struct frame f = {.data = bytes, .len = sizeof(bytes)};
	struct meter_cost c;

	assert_int_equal(frame_parse(&f), DROP_NONE);
	c = meter_cost(&f);
	assert_int_equal(c.frames, 1);
	assert_int_equal(c.bytes, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_everything_passes),
		cmocka_unit_test(the_bucket_is_as_documented),
		cmocka_unit_test(a_burst_may_be_chosen),
		cmocka_unit_test(asking_changes_nothing),
		cmocka_unit_test(one_frame_a_second_is_one),
		cmocka_unit_test(the_rate_is_kept_whatever_the_calls),
		cmocka_unit_test(nothing_is_lost_to_rounding),
		cmocka_unit_test(a_super_frame_crosses_the_slowest_meter_and_is_paid_for),
		cmocka_unit_test(the_clock_may_jump),
		cmocka_unit_test(a_super_frame_counts_as_what_it_becomes),
		cmocka_unit_test(a_frame_without_offload_is_one),
	};

	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}

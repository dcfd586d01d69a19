/* SPDX-License-Identifier: ISC */
/* ARP messages, and which of them a guard lets pass. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/arp.h"
#include "guard_lab.h"
#include "util/mac.h"

static bool parse(const struct wire *w, size_t len, struct arp *a)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	memcpy(copy, w->data + w->l3, len);
	ok = arp_parse(copy, len, a);
	free(copy);
	return ok;
}

static void a_message_says_what_is_in_it(void **state)
{
	struct arp a;
	struct wire w;

	wire_arp(&w, STATION(1), ARP_REPLY, STATION(1), IP(10, 0, 0, 1), STATION(2),
		 IP(10, 0, 0, 2));
	for (size_t len = 0; len < ARP_SIZE; len++)
		assert_false(parse(&w, len, &a));
	for (size_t len = ARP_SIZE; len <= 46; len++)
		assert_true(parse(&w, len, &a));
	assert_int_equal(a.op, ARP_REPLY);
	assert_true(a.sender_mac == STATION(1) && a.sender_ip == IP(10, 0, 0, 1));
	assert_true(a.target_mac == STATION(2) && a.target_ip == IP(10, 0, 0, 2));
}

static void what_is_not_of_ipv4_over_ethernet_is_malformed(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {{0, 1},  {1, 0}, {1, 6}, {2, 9}, {3, 1}, {4, 8},
		   {5, 16}, {6, 1}, {7, 0}, {7, 3}, {7, 8}, {8, 3}};
	struct arp a;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct wire w;

		wire_arp(&w, STATION(1), ARP_REQUEST, STATION(1), 1, 0, 2);
		w.data[w.l3 + bad[i].at] = bad[i].value;
		assert_false(parse(&w, ARP_SIZE, &a));
	}
	struct wire w;
	wire_arp(&w, STATION(1), ARP_REQUEST, 0, 1, 0, 2);
	assert_false(parse(&w, ARP_SIZE, &a));
}

/* ---- the guard ---- */

enum { A_IP = IP(10, 0, 0, 1), B_IP = IP(10, 0, 0, 2) };

static enum drop say(struct glab *l, unsigned port, uint64_t src, uint16_t op, uint64_t sender,
		     uint32_t sender_ip, uint64_t target, uint32_t target_ip)
{
	struct wire w;

	wire_arp(&w, src, op, sender, sender_ip, target, target_ip);
	return glab_send(l, port, &w);
}

static void the_sender_needs_a_binding(void **state)
{
	struct glab l;

	glab_open(&l, NULL);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(1), A_IP), DROP_ARP_NO_BINDING);
	glab_lease(&l, LAB_A, STATION(1), A_IP, 3600);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(1), A_IP), DROP_NONE);
	assert_int_equal(l.v.to, GUARD_TO_ANY);
	/* on its port, with its address, in its VLAN */
	assert_int_equal(glab_announce(&l, LAB_B, STATION(1), A_IP), DROP_ARP_NO_BINDING);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(1), B_IP), DROP_ARP_NO_BINDING);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(2), A_IP), DROP_ARP_NO_BINDING);
	guard_vlan_set(l.g, 8, GUARD_ARP);
	struct wire w;
	wire_arp(&w, STATION(1), ARP_REQUEST, STATION(1), A_IP, 0, B_IP);
	assert_int_equal(glab_send_vid(&l, LAB_A, 8, &w), DROP_ARP_NO_BINDING);
	assert_int_equal(glab_send_vid(&l, LAB_A, 9, &w), DROP_NONE); /* not on there */
	/* until the lease ends, whether it was cleared away or not */
	l.now_ms += 3600 * 1000;
	guard_commit(l.g, &l.v, l.now_ms);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(1), A_IP), DROP_ARP_NO_BINDING);
	glab_close(&l);
}

static void nobody_speaks_for_another(void **state)
{
	struct glab l;

	glab_open(&l, NULL);
	glab_lease(&l, LAB_A, STATION(1), A_IP, 3600);
	assert_int_equal(say(&l, LAB_A, STATION(9), ARP_REPLY, STATION(1), A_IP, STATION(2), B_IP),
			 DROP_ARP_SPOOF);
	assert_int_equal(l.v.mac, STATION(1));
	assert_int_equal(say(&l, LAB_B, STATION(2), ARP_REPLY, STATION(2), A_IP, STATION(3), B_IP),
			 DROP_ARP_NO_BINDING);
	assert_int_equal(l.last.kind, GUARD_VIOLATION);
	assert_true(l.last.ip == A_IP && l.last.mac == STATION(2) && l.last.port == LAB_B &&
		    l.last.vid == LAB_VID);
	glab_close(&l);
}

static void probes_claim_nothing(void **state)
{
	struct glab l;

	glab_open(&l, NULL);
	assert_int_equal(say(&l, LAB_A, STATION(1), ARP_REQUEST, STATION(1), 0, 0, A_IP),
			 DROP_NONE);
	assert_int_equal(say(&l, LAB_A, STATION(1), ARP_REPLY, STATION(1), 0, 0, A_IP),
			 DROP_ARP_NO_BINDING);
	assert_int_equal(say(&l, LAB_A, STATION(2), ARP_REQUEST, STATION(1), 0, 0, A_IP),
			 DROP_ARP_SPOOF);
	glab_close(&l);
}

static void static_bindings_are_as_good(void **state)
{
	struct glab l;
	struct err e;

	glab_open(&l, NULL);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), A_IP, LAB_A, 0, &e), 0);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), B_IP, LAB_A, 0, &e), 0);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(1), A_IP), DROP_NONE);
	assert_int_equal(glab_announce(&l, LAB_A, STATION(1), B_IP), DROP_NONE);
	assert_int_equal(glab_announce(&l, LAB_B, STATION(1), B_IP), DROP_ARP_NO_BINDING);
	glab_close(&l);
}

static void the_target_is_checked_where_it_is_asked_for(void **state)
{
	struct guard_settings set = guard_defaults();

	for (int on = 0; on < 2; on++) {
		struct glab l;
		struct wire w;
		struct err e;

		set.check_arp_target = on;
		glab_open(&l, &set);
		guard_bind(l.g, LAB_VID, STATION(1), A_IP, LAB_A, 0, &e);
		wire_arp(&w, STATION(1), ARP_REPLY, STATION(1), A_IP, STATION(2), B_IP);
		mac_store(w.data, STATION(3));
		assert_int_equal(glab_send(&l, LAB_A, &w), on ? DROP_ARP_TARGET : DROP_NONE);
		mac_store(w.data, STATION(2));
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
		/* of requests and announcements there is none */
		assert_int_equal(glab_announce(&l, LAB_A, STATION(1), A_IP), DROP_NONE);
		assert_int_equal(
			say(&l, LAB_A, STATION(1), ARP_REPLY, STATION(1), A_IP, STATION(1), A_IP),
			DROP_NONE);
		glab_close(&l);
	}
}

static void malformed_ones_and_hidden_ones_go_nowhere(void **state)
{
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	wire_arp(&w, STATION(1), ARP_REQUEST, STATION(1), 0, 0, A_IP);
	w.len = 14 + 27;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_ARP);
	w.len = 60;
	wire_write(&w, 14 + 24); /* the target's address */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	glab_close(&l);
}

static void trusted_ports_and_other_vlans_are_not_looked_at(void **state)
{
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	assert_int_equal(glab_announce(&l, LAB_SERVER, STATION(1), A_IP), DROP_NONE);
	wire_arp(&w, STATION(1), 77, STATION(2), A_IP, 0, 0);
	assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
	guard_vlan_set(l.g, LAB_VID, GUARD_ALL & ~GUARD_ARP);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	glab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_says_what_is_in_it),
		cmocka_unit_test(what_is_not_of_ipv4_over_ethernet_is_malformed),
		cmocka_unit_test(the_sender_needs_a_binding),
		cmocka_unit_test(nobody_speaks_for_another),
		cmocka_unit_test(probes_claim_nothing),
		cmocka_unit_test(static_bindings_are_as_good),
		cmocka_unit_test(the_target_is_checked_where_it_is_asked_for),
		cmocka_unit_test(malformed_ones_and_hidden_ones_go_nowhere),
		cmocka_unit_test(trusted_ports_and_other_vlans_are_not_looked_at),
	};

	return cmocka_run_group_tests_name("arp", tests, NULL, NULL);
}

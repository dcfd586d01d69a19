/* SPDX-License-Identifier: ISC */
/* What a bridge sends, how much of it, and what it forgets when the topology changes. */
#include "unit.h"

#include "stp_net.h"

/* Bridges 0 (root) and 1 with so many wires between the same ports, converged and at rest. */
static struct net *two(unsigned wires)
{
	struct net *n = net_new(1);

	net_bridge(n, NULL, 6);
	net_bridge(n, NULL, 6);
	for (unsigned i = 0; i < wires; i++)
		net_wire(n, 0, i, 1, i);
	net_converge(n, 1000);
	net_run(n, 10000);
	return n;
}

/* ---- sending ---- */

/* Hellos come every hello time from designated ports, and from nobody else (17.26). */
static void only_designated_ports_say_hello(void **state)
{
	struct net *n = two(2);

	net_forget(n);
	net_run(n, 20000);
	for (unsigned p = 0; p < 2; p++) {
		assert_in_range(net_log(n, 0)->sent[p], 9, 11);
		assert_int_equal(net_log(n, 1)->sent[p], 0);
	}
	net_free(n);
}

static void no_more_than_the_hold_count_is_sent_in_one_go(void **state)
{
	struct net *n = net_new(1);
	struct stp_cfg cfg = stp_cfg_default();

	cfg.tx_hold_count = 3;
	net_bridge(n, &cfg, 1);
	net_loose_wire(n, 0, 0);
	net_run(n, 10000);
	net_forget(n);
	while (net_log(n, 0)->sent[0] == 0)
		net_run(n, 100);
	net_run(n, 1000); /* one second after a hello nothing counts */
	net_forget(n);
	for (unsigned i = 0; i < 20; i++) { /* each is something new to say */
		cfg.priority = i % 2 * 4096;
		stp_set(net_stp(n, 0), &cfg);
	}
	assert_int_equal(net_log(n, 0)->sent[0], 3);
	net_run(n, 1000); /* and then one a second: the last word, not the next */
	assert_int_equal(net_log(n, 0)->sent[0], 4);
	assert_int_equal(net_log(n, 0)->last[0].vec.root >> 48, 0x1000);
	net_free(n);
}

/* ---- topology changes (17.31) ---- */

/* 0 - 1 - 2, all of them with a station's port 5; 1 and 2 have an alternate wire. */
static void a_topology_change_reaches_all_and_flushes_what_it_may_concern(void **state)
{
	struct net *n = net_new(1);

	for (unsigned i = 0; i < 3; i++) {
		net_bridge(n, NULL, 6);
		net_loose_wire(n, i, 5);
	}
	net_wire(n, 0, 0, 1, 0);
	unsigned wire = net_wire(n, 1, 1, 2, 1);
	net_wire(n, 1, 2, 2, 2);
	net_converge(n, 5000);
	net_run(n, 40000);
	assert_true(net_port(n, 2, 5).edge);
	net_forget(n);
	assert_false(net_info(n, 0).topology_change);
	uint64_t before = net_info(n, 0).topology_changes;
	net_cut(n, wire);
	net_run(n, 10);

	/* Bridge 2 detected it on its new root port; 1 hears of it there and forgets what is elsewhere. */
	assert_int_equal(net_last(n, 2, STP_EVENT_TOPOLOGY, -1)->port, 2);
	assert_int_equal(net_last(n, 1, STP_EVENT_TOPOLOGY, -1)->port, 2);
	assert_int_equal(net_last(n, 0, STP_EVENT_TOPOLOGY, -1)->port, 0);
	assert_int_equal(net_last(n, 0, STP_EVENT_TOPOLOGY, -1)->cause, STP_CAUSE_BPDU);
	assert_int_equal(net_log(n, 1)->flushed[0], 1);
	assert_int_equal(net_log(n, 1)->flushed[2], 0); /* where it came from */
	assert_int_equal(net_log(n, 0)->flushed[0], 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(net_log(n, i)->flushed[5], 0); /* no edge ever */
	assert_int_equal(net_info(n, 0).topology_changes, before + 1);
	assert_int_equal(net_info(n, 0).topology_change_port, 0);

	net_run(n, 10000); /* it is told with the hellos of a while, and counted once */
	assert_int_equal(net_count(n, 0, STP_EVENT_TOPOLOGY, -1), 1);
	assert_false(net_info(n, 2).topology_change);
	assert_in_range(net_info(n, 0).since_topology_change_s, 9, 11);
	net_free(n);
}

static void an_edge_port_is_no_topology_change(void **state)
{
	struct net *n = two(1);

	net_forget(n);
	unsigned loose = net_loose_wire(n, 0, 3);
	net_run(n, 5000);
	assert_int_equal(net_port(n, 0, 3).state, STP_STATE_FORWARDING);
	net_cut(n, loose);
	net_run(n, 5000);
	assert_int_equal(net_count(n, 0, STP_EVENT_TOPOLOGY, -1), 0);
	assert_int_equal(net_count(n, 1, STP_EVENT_TOPOLOGY, -1), 0);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_designated_ports_say_hello),
		cmocka_unit_test(no_more_than_the_hold_count_is_sent_in_one_go),
		cmocka_unit_test(a_topology_change_reaches_all_and_flushes_what_it_may_concern),
		cmocka_unit_test(an_edge_port_is_no_topology_change),
	};

	return cmocka_run_group_tests_name("stp_topology", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Bridges that know only STP (version 0): falling back, coming back, timers, TCNs. */
#include "unit.h"

#include "stp_net.h"

enum { FORWARD_DELAY_MS = 15000 };

static struct stp_cfg version(enum stp_version v)
{
	struct stp_cfg cfg = stp_cfg_default();

	cfg.version = v;
	return cfg;
}

/* Bridges 0 and 1 on a wire, of these versions. */
static struct net *pair(enum stp_version a, enum stp_version b)
{
	struct net *n = net_new(1);
	struct stp_cfg cfg_a = version(a), cfg_b = version(b);

	net_bridge(n, &cfg_a, 4);
	net_bridge(n, &cfg_b, 4);
	net_wire(n, 0, 0, 1, 0);
	return n;
}

static void stp_waits_twice_the_forward_delay(void **state)
{
	struct net *n = pair(STP_VERSION_STP, STP_VERSION_STP);

	net_run(n, 2 * FORWARD_DELAY_MS - 1000);
	assert_int_equal(net_port(n, 1, 0).role, STP_ROLE_ROOT);
	assert_int_equal(net_port(n, 1, 0).state, STP_STATE_LEARNING);
	net_converge(
		n, 20000); /* max age is fdWhile at first, and the seconds do not begin together */
	assert_int_equal(net_last(n, 1, STP_EVENT_STATE, 0)->cause, STP_CAUSE_FORWARD_DELAY);
	assert_false(net_port(n, 1, 0).rapid);
	assert_int_equal(net_port(n, 0, 0).tx_rst, 0);
	assert_true(net_port(n, 0, 0).tx_config > 10);
	net_free(n);
}

static void an_rstp_bridge_falls_back_and_only_on_that_port(void **state)
{
	struct net *n = pair(STP_VERSION_STP, STP_VERSION_RSTP);

	net_bridge(n, NULL, 4);
	net_wire(n, 1, 1, 2, 0);
	net_converge(n, 60000);
	assert_false(net_port(n, 1, 0).rapid);
	assert_true(net_port(n, 1, 1).rapid);
	assert_int_equal(net_last(n, 1, STP_EVENT_TO_STP, 0)->cause, STP_CAUSE_BPDU);
	assert_int_equal(net_last(n, 1, STP_EVENT_TO_STP, 0)->cause_bridge, net_id(n, 0));
	assert_int_equal(net_info(n, 2).root_id,
			 net_id(n, 0)); /* news passes from one to the other */
	net_free(n);
}

static void it_comes_back_when_the_other_speaks_rstp(void **state)
{
	struct net *n = pair(STP_VERSION_STP, STP_VERSION_RSTP);
	struct stp_cfg cfg = version(STP_VERSION_RSTP);

	net_converge(n, 60000);
	stp_set(net_stp(n, 0), &cfg);
	net_run(n, 5000); /* the first RST BPDU after mdelayWhile */
	assert_true(net_port(n, 1, 0).rapid);
	assert_non_null(net_last(n, 1, STP_EVENT_TO_RSTP, 0));
	net_converge(n, 40000);
	net_free(n);
}

/* A designated port hears nothing of a bridge that agrees and is silent: it has to be told to try (17.24). */
static void mcheck_tries_rstp_again(void **state)
{
	struct net *n = net_new(1);

	net_bridge(n, NULL, 1);
	net_loose_wire(n, 0, 0);
	net_run(n, 5000);
	net_say(n, 0, 0, (struct stp_bpdu){.type = STP_BPDU_TCN, .src = 5});
	assert_false(net_port(n, 0, 0).rapid);
	net_run(n, 60000);
	assert_false(net_port(n, 0, 0).rapid);
	stp_port_mcheck(net_stp(n, 0), 0);
	assert_true(net_port(n, 0, 0).rapid);
	assert_int_equal(net_last(n, 0, STP_EVENT_TO_RSTP, 0)->cause, STP_CAUSE_SETTING);
	net_run(n, 1000);
	net_say(n, 0, 0, (struct stp_bpdu){.type = STP_BPDU_TCN, .src = 5});
	assert_true(net_port(n, 0, 0)
			    .rapid); /* not so soon, or two that differ would change for ever */
	net_free(n);
}

/* 0 - 1 - 2, all STP: a TCN goes up, is acknowledged, and the root tells it down (17.31). */
static void a_tcn_goes_to_the_root_and_is_acknowledged(void **state)
{
	struct net *n = pair(STP_VERSION_STP, STP_VERSION_STP);
	struct stp_cfg cfg = version(STP_VERSION_STP);

	net_bridge(n, &cfg, 4);
	net_wire(n, 1, 1, 2, 0);
	net_converge(n, 60000);
	net_run(n, 60000);
	assert_false(net_info(n, 0).topology_change);
	net_forget(n);
	uint64_t tcns = net_port(n, 2, 0).tx_tcn;
	assert_int_equal(net_say(n, 2, 0, (struct stp_bpdu){.type = STP_BPDU_TCN, .src = 9}),
			 DROP_NONE); /* as from somebody on a wire of its own */
	unsigned loose = net_loose_wire(n, 2, 3);
	net_run(n, 2 * FORWARD_DELAY_MS + 6000); /* that port comes to forward: a change */
	assert_true(net_port(n, 2, 0).tx_tcn > tcns);
	assert_in_range(net_port(n, 2, 0).tx_tcn - tcns, 1,
			4); /* acknowledged, and so not repeated */
	assert_int_equal(net_last(n, 0, STP_EVENT_TOPOLOGY, -1)->port, 0);
	assert_true(net_log(n, 0)->last[0].tc); /* the root tells it with its hellos... */
	assert_true(net_log(n, 1)->last[1].tc);
	assert_true(net_log(n, 1)->flushed[0] + net_log(n, 1)->flushed[1] > 0);
	net_run(n, 60000); /* ...for max age and forward delay */
	assert_false(net_log(n, 0)->last[0].tc);
	net_cut(n, loose);
	net_free(n);
}

static void a_ring_of_stp_bridges_heals_within_the_old_bound(void **state)
{
	struct net *n = net_new(7);
	struct stp_cfg cfg = version(STP_VERSION_STP);
	enum { N = 6, BOUND_MS = 20000 + 2 * FORWARD_DELAY_MS + 2000 };

	for (unsigned i = 0; i < N; i++)
		net_bridge(n, &cfg, 2);
	for (unsigned i = 0; i < N; i++)
		net_wire(n, i, 0, (i + 1) % N, 1);
	net_converge(n, BOUND_MS);
	for (unsigned i = 0; i < N; i++) {
		net_run(n, 5000);
		net_cut(n, i);
		net_run(n, 1);
		net_converge(n, BOUND_MS);
		net_mend(n, i);
		net_run(n, 1);
		net_converge(n, BOUND_MS);
	}
	net_free(n);
}

/* Every other bridge is an old one, and wires are cut: never a loop, and the old bound. */
static void old_and_new_bridges_mix(void **state)
{
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct net *n = net_new(seed);
		enum { N = 10, BOUND_MS = 20000 + 2 * FORWARD_DELAY_MS + 10000 };
		unsigned used[N] = {0};

		for (unsigned i = 0; i < N; i++) {
			struct stp_cfg cfg = version(i % 2 ? STP_VERSION_STP : STP_VERSION_RSTP);

			cfg.priority = (uint32_t)net_random(n, 16) * 4096;
			net_bridge(n, &cfg, NET_PORTS);
		}
		for (unsigned i = 0; i < 18; i++) {
			unsigned a = i < N ? i : (unsigned)net_random(n, N);
			unsigned b = (a + 1 + (unsigned)net_random(n, N - 1)) % N;
			unsigned port_a = used[a]++, port_b = used[b]++;

			net_wire(n, a, port_a, b, port_b);
		}
		net_converge(n, BOUND_MS);
		for (unsigned i = 0; i < 10; i++) {
			unsigned s = (unsigned)net_random(n, 18);

			if (net_is_cut(n, s))
				net_mend(n, s);
			else
				net_cut(n, s);
			net_run(n, 1);
			net_converge(n, BOUND_MS);
		}
		net_free(n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stp_waits_twice_the_forward_delay),
		cmocka_unit_test(an_rstp_bridge_falls_back_and_only_on_that_port),
		cmocka_unit_test(it_comes_back_when_the_other_speaks_rstp),
		cmocka_unit_test(mcheck_tries_rstp_again),
		cmocka_unit_test(a_tcn_goes_to_the_root_and_is_acknowledged),
		cmocka_unit_test(a_ring_of_stp_bridges_heals_within_the_old_bound),
		cmocka_unit_test(old_and_new_bridges_mix),
	};

	return cmocka_run_group_tests_name("stp_old", tests, NULL, NULL);
}

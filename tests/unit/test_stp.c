/* SPDX-License-Identifier: ISC */
/* A few bridges with RSTP: how fast, in which roles, and why (IEEE 802.1D-2004 clause 17). */
#include "unit.h"

#include <errno.h>
#include <string.h>

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

/* A BPDU of a bridge that is not there: a designated port of the best bridge there can be. */
static struct stp_bpdu best_bpdu(void)
{
	return (struct stp_bpdu){
		.type = STP_BPDU_RST,
		.role = STP_BPDU_DESIGNATED,
		.vec = {.root = 0x99, .bridge = 0x99, .port = 0x8001},
		.times = {.max_age = 20 * 256, .hello_time = 2 * 256, .forward_delay = 15 * 256},
	};
}

/* ---- rapid ---- */

static void a_new_link_forwards_as_soon_as_both_have_spoken(void **state)
{
	struct net *n = net_new(1);

	net_bridge(n, NULL, 2);
	net_bridge(n, NULL, 2);
	net_wire(n, 0, 0, 1, 0);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
	net_run(n, 1); /* ten times what a frame takes */
	assert_int_equal(net_port(n, 0, 0).role, STP_ROLE_DESIGNATED);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	assert_int_equal(net_port(n, 1, 0).role, STP_ROLE_ROOT);
	assert_int_equal(net_port(n, 1, 0).state, STP_STATE_FORWARDING);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_AGREED);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause_bridge, net_id(n, 1));
	assert_int_equal(net_last(n, 1, STP_EVENT_STATE, 0)->cause, STP_CAUSE_REROOTED);
	assert_true(net_port(n, 0, 0).rapid && net_port(n, 0, 0).agreed);
	net_free(n);
}

static void the_alternate_takes_over_at_once(void **state)
{
	struct net *n = two(2);
	const struct stp_event *ev;

	assert_int_equal(net_port(n, 1, 1).role, STP_ROLE_ALTERNATE);
	assert_int_equal(net_port(n, 1, 1).state, STP_STATE_DISCARDING);
	net_cut(n, 0); /* and no time goes by */
	assert_int_equal(net_port(n, 1, 1).role, STP_ROLE_ROOT);
	assert_int_equal(net_port(n, 1, 1).state, STP_STATE_FORWARDING);
	ev = net_last(n, 1, STP_EVENT_ROLE, 1);
	assert_int_equal(ev->old_role, STP_ROLE_ALTERNATE);
	assert_int_equal(ev->cause, STP_CAUSE_LINK_DOWN);
	assert_int_equal(ev->cause_port, 0);

	net_mend(n, 0); /* the better wire is taken again, and the other one let go */
	net_run(n, 1);
	assert_int_equal(net_port(n, 1, 0).state, STP_STATE_FORWARDING);
	assert_int_equal(net_port(n, 1, 1).state, STP_STATE_DISCARDING);
	net_free(n);
}

/* Nobody sees the link go: three hellos are missed (17.21.23). */
static void a_silent_neighbour_is_forgotten_after_three_hellos(void **state)
{
	struct net *n = two(1);

	assert_int_equal(net_info(n, 1).root_id, net_id(n, 0));
	net_mute(n, 0, true);
	net_run(n, 3000);
	assert_int_equal(net_info(n, 1).root_id, net_id(n, 0));
	net_run(n, 3000);
	assert_int_equal(net_info(n, 1).root_id, net_id(n, 1));
	assert_int_equal(net_last(n, 1, STP_EVENT_ROOT, -1)->cause, STP_CAUSE_AGED_OUT);
	assert_int_equal(net_last(n, 1, STP_EVENT_ROOT, -1)->cause_bridge, net_id(n, 0));
	assert_int_equal(net_last(n, 1, STP_EVENT_ROOT, -1)->old_root, net_id(n, 0));
	net_free(n);
}

/* Agreements are for two bridges alone on their link. */
static void without_point_to_point_timers_are_waited_out(void **state)
{
	struct net *n = net_new(1);
	struct stp_port_cfg cfg = stp_port_cfg_default();

	net_bridge(n, NULL, 1);
	net_bridge(n, NULL, 1);
	cfg.p2p = STP_P2P_NO;
	stp_port_set(net_stp(n, 0), 0, &cfg);
	net_wire(n, 0, 0, 1, 0);
	net_run(n, 1000);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
	assert_true(net_converge(n, 31000) > 2000);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_FORWARD_DELAY);
	net_free(n);
}

/* A proposal passes only after all other ports have stopped, or agreed (sync). */
static void a_proposal_stops_what_did_not_agree(void **state)
{
	struct net *n = net_new(1);
	const struct stp_event *ev;

	net_bridge(n, NULL, 2);
	net_loose_wire(n, 0, 0);
	net_loose_wire(n, 0, 1);
	net_run(n, 5000);
	/* An old bridge: the port is no edge any more, and goes on forwarding. */
	assert_int_equal(net_say(n, 0, 1, (struct stp_bpdu){.type = STP_BPDU_TCN, .src = 5}),
			 DROP_NONE);
	net_run(n, 1000);
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_FORWARDING);
	struct stp_bpdu b = best_bpdu();
	b.proposal = true;
	net_say(n, 0, 0, b);
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_DISCARDING);
	ev = net_last(n, 0, STP_EVENT_STATE, 1);
	assert_int_equal(ev->cause, STP_CAUSE_SYNC);
	assert_int_equal(ev->cause_port, 0);
	assert_int_equal(ev->cause_bridge, 0x99);
	assert_true(net_log(n, 0)->last[0].agreement);
	assert_int_equal(net_log(n, 0)->last[0].role, STP_BPDU_ROOT);
	net_free(n);
}

/* The other end hears us not, and believes itself designated too: it would be a loop. */
static void a_dispute_stops_a_port(void **state)
{
	struct net *n = two(1);
	struct stp_bpdu b = best_bpdu();

	b.vec = (struct stp_vec){.root = net_id(n, 1), .bridge = net_id(n, 1), .port = 0x8001};
	net_say(n, 0, 0, b);
	assert_int_equal(net_port(n, 0, 0).state,
			 STP_STATE_FORWARDING); /* it does not learn: harmless */
	b.learning = true;
	net_say(n, 0, 0, b);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_DISPUTE);
	net_converge(n, 10000);
	net_free(n);
}

/* ---- who is root, and whose times ---- */

static void the_lowest_identifier_is_root(void **state)
{
	struct net *n = two(2);
	struct stp_cfg cfg = stp_cfg_default();

	assert_int_equal(net_info(n, 1).root_id, UINT64_C(0x8000020000000000));
	cfg.priority = 4096;
	stp_set(net_stp(n, 1), &cfg);
	net_converge(n, 1000);
	assert_int_equal(net_info(n, 0).root_id, UINT64_C(0x1000020000000001));
	assert_int_equal(net_last(n, 1, STP_EVENT_ROOT, -1)->cause, STP_CAUSE_SETTING);
	cfg.priority = 61440;
	stp_set(net_stp(n, 1), &cfg);
	net_converge(n, 1000);
	assert_int_equal(net_info(n, 1).root_id, UINT64_C(0x8000020000000000));
	net_free(n);
}

static void the_times_of_the_root_are_used(void **state)
{
	struct net *n = two(1);
	struct stp_cfg cfg = stp_cfg_default();

	cfg.max_age_s = 10;
	cfg.forward_delay_s = 6;
	cfg.hello_time_s = 1;
	stp_set(net_stp(n, 0), &cfg);
	net_run(n, 10);
	assert_int_equal(net_info(n, 1).max_age_s, 10);
	assert_int_equal(net_info(n, 1).forward_delay_s, 6);
	assert_int_equal(net_info(n, 1).hello_time_s, 1);
	assert_int_equal(net_info(n, 1).message_age_s, 1);
	assert_int_equal(net_info(n, 0).message_age_s, 0);
	net_mute(n, 0, true); /* three of its hellos, which are shorter now */
	net_run(n, 4000);
	assert_int_equal(net_info(n, 1).root_id, net_id(n, 1));
	net_free(n);
}

/* Table 17-1: what a root says beyond these is moved into the limits. */
static void times_out_of_range_are_not_believed(void **state)
{
	struct net *n = net_new(1);
	struct stp_bpdu b = best_bpdu();

	net_bridge(n, NULL, 1);
	net_loose_wire(n, 0, 0);
	b.times = (struct stp_times){0};
	net_say(n, 0, 0, b);
	assert_int_equal(net_info(n, 0).forward_delay_s, 4);
	assert_int_equal(net_info(n, 0).max_age_s, 6);
	assert_int_equal(net_info(n, 0).hello_time_s, 1);
	b.times = (struct stp_times){0, 0xffff, 0xffff, 0xffff};
	net_say(n, 0, 0, b);
	assert_int_equal(net_info(n, 0).forward_delay_s, 30);
	assert_int_equal(net_info(n, 0).max_age_s, 40);
	assert_int_equal(net_info(n, 0).hello_time_s, 10);
	net_free(n);
}

/* A message that has come through as many bridges as its max age is forgotten at once (17.21.23). */
static void too_old_a_message_is_not_kept(void **state)
{
	struct net *n = net_new(1);
	struct stp_bpdu b = best_bpdu();

	net_bridge(n, NULL, 1);
	net_loose_wire(n, 0, 0);
	b.times.message_age = 19 * 256;
	net_say(n, 0, 0, b);
	assert_int_equal(net_info(n, 0).root_id, 0x99);
	b.times.message_age = 20 * 256;
	assert_int_equal(net_say(n, 0, 0, b), DROP_NONE);
	assert_int_equal(net_info(n, 0).root_id, net_id(n, 0));
	net_free(n);
}

/* ---- costs ---- */

static void costs_are_those_of_table_17_3(void **state)
{
	static const struct {
		uint32_t speed, cost;
	} t[] = {{0, 20000},	{1, 20000000}, {10, 2000000}, {100, 200000}, {1000, 20000},
		 {10000, 2000}, {100000, 200}, {1000000, 20}, {10000000, 2}, {UINT32_MAX, 1}};
	struct net *n = net_new(1);

	net_bridge(n, NULL, 1);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		stp_port_link(net_stp(n, 0), 0, true, t[i].speed, true);
		assert_int_equal(net_port(n, 0, 0).path_cost, t[i].cost);
	}
	net_free(n);
}

static void a_cost_or_priority_moves_the_root_port(void **state)
{
	struct net *n = two(2);
	struct stp_port_cfg cfg = stp_port_cfg_default();

	assert_int_equal(net_info(n, 1).root_port, 0);
	cfg.cost = 19999;
	stp_port_set(net_stp(n, 1), 1, &cfg);
	net_converge(n, 1000);
	assert_int_equal(net_info(n, 1).root_port, 1);
	assert_int_equal(net_info(n, 1).root_path_cost, 19999);
	cfg.cost = 0;
	stp_port_set(net_stp(n, 1), 1, &cfg);
	net_converge(n, 1000);
	assert_int_equal(net_info(n, 1).root_port, 0);
	cfg.priority = 112; /* of the other end */
	stp_port_set(net_stp(n, 0), 1, &cfg);
	net_converge(n, 1000);
	assert_int_equal(net_info(n, 1).root_port, 1);
	net_free(n);
}

/* ---- ports come and go ---- */

static void ports_come_and_go(void **state)
{
	struct net *n = two(2);
	struct stp_port_cfg cfg = stp_port_cfg_default();
	struct stp_port_info info;

	assert_int_equal(stp_port_add(net_stp(n, 1), 0, &cfg), -EEXIST);
	assert_int_equal(stp_port_add(net_stp(n, 1), STP_PORTS_MAX, &cfg), -EINVAL);
	assert_int_equal(stp_port_add(net_stp(n, 1), STP_PORTS_MAX - 1, &cfg), 0);
	assert_true(stp_port_info(net_stp(n, 1), STP_PORTS_MAX - 1, &info));
	assert_int_equal(info.port_id, 0x8400);
	stp_port_del(net_stp(n, 1), 0);
	assert_false(stp_port_info(net_stp(n, 1), 0, &info));
	assert_int_equal(net_last(n, 1, STP_EVENT_ROLE, 0)->cause, STP_CAUSE_REMOVED);
	assert_int_equal(net_info(n, 1).root_port, 1);
	assert_int_equal(net_port(n, 1, 1).state, STP_STATE_FORWARDING);
	stp_port_del(net_stp(n, 1), 0); /* once more, and some that never were */
	stp_port_del(net_stp(n, 1), 77);
	stp_port_link(net_stp(n, 1), 5000, true, 0, true);
	stp_port_set(net_stp(n, 1), 77, &cfg);
	stp_port_mcheck(net_stp(n, 1), 77);
	stp_port_reopen(net_stp(n, 1), 77);
	assert_int_equal(net_say(n, 1, 77, best_bpdu()), DROP_PORT_BLOCKED);
	assert_int_equal(net_say(n, 1, 5, best_bpdu()), DROP_PORT_BLOCKED); /* its link is down */
	net_free(n);
}

static void what_a_port_sent_is_known_when_it_comes_back(void **state)
{
	struct net *n = net_new(1);
	struct stp_port_cfg cfg = stp_port_cfg_default();

	net_bridge(n, NULL, 2);
	net_loose_wire(n, 0, 0);
	net_loose_wire(n, 0, 1);
	net_run(n, 1000);
	struct stp_bpdu own = net_log(n, 0)->last[0];
	assert_int_equal(net_say(n, 0, 0, own), DROP_BPDU_OWN);
	assert_int_equal(net_say(n, 0, 1, own), DROP_NONE); /* of another port: a backup */
	assert_int_equal(net_port(n, 0, 1).role, STP_ROLE_BACKUP);
	cfg.priority = 16;
	stp_port_set(net_stp(n, 0), 0, &cfg); /* what it sent before is its own still */
	assert_int_equal(net_say(n, 0, 0, own), DROP_BPDU_OWN);
	assert_int_equal(net_port(n, 0, 0).rx_other, 2);
	net_free(n);
}

/* ---- settings ---- */

static void check(uint32_t *value, uint32_t bad, const struct stp_cfg *cfg, const char *word)
{
	uint32_t good = *value;
	struct err e = {0};

	assert_int_equal(stp_cfg_check(cfg, &e), 0);
	*value = bad;
	assert_int_equal(stp_cfg_check(cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, word));
	*value = good;
}

static void settings_have_limits(void **state)
{
	struct stp_cfg c = stp_cfg_default();
	struct stp_port_cfg p = stp_port_cfg_default();
	struct err e;

	check(&c.priority, 1, &c, "priority");
	check(&c.priority, 65536, &c, "priority");
	check(&c.hello_time_s, 0, &c, "hello_time");
	check(&c.hello_time_s, 3, &c, "hello_time");
	check(&c.forward_delay_s, 3, &c, "forward_delay");
	check(&c.forward_delay_s, 31, &c, "forward_delay");
	check(&c.max_age_s, 5, &c, "max_age");
	check(&c.max_age_s, 41, &c, "max_age");
	check(&c.tx_hold_count, 0, &c, "tx_hold_count");
	check(&c.tx_hold_count, 11, &c, "tx_hold_count");
	check(&c.max_age_s, 29, &c, "2 * (stp_forward_delay_s - 1) = 28"); /* 17.14 */
	c.hello_time_s = 2;
	c.max_age_s = 6;
	assert_int_equal(stp_cfg_check(&c, &e), 0);
	c.version = (enum stp_version)1;
	assert_int_equal(stp_cfg_check(&c, &e), -EINVAL);

	assert_int_equal(stp_port_cfg_check(&p, &e), 0);
	p.cost = STP_COST_MAX + 1;
	assert_int_equal(stp_port_cfg_check(&p, &e), -EINVAL);
	p.cost = 0;
	p.priority = 8;
	assert_int_equal(stp_port_cfg_check(&p, &e), -EINVAL);
	p.priority = 256;
	assert_int_equal(stp_port_cfg_check(&p, &e), -EINVAL);
	p.priority = 240;
	p.bpdu_guard = p.bpdu_filter = true;
	assert_int_equal(stp_port_cfg_check(&p, &e), -EINVAL);
}

static void everything_has_a_name(void **state)
{
	for (int i = 0; i < STP_ROLE_COUNT; i++)
		assert_true(strlen(stp_role_name((enum stp_role)i)) > 3);
	for (int i = 0; i < STP_STATE_COUNT; i++)
		assert_true(strlen(stp_state_name((enum stp_state)i)) > 3);
	for (int i = 0; i < STP_EVENT_COUNT; i++)
		assert_true(strlen(stp_event_name((enum stp_event_kind)i)) > 3);
	for (int i = 0; i < STP_CAUSE_COUNT; i++) {
		assert_true(strlen(stp_cause_name((enum stp_cause)i)) > 3);
		assert_true(strlen(stp_cause_text((enum stp_cause)i)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_link_forwards_as_soon_as_both_have_spoken),
		cmocka_unit_test(the_alternate_takes_over_at_once),
		cmocka_unit_test(a_silent_neighbour_is_forgotten_after_three_hellos),
		cmocka_unit_test(without_point_to_point_timers_are_waited_out),
		cmocka_unit_test(a_proposal_stops_what_did_not_agree),
		cmocka_unit_test(a_dispute_stops_a_port),
		cmocka_unit_test(the_lowest_identifier_is_root),
		cmocka_unit_test(the_times_of_the_root_are_used),
		cmocka_unit_test(times_out_of_range_are_not_believed),
		cmocka_unit_test(too_old_a_message_is_not_kept),
		cmocka_unit_test(costs_are_those_of_table_17_3),
		cmocka_unit_test(a_cost_or_priority_moves_the_root_port),
		cmocka_unit_test(ports_come_and_go),
		cmocka_unit_test(what_a_port_sent_is_known_when_it_comes_back),
		cmocka_unit_test(settings_have_limits),
		cmocka_unit_test(everything_has_a_name),
	};

	return cmocka_run_group_tests_name("stp", tests, NULL, NULL);
}

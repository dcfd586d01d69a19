/* SPDX-License-Identifier: ISC */
/* Edge ports, BPDU guard, BPDU filter and root guard. */
#include "unit.h"

#include "stp_net.h"

/* A bridge with a port 0 of these settings; whatever is plugged in there comes later. */
static struct net *one(const struct stp_port_cfg *cfg)
{
	struct net *n = net_new(1);

	net_bridge(n, NULL, 4);
	stp_port_set(net_stp(n, 0), 0, cfg);
	return n;
}

static struct stp_bpdu bpdu_from(uint64_t root, uint64_t bridge)
{
	return (struct stp_bpdu){
		.type = STP_BPDU_RST,
		.role = STP_BPDU_DESIGNATED,
		.vec = {.root = root, .bridge = bridge, .port = 0x8001},
		.times = {.max_age = 20 * 256, .hello_time = 2 * 256, .forward_delay = 15 * 256},
	};
}

/* ---- edge ---- */

static void an_edge_port_forwards_at_once(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();

	cfg.admin_edge = true;
	struct net *n = one(&cfg);
	net_loose_wire(n, 0, 0);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_EDGE);
	assert_int_equal(net_last(n, 0, STP_EVENT_ROLE, 0)->cause, STP_CAUSE_LINK_UP);
	net_free(n);
}

static void a_port_finds_out_that_it_is_an_edge(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();
	struct net *n = one(&cfg);

	net_loose_wire(n, 0, 0);
	net_run(n, 1900);
	assert_false(net_port(n, 0, 0).edge);
	net_run(n, 1200); /* MigrateTime, 3 s */
	assert_true(net_port(n, 0, 0).edge);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	net_free(n);
}

static void without_auto_edge_the_forward_delay_is_waited_out(void **state)
{
	struct stp_port_cfg cfg = {.priority = 128};
	struct net *n = one(&cfg);

	net_loose_wire(n, 0, 0);
	net_run(n, 19000); /* fdWhile of a port that was disabled is max age (17.29.1) */
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
	net_run(n, 4000);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	assert_false(net_port(n, 0, 0).edge);
	assert_true(net_port(n, 0, 0).agreed); /* having waited is as good (DESIGNATED_FORWARD) */
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_FORWARD_DELAY);
	net_free(n);
}

/* A wire between two edge ports: what was wrong lasts no longer than the first BPDU. */
static void a_bpdu_takes_the_edge_away(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();

	cfg.admin_edge = true;
	struct net *n = one(&cfg);
	net_bridge(n, NULL, 4);
	stp_port_set(net_stp(n, 1), 0, &cfg);
	net_wire(n, 0, 0, 1, 0);
	assert_true(net_port(n, 0, 0).edge && net_port(n, 1, 0).edge);
	net_run(n, 1);
	assert_false(net_port(n, 1, 0).edge);
	net_run(n, 10);
	assert_false(net_port(n, 0, 0).edge); /* by the agreement */
	net_converge(n, 1000);

	net_cut(n, 0); /* and the setting counts again */
	assert_true(net_port(n, 0, 0).edge);
	net_free(n);
}

/* ---- BPDU guard ---- */

static struct net *guarded(uint32_t recovery_s)
{
	struct stp_port_cfg port = stp_port_cfg_default();
	struct stp_cfg cfg = stp_cfg_default();

	port.admin_edge = port.bpdu_guard = true;
	struct net *n = one(&port);
	cfg.guard_recovery_s = recovery_s;
	stp_set(net_stp(n, 0), &cfg);
	net_loose_wire(n, 0, 0);
	net_run(n, 1000);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	return n;
}

static void assert_shut(struct net *n)
{
	struct stp_port_info p = net_port(n, 0, 0);

	assert_true(p.link && p.shut);
	assert_int_equal(p.role, STP_ROLE_DISABLED);
	assert_int_equal(p.state, STP_STATE_DISCARDING);
}

static void a_bpdu_shuts_a_guarded_port(void **state)
{
	struct net *n = guarded(0);
	const struct stp_event *ev;

	assert_int_equal(net_say(n, 0, 0, bpdu_from(0xffff, 0xffff)), DROP_BPDU_GUARD);
	assert_shut(n);
	ev = net_last(n, 0, STP_EVENT_GUARD_SHUT, 0);
	assert_int_equal(ev->cause, STP_CAUSE_BPDU_GUARD);
	assert_int_equal(ev->cause_bridge, 0xffff);
	assert_int_equal(net_last(n, 0, STP_EVENT_ROLE, 0)->cause, STP_CAUSE_BPDU_GUARD);

	net_forget(n);
	net_run(n, 1000000); /* for ever, and it says nothing */
	assert_int_equal(net_say(n, 0, 0, bpdu_from(1, 1)), DROP_BPDU_GUARD);
	assert_shut(n);
	assert_int_equal(net_log(n, 0)->sent[0], 0);
	assert_int_equal(net_count(n, 0, STP_EVENT_GUARD_SHUT, 0), 0);
	net_free(n);
}

static void what_is_no_bpdu_shuts_nothing(void **state)
{
	struct net *n = guarded(0);
	const uint8_t frame[60] = {0x01, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 39};

	assert_int_equal(stp_receive(net_stp(n, 0), 0, frame, sizeof(frame)), DROP_BAD_BPDU);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	assert_int_equal(net_port(n, 0, 0).rx_bad, 1);
	net_free(n);
}

static void a_link_that_was_down_opens_the_port(void **state)
{
	struct net *n = guarded(0);

	net_say(n, 0, 0, bpdu_from(1, 1));
	stp_port_link(net_stp(n, 0), 0, true, 1000, true); /* up still: no */
	assert_shut(n);
	net_cut(n, 0);
	assert_int_equal(net_last(n, 0, STP_EVENT_GUARD_OPENED, 0)->cause, STP_CAUSE_LINK_DOWN);
	net_mend(n, 0);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	net_free(n);
}

static void somebody_opens_the_port(void **state)
{
	struct net *n = guarded(0);

	net_say(n, 0, 0, bpdu_from(1, 1));
	stp_port_reopen(net_stp(n, 0), 0);
	assert_int_equal(net_last(n, 0, STP_EVENT_GUARD_OPENED, 0)->cause, STP_CAUSE_SETTING);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	net_forget(n);
	stp_port_reopen(net_stp(n, 0), 0); /* is open */
	assert_null(net_last(n, 0, STP_EVENT_GUARD_OPENED, 0));
	net_free(n);
}

static void time_opens_the_port(void **state)
{
	struct net *n = guarded(30);

	net_say(n, 0, 0, bpdu_from(1, 1));
	assert_int_equal(net_port(n, 0, 0).shut_left_s, 30);
	net_run(n, 29000);
	assert_shut(n);
	net_run(n, 1000);
	assert_int_equal(net_last(n, 0, STP_EVENT_GUARD_OPENED, 0)->cause, STP_CAUSE_TIMER);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	net_say(n, 0, 0, bpdu_from(1, 1)); /* and shuts it again */
	assert_shut(n);
	net_free(n);
}

/* ---- BPDU filter ---- */

static void a_filtered_port_takes_no_part(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();

	cfg.bpdu_filter = true;
	struct net *n = one(&cfg);
	net_loose_wire(n, 0, 0);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(net_say(n, 0, 0, bpdu_from(1, 1)), DROP_BPDU_FILTER);
		net_run(n, 1000);
	}
	assert_int_equal(net_log(n, 0)->sent[0], 0);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	assert_int_equal(net_port(n, 0, 0).rx_other, 40);
	assert_int_equal(net_info(n, 0).root_id, net_id(n, 0));

	cfg.bpdu_filter = false;
	stp_port_set(net_stp(n, 0), 0, &cfg);
	assert_int_equal(net_log(n, 0)->sent[0], 1);
	assert_int_equal(net_say(n, 0, 0, bpdu_from(1, 1)), DROP_NONE);
	assert_int_equal(net_info(n, 0).root_id, 1);
	cfg.bpdu_filter = true; /* what was heard is not believed any more */
	unsigned sent = net_log(n, 0)->sent[0];
	stp_port_set(net_stp(n, 0), 0, &cfg);
	net_run(n, 10000);
	assert_int_equal(net_info(n, 0).root_id, net_id(n, 0));
	assert_int_equal(net_log(n, 0)->sent[0], sent);
	net_free(n);
}

/* ---- root guard ---- */

static void root_guard_holds_a_port_that_hears_a_better_root(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();
	const struct stp_event *ev;

	cfg.root_guard = true;
	struct net *n = one(&cfg);
	net_loose_wire(n, 0, 0);
	net_run(n, 5000);
	net_say(n, 0, 0, bpdu_from(UINT64_MAX, UINT64_MAX)); /* a worse one may be there */
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);

	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(net_say(n, 0, 0, bpdu_from(1, 2)), DROP_NONE);
		assert_true(net_port(n, 0, 0).root_inconsistent);
		assert_int_equal(net_port(n, 0, 0).role, STP_ROLE_DESIGNATED);
		assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
		assert_int_equal(net_info(n, 0).root_id, net_id(n, 0));
		net_run(n, 2000);
	}
	assert_int_equal(net_count(n, 0, STP_EVENT_INCONSISTENT, 0), 1);
	ev = net_last(n, 0, STP_EVENT_INCONSISTENT, 0);
	assert_int_equal(ev->cause_bridge, 2);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_ROOT_GUARD);

	net_run(n, 4000); /* six seconds after the last */
	assert_false(net_port(n, 0, 0).root_inconsistent);
	assert_int_equal(net_last(n, 0, STP_EVENT_CONSISTENT, 0)->cause, STP_CAUSE_TIMER);
	net_run(n, 4000);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	net_free(n);
}

/* An agreement does not help, nor that the port was an edge. */
static void nothing_lets_an_inconsistent_port_forward(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();
	struct stp_bpdu agreement = bpdu_from(UINT64_MAX, UINT64_MAX);

	cfg.root_guard = cfg.admin_edge = true;
	struct net *n = one(&cfg);
	net_loose_wire(n, 0, 0);
	agreement.vec.root = net_id(n, 0);
	agreement.role = STP_BPDU_ROOT;
	agreement.agreement = true;
	for (unsigned i = 0; i < 30; i++) {
		net_say(n, 0, 0, bpdu_from(1, 2));
		net_say(n, 0, 0, agreement);
		assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
		net_run(n, 5000);
		assert_int_equal(net_port(n, 0, 0).state, STP_STATE_DISCARDING);
	}
	net_free(n);
}

static void root_guard_on_the_root_port_takes_its_role(void **state)
{
	struct stp_port_cfg cfg = stp_port_cfg_default();
	struct net *n = one(&cfg);

	net_loose_wire(n, 0, 0);
	net_say(n, 0, 0, bpdu_from(1, 2));
	assert_int_equal(net_info(n, 0).root_port, 0);
	cfg.root_guard = true;
	stp_port_set(net_stp(n, 0), 0, &cfg);
	assert_int_equal(net_info(n, 0).root_port, STP_NO_PORT);
	net_say(n, 0, 0, bpdu_from(1, 2));
	assert_true(net_port(n, 0, 0).root_inconsistent);
	cfg.root_guard = false;
	stp_port_set(net_stp(n, 0), 0, &cfg);
	assert_int_equal(net_last(n, 0, STP_EVENT_CONSISTENT, 0)->cause, STP_CAUSE_SETTING);
	net_say(n, 0, 0, bpdu_from(1, 2));
	assert_int_equal(net_info(n, 0).root_port, 0);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edge_port_forwards_at_once),
		cmocka_unit_test(a_port_finds_out_that_it_is_an_edge),
		cmocka_unit_test(without_auto_edge_the_forward_delay_is_waited_out),
		cmocka_unit_test(a_bpdu_takes_the_edge_away),
		cmocka_unit_test(a_bpdu_shuts_a_guarded_port),
		cmocka_unit_test(what_is_no_bpdu_shuts_nothing),
		cmocka_unit_test(a_link_that_was_down_opens_the_port),
		cmocka_unit_test(somebody_opens_the_port),
		cmocka_unit_test(time_opens_the_port),
		cmocka_unit_test(a_filtered_port_takes_no_part),
		cmocka_unit_test(root_guard_holds_a_port_that_hears_a_better_root),
		cmocka_unit_test(nothing_lets_an_inconsistent_port_forward),
		cmocka_unit_test(root_guard_on_the_root_port_takes_its_role),
	};

	return cmocka_run_group_tests_name("stp_guard", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Moments between two trees: who may agree to what, and who stops before whom. */
#include "unit.h"

#include "stp_net.h"

enum { ROOT = 0x99 };

static struct stp_bpdu says(enum stp_bpdu_role role, uint64_t root, uint32_t cost, uint64_t bridge)
{
	return (struct stp_bpdu){
		.type = STP_BPDU_RST,
		.role = role,
		.vec = {.root = root, .cost = cost, .bridge = bridge, .port = 0x8001},
		.times = {.max_age = 20 * 256, .hello_time = 2 * 256, .forward_delay = 15 * 256},
	};
}

/* A bridge with three wires, port 0 being root port, at a cost that leaves room for better and worse. */
static struct net *below_a_root(void)
{
	struct net *n = net_new(1);

	net_bridge(n, NULL, 3);
	for (unsigned i = 0; i < 3; i++)
		net_loose_wire(n, 0, i);
	net_say(n, 0, 0, says(STP_BPDU_DESIGNATED, ROOT, 1000, 0x100));
	assert_int_equal(net_info(n, 0).root_port, 0);
	return n;
}

/* The bridge at port 1 agrees to what it was told. */
static void agree_at_port_1(struct net *n)
{
	struct stp_bpdu b = says(STP_BPDU_ROOT, ROOT, 50000, UINT64_MAX);

	b.agreement = true;
	net_say(n, 0, 1, b);
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_FORWARDING);
	assert_true(net_port(n, 0, 1).agreed);
}

static unsigned position(struct net *n, int port, enum stp_state to)
{
	const struct net_log *l = net_log(n, 0);

	for (unsigned i = 0; i < l->count; i++)
		if (l->event[i].kind == STP_EVENT_STATE && l->event[i].port == port &&
		    l->event[i].state == to)
			return i;
	fail_msg("port %d never was %s", port, stp_state_name(to));
	return 0;
}

/*
 * What comes is worse than what port 1 agreed to, so port 1 has not agreed to it: the bridge must not say that
 * it did, not even between learning of it and passing it on.
 */
static void worse_news_is_not_agreed_to_by_old_agreements(void **state)
{
	struct net *n = below_a_root();

	agree_at_port_1(n);
	net_run(n, 5000);
	net_say(n, 0, 0, says(STP_BPDU_DESIGNATED, ROOT, 1000, 0x100));
	net_forget(n);
	net_say(n, 0, 0, says(STP_BPDU_DESIGNATED, ROOT, 2000, 0x100));
	assert_int_equal(net_info(n, 0).root_path_cost, 22000);
	assert_false(net_log(n, 0)->last[0].agreement);
	assert_int_equal(net_log(n, 0)->sent[0], 0);
	net_free(n);
}

/* Better news of the same root need no second agreement; of another root they do. */
static void an_agreement_is_kept_for_better_news_of_the_same_root(void **state)
{
	struct net *n = below_a_root();
	struct stp_bpdu better = says(STP_BPDU_DESIGNATED, ROOT, 500, 0x100);

	agree_at_port_1(n);
	better.proposal = true;
	net_say(n, 0, 0, better);
	assert_true(net_port(n, 0, 1).agreed);
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_FORWARDING);
	assert_true(net_log(n, 0)->last[0].agreement);
	better.vec.root = ROOT - 1;
	net_say(n, 0, 0, better);
	assert_false(net_port(n, 0, 1).agreed);
	net_free(n);
}

/* It was said before its sender heard of our root. */
static void an_agreement_that_names_another_root_is_none(void **state)
{
	struct net *n = below_a_root();
	struct stp_bpdu b = says(STP_BPDU_ROOT, ROOT + 1, 0, UINT64_MAX);

	b.agreement = true;
	net_say(n, 0, 1, b);
	assert_false(net_port(n, 0, 1).agreed);
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_DISCARDING);
	agree_at_port_1(n);
	b.vec.root = ROOT;
	b.vec.cost = 50000;
	b.agreement = false; /* and one that is taken back */
	net_say(n, 0, 1, b);
	assert_false(net_port(n, 0, 1).agreed);
	net_free(n);
}

static void agreements_count_on_point_to_point_links_alone(void **state)
{
	struct net *n = below_a_root();
	struct stp_port_cfg cfg = stp_port_cfg_default();
	struct stp_bpdu b = says(STP_BPDU_ROOT, ROOT, 50000, UINT64_MAX);

	cfg.p2p = STP_P2P_NO;
	stp_port_set(net_stp(n, 0), 1, &cfg);
	b.agreement = true;
	net_say(n, 0, 1, b);
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_DISCARDING);
	for (unsigned i = 0; i < 15; i++) { /* somebody is there, so it becomes no edge */
		net_say(n, 0, 1, b);
		net_say(n, 0, 0, says(STP_BPDU_DESIGNATED, ROOT, 1000, 0x100));
		net_run(n, 2000);
	}
	assert_int_equal(net_port(n, 0, 1).state, STP_STATE_FORWARDING);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 1)->cause, STP_CAUSE_FORWARD_DELAY);
	net_free(n);
}

/* Nobody proposes: the former root port stops before the new one begins (reRoot). */
static void the_old_root_port_stops_before_the_new_one_begins(void **state)
{
	struct net *n = below_a_root();

	net_run(n, 100);
	assert_int_equal(net_port(n, 0, 0).state, STP_STATE_FORWARDING);
	net_forget(n);
	net_say(n, 0, 1, says(STP_BPDU_DESIGNATED, ROOT - 1, 1000, 0x200));
	assert_int_equal(net_info(n, 0).root_port, 1);
	assert_true(position(n, 0, STP_STATE_DISCARDING) < position(n, 1, STP_STATE_LEARNING));
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 0)->cause, STP_CAUSE_REROOT);
	assert_int_equal(net_last(n, 0, STP_EVENT_STATE, 1)->cause, STP_CAUSE_REROOTED);
	net_free(n);
}

/* A port that was a backup a moment ago is on a segment where another of ours may be heard still (rbWhile). */
static void a_recent_backup_does_not_forward_at_once(void **state)
{
	struct net *n = below_a_root();
	struct stp_bpdu own;

	net_run(n, 1000);
	own = net_log(n, 0)->last[1];
	net_say(n, 0, 2, own);
	assert_int_equal(net_port(n, 0, 2).role, STP_ROLE_BACKUP);
	net_say(n, 0, 2, says(STP_BPDU_DESIGNATED, ROOT - 1, 0, 0x200));
	assert_int_equal(net_port(n, 0, 2).role, STP_ROLE_ROOT);
	assert_int_equal(net_port(n, 0, 2).state, STP_STATE_DISCARDING);
	for (unsigned i = 0; i < 2; i++) {
		net_run(n, 2000);
		net_say(n, 0, 2, says(STP_BPDU_DESIGNATED, ROOT - 1, 0, 0x200));
	}
	assert_int_equal(net_port(n, 0, 2).state, STP_STATE_FORWARDING);
	net_free(n);
}

/* Two ports hear the same port of the same bridge: the own port identifier decides (17.5). */
static void the_port_identifier_decides_last(void **state)
{
	struct net *n = net_new(1);
	struct stp_port_cfg cfg = stp_port_cfg_default();
	unsigned hub = net_hub(n);

	net_bridge(n, NULL, 3);
	net_bridge(n, NULL, 3);
	net_plug(n, hub, 0, 0);
	for (unsigned i = 0; i < 3; i++)
		net_plug(n, hub, 1, i);
	net_run(n, 100);
	assert_int_equal(net_info(n, 1).root_port, 0);
	cfg.priority = 16;
	stp_port_set(net_stp(n, 1), 2, &cfg);
	assert_int_equal(net_info(n, 1).root_port, 2);
	cfg.priority = 0;
	stp_port_set(net_stp(n, 1), 1, &cfg);
	assert_int_equal(net_info(n, 1).root_port, 1);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worse_news_is_not_agreed_to_by_old_agreements),
		cmocka_unit_test(an_agreement_is_kept_for_better_news_of_the_same_root),
		cmocka_unit_test(an_agreement_that_names_another_root_is_none),
		cmocka_unit_test(agreements_count_on_point_to_point_links_alone),
		cmocka_unit_test(the_old_root_port_stops_before_the_new_one_begins),
		cmocka_unit_test(a_recent_backup_does_not_forward_at_once),
		cmocka_unit_test(the_port_identifier_decides_last),
	};

	return cmocka_run_group_tests_name("stp_agree", tests, NULL, NULL);
}

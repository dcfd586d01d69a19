/* SPDX-License-Identifier: ISC */
/*
 * What a trace says is what happens: random settings, states and frames, each explained, and then received.  Whatever
 * was said before has to be what is decided, counted and learned after.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain.h"
#include "core/mirror.h"
#include "core/shut.h"
#include "core/sw_guard.h"
#include "groups.h"
#include "guard_lab.h"
#include "lab.h"
#include "util/mac.h"

enum { PORTS = 7, STATIONS = 6, OWN_MAX = 16, ROUNDS = 800, FRAMES = 100 };

static struct lab *l;
static uint64_t seed;

/* The switch's own frames, to be sent back to it. */
static struct {
	uint8_t data[1600];
	size_t len;
} own[OWN_MAX];
static unsigned n_own;

/* splitmix64: the same in each run */
static unsigned pick(unsigned below)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % below);
}

static void keep_own(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	unsigned slot = n_own < OWN_MAX ? n_own++ : pick(OWN_MAX);

	if (len <= sizeof(own[0].data)) {
		memcpy(own[slot].data, frame, len);
		own[slot].len = len;
	}
}

/* A filter that dislikes one byte in eight. */
static bool dislikes(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len)
{
	return caplen < 12 || (frame[11] ^ frame[caplen - 1]) % 8 != 3;
}

static const struct filter filter = {dislikes};

/* ---- settings ---- */

static const char *const switch_settings[][2] = {
	{"vlan_aware", "true"},
	{"vlan_aware", "false"},
	{"vlan_aware", "true"},
	{"stp", "rstp"},
	{"stp", "off"},
	{"lldp", "true"},
	{"mcast_snooping", "on"},
	{"mcast_snooping", "off"},
	{"mcast_querier", "true"},
	{"dhcp_snooping", "true"},
	{"dhcp_snooping", "true"},
	{"arp_inspection", "true"},
	{"ra_guard", "true"},
	{"dhcp6_guard", "true"},
	{"link_local", "0x8008"},
	{"max_macs", "16"},
	{"arp_target", "true"},
	{"mcast_flood_unknown", "false"},
	{"dhcp_snooping", "false"},
};

/* Several that mean something together stand in a line. */
static const char *const port_settings[] = {
	"access=10",
	"access=20",
	"trunk=10,20",
	"trunk=10,20 native=20",
	"trunk=10,20 admit=tagged",
	"trunk=all",
	"trunk=10,20 tpid=0x88a8",
	"access=10 admit=untagged",
	"access=10 ingress_filter=false",
	"untagged=10,20 native=10",
	"dot1q_tunnel=20",
	"isolated=true",
	"locked=true",
	"max_macs=2",
	"max_macs=2 sticky=true",
	"max_macs=1 max_macs_action=drop",
	"max_macs=1 max_macs_action=shut",
	"rate_in=2fps rate_in_burst_ms=1000",
	"rate_out=2fps rate_out_burst_ms=1000",
	"storm_broadcast=2fps storm_multicast=2fps storm_unknown=2fps",
	"storm_unknown=1fps",
	"storm_broadcast=2fps storm_action=shut",
	"dhcp_trusted=true",
	"dhcp_trusted=true arp_trusted=true",
	"arp_trusted=true ra_trusted=true",
	"loop_guard=true",
	"stp_bpdu_guard=true",
	"stp_bpdu_filter=true",
	"stp_edge=true",
	"stp_root_guard=true",
	"mcast_router=never",
	"mcast_router=always",
	"lldp=off",
	"mirror=all",
	"mirror=p1,p2",
};

/* A setting that does not fit the others is left out, as a user's would be refused. */
static void set_switch(void)
{
	struct sw_settings set = l->sw->set;
	unsigned i = pick(ARRAY_SIZE(switch_settings));

	if (opt_parse(opt_find(sw_options, switch_settings[i][0]), switch_settings[i][1], &set,
		      NULL) == 0 &&
	    sw_settings_check(&set, NULL) == 0)
		(void)sw_reconfigure(l->sw, &set, NULL);
}

static bool read_settings(const char *text, struct sw_port_set *set)
{
	char copy[80], *at = copy, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&at, " ")) != NULL) {
		char *value = strchr(word, '=');

		*value++ = '\0';
		if (opt_parse(opt_find(sw_port_options, word), value, set, NULL))
			return false;
	}
	return sw_port_set_check(set, NULL) == 0;
}

static void set_port(struct sw_port *p)
{
	struct sw_port_set set = p->set;

	if (pick(3) == 0)
		opt_defaults(sw_port_options, &set);
	if (read_settings(port_settings[pick(ARRAY_SIZE(port_settings))], &set))
		p->set = set;
	p->mtu = pick(4) ? 1500 : 46 + pick(30);
	p->filter_in = pick(6) ? NULL : &filter;
	p->filter_out = pick(6) ? NULL : &filter;
	sw_port_update(p);
}

static uint16_t any_vid(void)
{
	return (uint16_t)(l->sw->set.vlan_aware ? 10 * (1 + pick(2)) : 0);
}

static void change_something(void)
{
	struct sw_port *p = &l->port[pick(PORTS)];

	switch (pick(16)) {
	case 0:
	case 1:
	case 2:
		set_switch();
		break;
	case 3:
		sw_port_link(p, pick(4) != 0);
		break;
	case 4:
		if (!l->sw->stp) {
			bool learning = pick(3) != 0;

			sw_port_state(p, learning, learning && pick(3));
		}
		break;
	case 5:
		sw_port_looped(p, pick(3) == 0);
		break;
	case 6:
		(void)sw_add_static(l->sw, any_vid(), STATION(pick(STATIONS)), p, l->now_ms, NULL);
		break;
	case 7:
		(void)sw_guard_bind(l->sw, any_vid(), STATION(pick(STATIONS)),
				    IP(10, 0, 0, 1 + pick(4)), p, l->now_ms, NULL);
		break;
	default:
		set_port(p);
	}
	sw_gates_update(l->sw);
}

static void pass_time(void)
{
	l->now_ms += pick(4) ? pick(50) : pick(5000);
	sw_tick(l->sw, l->now_ms);
	(void)sw_age(l->sw, l->now_ms);
	if (pick(20) == 0)
		for (unsigned i = 0; i < PORTS; i++)
			(void)sw_port_open(&l->port[i], "asked");
}

/* ---- frames ---- */

static uint64_t any_address(void)
{
	static const uint64_t odd[] = {
		MAC_BROADCAST,
		MAC_BROADCAST,
		UINT64_C(0x0180c2000000),
		UINT64_C(0x0180c200000e),
		UINT64_C(0x01005e010203),
		UINT64_C(0x333300000001),
		UINT64_C(0x01005e7fffff),
		UINT64_C(0x0180c2000003),
		UINT64_C(0x03000000abcd),
		0,
	};

	return pick(3) ? STATION(pick(STATIONS)) : odd[pick(ARRAY_SIZE(odd))];
}

static void take_group(struct wire *w, const struct gpacket *p)
{
	memcpy(w->data, p->data, p->len);
	w->len = p->len;
}

static void make_group(struct wire *w)
{
	struct gpacket p;

	switch (pick(5)) {
	case 0:
		gp_report(&p, "239.1.2.3", 2);
		break;
	case 1:
		gp_leave(&p, "239.1.2.3");
		break;
	case 2:
		gp_query(&p, "10.0.0.1", NULL, 1000, "");
		break;
	case 3:
		gp_report(&p, "ff05::1:3", 2);
		break;
	default:
		gp_data(&p, "10.0.0.7", pick(2) ? "239.1.2.3" : "239.9.9.9");
	}
	take_group(w, &p);
}

/* Mostly of few stations that speak for themselves, so that there are dialogues. */
static void make_dhcp(struct wire *w)
{
	unsigned station = pick(3);
	struct said s;

	if (pick(2))
		s = said_server(pick(2) ? DHCP_OFFER : DHCP_ACK, station,
				IP(10, 0, 0, 1 + station));
	else
		s = said_client(pick(2) ? DHCP_DISCOVER : DHCP_REQUEST, station);
	if (!s.reply)
		s.requested = IP(10, 0, 0, 1 + station);
	wire_dhcp(w, STATION(s.reply ? 5 : pick(6) ? station : pick(STATIONS)), &s);
}

static void make_frame(struct wire *w)
{
	uint64_t src;

	memset(w, 0, sizeof(*w));
	switch (pick(9)) {
	case 0:
		make_group(w);
		break;
	case 1:
	case 4:
		make_dhcp(w);
		break;
	case 2:
		src = STATION(pick(STATIONS));
		wire_arp(w, pick(4) ? src : any_address(), (uint16_t)(1 + pick(2)), src,
			 IP(10, 0, 0, 1 + pick(4)), any_address(), IP(10, 0, 0, 9));
		break;
	case 3:
		if (n_own) {
			unsigned i = pick(n_own);

			memcpy(w->data, own[i].data, own[i].len);
			w->len = own[i].len;
			break;
		}
		/* fall through */
	default:
		wire_ethernet(w, any_address(), any_address(),
			      pick(2) ? ETHERTYPE_IPV4 : (uint16_t)pick(0x10000));
		w->len += pick(80);
	}
	if (pick(3) == 0)
		wire_tag(w, pick(4) ? ETHERTYPE_CTAG : ETHERTYPE_STAG,
			 (uint16_t)(pick(8) << 13 | (pick(6) ? 10 * pick(4) : pick(4096))));
	if (pick(8) == 0 && w->len)
		w->data[pick((unsigned)w->len)] ^= (uint8_t)(1 << pick(8));
	if (pick(40) == 0)
		w->len = pick((unsigned)w->len + 1);
}

/* ---- what was said, and what is ---- */

/* How often each reason was counted, at each port. */
struct counts {
	uint64_t drops[PORTS][DROP_COUNT];
};

static struct counts count_drops(void)
{
	struct counts c;

	for (unsigned i = 0; i < PORTS; i++)
		memcpy(c.drops[i], l->port[i].stats.drops, sizeof(c.drops[i]));
	return c;
}

static void expect_drops(const struct explain *x, unsigned in, struct counts *c)
{
	enum drop d = explain_drop(x);

	if (d != DROP_NONE && !drop_is_out(d))
		c->drops[in][d]++;
	for (unsigned i = 0; i < PORTS; i++)
		if (x->port[i].drop != DROP_NONE)
			c->drops[i][x->port[i].drop]++;
}

static void assert_steps(const struct explain *x, const struct sw_port *in, const struct frame *f)
{
	unsigned stopped = 0, taken = 0;
	bool unasked = false;

	for (int s = 0; s < STEP_COUNT; s++) {
		enum explain_result r = explain_step(l->sw, in, f, x, (enum explain_step)s);

		stopped += r == STEP_STOPPED;
		taken += r == STEP_TAKEN;
		if (unasked && s != STEP_LEARN)
			assert_int_equal(r, STEP_UNASKED);
		unasked |= r == STEP_STOPPED || r == STEP_TAKEN;
	}
	assert_int_equal(stopped, x->v.drop != DROP_NONE);
	assert_true(taken <= 1 && stopped + taken <= 1);
}

static void assert_ports(const struct explain *x, unsigned in)
{
	for (unsigned i = 0; i < PORTS; i++) {
		const struct explain_port *why = &x->port[i];

		assert_int_not_equal(why->why, WHY_NONE);
		assert_int_equal(why->why == WHY_OUT, portset_has(&x->out, i));
		assert_int_equal(why->why == WHY_CAME, i == in);
		assert_int_equal(why->why == WHY_REFUSED, why->drop != DROP_NONE);
		assert_true(why->drop == DROP_NONE || drop_is_out(why->drop));
	}
}

/* What was to be learned is there, and nothing else. */
static void assert_learned(const struct explain *x, unsigned in, const struct frame *f)
{
	int now = f->len >= FRAME_MIN ? fdb_lookup(l->sw->fdb, x->v.vid, f->src) : -1;
	bool shut = l->port[in].shut != SHUT_NOT; /* by this one: it has forgotten */

	switch (x->v.src.learn) {
	case LEARN_NEW:
	case LEARN_MOVED:
	case LEARN_KNOWN:
		assert_true(now == (int)in || shut);
		break;
	default:
		if (x->parsed == DROP_NONE && mac_is_station(f->src))
			assert_true(now == x->was || shut || x->v.trap == TRAP_STP ||
				    x->v.trap == TRAP_LOOP);
	}
}

/* How often each verdict was met, so that the test cannot become one of nothing. */
static unsigned met_drop[DROP_COUNT], met_why[WHY_COUNT], met_learn[LEARN_COUNT],
	met_trap[TRAP_COUNT];

static void note(const struct explain *x)
{
	met_drop[explain_drop(x)]++;
	met_trap[x->v.trap]++;
	met_learn[x->v.src.learn]++;
	for (unsigned i = 0; i < PORTS; i++) {
		met_why[x->port[i].why]++;
		met_drop[x->port[i].drop]++;
	}
}

static void explain_and_receive(void)
{
	static struct explain x;
	static struct sw_port before[PORTS];
	static struct sw sw_before;
	struct frame f;
	struct wire w;
	struct verdict v;
	struct counts want;
	unsigned in = pick(PORTS);

	make_frame(&w);
	uint8_t *bytes = malloc(w.len ? w.len : 1); /* exactly as many: a sanitizer sees the rest */
	assert_non_null(bytes);
	memcpy(bytes, w.data, w.len);
	f = (struct frame){.data = bytes, .len = w.len};
	switch_begin(l->sw, l->now_ms);
	memcpy(before, l->port, sizeof(before));
	memcpy(&sw_before, l->sw, sizeof(sw_before));
	explain_frame(l->sw, &l->port[in], &f, l->now_ms, &x);
	assert_memory_equal(before, l->port, sizeof(before));
	assert_memory_equal(&sw_before, l->sw, sizeof(sw_before));
	assert_memory_equal(bytes, w.data, w.len);
	assert_steps(&x, &l->port[in], &f);
	assert_ports(&x, in);
	note(&x);
	want = count_drops();
	expect_drops(&x, in, &want);

	v = lab_receive(l, in, bytes, w.len);
	assert_int_equal(v.drop, explain_drop(&x));
	assert_int_equal(v.route, x.v.route);
	assert_int_equal(v.trap, x.v.trap);
	if (v.drop == DROP_NONE && v.route != ROUTE_HERE)
		assert_memory_equal(&v.out, &x.out, l->sw->words * sizeof(uint64_t));
	else
		assert_true(portset_empty(&x.out, l->sw->words));
	struct counts got = count_drops();
	assert_memory_equal(&got, &want, sizeof(got));
	assert_learned(&x, in, &f);
	free(bytes);
}

static void what_is_explained_is_what_happens(void **state)
{
	struct sw_io io = {.send = keep_own};

	seed = 1;
	for (unsigned round = 0; round < ROUNDS; round++) {
		l = lab_new(PORTS, 64);
		l->now_ms = 7000000 + round * 1000;
		l->sw->io = &io;
		n_own = 0;
		sw_tick(l->sw, l->now_ms);
		for (unsigned i = 0; i < 8; i++)
			change_something();
		for (unsigned n = 0; n < FRAMES; n++) {
			if (pick(4) == 0)
				change_something();
			if (pick(6) == 0)
				pass_time();
			bool paused = pick(20) == 0; /* a table of another size is made just now */
			if (paused)
				sw_pause_learning(l->sw, true);
			explain_and_receive();
			if (paused)
				sw_pause_learning(l->sw, false);
		}
		lab_free(l);
	}
}

/* Runs after the other: it met enough to mean something. */
static void most_that_can_be_said_was_said(void **state)
{
	static const enum drop wanted[] = {
		DROP_NONE,	  DROP_RUNT,	      DROP_OVERSIZE,	    DROP_PORT_BLOCKED,
		DROP_FILTER_IN,	  DROP_PORT_SHUT,     DROP_MONITOR,	    DROP_LINK_LOCAL,
		DROP_TAGGED,	  DROP_UNTAGGED,      DROP_NOT_IN_VLAN,	    DROP_OVER_MAX_MACS,
		DROP_LOCKED,	  DROP_MAC_ELSEWHERE, DROP_BAD_BPDU,	    DROP_BPDU_OWN,
		DROP_BPDU_FILTER, DROP_BPDU_GUARD,    DROP_LOOP_BLOCKED,    DROP_LOOP_PROBE,
		DROP_BAD_PROBE,	  DROP_DHCP_CHADDR,   DROP_ARP_SPOOF,	    DROP_ARP_NO_BINDING,
		DROP_ARP_TARGET,  DROP_RATE_IN,	      DROP_STORM_BROADCAST, DROP_STORM_UNKNOWN,
		DROP_NO_TRUSTED,  DROP_SAME_PORT,     DROP_BAD_IGMP,	    DROP_ROUTER_GUARD,
		DROP_NO_MEMBER,	  DROP_NO_EGRESS,     DROP_EGRESS_MTU,	    DROP_ISOLATED,
		DROP_FILTER_OUT,  DROP_RATE_OUT,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!met_drop[wanted[i]])
			fail_msg("no frame was dropped for %s", drop_name(wanted[i]));
	for (int i = 0; i < WHY_NONE; i++)
		if (!met_why[i])
			fail_msg("no port had reason %d", i);
	for (int i = 0; i < TRAP_COUNT; i++)
		if (!met_trap[i])
			fail_msg("nothing was heard by protocol %d", i);
	for (int i = 0; i < LEARN_COUNT; i++)
		if (!met_learn[i] && i != LEARN_FULL)
			fail_msg("nothing was learned as %s", learn_name((enum learn)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_explained_is_what_happens),
		cmocka_unit_test(most_that_can_be_said_was_said),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}

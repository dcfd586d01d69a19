/* SPDX-License-Identifier: ISC */
/*
 * From the configuration to JSON and back: what is written gives, read again, the same.  Many
 * configurations are made up, each from a seed of its own.
 */
#include "sample.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/config.h"
#include "ctl/diff.h"
#include "util/mac.h"

/* ---- making configurations up ---- */

static uint64_t seed;
static unsigned told; /* what it began with */

/* xorshift64* (Vigna 2014): the same everywhere. */
static uint32_t below(uint32_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717) >> 32) % n);
}

/* A value of the option, often one at its limits. */
static void fill_uint(const struct opt *o, void *base)
{
	const uint32_t pick[] = {o->min, o->max, o->min + below(o->max - o->min + 1),
				 o->zero_ok ? 0 : o->min};
	struct err e = {0};

	uint32_t v = pick[below(4)];

	assert_int_equal(opt_set_uint(o, o->step ? v - v % o->step : v, base, &e), 0);
}

static void fill_rate(const struct opt *o, void *base)
{
	const struct rate pick[] = {
		{.n = 1 + below(UINT32_MAX), .unit = RATE_BITS},
		{.n = 1000 * (uint64_t)(1 + below(1000)), .unit = RATE_FRAMES},
		{.n = RATE_MAX, .unit = RATE_BITS},
		{.n = 0, .unit = RATE_NONE},
	};
	char text[RATE_STR_SIZE];

	assert_int_equal(opt_parse(o, rate_format(&pick[below(4)], text), base, NULL), 0);
}

static void fill_text(const struct opt *o, void *base)
{
	static const char letters[] = "abcxyzABC019._-@ \"\\/,";
	char text[256];
	uint32_t n = below((uint32_t)o->size);

	/* a check of its own is sure to like these */
	for (uint32_t i = 0; i < n; i++)
		text[i] = o->check ? 'k' : letters[below(sizeof(letters) - 1)];
	text[n] = '\0';
	if (strcmp(o->arg, "HOST") == 0)
		snprintf(text, sizeof(text), "10.0.0.%u", below(256));
	if (strcmp(o->arg, "LINKLOCAL") == 0)
		snprintf(text, sizeof(text), "fe80::%u", below(256));
	if (o->type == OPT_ENUM)
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(o->words, " "), o->words);
	if (strcmp(o->arg, "IPS") == 0)
		snprintf(text, sizeof(text), "%s", below(2) ? "192.0.2.1,2001:db8::1" : "");
	assert_int_equal(opt_parse(o, text, base, NULL), 0);
}

/* As long as it can be, now and then. */
static void fill_expression(const struct opt *o, void *base)
{
	char text[FILTER_SIZE] = "ip";

	for (uint32_t n = below(2) ? below(3) : 1000; n && strlen(text) + 24 < sizeof(text); n--)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " or udp port %u",
			 below(65536));
	assert_int_equal(opt_parse(o, text, base, NULL), 0);
}

static void fill_vids(const struct opt *o, void *base)
{
	struct vidset s = {{0}};

	for (uint32_t n = 1 + below(200); n; n--)
		vidset_add(&s, VID_FIRST + below(VID_LAST));
	memcpy(opt_at(o, base), &s, sizeof(s));
}

static void fill(const struct opt *table, void *base)
{
	opt_foreach (o, table) {
		char mac[MAC_STR_SIZE];

		if (below(2))
			continue; /* stays at its default */
		if (o->type == OPT_BOOL)
			assert_int_equal(opt_set_bool(o, below(2), base, NULL), 0);
		if (o->type == OPT_UINT || o->type == OPT_MASK)
			fill_uint(o, base);
		if (strcmp(o->arg, "EXPRESSION") == 0)
			fill_expression(o, base);
		else if (sample_of_link(o))
			assert_int_equal(opt_parse(o, sample_of_link(o), base, NULL), 0);
		else if (strcmp(o->arg, "NAMES") == 0)
			assert_int_equal(opt_parse(o, below(2) ? "all" : "p1.x,p2.x", base, NULL),
					 0);
		else if (o->type == OPT_STR || o->type == OPT_ENUM)
			fill_text(o, base);
		if (o->type == OPT_VIDS)
			fill_vids(o, base);
		if (o->type == OPT_RATE)
			fill_rate(o, base);
		if (o->type == OPT_MAC)
			assert_int_equal(
				opt_parse(o, mac_format(STATION(below(1000)), mac), base, NULL), 0);
	}
}

/* Of every vxlan port. */
static const char *const remotes[] = {"192.0.2.1", "192.0.2.2"};

static void make_port(struct switch_cfg *s, unsigned number)
{
	struct port_cfg *p = config_add_port(s);
	char name[NAME_SIZE];

	assert_non_null(p);
	snprintf(name, sizeof(name), "p%u.%s", number, below(4) ? "x" : "with-a-longer-name");
	if (number % 4 == 3) {
		port_cfg_init(p, name, port_type_find("vxlan"));
		p->u.vxlan.vni = number;
		snprintf(p->u.vxlan.remotes, sizeof(p->u.vxlan.remotes), "%s,%s:1", remotes[0],
			 remotes[1]);
		return;
	}
	port_cfg_init(p, name, port_types[0]);
	fill(port_types[0]->options, p);
	/* the VLANs of a port are given in one of three ways, and a tunnel takes what comes */
	uint32_t way = below(3);
	if (way != 0)
		p->set.access = 0;
	if (way != 1)
		p->set.dot1q_tunnel = 0;
	if (way != 2) {
		p->set.trunk = p->set.untagged = (struct vidset){{0}};
		p->set.native = 0;
	}
	if (p->set.stp_bpdu_filter)
		p->set.stp_bpdu_guard = p->set.stp_root_guard = false;
	if (p->set.dot1q_tunnel)
		snprintf(p->set.admit, sizeof(p->set.admit), "all");
	if (!p->set.max_macs) {
		p->set.sticky = false;
		snprintf(p->set.max_macs_action, sizeof(p->set.max_macs_action), "flood");
	}
	/* one device each */
	snprintf(p->u.tap.ifname, sizeof(p->u.tap.ifname), "tap%u", number);
}

static void make_macs(struct switch_cfg *s)
{
	for (uint32_t i = 0, n = s->ports ? below(6) : 0; i < n; i++) {
		struct static_mac *m = config_add_mac(s);

		assert_non_null(m);
		m->mac = STATION(n - i);
		m->vlan = s->set.vlan_aware ? VID_FIRST + below(VID_LAST)
			  : below(3)	    ? 0
					    : below(VID_MAX);
		const struct port_cfg *p = &s->port[below((uint32_t)s->ports)];
		snprintf(m->port, sizeof(m->port), "%s", p->name);
		if (strcmp(p->type, "vxlan") == 0 && below(3))
			snprintf(m->remote, sizeof(m->remote), "%s", remotes[below(2)]);
		m->sticky = !m->remote[0] && below(2);
	}
	config_sort_macs(s);
}

static void make_bindings(struct switch_cfg *s)
{
	for (uint32_t i = 0, n = s->ports ? below(6) : 0; i < n && i < s->set.dhcp_bindings; i++) {
		struct static_binding *b = config_add_binding(s);

		assert_non_null(b);
		b->mac = STATION(below(1000));
		b->vlan = s->set.vlan_aware ? VID_FIRST + below(VID_LAST) : below(3);
		snprintf(b->ip, sizeof(b->ip), "192.0.2.%u", (n - i) & 7);
		snprintf(b->port, sizeof(b->port), "%s", s->port[below((uint32_t)s->ports)].name);
	}
	config_sort_bindings(s);
}

static void make_groups(struct switch_cfg *s)
{
	for (uint32_t i = 0, n = s->ports ? below(6) : 0; i < n; i++) {
		struct static_group *g = config_add_group(s);

		assert_non_null(g);
		g->vlan = s->set.vlan_aware ? VID_FIRST + below(VID_LAST) : 0;
		snprintf(g->group, sizeof(g->group), below(2) ? "239.1.2.%u" : "ff05::%u", n - i);
		snprintf(g->port, sizeof(g->port), "%s", s->port[below((uint32_t)s->ports)].name);
	}
	config_sort_groups(s);
}

static void make_vlans(struct switch_cfg *s)
{
	unsigned vid = 0;

	for (uint32_t n = below(5); n; n--) {
		struct vlan_cfg *v = config_add_vlan(s, vid += VID_FIRST + below(500));

		assert_non_null(v);
		snprintf(v->set.name, sizeof(v->set.name), "vlan-%u", vid);
		v->set.mcast_flood = below(2);
		v->set.mcast_querier = below(2);
	}
}

static void make_up(struct config *c)
{
	uint32_t switches = below(4);
	unsigned number = 0;
	char name[NAME_SIZE];

	config_init(c);
	for (const struct config_section *s = config_sections; s->name; s++)
		fill(s->options, &c->daemon);
	for (uint32_t i = 0; i < switches; i++) {
		snprintf(name, sizeof(name), "sw%u", 9 - i);
		struct switch_cfg *s = config_add_switch(c, name);
		assert_non_null(s);
		fill(sw_options, &s->set);
		s->set.stp_forward_delay_s = 15; /* the times have to fit together */
		s->set.stp_max_age_s = 6 + below(20);
		s->set.mcast_query_interval_s = 1 + below(1000);
		s->set.mcast_query_response_ms = 100 + below(900);
		for (uint32_t j = below(6); j; j--)
			make_port(s, number++);
		make_vlans(s);
		make_macs(s);
		make_groups(s);
		make_bindings(s);
	}
}

/* ---- comparing them ---- */

static void same_options(const struct opt *table, const void *a, const void *b)
{
	opt_foreach (o, table)
		if (!opt_equal(o, a, b))
			fail_msg("seed %u: %s differs", told, o->name);
}

static void same_switch(const struct switch_cfg *a, const struct switch_cfg *b)
{
	assert_string_equal(a->name, b->name);
	same_options(sw_options, &a->set, &b->set);
	assert_int_equal(a->vlans, b->vlans);
	for (size_t i = 0; i < a->vlans; i++) {
		assert_int_equal(a->vlan[i].vid, b->vlan[i].vid);
		same_options(sw_vlan_options, &a->vlan[i].set, &b->vlan[i].set);
	}
	assert_int_equal(a->ports, b->ports);
	for (size_t i = 0; i < a->ports; i++) {
		assert_string_equal(a->port[i].name, b->port[i].name);
		assert_string_equal(a->port[i].type, b->port[i].type);
		same_options(port_type_find(a->port[i].type)->options, &a->port[i], &b->port[i]);
	}
	assert_int_equal(a->macs, b->macs);
	for (size_t i = 0; i < a->macs; i++)
		same_options(static_mac_options, &a->mac[i], &b->mac[i]);
	assert_int_equal(a->groups, b->groups);
	for (size_t i = 0; i < a->groups; i++)
		same_options(static_group_options, &a->group[i], &b->group[i]);
	assert_int_equal(a->bindings, b->bindings);
	for (size_t i = 0; i < a->bindings; i++)
		same_options(static_binding_options, &a->binding[i], &b->binding[i]);
}

static void same(const struct config *a, const struct config *b)
{
	for (const struct config_section *s = config_sections; s->name; s++)
		same_options(s->options, &a->daemon, &b->daemon);
	assert_int_equal(a->switches, b->switches);
	for (size_t i = 0; i < a->switches; i++)
		same_switch(&a->sw[i], &b->sw[i]);
}

/* Through text, as a file goes. */
static json_t *dump_as_text(const struct config *c)
{
	json_t *v = config_dump(c);
	char *text = json_dumps(v, 0);
	json_t *again;

	assert_non_null(text);
	again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(again);
	assert_true(json_equal(v, again));
	json_decref(v);
	free(text);
	return again;
}

static void round_trip(const struct config *c)
{
	struct config back;
	struct changes diff;
	struct err e = {0};
	json_t *v = dump_as_text(c), *w;

	if (config_parse(v, &back, &e))
		fail_msg("seed %u: %s: %s", told, e.path, e.text);
	same(c, &back);
	assert_int_equal(diff_make(c, &back, &diff), 0);
	assert_int_equal(diff.count, 0);
	diff_free(&diff);
	w = config_dump(&back);
	assert_true(json_equal(v, w));
	json_decref(w);
	json_decref(v);
	config_free(&back);
}

/* ---- tests ---- */

static void nothing(void **state)
{
	struct config c;
	json_t *v;

	config_init(&c);
	v = config_dump(&c);
	assert_int_equal(json_object_size(v), 1);
	assert_int_equal(json_object_size(json_object_get(v, "switches")), 0);
	assert_true(json_is_object(json_object_get(v, "switches")));
	json_decref(v);
	round_trip(&c);
	config_free(&c);
}

static void made_up_ones(void **state)
{
	for (uint64_t start = 1; start <= 200; start++) {
		struct config c;

		seed = start;
		told = (unsigned)start;
		make_up(&c);
		round_trip(&c);
		config_free(&c);
	}
}

static void what_is_at_its_default_is_not_written(void **state)
{
	struct config c;
	struct switch_cfg *s;
	struct port_cfg *p;
	json_t *v, *want;

	config_init(&c);
	s = config_add_switch(&c, "sw0");
	assert_non_null(s);
	p = config_add_port(s);
	assert_non_null(p);
	port_cfg_init(p, "h1", port_types[0]);
	p->mtu = 1500;
	v = config_dump(&c);
	want = json_pack("{s:{s:{s:{s:{s:s, s:i}}}}}", "switches", "sw0", "ports", "h1", "type",
			 "tap", "mtu", 1500);
	assert_true(json_equal(v, want));
	json_decref(want);
	json_decref(v);
	config_free(&c);
}

static void all_of_a_table(void **state)
{
	struct port_cfg p;
	json_t *v, *defaults;
	size_t n = 0;

	port_cfg_init(&p, "h1", port_types[0]);
	v = config_dump_all(port_types[0]->options, &p);
	opt_foreach (o, port_types[0]->options) {
		assert_non_null(json_object_get(v, o->name));
		n++;
	}
	assert_int_equal(json_object_size(v), n);
	assert_true(json_is_null(json_object_get(v, "mac"))); /* not set */
	assert_int_equal(json_integer_value(json_object_get(v, "mtu")), 0);
	json_decref(v);
	defaults = config_dump_options(port_types[0]->options, &p, &p);
	assert_int_equal(json_object_size(defaults), 0);
	json_decref(defaults);
}

/* A file written by config_dump() shows a mask as a person would write it. */
static void masks_are_words_or_hex(void **state)
{
	static const struct {
		uint32_t mask;
		const char *text;
	} masks[] = {{1, "0x1"}, {0xffff, "forward"}, {0x4004, "0x4004"}};

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		struct config c;
		struct switch_cfg *s;
		json_t *v;

		config_init(&c);
		s = config_add_switch(&c, "sw0");
		assert_non_null(s);
		s->set.link_local = masks[i].mask;
		v = config_dump(&c);
		assert_string_equal(json_string_value(json_object_get(
					    json_object_get(json_object_get(v, "switches"), "sw0"),
					    "link_local")),
				    masks[i].text);
		json_decref(v);
		round_trip(&c);
		config_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(made_up_ones),
		cmocka_unit_test(what_is_at_its_default_is_not_written),
		cmocka_unit_test(all_of_a_table),
		cmocka_unit_test(masks_are_words_or_hex),
	};

	return cmocka_run_group_tests_name("config there and back", tests, NULL, NULL);
}

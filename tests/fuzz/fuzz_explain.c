/* SPDX-License-Identifier: ISC */
/*
 * fuzz_explain.c - any frame, with any offload header, explained and then received by a switch that has everything on.
 *
 * Input: records of a port and flags, a length of two bytes, perhaps an offload header, and the frame.  What was said of
 * a frame is what happens to it.
 */
#include <string.h>

#include "check.h"
#include "core/explain.h"
#include "core/vnet.h"
#include "util/bytes.h"
#include "util/mac.h"

enum {
	PORTS = 5,
	HAS_VNET = 0x10, /* flags beside the number of the port */
	TICK = 0x20,
	EXACT = 2048, /* longer frames are not copied into memory of their size */
};

static struct {
	struct sw *sw;
	struct sw_port port[PORTS];
	uint64_t now_ms;
	struct explain x;
} t;

/* What each port is set to, beyond the switch's settings. */
static const char *const settings[PORTS][4][2] = {
	{{"access", "10"}, {"loop_guard", "true"}, {"max_macs", "4"}, {"sticky", "true"}},
	{{"access", "10"},
	 {"isolated", "true"},
	 {"storm_broadcast", "50fps"},
	 {"rate_out", "1Mbit"}},
	{{"trunk", "10,20,30"},
	 {"native", "10"},
	 {"dhcp_trusted", "true"},
	 {"mcast_router", "never"}},
	{{"trunk", "10,20"}, {"tpid", "0x88a8"}, {"isolated", "true"}, {"stp_bpdu_filter", "true"}},
	{{"mirror", "all"}, {"mirror_snaplen", "64"}, {NULL, NULL}, {NULL, NULL}},
};

static const char *const switch_settings[][2] = {
	{"vlan_aware", "true"},
	{"lldp", "true"},
	{"mcast_snooping", "on"},
	{"dhcp_snooping", "true"},
	{"arp_inspection", "true"},
	{"ra_guard", "true"},
	{"dhcp6_guard", "true"},
	{"max_macs", "16"},
	{"link_local", "0x8008"},
	/* small tables: each input has new ones */
	{"dhcp_bindings", "64"},
	{"mcast_max_groups", "64"},
	{"mcast_max_sources", "4"},
};

static void make(bool stp)
{
	static const struct siphash_key key = {{1, 2}};
	static const char *const names[PORTS] = {"p0", "p1", "p2", "p3", "p4"};
	struct sw_settings set;

	memset(&t, 0, sizeof(t));
	t.now_ms = 1000000;
	opt_defaults(sw_options, &set);
	for (size_t i = 0; i < sizeof(switch_settings) / sizeof(switch_settings[0]); i++)
		CHECK(opt_parse(opt_find(sw_options, switch_settings[i][0]), switch_settings[i][1],
				&set, NULL) == 0);
	if (stp)
		CHECK(opt_parse(opt_find(sw_options, "stp"), "rstp", &set, NULL) == 0);
	t.sw = sw_new("fuzz", &set, &key, 0, NULL, NULL);
	CHECK(t.sw);
	for (unsigned i = 0; i < PORTS; i++) {
		struct sw_port *p = &t.port[i];

		p->name = names[i];
		p->mtu = 1500;
		opt_defaults(sw_port_options, &p->set);
		for (unsigned k = 0; k < 4 && settings[i][k][0]; k++)
			CHECK(opt_parse(opt_find(sw_port_options, settings[i][k][0]),
					settings[i][k][1], &p->set, NULL) == 0);
		CHECK(sw_attach(t.sw, p, NULL) == 0);
		sw_port_link(p, true);
	}
}

static void take_apart(void)
{
	for (unsigned i = 0; i < PORTS; i++)
		sw_detach(&t.port[i]);
	sw_free(t.sw);
}

static void count(uint64_t drops[PORTS][DROP_COUNT])
{
	for (unsigned i = 0; i < PORTS; i++)
		memcpy(drops[i], t.port[i].stats.drops, sizeof(drops[i]));
}

static void foretell(unsigned in, uint64_t drops[PORTS][DROP_COUNT])
{
	enum drop d = explain_drop(&t.x);

	if (d != DROP_NONE && !drop_is_out(d))
		drops[in][d]++;
	for (unsigned i = 0; i < PORTS; i++) {
		const struct explain_port *p = &t.x.port[i];

		CHECK(p->why < WHY_NONE);
		CHECK((p->why == WHY_OUT) == portset_has(&t.x.out, i));
		CHECK((p->why == WHY_CAME) == (i == in));
		CHECK((p->why == WHY_REFUSED) == (p->drop != DROP_NONE));
		if (p->drop != DROP_NONE)
			drops[i][p->drop]++;
	}
}

static void check_steps(const struct sw_port *in, const struct frame *f)
{
	unsigned ends = 0;

	for (int s = 0; s < STEP_COUNT; s++) {
		enum explain_result r = explain_step(t.sw, in, f, &t.x, (enum explain_step)s);

		ends += r == STEP_STOPPED || r == STEP_TAKEN;
	}
	CHECK(ends <= 1);
	CHECK(t.x.v.drop == DROP_NONE || ends == 1);
}

/* All that the switch knows, as far as it stands in one place or can be walked over. */
struct known {
	struct sw sw;
	struct sw_port port[PORTS];
	struct fdb_info mac[64];
	unsigned macs;
};

static void remember(struct known *k)
{
	uint32_t slot = 0;

	memset(k, 0, sizeof(*k));
	memcpy(&k->sw, t.sw, sizeof(k->sw));
	memcpy(k->port, t.port, sizeof(k->port));
	while (k->macs < 64 && fdb_walk(t.sw->fdb, &slot, fdb_slots(t.sw->fdb),
					(uint32_t)(t.now_ms / 1000), &k->mac[k->macs]))
		k->macs++;
}

/* Explaining changes nothing but what time it is. */
static void explain(const struct sw_port *in, struct frame *f)
{
	static struct known before, after;

	switch_begin(t.sw, t.now_ms);
	remember(&before);
	explain_frame(t.sw, in, f, t.now_ms, &t.x);
	remember(&after);
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	CHECK((t.x.flooded == SNOOP_WHY_PORTS) ||
	      (t.x.v.route != ROUTE_GROUP && mac_is_group(f->dst)));
}

static void receive(unsigned port, struct frame *f)
{
	static uint64_t want[PORTS][DROP_COUNT], got[PORTS][DROP_COUNT];
	struct sw_port *in = &t.port[port];
	struct frame again = *f;
	struct verdict v;

	explain(in, f);
	check_steps(in, f);
	count(want);
	foretell(port, want);

	switch_begin(t.sw, t.now_ms);
	switch_decide(t.sw, in, &again, frame_parse(&again), &v);
	CHECK(v.drop == t.x.v.drop && v.route == t.x.v.route && v.trap == t.x.v.trap);
	if (v.drop == DROP_NONE && v.route != ROUTE_HERE)
		CHECK(memcmp(&v.out, &t.x.out, t.sw->words * sizeof(uint64_t)) == 0);
	else
		CHECK(portset_empty(&t.x.out, t.sw->words));
	switch_commit(t.sw, in, &again, &v, t.now_ms);
	count(got);
	CHECK(memcmp(want, got, sizeof(want)) == 0);
}

/* One frame of the input, in memory of its size. */
static void one(struct rd *r)
{
	uint8_t how = rd_u8(r);
	size_t len = rd_be16(r), lead = how & HAS_VNET ? VNET_HDR_SIZE : 0;
	const uint8_t *bytes;

	if (len > rd_left(r))
		len = rd_left(r);
	if (len > EXACT)
		len = EXACT;
	if (len < lead)
		lead = 0;
	bytes = rd_take(r, len);
	if (!bytes)
		return;
	uint8_t *copy = malloc(len + 1);
	CHECK(copy);
	memcpy(copy, bytes, len);
	struct frame f = {.data = copy + lead, .len = len - lead, .vnet = lead ? copy : NULL};
	if (how & TICK) {
		t.now_ms += 700;
		sw_tick(t.sw, t.now_ms);
	}
	receive((how & 0xfu) % PORTS, &f);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_from(data, size);

	make(rd_u8(&r) & 1);
	sw_tick(t.sw, t.now_ms);
	while (rd_left(&r))
		one(&r);
	take_apart();
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * fuzz_stp.c - anything at all that can happen to a bridge of the spanning tree.
 *
 * Input: events, a byte that says which (its lowest four bits) and at which port (the others), and what belongs to it;
 * see play().  After each it is looked whether what the bridge did goes together with what it says of
 * itself, and in the end whether it comes to rest when it is left alone.
 */
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "core/stp.h"
#include "core/stp_bpdu.h"
#include "util/bytes.h"

enum { PORTS = 7, OWN_MAC = 0x42, TICKS_MAX = 48 };

/* Far apart, so that sets of ports of more than one word are walked. */
static const unsigned index_of[PORTS] = {0, 1, 2, 63, 64, 700, STP_PORTS_MAX - 1};

static struct {
	struct stp *stp;
	struct stp_cfg cfg;
	uint64_t root;
	struct {
		bool there, link;
		struct stp_port_cfg cfg;
		enum stp_role role; /* as the events said */
		enum stp_state state, told;
		unsigned sent; /* since the count that is held against tx_hold_count went back */
		uint8_t last[STP_FRAME_SIZE];
	} port[PORTS];
} f;

static unsigned place_of(unsigned port)
{
	for (unsigned i = 0; i < PORTS; i++)
		if (index_of[i] == port)
			return i;
	CHECK(!"a port that there is not");
	return 0;
}

/* ---- what the bridge does ---- */

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	unsigned i = place_of(port);
	struct stp_port_info info;
	struct stp_bpdu b;

	CHECK(len == STP_FRAME_SIZE && stp_bpdu_parse(frame, len, &b) != DROP_BAD_BPDU);
	CHECK(b.src == OWN_MAC);
	CHECK(f.port[i].there && f.port[i].link && !f.port[i].cfg.bpdu_filter);
	CHECK(stp_port_info(f.stp, port, &info) && !info.shut);
	CHECK(info.rapid == (b.type == STP_BPDU_RST));
	CHECK(f.cfg.version == STP_VERSION_RSTP || b.type != STP_BPDU_RST);
	if (b.type != STP_BPDU_TCN)
		CHECK(STP_BRIDGE_MAC(b.vec.bridge) == OWN_MAC && b.vec.port == info.port_id);
	if (b.type == STP_BPDU_RST)
		CHECK(b.learning || !b.forwarding);
	CHECK(++f.port[i].sent <= f.cfg.tx_hold_count);
	memcpy(f.port[i].last, frame, len);
}

static void on_state(void *arg, unsigned port, bool learning, bool forwarding)
{
	unsigned i = place_of(port);

	CHECK(learning || !forwarding);
	f.port[i].state = forwarding ? STP_STATE_FORWARDING
			  : learning ? STP_STATE_LEARNING
				     : STP_STATE_DISCARDING;
	CHECK(f.port[i].state != f.port[i].told);
}

static void on_flush(void *arg, unsigned port)
{
	(void)place_of(port);
}

static void on_tell(void *arg, const struct stp_event *ev)
{
	CHECK(ev->kind < STP_EVENT_COUNT && ev->cause < STP_CAUSE_COUNT);
	CHECK(ev->cause_port >= STP_NO_PORT && ev->cause_port < STP_PORTS_MAX);
	if (ev->kind == STP_EVENT_ROOT) {
		CHECK(ev->old_root == f.root);
		f.root = ev->root;
		return;
	}
	unsigned i = place_of((unsigned)ev->port);
	if (ev->kind == STP_EVENT_ROLE) {
		CHECK(ev->old_role == f.port[i].role && ev->role != ev->old_role);
		f.port[i].role = ev->role;
	} else if (ev->kind == STP_EVENT_STATE) {
		CHECK(ev->old_state == f.port[i].told && ev->state == f.port[i].state);
		f.port[i].told = ev->state;
	}
}

/* ---- does it all go together? ---- */

static void check_port(unsigned i, const struct stp_bridge_info *b)
{
	struct stp_port_info p;
	bool on;

	CHECK(stp_port_info(f.stp, index_of[i], &p) == f.port[i].there);
	if (!f.port[i].there)
		return;
	on = p.link && !p.shut;
	CHECK(p.link == f.port[i].link && (p.link || !p.shut));
	CHECK(p.role == f.port[i].role && p.state == f.port[i].state && p.state == f.port[i].told);
	CHECK(on == (p.role != STP_ROLE_DISABLED));
	if (p.role != STP_ROLE_ROOT && p.role != STP_ROLE_DESIGNATED)
		CHECK(p.state == STP_STATE_DISCARDING);
	CHECK((p.role == STP_ROLE_ROOT) == (b->root_port == (int)index_of[i]));
	if (p.role == STP_ROLE_ROOT)
		CHECK(STP_BRIDGE_MAC(p.designated_bridge) != OWN_MAC &&
		      p.designated_root == b->root_id && !p.cfg.bpdu_filter);
	if (p.role == STP_ROLE_DESIGNATED)
		CHECK(p.designated_bridge == b->bridge_id && p.designated_port == p.port_id &&
		      p.designated_root == b->root_id && p.designated_cost == b->root_path_cost);
	if (p.role == STP_ROLE_BACKUP)
		CHECK(STP_BRIDGE_MAC(p.designated_bridge) == OWN_MAC);
	if (p.cfg.root_guard)
		CHECK(p.role == STP_ROLE_DISABLED || p.role == STP_ROLE_DESIGNATED);
	if (p.root_inconsistent)
		CHECK(p.cfg.root_guard && p.state == STP_STATE_DISCARDING && on);
	CHECK(!p.rapid || f.cfg.version == STP_VERSION_RSTP);
	CHECK(p.path_cost > 0 && p.path_cost <= STP_COST_MAX);
	CHECK(p.info_left_s <= 30 && p.forward_left_s <= 40);
}

static void check_all(void)
{
	struct stp_bridge_info b;

	stp_bridge_info(f.stp, &b);
	CHECK(b.machine_overruns == 0);
	CHECK(b.root_id == f.root && b.root_id <= b.bridge_id);
	CHECK((b.root_port == STP_NO_PORT) == (b.root_id == b.bridge_id && b.root_path_cost == 0));
	CHECK(b.hello_time_s >= 1 && b.hello_time_s <= 10);
	CHECK(b.forward_delay_s >= 4 && b.forward_delay_s <= 30);
	CHECK(b.max_age_s >= 6 && b.max_age_s <= 40);
	for (unsigned i = 0; i < PORTS; i++)
		check_port(i, &b);
}

/* ---- what happens to it ---- */

static void receive(unsigned i, const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct stp_port_info before = {0}, after = {0};
	struct stp_bpdu b;
	enum drop d, parsed;

	CHECK(copy);
	if (len)
		memcpy(copy, bytes, len);
	parsed = stp_bpdu_parse(copy, len, &b);
	(void)stp_port_info(f.stp, index_of[i], &before);
	d = stp_receive(f.stp, index_of[i], copy, len);
	(void)stp_port_info(f.stp, index_of[i], &after);
	free(copy);
	CHECK((d == DROP_PORT_BLOCKED) == !before.link);
	if (before.link && before.cfg.bpdu_filter && !before.shut)
		CHECK(d == DROP_BPDU_FILTER);
	if (d == DROP_BPDU_GUARD)
		CHECK(after.shut && after.role == STP_ROLE_DISABLED);
	if (d == DROP_NONE)
		CHECK(parsed == DROP_NONE &&
		      after.rx_config + after.rx_rst + after.rx_tcn ==
			      before.rx_config + before.rx_rst + before.rx_tcn + 1);
	else if (before.link)
		CHECK(after.rx_bad + after.rx_other == before.rx_bad + before.rx_other + 1);
}

/* Few identifiers, so that they meet: better and worse ones, our own, of our address. */
static uint64_t some_id(uint8_t c)
{
	static const uint64_t ids[] = {0,
				       1,
				       0x41,
				       OWN_MAC,
				       0x43,
				       UINT64_C(0x8000000000000041),
				       UINT64_C(0x8000000000000042),
				       UINT64_C(0x8000000000000043),
				       UINT64_MAX};

	return ids[c % (sizeof(ids) / sizeof(ids[0]))];
}

static void receive_bpdu(struct rd *r, unsigned i)
{
	static const enum stp_bpdu_type types[] = {STP_BPDU_RST, STP_BPDU_RST, STP_BPDU_CONFIG,
						   STP_BPDU_TCN};
	struct stp_bpdu b = {.src = 0x99};
	uint8_t frame[STP_FRAME_SIZE];
	uint8_t kind = rd_u8(r), flags = rd_u8(r), ids = rd_u8(r);

	b.type = types[kind & 3];
	b.role = (enum stp_bpdu_role)(kind >> 2 & 3);
	b.tc = flags & 1;
	b.tc_ack = flags & 2;
	b.proposal = flags & 4;
	b.agreement = flags & 8;
	b.learning = flags & 16;
	b.forwarding = flags & 32;
	b.vec.root = some_id(ids & 15);
	b.vec.bridge = some_id(ids >> 4);
	b.vec.cost = (uint32_t)rd_u8(r) << (kind >> 4) * 2;
	b.vec.port = rd_be16(r);
	b.times = (struct stp_times){rd_be16(r), rd_be16(r), rd_be16(r), rd_be16(r)};
	stp_bpdu_make(&b, frame);
	receive(i, frame, sizeof(frame));
}

static void set_bridge(struct rd *r)
{
	uint8_t a = rd_u8(r), b = rd_u8(r);
	struct stp_cfg cfg = {
		.priority = (uint32_t)(a & 15) * 4096,
		.hello_time_s = 1 + (a >> 4 & 1),
		.version = a & 32 ? STP_VERSION_STP : STP_VERSION_RSTP,
		.guard_recovery_s = a & 64 ? 3 : 0,
		.forward_delay_s = 4 + (b & 15),
		.max_age_s = 6 + (b >> 4),
		.tx_hold_count = 1 + b % 10u,
	};

	if (stp_cfg_check(&cfg, NULL))
		return;
	f.cfg = cfg;
	for (unsigned i = 0; i < PORTS; i++)
		f.port[i].sent = 0;
	stp_set(f.stp, &cfg);
}

static struct stp_port_cfg port_cfg(struct rd *r)
{
	uint8_t a = rd_u8(r), b = rd_u8(r);
	struct stp_port_cfg cfg = {
		.cost = b & 15,
		.priority = (uint32_t)(b >> 4) * 16,
		.p2p = (enum stp_p2p)((a & 3) % 3),
		.admin_edge = a & 4,
		.auto_edge = a & 8,
		.bpdu_guard = a & 16,
		.bpdu_filter = a & 32,
		.root_guard = a & 64,
	};

	if (stp_port_cfg_check(&cfg, NULL))
		cfg.bpdu_filter = false;
	return cfg;
}

static void add_or_del(unsigned i, const struct stp_port_cfg *cfg)
{
	if (f.port[i].there) {
		f.port[i].link = false;
		stp_port_del(f.stp, index_of[i]);
		CHECK(f.port[i].role == STP_ROLE_DISABLED &&
		      f.port[i].state == STP_STATE_DISCARDING);
		f.port[i].there = false;
		return;
	}
	f.port[i].there = true;
	f.port[i].cfg = *cfg;
	f.port[i].sent = 0;
	CHECK(stp_port_add(f.stp, index_of[i], cfg) == 0);
}

static void set_link(struct rd *r, unsigned i)
{
	uint8_t how = rd_u8(r);

	if (!f.port[i].there)
		return;
	f.port[i].link = how & 1;
	if (!(how & 1))
		f.port[i].sent = 0;
	stp_port_link(f.stp, index_of[i], how & 1, how & 4 ? 1u << (how >> 3) : 0, how & 2);
}

static void tick(unsigned count, bool look)
{
	for (; count; count--) {
		for (unsigned i = 0; i < PORTS; i++)
			if (f.port[i].sent)
				f.port[i].sent--;
		stp_tick(f.stp);
		if (look)
			check_all();
	}
}

static void raw_frame(struct rd *r, unsigned i)
{
	size_t len = rd_u8(r);

	if (len > rd_left(r))
		len = rd_left(r);
	receive(i, rd_take(r, len), len);
}

static void play(struct rd *r)
{
	uint8_t what = rd_u8(r);
	unsigned i = (unsigned)(what >> 4) % PORTS;
	struct stp_port_cfg cfg;

	switch (what & 15) {
	case 0:
	case 1:
		set_link(r, i);
		break;
	case 2:
		raw_frame(r, i);
		break;
	case 3:
		tick(rd_u8(r) % TICKS_MAX, true);
		break;
	case 4:
		set_bridge(r);
		break;
	case 5:
		cfg = port_cfg(r);
		if (f.port[i].there) {
			f.port[i].cfg = cfg;
			f.port[i].sent = f.port[i].cfg.bpdu_filter ? 0 : f.port[i].sent;
			stp_port_set(f.stp, index_of[i], &cfg);
		}
		break;
	case 6:
		cfg = port_cfg(r);
		add_or_del(i, &cfg);
		break;
	case 7:
		stp_port_mcheck(f.stp, index_of[i]);
		break;
	case 8:
		f.port[i].sent = 0;
		stp_port_reopen(f.stp, index_of[i]);
		break;
	case 9: /* what another port sent last, or itself */
		receive(i, f.port[rd_u8(r) % PORTS].last, STP_FRAME_SIZE);
		break;
	default:
		receive_bpdu(r, i);
		break;
	}
}

/* Nobody says anything any more: every port comes to forward, and the bridge is root. */
static void check_rest(void)
{
	struct stp_bridge_info b;
	struct stp_port_info p;

	tick(150,
	     false); /* max age of what was heard, then of its own, and twice the forward delay */
	check_all();
	stp_bridge_info(f.stp, &b);
	CHECK(b.root_port == STP_NO_PORT && !b.topology_change);
	for (unsigned i = 0; i < PORTS; i++) {
		if (!stp_port_info(f.stp, index_of[i], &p) || !p.link || p.shut)
			continue;
		CHECK(p.role == STP_ROLE_DESIGNATED && p.state == STP_STATE_FORWARDING);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stp_out out = {NULL, on_send, on_state, on_flush, on_tell};
	const struct stp_port_cfg port = stp_port_cfg_default();
	struct rd r = rd_from(data, size);

	memset(&f, 0, sizeof(f));
	f.cfg = stp_cfg_default();
	f.stp = stp_new(&f.cfg, OWN_MAC, &out);
	CHECK(f.stp);
	f.root = UINT64_C(0x8000) << 48 | OWN_MAC;
	for (unsigned i = 0; i + 1 < PORTS; i++)
		add_or_del(i, &port);
	while (rd_left(&r)) {
		play(&r);
		check_all();
	}
	check_rest();
	stp_free(f.stp);
	return 0;
}

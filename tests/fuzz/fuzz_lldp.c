/* SPDX-License-Identifier: ISC */
/*
 * fuzz_lldp.c - any bytes at all as LLDPDUs, between anything that may become of ports.
 *
 * Input: steps.  The first byte of each says what (three bits) and to which port (the two highest bits):
 *
 *	0-3  an LLDPDU: two bytes of length, as many bytes
 *	4    time: so many quarters of a second, then a tick
 *	5    the port comes up (bit 0) or goes down
 *	6    the port gets another mode (bits 0 and 1) and description (the others)
 *	7    the port is taken away and added anew
 *
 * Whatever comes, the agent's table agrees with what it told, is bounded, and it speaks no more than it may.
 */
#include <string.h>

#include "check.h"
#include "core/lldp.h"
#include "util/bytes.h"
#include "util/mac.h"
#include "util/text.h"

enum { PORTS = 4, NEIGHBORS = 3, HEADER = 14 };

struct world {
	struct lldp *l;
	struct lldp_port_cfg cfg[PORTS];
	bool up[PORTS];
	uint64_t now, since[PORTS];	      /* the port was added */
	unsigned there[PORTS];		      /* neighbours, as told */
	unsigned sent[PORTS], excused[PORTS]; /* frames, and those that no credit is asked for */
};

static bool inside(struct lldp_bytes b, const uint8_t *pdu, size_t len)
{
	return !b.p || (b.p >= pdu && b.p + b.len <= pdu + len);
}

static void check_text(const char *s)
{
	char clean[LLDP_TEXT_SIZE];

	CHECK(strlen(s) < LLDP_TEXT_SIZE);
	strcpy(clean, s);
	text_clean(clean);
	CHECK(strcmp(clean, s) == 0);
}

static void check_info(const struct lldp_info *i, const uint8_t *pdu, size_t len)
{
	char out[LLDP_TEXT_SIZE];

	CHECK(i->used <= len && i->used <= LLDPDU_MAX);
	CHECK(i->chassis.id.len >= 1 && i->chassis.id.len <= LLDP_STRING_MAX);
	CHECK(i->port.id.len >= 1 && i->port.id.len <= LLDP_STRING_MAX);
	CHECK(inside(i->chassis.id, pdu, i->used) && inside(i->port.id, pdu, i->used));
	CHECK(inside(i->port_desc, pdu, i->used) && i->port_desc.len <= LLDP_STRING_MAX);
	CHECK(inside(i->sys_name, pdu, i->used) && i->sys_name.len <= LLDP_STRING_MAX);
	CHECK(inside(i->sys_desc, pdu, i->used) && i->sys_desc.len <= LLDP_STRING_MAX);
	CHECK(i->addrs <= LLDP_ADDRS_MAX && i->vlans <= LLDP_VLANS_MAX);
	CHECK((i->caps_on & ~i->caps) == 0);
	check_text(lldp_chassis_text(&i->chassis, out));
	check_text(lldp_port_text(&i->port, out));
	check_text(lldp_text(i->sys_name, out));
	check_text(lldp_text(i->port_desc, out));
	for (unsigned k = 0; k < i->addrs; k++) {
		CHECK(i->addr[k].addr.len >= 1 && i->addr[k].addr.len <= LLDP_ADDR_MAX);
		CHECK(inside(i->addr[k].addr, pdu, i->used));
		check_text(lldp_addr_text(i->addr[k].family, i->addr[k].addr, out));
	}
	for (unsigned k = 0; k < i->vlans; k++) {
		CHECK(i->vlan[k].name.len <= LLDP_VLAN_NAME_MAX);
		CHECK(inside(i->vlan[k].name, pdu, i->used));
	}
}

/* What was read does not hang on anything but what was used of it. */
static void check_parse(const uint8_t *pdu, size_t len)
{
	struct lldp_info a, b;
	struct lldp_tlv_stats s, again;
	uint8_t *copy;

	if (lldp_parse(pdu, len, &a, &s) != DROP_NONE)
		return;
	check_info(&a, pdu, len);
	copy = malloc(a.used);
	CHECK(copy);
	memcpy(copy, pdu, a.used);
	CHECK(lldp_parse(copy, a.used, &b, &again) == DROP_NONE);
	CHECK(lldp_equal(&a, &b) && a.ttl_s == b.ttl_s && a.used == b.used);
	CHECK(again.unrecognized == s.unrecognized && again.discarded <= s.discarded);
	free(copy);
}

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct world *w = arg;
	struct lldp_info i;
	struct lldp_tlv_stats s;

	CHECK(port < PORTS && w->up[port] && lldp_is(frame, len) && len <= LLDP_FRAME_MAX);
	CHECK(lldp_parse(frame + HEADER, len - HEADER, &i, &s) == DROP_NONE);
	CHECK(s.discarded == 0 && s.unrecognized == 0 && i.used == len - HEADER);
	w->sent[port]++;
	w->excused[port] += i.ttl_s == 0;
}

static void on_tell(void *arg, enum lldp_event event, const struct lldp_neighbor *n)
{
	struct world *w = arg;

	CHECK(n->port < PORTS);
	if (event == LLDP_ADDED)
		w->there[n->port]++;
	else if (event != LLDP_CHANGED)
		CHECK(w->there[n->port]-- > 0);
}

static void check_port(const struct world *w, unsigned port)
{
	const struct lldp_stats *s = lldp_port_stats(w->l, port);
	struct lldp_neighbor n, other;
	unsigned count = lldp_neighbors(w->l, port);

	CHECK(s && count == w->there[port] && count <= NEIGHBORS);
	CHECK(s->inserts - s->deletes == count);
	CHECK(s->frames_in >= s->frames_discarded && s->frames_discarded >= s->too_many);
	CHECK(s->frames_in >= s->frames_in_error);
	CHECK(count == 0 || (w->up[port] && (w->cfg[port].mode & LLDP_RX)));
	CHECK(!lldp_neighbor(w->l, port, count, w->now, &n));
	for (unsigned i = 0; i < count; i++) {
		CHECK(lldp_neighbor(w->l, port, i, w->now, &n));
		CHECK(n.info.ttl_s > 0 && n.left_s <= n.info.ttl_s);
		CHECK(n.first_ms <= w->now);
		for (unsigned k = 0; k < i; k++) {
			CHECK(lldp_neighbor(w->l, port, k, w->now, &other));
			CHECK(!lldp_same(&n.info, &other.info));
		}
	}
}

static void receive(struct world *w, unsigned port, const uint8_t *pdu, size_t len)
{
	const struct lldp_stats before = *lldp_port_stats(w->l, port);
	const struct lldp_stats *after = lldp_port_stats(w->l, port);
	unsigned count = lldp_neighbors(w->l, port);
	uint8_t *frame = malloc(HEADER + len);
	enum drop d;

	CHECK(frame);
	memset(frame, 2, HEADER);
	mac_store(frame, LLDP_GROUP);
	frame[12] = 0x88;
	frame[13] = 0xcc;
	memcpy(frame + HEADER, pdu, len);
	d = lldp_receive(w->l, port, frame, HEADER + len, w->now);
	free(frame);
	CHECK(d == DROP_NONE || d == DROP_BAD_LLDP || d == DROP_LLDP_FULL || d == DROP_LINK_LOCAL);
	CHECK((d == DROP_LINK_LOCAL) == !(w->up[port] && (w->cfg[port].mode & LLDP_RX)));
	CHECK(after->frames_in - before.frames_in == (d != DROP_LINK_LOCAL));
	CHECK(after->frames_discarded - before.frames_discarded ==
	      (d == DROP_BAD_LLDP || d == DROP_LLDP_FULL));
	if (d != DROP_NONE)
		CHECK(lldp_neighbors(w->l, port) == count);
	if (d == DROP_LLDP_FULL)
		CHECK(count == NEIGHBORS && lldp_too_many(w->l, port, w->now));
}

static void add_port(struct world *w, unsigned port)
{
	w->cfg[port] = (struct lldp_port_cfg){
		.mode = LLDP_BOTH, .mac = 0x020000000001, .name = "p", .mtu = 1500};
	w->cfg[port].name[1] = (char)('0' + port);
	w->up[port] = false;
	w->sent[port] = w->excused[port] = 0;
	w->since[port] = w->now;
	CHECK(lldp_port_add(w->l, port, &w->cfg[port]) == 0);
}

static void set_port(struct world *w, unsigned port, uint8_t how)
{
	w->cfg[port].mode = how & LLDP_BOTH;
	memset(w->cfg[port].desc, how, how >> 2);
	w->cfg[port].desc[how >> 2] = '\0';
	lldp_port_set(w->l, port, &w->cfg[port], w->now);
}

static void step(struct world *w, struct rd *r)
{
	uint8_t what = rd_u8(r);
	unsigned port = what >> 6;

	if ((what & 7) < 4) {
		uint16_t len = rd_be16(r);
		const uint8_t *pdu = rd_take(r, len);

		if (!pdu)
			return;
		check_parse(pdu, len);
		receive(w, port, pdu, len);
		return;
	}
	uint8_t how = rd_u8(r);
	switch (what & 7) {
	case 4:
		w->now += (uint64_t)how * 250;
		while (lldp_tick(w->l, w->now))
			;
		break;
	case 5:
		w->up[port] = how & 1;
		/* whoever comes up has all its credits */
		w->excused[port] += 5;
		lldp_port_up(w->l, port, how & 1, w->now);
		break;
	case 6:
		w->excused[port] += 5;
		set_port(w, port, how);
		break;
	default:
		lldp_port_del(w->l, port, w->now);
		CHECK(w->there[port] == 0 && !lldp_port_stats(w->l, port));
		add_port(w, port);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.now = 1000};
	const struct lldp_out out = {.arg = &w, .send = on_send, .tell = on_tell};
	struct rd r = rd_from(data, size);
	struct lldp_cfg cfg;

	check_parse(data, size);
	lldp_defaults(&cfg);
	cfg.max_neighbors = NEIGHBORS;
	w.l = lldp_new(&cfg, &out);
	CHECK(w.l);
	for (unsigned port = 0; port < PORTS; port++)
		add_port(&w, port);
	lldp_port_up(w.l, 0, w.up[0] = true, w.now);
	while (rd_left(&r)) {
		step(&w, &r);
		for (unsigned port = 0; port < PORTS; port++) {
			check_port(&w, port);
			CHECK(w.sent[port] <= w.excused[port] + cfg.credit_max +
						      (w.now - w.since[port]) / 1000 + 1);
		}
	}
	lldp_free(w.l);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "ctl/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/sw_guard.h"
#include "core/sw_snoop.h"
#include "ctl/filters.h"
#include "util/iptext.h"

enum { BEGIN_MS = 1000000 };

/* A port without a device. */
struct mock {
	struct sw_port core; /* first */
	char name[NAME_SIZE];
	const struct port_cfg *cfg;
	struct mock *peer; /* at the other end of a patch; NULL = nobody */
	struct mock *next;
};

/* A frame that crosses a patch. */
struct crossing {
	struct mock *to;
	size_t len;
	struct crossing *next;
	uint8_t bytes[];
};

struct replay {
	struct sw_io io; /* first */
	const struct config *cfg;
	struct filters filters;
	struct sw *sw[SWITCHES_MAX];
	size_t switches;
	struct mock *ports;
	unsigned peers;
	struct crossing *first, **last;
	unsigned crossings; /* that the frame of now has set off */
	uint64_t cut;
	uint32_t settle_s;
	uint64_t first_ms; /* when the first frame comes; 0 = it has not */
	uint64_t now_ms;
	uint64_t aged_ms;
	struct explain x;
};

/* ---- patches ---- */

static void cross(struct replay *r, struct mock *to, const uint8_t *head, size_t head_len,
		  const uint8_t *body, size_t body_len)
{
	struct crossing *c;

	if (r->crossings == REPLAY_CROSSINGS_MAX || head_len + body_len > FRAME_MAX) {
		r->cut++;
		return;
	}
	c = malloc(sizeof(*c) + head_len + body_len);
	if (!c) {
		r->cut++;
		return;
	}
	*c = (struct crossing){.to = to, .len = head_len + body_len};
	if (head_len)
		memcpy(c->bytes, head, head_len);
	if (body_len)
		memcpy(c->bytes + head_len, body, body_len);
	*r->last = c;
	r->last = &c->next;
	r->crossings++;
}

/* What a switch says itself. */
static void send_own(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	struct mock *m = (struct mock *)out;

	if (m->peer)
		cross((struct replay *)io, m->peer, frame, len, NULL, 0);
}

/* What it forwards. */
static void cross_patches(struct replay *r, const struct sw *sw, const struct frame *f)
{
	portset_foreach (i, &r->x.out, sw->words) {
		struct mock *m = (struct mock *)sw->port[i];
		uint8_t start[TAG_START_MAX];
		struct tag_edit edit;
		size_t len = 0, rest = 0;

		if (!m->peer)
			continue;
		if (explain_edit(sw, f, &r->x, i, &edit)) {
			len = tag_start(&edit, f->data, start);
			rest = tag_rest(&edit);
		}
		cross(r, m->peer, start, len, f->data + rest, f->len - rest);
	}
}

/* ---- making it ---- */

static bool listens(const struct port_cfg *p)
{
	if (strcmp(p->type, "dgram") == 0 || strcmp(p->type, "vde") == 0)
		return true;
	return strcmp(p->type, "stream") == 0 && p->u.stream.listen[0];
}

static struct mock *find(const struct replay *r, const struct sw *sw, const char *name)
{
	for (struct mock *m = r->ports; m; m = m->next)
		if (m->core.sw == sw && strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static struct mock *add_port(struct replay *r, struct sw *sw, const struct port_cfg *cfg,
			     const char *name, bool up, struct err *e)
{
	struct mock *m = calloc(1, sizeof(*m));

	if (!m) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->cfg = cfg;
	m->core.name = m->name;
	m->core.set = cfg->set;
	m->core.mtu = cfg->mtu;
	m->core.filter_in = filters_take(&r->filters, cfg->filter_in);
	m->core.filter_out = filters_take(&r->filters, cfg->filter_out);
	if (sw_attach(sw, &m->core, e)) {
		filters_let_go(m->core.filter_in);
		filters_let_go(m->core.filter_out);
		free(m);
		return NULL;
	}
	LL_PREPEND(r->ports, m);
	sw_port_link(&m->core, up);
	return m;
}

static int add_statics(struct replay *r, struct sw *sw, const struct switch_cfg *s, struct err *e)
{
	struct ip_addr ip = {0, 0};
	struct mock *m;
	int rc = 0;

	for (size_t i = 0; i < s->macs && rc == 0; i++) {
		m = find(r, sw, s->mac[i].port);
		if (m)
			rc = (s->mac[i].sticky ? sw_add_sticky : sw_add_static)(
				sw, (uint16_t)s->mac[i].vlan, s->mac[i].mac, &m->core, r->now_ms,
				e);
	}
	for (size_t i = 0; i < s->groups && rc == 0; i++) {
		m = find(r, sw, s->group[i].port);
		if (m && ip_parse(s->group[i].group, &ip))
			rc = sw_group_add(sw, (uint16_t)s->group[i].vlan, ip, &m->core, e);
	}
	for (size_t i = 0; i < s->bindings && rc == 0; i++) {
		m = find(r, sw, s->binding[i].port);
		if (m && ip_parse(s->binding[i].ip, &ip))
			rc = sw_guard_bind(sw, (uint16_t)s->binding[i].vlan, s->binding[i].mac,
					   (uint32_t)ip.lo, &m->core, r->now_ms, e);
	}
	return rc;
}

static int add_switch(struct replay *r, const struct switch_cfg *s, struct err *e)
{
	/* nobody to hide it from, so that a run is like another; the address of each bridge is made of it */
	const struct siphash_key key = {{1, r->switches}};
	struct sw *sw = sw_new(s->name, &s->set, &key, 0, NULL, e);

	if (!sw)
		return -ENOMEM;
	r->sw[r->switches++] = sw;
	sw->io = &r->io;
	switch_begin(sw, r->now_ms);
	sw_tick(sw, r->now_ms);
	for (size_t i = 0; i < s->vlans; i++)
		sw_vlan_configure(sw, s->vlan[i].vid, &s->vlan[i].set);
	for (size_t i = 0; i < s->ports; i++)
		if (!add_port(r, sw, &s->port[i], s->port[i].name, !listens(&s->port[i]), e))
			return -e->code;
	return add_statics(r, sw, s, e);
}

static struct sw *switch_called(const struct replay *r, const char *name, size_t len)
{
	for (size_t i = 0; i < r->switches; i++)
		if (strlen(r->sw[i]->name) == len && memcmp(r->sw[i]->name, name, len) == 0)
			return r->sw[i];
	return NULL;
}

/* As in the daemon a patch has two ends that name each other, and is down where either of them is shut. */
static void join_patches(struct replay *r)
{
	for (struct mock *m = r->ports; m; m = m->next) {
		const char *peer = m->cfg->u.patch.peer, *slash = strchr(peer, '/');
		struct mock *other = NULL;
		struct sw *sw;

		if (strcmp(m->cfg->type, "patch") != 0)
			continue;
		sw = slash ? switch_called(r, peer, (size_t)(slash - peer)) : NULL;
		if (sw)
			other = find(r, sw, slash + 1);
		if (other && strcmp(other->cfg->type, "patch") == 0)
			m->peer = other;
	}
	for (struct mock *m = r->ports; m; m = m->next)
		if (strcmp(m->cfg->type, "patch") == 0) {
			if (m->peer && m->peer->peer != m)
				m->peer = NULL;
			if (!m->peer || m->peer->cfg->set.shutdown)
				sw_port_link(&m->core, false);
		}
}

struct replay *replay_new(const struct config *c, uint32_t settle_s, struct err *e)
{
	struct replay *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (!r) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	r->io.send = send_own;
	r->cfg = c;
	r->last = &r->first;
	r->settle_s = settle_s;
	r->now_ms = BEGIN_MS;
	rc = filters_of_config(c, &r->filters, e);
	for (size_t i = 0; i < c->switches && rc == 0; i++)
		rc = add_switch(r, &c->sw[i], e);
	if (rc) {
		replay_free(r);
		return NULL;
	}
	join_patches(r);
	return r;
}

static void forget_crossings(struct replay *r)
{
	struct crossing *c;

	while ((c = r->first) != NULL) {
		r->first = c->next;
		free(c);
	}
	r->last = &r->first;
}

void replay_free(struct replay *r)
{
	struct mock *m, *next;

	for (size_t i = 0; i < r->switches; i++)
		r->sw[i]->io = NULL;
	LL_FOREACH_SAFE(r->ports, m, next)
	{
		sw_detach(&m->core);
		filters_let_go(m->core.filter_in);
		filters_let_go(m->core.filter_out);
		free(m);
	}
	for (size_t i = 0; i < r->switches; i++)
		sw_free(r->sw[i]);
	forget_crossings(r);
	filters_sweep(&r->filters);
	free(r);
}

/* ---- ports ---- */

/* "vms.1": the peer of a port that listens comes when it is named. */
static struct mock *peer_port(struct replay *r, struct sw *sw, const char *name)
{
	const char *dot = strrchr(name, '.');
	char parent[NAME_SIZE];
	struct mock *m;

	if (!dot || (size_t)(dot - name) >= sizeof(parent) || strlen(name) >= NAME_SIZE ||
	    r->peers == REPLAY_PEERS_MAX)
		return NULL;
	snprintf(parent, sizeof(parent), "%.*s", (int)(dot - name), name);
	m = find(r, sw, parent);
	if (!m || !listens(m->cfg))
		return NULL;
	m = add_port(r, sw, m->cfg, name, true, NULL);
	r->peers += m != NULL;
	return m;
}

struct sw_port *replay_port(struct replay *r, const char *name, struct err *e)
{
	const char *slash = strchr(name, '/'), *port = slash ? slash + 1 : name;
	struct mock *found = NULL;

	for (size_t i = 0; i < r->switches; i++) {
		struct mock *m;

		if (slash && switch_called(r, name, (size_t)(slash - name)) != r->sw[i])
			continue;
		m = find(r, r->sw[i], port);
		if (!m)
			m = peer_port(r, r->sw[i], port);
		if (m && found) {
			err_set(e, EINVAL, "several switches have a port %s: say SWITCH/%s", port,
				port);
			return NULL;
		}
		found = m ? m : found;
	}
	if (!found)
		err_set(e, ENOENT, "the configuration has no port %s", name);
	return found ? &found->core : NULL;
}

bool replay_is_patched(const struct sw_port *p)
{
	return ((const struct mock *)p)->peer != NULL;
}

/* ---- frames and time ---- */

static void receive(struct replay *r, struct sw_port *in, const uint8_t *bytes, size_t len,
		    bool crossed, struct replay_sink *sink)
{
	struct frame f = {.data = bytes, .len = len};
	struct sw *sw = in->sw;
	const struct replay_verdict told = {sw, in, &f, &r->x, crossed};
	struct verdict v;

	explain_frame(sw, in, &f, r->now_ms, &r->x);
	if (sink)
		sink->verdict(sink, &told);
	v = r->x.v;
	switch_commit(sw, in, &f, &v, r->now_ms);
	cross_patches(r, sw, &f);
}

/* What crosses patches now, and what that sets off. */
static void settle_crossings(struct replay *r, struct replay_sink *sink)
{
	struct crossing *c;

	while ((c = r->first) != NULL) {
		r->first = c->next;
		if (!r->first)
			r->last = &r->first;
		receive(r, &c->to->core, c->bytes, c->len, true, sink);
		free(c);
	}
	r->crossings = 0;
}

/* Protocols are told of time; what they say to each other is heard, and not told of. */
static void tick(struct replay *r)
{
	for (size_t i = 0; i < r->switches; i++) {
		switch_begin(r->sw[i], r->now_ms);
		sw_tick(r->sw[i], r->now_ms);
		if (r->now_ms - r->aged_ms >= 1000)
			while (sw_age(r->sw[i], r->now_ms))
				;
	}
	if (r->now_ms - r->aged_ms >= 1000)
		r->aged_ms = r->now_ms;
	settle_crossings(r, NULL);
}

static void pass_time(struct replay *r, uint64_t to)
{
	if (to - r->now_ms > REPLAY_GAP_MAX_MS)
		r->now_ms = to - REPLAY_GAP_MAX_MS;
	while (to - r->now_ms >= SW_TICK_MS) {
		r->now_ms += SW_TICK_MS;
		tick(r);
	}
	r->now_ms = to;
}

bool replay_frame(struct replay *r, struct sw_port *in, const uint8_t *bytes, size_t len,
		  uint64_t ms, struct replay_sink *sink)
{
	uint64_t to;

	if (!r->first_ms) {
		r->first_ms = r->now_ms + (uint64_t)r->settle_s * 1000;
		pass_time(r, r->first_ms);
	}
	if (ms > UINT64_MAX / 2)
		ms = UINT64_MAX / 2;
	to = r->first_ms + ms;
	if (to > r->now_ms)
		pass_time(r, to);
	receive(r, in, bytes, len, false, sink);
	settle_crossings(r, sink);
	return to >= r->now_ms;
}

const struct sw *replay_switch(const struct replay *r, size_t n)
{
	return n < r->switches ? r->sw[n] : NULL;
}

uint64_t replay_cut(const struct replay *r)
{
	return r->cut;
}

uint64_t replay_now(const struct replay *r)
{
	return r->now_ms;
}

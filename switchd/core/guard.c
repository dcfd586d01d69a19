/* SPDX-License-Identifier: ISC */
#include "core/guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/guard_impl.h"
#include "util/mac.h"

enum {
	SECOND_MS = 1000,
	SWEEP_TURNS = 4, /* guard_age() has been through the table after so many calls... */
	SWEEP_MIN = 1024 /* ...of which each looks at so many at least */
};

struct guard_settings guard_defaults(void)
{
	return (struct guard_settings){
		.max_bindings = 4096,
		.check_chaddr = true,
		.to_trusted = true,
	};
}

/* ---- events ---- */

static void announce(struct guard *g, const struct guard_event *ev)
{
	if (g->watch)
		g->watch->raise(g->watch, ev);
}

static void on_end(struct binding_watch *w, const struct binding *b, enum binding_end why)
{
	struct guard *g = (struct guard *)((char *)w - offsetof(struct guard, on_end));

	g->stats.ended[why]++;
	announce(g, &(struct guard_event){
			    .kind = GUARD_UNBOUND,
			    .why = why,
			    .vid = b->vid,
			    .port = b->port,
			    .mac = b->mac,
			    .ip = b->ip,
		    });
}

/* Raises what t holds, of a violation for the reason d. */
static void tell(struct guard *g, struct guard_told *t, enum drop d, unsigned port)
{
	struct guard_event ev = {
		.kind = GUARD_VIOLATION,
		.drop = d,
		.vid = t->vid,
		.port = (uint16_t)port,
		.mac = t->mac,
		.ip = t->ip,
		.suppressed = t->suppressed,
	};

	if (t->suppressed)
		g->untold--;
	t->suppressed = 0;
	t->at_ms = g->now_ms;
	t->ever = true;
	announce(g, &ev);
}

static bool is_too_soon(const struct guard *g, const struct guard_told *t)
{
	return t->ever && g->now_ms - t->at_ms < GUARD_EVENT_MS;
}

static void violation(struct guard *g, unsigned port, enum drop d, const struct guard_verdict *v)
{
	struct guard_port *p = g->port[port];

	if (!p)
		return;
	struct guard_told *t = &p->told[d - GUARD_FIRST_DROP];

	t->vid = v->vid;
	t->mac = v->mac;
	t->ip = v->ip;
	if (!is_too_soon(g, t)) {
		tell(g, t, d, port);
		return;
	}
	if (t->suppressed == 0)
		g->untold++;
	if (t->suppressed < UINT32_MAX)
		t->suppressed++;
}

/* What was suppressed and is followed by nothing is told by itself; the last of them is then the one that is told. */
static void tell_rest(struct guard *g)
{
	for (unsigned i = 0; i < PORTSET_MAX && g->untold; i++) {
		if (!g->port[i])
			continue;
		for (unsigned k = 0; k < GUARD_DROPS; k++) {
			struct guard_told *t = &g->port[i]->told[k];

			if (!t->suppressed || is_too_soon(g, t))
				continue;
			t->suppressed--; /* it is the event itself */
			if (!t->suppressed)
				g->untold--;
			tell(g, t, (enum drop)(GUARD_FIRST_DROP + k), i);
		}
	}
}

/* ---- making one ---- */

static int settings_check(const struct guard_settings *set, struct err *e)
{
	if (set->max_bindings >= 1 && set->max_bindings <= GUARD_BINDINGS_MAX)
		return 0;
	return err_set(e, EINVAL, "max_bindings has to be from 1 to %d", GUARD_BINDINGS_MAX);
}

static void take_settings(struct guard *g, const struct guard_settings *set)
{
	g->set = *set;
	g->slots = set->max_bindings / SWEEP_TURNS;
	if (g->slots < SWEEP_MIN)
		g->slots = SWEEP_MIN;
}

struct guard *guard_new(const struct guard_settings *set, const struct siphash_key *key,
			struct guard_watch *watch, struct err *e)
{
	struct guard *g;

	if (settings_check(set, e))
		return NULL;
	g = calloc(1, sizeof(*g));
	if (g) {
		g->watch = watch;
		g->on_end.gone = on_end;
		g->bindings = bindings_new(set->max_bindings, key, &g->on_end);
		g->pendings = pendings_new(key);
		take_settings(g, set);
	}
	if (!g || !g->bindings || !g->pendings) {
		(void)err_set(e, ENOMEM, "there is no memory for a table of %u bindings",
			      (unsigned)set->max_bindings);
		guard_free(g);
		return NULL;
	}
	return g;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < PORTSET_MAX; i++)
		free(g->port[i]);
	bindings_free(g->bindings);
	pendings_free(g->pendings);
	free(g);
}

int guard_configure(struct guard *g, const struct guard_settings *set, struct err *e)
{
	int rc = settings_check(set, e);

	if (rc)
		return rc;
	if (set->max_bindings != bindings_max(g->bindings)) {
		struct bindings *b = bindings_resized(g->bindings, set->max_bindings, &rc);

		if (rc == -ENOSPC)
			return err_set(e, ENOSPC,
				       "there are %u static bindings, more than max_bindings",
				       (unsigned)bindings_count(g->bindings).statics);
		if (rc)
			return err_set(e, ENOMEM, "there is no memory for a table of %u bindings",
				       (unsigned)set->max_bindings);
		g->bindings = b;
	}
	take_settings(g, set);
	return 0;
}

void guard_vlan_set(struct guard *g, uint16_t vid, uint8_t what)
{
	uint8_t off = g->vlan[vid % GUARD_VIDS] & (uint8_t)~what;

	g->vlan[vid % GUARD_VIDS] = what & GUARD_ALL;
	if (off & GUARD_DHCP)
		bindings_flush_vlan(g->bindings, vid % GUARD_VIDS);
}

uint8_t guard_vlan(const struct guard *g, uint16_t vid)
{
	return g->vlan[vid % GUARD_VIDS];
}

bool guard_is_on(const struct guard *g, uint16_t vid)
{
	return g->vlan[vid % GUARD_VIDS];
}

/* ---- ports ---- */

int guard_port_add(struct guard *g, unsigned port, const struct guard_port_settings *set,
		   struct err *e)
{
	struct guard_port *p = calloc(1, sizeof(*p));

	if (!p || pendings_port_open(g->pendings, port)) {
		free(p);
		return err_set(e, ENOMEM, "there is no memory to guard another port");
	}
	p->up = true;
	g->port[port] = p;
	bindings_port_open(g->bindings, port, set->max_bindings);
	guard_port_set(g, port, set);
	return 0;
}

void guard_port_set(struct guard *g, unsigned port, const struct guard_port_settings *set)
{
	g->port[port]->set = *set;
	bindings_port_limit(g->bindings, port, set->max_bindings);
	for (unsigned i = 0; i < GUARD_WHATS; i++)
		if (set->trusted >> i & 1)
			portset_add(&g->trusted[i], port);
		else
			portset_del(&g->trusted[i], port);
}

void guard_port_up(struct guard *g, unsigned port, bool up)
{
	g->port[port]->up = up;
}

void guard_port_del(struct guard *g, unsigned port)
{
	struct guard_port *p = g->port[port];

	if (!p)
		return;
	bindings_port_close(g->bindings, port);
	pendings_port_close(g->pendings, port);
	for (unsigned i = 0; i < GUARD_WHATS; i++)
		portset_del(&g->trusted[i], port);
	for (unsigned k = 0; k < GUARD_DROPS; k++)
		g->untold -= p->told[k].suppressed != 0;
	free(p);
	g->port[port] = NULL;
}

const struct portset *guard_trusted(const struct guard *g, enum guard_what what)
{
	return &g->trusted[__builtin_ctz((unsigned)what)];
}

/* ---- static bindings ---- */

enum { IP_STR_SIZE = 16 };

static const char *ip_str(uint32_t ip, char out[IP_STR_SIZE])
{
	snprintf(out, IP_STR_SIZE, "%u.%u.%u.%u", (unsigned)(ip >> 24), (unsigned)(ip >> 16 & 255),
		 (unsigned)(ip >> 8 & 255), (unsigned)(ip & 255));
	return out;
}

int guard_bind(struct guard *g, uint16_t vid, uint64_t mac, uint32_t ip, unsigned port,
	       uint64_t now_ms, struct err *e)
{
	char m[MAC_STR_SIZE], a[IP_STR_SIZE];

	if (!mac_is_station(mac) || !guard_is_host(ip) || vid >= GUARD_VIDS)
		return err_set(e, EINVAL, "no station can have the addresses %s and %s",
			       mac_format(mac, m), ip_str(ip, a));
	if (port >= PORTSET_MAX || !g->port[port])
		return err_set(e, ENOENT, "the port of the binding is not guarded");
	switch (bindings_add_static(g->bindings, vid, mac, ip, port, now_ms)) {
	case 0:
		return 0;
	case -EEXIST:
		return err_set(e, EEXIST,
			       "%s is bound to %s on another port already; delete that first",
			       ip_str(ip, a), mac_format(mac, m));
	default:
		return err_set(e, ENOSPC,
			       "the table is full of static bindings; raise max_bindings");
	}
}

int guard_unbind(struct guard *g, uint16_t vid, uint64_t mac, uint32_t ip, struct err *e)
{
	char m[MAC_STR_SIZE], a[IP_STR_SIZE];

	if (bindings_del(g->bindings, vid, mac, ip, BINDING_DELETED) == 0)
		return 0;
	return err_set(e, ENOENT, "there is no binding of %s and %s in VLAN %u", mac_format(mac, m),
		       ip_str(ip, a), (unsigned)vid);
}

/* ---- frames ---- */

static void remember(struct guard *g, const struct guard_verdict *v)
{
	const struct pending p = {
		.mac = v->mac,
		.xid = v->xid,
		.vid = v->vid,
		.port = v->port,
		.type = (enum dhcp_type)v->type,
		.rapid = v->rapid,
		.asked = v->ip,
		.since_ms = g->now_ms,
	};

	if (g->port[v->port] && !pendings_put(g->pendings, &p))
		g->stats.contested++;
}

static void count_bind(struct guard *g, const struct binding *b, const struct guard_verdict *v,
		       enum bind what)
{
	switch (what) {
	case BIND_NEW:
		g->stats.bound++;
		announce(g, &(struct guard_event){
				    .kind = GUARD_BOUND,
				    .vid = b->vid,
				    .port = b->port,
				    .mac = b->mac,
				    .ip = b->ip,
			    });
		break;
	case BIND_RENEWED:
		g->stats.renewed++;
		break;
	case BIND_HELD:
		g->stats.refused_held++;
		violation(g, v->port, DROP_DHCP_NOT_HOLDER, v);
		break;
	case BIND_PORT_FULL:
		g->stats.refused_limit++;
		violation(g, v->port, DROP_DHCP_LIMIT, v);
		break;
	case BIND_FULL:
		g->stats.refused_full++;
		violation(g, v->port, DROP_DHCP_LIMIT, v);
		break;
	}
}

static void learn(struct guard *g, const struct guard_verdict *v)
{
	const struct pending *p = pendings_find(g->pendings, v->vid, v->mac, v->xid, g->now_ms);
	struct binding b = {
		.mac = v->mac,
		.ip = v->ip,
		.vid = v->vid,
		.port = v->port,
		.expires_ms = v->lease_s == DHCP_LEASE_INFINITE
				      ? BINDING_FOREVER
				      : g->now_ms + (uint64_t)v->lease_s * SECOND_MS,
	};

	if (!p || p->port != v->port)
		return;
	pendings_end(g->pendings, p);
	/* the port that it was on may have come up since it asked */
	if (guard_is_elsewhere(g, v->vid, v->mac, v->port))
		count_bind(g, &b, v, BIND_HELD);
	else
		count_bind(g, &b, v, bindings_learn(g->bindings, &b, g->now_ms));
}

/* Ends a dynamic binding that is on the port it should be on. */
static void unlearn(struct guard *g, const struct guard_verdict *v, enum binding_end why)
{
	const struct binding *b = bindings_find(g->bindings, v->vid, v->mac, v->ip, g->now_ms);

	if (b && !b->is_static && b->port == v->port)
		(void)bindings_del(g->bindings, v->vid, v->mac, v->ip, why);
}

static void move_clock(struct guard *g, uint64_t now_ms)
{
	if (now_ms > g->now_ms)
		g->now_ms = now_ms;
}

void guard_commit(struct guard *g, const struct guard_verdict *v, uint64_t now_ms)
{
	move_clock(g, now_ms);
	if (v->drop != DROP_NONE)
		violation(g, v->port, v->drop, v);
	switch (v->act) {
	case GUARD_NOTHING:
		break;
	case GUARD_REMEMBER:
		remember(g, v);
		break;
	case GUARD_BIND:
		learn(g, v);
		break;
	case GUARD_NAK:
		unlearn(g, v, BINDING_NAKED);
		break;
	case GUARD_RELEASE:
		unlearn(g, v, BINDING_RELEASED);
		break;
	case GUARD_DECLINE:
		unlearn(g, v, BINDING_DECLINED);
		break;
	case GUARD_MALFORMED:
		g->stats.malformed++;
		break;
	}
}

void guard_age(struct guard *g, uint64_t now_ms)
{
	move_clock(g, now_ms);
	bindings_expire(g->bindings, g->now_ms, g->slots);
	if (g->untold)
		tell_rest(g);
}

/* ---- looking ---- */

const struct guard_stats *guard_stats(const struct guard *g)
{
	return &g->stats;
}

const struct bindings *guard_bindings(const struct guard *g)
{
	return g->bindings;
}

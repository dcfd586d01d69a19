/* SPDX-License-Identifier: ISC */
#include "port/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/datapath.h"
#include "port/dgram.h"
#include "port/listener.h"
#include "port/mcast.h"
#include "port/netdev.h"
#include "port/patch.h"
#include "port/stream.h"
#include "port/tap.h"
#include "port/udp.h"
#include "port/vde.h"
#include "port/vxlan.h"
#include "port/log.h"
#include "util/text.h"

static const struct port_ops *const kinds[] = {&tap_ops,   &udp_ops,	&stream_ops,
					       &dgram_ops, &netdev_ops, &patch_ops,
					       &mcast_ops, &vde_ops,	&vxlan_ops};

const struct port_ops *port_ops_find(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->type, type) == 0)
			return kinds[i];
	return NULL;
}

static const char *const state_names[] = {
	[PORT_DOWN] = "down",
	[PORT_UP] = "up",
	[PORT_LOST] = "lost",
	[PORT_LISTENING] = "listening",
};

const char *port_state_name(enum port_state s)
{
	return state_names[s];
}

void port_raise(const struct port *p, enum event_kind kind)
{
	struct event ev = {
		.kind = kind,
		.sw = p->core.sw->name,
		.port = p->cfg.name,
		.reason = p->reason,
	};

	p->dp->events->raise(p->dp->events, &ev);
}

/* The program of `text` in the place of the one that is there, for which it may be the same. */
static void swap_filter(struct port *p, const struct filter **at, const char *text)
{
	const struct filter *old = *at;

	*at = filters_take(&p->dp->filters, text);
	filters_let_go(old);
}

static void apply_settings(struct port *p)
{
	uint32_t max = p->ops->mtu_max;

	p->core.mtu = max && (p->cfg.mtu == 0 || p->cfg.mtu > max) ? max : p->cfg.mtu;
	p->core.set = p->cfg.set;
	swap_filter(p, &p->core.filter_in, p->cfg.filter_in);
	swap_filter(p, &p->core.filter_out, p->cfg.filter_out);
}

static void drop_filters(struct port *p)
{
	filters_let_go(p->core.filter_in);
	filters_let_go(p->core.filter_out);
}

/* So that nothing can fail later.  Who changes ports has made them before, aside. */
static int make_filters(struct datapath *dp, const struct port_cfg *cfg, struct err *e)
{
	return filters_make(&dp->filters, cfg->filter_in, e)
		       ?: filters_make(&dp->filters, cfg->filter_out, e);
}

/* Of a port that was made and not opened. */
static void take_apart(struct port *p)
{
	port_impair_free(p);
	sw_detach(&p->core);
	drop_filters(p);
	free(p);
}

struct port *port_make(struct datapath *dp, struct sw *sw, const struct port_cfg *cfg,
		       struct err *e)
{
	const struct port_ops *ops = port_ops_find(cfg->type);
	struct port *p;

	if (!ops) {
		err_set(e, EINVAL, "there is no kind of port called \"%s\"", cfg->type);
		return NULL;
	}
	if (make_filters(dp, cfg, e))
		return NULL;
	p = calloc(1, ops->size);
	if (!p) {
		err_set(e, ENOMEM, "no memory for port %s", cfg->name);
		return NULL;
	}
	p->dp = dp;
	p->ops = ops;
	p->cfg = *cfg;
	p->core.name = p->cfg.name;
	p->state = PORT_DOWN;
	p->state_since_ms = datapath_now(dp);
	apply_settings(p);
	if (sw_attach(sw, &p->core, e)) {
		drop_filters(p);
		free(p);
		return NULL;
	}
	if (port_impair_make(p, cfg, e)) {
		take_apart(p);
		return NULL;
	}
	port_impair_apply(p);
	captures_meet(p);
	return p;
}

struct port *port_new(struct datapath *dp, struct sw *sw, const struct port_cfg *cfg, struct err *e)
{
	struct port *p = port_make(dp, sw, cfg, e);

	if (p && p->ops->open(p, e)) {
		take_apart(p);
		p = NULL;
	}
	if (!p)
		return NULL;
	port_raise(p, EVENT_PORT_ADDED);
	p->ops->refresh(p);
	return p;
}

void port_free(struct port *p)
{
	listener_let_go(p);
	port_raise(p, EVENT_PORT_REMOVED);
	sw_port_leave(&p->core);
	tx_forget(&p->dp->tx, p);
	p->ops->close(p);
	log_settle(&p->log, LOGL_INFO);
	take_apart(p);
}

void port_take_cfg(struct port *p, const struct port_cfg *to)
{
	p->cfg = *to;
	apply_settings(p);
	port_impair_apply(p);
	sw_port_update(&p->core);
}

int port_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	int rc = make_filters(p->dp, to, e) ?: port_impair_make(p, to, e);

	if (rc == 0)
		rc = p->ops->change(p, to, e);
	if (rc == 0) {
		port_take_cfg(p, to);
		listener_pass_on(p);
	} else {
		port_impair_apply(p); /* what was made for the others */
	}
	p->ops->refresh(p);
	return rc;
}

static uint32_t statics_of(const struct port *p)
{
	const struct fdb_port_stats *st = fdb_port_stats(p->core.sw->fdb, p->core.index);

	return st->entries - st->dynamic;
}

int port_add_static(struct port *p, uint16_t vid, uint64_t mac, const char *remote, struct err *e)
{
	struct sw *sw = p->core.sw;
	uint32_t before = statics_of(p);
	int rc = remote[0] ? port_cfg_check_remote(&p->cfg, remote, e) : 0;

	if (rc) {
		err_at(e, "remote");
		return rc;
	}
	rc = sw_add_static(sw, vid, mac, &p->core, datapath_now(p->dp), e);
	if (rc || !p->ops->pin)
		return rc;
	rc = p->ops->pin(p, vid, mac, remote, e);
	if (rc && statics_of(p) != before)
		(void)fdb_del(sw->fdb, vid, mac);
	return rc;
}

struct port *port_find(const struct sw *sw, const char *name)
{
	sw_foreach_port (i, sw)
		if (strcmp(sw->port[i]->name, name) == 0)
			return port_of(sw->port[i]);
	return NULL;
}

void port_set_state(struct port *p, enum port_state state, const char *reason)
{
	static const enum event_kind kind_of[] = {
		[PORT_DOWN] = EVENT_PORT_DOWN,
		[PORT_UP] = EVENT_PORT_UP,
		[PORT_LOST] = EVENT_PORT_LOST,
		[PORT_LISTENING] = EVENT_PORT_LISTENING,
	};
	/* thousands of peers may come and go, each a port with a site of its own */
	struct log_site *log = p->parent ? &p->parent->log : &p->log;
	bool news = state != p->state;

	snprintf(p->reason, sizeof(p->reason), "%s", reason);
	text_clean(p->reason); /* names of devices and namespaces are in it */
	if (!news)
		return;
	p->state = state;
	p->state_since_ms = datapath_now(p->dp);
	sw_port_link(&p->core, state == PORT_UP);
	port_raise(p, kind_of[state]);
	if (state == PORT_UP || state == PORT_LISTENING)
		log_say(log, LOGL_INFO, "%s: port %s is %s", p->core.sw->name, p->cfg.name,
			port_state_name(state));
	else /* that a peer goes is nothing out of the ordinary */
		log_say(log, p->parent ? LOGL_INFO : LOGL_WARNING, "%s: port %s is %s: %s",
			p->core.sw->name, p->cfg.name, port_state_name(state), reason);
}

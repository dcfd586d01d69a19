/* SPDX-License-Identifier: ISC */
#include "port/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "port/datapath.h"

/* The lowest number whose name is free; false where none fits a name. */
static bool child_name(const struct port *parent, char name[NAME_SIZE])
{
	for (unsigned n = 1; n <= PORTSET_MAX; n++) {
		int len = snprintf(name, NAME_SIZE, "%s.%u", parent->cfg.name, n);

		if (len >= NAME_SIZE)
			return false;
		if (!port_find(parent->core.sw, name))
			return true;
	}
	return false;
}

struct port *listener_spawn(struct port *parent, struct err *e)
{
	struct port_cfg cfg = parent->cfg;
	struct port *p;

	if (!child_name(parent, cfg.name)) {
		err_set(e, ENOSPC, "there is no name left for another peer of port %s",
			parent->cfg.name);
		return NULL;
	}
	p = port_make(parent->dp, parent->core.sw, &cfg, e);
	if (!p)
		return NULL;
	p->parent = parent;
	parent->children++;
	port_raise(p, EVENT_PORT_ADDED);
	return p;
}

void listener_retire(struct port *child, const char *reason)
{
	if (child->retired)
		return;
	tx_forget(&child->dp->tx, child);
	port_set_state(child, PORT_LOST, reason);
	child->retired = true;
	LL_PREPEND2(child->dp->retired, child, retired_next);
}

void listener_bury(struct datapath *dp)
{
	while (dp->retired)
		port_free(dp->retired);
}

void listener_each(struct port *p, void (*fn)(struct port *child, void *arg), void *arg)
{
	struct sw *sw = p->core.sw;
	unsigned left = p->children;

	for (unsigned i = 0; left && i < PORTSET_MAX; i++) {
		if (!portset_has(&sw->attached, i) || port_of(sw->port[i])->parent != p)
			continue;
		fn(port_of(sw->port[i]), arg);
		left--;
	}
}

static void free_child(struct port *child, void *arg)
{
	(void)arg;
	port_free(child);
}

void listener_let_go(struct port *p)
{
	listener_each(p, free_child, NULL);
	if (p->parent)
		p->parent->children--;
	if (p->retired)
		LL_DELETE2(p->dp->retired, p, retired_next);
	p->retired = false;
}

static void pass_on(struct port *child, void *arg)
{
	const struct port *parent = arg;
	struct port_cfg cfg = parent->cfg;

	snprintf(cfg.name, sizeof(cfg.name), "%s", child->cfg.name);
	port_take_cfg(child, &cfg);
}

void listener_pass_on(struct port *p)
{
	listener_each(p, pass_on, p);
}

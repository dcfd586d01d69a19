/* SPDX-License-Identifier: ISC */
#include "port/listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "port/datapath.h"

/* Of a port that is called like a peer of `parent`, the number; else 0. */
static unsigned number_in(const struct port *parent, const char *name)
{
	size_t len = strlen(parent->cfg.name);
	const char *digits = name + len + 1;

	if (strncmp(name, parent->cfg.name, len) != 0 || name[len] != '.')
		return 0;
	if (*digits < '1' || *digits > '9' || digits[strspn(digits, "0123456789")])
		return 0;
	return (unsigned)strtoul(digits, NULL, 10);
}

/* There are no more ports than numbers, so one is free. */
static unsigned lowest_free(const struct port *parent)
{
	const struct sw *sw = parent->core.sw;
	bool taken[PORTSET_MAX + 2] = {false};
	unsigned n = 1;

	sw_foreach_port (i, sw) {
		unsigned number = number_in(parent, sw->port[i]->name);

		if (number <= PORTSET_MAX)
			taken[number] = true;
	}
	while (taken[n])
		n++;
	return n;
}

/* The name with that number; 0, or why there can be none. */
static int numbered(const struct port *parent, unsigned n, char name[NAME_SIZE])
{
	if (snprintf(name, NAME_SIZE, "%s.%u", parent->cfg.name, n) >= NAME_SIZE)
		return -ENAMETOOLONG;
	return port_find(parent->core.sw, name) ? -EEXIST : 0;
}

struct port *listener_spawn(struct port *parent, struct err *e)
{
	return listener_spawn_as(parent, 0, e);
}

struct port *listener_spawn_as(struct port *parent, unsigned number, struct err *e)
{
	struct port_cfg cfg = parent->cfg;
	struct port *p;
	int rc = numbered(parent, number ? number : lowest_free(parent), cfg.name);

	if (rc == -EEXIST) {
		err_set(e, EEXIST, "port %s is taken; ask for another number, or for none",
			cfg.name);
		return NULL;
	}
	if (rc) {
		err_set(e, ENOSPC, "there is no name left for another peer of port %s",
			parent->cfg.name);
		return NULL;
	}
	p = port_make(parent->dp, parent->core.sw, &cfg, e);
	if (!p)
		return NULL;
	p->parent = parent;
	parent->children++;
	captures_meet(p);
	port_raise(p, EVENT_PORT_ADDED);
	return p;
}

unsigned listener_number(const struct port *child)
{
	const char *dot = strrchr(child->cfg.name, '.');

	return dot ? (unsigned)strtoul(dot + 1, NULL, 10) : 0;
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
	struct err e = {.code = 0};

	snprintf(cfg.name, sizeof(cfg.name), "%s", child->cfg.name);
	if (port_impair_make(child, &cfg, &e))
		log_warning("%s: %s; it has what it had", child->core.sw->name, e.text);
	else
		port_take_cfg(child, &cfg);
}

void listener_pass_on(struct port *p)
{
	listener_each(p, pass_on, p);
}

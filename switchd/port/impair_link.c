/* SPDX-License-Identifier: ISC */
/* impair_link.c - bad links: made, changed, shown, and let go. */
#include "port/impair_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/port.h"

enum { NS_PER_US = 1000 };

static void drop_way(struct bad_way *w)
{
	impair_free(w->plan);
	hold_free(w->hold);
	gro_free(w->join);
	w->plan = NULL;
	w->hold = NULL;
	w->join = NULL;
	w->link->port->bad[w->way] = NULL;
}

/* Lets go what is not needed any more, and itself, where that is all. */
static void settle(struct bad_link *l)
{
	struct port *p = l->port;

	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		if (!l->way[i].plan && !l->way[i].letting_out)
			drop_way(&l->way[i]);
	if (p->bad[IMPAIR_IN] || p->bad[IMPAIR_OUT])
		impair_set_timer(l, impair_now_ns());
	else
		port_impair_free(p);
}

static void on_timer(void *owner)
{
	struct bad_link *l = owner;
	uint64_t times, now;

	if (read(l->timer.fd, &times, sizeof(times)) == sizeof(times))
		l->set_ns = IMPAIR_NEVER;
	now = impair_now_ns();
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		if (l->way[i].hold)
			impair_release(&l->way[i], now);
	settle(l);
}

static struct bad_link *link_new(struct port *p, struct err *e)
{
	struct bad_link *l = calloc(1, sizeof(*l));

	if (!l) {
		err_set(e, ENOMEM, "no memory for the bad link of port %s", p->cfg.name);
		return NULL;
	}
	l->port = p;
	l->set_ns = IMPAIR_NEVER;
	l->timer = (struct source){
		.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
		.owner = l,
		.readable = on_timer,
		.failed = on_timer,
	};
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		l->way[i] = (struct bad_way){.link = l, .way = (enum impair_way)i};
	if (getrandom(&l->any_seed, sizeof(l->any_seed), 0) < 0)
		l->any_seed = 0;
	l->any_seed = l->any_seed % INT32_MAX + 1; /* what could be set */
	if (l->timer.fd < 0)
		err_set(e, errno, "cannot make a timer for the bad link of port %s: %s",
			p->cfg.name, strerror(errno));
	else if (poller_add(&p->dp->poller, &l->timer, e) == 0)
		return l;
	if (l->timer.fd >= 0)
		close(l->timer.fd);
	free(l);
	return NULL;
}

void port_impair_free(struct port *p)
{
	struct bad_link *l = p->bad_link;

	if (!l)
		return;
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		drop_way(&l->way[i]);
	poller_del(&p->dp->poller, &l->timer);
	close(l->timer.fd);
	free(l);
	p->bad_link = NULL;
}

/* As cfg has it; the settings have been checked. */
static struct impair_cfg cfg_of(const struct port *p, const struct port_cfg *cfg,
				enum impair_way way)
{
	const struct bad_link *l = p->bad_link;
	struct impair_cfg c;

	(void)impair_read(&cfg->impair, way, &c, NULL);
	if (l)
		c.seed = impair_seed_of(cfg->impair.seed ? cfg->impair.seed : l->any_seed,
					p->core.sw->name, p->cfg.name, way);
	return c;
}

static size_t memory_of(const struct port_cfg *cfg)
{
	uint32_t mib = cfg->impair.memory_mib;

	return (size_t)(mib ? mib : IMPAIR_MEMORY_MIB) << 20;
}

static int make_way(struct bad_way *w, const struct impair_cfg *c, const struct port_cfg *cfg,
		    struct err *e)
{
	if (!w->hold)
		w->hold = hold_new(memory_of(cfg));
	if (!w->join)
		w->join = gro_new(impair_arrived, w);
	if (!w->plan)
		w->plan = impair_new(c);
	if (w->hold && w->join && w->plan)
		return 0;
	return err_set(e, ENOMEM, "no memory for the bad link of port %s", cfg->name);
}

static bool any_is_bad(const struct port_cfg *cfg)
{
	for (unsigned i = 0; i < IMPAIR_WAYS; i++) {
		struct impair_cfg c;

		(void)impair_read(&cfg->impair, (enum impair_way)i, &c, NULL);
		if (!impair_is_none(&c))
			return true;
	}
	return false;
}

int port_impair_make(struct port *p, const struct port_cfg *cfg, struct err *e)
{
	int rc = 0;

	if (!any_is_bad(cfg))
		return 0;
	if (!p->bad_link)
		p->bad_link = link_new(p, e);
	if (!p->bad_link)
		return -ENOMEM;
	for (unsigned i = 0; rc == 0 && i < IMPAIR_WAYS; i++) {
		struct impair_cfg c = cfg_of(p, cfg, (enum impair_way)i);

		if (!impair_is_none(&c))
			rc = make_way(&p->bad_link->way[i], &c, cfg, e);
	}
	if (rc)
		port_impair_apply(p);
	return rc;
}

static void apply_way(struct bad_way *w, const struct port_cfg *cfg)
{
	struct port *p = w->link->port;
	struct impair_cfg c = cfg_of(p, cfg, w->way);
	struct impair_shift shift;

	if (impair_is_none(&c)) {
		impair_free(w->plan);
		w->plan = NULL;
		w->letting_out = w->hold && hold_count(w->hold);
		return;
	}
	if (!w->plan || !w->hold || !w->join) { /* there was no memory: it is as good as it was */
		drop_way(w);
		return;
	}
	if (impair_set(w->plan, impair_now_ns(), &c, &shift))
		impair_follow(w->plan, hold_move(w->hold, &shift, !c.overtake));
	hold_limit(w->hold, memory_of(cfg));
	p->bad[w->way] = w;
}

void port_impair_apply(struct port *p)
{
	if (!p->bad_link)
		return;
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		apply_way(&p->bad_link->way[i], &p->cfg);
	settle(p->bad_link);
}

void port_impair_tick(struct port *p)
{
	for (unsigned i = 0; p->bad_link && i < IMPAIR_WAYS; i++) {
		struct hold *h = p->bad_link->way[i].hold;

		if (h && !hold_count(h))
			hold_clear(h);
	}
}

/* ---- what is shown ---- */

bool port_impair_info(const struct port *p, enum impair_way way, struct impair_info *info)
{
	const struct bad_way *w = p->bad[way];

	if (!w || !w->plan)
		return false;
	*info = (struct impair_info){
		.stats = impair_stats(w->plan),
		.memory_full = w->memory_full,
		.held = hold_count(w->hold),
		.held_bytes = hold_bytes(w->hold),
		.queue = impair_queue(w->plan, impair_now_ns()),
		.late = w->late,
		.late_max_us = w->late_max_ns / NS_PER_US,
		.seed = p->cfg.impair.seed ? p->cfg.impair.seed : w->link->any_seed,
	};
	return true;
}

void port_impair_clear(struct port *p)
{
	for (unsigned i = 0; i < IMPAIR_WAYS; i++) {
		struct bad_way *w = p->bad[i];

		if (!w || !w->plan)
			continue;
		impair_stats_clear(w->plan);
		w->memory_full = w->late = w->late_max_ns = 0;
	}
}

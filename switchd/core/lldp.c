/* SPDX-License-Identifier: ISC */
#include "core/lldp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/lldp_impl.h"
#include "core/lldp_make.h"

void lldp_defaults(struct lldp_cfg *cfg)
{
	*cfg = (struct lldp_cfg){
		.caps = LLDP_CAP_BRIDGE,
		.caps_on = LLDP_CAP_BRIDGE,
		.tx_interval_s = 30,
		.fast_s = 1,
		.hold = 4,
		.fast_init = 4,
		.credit_max = 5,
		.reinit_s = 2,
		.max_neighbors = 16,
	};
}

static void take_cfg(struct lldp *l, const struct lldp_cfg *cfg)
{
	l->cfg = *cfg;
	if (l->cfg.max_neighbors > LLDP_NEIGHBORS_MAX)
		l->cfg.max_neighbors = LLDP_NEIGHBORS_MAX;
}

struct lldp *lldp_new(const struct lldp_cfg *cfg, const struct lldp_out *out)
{
	struct lldp *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	take_cfg(l, cfg);
	l->out = *out;
	return l;
}

void lldp_configure(struct lldp *l, const struct lldp_cfg *cfg)
{
	bool other = l->cfg.chassis != cfg->chassis;

	for (unsigned i = 0; i < l->end; i++) {
		if (!l->port[i])
			continue;
		if (other)
			lldp_say_goodbye(l, i);
		l->port[i]->local_change = true;
	}
	take_cfg(l, cfg);
}

int lldp_port_add(struct lldp *l, unsigned port, const struct lldp_port_cfg *cfg)
{
	if (port >= PORTSET_MAX || !cfg->name[0])
		return -EINVAL;
	if (l->port[port])
		return -EEXIST;
	l->port[port] = calloc(1, sizeof(*l->port[port]));
	if (!l->port[port])
		return -ENOMEM;
	l->port[port]->cfg = *cfg;
	if (port >= l->end)
		l->end = port + 1;
	return 0;
}

void lldp_port_set(struct lldp *l, unsigned port, const struct lldp_port_cfg *cfg, uint64_t now_ms)
{
	struct lldp_port *p = lldp_port_at(l, port);
	uint8_t before[LLDP_FRAME_MAX], after[LLDP_FRAME_MAX];
	uint64_t left_out = 0;

	if (!p)
		return;
	/* what it would say is what a local change is about */
	size_t len = lldp_make(&l->cfg, &p->cfg, 1, before, &left_out);
	size_t now_len = lldp_make(&l->cfg, cfg, 1, after, &left_out);
	if (len != now_len || memcmp(before, after, len) != 0)
		p->local_change = true;
	if (!(cfg->mode & LLDP_TX)) {
		p->cfg.mode &= LLDP_RX;
		lldp_run_tx(l, port, now_ms); /* goodbye, under the name it was known by */
	} else if (strcmp(p->cfg.name, cfg->name) != 0) {
		lldp_say_goodbye(l, port);
	}
	p->cfg = *cfg;
	if (!lldp_may_receive(p))
		lldp_forget_all(l, port, now_ms);
}

void lldp_port_up(struct lldp *l, unsigned port, bool up, uint64_t now_ms)
{
	struct lldp_port *p = lldp_port_at(l, port);

	if (!p || p->up == up)
		return;
	p->up = up;
	if (up)
		return;
	p->tx = TX_INITIALIZE;
	lldp_forget_all(l, port, now_ms);
}

static void free_port(struct lldp_port *p)
{
	while (p->neighbors) {
		struct lldp_entry *n = p->neighbors;

		p->neighbors = n->next;
		free(n);
	}
	free(p);
}

void lldp_port_del(struct lldp *l, unsigned port, uint64_t now_ms)
{
	struct lldp_port *p = lldp_port_at(l, port);

	if (!p)
		return;
	p->cfg.mode &= LLDP_RX;
	lldp_run_tx(l, port, now_ms);
	lldp_forget_all(l, port, now_ms);
	free_port(p);
	l->port[port] = NULL;
	while (l->end && !l->port[l->end - 1])
		l->end--;
	if (l->tick_from >= l->end)
		l->tick_from = 0;
}

void lldp_port_clear(struct lldp *l, unsigned port)
{
	struct lldp_port *p = lldp_port_at(l, port);

	if (p)
		p->stats = (struct lldp_stats){.frames_out = 0};
}

void lldp_free(struct lldp *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->end; i++)
		if (l->port[i])
			free_port(l->port[i]);
	free(l);
}

/* ---- looking ---- */

unsigned lldp_neighbors(const struct lldp *l, unsigned port)
{
	const struct lldp_port *p = lldp_port_at(l, port);

	return p ? p->count : 0;
}

bool lldp_neighbor(const struct lldp *l, unsigned port, unsigned index, uint64_t now_ms,
		   struct lldp_neighbor *n)
{
	const struct lldp_port *p = lldp_port_at(l, port);
	const struct lldp_entry *at = p ? p->neighbors : NULL;

	while (at && index--)
		at = at->next;
	if (!at)
		return false;
	lldp_fill(at, port, now_ms, n);
	return true;
}

bool lldp_too_many(const struct lldp *l, unsigned port, uint64_t now_ms)
{
	const struct lldp_port *p = lldp_port_at(l, port);

	return p && now_ms < p->too_many_ms;
}

const struct lldp_stats *lldp_port_stats(const struct lldp *l, unsigned port)
{
	const struct lldp_port *p = lldp_port_at(l, port);

	return p ? &p->stats : NULL;
}

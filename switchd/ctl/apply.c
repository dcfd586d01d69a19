/* SPDX-License-Identifier: ISC */
#include "ctl/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/apply_groups.h"
#include "ctl/apply_bindings.h"
#include "ctl/diff.h"
#include "port/port.h"
#include "port/log.h"
#include "util/mac.h"

/* Steps taken, or addresses put back, before frames may flow. */
enum { AT_ONCE = 16 };

static void breathe_after(struct datapath *dp, unsigned *done)
{
	if (++*done % AT_ONCE == 0)
		datapath_breathe(dp);
}

/* ---- steps ---- */

struct step {
	const struct change *c;
	bool done;
	bool removed_early; /* of a port: made way for another port's device */
	struct port *old;   /* CHANGE_PORT_REOPEN: still there until the end */
	bool unpinned;	    /* CHANGE_MAC_SET: made way for what becomes of the port */
};

struct run {
	struct datapath *dp;
	const struct changes *diff;
	struct step *step; /* one for each change */
	unsigned done;
};

static struct sw *switch_of(const struct run *r, const struct change *c)
{
	return datapath_find(r->dp, (c->sw_to ? c->sw_to : c->sw_from)->name);
}

/*
 * The port that an address is to be behind, or that is to be in a group.  NULL where there are two of the name: that which stays gets
 * its addresses when the other is gone.
 */
static struct port *port_for(const struct sw *sw, const char *name)
{
	struct port *found = NULL;

	sw_foreach_port (i, sw) {
		struct port *p = port_of(sw->port[i]);

		if (strcmp(p->cfg.name, name) != 0)
			continue;
		if (found)
			return NULL;
		found = p;
	}
	return found;
}

static int add_mac_to(struct port *p, const struct static_mac *m, struct err *e)
{
	if (m->sticky)
		return sw_add_sticky(p->core.sw, (uint16_t)m->vlan, m->mac, &p->core,
				     datapath_now(p->dp), e);
	return port_add_static(p, (uint16_t)m->vlan, m->mac, m->remote, e);
}

/* Or gives one that is there another remote. */
static int add_mac(struct run *r, const struct change *c, const struct static_mac *m, struct err *e)
{
	struct port *p = port_for(switch_of(r, c), m->port);

	return p ? add_mac_to(p, m, e) : 0;
}

static void del_mac(struct run *r, const struct change *c)
{
	const struct static_mac *m = c->mac;
	struct sw *sw = switch_of(r, c);
	struct port *p = port_find(sw, m->port);

	(void)fdb_del(sw->fdb, (uint16_t)m->vlan, m->mac);
	if (p && p->ops->forget)
		p->ops->forget(p, (int)m->vlan, m->mac);
}

static int add_binding(struct run *r, const struct change *c, struct err *e)
{
	struct sw *sw = switch_of(r, c);
	struct port *p = port_for(sw, c->binding->port);

	return p ? apply_binding(r->dp, sw, p, c->binding, e) : 0;
}

static int add_group(struct run *r, const struct change *c, struct err *e)
{
	struct sw *sw = switch_of(r, c);
	struct port *p = port_for(sw, c->group->port);

	return p ? apply_group(sw, p, c->group, e) : 0;
}

/* The static addresses that the configuration `s` has on a port, for a port that was made anew. */
static void add_macs_of(struct run *r, struct sw *sw, struct port *p, const struct switch_cfg *s)
{
	for (size_t i = 0; i < s->macs; i++) {
		const struct static_mac *m = &s->mac[i];
		struct err e = {0};

		breathe_after(r->dp, &r->done);
		if (strcmp(m->port, p->cfg.name) == 0 && add_mac_to(p, m, &e))
			log_warning("%s", e.text);
	}
}

static int add_port(struct run *r, struct sw *sw, const struct port_cfg *cfg, struct err *e)
{
	const struct port *there = port_find(sw, cfg->name);

	if (there) /* none of the configuration's, or this would be a change of it */
		return err_set(e, EEXIST,
			       "the name is taken by a peer of port %s; choose another, or delete "
			       "the peer",
			       there->parent ? there->parent->cfg.name : "?");
	return port_new(r->dp, sw, cfg, e) ? 0 : -e->code;
}

/* Settings as `to` has them; NULL: as the defaults are, of the VLAN that `from` had them for. */
static void set_vlan(struct sw *sw, const struct vlan_cfg *to, const struct vlan_cfg *from)
{
	struct sw_vlan_set defaults;

	opt_defaults(sw_vlan_options, &defaults);
	sw_vlan_configure(sw, (to ? to : from)->vid, to ? &to->set : &defaults);
}

static int do_step(struct run *r, struct step *s, struct err *e)
{
	const struct change *c = s->c;
	struct sw *sw = switch_of(r, c);

	switch (c->kind) {
	case CHANGE_SWITCH_ADD:
		return datapath_add(r->dp, c->sw_to->name, &c->sw_to->set, e) ? 0 : -e->code;
	case CHANGE_SWITCH_SET:
		return datapath_configure(r->dp, sw, &c->sw_to->set, e);
	case CHANGE_VLAN_SET:
		set_vlan(sw, c->vlan_to, c->vlan_from);
		return 0;
	case CHANGE_PORT_SET:
		return port_change(port_find(sw, c->to->name), c->to, e);
	case CHANGE_PORT_REOPEN:
		/* its successor has the same name: find it before there are two */
		s->old = s->removed_early ? NULL : port_find(sw, c->to->name);
		return port_new(r->dp, sw, c->to, e) ? 0 : -e->code;
	case CHANGE_PORT_ADD:
		return add_port(r, sw, c->to, e);
	case CHANGE_MAC_ADD:
	case CHANGE_MAC_SET:
		return add_mac(r, c, c->mac, e);
	case CHANGE_MAC_DEL:
		del_mac(r, c);
		return 0;
	case CHANGE_GROUP_ADD:
		return add_group(r, c, e);
	case CHANGE_GROUP_DEL:
		unapply_group(switch_of(r, c), c->group);
		return 0;
	case CHANGE_BINDING_ADD:
		return add_binding(r, c, e);
	case CHANGE_BINDING_DEL:
		unapply_binding(switch_of(r, c), c->binding);
		return 0;
	case CHANGE_DAEMON:
	case CHANGE_PORT_DEL:
	case CHANGE_SWITCH_DEL:
		break;
	}
	return 0;
}

/* The port a step has made; the one it replaces may still be there under the same name. */
static struct port *made_by(const struct run *r, const struct step *s)
{
	const struct sw *sw = switch_of(r, s->c);

	sw_foreach_port (i, sw) {
		struct port *p = port_of(sw->port[i]);

		if (p != s->old && strcmp(p->cfg.name, s->c->to->name) == 0)
			return p;
	}
	return NULL;
}

static int take_back_remote(struct run *r, const struct step *s, struct err *e)
{
	const struct static_mac *m = s->c->mac_from;
	struct port *p = port_for(switch_of(r, s->c), m->port);

	if (!p)
		return 0;
	if (s->unpinned) /* its old remote is not back yet: pin_again() */
		return port_add_static(p, (uint16_t)m->vlan, m->mac, "", e);
	if (m->remote[0] && port_cfg_check_remote(&p->cfg, m->remote, NULL))
		return 0; /* it was made anew and goes */
	return port_add_static(p, (uint16_t)m->vlan, m->mac, m->remote, e);
}

static void undo_step(struct run *r, struct step *s)
{
	const struct change *c = s->c;
	struct err e = {0};
	struct port *p;
	int rc = 0;

	switch (c->kind) {
	case CHANGE_SWITCH_ADD:
		datapath_del(r->dp, switch_of(r, c));
		break;
	case CHANGE_SWITCH_SET:
		rc = datapath_configure(r->dp, switch_of(r, c), &c->sw_from->set, &e);
		break;
	case CHANGE_VLAN_SET:
		set_vlan(switch_of(r, c), c->vlan_from, c->vlan_to);
		break;
	case CHANGE_PORT_SET:
		rc = port_change(port_find(switch_of(r, c), c->from->name), c->from, &e);
		break;
	case CHANGE_PORT_REOPEN:
	case CHANGE_PORT_ADD:
		p = made_by(r, s);
		p->ops->give_back(p);
		port_free(p);
		break;
	case CHANGE_MAC_ADD:
		del_mac(r, c);
		break;
	case CHANGE_MAC_DEL:
		/* the port may have been removed early: it gets its addresses when it is back */
		rc = add_mac(r, c, c->mac, &e);
		break;
	case CHANGE_MAC_SET:
		rc = take_back_remote(r, s, &e);
		break;
	case CHANGE_GROUP_ADD:
		unapply_group(switch_of(r, c), c->group);
		break;
	case CHANGE_GROUP_DEL:
		rc = add_group(r, c, &e);
		break;
	case CHANGE_BINDING_ADD:
		unapply_binding(switch_of(r, c), c->binding);
		break;
	case CHANGE_BINDING_DEL:
		rc = add_binding(r, c, &e);
		break;
	case CHANGE_DAEMON:
	case CHANGE_PORT_DEL:
	case CHANGE_SWITCH_DEL:
		break;
	}
	if (rc)
		log_error("undoing a change failed: %s", e.text);
}

/* What is left when everything that can fail is done. */
static void finish_step(struct run *r, struct step *s)
{
	const struct change *c = s->c;

	if (c->kind == CHANGE_PORT_REOPEN) {
		struct port *p = made_by(r, s);

		if (s->old)
			port_free(s->old);
		s->old = NULL;
		add_macs_of(r, switch_of(r, c), p, c->sw_to);
		apply_groups_of(switch_of(r, c), p, c->sw_to);
		apply_bindings_of(r->dp, switch_of(r, c), p, c->sw_to);
	} else if (c->kind == CHANGE_PORT_DEL && !s->removed_early) {
		port_free(port_find(switch_of(r, c), c->from->name));
	} else if (c->kind == CHANGE_SWITCH_DEL) {
		datapath_del(r->dp, switch_of(r, c));
	}
}

/* ---- ports that have to make way ---- */

static bool opens_port(const struct change *c)
{
	return c->kind == CHANGE_PORT_ADD || c->kind == CHANGE_PORT_REOPEN;
}

static bool closes_port(const struct change *c)
{
	return c->kind == CHANGE_PORT_DEL || c->kind == CHANGE_PORT_REOPEN;
}

static void make_way(struct run *r, struct step *s)
{
	for (size_t i = 0; i < r->diff->count; i++) {
		const struct change *other = &r->diff->list[i];

		if (!opens_port(other) || !port_cfg_same_device(s->c->from, other->to))
			continue;
		port_free(port_find(switch_of(r, s->c), s->c->from->name));
		s->removed_early = true;
		return;
	}
}

static void come_back(struct run *r, struct step *s)
{
	const struct change *c = s->c;
	struct sw *sw = switch_of(r, c);
	struct err e = {0};
	struct port *p = port_new(r->dp, sw, c->from, &e);

	if (p) {
		add_macs_of(r, sw, p, c->sw_from);
		apply_groups_of(sw, p, c->sw_from);
		apply_bindings_of(r->dp, sw, p, c->sw_from);
	} else {
		log_error("port %s could not be made again: %s", c->from->name, e.text);
	}
}

/* ---- remotes that have to be let go of ---- */

/*
 * A remote that a static address is behind cannot be taken from its port.  If it is to be behind another,
 * or none, from now on it is behind none: what is for it goes to all of them for that moment.
 */
static void unpin(struct run *r, struct step *s)
{
	const struct change *c = s->c;
	const struct port_cfg *to = config_find_port(c->sw_to, c->mac->port);
	struct port *p = port_find(switch_of(r, c), c->mac->port);

	if (!p || !p->ops->pin || !c->mac_from->remote[0])
		return;
	if (c->mac->remote[0] && port_cfg_check_remote(to, c->mac_from->remote, NULL) == 0)
		return;
	s->unpinned = p->ops->pin(p, (uint16_t)c->mac->vlan, c->mac->mac, "", NULL) == 0;
}

static void pin_again(struct run *r, struct step *s)
{
	struct err e = {0};

	if (add_mac(r, s->c, s->c->mac_from, &e))
		log_error("undoing a change failed: %s", e.text);
}

/* ---- the whole ---- */

/* Steps of one kind after the other; what can fail, before anything is removed. */
static const enum change_kind order[] = {
	CHANGE_MAC_DEL,	   CHANGE_GROUP_DEL, CHANGE_BINDING_DEL, CHANGE_SWITCH_SET, CHANGE_PORT_SET,
	CHANGE_SWITCH_ADD, CHANGE_VLAN_SET,  CHANGE_PORT_REOPEN, CHANGE_PORT_ADD,   CHANGE_MAC_SET,
	CHANGE_MAC_ADD,	   CHANGE_GROUP_ADD, CHANGE_BINDING_ADD,
};
enum { PHASES = sizeof(order) / sizeof(order[0]) };

static int run_phase(struct run *r, enum change_kind kind, struct err *e)
{
	char path[ERR_PATH_MAX];

	for (size_t i = 0; i < r->diff->count; i++) {
		struct step *s = &r->step[i];

		if (s->c->kind != kind)
			continue;
		int rc = do_step(r, s, e);
		breathe_after(r->dp, &r->done);
		if (rc) {
			err_at(e, diff_path(s->c, path));
			return rc;
		}
		s->done = true;
	}
	return 0;
}

static void undo_all(struct run *r)
{
	for (int phase = PHASES - 1; phase >= 0; phase--)
		for (size_t i = r->diff->count; i-- > 0;)
			if (r->step[i].done && r->step[i].c->kind == order[phase]) {
				undo_step(r, &r->step[i]);
				breathe_after(r->dp, &r->done);
			}
	for (size_t i = 0; i < r->diff->count; i++)
		if (r->step[i].removed_early)
			come_back(r, &r->step[i]);
	for (size_t i = 0; i < r->diff->count; i++)
		if (r->step[i].unpinned) {
			pin_again(r, &r->step[i]);
			breathe_after(r->dp, &r->done);
		}
}

static int run_all(struct run *r, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < r->diff->count; i++)
		r->step[i].c = &r->diff->list[i];
	for (size_t i = 0; i < r->diff->count; i++)
		if (closes_port(r->step[i].c)) {
			make_way(r, &r->step[i]);
			breathe_after(r->dp, &r->done);
		}
	for (size_t i = 0; i < r->diff->count; i++)
		if (r->step[i].c->kind == CHANGE_MAC_SET) {
			unpin(r, &r->step[i]);
			breathe_after(r->dp, &r->done);
		}
	for (int phase = 0; phase < PHASES && rc == 0; phase++)
		rc = run_phase(r, order[phase], e);
	if (rc) {
		undo_all(r);
		return rc;
	}
	for (size_t i = 0; i < r->diff->count; i++) {
		finish_step(r, &r->step[i]);
		breathe_after(r->dp, &r->done);
	}
	return 0;
}

/* Comparing and describing only compute, which takes a while for tens of thousands of addresses. */
struct diff_job {
	const struct config *have, *want;
	struct changes *diff;
	json_t *json;
};

static int make_diff(void *arg)
{
	struct diff_job *job = arg;

	return diff_make(job->have, job->want, job->diff);
}

static int tell_diff(void *arg)
{
	struct diff_job *job = arg;

	job->json = diff_json(job->diff);
	return 0;
}

int config_apply(struct datapath *dp, struct daemon_cfg *daemon, const struct config *want,
		 json_t **changes, struct err *e)
{
	struct changes diff = {0};
	struct run r = {.dp = dp, .diff = &diff};
	struct config have;
	struct diff_job job = {.have = &have, .want = want, .diff = &diff};
	int rc;

	if (config_of_running(dp, daemon, &have))
		return err_set(e, ENOMEM, "out of memory");
	rc = datapath_await(dp, make_diff, &job);
	r.step = rc ? NULL : calloc(diff.count + 1, sizeof(*r.step));
	if (!r.step) {
		rc = err_set(e, ENOMEM, "out of memory");
	} else {
		rc = run_all(&r, e);
	}
	if (rc == 0) {
		*daemon = want->daemon;
		datapath_run_protocols(dp);
		if (changes) {
			(void)datapath_await(dp, tell_diff, &job);
			*changes = job.json;
		}
	}
	free(r.step);
	diff_free(&diff);
	config_free(&have);
	return rc;
}

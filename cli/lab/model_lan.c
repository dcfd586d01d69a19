/* SPDX-License-Identifier: ISC */
/*
 * model_lan.c - one address at two hosts that hear each other.
 *
 * Whether they do is asked of the settings of ports, by sending a frame without a tag on its way as the switches would
 * (core/vlan.h): the same subnet in two VLANs, or at two customers of a provider, is what such labs are about.  Where a
 * spanning tree or anything else keeps frames off a link makes no difference to who is in one LAN.
 */
#include "lab/model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/config.h"

/* What a frame has on the wire, and what of it a switch knows: there `tag` is the VLAN. */
struct frame_tags {
	unsigned tag;	/* the outer; 0 = none */
	bool provider;	/* it is an S-tag */
	unsigned inner; /* behind it */
};

struct arrival {
	size_t sw;
	struct frame_tags tags;
};

enum { ARRIVALS_MAX = 4096 }; /* VLANs that are joined wrongly at each link can have no end */

/* A port at the end of a link, found once. */
struct port {
	const struct sw_port_set *set; /* NULL: the end is no switch's */
	size_t sw;
	bool aware;
};

struct flood {
	const struct lab *lab;
	struct port (*port)[2]; /* of each link */
	struct arrival *at;
	size_t count;
	bool *reached; /* for each link: the host at its end */
};

/* ---- ports ---- */

static unsigned pvid(const struct sw_port_set *p)
{
	if (p->access)
		return p->access;
	return p->native || !vidset_empty(&p->trunk) || !vidset_empty(&p->untagged) ? p->native : 1;
}

static bool leaves_untagged(const struct sw_port_set *p, unsigned vid)
{
	return vid == pvid(p) || vidset_has(&p->untagged, vid);
}

static bool is_provider(const struct sw_port_set *p)
{
	return strcmp(p->tpid, "0x88a8") == 0;
}

/* Makes of a frame on the wire one in the switch; false: the port does not take it, or it is not followed further. */
static bool enter(const struct sw_port_set *p, struct frame_tags *f)
{
	bool known = f->tag && f->provider == is_provider(p);

	if (p->dot1q_tunnel || !known) {
		if (f->inner || f->provider ||
		    (!p->dot1q_tunnel && strcmp(p->admit, "tagged") == 0))
			return false;
		*f = (struct frame_tags){.tag = p->dot1q_tunnel ? p->dot1q_tunnel : pvid(p),
					 .inner = f->tag};
		return f->tag != 0;
	}
	if (strcmp(p->admit, "untagged") == 0)
		return false;
	return !p->ingress_filter || vidset_has(&p->trunk, f->tag) || leaves_untagged(p, f->tag);
}

/* The other way; false: the port is not in the VLAN. */
static bool leave(const struct sw_port_set *p, struct frame_tags *f)
{
	if (p->dot1q_tunnel ? f->tag == p->dot1q_tunnel : leaves_untagged(p, f->tag))
		*f = (struct frame_tags){.tag = f->inner};
	else if (!p->dot1q_tunnel && vidset_has(&p->trunk, f->tag))
		f->provider = is_provider(p);
	else
		return false;
	return true;
}

/* ---- the way of a frame ---- */

static struct port find_port(const struct config *c, const struct lab_end *end)
{
	const struct switch_cfg *s;

	if (end->kind != LAB_SWITCH)
		return (struct port){.set = NULL};
	s = config_find_switch(c, end->node);
	return (struct port){.set = &config_find_port(s, end->name)->set,
			     .sw = (size_t)(s - c->sw),
			     .aware = s->set.vlan_aware};
}

static void arrive(struct flood *f, const struct port *p, struct frame_tags tags)
{
	struct arrival *a;

	if (p->aware && !enter(p->set, &tags))
		return;
	for (size_t i = 0; i < f->count; i++) {
		a = &f->at[i];
		if (a->sw == p->sw && a->tags.tag == tags.tag &&
		    a->tags.provider == tags.provider && a->tags.inner == tags.inner)
			return;
	}
	if (f->count >= ARRIVALS_MAX)
		return;
	a = model_append(&f->at, &f->count, sizeof(*a));
	a->sw = p->sw;
	a->tags = tags;
}

/* Out of one port of the switch that it is in. */
static void go_out(struct flood *f, size_t link, int k, struct frame_tags tags)
{
	const struct port *p = &f->port[link][k], *other = &f->port[link][!k];

	if (p->aware && !leave(p->set, &tags))
		return;
	if (other->set)
		arrive(f, other, tags);
	else if (!tags.tag)
		f->reached[link] = true;
}

/* Sets f->reached for each link whose host hears what the host of this one sends. */
static void flood(struct flood *f, size_t from)
{
	f->count = 0;
	free(f->at);
	f->at = NULL;
	memset(f->reached, 0, f->lab->links);
	arrive(f, &f->port[from][1], (struct frame_tags){.tag = 0});
	for (size_t i = 0; i < f->count; i++) {
		const struct arrival at = f->at[i];

		for (size_t link = 0; link < f->lab->links; link++)
			for (int k = 0; k < 2; k++)
				if (f->port[link][k].set && f->port[link][k].sw == at.sw)
					go_out(f, link, k, at.tags);
	}
}

/* ---- addresses ---- */

/* One address of an interface that has a link. */
struct owner {
	const struct lab_address *address;
	const struct lab_host *host;
	size_t interface, index; /* of the host, of the interface */
	size_t link;
};

static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int d = memcmp(x->address->ip, y->address->ip, sizeof(x->address->ip));

	if (x->address->family != y->address->family)
		return x->address->family < y->address->family ? -1 : 1;
	return d ? d : x->link < y->link ? -1 : x->link > y->link;
}

static bool same_ip(const struct owner *a, const struct owner *b)
{
	return a->address->family == b->address->family &&
	       memcmp(a->address->ip, b->address->ip, sizeof(a->address->ip)) == 0;
}

static struct owner *find_owners(const struct lab *lab, size_t *count)
{
	struct owner *list = NULL;

	*count = 0;
	for (size_t link = 0; link < lab->links; link++) {
		const struct lab_end *end = lab->link[link].end;
		const struct lab_host *h =
			end->kind == LAB_HOST ? lab_find_host(lab, end->node) : NULL;

		for (size_t i = 0; h && i < h->interfaces; i++)
			for (size_t k = 0; k < h->interface[i].addresses; k++)
				if (strcmp(h->interface[i].name, end->name) == 0)
					*(struct owner *)model_append(&list, count, sizeof(*list)) =
						(struct owner){&h->interface[i].address[k], h, i, k,
							       link};
	}
	if (list)
		qsort(list, *count, sizeof(*list), compare_owners);
	return list;
}

static int refuse(struct reader *r, const struct owner *a, const struct owner *b)
{
	char below[LAB_WHERE_SIZE];
	const char *in = b->host->interface[b->interface].name;

	r->at = b->host->where;
	if (b->host->said == LAB_INTERFACES_ONE)
		model_where(below, sizeof(below), ".addresses[%zu]", b->index);
	else
		model_where(below, sizeof(below), ".interfaces.%s.addresses[%zu]", in, b->index);
	model_refuse(r, below, "%.*s is an address of %s:%s too, which is in one LAN with %s:%s",
		     (int)strcspn(b->address->text, "/"), b->address->text, a->host->name,
		     a->host->interface[a->interface].name, b->host->name, in);
	fail_hint(r->f,
		  "where that is what the lab is about, let one of \"commands\" add it: ip address "
		  "add %s dev %s",
		  b->address->text, in);
	return STATUS_REFUSED;
}

int model_check_lans(struct reader *r, const struct config *c)
{
	size_t count;
	struct owner *list = find_owners(r->lab, &count);
	struct flood f = {.lab = r->lab,
			  .port = need(calloc(r->lab->links + 1, sizeof(*f.port))),
			  .reached = need(calloc(r->lab->links + 1, 1))};
	int rc = 0;

	for (size_t i = 0; i < r->lab->links; i++)
		for (int k = 0; k < 2; k++)
			f.port[i][k] = find_port(c, &r->lab->link[i].end[k]);

	for (size_t i = 0; i < count && rc == 0; i++) {
		if (i + 1 >= count || !same_ip(&list[i], &list[i + 1]))
			continue;
		flood(&f, list[i].link);
		for (size_t k = i + 1; k < count && rc == 0 && same_ip(&list[i], &list[k]); k++)
			if (f.reached[list[k].link] && list[k].host != list[i].host)
				rc = refuse(r, &list[i], &list[k]);
	}
	free(list);
	free(f.at);
	free(f.port);
	free(f.reached);
	return rc;
}

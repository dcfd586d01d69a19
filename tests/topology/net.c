/* SPDX-License-Identifier: ISC */
#include "net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loopguard.h"
#include "core/stp_bpdu.h"
#include "core/tag.h"
#include "util/mac.h"

/* A frame on its way to a switch. */
struct waiting {
	struct port *to;
	size_t len;
	uint8_t bytes[NET_FRAME + 2 * TAG_SIZE]; /* tags come in on the way */
};

static void send_own(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len);

struct net *net_new(void)
{
	struct net *n = calloc(1, sizeof(*n));

	if (n)
		n->waiting = calloc(NET_WAITING, sizeof(*n->waiting));
	if (!n || !n->waiting)
		abort();
	n->io.send = send_own;
	n->now_ms = 1000000; /* no test should depend on time beginning with it */
	return n;
}

void net_free(struct net *n)
{
	for (unsigned i = 0; i < n->ports; i++)
		sw_detach(&n->port[i].core);
	for (unsigned i = 0; i < n->nodes; i++)
		sw_free(n->node[i].sw);
	free(n->waiting);
	free(n);
}

struct node *net_node(struct net *n, const char *name)
{
	for (unsigned i = 0; i < n->nodes; i++)
		if (strcmp(n->node[i].sw->name, name) == 0)
			return &n->node[i];
	return NULL;
}

struct host *net_host(struct net *n, const char *name)
{
	for (unsigned i = 0; i < n->hosts; i++)
		if (strcmp(n->host[i].name, name) == 0)
			return &n->host[i];
	return NULL;
}

struct hub *net_hub(struct net *n, const char *name)
{
	for (unsigned i = 0; i < n->hubs; i++)
		if (strcmp(n->hub[i].name, name) == 0)
			return &n->hub[i];
	return NULL;
}

struct port *net_port(struct net *n, const struct node *node, const char *name)
{
	for (unsigned i = 0; i < n->ports; i++)
		if (n->port[i].core.sw == node->sw && strcmp(n->port[i].name, name) == 0)
			return &n->port[i];
	return NULL;
}

/* One word is the name of one thing, so that no line of a test is ambiguous. */
static int new_name(struct net *n, const char *name, struct err *e)
{
	uint64_t mac;

	if (net_node(n, name) || net_host(n, name) || net_hub(n, name))
		return err_set(e, EEXIST, "there is a \"%s\" already", name);
	if (mac_parse(name, &mac) || strcmp(name, "broadcast") == 0)
		return err_set(e, EINVAL, "\"%s\" has a meaning of its own", name);
	return name_check(name, e);
}

static void count_event(struct event_sink *sink, const struct event *ev)
{
	((struct node *)sink)->raised[ev->kind]++;
}

struct node *net_add_node(struct net *n, const char *name, const struct sw_settings *set,
			  struct err *e)
{
	const struct siphash_key key = {{UINT64_C(0x746f706f), n->nodes}};
	struct node *node = &n->node[n->nodes];

	if (new_name(n, name, e))
		return NULL;
	if (n->nodes == NET_SWITCHES) {
		err_set(e, ENOSPC, "at most %d switches fit", NET_SWITCHES);
		return NULL;
	}
	node->sink.raise = count_event;
	node->sw = sw_new(name, set, &key, 0, &node->sink, e);
	if (!node->sw)
		return NULL;
	node->sw->io = &n->io;
	n->nodes++;
	return node;
}

/* A port of the switch, called name; a second one of that name is "name.2". */
static struct port *add_port(struct net *n, struct node *at, const char *name, struct err *e)
{
	struct port *p = &n->port[n->ports];
	char free_name[NAME_SIZE + 12];

	if (n->ports == NET_PORTS) {
		err_set(e, ENOSPC, "at most %d ports fit", NET_PORTS);
		return NULL;
	}
	snprintf(free_name, sizeof(free_name), "%s", name);
	for (unsigned i = 2; net_port(n, at, free_name); i++)
		snprintf(free_name, sizeof(free_name), "%s.%u", name, i);
	if (name_check(free_name, e))
		return NULL;
	memset(p, 0, sizeof(*p));
	memcpy(p->name, free_name, NAME_SIZE);
	p->core.name = p->name;
	opt_defaults(sw_port_options, &p->core.set);
	if (sw_attach(at->sw, &p->core, e))
		return NULL;
	n->ports++;
	return p;
}

struct host *net_add_host(struct net *n, const char *name, struct node *at, struct err *e)
{
	struct host *h = &n->host[n->hosts];
	struct port *p;

	if (new_name(n, name, e))
		return NULL;
	if (n->hosts == NET_HOSTS) {
		err_set(e, ENOSPC, "at most %d hosts fit", NET_HOSTS);
		return NULL;
	}
	p = add_port(n, at, name, e);
	if (!p)
		return NULL;
	n->hosts++;
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->mac = UINT64_C(0x020000000000) + n->hosts;
	h->port = p;
	p->host = h;
	return h;
}

struct port *net_add_link(struct net *n, struct node *a, struct node *b, struct err *e)
{
	struct port *to_b = add_port(n, a, b->sw->name, e);
	struct port *to_a = to_b ? add_port(n, b, a->sw->name, e) : NULL;

	if (!to_a)
		return NULL;
	to_a->peer = to_b;
	to_b->peer = to_a;
	return to_b;
}

struct hub *net_add_hub(struct net *n, const char *name, struct err *e)
{
	struct hub *hub = &n->hub[n->hubs];

	if (new_name(n, name, e))
		return NULL;
	if (n->hubs == NET_HUBS) {
		err_set(e, ENOSPC, "at most %d hubs fit", NET_HUBS);
		return NULL;
	}
	n->hubs++;
	snprintf(hub->name, sizeof(hub->name), "%s", name);
	return hub;
}

struct port *net_add_tap(struct net *n, struct node *a, struct hub *hub, struct err *e)
{
	struct port *p = add_port(n, a, hub->name, e);

	if (p)
		p->hub = hub;
	return p;
}

int net_move(struct net *n, struct host *h, struct node *to, struct err *e)
{
	struct port *old = h->port, *p;

	sw_detach(&old->core);
	p = add_port(n, to, h->name, e);
	if (!p)
		return -ENOSPC;
	p->core.mtu = old->core.mtu;
	p->core.set = old->core.set;
	sw_port_update(&p->core);
	h->port = p;
	p->host = h;
	sw_port_link(&p->core, true);
	return 0;
}

void net_carrier(struct port *p, bool on)
{
	sw_port_link(&p->core, on);
	if (p->peer)
		sw_port_link(&p->peer->core, on);
}

/* Puts a frame on the wire to a switch; what does not fit any more is a sign of a loop. */
static void enqueue(struct net *n, struct port *to, const uint8_t *bytes, size_t len)
{
	struct waiting *w = &n->waiting[(n->first + n->count) % NET_WAITING];

	if (n->count == NET_WAITING) {
		n->looped = true;
		return;
	}
	n->count++;
	w->to = to;
	w->len = len;
	memcpy(w->bytes, bytes, len);
}

/* The bytes that leave through p: with the tag that the VLAN has there. */
static size_t retag(const struct port *p, const struct frame *f, const struct verdict *v,
		    uint8_t *out)
{
	const struct sw *sw = p->core.sw;
	struct tag_edit edit;
	size_t start, rest;

	if (!sw->set.vlan_aware ||
	    !tag_edit_for(f, &v->class, vlan_egress_tpid(sw, v->vid, p->core.index), &edit)) {
		memcpy(out, f->data, f->len);
		return f->len;
	}
	start = tag_start(&edit, f->data, out);
	rest = tag_rest(&edit);
	memcpy(out + start, f->data + rest, f->len - rest);
	return start + f->len - rest;
}

static void answer_query(struct net *n, const struct host *h)
{
	uint8_t report[GROUP_FRAME];

	for (unsigned i = 0; i < h->groups; i++) {
		group_frame(report, GROUP_REPORT, h->mac, h->group[i]);
		enqueue(n, h->port, report, sizeof(report));
	}
}

static void to_host(struct net *n, struct host *h, const uint8_t *bytes, size_t len)
{
	struct stp_bpdu b;
	bool query;

	if (group_talk(bytes, len, &query)) {
		if (query)
			answer_query(n, h);
		return;
	}
	if (stp_bpdu_parse(bytes, len, &b) == DROP_NONE || loopguard_is(bytes, len))
		return; /* between switches */
	h->received++;
	h->just_now++;
	h->len = len;
	memcpy(h->start, bytes, sizeof(h->start));
}

/* To all ends of the hub but the one it comes from; those whose link is down are not there. */
static void to_hub(struct net *n, const struct port *from, const uint8_t *bytes, size_t len)
{
	for (unsigned i = 0; i < n->ports; i++) {
		struct port *p = &n->port[i];

		if (p->hub == from->hub && p != from && p->core.link)
			enqueue(n, p, bytes, len);
	}
}

/* A whole frame leaves through p. */
static void put_on_wire(struct net *n, struct port *p, const uint8_t *bytes, size_t len)
{
	p->core.stats.tx_frames++;
	p->core.stats.tx_bytes += len;
	if (p->host)
		to_host(n, p->host, bytes, len);
	else if (p->hub)
		to_hub(n, p, bytes, len);
	else if (p->peer) /* both its ends are up, or about to be */
		enqueue(n, p->peer, bytes, len);
}

static void transmit(struct net *n, struct port *p, const struct frame *f, const struct verdict *v)
{
	uint8_t bytes[NET_FRAME + TAG_SIZE];
	size_t len = retag(p, f, v, bytes);

	put_on_wire(n, p, bytes, len);
}

/* The switch has something to say itself.  It is queued: nobody may answer before the switch has finished. */
static void send_own(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	put_on_wire((struct net *)io, (struct port *)out, frame, len);
}

/* What a switch does with a frame, here as in the daemon. */
static void receive(struct net *n, struct port *in, const uint8_t *bytes, size_t len)
{
	struct sw *sw = in->core.sw;
	struct frame f = {.data = bytes, .len = len};
	enum drop parsed = frame_parse(&f);
	struct verdict v;

	switch_begin(sw, n->now_ms);
	switch_decide(sw, &in->core, &f, parsed, &v);
	switch_commit(sw, &in->core, &f, &v, n->now_ms);
	if (v.drop != DROP_NONE || v.route == ROUTE_HERE)
		return;
	portset_foreach (i, &v.out, sw->words)
		/* core is the first member of the struct port it is part of */
		transmit(n, (struct port *)sw->port[i], &f, &v);
}

void net_settle(struct net *n)
{
	for (unsigned carried = 0; n->count && !n->looped; carried++) {
		struct waiting w = n->waiting[n->first];

		n->first = (n->first + 1) % NET_WAITING;
		n->count--;
		if (carried == NET_BUDGET)
			n->looped = true;
		else
			receive(n, w.to, w.bytes, w.len);
	}
	n->count = 0;
}

static size_t put16(uint8_t *b, size_t at, unsigned v)
{
	b[at] = (uint8_t)(v >> 8);
	b[at + 1] = (uint8_t)v;
	return at + 2;
}

void net_send(struct net *n, struct host *from, const struct sending *s)
{
	uint8_t bytes[NET_FRAME] = {0};
	size_t at = TAG_AT;

	mac_store(bytes, s->dst);
	mac_store(bytes + 6, s->src);
	for (unsigned i = 0; i < s->tags; i++)
		at = put16(bytes, put16(bytes, at, s->tag[i].tpid), s->tag[i].tci);
	put16(bytes, at, ETHERTYPE_IPV4);
	enqueue(n, from->port, bytes, s->len);
	net_settle(n);
}

void net_send_group(struct net *n, struct host *from, enum group_frame what, uint32_t group)
{
	uint8_t bytes[GROUP_FRAME];

	group_frame(bytes, what, from->mac, group);
	enqueue(n, from->port, bytes, sizeof(bytes));
	net_settle(n);
}

void net_wait(struct net *n, unsigned seconds)
{
	for (uint64_t end = n->now_ms + seconds * UINT64_C(1000); n->now_ms < end && !n->looped;) {
		n->now_ms += NET_STEP_MS;
		for (unsigned i = 0; i < n->nodes; i++) {
			sw_tick(n->node[i].sw, n->now_ms);
			while (n->now_ms % 1000 == 0 && sw_age(n->node[i].sw, n->now_ms))
				;
		}
		net_settle(n);
	}
}

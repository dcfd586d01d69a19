/* SPDX-License-Identifier: ISC */
/*
 * verbs.c - what can be said in a .topo file.  The table is at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "util/iptext.h"
#include "util/mac.h"

/* What can be set on a port, of a host or of a link. */
struct port_settings {
	struct sw_port_set set; /* first, so that the core's table serves */
	uint32_t mtu;
};

static const struct opt port_options[] = {
	{.name = "mtu",
	 .type = OPT_UINT,
	 .off = offsetof(struct port_settings, mtu),
	 .min = 68,
	 .max = 65521,
	 .zero_ok = true,
	 .dflt = "0"},
	{.name = NULL, .more = sw_port_options},
};

/* Reads the words from `from` on as key=value into the struct the table is for. */
static int read_options(const struct words *a, unsigned from, const struct opt *table, void *base,
			struct err *e)
{
	for (unsigned i = from; i < a->count; i++) {
		char *value = strchr(a->w[i], '=');
		const struct opt *o;

		if (!value)
			return err_set(e, EINVAL, "\"%s\" is not KEY=VALUE", a->w[i]);
		*value++ = '\0';
		o = opt_find(table, a->w[i]);
		if (!o)
			return err_set(e, EINVAL, "nothing is called \"%s\" here", a->w[i]);
		if (opt_parse(o, value, base, e)) {
			err_prefix(e, "%s", o->name);
			return -EINVAL;
		}
	}
	return 0;
}

int read_number(const char *word, unsigned long *n, struct err *e)
{
	char *end;

	if (word && *word >= '0' && *word <= '9') {
		errno = 0;
		*n = strtoul(word, &end, 10);
		if (!errno && !*end)
			return 0;
	}
	return err_set(e, EINVAL, "%s%s%s is not a number", word ? "\"" : "",
		       word ? word : "nothing", word ? "\"" : "");
}

static struct node *need_node(struct script *s, const char *name, struct err *e)
{
	struct node *node = net_node(s->net, name);

	if (!node)
		err_set(e, ENOENT, "no switch is called \"%s\"", name);
	return node;
}

static struct host *need_host(struct script *s, const char *name, struct err *e)
{
	struct host *h = net_host(s->net, name);

	if (!h)
		err_set(e, ENOENT, "no host is called \"%s\"", name);
	return h;
}

struct port *need_port(struct script *s, const struct node *node, const char *name, struct err *e)
{
	struct port *p = net_port(s->net, node, name);

	if (!p)
		err_set(e, ENOENT, "switch %s has no port \"%s\"", node->sw->name, name);
	return p;
}

/* A host's name stands for its address; "new" for one that nobody had before. */
int read_address(struct script *s, const char *word, uint64_t *mac, struct err *e)
{
	const struct host *h = word ? net_host(s->net, word) : NULL;

	if (h)
		*mac = h->mac;
	else if (word && strcmp(word, "broadcast") == 0)
		*mac = MAC_BROADCAST;
	else if (word && strcmp(word, "new") == 0)
		*mac = UINT64_C(0x0a0000000000) + ++s->net->invented;
	else if (!word || !mac_parse(word, mac))
		return err_set(e, EINVAL, "\"%s\" is no host and no address", word ? word : "");
	return 0;
}

/* The words from `from` on, for a port and, of a wire between switches, for `other` too. */
static int set_port(struct port *p, struct port *other, const struct words *a, unsigned from,
		    struct err *e)
{
	struct port_settings to = {.set = p->core.set, .mtu = p->core.mtu};

	if (read_options(a, from, port_options, &to, e) || sw_port_set_check(&to.set, e))
		return -EINVAL;
	for (; p; p = other, other = NULL) {
		p->core.set = to.set;
		p->core.mtu = to.mtu;
		sw_port_update(&p->core);
	}
	return 0;
}

static int do_switch(struct script *s, const struct words *a, struct err *e)
{
	struct sw_settings set;

	opt_defaults(sw_options, &set);
	if (read_options(a, 1, sw_options, &set, e) || sw_settings_check(&set, e))
		return -EINVAL;
	return net_add_node(s->net, a->w[0], &set, e) ? 0 : -EINVAL;
}

/* A new wire: set up with the words from the third on, and then up. */
static int plug_in(struct port *p, const struct words *a, struct err *e)
{
	int rc = set_port(p, p->peer, a, 2, e);

	if (rc == 0)
		net_carrier(p, true);
	return rc;
}

static int do_host(struct script *s, const struct words *a, struct err *e)
{
	struct node *node = need_node(s, a->w[1], e);
	struct host *h = node ? net_add_host(s->net, a->w[0], node, e) : NULL;

	return h ? plug_in(h->port, a, e) : -EINVAL;
}

static int do_hub(struct script *s, const struct words *a, struct err *e)
{
	return net_add_hub(s->net, a->w[0], e) ? 0 : -EINVAL;
}

static int do_link(struct script *s, const struct words *a, struct err *e)
{
	struct node *from = need_node(s, a->w[0], e);
	struct hub *hub = net_hub(s->net, a->w[1]);
	struct node *to = from && !hub ? need_node(s, a->w[1], e) : NULL;
	struct port *p = NULL;

	if (from && hub)
		p = net_add_tap(s->net, from, hub, e);
	else if (to)
		p = net_add_link(s->net, from, to, e);
	return p ? plug_in(p, a, e) : -EINVAL;
}

static int do_set(struct script *s, const struct words *a, struct err *e)
{
	struct node *node = need_node(s, a->w[0], e);
	struct sw_settings set;

	if (!node)
		return -ENOENT;
	set = node->sw->set;
	if (read_options(a, 1, sw_options, &set, e) || sw_settings_check(&set, e))
		return -EINVAL;
	return sw_reconfigure(node->sw, &set, e);
}

/* One end of a wire only, or what a host is plugged into. */
static int do_port(struct script *s, const struct words *a, struct err *e)
{
	struct node *node = need_node(s, a->w[0], e);
	struct port *p = node ? need_port(s, node, a->w[1], e) : NULL;

	return p ? set_port(p, NULL, a, 2, e) : -ENOENT;
}

/* HOST, or SWITCH PORT. */
static struct port *read_wire(struct script *s, const struct words *a, struct err *e)
{
	struct host *h;
	struct node *node;

	if (a->count == 1) {
		h = need_host(s, a->w[0], e);
		return h ? h->port : NULL;
	}
	node = need_node(s, a->w[0], e);
	return node ? need_port(s, node, a->w[1], e) : NULL;
}

static int do_down(struct script *s, const struct words *a, struct err *e)
{
	struct port *p = read_wire(s, a, e);

	if (p)
		net_carrier(p, false);
	return p ? 0 : -ENOENT;
}

static int do_up(struct script *s, const struct words *a, struct err *e)
{
	struct port *p = read_wire(s, a, e);

	if (p)
		net_carrier(p, true);
	return p ? 0 : -ENOENT;
}

static int do_move(struct script *s, const struct words *a, struct err *e)
{
	struct host *h = need_host(s, a->w[0], e);
	struct node *to = h ? need_node(s, a->w[1], e) : NULL;

	return to ? net_move(s->net, h, to, e) : -ENOENT;
}

static int do_wait(struct script *s, const struct words *a, struct err *e)
{
	size_t len = strlen(a->w[0]);
	unsigned long n = 0;

	if (len < 2 || a->w[0][len - 1] != 's')
		return err_set(e, EINVAL, "\"%s\" is not a time like 30s", a->w[0]);
	a->w[0][len - 1] = '\0';
	if (read_number(a->w[0], &n, e))
		return -EINVAL;
	net_wait(s->net, (unsigned)n);
	return 0;
}

/* Two words more, "vlan 10" or the like, about a send. */
static int read_about(struct script *s, const char *key, const char *value, struct sending *f,
		      unsigned long *times, const char **as, struct err *e)
{
	unsigned long n = 0;

	if (strcmp(key, "as") == 0) {
		*as = value;
		return read_address(s, value, &f->src, e);
	}
	if (read_number(value, &n, e))
		return -EINVAL;
	if (strcmp(key, "vlan") == 0 || strcmp(key, "stag") == 0) {
		if (n > VID_MAX || f->tags == NET_TAGS)
			return err_set(e, EINVAL, "%lu is no VLAN, or one tag too many", n);
		f->tag[f->tags].tpid = *key == 'v' ? ETHERTYPE_CTAG : ETHERTYPE_STAG;
		f->tag[f->tags++].tci = (uint16_t)n;
		return 0;
	}
	if (strcmp(key, "prio") == 0) {
		if (n > 7 || !f->tags)
			return err_set(e, EINVAL, "%lu is no priority, or there is no tag yet", n);
		f->tag[f->tags - 1].tci |= (uint16_t)(n << 13);
		return 0;
	}
	if (strcmp(key, "len") == 0) {
		f->len = n;
		return n <= NET_FRAME ? 0 : err_set(e, EINVAL, "%lu bytes are too many", n);
	}
	if (strcmp(key, "times") == 0) {
		*times = n;
		return 0;
	}
	return err_set(e, EINVAL, "\"%s\" is none of vlan, stag, prio, len, as, times", key);
}

static int do_send(struct script *s, const struct words *a, struct err *e)
{
	struct host *from = need_host(s, a->w[0], e);
	struct sending f = {.len = 64};
	unsigned long times = 1;
	const char *as = NULL;

	if (!from || read_address(s, a->w[1], &f.dst, e))
		return -EINVAL;
	f.src = from->mac;
	for (unsigned i = 2; i < a->count; i += 2)
		if (read_about(s, a->w[i], a->w[i + 1], &f, &times, &as, e))
			return -EINVAL;
	for (unsigned i = 0; i < s->net->hosts; i++)
		s->net->host[i].just_now = 0;
	for (; times && !s->net->looped; times--) {
		net_send(s->net, from, &f);
		if (as && read_address(s, as, &f.src, e)) /* "new": another one each time */
			return -EINVAL;
	}
	return 0;
}

static int read_group(const char *word, uint32_t *group, struct err *e)
{
	struct ip_addr a;

	if (!ip_parse(word, &a) || !ip4_is_group(a))
		return err_set(e, EINVAL, "\"%s\" is not a group like 239.1.2.3", word);
	*group = (uint32_t)a.lo;
	return 0;
}

static int do_join(struct script *s, const struct words *a, struct err *e)
{
	struct host *h = need_host(s, a->w[0], e);
	uint32_t group;

	if (!h || read_group(a->w[1], &group, e))
		return -EINVAL;
	if (h->groups == NET_GROUPS)
		return err_set(e, ENOSPC, "%s is in %u groups already", h->name, h->groups);
	h->group[h->groups++] = group;
	net_send_group(s->net, h, GROUP_REPORT, group);
	return 0;
}

static int do_leave(struct script *s, const struct words *a, struct err *e)
{
	struct host *h = need_host(s, a->w[0], e);
	uint32_t group;
	unsigned i = 0;

	if (!h || read_group(a->w[1], &group, e))
		return -EINVAL;
	while (i < h->groups && h->group[i] != group)
		i++;
	if (i == h->groups)
		return err_set(e, ENOENT, "%s is not in that group", h->name);
	h->group[i] = h->group[--h->groups];
	net_send_group(s->net, h, GROUP_LEAVE, group);
	return 0;
}

/* A packet to the group. */
static int do_cast(struct script *s, const struct words *a, struct err *e)
{
	struct host *h = need_host(s, a->w[0], e);
	uint32_t group;

	if (!h || read_group(a->w[1], &group, e))
		return -EINVAL;
	for (unsigned i = 0; i < s->net->hosts; i++)
		s->net->host[i].just_now = 0;
	net_send_group(s->net, h, GROUP_DATA, group);
	return 0;
}

static int do_static(struct script *s, const struct words *a, struct err *e)
{
	struct node *node = need_node(s, a->w[0], e);
	struct port *p = node ? need_port(s, node, a->w[2], e) : NULL;
	unsigned long vid = 0;
	uint64_t mac = MAC_NONE;

	if (!p || read_address(s, a->w[1], &mac, e))
		return -EINVAL;
	if (a->count > 3 && read_number(a->w[3], &vid, e))
		return -EINVAL;
	return sw_add_static(node->sw, (uint16_t)vid, mac, &p->core, s->net->now_ms, e);
}

static int do_flush(struct script *s, const struct words *a, struct err *e)
{
	struct node *node = need_node(s, a->w[0], e);
	struct fdb_flush all = {.port = -1, .vid = -1};

	if (node)
		fdb_flush(node->sw->fdb, &all, 0);
	return node ? 0 : -ENOENT;
}

/* expect loop | expect nobody | expect HOST N [HOST N]... : because of the last send. */
static int do_expect(struct script *s, const struct words *a, struct err *e)
{
	unsigned long n = 0;

	if (strcmp(a->w[0], "loop") == 0) {
		s->loop_untold = 0;
		script_check(s, s->net->looped, "expected a loop, but the frames came to rest");
		return 0;
	}
	if (strcmp(a->w[0], "nobody") == 0) {
		for (unsigned i = 0; i < s->net->hosts; i++)
			script_check(s, s->net->host[i].just_now == 0,
				     "expected nobody to receive it, but %s did",
				     s->net->host[i].name);
		return 0;
	}
	for (unsigned i = 0; i < a->count; i += 2) {
		const struct host *h = need_host(s, a->w[i], e);

		if (!h || read_number(a->w[i + 1], &n, e))
			return -EINVAL;
		script_check(s, h->just_now == n, "expected %s to receive %lu, saw %lu", h->name, n,
			     h->just_now);
	}
	return 0;
}

const struct verb verbs[] = {
	{"switch", 1, "switch NAME [KEY=VALUE...]", do_switch},
	{"host", 2, "host NAME SWITCH [KEY=VALUE...]", do_host},
	{"hub", 1, "hub NAME", do_hub},
	{"link", 2, "link SWITCH SWITCH|HUB [KEY=VALUE...]", do_link},
	{"port", 3, "port SWITCH PORT KEY=VALUE...", do_port},
	{"set", 2, "set SWITCH KEY=VALUE...", do_set},
	{"static", 3, "static SWITCH HOST|MAC PORT [VLAN]", do_static},
	{"flush", 1, "flush SWITCH", do_flush},
	{"move", 2, "move HOST SWITCH", do_move},
	{"down", 1, "down HOST | down SWITCH PORT", do_down},
	{"up", 1, "up HOST | up SWITCH PORT", do_up},
	{"wait", 1, "wait SECONDSs", do_wait},
	{"send", 2,
	 "send HOST HOST|broadcast|MAC [vlan N] [stag N] [prio N] [len N] [as HOST|MAC|new] [times N]",
	 do_send},
	{"join", 2, "join HOST GROUP", do_join},
	{"leave", 2, "leave HOST GROUP", do_leave},
	{"cast", 2, "cast HOST GROUP", do_cast},
	{"expect", 1, "expect loop | expect nobody | expect HOST N [HOST N...]", do_expect},
	{"check", 2, "check NAME FACT... (see check.c)", do_check},
	{.name = NULL},
};

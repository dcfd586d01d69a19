/* SPDX-License-Identifier: ISC */
/*
 * fuzz_config.c - any JSON at all as a configuration.
 *
 * What is accepted holds what the rest of the daemon relies on, is the same after it was written
 * and read again, and can be compared with another.  What is refused says why and where.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "core/mcast.h"
#include "ctl/config.h"
#include "ctl/diff.h"
#include "util/mac.h"
#include "util/portset.h"
#include "util/words.h"

/* To compare with: something of every kind. */
static const char other_text[] =
	"{\"log\":{\"level\":\"debug\"},\"control\":{\"group\":\"wheel\"},\"switches\":{"
	"\"sw0\":{\"ageing_s\":10,\"ports\":{\"h1\":{\"ifname\":\"tap1\",\"mtu\":9000},\"h2\":{},"
	"\"tap1\":{\"ifname\":\"x\"},"
	"\"far\":{\"type\":\"vxlan\",\"vni\":1,\"remotes\":\"192.0.2.1,192.0.2.2\"}},"
	"\"macs\":[{\"mac\":\"02:00:00:00:00:01\",\"port\":\"h1\"},"
	"{\"mac\":\"02:00:00:00:00:01\",\"port\":\"h2\",\"vlan\":10},"
	"{\"mac\":\"02:00:00:00:00:02\",\"port\":\"far\",\"remote\":\"192.0.2.2\"}],"
	"\"groups\":[{\"group\":\"239.1.2.3\",\"port\":\"h1\"}]},"
	"\"other\":{\"ports\":{\"o1\":{}}}}}";

/* ---- what is refused ---- */

static void check_clean(const char *s)
{
	json_t *v = json_string(s);

	CHECK(v); /* it is UTF-8 */
	json_decref(v);
	for (; *s; s++)
		CHECK((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void check_refused(const struct config *c, const struct err *e, int rc)
{
	CHECK(!c->sw && !c->switches);
	CHECK(rc == -e->code);
	CHECK(rc == -EINVAL || rc == -ENOSPC);
	CHECK(e->text[0]);
	check_clean(e->text);
	check_clean(e->path);
}

/* ---- what is accepted ---- */

/* Every value is one that its option takes: shown and read again it is the same. */
static void check_options(const struct opt *table, const void *base, void *scratch)
{
	opt_foreach (o, table) {
		char text[VIDSET_TEXT_SIZE]; /* the longest of all */

		opt_format(o, base, text, sizeof(text));
		if (strcmp(text, "default") == 0)
			continue; /* a name here, but not where a person writes it */
		CHECK(opt_parse(o, text, scratch, NULL) == 0);
		CHECK(opt_equal(o, base, scratch));
	}
}

static bool is_udp(const struct port_cfg *p)
{
	return strcmp(p->type, "udp") == 0;
}

static bool is_netdev(const struct port_cfg *p)
{
	return strcmp(p->type, "netdev") == 0;
}

static const char *ifname(const struct port_cfg *p)
{
	return is_netdev(p) ? netdev_ifname(p) : tap_ifname(p);
}

static const char *netns(const struct port_cfg *p)
{
	return is_netdev(p) ? p->u.netdev.netns : p->u.tap.netns;
}

static bool is_tap(const struct port_cfg *p)
{
	return strcmp(p->type, "tap") == 0;
}

static void check_group(const struct port_cfg *p)
{
	struct endpoint group;

	CHECK(endpoint_parse(p->u.mcast.group, &group, NULL) == 0);
	CHECK(endpoint_is_group(&group) && !strchr(p->u.mcast.ifname, '%'));
}

static void check_peer(const struct port_cfg *p)
{
	const char *slash = strchr(p->u.patch.peer, '/');

	CHECK(slash && slash != p->u.patch.peer && name_check(slash + 1, NULL) == 0);
}

static bool is_vde(const struct port_cfg *p)
{
	return strcmp(p->type, "vde") == 0;
}

/* A path without the slashes that say nothing. */
static void plain_path(const char *path, char out[128])
{
	size_t n = 0;

	for (; *path; path++)
		if (*path != '/' || (path[1] && path[1] != '/'))
			out[n++] = *path;
	out[n] = '\0';
}

static bool is_vxlan(const struct port_cfg *p)
{
	return strcmp(p->type, "vxlan") == 0;
}

static int check_remote(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	const struct endpoint *local = arg;

	(void)e;
	CHECK(*text && ep->port && ep->ipv6 == local->ipv6);
	CHECK(!endpoint_is_any(ep) && !endpoint_is_group(ep) && endpoint_compare(ep, local) != 0);
	return 0;
}

static void check_tunnel(const struct port_cfg *p)
{
	const struct vxlan_cfg *v = &p->u.vxlan;
	struct endpoint local;
	uint16_t first, last;

	CHECK(v->vni <= 0xffffff);
	CHECK(endpoint_parse(v->local, &local, NULL) == 0);
	CHECK(vxlan_each_remote(v->remotes, local.port, check_remote, &local, NULL) == 0);
	CHECK(!v->group[0] == !v->ifname[0]);
	CHECK(vxlan_tos(v->tos) >= -1 && vxlan_tos(v->tos) <= 252);
	CHECK(vxlan_src_ports(v->src_ports, &first, &last) && first && first <= last);
}

static void check_ends(const struct port_cfg *p)
{
	struct endpoint local, remote;

	CHECK(endpoint_parse(p->u.udp.local, &local, NULL) == 0);
	CHECK(endpoint_parse(p->u.udp.remote, &remote, NULL) == 0);
	CHECK(local.ipv6 == remote.ipv6 && local.port && remote.port);
	CHECK(endpoint_compare(&local, &remote) != 0);
	CHECK(!endpoint_is_any(&remote) && !endpoint_is_group(&remote));
	CHECK(!endpoint_is_group(&local));
}

static void check_port(const struct switch_cfg *s, const struct port_cfg *p)
{
	const struct port_type *type = port_type_find(p->type);
	struct port_cfg scratch;

	CHECK(name_check(p->name, NULL) == 0);
	CHECK(config_find_port(s, p->name) == p); /* no name twice */
	CHECK(type);
	CHECK(port_cfg_check(p, NULL) == 0);
	if (is_udp(p))
		check_ends(p);
	else if (strcmp(p->type, "patch") == 0)
		check_peer(p);
	else if (strcmp(p->type, "mcast") == 0)
		check_group(p);
	else if (is_vde(p))
		CHECK(p->u.vde.dir[0] == '/' && strlen(p->u.vde.dir) < 95);
	else if (is_vxlan(p))
		check_tunnel(p);
	else
		CHECK(strlen(ifname(p)) > 0 && strlen(ifname(p)) < IFNAMSIZ);
	if (is_netdev(p))
		CHECK(!strchr(ifname(p), '%'));
	CHECK(sw_port_set_check(&p->set, NULL) == 0);
	check_options(type->options, p, &scratch);
}

struct sought {
	struct endpoint ep;
	unsigned found;
};

static int seek(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	struct sought *s = arg;

	(void)text, (void)e;
	s->found += memcmp(s->ep.addr, ep->addr, sizeof(ep->addr)) == 0 &&
		    strcmp(s->ep.scope, ep->scope) == 0;
	return 0;
}

/* It is one of its port's, and one only. */
static void check_station_remote(const struct switch_cfg *s, const struct static_mac *m)
{
	const struct port_cfg *p = config_find_port(s, m->port);
	struct sought sought = {.found = 0};

	if (!m->remote[0])
		return;
	CHECK(is_vxlan(p));
	CHECK(endpoint_parse_at(m->remote, 1, &sought.ep, NULL) == 0);
	CHECK(vxlan_each_remote(p->u.vxlan.remotes, 1, seek, &sought, NULL) == 0);
	CHECK(sought.found == 1);
	CHECK(same_remote(m->remote, m->remote) && !same_remote(m->remote, ""));
}

/* Each is a group that can be snooped for, written in one way, at a port, once. */
static void check_static_group(const struct switch_cfg *s, const struct static_group *g)
{
	char text[IP_STR_SIZE];
	struct ip_addr a;

	CHECK(ip_parse(g->group, &a) && ip_is_group(a) && !mcast_is_everybodys(a));
	CHECK(strcmp(g->group, ip_format(a, text)) == 0);
	CHECK(config_find_port(s, g->port) && config_find_group(s, g) == g);
	CHECK((g->vlan != 0) == s->set.vlan_aware && g->vlan <= VID_LAST);
}

static void check_switch(const struct config *c, const struct switch_cfg *s)
{
	struct sw_settings scratch;
	struct static_mac m;

	CHECK(name_check(s->name, NULL) == 0);
	CHECK(config_find_switch(c, s->name) == s);
	check_options(sw_options, &s->set, &scratch);
	CHECK(s->ports <= PORTSET_MAX && s->macs <= s->set.max_macs);
	for (size_t i = 0; i < s->ports; i++)
		check_port(s, &s->port[i]);
	CHECK(s->groups <= s->set.mcast_max_groups);
	for (size_t i = 0; i < s->groups; i++)
		check_static_group(s, &s->group[i]);
	for (size_t i = 0; i < s->vlans; i++) {
		struct sw_vlan_set v;

		CHECK(s->vlan[i].vid >= VID_FIRST && s->vlan[i].vid <= VID_LAST);
		CHECK(!i || s->vlan[i].vid > s->vlan[i - 1].vid);
		CHECK(config_find_vlan(s, s->vlan[i].vid) == &s->vlan[i]);
		check_options(sw_vlan_options, &s->vlan[i].set, &v);
	}
	for (size_t i = 0; i < s->macs; i++) {
		CHECK(!s->set.vlan_aware || s->mac[i].vlan);
		CHECK(mac_is_station(s->mac[i].mac) && s->mac[i].vlan < VID_MAX);
		CHECK(config_find_port(s, s->mac[i].port));
		CHECK(config_find_mac(s, s->mac[i].mac, s->mac[i].vlan) == &s->mac[i]);
		check_options(static_mac_options, &s->mac[i], &m);
		check_station_remote(s, &s->mac[i]);
	}
}

static bool same_device(const struct port_cfg *a, const struct port_cfg *b)
{
	struct endpoint x, y;
	char p[128], q[128];

	if (strcmp(a->type, b->type) != 0 || !(is_tap(a) || is_udp(a) || is_vde(a) || is_vxlan(a)))
		return false;
	if (is_vde(a)) {
		plain_path(a->u.vde.dir, p);
		plain_path(b->u.vde.dir, q);
		return strcmp(p, q) == 0;
	}
	if (is_vxlan(a)) {
		CHECK(endpoint_parse(a->u.vxlan.local, &x, NULL) == 0);
		CHECK(endpoint_parse(b->u.vxlan.local, &y, NULL) == 0);
		return endpoint_overlap(&x, &y) &&
		       (endpoint_compare(&x, &y) != 0 || a->u.vxlan.vni == b->u.vxlan.vni);
	}
	if (is_udp(a)) {
		CHECK(endpoint_parse(a->u.udp.local, &x, NULL) == 0);
		CHECK(endpoint_parse(b->u.udp.local, &y, NULL) == 0);
		return endpoint_overlap(&x, &y);
	}
	return strcmp(ifname(a), ifname(b)) == 0 && strcmp(netns(a), netns(b)) == 0 &&
	       !strchr(ifname(a), '%');
}

static void check_devices(const struct config *c)
{
	for (size_t i = 0; i < c->switches; i++)
		for (size_t j = 0; j < c->sw[i].ports; j++)
			for (size_t k = i; k < c->switches; k++)
				for (size_t l = k == i ? j + 1 : 0; l < c->sw[k].ports; l++)
					CHECK(!same_device(&c->sw[i].port[j], &c->sw[k].port[l]));
}

/* ---- differences ---- */

static void check_row(const json_t *row)
{
	const char *op = json_string_value(json_object_get(row, "op"));
	const char *path = json_string_value(json_object_get(row, "path"));
	const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
	bool add, del;

	CHECK(op && path && *path);
	check_clean(path);
	add = strcmp(op, "add") == 0;
	del = strcmp(op, "del") == 0;
	CHECK(add || del || strcmp(op, "set") == 0 || strcmp(op, "reopen") == 0);
	CHECK(!from == add && !to == del);
	CHECK(!from || !json_equal(from, to));
	CHECK(json_object_size(row) == 2 + (size_t)(!add + !del));
}

/* What is there after the changes, counted. */
struct stock {
	size_t switches, ports, macs, groups;
};

static struct stock count(const struct config *c)
{
	struct stock s = {.switches = c->switches};

	for (size_t i = 0; i < c->switches; i++) {
		s.ports += c->sw[i].ports;
		s.macs += c->sw[i].macs;
		s.groups += c->sw[i].groups;
	}
	return s;
}

static void follow(struct stock *s, const struct change *c)
{
	s->switches += c->kind == CHANGE_SWITCH_ADD;
	s->switches -= c->kind == CHANGE_SWITCH_DEL;
	s->ports += c->kind == CHANGE_PORT_ADD;
	s->ports -= c->kind == CHANGE_PORT_DEL;
	s->macs += c->kind == CHANGE_MAC_ADD;
	s->macs -= c->kind == CHANGE_MAC_DEL;
	s->groups += c->kind == CHANGE_GROUP_ADD;
	s->groups -= c->kind == CHANGE_GROUP_DEL;
}

/* The number of changes. */
static size_t check_diff(const struct config *from, const struct config *to)
{
	struct stock have = count(from), want = count(to);
	struct changes d;
	json_t *rows;
	const json_t *row;
	size_t i, n;

	CHECK(diff_make(from, to, &d) == 0);
	for (i = 0; i < d.count; i++)
		follow(&have, &d.list[i]);
	CHECK(memcmp(&have, &want, sizeof(have)) == 0);
	rows = diff_json(&d);
	CHECK(json_array_size(rows) >= d.count);
	CHECK(d.count || json_array_size(rows) == 0);
	json_array_foreach (rows, i, row)
		check_row(row);
	json_decref(rows);
	n = d.count;
	diff_free(&d);
	return n;
}

static void compare_with_other(const struct config *c)
{
	json_t *root = json_loads(other_text, 0, NULL);
	struct config other;
	size_t there, back;

	CHECK(config_parse(root, &other, NULL) == 0);
	json_decref(root);
	there = check_diff(c, &other);
	back = check_diff(&other, c);
	CHECK(there == back); /* each way undoes the other */
	config_free(&other);
}

/* ---- the whole ---- */

static void check_written(const struct config *c)
{
	json_t *written = config_dump(c), *again;
	struct config back;
	struct err e = {0};

	CHECK(written);
	if (config_parse(written, &back, &e))
		fprintf(stderr, "its own writing is refused: %s: %s\n", e.path, e.text);
	CHECK(e.code == 0);
	again = config_dump(&back);
	CHECK(json_equal(written, again));
	CHECK(check_diff(c, &back) == 0);
	json_decref(again);
	json_decref(written);
	config_free(&back);
}

static void check_accepted(const struct config *c)
{
	struct daemon_cfg scratch;

	for (const struct config_section *s = config_sections; s->name; s++)
		check_options(s->options, &c->daemon, &scratch);
	for (size_t i = 0; i < c->switches; i++)
		check_switch(c, &c->sw[i]);
	check_devices(c);
	CHECK(check_diff(c, c) == 0);
	check_written(c);
	compare_with_other(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *root = json_loadb((const char *)data, size,
				  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	struct config c;
	struct err e = {0};

	if (!root)
		return 0;
	memset(&c, 0x5a, sizeof(c));
	int rc = config_parse(root, &c, &e);
	if (rc) {
		check_refused(&c, &e, rc);
	} else {
		CHECK(e.code == 0);
		check_accepted(&c);
	}
	config_free(&c);
	json_decref(root);
	return 0;
}

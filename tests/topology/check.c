/* SPDX-License-Identifier: ISC */
/*
 * check.c - the verb `check`: facts about hosts and switches, in a table at the end.
 *
 *   check HOST received N                        since the host was made
 *   check HOST len N                             bytes of the frame it received last
 *   check HOST tags none|TAG...                  its tags, outermost first: vlan:10, vlan:10/5 with
 *                                                priority 5, stag:100
 *   check SWITCH macs N                          entries in the address table
 *   check SWITCH mac HOST|MAC port PORT [vlan N]
 *   check SWITCH mac HOST|MAC none [vlan N]
 *   check SWITCH drops REASON N                  of all ports, as `swctl drops` names them
 *   check SWITCH drops REASON N port PORT
 *   check SWITCH sent N port PORT
 *   check SWITCH forwarded|flooded|dropped N     frames
 *   check SWITCH events NAME N                   such as mac.moved
 *   check SWITCH role PORT root|designated|alternate|backup|disabled
 *   check SWITCH state PORT forwarding|learning|discarding
 *   check SWITCH root SWITCH                     whom it believes to be root of the spanning tree
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/sw_stp.h"
#include "script.h"
#include "util/bytes.h"
#include "util/mac.h"

/* The word behind `key`, or NULL. */
static const char *word_after(const struct words *a, unsigned from, const char *key)
{
	for (unsigned i = from; i + 1 < a->count; i++)
		if (strcmp(a->w[i], key) == 0)
			return a->w[i + 1];
	return NULL;
}

static int check_macs(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	unsigned long n = 0, seen = fdb_count(node->sw->fdb);

	if (read_number(a->w[2], &n, e))
		return -EINVAL;
	script_check(s, seen == n, "expected %s to know %lu addresses, saw %lu", node->sw->name, n,
		     seen);
	return 0;
}

static int check_mac(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const char *vlan = word_after(a, 3, "vlan"), *port = word_after(a, 3, "port");
	const char *seen, *want = port ? port : "none";
	unsigned long vid = 0;
	uint64_t mac = MAC_NONE;
	int index;

	if (read_address(s, a->w[2], &mac, e) || (vlan && read_number(vlan, &vid, e)))
		return -EINVAL;
	if (port ? !need_port(s, node, port, e) : !a->w[3] || strcmp(a->w[3], "none") != 0)
		return port ? -ENOENT : err_set(e, EINVAL, "say `port PORT` or `none`");
	index = fdb_lookup(node->sw->fdb, (uint16_t)vid, mac);
	seen = index < 0 ? "none" : node->sw->port[index]->name;
	script_check(s, strcmp(seen, want) == 0, "expected %s to know %s on port %s, saw %s",
		     node->sw->name, a->w[2], want, seen);
	return 0;
}

static int find_drop(const char *name, struct err *e)
{
	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++)
		if (name && strcmp(drop_name((enum drop)d), name) == 0)
			return d;
	return err_set(e, EINVAL, "no drop is called \"%s\"", name ? name : "");
}

static int check_drops(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const char *port = word_after(a, 4, "port");
	const struct port *p = port ? need_port(s, node, port, e) : NULL;
	int d = find_drop(a->w[2], e);
	unsigned long n = 0, seen = 0;

	if (d < 0 || (port && !p) || read_number(a->w[3], &n, e))
		return -EINVAL;
	sw_foreach_port (i, node->sw)
		if (!p || node->sw->port[i] == &p->core)
			seen += node->sw->port[i]->stats.drops[d];
	script_check(s, seen == n, "expected %s%s%s to have dropped %lu as %s, saw %lu",
		     node->sw->name, port ? " port " : "", port ? port : "", n, a->w[2], seen);
	return 0;
}

static int check_sent(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const char *port = word_after(a, 3, "port");
	const struct port *p = port ? need_port(s, node, port, e) : NULL;
	unsigned long n = 0;

	if (!port)
		return err_set(e, EINVAL, "say which port: `sent N port PORT`");
	if (!p || read_number(a->w[2], &n, e))
		return -EINVAL;
	script_check(s, p->core.stats.tx_frames == n,
		     "expected %s port %s to have sent %lu, saw %lu", node->sw->name, port, n,
		     (unsigned long)p->core.stats.tx_frames);
	return 0;
}

static int check_frames(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const struct sw_stats *st = &node->sw->stats;
	uint64_t seen = a->w[1][0] == 'd'   ? st->dropped
			: a->w[1][1] == 'o' ? st->forwarded
					    : st->flooded;
	unsigned long n = 0;

	if (read_number(a->w[2], &n, e))
		return -EINVAL;
	script_check(s, seen == n, "expected %s to have %s %lu, saw %lu", node->sw->name, a->w[1],
		     n, (unsigned long)seen);
	return 0;
}

static int check_events(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	unsigned long n = 0;

	for (int k = 0; k < EVENT_COUNT; k++) {
		if (!a->w[2] || strcmp(event_name((enum event_kind)k), a->w[2]) != 0)
			continue;
		if (read_number(a->w[3], &n, e))
			return -EINVAL;
		script_check(s, node->raised[k] == n,
			     "expected %s to have raised %s %lu times, saw %lu", node->sw->name,
			     a->w[2], n, node->raised[k]);
		return 0;
	}
	return err_set(e, EINVAL, "no event is called \"%s\"", a->w[2] ? a->w[2] : "");
}

static int need_stp(const struct node *node, struct err *e)
{
	if (node->sw->stp)
		return 0;
	return err_set(e, EINVAL, "switch %s takes part in no spanning tree", node->sw->name);
}

static int check_role(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const struct port *p = a->count == 4 ? need_port(s, node, a->w[2], e) : NULL;
	struct stp_port_info info;
	bool known = false;

	if (a->count != 4)
		return err_set(e, EINVAL, "say which port and role: `role PORT ROLE`");
	for (int r = 0; r < STP_ROLE_COUNT; r++)
		known |= strcmp(stp_role_name((enum stp_role)r), a->w[3]) == 0;
	if (!known)
		return err_set(e, EINVAL, "no role is called \"%s\"", a->w[3]);
	if (!p || need_stp(node, e))
		return -EINVAL;
	if (!stp_port_info(node->sw->stp, p->core.index, &info))
		return err_set(e, ENOENT, "port %s is not in the tree", a->w[2]);
	script_check(s, strcmp(stp_role_name(info.role), a->w[3]) == 0,
		     "expected %s port %s to be %s, saw %s", node->sw->name, a->w[2], a->w[3],
		     stp_role_name(info.role));
	return 0;
}

/* What frames meet, which is not what the protocol believes if the two do not fit together. */
static enum stp_state state_of(const struct sw_port *p)
{
	if (p->gate & GATE_DOWN || (p->gate & GATE_BLOCKED && p->gate & GATE_DEAF))
		return STP_STATE_DISCARDING;
	return p->gate & GATE_BLOCKED ? STP_STATE_LEARNING : STP_STATE_FORWARDING;
}

static int check_state(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const struct port *p = a->count == 4 ? need_port(s, node, a->w[2], e) : NULL;
	const char *seen;
	bool known = false;

	if (a->count != 4)
		return err_set(e, EINVAL, "say which port and state: `state PORT STATE`");
	for (int st = 0; st < STP_STATE_COUNT; st++)
		known |= strcmp(stp_state_name((enum stp_state)st), a->w[3]) == 0;
	if (!known)
		return err_set(e, EINVAL, "no state is called \"%s\"", a->w[3]);
	if (!p)
		return -ENOENT;
	seen = stp_state_name(state_of(&p->core));
	script_check(s, strcmp(seen, a->w[3]) == 0, "expected %s port %s to be %s, saw %s",
		     node->sw->name, a->w[2], a->w[3], seen);
	return 0;
}

static int check_root(struct script *s, struct node *node, const struct words *a, struct err *e)
{
	const struct node *root = a->w[2] ? net_node(s->net, a->w[2]) : NULL;
	char want[STP_ID_SIZE], seen[STP_ID_SIZE];
	struct stp_bridge_info here, there;

	if (!root)
		return err_set(e, ENOENT, "no switch is called \"%s\"", a->w[2] ? a->w[2] : "");
	if (need_stp(node, e) || need_stp(root, e))
		return -EINVAL;
	stp_bridge_info(node->sw->stp, &here);
	stp_bridge_info(root->sw->stp, &there);
	script_check(s, here.root_id == there.bridge_id,
		     "expected the root that %s knows to be %s (%s), saw %s", node->sw->name,
		     a->w[2], stp_id_format(there.bridge_id, want),
		     stp_id_format(here.root_id, seen));
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct script *s, struct node *node, const struct words *a, struct err *e);
} facts[] = {
	{"macs", check_macs},	   {"mac", check_mac},		{"drops", check_drops},
	{"sent", check_sent},	   {"forwarded", check_frames}, {"flooded", check_frames},
	{"dropped", check_frames}, {"events", check_events},	{"role", check_role},
	{"state", check_state},	   {"root", check_root},
};

enum { TEXT = 64 };

/* " vlan:10/5" for each tag of what the host received last. */
static void tags_of(const struct host *h, char out[TEXT])
{
	struct rd r = rd_from(h->start + 12, sizeof(h->start) - 12);
	uint16_t type = rd_be16(&r);
	size_t at = 0;

	for (; type == ETHERTYPE_CTAG || type == ETHERTYPE_STAG; type = rd_be16(&r)) {
		unsigned tci = rd_be16(&r);

		at += (size_t)snprintf(out + at, TEXT - at, " %s:%u",
				       type == ETHERTYPE_CTAG ? "vlan" : "stag", tci & 0xfff);
		if (tci >> 13)
			at += (size_t)snprintf(out + at, TEXT - at, "/%u", tci >> 13);
	}
	if (!at)
		snprintf(out, TEXT, " none");
}

static int check_tags(struct script *s, const struct host *h, const struct words *a)
{
	char seen[TEXT], want[TEXT] = "";

	for (unsigned i = 2; i < a->count; i++)
		snprintf(want + strlen(want), TEXT - strlen(want), " %s", a->w[i]);
	tags_of(h, seen);
	script_check(s, strcmp(seen, want) == 0, "expected the tags%s at %s, saw%s", want, h->name,
		     seen);
	return 0;
}

static int check_host(struct script *s, const struct host *h, const struct words *a, struct err *e)
{
	bool len = strcmp(a->w[1], "len") == 0;
	unsigned long n = 0, seen = len ? h->len : h->received;

	if (strcmp(a->w[1], "tags") == 0)
		return check_tags(s, h, a);
	if (!len && strcmp(a->w[1], "received") != 0)
		return err_set(e, EINVAL, "of a host, `received`, `len` and `tags` can be checked");
	if (read_number(a->w[2], &n, e))
		return -EINVAL;
	script_check(s, seen == n, "expected %s of %s to be %lu, saw %lu", a->w[1], h->name, n,
		     seen);
	return 0;
}

int do_check(struct script *s, const struct words *a, struct err *e)
{
	const struct host *h = net_host(s->net, a->w[0]);
	struct node *node = net_node(s->net, a->w[0]);

	if (h)
		return check_host(s, h, a, e);
	if (!node)
		return err_set(e, ENOENT, "no host and no switch is called \"%s\"", a->w[0]);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (strcmp(facts[i].name, a->w[1]) == 0)
			return facts[i].run(s, node, a, e);
	return err_set(e, EINVAL, "of a switch, \"%s\" cannot be checked", a->w[1]);
}

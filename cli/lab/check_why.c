/* SPDX-License-Identifier: ISC */
/*
 * check_why.c - why hosts do or do not reach each other, as far as the switches know it.
 *
 * Nothing here decides whether a check passes: what cannot be found out is left out.
 */
#include <string.h>

#include "check_impl.h"
#include "core/drop.h"

enum { DROPS_TOLD = 4, PORTS_LOOKED_AT = 4 };

static json_t *ask(const struct lab_env *env, const char *method, json_t *params)
{
	struct fail f = {0};
	json_t *answer = env->call(env->arg, method, params, &f);

	fail_clear(&f);
	/* cppcheck-suppress returnDanglingLifetime ; the answer is its own, f says only why there is none */
	return answer;
}

json_t *drops_now(const struct lab_env *env)
{
	return ask(env, "drops.list", need(json_object()));
}

static bool is_port_of(const struct lab *lab, const char *host, const char *sw, const char *port)
{
	const struct lab_host *h = lab_find_host(lab, host);

	for (size_t i = 0; h && i < h->interfaces; i++)
		if (strcmp(h->interface[i].sw, sw) == 0 && strcmp(h->interface[i].port, port) == 0)
			return true;
	return false;
}

/* Of a switch that it is plugged in to, another port than its own? */
static bool is_wrong_port(const struct lab *lab, const char *host, const char *sw, const char *port)
{
	const struct lab_host *h = lab_find_host(lab, host);

	for (size_t i = 0; h && i < h->interfaces; i++)
		if (strcmp(h->interface[i].sw, sw) == 0)
			return !is_port_of(lab, host, sw, port);
	return false;
}

static json_int_t count_in(const json_t *drops, const json_t *like)
{
	json_t *d;
	size_t i;

	json_array_foreach (json_object_get(drops, "drops"), i, d) {
		if (strcmp(js_str(d, "switch"), js_str(like, "switch")) == 0 &&
		    strcmp(js_str(d, "port"), js_str(like, "port")) == 0 &&
		    strcmp(js_str(d, "direction"), js_str(like, "direction")) == 0 &&
		    strcmp(js_str(d, "reason"), js_str(like, "reason")) == 0)
			return js_int(d, "count");
	}
	return 0;
}

/*
 * Frames that nobody misses: to the switch itself, or that had nowhere else to go.  They are dropped all the time and say nothing about a
 * check.
 */
static bool is_usual(const char *reason)
{
	static const enum drop usual[] = {DROP_LINK_LOCAL, DROP_SAME_PORT, DROP_NO_EGRESS,
					  DROP_NO_MEMBER};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(reason, drop_name(usual[i])) == 0)
			return true;
	return false;
}

/* Those that grew, at ports of the two hosts or (rest) at others. */
static size_t tell_grown(const struct lab *lab, const json_t *before, const json_t *now,
			 const char *const hosts[2], bool rest, size_t room, struct check_result *r)
{
	json_t *d;
	size_t i, told = 0;

	json_array_foreach (json_object_get(now, "drops"), i, d) {
		json_int_t grown = js_int(d, "count") - count_in(before, d);
		const char *sw = js_str(d, "switch"), *port = js_str(d, "port");
		bool own =
			is_port_of(lab, hosts[0], sw, port) || is_port_of(lab, hosts[1], sw, port);

		if (grown <= 0 || own == rest || told == room || is_usual(js_str(d, "reason")))
			continue;
		because(r,
			"%s dropped %" JSON_INTEGER_FORMAT " frame%s meanwhile %s port %s (%s): %s",
			sw, grown, grown == 1 ? "" : "s",
			strcmp(js_str(d, "direction"), "out") == 0 ? "on the way out of"
								   : "that came in at",
			port, js_str(d, "reason"), js_str(d, "text"));
		told++;
	}
	return told;
}

void why_dropped(const struct lab *lab, const struct lab_env *env, const json_t *before,
		 const char *a, const char *b, struct check_result *r)
{
	json_t *now = drops_now(env);
	const char *const hosts[2] = {a, b};
	size_t told = tell_grown(lab, before, now, hosts, false, DROPS_TOLD, r);

	tell_grown(lab, before, now, hosts, true, DROPS_TOLD - told, r);
	json_decref(now);
}

/* The first of port.list for it; NULL = nothing is known. */
static json_t *port_now(const struct lab_env *env, const char *sw, const char *port)
{
	json_t *all =
		ask(env, "port.list", need(json_pack("{s:s, s:s}", "switch", sw, "port", port)));
	json_t *p = json_incref(json_array_get(json_object_get(all, "ports"), 0));

	json_decref(all);
	return p;
}

static const json_t *port_in(const json_t *trees, const char *sw, const char *port)
{
	json_t *b, *p;
	size_t i, j;

	json_array_foreach (json_object_get(trees, "switches"), i, b) {
		if (strcmp(js_str(b, "switch"), sw) != 0)
			continue;
		json_array_foreach (json_object_get(b, "ports"), j, p) {
			if (strcmp(js_str(p, "port"), port) == 0)
				return p;
		}
	}
	return NULL;
}

/* What keeps all frames out of a port, or in it. */
static void tell_state(const struct lab_env *env, const char *sw, const char *port, const json_t *p,
		       struct check_result *r)
{
	const char *state = js_str(p, "state"), *reason = js_str(p, "reason");
	json_t *trees;
	const json_t *t;

	if (*state && strcmp(state, "up") != 0)
		because(r, "port %s of %s is %s%s%s", port, sw, state, *reason ? ": " : "", reason);
	if (js_has(p, "shut"))
		because(r, "port %s of %s is shut: %s", port, sw,
			js_str(json_object_get(p, "shut"), "text"));
	if (js_true(json_object_get(p, "loop"), "blocked"))
		because(r, "port %s of %s is blocked, because a loop was found behind it", port,
			sw);
	trees = ask(env, "stp.list", need(json_object()));
	t = port_in(trees, sw, port);
	if (t && strcmp(js_str(t, "state"), "forwarding") != 0)
		because(r, "the spanning tree holds port %s of %s in the state %s", port, sw,
			js_str(t, "state"));
	json_decref(trees);
}

/* The entries of all switches for an address; NULL: one of them cannot be asked. */
static json_t *macs_everywhere(const struct lab_env *env, const struct lab *lab, const char *mac)
{
	json_t *all = need(json_array());

	for (size_t i = 0; all && i < lab->switches; i++) {
		struct fail f = {0};
		json_t *macs = macs_now(env, lab->sw[i].name, mac, &f);

		if (macs) {
			json_array_extend(all, macs);
		} else {
			json_decref(all);
			all = NULL;
		}
		json_decref(macs);
		fail_clear(&f);
	}
	return all;
}

/* Which switches know the station, and where. */
static void tell_places(const struct lab_env *env, const struct lab *lab, const char *host,
			const char *mac, struct check_result *r)
{
	json_t *all = macs_everywhere(env, lab, mac), *m;
	size_t i;

	if (!all)
		return;
	json_array_foreach (all, i, m) {
		const char *sw = js_str(m, "switch"), *port = js_str(m, "port");

		if (js_true(m, "static") && is_wrong_port(lab, host, sw, port))
			because(r, "%s has %s (%s) fixed at port %s", sw, host, mac, port);
	}
	if (json_array_size(all) == 0)
		because(r, "no switch has heard from %s (%s)", host, mac);
	json_decref(all);
}

/* Is it heard at one port and another in turn?  Then nothing else that is found out about it means much. */
static bool tell_flapping(const struct lab_env *env, const struct lab *lab, const char *host,
			  const char *mac, struct check_result *r)
{
	json_t *all = macs_everywhere(env, lab, mac), *m;
	bool found = false;
	size_t i;

	json_array_foreach (all, i, m) {
		if (found || !js_true(m, "flapping"))
			continue;
		found = true;
		because(r,
			"%s hears %s (%s) at several ports in turn: its frames go round in a loop, which "
			"\"stp\" of the switches would open, or another has its address",
			js_str(m, "switch"), host, mac);
	}
	json_decref(all);
	return found;
}

struct side {
	const char *host, *sw, *port;
	json_t *now;
};

static bool side_of(const struct lab *lab, const struct lab_env *env, const char *host, size_t i,
		    struct side *s)
{
	const struct lab_host *h = lab_find_host(lab, host);

	*s = (struct side){.host = host};
	if (!h || i >= h->interfaces || !*h->interface[i].sw)
		return false;
	s->sw = h->interface[i].sw;
	s->port = h->interface[i].port;
	s->now = port_now(env, s->sw, s->port);
	return s->now != NULL;
}

/* "is in VLAN 10" of an access port; "" of others, or where the switch knows none. */
static const char *vlan_text(const struct side *s, char out[64])
{
	const json_t *v = json_object_get(s->now, "vlan");

	*out = '\0';
	if (v && js_int(v, "pvid"))
		snprintf(out, 64, "VLAN %d (%s)", (int)js_int(v, "pvid"), js_str(v, "mode"));
	return out;
}

/* Hosts with one interface each: only there is it clear which ports are meant. */
static bool both_sides(const struct lab *lab, const struct lab_env *env, const char *a,
		       const char *b, struct side side[2])
{
	const struct lab_host *ha = lab_find_host(lab, a), *hb = lab_find_host(lab, b);
	bool ok = ha && hb && ha->interfaces == 1 && hb->interfaces == 1;

	side[0].now = side[1].now = NULL;
	return ok && side_of(lab, env, a, 0, &side[0]) && side_of(lab, env, b, 0, &side[1]);
}

static void tell_vlans(const struct side side[2], bool differ, struct check_result *r)
{
	char a[64], b[64];

	vlan_text(&side[0], a);
	vlan_text(&side[1], b);
	if (*a && *b && (strcmp(a, b) != 0) == differ) {
		if (differ)
			because(r, "port %s of %s is in %s, port %s of %s in %s", side[0].port,
				side[0].sw, a, side[1].port, side[1].sw, b);
		else
			because(r, "port %s of %s and port %s of %s are both in %s", side[0].port,
				side[0].sw, side[1].port, side[1].sw, a);
	}
}

/* What keeps frames out of the ports of both; a host of many interfaces has many. */
static void tell_ports(const struct lab *lab, const struct lab_env *env, const char *host,
		       struct check_result *r)
{
	struct side one;

	for (size_t i = 0; i < PORTS_LOOKED_AT && side_of(lab, env, host, i, &one); i++) {
		tell_state(env, one.sw, one.port, one.now, r);
		json_decref(one.now);
	}
}

void why_apart(const struct lab *lab, const struct lab_env *env, const struct check *c,
	       struct check_result *r)
{
	struct check_result unsaid = {.why = need(json_array())};
	json_t *from, *to = NULL;
	struct side side[2];
	struct reach reach;
	struct fail f = {0};

	tell_ports(lab, env, c->host, r);
	tell_ports(lab, env, c->to.host, r);
	if (both_sides(lab, env, c->host, c->to.host, side))
		tell_vlans(side, true, r);
	json_decref(side[0].now);
	json_decref(side[1].now);
	from = host_now(env, c->host, &f);
	if (*c->to.host)
		to = host_now(env, c->to.host, &f);
	if (from && to && reach_find(c, from, to, &reach, &unsaid)) {
		const char *mac = js_str(json_object_get(to, reach.to), "mac"),
			   *own = js_str(json_object_get(from, reach.from), "mac");

		if (!*own || !tell_flapping(env, lab, c->host, own, r))
			(void)(*mac && tell_flapping(env, lab, c->to.host, mac, r));
		if (*mac && *reach.from) /* else it is a router that would have to be known */
			tell_places(env, lab, c->to.host, mac, r);
		why_on_the_way(lab, env, c->host, from, c->to.host, to, &reach, r);
	}
	json_decref(from);
	json_decref(to);
	check_result_free(&unsaid);
	fail_clear(&f);
}

void why_together(const struct lab *lab, const struct lab_env *env, const char *a, const char *b,
		  struct check_result *r)
{
	struct side side[2];

	if (both_sides(lab, env, a, b, side)) {
		tell_vlans(side, false, r);
		if (!json_object_get(side[0].now, "vlan") && strcmp(side[0].sw, side[1].sw) == 0)
			because(r, "%s knows no VLANs: \"vlan_aware\" is not set", side[0].sw);
	}
	json_decref(side[0].now);
	json_decref(side[1].now);
}

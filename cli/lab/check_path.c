/* SPDX-License-Identifier: ISC */
/*
 * check_path.c - how far a frame from one host to another gets: asked of each switch on the way, by switch.trace.
 *
 * The frames are those that a conversation begins with: an ARP request, an echo request, and the answers to both.  The first that
 * does not arrive is told of, with what stops it.  Nothing is sent.
 */
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "core/csum.h"
#include "core/drop.h"
#include "core/frame.h"
#include "lab/echo.h"
#include "util/hex.h"
#include "util/iptext.h"
#include "util/mac.h"

enum {
	HOPS_MAX = 64, /* of all branches together */
	ETH = 14,
	IP4 = 20,
	IP6 = 40,
	PAYLOAD = 56,
	ROOM = ETH + IP6 + ECHO_HEADER + PAYLOAD,
	ETHERTYPE_ARP = 0x0806,
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

struct station {
	const char *host, *sw, *port;
	uint64_t mac;
	struct ip_addr ip;
};

/* One frame on its way through all switches. */
struct walk {
	const struct lab *lab;
	const struct lab_env *env;
	const struct station *to;
	const char *what; /* "the ARP request of h1" */
	json_t *seen;	  /* {"sw1/h1": true} */
	json_t *away;	  /* {"sw2": 1}: links from each switch to that of `to` */
	json_t *todo;  /* [[switch, port, bytes]...] that it comes in at, still to be asked about */
	json_t *stops; /* sentences: where it goes no further */
	bool arrived;
	bool asked; /* a daemon that knows no switch.trace says nothing */
};

/* ---- frames ---- */

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t put_eth(uint8_t *f, uint64_t dst, uint64_t src, unsigned type)
{
	mac_store(f, dst);
	mac_store(f + 6, src);
	put16(f + 12, type);
	return ETH;
}

/* RFC 826 */
static size_t make_arp(uint8_t *f, unsigned op, const struct station *a, const struct station *b)
{
	uint8_t *p =
		f + put_eth(f, op == ARP_REQUEST ? MAC_BROADCAST : b->mac, a->mac, ETHERTYPE_ARP);

	put16(p, 1);
	put16(p + 2, ETHERTYPE_IPV4);
	p[4] = 6;
	p[5] = 4;
	put16(p + 6, op);
	mac_store(p + 8, a->mac);
	ip4_store(p + 14, a->ip);
	if (op == ARP_REPLY)
		mac_store(p + 18, b->mac);
	ip4_store(p + 24, b->ip);
	return ETH + 28;
}

static size_t make_echo4(uint8_t *f, const struct station *a, const struct station *b)
{
	uint8_t *ip = f + put_eth(f, b->mac, a->mac, ETHERTYPE_IPV4);

	ip[0] = 0x45;
	put16(ip + 2, IP4 + ECHO_HEADER + PAYLOAD);
	ip[8] = 64;
	ip[9] = 1;
	ip4_store(ip + 12, a->ip);
	ip4_store(ip + 16, b->ip);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, IP4)));
	echo_make(ip + IP4, PAYLOAD, false, 1, 1);
	return ETH + IP4 + ECHO_HEADER + PAYLOAD;
}

static size_t make_echo6(uint8_t *f, const struct station *a, const struct station *b)
{
	uint8_t *ip = f + put_eth(f, b->mac, a->mac, ETHERTYPE_IPV6), *icmp = ip + IP6;

	ip[0] = 0x60;
	put16(ip + 4, ECHO_HEADER + PAYLOAD);
	ip[6] = 58;
	ip[7] = 64;
	ip6_store(ip + 8, a->ip);
	ip6_store(ip + 24, b->ip);
	echo_make(icmp, PAYLOAD, true, 1, 1);
	csum_put(icmp + 2, csum_finish(csum_pseudo6(ip, 58, ECHO_HEADER + PAYLOAD) +
				       csum_add(0, icmp, ECHO_HEADER + PAYLOAD)));
	return ETH + IP6 + ECHO_HEADER + PAYLOAD;
}

/* ---- the way ---- */

/* The port of the next switch that this one is linked to; NULL: it leads to no switch. */
static const struct lab_end *other_end(const struct lab *lab, const char *sw, const char *port)
{
	for (size_t i = 0; i < lab->links; i++)
		for (size_t e = 0; e < 2; e++) {
			const struct lab_end *near = &lab->link[i].end[e];
			const struct lab_end *far = &lab->link[i].end[1 - e];

			if (near->kind == LAB_SWITCH && far->kind == LAB_SWITCH &&
			    strcmp(near->node, sw) == 0 && strcmp(near->name, port) == 0)
				return far;
		}
	return NULL;
}

/* How many links each switch is away from that one; those that are not linked are not in it. */
static json_t *distances(const struct lab *lab, const char *sw)
{
	json_t *away = need(json_pack("{s:i}", sw, 0)), *d;
	bool more = true;

	for (json_int_t level = 0; more; level++) {
		more = false;
		for (size_t i = 0; i < 2 * lab->links; i++) {
			const struct lab_end *near = &lab->link[i / 2].end[i % 2];
			const struct lab_end *far = &lab->link[i / 2].end[1 - i % 2];

			if (near->kind != LAB_SWITCH || far->kind != LAB_SWITCH)
				continue;
			d = json_object_get(away, near->node);
			if (!d || json_integer_value(d) != level ||
			    json_object_get(away, far->node))
				continue;
			json_object_set_new(away, far->node, json_integer(level + 1));
			more = true;
		}
	}
	return away;
}

/* Does that switch lead nearer to the goal? */
static bool is_nearer(const struct walk *w, const char *sw, const struct lab_end *next)
{
	return next && js_int(w->away, next->node) < js_int(w->away, sw);
}

static bool is_goal(const struct walk *w, const char *sw, const char *port)
{
	return strcmp(sw, w->to->sw) == 0 && strcmp(port, w->to->port) == 0;
}

/* Reasons that say nothing: it came from there, or it never came to that port. */
static bool is_nothing(const char *why)
{
	return strcmp(why, "came_from") == 0 || strcmp(why, "unasked") == 0;
}

static void stops(struct walk *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void stops(struct walk *w, const char *fmt, ...)
{
	char text[1024];
	json_t *v;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v = json_string(text);
	if (v)
		json_array_append_new(w->stops, v);
}

/* What becomes of it at one port of a switch that it went through. */
static void leave(struct walk *w, const char *sw, const json_t *answer, const json_t *p)
{
	const char *port = js_str(p, "port"), *why = js_str(p, "why");
	const struct lab_end *next = other_end(w->lab, sw, port);
	const json_t *form =
		json_array_get(json_object_get(answer, "forms"), (size_t)js_int(p, "form"));

	if (js_true(p, "out") && is_goal(w, sw, port))
		w->arrived = true;
	else if (js_true(p, "out") && next)
		json_array_append_new(w->todo, json_pack("[s, s, s]", next->node, next->name,
							 js_str(form, "bytes")));
	else if (!js_true(p, "out") && (is_nearer(w, sw, next) || is_goal(w, sw, port)) &&
		 !is_nothing(why))
		stops(w, "%s does not let %s out of port %s: %s", sw, w->what, port,
		      js_str(p, "text"));
}

static void enter(struct walk *w, const char *sw, const char *port, const char *hex)
{
	struct fail f = {0};
	char key[2 * 64 + 2];
	json_t *answer, *p;
	size_t i;

	snprintf(key, sizeof(key), "%s/%s", sw, port);
	if (json_object_get(w->seen, key))
		return;
	json_object_set_new(w->seen, key, json_true());
	answer = w->env->call(
		w->env->arg, "switch.trace",
		need(json_pack("{s:s, s:s, s:s}", "switch", sw, "port", port, "frame", hex)), &f);
	fail_clear(&f);
	w->asked = w->asked || answer;
	/* where there was no port for it, what each port says tells more */
	if (strcmp(js_str(answer, "fate"), "dropped") == 0 && *js_str(answer, "drop_text") &&
	    strcmp(js_str(answer, "drop"), drop_name(DROP_NO_EGRESS)) != 0)
		stops(w, "%s does not take %s at port %s (%s): %s", sw, w->what, port,
		      js_str(answer, "drop"), js_str(answer, "drop_text"));
	json_array_foreach (json_object_get(answer, "ports"), i, p)
		leave(w, sw, answer, p);
	json_decref(answer);
}

static const char *text_at(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(list, i));
}

/* True when it arrives, or nothing can be said. */
static bool walk(const struct lab *lab, const struct lab_env *env, const struct station *a,
		 const struct station *b, const char *kind, const uint8_t *frame, size_t len,
		 struct check_result *r)
{
	char what[96], hex[2 * ROOM + 1];
	struct walk w = {.lab = lab,
			 .env = env,
			 .to = b,
			 .what = what,
			 .seen = need(json_object()),
			 .away = distances(lab, b->sw),
			 .stops = need(json_array())};
	json_t *v;
	size_t i;

	snprintf(what, sizeof(what), "the %s of %s", kind, a->host);
	hex_write(frame, len, hex);
	w.todo = need(json_pack("[[s, s, s]]", a->sw, a->port, hex));
	for (i = 0; i < json_array_size(w.todo) && i < HOPS_MAX; i++) {
		const json_t *at = json_array_get(w.todo, i);

		enter(&w, text_at(at, 0), text_at(at, 1), text_at(at, 2));
	}
	if (!w.arrived)
		json_array_foreach (w.stops, i, v)
			because(r, "%s", json_string_value(v));
	json_decref(w.seen);
	json_decref(w.away);
	json_decref(w.todo);
	json_decref(w.stops);
	return w.arrived || !w.asked;
}

static bool fill(const struct lab *lab, const char *host, const char *interface, const json_t *now,
		 struct ip_addr ip, struct station *s)
{
	const struct lab_host *h = lab_find_host(lab, host);

	*s = (struct station){.host = host, .ip = ip};
	for (size_t i = 0; h && i < h->interfaces; i++)
		if (strcmp(h->interface[i].name, interface) == 0) {
			s->sw = h->interface[i].sw;
			s->port = h->interface[i].port;
		}
	return s->sw && mac_parse(js_str(json_object_get(now, interface), "mac"), &s->mac);
}

/* The address that the sender would use: the first of the family on the interface it asks through. */
static bool own_ip(const json_t *now, const struct reach *reach, struct ip_addr *ip)
{
	json_t *a;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(now, reach->from), "addresses"), i, a) {
		if (ip_parse(js_str(a, "ip"), ip) && ip_is_v4(*ip) == ip_is_v4(reach->ip))
			return true;
	}
	return false;
}

void why_on_the_way(const struct lab *lab, const struct lab_env *env, const char *from,
		    const json_t *from_now, const char *to, const json_t *to_now,
		    const struct reach *reach, struct check_result *r)
{
	uint8_t f[ROOM] = {0};
	struct station a, b;
	struct ip_addr ip;
	bool ok;

	/* behind a router the frames are others */
	if (!*reach->from || !*reach->to || !own_ip(from_now, reach, &ip) ||
	    !fill(lab, from, reach->from, from_now, ip, &a) ||
	    !fill(lab, to, reach->to, to_now, reach->ip, &b))
		return;
	if (!ip_is_v4(ip)) {
		ok = walk(lab, env, &a, &b, "echo request", f, make_echo6(f, &a, &b), r);
		if (ok)
			walk(lab, env, &b, &a, "answer", f, make_echo6(f, &b, &a), r);
		return;
	}
	ok = walk(lab, env, &a, &b, "ARP request", f, make_arp(f, ARP_REQUEST, &a, &b), r) &&
	     walk(lab, env, &b, &a, "ARP reply", f, make_arp(f, ARP_REPLY, &b, &a), r);
	memset(f, 0, sizeof(f));
	if (ok && walk(lab, env, &a, &b, "echo request", f, make_echo4(f, &a, &b), r))
		walk(lab, env, &b, &a, "answer", f, make_echo4(f, &b, &a), r);
}

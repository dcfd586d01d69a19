/* SPDX-License-Identifier: ISC */
#include "ctl/hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port/log.h"
#include "util/mac.h"
#include "util/words.h"

enum { FILTER_MAX = 64 }; /* names in a filter: more than there are */

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* The coarse clock is a read of memory, not a system call. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void log_refused(const struct event *ev)
{
	char mac[MAC_STR_SIZE];

	mac_format(ev->mac, mac);
	if (ev->from)
		log_warning("%s: %s (VLAN %u) sent through port %s, but is an address of port %s",
			    ev->sw, mac, ev->vid, ev->port, ev->from);
	else if (strcmp(ev->cause, "locked") == 0)
		log_warning("%s: %s (VLAN %u) may not send through port %s, which is locked",
			    ev->sw, mac, ev->vid, ev->port);
	else
		log_warning("%s: %s (VLAN %u) is one address more than port %s may have; "
			    "max_macs_action is %s",
			    ev->sw, mac, ev->vid, ev->port, ev->now);
}

/* Those that a person should hear of although nobody subscribed; they are rare by construction. */
static void log_trouble(const struct event *ev)
{
	char mac[MAC_STR_SIZE];

	if (ev->kind == EVENT_MAC_FLAPPING)
		log_warning("%s: %s (VLAN %u) is flapping between ports %s and %s: a loop, or the "
			    "address is in use twice",
			    ev->sw, mac_format(ev->mac, mac), ev->vid, ev->from, ev->port);
	else if (ev->kind == EVENT_MAC_REFUSED)
		log_refused(ev);
	else if (ev->kind == EVENT_TABLE_FULL)
		log_warning("%s: the address table is full; %s on port %s was not learned", ev->sw,
			    mac_format(ev->mac, mac), ev->port);
	else if (ev->kind == EVENT_STORM_BEGAN)
		log_warning(
			"%s: port %s brings in more %s frames than %s: a storm, or the limit is "
			"too low",
			ev->sw, ev->port, ev->now, ev->limit);
	else if (ev->kind == EVENT_LOOP_DETECTED)
		log_warning(
			"%s: port %s is blocked for a loop: what left through port %s came back "
			"through it",
			ev->sw, ev->port, ev->cause_port);
}

static void drain(uv_idle_t *idle);

static void on_raise(struct event_sink *sink, const struct event *ev)
{
	struct hub *h = (struct hub *)sink;
	struct hub_event *e;

	log_trouble(ev);
	if (!(h->kinds >> ev->kind & 1))
		return;
	h->raised++;
	if (h->count == HUB_RING) {
		if (h->lost++ == 0)
			h->before_lost = HUB_RING;
		return;
	}
	e = &h->ring[(h->head + h->count++) % HUB_RING];
	e->kind = ev->kind;
	e->time = now();
	e->mac = ev->mac;
	e->vid = ev->vid;
	e->number = ev->number;
	e->pid = ev->pid;
	e->uid = ev->uid;
	copy(e->sw, sizeof(e->sw), ev->sw);
	copy(e->port, sizeof(e->port), ev->port);
	copy(e->from, sizeof(e->from), ev->from);
	copy(e->reason, sizeof(e->reason), ev->reason);
	e->key = ev->key;
	e->cause = ev->cause;
	copy(e->now, sizeof(e->now), ev->now);
	copy(e->was, sizeof(e->was), ev->was);
	copy(e->cause_port, sizeof(e->cause_port), ev->cause_port);
	copy(e->cause_bridge, sizeof(e->cause_bridge), ev->cause_bridge);
	text_shown(ev->chassis ? ev->chassis : "", e->chassis);
	text_shown(ev->port_id ? ev->port_id : "", e->port_id);
	text_shown(ev->system ? ev->system : "", e->system);
	copy(e->limit, sizeof(e->limit), ev->limit);
	if (h->count == 1)
		uv_idle_start(&h->drain, drain);
}

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text[0])
		json_object_set_new(o, key, json_string(text));
}

static bool is_of_groups(enum event_kind kind)
{
	return kind >= EVENT_GROUP_JOINED && kind <= EVENT_GROUP_NO_ROUTER;
}

static bool has_vlan(const struct hub_event *ev)
{
	return ev->mac || (is_of_groups(ev->kind) && ev->kind != EVENT_GROUP_SKIPPED);
}

static json_t *params_of(const struct hub_event *ev)
{
	json_t *o = json_pack("{s:s, s:f}", "event", event_name(ev->kind), "time", ev->time);
	char mac[MAC_STR_SIZE];

	set_text(o, "switch", ev->sw);
	set_text(o, "port", ev->port);
	set_text(o, "from", ev->from);
	if (ev->kind == EVENT_PORT_DOWN || ev->kind == EVENT_PORT_LOST)
		set_text(o, "reason", ev->reason);
	if (ev->key)
		set_text(o, ev->key, ev->now);
	set_text(o, "was", ev->was);
	if (ev->cause)
		set_text(o, "cause", ev->cause);
	set_text(o, "cause_port", ev->cause_port);
	set_text(o, "cause_bridge", ev->cause_bridge);
	set_text(o, "chassis", ev->chassis);
	set_text(o, "port_id", ev->port_id);
	set_text(o, "system", ev->system);
	set_text(o, "limit", ev->limit);
	if (ev->mac)
		json_object_set_new(o, "mac", json_string(mac_format(ev->mac, mac)));
	if (has_vlan(ev))
		json_object_set_new(o, "vlan", json_integer(ev->vid));
	if (ev->kind == EVENT_GROUP_SKIPPED)
		json_object_set_new(o, "count", json_integer((json_int_t)ev->number));
	if (ev->kind == EVENT_MAC_FLAPPING)
		json_object_set_new(o, "moves", json_integer((json_int_t)ev->number));
	if (ev->kind == EVENT_GUARD_VIOLATION && ev->number)
		json_object_set_new(o, "untold", json_integer((json_int_t)ev->number));
	if (ev->kind == EVENT_STORM_ENDED)
		json_object_set_new(o, "dropped", json_integer((json_int_t)ev->number));
	if (ev->kind == EVENT_CONFIG_APPLIED) {
		json_object_set_new(o, "changes", json_integer((json_int_t)ev->number));
		json_object_set_new(o, "pid", json_integer(ev->pid));
		json_object_set_new(o, "uid", json_integer(ev->uid));
	}
	return o;
}

/* Eats params. */
static char *line_of(json_t *params)
{
	json_t *msg =
		json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", "event", "params", params);
	/* time has milliseconds: 13 digits */
	char *line = msg ? json_dumps(msg, JSON_COMPACT | JSON_REAL_PRECISION(13)) : NULL;

	json_decref(msg);
	return line;
}

char *hub_lost_line(uint64_t count)
{
	return line_of(json_pack("{s:s, s:f, s:I}", "event", "events.lost", "time", now(), "count",
				 (json_int_t)count));
}

static void tell_lost(struct hub *h)
{
	char *line = hub_lost_line(h->lost);

	h->told += h->lost;
	h->lost = 0;
	if (line)
		h->overflow(h->owner, line);
	free(line);
}

static void drain(uv_idle_t *idle)
{
	struct hub *h = idle->data;

	for (int i = 0; i < HUB_BURST && h->count; i++) {
		/* out of the ring first: delivering may drop the last listener, and with him the ring */
		struct hub_event ev = h->ring[h->head];
		h->head = (h->head + 1) % HUB_RING;
		h->count--;
		h->told++;
		char *line = h->wanted(h->owner, &ev) ? line_of(params_of(&ev)) : NULL;

		if (line)
			h->deliver(h->owner, &ev, line);
		free(line);
		if (h->lost && --h->before_lost == 0)
			tell_lost(h);
	}
	if (!h->count)
		uv_idle_stop(&h->drain);
}

int hub_open(struct hub *h, uv_loop_t *loop)
{
	h->sink.raise = on_raise;
	h->ring = calloc(HUB_RING, sizeof(*h->ring));
	if (!h->ring)
		return -ENOMEM;
	uv_idle_init(loop, &h->drain);
	h->drain.data = h;
	return 0;
}

void hub_close(struct hub *h)
{
	h->listeners = 0;
	h->kinds = 0;
	h->count = 0;
	uv_close((uv_handle_t *)&h->drain, NULL);
	free(h->ring);
	h->ring = NULL;
}

void hub_listeners(struct hub *h, unsigned n, uint64_t kinds)
{
	h->listeners = n;
	h->kinds = kinds;
	if (n)
		return;
	h->count = 0;
	h->lost = 0;
	h->told = h->raised;
	uv_idle_stop(&h->drain);
}

static bool is_of_port(const struct hub_event *ev, const char *port)
{
	return strcmp(ev->port, port) == 0 || strcmp(ev->from, port) == 0 ||
	       strcmp(ev->cause_port, port) == 0;
}

bool hub_matches(const struct hub_filter *f, const struct hub_event *ev)
{
	return (f->kinds >> ev->kind & 1) && (!f->sw[0] || strcmp(f->sw, ev->sw) == 0) &&
	       (!f->port[0] || is_of_port(ev, f->port)) &&
	       (!f->of_mac || (ev->mac && f->mac == ev->mac)) &&
	       (f->vid < 0 || (has_vlan(ev) && f->vid == ev->vid));
}

bool hub_may_send(const struct hub_filter *f, struct hub_quota *q, double time, uint64_t *lost)
{
	*lost = 0;
	if (!f->per_second)
		return true;
	if (time < q->began || time >= q->began + 1) { /* the clock may have been set back */
		q->began = time;
		q->sent = 0;
	}
	if (q->sent == f->per_second) {
		q->untold++;
		return false;
	}
	q->sent++;
	*lost = q->untold;
	q->untold = 0;
	return true;
}

/* "mac.moved", or "mac" for the whole group. */
static uint64_t kinds_called(const char *name)
{
	size_t len = strlen(name);
	uint64_t kinds = 0;

	for (int k = 0; k < EVENT_COUNT; k++) {
		const char *n = event_name((enum event_kind)k);

		if (strcmp(n, name) == 0 || (strncmp(n, name, len) == 0 && n[len] == '.'))
			kinds |= UINT64_C(1) << k;
	}
	return kinds;
}

static int refuse_name(const char *name, struct err *e)
{
	static const char *const groups[] = {"port",	"mac",	    "table",  "stp",
					     "loop",	"neighbor", "storm",  "group",
					     "binding", "guard",    "switch", "config"};
	const char *best = NULL;

	for (int k = 0; k < EVENT_COUNT; k++)
		word_nearest(name, event_name((enum event_kind)k), &best);
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		word_nearest(name, groups[g], &best);
	return word_unknown(e, EINVAL, name, best, "there is no event or group of events");
}

int hub_parse_filter(const json_t *names, struct hub_filter *f, struct err *e)
{
	const json_t *v;
	size_t i;

	f->kinds = UINT64_MAX;
	if (!names)
		return 0;
	f->kinds = 0;
	if (json_array_size(names) > FILTER_MAX)
		return err_set(e, EINVAL, "found %zu names, allowed are at most %d",
			       json_array_size(names), FILTER_MAX);
	json_array_foreach (names, i, v) {
		const char *name = json_string_value(v);
		uint64_t kinds = name ? kinds_called(name) : 0;

		if (!kinds)
			return refuse_name(name ? name : "(not a string)", e);
		f->kinds |= kinds;
	}
	return 0;
}

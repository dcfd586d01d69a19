/* SPDX-License-Identifier: ISC */
#include "top.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "show.h"
#include "text.h"

enum {
	AGAIN_MS = 1000,  /* between two tries to connect */
	SLOW_MS = 3000,	  /* without an answer, before that is told */
	MACS_SHOWN = 200, /* of one port; how many there are stands beside them */
	READ_MAX = 512,	  /* messages taken before keys are looked at again */
};

uint64_t top_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- the connection ---- */

static void feed_lost(struct top *t)
{
	struct fail *f = &t->ctx->fail;
	char *safe = text_safe(f->text);

	snprintf(t->feed.trouble, sizeof(t->feed.trouble), "%s", safe);
	free(safe);
	if (!t->feed.lost)
		top_news_tell(t, "top.disconnected", RED);
	fail_clear(f);
	rpc_close(&t->ctx->rpc);
	memset(t->feed.ids, 0, sizeof(t->feed.ids));
	t->feed.lost = true;
	t->feed.waiting = t->feed.complete = false;
	t->feed.next_ms = top_now() + AGAIN_MS;
}

static int subscribe(struct top *t)
{
	int rc = rpc_ask(&t->ctx->rpc, "subscribe",
			 need(json_pack("{s:i}", "per_second", TOP_EVENTS_PER_S)), &t->ctx->fail);

	t->feed.subscribe_id = t->ctx->rpc.last_id;
	return rc;
}

int top_feed_open(struct top *t)
{
	/* a connection is made at once, or the daemon has too many that wait: then later */
	t->ctx->rpc.timeout_s = 0.1;
	t->feed.next_ms = top_now();
	return subscribe(t);
}

static void reconnect(struct top *t)
{
	if (subscribe(t)) {
		feed_lost(t);
		return;
	}
	t->feed.lost = false;
	t->feed.trouble[0] = '\0';
	/* it may be another daemon, which counts from zero */
	top_forget(&t->ports);
	top_forget(&t->switches);
	top_news_tell(t, "top.connected", GREEN);
	t->feed.next_ms = top_now();
}

static bool ask(struct top *t, enum top_question q, const char *method, json_t *params)
{
	if (rpc_ask(&t->ctx->rpc, method, params, &t->ctx->fail)) {
		feed_lost(t);
		return false;
	}
	t->feed.ids[q] = t->ctx->rpc.last_id;
	t->feed.waiting = true;
	return true;
}

/* What belongs to the port that is looked at. */
static bool ask_port(struct top *t)
{
	static const struct {
		enum top_question q;
		const char *method;
		int limit;
	} questions[] = {
		{TOP_PORT_DROPS, "drops.list", 0},
		{TOP_PORT_MACS, "mac.list", MACS_SHOWN},
		{TOP_PORT_NEIGHBORS, "neighbor.list", 0},
	};

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		json_t *params =
			need(json_pack("{s:s, s:s}", "switch", t->sw, "port", t->looked_at));

		if (questions[i].limit)
			json_object_set_new(params, "limit", json_integer(questions[i].limit));
		if (!ask(t, questions[i].q, questions[i].method, params))
			return false;
	}
	return true;
}

static json_t *of_switch(const struct top *t)
{
	return need(json_pack("{s:s}", "switch", t->sw));
}

static void round_begin(struct top *t, uint64_t now_ms)
{
	t->feed.trouble[0] = '\0';
	t->feed.at_once = t->feed.slow = t->feed.stale = false;
	t->feed.asked_ms = now_ms;
	t->feed.next_ms = now_ms + (uint64_t)(t->interval_s * 1000);
	if (!ask(t, TOP_SWITCHES, "switch.list", NULL) || !*t->sw)
		return;
	if (!ask(t, TOP_PORTS, "port.list", of_switch(t)))
		return;
	if (t->has_tree && !ask(t, TOP_STP, "stp.list", of_switch(t)))
		return;
	if (t->look == TOP_LOOK_PORT)
		(void)ask_port(t);
}

static bool is_due(const struct top *t, uint64_t now_ms)
{
	return t->feed.at_once || (!t->paused && now_ms >= t->feed.next_ms);
}

bool top_feed_due(struct top *t, uint64_t now_ms)
{
	bool was_lost = t->feed.lost;

	t->feed.slow = t->feed.waiting && now_ms >= t->feed.asked_ms + SLOW_MS;
	if (t->feed.slow)
		snprintf(t->feed.trouble, sizeof(t->feed.trouble),
			 "switchd has not answered for %u s: it is busy or hangs",
			 (unsigned)((now_ms - t->feed.asked_ms) / 1000));
	if (t->feed.lost && now_ms >= t->feed.next_ms)
		reconnect(t);
	else if (!t->feed.lost && !t->feed.waiting && is_due(t, now_ms))
		round_begin(t, now_ms);
	return t->feed.slow || was_lost || t->feed.lost;
}

int top_feed_wait(const struct top *t, uint64_t now_ms)
{
	if (t->feed.waiting) /* to say that it takes long, once a second */
		return 1000;
	if (!t->feed.lost && t->feed.at_once)
		return 0;
	if (!t->feed.lost && t->paused)
		return -1;
	return t->feed.next_ms > now_ms ? (int)(t->feed.next_ms - now_ms) : 0;
}

void top_feed_now(struct top *t)
{
	t->feed.at_once = true;
}

/* ---- answers ---- */

static void count_all(const struct top_table *table, struct top_row *r, const json_t *stats,
		      bool is_switch)
{
	static const struct {
		enum top_count what;
		const char *port, *sw;
	} counts[] = {
		{TOP_IN_BYTES, "rx_bytes", NULL},     {TOP_IN_FRAMES, "rx_frames", NULL},
		{TOP_OUT_BYTES, "tx_bytes", NULL},    {TOP_OUT_FRAMES, "tx_frames", NULL},
		{TOP_LEARNED, "learned", "learned"},  {TOP_MOVED, "moved_here", "moved"},
		{TOP_REFUSED, "learn_refused", NULL}, {TOP_DROPS, NULL, "dropped"},
		{TOP_FORWARDED, NULL, "forwarded"},   {TOP_FLOODED, NULL, "flooded"},
		{TOP_FLAPPING, NULL, "flapping"},
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const char *key = is_switch ? counts[i].sw : counts[i].port;

		if (key)
			top_count(table, r, counts[i].what, (uint64_t)js_int(stats, key));
	}
	if (!is_switch)
		top_count(table, r, TOP_DROPS,
			  (uint64_t)(js_int(stats, "rx_drops") + js_int(stats, "tx_drops")));
}

static void copy_safe(char *to, size_t size, const char *from)
{
	char *safe = text_safe(from);

	snprintf(to, size, "%s", safe);
	free(safe);
}

/* The first switch where the one that was shown is gone. */
static void choose_switch(struct top *t, const json_t *list)
{
	const json_t *sw, *chosen = json_array_get(list, 0);
	size_t i;

	json_array_foreach (list, i, sw)
		if (strcmp(js_str(sw, "name"), t->sw) == 0)
			chosen = sw;
	t->has_tree =
		chosen && strcmp(js_str(json_object_get(chosen, "settings"), "stp"), "off") != 0;
	if (strcmp(js_str(chosen, "name"), t->sw) == 0)
		return;
	snprintf(t->sw, sizeof(t->sw), "%s", js_str(chosen, "name"));
	top_free(&t->ports);
	t->feed.complete = false;
	t->feed.stale = true;
	top_feed_now(t);
}

static void take_switches(struct top *t, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "switches"), *sw;
	size_t i;

	top_begin(&t->switches, top_now());
	json_array_foreach (list, i, sw) {
		char name[NAME_SIZE];
		struct top_row *r;

		copy_safe(name, sizeof(name), js_str(sw, "name"));
		r = top_row(&t->switches, name);
		r->macs = (uint64_t)js_int(sw, "macs");
		r->ports = (uint64_t)js_int(sw, "ports");
		count_all(&t->switches, r, json_object_get(sw, "stats"), true);
	}
	top_end(&t->switches);
	top_arrange(t);
	choose_switch(t, list);
}

static void take_port(struct top *t, const json_t *p)
{
	const json_t *reason;
	char name[NAME_SIZE];
	const char *key;
	struct top_row *r;

	copy_safe(name, sizeof(name), js_str(p, "port"));
	r = top_row(&t->ports, name);
	copy_safe(r->type, sizeof(r->type), js_str(p, "type"));
	copy_safe(r->state, sizeof(r->state), show_port_state(p));
	if (!t->has_tree)
		r->stp[0] = '\0';
	r->macs = (uint64_t)js_int(p, "macs");
	count_all(&t->ports, r, json_object_get(p, "stats"), false);
	json_object_foreach (json_object_get(p, "drops"), key, reason) {
		char safe[TOP_REASON_SIZE];

		copy_safe(safe, sizeof(safe), key);
		top_reason(&t->ports, r, safe, (uint64_t)json_integer_value(reason));
	}
}

static void keep(json_t **where, json_t *what)
{
	json_t *before = *where;

	*where = json_incref(what);
	json_decref(before);
}

static void take_ports(struct top *t, const json_t *answer)
{
	json_t *p, *looked_at = NULL;
	size_t i;

	top_begin(&t->ports, top_now());
	json_array_foreach (json_object_get(answer, "ports"), i, p) {
		take_port(t, p);
		if (strcmp(js_str(p, "port"), t->looked_at) == 0)
			looked_at = p;
	}
	top_end(&t->ports);
	top_arrange(t);
	keep(&t->port[TOP_PORTS], looked_at);
}

/* "root/forwarding", and what of the tree is the port's that is looked at. */
static void take_stp(struct top *t, const json_t *answer)
{
	json_t *tree = json_array_get(json_object_get(answer, "switches"), 0), *p;
	json_t *looked_at = NULL;
	size_t i;

	keep(&t->stp, tree);
	json_array_foreach (json_object_get(tree, "ports"), i, p) {
		struct top_row *r = top_find(&t->ports, js_str(p, "port"));
		char *text = text_format("%s/%s", js_str(p, "role"), js_str(p, "state"));

		if (r)
			copy_safe(r->stp, sizeof(r->stp), text);
		free(text);
		if (strcmp(js_str(p, "port"), t->looked_at) == 0)
			looked_at = p;
	}
	keep(&t->port[TOP_STP], looked_at);
}

static void take_result(struct top *t, enum top_question q, json_t *result)
{
	switch (q) {
	case TOP_SWITCHES:
		take_switches(t, result);
		break;
	case TOP_PORTS:
		take_ports(t, result);
		break;
	case TOP_STP:
		take_stp(t, result);
		break;
	case TOP_PORT_DROPS:
	case TOP_PORT_MACS:
	case TOP_PORT_NEIGHBORS:
		keep(&t->port[q], result);
		break;
	case TOP_QUESTIONS:
		break;
	}
}

/* A switch or port that is gone since is no trouble: the next round does not ask for it. */
static void take_error(struct top *t, const json_t *error)
{
	char *safe;

	if (js_int(error, "code") == CODE_NOT_FOUND)
		return;
	safe = text_safe(js_str(error, "message"));
	snprintf(t->feed.trouble, sizeof(t->feed.trouble), "%s", safe);
	free(safe);
}

static void answered(struct top *t, enum top_question q)
{
	t->feed.ids[q] = 0;
	for (size_t i = 0; i < TOP_QUESTIONS; i++)
		if (t->feed.ids[i])
			return;
	if (t->feed.slow)
		t->feed.trouble[0] = '\0';
	t->feed.waiting = t->feed.slow = false;
	t->feed.complete = !t->feed.stale;
}

/* True where the round is complete, or there was an event. */
static bool take_message(struct top *t, json_t *msg)
{
	json_t *id = json_object_get(msg, "id"), *error = json_object_get(msg, "error");

	if (strcmp(js_str(msg, "method"), "event") == 0) {
		top_news_take(t, json_object_get(msg, "params"));
		return true;
	}
	/* without events there is still the rest */
	if (error && json_integer_value(id) == t->feed.subscribe_id)
		top_news_tell(t, "top.no_events", RED);
	for (size_t q = 0; q < TOP_QUESTIONS; q++) {
		if (!t->feed.ids[q] || json_integer_value(id) != t->feed.ids[q])
			continue;
		if (error)
			take_error(t, error);
		else if (q == TOP_SWITCHES || !t->feed.stale)
			take_result(t, (enum top_question)q, json_object_get(msg, "result"));
		answered(t, (enum top_question)q);
		return !t->feed.waiting;
	}
	return false;
}

bool top_feed_read(struct top *t)
{
	bool changed = false;
	json_t *msg;

	for (int i = 0; i < READ_MAX; i++) {
		if (rpc_look(&t->ctx->rpc, &msg, &t->ctx->fail)) {
			feed_lost(t);
			return true;
		}
		if (!msg)
			break;
		changed |= take_message(t, msg);
		json_decref(msg);
	}
	return changed;
}

void top_feed_pause(struct top *t, bool pause)
{
	t->paused = pause;
	t->news_held = 0;
	if (!pause)
		top_feed_now(t);
}

void top_feed_look_at(struct top *t, const char *port)
{
	snprintf(t->looked_at, sizeof(t->looked_at), "%s", port);
	for (size_t q = 0; q < TOP_QUESTIONS; q++)
		keep(&t->port[q], NULL);
	t->feed.stale = true;
	top_feed_now(t);
}

void top_feed_close(struct top *t)
{
	top_news_free(t);
	for (size_t q = 0; q < TOP_QUESTIONS; q++)
		keep(&t->port[q], NULL);
	keep(&t->stp, NULL);
	top_free(&t->ports);
	top_free(&t->switches);
}

/* SPDX-License-Identifier: ISC */
/*
 * check_ping.c - does one host reach another, and how well.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "lab/echo.h"
#include "util/iptext.h"

enum {
	COUNT = 3,
	COUNT_MEASURED = 20,
	COUNT_MAX = 10000,
	INTERVAL_US = 200000,
	INTERVAL_MEASURED_US = 50000,
	WAIT_US = 1000000,
	SIZE = 56,
};

static const struct check_field fields[] = {
	{.name = "from",
	 .type = FIELD_HOST,
	 .off = FIELD(host),
	 .required = true,
	 .help = "the host that asks"},
	{.name = "to",
	 .type = FIELD_TARGET,
	 .off = FIELD(to),
	 .required = true,
	 .help = "the host that is asked, or an address"},
	{.name = "family",
	 .type = FIELD_WORD,
	 .off = FIELD(family),
	 .words = "ipv4 ipv6",
	 .help = "the address of the target that is asked; default: its first"},
	{.name = "count",
	 .type = FIELD_NUMBER,
	 .off = FIELD(count),
	 .min = 1,
	 .max = COUNT_MAX,
	 .help = "how many echo requests; default 3, or 20 where something is measured"},
	{.name = "interval",
	 .type = FIELD_TIME,
	 .off = FIELD(interval_us),
	 .min = 1000,
	 .max = 60000000,
	 .help = "from one to the next; default 200ms, or 50ms where something is measured"},
	{.name = "size",
	 .type = FIELD_NUMBER,
	 .off = FIELD(size),
	 .max = ECHO_SIZE_MAX,
	 .help = "bytes behind the ICMP header; default 56"},
	{.name = "loss_max",
	 .type = FIELD_PART,
	 .off = FIELD(loss_max_ppm),
	 .max = 1000000,
	 .help = "no more than this part may get lost"},
	{.name = "rtt_min",
	 .type = FIELD_TIME,
	 .off = FIELD(rtt_min_us),
	 .max = 60000000,
	 .help = "the median of the round trips takes no less"},
	{.name = "rtt_max",
	 .type = FIELD_TIME,
	 .off = FIELD(rtt_max_us),
	 .max = 60000000,
	 .help = "the median of the round trips takes no more"},
	FIELD_END,
};

static bool measured(const struct check *c)
{
	return c->loss_max_ppm >= 0 || c->rtt_min_us >= 0 || c->rtt_max_us >= 0;
}

static int complete(struct check *c, const struct lab *lab, struct fail *f)
{
	char at[64];

	if (target_complete(c, lab, f))
		return f->status;
	field_at(at, sizeof(at), c->at, "ping");
	if (measured(c) && !c->expect)
		return lab_error(
			lab, f, at,
			"with \"expect\": false there is nothing to measure: take loss_max, rtt_min and rtt_max away");
	if (c->rtt_min_us >= 0 && c->rtt_max_us >= 0 && c->rtt_min_us > c->rtt_max_us)
		return lab_error(lab, f, at, "\"rtt_min\" is above \"rtt_max\"");
	if (c->within_us < 0 && measured(c))
		c->within_us = 0;
	if (c->count < 0)
		c->count = measured(c) ? COUNT_MEASURED : COUNT;
	if (c->interval_us < 0)
		c->interval_us = measured(c) ? INTERVAL_MEASURED_US : INTERVAL_US;
	if (c->size < 0)
		c->size = SIZE;
	return 0;
}

static char *describe(const struct check *c)
{
	char ip[IP_STR_SIZE], low[TIME_TEXT], high[TIME_TEXT], rtt[80] = "", loss[40] = "";

	if (c->rtt_min_us >= 0 && c->rtt_max_us >= 0)
		snprintf(rtt, sizeof(rtt), " in %s to %s", time_text(c->rtt_min_us, low),
			 time_text(c->rtt_max_us, high));
	else if (c->rtt_min_us >= 0)
		snprintf(rtt, sizeof(rtt), " in %s or more", time_text(c->rtt_min_us, low));
	else if (c->rtt_max_us >= 0)
		snprintf(rtt, sizeof(rtt), " in %s or less", time_text(c->rtt_max_us, high));
	if (c->loss_max_ppm >= 0)
		snprintf(loss, sizeof(loss), ", %g%% lost or less", (double)c->loss_max_ppm / 1e4);
	return text_format("%s %s %s%s%s%s%s", c->host, c->expect ? "reaches" : "does not reach",
			   target_name(c, ip), *c->family ? " by " : "",
			   !*c->family			    ? ""
			   : strcmp(c->family, "ipv4") == 0 ? "IPv4"
							    : "IPv6",
			   rtt, loss);
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t median(const json_t *list)
{
	size_t n = json_array_size(list);
	int64_t *v = need(calloc(n + 1, sizeof(*v))), m;

	for (size_t i = 0; i < n; i++)
		v[i] = json_integer_value(json_array_get(list, i));
	qsort(v, n, sizeof(*v), ascending);
	m = v[n / 2];
	free(v);
	return m;
}

/* What came of it against what is asked. */
static bool judge(const struct check *c, const json_t *t, struct check_result *r)
{
	json_int_t sent = js_int(t, "sent"), received = js_int(t, "received");
	int64_t rtt = median(json_object_get(t, "rtt_us")),
		lost_ppm = sent ? (sent - received) * 1000000 / sent : 0;
	const char *error = js_str(t, "error");
	char text[TIME_TEXT], limit[TIME_TEXT];

	if (received == 0) {
		observe(r,
			"%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
			" echo requests unanswered",
			sent, sent);
		if (*error && c->expect)
			because(r, "%s: %s", c->host, error);
		return false;
	}
	observe(r, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " answered, median %s",
		received, sent, time_text(rtt, text));
	if (c->loss_max_ppm >= 0 && lost_ppm > c->loss_max_ppm)
		because(r, "%g%% were lost, which is more than %g%%", (double)lost_ppm / 1e4,
			(double)c->loss_max_ppm / 1e4);
	if (c->rtt_min_us >= 0 && rtt < c->rtt_min_us)
		because(r, "the median of %s is less than %s", text,
			time_text(c->rtt_min_us, limit));
	if (c->rtt_max_us >= 0 && rtt > c->rtt_max_us)
		because(r, "the median of %s is more than %s", text,
			time_text(c->rtt_max_us, limit));
	return json_array_size(r->why) == 0;
}

static int ask(const struct check *c, const struct lab_env *env, struct ip_addr ip,
	       struct check_result *r, bool *holds, struct fail *f)
{
	char text[IP_STR_SIZE];
	struct probe p = {.host = c->host, .fn = probe_ping};
	int rc;

	p.in = need(json_pack("{s:[s], s:I, s:I, s:I, s:I, s:b}", "targets", ip_format(ip, text),
			      "count", (json_int_t)c->count, "interval_us",
			      (json_int_t)c->interval_us, "wait_us", (json_int_t)WAIT_US, "size",
			      (json_int_t)c->size, "first", !measured(c)));
	p.patience = 10 + (double)c->count * (double)c->interval_us / 1e6;
	rc = probe_ask(env, &p);
	if (rc == 0)
		*holds = judge(c, json_array_get(json_object_get(p.out, "targets"), 0), r);
	*f = p.fail;
	memset(&p.fail, 0, sizeof(p.fail));
	probe_end(&p);
	return rc;
}

static int try(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r, bool *holds, struct fail *f)
{
	json_t *from, *to = NULL, *drops = NULL;
	struct reach reach;
	int rc = 0;

	(void)lab;
	from = host_now(env, c->host, f);
	if (from && *c->to.host)
		to = host_now(env, c->to.host, f);
	if (!from || (*c->to.host && !to))
		rc = f->status ? f->status : -1;
	else if (reach_find(c, from, to, &reach, r)) {
		drops = c->expect ? drops_now(env) : NULL;
		rc = ask(c, env, reach.ip, r, holds, f);
		if (!rc && !*holds && drops)
			why_dropped(lab, env, drops, c->host, c->to.host, r);
	}
	json_decref(drops);
	json_decref(from);
	json_decref(to);
	return rc;
}

static void explain(const struct check *c, const struct lab *lab, const struct lab_env *env,
		    struct check_result *r)
{
	if (!c->expect)
		why_together(lab, env, c->host, c->to.host, r);
	else if (!measured(c))
		why_apart(lab, env, c, r);
}

const struct check_kind check_ping = {
	.name = "ping",
	.help = "a host reaches another by ICMP echo, and how well",
	.fields = fields,
	.complete = complete,
	.describe = describe,
	.try = try,
	.explain = explain,
};

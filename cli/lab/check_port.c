/* SPDX-License-Identifier: ISC */
/*
 * check_port.c - does a host reach a TCP or UDP port of another.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "util/iptext.h"

enum { WAIT_US = 2000000, PATIENCE_S = 10 };

#define GREETING "switchd lab"

static const struct check_field fields[] = {
	{.name = "from",
	 .type = FIELD_HOST,
	 .off = FIELD(host),
	 .required = true,
	 .help = "the host that connects"},
	{.name = "to",
	 .type = FIELD_TARGET,
	 .off = FIELD(to),
	 .required = true,
	 .help = "the host that is connected to, or an address"},
	{.name = "port",
	 .type = FIELD_NUMBER,
	 .off = FIELD(port_number),
	 .min = 1,
	 .max = 65535,
	 .required = true,
	 .help = "the number of the port"},
	{.name = "family",
	 .type = FIELD_WORD,
	 .off = FIELD(family),
	 .words = "ipv4 ipv6",
	 .help = "the address of the target that is used; default: its first"},
	{.name = "listen",
	 .type = FIELD_BOOL,
	 .off = FIELD(listen),
	 .help = "whether the check listens on the port itself where nobody does; default true"},
	FIELD_END,
};

static bool is_udp(const struct check *c)
{
	return c->kind == &check_udp;
}

static char *describe(const struct check *c)
{
	char ip[IP_STR_SIZE];

	return text_format("%s %s %s port %" PRId64 " of %s", c->host,
			   c->expect ? "reaches" : "does not reach", is_udp(c) ? "UDP" : "TCP",
			   c->port_number, target_name(c, ip));
}

static json_t *question(const struct check *c, const struct reach *reach, bool greeted)
{
	char ip[IP_STR_SIZE];

	return need(json_pack("{s:b, s:s, s:I, s:s, s:I, s:b}", "udp", is_udp(c), "ip",
			      ip_format(reach->ip, ip), "port", (json_int_t)c->port_number,
			      "greeting", GREETING, "wait_us", (json_int_t)WAIT_US, "greeted",
			      greeted));
}

static bool judge(const struct check *c, const json_t *out, bool own, struct check_result *r)
{
	const char *result = js_str(out, "result"), *doubt = js_str(out, "doubt");
	bool connected = strcmp(result, "connected") == 0, greeted = js_true(out, "greeted");

	if (connected && own && !greeted) {
		observe(r, "somebody else answered");
		because(r, "what answered was not who listens in %s for this check", c->to.host);
		return false;
	}
	if (connected) {
		observe(r, "%s", is_udp(c) ? "answered" : "connected");
		return true;
	}
	if (strcmp(result, "refused") == 0) {
		observe(r, "refused: nobody listens on the port, or a rule of the host refuses it");
	} else if (strcmp(result, "silent") == 0) {
		observe(r, "no answer within %ds", WAIT_US / 1000000);
		if (is_udp(c) && !own)
			because(r,
				"UDP knows no connections: who listens on the port has to answer what it does not know, or \"listen\" has to be left to the check");
	} else {
		observe(r, "%s", *js_str(out, "because") ? js_str(out, "because") : "no answer");
	}
	if (*doubt && c->expect)
		because(r, "%s: %s", c->host, doubt);
	return false;
}

/* Somebody listens, or did already; then connects.  `listener` is ended by the caller. */
static int ask(const struct check *c, const struct lab_env *env, const struct reach *reach,
	       struct probe *listener, struct check_result *r, bool *holds, struct fail *f)
{
	struct probe p = {.host = c->host, .fn = probe_connect, .patience = PATIENCE_S};
	bool own = false;
	int rc = 0;

	if (c->listen && *c->to.host) {
		listener->in = question(c, reach, true);
		rc = probe_ask(env, listener);
		own = js_true(listener->out, "listening");
	}
	if (!rc) {
		p.in = question(c, reach, own);
		rc = probe_ask(env, &p);
		if (!rc)
			*holds = judge(c, p.out, own, r);
		*f = p.fail;
		memset(&p.fail, 0, sizeof(p.fail));
	} else {
		*f = listener->fail;
		memset(&listener->fail, 0, sizeof(listener->fail));
	}
	probe_end(&p);
	return rc;
}

static int try(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r, bool *holds, struct fail *f)
{
	struct probe listener = {.host = c->to.host, .fn = probe_listen, .patience = PATIENCE_S};
	json_t *from, *to = NULL, *drops = NULL;
	struct reach reach;
	int rc = 0;

	from = host_now(env, c->host, f);
	if (from && *c->to.host)
		to = host_now(env, c->to.host, f);
	if (!from || (*c->to.host && !to))
		rc = f->status ? f->status : -1;
	else if (reach_find(c, from, to, &reach, r)) {
		drops = c->expect ? drops_now(env) : NULL;
		rc = ask(c, env, &reach, &listener, r, holds, f);
		if (!rc && !*holds && drops)
			why_dropped(lab, env, drops, c->host, c->to.host, r);
	}
	probe_end(&listener);
	json_decref(drops);
	json_decref(from);
	json_decref(to);
	return rc;
}

static void explain(const struct check *c, const struct lab *lab, const struct lab_env *env,
		    struct check_result *r)
{
	if (c->expect)
		why_apart(lab, env, c, r);
	else
		why_together(lab, env, c->host, c->to.host, r);
}

const struct check_kind check_tcp = {
	.name = "tcp",
	.help = "a host can connect to a TCP port of another",
	.fields = fields,
	.complete = target_complete,
	.describe = describe,
	.try = try,
	.explain = explain,
};

const struct check_kind check_udp = {
	.name = "udp",
	.help = "datagrams go from a host to a UDP port of another, and back",
	.fields = fields,
	.complete = target_complete,
	.describe = describe,
	.try = try,
	.explain = explain,
};

/* SPDX-License-Identifier: ISC */
/*
 * check_dhcp.c - who offers addresses to a host.
 *
 *	{ "dhcp": { "host": "h1", "server": "10.0.0.1" } }		this server does, and nobody else
 *	{ "dhcp": { "host": "h1", "server": "10.0.0.66" }, "expect": false }	this one does not, whoever else does
 *	{ "dhcp": { "host": "h1" } }					anybody does
 *	{ "dhcp": { "host": "h1" }, "expect": false }			nobody does
 */
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "util/iptext.h"

/* dnsmasq and ISC's server look with a ping, for up to 3 s, whether an address is in use before they offer it. */
enum { WAIT_US = 4000000, PATIENCE_S = 10 };

static const struct check_field fields[] = {
	{.name = "host",
	 .type = FIELD_HOST,
	 .off = FIELD(host),
	 .required = true,
	 .help = "the host that asks for an address; it takes none"},
	{.name = "interface",
	 .type = FIELD_INTERFACE,
	 .off = FIELD(interface),
	 .help = "on which of its interfaces; default: the first"},
	{.name = "server",
	 .type = FIELD_SERVERS,
	 .off = FIELD(server),
	 .help = "the address of the server that offers one, alone; or a list, of which each does"},
	{.name = "wait",
	 .type = FIELD_TIME,
	 .off = FIELD(wait_us),
	 .min = 100000,
	 .max = 60000000,
	 .help = "how long offers are waited for; default 4s"},
	FIELD_END,
};

static int complete(struct check *c, const struct lab *lab, struct fail *f)
{
	(void)lab;
	(void)f;
	if (c->wait_us < 0)
		c->wait_us = WAIT_US;
	return 0;
}

/* "10.0.0.1 and 10.0.0.2"; to be freed. */
static char *servers_text(const struct check *c)
{
	char *all = text_format("%s", ""), *longer, ip[IP_STR_SIZE];

	for (size_t i = 0; i < c->servers; i++) {
		longer = text_format("%s%s%s", all, i ? " and " : "", ip_format(c->server[i], ip));
		free(all);
		all = longer;
	}
	return all;
}

static char *describe(const struct check *c)
{
	char *servers = servers_text(c), *text;
	const char *verb = c->servers > 1 ? "offer" : "offers";

	if (c->servers && c->expect)
		text = text_format("only %s %s %s an address by DHCP", servers, verb, c->host);
	else if (c->servers)
		text = text_format("%s %s %s no address by DHCP", servers, verb, c->host);
	else
		text = text_format("%s offers %s an address by DHCP",
				   c->expect ? "somebody" : "nobody", c->host);
	free(servers);
	return text;
}

static bool named(const struct check *c, const char *server)
{
	struct ip_addr ip;

	if (!ip_parse(server, &ip))
		return false;
	for (size_t i = 0; i < c->servers; i++)
		if (ip_equal(c->server[i], ip))
			return true;
	return false;
}

static bool offered(const json_t *offers, struct ip_addr server)
{
	struct ip_addr ip;
	json_t *o;
	size_t i;

	json_array_foreach (offers, i, o) {
		if (ip_parse(js_str(o, "server"), &ip) && ip_equal(ip, server))
			return true;
	}
	return false;
}

static void tell(const json_t *offers, struct check_result *r)
{
	json_t *o;
	size_t i;

	if (json_array_size(offers) == 0)
		observe(r, "nobody offered anything");
	json_array_foreach (offers, i, o) {
		char *before = i ? r->observed : NULL;

		if (i)
			r->observed = NULL; /* observe() frees it */
		observe(r, "%s%s%s offered %s", before ? before : "", before ? ", " : "",
			js_str(o, "server"), js_str(o, "ip"));
		free(before);
	}
}

static bool judge(const struct check *c, const json_t *out, struct check_result *r)
{
	const json_t *offers = json_object_get(out, "offers");
	bool all = true, other = false, any = false;
	char ip[IP_STR_SIZE];
	json_t *o;
	size_t i;

	tell(offers, r);
	if (!c->servers)
		return json_array_size(offers) > 0;
	for (i = 0; i < c->servers; i++) {
		bool there = offered(offers, c->server[i]);

		any = any || there;
		all = all && there;
		if (!there && c->expect)
			because(r, "no offer of %s reached %s", ip_format(c->server[i], ip),
				c->host);
	}
	json_array_foreach (offers, i, o) {
		if (named(c, js_str(o, "server")))
			continue;
		other = true;
		if (c->expect)
			because(r, "%s, which has the MAC address %s, is no server that should",
				js_str(o, "server"), js_str(o, "mac"));
	}
	return c->expect ? all && !other : any;
}

static int try(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r, bool *holds, struct fail *f)
{
	struct probe p = {.host = c->host, .fn = probe_dhcp};
	json_t *drops = drops_now(env);
	int rc;

	p.in = need(json_pack("{s:s, s:I}", "interface", c->interface, "wait_us",
			      (json_int_t)c->wait_us));
	p.patience = PATIENCE_S + (double)c->wait_us / 1e6;
	rc = probe_ask(env, &p);
	if (rc == 0) {
		*holds = judge(c, p.out, r);
		if (js_int(p.out, "malformed"))
			because(r, "%d messages came that are no valid DHCP",
				(int)js_int(p.out, "malformed"));
		if (*holds != c->expect && drops)
			why_dropped(lab, env, drops, c->host, "", r);
	}
	*f = p.fail;
	memset(&p.fail, 0, sizeof(p.fail));
	probe_end(&p);
	json_decref(drops);
	return rc;
}

const struct check_kind check_dhcp = {
	.name = "dhcp",
	.help = "who offers addresses to a host",
	.fields = fields,
	.complete = complete,
	.describe = describe,
	.try = try,
};

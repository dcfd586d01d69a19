/* SPDX-License-Identifier: ISC */
/*
 * change.c - the commands that change something: add, del, set, flush, clear.
 *
 * Settings are read with the daemon's own tables, so a bad value is refused before the daemon is
 * asked, in the words it would use; and they are sent typed as the table says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "ctl/optjson.h"
#include "show.h"

/* Where values are read into, whichever table they belong to. */
union scratch {
	struct port_cfg port;
	struct sw_settings sw;
	struct sw_vlan_set vlan;
};

/* Reads one setting with its table's entry and puts it into params.  0 or -EINVAL with *e. */
static int read_setting(const struct opt *o, const char *value, json_t *params, struct err *e)
{
	union scratch scratch;
	json_t *v;
	int rc;

	memset(&scratch, 0, sizeof(scratch));
	if (strcmp(value, "default") == 0) {
		json_object_set_new(params, o->name, json_null());
		return 0;
	}
	rc = opt_parse(o, value, &scratch, e);
	if (rc)
		return rc;
	v = optjson_get(o, &scratch);
	if (!v)
		return err_set(e, EINVAL, "it is not text in UTF-8");
	json_object_set_new(params, o->name, v);
	return 0;
}

/*
 * Reads a setting of a port.  Kinds of port may give one name to different things, and of a port
 * that exists the kind is not known here: then the first kind that takes the value reads it, and
 * the daemon, which does know, judges.
 */
static int read_port_setting(const char *type, const char *name, const char *value, json_t *params,
			     struct err *e)
{
	int rc = 0;
	bool found = false;

	port_types_foreach (t) {
		const struct opt *o = opt_find(t->options, name);

		if (!o || (type && strcmp(type, t->name) != 0))
			continue;
		found = true;
		rc = read_setting(o, value, params, e);
		if (rc == 0)
			break;
	}
	return found ? rc : err_set(e, EINVAL, "a %s port has no such setting", type);
}

/* Puts all settings that were given into params.  Returns how many, or -1 with ctx->fail. */
static int read_settings(struct ctx *ctx, const char *type, json_t *params)
{
	const struct args *a = &ctx->args;
	int n = 0;

	for (size_t i = 0; i < a->n_given; i++) {
		const struct given *g = &a->given[i];
		const struct opt *o = g->option.setting;
		struct err e = {.code = 0};
		int rc;

		if (!o)
			continue;
		if (a->command->flags & CMD_PORT_SETTINGS)
			rc = read_port_setting(type, o->name, g->value, params, &e);
		else
			rc = read_setting(o, g->value, params, &e);
		if (rc) {
			fail_set(&ctx->fail, STATUS_USAGE, "%s: %s", g->typed, e.text);
			fail_hint(&ctx->fail, "swctl %s --help says more", a->command->words);
			return -1;
		}
		n++;
	}
	return n;
}

/* What is added starts from the defaults, so null says nothing. */
static void drop_nulls(json_t *params)
{
	const char *key;
	json_t *v;
	void *tmp;

	json_object_foreach_safe(params, tmp, key, v)
	{
		if (json_is_null(v))
			json_object_del(params, key);
	}
}

/* Where a switch is part of the answer's sentence: " on sw0" or nothing. */
static const char *on_switch(const struct ctx *ctx, char *out, size_t size)
{
	const char *name = args_value(&ctx->args, "switch");

	snprintf(out, size, "%s%s", name ? " on " : "", name ? name : "");
	return out;
}

/* "port h1 on sw0: added; up, device h1 in netns h1, mtu 1500" */
static int port_done(struct ctx *ctx, json_t *answer, const char *what)
{
	const json_t *p = json_object_get(answer, "port");
	char *device, *mtu;
	int rc;

	if (!answer)
		return ctx_fail(ctx);
	device = *js_str(p, "ifname")
			 ? text_format(", device %s%s%s", js_str(p, "ifname"),
				       *js_str(p, "netns") ? " in netns " : "", js_str(p, "netns"))
		 : *js_str(p, "local") && *js_str(p, "peer")
			 ? text_format(", %s to %s", js_str(p, "local"), js_str(p, "peer"))
		 : *js_str(p, "local") ? text_format(", at %s", js_str(p, "local"))
		 : *js_str(p, "peer")  ? text_format(", to %s", js_str(p, "peer"))
				       : text_format("%s", "");
	mtu = js_int(p, "mtu") ? text_format(", mtu %" JSON_INTEGER_FORMAT, js_int(p, "mtu"))
			       : text_format("%s", "");
	rc = ctx_done(ctx, answer, "port %s %s on %s: %s%s%s%s%s", args_value(&ctx->args, "port"),
		      what, js_str(p, "switch"), show_port_state(p), device, mtu,
		      *js_str(p, "reason") ? ": " : "", js_str(p, "reason"));
	free(device);
	free(mtu);
	return rc;
}

static int nothing_to_set(struct ctx *ctx)
{
	const struct command *cmd = ctx->args.command;

	fail_set(&ctx->fail, STATUS_USAGE, "%s: no setting was given", cmd->words);
	fail_hint(&ctx->fail, "as in: %.*s", (int)strcspn(cmd->example, "\n"), cmd->example);
	fail_hint(&ctx->fail, "swctl %s --help lists the settings", cmd->words);
	return ctx_fail(ctx);
}

int add_port(struct ctx *ctx)
{
	const char *type = args_value(&ctx->args, "type");
	json_t *params = ctx_params(ctx);

	if (read_settings(ctx, type ? type : "tap", params) < 0) {
		json_decref(params);
		return ctx_fail(ctx);
	}
	drop_nulls(params);
	return port_done(ctx, ctx_call(ctx, "port.add", params), "added");
}

/* Takes back what makes a link bad. */
static void clear_impair(json_t *params)
{
	for (const struct opt *o = port_impair_options; o->name; o++)
		json_object_set_new(params, o->name, json_null());
}

int set_port(struct ctx *ctx)
{
	bool good = args_value(&ctx->args, "impair");
	json_t *params = ctx_params(ctx);
	int n;

	if (good)
		clear_impair(params);
	n = read_settings(ctx, NULL, params);
	if (n > 0 || (n == 0 && good))
		return port_done(ctx, ctx_call(ctx, "port.set", params), "set");
	json_decref(params);
	return n == 0 ? nothing_to_set(ctx) : ctx_fail(ctx);
}

int add_switch(struct ctx *ctx)
{
	json_t *params = ctx_params(ctx);

	if (read_settings(ctx, NULL, params) < 0) {
		json_decref(params);
		return ctx_fail(ctx);
	}
	drop_nulls(params);
	return ctx_done(ctx, ctx_call(ctx, "switch.add", params), "switch %s added",
			args_value(&ctx->args, "switch"));
}

int set_switch(struct ctx *ctx)
{
	const char *name = args_value(&ctx->args, "switch");
	json_t *params = ctx_params(ctx);
	int n = read_settings(ctx, NULL, params);

	if (n > 0)
		return ctx_done(ctx, ctx_call(ctx, "switch.set", params), "switch%s%s set",
				name ? " " : "", name ? name : "");
	json_decref(params);
	return n == 0 ? nothing_to_set(ctx) : ctx_fail(ctx);
}

int set_vlan(struct ctx *ctx)
{
	json_t *params = ctx_params(ctx);
	int n = read_settings(ctx, NULL, params);
	char on[NAME_SIZE + 8];

	if (n > 0)
		return ctx_done(ctx, ctx_call(ctx, "vlan.set", params), "VLAN %s%s set",
				args_value(&ctx->args, "vlan"), on_switch(ctx, on, sizeof(on)));
	json_decref(params);
	return n == 0 ? nothing_to_set(ctx) : ctx_fail(ctx);
}

int reopen_port(struct ctx *ctx)
{
	json_t *result = ctx_call(ctx, "port.reopen", ctx_params(ctx));
	bool opened = json_is_true(json_object_get(result, "opened"));

	return ctx_done(ctx, result, opened ? "port %s reopened" : "port %s was not shut",
			args_value(&ctx->args, "port"));
}

int mcheck_port(struct ctx *ctx)
{
	return ctx_done(ctx, ctx_call(ctx, "stp.mcheck", ctx_params(ctx)),
			"port %s speaks RSTP, and hears whether it is answered",
			args_value(&ctx->args, "port"));
}

int add_mac(struct ctx *ctx)
{
	const char *remote = args_value(&ctx->args, "remote");
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "mac.add", ctx_params(ctx)),
			"static address %s added: port %s%s%s%s", args_value(&ctx->args, "mac"),
			args_value(&ctx->args, "port"), on_switch(ctx, on, sizeof(on)),
			remote ? ", remote " : "", remote ? remote : "");
}

int del_port(struct ctx *ctx)
{
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "port.del", ctx_params(ctx)), "port %s deleted%s",
			args_value(&ctx->args, "port"), on_switch(ctx, on, sizeof(on)));
}

int del_switch(struct ctx *ctx)
{
	return ctx_done(ctx, ctx_call(ctx, "switch.del", ctx_params(ctx)), "switch %s deleted",
			args_value(&ctx->args, "switch"));
}

int del_mac(struct ctx *ctx)
{
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "mac.del", ctx_params(ctx)), "address %s deleted%s",
			args_value(&ctx->args, "mac"), on_switch(ctx, on, sizeof(on)));
}

int add_binding(struct ctx *ctx)
{
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "binding.add", ctx_params(ctx)),
			"%s has %s at port %s%s", args_value(&ctx->args, "mac"),
			args_value(&ctx->args, "ip"), args_value(&ctx->args, "port"),
			on_switch(ctx, on, sizeof(on)));
}

int del_binding(struct ctx *ctx)
{
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "binding.del", ctx_params(ctx)), "%s has %s no more%s",
			args_value(&ctx->args, "mac"), args_value(&ctx->args, "ip"),
			on_switch(ctx, on, sizeof(on)));
}

int add_group(struct ctx *ctx)
{
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "group.add", ctx_params(ctx)),
			"port %s is in group %s%s", args_value(&ctx->args, "port"),
			args_value(&ctx->args, "group"), on_switch(ctx, on, sizeof(on)));
}

int del_group(struct ctx *ctx)
{
	char on[NAME_SIZE + 8];

	return ctx_done(ctx, ctx_call(ctx, "group.del", ctx_params(ctx)),
			"port %s is in group %s%s only if it is heard to be",
			args_value(&ctx->args, "port"), args_value(&ctx->args, "group"),
			on_switch(ctx, on, sizeof(on)));
}

int flush_macs(struct ctx *ctx)
{
	json_t *answer = ctx_call(ctx, "mac.flush", ctx_params(ctx));
	json_int_t n = js_int(answer, "flushed");

	return ctx_done(ctx, answer, "%" JSON_INTEGER_FORMAT " learned address%s forgotten", n,
			n == 1 ? "" : "es");
}

int release_port(struct ctx *ctx)
{
	json_t *answer = ctx_call(ctx, "mac.release", ctx_params(ctx));
	json_int_t n = js_int(answer, "released");

	return ctx_done(ctx, answer,
			"%" JSON_INTEGER_FORMAT " sticky address%s of port %s forgotten", n,
			n == 1 ? "" : "es", args_value(&ctx->args, "port"));
}

int clear_stats(struct ctx *ctx)
{
	const char *port = args_value(&ctx->args, "port");

	return ctx_done(ctx, ctx_call(ctx, "stats.clear", ctx_params(ctx)),
			"counters%s%s set to zero", port ? " of port " : "", port ? port : "");
}

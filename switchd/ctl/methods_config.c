/* SPDX-License-Identifier: ISC */
/*
 * methods_config.c - the configuration as a whole.
 */
#include <errno.h>

#include "ctl/apply.h"
#include "ctl/control.h"
#include "ctl/diff.h"

static int config_get(struct rpc_call *call)
{
	const struct control *c = call_control(call);
	struct config have;

	if (config_of_running(c->dp, &c->daemon, &have))
		return err_set(&call->err, ENOMEM, "out of memory");
	call->result = json_pack("{s:o}", "config", config_dump(&have));
	config_free(&have);
	return 0;
}

static int read_config(struct rpc_call *call, struct config *want)
{
	return config_parse(json_object_get(call->params, "config"), want, &call->err);
}

static int config_check(struct rpc_call *call)
{
	struct config want;
	int rc = read_config(call, &want);

	if (rc == 0)
		config_free(&want);
	return rc;
}

static int config_diff(struct rpc_call *call)
{
	const struct control *c = call_control(call);
	struct config have, want;
	struct changes diff;
	int rc = read_config(call, &want);

	if (rc)
		return rc;
	rc = config_of_running(c->dp, &c->daemon, &have);
	if (rc == 0) {
		rc = diff_make(&have, &want, &diff);
		if (rc == 0) {
			call->result = json_pack("{s:o}", "changes", diff_json(&diff));
			diff_free(&diff);
		}
		config_free(&have);
	}
	config_free(&want);
	return rc ? err_set(&call->err, ENOMEM, "out of memory") : 0;
}

int control_apply(struct control *c, const struct config *want, const struct client *by,
		  json_t **changes, struct err *e)
{
	struct daemon_cfg before = c->daemon, running = c->daemon;
	int rc;

	/* the settings of the socket first: they can be taken back, what follows is one piece */
	c->daemon = want->daemon;
	rc = control_settings(c, e);
	if (rc == 0)
		rc = config_apply(c->dp, &running, want, changes, e);
	if (rc) {
		c->daemon = before;
		(void)control_settings(c, NULL);
		return rc;
	}
	struct event ev = {
		.kind = EVENT_CONFIG_APPLIED,
		.number = (uint32_t)json_array_size(*changes),
		.pid = by ? (int)client_id(by).pid : -1,
		.uid = by ? (int)client_id(by).uid : -1,
	};
	c->hub.sink.raise(&c->hub.sink, &ev);
	return 0;
}

static int apply(struct rpc_call *call)
{
	struct config want;
	json_t *changes = NULL;
	int rc = read_config(call, &want);

	if (rc)
		return rc;
	rc = control_apply(call_control(call), &want, call->client, &changes, &call->err);
	config_free(&want);
	if (rc == 0)
		call->result = json_pack("{s:O}", "changes", changes);
	json_decref(changes);
	return rc;
}

#define P_CONFIG                                                              \
	{                                                                     \
		"config", RPC_OBJECT, true, "a configuration, as in the file" \
	}

const struct rpc_method methods_config[] = {
	{.name = "config.get", .help = "what runs, in the form of the file", .run = config_get},
	{.name = "config.check",
	 .help = "would this be a valid configuration?",
	 .run = config_check,
	 .params = {P_CONFIG}},
	{.name = "config.diff",
	 .help = "what applying it would change",
	 .run = config_diff,
	 .params = {P_CONFIG}},
	{.name = "config.apply",
	 .help = "change what runs to this, all of it or nothing",
	 .changes = true,
	 .run = apply,
	 .params = {P_CONFIG}},
	{.name = NULL},
};

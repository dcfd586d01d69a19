/* SPDX-License-Identifier: ISC */
/*
 * methods_config.c - the configuration as a whole.
 */
#include <errno.h>

#include "ctl/apply.h"
#include "ctl/control.h"
#include "ctl/diff.h"
#include "ctl/filters.h"

/* What only computes is done aside: a configuration may have tens of thousands of addresses. */
struct config_job {
	const json_t *json;
	struct config *have, *want;
	struct filters *filters;
	struct err *e;
	json_t *out;
};

static int dump(void *arg)
{
	struct config_job *job = arg;

	job->out = config_dump(job->have);
	return 0;
}

static int parse(void *arg)
{
	struct config_job *job = arg;

	int rc = config_parse(job->json, job->want, job->e);

	if (rc)
		return rc;
	rc = filters_of_config(job->want, job->filters, job->e);
	if (rc)
		config_free(job->want);
	return rc;
}

static int compare(void *arg)
{
	struct config_job *job = arg;
	struct changes diff;
	int rc = diff_make(job->have, job->want, &diff);

	if (rc == 0) {
		job->out = diff_json(&diff);
		diff_free(&diff);
	}
	return rc;
}

static int config_get(struct rpc_call *call)
{
	const struct control *c = call_control(call);
	struct config have;
	struct config_job job = {.have = &have};

	if (config_of_running(c->dp, &c->daemon, &have))
		return err_set(&call->err, ENOMEM, "out of memory");
	(void)call_aside(call, dump, &job);
	call->result = json_pack("{s:o}", "config", job.out);
	config_free(&have);
	return 0;
}

static int read_config(struct rpc_call *call, struct config *want)
{
	struct config_job job = {
		.json = json_object_get(call->params, "config"),
		.want = want,
		.filters = &call_control(call)->dp->filters,
		.e = &call->err,
	};

	return call_aside(call, parse, &job);
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
	struct config_job job = {.have = &have, .want = &want};
	int rc = read_config(call, &want);

	if (rc)
		return rc;
	rc = config_of_running(c->dp, &c->daemon, &have);
	if (rc == 0) {
		rc = call_aside(call, compare, &job);
		if (rc == 0)
			call->result = json_pack("{s:o}", "changes", job.out);
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
	{.name = "config.get",
	 .lists = true,
	 .help = "what runs, in the form of the file",
	 .run = config_get},
	{.name = "config.check",
	 .help = "would this be a valid configuration?",
	 .run = config_check,
	 .params = {P_CONFIG}},
	{.name = "config.diff",
	 .lists = true,
	 .help = "what applying it would change",
	 .run = config_diff,
	 .params = {P_CONFIG}},
	{.name = "config.apply",
	 .lists = true,
	 .help = "change what runs to this, all of it or nothing",
	 .changes = true,
	 .run = apply,
	 .params = {P_CONFIG}},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
#include "ctl/rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/rpc_method.h"

/* ---- errors ---- */

static enum rpc_code code_of_errno(int code)
{
	switch (code) {
	case EINVAL:
		return RPC_INVALID_PARAMS;
	case ENOENT:
		return RPC_NOT_FOUND;
	case EEXIST:
		return RPC_EXISTS;
	case ENOSPC:
		return RPC_LIMIT;
	case ENOMEM:
		return RPC_INTERNAL_ERROR;
	default:
		return RPC_SYSTEM;
	}
}

json_t *rpc_error(enum rpc_code code, const struct err *e)
{
	json_t *data = json_object();

	if (code == 0)
		code = code_of_errno(e->code);
	if (e->path[0])
		json_object_set_new(data, "path", json_string(e->path));
	if (code == RPC_SYSTEM && strerrorname_np(e->code))
		json_object_set_new(data, "errno", json_string(strerrorname_np(e->code)));
	return json_pack("{s:i, s:s, s:o}", "code", code, "message", e->text, "data", data);
}

/* JSON-RPC 2.0 section 5: id is null where it could not be read. */
static json_t *error_reply(const json_t *id, enum rpc_code code, const struct err *e)
{
	return json_pack("{s:s, s:O?, s:o}", "jsonrpc", "2.0", "id", id ? id : json_null(), "error",
			 rpc_error(code, e));
}

/* ---- one request ---- */

static enum rpc_code call_method(const struct rpc_env *env, const struct rpc_method *m,
				 json_t *params, struct rpc_call *call)
{
	json_t *named = rpc_named_params(m, params, &call->err);
	enum rpc_code code = RPC_INVALID_PARAMS;

	if (!named)
		return code;
	if (rpc_check_params(m, named, &call->err) == 0) {
		call->params = named;
		if (m->changes && env->log)
			env->log(call->client, m, named);
		int rc = m->run(call);
		code = rc ? code_of_errno(call->err.code) : 0;
	}
	json_decref(named);
	return code;
}

static bool valid_id(const json_t *id)
{
	return !id || json_is_string(id) || json_is_number(id) || json_is_null(id);
}

/* The shape that section 4 asks for. */
static const char *fault_of(const json_t *req)
{
	const json_t *params = json_object_get(req, "params");
	const char *version = json_string_value(json_object_get(req, "jsonrpc"));

	if (!json_is_object(req))
		return "a request is an object with \"jsonrpc\", \"method\" and \"id\"";
	if (!version || strcmp(version, "2.0") != 0)
		return "\"jsonrpc\" has to be \"2.0\"";
	if (!json_is_string(json_object_get(req, "method")))
		return "\"method\" has to be a string";
	if (params && !json_is_object(params) && !json_is_array(params))
		return "\"params\" has to be an object or an array";
	if (!valid_id(json_object_get(req, "id")))
		return "\"id\" has to be a string, a number or null";
	return NULL;
}

int call_aside(const struct rpc_call *call, int (*fn)(void *arg), void *arg)
{
	return call->env->aside ? call->env->aside(call->env->ctx, fn, arg) : fn(arg);
}

void call_breathe(const struct rpc_call *call)
{
	if (call->env->breathe)
		call->env->breathe(call->env->ctx);
}

/* What is to be done about the outcome of a request, aside where that may take long. */
struct saying {
	struct rpc_job *job;
	const char *before;
	json_t *reply;	/* NULL where none is due: then the result is thrown away all the same */
	json_t *result; /* part of the reply, if there is one */
};

/* Fills s->reply and s->result.  Returns true where it may take long to write them down, or to free them. */
static bool run_request(const json_t *req, const struct rpc_env *env, void *client,
			struct saying *s)
{
	struct rpc_call call = {.env = env, .ctx = env->ctx, .client = client};
	const json_t *id = json_object_get(req, "id");
	const char *fault = fault_of(req);
	enum rpc_code code;
	bool big = false;

	if (fault) {
		err_set(&call.err, EINVAL, "%s", fault);
		s->reply = error_reply(valid_id(id) ? id : NULL, RPC_INVALID_REQUEST, &call.err);
		return false;
	}
	const char *name = json_string_value(json_object_get(req, "method"));
	const struct rpc_method *m = rpc_find_method(env, name);
	if (!m) {
		code = rpc_refuse_method(env, name, &call.err);
	} else {
		code = call_method(env, m, json_object_get(req, "params"), &call);
		big = m->lists;
	}
	if (id && code)
		s->reply = error_reply(id, code, &call.err);
	else if (id)
		s->reply = json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result",
				     call.result ? json_incref(call.result) : json_object());
	s->result = call.result;
	return big;
}

/* ---- jobs ---- */

/* Deeper nesting than we ever need is refused before the parser recurses into it. */
static bool too_deep(const char *s, size_t len)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				in_string = false;
		} else if (s[i] == '"') {
			in_string = true;
		} else if (s[i] == '{' || s[i] == '[') {
			if (++depth > RPC_DEPTH_MAX)
				return true;
		} else if ((s[i] == '}' || s[i] == ']') && depth) {
			depth--;
		}
	}
	return false;
}

/* Adds to the answer; what does not fit into memory is not said. */
static void say(struct rpc_job *job, const char *text)
{
	size_t len = strlen(text), room = job->room ? job->room : 256;
	char *bigger;

	while (room < job->len + len + 1)
		room *= 2;
	if (room > job->room) {
		bigger = realloc(job->answer, room);
		if (!bigger)
			return;
		job->answer = bigger;
		job->room = room;
	}
	memcpy(job->answer + job->len, text, len + 1);
	job->len += len;
}

/* Eats the reply, which may be NULL. */
static void say_reply(struct rpc_job *job, const char *before, json_t *reply)
{
	char *text = reply ? json_dumps(reply, JSON_COMPACT) : NULL;

	if (text) {
		say(job, before);
		say(job, text);
	}
	free(text);
	json_decref(reply);
}

static int say_aside(void *arg)
{
	struct saying *s = arg;

	say_reply(s->job, s->before, s->reply);
	json_decref(s->result);
	return 0;
}

/* The whole line gets one error for an answer, whatever was answered before. */
static void refuse_line(struct rpc_job *job, enum rpc_code code, const struct err *e)
{
	job->len = 0;
	say_reply(job, "", error_reply(NULL, code, e));
}

bool rpc_is_single(const struct rpc_job *job)
{
	return json_is_object(job->root) && json_object_get(job->root, "id");
}

void rpc_done(struct rpc_job *job)
{
	json_decref(job->root);
	job->root = NULL;
}

void rpc_begin(struct rpc_job *job, const char *line, size_t len)
{
	json_error_t je;
	struct err e = {0};
	enum rpc_code code = RPC_INVALID_REQUEST;

	memset(job, 0, sizeof(*job));
	job->is_long = len > RPC_LONG;
	if (len > RPC_LINE_MAX) {
		err_set(&e, EINVAL, "the line is longer than %d bytes", RPC_LINE_MAX);
	} else if (too_deep(line, len)) {
		code = RPC_PARSE_ERROR;
		err_set(&e, EINVAL, "nested deeper than %d arrays and objects", RPC_DEPTH_MAX);
	} else if (!(job->root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
					    &je))) {
		code = RPC_PARSE_ERROR;
		err_set(&e, EINVAL, "not JSON: column %d: %s", je.column, je.text);
	} else if (json_is_array(job->root) && json_array_size(job->root) == 0) {
		err_set(&e, EINVAL, "the batch is empty");
	} else if (json_is_array(job->root) && json_array_size(job->root) > RPC_BATCH_MAX) {
		code = RPC_LIMIT;
		err_set(&e, ENOSPC, "the batch has %zu requests; at most %d are carried out",
			json_array_size(job->root), RPC_BATCH_MAX);
	}
	if (e.code) {
		refuse_line(job, code, &e);
		rpc_done(job);
	}
}

/* Carries out one request and adds its answer. */
static void answer(struct rpc_job *job, const char *before, const json_t *req,
		   const struct rpc_env *env, void *client)
{
	struct saying s = {.job = job, .before = before};
	bool big = run_request(req, env, client, &s) || job->is_long;

	if (big && env->aside)
		(void)env->aside(env->ctx, say_aside, &s);
	else
		(void)say_aside(&s);
}

bool rpc_step(struct rpc_job *job, const struct rpc_env *env, void *client)
{
	struct err e = {0};

	if (!job->root)
		return false;
	if (!json_is_array(job->root)) {
		answer(job, "", job->root, env, client);
		return false;
	}
	answer(job, job->len ? "," : "[", json_array_get(job->root, job->next++), env, client);
	if (job->len > RPC_ANSWER_MAX) {
		err_set(&e, ENOSPC,
			"the answers to this batch exceed %d bytes; %zu of its requests were carried "
			"out",
			RPC_ANSWER_MAX, job->next);
		refuse_line(job, RPC_LIMIT, &e);
		return false;
	}
	if (job->next < json_array_size(job->root))
		return true;
	if (job->len) /* a batch of notifications has no answer, not an empty one */
		say(job, "]");
	return false;
}

char *rpc_finish(struct rpc_job *job)
{
	char *answer = job->answer;

	job->answer = NULL;
	rpc_abort(job);
	return answer;
}

void rpc_abort(struct rpc_job *job)
{
	json_decref(job->root);
	free(job->answer);
	memset(job, 0, sizeof(*job));
}

/* SPDX-License-Identifier: ISC */
/*
 * fuzz_rpc.c - any bytes at all as lines of a control client.
 *
 * Input: lines.  Each is answered as JSON-RPC 2.0 says: not at all, or with one line that is JSON
 * again, with the ids of what was asked in their order.  What is expected of an answer is worked
 * out here from the request alone.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "core/settings.h"
#include "ctl/config.h"
#include "ctl/rpc.h"

static unsigned runs;	/* methods run in this line */
static unsigned logged; /* requests told to the log in this line */
static unsigned changed;

/* ---- methods ---- */

static const json_t *param(const struct rpc_call *call, const char *name)
{
	return json_object_get(call->params, name);
}

/* Of each type one; what arrives is of that type. */
static int echo(struct rpc_call *call)
{
	const json_t *s = param(call, "text"), *n = param(call, "number");
	const json_t *a = param(call, "list"), *o = param(call, "thing");

	runs++;
	CHECK(json_is_object(call->params));
	CHECK(json_object_size(call->params) == (size_t)(!!s + !!n + !!a + !!o));
	CHECK(!s || json_is_string(s));
	CHECK(!n || json_is_integer(n));
	CHECK(!a || json_is_array(a));
	CHECK(!o || json_is_object(o));
	call->result = json_deep_copy(call->params);
	return 0;
}

/* What is required is there. */
static int need(struct rpc_call *call)
{
	runs++;
	CHECK(json_is_string(param(call, "must")));
	return 0;
}

/* Fails with any errno, in any words, anywhere, with or without a result begun. */
static int fail(struct rpc_call *call)
{
	json_int_t code = json_integer_value(param(call, "errno"));
	const char *text = json_string_value(param(call, "text"));
	const char *path = json_string_value(param(call, "path"));

	runs++;
	changed++;
	CHECK(logged == changed); /* before anything happens */
	if (code & 4)
		call->result = json_true();
	if (path)
		err_at(&call->err, path);
	code = code > 0 && code < 200 ? code : EIO;
	return err_set(&call->err, (int)code, "%s", text && *text ? text : "because");
}

static int set_switch(struct rpc_call *call)
{
	struct sw_settings set;

	runs++;
	changed++;
	CHECK(logged == changed);
	opt_defaults(sw_options, &set);
	return config_parse_options(call->params, sw_options, "switch", &set, &call->err);
}

static int add_port(struct rpc_call *call)
{
	const struct port_type *type = config_port_type(call->params, &call->err);
	struct port_cfg cfg;
	int rc;

	runs++;
	changed++;
	CHECK(logged == changed);
	if (!type)
		return -call->err.code;
	port_cfg_init(&cfg, "h1", type);
	rc = config_parse_options(call->params, type->options, "switch port type", &cfg,
				  &call->err);
	if (rc == 0)
		call->result = config_dump_port(&cfg);
	return rc;
}

static const struct rpc_method plain[] = {
	{.name = "echo",
	 .help = "what was said",
	 .run = echo,
	 .params = {{"text", RPC_STRING, false, "s"},
		    {"number", RPC_INTEGER, false, "n"},
		    {"list", RPC_ARRAY, false, "a"},
		    {"thing", RPC_OBJECT, false, "o"}}},
	{.name = "need",
	 .help = "one that must be",
	 .run = need,
	 .params = {{"may", RPC_OBJECT, false, "m"}, {"must", RPC_STRING, true, "that"}}},
	{.name = NULL},
};

static const struct rpc_method changing[] = {
	{.name = "fail",
	 .help = "every time",
	 .changes = true,
	 .run = fail,
	 .params = {{"errno", RPC_INTEGER, true, "why"},
		    {"text", RPC_STRING, false, "in words"},
		    {"path", RPC_STRING, false, "where"}}},
	{.name = "switch.set",
	 .help = "settings",
	 .changes = true,
	 .options = RPC_SWITCH_OPTIONS,
	 .run = set_switch,
	 .params = {{"switch", RPC_STRING, false, "its name"}}},
	{.name = "port.add",
	 .help = "options",
	 .changes = true,
	 .options = RPC_PORT_OPTIONS,
	 .run = add_port,
	 .params = {{"switch", RPC_STRING, false, "its name"},
		    {"port", RPC_STRING, true, "its name"},
		    {"type", RPC_STRING, false, "its kind"}}},
	{.name = NULL},
};

static const struct rpc_method *const tables[] = {plain, changing, NULL};

static void note(void *client, const struct rpc_method *m, const json_t *params)
{
	CHECK(m->changes && json_is_object(params) && client == tables);
	logged++;
}

static char server[] = "s";
static const struct rpc_env env = {.tables = tables, .ctx = server, .log = note};

/* ---- what an answer has to be ---- */

static void check_clean(const char *s)
{
	CHECK(s && *s);
	for (; *s; s++)
		CHECK((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void check_error(const json_t *e)
{
	static const json_int_t codes[] = {-32700, -32600, -32601, -32602, -32603,
					   -32001, -32002, -32003, -32004};
	const json_t *code = json_object_get(e, "code"), *data = json_object_get(e, "data");
	const json_t *path = json_object_get(data, "path"), *sym = json_object_get(data, "errno");
	size_t known = 0;

	CHECK(json_is_object(e) && json_object_size(e) == 3);
	CHECK(json_is_integer(code));
	while (known < 9 && codes[known] != json_integer_value(code))
		known++;
	CHECK(known < 9);
	check_clean(json_string_value(json_object_get(e, "message")));
	CHECK(json_is_object(data) && json_object_size(data) == (size_t)(!!path + !!sym));
	if (path)
		check_clean(json_string_value(path));
	if (sym)
		check_clean(json_string_value(sym));
	CHECK(!sym || json_integer_value(code) == -32003);
}

/* One response object; the code of its error, 0 if it has none. */
static json_int_t check_response(const json_t *r, const json_t *id)
{
	const json_t *e = json_object_get(r, "error"), *result = json_object_get(r, "result");
	const json_t *version = json_object_get(r, "jsonrpc"), *have = json_object_get(r, "id");

	CHECK(json_is_object(r) && json_object_size(r) == 3);
	CHECK(version && strcmp(json_string_value(version), "2.0") == 0);
	CHECK(!e != !result);
	CHECK(have && (id ? json_equal(have, id) : json_is_null(have)));
	if (e)
		check_error(e);
	return e ? json_integer_value(json_object_get(e, "code")) : 0;
}

/* ---- what a request asks for ---- */

static bool good_id(const json_t *id)
{
	return json_is_string(id) || json_is_number(id) || json_is_null(id);
}

/* Is it a request as section 4 has it?  A notification has no id at all. */
static bool is_request(const json_t *r)
{
	const json_t *version = json_object_get(r, "jsonrpc"),
		     *params = json_object_get(r, "params");
	const json_t *id = json_object_get(r, "id");

	if (!json_is_object(r) || !json_is_string(version) ||
	    strcmp(json_string_value(version), "2.0") != 0)
		return false;
	return json_is_string(json_object_get(r, "method")) && (!id || good_id(id)) &&
	       (!params || json_is_object(params) || json_is_array(params));
}

static bool wants_answer(const json_t *r)
{
	return !is_request(r) || json_object_get(r, "id");
}

static void check_one(const json_t *request, const json_t *response)
{
	const json_t *id = json_object_get(request, "id");
	json_int_t code = check_response(response, good_id(id) ? id : NULL);

	if (!is_request(request))
		CHECK(code == RPC_INVALID_REQUEST);
	else
		CHECK(code != RPC_INVALID_REQUEST && code != RPC_PARSE_ERROR);
}

static void check_batch(const json_t *batch, const json_t *answer)
{
	const json_t *r;
	size_t i, n = 0;

	json_array_foreach (batch, i, r)
		if (wants_answer(r))
			check_one(r, json_array_get(answer, n++));
	CHECK(json_array_size(answer) == n);
	CHECK(n == 0 ? !answer : json_is_array(answer));
}

/* How many arrays and objects stand within each other. */
/* NOLINTNEXTLINE(misc-no-recursion): the parser stops at 2048 */
static unsigned depth_of(json_t *v)
{
	unsigned deepest = 0;
	const char *key;
	json_t *in;
	size_t i;

	if (json_is_array(v))
		json_array_foreach (v, i, in) {
			unsigned d = depth_of(in);
			deepest = d > deepest ? d : deepest;
		}
	json_object_foreach (v, key, in) {
		unsigned d = depth_of(in);
		deepest = d > deepest ? d : deepest;
	}
	return deepest + (json_is_array(v) || json_is_object(v));
}

static void check_answer(json_t *asked, const json_t *answer)
{
	if (!asked || depth_of(asked) > RPC_DEPTH_MAX) {
		CHECK(check_response(answer, NULL) == RPC_PARSE_ERROR);
		CHECK(runs == 0);
	} else if (json_array_size(asked) > RPC_BATCH_MAX) {
		CHECK(check_response(answer, NULL) == RPC_LIMIT);
		CHECK(runs == 0);
	} else if (json_array_size(asked) > 1 && json_object_get(answer, "error")) {
		CHECK(check_response(answer, NULL) == RPC_LIMIT); /* too long all together */
	} else if (json_array_size(asked)) {
		check_batch(asked, answer);
		CHECK(runs <= json_array_size(asked));
	} else if (wants_answer(asked)) {
		check_one(asked, answer);
		CHECK(runs <= 1);
	} else {
		CHECK(!answer && runs <= 1);
	}
	CHECK(logged == changed);
}

/* ---- one line ---- */

static void begin(struct rpc_job *job, const char *line, size_t len)
{
	runs = logged = changed = 0;
	rpc_begin(job, line, len);
	CHECK(runs == 0);
}

static char *ask(const char *line, size_t len)
{
	struct rpc_job job;
	size_t steps = 1;

	begin(&job, line, len);
	while (rpc_step(&job, &env, (void *)(uintptr_t)tables))
		CHECK(++steps <= len); /* a request is one byte at least */
	return rpc_finish(&job);
}

/* A client that hangs up after so many steps. */
static void hang_up(const char *line, size_t len, size_t steps)
{
	static const struct rpc_job none;
	struct rpc_job job;

	begin(&job, line, len);
	while (steps && rpc_step(&job, &env, (void *)(uintptr_t)tables))
		steps--;
	rpc_abort(&job);
	CHECK(memcmp(&job, &none, sizeof(job)) == 0);
}

static void do_line(const char *line, size_t len)
{
	json_t *asked = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	char *text = ask(line, len);
	json_t *answer = NULL;

	if (text) {
		CHECK(!strchr(text, '\n'));
		answer = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		CHECK(answer);
	}
	check_answer(asked, answer);
	json_decref(answer);
	json_decref(asked);
	free(text);
	if (len % 4 == 0)
		hang_up(line, len, len / 4 % 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;

	for (;;) {
		const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

		do_line(p, (size_t)((nl ? nl : end) - p));
		if (!nl)
			return 0;
		p = nl + 1;
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * Tables of methods: what is asked of their parameters, the log, rpc.discover, and what becomes of
 * an errno.  Requests stand here with ' for ", to be readable.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "ctl/rpc.h"
#include "port/options.h"

/* ---- a server of one request at a time ---- */

static json_t *seen;		     /* the parameters the last method was run with */
static void *seen_ctx, *seen_client; /* and on whose behalf */
static struct err to_fail;	     /* what fail() says */

static int see(struct rpc_call *call)
{
	json_decref(seen);
	seen = json_deep_copy(call->params);
	seen_ctx = call->ctx;
	seen_client = call->client;
	return 0;
}

static int fail_as_told(struct rpc_call *call)
{
	see(call);
	call->err = to_fail;
	return -to_fail.code;
}

static const struct rpc_method looking[] = {
	{.name = "look", .help = "at nothing", .run = see},
	{.name = "text", .help = "t", .run = see, .params = {{"p", RPC_STRING, false, "a text"}}},
	{.name = "number",
	 .help = "n",
	 .run = see,
	 .params = {{"p", RPC_INTEGER, false, "a number"}}},
	{.name = "list", .help = "l", .run = see, .params = {{"p", RPC_ARRAY, false, "a list"}}},
	{.name = "thing", .help = "o", .run = see, .params = {{"p", RPC_OBJECT, false, "a thing"}}},
	{.name = "fail", .help = "as it is told", .run = fail_as_told},
	{.name = NULL},
};

static const struct rpc_method changing[] = {
	{.name = "switch.add",
	 .help = "a switch",
	 .changes = true,
	 .options = RPC_SWITCH_OPTIONS,
	 .run = see,
	 .params = {{"switch", RPC_STRING, true, "its name"}}},
	{.name = "port.add",
	 .help = "a port",
	 .changes = true,
	 .options = RPC_PORT_OPTIONS,
	 .run = see,
	 .params = {{"switch", RPC_STRING, false, "of this switch"},
		    {"port", RPC_STRING, true, "its name"},
		    {"type", RPC_STRING, false, "its kind"}}},
	{.name = "break", .help = "fail while changing", .changes = true, .run = fail_as_told},
	{.name = NULL},
};

static const struct rpc_method *const tables[] = {looking, changing, NULL};

static char logged[512];
static unsigned logs;
static void *logged_client;

static void log_it(void *client, const struct rpc_method *m, const json_t *params)
{
	char *text = json_dumps(params, JSON_COMPACT);

	logs++;
	logged_client = client;
	snprintf(logged, sizeof(logged), "%s %s", m->name, text);
	free(text);
}

static char me[] = "a client", server[] = "a server";
static const struct rpc_env env = {.tables = tables, .ctx = server, .log = log_it};

/* A copy with " for each '. */
static char *quoted(const char *text)
{
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return q;
}

static json_t *ask_env(const struct rpc_env *with, const char *request)
{
	struct rpc_job job;
	char *q = quoted(request);
	char *line;
	json_t *v;

	json_decref(seen);
	seen = NULL;
	rpc_begin(&job, q, strlen(q));
	free(q);
	while (rpc_step(&job, with, me))
		;
	line = rpc_finish(&job);
	v = line ? json_loads(line, 0, NULL) : NULL;
	assert_true(v || !line);
	free(line);
	return v;
}

/* Calls a method with these parameters; the answer. */
static json_t *call_of(const char *method, const char *params)
{
	char request[1024];

	snprintf(request, sizeof(request), "{'jsonrpc':'2.0','id':1,'method':'%s','params':%s}",
		 method, params);
	json_t *v = ask_env(&env, request);
	assert_non_null(v);
	return v;
}

static void passes(const char *method, const char *params)
{
	json_t *v = call_of(method, params);

	if (!json_object_get(v, "result")) {
		char *text = json_dumps(v, 0);

		fail_msg("%s %s: %s", method, params, text);
	}
	assert_non_null(seen);
	json_decref(v);
}

static void check_hint(const char *message, const char *hint)
{
	char *q = quoted(hint);

	assert_non_null(message);
	if (!strstr(message, q))
		fail_msg("\"%s\" does not say %s", message, q);
	free(q);
}

/* The call fails so, with the path (NULL = none) and with `hint` in its message. */
static void refused(const char *method, const char *params, int code, const char *path,
		    const char *hint)
{
	json_t *v = call_of(method, params);
	json_t *e = json_object_get(v, "error");
	const json_t *data = json_object_get(e, "data");
	const char *message = json_string_value(json_object_get(e, "message"));
	const char *where = json_string_value(json_object_get(data, "path"));

	assert_null(json_object_get(v, "result"));
	assert_int_equal(json_integer_value(json_object_get(e, "code")), code);
	check_hint(message, hint);
	assert_true(json_is_object(data));
	if (path && where)
		assert_string_equal(where, path);
	assert_int_equal(!path, !where);
	json_decref(v);
}

static const char *seen_text(const char *name)
{
	return json_string_value(json_object_get(seen, name));
}

/* ---- methods ---- */

static void methods_of_every_table_are_found(void **state)
{
	passes("look", "{}");
	passes("switch.add", "{'switch':'a'}");
	assert_ptr_equal(seen_ctx, server);
	assert_ptr_equal(seen_client, me);
}

static void a_slip_in_the_name_of_a_method(void **state)
{
	refused("swich.add", "{}", RPC_METHOD_NOT_FOUND, NULL, "did you mean 'switch.add'?");
	refused("prot.add", "{}", RPC_METHOD_NOT_FOUND, NULL, "did you mean 'port.add'?");
	refused("Look", "{}", RPC_METHOD_NOT_FOUND, NULL, "did you mean 'look'?");
	assert_null(seen);
}

static void a_method_unlike_any(void **state)
{
	json_t *v = call_of("teleport", "{}");
	const char *message =
		json_string_value(json_object_get(json_object_get(v, "error"), "message"));

	check_hint(message, "'teleport'");
	assert_null(strstr(message, "did you mean"));
	json_decref(v);
}

/* Only the start of a long name is told, and that start is whole characters. */
static void a_long_name_is_cut_between_characters(void **state)
{
	char name[128];

	for (int fill = 56; fill <= 60; fill++) {
		memset(name, 'x', sizeof(name));
		snprintf(name + fill, sizeof(name) - (size_t)fill, "\xf0\x9f\x90\x9fxxxxxxxx");
		refused(name, "{}", RPC_METHOD_NOT_FOUND, NULL, "there is no method");
	}
}

/* ---- parameters ---- */

static void parameters_by_name_and_by_position(void **state)
{
	passes("port.add", "{'type':'tap','port':'h1','switch':'a'}");
	assert_string_equal(seen_text("port"), "h1");
	passes("port.add", "['a','h1']");
	assert_string_equal(seen_text("switch"), "a");
	assert_string_equal(seen_text("port"), "h1");
	assert_int_equal(json_object_size(seen), 2);
	passes("port.add", "['a','h1','tap']");
	assert_string_equal(seen_text("type"), "tap");
	passes("port.add", "{'port':'h1'}");
	assert_int_equal(json_object_size(seen), 1);
}

static void more_positions_than_parameters(void **state)
{
	refused("port.add", "['a','h1','tap',4]", RPC_INVALID_PARAMS, NULL, "at most 3");
	refused("look", "[null]", RPC_INVALID_PARAMS, NULL, "at most 0");
	assert_null(seen);
}

static void positions_have_types_too(void **state)
{
	refused("port.add", "['a',1]", RPC_INVALID_PARAMS, "port", "found the number 1");
	refused("port.add", "[null,'h1']", RPC_INVALID_PARAMS, "switch", "found null");
}

static void what_is_required(void **state)
{
	refused("port.add", "{}", RPC_INVALID_PARAMS, NULL, "needs the parameter 'port': its name");
	refused("port.add", "{'switch':'a','mtu':9000}", RPC_INVALID_PARAMS, NULL, "'port'");
	refused("port.add", "['a']", RPC_INVALID_PARAMS, NULL, "'port'");
	refused("switch.add", "[]", RPC_INVALID_PARAMS, NULL, "'switch'");
	assert_null(seen);
}

static void no_params_at_all(void **state)
{
	json_t *v = ask_env(&env, "{'jsonrpc':'2.0','id':1,'method':'look'}");

	assert_non_null(json_object_get(v, "result"));
	assert_true(json_is_object(seen)); /* a method need not ask whether it is there */
	assert_int_equal(json_object_size(seen), 0);
	json_decref(v);
	v = ask_env(&env, "{'jsonrpc':'2.0','id':1,'method':'switch.add'}");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(v, "error"), "code")),
			 RPC_INVALID_PARAMS);
	assert_null(seen);
	json_decref(v);
}

static void a_slip_in_the_name_of_a_parameter(void **state)
{
	refused("port.add", "{'prt':'h1'}", RPC_INVALID_PARAMS, NULL, "did you mean 'port'?");
	refused("port.add", "{'port':'h1','swtich':'a'}", RPC_INVALID_PARAMS, NULL,
		"did you mean 'switch'?");
	/* options are parameters as well */
	refused("port.add", "{'port':'h1','mtuu':1}", RPC_INVALID_PARAMS, NULL,
		"did you mean 'mtu'?");
	refused("switch.add", "{'switch':'a','aging_s':1}", RPC_INVALID_PARAMS, NULL,
		"did you mean 'ageing_s'?");
	refused("look", "{'colour':1}", RPC_INVALID_PARAMS, NULL, "look has no parameter 'colour'");
	assert_null(seen);
}

static void names_of_parameters_have_a_case(void **state)
{
	refused("port.add", "{'PORT':'h1'}", RPC_INVALID_PARAMS, NULL, "no parameter 'PORT'");
}

/* Every type against a value of every kind. */
static void types_are_checked(void **state)
{
	static const struct {
		const char *method, *allowed;
	} types[] = {
		{"text", "allowed is a string"},
		{"number", "allowed is a whole number"},
		{"list", "allowed is an array"},
		{"thing", "allowed is an object"},
	};
	static const struct {
		const char *json, *found;
		size_t good; /* for which of the above */
	} values[] = {
		{"'abc'", "found 'abc'", 0},
		{"''", "found ''", 0},
		{"-7", "found the number -7", 1},
		{"9223372036854775807", "found the number 9223372036854775807", 1},
		{"[]", "found an array", 2},
		{"[1,2]", "found an array", 2},
		{"{}", "found an object", 3},
		{"1.5", "found the number 1.5", 9},
		{"true", "found true", 9},
		{"false", "found false", 9},
		{"null", "found null", 9},
	};
	char params[80];

	for (size_t t = 0; t < ARRAY_SIZE(types); t++)
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			snprintf(params, sizeof(params), "{'p':%s}", values[v].json);
			if (values[v].good == t) {
				passes(types[t].method, params);
				continue;
			}
			refused(types[t].method, params, RPC_INVALID_PARAMS, "p", values[v].found);
			refused(types[t].method, params, RPC_INVALID_PARAMS, "p", types[t].allowed);
		}
}

/* 1.0 is no integer in JSON as it is read here: say what it is, not "found the number 1". */
static void a_whole_real_is_told_as_a_real(void **state)
{
	refused("number", "{'p':1.0}", RPC_INVALID_PARAMS, "p", "found the number 1.0");
}

static void a_long_value_is_cut_between_characters(void **state)
{
	char params[128];

	for (int fill = 56; fill <= 60; fill++) {
		snprintf(params, sizeof(params), "{'p':'%.*s\xf0\x9f\x90\x9fyyyyyyyy'}", fill,
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		refused("number", params, RPC_INVALID_PARAMS, "p", "found 'xxxx");
	}
}

/* Their values are the method's to check, with the path it knows. */
static void options_pass_as_they_are(void **state)
{
	passes("switch.add", "{'switch':'a','ageing_s':-5,'max_macs':null,'link_local':'drop'}");
	assert_int_equal(json_integer_value(json_object_get(seen, "ageing_s")), -5);
	assert_true(json_is_null(json_object_get(seen, "max_macs")));
	port_types_foreach (t)
		opt_foreach (o, t->options) {
			char params[120];

			snprintf(params, sizeof(params), "{'port':'h1','%s':true}", o->name);
			passes("port.add", params);
			assert_true(json_is_true(json_object_get(seen, o->name)));
		}
}

static void options_of_another_kind_do_not(void **state)
{
	refused("switch.add", "{'switch':'a','mtu':1}", RPC_INVALID_PARAMS, NULL, "'mtu'");
	refused("port.add", "{'port':'h1','ageing_s':1}", RPC_INVALID_PARAMS, NULL, "'ageing_s'");
	refused("look", "{'max_macs':1}", RPC_INVALID_PARAMS, NULL, "'max_macs'");
}

/* ---- errors ---- */

static void check_code(int code, int want, const char *symbol)
{
	json_t *e;

	to_fail = (struct err){.code = code, .path = "switches.sw0", .text = "it is so"};
	json_t *v = call_of("fail", "{}");
	e = json_object_get(v, "error");
	const json_t *data = json_object_get(e, "data");
	const char *name = json_string_value(json_object_get(data, "errno"));
	assert_int_equal(json_integer_value(json_object_get(e, "code")), want);
	assert_string_equal(json_string_value(json_object_get(e, "message")), "it is so");
	assert_string_equal(json_string_value(json_object_get(data, "path")), "switches.sw0");
	if (symbol && name)
		assert_string_equal(name, symbol);
	assert_int_equal(!symbol, !name);
	assert_int_equal(json_object_size(e), 3);
	json_decref(v);
}

static void codes_follow_from_errno(void **state)
{
	check_code(EINVAL, -32602, NULL);
	check_code(ENOENT, -32001, NULL);
	check_code(EEXIST, -32002, NULL);
	check_code(ENOSPC, -32004, NULL);
	check_code(ENOMEM, -32603, NULL);
	check_code(EPERM, -32003, "EPERM");
	check_code(EBUSY, -32003, "EBUSY");
	check_code(ENODEV, -32003, "ENODEV");
	check_code(EIO, -32003, "EIO");
}

static void an_errno_without_a_name(void **state)
{
	struct err e = {.code = 99999, .text = "odd"};
	json_t *v = rpc_error(0, &e);

	assert_int_equal(json_integer_value(json_object_get(v, "code")), RPC_SYSTEM);
	assert_null(json_object_get(json_object_get(v, "data"), "errno"));
	json_decref(v);
}

/* Whatever somebody's bytes have made of the text, it can be told. */
static void a_text_that_is_not_utf8(void **state)
{
	struct err e = {0};

	(void)err_set(&e, ENOENT, "bad \xff byte");
	err_at(&e, "a\xff");
	json_t *v = rpc_error(0, &e);
	assert_int_equal(json_integer_value(json_object_get(v, "code")), RPC_NOT_FOUND);
	check_hint(json_string_value(json_object_get(v, "message")), " byte");
	const json_t *path = json_object_get(json_object_get(v, "data"), "path");
	assert_int_equal(json_string_value(path)[0], 'a');
	json_decref(v);
}

/* ---- the log ---- */

static void what_changes_is_logged(void **state)
{
	logs = 0;
	passes("port.add", "['a','h1']");
	assert_int_equal(logs, 1);
	assert_string_equal(logged, "port.add {\"switch\":\"a\",\"port\":\"h1\"}");
	assert_ptr_equal(logged_client, me);
	json_t *v = ask_env(&env, "{'jsonrpc':'2.0','method':'switch.add','params':['b']}");
	assert_null(v); /* a notification changes as much */
	assert_int_equal(logs, 2);
	assert_string_equal(logged, "switch.add {\"switch\":\"b\"}");
	to_fail = (struct err){.code = EPERM, .text = "no"};
	refused("break", "{}", RPC_SYSTEM, NULL, "no"); /* it tried */
	assert_int_equal(logs, 3);
}

static void what_changes_nothing_is_not(void **state)
{
	logs = 0;
	passes("look", "{}");
	passes("text", "{'p':'x'}");
	refused("port.add", "{}", RPC_INVALID_PARAMS, NULL, "");
	refused("port.add", "{'port':1}", RPC_INVALID_PARAMS, "port", "");
	refused("port.ad", "{}", RPC_METHOD_NOT_FOUND, NULL, "");
	assert_int_equal(logs, 0);
}

static void a_log_is_not_needed(void **state)
{
	const struct rpc_env quiet = {.tables = tables};
	json_t *v =
		ask_env(&quiet, "{'jsonrpc':'2.0','id':1,'method':'switch.add','params':['b']}");

	assert_non_null(json_object_get(v, "result"));
	json_decref(v);
}

/* ---- rpc.discover ---- */

static void check_option_list(const json_t *list, const struct opt *table)
{
	size_t i = 0;

	opt_foreach (o, table) {
		const json_t *row = json_array_get(list, i++);
		char allowed[200];

		assert_string_equal(json_string_value(json_object_get(row, "name")), o->name);
		assert_string_equal(json_string_value(json_object_get(row, "help")), o->help);
		assert_string_equal(json_string_value(json_object_get(row, "default")), o->dflt);
		assert_string_equal(json_string_value(json_object_get(row, "allowed")),
				    opt_allowed(o, allowed, sizeof(allowed)));
	}
	assert_int_equal(json_array_size(list), i);
}

static void check_options(const json_t *description, enum rpc_options which)
{
	const json_t *options = json_object_get(description, "options");

	if (which == RPC_NO_OPTIONS)
		assert_null(options);
	if (which == RPC_SWITCH_OPTIONS)
		check_option_list(options, sw_options);
	if (which == RPC_PORT_OPTIONS)
		port_types_foreach (t)
			check_option_list(json_object_get(options, t->name), t->options);
}

static void check_description(const json_t *d, const struct rpc_method *m)
{
	static const char *const types[] = {"string", "integer", "array", "object"};
	const json_t *params = json_object_get(d, "params");
	size_t i = 0;

	assert_string_equal(json_string_value(json_object_get(d, "name")), m->name);
	assert_string_equal(json_string_value(json_object_get(d, "help")), m->help);
	assert_true(json_is_boolean(json_object_get(d, "changes")));
	assert_int_equal(json_is_true(json_object_get(d, "changes")), m->changes);
	for (const struct rpc_param *p = m->params; p->name; p++) {
		const json_t *row = json_array_get(params, i++);

		assert_string_equal(json_string_value(json_object_get(row, "name")), p->name);
		assert_string_equal(json_string_value(json_object_get(row, "type")),
				    types[p->type]);
		assert_int_equal(json_is_true(json_object_get(row, "required")), p->required);
		assert_string_equal(json_string_value(json_object_get(row, "help")), p->help);
	}
	assert_true(json_is_array(params));
	assert_int_equal(json_array_size(params), i);
	check_options(d, m->options);
}

static void check_discovery(const json_t *found)
{
	const json_t *methods = json_object_get(found, "methods");
	const json_t *own = json_array_get(methods, 0);
	size_t i = 1;

	assert_string_equal(json_string_value(json_object_get(found, "version")), SWITCHD_VERSION);
	assert_string_equal(json_string_value(json_object_get(own, "name")), "rpc.discover");
	for (const struct rpc_method *const *t = tables; *t; t++)
		for (const struct rpc_method *m = *t; m->name; m++)
			check_description(json_array_get(methods, i++), m);
	assert_int_equal(json_array_size(methods), i);
}

static void discover_lists_every_method(void **state)
{
	json_t *v = call_of("rpc.discover", "{}");

	check_discovery(json_object_get(v, "result"));
	json_decref(v);
}

static void discover_takes_no_parameters(void **state)
{
	refused("rpc.discover", "{'verbose':true}", RPC_INVALID_PARAMS, NULL, "rpc.discover");
	refused("rpc.discover", "[1]", RPC_INVALID_PARAMS, NULL, "rpc.discover");
}

/* Section 4 of the specification keeps names that begin so for such things. */
static void a_slip_in_rpc_discover(void **state)
{
	refused("rpc.dicsover", "{}", RPC_METHOD_NOT_FOUND, NULL, "did you mean 'rpc.discover'?");
}

static int forget(void **state)
{
	json_decref(seen);
	seen = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_of_every_table_are_found),
		cmocka_unit_test(a_slip_in_the_name_of_a_method),
		cmocka_unit_test(a_method_unlike_any),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(parameters_by_name_and_by_position),
		cmocka_unit_test(more_positions_than_parameters),
		cmocka_unit_test(positions_have_types_too),
		cmocka_unit_test(what_is_required),
		cmocka_unit_test(no_params_at_all),
		cmocka_unit_test(a_slip_in_the_name_of_a_parameter),
		cmocka_unit_test(names_of_parameters_have_a_case),
		cmocka_unit_test(types_are_checked),
		cmocka_unit_test(a_whole_real_is_told_as_a_real),
		cmocka_unit_test(a_long_value_is_cut_between_characters),
		cmocka_unit_test(options_pass_as_they_are),
		cmocka_unit_test(options_of_another_kind_do_not),
		cmocka_unit_test(codes_follow_from_errno),
		cmocka_unit_test(an_errno_without_a_name),
		cmocka_unit_test(a_text_that_is_not_utf8),
		cmocka_unit_test(what_changes_is_logged),
		cmocka_unit_test(what_changes_nothing_is_not),
		cmocka_unit_test(a_log_is_not_needed),
		cmocka_unit_test(discover_lists_every_method),
		cmocka_unit_test(discover_takes_no_parameters),
		cmocka_unit_test(a_slip_in_rpc_discover),
	};

	return cmocka_run_group_tests_name("rpc methods", tests, NULL, forget);
}

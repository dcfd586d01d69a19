/* SPDX-License-Identifier: ISC */
/*
 * JSON-RPC 2.0 as such: the examples of its specification, ids, batches, notifications, and lines
 * that are none of these.  Requests stand here with ' for ", to be readable.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/rpc.h"

static unsigned runs; /* of any method */

static json_int_t number(const struct rpc_call *call, const char *name)
{
	return json_integer_value(json_object_get(call->params, name));
}

static int subtract(struct rpc_call *call)
{
	runs++;
	call->result = json_integer(number(call, "minuend") - number(call, "subtrahend"));
	return 0;
}

static int sum(struct rpc_call *call)
{
	runs++;
	call->result = json_integer(number(call, "a") + number(call, "b") + number(call, "c"));
	return 0;
}

static int get_data(struct rpc_call *call)
{
	runs++;
	call->result = json_pack("[s, i]", "hello", 5);
	return 0;
}

static int nothing(struct rpc_call *call)
{
	(void)call;
	runs++;
	return 0;
}

/* A good part of what the answers to a batch may be. */
static int much(struct rpc_call *call)
{
	char *text = calloc(1, RPC_ANSWER_MAX / 4);

	assert_non_null(text);
	memset(text, 'a', RPC_ANSWER_MAX / 4 - 1);
	runs++;
	call->result = json_string(text);
	free(text);
	return 0;
}

/* A method that had begun its answer when it failed. */
static int fail_late(struct rpc_call *call)
{
	runs++;
	call->result = json_string("half an answer");
	return err_set(&call->err, ENOENT, "not here");
}

static const struct rpc_method table[] = {
	{.name = "subtract",
	 .run = subtract,
	 .params = {{"minuend", RPC_INTEGER, true, "from"},
		    {"subtrahend", RPC_INTEGER, true, "w"}}},
	{.name = "sum",
	 .run = sum,
	 .params = {{"a", RPC_INTEGER, true, "1"},
		    {"b", RPC_INTEGER, true, "2"},
		    {"c", RPC_INTEGER, true, "3"}}},
	{.name = "get_data", .run = get_data},
	{.name = "fail", .run = fail_late},
	{.name = "much", .run = much},
	{.name = NULL},
};

static const struct rpc_method more[] = {
	{.name = "update",
	 .run = nothing,
	 .params = {{"a", RPC_INTEGER, false, ""},
		    {"b", RPC_INTEGER, false, ""},
		    {"c", RPC_INTEGER, false, ""},
		    {"d", RPC_INTEGER, false, ""},
		    {"e", RPC_INTEGER, false, ""}}},
	{.name = "notify_hello", .run = nothing, .params = {{"n", RPC_INTEGER, false, ""}}},
	{.name = "take_object", .run = nothing, .params = {{"it", RPC_OBJECT, false, ""}}},
	{.name = "take_array", .run = nothing, .params = {{"it", RPC_ARRAY, false, ""}}},
	{.name = "take_text", .run = nothing, .params = {{"it", RPC_STRING, false, ""}}},
	{.name = NULL},
};

static const struct rpc_method *const tables[] = {table, more, NULL};
static const struct rpc_env env = {.tables = tables};

/* The answer to one line as it goes out, or NULL. */
static char *ask_bytes(const char *line, size_t len)
{
	char *copy = malloc(len ? len : 1); /* no NUL behind it */
	struct rpc_job job;

	assert_non_null(copy);
	if (len)
		memcpy(copy, line, len);
	rpc_begin(&job, copy, len);
	free(copy);
	while (rpc_step(&job, &env, NULL))
		;
	return rpc_finish(&job);
}

/* A copy with " for each '. */
static char *quoted(const char *text)
{
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		if (*p == '\'')
			*p = '"';
	return q;
}

static json_t *parse(const char *text)
{
	char *q = quoted(text);
	json_t *v = json_loads(q, JSON_DECODE_ANY, NULL);

	assert_non_null(v);
	free(q);
	return v;
}

static json_t *answer_of(char *line)
{
	json_t *v;

	assert_non_null(line);
	assert_null(strchr(line, '\n'));
	v = json_loads(line, 0, NULL);
	assert_non_null(v);
	free(line);
	return v;
}

static json_t *ask(const char *request)
{
	char *q = quoted(request);
	char *line = ask_bytes(q, strlen(q));

	free(q);
	return line ? answer_of(line) : NULL;
}

/* Is `have` what the test wrote?  Of an error only the code and the id are compared. */
static void check_same(json_t *have, const char *want)
{
	json_t *w = parse(want);
	json_t *e = json_object_get(have, "error");
	size_t i;
	json_t *v;

	json_array_foreach (have, i, v) {
		json_object_del(json_object_get(v, "error"), "message");
		json_object_del(json_object_get(v, "error"), "data");
	}
	json_object_del(e, "message");
	json_object_del(e, "data");
	if (!json_equal(have, w)) {
		char *text = json_dumps(have, JSON_COMPACT | JSON_ENCODE_ANY);

		fail_msg("answer %s, expected %s", text, want);
	}
	json_decref(w);
}

static void answers(const char *request, const char *want)
{
	json_t *have = ask(request);

	if (!have)
		fail_msg("no answer to %s", request);
	check_same(have, want);
	json_decref(have);
}

static void is_silent(const char *request)
{
	json_t *have = ask(request);

	assert_null(have);
}

static void bytes_refused(const char *line, size_t len, const char *want, const char *hint)
{
	json_t *have = answer_of(ask_bytes(line, len));
	const char *message =
		json_string_value(json_object_get(json_object_get(have, "error"), "message"));

	assert_non_null(message);
	if (!strstr(message, hint))
		fail_msg("\"%s\" does not say \"%s\"", message, hint);
	check_same(have, want);
	json_decref(have);
}

#define PARSE_ERROR "{'jsonrpc':'2.0','error':{'code':-32700},'id':null}"
#define TOO_MUCH    "{'jsonrpc':'2.0','error':{'code':-32004},'id':null}"
#define NO_REQUEST  "{'jsonrpc':'2.0','error':{'code':-32600},'id':null}"

/* ---- section 7 of the specification ---- */

static void by_position(void **state)
{
	answers("{'jsonrpc':'2.0','method':'subtract','params':[42,23],'id':1}",
		"{'jsonrpc':'2.0','result':19,'id':1}");
	answers("{'jsonrpc':'2.0','method':'subtract','params':[23,42],'id':2}",
		"{'jsonrpc':'2.0','result':-19,'id':2}");
}

static void by_name(void **state)
{
	answers("{'jsonrpc':'2.0','method':'subtract','params':{'subtrahend':23,'minuend':42},"
		"'id':3}",
		"{'jsonrpc':'2.0','result':19,'id':3}");
	answers("{'jsonrpc':'2.0','method':'subtract','params':{'minuend':42,'subtrahend':23},"
		"'id':4}",
		"{'jsonrpc':'2.0','result':19,'id':4}");
}

static void notifications_are_not_answered(void **state)
{
	runs = 0;
	is_silent("{'jsonrpc':'2.0','method':'update','params':[1,2,3,4,5]}");
	assert_int_equal(runs, 1);
	is_silent("{'jsonrpc':'2.0','method':'foobar'}");
	/* nor when they fail, or lack what they need */
	is_silent("{'jsonrpc':'2.0','method':'fail'}");
	assert_int_equal(runs, 2);
	is_silent("{'jsonrpc':'2.0','method':'subtract','params':[1]}");
	is_silent("{'jsonrpc':'2.0','method':'rpc.discover'}");
	assert_int_equal(runs, 2);
}

static void unknown_method(void **state)
{
	answers("{'jsonrpc':'2.0','method':'foobar','id':'1'}",
		"{'jsonrpc':'2.0','error':{'code':-32601},'id':'1'}");
}

static void invalid_json(void **state)
{
	answers("{'jsonrpc':'2.0','method':'foobar, 'params':'bar','baz]", PARSE_ERROR);
	answers("[{'jsonrpc':'2.0','method':'sum','params':[1,2,4],'id':'1'},"
		"{'jsonrpc':'2.0','method'",
		PARSE_ERROR);
}

static void invalid_request(void **state)
{
	answers("{'jsonrpc':'2.0','method':1,'params':'bar'}", NO_REQUEST);
}

static void empty_batch(void **state)
{
	answers("[]", NO_REQUEST);
	answers(" [ ] ", NO_REQUEST);
}

static void batch_of_no_requests(void **state)
{
	answers("[1]", "[" NO_REQUEST "]");
	answers("[1,2,3]", "[" NO_REQUEST "," NO_REQUEST "," NO_REQUEST "]");
	answers("[[]]", "[" NO_REQUEST "]");
	answers("[null,'x',true,1.5,{}]",
		"[" NO_REQUEST "," NO_REQUEST "," NO_REQUEST "," NO_REQUEST "," NO_REQUEST "]");
}

static void mixed_batch(void **state)
{
	answers("[{'jsonrpc':'2.0','method':'sum','params':[1,2,4],'id':'1'},"
		"{'jsonrpc':'2.0','method':'notify_hello','params':[7]},"
		"{'jsonrpc':'2.0','method':'subtract','params':[42,23],'id':'2'},"
		"{'foo':'boo'},"
		"{'jsonrpc':'2.0','method':'foo.get','params':{'name':'myself'},'id':'5'},"
		"{'jsonrpc':'2.0','method':'get_data','id':'9'}]",
		"[{'jsonrpc':'2.0','result':7,'id':'1'},{'jsonrpc':'2.0','result':19,'id':'2'}," NO_REQUEST
		",{'jsonrpc':'2.0','error':{'code':-32601},'id':'5'},"
		"{'jsonrpc':'2.0','result':['hello',5],'id':'9'}]");
}

static void batch_of_notifications(void **state)
{
	runs = 0;
	is_silent("[{'jsonrpc':'2.0','method':'update','params':[1,2,4]},"
		  "{'jsonrpc':'2.0','method':'notify_hello','params':[7]}]");
	assert_int_equal(runs, 2);
}

static void batch_of_one(void **state)
{
	answers("[{'jsonrpc':'2.0','method':'get_data','id':1}]",
		"[{'jsonrpc':'2.0','result':['hello',5],'id':1}]");
}

/* ---- the members of a request ---- */

static void ids_come_back_as_they_were(void **state)
{
	static const char *const ids[] = {
		"0",
		"-1",
		"9223372036854775807",
		"-9223372036854775808",
		"1.5",
		"-2.5e300",
		"''",
		"'a\\nb\\\\'",
		"'\\u00fc'",
		"'\xf0\x9f\x90\x9f'",
		"null",
	};
	char request[160], want[160];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		snprintf(request, sizeof(request),
			 "{'jsonrpc':'2.0','method':'sum','params':%s,'id':%s}", "[1,2,3]", ids[i]);
		snprintf(want, sizeof(want), "{'jsonrpc':'2.0','result':6,'id':%s}", ids[i]);
		answers(request, want);
		snprintf(request, sizeof(request), "{'jsonrpc':'2.0','method':'nosuch','id':%s}",
			 ids[i]);
		snprintf(want, sizeof(want), "{'jsonrpc':'2.0','error':{'code':-32601},'id':%s}",
			 ids[i]);
		answers(request, want);
	}
}

static void ids_that_are_none(void **state)
{
	runs = 0;
	answers("{'jsonrpc':'2.0','method':'get_data','id':true}", NO_REQUEST);
	answers("{'jsonrpc':'2.0','method':'get_data','id':[1]}", NO_REQUEST);
	answers("{'jsonrpc':'2.0','method':'get_data','id':{}}", NO_REQUEST);
	assert_int_equal(runs, 0);
}

/* A request that is none is answered even where it has no id, for it is no notification either. */
static void the_version_is_needed(void **state)
{
	runs = 0;
	answers("{'method':'get_data'}", NO_REQUEST);
	answers("{'jsonrpc':2.0,'method':'get_data'}", NO_REQUEST);
	answers("{'jsonrpc':'1.0','method':'get_data','id':7}",
		"{'jsonrpc':'2.0','error':{'code':-32600},'id':7}");
	answers("{'jsonrpc':'2.0 ','method':'get_data','id':'x'}",
		"{'jsonrpc':'2.0','error':{'code':-32600},'id':'x'}");
	assert_int_equal(runs, 0);
}

static void the_method_is_needed(void **state)
{
	answers("{'jsonrpc':'2.0'}", NO_REQUEST);
	answers("{'jsonrpc':'2.0','id':7}", "{'jsonrpc':'2.0','error':{'code':-32600},'id':7}");
	answers("{'jsonrpc':'2.0','method':null,'id':7}",
		"{'jsonrpc':'2.0','error':{'code':-32600},'id':7}");
	answers("{'jsonrpc':'2.0','method':'','id':7}",
		"{'jsonrpc':'2.0','error':{'code':-32601},'id':7}");
}

static void params_are_an_object_or_an_array(void **state)
{
	static const char *const bad[] = {"null", "1", "'x'", "true", "1.5"};
	char request[120];

	runs = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(request, sizeof(request),
			 "{'jsonrpc':'2.0','method':'get_data','params':%s,'id':7}", bad[i]);
		answers(request, "{'jsonrpc':'2.0','error':{'code':-32600},'id':7}");
	}
	assert_int_equal(runs, 0);
	answers("{'jsonrpc':'2.0','method':'get_data','params':[],'id':7}",
		"{'jsonrpc':'2.0','result':['hello',5],'id':7}");
	answers("{'jsonrpc':'2.0','method':'get_data','params':{},'id':7}",
		"{'jsonrpc':'2.0','result':['hello',5],'id':7}");
}

static void further_members_do_not_matter(void **state)
{
	answers("{'jsonrpc':'2.0','method':'get_data','id':7,'trace':[1]}",
		"{'jsonrpc':'2.0','result':['hello',5],'id':7}");
}

static void a_method_without_a_result(void **state)
{
	answers("{'jsonrpc':'2.0','method':'update','id':7}",
		"{'jsonrpc':'2.0','result':{},'id':7}");
}

/* Section 5: result must not exist where there was an error. */
static void failing_hides_the_result(void **state)
{
	answers("{'jsonrpc':'2.0','method':'fail','id':7}",
		"{'jsonrpc':'2.0','error':{'code':-32001},'id':7}");
}

/* ---- lines ---- */

static void lines_that_are_not_json(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"\t \r",
		"{",
		"}",
		"[",
		"[,]",
		"nul",
		"GET / HTTP/1.0",
		"{'jsonrpc':'2.0','method':'get_data','id':1,}",
		"{'jsonrpc':'2.0','method':'get_data','id':1}}",
		"{'jsonrpc':'2.0','method':'get_data','id':1} {}",
		"{jsonrpc:'2.0','method':'get_data','id':1}",
		"{'jsonrpc':'2.0','method':'get_data','id':01}",
		"{'jsonrpc':'2.0','method':'get_data','id':NaN}",
		"{'jsonrpc':'2.0','method':'get_data\t','id':1}",
		"// {'jsonrpc':'2.0','method':'get_data','id':1}",
	};

	runs = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *q = quoted(bad[i]);

		bytes_refused(q, strlen(q), PARSE_ERROR, "column");
		free(q);
	}
	assert_int_equal(runs, 0);
}

static void values_that_are_no_requests(void **state)
{
	static const char *const bad[] = {"1", "1.5", "'x'", "true", "false", "null", "{}"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		answers(bad[i], NO_REQUEST);
}

static void the_column_is_told(void **state)
{
	bytes_refused("[1, 2, x]", 9, PARSE_ERROR, "column 8");
}

static void carriage_returns_are_white_space(void **state)
{
	answers("{'jsonrpc':'2.0',\r'method':'get_data',\t'id':7} \r",
		"{'jsonrpc':'2.0','result':['hello',5],'id':7}");
}

static void no_key_twice(void **state)
{
	runs = 0;
	answers("{'jsonrpc':'2.0','method':'get_data','id':1,'id':2}", PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'take_object','params':{'it':{'a':1,'a':1}},'id':1}",
		PARSE_ERROR);
	assert_int_equal(runs, 0);
}

static void bytes_that_are_not_utf8(void **state)
{
	static const char *const bad[] = {
		"\xff",
		"\x80",
		"\xc3",
		"\xc0\xaf",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xf5\x80\x80\x80",
		"\xf4\x90\x80\x80",
		"\xe0\x80\xaf",
	};
	char line[120];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int n = snprintf(line, sizeof(line),
				 "{\"jsonrpc\":\"2.0\",\"method\":\"a%sb\",\"id\":1}", bad[i]);
		bytes_refused(line, (size_t)n, PARSE_ERROR, "column");
		/* outside of any string, too */
		bytes_refused(bad[i], strlen(bad[i]), PARSE_ERROR, "column");
	}
}

static void half_of_a_surrogate_pair(void **state)
{
	answers("{'jsonrpc':'2.0','method':'a\\ud800b','id':1}", PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'a\\udc00b','id':1}", PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'a\\ud83d\\udc1f','id':1}",
		"{'jsonrpc':'2.0','error':{'code':-32601},'id':1}");
}

static void nul_bytes(void **state)
{
	static const char in_string[] = "{\"jsonrpc\":\"2.0\",\"method\":\"get_data\0\",\"id\":1}";
	static const char behind[] = "{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":1}\0";
	static const char alone[] = "\0\0";

	runs = 0;
	bytes_refused(in_string, sizeof(in_string) - 1, PARSE_ERROR, "column");
	bytes_refused(behind, sizeof(behind) - 1, PARSE_ERROR, "column");
	bytes_refused(alone, 2, PARSE_ERROR, "column");
	/* strcmp() would take the first for get_data */
	answers("{'jsonrpc':'2.0','method':'get_data\\u0000x','id':1}", PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'take_object','params':{'it':{'a\\u0000b':1}},'id':1}",
		PARSE_ERROR);
	assert_int_equal(runs, 0);
}

static void numbers_that_do_not_fit(void **state)
{
	answers("{'jsonrpc':'2.0','method':'sum','params':[1e400,1,1],'id':1}", PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'sum','params':[9223372036854775808,1,1],'id':1}",
		PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'sum','params':[-9223372036854775809,1,1],'id':1}",
		PARSE_ERROR);
	answers("{'jsonrpc':'2.0','method':'sum','params':[9223372036854775807,-1,0],'id':1}",
		"{'jsonrpc':'2.0','result':9223372036854775806,'id':1}");
}

/* ---- limits ---- */

/* The same request with white space behind it, up to len bytes. */
static char *padded(const char *request, size_t len)
{
	char *line = malloc(len + 1);
	char *q = quoted(request);

	assert_non_null(line);
	int n = snprintf(line, len + 1, "%s", q);
	memset(line + n, ' ', len - (size_t)n);
	free(q);
	return line;
}

static void the_longest_line(void **state)
{
	static const char request[] = "{'jsonrpc':'2.0','method':'get_data','id':7}";
	char *line = padded(request, RPC_LINE_MAX + 1);
	json_t *v = answer_of(ask_bytes(line, RPC_LINE_MAX));

	check_same(v, "{'jsonrpc':'2.0','result':['hello',5],'id':7}");
	json_decref(v);
	runs = 0;
	bytes_refused(line, RPC_LINE_MAX + 1, NO_REQUEST, "1048576");
	assert_int_equal(runs, 0);
	free(line);
}

/* A request whose "it" is nested so deep that the whole line is `depth`. */
static char *nested(const char *method, const char *open, const char *inside, const char *close,
		    unsigned depth)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	fprintf(f, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"id\":7,\"params\":{\"it\":", method);
	for (unsigned i = 2; i < depth; i++)
		fputs(open, f);
	fputs(inside, f);
	for (unsigned i = 2; i < depth; i++)
		fputs(close, f);
	fputs("}}", f);
	fclose(f);
	return text;
}

static void check_depth(const char *method, const char *open, const char *inside, const char *close)
{
	char *line = nested(method, open, inside, close, RPC_DEPTH_MAX);
	json_t *v = answer_of(ask_bytes(line, strlen(line)));

	check_same(v, "{'jsonrpc':'2.0','result':{},'id':7}");
	json_decref(v);
	free(line);
	line = nested(method, open, inside, close, RPC_DEPTH_MAX + 1);
	bytes_refused(line, strlen(line), PARSE_ERROR, "deeper than 32");
	free(line);
}

static void the_deepest_nesting(void **state)
{
	check_depth("take_array", "[", "", "]");
	check_depth("take_array", "[1,", "1", ",\"[\"]");
	check_depth("take_array", "[\"\\\\\",", "1", "]"); /* that quote does end it */
	check_depth("take_object", "{\"a\":", "1", "}");
	check_depth("take_object", "{\"]}\":", "\"}]}]}]\"", "}"); /* these close nothing */
}

/* A depth that would overflow the stack of a parser that recurses is found before it does. */
static void a_million_brackets(void **state)
{
	char *line = malloc(RPC_LINE_MAX);

	assert_non_null(line);
	memset(line, '[', RPC_LINE_MAX);
	bytes_refused(line, RPC_LINE_MAX, PARSE_ERROR, "deeper than 32");
	free(line);
}

static void brackets_in_strings_do_not_count(void **state)
{
	answers("{'jsonrpc':'2.0','method':'take_text','id':7,"
		"'params':['[[[[[[[[[[[[[[[[{{{{{{{{{{{{{{{{[[[[[[[[[[[[[[[[']}",
		"{'jsonrpc':'2.0','result':{},'id':7}");
	/* nor behind a quote that does not end the string */
	answers("{'jsonrpc':'2.0','method':'take_text','id':7,"
		"'params':['\\'[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\\']}",
		"{'jsonrpc':'2.0','result':{},'id':7}");
}

/* A batch of n notifications, or of n requests with the same id. */
static char *batch_of(size_t n, const char *method, const char *id)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%c{\"jsonrpc\":\"2.0\",\"method\":\"%s\"%s}", i ? ',' : '[', method,
			id);
	fputc(']', f);
	fclose(f);
	return text;
}

static void the_largest_batch(void **state)
{
	char *line = batch_of(RPC_BATCH_MAX, "get_data", ",\"id\":1");
	json_t *v = answer_of(ask_bytes(line, strlen(line)));

	assert_int_equal(json_array_size(v), RPC_BATCH_MAX);
	json_decref(v);
	free(line);
	for (int notify = 0; notify < 2; notify++) {
		line = batch_of(RPC_BATCH_MAX + 1, "get_data", notify ? "" : ",\"id\":1");
		runs = 0;
		bytes_refused(line, strlen(line), TOO_MUCH, "at most 1000");
		assert_int_equal(runs, 0); /* all or nothing */
		free(line);
	}
}

/* Whoever gets no answers has to know how far it came. */
static void answers_too_long_together(void **state)
{
	char *line = batch_of(3, "much", ",\"id\":1");
	json_t *v = answer_of(ask_bytes(line, strlen(line)));

	assert_int_equal(json_array_size(v), 3);
	json_decref(v);
	free(line);
	line = batch_of(9, "much", ",\"id\":1");
	runs = 0;
	bytes_refused(line, strlen(line), TOO_MUCH, "; 4 of its requests were carried out");
	assert_int_equal(runs, 4);
	free(line);
	line = batch_of(9, "much", "");
	runs = 0;
	assert_null(ask_bytes(line, strlen(line))); /* what is not said is not too long */
	assert_int_equal(runs, 9);
	free(line);
}

/*
 * Two bytes of a batch can be worth an error of over a hundred.  What is owed for one line has to
 * stay below what the server keeps for a client (4 MiB), or nobody ever sees it.
 */
static void the_answer_to_one_line_is_bounded(void **state)
{
	size_t len = RPC_LINE_MAX / 8 + 1;
	char *line = malloc(len);
	char *answer;

	assert_non_null(line);
	for (size_t i = 0; i < len; i++)
		line[i] = i % 2 ? '1' : ',';
	line[0] = '[';
	line[len - 1] = ']';
	answer = ask_bytes(line, len);
	assert_non_null(answer);
	size_t answered = strlen(answer);
	free(answer);
	free(line);
	assert_in_range(answered, 1, 4 << 20);
}

static void wide_is_not_deep(void **state)
{
	answers("{'jsonrpc':'2.0','method':'take_array','id':7,'params':[["
		"[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
		"{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]]}",
		"{'jsonrpc':'2.0','result':{},'id':7}");
}

/* ---- jobs ---- */

#define THREE                                                    \
	"[{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":1}," \
	"{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":2},"  \
	"{\"jsonrpc\":\"2.0\",\"method\":\"update\",\"id\":3}]"

static void a_batch_is_done_one_by_one(void **state)
{
	struct rpc_job job;

	runs = 0;
	rpc_begin(&job, THREE, strlen(THREE));
	assert_int_equal(runs, 0);
	assert_true(rpc_step(&job, &env, NULL));
	assert_int_equal(runs, 1);
	assert_true(rpc_step(&job, &env, NULL));
	assert_int_equal(runs, 2);
	assert_false(rpc_step(&job, &env, NULL));
	assert_int_equal(runs, 3);
	json_t *v = answer_of(rpc_finish(&job));
	assert_int_equal(json_array_size(v), 3);
	json_decref(v);
}

/* Whatever is left is forgotten, and what was answered already, too. */
static void a_job_can_be_thrown_away(void **state)
{
	static const struct rpc_job empty;
	struct rpc_job job;

	for (unsigned steps = 0; steps <= 3; steps++) {
		runs = 0;
		rpc_begin(&job, THREE, strlen(THREE));
		for (unsigned i = 0; i < steps; i++)
			rpc_step(&job, &env, NULL);
		rpc_abort(&job);
		assert_int_equal(runs, steps);
		assert_memory_equal(&job, &empty, sizeof(job));
		rpc_abort(&job); /* as a client is, that had no job */
	}
	rpc_begin(&job, "{", 1);
	rpc_abort(&job);
	assert_memory_equal(&job, &empty, sizeof(job));
}

static void an_empty_job(void **state)
{
	struct rpc_job job = {0};

	assert_false(rpc_step(&job, &env, NULL));
	assert_null(rpc_finish(&job));
}

static void a_job_is_empty_when_it_is_finished(void **state)
{
	static const char one[] = "{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"id\":1}";
	struct rpc_job job;

	rpc_begin(&job, one, strlen(one));
	assert_false(rpc_step(&job, &env, NULL));
	json_decref(answer_of(rpc_finish(&job)));
	assert_false(rpc_step(&job, &env, NULL));
	assert_null(rpc_finish(&job));
}

/* An error of the line needs no method, so its job has nothing to step through. */
static void a_bad_line_has_nothing_to_do(void **state)
{
	static const char *const bad[] = {"{", "[]", ""};
	struct rpc_job job;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		rpc_begin(&job, bad[i], strlen(bad[i]));
		assert_false(rpc_step(&job, &env, NULL));
		json_decref(answer_of(rpc_finish(&job)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_position),
		cmocka_unit_test(by_name),
		cmocka_unit_test(notifications_are_not_answered),
		cmocka_unit_test(unknown_method),
		cmocka_unit_test(invalid_json),
		cmocka_unit_test(invalid_request),
		cmocka_unit_test(empty_batch),
		cmocka_unit_test(batch_of_no_requests),
		cmocka_unit_test(mixed_batch),
		cmocka_unit_test(batch_of_notifications),
		cmocka_unit_test(batch_of_one),
		cmocka_unit_test(ids_come_back_as_they_were),
		cmocka_unit_test(ids_that_are_none),
		cmocka_unit_test(the_version_is_needed),
		cmocka_unit_test(the_method_is_needed),
		cmocka_unit_test(params_are_an_object_or_an_array),
		cmocka_unit_test(further_members_do_not_matter),
		cmocka_unit_test(a_method_without_a_result),
		cmocka_unit_test(failing_hides_the_result),
		cmocka_unit_test(lines_that_are_not_json),
		cmocka_unit_test(values_that_are_no_requests),
		cmocka_unit_test(the_column_is_told),
		cmocka_unit_test(carriage_returns_are_white_space),
		cmocka_unit_test(no_key_twice),
		cmocka_unit_test(bytes_that_are_not_utf8),
		cmocka_unit_test(half_of_a_surrogate_pair),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(numbers_that_do_not_fit),
		cmocka_unit_test(the_longest_line),
		cmocka_unit_test(the_deepest_nesting),
		cmocka_unit_test(a_million_brackets),
		cmocka_unit_test(brackets_in_strings_do_not_count),
		cmocka_unit_test(wide_is_not_deep),
		cmocka_unit_test(the_largest_batch),
		cmocka_unit_test(answers_too_long_together),
		cmocka_unit_test(the_answer_to_one_line_is_bounded),
		cmocka_unit_test(a_batch_is_done_one_by_one),
		cmocka_unit_test(a_job_can_be_thrown_away),
		cmocka_unit_test(an_empty_job),
		cmocka_unit_test(a_job_is_empty_when_it_is_finished),
		cmocka_unit_test(a_bad_line_has_nothing_to_do),
	};

	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}

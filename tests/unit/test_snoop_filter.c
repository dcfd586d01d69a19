/* SPDX-License-Identifier: ISC */
/* The tables of RFC 3376 clause 6.4, cell by cell, for both families; old hosts; the end of timers. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "snoop_lan.h"

/* In the tables sources are letters: of the family that the test runs for. */
static struct lan l;
static struct gpacket p;
static bool v6;

static const char *group(void)
{
	return v6 ? "ff3e::1" : "239.1.1.1";
}

static const char *source(char letter)
{
	static char text[32];

	snprintf(text, sizeof(text), v6 ? "2001:db8::%c" : "10.0.0.%d",
		 v6 ? letter : letter - 'a' + 1);
	return text;
}

static int open_lan(void **state)
{
	lan_init(&l);
	l.set.querier = true; /* so that its questions are seen */
	lan_open(&l);
	lan_wait(&l, 40000);
	snoop_static_router(l.s, 0, 9, true);
	return 0;
}

static int close_lan(void **state)
{
	lan_close(&l);
	return 0;
}

static void reopen(bool as_v6)
{
	lan_close(&l);
	v6 = as_v6;
	open_lan(NULL);
}

/* "ab" becomes a list of addresses. */
static void record(unsigned port, enum mcast_record_type type, const char *letters)
{
	char list[256] = "";

	for (; *letters; letters++) {
		strcat(list, " ");
		strcat(list, source(*letters));
	}
	gp_record(&p, type, group(), list);
	lan_rx(&l, port, &p);
}

/* As the RFC writes it: "I ab", "E a,b"; "" where there is none. */
static const char *state_of(unsigned port)
{
	static char text[40];
	char x[16] = "", y[16] = "";
	const struct snoop_group_info *info = lan_member(&l, group(), port);
	const char *list;

	if (!info)
		return "";
	bool exclude = info->exclude;

	list = lan_sources(&l, group(), port);
	for (char c = 'a'; c <= 'f'; c++) {
		const char *at = strstr(list, source(c));

		if (at) {
			const char mark = at[strlen(source(c))];
			char *to = mark == '!' ? y : x;

			to[strlen(to) + 1] = 0;
			to[strlen(to)] = c;
		}
	}
	if (exclude)
		snprintf(text, sizeof(text), "E %s,%s", x, y);
	else
		snprintf(text, sizeof(text), "I %s", x);
	return text;
}

/* Sources that were asked about since lan_forget_sent(), "*" for the group: each once. */
static const char *asked(void)
{
	static char text[16];
	size_t n = 0;

	for (char c = 'a'; c <= 'f'; c++)
		for (unsigned k = 0; lan_sent(&l, k); k++) {
			const struct sent *q = lan_sent(&l, k);
			bool has = false;

			for (unsigned i = 0; i < q->msg.n_sources; i++)
				has |= ip_equal(mcast_source(q->msg.sources, v6, i),
						addr(source(c)));
			if (has) {
				text[n++] = c;
				break;
			}
		}
	for (unsigned k = 0; lan_sent(&l, k); k++)
		if (lan_sent(&l, k)->msg.n_sources == 0) {
			text[n++] = '*';
			break;
		}
	text[n] = 0;
	return text;
}

/* X is made by a TO_EX and an ALLOW, so that its timers run. */
static void enter(const char *from)
{
	char x[8] = "", y[8] = "";

	if (from[0] == 'I') {
		record(1, MCAST_IS_IN, from + 2);
	} else if (from[0] == 'E') {
		sscanf(from + 2, "%7[a-f],%7[a-f]", x, y);
		if (from[2] == ',')
			sscanf(from + 3, "%7[a-f]", y);
		record(1, MCAST_IS_EX, y);
		if (*x)
			record(1, MCAST_ALLOW, x);
	}
	assert_string_equal(state_of(1), from);
	lan_forget_sent(&l);
}

static const struct cell {
	const char *from;
	enum mcast_record_type type;
	const char *sources;
	const char *to;
	const char *asked;
} cells[] = {
	/* clause 6.4.1 */
	{"I ab", MCAST_IS_IN, "bc", "I abc", ""},
	{"I ab", MCAST_IS_EX, "bc", "E b,c", ""},
	{"E ab,cd", MCAST_IS_IN, "bde", "E abde,c", ""},
	{"E ab,cd", MCAST_IS_EX, "bde", "E be,d", ""},
	/* clause 6.4.2 */
	{"I ab", MCAST_ALLOW, "bc", "I abc", ""},
	{"I ab", MCAST_BLOCK, "bc", "I ab", "b"},
	{"I ab", MCAST_TO_EX, "bc", "E b,c", "b"},
	{"I ab", MCAST_TO_IN, "bc", "I abc", "a"},
	{"E ab,cd", MCAST_ALLOW, "bde", "E abde,c", ""},
	{"E ab,cd", MCAST_BLOCK, "bde", "E abe,cd", "be"},
	{"E ab,cd", MCAST_TO_EX, "bde", "E be,d", "be"},
	{"E ab,cd", MCAST_TO_IN, "bde", "E abde,c", "a*"},
	/* from nothing and to nothing */
	{"", MCAST_IS_IN, "a", "I a", ""},
	{"", MCAST_ALLOW, "a", "I a", ""},
	{"", MCAST_TO_IN, "ab", "I ab", ""},
	{"", MCAST_IS_IN, "", "", ""},
	{"", MCAST_TO_IN, "", "", ""},
	{"", MCAST_BLOCK, "a", "", ""},
	{"", MCAST_IS_EX, "a", "E ,a", ""},
	{"", MCAST_TO_EX, "", "E ,", ""},
	{"I a", MCAST_TO_IN, "", "I a", "a"},
	{"E ,", MCAST_TO_IN, "", "E ,", "*"},
	{"I a", 7, "b", "I a", ""}, /* no such type */
};

static void each_cell(void **state)
{
	for (int family = 0; family < 2; family++)
		for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
			const struct cell *c = &cells[i];

			reopen(family);
			enter(c->from);
			record(1, c->type, c->sources);
			if (strcmp(state_of(1), c->to) || strcmp(asked(), c->asked))
				fail_msg("cell %zu, IPv%d: is %s and not %s; asks %s", i,
					 family ? 6 : 4, state_of(1), c->to, asked());
		}
}

/* The same with nobody to ask: what would be asked about ends at once. */
static void each_cell_with_fast_leave(void **state)
{
	static const char *const to[] = {
		"I abc", "E b,c", "E abde,c", "E be,d",	  "I abc",  "I a",
		"E ,bc", "I bc",  "E abde,c", "E a,bcde", "E ,bde", "I bde",
	};
	const struct snoop_port_settings fast = {.fast_leave = true};

	for (int family = 0; family < 2; family++)
		for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
			reopen(family);
			snoop_port_configure(l.s, 1, &fast);
			enter(cells[i].from);
			record(1, cells[i].type, cells[i].sources);
			if (strcmp(state_of(1), to[i]) || *asked())
				fail_msg("cell %zu: is %s and not %s", i, state_of(1), to[i]);
		}
}

static const char *out_of(char letter)
{
	return lan_out(&l, source(letter), group());
}

static void data_follows_the_filters(void **state)
{
	for (int family = 0; family < 2; family++) {
		reopen(family);
		record(1, MCAST_IS_IN, "a");
		record(2, MCAST_IS_EX, "a");
		record(3, MCAST_IS_EX, "");
		record(4, MCAST_IS_IN, "ab");
		assert_string_equal(out_of('a'), "1 3 4 9");
		assert_string_equal(out_of('b'), "2 3 4 9");
		assert_string_equal(out_of('c'), "2 3 9");
		record(2, MCAST_ALLOW, "a");
		assert_string_equal(out_of('a'), "1 2 3 4 9");
	}
}

static void timers_end_as_in_clause_6_5(void **state)
{
	record(1, MCAST_IS_IN, "ab");
	lan_wait(&l, 100000);
	record(1, MCAST_IS_IN, "b");
	lan_wait(&l, 161000); /* a ends */
	assert_string_equal(state_of(1), "I b");
	lan_wait(&l, 100000);
	assert_string_equal(state_of(1), "");
	assert_string_equal(out_of('b'), "9");

	enter("E a,b"); /* the group ends with a, and both go */
	lan_wait(&l, 261000);
	assert_string_equal(state_of(1), "");

	enter("E ,b");
	lan_wait(&l, 100000);
	record(1, MCAST_ALLOW, "a"); /* it lives longer than the group: INCLUDE of it is left */
	lan_wait(&l, 161000);
	assert_string_equal(state_of(1), "I a");
	lan_wait(&l, 100000);
	assert_string_equal(state_of(1), "");

	enter("E a,b"); /* a source of X that ends is one of Y */
	lan_wait(&l, 100000);
	record(1, MCAST_IS_EX, "ab");
	lan_wait(&l, 161000);
	assert_string_equal(state_of(1), "E ,ab");
	assert_string_equal(out_of('a'), "9");
	assert_string_equal(out_of('c'), "1 9");
}

/* Of the only source of the membership. */
static uint32_t source_left(unsigned port)
{
	struct snoop_source_info src = {.expires_ms = 0};
	struct snoop_group_info info;
	uint32_t slot = 0;

	while (snoop_walk(l.s, &slot, UINT32_MAX, l.now_ms, &info))
		if (info.port == port)
			assert_int_equal(snoop_sources(l.s, slot, l.now_ms, &src, 1), 1);
	return src.expires_ms;
}

/* (A-X-Y)=GMI where a host answers, and what is left of the group timer where it changes its mind. */
static void new_sources_begin_with_the_time_of_their_cell(void **state)
{
	static const struct {
		enum mcast_record_type type;
		uint32_t left_ms;
	} v[] = {{MCAST_IS_EX, 260000},
		 {MCAST_TO_EX, 160000},
		 {MCAST_BLOCK, 160000},
		 {MCAST_ALLOW, 260000},
		 {MCAST_IS_IN, 260000}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		lan_close(&l);
		lan_init(&l);
		lan_open(&l); /* not the querier, so that no timer is lowered */
		lan_querier(&l, 9);
		record(1, MCAST_IS_EX, "");
		lan_wait(&l, 100000);
		record(1, v[i].type, "a");
		assert_int_equal(source_left(1), v[i].left_ms);
	}
}

/* A question that had to wait is asked although its answer came meanwhile, but lowers nothing any more. */
static void what_was_answered_is_not_lowered(void **state)
{
	reopen(false);
	record(1, MCAST_IS_IN, "a");
	gp_report(&p, "239.8.0.0", 2);
	lan_rx(&l, 1, &p);
	gp_records(&p, MCAST_IS_EX, "239.7.0.0", SNOOP_ASKS, NULL);
	lan_rx(&l, 1, &p);
	gp_records(&p, MCAST_TO_IN, "239.7.0.0", SNOOP_ASKS, NULL); /* all that it may ask now */
	lan_rx(&l, 1, &p);
	record(1, MCAST_BLOCK, "a");
	gp_leave(&p, "239.8.0.0");
	lan_rx(&l, 1, &p);
	record(1, MCAST_ALLOW, "a");
	gp_report(&p, "239.8.0.0", 2);
	lan_rx(&l, 1, &p);
	lan_wait(&l, 20000);
	assert_string_equal(state_of(1), "I a");
	assert_in_range(lan_member(&l, "239.8.0.0", 1)->expires_ms, 200000, 260000);
	assert_null(lan_member(&l, "239.7.0.0", 1));
}

static void questions_about_sources_lower_their_timers(void **state)
{
	enter("I ab");
	record(2, MCAST_IS_IN, "b");
	record(1, MCAST_BLOCK, "ab");
	record(2, MCAST_IS_IN, "b");
	lan_wait(&l, 3000);
	assert_string_equal(state_of(1), "");
	assert_string_equal(state_of(2), "I b");

	lan_close(&l); /* and so do another querier's */
	lan_init(&l);
	lan_open(&l);
	lan_querier(&l, 9);
	record(1, MCAST_IS_IN, "ab");
	gp_query(&p, v6 ? "fe80::1" : "10.0.0.1", group(), 1000, source('a'));
	lan_rx(&l, 9, &p);
	lan_wait(&l, 3000);
	assert_string_equal(state_of(1), "I b");
}

/* ---- old hosts (RFC 3376 clause 7.3.2) ---- */

static void check_old_hosts(void)
{
	gp_report(&p, group(), v6 ? 1 : 2);
	lan_rx(&l, 1, &p);
	assert_int_equal(lan_member(&l, group(), 1)->version, v6 ? 1 : 2);
	assert_string_equal(state_of(1), "E ,");
	record(1, MCAST_BLOCK, "a"); /* not meant */
	assert_string_equal(state_of(1), "E ,");
	record(1, MCAST_TO_EX, "a"); /* of all sources */
	assert_string_equal(state_of(1), "E ,");
	record(1, MCAST_IS_EX, "a"); /* in an answer they are */
	assert_string_equal(state_of(1), "E a,");
	assert_null(lan_member(&l, group(), 2));
	record(2, MCAST_IS_EX, "a"); /* another port is its own affair */
	assert_int_equal(lan_member(&l, group(), 2)->version, v6 ? 2 : 3);
	for (int i = 0; i < 3; i++) { /* the old one is gone: new ones are heard as they are */
		lan_wait(&l, 100000);
		record(1, MCAST_IS_EX, "");
	}
	assert_int_equal(lan_member(&l, group(), 1)->version, v6 ? 2 : 3);
	record(1, MCAST_TO_EX, "a");
	lan_wait(&l, 3000);
	assert_string_equal(state_of(1), "E ,a");
}

static void old_hosts_are_not_misunderstood(void **state)
{
	for (int family = 0; family < 2; family++) {
		reopen(family);
		check_old_hosts();
	}
}

static void version_1_knows_no_leave(void **state)
{
	const struct snoop_port_settings fast = {.fast_leave = true};

	reopen(false);
	snoop_port_configure(l.s, 1, &fast);
	gp_report(&p, group(), 1);
	lan_rx(&l, 1, &p);
	assert_int_equal(lan_member(&l, group(), 1)->version, 1);
	gp_leave(&p, group());
	lan_rx(&l, 1, &p);
	record(1, MCAST_TO_IN, "");
	assert_string_equal(state_of(1), "E ,");
}

static void a_leave_of_old_ends_the_group(void **state)
{
	for (int family = 0; family < 2; family++) {
		reopen(family);
		gp_report(&p, group(), v6 ? 1 : 2);
		lan_rx(&l, 1, &p);
		lan_forget_sent(&l);
		gp_leave(&p, group());
		lan_rx(&l, 1, &p);
		assert_string_equal(asked(), "*");
		lan_wait(&l, 3000);
		assert_string_equal(state_of(1), "");
	}
}

int main(void)
{
#define filter_test(fn) cmocka_unit_test_setup_teardown(fn, open_lan, close_lan)
	const struct CMUnitTest tests[] = {
		filter_test(each_cell),
		filter_test(each_cell_with_fast_leave),
		filter_test(data_follows_the_filters),
		filter_test(timers_end_as_in_clause_6_5),
		filter_test(new_sources_begin_with_the_time_of_their_cell),
		filter_test(what_was_answered_is_not_lowered),
		filter_test(questions_about_sources_lower_their_timers),
		filter_test(old_hosts_are_not_misunderstood),
		filter_test(version_1_knows_no_leave),
		filter_test(a_leave_of_old_ends_the_group),
	};

	return cmocka_run_group_tests_name("snoop_filter", tests, NULL, NULL);
}

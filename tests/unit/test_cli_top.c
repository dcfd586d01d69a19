/* SPDX-License-Identifier: ISC */
/* What "swctl top" makes of counters: rates, curves, and which rows are shown in which order. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "top_model.h"

/* A row whose bytes, either way together, and drops are as given. */
struct reading {
	const char *name;
	uint64_t in, out, drops;
};

static void read_all(struct top_table *t, uint64_t now_ms, const struct reading *r)
{
	top_begin(t, now_ms);
	for (; r->name; r++) {
		struct top_row *row = top_row(t, r->name);

		top_count(t, row, TOP_IN_BYTES, r->in);
		top_count(t, row, TOP_OUT_BYTES, r->out);
		top_count(t, row, TOP_DROPS, r->drops);
	}
	top_end(t);
}

#define READ(t, ms, ...) read_all(t, ms, (const struct reading[]){__VA_ARGS__, {NULL, 0, 0, 0}})

static void close_to(double is, double wanted, double by)
{
	if (!(is - wanted <= by && wanted - is <= by))
		fail_msg("%f is not %f", is, wanted);
}

static double in_rate(const struct top_table *t, const char *name)
{
	const struct top_row *r = top_find(t, name);

	assert_non_null(r);
	return r->meter[TOP_IN_BYTES].rate;
}

static void a_rate_is_by_the_time_that_passed(void **state)
{
	struct top_table t = {0};

	READ(&t, 5000, {"h1", 1000, 0, 0});
	close_to(in_rate(&t, "h1"), 0, 0); /* of one reading nothing can be said */
	READ(&t, 7000, {"h1", 3000, 0, 0});
	close_to(in_rate(&t, "h1"), 1000, 1e-9);
	READ(&t, 7500, {"h1", 3100, 0, 0});
	close_to(in_rate(&t, "h1"), 200, 1e-9);
	READ(&t, 8500, {"h1", 3100, 0, 0});
	close_to(in_rate(&t, "h1"), 0, 0);
	/* at the same moment: no division by nothing, no sample */
	READ(&t, 8500, {"h1", 9999, 0, 0});
	close_to(in_rate(&t, "h1"), 0, 0);
	assert_int_equal(top_find(&t, "h1")->in.n, 3);
	top_free(&t);
	assert_int_equal(t.n, 0);
}

static void what_falls_was_set_back(void **state)
{
	struct top_table t = {0};

	READ(&t, 1000, {"h1", 500000, 0, 0});
	READ(&t, 2000, {"h1", 30, 0, 0}); /* swctl clear stats */
	close_to(in_rate(&t, "h1"), 30, 1e-9);
	/* the daemon was started again: what it counted before is unknown */
	top_forget(&t);
	READ(&t, 3000, {"h1", 90000, 0, 0});
	close_to(in_rate(&t, "h1"), 0, 0);
	READ(&t, 4000, {"h1", 90010, 0, 0});
	close_to(in_rate(&t, "h1"), 10, 1e-9);
	top_free(&t);
}

static void rows_come_and_go(void **state)
{
	struct top_table t = {0};

	READ(&t, 1000, {"b", 1, 0, 0}, {"a", 1, 0, 0}, {"c", 1, 0, 0});
	assert_int_equal(t.n, 3);
	assert_string_equal(t.rows[0]->name, "a");
	READ(&t, 2000, {"c", 1, 0, 0}, {"d", 70, 0, 0});
	assert_int_equal(t.n, 2);
	assert_null(top_find(&t, "a"));
	close_to(in_rate(&t, "d"), 0, 0); /* new: nothing to compare with */
	/* one that is made again starts anew */
	READ(&t, 3000, {"a", 99, 0, 0}, {"d", 90, 0, 0});
	close_to(in_rate(&t, "a"), 0, 0);
	close_to(in_rate(&t, "d"), 20, 1e-9);
	close_to(top_sum(&t, TOP_IN_BYTES).rate, 20, 1e-9);
	assert_int_equal(top_sum(&t, TOP_IN_BYTES).count, 189);
	top_free(&t);
}

static void a_thousand_rows(void **state)
{
	struct top_table t = {0};
	char name[NAME_SIZE];

	for (unsigned round = 0; round < 3; round++) {
		top_begin(&t, 1000 + 1000 * round);
		for (unsigned i = 0; i < 1000; i++) {
			unsigned mixed = i * 389 % 1000;

			snprintf(name, sizeof(name), "p%u", mixed);
			top_count(&t, top_row(&t, name), TOP_IN_BYTES, round * mixed);
		}
		top_end(&t);
	}
	assert_int_equal(t.n, 1000);
	top_view(&t, TOP_BY_RATE, false, "");
	assert_int_equal(t.shown, 1000);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%zu", 999 - i);
		assert_string_equal(t.view[i]->name, name);
		assert_int_equal(top_place(&t, name), i);
	}
	top_free(&t);
}

/* The view as "a b c". */
static const char *view(const struct top_table *t)
{
	static char text[256];
	size_t n = 0;

	*text = '\0';
	for (size_t i = 0; i < t->shown; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
				      t->view[i]->name);
	return text;
}

static void order(void **state)
{
	struct top_table t = {0};

	READ(&t, 1000, {"p10", 0, 0, 7}, {"p2", 0, 0, 0}, {"p1", 0, 0, 9}, {"up", 0, 0, 0});
	READ(&t, 2000, {"p10", 5, 5, 7}, {"p2", 0, 30, 1}, {"p1", 0, 0, 9}, {"up", 10, 0, 0});
	top_view(&t, TOP_BY_NAME, false, "");
	assert_string_equal(view(&t), "p1 p2 p10 up");
	top_view(&t, TOP_BY_NAME, true, "");
	assert_string_equal(view(&t), "up p10 p2 p1");
	/* either way counts; the name decides between p10 and up */
	top_view(&t, TOP_BY_RATE, false, "");
	assert_string_equal(view(&t), "p2 p10 up p1");
	/* what drops now comes before what has dropped more */
	top_view(&t, TOP_BY_DROPS, false, "");
	assert_string_equal(view(&t), "p2 p1 p10 up");
	assert_int_equal(top_place(&t, "p9"), t.shown);
	top_free(&t);
}

static void filter(void **state)
{
	struct top_table t = {0};

	READ(&t, 1000, {"web1", 0, 0, 0}, {"web2", 0, 0, 0}, {"uplink", 0, 0, 0});
	snprintf(top_find(&t, "web1")->state, NAME_SIZE, "down");
	snprintf(top_find(&t, "uplink")->type, NAME_SIZE, "vxlan");
	top_view(&t, TOP_BY_NAME, false, "WEB");
	assert_string_equal(view(&t), "web1 web2");
	top_view(&t, TOP_BY_NAME, false, "dow");
	assert_string_equal(view(&t), "web1");
	top_view(&t, TOP_BY_NAME, false, "xl");
	assert_string_equal(view(&t), "uplink");
	top_view(&t, TOP_BY_NAME, false, "nobody");
	assert_int_equal(t.shown, 0);
	top_free(&t);
	top_view(&t, TOP_BY_NAME, true, "");
	assert_int_equal(t.shown, 0);
}

static void names_as_people_count(void **state)
{
	static const char *const sorted[] = {"p", "p-1", "p1", "p2", "p2a", "p10", "p10b", "q1"};

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			int c = top_compare_names(sorted[i], sorted[k]);

			assert_true(i < k ? c < 0 : i > k ? c > 0 : c == 0);
		}
	/* as many as they are, and not the same: both ways round alike */
	assert_true(top_compare_names("p01", "p1") < 0);
	assert_true(top_compare_names("p1", "p01") > 0);
}

static void reasons(void **state)
{
	static struct top_reason out[TOP_REASONS_MAX];
	struct top_table t = {0};

	for (unsigned round = 0; round < 2; round++) {
		top_begin(&t, 1000 + 1000 * round);
		struct top_row *a = top_row(&t, "a"), *b = top_row(&t, "b");

		top_reason(&t, a, "runt", 5 + 2 * round);
		top_reason(&t, b, "runt", 1 + round);
		top_reason(&t, a, "no_egress", 100);
		if (round)
			top_reason(&t, b, "storm", 10); /* was 0 and not listed */
		else
			top_reason(&t, b, "gone", 50);
		top_end(&t);
	}
	assert_int_equal(top_reasons(&t, NULL, out), 3);
	assert_string_equal(out[0].name, "storm");
	close_to(out[0].meter.rate, 10, 1e-9);
	assert_string_equal(out[1].name, "runt");
	close_to(out[1].meter.rate, 3, 1e-9);
	assert_int_equal(out[1].meter.count, 9);
	assert_string_equal(out[2].name, "no_egress"); /* many, but none now */
	assert_int_equal(top_reasons(&t, top_find(&t, "a"), out), 2);
	assert_string_equal(out[0].name, "runt");
	close_to(out[0].meter.rate, 2, 1e-9);
	top_free(&t);
}

/* A daemon that makes names up gets no more memory than there are reasons. */
static void reasons_have_an_end(void **state)
{
	static struct top_reason out[TOP_REASONS_MAX];
	struct top_table t = {0};
	char name[80];

	top_begin(&t, 1000);
	for (unsigned i = 0; i < 3 * TOP_REASONS_MAX; i++) {
		snprintf(name, sizeof(name), "%u_%060u", i, 0);
		top_reason(&t, top_row(&t, i % 2 ? "a" : "b"), name, i);
	}
	top_end(&t);
	assert_int_equal(top_find(&t, "a")->n_reasons, TOP_REASONS_MAX);
	assert_int_equal(top_reasons(&t, NULL, out), TOP_REASONS_MAX);
	for (size_t i = 0; i < TOP_REASONS_MAX; i++)
		assert_int_equal(strlen(out[i].name), TOP_REASON_SIZE - 1);
	top_free(&t);
}

static void curves(void **state)
{
	struct top_table t = {0};
	const struct top_curve *c;
	uint8_t levels[TOP_SAMPLES + 8];
	uint64_t bytes = 0;

	READ(&t, 1000, {"a", 0, 0, 0});
	c = &top_find(&t, "a")->in;
	top_levels(c, 4, levels);
	assert_memory_equal(levels, "\0\0\0\0", 4);
	for (unsigned i = 1; i <= 3; i++) {
		bytes += i == 1 ? 1 : i == 2 ? 0 : 1000;
		READ(&t, 1000 + 1000 * i, {"a", bytes, 0, 0});
	}
	close_to((double)c->rate[2], 8000, 1e-3); /* bits */
	top_levels(c, 4, levels);
	/* little is not nothing */
	assert_memory_equal(levels, "\0\1\0\10", 4);
	top_levels(c, 1, levels);
	assert_memory_equal(levels, "\10", 1);
	/* a step up long ago is forgotten: what is shown is measured against itself */
	for (unsigned i = 4; i < 4 + TOP_SAMPLES; i++) {
		bytes += 10;
		READ(&t, 1000 + 1000 * i, {"a", bytes, 0, 0});
	}
	top_levels(c, sizeof(levels), levels);
	for (size_t i = 0; i < sizeof(levels); i++)
		assert_int_equal(levels[i], i < 8 ? 0 : TOP_LEVELS);
	top_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_by_the_time_that_passed),
		cmocka_unit_test(what_falls_was_set_back),
		cmocka_unit_test(rows_come_and_go),
		cmocka_unit_test(a_thousand_rows),
		cmocka_unit_test(order),
		cmocka_unit_test(filter),
		cmocka_unit_test(names_as_people_count),
		cmocka_unit_test(reasons),
		cmocka_unit_test(reasons_have_an_end),
		cmocka_unit_test(curves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

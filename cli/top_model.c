/* SPDX-License-Identifier: ISC */
#include "top_model.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void row_free(struct top_row *r)
{
	free(r->reasons);
	free(r);
}

void top_free(struct top_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		row_free(t->rows[i]);
	free(t->rows);
	free(t->view);
	memset(t, 0, sizeof(*t));
}

void top_forget(struct top_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->rows[i]->read = false;
}

/* ---- readings ---- */

void top_begin(struct top_table *t, uint64_t now_ms)
{
	t->seconds = t->at_ms && now_ms > t->at_ms ? (double)(now_ms - t->at_ms) / 1000 : 0;
	t->at_ms = now_ms;
	t->round++;
}

/* Where that name is, or has to be put. */
static size_t place_of(const struct top_table *t, const char *name)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->rows[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct top_row *top_find(const struct top_table *t, const char *name)
{
	size_t at = place_of(t, name);

	return at < t->n && strcmp(t->rows[at]->name, name) == 0 ? t->rows[at] : NULL;
}

static struct top_row *row_new(struct top_table *t, const char *name)
{
	struct top_row *r = need(calloc(1, sizeof(*r)));

	copy(r->name, sizeof(r->name), name);
	if (t->n == t->room) {
		t->room = t->room * 2 + 16;
		t->rows = need(realloc(t->rows, t->room * sizeof(struct top_row *)));
		t->view = need(realloc(t->view, t->room * sizeof(struct top_row *)));
	}
	size_t at = place_of(t, r->name);
	memmove(t->rows + at + 1, t->rows + at, (t->n - at) * sizeof(struct top_row *));
	t->rows[at] = r;
	t->n++;
	return r;
}

struct top_row *top_row(struct top_table *t, const char *name)
{
	char known[NAME_SIZE];
	struct top_row *r;

	copy(known, sizeof(known), name);
	r = top_find(t, known);
	if (!r)
		r = row_new(t, known);
	r->round = t->round;
	return r;
}

/* A count that is smaller than before was set back to zero in between. */
static void read_meter(struct top_meter *m, uint64_t count, double seconds)
{
	uint64_t more = count >= m->count ? count - m->count : count;

	m->rate = seconds > 0 ? (double)more / seconds : 0;
	m->count = count;
}

static double since_last(const struct top_table *t, const struct top_row *r)
{
	return r->read ? t->seconds : 0;
}

void top_count(const struct top_table *t, struct top_row *r, enum top_count what, uint64_t count)
{
	read_meter(&r->meter[what], count, since_last(t, r));
}

void top_reason(const struct top_table *t, struct top_row *r, const char *name, uint64_t count)
{
	char known[TOP_REASON_SIZE];
	struct top_reason *one = NULL;

	copy(known, sizeof(known), name);
	for (size_t i = 0; i < r->n_reasons && !one; i++)
		if (strcmp(r->reasons[i].name, known) == 0)
			one = &r->reasons[i];
	if (!one) {
		if (r->n_reasons == TOP_REASONS_MAX)
			return;
		r->reasons =
			need(realloc(r->reasons, (r->n_reasons + 1) * sizeof(struct top_reason)));
		one = &r->reasons[r->n_reasons++];
		*one = (struct top_reason){.round = t->round};
		copy(one->name, sizeof(one->name), known);
	}
	read_meter(&one->meter, count, since_last(t, r));
	one->round = t->round;
}

static void curve_add(struct top_curve *c, double rate)
{
	c->rate[c->next] = (float)rate;
	c->next = (c->next + 1) % TOP_SAMPLES;
	if (c->n < TOP_SAMPLES)
		c->n++;
}

/* The daemon lists what is not zero: a reason it did not mention was set back to it. */
static void drop_reasons(struct top_row *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_reasons; i++)
		if (r->reasons[i].round == r->round)
			r->reasons[kept++] = r->reasons[i];
	r->n_reasons = kept;
}

void top_end(struct top_table *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct top_row *r = t->rows[i];

		if (r->round != t->round) {
			row_free(r);
			continue;
		}
		drop_reasons(r);
		if (since_last(t, r) > 0) {
			curve_add(&r->in, r->meter[TOP_IN_BYTES].rate * 8);
			curve_add(&r->out, r->meter[TOP_OUT_BYTES].rate * 8);
		}
		r->read = true;
		t->rows[kept++] = r;
	}
	t->n = kept;
	t->shown = 0; /* top_view() again: some of it may be gone */
}

/* ---- what is shown ---- */

int top_compare_names(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x && *y) {
		if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
			char *after_x, *after_y;
			unsigned long long m = strtoull(x, &after_x, 10);
			unsigned long long n = strtoull(y, &after_y, 10);

			if (m != n)
				return m < n ? -1 : 1;
			x = after_x;
			y = after_y;
		} else if (*x != *y) {
			return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
		} else {
			x++;
			y++;
		}
	}
	if (*x || *y)
		return *x ? 1 : -1;
	return strcmp(a, b); /* "p01" and "p1" */
}

static int compare(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct top_row *const *x = a, *const *y = b;

	return top_compare_names((*x)->name, (*y)->name);
}

/* Bytes of a port, frames of a switch: one of them is 0. */
static double traffic(const struct top_row *r)
{
	return r->meter[TOP_IN_BYTES].rate + r->meter[TOP_OUT_BYTES].rate +
	       r->meter[TOP_FORWARDED].rate + r->meter[TOP_FLOODED].rate;
}

static int by_rate(const void *a, const void *b)
{
	const struct top_row *const *x = a, *const *y = b;
	int order = compare(traffic(*x), traffic(*y));

	return order ? order : by_name(a, b);
}

static int compare_meters(const struct top_meter *a, const struct top_meter *b)
{
	int order = compare(a->rate, b->rate);

	return order ? order : compare((double)a->count, (double)b->count);
}

static int by_drops(const void *a, const void *b)
{
	const struct top_row *const *x = a, *const *y = b;
	int order = compare_meters(&(*x)->meter[TOP_DROPS], &(*y)->meter[TOP_DROPS]);

	return order ? order : by_name(a, b);
}

static bool wanted(const struct top_row *r, const char *filter)
{
	return strcasestr(r->name, filter) || strcasestr(r->type, filter) ||
	       strcasestr(r->state, filter);
}

void top_view(struct top_table *t, enum top_order order, bool reverse, const char *filter)
{
	static int (*const orders[])(const void *, const void *) = {
		[TOP_BY_NAME] = by_name,
		[TOP_BY_RATE] = by_rate,
		[TOP_BY_DROPS] = by_drops,
	};

	t->shown = 0;
	for (size_t i = 0; i < t->n; i++)
		if (wanted(t->rows[i], filter))
			t->view[t->shown++] = t->rows[i];
	if (t->shown)
		qsort(t->view, t->shown, sizeof(struct top_row *), orders[order]);
	for (size_t i = 0; reverse && i < t->shown / 2; i++) {
		struct top_row *first = t->view[i];

		t->view[i] = t->view[t->shown - 1 - i];
		t->view[t->shown - 1 - i] = first;
	}
}

size_t top_place(const struct top_table *t, const char *name)
{
	size_t at = 0;

	while (at < t->shown && strcmp(t->view[at]->name, name) != 0)
		at++;
	return at;
}

struct top_meter top_sum(const struct top_table *t, enum top_count what)
{
	struct top_meter sum = {0, 0};

	for (size_t i = 0; i < t->n; i++) {
		sum.count += t->rows[i]->meter[what].count;
		sum.rate += t->rows[i]->meter[what].rate;
	}
	return sum;
}

static size_t add_reasons(const struct top_row *r, struct top_reason *out, size_t n)
{
	for (size_t i = 0; i < r->n_reasons; i++) {
		size_t k = 0;

		while (k < n && strcmp(out[k].name, r->reasons[i].name) != 0)
			k++;
		if (k == TOP_REASONS_MAX)
			continue;
		if (k == n) {
			out[n++] = r->reasons[i];
		} else {
			out[k].meter.count += r->reasons[i].meter.count;
			out[k].meter.rate += r->reasons[i].meter.rate;
		}
	}
	return n;
}

static int by_meter(const void *a, const void *b)
{
	const struct top_reason *x = a, *y = b;
	int order = compare_meters(&x->meter, &y->meter);

	return order ? order : strcmp(x->name, y->name);
}

size_t top_reasons(const struct top_table *t, const struct top_row *only,
		   struct top_reason out[TOP_REASONS_MAX])
{
	size_t n = 0;

	if (only)
		n = add_reasons(only, out, n);
	for (size_t i = 0; !only && i < t->n; i++)
		n = add_reasons(t->rows[i], out, n);
	qsort(out, n, sizeof(*out), by_meter);
	return n;
}

void top_levels(const struct top_curve *c, size_t width, uint8_t *out)
{
	size_t n = width < c->n ? width : c->n;
	float most = 0;

	memset(out, 0, width);
	for (size_t i = 0; i < n; i++) {
		float v = c->rate[(c->next + TOP_SAMPLES - n + i) % TOP_SAMPLES];

		if (v > most)
			most = v;
	}
	for (size_t i = 0; i < n && most > 0; i++) {
		float v = c->rate[(c->next + TOP_SAMPLES - n + i) % TOP_SAMPLES];
		unsigned level = (unsigned)(v / most * TOP_LEVELS + 0.5f);

		out[width - n + i] = (uint8_t)(v > 0 && level == 0 ? 1 : level);
	}
}

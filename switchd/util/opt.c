/* SPDX-License-Identifier: ISC */
#include "util/opt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mac.h"
#include "util/text.h"
#include "util/vidset.h"
#include "util/words.h"

const struct opt *opt_find(const struct opt *table, const char *name)
{
	opt_foreach (o, table)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

const char *opt_allowed(const struct opt *o, char *out, size_t size)
{
	switch (o->type) {
	case OPT_BOOL:
		snprintf(out, size, "true or false");
		break;
	case OPT_UINT:
		snprintf(out, size, "a whole number from %" PRIu32 " to %" PRIu32 "%s", o->min,
			 o->max, o->zero_ok && o->min > 0 ? " (or 0)" : "");
		if (o->step)
			snprintf(out + strlen(out), size - strlen(out), " in steps of %" PRIu32,
				 o->step);
		break;
	case OPT_STR:
		snprintf(out, size, "a text of at most %zu characters", o->size - 1);
		break;
	case OPT_ENUM:
		snprintf(out, size, "one of: %s", o->words);
		break;
	case OPT_MAC:
		snprintf(out, size, "a unicast MAC address like 02:00:00:00:00:01");
		break;
	case OPT_MASK:
		snprintf(out, size, "\"%.*s\", \"%s\" or a mask from 0x0 to 0x%" PRIx32,
			 (int)strcspn(o->words, " "), o->words, strchr(o->words, ' ') + 1, o->max);
		break;
	case OPT_VIDS:
		snprintf(out, size, "VLANs from %d to %d like \"10,20-29\", or \"all\"", VID_FIRST,
			 VID_LAST);
		break;
	case OPT_RATE:
		snprintf(out, size, "%s", RATE_ALLOWED);
		break;
	}
	return out;
}

static int refuse(const struct opt *o, const char *text, struct err *e)
{
	char allowed[160], shown[TEXT_SHOWN_SIZE];

	return err_set(e, EINVAL, "found \"%s\", allowed is %s", text_shown(text, shown),
		       opt_allowed(o, allowed, sizeof(allowed)));
}

static int refuse_number(const struct opt *o, int64_t v, struct err *e)
{
	char allowed[160];

	return err_set(e, EINVAL, "found the number %" PRId64 ", allowed is %s", v,
		       opt_allowed(o, allowed, sizeof(allowed)));
}

int opt_set_bool(const struct opt *o, bool v, void *base, struct err *e)
{
	if (o->type != OPT_BOOL)
		return refuse(o, v ? "true" : "false", e);
	memcpy(opt_at(o, base), &v, sizeof(v));
	return 0;
}

int opt_set_uint(const struct opt *o, int64_t v, void *base, struct err *e)
{
	bool ok = false;
	uint32_t u = (uint32_t)v;

	if (o->type == OPT_UINT)
		ok = ((v >= o->min && v <= o->max) || (v == 0 && o->zero_ok)) &&
		     (!o->step || v % o->step == 0);
	else if (o->type == OPT_MASK)
		ok = v >= 0 && v <= o->max;
	if (!ok)
		return refuse_number(o, v, e);
	memcpy(opt_at(o, base), &u, sizeof(u));
	return 0;
}

static int parse_bool(const struct opt *o, const char *text, void *base, struct err *e)
{
	if (word_in(text, "true yes on 1"))
		return opt_set_bool(o, true, base, e);
	if (word_in(text, "false no off 0"))
		return opt_set_bool(o, false, base, e);
	return refuse(o, text, e);
}

static int parse_number(const struct opt *o, const char *text, int radix, void *base, struct err *e)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return refuse(o, text, e);
	errno = 0;
	long long v = strtoll(text, &end, radix);
	if (errno || *end)
		return refuse(o, text, e);
	return opt_set_uint(o, v, base, e);
}

static int parse_mask(const struct opt *o, const char *text, void *base, struct err *e)
{
	size_t none = strcspn(o->words, " ");

	if (strlen(text) == none && strncmp(text, o->words, none) == 0)
		return opt_set_uint(o, 0, base, e);
	if (strcmp(text, o->words + none + 1) == 0)
		return opt_set_uint(o, o->max, base, e);
	if (strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0)
		return parse_number(o, text, 16, base, e);
	return parse_number(o, text, 10, base, e);
}

static int parse_mac(const struct opt *o, const char *text, void *base, struct err *e)
{
	uint64_t mac = MAC_NONE;

	if (text[0] != '\0') {
		if (!mac_parse(text, &mac))
			return refuse(o, text, e);
		if (mac_is_group(mac))
			return err_set(
				e, EINVAL,
				"%s is a group address (the lowest bit of the first octet is set); "
				"a station's address is wanted",
				text);
		if (mac == MAC_NONE)
			return refuse(o, text, e);
	}
	memcpy(opt_at(o, base), &mac, sizeof(mac));
	return 0;
}

static int parse_vids(const struct opt *o, const char *text, void *base, struct err *e)
{
	struct vidset vids;

	if (!vidset_parse(text, &vids))
		return refuse(o, text, e);
	memcpy(opt_at(o, base), &vids, sizeof(vids));
	return 0;
}

static int parse_rate(const struct opt *o, const char *text, void *base, struct err *e)
{
	struct rate r;

	memset(&r, 0, sizeof(r)); /* what is between the members and behind them is copied, too */
	if (!rate_parse(text, &r))
		return refuse(o, text, e);
	memcpy(opt_at(o, base), &r, sizeof(r));
	return 0;
}

static int parse_text(const struct opt *o, const char *text, void *base, struct err *e)
{
	size_t len = strlen(text);

	if (len >= o->size)
		return refuse(o, text, e);
	if (o->type == OPT_ENUM && !word_in(text, o->words))
		return refuse(o, text, e);
	if ((len || *o->dflt) && o->check) { /* nothing is a value where the default is something */
		int rc = o->check(text, e);
		if (rc)
			return rc;
	}
	memset(opt_at(o, base), 0, o->size); /* opt_equal() compares strings, not what is behind */
	memcpy(opt_at(o, base), text, len);
	return 0;
}

int opt_parse(const struct opt *o, const char *text, void *base, struct err *e)
{
	switch (o->type) {
	case OPT_BOOL:
		return parse_bool(o, text, base, e);
	case OPT_UINT:
		return parse_number(o, text, 10, base, e);
	case OPT_MASK:
		return parse_mask(o, text, base, e);
	case OPT_MAC:
		return parse_mac(o, text, base, e);
	case OPT_VIDS:
		return parse_vids(o, text, base, e);
	case OPT_RATE:
		return parse_rate(o, text, base, e);
	case OPT_STR:
	case OPT_ENUM:
		break;
	}
	return parse_text(o, text, base, e);
}

void opt_reset(const struct opt *o, void *base)
{
	const uint32_t missing = OPT_UINT_MISSING;

	if (o->type == OPT_UINT && o->required)
		memcpy(opt_at(o, base), &missing, sizeof(missing));
	else
		(void)opt_parse(o, o->dflt, base, NULL);
}

void opt_defaults(const struct opt *table, void *base)
{
	opt_foreach (o, table)
		opt_reset(o, base);
}

static uint32_t get_uint(const struct opt *o, const void *base)
{
	uint32_t v;

	memcpy(&v, opt_at_const(o, base), sizeof(v));
	return v;
}

bool opt_missing(const struct opt *o, const void *base)
{
	if (!o->required)
		return false;
	if (o->type == OPT_UINT)
		return get_uint(o, base) == OPT_UINT_MISSING;
	return !*(const char *)opt_at_const(o, base);
}

static uint64_t get_mac(const struct opt *o, const void *base)
{
	uint64_t v;

	memcpy(&v, opt_at_const(o, base), sizeof(v));
	return v;
}

static struct rate get_rate(const struct opt *o, const void *base)
{
	struct rate r;

	memcpy(&r, opt_at_const(o, base), sizeof(r));
	return r;
}

static void format_rate(const struct opt *o, const void *base, char *out, size_t size)
{
	struct rate r = get_rate(o, base);
	char text[RATE_STR_SIZE];

	snprintf(out, size, "%s", rate_format(&r, text));
}

static void format_mask(const struct opt *o, uint32_t v, char *out, size_t size)
{
	int none = (int)strcspn(o->words, " ");

	if (v == 0)
		snprintf(out, size, "%.*s", none, o->words);
	else if (v == o->max)
		snprintf(out, size, "%s", o->words + none + 1);
	else
		snprintf(out, size, "0x%" PRIx32, v);
}

const char *opt_format(const struct opt *o, const void *base, char *out, size_t size)
{
	char mac[MAC_STR_SIZE];
	struct vidset vids;

	switch (o->type) {
	case OPT_BOOL:
		snprintf(out, size, "%s", *(const bool *)opt_at_const(o, base) ? "true" : "false");
		break;
	case OPT_UINT:
		snprintf(out, size, "%" PRIu32, get_uint(o, base));
		if (opt_missing(o, base))
			snprintf(out, size, "%s", "");
		break;
	case OPT_MASK:
		format_mask(o, get_uint(o, base), out, size);
		break;
	case OPT_MAC:
		snprintf(out, size, "%s",
			 get_mac(o, base) ? mac_format(get_mac(o, base), mac) : "");
		break;
	case OPT_VIDS:
		memcpy(&vids, opt_at_const(o, base), sizeof(vids));
		vidset_format(&vids, out, size);
		break;
	case OPT_RATE:
		format_rate(o, base, out, size);
		break;
	case OPT_STR:
	case OPT_ENUM:
		snprintf(out, size, "%s", (const char *)opt_at_const(o, base));
		break;
	}
	return out;
}

static size_t stored_size(const struct opt *o)
{
	switch (o->type) {
	case OPT_BOOL:
		return sizeof(bool);
	case OPT_UINT:
	case OPT_MASK:
		return sizeof(uint32_t);
	case OPT_MAC:
		return sizeof(uint64_t);
	case OPT_VIDS:
		return sizeof(struct vidset);
	case OPT_RATE:
		return sizeof(struct rate);
	case OPT_STR:
	case OPT_ENUM:
		break;
	}
	return o->size;
}

bool opt_equal(const struct opt *o, const void *a, const void *b)
{
	if (o->type == OPT_STR || o->type == OPT_ENUM)
		return strcmp(opt_at_const(o, a), opt_at_const(o, b)) == 0;
	if (o->type == OPT_RATE) {
		struct rate x = get_rate(o, a), y = get_rate(o, b);

		return rate_equal(&x, &y);
	}
	return memcmp(opt_at_const(o, a), opt_at_const(o, b), stored_size(o)) == 0;
}

bool opt_all_equal(const struct opt *table, const void *a, const void *b)
{
	opt_foreach (o, table)
		if (!opt_equal(o, a, b))
			return false;
	return true;
}

void opt_copy(const struct opt *o, void *to, const void *from)
{
	memcpy(opt_at(o, to), opt_at_const(o, from), stored_size(o));
}

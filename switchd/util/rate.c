/* SPDX-License-Identifier: ISC */
#include "util/rate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *letter;
	uint64_t times;
} prefixes[] = {{"G", 1000000000}, {"M", 1000000}, {"k", 1000}, {"", 1}};

static const struct {
	const char *name;
	enum rate_unit unit;
} units[] = {{"bit", RATE_BITS}, {"fps", RATE_FRAMES}};

enum {
	PREFIXES = sizeof(prefixes) / sizeof(prefixes[0]),
	UNITS = sizeof(units) / sizeof(units[0])
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "2.5": 25 in *n, 10 in *scale.  What is behind it, or NULL where it is no number or too long a one. */
static const char *parse_number(const char *s, uint64_t *n, uint64_t *scale)
{
	bool fraction = false;

	*n = 0;
	*scale = 1;
	if (!is_digit(*s))
		return NULL;
	for (; is_digit(*s) || (*s == '.' && !fraction); s++) {
		if (*s == '.') {
			fraction = true;
			if (!is_digit(s[1]))
				return NULL;
			continue;
		}
		*n = *n * 10 + (uint64_t)(*s - '0');
		if (fraction)
			*scale *= 10;
		/* no more decimals than G makes whole; the product with G's 10^9 must fit */
		if (*n > RATE_MAX || *scale > 1000000000)
			return NULL;
	}
	return s;
}

static uint64_t parse_prefix(const char **s)
{
	for (int i = 0; i < PREFIXES; i++)
		if (**s && **s == *prefixes[i].letter) {
			(*s)++;
			return prefixes[i].times;
		}
	return 1;
}

static enum rate_unit parse_unit(const char *s)
{
	for (int i = 0; i < UNITS; i++)
		if (strcmp(s, units[i].name) == 0)
			return units[i].unit;
	return RATE_NONE;
}

bool rate_parse(const char *s, struct rate *r)
{
	const struct rate none = {.n = 0, .unit = RATE_NONE};
	uint64_t n, scale, times;
	enum rate_unit unit;

	if (strcmp(s, "none") == 0 || strcmp(s, "0") == 0) {
		*r = none;
		return true;
	}
	s = parse_number(s, &n, &scale);
	if (!s)
		return false;
	times = parse_prefix(&s);
	unit = parse_unit(s);
	/* the fraction is taken out of the prefix first: what is not whole then is not whole at all */
	while (scale > 1 && n % 10 == 0) {
		n /= 10;
		scale /= 10;
	}
	if (unit == RATE_NONE || times % scale)
		return false;
	times /= scale;
	if (n > RATE_MAX / times)
		return false;
	n *= times;
	*r = n ? (struct rate){.n = n, .unit = (uint8_t)unit} : none;
	return true;
}

char *rate_format(const struct rate *r, char out[RATE_STR_SIZE])
{
	int p = 0, u = 0;

	while (u < UNITS && units[u].unit != r->unit)
		u++;
	if (u == UNITS || r->n == 0) {
		snprintf(out, RATE_STR_SIZE, "none");
		return out;
	}
	while (r->n % prefixes[p].times)
		p++;
	snprintf(out, RATE_STR_SIZE, "%" PRIu64 "%s%s", r->n / prefixes[p].times,
		 prefixes[p].letter, units[u].name);
	return out;
}

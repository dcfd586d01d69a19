/* SPDX-License-Identifier: ISC */
#include "human.h"

#include <stdio.h>

/*
 * Divides by thousands until at most three digits are left in front of the point.  9.996k would be
 * shown as "10.00k", so what rounds up to four digits is divided once more.
 */
static double scale(double v, int *steps)
{
	*steps = 0;
	while (v >= 999.5 && *steps < 6) {
		v /= 1000;
		++*steps;
	}
	return v;
}

static int decimals(double v)
{
	return v < 99.95 ? 1 : 0;
}

char *human_count(json_int_t n, char out[HUMAN_SIZE])
{
	int steps;
	double v = scale((double)n, &steps);

	if (n < 10000) /* four digits are read as fast as a unit */
		snprintf(out, HUMAN_SIZE, "%" JSON_INTEGER_FORMAT, n);
	else
		snprintf(out, HUMAN_SIZE, "%.*f%c", decimals(v), v, " kMGTPE"[steps]);
	return out;
}

char *human_bytes(json_int_t n, char out[HUMAN_SIZE])
{
	int steps;
	double v = scale((double)n, &steps);

	if (n < 1000)
		snprintf(out, HUMAN_SIZE, "%" JSON_INTEGER_FORMAT " B", n);
	else
		snprintf(out, HUMAN_SIZE, "%.*f %cB", decimals(v), v, " kMGTPE"[steps]);
	return out;
}

char *human_age(json_int_t seconds, char out[HUMAN_SIZE])
{
	long long s = seconds > 0 ? seconds : 0;

	if (s < 60)
		snprintf(out, HUMAN_SIZE, "%llds", s);
	else if (s < 3600)
		snprintf(out, HUMAN_SIZE, "%lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, HUMAN_SIZE, "%lldh%02lldm", s / 3600, s / 60 % 60);
	else
		snprintf(out, HUMAN_SIZE, "%lldd%02lldh", s / 86400, s / 3600 % 24);
	return out;
}

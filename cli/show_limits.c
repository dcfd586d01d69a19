/* SPDX-License-Identifier: ISC */
/*
 * show_limits.c - of "show ports" and "show port": what a port may bring in and take out, and its storms.
 */
#include <stdlib.h>
#include <string.h>

#include "show_limits.h"

/* "a storm for 12s, 34.5k dropped", or nothing; to be freed */
static char *storm_text(const json_t *l)
{
	char age[HUMAN_SIZE], n[HUMAN_SIZE];

	if (!js_true(l, "storm"))
		return text_format("%s", "");
	return text_format("a storm for %s, %s dropped", human_age(js_int(l, "storm_s"), age),
			   human_count(js_int(l, "dropped"), n));
}

void tell_limits(struct ctx *ctx, json_t *limits)
{
	const char *name, *title = "limits";
	json_t *l;

	json_object_foreach (limits, name, l) {
		const char *limit = js_str(l, "limit");
		bool bits = strstr(limit, "bit") != NULL;
		char *storm = storm_text(l), n[HUMAN_SIZE];

		show_pair(ctx, title, "%s %s, at once %s%s%s", name, limit,
			  bits ? human_bytes(js_int(l, "burst") / 8, n)
			       : human_count(js_int(l, "burst"), n),
			  *storm ? ": " : "", storm);
		title = "";
		free(storm);
	}
}

char *storm_line(const json_t *port)
{
	json_t *limits = json_object_get(port, "limits"), *l;
	char *all = text_format("%s", ""), *line;
	const char *name;

	json_object_foreach (limits, name, l) {
		char *storm = storm_text(l), *longer;

		if (*storm) {
			longer = text_format("%s%s%s %s, %s", all, *all ? "; " : "", name,
					     js_str(l, "limit"), storm);
			free(all);
			all = longer;
		}
		free(storm);
	}
	line = *all ? text_format("%s is above %s", js_str(port, "port"), all) : NULL;
	free(all);
	return line;
}

/* SPDX-License-Identifier: ISC */
#include "monitor.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "show.h"
#include "util/words.h"

const struct event_group event_groups[] = {
	{"port", "all of a port"},
	{"mac", "all of an address"},
	{"table", "all of the address table"},
	{"stp", "all of the spanning tree"},
	{"group", "all of multicast groups"},
	{"neighbor", "all of a neighbour"},
	{"storm", "all of storm control"},
	{"loop", "all of loops"},
	{"binding", "all of bindings of stations to addresses"},
	{"guard", "all of what is guarded against"},
	{"switch", "all of a switch"},
	{"config", "all of the configuration"},
	{NULL, NULL},
};

enum { TIME_SIZE = 48 };

/* 2026-11-29T12:34:56.789+01:00 */
static void date_text(const struct tm *tm, int ms, bool utc, char out[TIME_SIZE])
{
	char zone[8] = "Z";
	size_t n = strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", tm);

	if (!utc)
		strftime(zone, sizeof(zone), "%z", tm); /* +0100 */
	snprintf(out + n, TIME_SIZE - n, ".%03d%.3s%s%s", ms, zone, zone[1] ? ":" : "",
		 zone[1] ? zone + 3 : "");
}

/* When it was; *before is when the one before it was, 0 = there was none. */
static char *time_text(const json_t *e, enum monitor_time how, double *before, char out[TIME_SIZE])
{
	double t = js_real(e, "time"), passed = *before > 0 ? t - *before : 0;
	struct tm tm;

	if (!(t > 0 && t < 1e12)) {
		snprintf(out, TIME_SIZE, "--:--:--.---");
		return out;
	}
	*before = t;
	long long whole = (long long)(t * 1000 + 0.5); /* milliseconds: 0.123 has no exact double */
	time_t s = (time_t)(whole / 1000);
	int ms = (int)(whole % 1000);
	if (how == MONITOR_UTC)
		gmtime_r(&s, &tm);
	else
		localtime_r(&s, &tm);
	switch (how) {
	case MONITOR_CLOCK:
		snprintf(out, TIME_SIZE, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
			 ms);
		break;
	case MONITOR_DATE:
	case MONITOR_UTC:
		date_text(&tm, ms, how == MONITOR_UTC, out);
		break;
	case MONITOR_UNIX:
		snprintf(out, TIME_SIZE, "%lld.%03d", whole / 1000, ms);
		break;
	case MONITOR_PASSED:
		snprintf(out, TIME_SIZE, "%+9.3f", passed);
		break;
	}
	return out;
}

/* "02:... vlan 10: h1 -> h2" */
static char *address_text(const json_t *e)
{
	const char *from = js_str(e, "from");
	json_int_t vlan = js_int(e, "vlan"), moves = js_int(e, "moves");
	char *tag = vlan ? text_format(" vlan %" JSON_INTEGER_FORMAT, vlan) : text_format("%s", "");
	char *times = moves ? text_format(", %" JSON_INTEGER_FORMAT " moves", moves)
			    : text_format("%s", "");
	char *text = text_format("%s%s: %s%s%s%s", js_str(e, "mac"), tag, from, *from ? " -> " : "",
				 js_str(e, "port"), times);

	free(tag);
	free(times);
	return text;
}

/* "up: core1 port eth7 (02:...), goodbye" */
static char *neighbor_text(const json_t *e)
{
	const char *system = js_str(e, "system"), *cause = js_str(e, "cause");
	const char *chassis = js_str(e, "chassis");

	return text_format("%s: %s port %s%s%s%s%s%s", js_str(e, "port"),
			   *system ? system : chassis, js_str(e, "port_id"), *system ? " (" : "",
			   *system ? chassis : "", *system ? ")" : "", *cause ? ", " : "", cause);
}

/* "h1: broadcast frames above 100fps", and how many that were when it is over */
static char *storm_text(const json_t *e)
{
	char n[HUMAN_SIZE], *text, *longer;

	text = text_format("%s: %s frames above %s", js_str(e, "port"), js_str(e, "class"),
			   js_str(e, "limit"));
	if (!js_has(e, "dropped"))
		return text;
	longer = text_format("%s: %s dropped", text, human_count(js_int(e, "dropped"), n));
	free(text);
	return longer;
}

/* "02:... vlan 10: on h1, locked: drop" */
static char *refused_text(const json_t *e)
{
	const char *from = js_str(e, "from");
	json_int_t vlan = js_int(e, "vlan");
	char *tag = vlan ? text_format(" vlan %" JSON_INTEGER_FORMAT, vlan) : text_format("%s", "");
	char *text =
		text_format("%s%s: on %s%s%s, %s: %s", js_str(e, "mac"), tag, js_str(e, "port"),
			    *from ? ", is of " : "", from, js_str(e, "cause"), js_str(e, "action"));

	free(tag);
	return text;
}

/* For an event this version does not know: all of its keys. */
static char *any_text(json_t *e)
{
	char *text = text_format("%s", "");
	const char *key;
	json_t *v;

	json_object_foreach (e, key, v) {
		if (word_in(key, "event time switch"))
			continue;
		char *value = js_show(v);
		char *longer = text_format("%s%s%s=%s", text, *text ? " " : "", key, value);

		free(value);
		free(text);
		text = longer;
	}
	return text;
}

static char *event_text(json_t *e)
{
	const char *name = js_str(e, "event"), *reason = js_str(e, "reason");

	if (strcmp(name, "mac.refused") == 0)
		return refused_text(e);
	if (js_has(e, "mac") && js_has(e, "port"))
		return address_text(e);
	if (strncmp(name, "port.", 5) == 0)
		return text_format("%s%s%s", js_str(e, "port"), *reason ? ": " : "", reason);
	if (js_has(e, "chassis"))
		return neighbor_text(e);
	if (strncmp(name, "storm.", 6) == 0)
		return storm_text(e);
	if (strncmp(name, "switch.", 7) == 0)
		return text_format("%s", "");
	if (strcmp(name, "config.applied") == 0)
		return text_format("%" JSON_INTEGER_FORMAT " changes, by uid %" JSON_INTEGER_FORMAT
				   " (pid %" JSON_INTEGER_FORMAT ")",
				   js_int(e, "changes"), js_int(e, "uid"), js_int(e, "pid"));
	if (strcmp(name, "events.lost") == 0)
		return text_format("%" JSON_INTEGER_FORMAT
				   " events were lost: they come faster than they are read",
				   js_int(e, "count"));
	return any_text(e);
}

enum colour monitor_colour(const char *name)
{
	if (word_in(name, "mac.flapping table.full port.lost storm.began events.lost loop.detected "
			  "top.disconnected"))
		return RED;
	if (word_in(name,
		    "port.down mac.moved mac.refused neighbor.left neighbor.aged neighbor.flood"))
		return YELLOW;
	return word_in(name, "port.up top.connected") ? GREEN : PLAIN;
}

char *monitor_line(json_t *e, enum monitor_time how, double *before)
{
	const char *sw = js_str(e, "switch");
	char *text = event_text(e), *line, *safe, when[TIME_SIZE];
	double none = 0;

	line = text_format("%s  %-16s  %s%s%s", time_text(e, how, before ? before : &none, when),
			   js_str(e, "event"), *sw ? sw : "-", *text ? "  " : "", text);
	safe = text_safe(line);
	free(line);
	free(text);
	return safe;
}

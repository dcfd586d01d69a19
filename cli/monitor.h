/* SPDX-License-Identifier: ISC */
/*
 * monitor.h - the events of the daemon, as docs/protocol.md lists them.
 */
#ifndef CLI_MONITOR_H
#define CLI_MONITOR_H

#include <jansson.h>

#include "term.h"

/* What stands in front of the dot in the names of several events, which core/about.h explains. */
struct event_group {
	const char *name;
	const char *help;
};

/* For completion; the daemon may know more.  Ended by a NULL name. */
extern const struct event_group event_groups[];

/* How the time of an event is written: the words of --time, in their order. */
enum monitor_time {
	MONITOR_CLOCK,	/* 12:34:56.789, local */
	MONITOR_DATE,	/* 2026-11-29T12:34:56.789+01:00, local */
	MONITOR_UTC,	/* 2026-11-29T11:34:56.789Z */
	MONITOR_UNIX,	/* 1795000000.789 */
	MONITOR_PASSED, /* +0.123, since the event before */
};
#define MONITOR_TIMES "clock date utc unix passed"

/* An event as a line for people, safe for a terminal; to be freed. */
char *monitor_line(json_t *event, enum monitor_time how, double *before);

/* That of its line. */
enum colour monitor_colour(const char *event);

#endif

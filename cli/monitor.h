/* SPDX-License-Identifier: ISC */
/*
 * monitor.h - the events of the daemon, as docs/protocol.md lists them.
 */
#ifndef CLI_MONITOR_H
#define CLI_MONITOR_H

struct event_name {
	const char *name;
	const char *help;
};

/* For completion; the daemon may know more.  Groups first; ended by a NULL name. */
extern const struct event_name event_names[];

#endif

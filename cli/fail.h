/* SPDX-License-Identifier: ISC */
/*
 * fail.h - why a command did not succeed, and the exit status that says so.
 *
 * Everything that can go wrong fills one `struct fail` and returns its exit status; it is told to
 * the person in a single place, fail_report(), which knows about --json.
 */
#ifndef CLI_FAIL_H
#define CLI_FAIL_H

#include <jansson.h>
#include <stdbool.h>

/* The documented exit statuses. */
enum status {
	STATUS_OK = 0,
	STATUS_REFUSED = 1,	/* the daemon said no, or a file holds no valid configuration */
	STATUS_USAGE = 2,	/* the command line is not one of ours */
	STATUS_UNREACHABLE = 3, /* no daemon, or no usable answer from it */
};

/* Those of the daemon's error codes that are not only shown. */
enum {
	CODE_METHOD_NOT_FOUND = -32601,
	CODE_INVALID_PARAMS = -32602,
	CODE_NOT_FOUND = -32001,
	CODE_EXISTS = -32002,
};

struct fail {
	int status;	 /* an enum status */
	json_int_t code; /* the daemon's, or the status where the daemon was not asked */
	char text[1024]; /* what went wrong */
	char hint[2048]; /* what to do about it, lines; "" = nothing to say */
	json_t *data;	 /* the daemon's error.data, or NULL */
};

/* Fills *f, forgetting what it held; returns status. */
int fail_set(struct fail *f, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a line of advice. */
void fail_hint(struct fail *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Keeps the error object of a JSON-RPC answer; returns STATUS_REFUSED. */
int fail_from_daemon(struct fail *f, const json_t *error);

void fail_clear(struct fail *f);

/*
 * Tells it on stderr, as text or as a JSON object, and returns the exit status.  `file` names the
 * file the request was made of, or is NULL; data.path is then a place in that file.  A status of 0
 * (stopped with Ctrl-C) has nothing to tell.
 */
int fail_report(const struct fail *f, const char *file, bool json);

/* p, or the end of the program: for allocations of a program that lives for one command. */
void *need(void *p);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * probe.h - what is done inside of hosts: small programs that are given an object and answer with one.
 *
 * A probe runs in a child of its own, in the namespaces of a host (lab/env.h), and writes its answer, one line of JSON, to a
 * pipe.  It may go on after that, as one that listens does, until it is ended.  So the parent knows of hosts what they say and no
 * more, and tests can answer in their place.
 */
#ifndef CLI_LAB_PROBE_H
#define CLI_LAB_PROBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/env.h"
#include "util/ip.h"

/* Tells its answer to fd with probe_tell() and returns an exit status. */
typedef int (*probe_fn)(const json_t *in, int fd);

struct probe {
	const char *host;
	probe_fn fn;
	json_t *in;	 /* owned */
	double patience; /* seconds until it must have answered */
	json_t *out;	 /* what it said; NULL: see `fail` */
	struct fail fail;
	/* while it runs */
	pid_t pid; /* 0 = it does not */
	int fd;
	char *text;
	size_t len;
	double deadline;
};

/* The argument that fn of lab_env.start gets is a pointer to one of these: for tests that answer themselves. */
struct probe_job {
	const struct probe *probe;
	int fd;
};

/* Starts it and returns when it has answered: 0, or a status with p->fail filled.  It may run on. */
int probe_ask(const struct lab_env *env, struct probe *p);

/* Starts all, 64 at a time, and returns when each has answered or failed.  True: the person wants to stop. */
bool probe_ask_all(const struct lab_env *env, struct probe *p, size_t n);

/* Ends it where it runs, and frees what it holds. */
void probe_end(struct probe *p);

/* In the child. */
int probe_tell(int fd, json_t *answer);
int probe_error(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Seconds of a clock that only goes on. */
double probe_clock(void);

/*
 * {} -> {"interfaces": {"eth0": {"mac", "up": bool, "addresses": [{"ip", "prefix"}...]}...}}, without lo.
 */
int probe_host(const json_t *in, int fd);

/*
 * {"targets": ["10.0.0.2"...], "count", "interval_us", "wait_us", "size", "first": bool} ->
 * {"targets": [{"sent", "received", "rtt_us": [...], "error"?: "a sentence"}...]}
 * ICMP echo to each, `count` times; `first`: a target that has answered is asked no more.
 */
int probe_ping(const json_t *in, int fd);

/*
 * {"udp": bool, "ip", "port", "greeting"} -> {"listening": true} or {"taken": true} or {"error"}; goes on, and answers whoever comes with
 * the greeting.
 */
int probe_listen(const json_t *in, int fd);

/* {"udp", "ip", "port", "greeting", "wait_us"} -> {"result": "connected"|"refused"|"silent"|"error", "error"?, "ms", "greeted": bool} */
int probe_connect(const json_t *in, int fd);

/* {"interface": "", "wait_us"} -> {"interface", "offers": [{"server", "ip", "mac"}...], "malformed": 0} */
int probe_dhcp(const json_t *in, int fd);

/* {"run", "wait_us"} -> {"status", "signal"?, "output", "cut": bool, "late": bool} */
int probe_command(const json_t *in, int fd);

#endif

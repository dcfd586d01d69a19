/* SPDX-License-Identifier: ISC */
/*
 * check.h - what a lab file says that must be so, and whether it is.
 *
 *	"checks": [
 *	  { "name": "staff reach each other", "ping": { "from": "h1", "to": "h2" } },
 *	  { "ping": { "from": "h1", "to": "h3" }, "expect": false, "hint": "h3 is of another VLAN", "points": 2 },
 *	  { "stp": { "switch": "sw2", "port": "sw3", "role": "alternate" }, "within": "15s" }
 *	]
 *
 * Each has one key that says of which kind it is; check_kinds[] lists them and what each takes.  Common to all:
 *
 *	name	what tables and reports call it; left out, it is made of the rest
 *	expect	false: the opposite has to be so
 *	within	it is tried again until it holds or this time is over.  The default is 5s, and 0s where something is
 *		measured (loss_max, rtt_min, rtt_max), since who measures again until it fits has measured nothing
 *	points	what it counts for, default 1
 *	hint	shown where it fails
 *
 * What complicates it, and the answer:
 *
 * - A check of something that must not be possible holds as well in a lab that is broken or has just begun.  So checks_run() begins
 *   when the lab is settled: ports up and no port of a spanning tree on its way to forwarding.  And where a check asks
 *   for TCP or UDP, it has somebody listen there itself, so that silence is never for want of a listener.
 * - Addresses are those that hosts have when they are asked, not those of the file: a student may have set them by
 *   hand, or DHCP.
 * - Why something is not so is told as far as the hosts and switches know it: no route, nobody answers ARP, a port that is
 *   down or discards, VLANs that differ, what was dropped meanwhile and for which reason.
 *
 * Untrusted: the file; what hosts send.  A lab's own commands run as root of its hosts anyway.
 */
#ifndef CLI_LAB_CHECK_H
#define CLI_LAB_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/env.h"
#include "lab/model.h"
#include "term.h"
#include "util/ip.h"

enum {
	CHECKS_MAX = 1000,
	CHECK_SERVERS_MAX = 8, /* of a dhcp check */
	CHECK_UNSET = -1,      /* a number that was not given */
};

/* A host of the lab, or an address: of a VM, or of who is outside. */
struct check_target {
	char host[LAB_NAME_SIZE]; /* "" = an address */
	struct ip_addr ip;
};

struct check_group {
	char (*host)[LAB_NAME_SIZE];
	size_t hosts;
};

struct check {
	const struct check_kind *kind;
	char *name;
	char *hint; /* "" */
	bool expect;
	int64_t within_us;
	int64_t points;
	char at[32]; /* "checks[3]", for errors */

	/* What the kind takes; each kind uses some.  Numbers are CHECK_UNSET, texts "" where not given. */
	char host[LAB_NAME_SIZE]; /* who does it: "from" or "host" */
	struct check_target to;
	char family[8];
	char interface[16];
	int64_t count, interval_us, size;
	int64_t loss_max_ppm, rtt_min_us, rtt_max_us;
	int64_t port_number;
	bool listen;
	int64_t wait_us;
	struct ip_addr server[CHECK_SERVERS_MAX];
	size_t servers;
	char sw[LAB_NAME_SIZE], port[64], root_port[64];
	int root; /* CHECK_UNSET, 0, 1 */
	char role[16], state[16];
	uint64_t mac; /* 0 = that of `host` */
	int64_t vlan;
	char *run, *output; /* NULL */
	int64_t status;
	char reason[32];
	char counter[32];
	int64_t min, max;
	struct check_group *group;
	size_t groups;
};

enum check_outcome {
	CHECK_PASS,
	CHECK_FAIL,
	CHECK_ERROR, /* it could not be found out */
	CHECK_STOPPED,
};

struct check_result {
	enum check_outcome outcome;
	char *expected; /* "h1 reaches h2" */
	char *observed; /* "3 of 3 echo requests unanswered"; of CHECK_ERROR what went wrong */
	json_t *why;	/* sentences, an array */
	double seconds;
};

enum field_type {
	FIELD_HOST,   /* char[]: a host of the lab */
	FIELD_TARGET, /* struct check_target */
	FIELD_SWITCH, /* char[] */
	FIELD_PORT,   /* char[]: of the switch that stands before it */
	FIELD_BOOL,   /* bool */
	FIELD_YESNO,  /* int: CHECK_UNSET, 0, 1 */
	FIELD_NUMBER, /* int64_t */
	FIELD_TIME,   /* int64_t, microseconds: "38ms" */
	FIELD_PART,   /* int64_t, millionths: "2%" */
	FIELD_TEXT,   /* char * */
	FIELD_REGEX,  /* char * */
	FIELD_WORD,   /* char[]: one of `words` */
	FIELD_REASON, /* char[]: why frames are dropped */
	FIELD_MAC,    /* uint64_t */
	FIELD_SERVERS,
	FIELD_INTERFACE, /* char[]: of `host` */
};

struct check_field {
	const char *name;
	enum field_type type;
	size_t off;
	int64_t min, max;
	bool required;
	const char *words;
	const char *help;
};

struct check_kind {
	const char *name;
	const char *help;
	const struct check_field
		*fields; /* ended by a NULL name; NULL: what it takes are groups of hosts */
	/* What the fields must be together, and defaults; 0 or lab_error(). */
	int (*complete)(struct check *c, const struct lab *lab, struct fail *f);
	/* "h1 reaches h2", or "h1 does not reach h2"; to be freed. */
	char *(*describe)(const struct check *c);
	/* Once.  Does what is asked hold?  True or false in *holds with r->observed set; else a status with *f filled. */
	int (*try)(const struct check *c, const struct lab *lab, const struct lab_env *env,
		   struct check_result *r, bool *holds, struct fail *f);
	/* Adds sentences to r->why, after a try that was not as expected.  NULL: there is nothing to add. */
	void (*explain)(const struct check *c, const struct lab *lab, const struct lab_env *env,
			struct check_result *r);
};

/* Ended by a NULL name. */
extern const struct check_kind *const check_kinds[];

/*
 * Reads the check at `index` of the file's.  0, or a status with *f filled (file, line, column) and *c empty.  To be freed with
 * check_free().
 */
int check_parse(const json_t *one, const struct lab *lab, size_t index, struct check *c,
		struct fail *f);
void check_free(struct check *c);

/* All of them; for who only wants to know whether the file is right.  A lab without any is. */
int checks_valid(const struct lab *lab, struct fail *f);

/* A JSON schema of one check, a new reference. */
json_t *check_schema(void);

/* Carries one out, again and again as long as `within` says.  To be freed with check_result_free(), whatever the outcome. */
void check_run(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r);
void check_result_free(struct check_result *r);

#endif

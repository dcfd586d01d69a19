/* SPDX-License-Identifier: ISC */
/*
 * check_impl.h - what the files of the checks share.
 */
#ifndef CLI_LAB_CHECK_IMPL_H
#define CLI_LAB_CHECK_IMPL_H

#include "js.h"
#include "lab/check.h"
#include "lab/probe.h"
#include "text.h"
#include "util/iptext.h"

#define FIELD(field) offsetof(struct check, field)
#define FIELD_END            \
	{                    \
		.name = NULL \
	}

extern const struct check_kind check_ping, check_tcp, check_udp, check_dhcp, check_isolated,
	check_stp, check_mac, check_command, check_drops, check_counter;

/* What one field is read with: where it stands, and where it goes. */
struct reading {
	const struct check_field *field;
	const json_t *v;
	const char *at;
	const struct lab *lab;
	struct check *c;
	struct fail *f;
};

/* Reads it by its type; 0 or lab_error(). */
int field_read(const struct reading *r);

/* Reads the fields of `what` into *c by the table; `at` is the path of `what`. */
int fields_parse(const struct check_field *fields, const json_t *what, const char *at,
		 const struct lab *lab, struct check *c, struct fail *f);

/* The groups of an isolated check. */
int groups_parse(const json_t *what, const char *at, const struct lab *lab, struct check *c,
		 struct fail *f);

/* Of a check with "from", "to" and "family": do the three go together?  0 or lab_error(). */
int target_complete(struct check *c, const struct lab *lab, struct fail *f);

/* Who is asked, as people call it: a name of the lab, or the address; returns one of the two. */
const char *target_name(const struct check *c, char ip[IP_STR_SIZE]);

/* A path one level down, "checks[3].ping"; returns out. */
const char *field_at(char *out, size_t size, const char *at, const char *key);

/* "38ms" and "2%": false where it is none.  Times in microseconds, parts in millionths. */
bool field_time(const char *text, int64_t *us);
bool field_part(const char *text, int64_t *ppm);

/* Replaces r->observed. */
void observe(struct check_result *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds a sentence to r->why, unless it is there already. */
void because(struct check_result *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "12.3ms"; returns out. */
enum { TIME_TEXT = 24 };
const char *time_text(int64_t us, char out[TIME_TEXT]);

/* ---- hosts as they are (check_hosts.c) ---- */

/* What a host says of itself, an object of interfaces as probe_host() says; NULL with *f filled. */
json_t *host_now(const struct lab_env *env, const char *host, struct fail *f);

struct reach {
	struct ip_addr ip; /* of the target */
	char from
		[64]; /* interface of the sender it is reached through, "" where that is no neighbour */
	char to[64];	    /* interface of the target, "" = unknown */
	const char *family; /* "IPv4" */
};

/*
 * Which address of the target `from` would ask: the first of the family that is in a subnet of the sender's, else the
 * first.  False with a sentence in r->observed and r->why where there is none.
 */
bool reach_find(const struct check *c, const json_t *from, const json_t *to, struct reach *reach,
		struct check_result *r);

/* The entries of a switch's table for an address, in all its VLANs; NULL with *f filled. */
json_t *macs_now(const struct lab_env *env, const char *sw, const char *mac, struct fail *f);

/* ---- why (check_why.c) ---- */

/* Counts of dropped frames, to be compared later; NULL where nobody tells. */
json_t *drops_now(const struct lab_env *env);

/* Adds which frames were dropped since, at most four reasons, those at ports of these hosts first. */
void why_dropped(const struct lab *lab, const struct lab_env *env, const json_t *before,
		 const char *a, const char *b, struct check_result *r);

/* Adds what the switches know that keeps the two hosts of a check apart, or together; its target may be none of the lab. */
void why_apart(const struct lab *lab, const struct lab_env *env, const struct check *c,
	       struct check_result *r);
void why_together(const struct lab *lab, const struct lab_env *env, const char *a, const char *b,
		  struct check_result *r);

/* Adds what stops a frame from one host to the other, each being as it said last (check_path.c). */
void why_on_the_way(const struct lab *lab, const struct lab_env *env, const char *from,
		    const json_t *from_now, const char *to, const json_t *to_now,
		    const struct reach *reach, struct check_result *r);

#endif

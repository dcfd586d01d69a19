/* SPDX-License-Identifier: ISC */
/*
 * checks.h - all checks of a lab: carried out one after the other, counted, and told to people and to graders.
 */
#ifndef CLI_LAB_CHECKS_H
#define CLI_LAB_CHECKS_H

#include <stdio.h>

#include "lab/check.h"

struct checks {
	const struct lab *lab;
	struct check *check;
	struct check_result *result; /* of the first `done` */
	size_t n, done;
	double seconds;
};

/* How checks ended, which is how swctl does: a course can grade with it. */
enum {
	CHECKS_PASSED = 0, /* all */
	CHECKS_FAILED = 1, /* some did */
	CHECKS_BROKEN = 3, /* some could not be carried out, or the person stopped them */
};

/* Reads those of the lab, which has to outlive them.  0 or a status with *f filled. */
int checks_read(const struct lab *lab, struct checks *all, struct fail *f);
void checks_free(struct checks *all);

/* Told before and after each; r is NULL before. */
typedef void (*checks_progress)(void *arg, const struct checks *all, size_t i,
				const struct check_result *r);

/*
 * Waits until the spanning trees are settled, and carries all out.  Checks one after the other: one that counts drops must not see
 * what another provokes.
 */
void checks_run(struct checks *all, const struct lab_env *env, checks_progress progress, void *arg);

int checks_status(const struct checks *all);

struct checks_score {
	size_t passed, failed, broken;
	int64_t points, of; /* those of checks that passed; of all */
};

struct checks_score checks_count(const struct checks *all);

/* "pass", "fail", "error", "stopped" */
const char *outcome_name(enum check_outcome o);

/* The lines of one that has ended. */
void checks_tell(FILE *out, const struct term *term, const struct checks *all, size_t i);

/* How all ended, in a line. */
void checks_tell_sum(FILE *out, const struct term *term, const struct checks *all);

json_t *checks_json(const struct checks *all);

/* As JUnit's XML, which graders and CI systems read.  false: writing failed, see errno. */
bool checks_junit(FILE *out, const struct checks *all);

#endif

/* SPDX-License-Identifier: ISC */
#include "checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"

/* 802.1D-2004 clause 17.14: what speaks only STP takes twice the forward delay, 15 s, and a little. */
enum { SETTLE_S = 40, SETTLE_STEP_MS = 200 };

int checks_read(const struct lab *lab, struct checks *all, struct fail *f)
{
	json_t *v;
	size_t i;
	int rc;

	memset(all, 0, sizeof(*all));
	rc = checks_valid(lab, f);
	if (rc)
		return rc;
	all->lab = lab;
	all->check = need(calloc(json_array_size(lab->checks) + 1, sizeof(*all->check)));
	all->result = need(calloc(json_array_size(lab->checks) + 1, sizeof(*all->result)));
	json_array_foreach (lab->checks, i, v) {
		rc = check_parse(v, lab, i, &all->check[i], f);
		if (rc) {
			checks_free(all);
			return rc;
		}
		all->n++;
	}
	return 0;
}

void checks_free(struct checks *all)
{
	for (size_t i = 0; i < all->n; i++)
		check_free(&all->check[i]);
	for (size_t i = 0; i < all->done; i++)
		check_result_free(&all->result[i]);
	free(all->check);
	free(all->result);
	memset(all, 0, sizeof(*all));
}

/* Is a port on its way to forwarding?  One that a guard holds is not. */
static bool unsettled(const json_t *trees)
{
	json_t *b, *p;
	size_t i, j;

	json_array_foreach (json_object_get(trees, "switches"), i, b)
		json_array_foreach (json_object_get(b, "ports"), j, p) {
			const char *role = js_str(p, "role");
			bool active = strcmp(role, "root") == 0 || strcmp(role, "designated") == 0;

			if (active && !js_has(p, "guard") &&
			    strcmp(js_str(p, "state"), "forwarding") != 0)
				return true;
		}
	return false;
}

/* Without an answer there is nothing to wait for: the checks will say that themselves. */
static bool settle(const struct lab_env *env)
{
	double until = probe_clock() + SETTLE_S;
	bool wait = true, stop = false;

	while (wait && !stop && probe_clock() < until) {
		struct fail f = {0};
		json_t *trees = env->call(env->arg, "stp.list", need(json_object()), &f);

		wait = unsettled(trees);
		json_decref(trees);
		fail_clear(&f);
		stop = wait && env->pause(env->arg, SETTLE_STEP_MS / 1e3);
	}
	return stop;
}

void checks_run(struct checks *all, const struct lab_env *env, checks_progress progress, void *arg)
{
	double began = probe_clock();
	bool stop = all->n && settle(env);

	for (size_t i = 0; i < all->n && !stop; i++) {
		progress(arg, all, i, NULL);
		check_run(&all->check[i], all->lab, env, &all->result[i]);
		all->done++;
		stop = all->result[i].outcome == CHECK_STOPPED;
		progress(arg, all, i, &all->result[i]);
	}
	all->seconds = probe_clock() - began;
}

struct checks_score checks_count(const struct checks *all)
{
	struct checks_score s = {0};

	for (size_t i = 0; i < all->n; i++) {
		s.of += all->check[i].points;
		if (i >= all->done) {
			continue;
		} else if (all->result[i].outcome == CHECK_PASS) {
			s.passed++;
			s.points += all->check[i].points;
		} else if (all->result[i].outcome == CHECK_FAIL) {
			s.failed++;
		} else {
			s.broken++;
		}
	}
	return s;
}

int checks_status(const struct checks *all)
{
	struct checks_score s = checks_count(all);

	if (s.broken || all->done < all->n)
		return CHECKS_BROKEN;
	return s.failed ? CHECKS_FAILED : CHECKS_PASSED;
}

/* SPDX-License-Identifier: ISC */
/*
 * run.c - runs .topo files: small networks of switches that forward frames over fake wires.
 *
 *   topology FILE...
 *
 * The files are meant to be read: each shows one thing a switch does.  What can be said in them is
 * in verbs.c and check.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

void script_check(struct script *s, bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		s->passed++;
		return;
	}
	s->failed++;
	printf("%s:%u: ", s->file, s->line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static int split(char *line, struct words *a, struct err *e)
{
	char *rest = NULL;

	line[strcspn(line, "#\n")] = '\0';
	memset(a, 0, sizeof(*a));
	for (char *w = strtok_r(line, " \t", &rest); w; w = strtok_r(NULL, " \t", &rest)) {
		if (a->count == SCRIPT_WORDS)
			return err_set(e, EINVAL, "more than %d words", SCRIPT_WORDS);
		a->w[a->count++] = w;
	}
	return 0;
}

/* Takes the verb off the words. */
static char *take_verb(struct words *a)
{
	char *verb = a->w[0];

	memmove(a->w, a->w + 1, a->count * sizeof(a->w[0]));
	a->count--;
	return verb;
}

static int unknown_verb(const char *name, struct err *e)
{
	const char *near = NULL;

	for (const struct verb *v = verbs; v->name; v++)
		word_nearest(name, v->name, &near);
	return err_set(e, EINVAL, "unknown verb \"%s\"%s%s%s", name, near ? "; is it \"" : "",
		       near ? near : "", near ? "\"?" : "");
}

/* A loop has to be expected by the line after that which set it off, or it is a failure. */
static void tell_loop(struct script *s)
{
	if (s->loop_untold)
		script_check(
			s, false,
			"frame budget exceeded: a loop (what line %u set off does not come to rest)",
			s->loop_untold);
	s->loop_untold = 0;
}

/*
 * What the verb made switches say is carried before the next line.  `expect` and `check` only look, and
 * expect asks about the line before.
 */
static int run_verb(struct script *s, const struct verb *v, const struct words *a, struct err *e)
{
	int rc;

	if (v->run == do_check || strcmp(v->name, "expect") == 0)
		return v->run(s, a, e);
	s->net->looped = false;
	rc = v->run(s, a, e);
	net_settle(s->net);
	s->loop_untold = s->net->looped ? s->line : 0;
	return rc;
}

static int run_line(struct script *s, char *line, struct err *e)
{
	struct words a;
	const char *name;

	if (split(line, &a, e))
		return -EINVAL;
	if (a.count == 0)
		return 0;
	name = take_verb(&a);
	if (strcmp(name, "expect") != 0 || !a.w[0] || strcmp(a.w[0], "loop") != 0)
		tell_loop(s);
	for (const struct verb *v = verbs; v->name; v++) {
		if (strcmp(v->name, name) != 0)
			continue;
		if (a.count < v->least)
			return err_set(e, EINVAL, "too few words; usage: %s", v->usage);
		return run_verb(s, v, &a, e);
	}
	return unknown_verb(name, e);
}

/* Returns 0, or an error where the file itself is at fault. */
static int run_file(struct script *s)
{
	FILE *in = fopen(s->file, "re");
	struct err e = {0};
	char *line = NULL;
	size_t room = 0;
	int rc = 0;

	if (!in) {
		fprintf(stderr, "%s: %s\n", s->file, strerror(errno));
		return -EINVAL;
	}
	s->net = net_new();
	while (!rc && getline(&line, &room, in) >= 0) {
		s->line++;
		rc = run_line(s, line, &e);
	}
	if (rc)
		printf("%s:%u: %s\n", s->file, s->line, e.text);
	else
		tell_loop(s);
	if (!rc && s->passed + s->failed == 0) {
		printf("%s: checks nothing\n", s->file);
		rc = -EINVAL;
	}
	free(line);
	fclose(in);
	net_free(s->net);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		struct script s = {.file = argv[i]};

		if (run_file(&s))
			s.failed++;
		printf("%s: %s (%u checks)\n", s.file, s.failed ? "failed" : "ok",
		       s.passed + s.failed);
		passed += s.passed;
		failed += s.failed;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}

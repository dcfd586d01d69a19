/* SPDX-License-Identifier: ISC */
/*
 * script.h - a .topo file while it runs, and the table of its verbs.
 *
 * A line is a verb and its words; '#' begins a comment.  A verb that checks something reports with
 * script_check(); one that cannot be carried out returns an error, which ends the file.
 */
#ifndef TOPOLOGY_SCRIPT_H
#define TOPOLOGY_SCRIPT_H

#include "net.h"

enum { SCRIPT_WORDS = 24 };

struct script {
	const char *file;
	unsigned line;
	struct net *net;
	unsigned loop_untold; /* line that set off a loop, if `expect loop` was not said yet */
	unsigned passed, failed;
};

/* Words of a line, the verb taken off; words[count] is NULL. */
struct words {
	char *w[SCRIPT_WORDS + 1];
	unsigned count;
};

struct verb {
	const char *name;
	unsigned least; /* words it needs */
	const char *usage;
	int (*run)(struct script *s, const struct words *a, struct err *e);
};

/* Ends with an entry whose name is NULL. */
extern const struct verb verbs[];

/* The verb with facts of its own, in check.c. */
int do_check(struct script *s, const struct words *a, struct err *e);

/* What the verbs read their words with; each fills *e where it fails. */
int read_number(const char *word, unsigned long *n, struct err *e);
int read_address(struct script *s, const char *word, uint64_t *mac, struct err *e);
struct port *need_port(struct script *s, const struct node *node, const char *name, struct err *e);

/* Counts a check; one that failed is printed with what was expected and what was seen. */
void script_check(struct script *s, bool ok, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

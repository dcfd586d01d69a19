/* SPDX-License-Identifier: ISC */
/*
 * args.h - the command line, taken apart.
 *
 * Options may stand before, between or after the words.  That needs two steps: args_split() sorts
 * what is an option and what a word (whether an option takes a value is the same for all commands),
 * and args_match() finds the command and judges the rest by it.  Completion uses the first alone.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "fail.h"
#include "util/err.h"

struct given {
	const char *typed; /* as it was typed, "--port" or "-s" */
	const char *value; /* NULL: a flag, or missing */
	bool unknown;	   /* no command has such an option */
	bool surplus;	   /* a flag that was given a value */
	struct option option;
};

struct args {
	char **words;
	size_t n_words;
	struct given *given;
	size_t n_given;
	bool ended;	   /* "--" was there */
	size_t before;	   /* then how many of the words stood before it */
	char *const *tail; /* what stood after it, of a command that has a tail; NULL at its end */
	size_t n_tail;
	const struct command *command;
	const char *operands[OPERANDS_MAX];
};

/* Sorts argv (writable: a '=' is overwritten).  Everything points into argv. */
void args_split(struct args *a, size_t argc, char **argv);

/* Finds the command and checks everything against it.  Returns 0 or STATUS_USAGE. */
int args_match(struct args *a, struct fail *f);

/* The same for a command that is known: the first `used` words are its own. */
int args_match_as(struct args *a, const struct command *cmd, size_t used, struct fail *f);

void args_free(struct args *a);

/* Fills *f with "there is no such command" and what was probably meant. */
int args_no_command(const struct args *a, struct fail *f);

/* The value of an option or operand, NULL where it was not given; the last one given counts. */
const char *args_value(const struct args *a, const char *name);
bool args_flag(const struct args *a, const char *name);

/*
 * Judges a value as far as that can be done here; the rest is for the daemon.  0, or -errno with *e filled: what is allowed.
 */
int args_check_value(const struct option *o, const char *s, struct err *e);

/* Keeps in *best (NULL at first) the first word that begins as `typed` does, or else the nearest. */
void args_nearer(const char *typed, const char *candidate, const char **best);

/* A value already checked. */
double args_seconds(const char *value);

/* Bytes, of 1024 to a k; 0: it is no such number, or is none at all. */
uint64_t args_bytes(const char *value);

#endif

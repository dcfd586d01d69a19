/* SPDX-License-Identifier: ISC */
/*
 * show.h - what the "show" commands have in common: asking every switch, and --watch.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "ctx.h"
#include "human.h"
#include "js.h"
#include "table.h"
#include "text.h"

/* Runs the command every so many seconds, until Ctrl-C or until it fails. */
int show_watch(struct ctx *ctx, double seconds);

/*
 * The names to ask, an array: --switch, or every switch there is.  NULL: see ctx->fail.
 */
json_t *show_switch_names(struct ctx *ctx);

/*
 * Calls the method for each switch and joins the arrays under `key`, in the form of one answer.
 * Where the method answers in pages ("next"), reads them all.  A port or address that was asked for
 * and that some of several switches do not have is no failure.  *several tells whether the name of
 * the switch is worth a column.  NULL: see ctx->fail.
 */
json_t *show_gather(struct ctx *ctx, const char *method, const char *key, bool *several);

/*
 * Deals with what needs no table: prints the result with --json, or `empty` where it has no rows.
 * True when that was all.
 */
bool show_simple(struct ctx *ctx, const json_t *result, const json_t *rows, const char *empty);

/* What counts for frames: a port that is shut or blocked is that, in whatever state its device is. */
const char *show_port_state(const json_t *p);

/* Everything about a port, as port.list and drops.list (or NULL) have it. */
void show_all_of_port(struct ctx *ctx, const json_t *p, const json_t *drops);

/* What part a port plays in the spanning tree, as stp.list has it. */
void show_stp_of_port(struct ctx *ctx, const json_t *p);

/* "key:   text", the text being broken to fit.  Nothing is printed for an empty text. */
void show_pair(struct ctx *ctx, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

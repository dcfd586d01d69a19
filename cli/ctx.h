/* SPDX-License-Identifier: ISC */
/*
 * ctx.h - what one run of swctl carries around, and the functions of its commands.
 */
#ifndef CLI_CTX_H
#define CLI_CTX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "args.h"
#include "fail.h"
#include "rpc.h"
#include "term.h"
#include "util/address.h"

struct ctx {
	FILE *out; /* results: standard output, or one picture of --watch */
	struct term term;
	struct rpc rpc;
	char default_socket[UNIX_PATH_SIZE];
	struct args args;
	struct fail fail; /* what the last call that failed said */
	bool json;
};

/* Which daemon is meant: --socket, that of --lab, $SWITCHD_SOCKET, or where one is if nobody says so (ctl/where.h). */
void ctx_find_daemon(struct ctx *ctx);

/* Calls the daemon; takes over params.  NULL: see ctx->fail. */
json_t *ctx_call(struct ctx *ctx, const char *method, json_t *params);

/* An object of the operands, options and --switch that were given and that the daemon is to get. */
json_t *ctx_params(const struct ctx *ctx);

/* What messages call the file the command was given: NULL where it takes none. */
const char *ctx_file(const struct ctx *ctx);

/* Tells ctx->fail; returns the exit status. */
int ctx_fail(struct ctx *ctx);

/* Prints a value as JSON: over several lines on a terminal, on one through a pipe. */
void ctx_json(struct ctx *ctx, const json_t *v);

/* For commands that print a sentence, or the result with --json; takes over result. */
int ctx_done(struct ctx *ctx, json_t *result, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Ctrl-C and the end of the reader are from now on told to whoever waits in rpc.h. */
void ctx_catch_stop(struct ctx *ctx);

/* The functions in the table of commands. */
int show_macs(struct ctx *ctx);
int show_ports(struct ctx *ctx);
int show_port(struct ctx *ctx);
int show_stats(struct ctx *ctx);
int show_drops(struct ctx *ctx);
int show_switches(struct ctx *ctx);
int show_vlans(struct ctx *ctx);
int show_mirrors(struct ctx *ctx);
int show_impair(struct ctx *ctx);
int show_stp(struct ctx *ctx);
int show_stp_port(struct ctx *ctx);
int show_groups(struct ctx *ctx);
int show_bindings(struct ctx *ctx);
int show_guard(struct ctx *ctx);
int show_neighbors(struct ctx *ctx);
int show_lldp(struct ctx *ctx);
int show_config(struct ctx *ctx);
int show_version(struct ctx *ctx);
int explain_run(struct ctx *ctx);
int trace_run(struct ctx *ctx);
int replay_run(struct ctx *ctx);
int add_port(struct ctx *ctx);
int add_switch(struct ctx *ctx);
int add_mac(struct ctx *ctx);
int del_port(struct ctx *ctx);
int del_switch(struct ctx *ctx);
int del_mac(struct ctx *ctx);
int add_group(struct ctx *ctx);
int add_binding(struct ctx *ctx);
int del_binding(struct ctx *ctx);
int del_group(struct ctx *ctx);
int set_port(struct ctx *ctx);
int set_switch(struct ctx *ctx);
int set_vlan(struct ctx *ctx);
int reopen_port(struct ctx *ctx);
int release_port(struct ctx *ctx);
int mcheck_port(struct ctx *ctx);
int flush_macs(struct ctx *ctx);
int clear_stats(struct ctx *ctx);
int config_apply(struct ctx *ctx);
int config_diff(struct ctx *ctx);
int config_check(struct ctx *ctx);
int monitor_run(struct ctx *ctx);
int lab_up(struct ctx *ctx);
int lab_down(struct ctx *ctx);
int lab_reload(struct ctx *ctx);
int lab_list(struct ctx *ctx);
int lab_status(struct ctx *ctx);
int lab_check(struct ctx *ctx);
int lab_exec(struct ctx *ctx);
int lab_shell(struct ctx *ctx);
int lab_schema(struct ctx *ctx);
int lab_graph(struct ctx *ctx);
int capture_run(struct ctx *ctx);
int show_captures(struct ctx *ctx);
int extcap_run(struct ctx *ctx);
int top_run(struct ctx *ctx);
int help_run(struct ctx *ctx);

#endif

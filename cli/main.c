/* SPDX-License-Identifier: ISC */
/*
 * main.c - swctl: reads the command line, runs one command of the table, says how it went.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complete.h"
#include "ctx.h"
#include "extcap.h"
#include "help.h"
#include "lab/born.h"
#include "show.h"

/*
 * Standard descriptors that are closed would become those of a file or of the socket, and what is printed would go there.  They
 * become ones that refuse instead.
 */
static void fill_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Before the command is known, so that an error in the command line is JSON too. */
static void start(struct ctx *ctx, int argc, char **argv)
{
	args_split(&ctx->args, argc > 1 ? (size_t)argc - 1 : 0, argv + 1);
	term_look(&ctx->term);
	ctx->out = stdout;
	ctx->json = args_flag(&ctx->args, "json");
	ctx_find_daemon(ctx);
}

static int run(struct ctx *ctx)
{
	const char *timeout, *watch;

	if (args_flag(&ctx->args, "help"))
		return help_words(ctx, ctx->args.words, ctx->args.n_words);
	if (ctx->args.n_words == 0 && args_flag(&ctx->args, "version"))
		return help_version(ctx);
	if (args_match(&ctx->args, &ctx->fail))
		return ctx_fail(ctx);
	timeout = args_value(&ctx->args, "timeout");
	if (timeout)
		ctx->rpc.timeout_s = args_seconds(timeout);
	watch = args_value(&ctx->args, "watch");
	if (watch)
		return show_watch(ctx, args_seconds(watch));
	return ctx->args.command->run(ctx);
}

/* Results that could not be written are a failure: a full disk must not look like success. */
static int finish(struct ctx *ctx, int status)
{
	bool bad = ferror(stdout);

	if (fflush(stdout) != 0 || bad) {
		fail_set(&ctx->fail, STATUS_REFUSED,
			 "cannot write the result: standard output failed");
		status = ctx_fail(ctx);
	}
	fail_clear(&ctx->fail);
	rpc_close(&ctx->rpc);
	args_free(&ctx->args);
	return status;
}

int main(int argc, char **argv)
{
	struct ctx ctx = {.json = false};

	fill_descriptors();
	/* some parents leave it ignored; a reader that goes away is no error to tell of */
	signal(SIGPIPE, SIG_DFL);
	/* which characters are visible; numbers keep their point */
	setlocale(LC_CTYPE, "");
	if (argc > 1 && strcmp(argv[1], COMPLETE_COMMAND) == 0)
		return complete_run((size_t)argc - 2, argv + 2);
	if (argc == 4 && strcmp(argv[1], LAB_INIT_COMMAND) == 0)
		return lab_init_main(argv[3]);
	if (extcap_is_meant(argc, argv))
		return extcap_main(argc, argv);
	start(&ctx, argc, argv);
	return finish(&ctx, run(&ctx));
}

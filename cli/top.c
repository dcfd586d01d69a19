/* SPDX-License-Identifier: ISC */
/*
 * top.c - "swctl top": starts, waits for keys, signals and the daemon at once, gives the terminal back.
 *
 * Signals come through a descriptor, so that every end of the program is the end of one loop, and the
 * terminal is as it was after each of them.  What ends the program elsewhere (no memory) is caught by
 * atexit().
 */
#include "top.h"
#include "top_screen.h"

#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool has_screen;

static void give_back(void)
{
	if (has_screen)
		top_screen_close();
	has_screen = false;
}

static int refuse(struct ctx *ctx)
{
	if (ctx->json) {
		fail_set(&ctx->fail, STATUS_USAGE, "top is a picture for people: it has no JSON");
		fail_hint(&ctx->fail, "swctl show stats --json --watch 1 has the same numbers");
	} else {
		fail_set(&ctx->fail, STATUS_USAGE, "top needs a terminal");
		fail_hint(&ctx->fail, "swctl show stats --watch 1 works through a pipe");
	}
	return ctx_fail(ctx);
}

static int signals_open(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A name that is wrong is told before the terminal is taken, and by what it is probably meant to be. */
static bool switch_is_there(struct ctx *ctx)
{
	json_t *answer = ctx_call(ctx, "switch.list", ctx_params(ctx));

	json_decref(answer);
	return answer != NULL;
}

/* A window of another size is drawn anew; anything else is the end. */
static void take_signals(struct top *t, int fd)
{
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGWINCH)
			top_screen_resize();
		else
			t->quit = true;
	}
}

static void take_keys(struct top *t)
{
	int key;

	while (!t->quit && (key = top_screen_key()) >= 0)
		top_key(t, key);
}

static void loop(struct top *t, int signals)
{
	bool changed = true;

	while (!t->quit) {
		struct pollfd p[] = {
			{.fd = signals, .events = POLLIN},
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = t->feed.lost ? -1 : t->ctx->rpc.fd, .events = POLLIN},
		};

		if (changed)
			top_draw(t);
		(void)poll(p, 3, top_feed_wait(t, top_now()));
		if (p[0].revents)
			take_signals(t, signals);
		if (p[1].revents & (POLLHUP | POLLERR | POLLNVAL)) /* the terminal is gone */
			t->quit = true;
		else if (p[1].revents)
			take_keys(t);
		changed = p[0].revents || p[1].revents;
		if (p[2].revents)
			changed |= top_feed_read(t);
		changed |= top_feed_due(t, top_now());
	}
}

static int run(struct top *t)
{
	struct ctx *ctx = t->ctx;
	int signals = signals_open();
	const char *wrong;

	if (signals < 0)
		return fail_set(&ctx->fail, STATUS_REFUSED, "top cannot wait for signals");
	atexit(give_back);
	wrong = top_screen_open(ctx->term.colour);
	has_screen = wrong == NULL;
	if (has_screen)
		loop(t, signals);
	give_back();
	close(signals);
	if (!wrong)
		return STATUS_OK;
	fail_set(&ctx->fail, STATUS_USAGE, "%s", wrong);
	fail_hint(&ctx->fail, "swctl show stats --watch 1 | cat works on any");
	return STATUS_USAGE;
}

int top_run(struct ctx *ctx)
{
	const char *interval = args_value(&ctx->args, "interval");
	const char *sw = args_value(&ctx->args, "switch");
	struct top *t;
	int rc;

	if (ctx->json || !isatty(STDIN_FILENO) || !ctx->term.tty)
		return refuse(ctx);
	if (!switch_is_there(ctx))
		return ctx_fail(ctx);
	t = need(calloc(1, sizeof(*t)));
	t->ctx = ctx;
	t->interval_s = interval ? args_seconds(interval) : 1;
	t->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	snprintf(t->sw, sizeof(t->sw), "%s", sw ? sw : "");
	rc = top_feed_open(t);
	if (!rc)
		rc = run(t);
	top_feed_close(t);
	free(t);
	return rc ? ctx_fail(ctx) : STATUS_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * probe.c - starting probes and hearing them: the parent's half, and how a child answers.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "js.h"

enum { AT_A_TIME = 64, ANSWER_MAX = 4 << 20, SLICE_MS = 100 };

double probe_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- the child ---- */

int probe_tell(int fd, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0, at = 0;

	json_decref(answer);
	if (!text)
		return 1;
	text[len++] = '\n'; /* in place of the NUL */
	while (at < len) {
		ssize_t n = write(fd, text + at, len - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(text);
	return at < len;
}

int probe_error(int fd, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return probe_tell(fd, json_pack("{s:s}", "error", text));
}

static int in_child(void *arg)
{
	const struct probe_job *job = arg;

	signal(SIGPIPE, SIG_IGN); /* who is ended while it answers is not interesting */
	return job->probe->fn(job->probe->in, job->fd);
}

/* ---- the parent ---- */

static int start(const struct lab_env *env, struct probe *p)
{
	struct probe_job job = {.probe = p};
	int fds[2];

	fail_clear(&p->fail);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail_set(&p->fail, STATUS_UNREACHABLE, "cannot make a pipe: %s",
				strerror(errno));
	fcntl(fds[1], F_SETFL, 0); /* who answers waits for who reads */
	job.fd = fds[1];
	p->pid = env->start(env->arg, p->host, in_child, &job, &p->fail);
	close(fds[1]);
	if (p->pid < 0) {
		p->pid = 0;
		close(fds[0]);
		return p->fail.status;
	}
	p->fd = fds[0];
	p->deadline = probe_clock() + p->patience;
	return 0;
}

/* Ends the child and all that it started, and takes its status. */
static int reap(struct probe *p, bool end)
{
	siginfo_t info;
	int status = 0;

	if (end)
		kill(-p->pid, SIGKILL);
	/* while it is not yet taken away nobody else has its number, so what it left behind can be ended by it */
	while (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(p->fd);
	p->pid = 0;
	return status;
}

static void no_answer(struct probe *p, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == LAB_ENV_GONE)
		fail_set(&p->fail, STATUS_UNREACHABLE, "host %s is gone", p->host);
	else if (WIFSIGNALED(status))
		fail_set(&p->fail, STATUS_UNREACHABLE, "what was run in host %s was ended by %s",
			 p->host, strsignal(WTERMSIG(status)));
	else
		fail_set(&p->fail, STATUS_UNREACHABLE,
			 "what was run in host %s ended without an answer", p->host);
}

/* The line that came; false where it is none. */
static void take_answer(struct probe *p, size_t len)
{
	json_t *out = json_loadb(p->text, len, 0, NULL);
	const char *error = js_str(out, "error");

	if (!json_is_object(out)) {
		fail_set(&p->fail, STATUS_UNREACHABLE, "host %s answered nothing that can be read",
			 p->host);
		json_decref(out);
		return;
	}
	p->out = out;
	if (*error)
		fail_set(&p->fail, STATUS_UNREACHABLE, "%s: %s", p->host, error);
}

/* Reads what there is.  True when it has answered or will not. */
static bool hear(struct probe *p)
{
	char chunk[4096], *end;
	ssize_t n = read(p->fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	if (n == 0) {
		no_answer(p, reap(p, false));
		return true;
	}
	p->text = need(realloc(p->text, p->len + (size_t)n));
	memcpy(p->text + p->len, chunk, (size_t)n);
	p->len += (size_t)n;
	end = memchr(p->text, '\n', p->len);
	if (end)
		take_answer(p, (size_t)(end - p->text));
	else if (p->len > ANSWER_MAX)
		fail_set(&p->fail, STATUS_UNREACHABLE, "host %s answered more than %d MiB", p->host,
			 ANSWER_MAX >> 20);
	return end || p->len > ANSWER_MAX;
}

static bool done(const struct probe *p)
{
	return p->out || *p->fail.text;
}

/* Waits a moment for those that run. */
static void listen_to(struct probe *p, size_t n)
{
	struct pollfd fds[AT_A_TIME];
	size_t who[AT_A_TIME], m = 0;

	for (size_t i = 0; i < n && m < AT_A_TIME; i++)
		if (p[i].pid && !done(&p[i])) {
			fds[m] = (struct pollfd){.fd = p[i].fd, .events = POLLIN};
			who[m++] = i;
		}
	if (!m || poll(fds, (nfds_t)m, SLICE_MS) < 0)
		return;
	for (size_t k = 0; k < m; k++) {
		struct probe *one = &p[who[k]];

		if (fds[k].revents)
			while (!done(one) && !hear(one) && poll(&fds[k], 1, 0) > 0)
				;
		if (!done(one) && probe_clock() > one->deadline)
			fail_set(&one->fail, STATUS_UNREACHABLE,
				 "what was run in host %s did not answer within %gs", one->host,
				 one->patience);
	}
}

static size_t running(const struct probe *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += p[i].pid && !done(&p[i]);
	return count;
}

bool probe_ask_all(const struct lab_env *env, struct probe *p, size_t n)
{
	size_t next = 0;

	while (next < n || running(p, n)) {
		while (next < n && running(p, n) < AT_A_TIME) {
			start(env, &p[next]);
			next++;
		}
		listen_to(p, n);
		for (size_t i = 0; i < next && n > 1; i++) /* of many none goes on */
			if (p[i].pid && done(&p[i]))
				reap(&p[i], true);
		if (env->pause(env->arg, 0))
			return true;
	}
	return false;
}

int probe_ask(const struct lab_env *env, struct probe *p)
{
	if (probe_ask_all(env, p, 1)) {
		fail_clear(&p->fail); /* a status of STATUS_OK: the person wants to stop */
		return -1;
	}
	return *p->fail.text ? p->fail.status : 0;
}

void probe_end(struct probe *p)
{
	if (p->pid)
		reap(p, true);
	json_decref(p->in);
	json_decref(p->out);
	free(p->text);
	fail_clear(&p->fail);
	memset(p, 0, sizeof(*p));
}

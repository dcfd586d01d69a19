/* SPDX-License-Identifier: ISC */
/*
 * probe_command.c - a command of the lab file, run in a host by sh: how it ended and what it wrote.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "js.h"
#include "probe.h"

enum { OUTPUT_MAX = 64 << 10, SLICE_MS = 20, PIPE_READS = 16 /* of what a pipe holds */ };

struct output {
	char *text; /* OUTPUT_MAX and a NUL */
	size_t len;
	bool cut;
};

static void run(const char *command, int to)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	dup2(to, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void keep(struct output *o, const char *bytes, size_t n)
{
	size_t room = OUTPUT_MAX - o->len;

	o->cut = o->cut || n > room;
	n = n < room ? n : room;
	memcpy(o->text + o->len, bytes, n);
	o->len += n;
	o->text[o->len] = '\0';
}

/* False: nobody will write any more. */
static bool read_some(struct output *o, int from)
{
	char chunk[4096];
	ssize_t n = read(from, chunk, sizeof(chunk));

	if (n > 0)
		keep(o, chunk, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/*
 * Reads until the command has ended, whether or not others go on that it has started, and can write where it could; false:
 * the time is over.
 */
static bool gather(struct output *o, int from, pid_t pid, double until, int *status)
{
	struct pollfd p = {.fd = from, .events = POLLIN};
	bool open = true, ended = false;

	while (!ended) {
		double left = (until - probe_clock()) * 1000;

		if (left <= 0)
			return false;
		if (poll(&p, open, left < SLICE_MS ? (int)left + 1 : SLICE_MS) > 0)
			open = read_some(o, from);
		ended = waitpid(pid, status, WNOHANG) == pid;
	}
	/* what is in the pipe by then */
	for (int i = 0; open && i < PIPE_READS && poll(&p, 1, 0) > 0; i++)
		open = read_some(o, from);
	return true;
}

/* JSON knows UTF-8 only, and no NUL in our reading of it. */
static json_t *as_text(struct output *o)
{
	json_t *v;

	for (size_t i = 0; i < o->len; i++)
		if (!o->text[i])
			o->text[i] = '?';
	v = json_stringn(o->text, o->len);
	if (v)
		return v;
	for (size_t i = 0; i < o->len; i++)
		if ((unsigned char)o->text[i] >= 0x80)
			o->text[i] = '?';
	return json_stringn(o->text, o->len);
}

int probe_command(const json_t *in, int fd)
{
	double until = probe_clock() + (double)js_int(in, "wait_us") / 1e6;
	struct output o = {.text = calloc(1, OUTPUT_MAX + 1)};
	int fds[2], status = 0;
	bool in_time;
	pid_t pid;
	json_t *out;

	if (!o.text)
		return probe_error(fd, "out of memory");
	pid = pipe2(fds, O_CLOEXEC) < 0 ? -1 : fork();
	if (pid < 0) {
		free(o.text);
		return probe_error(fd, "cannot run a command: %s", strerror(errno));
	}
	if (pid == 0)
		run(js_str(in, "run"), fds[1]);
	close(fds[1]);
	in_time = gather(&o, fds[0], pid, until, &status);
	if (!in_time) {
		/* what it started goes with the group, when the parent ends us */
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	out = json_pack("{s:i, s:o, s:b, s:b}", "status",
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "output",
			as_text(&o), "cut", o.cut, "late", !in_time);
	free(o.text);
	return probe_tell(fd, out);
}

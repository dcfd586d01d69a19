/* SPDX-License-Identifier: ISC */
#include "rpc.h"
#include "ctl/where.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	STOPPED = -1,
	LINE_MAX_BYTES = 64 << 20, /* of an answer: the largest configuration, with room */
	REQUEST_MAX = 1 << 20,	   /* what the daemon takes */
	READ_CHUNK = 64 << 10,
};

static const double FOREVER = -1;

void rpc_init(struct rpc *r, const char *path)
{
	memset(r, 0, sizeof(*r));
	r->path = path;
	r->timeout_s = RPC_TIMEOUT_S;
	r->fd = r->stop_fd = r->out_fd = -1;
}

void rpc_close(struct rpc *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	while (r->n_fds)
		close(r->fds[--r->n_fds]);
	free(r->buf);
	r->buf = NULL;
	r->len = r->room = r->searched = 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Milliseconds for poll(), rounded up so that it is not called in a circle for the last one. */
static int until(double deadline)
{
	double left = deadline - now();

	if (deadline < 0)
		return -1;
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* Waits for `events` on fd: 1 they came, 0 the deadline passed, STOPPED. */
static int wait_for(const struct rpc *r, int fd, short events, double deadline)
{
	struct pollfd p[] = {
		{.fd = fd, .events = events},
		{.fd = r->stop_fd, .events = POLLIN},
		{.fd = r->out_fd, .events = 0}, /* POLLERR comes unasked */
	};
	int n;

	do
		n = poll(p, 3, until(deadline));
	while (n < 0 && errno == EINTR);
	if (p[1].revents || p[2].revents & (POLLERR | POLLNVAL))
		return STOPPED;
	return p[0].revents ? 1 : 0;
}

bool rpc_pause(const struct rpc *r, double seconds)
{
	return wait_for(r, -1, 0, now() + seconds) == STOPPED;
}

static int stopped(struct fail *f)
{
	fail_clear(f);
	return STOPPED;
}

/* Who may use the socket, and how to become one of those. */
static void hint_access(const struct rpc *r, struct fail *f)
{
	struct stat st;
	struct passwd *pw;
	struct group *gr;

	if (stat(r->path, &st) < 0) {
		fail_hint(f, "you may not look into the directory it is in either; try with sudo");
		return;
	}
	pw = getpwuid(st.st_uid);
	gr = getgrgid(st.st_gid);
	fail_hint(f, "the socket has mode %04o, owner %s, group %s", (unsigned)st.st_mode & 07777u,
		  pw ? pw->pw_name : "unknown", gr ? gr->gr_name : "unknown");
	if (gr && st.st_gid != 0 && st.st_mode & S_IWGRP)
		fail_hint(
			f,
			"try with sudo, or join the group: sudo usermod -aG %s $USER, then log in anew",
			gr->gr_name);
	else
		fail_hint(f, "try with sudo");
}

static int cannot_connect(const struct rpc *r, int code, struct fail *f)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
		fail_set(f, STATUS_UNREACHABLE, "switchd is not running: there is no socket %s",
			 r->path);
		break;
	case ECONNREFUSED:
		fail_set(f, STATUS_UNREACHABLE, "switchd is not running: nothing listens on %s",
			 r->path);
		break;
	case EAGAIN:
		return fail_set(f, STATUS_UNREACHABLE,
				"switchd at %s took no connection within %gs: it is busy or hangs",
				r->path, r->timeout_s);
	case EACCES:
	case EPERM:
		fail_set(f, STATUS_UNREACHABLE, "you may not use the socket %s: %s", r->path,
			 strerror(code));
		hint_access(r, f);
		return STATUS_UNREACHABLE;
	default:
		return fail_set(f, STATUS_UNREACHABLE, "cannot connect to %s: %s", r->path,
				strerror(code));
	}
	if (strcmp(r->path, SOCKET_OF_SYSTEM) == 0)
		fail_hint(f, "start it with: systemctl start switchd, or: switchd --socket %s",
			  SOCKET_OF_SYSTEM);
	else
		fail_hint(f, "start it with: switchd --socket %s", r->path);
	fail_hint(f,
		  "or name the socket of a running one: swctl --socket PATH (or SWITCHD_SOCKET)");
	return STATUS_UNREACHABLE;
}

int rpc_open(struct rpc *r, struct fail *f)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	/* connect() waits only where the daemon's backlog is full; this is its deadline */
	struct timeval tv = {.tv_sec = (time_t)r->timeout_s};

	if (r->fd >= 0)
		return 0;
	if (strlen(r->path) >= sizeof(addr.sun_path))
		return fail_set(f, STATUS_USAGE,
				"the socket's path \"%s\" has %zu characters; at most %zu fit",
				r->path, strlen(r->path), sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, r->path, strlen(r->path));
	tv.tv_usec = (suseconds_t)((r->timeout_s - (double)tv.tv_sec) * 1e6);
	r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return cannot_connect(r, errno, f);
	(void)setsockopt(r->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(r->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int code = errno;

		rpc_close(r);
		return cannot_connect(r, code, f);
	}
	return 0;
}

static int lost(const struct rpc *r, int code, struct fail *f)
{
	if (code)
		return fail_set(f, STATUS_UNREACHABLE, "the connection to switchd at %s broke: %s",
				r->path, strerror(code));
	return fail_set(f, STATUS_UNREACHABLE, "switchd at %s closed the connection%s", r->path,
			r->len ? " in the middle of an answer"
			       : ": it was stopped, or dropped this client");
}

static int too_slow(const struct rpc *r, struct fail *f)
{
	fail_set(f, STATUS_UNREACHABLE, "switchd at %s did not answer within %gs", r->path,
		 r->timeout_s);
	fail_hint(f, "it is busy or hangs; --timeout SECONDS waits longer");
	return STATUS_UNREACHABLE;
}

static int send_all(struct rpc *r, const char *p, size_t len, double deadline, struct fail *f)
{
	while (len) {
		int rc = wait_for(r, r->fd, POLLOUT, deadline);

		if (rc <= 0)
			return rc ? stopped(f) : too_slow(r, f);
		ssize_t n = send(r->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return lost(r, errno == EPIPE || errno == ECONNRESET ? 0 : errno, f);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

unsigned rpc_take_fds(struct rpc *r, int fd[RPC_FDS])
{
	unsigned n = r->n_fds;

	memcpy(fd, r->fds, n * sizeof(fd[0]));
	r->n_fds = 0;
	return n;
}

/* What comes along and is not expected is closed. */
static void keep_fds(struct rpc *r, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (r->n_fds < RPC_FDS)
				r->fds[r->n_fds++] = fd;
			else
				close(fd);
		}
	}
}

/* recv(), which descriptors may come along with. */
static ssize_t receive(struct rpc *r, char *to, size_t room)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(RPC_FDS * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = to, .iov_len = room};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(r->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n >= 0)
		keep_fds(r, &msg);
	return n;
}

/* Reads what there is into the buffer. */
static int fill_now(struct rpc *r, struct fail *f)
{
	if (r->len > LINE_MAX_BYTES)
		return fail_set(f, STATUS_UNREACHABLE,
				"an answer from %s is longer than %d MiB: that is no switchd",
				r->path, LINE_MAX_BYTES >> 20);
	if (r->room - r->len < READ_CHUNK) {
		r->room = r->room * 2 + READ_CHUNK;
		r->buf = need(realloc(r->buf, r->room));
	}
	ssize_t n = receive(r, r->buf + r->len, r->room - r->len);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return lost(r, 0, f);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : lost(r, errno, f);
	r->len += (size_t)n;
	return 0;
}

/* The same, waiting until there is something. */
static int fill(struct rpc *r, double deadline, struct fail *f)
{
	int rc = wait_for(r, r->fd, POLLIN, deadline);

	if (rc <= 0)
		return rc ? stopped(f) : too_slow(r, f);
	return fill_now(r, f);
}

static int malformed(const struct rpc *r, const char *why, struct fail *f)
{
	return fail_set(f, STATUS_UNREACHABLE,
			"what listens on %s does not speak as switchd does: %s", r->path, why);
}

/* The end of the first line that is in the buffer, or NULL; what was searched once is not again. */
static char *line_end(struct rpc *r)
{
	char *end = r->len ? memchr(r->buf + r->searched, '\n', r->len - r->searched) : NULL;

	if (!end)
		r->searched = r->len;
	return end;
}

/* That line as an object. */
static int take_line(struct rpc *r, const char *end, json_t **message, struct fail *f)
{
	json_error_t error;
	size_t len = (size_t)(end - r->buf);

	*message = json_loadb(r->buf, len, 0, &error);
	r->searched = 0;
	r->len -= len + 1;
	memmove(r->buf, end + 1, r->len);
	if (!*message)
		return malformed(r, error.text, f);
	if (json_is_object(*message))
		return 0;
	json_decref(*message);
	*message = NULL;
	return malformed(r, "an object was expected", f);
}

/* The next line as an object, waiting for the rest of it. */
static int read_line(struct rpc *r, double deadline, json_t **message, struct fail *f)
{
	const char *end;

	while (!(end = line_end(r))) {
		int rc = fill(r, deadline, f);

		if (rc)
			return rc;
	}
	return take_line(r, end, message, f);
}

/* Waits for the answer to request `id`; events that come in between are not for this caller. */
static int read_answer(struct rpc *r, json_int_t id, double deadline, json_t **result,
		       struct fail *f)
{
	json_t *msg, *error;
	int rc;

	for (;;) {
		rc = read_line(r, deadline, &msg, f);
		if (rc)
			return rc;
		const json_t *got = json_object_get(msg, "id");
		if (json_is_integer(got) && json_integer_value(got) == id)
			break;
		/* a request it could not read is answered with a null id: that is ours as well */
		if (json_is_null(got) && json_object_get(msg, "error"))
			break;
		json_decref(msg);
	}
	error = json_object_get(msg, "error");
	*result = json_incref(json_object_get(msg, "result"));
	if (json_is_object(error))
		rc = fail_from_daemon(f, error);
	else if (!json_is_object(*result))
		rc = malformed(r, "an answer without a result", f);
	json_decref(msg);
	if (rc) {
		json_decref(*result);
		*result = NULL;
	}
	return rc;
}

/* Connects, where that is still to be done, and sends the request with a new id, r->last_id. */
static int ask(struct rpc *r, const char *method, json_t *params, double deadline, struct fail *f)
{
	json_t *request = need(json_pack("{s:s, s:I, s:s}", "jsonrpc", "2.0", "id", ++r->last_id,
					 "method", method));
	size_t len;
	char *line;
	int rc;

	if (params)
		json_object_set_new(request, "params", params);
	line = need(json_dumps(request, JSON_COMPACT));
	json_decref(request);
	len = strlen(line);
	line[len++] = '\n'; /* in place of the NUL */
	if (len > REQUEST_MAX)
		rc = fail_set(f, STATUS_REFUSED,
			      "the request has %zu bytes; switchd takes at most %d", len,
			      REQUEST_MAX);
	else
		rc = rpc_open(r, f);
	if (!rc)
		rc = send_all(r, line, len, deadline, f);
	free(line);
	return rc;
}

int rpc_call(struct rpc *r, const char *method, json_t *params, json_t **result, struct fail *f)
{
	double deadline = now() + r->timeout_s;
	int rc;

	*result = NULL;
	rc = ask(r, method, params, deadline, f);
	return rc ? rc : read_answer(r, r->last_id, deadline, result, f);
}

int rpc_ask(struct rpc *r, const char *method, json_t *params, struct fail *f)
{
	return ask(r, method, params, now(), f);
}

int rpc_look(struct rpc *r, json_t **message, struct fail *f)
{
	const char *end;
	size_t before;

	*message = NULL;
	while (!(end = line_end(r))) {
		int rc;

		before = r->len;
		rc = fill_now(r, f);
		if (rc || r->len == before)
			return rc;
	}
	return take_line(r, end, message, f);
}

int rpc_next(struct rpc *r, json_t **message, struct fail *f)
{
	return read_line(r, FOREVER, message, f);
}

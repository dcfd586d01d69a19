/* SPDX-License-Identifier: ISC */
/*
 * client.c - lines in, lines out, and nobody waited for.
 *
 * Theory of operation.  What a client sends is gathered in its buffer.  While any client has a
 * whole line, the `turn` handle keeps the loop from sleeping; each time round the loop it carries
 * out one request, or one element of a batch, of the next client that has one.  A client whose
 * buffer holds a whole line is not read from, so its own pipe holds the rest back.
 *
 * A line that is so long that taking it apart would be felt is taken apart aside (port/aside.h), as is
 * what follows from it, while frames go on.
 */
#include "ctl/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <utlist.h>

#include "port/capture.h"

enum { READ_CHUNK = 65536 };

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf);
static void rest(struct client *cl);

/* ---- clients ---- */

static void count_listeners(struct control *c)
{
	const struct client *cl;
	uint64_t kinds = 0;
	unsigned n = 0;

	DL_FOREACH (c->clients, cl) {
		if (!cl->subscribed)
			continue;
		n++;
		kinds |= cl->filter.kinds;
	}
	hub_listeners(&c->hub, n, kinds);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *cl = h->data;

	free(cl->buf);
	free(cl);
}

/* fn(arg), beside the frames where the client's line was a long one. */
static int aside_if_long(struct client *cl, bool is_long, int (*fn)(void *arg), void *arg)
{
	return is_long ? datapath_await(cl->c->dp, fn, arg) : fn(arg);
}

static int abort_aside(void *arg)
{
	rpc_abort(arg);
	return 0;
}

static void abort_job(struct client *cl)
{
	(void)aside_if_long(cl, cl->job.is_long, abort_aside, &cl->job);
}

void client_drop(struct client *cl)
{
	struct control *c = cl->c;

	if (cl->closing)
		return;
	cl->closing = true;
	DL_DELETE(c->clients, cl);
	if (cl->refused)
		c->lingering--;
	else
		c->count--;
	client_set_capture(cl, NULL);
	abort_job(cl);
	log_settle(&cl->changes, LOGL_INFO);
	if (cl->subscribed)
		count_listeners(c);
	uv_close((uv_handle_t *)&cl->pipe, on_client_closed);
}

struct client_id client_id(const struct client *cl)
{
	return cl->id;
}

void client_subscribe(struct client *cl, const struct hub_filter *filter)
{
	cl->subscribed = filter != NULL;
	cl->quota = (struct hub_quota){0};
	if (filter)
		cl->filter = *filter;
	count_listeners(cl->c);
}

/* ---- captures ---- */

struct capture *client_capture(const struct client *cl)
{
	return cl->capture;
}

bool client_may_capture(const struct client *cl)
{
	return !cl->subscribed && !uv_stream_get_write_queue_size((const uv_stream_t *)&cl->pipe) &&
	       rpc_is_single(&cl->job);
}

void client_set_capture(struct client *cl, struct capture *capture)
{
	if (cl->capture)
		capture_end(cl->capture);
	cl->capture = capture;
	cl->hand_over = capture != NULL;
}

/*
 * libuv sends no descriptors through a pipe that was not made for it, and one that was made for it would let clients send us some.
 * So the beginning of the answer goes past libuv, as much as the socket takes; client_may_capture() has seen to it that
 * libuv has nothing to send before.  How much went; -1: the client cannot be served.
 */
static ssize_t send_descriptors(struct client *cl, const char *line, size_t len)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(CAPTURE_FDS * sizeof(int))];
	} control = {.room = {0}};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)line, .iov_len = len};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	int fd[CAPTURE_FDS], to;
	ssize_t n;

	cl->hand_over = false;
	if (uv_fileno((uv_handle_t *)&cl->pipe, &to))
		return -1;
	capture_fds(cl->capture, fd);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.head), fd, sizeof(fd));
	do
		n = sendmsg(to, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		log_warning("control client (pid %d) cannot be sent its capture: %s; dropped",
			    (int)cl->id.pid, strerror(errno));
	return n;
}

/* ---- sending ---- */

struct write_job {
	uv_write_t req;
	char *line;
};

static void free_write(struct write_job *w)
{
	free(w->line);
	free(w);
}

static void on_written(uv_write_t *req, int status)
{
	struct client *cl = req->handle->data;

	free_write(req->data); /* which req is part of */
	if (status < 0)
		client_drop(cl);
	else
		rest(cl);
}

/* Sends line and frees it when it was sent: an answer may have megabytes, which are not copied. */
static void send_own(struct client *cl, char *line)
{
	static char newline[] = "\n";
	size_t len = line ? strlen(line) : 0;
	ssize_t sent = 0;
	struct write_job *w = NULL;

	if (cl->closing || !line) {
		free(line);
		return;
	}
	/* one answer is owed however long it is; what counts is whether the ones before were read */
	size_t waiting = uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe);
	if (waiting && waiting + len > CLIENT_BACKLOG_MAX)
		log_warning("control client (pid %d) does not read what it asked for; dropped",
			    (int)cl->id.pid);
	else
		w = malloc(sizeof(*w));
	if (w && cl->hand_over)
		sent = send_descriptors(cl, line, len);
	if (sent < 0) {
		free(w);
		w = NULL;
	}
	if (!w) {
		free(line);
		client_drop(cl);
		return;
	}
	w->line = line;
	w->req.data = w;
	const uv_buf_t bufs[] = {uv_buf_init(line + sent, (unsigned)len - (unsigned)sent),
				 uv_buf_init(newline, 1)};
	if (uv_write(&w->req, (uv_stream_t *)&cl->pipe, bufs, 2, on_written)) {
		free_write(w);
		client_drop(cl);
	}
}

void client_send(struct client *cl, const char *line)
{
	char *own = strdup(line);

	if (own)
		send_own(cl, own);
	else
		client_drop(cl);
}

/* ---- receiving ---- */

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
	struct client *cl = h->data;

	(void)hint;
	if (cl->room - cl->len < READ_CHUNK) {
		char *bigger = realloc(cl->buf, cl->len + READ_CHUNK);

		if (!bigger) {
			*buf = uv_buf_init(NULL, 0);
			return;
		}
		cl->buf = bigger;
		cl->room = cl->len + READ_CHUNK;
	}
	*buf = uv_buf_init(cl->buf + cl->len, READ_CHUNK);
}

/* The newline behind the first line, or NULL; what was searched once is not searched again. */
static char *line_end(struct client *cl)
{
	char *nl = NULL;

	if (cl->len > cl->searched)
		nl = memchr(cl->buf + cl->searched, '\n', cl->len - cl->searched);
	cl->searched = nl ? (size_t)(nl - cl->buf) : cl->len;
	return nl;
}

/* Is there a request to be carried out? */
static bool has_work(struct client *cl)
{
	return cl->working || cl->len > RPC_LINE_MAX || line_end(cl);
}

static void wake(struct control *c)
{
	if (!uv_is_active((uv_handle_t *)&c->turn))
		uv_idle_start(&c->turn, clients_take_turns);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct client *cl = s->data;

	(void)buf;
	if (n > 0 && cl->refused)
		return;
	if (n > 0) {
		cl->len += (size_t)n;
		if (has_work(cl)) {
			uv_read_stop(s);
			wake(cl->c);
		}
		return;
	}
	if (n == UV_EOF && cl->len) {
		cl->buf[cl->len++] =
			'\n';	/* on_alloc() left room; the last line may lack its own */
		cl->eof = true; /* like `echo ... | socat`: it still wants its answer */
		uv_read_stop(s);
		wake(cl->c);
	} else if (n == UV_EOF && uv_stream_get_write_queue_size(s)) {
		cl->eof = true;
		uv_read_stop(s);
	} else if (n != 0) {
		client_drop(cl);
	}
}

struct line {
	struct rpc_job *job;
	const char *text;
	size_t len;
};

static int begin_aside(void *arg)
{
	struct line *line = arg;

	rpc_begin(line->job, line->text, line->len);
	return 0;
}

/* Takes the first line out of the buffer and makes it the client's job.  False: there is none. */
static bool next_job(struct client *cl)
{
	char *nl = line_end(cl);
	size_t len = nl ? (size_t)(nl - cl->buf) : cl->len;

	if (!nl && cl->len <= RPC_LINE_MAX)
		return false;
	if (len && cl->buf[len - 1] == '\r')
		len--;
	struct line line = {&cl->job, cl->buf, len};
	if (len)
		(void)aside_if_long(cl, len > RPC_LONG, begin_aside, &line);
	cl->working = len > 0;
	cl->asked = false;
	size_t used = nl ? (size_t)(nl - cl->buf) + 1 : cl->len;
	memmove(cl->buf, cl->buf + used, cl->len - used);
	cl->len -= used;
	cl->searched = 0;
	return true;
}

struct log_line {
	const json_t *params;
	char *text;
};

static int dump_aside(void *arg)
{
	struct log_line *l = arg;

	l->text = json_dumps(l->params, JSON_COMPACT);
	return 0;
}

static void log_change(void *client, const struct rpc_method *m, const json_t *params)
{
	struct client *cl = client;
	struct log_line l = {.params = params};

	(void)aside_if_long(cl, cl->job.is_long, dump_aside, &l);
	log_say(&cl->changes, LOGL_INFO, "%s %.200s, asked by pid %d (uid %d, gid %d)", m->name,
		l.text ? l.text : "", (int)cl->id.pid, (int)cl->id.uid, (int)cl->id.gid);
	free(l.text);
}

static int do_aside(void *ctx, int (*fn)(void *arg), void *arg)
{
	struct control *c = ctx;

	return datapath_await(c->dp, fn, arg);
}

static void breathe(void *ctx)
{
	struct control *c = ctx;

	datapath_breathe(c->dp);
}

static int finish_aside(void *arg)
{
	struct rpc_job *job = arg;

	rpc_done(job);
	return 0;
}

/* One request of one client. */
static void work(struct client *cl)
{
	const struct rpc_env env = {
		.tables = control_methods,
		.ctx = cl->c,
		.log = log_change,
		.aside = do_aside,
		.breathe = breathe,
	};
	bool too_long = cl->len > RPC_LINE_MAX && !line_end(cl);

	if (!cl->working && !next_job(cl))
		return;
	if (!cl->working || rpc_step(&cl->job, &env, cl)) /* an empty line, or more of a batch */
		return;
	cl->working = false;
	(void)aside_if_long(cl, cl->job.is_long, finish_aside, &cl->job);
	send_own(cl, rpc_finish(&cl->job));
	if (too_long) /* where the next line begins is anybody's guess */
		cl->eof = true;
}

/* Nothing is left to be done for it now: let it go if it said goodbye, else listen. */
static void rest(struct client *cl)
{
	if (cl->closing || has_work(cl))
		return;
	if (cl->eof && !uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe))
		client_drop(cl);
	else if (!cl->eof)
		client_listen(cl);
}

/* What happened before a client asked is told before it is answered. */
static bool may_answer(struct client *cl)
{
	const struct hub *hub = &cl->c->hub;

	if (cl->working || !cl->subscribed)
		return true;
	if (!cl->asked) {
		cl->asked = true;
		cl->after = hub_now(hub);
	}
	return hub_has_told(hub, cl->after);
}

/* The first client that has work gets its turn and goes to the end of the line. */
void clients_take_turns(uv_idle_t *idle)
{
	struct control *c = idle->data;
	struct client *cl;
	bool any = false;

	DL_FOREACH (c->clients, cl) {
		if (!has_work(cl))
			continue;
		any = true;
		if (may_answer(cl))
			break;
	}
	if (!any)
		uv_idle_stop(idle);
	if (!cl)
		return;
	DL_DELETE(c->clients, cl);
	DL_APPEND(c->clients, cl);
	work(cl);
	rest(cl);
}

void client_listen(struct client *cl)
{
	uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read);
}

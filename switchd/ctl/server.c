/* SPDX-License-Identifier: ISC */
/*
 * server.c - lines in, lines out, and nobody waited for.
 *
 * Theory of operation.  What a client sends is gathered in its buffer.  While any client has a
 * whole line, the `turn` handle keeps the loop from sleeping; each time round the loop it carries
 * out one request, or one element of a batch, of the next client that has one.  A client whose
 * buffer holds a whole line is not read from, so its own pipe holds the rest back.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "ctl/control.h"
#include "ctl/sockpath.h"
#include "port/log.h"

enum {
	READ_CHUNK = 65536,
	BACKLOG = 16,
	LINGERING_MAX = 64,   /* clients refused that have not hung up */
	CHANGES_LOGGED = 200, /* of one client in LOG_PERIOD_S */
};

struct client {
	uv_pipe_t pipe;
	struct control *c;
	struct client *prev, *next;
	struct client_id id;
	struct hub_filter filter;
	bool subscribed;
	bool closing;
	bool eof;     /* it said all it had to say; its answers are still owed */
	bool refused; /* one too many */
	uv_shutdown_t bye;
	bool working;
	struct log_site changes; /* who changes much is told of more than who repeats himself */
	struct rpc_job job;
	char *buf; /* what came and was not taken apart yet */
	size_t len, room;
	size_t searched; /* bytes of it that are known to hold no newline */
};

static void take_turns(uv_idle_t *idle);
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf);
static void rest(struct client *cl);

/* ---- clients ---- */

static void count_listeners(struct control *c)
{
	const struct client *cl;
	unsigned n = 0;

	DL_FOREACH (c->clients, cl)
		n += cl->subscribed;
	hub_listeners(&c->hub, n);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *cl = h->data;

	free(cl->buf);
	free(cl);
}

static void drop_client(struct client *cl)
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
	rpc_abort(&cl->job);
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
	if (filter)
		cl->filter = *filter;
	count_listeners(cl->c);
}

/* ---- sending ---- */

struct write_job {
	uv_write_t req;
	char text[]; /* the line and its newline */
};

static void on_written(uv_write_t *req, int status)
{
	struct client *cl = req->handle->data;

	free(req->data); /* which req is part of */
	if (status < 0)
		drop_client(cl);
	else
		rest(cl);
}

static void send_line(struct client *cl, const char *line)
{
	size_t len = strlen(line);
	struct write_job *w;
	uv_buf_t buf;

	if (cl->closing)
		return;
	/* one answer is owed however long it is; what counts is whether the ones before were read */
	size_t waiting = uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe);
	if (waiting && waiting + len > CLIENT_BACKLOG_MAX) {
		log_warning("control client (pid %d) does not read what it asked for; dropped",
			    (int)cl->id.pid);
		drop_client(cl);
		return;
	}
	w = malloc(sizeof(*w) + len + 1);
	if (!w) {
		drop_client(cl);
		return;
	}
	memcpy(w->text, line, len);
	w->text[len] = '\n';
	w->req.data = w;
	buf = uv_buf_init(w->text, (unsigned)len + 1);
	if (uv_write(&w->req, (uv_stream_t *)&cl->pipe, &buf, 1, on_written)) {
		free(w);
		drop_client(cl);
	}
}

static void deliver_event(void *owner, const struct hub_event *ev, const char *line)
{
	struct control *c = owner;
	struct client *cl, *next;

	DL_FOREACH_SAFE (c->clients, cl, next)
		if (cl->subscribed && hub_matches(&cl->filter, ev))
			send_line(cl, line);
}

static void deliver_overflow(void *owner, const char *line)
{
	struct control *c = owner;
	struct client *cl, *next;

	DL_FOREACH_SAFE (c->clients, cl, next)
		if (cl->subscribed)
			send_line(cl, line);
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
		uv_idle_start(&c->turn, take_turns);
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
		drop_client(cl);
	}
}

/* Takes the first line out of the buffer and makes it the client's job.  False: there is none. */
static bool next_job(struct client *cl)
{
	char *nl = line_end(cl);
	size_t line = nl ? (size_t)(nl - cl->buf) : cl->len;

	if (!nl && cl->len <= RPC_LINE_MAX)
		return false;
	if (line && cl->buf[line - 1] == '\r')
		line--;
	if (line)
		rpc_begin(&cl->job, cl->buf, line);
	cl->working = line > 0;
	size_t used = nl ? (size_t)(nl - cl->buf) + 1 : cl->len;
	memmove(cl->buf, cl->buf + used, cl->len - used);
	cl->len -= used;
	cl->searched = 0;
	return true;
}

static void log_change(void *client, const struct rpc_method *m, const json_t *params)
{
	struct client *cl = client;
	char *text = json_dumps(params, JSON_COMPACT);

	log_say(&cl->changes, LOGL_INFO, "%s %.200s, asked by pid %d (uid %d, gid %d)", m->name,
		text ? text : "", (int)cl->id.pid, (int)cl->id.uid, (int)cl->id.gid);
	free(text);
}

/* One request of one client. */
static void work(struct client *cl)
{
	const struct rpc_env env = {
		.tables = control_methods,
		.ctx = cl->c,
		.log = log_change,
	};
	bool too_long = cl->len > RPC_LINE_MAX && !line_end(cl);

	if (!cl->working && !next_job(cl))
		return;
	if (!cl->working || rpc_step(&cl->job, &env, cl)) /* an empty line, or more of a batch */
		return;
	cl->working = false;
	char *reply = rpc_finish(&cl->job);
	if (reply)
		send_line(cl, reply);
	free(reply);
	if (too_long) /* where the next line begins is anybody's guess */
		cl->eof = true;
}

/* Nothing is left to be done for it now: let it go if it said goodbye, else listen. */
static void rest(struct client *cl)
{
	if (cl->closing || has_work(cl))
		return;
	if (cl->eof && !uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe))
		drop_client(cl);
	else if (!cl->eof)
		uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read);
}

/* The first client that has work gets its turn and goes to the end of the line. */
static void take_turns(uv_idle_t *idle)
{
	struct control *c = idle->data;
	struct client *cl;

	DL_FOREACH (c->clients, cl)
		if (has_work(cl))
			break;
	if (!cl) {
		uv_idle_stop(idle);
		return;
	}
	DL_DELETE(c->clients, cl);
	DL_APPEND(c->clients, cl);
	work(cl);
	rest(cl);
}

/* ---- connecting ---- */

static void refuse(struct client *cl)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":%d,\"message\":"
		 "\"%d control clients are connected, which is as many as may be\",\"data\":{}}}",
		 RPC_LIMIT, CLIENTS_MAX);
	log_warning("control client (pid %d) refused: there are %d", (int)cl->id.pid, CLIENTS_MAX);
	/*
	 * Closing with his request unread would make the kernel throw our answer away: what he sends is
	 * read and forgotten until he hangs up.  Not for any number of them.
	 */
	cl->refused = true;
	cl->c->count--;
	cl->c->lingering++;
	send_line(cl, line);
	if (cl->c->lingering > LINGERING_MAX)
		drop_client(cl);
	else if (!cl->closing) {
		uv_shutdown(&cl->bye, (uv_stream_t *)&cl->pipe, NULL);
		uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read);
	}
}

static void identify(struct client *cl)
{
	struct ucred cred = {.pid = -1};
	socklen_t len = sizeof(cred);
	int fd;

	if (uv_fileno((uv_handle_t *)&cl->pipe, &fd) == 0)
		(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	cl->id = (struct client_id){cred.pid, cred.uid, cred.gid};
}

static void on_connection(uv_stream_t *s, int status)
{
	struct control *c = s->data;
	struct client *cl;

	if (status < 0)
		return;
	cl = calloc(1, sizeof(*cl));
	if (!cl)
		return;
	cl->c = c;
	cl->changes.burst = CHANGES_LOGGED;
	cl->pipe.data = cl;
	uv_pipe_init(c->loop, &cl->pipe, 0);
	DL_APPEND(c->clients, cl);
	c->count++;
	if (uv_accept(s, (uv_stream_t *)&cl->pipe)) {
		drop_client(cl);
		return;
	}
	identify(cl);
	if (c->count > CLIENTS_MAX)
		refuse(cl);
	else
		uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read);
}

/* ---- the socket ---- */

int control_settings(struct control *c, struct err *e)
{
	const char *name = c->daemon.control_group;
	const struct group *gr;
	uint32_t gid = getegid();

	gr = getgrnam(name);
	if (gr)
		gid = gr->gr_gid;
	else if (name[0] && !id_parse(name, &gid)) {
		err_set(e, ENOENT, "there is no group \"%s\"", name);
		err_at(e, "control.group");
		return -ENOENT;
	}
	if (chown(c->path, (uid_t)-1, gid))
		return err_set(e, errno, "cannot give the socket %s to group %s: %s", c->path, name,
			       strerror(errno));
	if (!c->log_level)
		log_set_level((enum log_level)log_level_find(c->daemon.log_level));
	return 0;
}

static int bind_socket(struct control *c, struct err *e)
{
	mode_t mask = umask(0117); /* 0660 from the start: no moment in which others may connect */
	int rc = uv_pipe_bind(&c->listener, c->path);
	umask(mask);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection);
	if (rc)
		return err_set(e, -rc, "cannot listen at %s: %s", c->path, uv_strerror(rc));
	return control_settings(c, e);
}

int control_listen(struct control *c, uv_loop_t *loop, struct err *e)
{
	int dir, rc;

	dir = sockpath_claim(c->path, e);
	if (dir < 0)
		return dir;
	c->loop = loop;
	c->hub.owner = c;
	c->hub.deliver = deliver_event;
	c->hub.overflow = deliver_overflow;
	uv_pipe_init(loop, &c->listener, 0);
	uv_idle_init(loop, &c->turn);
	c->listener.data = c->turn.data = c;
	rc = bind_socket(c, e);
	if (rc)
		control_close(c);
	close(dir);
	return rc;
}

void control_close(struct control *c)
{
	struct client *cl, *next;

	DL_FOREACH_SAFE (c->clients, cl, next)
		drop_client(cl);
	uv_close((uv_handle_t *)&c->turn, NULL);
	uv_close((uv_handle_t *)&c->listener, NULL); /* libuv removes the socket's name */
}

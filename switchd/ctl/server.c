/* SPDX-License-Identifier: ISC */
/*
 * server.c - the control socket, and who may connect to it.
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

#include "ctl/client.h"
#include "port/sockpath.h"

enum {
	BACKLOG = 16,
	LINGERING_MAX = 64,   /* clients refused that have not hung up */
	CHANGES_LOGGED = 200, /* of one client in LOG_PERIOD_S */
};

/* ---- events ---- */

static bool event_wanted(void *owner, const struct hub_event *ev)
{
	const struct control *c = owner;
	const struct client *cl;

	DL_FOREACH (c->clients, cl)
		if (cl->subscribed && hub_matches(&cl->filter, ev))
			return true;
	return false;
}

/* To one who may have said that he wants no more than so many a second. */
static void deliver_to(struct client *cl, const struct hub_event *ev, const char *line)
{
	uint64_t lost;
	char *told;

	if (!hub_may_send(&cl->filter, &cl->quota, ev->time, &lost))
		return;
	told = lost ? hub_lost_line(lost) : NULL;
	if (told)
		client_send(cl, told);
	free(told);
	if (!cl->closing)
		client_send(cl, line);
}

static void deliver_event(void *owner, const struct hub_event *ev, const char *line)
{
	struct control *c = owner;
	struct client *cl, *next;

	DL_FOREACH_SAFE (c->clients, cl, next)
		if (cl->subscribed && hub_matches(&cl->filter, ev))
			deliver_to(cl, ev, line);
}

static void deliver_overflow(void *owner, const char *line)
{
	struct control *c = owner;
	struct client *cl, *next;

	DL_FOREACH_SAFE (c->clients, cl, next)
		if (cl->subscribed)
			client_send(cl, line);
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
	client_send(cl, line);
	if (cl->c->lingering > LINGERING_MAX)
		client_drop(cl);
	else if (!cl->closing) {
		uv_shutdown(&cl->bye, (uv_stream_t *)&cl->pipe, NULL);
		client_listen(cl);
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
		client_drop(cl);
		return;
	}
	identify(cl);
	if (c->count > CLIENTS_MAX)
		refuse(cl);
	else
		client_listen(cl);
}

/* ---- the socket ---- */

struct group_job {
	const char *name;
	uint32_t gid;
};

/* Groups may be kept by a server, which takes its time: this is done aside. */
static int find_group(void *arg)
{
	struct group_job *job = arg;
	const struct group *gr = getgrnam(job->name);

	if (gr)
		job->gid = gr->gr_gid;
	return gr || id_parse(job->name, &job->gid) ? 0 : -ENOENT;
}

int control_settings(struct control *c, struct err *e)
{
	struct group_job job = {.name = c->daemon.control_group, .gid = getegid()};
	struct sockpath_rights rights = {.mode = (mode_t)-1, .uid = (uid_t)-1};
	int rc;

	if (job.name[0] && datapath_await(c->dp, find_group, &job)) {
		err_set(e, ENOENT, "there is no group \"%s\"", job.name);
		err_at(e, "control.group");
		return -ENOENT;
	}
	rights.gid = job.gid;
	rc = sockpath_give(c->path, S_IFSOCK, &rights);
	if (rc)
		return err_set(e, -rc, "cannot give the socket %s to group %s: %s", c->path,
			       job.name, strerror(-rc));
	busy_set(&c->dp->busy, c->daemon.busy_poll_us);
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

	dir = sockpath_claim(c->path, SOCK_STREAM, "choose another path with --socket", e);
	if (dir < 0)
		return dir;
	c->loop = loop;
	c->hub.owner = c;
	c->hub.wanted = event_wanted;
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
		client_drop(cl);
	uv_close((uv_handle_t *)&c->turn, NULL);
	uv_close((uv_handle_t *)&c->listener, NULL); /* libuv removes the socket's name */
}

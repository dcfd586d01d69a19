/* SPDX-License-Identifier: ISC */
#include "port/watch.h"

#include <errno.h>
#include <stdlib.h>

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	(void)events;
	if (status == 0) {
		w->readable(w->owner);
		return;
	}
	/* the handle is stopped now; failed() may have stopped or restarted the watch itself */
	if (w->failed(w->owner) && w->poll == poll)
		uv_poll_start(poll, UV_READABLE, on_poll);
}

int watch_start(struct watch *w, uv_loop_t *loop, int fd, struct err *e)
{
	int rc;

	w->poll = malloc(sizeof(*w->poll));
	if (!w->poll)
		return err_set(e, ENOMEM, "no memory to watch a descriptor");
	rc = uv_poll_init(loop, w->poll, fd);
	if (rc) {
		free(w->poll);
		w->poll = NULL;
		return err_set(e, -rc, "the event loop cannot watch descriptor %d: %s", fd,
			       uv_strerror(rc));
	}
	w->poll->data = w;
	uv_poll_start(w->poll, UV_READABLE, on_poll);
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	free(h);
}

void watch_stop(struct watch *w)
{
	if (!w->poll)
		return;
	uv_poll_stop(w->poll);
	uv_close((uv_handle_t *)w->poll, on_closed);
	w->poll = NULL;
}

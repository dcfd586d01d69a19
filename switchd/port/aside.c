/* SPDX-License-Identifier: ISC */
#include "port/aside.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void run(void *arg)
{
	struct aside *a = arg;

	a->rc = a->fn(a->arg);
	(void)eventfd_write(a->done.fd, 1); /* cannot fail: the counter is at 0 */
}

static void on_done(void *owner)
{
	struct aside *a = owner;
	eventfd_t n;

	if (eventfd_read(a->done.fd, &n) == 0)
		a->busy = false;
}

int aside_open(struct aside *a, struct poller *p, struct err *e)
{
	a->done = (struct source){
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.owner = a,
		.readable = on_done,
		.failed = on_done,
	};
	if (a->done.fd < 0)
		return err_set(e, errno, "cannot make an eventfd: %s", strerror(errno));
	int rc = poller_add(p, &a->done, e);
	if (rc)
		close(a->done.fd);
	return rc;
}

void aside_close(struct aside *a, struct poller *p)
{
	poller_del(p, &a->done);
	close(a->done.fd);
}

void aside_start(struct aside *a, int (*fn)(void *arg), void *arg)
{
	a->fn = fn;
	a->arg = arg;
	a->busy = true;
	a->started = uv_thread_create(&a->thread, run, a) == 0;
	if (!a->started) /* no thread to be had: frames wait */
		run(a);
}

int aside_finish(struct aside *a)
{
	if (a->started)
		uv_thread_join(&a->thread);
	return a->rc;
}

/* SPDX-License-Identifier: ISC */
#include "port/poller.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

int poller_open(struct poller *p, struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->fd = epoll_create1(EPOLL_CLOEXEC);
	return p->fd >= 0 ? 0 : err_set(e, errno, "cannot make an epoll set: %s", strerror(errno));
}

void poller_close(struct poller *p)
{
	close(p->fd);
	p->fd = -1;
}

static int control(struct poller *p, int op, struct source *s)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = s};

	return epoll_ctl(p->fd, op, s->fd, &ev);
}

int poller_add(struct poller *p, struct source *s, struct err *e)
{
	if (control(p, EPOLL_CTL_ADD, s))
		return err_set(e, errno, "cannot watch descriptor %d: %s", s->fd, strerror(errno));
	s->added = true;
	return 0;
}

static void forget_ready(struct poller *p, const struct source *s)
{
	for (int i = p->next; i < p->count; i++)
		if (p->ready[i].data.ptr == s)
			p->ready[i].data.ptr = NULL;
}

static void mute(struct poller *p, struct source *s)
{
	(void)control(p, EPOLL_CTL_DEL, s);
	s->muted = true;
	LL_PREPEND2(p->muted, s, next_muted);
}

static void unmute(struct poller *p, struct source *s)
{
	s->muted = false;
	LL_DELETE2(p->muted, s, next_muted);
}

void poller_del(struct poller *p, struct source *s)
{
	if (!s->added)
		return;
	s->added = false;
	forget_ready(p, s);
	if (s->muted)
		unmute(p, s);
	else
		(void)control(p, EPOLL_CTL_DEL, s);
}

bool poller_pending(struct poller *p)
{
	while (p->next < p->count && !p->ready[p->next].data.ptr) /* removed since */
		p->next++;
	return p->next < p->count;
}

bool poller_wait(struct poller *p, int timeout_ms)
{
	if (poller_pending(p))
		return true;
	p->next = 0;
	p->count = epoll_wait(p->fd, p->ready, POLLER_BATCH, timeout_ms);
	return p->count > 0;
}

bool poller_serve(struct poller *p)
{
	while (p->next < p->count) {
		const struct epoll_event *ev = &p->ready[p->next++];
		struct source *s = ev->data.ptr;
		bool frames = s && (ev->events & EPOLLIN) && s->failed;

		if (!s)
			continue;
		if (p->quiet && !frames)
			mute(p, s);
		else if (ev->events & EPOLLIN)
			s->readable(s->owner);
		else
			s->failed(s->owner);
		return true;
	}
	return false;
}

void poller_quiet(struct poller *p, bool on)
{
	p->quiet = on;
	while (!on && p->muted) {
		struct source *s = p->muted;

		unmute(p, s);
		(void)control(p, EPOLL_CTL_ADD, s);
	}
}

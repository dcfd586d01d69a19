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
	struct epoll_event ev = {
		.events = s->want_write ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.ptr = s,
	};

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
	if (s->has_more)
		LL_DELETE2(p->more, s, next_more);
	s->has_more = s->want_write = false;
}

void poller_want_write(struct poller *p, struct source *s, bool on)
{
	if (s->want_write == on)
		return;
	s->want_write = on;
	if (s->added && !s->muted)
		(void)control(p, EPOLL_CTL_MOD, s);
}

void poller_again(struct poller *p, struct source *s)
{
	if (s->has_more || !s->added)
		return;
	s->has_more = true;
	LL_APPEND2(p->more, s, next_more);
}

bool poller_pending(struct poller *p)
{
	while (p->next < p->count && !p->ready[p->next].data.ptr) /* removed since */
		p->next++;
	return p->next < p->count;
}

/* Those that have something in hand, behind those whose descriptors have. */
static void offer_again(struct poller *p)
{
	if (p->count < 0)
		p->count = 0;
	while (p->more && p->count < POLLER_READY) {
		struct source *s = p->more;

		LL_DELETE2(p->more, s, next_more);
		s->has_more = false;
		p->ready[p->count++] = (struct epoll_event){.events = EPOLLIN, .data.ptr = s};
	}
}

bool poller_wait(struct poller *p, int timeout_ms)
{
	if (poller_pending(p))
		return true;
	p->next = 0;
	p->count = epoll_wait(p->fd, p->ready, POLLER_BATCH, p->more ? 0 : timeout_ms);
	if (p->more)
		offer_again(p);
	return p->count > 0;
}

/* What else the event says is left to the next call: after this one, the source may be gone. */
static void write_first(struct poller *p, struct source *s, struct epoll_event *ev)
{
	ev->events &= ~(uint32_t)EPOLLOUT;
	if (ev->events)
		p->next--;
	s->writable(s->owner);
}

bool poller_serve(struct poller *p)
{
	while (p->next < p->count) {
		struct epoll_event *ev = &p->ready[p->next++];
		struct source *s = ev->data.ptr;
		bool frames = s && (ev->events & (EPOLLIN | EPOLLOUT)) && s->failed;

		if (!s)
			continue;
		if (p->quiet && !frames)
			mute(p, s);
		else if (ev->events & EPOLLOUT)
			write_first(p, s, ev);
		else if ((ev->events & EPOLLIN) || !s->failed)
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

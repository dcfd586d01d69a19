/* SPDX-License-Identifier: ISC */
/* capture.c - captures begin and end; which ports they look at. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mirror.h"
#include "port/capture_impl.h"
#include "port/datapath.h"
#include "port/port.h"

/* ---- memory ---- */

/* One page after the other: MAP_POPULATE would keep others from mapping anything until all are there. */
static void touch(void *at, uint64_t size)
{
	volatile uint8_t *p = at;

	for (uint64_t i = 0; i < size; i += 4096)
		p[i] = 0;
}

/*
 * Memory that can be shared by its descriptor, of which every page is there.  Where the client must not write, only
 * what is mapped by now is ever writable.  Kernels before 5.1 do not know that seal: what we believe of the memory
 * does not depend on it.
 */
static int share(const char *name, uint64_t size, bool only_ours, void **at)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (fallocate(fd, 0, 0, (off_t)size))
		goto fail;
	*at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*at == MAP_FAILED) {
		*at = NULL;
		goto fail;
	}
	touch(*at, size);
	if (only_ours)
		(void)fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	munmap(*at, size);
	*at = NULL;
fail:;
	int code = -errno;

	close(fd);
	return code;
}

static uint64_t ring_bytes(const struct capture *c)
{
	return CAPTURE_HEAD_SIZE + c->cfg.size;
}

/* In a thread: the kernel clears each page. */
static int make_memory(void *arg)
{
	struct capture *c = arg;

	c->ring_fd = share("switchd-capture", ring_bytes(c), true, &c->ring);
	if (c->ring_fd < 0)
		return c->ring_fd;
	c->place_fd = share("switchd-capture-place", CAPTURE_PLACE_SIZE, false, &c->place);
	if (c->place_fd < 0)
		return c->place_fd;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, c->wake) ? -errno
											   : 0;
}

/* Thousands of pages take milliseconds to give back: in a thread. */
static void free_memory(struct capture *c)
{
	if (c->ring_fd >= 0)
		datapath_close_mapped(c->dp, c->ring_fd, c->ring, ring_bytes(c));
	if (c->place)
		munmap(c->place, CAPTURE_PLACE_SIZE);
	if (c->place_fd >= 0)
		close(c->place_fd);
	for (int i = 0; i < 2; i++)
		if (c->wake[i] >= 0)
			close(c->wake[i]);
}

/* ---- who looks at which port ---- */

static bool covers_switch(const struct capture *c, const struct sw *sw)
{
	return !c->cfg.sw[0] || strcmp(c->cfg.sw, sw->name) == 0;
}

static bool covers(const struct capture *c, const struct port *p)
{
	if (!covers_switch(c, p->core.sw))
		return false;
	return !c->cfg.ports[0] || mirror_lists(c->cfg.ports, p->cfg.name) ||
	       (p->parent && mirror_lists(c->cfg.ports, p->parent->cfg.name));
}

static void look_at(const struct capture *c, struct port *p)
{
	struct port_taps *t = &p->taps;
	uint8_t bit = (uint8_t)(1 << c->slot);

	/* a frame that the port would not take may come in anywhere */
	t->rx |= (c->cfg.wants & CAPTURE_WANTS_DROPPED) && covers_switch(c, p->core.sw);
	if (!covers(c, p))
		return;
	if (c->cfg.wants & CAPTURE_WANTS_IN)
		t->in |= bit;
	if (c->cfg.wants & CAPTURE_WANTS_OUT)
		t->out |= bit;
	if (c->cfg.wants & CAPTURE_WANTS_DROPPED)
		t->dropped |= bit;
	t->rx |= t->in != 0;
	t->tx |= (t->out | t->dropped) != 0;
}

void captures_meet(struct port *p)
{
	struct captures *cs = &p->dp->captures;
	struct port_taps *t = &p->taps;

	if (!t->number)
		t->number = ++cs->ports;
	t->rx = t->tx = false;
	t->in = t->out = t->dropped = 0;
	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (cs->slot[i])
			look_at(cs->slot[i], p);
}

static void meet(struct port *p, void *arg)
{
	(void)arg;
	captures_meet(p);
}

/* A capture that begins knows nothing of what the last one in its place was told. */
static void forget(struct port *p, void *arg)
{
	const struct capture *c = arg;

	p->taps.named &= (uint8_t) ~(1u << c->slot);
	p->taps.seen[c->slot] = p->taps.lost[c->slot] = 0;
}

/* ---- beginning and end ---- */

static int check_room(const struct captures *cs, uint64_t size, struct err *e)
{
	if (cs->count == CAPTURES_MAX)
		return err_set(
			e, ENOSPC,
			"%d captures run, which is as many as may be; swctl show captures tells whose",
			CAPTURES_MAX);
	if (cs->memory + size > CAPTURE_MEMORY_MAX)
		return err_set(
			e, ENOSPC,
			"the captures that run have %u MiB of memory, and all together may have %d: "
			"ask for a smaller buffer",
			(unsigned)(cs->memory >> 20), CAPTURE_MEMORY_MAX >> 20);
	return 0;
}

static void enter(struct capture *c)
{
	struct captures *cs = &c->dp->captures;

	while (cs->slot[c->slot])
		c->slot++;
	cs->slot[c->slot] = c;
	cs->count++;
	c->id = ++cs->started;
	c->since_ms = datapath_now(c->dp);
	c->filter = filters_take(&c->dp->filters, c->cfg.filter);
	capture_writer_begin(&c->w, c->ring, c->cfg.size, c->place);
	datapath_each_port(c->dp, forget, c);
	datapath_each_port(c->dp, meet, NULL);
}

struct capture *capture_start(struct datapath *dp, const struct capture_cfg *cfg, struct err *e)
{
	struct captures *cs = &dp->captures;
	struct capture *c;
	int rc;

	if (check_room(cs, cfg->size, e))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	c->dp = dp;
	c->cfg = *cfg;
	c->ring_fd = c->place_fd = c->wake[0] = c->wake[1] = -1;
	rc = datapath_await(dp, make_memory, c);
	if (rc) {
		err_set(e, -rc, "cannot make memory for the capture: %s", strerror(-rc));
		free_memory(c);
		free(c);
		return NULL;
	}
	cs->memory += cfg->size;
	enter(c);
	return c;
}

void capture_end(struct capture *c)
{
	struct captures *cs = &c->dp->captures;

	capture_show(c);
	cs->slot[c->slot] = NULL;
	cs->count--;
	cs->memory -= c->cfg.size;
	datapath_each_port(c->dp, meet, NULL);
	filters_let_go(c->filter);
	free_memory(c);
	free(c);
}

void capture_fds(const struct capture *c, int fd[CAPTURE_FDS])
{
	fd[0] = c->ring_fd;
	fd[1] = c->place_fd;
	fd[2] = c->wake[1];
}

struct capture_info capture_info(const struct capture *c)
{
	return (struct capture_info){
		.cfg = &c->cfg,
		.id = c->id,
		.since_ms = c->since_ms,
		.frames = c->frames,
		.lost = c->lost,
	};
}

bool capture_of_port(const struct capture *c, const struct port *p, uint64_t *seen, uint64_t *lost)
{
	*seen = p->taps.seen[c->slot];
	*lost = p->taps.lost[c->slot];
	return covers(c, p);
}

void capture_show(struct capture *c)
{
	/* where that does not go, it was woken often enough, or has hung up */
	if (capture_tell(&c->w))
		(void)send(c->wake[0], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void captures_tell(struct captures *cs)
{
	for (unsigned i = 0; cs->count && i < CAPTURES_MAX; i++)
		if (cs->slot[i])
			capture_show(cs->slot[i]);
}

/* SPDX-License-Identifier: ISC */
#include "port/datapath.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#include <utlist.h>

#include "port/burst.h"
#include "port/listener.h"
#include "port/netns.h"
#include "port/packets.h"
#include "port/port.h"
#include "port/log.h"

enum { TICK_MS = 1000, AGE_MORE_MS = 1 };

void datapath_each_port(struct datapath *dp, void (*fn)(struct port *p, void *arg), void *arg)
{
	dp_foreach_sw (sw, dp)
		sw_foreach_port (i, sw)
			fn(port_of(sw->port[i]), arg);
}

/* ---- turns ---- */

/*
 * One turn: each source that is ready, within the budget.  Returns false where nothing was, for timeout_ms.
 */
static bool turn(struct datapath *dp, int timeout_ms)
{
	dp->work = 0;
	captures_tell(&dp->captures); /* what timers and requests have had sent */
	bool ready = busy_wait(&dp->busy, &dp->poller, timeout_ms);
	captures_wake(&dp->captures);
	if (!ready)
		return false;
	uv_update_time(dp->loop); /* for all frames of the turn */
	do
		while (datapath_may_work(dp) && poller_serve(&dp->poller))
			;
	while (poller_was_full(&dp->poller) && datapath_may_work(dp) && !dp->loop_due &&
	       poller_wait(&dp->poller, 0));
	tx_flush(&dp->tx);
	captures_tell(&dp->captures);
	return true;
}

static void on_loop(void *owner)
{
	struct datapath *dp = owner;

	dp->loop_due = true;
}

void datapath_run(struct datapath *dp)
{
	while (dp->poller.fd >= 0 && uv_run(dp->loop, UV_RUN_NOWAIT)) {
		int timeout;
		bool served;

		listener_bury(dp); /* those whose end a timer has found */
		dp->loop_due = false;
		do {
			timeout = uv_backend_timeout(dp->loop);
			served = turn(dp, timeout);
			listener_bury(dp);
		} while (served && timeout != 0 && !dp->loop_due);
	}
}

void datapath_breathe(struct datapath *dp)
{
	poller_quiet(&dp->poller, true);
	turn(dp, 0);
	poller_quiet(&dp->poller, false);
}

int datapath_await(struct datapath *dp, int (*fn)(void *arg), void *arg)
{
	aside_start(&dp->aside, fn, arg);
	poller_quiet(&dp->poller, true);
	while (dp->aside.busy)
		turn(dp, -1);
	poller_quiet(&dp->poller, false);
	return aside_finish(&dp->aside);
}

/* ---- once a second ---- */

static void age(uv_timer_t *t)
{
	struct datapath *dp = t->data;
	bool more = false;

	dp_foreach_sw (sw, dp)
		more |= sw_age(sw, datapath_now(dp));
	if (more)
		uv_timer_start(&dp->age_more, age, AGE_MORE_MS, 0);
}

void datapath_run_protocols(struct datapath *dp)
{
	dp_foreach_sw (sw, dp)
		sw_tick(sw, datapath_now(dp));
}

static void on_protocols(uv_timer_t *t)
{
	datapath_run_protocols(t->data);
}

/* They need a finer clock than the rest, but only where there are any: an idle switch sleeps. */
static void watch_protocols(struct datapath *dp)
{
	bool any = false;

	dp_foreach_sw (sw, dp)
		any |= sw_has_protocols(sw);
	if (!any)
		uv_timer_stop(&dp->protocols);
	else if (!uv_is_active((uv_handle_t *)&dp->protocols))
		uv_timer_start(&dp->protocols, on_protocols, SW_TICK_MS, SW_TICK_MS);
}

/*
 * What a switch has been set to do begins at once, and not with the next tick: frames that come meanwhile would get past a
 * guard, or be flooded.
 */
static void begin_protocols(struct datapath *dp, struct sw *sw)
{
	if (sw_has_protocols(sw))
		sw_tick(sw, datapath_now(dp));
	watch_protocols(dp);
}

static void send_own(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	struct datapath *dp = (struct datapath *)((char *)io - offsetof(struct datapath, io));

	tx_send_own(&dp->tx, port_of(out), frame, len);
}

static void tick_port(struct port *p, void *arg)
{
	(void)arg;
	if (p->ops->tick)
		p->ops->tick(p);
	port_impair_tick(p);
	if (p->state == PORT_LOST && !p->parent)
		p->ops->retry(p);
}

static void on_tick(uv_timer_t *t)
{
	age(t);
	datapath_run_protocols(t->data);
	watch_protocols(t->data);
	datapath_each_port(t->data, tick_port, NULL);
}

struct link_news {
	const struct link_info *link;
	bool gone;
};

static void tell_port(struct port *p, void *arg)
{
	const struct link_news *n = arg;

	p->ops->link_changed(p, n->link, n->gone);
}

static void on_link(void *owner, const struct link_info *link, bool gone)
{
	struct link_news news = {link, gone};

	datapath_each_port(owner, tell_port, &news);
}

struct address_news {
	int nsid, ifindex;
};

static void tell_addressed(struct port *p, void *arg)
{
	const struct address_news *n = arg;

	if (p->ops->addressed)
		p->ops->addressed(p, n->nsid, n->ifindex);
}

static void on_addressed(void *owner, int nsid, int ifindex)
{
	struct address_news news = {nsid, ifindex};

	datapath_each_port(owner, tell_addressed, &news);
}

static void refresh_port(struct port *p, void *arg)
{
	(void)arg;
	p->ops->refresh(p);
}

static void on_link_overflow(void *owner)
{
	datapath_each_port(owner, refresh_port, NULL);
}

struct close_job {
	struct close_job *next;
	int fd;
	void *mapped; /* of it; NULL = nothing */
	size_t size;
};

/* Several at a time, for the kernel waits most of that; and gone when there is nothing left: see aside.h. */
enum { CLOSERS_MAX = 4, SLICE = 1 << 20 };

static void do_close(const struct close_job *job)
{
	/* in slices: meanwhile nobody else can map anything, a thread's stack for one */
	for (size_t at = 0; job->mapped && at < job->size; at += SLICE)
		munmap((char *)job->mapped + at, job->size - at < SLICE ? job->size - at : SLICE);
	close(job->fd);
}

static void close_them(void *arg)
{
	struct datapath *dp = arg;

	uv_mutex_lock(&dp->lock);
	while (dp->to_close) {
		struct close_job *job = dp->to_close;

		LL_DELETE(dp->to_close, job);
		uv_mutex_unlock(&dp->lock);
		do_close(job);
		free(job);
		uv_mutex_lock(&dp->lock);
		dp->closing--;
	}
	dp->closers--;
	uv_cond_signal(&dp->closed);
	uv_mutex_unlock(&dp->lock);
}

void datapath_close_fd(struct datapath *dp, int fd)
{
	datapath_close_mapped(dp, fd, NULL, 0);
}

void datapath_close_mapped(struct datapath *dp, int fd, void *mapped, size_t size)
{
	const struct close_job what = {.fd = fd, .mapped = mapped, .size = size};
	struct close_job *job = malloc(sizeof(*job));
	uv_thread_t thread;

	if (!job) {
		do_close(&what);
		return;
	}
	*job = what;
	uv_mutex_lock(&dp->lock);
	LL_PREPEND(dp->to_close, job);
	dp->closing++;
	bool start = dp->closers < CLOSERS_MAX;
	dp->closers += start;
	uv_mutex_unlock(&dp->lock);
	if (!start)
		return;
	if (uv_thread_create(&thread, close_them, dp))
		close_them(dp);
	else
		pthread_detach(thread);
}

void datapath_wait_closed(struct datapath *dp)
{
	uv_mutex_lock(&dp->lock);
	while (dp->closing || dp->closers)
		uv_cond_wait(&dp->closed, &dp->lock);
	uv_mutex_unlock(&dp->lock);
}

static void on_netns_name(uv_fs_event_t *h, const char *name, int events, int status)
{
	(void)name;
	(void)events;
	if (status == 0)
		datapath_each_port(h->data, refresh_port, NULL);
}

void datapath_watch_netns(struct datapath *dp)
{
	if (uv_is_active((uv_handle_t *)&dp->netns_names))
		return;
	int rc = uv_fs_event_start(&dp->netns_names, on_netns_name, NETNS_DIR, 0);
	if (rc) /* there is none yet: the next port of a namespace tries again */
		log_debug("changes in %s go unnoticed: %s", NETNS_DIR, uv_strerror(rc));
}

/* The poller, with libuv's loop and the thread as its first sources. */
static int open_poller(struct datapath *dp, struct err *e)
{
	int rc = poller_open(&dp->poller, e);

	if (rc)
		return rc;
	dp->loop_source = (struct source){
		.fd = uv_backend_fd(dp->loop),
		.owner = dp,
		.readable = on_loop,
	};
	rc = poller_add(&dp->poller, &dp->loop_source, e);
	if (rc == 0)
		rc = aside_open(&dp->aside, &dp->poller, e);
	if (rc)
		poller_close(&dp->poller);
	return rc;
}

int datapath_open(struct datapath *dp, uv_loop_t *loop, struct event_sink *events, struct err *e)
{
	dp->loop = loop;
	dp->events = events;
	dp->io.send = send_own;
	dp->rtnl.owner = dp;
	dp->rtnl.changed = on_link;
	dp->rtnl.addressed = on_addressed;
	dp->rtnl.overflowed = on_link_overflow;
	uv_update_time(loop);
	dp->opened_ms = datapath_now(dp);
	int rc = open_poller(dp, e);
	if (rc)
		return rc;
	rc = rtnl_open(&dp->rtnl, loop, e);
	if (rc == 0 && (uv_mutex_init(&dp->lock) || uv_cond_init(&dp->closed))) {
		rtnl_close(&dp->rtnl);
		rc = err_set(e, ENOMEM, "out of memory");
	}
	if (rc) {
		aside_close(&dp->aside, &dp->poller);
		poller_close(&dp->poller);
		return rc;
	}
	uv_timer_init(loop, &dp->tick);
	uv_timer_init(loop, &dp->age_more);
	uv_timer_init(loop, &dp->protocols);
	uv_fs_event_init(loop, &dp->netns_names);
	dp->netns_names.data = dp->tick.data = dp->age_more.data = dp->protocols.data = dp;
	uv_timer_start(&dp->tick, on_tick, TICK_MS, TICK_MS);
	return 0;
}

void datapath_close(struct datapath *dp)
{
	while (dp->switches)
		datapath_del(dp, dp->sw[dp->switches - 1]);
	datapath_wait_closed(dp); /* whoever starts the next daemon finds the taps gone */
	uv_cond_destroy(&dp->closed);
	uv_mutex_destroy(&dp->lock);
	uv_close((uv_handle_t *)&dp->tick, NULL);
	uv_close((uv_handle_t *)&dp->age_more, NULL);
	uv_close((uv_handle_t *)&dp->protocols, NULL);
	uv_close((uv_handle_t *)&dp->netns_names, NULL);
	rtnl_close(&dp->rtnl);
	aside_close(&dp->aside, &dp->poller);
	poller_close(&dp->poller);
	burst_free(dp->burst);
	dp->burst = NULL;
	packets_free(dp->packets);
	dp->packets = NULL;
}

struct sw *datapath_find(const struct datapath *dp, const char *name)
{
	dp_foreach_sw (sw, dp)
		if (strcmp(sw->name, name) == 0)
			return sw;
	return NULL;
}

static void raise_switch(struct datapath *dp, enum event_kind kind, const char *name)
{
	struct event ev = {.kind = kind, .sw = name};

	dp->events->raise(dp->events, &ev);
}

/* A large table takes milliseconds to make, to copy and to give back: that is done aside. */
struct table_job {
	const char *name;
	const struct sw_settings *set;
	struct siphash_key key;
	uint64_t mac;
	struct event_sink *events;
	struct sw *sw;
	struct fdb *table;
	struct err *e;
};

static int make_switch(void *arg)
{
	struct table_job *job = arg;

	job->sw = sw_new(job->name, job->set, &job->key, job->mac, job->events, job->e);
	return job->sw ? 0 : -ENOMEM;
}

static int make_table(void *arg)
{
	struct table_job *job = arg;

	return sw_table_for(job->sw, job->set, &job->table, job->e);
}

static int free_table(void *arg)
{
	fdb_free(arg);
	return 0;
}

static int free_switch(void *arg)
{
	sw_free(arg);
	return 0;
}

struct sw *datapath_add(struct datapath *dp, const char *name, const struct sw_settings *set,
			struct err *e)
{
	struct table_job job = {
		.name = name,
		.set = set,
		.mac = identity_address(&dp->identity, name),
		.events = dp->events,
		.e = e,
	};

	if (dp->switches == SWITCHES_MAX) {
		err_set(e, ENOSPC, "there are %d switches, which is as many as one daemon has",
			SWITCHES_MAX);
		return NULL;
	}
	if (getrandom(&job.key, sizeof(job.key), 0) != sizeof(job.key)) {
		err_set(e, errno, "the kernel has no random numbers: %s", strerror(errno));
		return NULL;
	}
	if (datapath_await(dp, make_switch, &job))
		return NULL;
	job.sw->io = &dp->io;
	dp->sw[dp->switches++] = job.sw;
	raise_switch(dp, EVENT_SWITCH_ADDED, job.sw->name);
	begin_protocols(dp, job.sw);
	return job.sw;
}

int datapath_configure(struct datapath *dp, struct sw *sw, const struct sw_settings *set,
		       struct err *e)
{
	struct table_job job = {.sw = sw, .set = set, .e = e};
	struct fdb *old = NULL;
	int rc;

	sw_pause_learning(sw, true);
	rc = datapath_await(dp, make_table, &job);
	if (rc == 0)
		old = sw_configure(sw, set, job.table);
	sw_pause_learning(sw, false);
	begin_protocols(dp, sw);
	if (old)
		(void)datapath_await(dp, free_table, old);
	return rc;
}

void datapath_del(struct datapath *dp, struct sw *sw)
{
	unsigned at = 0;

	while (!portset_empty(&sw->attached, sw->words))
		port_free(port_of(sw->port[portset_next(&sw->attached, 0, sw->words)]));
	while (dp->sw[at] != sw)
		at++;
	dp->switches--;
	memmove(&dp->sw[at], &dp->sw[at + 1], (dp->switches - at) * sizeof(dp->sw[0]));
	raise_switch(dp, EVENT_SWITCH_REMOVED, sw->name);
	(void)datapath_await(dp, free_switch, sw);
}

/* SPDX-License-Identifier: ISC */
#include "port/datapath.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "port/netns.h"
#include "port/port.h"
#include "port/log.h"

enum { TICK_MS = 1000, AGE_MORE_MS = 1 };

void datapath_each_port(struct datapath *dp, void (*fn)(struct port *p, void *arg), void *arg)
{
	dp_foreach_sw (sw, dp)
		sw_foreach_port (i, sw)
			fn(port_of(sw->port[i]), arg);
}

static void on_next_turn(uv_prepare_t *h)
{
	struct datapath *dp = h->data;

	dp->turn++;
	dp->work = 0;
	dp->turned_away_last = dp->turned_away;
	dp->turned_away = false;
}

bool datapath_may_work(struct datapath *dp, struct port *p)
{
	if (dp->turned_away_last && p->turned_away + 1 != dp->turn)
		return false;
	if (dp->work < WORK_BUDGET)
		return true;
	p->turned_away = dp->turn;
	dp->turned_away = true;
	return false;
}

static void age(uv_timer_t *t)
{
	struct datapath *dp = t->data;
	bool more = false;

	dp_foreach_sw (sw, dp)
		more |= sw_age(sw, datapath_now(dp));
	if (more)
		uv_timer_start(&dp->age_more, age, AGE_MORE_MS, 0);
}

static void retry_port(struct port *p, void *arg)
{
	(void)arg;
	if (p->state == PORT_LOST)
		p->ops->retry(p);
}

static void on_tick(uv_timer_t *t)
{
	age(t);
	datapath_each_port(t->data, retry_port, NULL);
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
	uv_work_t work;
	struct datapath *dp;
	int fd;
};

static void close_in_thread(uv_work_t *w)
{
	struct close_job *job = w->data;

	close(job->fd);
	uv_mutex_lock(&job->dp->lock);
	job->dp->closing--;
	uv_cond_signal(&job->dp->closed);
	uv_mutex_unlock(&job->dp->lock);
}

static void on_fd_closed(uv_work_t *w, int status)
{
	(void)status;
	free(w->data);
}

void datapath_close_fd(struct datapath *dp, int fd)
{
	struct close_job *job = malloc(sizeof(*job));

	if (!job) {
		close(fd);
		return;
	}
	*job = (struct close_job){.work.data = job, .dp = dp, .fd = fd};
	uv_mutex_lock(&dp->lock);
	dp->closing++;
	uv_mutex_unlock(&dp->lock);
	if (uv_queue_work(dp->loop, &job->work, close_in_thread, on_fd_closed)) {
		close_in_thread(&job->work);
		free(job);
	}
}

void datapath_wait_closed(struct datapath *dp)
{
	uv_mutex_lock(&dp->lock);
	while (dp->closing)
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

int datapath_open(struct datapath *dp, uv_loop_t *loop, struct event_sink *events, struct err *e)
{
	dp->loop = loop;
	dp->events = events;
	dp->rtnl.owner = dp;
	dp->rtnl.changed = on_link;
	dp->rtnl.overflowed = on_link_overflow;
	uv_update_time(loop);
	dp->opened_ms = datapath_now(dp);
	int rc = rtnl_open(&dp->rtnl, loop, e);
	if (rc)
		return rc;
	if (uv_mutex_init(&dp->lock) || uv_cond_init(&dp->closed)) {
		rtnl_close(&dp->rtnl);
		return err_set(e, ENOMEM, "out of memory");
	}
	uv_timer_init(loop, &dp->tick);
	uv_timer_init(loop, &dp->age_more);
	uv_prepare_init(loop, &dp->next_turn);
	uv_fs_event_init(loop, &dp->netns_names);
	dp->netns_names.data = dp->tick.data = dp->age_more.data = dp->next_turn.data = dp;
	dp->turn = 1; /* no port was turned away in turn 0 */
	uv_prepare_start(&dp->next_turn, on_next_turn);
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
	uv_close((uv_handle_t *)&dp->next_turn, NULL);
	uv_close((uv_handle_t *)&dp->tick, NULL);
	uv_close((uv_handle_t *)&dp->age_more, NULL);
	uv_close((uv_handle_t *)&dp->netns_names, NULL);
	rtnl_close(&dp->rtnl);
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

struct sw *datapath_add(struct datapath *dp, const char *name, const struct sw_settings *set,
			struct err *e)
{
	struct siphash_key key;
	struct sw *sw;

	if (dp->switches == SWITCHES_MAX) {
		err_set(e, ENOSPC, "there are %d switches, which is as many as one daemon has",
			SWITCHES_MAX);
		return NULL;
	}
	if (getrandom(&key, sizeof(key), 0) != sizeof(key)) {
		err_set(e, errno, "the kernel has no random numbers: %s", strerror(errno));
		return NULL;
	}
	sw = sw_new(name, set, &key, dp->events, e);
	if (!sw)
		return NULL;
	dp->sw[dp->switches++] = sw;
	raise_switch(dp, EVENT_SWITCH_ADDED, sw->name);
	return sw;
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
	sw_free(sw);
}

/* SPDX-License-Identifier: ISC */
#include "port/impair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/gso.h"
#include "core/hold.h"
#include "port/datapath.h"
#include "port/log.h"
#include "port/port.h"

enum {
	/* Frames of one direction that may go on in a turn before others have theirs. */
	RELEASE_BUDGET = 4 * RX_BUDGET,
	LATE_NS = 1000000,
	US = 1000,
};

#define NS_PER_S    UINT64_C(1000000000)
#define NEVER	    UINT64_MAX
#define LAST_OF_ALL (UINT64_MAX - 1) /* when frames are due that are behind all that are let out */

/* In front of each frame that is held: what of a tx_unit is to be known when it is sent. */
struct note {
	uint16_t vid;
	bool own;
};

/* One direction of it. */
struct bad_way {
	struct bad_link *link;
	enum impair_way way;
	struct impair *plan; /* NULL: it is good, but for what is let out yet */
	struct hold *hold;
	bool letting_out; /* whatever is held, until it is empty */
	uint64_t memory_full;
	uint64_t late, late_max_ns;
};

struct bad_link {
	struct port *port;
	struct source timer;
	uint64_t set_ns;   /* what the timer is set to */
	uint32_t any_seed; /* where no seed is set */
	struct bad_way way[IMPAIR_WAYS];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- when the next one is due ---- */

static uint64_t due_ns(const struct bad_way *w)
{
	if (!w->hold)
		return NEVER;
	return w->letting_out && hold_count(w->hold) ? 0 : hold_next_ns(w->hold);
}

/* Has the link served again when something is due. */
static void set_timer(struct bad_link *l, uint64_t now)
{
	uint64_t in = due_ns(&l->way[IMPAIR_IN]), out = due_ns(&l->way[IMPAIR_OUT]);
	uint64_t next = in < out ? in : out;
	struct itimerspec t = {.it_value = {.tv_sec = (time_t)(next / NS_PER_S),
					    .tv_nsec = (long)(next % NS_PER_S)}};

	if (next == NEVER)
		return;
	if (next <= now) {
		poller_again(&l->port->dp->poller, &l->timer);
	} else if (next != l->set_ns) {
		l->set_ns = next;
		(void)timerfd_settime(l->timer.fd, TFD_TIMER_ABSTIME, &t, NULL);
	}
}

/* The frame is lost.  One that comes in was never received, one that goes out is shown to who captures. */
static void count_lost(struct bad_way *w, const struct gso_piece *f, struct note note)
{
	struct port *p = w->link->port;

	if (w->way == IMPAIR_IN) {
		p->core.stats.drops[DROP_IMPAIRED_IN]++;
		p->core.sw->stats.dropped++;
	} else {
		const struct tx_unit u = {
			.head = f->head,
			.head_len = f->head_len,
			.body = f->payload,
			.body_len = f->payload_len,
			.vid = note.vid,
			.own = note.own,
		};

		tx_count(p, &u, DROP_IMPAIRED_OUT);
	}
}

/* ---- frames that come to the link ---- */

static void keep(struct bad_way *w, const struct gso_piece *f, struct note note, uint64_t at_ns,
		 const struct impair_plan *plan)
{
	size_t len = f->head_len + f->payload_len;
	uint8_t *to = hold_put(w->hold, at_ns, sizeof(note) + len);

	if (!to) {
		w->memory_full++;
		count_lost(w, f, note);
		return;
	}
	memcpy(to, &note, sizeof(note));
	to += sizeof(note);
	if (f->head_len)
		memcpy(to, f->head, f->head_len);
	if (f->payload_len)
		memcpy(to + f->head_len, f->payload, f->payload_len);
	if (plan)
		impair_corrupt(w->plan, plan, to, len);
}

/* Is there nothing about the frame that the link does, and nobody in front of it? */
static bool goes_on(const struct bad_way *w, const struct impair_plan *plan, uint64_t now)
{
	return plan->copies == 1 && !plan->corrupt && plan->at_ns[0] <= now && due_ns(w) > now;
}

/*
 * A frame that owes nothing, of which `payload` are behind the headers, meets the link.  True: it goes on at once, which
 * it may, if it lies where it can (`whole`).
 */
static bool meet(struct bad_way *w, uint64_t now, const struct gso_piece *f, size_t payload,
		 struct note note, bool whole)
{
	struct impair_plan plan;

	if (!w->plan) { /* behind what is let out */
		keep(w, f, note, LAST_OF_ALL, NULL);
		return false;
	}
	impair_plan(w->plan, now, f->head_len + f->payload_len, payload, &plan);
	if (plan.fate != IMPAIR_PASSED) {
		count_lost(w, f, note);
		return false;
	}
	if (whole && goes_on(w, &plan, now))
		return true;
	for (unsigned i = 0; i < plan.copies; i++)
		keep(w, f, note, plan.at_ns[i], &plan);
	return false;
}

/* True: it goes on at once, as it came. */
static bool receive(struct bad_way *w, const struct frame *f, uint64_t now)
{
	const struct note note = {.vid = 0};
	uint8_t head[GSO_HEAD_MAX];
	struct gso_piece piece;
	struct gso g;

	gso_begin(&g, f);
	while (gso_next(&g, head, &piece))
		/* a checksum that it owes can be paid later as well, by who needs it */
		if (meet(w, now, &piece, piece.head_len + piece.payload_len - f->l3, note,
			 !f->super))
			return true;
	return false;
}

__attribute__((noinline, cold)) unsigned impair_receive(struct port *p, struct frame *f,
							unsigned count)
{
	struct bad_way *w = p->bad[IMPAIR_IN];
	uint64_t now = now_ns();
	unsigned left = 0;

	for (unsigned i = 0; i < count; i++) {
		/* what is no frame the switch has a word for */
		if (frame_parse(&f[i]) != DROP_NONE || receive(w, &f[i], now))
			f[left++] = f[i];
	}
	p->dp->work += count - left;
	set_timer(w->link, now);
	return left;
}

/* As an MTU counts it. */
static size_t payload_of(const struct tx_unit *u)
{
	struct frame f = {.data = u->head, .len = u->head_len};

	return tx_len(u) - (frame_parse(&f) == DROP_NONE ? f.l3 : FRAME_MIN);
}

__attribute__((noinline, cold)) bool impair_send(struct port *p, const struct tx_unit *u)
{
	const struct gso_piece piece = {u->head, u->head_len, u->body, u->body_len};
	const struct note note = {.vid = u->vid, .own = u->own};
	struct bad_way *w = p->bad[IMPAIR_OUT];
	uint64_t now = now_ns();

	if (meet(w, now, &piece, payload_of(u), note, true))
		return false;
	p->dp->work++;
	set_timer(w->link, now);
	return true;
}

/* ---- frames that arrive ---- */

static void arrive(struct bad_way *w, const struct held *h)
{
	const uint8_t *frame = h->data + sizeof(struct note);
	size_t len = h->len - sizeof(struct note);
	struct port *p = w->link->port;
	struct note note;

	memcpy(&note, h->data, sizeof(note));
	if (w->way == IMPAIR_IN) {
		struct frame f = {.data = frame, .len = len};

		rx_arrived(p, &f, 1);
	} else {
		struct tx_unit u = {
			.head = frame,
			.head_len = len,
			.vid = note.vid,
			.own = note.own,
		};

		tx_send_held(&p->dp->tx, p, &u);
	}
}

static void note_late(struct bad_way *w, uint64_t late_ns)
{
	w->late += late_ns > LATE_NS;
	if (late_ns > w->late_max_ns)
		w->late_max_ns = late_ns;
}

static void release(struct bad_way *w, uint64_t now)
{
	const struct held *h;

	for (unsigned n = 0; n < RELEASE_BUDGET && datapath_may_work(w->link->port->dp); n++) {
		h = hold_take(w->hold, w->letting_out ? NEVER : now);
		if (!h)
			break;
		if (!w->letting_out)
			note_late(w, now - h->at_ns);
		arrive(w, h);
	}
	w->letting_out = w->letting_out && hold_count(w->hold);
}

/* ---- the link ---- */

static void drop_way(struct bad_way *w)
{
	impair_free(w->plan);
	hold_free(w->hold);
	w->plan = NULL;
	w->hold = NULL;
	w->link->port->bad[w->way] = NULL;
}

/* Lets go what is not needed any more, and itself, where that is all. */
static void settle(struct bad_link *l)
{
	struct port *p = l->port;

	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		if (!l->way[i].plan && !l->way[i].letting_out)
			drop_way(&l->way[i]);
	if (p->bad[IMPAIR_IN] || p->bad[IMPAIR_OUT])
		set_timer(l, now_ns());
	else
		port_impair_free(p);
}

static void on_timer(void *owner)
{
	struct bad_link *l = owner;
	uint64_t times, now;

	if (read(l->timer.fd, &times, sizeof(times)) == sizeof(times))
		l->set_ns = NEVER;
	now = now_ns();
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		if (l->way[i].hold)
			release(&l->way[i], now);
	settle(l);
}

static struct bad_link *link_new(struct port *p, struct err *e)
{
	struct bad_link *l = calloc(1, sizeof(*l));

	if (!l) {
		err_set(e, ENOMEM, "no memory for the bad link of port %s", p->cfg.name);
		return NULL;
	}
	l->port = p;
	l->set_ns = NEVER;
	l->timer = (struct source){
		.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
		.owner = l,
		.readable = on_timer,
		.failed = on_timer,
	};
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		l->way[i] = (struct bad_way){.link = l, .way = (enum impair_way)i};
	if (getrandom(&l->any_seed, sizeof(l->any_seed), 0) < 0)
		l->any_seed = 0;
	l->any_seed = l->any_seed % INT32_MAX + 1; /* what could be set */
	if (l->timer.fd < 0)
		err_set(e, errno, "cannot make a timer for the bad link of port %s: %s",
			p->cfg.name, strerror(errno));
	else if (poller_add(&p->dp->poller, &l->timer, e) == 0)
		return l;
	if (l->timer.fd >= 0)
		close(l->timer.fd);
	free(l);
	return NULL;
}

void port_impair_free(struct port *p)
{
	struct bad_link *l = p->bad_link;

	if (!l)
		return;
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		drop_way(&l->way[i]);
	poller_del(&p->dp->poller, &l->timer);
	close(l->timer.fd);
	free(l);
	p->bad_link = NULL;
}

/* As cfg has it; the settings have been checked. */
static struct impair_cfg cfg_of(const struct port *p, const struct port_cfg *cfg,
				enum impair_way way)
{
	const struct bad_link *l = p->bad_link;
	struct impair_cfg c;

	(void)impair_read(&cfg->impair, way, &c, NULL);
	if (l)
		c.seed = impair_seed_of(cfg->impair.seed ? cfg->impair.seed : l->any_seed,
					p->core.sw->name, p->cfg.name, way);
	return c;
}

static size_t memory_of(const struct port_cfg *cfg)
{
	uint32_t mib = cfg->impair.memory_mib;

	return (size_t)(mib ? mib : IMPAIR_MEMORY_MIB) << 20;
}

static int make_way(struct bad_way *w, const struct impair_cfg *c, const struct port_cfg *cfg,
		    struct err *e)
{
	if (!w->hold)
		w->hold = hold_new(memory_of(cfg));
	if (!w->plan)
		w->plan = impair_new(c);
	if (w->hold && w->plan)
		return 0;
	return err_set(e, ENOMEM, "no memory for the bad link of port %s", cfg->name);
}

static bool any_is_bad(const struct port_cfg *cfg)
{
	for (unsigned i = 0; i < IMPAIR_WAYS; i++) {
		struct impair_cfg c;

		(void)impair_read(&cfg->impair, (enum impair_way)i, &c, NULL);
		if (!impair_is_none(&c))
			return true;
	}
	return false;
}

int port_impair_make(struct port *p, const struct port_cfg *cfg, struct err *e)
{
	int rc = 0;

	if (!any_is_bad(cfg))
		return 0;
	if (!p->bad_link)
		p->bad_link = link_new(p, e);
	if (!p->bad_link)
		return -ENOMEM;
	for (unsigned i = 0; rc == 0 && i < IMPAIR_WAYS; i++) {
		struct impair_cfg c = cfg_of(p, cfg, (enum impair_way)i);

		if (!impair_is_none(&c))
			rc = make_way(&p->bad_link->way[i], &c, cfg, e);
	}
	if (rc)
		port_impair_apply(p);
	return rc;
}

static void apply_way(struct bad_way *w, const struct port_cfg *cfg)
{
	struct port *p = w->link->port;
	struct impair_cfg c = cfg_of(p, cfg, w->way);

	if (impair_is_none(&c)) {
		impair_free(w->plan);
		w->plan = NULL;
		w->letting_out = w->hold && hold_count(w->hold);
		return;
	}
	if (!w->plan || !w->hold) { /* there was no memory: it is as good as it was */
		drop_way(w);
		return;
	}
	impair_set(w->plan, &c);
	hold_limit(w->hold, memory_of(cfg));
	p->bad[w->way] = w;
}

void port_impair_apply(struct port *p)
{
	if (!p->bad_link)
		return;
	for (unsigned i = 0; i < IMPAIR_WAYS; i++)
		apply_way(&p->bad_link->way[i], &p->cfg);
	settle(p->bad_link);
}

void port_impair_tick(struct port *p)
{
	for (unsigned i = 0; p->bad_link && i < IMPAIR_WAYS; i++) {
		struct hold *h = p->bad_link->way[i].hold;

		if (h && !hold_count(h))
			hold_clear(h);
	}
}

/* ---- what is shown ---- */

bool port_impair_info(const struct port *p, enum impair_way way, struct impair_info *info)
{
	const struct bad_way *w = p->bad[way];

	if (!w || !w->plan)
		return false;
	*info = (struct impair_info){
		.stats = impair_stats(w->plan),
		.memory_full = w->memory_full,
		.held = hold_count(w->hold),
		.held_bytes = hold_bytes(w->hold),
		.queue = impair_queue(w->plan, now_ns()),
		.late = w->late,
		.late_max_us = w->late_max_ns / US,
		.seed = p->cfg.impair.seed ? p->cfg.impair.seed : w->link->any_seed,
	};
	return true;
}

void port_impair_clear(struct port *p)
{
	for (unsigned i = 0; i < IMPAIR_WAYS; i++) {
		struct bad_way *w = p->bad[i];

		if (!w || !w->plan)
			continue;
		impair_stats_clear(w->plan);
		w->memory_full = w->late = w->late_max_ns = 0;
	}
}

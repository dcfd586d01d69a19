/* SPDX-License-Identifier: ISC */
/* impair.c - frames that come to a bad link, and frames that arrive. */
#include "port/impair_impl.h"

#include <string.h>
#include <sys/timerfd.h>
#include <time.h>

#include "core/gso.h"
#include "port/datapath.h"
#include "port/port.h"

enum {
	/* Frames of one direction that may go on in a turn before others have theirs. */
	RELEASE_BUDGET = 4 * RX_BUDGET,
	LATE_NS = 1000000,
};

#define NS_PER_S    UINT64_C(1000000000)
#define LAST_OF_ALL (UINT64_MAX - 1) /* when frames are due that are behind all that are let out */

uint64_t impair_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- when the next one is due ---- */

static uint64_t due_ns(const struct bad_way *w)
{
	if (!w->hold)
		return IMPAIR_NEVER;
	return w->letting_out && hold_count(w->hold) ? 0 : hold_next_ns(w->hold);
}

void impair_set_timer(struct bad_link *l, uint64_t now)
{
	uint64_t in = due_ns(&l->way[IMPAIR_IN]), out = due_ns(&l->way[IMPAIR_OUT]);
	uint64_t next = in < out ? in : out;
	struct itimerspec t = {.it_value = {.tv_sec = (time_t)(next / NS_PER_S),
					    .tv_nsec = (long)(next % NS_PER_S)}};

	if (next == IMPAIR_NEVER)
		return;
	if (next <= now) {
		poller_again(&l->port->dp->poller, &l->timer);
	} else if (next != l->set_ns) {
		l->set_ns = next;
		(void)timerfd_settime(l->timer.fd, TFD_TIMER_ABSTIME, &t, NULL);
	}
}

/* A port that has to cut them again is given single frames. */
static bool may_join(const struct bad_way *w)
{
	const unsigned all = PORT_VNET | PORT_USO;

	return w->way == IMPAIR_IN || (w->link->port->caps & all) == all;
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

/* The nth copy that the plan has; without one it is behind all that are let out. */
static void keep(struct bad_way *w, const struct gso_piece *f, struct note note,
		 const struct impair_plan *plan, unsigned nth)
{
	size_t len = f->head_len + f->payload_len;
	uint8_t *to = hold_put(w->hold, plan ? plan->sent_ns[nth] : LAST_OF_ALL,
			       plan ? plan->at_ns[nth] : LAST_OF_ALL, sizeof(note) + len);

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

	if (!w->plan) {
		keep(w, f, note, NULL, 0);
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
		keep(w, f, note, &plan, i);
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
	uint64_t now = impair_now_ns();
	unsigned left = 0;

	for (unsigned i = 0; i < count; i++) {
		/* what is no frame the switch has a word for */
		if (frame_parse(&f[i]) != DROP_NONE || receive(w, &f[i], now))
			f[left++] = f[i];
	}
	p->dp->work += count - left;
	impair_set_timer(w->link, now);
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
	uint64_t now = impair_now_ns();

	/* a segment of a super-frame is to meet the others again, where that is of use */
	if (meet(w, now, &piece, payload_of(u), note, !u->body_len || !may_join(w)))
		return false;
	p->dp->work++;
	impair_set_timer(w->link, now);
	return true;
}

/* ---- frames that arrive ---- */

void impair_arrived(void *arg, struct frame *f)
{
	struct bad_way *w = arg;
	struct port *p = w->link->port;
	struct tx_unit u = {
		.vnet = f->vnet,
		.head = f->data,
		.head_len = f->len,
		.vid = w->note.vid,
		.own = w->note.own,
	};

	if (w->way == IMPAIR_IN)
		rx_arrived(p, f, 1);
	else
		tx_send_held(&p->dp->tx, p, &u);
}

static void arrive(struct bad_way *w, const struct held *h)
{
	struct frame f = {.data = h->data + sizeof(struct note),
			  .len = h->len - sizeof(struct note)};
	struct note note;

	memcpy(&note, h->data, sizeof(note));
	if (note.vid != w->note.vid || note.own != w->note.own)
		gro_flush(w->join);
	w->note = note;
	if (may_join(w)) {
		gro_receive(w->join, f.data, f.len);
	} else {
		gro_flush(w->join); /* it was another port a moment ago */
		impair_arrived(w, &f);
	}
}

static void note_late(struct bad_way *w, uint64_t late_ns)
{
	w->late += late_ns > LATE_NS;
	if (late_ns > w->late_max_ns)
		w->late_max_ns = late_ns;
}

void impair_release(struct bad_way *w, uint64_t now)
{
	const struct held *h;

	for (unsigned n = 0; n < RELEASE_BUDGET && datapath_may_work(w->link->port->dp); n++) {
		h = hold_take(w->hold, w->letting_out ? IMPAIR_NEVER : now);
		if (!h)
			break;
		if (!w->letting_out)
			note_late(w, now - h->at_ns);
		arrive(w, h);
	}
	gro_flush(w->join);
	hold_done(w->hold);
	w->letting_out = w->letting_out && hold_count(w->hold);
}

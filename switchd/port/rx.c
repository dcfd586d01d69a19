/* SPDX-License-Identifier: ISC */
#include "port/rx.h"

#include "port/datapath.h"
#include "port/port.h"

/*
 * What asking ports has cost that get nothing.  A program may take as long as sending a frame does, and there may be
 * hundreds of ports that each refuse.
 */
__attribute__((noinline, cold)) static unsigned work_of_asking(const struct sw *sw,
							       const struct verdict *v)
{
	unsigned n = 0;

	if (v->asked & ASKED_OUT)
		portset_foreach (i, &v->cut, sw->words)
			n += sw->port[i]->filter_out != NULL;
	return n;
}

/* The same as switch_commit(), while somebody captures. */
__attribute__((noinline, cold)) static void
commit_shown(struct port *p, const struct frame *f, struct verdict *v, bool first, uint64_t now)
{
	enum drop before = v->drop;
	struct capture_mark mark;

	capture_received(p, f, v, first, &mark);
	switch_commit(p->core.sw, &p->core, f, v, now);
	if (v->drop != before)
		capture_refused(p, f, v, &mark);
}

void rx_input(struct port *p, struct frame *f, unsigned count)
{
	if (__builtin_expect(p->bad[IMPAIR_IN] != NULL, false))
		count = impair_receive(p, f, count);
	rx_arrived(p, f, count);
}

void rx_arrived(struct port *p, struct frame *f, unsigned count)
{
	struct datapath *dp = p->dp;
	struct verdict *v = dp->rx.verdict;
	struct sw *sw = p->core.sw;
	uint64_t now = datapath_now(dp);

	dp->work += count;
	switch_begin(sw, now);
	for (unsigned i = 0; i < count; i++) {
		enum drop parsed = frame_parse(&f[i]);

		switch_probe(sw, &p->core, &f[i], parsed, &v[i]);
	}
	if (p->core.mirrored & MIRROR_RX)
		tx_mirror_received(&dp->tx, &p->core, f, v, count);
	for (unsigned i = 0; count > 1 && i < count; i++)
		switch_prefetch(sw, &v[i]);
	for (unsigned i = 0; i < count; i++) {
		switch_decide_at(sw, &p->core, &f[i], &v[i]);
		if (p->taps.rx)
			commit_shown(p, &f[i], &v[i], i == 0, now);
		else
			switch_commit(sw, &p->core, &f[i], &v[i], now);
		if (v[i].asked)
			dp->work += work_of_asking(sw, &v[i]);
	}
	for (unsigned i = 0; i < count; i++)
		if (v[i].drop == DROP_NONE)
			tx_deliver(&dp->tx, sw, &f[i], &v[i]);
	tx_release(&dp->tx); /* the next frames go where these lie */
}

void rx_reject(struct port *p, size_t len, enum drop d)
{
	struct sw_port_stats *s = &p->core.stats;

	p->dp->work++;
	s->rx_frames++;
	s->rx_bytes += len;
	s->drops[d]++;
	p->core.sw->stats.dropped++;
}

void rx_count_lost(struct port *p, uint32_t *counted, uint32_t lost)
{
	uint32_t more = lost - *counted;

	if (!lost || !more)
		return;
	*counted = lost;
	p->core.stats.drops[DROP_RX_OVERRUN] += more;
	p->core.sw->stats.dropped += more;
}

unsigned rx_batch_max(const struct sw *sw)
{
	/* what is sent may have to be shown at each monitor port as well */
	unsigned copies = 1 + portset_count(&sw->monitors, sw->words);
	unsigned n = WORK_BUDGET / (sw->words * 64 * copies);

	return n < 1 ? 1 : n < RX_BATCH ? n : RX_BATCH;
}

unsigned rx_batch_fit(unsigned count, unsigned work)
{
	unsigned n = work ? WORK_BUDGET / 4 * count / work : RX_BATCH;

	return n < 1 ? 1 : n < RX_BATCH ? n : RX_BATCH;
}

/* Reads up to `want` frames; how many there were.  *full: there may be more. */
static unsigned read_batch(struct port *p, unsigned want, bool *full,
			   ssize_t (*read_one)(struct port *p, uint8_t *buf))
{
	struct rx *rx = &p->dp->rx;
	unsigned count = 0;
	size_t used = 0;

	*full = true;
	while (count < want && used < RX_BATCH_BYTES) {
		uint8_t *buf = rx->area + used;
		ssize_t n = read_one(p, buf);

		if (n < VNET_HDR_SIZE) {
			*full = false;
			break;
		}
		rx->frame[count++] = (struct frame){
			.data = buf + VNET_HDR_SIZE,
			.len = (size_t)n - VNET_HDR_SIZE,
			.vnet = buf,
		};
		used += ((size_t)n + 63) / 64 * 64;
	}
	return count;
}

/* After a batch of `count`: twice as many, unless they took too much of the turn's budget. */
static unsigned next_batch(unsigned count, unsigned work)
{
	if (work > WORK_BUDGET / 8)
		return rx_batch_fit(count, work);
	return count < RX_BATCH ? count * 2 : count;
}

void rx_drain(struct port *p, unsigned *batch, ssize_t (*read_one)(struct port *p, uint8_t *buf))
{
	const unsigned max = rx_batch_max(p->core.sw);
	bool more = true;

	for (unsigned taken = 0; more && taken < RX_BUDGET && datapath_may_work(p->dp);) {
		unsigned want = *batch ? *batch : 1;
		unsigned n = read_batch(p, want < max ? want : max, &more, read_one);
		unsigned before = p->dp->work;

		rx_input(p, p->dp->rx.frame, n);
		taken += n;
		*batch = more ? next_batch(want, p->dp->work - before) : 1;
	}
}

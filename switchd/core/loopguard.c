/* SPDX-License-Identifier: ISC */
#include "core/loopguard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"
#include "util/mac.h"

enum { SECOND = 1000, HEADER = 14, ID = 8, VERSION = 1 };

/*
 * Behind the Ethernet header, numbers in network byte order.  The tag is over all from the subtype to the
 * sequence number.
 */
enum {
	AT_SUBTYPE = HEADER,
	AT_VERSION = AT_SUBTYPE + 4,
	AT_PORT = AT_VERSION + 2, /* a byte in between is 0 */
	AT_ID = AT_PORT + 2,
	AT_SEQ = AT_ID + ID,
	AT_TAG = AT_SEQ + 8,
	AT_END = AT_TAG + 8,
};

static const uint8_t subtype[4] = {'s', 'w', 'l', 'p'};

struct guarded {
	uint64_t mac;
	bool up, blocked;
	uint64_t last[LOOP_PROBES_GOOD]; /* sequence numbers of the last probes; 0 = none */
	uint64_t sent_ms;		 /* when the very last was sent */
	uint64_t due_ms;		 /* of the next */
	uint64_t since_ms;		 /* blocked or open, for the last time */
	uint64_t retry_ms;		 /* blocked: not opened before */
	uint64_t seen_ms;		 /* blocked: the loop was last seen */
	uint64_t blocked_seq;		 /* blocked: of the last probe before */
	uint64_t early_ms; /* blocked: opened by then, if no probe sent since was seen */
	uint64_t hold_ms;  /* how long it was, or would be, blocked */
	unsigned other;
	uint64_t sent, heard, bad, loops;
};

struct loopguard {
	struct loopguard_cfg cfg;
	struct loopguard_out out;
	struct siphash_key key;
	uint8_t id[ID];
	struct guarded *port[PORTSET_MAX];
	uint64_t
		seq; /* of the last probe of any port: none is used again where a port is added anew */
	unsigned end;	    /* no port is at or above this */
	unsigned tick_from; /* where the next tick begins */
};

void loopguard_defaults(struct loopguard_cfg *cfg)
{
	*cfg = (struct loopguard_cfg){.interval_s = 2, .retry_s = 60, .retry_max_s = 3600};
}

struct loopguard *loopguard_new(const struct loopguard_cfg *cfg, const uint8_t id[8],
				const struct siphash_key *key, const struct loopguard_out *out)
{
	struct loopguard *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->cfg = *cfg;
	g->out = *out;
	g->key = *key;
	memcpy(g->id, id, ID);
	return g;
}

void loopguard_free(struct loopguard *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < g->end; i++)
		free(g->port[i]);
	free(g);
}

void loopguard_configure(struct loopguard *g, const struct loopguard_cfg *cfg)
{
	g->cfg = *cfg;
}

static struct guarded *port_at(const struct loopguard *g, unsigned port)
{
	return port < PORTSET_MAX ? g->port[port] : NULL;
}

/* How long a probe is good for, and a loop counts as seen. */
static uint64_t good_ms(const struct loopguard *g)
{
	return (uint64_t)g->cfg.interval_s * LOOP_PROBES_GOOD * SECOND;
}

static uint64_t two_intervals(const struct loopguard *g)
{
	return (uint64_t)g->cfg.interval_s * 2 * SECOND;
}

/* ---- probes ---- */

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static uint64_t tag_of(const struct loopguard *g, const uint8_t *frame)
{
	return siphash24(frame + AT_SUBTYPE, AT_TAG - AT_SUBTYPE, &g->key);
}

static void send_probe(struct loopguard *g, unsigned port, uint64_t now_ms)
{
	struct guarded *p = g->port[port];
	uint8_t f[LOOP_FRAME_SIZE] = {0};

	_Static_assert((int)AT_END <= (int)LOOP_FRAME_SIZE,
		       "a probe is one of the shortest frames");
	g->seq++;
	p->last[p->sent++ % LOOP_PROBES_GOOD] = g->seq;
	p->sent_ms = now_ms;
	p->due_ms = now_ms + (uint64_t)g->cfg.interval_s * SECOND;
	mac_store(f, LOOP_GROUP);
	mac_store(f + 6, p->mac);
	f[12] = ETHERTYPE_LOCAL1 >> 8;
	f[13] = ETHERTYPE_LOCAL1 & 0xff;
	memcpy(f + AT_SUBTYPE, subtype, sizeof(subtype));
	f[AT_VERSION] = VERSION;
	f[AT_PORT] = (uint8_t)(port >> 8);
	f[AT_PORT + 1] = (uint8_t)port;
	memcpy(f + AT_ID, g->id, ID);
	put64(f + AT_SEQ, g->seq);
	put64(f + AT_TAG, tag_of(g, f));
	g->out.send(g->out.arg, port, f, sizeof(f));
}

bool loopguard_is(const uint8_t *frame, size_t len)
{
	return len >= HEADER && mac_load(frame) == LOOP_GROUP &&
	       frame[12] == ETHERTYPE_LOCAL1 >> 8 && frame[13] == (ETHERTYPE_LOCAL1 & 0xff);
}

/* Others, and other versions, are none of our business. */
bool loopguard_ours(const struct loopguard *g, const uint8_t *frame, size_t len)
{
	return loopguard_is(frame, len) && len >= AT_END &&
	       memcmp(frame + AT_SUBTYPE, subtype, sizeof(subtype)) == 0 &&
	       frame[AT_VERSION] == VERSION && memcmp(frame + AT_ID, g->id, ID) == 0;
}

/* One of the last few of a port that is guarded and up: in *sender the port. */
static bool is_fresh(const struct loopguard *g, const uint8_t *frame, uint64_t now_ms,
		     unsigned *sender)
{
	uint64_t seq = get64(frame + AT_SEQ);
	const struct guarded *p;
	bool last = false;

	if (get64(frame + AT_TAG) != tag_of(g, frame))
		return false;
	*sender = (unsigned)frame[AT_PORT] << 8 | frame[AT_PORT + 1];
	p = port_at(g, *sender);
	if (!p || !p->up || now_ms - p->sent_ms > good_ms(g))
		return false;
	for (int i = 0; i < LOOP_PROBES_GOOD; i++)
		last |= p->last[i] == seq;
	return last;
}

/* ---- blocking ---- */

static void tell(const struct loopguard *g, enum loopguard_event event, unsigned port,
		 unsigned other)
{
	if (g->out.tell)
		g->out.tell(g->out.arg, event, port, other);
}

/* Up to two intervals: another one than for ports of others that are blocked in the same moment. */
static uint64_t by_chance(const struct loopguard *g, unsigned port)
{
	return siphash13_u64(g->seq << 16 | port, &g->key) % two_intervals(g);
}

static void block(struct loopguard *g, unsigned port, unsigned other, uint64_t now_ms)
{
	struct guarded *p = g->port[port];
	uint64_t first = (uint64_t)g->cfg.retry_s * SECOND;
	uint64_t most = (uint64_t)g->cfg.retry_max_s * SECOND;
	bool again = p->hold_ms && now_ms - p->since_ms < p->hold_ms;

	/* open again for less time than it had been blocked: longer this time */
	p->hold_ms = again ? p->hold_ms * 2 : first;
	if (p->hold_ms > most)
		p->hold_ms = most;
	p->blocked = true;
	p->blocked_seq = g->seq;
	p->early_ms = again ? 0 : now_ms + two_intervals(g) + by_chance(g, port);
	p->loops++;
	p->other = other;
	p->since_ms = p->seen_ms = now_ms;
	p->retry_ms =
		now_ms + (p->hold_ms > good_ms(g) ? p->hold_ms : good_ms(g)) + by_chance(g, port);
	g->out.block(g->out.arg, port, true);
	tell(g, LOOP_FOUND, port, other);
}

/* Its next probe is due at once: if that comes back it was open for as short as can be. */
static void reopen(struct loopguard *g, unsigned port, uint64_t now_ms)
{
	struct guarded *p = g->port[port];

	p->blocked = false;
	p->since_ms = p->due_ms = now_ms;
	g->out.block(g->out.arg, port, false);
	tell(g, LOOP_OPENED, port, p->other);
}

static bool sees_loop(const struct loopguard *g, const struct guarded *p, uint64_t now_ms)
{
	return now_ms - p->seen_ms < good_ms(g);
}

/* The loop of a port that is blocked is still there, if that probe was not on its way before. */
static void seen(struct guarded *p, uint64_t seq, uint64_t now_ms)
{
	if (seq <= p->blocked_seq)
		return;
	p->seen_ms = now_ms;
	p->early_ms = 0;
}

/* Has a port that is blocked been so for long enough? */
static bool is_over(const struct loopguard *g, const struct guarded *p, uint64_t now_ms)
{
	if (p->early_ms && now_ms >= p->early_ms)
		return true;
	return now_ms >= p->retry_ms && !sees_loop(g, p, now_ms);
}

/* The probe `seq`, which left through `sender`, came in on `port`, guarded (p) or not. */
static void found(struct loopguard *g, struct guarded *p, unsigned port, unsigned sender,
		  uint64_t seq, uint64_t now_ms)
{
	struct guarded *from = g->port[sender];

	if (from->blocked) {
		/* opening it would close the loop again, unless the other end is blocked as well */
		if (p == from || !p || !p->blocked)
			seen(from, seq, now_ms);
	} else if (!p) {
		block(g, sender, port, now_ms);
	} else if (p->blocked) {
		seen(p, seq, now_ms);
	} else {
		block(g, port, sender, now_ms);
	}
}

static enum drop judge(const struct loopguard *g, const uint8_t *frame, size_t len, uint64_t now_ms,
		       unsigned *sender)
{
	if (!loopguard_ours(g, frame, len))
		return DROP_NONE;
	return is_fresh(g, frame, now_ms, sender) ? DROP_LOOP_PROBE : DROP_BAD_PROBE;
}

enum drop loopguard_judge(const struct loopguard *g, const uint8_t *frame, size_t len,
			  uint64_t now_ms)
{
	unsigned sender;

	return judge(g, frame, len, now_ms, &sender);
}

enum drop loopguard_receive(struct loopguard *g, unsigned port, const uint8_t *frame, size_t len,
			    uint64_t now_ms)
{
	struct guarded *p = port_at(g, port);
	unsigned sender;
	enum drop d = judge(g, frame, len, now_ms, &sender);

	if (p) {
		p->bad += d == DROP_BAD_PROBE;
		p->heard += d == DROP_LOOP_PROBE;
	}
	if (d == DROP_LOOP_PROBE)
		found(g, p, port, sender, get64(frame + AT_SEQ), now_ms);
	return d;
}

bool loopguard_tick(struct loopguard *g, uint64_t now_ms)
{
	unsigned sent = 0;

	for (unsigned n = 0; n < g->end; n++) {
		unsigned port = (g->tick_from + n) % g->end;
		struct guarded *p = g->port[port];

		if (!p || !p->up)
			continue;
		if (sent == LOOP_SENDS_PER_TICK) {
			g->tick_from = port; /* those that had to wait come first */
			return true;
		}
		if (p->blocked && is_over(g, p, now_ms))
			reopen(g, port, now_ms);
		if (now_ms < p->due_ms)
			continue;
		send_probe(g, port, now_ms);
		sent++;
	}
	g->tick_from = 0; /* in the order of the ports, which decides who hears whom first */
	return false;
}

/* ---- ports ---- */

int loopguard_port_add(struct loopguard *g, unsigned port, uint64_t mac)
{
	if (port >= PORTSET_MAX)
		return -EINVAL;
	if (g->port[port])
		return -EEXIST;
	g->port[port] = calloc(1, sizeof(*g->port[port]));
	if (!g->port[port])
		return -ENOMEM;
	g->port[port]->mac = mac;
	if (port >= g->end)
		g->end = port + 1;
	return 0;
}

void loopguard_port_del(struct loopguard *g, unsigned port)
{
	struct guarded *p = port_at(g, port);

	for (unsigned i = 0; i < g->end; i++)
		if (g->port[i] && g->port[i]->other == port)
			g->port[i]->other = LOOP_GONE;
	if (!p)
		return;
	if (p->blocked)
		g->out.block(g->out.arg, port, false);
	free(p);
	g->port[port] = NULL;
	while (g->end && !g->port[g->end - 1])
		g->end--;
	if (g->tick_from >= g->end)
		g->tick_from = 0;
}

void loopguard_port_up(struct loopguard *g, unsigned port, bool up, uint64_t now_ms)
{
	struct guarded *p = port_at(g, port);
	uint64_t soon;

	if (!p || p->up == up)
		return;
	p->up = up;
	p->due_ms = now_ms;
	if (!up || !p->blocked)
		return;
	/* perhaps the loop was unplugged: for as long as a probe is good it has to be silent */
	p->seen_ms = now_ms;
	p->early_ms = 0;
	soon = now_ms + good_ms(g) + by_chance(g, port);
	if (p->retry_ms > soon)
		p->retry_ms = soon;
}

bool loopguard_port_retry(struct loopguard *g, unsigned port, uint64_t now_ms)
{
	const struct guarded *p = port_at(g, port);

	if (!p || !p->blocked)
		return false;
	reopen(g, port, now_ms);
	return true;
}

static uint32_t seconds_until(uint64_t when_ms, uint64_t now_ms)
{
	return (uint32_t)(when_ms > now_ms ? (when_ms - now_ms) / SECOND : 0);
}

bool loopguard_port(const struct loopguard *g, unsigned port, uint64_t now_ms,
		    struct loopguard_info *info)
{
	const struct guarded *p = port_at(g, port);

	if (!p)
		return false;
	*info = (struct loopguard_info){
		.blocked = p->blocked,
		.probes_sent = p->sent,
		.probes_heard = p->heard,
		.probes_bad = p->bad,
		.loops = p->loops,
	};
	if (!p->blocked)
		return true;
	info->other = p->other;
	info->blocked_s = (uint32_t)((now_ms - p->since_ms) / SECOND);
	info->retry_s = seconds_until(p->early_ms ? p->early_ms : p->retry_ms, now_ms);
	info->seen = sees_loop(g, p, now_ms);
	return true;
}

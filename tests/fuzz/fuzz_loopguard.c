/* SPDX-License-Identifier: ISC */
/*
 * fuzz_loopguard.c - probes on any way between ports, forged ones, and anything that may become of ports.
 *
 * Input: steps of three bytes, what (the lowest three bits), a port (the three after), a number:
 *
 *	0    time: so many tenths of a second, then a tick
 *	1    one of the last probes sent comes in on the port
 *	2    the same, with a bit flipped that the number chooses (among the first 46 bytes)
 *	3    the port comes up or goes down
 *	4    the port is taken away, or added anew
 *	5    somebody opens the port
 *	6    as many bytes as the number says, which follow, come in on the port
 *	7    nothing
 *
 * Checked: who is told agrees with who is blocked; forged probes block nothing; what was heard of a port that is
 * blocked blocks no other.
 */
#include <string.h>

#include "check.h"
#include "core/loopguard.h"
#include "util/bytes.h"

enum { PORTS = 8, KEPT = 32, BODY = 14, PROBE = 46 };

struct probe {
	unsigned from;
	uint8_t bytes[LOOP_FRAME_SIZE];
};

struct world {
	struct loopguard *g;
	uint64_t now;
	bool there[PORTS], up[PORTS], blocked[PORTS];
	unsigned blocks; /* calls of block() in all */
	struct probe kept[KEPT];
	unsigned sent;
};

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct world *w = arg;
	struct probe *p = &w->kept[w->sent++ % KEPT];

	CHECK(port < PORTS && w->there[port] && w->up[port]);
	CHECK(len == LOOP_FRAME_SIZE && loopguard_is(frame, len));
	p->from = port;
	memcpy(p->bytes, frame, len);
}

static void on_block(void *arg, unsigned port, bool blocked)
{
	struct world *w = arg;

	CHECK(port < PORTS && w->there[port] && w->blocked[port] != blocked);
	w->blocked[port] = blocked;
	w->blocks++;
}

static void on_tell(void *arg, enum loopguard_event event, unsigned port, unsigned other)
{
	struct world *w = arg;

	CHECK(port < PORTS && (other < PORTS || (event == LOOP_OPENED && other == LOOP_GONE)));
	CHECK(w->blocked[port] == (event == LOOP_FOUND));
}

static void check(const struct world *w)
{
	struct loopguard_info i;

	for (unsigned port = 0; port < PORTS; port++) {
		CHECK(loopguard_port(w->g, port, w->now, &i) == w->there[port]);
		if (!w->there[port])
			continue;
		CHECK(i.blocked == w->blocked[port]);
		CHECK(!i.blocked || (i.loops > 0 && (i.other < PORTS || i.other == LOOP_GONE)));
	}
}

/* A probe as it was sent: it may block one port, and then it is the right one. */
static void replay(struct world *w, unsigned port, uint8_t which)
{
	const struct probe *p = &w->kept[which % KEPT];
	bool sender_open = w->there[p->from] && !w->blocked[p->from];
	bool was = w->blocked[port];
	unsigned before = w->blocks;
	enum drop d;

	if (w->sent == 0 || which % KEPT >= w->sent)
		return;
	d = loopguard_receive(w->g, port, p->bytes, sizeof(p->bytes), w->now);
	CHECK(d == DROP_LOOP_PROBE || d == DROP_BAD_PROBE);
	CHECK(w->blocks - before <= 1);
	if (w->blocks == before)
		return;
	CHECK(d == DROP_LOOP_PROBE && sender_open && w->up[p->from]);
	CHECK(w->there[port] ? !was && w->blocked[port] : w->blocked[p->from]);
}

static void forge(struct world *w, unsigned port, uint8_t which, unsigned bit)
{
	uint8_t bytes[LOOP_FRAME_SIZE];
	unsigned before = w->blocks;

	bit %= PROBE * 8;
	if (w->sent == 0 || which % KEPT >= w->sent || (bit >= 48 && bit < 96)) /* the source */
		return;
	memcpy(bytes, w->kept[which % KEPT].bytes, sizeof(bytes));
	bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	enum drop d = loopguard_receive(w->g, port, bytes, sizeof(bytes), w->now);
	CHECK(d == DROP_NONE || d == DROP_BAD_PROBE);
	CHECK(w->blocks == before);
}

static void add_or_del(struct world *w, unsigned port)
{
	if (w->there[port]) {
		loopguard_port_del(w->g, port);
		CHECK(!w->blocked[port]);
	} else {
		CHECK(loopguard_port_add(w->g, port, 0x020000000001 + port) == 0);
	}
	w->there[port] = !w->there[port];
	w->up[port] = false;
}

/* Nobody makes one without the key; a fuzzer that watches comparisons may find the tag of one that was sent. */
static bool was_sent(const struct world *w, const uint8_t *p, size_t len)
{
	for (unsigned i = 0; len >= PROBE && i < KEPT && i < w->sent; i++)
		if (memcmp(w->kept[i].bytes + BODY, p + BODY, PROBE - BODY) == 0)
			return true;
	return false;
}

static void receive(struct world *w, unsigned port, struct rd *r, size_t len)
{
	const uint8_t *p = rd_take(r, len);
	unsigned before = w->blocks;

	if (!p)
		return;
	enum drop d = loopguard_receive(w->g, port, p, len, w->now);
	CHECK(d == DROP_NONE || loopguard_is(p, len));
	CHECK(d == DROP_LOOP_PROBE ? was_sent(w, p, len) : w->blocks == before);
}

static void step(struct world *w, struct rd *r)
{
	uint8_t what = rd_u8(r), number = rd_u8(r), more = rd_u8(r);
	unsigned port = what >> 3 & 7;

	switch (what & 7) {
	case 0:
		w->now += (uint64_t)number * 100;
		while (loopguard_tick(w->g, w->now))
			;
		break;
	case 1:
		replay(w, port, number);
		break;
	case 2:
		forge(w, port, number, (unsigned)number << 8 | more);
		break;
	case 3:
		loopguard_port_up(w->g, port, number & 1, w->now);
		w->up[port] = w->there[port] && (number & 1);
		break;
	case 4:
		add_or_del(w, port);
		break;
	case 5:
		loopguard_port_retry(w->g, port, w->now);
		CHECK(!w->blocked[port]);
		break;
	case 6:
		receive(w, port, r, number);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t id[8] = {'f', 'u', 'z', 'z', 'f', 'u', 'z', 'z'};
	static const struct siphash_key key = {{1, 2}};
	struct world w = {.now = 1000};
	const struct loopguard_out out = {
		.arg = &w, .send = on_send, .block = on_block, .tell = on_tell};
	struct rd r = rd_from(data, size);
	struct loopguard_cfg cfg;

	loopguard_defaults(&cfg);
	w.g = loopguard_new(&cfg, id, &key, &out);
	CHECK(w.g);
	for (unsigned port = 0; port < PORTS - 2; port++) {
		add_or_del(&w, port);
		loopguard_port_up(w.g, port, w.up[port] = true, w.now);
	}
	while (rd_left(&r)) {
		step(&w, &r);
		check(&w);
	}
	loopguard_free(w.g);
	return 0;
}

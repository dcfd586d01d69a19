/* SPDX-License-Identifier: ISC */
/*
 * pieces.c - what each piece of the core costs, alone and over and over, with all it touches in cache.
 *
 *     pieces          one JSON object a line: nanoseconds an operation, best and median of the runs
 *     valgrind --tool=callgrind --collect-atstart=no pieces
 *                     the same pieces, fewer times; callgrind writes one file for each
 *
 * The number of instructions is the same each time: addresses, order and the key of the hash are fixed,
 * and only the piece is counted, with the loop around it (three instructions or so).  core.py divides
 * and compares; how a table behaves that does not fit into the cache is fdb.c's to tell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else /* then it runs, but callgrind counts nothing */
#define RUNNING_ON_VALGRIND 0
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

#include "core/capture_ring.h"
#include "core/csum.h"
#include "core/decide.h"
#include "core/gro.h"
#include "core/gso.h"
#include "core/hold.h"
#include "core/impair.h"
#include "port/filter.h"
#include "core/igmp.h"
#include "core/sw_snoop.h"
#include "util/mac.h"

#define GROUP 0xef010203u /* 239.1.2.3 */

enum {
	STATIONS = 1000,
	PORTS = 256,
	NOW_S = 1000,
	NOW_MS = NOW_S * 1000,
	SMALL = 60,
	SEGMENT = 1448,
	SEGMENTS = 44, /* of a super-frame: the most that 64 KiB hold */
	SUPER = SEGMENTS * SEGMENT,
	HEAD = 14 + 20 + 20,
	RUNS = 9,
	FEWER = 50, /* under callgrind, so many times fewer */
};

struct packet {
	uint8_t vnet[VNET_HDR_SIZE];
	uint8_t data[FRAME_MAX];
	size_t len;
};

static struct {
	struct sw *sw, *wide; /* with 9 ports, and with PORTS */
	struct sw *vlans;     /* with 4 ports, two of them trunks, all in VLAN 5 */
	struct sw *snoops;    /* the same, that snoops: port 1 is in GROUP, port 2 a router's */
	struct sw *limited;   /* with 2 ports, each with limits that it is below */
	struct sw_port port[9], far[PORTS], member[4], listener[4], metered[2];
	struct fdb *fresh; /* nothing in it */
	struct packet small, tagged, super, broadcast, group;
	struct packet segment[SEGMENTS];
	struct gro *gro;
	struct filters filters;
	unsigned handed_on; /* frames that left the coalescing */
	uint64_t sunk;	    /* results go here, so that nothing is optimised away */
} lab;

static uint64_t station(unsigned i)
{
	return UINT64_C(0x020000000000) + i * UINT64_C(0x9e3779b1) % (1u << 24);
}

/* ---- frames ---- */

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* A TCP segment over IPv4 whose checksum is owed, as a guest with offloads sends it. */
static void make_tcp(struct packet *p, uint64_t dst, uint64_t src, bool tag, size_t payload)
{
	static const uint8_t ip_header[20] = {0x45, [5] = 1, 0x40, [8] = 64, 6, [12] = 10, 0,
					      0,    1,	     10,   0,	     0, 2};
	static const uint8_t tcp_header[20] = {4, 210, 20, 81, [7] = 1, [11] = 1, 0x50, 0x10, 2};
	size_t l3 = tag ? 18 : 14;
	uint8_t *ip = p->data + l3, *tcp = ip + 20;

	mac_store(p->data, dst);
	mac_store(p->data + 6, src);
	if (tag)
		memcpy(p->data + 12, "\x81\x00\x00\x05", 4);
	put16(p->data + l3 - 2, ETHERTYPE_IPV4);
	memcpy(ip, ip_header, sizeof(ip_header));
	put16(ip + 2, 40 + payload);
	put16(ip + 10, csum_finish(csum_add(0, ip, 20)));
	memcpy(tcp, tcp_header, sizeof(tcp_header));
	put16(tcp + 16, csum_fold(csum_pseudo4(ip, 6, (uint32_t)(20 + payload))));
	p->len = l3 + 40 + payload;
	p->vnet[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	p->vnet[6] = (uint8_t)(l3 + 20);
	p->vnet[8] = 16;
	if (payload > SEGMENT) {
		p->vnet[1] = VIRTIO_NET_HDR_GSO_TCPV4;
		p->vnet[2] = (uint8_t)(l3 + 40);
		p->vnet[4] = SEGMENT & 0xff;
		p->vnet[5] = SEGMENT >> 8;
	}
}

static inline struct frame frame_of(const struct packet *p)
{
	return (struct frame){.data = p->data, .len = p->len, .vnet = p->vnet};
}

/* What is cut from the super-frame, as plain frames: what a UDP port would receive. */
static void make_segments(void)
{
	struct frame f = frame_of(&lab.super);
	struct gso_piece piece;
	struct gso g;
	uint8_t head[GSO_HEAD_MAX];

	if (frame_parse(&f) != DROP_NONE)
		abort();
	gso_begin(&g, &f);
	for (unsigned i = 0; gso_next(&g, head, &piece); i++) {
		struct packet *p = &lab.segment[i];

		memcpy(p->data, piece.head, piece.head_len);
		memcpy(p->data + piece.head_len, piece.payload, piece.payload_len);
		p->len = piece.head_len + piece.payload_len;
	}
}

/* ---- the lab ---- */

static struct sw *make_switch(struct sw_port *ports, unsigned n)
{
	static const struct siphash_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
	static const struct sw_settings set = {.max_macs = FDB_MACS_DEFAULT};
	struct err e;
	struct sw *sw = sw_new("sw0", &set, &key, 0, NULL, &e);

	if (!sw)
		abort();
	for (unsigned i = 0; i < n; i++) {
		ports[i].name = "p";
		if (sw_attach(sw, &ports[i], &e))
			abort();
		sw_port_link(&ports[i], true);
	}
	for (unsigned i = 0; i < STATIONS; i++) {
		struct fdb_verdict v = fdb_judge(sw->fdb, 0, station(i), i & 1);

		fdb_learn(sw->fdb, &v, i & 1, NOW_S);
	}
	return sw;
}

/* Ports 0 and 1 are access ports of VLAN 5, the others trunks; who was behind port 1 is so in it too. */
static struct sw *make_vlans(struct sw_port *ports)
{
	struct sw *sw = make_switch(ports, 4);
	struct sw_settings set = sw->set;
	struct err e;

	set.vlan_aware = true;
	if (sw_reconfigure(sw, &set, &e))
		abort();
	for (unsigned i = 0; i < 4; i++) {
		struct sw_port_set *s = &ports[i].set;

		opt_defaults(sw_port_options, s);
		if (i < 2)
			s->access = 5;
		else
			vidset_add(&s->trunk, 5);
		sw_port_update(&ports[i]);
	}
	for (unsigned i = 0; i < STATIONS; i++) {
		struct fdb_verdict v = fdb_judge(sw->fdb, 5, station(i), i & 1);

		fdb_learn(sw->fdb, &v, i & 1, NOW_S);
	}
	return sw;
}

/* Hears a querier at port 2, waits for the answers, and puts port 1 into the group. */
static void make_snoops(void)
{
	const struct mcast_query q = {
		.mac = station(2),
		.src = ip4(0x0a000001),
		.group = ip4(0),
		.version = 3,
		.max_resp_ms = 1000,
		.qqi_s = 125,
		.qrv = 2,
	};
	uint8_t data[MCAST_QUERY_SIZE + 4];
	struct frame f = {.data = data};
	struct sw_settings set;
	struct verdict v;
	struct err e;

	lab.snoops = make_vlans(lab.listener);
	opt_defaults(sw_options, &set);
	set.vlan_aware = true;
	set.max_macs = lab.snoops->set.max_macs;
	snprintf(set.mcast_snooping, sizeof(set.mcast_snooping), "on");
	if (sw_reconfigure(lab.snoops, &set, &e) ||
	    sw_group_add(lab.snoops, 5, ip4(GROUP), &lab.listener[1], &e))
		abort();
	sw_tick(lab.snoops, NOW_MS - 2000);
	f.len = igmp_query(data + 4, &q) + 4; /* the trunk's frames have a tag */
	memmove(data, data + 4, 12);
	memcpy(data + 12, "\x81\x00\x00\x05", 4);
	switch_decide(lab.snoops, &lab.listener[2], &f, frame_parse(&f), &v);
	switch_commit(lab.snoops, &lab.listener[2], &f, &v, NOW_MS - 2000);
	sw_tick(lab.snoops, NOW_MS);
}

static void make_limits(void)
{
	const struct rate much = {.n = RATE_MAX, .unit = RATE_BITS};

	lab.limited = make_switch(lab.metered, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct sw_port_set *s = &lab.metered[i].set;

		s->rate_in = s->rate_out = s->storm_broadcast = s->storm_multicast =
			s->storm_unknown = much;
		sw_port_update(&lab.metered[i]);
	}
}

static void sink(void *arg, struct frame *f)
{
	(void)arg;
	lab.handed_on++;
	lab.sunk += f->len;
}

/* Even stations are behind port 0, odd ones behind port 1. */
static void make_lab(void)
{
	lab.sw = make_switch(lab.port, 9);
	lab.wide = make_switch(lab.far, PORTS);
	lab.vlans = make_vlans(lab.member);
	make_snoops();
	make_limits();
	lab.gro = gro_new(sink, NULL);
	if (!lab.gro)
		abort();
	make_tcp(&lab.small, station(1), station(0), false, SMALL - HEAD);
	make_tcp(&lab.tagged, station(1), station(0), true, SMALL - HEAD);
	make_tcp(&lab.super, station(1), station(0), false, SUPER);
	make_tcp(&lab.broadcast, MAC_BROADCAST, station(0), false, SMALL - HEAD);
	make_tcp(&lab.group, UINT64_C(0x01005e000000) | (GROUP & 0x7fffff), station(0), false,
		 SMALL - HEAD);
	for (unsigned i = 0; i < 4; i++)
		lab.group.data[30 + i] = (uint8_t)(GROUP >> (24 - 8 * i));
	make_segments();
}

static void free_lab(void)
{
	for (unsigned i = 0; i < 9; i++)
		sw_detach(&lab.port[i]);
	for (unsigned i = 0; i < PORTS; i++)
		sw_detach(&lab.far[i]);
	sw_free(lab.sw);
	sw_free(lab.wide);
	gro_free(lab.gro);
	filters_sweep(&lab.filters);
	fdb_free(lab.fresh);
}

/* ---- the pieces: each does what it does n times ---- */

static void parse(const struct packet *p, unsigned n)
{
	while (n--) {
		struct frame f = frame_of(p);

		lab.sunk += frame_parse(&f);
	}
}

static void parse_plain(unsigned n)
{
	struct packet *p = &lab.small;

	while (n--) {
		struct frame f = {.data = p->data, .len = p->len};

		lab.sunk += frame_parse(&f);
	}
}

static void parse_small(unsigned n)
{
	parse(&lab.small, n);
}

static void parse_tagged(unsigned n)
{
	parse(&lab.tagged, n);
}

static void parse_super(unsigned n)
{
	parse(&lab.super, n);
}

static void check_vnet(unsigned n)
{
	struct frame f = frame_of(&lab.super);
	struct virtio_net_hdr h = vnet_load(f.vnet);
	size_t wire;

	lab.sunk += frame_parse(&f);
	while (n--)
		lab.sunk += vnet_check(&h, &f, &wire);
}

static void look_up(unsigned n, unsigned from)
{
	while (n--)
		lab.sunk += (unsigned)fdb_lookup(lab.sw->fdb, 0, station(from + n % STATIONS));
}

static void hit(unsigned n)
{
	look_up(n, 0);
}

static void miss(unsigned n)
{
	look_up(n, STATIONS);
}

static void learn_known(unsigned n)
{
	while (n--) {
		unsigned i = n % STATIONS;
		struct fdb_verdict v = fdb_judge(lab.sw->fdb, 0, station(i), i & 1);

		fdb_learn(lab.sw->fdb, &v, i & 1, NOW_S);
	}
}

static void empty_table(void)
{
	static const struct siphash_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

	fdb_free(lab.fresh);
	lab.fresh = fdb_new(FDB_MACS_DEFAULT, &key);
	if (!lab.fresh)
		abort();
	fdb_port_open(lab.fresh, 0, 0);
}

static void learn_new(unsigned n)
{
	while (n--) {
		struct fdb_verdict v = fdb_judge(lab.fresh, 0, station(n), 0);

		fdb_learn(lab.fresh, &v, 0, NOW_S);
	}
}

static void decide(struct sw *sw, const struct packet *p, unsigned n)
{
	struct frame f = frame_of(p);
	enum drop parsed = frame_parse(&f);
	struct verdict v;

	while (n--) {
		switch_decide(sw, sw->port[0], &f, parsed, &v);
		lab.sunk += v.drop;
	}
}

static void decide_known(unsigned n)
{
	decide(lab.sw, &lab.small, n);
}

static void decide_flood_8(unsigned n)
{
	decide(lab.sw, &lab.broadcast, n);
}

static void decide_flood_255(unsigned n)
{
	decide(lab.wide, &lab.broadcast, n);
}

static void commit(unsigned n)
{
	struct frame f = frame_of(&lab.small);
	struct sw_port *in = &lab.port[0];
	struct verdict v;

	switch_decide(lab.sw, in, &f, frame_parse(&f), &v);
	while (n--)
		switch_commit(lab.sw, in, &f, &v, NOW_MS);
}

/* All that the core does for a frame between two taps. */
static void forward_in(struct sw *sw, struct sw_port *in, const struct packet *p, unsigned n)
{
	struct verdict v;

	while (n--) {
		struct frame f = frame_of(p);

		switch_decide(sw, in, &f, frame_parse(&f), &v);
		switch_commit(sw, in, &f, &v, NOW_MS);
		portset_foreach (i, &v.out, sw->words)
			lab.sunk += i;
	}
}

static void forward(const struct packet *p, unsigned n)
{
	forward_in(lab.sw, &lab.port[0], p, n);
}

static void forward_vlan(unsigned n)
{
	forward_in(lab.vlans, &lab.member[0], &lab.small, n);
}

static void forward_snooping(unsigned n)
{
	forward_in(lab.snoops, &lab.listener[0], &lab.small, n);
}

static void forward_flooded(unsigned n)
{
	forward_in(lab.vlans, &lab.member[0], &lab.group, n);
}

static void forward_group(unsigned n)
{
	forward_in(lab.snoops, &lab.listener[0], &lab.group, n);
}

static void forward_tagged(unsigned n)
{
	forward_in(lab.vlans, &lab.member[2], &lab.tagged, n);
}

static void forward_limited(unsigned n)
{
	switch_begin(lab.limited, NOW_MS);
	forward_in(lab.limited, &lab.metered[0], &lab.small, n);
}

static void forward_small(unsigned n)
{
	forward(&lab.small, n);
}

static const struct filter *filter(const char *text)
{
	struct err e;

	if (filters_make(&lab.filters, text, &e))
		abort();
	return filters_take(&lab.filters, text);
}

/* All of it is looked at before the frame passes. */
static const char dhcp[] = "not udp src port 67";

static void ask_filter(unsigned n)
{
	const struct filter *f = filter(dhcp);
	const struct packet *p = &lab.small;

	while (n--)
		lab.sunk += f->match(f, p->data, p->len, p->len);
	filters_let_go(f);
}

/* At the port that it comes from, that it goes to, or neither (NULL). */
static void with_filters(const char *in, const char *out, unsigned n)
{
	struct sw_port *from = &lab.port[0], *to = &lab.port[1];

	from->filter_in = in ? filter(in) : NULL;
	to->filter_out = out ? filter(out) : NULL;
	sw_port_update(from);
	sw_port_update(to);
	forward_in(lab.sw, from, &lab.small, n);
	filters_let_go(from->filter_in);
	filters_let_go(to->filter_out);
	from->filter_in = to->filter_out = NULL;
	sw_port_update(from);
	sw_port_update(to);
}

static void forward_filter_in(unsigned n)
{
	with_filters(dhcp, NULL, n);
}

static void forward_filter_out(unsigned n)
{
	with_filters(NULL, dhcp, n);
}

/* Any port of the switch looks for loops. */
static void forward_guarded(unsigned n)
{
	struct sw_port *other = &lab.port[8];

	other->set.loop_guard = true;
	sw_port_update(other);
	forward(&lab.small, n);
	other->set.loop_guard = false;
	sw_port_update(other);
}

static void forward_super(unsigned n)
{
	forward(&lab.super, n);
}

static void segment(const struct packet *p, unsigned n)
{
	struct frame f = frame_of(p);
	struct gso_piece piece;
	struct gso g;
	uint8_t head[GSO_HEAD_MAX];

	lab.sunk += frame_parse(&f);
	while (n--) {
		gso_begin(&g, &f);
		while (gso_next(&g, head, &piece))
			lab.sunk += piece.payload_len;
	}
}

static void segment_super(unsigned n)
{
	segment(&lab.super, n);
}

static void finish_small(unsigned n)
{
	segment(&lab.small, n);
}

static void coalesce(unsigned n)
{
	unsigned expected = lab.handed_on + n;

	while (n--) {
		for (unsigned i = 0; i < SEGMENTS; i++)
			gro_receive(lab.gro, lab.segment[i].data, lab.segment[i].len);
		gro_flush(lab.gro);
	}
	if (lab.handed_on != expected)
		abort(); /* they did not become one: whatever this measured, it is not coalescing */
}

static void coalesce_alone(unsigned n)
{
	while (n--) {
		gro_receive(lab.gro, lab.segment[0].data, lab.segment[0].len);
		gro_flush(lab.gro);
	}
}

static void checksum(unsigned n)
{
	while (n--)
		lab.sunk += csum_add(0, lab.super.data + HEAD, SEGMENT);
}

/* To a reader that keeps up. */
static void capture(uint32_t len, unsigned n)
{
	static _Alignas(64) uint8_t ring[CAPTURE_HEAD_SIZE + CAPTURE_RING_MIN];
	static _Alignas(64) struct capture_place place;
	struct capture_frame f = {.len = len, .caplen = len, .ports = 1, .listed = 1};
	struct capture_writer w;

	f.data = lab.super.data;
	capture_writer_begin(&w, ring, CAPTURE_RING_MIN, &place);
	while (n--) {
		if (!capture_put_frame(&w, &f, len, NULL))
			abort();
		lab.sunk += capture_tell(&w);
		place.read = w.written;
	}
	place.read = 0;
}

static void capture_small(unsigned n)
{
	capture(SMALL, n);
}

static void capture_segment(unsigned n)
{
	capture(HEAD + SEGMENT, n);
}

/* Of a bad link: what becomes of a frame, and the frame kept among a thousand others until it arrives. */
static void impair(const struct impair_cfg *cfg, bool keep, unsigned n)
{
	struct impair *im = impair_new(cfg);
	struct hold *h = hold_new(8 << 20);
	struct impair_plan p;
	uint64_t now = 0;

	if (!im || !h)
		abort();
	for (; n--; now += 20000) { /* ns between frames */
		uint8_t *to;

		impair_plan(im, now, SMALL, SMALL - FRAME_MIN, &p);
		lab.sunk += p.at_ns[0];
		if (!keep)
			continue;
		to = p.copies ? hold_put(h, p.sent_ns[0], p.at_ns[0], SMALL) : NULL;
		if (to)
			memcpy(to, lab.super.data, SMALL);
		while (hold_take(h, now))
			lab.sunk++;
		hold_done(h);
	}
	impair_free(im);
	hold_free(h);
}

static void impair_lossy(unsigned n)
{
	const struct impair_cfg cfg = {.loss_ppm = 10000};

	impair(&cfg, false, n);
}

static void impair_far(unsigned n)
{
	const struct impair_cfg cfg = {.loss_ppm = 10000, .delay_us = 20000, .jitter_us = 5000};

	impair(&cfg, true, n);
}

struct piece {
	const char *name;
	void (*run)(unsigned n);
	void (*prepare)(void); /* before each run, not counted */
	unsigned n;
};

static const struct piece pieces[] = {
	{"frame_parse: no offload header", parse_plain, NULL, 100000},
	{"frame_parse: checksum owed", parse_small, NULL, 100000},
	{"frame_parse: checksum owed, C-tag", parse_tagged, NULL, 100000},
	{"frame_parse: super-frame", parse_super, NULL, 100000},
	{"vnet_check: super-frame", check_vnet, NULL, 100000},
	{"fdb_lookup: hit among 1000", hit, NULL, 100000},
	{"fdb_lookup: miss among 1000", miss, NULL, 100000},
	{"fdb_judge, fdb_learn: known", learn_known, NULL, 100000},
	{"fdb_judge, fdb_learn: new", learn_new, empty_table, 50000},
	{"switch_decide: known unicast", decide_known, NULL, 100000},
	{"switch_decide: flood to 8", decide_flood_8, NULL, 100000},
	{"switch_decide: flood to 255", decide_flood_255, NULL, 100000},
	{"switch_commit: known unicast", commit, NULL, 100000},
	{"all for a 60-byte frame", forward_small, NULL, 100000},
	{"all for a 60-byte frame, VLANs", forward_vlan, NULL, 100000},
	{"all for a tagged frame, VLANs", forward_tagged, NULL, 100000},
	{"all for a 60-byte frame, VLANs, snooping", forward_snooping, NULL, 100000},
	{"all for a multicast frame, VLANs: flood to 3", forward_flooded, NULL, 100000},
	{"all for a multicast frame, VLANs, snooping: to 2", forward_group, NULL, 100000},
	{"all for a 60-byte frame, limits", forward_limited, NULL, 100000},
	{"all for a 60-byte frame, loop_guard", forward_guarded, NULL, 100000},
	{"all for a super-frame", forward_super, NULL, 100000},
	{"filter: not udp src port 67", ask_filter, NULL, 100000},
	{"all for a 60-byte frame, filter_in", forward_filter_in, NULL, 100000},
	{"all for a 60-byte frame, filter_out", forward_filter_out, NULL, 100000},
	{"gso: checksum of a 60-byte frame", finish_small, NULL, 100000},
	{"gso: super-frame to 44 segments", segment_super, NULL, 2000},
	{"gro: 44 segments to a super-frame", coalesce, NULL, 2000},
	{"gro: a segment alone", coalesce_alone, NULL, 100000},
	{"csum_add: 1448 bytes", checksum, NULL, 100000},
	{"bad link: loss", impair_lossy, NULL, 100000},
	{"bad link: loss, delay, jitter, held among 1000", impair_far, NULL, 100000},
	{"capture: a 60-byte frame written", capture_small, NULL, 100000},
	{"capture: a frame of 1502 bytes written", capture_segment, NULL, 100000},
};

/* ---- measuring ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Time on the processor: what others did on it meanwhile is not the piece's fault. */
static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double run_once(const struct piece *p, unsigned n)
{
	if (p->prepare)
		p->prepare();
	double begin = now_ns();
	CALLGRIND_TOGGLE_COLLECT;
	p->run(n);
	CALLGRIND_TOGGLE_COLLECT;
	return (now_ns() - begin) / n;
}

static void measure(const struct piece *p)
{
	double took[RUNS];

	for (int i = 0; i < RUNS; i++)
		took[i] = run_once(p, p->n);
	qsort(took, RUNS, sizeof(took[0]), by_value);
	printf("{\"name\": \"%s\", \"best_ns\": %.2f, \"ns\": %.2f}\n", p->name, took[0],
	       took[RUNS / 2]);
	fflush(stdout);
}

static void count(const struct piece *p)
{
	unsigned n = p->n / FEWER;

	(void)run_once(p, n);
	CALLGRIND_DUMP_STATS_AT(p->name);
	printf("{\"name\": \"%s\", \"n\": %u}\n", p->name, n);
}

int main(void)
{
	make_lab();
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		if (RUNNING_ON_VALGRIND)
			count(&pieces[i]);
		else
			measure(&pieces[i]);
	}
	free_lab();
	return lab.sunk == 0; /* never */
}

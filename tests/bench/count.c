/* SPDX-License-Identifier: ISC */
/*
 * count.c - how many frames arrive, by the receiving devices' own counters.
 *
 *     count MILLISECONDS IFNAME...
 *
 * Sends one frame from each device, so that switches know where it is, says "ready", waits until frames
 * come, and then for that long counts those of all the devices together.  The window begins when the
 * stream is under way and ends before the generator (blast.c) does, so what piles up in queues does not
 * count as fast.  Then waits until nothing comes any more.
 *
 * Counters instead of a socket: a receiver that takes up each frame would be a third that wants a
 * processor, and be what is measured.
 *
 * The result is one JSON object on standard output: `frames` and `bytes` within `ns`; `total` is all that
 * came from "ready" to the end.  Without any frame for TOO_LONG_NS, all are 0.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/mac.h"
#include "wire.h"

enum {
	UNDER_WAY = 100,    /* frames: more than what strays */
	WARM_NS = 50000000, /* from then on until the window begins */
	LOOK_NS = 2000000,
	STILL_NS = 60000000, /* nothing for that long: it is over */
	HELLO_SIZE = 60,
};

#define TOO_LONG_NS UINT64_C(5000000000)

struct counters {
	uint64_t frames, bytes, at_ns;
};

struct devices {
	char **name;
	int count;
};

static bool is_one_of(const struct devices *d, const char *name, size_t len)
{
	for (int i = 0; i < d->count; i++)
		if (strlen(d->name[i]) == len && memcmp(d->name[i], name, len) == 0)
			return true;
	return false;
}

/* A line of /proc/net/dev: name, colon, bytes received, frames received, and more. */
static void add_line(const struct devices *d, const char *line, struct counters *c)
{
	const char *name = line + strspn(line, " "), *colon = strchr(name, ':');
	char *rest;

	if (!colon || !is_one_of(d, name, (size_t)(colon - name)))
		return;
	c->bytes += strtoul(colon + 1, &rest, 10);
	c->frames += strtoul(rest, NULL, 10);
}

static struct counters look(const struct devices *d)
{
	static FILE *f;
	struct counters c = {0};
	char line[512];

	if (!f && !(f = fopen("/proc/net/dev", "re")))
		die("/proc/net/dev");
	rewind(f);
	c.at_ns = now_ns();
	while (fgets(line, sizeof(line), f))
		add_line(d, line, &c);
	return c;
}

static void say_hello(const char *ifname)
{
	uint8_t frame[HELLO_SIZE] = {0};
	struct wire w;

	wire_open(&w, ifname);
	wire_header(frame, MAC_BROADCAST, w.mac);
	if (send(w.fd, frame, sizeof(frame), 0) < 0)
		die("send");
	close(w.fd);
}

static bool await_stream(const struct devices *d, const struct counters *start)
{
	for (;;) {
		struct counters now = look(d);

		if (now.frames - start->frames >= UNDER_WAY)
			return true;
		if (now.at_ns - start->at_ns > TOO_LONG_NS)
			return false;
		sleep_ns(LOOK_NS);
	}
}

static struct counters await_end(const struct devices *d)
{
	struct counters last = look(d);

	for (;;) {
		sleep_ns(STILL_NS);
		struct counters now = look(d);
		if (now.frames == last.frames)
			return now;
		last = now;
	}
}

int main(int argc, char **argv)
{
	struct counters start, from, to, end;

	if (argc < 3) {
		fprintf(stderr, "usage: count MILLISECONDS IFNAME...\n");
		return 2;
	}
	uint64_t window_ns = argument(argv[1], 1, 3600000) * 1000000u;
	const struct devices d = {argv + 2, argc - 2};
	for (int i = 0; i < d.count; i++)
		say_hello(d.name[i]);
	sleep_ns(STILL_NS); /* the greetings of the others have come */
	start = from = to = end = look(&d);
	puts("ready");
	fflush(stdout);
	if (await_stream(&d, &start)) {
		sleep_ns(WARM_NS);
		from = look(&d);
		sleep_ns(window_ns);
		to = look(&d);
		end = await_end(&d);
	}
	printf("{\"frames\": %lu, \"bytes\": %lu, \"ns\": %lu, \"total\": %lu}\n",
	       to.frames - from.frames, to.bytes - from.bytes, to.at_ns - from.at_ns,
	       end.frames - start.frames);
	return 0;
}

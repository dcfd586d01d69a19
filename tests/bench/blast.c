/* SPDX-License-Identifier: ISC */
/*
 * blast.c - a generator of frames.
 *
 *     blast send IFNAME MAC SIZE MILLISECONDS [COUNT]
 *         sends frames of SIZE bytes to MAC as fast as it can; with COUNT, to the COUNT addresses
 *         from MAC on, in an order that no cache foresees
 *     blast learn IFNAME MAC SIZE FIRST COUNT [PER-SECOND]
 *         sends one frame to MAC from each of the COUNT addresses from FIRST on, so that switches
 *         learn them; at most so many a second
 *
 * Results are one JSON object on standard output.
 *
 * Where a device has no room the kernel says ENOBUFS.  send then counts the frame as sent and as
 * refused and goes on with the next, as a guest that outruns its switch would: how much of what was
 * offered arrives is what is to be found out (count.c).  learn waits and tries again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util/mac.h"
#include "wire.h"

enum {
	BATCH = 64,
	ADDRESSES_MAX = 1 << 24,
	PATIENCE_NS = 50000, /* until a switch has emptied some of a queue */
};

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	uint8_t frame[BATCH][WIRE_FRAME_MAX];
};

static struct batch batch;

/* One frame each, or one for all where they do not differ. */
static void make_batch(uint64_t dst, uint64_t src, size_t size, bool differ)
{
	for (int i = 0; i < BATCH; i++) {
		uint8_t *frame = batch.frame[differ ? i : 0];

		wire_header(frame, dst, src);
		batch.iov[i] = (struct iovec){frame, size};
		batch.msg[i].msg_hdr = (struct msghdr){.msg_iov = &batch.iov[i], .msg_iovlen = 1};
	}
}

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t random_word(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void send_batches(struct wire *w, uint64_t dst, uint64_t count, uint64_t duration_ns)
{
	uint64_t begin = now_ns(), now, sent = 0, refused = 0;

	do {
		for (int i = 0; count > 1 && i < BATCH; i++)
			mac_store(batch.frame[i], dst + random_word() % count);
		int n = sendmmsg(w->fd, batch.msg, BATCH, 0);
		if (n < 0 && !no_room(errno) && errno != EINTR)
			die("sendmmsg");
		if (n > 0)
			sent += (uint64_t)n;
		if (n < 0 && no_room(errno)) {
			sent++;
			refused++;
		}
		now = now_ns();
	} while (now - begin < duration_ns);
	printf("{\"sent\": %lu, \"refused\": %lu, \"ns\": %lu}\n", sent, refused, now - begin);
}

/* Sends the first n frames of the batch, however long that takes. */
static void send_all(struct wire *w, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int got = sendmmsg(w->fd, batch.msg + done, n - done, 0);

		if (got > 0)
			done += (unsigned)got;
		else if (no_room(errno))
			sleep_ns(PATIENCE_NS);
		else if (errno != EINTR)
			die("sendmmsg");
	}
}

static void send_sources(struct wire *w, uint64_t first, size_t count, size_t per_second)
{
	uint64_t begin = now_ns();

	for (size_t at = 0; at < count;) {
		unsigned n = count - at < BATCH ? (unsigned)(count - at) : BATCH;

		for (unsigned i = 0; i < n; i++)
			mac_store(batch.frame[i] + 6, first + at + i);
		send_all(w, n);
		at += n;
		uint64_t due = begin + (uint64_t)((double)at / (double)per_second * 1e9);
		uint64_t now = now_ns();
		if (now < due)
			sleep_ns(due - now);
	}
	printf("{\"sent\": %zu, \"ns\": %lu}\n", count, now_ns() - begin);
}

static int usage(void)
{
	fprintf(stderr, "usage: blast send IFNAME MAC SIZE MILLISECONDS [COUNT]\n"
			"       blast learn IFNAME MAC SIZE FIRST COUNT [PER-SECOND]\n");
	return 2;
}

int main(int argc, char **argv)
{
	bool sends = argc > 1 && strcmp(argv[1], "send") == 0;
	bool learns = argc > 1 && strcmp(argv[1], "learn") == 0;
	int most = sends ? 7 : 8;
	struct wire w;

	if ((!sends && !learns) || (argc != most && argc != most - 1))
		return usage();
	wire_open(&w, argv[2]);
	uint64_t dst = address_argument(argv[3]);
	size_t size = argument(argv[4], WIRE_FRAME_MIN, WIRE_FRAME_MAX);
	const char *last = argc == most ? argv[most - 1] : NULL;
	if (sends) {
		size_t count = last ? argument(last, 1, ADDRESSES_MAX) : 1;

		make_batch(dst, w.mac, size, count > 1);
		send_batches(&w, dst, count, argument(argv[5], 1, 3600000) * 1000000u);
	} else {
		make_batch(dst, 0, size, true);
		send_sources(&w, address_argument(argv[5]), argument(argv[6], 1, ADDRESSES_MAX),
			     last ? argument(last, 1, 1000000000) : 1000000000);
	}
	return 0;
}

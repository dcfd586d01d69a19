/* SPDX-License-Identifier: ISC */
/*
 * rx.h - how frames come in: several at a time, where several wait.
 *
 * A frame is a read, a decision and a write.  The kernel's part of a write runs through more code than
 * fits into the first-level cache, and so does it of a read: after each, ours has to be fetched anew, which
 * takes longer than running it.  So where frames wait they are taken RX_BATCH at a time, in three passes:
 * all are read, all are decided, all are sent; each pass finds its code where it left it.
 *
 * A port begins with one frame, so that one that comes alone is not kept waiting until it is known
 * that none follows; while there are more than that, the batch doubles.
 */
#ifndef PORT_RX_H
#define PORT_RX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/decide.h"
#include "core/frame.h"
#include "core/vnet.h"

struct port;

enum {
	RX_BATCH = 16,
	/*
	 * A batch ends when that much was read, so that all of it is still in the first-level cache when it
	 * is sent.
	 */
	RX_BATCH_BYTES = 16 << 10,
	/* An offload header, a frame, and one byte so that a frame of more can be told from one that fits */
	RX_ROOM = VNET_HDR_SIZE + FRAME_MAX + 1,
};

/* One for a datapath: every port reads into the same memory.  Zero is a valid beginning. */
struct rx {
	struct frame frame[RX_BATCH];
	struct verdict verdict[RX_BATCH];
	/* Frames with the offload header directly in front, each on a cache line of its own. */
	uint8_t area[RX_BATCH_BYTES + RX_ROOM] __attribute__((aligned(64)));
};

/*
 * For kinds that read one frame with a system call: takes frames from the port until read_one() says
 * there is none, or others are due.  read_one() puts one frame, with its offload header in front, into
 * RX_ROOM bytes at buf, and returns how long both are; a negative number where there is none.
 * *batch is the port's, 0 at first: how many frames it is worth reading at once.
 */
void rx_drain(struct port *p, unsigned *batch, ssize_t (*read_one)(struct port *p, uint8_t *buf));

/*
 * For kinds: frames received by p, no more than RX_BATCH.  Decides, learns, sends, in this order.  They are
 * not needed any more afterwards.
 */
void rx_input(struct port *p, struct frame *f, unsigned count);

/* For port/impair.c: the same of frames that have come through the port's link, be it bad. */
void rx_arrived(struct port *p, struct frame *f, unsigned count);

/*
 * For kinds that read many with one system call: how many frames may be decided before the first is sent, since
 * all of them may have to go to all ports; 1 to RX_BATCH.
 */
unsigned rx_batch_max(const struct sw *sw);

/*
 * For kinds: how many frames like the last `count`, which were `work` (struct datapath), may come at once so that a
 * batch is a small part of a turn; 1 to RX_BATCH.
 */
unsigned rx_batch_fit(unsigned count, unsigned work);

/* For kinds: counts something of len bytes that was received and cannot become a frame. */
void rx_reject(struct port *p, size_t len, enum drop d);

/*
 * For kinds that are sockets: the kernel has lost so many packets since the socket was made, of which
 * *counted are counted.  They were never received: they count as dropped, but not as frames.  0: it did
 * not tell.
 */
void rx_count_lost(struct port *p, uint32_t *counted, uint32_t lost);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * tx.h - how a frame leaves: whole or finished first, at once or collected.
 *
 * Ports differ in two ways.
 *
 * - What they take unfinished (enum port_caps).  A frame that owes a checksum or segmentation goes as
 *   it is to the ports that can pass that on.  For the others it is finished by core/gso.c: once,
 *   however many they are, and only headers are written.  Nothing unfinished ever leaves through a port
 *   that did not ask for it.
 * - A tap has no batch system call, so it is written to at once.  A socket has one: its frames are
 *   collected in a queue of the port and sent by ops->flush() when the sources that were ready have been
 *   served, or earlier where there is no more room.
 *
 * Who reads a frame reads the next into the same memory, so a queue cannot point there for long.
 * Small frames are copied to the arena, once for all ports of a flood; for large ones, and for the
 * payload of a super-frame, a copy would cost more than a system call saves: they stay where they are
 * and everything is flushed by tx_release(), before the next are read.
 *
 * A frame that leaves with other tags than it came with gets another beginning in the arena, once for all
 * ports that want it so.  Where none of them collects, that memory is free again at once.
 *
 * Copies for monitor ports (core/mirror.h) are made here, the only place that knows what left with which tags;
 * they are frames like others, or the beginnings of them.
 *
 * A frame is counted where it leaves the queue, when it is known what became of it.
 */
#ifndef PORT_TX_H
#define PORT_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/frame.h"
#include "core/sw.h"

struct port;

enum {
	TX_QUEUE_MAX = 64,     /* frames of one port; UDP_MAX_SEGMENTS of Linux before 6.9 */
	TX_ARENA = 256 << 10,  /* bytes for the copies of all ports */
	TX_COPY_MAX = 8 << 10, /* larger frames are not copied */
};

/* One frame to be sent, in one or two pieces. */
struct tx_unit {
	const uint8_t
		*vnet; /* the offload header, right in front of head, where something is owed */
	const uint8_t *head;
	size_t head_len;
	const uint8_t *body; /* what follows the head; valid if body_len is not 0 */
	size_t body_len;

	/* for who captures */
	uint16_t vid; /* its VLAN; 0 = none */
	bool own;     /* the switch itself says it */

	/* for tx.c */
	bool kept;     /* head is in the arena, or will be sent before its memory is used again */
	bool borrowed; /* something of it is not in the arena */
};

static inline size_t tx_len(const struct tx_unit *u)
{
	return u->head_len + u->body_len;
}

/* What a port that collects has got and not sent yet, oldest first. */
struct tx_queue {
	struct tx_unit unit[TX_QUEUE_MAX];
	unsigned count;
	struct port *next; /* in the list of those who have something */
	bool listed;
};

/* One for a datapath; zero is a valid beginning. */
struct tx {
	struct port *waiting; /* whose queues are not empty */
	bool borrowed;	      /* some of that is still in a receive buffer */
	size_t used;	      /* of the arena */
	uint8_t arena[TX_ARENA];
};

/* What a port has to be able to do to take the frame as it is: enum port_caps. */
unsigned tx_owed(const struct frame *f);

/*
 * Sends f to each port of v->out, and empties that set: with or without a tag, as the VLAN has it at that
 * port (core/tag.h).  v is what was decided of f.  A frame that a port cannot take is lost for that port
 * alone.  f's memory must not be used again before tx_release().
 */
void tx_deliver(struct tx *tx, const struct sw *sw, const struct frame *f, struct verdict *v);

/*
 * Sends one frame of a switch's own through the port, at once, whoever is in the middle of what.  It is no
 * longer than TX_COPY_MAX.
 */
void tx_send_own(struct tx *tx, struct port *p, const uint8_t *frame, size_t len);

/* For port/impair.c: sends a frame that owes nothing and has come through the port's link, be it bad. */
void tx_send_held(struct tx *tx, struct port *p, struct tx_unit *u);

/*
 * Sends copies of frames that were received on `in`, as they came, to the ports that show what it receives.  v is
 * what switch_probe() says of each: nothing is decided yet.
 */
void tx_mirror_received(struct tx *tx, const struct sw_port *in, const struct frame *f,
			const struct verdict *v, unsigned count);

/* Sends what lies in the memory of the frames delivered, so that it can be used again. */
void tx_release(struct tx *tx);

/* Sends all that was collected.  To be called before the loop waits. */
void tx_flush(struct tx *tx);

/* The port is going away: what it has not sent is forgotten. */
void tx_forget(struct tx *tx, struct port *p);

/* Why a frame was not sent, as a system call says it. */
enum drop tx_drop_of_errno(int code);

/* For ops->flush(): what became of one frame of the queue, DROP_NONE or why it was not sent. */
void tx_count(struct port *p, const struct tx_unit *u, enum drop d);

#endif

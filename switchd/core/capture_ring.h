/* SPDX-License-Identifier: ISC */
/*
 * capture_ring.h - frames on their way from the daemon to whoever captures them: records in memory that both have mapped.
 *
 * One side writes and never waits, the other reads when it comes to it.  The memory is in two pieces:
 *
 *	the ring	a struct capture_head, and from CAPTURE_HEAD_SIZE on the records; only the writer writes there
 *	the place	a struct capture_place: how far the reader is; only the reader writes there
 *
 * What complicates it, and the answer:
 *
 * - The writer is a daemon, the reader anybody who may use its control socket.  So the writer believes nothing that the
 *   reader can write but one number, how far it has read, and that only where it can be true: between what it was
 *   before and what has been written.  Where it cannot, the ring is as full as it was.  The writer never reads back what it wrote.
 * - A ring that is full costs the reader frames and the writer nothing: what did not fit is counted.
 * - A reader that has read everything wants to sleep.  It counts its sleeps in its place, looks once more whether anything came,
 *   and sleeps; the writer, having written, looks whether that number is one for which it has not woken it yet.  Each
 *   does the one before the other, with a fence in between, so one of the two sees what the other did.
 * - The reader was compiled from these lines as well, but maybe from older ones: the version stands in front, and whatever a
 *   record says of lengths is compared with what is there.
 *
 * Positions count bytes since the beginning and do not wrap; the size is a power of two.  A record begins at a multiple
 * of CAPTURE_ALIGN and lies in one piece: where the rest of the ring is too short for it, that is filled with one that says nothing.
 * Ports are numbers that are not used twice; what a port is called stands in a record before the first that speaks of it.
 * Numbers are in this machine's byte order.
 */
#ifndef CORE_CAPTURE_RING_H
#define CORE_CAPTURE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/words.h"

#define CAPTURE_MAGIC UINT32_C(0x63707477)

enum {
	/* Of the layout, and of the numbers of enum capture_learn and capture_route and enum trap. */
	CAPTURE_VERSION = 1,
	CAPTURE_HEAD_SIZE = 4096,
	CAPTURE_PLACE_SIZE = 4096,
	CAPTURE_ALIGN = 8,
	/* Bytes for records.  The least holds the largest record and as much again, which may have to be skipped. */
	CAPTURE_RING_MIN = 256 << 10,
	CAPTURE_RING_MAX = 64 << 20,
	CAPTURE_PORTS_MAX = 32, /* of those a frame goes to, that many by name */
	CAPTURE_TYPE_SIZE = 16,
};

struct capture_head {
	uint32_t magic, version;
	uint64_t size;			       /* bytes for records */
	_Alignas(64) _Atomic uint64_t written; /* bytes of records so far */
	_Atomic uint64_t lost;		       /* frames for which there was no room */
};

struct capture_place {
	_Atomic uint64_t read; /* bytes of records that are not needed any more */
	_Atomic uint32_t sleeps;
};

enum capture_dir { CAPTURE_IN, CAPTURE_OUT };

/* What became of the sender's address; those of enum learn that are worth a word. */
enum capture_learn {
	CAPTURE_NOT_LEARNED,
	CAPTURE_KNOWN,
	CAPTURE_LEARNED,
	CAPTURE_MOVED,
	CAPTURE_TABLE_FULL,
	CAPTURE_PORT_FULL,
	CAPTURE_STATIC_ELSEWHERE,
	CAPTURE_LEARN_COUNT
};

/* As enum route. */
enum capture_route {
	CAPTURE_TO_KNOWN,
	CAPTURE_TO_ALL_UNKNOWN,
	CAPTURE_TO_ALL_MULTICAST,
	CAPTURE_TO_ALL_BROADCAST,
	CAPTURE_TO_GROUP,
	CAPTURE_TO_SWITCH, /* it is for a protocol of the switch */
	CAPTURE_TO_NOBODY,
	CAPTURE_ROUTE_COUNT
};

enum capture_flags {
	CAPTURE_OWES_CHECKSUM = 1 << 0,
	CAPTURE_OWES_SEGMENTS = 1 << 1, /* of `segment` bytes each */
	CAPTURE_AS_RECEIVED = 1 << 2,	/* it did not leave, so this is how it came */
	CAPTURE_OWN = 1 << 3,		/* the switch itself says it */
};

/* One frame and what was decided of it. */
struct capture_frame {
	uint64_t time_ns; /* since 1970 */
	uint64_t seen,
		lost; /* at that port by this capture, this one included; and how many of them for want of room */
	uint32_t port;
	uint8_t dir, learn, route, trap; /* the last three are told of frames that came in */
	uint16_t drop;			 /* enum drop, whose names the daemon tells */
	uint16_t vid;			 /* its VLAN; 0 = none */
	uint16_t flags;
	uint16_t segment;
	uint32_t ports; /* how many it goes to... */
	uint32_t listed;
	uint32_t list[CAPTURE_PORTS_MAX]; /* ...and the first of them */
	uint32_t len, caplen;		  /* bytes that it has, and that are here */
	const uint8_t *data;
};

struct capture_port {
	uint32_t port;
	char sw[NAME_SIZE], name[NAME_SIZE], type[CAPTURE_TYPE_SIZE];
};

/* ---- as it lies in the ring ---- */

enum capture_record_kind {
	CAPTURE_RECORD_SKIP = 1, /* says nothing */
	CAPTURE_RECORD_PORT,
	CAPTURE_RECORD_FRAME,
};

/* What each record begins with. */
struct capture_record {
	uint32_t size; /* all of it, with what fills it up to CAPTURE_ALIGN */
	uint32_t kind;
};

struct capture_port_record {
	struct capture_record r;
	struct capture_port port;
};

/* As struct capture_frame; `listed` numbers of ports follow, four bytes each, and then caplen bytes of the frame. */
struct capture_frame_record {
	struct capture_record r;
	uint64_t time_ns, seen, lost;
	uint32_t port, ports;
	uint32_t len, caplen;
	uint16_t drop, vid, flags, segment;
	uint8_t dir, learn, route, trap;
	uint32_t listed;
};

/* ---- the daemon's side ---- */

struct capture_writer {
	struct capture_head *head;
	const struct capture_place *place;
	uint8_t *data;
	uint64_t size;
	uint64_t written; /* so far, told to the reader or not */
	uint64_t told;
	uint64_t last; /* where the frame is that was put last */
	uint64_t read; /* what was last believed of the reader */
	uint64_t lost;
	uint32_t woken; /* for which of its sleeps */
};

/* `ring` has CAPTURE_HEAD_SIZE and size more bytes, `place` CAPTURE_PLACE_SIZE; both are zero, and outlive the writer. */
void capture_writer_begin(struct capture_writer *w, void *ring, uint64_t size,
			  const struct capture_place *place);

/*
 * Writes what a port is called, or a frame, of which the first caplen bytes are in two pieces: f->data, of which head_len bytes
 * are there, and `body`.  False: there is no room.  A frame is then counted as lost.
 */
bool capture_put_port(struct capture_writer *w, const struct capture_port *p);
bool capture_put_frame(struct capture_writer *w, const struct capture_frame *f, size_t head_len,
		       const uint8_t *body);

/* A frame for which something else had no room. */
void capture_lose(struct capture_writer *w);

/*
 * Changes the reason of a frame that was put and not told of yet; `at` is what w->last was then.
 */
void capture_amend(struct capture_writer *w, uint64_t at, uint16_t drop);

/* Tells the reader of what was written.  True: it sleeps, and is to be woken. */
bool capture_tell(struct capture_writer *w);

/* ---- the other side ---- */

struct capture_reader {
	const struct capture_head *head;
	struct capture_place *place;
	const uint8_t *data;
	uint64_t size;
	uint64_t at;	/* of the next record */
	uint64_t until; /* so far is known to be written */
	uint32_t sleeps;
};

/*
 * For memory as it was got from a daemon: `bytes` of ring, and a place of CAPTURE_PLACE_SIZE.  NULL, or why it is none that can be read.
 */
const char *capture_reader_begin(struct capture_reader *r, const void *ring, uint64_t bytes,
				 struct capture_place *place);

enum capture_got { CAPTURE_GOT_NOTHING, CAPTURE_GOT_PORT, CAPTURE_GOT_FRAME, CAPTURE_GOT_RUBBISH };

/*
 * The next record, in *f or *p.  f->data lies in the ring and stays until capture_reader_done().  CAPTURE_GOT_RUBBISH: nobody who
 * keeps to these lines has written that, and what follows cannot be found.
 */
enum capture_got capture_reader_next(struct capture_reader *r, struct capture_frame *f,
				     struct capture_port *p);

/* What was read is not needed any more. */
void capture_reader_done(struct capture_reader *r);

/* Before the reader sleeps.  True: it may, and will be woken; false: there is more to read. */
bool capture_reader_sleeps(struct capture_reader *r);

/* How many frames there was no room for. */
uint64_t capture_reader_lost(const struct capture_reader *r);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * wire.h - what the programs of the benchmark have in common: a packet socket on one device.
 *
 * Frames are untagged and have the EtherType 0x88B5, which IEEE 802 keeps for local experiments and no
 * kernel takes up.  A size counts from the destination address to the end of the payload, without the
 * frame check sequence.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_HEADER = 14,
	WIRE_FRAME_MIN = WIRE_HEADER + (int)sizeof(uint64_t), /* a round trip has a number */
	WIRE_FRAME_MAX = 9216,				      /* the largest measured has 9000 */
};

struct wire {
	int fd;
	uint64_t mac; /* of the device */
};

/* Ends the program and says why, with the text of errno. */
void die(const char *what) __attribute__((noreturn));

uint64_t now_ns(void);
void sleep_ns(uint64_t ns);

/*
 * Opens a packet socket on the device.  What it sends goes around the queueing discipline, as what a
 * guest puts into its NIC's queue does.  Dies on failure.
 */
void wire_open(struct wire *w, const char *ifname);

/* Writes the header of a frame, WIRE_HEADER bytes. */
void wire_header(uint8_t *frame, uint64_t dst, uint64_t src);

/* The number that an argument spells; dies unless it is from min to max. */
size_t argument(const char *text, size_t min, size_t max);

/* The address that an argument spells, or dies. */
uint64_t address_argument(const char *text);

/* Is it errno's way to say that the device has no room for a frame? */
bool no_room(int code);

#endif

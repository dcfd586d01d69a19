/* SPDX-License-Identifier: ISC */
/*
 * gro_lab.h - coalescing on the bench: TCP and UDP frames made by hand, and what becomes of them.
 */
#ifndef GRO_LAB_H
#define GRO_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "../fuzz/gro_model.h"

enum { TCP = 6, UDP = 17 };

enum {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
	URG = 0x20,
	ECE = 0x40,
	CWR = 0x80
};

/* A frame to be made.  What is not told here is the same in all. */
struct packet {
	uint8_t version, proto, flags;
	uint8_t tag[8]; /* up to two */
	unsigned tags;
	uint16_t id, port;
	uint32_t seq;
	unsigned ip_words, tcp_words; /* of the headers, options counted */
	size_t payload;
};

enum { PACKET_KINDS = 4 };
extern const struct packet tcp4, tcp6, udp4, udp6;
extern const struct packet *const packet_kinds[PACKET_KINDS];

/* Offsets of the IP and transport headers, and the length of the frame. */
size_t packet_l3(const struct packet *p);
size_t packet_l4(const struct packet *p);
size_t packet_len(const struct packet *p);

/* Writes the frame, with right checksums and a payload that differs each time; returns its length. */
size_t packet_write(const struct packet *p, uint8_t *b);

/* Makes *p the one that follows a frame with that much payload. */
void packet_advance(struct packet *p, size_t payload);

/*
 * What is under test, each frame watched by the model; and of each call of the sink how many frames
 * came in for it, with "." where a burst ends: "2 . 1" is two that were merged and sent on at once,
 * and one that was held until the end.
 */
extern struct gm gro_lab;
extern char gro_lab_shape[4096];

/* For cmocka: before and after each test. */
int gro_lab_setup(void **state);
int gro_lab_teardown(void **state);

/* One more frame of a flow: *p becomes the one that follows.  With another payload, or flags. */
void gro_lab_send(struct packet *p);
void gro_lab_send_len(struct packet *p, size_t payload);
void gro_lab_send_flags(struct packet *p, uint8_t flags);

/* The end of a burst. */
void gro_lab_flush(void);

/* Ends the burst, and compares what was written down. */
#define assert_shape(want)                                \
	do {                                              \
		gro_lab_flush();                          \
		assert_string_equal(gro_lab_shape, want); \
		gro_lab_shape[0] = 0;                     \
	} while (0)

#endif

/* SPDX-License-Identifier: ISC */
/*
 * lab.h - a switch on the bench: ports without devices, frames made by hand, events written down.
 */
#ifndef LAB_H
#define LAB_H

#include "core/decide.h"
#include "core/sw.h"

struct lab_event {
	enum event_kind kind;
	char port[NAME_SIZE];
	char from[NAME_SIZE];
	uint64_t mac;
	uint16_t vid;
	uint64_t number;
};

struct lab {
	struct event_sink sink; /* first: the sink handed to the switch is the lab itself */
	struct sw *sw;
	struct sw_port *port;
	unsigned ports;
	uint64_t now_ms;
	unsigned raised[EVENT_COUNT];
	struct lab_event last; /* event raised */
};

/* A switch with `ports` ports p0, p1... that all forward, and room for max_macs addresses. */
struct lab *lab_new(unsigned ports, uint32_t max_macs);
void lab_free(struct lab *l);

/* Writes the header of an untagged frame of len bytes to buf and zeroes after it; returns len. */
size_t lab_frame(uint8_t *buf, uint64_t dst, uint64_t src, uint16_t ethertype, size_t len);

/* Parses, decides and commits what port `in` received, and returns the verdict. */
struct verdict lab_receive(struct lab *l, unsigned in, const uint8_t *bytes, size_t len);

/* The same for an untagged frame of 60 bytes, the shortest that Ethernet has. */
struct verdict lab_send(struct lab *l, unsigned in, uint64_t dst, uint64_t src);

/* The same with one tag: TPID `type`, tag control information `tci`. */
struct verdict lab_send_tagged(struct lab *l, unsigned in, uint64_t dst, uint64_t src,
			       uint16_t type, uint16_t tci);

/* How many ports the frame goes to; 0 where it was dropped. */
unsigned lab_fanout(const struct lab *l, const struct verdict *v);

/* Does the frame go to this port and no other? */
bool lab_only_to(const struct lab *l, const struct verdict *v, unsigned port);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * tracing.h - what core/explain.h found, as JSON (docs/protocol.md: switch.trace).
 *
 * Pure but for jansson, and knows nothing of devices: the daemon says of its ports what they can send, a replay has
 * none.
 */
#ifndef CTL_TRACING_H
#define CTL_TRACING_H

#include <jansson.h>

#include "core/explain.h"

/* What is known of ports beside the core.  NULL members: nothing. */
struct tracing_ports {
	/* Can the port send f with what it owes, a checksum or segmentation?  NULL: all can. */
	bool (*takes)(const struct sw_port *p, const struct frame *f);
	/*
	 * Adds to the JSON of a port that the frame leaves through, of which `head` is the beginning as it is there, or
	 * came from (head is NULL).
	 */
	void (*tell)(const struct sw_port *p, const uint8_t *head, size_t len, json_t *o);
};

/* A new object; `ports` may be NULL. */
json_t *tracing_json(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		     const struct explain *x, const struct tracing_ports *ports);

/* "forwarded", "heard" (by a protocol of the switch) or "dropped". */
const char *tracing_fate(const struct explain *x);

#endif

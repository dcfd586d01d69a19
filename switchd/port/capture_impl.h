/* SPDX-License-Identifier: ISC */
/*
 * capture_impl.h - what the files of captures share; nobody else includes it.
 */
#ifndef PORT_CAPTURE_IMPL_H
#define PORT_CAPTURE_IMPL_H

#include "core/capture_ring.h"
#include "core/filter.h"
#include "port/capture.h"

struct capture {
	struct datapath *dp;
	struct capture_cfg cfg;
	unsigned slot;
	uint32_t id;
	uint64_t since_ms;
	uint64_t frames, lost;
	const struct filter *filter;
	struct capture_writer w;
	void *ring; /* what is mapped */
	void *place;
	int ring_fd, place_fd;
	/*
	 * By which the client is woken: our end and its.  An eventfd would be one file for both, which the client could make one
	 * that waits, and fill.
	 */
	int wake[2];
};

/* What is written is shown to the client, which is woken if it sleeps. */
void capture_show(struct capture *c);

#endif

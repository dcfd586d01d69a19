/* SPDX-License-Identifier: ISC */
/*
 * tag.h - the bytes of a VLAN tag, taken out, put in or replaced (IEEE 802.1Q-2018 clause 9).
 *
 * A tag is the four bytes behind the addresses.  A frame's bytes are never altered: what is made here
 * is another beginning, and the rest of the frame stays where it is.  The offload header beside it moves by
 * as many bytes as the frame grew, up or down (vnet_shift()).
 */
#ifndef CORE_TAG_H
#define CORE_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/vlan.h"

enum {
	TAG_SIZE = 4,
	TAG_AT = 12,			   /* offset in a frame: behind the addresses */
	TAG_START_MAX = TAG_AT + TAG_SIZE, /* what tag_start() writes at most */
};

/* What is to be done to the beginning of a frame. */
struct tag_edit {
	bool pop;      /* take out the outer tag... */
	uint16_t tpid; /* ...and put one of this kind in; 0 = none */
	uint16_t tci;
};

/*
 * What makes f, classified as c, leave with a tag of that kind (0 = without).  False: it leaves as it
 * came, and *e is untouched.
 */
bool tag_edit_for(const struct frame *f, const struct vlan_class *c, uint16_t tpid,
		  struct tag_edit *e);

/* By how many bytes the frame grows: TAG_SIZE, 0 or -TAG_SIZE. */
static inline int tag_growth(const struct tag_edit *e)
{
	return (e->tpid ? TAG_SIZE : 0) - (e->pop ? TAG_SIZE : 0);
}

/*
 * Writes the beginning to out, of which TAG_START_MAX bytes have to be there; returns its length.  What
 * follows is the frame from tag_rest() on.
 */
size_t tag_start(const struct tag_edit *e, const uint8_t *frame, uint8_t *out);

static inline size_t tag_rest(const struct tag_edit *e)
{
	return TAG_AT + (e->pop ? TAG_SIZE : 0);
}

/*
 * The same to a copy of the frame's head, in place: where it ends, it ends.  In front of it TAG_SIZE
 * bytes have to be free.  Returns where it begins now.
 */
uint8_t *tag_edit_head(const struct tag_edit *e, uint8_t *head);

#endif

/* SPDX-License-Identifier: ISC */
#include "core/tag.h"

#include <string.h>

bool tag_edit_for(const struct frame *f, const struct vlan_class *c, uint16_t tpid,
		  struct tag_edit *e)
{
	bool as_it_is = tpid ? c->popped && f->tpid == tpid && f->tci == c->tci : !c->popped;

	if (!as_it_is)
		*e = (struct tag_edit){.pop = c->popped, .tpid = tpid, .tci = c->tci};
	return !as_it_is;
}

static void put_tag(const struct tag_edit *e, uint8_t *at)
{
	at[0] = (uint8_t)(e->tpid >> 8);
	at[1] = (uint8_t)e->tpid;
	at[2] = (uint8_t)(e->tci >> 8);
	at[3] = (uint8_t)e->tci;
}

size_t tag_start(const struct tag_edit *e, const uint8_t *frame, uint8_t *out)
{
	memcpy(out, frame, TAG_AT);
	if (!e->tpid)
		return TAG_AT;
	put_tag(e, out + TAG_AT);
	return TAG_START_MAX;
}

uint8_t *tag_edit_head(const struct tag_edit *e, uint8_t *head)
{
	uint8_t *to = head - tag_growth(e);

	memmove(to, head, TAG_AT);
	if (e->tpid)
		put_tag(e, to + TAG_AT);
	return to;
}

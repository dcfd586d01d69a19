/* SPDX-License-Identifier: ISC */
#include "core/filter.h"

#include <string.h>

#include "core/decide.h"
#include "core/tag.h"

bool filter_takes(const struct sw_port *in, const struct frame *f)
{
	const struct filter *p = in->filter_in;

	return !p || p->match(p, f->data, f->len, f->len);
}

/* Other tags than it came with: a copy of the beginning. */
static void edit(const struct frame *f, const struct tag_edit *edit, struct filter_view *view)
{
	size_t start = tag_start(edit, f->data, view->head), from = tag_rest(edit);
	size_t rest = f->len - from, room = sizeof(view->head) - start;

	memcpy(view->head + start, f->data + from, rest < room ? rest : room);
	view->data = view->head;
	view->caplen = start + (rest < room ? rest : room);
	view->len = start + rest;
}

static void make(const struct sw *sw, const struct frame *f, const struct verdict *v, uint16_t tpid,
		 struct filter_view *view)
{
	struct tag_edit how;

	view->made = true;
	view->tpid = tpid;
	view->data = f->data;
	view->caplen = view->len = f->len;
	if (sw->set.vlan_aware && tag_edit_for(f, &v->class, tpid, &how))
		edit(f, &how, view);
}

bool filter_lets_out(const struct sw *sw, const struct sw_port *out, const struct frame *f,
		     const struct verdict *v, struct filter_view *view)
{
	const struct filter *p = out->filter_out;
	uint16_t tpid;

	if (!p)
		return true;
	tpid = sw->set.vlan_aware ? vlan_egress_tpid(sw, v->vid, out->index) : 0;
	if (!view->made || view->tpid != tpid)
		make(sw, f, v, tpid, view);
	return p->match(p, view->data, view->caplen, view->len);
}

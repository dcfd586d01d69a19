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
static void copy_head(const struct frame *f, const struct tag_edit *edit, struct filter_view *view)
{
	size_t start = tag_start(edit, f->data, view->head), from = tag_rest(edit);
	size_t rest = f->len - from, room = sizeof(view->head) - start;

	memcpy(view->head + start, f->data + from, rest < room ? rest : room);
	view->data = view->head;
	view->caplen = start + (rest < room ? rest : room);
	view->len = start + rest;
}

static void make(const struct frame *f, const struct tag_edit *edit, struct filter_view *view)
{
	view->data = f->data;
	view->caplen = view->len = f->len;
	if (edit)
		copy_head(f, edit, view);
}

bool filter_lets_out(const struct sw *sw, const struct sw_port *out, const struct frame *f,
		     const struct verdict *v, struct filter_view *view)
{
	const struct filter *p = out->filter_out;
	struct tag_edit edit;
	uint16_t tpid;
	bool edited;

	if (!p)
		return true;
	tpid = sw->set.vlan_aware ? vlan_egress_tpid(sw, v->vid, out->index) : 0;
	if (!view->made || view->tpid != tpid) {
		edited = sw->set.vlan_aware && tag_edit_for(f, &v->class, tpid, &edit);
		make(f, edited ? &edit : NULL, view);
		view->made = true;
		view->tpid = tpid;
	}
	return p->match(p, view->data, view->caplen, view->len);
}

bool filter_shows_copy(const struct sw_port *monitor, const struct frame *f,
		       const struct tag_edit *edit)
{
	const struct filter *p = monitor->filter_out;
	struct filter_view view;

	if (!p)
		return true;
	make(f, edit, &view);
	return p->match(p, view.data, view.caplen, view.len);
}

bool filter_lets_copy(struct sw_port *monitor, const struct frame *f, const struct tag_edit *edit)
{
	if (!monitor->filter_out)
		return true;
	if (filter_shows_copy(monitor, f, edit)) {
		monitor->stats.filter_out_passed++;
		return true;
	}
	monitor->stats.drops[DROP_FILTER_OUT]++;
	return false;
}

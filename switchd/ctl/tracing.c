/* SPDX-License-Identifier: ISC */
#include "ctl/tracing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gso.h"
#include "core/mirror.h"
#include "ctl/tracing_text.h"
#include "util/hex.h"
#include "util/mac.h"

/* The frames that leave: as it came, without a tag, with a tag of one kind or the other. */
enum { FORMS_MAX = 4, HEAD_ENOUGH = 128 /* bytes of a frame that say whom it is for */ };

struct form {
	bool edited;
	struct tag_edit edit;
	bool cut; /* some port has it cut or finished first */
};

struct forms {
	struct form form[FORMS_MAX];
	unsigned count;
};

static bool same_edit(const struct tag_edit *a, const struct tag_edit *b)
{
	return a->pop == b->pop && a->tpid == b->tpid && a->tci == b->tci;
}

/* The number of the form that the frame has with that edit (NULL: none). */
static unsigned form_of(struct forms *forms, const struct tag_edit *edit)
{
	unsigned i;

	for (i = 0; i < forms->count; i++) {
		const struct form *f = &forms->form[i];

		if (edit ? f->edited && same_edit(&f->edit, edit) : !f->edited)
			return i;
	}
	if (i == FORMS_MAX) /* cannot be: a verdict has one tag and two kinds of it */
		return 0;
	forms->form[i] = (struct form){.edited = edit != NULL};
	if (edit)
		forms->form[i].edit = *edit;
	forms->count++;
	return i;
}

static json_t *json_hex(const uint8_t *head, size_t head_len, const uint8_t *body, size_t body_len)
{
	size_t len = head_len + body_len;
	char *text = malloc(2 * len + 1);
	json_t *v;

	if (!text)
		return NULL;
	hex_write(head, head_len, text);
	hex_write(body, body_len, text + 2 * head_len);
	v = json_stringn(text, 2 * len);
	free(text);
	return v;
}

/* ---- forms ---- */

static json_t *json_whole(const struct frame *f, const struct form *form)
{
	uint8_t start[TAG_START_MAX];
	size_t len = 0, rest = 0;

	if (form->edited) {
		len = tag_start(&form->edit, f->data, start);
		rest = tag_rest(&form->edit);
	}
	return json_pack("{s:I, s:o}", "len", (json_int_t)(len + f->len - rest), "bytes",
			 json_hex(start, len, f->data + rest, f->len - rest));
}

/* What a port sends that cannot leave to others what the frame owes: the first piece, and how many there are. */
static json_t *json_cut(const struct frame *f, const struct form *form)
{
	uint8_t room[TAG_SIZE + GSO_HEAD_MAX], *head = room + TAG_SIZE, *start = head;
	struct gso_piece piece;
	struct gso g;
	size_t count;

	gso_begin(&g, f);
	count = g.count;
	if (!gso_next(&g, head, &piece))
		return NULL;
	if (form->edited)
		start = tag_edit_head(&form->edit, head);
	size_t len = (size_t)(head + piece.head_len - start), whole = len + piece.payload_len;
	return json_pack("{s:I, s:I, s:o}", "count", (json_int_t)count, "len", (json_int_t)whole,
			 "first", json_hex(start, len, piece.payload, piece.payload_len));
}

static json_t *json_form(const struct frame *f, const struct form *form)
{
	json_t *o = json_whole(f, form);
	char text[TRACING_TEXT];

	json_object_set_new(o, "change",
			    json_string(tracing_change(form->edited ? &form->edit : NULL, text)));
	if (form->cut)
		json_object_set_new(o, "pieces", json_cut(f, form));
	return o;
}

static json_t *json_forms(const struct frame *f, const struct forms *forms)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < forms->count; i++)
		json_array_append_new(list, json_form(f, &forms->form[i]));
	return list;
}

/* ---- ports ---- */

static void set_form(json_t *o, struct forms *forms, const struct frame *f,
		     const struct tag_edit *edit, bool whole)
{
	unsigned form = form_of(forms, edit);

	json_object_set_new(o, "form", json_integer(form));
	if (gso_owed(f) && !whole) {
		forms->form[form].cut = true;
		json_object_set_new(o, "in_pieces", json_true());
	}
}

static bool can_take(const struct tracing_ports *ports, const struct sw_port *p,
		     const struct frame *f)
{
	return !ports || !ports->takes || ports->takes(p, f);
}

/* What else is known of a port that the frame leaves through, with that edit (NULL: none). */
static void tell_out(const struct tracing_ports *ports, const struct sw_port *p,
		     const struct frame *f, const struct tag_edit *edit, json_t *o)
{
	uint8_t head[TAG_START_MAX + HEAD_ENOUGH];
	size_t len = 0, rest = 0, more;

	if (!ports || !ports->tell)
		return;
	if (edit) {
		len = tag_start(edit, f->data, head);
		rest = tag_rest(edit);
	}
	more = f->len - rest < HEAD_ENOUGH ? f->len - rest : HEAD_ENOUGH;
	memcpy(head + len, f->data + rest, more);
	ports->tell(p, head, len + more, o);
}

static json_t *json_port(const struct sw *sw, const struct frame *f, const struct explain *x,
			 const struct sw_port *p, const struct tracing_ports *ports,
			 struct forms *forms)
{
	const struct explain_port *why = &x->port[p->index];
	bool out = portset_has(&x->out, p->index);
	char text[TRACING_TEXT];
	struct tag_edit edit;
	json_t *o = json_pack("{s:s, s:b, s:s, s:s}", "port", p->name, "out", (int)out, "why",
			      tracing_why_name(why->why), "text", tracing_why(sw, f, x, p, text));

	if (why->drop != DROP_NONE)
		json_object_set_new(o, "drop", json_string(drop_name(why->drop)));
	if (out) {
		bool edited = explain_edit(sw, f, x, p->index, &edit);

		set_form(o, forms, f, edited ? &edit : NULL, can_take(ports, p, f));
		tell_out(ports, p, f, edited ? &edit : NULL, o);
	} else if (ports && ports->tell && why->why == WHY_CAME) {
		ports->tell(p, NULL, 0, o);
	}
	return o;
}

/* ---- mirrors ---- */

static void add_shown(json_t *list, const struct sw_port *monitor, const struct sw_port *of,
		      bool out, const struct frame *f, const struct tag_edit *edit,
		      const struct tracing_ports *ports, struct forms *forms)
{
	uint32_t snaplen = monitor->set.mirror_snaplen;
	bool shown = filter_shows_copy(monitor, f, edit);
	json_t *o = json_pack("{s:s, s:s, s:s, s:b}", "port", monitor->name, "of", of->name,
			      "direction", out ? "tx" : "rx", "shown", (int)shown);

	if (shown && snaplen && snaplen < f->len) { /* what is cut owes nothing */
		json_object_set_new(o, "form", json_integer(form_of(forms, edit)));
		json_object_set_new(o, "snaplen", json_integer(snaplen));
	} else if (shown) {
		set_form(o, forms, f, edit, can_take(ports, monitor, f));
	} else {
		json_object_set_new(o, "drop", json_string(drop_name(DROP_FILTER_OUT)));
	}
	json_array_append_new(list, o);
}

/* The copies that would be made, a flood to many ports with many monitors aside. */
static json_t *json_mirrors(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			    const struct explain *x, const struct tracing_ports *ports,
			    struct forms *forms)
{
	json_t *list = json_array();
	struct tag_edit edit;

	if (x->parsed != DROP_NONE)
		return list;
	portset_foreach (m, &sw->monitors, sw->words) {
		const struct sw_port *monitor = sw->port[m];

		if (mirror_wants(monitor, in, false, x->v.vid))
			add_shown(list, monitor, in, false, f, NULL, ports, forms);
		portset_foreach (i, &x->out, sw->words) {
			if (!mirror_wants(monitor, sw->port[i], true, x->v.vid))
				continue;
			add_shown(list, monitor, sw->port[i], true, f,
				  explain_edit(sw, f, x, i, &edit) ? &edit : NULL, ports, forms);
			if (json_array_size(list) >= TRACING_COPIES_MAX)
				return list;
		}
	}
	return list;
}

/* ---- the frame, and what would be learned ---- */

static json_t *json_frame(const struct frame *f, const struct explain *x)
{
	json_t *o = json_pack("{s:I}", "len", (json_int_t)f->len);
	char text[MAC_STR_SIZE], type[8];

	if (f->len < FRAME_MIN)
		return o;
	json_object_set_new(o, "dst", json_string(mac_format(mac_load(f->data), text)));
	json_object_set_new(o, "src", json_string(mac_format(mac_load(f->data + 6), text)));
	if (x->parsed != DROP_NONE)
		return o;
	if (f->tpid) {
		snprintf(type, sizeof(type), "0x%04x", f->tpid);
		json_object_set_new(o, "tag",
				    json_pack("{s:s, s:i, s:i, s:b}", "tpid", type, "vid",
					      f->tci & 0xfff, "pcp", f->tci >> 13, "dei",
					      f->tci >> 12 & 1));
	}
	json_object_set_new(o, "tags", json_integer(f->tags));
	snprintf(type, sizeof(type), "0x%04x", f->ethertype);
	json_object_set_new(o, "ethertype", json_string(type));
	json_object_set_new(o, "payload", json_integer((json_int_t)f->payload));
	json_object_set_new(o, "super", json_boolean(f->super));
	return o;
}

static json_t *json_learn(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  const struct explain *x)
{
	char mac[MAC_STR_SIZE], text[TRACING_TEXT];
	json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:s}", "result", learn_name(x->v.src.learn),
			      "mac", mac_format(f->src, mac), "vlan", (int)x->v.vid, "port",
			      in->name, "text", tracing_learn(sw, in, f, x, text));

	if (x->was >= 0 && x->was != (int)in->index)
		json_object_set_new(o, "from", json_string(sw->port[x->was]->name));
	return o;
}

static json_t *json_steps(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  const struct explain *x)
{
	json_t *list = json_array(), *o;
	char text[TRACING_TEXT];

	for (int s = 0; s < STEP_COUNT; s++) {
		enum explain_step step = (enum explain_step)s;
		enum explain_result result = explain_step(sw, in, f, x, step);

		o = json_pack("{s:s, s:s, s:s}", "step", tracing_step_name(step), "result",
			      tracing_result_name(result), "text",
			      tracing_step(sw, in, f, x, step, result, text));
		if (*tracing_rule(step))
			json_object_set_new(o, "rule", json_string(tracing_rule(step)));
		json_array_append_new(list, o);
	}
	return list;
}

/* Would the frame have its port shut by one of its defences? */
static bool shuts(const struct sw_port *in, enum drop d)
{
	if (d == DROP_OVER_MAX_MACS)
		return strcmp(in->set.max_macs_action, "shut") == 0;
	if (d == DROP_STORM_BROADCAST || d == DROP_STORM_MULTICAST || d == DROP_STORM_UNKNOWN)
		return strcmp(in->set.storm_action, "shut") == 0;
	return d == DROP_BPDU_GUARD;
}

const char *tracing_fate(const struct explain *x)
{
	if (explain_drop(x) != DROP_NONE)
		return "dropped";
	return x->v.route == ROUTE_HERE ? "heard" : "forwarded";
}

json_t *tracing_json(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		     const struct explain *x, const struct tracing_ports *ports)
{
	struct forms forms = {.count = 0};
	enum drop drop = explain_drop(x);
	json_t *list = json_array(), *mirrors;
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:s, s:i, s:o}", "switch", sw->name, "port",
			      in->name, "frame", json_frame(f, x), "fate", tracing_fate(x), "route",
			      tracing_route_name(x->v.route), "vlan", (int)x->v.vid, "steps",
			      json_steps(sw, in, f, x));

	if (drop != DROP_NONE) {
		json_object_set_new(o, "drop", json_string(drop_name(drop)));
		json_object_set_new(o, "drop_text", json_string(drop_text(drop)));
	}
	json_object_set_new(o, "shuts", json_boolean(shuts(in, drop)));
	if (x->v.trap != TRAP_NONE)
		json_object_set_new(o, "heard_by", json_string(tracing_trap_name(x->v.trap)));
	if (x->v.src.learn != LEARN_IGNORED)
		json_object_set_new(o, "learn", json_learn(sw, in, f, x));
	sw_foreach_port (i, sw)
		json_array_append_new(list, json_port(sw, f, x, sw->port[i], ports, &forms));
	json_object_set_new(o, "ports", list);
	mirrors = json_mirrors(sw, in, f, x, ports, &forms);
	json_object_set_new(o, "mirrors", mirrors);
	json_object_set_new(o, "forms", json_forms(f, &forms));
	return o;
}

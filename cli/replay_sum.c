/* SPDX-License-Identifier: ISC */
/* replay_sum.c - what became of the frames of a capture, in sum. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/drop.h"
#include "replay.h"
#include "show.h"
#include "util/mac.h"

static json_t *drops_json(const struct replay *replay)
{
	json_t *list = need(json_array());
	const struct sw *sw;

	for (size_t n = 0; (sw = replay_switch(replay, n)) != NULL; n++)
		sw_foreach_port (i, sw)
			for (int d = DROP_NONE + 1; d < DROP_COUNT; d++) {
				uint64_t count = sw->port[i]->stats.drops[d];

				if (count)
					json_array_append_new(
						list,
						json_pack("{s:s, s:s, s:s, s:I, s:s}", "switch",
							  sw->name, "port", sw->port[i]->name,
							  "reason", drop_name((enum drop)d),
							  "count", (json_int_t)count, "text",
							  drop_text((enum drop)d)));
			}
	return list;
}

static json_t *mac_row(const struct sw *sw, const struct fdb_info *info)
{
	char mac[MAC_STR_SIZE];

	return json_pack("{s:s, s:s, s:i, s:s, s:b, s:I}", "switch", sw->name, "mac",
			 mac_format(info->mac, mac), "vlan", (int)info->vid, "port",
			 sw->port[info->port]->name, "static", (int)info->is_static, "age_s",
			 (json_int_t)info->age_s);
}

static json_t *macs_json(const struct replay *replay)
{
	uint32_t now_s = (uint32_t)(replay_now(replay) / 1000);
	json_t *list = need(json_array());
	struct fdb_info info;
	const struct sw *sw;

	for (size_t n = 0; (sw = replay_switch(replay, n)) != NULL; n++)
		for (uint32_t slot = 0; fdb_walk(sw->fdb, &slot, fdb_slots(sw->fdb), now_s, &info);)
			json_array_append_new(list, mac_row(sw, &info));
	return list;
}

static json_t *strangers_json(const struct run *r)
{
	json_t *list = need(json_array());

	for (size_t i = 0; i < r->strangers; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:I}", "interface", r->stranger[i].name,
						"frames", (json_int_t)r->stranger[i].frames));
	return list;
}

static json_t *summary_json(const struct run *r)
{
	return need(json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:I, s:I, s:o, s:o, s:o}",
		"frames", (json_int_t)r->n, "forwarded", (json_int_t)r->forwarded, "heard",
		(json_int_t)r->heard, "dropped", (json_int_t)r->dropped, "crossed",
		(json_int_t)r->crossed, "skipped", "outbound", (json_int_t)r->outbound, "patched",
		(json_int_t)r->patched, "cut_short", (json_int_t)r->cut_short, "too_long",
		(json_int_t)r->too_long, "no_port", (json_int_t)r->strange, "back_in_time",
		(json_int_t)r->back_in_time, "not_crossed", (json_int_t)replay_cut(r->replay),
		"strangers", strangers_json(r), "drops", drops_json(r->replay), "macs",
		macs_json(r->replay)));
}

static void say(struct run *r, uint64_t n, const char *text)
{
	if (n)
		show_pair(r->ctx, "skipped", "%" PRIu64 " %s", n, text);
}

static void print_tables(struct run *r, const json_t *summary)
{
	static const struct column drops[] = {{"SWITCH", COL_SHORTEN, 0},
					      {"PORT", COL_SHORTEN, 0},
					      {"COUNT", COL_RIGHT, 0},
					      {"REASON", 0, 0}};
	static const struct column macs[] = {{"MAC", 0, 0},
					     {"VLAN", COL_RIGHT, 0},
					     {"SWITCH", COL_SHORTEN, 0},
					     {"PORT", COL_SHORTEN, 0}};
	struct table *t = table_new(drops, 4), *u = table_new(macs, 4);
	const json_t *d, *list = json_object_get(summary, "drops");
	size_t i;

	json_array_foreach (list, i, d) {
		table_cell(t, PLAIN, "%s", js_str(d, "switch"));
		table_cell(t, PLAIN, "%s", js_str(d, "port"));
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(d, "count"));
		table_cell(t, YELLOW, "%s", js_str(d, "reason"));
	}
	if (i) {
		fputc('\n', r->ctx->out);
		table_print(t, r->ctx->out, &r->ctx->term);
	}
	list = json_object_get(summary, "macs");
	json_array_foreach (list, i, d) {
		table_cell(u, PLAIN, "%s", js_str(d, "mac"));
		table_cell(u, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(d, "vlan"));
		table_cell(u, PLAIN, "%s", js_str(d, "switch"));
		table_cell(u, PLAIN, "%s", js_str(d, "port"));
	}
	if (i) {
		fputc('\n', r->ctx->out);
		table_print(u, r->ctx->out, &r->ctx->term);
	}
	table_free(t);
	table_free(u);
}

void replay_summary(struct run *r)
{
	json_t *summary = summary_json(r), *all;

	if (r->ctx->json) {
		all = need(json_pack("{s:O}", "summary", summary));
		ctx_json(r->ctx, all);
		json_decref(all);
		json_decref(summary);
		return;
	}
	fputc('\n', r->ctx->out);
	show_pair(r->ctx, "frames",
		  "%" PRIu64 " in the file: %" PRIu64 " forwarded, %" PRIu64
		  " heard by protocols, %" PRIu64 " dropped%s",
		  r->n, r->forwarded, r->heard, r->dropped,
		  r->crossed ? "; those that crossed a patch count once more" : "");
	say(r, r->outbound, "that a switch had sent, not received");
	say(r, r->patched,
	    "that came in through a patch, which are made here; --all takes these as well");
	say(r, r->cut_short, "of which the capture has only the beginning");
	say(r, r->too_long, "that are longer than any frame");
	uint64_t more = r->strange;

	for (size_t i = 0; i < r->strangers; i++) {
		more -= r->stranger[i].frames;
		show_pair(r->ctx, "skipped", "%" PRIu64 " of interface \"%s\", which is %s",
			  r->stranger[i].frames, r->stranger[i].name,
			  r->stranger[i].several ? "a port of several switches" : "no port");
	}
	say(r, more, "of other interfaces, which are no ports either");
	if (r->back_in_time)
		show_pair(r->ctx, "time",
			  "of %" PRIu64 " frames was before that of another; it never goes back",
			  r->back_in_time);
	if (replay_cut(r->replay))
		show_pair(r->ctx, "patches", "%" PRIu64 " frames too many, as in a loop",
			  replay_cut(r->replay));
	print_tables(r, summary);
	json_decref(summary);
}

/* SPDX-License-Identifier: ISC */
/*
 * methods_impair.c - ports whose link is bad: how, and what became of frames there.
 */
#include "ctl/control.h"
#include "port/port.h"

static void set_count(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

/* What is said of the direction, in the words of the settings. */
static json_t *describe_settings(const struct port *p, enum impair_way way)
{
	json_t *o = json_object();

	for (unsigned k = 0; k < IMPAIR_KEYS; k++) {
		const char *text = impair_text(&p->cfg.impair, way, (enum impair_key)k);

		if (*text)
			json_object_set_new(o, impair_key_name((enum impair_key)k),
					    json_string(text));
	}
	return o;
}

static json_t *describe_fates(const struct impair_info *i)
{
	json_t *o = json_object();

	for (unsigned f = 0; f < IMPAIR_FATE_COUNT; f++)
		set_count(o, impair_fate_name((enum impair_fate)f), i->stats->fate[f]);
	return o;
}

static json_t *describe_way(const struct port *p, enum impair_way way, const struct impair_info *i)
{
	const struct impair_stats *s = i->stats;
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:I}", "switch", p->core.sw->name, "port",
			      p->cfg.name, "direction", impair_way_name(way), "settings",
			      describe_settings(p, way), "seed", (json_int_t)i->seed);

	set_count(o, "frames", s->frames);
	json_object_set_new(o, "fates", describe_fates(i));
	set_count(o, "memory_full", i->memory_full);
	set_count(o, "duplicated", s->duplicated);
	set_count(o, "copies_lost", s->copies_full);
	set_count(o, "corrupted", s->corrupted);
	set_count(o, "reordered", s->reordered);
	set_count(o, "queued", i->queue.frames);
	set_count(o, "queued_bytes", i->queue.bytes);
	set_count(o, "held", i->held);
	set_count(o, "held_bytes", i->held_bytes);
	set_count(o, "late", i->late);
	set_count(o, "late_max_us", i->late_max_us);
	return o;
}

/* Both directions, where they are bad. */
static void list_port(const struct port *p, json_t *list)
{
	for (unsigned w = 0; w < IMPAIR_WAYS; w++) {
		struct impair_info info;

		if (port_impair_info(p, (enum impair_way)w, &info))
			json_array_append_new(list, describe_way(p, (enum impair_way)w, &info));
	}
}

json_t *describe_impair(const struct port *p)
{
	json_t *list;

	if (!p->bad_link)
		return NULL;
	list = json_array();
	list_port(p, list);
	return list;
}

static void list_switch(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	sw_foreach_port (i, sw) {
		const struct port *p = port_of(sw->port[i]);

		if (!p->bad_link)
			continue;
		list_port(p, list);
		call_breathe(call);
	}
}

static int impair_list(struct rpc_call *call)
{
	json_t *list = json_array();

	if (!call_text(call, "port"))
		return answer_list(call, "links", list, each_switch(call, list_switch, list));
	struct sw *sw = call_switch(call);
	const struct port *p = sw ? call_port(call, sw) : NULL;
	if (p)
		list_port(p, list);
	return answer_list(call, "links", list, p ? 0 : -call->err.code);
}

const struct rpc_method methods_impair[] = {
	{.name = "impair.list",
	 .lists = true,
	 .help = "bad links of ports: how bad they are, and what became of frames there",
	 .run = impair_list,
	 .params = {P_ANY_SWITCH,
		    {"port", RPC_STRING, false, "name of the port; all where it is left out"}}},
	{.name = NULL},
};

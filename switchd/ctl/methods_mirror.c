/* SPDX-License-Identifier: ISC */
/*
 * methods_mirror.c - monitor ports, and what they show.
 */
#include <stdio.h>
#include <string.h>

#include "core/mirror.h"
#include "ctl/control.h"
#include "ctl/optjson.h"
#include "port/port.h"

/* The ports that are shown there now. */
static json_t *shown_ports(const struct sw *sw, const struct sw_port *monitor)
{
	json_t *list = json_array();

	sw_foreach_port (i, sw)
		if (sw->port[i] != monitor && sw->port[i]->mirrored &&
		    mirror_lists(monitor->set.mirror, sw->port[i]->name))
			json_array_append_new(list, json_string(sw->port[i]->name));
	return list;
}

/* Names in its list that no port has which can be shown: a port that is to come, or a monitor port. */
static json_t *missing_ports(const struct sw *sw, const struct sw_port *monitor)
{
	const char *at = monitor->set.mirror, *name;
	json_t *list = json_array();
	char one[NAME_SIZE];
	size_t len;

	if (strcmp(at, "all") == 0)
		return list;
	while (mirror_next_name(&at, &name, &len)) {
		const struct port *p;

		snprintf(one, sizeof(one), "%.*s", (int)len, name);
		p = port_find(sw, one);
		if (!p || mirror_is_monitor(&p->core.set))
			json_array_append_new(list, json_string(one));
	}
	return list;
}

static json_t *describe_mirror(const struct sw *sw, const struct sw_port *p)
{
	const struct sw_port_set *set = &p->set;
	json_t *missing = missing_ports(sw, p);
	json_t *o = json_pack(
		"{s:s, s:s, s:o, s:s, s:o, s:i, s:I}", "switch", sw->name, "port", p->name, "shows",
		shown_ports(sw, p), "direction", set->mirror_direction, "vlans",
		optjson_get(opt_find(sw_port_options, "mirror_vlans"), set), "snaplen",
		(int)set->mirror_snaplen, "copies", (json_int_t)p->stats.tx_mirrored);

	if (json_array_size(missing))
		json_object_set(o, "missing", missing);
	json_decref(missing);
	return o;
}

static void list_mirrors(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	portset_foreach (i, &sw->monitors, sw->words) {
		json_array_append_new(list, describe_mirror(sw, sw->port[i]));
		call_breathe(call);
	}
}

static int mirror_list(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "mirrors", list, each_switch(call, list_mirrors, list));
}

const struct rpc_method methods_mirror[] = {
	{.name = "mirror.list",
	 .lists = true,
	 .help = "monitor ports: whose frames they show, and how many copies were made",
	 .run = mirror_list,
	 .params = {P_ANY_SWITCH}},
	{.name = NULL},
};

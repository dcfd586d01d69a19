/* SPDX-License-Identifier: ISC */
/*
 * methods_vlan.c - VLANs: who is in which, and what they are called.
 */
#include <errno.h>

#include "ctl/control.h"
#include "port/port.h"

enum { VLANS_AT_ONCE = 64 }; /* described before frames may flow */

static json_t *names_of(const struct sw *sw, const struct portset *members,
			const struct portset *without)
{
	json_t *list = json_array();

	portset_foreach (i, members, sw->words)
		if (!without || !portset_has(without, i))
			json_array_append_new(list, json_string(sw->port[i]->name));
	return list;
}

static json_t *describe_vlan(const struct sw *sw, unsigned vid)
{
	const struct vlan *v = &sw->vlans->vlan[vid];
	json_t *row = config_dump_all(sw_vlan_options, &v->set);

	json_object_set_new(row, "switch", json_string(sw->name));
	json_object_set_new(row, "vlan", json_integer(vid));
	json_object_set_new(row, "untagged", names_of(sw, &v->untagged, NULL));
	json_object_set_new(row, "tagged", names_of(sw, &v->members, &v->untagged));
	return row;
}

/* A transparent switch has none. */
static void list_vlans(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	for (unsigned vid = VID_FIRST; sw->set.vlan_aware && vid <= VID_LAST; vid++) {
		if (vlan_in_use(sw, vid))
			json_array_append_new(list, describe_vlan(sw, vid));
		if (vid % VLANS_AT_ONCE == 0)
			call_breathe(call);
	}
}

static int vlan_list(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "vlans", list, each_switch(call, list_vlans, list));
}

static int vlan_set(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct sw_vlan_set set;
	json_int_t vid;
	int rc;

	if (!sw)
		return -call->err.code;
	if (call_int(call, "vlan", 0, VID_FIRST, VID_LAST, &vid))
		return -EINVAL;
	set = sw->vlans->vlan[vid].set;
	rc = config_parse_options(call->params, sw_vlan_options, "switch vlan", &set, &call->err);
	if (rc)
		return rc;
	sw_vlan_configure(sw, (unsigned)vid, &set);
	call->result = json_pack("{s:o}", "vlan", describe_vlan(sw, (unsigned)vid));
	return 0;
}

const struct rpc_method methods_vlan[] = {
	{.name = "vlan.list",
	 .lists = true,
	 .help = "VLANs in use: their names, settings and ports; of switches that are vlan_aware",
	 .run = vlan_list,
	 .params = {P_ANY_SWITCH}},
	{.name = "vlan.set",
	 .help = "change settings of a VLAN; null sets the default",
	 .changes = true,
	 .options = RPC_VLAN_OPTIONS,
	 .run = vlan_set,
	 .params = {P_ONE_SWITCH, {"vlan", RPC_INTEGER, true, "its number, 1 to 4094"}}},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
/*
 * methods_mac.c - the address table.
 */
#include <errno.h>
#include <string.h>

#include "ctl/control.h"
#include "port/port.h"
#include "util/mac.h"
#include "util/text.h"

enum {
	LIST_MAX = 1000,    /* addresses in one answer */
	LIST_AT_ONCE = 128, /* of these, before frames may flow */
	SCAN_MAX = 65536,   /* slots looked at in one go, where few or none of them match */
};

/*
 * The VLAN of an address.  In a switch that is vlan_aware all are in one: where it is left out that is the VLAN
 * of the port's untagged frames, if there is a port and it has one.
 */
static int read_vlan(struct rpc_call *call, const struct sw *sw, const struct port *p,
		     json_int_t *vid)
{
	json_int_t pvid = sw->set.vlan_aware && p ? vlan_pvid(&p->cfg.set) : 0;
	int rc = call_int(call, "vlan", pvid, 0, VID_MAX - 1, vid);

	if (rc || *vid || !sw->set.vlan_aware)
		return rc;
	err_set(&call->err, EINVAL, "switch %s is vlan_aware: say in which VLAN, 1 to 4094",
		sw->name);
	err_at(&call->err, "vlan");
	return -EINVAL;
}

static const char *type_of(const struct fdb_info *i)
{
	if (i->is_sticky)
		return "sticky";
	return i->is_static ? "static" : "learned";
}

static json_t *describe_mac(const struct sw *sw, const struct fdb_info *i)
{
	const struct port *p = port_of(sw->port[i->port]);
	char mac[MAC_STR_SIZE], remote[ENDPOINT_SIZE];
	bool pinned;
	json_t *row = json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:I, s:I, s:b}", "switch", sw->name,
				"mac", mac_format(i->mac, mac), "vlan", (int)i->vid, "port",
				p->cfg.name, "type", type_of(i), "static", (int)i->is_static,
				"age_s", (json_int_t)(i->is_static ? 0 : i->age_s), "moves",
				(json_int_t)i->moves, "flapping", (int)i->flapping);

	if (p->ops->behind && p->ops->behind(p, i->vid, i->mac, &pinned, remote))
		json_object_set_new(row, "remote", json_string(remote));
	return row;
}

struct mac_filter {
	struct page page;
	uint64_t mac; /* MAC_NONE = any */
};

static int read_filter(struct rpc_call *call, struct sw *sw, struct mac_filter *f)
{
	f->mac = MAC_NONE;
	if (call_text(call, "mac") && call_mac(call, &f->mac))
		return -EINVAL;
	return call_page(call, sw, LIST_MAX, &f->page);
}

static bool passes(const struct mac_filter *f, const struct fdb_info *i)
{
	return page_wants(&f->page, i->port, i->vid) && (f->mac == MAC_NONE || f->mac == i->mac);
}

static int mac_list(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct mac_filter f;
	struct fdb_info info;
	json_t *list, *next;

	if (!sw)
		return -call->err.code;
	int rc = read_filter(call, sw, &f);
	if (rc)
		return rc;
	uint32_t now_s = (uint32_t)(call_now(call) / 1000);
	uint32_t slot = (uint32_t)f.page.after;
	uint32_t end = slot < UINT32_MAX - SCAN_MAX ? slot + SCAN_MAX : UINT32_MAX;
	list = json_array();
	while ((json_int_t)json_array_size(list) < f.page.limit &&
	       fdb_walk(sw->fdb, &slot, end, now_s, &info))
		if (passes(&f, &info)) {
			json_array_append_new(list, describe_mac(sw, &info));
			if (json_array_size(list) % LIST_AT_ONCE == 0)
				call_breathe(call);
		}
	next = slot < fdb_slots(sw->fdb) ? json_integer(slot) : json_null();
	call->result = json_pack("{s:o, s:o, s:I}", "macs", list, "next", next, "total",
				 (json_int_t)fdb_count(sw->fdb));
	return 0;
}

static int mac_add(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;
	const char *remote = call_text(call, "remote");
	json_int_t vlan;
	uint64_t mac;

	if (!p)
		return -call->err.code;
	if (call_mac(call, &mac) || read_vlan(call, sw, p, &vlan))
		return -EINVAL;
	int rc = port_add_static(p, (uint16_t)vlan, mac, remote ? remote : "", &call->err);
	if (rc == -EINVAL && !call->err.path[0])
		err_at(&call->err, "mac");
	return rc;
}

/* Which of several peers a station is behind is known to some kinds of port. */
static void forget_peers(struct sw *sw, const struct port *only, int vid, uint64_t mac)
{
	sw_foreach_port (i, sw) {
		struct port *p = port_of(sw->port[i]);

		if (p->ops->forget && (!only || p == only))
			p->ops->forget(p, vid, mac);
	}
}

static int mac_del(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	char text[MAC_STR_SIZE];
	json_int_t vlan;
	uint64_t mac;

	if (!sw)
		return -call->err.code;
	if (call_mac(call, &mac) || read_vlan(call, sw, NULL, &vlan))
		return -EINVAL;
	if (fdb_del(sw->fdb, (uint16_t)vlan, mac) == 0) {
		forget_peers(sw, NULL, (int)vlan, mac);
		return 0;
	}
	return err_set(&call->err, ENOENT, "switch %s does not know %s in VLAN %d", sw->name,
		       mac_format(mac, text), (int)vlan);
}

static int mac_flush(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	const struct port *p = NULL;
	json_int_t vlan;

	if (!sw)
		return -call->err.code;
	if (call_text(call, "port")) {
		p = call_port(call, sw);
		if (!p)
			return -call->err.code;
	}
	if (call_int(call, "vlan", -1, 0, VID_MAX, &vlan))
		return -EINVAL;
	struct fdb_flush w = {.port = p ? (int)p->core.index : -1, .vid = (int)vlan};
	while (fdb_flush(sw->fdb, &w, SCAN_MAX))
		call_breathe(call);
	forget_peers(sw, p, (int)vlan, MAC_NONE);
	call->result = json_pack("{s:I}", "flushed", (json_int_t)w.gone);
	return 0;
}

static int mac_release(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	const struct port *p = sw ? call_port(call, sw) : NULL;

	if (!p)
		return -call->err.code;
	call->result = json_pack("{s:I}", "released",
				 (json_int_t)fdb_port_release(sw->fdb, p->core.index));
	return 0;
}

#define P_ANY_PORT                                                       \
	{                                                                \
		"port", RPC_STRING, false, "only those behind this port" \
	}
#define P_MAC                                          \
	{                                              \
		"mac", RPC_STRING, true, "the address" \
	}

const struct rpc_method methods_mac[] = {
	{.name = "mac.list",
	 .lists = true,
	 .help = "addresses known, up to 1000 at a time",
	 .run = mac_list,
	 .params = {P_ONE_SWITCH,
		    P_ANY_PORT,
		    {"mac", RPC_STRING, false, "only this address"},
		    {"vlan", RPC_INTEGER, false, "only this VLAN; 0 = untagged"},
		    {"after", RPC_INTEGER, false, "\"next\" of the answer before"},
		    {"limit", RPC_INTEGER, false, "at most so many"}}},
	{.name = "mac.add",
	 .help = "a static address: never aged, never moved",
	 .changes = true,
	 .run = mac_add,
	 .params = {P_ONE_SWITCH,
		    P_MAC,
		    {"port", RPC_STRING, true, "the port it is behind"},
		    {"vlan", RPC_INTEGER, false, "its VLAN; left out, that of untagged frames"},
		    {"remote", RPC_STRING, false,
		     "the remote of a vxlan port it is behind; whichever it is heard from if left "
		     "out"}}},
	{.name = "mac.del",
	 .help = "forget one address, static, sticky or learned",
	 .changes = true,
	 .run = mac_del,
	 .params = {P_ONE_SWITCH,
		    P_MAC,
		    {"vlan", RPC_INTEGER, false, "its VLAN; 0 = untagged, the default"}}},
	{.name = "mac.flush",
	 .help = "forget learned addresses",
	 .changes = true,
	 .run = mac_flush,
	 .params = {P_ONE_SWITCH,
		    P_ANY_PORT,
		    {"vlan", RPC_INTEGER, false, "only those of this VLAN; 0 = untagged"}}},
	{.name = "mac.release",
	 .help = "forget the sticky addresses of a port",
	 .changes = true,
	 .run = mac_release,
	 .params = {P_ONE_SWITCH, {"port", RPC_STRING, true, "name of the port"}}},
	{.name = NULL},
};

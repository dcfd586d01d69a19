/* SPDX-License-Identifier: ISC */
/*
 * methods_capture.c - frames shown to a client: port/capture.h.
 *
 * A capture belongs to the connection that began it, and ends with it however that ends.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/capture_ring.h"
#include "core/mirror.h"
#include "core/sw.h"
#include "ctl/control.h"
#include "ctl/filters.h"
#include "port/port.h"

/* ---- what is asked for ---- */

static int refuse(struct rpc_call *call, const char *param, const char *allowed)
{
	char shown[TEXT_SHOWN_SIZE];

	err_set(&call->err, EINVAL, "found \"%s\", allowed %s",
		text_shown(call_text(call, param), shown), allowed);
	err_at(&call->err, param);
	return -EINVAL;
}

/* "in", "out" and "dropped" with commas between. */
static int read_direction(struct rpc_call *call, unsigned *wants)
{
	static const struct {
		const char *name;
		unsigned wants;
	} words[] = {
		{"in", CAPTURE_WANTS_IN},
		{"out", CAPTURE_WANTS_OUT},
		{"dropped", CAPTURE_WANTS_DROPPED},
		{"both", CAPTURE_WANTS_IN | CAPTURE_WANTS_OUT},
	};
	const char *at = call_text(call, "direction"), *name;
	size_t len;

	*wants = at ? 0 : CAPTURE_WANTS_IN;
	while (at && mirror_next_name(&at, &name, &len)) {
		unsigned found = 0;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].name) == len && strncmp(words[i].name, name, len) == 0)
				found = words[i].wants;
		*wants |= found;
		if (!found)
			*wants = 0, at = NULL;
	}
	return *wants ? 0
		      : refuse(call, "direction",
			       "are in, out, both and dropped, with commas between");
}

static bool is_port_of(const struct rpc_call *call, const char *sw, const char *name)
{
	dp_foreach_sw (s, call_control(call)->dp)
		if ((!sw[0] || strcmp(sw, s->name) == 0) && port_find(s, name))
			return true;
	return false;
}

static int no_such_port(struct rpc_call *call, const char *sw, const char *name)
{
	const char *best = NULL;

	dp_foreach_sw (s, call_control(call)->dp)
		if (!sw[0] || strcmp(sw, s->name) == 0)
			sw_foreach_port (i, s)
				word_nearest(name, s->port[i]->name, &best);
	word_unknown(&call->err, ENOENT, name, best, "there is no port");
	err_at(&call->err, "ports");
	return -ENOENT;
}

/* Names that are all there now: a slip of the fingers would show nothing at all. */
static int read_ports(struct rpc_call *call, struct capture_cfg *cfg)
{
	const char *text = call_text(call, "ports"), *at = text, *name;
	char one[NAME_SIZE];
	size_t len;

	if (!text || strcmp(text, "all") == 0)
		return 0;
	if (strlen(text) >= sizeof(cfg->ports) || mirror_check_list(text, &call->err) || !text[0])
		return refuse(call, "ports", "are names of ports with commas between, or all");
	while (mirror_next_name(&at, &name, &len)) {
		memcpy(one, name, len);
		one[len] = '\0';
		if (!is_port_of(call, cfg->sw, one))
			return no_such_port(call, cfg->sw, one);
	}
	memcpy(cfg->ports, text, strlen(text) + 1);
	return 0;
}

static int read_switch(struct rpc_call *call, struct capture_cfg *cfg)
{
	const struct sw *sw;

	if (!call_text(call, "switch"))
		return 0;
	sw = call_switch(call);
	if (!sw)
		return -call->err.code;
	memcpy(cfg->sw, sw->name, sizeof(cfg->sw));
	return 0;
}

static int read_vlans(struct rpc_call *call, struct capture_cfg *cfg)
{
	const char *text = call_text(call, "vlans");

	cfg->by_vlan = text != NULL;
	if (text && (!vidset_parse(text, &cfg->vlans) || !text[0]))
		return refuse(call, "vlans", "are VLANs like 10,20-29");
	return 0;
}

/* As filters of ports: read aside, and no names looked up. */
static int make_filter(void *arg)
{
	struct rpc_call *call = arg;
	struct filters *fs = &call_control(call)->dp->filters;

	filters_sweep(fs);
	return filters_make(fs, call_text(call, "filter"), &call->err);
}

static int read_filter(struct rpc_call *call, struct capture_cfg *cfg)
{
	const char *text = call_text(call, "filter");
	int rc;

	if (!text || !text[0])
		return 0;
	if (strlen(text) >= sizeof(cfg->filter))
		rc = err_set(&call->err, EINVAL, "the expression has more than %zu characters",
			     sizeof(cfg->filter) - 1);
	else
		rc = port_filter_check(text, &call->err);
	if (rc == 0 && !filters_have(&call_control(call)->dp->filters, text))
		rc = call_aside(call, make_filter, call);
	if (rc == 0)
		memcpy(cfg->filter, text, strlen(text) + 1);
	else
		err_at(&call->err, "filter");
	return rc;
}

static int read_size(struct rpc_call *call, struct capture_cfg *cfg)
{
	json_int_t snaplen, kib;
	int rc = call_int(call, "snaplen", 0, 0, 1 << 20, &snaplen);

	if (rc == 0)
		rc = call_int(call, "buffer_kib", 8192, CAPTURE_RING_MIN >> 10,
			      CAPTURE_RING_MAX >> 10, &kib);
	if (rc)
		return rc;
	cfg->snaplen = (uint32_t)snaplen;
	cfg->size = CAPTURE_RING_MIN;
	while (cfg->size < (uint64_t)kib << 10)
		cfg->size *= 2;
	return 0;
}

/* ---- methods ---- */

/* Names for the numbers that frames come with: those of another release may be others. */
static json_t *reasons(void)
{
	json_t *list = json_array();

	for (int d = 0; d < DROP_COUNT; d++)
		json_array_append_new(list, json_string(drop_name(d)));
	return list;
}

static int start(struct rpc_call *call)
{
	struct client_id who = client_id(call->client);
	struct capture_cfg cfg = {.pid = who.pid, .uid = who.uid};
	struct datapath *dp = call_control(call)->dp;
	struct capture *c;
	int rc;

	if (client_capture(call->client))
		return err_set(
			&call->err, EEXIST,
			"this connection captures already; another one needs a connection of "
			"its own");
	if (!client_may_capture(call->client))
		return err_set(
			&call->err, EINVAL,
			"a capture has to be asked for by itself, with an id, on a connection "
			"that has read its answers and has subscribed to nothing");
	rc = read_switch(call, &cfg) ?: read_ports(call, &cfg) ?: read_direction(call, &cfg.wants)
			?: read_vlans(call, &cfg) ?: read_size(call, &cfg)
			?: read_filter(call, &cfg);
	if (rc)
		return rc;
	c = capture_start(dp, &cfg, &call->err);
	if (!c)
		return -call->err.code;
	client_set_capture(call->client, c);
	call->result = json_pack(
		"{s:I, s:I, s:i, s:b, s:o}", "capture", (json_int_t)capture_info(c).id, "bytes",
		CAPTURE_HEAD_SIZE + (json_int_t)cfg.size, "version", CAPTURE_VERSION, "several",
		!cfg.sw[0] && dp->switches > 1, "reasons", reasons());
	return 0;
}

static void list_ports(const struct rpc_call *call, const struct capture *c, json_t *list)
{
	uint64_t seen, lost;

	dp_foreach_sw (sw, call_control(call)->dp)
		sw_foreach_port (i, sw)
			if (capture_of_port(c, port_of(sw->port[i]), &seen, &lost))
				json_array_append_new(list,
						      json_pack("{s:s, s:s, s:I, s:I}", "switch",
								sw->name, "port", sw->port[i]->name,
								"frames", (json_int_t)seen, "lost",
								(json_int_t)lost));
}

static int stop(struct rpc_call *call)
{
	struct capture *c = client_capture(call->client);
	json_t *ports;

	if (!c)
		return err_set(&call->err, ENOENT, "this connection does not capture");
	ports = json_array();
	list_ports(call, c, ports);
	call->result = json_pack("{s:I, s:I, s:o}", "frames", (json_int_t)capture_info(c).frames,
				 "lost", (json_int_t)capture_info(c).lost, "ports", ports);
	client_set_capture(call->client, NULL);
	return 0;
}

static json_t *direction_text(unsigned wants)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%s%s%s", wants & CAPTURE_WANTS_IN ? "in," : "",
			 wants & CAPTURE_WANTS_OUT ? "out," : "",
			 wants & CAPTURE_WANTS_DROPPED ? "dropped," : "");

	return json_stringn(text, (size_t)n - 1); /* it wants something */
}

static json_t *describe(const struct rpc_call *call, const struct capture *c)
{
	struct capture_info i = capture_info(c);
	char vlans[256];
	json_t *o = json_pack(
		"{s:I, s:i, s:I, s:s, s:o, s:I, s:I, s:I, s:f}", "capture", (json_int_t)i.id, "pid",
		(int)i.cfg->pid, "uid", (json_int_t)i.cfg->uid, "ports",
		i.cfg->ports[0] ? i.cfg->ports : "all", "direction", direction_text(i.cfg->wants),
		"buffer_kib", (json_int_t)(i.cfg->size >> 10), "frames", (json_int_t)i.frames,
		"lost", (json_int_t)i.lost, "seconds",
		(double)(call_now(call) - i.since_ms) / 1000);

	if (i.cfg->sw[0])
		json_object_set_new(o, "switch", json_string(i.cfg->sw));
	if (i.cfg->by_vlan)
		json_object_set_new(
			o, "vlans",
			json_string(vidset_format(&i.cfg->vlans, vlans, sizeof(vlans))));
	if (i.cfg->filter[0])
		json_object_set_new(o, "filter", json_string(i.cfg->filter));
	if (i.cfg->snaplen)
		json_object_set_new(o, "snaplen", json_integer(i.cfg->snaplen));
	return o;
}

static int list(struct rpc_call *call)
{
	const struct captures *cs = &call_control(call)->dp->captures;
	json_t *all = json_array();

	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (cs->slot[i])
			json_array_append_new(all, describe(call, cs->slot[i]));
	call->result = json_pack("{s:o, s:i, s:i, s:i}", "captures", all, "captures_max",
				 CAPTURES_MAX, "memory_kib", (int)(cs->memory >> 10),
				 "memory_kib_max", CAPTURE_MEMORY_MAX >> 10);
	return 0;
}

const struct rpc_method methods_capture[] = {
	{.name = "capture.start",
	 .help = "have frames written to memory whose descriptors come with the answer; until capture.stop or the end of the connection",
	 .changes = true,
	 .run = start,
	 .params =
		 {P_ANY_SWITCH,
		  {"ports", RPC_STRING, false,
		   "names with commas between; all where it is left out"},
		  {"direction", RPC_STRING, false,
		   "in, out, both, dropped, with commas between; in where it is left out"},
		  {"vlans", RPC_STRING, false, "only frames of these, like 10,20-29"},
		  {"filter", RPC_STRING, false, "only frames that match this, as tcpdump would"},
		  {"snaplen", RPC_INTEGER, false, "bytes of each frame; 0 = all"},
		  {"buffer_kib", RPC_INTEGER, false,
		   "memory for frames that were not read yet, 256 to 65536; 8192 where it is left out"}}},
	{.name = "capture.stop",
	 .help = "end the capture of this connection; how many frames there were, and were lost",
	 .run = stop},
	{.name = "capture.list", .help = "who captures what, and what was lost", .run = list},
	{.name = NULL},
};

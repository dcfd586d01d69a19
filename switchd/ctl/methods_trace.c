/* SPDX-License-Identifier: ISC */
/*
 * methods_trace.c - what would become of a frame: asked of the functions that decide, of a frame that is never sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain.h"
#include "core/vnet.h"
#include "ctl/control.h"
#include "ctl/tracing.h"
#include "port/port.h"
#include "util/hex.h"

static bool takes(const struct sw_port *p, const struct frame *f)
{
	const struct port *port =
		(const struct port *)((const char *)p - offsetof(struct port, core));
	unsigned owed = tx_owed(f);

	return (port->caps & owed) == owed;
}

/* To whom a port with several peers sends it. */
static json_t *json_peers(const struct port *p, const uint8_t *head, size_t len)
{
	json_t *list = json_array();
	char peer[ENDPOINT_SIZE];

	for (unsigned n = 0; p->ops->reaches(p, head, len, n, peer); n++)
		json_array_append_new(list, json_string(peer));
	return list;
}

/* What the cable at a port does is no part of the decision, and not foretold. */
static void tell(const struct sw_port *p, const uint8_t *head, size_t len, json_t *o)
{
	const struct port *port =
		(const struct port *)((const char *)p - offsetof(struct port, core));

	if (port->bad[head ? IMPAIR_OUT : IMPAIR_IN])
		json_object_set_new(o, "impaired", json_true());
	if (head && port->ops->reaches)
		json_object_set_new(o, "peers", json_peers(port, head, len));
}

static int refuse_hex(struct rpc_call *call, const char *name, long rc, size_t most)
{
	if (rc == -E2BIG)
		err_set(&call->err, EINVAL, "more than %zu bytes", most);
	else
		err_set(&call->err, EINVAL, "allowed are hexadecimal digits, two for each byte");
	err_at(&call->err, name);
	return -EINVAL;
}

/*
 * Reads the frame and, if there is one, its offload header into `area`, which has room for FRAME_MAX bytes behind
 * VNET_HDR_SIZE.
 */
static int read_frame(struct rpc_call *call, uint8_t *area, struct frame *f)
{
	const char *vnet = call_text(call, "vnet");
	long n = hex_read(call_text(call, "frame"), area + VNET_HDR_SIZE, FRAME_MAX);

	if (n < 0)
		return refuse_hex(call, "frame", n, FRAME_MAX);
	*f = (struct frame){.data = area + VNET_HDR_SIZE, .len = (size_t)n};
	if (!vnet)
		return 0;
	n = hex_read(vnet, area, VNET_HDR_SIZE);
	if (n >= 0 && n != VNET_HDR_SIZE) {
		err_set(&call->err, EINVAL, "found %ld bytes, an offload header has %d", n,
			VNET_HDR_SIZE);
		err_at(&call->err, "vnet");
		return -EINVAL;
	}
	if (n < 0)
		return refuse_hex(call, "vnet", n, VNET_HDR_SIZE);
	f->vnet = area;
	return 0;
}

static int trace(struct rpc_call *call)
{
	static const struct tracing_ports ports = {.takes = takes, .tell = tell};
	struct sw *sw = call_switch(call);
	const struct port *p = sw ? call_port(call, sw) : NULL;
	uint8_t *area = p ? malloc(VNET_HDR_SIZE + FRAME_MAX) : NULL;
	struct explain *x = area ? malloc(sizeof(*x)) : NULL;
	struct frame f;
	int rc = -call->err.code;

	if (x)
		rc = read_frame(call, area, &f);
	else if (p)
		rc = err_set(&call->err, ENOMEM, "out of memory");
	if (x && rc == 0) {
		explain_frame(sw, &p->core, &f, call_now(call), x);
		call->result = tracing_json(sw, &p->core, &f, x, &ports);
	}
	free(x);
	free(area);
	return rc;
}

const struct rpc_method methods_trace[] = {
	{.name = "switch.trace",
	 .lists = true,
	 .help = "what would become of a frame that came in on a port, and why; nothing is sent, counted or learned",
	 .run = trace,
	 .params =
		 {P_ONE_SWITCH,
		  {"port", RPC_STRING, true, "the port it comes in on"},
		  {"frame", RPC_STRING, true, "its bytes, from the destination address on, in hex"},
		  {"vnet", RPC_STRING, false,
		   "its offload header, as a tap has it: ten bytes in hex; none where left out"}}},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
/*
 * methods_change.c - methods that change switches and ports.
 */
#include <errno.h>
#include <string.h>

#include "core/shut.h"
#include "core/stp.h"
#include "core/sw_loop.h"
#include "ctl/control.h"
#include "ctl/diff.h"
#include "ctl/filters.h"
#include "port/port.h"

/* ---- switches ---- */

static int read_settings(struct rpc_call *call, struct sw_settings *set)
{
	return config_parse_options(call->params, sw_options, "switch", set, &call->err)
		       ?: sw_settings_check(set, &call->err);
}

static int switch_add(struct rpc_call *call)
{
	struct datapath *dp = call_control(call)->dp;
	const char *name = call_text(call, "switch");
	struct sw_settings set;
	int rc;

	opt_defaults(sw_options, &set);
	rc = name_check(name, &call->err);
	if (rc == 0 && datapath_find(dp, name))
		rc = err_set(&call->err, EEXIST, "there is a switch \"%s\" already", name);
	if (rc) {
		err_at(&call->err, "switch");
		return rc;
	}
	rc = read_settings(call, &set);
	if (rc)
		return rc;
	return datapath_add(dp, name, &set, &call->err) ? 0 : -call->err.code;
}

static int switch_set(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct sw_settings set;
	int rc;

	if (!sw)
		return -call->err.code;
	set = sw->set;
	rc = read_settings(call, &set);
	return rc ? rc : datapath_configure(call_control(call)->dp, sw, &set, &call->err);
}

static int switch_del(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);

	if (!sw)
		return -call->err.code;
	datapath_del(call_control(call)->dp, sw);
	return 0;
}

/* ---- ports ---- */

struct filter_job {
	const struct port_cfg *cfg;
	struct filters *filters;
	struct err *e;
};

static int make_filters(void *arg)
{
	struct filter_job *job = arg;

	filters_sweep(job->filters);
	return filters_of_port(job->cfg, job->filters, job->e);
}

/* The last of what can be wrong with settings.  A thread is worth its while only where there is something to make. */
static int check_port(struct rpc_call *call, const struct port_cfg *cfg)
{
	struct filter_job job = {cfg, &call_control(call)->dp->filters, &call->err};
	int rc = port_cfg_check(cfg, &call->err);

	if (rc || filters_are_there(cfg, job.filters))
		return rc;
	return call_aside(call, make_filters, &job);
}

static int port_add(struct rpc_call *call)
{
	const char *name = call_text(call, "port");
	struct sw *sw = call_switch(call);
	const struct port_type *type;
	struct port_cfg cfg;
	struct port *p;
	int rc;

	if (!sw)
		return -call->err.code;
	rc = name_check(name, &call->err);
	if (rc == 0 && port_find(sw, name))
		rc = err_set(&call->err, EEXIST, "switch %s has a port \"%s\" already", sw->name,
			     name);
	if (rc) {
		err_at(&call->err, "port");
		return rc;
	}
	type = config_port_type(call->params, &call->err);
	if (!type)
		return -call->err.code;
	port_cfg_init(&cfg, name, type);
	rc = config_parse_options(call->params, type->options, "switch port type", &cfg,
				  &call->err);
	if (rc == 0)
		rc = check_port(call, &cfg);
	if (rc)
		return rc;
	p = port_new(call_control(call)->dp, sw, &cfg, &call->err);
	if (!p)
		return -call->err.code;
	call->result = json_pack("{s:o}", "port", describe_port(p));
	return 0;
}

static int port_set(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;
	const struct opt *fixed;
	struct port_cfg cfg;
	int rc;

	if (!p)
		return -call->err.code;
	if (p->parent)
		return err_set(&call->err, EINVAL,
			       "%s is a peer of port %s and has its settings: change them there",
			       p->cfg.name, p->parent->cfg.name);
	cfg = p->cfg;
	rc = config_parse_options(call->params, port_type_find(cfg.type)->options, "switch port",
				  &cfg, &call->err);
	if (rc == 0)
		rc = check_port(call, &cfg);
	if (rc)
		return rc;
	fixed = diff_reopening(&p->cfg, &cfg);
	if (fixed) {
		err_set(&call->err, EINVAL,
			"it cannot be changed while the port is open: delete the port and add it anew, "
			"or apply a configuration, which does that for you");
		err_at(&call->err, fixed->name);
		return -EINVAL;
	}
	rc = port_change(p, &cfg, &call->err);
	if (rc == 0)
		call->result = json_pack("{s:o}", "port", describe_port(p));
	return rc;
}

static int port_reopen(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;
	bool opened;

	if (!p)
		return -call->err.code;
	if (p->cfg.set.shutdown)
		return err_set(&call->err, EINVAL,
			       "port %s of %s is shut by its setting shutdown; `swctl set port %s "
			       "--switch %s --shutdown false` opens it",
			       p->cfg.name, sw->name, p->cfg.name, sw->name);
	opened = sw_port_open(&p->core, "asked");
	if (sw->stp && stp_port_reopen(sw->stp, p->core.index))
		opened = true;
	if (sw_loop_retry(&p->core, datapath_now(p->dp)))
		opened = true;
	call->result = json_pack("{s:b}", "opened", opened);
	return 0;
}

static int port_del(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;

	if (!p)
		return -call->err.code;
	port_free(p);
	return 0;
}

static void clear_stats(struct sw *sw, struct port *p)
{
	sw_clear_stats(sw, p ? &p->core : NULL);
	sw_foreach_port (i, sw)
		if (!p || sw->port[i] == &p->core)
			port_impair_clear(port_of(sw->port[i]));
}

static int stats_clear(struct rpc_call *call)
{
	struct sw *sw;
	struct port *p = NULL;

	if (!call_text(call, "switch") && !call_text(call, "port")) {
		dp_foreach_sw (s, call_control(call)->dp)
			clear_stats(s, NULL);
		return 0;
	}
	sw = call_switch(call);
	if (sw && call_text(call, "port"))
		p = call_port(call, sw);
	if (!sw || call->err.code)
		return -call->err.code;
	clear_stats(sw, p);
	return 0;
}

#define P_PORT                                               \
	{                                                    \
		"port", RPC_STRING, true, "name of the port" \
	}

const struct rpc_method methods_change[] = {
	{.name = "switch.add",
	 .help = "a new switch without ports",
	 .changes = true,
	 .options = RPC_SWITCH_OPTIONS,
	 .run = switch_add,
	 .params = {{"switch", RPC_STRING, true, "its name"}}},
	{.name = "switch.set",
	 .help = "change settings of a switch",
	 .changes = true,
	 .options = RPC_SWITCH_OPTIONS,
	 .run = switch_set,
	 .params = {P_ONE_SWITCH}},
	{.name = "switch.del",
	 .help = "remove a switch and its ports",
	 .changes = true,
	 .run = switch_del,
	 .params = {{"switch", RPC_STRING, true, "its name"}}},
	{.name = "port.add",
	 .help = "a new port",
	 .changes = true,
	 .options = RPC_PORT_OPTIONS,
	 .run = port_add,
	 .params = {P_ONE_SWITCH,
		    P_PORT,
		    {"type", RPC_STRING, false, "kind of port; tap if left out"}}},
	{.name = "port.set",
	 .help = "change settings of a port while frames flow; null sets the default",
	 .changes = true,
	 .options = RPC_PORT_OPTIONS,
	 .run = port_set,
	 .params = {P_ONE_SWITCH, P_PORT}},
	{.name = "port.reopen",
	 .help = "open a port that a defence of its own has shut",
	 .changes = true,
	 .run = port_reopen,
	 .params = {P_ONE_SWITCH, P_PORT}},
	{.name = "port.del",
	 .help = "remove a port",
	 .changes = true,
	 .run = port_del,
	 .params = {P_ONE_SWITCH, P_PORT}},
	{.name = "stats.clear",
	 .help = "set counters to zero: of a port, of a switch and its ports, or of all",
	 .changes = true,
	 .run = stats_clear,
	 .params = {P_ONE_SWITCH,
		    {"port", RPC_STRING, false, "name of the port; all if left out"}}},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
#include "ctl/tracing_text.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/shut.h"
#include "util/mac.h"

static const struct {
	const char *name, *rule;
} steps[STEP_COUNT] = {
	[STEP_PARSE] = {"parse", "IEEE 802.3-2018 3.2, 802.1Q-2018 9"},
	[STEP_LINK] = {"link", ""},
	[STEP_TRAP] = {"protocol", "IEEE 802.1Q-2018 8.6.3, table 8-1"},
	[STEP_STATE] = {"state", "IEEE 802.1Q-2018 8.6.1"},
	[STEP_FILTER] = {"filter_in", ""},
	[STEP_MTU] = {"mtu", "IEEE 802.1Q-2018 6.5.8"},
	[STEP_LINK_LOCAL] = {"link_local", "IEEE 802.1Q-2018 8.6.3, table 8-1"},
	[STEP_VLAN] = {"vlan", "IEEE 802.1Q-2018 6.9, 8.6.2"},
	[STEP_GUARD] = {"guard", "RFC 2131, 826, 6105"},
	[STEP_SENDER] = {"sender", ""},
	[STEP_METER] = {"limits", "IEEE 802.1Q-2018 8.6.5"},
	[STEP_LEARN] = {"learn", "IEEE 802.1Q-2018 8.7"},
	[STEP_LOOKUP] = {"lookup", "IEEE 802.1Q-2018 8.6.3, 8.8"},
	[STEP_GROUP] = {"groups", "RFC 4541"},
	[STEP_EGRESS] = {"ports", "IEEE 802.1Q-2018 8.6.1, 8.6.4"},
};

static const char *const results[] = {
	[STEP_PASSED] = "passed", [STEP_NOTHING] = "nothing", [STEP_STOPPED] = "stopped",
	[STEP_TAKEN] = "taken",	  [STEP_UNASKED] = "unasked",
};

static const char *const whys[WHY_COUNT] = {
	[WHY_OUT] = "out",
	[WHY_CAME] = "came_from",
	[WHY_UNASKED] = "unasked",
	[WHY_ELSEWHERE] = "known_elsewhere",
	[WHY_NO_MEMBER] = "no_member",
	[WHY_MONITOR] = "monitor",
	[WHY_NO_LINK] = "no_link",
	[WHY_SHUT] = "shut",
	[WHY_LOOPED] = "loop_blocked",
	[WHY_DISCARDS] = "discarding",
	[WHY_LEARNS] = "learning",
	[WHY_NOT_IN_VLAN] = "not_in_vlan",
	[WHY_UNTRUSTED] = "untrusted",
	[WHY_NOT_ASKER] = "not_asker",
	[WHY_REFUSED] = "refused",
	[WHY_NONE] = "none",
};

static const char *const routes[] = {
	[ROUTE_KNOWN] = "known",	 [ROUTE_UNKNOWN] = "unknown",
	[ROUTE_MULTICAST] = "multicast", [ROUTE_BROADCAST] = "broadcast",
	[ROUTE_GROUP] = "group",	 [ROUTE_HERE] = "here",
	[ROUTE_NONE] = "none",
};

static const char *const traps[TRAP_COUNT] = {
	[TRAP_NONE] = "none", [TRAP_STP] = "stp",	  [TRAP_SNOOP] = "snooping",
	[TRAP_LLDP] = "lldp", [TRAP_LOOP] = "loop_guard",
};

const char *tracing_step_name(enum explain_step step)
{
	return steps[step].name;
}

const char *tracing_rule(enum explain_step step)
{
	return steps[step].rule;
}

const char *tracing_result_name(enum explain_result r)
{
	return results[r];
}

const char *tracing_why_name(enum explain_why why)
{
	return whys[why];
}

const char *tracing_route_name(enum route r)
{
	return routes[r];
}

const char *tracing_trap_name(enum trap t)
{
	return traps[t];
}

__attribute__((format(printf, 2, 3))) static const char *say(char out[TRACING_TEXT],
							     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, TRACING_TEXT, fmt, ap);
	va_end(ap);
	return out;
}

/* ---- steps ---- */

static const char *taken(const struct explain *x, char out[TRACING_TEXT])
{
	const char *who = traps[x->v.trap];

	if (x->heard == DROP_NONE)
		return say(out, "it is for %s of this switch, and goes no further", who);
	return say(out, "it is for %s of this switch, which does not heed it: %s", who,
		   drop_name(x->heard));
}

static const char *vlan_passed(const struct sw_port *in, const struct frame *f,
			       const struct explain *x, char out[TRACING_TEXT])
{
	if (in->vlan.tunnel)
		return say(out, "a tunnel: whatever its tags, it is of VLAN %u", x->v.vid);
	if (x->v.class.popped && (f->tci & 0xfff))
		return say(out, "its tag says VLAN %u, which %s may have", x->v.vid, in->name);
	if (x->v.class.popped)
		return say(
			out,
			"its tag has a priority and no VLAN, so it is of VLAN %u, the port's own",
			x->v.vid);
	return say(out, "without a tag of a VLAN it is of VLAN %u, the port's own", x->v.vid);
}

static const char *lookup_passed(const struct sw *sw, const struct frame *f,
				 const struct explain *x, char out[TRACING_TEXT])
{
	char mac[MAC_STR_SIZE];

	mac_format(f->dst, mac);
	if (f->dst == MAC_BROADCAST)
		return "a broadcast: for all ports";
	if (mac_is_group(f->dst))
		return say(out, "%s is a group: for all ports, unless snooping knows better", mac);
	if (x->known < 0)
		return say(out, "nobody knows where %s is: for all ports", mac);
	return say(out, "%s is on %s", mac, sw->port[x->known]->name);
}

static const char *group_passed(const struct explain *x)
{
	static const char *const flooded[] = {
		[SNOOP_WHY_PORTS] = "snooping knows which ports want the group",
		[SNOOP_WHY_OFF] = "flooded: snooping is off in this VLAN, or for this kind of IP",
		[SNOOP_WHY_ASKLESS] = "flooded: there is no querier, so nobody says what he wants",
		[SNOOP_WHY_SETTLING] = "flooded until the first answers to the querier are in",
		[SNOOP_WHY_NO_GROUP] = "flooded: no IP packet to a group, which is what hosts join",
		[SNOOP_WHY_EVERYBODYS] = "flooded: a group that everybody has, and nobody joins",
		[SNOOP_WHY_UNKNOWN] =
			"flooded: nobody has joined; mcast_flood_unknown, or link scope, says so",
		[SNOOP_WHY_FOREIGN] =
			"flooded: no IP packet, or behind a tag in which nobody is asked",
	};

	if (x->v.trap == TRAP_SNOOP)
		return "a message about groups: snooping hears it";
	return flooded[x->flooded];
}

static const char *ports_passed(const struct sw *sw, const struct explain *x,
				char out[TRACING_TEXT])
{
	unsigned n = portset_count(&x->out, sw->words);

	if (n == 0)
		return "no port is left; the message has been heard all the same";
	return say(out, "it leaves through %u port%s", n, n == 1 ? "" : "s");
}

static const char *sender_passed(const struct sw_port *in)
{
	if (in->gate & (GATE_DEAF | GATE_PAUSED))
		return "it may send here; nothing is learned just now";
	return "it may send here";
}

static const char *passed(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  const struct explain *x, enum explain_step step, char out[TRACING_TEXT])
{
	switch (step) {
	case STEP_PARSE:
		return f->super ? "a whole frame, with segmentation still to be done"
				: "a whole frame";
	case STEP_LINK:
		return say(out, "%s is up", in->name);
	case STEP_STATE:
		return say(out, "data frames may come in through %s", in->name);
	case STEP_FILTER:
		return "the filter lets it pass";
	case STEP_MTU:
		return say(out, "%zu bytes of payload, %u are allowed", f->payload, in->mtu);
	case STEP_LINK_LOCAL:
		return "a reserved address, which link_local lets through";
	case STEP_VLAN:
		return vlan_passed(in, f, x, out);
	case STEP_GUARD:
		return "the guard has looked at what it says, and lets it pass";
	case STEP_SENDER:
		return sender_passed(in);
	case STEP_METER:
		return "it is within the port's limits";
	case STEP_LEARN:
		return tracing_learn(sw, in, f, x, out);
	case STEP_LOOKUP:
		return lookup_passed(sw, f, x, out);
	case STEP_GROUP:
		return group_passed(x);
	case STEP_EGRESS:
		return ports_passed(sw, x, out);
	case STEP_TRAP:
	case STEP_COUNT:
		break;
	}
	return "";
}

static const char *nothing(enum explain_step step)
{
	switch (step) {
	case STEP_TRAP:
		return "it is for no protocol that this switch speaks there";
	case STEP_FILTER:
		return "the port has no filter";
	case STEP_MTU:
		return "the port has no limit of its own";
	case STEP_LINK_LOCAL:
		return "not a reserved address";
	case STEP_VLAN:
		return "the switch is not vlan_aware";
	case STEP_GUARD:
		return "nothing that is watched here";
	case STEP_METER:
		return "no limit that it counts to";
	case STEP_LEARN:
		return "nothing is learned from it";
	case STEP_GROUP:
		return "no group, or no snooping";
	default:
		return "";
	}
}

static const char *closed(const struct sw_port *p, enum explain_why why, char out[TRACING_TEXT])
{
	switch (why) {
	case WHY_MONITOR:
		return "it shows copies of others' frames, and takes part in nothing";
	case WHY_SHUT:
		return say(out, "it is shut: %s", shut_text(p->shut));
	case WHY_LOOPED:
		return "it is blocked because of a loop";
	case WHY_DISCARDS:
		return "the spanning tree has it discard";
	case WHY_LEARNS:
		return "the spanning tree has it learn, and not forward yet";
	default:
		return "it is not up";
	}
}

/* What the reason says of ports in general is known of this one. */
static const char *stopped(const struct sw_port *in, enum drop d, char out[TRACING_TEXT])
{
	char why[TRACING_TEXT];

	if (d != DROP_PORT_BLOCKED && d != DROP_PORT_SHUT)
		return say(out, "%s: %s", drop_name(d), drop_text(d));
	return say(out, "%s: %s takes no frames: %s; swctl explain %s says what to do",
		   drop_name(d), in->name, closed(in, explain_closed(in), why), drop_name(d));
}

const char *tracing_step(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			 const struct explain *x, enum explain_step step, enum explain_result r,
			 char out[TRACING_TEXT])
{
	switch (r) {
	case STEP_PASSED:
		return passed(sw, in, f, x, step, out);
	case STEP_NOTHING:
		return nothing(step);
	case STEP_STOPPED:
		return stopped(in, x->v.drop, out);
	case STEP_TAKEN:
		return taken(x, out);
	case STEP_UNASKED:
		break;
	}
	return "it did not come to that";
}

/* ---- ports ---- */

static const char *why_out(const struct sw *sw, const struct explain *x, const struct sw_port *p,
			   char out[TRACING_TEXT])
{
	uint16_t tpid;

	if (!sw->set.vlan_aware)
		return "it leaves here";
	tpid = vlan_egress_tpid(sw, x->v.vid, p->index);
	if (tpid)
		return say(out, "it leaves here, with a tag 0x%04x of VLAN %u", tpid, x->v.vid);
	return say(out, "it leaves here, without a tag of VLAN %u", x->v.vid);
}

const char *tracing_why(const struct sw *sw, const struct frame *f, const struct explain *x,
			const struct sw_port *p, char out[TRACING_TEXT])
{
	switch (x->port[p->index].why) {
	case WHY_OUT:
		return why_out(sw, x, p, out);
	case WHY_CAME:
		return "it came from here, and is never sent back";
	case WHY_UNASKED:
		return "it did not come to the choice of ports";
	case WHY_ELSEWHERE:
		return say(out, "the station is on %s", sw->port[x->known]->name);
	case WHY_NO_MEMBER:
		return "nobody here wants the group, and no router is here";
	case WHY_MONITOR:
	case WHY_NO_LINK:
	case WHY_SHUT:
	case WHY_LOOPED:
	case WHY_DISCARDS:
	case WHY_LEARNS:
		return closed(p, x->port[p->index].why, out);
	case WHY_NOT_IN_VLAN:
		return say(out, "it is not a member of VLAN %u", x->v.vid);
	case WHY_UNTRUSTED:
		return "a question to servers, and it is not trusted to have one";
	case WHY_NOT_ASKER:
		return "an answer, and the client that asked is on another port";
	case WHY_REFUSED:
		return drop_text(x->port[p->index].drop);
	case WHY_NONE:
	case WHY_COUNT:
		break;
	}
	return "it was decided so, and no reason was found";
}

/* ---- learning, tags ---- */

const char *tracing_learn(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  const struct explain *x, char out[TRACING_TEXT])
{
	const char *was = x->was >= 0 ? sw->port[x->was]->name : "another port";
	char mac[MAC_STR_SIZE];

	mac_format(f->src, mac);
	switch (x->v.src.learn) {
	case LEARN_KNOWN:
		return say(out, "%s is known on %s already", mac, in->name);
	case LEARN_NEW:
		return say(out, "%s would be learned on %s", mac, in->name);
	case LEARN_MOVED:
		return say(out, "%s would move from %s to %s", mac, was, in->name);
	case LEARN_STATIC:
		return say(out, "%s is static on %s, and stays there", mac, was);
	case LEARN_PORT_FULL:
		return say(out, "%s would not be learned: %s has its max_macs", mac, in->name);
	case LEARN_FULL:
		return say(out, "%s would not be learned: the table is full", mac);
	case LEARN_OVER:
		return say(out, "%s is one more than max_macs of %s allows", mac, in->name);
	case LEARN_LOCKED:
		return say(out, "%s is none of those that %s is locked to", mac, in->name);
	case LEARN_ELSEWHERE:
		return say(out, "%s belongs to %s", mac, was);
	case LEARN_IGNORED:
	case LEARN_COUNT:
		break;
	}
	return "nothing is learned from it";
}

const char *tracing_change(const struct tag_edit *e, char out[TRACING_TEXT])
{
	unsigned vid;

	if (!e)
		return "as it came";
	vid = e->tci & 0xfffu;
	if (!e->tpid)
		return "its tag taken out";
	if (e->pop)
		return say(out, "its tag replaced by 0x%04x, VLAN %u", e->tpid, vid);
	return say(out, "a tag 0x%04x of VLAN %u put in", e->tpid, vid);
}

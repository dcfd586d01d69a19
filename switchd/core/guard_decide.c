/* SPDX-License-Identifier: ISC */
/* What the guard makes of a frame. */
#include "core/arp.h"
#include "core/dhcp.h"
#include "core/guard_impl.h"
#include "core/ipwalk.h"
#include "core/nd.h"
#include "core/vnet.h"
#include "util/mac.h"

/* What is looked at of headers that are only passed on the way: the ports of UDP, type and code of ICMPv6. */
enum { UDP_PORTS = 4, ICMP6_TYPE = 2 };

bool guard_is_elsewhere(const struct guard *g, uint16_t vid, uint64_t mac, unsigned port)
{
	const struct binding *b = NULL;
	bool elsewhere = false;

	while ((b = bindings_of(g->bindings, vid, mac, g->now_ms, b)) != NULL) {
		if (b->port == port)
			return false;
		if (b->is_static || g->port[b->port]->up)
			elsewhere = true;
	}
	return elsewhere;
}

/* A station that has a binding here goes on with it; another one needs room. */
static bool has_room(const struct guard *g, uint16_t vid, uint64_t mac, unsigned port)
{
	const struct binding *b = NULL;

	while ((b = bindings_of(g->bindings, vid, mac, g->now_ms, b)) != NULL)
		if (b->port == port)
			return true;
	return !g->port[port] || bindings_room(g->bindings, port);
}

/* ---- DHCP: what clients say ---- */

static void to_trusted(const struct guard *g, struct guard_verdict *v, enum guard_what what)
{
	if (!g->set.to_trusted)
		return;
	v->to = GUARD_TO_TRUSTED;
	v->to_what = what;
}

/* DHCPRELEASE names the address in ciaddr, DHCPDECLINE in option 50 (RFC 2131 table 5). */
static enum drop give_back(const struct guard *g, const struct dhcp *d, struct guard_verdict *v)
{
	const struct binding *b;

	v->ip = d->type == DHCP_RELEASE ? d->ciaddr : d->requested;
	b = bindings_find(g->bindings, v->vid, v->mac, v->ip, g->now_ms);
	if (!b || b->port != v->port)
		return DROP_DHCP_NOT_HOLDER;
	v->act = d->type == DHCP_RELEASE ? GUARD_RELEASE : GUARD_DECLINE;
	return DROP_NONE;
}

static enum drop ask(const struct guard *g, const struct dhcp *d, struct guard_verdict *v)
{
	v->ip = d->ciaddr ? d->ciaddr : d->requested;
	if (d->type != DHCP_INFORM && !has_room(g, v->vid, v->mac, v->port))
		return DROP_DHCP_LIMIT;
	v->act = GUARD_REMEMBER;
	v->type = (uint8_t)d->type;
	v->rapid = d->rapid_commit;
	v->xid = d->xid;
	return DROP_NONE;
}

static enum drop check_client(const struct guard *g, const struct udp *u, const struct dhcp *d,
			      struct guard_verdict *v)
{
	bool relayed = d->giaddr || d->type == DHCP_LEASEQUERY;

	v->mac = d->chaddr;
	if (dhcp_from_server(d))
		return DROP_DHCP_ROGUE_SERVER;
	if ((relayed || d->relay_info) && !g->set.allow_relays)
		return DROP_DHCP_RELAY;
	if (u->sport == DHCP_SERVER_PORT && !relayed)
		return DROP_DHCP_ROGUE_SERVER;
	if (guard_is_elsewhere(g, v->vid, v->mac, v->port))
		return DROP_DHCP_NOT_HOLDER;
	to_trusted(g, v, GUARD_DHCP);
	/* the client is behind the relay agent, on another LAN, and is answered there */
	if (relayed)
		return DROP_NONE;
	return d->type == DHCP_RELEASE || d->type == DHCP_DECLINE ? give_back(g, d, v)
								  : ask(g, d, v);
}

/* ---- DHCP: what servers say ---- */

/* Does the answer give the client what it has asked for? */
static bool is_lease(const struct pending *p, const struct dhcp *d, uint32_t *lease_s)
{
	*lease_s = d->lease_s;
	switch (d->type) {
	case DHCP_ACK:
		return (p->type == DHCP_REQUEST ||
			(p->type == DHCP_DISCOVER && p->rapid && d->rapid_commit)) &&
		       d->lease_s && guard_is_host(d->yiaddr);
	case DHCP_NO_TYPE: /* what BOOTP gives has no end */
		*lease_s = DHCP_LEASE_INFINITE;
		return p->type == DHCP_NO_TYPE && guard_is_host(d->yiaddr);
	default:
		return false;
	}
}

/* From a trusted port to clients.  `in` is the server's port, v->port becomes the client's. */
static void snoop(const struct guard *g, const struct frame *f, const struct dhcp *d,
		  struct guard_verdict *v)
{
	const struct pending *p;

	if (d->op != DHCP_BOOTREPLY)
		return;
	p = pendings_find(g->pendings, v->vid, d->chaddr, d->xid, g->now_ms);
	if (!p)
		return;
	if (f->dst == MAC_BROADCAST || f->dst == d->chaddr) {
		v->to = GUARD_TO_PORT;
		v->to_port = p->port;
	}
	v->mac = d->chaddr;
	v->xid = d->xid;
	if (is_lease(p, d, &v->lease_s)) {
		v->act = GUARD_BIND;
		v->port = p->port;
		v->ip = d->yiaddr;
	} else if (d->type == DHCP_NAK && p->type == DHCP_REQUEST) {
		v->act = GUARD_NAK;
		v->port = p->port;
		v->ip = p->asked;
	}
}

/* ---- DHCP: either ---- */

static bool is_dhcp_port(uint16_t port)
{
	return port == DHCP_SERVER_PORT || port == DHCP_CLIENT_PORT;
}

static bool read_dhcp(const struct frame *f, const struct ip_packet *p, const struct udp *u,
		      struct dhcp *d)
{
	return !f->super && ip_csum_ok(f, p, u->len + 8) && dhcp_parse(u->data, u->len, d);
}

/*
 * A first fragment without a whole UDP header could have its ports anywhere; a later one is nothing without
 * the first, and writes over no port.
 */
static enum drop check_fragment4(const struct frame *f, const struct ip_packet *p)
{
	const uint8_t *l4 = f->data + p->l4;

	if (p->later)
		return DROP_NONE;
	if (p->l4_len < 8)
		return DROP_DHCP_FRAGMENT;
	return is_dhcp_port((uint16_t)(l4[2] << 8 | l4[3])) ? DROP_DHCP_FRAGMENT : DROP_NONE;
}

static enum drop check_ipv4(const struct guard *g, const struct frame *f, struct guard_verdict *v)
{
	struct ip_packet p;
	struct dhcp d;
	struct udp u;

	if (ip_walk(f, &p) != IP_FOUND)
		return DROP_BAD_DHCP;
	if (p.proto != IP_PROTO_UDP)
		return DROP_NONE;
	if (ip_will_change(f, &p, p.later ? 0 : UDP_PORTS))
		return DROP_HIDDEN_HEADER;
	if (p.fragment)
		return check_fragment4(f, &p);
	if (p.l4_len < UDP_PORTS ||
	    !is_dhcp_port((uint16_t)(f->data[p.l4 + 2] << 8 | f->data[p.l4 + 3])))
		return DROP_NONE;
	if (ip_will_change(f, &p, p.l4_len))
		return DROP_HIDDEN_HEADER;
	if (!udp_parse(f, &p, &u))
		return DROP_BAD_DHCP;
	/* a client takes what comes to its port, whatever else a server would think of it */
	if (u.dport == DHCP_CLIENT_PORT)
		return DROP_DHCP_ROGUE_SERVER;
	if (!read_dhcp(f, &p, &u, &d))
		return DROP_BAD_DHCP;
	if (g->set.check_chaddr && !d.giaddr && !dhcp_from_server(&d) && d.chaddr != f->src) {
		v->mac = d.chaddr;
		return DROP_DHCP_CHADDR;
	}
	return check_client(g, &u, &d, v);
}

static void snoop_ipv4(const struct guard *g, const struct frame *f, struct guard_verdict *v)
{
	struct ip_packet p;
	struct dhcp d;
	struct udp u;

	if (ip_walk(f, &p) != IP_FOUND || p.fragment || p.proto != IP_PROTO_UDP ||
	    !udp_parse(f, &p, &u) || u.dport != DHCP_CLIENT_PORT)
		return;
	if (!ip_will_change(f, &p, p.l4_len) && read_dhcp(f, &p, &u, &d))
		snoop(g, f, &d, v);
	else
		v->act = GUARD_MALFORMED;
}

/* ---- ARP ---- */

static enum drop check_arp(const struct guard *g, const struct frame *f, struct guard_verdict *v)
{
	const struct binding *b;
	struct arp a;

	/* nobody leaves a checksum of ARP to be written: it has none */
	if (f->vnet && (f->vnet[0] & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return DROP_HIDDEN_HEADER;
	if (!arp_parse(f->data + f->l3, f->len - f->l3, &a))
		return DROP_BAD_ARP;
	v->mac = a.sender_mac;
	v->ip = a.sender_ip;
	if (a.sender_mac != f->src)
		return DROP_ARP_SPOOF;
	/* a reply that everybody is to hear of announces and has no target (RFC 5227 section 3) */
	if (g->set.check_arp_target && a.op == ARP_REPLY && a.sender_ip != a.target_ip &&
	    a.target_mac != f->dst)
		return DROP_ARP_TARGET;
	/* a probe claims nothing: hosts do not enter a sender of 0 (RFC 5227 section 2.1.1) */
	if (a.sender_ip == 0 && a.op == ARP_REQUEST)
		return DROP_NONE;
	b = bindings_find(g->bindings, v->vid, a.sender_mac, a.sender_ip, g->now_ms);
	return b && b->port == v->port ? DROP_NONE : DROP_ARP_NO_BINDING;
}

/* ---- IPv6 ---- */

static enum drop check_nd(const struct frame *f, const struct ip_packet *p)
{
	const uint8_t *icmp = f->data + p->l4;
	struct nd n;

	if (icmp[0] == ND_ROUTER_ADVERTISEMENT || icmp[0] == ND_REDIRECT)
		return DROP_RA_GUARD;
	if (p->fragment)
		return DROP_ND_FRAGMENT;
	if (ip_will_change(f, p, p->l4_len))
		return DROP_HIDDEN_HEADER;
	if (!ip_csum_ok(f, p, p->l4_len) || !nd_parse(p->ip, icmp, p->l4_len, &n))
		return DROP_BAD_ND;
	return DROP_NONE;
}

static enum drop check_dhcp6(const struct guard *g, const struct frame *f,
			     const struct ip_packet *p, struct guard_verdict *v)
{
	uint16_t dport = (uint16_t)(f->data[p->l4 + 2] << 8 | f->data[p->l4 + 3]);
	struct udp u;

	if (dport != DHCP6_CLIENT_PORT && dport != DHCP6_SERVER_PORT)
		return DROP_NONE;
	if (dport == DHCP6_CLIENT_PORT)
		return DROP_DHCP6_ROGUE_SERVER;
	if (p->fragment)
		return DROP_DHCP_FRAGMENT;
	if (ip_will_change(f, p, p->l4_len))
		return DROP_HIDDEN_HEADER;
	if (f->super || !udp_parse(f, p, &u) || !ip_csum_ok(f, p, u.len + 8))
		return DROP_BAD_DHCP6;
	switch (dhcp6_parse(u.data, u.len)) {
	case DHCP6_SERVER:
		return DROP_DHCP6_ROGUE_SERVER;
	case DHCP6_RELAY:
		if (!g->set.allow_relays)
			return DROP_DHCP_RELAY;
		break;
	case DHCP6_CLIENT:
		break;
	case DHCP6_BAD:
		return DROP_BAD_DHCP6;
	}
	to_trusted(g, v, GUARD_DHCP6);
	return DROP_NONE;
}

static enum drop check_ipv6(const struct guard *g, uint8_t need, const struct frame *f,
			    struct guard_verdict *v)
{
	struct ip_packet p;
	size_t seen;

	if (ip_walk(f, &p) != IP_FOUND)
		return DROP_IP6_UNDECIDED;
	if (p.later) /* the first had to show what it is: RFC 7112, RFC 7113 section 3 */
		return ip_will_change(f, &p, 0) ? DROP_HIDDEN_HEADER : DROP_NONE;
	seen = p.proto == IP_PROTO_UDP ? UDP_PORTS : p.proto == IP_PROTO_ICMP6 ? ICMP6_TYPE : 0;
	if (ip_will_change(f, &p, seen))
		return DROP_HIDDEN_HEADER;
	if (p.l4_len < seen)
		return DROP_IP6_UNDECIDED;
	if (p.proto == IP_PROTO_ICMP6 && (need & GUARD_RA) && nd_is_type(f->data[p.l4]))
		return check_nd(f, &p);
	if (p.proto == IP_PROTO_UDP && (need & GUARD_DHCP6))
		return check_dhcp6(g, f, &p, v);
	return DROP_NONE;
}

/* ---- all of it ---- */

void guard_decide(const struct guard *g, uint16_t vid, unsigned in, const struct frame *f,
		  struct guard_verdict *v)
{
	uint8_t on = g->vlan[vid % GUARD_VIDS];
	uint8_t need = g->port[in] ? on & (uint8_t)~g->port[in]->set.trusted : on;

	*v = (struct guard_verdict){.vid = vid, .port = (uint16_t)in, .mac = f->src};
	if (!on || !guard_wants(f))
		return;
	switch (f->ethertype) {
	case ETHERTYPE_IPV4:
		if (need & GUARD_DHCP)
			v->drop = check_ipv4(g, f, v);
		else if (on & GUARD_DHCP)
			snoop_ipv4(g, f, v);
		break;
	case ETHERTYPE_IPV6:
		if (need & (GUARD_DHCP6 | GUARD_RA))
			v->drop = check_ipv6(g, need, f, v);
		break;
	case ETHERTYPE_ARP:
		if (need & GUARD_ARP)
			v->drop = check_arp(g, f, v);
		break;
	default: /* what guard_wants() is of no other type */
		if (need)
			v->drop = DROP_HIDDEN_HEADER;
		break;
	}
	if (v->drop != DROP_NONE) {
		v->act = GUARD_NOTHING;
		v->to = GUARD_TO_ANY;
	}
}

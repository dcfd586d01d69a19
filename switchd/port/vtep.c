/* SPDX-License-Identifier: ISC */
#include "port/vtep.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "core/vxlan.h"
#include "port/datapath.h"
#include "port/port.h"
#include "port/udp_socket.h"
#include "port/vtep_impl.h"

/* ---- who is in it ---- */

static struct vtep_user **bucket(struct vtep *v, uint32_t vni)
{
	return &v->by_vni[(vni ^ vni >> 8 ^ vni >> 16) % VNI_BUCKETS];
}

struct vtep_user *vtep_find(const struct vtep *v, uint32_t vni)
{
	struct vtep_user *u = v->by_vni[(vni ^ vni >> 8 ^ vni >> 16) % VNI_BUCKETS];

	while (u && u->vni != vni)
		u = u->chain;
	return u;
}

const struct sock_addr *vtep_local(const struct vtep *v)
{
	return &v->local;
}

bool vtep_may_look(struct vtep *v)
{
	enum { LOOKS_MAX = 64 };
	uint64_t now = datapath_now(v->dp);

	if (now != v->looked_ms)
		v->looks = 0;
	v->looked_ms = now;
	return v->looks++ < LOOKS_MAX;
}

/* ---- receiving ---- */

static void take_one(struct vtep *v, const struct datagrams *d, uint8_t *data, size_t len)
{
	struct port *first = v->users->port;
	struct vtep_user *u;
	uint32_t vni;

	if (!vxlan_parse(data, len, &vni)) {
		rx_reject(first, len, DROP_BAD_VXLAN);
		return;
	}
	u = vtep_find(v, vni);
	if (u)
		u->receive(u, d, data + VXLAN_HDR_SIZE, len - VXLAN_HDR_SIZE);
	else
		rx_reject(first, len - VXLAN_HDR_SIZE, DROP_UNKNOWN_VNI);
}

/* One datagram, or several that the kernel has joined. */
static void take(void *owner, const struct datagrams *d)
{
	struct vtep_in *in = owner;
	size_t at = 0;

	rx_count_lost(in->vtep->users->port, &in->lost, d->lost);
	do {
		size_t left = d->len - at, len = left < d->each ? left : d->each;

		take_one(in->vtep, d, d->data + at, len);
		at += len;
	} while (at < d->len);
}

static void no_report(void *arg, const struct udp_report *r)
{
	(void)arg, (void)r; /* it does not send */
}

static bool take_errors(void *owner)
{
	struct vtep_in *in = owner;

	return udp_errors_take(in->fd, no_report, in);
}

static void on_readable(void *owner)
{
	struct vtep_in *in = owner;

	burst_drain(in->vtep->dp, in->fd, take, take_errors, in);
}

static void on_failed(void *owner)
{
	struct vtep_in *in = owner;

	udp_errors_clear(in->fd, no_report, in);
}

/* ---- the socket ---- */

void vtep_set(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/*
 * RFC 7348 clause 4.1.2 wants datagrams without a checksum to be taken; of IPv6 that has to be asked for
 * (RFC 6935).  Groups come to those who joined them, and not to all sockets of the host.
 */
static void tune(int fd, bool ipv6)
{
	if (ipv6) {
		vtep_set(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
		vtep_set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
		vtep_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	} else {
		vtep_set(fd, IPPROTO_IP, IP_RECVTOS, 1);
		vtep_set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	}
}

int vtep_listen(struct vtep_in *in, struct vtep *v, struct err *e)
{
	in->vtep = v;
	in->lost = 0;
	in->source = (struct source){
		.fd = in->fd,
		.owner = in,
		.readable = on_readable,
		.failed = on_failed,
	};
	tune(in->fd, v->ep.ipv6);
	return poller_add(&v->dp->poller, &in->source, e);
}

static int open_vtep(struct vtep *v, struct err *e)
{
	int rc = endpoint_parse(v->text, &v->ep, e);

	if (rc == 0)
		rc = sock_addr_of_ep(&v->ep, v->text, &v->local, e);
	if (rc)
		return rc;
	v->in.fd = udp_socket(&v->local, v->text, e);
	if (v->in.fd < 0)
		return v->in.fd;
	rc = vtep_listen(&v->in, v, e);
	if (rc)
		close(v->in.fd);
	return rc;
}

static int make(struct datapath *dp, const char *local, struct vtep **out, struct err *e)
{
	struct vtep *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return err_set(e, ENOMEM, "out of memory");
	v->dp = dp;
	strncpy(v->text, local, sizeof(v->text) - 1);
	rc = open_vtep(v, e);
	if (rc) {
		free(v);
		err_at(e, "local");
		return rc;
	}
	LL_PREPEND(dp->vteps, v);
	*out = v;
	return 0;
}

static int get(struct datapath *dp, const char *local, struct vtep **out, struct err *e)
{
	struct endpoint ep = {0};

	(void)endpoint_parse(local, &ep, NULL);
	LL_FOREACH (dp->vteps, *out)
		if (endpoint_compare(&(*out)->ep, &ep) == 0)
			return 0;
	return make(dp, local, out, e);
}

int vtep_enter(struct vtep_user *u, struct datapath *dp, const char *local, struct err *e)
{
	const struct vtep_user *other;
	struct vtep *v;
	int rc = get(dp, local, &v, e);

	if (rc)
		return rc;
	other = vtep_find(v, u->vni);
	if (other) {
		err_set(e, EADDRINUSE,
			"VNI %u at %s is that of port %s on %s already; choose another vni, or "
			"another local",
			u->vni, v->text, other->port->cfg.name, other->port->core.sw->name);
		err_at(e, "vni");
		return -EADDRINUSE;
	}
	u->vtep = v;
	DL_APPEND(v->users, u);
	u->chain = *bucket(v, u->vni);
	*bucket(v, u->vni) = u;
	return 0;
}

void vtep_leave(struct vtep_user *u)
{
	struct vtep *v = u->vtep;
	struct vtep_user **at;

	if (!v)
		return;
	for (at = bucket(v, u->vni); *at != u; at = &(*at)->chain)
		;
	*at = u->chain;
	DL_DELETE(v->users, u);
	u->vtep = NULL;
	if (v->users)
		return;
	poller_del(&v->dp->poller, &v->in.source);
	close(v->in.fd);
	LL_DELETE(v->dp->vteps, v);
	free(v);
}

/* ---- groups ---- */

struct vtep_group {
	struct vtep_in own; /* its own socket; fd -1: the vtep's receives for it */
	struct vtep *vtep;
	struct sock_addr to;
	int ifindex;
	unsigned users;
	struct vtep_group *next;
};

static bool same_address(const struct sock_addr *a, const struct sock_addr *b)
{
	return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

/* join: MCAST_JOIN_GROUP or MCAST_LEAVE_GROUP, RFC 3678 clause 5 */
static int membership(const struct vtep_group *g, int join)
{
	struct group_req r = {.gr_interface = (uint32_t)g->ifindex};
	int fd = g->own.fd >= 0 ? g->own.fd : g->vtep->in.fd;

	memcpy(&r.gr_group, &g->to.sa, g->to.len);
	return setsockopt(fd, g->vtep->ep.ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, join, &r, sizeof(r));
}

/*
 * A socket bound to one address of the host does not hear groups: the group gets a socket of its own,
 * bound to it.
 */
static int open_own(struct vtep_group *g, struct err *e)
{
	char text[ENDPOINT_SIZE];

	if (endpoint_is_any(&g->vtep->ep))
		return 0;
	g->own.fd = udp_socket(&g->to, sock_addr_text(&g->to.sa.any, text), e);
	return g->own.fd < 0 ? g->own.fd : vtep_listen(&g->own, g->vtep, e);
}

static void close_own(struct vtep_group *g)
{
	if (g->own.fd < 0)
		return;
	poller_del(&g->vtep->dp->poller, &g->own.source);
	close(g->own.fd);
}

static int open_group(struct vtep_group *g, struct err *e)
{
	char text[ENDPOINT_SIZE];
	int rc = open_own(g, e);

	if (rc == 0 && membership(g, MCAST_JOIN_GROUP))
		rc = err_set(e, errno, "cannot join the group %s: %s",
			     sock_addr_text(&g->to.sa.any, text), strerror(errno));
	if (rc)
		close_own(g);
	return rc;
}

struct vtep_group *vtep_group_get(struct vtep *v, const struct sock_addr *to, int ifindex,
				  struct err *e)
{
	struct vtep_group *g;

	LL_FOREACH (v->groups, g)
		if (g->ifindex == ifindex && same_address(&g->to, to)) {
			g->users++;
			return g;
		}
	g = calloc(1, sizeof(*g));
	if (!g) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	*g = (struct vtep_group){
		.own.fd = -1, .vtep = v, .to = *to, .ifindex = ifindex, .users = 1};
	if (open_group(g, e)) {
		free(g);
		return NULL;
	}
	LL_PREPEND(v->groups, g);
	return g;
}

void vtep_group_put(struct vtep_group *g)
{
	if (!g || --g->users)
		return;
	(void)membership(g, MCAST_LEAVE_GROUP); /* the device may be gone */
	close_own(g);
	LL_DELETE(g->vtep->groups, g);
	free(g);
}

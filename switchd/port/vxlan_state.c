/* SPDX-License-Identifier: ISC */
/*
 * vxlan_state.c - how a vxlan port does, in words: what the network reports of its remotes, and whether
 * the ways to them are wide enough.
 *
 * A datagram is larger than the frame inside, so it may not fit where the frame itself would.  Then it
 * goes in fragments or not at all (df); either way somebody should know before he wonders.  How wide a way
 * is, a socket that is connected to the remote can tell, without sending anything (IP_MTU, ip(7)).  A few
 * ways are looked at each second.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/vxlan.h"

enum {
	LOOK_AGAIN_MS = 30000,
	ETHERNET_MTU = 1500,
	/* Ethernet header of the frame inside, VXLAN, UDP and IP header: RFC 7348 figures 1 and 2. */
	OVERHEAD_IPV4 = 14 + 8 + 8 + 20,
	OVERHEAD_IPV6 = 14 + 8 + 8 + 40,
	SMALLEST_LAN = 576, /* what every host takes (RFC 791) */
};

/* A round is finished before the next begins, or where devices change every second the last ways were never seen. */
static const uint64_t NOT_YET = UINT64_MAX;

static bool is_ipv6(const struct vxlan *v)
{
	return vtep_local(v->user.vtep)->sa.any.sa_family == AF_INET6;
}

/* ---- what the network reports ---- */

void vxlan_report(struct vtep_user *u, const struct udp_report *r)
{
	struct vxlan *v = vxlan_of(u->port);
	int i = remotes_find(&v->remotes, (const struct sockaddr *)r->sent_to);
	struct remote *remote = i < 0 ? NULL : &v->remotes.r[i];

	if (!remote)
		return;
	bool news = remote->complaint != r->code;
	v->complaining += remote->complaint == 0;
	remote->complaint = r->code;
	remote->complaint_ms = datapath_now(v->port.dp);
	if (!news)
		return;
	v->complainer = (unsigned)i;
	vxlan_tell(v);
}

void vxlan_heard(struct vxlan *v, unsigned remote)
{
	v->remotes.r[remote].complaint = 0;
	v->complaining--;
	vxlan_tell(v);
}

static void forget_old_reports(struct vxlan *v)
{
	uint64_t now = datapath_now(v->port.dp);

	if (!v->complaining)
		return;
	remotes_foreach(i, &v->remotes)
	{
		const struct remote *r = &v->remotes.r[i];

		if (r->complaint && now - r->complaint_ms >= COMPLAINT_MS)
			vxlan_heard(v, i);
	}
}

/* ---- how wide the ways are ---- */

/* What a way carries in one piece, 0 where that cannot be told: there is no way now. */
static uint32_t mtu_of_way(const struct vxlan *v, const struct remote *r)
{
	int mtu = 0, ipv6 = is_ipv6(v);
	socklen_t len = sizeof(mtu);
	int fd = socket(r->sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 0;
	if (connect(fd, &r->sa.any, remote_len(r)) ||
	    getsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU : IP_MTU, &mtu, &len))
		mtu = 0;
	close(fd);
	return mtu > 0 ? (uint32_t)mtu : 0;
}

static uint32_t mtu_of_device(const struct vxlan *v, const char *ifname)
{
	int fd = socket(is_ipv6(v) ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_mtu = 0};

	if (fd < 0)
		return 0;
	memcpy(r.ifr_name, ifname, sizeof(r.ifr_name));
	if (ioctl(fd, SIOCGIFMTU, &r))
		r.ifr_mtu = 0;
	close(fd);
	return r.ifr_mtu > 0 ? (uint32_t)r.ifr_mtu : 0;
}

/* The largest payload that other ports of the switch bring in, as far as they say. */
static uint32_t mtu_of_lan(const struct vxlan *v)
{
	const struct sw *sw = v->port.core.sw;
	uint32_t most = 0;

	if (v->port.cfg.mtu)
		return v->port.cfg.mtu;
	sw_foreach_port (i, sw) {
		const struct port *p = port_of(sw->port[i]);
		struct port_device d = {.mtu = 0};

		if (p == &v->port)
			continue;
		p->ops->describe(p, &d);
		most = d.mtu > most ? d.mtu : most;
	}
	return most ? most : ETHERNET_MTU;
}

void vxlan_measure(struct vxlan *v)
{
	if (v->mtu.when_ms == NOT_YET)
		v->mtu.again = true;
	else
		v->mtu.when_ms = 0;
}

static void begin_measuring(struct vxlan *v)
{
	struct vxlan_mtu *m = &v->mtu;

	m->when_ms = NOT_YET;
	m->again = false;
	m->needed = mtu_of_lan(v) + (is_ipv6(v) ? OVERHEAD_IPV6 : OVERHEAD_IPV4);
	m->next = 0;
	m->found = 0;
	m->found_at[0] = '\0';
}

static void consider(struct vxlan_mtu *m, uint32_t mtu, const char *where)
{
	if (!mtu || mtu >= m->needed || (m->found && m->found <= mtu))
		return;
	m->found = mtu;
	snprintf(m->found_at, sizeof(m->found_at), "%s", where);
}

static void end_measuring(struct vxlan *v)
{
	struct vxlan_mtu *m = &v->mtu;

	if (v->means.group)
		consider(m, mtu_of_device(v, v->port.cfg.u.vxlan.ifname),
			 v->port.cfg.u.vxlan.ifname);
	m->when_ms = m->again ? 0 : datapath_now(v->port.dp) + LOOK_AGAIN_MS;
	m->known = m->found;
	memcpy(m->known_at, m->found_at, sizeof(m->known_at));
	vxlan_tell(v);
}

static void measure(struct vxlan *v)
{
	struct vxlan_mtu *m = &v->mtu;
	char text[ENDPOINT_SIZE];

	if (datapath_now(v->port.dp) >= m->when_ms && vtep_may_look(v->user.vtep))
		begin_measuring(v);
	if (m->next >= REMOTES_MAX)
		return;
	for (; m->next < REMOTES_MAX; m->next++) {
		const struct remote *r = &v->remotes.r[m->next];

		if (!r->used || !r->configured)
			continue;
		if (!vtep_may_look(v->user.vtep))
			return;
		consider(m, mtu_of_way(v, r), sock_addr_text(&r->sa.any, text));
	}
	end_measuring(v);
}

void vxlan_look_around(struct vxlan *v)
{
	forget_old_reports(v);
	measure(v);
}

/* ---- in words ---- */

static void say_complaint(const struct vxlan *v, char out[REASON_SIZE])
{
	const struct remote *r = &v->remotes.r[v->complainer];
	char remote[ENDPOINT_SIZE];
	size_t len;

	if (!r->used || !r->complaint) /* the last one is over, others are not */
		remotes_foreach(i, &v->remotes) if (v->remotes.r[i].complaint) r = &v->remotes.r[i];
	sock_addr_text(&r->sa.any, remote);
	udp_complaint_text(r->complaint, remote, out, REASON_SIZE);
	len = strlen(out);
	if (v->complaining > 1)
		snprintf(out + len, REASON_SIZE - len, "; %u more remotes cannot be reached",
			 v->complaining - 1);
}

size_t vxlan_lan_mtu(const struct vxlan *v)
{
	const struct vxlan_mtu *m = &v->mtu;
	uint32_t overhead = is_ipv6(v) ? OVERHEAD_IPV6 : OVERHEAD_IPV4;
	uint32_t way = m->known ? m->known : m->needed;

	return way > overhead + SMALLEST_LAN ? way - overhead : SMALLEST_LAN;
}

static void say_mtu(const struct vxlan *v, char out[REASON_SIZE])
{
	const struct vxlan_mtu *m = &v->mtu;
	uint32_t overhead = is_ipv6(v) ? OVERHEAD_IPV6 : OVERHEAD_IPV4;

	snprintf(
		out, REASON_SIZE,
		"the way to %s carries %u bytes, and the LAN's frames of %u need %u: the larger ones "
		"%s; raise its MTU, or lower the LAN's to %u",
		m->known_at, m->known, m->needed - overhead, m->needed,
		v->means.df == DF_SET ? "are dropped" : "go in fragments", m->known - overhead);
}

void vxlan_tell(struct vxlan *v)
{
	const struct vxlan_cfg *cfg = &v->port.cfg.u.vxlan;
	struct port *p = &v->port;
	char text[REASON_SIZE] = "", before[REASON_SIZE];

	if (v->complaining)
		say_complaint(v, text);
	else if (!v->remotes.floods && !v->means.group && !cfg->any_source)
		snprintf(text, sizeof(text), "it has no remotes: nothing is sent, or taken");
	else if (v->mtu.known)
		say_mtu(v, text);
	memcpy(before, p->reason, sizeof(before));
	bool was_up = p->state == PORT_UP;
	port_set_state(p, PORT_UP, text);
	if (text[0] && !(was_up && strcmp(before, p->reason) == 0))
		log_say(&p->log, LOGL_WARNING, "%s: port %s: %s", p->core.sw->name, p->cfg.name,
			p->reason);
}

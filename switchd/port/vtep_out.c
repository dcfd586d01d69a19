/* SPDX-License-Identifier: ISC */
/*
 * vtep_out.c - the sockets that VXLAN datagrams are sent from.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <utlist.h>

#include "core/vxlan.h"
#include "port/datapath.h"
#include "port/vtep_impl.h"

enum { SEND_BUFFER = 4 << 20 };

/* ---- what the network says ---- */

/* Whose datagram it was, its first bytes say if they came back; else it is told to all. */
static void on_report(void *arg, const struct udp_report *r)
{
	const struct vtep_socket *s = arg;
	const struct vtep *v = s->out->vtep;
	struct vtep_user *u;
	uint32_t vni;

	u = vxlan_parse(r->data, r->len, &vni) ? vtep_find(v, vni) : NULL;
	if (u)
		u->report(u, r);
	else
		DL_FOREACH (v->users, u)
			u->report(u, r);
}

bool vtep_take_errors(void *socket)
{
	struct vtep_socket *s = socket;

	return udp_errors_take(s->fd, on_report, s);
}

static void on_failed(void *owner)
{
	struct vtep_socket *s = owner;

	udp_errors_clear(s->fd, on_report, s);
}

/* The filter lets nothing pass; what came in before it was there is thrown away. */
static void on_readable(void *owner)
{
	const struct vtep_socket *s = owner;
	uint8_t byte;

	(void)recv(s->fd, &byte, sizeof(byte), MSG_DONTWAIT);
	(void)vtep_take_errors(owner);
}

/* ---- the sockets ---- */

static void tune(int fd, bool ipv6, const struct vtep_kind *kind)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = {1, &nothing};

	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	vtep_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER); /* as much as a plain user gets */
	vtep_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER);
	if (ipv6) {
		vtep_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		vtep_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
		vtep_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
		vtep_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
			 kind->df ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT);
		vtep_set(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, !kind->csum);
	} else {
		vtep_set(fd, IPPROTO_IP, IP_RECVERR, 1);
		vtep_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
		vtep_set(fd, IPPROTO_IP, IP_MTU_DISCOVER,
			 kind->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
		vtep_set(fd, SOL_SOCKET, SO_NO_CHECK, !kind->csum);
	}
}

/* Binds to the port, on the address that is received on.  0, or errno. */
static int bind_to(int fd, const struct vtep *v, uint16_t port)
{
	struct sock_addr a = v->local;

	if (v->ep.ipv6)
		a.sa.v6.sin6_port = htons(port);
	else
		a.sa.v4.sin_port = htons(port);
	return bind(fd, &a.sa.any, a.len) ? errno : 0;
}

/* Takes the next port of the range that is free; *tried counts those that were looked at. */
static int open_socket(struct vtep_out *out, struct vtep_socket *s, uint32_t start, uint32_t *tried)
{
	const struct vtep_kind *k = &out->kind;
	uint32_t ports = (uint32_t)(k->last - k->first) + 1;
	const struct vtep *v = out->vtep;
	int code = EADDRINUSE;

	s->out = out;
	s->fd = socket(v->local.sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;
	tune(s->fd, v->ep.ipv6, k);
	while (code == EADDRINUSE && *tried < ports)
		code = bind_to(s->fd, v, (uint16_t)(k->first + (start + (*tried)++) % ports));
	s->source = (struct source){
		.fd = s->fd,
		.owner = s,
		.readable = on_readable,
		.failed = on_failed,
	};
	if (code == 0)
		code = -poller_add(&v->dp->poller, &s->source, NULL);
	if (code)
		close(s->fd);
	return code;
}

static int open_all(struct vtep_out *out, struct err *e)
{
	uint32_t start = 0, tried = 0;
	int code = 0;

	if (getrandom(&start, sizeof(start), 0) < 0) /* so that who cannot see us cannot guess */
		start = 0;
	start %= (uint32_t)(out->kind.last - out->kind.first) + 1;
	while (out->count < VTEP_SOCKETS && code == 0) {
		code = open_socket(out, &out->socket[out->count], start, &tried);
		out->count += code == 0;
	}
	if (out->count) /* fewer than one would like, but flows have somewhere to go */
		return 0;
	return err_set(
		e, code,
		"cannot send from %s with a UDP port from %u to %u: %s; src_ports says which",
		out->vtep->text, out->kind.first, out->kind.last, strerror(code));
}

static bool same_kind(const struct vtep_kind *a, const struct vtep_kind *b)
{
	return a->first == b->first && a->last == b->last && a->df == b->df && a->csum == b->csum;
}

struct vtep_out *vtep_out_get(struct vtep *v, const struct vtep_kind *kind, struct err *e)
{
	struct vtep_out *out;

	LL_FOREACH (v->outs, out)
		if (same_kind(&out->kind, kind)) {
			out->users++;
			return out;
		}
	out = calloc(1, sizeof(*out));
	if (!out) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	*out = (struct vtep_out){.kind = *kind, .vtep = v, .users = 1};
	if (open_all(out, e)) {
		free(out);
		return NULL;
	}
	LL_PREPEND(v->outs, out);
	return out;
}

void vtep_out_put(struct vtep_out *out)
{
	if (!out || --out->users)
		return;
	for (unsigned i = 0; i < out->count; i++) {
		poller_del(&out->vtep->dp->poller, &out->socket[i].source);
		close(out->socket[i].fd);
	}
	LL_DELETE(out->vtep->outs, out);
	free(out);
}

/* SPDX-License-Identifier: ISC */
/*
 * dgram_peer.c - frames to one peer of a dgram port.
 *
 * Theory of operation.  What the peer's queue has no room for waits until it has read (port/unix_tx.h), and
 * only a socket that is connected to the peer tells when that is.  QEMU does not look where its datagrams come
 * from, so each peer is sent to from a socket of its own: what it does not read fills that one's buffer, not
 * ours.
 *
 * A peer that has itself connected its socket to ours, as vfkit does, cannot be connected to (EPERM).  It is
 * sent to from our socket, whose buffer is its queue; several such peers share that, and if one of them does
 * not read, the others suffer.  The kernel does not tell whose datagrams lie there.
 *
 * A name is what the sender's kernel says he has bound, but by now it may lead elsewhere, and we may be root: so it
 * has to be a socket of the user who sent, each time it is looked up.
 *
 * Never is an empty datagram sent: QEMU takes it for the end.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/dgram.h"
#include "port/sockbind.h"

enum { SEND_BUFFER = 1 << 20 };

/* ---- what is sent ---- */

static void drop_rest(struct dgram *d, unsigned at)
{
	for (; at < d->tx.queue.count; at++)
		tx_count(&d->port, &d->tx.queue.unit[at], DROP_UNREACHABLE);
}

/* The frames from *at on; as unix_tx_send(). */
static int send_on(struct dgram *d, unsigned *at)
{
	const struct unix_way way = {
		.fd = dgram_of(d->port.parent)->fd,
		.to = (const struct sockaddr *)&d->name.un,
		.to_len = d->name.len,
	};

	if (d->hears_parent && way.fd < 0)
		return ENOTCONN; /* the name was deleted, and is not made again yet */
	return unix_tx_send(&d->tx, d->hears_parent ? &way : NULL, at);
}

void dgram_flush(struct port *p)
{
	struct dgram *d = dgram_of(p);
	bool again = true;
	unsigned at = 0;
	int code;

	while (d->tx.source.fd >= 0 && !p->retired && (code = send_on(d, &at)) != 0) {
		if (code == EMSGSIZE) { /* above the buffer of the socket: this one only */
			tx_count(p, &d->tx.queue.unit[at++], DROP_TX_ERROR);
			continue;
		}
		if (!again || dgram_reach(d, NULL))
			break;
		again = false; /* another socket has the name by now */
	}
	drop_rest(d, at);
}

/* ---- the way to the peer ---- */

/* Nothing comes from there: nobody knows the name of that socket, for it has none. */
static void on_readable(void *owner)
{
	const struct unix_tx *t = owner;
	char byte;

	(void)recv(t->source.fd, &byte, 1, MSG_DONTWAIT);
}

static int make_socket(struct dgram *d, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set(e, errno, "cannot make a socket: %s", strerror(errno));
	sockbind_buffers(fd, SEND_BUFFER, 0);
	return unix_tx_open(&d->tx, &d->port, fd, on_readable, e);
}

/* A name without a file belongs to whoever has it, and anybody may send there. */
static int connect_by_name(int fd, const struct dgram_name *name, struct err *e)
{
	const char *path = name->un.sun_path;
	int file, rc;

	if (path[0]) {
		file = sockpath_find(path, name->uid, e);
		if (file < 0)
			return file;
		rc = sockpath_connect(fd, file, path);
		close(file);
	} else {
		rc = connect(fd, (const struct sockaddr *)&name->un, name->len) ? -errno : 0;
	}
	return rc ? err_set(e, -rc, "its socket cannot be connected to: %s", strerror(-rc)) : 0;
}

/* 0: by fd; 1: from the socket that it is connected to itself; or -errno with *e. */
static int aim(int fd, const struct dgram_name *name, struct err *e)
{
	int rc = connect_by_name(fd, name, e);

	return rc == -EPERM ? 1 : rc;
}

int dgram_probe(const struct dgram_name *name, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return err_set(e, errno, "cannot make a socket: %s", strerror(errno));
	rc = aim(fd, name, e);
	close(fd);
	return rc < 0 ? rc : 0;
}

int dgram_reach(struct dgram *d, struct err *e)
{
	int rc = d->tx.source.fd < 0 ? make_socket(d, e) : 0;

	if (rc == 0)
		rc = aim(d->tx.source.fd, &d->name, e);
	if (rc < 0)
		return rc;
	d->hears_parent = rc == 1;
	if (d->hears_parent) /* what waits is for one who had the name before */
		unix_tx_forget(&d->tx);
	return 0;
}

void dgram_let_go(struct dgram *d)
{
	unix_tx_close(&d->tx);
}

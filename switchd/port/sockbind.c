/* SPDX-License-Identifier: ISC */
#include "port/sockbind.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/sockaddr.h"

struct job {
	int fd, type;
	struct sockpath *path;	     /* sockbind() */
	const struct sockpath *have; /* sockbind_change() */
	const char *name;
	struct sockpath_rights rights;
	struct err *e;
};

static struct sockpath_rights rights_of(const char *mode, const char *group)
{
	struct sockpath_rights r = {.mode = group[0] ? 0660 : 0600, .group = group};

	(void)sockpath_mode(mode, &r.mode); /* "" is none and changes nothing */
	return r;
}

static int bind_aside(void *arg)
{
	struct job *j = arg;

	return sockpath_bind(j->path, j->fd, j->type, j->name, &j->rights, j->e);
}

static int change_aside(void *arg)
{
	struct job *j = arg;

	return sockpath_allow(j->have, &j->rights, j->e);
}

static int explain(int code, const char *address, struct err *e)
{
	switch (code) {
	case EADDRINUSE:
		return err_set(
			e, code,
			"%s is in use by another socket (`ss -lp` says whose); choose another",
			address);
	case EADDRNOTAVAIL:
		return err_set(e, code,
			       "this host has no address as in %s; `ip addr` lists what it has",
			       address);
	case EACCES:
		return err_set(
			e, code,
			"%s: ports below 1024 take CAP_NET_BIND_SERVICE; choose a higher one",
			address);
	default:
		return err_set(e, code, "cannot wait for peers at %s: %s", address, strerror(code));
	}
}

static int bind_socket(int fd, const struct sock_addr *a, const char *address, struct err *e)
{
	int on = 1;

	/* so that it can be bound while connections of an earlier one still linger */
	if (a->sa.any.sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->sa.any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return bind(fd, &a->sa.any, a->len) ? explain(errno, address, e) : 0;
}

int sockbind(struct datapath *dp, int type, const char *address, const char *mode,
	     const char *group, struct sockpath *path, struct err *e)
{
	struct job job = {
		.type = type,
		.path = path,
		.rights = rights_of(mode, group),
		.e = e,
	};
	struct sock_addr a;
	int rc = sock_addr_of(address, &a, e);

	*path = (struct sockpath){.path = ""};
	if (rc)
		return rc;
	job.fd = socket(a.sa.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (job.fd < 0)
		return err_set(e, errno, "cannot make a socket for %s: %s", address,
			       strerror(errno));
	if (a.sa.any.sa_family == AF_UNIX && a.sa.un.sun_path[0]) {
		job.name = address + strlen("unix:");
		rc = datapath_await(dp, bind_aside, &job);
	} else {
		rc = bind_socket(job.fd, &a, address, e);
	}
	if (rc == 0)
		return job.fd;
	close(job.fd);
	return rc;
}

int sockbind_change(struct datapath *dp, const struct sockpath *path, const char *mode,
		    const char *group, struct err *e)
{
	struct job job = {.have = path, .rights = rights_of(mode, group), .e = e};

	return path->path[0] ? datapath_await(dp, change_aside, &job) : 0;
}

static void set(int fd, int name, int value)
{
	(void)setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

void sockbind_buffers(int fd, int send, int receive)
{
	set(fd, SO_SNDBUF, send); /* as much as a plain user gets */
	set(fd, SO_RCVBUF, receive);
	set(fd, SO_SNDBUFFORCE, send);
	set(fd, SO_RCVBUFFORCE, receive);
}

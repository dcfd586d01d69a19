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
	const char *mode, *group;
	struct err *e;
};

static int bind_aside(void *arg)
{
	struct job *j = arg;
	struct sockpath_rights r;
	int rc = sockpath_rights_of(j->mode, j->group, &r, j->e);

	return rc ? rc : sockpath_open(j->path, j->fd, j->type, j->name, &r, j->e);
}

static int change_aside(void *arg)
{
	struct job *j = arg;
	struct sockpath_rights r;
	int rc = sockpath_rights_of(j->mode, j->group, &r, j->e);

	return rc ? rc : sockpath_allow(j->have, &r, j->e);
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

static int bind_socket(int fd, int type, const struct sock_addr *a, const char *address,
		       struct err *e)
{
	int on = 1;

	/* so that it can be bound while connections of an earlier one still linger */
	if (a->sa.any.sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->sa.any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &a->sa.any, a->len) || (type == SOCK_STREAM && listen(fd, SOMAXCONN)))
		return explain(errno, address, e);
	return 0;
}

int sockbind(struct datapath *dp, int type, const char *address, const char *mode,
	     const char *group, struct sockpath *path, struct err *e)
{
	struct job job = {
		.type = type,
		.path = path,
		.mode = mode,
		.group = group,
		.e = e,
	};
	struct sock_addr a;
	int rc = sock_addr_of(address, &a, e), on = 1;

	*path = (struct sockpath){.path = ""};
	if (rc)
		return rc;
	job.fd = socket(a.sa.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (job.fd < 0)
		return err_set(e, errno, "cannot make a socket for %s: %s", address,
			       strerror(errno));
	if (type == SOCK_DGRAM) /* before anybody can send */
		(void)setsockopt(job.fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (a.sa.any.sa_family == AF_UNIX && a.sa.un.sun_path[0]) {
		job.name = address + strlen("unix:");
		rc = datapath_await(dp, bind_aside, &job);
	} else {
		rc = bind_socket(job.fd, type, &a, address, e);
	}
	if (rc == 0)
		return job.fd;
	close(job.fd);
	return rc;
}

int sockbind_change(struct datapath *dp, const struct sockpath *path, const char *mode,
		    const char *group, struct err *e)
{
	struct job job = {.have = path, .mode = mode, .group = group, .e = e};

	return path->path[0] ? datapath_await(dp, change_aside, &job) : 0;
}

static void set(int fd, int name, int forced, int value)
{
	if (value && setsockopt(fd, SOL_SOCKET, forced, &value, sizeof(value)))
		(void)setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

void sockbind_buffers(int fd, int send, int receive)
{
	set(fd, SO_SNDBUF, SO_SNDBUFFORCE,
	    send); /* without the right to more, as much as wmem_max */
	set(fd, SO_RCVBUF, SO_RCVBUFFORCE, receive);
}

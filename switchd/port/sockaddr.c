/* SPDX-License-Identifier: ISC */
#include "port/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void fill_unix(const char *path, struct sock_addr *out)
{
	size_t len = strlen(path);

	out->sa.un.sun_family = AF_UNIX;
	memcpy(out->sa.un.sun_path, path, len + (len < sizeof(out->sa.un.sun_path)));
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (path[0] == '@')
		out->sa.un.sun_path[0] = '\0';
	else
		out->len++; /* with its NUL */
}

int sock_addr_of_ep(const struct endpoint *ep, const char *text, struct sock_addr *out,
		    struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (!ep->ipv6) {
		out->sa.v4.sin_family = AF_INET;
		out->sa.v4.sin_port = htons(ep->port);
		memcpy(&out->sa.v4.sin_addr, ep->addr, sizeof(out->sa.v4.sin_addr));
		out->len = sizeof(out->sa.v4);
		return 0;
	}
	out->sa.v6.sin6_family = AF_INET6;
	out->sa.v6.sin6_port = htons(ep->port);
	memcpy(&out->sa.v6.sin6_addr, ep->addr, sizeof(out->sa.v6.sin6_addr));
	out->len = sizeof(out->sa.v6);
	if (ep->scope[0]) {
		out->sa.v6.sin6_scope_id = if_nametoindex(ep->scope);
		if (!out->sa.v6.sin6_scope_id)
			return err_set(e, ENODEV, "there is no device %s, which %s is on",
				       ep->scope, text);
	}
	return 0;
}

int sock_addr_of_endpoint(const char *text, struct sock_addr *out, struct err *e)
{
	struct endpoint ep;
	int rc = endpoint_parse(text, &ep, e);

	memset(out, 0, sizeof(*out));
	return rc ? rc : sock_addr_of_ep(&ep, text, out, e);
}

int sock_addr_of(const char *text, struct sock_addr *out, struct err *e)
{
	struct address a;
	int rc = address_parse(text, &a, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	if (!a.is_unix)
		return sock_addr_of_ep(&a.ep, text, out, e);
	fill_unix(a.path, out);
	return 0;
}

const char *sock_addr_text(const struct sockaddr *a, char out[ENDPOINT_SIZE])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)a;
	char ip[INET6_ADDRSTRLEN] = "?", device[IFNAMSIZ] = "";

	if (a->sa_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
		snprintf(out, ENDPOINT_SIZE, "%s:%u", ip, ntohs(v4->sin_port));
		return out;
	}
	inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
	bool scoped = v6->sin6_scope_id && if_indextoname(v6->sin6_scope_id, device);
	snprintf(out, ENDPOINT_SIZE, "[%s%s%s]:%u", ip, scoped ? "%" : "", device,
		 ntohs(v6->sin6_port));
	return out;
}

bool sock_addr_is(const struct sock_addr *a, const struct sockaddr_storage *from)
{
	if (from->ss_family != a->sa.any.sa_family)
		return false;
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)from;

		return in->sin_addr.s_addr == a->sa.v4.sin_addr.s_addr &&
		       in->sin_port == a->sa.v4.sin_port;
	}
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

	return in6->sin6_port == a->sa.v6.sin6_port &&
	       in6->sin6_scope_id == a->sa.v6.sin6_scope_id && /* 0 if not link-local */
	       memcmp(&in6->sin6_addr, &a->sa.v6.sin6_addr, sizeof(in6->sin6_addr)) == 0;
}

/* SPDX-License-Identifier: ISC */
#include "port/vxlan_remotes.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* What tells one from another: address and scope. */
static uint16_t *bucket(const struct remotes *rs, const struct sockaddr *a)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)a;
	uint64_t h;

	if (a->sa_family == AF_INET) {
		h = siphash13_u64(v4->sin_addr.s_addr, &rs->key);
	} else {
		uint64_t half[2];

		memcpy(half, &v6->sin6_addr, sizeof(half));
		h = siphash13_u64(half[0] ^ siphash13_u64(half[1], &rs->key), &rs->key);
	}
	return (uint16_t *)(uintptr_t)&rs->bucket[h % REMOTE_BUCKETS];
}

static bool same_host(const struct remote *r, const struct sockaddr *a)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)a;

	if (a->sa_family != r->sa.any.sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return v4->sin_addr.s_addr == r->sa.v4.sin_addr.s_addr;
	return memcmp(&v6->sin6_addr, &r->sa.v6.sin6_addr, sizeof(v6->sin6_addr)) == 0 &&
	       v6->sin6_scope_id == r->sa.v6.sin6_scope_id; /* 0 if not link-local */
}

void remotes_init(struct remotes *rs, const struct siphash_key *key)
{
	memset(rs, 0, sizeof(*rs));
	rs->key = *key;
	for (unsigned i = 0; i < REMOTE_BUCKETS; i++)
		rs->bucket[i] = REMOTES_MAX;
}

int remotes_find(const struct remotes *rs, const struct sockaddr *a)
{
	unsigned i = *bucket(rs, a);

	while (i < REMOTES_MAX && !same_host(&rs->r[i], a))
		i = rs->r[i].next;
	return i < REMOTES_MAX ? (int)i : -1;
}

static void enter(struct remotes *rs, unsigned i)
{
	uint16_t *b = bucket(rs, &rs->r[i].sa.any);

	rs->r[i].next = *b;
	*b = (uint16_t)i;
	rs->changes++;
}

static void leave(struct remotes *rs, unsigned i)
{
	uint16_t *at = bucket(rs, &rs->r[i].sa.any);

	while (*at != i)
		at = &rs->r[*at].next;
	*at = rs->r[i].next;
	rs->changes++;
}

int remotes_add(struct remotes *rs, const struct sockaddr *a, bool configured)
{
	unsigned i = 0;

	while (i < REMOTES_MAX && rs->r[i].used)
		i++;
	if (i == REMOTES_MAX)
		return -1;
	rs->r[i] = (struct remote){.used = true, .configured = configured};
	memcpy(&rs->r[i].sa, a,
	       a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
	udp_tx_forget(&rs->r[i].refusals);
	rs->heard += !configured;
	enter(rs, i);
	return (int)i;
}

void remotes_del(struct remotes *rs, unsigned i)
{
	leave(rs, i);
	rs->heard -= !rs->r[i].configured;
	rs->r[i].used = false;
}

void remotes_rescope(struct remotes *rs, unsigned i, uint32_t ifindex)
{
	leave(rs, i);
	rs->r[i].sa.v6.sin6_scope_id = ifindex;
	enter(rs, i);
}

int remotes_find_set(const struct remotes *rs, const struct endpoint *host)
{
	remotes_foreach(i, rs)
	{
		const struct remote *r = &rs->r[i];
		const void *addr = host->ipv6 ? (const void *)&r->sa.v6.sin6_addr
					      : (const void *)&r->sa.v4.sin_addr;

		if (r->configured && (r->sa.any.sa_family == AF_INET6) == host->ipv6 &&
		    memcmp(addr, host->addr, host->ipv6 ? 16 : 4) == 0 &&
		    strcmp(r->scope, host->scope) == 0)
			return (int)i;
	}
	return -1;
}

const char *remote_text(const struct remote *r, char out[ENDPOINT_SIZE])
{
	char ip[INET6_ADDRSTRLEN] = "?", device[IFNAMSIZ] = "";

	if (r->sa.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &r->sa.v4.sin_addr, out, ENDPOINT_SIZE);
		return out;
	}
	inet_ntop(AF_INET6, &r->sa.v6.sin6_addr, ip, sizeof(ip));
	if (r->configured)
		memcpy(device, r->scope, sizeof(device));
	else if (r->sa.v6.sin6_scope_id)
		(void)if_indextoname(r->sa.v6.sin6_scope_id, device);
	snprintf(out, ENDPOINT_SIZE, "%s%s%s", ip, device[0] ? "%" : "", device);
	return out;
}

void remotes_list(struct remotes *rs)
{
	rs->floods = 0;
	remotes_foreach(i, rs) if (rs->r[i].configured && rs->floods < VXLAN_REMOTES_MAX)
		rs->flood[rs->floods++] = (uint16_t)i;
}

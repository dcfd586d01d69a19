/* SPDX-License-Identifier: ISC */
#include "snoop_lan.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void on_send(void *arg, uint16_t vid, const uint8_t *frame, size_t len)
{
	struct lan *l = arg;
	struct sent *to = &l->sent[l->n_sent++ % LAN_SENT];
	struct frame f;

	assert_true(len >= 60 && len <= sizeof(to->bytes));
	memcpy(to->bytes, frame, len);
	to->len = len;
	to->vid = vid;
	to->at_ms = l->now_ms;
	f = (struct frame){.data = to->bytes, .len = len};
	assert_int_equal(frame_parse(&f), DROP_NONE);
	assert_int_equal(mcast_parse(&f, &to->msg), DROP_NONE);
	assert_int_equal(to->msg.kind, MCAST_QUERY);
}

static void on_event(void *arg, const struct snoop_event *ev)
{
	struct lan *l = arg;

	l->raised[ev->kind]++;
	l->last = *ev;
}

void lan_init(struct lan *l)
{
	memset(l, 0, sizeof(*l));
	l->now_ms = 1000000;
	snoop_defaults(&l->set);
	l->set.mac = STATION(0xabcd);
	l->set.igmp_source = addr("10.0.0.5");
	l->set.mld_source = addr("fe80::5");
}

void lan_open(struct lan *l)
{
	static const struct siphash_key key = {{7, 8}};
	const struct snoop_ops ops = {.arg = l, .send = on_send, .event = on_event};

	l->s = snoop_new(&l->set, &key, &ops, l->now_ms);
	assert_non_null(l->s);
	assert_int_equal(snoop_vlan_add(l->s, l->vid, l->now_ms), 0);
}

void lan_close(struct lan *l)
{
	snoop_free(l->s);
}

struct snoop_verdict lan_rx(struct lan *l, unsigned port, const struct gpacket *p)
{
	uint8_t *exact = malloc(p->len); /* so that a sanitiser sees what reads beyond */
	struct frame f = {.data = exact, .len = p->len};
	struct snoop_verdict v;

	memcpy(exact, p->data, p->len);
	assert_int_equal(frame_parse(&f), DROP_NONE);
	snoop_decide(l->s, l->vid, port, &f, &v);
	snoop_commit(l->s, &v, l->now_ms);
	free(exact);
	return v;
}

void lan_wait(struct lan *l, uint64_t ms)
{
	for (; ms;) {
		uint64_t step = ms < 1000 ? ms : 1000;

		ms -= step;
		l->now_ms += step;
		while (snoop_tick(l->s, l->now_ms))
			;
	}
}

void lan_querier(struct lan *l, unsigned port)
{
	struct gpacket p;

	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	lan_rx(l, port, &p);
	gp_query(&p, "fe80::1", NULL, 10000, NULL);
	lan_rx(l, port, &p);
	lan_wait(l, 11000);
}

const char *lan_ports(struct lan *l, enum snoop_route route, const struct portset *out)
{
	size_t len = 0;

	if (route == SNOOP_FLOOD)
		return "flood";
	l->out[0] = 0;
	portset_foreach (i, out, PORTSET_WORDS)
		len += (size_t)snprintf(l->out + len, sizeof(l->out) - len, "%s%u", len ? " " : "",
					i);
	return l->out;
}

const char *lan_out(struct lan *l, const char *src, const char *group)
{
	struct snoop_verdict v;
	struct gpacket p;
	struct frame f;
	struct portset out;
	enum snoop_route route;

	gp_data(&p, src, group);
	f = (struct frame){.data = p.data, .len = p.len};
	assert_int_equal(frame_parse(&f), DROP_NONE);
	snoop_decide(l->s, l->vid, 0, &f, &v);
	route = snoop_lookup(l->s, l->vid, &f, &out);
	assert_int_equal(route, v.route);
	if (route == SNOOP_PORTS)
		assert_memory_equal(&out, &v.out, sizeof(out));
	return lan_ports(l, route, &out);
}

/* *slot is behind it */
static const struct snoop_group_info *find(struct lan *l, const char *group, unsigned port,
					   uint32_t *slot)
{
	static struct snoop_group_info info;

	*slot = 0;
	while (snoop_walk(l->s, slot, UINT32_MAX, l->now_ms, &info))
		if (info.port == port && info.vid == l->vid && ip_equal(info.group, addr(group)))
			return &info;
	return NULL;
}

const struct snoop_group_info *lan_member(struct lan *l, const char *group, unsigned port)
{
	uint32_t slot;

	return find(l, group, port, &slot);
}

static int by_address(const void *a, const void *b)
{
	const struct snoop_source_info *x = a, *y = b;

	return ip_below(x->addr, y->addr) ? -1 : !ip_equal(x->addr, y->addr);
}

const char *lan_sources(struct lan *l, const char *group, unsigned port)
{
	struct snoop_source_info src[16];
	char text[INET6_ADDRSTRLEN];
	uint32_t slot;
	size_t len = 0;
	unsigned n;

	if (!find(l, group, port, &slot))
		return "none";
	n = snoop_sources(l->s, slot, l->now_ms, src, 16);
	qsort(src, n, sizeof(src[0]), by_address);
	l->out[0] = 0;
	for (unsigned i = 0; i < n; i++) {
		uint8_t b[16];

		if (strchr(group, ':'))
			ip6_store(b, src[i].addr);
		else
			ip4_store(b, src[i].addr);
		inet_ntop(strchr(group, ':') ? AF_INET6 : AF_INET, b, text, sizeof(text));
		len += (size_t)snprintf(l->out + len, sizeof(l->out) - len, "%s%s%s",
					len ? " " : "", text, src[i].blocked ? "!" : "");
	}
	return l->out;
}

const struct sent *lan_sent(const struct lan *l, unsigned n)
{
	if (n >= l->n_sent || n >= LAN_SENT)
		return NULL;
	return &l->sent[(l->n_sent - 1 - n) % LAN_SENT];
}

void lan_forget_sent(struct lan *l)
{
	l->n_sent = 0;
}

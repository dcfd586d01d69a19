/* SPDX-License-Identifier: ISC */
/*
 * fuzz_mcast.c - any bytes at all as a message about groups.
 *
 * Input: a byte that says what the rest is (0: a frame; 1: IGMP, 2: ICMPv6, 3: PIM over IPv4, 4: PIM over
 * IPv6, all with headers and checksum that are right), and the rest.
 */
#include "core/igmp.h"
#include "core/mld.h"
#include "groups.h"

enum { LARGEST = 9000, PIM = 103 };

static enum drop read_frame(const uint8_t *data, size_t len, struct mcast_msg *m)
{
	struct frame f = {.data = data, .len = len};
	enum drop d = frame_parse(&f);

	memset(m, 0xa5, sizeof(*m));
	if (d != DROP_NONE) {
		m->kind = MCAST_NONE;
		return d;
	}
	d = mcast_parse(&f, m);
	CHECK(d == DROP_NONE || d == DROP_BAD_IGMP || d == DROP_BAD_MLD || d == DROP_BAD_PIM);
	CHECK(d == DROP_NONE || m->kind == MCAST_NONE);
	CHECK(m->v6 == (f.ethertype == ETHERTYPE_IPV6));
	return d;
}

static bool is_group(const struct mcast_msg *m, struct ip_addr a)
{
	return m->v6 ? ip6_is_group(a) : ip4_is_group(a);
}

static void check_sources(const struct mcast_msg *m, const uint8_t *sources, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct ip_addr a = mcast_source(sources, m->v6, i);

		CHECK(!is_group(m, a) && !ip_is_unspecified(a));
	}
}

static void check_records(const struct mcast_msg *m)
{
	struct mcast_walk w = mcast_walk(m);
	struct mcast_record rec;
	unsigned n = 0;

	for (; mcast_next(m, &w, &rec); n++) {
		CHECK(is_group(m, rec.group));
		check_sources(m, rec.sources, rec.n_sources);
	}
	if (m->kind == MCAST_REPORT && m->version == (m->v6 ? 2 : 3))
		CHECK(n == m->n_records);
	else
		CHECK(n == (m->kind == MCAST_REPORT || m->kind == MCAST_LEAVE));
}

/* A query like it, built and read again, says the same, as far as codes can. */
static void check_query(const struct mcast_msg *m)
{
	struct ip_addr sources[MCAST_QUERY_SOURCES];
	uint8_t out[MCAST_QUERY_SIZE];
	struct mcast_msg again;
	struct mcast_query q = {
		.src = m->src,
		.group = m->group,
		.version = m->version == 1 && !m->v6 ? 2 : m->version,
		.max_resp_ms = m->max_resp_ms,
		.qqi_s = m->qqi_s,
		.qrv = m->qrv,
		.suppress = m->suppress,
		.sources = sources,
		.n_sources =
			m->n_sources < MCAST_QUERY_SOURCES ? m->n_sources : MCAST_QUERY_SOURCES,
	};
	size_t len;

	CHECK(ip_is_unspecified(m->group) || is_group(m, m->group));
	check_sources(m, m->sources, m->n_sources);
	for (unsigned i = 0; i < q.n_sources; i++)
		sources[i] = mcast_source(m->sources, m->v6, i);
	len = m->v6 ? mld_query(out, &q) : igmp_query(out, &q);
	CHECK(len <= sizeof(out) && read_frame(out, len, &again) == DROP_NONE);
	CHECK(again.kind == MCAST_QUERY && again.version == q.version && again.v6 == m->v6);
	CHECK(ip_equal(again.src, m->src));
	CHECK(ip_is_unspecified(m->group) || ip_equal(again.group, m->group));
	CHECK(again.max_resp_ms == m->max_resp_ms || m->max_resp_ms < 100);
	CHECK(again.qrv == m->qrv && again.qqi_s == m->qqi_s && again.suppress == m->suppress);
	CHECK(again.n_sources == q.n_sources);
	for (unsigned i = 0; i < q.n_sources; i++)
		CHECK(ip_equal(mcast_source(again.sources, m->v6, i), sources[i]));
}

static void check_frame(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct mcast_msg m, again;
	enum drop d;

	CHECK(copy);
	if (len)
		memcpy(copy, data, len);
	d = read_frame(copy, len, &m);
	CHECK(read_frame(data, len, &again) == d && again.kind == m.kind);
	check_records(&m);
	if (m.kind == MCAST_QUERY)
		check_query(&m);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ip_addr src6 = {UINT64_C(0xfe80) << 48, 1}, all6 = {UINT64_C(0xff02) << 48, 1};
	uint8_t *frame;
	size_t len;

	if (size < 1 || size > LARGEST)
		return 0;
	if (data[0] == 0) {
		check_frame(data + 1, size - 1);
		return 0;
	}
	frame = malloc(WRAP_ROOM + size);
	CHECK(frame);
	switch (data[0] & 3) {
	case 1:
		len = wrap4(frame, WRAP_IGMP, ip4(0x0a000001), ip4(0xe0000001), data + 1, size - 1);
		break;
	case 2:
		len = wrap6(frame, WRAP_ICMPV6, src6, all6, data + 1, size - 1);
		break;
	case 3:
		len = wrap4(frame, PIM, ip4(0x0a000001), ip4(0xe000000d), data + 1, size - 1);
		break;
	default:
		len = wrap6(frame, PIM, src6, all6, data + 1, size - 1);
		break;
	}
	check_frame(frame, len);
	free(frame);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "echo.h"

#include <string.h>

#include "core/csum.h"
#include "util/bytes.h"

enum {
	/* RFC 792 */
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_ECHO_REQUEST = 8,
	ICMP_TIME_EXCEEDED = 11,
	/* RFC 4443 */
	ICMP6_UNREACHABLE = 1,
	ICMP6_TOO_BIG = 2,
	ICMP6_TIME_EXCEEDED = 3,
	ICMP6_ECHO_REQUEST = 128,
	ICMP6_ECHO_REPLY = 129,
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	PROTO_ICMP = 1,
	PROTO_ICMP6 = 58,
};

void echo_make(uint8_t *out, size_t size, bool v6, uint16_t id, uint16_t seq)
{
	memset(out, 0, ECHO_HEADER);
	out[0] = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST;
	out[4] = (uint8_t)(id >> 8);
	out[5] = (uint8_t)id;
	out[6] = (uint8_t)(seq >> 8);
	out[7] = (uint8_t)seq;
	for (size_t i = 0; i < size; i++)
		out[ECHO_HEADER + i] = (uint8_t)i;
	if (!v6)
		csum_put(out + 2, csum_finish(csum_add(0, out, ECHO_HEADER + size)));
}

/* RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1 */
static const char *why4(uint8_t type, uint8_t code)
{
	if (type == ICMP_TIME_EXCEEDED)
		return "it went through more routers than it may, as in a loop of routes";
	switch (code) {
	case 0:
		return "there is no route to its network";
	case 1:
		return "the host does not answer ARP";
	case 4:
		return "it is larger than the MTU of a link, and may not be cut";
	case 9:
	case 10:
	case 13:
		return "a rule forbids it";
	default:
		return "it cannot be delivered";
	}
}

/* RFC 4443 section 3 */
static const char *why6(uint8_t type, uint8_t code)
{
	if (type == ICMP6_TIME_EXCEEDED)
		return "it went through more routers than it may, as in a loop of routes";
	if (type == ICMP6_TOO_BIG)
		return "it is larger than the MTU of a link";
	switch (code) {
	case 0:
		return "there is no route to the host";
	case 1:
	case 5:
	case 6:
		return "a rule forbids it";
	case 3:
		return "the host does not answer neighbour solicitations";
	default:
		return "it cannot be delivered";
	}
}

/* The header and the first bytes of what was lost, which the error has behind its own eight. */
static bool about4(struct rd r, struct echo *e)
{
	const uint8_t *ip = rd_take(&r, IP4_HEADER), *icmp;
	size_t header = ip ? (size_t)(ip[0] & 15) * 4 : 0;

	if (!ip || ip[0] >> 4 != 4 || header < IP4_HEADER || ip[9] != PROTO_ICMP)
		return false;
	rd_take(&r, header - IP4_HEADER);
	icmp = rd_take(&r, ECHO_HEADER);
	if (!icmp || icmp[0] != ICMP_ECHO_REQUEST)
		return false;
	e->about = ip4_load(ip + 16);
	e->own = ip_equal(e->from, ip4_load(ip + 12));
	e->id = (uint16_t)(icmp[4] << 8 | icmp[5]);
	e->seq = (uint16_t)(icmp[6] << 8 | icmp[7]);
	return true;
}

static bool about6(struct rd r, struct echo *e)
{
	const uint8_t *ip = rd_take(&r, IP6_HEADER), *icmp = rd_take(&r, ECHO_HEADER);

	/* with extension headers in front it is none that we sent */
	if (!icmp || ip[0] >> 4 != 6 || ip[6] != PROTO_ICMP6 || icmp[0] != ICMP6_ECHO_REQUEST)
		return false;
	e->about = ip6_load(ip + 24);
	e->own = ip_equal(e->from, ip6_load(ip + 8));
	e->id = (uint16_t)(icmp[4] << 8 | icmp[5]);
	e->seq = (uint16_t)(icmp[6] << 8 | icmp[7]);
	return true;
}

struct echo echo_parse4(const uint8_t *data, size_t len)
{
	struct rd r = rd_from(data, len);
	const uint8_t *ip = rd_take(&r, IP4_HEADER), *icmp;
	struct echo e = {.what = ECHO_NOTHING};
	size_t header = ip ? (size_t)(ip[0] & 15) * 4 : 0;

	if (!ip || ip[0] >> 4 != 4 || header < IP4_HEADER || ip[9] != PROTO_ICMP)
		return e;
	rd_take(&r, header - IP4_HEADER);
	icmp = rd_take(&r, ECHO_HEADER);
	if (!icmp)
		return e;
	e.from = ip4_load(ip + 12);
	if (icmp[0] == ICMP_ECHO_REPLY && icmp[1] == 0) {
		e.what = ECHO_REPLY;
		e.about = e.from;
		e.id = (uint16_t)(icmp[4] << 8 | icmp[5]);
		e.seq = (uint16_t)(icmp[6] << 8 | icmp[7]);
	} else if ((icmp[0] == ICMP_UNREACHABLE || icmp[0] == ICMP_TIME_EXCEEDED) &&
		   about4(r, &e)) {
		e.what = ECHO_LOST;
		e.why = why4(icmp[0], icmp[1]);
	}
	return e;
}

struct echo echo_parse6(const uint8_t *data, size_t len, struct ip_addr from)
{
	struct rd r = rd_from(data, len);
	const uint8_t *icmp = rd_take(&r, ECHO_HEADER);
	struct echo e = {.what = ECHO_NOTHING, .from = from};

	if (!icmp)
		return e;
	if (icmp[0] == ICMP6_ECHO_REPLY && icmp[1] == 0) {
		e.what = ECHO_REPLY;
		e.about = from;
		e.id = (uint16_t)(icmp[4] << 8 | icmp[5]);
		e.seq = (uint16_t)(icmp[6] << 8 | icmp[7]);
	} else if (icmp[0] >= ICMP6_UNREACHABLE && icmp[0] <= ICMP6_TIME_EXCEEDED &&
		   about6(r, &e)) {
		e.what = ECHO_LOST;
		e.why = why6(icmp[0], icmp[1]);
	}
	return e;
}

/* SPDX-License-Identifier: ISC */
/*
 * fuzz_echo.c - any bytes at all as what a raw socket of ICMP or ICMPv6 received.
 *
 * Input: a byte, odd: ICMPv6; and the message, of ICMP with the IP header in front.
 */
#include <string.h>

#include "check.h"
#include "lab/echo.h"

static struct echo parse(bool v6, const uint8_t *data, size_t size)
{
	return v6 ? echo_parse6(data, size, (struct ip_addr){1, 2}) : echo_parse4(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool v6 = size && data[0] & 1;
	size_t len = size ? size - 1 : 0;
	uint8_t *copy = malloc(len ? len : 1);
	struct echo e, again;

	CHECK(copy);
	if (len)
		memcpy(copy, data + 1, len);
	e = parse(v6, copy, len);
	CHECK((e.what == ECHO_LOST) == (e.why != NULL));
	if (e.what != ECHO_NOTHING) {
		CHECK(len >= (v6 ? 8 : 28));
		CHECK(v6 || (ip_is_v4(e.from) && ip_is_v4(e.about)));
		CHECK(e.what == ECHO_LOST || ip_equal(e.from, e.about));
		/* what comes behind changes nothing; with less of it the answer is the same or nothing */
		again = parse(v6, copy, len - 1);
		CHECK(again.what == ECHO_NOTHING ||
		      (again.what == e.what && again.id == e.id && again.seq == e.seq &&
		       ip_equal(again.about, e.about)));
	}
	free(copy);
	return 0;
}

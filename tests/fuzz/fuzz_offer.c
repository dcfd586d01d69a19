/* SPDX-License-Identifier: ISC */
/*
 * fuzz_offer.c - any frame at all, while we wait for who offers addresses.
 *
 * Input: the frame.
 */
#include <string.h>

#include "check.h"
#include "core/dhcp.h"
#include "lab/offer.h"
#include "util/mac.h"

enum { XID = 0x12345678, BOOTP = 42 };

#define MAC UINT64_C(0x020000000001)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct offer o, again;
	enum offer_what what, other;

	CHECK(copy);
	if (size)
		memcpy(copy, data, size); /* bytes of its own, so that one too many is found */
	memset(&o, 0x00, sizeof(o));
	memset(&again, 0xff, sizeof(again));
	what = offer_parse(data, size, MAC, XID, &o);
	other = offer_parse(copy, size, MAC, XID, &again);
	CHECK(what == other);
	if (what == OFFER_MADE) {
		CHECK(ip_equal(o.server, again.server) && ip_equal(o.address, again.address));
		CHECK(o.mac == again.mac && o.mac == mac_load(data + 6));
		CHECK(ip_is_v4(o.server) && ip_is_v4(o.address));
		CHECK(size > BOOTP + 240);
		/* it is nobody else's */
		CHECK(offer_parse(copy, size, MAC, XID + 1, &again) == OFFER_NOTHING);
		CHECK(offer_parse(copy, size, MAC + 1, XID, &again) == OFFER_NOTHING);
	}
	free(copy);
	return 0;
}

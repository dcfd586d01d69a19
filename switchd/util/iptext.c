/* SPDX-License-Identifier: ISC */
#include "util/iptext.h"

#include <arpa/inet.h>
#include <stdint.h>

bool ip_parse(const char *text, struct ip_addr *a)
{
	uint8_t raw[16];

	if (inet_pton(AF_INET, text, raw) == 1) {
		*a = ip4_load(raw);
		return true;
	}
	if (inet_pton(AF_INET6, text, raw) != 1)
		return false;
	*a = ip6_load(raw);
	return true;
}

const char *ip_format(struct ip_addr a, char out[IP_STR_SIZE])
{
	uint8_t raw[16];

	if (ip_is_v4(a)) {
		ip4_store(raw, a);
		inet_ntop(AF_INET, raw, out, IP_STR_SIZE);
	} else {
		ip6_store(raw, a);
		inet_ntop(AF_INET6, raw, out, IP_STR_SIZE);
	}
	return out;
}

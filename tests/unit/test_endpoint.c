/* SPDX-License-Identifier: ISC */
/* Addresses with a port: what is one, what is none and why, which are the same. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/endpoint.h"

static struct endpoint ep(const char *text)
{
	struct endpoint out;
	struct err e = {0};

	if (endpoint_parse(text, &out, &e))
		fail_msg("%s", e.text);
	return out;
}

static void ipv4(void **state)
{
	const uint8_t addr[16] = {192, 0, 2, 1};
	struct endpoint a = ep("192.0.2.1:4000");

	assert_false(a.ipv6);
	assert_memory_equal(a.addr, addr, sizeof(addr));
	assert_int_equal(a.port, 4000);
	assert_string_equal(a.scope, "");
	assert_int_equal(ep("255.255.255.254:1").port, 1);
	assert_int_equal(ep("0.0.0.0:65535").port, 65535);
}

static void ipv6(void **state)
{
	const uint8_t addr[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x1f};
	struct endpoint a = ep("[2001:DB8::1f]:4000");

	assert_true(a.ipv6);
	assert_memory_equal(a.addr, addr, sizeof(addr));
	assert_int_equal(a.port, 4000);
	assert_string_equal(a.scope, "");
	assert_true(endpoint_is_any(&(struct endpoint){.ipv6 = true}));
	a = ep("[2001:0db8:1111:2222:3333:4444:5555:6666]:9");
	assert_int_equal(a.addr[15], 0x66);
}

static void a_link_local_address_has_its_device(void **state)
{
	assert_string_equal(ep("[fe80::1%eth0]:4000").scope, "eth0");
	assert_string_equal(ep("[febf::1%abcdefghijklmno]:4000").scope, "abcdefghijklmno");
	assert_string_equal(ep("[ff02::1%a.b-c]:4000").scope, "a.b-c");
}

static void what_is_none_and_why(void **state)
{
	static const struct {
		const char *text, *says;
	} v[] = {
		{"", "has no port"},
		{"192.0.2.1", "has no port"},
		{"4000", "has no port"},
		{":4000", "no IPv4 address"},
		{"192.0.2.1:", "from 1 to 65535"},
		{"192.0.2.1:0", "from 1 to 65535"},
		{"192.0.2.1:65536", "from 1 to 65535"},
		{"192.0.2.1:99999999999999999999", "from 1 to 65535"},
		{"192.0.2.1:04000", "from 1 to 65535"},
		{"192.0.2.1:+4", "from 1 to 65535"},
		{"192.0.2.1: 4", "from 1 to 65535"},
		{"192.0.2.1:4000 ", "from 1 to 65535"},
		{"192.0.2.1:https", "from 1 to 65535"},
		{"192.0.2:4000", "numbers"},
		{"192.0.2.256:4000", "numbers"},
		{"localhost:4000", "names are not looked up"},
		{"a-name-that-is-longer-than-any-address-in-numbers.example:1", "no IPv4 address"},
		{" 192.0.2.1:4000", "numbers"},
		{"2001:db8::1:4000", "without its brackets"},
		{"[2001:db8::1]", "\"]:\""},
		{"[2001:db8::1]4000", "\"]:\""},
		{"[2001:db8::1:4000", "\"]:\""},
		{"[]:4000", "no IPv6 address"},
		{"[192.0.2.1]:4000", "no IPv6 address"},
		{"[2001:db8::1::2]:4000", "no IPv6 address"},
		{"[2001:db8::1]:", "from 1 to 65535"},
		{"[2001:db8::1]:70000", "from 1 to 65535"},
		{"[::ffff:192.0.2.1]:4000", "write it as IPv4"},
		{"[fe80::1]:4000", "[fe80::1%eth0]:4000"},
		{"[fe80::1%]:4000", "name of a device"},
		{"[fe80::1%abcdefghijklmnop]:4000", "name of a device"},
		{"[%eth0]:4000", "no IPv6 address"},
		{"[2001:db8::1%eth0]:4000", "only a link-local address"},
		{"[fec0::1%eth0]:4000", "only a link-local address"},
		{"192.0.2.1%eth0:4000", "numbers"},
		{"[", "\"]:\""},
		{"[]", "\"]:\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct endpoint out = {.port = 7};
		struct err e = {0};

		assert_int_equal(endpoint_parse(v[i].text, &out, &e), -EINVAL);
		assert_int_equal(e.code, EINVAL);
		assert_int_equal(out.port, 7);
		if (!strstr(e.text, v[i].says) || !strstr(e.text, ENDPOINT_EXAMPLES) ||
		    !strstr(e.text, "found \""))
			fail_msg("of \"%s\": \"%s\" lacks \"%s\"", v[i].text, e.text, v[i].says);
	}
}

static void long_texts_are_not_overrun(void **state)
{
	char text[400];
	struct endpoint out;

	for (size_t n = 1; n < sizeof(text); n++) {
		memset(text, '1', n);
		text[n] = '\0';
		assert_int_equal(endpoint_parse(text, &out, NULL), -EINVAL);
		text[0] = '[';
		assert_int_equal(endpoint_parse(text, &out, NULL), -EINVAL);
		if (n > 8)
			memcpy(text + n - 4, "]:40", 4);
		assert_int_equal(endpoint_parse(text, &out, NULL), -EINVAL);
	}
}

static void groups_and_any(void **state)
{
	static const char *const groups[] = {"224.0.0.1:1", "239.255.255.255:1",
					     "255.255.255.255:1", "[ff02::1%x]:1", "[ff0e::1]:1"};
	static const char *const single[] = {"223.255.255.255:1", "240.0.0.1:1", "10.0.0.255:1",
					     "[fe80::1%x]:1", "[::1]:1"};

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct endpoint g = ep(groups[i]), s = ep(single[i]);

		assert_true(endpoint_is_group(&g));
		assert_false(endpoint_is_any(&g));
		assert_false(endpoint_is_group(&s));
		assert_false(endpoint_is_any(&s));
	}
	struct endpoint any4 = ep("0.0.0.0:1"), any6 = ep("[::]:1");
	assert_true(endpoint_is_any(&any4) && endpoint_is_any(&any6));
	assert_false(endpoint_is_group(&any4) || endpoint_is_group(&any6));
}

/* A total order, and any address is the first of its port. */
static void the_order(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0:1",	 "10.0.0.1:1",	  "192.0.2.1:1",     "0.0.0.0:2",
		"10.0.0.1:2",	 "[::]:1",	  "[2001:db8::1]:1", "[fe80::1%x]:1",
		"[fe80::1%y]:1", "[fe80::2%x]:1", "[::]:300",
	};

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			struct endpoint a = ep(sorted[i]), b = ep(sorted[k]);
			int d = endpoint_compare(&a, &b);

			assert_true(i < k ? d < 0 : i > k ? d > 0 : d == 0);
		}
}

static void overlap(void **state)
{
	struct endpoint any = ep("0.0.0.0:1"), a = ep("10.0.0.1:1"), b = ep("10.0.0.2:1"),
			other = ep("10.0.0.1:2"), any6 = ep("[::]:1"), c = ep("[::1]:1");

	assert_true(endpoint_overlap(&any, &a) && endpoint_overlap(&a, &any));
	assert_true(endpoint_overlap(&any6, &c) && endpoint_overlap(&c, &any6));
	assert_true(endpoint_overlap(&a, &a));
	assert_false(endpoint_overlap(&a, &b));
	assert_false(endpoint_overlap(&a, &other));
	assert_false(endpoint_overlap(&any, &other));
	assert_false(endpoint_overlap(&any, &any6)); /* the socket is for IPv6 alone */
	assert_false(endpoint_overlap(&any6, &a));
}

static void hosts_are_told_apart_by_address_and_link(void **state)
{
	struct endpoint a = ep("10.0.0.1:1"), b = ep("10.0.0.1:2"), c = ep("10.0.0.2:1"),
			x = ep("[fe80::1%x]:1"), y = ep("[fe80::1%y]:1"), x2 = ep("[fe80::1%x]:2");
	struct endpoint six = {.ipv6 = true, .addr = {10, 0, 0, 1}, .port = 1};

	assert_true(endpoint_same_host(&a, &b) && endpoint_same_host(&x, &x2));
	assert_false(endpoint_same_host(&a, &c) || endpoint_same_host(&x, &y));
	assert_false(endpoint_same_host(&a, &six));
}

static void the_port_may_be_known(void **state)
{
	static const struct {
		const char *text, *whole; /* NULL: refused */
	} v[] = {
		{"192.0.2.1", "192.0.2.1:4789"},
		{"192.0.2.1:1", "192.0.2.1:1"},
		{"2001:db8::1", "[2001:db8::1]:4789"},
		{"::", "[::]:4789"},
		{"[2001:db8::1]", "[2001:db8::1]:4789"},
		{"[2001:db8::1]:1", "[2001:db8::1]:1"},
		{"[fe80::1%eth0]", "[fe80::1%eth0]:4789"},
		{"fe80::1%eth0", "[fe80::1%eth0]:4789"},
		{"", NULL},
		{"192.0.2.1:", NULL},
		{"192.0.2.1:0", NULL},
		{"192.0.2", NULL},
		{"[2001:db8::1", NULL},
		{"[2001:db8::1]:", NULL},
		{"[2001:db8::1]1", NULL},
		{"2001:db8:::1", NULL},
		{"fe80::1", NULL},
		{"a.host", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct endpoint got = {.port = 7}, want;
		char found[80];
		struct err e = {0};
		int rc = endpoint_parse_at(v[i].text, 4789, &got, &e);

		if (v[i].whole) {
			assert_int_equal(rc, 0);
			assert_int_equal(endpoint_parse(v[i].whole, &want, NULL), 0);
			assert_int_equal(endpoint_compare(&got, &want), 0);
			continue;
		}
		assert_int_equal(rc, -EINVAL);
		assert_int_equal(got.port, 7);
		snprintf(found, sizeof(found), "found \"%s\"", v[i].text);
		assert_non_null(strstr(e.text, found)); /* as it was written */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_port_may_be_known),
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(a_link_local_address_has_its_device),
		cmocka_unit_test(what_is_none_and_why),
		cmocka_unit_test(long_texts_are_not_overrun),
		cmocka_unit_test(groups_and_any),
		cmocka_unit_test(the_order),
		cmocka_unit_test(overlap),
		cmocka_unit_test(hosts_are_told_apart_by_address_and_link),
	};

	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}

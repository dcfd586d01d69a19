/* SPDX-License-Identifier: ISC */
/* IP addresses as numbers, and the hash of more than one word. */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/ip.h"
#include "util/iptext.h"
#include "util/siphash.h"

static struct ip_addr of(const char *text)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		return ip4_load(b);
	assert_int_equal(inet_pton(AF_INET6, text, b), 1);
	return ip6_load(b);
}

static void what_is_stored_is_what_was_loaded(void **state)
{
	const uint8_t bytes[16] = {0xfe, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xff};
	uint8_t out[16] = {0};

	ip6_store(out, ip6_load(bytes));
	assert_memory_equal(out, bytes, 16);
	memset(out, 0, sizeof(out));
	ip4_store(out, ip4_load(bytes));
	assert_memory_equal(out, bytes, 4);
	assert_int_equal(out[4], 0);
	assert_true(ip_equal(ip4_load(bytes), ip4(0xfe800102)));
}

static void order_is_that_of_the_numbers(void **state)
{
	static const char *const v[] = {"::",	       "::1",	  "0.0.0.0", "9.255.255.255",
					"10.0.0.0",    "2001::1", "fe80::1", "fe80::2",
					"fe80:0:0:1::"};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		for (size_t k = 0; k < ARRAY_SIZE(v); k++) {
			assert_int_equal(ip_below(of(v[i]), of(v[k])), i < k);
			assert_int_equal(ip_equal(of(v[i]), of(v[k])), i == k);
		}
}

static void kinds(void **state)
{
	assert_true(ip_is_v4(of("1.2.3.4")) && !ip_is_v4(of("::1.2.3.4")));
	assert_true(ip_is_unspecified(of("::")) && ip_is_unspecified(of("0.0.0.0")));
	assert_false(ip_is_unspecified(of("::1")) || ip_is_unspecified(of("0.0.0.1")));
	assert_true(ip_is_group(of("224.0.0.0")) && ip_is_group(of("239.255.255.255")));
	assert_false(ip_is_group(of("223.255.255.255")) || ip_is_group(of("240.0.0.0")));
	assert_true(ip_is_group(of("ff00::")) && !ip_is_group(of("feff::")));
	assert_false(ip6_is_group(of("224.0.0.1")) || ip4_is_group(of("ff02::1")));
	assert_true(ip_is_link_local6(of("fe80::")) && ip_is_link_local6(of("febf:ffff::")));
	assert_false(ip_is_link_local6(of("fec0::")) || ip_is_link_local6(of("fe7f::")));
}

static void every_word_and_the_length_count_in_a_hash(void **state)
{
	const struct siphash_key key = {{1, 2}}, other = {{1, 3}};
	const uint64_t w[4] = {5, 6, 0, 0};
	uint64_t h = siphash13_words(w, 3, &key);

	assert_true(siphash13_words(w, 1, &key) == siphash13_u64(5, &key));
	assert_true(siphash13_words(w, 2, &key) != h && siphash13_words(w, 4, &key) != h);
	assert_true(siphash13_words(w, 3, &other) != h);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t x[3] = {w[0], w[1], w[2]};

		x[i] ^= UINT64_C(1) << 40;
		assert_true(siphash13_words(x, 3, &key) != h);
	}
}

static void texts(void **state)
{
	static const char *const pairs[][2] = {
		{"0.0.0.0", "0.0.0.0"}, {"239.1.2.3", "239.1.2.3"}, {"FF05:0:0::1:3", "ff05::1:3"},
		{"::", "::"},		{"fe80::1", "fe80::1"},
	};
	static const char *const none[] = {
		"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "fe80::1%eth0", "1.2.3.4 ", "ff05:::1"};
	struct ip_addr a = {7, 7};
	char text[IP_STR_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_true(ip_parse(pairs[i][0], &a));
		assert_true(ip_equal(a, of(pairs[i][1])));
		assert_string_equal(ip_format(a, text), pairs[i][1]);
	}
	a = (struct ip_addr){7, 7};
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(ip_parse(none[i], &a));
	assert_true(a.hi == 7 && a.lo == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_stored_is_what_was_loaded),
		cmocka_unit_test(order_is_that_of_the_numbers),
		cmocka_unit_test(kinds),
		cmocka_unit_test(texts),
		cmocka_unit_test(every_word_and_the_length_count_in_a_hash),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* SipHash-2-4 against the vectors of its authors: the bytes 0, 1, 2... under the key 00 to 0f. */
#include "unit.h"

#include "util/siphash.h"

static const struct siphash_key key = {
	{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)},
};

static void tags_are_those_of_the_authors(void **state)
{
	static const struct {
		size_t len;
		uint64_t tag;
	} v[] = {
		{0, UINT64_C(0x726fdb47dd0e0e31)},
		{1, UINT64_C(0x74f839c593dc67fd)},
		{8, UINT64_C(0x93f5f5799a932462)},
		{15, UINT64_C(0xa129ca6149be45e5)},
	};
	uint8_t bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_true(siphash24(bytes, v[i].len, &key) == v[i].tag);
}

static void every_bit_counts(void **state)
{
	uint8_t bytes[40] = {0};
	uint64_t tag = siphash24(bytes, 24, &key);

	for (size_t bit = 0; bit < 24 * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(siphash24(bytes, 24, &key) != tag);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_true(len == 24 || siphash24(bytes, len, &key) != tag);
	bytes[24] = 1; /* behind the end */
	assert_true(siphash24(bytes, 24, &key) == tag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_those_of_the_authors),
		cmocka_unit_test(every_bit_counts),
	};

	return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}

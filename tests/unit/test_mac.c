/* SPDX-License-Identifier: ISC */
/* MAC addresses: read, written, told apart. */
#include "unit.h"

#include <string.h>

#include "util/mac.h"

static void reads_every_notation(void **state)
{
	static const char *const same[] = {
		"02:aB:03:00:fF:09",
		"02-AB-03-00-FF-09",
		"02ab.0300.ff09",
		"02AB.0300.FF09",
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		uint64_t mac = 1;

		assert_true(mac_parse(same[i], &mac));
		assert_int_equal(mac, UINT64_C(0x02ab0300ff09));
	}
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"02:00:00:00:00",
		"02:00:00:00:00:0",
		"02:00:00:00:00:001",
		"02:00:00:00:00:01 ",
		" 2:00:00:00:00:01",
		"02:00:00:00:00:0g",
		"02:00-00:00:00:01",
		"02-00:00:00:00:01",
		"02:00:00:00:00:01:02",
		"020000000001",
		"02000.000.0001",
		"0200.0000:0001",
		"0200:0000:0001",
		"02.00.00.00.00.01",
		":::::::::::::::::",
		"+2:00:00:00:00:01",
		"0x:00:00:00:00:01",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t mac = 77;

		if (mac_parse(bad[i], &mac))
			fail_msg("took \"%s\" for an address", bad[i]);
		assert_int_equal(mac, 77); /* left alone */
	}
}

static void formats_and_reads_back(void **state)
{
	static const uint64_t macs[] = {MAC_NONE, MAC_BROADCAST, UINT64_C(0x0180c200000e),
					UINT64_C(0x123456789abc)};
	char text[MAC_STR_SIZE];

	assert_string_equal(mac_format(UINT64_C(0x02ab0300ff09), text), "02:ab:03:00:ff:09");
	assert_string_equal(mac_format(0, text), "00:00:00:00:00:00");
	for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
		uint64_t back = 1;

		assert_true(mac_parse(mac_format(macs[i], text), &back));
		assert_int_equal(back, macs[i]);
	}
}

static void loads_and_stores_in_wire_order(void **state)
{
	const uint8_t wire[] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e};
	uint8_t out[8] = {0xee, 0, 0, 0, 0, 0, 0, 0xee};

	assert_int_equal(mac_load(wire), UINT64_C(0x0180c200000e));
	mac_store(out + 1, mac_load(wire));
	assert_memory_equal(out + 1, wire, 6);
	assert_int_equal(out[0], 0xee);
	assert_int_equal(out[7], 0xee);
}

static void tells_groups_from_stations(void **state)
{
	assert_true(mac_is_group(MAC_BROADCAST));
	assert_true(mac_is_group(UINT64_C(0x01005e000001)));
	assert_true(mac_is_group(UINT64_C(0x333300000001)));
	assert_false(mac_is_group(UINT64_C(0x020000000001)));
	assert_false(mac_is_group(UINT64_C(0xfeffffffffff)));
	assert_true(mac_is_station(UINT64_C(0x020000000001)));
	assert_false(mac_is_station(MAC_NONE));
	assert_false(mac_is_station(MAC_BROADCAST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_notation),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(formats_and_reads_back),
		cmocka_unit_test(loads_and_stores_in_wire_order),
		cmocka_unit_test(tells_groups_from_stations),
	};

	return cmocka_run_group_tests_name("mac", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Addresses of switches: the same from the same, others from others, nothing from nothing. */
#include "unit.h"

#include "util/identity.h"
#include "util/mac.h"

#define MACHINE "0123456789abcdef0123456789abcdef"
#define OTHER	"0123456789abcdef0123456789abcdee"

static uint64_t address(const char *machine, const char *place, const char *name)
{
	struct identity id;

	assert_true(identity_make(&id, machine, place));
	return identity_address(&id, name);
}

static void the_same_each_time(void **state)
{
	const uint64_t a = address(MACHINE, "/run/switchd.sock", "sw0");

	assert_int_equal(a, address(MACHINE, "/run/switchd.sock", "sw0"));
	assert_int_equal(a, address(MACHINE "\n", "/run/switchd.sock", "sw0"));
	assert_int_equal(
		a, UINT64_C(0x02d1d183e17e)); /* written down: another version must make the same */
}

static void each_thing_counts(void **state)
{
	const uint64_t made[] = {
		address(MACHINE, "/run/switchd.sock", "sw0"),
		address(OTHER, "/run/switchd.sock", "sw0"),
		address(MACHINE, "/run/switchd.soc", "sw0"),
		address(MACHINE, "/run/switchd.sock", "sw1"),
		address(MACHINE, "/run/switchd.sock", ""),
		address(MACHINE, "", "/run/switchd.socksw0"),
	};

	for (unsigned i = 0; i < ARRAY_SIZE(made); i++) {
		assert_true(mac_is_station(made[i]));
		assert_int_equal(made[i] >> 40, 0x02); /* locally administered */
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(made[i], made[j]);
	}
}

static void without_a_machine_nothing_is_known(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"uninitialized\n",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcde\n",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdef0123456789abcdef\n\n",
		"0123456789ABCDEF0123456789ABCDEF",
		" 0123456789abcdef0123456789abcde",
	};
	struct identity id;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(identity_make(&id, MACHINE, "/run/switchd.sock"));
		assert_false(identity_make(&id, bad[i], "/run/switchd.sock"));
		assert_int_equal(identity_address(&id, "sw0"), 0);
	}
	id = (struct identity){0};
	assert_int_equal(identity_address(&id, "sw0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_each_time),
		cmocka_unit_test(each_thing_counts),
		cmocka_unit_test(without_a_machine_nothing_is_known),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}

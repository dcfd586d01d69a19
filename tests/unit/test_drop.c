/* SPDX-License-Identifier: ISC */
/* Names of drops, events and learning: each there, each its own, each fit to be shown. */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "core/drop.h"
#include "core/event.h"
#include "core/fdb.h"

/* The spelling of counters and JSON keys. */
static bool is_key(const char *s)
{
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static void every_drop_has_a_name_of_its_own(void **state)
{
	for (int i = 0; i < DROP_COUNT; i++) {
		const char *name = drop_name((enum drop)i);

		assert_non_null(name);
		assert_true(strlen(name) >= 4 && is_key(name));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(name, drop_name((enum drop)k));
	}
	assert_string_equal(drop_name(DROP_NONE), "none");
	assert_string_equal(drop_name(DROP_SAME_PORT), "same_port");
	assert_string_equal(drop_name(DROP_TX_ERROR), "tx_error");
}

static void every_drop_has_a_sentence(void **state)
{
	for (int i = 0; i < DROP_COUNT; i++) {
		const char *text = drop_text((enum drop)i);

		assert_non_null(text);
		assert_true(strlen(text) > 20);
		assert_true(isupper((unsigned char)text[0]));
		assert_int_equal(text[strlen(text) - 1], '.');
		assert_null(strstr(text, "  ")); /* strings joined badly */
		for (int k = 0; k < i; k++)
			assert_string_not_equal(text, drop_text((enum drop)k));
	}
}

static void direction_follows_the_reason(void **state)
{
	static const enum drop in[] = {
		DROP_RUNT,
		DROP_OVERSIZE,
		DROP_TRUNCATED_TAG,
		DROP_BAD_VNET,
		DROP_BAD_GSO,
		DROP_PORT_BLOCKED,
		DROP_LINK_LOCAL,
		DROP_FILTER_IN,
		DROP_SAME_PORT,
		DROP_NO_EGRESS,
		DROP_WRONG_PEER,
		DROP_RX_OVERRUN,
		DROP_UNANSWERABLE,
		DROP_PEER_REFUSED,
		DROP_BAD_VXLAN,
		DROP_UNKNOWN_VNI,
		DROP_CONGESTION,
		DROP_BAD_LLDP,
		DROP_LLDP_FULL,
		DROP_LOOP_PROBE,
		DROP_BAD_PROBE,
		DROP_BAD_IGMP,
		DROP_BAD_MLD,
		DROP_BAD_PIM,
		DROP_ROUTER_GUARD,
		DROP_VID_RESERVED,
		DROP_TAGGED,
		DROP_UNTAGGED,
		DROP_NOT_IN_VLAN,
		DROP_BAD_BPDU,
		DROP_BPDU_OLD,
		DROP_BPDU_OWN,
		DROP_BPDU_FILTER,
		DROP_BPDU_GUARD,
		DROP_HIDDEN_HEADER,
		DROP_BAD_DHCP,
		DROP_DHCP_FRAGMENT,
		DROP_DHCP_ROGUE_SERVER,
		DROP_DHCP_RELAY,
		DROP_DHCP_CHADDR,
		DROP_DHCP_NOT_HOLDER,
		DROP_DHCP_LIMIT,
		DROP_BAD_DHCP6,
		DROP_DHCP6_ROGUE_SERVER,
		DROP_BAD_ARP,
		DROP_ARP_SPOOF,
		DROP_ARP_NO_BINDING,
		DROP_ARP_TARGET,
		DROP_BAD_ND,
		DROP_ND_FRAGMENT,
		DROP_RA_GUARD,
		DROP_IP6_UNDECIDED,
	};
	static const enum drop out[] = {DROP_EGRESS_MTU, DROP_DEVICE_DOWN, DROP_UNREACHABLE,
					DROP_QUEUE_FULL, DROP_TX_ERROR,	   DROP_NO_REMOTE,
					DROP_PATH_MTU,	 DROP_FILTER_OUT};

	for (size_t i = 0; i < ARRAY_SIZE(in); i++)
		assert_false(drop_is_out(in[i]));
	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		assert_true(drop_is_out(out[i]));
}

static void every_event_has_a_group_and_a_name(void **state)
{
	for (int i = 0; i < EVENT_COUNT; i++) {
		const char *name = event_name((enum event_kind)i);
		const char *dot = name ? strchr(name, '.') : NULL;

		assert_non_null(dot);
		assert_true(dot > name && dot[1] && !strchr(dot + 1, '.'));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(name, event_name((enum event_kind)k));
	}
	assert_string_equal(event_name(EVENT_MAC_LEARNED), "mac.learned");
	assert_string_equal(event_name(EVENT_TABLE_FULL), "table.full");
}

static void every_kind_of_learning_has_a_name(void **state)
{
	for (int i = 0; i < LEARN_COUNT; i++) {
		assert_non_null(learn_name((enum learn)i));
		assert_true(is_key(learn_name((enum learn)i)));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(learn_name((enum learn)i),
						learn_name((enum learn)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_drop_has_a_name_of_its_own),
		cmocka_unit_test(every_drop_has_a_sentence),
		cmocka_unit_test(direction_follows_the_reason),
		cmocka_unit_test(every_event_has_a_group_and_a_name),
		cmocka_unit_test(every_kind_of_learning_has_a_name),
	};

	return cmocka_run_group_tests_name("drop", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* DHCP snooping: what is let through, and what is told. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "guard_lab.h"
#include "packet.h"
#include "util/mac.h"

enum { IP_A = IP(10, 0, 0, 1), IP_B = IP(10, 0, 0, 2) };

static struct glab l;

static int open_lab(void **state)
{
	glab_open(&l, NULL);
	return 0;
}

static int close_lab(void **state)
{
	glab_close(&l);
	return 0;
}

/* ---- servers ---- */

static void servers_are_on_trusted_ports(void **state)
{
	static const enum dhcp_type types[] = {DHCP_NO_TYPE, DHCP_OFFER, DHCP_ACK, DHCP_NAK,
					       DHCP_FORCERENEW};
	struct wire w;
	uint8_t m[SAID_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct said s = said_server(types[i], 1, IP_A);

		assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_ROGUE_SERVER);
		assert_int_equal(glab_say(&l, LAB_SERVER, &s), DROP_NONE);
		s.reply = false; /* says one thing and is another */
		if (types[i] != DHCP_NO_TYPE)
			assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_ROGUE_SERVER);
	}
	/* whatever it is that is sent to clients, and whatever is sent by servers */
	wire_udp4(&w, MAC_BROADCAST, STATION(1), 1000, 68, NULL, 0);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_ROGUE_SERVER);
	struct said s = said_client(DHCP_DISCOVER, 1);
	wire_udp4(&w, MAC_BROADCAST, STATION(1), 67, 67, m, said_write(&s, m));
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_ROGUE_SERVER);
	assert_int_equal(glab_bindings(&l), 0);
}

/* ---- malformed ---- */

static void malformed_messages_go_no_further(void **state)
{
	struct said s = said_client(DHCP_DISCOVER, 1);
	struct wire w;

	wire_dhcp(&w, STATION(1), &s);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	w.data[w.l4 + 8 + 236] ^= 1; /* the cookie */
	wire_seal(&w);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP);
	wire_dhcp(&w, STATION(1), &s);
	w.data[w.l4 + 60] ^= 1; /* the checksum */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP);
	wire_owe(&w);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	wire_write(&w, w.l4 + 8 + 28); /* into chaddr */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	wire_dhcp(&w, STATION(1), &s);
	w.data[w.l4 + 5]++; /* longer than it is */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP);
	wire_dhcp(&w, STATION(1), &s);
	w.data[w.l3 + 3]++;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP);
	assert_int_equal(guard_stats(l.g)->malformed, 0);
}

static void of_malformed_answers_nothing_is_learned(void **state)
{
	struct said ask = said_client(DHCP_REQUEST, 1), s = said_server(DHCP_ACK, 1, IP_A);
	struct wire w;

	glab_say(&l, LAB_A, &ask);
	wire_dhcp(&w, STATION(99), &s);
	w.data[w.l4 + 100] ^= 1;
	assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
	assert_int_equal(guard_stats(l.g)->malformed, 1);
	assert_int_equal(glab_bindings(&l), 0);
	s.lease_s = 0; /* an ACK has one */
	glab_say(&l, LAB_SERVER, &s);
	s = said_server(DHCP_ACK, 1, IP(224, 0, 0, 1));
	glab_say(&l, LAB_SERVER, &s);
	s = said_server(DHCP_ACK, 1, 0);
	glab_say(&l, LAB_SERVER, &s);
	s = said_server(DHCP_OFFER, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(glab_bindings(&l), 0);
	s = said_server(DHCP_ACK, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(glab_bindings(&l), 1);
}

static void fragments_hide_nothing(void **state)
{
	struct said s = said_client(DHCP_DISCOVER, 1);
	struct wire w;

	for (uint16_t dport = 66; dport <= 69; dport++) {
		bool dhcp = dport == 67 || dport == 68;

		wire_udp4(&w, MAC_BROADCAST, STATION(1), 68, dport, (const uint8_t *)"12345678", 8);
		w.data[w.l3 + 6] = 0x20;
		assert_int_equal(glab_send(&l, LAB_A, &w), dhcp ? DROP_DHCP_FRAGMENT : DROP_NONE);
		assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
		w.data[w.l3 + 7] = 1;
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	}
	/* too short for the ports */
	for (size_t len = 0; len < 8; len++) {
		wire_udp4(&w, MAC_BROADCAST, STATION(1), 1, 1, NULL, 0);
		w.data[w.l3 + 6] = 0x20;
		packet_put16(w.data + w.l3 + 2, 20 + len);
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_FRAGMENT);
	}
	/* behind options of IP */
	wire_dhcp(&w, STATION(1), &s);
	memmove(w.data + w.l4 + 8, w.data + w.l4, w.len - w.l4);
	memset(w.data + w.l4, 1, 8);
	w.data[w.l3] = 0x47;
	w.l4 += 8;
	w.len += 8;
	packet_put16(w.data + w.l4 + 2, 68);
	wire_seal(&w);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_ROGUE_SERVER);
}

static void other_datagrams_are_not_looked_at(void **state)
{
	struct wire w;
	struct frame f;

	wire_udp4(&w, MAC_BROADCAST, STATION(1), 67, 53, (const uint8_t *)"12345678", 8);
	f = wire_frame(&w);
	assert_false(guard_wants(&f));
	w.data[w.l4 + 3] = 67;
	w.data[w.l3 + 9] = 6; /* TCP */
	f = wire_frame(&w);
	assert_false(guard_wants(&f));
	w.data[w.l3 + 9] = 17;
	f = wire_frame(&w);
	assert_true(guard_wants(&f));
	w.len = w.l4 + 3; /* no port there */
	f = wire_frame(&w);
	assert_false(guard_wants(&f));
	/* a checksum that is written into the port */
	wire_udp4(&w, MAC_BROADCAST, STATION(1), 67, 53, (const uint8_t *)"12345678", 8);
	wire_write(&w, w.l4 + 2);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	wire_owe(&w);
	f = wire_frame(&w);
	assert_false(guard_wants(&f));
}

static void a_super_frame_is_no_dhcp(void **state)
{
	uint8_t payload[1000] = {1};
	struct wire w;

	wire_udp4(&w, MAC_BROADCAST, STATION(1), 68, 67, payload, sizeof(payload));
	wire_owe(&w);
	w.vnet[1] = VIRTIO_NET_HDR_GSO_UDP_L4;
	packet_put16le(w.vnet + 2, w.l4 + 8);
	packet_put16le(w.vnet + 4, 300);
	assert_true(wire_frame(&w).super);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP);
	assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
}

/* ---- clients ---- */

static void a_client_asks_for_itself(void **state)
{
	struct guard_settings set = guard_defaults();
	struct said s = said_client(DHCP_DISCOVER, 1);
	struct wire w;

	wire_dhcp(&w, STATION(2), &s);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_CHADDR);
	assert_int_equal(l.v.mac, STATION(1));
	set.check_chaddr = false;
	assert_int_equal(guard_configure(l.g, &set, NULL), 0);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
}

static void what_clients_ask_is_for_trusted_ports(void **state)
{
	struct guard_settings set = guard_defaults();
	struct said s = said_client(DHCP_INFORM, 1);

	glab_say(&l, LAB_A, &s);
	assert_true(l.v.to == GUARD_TO_TRUSTED && l.v.to_what == GUARD_DHCP);
	assert_true(portset_has(guard_trusted(l.g, GUARD_DHCP), LAB_SERVER));
	assert_false(portset_has(guard_trusted(l.g, GUARD_DHCP), LAB_A));
	set.to_trusted = false;
	guard_configure(l.g, &set, NULL);
	glab_say(&l, LAB_A, &s);
	assert_int_equal(l.v.to, GUARD_TO_ANY);
}

static void relays_are_on_trusted_ports_or_allowed(void **state)
{
	struct guard_settings set = guard_defaults();
	struct said s[3] = {said_client(DHCP_REQUEST, 1), said_client(DHCP_REQUEST, 1),
			    said_client(DHCP_LEASEQUERY, 1)};

	s[0].giaddr = IP(10, 9, 9, 9);
	s[1].relay_info = true;
	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		assert_int_equal(glab_say(&l, LAB_A, &s[i]), DROP_DHCP_RELAY);
		assert_int_equal(glab_say(&l, LAB_SERVER, &s[i]), DROP_NONE);
	}
	set.allow_relays = true;
	guard_configure(l.g, &set, NULL);
	/* the client of a relay agent is not on this LAN: nothing is remembered of it */
	assert_int_equal(glab_say(&l, LAB_A, &s[0]), DROP_NONE);
	assert_int_equal(l.v.act, GUARD_NOTHING);
	/* behind a switch that adds option 82 it is */
	assert_int_equal(glab_say(&l, LAB_A, &s[1]), DROP_NONE);
	assert_int_equal(l.v.act, GUARD_REMEMBER);
	/* and nobody asks for another by claiming to be a relay */
	glab_lease(&l, LAB_B, STATION(1), IP_A, 60);
	struct wire w;
	wire_dhcp(&w, STATION(7), &s[0]);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_NOT_HOLDER);
}

/* ---- events ---- */

static void a_flood_is_told_once_a_second(void **state)
{
	struct said s = said_server(DHCP_OFFER, 1, IP_A);

	for (int i = 0; i < 100; i++)
		glab_say(&l, LAB_A, &s);
	assert_int_equal(l.raised[GUARD_VIOLATION], 1);
	assert_int_equal(l.last.suppressed, 0);
	glab_say(&l, LAB_B, &s);		    /* of another port */
	glab_announce(&l, LAB_A, STATION(1), IP_A); /* for another reason */
	assert_int_equal(l.raised[GUARD_VIOLATION], 3);
	l.now_ms += 1000;
	glab_say(&l, LAB_A, &s);
	assert_int_equal(l.raised[GUARD_VIOLATION], 4);
	assert_int_equal(l.last.suppressed, 99);
	assert_int_equal(l.last.drop, DROP_DHCP_ROGUE_SERVER);
	assert_int_equal(l.last.mac, STATION(99));
}

static void what_was_not_told_is_told_when_it_is_over(void **state)
{
	struct said s = said_server(DHCP_OFFER, 1, IP_A);

	for (int i = 0; i < 5; i++)
		glab_say(&l, LAB_A, &s);
	guard_age(l.g, l.now_ms + 999);
	assert_int_equal(l.raised[GUARD_VIOLATION], 1);
	guard_age(l.g, l.now_ms + 1000);
	assert_int_equal(l.raised[GUARD_VIOLATION], 2);
	assert_int_equal(l.last.suppressed, 3); /* and itself */
	guard_age(l.g, l.now_ms + 5000);
	assert_int_equal(l.raised[GUARD_VIOLATION], 2);
	l.now_ms += 5000; /* one alone is told as itself */
	glab_say(&l, LAB_A, &s);
	glab_say(&l, LAB_A, &s);
	guard_age(l.g, l.now_ms + 1000);
	assert_int_equal(l.raised[GUARD_VIOLATION], 4);
	assert_int_equal(l.last.suppressed, 0);
	/* and with its port it is forgotten */
	l.now_ms += 10000;
	for (int i = 0; i < 5; i++)
		glab_say(&l, LAB_A, &s);
	guard_port_del(l.g, LAB_A);
	guard_age(l.g, l.now_ms + 5000);
	assert_int_equal(l.raised[GUARD_VIOLATION], 5);
}

int main(void)
{
#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, open_lab, close_lab)
	const struct CMUnitTest tests[] = {
		IN_LAB(servers_are_on_trusted_ports),
		IN_LAB(malformed_messages_go_no_further),
		IN_LAB(of_malformed_answers_nothing_is_learned),
		IN_LAB(fragments_hide_nothing),
		IN_LAB(other_datagrams_are_not_looked_at),
		IN_LAB(a_super_frame_is_no_dhcp),
		IN_LAB(a_client_asks_for_itself),
		IN_LAB(what_clients_ask_is_for_trusted_ports),
		IN_LAB(relays_are_on_trusted_ports_or_allowed),
		IN_LAB(a_flood_is_told_once_a_second),
		IN_LAB(what_was_not_told_is_told_when_it_is_over),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* DHCP snooping: what is learned. */
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

static const struct binding *bound(unsigned station, uint32_t ip)
{
	return bindings_find(guard_bindings(l.g), LAB_VID, STATION(station), ip, l.now_ms);
}

/* ---- bindings ---- */

static void an_answered_request_becomes_a_binding(void **state)
{
	struct said s = said_client(DHCP_DISCOVER, 1);

	glab_say(&l, LAB_A, &s);
	s = said_server(DHCP_OFFER, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_true(l.v.to == GUARD_TO_PORT && l.v.to_port == LAB_A);
	s = said_client(DHCP_REQUEST, 1);
	s.requested = IP_A;
	glab_say(&l, LAB_A, &s);
	assert_int_equal(glab_bindings(&l), 0);
	s = said_server(DHCP_ACK, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_true(l.v.to == GUARD_TO_PORT && l.v.to_port == LAB_A);

	const struct binding *b = bound(1, IP_A);
	assert_non_null(b);
	assert_true(b->port == LAB_A && !b->is_static && b->vid == LAB_VID);
	assert_int_equal(b->expires_ms, l.now_ms + 3600 * 1000);
	assert_true(l.raised[GUARD_BOUND] == 1 && l.last.ip == IP_A && l.last.port == LAB_A);
	/* the same answer again finds nobody waiting */
	glab_say(&l, LAB_SERVER, &s);
	assert_true(l.v.to == GUARD_TO_ANY && l.v.act == GUARD_NOTHING);
}

static void an_answer_has_to_be_of_the_question(void **state)
{
	struct said ask = said_client(DHCP_REQUEST, 1), s = said_server(DHCP_ACK, 1, IP_A);

	glab_say(&l, LAB_SERVER, &s); /* nobody has asked */
	glab_say(&l, LAB_A, &ask);
	s.xid++;
	glab_say(&l, LAB_SERVER, &s);
	s = said_server(DHCP_ACK, 2, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	s = said_server(DHCP_ACK, 1, IP_A);
	struct wire w;
	wire_dhcp(&w, STATION(99), &s);
	guard_vlan_set(l.g, LAB_VID + 1, GUARD_ALL);
	glab_send_vid(&l, LAB_SERVER, LAB_VID + 1, &w);
	assert_int_equal(glab_send(&l, LAB_B, &w), DROP_DHCP_ROGUE_SERVER);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_ROGUE_SERVER);
	assert_int_equal(glab_bindings(&l), 0);
	l.now_ms += 60 * 1000;
	guard_age(l.g, l.now_ms);
	glab_say(&l, LAB_SERVER, &s); /* too late */
	assert_int_equal(glab_bindings(&l), 0);
}

/* To an INFORM or a DISCOVER an ACK gives no lease, but for rapid commit (RFC 4039) that both want. */
static void not_every_ack_is_a_lease(void **state)
{
	for (int i = 0; i < 6; i++) {
		struct said ask = said_client(i < 2 ? DHCP_INFORM : DHCP_DISCOVER, 1);
		struct said s = said_server(DHCP_ACK, 1, IP_A);

		ask.xid = s.xid = 50 + (uint32_t)i;
		ask.rapid = i & 1;
		s.rapid = i == 1 || i >= 4;
		glab_say(&l, LAB_A, &ask);
		glab_say(&l, LAB_SERVER, &s);
		assert_int_equal(glab_bindings(&l), i == 5);
	}
}

static void bootp_gives_addresses_for_good(void **state)
{
	struct said s = said_client(DHCP_REQUEST, 1);

	glab_say(&l, LAB_A, &s);
	s = said_server(DHCP_NO_TYPE, 1, IP_A); /* to who speaks DHCP it gives none */
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(glab_bindings(&l), 0);
	s = said_client(DHCP_NO_TYPE, 1);
	glab_say(&l, LAB_A, &s);
	s = said_server(DHCP_NO_TYPE, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(bound(1, IP_A)->expires_ms, BINDING_FOREVER);
	glab_lease(&l, LAB_B, STATION(2), IP_B, DHCP_LEASE_INFINITE);
	assert_int_equal(bound(2, IP_B)->expires_ms, BINDING_FOREVER);
}

static void leases_are_renewed_and_run_out(void **state)
{
	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	l.now_ms += 30000;
	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	assert_int_equal(guard_stats(l.g)->renewed, 1);
	l.now_ms += 59999;
	guard_age(l.g, l.now_ms);
	assert_int_equal(glab_bindings(&l), 1);
	l.now_ms += 1;
	guard_age(l.g, l.now_ms);
	assert_int_equal(glab_bindings(&l), 0);
	assert_int_equal(guard_stats(l.g)->ended[BINDING_EXPIRED], 1);
	assert_true(l.last.kind == GUARD_UNBOUND && l.last.why == BINDING_EXPIRED &&
		    l.last.ip == IP_A);
}

static void who_holds_a_lease_gives_it_back(void **state)
{
	for (int declined = 0; declined < 2; declined++) {
		struct said s = said_client(declined ? DHCP_DECLINE : DHCP_RELEASE, 1);
		uint32_t *ip = declined ? &s.requested : &s.ciaddr;

		*ip = IP_A;
		assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_NOT_HOLDER);
		glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
		assert_int_equal(glab_say(&l, LAB_B, &s), DROP_DHCP_NOT_HOLDER);
		*ip = IP_B;
		assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_NOT_HOLDER);
		assert_int_equal(glab_bindings(&l), 1);
		*ip = IP_A;
		assert_int_equal(glab_say(&l, LAB_A, &s), DROP_NONE);
		assert_int_equal(glab_bindings(&l), 0);
		assert_int_equal(l.last.why, declined ? BINDING_DECLINED : BINDING_RELEASED);
	}
	/* a static one is held, and stays */
	struct said s = said_client(DHCP_RELEASE, 3);
	s.ciaddr = IP_B;
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(3), IP_B, LAB_C, 0, NULL), 0);
	assert_int_equal(glab_say(&l, LAB_C, &s), DROP_NONE);
	assert_int_equal(glab_bindings(&l), 1);
}

static void a_server_can_refuse_what_it_gave(void **state)
{
	struct said ask = said_client(DHCP_REQUEST, 1), nak = said_server(DHCP_NAK, 1, 0);

	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	ask.requested = IP_B;
	glab_say(&l, LAB_A, &ask);
	glab_say(&l, LAB_SERVER, &nak); /* of another address */
	assert_int_equal(glab_bindings(&l), 1);
	ask.ciaddr = IP_A;
	ask.requested = 0;
	glab_say(&l, LAB_A, &ask);
	glab_say(&l, LAB_SERVER, &nak);
	assert_int_equal(glab_bindings(&l), 0);
	assert_int_equal(l.last.why, BINDING_NAKED);
}

/* Who sees a request and repeats it on a port of his own gets neither the answer nor the binding. */
static void an_overheard_request_is_of_no_use(void **state)
{
	struct said s = said_client(DHCP_REQUEST, 1);

	glab_say(&l, LAB_A, &s);
	assert_int_equal(glab_say(&l, LAB_B, &s), DROP_NONE);
	assert_int_equal(guard_stats(l.g)->contested, 1);
	s = said_server(DHCP_ACK, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(l.v.to_port, LAB_A);
	assert_int_equal(bound(1, IP_A)->port, LAB_A);
}

static void a_station_is_where_its_port_is_up(void **state)
{
	struct said s = said_client(DHCP_REQUEST, 1);

	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	assert_int_equal(glab_say(&l, LAB_B, &s), DROP_DHCP_NOT_HOLDER);
	guard_port_up(l.g, LAB_A, false);
	assert_int_equal(glab_bindings(&l), 1);
	glab_lease(&l, LAB_B, STATION(1), IP_A, 60);
	assert_int_equal(bound(1, IP_A)->port, LAB_B);
	guard_port_up(l.g, LAB_A, true);
	assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_NOT_HOLDER);
	/* it asks while the port is down, and is answered when it is up again */
	guard_port_up(l.g, LAB_B, false);
	assert_int_equal(glab_say(&l, LAB_A, &s), DROP_NONE);
	guard_port_up(l.g, LAB_B, true);
	s = said_server(DHCP_ACK, 1, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(bound(1, IP_A)->port, LAB_B);
	assert_int_equal(guard_stats(l.g)->refused_held, 1);
}

static void what_is_held_elsewhere_is_left_alone(void **state)
{
	struct said s = said_client(DHCP_REQUEST, 1);

	/* static bindings hold whether the port is up or not */
	guard_bind(l.g, LAB_VID, STATION(1), IP_A, LAB_A, 0, NULL);
	guard_port_up(l.g, LAB_A, false);
	assert_int_equal(glab_say(&l, LAB_B, &s), DROP_DHCP_NOT_HOLDER);
	/* a station that is bound on two ports gives back on each what it has there */
	guard_bind(l.g, LAB_VID, STATION(1), IP_B, LAB_B, 0, NULL);
	s = said_client(DHCP_RELEASE, 1);
	s.ciaddr = IP_A;
	assert_int_equal(glab_say(&l, LAB_B, &s), DROP_DHCP_NOT_HOLDER);
	s.ciaddr = IP_B;
	assert_int_equal(glab_say(&l, LAB_B, &s), DROP_NONE);
	/* what a server refuses on one port is not taken from another that is down */
	glab_lease(&l, LAB_C, STATION(2), IP(10, 0, 0, 3), 60);
	guard_port_up(l.g, LAB_C, false);
	s = said_client(DHCP_REQUEST, 2);
	s.requested = IP(10, 0, 0, 3);
	glab_say(&l, LAB_B, &s);
	s = said_server(DHCP_NAK, 2, 0);
	glab_say(&l, LAB_SERVER, &s);
	assert_non_null(bound(2, IP(10, 0, 0, 3)));
}

/* To somebody else, a relay agent, say, it goes as without a guard; what it says is learned all the same. */
static void an_answer_goes_to_the_client_where_it_is_for_the_client(void **state)
{
	static const struct {
		uint64_t dst;
		enum guard_to to;
	} v[] = {{MAC_BROADCAST, GUARD_TO_PORT},
		 {STATION(1), GUARD_TO_PORT},
		 {STATION(5), GUARD_TO_ANY}};

	for (uint32_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct said ask = said_client(DHCP_REQUEST, 1),
			    ack = said_server(DHCP_ACK, 1, IP_A);
		struct wire w;

		ask.xid = ack.xid = i;
		glab_say(&l, LAB_A, &ask);
		wire_dhcp(&w, STATION(99), &ack);
		mac_store(w.data, v[i].dst);
		glab_send(&l, LAB_SERVER, &w);
		assert_int_equal(l.v.to, v[i].to);
		assert_int_equal(l.v.act, GUARD_BIND);
	}
	/* what a server tells a relay agent is not for clients, and nothing to learn from */
	struct said ask = said_client(DHCP_REQUEST, 2), ack = said_server(DHCP_ACK, 2, IP_B);
	struct wire w;

	glab_say(&l, LAB_A, &ask);
	wire_dhcp(&w, STATION(99), &ack);
	w.data[w.l4 + 3] = 67;
	wire_seal(&w);
	glab_send(&l, LAB_SERVER, &w);
	assert_int_equal(l.v.to, GUARD_TO_ANY);
	assert_int_equal(l.v.act, GUARD_NOTHING);
}

static void a_port_has_so_many_bindings(void **state)
{
	struct guard_port_settings p = {.max_bindings = 2};
	struct said s = said_client(DHCP_DISCOVER, 3);

	guard_port_set(l.g, LAB_A, &p);
	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	glab_lease(&l, LAB_A, STATION(2), IP_B, 60);
	assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_LIMIT);
	s = said_client(DHCP_INFORM, 3);
	assert_int_equal(glab_say(&l, LAB_A, &s), DROP_NONE);
	glab_lease(&l, LAB_A, STATION(1), IP_A, 60); /* renewed */
	glab_lease(&l, LAB_B, STATION(3), IP(10, 0, 0, 3), 60);
	assert_int_equal(glab_bindings(&l), 3);
}

/* Those who asked while there was room are let through, and the last to be answered finds none. */
static void a_lease_that_has_no_room_is_refused_and_told(void **state)
{
	struct guard_settings set = guard_defaults();
	struct guard_port_settings p = {.max_bindings = 1};

	for (int full = 0; full < 2; full++) {
		struct said s[2] = {said_client(DHCP_REQUEST, 1), said_client(DHCP_REQUEST, 2)};

		for (size_t i = 0; i < 2; i++)
			assert_int_equal(glab_say(&l, LAB_A, &s[i]), DROP_NONE);
		if (full)
			set.max_bindings = 1;
		else
			guard_port_set(l.g, LAB_A, &p);
		guard_configure(l.g, &set, NULL);
		for (unsigned i = 1; i <= 2; i++) {
			struct said ack = said_server(DHCP_ACK, i, IP_A - 1 + i);

			assert_int_equal(glab_say(&l, LAB_SERVER, &ack), DROP_NONE);
		}
		assert_int_equal(glab_bindings(&l), 1);
		assert_true(l.last.kind == GUARD_VIOLATION && l.last.drop == DROP_DHCP_LIMIT);
		assert_true(l.last.mac == STATION(2) && l.last.ip == IP_B && l.last.port == LAB_A);
		assert_int_equal(guard_stats(l.g)->refused_limit, 1);
		assert_int_equal(guard_stats(l.g)->refused_full, full);
		/* and who asks now is told no at once */
		assert_int_equal(glab_say(&l, LAB_A, &s[1]), DROP_DHCP_LIMIT);
		guard_port_del(l.g, LAB_A);
		p.max_bindings = 0;
		guard_port_add(l.g, LAB_A, &p, NULL);
		p.max_bindings = 1;
		l.now_ms += 5000;
	}
}

static void static_addresses_are_not_given_away(void **state)
{
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(3), IP_A, LAB_C, 0, NULL), 0);
	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	assert_null(bound(1, IP_A));
	assert_int_equal(guard_stats(l.g)->refused_held, 1);
	assert_true(l.last.kind == GUARD_VIOLATION && l.last.drop == DROP_DHCP_NOT_HOLDER);
}

/* ---- the administrator ---- */

static void what_is_wrong_with_a_binding_is_told(void **state)
{
	struct err e;

	assert_int_equal(guard_bind(l.g, LAB_VID, MAC_BROADCAST, IP_A, LAB_A, 0, &e), -EINVAL);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP(127, 0, 0, 1), LAB_A, 0, &e),
			 -EINVAL);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP(224, 0, 0, 1), LAB_A, 0, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "224.0.0.1"));
	assert_int_equal(guard_bind(l.g, 4096, STATION(1), IP_A, LAB_A, 0, &e), -EINVAL);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP_A, 99, 0, &e), -ENOENT);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP_A, 5000, 0, &e), -ENOENT);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP_A, LAB_A, 0, &e), 0);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP_A, LAB_B, 0, &e), -EEXIST);
	assert_int_equal(guard_unbind(l.g, LAB_VID, STATION(1), IP_B, &e), -ENOENT);
	assert_int_equal(guard_unbind(l.g, LAB_VID, STATION(1), IP_A, &e), 0);
	assert_int_equal(l.last.why, BINDING_DELETED);
}

static void settings_are_taken_over_or_refused(void **state)
{
	struct guard_settings set = guard_defaults();
	struct err e;

	guard_bind(l.g, LAB_VID, STATION(1), IP_A, LAB_A, 0, &e);
	guard_bind(l.g, LAB_VID, STATION(1), IP_B, LAB_A, 0, &e);
	set.max_bindings = 0;
	assert_int_equal(guard_configure(l.g, &set, &e), -EINVAL);
	set.max_bindings = GUARD_BINDINGS_MAX + 1;
	assert_int_equal(guard_configure(l.g, &set, &e), -EINVAL);
	assert_null(guard_new(&set, &(struct siphash_key){{0}}, NULL, &e));
	set.max_bindings = 1;
	assert_int_equal(guard_configure(l.g, &set, &e), -ENOSPC);
	set.max_bindings = 2;
	assert_int_equal(guard_configure(l.g, &set, &e), 0);
	assert_int_equal(bindings_max(guard_bindings(l.g)), 2);
	assert_int_equal(glab_bindings(&l), 2);
	assert_int_equal(guard_bind(l.g, LAB_VID, STATION(1), IP(10, 0, 0, 3), LAB_A, 0, &e),
			 -ENOSPC);
}

static void what_belongs_to_a_port_or_vlan_goes_with_it(void **state)
{
	struct said s = said_client(DHCP_REQUEST, 3);

	glab_lease(&l, LAB_A, STATION(1), IP_A, 60);
	glab_lease(&l, LAB_B, STATION(2), IP_B, 60);
	glab_say(&l, LAB_A, &s);
	guard_port_del(l.g, LAB_A);
	guard_port_del(l.g, LAB_A);
	assert_null(bound(1, IP_A));
	assert_int_equal(l.last.why, BINDING_PORT);
	s = said_server(DHCP_ACK, 3, IP_A);
	glab_say(&l, LAB_SERVER, &s);
	assert_int_equal(l.v.to, GUARD_TO_ANY);
	/* a port that nobody has told of is trusted for nothing */
	assert_int_equal(glab_say(&l, LAB_A, &s), DROP_DHCP_ROGUE_SERVER);
	s = said_client(DHCP_REQUEST, 3);
	assert_int_equal(glab_say(&l, LAB_A, &s), DROP_NONE);
	assert_int_equal(glab_bindings(&l), 1);
	guard_vlan_set(l.g, LAB_VID, GUARD_ARP);
	assert_int_equal(l.last.why, BINDING_VLAN);
	assert_int_equal(glab_bindings(&l), 0);
	guard_vlan_set(l.g, LAB_VID, 0);
	assert_false(guard_is_on(l.g, LAB_VID));
}

int main(void)
{
#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, open_lab, close_lab)
	const struct CMUnitTest tests[] = {
		IN_LAB(an_answered_request_becomes_a_binding),
		IN_LAB(an_answer_has_to_be_of_the_question),
		IN_LAB(not_every_ack_is_a_lease),
		IN_LAB(bootp_gives_addresses_for_good),
		IN_LAB(leases_are_renewed_and_run_out),
		IN_LAB(who_holds_a_lease_gives_it_back),
		IN_LAB(a_server_can_refuse_what_it_gave),
		IN_LAB(an_overheard_request_is_of_no_use),
		IN_LAB(a_station_is_where_its_port_is_up),
		IN_LAB(what_is_held_elsewhere_is_left_alone),
		IN_LAB(an_answer_goes_to_the_client_where_it_is_for_the_client),
		IN_LAB(a_port_has_so_many_bindings),
		IN_LAB(a_lease_that_has_no_room_is_refused_and_told),
		IN_LAB(static_addresses_are_not_given_away),
		IN_LAB(what_is_wrong_with_a_binding_is_told),
		IN_LAB(settings_are_taken_over_or_refused),
		IN_LAB(what_belongs_to_a_port_or_vlan_goes_with_it),
	};

	return cmocka_run_group_tests_name("guard_lease", tests, NULL, NULL);
}

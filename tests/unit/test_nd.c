/* SPDX-License-Identifier: ISC */
/* Neighbor Discovery messages, and RA guard with all that was thought up to get past it. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/nd.h"
#include "guard_lab.h"
#include "packet.h"

static bool parse(const struct wire *w, size_t len, struct nd *n)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	memcpy(copy, w->data + w->l4, len);
	ok = nd_parse(w->data + w->l3, copy, len, n);
	free(copy);
	return ok;
}

static bool parse_all(const struct wire *w)
{
	struct nd n;

	return parse(w, w->len - w->l4, &n);
}

static void each_type_is_read(void **state)
{
	static const size_t fields[] = {8, 16, 24, 24, 40};

	for (uint8_t type = 133; type <= 137; type++) {
		size_t header = fields[type - 133];
		struct nd n;
		struct wire w;

		wire_nd(&w, STATION(1), type);
		for (size_t len = 0; len < header + 8; len++)
			assert_int_equal(parse(&w, len, &n), len == header);
		assert_true(parse(&w, header + 8, &n));
		assert_int_equal(n.type, type);
		assert_int_equal(n.lladdr, STATION(1));
		assert_int_equal(n.target != NULL, type >= 135);
		assert_ptr_equal(n.src, w.data + w.l3 + 8);
		/* what section 6.1, 7.1 and 8.1 ask of all */
		w.data[w.l3 + 7] = 254;
		assert_false(parse_all(&w));
		w.data[w.l3 + 7] = 255;
		w.data[w.l4 + 1] = 1;
		assert_false(parse_all(&w));
		w.data[w.l4 + 1] = 0;
		w.data[w.l4 + header + 1] = 0; /* an option without length */
		assert_false(parse_all(&w));
		w.data[w.l4 + header + 1] = 2;
		assert_false(parse_all(&w));
	}
	for (unsigned type = 0; type < 256; type++)
		assert_int_equal(nd_is_type((uint8_t)type), type >= 133 && type <= 137);
}

static void each_type_has_its_rules(void **state)
{
	struct nd n;
	struct wire w;

	wire_nd(&w, STATION(1), ND_ROUTER_SOLICITATION);
	memset(w.data + w.l3 + 8, 0, 16); /* from nobody: then it names no address */
	assert_false(parse_all(&w));
	assert_true(parse(&w, 8, &n));

	wire_nd(&w, STATION(1), ND_ROUTER_ADVERTISEMENT);
	packet_put16(w.data + w.l4 + 6, 1800);
	assert_true(parse(&w, 24, &n) && n.router_lifetime_s == 1800);
	w.data[w.l3 + 8] = 0xfd; /* not link-local */
	assert_false(parse_all(&w));

	wire_nd(&w, STATION(1), ND_NEIGHBOR_SOLICITATION);
	w.data[w.l4 + 8] = 0xff;
	assert_false(parse_all(&w));
	w.data[w.l4 + 8] = 0xfe;
	memset(w.data + w.l3 + 8, 0, 16); /* looks for its double */
	assert_false(parse(&w, 24, &n));
	memcpy(w.data + w.l3 + 24, (uint8_t[]){0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}, 13);
	assert_true(parse(&w, 24, &n));
	assert_false(parse_all(&w));

	wire_nd(&w, STATION(1), ND_NEIGHBOR_ADVERTISEMENT);
	w.data[w.l4 + 4] = 0x40; /* nobody asked for what is told to all */
	assert_false(parse_all(&w));
	w.data[w.l3 + 24] = 0xfe;
	assert_true(parse_all(&w));
	w.data[w.l4 + 8] = 0xff;
	assert_false(parse_all(&w));

	wire_nd(&w, STATION(1), ND_REDIRECT);
	w.data[w.l3 + 8] = 0x20;
	assert_false(parse_all(&w));
	wire_nd(&w, STATION(1), ND_ROUTER_SOLICITATION);
	w.data[w.l3 + 8] = 0xff;
	assert_false(parse_all(&w));
}

/* ---- the guard ---- */

static void routers_are_on_trusted_ports(void **state)
{
	struct glab l;

	glab_open(&l, NULL);
	for (uint8_t type = 133; type <= 137; type++) {
		bool router = type == ND_ROUTER_ADVERTISEMENT || type == ND_REDIRECT;
		struct wire w;

		wire_nd(&w, STATION(1), type);
		assert_int_equal(glab_send(&l, LAB_A, &w), router ? DROP_RA_GUARD : DROP_NONE);
		assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
		wire_owe(&w);
		assert_int_equal(glab_send(&l, LAB_A, &w), router ? DROP_RA_GUARD : DROP_NONE);
		w.has_vnet = false; /* the checksum is not finished now */
		assert_int_equal(glab_send(&l, LAB_A, &w), router ? DROP_RA_GUARD : DROP_BAD_ND);
		wire_nd(&w, STATION(1), type);
		w.data[w.l3 + 7] = 64;
		assert_int_equal(glab_send(&l, LAB_A, &w), router ? DROP_RA_GUARD : DROP_BAD_ND);
		guard_vlan_set(l.g, LAB_VID, GUARD_ALL & ~GUARD_RA);
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
		guard_vlan_set(l.g, LAB_VID, GUARD_ALL);
	}
	glab_close(&l);
}

static void extension_headers_hide_nothing(void **state)
{
	static const uint8_t types[] = {0, 43, 60, 135, 139, 140, 44, 51};
	static const uint8_t header[12] = {0};
	static const uint8_t ah[12] = {0, 1};
	struct glab l;

	glab_open(&l, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		bool is_ah = types[i] == 51;
		struct wire w;

		wire_nd(&w, STATION(1), ND_ROUTER_ADVERTISEMENT);
		for (int n = 0; n < 20; n++) {
			wire_extend(&w, types[i], is_ah ? ah : header, is_ah ? 12 : 8);
			assert_int_equal(glab_send(&l, LAB_A, &w), DROP_RA_GUARD);
		}
		wire_nd(&w, STATION(1), ND_NEIGHBOR_SOLICITATION);
		wire_extend(&w, types[i], is_ah ? ah : header, is_ah ? 12 : 8);
		assert_int_equal(glab_send(&l, LAB_A, &w),
				 types[i] == 44 ? DROP_ND_FRAGMENT : DROP_NONE);
	}
	glab_close(&l);
}

static void what_cannot_be_decided_goes_no_further(void **state)
{
	static const uint8_t header[8] = {0}, first[8] = {0, 0, 0, 1}, later[8] = {0, 0, 0, 8};
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	/* RFC 7113 section 2: the first fragment ends within the chain, or in front of ICMPv6 */
	for (size_t cut = 1; cut <= 32; cut++) {
		wire_nd(&w, STATION(1), ND_ROUTER_ADVERTISEMENT);
		wire_extend(&w, 60, header, 8);
		wire_extend(&w, 44, first, 8);
		w.len -= cut;
		packet_put16(w.data + w.l3 + 4, w.len - w.l3 - 40);
		assert_int_equal(glab_send(&l, LAB_A, &w),
				 cut <= 22 ? DROP_RA_GUARD : DROP_IP6_UNDECIDED);
		assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
	}
	/* later ones are nothing without the first */
	wire_nd(&w, STATION(1), ND_ROUTER_ADVERTISEMENT);
	wire_extend(&w, 44, later, 8);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	/* lengths that are not those of the frame */
	wire_nd(&w, STATION(1), ND_NEIGHBOR_SOLICITATION);
	w.data[w.l3 + 5]++;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_IP6_UNDECIDED);
	/* a jumbogram that is none */
	wire_nd(&w, STATION(1), ND_ROUTER_ADVERTISEMENT);
	wire_extend(&w, 0, header, 8);
	packet_put16(w.data + w.l3 + 4, 0);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_RA_GUARD);
	glab_close(&l);
}

static void other_traffic_passes(void **state)
{
	static const uint8_t header[8] = {0};
	static const uint8_t protos[] = {6, 50, 59, 132, 253, 4, 41};
	uint8_t echo[16] = {128};
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	wire_icmp6(&w, STATION(1), echo, sizeof(echo));
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	wire_extend(&w, 60, header, 8);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
		wire_icmp6(&w, STATION(1), echo, sizeof(echo));
		w.data[w.l3 + 6] = protos[i];
		w.data[w.l4] = 134;
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
		wire_extend(&w, 0, header, 8);
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	}
	glab_close(&l);
}

/* An offload header that turns an echo request into an advertisement when its "checksum" is filled in. */
static void a_checksum_cannot_make_an_advertisement(void **state)
{
	static const uint8_t header[8] = {0};
	uint8_t echo[16] = {128};
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	for (int extended = 0; extended < 2; extended++) {
		wire_icmp6(&w, STATION(1), echo, sizeof(echo));
		if (extended)
			wire_extend(&w, 60, header, 8);
		wire_write(&w, w.l4);
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
		assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
		wire_write(&w, w.l4 + 8);
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
		wire_owe(&w);
		assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	}
	wire_nd(&w, STATION(1), ND_NEIGHBOR_SOLICITATION);
	wire_write(&w, w.l4 + 10);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	glab_close(&l);
}

/* CVE-2021-27853, CVE-2021-27854 */
static void neither_tags_nor_snap_hide_anything(void **state)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd};
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	wire_nd(&w, STATION(1), ND_ROUTER_ADVERTISEMENT);
	for (int tags = 1; tags <= 4; tags++) {
		wire_tag(&w, tags % 2 ? 0x8100 : 0x88a8, 0);
		assert_int_equal(glab_send(&l, LAB_A, &w),
				 tags <= 2 ? DROP_RA_GUARD : DROP_HIDDEN_HEADER);
		assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
	}
	wire_ethernet(&w, ALL_NODES, STATION(1), 40);
	memcpy(w.data + w.len, snap, sizeof(snap));
	w.len += 40;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	w.data[w.l3 + 5] = 0xf8;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	w.data[w.l3 + 5] = 0x0c; /* a vendor's own */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	w.data[w.l3 + 5] = 0;
	w.data[w.l3 + 7] = 0x9b;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	memset(w.data + w.l3, 0x42, 2); /* a BPDU */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	glab_close(&l);
}

static void dhcpv6_servers_are_on_trusted_ports(void **state)
{
	static const uint8_t header[8] = {0};
	uint8_t m[34] = {0};
	struct glab l;
	struct wire w;

	glab_open(&l, NULL);
	m[0] = 1;
	wire_udp6(&w, ALL_NODES, STATION(1), 546, 547, m, 4);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	assert_true(l.v.to == GUARD_TO_TRUSTED && l.v.to_what == GUARD_DHCP6);
	wire_extend(&w, 60, header, 8);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	wire_extend(&w, 44, header, 8);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_FRAGMENT);
	m[0] = 7;
	wire_udp6(&w, ALL_NODES, STATION(1), 547, 546, m, 4);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP6_ROGUE_SERVER);
	assert_int_equal(glab_send(&l, LAB_SERVER, &w), DROP_NONE);
	wire_udp6(&w, ALL_NODES, STATION(1), 1, 546, NULL, 0);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP6_ROGUE_SERVER);
	wire_udp6(&w, ALL_NODES, STATION(1), 547, 547, m, 4);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP6_ROGUE_SERVER);
	m[0] = 13;
	wire_udp6(&w, ALL_NODES, STATION(1), 547, 547, m, 34);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP6_ROGUE_SERVER);
	m[0] = 12;
	wire_udp6(&w, ALL_NODES, STATION(1), 547, 547, m, 34);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_DHCP_RELAY);
	struct guard_settings set = guard_defaults();
	set.allow_relays = true;
	guard_configure(l.g, &set, NULL);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	m[0] = 1;
	wire_udp6(&w, ALL_NODES, STATION(1), 546, 547, m, 4);
	wire_write(&w, w.l4 + 8); /* the type */
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_HIDDEN_HEADER);
	wire_udp6(&w, ALL_NODES, STATION(1), 546, 547, m, 5);
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP6);
	wire_udp6(&w, ALL_NODES, STATION(1), 546, 547, m, 4);
	w.data[w.l4 + 9] ^= 1;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_BAD_DHCP6);
	wire_udp6(&w, ALL_NODES, STATION(1), 546, 53, m, 4);
	w.data[w.l4 + 9] ^= 1;
	assert_int_equal(glab_send(&l, LAB_A, &w), DROP_NONE);
	glab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_read),
		cmocka_unit_test(each_type_has_its_rules),
		cmocka_unit_test(routers_are_on_trusted_ports),
		cmocka_unit_test(extension_headers_hide_nothing),
		cmocka_unit_test(what_cannot_be_decided_goes_no_further),
		cmocka_unit_test(other_traffic_passes),
		cmocka_unit_test(a_checksum_cannot_make_an_advertisement),
		cmocka_unit_test(neither_tags_nor_snap_hide_anything),
		cmocka_unit_test(dhcpv6_servers_are_on_trusted_ports),
	};

	return cmocka_run_group_tests_name("nd", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The bytes of probes: echo messages, and who offers addresses. */
#include "unit.h"

#include <string.h>

#include "core/csum.h"
#include "core/dhcp.h"
#include "core/frame.h"
#include "core/ipwalk.h"
#include "lab/echo.h"
#include "lab/offer.h"
#include "util/iptext.h"
#include "util/mac.h"

enum { XID = 0x12345678 };

static struct ip_addr ip(const char *text)
{
	struct ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

/* An IPv4 header of a datagram from one to the other in front of len bytes of ICMP. */
static size_t wrap4(uint8_t *out, const char *from, const char *to, const uint8_t *icmp, size_t len)
{
	memset(out, 0, 20);
	out[0] = 0x45;
	out[9] = 1;
	ip4_store(out + 12, ip(from));
	ip4_store(out + 16, ip(to));
	memmove(out + 20, icmp, len);
	return 20 + len;
}

static size_t wrap6(uint8_t *out, const char *to, const uint8_t *icmp, size_t len)
{
	memset(out, 0, 40);
	out[0] = 0x60;
	out[6] = 58;
	ip6_store(out + 24, ip(to));
	memmove(out + 40, icmp, len);
	return 40 + len;
}

static void a_request_becomes_a_reply(void **state)
{
	uint8_t request[ECHO_HEADER + 56], packet[256];
	struct echo e;
	size_t len;

	echo_make(request, 56, false, 0x1234, 0xfffe);
	assert_int_equal(request[0], 8);
	assert_int_equal(csum_fold(csum_add(0, request, sizeof(request))), 0xffff);
	len = wrap4(packet, "10.0.0.2", "10.0.0.1", request, sizeof(request));
	e = echo_parse4(packet, len); /* our own request, which a raw socket shows on lo */
	assert_int_equal(e.what, ECHO_NOTHING);
	packet[20] = 0; /* RFC 792: the reply is the request with another type */
	e = echo_parse4(packet, len);
	assert_true(e.what == ECHO_REPLY && e.id == 0x1234 && e.seq == 0xfffe);
	assert_true(ip_equal(e.about, ip("10.0.0.2")) && ip_equal(e.from, e.about));

	echo_make(request, 56, true, 0x1234, 7);
	assert_int_equal(request[0], 128);
	request[0] = 129;
	e = echo_parse6(request, sizeof(request), ip("fd00::2"));
	assert_true(e.what == ECHO_REPLY && e.id == 0x1234 && e.seq == 7);
	assert_true(ip_equal(e.about, ip("fd00::2")));
}

static void errors_name_the_request_they_are_about(void **state)
{
	uint8_t request[ECHO_HEADER], error[256] = {3, 13}, packet[300];
	struct echo e;
	size_t len;

	echo_make(request, 0, false, 0x1234, 9);
	len = 8 + wrap4(error + 8, "10.0.0.1", "10.0.1.2", request, sizeof(request));
	len = wrap4(packet, "10.0.0.254", "10.0.0.1", error, len);
	e = echo_parse4(packet, len);
	assert_true(e.what == ECHO_LOST && e.id == 0x1234 && e.seq == 9);
	assert_true(ip_equal(e.about, ip("10.0.1.2")) && ip_equal(e.from, ip("10.0.0.254")));
	assert_string_equal(e.why, "a rule forbids it");
	assert_false(e.own);
	memcpy(packet + 12, packet + 20 + 8 + 12, 4);
	assert_true(echo_parse4(packet, len).own);
	/* cut anywhere it says nothing */
	for (size_t n = 0; n < len; n++)
		assert_int_equal(echo_parse4(packet, n).what, ECHO_NOTHING);

	echo_make(request, 0, true, 0x1234, 9);
	error[0] = 1;
	error[1] = 3;
	len = 8 + wrap6(error + 8, "fd01::2", request, sizeof(request));
	e = echo_parse6(error, len, ip("fd00::fe"));
	assert_true(e.what == ECHO_LOST && e.id == 0x1234 && e.seq == 9);
	assert_true(ip_equal(e.about, ip("fd01::2")) && ip_equal(e.from, ip("fd00::fe")));
	for (size_t n = 0; n < len; n++)
		assert_int_equal(echo_parse6(error, n, ip("fd00::fe")).what, ECHO_NOTHING);
}

static void errors_about_others_are_nothing(void **state)
{
	uint8_t request[ECHO_HEADER], error[256] = {3, 1}, packet[300];
	size_t len;

	echo_make(request, 0, false, 1, 1);
	request[0] = 0; /* about a reply of ours */
	len = 8 + wrap4(error + 8, "10.0.0.1", "10.0.1.2", request, sizeof(request));
	len = wrap4(packet, "10.0.0.254", "10.0.0.1", error, len);
	assert_int_equal(echo_parse4(packet, len).what, ECHO_NOTHING);
	request[0] = 8;
	len = 8 + wrap4(error + 8, "10.0.0.1", "10.0.1.2", request, sizeof(request));
	error[8 + 9] = 17; /* about UDP */
	len = wrap4(packet, "10.0.0.254", "10.0.0.1", error, len);
	assert_int_equal(echo_parse4(packet, len).what, ECHO_NOTHING);
}

/* What a guard would make of it, which is what servers do. */
static void a_discover_is_one_by_our_own_reader(void **state)
{
	uint8_t frame[DISCOVER_SIZE];
	struct frame fr = {.data = frame, .len = sizeof(frame)};
	struct ip_packet p;
	struct udp u;
	struct dhcp d;

	discover_make(frame, STATION(1), XID);
	assert_int_equal(frame_parse(&fr), DROP_NONE);
	assert_int_equal(fr.src, STATION(1));
	assert_int_equal(ip_walk(&fr, &p), IP_FOUND);
	assert_true(udp_parse(&fr, &p, &u) && u.dport == DHCP_SERVER_PORT);
	assert_true(ip_csum_ok(&fr, &p, p.l4_len));
	assert_true(dhcp_parse(u.data, u.len, &d));
	assert_true(d.type == DHCP_DISCOVER && d.op == DHCP_BOOTREQUEST && d.xid == XID);
	assert_int_equal(d.chaddr, STATION(1));
	assert_int_equal(u.len, 300);
	assert_int_equal(u.data[10], 0x80);
}

/* An OFFER made of our DISCOVER: another type, addresses and ports the other way round. */
static void make_offer(uint8_t frame[DISCOVER_SIZE], bool with_server)
{
	uint8_t *m = frame + 42, *o = m + 240;

	discover_make(frame, STATION(1), XID);
	mac_store(frame + 6, STATION(9));
	ip4_store(frame + 26, ip("10.0.0.254"));
	frame[34] = 0;
	frame[35] = 67;
	frame[37] = 68;
	m[0] = DHCP_BOOTREPLY;
	ip4_store(m + 16, ip("10.0.0.77"));
	o[2] = DHCP_OFFER;
	o[3] = with_server ? 54 : 51;
	o[4] = 4;
	ip4_store(o + 5, ip("10.0.0.1"));
	o[9] = 255;
}

static void an_offer_is_read(void **state)
{
	uint8_t frame[DISCOVER_SIZE];
	struct offer o;

	make_offer(frame, true);
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID, &o), OFFER_MADE);
	assert_true(ip_equal(o.server, ip("10.0.0.1")) && ip_equal(o.address, ip("10.0.0.77")));
	assert_int_equal(o.mac, STATION(9));
	/* a server that does not say who it is: where the datagram is from */
	make_offer(frame, false);
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID, &o), OFFER_MADE);
	assert_true(ip_equal(o.server, ip("10.0.0.254")));
}

static void what_is_for_others_is_nothing(void **state)
{
	uint8_t frame[DISCOVER_SIZE];
	struct offer o;

	make_offer(frame, true);
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(2), XID, &o), OFFER_NOTHING);
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID + 1, &o), OFFER_NOTHING);
	frame[42 + 242] = DHCP_ACK;
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID, &o), OFFER_NOTHING);
	frame[42 + 241] = 7; /* an option that is longer than it may be */
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID, &o), OFFER_MALFORMED);
	make_offer(frame, true);
	mac_store(frame, STATION(3));
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID, &o), OFFER_NOTHING);
	discover_make(frame, STATION(1), XID);
	assert_int_equal(offer_parse(frame, sizeof(frame), STATION(1), XID, &o), OFFER_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_becomes_a_reply),
		cmocka_unit_test(errors_name_the_request_they_are_about),
		cmocka_unit_test(errors_about_others_are_nothing),
		cmocka_unit_test(a_discover_is_one_by_our_own_reader),
		cmocka_unit_test(an_offer_is_read),
		cmocka_unit_test(what_is_for_others_is_nothing),
	};

	return cmocka_run_group_tests_name("cli_lab_probes", tests, NULL, NULL);
}

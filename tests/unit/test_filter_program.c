/* SPDX-License-Identifier: ISC */
/* Expressions: which are taken, what is said of the others, what the programs let pass, and how long these live. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "port/filter.h"
#include "port/options.h"
#include "util/mac.h"

static struct filters filters;

static int done(void **state)
{
	filters_sweep(&filters);
	assert_int_equal(filters.count, 0);
	return 0;
}

/* What a port's table says of a text, and then libpcap. */
static int judge(const char *text, struct err *e)
{
	const struct opt *o = opt_find(port_type_find("tap")->options, "filter_in");
	struct port_cfg cfg;

	port_cfg_init(&cfg, "h1", port_type_find("tap"));
	return opt_parse(o, text, &cfg, e) ?: filters_make(&filters, cfg.filter_in, e);
}

static void expressions_that_are_taken(void **state)
{
	static const char *const good[] = {
		"ip",
		"not udp port 67",
		"arp or ip6 or (tcp and not port 25)",
		"host 192.0.2.1 and not net 10.0.0.0/8",
		"net 10.1 mask 255.255.0.0 or net 10",
		"host fe80::1 or net 2001:db8::/32 or host ::ffff:192.0.2.1",
		"host :: or host ::1 or host 1:: or host 1:2:3:4:5:6:7:8 or net 2001:db8::/32",
		"host 1:2:3:4:5:6:192.0.2.1 or host 1:2:3:4:5:6:7::",
		"ether host 02:00:00:00:00:01 or ether src 02-00-00-00-00-01",
		"ether dst 0200.0000.0001 or ether dst 020000000001 or ether src 2.0.0.0.0.1",
		"ether proto 0x88cc or ether proto \\arp",
		"tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn",
		"tcp[13:1]&2!=0 or ip[0]&0xf > 5 or ip[6:2] & 0x1fff != 0",
		"icmp[icmptype]=icmp-echo or icmp6[icmp6type]==icmp6-routeradvert",
		"vlan 10 and ip or vlan and vlan 20",
		"portrange 1000-2000 or src portrange 5-6",
		"less 128 and greater 60 or len > 1000",
		"ether broadcast or ip multicast && !igmp || (stp)",
		"llc s or pppoes or mpls 5",
	};
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (judge(good[i], &e))
			fail_msg("%s: %s", good[i], e.text);
	assert_int_equal(filters.count, ARRAY_SIZE(good));
}

/* In files of the host; where these are missing libpcap says so, and nobody was asked for a host's address. */
static void names_of_ports_and_protocols_are_left_to_libpcap(void **state)
{
	static const char *const some[] = {
		"port nosuchservice-",
		"port http or nosuchservice",
		"not port (ssh or nosuchservice)",
		"ip proto \\nosuchproto",
		"tcp dst portrange nosuch-service",
	};
	struct err e;

	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		assert_int_equal(judge(some[i], &e), -EINVAL);
		assert_non_null(strstr(e.text, "no filter can be made of"));
	}
}

static void names_of_hosts_are_refused_unasked(void **state)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{"host www.example.org", "www.example.org"},
		{"gw1", "gw1"},
		{"ether host printer", "printer"},
		{"net backbone and ip", "backbone"},
		{"port 80 or host gw1", "gw1"},
		{"port http or src gw1", "gw1"},
		{"gateway gw1 and port 5", "gw1"},
		{"not (tcp or gw1)", "gw1"},
		{"src 3com.com", "3com.com"},
		{"host 1.2.3.4.5", "1.2.3.4.5"},
		{"host 1.2.3.4.", "1.2.3.4."},
		{"net 10.", "10."},
		{"host \\ip", "ip"},
		{"host 67-68", "67-68"},
		{"len-4 > 5", "len-4"},
		{"ether host 02:00:00:00:00:0g", "02:00:00:00:00:0g"},
		{"vlan 10 and tcp-foo", "tcp-foo"},
		{"host fe801:db8::", "fe801:db8::"},
		{"host 1:2:3", "1:2:3"},
		{"host fe80::1::2", "fe80::1::2"},
		{"host 1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"},
		{"host ::1.2.3.x", "::1.2.3.x"},
		{"host :::", ":::"},
		{"HOST 192.0.2.1", "HOST"},
		{"ip[0:x]", "x"},
	};
	char want[80];
	struct err e;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(judge(bad[i].text, &e), -EINVAL);
		snprintf(want, sizeof(want), "\"%s\" is no word of the language", bad[i].word);
		if (!strstr(e.text, want))
			fail_msg("%s: %s", bad[i].text, e.text);
	}
	assert_int_equal(
		judge("host 10.0.08888888888888888888888888888888888888888888888888888888888.0.0",
		      &e),
		-EINVAL);
	assert_non_null(strstr(e.text, "is no word of the language"));
	assert_int_equal(judge("upd port 67", &e), -EINVAL);
	assert_non_null(strstr(e.text, "did you mean \"udp\"?"));
	assert_int_equal(judge("tcp and brodcast", &e), -EINVAL);
	assert_non_null(strstr(e.text, "did you mean \"broadcast\"?"));
	assert_int_equal(judge("host h1", &e), -EINVAL);
	assert_null(strstr(e.text, "did you mean"));
}

static void what_libpcap_says_is_told(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{"ip ip", "syntax error"},
		{"(ip", "syntax error"},
		{"tcp and", "syntax error"},
		{"port 99999", "illegal port number 99999"},
		{"net 10.1.2.3/8", "non-network bits set"},
		{"ip broadcast", "netmask not known"},
		{"ip and not ip", "expression rejects all packets"},
		{"type mgt", "802.11"},
		{"on eth0", "ifname"},
		{"ip6 protochain 6", "a loop (protochain)"},
		{"inbound", "not in a frame (inbound"},
		{"not outbound", "not in a frame (inbound"},
		{"ifindex 3", "not in a frame (inbound"},
		{"vlan 5000", "5000"},
	};
	struct err e;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char quoted[80];

		assert_int_equal(judge(bad[i].text, &e), -EINVAL);
		snprintf(quoted, sizeof(quoted), "\"%s\"", bad[i].text);
		if (!strstr(e.text, bad[i].said) || !strstr(e.text, quoted) ||
		    !strstr(e.text, "pcap-filter(7)"))
			fail_msg("%s: %s", bad[i].text, e.text);
	}
	assert_int_equal(filters.count, 0);
}

static void texts_that_cannot_be_expressions(void **state)
{
	struct err e;

	assert_int_equal(judge(" ", &e), -EINVAL);
	assert_non_null(strstr(e.text, "blank"));
	assert_int_equal(judge("ip\nand tcp", &e), -EINVAL);
	assert_non_null(strstr(e.text, "0x0a"));
	assert_int_equal(judge("ip \xc3\xa4", &e), -EINVAL);
	assert_non_null(strstr(e.text, "0xc3"));
	assert_int_equal(judge("", &e), 0); /* none */
	assert_null(filters_take(&filters, ""));
}

static void long_expressions(void **state)
{
	char text[FILTER_SIZE + 1] = "ip";
	struct err e = {0};

	while (strlen(text) + 20 < FILTER_SIZE)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " or udp port %zu",
			 strlen(text));
	while (strlen(text) + 1 < FILTER_SIZE)
		strcat(text, " ");
	assert_int_equal(strlen(text), 1000);
	if (judge(text, &e))
		fail_msg("%s", e.text);
	strcat(text, " ");
	assert_int_equal(judge(text, &e), -EINVAL);
	assert_non_null(strstr(e.text, "at most 1000 characters"));
}

/* A thousand characters of tags make the program longest: each moves what is behind it. */
static void the_longest_program_stays_within_its_steps(void **state)
{
	char text[FILTER_SIZE] = "(vlan and port 1)";
	const struct filter *f;
	struct err e = {0};
	int rc;

	while (strlen(text) + 26 < FILTER_SIZE)
		strcat(text, " or (vlan and port 1)");
	rc = judge(text, &e);
	if (rc) {
		assert_non_null(strstr(e.text, "4096"));
		return;
	}
	f = filters_take(&filters, text);
	assert_in_range(filter_steps(f), 1000, FILTER_STEPS_MAX);
	filters_let_go(f);
}

/* ---- what programs let pass ---- */

static bool passes(const char *text, const struct packet *p)
{
	struct err e = {0};
	const struct filter *f;
	bool yes;

	if (filters_make(&filters, text, &e))
		fail_msg("%s: %s", text, e.text);
	f = filters_take(&filters, text);
	yes = f->match(f, p->data, p->len, p->len);
	filters_let_go(f);
	return yes;
}

static void programs_say_what_their_expressions_do(void **state)
{
	static struct packet tcp4, udp6, tagged;

	packet_ipv4(&tcp4, TCP, 20, 100);
	packet_ipv6(&udp6, UDP, packet_no_chain, 30);
	packet_ipv4(&tagged, TCP, 20, 100);
	packet_tag(&tagged, ETHERTYPE_CTAG, 10);
	assert_true(passes("ip", &tcp4));
	assert_true(passes("tcp and not udp", &tcp4));
	assert_false(passes("udp", &tcp4));
	assert_false(passes("ip", &udp6));
	assert_true(passes("ip6 and udp", &udp6));
	assert_false(passes("ip", &tagged)); /* behind a tag is another frame... */
	assert_true(passes("vlan 10 and ip and tcp", &tagged)); /* ...unless it is said */
	assert_false(passes("vlan 11", &tagged));
	assert_true(passes("greater 154", &tcp4)); /* 14 + 20 + 20 + 100 */
	assert_false(passes("greater 155", &tcp4));
	assert_true(passes("len = 158", &tagged));
}

static void what_was_not_shown_does_not_match(void **state)
{
	static struct packet p;
	const struct filter *f;

	packet_ipv4(&p, TCP, 20, 2000);
	p.data[1200] = 7;
	assert_int_equal(filters_make(&filters, "ether[1200] = 7", NULL), 0);
	f = filters_take(&filters, "ether[1200] = 7");
	assert_true(f->match(f, p.data, p.len, p.len));
	assert_false(f->match(f, p.data, 512, p.len));
	assert_false(f->match(f, p.data, 0, p.len));
	filters_let_go(f);
}

/* ---- how long they live ---- */

static void one_for_each_text(void **state)
{
	const struct filter *a, *b, *c;

	assert_int_equal(filters_make(&filters, "ip", NULL), 0);
	assert_int_equal(filters_make(&filters, "ip", NULL), 0);
	assert_int_equal(filters_make(&filters, "arp", NULL), 0);
	assert_int_equal(filters.count, 2);
	a = filters_take(&filters, "ip");
	b = filters_take(&filters, "ip");
	c = filters_take(&filters, "arp");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_true(filter_steps(a) > 0);
	filters_let_go(c);
	assert_true(filters_have(&filters, "arp")); /* until it is swept away */
	filters_sweep(&filters);
	assert_false(filters_have(&filters, "arp"));
	filters_let_go(a);
	filters_sweep(&filters);
	assert_true(filters_have(&filters, "ip")); /* somebody has it */
	filters_let_go(b);
	filters_sweep(&filters);
	assert_int_equal(filters.count, 0);
}

static void one_that_was_not_made_lets_nothing_pass(void **state)
{
	const struct filter *f = filters_take(&filters, "ip");
	static struct packet p;

	packet_ipv4(&p, TCP, 20, 100);
	assert_non_null(f);
	assert_false(f->match(f, p.data, p.len, p.len));
	assert_int_equal(filter_steps(f), 0);
	filters_let_go(f);
	assert_int_equal(filter_steps(NULL), 0);
	filters_let_go(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(expressions_that_are_taken, done),
		cmocka_unit_test_teardown(names_of_ports_and_protocols_are_left_to_libpcap, done),
		cmocka_unit_test_teardown(names_of_hosts_are_refused_unasked, done),
		cmocka_unit_test_teardown(what_libpcap_says_is_told, done),
		cmocka_unit_test_teardown(texts_that_cannot_be_expressions, done),
		cmocka_unit_test_teardown(long_expressions, done),
		cmocka_unit_test_teardown(the_longest_program_stays_within_its_steps, done),
		cmocka_unit_test_teardown(programs_say_what_their_expressions_do, done),
		cmocka_unit_test_teardown(what_was_not_shown_does_not_match, done),
		cmocka_unit_test_teardown(one_for_each_text, done),
		cmocka_unit_test_teardown(one_that_was_not_made_lets_nothing_pass, done),
	};

	return cmocka_run_group_tests_name("filter programs", tests, NULL, NULL);
}

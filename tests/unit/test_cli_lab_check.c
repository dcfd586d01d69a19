/* SPDX-License-Identifier: ISC */
/* What a check takes, and where and how the rest is refused.  Texts stand here with ' for ". */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "check_lab.h"
#include "lab/check_impl.h"

static struct lab lab;
static struct fail f;

static int begin(void **state)
{
	memset(&f, 0, sizeof(f));
	check_lab(&lab);
	return 0;
}

static int end(void **state)
{
	lab_free(&lab);
	fail_clear(&f);
	return 0;
}

static int parse(const char *text, struct check *c)
{
	json_t *one = quoted_json(text);
	int rc = check_parse(one, &lab, 3, c, &f);

	json_decref(one); /* a check keeps what it needs */
	return rc;
}

static void takes(const char *text, const char *name)
{
	struct check c;

	if (parse(text, &c))
		fail_msg("%s\n%s", text, f.text);
	assert_string_equal(c.name, name);
	check_free(&c);
}

/* The error ends with `why`, behind the place that is `at`. */
static void refused(const char *text, const char *why)
{
	static const struct check empty;
	struct check c;
	char said[1024], *p;

	fail_clear(&f);
	if (parse(text, &c) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(f.status, STATUS_REFUSED);
	assert_memory_equal(&c, &empty, sizeof(c));
	p = strstr(f.text, "checks");
	snprintf(said, sizeof(said), "%s", p ? p : f.text);
	for (p = said; *p; p++)
		*p = *p == '"' ? '\'' : *p;
	if (strcmp(said, why) != 0)
		fail_msg("%s\n    says: %s\ninstead of: %s", text, said, why);
}

static void a_check_is_called_what_it_asks(void **state)
{
	takes("{'ping': {'from': 'h1', 'to': 'h2'}}", "h1 reaches h2");
	takes("{'ping': {'from': 'h1', 'to': 'h2'}, 'expect': false}", "h1 does not reach h2");
	takes("{'ping': {'from': 'h1', 'to': '10.0.0.9'}, 'name': 'the VM'}", "the VM");
	takes("{'ping': {'from': 'h1', 'to': 'fd00::9'}}", "h1 reaches fd00::9");
	takes("{'ping': {'from': 'h1', 'to': 'h2', 'family': 'ipv6'}}", "h1 reaches h2 by IPv6");
	takes("{'ping': {'from': 'h1', 'to': 'h2', 'rtt_min': '38ms', 'rtt_max': '1.5s', 'loss_max': '2.5%'}}",
	      "h1 reaches h2 in 38ms to 1.5s, 2.5% lost or less");
	takes("{'tcp': {'from': 'h1', 'to': 'h2', 'port': 80}}", "h1 reaches TCP port 80 of h2");
	takes("{'udp': {'from': 'h1', 'to': 'h2', 'port': 53}, 'expect': false}",
	      "h1 does not reach UDP port 53 of h2");
	takes("{'dhcp': {'host': 'h1'}}", "somebody offers h1 an address by DHCP");
	takes("{'dhcp': {'host': 'h1'}, 'expect': false}", "nobody offers h1 an address by DHCP");
	takes("{'dhcp': {'host': 'h1', 'server': '10.0.0.1'}}",
	      "only 10.0.0.1 offers h1 an address by DHCP");
	takes("{'dhcp': {'host': 'h1', 'server': ['10.0.0.1', '10.0.0.2']}, 'expect': false}",
	      "10.0.0.1 and 10.0.0.2 offer h1 no address by DHCP");
	takes("{'isolated': [['h1', 'h2'], ['h{3..4}']]}",
	      "2 groups of 4 hosts are isolated from each other");
	takes("{'isolated': [['h1', 'h2']]}", "all 2 hosts from h1 to h2 reach each other");
	takes("{'stp': {'switch': 'sw1', 'root': true}}", "sw1 is the root");
	takes("{'stp': {'switch': 'sw1', 'root': false}}", "sw1 is not the root");
	takes("{'stp': {'switch': 'sw2', 'port': 'sw1', 'role': 'alternate', 'state': 'discarding'}}",
	      "sw2 port sw1 is alternate, discarding");
	takes("{'stp': {'switch': 'sw2', 'root_port': 'sw1'}}", "sw2 has root port sw1");
	takes("{'mac': {'host': 'h1', 'switch': 'sw1', 'port': 'h1', 'vlan': 10}}",
	      "sw1 has h1 at port h1 in VLAN 10");
	takes("{'mac': {'mac': '02:00:00:00:00:01', 'switch': 'sw1'}, 'expect': false}",
	      "sw1 does not have 02:00:00:00:00:01");
	takes("{'command': {'host': 'h1', 'run': 'ip a', 'output': '^1:'}}",
	      "`ip a` in h1 writes \"^1:\"");
	takes("{'command': {'host': 'h1', 'run': 'false', 'status': 1}}",
	      "`false` in h1 succeeds ending with 1");
	takes("{'drops': {'switch': 'sw1', 'port': 'h3', 'reason': 'arp_spoof', 'min': 1}}",
	      "sw1 dropped at least 1 frame at port h3 as arp_spoof");
	takes("{'counter': {'switch': 'sw1', 'counter': 'flooded', 'max': 9}}",
	      "sw1 counted at most 9 as flooded");
}

static void defaults_are_sensible(void **state)
{
	struct check c;

	assert_int_equal(parse("{'ping': {'from': 'h1', 'to': 'h2'}}", &c), 0);
	assert_true(c.expect && c.within_us == 5000000 && c.points == 1 && c.count == 3);
	assert_string_equal(c.hint, "");
	check_free(&c);
	/* what is measured is measured once */
	assert_int_equal(parse("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '0%'}}", &c), 0);
	assert_true(c.within_us == 0 && c.count == 20 && c.loss_max_ppm == 0);
	check_free(&c);
	assert_int_equal(
		parse("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '1%'}, 'within': '1m', 'points': 0}",
		      &c),
		0);
	assert_true(c.within_us == 60000000 && c.points == 0);
	check_free(&c);
	assert_int_equal(parse("{'drops': {'switch': 'sw1', 'max': 0}}", &c), 0);
	assert_true(c.min == 0 && c.max == 0);
	check_free(&c);
	assert_int_equal(parse("{'drops': {'switch': 'sw1'}}", &c), 0);
	assert_true(c.min == 1 && c.max == CHECK_UNSET);
	check_free(&c);
	assert_int_equal(parse("{'command': {'host': 'h1', 'run': 'x', 'output': 'y'}}", &c), 0);
	assert_true(c.status == CHECK_UNSET);
	check_free(&c);
}

static void what_is_wrong_in_a_check_is_told_at_its_place(void **state)
{
	refused("7", "checks[3]: a check is an object, { ... }");
	refused("{}",
		"checks[3]: it does not say what to check: one of ping, tcp, udp, dhcp, isolated, stp, mac, command, drops, counter");
	refused("{'pong': {}}",
		"checks[3].pong: there is no such check or key; did you mean 'ping'?");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'expcet': true}",
		"checks[3].expcet: there is no such check or key; did you mean 'expect'?");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'tcp': {}}",
		"checks[3].tcp: it is a check of 'ping' already: one that has two things to ask is two checks");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'expect': 'no'}",
		"checks[3].expect: 'no' is not true or false");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'within': 10}",
		"checks[3].within: 10 is not a time: it needs its unit, like '38ms' or '10s'");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'within': '10 s'}",
		"checks[3].within: '10 s' is not a time like '38ms' or '10s'");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'within': '11m'}",
		"checks[3].within: '11m' is not within 0us to 600s");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'points': -1}",
		"checks[3].points: -1 is not within 0 to 1000000");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'points': 1.5}",
		"checks[3].points: 1.5 is not a whole number");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'name': ''}",
		"checks[3].name: '' is not a text");
	refused("{'ping': {'from': 'h1', 'to': 'h2'}, 'hint': 7}",
		"checks[3].hint: 7 is not a text");
}

static void what_is_wrong_in_a_ping(void **state)
{
	refused("{'ping': ['h1', 'h2']}", "checks[3].ping: it has to be an object, { ... }");
	refused("{'ping': {'to': 'h2'}}", "checks[3].ping: 'from' is missing: the host that asks");
	refused("{'ping': {'from': 'h1'}}",
		"checks[3].ping: 'to' is missing: the host that is asked, or an address");
	refused("{'ping': {'from': 'h11', 'to': 'h2'}}",
		"checks[3].ping.from: 'h11' is not a host of the lab; did you mean 'h1'?");
	refused("{'ping': {'from': 'server', 'to': 'h2'}}",
		"checks[3].ping.from: 'server' is not a host of the lab; there are h1, h2, h3, h4");
	refused("{'ping': {'from': 7, 'to': 'h2'}}",
		"checks[3].ping.from: 7 is not a host of the lab");
	refused("{'ping': {'from': 'vm1', 'to': 'h2'}}",
		"checks[3].ping.from: vm1 is a VM, in which nothing can be run from here: take a host");
	refused("{'ping': {'from': 'h1', 'to': 'vm1'}}",
		"checks[3].ping.to: vm1 is a VM, whose addresses are its own: write the one that is meant, like '10.0.0.9'");
	refused("{'ping': {'from': 'h1', 'to': '10.0.0.256'}}",
		"checks[3].ping.to: '10.0.0.256' is not a host of the lab or an address; there are h1, h2, h3, h4");
	refused("{'ping': {'from': 'h1', 'to': 'h1'}}",
		"checks[3].ping: h1 is to reach itself, which says nothing of the LAN");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'cuont': 3}}",
		"checks[3].ping.cuont: there is no such key here; did you mean 'count'?");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'verbose': 3}}",
		"checks[3].ping.verbose: there is no such key here; there are from, to, family, count, interval, size, loss_max, rtt_min, rtt_max");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'count': 0}}",
		"checks[3].ping.count: 0 is not within 1 to 10000");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'size': 65001}}",
		"checks[3].ping.size: 65001 is not within 0 to 65000");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'interval': '0ms'}}",
		"checks[3].ping.interval: '0ms' is not within 1ms to 60s");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': 2}}",
		"checks[3].ping.loss_max: 2 is not a part: it needs its unit, like '2%'");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '2'}}",
		"checks[3].ping.loss_max: '2' is not a part like '2%'");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '101%'}}",
		"checks[3].ping.loss_max: '101%' is more than 100%");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'rtt_min': '-1ms'}}",
		"checks[3].ping.rtt_min: '-1ms' is not a time like '38ms' or '10s'");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'rtt_max': '0x1ms'}}",
		"checks[3].ping.rtt_max: '0x1ms' is not a time like '38ms' or '10s'");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'rtt_min': '2ms', 'rtt_max': '1ms'}}",
		"checks[3].ping: 'rtt_min' is above 'rtt_max'");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '1%'}, 'expect': false}",
		"checks[3].ping: with 'expect': false there is nothing to measure: take loss_max, rtt_min and rtt_max away");
	refused("{'ping': {'from': 'h1', 'to': 'h2', 'family': 'ipv5'}}",
		"checks[3].ping.family: 'ipv5' is none of: ipv4 ipv6; did you mean 'ipv4'?");
	refused("{'ping': {'from': 'h1', 'to': '10.0.0.9', 'family': 'ipv4'}}",
		"checks[3].ping: 'family' says nothing where 'to' is an address already");
}

static void what_is_wrong_in_a_port(void **state)
{
	refused("{'tcp': {'from': 'h1', 'to': 'h2'}}",
		"checks[3].tcp: 'port' is missing: the number of the port");
	refused("{'tcp': {'from': 'h1', 'to': 'h2', 'port': 0}}",
		"checks[3].tcp.port: 0 is not within 1 to 65535");
	refused("{'udp': {'from': 'h1', 'to': 'h2', 'port': '53'}}",
		"checks[3].udp.port: '53' is not a whole number");
	refused("{'udp': {'from': 'h1', 'to': 'h1', 'port': 53}}",
		"checks[3].udp: h1 is to reach itself, which says nothing of the LAN");
	refused("{'tcp': {'from': 'h1', 'to': 'h2', 'port': 80, 'listen': 1}}",
		"checks[3].tcp.listen: 1 is not true or false");
	refused("{'udp': {'from': 'h1', 'to': 'fd00::1', 'port': 80, 'family': 'ipv6'}}",
		"checks[3].udp: 'family' says nothing where 'to' is an address already");
}

static void what_is_wrong_in_the_others(void **state)
{
	refused("{'dhcp': {}}",
		"checks[3].dhcp: 'host' is missing: the host that asks for an address; it takes none");
	refused("{'dhcp': {'host': 'h1', 'interface': 'eth1'}}",
		"checks[3].dhcp.interface: 'eth1' is not an interface of h1; did you mean 'eth0'?");
	refused("{'dhcp': {'host': 'h1', 'server': 'h2'}}",
		"checks[3].dhcp.server: 'h2' is not the address of a server, like '10.0.0.1'");
	refused("{'dhcp': {'host': 'h1', 'server': 'fd00::1'}}",
		"checks[3].dhcp.server: 'fd00::1' is not the address of a server, like '10.0.0.1'");
	refused("{'dhcp': {'host': 'h1', 'server': []}}",
		"checks[3].dhcp.server: one to 8 servers can be named");
	refused("{'dhcp': {'host': 'h1', 'wait': '2m'}}",
		"checks[3].dhcp.wait: '2m' is not within 100ms to 60s");
	refused("{'isolated': {}}",
		"checks[3].isolated: it has to be a list of groups, like [['h1', 'h2'], ['h3']]");
	refused("{'isolated': ['h1']}",
		"checks[3].isolated[0]: a group is a list of hosts, like ['h1', 'h2']");
	refused("{'isolated': [['h1'], []]}",
		"checks[3].isolated[1]: a group without hosts says nothing");
	refused("{'isolated': [['h1', 'h9']]}",
		"checks[3].isolated[0][1]: 'h9' is not a host of the lab; did you mean 'h1'?");
	refused("{'isolated': [['h{1..5}']]}",
		"checks[3].isolated[0][0]: 'h5' is not a host of the lab; did you mean 'h1'?");
	refused("{'isolated': [['h1', 'h2'], ['h3', 'h1']]}",
		"checks[3].isolated[1]: h1 is in these groups twice");
	refused("{'isolated': [['h1']]}", "checks[3].isolated: one host alone is isolated already");
	refused("{'isolated': [['h1'], ['h2']], 'expect': false}",
		"checks[3].isolated: 'expect': false says little here: write groups that are as they should be, or single pings");
	refused("{'stp': {'switch': 'sw1'}}",
		"checks[3].stp: it says nothing: one of root, root_port, port with role or state");
	refused("{'stp': {'switch': 'sw3', 'root': true}}",
		"checks[3].stp.switch: 'sw3' is not a switch of the lab; did you mean 'sw1'?");
	refused("{'stp': {'root': true}}",
		"checks[3].stp: 'switch' is missing: the switch that is asked");
	refused("{'stp': {'switch': 'sw1', 'role': 'root'}}",
		"checks[3].stp: 'role' and 'state' are of a 'port'");
	refused("{'stp': {'switch': 'sw1', 'port': 'sw2'}}",
		"checks[3].stp: what of the port: its 'role', its 'state'?");
	refused("{'stp': {'switch': 'sw1', 'port': 'h2', 'role': 'root'}}",
		"checks[3].stp.port: 'h2' is not a port of sw1; did you mean 'h1'?");
	refused("{'stp': {'switch': 'sw1', 'port': 'up', 'role': 'root'}}",
		"checks[3].stp.port: 'up' is not a port of sw1; there are h1, h3, vm1, sw2");
	refused("{'stp': {'switch': 'sw1', 'port': 'sw2', 'state': 'blocking'}}",
		"checks[3].stp.state: it has to be one of: discarding learning forwarding");
	refused("{'stp': {'switch': 'sw1', 'root': 1}}",
		"checks[3].stp.root: 1 is not true or false");
	refused("{'mac': {'switch': 'sw1'}}",
		"checks[3].mac: it needs a 'host' or a 'mac', one of the two");
	refused("{'mac': {'switch': 'sw1', 'host': 'h1', 'mac': '02:00:00:00:00:01'}}",
		"checks[3].mac: it needs a 'host' or a 'mac', one of the two");
	refused("{'mac': {'switch': 'sw1', 'mac': 'ff:ff:ff:ff:ff:ff'}}",
		"checks[3].mac.mac: 'ff:ff:ff:ff:ff:ff' is not a station's address like '02:00:00:00:00:01'");
	refused("{'mac': {'switch': 'sw1', 'host': 'h1', 'vlan': 4095}}",
		"checks[3].mac.vlan: 4095 is not within 0 to 4094");
	refused("{'command': {'host': 'h1'}}",
		"checks[3].command: 'run' is missing: the command, for sh -c");
	refused("{'command': {'host': 'h1', 'run': 'x', 'status': 256}}",
		"checks[3].command.status: 256 is not within 0 to 255");
	refused("{'command': {'host': 'h1', 'run': 'x', 'output': '('}}",
		"checks[3].command.output: '(' is not a regular expression: Unmatched ( or \\(");
	refused("{'command': {'host': 'h1', 'run': 'x', 'timeout': '1us'}}",
		"checks[3].command.timeout: '1us' is not within 100ms to 600s");
	refused("{'drops': {'switch': 'sw1', 'reason': 'arp_spoofed'}}",
		"checks[3].drops.reason: 'arp_spoofed' is not a reason for which frames are dropped (see swctl explain); did you mean 'arp_spoof'?");
	refused("{'drops': {'switch': 'sw1', 'min': 3, 'max': 2}}",
		"checks[3].drops: 'min' is above 'max'");
	refused("{'counter': {'switch': 'sw1', 'counter': 'rx_frames'}}",
		"checks[3].counter.counter: 'rx_frames' is a counter of a port, and there is no 'port'");
	refused("{'counter': {'switch': 'sw1', 'port': 'h1', 'counter': 'flooded'}}",
		"checks[3].counter.counter: 'flooded' is a counter of a switch, and there is a 'port'");
	refused("{'counter': {'switch': 'sw1', 'counter': 'floded'}}",
		"checks[3].counter.counter: 'floded' is none of: forwarded flooded dropped learned moved aged evicted refused_full refused_limit refused_static refused_locked flapping rx_frames rx_bytes rx_unicast rx_multicast rx_broadcast rx_super rx_control rx_drops tx_frames tx_bytes tx_drops tx_mirrored filter_in_passed filter_in_refused filter_out_passed filter_out_refused learned moved_here learn_refused; did you mean 'flooded'?");
}

/* Each field with a value of each wrong type: refused, and nothing is left behind for the sanitiser to find. */
static void every_field_refuses_what_is_of_another_type(void **state)
{
	static const char *const wrong[] = {"{}", "[[]]", "1.5", "'no such thing'", "''"};
	char text[256];
	struct check c;

	for (size_t k = 0; check_kinds[k]; k++)
		for (const struct check_field *d = check_kinds[k]->fields; d && d->name; d++)
			for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
				if (d->type == FIELD_TEXT && i == 3)
					continue; /* is a text */
				if (d->type == FIELD_REGEX && i == 3)
					continue;
				snprintf(text, sizeof(text), "{'%s': {'switch': 'sw1', '%s': %s}}",
					 check_kinds[k]->name, d->name, wrong[i]);
				if (strcmp(d->name, "switch") == 0)
					snprintf(text, sizeof(text), "{'%s': {'switch': %s}}",
						 check_kinds[k]->name, wrong[i]);
				fail_clear(&f);
				if (parse(text, &c) == 0)
					fail_msg("accepted: %s", text);
				assert_non_null(strstr(f.text, check_kinds[k]->name));
			}
}

static void a_schema_has_every_kind_and_field(void **state)
{
	json_t *s = check_schema(), *properties = json_object_get(s, "properties");

	assert_true(json_is_object(json_object_get(properties, "within")));
	for (size_t k = 0; check_kinds[k]; k++) {
		json_t *one = json_object_get(properties, check_kinds[k]->name);

		assert_true(json_is_object(one));
		for (const struct check_field *d = check_kinds[k]->fields; d && d->name; d++)
			assert_true(json_is_object(
				json_object_get(json_object_get(one, "properties"), d->name)));
	}
	json_decref(s);
}

static void a_list_of_checks_is_one_of_valid_ones(void **state)
{
	json_t *list = quoted_json("[{'ping': {'from': 'h1', 'to': 'h2'}}, {'pong': 1}]");

	lab.checks = list;
	assert_int_equal(checks_valid(&lab, &f), STATUS_REFUSED);
	assert_non_null(strstr(f.text, "checks[1].pong"));
	json_array_remove(list, 1);
	fail_clear(&f);
	assert_int_equal(checks_valid(&lab, &f), 0);
	lab.checks = NULL;
	assert_int_equal(checks_valid(&lab, &f), 0);
	json_decref(list);
}

static void times_have_units(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {{"0s", 0},	       {"1us", 1},	  {"38ms", 38000},
		    {"1.5s", 1500000}, {"2m", 120000000}, {"0.5ms", 500}},
	  *g;
	static const char *const bad[] = {"", "s", "1", "1 s", "1h", "-1s", "1e99s", "nan", "1s "};
	int64_t us;

	for (g = good; g < good + ARRAY_SIZE(good); g++) {
		assert_true(field_time(g->text, &us));
		assert_int_equal(us, g->us);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(field_time(bad[i], &us));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_check_is_called_what_it_asks, begin, end),
		cmocka_unit_test_setup_teardown(defaults_are_sensible, begin, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_in_a_check_is_told_at_its_place,
						begin, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_in_a_ping, begin, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_in_a_port, begin, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_in_the_others, begin, end),
		cmocka_unit_test_setup_teardown(every_field_refuses_what_is_of_another_type, begin,
						end),
		cmocka_unit_test_setup_teardown(a_schema_has_every_kind_and_field, begin, end),
		cmocka_unit_test_setup_teardown(a_list_of_checks_is_one_of_valid_ones, begin, end),
		cmocka_unit_test(times_have_units),
	};

	return cmocka_run_group_tests_name("cli_lab_check", tests, NULL, NULL);
}

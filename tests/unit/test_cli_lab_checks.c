/* SPDX-License-Identifier: ISC */
/* How checks are judged and told, with hosts and a switchd that say what the test has them say.  Texts stand here with ' for ". */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_lab.h"
#include "lab/check_impl.h"
#include "lab/checks.h"
#include "util/iptext.h"

/* What is answered: the first that fits, and that has not been used up. */
struct said {
	const char *host; /* NULL: any */
	probe_fn fn;
	const char *method; /* of the switchd, where fn is NULL */
	const char *answer; /* NULL: none */
	int times;	    /* 0 = always */
};

static struct lab lab;
static struct fail f;
static const struct said *said;
static int used[32];
static int pauses, stop_after;
static json_t *asked; /* the methods and probes, in order */

static const char *answer_to(const char *host, probe_fn fn, const char *method)
{
	for (size_t i = 0; said && (said[i].fn || said[i].method); i++) {
		const struct said *s = &said[i];

		if (s->fn != fn || (s->host && host && strcmp(s->host, host) != 0) ||
		    (s->method && strcmp(s->method, method) != 0))
			continue;
		if (s->times && used[i] == s->times)
			continue;
		used[i]++;
		return s->answer;
	}
	return NULL;
}

static pid_t fake_start(void *arg, const char *host, int (*fn)(void *), void *fn_arg,
			struct fail *fail)
{
	const struct probe_job *job = fn_arg;
	const char *answer = answer_to(host, job->probe->fn, NULL);
	pid_t pid;

	json_array_append_new(asked, json_string(host));
	if (answer && strcmp(answer, "cannot start") == 0) {
		fail_set(fail, STATUS_UNREACHABLE, "the host %s does not run", host);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (answer)
			probe_tell(job->fd, quoted_json(answer));
		if (answer && job->probe->fn == probe_listen)
			pause(); /* until it is ended */
		_exit(answer ? 0 : LAB_ENV_GONE);
	}
	setpgid(pid, pid);
	return pid;
}

static json_t *fake_call(void *arg, const char *method, json_t *params, struct fail *fail)
{
	const char *answer = answer_to(NULL, NULL, method);

	json_decref(params);
	if (!answer)
		fail_set(fail, STATUS_REFUSED, "switchd does not answer");
	return answer ? quoted_json(answer) : NULL;
}

static bool fake_pause(void *arg, double seconds)
{
	if (seconds > 0)
		pauses++;
	return stop_after && pauses >= stop_after;
}

static const struct lab_env env = {.start = fake_start, .call = fake_call, .pause = fake_pause};

static int begin(void **state)
{
	memset(&f, 0, sizeof(f));
	memset(used, 0, sizeof(used));
	pauses = stop_after = 0;
	asked = json_array();
	check_lab(&lab);
	return 0;
}

static int end(void **state)
{
	lab_free(&lab);
	json_decref(asked);
	return 0;
}

/* Carries out one check; "OUTCOME: OBSERVED" and a line for each reason. */
static char *judged(const char *text, const struct said *answers)
{
	static const char *const outcomes[] = {"pass", "fail", "error", "stopped"};
	static char all[4096];
	json_t *one = quoted_json(text), *v;
	struct check c;
	struct check_result r;
	size_t i;

	said = answers;
	memset(used, 0, sizeof(used));
	if (check_parse(one, &lab, 0, &c, &f))
		fail_msg("%s", f.text);
	check_run(&c, &lab, &env, &r);
	snprintf(all, sizeof(all), "%s: %s", outcomes[r.outcome], r.observed ? r.observed : "");
	json_array_foreach (r.why, i, v)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "\n%s",
			 json_string_value(v));
	check_result_free(&r);
	check_free(&c);
	json_decref(one);
	return all;
}

#define H1 \
	"{'interfaces': {'eth0': {'mac': '02:00:00:00:00:01', 'up': true, 'addresses': [{'ip': '10.0.0.1', 'prefix': 24}]}}}"
#define H2 \
	"{'interfaces': {'eth0': {'mac': '02:00:00:00:00:02', 'up': true, 'addresses': [{'ip': '10.0.0.2', 'prefix': 24}]}}}"
#define HOSTS                                 \
	{"h1", probe_host, NULL, H1, 0},      \
	{                                     \
		"h2", probe_host, NULL, H2, 0 \
	}
#define SILENT \
	"{'targets': [{'sent': 3, 'received': 0, 'rtt_us': [], 'error': 'nobody answers its ARP requests for 10.0.0.2'}]}"
#define HEARD "{'targets': [{'sent': 4, 'received': 3, 'rtt_us': [900, 100, 200]}]}"
#define END                               \
	{                                 \
		NULL, NULL, NULL, NULL, 0 \
	}

static void a_ping_that_is_answered(void **state)
{
	const struct said answers[] = {HOSTS, {"h1", probe_ping, NULL, HEARD, 0}, END};

	assert_string_equal(judged("{'ping': {'from': 'h1', 'to': 'h2'}}", answers),
			    "pass: 3 of 4 answered, median 200us");
	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2'}, 'expect': false, 'within': '0s'}",
		       answers),
		"fail: 3 of 4 answered, median 200us");
	assert_string_equal(judged("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '25%', "
				   "'rtt_min': '200us', 'rtt_max': '200us'}}",
				   answers),
			    "pass: 3 of 4 answered, median 200us");
	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2', 'loss_max': '24%'}}", answers),
		"fail: 3 of 4 answered, median 200us\n25% were lost, which is more than 24%");
	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2', 'rtt_min': '201us'}}", answers),
		"fail: 3 of 4 answered, median 200us\nthe median of 200us is less than 201us");
	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2', 'rtt_max': '199us'}}", answers),
		"fail: 3 of 4 answered, median 200us\nthe median of 200us is more than 199us");
	assert_int_equal(pauses, 0);
}

static void a_ping_that_is_not(void **state)
{
	const struct said answers[] = {HOSTS, {"h1", probe_ping, NULL, SILENT, 0}, END};

	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2'}, 'within': '0s'}", answers),
		"fail: 3 of 3 echo requests unanswered\nh1: nobody answers its ARP requests for 10.0.0.2");
	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2'}, 'expect': false}", answers),
		"pass: 3 of 3 echo requests unanswered");
}

static void it_is_tried_again_until_it_holds(void **state)
{
	const struct said answers[] = {HOSTS,
				       {"h1", probe_ping, NULL, SILENT, 2},
				       {"h1", probe_ping, NULL, HEARD, 0},
				       END};

	assert_string_equal(judged("{'ping': {'from': 'h1', 'to': 'h2'}}", answers),
			    "pass: 3 of 4 answered, median 200us");
	assert_int_equal(pauses, 2);
}

static void a_person_may_stop_it(void **state)
{
	const struct said answers[] = {HOSTS, {"h1", probe_ping, NULL, SILENT, 0}, END};

	stop_after = 1;
	assert_memory_equal(judged("{'ping': {'from': 'h1', 'to': 'h2'}}", answers), "stopped:", 8);
}

static void what_cannot_be_found_out_is_an_error(void **state)
{
	const struct said dead[] = {{"h1", probe_host, NULL, "cannot start", 0}, END};
	const struct said gone[] = {HOSTS, END};
	const struct said bad[] = {
		HOSTS, {"h1", probe_ping, NULL, "{'error': 'cannot send ICMP: no'}", 0}, END};
	const struct said none[] = {HOSTS, {"h1", probe_ping, NULL, "[]", 0}, END};
	const char *ping = "{'ping': {'from': 'h1', 'to': 'h2'}, 'expect': false}";

	assert_string_equal(judged(ping, dead), "error: the host h1 does not run");
	assert_string_equal(judged(ping, gone), "error: host h1 is gone");
	assert_string_equal(judged(ping, bad), "error: h1: cannot send ICMP: no");
	assert_string_equal(judged(ping, none), "error: host h1 answered nothing that can be read");
	assert_string_equal(judged("{'stp': {'switch': 'sw1', 'root': true}}", gone),
			    "error: switchd does not answer");
}

static void hosts_without_addresses(void **state)
{
	const struct said bare[] = {
		{"h1", probe_host, NULL, H1, 0},
		{"h2", probe_host, NULL, "{'interfaces': {'eth0': {'addresses': []}}}", 0},
		END};
	const struct said reverse[] = {{"h1", probe_host, NULL, "{'interfaces': {}}", 0},
				       {"h2", probe_host, NULL, H2, 0},
				       END};
	const char *ping = "{'ping': {'from': 'h1', 'to': 'h2'}, 'within': '0s'}";

	assert_string_equal(judged(ping, bare),
			    "fail: h2 has no address\nh2 has no address: see `ip address` in it");
	assert_string_equal(judged(ping, reverse), "fail: h1 has no IPv4 address\n"
						   "h1 has no IPv4 address to ask from");
	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2', 'family': 'ipv6'}, 'within': '0s'}",
		       reverse),
		"fail: h2 has no IPv6 address\nh2 has no IPv6 address: see `ip address` in it");
}

/* Of a router the interface that is a neighbour of the sender, of two families the one that is asked for. */
static void the_address_that_is_asked(void **state)
{
	static const char router[] =
		"{'eth0': {'addresses': [{'ip': '10.9.0.1', 'prefix': 24}]},"
		" 'eth1': {'addresses': [{'ip': 'fd00::1', 'prefix': 64}, {'ip': '10.0.0.254', 'prefix': 24}]}}";
	static const char host[] =
		"{'eth0': {'addresses': [{'ip': '10.0.0.1', 'prefix': 24}, {'ip': 'fd00::9', 'prefix': 64}]}}";
	static const struct {
		const char *family, *host, *ip, *through;
	} cases[] = {{"ipv4", "h2", "10.0.0.254", "eth0"},
		     {"ipv6", "h2", "fd00::1", "eth0"},
		     {"", "h2", "fd00::1", "eth0"}},
	  *t;
	json_t *from = quoted_json(host), *to = quoted_json(router);
	struct check_result r = {.why = json_array()};
	struct reach reach;
	struct check c = {.host = "h1"};
	struct ip_addr ip;

	for (t = cases; t < cases + ARRAY_SIZE(cases); t++) {
		strcpy(c.family, t->family);
		strcpy(c.to.host, t->host);
		assert_true(reach_find(&c, from, to, &reach, &r));
		assert_true(ip_parse(t->ip, &ip) && ip_equal(ip, reach.ip));
		assert_string_equal(reach.from, t->through);
	}
	/* no neighbour: the first */
	json_object_del(to, "eth1");
	c.family[0] = '\0';
	assert_true(reach_find(&c, from, to, &reach, &r));
	assert_true(ip_parse("10.9.0.1", &ip) && ip_equal(ip, reach.ip));
	assert_string_equal(reach.from, "");
	json_decref(from);
	json_decref(to);
	check_result_free(&r);
}

static void ports_of_hosts(void **state)
{
	const struct said greeted[] = {
		HOSTS,
		{"h2", probe_listen, NULL, "{'listening': true}", 0},
		{"h1", probe_connect, NULL, "{'result': 'connected', 'greeted': true}", 0},
		END};
	const struct said taken[] = {
		HOSTS,
		{"h2", probe_listen, NULL, "{'taken': true}", 0},
		{"h1", probe_connect, NULL, "{'result': 'connected', 'greeted': false}", 0},
		END};
	const struct said other[] = {
		HOSTS,
		{"h2", probe_listen, NULL, "{'listening': true}", 0},
		{"h1", probe_connect, NULL, "{'result': 'connected', 'greeted': false}", 0},
		END};
	const struct said refused[] = {HOSTS,
				       {"h2", probe_listen, NULL, "{'listening': true}", 0},
				       {"h1", probe_connect, NULL, "{'result': 'refused'}", 0},
				       END};
	const struct said silent[] = {
		HOSTS, {"h1", probe_connect, NULL, "{'result': 'silent', 'doubt': 'D'}", 0}, END};
	const char *tcp = "{'tcp': {'from': 'h1', 'to': 'h2', 'port': 80}, 'within': '0s'}";

	assert_string_equal(judged(tcp, greeted), "pass: connected");
	assert_string_equal(judged(tcp, taken), "pass: connected");
	assert_string_equal(
		judged(tcp, other),
		"fail: somebody else answered\nwhat answered was not who listens in h2 for this check");
	assert_string_equal(
		judged(tcp, refused),
		"fail: refused: nobody listens on the port, or a rule of the host refuses it");
	assert_string_equal(judged("{'udp': {'from': 'h1', 'to': 'h2', 'port': 53, 'listen': "
				   "false}, 'within': '0s'}",
				   silent),
			    "fail: no answer within 2s\n"
			    "UDP knows no connections: who listens on the port has to answer what "
			    "it does not know, or \"listen\" has to be left to the check\nh1: D");
}

static void who_offers_addresses(void **state)
{
#define OFFER(n) "{'server': '10.0.0." n "', 'ip': '10.0.0.77', 'mac': '02:00:00:00:00:0" n "'}"
	const struct said none[] = {{"h1", probe_dhcp, NULL, "{'offers': []}", 0}, END};
	const struct said one[] = {{"h1", probe_dhcp, NULL, "{'offers': [" OFFER("1") "]}", 0},
				   END};
	const struct said two[] = {
		{"h1", probe_dhcp, NULL, "{'offers': [" OFFER("1") "," OFFER("6") "]}", 0}, END};
	const char *only = "{'dhcp': {'host': 'h1', 'server': '10.0.0.1'}, 'within': '0s'}";
	const char *never =
		"{'dhcp': {'host': 'h1', 'server': '10.0.0.6'}, 'expect': false, 'within': '0s'}";
	const char *anybody = "{'dhcp': {'host': 'h1'}, 'within': '0s'}";
	const char *nobody = "{'dhcp': {'host': 'h1'}, 'expect': false, 'within': '0s'}";

	assert_string_equal(judged(only, one), "pass: 10.0.0.1 offered 10.0.0.77");
	assert_string_equal(judged(only, none),
			    "fail: nobody offered anything\nno offer of 10.0.0.1 reached h1");
	assert_string_equal(
		judged(only, two),
		"fail: 10.0.0.1 offered 10.0.0.77, 10.0.0.6 offered 10.0.0.77\n"
		"10.0.0.6, which has the MAC address 02:00:00:00:00:06, is no server that should");
	assert_memory_equal(judged(never, two), "fail:", 5);
	assert_memory_equal(judged(never, one), "pass:", 5);
	assert_memory_equal(judged(never, none), "pass:", 5);
	assert_memory_equal(judged(anybody, one), "pass:", 5);
	assert_memory_equal(judged(anybody, none), "fail:", 5);
	assert_memory_equal(judged(nobody, none), "pass:", 5);
	assert_memory_equal(judged(nobody, one), "fail:", 5);
}

static void a_matrix_of_hosts(void **state)
{
	const struct said all[] = {HOSTS,
				   {"h1", probe_ping, NULL, "{'targets': [{'received': 1}]}", 0},
				   {"h2", probe_ping, NULL, "{'targets': [{'received': 1}]}", 0},
				   END};
	const struct said half[] = {
		HOSTS,
		{"h1", probe_ping, NULL, "{'targets': [{'received': 1}]}", 0},
		{"h2", probe_ping, NULL, "{'targets': [{'received': 0, 'error': 'E'}]}", 0},
		END};
	const char *together = "{'isolated': [['h1', 'h2']], 'within': '0s'}";
	const char *apart = "{'isolated': [['h1'], ['h2']], 'within': '0s'}";

	assert_string_equal(judged(together, all), "pass: 2 of 2 pairs are as they should be");
	assert_string_equal(judged(together, half),
			    "fail: 1 of 2 pairs are as they should be\n"
			    "h2 does not reach h1, which is of its group: E");
	assert_string_equal(judged(apart, half), "fail: 1 of 2 pairs are as they should be\n"
						 "h1 reaches h2, which is of another group");
}

static void a_table_of_many_pages_is_read_to_its_end(void **state)
{
	const struct said answers[] = {
		{NULL, NULL, "mac.list", "{'macs': [], 'next': 65536}", 1},
		{NULL, NULL, "mac.list", "{'macs': [], 'next': 131072}", 1},
		{NULL, NULL, "mac.list",
		 "{'macs': [{'port': 'h1', 'vlan': 10, 'type': 'learned'}], 'next': null}", 1},
		HOSTS,
		END};

	(void)state;
	assert_string_equal(
		judged("{'mac': {'switch': 'sw1', 'host': 'h1', 'port': 'h1'}, 'within': '0s'}",
		       answers),
		"pass: at port h1 in VLAN 10, learned");
}

static void what_switches_say(void **state)
{
	const struct said answers[] = {
		{NULL, NULL, "stp.list",
		 "{'switches': [{'switch': 'sw1', 'bridge': '32768.02', 'is_root': false, 'root_port': 'sw2',"
		 "'ports': [{'port': 'sw2', 'role': 'root', 'state': 'forwarding', 'designated_bridge': '4096.02', 'designated_cost': 0}]}]}",
		 0},
		{NULL, NULL, "mac.list",
		 "{'macs': [{'mac': '02:00:00:00:00:01', 'port': 'h1', 'vlan': 10, 'type': 'learned'}]}",
		 0},
		{NULL, NULL, "drops.list",
		 "{'drops': [{'switch': 'sw1', 'port': 'h3', 'reason': 'runt', 'direction': 'in', 'count': 3},"
		 "{'switch': 'sw1', 'port': 'h1', 'reason': 'runt', 'direction': 'in', 'count': 2}]}",
		 0},
		{NULL, NULL, "stats.get",
		 "{'switches': [{'stats': {'flooded': 7}, 'ports': [{'port': 'h1', 'stats': {'rx_frames': 5}}]}]}",
		 0},
		HOSTS,
		END};
	static const struct {
		const char *check, *says;
	} cases[] = {
		{"{'stp': {'switch': 'sw1', 'root': false}}",
		 "pass: the root is reached through port sw2"},
		{"{'stp': {'switch': 'sw1', 'root': true}, 'expect': false}",
		 "pass: the root is reached through port sw2\nsw1 is not the root of the tree"},
		{"{'stp': {'switch': 'sw1', 'port': 'sw2', 'role': 'root', 'state': 'forwarding'}}",
		 "pass: root, forwarding"},
		{"{'stp': {'switch': 'sw1', 'port': 'sw2', 'role': 'alternate'}, 'within': '0s'}",
		 "fail: root, forwarding\nsw1 has the bridge identifier 32768.02; the lowest becomes root\n"
		 "the designated bridge of this link is 4096.02, with a cost to the root of 0"},
		{"{'stp': {'switch': 'sw1', 'port': 'h1', 'role': 'designated'}, 'within': '0s'}",
		 "fail: port h1 takes no part in the tree of sw1\n"
		 "sw1 has the bridge identifier 32768.02; the lowest becomes root"},
		{"{'mac': {'switch': 'sw1', 'host': 'h1', 'port': 'h1', 'vlan': 10}}",
		 "pass: at port h1 in VLAN 10, learned"},
		{"{'mac': {'switch': 'sw1', 'host': 'h1', 'vlan': 20}, 'within': '0s'}",
		 "fail: at port h1 in VLAN 10, learned"},
		{"{'mac': {'switch': 'sw1', 'host': 'h1', 'port': 'h3'}, 'expect': false}",
		 "pass: at port h1 in VLAN 10, learned"},
		{"{'drops': {'switch': 'sw1', 'min': 5}}", "pass: 5 frames"},
		{"{'drops': {'switch': 'sw1', 'port': 'h3', 'min': 4}, 'within': '0s'}",
		 "fail: 3 frames"},
		{"{'drops': {'switch': 'sw1', 'port': 'h3', 'reason': 'arp_spoof'}, 'within': '0s'}",
		 "fail: 0 frames\n3 frames were dropped at port h3 as runt"},
		{"{'drops': {'switch': 'sw1', 'port': 'h1', 'reason': 'runt', 'max': 1}, 'expect': false}",
		 "pass: 2 frames"},
		{"{'counter': {'switch': 'sw1', 'counter': 'flooded', 'min': 7, 'max': 7}}",
		 "pass: 7"},
		{"{'counter': {'switch': 'sw1', 'port': 'h1', 'counter': 'rx_frames', 'max': 4}, 'within': '0s'}",
		 "fail: 5"},
		{"{'counter': {'switch': 'sw1', 'port': 'h3', 'counter': 'rx_frames'}, 'within': '0s'}",
		 "fail: there is no such port or counter"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(judged(cases[i].check, answers), cases[i].says);
}

static void commands(void **state)
{
	const struct said answers[] = {{"h1", probe_command, NULL,
					"{'status': 1, 'output': 'one\\ntwo\\n', 'late': false}",
					0},
				       END};
	const struct said late[] = {
		{"h1", probe_command, NULL, "{'status': 137, 'output': '', 'late': true}", 0}, END};

	assert_string_equal(
		judged("{'command': {'host': 'h1', 'run': 'x'}, 'within': '0s'}", answers),
		"fail: exit status 1\nit wrote: one\ntwo");
	assert_string_equal(
		judged("{'command': {'host': 'h1', 'run': 'x'}, 'expect': false}", answers),
		"pass: exit status 1");
	assert_string_equal(
		judged("{'command': {'host': 'h1', 'run': 'x', 'output': '^two$'}}", answers),
		"pass: exit status 1, and the output matches");
	assert_string_equal(
		judged("{'command': {'host': 'h1', 'run': 'x', 'output': '^wo', 'status': 1}, 'within': '0s'}",
		       answers),
		"fail: exit status 1, and the output does not match\nit wrote: one\ntwo");
	assert_string_equal(
		judged("{'command': {'host': 'h1', 'run': 'x', 'timeout': '1s'}, 'within': '0s'}",
		       late),
		"fail: it had not ended after 1s\nit wrote nothing");
}

/* What the switches say of a pair that cannot speak. */
static void the_reason_is_told(void **state)
{
	const struct said answers[] = {
		HOSTS,
		{"h1", probe_ping, NULL, SILENT, 0},
		{NULL, NULL, "drops.list", "{'drops': []}", 1},
		{NULL, NULL, "drops.list",
		 "{'drops': [{'switch': 'sw1', 'port': 'h1', 'direction': 'in', 'reason': 'arp_spoof', 'count': 2, 'text': 'T.'},"
		 "{'switch': 'sw1', 'port': 'h1', 'direction': 'in', 'reason': 'no_egress', 'count': 9, 'text': 'U.'}]}",
		 0},
		{NULL, NULL, "stp.list",
		 "{'switches': [{'switch': 'sw1', 'ports': [{'port': 'h1', 'state': 'discarding'}]}]}",
		 0},
		{NULL, NULL, "port.list",
		 "{'ports': [{'state': 'down', 'reason': 'R', 'vlan': {'mode': 'access', 'pvid': 10}}]}",
		 1},
		{NULL, NULL, "port.list",
		 "{'ports': [{'state': 'up', 'vlan': {'mode': 'access', 'pvid': 20}}]}", 2},
		{NULL, NULL, "port.list",
		 "{'ports': [{'state': 'up', 'vlan': {'mode': 'access', 'pvid': 10}}]}", 0},
		{NULL, NULL, "mac.list", "{'macs': []}", 0},
		{NULL, NULL, "switch.trace",
		 "{'fate': 'dropped', 'drop': 'arp_spoof', 'drop_text': 'S.', 'ports': [{'port': 'sw2', 'out': false, 'why': 'unasked'}]}",
		 0},
		END};

	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2'}, 'within': '0s'}", answers),
		"fail: 3 of 3 echo requests unanswered\n"
		"h1: nobody answers its ARP requests for 10.0.0.2\n"
		"sw1 dropped 2 frames meanwhile that came in at port h1 (arp_spoof): T.\n"
		"port h1 of sw1 is down: R\n"
		"the spanning tree holds port h1 of sw1 in the state discarding\n"
		"port h1 of sw1 is in VLAN 20 (access), port h2 of sw2 in VLAN 10 (access)\n"
		"no switch has heard from h2 (02:00:00:00:00:02)\n"
		"sw1 does not take the ARP request of h1 at port h1 (arp_spoof): S.");
}

/* From switch to switch, with the bytes that leave the first. */
static void a_frame_is_followed_through_switches(void **state)
{
	const struct said answers[] = {
		HOSTS,
		{"h1", probe_ping, NULL, SILENT, 0},
		{NULL, NULL, "switch.trace",
		 "{'fate': 'forwarded', 'ports': [{'port': 'h3', 'out': true, 'form': 0}, {'port': 'sw2', 'out': true, 'form': 1}],"
		 "'forms': [{'bytes': '00'}, {'bytes': '01'}]}",
		 1},
		{NULL, NULL, "switch.trace",
		 "{'fate': 'forwarded', 'ports': [{'port': 'h4', 'out': true, 'form': 0}, {'port': 'h2', 'out': false, 'why': 'not_in_vlan', 'text': 'it is not a member of VLAN 10'}]}",
		 1},
		END};

	assert_string_equal(
		judged("{'ping': {'from': 'h1', 'to': 'h2'}, 'within': '0s'}", answers),
		"fail: 3 of 3 echo requests unanswered\n"
		"h1: nobody answers its ARP requests for 10.0.0.2\n"
		"sw2 does not let the ARP request of h1 out of port h2: it is not a member of VLAN 10");
}

static void quiet(void *arg, const struct checks *all, size_t i, const struct check_result *r)
{
	int *calls = arg;

	++*calls;
}

static char *junit_of(const struct checks *all)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_true(checks_junit(out, all));
	fclose(out);
	return text;
}

static void run_all(struct checks *all, const char *list, int stop)
{
	static const struct said answers[] = {
		{NULL, NULL, "stp.list", "{'switches': []}", 0},
		{"h1", probe_command, NULL, "{'status': 1, 'output': 'a<b>&\\'\\u0007'}", 0},
		{"h2", probe_command, NULL, "{'status': 0, 'output': ''}", 0},
		END};
	int calls = 0;

	said = answers;
	lab.checks = quoted_json(list);
	stop_after = stop;
	if (checks_read(&lab, all, &f))
		fail_msg("%s", f.text);
	checks_run(all, &env, quiet, &calls);
	assert_int_equal(calls, 2 * all->done);
	json_decref(lab.checks);
	lab.checks = NULL;
}

static void points_are_added_up(void **state)
{
	struct checks all;
	struct checks_score s;
	json_t *v;

	run_all(&all,
		"[{'command': {'host': 'h2', 'run': 'true'}, 'points': 3},"
		"{'command': {'host': 'h1', 'run': 'false'}, 'within': '0s', 'points': 2}]",
		0);
	s = checks_count(&all);
	assert_true(s.passed == 1 && s.failed == 1 && s.broken == 0);
	assert_true(s.points == 3 && s.of == 5);
	assert_int_equal(checks_status(&all), CHECKS_FAILED);
	v = checks_json(&all);
	assert_int_equal(js_int(v, "points"), 3);
	assert_int_equal(js_int(v, "points_max"), 5);
	assert_string_equal(js_str(json_array_get(json_object_get(v, "checks"), 1), "result"),
			    "fail");
	json_decref(v);
	checks_free(&all);

	run_all(&all, "[{'command': {'host': 'h2', 'run': 'true'}}]", 0);
	assert_int_equal(checks_status(&all), CHECKS_PASSED);
	checks_free(&all);

	run_all(&all, "[{'command': {'host': 'h3', 'run': 'true'}}]", 0);
	assert_int_equal(checks_status(&all), CHECKS_BROKEN);
	checks_free(&all);
}

static void who_stops_leaves_the_rest_undone(void **state)
{
	struct checks all;
	char *text;

	run_all(&all,
		"[{'command': {'host': 'h1', 'run': 'x'}}, {'command': {'host': 'h2', 'run': 'x'}}]",
		1);
	assert_int_equal(all.done, 1);
	assert_int_equal(checks_status(&all), CHECKS_BROKEN);
	text = junit_of(&all);
	assert_non_null(strstr(text, "tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"2\""));
	free(text);
	checks_free(&all);
}

static void a_report_is_xml_whatever_stands_in_it(void **state)
{
	struct checks all;
	char *text, *p;

	run_all(&all,
		"[{'name': 'x <y> & \\u0001\\uffff\\u00e9', 'hint': '\\u0022]]>', 'command': {'host': 'h1', 'run': 'x'}, 'within': '0s'}]",
		0);
	text = junit_of(&all);
	assert_non_null(strstr(text, " name=\"x &lt;y&gt; &amp; ??\xc3\xa9\" "));
	assert_non_null(strstr(text, "it wrote: a&lt;b&gt;&amp;&quot;?"));
	assert_non_null(strstr(text, "hint: &quot;]]&gt;"));
	for (p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
	free(text);
	checks_free(&all);
}

static char *told(const struct checks *all, size_t width)
{
	const struct term term = {.width = width};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < all->done; i++)
		checks_tell(out, &term, all, i);
	checks_tell_sum(out, &term, all);
	fclose(out);
	return text;
}

static void a_table_for_people(void **state)
{
	struct checks all;
	char *text, *line;

	run_all(&all,
		"[{'command': {'host': 'h2', 'run': 'true'}},"
		"{'name': 'a name', 'hint': 'a hint', 'command': {'host': 'h1', 'run': 'false'}, 'within': '0s', 'points': 2}]",
		0);
	text = told(&all, 0);
	assert_string_equal(text, "pass   `true` in h2 succeeds  exit status 0\n"
				  "fail   a name                 exit status 1\n"
				  "       expected: `false` in h1 succeeds\n"
				  "       it wrote: a<b>&\"\\x07\n"
				  "       hint: a hint\n"
				  "1 of 2 checks passed, 1 of 3 points\n");
	free(text);
	checks_free(&all);

	run_all(&all,
		"[{'name': 'a name that is much longer than the column for names has room for',"
		"'hint': 'a hint of so many words that no line of a terminal of eighty columns could hold all of them at once',"
		"'command': {'host': 'h1', 'run': 'false'}, 'within': '0s'}]",
		0);
	text = told(&all, 80);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > 80)
			fail_msg("%s", line);
	free(text);
	checks_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_ping_that_is_answered, begin, end),
		cmocka_unit_test_setup_teardown(a_ping_that_is_not, begin, end),
		cmocka_unit_test_setup_teardown(it_is_tried_again_until_it_holds, begin, end),
		cmocka_unit_test_setup_teardown(a_person_may_stop_it, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_found_out_is_an_error, begin, end),
		cmocka_unit_test_setup_teardown(hosts_without_addresses, begin, end),
		cmocka_unit_test(the_address_that_is_asked),
		cmocka_unit_test_setup_teardown(ports_of_hosts, begin, end),
		cmocka_unit_test_setup_teardown(who_offers_addresses, begin, end),
		cmocka_unit_test_setup_teardown(a_matrix_of_hosts, begin, end),
		cmocka_unit_test_setup_teardown(a_table_of_many_pages_is_read_to_its_end, begin,
						end),
		cmocka_unit_test_setup_teardown(what_switches_say, begin, end),
		cmocka_unit_test_setup_teardown(commands, begin, end),
		cmocka_unit_test_setup_teardown(the_reason_is_told, begin, end),
		cmocka_unit_test_setup_teardown(a_frame_is_followed_through_switches, begin, end),
		cmocka_unit_test_setup_teardown(points_are_added_up, begin, end),
		cmocka_unit_test_setup_teardown(who_stops_leaves_the_rest_undone, begin, end),
		cmocka_unit_test_setup_teardown(a_report_is_xml_whatever_stands_in_it, begin, end),
		cmocka_unit_test_setup_teardown(a_table_for_people, begin, end),
	};

	return cmocka_run_group_tests_name("cli_lab_checks", tests, NULL, NULL);
}

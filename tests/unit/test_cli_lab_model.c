/* SPDX-License-Identifier: ISC */
/* The lab file: what is made of it, and where and how the rest is refused.  Texts stand here with ' for ". */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lab_text.h"
#include "util/mac.h"

static const char whole[] =
	"{'name': 'vlans', 'title': 'Two VLANs', 'switches': {"
	"  'sw1': {'vlan_aware': true, 'vlans': {'10': {'name': 'staff'}}}, 'sw2': {'vlan_aware': true}},"
	" 'hosts': {'h1': {'addresses': ['10.0.0.1/24']},"
	"  'h2': {'interfaces': {'eth0': {'mac': '02:00:00:00:00:02', 'addresses': ['10.0.0.2/24']}},"
	"   'routes': [{'to': 'default', 'via': '10.0.0.254'}], 'sysctls': {'net.ipv4.ip_forward': 1},"
	"   'files': {'/etc/motd': ['line', 'line']}, 'commands': ['python3 -m http.server 80']}},"
	" 'vms': {'vm1': {'kernel': 'vmlinuz', 'initrd': '/boot/initrd.gz', 'append': 'quiet', 'memory': '1G'}},"
	" 'links': [{'between': ['h1', 'sw1'], 'access': 10}, {'between': ['h2:eth0', 'sw2:p7'], 'access': 10},"
	"  {'between': ['vm1', 'sw2']},"
	"  {'between': ['sw1', 'sw2'], 'trunk': '10,20', 'at': {'sw2': {'stp_cost': 5}}}],"
	" 'uplinks': {'dc2': {'switch': 'sw1', 'type': 'vxlan', 'vni': 42, 'remotes': '192.0.2.7', 'trunk': "
	"'10'}}}";

static void all_of_a_lab_is_read(void **state)
{
	struct lab lab;

	(void)state;
	lab_text_takes(whole, &lab);
	assert_string_equal(lab.name, "vlans");
	assert_string_equal(lab.title, "Two VLANs");
	assert_int_equal(lab.switches, 2);
	assert_int_equal(lab.hosts, 2);
	assert_int_equal(lab.links, 4);

	const struct lab_host *h = lab_find_host(&lab, "h2");

	assert_non_null(h);
	assert_null(lab_find_host(&lab, "sw1"));
	assert_int_equal(h->interfaces, 1);
	assert_string_equal(h->interface->sw, "sw2");
	assert_string_equal(h->interface->port, "p7");
	assert_true(h->interface->mac == STATION(2));
	assert_string_equal(h->interface->address->text, "10.0.0.2/24");
	assert_true(h->route->is_default);
	assert_string_equal(h->route->via.text, "10.0.0.254");
	assert_string_equal(h->sysctl->key, "net/ipv4/ip_forward");
	assert_string_equal(h->sysctl->value, "1");
	assert_string_equal(h->file->text, "line\nline\n");
	assert_int_equal(h->file->mode, 0644);
	assert_string_equal(h->command[0], "python3 -m http.server 80");

	const struct lab_vm *vm = lab_find_vm(&lab, "vm1");

	assert_non_null(vm);
	assert_int_equal(vm->memory_mib, 1024);
	assert_string_equal(vm->initrd, "/boot/initrd.gz");
	assert_string_equal(strstr(vm->kernel, "/labs/"), "/labs/vmlinuz");
	assert_int_equal(vm->nics, 1);
	assert_string_equal(vm->nic->port, "vm1");
	lab_free(&lab);
}

static json_t *port_of(const json_t *config, const char *sw, const char *port)
{
	const json_t *ports =
		json_object_get(json_object_get(json_object_get(config, "switches"), sw), "ports");

	return json_object_get(ports, port);
}

static void same_json(const json_t *v, const char *text)
{
	char *q = lab_text_quoted(text), *written;
	json_t *want = json_loads(q, 0, NULL);

	assert_non_null(want);
	written = v ? json_dumps(v, JSON_COMPACT) : NULL;
	if (!json_equal(v, want))
		fail_msg("%s instead of %s", written ? written : "nothing", q);
	free(written);
	free(q);
	json_decref(want);
}

static void the_switches_are_configured(void **state)
{
	struct lab lab;
	json_t *c;

	(void)state;
	lab_text_takes(whole, &lab);
	c = lab_config(&lab, "/run/x");
	same_json(port_of(c, "sw2", "p7"),
		  "{'netns':'h2','ifname':'eth0','mac':'02:00:00:00:00:02','access':10}");
	same_json(port_of(c, "sw2", "vm1"),
		  "{'type':'stream','connect':'unix:/run/x/vm-vm1-0.sock'}");
	same_json(port_of(c, "sw2", "sw1"),
		  "{'type':'patch','peer':'sw1/sw2','trunk':'10,20','stp_cost':5}");
	same_json(port_of(c, "sw1", "sw2"), "{'type':'patch','peer':'sw2/sw1','trunk':'10,20'}");
	same_json(port_of(c, "sw1", "dc2"),
		  "{'type':'stream','connect':'unix:/run/x/up-dc2.sock','trunk':'10'}");
	json_decref(c);
	c = lab_uplink_config(&lab, "/run/x");
	same_json(
		c,
		"{'switches':{'dc2':{'ports':{'out':{'type':'vxlan','vni':42,'remotes':'192.0.2.7'},"
		"'lab':{'type':'stream','listen':'unix:/run/x/up-dc2.sock'}}}}}");
	json_decref(c);
	lab_free(&lab);
}

static void ranges_go_up_together(void **state)
{
	struct lab lab;
	json_t *c;

	(void)state;
	lab_text_takes(
		"{'switches': {'sw{1..2}': {'vlan_aware': true}},"
		" 'hosts': {'h{08..10}': {'addresses': ['10.0.{1..3}.{7..9}/24'], 'commands': ['echo {} {x..y}']}},"
		" 'links': [{'between': ['h{08..10}', 'sw1'], 'access': '{10..12}', 'trunk': null},"
		"  {'between': ['sw1', 'sw{2..2}'], 'at': {'sw{2..2}': {'access': 5}}}]}",
		&lab);
	assert_int_equal(lab.hosts, 3);
	assert_string_equal(lab.host[0].name, "h08");
	assert_string_equal(lab.host[2].name, "h10");
	assert_string_equal(lab.host[2].interface->address->text, "10.0.3.9/24");
	assert_string_equal(lab.host[2].command[0], "echo {} {x..y}");
	assert_string_equal(lab.host[2].where.path, "hosts.h{08..10}");
	assert_string_equal(lab.host[2].where.which, "h10");
	c = lab_config(&lab, "/run/x");
	assert_int_equal(json_integer_value(json_object_get(port_of(c, "sw1", "h09"), "access")),
			 11);
	assert_int_equal(json_integer_value(json_object_get(port_of(c, "sw2", "sw1"), "access")),
			 5);
	assert_non_null(port_of(c, "sw1", "sw2"));
	json_decref(c);
	lab_free(&lab);
}

/* Of two switches one is told: else each frame would be late twice. */
static void a_bad_link_is_bad_once(void **state)
{
	struct lab lab;
	json_t *c;

	(void)state;
	lab_text_takes(
		"{'switches': {'sw1': {}, 'sw2': {}}, 'hosts': {'h1': {}}, 'links': ["
		"{'between': ['sw1', 'sw2'], 'delay': '20ms', 'stp_cost': 7},"
		"{'between': ['h1', 'sw2'], 'loss': '1%', 'at': {'sw2': {'loss_in': '2%'}}}]}",
		&lab);
	c = lab_config(&lab, "/run/x");
	same_json(port_of(c, "sw1", "sw2"),
		  "{'type':'patch','peer':'sw2/sw1','stp_cost':7,'delay':'20ms'}");
	same_json(port_of(c, "sw2", "sw1"), "{'type':'patch','peer':'sw1/sw2','stp_cost':7}");
	assert_string_equal(json_string_value(json_object_get(port_of(c, "sw2", "h1"), "loss")),
			    "1%");
	assert_string_equal(json_string_value(json_object_get(port_of(c, "sw2", "h1"), "loss_in")),
			    "2%");
	json_decref(c);
	lab_free(&lab);
}

/* A name that is said is never taken by one that is made up, wherever the two stand. */
static void names_are_found_for_what_has_none(void **state)
{
	struct lab lab;
	const struct lab_host *h;

	(void)state;
	lab_text_takes(
		"{'switches': {'sw1': {}}, 'hosts': {'h1': {}, 'h2': {'interfaces': {'a': {}, 'eth0': {}}}}, 'links': ["
		"{'between': ['h1', 'sw1']}, {'between': ['sw1', 'h1']}, {'between': ['h1:eth0', 'sw1:h1']},"
		"{'between': ['h2', 'sw1']}, {'between': ['h2:a', 'sw1']}, {'between': ['h2', 'sw1']}]}",
		&lab);
	h = lab_find_host(&lab, "h1");
	assert_int_equal(h->interfaces, 3);
	assert_string_equal(h->interface[0].name, "eth0");
	assert_string_equal(h->interface[0].port, "h1");
	assert_string_equal(h->interface[1].name, "eth1");
	assert_string_equal(h->interface[1].port, "h1.2");
	assert_string_equal(h->interface[2].port, "h1.3");
	h = lab_find_host(&lab, "h2");
	assert_int_equal(h->interfaces, 3);
	assert_string_equal(h->interface[0].name, "a");
	assert_string_equal(h->interface[0].port, "h2.2");
	assert_string_equal(h->interface[1].port, "h2");
	assert_string_equal(h->interface[2].name, "eth1");
	lab_free(&lab);
}

/* Made of names: locally administered, each another one, and the same whatever else is in the file. */
static void addresses_are_made_of_names(void **state)
{
	struct lab a, b;

	(void)state;
	lab_text_takes("{'name': 'l', 'switches': {'s': {}}, 'hosts': {'h{1..100}': {}},"
		       " 'links': [{'between': ['h{1..100}', 's']}]}",
		       &a);
	lab_text_takes(
		"{'name': 'l', 'switches': {'s': {}}, 'hosts': {'h7': {}}, 'links': [{'between': ['h7', 's']}]}",
		&b);
	assert_true(b.host->interface->mac == lab_find_host(&a, "h7")->interface->mac);
	assert_true(b.host->interface->mac_made);
	for (size_t i = 0; i < a.hosts; i++) {
		assert_true(a.host[i].interface->mac >> 40 == 2);
		for (size_t k = 0; k < i; k++)
			assert_true(a.host[i].interface->mac != a.host[k].interface->mac);
	}
	lab_free(&b);
	lab_text_takes(
		"{'name': 'm', 'switches': {'s': {}}, 'hosts': {'h7': {}}, 'links': [{'between': ['h7', 's']}]}",
		&b);
	assert_true(b.host->interface->mac != lab_find_host(&a, "h7")->interface->mac);
	lab_free(&a);
	lab_free(&b);
}

static void a_lab_is_called_like_its_file(void **state)
{
	struct lab lab;

	(void)state;
	lab_text_takes("{}", &lab);
	assert_string_equal(lab.name, "x");
	assert_string_equal(lab.title, "");
	assert_null(lab_uplink_config(&lab, "/run/x"));
	lab_free(&lab);
}

/* What `reload` compares: other words for the same are the same. */
static void hosts_that_are_alike_compare_equal(void **state)
{
	struct lab a, b;

	(void)state;
	lab_text_takes(
		"{'name': 'l', 'switches': {'s': {}}, 'hosts': {'h': {'addresses': ['2001:DB8:0::1/64']}},"
		" 'links': [{'between': ['h', 's']}]}",
		&a);
	lab_text_takes(
		"{'name': 'l', 'links': [{'between': ['s:h', 'h:eth0'], 'mtu': null}], 'switches': {'s': {}},"
		" 'hosts': {'h': {'routes': [], 'interfaces': {'eth0': {'addresses': ['2001:db8::1/64']}}}}}",
		&b);
	assert_true(json_equal(a.host->json, b.host->json));
	lab_free(&b);
	lab_text_takes(
		"{'name': 'l', 'switches': {'s': {}}, 'hosts': {'h': {'addresses': ['2001:db8::2/64']}},"
		" 'links': [{'between': ['h', 's']}]}",
		&b);
	assert_false(json_equal(a.host->json, b.host->json));
	lab_free(&a);
	lab_free(&b);
}

/* What is said of a lab of two hosts that have one address, with these switches and links; "" where it is taken. */
static void twice(const char *switches, const char *links, bool one_lan)
{
	char text[1200];
	struct lab lab;
	struct fail f;
	int rc;

	snprintf(
		text, sizeof(text),
		"{'switches': {%s}, 'hosts': {'a': {'addresses': ['10.0.0.1/24']},\n'b': {'interfaces': {'x': "
		"{'addresses': ['fd00::1/64', '10.0.0.1/8']}}}}, 'links': [%s]}",
		switches, links);
	rc = lab_text_parse(text, &lab, &f);
	if ((rc != 0) != one_lan)
		fail_msg("%s: %s", text, rc ? f.text : "taken");
	if (rc)
		assert_string_equal(
			f.text,
			"labs/x.json:2:56: hosts.b.interfaces.x.addresses[1]: 10.0.0.1 is an "
			"address of a:eth0 too, which is in one LAN with b:x");
	else
		lab_free(&lab);
	fail_clear(&f);
}

#define AWARE(name) "'" name "': {'vlan_aware': true}"
#define AB(settings_a, settings_b) \
	"{'between': ['a', 's'] " settings_a "}, {'between': ['b', 't'] " settings_b "}"

static void an_address_belongs_to_one_host_of_a_lan(void **state)
{
	(void)state;
	twice("'s': {}", "{'between': ['a', 's']}, {'between': ['b', 's']}", true);
	twice("'s': {}, 't': {}", AB("", ""), false);
	twice("'s': {}, 't': {}", AB("", "") ", {'between': ['s', 't']}", true);
	/* VLANs, over a trunk that has them or not, and one that joins two */
	twice(AWARE("s"),
	      "{'between': ['a', 's'], 'access': 10}, {'between': ['b', 's'], 'access': 20}",
	      false);
	twice(AWARE("s"),
	      "{'between': ['a', 's'], 'access': 10}, {'between': ['b', 's'], 'access': 10}", true);
	twice(AWARE("s") "," AWARE("t"),
	      AB(", 'access': 10", ", 'access': 10") ", {'between': ['s', 't'], 'trunk': '10,20'}",
	      true);
	twice(AWARE("s") "," AWARE("t"),
	      AB(", 'access': 10", ", 'access': 10") ", {'between': ['s', 't'], 'trunk': '20'}",
	      false);
	twice(AWARE("s") "," AWARE("t"),
	      AB(", 'access': 10",
		 ", 'access': 20") ", {'between': ['s', 't'], 'at': {'s': {'access': 10}, 't': "
				   "{'access': 20}}}",
	      true);
	twice(AWARE("s") "," AWARE("t"),
	      AB(", 'access': 10", "") ", {'between': ['s', 't'], 'trunk': '10', 'native': 1}",
	      false);
	/* a switch that knows no VLANs passes tags on */
	twice(AWARE("s") ", 'm': {}," AWARE("t"),
	      AB(", 'access': 10",
		 ", 'access': 10") ", {'between': ['s', 'm'], 'at': {'s': {'trunk': '10'}}}, "
				   "{'between': ['m', 't'], 'at': {'t': {'trunk': '10'}}}",
	      true);
	/* what is not taken in */
	twice(AWARE("s"), "{'between': ['a', 's'], 'admit': 'tagged'}, {'between': ['b', 's']}",
	      false);
	/* a customer's VLAN 10 through the provider's 100, and another customer's */
	twice(AWARE("s") "," AWARE("p") "," AWARE("t"),
	      AB(", 'access': 10",
		 ", 'access': 10") ", {'between': ['s', 'p'], 'at': {'s': {'trunk': '10'}, 'p': "
				   "{'dot1q_tunnel': 100}}}, {'between': ['t', 'p'], 'at': "
				   "{'t': {'trunk': '10'}, 'p': {'dot1q_tunnel': 100}}}",
	      true);
	twice(AWARE("s") "," AWARE("p") "," AWARE("t"),
	      AB(", 'access': 10",
		 ", 'access': 10") ", {'between': ['s', 'p'], 'at': {'s': {'trunk': '10'}, 'p': "
				   "{'dot1q_tunnel': 100}}}, {'between': ['t', 'p'], 'at': "
				   "{'t': {'trunk': '10'}, 'p': {'dot1q_tunnel': 200}}}",
	      false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_lab_is_read),
		cmocka_unit_test(the_switches_are_configured),
		cmocka_unit_test(ranges_go_up_together),
		cmocka_unit_test(a_bad_link_is_bad_once),
		cmocka_unit_test(names_are_found_for_what_has_none),
		cmocka_unit_test(addresses_are_made_of_names),
		cmocka_unit_test(a_lab_is_called_like_its_file),
		cmocka_unit_test(hosts_that_are_alike_compare_equal),
		cmocka_unit_test(an_address_belongs_to_one_host_of_a_lan),
	};

	return cmocka_run_group_tests_name("lab file", tests, NULL, NULL);
}

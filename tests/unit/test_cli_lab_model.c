/* SPDX-License-Identifier: ISC */
/* The lab file: what is made of it, and where and how the rest is refused.  Texts stand here with ' for ". */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lab/model.h"
#include "util/mac.h"

static char *quoted(const char *text)
{
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return q;
}

static int parse(const char *text, struct lab *lab, struct fail *f)
{
	char *q = quoted(text);
	int rc;

	memset(lab, 0x5a, sizeof(*lab)); /* lab_parse() starts from nothing */
	memset(f, 0, sizeof(*f));
	rc = lab_parse("labs/x.json", q, strlen(q), lab, f);
	free(q);
	return rc;
}

static void takes(const char *text, struct lab *lab)
{
	struct fail f;

	if (parse(text, lab, &f))
		fail_msg("%s\n%s", text, f.text);
}

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
	takes(whole, &lab);
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
	char *q = quoted(text), *written;
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
	takes(whole, &lab);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_lab_is_read),
		cmocka_unit_test(the_switches_are_configured),
	};

	return cmocka_run_group_tests_name("lab file", tests, NULL, NULL);
}

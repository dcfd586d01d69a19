/* SPDX-License-Identifier: ISC */
/* Lab files that are wrong, each in one thing: where and how it is told.  Texts stand here with ' for ". */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lab_text.h"

/* The text of the error begins with labs/x.json:LINE:COLUMN:, and all of it is what `why` says. */
static void refused(const char *text, const char *why)
{
	static const struct lab empty;
	struct lab lab;
	struct fail f;
	char all[sizeof(f.text) + sizeof(f.hint)];

	if (lab_text_parse(text, &lab, &f) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(f.status, STATUS_REFUSED);
	assert_memory_equal(&lab, &empty, sizeof(lab));
	snprintf(all, sizeof(all), "%s%s%s", f.text, f.hint[0] ? "\n" : "", f.hint);
	for (char *p = all; *p; p++)
		*p = *p == '"' ? '\'' : *p;
	if (strncmp(all, "labs/x.json:", 12) != 0 || strcmp(all + 12, why) != 0)
		fail_msg("%s\n    says: %s\ninstead of: labs/x.json:%s", text, all, why);
	fail_clear(&f);
}

#define SW1		"'switches':{'sw1':{}}"
#define TO_H1		"'links':[{'between':['h1','sw1']}]}"
#define ADDRESSES(list) "{" SW1 ",'hosts':{'h1':\n{'addresses':" list "}}," TO_H1
#define HOST(keys)	"{" SW1 ",'hosts':{'h1':{'addresses':['10.0.0.1/24'],\n" keys "}}," TO_H1
#define LINKS(list)	"{" SW1 ",'hosts':{'h1':{},'h2':{}},\n'links':[" list "]}"
#define LAN_LINKS(list) \
	"{" SW1 ",'hosts':{'h1':{},'h2':{'interfaces':{'lan0':{}}}},\n'links':[" list "]}"

/* clang-format off */
static const struct {
	const char *text, *why;
} wrong[] = {
	/* the whole */
	{"[]",
	 "1:1: found an array, allowed is an object: {'switches': {...}, 'hosts': {...}, ...}"},
	{"{\n", "2:0: string or '}' expected near end of file: a bracket or a quote was not closed"},
	{"{'hosts':{},\n}", "2:1: string or '}' expected near '}': there is no comma behind the last one"},
	{"{'a':1,\n'a':2}", "2:3: duplicate object key near ''a''"},
	{"{\n 'swiches': {}}", "2:2: swiches: unknown key 'swiches'; did you mean 'switches'?"},
	{"{'qqqq': {}}",
	 "1:2: qqqq: unknown key 'qqqq'\nknown here: $schema name title switches hosts vms links uplinks "
	 "checks"},
	{"{'name': 3}", "1:2: name: found the number 3, allowed is a text, the name of the lab"},
	{"{'name': 'a b'}",
	 "1:2: name: found the name 'a b', allowed are letters, digits, '-' and '_', a letter or digit in front"},
	{"{'title': []}",
	 "1:2: title: found an array, allowed is a text that says what the lab shows"},

	{"{'cables':[]}", "1:2: cables: unknown key 'cables'; did you mean 'links'?"},

	/* names and kinds */
	{"{'hosts':{'h{1-3}':{}}}",
	 "1:11: hosts.h{1-3}: found the name 'h{1-3}', allowed are letters, digits, '-' and '_', a letter or "
	 "digit in front\na range is one of whole numbers, with two dots: 'h{1..50}'"},
	{HOST("'gateway':'10.0.0.254'"),
	 "2:1: hosts.h1.gateway: unknown key 'gateway'; did you mean 'routes'?"},
	{LINKS("{'between':['h1','sw1'],\n'vlan':10}"),
	 "3:1: links[0].vlan: unknown key 'vlan'; did you mean 'access'?"},
	{LINKS("{'between':['h1','sw1'],\n'delay':20}"),
	 "3:1: links[0].delay: found '20', which has no unit: write 20ms, 20us or 20s"},
	{"{'switches':{'sw1':{}},\n'links':3}",
	 "2:1: links: found the number 3, allowed is an array: [{'between': ['h1', 'sw1']}, ...]"},
	{"{'hosts':[]}",
	 "1:2: hosts: found an array, allowed is an object: {'NAME': {...}, ...}"},
	{"{'hosts':{'':{}}}",
	 "1:2: hosts.: the name is empty"},
	{"{'hosts':{'h.1':{}}}",
	 "1:11: hosts.h.1: found the name 'h.1', allowed are letters, digits, '-' and '_', a letter or digit in front"},
	{"{'hosts':{'7':{}}}",
	 "1:11: hosts.7: the name '7' is a number; put a letter in front, as in 'h7'"},
	{"{'hosts':{'aaaaaaaaaabbbbbbbbbbccccccccccdd':{}}}",
	 "1:11: hosts.aaaaaaaaaabbbbbbbbbbccccccccccdd: the name 'aaaaaaaaaabbbbbbbbbbccccccccccdd' has 32 characters; at most 31 fit"},
	{"{'switches':{'h1':{}},\n'hosts':{'h1':{}}}",
	 "2:10: hosts.h1: the name h1 is that of a switch already (switches.h1); hosts, VMs, switches and uplinks have names of one space"},
	{"{'hosts':{'h1':3}}",
	 "1:11: hosts.h1: found the number 3, allowed is an object: {'addresses': ['10.0.0.1/24'], ...}"},
	{"{'hosts':{'h1':{'adresses':[]}}}",
	 "1:17: hosts.h1.adresses: unknown key 'adresses'; did you mean 'addresses'?"},
	{"{'hosts':{'h1':{'addresses':'10.0.0.1/24'}}}",
	 "1:17: hosts.h1.addresses: found '10.0.0.1/24', allowed is an array: ['10.0.0.1/24', ...]"},

	/* addresses */
	{ADDRESSES("['10.0.0.1']"),
	 "2:15: hosts.h1.addresses[0]: found '10.0.0.1', allowed is an address and the length of its subnet's prefix, like 10.0.0.1/24 or 2001:db8::1/64"},
	{ADDRESSES("['10.0.0.1/33']"),
	 "2:15: hosts.h1.addresses[0]: found '10.0.0.1/33', allowed is an address and the length of its subnet's prefix, like 10.0.0.1/24 or 2001:db8::1/64"},
	{ADDRESSES("['10.0.0.1/024']"),
	 "2:15: hosts.h1.addresses[0]: found '10.0.0.1/024', allowed is an address and the length of its subnet's prefix, like 10.0.0.1/24 or 2001:db8::1/64"},
	{ADDRESSES("[3]"),
	 "2:15: hosts.h1.addresses[0]: found the number 3, allowed is an address and the length of its subnet's prefix, like 10.0.0.1/24 or 2001:db8::1/64"},
	{ADDRESSES("['10.0.0.0/24']"),
	 "2:15: hosts.h1.addresses[0]: 10.0.0.0/24 is the address of the subnet itself; a host has one above it"},
	{ADDRESSES("['10.0.0.255/24']"),
	 "2:15: hosts.h1.addresses[0]: 10.0.0.255/24 is the broadcast address of its subnet; a host has one below it"},
	{ADDRESSES("['10.0.0.1/0']"),
	 "2:15: hosts.h1.addresses[0]: 10.0.0.1/0 would have all addresses there are in its subnet"},
	{ADDRESSES("['0.0.0.0/8']"),
	 "2:15: hosts.h1.addresses[0]: 0.0.0.0 means no address at all"},
	{ADDRESSES("['127.0.0.2/8']"),
	 "2:15: hosts.h1.addresses[0]: 127.0.0.2 is that of lo, which each host has by itself"},
	{ADDRESSES("['224.0.0.1/4']"),
	 "2:15: hosts.h1.addresses[0]: 224.0.0.1 is a multicast group's"},
	{ADDRESSES("['255.255.255.255/32']"),
	 "2:15: hosts.h1.addresses[0]: 255.255.255.255 is no address that a host may have"},
	{ADDRESSES("['2001:db8::/64']"),
	 "2:15: hosts.h1.addresses[0]: 2001:db8::/64 is the address of all routers of the subnet (RFC 4291, clause 2.6.1); a host has one above it"},
	{ADDRESSES("['::1/128']"),
	 "2:15: hosts.h1.addresses[0]: ::1 is that of lo, which each host has by itself"},
	{ADDRESSES("['ff02::1/64']"),
	 "2:15: hosts.h1.addresses[0]: ff02::1 is a multicast group's"},
	{ADDRESSES("['::ffff:10.0.0.1/120']"),
	 "2:15: hosts.h1.addresses[0]: found '::ffff:10.0.0.1/120', allowed is an address and the length of its subnet's prefix, like 10.0.0.1/24 or 2001:db8::1/64"},
	{ADDRESSES("['10.0.0.1/24','10.0.0.1/16']"),
	 "2:29: hosts.h1.addresses[1]: h1 has the address 10.0.0.1 twice"},
	{ADDRESSES("['10.0.0.{1..3}/24']"),
	 "2:15: hosts.h1.addresses[0]: found '10.0.0.{1..3}/24', allowed is an address and the length of its subnet's prefix, like 10.0.0.1/24 or 2001:db8::1/64\na range counts only in an entry that has one in its name, or in 'between'"},

	/* interfaces */
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'mac':'01:00:00:00:00:01'}},\n'links':[{'between':['h1','sw1']}]}",
	 "1:39: hosts.h1.mac: found '01:00:00:00:00:01', allowed is the address of one station, like 02:00:00:00:00:01"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'mtu':10}},\n'links':[{'between':['h1','sw1']}]}",
	 "1:39: hosts.h1.mtu: found the number 10, allowed is a number from 68 to 65521"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'mtu':1400}},\n'links':[{'between':['h1','sw1'],'mtu':1500}]}",
	 "2:34: links[0].mtu: it is 1500 here and 1400 for h1:eth0, which is the other side of this port; say it once"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'mtu':1400,'interfaces':{}}},\n'links':[{'between':['h1','sw1']}]}",
	 "1:39: hosts.h1.mtu: a host has 'mtu' of its own only where it has no 'interfaces'; move it to one of them"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':{'lo':{}}}}}",
	 "1:53: hosts.h1.interfaces.lo: each host has lo by itself; an interface with a link has another name, like eth0"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':{'averylongnameofone':{}}}}}",
	 "1:53: hosts.h1.interfaces.averylongnameofone: found the name 'averylongnameofone', allowed are 1 to 15 characters"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':{'a/b':{}}}}}",
	 "1:53: hosts.h1.interfaces.a/b: found the name 'a/b', allowed is one of an interface: letters, digits and a few signs as in eth0, lan-1 or eth0.10"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':{'eth0':[]}}}}",
	 "1:53: hosts.h1.interfaces.eth0: found an array, allowed is an object"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':[]}}}",
	 "1:39: hosts.h1.interfaces: found an array, allowed is an object: {'eth0': {...}, ...}"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':{'eth0':{'add':1}}}}}",
	 "1:61: hosts.h1.interfaces.eth0.add: unknown key 'add'\nknown here: addresses mac mtu"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'interfaces':\n{'eth0':{}}}}}",
	 "2:2: hosts.h1.interfaces.eth0: h1:eth0 has no link\nunder 'links' write {'between': ['h1:eth0', 'sw1']}"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':\n{'addresses':['10.0.0.1/24']}}}",
	 "1:33: hosts.h1: h1 has no link\nunder 'links' write {'between': ['h1', 'sw1']}"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{'mac':'02:00:00:00:00:01'},\n'h2':{'mac':'02:00:00:00:00:01'}},'links':[{'between':['h1','sw1']},{'between':['h2','sw1']}]}",
	 "2:7: hosts.h2.mac: h2:eth0 has the address 02:00:00:00:00:01, which h1:eth0 has already"},

	/* routes */
	{HOST("'routes':3"),
	 "2:1: hosts.h1.routes: found the number 3, allowed is an array: [{'to': 'default', 'via': '10.0.0.254'}, ...]"},
	{HOST("'routes':[3]"),
	 "2:11: hosts.h1.routes[0]: found the number 3, allowed is an object: {'to': 'default', 'via': '10.0.0.254'}"},
	{HOST("'routes':[{'via':'10.0.0.9','too':1}]"),
	 "2:29: hosts.h1.routes[0].too: unknown key 'too'; did you mean 'to'?"},
	{HOST("'routes':[{}]"),
	 "2:11: hosts.h1.routes[0]: it has neither 'via' nor 'dev', so it leads nowhere"},
	{HOST("'routes':[{'via':'10.0.1.9'}]"),
	 "2:12: hosts.h1.routes[0].via: the router 10.0.1.9 is in no subnet of h1"},
	{HOST("'routes':[{'via':'10.0.0.1'}]"),
	 "2:12: hosts.h1.routes[0].via: 10.0.0.1 is an address of h1 itself"},
	{HOST("'routes':[{'via':'10.0.0.1/24'}]"),
	 "2:12: hosts.h1.routes[0].via: found '10.0.0.1/24', allowed is an address like 10.0.0.254 or 2001:db8::fe"},
	{HOST("'routes':[{'to':'10.1.0.1/16','via':'10.0.0.9'}]"),
	 "2:12: hosts.h1.routes[0].to: 10.1.0.1/16 has bits behind its prefix; the network is 10.1.0.0/16"},
	{HOST("'routes':[{'to':'10.1.0.0','via':'10.0.0.9'}]"),
	 "2:12: hosts.h1.routes[0].to: found '10.1.0.0', allowed is 'default' or a network like 10.0.0.0/24 or 2001:db8::/64"},
	{HOST("'routes':[{'to':'2001:db8::/32','via':'10.0.0.9'}]"),
	 "2:11: hosts.h1.routes[0]: 2001:db8::/32 and 10.0.0.9 are of two families"},
	{HOST("'routes':[{'via':'fe80::1'}]"),
	 "2:12: hosts.h1.routes[0].via: fe80::1 is on every link; say with 'dev' on which"},
	{HOST("'routes':[{'via':'10.0.0.9','dev':'eth1'}]"),
	 "2:29: hosts.h1.routes[0].dev: h1 has no interface eth1"},
	{HOST("'routes':[{'dev':'eth0','metric':-1}]"),
	 "2:25: hosts.h1.routes[0].metric: found the number -1, allowed is a number from 0"},
	{HOST("'routes':[{'dev':''}]"),
	 "2:12: hosts.h1.routes[0].dev: found '', allowed is the name of an interface"},

	/* sysctls, files and commands */
	{HOST("'sysctls':[]"),
	 "2:1: hosts.h1.sysctls: found an array, allowed is an object: {'net.ipv4.ip_forward': 1, ...}"},
	{HOST("'sysctls':{'kernel.panic':1}"),
	 "2:12: hosts.h1.sysctls.kernel.panic: this is of the whole machine; a host has 'net.' and 'kernel.domainname' of its own"},
	{HOST("'sysctls':{'net..ipv4':1}"),
	 "2:12: hosts.h1.sysctls.net..ipv4: found a key that cannot be one of sysctl(8), which are like net.ipv4.ip_forward"},
	{HOST("'sysctls':{'net/../kernel':1}"),
	 "2:12: hosts.h1.sysctls.net/../kernel: found a key that cannot be one of sysctl(8), which are like net.ipv4.ip_forward"},
	{HOST("'sysctls':{'net.ipv4.ip_forward':[]}"),
	 "2:12: hosts.h1.sysctls.net.ipv4.ip_forward: found an array, allowed is a number, true, false or a text"},
	{HOST("'sysctls':{'net.ipv4.ip_forward':1,'net/ipv4/ip_forward':1}"),
	 "2:36: hosts.h1.sysctls.net/ipv4/ip_forward: it is set twice, once with dots and once with slashes"},
	{HOST("'files':[]"),
	 "2:1: hosts.h1.files: found an array, allowed is an object: {'/etc/motd': ['line', ...], ...}"},
	{HOST("'files':{'etc/motd':''}"),
	 "2:10: hosts.h1.files.etc/motd: found 'etc/motd', allowed is a path from the root, like /etc/motd"},
	{HOST("'files':{'/etc/../motd':''}"),
	 "2:10: hosts.h1.files./etc/../motd: found '/etc/../motd', allowed is the path of a file, without '.', '..' and double slashes"},
	{HOST("'files':{'/etc/':''}"),
	 "2:10: hosts.h1.files./etc/: found '/etc/', allowed is the path of a file, without '.', '..' and double slashes"},
	{HOST("'files':{'/proc/x':''}"),
	 "2:10: hosts.h1.files./proc/x: found '/proc/x', allowed is a path outside of /proc, /sys and /dev, which are the kernel's"},
	{HOST("'files':{'/etc/motd':3}"),
	 "2:10: hosts.h1.files./etc/motd: found the number 3, allowed is a text, an array of lines, or {'mode': '0755', 'text': ...}"},
	{HOST("'files':{'/etc/motd':[3]}"),
	 "2:10: hosts.h1.files./etc/motd: found an array, allowed is a text, an array of lines, or {'mode': '0755', 'text': ...}"},
	{HOST("'files':{'/etc/motd':{'mode':'644x','text':''}}"),
	 "2:23: hosts.h1.files./etc/motd.mode: found '644x', allowed is the mode of a file, like '0644' or '0755'"},
	{HOST("'files':{'/etc/motd':{'mode':'0644'}}"),
	 "2:10: hosts.h1.files./etc/motd: found an object, allowed is a text, an array of lines, or {'mode': '0755', 'text': ...}"},
	{HOST("'files':{'/etc/motd':{'txt':'0644'}}"),
	 "2:23: hosts.h1.files./etc/motd.txt: unknown key 'txt'; did you mean 'text'?"},
	{HOST("'commands':'ls'"),
	 "2:1: hosts.h1.commands: found 'ls', allowed is an array: ['python3 -m http.server 80', ...]"},
	{HOST("'commands':['']"),
	 "2:13: hosts.h1.commands[0]: found '', allowed is a command for sh -c"},
	{HOST("'commands':['a\\u0007']"),
	 "2:13: hosts.h1.commands[0]: found the byte 0x07; allowed is text in UTF-8 without control characters"},

	/* vms */
	{"{'vms':{'v':{}}}",
	 "1:9: vms.v: it has neither 'kernel' nor 'disk', so there is nothing to boot"},
	{"{'vms':{'v':{'disk':'d','append':'x'}}}",
	 "1:25: vms.v.append: it is of no use without 'kernel'"},
	{"{'vms':{'v':{'kernel':3}}}",
	 "1:14: vms.v.kernel: found the number 3, allowed is the path of a file, relative to this one"},
	{"{'vms':{'v':{'kernel':'k','memory':'256'}}}",
	 "1:27: vms.v.memory: found '256', allowed is how much memory it has, like '256M' or '2G'"},
	{"{'vms':{'v':{'kernel':'k','memory':0}}}",
	 "1:27: vms.v.memory: found the number 0, allowed is how much memory it has, like '256M' or '2G'"},
	{"{'vms':{'v':{'kernel':'k','cpus':100}}}",
	 "1:27: vms.v.cpus: found the number 100, allowed is a number from 1 to 64"},
	{"{'vms':{'v':{'kernel':'k','args':'x'}}}",
	 "1:27: vms.v.args: found 'x', allowed is an array: ['-snapshot', ...]"},
	{"{'vms':{'v':{'kernel':'k','args':[3]}}}",
	 "1:35: vms.v.args[0]: found the number 3, allowed is a word of QEMU's command line"},
	{"{'vms':{'v':{'kernel':'k','ram':3}}}",
	 "1:27: vms.v.ram: unknown key 'ram'\nknown here: kernel initrd append disk memory cpus accel args interfaces"},
	{"{'vms':{'v':{'kernel':'k','accel':'xen'}}}",
	 "1:27: vms.v.accel: found 'xen', allowed is 'auto', 'kvm' or 'tcg'"},
	{"{'vms':{'v':{'kernel':'k','interfaces':{'eth0':{}}}}}",
	 "1:41: vms.v.interfaces.eth0: the name has to be net0 here: interfaces of a VM are net0, net1 and so on, in this order"},
	{"{'vms':{'v':{'kernel':'k','interfaces':{'net0':{}}}}}",
	 "1:9: vms.v: v:net0 has no link\nunder 'links' write {'between': ['v:net0', 'sw1']}"},
	{"{'vms':{'v':{'kernel':'k','interfaces':{'net0':{'addresses':[]}}}}}",
	 "1:49: vms.v.interfaces.net0.addresses: unknown key 'addresses'\nknown here: mac"},
	{"{'switches':{'sw1':{}},'vms':{'v':{'kernel':'k'}},'links':[{'between':['v:net1','sw1']}]}",
	 "1:31: vms.v: v:net0 has no link\nunder 'links' write {'between': ['v:net0', 'sw1']}"},
	{"{'switches':{'sw1':{}},'vms':{'v':{'kernel':'k'}},'links':[{'between':['v:eth0','sw1']}]}",
	 "1:61: links[0].between: interfaces of a VM are net0 to net15; found eth0"},

	/* links */
	{LINKS("3"),
	 "2:10: links[0]: found the number 3, allowed is an object: {'between': ['h1', 'sw1'], ...}"},
	{LINKS("{}"),
	 "2:10: links[0]: 'between' is missing; allowed is ['h1', 'sw1']: two ends, each a node or NODE:NAME"},
	{LINKS("{'between':'h1'}"),
	 "2:11: links[0].between: found 'h1', allowed is ['h1', 'sw1']: two ends, each a node or NODE:NAME"},
	{LINKS("{'between':['h1']}"),
	 "2:11: links[0].between: found an array, allowed is ['h1', 'sw1']: two ends, each a node or NODE:NAME"},
	{LINKS("{'between':['h1','sw2']}"),
	 "2:27: links[0].between[1]: there is no host, VM or switch 'sw2'; did you mean 'sw1'?"},
	{LINKS("{'between':['hh','sw1']}"),
	 "2:22: links[0].between[0]: there is no host, VM or switch 'hh'; did you mean 'h1'?"},
	{LINKS("{'between':['h1','h2']}"),
	 "2:11: links[0].between: h1 is a host and h2 is a host, and one end has to be a switch\nput a switch between them: {'between': ['h1', 'sw1']}, {'between': ['h2', 'sw1']}"},
	{LINKS("{'between':['h1','h1']}"),
	 "2:11: links[0].between: both ends are h1; one has to be a switch"},
	{LAN_LINKS("{'between':['h1','sw1:p1']},{'between':['h2:lan0','sw1:p1']}"),
	 "2:39: links[1].between: sw1:p1 is an end already, of links[0]"},
	{LAN_LINKS("{'between':['h2:lan2','sw1:p1']}"),
	 "2:11: links[0].between: the host has no interface 'lan2'; did you mean 'lan0'?"},
	{LAN_LINKS("{'between':['h2:lan0','sw1:a b']}"),
	 "2:32: links[0].between[1]: the name 'a b' has a ' '; use letters, digits and -_.:@+"},
	{LINKS("{'between':['h1:','sw1']}"),
	 "2:22: links[0].between[0]: found the name '', allowed are 1 to 15 characters"},
	{LINKS("{'between':['h1','sw1'],'acces':3}"),
	 "2:34: links[0].acces: unknown key 'acces'; did you mean 'access'?"},
	{LINKS("{'between':['h1','sw1'],'access':3}"),
	 "2:34: links[0].access: sw1 knows no VLANs, so this means nothing there; set 'vlan_aware': true in switches.sw1"},
	{LINKS("{'between':['h1','sw1'],'stp_cost':-3}"),
	 "2:34: links[0].stp_cost: found the number -3, allowed is a whole number from 0 to 200000000"},
	{LINKS("{'between':['h1','sw1'],'netns':'x'}"),
	 "2:34: links[0].netns: it cannot be set here: the port of a host is an interface of the host, whose name 'between' can say, as in 'h1:eth0'"},
	{LINKS("{'between':['h1','sw1'],'mac':'x'}"),
	 "2:34: links[0].mac: it cannot be set here: the address is that of the host's interface; set it there, under 'hosts' or 'vms'"},
	{LINKS("{'between':['h1','sw1'],'type':'tap'}"),
	 "2:34: links[0].type: it cannot be set here: a lab makes the kind of port that what is at the other end needs"},
	{LINKS("{'between':['h1','sw1'],'persist':true}"),
	 "2:34: links[0].persist: it cannot be set here: a lab makes its ports when it goes up and takes them away with itself"},
	{LINKS("{'between':['h1','sw1'],'at':3}"),
	 "2:34: links[0].at: found the number 3, allowed is an object: {'sw1': {settings of its port}}"},
	{LINKS("{'between':['h1','sw1'],'at':{'sw3':{}}}"),
	 "2:40: links[0].at.sw3: this is not one of the ends, which are h1:eth0 and sw1:h1"},
	{LINKS("{'between':['h1','sw1'],'at':{'h1':{}}}"),
	 "2:40: links[0].at.h1: settings are those of the port of a switch, and h1 is none; those of the port at the other end stand beside 'between'"},
	{LINKS("{'between':['h1','sw1'],'at':{'sw1':3}}"),
	 "2:40: links[0].at.sw1: found the number 3, allowed is an object: the settings of a port"},
	{LINKS("{'between':['h1','sw1'],'at':{'sw1':\n{'stp_cost':-1}}}"),
	 "3:2: links[0].at.sw1.stp_cost: found the number -1, allowed is a whole number from 0 to 200000000"},
	{LINKS("{'between':['h1','sw1'],'at':{'sw1':\n{'access':1}}}"),
	 "3:2: links[0].at.sw1.access: sw1 knows no VLANs, so this means nothing there; set 'vlan_aware': true in switches.sw1"},
	{LINKS("{'between':['h{2..1}','sw1']}"),
	 "2:22: links[0].between[0]: the range {2..1} goes down; write the lower number first"},
	{LINKS("{'between':['h{1..3}','sw{1..2}']}"),
	 "2:32: links[0].between[1]: this end is of 2 and the other of 3; they go up together, so they have to be of one length"},

	/* switches */
	{"{'switches':{'sw1':{'ports':{}}}}",
	 "1:21: switches.sw1.ports: the ports of a lab's switch are made of 'links' and 'uplinks'; say there what is between sw1 and others"},
	{"{'switches':{'sw1':3}}",
	 "1:14: switches.sw1: found the number 3, allowed is an object: the settings of a switch"},
	{"{'switches':{'sw1':{'vlan_awar':true}}}",
	 "1:21: switches.sw1.vlan_awar: unknown key 'vlan_awar'; did you mean 'vlan_aware'?"},
	{"{'switches':{'sw1':\n{'ageing_s':-1}}}",
	 "2:2: switches.sw1.ageing_s: found the number -1, allowed is a whole number from 0 to 1000000"},
	{"{'switches':{'sw1':{'vlans':{'10':{}}}}}",
	 "1:21: switches.sw1.vlans: sw1 knows no VLANs, so they mean nothing there; set 'vlan_aware': true"},
	{"{'switches':{'sw1':{'vlan_aware':true,'vlans':\n{'5000':{}}}}}",
	 "2:2: switches.sw1.vlans.5000: found the key '5000', allowed is the number of a VLAN, 1 to 4094"},
	{"{'switches':{'sw1':{'macs':[{'mac':'02:00:00:00:00:01','port':'h9'}]}}}",
	 "1:56: switches.sw1.macs[0].port: there is no port 'h9' in this switch"},
	{"{'switches':{'sw{1..3}':\n{'ageing_s':-1}}}",
	 "2:2: switches.sw{1..3}.ageing_s (sw1): found the number -1, allowed is a whole number from 0 to 1000000"},
	{"{'switches':{'sw{1..65}':{}}}",
	 "1:2: switches: 65 switches, but a daemon has at most 64"},
	{"{'switches':{'sw1':{},'sw1.2':{}}}",
	 "1:23: switches.sw1.2: found the name 'sw1.2', allowed are letters, digits, '-' and '_', a letter or digit in front"},

	/* uplinks */
	{"{'switches':{'sw1':{}},'uplinks':{'u':{}}}",
	 "1:35: uplinks.u: 'switch' is missing; an uplink is like {'switch': 'sw1', 'type': 'vxlan', ...}"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw2','type':'vxlan'}}}",
	 "1:40: uplinks.u.switch: there is no switch 'sw2'; did you mean 'sw1'?"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw1','type':'tap'}}}",
	 "1:55: uplinks.u.type: found 'tap', allowed is 'vxlan' or 'udp'"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan'}}}",
	 "1:35: uplinks.u: 'vni' is missing: the VXLAN network identifier: which of the LANs between the same hosts it is"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan','vni':-1}}}",
	 "1:70: uplinks.u.vni: found the number -1, allowed is a whole number from 0 to 16777215"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan','vnii':1}}}",
	 "1:70: uplinks.u.vnii: unknown key 'vnii'; did you mean 'vni'?"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan','vni':1,'stp_cost':-1}}}",
	 "1:78: uplinks.u.stp_cost: found the number -1, allowed is a whole number from 0 to 200000000"},
	{"{'switches':{'sw1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan','vni':1,'access':1}}}",
	 "1:78: uplinks.u.access: sw1 knows no VLANs, so this means nothing there; set 'vlan_aware': true in switches.sw1"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan','vni':1}},'links':[{'between':['h1','sw1:u']}]}",
	 "1:108: links[0].between: sw1:u is an end already, of uplinks.u"},
	{"{'switches':{'sw1':{}},'hosts':{'h1':{}},'uplinks':{'u':{'switch':'sw1','type':'vxlan','vni':1}},'links':[{'between':['u','sw1']}]}",
	 "1:119: links[0].between[0]: u is an uplink, whose 'switch' says where it begins; a link is between hosts, VMs and switches"},

	/* ranges */
	{"{'hosts':{'h{1..3}':{'files':{'/a{1..2}':''}}}}",
	 "1:31: hosts.h{1..3}.files./a{1..2} (h1): the range in '/a{1..2}' is of 2 numbers, but the entry it is in stands for 3; they go up together, so they have to be of one length"},
	{"{'hosts':{'h{1..3}':{},'h2':{}}}",
	 "1:24: hosts.h2: the name h2 is that of a host already (hosts.h{1..3}); hosts, VMs, switches and uplinks have names of one space"},
	{"{'hosts':{'h{1..2000}':{}}}",
	 "1:11: hosts.h{1..2000}: the range {1..2000} is of more than 1024 numbers"},
	{"{'hosts':{'h{1..1000}':{},'g{1..1000}':{}}}",
	 "1:27: hosts.g{1..1000} (g25): there are more than 1024 of them"},
	{"{'switches':{'sw1':{}},'hosts':{'h{1..3}':{'addresses':['10.0.0.{1..4}/24']}}}",
	 "1:57: hosts.h{1..3}.addresses[0] (h1): the range in '10.0.0.{1..4}/24' is of 4 numbers, but the entry it is in stands for 3; they go up together, so they have to be of one length"},
	{"{'switches':{'sw1':{}},'hosts':{'h{1..3}':{'addresses':['10.0.{1..3}.0/24']}}}",
	 "1:57: hosts.h{1..3}.addresses[0] (h1): 10.0.1.0/24 is the address of the subnet itself; a host has one above it"},
	{"{'switches':{'sw1':{}},'hosts':{'h{1..3}':{'addresses':['10.0.0.{1..3}/24']}},'links':[{'between':['h{1..3}','sw1'],'stp_cost':-1}]}",
	 "1:117: links[0].stp_cost (h1 to sw1): found the number -1, allowed is a whole number from 0 to 200000000"},
	{"{'checks':{}}",
	 "1:2: checks: found an object, allowed is an array: [{check}, ...], see switchd-lab.json(5)"},
	{"{'switches':{'sw1':{}},'links':[{'between':['sw1:a','sw1:b'],'at':{'sw1':{}}}]}",
	 "1:68: links[0].at.sw1: this is not one of the ends, which are sw1:a and sw1:b"},
};

/* What looks alike and is right. */
static const char *const right[] = {
	ADDRESSES("['10.0.0.0/31']"),
	ADDRESSES("['10.0.0.1/32']"),
	ADDRESSES("['2001:db8::1/64']"),
	HOST("'routes':[{'via':'fe80::1','dev':'eth0'}]"),
	LINKS("{'between':['h1','sw1']},{'between':['h1:eth0','sw1']}"),
	LINKS("{'between':['h{1..2}','sw1']}"),
	"{'switches':{'sw1':{}},'links':[{'between':['sw1:a','sw1:b'],'at':{'sw1:b':{'stp_cost':3}}}]}",
};
/* clang-format on */

static void each_mistake_is_told_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		refused(wrong[i].text, wrong[i].why);
}

static void what_looks_alike_is_taken(void **state)
{
	struct lab lab;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		lab_text_takes(right[i], &lab);
		lab_free(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_told_at_its_place),
		cmocka_unit_test(what_looks_alike_is_taken),
	};

	return cmocka_run_group_tests_name("mistakes in lab files", tests, NULL, NULL);
}

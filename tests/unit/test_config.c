/* SPDX-License-Identifier: ISC */
/*
 * The configuration read from JSON: what is accepted, and where and how the rest is refused.  The
 * texts stand here with ' for ", to be readable.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/config.h"
#include "util/mac.h"
#include "util/portset.h"

/* A copy with " for each '. */
static char *quoted(const char *text)
{
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return q;
}

static int parse(const char *text, struct config *c, struct err *e)
{
	char *q = quoted(text);
	json_t *root = json_loads(q, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	if (!root)
		fail_msg("this test is no JSON: %s", q);
	free(q);
	memset(c, 0x5a, sizeof(*c)); /* config_parse() starts from nothing */
	int rc = config_parse(root, c, e);
	json_decref(root);
	return rc;
}

static void takes(const char *text, struct config *c)
{
	struct err e = {0};

	if (parse(text, c, &e))
		fail_msg("%s\n%s: %s", text, e.path, e.text);
	assert_string_equal(e.text, "");
}

static void accepts(const char *text)
{
	struct config c;

	takes(text, &c);
	config_free(&c);
}

static void refused_with(int code, const char *text, const char *path, const char *hint)
{
	static const struct config empty;
	struct config c;
	struct err e = {0};
	char *q = quoted(hint);
	int rc = parse(text, &c, &e);

	if (rc == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(rc, -code);
	assert_int_equal(e.code, code);
	assert_string_equal(e.path, path);
	if (!strstr(e.text, q))
		fail_msg("\"%s\" does not say %s", e.text, q);
	free(q);
	assert_memory_equal(&c, &empty, sizeof(c));
}

static void refuses(const char *text, const char *path, const char *hint)
{
	refused_with(EINVAL, text, path, hint);
}

/* ---- what is there, and what is not ---- */

static void nothing_is_a_configuration(void **state)
{
	struct config c;

	takes("{}", &c);
	assert_int_equal(c.switches, 0);
	assert_string_equal(c.daemon.control_group, "");
	assert_string_equal(c.daemon.log_level, "info");
	config_free(&c);
	accepts("{'switches':{}}");
	accepts("{'control':{},'log':{}}");
}

static void defaults_of_a_switch(void **state)
{
	struct config c;

	takes("{'switches':{'sw0':{}}}", &c);
	assert_int_equal(c.switches, 1);
	assert_string_equal(c.sw[0].name, "sw0");
	assert_int_equal(c.sw[0].set.ageing_s, AGEING_DEFAULT_S);
	assert_int_equal(c.sw[0].set.max_macs, FDB_MACS_DEFAULT);
	assert_int_equal(c.sw[0].set.link_local, 0);
	assert_int_equal(c.sw[0].ports, 0);
	assert_int_equal(c.sw[0].macs, 0);
	config_free(&c);
	accepts("{'switches':{'sw0':{'ports':{},'macs':[]}}}");
}

static void defaults_of_a_port(void **state)
{
	struct config c;

	takes("{'switches':{'sw0':{'ports':{'h1':{}}}}}", &c);
	assert_int_equal(c.sw[0].ports, 1);
	const struct port_cfg *p = &c.sw[0].port[0];
	assert_string_equal(p->name, "h1");
	assert_string_equal(p->type, "tap");
	assert_string_equal(tap_ifname(p), "h1");
	assert_string_equal(p->u.tap.ifname, "");
	assert_string_equal(p->u.tap.netns, "");
	assert_int_equal(p->mtu, 0);
	assert_int_equal(p->set.max_macs, 0);
	assert_true(p->u.tap.up);
	assert_false(p->u.tap.persist);
	assert_true(p->u.tap.mac == MAC_NONE);
	config_free(&c);
}

#define EVERYTHING                                                                                \
	"{'$schema':'./switchd.schema.json','control':{'group':'wheel'},'log':{'level':'debug'}," \
	"'switches':{"                                                                            \
	"'sw0':{'ageing_s':10,'max_macs':1000,'link_local':'0x4000','ports':{"                    \
	"'h1':{'type':'tap','ifname':'tap1','netns':'blue','mtu':9000,'max_macs':5,"              \
	"'mac':'02:00:00:00:00:01','up':false,'persist':true,'owner':'me','group':'us'},"         \
	"'h2':{}},"                                                                               \
	"'macs':[{'mac':'02:00:00:00:00:aa','port':'h2','vlan':10},"                              \
	"{'mac':'02-00-00-00-00-AA','port':'h1'}]},"                                              \
	"'sw1':{'ports':{'h3':{}}}}}"

static void everything_arrives(void **state)
{
	struct config c;

	takes(EVERYTHING, &c);
	assert_string_equal(c.daemon.control_group, "wheel");
	assert_string_equal(c.daemon.log_level, "debug");
	assert_int_equal(c.switches, 2);
	const struct switch_cfg *s = config_find_switch(&c, "sw0");
	assert_non_null(s);
	assert_int_equal(s->set.ageing_s, 10);
	assert_int_equal(s->set.max_macs, 1000);
	assert_int_equal(s->set.link_local, 0x4000);
	assert_int_equal(s->ports, 2);
	const struct port_cfg *p = config_find_port(s, "h1");
	assert_non_null(p);
	assert_string_equal(p->u.tap.ifname, "tap1");
	assert_string_equal(p->u.tap.netns, "blue");
	assert_int_equal(p->mtu, 9000);
	assert_int_equal(p->set.max_macs, 5);
	assert_true(p->u.tap.mac == STATION(1));
	assert_false(p->u.tap.up);
	assert_true(p->u.tap.persist);
	assert_string_equal(p->u.tap.owner, "me");
	assert_string_equal(p->u.tap.group, "us");
	config_free(&c);
}

static void things_are_found_by_name(void **state)
{
	struct config c;

	takes(EVERYTHING, &c);
	const struct switch_cfg *s = config_find_switch(&c, "sw0");
	assert_non_null(s);
	assert_null(config_find_switch(&c, "sw2"));
	assert_null(config_find_switch(&c, ""));
	assert_ptr_equal(config_find_port(config_find_switch(&c, "sw1"), "h3"), c.sw[1].port);
	assert_null(config_find_port(s, "h3"));
	assert_int_equal(s->macs, 2);
	assert_string_equal(config_find_mac(s, STATION(0xaa), 10)->port, "h2");
	assert_string_equal(config_find_mac(s, STATION(0xaa), 0)->port, "h1");
	assert_null(config_find_mac(s, STATION(0xaa), 1));
	assert_null(config_find_mac(s, STATION(0xab), 0));
	assert_null(config_find_mac(config_find_switch(&c, "sw1"), STATION(0xaa), 0));
	config_free(&c);
}

static void the_schema_is_for_editors(void **state)
{
	accepts("{'$schema':'https://example.org/x.json'}");
	refuses("{'switches':{'sw0':{'$schema':'x'}}}", "switches.sw0", "unknown key '$schema'");
}

/* ---- shapes ---- */

static void the_whole_is_an_object(void **state)
{
	refuses("[]", "", "found an array, allowed is an object");
	refuses("null", "", "found null");
	refuses("'x'", "", "found 'x'");
	refuses("5", "", "found the number 5");
}

static void each_level_is_an_object(void **state)
{
	refuses("{'switches':[]}", "switches", "found an array, allowed is an object");
	refuses("{'switches':{'sw0':3}}", "switches.sw0", "found the number 3");
	refuses("{'switches':{'sw0':null}}", "switches.sw0", "found null");
	refuses("{'switches':{'sw0':{'ports':['h1']}}}", "switches.sw0.ports", "found an array");
	refuses("{'switches':{'sw0':{'ports':{'h1':true}}}}", "switches.sw0.ports.h1",
		"found true");
	refuses("{'switches':{'sw0':{'macs':{}}}}", "switches.sw0.macs",
		"found an object, allowed is an array");
	refuses("{'switches':{'sw0':{'macs':[1]}}}", "switches.sw0.macs[0]",
		"found the number 1, allowed is an object");
	refuses("{'control':'root'}", "control", "found 'root', allowed is an object");
	refuses("{'log':null}", "log", "found null");
}

static void a_type_there_is_not(void **state)
{
	refuses("{'switches':{'sw0':{'ports':{'h1':{'type':'wire'}}}}}",
		"switches.sw0.ports.h1.type", "found 'wire', allowed is one of: tap");
	refuses("{'switches':{'sw0':{'ports':{'h1':{'type':7}}}}}", "switches.sw0.ports.h1.type",
		"found the number 7");
	refuses("{'switches':{'sw0':{'ports':{'h1':{'type':''}}}}}", "switches.sw0.ports.h1.type",
		"found ''");
}

/* ---- the place, the thing found, and what would do ---- */

static void errors_name_the_place(void **state)
{
	refuses("{'switches':{'sw0':{'ports':{'tap1':{'mtu':70000}}}}}",
		"switches.sw0.ports.tap1.mtu", "70000");
	refuses("{'switches':{'sw0':{'ports':{'tap1':{'mtu':70000}}}}}",
		"switches.sw0.ports.tap1.mtu", "allowed is a whole number from 68 to 65521 (or 0)");
	refuses("{'switches':{'a':{},'b':{'ageing_s':'long'}}}", "switches.b.ageing_s",
		"found 'long', allowed is a whole number from 0 to 1000000");
	refuses("{'log':{'level':'loud'}}", "log.level",
		"found 'loud', allowed is one of: error warning info debug");
	refuses("{'control':{'group':5}}", "control.group",
		"found the number 5, allowed is a text");
	refuses("{'switches':{'sw0':{'ports':{'a':{}},'macs':[{'mac':'02:00:00:00:00:01','port':'a'},"
		"{'mac':'02:00:00:00:00:02','port':'a','vlan':4095}]}}}",
		"switches.sw0.macs[1].vlan", "allowed is a whole number from 0 to 4094");
}

static void unknown_keys(void **state)
{
	refuses("{'swiches':{}}", "", "did you mean 'switches'?");
	refuses("{'logs':{}}", "", "did you mean 'log'?");
	refuses("{'contrl':{}}", "", "did you mean 'control'?");
	refuses("{'schema':'x'}", "", "did you mean '$schema'?");
	refuses("{'control':{'grup':'x'}}", "control", "did you mean 'group'?");
	refuses("{'log':{'lvel':'x'}}", "log", "did you mean 'level'?");
	refuses("{'switches':{'sw0':{'aging_s':3}}}", "switches.sw0", "did you mean 'ageing_s'?");
	refuses("{'switches':{'sw0':{'port':{}}}}", "switches.sw0", "did you mean 'ports'?");
	refuses("{'switches':{'sw0':{'mac':[]}}}", "switches.sw0", "did you mean 'macs'?");
	refuses("{'switches':{'sw0':{'ports':{'h1':{'ifnmae':'x'}}}}}", "switches.sw0.ports.h1",
		"did you mean 'ifname'?");
	refuses("{'switches':{'sw0':{'ports':{'h1':{'tpye':'tap'}}}}}", "switches.sw0.ports.h1",
		"did you mean 'type'?");
	refuses("{'switches':{'sw0':{'ports':{'h1':{}},"
		"'macs':[{'mac':'02:00:00:00:00:01','port':'h1','vlna':1}]}}}",
		"switches.sw0.macs[0]", "did you mean 'vlan'?");
}

static void a_key_unlike_any(void **state)
{
	refuses("{'colour':'x'}", "", "unknown key 'colour' (known: ");
	refuses("{'switches':{'sw0':{'colour':1}}}", "switches.sw0",
		"(known: ageing_s max_macs link_local");
	refuses("{'log':{'colour':1}}", "log", "(known: level)");
	refuses("{'':1}", "", "unknown key ''");
	refuses("{'MTU':1}", "", "unknown key 'MTU'");
}

/* Two names of a list with the space between them are not a name of that list. */
static void two_keys_in_one(void **state)
{
	refuses("{'switches':{'sw0':{'ports macs':1}}}", "switches.sw0",
		"unknown key 'ports macs'");
	refuses("{'switches control':{}}", "", "unknown key");
}

/* Errors end on terminals and in logs, which obey control characters. */
static void errors_are_printable(void **state)
{
	static const char *const bad[] = {
		"{'a\\u001b[2Jb':1}",
		"{'switches':{'a/\\u001b[2J\\n':{}}}",
		"{'switches':{'\\r\\n':{}}}",
		"{'switches':{'sw0':{'ports':{'a/\\u007f\\u0007':{}}}}}",
		"{'log':{'level':'\\u001b]0;x\\u0007'}}",
		"{'switches':{'sw0':{'ports':{'h1':{'ifname':'a\\u001b'}}}}}",
		"{'switches':{'sw0':{'ports':{'h1':{'netns':'/\\u001b'}}}}}",
		"{'switches':{'sw0':{'ports':{'h1':{'mac':'01:\\u001b'}}}}}",
		"{'switches':{'sw0':{'ports':{'h1':{'type':'\\u001b'}}}}}",
		"{'switches':{'sw0':{'ports':{'h1':{}},'macs':[{'port':'\\u001b'}]}}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct config c;
		struct err e = {0};

		assert_int_equal(parse(bad[i], &c, &e), -EINVAL);
		assert_true(e.text[0]);
		for (const char *p = e.text; *p; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		for (const char *p = e.path; *p; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}

/* What is quoted is cut, and so is the path; neither within a character. */
static void long_keys_are_cut(void **state)
{
	char text[1600], fish[401] = "";

	for (size_t i = 0; i + 4 < sizeof(fish); i += 4)
		snprintf(fish + i, 5, "\xf0\x9f\x90\x9f");
	for (int shift = 0; shift < 4; shift++) {
		struct config c;
		struct err e = {0};
		json_t *v;

		snprintf(text, sizeof(text), "{'switches':{'%.*s%s':{'%s':1}}}", shift, "xxx", fish,
			 fish);
		assert_int_equal(parse(text, &c, &e), -EINVAL);
		v = json_pack("[s, s]", e.text, e.path); /* fails where it is not UTF-8 */
		assert_non_null(v);
		json_decref(v);
	}
}

/* ---- names ---- */

static void check_name(const char *name, const char *hint)
{
	char text[200], path[80];

	snprintf(text, sizeof(text), "{'switches':{'%s':{}}}", name);
	snprintf(path, sizeof(path), "switches.%s", name);
	refuses(text, path, hint);
	snprintf(text, sizeof(text), "{'switches':{'sw0':{'ports':{'%s':{'ifname':'x'}}}}}", name);
	snprintf(path, sizeof(path), "switches.sw0.ports.%s", name);
	refuses(text, path, hint);
}

static void names_that_are_none(void **state)
{
	refuses("{'switches':{'':{}}}", "switches", "the name is empty");
	refuses("{'switches':{'sw0':{'ports':{'':{}}}}}", "switches.sw0.ports",
		"the name is empty");
	check_name("a/b", "use letters, digits and");
	check_name("../x", "use letters, digits and");
	check_name("a b", "use letters, digits and");
	check_name("-x", "in front");
	check_name("a%d", "use letters, digits and");
	check_name("\xc3\xbc", "0xc3");
	check_name("abcdefghijklmnopqrstuvwxyz012345", "32 characters; at most 31");
}

static void names_that_are_good(void **state)
{
	accepts("{'switches':{'abcdefghijklmnopqrstuvwxyz01234':{'ports':"
		"{'abcdefghijklmnopqrstuvwxyz01234':{'ifname':'x'}}}}}");
	accepts("{'switches':{'_':{},'0':{},'a-b_c.d:e@f+g':{}}}");
}

static void a_port_name_no_device_can_bear(void **state)
{
	accepts("{'switches':{'sw0':{'ports':{'exactly15chars_':{}}}}}");
	refuses("{'switches':{'sw0':{'ports':{'sixteen_chars_ab':{}}}}}",
		"switches.sw0.ports.sixteen_chars_ab", "ifname");
	refuses("{'switches':{'sw0':{'ports':{'a:b':{}}}}}", "switches.sw0.ports.a:b", "ifname");
	accepts("{'switches':{'sw0':{'ports':{'a:b':{'ifname':'ab'}}}}}");
}

/* The word means the default on a command line; in a file null does, and words are words. */
static void default_is_a_name(void **state)
{
	struct config c;

	takes("{'switches':{'default':{'ports':{'default':{'netns':'default'}},"
	      "'macs':[{'mac':'02:00:00:00:00:01','port':'default'}]}}}",
	      &c);
	assert_string_equal(c.sw[0].port[0].u.tap.netns, "default");
	assert_string_equal(c.sw[0].mac[0].port, "default");
	config_free(&c);
}

/* ---- devices ---- */

#define PORTS(a, b) "{'switches':{'sw0':{'ports':{" a "," b "}}}}"

static void two_ports_for_one_device(void **state)
{
	refuses(PORTS("'a':{'ifname':'tap1'}", "'b':{'ifname':'tap1'}"), "switches.sw0.ports.b",
		"tap1 is that of port sw0.a already");
	refuses(PORTS("'a':{'ifname':'t','netns':'blue'}", "'b':{'ifname':'t','netns':'blue'}"),
		"switches.sw0.ports.b", "t in namespace blue");
	/* one by its name, one by ifname; of another switch */
	refuses(PORTS("'t':{}", "'b':{'ifname':'t'}"), "switches.sw0.ports.b", "sw0.t already");
	refuses("{'switches':{'a':{'ports':{'t':{}}},'b':{'ports':{'x':{},'t':{}}}}}",
		"switches.b.ports.t", "a.t already");
}

#define UDP(local, remote) "{'type':'udp','local':'" local "','remote':'" remote "'}"

static void two_ports_for_one_address(void **state)
{
	refuses(PORTS("'a':" UDP("192.0.2.1:4", "192.0.2.2:4"),
		      "'b':" UDP("192.0.2.1:4", "192.0.2.3:4")),
		"switches.sw0.ports.b", "the address 192.0.2.1:4 is that of port sw0.a already");
	/* where one takes what is sent to any address, and another stands between them */
	refuses(PORTS("'a':" UDP("192.0.2.9:4", "192.0.2.2:4"),
		      "'x':" UDP("192.0.2.1:9", "192.0.2.2:4") ",'b':" UDP("0.0.0.0:4",
									   "192.0.2.3:4")),
		"switches.sw0.ports.a", "the address 192.0.2.9:4 is that of port sw0.b already");
	accepts(PORTS("'a':" UDP("192.0.2.1:4", "192.0.2.3:4"),
		      "'b':" UDP("192.0.2.1:5", "192.0.2.3:4")));
	accepts(PORTS("'a':" UDP("0.0.0.0:4", "192.0.2.3:4"),
		      "'b':" UDP("[::]:4", "[2001:db8::1]:4")));
}

static void what_a_udp_port_cannot_do_without(void **state)
{
	refuses(PORTS("'a':{'type':'udp','local':'192.0.2.1:4'}", "'b':{}"), "switches.sw0.ports.a",
		"'remote' is missing");
	refuses(PORTS("'a':{'type':'udp','remote':'192.0.2.1:4'}", "'b':{}"),
		"switches.sw0.ports.a", "'local' is missing");
	refuses(PORTS("'a':" UDP("192.0.2.1:4", "[::1]:4"), "'b':{}"), "switches.sw0.ports.a",
		"both IPv4 or both IPv6");
	refuses(PORTS("'a':{'type':'udp','netns':'x'}", "'b':{}"), "switches.sw0.ports.a",
		"unknown key 'netns' (known: local remote mtu coalesce filter_in");
	refuses(PORTS("'a':{'local':'192.0.2.1:4'}", "'b':{}"), "switches.sw0.ports.a",
		"unknown key 'local'");
}

static void devices_that_are_two(void **state)
{
	accepts(PORTS("'a':{'ifname':'t','netns':'blue'}", "'b':{'ifname':'t'}"));
	accepts(PORTS("'a':{'ifname':'t','netns':'blue'}", "'b':{'ifname':'t','netns':'red'}"));
	accepts(PORTS("'a':{'ifname':'tap%d'}", "'b':{'ifname':'tap%d'}"));
}

static void as_many_ports_as_fit(void **state)
{
	for (unsigned n = PORTSET_MAX; n <= PORTSET_MAX + 1; n++) {
		json_t *ports = json_object();
		struct config c;
		struct err e = {0};
		char name[16];

		for (unsigned i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "p%u", i);
			json_object_set_new(ports, name, json_object());
		}
		json_t *root = json_pack("{s:{s:{s:o}}}", "switches", "sw0", "ports", ports);
		assert_int_equal(config_parse(root, &c, &e), n > PORTSET_MAX ? -ENOSPC : 0);
		assert_string_equal(e.path, n > PORTSET_MAX ? "switches.sw0.ports" : "");
		if (n > PORTSET_MAX)
			assert_non_null(strstr(e.text, "1024"));
		else
			assert_int_equal(c.sw[0].ports, PORTSET_MAX);
		json_decref(root);
		config_free(&c);
	}
}

/* ---- static addresses ---- */

#define MACS(list) \
	"{'switches':{'sw0':{'max_macs':16,'ports':{'h1':{},'h2':{}},'macs':[" list "]}}}"
#define MAC(last) "'mac':'02:00:00:00:00:" last "'"

static void addresses_that_are_none(void **state)
{
	refuses(MACS("{'mac':'01:00:5e:00:00:01','port':'h1'}"), "switches.sw0.macs[0].mac",
		"group address");
	refuses(MACS("{'mac':'ff:ff:ff:ff:ff:ff','port':'h1'}"), "switches.sw0.macs[0].mac",
		"group address");
	refuses(MACS("{'mac':'00:00:00:00:00:00','port':'h1'}"), "switches.sw0.macs[0].mac",
		"allowed is a unicast MAC address");
	refuses(MACS("{'mac':'02:00:00:00:00','port':'h1'}"), "switches.sw0.macs[0].mac",
		"found '02:00:00:00:00', allowed is");
	refuses(MACS("{'mac':2,'port':'h1'}"), "switches.sw0.macs[0].mac", "found the number 2");
}

static void addresses_that_lack_something(void **state)
{
	refuses(MACS("{'port':'h1'}"), "switches.sw0.macs[0]", "'mac' is missing");
	refuses(MACS("{'mac':null,'port':'h1'}"), "switches.sw0.macs[0]", "'mac' is missing");
	refuses(MACS("{" MAC("01") "}"), "switches.sw0.macs[0]", "'port' is missing");
	refuses(MACS("{" MAC("01") ",'port':''}"), "switches.sw0.macs[0]", "'port' is missing");
}

static void addresses_behind_no_port(void **state)
{
	refuses(MACS("{" MAC("01") ",'port':'h1'},{" MAC("02") ",'port':'h3'}"),
		"switches.sw0.macs[1].port", "no port 'h3'");
	refuses(MACS("{" MAC("01") ",'port':'a/b'}"), "switches.sw0.macs[0].port",
		"use letters, digits and");
	/* a port of another switch is none */
	refuses("{'switches':{'a':{'ports':{'h1':{}}},'b':{'macs':[{" MAC("01") ",'port':'h1'}]}}}",
		"switches.b.macs[0].port", "no port 'h1'");
}

static void addresses_behind_remotes(void **state)
{
#define FAR(list)                                                                                  \
	"{'switches':{'sw0':{'ports':{'h1':{},'far':{'type':'vxlan','vni':1,'max_remote_macs':16," \
	"'remotes':'192.0.2.2,192.0.2.3:8472'}},'macs':[" list "]}}}"
	struct config c;

	takes(FAR("{" MAC("01") ",'port':'far','remote':'192.0.2.3'},{" MAC("02") ",'port':'far'}"),
	      &c);
	assert_string_equal(c.sw[0].mac[0].remote, "192.0.2.3");
	assert_string_equal(c.sw[0].mac[1].remote, "");
	config_free(&c);
	accepts(FAR("{" MAC("01") ",'port':'far','remote':'192.0.2.3:8472'}"));
	accepts(FAR("{" MAC("01") ",'port':'h1','remote':null}"));
	accepts(FAR("{" MAC("01") ",'port':'far','sticky':true}"));
	refuses(FAR("{" MAC("01") ",'port':'far','remote':'192.0.2.3','sticky':true}"),
		"switches.sw0.macs[0].remote", "exclude each other");
	refuses(FAR("{" MAC("01") ",'port':'far','remote':'192.0.2.4'}"),
		"switches.sw0.macs[0].remote", "none of the remotes of port far");
	refuses(FAR("{" MAC("01") ",'port':'far','remote':'192.0.2.3:1'}"),
		"switches.sw0.macs[0].remote", "is 192.0.2.3:8472");
	refuses(FAR("{" MAC("01") ",'port':'h1','remote':'192.0.2.2'}"),
		"switches.sw0.macs[0].remote", "port h1 is of the kind tap");
}

static void more_addresses_behind_remotes_than_room(void **state)
{
	for (int n = 16; n <= 17; n++) {
		char list[64 * 64] = "", root[sizeof(list) + 256];

		for (int i = 0; i < 40; i++) { /* the others need none */
			size_t at = strlen(list);

			snprintf(list + at, sizeof(list) - at,
				 "%s{'mac':'02:00:00:00:01:%02x','port':'far'%s}", i ? "," : "", i,
				 i < n ? ",'remote':'192.0.2.2'" : "");
		}
		snprintf(root, sizeof(root), FAR("%s"), list);
		if (n == 16)
			accepts(root);
		else
			refuses(root, "switches.sw0.macs",
				"17 addresses are listed behind remotes of port far, but its "
				"max_remote_macs is 16");
	}
}

/* Whichever comes first in the file. */
static void addresses_may_come_before_their_ports(void **state)
{
	accepts("{'switches':{'a':{'macs':[{" MAC("01") ",'port':'h1'}],'ports':{'h1':{}}}}}");
}

static void addresses_listed_twice(void **state)
{
	refuses(MACS("{" MAC("01") ",'port':'h1'},{" MAC("02") ",'port':'h1'},{" MAC(
			"01") ",'port':'h2'}"),
		"switches.sw0.macs", "02:00:00:00:00:01 in VLAN 0 is listed twice");
	refuses(MACS("{" MAC(
			"0a") ",'port':'h1','vlan':7},{'mac':'0200.0000.000A','port':'h1','vlan':7}"),
		"switches.sw0.macs", "02:00:00:00:00:0a in VLAN 7 is listed twice");
	accepts(MACS(
		"{" MAC("01") ",'port':'h1','vlan':7},{" MAC("01") ",'port':'h1','vlan':8},"
								   "{" MAC("01") ",'port':'h1'}"));
}

static void addresses_are_put_in_order(void **state)
{
	struct config c;

	takes(MACS("{" MAC("03") ",'port':'h1'},{" MAC(
		      "01") ",'port':'h1','vlan':2},"
			    "{" MAC("02") ",'port':'h2'},{" MAC("04") ",'port':'h2','vlan':1}"),
	      &c);
	for (size_t i = 1; i < c.sw[0].macs; i++) {
		const struct static_mac *a = &c.sw[0].mac[i - 1], *b = &c.sw[0].mac[i];

		assert_true(a->vlan < b->vlan || (a->vlan == b->vlan && a->mac < b->mac));
	}
	for (unsigned i = 1; i <= 4; i++)
		assert_non_null(config_find_mac(&c.sw[0], STATION(i), i == 1 ? 2 : i == 4));
	config_free(&c);
}

static void more_addresses_than_room(void **state)
{
	for (int n = 16; n <= 17; n++) {
		json_t *macs = json_array();
		struct config c;
		struct err e = {0};
		char mac[MAC_STR_SIZE];

		for (int i = 1; i <= n; i++)
			json_array_append_new(macs,
					      json_pack("{s:s, s:s}", "mac",
							mac_format(STATION(i), mac), "port", "h1"));
		json_t *root = json_pack("{s:{s:{s:i, s:{s:{}}, s:o}}}", "switches", "sw0",
					 "max_macs", 16, "ports", "h1", "macs", macs);
		assert_int_equal(config_parse(root, &c, &e), n > 16 ? -EINVAL : 0);
		assert_string_equal(e.path, n > 16 ? "switches.sw0.macs" : "");
		if (n > 16)
			assert_non_null(
				strstr(e.text, "17 addresses are listed, but max_macs is 16"));
		json_decref(root);
		config_free(&c);
	}
}

/* ---- for whoever puts a configuration together by hand ---- */

static void lists_grow(void **state)
{
	struct config c;
	char name[16];

	config_init(&c);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		struct switch_cfg *s = config_add_switch(&c, name);
		assert_non_null(s);
		for (unsigned j = 0; j < i; j++) {
			struct port_cfg *p = config_add_port(s);
			struct static_mac *m = config_add_mac(s);

			assert_non_null(p);
			assert_non_null(m);
			assert_string_equal(p->name, "");
			assert_true(m->mac == 0);
			snprintf(p->name, sizeof(p->name), "p%u", j);
			m->mac = STATION(100 - j);
		}
		config_sort_macs(s);
	}
	assert_int_equal(c.switches, 100);
	assert_int_equal(c.sw[99].ports, 99);
	assert_int_equal(c.sw[99].set.ageing_s, AGEING_DEFAULT_S);
	assert_non_null(config_find_port(&c.sw[99], "p98"));
	assert_non_null(config_find_mac(&c.sw[99], STATION(2), 0));
	assert_null(config_find_mac(&c.sw[99], STATION(1), 0));
	config_free(&c);
	assert_int_equal(c.switches, 0);
	config_free(&c); /* nothing is left to free */
}

/* Who only wants to know whether it is right need not take the reason. */
static void the_reason_can_be_left_out(void **state)
{
	struct config c;

	assert_int_equal(parse("{'log':{'level':7}}", &c, NULL), -EINVAL);
	assert_int_equal(parse("{'switches':{'/':{}}}", &c, NULL), -EINVAL);
	assert_int_equal(parse("{'swiches':{}}", &c, NULL), -EINVAL);
	assert_int_equal(parse("{'colour':{}}", &c, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_a_configuration),
		cmocka_unit_test(defaults_of_a_switch),
		cmocka_unit_test(defaults_of_a_port),
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(things_are_found_by_name),
		cmocka_unit_test(the_schema_is_for_editors),
		cmocka_unit_test(the_whole_is_an_object),
		cmocka_unit_test(each_level_is_an_object),
		cmocka_unit_test(a_type_there_is_not),
		cmocka_unit_test(errors_name_the_place),
		cmocka_unit_test(unknown_keys),
		cmocka_unit_test(a_key_unlike_any),
		cmocka_unit_test(two_keys_in_one),
		cmocka_unit_test(errors_are_printable),
		cmocka_unit_test(long_keys_are_cut),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(names_that_are_good),
		cmocka_unit_test(a_port_name_no_device_can_bear),
		cmocka_unit_test(default_is_a_name),
		cmocka_unit_test(two_ports_for_one_device),
		cmocka_unit_test(two_ports_for_one_address),
		cmocka_unit_test(what_a_udp_port_cannot_do_without),
		cmocka_unit_test(devices_that_are_two),
		cmocka_unit_test(as_many_ports_as_fit),
		cmocka_unit_test(addresses_that_are_none),
		cmocka_unit_test(addresses_that_lack_something),
		cmocka_unit_test(addresses_behind_no_port),
		cmocka_unit_test(addresses_behind_remotes),
		cmocka_unit_test(more_addresses_behind_remotes_than_room),
		cmocka_unit_test(addresses_may_come_before_their_ports),
		cmocka_unit_test(addresses_listed_twice),
		cmocka_unit_test(addresses_are_put_in_order),
		cmocka_unit_test(more_addresses_than_room),
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(the_reason_can_be_left_out),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

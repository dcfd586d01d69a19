/* SPDX-License-Identifier: ISC */
/*
 * Every option of every table, set through the configuration: each value it has to take arrives,
 * each other one is refused with the place, what was found and what is allowed.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/config.h"
#include "ctl/optjson.h"
#include "util/mac.h"
#include "util/words.h"

/* Where the options of a table stand in a configuration, and where they end up. */
struct home {
	const struct opt *table;
	const char *path; /* of the object they are in */
	json_t *(*wrap)(json_t *object);
	const void *(*base)(const struct config *c);
};

static json_t *in_section(const char *name, json_t *object)
{
	return json_pack("{s:o}", name, object);
}

static json_t *in_control(json_t *object)
{
	return in_section("control", object);
}

static json_t *in_log(json_t *object)
{
	return in_section("log", object);
}

static json_t *in_datapath(json_t *object)
{
	return in_section("datapath", object);
}

/* The times of a spanning tree have to fit together, and those of a querier. */
static json_t *in_switch(json_t *object)
{
	if (json_object_get(object, "stp_forward_delay_s"))
		json_object_set_new(object, "stp_max_age_s", json_integer(6));
	else if (json_object_get(object, "stp_max_age_s"))
		json_object_set_new(object, "stp_forward_delay_s", json_integer(30));
	if (json_object_get(object, "mcast_query_interval_s"))
		json_object_set_new(object, "mcast_query_response_ms", json_integer(100));
	else if (json_object_get(object, "mcast_query_response_ms"))
		json_object_set_new(object, "mcast_query_interval_s", json_integer(31744));
	return json_pack("{s:{s:o}}", "switches", "sw0", object);
}

/* The configuration whose one port is `object`. */
static json_t *with_port(json_t *object)
{
	/* what is done about more addresses than those needs a number */
	if (json_object_get(object, "max_macs_action") || json_object_get(object, "sticky"))
		json_object_set_new(object, "max_macs", json_integer(9));
	return json_pack("{s:{s:{s:{s:o}}}}", "switches", "sw0", "ports", "tap1", object);
}

static json_t *in_port(json_t *object)
{
	return with_port(object);
}

/* The port is of a kind that cannot do without some options. */
static json_t *in_udp(json_t *object)
{
	json_object_set_new(object, "type", json_string("udp"));
	if (!json_object_get(object, "local"))
		json_object_set_new(object, "local", json_string("192.0.2.9:9"));
	if (!json_object_get(object, "remote"))
		json_object_set_new(object, "remote", json_string("192.0.2.8:8"));
	return with_port(object);
}

static json_t *in_stream(json_t *object)
{
	json_object_set_new(object, "type", json_string("stream"));
	if (!json_is_string(json_object_get(object, "listen")) &&
	    !json_is_string(json_object_get(object, "connect")))
		json_object_set_new(object,
				    json_object_get(object, "listen") ? "connect" : "listen",
				    json_string("unix:/run/x"));
	return with_port(object);
}

static json_t *in_dgram(json_t *object)
{
	json_object_set_new(object, "type", json_string("dgram"));
	if (!json_object_get(object, "listen"))
		json_object_set_new(object, "listen", json_string("unix:/run/x"));
	return with_port(object);
}

static json_t *in_netdev(json_t *object)
{
	json_object_set_new(object, "type", json_string("netdev"));
	return with_port(object);
}

static json_t *in_patch(json_t *object)
{
	json_object_set_new(object, "type", json_string("patch"));
	if (!json_object_get(object, "peer"))
		json_object_set_new(object, "peer", json_string("sw1/x"));
	return with_port(object);
}

static json_t *in_mcast(json_t *object)
{
	json_object_set_new(object, "type", json_string("mcast"));
	if (!json_object_get(object, "group"))
		json_object_set_new(object, "group", json_string("230.0.0.1:9"));
	return with_port(object);
}

static json_t *in_vde(json_t *object)
{
	json_object_set_new(object, "type", json_string("vde"));
	if (!json_object_get(object, "dir"))
		json_object_set_new(object, "dir", json_string("/run/lab"));
	return with_port(object);
}

/* A group and its device need each other. */
static json_t *in_vxlan(json_t *object)
{
	json_object_set_new(object, "type", json_string("vxlan"));
	if (!json_object_get(object, "vni"))
		json_object_set_new(object, "vni", json_integer(7));
	if (json_is_string(json_object_get(object, "group")))
		json_object_update_new(object,
				       json_pack("{s:s, s:b}", "ifname", "e", "any_source", 1));
	else if (json_is_string(json_object_get(object, "ifname")))
		json_object_update_new(
			object, json_pack("{s:s, s:b}", "group", "239.1.1.1", "any_source", 1));
	return with_port(object);
}

static json_t *in_vlan(json_t *object)
{
	return json_pack("{s:{s:{s:{s:o}}}}", "switches", "sw0", "vlans", "10", object);
}

/* An address needs its port, and the other way round. */
static json_t *in_mac(json_t *object)
{
	if (!json_object_get(object, "mac"))
		json_object_set_new(object, "mac", json_string("02:00:00:00:00:99"));
	if (!json_object_get(object, "port"))
		json_object_set_new(object, "port", json_string("abc"));
	return json_pack("{s:{s:{s:{s:o}, s:[o]}}}", "switches", "sw0", "ports", "abc",
			 json_object_get(object, "remote")
				 ? json_pack("{s:s, s:i, s:s}", "type", "vxlan", "vni", 7,
					     "remotes", "192.0.2.1")
				 : json_object(),
			 "macs", object);
}

static json_t *in_binding(json_t *object)
{
	const json_t *vlan = json_object_get(object, "vlan");

	if (!json_object_get(object, "mac"))
		json_object_set_new(object, "mac", json_string("02:00:00:00:00:99"));
	if (!json_object_get(object, "ip"))
		json_object_set_new(object, "ip", json_string("192.0.2.7"));
	if (!json_object_get(object, "port"))
		json_object_set_new(object, "port", json_string("abc"));
	return json_pack("{s:{s:{s:b, s:{s:{}}, s:[o]}}}", "switches", "sw0", "vlan_aware",
			 json_integer_value(vlan) != 0, "ports", "abc", "bindings", object);
}

static json_t *in_group(json_t *object)
{
	json_t *vlan = json_object_get(object, "vlan");

	if (!json_object_get(object, "group"))
		json_object_set_new(object, "group", json_string("239.1.2.3"));
	if (!json_object_get(object, "port"))
		json_object_set_new(object, "port", json_string("abc"));
	return json_pack("{s:{s:{s:b, s:{s:{}}, s:[o]}}}", "switches", "sw0", "vlan_aware",
			 json_integer_value(vlan) != 0, "ports", "abc", "groups", object);
}

static const void *daemon_base(const struct config *c)
{
	return &c->daemon;
}

static const void *switch_base(const struct config *c)
{
	return &c->sw[0].set;
}

static const void *port_base(const struct config *c)
{
	return &c->sw[0].port[0];
}

static const void *vlan_base(const struct config *c)
{
	return &c->sw[0].vlan[0].set;
}

static const void *mac_base(const struct config *c)
{
	return &c->sw[0].mac[0];
}

static const void *binding_base(const struct config *c)
{
	return &c->sw[0].binding[0];
}

static const void *group_base(const struct config *c)
{
	return &c->sw[0].group[0];
}

/* Is it an entry of a list, which has to name a port? */
static bool is_listed(const struct home *h)
{
	return h->base == mac_base || h->base == group_base || h->base == binding_base;
}

/* ---- one value of one option ---- */

/* Reads {option: value} in its place; takes `value` over. */
static int try(const struct home *h, const struct opt *o, json_t *value, struct config *c,
	       struct err *e)
{
	json_t *root = h->wrap(json_pack("{s:o}", o->name, value));
	int rc;

	assert_non_null(root);
	*e = (struct err){0};
	rc = config_parse(root, c, e);
	json_decref(root);
	return rc;
}

/* The value is taken, and shown as `want` from then on. */
static void good(const struct home *h, const struct opt *o, json_t *value, const char *want)
{
	char have[FILTER_SIZE];
	struct config c;
	struct err e;

	if (try(h, o, value, &c, &e))
		fail_msg("%s = %s refused: %s: %s", o->name, want, e.path, e.text);
	assert_string_equal(opt_format(o, h->base(&c), have, sizeof(have)), want);
	config_free(&c);
}

static void bad_as(const struct home *h, const struct opt *o, json_t *value, const char *found,
		   const char *allowed)
{
	char path[100];
	struct config c;
	struct err e;

	if (try(h, o, value, &c, &e) == 0)
		fail_msg("%s takes %s", o->name, found);
	snprintf(path, sizeof(path), "%s.%s", h->path, o->name);
	assert_int_equal(e.code, EINVAL);
	assert_string_equal(e.path, path);
	if (!strstr(e.text, found) || !strstr(e.text, allowed))
		fail_msg("%s: \"%s\" does not say %s and \"%s\"", path, e.text, found, allowed);
}

static void bad(const struct home *h, const struct opt *o, json_t *value, const char *found)
{
	char allowed[200], number[24];
	struct err e = {0};

	opt_allowed(o, allowed, sizeof(allowed));
	/* of a number for a text of a certain form the form is told */
	snprintf(number, sizeof(number), "%g", json_number_value(value));
	if (o->type == OPT_STR && o->check && json_is_number(value) && o->check(number, &e)) {
		snprintf(allowed, sizeof(allowed), "%.199s", e.text);
		found = number;
	}
	bad_as(h, o, value, found, allowed);
}

static void bad_number(const struct home *h, const struct opt *o, json_int_t n)
{
	char found[32];

	snprintf(found, sizeof(found), "%" JSON_INTEGER_FORMAT, n);
	bad(h, o, json_integer(n), found);
}

static void good_number(const struct home *h, const struct opt *o, uint32_t n)
{
	char want[32];

	snprintf(want, sizeof(want), "%u", n);
	good(h, o, json_integer(n), want);
}

/* ---- by type ---- */

static void check_bool(const struct home *h, const struct opt *o)
{
	good(h, o, json_true(), "true");
	good(h, o, json_false(), "false");
	bad(h, o, json_string("true"), "found \"true\"");
	bad(h, o, json_string("yes"), "found \"yes\"");
	bad_number(h, o, 1);
}

static void check_uint(const struct home *h, const struct opt *o)
{
	good_number(h, o, o->min);
	good_number(h, o, o->min + (o->step ? o->step : 1));
	if (o->step)
		bad_number(h, o, (json_int_t)o->min + 1);
	good_number(h, o, o->max);
	bad_number(h, o, (json_int_t)o->max + 1);
	bad_number(h, o, -1);
	if (o->min > 0)
		bad_number(h, o, (json_int_t)o->min - 1);
	if (o->min > 0 && o->zero_ok)
		good_number(h, o, 0);
	/* would be good if they were cut to 32 bits */
	bad_number(h, o, (INT64_C(1) << 32) + o->min);
	bad_number(h, o, INT64_MIN + o->min);
	bad_number(h, o, INT64_MAX);
	bad(h, o, json_string("100"), "found \"100\"");
	bad(h, o, json_real(100.5), "found the number 100.5");
	bad(h, o, json_real(1e300), "found the number 1");
	bad(h, o, json_true(), "found true");
}

/* Written out, like any number with a point. */
static void check_whole_real(const struct home *h, const struct opt *o)
{
	if (o->type == OPT_UINT)
		bad(h, o, json_real(100), "found the number 100.0");
}

static void check_endpoint(const struct home *h, const struct opt *o)
{
	const char *one = strcmp(o->name, "group") == 0 ? "239.1.2.3:4000" : "192.0.2.1:4000";

	good(h, o, json_string(one), one);
	bad_as(h, o, json_string("[2001:db8::1]4000"), "found \"[2001:db8::1]4000\"",
	       "allowed is an address and a port");
	bad_number(h, o, 4000);
	bad(h, o, json_true(), "found true");
}

static void check_address(const struct home *h, const struct opt *o)
{
	good(h, o, json_string("unix:/run/y"), "unix:/run/y");
	good(h, o, json_string("unix:@y"), "unix:@y");
	bad_as(h, o, json_string("/run/y"), "found \"/run/y\"", "unix:/run/lab/vm1");
	bad_as(h, o, json_string("unix:y"), "found \"y\"", "begins with /");
	bad_number(h, o, 4000);
	bad(h, o, json_true(), "found true");
}

/* The sockets in it have paths, too. */
static void check_dir(const struct home *h, const struct opt *o)
{
	char longest[VDE_DIR_SIZE + 1] = "/";

	good(h, o, json_string("/run/lab"), "/run/lab");
	good(h, o, json_string("/run/lab/"), "/run/lab/");
	bad_as(h, o, json_string("run/lab"), "found \"run/lab\"", "whole path of a directory");
	bad_as(h, o, json_string("//"), "found \"//\"", "whole path of a directory");
	memset(longest + 1, 'd', VDE_DIR_SIZE - 1);
	bad(h, o, json_string(longest), "found \"/ddd");
	longest[VDE_DIR_SIZE - 1] = '\0';
	good(h, o, json_string(longest), longest);
	bad_number(h, o, 0);
}

static void check_mode(const struct home *h, const struct opt *o)
{
	good(h, o, json_string("0660"), "0660");
	good(h, o, json_string("600"), "600");
	bad_as(h, o, json_string("0680"), "found \"0680\"", "octal");
	bad_as(h, o, json_string("1777"), "found \"1777\"", "octal");
	bad_number(h, o, 660);
	bad(h, o, json_true(), "found true");
}

static void check_port_of_switch(const struct home *h, const struct opt *o)
{
	static const char longest[] =
		"abcdefghijklmnopqrstuvwxyz01234/abcdefghijklmnopqrstuvwxyz01234";
	static const char *const no[] = {"abc", "/b", "a/", "a/b/c", "-a/b", "a/b ", "a b/c"};
	char text[100];

	good(h, o, json_string("a/b"), "a/b");
	good(h, o, json_string("sw0/vm.1"), "sw0/vm.1");
	good(h, o, json_string(longest), longest);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		bad_as(h, o, json_string(no[i]), "found \"", "the name of a switch and of a port");
	snprintf(text, sizeof(text), "x%s", longest);
	bad(h, o, json_string(text), "found \"xabc");
	bad_as(h, o, json_string("abcdefghijklmnopqrstuvwxyz012345/b"), "found \"abc",
	       "the name of a switch and of a port");
	bad_number(h, o, 0);
	bad(h, o, json_true(), "found true");
}

/* Texts of a form of their own, by what --help calls them. */
static const struct form {
	const char *arg, *good, *bad, *allowed;
} forms[] = {
	{"ADDRESSES", "192.0.2.1,192.0.2.2:8472", "192.0.2.1;192.0.2.2", "192.0.2.1:4000"},
	{"IP", "239.1.1.1", "192.0.2.1", "multicast address"},
	{"IPS", "192.0.2.1,2001:db8::1", "192.0.2.1:80", "2001:db8::1"},
	{"TOS|inherit", "0xb8", "0xb9", "multiple of 4"},
	{"PORTS", "5000-5001", "5001-5000", "range of UDP ports"},
	{"REMOTE", "192.0.2.1", "192.0.2.1/24", "192.0.2.1:4000"},
	{"HOST", "192.0.2.1", "239.1.1.1", "of one host"},
	{"LINKLOCAL", "fe80::1", "2001:db8::1", "link-local"},
	{"MCAST", "ff05::1", "192.0.2.1", "multicast group"},
	{"IPV4", "192.0.2.1", "239.1.1.1", "the IPv4 address of a station"},
	{"TIME", "20ms", "20", "write 20ms, 20us or 20s"},
	{"JITTER", "5ms,normal,25%", "5", "write 5ms, 5us or 5s"},
	{"SHARE", "0%", "1", "write 1% or 1ppm"},
	{"BURST", "1%,25%,90%,0.1%", "1%", "two shares"},
	{"FRAMES", "10frames", "10", "write 10frames"},
	{"BANDWIDTH", "10Mbit", "10", "write 10kbit, 10Mbit or 10fps"},
	{"QUEUE", "100frames,64kB", "100", "write 100frames"},
	{"SIZE", "1400B", "1400", "write 1400B, 1400kB or 1400MB"},
	{"STATE", "down", "off", "up or down"},
};

static void check_form(const struct home *h, const struct opt *o)
{
	const struct form *f = forms;
	char found[64];

	while (strcmp(o->arg, f->arg) != 0)
		f++;
	snprintf(found, sizeof(found), "found \"%s\"", f->bad);
	good(h, o, json_string(f->good), f->good);
	bad_as(h, o, json_string(f->bad), found, f->allowed);
	bad_number(h, o, 4000);
	bad(h, o, json_true(), "found true");
}

static void check_names(const struct home *h, const struct opt *o)
{
	static const char *const no[] = {
		"a,", ",a", "a,,b", "a b", "-a", "a/b", "abcdefghijklmnopqrstuvwxyz012345"};
	char longest[MIRROR_LIST_SIZE + 1];

	good(h, o, json_string("h1"), "h1");
	good(h, o, json_string("h1,vm.2,all"), "h1,vm.2,all");
	good(h, o, json_string("abcdefghijklmnopqrstuvwxyz01234"),
	     "abcdefghijklmnopqrstuvwxyz01234");
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		bad_as(h, o, json_string(no[i]), "found \"", no[i]);
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 2 ? ',' : 'a';
	longest[MIRROR_LIST_SIZE] = '\0';
	bad(h, o, json_string(longest), "found \"a,a");
	longest[MIRROR_LIST_SIZE - 1] = '\0';
	good(h, o, json_string(longest), longest);
	bad_number(h, o, 1);
	bad(h, o, json_true(), "found true");
}

static void check_expression(const struct home *h, const struct opt *o)
{
	char longest[FILTER_SIZE + 1] = "udp port 67";

	good(h, o, json_string("not (udp port 67 or net 10.0.0.0/8)"),
	     "not (udp port 67 or net 10.0.0.0/8)");
	bad_as(h, o, json_string("udp and host www.example.org"), "\"www.example.org\"",
	       "pcap-filter(7)");
	bad_as(h, o, json_string("upd"), "\"upd\"", "did you mean \"udp\"");
	bad_as(h, o, json_string("ip\tand tcp"), "0x09", "one line");
	bad_as(h, o, json_string(" "), "blank", "leave it out");
	memset(longest + strlen(longest), ' ', FILTER_SIZE - strlen(longest));
	bad(h, o, json_string(longest), "found \"udp");
	longest[FILTER_SIZE - 1] = '\0';
	good(h, o, json_string(longest), longest);
	bad_number(h, o, 4000);
	bad(h, o, json_true(), "found true");
}

/* Texts that are not just any, by what --help calls them. */
static const struct {
	const char *arg;
	void (*check)(const struct home *h, const struct opt *o);
} checked[] = {
	{"ADDRESS:PORT", check_endpoint},
	{"ADDRESS", check_address},
	{"MODE", check_mode},
	{"PATH", check_dir},
	{"ADDRESSES", check_form},
	{"IP", check_form},
	{"IPS", check_form},
	{"TOS|inherit", check_form},
	{"PORTS", check_form},
	{"REMOTE", check_form},
	{"HOST", check_form},
	{"LINKLOCAL", check_form},
	{"MCAST", check_form},
	{"IPV4", check_form},
	{"TIME", check_form},
	{"JITTER", check_form},
	{"SHARE", check_form},
	{"BURST", check_form},
	{"FRAMES", check_form},
	{"BANDWIDTH", check_form},
	{"QUEUE", check_form},
	{"SIZE", check_form},
	{"STATE", check_form},
	{"SWITCH/PORT", check_port_of_switch},
	{"NAMES", check_names},
	{"EXPRESSION", check_expression},
};

static bool check_checked(const struct home *h, const struct opt *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(checked); i++)
		if (strcmp(o->arg, checked[i].arg) == 0) {
			if (h)
				checked[i].check(h, o);
			return true;
		}
	return false;
}

static void check_text(const struct home *h, const struct opt *o)
{
	char text[VXLAN_REMOTES_SIZE + 8];

	if (check_checked(h, o))
		return;
	good(h, o, json_string("abc"), "abc");
	assert_true(o->size < sizeof(text));
	memset(text, 'a', sizeof(text));
	text[o->size] = '\0';
	bad(h, o, json_string(text), "found \"aaa");
	text[o->size - 1] = '\0';
	if (strcmp(o->name, "port") != 0 || (!is_listed(h)))
		good(h, o, json_string(text), text); /* there is no port of that name */
	bad_number(h, o, 0);
	bad(h, o, json_true(), "found true");
}

static void check_enum(const struct home *h, const struct opt *o)
{
	char *words = strdup(o->words), *rest = words;

	assert_non_null(words);
	for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		good(h, o, json_string(w), w);
	free(words);
	bad(h, o, json_string(o->words), "found \"");
	bad(h, o, json_string(""), "found \"\"");
	bad(h, o, json_string("nosuch"), "found \"nosuch\"");
	bad_number(h, o, 1);
}

static void check_mac(const struct home *h, const struct opt *o)
{
	good(h, o, json_string("02:00:00:00:0a:Bc"), "02:00:00:00:0a:bc");
	good(h, o, json_string("02-00-00-00-00-01"), "02:00:00:00:00:01");
	good(h, o, json_string("0200.0000.0001"), "02:00:00:00:00:01");
	bad(h, o, json_string("00:00:00:00:00:00"), "found \"00:00:00:00:00:00\"");
	bad(h, o, json_string("02:00:00:00:00"), "found \"02:00:00:00:00\"");
	bad(h, o, json_string("02:00:00:00:00:0g"), "found \"02:00:00:00:00:0g\"");
	bad(h, o, json_string("02:00-00:00:00:01"), "found \"02:00-00:00:00:01\"");
	bad(h, o, json_string(" 02:00:00:00:00:01"), "found \"");
	bad_number(h, o, 2);
}

static void check_mask(const struct home *h, const struct opt *o)
{
	char all[16], none[32];

	snprintf(none, sizeof(none), "%.*s", (int)strcspn(o->words, " "), o->words);
	good(h, o, json_string(none), none);
	good(h, o, json_string(strchr(o->words, ' ') + 1), strchr(o->words, ' ') + 1);
	good(h, o, json_integer(0), none);
	good(h, o, json_integer(o->max), strchr(o->words, ' ') + 1);
	good(h, o, json_integer(2), "0x2");
	good(h, o, json_string("0x2"), "0x2");
	snprintf(all, sizeof(all), "0x%X", o->max);
	good(h, o, json_string(all), strchr(o->words, ' ') + 1);
	bad_number(h, o, (json_int_t)o->max + 1);
	bad_number(h, o, -1);
	bad_number(h, o, (INT64_C(1) << 32) + 1);
	bad(h, o, json_string(o->words), "found \"");
	bad(h, o, json_string("0x"), "found \"0x\"");
	bad(h, o, json_string("0x2g"), "found \"0x2g\"");
	bad(h, o, json_string("-0x2"), "found \"-0x2\"");
	bad(h, o, json_string("nosuch"), "found \"nosuch\"");
	bad(h, o, json_true(), "found true");
}

static void check_vids(const struct home *h, const struct opt *o)
{
	good(h, o, json_string("20-29,10"), "10,20-29");
	good(h, o, json_string("all"), "1-4094");
	bad(h, o, json_string("0"), "found \"0\"");
	bad(h, o, json_string("4095"), "found \"4095\"");
	bad(h, o, json_string("nosuch"), "found \"nosuch\"");
	bad_number(h, o, 10);
}

static void check_rate(const struct home *h, const struct opt *o)
{
	good(h, o, json_string("10Mbit"), "10Mbit");
	good(h, o, json_string("2.5Gbit"), "2500Mbit");
	good(h, o, json_string("1000fps"), "1kfps");
	good(h, o, json_string("none"), "none");
	good(h, o, json_string("0"), "none");
	bad_as(h, o, json_string("1000"), "found \"1000\"", "bit or fps");
	bad_as(h, o, json_string("10MB"), "found \"10MB\"", "64kbit");
	bad_as(h, o, json_string("1001Gbit"), "found \"1001Gbit\"", "up to 1000G");
	bad(h, o, json_string(""), "found \"\"");
	bad(h, o, json_string("-1fps"), "found \"-1fps\"");
	bad_number(h, o, 1000);
	bad_number(h, o, 0);
	bad(h, o, json_true(), "found true");
}

static void check_by_type(const struct home *h, const struct opt *o)
{
	static void (*const checks[])(const struct home *, const struct opt *) = {
		[OPT_BOOL] = check_bool, [OPT_UINT] = check_uint, [OPT_STR] = check_text,
		[OPT_ENUM] = check_enum, [OPT_MAC] = check_mac,	  [OPT_MASK] = check_mask,
		[OPT_VIDS] = check_vids, [OPT_RATE] = check_rate,
	};

	assert_in_range(o->type, 0, ARRAY_SIZE(checks) - 1);
	checks[o->type](h, o);
	bad(h, o, json_array(), "found an array");
	bad(h, o, json_object(), "found an object");
	if (o->type != OPT_UINT)
		bad(h, o, json_real(1.5), "found the number 1.5");
}

/* null is the default, but an address without "mac" or "port" is none, nor is a group. */
static void check_null(const struct home *h, const struct opt *o)
{
	bool listed = is_listed(h);

	if ((listed && !word_in(o->name, "vlan remote")) || o->required)
		return;
	good(h, o, json_null(), o->dflt);
}

/* In JSON null is; a name may well be the word, and nothing else may. */
static void check_default_word(const struct home *h, const struct opt *o)
{
	if (o->type != OPT_STR)
		bad(h, o, json_string("default"), "found \"default\"");
	else if (!is_listed(h) && !check_checked(NULL, o))
		good(h, o, json_string("default"), "default");
}

/* ---- all of them ---- */

static const struct opt *options_of(const char *kind)
{
	return port_type_find(kind)->options;
}

static void for_each(void (*check)(const struct home *, const struct opt *))
{
	struct home homes[] = {
		{config_sections[0].options, "control", in_control, daemon_base},
		{config_sections[1].options, "log", in_log, daemon_base},
		{config_sections[2].options, "datapath", in_datapath, daemon_base},
		{sw_options, "switches.sw0", in_switch, switch_base},
		{sw_vlan_options, "switches.sw0.vlans.10", in_vlan, vlan_base},
		{options_of("tap"), "switches.sw0.ports.tap1", in_port, port_base},
		{options_of("udp"), "switches.sw0.ports.tap1", in_udp, port_base},
		{options_of("stream"), "switches.sw0.ports.tap1", in_stream, port_base},
		{options_of("dgram"), "switches.sw0.ports.tap1", in_dgram, port_base},
		{options_of("netdev"), "switches.sw0.ports.tap1", in_netdev, port_base},
		{options_of("mcast"), "switches.sw0.ports.tap1", in_mcast, port_base},
		{options_of("patch"), "switches.sw0.ports.tap1", in_patch, port_base},
		{options_of("vde"), "switches.sw0.ports.tap1", in_vde, port_base},
		{options_of("vxlan"), "switches.sw0.ports.tap1", in_vxlan, port_base},
		{static_mac_options, "switches.sw0.macs[0]", in_mac, mac_base},
		{static_group_options, "switches.sw0.groups[0]", in_group, group_base},
		{static_binding_options, "switches.sw0.bindings[0]", in_binding, binding_base},
	};

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++)
		opt_foreach (o, homes[i].table)
			check(&homes[i], o);
}

/* So that what is added to them later does not go untested. */
static void these_are_all_tables(void **state)
{
	static const char *const kinds[] = {"tap",   "udp",   "stream", "dgram", "netdev",
					    "patch", "mcast", "vde",	"vxlan"};

	assert_string_equal(config_sections[0].name, "control");
	assert_string_equal(config_sections[1].name, "log");
	assert_string_equal(config_sections[2].name, "datapath");
	assert_null(config_sections[3].name);
	size_t n = 0;

	port_types_foreach (t) {
		assert_true(n < ARRAY_SIZE(kinds));
		assert_string_equal(t->name, kinds[n++]);
	}
	assert_int_equal(n, ARRAY_SIZE(kinds));
}

static void values_by_type(void **state)
{
	for_each(check_by_type);
}

static void null_sets_the_default(void **state)
{
	for_each(check_null);
}

static void the_word_default_is_no_value(void **state)
{
	for_each(check_default_word);
}

static void whole_reals_are_shown_as_reals(void **state)
{
	for_each(check_whole_real);
}

/* optjson_get() gives back what optjson_set() takes. */
static void check_there_and_back(const struct home *h, const struct opt *o)
{
	union {
		struct daemon_cfg daemon;
		struct sw_settings sw;
		struct port_cfg port;
		struct static_mac mac;
		struct static_group group;
		struct static_binding binding;
	} a, b;
	struct err e = {0};
	json_t *v;

	memset(&a, 0, sizeof(a));
	memset(&b, 0x33, sizeof(b));
	opt_defaults(h->table, &a);
	v = optjson_get(o, &a);
	assert_int_equal(optjson_set(o, v, &b, &e), 0);
	assert_true(opt_equal(o, &a, &b));
	json_decref(v);
}

static void values_go_there_and_back(void **state)
{
	for_each(check_there_and_back);
}

/* What fails leaves what was there before. */
static void refusing_changes_nothing(void **state)
{
	struct sw_settings set = {.ageing_s = 7, .max_macs = 77, .link_local = 0x4000};
	const struct sw_settings before = set;
	struct err e = {0};
	json_t *v = json_string("no\nsuch"); /* nor is it a text */

	opt_foreach (o, sw_options)
		assert_int_equal(optjson_set(o, v, &set, &e), -EINVAL);
	assert_memory_equal(&set, &before, sizeof(set));
	json_decref(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(these_are_all_tables),
		cmocka_unit_test(values_by_type),
		cmocka_unit_test(null_sets_the_default),
		cmocka_unit_test(the_word_default_is_no_value),
		cmocka_unit_test(whole_reals_are_shown_as_reals),
		cmocka_unit_test(values_go_there_and_back),
		cmocka_unit_test(refusing_changes_nothing),
	};

	return cmocka_run_group_tests_name("config options", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * What it takes to get from one configuration to another: the list of changes, and the rows that
 * config.diff shows of it.  Configurations stand here with ' for ", to be readable.
 */
#include "sample.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/diff.h"

/* Two configurations and what leads from one to the other. */
struct pair {
	struct config from, to;
	struct changes diff;
	json_t *rows;
};

static json_t *json_of(const char *text)
{
	char *q = strdup(text);
	json_t *v;

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	v = json_loads(q, 0, NULL);
	if (!v)
		fail_msg("this test is no JSON: %s", q);
	free(q);
	return v;
}

static void parse(const char *text, struct config *c)
{
	json_t *root = json_of(text);
	struct err e = {0};

	if (config_parse(root, c, &e))
		fail_msg("%s: %s: %s", text, e.path, e.text);
	json_decref(root);
}

static void compare(struct pair *p, const char *from, const char *to)
{
	parse(from, &p->from);
	parse(to, &p->to);
	assert_int_equal(diff_make(&p->from, &p->to, &p->diff), 0);
	assert_ptr_equal(p->diff.from, &p->from);
	assert_ptr_equal(p->diff.to, &p->to);
	p->rows = diff_json(&p->diff);
	assert_true(json_is_array(p->rows));
}

static void release(struct pair *p)
{
	json_decref(p->rows);
	diff_free(&p->diff);
	config_free(&p->from);
	config_free(&p->to);
}

static void rows_are(const struct pair *p, const char *want)
{
	json_t *w = json_of(want);

	if (!json_equal(p->rows, w)) {
		char *have = json_dumps(p->rows, JSON_COMPACT);

		fail_msg("%s, expected %s", have, want);
	}
	json_decref(w);
}

/* From one to the other gives these rows. */
static void shows(const char *from, const char *to, const char *rows)
{
	struct pair p;

	compare(&p, from, to);
	rows_are(&p, rows);
	release(&p);
}

static void kinds_are(const struct pair *p, const enum change_kind *kinds, size_t n)
{
	assert_int_equal(p->diff.count, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p->diff.list[i].kind, kinds[i]);
}

#define SW0(inside)  "{'switches':{'sw0':{" inside "}}}"
#define PORT(inside) SW0("'ports':{'h1':{" inside "}}")
#define MACS(list)   SW0("'ports':{'h1':{},'h2':{}},'macs':[" list "]")
#define GROUPS(list) SW0("'ports':{'h1':{},'h2':{}},'groups':[" list "]")
#define GROUP1	     "'group':'239.1.2.3'"
#define MAC1	     "'mac':'02:00:00:00:00:01'"

#define EVERYTHING                                                                   \
	"{'control':{'group':'wheel'},'log':{'level':'debug'},"                      \
	"'switches':{'sw0':{'ageing_s':10,'link_local':'0x4000','ports':{"           \
	"'h1':{'ifname':'tap1','netns':'blue','mtu':9000,'mac':'02:00:00:00:00:01'," \
	"'up':false,'persist':true,'owner':'me','group':'us'},'h2':{}},"             \
	"'macs':[{'mac':'02:00:00:00:00:aa','port':'h2','vlan':10}]},'sw1':{'ports':{}}}}"

static void no_difference(void **state)
{
	static const char *const same[] = {"{}", SW0(""), PORT("'mtu':9000"), EVERYTHING};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct pair p;

		compare(&p, same[i], same[i]);
		assert_int_equal(p.diff.count, 0);
		rows_are(&p, "[]");
		release(&p);
	}
}

static void order_and_spelling_do_not_matter(void **state)
{
	shows("{'switches':{'a':{},'b':{'ports':{'x':{},'y':{'mtu':0,'netns':''}}}}}",
	      "{'log':{'level':'info'},'switches':{'b':{'ports':{'y':{'type':'tap'},'x':{}},"
	      "'link_local':0},'a':{}}}",
	      "[]");
	shows(MACS("{" MAC1 ",'port':'h1'},{" MAC1 ",'port':'h2','vlan':1}"),
	      MACS("{" MAC1 ",'port':'h2','vlan':1},{'mac':'0200.0000.0001','port':'h1','vlan':0}"),
	      "[]");
}

/* ---- the daemon ---- */

static void settings_of_the_daemon(void **state)
{
	struct pair p;

	compare(&p, "{}", "{'log':{'level':'debug'},'control':{'group':'wheel'}}");
	kinds_are(&p, (enum change_kind[]){CHANGE_DAEMON}, 1); /* one, for all of them */
	rows_are(&p, "[{'op':'set','path':'control.group','from':null,'to':'wheel'},"
		     "{'op':'set','path':'log.level','from':'info','to':'debug'}]");
	release(&p);
	shows("{'log':{'level':'debug'}}", "{}",
	      "[{'op':'set','path':'log.level','from':'debug','to':'info'}]");
}

/* ---- switches ---- */

static void a_new_switch(void **state)
{
	struct pair p;

	compare(&p, "{}",
		SW0("'ageing_s':5,'ports':{'h1':{'mtu':1400}},'macs':[{" MAC1 ",'port':'h1'}]"));
	kinds_are(&p, (enum change_kind[]){CHANGE_SWITCH_ADD, CHANGE_PORT_ADD, CHANGE_MAC_ADD}, 3);
	assert_null(p.diff.list[0].sw_from);
	assert_ptr_equal(p.diff.list[0].sw_to, &p.to.sw[0]);
	assert_null(p.diff.list[1].from);
	assert_ptr_equal(p.diff.list[1].to, &p.to.sw[0].port[0]);
	assert_ptr_equal(p.diff.list[2].mac, &p.to.sw[0].mac[0]);
	rows_are(&p, "[{'op':'add','path':'switches.sw0','to':{'ageing_s':5}},"
		     "{'op':'add','path':'switches.sw0.ports.h1','to':{'type':'tap','mtu':1400}},"
		     "{'op':'add','path':'switches.sw0.macs.02:00:00:00:00:01',"
		     "'to':{'mac':'02:00:00:00:00:01','port':'h1','vlan':0}}]");
	release(&p);
}

static void a_switch_less(void **state)
{
	struct pair p;

	compare(&p, SW0("'max_macs':20,'ports':{'h1':{}},'macs':[{" MAC1 ",'port':'h1','vlan':7}]"),
		"{}");
	/* emptied first */
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_PORT_DEL, CHANGE_SWITCH_DEL}, 3);
	assert_ptr_equal(p.diff.list[2].sw_from, &p.from.sw[0]);
	assert_null(p.diff.list[2].sw_to);
	rows_are(&p, "[{'op':'del','path':'switches.sw0.macs.02:00:00:00:00:01@7',"
		     "'from':{'mac':'02:00:00:00:00:01','port':'h1','vlan':7}},"
		     "{'op':'del','path':'switches.sw0.ports.h1','from':{'type':'tap'}},"
		     "{'op':'del','path':'switches.sw0','from':{'max_macs':20}}]");
	release(&p);
}

static void settings_of_a_switch(void **state)
{
	struct pair p;

	compare(&p, SW0("'ageing_s':5"), SW0("'max_macs':100,'link_local':'forward'"));
	kinds_are(&p, (enum change_kind[]){CHANGE_SWITCH_SET}, 1);
	assert_ptr_equal(p.diff.list[0].sw_from, &p.from.sw[0]);
	assert_ptr_equal(p.diff.list[0].sw_to, &p.to.sw[0]);
	rows_are(&p, "[{'op':'set','path':'switches.sw0.ageing_s','from':5,'to':300},"
		     "{'op':'set','path':'switches.sw0.max_macs','from':65536,'to':100},"
		     "{'op':'set','path':'switches.sw0.link_local','from':'drop','to':'forward'}]");
	release(&p);
}

static void a_switch_of_another_name(void **state)
{
	struct pair p;

	compare(&p, "{'switches':{'a':{'ports':{'h1':{}}}}}",
		"{'switches':{'b':{'ports':{'h1':{}}}}}");
	kinds_are(&p,
		  (enum change_kind[]){CHANGE_PORT_DEL, CHANGE_SWITCH_DEL, CHANGE_SWITCH_ADD,
				       CHANGE_PORT_ADD},
		  4);
	release(&p);
}

/* ---- ports ---- */

static void ports_come_and_go(void **state)
{
	struct pair p;

	compare(&p, SW0("'ports':{'a':{},'b':{}}"), SW0("'ports':{'b':{},'c':{'netns':'blue'}}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_PORT_DEL, CHANGE_PORT_ADD}, 2);
	assert_ptr_equal(p.diff.list[0].from, &p.from.sw[0].port[0]);
	assert_null(p.diff.list[0].to);
	rows_are(&p,
		 "[{'op':'del','path':'switches.sw0.ports.a','from':{'type':'tap'}},"
		 "{'op':'add','path':'switches.sw0.ports.c','to':{'type':'tap','netns':'blue'}}]");
	release(&p);
}

static void live_settings_are_set(void **state)
{
	struct pair p;

	compare(&p, PORT(""),
		PORT("'mtu':9000,'netns':'blue','mac':'02:00:00:00:00:0a','up':false"));
	kinds_are(&p, (enum change_kind[]){CHANGE_PORT_SET}, 1);
	assert_ptr_equal(p.diff.list[0].from, &p.from.sw[0].port[0]);
	assert_ptr_equal(p.diff.list[0].to, &p.to.sw[0].port[0]);
	rows_are(&p, "[{'op':'set','path':'switches.sw0.ports.h1.netns','from':null,'to':'blue'},"
		     "{'op':'set','path':'switches.sw0.ports.h1.mtu','from':0,'to':9000},"
		     "{'op':'set','path':'switches.sw0.ports.h1.mac','from':null,"
		     "'to':'02:00:00:00:00:0a'},"
		     "{'op':'set','path':'switches.sw0.ports.h1.up','from':true,'to':false}]");
	release(&p);
}

static void others_need_a_port_made_anew(void **state)
{
	struct pair p;

	compare(&p, PORT("'mtu':1400"), PORT("'ifname':'tap1','mtu':9000"));
	kinds_are(&p, (enum change_kind[]){CHANGE_PORT_REOPEN}, 1); /* and that sets the rest too */
	rows_are(&p,
		 "[{'op':'reopen','path':'switches.sw0.ports.h1.ifname','from':null,'to':'tap1'},"
		 "{'op':'set','path':'switches.sw0.ports.h1.mtu','from':1400,'to':9000}]");
	release(&p);
}

/* One option each: its kind of change has to be what its table says. */
static void every_option_of_a_port(void **state)
{
	static const char *const other[] = {
		[OPT_BOOL] = NULL,    [OPT_UINT] = "100",
		[OPT_STR] = "abc",    [OPT_MAC] = "02:00:00:00:00:01",
		[OPT_VIDS] = "10-12", [OPT_RATE] = "10Mbit",
	};
	const struct port_type *type = port_types[0];

	opt_foreach (o, type->options) {
		const bool reopens = o->change == OPT_REOPEN;
		struct port_cfg a, b;

		port_cfg_init(&a, "h1", type);
		port_cfg_init(&b, "h1", type);
		assert_null(diff_reopening(&a, &b));
		const char *text = o->type == OPT_BOOL && strcmp(o->dflt, "true") == 0 ? "false"
				   : o->type == OPT_BOOL			       ? "true"
				   : o->type == OPT_ENUM	       ? strrchr(o->words, ' ') + 1
				   : strcmp(o->arg, "EXPRESSION") == 0 ? "ip"
				   : sample_of_link(o)		       ? sample_of_link(o)
								       : other[o->type];
		char number[16];
		if (o->step) {
			snprintf(number, sizeof(number), "%u", o->step);
			text = number;
		}
		assert_int_equal(opt_parse(o, text, &b, NULL), 0);
		assert_ptr_equal(diff_reopening(&a, &b), reopens ? o : NULL);
		assert_ptr_equal(diff_reopening(&b, &a), reopens ? o : NULL);

		struct switch_cfg from = {.name = "s", .port = &a, .ports = 1}, to = from;
		to.port = &b;
		const struct config c = {.sw = &from, .switches = 1},
				    d = {.sw = &to, .switches = 1};
		struct changes diff;
		assert_int_equal(diff_make(&c, &d, &diff), 0);
		assert_int_equal(diff.count, 1);
		assert_int_equal(diff.list[0].kind, reopens ? CHANGE_PORT_REOPEN : CHANGE_PORT_SET);
		diff_free(&diff);
	}
}

static void vlans_have_their_settings_changed(void **state)
{
	struct pair p;

	compare(&p, SW0("'vlans':{'10':{'name':'a'},'20':{'name':'b'},'30':{'name':'c'}}"),
		SW0("'vlans':{'40':{'name':'d'},'30':{'name':'c'},'20':{'name':'x'}}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_VLAN_SET, CHANGE_VLAN_SET, CHANGE_VLAN_SET}, 3);
	rows_are(&p, "[{'op':'set','path':'switches.sw0.vlans.10.name','from':'a','to':null},"
		     "{'op':'set','path':'switches.sw0.vlans.20.name','from':'b','to':'x'},"
		     "{'op':'set','path':'switches.sw0.vlans.40.name','from':null,'to':'d'}]");
	release(&p);
	compare(&p, SW0("'vlans':{'10':{}}"), SW0(""));
	kinds_are(&p, NULL, 0);
	release(&p);
}

static void a_port_moves_to_another_switch(void **state)
{
	shows("{'switches':{'a':{'ports':{'x':{}}},'b':{}}}",
	      "{'switches':{'a':{},'b':{'ports':{'x':{}}}}}",
	      "[{'op':'del','path':'switches.a.ports.x','from':{'type':'tap'}},"
	      "{'op':'add','path':'switches.b.ports.x','to':{'type':'tap'}}]");
}

/* ---- static addresses ---- */

static void addresses_come_and_go(void **state)
{
	struct pair p;

	compare(&p, MACS("{" MAC1 ",'port':'h1'}"),
		MACS("{'mac':'02:00:00:00:00:02','port':'h1','vlan':3}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_MAC_ADD}, 2);
	rows_are(&p, "[{'op':'del','path':'switches.sw0.macs.02:00:00:00:00:01',"
		     "'from':{'mac':'02:00:00:00:00:01','port':'h1','vlan':0}},"
		     "{'op':'add','path':'switches.sw0.macs.02:00:00:00:00:02@3',"
		     "'to':{'mac':'02:00:00:00:00:02','port':'h1','vlan':3}}]");
	release(&p);
}

static void bindings_come_and_go(void **state)
{
	struct pair p;

	compare(&p,
		SW0("'ports':{'h1':{}},'bindings':[{'mac':'02:00:00:00:00:01','ip':'192.0.2.1','port':'h1'}]"),
		SW0("'ports':{'h1':{}},'bindings':[{'mac':'02:00:00:00:00:01','ip':'192.0.2.2','port':'h1'}]"));
	kinds_are(&p, (enum change_kind[]){CHANGE_BINDING_DEL, CHANGE_BINDING_ADD}, 2);
	rows_are(&p, "[{'op':'del','path':'switches.sw0.bindings.02:00:00:00:00:01@0.192.0.2.1',"
		     "'from':{'mac':'02:00:00:00:00:01','ip':'192.0.2.1','port':'h1','vlan':0}},"
		     "{'op':'add','path':'switches.sw0.bindings.02:00:00:00:00:01@0.192.0.2.2',"
		     "'to':{'mac':'02:00:00:00:00:01','ip':'192.0.2.2','port':'h1','vlan':0}}]");
	release(&p);
}

/* A port more or less is a change of its own; how a group is written is none. */
static void groups_come_and_go(void **state)
{
	struct pair p;

	compare(&p, GROUPS("{" GROUP1 ",'port':'h1'},{'group':'FF05:0::7','port':'h2'}"),
		GROUPS("{'group':'ff05::7','port':'h2'},{" GROUP1 ",'port':'h2'}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_GROUP_DEL, CHANGE_GROUP_ADD}, 2);
	rows_are(&p, "[{'op':'del','path':'switches.sw0.groups.239.1.2.3.h1',"
		     "'from':{'group':'239.1.2.3','port':'h1','vlan':0}},"
		     "{'op':'add','path':'switches.sw0.groups.239.1.2.3.h2',"
		     "'to':{'group':'239.1.2.3','port':'h2','vlan':0}}]");
	release(&p);
	compare(&p,
		SW0("'vlan_aware':true,'ports':{'h1':{}},'groups':[{" GROUP1
		    ",'port':'h1','vlan':10}]"),
		SW0("'vlan_aware':true,'ports':{'h1':{}}"));
	rows_are(&p, "[{'op':'del','path':'switches.sw0.groups.239.1.2.3@10.h1',"
		     "'from':{'group':'239.1.2.3','port':'h1','vlan':10}}]");
	release(&p);
}

/* To another port or VLAN: taken away, and added there. */
static void addresses_move(void **state)
{
	struct pair p;

	compare(&p, MACS("{" MAC1 ",'port':'h1'}"), MACS("{" MAC1 ",'port':'h2'}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_MAC_ADD}, 2);
	assert_string_equal(p.diff.list[0].mac->port, "h1");
	assert_string_equal(p.diff.list[1].mac->port, "h2");
	release(&p);
	compare(&p, MACS("{" MAC1 ",'port':'h1'}"), MACS("{" MAC1 ",'port':'h1','vlan':5}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_MAC_ADD}, 2);
	release(&p);
}

/* What stuck and what was added by hand are two things. */
static void addresses_stick(void **state)
{
	struct pair p;

	compare(&p, MACS("{" MAC1 ",'port':'h1'}"), MACS("{" MAC1 ",'port':'h1','sticky':true}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_MAC_ADD}, 2);
	rows_are(&p, "[{'op':'del','path':'switches.sw0.macs.02:00:00:00:00:01',"
		     "'from':{'mac':'02:00:00:00:00:01','port':'h1','vlan':0}},"
		     "{'op':'add','path':'switches.sw0.macs.02:00:00:00:00:01',"
		     "'to':{'mac':'02:00:00:00:00:01','port':'h1','vlan':0,'sticky':true}}]");
	release(&p);
	compare(&p, MACS("{" MAC1 ",'port':'h1','sticky':true}"),
		MACS("{" MAC1 ",'port':'h1','sticky':true}"));
	kinds_are(&p, NULL, 0);
	release(&p);
}

#define FAR(inside, list) \
	SW0("'ports':{'h1':{},'far':{'type':'vxlan','vni':1," inside "}},'macs':[" list "]")
#define BEHIND(remote) "{" MAC1 ",'port':'far','vlan':3,'remote':'" remote "'}"
#define TWO	       "'remotes':'192.0.2.2,192.0.2.3:8472'"

/* One change, so that it can be made in one step. */
static void addresses_get_another_remote(void **state)
{
	struct pair p;

	compare(&p, FAR(TWO, BEHIND("192.0.2.2")), FAR(TWO, BEHIND("192.0.2.3")));
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_SET}, 1);
	assert_ptr_equal(p.diff.list[0].mac_from, &p.from.sw[0].mac[0]);
	assert_ptr_equal(p.diff.list[0].mac, &p.to.sw[0].mac[0]);
	rows_are(&p, "[{'op':'set','path':'switches.sw0.macs.02:00:00:00:00:01@3.remote',"
		     "'from':'192.0.2.2','to':'192.0.2.3'}]");
	release(&p);
	shows(FAR(TWO, "{" MAC1 ",'port':'far'}"),
	      FAR(TWO, "{" MAC1 ",'port':'far','remote':'192.0.2.2'}"),
	      "[{'op':'set','path':'switches.sw0.macs.02:00:00:00:00:01.remote',"
	      "'from':null,'to':'192.0.2.2'}]");
	compare(&p, FAR(TWO, BEHIND("192.0.2.2")), FAR(TWO, "{" MAC1 ",'port':'h1','vlan':3}"));
	kinds_are(&p, (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_MAC_ADD}, 2);
	rows_are(&p, "[{'op':'del','path':'switches.sw0.macs.02:00:00:00:00:01@3','from':"
		     "{'mac':'02:00:00:00:00:01','port':'far','vlan':3,'remote':'192.0.2.2'}},"
		     "{'op':'add','path':'switches.sw0.macs.02:00:00:00:00:01@3','to':"
		     "{'mac':'02:00:00:00:00:01','port':'h1','vlan':3}}]");
	release(&p);
}

/* The remote is who it was, also where its UDP port is another one. */
static void remotes_are_hosts(void **state)
{
	shows(FAR(TWO, BEHIND("192.0.2.3:8472")), FAR(TWO, BEHIND("192.0.2.3")), "[]");
	shows(FAR("'remotes':'192.0.2.2:1'", BEHIND("192.0.2.2:1")),
	      FAR("'remotes':'192.0.2.2:2'", BEHIND("192.0.2.2:2")),
	      "[{'op':'set','path':'switches.sw0.ports.far.remotes','from':'192.0.2.2:1',"
	      "'to':'192.0.2.2:2'}]");
}

/* What points to a port that is going goes before it, what points to a new one comes after. */
static void addresses_never_lack_their_port(void **state)
{
	struct pair p;

	compare(&p, SW0("'ports':{'a':{}},'macs':[{" MAC1 ",'port':'a'}]"),
		SW0("'ports':{'b':{}},'macs':[{" MAC1 ",'port':'b'}]"));
	kinds_are(&p,
		  (enum change_kind[]){CHANGE_MAC_DEL, CHANGE_PORT_DEL, CHANGE_PORT_ADD,
				       CHANGE_MAC_ADD},
		  4);
	release(&p);
}

/* ---- paths ---- */

static void paths(void **state)
{
	char out[ERR_PATH_MAX];
	struct pair p;

	compare(&p, SW0("'ports':{'h1':{}},'macs':[{" MAC1 ",'port':'h1'}]"),
		"{'log':{'level':'error'},'switches':{'b':{}}}");
	kinds_are(&p,
		  (enum change_kind[]){CHANGE_DAEMON, CHANGE_MAC_DEL, CHANGE_PORT_DEL,
				       CHANGE_SWITCH_DEL, CHANGE_SWITCH_ADD},
		  5);
	assert_string_equal(diff_path(&p.diff.list[0], out), "");
	assert_string_equal(diff_path(&p.diff.list[1], out), "switches.sw0.macs.02:00:00:00:00:01");
	assert_string_equal(diff_path(&p.diff.list[2], out), "switches.sw0.ports.h1");
	assert_string_equal(diff_path(&p.diff.list[3], out), "switches.sw0");
	assert_string_equal(diff_path(&p.diff.list[4], out), "switches.b");
	release(&p);
}

static void the_longest_path(void **state)
{
#define LONG "abcdefghijklmnopqrstuvwxyz01234"
	shows("{'switches':{'" LONG "':{'ports':{'" LONG "':{'ifname':'a'}}}}}",
	      "{'switches':{'" LONG "':{'ports':{'" LONG "':{'ifname':'a','max_macs':1}}}}}",
	      "[{'op':'set','path':'switches." LONG ".ports." LONG ".max_macs','from':0,'to':1}]");
}

/* ---- lists ---- */

static void many_changes(void **state)
{
	struct config from, to;
	struct changes diff;
	char name[NAME_SIZE];

	config_init(&from);
	config_init(&to);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		assert_non_null(config_add_switch(i % 3 ? &from : &to, name));
	}
	assert_int_equal(diff_make(&from, &to, &diff), 0);
	assert_int_equal(diff.count, 300);
	diff_free(&diff);
	assert_int_equal(diff.count, 0);
	diff_free(&diff); /* nothing is left to free */
	config_free(&from);
	config_free(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_difference),
		cmocka_unit_test(order_and_spelling_do_not_matter),
		cmocka_unit_test(settings_of_the_daemon),
		cmocka_unit_test(a_new_switch),
		cmocka_unit_test(a_switch_less),
		cmocka_unit_test(settings_of_a_switch),
		cmocka_unit_test(a_switch_of_another_name),
		cmocka_unit_test(ports_come_and_go),
		cmocka_unit_test(live_settings_are_set),
		cmocka_unit_test(vlans_have_their_settings_changed),
		cmocka_unit_test(others_need_a_port_made_anew),
		cmocka_unit_test(every_option_of_a_port),
		cmocka_unit_test(a_port_moves_to_another_switch),
		cmocka_unit_test(addresses_come_and_go),
		cmocka_unit_test(groups_come_and_go),
		cmocka_unit_test(bindings_come_and_go),
		cmocka_unit_test(addresses_move),
		cmocka_unit_test(addresses_stick),
		cmocka_unit_test(addresses_get_another_remote),
		cmocka_unit_test(remotes_are_hosts),
		cmocka_unit_test(addresses_never_lack_their_port),
		cmocka_unit_test(paths),
		cmocka_unit_test(the_longest_path),
		cmocka_unit_test(many_changes),
	};

	return cmocka_run_group_tests_name("config diff", tests, NULL, NULL);
}

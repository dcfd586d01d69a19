/* SPDX-License-Identifier: ISC */
/* The tables of what can be set on a switch and on each kind of port. */
#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/fdb.h"
#include "core/settings.h"
#include "port/options.h"

/* Room for any struct a table is for. */
union any {
	struct sw_settings sw;
	struct port_cfg port;
	uint8_t bytes[sizeof(struct port_cfg) + 64];
};

static void check_spelling(const struct opt *o)
{
	for (const char *p = o->name; *p; p++)
		assert_true(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '_');
	assert_non_null(o->dflt);
	assert_true(o->help && strlen(o->help) > 10);
	assert_int_not_equal(o->help[strlen(o->help) - 1], '.'); /* one line of a list */
	assert_non_null(o->arg);
	for (const char *p = o->arg; *p; p++)
		assert_true(*p == '|' || *p == ':' || *p == '/' || isupper((unsigned char)*p) ||
			    islower((unsigned char)*p));
}

/* A default has to be what --help says, parse, and be shown as it is written. */
static void check_default(const struct opt *o)
{
	union any a, b;
	char out[256];
	struct err e = {0};

	memset(&a, 0x5a, sizeof(a));
	memset(&b, 0xa5, sizeof(b));
	if (opt_missing(o, memset(&b, 0xff, sizeof(b)))) /* it has none */
		return;
	memset(&b, 0xa5, sizeof(b));
	if (opt_parse(o, o->dflt, &a, &e))
		fail_msg("default of %s: %s", o->name, e.text);
	assert_string_equal(opt_format(o, &a, out, sizeof(out)), o->dflt);
	opt_reset(o, &b);
	assert_true(opt_equal(o, &a, &b));
}

static void check_limits(const struct opt *o)
{
	union any a;
	struct err e = {0};

	if (o->type != OPT_UINT && o->type != OPT_MASK)
		return;
	assert_true(o->max > o->min);
	assert_int_equal(opt_set_uint(o, o->min, &a, &e), 0);
	assert_int_equal(opt_set_uint(o, o->max, &a, &e), 0);
	assert_int_equal(opt_set_uint(o, (int64_t)o->max + 1, &a, &e), -EINVAL);
	assert_int_equal(opt_set_uint(o, -1, &a, &e), -EINVAL);
	if (o->min > 0) {
		assert_int_equal(opt_set_uint(o, (int64_t)o->min - 1, &a, &e), -EINVAL);
		assert_int_equal(opt_set_uint(o, 0, &a, &e), o->zero_ok ? 0 : -EINVAL);
	}
}

static void check_table(const struct opt *table)
{
	opt_foreach (o, table) {
		assert_ptr_equal(opt_find(table, o->name), o); /* no name twice */
		check_spelling(o);
		check_default(o);
		check_limits(o);
	}
}

static void switch_table_is_sound(void **state)
{
	check_table(sw_options);
}

static void port_tables_are_sound(void **state)
{
	port_types_foreach (t) {
		assert_ptr_equal(port_type_find(t->name), t);
		assert_true(t->help && strlen(t->help) > 10);
		check_table(t->options);
		assert_non_null(opt_find(t->options, "mtu")); /* what every kind has */
		assert_non_null(opt_find(t->options, "max_macs"));
	}
	assert_null(port_type_find("ta"));
	assert_null(port_type_find(""));
}

static void switch_defaults(void **state)
{
	struct sw_settings set;

	opt_defaults(sw_options, &set);
	assert_int_equal(set.ageing_s, AGEING_DEFAULT_S);
	assert_int_equal(set.max_macs, FDB_MACS_DEFAULT);
	assert_int_equal(set.link_local, 0);
}

/* The message a person gets names the limit that was missed. */
static void switch_messages_name_what_is_allowed(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} v[] = {
		{"ageing_s", "1000001", "from 0 to 1000000"},
		{"ageing_s", "5m", "found \"5m\""},
		{"max_macs", "15", "from 16 to 4194304"},
		{"max_macs", "4194305", "from 16 to 4194304"},
		{"link_local", "pass", "\"drop\", \"forward\" or a mask from 0x0 to 0xffff"},
	};
	struct sw_settings set;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct err e = {0};

		assert_int_equal(opt_parse(opt_find(sw_options, v[i].name), v[i].text, &set, &e),
				 -EINVAL);
		if (!strstr(e.text, v[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.text, v[i].says);
	}
}

/* What a port may be limited to has to be what a table can hold. */
static void limits_agree_with_each_other(void **state)
{
	const struct opt *tap = port_type_find("tap")->options;

	assert_int_equal(opt_find(sw_options, "max_macs")->max, FDB_MACS_MAX);
	assert_int_equal(opt_find(tap, "max_macs")->max, FDB_MACS_MAX);
	assert_int_equal(opt_find(tap, "mtu")->max, 65521);
}

static void tap(struct port_cfg *cfg, const char *name)
{
	port_cfg_init(cfg, name, port_type_find("tap"));
}

static void tap_defaults(void **state)
{
	struct port_cfg cfg;

	memset(&cfg, 0x5a, sizeof(cfg));
	tap(&cfg, "h1");
	assert_string_equal(cfg.name, "h1");
	assert_string_equal(cfg.type, "tap");
	assert_string_equal(tap_ifname(&cfg), "h1");
	assert_true(cfg.u.tap.up);
	assert_false(cfg.u.tap.persist);
	assert_int_equal(cfg.mtu, 0);
	assert_int_equal(cfg.set.max_macs, 0);
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
}

static void tap_names_the_kernel_takes(void **state)
{
	static const char *const good[] = {"h1", "tap%d", "a.b-c_d", "abcdefghijklmno"};
	static const char *const bad[] = {".",	     "..",   "a/b",	    "a:b",
					  "a b",     "a\tb", "caf\xc3\xa9", "a%s",
					  "tap%d%d", "%",    "100%",	    "abcdefghijklmnop"};
	const struct opt *o = opt_find(port_type_find("tap")->options, "ifname");
	struct port_cfg cfg;

	tap(&cfg, "h1");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(opt_parse(o, good[i], &cfg, NULL), 0);
		assert_string_equal(tap_ifname(&cfg), good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (opt_parse(o, bad[i], &cfg, NULL) != -EINVAL)
			fail_msg("ifname took \"%s\"", bad[i]);
	assert_string_equal(tap_ifname(&cfg), "abcdefghijklmno");
}

static void netns_is_a_name_not_a_path(void **state)
{
	static const char *const bad[] = {"/run/netns/x", "../x", "..", ".", "a/b"};
	const struct opt *o = opt_find(port_type_find("tap")->options, "netns");
	struct port_cfg cfg;

	tap(&cfg, "h1");
	assert_int_equal(opt_parse(o, "lab", &cfg, NULL), 0);
	assert_int_equal(opt_parse(o, "4711", &cfg, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (opt_parse(o, bad[i], &cfg, NULL) != -EINVAL)
			fail_msg("netns took \"%s\"", bad[i]);
	assert_string_equal(cfg.u.tap.netns, "4711");
}

/* A port may have a name no device can have, if the device is given one of its own. */
static void port_names_that_need_an_ifname(void **state)
{
	static const char *const names[] = {"a-port-with-a-long-name", "vm:1"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct port_cfg cfg;
		struct err e = {0};

		tap(&cfg, names[i]);
		assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
		assert_non_null(strstr(e.text, "ifname")); /* says what to do */
		strcpy(cfg.u.tap.ifname, "h1");
		assert_int_equal(port_cfg_check(&cfg, &e), 0);
	}
}

/* ---- udp ---- */

static struct port_cfg udp(const char *name, const char *local, const char *remote)
{
	const struct port_type *type = port_type_find("udp");
	struct port_cfg cfg;
	struct err e = {0};

	port_cfg_init(&cfg, name, type);
	if (opt_parse(opt_find(type->options, "local"), local, &cfg, &e) ||
	    opt_parse(opt_find(type->options, "remote"), remote, &cfg, &e))
		fail_msg("%s", e.text);
	return cfg;
}

static void udp_defaults(void **state)
{
	struct port_cfg cfg = udp("a-name-no-device-has:1", "192.0.2.1:4000", "192.0.2.2:4001");

	assert_string_equal(cfg.type, "udp");
	assert_true(cfg.u.udp.coalesce);
	assert_int_equal(cfg.mtu, 0);
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
}

static void udp_needs_both_ends(void **state)
{
	static const struct {
		const char *local, *remote, *says;
	} v[] = {
		{"", "192.0.2.2:4000", "\"local\" is missing"},
		{"192.0.2.1:4000", "", "\"remote\" is missing"},
		{"", "", "\"local\" is missing"},
		{"192.0.2.1:4000", "[2001:db8::1]:4000", "both IPv4 or both IPv6"},
		{"0.0.0.0:4000", "[2001:db8::1]:4000", "both IPv4 or both IPv6"},
		{"192.0.2.1:4000", "192.0.2.1:4000", "hear itself"},
		{"[2001:db8::1]:4000", "[2001:DB8:0:0::1]:4000", "hear itself"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct port_cfg cfg = udp("u", v[i].local, v[i].remote);
		struct err e = {0};

		assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
		if (!strstr(e.text, v[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.text, v[i].says);
	}
}

static void remote_is_one_host_and_local_may_be_all(void **state)
{
	static const char *const nobody[] = {"0.0.0.0:4000", "[::]:4000"};
	static const char *const groups[] = {"224.0.0.1:4000", "255.255.255.255:4000",
					     "[ff02::1%eth0]:4000", "[ff0e::1]:4000"};
	const struct opt *local = opt_find(port_type_find("udp")->options, "local");
	const struct opt *remote = opt_find(port_type_find("udp")->options, "remote");
	struct port_cfg cfg = udp("u", "192.0.2.1:4000", "192.0.2.2:4000");
	const struct port_cfg before = cfg;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct err e = {0};

		assert_int_equal(opt_parse(local, groups[i], &cfg, &e), -EINVAL);
		assert_non_null(strstr(e.text, groups[i]));
		assert_int_equal(opt_parse(remote, groups[i], &cfg, &e), -EINVAL);
		assert_non_null(strstr(e.text, "one peer"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++)
		assert_int_equal(opt_parse(remote, nobody[i], &cfg, NULL), -EINVAL);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++)
		assert_int_equal(opt_parse(local, nobody[i], &cfg, NULL), 0);
}

/* The largest frame that the mtu lets pass is a datagram that the kernel takes, tags and all. */
static void udp_mtu_fits_a_datagram(void **state)
{
	assert_int_equal(UDP_MTU_MAX, 65485);
	assert_int_equal(opt_find(port_type_find("udp")->options, "mtu")->max, UDP_MTU_MAX);
}

/* ---- stream and dgram ---- */

static struct port_cfg socket_port(const char *type_name, const char *option, const char *address)
{
	const struct port_type *type = port_type_find(type_name);
	struct port_cfg cfg;
	struct err e = {0};

	port_cfg_init(&cfg, "s", type);
	if (opt_parse(opt_find(type->options, option), address, &cfg, &e))
		fail_msg("%s", e.text);
	return cfg;
}

/* ---- patch and mcast ---- */

static struct port_cfg with(const char *type, const char *name, const char *option,
			    const char *value)
{
	const struct port_type *t = port_type_find(type);
	struct port_cfg cfg;
	struct err e = {0};

	port_cfg_init(&cfg, name, t);
	if (opt_parse(opt_find(t->options, option), value, &cfg, &e))
		fail_msg("%s", e.text);
	return cfg;
}

static void a_stream_listens_or_connects(void **state)
{
	struct port_cfg listens = socket_port("stream", "listen", "unix:/run/s"), both = listens,
			connects = socket_port("stream", "connect", "192.0.2.1:4000"), neither;
	struct err e = {0};

	assert_int_equal(listens.u.stream.max_peers, 64);
	assert_true(listens.u.stream.coalesce);
	assert_int_equal(port_cfg_check(&listens, NULL), 0);
	assert_int_equal(port_cfg_check(&connects, NULL), 0);
	strcpy(both.u.stream.connect, "unix:/run/t");
	assert_int_equal(port_cfg_check(&both, &e), -EINVAL);
	assert_non_null(strstr(e.text, "both"));
	port_cfg_init(&neither, "s", port_type_find("stream"));
	assert_int_equal(port_cfg_check(&neither, &e), -EINVAL);
	assert_non_null(strstr(e.text, "neither"));
}

static void only_a_path_has_rights(void **state)
{
	static const char *const none[] = {"unix:@s", "192.0.2.1:4000"};
	struct port_cfg cfg = socket_port("dgram", "listen", "unix:/run/s");

	strcpy(cfg.u.dgram.mode, "0660");
	strcpy(cfg.u.dgram.group, "adm");
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct err e = {0};

		cfg = socket_port("stream", "listen", none[i]);
		strcpy(cfg.u.stream.group, "adm");
		assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
		assert_string_equal(e.path, "group");
		strcpy(cfg.u.stream.mode, "0600");
		e = (struct err){0};
		assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
		assert_string_equal(e.path, "mode");
	}
}

static void dgram_has_a_local_name(void **state)
{
	struct port_cfg cfg;
	struct err e = {0};

	port_cfg_init(&cfg, "d", port_type_find("dgram"));
	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "\"listen\" is missing"));
	assert_int_equal(opt_parse(opt_find(port_type_find("dgram")->options, "listen"),
				   "192.0.2.1:4000", &cfg, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "udp"));
}

static struct port_cfg tap_on(const char *name, const char *ifname, const char *netns)
{
	struct port_cfg cfg;

	tap(&cfg, name);
	strcpy(cfg.u.tap.ifname, ifname);
	strcpy(cfg.u.tap.netns, netns);
	return cfg;
}

static void a_patch_needs_a_peer_and_nothing_else(void **state)
{
	struct port_cfg a = with("patch", "a", "peer", "sw1/b"), c = a, none;
	struct err e = {0};

	assert_int_equal(port_cfg_check(&a, NULL), 0);
	strcpy(c.name, "c");
	assert_false(port_cfg_same_device(&a, &c)); /* said when it is there */
	assert_int_equal(port_cfg_compare_devices(&a, &c), 0);
	port_cfg_init(&none, "a", port_type_find("patch"));
	assert_int_equal(port_cfg_check(&none, &e), -EINVAL);
	assert_non_null(strstr(e.text, "\"peer\" is missing"));
}

static void a_group_is_one(void **state)
{
	static const char *const good[] = {"224.0.0.1:1", "239.255.255.255:65535", "[ff15::1]:1",
					   "[ff02::1%eth0]:1"};
	static const char *const bad[] = {"223.255.255.255:1", "240.0.0.1:1",
					  "255.255.255.255:1", "0.0.0.0:1",
					  "[fe80::1%eth0]:1",  "[::]:1"};
	const struct opt *o = opt_find(port_type_find("mcast")->options, "group");
	struct port_cfg cfg = with("mcast", "g", "group", "230.0.0.1:1234");

	assert_true(cfg.u.mcast.coalesce);
	assert_int_equal(cfg.u.mcast.ttl, 1);
	assert_int_equal(opt_find(port_type_find("mcast")->options, "mtu")->max, UDP_MTU_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(opt_parse(o, good[i], &cfg, NULL), 0);
		assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};

		assert_int_equal(opt_parse(o, bad[i], &cfg, &e), -EINVAL);
		assert_non_null(strstr(e.text, "no multicast group"));
	}
}

static void a_group_is_on_one_device(void **state)
{
	struct port_cfg cfg = with("mcast", "g", "group", "[ff02::1%eth0]:1234"), other = cfg;

	strcpy(cfg.u.mcast.ifname, "eth0");
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	assert_false(port_cfg_same_device(&cfg, &other)); /* others may be in it too */
	strcpy(cfg.u.mcast.ifname, "eth1");
	assert_int_equal(port_cfg_check(&cfg, NULL), -EINVAL);
	strcpy(cfg.u.mcast.group, "[ff15::1]:1234");
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	strcpy(cfg.u.mcast.ifname, "tap%d");
	assert_int_equal(port_cfg_check(&cfg, NULL), -EINVAL);
}

static struct port_cfg netdev_on(const char *name, const char *ifname, const char *netns)
{
	struct port_cfg cfg;

	port_cfg_init(&cfg, name, port_type_find("netdev"));
	strcpy(cfg.u.netdev.ifname, ifname);
	strcpy(cfg.u.netdev.netns, netns);
	return cfg;
}

static void netdev_defaults(void **state)
{
	struct port_cfg cfg = netdev_on("eth0", "", "");

	assert_string_equal(netdev_ifname(&cfg), "eth0");
	assert_true(cfg.u.netdev.promisc);
	assert_int_equal(cfg.mtu, 0);
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
}

/* A device that is there has a name and no pattern. */
static void netdev_names(void **state)
{
	static const char *const bad[] = {"a-port-with-a-long-name", "vm:1", "eth%d", "100%"};
	const struct opt *o = opt_find(port_type_find("netdev")->options, "ifname");

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct port_cfg cfg = netdev_on(bad[i], "", "");
		struct err e = {0};

		assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
		assert_non_null(strstr(e.text, "ifname"));
		assert_int_equal(opt_parse(o, bad[i], &cfg, NULL), -EINVAL);
		assert_int_equal(opt_parse(o, "eth0", &cfg, NULL), 0);
		assert_int_equal(port_cfg_check(&cfg, NULL), 0);
		assert_false(port_cfg_device_is_pattern(&cfg));
	}
}

static struct port_cfg vde_in(const char *name, const char *dir)
{
	struct port_cfg cfg;

	port_cfg_init(&cfg, name, port_type_find("vde"));
	strcpy(cfg.u.vde.dir, dir);
	return cfg;
}

static void vde_defaults(void **state)
{
	struct port_cfg cfg = vde_in("lab", "");
	struct err e = {0};

	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "\"dir\" is missing"));
	strcpy(cfg.u.vde.dir, "/run/lab");
	assert_int_equal(port_cfg_check(&cfg, &e), 0);
	assert_string_equal(cfg.u.vde.mode, ""); /* as of the other kinds that listen */
	assert_int_equal(cfg.u.vde.max_peers, 64);
	assert_true(cfg.u.vde.coalesce);
}

/* ---- vxlan ---- */

static void put(struct port_cfg *cfg, const char *name, const char *value)
{
	const struct opt *o = opt_find(port_type_find("vxlan")->options, name);
	struct err e = {0};

	assert_non_null(o);
	if (opt_parse(o, value, cfg, &e))
		fail_msg("%s = %s: %s", name, value, e.text);
}

static struct port_cfg vxlan(const char *vni, const char *local, const char *remotes)
{
	struct port_cfg cfg;

	port_cfg_init(&cfg, "far", port_type_find("vxlan"));
	if (*vni)
		put(&cfg, "vni", vni);
	if (*local)
		put(&cfg, "local", local);
	put(&cfg, "remotes", remotes);
	return cfg;
}

static void vxlan_needs_a_vni_and_nothing_else(void **state)
{
	struct port_cfg cfg = vxlan("", "", "");
	struct err e = {0};

	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "\"vni\" is missing"));
	put(&cfg, "vni", "0"); /* is a number like any other */
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	assert_string_equal(cfg.u.vxlan.local, "0.0.0.0:4789");
	assert_true(!cfg.u.vxlan.any_source && cfg.u.vxlan.udp_csum && cfg.u.vxlan.coalesce);
	assert_int_equal(cfg.u.vxlan.ttl, 64);
	assert_string_equal(cfg.u.vxlan.df, "unset");
}

static void vxlan_settings_fit_together(void **state)
{
	static const struct {
		const char *local, *remotes, *says;
	} v[] = {
		{"0.0.0.0:4789", "192.0.2.2", NULL},
		{"192.0.2.1:4789", "192.0.2.2,192.0.2.3:8472", NULL},
		{"192.0.2.1:4789", "192.0.2.1:4790", NULL},
		{"[::]:4789", "2001:db8::2,[2001:db8::3],[2001:db8::4]:8472", NULL},
		{"0.0.0.0:4789", "2001:db8::2", "[::]:4789"},
		{"[::]:4789", "192.0.2.2", "0.0.0.0:4789"},
		{"192.0.2.1:4789", "192.0.2.2,192.0.2.1", "hear itself"},
		{"192.0.2.1:4789", "192.0.2.2,192.0.2.3,192.0.2.2:8472",
		 "192.0.2.2:8472 is there twice"},
		{"[::]:4789", "2001:db8::2,[2001:DB8:0::2]:1", "twice"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct port_cfg cfg = vxlan("1", v[i].local, v[i].remotes);
		struct err e = {0};

		assert_int_equal(port_cfg_check(&cfg, &e), v[i].says ? -EINVAL : 0);
		if (v[i].says && !strstr(e.text, v[i].says))
			fail_msg("\"%s\" does not say %s", e.text, v[i].says);
	}
}

static void a_vxlan_group_has_a_device_and_somebody_to_hear(void **state)
{
	struct port_cfg cfg = vxlan("1", "", "");
	struct err e = {0};

	put(&cfg, "group", "239.1.1.1");
	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "ifname"));
	put(&cfg, "ifname", "eth0");
	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "any_source"));
	put(&cfg, "any_source", "yes");
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	put(&cfg, "any_source", "no");
	put(&cfg, "remotes", "192.0.2.2");
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
	put(&cfg, "group", "ff05::1");
	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	put(&cfg, "group", "");
	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "group is not"));
}

static void a_station_is_behind_one_of_the_remotes(void **state)
{
	static const struct {
		const char *local, *remotes, *remote, *says;
	} v[] = {
		{"", "192.0.2.2", "192.0.2.2", NULL},
		{"", "192.0.2.2", "192.0.2.2:4789", NULL},
		{"", "192.0.2.2:8472,192.0.2.3", "192.0.2.2", NULL},
		{"", "192.0.2.2:8472,192.0.2.3", "192.0.2.2:8472", NULL},
		{"", "192.0.2.22,192.0.2.2", "192.0.2.2", NULL},
		{"0.0.0.0:8472", "192.0.2.2", "192.0.2.2:8472", NULL},
		{"[::]:4789", "2001:db8::2", "[2001:DB8:0::2]:4789", NULL},
		{"[::]:4789", "[fe80::2%eth0],[fe80::2%eth1]:1", "fe80::2%eth1", NULL},
		{"", "192.0.2.2:8472", "192.0.2.2:4789", "of that address is 192.0.2.2:8472"},
		{"", "192.0.2.22,192.0.2.3", "192.0.2.2", "none of the remotes of port far (192."},
		{"", "", "192.0.2.2", "(it has none)"},
		{"", "192.0.2.2", "2001:db8::2", "none of the remotes"},
		{"", "192.0.2.2", "a.host", "found \"a.host\""},
		{"", "192.0.2.2", "", "found \"\""},
		{"", "192.0.2.2,192.0.2.3", "192.0.2.2,192.0.2.3", "found \""},
		{"[::]:4789", "[fe80::2%eth0]", "fe80::2%eth1", "none of the remotes"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct port_cfg cfg = vxlan("1", v[i].local, v[i].remotes);
		struct err e = {0};

		assert_int_equal(port_cfg_check(&cfg, NULL), 0);
		if (port_cfg_check_remote(&cfg, v[i].remote, &e) != (v[i].says ? -EINVAL : 0))
			fail_msg("%s of %s: \"%s\"", v[i].remote, v[i].remotes, e.text);
		if (v[i].says && !strstr(e.text, v[i].says))
			fail_msg("\"%s\" does not say %s", e.text, v[i].says);
	}
}

static void only_vxlan_ports_have_remotes_to_choose_from(void **state)
{
	port_types_foreach (t) {
		struct port_cfg cfg;
		struct err e = {0};

		port_cfg_init(&cfg, "x", t);
		assert_int_equal(port_cfg_check_remote(&cfg, "192.0.2.2", &e), -EINVAL);
		if (strcmp(t->name, "vxlan") != 0 && !strstr(e.text, "has no remotes"))
			fail_msg("%s", e.text);
	}
}

static void remotes_written_in_different_ways(void **state)
{
	assert_true(same_remote("", "") && same_remote("192.0.2.2", "192.0.2.2"));
	assert_true(same_remote("192.0.2.2:1", "192.0.2.2"));
	assert_true(same_remote("[2001:db8::1]:4789", "2001:DB8:0::1"));
	assert_true(same_remote("fe80::1%x", "[fe80::1%x]"));
	assert_false(same_remote("", "192.0.2.2") || same_remote("192.0.2.2", ""));
	assert_false(same_remote("192.0.2.2", "192.0.2.3"));
	assert_false(same_remote("fe80::1%x", "fe80::1%y"));
}

static void vxlan_texts(void **state)
{
	static const struct {
		const char *name, *good, *bad;
	} v[] = {
		{"remotes", "192.0.2.2", "192.0.2.2,"},
		{"remotes", "[fe80::1%eth0],192.0.2.1", ",192.0.2.2"},
		{"remotes", "", "192.0.2.2, 192.0.2.3"},
		{"remotes", "192.0.2.2:1", "192.0.2.2:0"},
		{"remotes", "1.1.1.1,2.2.2.2,3.3.3.3", "239.1.1.1"},
		{"remotes", "2001:db8::1", "0.0.0.0"},
		{"remotes", "2001:db8::1", "a.host"},
		{"group", "239.1.1.1", "239.1.1.1:4789"},
		{"group", "ff02::1", "[ff02::1]"},
		{"group", "224.0.0.1", "255.255.255.255"},
		{"tos", "inherit", "inherited"},
		{"tos", "0", "1"},
		{"tos", "252", "256"},
		{"tos", "0xfc", "0x"},
		{"tos", "0x10", "-4"},
		{"src_ports", "49152-65535", "49152-65536"},
		{"src_ports", "5000", "0"},
		{"src_ports", "1-1", "2-1"},
		{"src_ports", "1-65535", "1-"},
		{"src_ports", "10-20", "10-020"},
		{"src_ports", "10-20", "10-20-30"},
		{"src_ports", "10-20", ""},
		{"tos", "0x10", ""},
		{"local", "0.0.0.0:1", ""},
	};
	uint16_t first, last;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct opt *o = opt_find(port_type_find("vxlan")->options, v[i].name);
		struct port_cfg cfg = vxlan("1", "", "");
		struct err e = {0};

		assert_int_equal(opt_parse(o, v[i].good, &cfg, &e), 0);
		if (opt_parse(o, v[i].bad, &cfg, &e) == 0)
			fail_msg("%s takes %s", v[i].name, v[i].bad);
	}
	assert_int_equal(vxlan_tos("inherit"), VXLAN_TOS_INHERIT);
	assert_int_equal(vxlan_tos("0xb8"), 0xb8);
	assert_int_equal(vxlan_tos("16"), 16);
	assert_true(vxlan_src_ports("10-20", &first, &last) && first == 10 && last == 20);
	assert_true(vxlan_src_ports("7", &first, &last) && first == 7 && last == 7);
}

static void remotes_are_many_but_not_without_end(void **state)
{
	struct port_cfg cfg = vxlan("1", "", "");
	char text[VXLAN_REMOTES_SIZE] = "";
	struct err e = {0};
	size_t len = 0;

	for (int i = 0; i < VXLAN_REMOTES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s10.9.8.%d", i ? "," : "",
					i);
	put(&cfg, "remotes", text);
	assert_int_equal(port_cfg_check(&cfg, &e), 0);
	strcpy(text + len, ",10.9.7.1");
	put(&cfg, "remotes", text);
	assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
	assert_non_null(strstr(e.text, "256"));
}

/* Each pair is one device, and the order puts its members side by side. */
static void ports_for_one_device(void **state)
{
	const struct port_cfg same[][2] = {
		{tap_on("a", "t", ""), tap_on("t", "", "")},
		{tap_on("a", "t", "x"), tap_on("b", "t", "x")},
		{udp("a", "192.0.2.1:1", "192.0.2.2:2"), udp("b", "192.0.2.1:1", "192.0.2.3:3")},
		{udp("a", "0.0.0.0:1", "192.0.2.2:2"), udp("b", "192.0.2.1:1", "192.0.2.2:2")},
		{udp("a", "[::]:1", "[::1]:2"), udp("b", "[2001:db8::1]:1", "[::1]:2")},
		{udp("a", "[2001:db8::1]:1", "[::1]:2"), udp("b", "[2001:DB8:0::1]:1", "[::1]:2")},
		{socket_port("stream", "listen", "unix:/s"),
		 socket_port("stream", "listen", "unix:/s")},
		{socket_port("stream", "listen", "0.0.0.0:1"),
		 socket_port("stream", "listen", "192.0.2.1:1")},
		{socket_port("dgram", "listen", "unix:@s"),
		 socket_port("dgram", "listen", "unix:@s")},
		{socket_port("stream", "listen", "unix:/s"),
		 socket_port("dgram", "listen", "unix://s")},
		{socket_port("stream", "listen", "unix:/run/lab/ctl"), vde_in("a", "/run/lab/")},
		{vde_in("a", "/run/lab"), socket_port("dgram", "listen", "unix:/run/lab/ctl")},
		{udp("a", "0.0.0.0:4789", "192.0.2.2:2"), vxlan("1", "", "")},
		{vxlan("1", "192.0.2.1:4789", ""), udp("a", "192.0.2.1:4789", "192.0.2.2:2")},
		{netdev_on("a", "t", ""), netdev_on("t", "", "")},
		{tap_on("a", "t", "x"), netdev_on("b", "t", "x")},
		{netdev_on("t", "", ""), tap_on("a", "t", "")},
		{vde_in("a", "/run/lab"), vde_in("b", "/run/lab")},
		{vde_in("a", "/run/lab"), vde_in("b", "//run//lab/")},
		{vxlan("1", "", ""), vxlan("1", "0.0.0.0:4789", "192.0.2.2")},
		{vxlan("1", "0.0.0.0:1", ""), vxlan("2", "192.0.2.1:1", "")}, /* two sockets */
	};
	const struct port_cfg two[][2] = {
		{tap_on("a", "t", ""), tap_on("b", "u", "")},
		{tap_on("a", "t", ""), tap_on("b", "t", "x")},
		{tap_on("a", "t", ""), udp("a", "192.0.2.1:1", "192.0.2.2:2")},
		{tap_on("a", "t", ""), netdev_on("b", "t", "x")},
		{netdev_on("a", "t", ""), netdev_on("b", "u", "")},
		{netdev_on("a", "t", ""), udp("a", "192.0.2.1:1", "192.0.2.2:2")},
		{udp("a", "192.0.2.1:1", "192.0.2.2:2"), udp("a", "192.0.2.1:2", "192.0.2.2:2")},
		{udp("a", "192.0.2.1:1", "192.0.2.2:2"), udp("a", "192.0.2.2:1", "192.0.2.3:2")},
		{udp("a", "0.0.0.0:1", "192.0.2.2:2"), udp("a", "[::]:1", "[::1]:2")},
		{udp("a", "0.0.0.0:11", "192.0.2.2:2"), udp("a", "0.0.0.0:1", "192.0.2.2:2")},
		{udp("a", "[fe80::1%x]:1", "[::1]:2"), udp("a", "[fe80::1%y]:1", "[::1]:2")},
		{socket_port("stream", "listen", "unix:/s"),
		 socket_port("stream", "listen", "unix:@s")},
		{socket_port("stream", "listen", "unix:/s"),
		 socket_port("stream", "listen", "192.0.2.1:1")},
		{socket_port("stream", "listen", "unix:/s"),
		 socket_port("stream", "connect", "unix:/s")},
		{socket_port("stream", "listen", "192.0.2.1:1"),
		 socket_port("stream", "connect", "192.0.2.1:1")},
		{socket_port("stream", "connect", "unix:/s"),
		 socket_port("stream", "connect", "unix:/t")},
		{socket_port("dgram", "listen", "unix:/s"),
		 socket_port("dgram", "listen", "unix:/t")},
		{socket_port("stream", "listen", "unix:@s//t"),
		 socket_port("dgram", "listen", "unix:@s/t")},
		{socket_port("dgram", "listen", "unix:/run/lab"), vde_in("a", "/run/lab")},
		{vde_in("a", "/run/lab"), vde_in("a", "/run/lab1")},
		{vde_in("a", "/run/lab"), vde_in("a", "/runlab")},
		{vde_in("a", "/run/lab"), tap_on("a", "t", "")},
		{vxlan("1", "", ""), vxlan("2", "", "")},
		{vxlan("1", "0.0.0.0:1", ""), vxlan("1", "0.0.0.0:2", "")},
		{vxlan("1", "192.0.2.1:1", ""), udp("a", "192.0.2.2:1", "192.0.2.3:2")},
		{udp("a", "0.0.0.0:1", "192.0.2.2:2"),
		 socket_port("stream", "listen", "0.0.0.0:1")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		for (size_t k = 0; k < 2; k++)
			assert_true(port_cfg_same_device(&same[i][k], &same[i][1 - k]));
	for (size_t i = 0; i < ARRAY_SIZE(two); i++) {
		int d = port_cfg_compare_devices(&two[i][0], &two[i][1]);

		assert_false(port_cfg_same_device(&two[i][0], &two[i][1]));
		assert_false(port_cfg_same_device(&two[i][1], &two[i][0]));
		assert_int_not_equal(d, 0);
		assert_true((d < 0) == (port_cfg_compare_devices(&two[i][1], &two[i][0]) > 0));
	}
	/* any address comes first, so that nothing gets between it and what it shares a port with */
	assert_true(port_cfg_compare_devices(&same[3][0], &same[3][1]) < 0);
	assert_true(port_cfg_compare_devices(&same[4][0], &same[4][1]) < 0);
}

static void devices_are_called_by_what_they_are(void **state)
{
	struct port_cfg a = tap_on("a", "t", "blue"), b = tap_on("b", "", ""),
			c = udp("c", "192.0.2.1:1", "192.0.2.2:2"), d = tap_on("d", "tap%d", ""),
			s = socket_port("stream", "listen", "unix:/run/s"),
			n = netdev_on("n", "eth0", "blue"), v = vde_in("v", "/run/lab");
	char text[DEVICE_TEXT_SIZE];

	assert_string_equal(port_cfg_device_text(&n, text), "the device eth0 in namespace blue");
	assert_string_equal(port_cfg_device_text(&a, text), "the device t in namespace blue");
	assert_string_equal(port_cfg_device_text(&b, text), "the device b");
	assert_string_equal(port_cfg_device_text(&c, text), "the address 192.0.2.1:1");
	assert_string_equal(port_cfg_device_text(&s, text), "the address unix:/run/s");
	assert_string_equal(port_cfg_device_text(&v, text), "the directory /run/lab");
	assert_true(port_cfg_device_is_pattern(&d));
	assert_false(port_cfg_device_is_pattern(&a));
	assert_false(port_cfg_device_is_pattern(&c));
}

static void names_too_long_are_cut_not_overrun(void **state)
{
	struct port_cfg cfg;
	char name[100];

	memset(name, 'n', sizeof(name) - 1);
	name[99] = '\0';
	tap(&cfg, name);
	assert_int_equal(strlen(cfg.name), NAME_SIZE - 1);
	assert_string_equal(cfg.type, "tap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switch_table_is_sound),
		cmocka_unit_test(port_tables_are_sound),
		cmocka_unit_test(switch_defaults),
		cmocka_unit_test(switch_messages_name_what_is_allowed),
		cmocka_unit_test(limits_agree_with_each_other),
		cmocka_unit_test(tap_defaults),
		cmocka_unit_test(tap_names_the_kernel_takes),
		cmocka_unit_test(netns_is_a_name_not_a_path),
		cmocka_unit_test(port_names_that_need_an_ifname),
		cmocka_unit_test(vxlan_needs_a_vni_and_nothing_else),
		cmocka_unit_test(vxlan_settings_fit_together),
		cmocka_unit_test(a_vxlan_group_has_a_device_and_somebody_to_hear),
		cmocka_unit_test(a_station_is_behind_one_of_the_remotes),
		cmocka_unit_test(only_vxlan_ports_have_remotes_to_choose_from),
		cmocka_unit_test(remotes_written_in_different_ways),
		cmocka_unit_test(vxlan_texts),
		cmocka_unit_test(remotes_are_many_but_not_without_end),
		cmocka_unit_test(udp_defaults),
		cmocka_unit_test(udp_needs_both_ends),
		cmocka_unit_test(remote_is_one_host_and_local_may_be_all),
		cmocka_unit_test(udp_mtu_fits_a_datagram),
		cmocka_unit_test(a_stream_listens_or_connects),
		cmocka_unit_test(only_a_path_has_rights),
		cmocka_unit_test(dgram_has_a_local_name),
		cmocka_unit_test(netdev_defaults),
		cmocka_unit_test(netdev_names),
		cmocka_unit_test(a_patch_needs_a_peer_and_nothing_else),
		cmocka_unit_test(a_group_is_one),
		cmocka_unit_test(a_group_is_on_one_device),
		cmocka_unit_test(vde_defaults),
		cmocka_unit_test(ports_for_one_device),
		cmocka_unit_test(devices_are_called_by_what_they_are),
		cmocka_unit_test(names_too_long_are_cut_not_overrun),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}

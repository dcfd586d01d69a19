/* SPDX-License-Identifier: ISC */
/*
 * fuzz_lab.c - any text at all as a lab file.
 *
 * What is accepted holds what those who make a lab rely on: its configuration is one of switchd, each interface is the
 * other side of a port of it, no two have one address, and reading it again gives the same.  What is refused says where.
 */
#include <net/if.h>
#include <string.h>

#include "check.h"
#include "ctl/config.h"
#include "lab/check.h"
#include "lab/graph.h"
#include "lab/model.h"
#include "util/mac.h"
#include "util/words.h"

static const char path[] = "/labs/f.json";

/* ---- what is refused ---- */

static void check_clean(const char *s)
{
	json_t *v = json_string(s);

	CHECK(v); /* it is UTF-8 */
	json_decref(v);
	for (; *s; s++)
		CHECK((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void check_refused(const struct lab *lab, const struct fail *f, int rc)
{
	static const struct lab empty;

	CHECK(rc == STATUS_REFUSED && f->status == rc);
	CHECK(memcmp(lab, &empty, sizeof(empty)) == 0);
	CHECK(strncmp(f->text, path, sizeof(path) - 1) == 0 && f->text[sizeof(path) - 1] == ':');
	check_clean(f->text);
}

/* ---- what is accepted ---- */

static void check_name(const char *name)
{
	CHECK(strlen(name) > 0 && strlen(name) < LAB_NAME_SIZE);
	CHECK(name_check(name, NULL) == 0 && !strpbrk(name, ".:@+"));
	CHECK(strspn(name, "0123456789") != strlen(name)); /* a namespace, not a process */
}

static const struct port_cfg *port_of(const struct config *c, const char *sw, const char *port)
{
	const struct switch_cfg *s = config_find_switch(c, sw);
	const struct port_cfg *p = s ? config_find_port(s, port) : NULL;

	CHECK(p);
	return p;
}

static void note_mac(json_t *macs, uint64_t mac)
{
	char text[MAC_STR_SIZE];

	CHECK(mac_is_station(mac));
	CHECK(!json_object_get(macs, mac_format(mac, text)));
	json_object_set_new(macs, text, json_true());
}

static void check_address(const struct lab_address *a)
{
	CHECK(a->family == AF_INET || a->family == AF_INET6);
	CHECK(a->prefix > 0 && a->prefix <= (a->family == AF_INET ? 32 : 128));
	CHECK(strchr(a->text, '/') && strlen(a->text) < sizeof(a->text));
}

static void check_host(const struct lab_host *h, const struct config *c, json_t *macs)
{
	check_name(h->name);
	for (size_t i = 0; i < h->interfaces; i++) {
		const struct lab_interface *in = &h->interface[i];
		const struct port_cfg *p = port_of(c, in->sw, in->port);

		CHECK(strlen(in->name) > 0 && strlen(in->name) < IFNAMSIZ);
		CHECK(strcmp(p->type, "tap") == 0 && strcmp(p->u.tap.netns, h->name) == 0);
		CHECK(strcmp(p->u.tap.ifname, in->name) == 0 && p->u.tap.mac == in->mac);
		CHECK(p->mtu == in->mtu);
		note_mac(macs, in->mac);
		for (size_t k = 0; k < in->addresses; k++)
			check_address(&in->address[k]);
	}
	for (size_t i = 0; i < h->routes; i++)
		CHECK(h->route[i].via.family || h->route[i].dev[0]);
	for (size_t i = 0; i < h->files; i++) {
		CHECK(h->file[i].path[0] == '/' && !strstr(h->file[i].path, "/../"));
		CHECK(strlen(h->file[i].text) == h->file[i].len && h->file[i].mode <= 0777);
	}
	for (size_t i = 0; i < h->sysctls; i++) {
		CHECK(h->sysctl[i].key[0] != '/' && !strstr(h->sysctl[i].key, ".."));
		CHECK(!strchr(h->sysctl[i].value, '\n'));
	}
	CHECK(json_is_object(h->json));
}

static void check_vm(const struct lab_vm *vm, const struct config *c, json_t *macs)
{
	check_name(vm->name);
	CHECK(vm->kernel || vm->disk);
	CHECK(!vm->kernel || vm->kernel[0] == '/');
	for (size_t i = 0; i < vm->nics; i++) {
		CHECK(strcmp(port_of(c, vm->nic[i].sw, vm->nic[i].port)->type, "stream") == 0);
		note_mac(macs, vm->nic[i].mac);
	}
}

static void check_link(const struct lab_link *link, const struct config *c)
{
	const struct lab_end *a = &link->end[0], *b = &link->end[1];

	CHECK(b->kind == LAB_SWITCH);
	port_of(c, b->node, b->name);
	if (a->kind != LAB_SWITCH)
		return;

	const struct port_cfg *p = port_of(c, a->node, a->name);

	CHECK(strcmp(p->type, "patch") == 0);
	CHECK(strncmp(p->u.patch.peer, b->node, strlen(b->node)) == 0);
	CHECK(strcmp(p->u.patch.peer + strlen(b->node) + 1, b->name) == 0);
}

static size_t count_ports(const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->switches; i++)
		n += c->sw[i].ports;
	return n;
}

static void check_lab(const struct lab *lab)
{
	json_t *json = lab_config(lab, "/run/f"), *out = lab_uplink_config(lab, "/run/f");
	json_t *macs = json_object();
	size_t ends = lab->uplinks + lab->links;
	struct config c, up;

	CHECK(config_parse(json, &c, NULL) == 0);
	CHECK(c.switches == lab->switches && !out == !lab->uplinks);
	check_name(lab->name);
	for (size_t i = 0; i < lab->hosts; i++)
		check_host(&lab->host[i], &c, macs);
	for (size_t i = 0; i < lab->vms; i++)
		check_vm(&lab->vm[i], &c, macs);
	for (size_t i = 0; i < lab->links; i++) {
		check_link(&lab->link[i], &c);
		ends += lab->link[i].end[0].kind == LAB_SWITCH;
	}
	CHECK(count_ports(&c) == ends);
	if (out) {
		CHECK(config_parse(out, &up, NULL) == 0);
		CHECK(up.switches == lab->uplinks && count_ports(&up) == 2 * lab->uplinks);
		config_free(&up);
	}
	config_free(&c);
	json_decref(macs);
	json_decref(json);
	json_decref(out);
}

/* Everything is in the picture, and nothing of a name gets out of its quotes. */
static void check_drawing(const struct lab *lab)
{
	struct graph g;
	char *svg = NULL;
	size_t len, tags = 0;
	FILE *out = open_memstream(&svg, &len);

	CHECK(out);
	graph_make(lab, &g);
	graph_place(&g);
	graph_svg(&g, out);
	fclose(out);
	CHECK(g.edges == lab->links + lab->uplinks);
	for (size_t i = 0; i < g.nodes; i++) {
		CHECK(g.node[i].x >= 0 && g.node[i].x <= g.width);
		CHECK(g.node[i].y >= 0 && g.node[i].y <= g.height);
	}
	for (const char *p = svg; *p; p++) {
		CHECK((unsigned char)*p >= 0x20 || *p == '\n');
		tags += *p == '<';
		CHECK(*p != '<' || strchr("?/sgtrpc", p[1]));
		CHECK(*p != '>' || tags);
	}
	free(svg);
	graph_free(&g);
}

static void check_same(const struct lab *a, const struct lab *b)
{
	json_t *x = lab_config(a, "/d"), *y = lab_config(b, "/d");

	CHECK(json_equal(x, y));
	CHECK(a->hosts == b->hosts && a->vms == b->vms);
	for (size_t i = 0; i < a->hosts; i++)
		CHECK(json_equal(a->host[i].json, b->host[i].json));
	json_decref(x);
	json_decref(y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lab lab, again;
	struct fail f = {0};
	int rc;

	memset(&lab, 0x5a, sizeof(lab));
	rc = lab_parse(path, (const char *)data, size, &lab, &f);
	if (rc) {
		check_refused(&lab, &f, rc);
	} else {
		check_lab(&lab);
		check_drawing(&lab);
		CHECK(checks_valid(&lab, &f) == 0);
		CHECK(lab_parse(path, (const char *)data, size, &again, &f) == 0);
		check_same(&lab, &again);
		lab_free(&again);
		lab_free(&lab);
	}
	fail_clear(&f);
	return 0;
}

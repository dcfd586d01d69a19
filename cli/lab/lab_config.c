/* SPDX-License-Identifier: ISC */
/*
 * lab_config.c - the configurations of a lab's switchds, and the errors of one at their place in the lab file.
 */
#include "lab/model_impl.h"

#include <stdio.h>
#include <string.h>

#include "ctl/config.h"
#include "util/mac.h"
#include "util/words.h"

/* ---- ports ---- */

static void set_text(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, need(json_string(value)));
}

static void set_unix(json_t *o, const char *key, const char *dir, const char *fmt, const char *name,
		     unsigned n)
{
	json_t *file = n == UINT32_MAX ? json_sprintf("unix:%s/%s-%s.sock", dir, fmt, name)
				       : json_sprintf("unix:%s/%s-%s-%u.sock", dir, fmt, name, n);

	json_object_set_new(o, key, need(file));
}

static const struct lab_interface *interface_of(const struct lab *lab, const struct lab_end *end)
{
	const struct lab_host *h = lab_find_host(lab, end->node);

	for (size_t i = 0; i < h->interfaces; i++)
		if (strcmp(h->interface[i].name, end->name) == 0)
			return &h->interface[i];
	return NULL;
}

/* A tap whose other side is the host's interface. */
static void host_port(const struct lab *lab, const struct lab_end *host, json_t *port)
{
	const struct lab_interface *i = interface_of(lab, host);
	char mac[MAC_STR_SIZE];

	set_text(port, "netns", host->node);
	set_text(port, "ifname", host->name);
	if (!i)
		return;
	set_text(port, "mac", mac_format(i->mac, mac));
	if (i->mtu)
		json_object_set_new(port, "mtu", json_integer(i->mtu));
}

/* The port at end k of a link. */
static json_t *port_of_end(const struct lab *lab, const struct lab_link *link, int k,
			   const char *dir)
{
	const struct lab_end *other = &link->end[!k];
	json_t *port = need(json_copy(link->end[k].settings));

	if (other->kind == LAB_HOST) {
		host_port(lab, other, port);
	} else if (other->kind == LAB_VM) {
		set_text(port, "type", "stream");
		set_unix(port, "connect", dir, "vm", other->node,
			 (unsigned)strtoul(other->name + 3, NULL, 10));
	} else {
		set_text(port, "type", "patch");
		json_object_set_new(port, "peer",
				    need(json_sprintf("%s/%s", other->node, other->name)));
	}
	return port;
}

static json_t *uplink_port(const struct lab_uplink *u, const char *dir)
{
	json_t *port = need(json_copy(u->port));

	set_text(port, "type", "stream");
	set_unix(port, "connect", dir, "up", u->name, UINT32_MAX);
	return port;
}

/* ---- the whole ---- */

json_t *lab_config(const struct lab *lab, const char *dir)
{
	json_t *switches = need(json_object());

	for (size_t i = 0; i < lab->switches; i++) {
		json_t *sw = need(json_copy(lab->sw[i].settings));

		json_object_set_new(sw, "ports", need(json_object()));
		json_object_set_new(switches, lab->sw[i].name, sw);
	}
	for (size_t i = 0; i < lab->links; i++)
		for (int k = 0; k < 2; k++) {
			const struct lab_end *end = &lab->link[i].end[k];
			json_t *sw = json_object_get(switches, end->node);

			if (end->kind == LAB_SWITCH)
				json_object_set_new(json_object_get(sw, "ports"), end->name,
						    port_of_end(lab, &lab->link[i], k, dir));
		}
	for (size_t i = 0; i < lab->uplinks; i++) {
		const struct lab_uplink *u = &lab->uplink[i];
		json_t *sw = json_object_get(switches, u->sw);

		json_object_set_new(json_object_get(sw, "ports"), u->name, uplink_port(u, dir));
	}
	return need(json_pack("{s:o}", "switches", switches));
}

json_t *lab_uplink_config(const struct lab *lab, const char *dir)
{
	json_t *switches = need(json_object());

	for (size_t i = 0; i < lab->uplinks; i++) {
		const struct lab_uplink *u = &lab->uplink[i];
		json_t *lab_side = need(json_object());

		set_text(lab_side, "type", "stream");
		set_unix(lab_side, "listen", dir, "up", u->name, UINT32_MAX);
		json_object_set_new(switches, u->name,
				    need(json_pack("{s:{s:O, s:o}}", "ports", "out", u->settings,
						   "lab", lab_side)));
	}
	if (lab->uplinks)
		return need(json_pack("{s:o}", "switches", switches));
	json_decref(switches);
	return NULL;
}

/* ---- errors ---- */

/* What follows `name` in a path that begins with it; NULL: it does not. */
static const char *after(const char *path, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(path, name, len) != 0 || (path[len] && path[len] != '.' && path[len] != '['))
		return NULL;
	return path + len;
}

/* What a setting of an end is called in the lab file: that of the end alone, if it is there, or that of the link. */
static void place_in_link(struct reader *r, size_t link, const struct lab_end *end,
			  const char *rest, char below[LAB_WHERE_SIZE])
{
	const json_t *v = json_array_get(r->links, link);
	char key[NAME_SIZE * 2];
	const json_t *at;

	r->at = r->lab->link[link].where;
	model_where(key, sizeof(key), "%.*s", (int)strcspn(rest + (*rest == '.'), ".["),
		    rest + (*rest == '.'));
	if (word_in(key, "netns ifname mac peer connect type")) { /* ours */
		model_where(below, LAB_WHERE_SIZE, ".between");
		return;
	}
	/* a link of which both ends have one setting */
	at = json_object_get(json_object_get(v, "at"),
			     end->at[0] ? strstr(end->at, ".at.") + 4 : "");
	if (end->at[0] && (!*key || json_object_get(at, key)))
		model_where(below, LAB_WHERE_SIZE, "%s%s", end->at + strlen(r->at.path), rest);
	else
		model_where(below, LAB_WHERE_SIZE, "%s", rest);
}

/* Where "h1.access", behind "switches.sw1.ports.", is in the lab file; false: nowhere. */
static bool place_of_port(struct reader *r, const char *sw, const char *path,
			  char below[LAB_WHERE_SIZE])
{
	const struct lab *lab = r->lab;
	size_t best = 0;

	for (size_t i = 0; i < lab->links; i++)
		for (int k = 0; k < 2; k++) {
			const struct lab_end *end = &lab->link[i].end[k];
			const char *rest = after(path, end->name);

			/* of "h1" and "h1.2" the longer */
			if (end->kind != LAB_SWITCH || strcmp(end->node, sw) != 0 || !rest ||
			    strlen(end->name) < best)
				continue;
			best = strlen(end->name);
			place_in_link(r, i, end, rest, below);
		}
	for (size_t i = 0; i < lab->uplinks; i++) {
		const char *rest = after(path, lab->uplink[i].name);

		if (strcmp(lab->uplink[i].sw, sw) != 0 || !rest ||
		    strlen(lab->uplink[i].name) < best)
			continue;
		best = strlen(lab->uplink[i].name);
		r->at = lab->uplink[i].where;
		model_where(below, LAB_WHERE_SIZE, "%s", rest);
	}
	return best > 0;
}

/* Sets r->at and below to where what is wrong with lab_config() comes from. */
static void place_in_lab(struct reader *r, const char *path, char below[LAB_WHERE_SIZE])
{
	const char *rest = after(path, "switches"), *port;

	r->at = (struct lab_where){.path = "switches"};
	below[0] = '\0';
	for (size_t i = 0; rest && *rest && i < r->lab->switches; i++) {
		const struct lab_switch *s = &r->lab->sw[i];
		const char *in = after(rest + 1, s->name);

		if (!in)
			continue;
		r->at = s->where;
		port = after(in + (*in == '.'), "ports");
		if (port && *port == '.' && place_of_port(r, s->name, port + 1, below))
			return;
		model_where(below, LAB_WHERE_SIZE, "%s", port ? "" : in);
		return;
	}
}

/* The same of lab_uplink_config(). */
static void place_of_uplink(struct reader *r, const char *path, char below[LAB_WHERE_SIZE])
{
	const char *rest = after(path, "switches");

	r->at = (struct lab_where){.path = "uplinks"};
	below[0] = '\0';
	for (size_t i = 0; rest && *rest && i < r->lab->uplinks; i++) {
		const char *in = after(rest + 1, r->lab->uplink[i].name);

		if (!in)
			continue;
		r->at = r->lab->uplink[i].where;
		in = strncmp(in, ".ports.out", 10) == 0 ? in + 10 : "";
		model_where(below, LAB_WHERE_SIZE, "%s", in);
		return;
	}
}

/* The path of what is wrong: of an unknown key that reader tells the path of the object, and the key in its text. */
static void path_of_error(const struct err *e, char path[LAB_WHERE_SIZE])
{
	static const char unknown[] = "unknown key \"";
	const char *key = e->text + sizeof(unknown) - 1;

	if (strncmp(e->text, unknown, sizeof(unknown) - 1) == 0)
		model_where(path, LAB_WHERE_SIZE, "%s.%.*s", e->path, (int)strcspn(key, "\""), key);
	else
		model_where(path, LAB_WHERE_SIZE, "%s", e->path);
}

/* Has switchd's own reader look at it; of NULL *c is empty. */
static int parse(struct reader *r, json_t *json, struct config *c,
		 void (*place)(struct reader *r, const char *path, char below[LAB_WHERE_SIZE]))
{
	char below[LAB_WHERE_SIZE], path[LAB_WHERE_SIZE];
	struct err e = {0};
	int rc;

	config_init(c);
	rc = json ? config_parse(json, c, &e) : 0;
	json_decref(json);
	if (rc == 0)
		return 0;
	path_of_error(&e, path);
	place(r, path, below);
	return model_refuse(r, below, "%s", e.text);
}

/* Settings of VLANs mean nothing to a switch that knows none. */
static int check_vlans(struct reader *r)
{
	for (size_t i = 0; i < r->lab->switches; i++) {
		const struct lab_switch *s = &r->lab->sw[i];

		if (json_is_true(json_object_get(s->settings, "vlan_aware")) ||
		    !json_object_size(json_object_get(s->settings, "vlans")))
			continue;
		r->at = s->where;
		return model_refuse(
			r, ".vlans",
			"%s knows no VLANs, so they mean nothing there; set \"vlan_aware\": true",
			s->name);
	}
	return 0;
}

int model_check_config(struct reader *r)
{
	static const char dir[] = "/lab";
	struct config c, out;
	int rc = parse(r, lab_config(r->lab, dir), &c, place_in_lab);

	if (rc)
		return rc;
	rc = parse(r, lab_uplink_config(r->lab, dir), &out, place_of_uplink);
	config_free(&out); /* empty, if it was refused */
	rc = rc ?: check_vlans(r) ?: model_check_lans(r, &c);
	config_free(&c);
	return rc;
}

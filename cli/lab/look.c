/* SPDX-License-Identifier: ISC */
/*
 * look.c - "lab list" and "lab status": what runs, and how it is.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/daemon.h"
#include "lab/vm.h"
#include "show.h"

static const char *lab_condition(const struct lab_state *s)
{
	if (!state_runs(s))
		return "crashed";
	return js_true(s->json, "complete") ? "up" : "incomplete";
}

static enum colour colour_of(const char *condition)
{
	return strcmp(condition, "up") == 0 ? GREEN : RED;
}

/* ---- list ---- */

static json_t *list_one(const char *name)
{
	struct fail f = {.status = 0};
	struct lab_state s;
	char sock[UNIX_PATH_SIZE];
	json_t *row = NULL;

	if (state_open(&s, name, false, &f) == 0)
		row = json_pack("{s:s, s:s, s:I, s:I, s:s, s:s}", "lab", name, "state",
				lab_condition(&s), "hosts",
				(json_int_t)json_object_size(json_object_get(s.json, "hosts")),
				"vms", (json_int_t)json_object_size(json_object_get(s.json, "vms")),
				"socket", state_socket(name, sock), "file", js_str(s.json, "file"));
	state_close(&s);
	fail_clear(&f);
	return row;
}

int lab_list(struct ctx *ctx)
{
	static const struct column columns[] = {
		{.title = "LAB"},
		{.title = "STATE"},
		{.title = "HOSTS", .flags = COL_RIGHT},
		{.title = "VMS", .flags = COL_RIGHT, .drop = 2},
		{.title = "FILE", .flags = COL_SHORTEN},
	};
	json_t *names = state_names(), *rows = need(json_array()), *v,
	       *result = need(json_pack("{s:o}", "labs", rows));
	size_t i;

	json_array_foreach (names, i, v) {
		json_t *row = list_one(json_string_value(v));

		if (row)
			json_array_append_new(rows, row);
	}
	json_decref(names);
	if (!show_simple(ctx, result, rows, "no lab is up")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

		json_array_foreach (rows, i, v) {
			table_cell(t, PLAIN, "%s", js_str(v, "lab"));
			table_cell(t, colour_of(js_str(v, "state")), "%s", js_str(v, "state"));
			table_cell(t, PLAIN, "%lld", (long long)js_int(v, "hosts"));
			table_cell(t, PLAIN, "%lld", (long long)js_int(v, "vms"));
			table_cell(t, PLAIN, "%s", js_str(v, "file"));
		}
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(result);
	return STATUS_OK;
}

/* ---- status ---- */

/* What the switch says of each of its ports: {"sw1": {"h1": {...}}}; NULL where it does not answer. */
static json_t *ports_of(const struct lab_state *s, const struct lab *lab)
{
	json_t *all = need(json_object());

	for (size_t i = 0; i < lab->switches; i++) {
		const char *sw = lab->sw[i].name;
		struct fail f = {.status = 0};
		json_t *answer = daemon_call(s, "port.list", json_pack("{s:s}", "switch", sw), &f),
		       *v, *ports;
		size_t k;

		fail_clear(&f);
		if (!answer) {
			json_decref(all);
			return NULL;
		}
		ports = need(json_object());
		json_array_foreach (json_object_get(answer, "ports"), k, v)
			json_object_set(ports, js_str(v, "port"), v);
		json_object_set_new(all, sw, ports);
		json_decref(answer);
	}
	return all;
}

static const char *port_state(const json_t *ports, const char *sw, const char *port)
{
	return show_port_state(json_object_get(json_object_get(ports, sw), port));
}

static bool is_alive(const struct lab_state *s, const char *what, const char *name)
{
	int pidfd = state_proc(s, what, name);

	if (pidfd >= 0)
		close(pidfd);
	return pidfd >= 0;
}

static json_t *host_row(const struct lab_state *s, const struct lab_host *h, const json_t *ports)
{
	json_t *links = need(json_array());

	for (size_t i = 0; i < h->interfaces; i++) {
		const struct lab_interface *at = &h->interface[i];
		json_t *addresses = need(json_array());

		for (size_t k = 0; k < at->addresses; k++)
			json_array_append_new(addresses, json_string(at->address[k].text));
		json_array_append_new(
			links,
			need(json_pack("{s:s, s:o, s:s, s:s, s:s}", "interface", at->name,
				       "addresses", addresses, "switch", at->sw, "port", at->port,
				       "state", port_state(ports, at->sw, at->port))));
	}
	return need(json_pack("{s:s, s:s, s:s, s:o}", "name", h->name, "kind", "host", "state",
			      is_alive(s, "hosts", h->name) ? "up" : "dead", "links", links));
}

static json_t *vm_row(const struct lab_state *s, const struct lab_vm *vm, const json_t *ports)
{
	json_t *links = need(json_array());
	char path[UNIX_PATH_SIZE];

	for (size_t i = 0; i < vm->nics; i++)
		json_array_append_new(
			links,
			need(json_pack("{s:s, s:[], s:s, s:s, s:s}", "interface", "", "addresses",
				       "switch", vm->nic[i].sw, "port", vm->nic[i].port, "state",
				       port_state(ports, vm->nic[i].sw, vm->nic[i].port))));
	return need(json_pack("{s:s, s:s, s:s, s:o, s:s}", "name", vm->name, "kind", "vm", "state",
			      is_alive(s, "vms", vm->name) ? "up" : "dead", "links", links,
			      "console", vm_console(s, vm->name, path)));
}

static json_t *switch_row(const struct lab_switch *sw, const json_t *ports)
{
	json_t *of = json_object_get(ports, sw->name);
	size_t up = 0;
	const char *name;
	json_t *v;

	json_object_foreach (of, name, v)
		up += strcmp(show_port_state(v), "up") == 0;
	return need(json_pack("{s:s, s:s, s:s, s:I, s:I}", "name", sw->name, "kind", "switch",
			      "state", of ? "up" : "dead", "ports",
			      (json_int_t)json_object_size(of), "ports_up", (json_int_t)up));
}

/* Everything that the lab file names, as it is now. */
static json_t *nodes_of(const struct lab_state *s, const struct lab *lab)
{
	json_t *rows = need(json_array()), *ports = ports_of(s, lab);

	for (size_t i = 0; i < lab->switches; i++)
		json_array_append_new(rows, switch_row(&lab->sw[i], ports));
	for (size_t i = 0; i < lab->hosts; i++)
		json_array_append_new(rows, host_row(s, &lab->host[i], ports));
	for (size_t i = 0; i < lab->vms; i++)
		json_array_append_new(rows, vm_row(s, &lab->vm[i], ports));
	json_decref(ports);
	return rows;
}

static void table_link(struct table *t, const json_t *link)
{
	const char *state = js_str(link, "state");
	char *addresses = js_join(json_object_get(link, "addresses"), " ");

	table_cell(t, PLAIN, "%s", js_str(link, "interface"));
	table_cell(t, PLAIN, "%s", addresses);
	table_cell(t, PLAIN, "%s%s%s", js_str(link, "switch"), *js_str(link, "switch") ? ":" : "",
		   js_str(link, "port"));
	table_cell(t, *state ? colour_of(state) : PLAIN, "%s", state);
	free(addresses);
}

static void table_node(struct table *t, const json_t *node)
{
	const json_t *links = json_object_get(node, "links"), *link;
	const char *state = js_str(node, "state");
	size_t n = json_array_size(links);

	for (size_t i = 0; i < (n ? n : 1); i++) {
		link = json_array_get(links, i);
		table_cell(t, PLAIN, "%s", i ? "" : js_str(node, "name"));
		table_cell(t, PLAIN, "%s", i ? "" : js_str(node, "kind"));
		table_cell(t, colour_of(state), "%s", i ? "" : state);
		if (link) {
			table_link(t, link);
			continue;
		}
		table_cell(t, PLAIN, "%s", "");
		table_cell(t, PLAIN, "%s", "");
		if (js_has(node, "ports"))
			table_cell(t, PLAIN, "%lld of %lld ports up",
				   (long long)js_int(node, "ports_up"),
				   (long long)js_int(node, "ports"));
		else
			table_cell(t, PLAIN, "%s", "");
		table_cell(t, PLAIN, "%s", "");
	}
}

static void tell_status(struct ctx *ctx, const struct lab_state *s, const struct lab *lab,
			const json_t *nodes)
{
	static const struct column columns[] = {
		{.title = "NAME"},
		{.title = "KIND", .drop = 2},
		{.title = "STATE"},
		{.title = "DEVICE", .flags = COL_HIDE_EMPTY, .drop = 1},
		{.title = "ADDRESSES", .flags = COL_SHORTEN | COL_HIDE_EMPTY},
		{.title = "AT"},
		{.title = "LINK", .flags = COL_HIDE_EMPTY},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const char *condition = lab_condition(s);
	const json_t *v;
	size_t i;

	show_pair(ctx, "lab", "%s", s->name);
	show_pair(ctx, "title", "%s", lab->title ? lab->title : "");
	show_pair(
		ctx, "state", "%s%s", condition,
		strcmp(condition, "crashed") == 0
			? ": it is of no more use; swctl lab up starts it anew, swctl lab down forgets it"
		: strcmp(condition, "incomplete") == 0
			? ": it was interrupted, or something was refused; swctl lab up completes it"
			: "");
	show_pair(ctx, "file", "%s", js_str(s->json, "file"));
	show_pair(ctx, "logs", "%s", s->dir);
	fputc('\n', ctx->out);
	json_array_foreach (nodes, i, v)
		table_node(t, v);
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

int lab_status(struct ctx *ctx)
{
	const char *given = ctx->args.operands[0];
	char name[LAB_NAME_SIZE], sock[UNIX_PATH_SIZE];
	struct lab_state s;
	struct lab lab;
	json_t *nodes;
	int status = STATUS_OK;

	if (state_meant(given, args_value(&ctx->args, "lab"), name, &ctx->fail) ||
	    state_open(&s, name, false, &ctx->fail))
		return ctx_fail(ctx);
	if (!state_exists(&s)) {
		state_close(&s);
		fail_set(&ctx->fail, STATUS_REFUSED, "the lab %s is not up", name);
		return ctx_fail(ctx);
	}
	if (state_lab(&s, &lab, &ctx->fail)) {
		state_close(&s);
		return ctx_fail(ctx);
	}
	nodes = nodes_of(&s, &lab);
	if (ctx->json) {
		json_t *v =
			need(json_pack("{s:s, s:s, s:s, s:s, s:s, s:O}", "lab", name, "state",
				       lab_condition(&s), "file", js_str(s.json, "file"), "dir",
				       s.dir, "socket", state_socket(name, sock), "nodes", nodes));

		ctx_json(ctx, v);
		json_decref(v);
	} else {
		tell_status(ctx, &s, &lab, nodes);
	}
	if (strcmp(lab_condition(&s), "up") != 0)
		status = STATUS_REFUSED;
	json_decref(nodes);
	lab_free(&lab);
	state_close(&s);
	return status;
}

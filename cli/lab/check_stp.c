/* SPDX-License-Identifier: ISC */
/*
 * check_stp.c - the spanning tree: who is the root, and what a port does.
 */
#include <string.h>

#include "check_impl.h"

static const struct check_field fields[] = {
	{.name = "switch",
	 .type = FIELD_SWITCH,
	 .off = FIELD(sw),
	 .required = true,
	 .help = "the switch that is asked"},
	{.name = "root",
	 .type = FIELD_YESNO,
	 .off = FIELD(root),
	 .help = "whether it is the root of the tree"},
	{.name = "root_port",
	 .type = FIELD_PORT,
	 .off = FIELD(root_port),
	 .help = "which of its ports leads to the root"},
	{.name = "port",
	 .type = FIELD_PORT,
	 .off = FIELD(port),
	 .help = "the port that role and state are of"},
	{.name = "role",
	 .type = FIELD_WORD,
	 .off = FIELD(role),
	 .words = "root designated alternate backup disabled",
	 .help = "the role of the port"},
	{.name = "state",
	 .type = FIELD_WORD,
	 .off = FIELD(state),
	 .words = "discarding learning forwarding",
	 .help = "the state of the port"},
	FIELD_END,
};

static int complete(struct check *c, const struct lab *lab, struct fail *f)
{
	bool of_port = *c->role || *c->state;
	char at[64];

	field_at(at, sizeof(at), c->at, "stp");
	if (of_port && !*c->port)
		return lab_error(lab, f, at, "\"role\" and \"state\" are of a \"port\"");
	if (*c->port && !of_port)
		return lab_error(lab, f, at, "what of the port: its \"role\", its \"state\"?");
	if (!of_port && c->root < 0 && !*c->root_port)
		return lab_error(
			lab, f, at,
			"it says nothing: one of root, root_port, port with role or state");
	return 0;
}

static char *describe(const struct check *c)
{
	const char *not = c->expect ? "" : "not ";
	char root[48] = "", root_port[112] = "", port[160] = "";

	if (c->root >= 0)
		snprintf(root, sizeof(root), " is %s%sthe root", not, c->root ? "" : "not ");
	if (*c->root_port)
		snprintf(root_port, sizeof(root_port), "%s has %sroot port %s", *root ? "," : "",
			 not, c->root_port);
	if (*c->port)
		snprintf(port, sizeof(port), "%s port %s is %s%s%s%s",
			 *root || *root_port ? "," : "", c->port, not, c->role,
			 *c->role && *c->state ? ", " : "", c->state);
	return text_format("%s%s%s%s", c->sw, root, root_port, port);
}

static const json_t *port_of_tree(const json_t *bridge, const char *name)
{
	json_t *p;
	size_t i;

	json_array_foreach (json_object_get(bridge, "ports"), i, p) {
		if (strcmp(js_str(p, "port"), name) == 0)
			return p;
	}
	return NULL;
}

static bool judge(const struct check *c, const json_t *b, struct check_result *r)
{
	const json_t *p = *c->port ? port_of_tree(b, c->port) : NULL;
	const char *root_port = js_str(b, "root_port");
	bool is_root = js_true(b, "is_root");

	if (*c->port && !p) {
		observe(r, "port %s takes no part in the tree of %s", c->port, c->sw);
		return false;
	}
	if (p)
		observe(r, "%s, %s%s%s", js_str(p, "role"), js_str(p, "state"),
			js_has(p, "guard") ? ", " : "", js_str(p, "guard"));
	else
		observe(r, "%s%s", is_root ? "it is the root" : "the root is reached through port ",
			is_root ? "" : root_port);
	if (c->root >= 0 && is_root != (c->root == 1)) {
		because(r, "%s is %s the root of the tree", c->sw, is_root ? "now" : "not");
		return false;
	}
	if (*c->root_port && strcmp(root_port, c->root_port) != 0)
		return false;
	if (p && *c->role && strcmp(js_str(p, "role"), c->role) != 0)
		return false;
	return !p || !*c->state || strcmp(js_str(p, "state"), c->state) == 0;
}

static int try(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r, bool *holds, struct fail *f)
{
	json_t *all = env->call(env->arg, "stp.list", need(json_pack("{s:s}", "switch", c->sw)), f);
	const json_t *bridge = json_array_get(json_object_get(all, "switches"), 0);

	(void)lab;
	if (!all)
		return f->status ? f->status : -1;
	if (bridge) {
		*holds = judge(c, bridge, r);
	} else {
		observe(r, "%s takes part in no spanning tree", c->sw);
		because(r, "%s has no \"stp\": \"rstp\" or \"stp\" among its settings", c->sw);
	}
	json_decref(all);
	return 0;
}

/* Who the root is, and what each has to say that decides it (802.1D-2004 clause 17.6: the lowest is the best). */
static void explain(const struct check *c, const struct lab *lab, const struct lab_env *env,
		    struct check_result *r)
{
	struct fail f = {0};
	json_t *all = env->call(env->arg, "stp.list", need(json_object()), &f), *b;
	size_t i;

	(void)lab;
	json_array_foreach (json_object_get(all, "switches"), i, b) {
		const json_t *p = port_of_tree(b, c->port);

		if (strcmp(js_str(b, "switch"), c->sw) != 0) {
			if (js_true(b, "is_root") && c->root == 1)
				because(r, "the root is %s, with the bridge identifier %s",
					js_str(b, "switch"), js_str(b, "bridge"));
			continue;
		}
		because(r, "%s has the bridge identifier %s; the lowest becomes root", c->sw,
			js_str(b, "bridge"));
		if (p && *c->port)
			because(r,
				"the designated bridge of this link is %s, with a cost to the root of %" JSON_INTEGER_FORMAT,
				js_str(p, "designated_bridge"), js_int(p, "designated_cost"));
	}
	json_decref(all);
	fail_clear(&f);
}

const struct check_kind check_stp = {
	.name = "stp",
	.help = "who is the root of the spanning tree, and what a port does in it",
	.fields = fields,
	.complete = complete,
	.describe = describe,
	.try = try,
	.explain = explain,
};

/* SPDX-License-Identifier: ISC */
#include "ctl/rpc_method.h"

#include <errno.h>
#include <string.h>

#include "core/settings.h"
#include "ctl/optjson.h"
#include "port/options.h"
#include "util/words.h"

static int discover(struct rpc_call *call);

/* What every server answers, besides its own methods. */
static const struct rpc_method own_methods[] = {
	{.name = "rpc.discover", .help = "every method and its parameters", .run = discover},
	{.name = NULL},
};

/* The i-th method of all tables, or NULL behind the last. */
static const struct rpc_method *method_at(const struct rpc_env *env, size_t i)
{
	const struct rpc_method *t = own_methods;

	for (const struct rpc_method *const *next = env->tables; t; t = *next++) {
		for (; t->name; t++, i--)
			if (i == 0)
				return t;
	}
	return NULL;
}

const struct rpc_method *rpc_find_method(const struct rpc_env *env, const char *name)
{
	const struct rpc_method *m;

	for (size_t i = 0; (m = method_at(env, i)) != NULL; i++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

enum rpc_code rpc_refuse_method(const struct rpc_env *env, const char *name, struct err *e)
{
	const struct rpc_method *m;
	const char *best = NULL;

	for (size_t i = 0; (m = method_at(env, i)) != NULL; i++)
		word_nearest(name, m->name, &best);
	word_unknown(e, EINVAL, name, best, "there is no method");
	return RPC_METHOD_NOT_FOUND;
}

static const struct rpc_param *find_param(const struct rpc_method *m, const char *name)
{
	for (const struct rpc_param *p = m->params; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static bool in_table(const struct opt *table, const char *name, const char **best)
{
	opt_foreach (o, table)
		word_nearest(name, o->name, best);
	return opt_find(table, name);
}

/* The one table, or NULL where there are several or none. */
static const struct opt *table_of(enum rpc_options which)
{
	return which == RPC_SWITCH_OPTIONS ? sw_options
	       : which == RPC_VLAN_OPTIONS ? sw_vlan_options
					   : NULL;
}

/* Is it the name of an option of a switch, of a VLAN, or of any kind of port? */
static bool known_option(enum rpc_options which, const char *name, const char **best)
{
	bool found = table_of(which) && in_table(table_of(which), name, best);

	if (which == RPC_PORT_OPTIONS)
		port_types_foreach (t)
			found |= in_table(t->options, name, best);
	return found;
}

static const char *type_name(enum rpc_type t)
{
	static const char *const names[] = {"a string", "a whole number", "an array", "an object"};

	return names[t];
}

static bool has_type(const json_t *v, enum rpc_type t)
{
	switch (t) {
	case RPC_STRING:
		return json_is_string(v);
	case RPC_INTEGER:
		return json_is_integer(v);
	case RPC_ARRAY:
		return json_is_array(v);
	case RPC_OBJECT:
		return json_is_object(v);
	}
	return false;
}

static int check_param(const struct rpc_method *m, const char *name, const json_t *value,
		       struct err *e)
{
	const struct rpc_param *p = find_param(m, name);
	const char *best = NULL;
	char found[96];

	if (!p && known_option(m->options, name, &best))
		return 0;
	if (!p) {
		for (p = m->params; p->name; p++)
			word_nearest(name, p->name, &best);
		return word_unknown(e, EINVAL, name, best, "%s has no parameter", m->name);
	}
	if (has_type(value, p->type))
		return 0;
	err_set(e, EINVAL, "found %s, allowed is %s", optjson_found(value, found, sizeof(found)),
		type_name(p->type));
	err_at(e, name);
	return -EINVAL;
}

int rpc_check_params(const struct rpc_method *m, json_t *params, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach (params, key, value) {
		int rc = check_param(m, key, value, e);
		if (rc)
			return rc;
	}
	for (const struct rpc_param *p = m->params; p->name; p++)
		if (p->required && !json_object_get(params, p->name))
			return err_set(e, EINVAL, "%s needs the parameter \"%s\": %s", m->name,
				       p->name, p->help);
	return 0;
}

json_t *rpc_named_params(const struct rpc_method *m, json_t *params, struct err *e)
{
	json_t *named = json_object(), *value;
	size_t i;

	if (!params)
		return named;
	if (json_is_object(params)) {
		json_decref(named);
		return json_incref(params);
	}
	json_array_foreach (params, i, value) {
		if (!m->params[i].name) {
			err_set(e, EINVAL, "%s takes at most %zu parameters by position", m->name,
				i);
			json_decref(named);
			return NULL;
		}
		json_object_set(named, m->params[i].name, value);
	}
	return named;
}

static json_t *option_list(const struct opt *table)
{
	json_t *list = json_array();
	char allowed[200];

	opt_foreach (o, table)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s}", "name", o->name, "allowed",
						opt_allowed(o, allowed, sizeof(allowed)), "default",
						o->dflt, "help", o->help));
	return list;
}

static json_t *describe_method(const struct rpc_method *m)
{
	static const char *const types[] = {"string", "integer", "array", "object"};
	json_t *params = json_array();
	json_t *out;

	for (const struct rpc_param *p = m->params; p->name; p++)
		json_array_append_new(params, json_pack("{s:s, s:s, s:b, s:s}", "name", p->name,
							"type", types[p->type], "required",
							(int)p->required, "help", p->help));
	out = json_pack("{s:s, s:s, s:b, s:o}", "name", m->name, "help", m->help, "changes",
			(int)m->changes, "params", params);
	if (table_of(m->options))
		json_object_set_new(out, "options", option_list(table_of(m->options)));
	if (m->options == RPC_PORT_OPTIONS) {
		json_t *kinds = json_object();

		port_types_foreach (t)
			json_object_set_new(kinds, t->name, option_list(t->options));
		json_object_set_new(out, "options", kinds);
	}
	return out;
}

static int discover(struct rpc_call *call)
{
	json_t *list = json_array();
	const struct rpc_method *m;

	for (size_t i = 0; (m = method_at(call->env, i)) != NULL; i++)
		json_array_append_new(list, describe_method(m));
	call->result = json_pack("{s:s, s:o}", "version", SWITCHD_VERSION, "methods", list);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* model_inside.c - what a host of a lab file has inside: routes, sysctls, files and commands. */
#include "lab/model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "util/text.h"

enum {
	ROUTES_MAX = 256,
	SYSCTLS_MAX = 256,
	FILES_MAX = 256,
	COMMANDS_MAX = 64,
	PATH_LEN_MAX = 1024,
};

/* ---- routes ---- */

static int read_route(struct reader *r, const char *below, const json_t *v, struct lab_route *route)
{
	const json_t *to = model_member(v, "to"), *via = model_member(v, "via");
	const json_t *dev = model_member(v, "dev"), *metric = model_member(v, "metric");
	const char *to_text = json_string_value(to), *name = "";
	char where[LAB_WHERE_SIZE];
	int rc = 0;

	route->is_default = !to || (to_text && strcmp(to_text, "default") == 0);
	if (!route->is_default) {
		model_where(where, sizeof(where), "%s.to", below);
		rc = model_address(r, where, to, ADDRESS_OF_NETWORK, &route->to);
	}
	if (rc == 0 && via) {
		model_where(where, sizeof(where), "%s.via", below);
		rc = model_address(r, where, via, ADDRESS_OF_ROUTER, &route->via);
	}
	if (rc == 0 && dev) {
		model_where(where, sizeof(where), "%s.dev", below);
		rc = model_text(r, where, dev, "the name of an interface", &name)
			     ?: model_ifname(r, where, name);
		snprintf(route->dev, sizeof(route->dev), "%s", rc ? "" : name);
	}
	if (rc == 0 && metric) {
		model_where(where, sizeof(where), "%s.metric", below);
		rc = model_uint(r, where, metric, 0, INT32_MAX, "a number from 0", &route->metric);
	}
	return rc;
}

int model_read_routes(struct reader *r, const json_t *v, struct lab_host *h)
{
	static const char example[] = "[{\"to\": \"default\", \"via\": \"10.0.0.254\"}, ...]";
	char where[LAB_WHERE_SIZE];
	json_t *one;
	size_t k;
	int rc = model_want_array(r, ".routes", v, example);

	json_array_foreach (v, k, one) {
		struct lab_route *route;

		if (rc)
			break;
		model_where(where, sizeof(where), ".routes[%zu]", k);
		if (k >= ROUTES_MAX)
			return model_refuse(r, where, "a host has at most %d routes", ROUTES_MAX);
		rc = model_want_object(r, where, one,
				       "{\"to\": \"default\", \"via\": \"10.0.0.254\"}")
			     ?: model_keys(r, where, one, "to via dev metric");
		if (rc)
			break;
		route = model_append(&h->route, &h->routes, sizeof(*route));
		rc = read_route(r, where, one, route);
	}
	return rc;
}

/* ---- sysctls ---- */

/*
 * The path below /proc/sys of a key, as sysctl(8) reads it: with a '/' in it the dots are part of names, as in
 * "net/ipv4/conf/eth0.10/forwarding".  NULL: it is none.
 */
static char *sysctl_path(const char *key)
{
	char *path = need(strdup(key));
	bool slashes = strchr(key, '/') != NULL, ok = true;
	size_t start = 0, len = strlen(path);

	for (size_t i = 0; i <= len; i++) {
		if (path[i] == '.' && !slashes)
			path[i] = '/';
		if (path[i] == '/' || path[i] == '\0') {
			size_t n = i - start;

			ok = ok && n && strncmp(path + start, "..", n) != 0;
			start = i + 1;
		} else if ((unsigned char)path[i] <= ' ' || (unsigned char)path[i] >= 0x7f) {
			ok = false;
		}
	}
	if (ok && len < PATH_LEN_MAX)
		return path;
	free(path);
	return NULL;
}

static char *sysctl_value(const json_t *v)
{
	if (json_is_integer(v))
		return text_format("%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (json_is_boolean(v))
		return need(strdup(json_is_true(v) ? "1" : "0"));
	return need(strdup(json_string_value(v)));
}

static int read_sysctl(struct reader *r, const char *key, const json_t *v, struct lab_host *h)
{
	char where[LAB_WHERE_SIZE], *path = sysctl_path(key);
	struct lab_sysctl *s;
	const char *text;

	model_where(where, sizeof(where), ".sysctls.%s", key);
	if (!path)
		return model_refuse(r, where,
				    "found a key that cannot be one of sysctl(8), which are like "
				    "net.ipv4.ip_forward");
	if (strncmp(path, "net/", 4) != 0 && strcmp(path, "kernel/domainname") != 0) {
		free(path);
		return model_refuse(
			r, where,
			"this is of the whole machine; a host has \"net.\" and \"kernel.domainname\" of "
			"its own");
	}
	if (!json_is_integer(v) && !json_is_boolean(v)) {
		int rc = model_text(r, where, v, "a number, true, false or a text", &text);

		if (rc) {
			free(path);
			return rc;
		}
	}
	for (size_t i = 0; i < h->sysctls; i++)
		if (strcmp(h->sysctl[i].key, path) == 0) {
			free(path);
			return model_refuse(
				r, where, "it is set twice, once with dots and once with slashes");
		}
	s = model_append(&h->sysctl, &h->sysctls, sizeof(*s));
	s->key = path;
	s->value = sysctl_value(v);
	return 0;
}

int model_read_sysctls(struct reader *r, const json_t *v, struct lab_host *h)
{
	const char *key;
	json_t *one;
	int rc = model_want_object(r, ".sysctls", v, "{\"net.ipv4.ip_forward\": 1, ...}");

	if (rc == 0 && json_object_size(v) > SYSCTLS_MAX)
		return model_refuse(r, ".sysctls", "a host has at most %d of them", SYSCTLS_MAX);
	json_object_foreach ((json_t *)(uintptr_t)v, key, one) {
		if (rc)
			break;
		rc = read_sysctl(r, key, one, h);
	}
	return rc;
}

/* ---- files ---- */

/* Why a file cannot be called so; NULL: it can. */
static const char *bad_path(const char *path)
{
	static const char *const kernels[] = {"/proc", "/sys", "/dev"};

	if (path[0] != '/')
		return "a path from the root, like /etc/motd";
	if (strlen(path) >= PATH_LEN_MAX)
		return "a path of less than 1024 characters";
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++)
		if (strncmp(path, kernels[i], strlen(kernels[i])) == 0 &&
		    strchr("/", path[strlen(kernels[i])]))
			return "a path outside of /proc, /sys and /dev, which are the kernel's";
	for (const char *p = path; *p; p += 1 + strcspn(p + 1, "/")) {
		size_t n = strcspn(p + 1, "/");

		if (n == 0 || strncmp(p + 1, ".", n) == 0 || strncmp(p + 1, "..", n) == 0)
			return "the path of a file, without \".\", \"..\" and double slashes";
	}
	return text_check(path, NULL) ? "a path without control characters" : NULL;
}

/* A text as it is, or an array of lines, each of which gets its end.  NULL: it is neither. */
static char *read_lines(const json_t *v, size_t *len)
{
	char *text, *p;
	json_t *line;
	size_t k;

	*len = json_string_length(v);
	if (json_is_string(v))
		return need(strdup(json_string_value(v)));
	if (!json_is_array(v))
		return NULL;
	json_array_foreach (v, k, line) {
		if (!json_is_string(line))
			return NULL;
		*len += json_string_length(line) + 1;
	}
	text = p = need(malloc(*len + 1));
	json_array_foreach (v, k, line)
		p += sprintf(p, "%s\n", json_string_value(line));
	*p = '\0';
	return text;
}

static int read_mode(struct reader *r, const char *below, const json_t *v, unsigned *mode)
{
	const char *text = json_string_value(v);
	char where[LAB_WHERE_SIZE];
	size_t len = text ? strlen(text) : 0;

	model_where(where, sizeof(where), "%s.mode", below);
	if (len < 3 || len > 4 || strspn(text, "01234567") != len || (len == 4 && text[0] != '0'))
		return model_found(r, where, v, "the mode of a file, like \"0644\" or \"0755\"");
	*mode = (unsigned)strtoul(text, NULL, 8);
	return 0;
}

static int read_file(struct reader *r, const char *path, const json_t *v, struct lab_host *h)
{
	const json_t *text = json_is_object(v) ? json_object_get(v, "text") : v;
	const char *bad = bad_path(path);
	char where[LAB_WHERE_SIZE], shown[TEXT_SHOWN_SIZE];
	struct lab_file *file;
	unsigned mode = 0644;
	int rc = 0;

	model_where(where, sizeof(where), ".files.%s", path);
	if (bad)
		return model_refuse(r, where, "found \"%s\", allowed is %s",
				    text_shown(path, shown), bad);
	if (json_is_object(v))
		rc = model_keys(r, where, v, "mode text");
	if (rc == 0 && json_is_object(v) && model_member(v, "mode"))
		rc = read_mode(r, where, model_member(v, "mode"), &mode);
	if (rc)
		return rc;
	file = model_append(&h->file, &h->files, sizeof(*file));
	file->path = need(strdup(path));
	file->mode = mode;
	file->text = read_lines(text, &file->len);
	if (!file->text)
		return model_found(
			r, where, text ? text : v,
			"a text, an array of lines, or {\"mode\": \"0755\", \"text\": ...}");
	return 0;
}

int model_read_files(struct reader *r, const json_t *v, struct lab_host *h)
{
	const char *path;
	json_t *one;
	int rc = model_want_object(r, ".files", v, "{\"/etc/motd\": [\"line\", ...], ...}");

	if (rc == 0 && json_object_size(v) > FILES_MAX)
		return model_refuse(r, ".files", "a host has at most %d of them", FILES_MAX);
	json_object_foreach ((json_t *)(uintptr_t)v, path, one) {
		if (rc)
			break;
		rc = read_file(r, path, one, h);
	}
	return rc;
}

/* ---- commands ---- */

int model_read_commands(struct reader *r, const json_t *v, struct lab_host *h)
{
	char where[32];
	json_t *one;
	size_t k;
	int rc = model_want_array(r, ".commands", v, "[\"python3 -m http.server 80\", ...]");

	json_array_foreach (v, k, one) {
		const char *command;

		if (rc)
			break;
		model_where(where, sizeof(where), ".commands[%zu]", k);
		if (k >= COMMANDS_MAX)
			return model_refuse(r, where, "a host has at most %d commands",
					    COMMANDS_MAX);
		rc = model_text(r, where, one, "a command for sh -c", &command);
		if (rc == 0)
			*(char **)model_append(&h->command, &h->commands, sizeof(char *)) =
				need(strdup(command));
	}
	return rc;
}

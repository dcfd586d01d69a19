/* SPDX-License-Identifier: ISC */
#include "lab/model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "js.h"
#include "jsonwhy.h"
#include "lab/check.h"
#include "lab/model_impl.h"
#include "text.h"
#include "util/text.h"

#define LAB_KEYS "$schema name title switches hosts vms links uplinks checks"

/* ---- the file ---- */

/* The name of a file without its folder and ".json". */
static char *name_of_path(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name = need(strdup(base ? base + 1 : path));
	size_t len = strlen(name);

	if (len > 5 && strcmp(name + len - 5, ".json") == 0)
		name[len - 5] = '\0';
	return name;
}

static int read_name(struct reader *r)
{
	const json_t *v = model_member(r->lab->json, "name");
	const char *name;
	char *base;
	int rc = 0;

	if (v)
		rc = model_text(r, ".name", v, "a text, the name of the lab", &name)
			     ?: model_name(r, ".name", name);
	if (v && rc == 0)
		snprintf(r->lab->name, sizeof(r->lab->name), "%s", name);
	if (v)
		return rc;
	base = name_of_path(r->lab->called);
	rc = model_name(r, "", base);
	if (rc)
		fail_hint(r->f, "a lab without \"name\" is called like its file: add \"name\"");
	else
		snprintf(r->lab->name, sizeof(r->lab->name), "%s", base);
	free(base);
	return rc;
}

static int read_title(struct reader *r)
{
	const json_t *v = model_member(r->lab->json, "title");
	const char *title = "";
	int rc = v ? model_text(r, ".title", v, "a text that says what the lab shows", &title) : 0;

	if (rc == 0)
		r->lab->title = need(strdup(title));
	return rc;
}

static int read_checks(struct reader *r)
{
	json_t *v = model_member(r->lab->json, "checks");

	r->at = (struct lab_where){.path = "checks"};
	r->lab->checks = v;
	return model_want_array(r, "", v, "[{check}, ...], see switchd-lab.json(5)");
}

int model_read_switch(struct reader *r, const char *name, const json_t *v)
{
	size_t index = r->lab->switches;
	struct lab_switch *s;
	int rc = model_claim(r, name, MODEL_SWITCH, index)
			 ?: model_want_object(r, "", v, "the settings of a switch");

	if (rc)
		return rc;
	if (json_object_get(v, "ports"))
		return model_refuse(
			r, ".ports",
			"the ports of a lab's switch are made of \"links\" and \"uplinks\"; say there "
			"what is between %s and others",
			name);
	s = model_append(&r->lab->sw, &r->lab->switches, sizeof(*s));
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->settings = json_incref((json_t *)(uintptr_t)v);
	s->where = r->at;
	return 0;
}

static int read_all(struct reader *r)
{
	const struct lab *lab = r->lab;
	int rc = model_want_object(r, "", lab->json, "{\"switches\": {...}, \"hosts\": {...}, ...}") ?:
		 model_keys(r, "", lab->json, LAB_KEYS) ?:
		 read_name(r) ?:
		 read_title(r) ?:
		 model_each(r, "switches", "{\"NAME\": {settings}, ...}", model_read_switch) ?:
		 model_each(r, "hosts", "{\"NAME\": {...}, ...}", model_read_host) ?:
		 model_each(r, "vms", "{\"NAME\": {...}, ...}", model_read_vm) ?:
		 model_each(r, "uplinks", "{\"NAME\": {\"switch\": \"NAME\", ...}, ...}",
			    model_read_uplink) ?:
		 model_read_links(r) ?:
		 read_checks(r) ?:
		 model_check(r) ?:
		 model_check_config(r) ?:
		 checks_valid(r->lab, r->f);

	if (rc == 0)
		model_normalise(r->lab);
	return rc;
}

static char *absolute(const char *path)
{
	char *cwd, *whole;

	if (path[0] == '/')
		return need(strdup(path));
	cwd = getcwd(NULL, 0);
	whole = text_format("%s/%s", cwd ? cwd : "", path);
	free(cwd);
	return whole;
}

int lab_parse(const char *path, const char *text, size_t len, struct lab *lab, struct fail *f)
{
	struct reader r = {.lab = lab, .f = f};
	json_error_t je;
	int rc;

	memset(lab, 0, sizeof(*lab));
	lab->called = need(strdup(path));
	lab->path = absolute(path);
	lab->text = need(malloc(len + 1));
	memcpy(lab->text, text, len);
	lab->text[len] = '\0';
	lab->len = len;
	lab->json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	if (lab->json) {
		r.names = need(json_object());
		r.ends = need(json_object());
		r.links = need(json_array());
		rc = read_all(&r);
		json_decref(r.names);
		json_decref(r.ends);
		json_decref(r.links);
	} else {
		rc = fail_set(f, STATUS_REFUSED, "%s:%d:%d: %s%s", path, je.line, je.column,
			      je.text, json_why(lab->text, len, je.text, (size_t)je.position));
		text_clean(f->text);
	}
	if (rc)
		lab_free(lab);
	return rc;
}

/* The whole of a file; NULL with *f filled. */
static char *read_file(const char *path, size_t *len, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st = {0};
	char *text;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fail_set(f, STATUS_REFUSED, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	text = need(malloc(LAB_FILE_MAX + 1));
	for (*len = 0; *len <= LAB_FILE_MAX; *len += (size_t)n) {
		n = read(fd, text + *len, LAB_FILE_MAX + 1 - *len);
		if (n <= 0)
			break;
	}
	if (n < 0)
		fail_set(f, STATUS_REFUSED, "%s: %s", path, strerror(errno));
	else if (*len > LAB_FILE_MAX)
		fail_set(f, STATUS_REFUSED, "%s: the file has more than %d MiB", path,
			 LAB_FILE_MAX >> 20);
	close(fd);
	if (n >= 0 && *len <= LAB_FILE_MAX)
		return text;
	free(text);
	return NULL;
}

int lab_load(const char *path, struct lab *lab, struct fail *f)
{
	size_t len;
	char *text = read_file(path, &len, f);
	int rc;

	memset(lab, 0, sizeof(*lab));
	if (!text)
		return f->status;
	rc = lab_parse(path, text, len, lab, f);
	free(text);
	return rc;
}

/* ---- what is in it ---- */

#define FIND(list, count, wanted)                                  \
	do {                                                       \
		for (size_t i = 0; i < (count); i++)               \
			if (strcmp((list)[i].name, (wanted)) == 0) \
				return &(list)[i];                 \
		return NULL;                                       \
	} while (0)

const struct lab_host *lab_find_host(const struct lab *lab, const char *name)
{
	FIND(lab->host, lab->hosts, name);
}

const struct lab_vm *lab_find_vm(const struct lab *lab, const char *name)
{
	FIND(lab->vm, lab->vms, name);
}

const struct lab_switch *lab_find_switch(const struct lab *lab, const char *name)
{
	FIND(lab->sw, lab->switches, name);
}

/* ---- its end ---- */

static void free_strings(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

static void free_host(struct lab_host *h)
{
	for (size_t i = 0; i < h->interfaces; i++)
		free(h->interface[i].address);
	for (size_t i = 0; i < h->sysctls; i++) {
		free(h->sysctl[i].key);
		free(h->sysctl[i].value);
	}
	for (size_t i = 0; i < h->files; i++) {
		free(h->file[i].path);
		free(h->file[i].text);
	}
	free(h->interface);
	free(h->route);
	free(h->sysctl);
	free(h->file);
	free_strings(h->command, h->commands);
	json_decref(h->json);
}

static void free_vm(struct lab_vm *vm)
{
	free(vm->kernel);
	free(vm->initrd);
	free(vm->append);
	free(vm->disk);
	free_strings(vm->arg, vm->args);
	free(vm->nic);
	json_decref(vm->json);
}

static void free_nodes(struct lab *lab)
{
	for (size_t i = 0; i < lab->hosts; i++)
		free_host(&lab->host[i]);
	for (size_t i = 0; i < lab->vms; i++)
		free_vm(&lab->vm[i]);
	for (size_t i = 0; i < lab->switches; i++)
		json_decref(lab->sw[i].settings);
	free(lab->host);
	free(lab->vm);
	free(lab->sw);
}

void lab_free(struct lab *lab)
{
	free_nodes(lab);
	for (size_t i = 0; i < lab->links; i++)
		for (int end = 0; end < 2; end++)
			json_decref(lab->link[i].end[end].settings);
	for (size_t i = 0; i < lab->uplinks; i++) {
		json_decref(lab->uplink[i].settings);
		json_decref(lab->uplink[i].port);
	}
	free(lab->link);
	free(lab->uplink);
	json_decref(lab->json);
	free(lab->title);
	free(lab->path);
	free(lab->called);
	free(lab->text);
	memset(lab, 0, sizeof(*lab));
}

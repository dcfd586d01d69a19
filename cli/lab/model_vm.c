/* SPDX-License-Identifier: ISC */
/* model_vm.c - a VM of a lab file. */
#include "lab/model_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "util/text.h"

enum { MEMORY_DEFAULT_MIB = 256, MEMORY_MAX_MIB = 1 << 20, CPUS_MAX = 64, ARGS_MAX = 64 };

static int read_text(struct reader *r, const json_t *v, const char *key, const char *allowed,
		     char **out)
{
	const json_t *text = model_member(v, key);
	const char *s;
	char where[16];
	int rc;

	model_where(where, sizeof(where), ".%s", key);
	rc = text ? model_text(r, where, text, allowed, &s) : 0;
	if (text && rc == 0)
		*out = need(strdup(s));
	return rc;
}

/* A path in the file is relative to the file. */
static int read_path(struct reader *r, const json_t *v, const char *key, char **out)
{
	const char *slash = strrchr(r->lab->path, '/');
	int dir = slash ? (int)(slash - r->lab->path) : 0;
	int rc = read_text(r, v, key, "the path of a file, relative to this one", out);
	char *relative = *out;

	if (rc || !relative || relative[0] == '/')
		return rc;
	*out = text_format("%.*s/%s", dir, r->lab->path, relative);
	free(relative);
	return 0;
}

/* "256M", "2G", or the number of MiB. */
static int read_memory(struct reader *r, const json_t *v, unsigned *mib)
{
	static const char allowed[] = "how much memory it has, like \"256M\" or \"2G\"";
	const char *text = json_string_value(v);
	unsigned long n = (unsigned long)json_integer_value(v);
	char *end;

	if (text) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 7)
			return model_found(r, ".memory", v, allowed);
		n = strtoul(text, &end, 10);
		if (strcmp(end, "G") == 0)
			n *= 1024;
		else if (strcmp(end, "M") != 0)
			return model_found(r, ".memory", v, allowed);
	}
	if ((!text && !json_is_integer(v)) || n < 1 || n > MEMORY_MAX_MIB)
		return model_found(r, ".memory", v, allowed);
	*mib = (unsigned)n;
	return 0;
}

static int read_args(struct reader *r, const json_t *v, struct lab_vm *vm)
{
	char where[24];
	json_t *one;
	size_t k;
	int rc = model_want_array(r, ".args", v, "[\"-snapshot\", ...]");

	json_array_foreach (v, k, one) {
		const char *arg;

		if (rc)
			break;
		model_where(where, sizeof(where), ".args[%zu]", k);
		if (k >= ARGS_MAX)
			return model_refuse(r, where, "a VM has at most %d of them", ARGS_MAX);
		rc = model_text(r, where, one, "a word of QEMU's command line", &arg);
		if (rc == 0)
			*(char **)model_append(&vm->arg, &vm->args, sizeof(char *)) =
				need(strdup(arg));
	}
	return rc;
}

/* Interfaces of a VM have a MAC address and nothing else that could be set from outside. */
static int read_nics(struct reader *r, const json_t *v, struct lab_vm *vm)
{
	struct lab_interface *list = NULL;
	size_t count = 0;
	char where[LAB_WHERE_SIZE];
	int rc = model_read_interfaces(r, v, &list, &count, "mac");

	for (size_t i = 0; i < count && rc == 0; i++) {
		char name[16];

		model_where(name, sizeof(name), "net%zu", i);
		model_where(where, sizeof(where), ".interfaces.%s", list[i].name);
		if (strcmp(list[i].name, name) != 0)
			rc = model_refuse(
				r, where,
				"the name has to be %s here: interfaces of a VM are net0, net1 and so on, "
				"in this order",
				name);
		else
			((struct lab_nic *)model_append(&vm->nic, &vm->nics, sizeof(*vm->nic)))
				->mac = list[i].mac;
	}
	free(list);
	return rc;
}

static int read_accel(struct reader *r, const json_t *v, struct lab_vm *vm)
{
	const char *accel = v ? json_string_value(v) : "auto";
	bool any = accel && strcmp(accel, "auto") == 0;

	vm->kvm = any || (accel && strcmp(accel, "kvm") == 0);
	vm->tcg = any || (accel && strcmp(accel, "tcg") == 0);
	if (vm->kvm || vm->tcg)
		return 0;
	return model_found(r, ".accel", v, "\"auto\", \"kvm\" or \"tcg\"");
}

static int read_parts(struct reader *r, const json_t *v, struct lab_vm *vm)
{
	const json_t *memory = model_member(v, "memory"), *cpus = model_member(v, "cpus");
	int rc = read_path(r, v, "kernel", &vm->kernel) ?:
		 read_path(r, v, "initrd", &vm->initrd) ?:
		 read_path(r, v, "disk", &vm->disk) ?:
		 read_text(r, v, "append", "the kernel's command line", &vm->append);
	uint32_t n = 1;

	vm->memory_mib = MEMORY_DEFAULT_MIB;
	if (rc == 0 && memory)
		rc = read_memory(r, memory, &vm->memory_mib);
	if (rc == 0 && cpus)
		rc = model_uint(r, ".cpus", cpus, 1, CPUS_MAX, "a number from 1 to 64", &n);
	vm->cpus = n;
	if (rc == 0)
		rc = read_accel(r, model_member(v, "accel"), vm);
	if (rc)
		return rc;
	if (!vm->kernel && !vm->disk)
		return model_refuse(
			r, "",
			"it has neither \"kernel\" nor \"disk\", so there is nothing to boot");
	if (!vm->kernel && (vm->initrd || vm->append))
		return model_refuse(r, vm->initrd ? ".initrd" : ".append",
				    "it is of no use without \"kernel\"");
	return read_args(r, model_member(v, "args"), vm)
		       ?: read_nics(r, model_member(v, "interfaces"), vm);
}

int model_read_vm(struct reader *r, const char *name, const json_t *v)
{
	size_t index = r->lab->vms;
	struct lab_vm *vm;
	int rc = model_claim(r, name, MODEL_VM, index) ?:
		 model_want_object(r, "", v, "{\"kernel\": \"vmlinuz\", ...}") ?:
		 model_keys(r, "", v, "kernel initrd append disk memory cpus accel args interfaces");

	if (rc)
		return rc;
	vm = model_append(&r->lab->vm, &r->lab->vms, sizeof(*vm));
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->where = r->at;
	return read_parts(r, v, vm);
}

/* ---- are they there ---- */

static int check_file(const struct lab *lab, const struct lab_vm *vm, const char *key,
		      const char *path, struct fail *f)
{
	struct reader r = {.lab = (struct lab *)(uintptr_t)lab, .f = f, .at = vm->where};
	char below[16];

	if (!path || access(path, R_OK) == 0)
		return 0;
	model_where(below, sizeof(below), ".%s", key);
	return model_refuse(&r, below, "%s: %s", path, strerror(errno));
}

int lab_check_files(const struct lab *lab, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; i < lab->vms && rc == 0; i++) {
		const struct lab_vm *vm = &lab->vm[i];

		rc = check_file(lab, vm, "kernel", vm->kernel, f) ?:
		     check_file(lab, vm, "initrd", vm->initrd, f) ?:
		     check_file(lab, vm, "disk", vm->disk, f);
	}
	return rc;
}

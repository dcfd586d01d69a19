/* SPDX-License-Identifier: ISC */
/* model_json.c - hosts and VMs of a lab as JSON with nothing left open, so that two can be compared. */
#include "lab/model_impl.h"

#include <stdio.h>

#include "util/mac.h"

static json_t *mac_json(uint64_t mac)
{
	char text[MAC_STR_SIZE];

	return need(json_string(mac_format(mac, text)));
}

static json_t *strings_json(char *const *list, size_t count)
{
	json_t *array = need(json_array());

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, need(json_string(list[i])));
	return array;
}

static json_t *interfaces_json(const struct lab_host *h)
{
	json_t *all = need(json_object());

	for (size_t i = 0; i < h->interfaces; i++) {
		const struct lab_interface *in = &h->interface[i];
		json_t *addresses = need(json_array());

		for (size_t k = 0; k < in->addresses; k++)
			json_array_append_new(addresses, need(json_string(in->address[k].text)));
		json_object_set_new(
			all, in->name,
			need(json_pack("{s:o, s:I, s:o, s:s, s:s}", "mac", mac_json(in->mac), "mtu",
				       (json_int_t)in->mtu, "addresses", addresses, "switch",
				       in->sw, "port", in->port)));
	}
	return all;
}

static json_t *routes_json(const struct lab_host *h)
{
	json_t *all = need(json_array());

	for (size_t i = 0; i < h->routes; i++) {
		const struct lab_route *r = &h->route[i];

		json_array_append_new(all, need(json_pack("{s:s, s:s, s:s, s:I}", "to",
							  r->is_default ? "default" : r->to.text,
							  "via", r->via.text, "dev", r->dev,
							  "metric", (json_int_t)r->metric)));
	}
	return all;
}

static json_t *host_json(const struct lab_host *h)
{
	json_t *sysctls = need(json_object()), *files = need(json_object());

	for (size_t i = 0; i < h->sysctls; i++)
		json_object_set_new(sysctls, h->sysctl[i].key,
				    need(json_string(h->sysctl[i].value)));
	for (size_t i = 0; i < h->files; i++)
		json_object_set_new(files, h->file[i].path,
				    need(json_pack("{s:i, s:s}", "mode", (int)h->file[i].mode,
						   "text", h->file[i].text)));
	return need(json_pack("{s:o, s:o, s:o, s:o, s:o}", "interfaces", interfaces_json(h),
			      "routes", routes_json(h), "sysctls", sysctls, "files", files,
			      "commands", strings_json(h->command, h->commands)));
}

static json_t *vm_json(const struct lab_vm *vm)
{
	json_t *nics = need(json_array());

	for (size_t i = 0; i < vm->nics; i++)
		json_array_append_new(
			nics, need(json_pack("{s:o, s:s, s:s}", "mac", mac_json(vm->nic[i].mac),
					     "switch", vm->nic[i].sw, "port", vm->nic[i].port)));
	return need(json_pack("{s:s?, s:s?, s:s?, s:s?, s:i, s:i, s:b, s:b, s:o, s:o}", "kernel",
			      vm->kernel, "initrd", vm->initrd, "append", vm->append, "disk",
			      vm->disk, "memory", (int)vm->memory_mib, "cpus", (int)vm->cpus, "kvm",
			      vm->kvm, "tcg", vm->tcg, "args", strings_json(vm->arg, vm->args),
			      "nics", nics));
}

void model_normalise(struct lab *lab)
{
	for (size_t i = 0; i < lab->hosts; i++)
		lab->host[i].json = host_json(&lab->host[i]);
	for (size_t i = 0; i < lab->vms; i++)
		lab->vm[i].json = vm_json(&lab->vm[i]);
}

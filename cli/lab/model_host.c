/* SPDX-License-Identifier: ISC */
/* model_host.c - a host of a lab file and its interfaces. */
#include "lab/model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mac.h"
#include "util/text.h"

enum {
	ADDRESSES_MAX = 64,
	MTU_MIN = 68, /* RFC 791: what every link has to carry */
	MTU_MAX = 65521,
};

#define INTERFACE_KEYS "addresses mac mtu"

int model_ifname(struct reader *r, const char *below, const char *name)
{
	size_t len = strlen(name);
	char shown[TEXT_SHOWN_SIZE];

	if (strcmp(name, "lo") == 0)
		return model_refuse(r, below,
				    "each host has lo by itself; an interface with a link has "
				    "another name, like eth0");
	if (len == 0 || len > 15)
		return model_refuse(r, below,
				    "found the name \"%s\", allowed are 1 to 15 characters",
				    text_shown(name, shown));
	for (const char *p = name; *p; p++)
		if (strchr("/:%\"\\", *p) || (unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return model_refuse(
				r, below,
				"found the name \"%s\", allowed is one of an interface: letters, digits "
				"and a few signs as in eth0, lan-1 or eth0.10",
				text_shown(name, shown));
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return model_refuse(r, below, "\"%s\" cannot be the name of an interface", name);
	return 0;
}

struct lab_interface *model_find_interface(struct lab_interface *list, size_t count,
					   const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static int read_mac(struct reader *r, const char *below, const json_t *v, uint64_t *mac)
{
	const char *text = json_string_value(v);

	if (!text || !mac_parse(text, mac) || !mac_is_station(*mac))
		return model_found(r, below, v,
				   "the address of one station, like 02:00:00:00:00:01");
	return 0;
}

static int read_addresses(struct reader *r, const char *below, const json_t *v,
			  struct lab_interface *i)
{
	char where[LAB_WHERE_SIZE];
	json_t *one;
	size_t k;
	int rc = model_want_array(r, below, v, "[\"10.0.0.1/24\", ...]");

	json_array_foreach (v, k, one) {
		struct lab_address a;

		model_where(where, sizeof(where), "%s[%zu]", below, k);
		rc = model_address(r, where, one, ADDRESS_OF_INTERFACE, &a);
		if (rc)
			break;
		if (k >= ADDRESSES_MAX)
			return model_refuse(r, where, "an interface has at most %d addresses",
					    ADDRESSES_MAX);
		*(struct lab_address *)model_append(&i->address, &i->addresses, sizeof(a)) = a;
	}
	return rc;
}

/* What the keys of INTERFACE_KEYS say, and no other. */
int model_read_interface(struct reader *r, const char *below, const json_t *v,
			 struct lab_interface *i)
{
	const json_t *mac = model_member(v, "mac"), *mtu = model_member(v, "mtu");
	char where[LAB_WHERE_SIZE];
	int rc;

	model_where(where, sizeof(where), "%s.mac", below);
	rc = mac ? read_mac(r, where, mac, &i->mac) : 0;
	if (rc == 0 && mtu) {
		model_where(where, sizeof(where), "%s.mtu", below);
		rc = model_uint(r, where, mtu, MTU_MIN, MTU_MAX, "a number from 68 to 65521",
				&i->mtu);
	}
	if (rc)
		return rc;
	model_where(where, sizeof(where), "%s.addresses", below);
	return read_addresses(r, where, model_member(v, "addresses"), i);
}

int model_read_interfaces(struct reader *r, const json_t *v, struct lab_interface **list,
			  size_t *count, const char *keys)
{
	char where[LAB_WHERE_SIZE];
	const char *name;
	json_t *one;
	int rc = model_want_object(r, ".interfaces", v, "{\"eth0\": {...}, ...}");

	json_object_foreach ((json_t *)(uintptr_t)v, name, one) {
		struct lab_interface *i;

		model_where(where, sizeof(where), ".interfaces.%s", name);
		if (*count >= MODEL_INTERFACES_MAX)
			return model_refuse(r, where, "there are more than %d interfaces",
					    MODEL_INTERFACES_MAX);
		rc = model_ifname(r, where, name) ?:
		     model_want_object(r, where, one, "") ?:
		     model_keys(r, where, one, keys);
		if (rc)
			break;
		i = model_append(list, count, sizeof(*i));
		snprintf(i->name, sizeof(i->name), "%s", name);
		rc = model_read_interface(r, where, one, i);
		if (rc)
			break;
	}
	return rc;
}

/* Its interfaces, said one by one, or the only one, which gets its name from the link. */
static int read_interfaces(struct reader *r, const json_t *v, struct lab_host *h)
{
	static const char *const keys[] = {"addresses", "mac", "mtu"};
	const json_t *interfaces = model_member(v, "interfaces");

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		char where[16];

		if (!model_member(v, keys[k]))
			continue;
		model_where(where, sizeof(where), ".%s", keys[k]);
		if (interfaces)
			return model_refuse(
				r, where,
				"a host has \"%s\" of its own only where it has no \"interfaces\"; move "
				"it to one of them",
				keys[k]);
		if (!h->interfaces)
			model_append(&h->interface, &h->interfaces, sizeof(*h->interface));
	}
	h->said = h->interfaces ? LAB_INTERFACES_ONE
		  : interfaces	? LAB_INTERFACES_NAMED
				: LAB_INTERFACES_UNSAID;
	if (h->interfaces)
		return model_read_interface(r, "", v, h->interface);
	return model_read_interfaces(r, interfaces, &h->interface, &h->interfaces, INTERFACE_KEYS);
}

int model_read_host(struct reader *r, const char *name, const json_t *v)
{
	size_t index = r->lab->hosts;
	struct lab_host *h;
	int rc = model_claim(r, name, MODEL_HOST, index) ?:
		 model_want_object(r, "", v, "{\"addresses\": [\"10.0.0.1/24\"], ...}") ?:
		 model_keys(r, "", v, INTERFACE_KEYS " interfaces routes sysctls files commands");

	if (rc)
		return rc;
	h = model_append(&r->lab->host, &r->lab->hosts, sizeof(*h));
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->where = r->at;
	return read_interfaces(r, v, h) ?:
	       model_read_routes(r, model_member(v, "routes"), h) ?:
	       model_read_sysctls(r, model_member(v, "sysctls"), h) ?:
	       model_read_files(r, model_member(v, "files"), h) ?:
	       model_read_commands(r, model_member(v, "commands"), h);
}

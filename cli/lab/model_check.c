/* SPDX-License-Identifier: ISC */
/* model_check.c - what no entry of a lab file alone can say: what is there twice, what has no link, where no router is. */
#include "lab/model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mac.h"
#include "util/siphash.h"

/* Where a key of an interface is, below its host; returns out. */
static const char *place_in_host(const struct lab_host *h, const struct lab_interface *i,
				 const char *key, char out[LAB_WHERE_SIZE])
{
	if (h->said == LAB_INTERFACES_ONE)
		model_where(out, LAB_WHERE_SIZE, ".%s", key);
	else
		model_where(out, LAB_WHERE_SIZE, ".interfaces.%s.%s", i->name, key);
	return out;
}

/* ---- MAC addresses ---- */

/* Of names, so that a station has the same address each time it is made, and in every lab another one. */
static uint64_t make_mac(const char *lab, const char *node, const char *interface, unsigned salt)
{
	static const struct siphash_key key = {
		{UINT64_C(0x6c6162206d616373), UINT64_C(0x6d616465206f6620)}};
	char text[3 * LAB_NAME_SIZE + 16];
	int len = snprintf(text, sizeof(text), "%s/%s/%s/%u", lab, node, interface, salt);

	/* locally administered, of one station (IEEE 802-2014 clause 8.4) */
	return UINT64_C(0x02) << 40 |
	       (siphash24((const uint8_t *)text, (size_t)len, &key) & UINT64_C(0xffffffffff));
}

/* Notes who has an address, under the address as text; the one who had it, or NULL. */
static const char *note_mac(json_t *macs, uint64_t mac, const char *node, const char *interface)
{
	char key[MAC_STR_SIZE];
	const json_t *other = json_object_get(macs, mac_format(mac, key));

	if (other)
		return json_string_value(other);
	json_object_set_new(macs, key, need(json_sprintf("%s:%s", node, interface)));
	return NULL;
}

static int check_said(struct reader *r, json_t *macs, uint64_t mac, const char *node,
		      const char *interface, const char *below)
{
	char text[MAC_STR_SIZE];
	const char *other = mac ? note_mac(macs, mac, node, interface) : NULL;

	if (!other)
		return 0;
	return model_refuse(r, below, "%s:%s has the address %s, which %s has already", node,
			    interface, mac_format(mac, text), other);
}

static void make_one(const struct lab *lab, json_t *macs, const char *node, const char *interface,
		     uint64_t *mac, bool *made)
{
	if (*mac)
		return;
	*made = true;
	for (unsigned salt = 0; !*mac || note_mac(macs, *mac, node, interface); salt++)
		*mac = make_mac(lab->name, node, interface, salt);
}

/* Those of the file first, so that none that is made is one of them. */
static int check_hosts(struct reader *r, json_t *macs, bool said)
{
	char below[LAB_WHERE_SIZE];
	int rc = 0;

	for (size_t i = 0; i < r->lab->hosts; i++) {
		struct lab_host *h = &r->lab->host[i];

		r->at = h->where;
		for (size_t k = 0; k < h->interfaces && rc == 0; k++) {
			struct lab_interface *in = &h->interface[k];

			if (said)
				rc = check_said(r, macs, in->mac, h->name, in->name,
						place_in_host(h, in, "mac", below));
			else
				make_one(r->lab, macs, h->name, in->name, &in->mac, &in->mac_made);
		}
		if (rc)
			break;
	}
	return rc;
}

static int check_vms(struct reader *r, json_t *macs, bool said)
{
	char name[16], below[LAB_WHERE_SIZE];
	int rc = 0;

	for (size_t i = 0; i < r->lab->vms; i++) {
		struct lab_vm *vm = &r->lab->vm[i];

		r->at = vm->where;
		for (size_t k = 0; k < vm->nics && rc == 0; k++) {
			struct lab_nic *nic = &vm->nic[k];

			model_where(name, sizeof(name), "net%zu", k);
			model_where(below, sizeof(below), ".interfaces.%s.mac", name);
			if (said)
				rc = check_said(r, macs, nic->mac, vm->name, name, below);
			else
				make_one(r->lab, macs, vm->name, name, &nic->mac, &nic->mac_made);
		}
		if (rc)
			break;
	}
	return rc;
}

static int check_macs(struct reader *r)
{
	json_t *macs = need(json_object());
	int rc = check_hosts(r, macs, true) ?:
		 check_vms(r, macs, true) ?:
		 check_hosts(r, macs, false) ?:
		 check_vms(r, macs, false);

	json_decref(macs);
	return rc;
}

/* ---- links ---- */

static int refuse_loose(struct reader *r, const char *below, const char *node,
			const char *interface)
{
	model_refuse(r, below, "%s%s%s has no link", node, *interface ? ":" : "", interface);
	fail_hint(r->f, "under \"links\" write {\"between\": [\"%s%s%s\", \"sw1\"]}", node,
		  *interface ? ":" : "", interface);
	return STATUS_REFUSED;
}

/* Has each interface that somebody wrote down a link? */
static int check_loose(struct reader *r)
{
	const struct lab *lab = r->lab;
	char below[64], name[16];

	for (size_t i = 0; i < lab->hosts; i++)
		for (size_t k = 0; k < lab->host[i].interfaces; k++) {
			const struct lab_interface *in = &lab->host[i].interface[k];

			if (in->sw[0])
				continue;
			r->at = lab->host[i].where;
			model_where(below, sizeof(below), ".interfaces.%s", in->name);
			return refuse_loose(r, in->name[0] ? below : "", lab->host[i].name,
					    in->name);
		}
	for (size_t i = 0; i < lab->vms; i++)
		for (size_t k = 0; k < lab->vm[i].nics; k++) {
			if (lab->vm[i].nic[k].sw[0])
				continue;
			r->at = lab->vm[i].where;
			model_where(name, sizeof(name), "net%zu", k);
			return refuse_loose(r, "", lab->vm[i].name, name);
		}
	return 0;
}

/* ---- addresses ---- */

static bool same_ip(const struct lab_address *a, const struct lab_address *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* No two of a host: the kernel would take them, and nobody could tell which interface is meant. */
static int check_own(struct reader *r, const struct lab_host *h)
{
	json_t *seen = need(json_object());
	int rc = 0;

	r->at = h->where;
	for (size_t i = 0; i < h->interfaces; i++)
		for (size_t k = 0; k < h->interface[i].addresses && rc == 0; k++) {
			const struct lab_address *a = &h->interface[i].address[k];
			char ip[64], key[32], below[LAB_WHERE_SIZE];

			snprintf(ip, sizeof(ip), "%.*s", (int)strcspn(a->text, "/"), a->text);
			model_where(key, sizeof(key), "addresses[%zu]", k);
			if (json_object_get(seen, ip))
				rc = model_refuse(r, place_in_host(h, &h->interface[i], key, below),
						  "%s has the address %s twice", h->name, ip);
			json_object_set_new(seen, ip, json_true());
		}
	json_decref(seen);
	return rc;
}

/* ---- routes ---- */

static int check_via(struct reader *r, const char *below, const struct lab_host *h,
		     const struct lab_route *route)
{
	bool linked = route->via.family == AF_INET6 && route->via.ip[0] == 0xfe &&
		      (route->via.ip[1] & 0xc0) == 0x80;

	if (linked && !route->dev[0])
		return model_refuse(r, below, "%s is on every link; say with \"dev\" on which",
				    route->via.text);
	if (linked)
		return 0;
	for (size_t i = 0; i < h->interfaces; i++)
		for (size_t k = 0; k < h->interface[i].addresses; k++) {
			const struct lab_address *a = &h->interface[i].address[k];

			if (same_ip(a, &route->via))
				return model_refuse(r, below, "%s is an address of %s itself",
						    route->via.text, h->name);
			if (model_same_subnet(a, &route->via) &&
			    (!route->dev[0] || strcmp(route->dev, h->interface[i].name) == 0))
				return 0;
		}
	return model_refuse(r, below, "the router %s is in no subnet of %s%s%s", route->via.text,
			    h->name, route->dev[0] ? ":" : "", route->dev);
}

int model_check_routes(struct reader *r, const struct lab_host *h)
{
	char below[40];
	int rc = 0;

	r->at = h->where;
	for (size_t k = 0; k < h->routes && rc == 0; k++) {
		const struct lab_route *route = &h->route[k];

		model_where(below, sizeof(below), ".routes[%zu]", k);
		if (!route->via.family && !route->dev[0])
			return model_refuse(
				r, below,
				"it has neither \"via\" nor \"dev\", so it leads nowhere");
		if (route->via.family && !route->is_default &&
		    route->to.family != route->via.family)
			return model_refuse(r, below, "%s and %s are of two families",
					    route->to.text, route->via.text);
		if (route->dev[0] &&
		    !model_find_interface(h->interface, h->interfaces, route->dev)) {
			model_where(below, sizeof(below), ".routes[%zu].dev", k);
			return model_refuse(r, below, "%s has no interface %s", h->name,
					    route->dev);
		}
		if (!route->via.family)
			continue;
		model_where(below, sizeof(below), ".routes[%zu].via", k);
		rc = check_via(r, below, h, route);
	}
	return rc;
}

int model_check(struct reader *r)
{
	int rc = check_loose(r) ?: check_macs(r);

	for (size_t i = 0; i < r->lab->hosts && rc == 0; i++)
		rc = check_own(r, &r->lab->host[i]) ?: model_check_routes(r, &r->lab->host[i]);
	return rc;
}

/* SPDX-License-Identifier: ISC */
/*
 * model_impl.h - what the files that read a lab share; nobody else includes it.
 *
 * Every function that reads returns 0, or STATUS_REFUSED with r->f filled.  `below` is where a value stands below the entry
 * that is being read (r->at): ".addresses[0]", or "" for the entry itself.
 */
#ifndef CLI_LAB_MODEL_IMPL_H
#define CLI_LAB_MODEL_IMPL_H

#include "lab/model.h"
#include "util/err.h"

struct reader {
	struct lab *lab;
	struct fail *f;
	struct lab_where at; /* what is being read */
	json_t *names;	     /* {"h1": [enum model_kind, index, "hosts.h1"]}: all that have one */
	json_t *ends;	     /* {"sw1:p7": "links[3]"}: all ends that are taken */
	json_t *links;	     /* the links with their ranges written out, as they are in lab->link */
	size_t expanded;     /* range_expand() */
};

enum { MODEL_INTERFACES_MAX = 64 };

enum model_kind { MODEL_HOST, MODEL_VM, MODEL_SWITCH, MODEL_UPLINK };

/* ---- errors ---- */

int model_refuse(struct reader *r, const char *below, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The error of a function of util/; its path is part of what `below` names. */
int model_refuse_err(struct reader *r, const char *below, const struct err *e);

/* "found ..., allowed is ...". */
int model_found(struct reader *r, const char *below, const json_t *v, const char *allowed);

/* A name that leads nowhere: `what` and the name, and the nearest of the keys of `known`. */
int model_unknown(struct reader *r, const char *below, const char *what, const char *name,
		  const json_t *known);

/* The key that somebody means who writes "gateway" or "vlan"; NULL: that is not known. */
const char *model_meant(const char *name);

/* snprintf() for places and names in messages, which are cut where they are too long. */
void model_where(char *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- values ---- */

/* NULL where there is none or null. */
json_t *model_member(const json_t *o, const char *key);

/* NULL is neither: only what is there can be wrong. */
int model_want_object(struct reader *r, const char *below, const json_t *v, const char *example);
int model_want_array(struct reader *r, const char *below, const json_t *v, const char *example);

/* Refuses a key that is none of the space-separated `known`. */
int model_keys(struct reader *r, const char *below, const json_t *o, const char *known);

/* A text without control characters, shorter than 4 KiB and not empty; borrowed. */
int model_text(struct reader *r, const char *below, const json_t *v, const char *allowed,
	       const char **out);
int model_uint(struct reader *r, const char *below, const json_t *v, uint32_t min, uint32_t max,
	       const char *allowed, uint32_t *out);

/* Is it a name of a lab or of something in it? */
int model_name(struct reader *r, const char *below, const char *name);

/* One more element of `size` bytes, zeroed, at the end of *list. */
void *model_append(void *list, size_t *count, size_t size);

/* ---- entries ---- */

/*
 * Calls read() for each entry of a section, those of a range one after the other with their ranges written out; r->at
 * says where it stands.
 */
int model_each(struct reader *r, const char *section, const char *example,
	       int (*read)(struct reader *r, const char *name, const json_t *v));

/* Takes a name of the common space for what is being read. */
int model_claim(struct reader *r, const char *name, enum model_kind kind, size_t index);

/* False: nothing has that name. */
bool model_lookup(const struct reader *r, const char *name, enum model_kind *kind, size_t *index);

/* ---- the parts ---- */

int model_read_switch(struct reader *r, const char *name, const json_t *v);
int model_read_host(struct reader *r, const char *name, const json_t *v);
int model_read_vm(struct reader *r, const char *name, const json_t *v);
int model_read_uplink(struct reader *r, const char *name, const json_t *v);
int model_read_links(struct reader *r);

/* What links set on the ports at their ends, which have their names already. */
int model_read_settings(struct reader *r);

/* {"eth0": {...}}, or NULL: of a host, or of a VM, which has no addresses. */
int model_read_interfaces(struct reader *r, const json_t *v, struct lab_interface **list,
			  size_t *count, const char *keys);
int model_read_interface(struct reader *r, const char *below, const json_t *v,
			 struct lab_interface *i);
int model_ifname(struct reader *r, const char *below, const char *name);
struct lab_interface *model_find_interface(struct lab_interface *list, size_t count,
					   const char *name);

/* "10.0.0.1/24" of an interface, "10.0.0.0/24" of a network, "10.0.0.1". */
enum model_address { ADDRESS_OF_INTERFACE, ADDRESS_OF_NETWORK, ADDRESS_OF_ROUTER };
int model_address(struct reader *r, const char *below, const json_t *v, enum model_address what,
		  struct lab_address *a);

/* Is b in the subnet of a? */
bool model_same_subnet(const struct lab_address *a, const struct lab_address *b);

/* Routes, sysctls, files and commands of a host. */
int model_read_routes(struct reader *r, const json_t *v, struct lab_host *h);
int model_read_sysctls(struct reader *r, const json_t *v, struct lab_host *h);
int model_read_files(struct reader *r, const json_t *v, struct lab_host *h);
int model_read_commands(struct reader *r, const json_t *v, struct lab_host *h);

/* Is it a setting of ports that a lab makes itself? */
bool model_sets_itself(const char *key);

/* ---- when all is read ---- */

/* Gives each interface that has none a MAC address, and looks for what no entry alone can say. */
int model_check(struct reader *r);
int model_check_routes(struct reader *r, const struct lab_host *h);

/* Has switchd's own reader look at lab_config(), and tells its errors at their place in the file. */
int model_check_config(struct reader *r);

/* Has no address two hosts that hear each other?  Of lab_config(), as read. */
struct config;
int model_check_lans(struct reader *r, const struct config *c);

/* Fills in host->json and vm->json. */
void model_normalise(struct lab *lab);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * config.h - the configuration of the daemon as plain data, and its JSON form (switchd.json(5)).
 */
#ifndef CTL_CONFIG_H
#define CTL_CONFIG_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/settings.h"
#include "port/options.h"
#include "util/err.h"
#include "util/iptext.h"

struct static_mac {
	uint64_t mac;
	uint32_t vlan;
	char port[NAME_SIZE];
	char remote[ENDPOINT_SIZE]; /* of that port, which it is behind; "" = as it is heard */
	bool sticky;		    /* became static by itself */
};

/* A port that is in a multicast group by the administrator's word. */
struct static_group {
	char group[IP_STR_SIZE]; /* as ip_format() writes it */
	uint32_t vlan;
	char port[NAME_SIZE];
};

/* A station that has an address by the administrator's word. */
struct static_binding {
	uint64_t mac;
	char ip[16]; /* IPv4, as ip_format() writes it */
	uint32_t vlan;
	char port[NAME_SIZE];
};

/* One entry of "vlans"; the others have their settings at the defaults. */
struct vlan_cfg {
	unsigned vid;
	struct sw_vlan_set set;
};

struct switch_cfg {
	char name[NAME_SIZE];
	struct sw_settings set;
	struct vlan_cfg *vlan; /* lowest VID first */
	size_t vlans;
	struct port_cfg *port;
	size_t ports;
	struct static_mac *mac;
	size_t macs;
	struct static_group *group;
	size_t groups;
	struct static_binding *binding;
	size_t bindings;
};

struct daemon_cfg {
	char control_group[USER_SIZE]; /* of the control socket */
	char log_level[8];
	uint32_t busy_poll_us;
};

enum { BUSY_POLL_MAX_US = 1000 };

struct config {
	struct daemon_cfg daemon;
	struct switch_cfg *sw;
	size_t switches;
};

/* The sections that are not switches: {"control": {...}, "log": {...}}, ended by a NULL name. */
struct config_section {
	const char *name;
	const struct opt *options; /* offsets into struct daemon_cfg */
};
extern const struct config_section config_sections[];

/* One entry of "macs". */
extern const struct opt static_mac_options[];

/* One entry of "groups". */
extern const struct opt static_group_options[];

/* One entry of "bindings". */
extern const struct opt static_binding_options[];

/* Everything at its default, no switches. */
void config_init(struct config *c);
void config_free(struct config *c);

/* Append one, zeroed but for its name; NULL when out of memory.  The pointer lives until the next
 * append. */
struct switch_cfg *config_add_switch(struct config *c, const char *name);
struct vlan_cfg *config_add_vlan(struct switch_cfg *s, unsigned vid); /* settings at the defaults */
struct port_cfg *config_add_port(struct switch_cfg *s);
struct static_mac *config_add_mac(struct switch_cfg *s);
struct static_group *config_add_group(struct switch_cfg *s);
struct static_binding *config_add_binding(struct switch_cfg *s);

/* NULL where there is none. */
const struct switch_cfg *config_find_switch(const struct config *c, const char *name);
const struct vlan_cfg *config_find_vlan(const struct switch_cfg *s, unsigned vid);
const struct port_cfg *config_find_port(const struct switch_cfg *s, const char *name);

/* Puts the addresses in order, which config_find_mac() relies on; config_parse() has done so. */
void config_sort_macs(struct switch_cfg *s);
const struct static_mac *config_find_mac(const struct switch_cfg *s, uint64_t mac, uint32_t vlan);

/* The same for groups, where the port is part of what is looked for. */
void config_sort_groups(struct switch_cfg *s);
const struct static_group *config_find_group(const struct switch_cfg *s,
					     const struct static_group *like);

/* And for bindings: the same station, address, VLAN and port. */
void config_sort_bindings(struct switch_cfg *s);
const struct static_binding *config_find_binding(const struct switch_cfg *s,
						 const struct static_binding *like);

/*
 * Reads a configuration out of a JSON value.  On an error returns -errno; e->path names the place
 * ("switches.sw0.ports.h1.mtu"), e->text what was found and what is allowed, with the nearest name
 * for an unknown key; *c is empty then.  Otherwise the caller frees *c.
 */
int config_parse(const json_t *root, struct config *c, struct err *e);

/*
 * The same from a file.  e->text then begins with the file: "FILE:LINE:COLUMN: ..." where it is no
 * JSON, "FILE: switches.sw0...: ..." where it means nothing; e->path is empty.
 */
int config_load(const char *path, struct config *c, struct err *e);

/* Makes e's path part of its text, behind the name of the file that the configuration came from. */
void config_name_file(const char *path, struct err *e);

/* The JSON form, without what is at its default; reading it gives *c again.  A new reference. */
json_t *config_dump(const struct config *c);

/* The settings of one port, or one switch, that differ from their defaults; a new reference. */
json_t *config_dump_port(const struct port_cfg *p);
json_t *config_dump_vlan(const struct sw_vlan_set *set);
json_t *config_dump_options(const struct opt *table, const void *base, const void *defaults);

/* All of them, defaults included. */
json_t *config_dump_all(const struct opt *table, const void *base);

/*
 * Stores the members of an object that the table knows.  A member that is neither there nor among
 * the space-separated `also` is refused, with the nearest known name.
 */
int config_parse_options(const json_t *obj, const struct opt *table, const char *also, void *base,
			 struct err *e);

/* The kind of port an object of options is for: its "type", or tap.  NULL with *e filled: no such.
 */
const struct port_type *config_port_type(const json_t *obj, struct err *e);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * diff.h - what it takes to get from one configuration to another.
 */
#ifndef CTL_DIFF_H
#define CTL_DIFF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ctl/config.h"

enum change_kind {
	CHANGE_DAEMON,
	CHANGE_SWITCH_ADD, /* without its ports and addresses, which are changes of their own */
	CHANGE_SWITCH_DEL,
	CHANGE_SWITCH_SET,
	CHANGE_VLAN_SET, /* what is not listed is at its default: adding, changing, removing are one */
	CHANGE_PORT_ADD,
	CHANGE_PORT_DEL,
	CHANGE_PORT_SET,
	CHANGE_PORT_REOPEN, /* something differs that an open port cannot change */
	CHANGE_MAC_ADD,
	CHANGE_MAC_DEL,
	CHANGE_MAC_SET, /* another remote of the same port */
	CHANGE_GROUP_ADD,
	CHANGE_GROUP_DEL,
	CHANGE_BINDING_ADD,
	CHANGE_BINDING_DEL,
};

/* Which members mean something follows from the kind; all point into the two configurations. */
struct change {
	enum change_kind kind;
	const struct switch_cfg *sw_from, *sw_to;
	const struct port_cfg *from, *to;
	const struct vlan_cfg *vlan_from, *vlan_to; /* NULL = the defaults */
	const struct static_mac *mac;
	const struct static_group *group;
	const struct static_binding *binding;
	const struct static_mac *mac_from; /* CHANGE_MAC_SET: what it was */
};

struct changes {
	struct change *list;
	size_t count;
	const struct config *from, *to;
};

/* Lists the changes.  Both configurations must outlive *out.  0, or -ENOMEM. */
int diff_make(const struct config *from, const struct config *to, struct changes *out);
void diff_free(struct changes *d);

/*
 * The first option that differs and that an open port cannot change, or NULL.  Both are of one
 * kind.
 */
const struct opt *diff_reopening(const struct port_cfg *a, const struct port_cfg *b);

/* Where the change is: "switches.sw0.ports.h1"; returns out. */
const char *diff_path(const struct change *c, char out[ERR_PATH_MAX]);

/* The list as docs/protocol.md describes it, a row for each setting; a new reference. */
json_t *diff_json(const struct changes *d);

#endif

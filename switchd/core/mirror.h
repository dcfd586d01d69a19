/* SPDX-License-Identifier: ISC */
/*
 * mirror.h - copies of what ports receive and send, for a port where somebody listens.
 *
 * A mirror is a setting of the port that the copies go to, the monitor port: which ports it shows (`mirror`), in which
 * VLANs and direction, and how much of each frame.  Names are looked up whenever a port comes or goes, so that
 * a port that is deleted and made again is seen again.
 *
 * A monitor port is no port of the LAN: as far as the switch and its protocols go it has no link, what it receives
 * is dropped, and the only frames that leave there are copies.  It is no source of another mirror, so a
 * copy is never copied, whatever is set.
 *
 * What is copied: of what comes in every frame that is well-formed, as it came and before anything is asked of it, so
 * that one which is dropped can be looked at; of what goes out one copy for each port that it leaves through, with the tags
 * that it leaves with there; what the switch itself says, too.
 *
 * While there is no monitor port, a frame pays one look at sw->mirrored and one at the port it came from.
 */
#ifndef CORE_MIRROR_H
#define CORE_MIRROR_H

#include <stdbool.h>

#include "core/sw.h"

/* Is the port one where copies go, by its settings? */
static inline bool mirror_is_monitor(const struct sw_port_set *set)
{
	return set->mirror[0];
}

/* Ports came or went, or changed their settings: works out who is shown where. */
void mirror_update(struct sw *sw);

/*
 * Do copies of frames of the VLAN, received from (out false) or sent to that port, go to this monitor port?  Not while its
 * link is down.  VID_NONE: the frame is in no VLAN, like what the switch says itself.
 */
bool mirror_wants(const struct sw_port *monitor, const struct sw_port *of, bool out, unsigned vid);

/* Is a port of that name in the list? */
bool mirror_lists(const char *list, const char *port);

/* For the table of options: a list of names, or "all". */
int mirror_check_list(const char *value, struct err *e);

/* The next name of a list, from *at on; false at its end.  It is not ended by a NUL. */
bool mirror_next_name(const char **at, const char **name, size_t *len);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * shut.h - ports that a defence of theirs has shut, or who runs the switch.
 *
 * A port that is shut has no link as far as the switch is concerned: nothing passes, protocols see it down, and
 * what was learned there is forgotten.  One that a defence has shut opens after `shut_recovery_s` of the port,
 * counted from the last time it had a reason; or when somebody asks; the device's own link going down and up
 * does not open it.  One that is shut by its setting `shutdown` is shut as long as that says so, whatever a defence
 * thinks (ifAdminStatus of RFC 2863); the port layer shows it to the other end of the cable, where it can.
 */
#ifndef CORE_SHUT_H
#define CORE_SHUT_H

#include <stdint.h>

#include "core/sw.h"

/* "storm"; "" for SHUT_NOT. */
const char *shut_name(enum shut why);

/* One sentence for a person; NULL for SHUT_NOT. */
const char *shut_text(enum shut why);

/*
 * Shuts the port, and raises EVENT_PORT_SHUT.  A port that is shut already keeps its reason; its time begins
 * anew.  May be called from switch_commit().
 */
void sw_port_shut(struct sw_port *p, enum shut why, uint64_t now_ms);

/* Is it shut by a defence, so that time or a wish opens it? */
bool shut_may_open(const struct sw_port *p);

/*
 * Opens it again, and raises EVENT_PORT_OPENED; false: no defence has shut it.  `cause` is "asked", "time"...
 */
bool sw_port_open(struct sw_port *p, const char *cause);

/* Has the port follow its setting `shutdown`, and raises what became of it. */
void sw_port_shutdown(struct sw_port *p);

/* Milliseconds until it opens by itself; 0: never, or no defence has shut it. */
uint64_t shut_left_ms(const struct sw_port *p, uint64_t now_ms);

/* Opens those whose time has come. */
void sw_shut_tick(struct sw *sw, uint64_t now_ms);

#endif

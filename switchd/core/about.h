/* SPDX-License-Identifier: ISC */
/*
 * about.h - what the words mean that the switch uses for what it does: a reason for dropping frames, an event, a state.
 *
 * For each word there is what it means, what usually brings it about, what to do, and which commands show more.  A word
 * may be of several kinds ("learning"), and then there is an entry for each.  The sentences of drops are those of
 * core/drop.h, which stand nowhere else.  Tables only, so that swctl explains without a daemon.
 */
#ifndef CORE_ABOUT_H
#define CORE_ABOUT_H

#include <stddef.h>

#include "core/drop.h"
#include "core/event.h"

enum about_kind {
	ABOUT_DROP,
	ABOUT_EVENT,
	ABOUT_PORT_STATE,
	ABOUT_SHUT,	 /* which defence has shut a port */
	ABOUT_STP_ROLE,	 /* IEEE 802.1D-2004 clause 17.7 */
	ABOUT_STP_STATE, /* clause 7.4 */
	ABOUT_STP_GUARD, /* what a guard of the spanning tree did */
	ABOUT_KINDS
};

struct about {
	enum about_kind kind;
	const char *word; /* "runt", "mac.moved", "listening" */
	const char *means;
	const char *cause; /* what usually brings it about */
	const char *todo;
	const char *more; /* commands that show more, a newline between them */
};

/* Entry number n from 0, in the order of the kinds; false: there are only so many. */
bool about_at(size_t n, struct about *a);

/* "drop", "port state"..., as it stands in JSON; and a line about all of its words. */
const char *about_kind_name(enum about_kind kind);
const char *about_kind_text(enum about_kind kind);

#endif

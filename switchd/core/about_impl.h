/* SPDX-License-Identifier: ISC */
/* about_impl.h - the tables behind about.c; nobody else includes it. */
#ifndef CORE_ABOUT_IMPL_H
#define CORE_ABOUT_IMPL_H

#include "core/about.h"

/* What drop_text() does not say of a drop. */
struct about_drop {
	const char *cause, *todo, *more;
};

struct about_event {
	const char *means, *cause, *todo, *more;
};

extern const struct about_drop about_drops[DROP_COUNT]; /* [DROP_NONE] is empty */
extern const struct about_event about_events[EVENT_COUNT];
extern const struct about about_states[]; /* all other kinds, ended by a NULL word */

#endif

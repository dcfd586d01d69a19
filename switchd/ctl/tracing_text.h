/* SPDX-License-Identifier: ISC */
/* tracing_text.h - the words of a trace: names for programs, sentences for people.  For tracing.c. */
#ifndef CTL_TRACING_TEXT_H
#define CTL_TRACING_TEXT_H

#include "core/explain.h"

enum {
	TRACING_TEXT = 320,
	TRACING_COPIES_MAX = 2048, /* copies of one frame that are told */
};

const char *tracing_step_name(enum explain_step step);
const char *tracing_result_name(enum explain_result r);
const char *tracing_why_name(enum explain_why why);
const char *tracing_route_name(enum route r);
const char *tracing_trap_name(enum trap t);

/* The clause or RFC that the step follows; "" = none. */
const char *tracing_rule(enum explain_step step);

/* Each writes a sentence to `out` and returns it, or returns one that lives for ever. */
const char *tracing_step(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			 const struct explain *x, enum explain_step step, enum explain_result r,
			 char out[TRACING_TEXT]);
const char *tracing_why(const struct sw *sw, const struct frame *f, const struct explain *x,
			const struct sw_port *p, char out[TRACING_TEXT]);
const char *tracing_learn(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  const struct explain *x, char out[TRACING_TEXT]);
const char *tracing_change(const struct tag_edit *e, char out[TRACING_TEXT]);

#endif

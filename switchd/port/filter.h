/* SPDX-License-Identifier: ISC */
/*
 * filter.h - programs made of expressions like those of tcpdump, by libpcap's compiler (pcap-filter(7)).
 *
 * Making one takes 10 us where the expression is "ip", and up to a fifth of a second where it is long: frames would
 * wait for that.  So programs are made before they are needed, in a thread (datapath_await()), by who reads a
 * configuration or a request; one for each text, however many ports have it.  Ports then take what is there.
 *
 *	filters_sweep(fs);
 *	rc = filters_make(fs, text, &e);	for each text; in a thread, while frames flow
 *	f = filters_take(fs, text);		by a port that is given these settings
 *	filters_let_go(f);			by a port that has others, or goes
 *
 * - Nothing but match() may be called by two threads at a time: so it is, because no port comes, goes or
 *   changes while somebody waits for a thread.
 * - A program that nobody has is kept until the next sweep, so that undoing a change finds it.
 * - Each step of a program goes forwards, and there are FILTER_STEPS_MAX of them at most: what a frame can cost is
 *   known when the program is made.  An expression that needs a loop (protochain) is refused.
 * - Names of hosts are not looked up: port/options_filter.c.
 */
#ifndef PORT_FILTER_H
#define PORT_FILTER_H

#include <stdbool.h>

#include "core/filter.h"
#include "util/err.h"

enum { FILTER_STEPS_MAX = 4096 }; /* as many as Linux allows in a socket's filter: BPF_MAXINSNS */

struct program;

/* Zero is a valid beginning. */
struct filters {
	struct program *first;
	unsigned count;
};

/*
 * Makes the program for a text that has passed its check, unless it is there; "" needs none.  On an error (-EINVAL
 * with what libpcap says, -ENOMEM) nothing has changed.
 */
int filters_make(struct filters *fs, const char *text, struct err *e);

/* Is it there, so that making it takes no time? */
bool filters_have(const struct filters *fs, const char *text);

/*
 * The program for a text; NULL for "".  To be given back.  One that was not made lets nothing pass: a port without the
 * filter that it should have would be open to all.
 */
const struct filter *filters_take(struct filters *fs, const char *text);
void filters_let_go(const struct filter *f);

/* Frees those that nobody has. */
void filters_sweep(struct filters *fs);

/* How many instructions the program has, of which a frame takes each once at most; 0 for NULL. */
unsigned filter_steps(const struct filter *f);

#endif

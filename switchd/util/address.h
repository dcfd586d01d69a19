/* SPDX-License-Identifier: ISC */
/*
 * address.h - where a socket is: an endpoint (util/endpoint.h), or a name of the local host as in
 * "unix:/run/lab/vm1".  "unix:@name" is a name without a file (the abstract namespace of unix(7)).
 */
#ifndef UTIL_ADDRESS_H
#define UTIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/endpoint.h"
#include "util/err.h"

enum {
	UNIX_PATH_SIZE = 108,		       /* sun_path of struct sockaddr_un, with its NUL */
	ADDRESS_SIZE = 5 + UNIX_PATH_SIZE + 3, /* the longest text, "unix:" in front */
};

#define ADDRESS_EXAMPLES "unix:/run/lab/vm1 or 192.0.2.1:4000"

struct address {
	bool is_unix;
	char path[UNIX_PATH_SIZE]; /* is_unix; "@name" for one without a file */
	struct endpoint ep;	   /* not is_unix */
};

/*
 * Reads `text`.  Returns 0, or -EINVAL with *e (may be NULL) saying what was found, what is wrong with it
 * and how it is written.  A path has to be absolute: whoever plugs in seldom runs where we do.
 */
int address_parse(const char *text, struct address *a, struct err *e);

/* The same for a path alone, as part of an address or of its own. */
int unix_path_check(const char *path, struct err *e);

#endif

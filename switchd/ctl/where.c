/* SPDX-License-Identifier: ISC */
#include "ctl/where.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool of_user(char out[UNIX_PATH_SIZE])
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	/* the specification says to ignore paths that are not absolute */
	return dir && dir[0] == '/' &&
	       snprintf(out, UNIX_PATH_SIZE, "%s/" SOCKET_OF_USER, dir) < UNIX_PATH_SIZE;
}

static bool is_plain_user(void)
{
	return geteuid() != 0 || access("/run", W_OK) != 0;
}

const char *where_to_serve(char out[UNIX_PATH_SIZE])
{
	if (!is_plain_user() || !of_user(out))
		snprintf(out, UNIX_PATH_SIZE, SOCKET_OF_SYSTEM);
	return out;
}

const char *where_to_ask(char out[UNIX_PATH_SIZE])
{
	/* where neither is there, the one that the user would start is what an error names */
	where_to_serve(out);
	if (access(out, F_OK) != 0 && access(SOCKET_OF_SYSTEM, F_OK) == 0)
		snprintf(out, UNIX_PATH_SIZE, SOCKET_OF_SYSTEM);
	return out;
}

/* SPDX-License-Identifier: ISC */
#include "util/address.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

int unix_path_check(const char *path, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];

	if (path[0] != '/' && !(path[0] == '@' && path[1]))
		return err_set(
			e, EINVAL,
			"found \"%s\", which is not a whole path; allowed is one that begins "
			"with / (or @ and a name without a file)",
			text_shown(path, shown));
	if (strlen(path) >= UNIX_PATH_SIZE)
		return err_set(
			e, EINVAL,
			"the path \"%s\" has %zu characters; at most %d fit into the address of a "
			"socket",
			text_shown(path, shown), strlen(path), UNIX_PATH_SIZE - 1);
	if (path[0] == '/' && path[strlen(path) - 1] == '/')
		return err_set(e, EINVAL, "found \"%s\", which is a directory",
			       text_shown(path, shown));
	return 0;
}

int address_parse(const char *text, struct address *a, struct err *e)
{
	static const char scheme[] = "unix:";
	struct address out = {0};
	char shown[TEXT_SHOWN_SIZE];
	int rc;

	if (text[0] == '/')
		return err_set(e, EINVAL,
			       "found \"%s\"; a socket with a name in the file system is written "
			       "with unix: in front, as in unix:/run/lab/vm1",
			       text_shown(text, shown));
	if (strncmp(text, scheme, sizeof(scheme) - 1) == 0) {
		out.is_unix = true;
		text += sizeof(scheme) - 1;
		rc = unix_path_check(text, e);
		snprintf(out.path, sizeof(out.path), "%s", text);
	} else {
		rc = endpoint_parse(text, &out.ep, e);
	}
	if (rc == 0)
		*a = out;
	return rc;
}

/* SPDX-License-Identifier: ISC */
/*
 * options_socket.c - what the kinds that wait for peers at a socket have in common: stream, dgram and vde.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

int check_mode(const char *s, struct err *e)
{
	uint32_t mode;

	if (!mode_parse(s, &mode))
		return err_set(e, EINVAL,
			       "found \"%s\", allowed is an octal number up to 0777, like 0660", s);
	return 0;
}

int check_socket_path(const char *listen, const char *mode, const char *group, struct err *e)
{
	if ((mode[0] || group[0]) && strncmp(listen, "unix:/", 6) != 0) {
		err_set(e, EINVAL,
			"only a socket with a name in the file system has a mode and a group");
		err_at(e, mode[0] ? "mode" : "group");
		return -EINVAL;
	}
	return 0;
}

/* ---- who would have whose socket ---- */

enum { CTL_SIZE = sizeof("/ctl") };

/* Where a port waits, in the order in which ports are sorted; or whom it connects to. */
struct place {
	enum { LOCAL_NAME, TCP, ELSEWHERE } sort;
	const char *text;
	char ctl[VDE_DIR_SIZE + CTL_SIZE];
};

static void find_place(const struct port_cfg *cfg, struct place *p)
{
	static const char scheme[] = "unix:";
	const char *listen = cfg->u.stream.listen;

	if (strcmp(cfg->type, "vde") == 0) {
		snprintf(p->ctl, sizeof(p->ctl), "%.*s/ctl", VDE_DIR_SIZE - 1, cfg->u.vde.dir);
		p->sort = LOCAL_NAME;
		p->text = p->ctl;
		return;
	}
	if (strcmp(cfg->type, "dgram") == 0)
		listen = cfg->u.dgram.listen;
	p->sort = TCP;
	p->text = listen;
	if (strncmp(listen, scheme, strlen(scheme)) == 0) {
		p->sort = LOCAL_NAME;
		p->text = listen + strlen(scheme);
	} else if (!*listen) {
		p->sort = ELSEWHERE;
		p->text = cfg->u.stream.connect;
	}
}

/* Without the slashes that make no difference; in a name without a file they do. */
static int compare_names(const char *a, const char *b)
{
	if (*a != '/' || *b != '/')
		return strcmp(a, b);
	for (;; a++, b++) {
		while (*a == '/' && (a[1] == '/' || !a[1]))
			a++;
		while (*b == '/' && (b[1] == '/' || !b[1]))
			b++;
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
}

int compare_sockets(const struct port_cfg *a, const struct port_cfg *b)
{
	struct place x, y;
	int d = 0;

	find_place(a, &x);
	find_place(b, &y);
	if (x.sort != y.sort)
		return x.sort < y.sort ? -1 : 1;
	switch (x.sort) {
	case LOCAL_NAME:
		return compare_names(x.text, y.text);
	case TCP:
		return compare_locals(x.text, y.text);
	case ELSEWHERE:
		d = strcmp(x.text, y.text);
	}
	return d ? d : strcmp(a->name, b->name);
}

/* Several may connect to the same peer: whether it wants them all is its business. */
bool same_socket(const struct port_cfg *a, const struct port_cfg *b)
{
	struct place x, y;

	find_place(a, &x);
	find_place(b, &y);
	if (x.sort != y.sort || x.sort == ELSEWHERE)
		return false;
	return x.sort == TCP ? same_local(x.text, y.text) : compare_names(x.text, y.text) == 0;
}

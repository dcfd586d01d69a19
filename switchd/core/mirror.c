/* SPDX-License-Identifier: ISC */
#include "core/mirror.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- lists of names ---- */

bool mirror_next_name(const char **at, const char **name, size_t *len)
{
	const char *p = *at;

	if (!*p)
		return false;
	*name = p;
	*len = strcspn(p, ",");
	*at = p + *len + (p[*len] == ',');
	return true;
}

int mirror_check_list(const char *value, struct err *e)
{
	const char *at = value, *name;
	char one[NAME_SIZE];
	size_t len;

	while (mirror_next_name(&at, &name, &len)) {
		if (len < sizeof(one)) {
			memcpy(one, name, len);
			one[len] = '\0';
		}
		if (len >= sizeof(one) || name_check(one, e))
			return err_set(
				e, EINVAL,
				"found \"%s\", allowed are names of ports with commas between, "
				"or all; \"%.*s\" is no name",
				value, (int)len, name);
	}
	if (strcmp(value, "none") ==
	    0) /* which would silence the port, for one that is called so */
		return err_set(
			e, EINVAL,
			"found \"none\"; an empty text, or `default` to swctl, makes it a port "
			"like others");
	if (value[0] && value[strlen(value) - 1] == ',')
		return err_set(e, EINVAL, "found \"%s\", which has a comma at its end", value);
	return 0;
}

bool mirror_lists(const char *list, const char *port)
{
	const char *name;
	size_t len;

	if (strcmp(list, "all") == 0)
		return true;
	while (mirror_next_name(&list, &name, &len))
		if (strncmp(name, port, len) == 0 && port[len] == '\0')
			return true;
	return false;
}

/* ---- who is shown where ---- */

static bool shows_direction(const struct sw_port_set *set, bool out)
{
	return strcmp(set->mirror_direction, out ? "rx" : "tx") != 0;
}

bool mirror_wants(const struct sw_port *monitor, const struct sw_port *of, bool out, unsigned vid)
{
	const struct sw_port_set *set = &monitor->set;

	return monitor->carrier && monitor->shut == SHUT_NOT &&
	       portset_has(&monitor->shows, of->index) && shows_direction(set, out) &&
	       (vidset_empty(&set->mirror_vlans) || vidset_has(&set->mirror_vlans, vid));
}

static void show(struct sw *sw, struct sw_port *monitor, struct sw_port *p)
{
	if (!mirror_lists(monitor->set.mirror, p->name))
		return;
	portset_add(&monitor->shows, p->index);
	if (shows_direction(&monitor->set, false))
		p->mirrored |= MIRROR_RX;
	if (shows_direction(&monitor->set, true))
		p->mirrored |= MIRROR_TX;
	sw->mirrored |= (p->mirrored & MIRROR_TX) != 0;
}

static void forget(struct sw *sw)
{
	portset_clear(&sw->monitors, PORTSET_WORDS);
	sw->mirrored = false;
	sw_foreach_port (i, sw) {
		sw->port[i]->mirrored = 0;
		portset_clear(&sw->port[i]->shows, PORTSET_WORDS);
	}
}

void mirror_update(struct sw *sw)
{
	forget(sw);
	sw_foreach_port (i, sw)
		if (mirror_is_monitor(&sw->port[i]->set))
			portset_add(&sw->monitors, i);
	portset_foreach (m, &sw->monitors, sw->words)
		sw_foreach_port (i, sw)
			if (!portset_has(&sw->monitors, i))
				show(sw, sw->port[m], sw->port[i]);
}

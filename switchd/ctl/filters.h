/* SPDX-License-Identifier: ISC */
/*
 * filters.h - the filters of a configuration, made before anything of it is carried out: port/filter.h.
 *
 * What no table of options can tell, libpcap does: is that an expression?  So these come behind
 * config_parse(), and port_cfg_check(), wherever a configuration or a port's settings are judged.  They take their time
 * and are for a thread.
 */
#ifndef CTL_FILTERS_H
#define CTL_FILTERS_H

#include "ctl/config.h"
#include "port/filter.h"

/*
 * Makes those of the port that are not there yet.  On an error e->path begins at the port: "filter_in".  What was
 * made before it stays until the next sweep.
 */
int filters_of_port(const struct port_cfg *p, struct filters *fs, struct err *e);

/* Are they there, so that this takes no time? */
bool filters_are_there(const struct port_cfg *p, const struct filters *fs);

/* The same for all ports, after a sweep; e->path is whole: "switches.sw0.ports.h1.filter_in". */
int filters_of_config(const struct config *c, struct filters *fs, struct err *e);

/* config_load() and this; also for the file's name in e. */
int filters_load(const char *path, struct config *c, struct filters *fs, struct err *e);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * config_impl.h - what the files that read a configuration share; nobody else includes it.  An error is filled in
 * where it is found, and each level on the way out puts its key in front of the path.
 */
#ifndef CTL_CONFIG_IMPL_H
#define CTL_CONFIG_IMPL_H

#include "ctl/config.h"

/* Is v an object?  `what` is what to write instead, behind "allowed is an object". */
int config_want_object(const json_t *v, const char *what, struct err *e);

/*
 * Reads each entry of an array with parse(); NULL: there is none.  `example` is how the array is written.  An error
 * says which entry it is in.
 */
int config_each(const json_t *array, const char *example,
		int (*parse)(const json_t *entry, struct switch_cfg *s, struct err *e),
		struct switch_cfg *s, struct err *e);

/* "macs" of a switch whose ports and settings are read already; NULL: it has none. */
int config_parse_macs(const json_t *macs, struct switch_cfg *s, struct err *e);

/* The same with "bindings". */
int config_parse_bindings(const json_t *bindings, struct switch_cfg *s, struct err *e);

/* The same with "groups". */
int config_parse_groups(const json_t *groups, struct switch_cfg *s, struct err *e);

#endif

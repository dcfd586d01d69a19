/* SPDX-License-Identifier: ISC */
/*
 * schema.h - the JSON Schema of the configuration file, made from the option tables.
 */
#ifndef CTL_SCHEMA_H
#define CTL_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "port/options.h"

/* JSON Schema, draft 7; a new reference.  config/switchd.schema.json is this, and a test says so.
 */
json_t *schema_make(void);

/*
 * Parts of it, new references, for schemas of files that have settings of switches and ports in them: of one setting;
 * of an object of those `properties` and no other, which it eats; of a switch, with or without its ports; the keys that
 * a port of this kind has to have.
 */
json_t *schema_option(const struct opt *o);
json_t *schema_object(json_t *properties);
json_t *schema_switch(bool ports);
json_t *schema_required(const struct port_type *type);

/* Puts each setting of a table into `properties`. */
void schema_add_options(json_t *properties, const struct opt *table);

#endif

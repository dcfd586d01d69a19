/* SPDX-License-Identifier: ISC */
/*
 * schema.h - the JSON Schema of the configuration file, made from the option tables.
 */
#ifndef CTL_SCHEMA_H
#define CTL_SCHEMA_H

#include <jansson.h>

/* JSON Schema, draft 7; a new reference.  config/switchd.schema.json is this, and a test says so.
 */
json_t *schema_make(void);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * check_lab.h - the lab that the tests of checks are about.
 *
 * Inline, because what unit tests share is linked without jansson.
 */
#ifndef UNIT_CHECK_LAB_H
#define UNIT_CHECK_LAB_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lab/model.h"

/* A JSON text with ' for ". */
static inline json_t *quoted_json(const char *text)
{
	char *q = strdup(text);
	json_t *v;

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	v = json_loads(q, JSON_DECODE_ANY, NULL);
	if (!v)
		fail_msg("no JSON: %s", q);
	free(q);
	return v;
}

/* h1 and h3 at sw1, h2 and h4 at sw2, a link between the two, a VM. */
static inline void check_lab(struct lab *lab)
{
	json_t *v = quoted_json(
		"{'name': 'x',"
		"'switches': {'sw1': {'vlan_aware': true}, 'sw2': {'vlan_aware': true}},"
		"'hosts': {'h{1..4}': {'addresses': ['10.0.0.{1..4}/24']}},"
		"'vms': {'vm1': {'kernel': '/vmlinuz'}},"
		"'links': [{'between': ['h1', 'sw1']}, {'between': ['h3', 'sw1']},"
		"{'between': ['h2', 'sw2']}, {'between': ['h4', 'sw2']},"
		"{'between': ['vm1', 'sw1']}, {'between': ['sw1', 'sw2']}]}");
	char *text = json_dumps(v, JSON_INDENT(1));
	struct fail f = {0};

	assert_non_null(text);
	if (lab_parse("labs/x.json", text, strlen(text), lab, &f))
		fail_msg("%s", f.text);
	free(text);
	json_decref(v);
}

#endif

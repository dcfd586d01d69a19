/* SPDX-License-Identifier: ISC */
#include "lab_text.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

char *lab_text_quoted(const char *text)
{
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return q;
}

int lab_text_parse(const char *text, struct lab *lab, struct fail *f)
{
	char *q = lab_text_quoted(text);
	int rc;

	memset(lab, 0x5a, sizeof(*lab)); /* lab_parse() starts from nothing */
	memset(f, 0, sizeof(*f));
	rc = lab_parse("labs/x.json", q, strlen(q), lab, f);
	free(q);
	return rc;
}

void lab_text_takes(const char *text, struct lab *lab)
{
	struct fail f;

	if (lab_text_parse(text, lab, &f))
		fail_msg("%s\n%s", text, f.text);
}

/* SPDX-License-Identifier: ISC */
/* lab_text.h - lab files in tests: texts with ' for ", which are called labs/x.json. */
#ifndef UNIT_LAB_TEXT_H
#define UNIT_LAB_TEXT_H

#include "lab/model.h"

/* The text with " for '; to be freed. */
char *lab_text_quoted(const char *text);

/* As lab_parse(). */
int lab_text_parse(const char *text, struct lab *lab, struct fail *f);

/* The same of one that has to be taken: the test fails where it is not. */
void lab_text_takes(const char *text, struct lab *lab);

#endif

/* SPDX-License-Identifier: ISC */
#include "lab/argv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* Takes over the word. */
static void append(struct argv *a, char *word)
{
	a->word = need(realloc(a->word, (a->n + 2) * sizeof(*a->word)));
	a->word[a->n++] = need(word);
	a->word[a->n] = NULL;
}

void argv_add(struct argv *a, const char *fmt, ...)
{
	va_list ap;
	char *word;

	va_start(ap, fmt);
	if (vasprintf(&word, fmt, ap) < 0)
		word = NULL;
	va_end(ap);
	append(a, word);
}

void argv_add_all(struct argv *a, const char *const *words)
{
	for (; *words; words++)
		append(a, strdup(*words));
}

void argv_free(struct argv *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->word[i]);
	free(a->word);
	*a = (struct argv){.n = 0};
}

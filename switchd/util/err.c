/* SPDX-License-Identifier: ISC */
#include "util/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	text_clean(e->text);
	return -code;
}

void err_at(struct err *e, const char *prefix)
{
	char old[ERR_PATH_MAX];

	if (!e)
		return;
	memcpy(old, e->path, sizeof(old));
	/* "macs" before "[3].port" takes no dot: "macs[3].port" */
	const char *dot = (old[0] && old[0] != '[') ? "." : "";
	if (snprintf(e->path, sizeof(e->path), "%s%s%s", prefix, dot, old) >= ERR_PATH_MAX)
		memcpy(e->path + ERR_PATH_MAX - 4, "...", 4); /* a cut path is still a hint */
	text_clean(e->path);
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;

	if (!e)
		return;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(e->text))
		return;
	if (snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %s", old) >= ERR_TEXT_MAX - n)
		memcpy(e->text + ERR_TEXT_MAX - 4, "...", 4);
	text_clean(e->text);
}

const char *err_str(const struct err *e, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", e->path, e->path[0] ? ": " : "", e->text);
	return out;
}

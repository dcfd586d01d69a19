/* SPDX-License-Identifier: ISC */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "js.h"
#include "text.h"

void *need(void *p)
{
	if (!p) {
		fputs("swctl: out of memory\n", stderr);
		exit(STATUS_REFUSED);
	}
	return p;
}

void fail_clear(struct fail *f)
{
	json_decref(f->data);
	memset(f, 0, sizeof(*f));
}

int fail_set(struct fail *f, int status, const char *fmt, ...)
{
	va_list ap;

	fail_clear(f);
	f->status = status;
	f->code = status;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return status;
}

void fail_hint(struct fail *f, const char *fmt, ...)
{
	size_t len = strlen(f->hint);
	va_list ap;

	if (len && len + 1 < sizeof(f->hint))
		f->hint[len++] = '\n';
	va_start(ap, fmt);
	vsnprintf(f->hint + len, sizeof(f->hint) - len, fmt, ap);
	va_end(ap);
}

int fail_from_daemon(struct fail *f, const json_t *error)
{
	const char *message = js_str(error, "message");

	fail_set(f, STATUS_REFUSED, "%s", *message ? message : "switchd refused, without a reason");
	f->code = js_int(error, "code");
	f->data = json_incref(json_object_get(error, "data"));
	if (f->code == CODE_METHOD_NOT_FOUND)
		fail_hint(f, "the running switchd is of another version than this swctl: "
			     "compare with `swctl version`");
	return STATUS_REFUSED;
}

static void report_json(const struct fail *f)
{
	json_t *error = need(json_pack("{s:I, s:s}", "code", f->code, "message", f->text));
	json_t *all;
	char *text;

	if (f->data)
		json_object_set(error, "data", f->data);
	else if (*f->hint)
		json_object_set_new(error, "data", json_pack("{s:s}", "hint", f->hint));
	all = need(json_pack("{s:o}", "error", error));
	text = need(json_dumps(all, JSON_COMPACT | JSON_ENSURE_ASCII));
	fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(all);
}

static void tell_hint(const char *hint)
{
	while (*hint) {
		size_t len = strcspn(hint, "\n");
		char *line = need(strndup(hint, len));

		text_line(stderr, "  %s", line);
		free(line);
		hint += len + (hint[len] == '\n');
	}
}

int fail_report(const struct fail *f, const char *file, bool json)
{
	const char *path = js_str(f->data, "path");

	if (f->status == STATUS_OK)
		return STATUS_OK;
	if (json) {
		report_json(f);
		return f->status;
	}
	/* "port: there is no port ..." says it twice, as does a text that begins with its place */
	if (strncmp(f->text, path, strlen(path)) == 0 ||
	    (!file && (f->code == CODE_NOT_FOUND || f->code == CODE_EXISTS)))
		path = "";
	text_line(stderr, "swctl: %s%s%s%s%s", file ? file : "", file ? ": " : "", path,
		  *path ? ": " : "", f->text);
	tell_hint(f->hint);
	return f->status;
}

/* SPDX-License-Identifier: ISC */
/*
 * check_command.c - a command in a host: how it ends, and what it writes.
 */
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"

enum { WAIT_US = 10000000, PATIENCE_S = 5, SHOWN = 300 };

static const struct check_field fields[] = {
	{.name = "host",
	 .type = FIELD_HOST,
	 .off = FIELD(host),
	 .required = true,
	 .help = "the host it is run in"},
	{.name = "run",
	 .type = FIELD_TEXT,
	 .off = FIELD(run),
	 .required = true,
	 .help = "the command, for sh -c"},
	{.name = "status",
	 .type = FIELD_NUMBER,
	 .off = FIELD(status),
	 .max = 255,
	 .help = "its exit status; default 0, or any where \"output\" is given"},
	{.name = "output",
	 .type = FIELD_REGEX,
	 .off = FIELD(output),
	 .help = "an extended regular expression that a line of what it writes matches"},
	{.name = "timeout",
	 .type = FIELD_TIME,
	 .off = FIELD(wait_us),
	 .min = 100000,
	 .max = 600000000,
	 .help = "how long it may take; default 10s"},
	FIELD_END,
};

static int complete(struct check *c, const struct lab *lab, struct fail *f)
{
	(void)lab;
	(void)f;
	if (c->wait_us < 0)
		c->wait_us = WAIT_US;
	if (c->status < 0 && !c->output)
		c->status = 0;
	return 0;
}

static char *describe(const struct check *c)
{
	char status[48] = "";

	if (c->status > 0)
		snprintf(status, sizeof(status), " ending with %" PRId64, c->status);
	return text_format("`%s` in %s %s%s%s%s%s", c->run, c->host,
			   c->output   ? c->expect ? "writes" : "does not write"
			   : c->expect ? "succeeds"
				       : "fails",
			   c->output ? " \"" : "", c->output ? c->output : "",
			   c->output ? "\"" : "", status);
}

/* Lines are matched as grep does: ^ and $ are those of lines. */
static bool matches(const char *regex, const char *text)
{
	regex_t r;
	bool found;

	if (regcomp(&r, regex, REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0)
		return false; /* it was compiled when the file was read */
	found = regexec(&r, text, 0, NULL, 0) == 0;
	regfree(&r);
	return found;
}

/* The end of what it wrote: errors come last. */
static void show_output(const char *output, bool cut, struct check_result *r)
{
	size_t len = strlen(output);

	while (len && output[len - 1] == '\n')
		len--;
	if (!len) {
		because(r, "it wrote nothing");
		return;
	}
	const char *from = output + (len > SHOWN ? len - SHOWN : 0), *line;
	/* whole lines, where there are any, else at least no half character */
	line = from > output ? memchr(from, '\n', len - (size_t)(from - output)) : NULL;
	if (line)
		from = line + 1;
	while (((unsigned char)*from & 0xc0) == 0x80)
		from++;
	because(r, "it wrote%s: %s%.*s", cut ? " more than is read" : "",
		from > output ? "..." : "", (int)(output + len - from), from);
}

static int try(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r, bool *holds, struct fail *f)
{
	struct probe p = {.host = c->host, .fn = probe_command};
	char took[TIME_TEXT];
	int rc;

	(void)lab;
	p.in = need(json_pack("{s:s, s:I}", "run", c->run, "wait_us", (json_int_t)c->wait_us));
	p.patience = PATIENCE_S + (double)c->wait_us / 1e6;
	rc = probe_ask(env, &p);
	if (rc == 0) {
		const char *output = js_str(p.out, "output");
		json_int_t status = js_int(p.out, "status");
		bool late = js_true(p.out, "late"),
		     match = !c->output || matches(c->output, output);

		*holds = !late && match && (c->status < 0 || status == c->status);
		if (late)
			observe(r, "it had not ended after %s", time_text(c->wait_us, took));
		else
			observe(r, "exit status %" JSON_INTEGER_FORMAT "%s%s", status,
				c->output ? ", and the output " : "",
				!c->output ? ""
				: match	   ? "matches"
					   : "does not match");
		if (*holds != c->expect)
			show_output(output, js_true(p.out, "cut"), r);
	}
	*f = p.fail;
	memset(&p.fail, 0, sizeof(p.fail));
	probe_end(&p);
	return rc;
}

const struct check_kind check_command = {
	.name = "command",
	.help = "how a command in a host ends, and what it writes",
	.fields = fields,
	.complete = complete,
	.describe = describe,
	.try = try,
};

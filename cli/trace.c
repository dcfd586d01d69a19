/* SPDX-License-Identifier: ISC */
/* trace.c - "trace": where a frame comes from, by fields, in hex or in a capture file, and asking about it. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "trace_file.h"
#include "util/hex.h"

enum { TEXT_MAX = 4 * FRAME_MAX }; /* of a frame in hex, with what may stand between */

/* The options of which one says what the frame is, and those that make one. */
static const char *const sources[] = {"hex", "hex-file", "pcap"};
static const char *const fields[] = {"src", "dst", "vlan", "pcp", "ethertype", "ip",
				     "tcp", "udp", "icmp", "arp", "len",       "gso"};

static bool is_given(const struct ctx *ctx, const char *name)
{
	return args_flag(&ctx->args, name);
}

/* Which of the sources; NULL: fields.  Two of them, or a source and fields, are too many: *twice. */
static const char *source_of(const struct ctx *ctx, const char **twice)
{
	const char *found = NULL;

	*twice = NULL;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!is_given(ctx, sources[i]))
			continue;
		if (found)
			*twice = sources[i];
		found = sources[i];
	}
	for (size_t i = 0; found && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (is_given(ctx, fields[i]))
			*twice = fields[i];
	return found;
}

static int read_hex_file(struct ctx *ctx, const char *path, struct trace_frame *t)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	char *text;
	size_t n;
	int rc;

	if (!f)
		return fail_set(&ctx->fail, STATUS_USAGE, "cannot open %s: %s", path,
				strerror(errno));
	text = need(malloc(TEXT_MAX + 1));
	n = fread(text, 1, TEXT_MAX, f);
	text[n] = '\0';
	if (ferror(f))
		rc = fail_set(&ctx->fail, STATUS_USAGE, "cannot read %s: %s", path,
			      strerror(errno));
	else if (strlen(text) != n)
		rc = fail_set(&ctx->fail, STATUS_USAGE, "%s: this is no text", path);
	else if (n == TEXT_MAX)
		rc = fail_set(&ctx->fail, STATUS_USAGE, "%s: that is too long for a frame", path);
	else
		rc = trace_read_hex(ctx, text, t);
	if (!standard)
		fclose(f);
	free(text);
	return rc;
}

static int read_packet(struct ctx *ctx, const char *path, const struct trace_packet *p,
		       struct trace_frame *t)
{
	if (p->caplen < p->len)
		return fail_set(&ctx->fail, STATUS_REFUSED,
				"%s: of that frame %zu of %zu bytes were captured", path, p->caplen,
				p->len);
	if (p->caplen > FRAME_MAX)
		return fail_set(&ctx->fail, STATUS_REFUSED, "%s: more than %d bytes: no frame",
				path, FRAME_MAX);
	memset(t, 0, sizeof(*t));
	memcpy(trace_bytes(t), p->data, p->caplen);
	t->len = p->caplen;
	return 0;
}

static int read_capture(struct ctx *ctx, const char *path, struct trace_frame *t)
{
	const char *which = args_value(&ctx->args, "frame");
	unsigned long want = which ? strtoul(which, NULL, 10) : 1, n = 0;
	struct trace_file *file = trace_file_open(ctx, path);
	struct trace_packet p;
	int rc;

	if (!file)
		return ctx->fail.status;
	while ((rc = trace_file_next(ctx, file, &p)) == 1 && ++n < want)
		;
	if (rc == 1)
		rc = read_packet(ctx, path, &p, t);
	else if (rc == 0)
		rc = fail_set(&ctx->fail, STATUS_REFUSED, "%s: there are only %lu frames", path, n);
	else
		rc = ctx->fail.status;
	trace_file_close(file);
	return rc;
}

static int read_frame(struct ctx *ctx, struct trace_frame *t)
{
	const char *twice, *source = source_of(ctx, &twice);
	const char *value = source ? args_value(&ctx->args, source) : NULL;

	if (twice)
		return fail_set(&ctx->fail, STATUS_USAGE,
				"--%s and --%s: the frame is said in one way", source, twice);
	if (is_given(ctx, "frame") && (!source || strcmp(source, "pcap") != 0))
		return fail_set(&ctx->fail, STATUS_USAGE, "--frame says which of --pcap FILE");
	if (!source)
		return trace_make(ctx, t);
	if (strcmp(source, "hex") == 0)
		return trace_read_hex(ctx, value, t);
	if (strcmp(source, "hex-file") == 0)
		return read_hex_file(ctx, value, t);
	return read_capture(ctx, value, t);
}

static json_t *hex_of(const uint8_t *bytes, size_t len)
{
	char *text = need(malloc(2 * len + 1));
	json_t *v = need(json_string(hex_write(bytes, len, text)));

	free(text);
	return v;
}

int trace_run(struct ctx *ctx)
{
	struct trace_frame *t = need(malloc(sizeof(*t)));
	const char *in = args_value(&ctx->args, "in"), *sw = args_value(&ctx->args, "switch");
	json_t *params, *answer;

	if (!in)
		fail_set(&ctx->fail, STATUS_USAGE,
			 "trace needs --in PORT: where the frame comes in");
	if (!in || read_frame(ctx, t)) {
		free(t);
		return ctx_fail(ctx);
	}
	params = need(json_pack("{s:s, s:o}", "port", in, "frame", hex_of(trace_bytes(t), t->len)));
	if (sw)
		json_object_set_new(params, "switch", json_string(sw));
	if (t->owes)
		json_object_set_new(params, "vnet", hex_of(t->area, VNET_HDR_SIZE));
	free(t);
	answer = ctx_call(ctx, "switch.trace", params);
	if (!answer)
		return ctx_fail(ctx);
	if (ctx->json)
		ctx_json(ctx, answer);
	else
		trace_show(ctx, answer);
	json_decref(answer);
	return STATUS_OK;
}

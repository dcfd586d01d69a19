/* SPDX-License-Identifier: ISC */
/*
 * replay.c - "replay": a capture through the switches of a configuration, without a daemon and without devices.
 *
 * The switches are ctl/replay.h's; here frames are taken from the file, told of and summed up.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/drop.h"
#include "ctl/tracing.h"
#include "ctl/tracing_text.h"
#include "replay.h"
#include "show.h"
#include "trace.h"
#include "trace_file.h"
#include "util/mac.h"

enum {
	SETTLE_S = 60, /* a spanning tree has then decided */
	SETTLE_MAX_S = 100000,
	TIME_WIDTH = 13,
};

/* ---- one frame ---- */

static json_t *out_names(const struct replay_verdict *v)
{
	json_t *names = need(json_array());

	portset_foreach (i, &v->x->out, v->sw->words)
		json_array_append_new(names, json_string(v->sw->port[i]->name));
	return names;
}

static json_t *brief_json(const struct run *r, const struct replay_verdict *v)
{
	char mac[MAC_STR_SIZE];
	enum drop drop = explain_drop(v->x);
	json_t *o = need(json_pack(
		"{s:I, s:f, s:b, s:s, s:s, s:I, s:s, s:i, s:o}", "n", (json_int_t)r->n, "time",
		(double)(r->time_ns - r->first_ns) / 1e9, "crossed", (int)v->crossed, "switch",
		v->sw->name, "port", v->in->name, "len", (json_int_t)v->f->len, "fate",
		tracing_fate(v->x), "vlan", (int)v->x->v.vid, "out", out_names(v)));

	if (v->f->len >= FRAME_MIN) {
		json_object_set_new(o, "src",
				    json_string(mac_format(mac_load(v->f->data + 6), mac)));
		json_object_set_new(o, "dst", json_string(mac_format(mac_load(v->f->data), mac)));
	}
	if (drop != DROP_NONE)
		json_object_set_new(o, "drop", json_string(drop_name(drop)));
	return o;
}

static void print_json(struct run *r, const struct replay_verdict *v)
{
	json_t *o = brief_json(r, v);

	if (r->verbose)
		json_object_set_new(o, "trace", need(tracing_json(v->sw, v->in, v->f, v->x, NULL)));
	ctx_json(r->ctx, o);
	json_decref(o);
}

/* "02:...:01 > ff:...:ff vlan 10"; to be freed. */
static char *addresses(const struct replay_verdict *v)
{
	char src[MAC_STR_SIZE], dst[MAC_STR_SIZE];

	if (v->f->len < FRAME_MIN)
		return text_format("%zu bytes", v->f->len);
	mac_format(mac_load(v->f->data + 6), src);
	mac_format(mac_load(v->f->data), dst);
	if (v->x->v.vid)
		return text_format("%s > %s vlan %u", src, dst, v->x->v.vid);
	return text_format("%s > %s", src, dst);
}

/* What trace_brief() says, of a verdict: most frames are told of in this line alone.  To be freed. */
static char *fate_of(const struct replay_verdict *v)
{
	enum drop drop = explain_drop(v->x);
	json_t *names;
	char *list, *text;

	if (drop != DROP_NONE)
		return text_format("dropped, %s", drop_name(drop));
	if (v->x->v.route == ROUTE_HERE)
		return text_format("heard by %s", tracing_trap_name(v->x->v.trap));
	names = out_names(v);
	list = js_join(names, ", ");
	text = text_format("forwarded to %s", list);
	json_decref(names);
	free(list);
	return text;
}

static void print_trace(struct run *r, const struct replay_verdict *v)
{
	json_t *trace = need(tracing_json(v->sw, v->in, v->f, v->x, NULL));

	trace_show(r->ctx, trace);
	fputc('\n', r->ctx->out);
	json_decref(trace);
}

static void print_line(struct run *r, const struct replay_verdict *v)
{
	uint64_t us = (r->time_ns - r->first_ns) / 1000;
	char *who = addresses(v), *fate = fate_of(v);
	bool several = replay_switch(r->replay, 1);
	char *line = text_format("%5" PRIu64 ".%06" PRIu64 " %s%s%s%s %s: %s", us / 1000000,
				 us % 1000000, v->crossed ? "  " : "", several ? v->sw->name : "",
				 several ? "/" : "", v->in->name, who, fate);
	char *safe = text_safe(line);

	text_wrap(r->ctx->out, safe, TIME_WIDTH, r->ctx->term.width);
	if (r->verbose)
		print_trace(r, v);
	free(safe);
	free(line);
	free(fate);
	free(who);
}

static void on_verdict(struct replay_sink *sink, const struct replay_verdict *v)
{
	struct run *r = (struct run *)sink;

	if (explain_drop(v->x) != DROP_NONE)
		r->dropped++;
	else if (v->x->v.route == ROUTE_HERE)
		r->heard++;
	else
		r->forwarded++;
	r->crossed += v->crossed;
	if (r->ctx->json)
		print_json(r, v);
	else
		print_line(r, v);
}

/* A frame of an interface that is no port is left out, and told of at the end. */
static void note_stranger(struct run *r, const char *name, bool several)
{
	r->strange++;
	for (size_t i = 0; i < r->strangers; i++)
		if (strcmp(r->stranger[i].name, name) == 0) {
			r->stranger[i].frames++;
			return;
		}
	if (r->strangers == STRANGERS_MAX)
		return;
	snprintf(r->stranger[r->strangers].name, sizeof(r->stranger[0].name), "%s", name);
	r->stranger[r->strangers].several = several;
	r->stranger[r->strangers++].frames = 1;
}

/* Which port the frame came in on; NULL with *e: none of the configuration's, or (EINVAL) one of several switches. */
static struct sw_port *port_of_packet(struct run *r, const struct trace_packet *p, struct err *e)
{
	static const char extcap[] =
		"switchd:"; /* so are interfaces called that Wireshark captures on */
	const char *name = p->interface;

	if (r->in)
		return replay_port(r->replay, r->in, e);
	if (strncmp(name, extcap, sizeof(extcap) - 1) == 0)
		name += sizeof(extcap) - 1;
	return *name ? replay_port(r->replay, name, e) : NULL;
}

static void feed(struct run *r, const struct trace_packet *p)
{
	struct err e = {0};
	struct sw_port *in;

	if (r->n++ == 0)
		r->first_ns = p->time_ns;
	if (p->dir == PCAPNG_OUT) {
		r->outbound++;
		return;
	}
	if (p->caplen < p->len || p->caplen > FRAME_MAX) {
		r->cut_short += p->caplen < p->len;
		r->too_long += p->caplen >= p->len;
		return;
	}
	in = port_of_packet(r, p, &e);
	if (!in) {
		note_stranger(r, p->interface, e.code == EINVAL);
		return;
	}
	if (!r->all && !r->in && replay_is_patched(in)) {
		r->patched++;
		return;
	}
	if (p->time_ns > r->time_ns)
		r->time_ns = p->time_ns;
	if (r->time_ns < r->first_ns)
		r->time_ns = r->first_ns;
	r->back_in_time += p->time_ns < r->time_ns;
	(void)replay_frame(r->replay, in, p->data, p->caplen, (r->time_ns - r->first_ns) / 1000000,
			   &r->sink);
}

/* ---- the command ---- */

static int read_file(struct run *r, const char *path)
{
	struct trace_file *file = trace_file_open(r->ctx, path);
	struct trace_packet p;
	int rc;

	if (!file)
		return r->ctx->fail.status;
	while ((rc = trace_file_next(r->ctx, file, &p)) == 1)
		feed(r, &p);
	trace_file_close(file);
	if (rc < 0)
		return r->ctx->fail.status;
	if (r->strange && r->strange + r->outbound + r->cut_short + r->too_long == r->n) {
		fail_set(&r->ctx->fail, STATUS_REFUSED,
			 "no frame came in on a port of the configuration");
		fail_hint(
			&r->ctx->fail,
			r->stranger[0].several
				? "several switches have a port that is called as the interface is"
			: *r->stranger[0].name
				? "the file's interfaces are called otherwise"
				: "the file does not say on which interface frames were");
		fail_hint(&r->ctx->fail,
			  "--in PORT, or SWITCH/PORT, has all of them come in there");
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

static int settle_seconds(struct ctx *ctx, uint32_t *out)
{
	const char *value = args_value(&ctx->args, "settle");
	unsigned long v;
	char *end;

	*out = SETTLE_S;
	if (!value)
		return 0;
	v = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || v > SETTLE_MAX_S)
		return fail_set(&ctx->fail, STATUS_USAGE,
				"--settle \"%.60s\": allowed are seconds from 0 to %d", value,
				SETTLE_MAX_S);
	*out = (uint32_t)v;
	return 0;
}

static int replay_with(struct ctx *ctx, const struct config *c, uint32_t settle_s)
{
	struct run r = {
		.sink = {.verdict = on_verdict},
		.ctx = ctx,
		.in = args_value(&ctx->args, "in"),
		.verbose = args_flag(&ctx->args, "verbose"),
		.all = args_flag(&ctx->args, "all"),
	};
	struct err e = {0};
	int status;

	r.replay = replay_new(c, settle_s, &e);
	if (!r.replay) {
		config_name_file(args_value(&ctx->args, "config"), &e);
		return fail_set(&ctx->fail, STATUS_REFUSED, "%s", e.text);
	}
	if (r.in && !replay_port(r.replay, r.in, &e))
		status = fail_set(&ctx->fail, STATUS_REFUSED, "--in: %s", e.text);
	else
		status = read_file(&r, ctx->args.operands[0]);
	if (status == STATUS_OK || r.n)
		replay_summary(&r);
	replay_free(r.replay);
	return status;
}

/* Messages name the file they are about, which may be either of two. */
static int told(struct ctx *ctx)
{
	fflush(ctx->out);
	return fail_report(&ctx->fail, NULL, ctx->json);
}

int replay_run(struct ctx *ctx)
{
	const char *path = args_value(&ctx->args, "config");
	struct config c;
	struct err e = {0};
	uint32_t settle_s;
	int status;

	if (!path)
		fail_set(&ctx->fail, STATUS_USAGE, "replay needs --config FILE: whose switches?");
	if (!path || settle_seconds(ctx, &settle_s))
		return told(ctx);
	config_init(&c);
	if (config_load(path, &c, &e)) {
		fail_set(&ctx->fail, STATUS_REFUSED, "%s", e.text);
		return told(ctx);
	}
	status = replay_with(ctx, &c, settle_s);
	config_free(&c);
	return status == STATUS_OK ? STATUS_OK : told(ctx);
}

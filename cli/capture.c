/* SPDX-License-Identifier: ISC */
/*
 * capture.c - "capture": frames of the daemon's ports into files or a pipe, and who captures what.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "capture_file.h"
#include "capture_link.h"
#include "show.h"

/* ---- from the ring into the file ---- */

/* The interface of the frame's port, looked up once for each port. */
static struct capture_interface *interface_of(struct capture_job *job, struct known_port *port)
{
	if (!port->interface)
		port->interface = capture_file_interface(&job->file, port->name, &port->port);
	return port->interface;
}

/* Frames after which it is looked whether somebody wants an end: they may come for as long as we write. */
enum { AT_ONCE = 64, ALL = -1 };

/* Takes what is there into the file, `most` frames at most.  0, or a status with ctx->fail. */
static int take(struct capture_job *job, struct ctx *ctx, long most)
{
	const struct capture_names names = capture_link_names(&job->link);
	char comment[CAPTURE_COMMENT_SIZE];
	struct capture_frame f;
	struct known_port *port;
	int rc = STATUS_OK;

	for (; !rc && !job->file.gone && job->left && most; most -= most > 0) {
		switch (capture_link_next(&job->link, &f, &port)) {
		case CAPTURE_COMES_NOTHING:
			return capture_file_flush(&job->file, &ctx->fail);
		case CAPTURE_COMES_BROKEN:
			return fail_set(&ctx->fail, STATUS_UNREACHABLE,
					"what switchd at %s wrote cannot be read on",
					ctx->rpc.path);
		default:
			break;
		}
		capture_comment(&f, &names, comment, sizeof(comment));
		rc = capture_file_frame(&job->file, interface_of(job, port), &f, comment,
					&ctx->fail);
		job->left -= job->left > 0 && rc == 0;
	}
	return rc;
}

/* Until somebody or something ends it.  *hung_up: the daemon did. */
static int go_on(struct capture_job *job, struct ctx *ctx, bool *hung_up)
{
	double end = job->seconds > 0 ? capture_clock() + job->seconds : -1;
	enum capture_wake why = CAPTURE_WAKE_MORE;

	while (why == CAPTURE_WAKE_MORE && !job->file.gone) {
		int rc = take(job, ctx, AT_ONCE);

		if (rc)
			return rc;
		if (!job->left || (end >= 0 && capture_clock() >= end))
			break;
		why = capture_link_wait(&job->link, ctx, end);
	}
	*hung_up = why == CAPTURE_WAKE_HUNG_UP;
	return STATUS_OK;
}

/* What the daemon counted at ports of which no frame got through. */
static void note_lost(struct capture_job *job, const json_t *answer)
{
	json_t *p;
	size_t i;

	json_array_foreach (json_object_get(answer, "ports"), i, p) {
		struct capture_port port = {.type = ""};
		struct capture_interface *at;
		char name[sizeof(at->name)];

		if (!js_int(p, "lost"))
			continue;
		snprintf(port.sw, sizeof(port.sw), "%s", js_str(p, "switch"));
		snprintf(port.name, sizeof(port.name), "%s", js_str(p, "port"));
		capture_link_name(&job->link, &port, name, sizeof(name));
		at = capture_file_interface(&job->file, name, &port);
		at->seen = (uint64_t)js_int(p, "frames");
		at->lost = (uint64_t)js_int(p, "lost");
	}
}

/* The rest: what was written until the daemon stopped, and its counts. */
static int finish(struct capture_job *job, struct ctx *ctx, bool hung_up)
{
	json_t *answer = hung_up ? NULL : capture_link_stop(&job->link, ctx);
	/* without an answer more may come for ever */
	int rc = take(job, ctx, answer || hung_up ? ALL : AT_ONCE);

	job->lost = capture_reader_lost(&job->link.reader);
	if (answer) {
		job->lost = (uint64_t)js_int(answer, "lost");
		note_lost(job, answer);
	}
	json_decref(answer);
	if (!rc)
		rc = capture_file_close(&job->file, &ctx->fail);
	if (!rc && !answer)
		rc = hung_up ? fail_set(&ctx->fail, STATUS_UNREACHABLE,
					"switchd at %s closed the connection: it was stopped, or "
					"dropped this client",
					ctx->rpc.path)
			     : ctx->fail.status;
	return rc;
}

/* From now on nothing is missed.  Scripts wait for this line. */
static void tell_begun(const struct capture_job *job, const struct ctx *ctx)
{
	if (!job->tell)
		return;
	if (ctx->json)
		fprintf(stderr, "{\"capturing\":true}\n");
	else
		fprintf(stderr, "swctl: capturing; Ctrl-C ends it\n");
}

int capture_work(struct capture_job *job, struct ctx *ctx, json_t *params)
{
	bool hung_up = false;
	int rc = capture_link_open(&job->link, ctx, params);

	/* after the daemon has agreed: a slip of the fingers shall not empty a file */
	if (!rc)
		rc = capture_file_open(&job->file, &job->files, ctx->rpc.stop_fd, &ctx->fail);
	if (!rc) {
		tell_begun(job, ctx);
		rc = go_on(job, ctx, &hung_up);
	}
	if (!rc)
		rc = finish(job, ctx, hung_up);
	job->taken = job->file.frames;
	capture_file_free(&job->file);
	capture_link_close(&job->link);
	return rc;
}

int capture_into_pipe(const char *path, struct fail *f)
{
	int fd;

	/* shells have it ignored in the background; later it is heeded there, too */
	signal(SIGINT, SIG_DFL);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_set(f, STATUS_REFUSED, "cannot open the pipe %s: %s", path,
				strerror(errno));
	if (dup2(fd, STDOUT_FILENO) < 0)
		return fail_set(f, STATUS_REFUSED, "cannot use the pipe: %s", strerror(errno));
	close(fd);
	return STATUS_OK;
}

/* ---- the command ---- */

static bool is_pipe(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* "icmp or arp": the words behind the ports. */
static char *filter_words(const struct args *a)
{
	const char *first = a->operands[1];
	size_t from = a->n_words > 1 && a->operands[0] == a->words[1] ? 2 : 1;
	bool is_option = first && (from == a->n_words || first != a->words[from]);
	char *text = text_format("%s", is_option ? first : ""), *longer;

	for (size_t i = from; i < a->n_words; i++) {
		longer = text_format("%s%s%s", text, *text ? " " : "", a->words[i]);
		free(text);
		text = longer;
	}
	return text;
}

static uint64_t bytes_of(const struct args *a, const char *name)
{
	const char *value = args_value(a, name);

	return value ? args_bytes(value) : 0;
}

static unsigned count_of(const struct args *a, const char *name)
{
	const char *value = args_value(a, name);

	return value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

static double seconds_of(const struct args *a, const char *name)
{
	const char *value = args_value(a, name);

	return value ? args_seconds(value) : 0;
}

static json_t *params_of(struct ctx *ctx)
{
	const struct args *a = &ctx->args;
	json_t *params = ctx_params(ctx);
	char *filter = filter_words(a);

	if (*filter)
		json_object_set_new(params, "filter", js_typed(filter, strlen(filter)));
	if (args_value(a, "snaplen"))
		json_object_set_new(params, "snaplen",
				    json_integer((json_int_t)bytes_of(a, "snaplen")));
	if (args_value(a, "buffer"))
		json_object_set_new(
			params, "buffer_kib",
			json_integer((json_int_t)((bytes_of(a, "buffer") + 1023) / 1024)));
	free(filter);
	return params;
}

/* The daemon knows it in KiB, which is not what was typed. */
static int check_buffer(const struct args *a, struct fail *f)
{
	uint64_t bytes = bytes_of(a, "buffer");

	if (!args_value(a, "buffer") || (bytes >= CAPTURE_RING_MIN && bytes <= CAPTURE_RING_MAX))
		return STATUS_OK;
	return fail_set(f, STATUS_USAGE, "--buffer \"%s\": allowed are bytes from %uk to %uM",
			args_value(a, "buffer"), CAPTURE_RING_MIN >> 10, CAPTURE_RING_MAX >> 20);
}

/* Where frames go; a status where that makes no sense. */
static int read_files(const struct ctx *ctx, struct capture_files *how, struct fail *f)
{
	const struct args *a = &ctx->args;
	const char *path = args_value(a, "write");

	*how = (struct capture_files){
		.path = path && strcmp(path, "-") != 0 ? path : NULL,
		.size = bytes_of(a, "file-size"),
		.seconds = seconds_of(a, "file-seconds"),
		.keep = count_of(a, "ring-files"),
		.snaplen = (uint32_t)bytes_of(a, "snaplen"),
	};
	if (!how->path && (how->size || how->seconds > 0 || how->keep))
		return fail_set(f, STATUS_USAGE,
				"several files need a name to be made of: --write FILE");
	if (how->keep && !how->size && how->seconds <= 0)
		return fail_set(
			f, STATUS_USAGE,
			"--ring-files needs to know when a file is full: --file-size BYTES, "
			"--file-seconds SECONDS, or both");
	if (how->path && !how->size && how->seconds <= 0 && is_pipe(how->path)) {
		path = how->path;
		how->path = NULL;
		return capture_into_pipe(path, f);
	}
	if (how->path || !isatty(STDOUT_FILENO))
		return STATUS_OK;
	fail_set(f, STATUS_USAGE, "a capture is nothing that a terminal could show");
	fail_hint(f, "--write FILE writes it to a file");
	fail_hint(f, "swctl capture | wireshark -k -i -, or | tshark -r -, shows it");
	return STATUS_USAGE;
}

/* A filter in the place of the ports is a likely slip, and so are ports with blanks between. */
static void hint_words(struct ctx *ctx)
{
	const char *path = js_str(ctx->fail.data, "path");

	if (ctx->fail.code == CODE_NOT_FOUND && strcmp(path, "ports") == 0)
		fail_hint(&ctx->fail, "a filter stands behind the ports: swctl capture all %s",
			  args_value(&ctx->args, "ports"));
	else if (strcmp(path, "filter") == 0)
		fail_hint(&ctx->fail,
			  "ports stand before it, with commas between: swctl capture h1,h2 icmp");
}

static void tell(const struct ctx *ctx, const struct capture_job *job)
{
	if (ctx->json) {
		fprintf(stderr, "{\"frames\":%llu,\"lost\":%llu}\n", (unsigned long long)job->taken,
			(unsigned long long)job->lost);
		return;
	}
	fprintf(stderr, "swctl: %llu frame%s captured", (unsigned long long)job->taken,
		job->taken == 1 ? "" : "s");
	if (job->lost)
		fprintf(stderr,
			", %llu lost: what is written to did not keep up; a larger --buffer, a "
			"filter or a --snaplen helps",
			(unsigned long long)job->lost);
	fputc('\n', stderr);
}

int capture_run(struct ctx *ctx)
{
	const struct args *a = &ctx->args;
	struct capture_job job = {.seconds = seconds_of(a, "duration"), .tell = true};
	int rc;

	if (args_flag(a, "list"))
		return show_captures(ctx);
	job.left = args_value(a, "count") ? (long long)count_of(a, "count") : -1;
	if (check_buffer(a, &ctx->fail) || read_files(ctx, &job.files, &ctx->fail))
		return ctx_fail(ctx);
	ctx_catch_stop(ctx);
	if (job.files.path)
		ctx->rpc.out_fd = -1;
	signal(SIGPIPE, SIG_IGN); /* that nobody reads any more is how most captures end */
	signal(SIGXFSZ, SIG_IGN); /* a file of the size that ulimit -f allows is as a full disk */
	rc = capture_work(&job, ctx, params_of(ctx));
	if (rc)
		hint_words(ctx);
	if (!rc || job.taken)
		tell(ctx, &job);
	return rc ? ctx_fail(ctx) : STATUS_OK;
}

/* ---- who captures ---- */

static void add_row(struct table *t, const json_t *c)
{
	char number[HUMAN_SIZE], age[HUMAN_SIZE];

	table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(c, "pid"));
	table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(c, "uid"));
	table_cell(t, PLAIN, "%s", human_age(js_int(c, "seconds"), age));
	table_cell(t, PLAIN, "%s", js_str(c, "switch"));
	table_cell(t, PLAIN, "%s", js_str(c, "ports"));
	table_cell(t, PLAIN, "%s", js_str(c, "direction"));
	table_cell(t, PLAIN, "%s", js_str(c, "vlans"));
	table_cell(t, PLAIN, "%s", human_count(js_int(c, "frames"), number));
	table_cell(t, js_int(c, "lost") ? YELLOW : PLAIN, "%s",
		   human_count(js_int(c, "lost"), number));
	table_cell(t, PLAIN, "%s", js_str(c, "filter"));
}

int show_captures(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"PID", COL_RIGHT, 0},
		{"UID", COL_RIGHT, 6},
		{"SINCE", COL_RIGHT, 5},
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"PORTS", COL_SHORTEN, 0},
		{"FRAMES", 0, 0},
		{"VLANS", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"COUNT", COL_RIGHT, 0},
		{"LOST", COL_RIGHT, 0},
		{"FILTER", COL_HIDE_EMPTY | COL_WRAP, 0},
	};
	json_t *all = ctx_call(ctx, "capture.list", NULL), *rows, *c;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "captures");
	if (!show_simple(ctx, all, rows, "nobody captures")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

		json_array_foreach (rows, i, c)
			add_row(t, c);
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(all);
	return STATUS_OK;
}

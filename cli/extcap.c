/* SPDX-License-Identifier: ISC */
#include "extcap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "lab/state.h"
#include "show.h"
#include "util/words.h"

enum { ASK_S = 3 }; /* Wireshark waits for its list */

/*
 * In front of what is asked for, so that no device of the host is called the same: "switchd:sw0/h1", "switchd:sw0"; of a lab
 * "switchd-lab:NAME/sw0/h1".
 */
#define PREFIX	   "switchd:"
#define LAB_PREFIX "switchd-lab:"

struct extcap {
	bool interfaces, dlts, config, capture;
	const char *interface, *fifo, *capture_filter, *filter, *direction, *snaplen;
};

bool extcap_is_meant(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (argc > 0 && strcmp(slash ? slash + 1 : argv[0], EXTCAP_NAME) == 0)
		return true;
	return argc > 2 && strcmp(argv[1], "extcap") == 0 &&
	       (strncmp(argv[2], "--extcap-", 9) == 0 || strcmp(argv[2], "--capture") == 0);
}

/* "--name=value", or "--name" and then the value.  What is not known is left out: newer ones ask for more. */
static void read_options(struct extcap *x, int argc, char **argv)
{
	const struct {
		const char *name;
		bool *flag;
		const char **value;
	} options[] = {
		{"--extcap-interfaces", &x->interfaces, NULL},
		{"--extcap-dlts", &x->dlts, NULL},
		{"--extcap-config", &x->config, NULL},
		{"--capture", &x->capture, NULL},
		{"--extcap-interface", NULL, &x->interface},
		{"--extcap-capture-filter", NULL, &x->capture_filter},
		{"--fifo", NULL, &x->fifo},
		{"--filter", NULL, &x->filter},
		{"--direction", NULL, &x->direction},
		{"--snaplen", NULL, &x->snaplen},
	};

	for (int i = 1; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");

		for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
			if (strlen(options[k].name) != len ||
			    strncmp(options[k].name, argv[i], len) != 0)
				continue;
			if (options[k].flag)
				*options[k].flag = true;
			else if (argv[i][len])
				*options[k].value = argv[i] + len + 1;
			else if (i + 1 < argc)
				*options[k].value = argv[++i];
			break;
		}
	}
}

/* ---- what there is ---- */

/* A name that cannot be mistaken for the syntax of a list. */
static bool is_name(const char *s)
{
	struct err e;

	return name_check(s, &e) == 0;
}

/* `before` and `of` are what stands before their names, and behind them for people. */
static void list_ports(struct ctx *ctx, const char *before, const char *of)
{
	json_t *answer = ctx_call(ctx, "port.list", NULL), *p;
	size_t i;

	json_array_foreach (json_object_get(answer, "ports"), i, p) {
		const char *sw = js_str(p, "switch"), *port = js_str(p, "port");

		if (is_name(sw) && is_name(port))
			printf("interface {value=%s%s/%s}{display=switchd: port %s of switch "
			       "%s%s}\n",
			       before, sw, port, port, sw, of);
	}
	json_decref(answer);
}

/* No daemon is no failure: there are no interfaces then. */
static void list_switches(struct ctx *ctx, const char *before, const char *of)
{
	json_t *answer = ctx_call(ctx, "switch.list", NULL), *s;
	size_t i;

	json_array_foreach (json_object_get(answer, "switches"), i, s)
		if (is_name(js_str(s, "name")))
			printf("interface {value=%s%s}{display=switchd: all ports of switch "
			       "%s%s}\n",
			       before, js_str(s, "name"), js_str(s, "name"), of);
	if (answer)
		list_ports(ctx, before, of);
	json_decref(answer);
	fail_clear(&ctx->fail);
}

/* From now on the daemon of that lab is meant. */
static void turn_to_lab(struct ctx *ctx, const char *name)
{
	rpc_close(&ctx->rpc);
	ctx->rpc.path = state_socket(name, ctx->default_socket);
}

static int list_interfaces(struct ctx *ctx)
{
	json_t *labs = state_names(), *lab;
	size_t i;

	printf("extcap {version=" SWITCHD_VERSION "}{display=switchd}\n");
	list_switches(ctx, PREFIX, "");
	json_array_foreach (labs, i, lab) {
		char *before = text_format(LAB_PREFIX "%s/", json_string_value(lab));
		char *of = text_format(" in lab %s", json_string_value(lab));

		turn_to_lab(ctx, json_string_value(lab));
		list_switches(ctx, before, of);
		free(before);
		free(of);
	}
	json_decref(labs);
	return STATUS_OK;
}

static int list_dlts(void)
{
	printf("dlt {number=1}{name=EN10MB}{display=Ethernet}\n");
	return STATUS_OK;
}

static int list_config(void)
{
	static const char *const frames[][2] = {
		{"in", "received, with what was decided"},
		{"out", "sent, with the tags of the port"},
		{"both", "received and sent"},
		{"dropped", "only what was dropped, with the reason"},
		{"both,dropped", "received, sent and dropped"},
	};

	printf("arg {number=0}{call=--direction}{display=Frames}{type=selector}"
	       "{tooltip=Which frames of the port are shown}\n");
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		printf("value {arg=0}{value=%s}{display=%s}{default=%s}\n", frames[i][0],
		       frames[i][1], i == 0 ? "true" : "false");
	printf("arg {number=1}{call=--filter}{display=Filter}{type=string}"
	       "{tooltip=An expression of tcpdump, which the switch itself looks at}\n");
	printf("arg {number=2}{call=--snaplen}{display=Bytes of each frame}{type=unsigned}"
	       "{range=0,262144}{default=0}{tooltip=0 is all of them}\n");
	return STATUS_OK;
}

/* ---- captures ---- */

/* What of an interface's name is behind that of the daemon, which is turned to; NULL: it is none of ours. */
static const char *find_daemon(const char *name, struct ctx *ctx)
{
	const char *slash = strchr(name, '/');
	char lab[LAB_NAME_SIZE];
	size_t len;

	if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
		return name + strlen(PREFIX);
	if (strncmp(name, LAB_PREFIX, strlen(LAB_PREFIX)) != 0 || !slash)
		return NULL;
	name += strlen(LAB_PREFIX);
	len = (size_t)(slash - name);
	snprintf(lab, sizeof(lab), "%.*s", (int)len, name);
	if (strlen(lab) != len || !state_name_ok(lab))
		return NULL;
	turn_to_lab(ctx, lab);
	return slash + 1;
}

/* "switchd:sw0/h1" */
static int read_interface(const struct extcap *x, json_t *params, struct ctx *ctx)
{
	const char *name = x->interface ? x->interface : "", *slash;
	const char *of_daemon = find_daemon(name, ctx);

	if (!of_daemon)
		return fail_set(&ctx->fail, STATUS_USAGE,
				"there is no interface \"%.80s\"; they are called like " PREFIX
				"sw0/h1 or " LAB_PREFIX "NAME/sw0/h1",
				name);
	slash = strchr(of_daemon, '/');
	json_object_set_new(params, "switch", js_typed(of_daemon, strcspn(of_daemon, "/")));
	if (slash)
		json_object_set_new(params, "ports", js_typed(slash + 1, strlen(slash + 1)));
	return STATUS_OK;
}

/* Both that there may be. */
static void read_filter(const struct extcap *x, json_t *params)
{
	const char *a = x->capture_filter ? x->capture_filter : "", *b = x->filter ? x->filter : "";
	char *text = *a && *b ? text_format("(%s) and (%s)", a, b) : text_format("%s", *a ? a : b);

	if (*text)
		json_object_set_new(params, "filter", js_typed(text, strlen(text)));
	free(text);
}

static int read_params(const struct extcap *x, json_t *params, struct capture_job *job,
		       struct ctx *ctx)
{
	int rc = read_interface(x, params, ctx);

	if (rc)
		return rc;
	read_filter(x, params);
	if (x->direction && *x->direction)
		json_object_set_new(params, "direction",
				    js_typed(x->direction, strlen(x->direction)));
	job->files.snaplen = x->snaplen ? (uint32_t)strtoul(x->snaplen, NULL, 10) : 0;
	if (job->files.snaplen)
		json_object_set_new(params, "snaplen",
				    json_integer((json_int_t)job->files.snaplen));
	return STATUS_OK;
}

static int capture(const struct extcap *x, struct ctx *ctx)
{
	struct capture_job job = {.left = -1};
	json_t *params = need(json_object());
	int rc = read_params(x, params, &job, ctx);

	if (!rc)
		rc = x->fifo ? capture_into_pipe(x->fifo, &ctx->fail)
			     : fail_set(&ctx->fail, STATUS_USAGE,
					"--fifo PATH, where frames go, is needed for --capture");
	if (rc) {
		json_decref(params);
		return rc;
	}
	ctx_catch_stop(ctx);
	signal(SIGPIPE, SIG_IGN);
	rc = capture_work(&job, ctx, params);
	return rc == CAPTURE_STOPPED ? STATUS_OK : rc;
}

/* Is the filter one?  The daemon knows; a capture that ends at once does no harm. */
static int check_filter(const struct extcap *x, struct ctx *ctx)
{
	struct capture_job job = {.left = -1};
	json_t *params = need(json_object()), *answer;

	if (read_params(x, params, &job, ctx)) {
		json_decref(params);
		return ctx->fail.status;
	}
	json_object_set_new(params, "buffer_kib", json_integer(CAPTURE_RING_MIN >> 10));
	answer = ctx_call(ctx, "capture.start", params);
	if (!answer) /* Wireshark shows what is said on standard output */
		text_line(stdout, "%s", ctx->fail.text);
	json_decref(answer);
	return STATUS_OK;
}

static int run(const struct extcap *x, struct ctx *ctx)
{
	if (x->interfaces)
		return list_interfaces(ctx);
	if (x->dlts)
		return list_dlts();
	if (x->config)
		return list_config();
	if (x->capture)
		return capture(x, ctx);
	if (x->capture_filter)
		return check_filter(x, ctx);
	fail_set(&ctx->fail, STATUS_USAGE,
		 "this is called by Wireshark, in whose extcap folder it is");
	fail_hint(&ctx->fail, "tshark -D lists what it offers; swctl capture --help is for people");
	return STATUS_USAGE;
}

int extcap_main(int argc, char **argv)
{
	struct ctx ctx = {.out = stdout};
	struct extcap x = {.interfaces = false};
	int rc;

	read_options(&x, argc, argv);
	ctx_find_daemon(&ctx);
	ctx.rpc.timeout_s = ASK_S;
	rc = run(&x, &ctx);
	if (rc)
		rc = ctx_fail(&ctx);
	fail_clear(&ctx.fail);
	rpc_close(&ctx.rpc);
	return rc;
}

int extcap_run(struct ctx *ctx)
{
	text_line(ctx->out, "Wireshark calls this, as " EXTCAP_NAME
			    " in its extcap folder, to offer the ports of a running switchd.");
	text_line(ctx->out, "tshark -D lists them; tshark -i " PREFIX "sw0/h1 captures from one.");
	return STATUS_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * main.c - switchd: options, and the order in which things start and stop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ctl/apply.h"
#include "ctl/control.h"
#include "ctl/filters.h"
#include "ctl/where.h"
#include "ctl/schema.h"
#include "service.h"
#include "port/log.h"

#define DEFAULT_CONFIG SYSCONFDIR "/switchd/switchd.json"
#define DEFAULT_SWITCH "sw0"

enum { EXIT_USAGE = 2 };

struct options {
	const char *config; /* NULL = the default, if it is there */
	const char *socket;
	char default_socket[UNIX_PATH_SIZE];
	const char *check;
	const char *pidfile;
	const char *log_level;
	bool daemon;
	bool syslog;
	bool early_stderr; /* until it serves: whoever started it is still looking */
};

struct daemon {
	struct options opt;
	char *config_file;			  /* absolute, for reloading; NULL = none */
	char *absolute_socket, *absolute_pidfile; /* what opt's point to in the background */
	uv_loop_t loop;
	struct datapath dp;
	struct control control;
	uv_signal_t sigterm, sigint, sighup;
	int pidfile;
	/* what has been opened, in the order of opening */
	bool signals_open, hub_open, datapath_open, control_open;
};

/* ---- options ---- */

static const char usage[] =
	"usage: switchd [OPTION]...\n"
	"\n"
	"A virtual Ethernet switch: forwards frames between the taps plugged into it.\n"
	"\n"
	"  -c, --config FILE     configuration (default " DEFAULT_CONFIG ";\n"
	"                        without any, one switch called " DEFAULT_SWITCH " without ports)\n"
	"  -s, --socket PATH     control socket (default " SOCKET_OF_SYSTEM ",\n"
	"                        a plain user's: $XDG_RUNTIME_DIR/" SOCKET_OF_USER ")\n"
	"      --check FILE      say whether FILE is a valid configuration, and exit\n"
	"      --print-schema    print the JSON Schema of the configuration, and exit\n"
	"  -d, --daemon          go into the background when ready\n"
	"      --pidfile FILE    write the process id there\n"
	"      --log-level LEVEL error, warning, info or debug (default: as configured)\n"
	"      --log WHERE       stderr or syslog (default stderr, with --daemon syslog)\n"
	"  -h, --help            show this\n"
	"  -V, --version         show the version\n"
	"\n"
	"SIGHUP reads the configuration again and changes what differs; SIGTERM stops.\n"
	"\n"
	"Example: a switch, and a network card of it for the namespace h1\n"
	"    switchd --socket /tmp/lab.sock &\n"
	"    swctl --socket /tmp/lab.sock add port h1 --netns h1 --ifname eth0\n";

enum { OPT_CHECK = 256, OPT_SCHEMA, OPT_PIDFILE, OPT_LOG_LEVEL, OPT_LOG };

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"socket", required_argument, NULL, 's'},
	{"check", required_argument, NULL, OPT_CHECK},
	{"print-schema", no_argument, NULL, OPT_SCHEMA},
	{"daemon", no_argument, NULL, 'd'},
	{"pidfile", required_argument, NULL, OPT_PIDFILE},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"log", required_argument, NULL, OPT_LOG},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static void refuse(const char *what, const char *found, const char *allowed)
{
	fprintf(stderr, "switchd: %s: found \"%s\", allowed is one of: %s\n", what, found, allowed);
	exit(EXIT_USAGE);
}

static void print_schema(void)
{
	json_t *schema = schema_make();

	json_dumpf(schema, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(schema);
}

static void take_option(int c, struct options *o, bool *log_given)
{
	switch (c) {
	case 'c':
		o->config = optarg;
		break;
	case 's':
		o->socket = optarg;
		break;
	case 'd':
		o->daemon = true;
		break;
	case OPT_CHECK:
		o->check = optarg;
		break;
	case OPT_PIDFILE:
		o->pidfile = optarg;
		break;
	case OPT_LOG_LEVEL:
		if (log_level_find(optarg) < 0)
			refuse("--log-level", optarg, LOG_LEVEL_WORDS);
		o->log_level = optarg;
		break;
	case OPT_LOG:
		if (!word_in(optarg, "stderr syslog"))
			refuse("--log", optarg, "stderr syslog");
		o->syslog = strcmp(optarg, "syslog") == 0;
		*log_given = true;
		break;
	case OPT_SCHEMA:
		print_schema();
		exit(0);
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		printf("switchd %s\n", SWITCHD_VERSION);
		exit(0);
	default: /* getopt has said what is wrong */
		fputs("Try `switchd --help`.\n", stderr);
		exit(EXIT_USAGE);
	}
}

static void parse_options(int argc, char **argv, struct options *o)
{
	bool log_given = false;
	int c;

	o->socket = where_to_serve(o->default_socket);
	while ((c = getopt_long(argc, argv, "c:s:dhV", long_options, NULL)) != -1)
		take_option(c, o, &log_given);
	if (!o->socket[0]) {
		fprintf(stderr, "switchd: --socket: the path is empty\n");
		exit(EXIT_USAGE);
	}
	if (optind < argc) {
		fprintf(stderr,
			"switchd: unexpected \"%s\"; options begin with '-'\n"
			"Try `switchd --help`.\n",
			argv[optind]);
		exit(EXIT_USAGE);
	}
	if (o->daemon && !log_given)
		o->syslog = true;
	o->early_stderr = !log_given;
}

/* ---- configuration ---- */

static int fail(const struct err *e)
{
	char text[ERR_TEXT_MAX + ERR_PATH_MAX];

	log_error("%s", err_str(e, text, sizeof(text)));
	return EXIT_FAILURE;
}

static int check_file(const char *path)
{
	struct err e = {0};
	struct filters filters = {0};
	struct config c;
	size_t ports = 0;
	int rc = filters_load(path, &c, &filters, &e);

	filters_sweep(&filters);
	if (rc) {
		fprintf(stderr, "%s\n", e.text);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < c.switches; i++)
		ports += c.sw[i].ports;
	printf("%s: valid (switches: %zu, ports: %zu)\n", path, c.switches, ports);
	config_free(&c);
	return 0;
}

/* The file, or without any one empty switch. */
static int load_config(struct daemon *d, struct config *c, struct err *e)
{
	if (d->config_file)
		return filters_load(d->config_file, c, &d->dp.filters, e);
	config_init(c);
	return config_add_switch(c, DEFAULT_SWITCH) ? 0 : err_set(e, ENOMEM, "out of memory");
}

/* A relative name would mean another file once we have left the directory. */
static int find_config(struct daemon *d, struct err *e)
{
	const char *name = d->opt.config;

	if (!name && access(DEFAULT_CONFIG, F_OK) != 0)
		return 0;
	d->config_file = realpath(name ? name : DEFAULT_CONFIG, NULL);
	if (d->config_file)
		return 0;
	return err_set(e, errno, "cannot read the configuration %s: %s",
		       name ? name : DEFAULT_CONFIG, strerror(errno));
}

static int apply(struct daemon *d, const struct config *want, json_t **changes, struct err *e)
{
	int rc = control_apply(&d->control, want, NULL, changes, e);

	if (rc && d->config_file)
		config_name_file(d->config_file, e);
	return rc;
}

struct load_job {
	const char *file;
	struct config *config;
	struct filters *filters;
	struct err *e;
};

static int load_aside(void *arg)
{
	struct load_job *job = arg;

	return filters_load(job->file, job->config, job->filters, job->e);
}

static int forget_aside(void *arg)
{
	json_decref(arg);
	return 0;
}

static void reload(struct daemon *d)
{
	struct err e = {0};
	struct config want;
	json_t *changes = NULL;

	/* one may have been written since the start */
	if (!d->config_file && find_config(d, &e)) {
		fail(&e);
		return;
	}
	if (!d->config_file) {
		log_warning("SIGHUP: there is no configuration file to read; " DEFAULT_CONFIG
			    " is where one is looked for");
		return;
	}
	d->control.config_file = d->config_file;
	service_notify("RELOADING=1");
	struct load_job job = {d->config_file, &want, &d->dp.filters, &e};
	int rc = datapath_await(&d->dp, load_aside, &job);
	if (rc == 0) {
		rc = apply(d, &want, &changes, &e);
		config_free(&want);
	}
	if (rc == 0)
		log_info("read %s again; changes: %zu", d->config_file, json_array_size(changes));
	else
		fail(&e);
	(void)datapath_await(&d->dp, forget_aside, changes);
	service_notify("READY=1");
}

/* ---- starting and stopping ---- */

static void stop(struct daemon *d)
{
	service_notify("STOPPING=1");
	if (d->control_open)
		control_close(&d->control);
	if (d->datapath_open)
		datapath_close(&d->dp);
	filters_sweep(&d->dp.filters); /* made for ports that are gone, or never were */
	if (d->hub_open)
		hub_close(&d->control.hub);
	if (d->signals_open) {
		uv_close((uv_handle_t *)&d->sigterm, NULL);
		uv_close((uv_handle_t *)&d->sigint, NULL);
		uv_close((uv_handle_t *)&d->sighup, NULL);
	}
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct daemon *d = h->data;

	if (signum == SIGHUP) {
		reload(d);
		return;
	}
	log_info("stopping (%s)", signum == SIGTERM ? "SIGTERM" : "SIGINT");
	stop(d);
}

static void watch_signal(struct daemon *d, uv_signal_t *h, int signum)
{
	uv_signal_init(&d->loop, h);
	h->data = d;
	uv_signal_start(h, on_signal, signum);
}

/* A tap and a control client are a descriptor each. */
static void raise_descriptor_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static int open_all(struct daemon *d, struct err *e)
{
	int rc = hub_open(&d->control.hub, &d->loop);

	if (rc)
		return err_set(e, -rc, "out of memory");
	d->hub_open = true;
	rc = datapath_open(&d->dp, &d->loop, &d->control.hub.sink, e);
	if (rc)
		return rc;
	d->datapath_open = true;
	/* the socket before the taps: a second daemon is refused before it touches a device */
	rc = control_listen(&d->control, &d->loop, e);
	if (rc)
		return rc;
	d->control_open = true;
	watch_signal(d, &d->sigterm, SIGTERM);
	watch_signal(d, &d->sigint, SIGINT);
	watch_signal(d, &d->sighup, SIGHUP);
	d->signals_open = true;
	return 0;
}

/* The path as it is meant from here, for when the daemon is elsewhere.  The caller frees it. */
static char *absolute(const char *path)
{
	char *cwd = path[0] == '/' ? NULL : getcwd(NULL, 0);
	char *out = NULL;

	if (asprintf(&out, "%s%s%s", cwd ? cwd : "", cwd ? "/" : "", path) < 0)
		out = NULL;
	free(cwd);
	return out;
}

static void find_identity(struct daemon *d)
{
	char *place = absolute(d->opt.socket);

	if (place)
		service_identity(place, &d->dp.identity);
	free(place);
}

static int start(struct daemon *d, struct err *e)
{
	struct config want;
	json_t *changes = NULL;
	int rc = load_config(d, &want, e);

	if (rc)
		return rc;
	d->control.dp = &d->dp;
	d->control.config_file = d->config_file;
	d->control.path = d->opt.socket;
	d->control.log_level = d->opt.log_level;
	d->control.daemon = want.daemon;
	rc = open_all(d, e);
	find_identity(d);
	if (rc == 0)
		rc = apply(d, &want, &changes, e);
	json_decref(changes);
	config_free(&want);
	return rc;
}

/* Serves until it is told to stop; everything is closed again when it returns. */
static int serve(struct daemon *d, int ready_fd)
{
	struct err e = {0};
	int rc;

	if (uv_loop_init(&d->loop)) {
		err_set(&e, ENOMEM, "cannot make an event loop");
		return fail(&e);
	}
	raise_descriptor_limit();
	rc = start(d, &e);
	if (rc) {
		rc = fail(&e);
		stop(d);
	} else {
		log_open(d->opt.syslog);
		log_info("switchd %s serves %s, process %d", SWITCHD_VERSION, d->opt.socket,
			 (int)getpid());
		service_ready(ready_fd, !d->opt.syslog);
		datapath_run(&d->dp);
	}
	uv_run(&d->loop, UV_RUN_DEFAULT); /* what was closed lets go */
	uv_loop_close(&d->loop);
	return rc;
}

static int run(struct daemon *d)
{
	struct err e = {0};
	int ready_fd = -1;

	if (find_config(d, &e))
		return fail(&e);
	if (d->opt.daemon) {
		d->opt.socket = d->absolute_socket = absolute(d->opt.socket);
		if (d->opt.pidfile)
			d->opt.pidfile = d->absolute_pidfile = absolute(d->opt.pidfile);
		if (!d->opt.socket)
			return EXIT_FAILURE;
	}
	if (d->opt.daemon && service_detach(&ready_fd, &e))
		return fail(&e);
	if (d->opt.pidfile) {
		d->pidfile = service_pidfile(d->opt.pidfile, &e);
		if (d->pidfile < 0)
			return fail(&e);
	}
	int rc = serve(d, ready_fd);
	if (d->opt.pidfile)
		unlink(d->opt.pidfile);
	return rc;
}

int main(int argc, char **argv)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return EXIT_FAILURE;
	parse_options(argc, argv, &d->opt);
	log_open(d->opt.syslog && !d->opt.early_stderr);
	if (d->opt.log_level)
		log_set_level((enum log_level)log_level_find(d->opt.log_level));
	signal(SIGPIPE, SIG_IGN);
	rc = d->opt.check ? check_file(d->opt.check) : run(d);
	free(d->config_file);
	free(d->absolute_socket);
	free(d->absolute_pidfile);
	free(d);
	return rc;
}

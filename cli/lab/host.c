/* SPDX-License-Identifier: ISC */
#include "lab/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/argv.h"
#include "lab/nl.h"

enum { LEAVE_MS = 2500 }; /* more than its processes take for the same (born.c) */

static const char *netns_path(const char *host, char out[UNIX_PATH_SIZE])
{
	snprintf(out, UNIX_PATH_SIZE, "/run/netns/%s", host);
	return out;
}

/* ---- in the host's new namespaces ---- */

int host_sysctl(const char *key, const char *value, struct err *e)
{
	char path[256];
	size_t n = (size_t)snprintf(path, sizeof(path), "/proc/sys/%s", key);
	bool slashes = strchr(key, '/') != NULL;
	int fd, rc = 0;

	if (n >= sizeof(path))
		return err_set(e, ENAMETOOLONG, "the sysctl %s is too long", key);
	/* sysctl(8): with slashes, a dot is part of a name, as of an interface's */
	for (char *p = path + strlen("/proc/sys/"); *p && !slashes; p++)
		if (*p == '.')
			*p = '/';
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		rc = err_set(e, errno, "cannot set the sysctl %s to %s: %s", key, value,
			     errno == ENOENT ? "there is none of that name" : strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static bool has_ipv6(const struct lab_host *host)
{
	for (size_t i = 0; i < host->interfaces; i++)
		for (size_t k = 0; k < host->interface[i].addresses; k++)
			if (host->interface[i].address[k].family == AF_INET6)
				return true;
	return false;
}

/*
 * A host that the lab file gives no IPv6 address does not make one up (1: RFC 4291's are not made), so that it sends nothing
 * unless somebody has it send: the first frame of an exercise is the student's.
 */
static int quiet_ipv6(const struct lab_host *host, struct err *e)
{
	static const char key[] = "net.ipv6.conf.default.addr_gen_mode";

	if (has_ipv6(host) || access("/proc/sys/net/ipv6", F_OK))
		return 0;
	return host_sysctl(key, "1", e);
}

static int mount_own(const char *type, const char *path, const char *options, unsigned long flags,
		     struct err *e)
{
	if (mount(type, path, type, MS_NOSUID | MS_NODEV | flags, options) == 0)
		return 0;
	return err_set(
		e, errno, "cannot mount a %s of its own at %s: %s%s", type, path, strerror(errno),
		errno == EPERM ? " (in a container whose /proc is partly hidden, a lab takes "
				 "a root with CAP_SYS_ADMIN)"
			       : "");
}

/* The names of all hosts, at /etc/hosts; where the lab file puts another file there, that is it. */
static int show_names(const struct lab_host *host, int names, struct err *e)
{
	char from[32];

	for (size_t i = 0; i < host->files; i++)
		if (strcmp(host->file[i].path, "/etc/hosts") == 0)
			return 0;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", names);
	if (mount(from, "/etc/hosts", NULL, MS_BIND, NULL) && errno != ENOENT)
		return err_set(e, errno, "cannot put the names of hosts at /etc/hosts: %s",
			       strerror(errno));
	return 0;
}

static int prepare(void *arg, struct err *e)
{
	const struct host_start *h = arg;
	const struct lab_host *host = h->host;
	char path[UNIX_PATH_SIZE];
	int names = open(state_path(h->lab, "hosts", path), O_PATH | O_CLOEXEC);

	if (names < 0)
		return err_set(e, errno, "cannot open %s: %s", path, strerror(errno));
	if (sethostname(host->name, strlen(host->name)))
		return err_set(e, errno, "cannot set the host name: %s", strerror(errno));
	if (mount_own("proc", "/proc", NULL, MS_NOEXEC, e) ||
	    mount_own("sysfs", "/sys", NULL, MS_NOEXEC, e) ||
	    mount_own("tmpfs", "/run", "mode=755", 0, e))
		return -e->code;
	if (nl_up("lo", e) || quiet_ipv6(host, e) || host_files(host, e))
		return -e->code;
	return show_names(host, names, e);
}

/* ---- in the lab ---- */

static int prepare_command(void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	host_environment();
	return 0;
}

int host_start(struct host_start *h, struct fail *f)
{
	const struct born_how how = {
		.pidfd = h->lab->keeper,
		.enter = CLONE_NEWPID,
		.make = HOST_NAMESPACES,
		.prepare = prepare,
		.arg = h,
		.lab = h->lab->name,
		.host = h->host->name,
	};
	struct err e;

	if (born_start(&h->born, &how, &e))
		return fail_set(f, STATUS_REFUSED, "cannot start the host %s: %s", h->host->name,
				e.text);
	return 0;
}

static int name_netns(const struct host_start *h, struct err *e)
{
	char path[UNIX_PATH_SIZE], of[64];
	int fd;

	netns_path(h->host->name, path);
	/* of one that died; switchd sees by the name that there is another */
	umount2(path, MNT_DETACH);
	unlink(path);
	fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	snprintf(of, sizeof(of), "/proc/%d/ns/net", (int)h->born.proc.pid);
	if (fd < 0 || mount(of, path, NULL, MS_BIND, NULL))
		return err_set(e, errno, "cannot name its namespace %s: %s", path, strerror(errno));
	return 0;
}

int host_await(struct host_start *h, struct fail *f)
{
	struct err e;

	if (born_await(&h->born, &e) == 0 && name_netns(h, &e) == 0)
		return 0;
	born_drop(&h->born);
	return fail_set(f, STATUS_REFUSED, "cannot start the host %s: %s", h->host->name, e.text);
}

int host_command(const struct lab_state *s, const char *host, const char *command, const char *dir,
		 bool first, struct fail *f)
{
	struct argv argv = {.n = 0};
	struct born_how how = {
		.pidfd = state_proc(s, "hosts", host),
		.enter = HOST_NAMESPACES,
		.prepare = prepare_command,
		.dir = dir,
	};
	char log[LAB_NAME_SIZE + 16];
	struct born b;
	struct err e;
	int rc = 0;

	if (how.pidfd < 0)
		return fail_set(f, STATUS_REFUSED, "the host %s ended before its commands were run",
				host);
	argv_adds(&argv, "/bin/sh", "-c", command);
	how.argv = argv.word;
	snprintf(log, sizeof(log), "host-%s.log", host);
	how.log = state_log(s, log, first, f);
	if (how.log < 0)
		rc = f->status;
	else if (born_start(&b, &how, &e) || born_await(&b, &e) || born_go(&b, &e))
		rc = fail_set(f, STATUS_REFUSED, "host %s: cannot run \"%s\": %s", host, command,
			      e.text);
	else
		close(b.pidfd);
	argv_free(&argv);
	if (how.log >= 0)
		close(how.log);
	close(how.pidfd);
	return rc;
}

int host_end(const struct lab_state *s, const char *name, struct fail *f)
{
	int pidfd = state_proc(s, "hosts", name);
	char path[UNIX_PATH_SIZE];
	bool gone = true;

	netns_path(name, path);
	if (umount2(path, MNT_DETACH) == 0)
		unlink(path);
	if (pidfd >= 0) {
		gone = proc_end(pidfd, LEAVE_MS);
		close(pidfd);
	}
	json_object_del(json_object_get(s->json, "hosts"), name);
	return gone ? 0
		    : fail_set(f, STATUS_REFUSED,
			       "the host %s does not end, although it was killed", name);
}

int host_names_write(const struct lab_state *s, const struct lab *lab, struct fail *f)
{
	char path[UNIX_PATH_SIZE], ip[INET6_ADDRSTRLEN];
	FILE *out = fopen(state_path(s, "hosts", path), "we");

	if (!out)
		return fail_set(f, STATUS_REFUSED, "cannot write %s: %s", path, strerror(errno));
	fputs("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n", out);
	for (size_t i = 0; i < lab->hosts; i++) {
		const struct lab_host *h = &lab->host[i];

		for (size_t k = 0; k < h->interfaces; k++)
			for (size_t a = 0; a < h->interface[k].addresses; a++) {
				const struct lab_address *at = &h->interface[k].address[a];

				fprintf(out, "%s\t%s\n",
					inet_ntop(at->family, at->ip, ip, sizeof(ip)), h->name);
			}
	}
	if (fclose(out))
		return fail_set(f, STATUS_REFUSED, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

/* ---- in the host ---- */

void host_environment(void)
{
	static const char *const of_machine[] = {"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
						 "WAYLAND_DISPLAY", "SWITCHD_SOCKET"};
	const char *tmp = getenv("TMPDIR");

	for (size_t i = 0; i < sizeof(of_machine) / sizeof(of_machine[0]); i++)
		unsetenv(of_machine[i]);
	if (tmp && access(tmp, W_OK | X_OK))
		unsetenv("TMPDIR");
}

/*
 * A switch that runs already hears of a host that was started anew, and puts its device there: that is not done when the host is
 * ready.
 */
static int await_device(const char *ifname, struct err *e)
{
	enum { PAUSE_MS = 5, PATIENCE_MS = 10000 };

	for (int waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
		if (if_nametoindex(ifname))
			return 0;
		usleep(PAUSE_MS * 1000);
	}
	return err_set(e, ENODEV, "switchd made no device %s", ifname);
}

int host_configure(const struct lab_host *host, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < host->interfaces && !rc; i++)
		rc = await_device(host->interface[i].name, e);
	for (size_t i = 0; i < host->sysctls && !rc; i++)
		rc = host_sysctl(host->sysctl[i].key, host->sysctl[i].value, e);
	for (size_t i = 0; i < host->interfaces && !rc; i++) {
		const struct lab_interface *at = &host->interface[i];

		rc = nl_up(at->name, e);
		if (!rc)
			rc = nl_addresses(at->name, at->address, at->addresses, e);
	}
	return rc ? rc : nl_routes(host->route, host->routes, e);
}

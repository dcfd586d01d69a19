/* SPDX-License-Identifier: ISC */
#include "lab/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "lab/vm.h"

enum { LEAVE_KEY = 0x1d }; /* Ctrl-], as of telnet(1) */

static int connect_to(const char *path, const char *vm, struct fail *f)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	fail_set(f, STATUS_REFUSED, "cannot connect to the console of the VM %s: %s", vm,
		 errno == ECONNREFUSED ? "it does not run" : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return true;
}

/* Passes on what there is; false at the end. */
static bool pump(int from, int to, bool keys)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));
	const char *leave;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	leave = keys ? memchr(buf, LEAVE_KEY, (size_t)n) : NULL;
	return write_all(to, buf, leave ? (size_t)(leave - buf) : (size_t)n) && !leave;
}

static void converse(int line, int stop_fd)
{
	struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			     {.fd = line, .events = POLLIN},
			     {.fd = stop_fd, .events = POLLIN}};

	for (;;) {
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return;
		if (p[2].revents)
			return;
		if (p[1].revents && !pump(line, STDOUT_FILENO, false))
			return;
		if (p[0].revents && !pump(STDIN_FILENO, line, isatty(STDIN_FILENO)))
			return;
	}
}

int console_run(const struct lab_state *s, const char *vm, struct fail *f)
{
	char path[UNIX_PATH_SIZE];
	int line = connect_to(vm_console(s, vm, path), vm, f);
	struct termios was, raw;
	bool tty = tcgetattr(STDIN_FILENO, &was) == 0;

	if (line < 0)
		return f->status;
	if (tty) {
		fprintf(stderr, "the console of %s; Ctrl-] leaves it\n", vm);
		raw = was;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	converse(line, s->stop_fd);
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSANOW, &was);
		fputc('\n', stderr);
	}
	close(line);
	return 0;
}

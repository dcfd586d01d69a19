/* SPDX-License-Identifier: ISC */
#include "lab/born.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab/argv.h"
#include "lab/ns.h"

enum {
	TICK_NS = 20000000,
	LEAVE_MS = 1500, /* for programs to write down what they have */
	SELF = 3,	 /* descriptors of what is born: its program... */
	LINE = 4,	 /* ...and who started it, */
	MARK = 5,	 /* ...and what it has locked */
};

/* ---- in the process that is born ---- */

static void say(int line, const struct err *e)
{
	if (send(line, e, sizeof(*e), MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* Nothing stays open but `self` and `line`, which are 3 and 4 then, and the mark. */
static int detach(const struct born_how *how, int self, int line, struct err *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = how->log ? how->log : null;
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int marked = how->mark ? fcntl(how->mark, F_DUPFD_CLOEXEC, 10) : -1;

	if (null < 0)
		return err_set(e, errno, "cannot open /dev/null: %s", strerror(errno));
	/* out of the way of the numbers they are to have */
	self = fcntl(self, F_DUPFD_CLOEXEC, 10);
	line = fcntl(line, F_DUPFD_CLOEXEC, 10);
	out = fcntl(out, F_DUPFD_CLOEXEC, 10);
	if (self < 0 || line < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0 || dup3(self, SELF, O_CLOEXEC) < 0 || dup3(line, LINE, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot start a process: %s", strerror(errno));
	if (how->mark && dup3(marked, MARK, 0) < 0)
		return err_set(e, errno, "cannot start a process: %s", strerror(errno));
	syscall(SYS_close_range, how->mark ? MARK + 1 : LINE + 1, ~0U, 0);
	/* only now: such a lock goes when any descriptor of the file is closed */
	if (how->mark && fcntl(MARK, F_SETLK, &all))
		return err_set(e, errno, "cannot lock a file: %s", strerror(errno));
	if ((!how->dir || chdir(how->dir)) && chdir("/"))
		return err_set(e, errno, "cannot leave the folder: %s", strerror(errno));
	return 0;
}

static int become(const struct born_how *how, struct err *e)
{
	struct argv init = {.n = 0};

	proc_reset_signals();
	if (how->argv) {
		execvp(how->argv[0], how->argv);
	} else {
		argv_adds(&init, "swctl", LAB_INIT_COMMAND, how->lab, how->host);
		syscall(SYS_execveat, SELF, "", init.word, environ, AT_EMPTY_PATH);
	}
	return err_set(e, errno, "cannot run %s: %s", how->argv ? how->argv[0] : "swctl",
		       strerror(errno));
}

/* Does not return. */
static void live(const struct born_how *how, int self, int line)
{
	struct err e = {.code = 0};
	char go;

	setsid();
	umask(022);
	if ((how->prepare && how->prepare(how->arg, &e)) || detach(how, self, line, &e)) {
		say(line, &e);
		_exit(1);
	}
	e.code = 0;
	say(LINE, &e);
	if (recv(LINE, &go, 1, 0) != 1)
		_exit(1);
	become(how, &e);
	say(LINE, &e);
	_exit(127);
}

/* ---- between the two ---- */

/* A child that is in the namespaces entered, among them that of pids; it makes the one that is meant. */
static void beget(const struct born_how *how, int self, int line)
{
	struct err e = {.code = 0};
	int pidfd = -1;
	pid_t pid = how->make ? ns_fork(how->make, &pidfd, &e) : fork();

	if (pid == 0)
		live(how, self, line);
	if (pid < 0) {
		if (!e.code)
			err_set(&e, errno, "cannot start a process: %s", strerror(errno));
		say(line, &e);
	}
	_exit(0);
}

static void join(const struct born_how *how, int self, int line)
{
	struct err e = {.code = 0};
	pid_t pid;

	if (how->enter && ns_enter(how->pidfd, how->enter, &e)) {
		say(line, &e);
		_exit(1);
	}
	pid = fork();
	if (pid == 0)
		beget(how, self, line);
	if (pid < 0) {
		err_set(&e, errno, "cannot start a process: %s", strerror(errno));
		say(line, &e);
	}
	waitpid(pid, NULL, 0);
	_exit(0);
}

/* ---- in who starts it ---- */

int born_start(struct born *b, const struct born_how *how, struct err *e)
{
	const int on = 1;
	/* opened here: in there may be another /proc, or our file not at all */
	int self = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	int line[2] = {-1, -1}, rc = 0;
	pid_t pid = -1;

	*b = (struct born){.pidfd = -1, .line = -1};
	/* who asks for credentials is told the number that the sender has for him: unix(7), SO_PASSCRED */
	if (self < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) ||
	    setsockopt(line[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) || (pid = fork()) < 0)
		rc = err_set(e, errno, "cannot start a process: %s", strerror(errno));
	if (pid == 0) {
		close(line[0]);
		join(how, self, line[1]);
	}
	close(self);
	close(line[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	b->line = line[0];
	if (rc)
		born_drop(b);
	return rc;
}

/* What it says, and who says so; false where it has hung up. */
static bool hear(const struct born *b, struct err *said, pid_t *pid)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {.iov_base = said, .iov_len = sizeof(*said)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	const struct cmsghdr *c;
	struct ucred who;
	ssize_t n;

	do {
		n = recvmsg(b->line, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	c = CMSG_FIRSTHDR(&m);
	if (n != sizeof(*said))
		return false;
	*pid = 0;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&who, CMSG_DATA(c), sizeof(who));
		*pid = who.pid;
	}
	return true;
}

int born_await(struct born *b, struct err *e)
{
	struct err said;
	pid_t pid = 0;

	if (!hear(b, &said, &pid)) {
		err_set(&said, ECHILD, "it ended before it was ready");
	} else if (!said.code) {
		b->proc = proc_of(pid);
		b->pidfd = proc_open(&b->proc);
		if (b->pidfd >= 0)
			return 0;
		err_set(&said, ECHILD, "it ended when it was ready");
	}
	*e = said;
	born_drop(b);
	return -said.code;
}

int born_go(struct born *b, struct err *e)
{
	struct err said = {.code = 0};
	pid_t pid;

	/* the descriptor closes when the program is run */
	if (send(b->line, "", 1, MSG_NOSIGNAL) == 1 && hear(b, &said, &pid)) {
		*e = said;
		born_drop(b);
		return -said.code;
	}
	close(b->line);
	b->line = -1;
	return 0;
}

void born_drop(struct born *b)
{
	if (b->line >= 0)
		close(b->line);
	if (b->pidfd >= 0)
		close(b->pidfd);
	*b = (struct born){.pidfd = -1, .line = -1};
}

/* ---- what it becomes ---- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Are there any left? */
static bool reap(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
	return pid == 0;
}

/* The folder that the lab is written down in was removed, as that of a user is who has logged out: nobody could end it. */
static bool is_forgotten(void)
{
	struct stat st;

	return fstat(MARK, &st) == 0 && st.st_nlink == 0;
}

int lab_init_main(const char *host)
{
	const struct timespec tick = {.tv_nsec = TICK_NS}, look = {.tv_sec = 1};
	const struct timespec *patience = host[0] ? NULL : &look;
	uint64_t until = 0;
	sigset_t all;

	prctl(PR_SET_NAME, host[0] ? host : "lab");
	/* a signal that is blocked is kept for us even though we are the first of a namespace: pid_namespaces(7) */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		int sig = sigtimedwait(&all, NULL, patience);
		bool any = reap();

		if (!until && (sig == SIGTERM || (!host[0] && is_forgotten()))) {
			patience = &tick;
			until = now_ms() + LEAVE_MS;
			kill(-1, SIGTERM);
		}
		if (until && (!any || now_ms() >= until))
			return 0;
	}
}

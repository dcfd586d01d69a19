/* SPDX-License-Identifier: ISC */
/*
 * Two processes: of a pid namespace that somebody enters only his children are, so the one that enters has one, waits for it and ends
 * as it did.  It is the child's only parent as far as anybody outside sees.
 */
#include "lab/enter.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "js.h"
#include "lab/daemon.h"
#include "lab/host.h"
#include "lab/job.h"
#include "lab/ns.h"

struct enter_what {
	const char *host;
	unsigned flags;
	int (*fn)(void *);
	void *arg;
};

/* Ends this process when its parent does: prctl(2), which says nothing of a parent that has ended already. */
static void end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(LAB_ENV_GONE);
}

int enter_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return LAB_ENV_GONE;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* It is the only parent that a job has: it says why there is none, and stands for the job. */
static void gone(unsigned flags, const char *host, const char *why)
{
	if (flags & ENTER_JOB)
		fprintf(stderr, "swctl: cannot enter the host %s: %s\n", host, why);
	_exit(LAB_ENV_GONE);
}

/* Does not return. */
static void in_between(int pidfd, int namespaces, const struct enter_what *what)
{
	char cwd[4096];
	struct err e;
	pid_t pid;

	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	if (ns_enter(pidfd, namespaces, &e))
		gone(what->flags, what->host, e.text);
	/* entering a mount namespace leads to its root; the folder may be one that hosts do not see */
	if (cwd[0] && chdir(cwd) && chdir("/"))
		gone(what->flags, what->host, strerror(errno));
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (what->flags & ENTER_JOB)
			job_release();
		host_environment();
		_exit(what->fn(what->arg));
	}
	if (pid < 0)
		gone(what->flags, what->host, strerror(errno));
	if (what->flags & ENTER_JOB) {
		job_forward(pid);
		_exit(job_wait(pid));
	}
	/* what the keys of a terminal send is for the child alone */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	_exit(enter_wait(pid));
}

pid_t enter_start(const struct lab_state *s, const char *host, unsigned flags, int (*fn)(void *),
		  void *arg, struct fail *f)
{
	int pidfd = state_proc(s, "hosts", host);
	bool user = s->user && !s->inside;
	const struct enter_what what = {.host = host, .flags = flags, .fn = fn, .arg = arg};
	pid_t parent = getpid(), pid;

	if (pidfd < 0) {
		fail_set(f, STATUS_REFUSED, "the host %s of the lab %s does not run", host,
			 s->name);
		fail_hint(f, "start what is missing: swctl lab up %s", js_str(s->json, "file"));
		return -1;
	}
	if (flags & ENTER_JOB)
		job_hold();
	pid = fork();
	if (pid == 0) {
		/* what a shell or nohup(1) had the job ignore it goes on to */
		if (!(flags & ENTER_JOB))
			proc_reset_signals();
		if (flags & ENTER_OWN_GROUP)
			setpgid(0, 0);
		if (flags & (ENTER_OWN_GROUP | ENTER_JOB))
			end_with(parent);
		in_between(pidfd, HOST_NAMESPACES | (user ? CLONE_NEWUSER : 0), &what);
	}
	if (pid < 0) {
		fail_set(f, STATUS_REFUSED, "cannot start a process: %s", strerror(errno));
		if (flags & ENTER_JOB)
			job_release();
	} else if (flags & ENTER_OWN_GROUP)
		setpgid(pid, pid); /* here too: who comes first must not matter */
	close(pidfd);
	return pid;
}

/* ---- for the checks ---- */

static pid_t env_start(void *arg, const char *host, int (*fn)(void *), void *fn_arg, struct fail *f)
{
	return enter_start(arg, host, ENTER_OWN_GROUP, fn, fn_arg, f);
}

static json_t *env_call(void *arg, const char *method, json_t *params, struct fail *f)
{
	return daemon_call(arg, method, params, f);
}

static bool env_pause(void *arg, double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds,
			     .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

	(void)arg;
	return nanosleep(&t, NULL) != 0;
}

void enter_env(struct lab_env *env, struct lab_state *s)
{
	*env = (struct lab_env){.start = env_start, .call = env_call, .pause = env_pause, .arg = s};
}

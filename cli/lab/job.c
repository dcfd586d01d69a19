/* SPDX-License-Identifier: ISC */
#include "lab/job.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
static volatile pid_t whom;
static sigset_t mask; /* before job_hold() */

void job_hold(void)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &mask);
}

void job_release(void)
{
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void pass_on(int sig, siginfo_t *info, void *context)
{
	(void)context;
	/* SI_KERNEL is above 0: the keys of a terminal */
	if (info->si_code <= 0)
		kill(whom, sig);
}

void job_forward(pid_t pid)
{
	struct sigaction was, now = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};

	whom = pid;
	sigemptyset(&now.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaction(signals[i], &now, NULL);
	job_release();
}

/* As tcsetpgrp(), which stops who is not of the group that has the terminal. */
static void give_terminal(pid_t group)
{
	void (*was)(int) = signal(SIGTTOU, SIG_IGN);

	tcsetpgrp(STDIN_FILENO, group);
	signal(SIGTTOU, was);
}

pid_t job_terminal(void)
{
	pid_t mine = getpgrp();

	return tcgetpgrp(STDIN_FILENO) == mine ? mine : 0;
}

void job_terminal_back(pid_t group)
{
	if (group && tcgetpgrp(STDIN_FILENO) != group)
		give_terminal(group);
}

/*
 * It has stopped.  With a terminal's Ctrl-Z all of its process group do, we too, and there is nothing to do; SIGSTOP is what a process
 * between us and the program stops with, below.
 */
static void stop_too(pid_t pid, int sig)
{
	pid_t group = getpgid(pid);

	if (group == getpgrp() && sig != SIGSTOP)
		return;
	raise(SIGSTOP);
	/* we are continued, with the terminal or in the background */
	if (group > 0 && group != getpgrp()) {
		if (job_terminal())
			give_terminal(group);
		kill(-group, SIGCONT);
	} else {
		kill(pid, SIGCONT);
	}
}

int job_wait(pid_t pid)
{
	int status = 0;
	pid_t got;

	for (;;) {
		got = waitpid(pid, &status, WUNTRACED);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!WIFSTOPPED(status))
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		stop_too(pid, WSTOPSIG(status));
	}
}

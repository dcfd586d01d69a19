/* SPDX-License-Identifier: ISC */
#include "port/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* A process has one log; this is its only state. */
static struct {
	int syslog;	 /* a socket, or -1: not there */
	bool priorities; /* stderr is the journal: "<4>" in front says which level */
	enum log_level level;
	unsigned lost;
} log_to = {.syslog = -1, .level = LOGL_INFO};

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOGL_ERROR] = {"error", LOG_ERR},
	[LOGL_WARNING] = {"warning", LOG_WARNING},
	[LOGL_INFO] = {"info", LOG_INFO},
	[LOGL_DEBUG] = {"debug", LOG_DEBUG},
};

/* systemd tells which file the journal's stream is (systemd.exec(5)); stderr may be another by now. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[48];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void log_open(bool to_syslog)
{
	log_to.priorities = stderr_is_journal();
	if (to_syslog && log_to.syslog < 0)
		log_to.syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void log_set_level(enum log_level level)
{
	log_to.level = level;
}

int log_level_find(const char *name)
{
	for (int i = 0; i <= LOGL_DEBUG; i++)
		if (strcmp(levels[i].name, name) == 0)
			return i;
	return -1;
}

/*
 * Whoever reads the log may have stopped reading.  The switch does not wait for him: what he does not
 * take is lost and counted.
 */
static bool to_stderr(enum log_level level, const char *text)
{
	static const char *const prefix[] = {"error: ", "warning: ", "", ""};
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return false;
	if (log_to.priorities)
		fprintf(stderr, "<%d>%s\n", levels[level].priority, text);
	else
		fprintf(stderr, "switchd: %s%s\n", prefix[level], text);
	return true;
}

/* As syslog(3) writes it (RFC 3164 clause 4.1), which would wait. */
static bool to_syslog(enum log_level level, const char *text)
{
	const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = _PATH_LOG};
	time_t now = time(NULL);
	char when[32] = "", line[1200];
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), "%h %e %T", &tm);
	int len = snprintf(line, sizeof(line), "<%d>%s switchd[%d]: %s",
			   LOG_DAEMON | levels[level].priority, when, (int)getpid(), text);
	return sendto(log_to.syslog, line, (size_t)len, MSG_NOSIGNAL, (const struct sockaddr *)&log,
		      sizeof(log)) >= 0;
}

static bool write_line(enum log_level level, const char *text)
{
	return log_to.syslog >= 0 ? to_syslog(level, text) : to_stderr(level, text);
}

static void emit(enum log_level level, const char *text)
{
	char lost[80];

	snprintf(lost, sizeof(lost), "(%u messages were lost: nobody took them)", log_to.lost);
	if (log_to.lost && write_line(LOGL_WARNING, lost))
		log_to.lost = 0;
	if (!write_line(level, text))
		log_to.lost++;
}

void log_settle(struct log_site *site, enum log_level level)
{
	char text[80];

	if (!site->held_back || level > log_to.level)
		return;
	snprintf(text, sizeof(text), "(%u more of the kind were not shown)", site->held_back);
	emit(level, text);
	site->held_back = 0;
}

/* May this site speak now?  Starts a new period where the last is over. */
static bool admitted(struct log_site *site, enum log_level level)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (site->since_s == 0 || now.tv_sec - site->since_s >= LOG_PERIOD_S) {
		log_settle(site, level);
		site->since_s = now.tv_sec;
		site->said = 0;
	}
	if (site->said >= (site->burst ? site->burst : LOG_BURST)) {
		site->held_back++;
		return false;
	}
	site->said++;
	return true;
}

void log_say(struct log_site *site, enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (level > log_to.level || !admitted(site, level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++) /* names and reasons may come from outside */
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	emit(level, text);
}

/* SPDX-License-Identifier: ISC */
/*
 * log.h - messages to stderr or syslog, never from the path of a frame.
 *
 * A message that repeats faster than a person reads is held back: each site (a call, or a thing that
 * has one of its own) may say LOG_BURST things in LOG_PERIOD_S seconds, then says how many it kept to
 * itself.
 */
#ifndef PORT_LOG_H
#define PORT_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOGL_ERROR, LOGL_WARNING, LOGL_INFO, LOGL_DEBUG };

enum { LOG_BURST = 10, LOG_PERIOD_S = 10 };

/* Zeroed before its first use. */
struct log_site {
	int64_t since_s;
	unsigned said;
	unsigned held_back;
	unsigned burst; /* 0 = LOG_BURST */
};

/* The words of --log-level, in the order of enum log_level. */
#define LOG_LEVEL_WORDS "error warning info debug"

/* Where messages go.  Where stderr is systemd's journal, lines carry a priority. */
void log_open(bool to_syslog);
void log_set_level(enum log_level level);

/* The level called name, or -1. */
int log_level_find(const char *name);

/* Says it, unless the site has said enough. */
void log_say(struct log_site *site, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Says how much was held back, where that was not said yet and the site is about to go. */
void log_settle(struct log_site *site, enum log_level level);

#define log_at(level, ...)                                 \
	do {                                               \
		static struct log_site log_site_;          \
		log_say(&log_site_, (level), __VA_ARGS__); \
	} while (0)
#define log_error(...)	 log_at(LOGL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOGL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_at(LOGL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(LOGL_DEBUG, __VA_ARGS__)

#endif

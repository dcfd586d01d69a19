/* SPDX-License-Identifier: ISC */
/*
 * top.h - the parts of "swctl top", and what they share.
 *
 *   top.c        starts, waits for keys, signals and the daemon at once, and gives the terminal back
 *   top_feed.c   the connection: asks, and puts what comes into the tables; comes back after a restart
 *   top_news.c   what happened lately
 *   top_model.c  the tables (pure)
 *   top_keys.c   what a key does
 *   top_draw.c   where on the screen what stands
 *   top_screen.c the terminal, by ncurses, and pieces of lines on it
 *   top_page.c   all about one port, as lines
 *
 * Theory of operation.  A round is a few requests that are sent together (the switches, the ports of
 * the one that is shown, and for a port that is looked at what belongs to it) and their answers; no new
 * one begins before the old one is complete, so that a slow daemon is asked less, not more.  Events
 * are subscribed to and come by themselves, at most so many a second.  Nothing waits but poll().
 */
#ifndef CLI_TOP_H
#define CLI_TOP_H

#include "ctx.h"
#include "top_model.h"

enum {
	TOP_NEWS = 256,	      /* events that are kept */
	TOP_FILTER_SIZE = 32, /* what is typed to filter by, the NUL included */
	TOP_EVENTS_PER_S = 20 /* more are counted by the daemon, and not sent */
};

/* What is asked; one answer of each is kept of what belongs to the port that is looked at. */
enum top_question {
	TOP_SWITCHES,
	TOP_PORTS,
	TOP_STP,
	TOP_PORT_DROPS,
	TOP_PORT_MACS,
	TOP_PORT_NEIGHBORS,
	TOP_QUESTIONS
};

enum top_look { TOP_LOOK_PORTS, TOP_LOOK_PORT, TOP_LOOK_SWITCHES, TOP_LOOK_HELP };

struct top_news {
	char *line; /* safe to be shown */
	enum colour colour;
};

/* The way to the daemon. */
struct top_feed {
	json_int_t ids[TOP_QUESTIONS]; /* of requests that were not answered yet; 0 = none */
	json_int_t subscribe_id;
	uint64_t asked_ms, next_ms; /* when the last round began; when the next one is due */
	bool lost;		    /* there is no connection; tried again at next_ms */
	bool waiting, slow;	    /* the round is not complete, and for how long */
	bool stale;		    /* it was asked for what is not looked at any more */
	bool at_once;		    /* the next round does not wait, not even while paused */
	bool complete;		    /* one round was, since the connection was made */
	char trouble[256]; /* why there is none, or why the last round failed; "" = all is well */
};

struct top {
	struct ctx *ctx;
	struct top_feed feed;
	struct top_table ports, switches;
	json_t *stp;		     /* the answer to stp.list, of the switch that is shown */
	bool has_tree;		     /* that switch takes part in one */
	json_t *port[TOP_QUESTIONS]; /* of the port that is looked at, [TOP_PORTS] being its row */
	struct top_news news[TOP_NEWS]; /* a circle */
	size_t news_next, news_n;
	size_t news_held; /* the newest, which came while the picture was stopped */
	/* what the person wants */
	char sw[NAME_SIZE];	   /* the switch that is shown; "" = there is none */
	char looked_at[NAME_SIZE]; /* the port of TOP_LOOK_PORT */
	enum top_look look, before_help;
	enum top_order order;
	bool reverse, paused, typing, quit;
	char filter[TOP_FILTER_SIZE];
	char cursor[NAME_SIZE]; /* the row that is chosen, of ports or of switches */
	size_t scroll;		/* rows or lines above the first that is shown */
	size_t room;		/* rows or lines that fit; set by drawing */
	size_t lines;		/* of the page of a port or of help; set by drawing */
	double interval_s;
	bool ascii; /* the locale has no blocks to draw curves of */
};

/* ---- top_feed.c ---- */

/* Milliseconds of a clock that does not go back. */
uint64_t top_now(void);

/* Connects and subscribes; 0, or a status with ctx->fail filled. */
int top_feed_open(struct top *t);

/* What is due: a round, or another try to connect.  True where that changes what is shown. */
bool top_feed_due(struct top *t, uint64_t now_ms);

/* Milliseconds until something is due; -1 = nothing is. */
int top_feed_wait(const struct top *t, uint64_t now_ms);

/* There is something to read.  True where it changes what is shown. */
bool top_feed_read(struct top *t);

/* A round at once, for what is shown now is something else. */
void top_feed_now(struct top *t);

/* From now on all about this port is asked for, too ("" = none). */
void top_feed_look_at(struct top *t, const char *port);

/* Stops the picture, or lets it go on. */
void top_feed_pause(struct top *t, bool pause);

void top_feed_close(struct top *t);

/* ---- top_news.c ---- */

/* An event of the daemon's. */
void top_news_take(struct top *t, json_t *event);

/* Something else that happened, in the form of an event. */
void top_news_tell(struct top *t, const char *name, enum colour colour);

void top_news_free(struct top *t);

/* The i-th newest event that is shown, 0 the newest; NULL where there are not so many. */
const struct top_news *top_news_at(const struct top *t, size_t i);

/* ---- top_page.c ---- */

/* Everything about the port that is looked at, in lines of at most so many columns; to be freed. */
char *top_page_port(const struct top *t, size_t width);
char *top_page_help(void);

/* ---- top_keys.c ---- */

/* What a key of ncurses does. */
void top_key(struct top *t, int key);

/* Puts the rows in order and the cursor on one that is there. */
void top_arrange(struct top *t);

/* The table that is shown: of ports, or of switches. */
struct top_table *top_shown(struct top *t);

/* ---- top_draw.c ---- */

void top_draw(struct top *t);

#endif

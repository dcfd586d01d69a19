/* SPDX-License-Identifier: ISC */
#include "top.h"

#include <stdlib.h>
#include <time.h>

#include "js.h"
#include "monitor.h"

static void news_add(struct top *t, char *line, enum colour colour)
{
	struct top_news *n = &t->news[t->news_next];

	free(n->line);
	*n = (struct top_news){line, colour};
	t->news_next = (t->news_next + 1) % TOP_NEWS;
	if (t->news_n < TOP_NEWS)
		t->news_n++;
	if (t->paused && t->news_held < TOP_NEWS)
		t->news_held++;
}

const struct top_news *top_news_at(const struct top *t, size_t i)
{
	i += t->news_held;
	return i < t->news_n ? &t->news[(t->news_next + TOP_NEWS - 1 - i) % TOP_NEWS] : NULL;
}

void top_news_take(struct top *t, json_t *e)
{
	news_add(t, monitor_line(e, MONITOR_CLOCK, NULL), monitor_colour(js_str(e, "event")));
}

/* What no event of the daemon's says, in the form of one. */
void top_news_tell(struct top *t, const char *name, enum colour colour)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_t *e = need(json_pack("{s:s, s:f}", "event", name, "time",
				   (double)now.tv_sec + (double)now.tv_nsec / 1e9));

	news_add(t, monitor_line(e, MONITOR_CLOCK, NULL), colour);
	json_decref(e);
}

void top_news_free(struct top *t)
{
	for (size_t i = 0; i < TOP_NEWS; i++)
		free(t->news[i].line);
	t->news_n = 0;
}

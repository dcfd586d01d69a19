/* SPDX-License-Identifier: ISC */
#include "core/impair_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/amount.h"
#include "util/text.h"

enum { PARTS_MAX = 4, PATH_MTU_MIN = 68 /* RFC 791: what every host takes */ };

static const struct unit time_units[] = {
	{"ms", 1000, false}, {"us", 1, false}, {"s", 1000000, false}, {NULL, 0, false}};
static const struct unit share_units[] = {{"%", 10000, false}, {"ppm", 1, false}, {NULL, 0, false}};
static const struct unit frame_units[] = {
	{"frames", 1, false}, {"frame", 1, true}, {NULL, 0, false}};
static const struct unit bit_units[] = {{"bits", 1, false}, {"bit", 1, true}, {NULL, 0, false}};
static const struct unit size_units[] = {{"B", 1, false},	 {"kB", 1000, false},
					 {"MB", 1000000, false}, {"KiB", 1 << 10, true},
					 {"MiB", 1 << 20, true}, {NULL, 0, false}};

static const struct measure delay_measure = {"a time like 20ms", time_units, 0, IMPAIR_TIME_MAX_US,
					     "up to 60s in whole us"};
static const struct measure share_measure = {"a share like 1% or 50ppm", share_units, 0, PPM_ALL,
					     "up to 100% in whole ppm"};
static const struct measure corr_measure = {"a correlation like 25%", share_units, 0, PPM_ALL - 1,
					    "below 100%"};
static const struct measure every_measure = {"a number like 100frames", frame_units, 0, 1000000000,
					     "up to a billion"};
static const struct measure queue_measure = {"a number like 100frames", frame_units, 1,
					     IMPAIR_QUEUE_MAX, "from 1 to 65536"};
static const struct measure bytes_measure = {"a size like 64kB", size_units, 1, UINT32_MAX,
					     "up to 4GB"};
static const struct measure bits_measure = {"a number like 3bits", bit_units, 1, IMPAIR_BITS_MAX,
					    "from 1 to 64"};
static const struct measure mtu_measure = {"a size like 1400B", size_units, PATH_MTU_MIN, 65535,
					   "from 68 to 65535 bytes"};

/* What stands between commas. */
struct part {
	const char *s;
	size_t len;
};

static bool is_word(struct part p, const char *word)
{
	return p.len == strlen(word) && memcmp(p.s, word, p.len) == 0;
}

static int read_amount(const struct measure *m, struct part p, uint32_t *out, struct err *e)
{
	uint64_t v;
	int rc = amount_parse(m, p.s, p.len, &v, e);

	if (rc == 0)
		*out = (uint32_t)v;
	return rc;
}

static int refuse(struct part p, const char *allowed, struct err *e)
{
	char text[IMPAIR_TEXT_SIZE], shown[TEXT_SHOWN_SIZE];

	snprintf(text, sizeof(text), "%.*s", (int)p.len, p.s);
	return err_set(e, EINVAL, "found \"%s\", allowed is %s", text_shown(text, shown), allowed);
}

/* How a setting is read: `n` parts, from 1 to the `most` of its entry, into *c, where it is 0 yet. */
typedef int reader(const struct part *p, size_t n, struct impair_cfg *c, struct err *e);

static int read_link(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	(void)n;
	c->down = is_word(*p, "down");
	return c->down || is_word(*p, "up") ? 0 : refuse(*p, "up or down", e);
}

static int read_path_mtu(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	(void)n;
	return read_amount(&mtu_measure, *p, &c->mtu, e);
}

static int read_share(const struct part *p, size_t n, uint32_t *share, uint32_t *corr,
		      struct err *e)
{
	return read_amount(&share_measure, p[0], share, e)
		       ?: (n > 1 ? read_amount(&corr_measure, p[1], corr, e) : 0);
}

static int read_loss(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	return read_share(p, n, &c->loss_ppm, &c->loss_corr_ppm, e);
}

static int read_loss_burst(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	uint32_t *to[PARTS_MAX] = {&c->burst.to_bad_ppm, &c->burst.to_good_ppm,
				   &c->burst.bad_loss_ppm, &c->burst.good_loss_ppm};

	if (n < 2)
		return refuse(*p,
			      "two shares like 1%,25%: how likely a frame is to begin a burst of "
			      "losses, and how likely to end it",
			      e);
	c->burst.bad_loss_ppm = PPM_ALL;
	for (size_t i = 0; i < n; i++)
		if (read_amount(&share_measure, p[i], to[i], e))
			return -EINVAL;
	return 0;
}

static int read_loss_every(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	(void)n;
	return read_amount(&every_measure, *p, &c->loss_every, e);
}

static int read_duplicate(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	return read_share(p, n, &c->dup_ppm, &c->dup_corr_ppm, e);
}

static int read_corrupt(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	return read_amount(&share_measure, p[0], &c->corrupt_ppm, e)
		       ?: (n > 1 ? read_amount(&bits_measure, p[1], &c->corrupt_bits, e) : 0);
}

static int read_bandwidth(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	char text[IMPAIR_TEXT_SIZE], shown[TEXT_SHOWN_SIZE];

	(void)n;
	snprintf(text, sizeof(text), "%.*s", (int)p->len, p->s);
	if (text[strspn(text, "0123456789.")] == '\0')
		return err_set(e, EINVAL,
			       "found \"%s\", which has no unit: write %skbit, %sMbit or %sfps",
			       text_shown(text, shown), text, text, text);
	if (rate_parse(text, &c->rate))
		return 0;
	return refuse(*p, RATE_ALLOWED, e);
}

/* One part may be either. */
static int read_queue(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		bool bytes = p[i].len && p[i].s[p[i].len - 1] == 'B';
		uint32_t *to = bytes ? &c->queue_bytes : &c->queue_frames;

		if (*to)
			return err_set(e, EINVAL,
				       "it is said twice how many %s there is room for; allowed is "
				       "a number like 100frames, a size like 64kB, or both",
				       bytes ? "bytes" : "frames");
		if (read_amount(bytes ? &bytes_measure : &queue_measure, p[i], to, e))
			return -EINVAL;
	}
	return 0;
}

static int read_delay(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	(void)n;
	return read_amount(&delay_measure, *p, &c->delay_us, e);
}

static const char *const dists[] = {
	[CHANCE_UNIFORM] = "uniform", [CHANCE_NORMAL] = "normal", [CHANCE_PARETO] = "pareto"};

/* In any order: a distribution, "overtake", a correlation. */
static int read_jitter(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	bool dist = false, corr = false;
	int rc = read_amount(&delay_measure, p[0], &c->jitter_us, e);

	for (size_t i = 1; rc == 0 && i < n; i++) {
		unsigned d = 0;

		while (d < 3 && !is_word(p[i], dists[d]))
			d++;
		if (d < 3 && !dist) {
			c->jitter_dist = (enum chance_dist)d;
			dist = true;
		} else if (is_word(p[i], "overtake") && !c->overtake) {
			c->overtake = true;
		} else if (d == 3 && !corr && p[i].len && p[i].s[0] >= '0' && p[i].s[0] <= '9') {
			rc = read_amount(&corr_measure, p[i], &c->jitter_corr_ppm, e);
			corr = true;
		} else {
			rc = refuse(
				p[i],
				"uniform, normal or pareto, a correlation like 25%, or overtake, "
				"each once",
				e);
		}
	}
	return rc;
}

static int read_reorder(const struct part *p, size_t n, struct impair_cfg *c, struct err *e)
{
	return read_share(p, n, &c->reorder_ppm, &c->reorder_corr_ppm, e);
}

static const struct {
	const char *name;
	size_t most; /* parts */
	reader *read;
} keys[IMPAIR_KEYS] = {
	[IMPAIR_KEY_LINK] = {"link", 1, read_link},
	[IMPAIR_KEY_PATH_MTU] = {"path_mtu", 1, read_path_mtu},
	[IMPAIR_KEY_LOSS] = {"loss", 2, read_loss},
	[IMPAIR_KEY_LOSS_BURST] = {"loss_burst", 4, read_loss_burst},
	[IMPAIR_KEY_LOSS_EVERY] = {"loss_every", 1, read_loss_every},
	[IMPAIR_KEY_DUPLICATE] = {"duplicate", 2, read_duplicate},
	[IMPAIR_KEY_CORRUPT] = {"corrupt", 2, read_corrupt},
	[IMPAIR_KEY_BANDWIDTH] = {"bandwidth", 1, read_bandwidth},
	[IMPAIR_KEY_QUEUE] = {"queue", 2, read_queue},
	[IMPAIR_KEY_DELAY] = {"delay", 1, read_delay},
	[IMPAIR_KEY_JITTER] = {"jitter", 4, read_jitter},
	[IMPAIR_KEY_REORDER] = {"reorder", 2, read_reorder},
};

const char *impair_key_name(enum impair_key key)
{
	return keys[key].name;
}

const char *impair_way_name(enum impair_way way)
{
	return way == IMPAIR_IN ? "in" : "out";
}

static int read_text(enum impair_key key, const char *text, struct impair_cfg *c, struct err *e)
{
	struct part parts[PARTS_MAX];
	char shown[TEXT_SHOWN_SIZE];
	size_t n = 0;

	if (!*text || strcmp(text, "none") == 0)
		return 0;
	for (const char *s = text;; s++) {
		size_t len = strcspn(s, ",");

		if (n == keys[key].most)
			return err_set(e, EINVAL,
				       "%s has at most %zu value%s, with commas between; found "
				       "another: \"%s\"",
				       keys[key].name, keys[key].most,
				       keys[key].most == 1 ? "" : "s", text_shown(s, shown));
		parts[n++] = (struct part){s, len};
		s += len;
		if (!*s)
			break;
	}
	return keys[key].read(parts, n, c, e);
}

int impair_check_text(enum impair_key key, const char *text, struct err *e)
{
	struct impair_cfg c = {0};

	return read_text(key, text, &c, e);
}

const char *impair_text(const struct impair_set *set, enum impair_way way, enum impair_key key)
{
	const char *own = set->text[way][key];
	const char *text = *own ? own : set->text[IMPAIR_BOTH][key];

	return strcmp(text, "none") == 0 ? "" : text;
}

int impair_read(const struct impair_set *set, enum impair_way way, struct impair_cfg *cfg,
		struct err *e)
{
	memset(cfg, 0, sizeof(*cfg));
	for (unsigned k = 0; k < IMPAIR_KEYS; k++) {
		enum impair_key key = (enum impair_key)k;
		int rc = read_text(key, impair_text(set, way, key), cfg, e);

		if (rc) {
			err_at(e, keys[k].name);
			return rc;
		}
	}
	return impair_check(cfg, e);
}

bool impair_is_none(const struct impair_cfg *c)
{
	return !c->down && !c->mtu && !c->loss_ppm && !c->burst.to_bad_ppm && !c->loss_every &&
	       !c->dup_ppm && !c->corrupt_ppm && c->rate.unit == RATE_NONE && !c->delay_us &&
	       !c->jitter_us && !c->reorder_ppm;
}

int impair_set_check(const struct impair_set *set, struct err *e)
{
	for (unsigned w = 0; w < IMPAIR_WAYS; w++) {
		struct impair_cfg cfg;
		int rc = impair_read(set, (enum impair_way)w, &cfg, e);

		if (rc) {
			err_prefix(e, "of what %s", w == IMPAIR_IN ? "comes in" : "goes out");
			return rc;
		}
	}
	return 0;
}

/* FNV-1a; it has to be the same wherever and whenever the daemon runs, and nothing more. */
static uint64_t mix(uint64_t h, const char *s)
{
	do
		h = (h ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
	while (*s++);
	return h;
}

uint64_t impair_seed_of(uint32_t seed, const char *sw, const char *port, enum impair_way way)
{
	struct rng r =
		rng_for(mix(mix(UINT64_C(0xcbf29ce484222325), sw), port) ^ seed, (uint64_t)way + 1);

	return rng_next(&r);
}

/* SPDX-License-Identifier: ISC */
/*
 * fuzz_impair_set.c - any text for any setting of a bad link, and a link of what is taken.
 *
 * Input: a byte that names a setting (lowest bits) and for which direction it is (the next), then the text up to the
 * end of the line; and so on, a setting a line.
 */
#include <string.h>

#include "check.h"
#include "core/impair_set.h"

enum { FRAMES = 200, LINES_MAX = 64 };

#define NS_PER_MS UINT64_C(1000000)

/* A refusal says why; what is taken is so twice, and comes to the same link. */
static bool take(enum impair_key key, const char *text)
{
	struct err e = {.code = 0};
	int rc = impair_check_text(key, text, &e);

	CHECK(rc == impair_check_text(key, text, NULL));
	CHECK(rc == 0 || (e.code == -rc && e.text[0]));
	return rc == 0;
}

static void is_within_limits(const struct impair_cfg *c)
{
	CHECK(c->delay_us <= IMPAIR_TIME_MAX_US && c->jitter_us <= IMPAIR_TIME_MAX_US);
	CHECK(c->loss_ppm <= PPM_ALL && c->dup_ppm <= PPM_ALL && c->corrupt_ppm <= PPM_ALL &&
	      c->reorder_ppm <= PPM_ALL);
	CHECK(c->loss_corr_ppm < PPM_ALL && c->dup_corr_ppm < PPM_ALL &&
	      c->jitter_corr_ppm < PPM_ALL && c->reorder_corr_ppm < PPM_ALL);
	CHECK(c->burst.to_bad_ppm <= PPM_ALL && c->burst.to_good_ppm <= PPM_ALL &&
	      c->burst.bad_loss_ppm <= PPM_ALL && c->burst.good_loss_ppm <= PPM_ALL);
	CHECK(c->corrupt_bits <= IMPAIR_BITS_MAX && c->queue_frames <= IMPAIR_QUEUE_MAX);
	CHECK(c->mtu <= 65535 && c->rate.n <= RATE_MAX);
}

/* Each frame has one fate, and nothing arrives before it was sent. */
static void drive(const struct impair_cfg *cfg)
{
	struct impair *im = impair_new(cfg);
	uint64_t fates = 0, now = NS_PER_MS;
	uint8_t frame[64] = {0};
	struct impair_plan p;

	CHECK(im);
	for (unsigned i = 0; i < FRAMES; i++, now += NS_PER_MS * (i % 3)) {
		impair_plan(im, now, sizeof(frame), sizeof(frame) - 14, &p);
		CHECK(p.fate < IMPAIR_FATE_COUNT && p.copies <= 2);
		CHECK((p.fate == IMPAIR_PASSED) == (p.copies > 0));
		for (unsigned c = 0; c < p.copies; c++)
			CHECK(p.at_ns[c] >= now);
		CHECK(!p.corrupt || cfg->corrupt_ppm);
		CHECK(!impair_is_none(cfg) || (p.copies == 1 && p.at_ns[0] == now && !p.corrupt));
		impair_corrupt(im, &p, frame, sizeof(frame));
	}
	for (unsigned f = 0; f < IMPAIR_FATE_COUNT; f++)
		fates += impair_stats(im)->fate[f];
	CHECK(fates == FRAMES && impair_stats(im)->frames == FRAMES);
	impair_free(im);
}

static void look(const struct impair_set *set)
{
	int rc = impair_set_check(set, NULL);

	for (unsigned w = 0; w < IMPAIR_WAYS; w++) {
		struct impair_cfg cfg;
		struct err e = {.code = 0};

		if (impair_read(set, (enum impair_way)w, &cfg, &e)) {
			CHECK(rc && e.text[0]);
			continue;
		}
		is_within_limits(&cfg);
		cfg.seed = impair_seed_of(set->seed, "sw0", "h1", (enum impair_way)w);
		drive(&cfg);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct impair_set set;
	const uint8_t *end = data + size;

	memset(&set, 0, sizeof(set));
	for (unsigned lines = 0; data < end && lines < LINES_MAX; lines++) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
		size_t len = (size_t)((stop ? stop : end) - data);
		char text[IMPAIR_TEXT_SIZE];

		if (len) {
			enum impair_key key = (enum impair_key)((*data & 15) % IMPAIR_KEYS);
			unsigned way = (unsigned)(*data >> 4 & 3) % (IMPAIR_WAYS + 1);

			len = len - 1 < sizeof(text) - 1 ? len - 1 : sizeof(text) - 1;
			memcpy(text, data + 1, len);
			text[len] = '\0';
			if (take(key, text))
				strcpy(set.text[way][key], text);
		}
		data = stop ? stop + 1 : end;
	}
	look(&set);
	return 0;
}

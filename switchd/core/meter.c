/* SPDX-License-Identifier: ISC */
#include "core/meter.h"

#include "core/gso.h"

enum { THOUSAND = 1000, QUARTERS = 4 };

static uint64_t default_burst(const struct rate *r)
{
	uint64_t least = r->unit == RATE_BITS ? METER_BURST_BITS : METER_BURST_FRAMES;

	if (least > r->n)
		least = r->n;
	return r->n / QUARTERS > least ? r->n / QUARTERS : least;
}

void meter_init(struct meter *m, const struct rate *r, uint64_t burst, uint64_t now_ms)
{
	*m = (struct meter){.level = 1, .full = 1, .at_ms = now_ms};
	if (r->unit == RATE_NONE || r->n == 0)
		return; /* nothing is ever taken out */
	if (burst == 0)
		burst = default_burst(r);
	if (burst > METER_BURST_MAX)
		burst = METER_BURST_MAX;
	m->rate = r->n;
	m->full = m->level = (int64_t)(burst * THOUSAND);
	if (r->unit == RATE_BITS)
		m->per_byte = 8 * THOUSAND;
	else
		m->per_frame = THOUSAND;
}

struct meter_cost meter_cost_super(const struct frame *f)
{
	struct gso g;

	gso_begin(&g, f);
	return (struct meter_cost){
		.frames = (uint32_t)g.count,
		.bytes = (uint32_t)(f->len + (g.count - 1) * g.head_len),
	};
}

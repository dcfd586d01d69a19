/* SPDX-License-Identifier: ISC */
/*
 * limits.c - what a port may bring in and take out, and which storms are on, as port.list tells it.
 */
#include "ctl/control.h"
#include "port/port.h"

static json_t *describe_limit(const struct police_limit *l)
{
	char text[RATE_STR_SIZE];

	return json_pack("{s:s, s:I}", "limit", rate_format(&l->rate, text), "burst",
			 (json_int_t)meter_burst(&l->meter));
}

static void add_limit(json_t *o, const char *name, const struct police_limit *l)
{
	if (l->rate.unit != RATE_NONE)
		json_object_set_new(o, name, describe_limit(l));
}

static void add_storm(json_t *o, const char *name, const struct storm *s, uint64_t now_ms)
{
	json_t *limit;

	if (s->limit.rate.unit == RATE_NONE)
		return;
	limit = describe_limit(&s->limit);
	json_object_set_new(limit, "storm", json_boolean(s->on));
	if (s->on) {
		json_object_set_new(limit, "storm_s",
				    json_integer((json_int_t)((now_ms - s->began_ms) / 1000)));
		json_object_set_new(limit, "dropped", json_integer((json_int_t)s->refused));
	}
	json_object_set_new(o, name, limit);
}

json_t *describe_limits(const struct sw_port *p, uint64_t now_ms)
{
	const struct police *l = &p->police;
	json_t *o;

	if (!sw_police_in(p) && !sw_police_out(p))
		return NULL;
	o = json_object();
	add_limit(o, "rate_in", &l->in);
	add_limit(o, "rate_out", &l->out);
	add_storm(o, "storm_broadcast", &l->storm[STORM_BROADCAST], now_ms);
	add_storm(o, "storm_multicast", &l->storm[STORM_MULTICAST], now_ms);
	add_storm(o, "storm_unknown", &l->storm[STORM_UNKNOWN], now_ms);
	return o;
}

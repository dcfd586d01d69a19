/* SPDX-License-Identifier: ISC */
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mac.h"

static void write_down(struct event_sink *sink, const struct event *ev)
{
	struct lab *l = (struct lab *)sink;

	l->raised[ev->kind]++;
	l->last = (struct lab_event){
		.kind = ev->kind,
		.mac = ev->mac,
		.vid = ev->vid,
		.number = ev->number,
	};
	snprintf(l->last.port, NAME_SIZE, "%s", ev->port ? ev->port : "");
	snprintf(l->last.from, NAME_SIZE, "%s", ev->from ? ev->from : "");
}

struct lab *lab_new(unsigned ports, uint32_t max_macs)
{
	static char names[PORTSET_MAX][NAME_SIZE];
	const struct siphash_key key = {{UINT64_C(0x1122334455667788), 42}};
	struct lab *l = calloc(1, sizeof(*l));
	struct sw_settings set;

	if (!l || !(l->port = calloc(ports, sizeof(*l->port))))
		abort();
	opt_defaults(sw_options, &set);
	set.max_macs = max_macs;
	l->sink.raise = write_down;
	l->ports = ports;
	l->sw = sw_new("lab", &set, &key, 0, &l->sink, NULL);
	for (unsigned i = 0; i < ports; i++) {
		snprintf(names[i], NAME_SIZE, "p%u", i);
		l->port[i].name = names[i];
		opt_defaults(sw_port_options, &l->port[i].set);
		if (!l->sw || sw_attach(l->sw, &l->port[i], NULL))
			abort();
		sw_port_link(&l->port[i], true);
	}
	return l;
}

void lab_free(struct lab *l)
{
	for (unsigned i = 0; i < l->ports; i++)
		sw_detach(&l->port[i]);
	sw_free(l->sw);
	free(l->port);
	free(l);
}

size_t lab_frame(uint8_t *buf, uint64_t dst, uint64_t src, uint16_t ethertype, size_t len)
{
	memset(buf, 0, len);
	mac_store(buf, dst);
	mac_store(buf + 6, src);
	buf[12] = (uint8_t)(ethertype >> 8);
	buf[13] = (uint8_t)ethertype;
	return len;
}

struct verdict lab_receive(struct lab *l, unsigned in, const uint8_t *bytes, size_t len)
{
	struct frame f = {.data = bytes, .len = len};
	enum drop parsed = frame_parse(&f);
	struct verdict v;

	switch_begin(l->sw, l->now_ms);
	switch_decide(l->sw, &l->port[in], &f, parsed, &v);
	switch_commit(l->sw, &l->port[in], &f, &v, l->now_ms);
	return v;
}

struct verdict lab_send(struct lab *l, unsigned in, uint64_t dst, uint64_t src)
{
	uint8_t buf[60];

	return lab_receive(l, in, buf, lab_frame(buf, dst, src, ETHERTYPE_IPV4, sizeof(buf)));
}

struct verdict lab_send_tagged(struct lab *l, unsigned in, uint64_t dst, uint64_t src,
			       uint16_t type, uint16_t tci)
{
	uint8_t buf[64];

	lab_frame(buf, dst, src, type, sizeof(buf));
	buf[14] = (uint8_t)(tci >> 8);
	buf[15] = (uint8_t)tci;
	buf[16] = ETHERTYPE_IPV4 >> 8;
	buf[17] = ETHERTYPE_IPV4 & 0xff;
	return lab_receive(l, in, buf, sizeof(buf));
}

unsigned lab_fanout(const struct lab *l, const struct verdict *v)
{
	return v->drop == DROP_NONE ? portset_count(&v->out, l->sw->words) : 0;
}

bool lab_only_to(const struct lab *l, const struct verdict *v, unsigned port)
{
	return lab_fanout(l, v) == 1 && portset_has(&v->out, port);
}

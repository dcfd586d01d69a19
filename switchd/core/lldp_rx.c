/* SPDX-License-Identifier: ISC */
/* The receiving half of the LLDP agent. */
#include <stdlib.h>
#include <string.h>

#include "core/lldp_impl.h"
#include "util/mac.h"

/* Of bytes that were read before. */
static void reread(const struct lldp_entry *n, struct lldp_info *info)
{
	struct lldp_tlv_stats stats;

	(void)lldp_parse(n->pdu, n->len, info, &stats);
}

void lldp_fill(const struct lldp_entry *n, unsigned port, uint64_t now_ms,
	       struct lldp_neighbor *out)
{
	uint64_t age = now_ms > n->heard_ms ? now_ms - n->heard_ms : 0;
	uint64_t left = n->until_ms > now_ms ? n->until_ms - now_ms : 0;

	*out = (struct lldp_neighbor){
		.port = port,
		.first_ms = n->first_ms,
		.age_s = (uint32_t)(age / LLDP_SECOND),
		.left_s = (uint32_t)(left / LLDP_SECOND),
	};
	reread(n, &out->info);
}

static void tell(struct lldp *l, enum lldp_event event, unsigned port, const struct lldp_entry *n,
		 uint64_t now_ms)
{
	struct lldp_neighbor told;

	if (!l->out.tell)
		return;
	lldp_fill(n, port, now_ms, &told);
	l->out.tell(l->out.arg, event, &told);
}

/*
 * Bytes of the first two TLVs.  They begin with their lengths, so that two LLDPDUs are of one neighbour where
 * so many bytes of both are equal; which costs less than reading all there is, and is done for every frame.
 */
static uint16_t msap_len(const struct lldp_info *info)
{
	return (uint16_t)(2 + 1 + info->chassis.id.len + 2 + 1 + info->port.id.len);
}

/* The link that points to the neighbour that the LLDPDU is of, or to NULL at the end of the list. */
static struct lldp_entry **find(struct lldp_port *p, const uint8_t *pdu,
				const struct lldp_info *info)
{
	struct lldp_entry **at = &p->neighbors;
	uint16_t len = msap_len(info);

	while (*at && ((*at)->msap_len != len || memcmp((*at)->pdu, pdu, len) != 0))
		at = &(*at)->next;
	return at;
}

static void forget(struct lldp *l, unsigned port, struct lldp_entry **at, enum lldp_event why,
		   uint64_t now_ms)
{
	struct lldp_port *p = l->port[port];
	struct lldp_entry *n = *at;

	*at = n->next;
	p->count--;
	p->stats.deletes++;
	p->stats.ageouts += why == LLDP_AGED;
	tell(l, why, port, n, now_ms);
	free(n);
}

void lldp_forget_all(struct lldp *l, unsigned port, uint64_t now_ms)
{
	struct lldp_port *p = l->port[port];

	while (p->neighbors)
		forget(l, port, &p->neighbors, LLDP_CUT, now_ms);
	p->too_many_ms = 0;
}

void lldp_age(struct lldp *l, unsigned port, uint64_t now_ms)
{
	struct lldp_entry **at = &l->port[port]->neighbors;

	while (*at)
		if ((*at)->until_ms <= now_ms)
			forget(l, port, at, LLDP_AGED, now_ms);
		else
			at = &(*at)->next;
}

static struct lldp_entry *new_neighbor(const uint8_t *pdu, const struct lldp_info *info)
{
	struct lldp_entry *n = malloc(sizeof(*n) + info->used);

	if (!n)
		return NULL;
	memcpy(n->pdu, pdu, info->used);
	n->len = (uint16_t)info->used;
	n->msap_len = msap_len(info);
	n->next = NULL;
	return n;
}

/* There is no room for it: clause 9.2.7.7. */
static enum drop refuse(struct lldp_port *p, uint16_t ttl_s, uint64_t now_ms)
{
	uint64_t until = now_ms + (uint64_t)ttl_s * LLDP_SECOND;

	if (until > p->too_many_ms)
		p->too_many_ms = until;
	p->stats.too_many++;
	p->stats.frames_discarded++;
	return DROP_LLDP_FULL;
}

/* Takes in what was read from `pdu`: mibUpdateObjects() of clause 9.2.7. */
static enum drop update(struct lldp *l, unsigned port, const uint8_t *pdu,
			const struct lldp_info *info, uint64_t now_ms)
{
	struct lldp_port *p = l->port[port];
	struct lldp_entry **at = find(p, pdu, info), *old = *at, *n = old;
	struct lldp_info before;
	bool changed = false;

	if (!old && p->count >= l->cfg.max_neighbors)
		return refuse(p, info->ttl_s, now_ms);
	if (!old || old->len != info->used || memcmp(old->pdu, pdu, info->used) != 0)
		n = new_neighbor(pdu, info);
	if (!n)
		return refuse(p, info->ttl_s, now_ms);
	if (old && n != old) {
		reread(old, &before);
		changed = !lldp_equal(&before, info);
		n->first_ms = old->first_ms;
		n->next = old->next;
		free(old);
	}
	*at = n;
	n->heard_ms = now_ms;
	n->until_ms = now_ms + (uint64_t)info->ttl_s * LLDP_SECOND;
	if (!old) {
		n->first_ms = now_ms;
		p->count++;
		p->stats.inserts++;
		p->new_neighbor = true;
	}
	if (!old || changed)
		tell(l, old ? LLDP_CHANGED : LLDP_ADDED, port, n, now_ms);
	return DROP_NONE;
}

bool lldp_is(const uint8_t *frame, size_t len)
{
	return len >= LLDP_HEADER && mac_load(frame) == LLDP_GROUP &&
	       frame[12] == ETHERTYPE_LLDP >> 8 && frame[13] == (ETHERTYPE_LLDP & 0xff);
}

enum drop lldp_judge(const struct lldp *l, unsigned port, const uint8_t *frame, size_t len)
{
	struct lldp_port *p = lldp_port_at(l, port);
	struct lldp_tlv_stats wrong;
	struct lldp_info info;
	enum drop d;

	if (!lldp_may_receive(p) || !lldp_is(frame, len))
		return DROP_LINK_LOCAL;
	d = lldp_parse(frame + LLDP_HEADER, len - LLDP_HEADER, &info, &wrong);
	if (d != DROP_NONE || !info.ttl_s || p->count < l->cfg.max_neighbors)
		return d;
	return *find(p, frame + LLDP_HEADER, &info) ? DROP_NONE : DROP_LLDP_FULL;
}

/* rxProcessFrame(): clause 9.2.7.7. */
enum drop lldp_receive(struct lldp *l, unsigned port, const uint8_t *frame, size_t len,
		       uint64_t now_ms)
{
	struct lldp_port *p = lldp_port_at(l, port);
	struct lldp_tlv_stats wrong;
	struct lldp_info info;
	enum drop d;

	if (!lldp_may_receive(p) || !lldp_is(frame, len))
		return DROP_LINK_LOCAL;
	p->stats.frames_in++;
	d = lldp_parse(frame + LLDP_HEADER, len - LLDP_HEADER, &info, &wrong);
	p->stats.tlvs_discarded += wrong.discarded;
	p->stats.tlvs_unrecognized += wrong.unrecognized;
	p->stats.frames_in_error += d != DROP_NONE || wrong.discarded;
	if (d != DROP_NONE) {
		p->stats.frames_discarded++;
		return d;
	}
	if (info.ttl_s)
		return update(l, port, frame + LLDP_HEADER, &info, now_ms);
	struct lldp_entry **at = find(p, frame + LLDP_HEADER, &info);
	if (*at)
		forget(l, port, at, LLDP_LEFT, now_ms);
	return DROP_NONE;
}

/* SPDX-License-Identifier: ISC */
#include "core/frame.h"

#include "core/tag.h"
#include "core/vnet.h"
#include "util/bytes.h"
#include "util/mac.h"

enum { TAGS_MAX = 2, VID_MASK = 0x0fff };

static enum drop parse_header(struct frame *f)
{
	struct rd r = rd_from(f->data, f->len);
	const uint8_t *macs = rd_take(&r, 12);
	uint16_t type = rd_be16(&r);

	if (r.bad)
		return DROP_RUNT;
	f->dst = mac_load(macs);
	f->src = mac_load(macs + 6);
	f->tpid = f->vid = 0;
	f->tags = 0;
	while (f->tags < TAGS_MAX && (type == ETHERTYPE_CTAG || type == ETHERTYPE_STAG)) {
		uint16_t tci = rd_be16(&r);

		if (f->tags == 0) {
			f->tpid = type;
			f->tci = tci;
			f->vid = type == ETHERTYPE_CTAG ? tci & VID_MASK : 0;
		}
		f->tags++;
		type = rd_be16(&r);
	}
	if (r.bad)
		return DROP_TRUNCATED_TAG;
	f->ethertype = type;
	f->l3 = (uint16_t)(FRAME_MIN + f->tags * TAG_SIZE);
	return DROP_NONE;
}

enum drop frame_parse(struct frame *f)
{
	size_t wire_len = f->len;
	enum drop d = parse_header(f);

	f->super = false;
	if (d != DROP_NONE)
		return d;
	if (f->len > FRAME_MAX)
		return DROP_OVERSIZE;
	if (f->vnet) {
		struct virtio_net_hdr h = vnet_load(f->vnet);

		d = vnet_check(&h, f, &wire_len);
		if (d != DROP_NONE)
			return d;
		f->super = vnet_is_super(&h);
	}
	f->payload = wire_len - f->l3;
	return DROP_NONE;
}

/* SPDX-License-Identifier: ISC */
/*
 * groups.h - what hosts, routers and queriers send about groups, built from the RFCs and not with the
 * switch's own code.
 */
#ifndef GROUPS_H
#define GROUPS_H

#include "core/mcast.h"

enum { GROUPS_FRAME = 9000 };

struct gpacket {
	uint8_t data[GROUPS_FRAME];
	size_t len;
	size_t ip, l4, l4_len; /* l4: IGMP, ICMPv6 or PIM; without padding */
};

/* An address as a person writes it. */
struct ip_addr addr(const char *text);

/* An IGMP or ICMPv6 message as a whole frame, padded to 60 bytes, all that it should have being right. */
void gp_igmp(struct gpacket *p, const char *src, const char *dst, const uint8_t *msg, size_t len);
void gp_mld(struct gpacket *p, const char *src, const char *dst, const uint8_t *msg, size_t len);
void gp_pim(struct gpacket *p, const char *src, const uint8_t *msg, size_t len);

/* Puts lengths and checksums right after somebody spoilt what is at l4 or made it l4_len long. */
void gp_finish(struct gpacket *p);
/* The checksum of the IPv4 header alone. */
void gp_finish_ip(struct gpacket *p);

/* Which version of which protocol: 1 to 3 of IGMP or 1, 2 of MLD follow from the group. */
void gp_report(struct gpacket *p, const char *group, unsigned version);
void gp_leave(struct gpacket *p, const char *group);
/* A new report with one record; sources are separated by spaces. */
void gp_record(struct gpacket *p, enum mcast_record_type type, const char *group,
	       const char *sources);
/* The same with `n` records, of groups that follow on `group`. */
void gp_records(struct gpacket *p, enum mcast_record_type type, const char *group, unsigned n,
		const char *sources);
/* The newest version; group NULL: general, of src's family.  max_resp_ms up to 12700. */
void gp_query(struct gpacket *p, const char *src, const char *group, uint32_t max_resp_ms,
	      const char *sources);
/* What it says of the times. */
void gp_query_times(struct gpacket *p, uint8_t qrv, uint8_t qqic);
void gp_query_suppress(struct gpacket *p);
/* An older one: IGMP 1, 2, MLD 1. */
void gp_query_old(struct gpacket *p, const char *src, const char *group, unsigned version,
		  uint32_t max_resp_ms);
/* A UDP packet. */
void gp_data(struct gpacket *p, const char *src, const char *group);

enum drop gp_parse(const struct gpacket *p, struct frame *f, struct mcast_msg *m);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * stp_bpdu.h - bridge protocol data units and the Ethernet frames around them (IEEE 802.1D-2004 clause
 * 9; 802.1Q-2018 clause 14).
 */
#ifndef CORE_STP_BPDU_H
#define CORE_STP_BPDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"

enum {
	STP_FRAME_SIZE =
		60,	  /* the shortest frame there is (802.3 clause 4.2.3.3); a BPDU needs 53 */
	STP_SECOND = 256, /* times in a BPDU are in units of 1/256 s (9.2.8) */
};

#define STP_GROUP UINT64_C(0x0180c2000000) /* the bridge group address, table 7-10 */

enum stp_bpdu_type { STP_BPDU_CONFIG = 0x00, STP_BPDU_RST = 0x02, STP_BPDU_TCN = 0x80 };

/* The role in an RST BPDU (9.2.9).  Unknown counts as designated, which a Config BPDU always conveys. */
enum stp_bpdu_role {
	STP_BPDU_UNKNOWN,
	STP_BPDU_ALTERNATE, /* or backup */
	STP_BPDU_ROOT,
	STP_BPDU_DESIGNATED,
};

/* A priority vector (17.5) but for its last component, the port it was received on. */
struct stp_vec {
	uint64_t root;	 /* bridge identifiers */
	uint32_t cost;	 /* of the way to the root */
	uint64_t bridge; /* the designated bridge... */
	uint16_t port;	 /* ...and its port identifier */
};

/* In units of 1/256 s. */
struct stp_times {
	uint16_t message_age;
	uint16_t max_age;
	uint16_t hello_time;
	uint16_t forward_delay;
};

/* Of a TCN BPDU, only type and src; of a Config BPDU, only the two topology change flags. */
struct stp_bpdu {
	enum stp_bpdu_type type;
	uint64_t src;
	bool tc, tc_ack;
	bool proposal, agreement, learning, forwarding;
	enum stp_bpdu_role role;
	struct stp_vec vec;
	struct stp_times times;
};

/* Writes the frame that carries b, padded with zeroes to STP_FRAME_SIZE. */
void stp_bpdu_make(const struct stp_bpdu *b, uint8_t out[STP_FRAME_SIZE]);

/*
 * Reads a frame.  The length field and the LLC header say what of it is the BPDU; what follows the
 * parameters that we know belongs to a newer version and is let be (9.3.4).  Returns DROP_NONE;
 * DROP_BAD_BPDU; or DROP_BPDU_OLD with *b filled.
 */
enum drop stp_bpdu_parse(const uint8_t *frame, size_t len, struct stp_bpdu *b);

#endif

/* SPDX-License-Identifier: ISC */
#include "port/packets.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/vnet.h"
#include "port/rx.h"

enum {
	TAG_SIZE = 4,
	MACS_SIZE = 12,
	/* Room for a tag, and RX_ROOM; not a power of two, for the same reason as in burst.c. */
	SLOT_SIZE = 65536 + 3 * 64,
};
_Static_assert(SLOT_SIZE >= TAG_SIZE + RX_ROOM, "a slot holds a frame");

struct packets {
	struct mmsghdr msg[RX_BATCH];
	struct iovec iov[RX_BATCH];
	struct sockaddr_ll from[RX_BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata)) +
			   CMSG_SPACE(sizeof(uint32_t))];
	} control[RX_BATCH];
	uint8_t slot[RX_BATCH][SLOT_SIZE] __attribute__((aligned(64)));
};

struct packets *packets_new(void)
{
	struct packets *b = aligned_alloc(64, (sizeof(*b) + 63) / 64 * 64);

	if (!b)
		return NULL;
	for (int i = 0; i < RX_BATCH; i++) {
		b->iov[i] = (struct iovec){b->slot[i] + TAG_SIZE, RX_ROOM};
		b->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &b->from[i],
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = &b->control[i],
		};
	}
	return b;
}

void packets_free(struct packets *b)
{
	free(b);
}

int packets_receive(struct packets *b, int fd, unsigned want)
{
	int n;

	for (unsigned i = 0; i < want; i++) { /* the kernel wrote over these */
		b->msg[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
		b->msg[i].msg_hdr.msg_controllen = sizeof(b->control[i]);
	}
	n = recvmmsg(fd, b->msg, want, MSG_DONTWAIT, NULL);
	return n < 0 ? -errno : n;
}

/*
 * Puts the tag back between addresses and EtherType: what is in front of it, offload header and addresses, moves
 * into the room that was left there.
 */
static void restore_tag(uint8_t *slot, const struct tpacket_auxdata *aux, struct packet *k)
{
	uint16_t tpid =
		aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETHERTYPE_CTAG;
	uint8_t *tag = slot + VNET_HDR_SIZE + MACS_SIZE;

	memmove(slot, slot + TAG_SIZE, VNET_HDR_SIZE + MACS_SIZE);
	tag[0] = (uint8_t)(tpid >> 8);
	tag[1] = (uint8_t)tpid;
	tag[2] = (uint8_t)(aux->tp_vlan_tci >> 8);
	tag[3] = (uint8_t)aux->tp_vlan_tci;
	vnet_shift(slot, TAG_SIZE);
	k->frame.vnet = slot;
	k->frame.data = slot + VNET_HDR_SIZE;
	k->frame.len += TAG_SIZE;
}

struct packet packets_get(struct packets *b, int i)
{
	struct mmsghdr *m = &b->msg[i];
	uint8_t *vnet = b->slot[i] + TAG_SIZE;
	struct packet k = {
		.frame = {.vnet = vnet,
			  .data = vnet + VNET_HDR_SIZE,
			  .len = m->msg_len - VNET_HDR_SIZE},
		.outgoing = b->from[i].sll_pkttype == PACKET_OUTGOING,
		.cut = m->msg_hdr.msg_flags & MSG_TRUNC,
	};
	struct tpacket_auxdata aux = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m->msg_hdr); c; c = CMSG_NXTHDR(&m->msg_hdr, c)) {
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&k.lost, CMSG_DATA(c), sizeof(k.lost));
	}
	if (aux.tp_status & TP_STATUS_VLAN_VALID)
		restore_tag(b->slot[i], &aux, &k);
	return k;
}

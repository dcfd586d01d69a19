/* SPDX-License-Identifier: ISC */
/*
 * vxlan.h - ports that reach a LAN on other hosts through VXLAN (RFC 7348).
 *
 * vxlan.c opens and changes; vxlan_recv.c receives; vxlan_send.c sends; vxlan_state.c says how the port does;
 * vxlan_pins.c knows who is behind a remote because he was told.
 * vtep.c has the sockets, which ports share; vxlan_remotes.c the peers; core/vxlan.c the wire.
 */
#ifndef PORT_VXLAN_H
#define PORT_VXLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fdb.h"
#include "core/vxlan.h"
#include "port/port.h"
#include "port/vtep.h"
#include "port/vxlan_remotes.h"

extern const struct port_ops vxlan_ops;

enum vxlan_df { DF_UNSET, DF_SET, DF_INHERIT };

/* What a port has got from its vtep, and from its settings. */
struct vxlan_means {
	struct vtep_out *out[2]; /* by whether datagrams may not be fragmented; NULL = not in use */
	struct vtep_group *group;
	struct sock_addr group_to;
	int group_ifindex;
	enum vxlan_df df;
	int tos; /* VXLAN_TOS_INHERIT = that of the frame inside */
	bool csum;
};

/* How large datagrams may be. */
struct vxlan_mtu {
	unsigned next;	  /* the remote to look at next; REMOTES_MAX = all were looked at */
	uint64_t when_ms; /* to begin again */
	bool again;	  /* as soon as all were looked at */
	uint32_t needed;  /* for the largest frame of the LAN */
	/* the narrowest way that is too narrow, or 0; of this round, and of the last that was finished */
	uint32_t found, known;
	char found_at[ENDPOINT_SIZE], known_at[ENDPOINT_SIZE];
};

struct vxlan {
	struct port port;
	struct tx_queue queue;
	struct vtep_user user; /* user.vtep is NULL while lost */
	struct vxlan_means means;
	uint8_t header[VXLAN_HDR_SIZE];

	struct remotes remotes;
	struct udp_refusals group_refusals;
	unsigned complaining; /* remotes of which the network has reported something */
	unsigned complainer;  /* the last of them */
	struct vxlan_mtu mtu;

	/* Who is behind which remote: its ports are the numbers of remotes. */
	struct fdb *macs;
	bool macs_frozen; /* while a larger or smaller table is made of it */

	/* The last frame's sender and what was learned: the next is of the same, mostly. */
	struct {
		uint8_t head[10]; /* source, EtherType and what follows */
		uint32_t now_s;
		unsigned changes;
		int remote;
	} last;
};

static inline struct vxlan *vxlan_of(struct port *p)
{
	return (struct vxlan *)p;
}

/* vtep_user.receive */
void vxlan_receive(struct vtep_user *u, const struct datagrams *d, uint8_t *data, size_t len);

/* Nobody is known behind the remote any more, and it is none. */
void vxlan_drop_remote(struct vxlan *v, unsigned i);

/* port_ops.pin and .behind */
int vxlan_pin(struct port *p, uint16_t vid, uint64_t mac, const char *remote, struct err *e);
bool vxlan_behind(const struct port *p, uint16_t vid, uint64_t mac, bool *pinned,
		  char remote[ENDPOINT_SIZE]);

/* May the port's remotes become those of `to`?  Not without one that a static address is behind: -EINVAL. */
int vxlan_check_pins(const struct vxlan *v, const struct vxlan_cfg *to, struct err *e);

/* port_ops.flush: sends what is in the port's queue. */
void vxlan_flush(struct port *p);

/* port_ops.reaches */
bool vxlan_reaches(const struct port *p, const uint8_t *head, size_t len, unsigned n,
		   char peer[ENDPOINT_SIZE]);

/* port_ops.work: a frame that is flooded is one for each remote. */
unsigned vxlan_work(const struct port *p, const struct tx_unit *u);

/* vtep_user.report */
void vxlan_report(struct vtep_user *u, const struct udp_report *r);

/* The remote was heard: what was reported of it is history. */
void vxlan_heard(struct vxlan *v, unsigned remote);

/* Says, as the port's reason, what is wrong with it although it is up. */
void vxlan_tell(struct vxlan *v);

/* Once a second: forgets reports that are history, and looks how wide the ways to the remotes are. */
void vxlan_look_around(struct vxlan *v);

/* Looks at all ways soon: remotes, or devices, have changed. */
void vxlan_measure(struct vxlan *v);

/* The largest payload of a frame that fits every way without fragments, as far as ways are known. */
size_t vxlan_lan_mtu(const struct vxlan *v);

#endif

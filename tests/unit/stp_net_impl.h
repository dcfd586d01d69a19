/* SPDX-License-Identifier: ISC */
/* stp_net_impl.h - the insides of a network, which stp_net.c and stp_net_tree.c share. */
#ifndef STP_NET_IMPL_H
#define STP_NET_IMPL_H

#include "stp_net.h"

struct plug {
	unsigned bridge, port;
};

struct segment {
	struct plug plug[NET_BRIDGES];
	unsigned plugs;
	unsigned delay_us;
	unsigned cuts; /* so often; frames of before are lost */
	bool is_hub, cut, mute;
};

struct bridge {
	struct net *net;
	unsigned number;
	struct stp *stp;
	uint64_t tick_us; /* the next */
	bool hung;
	unsigned ports;
	int segment[NET_PORTS]; /* -1 = nothing is plugged in */
	bool forwarding[NET_PORTS], learning[NET_PORTS];
	struct net_log log;
};

struct flight {
	uint64_t at_us, seq;
	unsigned segment, cuts;
	struct plug from;
	uint8_t bytes[STP_FRAME_SIZE];
};

struct net {
	uint64_t now_us, seed, seq;
	struct bridge bridge[NET_BRIDGES];
	struct segment segment[NET_SEGMENTS];
	unsigned bridges, segments;
	struct flight *heap;
	unsigned flights;
	bool changed; /* the state of a port, since the last look for loops */
	bool looping;
	uint64_t looping_since_us, tolerated_us;
};

/* Fails the test where ports that forward make a loop; cheap where no port changed. */
void net_look_for_loops(struct net *n);

#endif

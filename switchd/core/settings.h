/* SPDX-License-Identifier: ISC */
/*
 * settings.h - what can be set on a switch, and the limits the core works with.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lldp_addr.h"
#include "util/opt.h"
#include "util/rate.h"
#include "util/vidset.h"
#include "util/words.h"

enum {
	SWITCHES_MAX = 64, /* of one daemon */
	FDB_MACS_DEFAULT = 65536,
	FDB_MACS_MAX = 4194304,
	AGEING_DEFAULT_S = 300, /* IEEE 802.1Q-2018 table 8-6: the recommended ageing time */
	AGEING_MAX_S = 1000000, /* the upper end of the same table */
	RATE_BURST_MAX_MS = 10000,
	VID_MAX = 4095,	    /* what fits; 4095 itself is reserved (802.1Q table 9-2) */
	SW_TEXT_SIZE = 256, /* of a description, the NUL included: what a TLV of LLDP holds */
	MIRROR_LIST_SIZE = 512,
	LINK_LOCAL_ALL = 0xffff, /* one bit for each of 01:80:C2:00:00:00 to 0F */
};

struct sw_settings {
	uint32_t ageing_s;   /* seconds a silent station is remembered; 0 = for ever */
	uint32_t max_macs;   /* entries in the address table */
	uint32_t link_local; /* bit i: forward 01:80:C2:00:00:0i instead of dropping it */
	bool vlan_aware;     /* false: tags are the stations' own business */

	/* Watched in all VLANs, and how: see enum guard_what and struct guard_settings. */
	bool dhcp_snooping;
	bool dhcp6_guard;
	bool arp_inspection;
	bool ra_guard;
	uint32_t dhcp_bindings;
	bool dhcp_chaddr;
	bool dhcp_relays;
	bool dhcp_to_trusted;
	bool arp_target;

	/* Of the spanning tree: see struct stp_cfg. */
	char stp[5];	       /* "off", "rstp", "stp" */
	uint64_t stp_address;  /* in the bridge identifier; 0 = one of the switch's own */
	uint32_t stp_priority; /* 0 to 61440 in steps of 4096 */
	uint32_t stp_hello_s;
	uint32_t stp_forward_delay_s;
	uint32_t stp_max_age_s;
	uint32_t stp_tx_hold;
	uint32_t stp_guard_recovery_s;

	/* Of multicast snooping: see struct snoop_settings. */
	char mcast_snooping[5]; /* "off", "on", "igmp", "mld" */
	bool mcast_flood_unknown;
	uint32_t mcast_max_groups;
	uint32_t mcast_max_port_groups;
	uint32_t mcast_max_sources;
	bool mcast_querier;
	char mcast_querier_ipv4[16];
	char mcast_querier_ipv6[46];
	uint32_t mcast_igmp_version;
	uint32_t mcast_mld_version;
	uint32_t mcast_query_interval_s;
	uint32_t mcast_query_response_ms;
	uint32_t mcast_last_member_ms;
	uint32_t mcast_robustness;

	/* Of LLDP: see struct lldp_cfg. */
	bool lldp;
	uint64_t lldp_chassis;		     /* 0 = stp_address, or one of the switch's own */
	char lldp_system_name[SW_TEXT_SIZE]; /* "" = the switch's name */
	char lldp_system_description[SW_TEXT_SIZE]; /* "" = what runs it */
	char lldp_management[LLDP_ADDRS_SIZE];	    /* addresses, see core/lldp_addr.h */
	uint32_t lldp_interval_s;
	uint32_t lldp_hold;
	uint32_t lldp_max_neighbors; /* of each port */

	/* Of the search for loops: see struct loopguard_cfg. */
	uint32_t loop_guard_interval_s;
	uint32_t loop_guard_recovery_s;
};

/* The settings of one VLAN of a switch. */
struct sw_vlan_set {
	char name[NAME_SIZE]; /* "" = none */

	/* Watched in this VLAN: see enum guard_what. */
	bool dhcp_snooping;
	bool dhcp6_guard;
	bool arp_inspection;
	bool ra_guard;
	bool mcast_flood;   /* no multicast snooping here */
	bool mcast_querier; /* here, if not in all VLANs */
	char mcast_querier_ipv4[16];
};

/*
 * The settings of a port that are the core's, whatever kind it is.  The struct of all settings of a
 * port begins with this one (struct port_cfg), so that one table serves both.
 *
 * VLANs are given in one of three ways, and mean nothing where the switch is not vlan_aware.  Nothing at
 * all is access to VLAN 1 (IEEE 802.1Q-2018 table 9-2: the default PVID).
 */
struct sw_port_set {
	uint32_t max_macs; /* addresses learned from this port; 0 = no limit of its own */

	/* Who may send: core/secure.h. */
	char max_macs_action
		[6]; /* "flood", "drop", "shut": frames from addresses beyond max_macs */
	bool locked; /* only from static addresses */
	bool sticky; /* what is learned becomes static */

	uint32_t access; /* one VLAN, untagged; 0 = not set */

	struct vidset trunk;	/* these leave with a tag... */
	struct vidset untagged; /* ...these without... */
	uint32_t native; /* ...and so does this one, which untagged frames belong to; 0 = none */

	uint32_t dot1q_tunnel; /* all that comes in is of this VLAN, tags and all; 0 = not set */

	char tpid[8];  /* of tags: "0x8100" or "0x88a8" */
	char admit[9]; /* "all", "tagged", "untagged" */
	bool ingress_filter;

	bool shutdown;		  /* by who runs the switch: core/shut.h */
	bool isolated;		  /* takes no frames from other isolated ports */
	uint32_t shut_recovery_s; /* a port that is shut opens after so long; 0 = never by itself */
	bool loop_guard;	  /* probes are sent: core/sw_loop.h */

	/* See core/sw_police.h.  A burst is what comes at the rate in that time; 0: see core/meter.h. */
	struct rate rate_in, rate_out;
	uint32_t rate_in_burst_ms, rate_out_burst_ms;
	struct rate storm_broadcast, storm_multicast, storm_unknown;
	char storm_action[5]; /* "drop", "shut" */

	/* Not watched here, because whoever is there may say it: see struct guard_port_settings. */
	bool dhcp_trusted;
	bool arp_trusted;
	bool ra_trusted;
	uint32_t dhcp_max_bindings; /* 0 = no limit of its own */

	/* Of a port where copies of others' frames go: core/mirror.h. */
	char mirror
		[MIRROR_LIST_SIZE]; /* of which ports: names with commas between, or "all"; "" = none */
	struct vidset mirror_vlans; /* of which VLANs; empty = any */
	char mirror_direction[5];   /* "both", "rx", "tx" */
	uint32_t mirror_snaplen;    /* bytes of each; 0 = all */

	/* Of the spanning tree: see struct stp_port_cfg. */
	uint32_t stp_cost;
	uint32_t stp_priority;
	char stp_p2p[5]; /* "auto", "yes", "no" */
	bool stp_edge;
	bool stp_auto_edge;
	bool stp_bpdu_guard;
	bool stp_bpdu_filter;
	bool stp_root_guard;

	/* Of multicast snooping: see struct snoop_port_settings. */
	char mcast_router[7]; /* "auto", "never", "always" */
	bool mcast_fast_leave;

	/* Of LLDP, where it is on: see struct lldp_port_cfg. */
	char lldp[5];			     /* "both", "rx", "tx", "off" */
	char lldp_description[SW_TEXT_SIZE]; /* "" = the port's name */
};

/* Defaults, limits and help of the above. */
extern const struct opt sw_options[]; /* goes on in the next */
extern const struct opt sw_snoop_options[];
extern const struct opt sw_vlan_options[];
extern const struct opt sw_port_options[];

/* For two of the tables: the address of a querier is that of one host, or 0.0.0.0. */
int sw_check_querier_ipv4(const char *text, struct err *e);

/* What no single option can check: settings that exclude each other.  Returns 0 or -EINVAL with *e. */
int sw_settings_check(const struct sw_settings *set, struct err *e);
int sw_port_set_check(const struct sw_port_set *set, struct err *e);

#endif

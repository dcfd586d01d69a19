/* SPDX-License-Identifier: ISC */
#include "core/drop.h"

static const struct {
	const char *name;
	const char *text;
} drops[DROP_COUNT] = {
	[DROP_NONE] = {"none", "The frame was forwarded."},
	[DROP_RX_OVERRUN] =
		{"rx_overrun",
		 "The buffer of the port's socket was full: datagrams came faster than the "
		 "switch took them."},
	[DROP_IMPAIRED_IN] =
		{"impaired_in",
		 "The port's link is set to be bad, and lost the frame before it came in; swctl show "
		 "impair says how, and swctl set port --impair none makes it good."},
	[DROP_WRONG_PEER] = {"wrong_peer",
			     "The datagram did not come from the port's remote; if it should have, "
			     "compare remote with the address and port that the peer sends from."},
	[DROP_UNANSWERABLE] =
		{"unanswerable",
		 "The socket that the datagram came from has no name, or none that this host can "
		 "reach it by, so nothing could be sent back; bind it to a whole path, as the user "
		 "that sends."},
	[DROP_PEER_REFUSED] =
		{"peer_refused",
		 "The sender is not among the port's peers: there are as many as max_peers allows, "
		 "or the switch was being changed just then."},
	[DROP_BAD_VXLAN] = {"bad_vxlan",
			    "The datagram is shorter than a VXLAN header, or says that it is of no "
			    "VXLAN network: something else sends to the port's local address."},
	[DROP_UNKNOWN_VNI] = {"unknown_vni",
			      "The datagram is of a VXLAN network that no port with this local "
			      "address has; counted at the one that has had the address longest."},
	[DROP_CONGESTION] = {"congestion",
			     "The datagram met congestion in the network between, and the sender "
			     "of the frame would not understand a mark that says so (RFC 6040)."},
	[DROP_RUNT] = {"runt", "The frame is shorter than the 14 bytes of an Ethernet header."},
	[DROP_OVERSIZE] = {"oversize",
			   "The frame is larger than the port it came from accepts; raise "
			   "the port's mtu if it should pass."},
	[DROP_TRUNCATED_TAG] = {"truncated_tag",
				"The EtherType announces a VLAN tag, but the frame "
				"ends before the tag does."},
	[DROP_BAD_VNET] = {"bad_vnet",
			   "The offload header beside the frame points outside of the frame or of "
			   "its headers, so its checksum could not be finished."},
	[DROP_BAD_GSO] = {"bad_gso",
			  "The frame asks to be cut into segments, but its headers and the "
			  "offload header do not agree on how."},
	[DROP_PORT_BLOCKED] =
		{"port_blocked",
		 "The port the frame came from may not forward now: it is not up, or the spanning tree has it discard or learn; swctl show stp tells which."},
	[DROP_PORT_SHUT] =
		{"port_shut",
		 "The port is shut, by its setting shutdown or by a defence of its own, which its details "
		 "tell. What a defence has shut opens after shut_recovery_s, or by swctl reopen."},
	[DROP_FILTER_IN] =
		{"filter_in",
		 "The port's filter_in does not match the frame; its expression says what may come in."},
	[DROP_MONITOR] =
		{"monitor",
		 "The port shows copies of other ports' frames, and takes part in nothing; whoever "
		 "listens there should not send."},
	[DROP_LINK_LOCAL] =
		{"link_local",
		 "The destination is in 01:80:C2:00:00:00-0F, which a bridge keeps on its "
		 "link (STP, LACP, LLDP...); set link_local to let it through."},
	[DROP_VID_RESERVED] =
		{"vid_reserved",
		 "The tag says VLAN 4095, which the standard reserves and no port may "
		 "send or receive (IEEE 802.1Q table 9-2)."},
	[DROP_TAGGED] = {"tagged", "The frame has a VLAN tag, and the port's admit is untagged."},
	[DROP_UNTAGGED] = {"untagged",
			   "The frame has no VLAN tag, and the port has no VLAN for such frames: "
			   "its admit is tagged, or it is a trunk without native."},
	[DROP_NOT_IN_VLAN] = {"not_in_vlan",
			      "The frame's VLAN is none of the port's: add it to the port's "
			      "trunk, or see which VLAN the sender uses."},
	[DROP_OVER_MAX_MACS] =
		{"over_max_macs",
		 "The sender is unknown, and the port has as many addresses as its max_macs allows; its "
		 "max_macs_action says to drop such frames, or to shut the port."},
	[DROP_LOCKED] =
		{"locked",
		 "The port is locked, and the sender is none of its static or sticky addresses; add it "
		 "with swctl add mac if it may send."},
	[DROP_MAC_ELSEWHERE] =
		{"mac_elsewhere",
		 "The sender's address is sticky or static on another port, and so may not be used on "
		 "this one: it is spoofed, or the station has moved; delete it there if so."},
	[DROP_BAD_BPDU] =
		{"bad_bpdu",
		 "A frame to the spanning tree's address that is no BPDU: its length field, "
		 "LLC header, protocol, version, type or size is wrong."},
	[DROP_BPDU_OLD] = {"bpdu_old",
			   "The BPDU has come through as many bridges as its max age allows; raise "
			   "max_age at the root if the network is that wide."},
	[DROP_BPDU_OWN] =
		{"bpdu_own",
		 "The BPDU was sent by the very port it came in on: what is beyond the port "
		 "sends frames back, look for a loop there."},
	[DROP_BPDU_FILTER] = {"bpdu_filter",
			      "A BPDU on a port that has bpdu_filter, and so takes no "
			      "part in the spanning tree."},
	[DROP_BPDU_GUARD] =
		{"bpdu_guard",
		 "A BPDU on a port that has bpdu_guard: a bridge is where none should be, and "
		 "the port is shut until its link was down, it is reopened, or guard_recovery_s is over."},
	[DROP_BPDU_LIMIT] =
		{"bpdu_limit",
		 "More BPDUs came in than bridges send: after 128 at once no more than 32 a second are "
		 "looked at, so that a port that floods them does not keep the switch busy."},
	[DROP_BAD_LLDP] = {"bad_lldp",
			   "The frame is of LLDP, but does not begin with who speaks and for how "
			   "long that is true, so nothing was taken from it."},
	[DROP_LLDP_FULL] =
		{"lldp_full",
		 "The frame tells of one more LLDP neighbour, but those of the port are as "
		 "many as are kept; one is taken in when another has left or aged."},
	[DROP_LOOP_BLOCKED] =
		{"loop_blocked",
		 "The port is blocked because a loop was found behind it; see its details for the "
		 "other end. It is tried again after a time, or by swctl reopen."},
	[DROP_LOOP_PROBE] =
		{"loop_probe",
		 "The frame is a probe that this switch sent to find loops, and it came "
		 "back: the ports that both are of are connected outside of the switch."},
	[DROP_BAD_PROBE] =
		{"bad_probe",
		 "The frame says that it is a probe of this switch's for loops, but was not "
		 "made here, or not lately: somebody forges them or sends old ones again."},
	[DROP_HIDDEN_HEADER] =
		{"hidden_header",
		 "The frame hides what it carries from inspection: under a third VLAN tag, in an "
		 "LLC/SNAP header, or where its offload header has a checksum written; if "
		 "that is meant, trust the port."},
	[DROP_BAD_DHCP] = {"bad_dhcp",
			   "The DHCP or BOOTP message is malformed: its lengths, checksum, header "
			   "or options are not what RFC 2131 and 2132 ask for."},
	[DROP_DHCP_FRAGMENT] =
		{"dhcp_fragment",
		 "A DHCP message, or what may be one, came in IP fragments from a port that is not "
		 "trusted; no client has a reason to send one so."},
	[DROP_DHCP_ROGUE_SERVER] =
		{"dhcp_rogue_server",
		 "A DHCP server answered from a port that is not trusted; if the server is meant "
		 "to be there, trust the port for dhcp."},
	[DROP_DHCP_RELAY] =
		{"dhcp_relay",
		 "The DHCP message says that a relay agent has passed it on, but came from a port "
		 "that is not trusted; trust the port, or allow relays on such ports."},
	[DROP_DHCP_CHADDR] =
		{"dhcp_chaddr",
		 "The client hardware address in the DHCP message is not the address that the frame "
		 "was sent from: somebody asks in the name of another station."},
	[DROP_DHCP_NOT_HOLDER] =
		{"dhcp_not_holder",
		 "The DHCP message is about a lease that is not held on this port; if the station "
		 "has moved here, delete its old binding."},
	[DROP_DHCP_LIMIT] =
		{"dhcp_limit",
		 "The station may not have another lease: the port has as many bindings as it may, "
		 "or the table of bindings is full; raise the limit if they are all wanted."},
	[DROP_BAD_DHCP6] =
		{"bad_dhcp6",
		 "The DHCPv6 message is malformed: its lengths, checksum, type or options "
		 "are not what RFC 8415 asks for."},
	[DROP_DHCP6_ROGUE_SERVER] =
		{"dhcp6_rogue_server",
		 "A DHCPv6 server answered from a port that is not trusted; if the server is meant "
		 "to be there, trust the port for dhcp6."},
	[DROP_BAD_ARP] = {"bad_arp",
			  "The ARP message is cut short, or neither a request nor a reply of IPv4 "
			  "over Ethernet (RFC 826)."},
	[DROP_ARP_SPOOF] =
		{"arp_spoof",
		 "The sender's hardware address in the ARP message is not the address that the frame "
		 "was sent from: somebody speaks in the name of another station."},
	[DROP_ARP_NO_BINDING] =
		{"arp_no_binding",
		 "The sender's addresses in the ARP message have no binding on this port and VLAN; "
		 "a station with a fixed address needs a static binding, or a trusted port."},
	[DROP_ARP_TARGET] =
		{"arp_target",
		 "The target's hardware address in the ARP reply is not the address that "
		 "the frame is sent to."},
	[DROP_BAD_ND] = {"bad_nd",
			 "The Neighbor Discovery message is malformed: its hop limit, checksum, "
			 "length, addresses or options are not what RFC 4861 asks for."},
	[DROP_ND_FRAGMENT] = {"nd_fragment",
			      "A Neighbor Discovery message came in an IPv6 fragment, which every "
			      "station has to ignore (RFC 6980)."},
	[DROP_RA_GUARD] =
		{"ra_guard",
		 "A Router Advertisement or Redirect came from a port where no router is; if one is "
		 "meant to be there, trust the port for ra."},
	[DROP_IP6_UNDECIDED] =
		{"ip6_undecided",
		 "The IPv6 headers cannot be followed to the end within the frame, so what it carries "
		 "cannot be told (RFC 7113)."},
	[DROP_RATE_IN] =
		{"rate_in",
		 "More came in from the port than its rate_in allows; what sends should slow "
		 "down, as TCP does, or raise the limit."},
	[DROP_STORM_BROADCAST] =
		{"storm_broadcast",
		 "More broadcasts came in from the port than its storm_broadcast allows: "
		 "look for a loop behind it, or a station that has run wild."},
	[DROP_STORM_MULTICAST] =
		{"storm_multicast",
		 "More frames to group addresses came in from the port than its storm_multicast "
		 "allows; raise it if they are wanted, like a stream of video."},
	[DROP_STORM_UNKNOWN] =
		{"storm_unknown",
		 "More frames to stations that nobody has heard of came in from the port than its "
		 "storm_unknown allows; see whether the address table is full."},
	[DROP_NO_TRUSTED] =
		{"no_trusted",
		 "A question to DHCP servers goes to trusted ports only, and there was none that it could "
		 "go to; set dhcp_trusted of the port where the server is."},
	[DROP_SAME_PORT] = {"same_port",
			    "The destination is known to be on the port the frame came "
			    "from, so its station has it already."},
	[DROP_BAD_IGMP] =
		{"bad_igmp",
		 "The message about IPv4 groups has a wrong checksum or TTL, is a fragment, or is cut "
		 "short; nothing was learned from it."},
	[DROP_BAD_MLD] =
		{"bad_mld",
		 "The message about IPv6 groups has a wrong checksum, hop limit or source, lacks the "
		 "router alert option, or is cut short; nothing was learned from it."},
	[DROP_BAD_PIM] =
		{"bad_pim",
		 "The hello of a multicast router has a wrong checksum or is cut short, so "
		 "the port was not taken for that of a router."},
	[DROP_ROUTER_GUARD] =
		{"router_guard",
		 "The message says that a multicast router is there, but the port is set to have none "
		 "behind it; allow it if there should be one."},
	[DROP_NO_MEMBER] =
		{"no_member",
		 "Nobody else in the VLAN has asked for the multicast group, and no router is "
		 "there that wants all groups."},
	[DROP_NO_EGRESS] = {"no_egress", "No other port of the switch could take the frame."},
	[DROP_EGRESS_MTU] = {"egress_mtu",
			     "The frame is larger than this port's mtu; raise it, or lower "
			     "the MTU of the sender."},
	[DROP_ISOLATED] =
		{"isolated",
		 "This port and the one that the frame came from are both isolated, and pass "
		 "each other nothing."},
	[DROP_FILTER_OUT] =
		{"filter_out",
		 "This port's filter_out does not match the frame; its expression says what may leave."},
	[DROP_RATE_OUT] =
		{"rate_out",
		 "More was to leave through this port than its rate_out allows; the switch keeps no "
		 "queue for it, so what sends should slow down, as TCP does."},
	[DROP_IMPAIRED_OUT] =
		{"impaired_out",
		 "The port's link is set to be bad, and lost the frame after it was sent; swctl show "
		 "impair says how, and swctl set port --impair none makes it good."},
	[DROP_DEVICE_DOWN] = {"device_down", "The device behind this port was down or gone."},
	[DROP_NO_REMOTE] =
		{"no_remote",
		 "The port had nobody to send the frame to: it has neither remotes nor a "
		 "group, and has not heard of the destination."},
	[DROP_UNREACHABLE] = {"unreachable",
			      "This host had no way to the port's remote: no route to it, no such "
			      "local address any more, or the link is down."},
	[DROP_PATH_MTU] =
		{"path_mtu",
		 "The datagram around the frame is larger than the way to the remote "
		 "carries, and may not be sent in fragments; lower the MTU of the LAN, or "
		 "raise that of the network between."},
	[DROP_QUEUE_FULL] = {"queue_full",
			     "Whoever reads from this port did not keep up and the queue "
			     "was full."},
	[DROP_TX_ERROR] = {"tx_error", "The kernel refused to send the frame through this port."},
};

const char *drop_name(enum drop d)
{
	return drops[d].name;
}

const char *drop_text(enum drop d)
{
	return drops[d].text;
}

/* SPDX-License-Identifier: ISC */
/* commands_trace.c - frames that are asked about. */
#include "commands.h"

static const struct option trace_options[] = {
	{.name = "in",
	 .arg = "PORT",
	 .value = VALUE_PORT,
	 .help = "the port the frame comes in on"},
	{.name = "dst", .arg = "MAC", .value = VALUE_MAC, .help = "to this address"},
	{
		.name = "src",
		.arg = "MAC",
		.value = VALUE_MAC,
		.help = "from this address; default: one that nobody has",
	},
	{.name = "vlan",
	 .arg = "VID",
	 .value = VALUE_VLAN,
	 .help = "with an 802.1Q tag of this VLAN"},
	{.name = "pcp", .arg = "PRIORITY", .value = VALUE_TEXT, .help = "of that tag, 0 to 7"},
	{
		.name = "ethertype",
		.arg = "TYPE",
		.value = VALUE_TEXT,
		.help = "like 0x88b5; --ip and --arp have their own",
	},
	{
		.name = "ip",
		.arg = "SRC,DST",
		.value = VALUE_TEXT,
		.help = "with an IPv4 or IPv6 packet between these",
	},
	{
		.name = "tcp",
		.arg = "[SPORT,]PORT",
		.value = VALUE_TEXT,
		.help = "which begins a TCP connection to this port",
	},
	{.name = "udp", .arg = "[SPORT,]PORT", .value = VALUE_TEXT, .help = "or is a UDP datagram"},
	{.name = "icmp", .help = "or an echo request"},
	{.name = "arp", .help = "the ARP request of --ip SRC for DST"},
	{
		.name = "len",
		.arg = "BYTES",
		.value = VALUE_TEXT,
		.help = "of the whole frame; default 60, or what its headers take",
	},
	{
		.name = "gso",
		.arg = "BYTES",
		.value = VALUE_TEXT,
		.help = "a super-frame as a guest sends it, to be cut into segments of so much payload",
	},
	{
		.name = "hex",
		.arg = "DIGITS",
		.value = VALUE_TEXT,
		.help = "the whole frame in hex; spaces and colons may stand between bytes",
	},
	{
		.name = "hex-file",
		.arg = "FILE",
		.value = VALUE_FILE,
		.help = "the same in a file; - reads standard input",
	},
	{
		.name = "pcap",
		.arg = "FILE",
		.value = VALUE_FILE,
		.help = "a frame of this capture (pcap or pcapng); - reads standard input",
	},
	{.name = "frame",
	 .arg = "NUMBER",
	 .value = VALUE_COUNT,
	 .help = "which of them; default 1"},
	{.name = NULL},
};

static const struct option replay_options[] = {
	{
		.name = "config",
		.arg = "FILE",
		.value = VALUE_FILE,
		.help = "the configuration whose switches the frames go through",
	},
	{
		.name = "in",
		.arg = "PORT",
		.value = VALUE_TEXT, /* or SWITCH/PORT, of the configuration and no daemon */
		.help = "all frames come in here; default: on the interface that the capture names",
	},
	{
		.name = "settle",
		.arg = "SECONDS",
		.value = VALUE_TEXT,
		.help = "the switches have been up for so long when the first frame comes; default 60",
	},
	{
		.name = "all",
		.help = "also frames that came in through a patch, although the other switch makes them here",
	},
	{.name = "verbose", .help = "all that trace would say of each frame"},
	{.name = NULL},
};

const struct command commands_trace[] = {
	{
		.words = "trace",
		.summary =
			"what would become of a frame, step by step and port by port; nothing is sent",
		.example = "swctl trace --in h1 --dst 02:00:00:00:00:02\n"
			   "swctl trace --in h1 --vlan 10 --ip 10.0.0.1,10.0.0.2 --arp\n"
			   "swctl trace --in h1 --pcap file.pcapng --frame 7",
		.run = trace_run,
		.options = trace_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "replay",
		.summary =
			"a capture through the switches of a configuration, verdict by verdict; no daemon is asked",
		.example = "swctl replay file.pcapng --config switchd.json\n"
			   "swctl replay file.pcap --config switchd.json --in h1 --verbose",
		.run = replay_run,
		.operands = {{.name = "file",
			      .arg = "FILE",
			      .value = VALUE_FILE,
			      .help = "a capture, pcap or pcapng; - reads standard input"}},
		.options = replay_options,
	},
	{.words = NULL},
};

/* SPDX-License-Identifier: ISC */
/* commands_capture.c - what records frames. */
#include "commands.h"

static const struct option capture_options[] = {
	{
		.name = "write",
		.arg = "FILE",
		.value = VALUE_FILE,
		.help = "the file, in the form pcapng; default: standard output, for a pipe",
	},
	{
		.name = "direction",
		.arg = "LIST",
		.value = VALUE_FRAMES,
		.param = true,
		.help = "in (as it was received, with what was decided; the default), out (as it left, with the tags of each port), both, dropped (only that, with the reason)",
	},
	{
		.name = "vlans",
		.arg = "LIST",
		.value = VALUE_VIDS,
		.param = true,
		.help = "only frames of these VLANs, like 10,20-29",
	},
	{
		.name = "count",
		.arg = "NUMBER",
		.value = VALUE_COUNT,
		.help = "end after so many frames",
	},
	{
		.name = "duration",
		.arg = "SECONDS",
		.value = VALUE_SECONDS,
		.help = "end after that time",
	},
	{
		.name = "snaplen",
		.arg = "BYTES",
		.value = VALUE_BYTES,
		.help = "so much of each frame; default: all",
	},
	{
		.name = "file-size",
		.arg = "BYTES",
		.value = VALUE_BYTES,
		.help = "begin another file, with a number in its name, after so much, like 10M",
	},
	{
		.name = "file-seconds",
		.arg = "SECONDS",
		.value = VALUE_SECONDS,
		.help = "the same after that time, with the next frame",
	},
	{
		.name = "ring-files",
		.arg = "NUMBER",
		.value = VALUE_COUNT,
		.help = "keep so many files, and delete the oldest for the next",
	},
	{
		.name = "buffer",
		.arg = "BYTES",
		.value = VALUE_BYTES,
		.help = "memory for frames that are not written yet, 256k to 64M; default: 8M",
	},
	{.name = "list", .help = "who captures what, and what was lost; as show captures"},
	{.name = NULL},
};

const struct command commands_capture[] = {
	{
		.words = "capture",
		.summary = "frames to a file or a pipe, with what the switch decided of each",
		.example = "swctl capture --direction both | wireshark -k -i -\n"
			   "swctl capture h1,h2 udp port 53 --write dns.pcapng\n"
			   "swctl capture all --direction dropped --count 10 --write lost.pcapng",
		.run = capture_run,
		.operands =
			{{.name = "ports",
			  .arg = "PORTS",
			  .value = VALUE_PORTS,
			  .param = true,
			  .optional = true,
			  .help = "names with commas between; left out, or all: each port, and those to come"},
			 {.name = "filter",
			  .arg = "FILTER",
			  .value = VALUE_TEXT,
			  .optional = true,
			  .help = "only frames that match this expression of tcpdump, of one word or several"}},
		.options = capture_options,
		.flags = CMD_SWITCH | CMD_ANY_WORDS,
	},
	{
		.words = "extcap",
		.summary = "how Wireshark has ports in its list of interfaces",
		.example = "swctl extcap",
		.run = extcap_run,
	},
	{.words = NULL},
};

/* SPDX-License-Identifier: ISC */
/* commands_lab.c - labs: hosts, switches and links out of one file. */
#include "commands.h"

/* clang-format off */
#define LAB_FILE {.name = "file", .arg = "FILE", .value = VALUE_LAB_FILE, \
		  .help = "a lab file: switchd-lab.json(5)"}
#define LAB_MAYBE {.name = "lab", .arg = "NAME|FILE", .value = VALUE_LAB, .optional = true, \
		   .help = "the lab's name, or its file; may be left out where one is up"}
#define HOST_WORD {.name = "host", .arg = "HOST", .value = VALUE_HOST, \
		   .help = "the name of a host of the lab"}
/* clang-format on */

static const struct option down_options[] = {
	{.name = "all", .help = "all labs of yours"},
	{.name = NULL},
};

static const struct option check_options[] = {
	{
		.name = "junit",
		.arg = "FILE",
		.value = VALUE_FILE,
		.help = "also write a report in JUnit's XML; - is standard output",
	},
	{.name = NULL},
};

/* For its words, which the shell is offered. */
static const struct opt graph_format = {
	.name = "format",
	.type = OPT_ENUM,
	.dflt = "text",
	.words = "text svg dot mermaid",
};

static const struct option graph_options[] = {
	{
		.name = "format",
		.arg = "FORMAT",
		.value = VALUE_SETTING,
		.setting = &graph_format,
		.help = "text, svg, dot for Graphviz, or mermaid",
	},
	{.name = "as-file", .help = "as the file has it, even where the lab runs"},
	{.name = NULL},
};

const struct command commands_lab[] = {
	{
		.words = "lab up",
		.summary = "start the lab of a file, or what of it does not run",
		.example = "swctl lab up config/labs/vlans.json",
		.run = lab_up,
		.operands = {LAB_FILE},
	},
	{
		.words = "lab down",
		.summary = "end a lab, and all that is in it",
		.example = "swctl lab down vlans\n"
			   "swctl lab down --all",
		.run = lab_down,
		.operands = {LAB_MAYBE},
		.options = down_options,
	},
	{
		.words = "lab reload",
		.summary = "make a lab what its file says by now; only the difference is touched",
		.example = "swctl lab reload",
		.run = lab_reload,
		.operands = {{.name = "file",
			      .arg = "FILE",
			      .value = VALUE_LAB_FILE,
			      .optional = true,
			      .help = "the lab file; left out: the one it was started with"}},
	},
	{
		.words = "lab list",
		.summary = "the labs that are up",
		.example = "swctl lab list",
		.run = lab_list,
	},
	{
		.words = "lab status",
		.summary = "everything in a lab, and how it is",
		.example = "swctl lab status vlans",
		.run = lab_status,
		.operands = {LAB_MAYBE},
		.flags = CMD_WATCH,
	},
	{
		.words = "lab check",
		.summary = "carry out the checks of a lab; 0: all passed, 1: some failed",
		.example = "swctl lab check\n"
			   "swctl lab check vlans.json --junit report.xml",
		.run = lab_check,
		.operands = {LAB_MAYBE},
		.options = check_options,
	},
	{
		.words = "lab exec",
		.summary = "run a command in a host; its exit status is that of swctl",
		.example = "swctl lab exec h1 -- ping -c 3 h2",
		.run = lab_exec,
		.operands = {HOST_WORD},
		.tail = (const struct option[]){{.name = "command",
						 .arg = "COMMAND...",
						 .help = "the command and its arguments"}},
	},
	{
		.words = "lab shell",
		.summary = "a shell in a host, or the console of a VM",
		.example = "swctl lab shell h1",
		.run = lab_shell,
		.operands = {HOST_WORD},
	},
	{
		.words = "lab graph",
		.summary = "draw a lab; as it is now, where it runs",
		.example = "swctl lab graph config/labs/ring.json --format svg > ring.svg\n"
			   "swctl lab graph ring --watch 2",
		.run = lab_graph,
		.operands = {LAB_MAYBE},
		.options = graph_options,
		.flags = CMD_WATCH,
	},
	{
		.words = "lab schema",
		.summary = "the JSON Schema of lab files, for editors",
		.example = "swctl lab schema > switchd.lab.schema.json",
		.run = lab_schema,
	},
	{.words = NULL},
};

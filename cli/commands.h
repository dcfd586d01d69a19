/* SPDX-License-Identifier: ISC */
/*
 * commands.h - what the tables of commands are made of, and which there are.
 *
 * A family of commands has a file of its own, commands_*.c, with one table in it, which is named
 * here and in commands.c.  A table ends with NULL words.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "command.h"
#include "ctx.h"

extern const struct command commands_show[];
extern const struct command commands_change[];
extern const struct command commands_watch[];
extern const struct command commands_capture[];
extern const struct command commands_trace[];
extern const struct command commands_config[];
extern const struct command commands_lab[];
extern const struct command commands_help[];

/* The operands and options that several commands share. */
/* clang-format off */
#define PORT_NEW    {.name = "port", .arg = "NAME", .value = VALUE_NAME, .param = true, \
		     .help = "the name the port gets"}
#define PORT_WORD(word) {.name = "port", .arg = word, .value = VALUE_PORT, .param = true, \
		     .help = "the port's name"}
#define PORT_OPTION(text) {.name = "port", .arg = "NAME", .value = VALUE_PORT, .param = true, \
		     .help = text}
#define STP_PORT(text) {.name = "port", .arg = "PORT", .value = VALUE_PORT, .optional = true, \
		     .help = "all about this port; " text}
#define SWITCH_NEW  {.name = "switch", .arg = "NAME", .value = VALUE_NAME, .param = true, \
		     .help = "the name the switch gets"}
#define SWITCH_WORD {.name = "switch", .arg = "NAME", .value = VALUE_SWITCH, .param = true, \
		     .help = "the switch's name"}
#define SWITCH_MAYBE {.name = "switch", .arg = "NAME", .value = VALUE_SWITCH, .param = true, \
		     .letter = 's', .optional = true, \
		     .help = "the switch's name; may be left out where there is one"}
#define MAC_WORD    {.name = "mac", .arg = "MAC", .value = VALUE_MAC, .param = true, \
		     .help = "the address, like 02:00:00:00:00:01"}
#define GROUP_WORD  {.name = "group", .arg = "GROUP", .value = VALUE_GROUP, .param = true, \
		     .help = "the group's address, like 239.1.2.3 or ff05::1"}
#define IP_WORD     {.name = "ip", .arg = "IP", .value = VALUE_IP, .param = true, \
		     .help = "its IPv4 address, like 192.0.2.7"}
#define VLAN_OPTION(text) {.name = "vlan", .arg = "VID", .value = VALUE_VLAN, .param = true, \
		     .help = text}
#define VID_WORD    {.name = "vlan", .arg = "VID", .value = VALUE_VID, .param = true, \
		     .help = "the VLAN's number, 1 to 4094"}
#define FILE_WORD   {.name = "file", .arg = "FILE", .value = VALUE_FILE, \
		     .help = "a configuration in JSON; - reads standard input"}
/* clang-format on */

#endif

/* SPDX-License-Identifier: ISC */
/*
 * command.h - what swctl can be told: tables, from which the parser, the usage errors, --help
 * and the completion of the shells are all made.
 *
 * To add a command is to add an entry to a table (commands.h) and the function it names.  The
 * settings of ports and switches are not listed there: they come from the daemon's own tables
 * (util/opt.h).
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>

#include "port/options.h"
#include "util/opt.h"

struct ctx;

/* What a value is: how it is checked, sent and completed. */
enum value {
	VALUE_NONE,	/* a flag */
	VALUE_NAME,	/* of something new */
	VALUE_PORT,	/* of a port that exists */
	VALUE_SWITCH,	/* of a switch that exists */
	VALUE_TYPE,	/* of a kind of port */
	VALUE_MAC,	/* a MAC address */
	VALUE_IP,	/* an IPv4 address */
	VALUE_GROUP,	/* the address of a multicast group */
	VALUE_REMOTE,	/* an address of a port's peer, with or without its port */
	VALUE_VLAN,	/* a number, 0 = untagged */
	VALUE_VID,	/* the number of a VLAN */
	VALUE_WORD,	/* one that core/about.h explains */
	VALUE_EVENTS,	/* event names or groups with commas between */
	VALUE_PORTS,	/* of ports that exist, with commas between; or all */
	VALUE_VIDS,	/* VLANs, like 10,20-29 */
	VALUE_FRAMES,	/* which way: in, out, both, dropped, with commas between */
	VALUE_TEXT,	/* anything */
	VALUE_BYTES,	/* so many, with k, M or G behind */
	VALUE_SECONDS,	/* a decimal number */
	VALUE_COUNT,	/* a whole number from 1 */
	VALUE_OFF,	/* the word none */
	VALUE_FILE,	/* a path, or "-" for standard input */
	VALUE_LAB,	/* the name of a lab that is up, or a lab file */
	VALUE_LAB_FILE, /* a lab file */
	VALUE_HOST,	/* the name of a host or VM of a lab */
	VALUE_CHOICE,	/* one of a few words */
	VALUE_SETTING,	/* described by a struct opt */
	VALUE_COMMAND,	/* words of these tables */
};

/* An option "--name VALUE"; also what an operand is, whose `arg` is then its name in the usage. */
struct option {
	const char *name;
	const char *arg; /* NULL where value is VALUE_NONE */
	const char *help;
	enum value value;
	char letter;		   /* of the short form, or 0 */
	bool param;		   /* sent to the daemon under its name */
	bool optional;		   /* an operand that may be left out */
	const struct opt *setting; /* of VALUE_SETTING */
	const char *words;	   /* of VALUE_CHOICE, with spaces between */
};

enum { OPERANDS_MAX = 3, OPTIONS_MAX = 512 };

enum {
	CMD_SWITCH = 1,		 /* takes --switch */
	CMD_WATCH = 2,		 /* takes --watch */
	CMD_PORT_SETTINGS = 4,	 /* takes the settings of ports */
	CMD_SWITCH_SETTINGS = 8, /* takes the settings of switches */
	CMD_ANY_WORDS = 16,	 /* what follows are words of its own */
	CMD_VLAN_SETTINGS = 32,	 /* takes the settings of VLANs */
};

struct command {
	const char *words; /* "show macs" */
	const char *summary;
	const char *example;			  /* lines, as they are typed */
	int (*run)(struct ctx *ctx);		  /* returns an enum status */
	struct option operands[OPERANDS_MAX + 1]; /* ended by a NULL name */
	const struct option *options;		  /* its own; ended by a NULL name; may be NULL */
	const struct option *tail; /* what follows "--" and is not for swctl; NULL: nothing may */
	unsigned flags;
};

/* The command after this one, the first after NULL; NULL after the last. */
const struct command *command_next(const struct command *cmd);

#define commands_foreach(c) \
	for (const struct command *c = command_next(NULL); c; c = command_next(c))

/*
 * Every option cmd takes (NULL: that any command takes) in the order of its --help; returns how
 * many.  Fewer than OPTIONS_MAX, and each name once.  Of the settings of ports those that kind of port
 * has (NULL: any kind).
 */
size_t command_options(const struct command *cmd, const struct port_type *type,
		       struct option out[OPTIONS_MAX]);

/* How many of the leading options are the command's own; the rest every command has. */
size_t command_options_own(const struct option *options, size_t n);

/* The first word of `words`, as a length, and what follows it ("" where there is one word only). */
size_t command_verb_len(const char *words);
const char *command_noun(const char *words);

/* What of the command's words follows these, "" where that is nothing; NULL: it does not begin with them. */
const char *command_after(const struct command *cmd, char *const *words, size_t n);

/* The command that these words begin with, the longest, and in *used how many of them it took; NULL: there is none. */
const struct command *command_find(char *const *words, size_t n, size_t *used);

/* Is no command before this one of the same verb? */
bool command_is_first(const struct command *cmd);

/* Are there commands of more than one word that begin with this verb? */
bool command_is_verb(const char *verb);

/* What may follow the verb, with commas between; to be freed. */
char *command_nouns(const char *verb);

/* Is `typed` the name, counting '-' and '_' as one? */
bool option_is(const struct option *o, const char *typed);

#endif

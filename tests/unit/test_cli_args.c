/* SPDX-License-Identifier: ISC */
/* The command line of swctl: what is taken for what, and what is said about the rest. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "args.h"

enum { WORDS_MAX = 32 };

/* One command line, split at spaces and judged; the caller frees with done(). */
struct line {
	char text[256];
	char *argv[WORDS_MAX];
	struct args args;
	struct fail fail;
	int status;
};

static void take_apart(struct line *l, const char *text)
{
	size_t argc = 0;

	memset(l, 0, sizeof(*l));
	snprintf(l->text, sizeof(l->text), "%s", text);
	for (char *word = strtok(l->text, " "); word; word = strtok(NULL, " "))
		l->argv[argc++] = word;
	args_split(&l->args, argc, l->argv);
}

static void judge(struct line *l, const char *text)
{
	take_apart(l, text);
	l->status = args_match(&l->args, &l->fail);
}

static void done(struct line *l)
{
	args_free(&l->args);
	fail_clear(&l->fail);
}

/* "show stp" is a command, and "show stp port" is a longer one. */
static void the_longest_command_counts(void **state)
{
	static const struct {
		const char *typed, *words, *port;
	} lines[] = {
		{"show stp", "show stp", NULL},
		{"show stp h1", "show stp", "h1"},
		{"show stp port", "show stp port", NULL},
		{"show stp port h1", "show stp port", "h1"},
		{"show --json stp port h1", "show stp port", "h1"},
		{"show stp port port", "show stp port", "port"},
		{"show stp --port port", "show stp", "port"},
		{"show stp ports", "show stp", "ports"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line l;

		judge(&l, lines[i].typed);
		assert_int_equal(l.status, STATUS_OK);
		assert_string_equal(l.args.command->words, lines[i].words);
		if (lines[i].port)
			assert_string_equal(args_value(&l.args, "port"), lines[i].port);
		else
			assert_null(args_value(&l.args, "port"));
		done(&l);
	}
}

static void options_stand_anywhere(void **state)
{
	static const char *const same[] = {
		"show macs --port h1 -s sw0 --json",	   "--json --port h1 -s sw0 show macs",
		"-s sw0 show --port=h1 macs --json",	   "show -ssw0 macs -j --port h1",
		"-j --switch=sw0 --port h1 show macs",	   "-j --switch=sw0 --port h1 -- show macs",
		"show macs --port h9 --port h1 -j -s sw0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct line l;

		judge(&l, same[i]);
		assert_int_equal(l.status, STATUS_OK);
		assert_string_equal(l.args.command->words, "show macs");
		assert_string_equal(args_value(&l.args, "port"), "h1");
		assert_string_equal(args_value(&l.args, "switch"), "sw0");
		assert_true(args_flag(&l.args, "json"));
		assert_null(args_value(&l.args, "vlan"));
		done(&l);
	}
}

static void operands_by_place_or_name(void **state)
{
	static const char *const same[] = {
		"add mac 02:00:00:00:00:01 h1",
		"add mac --port h1 02:00:00:00:00:01",
		"add mac --mac 02:00:00:00:00:01 h1",
		"add mac --port=h1 --mac=02:00:00:00:00:01",
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct line l;

		judge(&l, same[i]);
		assert_int_equal(l.status, STATUS_OK);
		assert_string_equal(args_value(&l.args, "port"), "h1");
		assert_string_equal(args_value(&l.args, "mac"), "02:00:00:00:00:01");
		done(&l);
	}
}

static void dash_and_underscore_are_one(void **state)
{
	struct line l;

	judge(&l, "set switch --ageing-s 10 --max_macs 99");
	assert_int_equal(l.status, STATUS_OK);
	assert_string_equal(args_value(&l.args, "ageing_s"), "10");
	assert_null(args_value(&l.args, "switch"));
	done(&l);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"", "a command is needed"},
		{"show", "needs a word more"},
		{"shwo", "did you mean \"show\""},
		{"shwo prots", "did you mean \"show ports\""},
		{"show prots", "did you mean \"show ports\""},
		{"mon", "did you mean \"monitor\""},
		{"macs", "did you mean \"show macs\""},
		{"del prt h1", "did you mean \"del port\""},
		{"set swich", "did you mean \"set switch\""},
		{"xyzzy", "no command \"xyzzy\""},
		{"show macs --prot h1", "did you mean --port"},
		{"add port h1 --nets x", "did you mean --netns"},
		{"show ports --mtu 9", "show ports has no option --mtu"},
		{"apply f -s sw0", "apply has no option -s"},
		{"show macs -x", "no option -x"},
		{"show macs --port", "--port needs a value"},
		{"show macs --json=yes", "takes no value"},
		{"show macs h1", "one too many"},
		{"show port", "needs NAME"},
		{"add mac 02:00:00:00:00:01", "needs PORT"},
		{"show macs --vlan 4095", "0 (untagged) to 4094"},
		{"show macs --vlan -1", "0 (untagged) to 4094"},
		{"show macs --mac 02:00", "looks like"},
		{"show port a/b", "'/'"},
		{"show ports --watch 0.01", "from 0.1"},
		{"show ports --watch 0x1p3", "from 0.1"},
		{"show ports --timeout inf", "from 0.1"},
		{"monitor --count 0", "from 1"},
		{"monitor --events a\nb", "names with commas"},
		{"add port h1 --type tup", "no such kind"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct line l;

		judge(&l, bad[i].line);
		if (l.status != STATUS_USAGE || !strstr(l.fail.text, bad[i].says))
			fail_msg("\"%s\" gives %d \"%s\"", bad[i].line, l.status, l.fail.text);
		assert_true(*l.fail.hint);
		done(&l);
	}
}

/* Of a command with a tail, the words after "--" are for somebody else. */
static void a_tail_is_left_alone(void **state)
{
	static const struct option tail = {.name = "command", .arg = "COMMAND...", .help = "runs"};
	static const struct command cmd = {
		.words = "show port",
		.operands = {{.name = "port", .arg = "NAME", .value = VALUE_PORT}},
		.tail = &tail,
	};
	static const struct {
		const char *typed, *says;
		size_t n_tail;
	} lines[] = {
		{"show port h1 -- ping --json -c 1 h2", NULL, 5},
		{"show port h1 -- show", NULL, 1},
		{"show port h1 -- -- ls", NULL, 2},
		{"show port --port h1 -- a/b", NULL, 1},
		{"show port h1 h2 -- ls", "one too many", 0},
		{"show port -- h1", "needs NAME", 0},
		{"show port h1 --", "needs -- and then COMMAND...", 0},
		{"show port h1", "needs -- and then COMMAND...", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line l;

		take_apart(&l, lines[i].typed);
		l.status = args_match_as(&l.args, &cmd, 2, &l.fail);
		assert_int_equal(l.status, lines[i].says ? STATUS_USAGE : STATUS_OK);
		if (lines[i].says) {
			assert_non_null(strstr(l.fail.text, lines[i].says));
		} else {
			assert_int_equal(l.args.n_tail, lines[i].n_tail);
			assert_null(l.args.tail[l.args.n_tail]);
			assert_string_equal(l.args.operands[0], "h1");
			assert_false(args_flag(&l.args, "json"));
		}
		done(&l);
	}
}

/* What --help shows must work. */
static void every_example_is_valid(void **state)
{
	commands_foreach (c) {
		char lines[512], *rest = NULL;

		snprintf(lines, sizeof(lines), "%s", c->example);
		for (char *line = strtok_r(lines, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest)) {
			struct line l;

			assert_memory_equal(line, "swctl ", 6);
			line[strcspn(line, ">|")] = '\0';
			judge(&l, line + 6);
			if (l.status != STATUS_OK || l.args.command != c)
				fail_msg("\"%s\": %s", line, l.fail.text);
			done(&l);
		}
	}
}

/* args_split() relies on it: a name takes a value with every command, or with none. */
static void an_option_is_alike_everywhere(void **state)
{
	struct option all[OPTIONS_MAX], own[OPTIONS_MAX];
	size_t n = command_options(NULL, NULL, all);

	assert_true(n < OPTIONS_MAX);
	commands_foreach (c) {
		size_t m = command_options(c, NULL, own);

		for (size_t i = 0; i < m; i++) {
			size_t k = 0;

			while (k < n && strcmp(all[k].name, own[i].name) != 0)
				k++;
			assert_true(k < n);
			assert_int_equal(all[k].value == VALUE_NONE, own[i].value == VALUE_NONE);
			assert_int_equal(own[i].arg == NULL, own[i].value == VALUE_NONE);
			if (own[i].letter)
				assert_int_equal(all[k].letter, own[i].letter);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_command_counts),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(operands_by_place_or_name),
		cmocka_unit_test(dash_and_underscore_are_one),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(a_tail_is_left_alone),
		cmocka_unit_test(every_example_is_valid),
		cmocka_unit_test(an_option_is_alike_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

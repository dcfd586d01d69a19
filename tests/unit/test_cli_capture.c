/* SPDX-License-Identifier: ISC */
/* What a capture says of frames, and the files that it makes. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "capture_file.h"
#include "capture_text.h"
#include "core/decide.h"
#include "core/drop.h"

static const char *port_name(void *owner, uint32_t number)
{
	static char name[16];

	snprintf(name, sizeof(name), "h%u", number);
	return number < 100 ? name : NULL;
}

static const char *reason_name(void *owner, unsigned number)
{
	if (number == 900)
		return "of_tomorrow";
	return number < DROP_COUNT ? drop_name((enum drop)number) : NULL;
}

static const struct capture_names names = {port_name, reason_name, NULL};

static const char *comment(const struct capture_frame *f)
{
	static char text[CAPTURE_COMMENT_SIZE];

	return capture_comment(f, &names, text, sizeof(text));
}

static void what_became_of_a_frame_that_came_in(void **state)
{
	static const struct {
		struct capture_frame f;
		const char *says;
	} rows[] = {
		{{.route = CAPTURE_TO_KNOWN,
		  .learn = CAPTURE_KNOWN,
		  .ports = 1,
		  .listed = 1,
		  .list = {2}},
		 "forwarded to h2"},
		{{.route = CAPTURE_TO_ALL_UNKNOWN,
		  .learn = CAPTURE_LEARNED,
		  .ports = 2,
		  .listed = 2,
		  .list = {2, 3}},
		 "learned, flooded to h2 h3 (unknown address)"},
		{{.route = CAPTURE_TO_ALL_BROADCAST,
		  .learn = CAPTURE_MOVED,
		  .ports = 40,
		  .listed = 1,
		  .list = {7}},
		 "moved here, flooded to h7 and 39 more"},
		{{.route = CAPTURE_TO_ALL_MULTICAST,
		  .learn = CAPTURE_TABLE_FULL,
		  .ports = 1,
		  .listed = 1,
		  .list = {200}},
		 "not learned (the table is full), flooded to ?"},
		{{.route = CAPTURE_TO_GROUP, .ports = 1, .listed = 1, .list = {4}, .vid = 10},
		 "forwarded to the group's h4; vlan 10"},
		{{.route = CAPTURE_TO_SWITCH, .trap = TRAP_STP}, "taken by the spanning tree"},
		{{.route = CAPTURE_TO_SWITCH, .trap = TRAP_LLDP}, "taken by LLDP"},
		{{.route = CAPTURE_TO_SWITCH, .trap = TRAP_LOOP}, "taken by the search for loops"},
		{{.route = CAPTURE_TO_SWITCH, .trap = 77}, "taken by a protocol"},
		{{.route = CAPTURE_TO_GROUP,
		  .trap = TRAP_SNOOP,
		  .ports = 1,
		  .listed = 1,
		  .list = {1}},
		 "forwarded to the group's h1, heard by multicast snooping"},
		{{.route = CAPTURE_TO_KNOWN,
		  .ports = 1,
		  .listed = 1,
		  .list = {2},
		  .flags = CAPTURE_OWES_CHECKSUM},
		 "forwarded to h2; checksum not filled in yet"},
		{{.route = CAPTURE_TO_KNOWN,
		  .ports = 1,
		  .listed = 1,
		  .list = {2},
		  .segment = 1448,
		  .flags = CAPTURE_OWES_CHECKSUM | CAPTURE_OWES_SEGMENTS},
		 "forwarded to h2; not cut into segments of 1448 bytes yet, checksums open"},
		{{.drop = 900}, "dropped: of_tomorrow"},
		{{.drop = 901}, "dropped: for a reason that swctl does not know"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(comment(&rows[i].f), rows[i].says);
}

static void what_became_of_a_frame_that_was_to_leave(void **state)
{
	struct capture_frame f = {.dir = CAPTURE_OUT};

	assert_string_equal(comment(&f), "");
	f.flags = CAPTURE_OWN;
	assert_string_equal(comment(&f), "from the switch itself");
	f.vid = 7;
	assert_string_equal(comment(&f), "from the switch itself; vlan 7");
	f = (struct capture_frame){.dir = CAPTURE_OUT, .vid = 7};
	assert_string_equal(comment(&f), "vlan 7");
	f.drop = DROP_ISOLATED;
	f.flags = CAPTURE_AS_RECEIVED;
	assert_non_null(strstr(comment(&f), "not sent: isolated: This port and the one"));
	assert_non_null(strstr(comment(&f), " (shown as it was received); vlan 7"));
}

static void each_reason_has_its_sentence(void **state)
{
	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++) {
		struct capture_frame f = {.drop = (uint16_t)d};

		assert_memory_equal(comment(&f), "dropped: ", 9);
		assert_non_null(strstr(comment(&f), drop_name((enum drop)d)));
		assert_non_null(strstr(comment(&f), drop_text((enum drop)d)));
	}
}

static void a_comment_ends_where_there_is_no_more_room(void **state)
{
	struct capture_frame f = {.ports = 5000, .listed = CAPTURE_PORTS_MAX, .drop = 0};
	char text[64];

	for (size_t size = 1; size < sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		capture_comment(&f, &names, text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], 'x');
	}
}

static void bytes_as_people_write_them(void **state)
{
	assert_int_equal(args_bytes("1"), 1);
	assert_int_equal(args_bytes("1500"), 1500);
	assert_int_equal(args_bytes("64k"), 65536);
	assert_int_equal(args_bytes("10M"), 10 << 20);
	assert_int_equal(args_bytes("2G"), UINT64_C(2) << 30);
	static const char *const none[] = {"",
					   "k",
					   "0",
					   "-1",
					   "10m",
					   "10MB",
					   "1.5M",
					   "0x10",
					   "99999999999999",
					   "999999999999G",
					   " 1"};
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(args_bytes(none[i]), 0);
}

/* ---- files ---- */

static char folder[64];

static int make_folder(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/capture.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char path[400];
	DIR *dir = opendir(folder);
	struct dirent *d;

	while ((d = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		(void)unlink(path);
	}
	closedir(dir);
	return rmdir(folder);
}

struct blocks {
	unsigned sections, interfaces, frames, statistics, others;
	size_t bytes;
	uint64_t received, lost; /* of the last statistics */
};

/* Taken apart; a file that does not end with a block fails. */
static struct blocks read_blocks(const char *name)
{
	static uint8_t file[4 << 20];
	struct blocks b = {.bytes = 0};
	char path[128];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "r");
	if (!in)
		return b;
	b.bytes = fread(file, 1, sizeof(file), in);
	fclose(in);
	for (size_t at = 0; at < b.bytes;) {
		uint32_t kind, len;

		memcpy(&kind, file + at, 4);
		memcpy(&len, file + at + 4, 4);
		assert_true(len >= 12 && len <= b.bytes - at);
		b.sections += kind == 0x0a0d0d0a;
		b.interfaces += kind == 1;
		b.frames += kind == 6;
		if (kind == 5) {
			memcpy(&b.received, file + at + 24, 8);
			memcpy(&b.lost, file + at + 36, 8);
			b.statistics++;
		}
		at += len;
	}
	return b;
}

static struct capture_files to(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return (struct capture_files){.path = path};
}

static void put(struct capture_file *o, const char *name, uint32_t port, uint32_t len,
		uint64_t seen, uint64_t lost)
{
	static const uint8_t bytes[65557];
	const struct capture_port p = {.port = port, .sw = "sw0", .type = "tap"};
	const struct capture_frame f = {
		.port = port, .len = len, .caplen = len, .data = bytes, .seen = seen, .lost = lost};
	struct fail fail = {.status = 0};

	assert_int_equal(capture_file_frame(o, capture_file_interface(o, name, &p), &f, "", &fail),
			 0);
}

static void one_file_has_each_interface_once(void **state)
{
	const struct capture_files how = to("one.pcapng");
	struct fail fail = {.status = 0};
	struct capture_file o;
	struct blocks b;

	assert_int_equal(capture_file_open(&o, &how, -1, &fail), 0);
	for (unsigned i = 0; i < 100; i++)
		put(&o, i % 2 ? "h1" : "h2", 1 + i % 2, 60 + i * 600, i + 1, 0);
	assert_int_equal(capture_file_close(&o, &fail), 0);
	capture_file_free(&o);
	b = read_blocks("one.pcapng");
	assert_int_equal(b.sections, 1);
	assert_int_equal(b.interfaces, 2);
	assert_int_equal(b.frames, 100);
	assert_int_equal(b.statistics, 2);
}

/* A port that was deleted and made again counts from zero, and its interface does not. */
static void a_port_that_comes_again_goes_on_counting(void **state)
{
	const struct capture_files how = to("again.pcapng");
	struct fail fail = {.status = 0};
	struct capture_file o;
	struct blocks b;

	assert_int_equal(capture_file_open(&o, &how, -1, &fail), 0);
	put(&o, "h1", 1, 60, 10, 4);
	put(&o, "h1", 9, 60, 1, 0);
	put(&o, "h1", 9, 60, 5, 1);
	assert_int_equal(capture_file_close(&o, &fail), 0);
	capture_file_free(&o);
	b = read_blocks("again.pcapng");
	assert_int_equal(b.interfaces, 1);
	assert_int_equal(b.received, 15);
	assert_int_equal(b.lost, 5);
}

static void a_ring_keeps_the_newest_files(void **state)
{
	struct capture_files how = to("ring.pcapng");
	struct fail fail = {.status = 0};
	struct capture_file o;
	unsigned frames = 0;

	how.size = 10000;
	how.keep = 3;
	assert_int_equal(capture_file_open(&o, &how, -1, &fail), 0);
	for (unsigned i = 0; i < 100; i++)
		put(&o, "h1", 1, 1000, i + 1, 0);
	assert_int_equal(capture_file_close(&o, &fail), 0);
	capture_file_free(&o);
	for (unsigned n = 1; n <= 13; n++) {
		char name[32];
		struct blocks b;

		snprintf(name, sizeof(name), "ring_%05u.pcapng", n);
		b = read_blocks(name);
		frames += b.frames;
		assert_int_equal(b.sections, n > 9 && n < 13);
		assert_int_equal(b.interfaces, b.sections);
		assert_int_equal(b.statistics, b.sections);
		assert_true(b.bytes <= 10000 + 200);
	}
	assert_int_equal(frames, 9 + 9 + 100 - 11 * 9);
}

static void where_the_number_goes(void **state)
{
	static const char *const names_of[][2] = {
		{"plain", "plain_00001"},
		{"a.b.pcapng", "a.b_00001.pcapng"},
		{".hidden", ".hidden_00001"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names_of); i++) {
		struct capture_files how = to(names_of[i][0]);
		struct fail fail = {.status = 0};
		struct capture_file o;

		how.seconds = 100;
		assert_int_equal(capture_file_open(&o, &how, -1, &fail), 0);
		assert_int_equal(capture_file_close(&o, &fail), 0);
		capture_file_free(&o);
		assert_int_equal(read_blocks(names_of[i][1]).sections, 1);
	}
}

static void a_pipe_that_nobody_reads_is_an_end(void **state)
{
	const struct capture_files how = to("pipe");
	struct fail fail = {.status = 0};
	struct capture_file o;
	int reader;

	assert_int_equal(mkfifo(how.path, 0600), 0);
	reader = open(how.path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_int_equal(capture_file_open(&o, &how, -1, &fail), 0);
	close(reader);
	put(&o, "h1", 1, 60, 1, 0);
	assert_int_equal(capture_file_flush(&o, &fail), 0);
	assert_true(o.gone);
	assert_int_equal(capture_file_close(&o, &fail), 0);
	capture_file_free(&o);
}

#define file_test(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_became_of_a_frame_that_came_in),
		cmocka_unit_test(what_became_of_a_frame_that_was_to_leave),
		cmocka_unit_test(each_reason_has_its_sentence),
		cmocka_unit_test(a_comment_ends_where_there_is_no_more_room),
		cmocka_unit_test(bytes_as_people_write_them),
		file_test(one_file_has_each_interface_once),
		file_test(a_port_that_comes_again_goes_on_counting),
		file_test(a_ring_keeps_the_newest_files),
		file_test(where_the_number_goes),
		file_test(a_pipe_that_nobody_reads_is_an_end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

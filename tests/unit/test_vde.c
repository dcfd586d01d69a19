/* SPDX-License-Identifier: ISC */
/* Requests of VDE clients, as real ones send them and as nobody should. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/vde.h"

#define FRONT_V3 12
#define FRONT_V1 14

struct request {
	uint8_t b[VDE_REQUEST_MAX + 64];
	size_t len;
};

static void add(struct request *r, const void *bytes, size_t len)
{
	memcpy(r->b + r->len, bytes, len);
	r->len += len;
}

static void add32(struct request *r, uint32_t v)
{
	add(r, &v, sizeof(v));
}

static void add_address(struct request *r, uint16_t family, const char *path, const char *descr)
{
	char room[VDE_PATH_SIZE] = {0};

	memcpy(room, path, strnlen(path, sizeof(room)));
	add(r, &family, sizeof(family));
	add(r, room, sizeof(room));
	add(r, descr, strlen(descr));
}

static struct request v3(uint32_t type, const char *path, const char *descr)
{
	struct request r = {.len = 0};

	add32(&r, 0xfeedface);
	add32(&r, 3);
	add32(&r, type);
	add_address(&r, 1, path, descr);
	return r;
}

static struct request v1(uint32_t type, const char *path, const char *descr)
{
	struct request r = {.len = 0};

	add32(&r, 0xfeedface);
	add32(&r, type);
	add(&r, "\2\0\0\0\0\1", 6);
	add_address(&r, 1, path, descr);
	return r;
}

/* In memory of exactly that size. */
static int parse(const struct request *r, size_t len, struct vde_request *out, struct err *e)
{
	uint8_t *copy = malloc(len ? len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, r->b, len);
	memset(out, 0x5a, sizeof(*out));
	rc = vde_request_parse(copy, len, out, e);
	free(copy);
	return rc;
}

static void refuses(const struct request *r, const char *says)
{
	struct vde_request out;
	struct err e = {0};
	int rc = parse(r, r->len, &out, &e);

	assert_true(rc < 0 && rc != -EAGAIN);
	if (!strstr(e.text, says))
		fail_msg("\"%s\" lacks \"%s\"", e.text, says);
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* The 149 bytes that vde_plug 4.0.1 sends for "vde:///run/lab[5]", the zeros of the path left out. */
static void what_vde_plug_sends(void **state)
{
	static const uint8_t head[] = "\xce\xfa\xed\xfe\x03\x00\x00\x00\x00\x05\x00\x00\x01\x00"
				      "/run/lab/.09109-00000";
	static const char descr[] = "vdeplug: user=root pid=9109";
	struct request r = {.len = 0};
	struct vde_request out;

	add(&r, head, sizeof(head) - 1);
	r.len = 122;
	add(&r, descr, sizeof(descr) - 1);
	assert_int_equal(r.len, 149);
	assert_int_equal(parse(&r, r.len, &out, NULL), 0);
	assert_int_equal(out.version, 3);
	assert_int_equal(out.number, 5);
	assert_string_equal(out.path, "/run/lab/.09109-00000");
	assert_string_equal(out.description, descr);
}
#endif

static void both_versions_say_the_same(void **state)
{
	const struct request r[] = {v3(0, "/run/x", "who"), v1(0, "/run/x", "who")};

	for (size_t i = 0; i < 2; i++) {
		struct vde_request out;

		assert_int_equal(parse(&r[i], r[i].len, &out, NULL), 0);
		assert_int_equal(out.version, i ? 1 : 3);
		assert_int_equal(out.number, 0);
		assert_string_equal(out.path, "/run/x");
		assert_string_equal(out.description, "who");
	}
}

static void numbers_are_above_the_kind(void **state)
{
	static const struct {
		uint32_t type;
		unsigned number;
	} v[] = {{0, 0}, {1, 0}, {0x100, 1}, {0x4d00, 77}, {9999u << 8, 9999}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct request r = v3(v[i].type, "/x", "");
		struct vde_request out;

		assert_int_equal(parse(&r, r.len, &out, NULL), 0);
		assert_int_equal(out.number, v[i].number);
	}
}

/* Wherever it is cut, the rest is waited for; what is there of the description is taken. */
static void a_request_in_pieces(void **state)
{
	const struct request r[] = {v3(0x300, "/run/x", "who is it"), v1(1, "/run/x", "who is it")};
	const size_t whole[] = {FRONT_V3 + VDE_ADDRESS, FRONT_V1 + VDE_ADDRESS};

	for (size_t i = 0; i < 2; i++)
		for (size_t len = 0; len <= r[i].len; len++) {
			struct vde_request out;
			int rc = parse(&r[i], len, &out, NULL);

			assert_int_equal(rc, len < whole[i] ? -EAGAIN : 0);
			if (rc == 0)
				assert_int_equal(strlen(out.description), len - whole[i]);
		}
}

static void what_is_no_request_is_known_at_once(void **state)
{
	struct request r = {.len = 0};
	struct vde_request out;
	struct err e = {0};

	add(&r, "GET / HTTP/1.0\r\n", 16);
	assert_int_equal(parse(&r, 3, &out, &e), -EAGAIN);
	assert_int_equal(parse(&r, 4, &out, &e), -EINVAL);
	refuses(&r, "something else");
}

static void refusals_say_why(void **state)
{
	struct request r = {.len = 0};

	add32(&r, 0xfeedface);
	add32(&r, 2);
	refuses(&r, "version 2");
	r = (struct request){.len = 0};
	add32(&r, 0xfeedface);
	add32(&r, (uint32_t)-1);
	refuses(&r, "version 4294967295");
	r = v3(2, "/x", "");
	refuses(&r, "kind 2");
	r = v3(10000u << 8, "/x", "");
	refuses(&r, "port 10000");
	r = v3((uint32_t)-256, "/x", ""); /* port -1, as a signed type */
	refuses(&r, "port 16777215");
	r = v3(0, "x/y", "");
	refuses(&r, "\"x/y\"");
	r = v3(0, "", "");
	refuses(&r, "no name");
	r = v3(0, "/x", "");
	memset(r.b + FRONT_V3, 0xff, 2);
	refuses(&r, "family 65535");
}

static void the_longest_path_has_no_end(void **state)
{
	char path[VDE_PATH_SIZE + 1] = "/";
	struct vde_request out;
	struct request r;

	memset(path + 1, 'x', VDE_PATH_SIZE - 1);
	r = v3(0, path, "behind it");
	assert_int_equal(parse(&r, r.len, &out, NULL), 0);
	assert_string_equal(out.path, path);
	assert_string_equal(out.description, "behind it");
}

static void descriptions_are_fit_to_be_shown(void **state)
{
	char longer[VDE_DESCRIPTION + 33] = "";
	struct vde_request out;
	struct request r = v3(0, "/x", "a\033[31mb\xff\n");

	assert_int_equal(parse(&r, r.len, &out, NULL), 0);
	assert_string_equal(out.description, "a?[31mb??");
	memset(longer, 'd', sizeof(longer) - 1);
	r = v3(0, "/x", longer);
	assert_int_equal(parse(&r, r.len, &out, NULL), 0);
	assert_int_equal(strlen(out.description), VDE_DESCRIPTION);
}

static void the_answer_is_a_bare_address(void **state)
{
	uint8_t out[VDE_ADDRESS], want[VDE_ADDRESS] = {0};
	uint16_t family = 1;
	char path[VDE_PATH_SIZE] = "/run/lab/001.5";

	memcpy(want, &family, 2);
	memcpy(want + 2, path, strlen(path));
	memset(out, 0x5a, sizeof(out));
	vde_answer(path, out);
	assert_memory_equal(out, want, sizeof(out));
	memset(path + 1, 'x', sizeof(path) - 2);
	vde_answer(path, out);
	assert_memory_equal(out + 2, path, sizeof(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		cmocka_unit_test(what_vde_plug_sends),
#endif
		cmocka_unit_test(both_versions_say_the_same),
		cmocka_unit_test(numbers_are_above_the_kind),
		cmocka_unit_test(a_request_in_pieces),
		cmocka_unit_test(what_is_no_request_is_known_at_once),
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(the_longest_path_has_no_end),
		cmocka_unit_test(descriptions_are_fit_to_be_shown),
		cmocka_unit_test(the_answer_is_a_bare_address),
	};

	return cmocka_run_group_tests_name("vde", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * fuzz_vde.c - any bytes at all as the request of a VDE client, in pieces.
 *
 * Once there is a request, or there cannot be one any more, more bytes change nothing but the description.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "core/vde.h"
#include "util/text.h"

static int parse(const uint8_t *bytes, size_t len, int dirt, struct vde_request *r, struct err *e)
{
	uint8_t *copy = malloc(len ? len : 1);
	int rc;

	CHECK(copy);
	if (len)
		memcpy(copy, bytes, len);
	memset(r, dirt, sizeof(*r));
	rc = vde_request_parse(copy, len, r, e);
	free(copy);
	return rc;
}

static void check_request(const uint8_t *bytes, const struct vde_request *r)
{
	const uint8_t *address = bytes + (r->version == 3 ? 12 : 14);
	char clean[sizeof(r->description)];
	uint8_t answer[VDE_ADDRESS];

	CHECK(r->version == 1 || r->version == 3);
	CHECK(r->number <= VDE_NUMBER_MAX && (r->version == 3 || r->number == 0));
	CHECK(r->path[0] == '/' && strlen(r->path) <= VDE_PATH_SIZE);
	CHECK(strlen(r->description) <= VDE_DESCRIPTION);
	strcpy(clean, r->description);
	text_clean(clean);
	CHECK(strcmp(clean, r->description) == 0);
	if (strlen(r->path) == VDE_PATH_SIZE)
		return;
	vde_answer(r->path, answer);
	CHECK(memcmp(answer, address, 2 + strlen(r->path) + 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vde_request r, before = {0};
	struct err e = {0}, first = {0};
	int rc = -EAGAIN;

	if (size > VDE_REQUEST_MAX)
		size = VDE_REQUEST_MAX;
	for (size_t len = 0; len <= size; len++) {
		int now = parse(data, len, len & 1 ? 0x5a : 0xa5, &r, &e);

		CHECK(now == 0 || now == -EAGAIN || now == -EINVAL || now == -EPROTONOSUPPORT);
		if (rc == -EAGAIN) {
			rc = now;
			first = e;
			before = r;
		}
		CHECK(now == rc);
		if (rc == 0) {
			check_request(data, &r);
			CHECK(r.number == before.number && strcmp(r.path, before.path) == 0);
		} else if (rc != -EAGAIN) {
			CHECK(e.text[0] && strcmp(e.text, first.text) == 0);
		}
	}
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "core/vde.h"

#include <errno.h>
#include <string.h>

#include "util/bytes.h"
#include "util/text.h"

#define MAGIC 0xfeedfaceu

enum { FAMILY_UNIX = 1, KIND_MAX = 1 };

static uint32_t host32(struct rd *r)
{
	const uint8_t *p = rd_take(r, sizeof(uint32_t));
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

static int parse_type(uint32_t type, struct vde_request *r, struct err *e)
{
	if ((type & 0xff) > KIND_MAX)
		return err_set(e, EINVAL, "it asks for something of kind %u, which is unknown",
			       type & 0xff);
	r->number = type >> 8;
	if (r->number > VDE_NUMBER_MAX)
		return err_set(e, EINVAL,
			       "it asks for port %u; the highest number is %d, or ask for none",
			       r->number, VDE_NUMBER_MAX);
	return 0;
}

/* A path that means the same to us as to the client: not relative, and with a file that has an owner. */
static int parse_address(const uint8_t *bytes, struct vde_request *r, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];
	uint16_t family;

	memcpy(&family, bytes, sizeof(family));
	memcpy(r->path, bytes + sizeof(family), VDE_PATH_SIZE);
	r->path[VDE_PATH_SIZE] = '\0';
	if (family != FAMILY_UNIX)
		return err_set(e, EINVAL, "its address is of family %u and not of a Unix socket",
			       family);
	if (r->path[0] == '\0')
		return err_set(e, EINVAL, "its socket has no name in the file system");
	if (r->path[0] != '/')
		return err_set(e, EINVAL, "the path of its socket, \"%s\", is not a whole one",
			       text_shown(r->path, shown));
	return 0;
}

static void take_description(struct rd *in, struct vde_request *r)
{
	size_t len = rd_left(in);

	if (len > VDE_DESCRIPTION)
		len = VDE_DESCRIPTION;
	memset(r->description, 0, sizeof(r->description));
	if (len)
		memcpy(r->description, in->p, len);
	text_clean(r->description);
}

int vde_request_parse(const uint8_t *bytes, size_t len, struct vde_request *r, struct err *e)
{
	struct rd in = rd_from(bytes, len);
	uint32_t magic = host32(&in), word = host32(&in), type = word;
	const uint8_t *address;
	int rc;

	if (len >= sizeof(magic) && magic != MAGIC)
		return err_set(e, EINVAL, "it sent something else than a request");
	if (in.bad)
		return -EAGAIN;
	if (word != 3 && word > KIND_MAX)
		return err_set(e, EPROTONOSUPPORT,
			       "it speaks version %u of the protocol; known are 1 and 3", word);
	r->version = word == 3 ? 3 : 1;
	if (r->version == 3)
		type = host32(&in);
	else
		(void)rd_take(&in, 6);
	address = rd_take(&in, VDE_ADDRESS);
	if (!address)
		return -EAGAIN;
	rc = parse_type(type, r, e);
	if (rc == 0)
		rc = parse_address(address, r, e);
	take_description(&in, r);
	return rc;
}

void vde_answer(const char *path, uint8_t out[VDE_ADDRESS])
{
	uint16_t family = FAMILY_UNIX;

	memset(out, 0, VDE_ADDRESS);
	memcpy(out, &family, sizeof(family));
	for (out += sizeof(family); *path; path++)
		*out++ = (uint8_t)*path;
}

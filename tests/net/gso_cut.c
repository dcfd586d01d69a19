/* SPDX-License-Identifier: ISC */
/*
 * gso_cut.c - core/gso.c as a filter, for test_gso_oracle.py to hold against the kernel.
 *
 * In:  records of a length (32 bits) and that many bytes: an offload header and its frame.
 * Out: for each record a number (32 bits, signed): how many frames it becomes, or minus the reason
 *      (enum drop) for which it is refused; then so many frames, each behind its length.
 * Numbers are in the byte order of the host.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/gso.h"

static void put(const void *p, size_t len)
{
	if (fwrite(p, 1, len, stdout) != len) {
		perror("gso_cut");
		exit(1);
	}
}

static void put_number(int32_t n)
{
	put(&n, sizeof(n));
}

static void cut(uint8_t *record, size_t len)
{
	struct frame f = {
		.data = record + VNET_HDR_SIZE, .len = len - VNET_HDR_SIZE, .vnet = record};
	uint8_t head[GSO_HEAD_MAX];
	struct gso_piece piece;
	struct gso g;
	enum drop d = frame_parse(&f);

	if (d != DROP_NONE) {
		put_number(-(int32_t)d);
		return;
	}
	gso_begin(&g, &f);
	put_number((int32_t)g.count);
	while (gso_next(&g, head, &piece)) {
		put_number((int32_t)(piece.head_len + piece.payload_len));
		put(piece.head, piece.head_len);
		put(piece.payload, piece.payload_len);
	}
}

int main(void)
{
	static uint8_t record[1 << 17];
	uint32_t len;

	while (fread(&len, sizeof(len), 1, stdin) == 1) {
		if (len < VNET_HDR_SIZE || len > sizeof(record) ||
		    fread(record, 1, len, stdin) != len) {
			fprintf(stderr, "gso_cut: not a record\n");
			return 1;
		}
		cut(record, len);
	}
	return fflush(stdout) ? 1 : 0;
}

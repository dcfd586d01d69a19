/* SPDX-License-Identifier: ISC */
/*
 * pending.h - DHCP requests that a server has not answered yet: who asked for what on which port.
 *
 * A transaction is (VID, chaddr, xid).  Each port has PENDING_PER_PORT places, taken when it is opened and used
 * in turn, so that a port that asks without end forgets its own questions and nobody else's.  A
 * transaction belongs to the port that began it, until it is PENDING_MS old: whoever overhears a request and
 * repeats it elsewhere gets nothing.
 */
#ifndef CORE_PENDING_H
#define CORE_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/dhcp.h"
#include "util/siphash.h"

enum {
	PENDING_PER_PORT = 64,
	PENDING_MS =
		60 *
		1000, /* clients ask again after 64 s at most, with another xid (RFC 2131 section 4.1) */
};

struct pending {
	uint64_t mac; /* chaddr */
	uint32_t xid;
	uint16_t vid;
	uint16_t port;
	enum dhcp_type type; /* of the last message */
	bool rapid;	     /* an ACK may answer a DISCOVER */
	uint32_t asked;	     /* address that the client wants, 0 = none */
	uint64_t since_ms;   /* of the last message */
};

struct pendings;

/* NULL when there is no memory. */
struct pendings *pendings_new(const struct siphash_key *key);
void pendings_free(struct pendings *t);

/* 0 or -ENOMEM: some 5 KiB a port. */
int pendings_port_open(struct pendings *t, unsigned port);
void pendings_port_close(struct pendings *t, unsigned port);

/* The transaction, or NULL; it lives until the next change. */
const struct pending *pendings_find(const struct pendings *t, uint16_t vid, uint64_t mac,
				    uint32_t xid, uint64_t now_ms);

/* Enters the transaction, or its next message.  False: another port has it, or the port is not open. */
bool pendings_put(struct pendings *t, const struct pending *p);

/* It is over. */
void pendings_end(struct pendings *t, const struct pending *p);

/* Transactions of the port, old ones included; PENDING_PER_PORT at most. */
unsigned pendings_count(const struct pendings *t, unsigned port);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * udp_errors.h - what the network reports of datagrams sent before (IP_RECVERR, ip(7)), for kinds of port
 * that are UDP sockets.
 *
 * Until it is fetched, system calls on the socket fail with it.
 */
#ifndef PORT_UDP_ERRORS_H
#define PORT_UDP_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* One report of a datagram that did not arrive. */
struct udp_report {
	int code; /* errno */
	const struct sockaddr_storage *sent_to;
	const uint8_t *data; /* as much as came back of what was in it, UDP_REPORT_DATA at most */
	size_t len;
};

enum {
	UDP_REPORT_DATA = 32,
	COMPLAINT_MS = 10000
}; /* history when none has followed for so long */

/*
 * Fetches the reports that wait at the socket fd and calls fn for each that concerns whom it was sent
 * to.  That a datagram was too large for some network is none of these: the kernel has taken it to
 * heart already.  Returns false where nothing waited.
 */
bool udp_errors_take(int fd, void (*fn)(void *arg, const struct udp_report *r), void *arg);

/*
 * For a source's failed(): EPOLLERR, and nothing to read.  The same; an error without a report is
 * cleared by asking for it.
 */
void udp_errors_clear(int fd, void (*fn)(void *arg, const struct udp_report *r), void *arg);

/* "nobody receives on 192.0.2.2:4789, its host answers"; returns out. */
const char *udp_complaint_text(int code, const char *remote, char *out, size_t size);

#endif

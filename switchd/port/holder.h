/* SPDX-License-Identifier: ISC */
/*
 * holder.h - who has a tap open?
 */
#ifndef PORT_HOLDER_H
#define PORT_HOLDER_H

enum { HOLDER_SIZE = 64 };

/*
 * Looks through /proc for the process that holds the tun or tap device called name.  Writes
 * "process 123 (qemu-system-x86)", or "another process" where none can be seen; returns out.
 */
const char *tun_holder(const char *name, char out[HOLDER_SIZE]);

#endif

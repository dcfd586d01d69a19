/* SPDX-License-Identifier: ISC */
/*
 * holder.h - which process is it: that has a tap open, that has connected?
 */
#ifndef PORT_HOLDER_H
#define PORT_HOLDER_H

#include <sys/types.h>

enum { HOLDER_SIZE = 64, COMM_SIZE = 16 };

/* What the program of a process calls itself (proc(5), comm), fit to be shown; "" where that cannot be seen. */
void process_comm(pid_t pid, char out[COMM_SIZE]);

/* "process 123 (qemu-system-x86)", or "process 123". */
void process_text(pid_t pid, char *out, size_t size);

/*
 * Looks through /proc for the process that holds the tun or tap device called name.  Writes
 * "process 123 (qemu-system-x86)", or "another process" where none can be seen; returns out.
 */
const char *tun_holder(const char *name, char out[HOLDER_SIZE]);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * extcap.h - the ports of a running switchd in Wireshark's list of interfaces (extcap(4)).
 *
 * Wireshark and tshark run each program in their extcap folder and ask it for interfaces, their options, and captures that go
 * to a named pipe.  swctl is that program when it is called EXTCAP_NAME, or with "extcap" as its first word.
 */
#ifndef CLI_EXTCAP_H
#define CLI_EXTCAP_H

#include <stdbool.h>

#define EXTCAP_NAME "switchd-extcap"

/* Is swctl called so that it has to be one? */
bool extcap_is_meant(int argc, char **argv);

/* Does what the options say; returns an enum status. */
int extcap_main(int argc, char **argv);

#endif

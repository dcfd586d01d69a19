/* SPDX-License-Identifier: ISC */
/*
 * options_impl.h - what the tables of options_KIND.c are made of.  Nobody else includes it.
 */
#ifndef PORT_OPTIONS_IMPL_H
#define PORT_OPTIONS_IMPL_H

#include "port/options.h"

enum { MTU_MIN = 68 }; /* RFC 791 */

#define AT(field)   offsetof(struct port_cfg, field)
#define ROOM(field) sizeof(((struct port_cfg *)0)->field)

/* Settings that every kind of port has; what an MTU is, depends on the kind. */
/* clang-format off */
#define COMMON_OPTIONS(mtu_max, mtu_help)                                                          \
	{                                                                                          \
		.name = "mtu", .type = OPT_UINT, .change = OPT_LIVE, .off = AT(mtu),               \
		.min = MTU_MIN, .max = (mtu_max), .zero_ok = true, .dflt = "0",                    \
		.arg = "BYTES", .help = (mtu_help),                                                \
	},                                                                                         \
	{                                                                                          \
		.name = "max_macs", .type = OPT_UINT, .change = OPT_LIVE, .off = AT(max_macs),     \
		.max = 4194304, .dflt = "0", .arg = "NUMBER",                                      \
		.help = "addresses that may be learned from this port; 0 = no limit of its own",   \
	}
/* clang-format on */

/* Checks of single options: struct opt's check. */
int check_ifname(const char *s, struct err *e);
int check_netns(const char *s, struct err *e);
int check_local(const char *s, struct err *e);	/* an endpoint that is this host's */
int check_remote(const char *s, struct err *e); /* an endpoint that is one host's */

/* The endpoint of a text that has passed its check. */
struct endpoint endpoint_of(const char *text);

/* Could both texts, which have passed check_local(), receive one datagram or connection? */
bool same_local(const char *a, const char *b);
/* The order that port_type.compare_devices needs of them. */
int compare_locals(const char *a, const char *b);

/* One for each kind of port, in options_KIND.c. */
extern const struct port_type port_type_tap, port_type_udp;

#endif

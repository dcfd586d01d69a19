/* SPDX-License-Identifier: ISC */
/*
 * control.h - the control socket: who is connected, and what they may ask (docs/protocol.md).
 *
 * server.c moves lines, rpc.c understands them, the methods_*.c carry them out.  One request is
 * carried out at a time, of each client in turn, and frames are forwarded in between.
 */
#ifndef CTL_CONTROL_H
#define CTL_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "ctl/config.h"
#include "ctl/hub.h"
#include "ctl/rpc.h"
#include "port/datapath.h"

enum {
	CLIENTS_MAX = 64,
	CLIENT_BACKLOG_MAX = 4 << 20, /* bytes waiting for a client that does not read */
};

struct client;

struct control {
	struct datapath *dp;
	struct daemon_cfg daemon;
	const char *config_file; /* NULL = none */
	const char *path;	 /* of the socket */
	const char
		*log_level; /* of the command line, which goes before daemon.log_level; or NULL */
	uv_loop_t *loop;
	uv_pipe_t listener;
	uv_idle_t turn; /* active while a client has a request waiting */
	struct client *clients;
	unsigned count;
	unsigned lingering; /* in the list too, but refused: they have yet to hang up */
	struct hub hub;
};

/* Who is at the other end (SO_PEERCRED). */
struct client_id {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/*
 * Starts listening at c->path; the caller has set dp, daemon, config_file and path, and has opened
 * the hub.  A socket left behind by a dead daemon is replaced, that of a living one is not.
 */
int control_listen(struct control *c, uv_loop_t *loop, struct err *e);

/* Closes the socket and all clients; the loop has to run once more to let go. */
void control_close(struct control *c);

/* Takes over changed c->daemon settings. */
int control_settings(struct control *c, struct err *e);

/* For the methods. */
struct client_id client_id(const struct client *cl);
void client_subscribe(struct client *cl, const struct hub_filter *filter); /* NULL = no more */

/*
 * The capture of a connection; NULL = none.  Setting one has its descriptors sent with the answer to this request, which only
 * works where nothing else is on its way to the client: client_may_capture().  The one before is ended.
 */
struct capture;
struct capture *client_capture(const struct client *cl);
bool client_may_capture(const struct client *cl);
void client_set_capture(struct client *cl, struct capture *capture);

/* Applies a configuration and tells the subscribers.  `by` NULL = the daemon itself. */
int control_apply(struct control *c, const struct config *want, const struct client *by,
		  json_t **changes, struct err *e);

/* The tables of all methods, for struct rpc_env. */
extern const struct rpc_method *const control_methods[];
extern const struct rpc_method methods_look[];
extern const struct rpc_method methods_events[];
extern const struct rpc_method methods_change[];
extern const struct rpc_method methods_mac[];
extern const struct rpc_method methods_vlan[];
extern const struct rpc_method methods_mirror[];
extern const struct rpc_method methods_impair[];
extern const struct rpc_method methods_guard[];
extern const struct rpc_method methods_stp[];
extern const struct rpc_method methods_group[];
extern const struct rpc_method methods_lldp[];
extern const struct rpc_method methods_trace[];
extern const struct rpc_method methods_config[];
extern const struct rpc_method methods_capture[];

/*
 * What most methods begin with: the switch that "switch" names, or the only one; and its port that
 * "port" names (required).  NULL with call->err filled.
 */
struct sw *call_switch(struct rpc_call *call);
struct port *call_port(struct rpc_call *call, struct sw *sw);

/* The parameter that each_switch(), and that call_switch(), reads, as it stands in the tables. */
#define P_ANY_SWITCH                                                                        \
	{                                                                                   \
		"switch", RPC_STRING, false, "name of the switch; all where it is left out" \
	}
#define P_ONE_SWITCH                                                                               \
	{                                                                                          \
		"switch", RPC_STRING, false, "name of the switch; may be left out if there is one" \
	}

/* The string parameter, or NULL. */
const char *call_text(const struct rpc_call *call, const char *name);

/* A number parameter, or `dflt` where it is not given.  -EINVAL: what is given is not from min to max. */
int call_int(struct rpc_call *call, const char *name, json_int_t dflt, json_int_t min,
	     json_int_t max, json_int_t *out);

/* What time it is for whoever asks: milliseconds, as the datapath has it. */
uint64_t call_now(const struct rpc_call *call);

/* Which rows of a long list are wanted: "port", "vlan", "limit" and "after", by which it is had in pages. */
struct page {
	const struct port *port; /* NULL = any */
	json_int_t vlan;	 /* -1 = any */
	json_int_t limit, after;
};

/* 0, or -errno with call->err.  No page has more than `most` rows. */
int call_page(struct rpc_call *call, struct sw *sw, json_int_t most, struct page *page);

/* Is a row of that port and VLAN wanted? */
bool page_wants(const struct page *page, unsigned port, unsigned vid);

/* The parameter "mac", which is there.  -EINVAL with call->err: it is none. */
int call_mac(struct rpc_call *call, uint64_t *mac);

/* Calls fn for the switch that "switch" names, or for all where none is named. */
typedef void lister(const struct rpc_call *call, const struct sw *sw, json_t *list);
int each_switch(struct rpc_call *call, lister *fn, json_t *list);

/* Makes {key: list}, or throws the list away where listing failed (rc). */
int answer_list(struct rpc_call *call, const char *key, json_t *list, int rc);

static inline struct control *call_control(const struct rpc_call *call)
{
	return call->ctx;
}

/* One port as port.list shows it (methods_look.c); a new reference. */
struct port;
json_t *describe_port(const struct port *p);

/* Its limits and storms (limits.c); NULL where it has none. */
json_t *describe_limits(const struct sw_port *p, uint64_t now_ms);

/* The directions of its link that are bad, as impair.list shows them (methods_impair.c); NULL where it never was. */
json_t *describe_impair(const struct port *p);

#endif

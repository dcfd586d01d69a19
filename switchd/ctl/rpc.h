/* SPDX-License-Identifier: ISC */
/*
 * rpc.h - JSON-RPC 2.0, without a socket: text in, text out.
 *
 * A line is taken apart into a job, and a job is done one request at a time, so that a batch of a
 * thousand requests can be interleaved with frames.  Methods stand in tables that say what each
 * takes; the checking of parameters, rpc.discover and the error codes are made from them.
 */
#ifndef CTL_RPC_H
#define CTL_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum {
	RPC_LINE_MAX = 1 << 20,	  /* bytes of one request line */
	RPC_LONG = 1 << 14,	  /* bytes of one that takes a while to take apart */
	RPC_DEPTH_MAX = 32,	  /* arrays and objects within each other */
	RPC_BATCH_MAX = 1000,	  /* requests of one batch */
	RPC_ANSWER_MAX = 3 << 20, /* bytes of the answers to one batch */
};

/* JSON-RPC 2.0 section 5.1, and our own below -32000 (docs/protocol.md). */
enum rpc_code {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603,
	RPC_NOT_FOUND = -32001,
	RPC_EXISTS = -32002,
	RPC_SYSTEM = -32003,
	RPC_LIMIT = -32004,
};

enum rpc_type { RPC_STRING, RPC_INTEGER, RPC_ARRAY, RPC_OBJECT };

struct rpc_param {
	const char *name;
	enum rpc_type type;
	bool required;
	const char *help;
};

/* Which option tables name further parameters of a method. */
enum rpc_options { RPC_NO_OPTIONS, RPC_SWITCH_OPTIONS, RPC_VLAN_OPTIONS, RPC_PORT_OPTIONS };

struct rpc_env;

struct rpc_call {
	const struct rpc_env *env;
	void *ctx;	      /* the server's */
	void *client;	      /* who asks */
	const json_t *params; /* an object; every member is known and of its type, options aside */
	json_t *result;	      /* a new reference, set by the method; NULL means {} */
	struct err err;	      /* filled where the method fails */
};

struct rpc_method {
	const char *name;
	const char *help;
	bool changes; /* something: the request is logged */
	bool lists;   /* things without number: the answer may be long */
	enum rpc_options options;
	int (*run)(struct rpc_call *call); /* 0, or -errno with call->err filled */
	struct rpc_param params[8];	   /* ended by a NULL name */
};

struct rpc_env {
	const struct rpc_method *const *tables; /* each ended by a NULL name; the list by NULL */
	void *ctx;
	/* Told of each request that is about to change something; may be NULL. */
	void (*log)(void *client, const struct rpc_method *m, const json_t *params);
	/*
	 * For what takes long.  aside() calls fn(arg) and returns what it does, and while it runs frames
	 * flow; breathe() lets those flow that wait, between two steps.  NULL: nobody minds the wait.
	 */
	int (*aside)(void *ctx, int (*fn)(void *arg), void *arg);
	void (*breathe)(void *ctx);
};

struct rpc_job {
	json_t *root; /* NULL: nothing is left to be carried out */
	bool is_long; /* RPC_LONG was exceeded: what is done with all of it is done aside */
	size_t next;  /* request of a batch */
	char *answer; /* as far as there is one */
	size_t len, room;
};

/*
 * Takes one line (without its newline) apart.  Whatever is in it, the job can be stepped and
 * finished; a line that is no request has its error as the answer.
 */
void rpc_begin(struct rpc_job *job, const char *line, size_t len);

/* Carries out the next request of the job.  False: that was the last, or there is none. */
bool rpc_step(struct rpc_job *job, const struct rpc_env *env, void *client);

/* Is it one request, which gets an answer, and not a batch? */
bool rpc_is_single(const struct rpc_job *job);

/* Frees the request of a job that was carried out.  What is left is rpc_finish(), which is quick. */
void rpc_done(struct rpc_job *job);

/*
 * The answer as one line without its newline, malloc()ed, or NULL where none is due
 * (notifications). The job is empty then.
 */
char *rpc_finish(struct rpc_job *job);

/* Throws an unfinished job away. */
void rpc_abort(struct rpc_job *job);

/* For methods: env->aside() and env->breathe(), if there are. */
int call_aside(const struct rpc_call *call, int (*fn)(void *arg), void *arg);
void call_breathe(const struct rpc_call *call);

/* {"code", "message", "data"} for *e; code 0 = the one that follows from e->code. */
json_t *rpc_error(enum rpc_code code, const struct err *e);

#endif

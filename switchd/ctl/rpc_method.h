/* SPDX-License-Identifier: ISC */
/*
 * rpc_method.h - which methods there are, what they take, and rpc.discover, which tells it.  For rpc.c.
 */
#ifndef CTL_RPC_METHOD_H
#define CTL_RPC_METHOD_H

#include "ctl/rpc.h"

/* NULL where there is none: rpc_refuse_method() then says which was probably meant. */
const struct rpc_method *rpc_find_method(const struct rpc_env *env, const char *name);
enum rpc_code rpc_refuse_method(const struct rpc_env *env, const char *name, struct err *e);

/* Parameters by position become parameters by name.  A new reference; NULL with *e: there are too many. */
json_t *rpc_named_params(const struct rpc_method *m, json_t *params, struct err *e);

/* Is each of them known and of its type, and none missing?  0 or -EINVAL with *e. */
int rpc_check_params(const struct rpc_method *m, json_t *params, struct err *e);

#endif

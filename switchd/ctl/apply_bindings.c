/* SPDX-License-Identifier: ISC */
#include "ctl/apply_bindings.h"

#include <string.h>

#include "core/sw_guard.h"
#include "port/log.h"

static uint32_t ip_of(const struct static_binding *b)
{
	struct ip_addr a = {0, 0};

	(void)ip_parse(b->ip, &a); /* it was checked when it was read */
	return (uint32_t)a.lo;
}

int apply_binding(struct datapath *dp, struct sw *sw, struct port *p,
		  const struct static_binding *b, struct err *e)
{
	return sw_guard_bind(sw, (uint16_t)b->vlan, b->mac, ip_of(b), &p->core, datapath_now(dp),
			     e);
}

void unapply_binding(struct sw *sw, const struct static_binding *b)
{
	(void)sw_guard_unbind(sw, (uint16_t)b->vlan, b->mac, ip_of(b), NULL);
}

void apply_bindings_of(struct datapath *dp, struct sw *sw, struct port *p,
		       const struct switch_cfg *s)
{
	for (size_t i = 0; i < s->bindings; i++) {
		struct err e = {0};

		if (strcmp(s->binding[i].port, p->cfg.name) == 0 &&
		    apply_binding(dp, sw, p, &s->binding[i], &e))
			log_warning("%s", e.text);
	}
}

/* SPDX-License-Identifier: ISC */
#include "core/settings.h"

#include <errno.h>
#include <string.h>

#include "core/secure.h"
#include "core/sw_stp.h"

/* The VLANs of a port are given in one of three ways. */
static int check_vlans(const struct sw_port_set *set, struct err *e)
{
	const char *trunk = !vidset_empty(&set->trunk)	    ? "trunk"
			    : !vidset_empty(&set->untagged) ? "untagged"
			    : set->native		    ? "native"
							    : NULL;
	const char *first = set->access ? "access" : trunk;
	const char *other = set->dot1q_tunnel ? "dot1q_tunnel" : trunk;

	if (!first || !other || first == other)
		return 0;
	return err_set(
		e, EINVAL,
		"the port has both %s and %s, which exclude each other: set one of them to its "
		"default",
		first, other);
}

int sw_port_set_check(const struct sw_port_set *set, struct err *e)
{
	int rc = check_vlans(set, e);

	if (rc)
		return rc;
	if (set->dot1q_tunnel && strcmp(set->admit, "all") != 0)
		return err_set(
			e, EINVAL,
			"a port with dot1q_tunnel looks at no tags, so admit can only be all");
	rc = secure_check(set, e);
	if (rc)
		return rc;
	const struct stp_port_cfg stp = sw_stp_port_cfg(set);
	return stp_port_cfg_check(&stp, e);
}

/* RFC 3376 clause 8.3. */
static int check_query_times(const struct sw_settings *set, struct err *e)
{
	if (set->mcast_query_response_ms < (uint64_t)set->mcast_query_interval_s * 1000)
		return 0;
	return err_set(
		e, EINVAL,
		"mcast_query_response_ms %u has to be less than mcast_query_interval_s %u, or hosts "
		"would be asked again before they have answered",
		set->mcast_query_response_ms, set->mcast_query_interval_s);
}

int sw_settings_check(const struct sw_settings *set, struct err *e)
{
	const struct stp_cfg stp = sw_stp_cfg(set);
	int rc = stp_cfg_check(&stp, e);

	return rc ? rc : check_query_times(set, e);
}

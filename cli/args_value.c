/* SPDX-License-Identifier: ISC */
/* args_value.c - is a value what its option says it is? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "core/settings.h"
#include "text.h"
#include "util/iptext.h"
#include "util/mac.h"
#include "util/vidset.h"
#include "util/words.h"

double args_seconds(const char *value)
{
	return strtod(value, NULL);
}

uint64_t args_bytes(const char *value)
{
	static const char units[] = "kMG";
	char *end;
	const char *unit;
	unsigned long long v;

	if (strspn(value, "0123456789") == 0 || strlen(value) > 12)
		return 0;
	v = strtoull(value, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return 0;
	for (long i = unit ? unit - units + 1 : 0; i > 0 && v < UINT64_C(1) << 50; i--)
		v *= 1024;
	return v < UINT64_C(1) << 60 ? v : 0;
}

static bool is_number(const char *s, long min, long max)
{
	char *end;

	errno = 0;
	long v = strtol(s, &end, 10);
	return s[0] >= '0' && s[0] <= '9' && !*end && !errno && v >= min && v <= max;
}

static bool is_seconds(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	/* strtod() reads "inf" and "0x1p3" too: not here */
	return strspn(s, "0123456789.") == strlen(s) && end != s && !*end && v >= 0.1 && v <= 86400;
}

static int check_word(const char *words, const char *s, struct err *e)
{
	char word[NAME_SIZE];
	const char *best = NULL;

	if (word_in(s, words))
		return 0;
	for (const char *w = words; *w && !best; w += strspn(w, " ")) {
		size_t len = strcspn(w, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, w);
		args_nearer(s, word, &best);
		w += len;
	}
	return err_set(e, EINVAL, "allowed is one of: %s%s%s%s", words,
		       best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
}

/* Addresses and names of what there is on a network. */
static int check_name(const struct option *o, const char *s, struct err *e)
{
	struct ip_addr ip;
	uint64_t mac;

	switch (o->value) {
	case VALUE_MAC:
		if (mac_parse(s, &mac))
			return 0;
		return err_set(e, EINVAL, "a MAC address looks like 02:00:00:00:00:01");
	case VALUE_GROUP:
		if (ip_parse(s, &ip) && ip_is_group(ip))
			return 0;
		return err_set(e, EINVAL,
			       "the address of a multicast group looks like 239.1.2.3 or ff05::1");
	case VALUE_IP:
		if (ip_parse(s, &ip) && ip_is_v4(ip))
			return 0;
		return err_set(e, EINVAL, "an IPv4 address looks like 192.0.2.7");
	case VALUE_REMOTE:
		return check_any_remote(s, e);
	case VALUE_TYPE:
		if (port_type_find(s))
			return 0;
		return err_set(e, EINVAL, "there is no such kind of port");
	default:
		return name_check(s, e);
	}
}

/* Numbers, with a unit or without, and lists of them. */
static int check_number(const struct option *o, const char *s, struct err *e)
{
	struct vidset vids;

	switch (o->value) {
	case VALUE_VLAN:
		if (is_number(s, 0, VID_MAX - 1))
			return 0;
		return err_set(e, EINVAL, "a VLAN is a number from 0 (untagged) to %d",
			       VID_MAX - 1);
	case VALUE_VID:
		if (is_number(s, VID_FIRST, VID_LAST))
			return 0;
		return err_set(e, EINVAL, "a VLAN is a number from %d to %d", VID_FIRST, VID_LAST);
	case VALUE_VIDS:
		if (*s && vidset_parse(s, &vids))
			return 0;
		return err_set(e, EINVAL, "allowed are VLANs like 10,20-29");
	case VALUE_SECONDS:
		if (is_seconds(s))
			return 0;
		return err_set(e, EINVAL, "allowed are seconds from 0.1 to 86400, like 2 or 0.5");
	case VALUE_BYTES:
		if (args_bytes(s))
			return 0;
		return err_set(e, EINVAL, "allowed are bytes like 1500, 64k, 10M or 1G");
	default:
		if (is_number(s, 1, 1000000000))
			return 0;
		return err_set(e, EINVAL, "allowed is a whole number from 1 to 1000000000");
	}
}

int args_check_value(const struct option *o, const char *s, struct err *e)
{
	switch (o->value) {
	case VALUE_NAME:
	case VALUE_PORT:
	case VALUE_SWITCH:
	case VALUE_MAC:
	case VALUE_GROUP:
	case VALUE_IP:
	case VALUE_REMOTE:
	case VALUE_TYPE:
		return check_name(o, s, e);
	case VALUE_VLAN:
	case VALUE_VID:
	case VALUE_VIDS:
	case VALUE_SECONDS:
	case VALUE_BYTES:
	case VALUE_COUNT:
		return check_number(o, s, e);
	case VALUE_OFF:
		if (strcmp(s, "none") == 0)
			return 0;
		return err_set(
			e, EINVAL,
			"it can only be none, which takes everything back; what is to be, has "
			"settings of its own");
	case VALUE_EVENTS:
		if (strspn(s, "abcdefghijklmnopqrstuvwxyz_.,") == strlen(s) &&
		    strspn(s, ",") < strlen(s))
			return 0;
		return err_set(e, EINVAL,
			       "allowed are names with commas between, like mac.moved,port");
	case VALUE_CHOICE:
		return check_word(o->words, s, e);
	case VALUE_PORTS:
	case VALUE_FRAMES:
		return *s ? 0 : err_set(e, EINVAL, "the list is empty");
	case VALUE_LAB:
	case VALUE_LAB_FILE:
	case VALUE_HOST:
	case VALUE_FILE:
		return *s ? 0 : err_set(e, EINVAL, "the path is empty");
	case VALUE_WORD:
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_SETTING:
	case VALUE_COMMAND:
		break;
	}
	return 0;
}

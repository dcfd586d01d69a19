/* SPDX-License-Identifier: ISC */
#include "capture_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/drop.h"

/* A text that is put together; what does not fit is left out. */
struct sentence {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void say(struct sentence *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->at, s->left, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	size_t used = (size_t)n < s->left ? (size_t)n : s->left - 1;
	s->at += used;
	s->left -= used;
}

/* As swctl knows it; a daemon of another release may have reasons that it does not know. */
static const char *text_of(const char *reason)
{
	for (int d = 0; d < DROP_COUNT; d++)
		if (strcmp(drop_name((enum drop)d), reason) == 0)
			return drop_text((enum drop)d);
	return NULL;
}

static void say_reason(struct sentence *s, const char *what, const struct capture_frame *f,
		       const struct capture_names *names)
{
	const char *reason = names->reason(names->owner, f->drop);
	const char *text = reason ? text_of(reason) : NULL;

	say(s, "%s: %s", what, reason ? reason : "for a reason that swctl does not know");
	if (text)
		say(s, ": %s", text);
}

static void say_ports(struct sentence *s, const char *how, const struct capture_frame *f,
		      const struct capture_names *names)
{
	say(s, "%s", how);
	for (uint32_t i = 0; i < f->listed; i++) {
		const char *name = names->port(names->owner, f->list[i]);

		say(s, " %s", name ? name : "?");
	}
	if (f->ports > f->listed)
		say(s, " and %u more", f->ports - f->listed);
}

static void say_learned(struct sentence *s, const struct capture_frame *f)
{
	static const char *const words[CAPTURE_LEARN_COUNT] = {
		[CAPTURE_LEARNED] = "learned, ",
		[CAPTURE_MOVED] = "moved here, ",
		[CAPTURE_TABLE_FULL] = "not learned (the table is full), ",
		[CAPTURE_PORT_FULL] = "not learned (the port has its max_macs), ",
		[CAPTURE_STATIC_ELSEWHERE] = "not learned (static on another port), ",
	};

	if (words[f->learn])
		say(s, "%s", words[f->learn]);
}

/* Which protocol of the switch hears it: enum trap. */
static const char *listener(const struct capture_frame *f)
{
	static const char *const words[] = {
		NULL, "the spanning tree", "multicast snooping", "LLDP", "the search for loops",
	};

	return f->trap < sizeof(words) / sizeof(words[0]) ? words[f->trap] : "a protocol";
}

static void say_way_in(struct sentence *s, const struct capture_frame *f,
		       const struct capture_names *names)
{
	const char *heard = listener(f);

	if (f->drop) {
		say_reason(s, "dropped", f, names);
		return;
	}
	say_learned(s, f);
	switch (f->route) {
	case CAPTURE_TO_KNOWN:
		say_ports(s, "forwarded to", f, names);
		break;
	case CAPTURE_TO_ALL_UNKNOWN:
		say_ports(s, "flooded to", f, names);
		say(s, " (unknown address)");
		break;
	case CAPTURE_TO_ALL_MULTICAST:
	case CAPTURE_TO_ALL_BROADCAST:
		say_ports(s, "flooded to", f, names);
		break;
	case CAPTURE_TO_GROUP:
		say_ports(s, "forwarded to the group's", f, names);
		break;
	case CAPTURE_TO_SWITCH:
		say(s, "taken by %s", heard ? heard : "the switch");
		return;
	default:
		break;
	}
	if (heard)
		say(s, ", heard by %s", heard);
}

static void say_way_out(struct sentence *s, const struct capture_frame *f,
			const struct capture_names *names)
{
	if (f->flags & CAPTURE_OWN)
		say(s, "from the switch itself%s", f->drop ? ", " : "");
	if (!f->drop)
		return;
	say_reason(s, "not sent", f, names);
	if (f->flags & CAPTURE_AS_RECEIVED)
		say(s, " (shown as it was received)");
}

const char *capture_comment(const struct capture_frame *f, const struct capture_names *names,
			    char *out, size_t size)
{
	struct sentence s = {out, size};
	const char *between;

	out[0] = '\0';
	if (f->dir == CAPTURE_IN)
		say_way_in(&s, f, names);
	else
		say_way_out(&s, f, names);
	between = out[0] ? "; " : "";
	if (f->vid)
		say(&s, "%svlan %u", between, f->vid);
	between = out[0] ? "; " : "";
	if (f->flags & CAPTURE_OWES_SEGMENTS)
		say(&s, "%snot cut into segments of %u bytes yet, checksums open", between,
		    f->segment);
	else if (f->flags & CAPTURE_OWES_CHECKSUM)
		say(&s, "%schecksum not filled in yet", between);
	return out;
}

/* SPDX-License-Identifier: ISC */
/*
 * fdb.h - the filtering database: which station is behind which port (IEEE 802.1Q-2018 clause 8.8).
 *
 * What complicates it, and the answer:
 *
 * - Guests choose their addresses.  The hash is keyed with a secret, so they cannot pick addresses
 *   that all fall into one bucket.
 * - Guests can invent addresses without end.  The table is bounded, its memory is one pool taken when
 *   it is made.  When it is full, a port that holds less than its fair share (an equal part of what
 *   static entries leave) takes the place of the longest silent address of the port that holds most; a
 *   port at or above its share learns nothing more.  So a port that floods crowds out only itself.
 * - Static entries are the administrator's word: nothing learned replaces, moves or ages them.
 * - A port may be told to keep strangers out (enum fdb_guard): by having it locked, so that only its static
 *   entries may send; by having what it learns become static by itself, or stick, so that the first to come are
 *   those that stay; by refusing the frames, and not just the addresses, of those beyond its max_macs.  A port
 *   with any of these is guarded: all its entries count towards its max_macs, and a static address that is of
 *   another port, or of a guarded port elsewhere, is not merely not learned, but refused.  What
 *   is refused is reported once, until nothing was refused for the same reason for FDB_REFUSED_QUIET_S.
 * - Entries that stuck give way to nobody, either.  So that a port does not take the table from the others, no more
 *   stick than are its equal part; the rest are learned like those of any port.
 * - Ageing must not stop traffic: entries hang, per port, in the order in which they were last heard,
 *   so that ageing looks only at what expires.  An entry is refreshed at most once a second, and so a
 *   busy station costs no list work.
 * - Nor must forgetting a million of them: a port's entries are forgotten at once by giving the port
 *   another generation.  Those of an older one are dead: nothing finds them, they count nowhere, and
 *   ageing clears them away by and by.  Whatever else takes long is done in slices.
 * - A station that jumps between ports, by a loop or a doubled address, would drown the log: it is
 *   reported once as flapping, until it has kept still for FDB_FLAP_QUIET_S.
 *
 * Time comes in as whole seconds of a clock that does not go back.  Nothing here is thread-safe, but
 * that any number of threads may look (const struct fdb *) while nobody changes anything.
 */
#ifndef CORE_FDB_H
#define CORE_FDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/portset.h"
#include "util/siphash.h"

enum {
	FDB_FLAP_MOVES = 5, /* that many moves, none FDB_FLAP_QUIET_S after the last: flapping */
	FDB_FLAP_QUIET_S = 10,
	FDB_REFUSED_QUIET_S = 60,
};

/* How a port treats strangers; more than one may be set. */
enum fdb_guard {
	FDB_LOCKED =
		1 << 0, /* its static entries may send, those that stuck included; nobody else */
	FDB_STICKY = 1 << 1, /* what it learns sticks */
	FDB_STRICT = 1 << 2, /* frames from addresses beyond max_macs are refused */
};

struct fdb;
struct fdb_entry;

/* What became, or would become, of a source address. */
enum learn {
	LEARN_IGNORED,	 /* not a station's address: group, broadcast or zero */
	LEARN_KNOWN,	 /* known on this port already */
	LEARN_NEW,	 /* entered */
	LEARN_MOVED,	 /* was known on another port */
	LEARN_STATIC,	 /* static on another port: stays there */
	LEARN_PORT_FULL, /* refused: the port has its max_macs */
	LEARN_FULL,	 /* refused: the table is full and the port has its share of it */
	/* refused, and the frame with it: */
	LEARN_OVER,	 /* the port has its max_macs, and is strict */
	LEARN_LOCKED,	 /* the port is locked, and this none of its static addresses */
	LEARN_ELSEWHERE, /* static on another port, and one of the two is guarded, or it stuck there */
	LEARN_COUNT
};

/* Is the frame to go no further? */
static inline bool learn_refuses_frame(enum learn l)
{
	return l >= LEARN_OVER;
}

/* An address of a VLAN as the table looks for it. */
struct fdb_probe {
	uint64_t key;
	uint32_t hash; /* of the key, and so where in the table it is if it is there */
};

/* The answer of fdb_judge(), to be handed to fdb_learn() before anything else changes the table. */
struct fdb_verdict {
	struct fdb_probe at;
	struct fdb_entry *entry;  /* the one found, or NULL */
	struct fdb_entry *victim; /* the one to make room for a LEARN_NEW, or NULL */
	enum learn learn;
	uint16_t from;	   /* set by fdb_learn(): the port a LEARN_MOVED station left, or a
			       LEARN_ELSEWHERE one is of */
	bool flapping_now; /* set by fdb_learn(): this move made it flap */
	bool told_before; /* set by fdb_learn(): not to be reported: it was flapping already, or the
			       port has been refused something for the same reason lately */
};

/* One entry, copied out for those who look. */
struct fdb_info {
	uint64_t mac;
	uint16_t vid;
	uint16_t port;
	bool is_static;
	bool is_sticky; /* is_static, and became so by itself */
	bool flapping;
	uint32_t age_s;
	uint32_t moves; /* since it last kept still */
};

struct fdb_port_stats {
	uint32_t entries; /* in the table now, static ones included */
	uint32_t dynamic; /* of these, learned */
	uint32_t sticky;  /* of the others, those that stuck */
	uint64_t learned; /* all that follows counts since the port was opened or cleared */
	uint64_t moved_here;
	uint64_t aged;
	uint64_t evicted; /* made room for another port's station */
	uint64_t refused_full;
	uint64_t refused_limit;
	uint64_t refused_static;
	uint64_t refused_locked;
	uint64_t flapping;
};

/*
 * A table for max entries whose hash is keyed with key.  Returns NULL when there is no memory.  All
 * memory is taken here: 96 to 120 bytes an entry, touched by the kernel only as the table fills.
 */
struct fdb *fdb_new(uint32_t max, const struct siphash_key *key);
void fdb_free(struct fdb *f);

/*
 * A larger or smaller table made out of another, with its static entries and as many learned ones as
 * fit, of each port those heard last.  It takes long (some 200 ns an entry) and only reads the old
 * one: a thread may do it while others look things up there, as long as nothing but fdb_port_hide()
 * changes the old one meanwhile.  Returns NULL with *rc: -ENOMEM, or -ENOSPC where the static entries
 * alone do not fit.
 */
struct fdb *fdb_resized(const struct fdb *old, uint32_t max, int *rc);

/* Ports have to be opened before anything is learned on them.  max_macs: 0 = no limit of its own. */
void fdb_port_open(struct fdb *f, unsigned port, uint32_t max_macs);
void fdb_port_limit(struct fdb *f, unsigned port, uint32_t max_macs);
/*
 * Any of enum fdb_guard, 0 when the port was opened.  What a port has learned before it is locked is for the
 * caller to flush; on one that is sticky from now on it sticks when it is heard again.
 */
void fdb_port_guard(struct fdb *f, unsigned port, unsigned guard);
/* Forgets every entry of the port, static ones too: at once, however many there are. */
void fdb_port_close(struct fdb *f, unsigned port);
/* Forgets the learned entries of the port: at once, however many there are. */
void fdb_port_flush(struct fdb *f, unsigned port);
/* Forgets those that stuck there, at once, and returns how many they were. */
uint32_t fdb_port_release(struct fdb *f, unsigned port);
/*
 * The learned entries of the port are not found any more.  They still count, and before anything else
 * changes the table, fdb_port_flush() is due.  This may be done while a thread runs fdb_resized().
 */
void fdb_port_hide(struct fdb *f, unsigned port);

/*
 * Makes a probe and has the processor fetch the place it points to, so that other work can be done
 * while it comes.  Valid as long as the table is.
 */
struct fdb_probe fdb_probe(const struct fdb *f, uint16_t vid, uint64_t mac);

/* Later, when that place has come: has the processor fetch the entry that is there. */
void fdb_prefetch(const struct fdb *f, struct fdb_probe at);

/* All that is known of one address, at that time; false: nothing is, and *info is untouched. */
bool fdb_get(const struct fdb *f, uint16_t vid, uint64_t mac, uint32_t now_s,
	     struct fdb_info *info);

/* The port a frame to that address goes to, or -1 where it is not known. */
int fdb_lookup_at(const struct fdb *f, struct fdb_probe at);
int fdb_lookup(const struct fdb *f, uint16_t vid, uint64_t mac);

/* What learning (vid, mac) from port would do.  Changes nothing. */
struct fdb_verdict fdb_judge_at(const struct fdb *f, struct fdb_probe at, unsigned port);
struct fdb_verdict fdb_judge(const struct fdb *f, uint16_t vid, uint64_t mac, unsigned port);

/* Does it: enters, refreshes or moves, and counts.  v is fdb_judge()'s answer for the same port. */
void fdb_learn(struct fdb *f, struct fdb_verdict *v, unsigned port, uint32_t now_s);

/*
 * A static entry, new or made out of a learned one or one that stuck, wherever that was.  Returns 0, -EEXIST
 * where it is static already on another port (see *found), or -ENOSPC where the table is full of static
 * entries.  The port's max_macs is no matter here.
 */
int fdb_add_static(struct fdb *f, uint16_t vid, uint64_t mac, unsigned port, uint32_t now_s,
		   unsigned *found);
/* The same for one that stuck, and was written down since.  Nothing changes where it is static on the port. */
int fdb_add_sticky(struct fdb *f, uint16_t vid, uint64_t mac, unsigned port, uint32_t now_s,
		   unsigned *found);

/* Removes one entry, static or learned.  Returns 0 or -ENOENT. */
int fdb_del(struct fdb *f, uint16_t vid, uint64_t mac);

/* Which learned entries to forget, and how far that has got.  Zero but for port and vid at first. */
struct fdb_flush {
	int port;      /* -1 = any */
	int vid;       /* -1 = any */
	uint32_t slot; /* the next to look at */
	uint32_t gone; /* so many were forgotten */
};

/*
 * Forgets learned entries, looking at no more than `slots` of them.  True: there are more to look at,
 * call it again.  What is learned or moved between two calls may stay.  (All of a port, or all there
 * are, go at once; looking is for one VID.)
 */
bool fdb_flush(struct fdb *f, struct fdb_flush *w, uint32_t slots);

/*
 * Forgets learned entries not heard for ageing_s (0 = never) and tells each to gone(); clears away
 * those that were flushed.  At most `budget` of both.  Returns true when there are more, so that it
 * is to be called again soon.
 */
bool fdb_age(struct fdb *f, uint32_t now_s, uint32_t ageing_s, uint32_t budget,
	     void (*gone)(void *arg, const struct fdb_info *info), void *arg);

/*
 * Walks the table by slots, for listings that go on while it changes.  Looks at those from *slot up to
 * but not including `end` for the next entry; true: *info is one, and *slot is behind it.  False: there
 * is none, and *slot is where to go on; the walk is over when it has reached fdb_slots().  An entry
 * that stays is seen exactly once.
 */
bool fdb_walk(const struct fdb *f, uint32_t *slot, uint32_t end, uint32_t now_s,
	      struct fdb_info *info);

/* No slot at or above this was ever in use. */
uint32_t fdb_slots(const struct fdb *f);

/* Calls fn for each static entry, those that stuck included, port by port. */
void fdb_each_static(const struct fdb *f, void (*fn)(void *arg, const struct fdb_info *info),
		     void *arg);

uint32_t fdb_count(const struct fdb *f);
uint32_t fdb_max(const struct fdb *f);
bool fdb_is_full(const struct fdb *f);
const struct fdb_port_stats *fdb_port_stats(const struct fdb *f, unsigned port);
void fdb_port_stats_clear(struct fdb *f, unsigned port);

/* "new", "moved"...: for trace and tests. */
const char *learn_name(enum learn l);

#endif

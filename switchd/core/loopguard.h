/* SPDX-License-Identifier: ISC */
/*
 * loopguard.h - finds loops without a spanning tree: what a switch sends out of one port must not come back.
 *
 * Each guarded port sends a probe every interval_s.  Where one of ours comes in again, by whatever way, there
 * is a loop, and a port is blocked.  It stays blocked while the loop is seen to be there, and is opened again
 * when that is over.  Every bridge takes part without knowing it, by forwarding what it does not know.
 *
 * Complications, and how each is answered:
 *
 * Which address?  One that bridges forward, so none in 01:80:C2:00:00:0x; one that no snooping bridge takes for
 * IP multicast; one that nobody else owns: a locally administered group, of the quadrant left to
 * administrators (IEEE 802-2014 as amended by 802c, clause 8.4.4: the first octet ends in binary 0011).  The
 * EtherType is Local Experimental 1, and what follows begins with a subtype and a version of our own, so that it
 * is not mistaken for other experiments (IEEE 802-2014 clause 9.2.3).
 *
 * Which port is blocked?  The one that heard the probe, whoever sent it.  So nobody can have a port blocked that
 * he cannot send to.  With probes sent in the order of the ports, of two that lead to one LAN the
 * higher is blocked.  A probe of a port that is blocked itself proves no loop that is still closed, so of all the
 * ports to one LAN one stays open, whatever the order in which probes arrive.  Where the port that heard it
 * is not guarded, the one that sent it is blocked instead.
 *
 * Which ports to guard?  Not one that must never be blocked, an uplink for instance: whoever can hear a port and
 * send to another makes a loop whenever he likes, a guest with a friend in the network as well.  Loops through a port
 * that is not guarded are found by the probes of those that are, and it is these that are blocked.
 *
 * Forged probes.  A probe has a tag that only we can make (SipHash-2-4), over all that it says.  Who hears a probe
 * can send it once more, and then a loop is what he has made; but not later: only the last few of a port
 * count, and only for LOOP_PROBES_GOOD intervals.
 *
 * Is the loop still there?  A blocked port forwards nothing, but it still sends probes and is to be given those that
 * come in: while they tell of a loop that would be closed by opening it, it is not opened.  What cannot be seen that
 * way is found by opening: then it is blocked again with the next probe, and stays so twice as long, up
 * to retry_max_s.  A port that stayed open as long as it had been blocked begins anew.
 *
 * A port that goes down and comes up keeps all of this, or pulling the plug would open a loop for a moment each
 * time; but when it comes up, and no loop is seen, it is opened without the rest of the wait.
 *
 * Other switches of our kind.  Their probes have another id.  They are not ours to consume: if we did, their loops
 * through us would not be found.
 *
 * Two switches of our kind in one loop may find it in the same moment, and each block a port, where one would do.  So a
 * port that is blocked for the first time in a while, and then does not see the loop again even once, is opened after 2 to 4
 * intervals already, by chance: not at the same moment as the other one, who then sees the loop again and stays blocked.
 * The same chance, of two intervals, goes into all times after which a port is opened.
 *
 * Ports that are removed.  Where one was the other end of a loop, nobody else is to be taken for it who gets its
 * number: `other` is LOOP_GONE then.
 *
 * VLANs.  Probes are untagged.  A loop that only frames with a tag go round is not found.
 *
 * Time is in milliseconds and only has to grow.  None of the functions of struct loopguard_out may call back.
 */
#ifndef CORE_LOOPGUARD_H
#define CORE_LOOPGUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"
#include "util/portset.h"
#include "util/siphash.h"

#define LOOP_GROUP UINT64_C(0x0353574c5000)

enum {
	ETHERTYPE_LOCAL1 = 0x88b5,
	LOOP_FRAME_SIZE = 60, /* the shortest frame; the probe needs less */
	LOOP_PROBES_GOOD = 3, /* the last so many of a port, and so many intervals, count */
	LOOP_SENDS_PER_TICK = 64,
	LOOP_GONE = PORTSET_MAX, /* in place of a port that is no more */
};

struct loopguard_cfg {
	uint32_t interval_s; /* between two probes of a port: 1 to 3600 */
	uint32_t retry_s;    /* a port is blocked at least so long at first: 1 to 86400 */
	uint32_t
		retry_max_s; /* and never longer than that, while no loop is seen; not below retry_s */
};

enum loopguard_event {
	LOOP_FOUND,  /* the port was blocked */
	LOOP_OPENED, /* it was opened again, to see */
};

struct loopguard_out {
	void *arg;
	/* Sends a probe.  It has to leave the port even where that is blocked. */
	void (*send)(void *arg, unsigned port, const uint8_t *frame, size_t len);
	/* Data frames may go in and out of the port no more, or may again. */
	void (*block)(void *arg, unsigned port, bool blocked);
	/*
	 * What happened, after block().  May be NULL.  `other` is the port at the other end of the loop, or the
	 * port itself where the loop is all behind it.
	 */
	void (*tell)(void *arg, enum loopguard_event event, unsigned port, unsigned other);
};

struct loopguard_info {
	bool blocked;
	unsigned other;	    /* as told, or LOOP_GONE; valid if blocked */
	uint32_t blocked_s; /* for so long; valid if blocked */
	uint32_t retry_s;   /* it may be opened in so long, if no loop is seen; valid if blocked */
	bool seen;	    /* the loop was seen just now; valid if blocked */
	uint64_t probes_sent;
	uint64_t probes_heard; /* at this port, ours, whatever followed */
	uint64_t probes_bad;   /* at this port: forged, or of long ago */
	uint64_t loops;	       /* times that it was blocked */
};

struct loopguard;

/* Recommended times: 2 s, 60 s, 1 h. */
void loopguard_defaults(struct loopguard_cfg *cfg);

/*
 * A guard without ports.  `id` is random and tells the switch from others; `key` is random and secret.  Copies all
 * of it.  NULL: there is no memory.
 */
struct loopguard *loopguard_new(const struct loopguard_cfg *cfg, const uint8_t id[8],
				const struct siphash_key *key, const struct loopguard_out *out);

/* Opens no port; loopguard_port_del() each first where they live on. */
void loopguard_free(struct loopguard *g);

/* Other times: for what is waited for from now on. */
void loopguard_configure(struct loopguard *g, const struct loopguard_cfg *cfg);

/*
 * Guards a port, 0 to PORTSET_MAX - 1, which is down and open; `mac` is the source of its probes.  Returns 0, -EEXIST,
 * -EINVAL where the number is too large, -ENOMEM.
 */
int loopguard_port_add(struct loopguard *g, unsigned port, uint64_t mac);

/*
 * Guards it no more.  It is opened where it was blocked.  Harmless where it is not guarded, as are those below; but
 * to be called for any port that is removed.
 */
void loopguard_port_del(struct loopguard *g, unsigned port);

/* Can frames go in and out, but for us?  Its next probe is sent with the next tick. */
void loopguard_port_up(struct loopguard *g, unsigned port, bool up, uint64_t now_ms);

/* Opens a port that is blocked at once: somebody knows better.  False: it was not. */
bool loopguard_port_retry(struct loopguard *g, unsigned port, uint64_t now_ms);

/* An untagged frame to LOOP_GROUP of our EtherType, one for loopguard_receive(). */
bool loopguard_is(const uint8_t *frame, size_t len);

/*
 * Does the frame say that it is a probe of this switch?  If so it is for loopguard_receive(), which may find that it is
 * not; frames for which this is false, of other switches of our kind among them, are like any others.
 */
bool loopguard_ours(const struct loopguard *g, const uint8_t *frame, size_t len);

/*
 * Looks at a frame that came in on any port, guarded or blocked or neither.  DROP_NONE: it is no probe of this
 * switch, to be treated like any other frame.  DROP_LOOP_PROBE: it is one, and goes no further.  DROP_BAD_PROBE: it
 * says to be one, but was not made here, or long ago.
 */
enum drop loopguard_receive(struct loopguard *g, unsigned port, const uint8_t *frame, size_t len,
			    uint64_t now_ms);

/* What loopguard_receive() would answer.  Changes nothing. */
enum drop loopguard_judge(const struct loopguard *g, const uint8_t *frame, size_t len,
			  uint64_t now_ms);

/*
 * Sends and opens what is due; to be called once a second.  True: there is more to be sent, call it again
 * soon.
 */
bool loopguard_tick(struct loopguard *g, uint64_t now_ms);

/* False: the port is not guarded. */
bool loopguard_port(const struct loopguard *g, unsigned port, uint64_t now_ms,
		    struct loopguard_info *info);

#endif

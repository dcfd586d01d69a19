/* SPDX-License-Identifier: ISC */
/*
 * replay.h - the switches of a configuration without their devices, fed with frames by whoever has some.
 *
 * The core is the daemon's, the configuration is read by its reader; devices, sockets and the event loop are not
 * there.  So a capture can be asked what this configuration would have made of it, on any machine.  It stands in ctl/
 * because it joins configurations and switches, which is what ctl/ is for, and is linked into swctl alone.
 *
 * What differs from a daemon, and has to:
 *
 * - All ports are up from the beginning but those that are shut, and those that listen, whose peers come when they
 *   are first named (vms.1), PEERS_MAX at most.
 * - A port has the mtu that is set; where none is, no device says one, and there is no limit.
 * - Time is that of the frames: it stands still while none comes, never goes back, and is told to the protocols in
 *   steps of SW_TICK_MS, for GAP_MAX_MS of a gap at most.
 * - What the switches say themselves goes through patch ports and nowhere else, and so do frames: what one frame
 *   sets off ends after CROSSINGS_MAX frames, since patches may form a ring.
 * - Bad links are good.
 */
#ifndef CTL_REPLAY_H
#define CTL_REPLAY_H

#include "core/explain.h"
#include "ctl/config.h"

struct replay;

enum {
	REPLAY_PEERS_MAX = 256,
	REPLAY_CROSSINGS_MAX = 1024,
	REPLAY_GAP_MAX_MS = 3600 * 1000, /* protocols have then settled, and forget by the clock */
};

/*
 * What became of a frame: explained before it was received.  `crossed`: it is none of those that were fed, but came
 * through a patch because of one.  Lives while the call does.
 */
struct replay_verdict {
	const struct sw *sw;
	const struct sw_port *in;
	const struct frame *f;
	const struct explain *x;
	bool crossed;
};

struct replay_sink {
	void (*verdict)(struct replay_sink *sink, const struct replay_verdict *v);
};

/*
 * Makes the switches, which have been up for settle_s seconds when the first frame comes.  The configuration must
 * outlive them.  NULL with *e: no memory, a filter that is none, or what the daemon would refuse as well.
 */
struct replay *replay_new(const struct config *c, uint32_t settle_s, struct err *e);
void replay_free(struct replay *r);

/*
 * The port that is called so: "h1", or "sw0/h1", which is needed where several switches have one of that name.  A peer
 * of a listening port is made.  NULL with *e.
 */
struct sw_port *replay_port(struct replay *r, const char *name, struct err *e);

/* Is it one end of a patch?  What a capture says came in there is made here, of what came in at the other switch. */
bool replay_is_patched(const struct sw_port *p);

/*
 * A frame of at most FRAME_MAX bytes comes in on the port, ms after the first.  False: time went back, and it was
 * taken as if it had come with the one before.
 */
bool replay_frame(struct replay *r, struct sw_port *in, const uint8_t *bytes, size_t len,
		  uint64_t ms, struct replay_sink *sink);

/* The switches, for who looks at what they have counted and learned; NULL where there are only so many. */
const struct sw *replay_switch(const struct replay *r, size_t n);

/* Frames that did not cross a patch because one frame had set off too many. */
uint64_t replay_cut(const struct replay *r);

/* Time that a table's ages are counted by. */
uint64_t replay_now(const struct replay *r);

#endif

/* SPDX-License-Identifier: ISC */
/* options_impair.c - how bad the link of a port is; core/impair_set.h. */
#include "core/impair_set.h"
#include "port/options_impl.h"

#define CHECK(key, fn)                                            \
	static int fn(const char *s, struct err *e)               \
	{                                                         \
		return impair_check_text(IMPAIR_KEY_##key, s, e); \
	}

CHECK(LINK, check_link)
CHECK(PATH_MTU, check_path_mtu)
CHECK(LOSS, check_loss)
CHECK(LOSS_BURST, check_loss_burst)
CHECK(LOSS_EVERY, check_loss_every)
CHECK(DUPLICATE, check_duplicate)
CHECK(CORRUPT, check_corrupt)
CHECK(BANDWIDTH, check_bandwidth)
CHECK(QUEUE, check_queue)
CHECK(DELAY, check_delay)
CHECK(JITTER, check_jitter)
CHECK(REORDER, check_reorder)

/* What editors are told of the texts.  Sums and limits are left to who reads them. */
#define NUMBER	     "[0-9]+(\\.[0-9]+)?"
#define TIME_PATTERN NUMBER "(us|ms|s)"
#define SHARE	     NUMBER "(%|ppm)"
#define FRAMES	     "[0-9]+frames?"
#define BYTES	     NUMBER "(B|kB|MB|KiB|MiB)"
#define ALL_OF(p)    "^(|none|" p ")$"

/* clang-format off */
#define ONE(nm, way, key, a, h, fn, p)                                                             \
	{                                                                                          \
		.name = (nm), .type = OPT_STR, .change = OPT_LIVE,                                 \
		.off = AT(impair.text[way][IMPAIR_KEY_##key]),                                     \
		.size = IMPAIR_TEXT_SIZE, .dflt = "", .arg = (a), .help = (h),                     \
		.check = (fn), .pattern = ALL_OF(p),                                               \
	}

/* The setting for both directions, for one, and for the other. */
#define WAYS(nm, key, a, h, fn, p)                                                                 \
	ONE(nm, IMPAIR_BOTH, key, a, h, fn, p),                                                    \
	ONE(nm "_in", IMPAIR_IN, key, a, nm " of what comes in alone; unset = as " nm, fn, p),     \
	ONE(nm "_out", IMPAIR_OUT, key, a, nm " of what goes out alone; unset = as " nm, fn, p)
/* clang-format on */

const struct opt port_impair_options[] = {
	WAYS("delay", DELAY, "TIME",
	     "how long the link is, each way: frames arrive so much later, like 20ms", check_delay,
	     TIME_PATTERN),
	WAYS("jitter", JITTER, "JITTER",
	     "how much delay varies, like 5ms or 5ms,normal,25%,overtake: uniform, normal or pareto; "
	     "correlation; out of order",
	     check_jitter, TIME_PATTERN "(,(uniform|normal|pareto|overtake|" SHARE ")){0,3}"),
	WAYS("loss", LOSS, "SHARE",
	     "frames lost at random, like 1% or 1%,25%: the second says how much they cluster",
	     check_loss, SHARE "(," SHARE ")?"),
	WAYS("loss_burst", LOSS_BURST, "BURST",
	     "lost in bursts (Gilbert-Elliott), like 1%,25%: a frame begins one, ends one; then what "
	     "is lost in them [100%] and between [0%]",
	     check_loss_burst, SHARE "(," SHARE "){1,3}"),
	WAYS("loss_every", LOSS_EVERY, "FRAMES", "each so many-th frame lost, like 10frames",
	     check_loss_every, FRAMES),
	WAYS("duplicate", DUPLICATE, "SHARE", "frames that arrive twice, like 1%", check_duplicate,
	     SHARE "(," SHARE ")?"),
	WAYS("corrupt", CORRUPT, "SHARE",
	     "frames with bits flipped, like 0.1% or 0.1%,3bits; of each, one bit", check_corrupt,
	     SHARE "(,[0-9]+bits?)?"),
	WAYS("reorder", REORDER, "SHARE",
	     "frames that are not delayed, and so overtake others, like 5%", check_reorder,
	     SHARE "(," SHARE ")?"),
	WAYS("bandwidth", BANDWIDTH, "BANDWIDTH",
	     "what the link carries, like 10Mbit or 1000fps; what is more waits in the queue",
	     check_bandwidth, NUMBER "[kMG]?(bit|fps)"),
	WAYS("queue", QUEUE, "QUEUE",
	     "in front of bandwidth, like 100frames, 64kB or both; what finds it full is dropped "
	     "[1000frames]",
	     check_queue, "(" FRAMES "|" BYTES ")(,(" FRAMES "|" BYTES "))?"),
	WAYS("path_mtu", PATH_MTU, "SIZE",
	     "frames with more payload vanish, as where a router says nothing; like 1400B",
	     check_path_mtu, BYTES),
	WAYS("link", LINK, "STATE", "up, or down: nothing arrives, and nobody is told", check_link,
	     "up|down"),
	{
		.name = "impair_seed",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(impair.seed),
		.max = INT32_MAX,
		.dflt = "0",
		.arg = "NUMBER",
		.help = "what happens by chance on the link happens again with the same seed; 0 = any",
	},
	{
		.name = "impair_memory_mib",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(impair.memory_mib),
		.min = 1,
		.max = IMPAIR_MEMORY_MIB_MAX,
		.dflt = "32",
		.arg = "MIB",
		.help = "most memory for frames under way, of each direction; above it they are lost",
	},
	{.name = NULL, .more = sw_port_options},
};

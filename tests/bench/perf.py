# SPDX-License-Identifier: ISC
"""Where ours and the bare loop spend their time: perf, on the switch's process, under one load each."""
import os
import re
import signal
import subprocess

from contestants import PAIR, Bare, Ours, OursUdp
from docs import put
from measures import frames, greet, round_trip, tcp_one
from tools import TMP, Failure, say, sh

SECONDS = 2
LOADS = (("TCP, one stream", tcp_one), ("60-byte frames", lambda s, t: frames(s, t, 60)),
         ("round trip", round_trip))
SHOWN_PERCENT = 1
# Functions that tell, with all that they call, which part of the way a share of the time belongs to.
LANDMARKS = (
    ("tun_chr_read_iter", "reading a frame from a tap"),
    ("tun_chr_write_iter", "writing one, with all that follows"),
    ("netif_receive_skb", "of it the receiving station's stack"),
    ("tcp_v4_rcv", "of it TCP"),
    ("_copy_to_iter", "copying to user space"),
    ("_copy_from_iter", "copying from user space"),
    ("__check_object_size", "checking that a copy stays in its object"),
    ("do_epoll_wait", "waiting for frames"),
    ("schedule", "giving the processor away, and what runs until it is back"),
    ("udp_sendmsg", "sending datagrams"),
    ("udp_recvmsg", "receiving datagrams"),
)


def record(s, load):
    """perf's report of the switch's process while it carries the load."""
    out = f"{TMP}/perf.data"
    pids = ",".join(str(p.pid) for p in s.processes)
    try:
        p = subprocess.Popen(["perf", "record", "-q", "-F", "4999", "-g", "-o", out, "-p", pids],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise Failure("perf is not installed; try: apt-get install linux-perf") from None
    try:
        got = load(s, SECONDS)
    finally:
        p.send_signal(signal.SIGINT)
        p.wait()
    return got, [*shares(out), "", *landmarks(out), "", *hottest(out)]


def perf_report(data, *options):
    """[(percent, name)], the most first."""
    out = sh("perf", "report", "-i", data, "--stdio", "-g", "none", *options, timeout=120)
    rows = re.findall(r"^\s*([\d.]+)%\s+(?:[\d.]+%\s+)?(\[.\] )?(\S+)", out, re.M)
    return [(float(percent), f"{where}{name}") for percent, where, name in rows]


def shares(data):
    """Kernel, the program, its libraries."""
    return [f"{percent:6.2f} %  {name}" for percent, name in
            perf_report(data, "--no-children", "--sort", "dso", "--percent-limit", "0.1")]


def landmarks(data):
    told = {name.split("] ")[-1]: percent
            for percent, name in perf_report(data, "--children", "--sort", "symbol")}
    return [f"{told[name]:6.2f} %  {what} ({name})" for name, what in LANDMARKS if name in told]


def hottest(data):
    return [f"{percent:6.2f} %  {name}" for percent, name in
            perf_report(data, "--no-children", "--sort", "symbol", "--percent-limit",
                        f"{SHOWN_PERCENT}")]


def run(where):
    text = []
    for kind in (Bare, Ours, OursUdp):
        if kind.missing():
            continue
        s = kind(PAIR)
        try:
            s.start()
            greet(s)
            for name, load in LOADS:
                say(f"{kind.title}: {name}")
                got, lines = record(s, load)
                text += [f"## {kind.title}: {name}", "", *(f"{k}: {v:.3f}" for k, v in got.items()
                                                           if v is not None), "", *lines, ""]
        except Failure as e:
            say(f"{kind.title}: {e}")
            return 1
        finally:
            s.stop()
    os.makedirs(where, exist_ok=True)
    print("\n".join(text))
    say(f"written: {put(os.path.join(where, 'profile.txt'), chr(10).join(text))}")
    return 0

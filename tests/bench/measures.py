# SPDX-License-Identifier: ISC
"""What is measured: one call measures one contestant once and returns figures by name."""
import json
import subprocess
import time

from contestants import BENCH, Failure, await_text, sh

SETTLE_S = 0.05


def inside(ns, *cmd):
    return ("ip", "netns", "exec", ns, *cmd)


class Server:
    """The other side of a measure, until the end of the with block."""

    def __init__(self, ns, ready, *cmd):
        self.cmd, self.ready = inside(ns, *cmd), ready

    def __enter__(self):
        self.process = subprocess.Popen(self.cmd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            await_text(self.process, self.ready, " ".join(self.cmd[4:]))
        except Failure:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def cpu_between(before, after, per):
    """Processor seconds, all told and those of user space, for one of `per`."""
    if before is None or per <= 0:
        return None, None
    user, system = after[0] - before[0], after[1] - before[1]
    return (user + system) / per, user / per


def tcp(c, streams, seconds):
    with Server(c.b, b"listening", "iperf3", "-s", "-1", "--forceflush"):
        before = c.cpu()
        out = sh(*inside(c.a, "iperf3", "-c", "10.0.0.2", "-J", "-t", f"{seconds}", "-P",
                         f"{streams}"), timeout=seconds + 10)
        after = c.cpu()
    got = json.loads(out)["end"]["sum_received"]
    if got["bytes"] == 0:
        raise Failure("no byte of a TCP stream arrived")
    figures = {f"tcp{streams}": got["bits_per_second"] / 1e9}
    if streams == 1:
        figures["cpu_gb"], figures["cpu_gb_user"] = cpu_between(before, after, got["bytes"] / 1e9)
    return figures


def received(c):
    """Frames that station b received, once they no longer come."""
    last = -1
    while True:
        now = c.link(c.b)["stats64"]["rx"]["packets"]
        if now == last:
            return now
        last = now
        time.sleep(SETTLE_S)


def frames(c, size, seconds):
    mac = c.link(c.b)["address"]
    start = received(c)
    before = c.cpu()
    sent = json.loads(sh(*inside(c.a, f"{BENCH}/blast", "send", "eth0", mac, f"{size}",
                                 f"{seconds:g}"), timeout=seconds + 10))
    got = received(c) - start
    after = c.cpu()
    if got == 0:
        raise Failure(f"no frame of {size} bytes arrived")
    figures = {
        f"frames{size}": got / sent["ns"] * 1e6,
        f"lost{size}": max(0, 100 * (1 - got / sent["sent"])),
    }
    if size == 60:
        figures["cpu_mframe"], figures["cpu_mframe_user"] = cpu_between(before, after, got / 1e6)
    return figures


def round_trip(c, seconds):
    mac = c.link(c.b)["address"]
    with Server(c.b, b"ready", f"{BENCH}/blast", "echo", "eth0"):
        got = json.loads(sh(*inside(c.a, f"{BENCH}/blast", "ping", "eth0", mac, "60",
                                    f"{seconds:g}"), timeout=seconds + 10))
    if got["round_trips"] == 0:
        raise Failure("no frame came back")
    return {"rtt50": got["p50"] / 1000, "rtt99": got["p99"] / 1000, "rtt_lost": got["lost"]}


# In the order in which each contestant takes its turn; the round trip comes first, since it also
# teaches each switch where the stations are.
STEPS = (
    ("round trip", lambda c, s: round_trip(c, s / 2)),
    ("TCP, one stream", lambda c, s: tcp(c, 1, s)),
    ("TCP, four streams", lambda c, s: tcp(c, 4, s)),
    ("frames of 60 bytes", lambda c, s: frames(c, 60, s)),
    ("frames of 512 bytes", lambda c, s: frames(c, 512, s)),
    ("frames of 1514 bytes", lambda c, s: frames(c, 1514, s)),
)

# What is shown of the figures: name, title, unit, and whether with range and ratios.
FIGURES = (
    ("tcp1", "TCP, one stream", "Gbit/s", True),
    ("tcp4", "TCP, four streams", "Gbit/s", True),
    ("frames60", "60-byte frames", "thousand/s", True),
    ("lost60", "60-byte frames lost", "%", False),
    ("frames512", "512-byte frames", "thousand/s", True),
    ("lost512", "512-byte frames lost", "%", False),
    ("frames1514", "1514-byte frames", "thousand/s", True),
    ("lost1514", "1514-byte frames lost", "%", False),
    ("rtt50", "round trip, p50", "microseconds", True),
    ("rtt99", "round trip, p99", "microseconds", True),
    ("rtt_lost", "round trips lost", "frames", False),
    ("cpu_gb", "CPU for a gigabyte of TCP", "seconds", True),
    ("cpu_gb_user", "of it in user space", "seconds", False),
    ("cpu_mframe", "CPU for a million 60-byte frames", "seconds", True),
    ("cpu_mframe_user", "of it in user space", "seconds", False),
)

# SPDX-License-Identifier: ISC
"""What is measured: one call measures one switch once and returns figures by name."""
import dataclasses
import json
import time
import typing

from contestants import (FLOOD, JUMBO_MTU, MANY, MTU, PAIR, TABLE_1K, TABLE_1M)
from tools import BENCH, PATIENCE_S, Failure, Server, inside, read, sh

ETHERNET = 14
SENDER_LONGER_S = 0.4  # than what count.c waits, warms up and measures
STRAY = 0.01  # of frames to learned addresses, how many may be flooded after all
BASE = 0x021000000000  # the first of them
BROADCAST = "ff:ff:ff:ff:ff:ff"


def address(n):
    return ":".join(f"{n:012x}"[i:i + 2] for i in range(0, 12, 2))


def each(before, after, per):
    """Processor seconds of a switch, all told and those of user space, for one of `per`."""
    if before is None or per <= 0:
        return None, None
    ran, user, ticks = (b - a for a, b in zip(before, after))
    return ran / per, ran / per * user / ticks if ticks else None


def machine_busy():
    """Seconds that the processors of the machine were busy so far, with whatever."""
    return float(sum(int(n) for i, n in enumerate(read("/proc/stat").splitlines()[0].split()[1:9])
                     if i not in (3, 4))) / 100


def iperf(s, seconds, *options):
    with Server(s.b, b"listening", "iperf3", "-s", "-1", "--forceflush"):
        before, busy = s.cpu(), machine_busy()
        out = sh(*inside(s.a, "iperf3", "-c", "10.0.0.2", "-J", "-t", f"{max(1, round(seconds))}", *options),
                 timeout=seconds + 10)
        after, busy = s.cpu(), machine_busy() - busy
    end = json.loads(out)["end"]
    got = end["sum_received"]["bytes"]
    if got == 0:
        raise Failure("no byte of a TCP stream arrived")
    return end, each(before, after, got / 1e9), busy / got * 1e9


def tcp_one(s, seconds):
    end, cpu, busy = iperf(s, seconds)
    return {"tcp1": end["sum_received"]["bits_per_second"] / 1e9,
            "tcp1_again": end["sum_sent"].get("retransmits"),
            "cpu_gb": cpu[0], "cpu_gb_user": cpu[1], "busy_gb": busy}


def tcp_four(s, seconds):
    end, _, _ = iperf(s, seconds, "-P", "4")
    return {"tcp4": end["sum_received"]["bits_per_second"] / 1e9}


def tcp_both(s, seconds):
    end, _, _ = iperf(s, seconds, "--bidir")
    there, back = (end[k]["bits_per_second"] / 1e9
                   for k in ("sum_received", "sum_received_bidir_reverse"))
    return {"tcp_both": there + back, "tcp_both_less": min(there, back)}


def stream(s, seconds, to, size, receivers=("eth0",), count=()):
    """Frames one way: what the receivers in station b counted, what was sent, processor time."""
    window, sending = int(seconds * 1000), int((seconds + SENDER_LONGER_S) * 1000)
    with Server(s.b, b"ready", f"{BENCH}/count", f"{window}", *receivers) as counter:
        before = s.cpu()
        sent = json.loads(sh(*inside(s.a, f"{BENCH}/blast", "send", "eth0", to, f"{size}",
                                     f"{sending}", *count), timeout=seconds + 10))
        got = json.loads(counter.result(timeout=seconds + 15))
    if got["frames"] == 0:
        raise Failure(f"no frame of {size} bytes arrived")
    # whether a device counts the header is up to its driver
    if round(got["bytes"] / got["frames"]) not in (size, size - ETHERNET):
        raise Failure(f"frames of {size} bytes arrived with {got['bytes'] / got['frames']:.0f}")
    got["lost"] = max(0, 100 * (1 - got["total"] / len(receivers) / sent["sent"]))
    got["kfps"] = got["frames"] / got["ns"] * 1e6
    got["cpu"] = each(before, s.cpu(), got["total"] / 1e6)
    return got


def frames(s, seconds, size):
    if size > s.largest:
        return {}
    jumbo = size > MTU + ETHERNET
    if jumbo:
        s.mtu(JUMBO_MTU)
    try:
        got = stream(s, seconds, s.mac(s.b), size)
    finally:
        if jumbo:
            s.mtu(MTU)
    figures = {f"frames{size}": got["kfps"], f"lost{size}": got["lost"]}
    if size == 60:
        figures["cpu_mframe"], figures["cpu_mframe_user"] = got["cpu"]
    return figures


def frames_many(s, seconds):
    return {"frames60_256": stream(s, seconds, s.mac(s.b), 60)["kfps"]}


def flood(s, seconds):
    receivers = [s.place(i)[1] for i in range(1, s.lab.ports)]
    got = stream(s, seconds, BROADCAST, 60, receivers)
    return {"flood": got["kfps"], "cpu_flood": got["cpu"][0]}


def bounce(s, seconds):
    with Server(s.b, b"ready", f"{BENCH}/bounce", "echo", "eth0"):
        got = json.loads(sh(*inside(s.a, f"{BENCH}/bounce", "ping", "eth0", s.mac(s.b), "60",
                                    f"{int(seconds * 1000)}"), timeout=seconds + 10))
    if got["round_trips"] == 0:
        raise Failure("no frame came back")
    return got


def round_trip(s, seconds):
    got = bounce(s, seconds)
    return {"rtt50": got["p50"], "rtt99": got["p99"], "rtt_lost": got["lost"]}


def round_trip_many(s, seconds):
    got = bounce(s, seconds)
    return {"rtt50_256": got["p50"]}


def greet(s):
    """Waits until frames go to and fro: a port of a bridge takes a moment to forward."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return bounce(s, 0.02)
        except Failure:
            if time.monotonic() > end:
                raise


# ---- the address table ----

def teach(s):
    """Has station b speak from as many addresses as the lab asks for, and notes the memory."""
    known = 0

    def note(name):
        if s.memory() is not None:
            s.notes[name] = s.memory() / 1e6

    note("memory_0")
    for n, name in ((1000, "memory_1k"), (1000000, "memory_1m")):
        if known < n <= s.lab.addresses:
            sh(*inside(s.b, f"{BENCH}/blast", "learn", "eth0", s.mac(s.a), "60",
                       address(BASE + known), f"{n - known}", f"{s.learns_per_s}"), timeout=300)
            known = n
            note(name)
    if s.lab is not TABLE_1M:  # the one that grows to a million tells all three
        s.notes = {}


def table(s, seconds, name):
    """Frames to the addresses that were taught, in random order.  The third port has to hear none:
    what it hears was flooded because the switch had forgotten."""
    before = s.link(s.b, "eth1")["stats64"]["rx"]["packets"]
    got = stream(s, seconds, address(BASE), 60, count=(f"{s.lab.addresses}",))
    stray = s.link(s.b, "eth1")["stats64"]["rx"]["packets"] - before
    if stray > STRAY * got["total"] + 100:
        raise Failure(f"{100 * stray / got['total']:.0f} % of the frames to {s.lab.name} that "
                      "were learned were flooded")
    return {f"frames60_{name}": got["kfps"]}


# ---- doing nothing ----

def idle(switches, seconds):
    """All at once: figures by switch."""
    before = [(s.cpu(), s.wakeups(), time.monotonic()) for s in switches]
    time.sleep(seconds)
    figures = []
    for s, (cpu, woke, at) in zip(switches, before):
        took, now = time.monotonic() - at, s.cpu()
        figures.append({} if cpu is None else {
            "idle_cpu": 100 * (now[0] - cpu[0]) / took,
            "idle_wakeups": max(0, s.wakeups() - woke) / took})
    return figures


@dataclasses.dataclass(frozen=True)
class Step:
    name: str
    lab: typing.Any
    measure: typing.Callable


# In the order in which each contestant takes its turn.
STEPS = (
    Step("round trip", PAIR, lambda s, t: round_trip(s, t / 2)),
    Step("TCP, one stream", PAIR, tcp_one),
    Step("TCP, four streams", PAIR, tcp_four),
    Step("TCP, both directions", PAIR, tcp_both),
    Step("frames of 60 bytes", PAIR, lambda s, t: frames(s, t, 60)),
    Step("frames of 512 bytes", PAIR, lambda s, t: frames(s, t, 512)),
    Step("frames of 1514 bytes", PAIR, lambda s, t: frames(s, t, 1514)),
    Step("frames of 9000 bytes", PAIR, lambda s, t: frames(s, t, 9000)),
    Step("flood", FLOOD, flood),
    Step("round trip, 256 ports", MANY, lambda s, t: round_trip_many(s, t / 2)),
    Step("frames, 256 ports", MANY, frames_many),
    Step("frames, 1k addresses", TABLE_1K, lambda s, t: table(s, t, "1k")),
    Step("frames, 1M addresses", TABLE_1M, lambda s, t: table(s, t, "1m")),
)


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    group: str  # figures of a group share a table
    head: str  # of its column there
    title: str  # where it stands alone
    unit: str
    more_is_better: bool = True
    compare: bool = True  # does a ratio to another contestant mean anything?
    chart: bool = False


TCP, LOAD = "TCP, Gbit/s", "Processor time of the switch, seconds"
RATE, LOST = "Frames that arrived, thousand/s", "Frames that did not arrive, %"
RTT, REST = "Round trip of a 60-byte frame, ns", "Doing nothing, and memory"
BIG = "Many ports, many addresses: 60-byte frames, thousand/s; round trip, ns"

FIGURES = (
    Figure("tcp1", TCP, "one stream", "TCP, one stream", "Gbit/s", chart=True),
    Figure("tcp4", TCP, "four streams", "TCP, four streams", "Gbit/s", chart=True),
    Figure("tcp_both", TCP, "both ways, sum", "TCP, both ways", "Gbit/s", chart=True),
    Figure("tcp_both_less", TCP, "the lesser way", "TCP, both ways, the lesser", "Gbit/s",
           compare=False),
    Figure("tcp1_again", TCP, "segments sent again", "TCP segments sent again", "", False, False),
    Figure("frames60", RATE, "60 bytes", "60-byte frames", "thousand/s", chart=True),
    Figure("frames512", RATE, "512", "512-byte frames", "thousand/s", chart=True),
    Figure("frames1514", RATE, "1514", "1514-byte frames", "thousand/s", chart=True),
    Figure("frames9000", RATE, "9000", "9000-byte frames", "thousand/s", chart=True),
    Figure("flood", RATE, "flood 1 to 8, copies", "flood 1 to 8", "thousand/s", chart=True),
    Figure("lost60", LOST, "60 bytes", "60-byte frames lost", "%", False, False),
    Figure("lost512", LOST, "512", "512-byte frames lost", "%", False, False),
    Figure("lost1514", LOST, "1514", "1514-byte frames lost", "%", False, False),
    Figure("lost9000", LOST, "9000", "9000-byte frames lost", "%", False, False),
    Figure("rtt50", RTT, "p50", "round trip, p50", "ns", False, chart=True),
    Figure("rtt99", RTT, "p99", "round trip, p99", "ns", False, chart=True),
    Figure("rtt_lost", RTT, "lost", "round trips lost", "", False, False),
    Figure("cpu_gb", LOAD, "a gigabyte of TCP", "CPU for a gigabyte of TCP", "s", False,
           chart=True),
    Figure("cpu_gb_user", LOAD, "in user space", "in user space", "s", False, False),
    Figure("cpu_mframe", LOAD, "a million 60-byte frames", "CPU for a million frames", "s", False,
           chart=True),
    Figure("cpu_mframe_user", LOAD, "in user space", "in user space", "s", False, False),
    Figure("cpu_flood", LOAD, "a million copies", "CPU for a million copies", "s", False),
    Figure("busy_gb", LOAD, "whole machine, a gigabyte", "whole machine's CPU for a gigabyte", "s",
           False),
    Figure("frames60_256", BIG, "frames, 256 ports", "60-byte frames, 256 ports", "thousand/s",
           chart=True),
    Figure("rtt50_256", BIG, "p50, 256 ports", "round trip p50, 256 ports", "ns", False,
           chart=True),
    Figure("frames60_1k", BIG, "to 1k addresses", "60-byte frames, 1k addresses", "thousand/s",
           chart=True),
    Figure("frames60_1m", BIG, "to 1M addresses", "60-byte frames, 1M addresses", "thousand/s",
           chart=True),
    Figure("idle_cpu", REST, "CPU, %", "idle CPU", "%", False, False),
    Figure("idle_wakeups", REST, "wakeups/s", "idle wakeups", "/s", False, False),
    Figure("memory_0", REST, "MB, 0 addresses", "memory, 0 addresses", "MB", False, False),
    Figure("memory_1k", REST, "MB, 1k", "memory, 1k addresses", "MB", False, False),
    Figure("memory_1m", REST, "MB, 1M", "memory, 1M addresses", "MB", False, False),
)

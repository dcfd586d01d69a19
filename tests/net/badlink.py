# SPDX-License-Identifier: ISC
"""What the tests of bad links share."""
import re

from frames import number_of, numbered
from wait import wait_until

CHUNK = 200  # below what a tap keeps for its reader, so that nothing is lost on the way in
LOST = ("down", "too_big", "lost", "lost_burst", "lost_nth", "queue_full")


def ping(a, b, count=20, interval=0.02, size=56):
    """Round trips in milliseconds, of those that came back."""
    out = a.run("ping", "-n", "-c", count, "-i", interval, "-W", 3, "-s", size, b.ip, check=False, timeout=60).stdout
    return [float(t) for t in re.findall(r"time=([\d.]+)", out)]


def link(d, port, direction, **kw):
    """What is told of one direction; None: it is good."""
    rows = [r for r in d.rpc("impair.list", port=port, **kw)["links"] if r["direction"] == direction]
    return rows[0] if rows else None


def lost(row):
    return sum(row["fates"][fate] for fate in LOST) + row["memory_full"]


def seen(d, port):
    """How many frames have come to the port, be they lost before the switch saw them."""
    row = link(d, port, "in")
    return row["frames"] if row else d.stats(port)["rx_frames"]


def empty(d, port):
    """Is nothing on its way there?"""
    return all(r["held"] == 0 for r in d.rpc("impair.list", port=port)["links"])


def acquaint(d, *hosts):
    """Each has said something, so that frames to it are unicast; numbers that no test uses."""
    for h in hosts:
        h.wire.send(numbered(h.mac, h.mac, 1 << 32))
    wait_until(lambda: all(d.where(h.mac) for h in hosts), what="the hosts to be known")
    for h in hosts:
        h.wire.drain()


def volley(d, a, b, count, size=64, first=0):
    """Numbered frames from a to b; those that came, in the order in which they came."""
    before = seen(d, a.name)
    for at in range(0, count, CHUNK):
        n = min(CHUNK, count - at)
        a.wire.send(*(numbered(b.mac, a.mac, first + at + i).ljust(size, b"\0") for i in range(n)))
        wait_until(lambda: seen(d, a.name) - before >= at + n, what="frames to be read")
    wait_until(lambda: empty(d, a.name) and empty(d, b.name), 20, "frames to arrive")
    return arrived(b, a.mac)


def arrived(host, source):
    """The numbers of volley()'s frames that a host has got by now."""
    source = bytes.fromhex(source.replace(":", ""))
    got = []
    while (frame := host.wire.recv(0.05)) is not None:
        if frame[6:12] == source and frame[12:14] == b"\x88\xb5":
            got.append(number_of(frame))
    return got

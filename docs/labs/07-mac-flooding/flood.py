#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
flood.py COUNT [SECONDS] - send frames from COUNT made-up stations, over and over for SECONDS, or once

What each frame says of its sender is a lie that no card prevents: the source address is six
bytes like any others.
"""
import random
import socket
import sys
import time

BROADCAST = b"\xff" * 6
EXPERIMENT = b"\x88\xb5"  # an EtherType that nobody answers
PER_SECOND = 5000


def stations(count):
    """Addresses of stations that are not there: unicast, administered locally, the same each time."""
    chance = random.Random(7)
    return [b"\x02" + bytes(chance.randrange(256) for _ in range(5)) for _ in range(count)]


def main(count, seconds):
    card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    card.bind(("eth0", 0))
    frames = [BROADCAST + source + EXPERIMENT + bytes(46) for source in stations(count)]
    begin, sent = time.monotonic(), 0
    while sent < count or time.monotonic() < begin + seconds:
        card.send(frames[sent % count])
        sent += 1
        pause = begin + sent / PER_SECOND - time.monotonic()
        if pause > 0.002:
            time.sleep(pause)
    print(f"sent {sent} frames from {count} addresses")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0)

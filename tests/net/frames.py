# SPDX-License-Identifier: ISC
"""Ethernet frames as bytes, made by hand."""
import random
import struct

BROADCAST = "ff:ff:ff:ff:ff:ff"
# IEEE 802's EtherTypes for local experiments: no kernel answers them.
TEST_TYPE = 0x88B5
MARK_TYPE = 0x88B6


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(raw):
    return raw.hex(":")


def station(n):
    """A locally administered unicast address; small numbers belong to hosts."""
    return mac_text(b"\x02" + n.to_bytes(5, "big"))


def eth(dst, src, payload=b"", ethertype=TEST_TYPE):
    return mac_bytes(dst) + mac_bytes(src) + struct.pack("!H", ethertype) + payload


def noise(size, seed=0):
    """Bytes that are the same in every run and repeat nowhere."""
    return random.Random(seed).randbytes(size)


def sized(dst, src, size, ethertype=TEST_TYPE):
    """A frame of exactly size bytes, header included."""
    return eth(dst, src, noise(size - 14, size), ethertype)


def tagged(frame, *tags):
    """Puts 802.1Q/802.1ad tags in, outermost first: (vid) or (vid, tpid) or (vid, tpid, pcp)."""
    inserted = b""
    for tag in tags:
        vid, tpid, pcp = (*tag, 0x8100, 0)[:3] if len(tag) == 1 else (*tag, 0)[:3]
        inserted += struct.pack("!HH", tpid, pcp << 13 | vid)
    return frame[:12] + inserted + frame[12:]


def number_of(frame):
    """The number that numbered() put in."""
    return int.from_bytes(frame[14:22], "big")


def numbered(dst, src, number, size=60):
    return eth(dst, src, number.to_bytes(8, "big") + bytes(size - 22))

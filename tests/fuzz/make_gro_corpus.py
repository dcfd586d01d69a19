#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes the seeds of fuzz_gro: one small file for each thing worth a start.

Usage: make_gro_corpus.py [DIRECTORY]      (the default is corpus/gro beside this file)
"""

import struct
import sys
from pathlib import Path

END, AGAIN, POKE, WRONG, PAD = b"\x80", 0x40, 0x20, 0x10, 0x08
FIN, SYN, PSH, ACK, ECE, CWR = 1, 2, 8, 16, 64, 128
L3 = 14


def eth(kind, payload, tags=b"", src=1):
    return b"\2" + bytes(4) + b"\2" + b"\2" + bytes(4) + bytes([src]) + tags + \
        struct.pack(">H", kind) + payload


def tcp(size, flags=ACK, words=5, port=1024, seq=1):
    return struct.pack(">HHIIBBHHH", port, 80, seq, 2, words << 4, flags, 512, 0, 0) + \
        b"\1" * (4 * (words - 5)) + b"d" * size


def udp(size, port=1024):
    return struct.pack(">HHHH", port, 53, 8 + size, 0) + b"d" * size


def ipv4(proto, payload, options=b"", fragment=0x4000, ident=7):
    return eth(0x0800, struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0,
                                   20 + len(options) + len(payload), ident, fragment, 64, proto, 0,
                                   b"\x0a\0\0\1", b"\x0a\0\0\2") + options + payload)


def ipv6(proto, payload):
    return eth(0x86DD, struct.pack(">IHBB", 0x60000000, len(payload), proto, 64) +
               b"\xfd" + bytes(14) + b"\1" + b"\xfd" + bytes(14) + b"\2" + payload)


def frame(b, flags=0, poke=b""):
    return bytes([flags | (POKE if poke else 0)]) + struct.pack(">H", len(b)) + b + poke


def again(size, back=0, flags=0, at=None, flip=0):
    poke = b"" if at is None else bytes([at, flip])
    return bytes([AGAIN | flags | (POKE if poke else 0), back]) + struct.pack(">H", size) + poke


def tagged(b, tags):
    return b[:12] + tags + b[12:]


C10, QINQ = b"\x81\0\0\x0a", b"\x88\xa8\0\x64\x81\0\0\x0a"
T4, T6 = ipv4(6, tcp(60)), ipv6(6, tcp(60, words=8))
U4, U6 = ipv4(17, udp(60)), ipv6(17, udp(60))
KINDS = {"tcp4": T4, "tcp6": T6, "udp4": U4, "udp6": U6}

SEEDS = {
    "nothing": b"",
    "no_frame": frame(b"") + frame(T4[:13]) + frame(tagged(T4, C10)[:16]),
    "two_bursts": frame(T4) + again(60) + END + again(60) + again(60),
    "flags": b"".join(frame(T4) + again(60, at=47, flip=f) + again(60, back=1) + END
                      for f in (FIN, SYN, PSH, ACK, ECE, CWR, FIN | PSH)),
    "psh_first": frame(ipv4(6, tcp(60, ACK | PSH))) + again(60),
    "identification": frame(U4) + again(60, at=L3 + 5, flip=1) + again(60) + again(60),
    "sequence": frame(T4) + again(60, at=41, flip=1) + again(60) + again(60),
    "wraps": frame(ipv4(6, tcp(60, seq=0xFFFFFFF0), ident=0xFFFF)) + again(60) + again(60),
    "wrong_payload": frame(U6) + again(60, flags=WRONG, at=80, flip=1) + again(60) + again(60),
    "wrong_first": frame(T4, WRONG) + again(60) + again(60),
    "no_udp_sum": frame(U4, WRONG) + again(60, flags=WRONG),
    "padded": frame(T4) + again(4, flags=PAD) + again(4) + again(4),
    "options": frame(ipv4(6, tcp(60), options=b"\1" * 4)) + again(60) + again(60),
    "fragment": frame(U4) + again(60) + frame(ipv4(17, udp(60), fragment=0x2000)) +
    again(60, back=1),
    "extension": frame(T6) + again(60) + again(60, at=L3 + 6, flip=6) + again(60, back=1),
    "other_protocol": frame(T4) + frame(ipv4(1, bytes(60))) + again(60, back=1),
    "arp": frame(T4) + frame(eth(0x0806, bytes(46))) + again(60, back=1),
    "not_ip": frame(ipv4(6, tcp(60)), poke=bytes([L3, 0x30])) + again(60),
    "short_ip_header": frame(T4, poke=bytes([L3, 1])) + frame(T4, poke=bytes([L3, 3])),
    "ports_cut": frame(T4[:36]) + frame(T4[:38]) + frame(U4[:40]) + frame(T6[:57]),
    "tcp_header_cut": frame(ipv4(6, tcp(10)[:19])) + frame(T4, poke=bytes([46, 0xF0])),
    "lengths_lie": frame(T4, poke=bytes([L3 + 3, 1])) + frame(U4, poke=bytes([39, 1])) +
    frame(T6, poke=bytes([L3 + 5, 1])),
    "64_segments": frame(U4) + again(60) * 70,
    "64_kilobytes": frame(ipv4(6, tcp(60))) + again(9000) * 9,
    "an_ip_packet": frame(T6) + again(20000) + END + again(20000, back=1) + again(20000) * 2 +
    again(5475) + END,
    "one_too_many": frame(U4) + again(20000) + END + again(20000, back=1) + again(20000) * 2 +
    again(5508) + END,
    "nine_flows": b"".join(frame(ipv4(6, tcp(60, port=p))) for p in range(9)) +
    again(60, back=8) * 9 + again(60, back=8) * 9,
    "interleaved": b"".join(frame(b) for b in KINDS.values()) + again(60, back=3) * 20,
    "vlans": frame(tagged(T4, C10)) + frame(tagged(T4, C10[:3] + b"\x0b")) + frame(T4) +
    again(60, back=2) * 9,
    "qinq": frame(tagged(U6, QINQ)) + again(60) * 3,
    "three_tags": frame(tagged(U6, C10 + QINQ)) + again(60) * 3,
    "header_bytes": frame(T4) + b"".join(again(60, at=at, flip=1) for at in range(L3, 54)),
    "header_bytes6": frame(U6) + b"".join(again(60, at=at, flip=16) for at in range(L3, 62)),
    "shorter_longer": frame(T4) + again(60) + again(59) + again(59) + again(60) + again(1) +
    again(0) + again(0) + again(1),
}
for name, bytes_ in KINDS.items():
    SEEDS[name] = frame(bytes_) + again(60) * 4 + again(30)


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus/gro"
    root.mkdir(parents=True, exist_ok=True)
    for seed, content in SEEDS.items():
        (root / seed).write_bytes(content)


main()

#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes the seeds of fuzz_frame, fuzz_gso, fuzz_switch, fuzz_stream and fuzz_vxlan: one small file for each thing worth a start.

Usage: make_corpus.py [DIRECTORY]      (the default is corpus/ beside this file)
"""

import struct
import sys
from pathlib import Path

H1 = bytes.fromhex("020000000001")
H2 = bytes.fromhex("020000000002")
BROADCAST = b"\xff" * 6
HAS_VNET, REPAIR, NEEDS_CSUM = 0x80, 0x40, 1
NONE, TCPV4, UFO, TCPV6, UDP_L4, ECN = 0, 1, 3, 4, 5, 0x80


def eth(kind, payload=b"", dst=H2, src=H1, tags=()):
    stack = b"".join(struct.pack(">HH", tpid, tci) for tpid, tci in tags)
    return dst + src + stack + struct.pack(">H", kind) + payload


def tcp(data=b"", words=5):
    return struct.pack(">HHIIBBHHH", 1024, 80, 1, 2, words << 4, 0x10, 512, 0, 0) + \
        b"\1" * (4 * (words - 5)) + data


def udp(data=b""):
    return struct.pack(">HHHH", 1024, 53, 8 + len(data), 0) + data


def ipv4(proto, payload, options=b"", fragment=0x4000):
    return struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(payload), 7, fragment, 64, proto, 0,
                       b"\x0a\0\0\1", b"\x0a\0\0\2") + options + payload


def ipv6(proto, payload, chain=()):
    for kind, body in reversed(chain):
        payload = bytes([proto]) + body + payload
        proto = kind
    return struct.pack(">IHBB", 0x60000000, len(payload) & 0xffff, proto, 64) + \
        b"\xfd" + b"\0" * 14 + b"\1" + b"\xfd" + b"\0" * 14 + b"\2" + payload


def plain(frame):
    return bytes(10) + frame


def vnet(frame, gso=NONE, size=0, start=0, offset=0, flags=NEEDS_CSUM, hdr_len=None):
    return struct.pack("<BBHHHH", HAS_VNET | flags, gso, start if hdr_len is None else hdr_len,
                       size, start, offset) + frame


DATA = b"d" * 200
HOP = b"\0\1\4\0\0\0\0"          # hop-by-hop: its length, one PadN option
EXT = [(0, HOP), (43, HOP), (60, HOP)]
C10, S100 = (0x8100, 10), (0x88A8, 100)
T4 = eth(0x0800, ipv4(6, tcp(DATA)))
T6 = eth(0x86DD, ipv6(6, tcp(DATA)))
U4 = eth(0x0800, ipv4(17, udp(DATA)))
U6 = eth(0x86DD, ipv6(17, udp(DATA)))
BPDU = eth(38, b"\x42\x42\3" + bytes(35), dst=bytes.fromhex("0180c2000000"))
LLDP = eth(0x88CC, b"\x02\x07\x04" + H1 + bytes(20), dst=bytes.fromhex("0180c200000e"))
ARP = eth(0x0806, struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + H1 + bytes(14), dst=BROADCAST)

FRAMES = {
    "runt_0": plain(b""),
    "runt_1": plain(b"\2"),
    "runt_13": plain(T4[:13]),
    "shortest": plain(T4[:14]),
    "untagged_ipv4_tcp": plain(T4),
    "untagged_ipv6_udp": plain(U6),
    "arp": plain(ARP),
    "lldp": plain(LLDP),
    "stp": plain(BPDU),
    "ctag": plain(eth(0x0800, ipv4(17, udp(DATA)), tags=[C10])),
    "ctag_priority": plain(eth(0x0806, bytes(46), tags=[(0x8100, 0xE000)])),
    "ctag_4095": plain(eth(0x0806, bytes(46), tags=[(0x8100, 0x0FFF)])),
    "stag": plain(eth(0x0800, ipv4(17, udp(DATA)), tags=[S100])),
    "qinq": plain(eth(0x0800, ipv4(17, udp(DATA)), tags=[S100, C10])),
    "ctag_ctag": plain(eth(0x0800, bytes(46), tags=[C10, C10])),
    "three_tags": plain(eth(0x0800, bytes(46), tags=[S100, C10, C10])),
    "ctag_cut_15": plain(eth(0x8100, b"\0")),
    "ctag_cut_17": plain(eth(0x8100, b"\0\n\x08")),
    "qinq_cut_20": plain(eth(0x88A8, b"\0\x64\x81\0\0\n")),
    "giant": plain(eth(0x0800, bytes(65535 + 8 + 1))),
    "largest": plain(eth(0x0800, bytes(65535 + 8))),
    "vnet_cut": plain(T4)[:9],
    "vnet_nothing_owed": vnet(T4, flags=0),
    "vnet_data_valid": vnet(T4, flags=2, start=0xFFFF, offset=0xFFFF),
    "vnet_runt": vnet(T4[:13], start=34, offset=16),
    "vnet_csum_tcp4": vnet(T4, start=34, offset=16),
    "vnet_csum_udp6": vnet(U6, start=54, offset=6),
    "vnet_csum_tagged": vnet(eth(0x0800, ipv4(17, udp(DATA)), tags=[C10]), start=38, offset=6),
    "vnet_tso4": vnet(T4, TCPV4, 100, 34, 16),
    "vnet_tso4_one_segment": vnet(T4, TCPV4, 1448, 34, 16),
    "vnet_tso4_options": vnet(eth(0x0800, ipv4(6, tcp(DATA, 8), b"\1" * 8)), TCPV4, 50, 42, 16),
    "vnet_tso4_qinq": vnet(eth(0x0800, ipv4(6, tcp(DATA)), tags=[S100, C10]), TCPV4, 50, 42, 16),
    "vnet_tso4_ecn": vnet(T4, TCPV4 | ECN, 100, 34, 16),
    "vnet_tso6": vnet(T6, TCPV6, 100, 54, 16),
    "vnet_tso6_extensions": vnet(eth(0x86DD, ipv6(6, tcp(DATA), EXT)), TCPV6, 100, 78, 16),
    "vnet_uso4": vnet(U4, UDP_L4, 100, 34, 6),
    "vnet_uso6_extension": vnet(eth(0x86DD, ipv6(17, udp(DATA), EXT[:1])), UDP_L4, 100, 62, 6),
    "lie_csum_beyond": vnet(T4, start=0xFFF0, offset=16),
    "lie_csum_last_byte": vnet(T4, start=len(T4) - 17, offset=16),
    "lie_csum_in_ethernet": vnet(T4, start=12, offset=0),
    "lie_csum_in_ip": vnet(T4, TCPV4, 100, 20, 16),
    "lie_gso_size_0": vnet(T4, TCPV4, 0, 34, 16),
    "lie_no_needs_csum": vnet(T4, TCPV4, 100, 34, 16, flags=0),
    "lie_tso6_over_ipv4": vnet(T4, TCPV6, 100, 34, 16),
    "lie_tso4_over_ipv6": vnet(T6, TCPV4, 100, 54, 16),
    "lie_tso4_of_udp": vnet(U4, TCPV4, 100, 34, 16),
    "lie_uso_of_tcp": vnet(T4, UDP_L4, 100, 34, 6),
    "lie_uso_ecn": vnet(U4, UDP_L4 | ECN, 100, 34, 6),
    "lie_ecn_alone": vnet(T4, ECN, 100, 34, 16),
    "lie_ufo": vnet(U4, UFO, 100, 34, 6),
    "lie_unknown_type": vnet(T4, 2, 100, 34, 16),
    "lie_csum_offset": vnet(T4, TCPV4, 100, 34, 6),
    "lie_fragment": vnet(eth(0x0800, ipv4(6, tcp(DATA), fragment=0x2001)), TCPV4, 100, 34, 16),
    "lie_fragment6": vnet(eth(0x86DD, ipv6(6, tcp(DATA), [(44, HOP)])), TCPV6, 100, 62, 16),
    "lie_extension_length": vnet(eth(0x86DD, ipv6(6, tcp(DATA), [(0, b"\xff" + HOP[1:])])),
                                 TCPV6, 100, 62, 16),
    "lie_tcp_header_long": vnet(eth(0x0800, ipv4(6, tcp(b"")[:12] + b"\xf0" + bytes(20))),
                                TCPV4, 10, 34, 16),
    "lie_header_only": vnet(T4[:54], TCPV4, 100, 34, 16),
    "lie_hdr_len": vnet(T4, TCPV4, 100, 34, 16, hdr_len=0xFFFF),
    "lie_arp_tso": vnet(ARP, TCPV4, 100, 34, 16),
}


def cut_me(frame, *args):
    """A super-frame whose lengths fuzz_gso puts right, so that more of its offspring is cut."""
    return vnet(frame, *args, flags=NEEDS_CSUM | REPAIR)


def flags(frame, at, value):
    return frame[:at + 13] + bytes([value]) + frame[at + 14:]


TAIL = bytes(range(256)) * 12
# What is believed, and of the frames for fuzz_frame those that have something to do with it.
GSO = {name: seed for name, seed in FRAMES.items() if name.startswith("vnet_")} | {
    "plain": plain(T4),
    "tso4": cut_me(eth(0x0800, ipv4(6, tcp(TAIL))), TCPV4, 1000, 34, 16),
    "tso4_all_flags": cut_me(flags(T4, 34, 0xFF), TCPV4 | ECN, 60, 34, 16),
    "tso4_options": cut_me(eth(0x0800, ipv4(6, tcp(TAIL, 15), b"\1" * 40)), TCPV4, 536, 74, 16),
    "tso4_bytes": cut_me(T4, TCPV4, 1, 34, 16),
    "tso4_multiple": cut_me(T4, TCPV4, 50, 34, 16),
    "tso4_single": cut_me(T4, TCPV4, 200, 34, 16),
    "tso4_tagged": cut_me(eth(0x0800, ipv4(6, tcp(DATA)), tags=[C10]), TCPV4, 50, 38, 16),
    "tso6": cut_me(eth(0x86DD, ipv6(6, tcp(TAIL))), TCPV6, 1428, 54, 16),
    "tso6_extensions": cut_me(eth(0x86DD, ipv6(6, tcp(DATA), EXT)), TCPV6, 33, 78, 16),
    "tso6_qinq": cut_me(eth(0x86DD, ipv6(6, tcp(DATA)), tags=[S100, C10]), TCPV6, 99, 62, 16),
    "uso4": cut_me(eth(0x0800, ipv4(17, udp(TAIL))), UDP_L4, 1000, 34, 6),
    "uso4_multiple": cut_me(U4, UDP_L4, 50, 34, 6),
    "uso4_zeros": cut_me(eth(0x0800, ipv4(17, udp(bytes(400)))), UDP_L4, 100, 34, 6),
    "uso6": cut_me(eth(0x86DD, ipv6(17, udp(TAIL))), UDP_L4, 1232, 54, 6),
    "uso6_extensions": cut_me(eth(0x86DD, ipv6(17, udp(DATA), EXT)), UDP_L4, 7, 78, 6),
    "uso6_qinq": cut_me(eth(0x86DD, ipv6(17, udp(DATA)), tags=[S100, C10]), UDP_L4, 99, 62, 6),
    "csum_odd": vnet(U4, start=35, offset=3),
    "csum_first": vnet(T4, start=34),
    "csum_last": vnet(U4, start=len(U4) - 2),
    "csum_far": vnet(eth(0x0800, bytes(600)), start=500, offset=10),
    "lie_head": cut_me(eth(0x86DD, ipv6(6, tcp(DATA), [(60, b"\x3f" + bytes(510))])),
                       TCPV6, 50, 566, 16),
    "lie_total": vnet(eth(0x0800, ipv4(6, tcp(DATA)) + b"pad"), TCPV4, 50, 34, 16),
    "lie_udp_length": vnet(eth(0x0800, ipv4(17, udp(DATA)[:5] + b"\1" + bytes(400))),
                           UDP_L4, 50, 34, 6),
    "lie_many": cut_me(U4, UDP_L4, 1, 34, 6),
}

def vxlan(frame, outer=0, head=b"\x08\0\0\0\0\0\x2a\0"):
    return bytes([outer]) + head + frame


def marked(frame, at, tos):
    """With another type of service; `at` is where its IPv4 header begins."""
    return frame[:at + 1] + bytes([tos]) + frame[at + 2:]


def undone(frame, l3, l4, field):
    """With the sum of the pseudo header for a checksum, as it is where a card was to do the rest."""
    v4 = frame[l3] >> 4 == 4
    words = (frame[l3 + 12:l3 + 20] + bytes([0, frame[l3 + 9]]) if v4
             else frame[l3 + 8:l3 + 40] + bytes([0, frame[l3 + 6]])) + struct.pack(">H", len(frame) - l4)
    total = sum(struct.unpack(f">{len(words) // 2}H", words))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return frame[:l4 + field] + struct.pack(">H", total) + frame[l4 + field + 2:]


VXLAN = {
    "undone_tcp4": vxlan(undone(T4, 14, 34, 16)),
    "undone_super6": vxlan(undone(eth(0x86DD, ipv6(6, tcp(bytes(3000)))), 14, 54, 16)),
    "undone_udp6": vxlan(undone(U6, 14, 54, 6)),
    "nothing": b"\0",
    "header_cut": vxlan(b"")[:8],
    "header_alone": vxlan(b""),
    "no_vni": vxlan(T4, head=bytes(8)),
    "reserved": vxlan(T4, head=b"\xff" * 8),
    "runt": vxlan(T4[:13]),
    "arp_ce": vxlan(ARP, 3),
    "tcp4": vxlan(T4),
    "tcp4_ce": vxlan(T4, 3),
    "tcp4_ect0_ce": vxlan(marked(T4, 14, 2), 3),
    "tcp4_ect0_ect1": vxlan(marked(T4, 14, 2), 1),
    "tcp4_sum_carries": vxlan(marked(T4, 14, 0xFE)[:24] + b"\xff\xfe" + T4[26:], 3),
    "tcp4_options": vxlan(eth(0x0800, ipv4(6, tcp(DATA), b"\1" * 8))),
    "tcp4_cut": vxlan(T4[:34]),
    "ip_cut": vxlan(T4[:33], 3),
    "fragment": vxlan(eth(0x0800, ipv4(17, udp(DATA), fragment=0x2001))),
    "udp6": vxlan(U6, 1),
    "udp6_ect0_ce": vxlan(eth(0x86DD, b"\x60\x20" + ipv6(17, udp(DATA))[2:]), 3),
    "qinq": vxlan(eth(0x0800, ipv4(17, udp(DATA)), tags=[S100, C10]), 2),
    "ctag": vxlan(eth(0x86DD, ipv6(6, tcp(DATA)), tags=[C10]), 3),
}

# The events of fuzz_switch: see the table there.
(FRAME, UP, DOWN, ATTACH, DETACH, STATIC, DEL, FLUSH, AGE, LIMIT, SETTINGS, CLEAR, PAUSE, GUARD, RELEASE,
 STICKY) = range(16)
LOCKED, STICKS, STRICT = 1, 2, 4
BC, ZERO, LL, MC = 255, 254, 200, 216
UNTAGGED, CTAG, STAG, PRIO, QINQ, RAW = range(6)


def frame(port, dst, src, kind=UNTAGGED, length=2, vid=1):
    return bytes([FRAME, port, dst, src, kind | vid << 4, length])


def start(max_macs=15, ageing=6, ports=4, pad=0):
    head = bytes([pad | max_macs, ageing])
    for port in range(ports):
        head += bytes([ATTACH, port, UP, port])
    return head


def everybody(ports, each, first=0):
    return b"".join(frame(p, BC, first + p * each + i) for p in range(ports) for i in range(each))


SWITCH = {
    "nothing": b"",
    "two_hosts": start() + frame(0, 1, 0) + frame(1, 0, 1) + frame(0, 1, 0),
    "same_port": start() + frame(0, BC, 1) + frame(0, 1, 2),
    "groups": start() + frame(0, BC, 0) + frame(1, MC, 1) + frame(2, MC, BC) + frame(2, 1, ZERO),
    "link_local": start() + b"".join(frame(0, LL + i, 1) for i in range(16)) +
    bytes([SETTINGS, 15, 6, 0xA5]) + b"".join(frame(0, LL + i, 1) for i in range(16)),
    "vlans": start() + frame(0, BC, 1, CTAG, 2, 1) + frame(1, 1, 2, CTAG, 2, 1) +
    frame(1, 1, 2, CTAG, 2, 2) + frame(2, 1, 3, STAG) + frame(2, 1, 3, PRIO) + frame(3, 1, 4, QINQ),
    "runts": start() + b"".join(frame(0, BC, 1, RAW, n) for n in range(20)),
    "mtu": start() + bytes([LIMIT, 0, 9, 0, LIMIT, 1, 3, 0]) +
    b"".join(frame(i % 3, BC, i % 3, UNTAGGED, n) for i, n in enumerate((0, 8, 20, 60, 200, 255))),
    "move": start() + frame(0, BC, 1) + bytes([AGE, 100]) + frame(1, BC, 1) + frame(2, 1, 2),
    "flap": start() + b"".join(frame(i % 2, BC, 1) + bytes([AGE, 10]) for i in range(12)) +
    bytes([AGE, 120]) + b"".join(frame(i % 2, BC, 1) for i in range(6)),
    "age": start(ageing=2) + everybody(3, 2) + bytes([AGE, 10]) + frame(0, BC, 0) +
    bytes([AGE, 10, AGE, 1, AGE, 255]),
    "age_never": start(ageing=0) + everybody(3, 2) + bytes([AGE, 255, AGE, 255]),
    "full": start(max_macs=7) + everybody(1, 12),
    "fairness": start(max_macs=11) + everybody(1, 30) + everybody(4, 5, 20),
    "fairness_statics": start(max_macs=7) + bytes(b for i in range(4) for b in
                                                  (STATIC, 0, i, 0)) +
    everybody(1, 10, 10) + everybody(2, 4, 30),
    "many_ports": start(max_macs=15, pad=0xE0) + everybody(1, 30) + everybody(4, 3, 20) +
    frame(0, 25, 0) + frame(3, 20, 30),
    "statics": start() + bytes([STATIC, 0, 1, 0, STATIC, 1, 1, 0, STATIC, 1, BC, 0]) +
    frame(1, BC, 1) + frame(2, 1, 2) + bytes([DEL, 1, 0, DEL, 1, 0]) + frame(2, 1, 2),
    "static_over_learned": start() + frame(0, BC, 1) + bytes([STATIC, 1, 1, 0]) + frame(0, BC, 1),
    "statics_full": start(max_macs=3) + everybody(3, 2) +
    bytes(b for i in range(6) for b in (STATIC, i % 3, 40 + i, 0)) + everybody(3, 2),
    "static_over_oldest": start(max_macs=3) +
    b"".join(frame(p, BC, p) + bytes([AGE, 15]) for p in (2, 0, 3, 1)) +
    bytes([STATIC, 0, 40, 0, STATIC, 1, 41, 0]),
    "mtu_by_one": start() + bytes([LIMIT, 1, 1, 0, LIMIT, 2, 2, 0]) +
    b"".join(frame(0, BC, 0, UNTAGGED, n) for n in (7, 8, 9, 15, 16, 17)) +
    frame(1, BC, 1, CTAG, 9),
    "flush": start() + everybody(4, 3) + bytes([FLUSH, 1, 255, FLUSH, 255, 1, FLUSH, 255, 255]),
    "down_up": start() + everybody(4, 2) + bytes([DOWN, 1]) + frame(0, 2, 0) + frame(1, BC, 2) +
    bytes([UP, 1]) + frame(1, BC, 2),
    "detach_attach": start() + everybody(4, 2) + bytes([DETACH, 1]) + frame(0, 2, 0) +
    bytes([ATTACH, 4, UP, 4]) + frame(4, BC, 2) + bytes([ATTACH, 1, UP, 1]) + frame(1, BC, 3),
    "port_limit": start() + bytes([LIMIT, 0, 0, 2]) + everybody(2, 4) + frame(0, BC, 7) +
    bytes([LIMIT, 0, 0, 1]) + everybody(1, 4) + bytes([LIMIT, 0, 0, 0]) + everybody(1, 4),
    "grow_shrink": start(max_macs=23) + everybody(4, 5) +
    bytes([STATIC, 2, 60, 0, SETTINGS, 7, 6, 0]) +
    everybody(4, 3) + bytes([SETTINGS, 30, 6, 0]) + everybody(4, 5),
    "shrink_refused": start(max_macs=15) + bytes(b for i in range(9) for b in
                                                 (STATIC, i % 4, i, 0)) +
    bytes([SETTINGS, 4, 1, 0, SETTINGS, 9, 1, 0]) + everybody(2, 3, 20),
    "clear": start() + everybody(4, 2) + bytes([CLEAR, 1]) + everybody(4, 2) + bytes([CLEAR, 255]),
    "pause": start() + everybody(4, 2) + bytes([PAUSE, 7, 6, 0]) + frame(0, 2, 0) +
    bytes([DOWN, 1]) + frame(0, 2, 0) + bytes([UP, 1, DOWN, 2, AGE, 30]) + frame(1, 0, 40) +
    bytes([CLEAR, 255]) + frame(1, 0, 40) + frame(0, 40, 2),
    "pause_same_size": start() + everybody(4, 2) + bytes([PAUSE, 14, 1, 255, DOWN, 3, SETTINGS, 9, 9, 0]),
    "pause_shrink": start() + everybody(4, 3) + bytes([PAUSE, 4, 6, 0, DOWN, 0, FLUSH, 255, 255]),
    "pause_refused": start() + bytes(b for i in range(5) for b in (STATIC, 0, i, 0)) +
    bytes([PAUSE, 2, 6, 0, DOWN, 0, UP, 0, CLEAR, 0]),
    "dead_make_room": start(max_macs=7, ageing=0) +
    (everybody(2, 4) + bytes([DOWN, 0, UP, 0, DOWN, 1, UP, 1])) * 3 + everybody(2, 6, 20),
    "locked": start() + frame(0, BC, 1) + bytes([STATIC, 0, 2, 0, GUARD, 0, LOCKED]) + frame(0, BC, 1) +
    frame(0, BC, 2) + frame(1, BC, 2) + frame(0, BC, ZERO) + frame(0, BC, MC) + bytes([GUARD, 0, 0]) +
    frame(0, BC, 1) + frame(1, BC, 2),
    "strict": start() + bytes([LIMIT, 0, 0, 2, GUARD, 0, STRICT, STATIC, 0, 9, 0]) + everybody(2, 3) +
    frame(0, BC, ZERO) + frame(1, BC, 9) + bytes([AGE, 100]) + frame(0, BC, 1),
    "sticky": start() + frame(0, BC, 1) + bytes([LIMIT, 0, 0, 2, GUARD, 0, STICKS, AGE, 15]) + everybody(1, 4) +
    bytes([AGE, 255, FLUSH, 255, 255, DOWN, 0, UP, 0]) + frame(1, BC, 1) + frame(0, BC, 1) +
    bytes([STATIC, 1, 1, 0, RELEASE, 0, RELEASE, 1]) + frame(1, BC, 2),
    "sticky_share": start(max_macs=7) + bytes([GUARD, 0, STICKS]) + everybody(1, 8) + everybody(4, 4, 20),
    "sticky_moves": start() + frame(1, BC, 1) + bytes([GUARD, 0, STICKS]) + frame(0, BC, 1) + frame(1, BC, 1) +
    bytes([DEL, 1, 0]) + frame(1, BC, 1),
    "sticky_added": start() + frame(1, BC, 1) +
    bytes([STICKY, 0, 1, 0, STICKY, 1, 1, 0, STATIC, 1, 1, 0, STICKY, 1, 1, 0, STICKY, 0, 1, 0, STICKY, 0, ZERO, 0]),
    "sticky_resized": start() + bytes([GUARD, 0, STICKS]) + everybody(4, 3) + bytes([SETTINGS, 7, 6, 0]) +
    everybody(4, 3) + bytes([SETTINGS, 1, 6, 0, SETTINGS, 30, 6, 0]) + frame(1, BC, 0),
    "secure_pause": start() + bytes([STATIC, 0, 1, 0, GUARD, 0, LOCKED, LIMIT, 1, 0, 1, GUARD, 1, STRICT]) +
    frame(1, BC, 2) + bytes([PAUSE, 7, 6, 0]) + frame(0, BC, 3) + frame(0, BC, 1) + frame(1, BC, 4) +
    frame(2, BC, 1) + bytes([DOWN, 1, UP, 1]) + frame(1, BC, 2) + frame(2, BC, 5),
    "empty_switch": start(ports=0) + bytes([FLUSH, 255, 255, AGE, 255, SETTINGS, 3, 3, 255]),
}


def stream(*frames, cuts=b"\1\2\3\4", rest=b""):
    """How large the pieces are, and what comes in them."""
    return cuts + b"".join(struct.pack(">I", len(f)) + f for f in frames) + rest


LARGEST = eth(0x0800, bytes(65535 + 8))
STREAM = {
    "nothing": stream(),
    "one": stream(T4),
    "several": stream(T4, ARP, U6, BPDU, LLDP),
    "byte_by_byte": stream(T4, ARP, cuts=bytes(4)),
    "whole": stream(T4, ARP, U4, cuts=b"\xff\xff\xff\xff"),
    "runts": stream(b"", T4[:1], T4[:13], T4[:14], b"", T4),
    "largest": stream(T4, LARGEST, T4, cuts=b"\x40\x80\xc0\xff"),
    "one_too_long": stream(T4, rest=struct.pack(">I", 65535 + 14 + 8 + 1) + T4),
    "negative": stream(T4, rest=b"\xff\xff\xff\xff" + T4),
    "another_protocol": stream(rest=b"GET / HTTP/1.1\r\n\r\n"),
    "two_byte_lengths": stream(rest=struct.pack(">H", len(T4)) + T4),
    "torn_header": stream(T4, rest=b"\0\0\0"),
    "torn_frame": stream(T4, rest=struct.pack(">I", len(T4)) + T4[:-1]),
}


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus"
    for name, seeds in (("frame", FRAMES), ("gso", GSO), ("switch", SWITCH), ("stream", STREAM),
                        ("vxlan", VXLAN)):
        (root / name).mkdir(parents=True, exist_ok=True)
        for seed, content in seeds.items():
            (root / name / seed).write_bytes(content)


main()

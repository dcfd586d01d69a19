# SPDX-License-Identifier: ISC
"""
What a stack leaves unfinished is finished where it leaves through a udp port, and segments that come in
through one are joined.  The peer is a socket of the test: it sees every byte that a peer would.
"""
import itertools
import platform
import random
import socket
import struct
import sys
import threading

import pytest

from cable import Cable, Machines, datagrams
from daemon import SANITIZED
from frames import BROADCAST, MARK_TYPE, eth, noise, sized, station, tagged
from ipcheck import IPV4, IPV6, TCP, UDP, Packet, ones_sum
from netns import SOL_PACKET, Wire
from traffic import tcp_transfer
from wait import wait_until

UDP_SEGMENT, PACKET_VNET_HDR = 103, 15
NEEDS_CSUM, GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4 = 1, 0, 1, 4, 5
SEGMENT = 1448
PSH_ACK = 0x18


class VnetWire(Wire):
    """A packet socket on which the offload header (linux/virtio_net.h) goes in front of each frame."""

    def __init__(self, *args):
        super().__init__(*args)
        self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)

    def send_plain(self, *frames):
        self.send(*(bytes(10) + f for f in frames))

    def recv_whole(self):
        """(type of segmentation, frame)"""
        data = self.sock.recv(1 << 17)
        return data[1], data[10:]


def finish_checksum(ip, l4, at):
    addresses = ip[12:20] if ip[0] >> 4 == 4 else ip[8:40]
    proto = ip[9] if ip[0] >> 4 == 4 else ip[6]
    total = ones_sum(addresses + struct.pack("!IHH", len(l4), 0, proto) + l4)
    return l4[:at] + struct.pack("!H", ~total & 0xFFFF or 0xFFFF) + l4[at + 2:]


def ip_header(family, proto, length, ident=7):
    if family == 6:
        return struct.pack("!IHBB", 6 << 28, length, proto, 64) + bytes(15) + b"\x01" + bytes(15) + b"\x02"
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, ident, 0x4000, 64, proto, 0) + bytes([10, 0, 0, 1, 10, 0, 0, 2])
    return ip[:10] + struct.pack("!H", ~ones_sum(ip) & 0xFFFF) + ip[12:]


def packet(family, proto, payload, dst=BROADCAST, src=station(0x55), seq=1, ident=7, flags=PSH_ACK, partial=False):
    """A frame with a TCP or UDP packet in it, whose checksum is right, or half done for a device to finish."""
    if proto == TCP:
        l4, field = struct.pack("!HHIIBBHHH", 4000, 5000, seq, 1, 5 << 4, flags, 65535, 0, 0) + payload, 16
    else:
        l4, field = struct.pack("!HHHH", 4000, 5000, 8 + len(payload), 0) + payload, 6
    ip = ip_header(family, proto, len(l4), ident)
    if partial:
        addresses = ip[12:20] if family == 4 else ip[8:40]
        pseudo = ones_sum(addresses + struct.pack("!IHH", len(l4), 0, proto))
        l4 = l4[:field] + struct.pack("!H", pseudo) + l4[field + 2:]
    else:
        l4 = finish_checksum(ip, l4, field)
    return eth(dst, src, ip + l4, IPV4 if family == 4 else IPV6)


def owing(family, proto, payload, segment, *tags, **kw):
    """The same, as a stack hands it to a device: offload header and frame.  Without segment, the checksum only."""
    frame = tagged(packet(family, proto, payload, partial=True, **kw), *tags)
    start = 14 + 4 * len(tags) + (20 if family == 4 else 40)
    kind = GSO_NONE if not segment else GSO_UDP_L4 if proto == UDP else GSO_TCPV4 if family == 4 else GSO_TCPV6
    hdr_len = start + (20 if proto == TCP else 8)
    return struct.pack("=BBHHHH", NEEDS_CSUM, kind, hdr_len, segment, start, 16 if proto == TCP else 6) + frame


_marks = itertools.count(1)


def mark():
    return eth(BROADCAST, station(0x66), b"mark" + next(_marks).to_bytes(8, "big") + bytes(34), MARK_TYPE)


class Bench:
    """A switch with a host on one side, and on the other udp ports whose peers are sockets of the test."""

    def __init__(self, lab, mtu=1600, inner=1500, peers=1, prefix=(), **options):
        self.machines = Machines(lab, mtu)
        self.host = lab.host("h")
        ports = {f"up{i}": self.machines.udp(0, 4000 + i, 4000 + i, **options) for i in range(peers)}
        self.daemon = lab.switchd({"switches": {"sw0": {"ports": {"h": lab.tap(self.host, mtu=inner), **ports}}}},
                                  prefix=["nsenter", "--net=/run/netns/m1", *prefix])
        self.daemon.wait_up()
        self.peers = [self.machines.socket(1, 4000 + i) for i in range(peers)]
        self.wire = lab.wire(self.host.name, self.host.ifname, self.host.mac, cls=VnetWire)

    def arrived(self, peer=0):
        """What reached the peer of all that the host has sent before now."""
        end = mark()
        self.wire.send_plain(end)
        got = datagrams(self.peers[peer], end)
        for i, p in enumerate(self.peers):
            if i != peer and len(self.peers) > 1:
                datagrams(p, end)
        return got

    def from_peer(self, *frames, each=0):
        """The peer sends frames: one by one, or in one piece that the network cuts up."""
        here = (self.machines.addresses[0], 4000)
        self.peers[0].setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, each)
        for f in [b"".join(frames)] if each else frames:
            self.peers[0].sendto(f, here)

    def close(self):
        for p in self.peers:
            p.close()


@pytest.fixture(name="bench")
def make_bench(lab):
    made = []

    def make(**kw):
        made.append(Bench(lab, **kw))
        return made[-1]
    yield make
    for b in made:
        b.close()


def check_segments(frames, payload, segment, mtu, tags=0):
    """They are TCP, right in every checksum, no larger than they may be, and together what was sent."""
    packets = [Packet(f) for f in frames]
    assert all(p.size <= mtu for p in packets)
    assert [len(p.payload) for p in packets[:-1]] == [segment] * (len(packets) - 1)
    assert 0 < len(packets[-1].payload) <= segment
    assert b"".join(p.payload for p in packets) == payload
    assert [p.seq for p in packets] == [1 + i * segment for i in range(len(packets))]
    assert [p.flags for p in packets] == [0x10] * (len(packets) - 1) + [PSH_ACK]
    if packets[0].ip_id is not None:
        assert [p.ip_id for p in packets] == [7 + i for i in range(len(packets))]
    assert all(f[:12] == frames[0][:12] for f in frames)
    assert all(len(f) == p.size + 14 + 4 * tags for f, p in zip(frames, packets))


# out

@pytest.mark.parametrize("tags", [(), ((10,),), ((10, 0x88A8), (20,))], ids=["untagged", "tagged", "twice"])
@pytest.mark.parametrize("size", [SEGMENT + 1, 5 * SEGMENT, 45 * SEGMENT - 17, 65535 - 80 - 8])
@pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])
def test_a_super_frame_leaves_as_segments_that_are_right(bench, family, size, tags):
    b = bench()
    payload = noise(size)
    b.wire.send(owing(family, TCP, payload, SEGMENT if family == 4 else SEGMENT - 20, *tags))
    check_segments(b.arrived(), payload, SEGMENT if family == 4 else SEGMENT - 20, 1500, len(tags))
    assert b.daemon.stats("h")["rx_super"] == 1
    assert b.daemon.drops("up0") == {} and b.daemon.drops("h") == {}
    count = -(-size // (SEGMENT if family == 4 else SEGMENT - 20))
    assert b.daemon.stats("up0")["tx_frames"] == count + 1, "each segment counts, and the marker"


@pytest.mark.parametrize("mtu", [1500, 1600, 9100])
def test_segments_cross_networks_that_do_not_take_them_in_one_piece(bench, mtu):
    """The kernel refuses segments larger than its MTU; then each goes alone, in fragments, and in order."""
    b = bench(mtu=mtu, inner=9000)
    for size, segment in (60000, 1448), (60000, 8948), (3000, 536), (60000, 1448), (20000, 536):
        payload = noise(size)
        b.wire.send(owing(4, TCP, payload, segment))
        check_segments(b.arrived(), payload, segment, 9000)
    assert b.daemon.drops("up0") == {}


@pytest.mark.parametrize("proto", [TCP, UDP], ids=["tcp", "udp"])
@pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])
def test_no_partial_checksum_leaves(bench, family, proto):
    b = bench(inner=9000, mtu=9100)
    payloads = [noise(n, n) for n in (0, 1, 2, 17, 1000, 1460, 8100, 8150, 8900)]
    for p in payloads:
        b.wire.send(owing(family, proto, p, 0))
    packets = [Packet(f) for f in b.arrived()]
    assert [p.payload for p in packets] == payloads
    assert b.daemon.drops("up0") == {}


def test_what_a_kernel_sends_leaves_with_right_checksums(bench):
    """TCP that finds nobody, and UDP in one piece and cut: by a real stack, not made by hand."""
    b = bench()
    b.host.address()
    b.host.ip_cmd(f"neigh add 10.0.0.99 lladdr {station(0x99)} dev eth0")
    with b.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, b.host.socket(socket.AF_INET, socket.SOCK_STREAM) as t:
        s.connect(("10.0.0.99", 9))
        s.send(b"whole")
        s.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
        s.send(noise(20500))
        t.setblocking(False)
        t.connect_ex(("10.0.0.99", 9))
        wait_until(lambda: b.daemon.stats("h")["rx_frames"] >= 4)
    packets = [Packet(f) for f in b.arrived() if f[12:14] == b"\x08\x00"]
    udp = [p.payload for p in packets if p.proto == UDP]
    assert udp[0] == b"whole" and [len(p) for p in udp[1:]] == [1000] * 20 + [500] and b"".join(udp[1:]) == noise(20500)
    assert any(p.proto == TCP for p in packets)


def test_frames_of_all_kinds_keep_their_order(bench):
    """Small ones are copied, large ones are not, super-frames are cut: no way overtakes another."""
    b = bench(mtu=9100, inner=9000)
    rnd = random.Random(3)
    expected = []
    for n in range(400):
        kind = rnd.randrange(6)
        if kind == 0:
            payload = n.to_bytes(8, "big") + noise(rnd.choice([3000, 20000, 60000]), n)
            b.wire.send(owing(4, TCP, payload, 1448))
            expected += [payload[i:i + 1448] for i in range(0, len(payload), 1448)]
        elif kind == 1:
            payload = n.to_bytes(8, "big") + noise(rnd.choice([20, 900, 8300]), n)
            b.wire.send(owing(4, UDP, payload, 0))
            expected.append(payload)
        else:
            frame = eth(BROADCAST, station(0x55), n.to_bytes(8, "big") + noise(rnd.choice([40, 40, 1480, 8300, 8950]), n))
            b.wire.send_plain(frame)
            expected.append(frame)
        if n % 20 == 19:
            got = [Packet(f).payload if f[12:14] == b"\x08\x00" else f for f in b.arrived()]
            assert got == expected
            expected = []
    assert b.daemon.drops("up0") == {}


def test_a_flood_reaches_every_peer_the_same(bench):
    b = bench(peers=3)
    frames = [sized(BROADCAST, station(0x55), n) for n in (60, 60, 60, 1514, 1514, 100)]
    payload = noise(50000)
    b.wire.send_plain(*frames)
    b.wire.send(owing(4, TCP, payload, SEGMENT))
    b.wire.send_plain(*frames)
    end = mark()
    b.wire.send_plain(end)
    for peer in b.peers:
        got = datagrams(peer, end)
        assert got[:6] == frames and got[-6:] == frames
        check_segments(got[6:-6], payload, SEGMENT, 1500)
    assert b.daemon.stats()["forwarded"] == 14, "each frame is decided once"
    # what comes from one peer goes to the host and to the other two, and not back
    b.wire.drain()
    b.from_peer(frames[0])
    assert [p.recv(2000) for p in b.peers[1:]] == [frames[0]] * 2
    assert b.wire.recv_whole() == (GSO_NONE, frames[0])
    assert not datagrams(b.peers[0])


# in

def tcp_segments(payload, segment=SEGMENT):
    """The frames that segmentation of one TCP flow gives."""
    parts = [payload[i:i + segment] for i in range(0, len(payload), segment)]
    return [packet(4, TCP, p, seq=1 + i * segment, ident=7 + i, flags=0x10 if i < len(parts) - 1 else PSH_ACK)
            for i, p in enumerate(parts)]


def test_segments_that_come_in_together_are_joined(bench):
    b = bench()
    frames = tcp_segments(noise(20 * SEGMENT))
    b.wire.drain()
    b.from_peer(*frames, each=len(frames[0]))
    kind, frame = b.wire.recv_whole()
    assert kind == GSO_TCPV4 and len(frame) == 54 + 20 * SEGMENT
    s = b.daemon.stats("up0")
    assert s["rx_super"] == 1 and s["rx_frames"] == 1


def test_segments_are_left_alone_where_coalesce_is_off(bench):
    b = bench(coalesce=False)
    frames = tcp_segments(noise(20 * SEGMENT))
    b.wire.drain()
    b.from_peer(*frames, each=len(frames[0]))
    assert [b.wire.recv_whole() for _ in frames] == [(GSO_NONE, f) for f in frames]
    s = b.daemon.stats("up0")
    assert s["rx_super"] == 0 and s["rx_frames"] == 20


def test_what_was_joined_leaves_again_as_it_came(bench):
    """From one udp port to another: joined, and cut again."""
    b = bench(peers=2)
    frames = tcp_segments(noise(30 * SEGMENT + 100))
    end = mark()
    b.from_peer(*frames, each=len(frames[0]))
    b.from_peer(end)
    assert datagrams(b.peers[1], end) == frames
    assert b.daemon.stats("up0")["rx_super"] >= 1


def test_a_wrong_checksum_comes_through_as_it_is(bench):
    """A switch does not mend what a sender broke, nor does joining hide it."""
    b = bench(peers=2)
    frames = tcp_segments(noise(6 * SEGMENT))
    frames[2] = frames[2][:-1] + bytes([frames[2][-1] ^ 1])
    end = mark()
    b.from_peer(*frames, each=len(frames[0]))
    b.from_peer(end)
    assert datagrams(b.peers[1], end) == frames


@pytest.mark.parametrize("coalesce", [True, False])
def test_coalescing_is_seen_in_the_counters(lab, coalesce):
    cable = Cable(lab, coalesce=coalesce)
    a, b = cable.ends
    tcp_transfer(a, b, (2 if SANITIZED else 16) << 20)
    assert (cable.daemons[1].stats("up")["rx_super"] > 0) == coalesce
    assert cable.daemons[0].stats("h")["rx_super"] > 0


def test_coalescing_is_switched_while_frames_flow(lab):
    cable = Cable(lab)
    a, b = cable.ends
    stop = threading.Event()

    def switch():
        for on in itertools.cycle((False, True)):
            for d in cable.daemons:
                d.rpc("port.set", port="up", coalesce=on)
            if stop.wait(0.01):
                return

    t = threading.Thread(target=switch)
    t.start()
    try:
        tcp_transfer(a, b, (2 if SANITIZED else 16) << 20)
        tcp_transfer(b, a, (2 if SANITIZED else 16) << 20)
    finally:
        stop.set()
        t.join()


# a kernel before Linux 6.2, whose taps take no UDP super-frames

REFUSE_USO = """
import ctypes, os, struct, sys
IOCTL, TUNSETOFFLOAD, USO = int(sys.argv[1]), 0x400454d0, 0x60
ALLOW, EINVAL = 0x7fff0000, 0x00050000 | 22
code = [(0x20, 0, 0, 0), (0x15, 0, 5, IOCTL),         # not ioctl(): allowed
        (0x20, 0, 0, 24), (0x15, 0, 3, TUNSETOFFLOAD),  # another request: allowed
        (0x20, 0, 0, 32), (0x45, 0, 1, USO), (0x06, 0, 0, EINVAL), (0x06, 0, 0, ALLOW)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
fprog = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(program))
prctl = ctypes.CDLL(None).prctl
assert prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, ctypes.c_char_p(fprog)) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("old", [False, True], ids=["as-it-is", "refused"])
def test_udp_that_was_joined_is_cut_for_a_tap_that_does_not_take_it(bench, old):
    ioctl = {"x86_64": 16, "aarch64": 29}[platform.machine()]
    b = bench(prefix=[sys.executable, "-c", REFUSE_USO, str(ioctl)] if old else [])
    frames = [packet(4, UDP, noise(1000, i), ident=7 + i) for i in range(10)]
    b.wire.drain()
    b.from_peer(*frames, each=len(frames[0]))
    kind, first = b.wire.recv_whole()
    assert b.daemon.stats("up0")["rx_super"] == 1, "it was not joined at all"
    if kind == GSO_UDP_L4 and not old:
        assert len(first) == 42 + 10 * 1000
    else:
        assert old or tuple(map(int, platform.release().split(".")[:2])) < (6, 2)
        assert [first] + [b.wire.recv_whole()[1] for _ in frames[1:]] == frames
        assert b.daemon.stats("h")["tx_frames"] == 10
    assert b.daemon.drops("h") == {}

# SPDX-License-Identifier: ISC
"""
netdev ports: devices that somebody else has, reached by packet sockets.

    h1 eth0 ====veth==== v1 [netdev port v1 | switch | netdev port v2] v2 ====veth==== eth0 h2
"""
import contextlib
import fcntl
import json
import os
import random
import select
import signal
import socket
import struct

import pytest

from cable import datagrams
from daemon import SANITIZED
from frames import BROADCAST, numbered, sized, station, tagged
from ipcheck import Packet
from netns import IFF_NO_PI, IFF_TAP, IFF_TUN, IFF_VNET_HDR, make_tap, settle, sh
from rpc import INVALID_PARAMS, NOT_FOUND, SYSTEM, RpcError
from test_offload import GSO_TCPV4, NEEDS_CSUM, SEGMENT, VnetWire, super_frame
from traffic import Stream, tcp_transfer, udp_echo
from wait import holds_for, wait_until

MIB = 1 << 20
SIZE = (4 if SANITIZED else 32) * MIB
UDP_SEGMENT = 103
TUNSETOFFLOAD, TUNSETVNETHDRSZ = 0x400454D0, 0x400454D8
TUN_F_CSUM, TUN_F_TSO4 = 1, 2
NO_OFFLOAD = bytes(10)
GSO_UDP = 3
PORT = {"type": "netdev"}


def plug(host, name, netns=None, mtu=1500):
    """A veth pair: the host's eth0 and a device called name where the daemon is, or in netns."""
    sh("ip", *(["-n", netns] if netns else []), "link", "add", name, "mtu", mtu, "type", "veth", "peer", "name",
       host.ifname, "netns", host.name, "mtu", mtu, "address", host.mac)
    host.ip_cmd(f"link set {host.ifname} up")
    sh("ip", *(["-n", netns] if netns else []), "link", "set", name, "up")
    wait_carrier(host)


def wait_carrier(host):
    """Until then the kernel drops what the host sends, even where the switch's end is up already."""
    wait_until(lambda: " state UP " in host.ip_cmd(f"link show {host.ifname}").stdout, what="the host's end to be up")


def unplug(name):
    sh("ip", "link", "del", name)


def lan(lab, n=2, mtu=1500, **options):
    """n hosts, each behind a veth pair: (daemon, host...)"""
    hosts = [lab.host(f"h{i + 1}") for i in range(n)]
    for i, h in enumerate(hosts):
        plug(h, f"v{i + 1}", mtu=mtu)
    d = lab.switchd({"switches": {"sw0": {"ports": {f"v{i + 1}": {**PORT, **options} for i in range(n)}}}})
    d.wait_up()
    for h in hosts:
        h.wire.drain()
    return d, *hosts


def dropped(d):
    return {(r["port"], r["reason"]): r["count"] for r in d.rpc("drops.list")["drops"]}


def reason(d, port="v1"):
    return d.port(port).get("reason", "")


def passes(sender, receiver, size=333):
    frame = sized(BROADCAST, sender.mac, size)
    sender.send(frame)
    return settle(sender, receiver)[0].count(frame) == 1


def refused(d, code=SYSTEM, **params):
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", type="netdev", **params)
    assert e.value.code == code, e.value
    return e.value.message


# what crosses

def test_hosts_behind_veth_pairs_reach_each_other_at_full_speed(lab):
    d, a, b = lan(lab)
    for h in a, b:
        h.address()
    assert a.ping(b, count=5) == 0 and b.ping(a, count=5) == 0
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    for port in "v1", "v2":
        assert d.stats(port)["rx_super"] > 20, "segments instead of super-frames"
    assert {reason for _, reason in dropped(d)} <= {"queue_full", "rx_overrun"}
    assert d.where(a.mac) == "v1" and d.where(b.mac) == "v2"
    p = d.port("v1")
    assert p["state"] == "up" and p["ifname"] == "v1" and p["mtu"] == 1500 and p["netns"] == "" and "reason" not in p
    assert p["ifindex"] == socket.if_nametoindex("v1") and p["config"] == PORT


def test_a_veth_pair_and_a_tap_are_one_lan(lab):
    a, b = lab.host("h1"), lab.host("h2")
    plug(a, "v1")
    d = lab.switchd({"switches": {"sw0": {"ports": {"v1": PORT, "h2": lab.tap(b)}}}})
    d.wait_up()
    for h in a, b:
        h.address()
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    udp_echo(a, b, [0, 1, 17, 1472, 1473, 9000, 65000])
    assert d.stats("v1")["rx_super"] > 20 and d.stats("h2")["rx_super"] > 20
    for here, there in (a, b), (b, a):
        there.offload(False)
        tcp_transfer(here, there, MIB, seed=3, port=5202)


def test_segmented_udp_crosses_whole_and_arrives_datagram_by_datagram(lab):
    d, a, b = lan(lab)
    for h in a, b:
        h.address()
    with b.socket(socket.AF_INET, socket.SOCK_DGRAM) as there, a.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        there.bind((b.ip, 5300))
        there.settimeout(10)
        here.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1400)
        for n in range(3):
            parts = [bytes([n, i]) * 700 for i in range(40)] + [b"rest"]
            here.sendto(b"".join(parts), (b.ip, 5300))
            assert [there.recv(1 << 16) for _ in parts] == parts
    assert dropped(d) == {}
    assert d.stats("v1")["rx_super"] == 3


SIZES = [14, 15, 59, 60, 61, 64, 127, 128, 1499, 1500, 1513, 1514]


def test_frames_arrive_byte_for_byte_in_their_order_and_once(lab):
    d, a, b, c = lan(lab, 3)
    sent = [sized(BROADCAST, a.mac, size) for size in SIZES + SIZES[::-1] for _ in range(3)]
    sent += [numbered(BROADCAST, a.mac, i) for i in range(300)]
    a.wire.send(*sent)
    assert settle(a.wire, b.wire, c.wire) == [sent, sent]
    assert a.wire.drain() == [], "reflected"
    assert dropped(d) == {} and d.stats("v1")["rx_frames"] == len(sent) + 1
    assert d.stats("v2")["rx_frames"] == 0 and d.stats("v2")["tx_frames"] == len(sent) + 1


def test_what_the_host_sends_through_the_device_does_not_come_in(lab):
    d, a, b = lan(lab)
    host = lab.wire(None, "v1", station(0x55))
    frame = sized(BROADCAST, host.mac, 100)
    host.send(*[frame] * 20)
    assert settle(host, a.wire) == [[frame] * 20]
    assert passes(a.wire, b.wire)
    assert d.stats("v1")["rx_frames"] == 2 and d.where(host.mac) is None


def test_other_devices_are_not_heard(lab):
    a, b, c = (lab.host(f"h{i}") for i in (1, 2, 3))
    for i, h in enumerate((a, b, c)):
        plug(h, f"v{i + 1}")
    noise_maker = c.popen("python3", "-c", "import socket\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)\n"
                          "s.bind(('eth0', 0))\nwhile True: s.send(b'\\xff' * 6 + b'\\x02' * 6 + b'\\x88\\xb5' + bytes(50))")
    d = lab.switchd()
    for i in 1, 2:
        for _ in range(3):
            d.rpc("port.add", port=f"v{i}", type="netdev")
            d.wait_port(f"v{i}")
            assert d.stats(f"v{i}")["rx_frames"] == 0
            if _ < 2:
                d.rpc("port.del", port=f"v{i}")
    noise_maker.kill()


# tags

TAGS = {"ctag": [(10,)], "stag": [(10, 0x88A8)], "priority": [(0, 0x8100, 5)], "qinq": [(20, 0x88A8), (10,)],
        "three": [(5, 0x8100, 7), (6,), (7,)]}


@pytest.mark.parametrize("kind", TAGS)
def test_a_tag_that_the_kernel_took_out_comes_back(lab, kind):
    d, a, b = lan(lab)
    sent = [tagged(sized(BROADCAST, station(7), size), *TAGS[kind]) for size in (60, 200, 1400) for _ in range(5)]
    a.wire.send(*sent)
    assert settle(a.wire, b.wire) == [sent]
    vid = TAGS[kind][0][0] if TAGS[kind][0][1:2] != (0x88A8,) else 0
    assert d.where(station(7), vid) == "v1"
    assert dropped(d) == {}


@pytest.mark.parametrize("tags", [(), ((10,),), ((10, 0x88A8),)], ids=["untagged", "tagged", "s-tagged"])
@pytest.mark.parametrize("to", ["netdev", "tap"])
def test_a_super_frame_crosses_byte_for_byte_with_its_header(lab, tags, to):
    a, b = lab.host("h1"), lab.host("h2")
    plug(a, "v1")
    if to == "netdev":
        plug(b, "v2")
    d = lab.switchd({"switches": {"sw0": {"ports": {"v1": PORT, "v2": PORT if to == "netdev" else lab.tap(b)}}}})
    d.wait_up()
    out, inp = (lab.wire(h.name, h.ifname, h.mac, cls=VnetWire) for h in (a, b))
    b.wire.drain()
    header, frame = super_frame(b.mac, a.mac, 14 + 20 * SEGMENT, *tags)
    for there, back, size in (out, inp, 20), (inp, out, 30):
        header, frame = super_frame(back.mac, there.mac, 14 + size * SEGMENT, *tags)
        there.sock.send(header + frame)
        got = wait_until(lambda w=back, n=len(frame): long_frame(w, n - 4), what="the super-frame")
        flags, kind, _, segment, start, offset = struct.unpack("=BBHHHH", got[:10])
        assert (flags & NEEDS_CSUM, kind, segment, offset) == (NEEDS_CSUM, GSO_TCPV4, SEGMENT, 16)
        # the kernel has taken the tag out again
        assert got[10:] == frame[:12] + frame[12 + 4 * len(tags):] and start == 34
    assert d.stats("v1")["rx_super"] == 1 and d.stats("v2")["rx_super"] == 1
    assert not [r for r in dropped(d) if r[1] != "no_egress"]


def long_frame(wire, least):
    wire.sock.settimeout(0.2)
    while True:
        try:
            data = wire.sock.recv(1 << 17)
        except TimeoutError:
            return None
        if len(data) >= least:
            return data


@pytest.mark.parametrize("tags", [(), ((10,),), ((10, 0x88A8),), ((20, 0x88A8), (10,))],
                         ids=["untagged", "tagged", "s-tagged", "qinq"])
def test_checksums_and_segments_behind_a_tag_are_finished_rightly(lab, tags):
    """What comes in unfinished, its tag beside it, is looked at where a udp port has finished it."""
    a = lab.host("h1")
    plug(a, "v1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 4001))
        d = lab.switchd({"switches": {"sw0": {"ports": {"v1": PORT, "far": {
            "type": "udp", "local": "127.0.0.1:4000", "remote": "127.0.0.1:4001"}}}}})
        d.wait_up()
        out = lab.wire(a.name, a.ifname, a.mac, cls=VnetWire)
        header, frame = super_frame(station(9), a.mac, 14 + 40 + 20 * SEGMENT + 7, *tags)
        out.sock.send(header + frame)
        l4 = 34 + 4 * len(tags)
        owed = struct.pack("=BBHHHH", NEEDS_CSUM, 0, 0, 0, l4, 16)  # the same without segmentation
        header, short = super_frame(station(9), a.mac, 14 + 700, *tags)
        out.sock.send(owed + short)
        got = datagrams(far)
    assert len(got) == 22
    inserted = frame[12:12 + 4 * len(tags)]
    assert all(g[12:12 + len(inserted)] == inserted for g in got)
    packets = [Packet(g) for g in got]
    assert b"".join(p.payload for p in packets[:21]) == frame[l4 + 20:]
    assert packets[21].payload == short[l4 + 20:]
    assert d.stats("v1")["rx_super"] == 1 and {r for _, r in dropped(d)} <= {"no_egress"}


# sizes

def test_jumbo_frames_and_the_mtu_of_the_device(lab):
    d, a, b = lan(lab, mtu=9000)
    for h in a, b:
        h.address()
    sent = [sized(BROADCAST, a.mac, size) for size in (9014, 8193, 8192, 4096, 1515)]
    a.wire.send(*sent)
    assert settle(a.wire, b.wire) == [sent]
    tcp_transfer(a, b, SIZE)
    sh("ip", "link", "set", "v2", "mtu", "1500")
    wait_until(lambda: d.port("v2")["mtu"] == 1500, what="the news")
    before = d.drops("v2").get("egress_mtu", 0)
    b.wire.drain()
    fits = sized(BROADCAST, a.mac, 1514)
    a.wire.send(sized(BROADCAST, a.mac, 1515), fits)
    assert settle(a.wire, b.wire) == [[fits]]
    assert d.drops("v2")["egress_mtu"] == before + 1
    d.rpc("port.set", port="v2", mtu=1000)
    fits = sized(BROADCAST, a.mac, 1014)
    a.wire.send(sized(BROADCAST, a.mac, 1015), fits)
    assert settle(a.wire, b.wire) == [[fits]]
    d.rpc("port.set", port="v2", mtu=None)
    assert passes(a.wire, b.wire, 1514)


def test_segments_longer_than_the_device_carries_do_not_leave(lab):
    """The kernel would let them out: it looks at the MTU of frames only, and not at that of super-frames."""
    d, a, b = lan(lab, mtu=9000)
    sh("ip", "link", "set", "v2", "mtu", "1400")
    wait_until(lambda: d.port("v2")["mtu"] == 1400, what="the news")
    out = lab.wire(a.name, a.ifname, a.mac, cls=VnetWire)
    header, frame = super_frame(BROADCAST, a.mac, 14 + 10 * SEGMENT)
    out.sock.send(header + frame)
    assert settle(a.wire, b.wire) == [[]]
    assert d.drops("v2") == {"egress_mtu": 1}


def test_a_second_tag_for_which_the_kernel_has_no_room_is_counted(lab):
    d, a, b = lan(lab)
    full = sized(BROADCAST, a.mac, 1514)
    sh("ip", "link", "set", "v1", "mtu", "1600")
    a.ip_cmd("link set eth0 mtu 1600")
    wait_until(lambda: d.port("v1")["mtu"] == 1600, what="the news")
    sent = [tagged(full, (10,)), tagged(full, (20, 0x88A8), (10,)), full]
    a.wire.send(*sent)
    assert settle(a.wire, b.wire) == [[sent[0], sent[2]]]
    assert d.drops("v2") == {"egress_mtu": 1}


def test_what_the_socket_had_no_room_for_is_counted(lab):
    d, a, _ = lan(lab)
    frame, sent = sized(station(0x99), a.mac, 1514), 20000
    d.signal(signal.SIGSTOP)
    a.wire.send(*[frame] * sent)
    d.signal(signal.SIGCONT)
    wait_until(lambda: d.stats("v1")["rx_frames"] > 1000, what="the daemon to read")
    a.wire.send(frame)  # it brings the news
    wait_until(lambda: d.drops("v1").get("rx_overrun"), what="the loss to be counted")
    assert d.drops("v1")["rx_overrun"] + d.stats("v1")["rx_frames"] == sent + 1


# a virtual machine's tap

class Machine:
    """What Firecracker or Cloud Hypervisor is to its tap: it has the descriptor."""

    def __init__(self, name, mac, persist=False):
        self.mac, self.name = mac, name
        self.fd = make_tap(name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, persist)
        fcntl.ioctl(self.fd, TUNSETVNETHDRSZ, struct.pack("i", 10))
        fcntl.ioctl(self.fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)
        sh("ip", "link", "set", name, "up")

    def send(self, *frames, header=NO_OFFLOAD):
        for frame in frames:
            os.write(self.fd, header + frame)

    def recv(self, timeout=10):
        """(header, frame)"""
        if not select.select([self.fd], [], [], timeout)[0]:
            return None, None
        data = os.read(self.fd, 1 << 17)
        return data[:10], data[10:]

    def recv_like(self, frame):
        """The frame and its header, whatever comes before."""
        while True:
            header, got = self.recv()
            assert got is not None, "it did not come"
            if got == frame:
                return header

    def close(self):
        os.close(self.fd)


def test_a_tap_that_a_machine_has_is_waited_for_used_and_lost(lab):
    b = lab.host("h2")
    d = lab.switchd({"switches": {"sw0": {"ports": {"vm1": PORT, "h2": lab.tap(b)}}}})
    p = d.wait_port("vm1", "lost")
    assert "there is no device vm1" in p["reason"] and p["ifname"] == "vm1" and p["ifindex"] == 0
    d.wait_port("h2")
    for _ in range(2):
        vm = Machine("vm1", station(0x41))
        d.wait_port("vm1")
        b.wire.drain()
        frame = sized(BROADCAST, vm.mac, 99)
        vm.send(frame)
        assert b.wire.recv() == frame
        frame = sized(vm.mac, b.mac, 200)
        b.wire.send(frame)
        assert vm.recv_like(frame) == NO_OFFLOAD
        vm.close()
        assert "deleted" in d.wait_port("vm1", "lost")["reason"]


@pytest.mark.parametrize("tags", [(), ((10,),)], ids=["untagged", "tagged"])
def test_super_frames_of_a_machine_pass_both_ways(lab, tags):
    b = lab.host("h2")
    vm = Machine("vm1", station(0x41))
    d = lab.switchd({"switches": {"sw0": {"ports": {"vm1": PORT, "h2": lab.tap(b)}}}})
    d.wait_up()
    wire = lab.wire(b.name, b.ifname, b.mac, cls=VnetWire)
    header, frame = super_frame(b.mac, vm.mac, 14 + 10 * SEGMENT, *tags)
    vm.send(frame, header=header)
    got = wait_until(lambda: long_frame(wire, len(frame)), what="the super-frame")
    assert got[10:] == frame[:12] + frame[12 + 4 * len(tags):] and struct.unpack("=BBHHH", got[:8])[::3] == (1, SEGMENT)
    header, frame = super_frame(vm.mac, b.mac, 14 + 10 * SEGMENT, *tags)
    wire.sock.send(header + frame)
    got = struct.unpack("=BBHHHH", vm.recv_like(frame))
    assert got[:2] == (NEEDS_CSUM, GSO_TCPV4) and got[3:] == (SEGMENT, 34 + 4 * len(tags), 16)
    assert d.stats("vm1")["rx_super"] == 1 and d.stats("h2")["rx_super"] == 1
    vm.close()


def test_what_the_kernel_cannot_hand_over_is_counted_and_told_once(lab):
    """A machine may ask for IP fragments (UFO), which a tap takes and a packet socket has no word for."""
    b = lab.host("h2")
    vm = Machine("vm1", station(0x41))
    d = lab.switchd({"switches": {"sw0": {"ports": {"vm1": PORT, "h2": lab.tap(b)}}}})
    d.wait_up()
    b.wire.drain()
    _, frame = super_frame(b.mac, vm.mac, 3014)
    frame = frame[:23] + b"\x11" + frame[24:]
    ufo = struct.pack("=BBHHHH", NEEDS_CSUM, GSO_UDP, 42, 1000, 34, 6)
    whole = [sized(BROADCAST, vm.mac, 60 + i) for i in range(20)]
    for f in whole:
        vm.send(frame, header=ufo)
        vm.send(f)
    assert settle(vm, b.wire) == [whole]
    assert d.drops("vm1") == {"bad_gso": 20} and d.log().count("packet socket cannot") == 1
    vm.close()


def test_what_could_not_be_received_is_not_held_against_what_is_sent(lab):
    """The kernel keeps the error for the next call on the socket, whatever that is."""
    b = lab.host("h2")
    vm = Machine("vm1", station(0x41))
    d = lab.switchd({"switches": {"sw0": {"ports": {"vm1": PORT, "h2": lab.tap(b)}}}})
    d.wait_up()
    vm.send(sized(b.mac, vm.mac, 99))
    wait_until(lambda: d.where(vm.mac) == "vm1")
    _, broken = super_frame(b.mac, vm.mac, 3014)
    broken = broken[:23] + b"\x11" + broken[24:]
    for n in range(20):
        d.signal(signal.SIGSTOP)
        vm.send(sized(b.mac, vm.mac, 99))
        vm.send(broken, header=struct.pack("=BBHHHH", NEEDS_CSUM, GSO_UDP, 42, 1000, 34, 6))
        frame = sized(vm.mac, b.mac, 200 + n)
        b.wire.send(frame)
        d.signal(signal.SIGCONT)
        vm.recv_like(frame)
    wait_until(lambda: d.drops("vm1") == {"bad_gso": 20}, what="all to be counted")
    vm.close()


def test_nonsense_beside_the_frames_of_a_machine_is_refused(lab):
    """
    The kernel looks at the offload header that a machine writes only as far as it needs it itself.  What it lets
    pass must not leave through anything that goes by it, nor through a port that finishes frames.
    """
    b = lab.host("h2")
    vm = Machine("vm1", station(0x41))
    d = lab.switchd({"switches": {"sw0": {"ports": {
        "vm1": PORT, "h2": lab.tap(b),
        "udp": {"type": "udp", "local": "127.0.0.1:4000", "remote": "127.0.0.1:4001"}}}}})
    d.wait_up()
    b.wire.drain()
    _, frame = super_frame(BROADCAST, vm.mac, 3014)
    for reason, other, header in (
            ("bad_vnet", sized(BROADCAST, vm.mac, 100), (NEEDS_CSUM, 0, 0, 0, 20, 0)),  # where addresses are
            ("bad_vnet", sized(BROADCAST, vm.mac, 2000), (NEEDS_CSUM, 0, 0, 0, 1900, 16)),
            ("bad_gso", frame, (NEEDS_CSUM, GSO_TCPV4, 54, 1, 34, 16)),  # 2960 segments
            ("bad_gso", frame + bytes(10), (NEEDS_CSUM, GSO_TCPV4, 54, SEGMENT, 34, 16)),  # longer than IP says
            ("bad_gso", frame[:46] + b"\x10" + frame[47:], (NEEDS_CSUM, GSO_TCPV4, 54, SEGMENT, 34, 16))):
        before = d.drops("vm1").get(reason, 0)
        vm.send(other, header=struct.pack("=BBHHHH", *header))
        assert settle(vm, b.wire) == [[]]
        assert d.drops("vm1").get(reason, 0) == before + 1, (reason, header, d.drops("vm1"))
    dice, numbers = random.Random(7), (0, 1, 13, 14, 20, 33, 34, 53, 54, 512, 1448, 3013, 3014, 32768, 65535)
    passed = 0
    for _ in range(2000):
        header = struct.pack("=BBHHHH", dice.randrange(8), dice.choice((0, 1, 3, 4, 5, 0x81, 0x7F)),
                             *(dice.choice(numbers) for _ in range(4)))
        broken = bytearray(dice.choice((frame, frame[:100], sized(BROADCAST, vm.mac, 3000))))
        broken[dice.randrange(12, 60)] ^= dice.randrange(256)
        with contextlib.suppress(OSError):  # what the kernel sees through
            vm.send(bytes(broken), header=header)
            passed += 1
    settle(vm, b.wire)
    assert passed > 100 and set(d.drops("vm1")) <= {"bad_vnet", "bad_gso", "oversize"}
    assert set(d.drops("h2")) <= {"egress_mtu"} and set(d.drops("udp")) <= {"egress_mtu"}
    vm.close()


class Inside:
    """A host where it is reached through its tunnel."""

    def __init__(self, host, other):
        host.ip_cmd(f"link add vx0 type vxlan id 7 remote {other.ip} dstport 4789", "link set vx0 mtu 1400 up",
                    f"addr add 10.9.0.{host.number}/24 dev vx0")
        self.ip, self.socket = f"10.9.0.{host.number}", host.socket


def test_segments_of_a_tunnel_are_told_of(lab):
    """Pings would be answered, and TCP would hang."""
    d, a, b = lan(lab)
    for h in a, b:
        h.address()
    here, there = Inside(a, b), Inside(b, a)
    with contextlib.closing(there.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener, \
            contextlib.closing(here.socket(socket.AF_INET, socket.SOCK_STREAM)) as s:
        listener.bind((there.ip, 4000))
        listener.listen()
        s.connect((there.ip, 4000))
        s.send(bytes(100000))
        wait_until(lambda: d.drops("v1").get("bad_gso"), what="super-frames")
    wait_until(lambda: "tx-udp_tnl-segmentation off" in d.log(), what="the reason")
    a.offload(False)
    tcp_transfer(here, there, MIB)


def test_a_persistent_tap_is_down_until_a_machine_opens_it(lab):
    vm = Machine("vm1", station(0x41), persist=True)
    vm.close()
    d = lab.switchd({"switches": {"sw0": {"ports": {"vm1": PORT}}}})
    wait_until(lambda: "no program has it open" in reason(d, "vm1"), what="the reason")
    assert d.port("vm1")["state"] == "down"
    vm = Machine("vm1", station(0x41), persist=True)
    d.wait_port("vm1")
    vm.close()
    d.wait_port("vm1", "down")


# the device

def promiscuity(name):
    return json.loads(sh("ip", "-j", "-d", "link", "show", name).stdout)[0]["promiscuity"]


def test_promiscuous_mode_is_set_and_ends_with_the_port(lab):
    d, *_ = lan(lab)
    assert promiscuity("v1") == 1
    d.rpc("port.set", port="v1", promisc=False)
    assert promiscuity("v1") == 0
    d.rpc("port.set", port="v1", promisc=True)
    assert promiscuity("v1") == 1
    d.rpc("port.del", port="v1")
    wait_until(lambda: promiscuity("v1") == 0, what="it to end")
    d.kill()
    wait_until(lambda: promiscuity("v2") == 0, what="it to end")


def test_a_device_is_followed_when_it_is_renamed_and_set_down_and_up(lab):
    d, a, b = lan(lab)
    stream = Stream(a, b)
    sh("ip", "link", "set", "v1", "name", "renamed")  # while it is up: Linux 6.3
    wait_until(lambda: d.port("v1")["ifname"] == "renamed", what="the new name")
    stream.flow_on()
    stream.finish()
    sh("ip", "link", "set", "renamed", "down")
    assert "ip link set renamed up" in d.wait_port("v1", "down")["reason"]
    assert d.where(a.mac) is None
    b.wire.send(sized(BROADCAST, b.mac, 100))
    sh("ip", "link", "set", "renamed", "up")
    d.wait_port("v1")
    wait_carrier(a)
    a.wire.drain()
    assert passes(a.wire, b.wire) and passes(b.wire, a.wire)
    a.ip_cmd("link set eth0 down")
    assert "its other end is set down" in d.wait_port("v1", "down")["reason"]
    a.ip_cmd("link set eth0 up")
    d.wait_port("v1")
    wait_until(lambda: passes(a.wire, b.wire), what="frames to pass")


def test_a_device_that_is_deleted_under_load_is_lost_and_taken_up_again(lab):
    d, a, b, c = lan(lab, 3)
    events = d.subscribe("port")
    stream = Stream(b, c)
    flood = a.popen("python3", "-c", "import socket\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)\n"
                    "s.bind(('eth0', 0))\nwhile True: s.send(b'\\xff' * 6 + b'\\x02' * 6 + b'\\x88\\xb7' + bytes(50))",
                    stderr=-3)
    for _ in range(3):
        wait_until(lambda: d.stats("v1")["rx_frames"] > 100, what="load")
        a.rewire()
        unplug("v1")
        events.wait_event("port.lost", port="v1")
        assert "deleted" in reason(d)
        flood.wait()
        assert d.cpu_share(0.3) < (0.3 if not SANITIZED else 0.8), "it spins"
        plug(a, "v1")
        events.wait_event("port.up", port="v1")
        flood = a.popen(*flood.args[2:], stderr=-3)
        stream.flow_on(50)
    flood.kill()
    flood.wait()
    stream.finish()
    assert passes(a.wire, b.wire)


def test_a_device_whose_mtu_is_changed_under_load(lab):
    d, a, b = lan(lab)
    for h in a, b:
        h.address()
    stream = Stream(a, b)
    with contextlib.closing(lab.wire(a.name, a.ifname, a.mac, cls=VnetWire)) as out:
        header, frame = super_frame(b.mac, a.mac, 14 + 10 * SEGMENT)
        for mtu in (1280, 1500, 600, 1500) * 3:
            sh("ip", "link", "set", "v2", "mtu", mtu)
            for _ in range(20):
                out.sock.send(header + frame)
                a.wire.send(sized(b.mac, station(0x99), 1514))
            stream.flow_on(20)
    wait_until(lambda: d.port("v2")["mtu"] == 1500, what="the news")
    stream.finish()
    assert set(d.drops("v2")) == {"egress_mtu"}, "what is too long is for nothing else"
    assert passes(a.wire, b.wire, 1514)


def test_a_device_whose_queue_is_full_is_lost_without_harm(lab):
    d, a, b, c = lan(lab, 3)
    sh("tc", "qdisc", "add", "dev", "v2", "root", "tbf", "rate", "10kbit", "burst", "2000", "limit", "20000")
    stream = Stream(a, c)
    for _ in range(10):
        a.wire.send(*[sized(station(0x99), station(0x98), 1000)] * 20)
    wait_until(lambda: d.drops("v2").get("queue_full", 0) > 100, what="the queue to be full")
    assert set(d.drops("v2")) == {"queue_full"} and d.drops("v3") == {}
    unplug("v2")
    assert "deleted" in d.wait_port("v2", "lost")["reason"]
    plug(b.rewire() or b, "v2")
    d.wait_port("v2")
    stream.flow_on()
    stream.finish()
    assert passes(a.wire, b.wire)


def test_a_device_in_another_namespace_is_reached_and_followed(lab):
    a, b = lab.host("h1"), lab.host("h2")
    for name in "blue", "red":
        sh("ip", "netns", "add", name)
    try:
        plug(a, "v1", "blue")
        plug(b, "v2")
        d = lab.switchd({"switches": {"sw0": {"ports": {"v1": {**PORT, "netns": "blue"}, "v2": PORT}}}})
        d.wait_up()
        events = d.subscribe("port")
        b.wire.drain()
        assert d.port("v1")["netns"] == "blue" and passes(a.wire, b.wire)
        for here, there in ("blue", "red"), ("red", ""), ("", "blue"):
            sh("ip", *(["-n", here] if here else []), "link", "set", "v1", "netns", there or os.getpid())
            assert wait_until(lambda t=there: d.port("v1")["netns"] == t, what="the port to follow")
            assert d.wait_port("v1", "down")["ifname"] == "v1"
            sh("ip", *(["-n", there] if there else []), "link", "set", "v1", "up")
            d.wait_port("v1")
            wait_until(lambda: passes(a.wire, b.wire), what="frames to pass")
        assert not [e for e in events.events_so_far() if e["event"] == "port.lost"]
        for h in a, b:
            h.address()
        tcp_transfer(a, b, MIB)
    finally:
        for name in "blue", "red":
            sh("ip", "netns", "del", name)


def test_a_namespace_is_not_held_alive_and_one_of_its_name_is_taken_up(lab):
    a, b = lab.host("h1"), lab.host("h2")
    sh("ip", "netns", "add", "blue")
    plug(a, "v1", "blue")
    plug(b, "v2")
    d = lab.switchd({"switches": {"sw0": {"ports": {"v1": {**PORT, "netns": "blue"}, "v2": PORT}}}})
    d.wait_up()
    sh("ip", "netns", "del", "blue")
    assert "namespace blue is gone" in d.wait_port("v1", "lost")["reason"]
    wait_until(lambda: not a.has_device(), what="the namespace to end, and the pair with it")
    a.rewire()
    sh("ip", "netns", "add", "blue")
    try:
        plug(a, "v1", "blue")
        d.wait_port("v1")
        b.wire.drain()
        assert passes(a.wire, b.wire)
    finally:
        sh("ip", "netns", "del", "blue")


def test_the_namespace_of_a_process_ends_with_it(lab):
    a = lab.host("h1")
    p = a.popen("unshare", "-n", "sleep", "60")
    wait_until(lambda: os.readlink(f"/proc/{p.pid}/ns/net") != os.readlink(f"/proc/{os.getpid()}/ns/net")
               and os.stat(f"/proc/{p.pid}/ns/net").st_ino != os.stat("/run/netns/h1").st_ino, what="its namespace")
    sh("ip", "link", "add", "v1", "netns", p.pid, "type", "veth", "peer", "name", "eth0", "netns", "h1")
    a.ip_cmd("link set eth0 up")
    sh("nsenter", f"--net=/proc/{p.pid}/ns/net", "ip", "link", "set", "v1", "up")
    d = lab.switchd()
    d.rpc("port.add", port="v1", type="netdev", netns=str(p.pid))
    d.wait_port("v1")
    d.rpc("port.add", port="v2", type="netdev", netns=str(p.pid))
    assert "there is no device v2" in d.port("v2")["reason"]
    p.kill()
    p.wait()
    assert f"process {p.pid} has ended" in d.wait_port("v1", "lost")["reason"]
    wait_until(lambda: f"process {p.pid} has ended" in d.port("v2")["reason"], what="what waits for its device to say so")
    wait_until(lambda: not a.has_device(), what="the pair to go")


def test_a_missing_device_does_not_stop_the_others(lab):
    a, b = lab.host("h1"), lab.host("h2")
    plug(a, "v1")
    d = lab.switchd({"switches": {"sw0": {"ports": {"v1": PORT, "v2": PORT}}}})
    d.wait_port("v1")
    assert "there is no device v2" in d.wait_port("v2", "lost")["reason"]
    p = d.rpc("port.add", port="v3", type="netdev", ifname="other")["port"]
    assert p["state"] == "lost" and "there is no device other" in p["reason"]
    assert d.rpc("port.set", port="v3", mtu=1000, promisc=False)["port"]["state"] == "lost"
    plug(b, "v2")
    d.wait_port("v2")
    a.wire.drain()
    assert passes(b.wire, a.wire)


# who else has it

def test_an_address_of_the_device_is_told_and_forgotten(lab):
    a = lab.host("h1")
    plug(a, "v1")
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", "v1")
    d = lab.switchd({"switches": {"sw0": {"ports": {"v1": PORT}}}})
    p = d.wait_port("v1")
    assert "192.0.2.1/24" in p["reason"]
    assert "192.0.2.1/24" in d.log()
    sh("ip", "addr", "flush", "dev", "v1")
    wait_until(lambda: not reason(d), what="the reason to go")
    sh("sysctl", "-qw", "net.ipv6.conf.v1.disable_ipv6=0")
    wait_until(lambda: "fe80::" in sh("ip", "addr", "show", "v1").stdout, what="a link-local address")
    holds_for(lambda: not reason(d), 0.2, "the silence about link-local addresses")
    sh("ip", "addr", "add", "2001:db8::1/64", "dev", "v1", "nodad")
    wait_until(lambda: "2001:db8::1/64" in reason(d), what="the reason")
    assert d.port("v1")["state"] == "up"


def test_an_address_in_another_namespace_is_told_too(lab):
    a, b = lab.host("h1"), lab.host("h2")
    plug(a, "v1", "h2")
    sh("ip", "addr", "add", "192.0.2.7/24", "dev", "lo")  # ours: not to be taken for one of theirs
    d = lab.switchd({"switches": {"sw0": {"ports": {"v1": {**PORT, "netns": "h2"}}}}})
    assert "reason" not in d.wait_port("v1")
    b.ip_cmd("addr add 192.0.2.1/24 dev v1")
    wait_until(lambda: "192.0.2.1/24" in reason(d), what="the reason")
    sh("ip", "addr", "flush", "dev", "lo", "to", "192.0.2.7/24")


def test_a_bridge_that_has_the_device_is_told(lab):
    d, *_ = lan(lab)
    sh("ip", "link", "add", "br0", "type", "bridge")
    sh("ip", "link", "set", "v1", "master", "br0")
    wait_until(lambda: "bridge br0" in reason(d), what="the reason")
    assert d.port("v1")["state"] == "up" and "bridge br0" in d.log()
    sh("ip", "link", "set", "v1", "nomaster")
    wait_until(lambda: not reason(d), what="the reason to go")


def test_two_ports_with_one_device_are_refused(lab):
    d, *_ = lan(lab)
    d.rpc("port.add", port="t0")
    assert "the device v1 is that of port sw0.v1 already" in refused(d, port="again", ifname="v1")
    assert "the device t0 is that of port sw0.t0 already" in refused(d, port="again", ifname="t0")
    # the same, spelled so that only the kernel knows
    for device, port in ("v1", "v1"), ("t0", "t0"):
        message = refused(d, port="again", ifname=device, netns=str(d.pid))
        assert f"the device {device} is that of port sw0.{port} already" in message
    assert set(d.ports()) == {"v1", "v2", "t0"}


def test_a_tap_port_on_the_device_of_a_netdev_port_stops_that(lab):
    """Spelled so that nobody could know before."""
    sh("ip", "tuntap", "add", "dev", "t0", "mode", "tap")
    d = lab.switchd({"switches": {"sw0": {"ports": {"n": {**PORT, "ifname": "t0"}}}}})
    d.rpc("port.add", port="t", ifname="t0", netns=str(d.pid))
    wait_until(lambda: "is that of port sw0.t, too" in reason(d, "n"), what="the reason")
    assert d.port("n")["state"] == "down"
    d.rpc("port.del", port="t")
    wait_until(lambda: "no program has it open" in reason(d, "n"), what="the other reason")


def test_what_carries_no_ethernet_is_refused(lab):
    fd = make_tap("l3", IFF_TUN | IFF_NO_PI, persist=False)
    d = lab.switchd()
    assert "IP packets" in refused(d, INVALID_PARAMS, port="l3")
    assert "no Ethernet frames" in refused(d, INVALID_PARAMS, port="lo")
    assert "no network namespace" in refused(d, NOT_FOUND, port="x", netns="missing")
    assert "pattern" in refused(d, INVALID_PARAMS, port="x", ifname="eth%d")
    os.close(fd)
    assert d.ports() == {}


def test_without_the_capability_it_is_refused_by_name(lab):
    a = lab.host("h1")
    plug(a, "v1")
    d = lab.switchd(prefix=["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"])
    assert "CAP_NET_RAW" in refused(d, port="v1")
    d.rpc("port.add", port="t0")
    assert d.ports().keys() == {"t0"}


def test_a_port_becomes_another_kind_and_comes_back(lab):
    """One device, a tap port's and then a netdev port's: the one makes way for the other."""
    sh("ip", "tuntap", "add", "dev", "t0", "mode", "tap")
    config = {"switches": {"sw0": {"ports": {"t0": {"type": "tap"}}}}}
    d = lab.switchd(config)
    d.wait_up()
    for kind, state in ("netdev", "down"), ("tap", "up"):
        config["switches"]["sw0"]["ports"]["t0"]["type"] = kind
        d.rpc("config.apply", config=config)
        assert d.wait_port("t0", state)["type"] == kind

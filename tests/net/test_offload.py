# SPDX-License-Identifier: ISC
"""
Checksums and segments that the stack leaves to the device cross the switch unfinished and whole, and
nothing that is unfinished reaches who cannot finish it ("ping works, TCP hangs").
"""
import socket
import struct
import subprocess

import pytest

from frames import eth, noise, tagged
from netns import SOL_PACKET, Wire, settle
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20
UDP_SEGMENT = 103
PACKET_VNET_HDR = 15
NEEDS_CSUM, GSO_TCPV4 = 1, 1
SEGMENT = 1448


def longest_frames(wire, stop_at):
    """The longest frame of what passed, looked at no further than needed."""
    longest = 0
    while longest < stop_at and (frame := wire.recv(1)):
        longest = max(longest, len(frame))
    return longest


class VnetWire(Wire):
    """A packet socket on which the offload header (linux/virtio_net.h) goes in front of each frame."""

    def __init__(self, *args):
        super().__init__(*args)
        self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)


def ones_sum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def super_frame(dst, src, size, *tags):
    """
    TCP in one piece with the checksum half done and segmentation owed, as a stack hands it to a device:
    (offload header, frame).  Tags in front move what the header points to.
    """
    length = size - 14
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, length, 7, 0x4000, 64, 6, 0) + addresses
    ip = ip[:10] + struct.pack("!H", ~ones_sum(ip) & 0xFFFF) + ip[12:]
    pseudo = ones_sum(addresses + struct.pack("!HH", 6, length - 20))
    tcp = struct.pack("!HHIIBBHHH", 4000, 5000, 1, 1, 5 << 4, 0x10, 65535, pseudo, 0)
    frame = tagged(eth(dst, src, ip + tcp + noise(length - 40), 0x0800), *tags)
    ip_at = 14 + 4 * len(tags)
    return struct.pack("=BBHHHH", NEEDS_CSUM, GSO_TCPV4, ip_at + 40, SEGMENT, ip_at + 20, 16), frame


@pytest.mark.parametrize("tags", [(), ((10,),), ((10, 0x88A8),)], ids=["untagged", "tagged", "s-tagged"])
@pytest.mark.parametrize("size", [14 + 2 * SEGMENT, 65535 - 8])
def test_a_super_frame_crosses_byte_for_byte(lab, size, tags):
    d, a, b, c = lab.lan(3, mtu=1500)
    out, inp = (lab.wire(h.name, h.ifname, h.mac, cls=VnetWire) for h in (a, b))
    header, frame = super_frame(b.mac, a.mac, size, *tags)
    out.send(header + frame)
    assert settle(a.wire, c.wire) == [[frame]]
    got = inp.sock.recv(1 << 17)
    flags, kind, _, segment = struct.unpack("=BBHH", got[:6])
    assert (flags & NEEDS_CSUM, kind, segment) == (NEEDS_CSUM, GSO_TCPV4, SEGMENT)
    assert d.stats("h1")["rx_super"] == 1


def test_the_mtu_of_a_port_counts_for_the_segments_of_a_super_frame(lab):
    d, a, b, c = lab.lan(3)
    d.rpc("port.set", port="h2", mtu=SEGMENT + 40)
    d.rpc("port.set", port="h3", mtu=SEGMENT + 39)
    header, frame = super_frame("02:99:99:99:99:99", a.mac, 30000)
    lab.wire(a.name, a.ifname, a.mac, cls=VnetWire).send(header + frame)
    assert settle(a.wire, b.wire, c.wire) == [[frame], []]
    assert d.drops("h3") == {"egress_mtu": 1} and d.drops("h2") == {}


def udp_checksum_errors(host):
    lines = host.run("cat", "/proc/net/snmp").stdout.splitlines()
    names, values = (line.split() for line in lines if line.startswith("Udp:"))
    return int(dict(zip(names, values))["InCsumErrors"])


def test_tcp_crosses_as_super_frames_and_arrives_whole(lab):
    d, a, b = lab.lan(2, mtu=1500, addresses=True)
    tap = lab.wire(b.name, b.ifname)
    tcp_transfer(a, b, 64 * MIB)
    assert d.stats("h1")["rx_super"] > 100
    assert d.stats("h1")["rx_bytes"] > 64 * MIB
    assert longest_frames(tap, 30000) >= 30000, "segmented on the way"
    assert d.drops("h1") == {} and d.drops("h2") == {}


def test_tcp_flows_both_ways_at_once_between_three_hosts(lab):
    d, a, b, c = lab.lan(3, addresses=True)
    for client, server, seed in (a, b, 1), (b, c, 2), (c, a, 3):
        tcp_transfer(client, server, 8 * MIB, seed)
    assert all(d.stats(p)["rx_super"] > 0 for p in ("h1", "h2", "h3"))


@pytest.mark.parametrize("sender", [True, False], ids=["sender-offloads", "sender-computes"])
@pytest.mark.parametrize("receiver", [True, False], ids=["receiver-offloads", "receiver-computes"])
def test_tcp_and_udp_work_with_any_mix_of_offloads(lab, sender, receiver):
    d, a, b = lab.lan(2, addresses=True)
    a.offload(sender)
    b.offload(receiver)
    tcp_transfer(a, b, 4 * MIB)
    tcp_transfer(b, a, 4 * MIB)
    udp_echo(a, b, [0, 1, 17, 512, 1472, 1473, 9000, 65000])
    assert udp_checksum_errors(a) == udp_checksum_errors(b) == 0
    assert d.drops("h1") == {} and d.drops("h2") == {}
    assert (d.stats("h1")["rx_super"] > 0) == sender


def test_tcp_works_between_devices_of_different_mtu(lab):
    _, a, b = lab.lan(2, addresses=True)
    a.ip_cmd("link set eth0 mtu 9000")
    tcp_transfer(a, b, 8 * MIB)
    tcp_transfer(b, a, 8 * MIB)


def test_a_burst_of_segmented_udp_arrives_datagram_by_datagram(lab):
    _, a, b = lab.lan(2, addresses=True)
    with b.socket(socket.AF_INET, socket.SOCK_DGRAM) as there, a.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        there.bind((b.ip, 5300))
        there.settimeout(10)
        here.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1400)
        parts = [bytes([i]) * 1400 for i in range(40)] + [b"rest"]
        here.sendto(b"".join(parts), (b.ip, 5300))
        assert [there.recv(1 << 16) for _ in parts] == parts


def test_iperf3_runs_through_the_switch(lab):
    """Many streams at once, by a program that is not ours."""
    d, a, b = lab.lan(2, addresses=True)
    server = b.popen("iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
    wait_until(lambda: b.run("ss", "-ltn").stdout.find(":5201") > 0, what="iperf3 to listen")
    a.run("iperf3", "-c", b.ip, "-n", 100 * MIB, "-P", "4", timeout=60)
    assert server.wait(20) == 0
    assert d.stats("h1")["rx_super"] > 0

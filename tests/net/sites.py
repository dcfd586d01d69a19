# SPDX-License-Identifier: ISC
"""
Machines on one network, which VXLAN crosses:

    h1 --tap-- [switch] --vxlan--  m1 ===\\
    h2 --tap-- [switch] --vxlan--  m2 ====  a bridge of the kernel, the underlay
    h3         --vxlan device-->   m3 ===/
"""
import socket
import struct

from netns import Wire, in_netns, sh

DEVICE = "under0"
VNI = 42
PORT = 4789
IFF_BRIDGE = "wan0"


class Sites:
    """n machines with a network between them, without any daemon."""

    def __init__(self, lab, n=2, mtu=1600, family=4):
        self.lab, self.family = lab, family
        self.addresses = [f"192.0.2.{i + 1}" if family == 4 else f"2001:db8::{i + 1:x}" for i in range(n)]
        sh("ip", "link", "add", IFF_BRIDGE, "type", "bridge", "mcast_snooping", "0")
        sh("ip", "link", "set", IFF_BRIDGE, "mtu", mtu, "up")
        self.hosts = [lab.host(f"m{i + 1}", DEVICE) for i in range(n)]
        for i, host in enumerate(self.hosts):
            sh("ip", "link", "add", f"wan-{i + 1}", "mtu", mtu, "master", IFF_BRIDGE, "up", "type", "veth",
               "peer", "name", DEVICE, "netns", host.name, "mtu", mtu)
            if family == 6:
                host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
            host.ip_cmd("link set lo up", f"link set {DEVICE} up", self.address_cmd(i))

    def address_cmd(self, i, what="add"):
        if self.family == 4:
            return f"addr {what} {self.addresses[i]}/24 dev {DEVICE}"
        return f"addr {what} {self.addresses[i]}/64 dev {DEVICE}" + " nodad" * (what == "add")

    def at(self, i, port=PORT):
        a = self.addresses[i]
        return f"[{a}]:{port}" if self.family == 6 else f"{a}:{port}"

    def vxlan(self, i, *remotes, **options):
        """The settings of a vxlan port of machine i; remotes are numbers of machines."""
        if remotes:
            options["remotes"] = ",".join(self.addresses[r] for r in remotes)
        return {"type": "vxlan", "vni": VNI, "local": self.at(i), **options}

    def switchd(self, i, ports, settings=None, **kw):
        """A daemon on machine i, with one switch."""
        prefix = ["nsenter", f"--net=/run/netns/{self.hosts[i].name}"]
        return self.lab.switchd({"switches": {"sw0": {**(settings or {}), "ports": ports}}}, prefix=prefix, **kw)

    def site(self, i, *remotes, tap=None, settings=None, **options):
        """A daemon on machine i and a host at its switch: (daemon, host)"""
        h = self.lab.host(f"h{i + 1}")
        d = self.switchd(i, {"h": self.lab.tap(h, **(tap or {})), "far": self.vxlan(i, *remotes, **options)}, settings)
        d.wait_up()
        h.address()
        return d, h

    def kernel(self, i, *args, vni=VNI, name=None):
        """
        The kernel's own vxlan device on machine i, as the card of a host: the host.  It leaves checksums and
        segmentation of what is inside to the card below; a veth hands them on undone, and a socket is not told.
        """
        h = self.lab.host(name or f"k{i + 1}")
        m = self.hosts[i]
        sh("ip", "-n", m.name, "link", "add", h.ifname, "type", "vxlan", "id", vni, "dstport", PORT, *args)
        sh("ip", "-n", m.name, "link", "set", h.ifname, "address", h.mac)
        sh("ip", "-n", m.name, "link", "set", h.ifname, "netns", h.name)
        h.ip_cmd(f"link set {h.ifname} up")
        h.address()
        return h

    def socket(self, i, port=None, address=None):
        """A socket on machine i, bound to a port of its own."""
        kind = socket.AF_INET if self.family == 4 else socket.AF_INET6
        s = self.hosts[i].socket(kind, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
        s.bind((address or self.addresses[i], port or 0))
        s.settimeout(10)
        return s

    def capture(self, i):
        """What comes in at machine i."""
        return Capture(self.lab, self.hosts[i])


def wrapped(frame, vni=VNI, flags=0x08, reserved=(0, 0)):
    """The payload of a VXLAN datagram."""
    return struct.pack("!II", flags << 24 | reserved[0], vni << 8 | reserved[1]) + frame


def unwrapped(data):
    """(VNI, frame)"""
    return int.from_bytes(data[4:7], "big"), data[8:]


def receive(sock, match=lambda frame: True, timeout=10):
    """The next datagram whose frame matches: (VNI, frame, sender)"""
    sock.settimeout(timeout)
    while True:
        data, sender = sock.recvfrom(1 << 17)
        vni, frame = unwrapped(data)
        if match(frame):
            return vni, frame, sender


class Outer:
    """What stands in front of the frame in a packet on the wire."""

    def __init__(self, packet):
        ip = packet[14:]
        self.version = ip[0] >> 4
        if self.version == 4:
            self.tos, self.ttl = ip[1], ip[8]
            self.df = bool(ip[6] & 0x40)
            self.fragment = bool(ip[6] & 0x20) or (ip[6] & 0x1f) << 8 | ip[7] > 0
            udp = ip[(ip[0] & 15) * 4:]
        else:
            self.tos, self.ttl = (ip[0] & 15) << 4 | ip[1] >> 4, ip[7]
            self.df, self.fragment = True, ip[6] == 44
            udp = ip[40:]
        self.sport, self.dport, self.length, self.checksum = struct.unpack("!HHHH", udp[:8])
        self.vxlan, self.frame = udp[8:16], udp[16:]


class Capture:
    """A packet socket where a machine is connected."""

    def __init__(self, lab, host):
        self.wire = lab.wire(host.name, DEVICE)

    def next(self, match=lambda outer: True, timeout=10):
        while True:
            packet = self.wire.recv(timeout)
            assert packet is not None, "nothing like that came"
            if packet[12:14] not in (b"\x08\x00", b"\x86\xdd"):
                continue
            proto = packet[23] if packet[12] == 8 else packet[20]
            if proto not in (17, 44):
                continue
            outer = Outer(packet)
            if outer.fragment or (outer.dport == PORT and match(outer)):
                return outer


def send_raw(host, packet):
    """An IPv4 packet as it is, through a raw socket of the host."""
    s = in_netns(host.name, socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    s.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
    s.close()


__all__ = ["Capture", "Sites", "Wire", "receive", "send_raw", "unwrapped", "wrapped"]

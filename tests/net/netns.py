# SPDX-License-Identifier: ISC
"""Network namespaces, and packet sockets inside of them."""
import ctypes
import errno
import fcntl
import itertools
import os
import re
import socket
import struct
import subprocess
import threading
import time

from frames import BROADCAST, MARK_TYPE, eth

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 0x0003
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
TUNSETIFF, TUNSETPERSIST, TUNSETOWNER = 0x400454CA, 0x400454CB, 0x400454CC
IFF_TUN, IFF_TAP, IFF_NO_PI, IFF_ONE_QUEUE = 0x0001, 0x0002, 0x1000, 0x2000
IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x4000, 0x0100
SIOCETHTOOL, ETHTOOL_STXCSUM, ETHTOOL_STSO = 0x8946, 0x17, 0x1F

libc = ctypes.CDLL(None, use_errno=True)


def sh(*cmd, check=True, timeout=30, **kw):
    """Runs a command and returns it with its output; a failure shows both."""
    p = subprocess.run([str(c) for c in cmd], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, timeout=timeout, **kw)
    assert not check or p.returncode == 0, f"{' '.join(p.args)}: exit {p.returncode}\n{p.stdout}"
    return p


def in_netns(name, fn, *args):
    """fn(*args) in the namespace: by a thread that enters it, since setns() is a thread's own."""
    if name is None:
        return fn(*args)
    box = {}

    def body():
        try:
            fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
            if libc.setns(fd, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns to {name}")
            os.close(fd)
            box["result"] = fn(*args)
        except BaseException as e:  # handed to the caller
            box["error"] = e

    t = threading.Thread(target=body)
    t.start()
    t.join()
    if "error" in box:
        raise box["error"]
    return box["result"]


def make_tap(name, flags=IFF_TAP | IFF_NO_PI, persist=True, owner=None):
    """A device as a program makes it that is not ip-tuntap; returns the open file descriptor."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    if owner is not None:
        fcntl.ioctl(fd, TUNSETOWNER, owner)
    if persist:
        fcntl.ioctl(fd, TUNSETPERSIST, 1)
    return fd


class Wire:
    """A packet socket: sends and receives exact frames on one device, or on all of a namespace."""

    def __init__(self, netns, ifname=None, mac=None):
        self.mac = mac
        self.sock = in_netns(netns, socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        if ifname is None:
            self.sock = self._listen_everywhere(netns)
        else:
            self.sock.bind((ifname, ETH_P_ALL))

    def _listen_everywhere(self, netns):
        """Python cannot bind to interface 0, but a socket made with a protocol listens everywhere."""
        self.sock.close()
        s = in_netns(netns, socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        return s

    def close(self):
        self.sock.close()

    def send(self, *frames):
        for f in frames:
            try:
                self.sock.send(f)
            except OSError as e:  # the device was down once: said once, at the next use of the socket
                if e.errno != errno.ENETDOWN:
                    raise
                self.sock.send(f)

    def recv_from(self, timeout=10):
        """(frame, device), or (None, None) when nothing came in time."""
        deadline = time.monotonic() + timeout
        while True:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data, anc, _, addr = self.sock.recvmsg(1 << 17, 256)
            except TimeoutError:
                return None, None
            except OSError:  # ENETDOWN, once, when the device goes down
                if time.monotonic() > deadline:
                    return None, None
                continue
            return self._untouched(data, anc), addr[0]

    def recv(self, timeout=10):
        return self.recv_from(timeout)[0]

    def drain(self):
        """What has arrived up to now."""
        return list(iter(lambda: self.recv(0), None))

    @staticmethod
    def _untouched(data, anc):
        """The frame as it was sent: the kernel takes the outer VLAN tag out and tells of it beside."""
        for level, kind, body in anc:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", body[:20])
                if status & TP_STATUS_VLAN_VALID:
                    tpid = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
                    return data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
        return data


_marks = itertools.count(1)


def settle(sender, *receivers, src=None, timeout=15):
    """
    What each receiver got of all that `sender` sent before now.  Sends a broadcast behind it and waits
    for that: a switch keeps the order, so what has not come by then does not come.
    """
    payload = b"mark" + next(_marks).to_bytes(8, "big") + bytes(34)
    mark = eth(BROADCAST, src or sender.mac, payload, MARK_TYPE)
    sender.send(mark)
    return [_until(r, mark, timeout) for r in receivers]


def _until(receiver, mark, timeout):
    got = []
    deadline = time.monotonic() + timeout
    while True:
        frame = receiver.recv(max(deadline - time.monotonic(), 0))
        assert frame is not None, (
            f"the marker did not arrive in {timeout} s; before it came {len(got)} frames: "
            + " ".join(f[:30].hex() for f in got[:5]))
        if frame == mark:
            return got
        if frame[12:14] != mark[12:14]:  # an earlier marker may still be on its way to others
            got.append(frame)


class Host:
    """A namespace with one network card, that is: one tap of the switch."""

    def __init__(self, name, number, ifname="eth0"):
        self.name, self.number, self.ifname = name, number, ifname
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.ip = f"10.0.0.{number}"
        self._wire = None
        self._children = []
        sh("ip", "netns", "add", name)
        for conf in "all", "default":
            self._write(f"/proc/sys/net/ipv6/conf/{conf}/disable_ipv6", "1")

    def _write(self, path, text):
        def write():
            if os.path.exists(path):
                with open(path, "w", encoding="ascii") as f:
                    f.write(text)
        in_netns(self.name, write)

    @property
    def wire(self):
        if self._wire is None:
            self._wire = Wire(self.name, self.ifname, self.mac)
        return self._wire

    def rewire(self):
        """Forgets the packet socket; for when the device it was bound to is gone."""
        if self._wire:
            self._wire.close()
            self._wire = None

    def links(self):
        """What is to be seen of the devices inside."""
        return sh("ip", "-o", "-n", self.name, "link").stdout

    def ip_cmd(self, *lines):
        """Runs lines of ip(8) inside."""
        return sh("ip", "-n", self.name, "-batch", "-", input="\n".join(lines) + "\n")

    def address(self):
        self.ip_cmd(f"addr replace {self.ip}/24 dev {self.ifname}", "link set lo up")

    def run(self, *cmd, **kw):
        return sh("nsenter", f"--net=/run/netns/{self.name}", *cmd, **kw)

    def popen(self, *cmd, **kw):
        p = subprocess.Popen(["nsenter", f"--net=/run/netns/{self.name}", *map(str, cmd)], text=True, **kw)
        self._children.append(p)
        return p

    def ping(self, other, count=1, interval=0.02, size=56, wait=5):
        """Percent of the pings that got no answer.  Those that ping sent because an answer was late are none."""
        p = self.run("ping", "-n", "-c", count, "-i", interval, "-s", size, "-W", wait, "-w",
                     int(wait + count * interval + 1), getattr(other, "ip", other), check=False, timeout=120)
        heard = {int(n) for n in re.findall(r"bytes from .* icmp_seq=(\d+)", p.stdout)}
        if len(heard) >= count:
            return 100 * (max(heard) - len(heard)) / max(heard)
        for word in p.stdout.replace("%", "").split(","):
            if "packet loss" in word:
                return float(word.split()[0])
        raise AssertionError(p.stdout)

    def socket(self, *args):
        return in_netns(self.name, socket.socket, *args)

    def has_device(self, name=None):
        """The device's index, or 0."""
        def index():
            try:
                return socket.if_nametoindex(name or self.ifname)
            except OSError:
                return 0
        return in_netns(self.name, index)

    def offload(self, on):
        """Leaves checksums and segmentation to the device, or does them in the stack."""
        s = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for command in ETHTOOL_STXCSUM, ETHTOOL_STSO:
            value = ctypes.create_string_buffer(struct.pack("II", command, int(on)))
            request = struct.pack("16sP16x", self.ifname.encode(), ctypes.addressof(value))
            fcntl.ioctl(s, SIOCETHTOOL, request)
        s.close()

    def destroy(self):
        self.rewire()
        for p in self._children:
            p.kill()
            p.wait()
        if os.path.exists(f"/run/netns/{self.name}"):
            sh("ip", "netns", "del", self.name)

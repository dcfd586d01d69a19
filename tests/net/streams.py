# SPDX-License-Identifier: ISC
"""
Peers of stream ports: a length of four bytes, then the frame, as QEMU sends them.  With fixtures, which a test
imports.
"""
import contextlib
import socket
import struct
import time

import pytest

from frames import BROADCAST, eth, noise, station
from wait import wait_until


def packed(*frames):
    return b"".join(struct.pack("!I", len(f)) + f for f in frames)


class Peer:
    """One connection."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    @classmethod
    def connect(cls, address, timeout=10, small=False):
        """address: a path, "@name", or (host, port).  small: with buffers that are soon full."""
        if isinstance(address, tuple):
            s = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        else:
            s, address = socket.socket(socket.AF_UNIX), str(address).replace("@", "\0")
        if small:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        s.settimeout(timeout)
        s.connect(address)
        return cls(s)

    def send(self, *frames):
        self.sock.sendall(packed(*frames))

    def recv(self, timeout=10):
        """The next frame; None where none came in time, b"" where the other end hung up."""
        deadline = time.monotonic() + timeout
        while len(self.buffer) < 4 or len(self.buffer) < 4 + self._length():
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                more = self.sock.recv(1 << 18)
            except TimeoutError:
                return None
            except ConnectionResetError:
                return b""
            if not more:
                return b""
            self.buffer += more
        n = self._length()
        assert 14 <= n <= 65557, f"the length {n}: the stream is torn"
        frame, self.buffer = self.buffer[4:4 + n], self.buffer[4 + n:]
        return frame

    def _length(self):
        return struct.unpack("!I", self.buffer[:4])[0]

    def until(self, mark, timeout=15):
        """Every frame up to that one."""
        got = []
        while (frame := self.recv(timeout)) != mark:
            assert frame, f"the marker did not come ({frame!r}); before it {len(got)} frames"
            got.append(frame)
        return got

    def hung_up(self, timeout=10):
        while frame := self.recv(timeout):
            pass
        return frame == b""

    def close(self):
        self.sock.close()


@contextlib.contextmanager
def listening(path):
    """Somebody who waits for us; the name goes with him."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen()
        s.settimeout(10)
        try:
            yield s
        finally:
            path.unlink(missing_ok=True)


@pytest.fixture
def peers():
    """Makes peers and closes them at the end."""
    made = []

    def make(*args, **kw):
        made.append(Peer.connect(*args, **kw))
        return made[-1]
    yield make
    for p in made:
        p.close()


class Room:
    """A daemon with a host behind a tap, and a port `vm` at which it waits for peers."""

    def __init__(self, lab, listen=None, **options):
        self.path = lab.directory / "vm.sock"
        self.host = lab.host("h1")
        port = {"type": "stream", "listen": listen or f"unix:{self.path}", **options}
        self.d = lab.switchd({"switches": {"sw0": {"ports": {"h": lab.tap(self.host), "vm": port}}}})
        self.d.wait_port("h")
        self.host.wire.drain()

    def children(self):
        return {n: p for n, p in self.d.ports().items() if p.get("parent") == "vm"}

    def wait_children(self, *names):
        wait_until(lambda: sorted(self.children()) == sorted(names), what=f"the peers to be {names}")
        return self.children()


@pytest.fixture
def room(lab):
    return lambda **kw: Room(lab, **kw)


def talk_past_a_stalled_peer(d, talker, mac, reader):
    """
    Floods numbered frames while the peer vm.1 does not read and `reader`, vm.2, does: it gets each of them, and
    what was lost is vm.1's alone.  Returns the drops of vm.1, and how many frames there were.
    """
    got, sent = [], 6000
    for n in range(sent):
        talker.send(eth(BROADCAST, mac, n.to_bytes(4, "big") + bytes(1482)))
        if n % 100 == 99:
            while len(got) <= n:
                frame = reader.recv()
                assert frame, "the one that reads waits for the one that does not"
                got.append(int.from_bytes(frame[14:18], "big"))
    assert got == list(range(sent)), "the one that reads lost frames"
    drops = d.drops("vm.1")
    assert drops.keys() == {"queue_full"} and d.drops("vm.2") == {}
    assert d.cpu_share(0.3) < 0.3, "it spins"
    return drops, sent


class Joined:
    """Two daemons, each with a host: one listens, the other connects."""

    def __init__(self, lab, listen, **options):
        self.a, self.b = lab.host("h1"), lab.host("h2")
        self.listens = lab.switchd({"switches": {"sw0": {"ports": {
            "h": lab.tap(self.a), "vm": {"type": "stream", "listen": listen, **options}}}}})
        self.connects = lab.switchd({"switches": {"sw0": {"ports": {
            "h": lab.tap(self.b), "up": {"type": "stream", "connect": listen, **options}}}}})
        self.connects.wait_port("up")
        for h, d in (self.a, self.listens), (self.b, self.connects):
            d.wait_port("h")
            h.address()


def segment(i, size, last=False):
    """Number i of a TCP flow, with right checksums."""
    def csum(data):
        total = sum(struct.unpack(f"!{len(data) // 2}H", data))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        return ~total & 0xffff
    src, dst = socket.inet_aton("10.0.0.8"), socket.inet_aton("10.0.0.9")
    head = struct.pack("!HHIIBBHHH", 1024, 80, 1 + i * size, 2, 0x50, 0x18 if last else 0x10, 512, 0, 0)
    tcp = head + noise(size, i)
    tcp = tcp[:16] + struct.pack("!H", csum(src + dst + struct.pack("!HH", 6, len(tcp)) + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 7 + i, 0x4000, 64, 6, 0, src, dst)
    ip = ip[:10] + struct.pack("!H", csum(ip)) + ip[12:]
    return eth(BROADCAST, station(0x51), ip + tcp, 0x0800)

# SPDX-License-Identifier: ISC
"""stream ports: peers that connect, one connection out, and what goes wrong on either."""
import os
import signal
import socket
import stat
import struct
import threading
import time

import pytest

from daemon import SANITIZED
from frames import BROADCAST, eth, noise, sized, station
from netns import sh
from rpc import INVALID_PARAMS, RpcError
from streams import Peer, listening, packed
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20


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


# who comes

def test_each_peer_is_a_port_and_goes_with_its_connection(room, peers):
    r = room()
    vm = r.d.port("vm")
    assert vm["state"] == "listening" and vm["local"] == f"unix:{r.path}" and "peer" not in vm
    events = r.d.subscribe("port")
    a, b = peers(r.path), peers(r.path)
    there = r.wait_children("vm.1", "vm.2")
    assert {p["state"] for p in there.values()} == {"up"}
    assert there["vm.1"]["peer"] == f"process {os.getpid()} ({open('/proc/self/comm').read().strip()})"
    frame = sized(BROADCAST, station(0x51), 100)
    a.send(frame)
    assert b.recv() == frame and r.host.wire.recv() == frame
    assert r.d.where(station(0x51)) == "vm.1"
    back = sized(station(0x51), r.host.mac, 200)
    r.host.wire.send(back)
    assert a.recv() == back and b.recv(0.2) is None, "what is for one went to all"
    a.close()
    r.wait_children("vm.2")
    assert r.d.where(station(0x51)) is None
    c = peers(r.path)
    r.wait_children("vm.1", "vm.2")
    c.send(frame)
    assert b.recv() == frame
    told = [(e["event"], e["port"]) for e in (events.next_event(15) for _ in range(8))]
    assert told == [(f"port.{e}", f"vm.{n}") for n in (1, 2) for e in ("added", "up")] + \
        [(f"port.{e}", "vm.1") for e in ("lost", "removed", "added", "up")]
    shown = r.d.swctl("show", "ports").stdout
    assert "listening" in shown and "vm.2" in shown and "process" in shown
    assert "hung up" in r.d.log()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_peers_come_over_tcp(room, peers, host):
    sh("sysctl", "-qw", "net.ipv6.conf.lo.disable_ipv6=0")
    at = f"[{host}]:4100" if ":" in host else f"{host}:4100"
    r = room(listen=at)
    a, b = peers((host, 4100)), peers((host, 4100))
    there = r.wait_children("vm.1", "vm.2")
    name = a.sock.getsockname()
    assert there["vm.1"]["peer"] == (f"[{host}]:{name[1]}" if ":" in host else f"{host}:{name[1]}")
    frame = sized(BROADCAST, station(0x51), 1514)
    a.send(frame)
    assert b.recv() == frame and r.host.wire.recv() == frame


def test_a_name_without_a_file(room, peers):
    r = room(listen="unix:@switchd-test")
    peers("@switchd-test")
    r.wait_children("vm.1")


SIZES = [14, 15, 59, 60, 61, 127, 128, 1499, 1514, 4095, 8191, 8192, 8193, 9014, 16384, 65535, 65557]


def test_frames_arrive_byte_for_byte_and_in_their_order(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    frames = [sized(BROADCAST, station(0x51), size) for size in SIZES + SIZES[::-1] for _ in range(3)]
    mark = sized(BROADCAST, station(0x51), 77)
    for f in frames:  # all of them are more than may wait for one who does not read
        a.send(f)
        assert b.recv() == f
    a.send(*frames[:20], mark)
    assert b.until(mark) == frames[:20]
    assert r.d.drops("vm.1") == {} and r.d.drops("vm.2") == {}


def test_byte_by_byte(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    frames = [sized(BROADCAST, station(0x51), size) for size in (60, 14, 100, 15)]
    for byte in packed(*frames):
        a.sock.sendall(bytes([byte]))
        time.sleep(0.0005)
    assert [b.recv() for _ in frames] == frames


def test_thousands_of_frames_in_one_read(room, peers):
    """More than a turn has room for; none may wait until something else comes."""
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    frames = [eth(BROADCAST, station(0x51), n.to_bytes(4, "big")) for n in range(20000)]
    r.d.signal(signal.SIGSTOP)
    a.sock.setblocking(False)
    data, sent = packed(*frames), 0
    try:
        while sent < len(data):
            sent += a.sock.send(data[sent:sent + 65536])
    except BlockingIOError:
        pass
    whole = sent // 22
    assert whole > 2000
    r.d.signal(signal.SIGCONT)
    assert [b.recv() for _ in range(whole)] == frames[:whole]
    assert r.d.stats("vm.1")["rx_frames"] == whole


def test_what_is_too_short_for_a_frame_is_counted(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    good = sized(BROADCAST, station(0x51), 60)
    a.send(b"", bytes(1), bytes(13), good)
    assert b.recv() == good
    assert r.d.drops("vm.1") == {"runt": 3}


def test_the_mtu_counts_in_and_out_and_is_changed_for_all_peers(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    r.d.rpc("port.set", port="vm", mtu=1000)
    assert r.d.port("vm.1")["mtu"] == 1000
    fits = sized(BROADCAST, station(0x51), 1014)
    a.send(sized(BROADCAST, station(0x51), 1015), fits)
    assert b.recv() == fits
    assert r.d.drops("vm.1") == {"oversize": 1}
    r.host.wire.send(sized(BROADCAST, r.host.mac, 1015), sized(BROADCAST, r.host.mac, 1014))
    assert len(b.recv()) == 1014
    assert r.d.drops("vm.2") == {"egress_mtu": 1}


# offloads

def test_segments_of_a_flow_are_joined_and_leave_as_they_came(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    frames = [segment(i, 1000, last=i == 39) for i in range(40)]
    mark = sized(BROADCAST, station(0x51), 77)
    a.send(*frames)
    a.send(mark)
    got = b.until(mark)
    assert got == frames
    s = r.d.stats("vm.1")
    assert s["rx_super"] >= 1 and s["rx_frames"] < 40
    r.d.rpc("port.set", port="vm", coalesce=False)
    a.send(*frames)
    a.send(mark)
    assert b.until(mark) == frames
    assert r.d.stats("vm.1")["rx_super"] == s["rx_super"]


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


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_two_daemons_carry_tcp_and_udp(lab, tcp):
    j = Joined(lab, "127.0.0.1:4100" if tcp else f"unix:{lab.directory}/x")
    size = (2 if SANITIZED else 16) * MIB
    tcp_transfer(j.a, j.b, size)
    tcp_transfer(j.b, j.a, size, seed=2)
    udp_echo(j.a, j.b, [0, 1, 1472, 1473, 9000, 65000])
    assert j.connects.stats("up")["rx_super"] > 0
    for d in j.listens, j.connects:
        assert {x["reason"] for x in d.rpc("drops.list")["drops"]} <= {"queue_full"}


# what goes wrong with a peer

def test_a_peer_that_is_killed_in_the_middle_of_a_frame(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    whole = sized(BROADCAST, station(0x51), 100)
    a.sock.sendall(packed(whole, whole)[:-10])
    assert b.recv() == whole
    a.close()
    r.wait_children("vm.2")
    assert b.recv(0.2) is None
    assert "in the middle of a frame" in r.d.log()


@pytest.mark.parametrize("junk", [b"\0\1\0\x16", b"\xff\xff\xff\xff", b"GET / HTTP/1.0\r\n\r\n"])
def test_a_bad_length_ends_that_connection_alone(room, peers, junk):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    events = r.d.subscribe("port.lost")
    good = sized(BROADCAST, station(0x51), 100)
    a.sock.sendall(packed(good) + junk + bytes(3000))
    assert a.hung_up()
    assert b.recv() == good and b.recv(0.1) is None
    e = events.next_event(15)
    length = struct.unpack("!I", junk[:4])[0]
    assert e["port"] == "vm.1" and f"the length {length}," in e["reason"]
    assert f"the length {length}," in r.d.log()
    r.wait_children("vm.2")


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_a_peer_that_does_not_read_costs_nobody_else_anything(room, peers, tcp):
    r = room(listen="127.0.0.1:4100") if tcp else room()
    at = ("127.0.0.1", 4100) if tcp else r.path
    stalled, reader = peers(at, small=True), peers(at)
    r.wait_children("vm.1", "vm.2")
    got, sent = [], 6000
    for n in range(sent):
        r.host.wire.send(eth(BROADCAST, r.host.mac, n.to_bytes(4, "big") + bytes(1482)))
        if n % 100 == 99:
            while len(got) <= n:
                frame = reader.recv()
                assert frame, "the one that reads waits for the one that does not"
                got.append(int.from_bytes(frame[14:18], "big"))
    assert got == list(range(sent)), "the one that reads lost frames"
    drops = r.d.drops("vm.1")
    assert drops.keys() == {"queue_full"} and r.d.drops("vm.2") == {}
    assert r.d.cpu_share(0.5) < 0.3, "it spins"
    # when it reads again it gets whole frames, in their order, and then lives on
    seen = []
    while frame := stalled.recv(1):
        assert len(frame) == 1500
        seen.append(int.from_bytes(frame[14:18], "big"))
    assert seen == list(range(len(seen))) and len(seen) + drops["queue_full"] == sent
    last = sized(BROADCAST, r.host.mac, 1514)
    r.host.wire.send(last)
    assert stalled.recv() == last


def test_a_peer_that_only_sends_is_heard(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    a.sock.shutdown(socket.SHUT_RD)
    frame = sized(BROADCAST, station(0x52), 100)
    for _ in range(50):
        b.send(frame)
    a.send(sized(BROADCAST, station(0x51), 100))
    assert b.recv() == sized(BROADCAST, station(0x51), 100)
    assert r.d.drops("vm.1").keys() <= {"tx_error"}
    assert r.d.cpu_share(0.5) < 0.3, "it spins"


def test_ten_thousand_connections(room, peers):
    r = room()
    n = 2000 if SANITIZED else 10000
    steady = peers(r.path)
    r.wait_children("vm.1")
    fds = len(os.listdir(f"/proc/{r.d.pid}/fd"))
    frame = packed(sized(BROADCAST, station(0x51), 60))
    for i in range(n):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(r.path))
            if i % 3 == 0:
                s.send(frame[:i % len(frame)])
    back = sized(BROADCAST, r.host.mac, 60)
    r.host.wire.send(back)
    steady.until(back)
    wait_until(lambda: len(os.listdir(f"/proc/{r.d.pid}/fd")) == fds, what="all descriptors to be closed")
    r.wait_children("vm.1")
    assert len(r.d.log().splitlines()) < 1000, "a line for each"


def test_no_more_than_max_peers(room, peers):
    r = room(max_peers=2)
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    c = peers(r.path)
    assert c.hung_up()
    assert "as many as max_peers allows" in r.d.log()
    a.close()
    r.wait_children("vm.2")
    peers(r.path)
    r.wait_children("vm.1", "vm.2")
    r.d.rpc("port.set", port="vm", max_peers=3)
    peers(r.path)
    r.wait_children("vm.1", "vm.2", "vm.3")
    assert not b.recv(0.05)


# changes while peers are there

def test_a_peer_can_be_deleted_and_has_the_settings_of_its_parent(room, peers):
    r = room()
    a = peers(r.path)
    r.wait_children("vm.1")
    with pytest.raises(RpcError) as e:
        r.d.rpc("port.set", port="vm.1", mtu=1000)
    assert e.value.code == INVALID_PARAMS and "vm" in str(e.value)
    r.d.rpc("port.del", port="vm.1")
    assert a.hung_up()
    r.wait_children()
    b = peers(r.path)
    r.wait_children("vm.1")
    r.d.rpc("port.del", port="vm")
    assert b.hung_up()
    assert sorted(r.d.ports()) == ["h"] and not r.path.exists()


def test_peers_are_not_in_the_configuration_and_survive_applying_it(room, peers):
    r = room()
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    config = r.d.rpc("config.get")["config"]
    assert sorted(config["switches"]["sw0"]["ports"]) == ["h", "vm"]
    assert r.d.rpc("config.apply", config=config)["changes"] == []
    port = config["switches"]["sw0"]["ports"]["vm"]
    port["max_peers"] = 7
    assert len(r.d.rpc("config.apply", config=config)["changes"]) == 1
    frame = sized(BROADCAST, station(0x51), 100)
    a.send(frame)
    assert b.recv() == frame
    port["listen"] = f"unix:{r.path}.new"
    assert [c["op"] for c in r.d.rpc("config.apply", config=config)["changes"]] == ["reopen"]
    assert a.hung_up() and b.hung_up()
    assert not r.path.exists()
    peers(f"{r.path}.new")
    r.wait_children("vm.1")


def test_mode_and_group_are_changed_while_peers_are_there(room, peers):
    r = room()
    st = os.stat(r.path)
    assert stat.S_IMODE(st.st_mode) == 0o600 and st.st_gid == 0
    a = peers(r.path)
    r.wait_children("vm.1")
    r.d.rpc("port.set", port="vm", group="adm")
    st = os.stat(r.path)
    assert stat.S_IMODE(st.st_mode) == 0o660 and st.st_gid != 0
    r.d.rpc("port.set", port="vm", mode="0666")
    assert stat.S_IMODE(os.stat(r.path).st_mode) == 0o666
    with pytest.raises(RpcError, match="no-such-group"):
        r.d.rpc("port.set", port="vm", group="no-such-group")
    assert r.d.port("vm")["config"]["group"] == "adm"
    assert a.recv(0.05) is None


def test_peers_come_and_go_while_other_ports_do(room, peers, lab):
    """What is slow (taps, paths) lets frames through, and peers that hang up; nobody may be freed then."""
    r = room()
    dgram = lab.directory / "dgram"
    r.d.rpc("port.add", port="dg", type="dgram", listen=f"unix:{dgram}")
    stop, errors = threading.Event(), []
    frame = sized(BROADCAST, station(0x51), 1000)

    def come_and_go(n):
        me = lab.directory / f"guest{n}"
        try:
            while not stop.is_set():
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(str(r.path))
                    s.sendall(packed(frame, frame) + b"\xff" * (n % 2 * 4))
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
                    s.bind(str(me))
                    s.sendto(frame, str(dgram))
                me.unlink()
        except OSError as e:
            errors.append(e)

    threads = [threading.Thread(target=come_and_go, args=(n,)) for n in range(2)]
    for t in threads:
        t.start()
    try:
        for n in range(15):
            r.d.rpc("port.add", port=f"t{n}", mtu=1400)
            r.d.rpc("port.set", port="vm", mode=f"06{n % 8}0", mtu=1000 + n)
            r.d.rpc("port.set", port="dg", coalesce=bool(n % 2))
            r.d.rpc("port.del", port=f"t{n}")
    finally:
        stop.set()
        for t in threads:
            t.join()
    assert not errors
    wait_until(lambda: sorted(r.d.ports()) == ["dg", "h", "vm"], what="all peers to be gone")
    peers(r.path).send(frame)
    r.wait_children("vm.1")


# the socket's name

def test_a_deleted_path_is_made_again(room, peers):
    r = room()
    a = peers(r.path)
    r.wait_children("vm.1")
    events = r.d.subscribe("port.lost", "port.listening")
    r.path.unlink()
    assert events.next_event(15)["event"] == "port.lost" and events.next_event(15)["event"] == "port.listening"
    b = peers(r.path)
    r.wait_children("vm.1", "vm.2")
    frame = sized(BROADCAST, station(0x51), 100)
    a.send(frame)
    assert b.recv() == frame, "who was connected is not any more"
    assert "was deleted" in r.d.log()


def test_a_path_that_is_taken_or_left_behind(lab, room, peers):
    path = lab.directory / "vm.sock"
    with socket.socket(socket.AF_UNIX) as s:  # left behind
        s.bind(str(path))
    r = room()
    with pytest.raises(RpcError, match="is serving"):
        r.d.rpc("port.add", port="other", type="stream", listen=f"unix:{path}")
    (lab.directory / "file").write_text("mine")
    with pytest.raises(RpcError, match="not a socket"):
        r.d.rpc("port.add", port="other", type="stream", listen=f"unix:{lab.directory}/file")
    assert (lab.directory / "file").read_text() == "mine"
    assert sorted(r.d.ports()) == ["h", "vm"]
    peers(path)
    r.wait_children("vm.1")


def test_a_name_that_somebody_else_has_by_now_is_left_to_him(room):
    r = room()
    r.path.unlink()
    with listening(r.path):
        r.d.wait_port("vm", "lost")
        wait_until(lambda: "is serving" in r.d.port("vm").get("reason", ""), what="the reason to be told")
        r.d.rpc("port.del", port="vm")
        assert r.path.exists()


# connecting out

def out(lab, to):
    h = lab.host("h1")
    d = lab.switchd({"switches": {"sw0": {"ports": {"h": lab.tap(h), "up": {"type": "stream", "connect": to}}}}})
    d.wait_port("h")
    h.wire.drain()
    return d, h


def test_it_connects_when_somebody_listens_and_again_when_he_is_back(lab):
    path = lab.directory / "far"
    d, h = out(lab, f"unix:{path}")
    p = d.wait_port("up", "lost")
    assert "there is no socket" in p["reason"] and p["peer"] == f"unix:{path}" and "local" not in p
    assert "to unix:" in d.swctl("add", "port", "two", "--type", "stream", "--connect", f"unix:{path}").stdout
    d.rpc("port.del", port="two")
    events = d.subscribe("port.up", "port.lost")
    for n in range(2):
        with listening(path) as s:
            far = Peer(s.accept()[0])
            assert events.next_event(15)["event"] == "port.up"
            assert "reason" not in d.port("up")
            frame = sized(BROADCAST, h.mac, 100 + n)
            h.wire.send(frame)
            assert far.recv() == frame
            far.send(sized(BROADCAST, station(0x61), 90))
            assert len(h.wire.recv()) == 90
            assert d.where(station(0x61)) == "up"
            far.close()
            e = events.next_event(15)
            assert e["event"] == "port.lost" and "hung up" in e["reason"]
            assert d.where(station(0x61)) is None
    path.touch()
    wait_until(lambda: "nobody listens" in d.port("up")["reason"], what="the reason")


def test_it_connects_over_tcp(lab):
    d, h = out(lab, "127.0.0.1:4100")
    wait_until(lambda: "nobody listens" in d.port("up").get("reason", ""), what="the reason")
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 4100))
        s.listen()
        s.settimeout(10)
        far = Peer(s.accept()[0])
        d.wait_port("up")
        frame = sized(BROADCAST, h.mac, 1514)
        h.wire.send(frame)
        assert far.recv() == frame
        far.sock.sendall(b"\xff" * 100)
        d.wait_port("up", "lost")
        far.close()
        far = Peer(s.accept()[0])
        d.wait_port("up")
        far.close()


def test_a_daemon_that_is_started_again_finds_its_peers_again(lab):
    path = lab.directory / "x"
    j = Joined(lab, f"unix:{path}")
    assert j.a.ping(j.b) == 0
    j.listens.kill()  # the path stays behind
    j.connects.wait_port("up", "lost")
    j.a.rewire()
    j.listens.start()
    j.listens.wait_port("h")
    j.a.address()
    wait_until(lambda: j.a.ping(j.b, wait=1) == 0, 20, "pings to be answered")
    assert "left behind" in j.listens.log()
    j.connects.restart()
    j.b.rewire()
    j.connects.wait_port("h")
    j.b.address()
    wait_until(lambda: j.a.ping(j.b, wait=1) == 0, 20, "pings to be answered")


def test_settings_that_make_no_sense(lab):
    d = lab.switchd()
    for settings, says in (({}, "neither"), ({"listen": "unix:/x/y", "connect": "unix:/x/z"}, "both"),
                           ({"connect": "unix:/x", "mode": "0660"}, "file system"),
                           ({"listen": "127.0.0.1:4000", "group": "adm"}, "file system"),
                           ({"listen": "unix:/x", "mode": "0888"}, "octal"),
                           ({"connect": "0.0.0.0:4000"}, "no single host"),
                           ({"listen": "224.0.0.1:4000"}, "group of hosts"),
                           ({"listen": "vm.sock"}, "192.0.2.1:4000")):
        with pytest.raises(RpcError, match=says) as e:
            d.rpc("port.add", port="vm", type="stream", **settings)
        assert e.value.code == INVALID_PARAMS
    with pytest.raises(RpcError, match="no address"):
        d.rpc("port.add", port="vm", type="stream", listen="192.0.2.77:4000")
    assert d.ports() == {}


def test_a_vanished_host_is_noticed(lab):
    """Its cable is cut: no FIN, no reset.  Told by the socket that keepalive is on."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 4100))
        s.listen()
        s.settimeout(10)
        out(lab, "127.0.0.1:4100")
        conn = s.accept()[0]
        told = sh("ss", "-tno", "dst", "127.0.0.1:4100").stdout
        assert "keepalive" in told, told
        conn.close()

# SPDX-License-Identifier: ISC
"""dgram ports: everybody who sends to the socket is a port; and what goes wrong with them."""
import os
import pwd
import signal
import socket
import stat
import subprocess
import time

import pytest

from daemon import SANITIZED
from frames import BROADCAST, sized, station
from netns import sh
from rpc import INVALID_PARAMS, RpcError
from streams import segment, talk_past_a_stalled_peer
from wait import holds_for, wait_until


class Guest:
    """As QEMU does it: bound to a path of its own, sends to ours, and does not look who sends to it."""

    def __init__(self, path, to, connected=False):
        self.path, self.to = path, str(to)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if path is not None:
            self.sock.bind(str(path).replace("@", "\0"))
        if connected:
            self.sock.connect(self.to)

    def send(self, *frames):
        for f in frames:
            self.sock.sendto(f, self.to)

    def recv(self, timeout=10):
        self.sock.settimeout(timeout)
        try:
            return self.sock.recv(1 << 17)
        except TimeoutError:
            return None

    def close(self, unlink=True):
        self.sock.close()
        if unlink and self.path and os.path.exists(self.path):
            os.unlink(self.path)


class Room:
    """A daemon with a host behind a tap, and a port `vm` to whose socket guests send."""

    def __init__(self, lab, **options):
        self.directory = lab.directory
        self.path = lab.directory / "vms"
        self.host = lab.host("h1")
        self.guests = []
        port = {"type": "dgram", "listen": f"unix:{self.path}", **options}
        self.d = lab.switchd({"switches": {"sw0": {"ports": {"h": lab.tap(self.host), "vm": port}}}})
        self.d.wait_port("h")
        self.host.wire.drain()

    def guest(self, name, hello=True, **kw):
        """One who has sent something, so that there is a port."""
        g = Guest(name and (name if name.startswith("@") else self.directory / name), self.path, **kw)
        self.guests.append(g)
        if hello:
            g.send(b"VFKT")
        return g

    def children(self):
        return {n: p for n, p in self.d.ports().items() if p.get("parent") == "vm"}

    def wait_children(self, *names):
        wait_until(lambda: sorted(self.children()) == sorted(names), what=f"the peers to be {names}")
        return self.children()


@pytest.fixture
def room(lab):
    made = []

    def make(**kw):
        made.append(Room(lab, **kw))
        return made[-1]
    yield make
    for r in made:
        for g in r.guests:
            g.sock.close()


def test_each_sender_is_a_port(room):
    r = room()
    vm = r.d.port("vm")
    assert vm["state"] == "listening" and vm["local"] == f"unix:{r.path}"
    a, b = r.guest("a", hello=False), r.guest("b", hello=False)
    frame = sized(BROADCAST, station(0x51), 100)
    a.send(frame)
    assert r.host.wire.recv() == frame
    b.send(frame[:6] + bytes.fromhex("020000000052") + frame[12:])
    assert a.recv() and b.recv(0.1) is None
    there = r.wait_children("vm.1", "vm.2")
    assert [there[f"vm.{i}"]["peer"] for i in (1, 2)] == [f"unix:{r.directory}/{n}" for n in "ab"]
    assert {p["state"] for p in there.values()} == {"up"}
    back = sized(station(0x51), r.host.mac, 200)
    r.host.wire.send(back)
    assert a.recv() == back and b.recv(0.1) is None
    assert "listening" in r.d.swctl("show", "ports").stdout
    assert r.d.drops("vm") == {} and r.d.drops("vm.1") == {}


def test_the_hello_of_vfkit_is_no_frame(room):
    r = room()
    a = r.guest("a", connected=True)
    r.wait_children("vm.1")
    r.host.wire.send(sized(BROADCAST, r.host.mac, 60))
    assert len(a.recv()) == 60, "who has connected his socket to ours is not answered from it"
    a.send(sized(BROADCAST, station(0x51), 60))
    r.host.wire.recv()
    s = r.d.stats("vm.1")
    assert s["rx_frames"] == 1 and s["tx_frames"] == 1 and r.d.drops("vm.1") == {}


SIZES = [14, 15, 59, 60, 61, 127, 128, 1499, 1514, 4095, 8191, 8192, 8193, 9014, 65535, 65557]


def test_frames_arrive_byte_for_byte_and_in_their_order(room):
    r = room()
    a, b = r.guest("a"), r.guest("b")
    r.wait_children("vm.1", "vm.2")
    for size in SIZES + SIZES[::-1]:
        frame = sized(BROADCAST, station(0x51), size)
        a.send(frame)
        assert b.recv() == frame
    a.send(b"", bytes(13), sized(BROADCAST, station(0x51), 60))
    assert len(b.recv()) == 60
    assert r.d.drops("vm.1") == {"runt": 2}


def test_segments_of_a_flow_are_joined_and_leave_as_they_came(room):
    r = room()
    a, b = r.guest("a"), r.guest("b")
    r.wait_children("vm.1", "vm.2")
    frames = [segment(i, 1000, last=i == 7) for i in range(8)]
    r.d.signal(signal.SIGSTOP)
    a.send(*frames)
    r.d.signal(signal.SIGCONT)
    assert [b.recv() for _ in frames] == frames
    assert r.d.stats("vm.1")["rx_super"] >= 1


# peers that go

def test_a_peer_that_closes_its_socket_goes_although_nothing_is_sent(room):
    r = room()
    a, b, c = (r.guest(n) for n in "abc")
    r.wait_children("vm.1", "vm.2", "vm.3")
    events = r.d.subscribe("port.lost")
    a.close(unlink=False)
    c.close(unlink=True)
    r.wait_children("vm.2")
    told = {e["port"]: e["reason"] for e in (events.next_event(5) for _ in range(2))}
    assert "closed" in told["vm.1"] and "gone" in told["vm.3"]
    assert b.recv(0.05) is None, "it was sent something to find that out"


def test_a_guest_that_is_started_again_is_the_same_port(room):
    r = room()
    a = r.guest("a")
    r.wait_children("vm.1")
    for n in range(3):
        a.close()
        a = r.guest("a", hello=False)
        frame = sized(BROADCAST, station(0x51), 100 + n)
        a.send(frame)
        assert r.host.wire.recv() == frame
        back = sized(station(0x51), r.host.mac, 100 + n)
        r.host.wire.send(back)
        assert a.recv() == back
    assert list(r.children()) == ["vm.1"]


def test_a_silent_guest_that_is_started_again_is_found(room):
    """It sends nothing, but its name leads to another socket."""
    r = room()
    a = r.guest("a")
    r.wait_children("vm.1")
    os.rename(r.directory / "a", r.directory / "old")
    b = r.guest("a", hello=False)
    time.sleep(1.5)
    frame = sized(BROADCAST, r.host.mac, 100)
    r.host.wire.send(frame)
    assert b.recv() == frame and a.recv(0.1) is None
    assert list(r.children()) == ["vm.1"]


@pytest.mark.parametrize("connected", [False, True])
def test_a_peer_that_does_not_read_costs_nobody_else_anything(room, connected):
    r = room()
    stalled, reader, talker = r.guest("a", connected=connected), r.guest("b"), r.guest("c")
    r.wait_children("vm.1", "vm.2", "vm.3")
    drops, sent = talk_past_a_stalled_peer(r.d, talker, station(0x53), reader)
    seen = []
    while frame := stalled.recv(0.3):
        assert len(frame) == 1500
        seen.append(int.from_bytes(frame[14:18], "big"))
    assert seen == list(range(len(seen))) and len(seen) + drops["queue_full"] == sent
    assert len(seen) > 500, "next to nothing was kept for it"
    r.host.wire.send(sized(BROADCAST, r.host.mac, 1514))
    assert len(stalled.recv()) == 1514


# who is turned away

def test_who_cannot_be_answered_is_counted(room, lab):
    r = room()
    nobody = r.guest(None, hello=False)
    nobody.send(sized(BROADCAST, station(0x51), 60))
    wait_until(lambda: r.d.drops("vm") == {"unanswerable": 1}, what="it to be counted")
    moved = r.guest("a", hello=False)
    os.rename(r.directory / "a", r.directory / "elsewhere")
    moved.send(sized(BROADCAST, station(0x51), 60))
    wait_until(lambda: r.d.drops("vm") == {"unanswerable": 2}, what="it to be counted")
    assert r.children() == {} and r.host.wire.recv(0.1) is None
    assert "no name" in r.d.log() or "without a name" in r.d.log()
    r.guest("@switchd-guest")
    assert r.wait_children("vm.1")["vm.1"]["peer"] == "unix:@switchd-guest"


def test_no_more_than_max_peers(room):
    r = room(max_peers=2)
    a, _, c = (r.guest(n) for n in "abc")
    r.wait_children("vm.1", "vm.2")
    wait_until(lambda: r.d.drops("vm") == {"peer_refused": 1}, what="it to be counted")
    assert "max_peers" in r.d.log()
    a.close()
    r.wait_children("vm.2")
    c.send(sized(BROADCAST, station(0x51), 60))
    r.wait_children("vm.1", "vm.2")
    assert len(r.host.wire.recv()) == 60


def test_many_come_and_go(room):
    r = room()
    for n in range(100 if SANITIZED else 500):
        g = r.guest(f"g{n}")
        g.close()
    wait_until(lambda: not r.children(), what="all of them to be gone")
    a = r.guest("a", hello=False)
    a.send(sized(BROADCAST, station(0x51), 60))
    assert len(r.host.wire.recv()) == 60
    assert len(os.listdir(f"/proc/{r.d.pid}/fd")) < 40
    assert len(r.d.log().splitlines()) < 200, "a line for each"


def test_descriptors_that_come_along_are_not_kept(room):
    r = room()
    a, b = r.guest("a", connected=True), r.guest("b")
    r.wait_children("vm.1", "vm.2")
    files = len(os.listdir(f"/proc/{r.d.pid}/fd"))
    frame = sized(BROADCAST, station(0x51), 100)
    for n in range(1, 40):
        socket.send_fds(a.sock, [frame], [0] * n)
        assert b.recv() == frame
    assert len(os.listdir(f"/proc/{r.d.pid}/fd")) == files


SENDER = """
import os, socket, sys
path, to, victim, how = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
if how != "own":
    os.rename(path, path + ".old")
if how == "link":
    os.symlink(victim, path)
if how == "other":
    os.rename(victim, path)
s.settimeout(0.3)
while True:
    s.sendto(bytes.fromhex("ffffffffffff020000000051") + bytes(48), to)
    if how != "own":
        break
    try:  # the first is lost where the daemon has just looked at its devices
        assert len(s.recv(2000)) == 70
        break
    except TimeoutError:
        pass
"""


def test_nobody_has_us_write_to_another_users_socket(room, lab):
    """We may, and he may not: so he has it found where his own was."""
    nobody = pwd.getpwnam("nobody")
    r = room(mode="0666")
    (lab.directory / "his").mkdir()
    os.chown(lab.directory / "his", nobody.pw_uid, -1)
    victim = r.guest("victim", hello=False)
    os.chmod(victim.path, 0o600)
    drops = 0
    for how, says in ("link", "is not a socket"), ("other", "belongs to user 0"), ("own", None):
        path = lab.directory / "his" / how
        if how == "other":  # no user may link what is not his: another who can write there has done it
            os.link(victim.path, lab.directory / "his" / "theirs")
        args = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
                "/usr/bin/python3", "-c", SENDER, path,
                r.path, lab.directory / "his" / "theirs" if how == "other" else victim.path, how]
        if how == "own":
            p = subprocess.Popen([str(a) for a in args])
            r.wait_children("vm.1")
            r.host.wire.send(sized(BROADCAST, r.host.mac, 70))
            assert p.wait(10) == 0
        else:
            sh(*args)
            drops += 1
            wait_until(lambda: r.d.drops("vm") == {"unanswerable": drops}, what="it to be counted")
            assert says in r.d.log(), r.d.log()
            assert r.children() == {}
    assert victim.recv(0.1) is None


# changes while peers are there

def test_settings_are_changed_while_peers_are_there(room):
    r = room()
    a, b = r.guest("a"), r.guest("b")
    r.wait_children("vm.1", "vm.2")
    assert stat.S_IMODE(os.stat(r.path).st_mode) == 0o600
    r.d.rpc("port.set", port="vm", mode="0666", mtu=1000, coalesce=False)
    assert stat.S_IMODE(os.stat(r.path).st_mode) == 0o666
    a.send(sized(BROADCAST, station(0x51), 1015), sized(BROADCAST, station(0x51), 1014))
    assert len(b.recv()) == 1014
    config = r.d.rpc("config.get")["config"]
    assert sorted(config["switches"]["sw0"]["ports"]) == ["h", "vm"]
    assert r.d.rpc("config.apply", config=config)["changes"] == []
    r.d.rpc("port.del", port="vm.1")
    r.wait_children("vm.2")
    a.send(sized(BROADCAST, station(0x51), 60))
    r.wait_children("vm.1", "vm.2")
    r.d.rpc("port.del", port="vm")
    assert sorted(r.d.ports()) == ["h"] and not r.path.exists()


def test_a_deleted_path_is_made_again_and_peers_stay(room):
    r = room()
    a, b = r.guest("a"), r.guest("b")
    r.wait_children("vm.1", "vm.2")
    events = r.d.subscribe("port")
    r.path.unlink()
    told = [events.next_event(15) for _ in range(2)]
    assert [(e["event"], e["port"]) for e in told] == [("port.lost", "vm"), ("port.listening", "vm")]
    frame = sized(BROADCAST, station(0x51), 100)
    a.send(frame)
    assert b.recv() == frame
    holds_for(lambda: sorted(r.children()) == ["vm.1", "vm.2"], 0.2)


def test_guests_go_on_when_the_daemon_is_started_again(room):
    r = room()
    a = r.guest("a")
    r.wait_children("vm.1")
    r.d.kill()
    r.host.rewire()
    r.d.start()
    r.d.wait_port("h")
    assert "left behind" in r.d.log()
    frame = sized(BROADCAST, station(0x51), 100)
    a.send(frame)
    r.wait_children("vm.1")
    r.host.wire.send(sized(station(0x51), r.host.mac, 99))
    assert len(a.recv()) == 99


def test_settings_that_make_no_sense(lab):
    d = lab.switchd()
    for settings, says in (({}, "missing"), ({"listen": "192.0.2.1:4000"}, "udp"), ({"listen": "/x"}, "unix:"),
                           ({"listen": "unix:@x", "mode": "0660"}, "file system")):
        with pytest.raises(RpcError, match=says) as e:
            d.rpc("port.add", port="vm", type="dgram", **settings)
        assert e.value.code == INVALID_PARAMS
    assert d.ports() == {}

# SPDX-License-Identifier: ISC
"""stream ports: peers that connect, one connection out, and what crosses; see test_stream_faults.py as well."""
import os
import signal
import socket
import time

import pytest

from daemon import SANITIZED
from frames import BROADCAST, eth, sized, station
from netns import sh
from rpc import INVALID_PARAMS, RpcError
from streams import Joined, Peer, listening, packed, peers, room, segment  # noqa: F401, fixtures among them
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20


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

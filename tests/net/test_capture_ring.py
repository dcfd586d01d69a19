# SPDX-License-Identifier: ISC
"""Captures as the daemon writes them, to a reader of our own: what is told of frames, and what a client cannot do."""
import contextlib
import fcntl
import json
import mmap
import os
import socket
import struct

import pytest

from capture import Capture
from frames import BROADCAST, sized, station, tagged
from netns import settle
from rpc import EXISTS, INVALID_PARAMS, LIMIT, NOT_FOUND
from wait import wait_until

KNOWN, UNKNOWN, TO_SWITCH = 0, 1, 5
NEW, OLD = 2, 1
IN, OUT = 0, 1


@pytest.fixture
def capture():
    with contextlib.ExitStack() as stack:
        def start(d, **params):
            c = Capture(d, **params)
            stack.callback(c.close)
            return c
        yield start


def brief(frames, *keys):
    return [tuple(f[k] for k in keys) for f in frames]


def test_in_with_what_was_decided(lab, capture):
    d, h1, h2, h3 = lab.lan(3)
    c = capture(d)
    assert c.result["several"] is False
    a, b = sized(station(9), h1.mac, 100), sized(h1.mac, h2.mac, 60)
    h1.wire.send(a)
    got = c.wait(1)
    h2.wire.send(b)
    got += c.wait(1)
    assert brief(got, "dir", "port", "data", "len") == [(IN, "h1", a, 100), (IN, "h2", b, 60)]
    assert brief(got, "learn", "route", "ports", "list", "reason") == [
        (NEW, UNKNOWN, 2, ["h2", "h3"], "none"), (NEW, KNOWN, 1, ["h1"], "none")]
    assert got[0]["time_ns"] <= got[1]["time_ns"]
    assert c.names == {1: ("sw0", "h1"), 2: ("sw0", "h2"), 3: ("sw0", "h3")}


def test_out_with_the_tags_it_leaves_with(lab, capture):
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    ports = {h.name: lab.tap(h, **o) for h, o in zip(hosts, ({"access": 10}, {"trunk": "10"}, {"access": 10}))}
    d = lab.switchd({"switches": {"sw0": {"vlan_aware": True, "ports": ports}}})
    d.wait_up()
    for h in hosts:
        h.wire.drain()
    f = sized(BROADCAST, hosts[0].mac, 100)
    c, ten, other = capture(d, direction="out"), capture(d, direction="both", vlans="5-10"), capture(d, vlans="11")
    hosts[0].wire.send(f)
    got = c.wait(2)
    assert sorted(brief(got, "port", "data", "dir", "vid")) == [("h2", tagged(f, (10,)), OUT, 10), ("h3", f, OUT, 10)]
    assert len(ten.wait(3)) == 3 and not other.wait(1, 0.3)


def test_dropped_on_the_way_in_and_out(lab, capture):
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    ports = {h.name: lab.tap(h, **o) for h, o in zip(hosts, ({}, {}, {"filter_out": "not ether proto 0x88b5"}))}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    for h in hosts:
        h.wire.drain()
    c, at_h3 = capture(d, direction="dropped"), capture(d, direction="dropped", ports="h3")
    flood, stp = sized(BROADCAST, hosts[0].mac, 100), sized("01:80:c2:00:00:00", hosts[0].mac, 60)
    hosts[0].wire.send(flood, stp)
    want = [("h3", OUT, "filter_out", flood), ("h1", IN, "link_local", stp)]
    assert brief(c.wait(2), "port", "dir", "reason", "data") == want
    assert brief(at_h3.wait(1), "port", "dir", "reason", "data") == want[:1]
    assert settle(*[h.wire for h in hosts]) == [[flood], []]


def test_what_a_protocol_refuses_is_known_when_it_was_asked(lab, capture):
    d, h1, _ = lab.lan(2, {"stp": "rstp"})
    c, dropped = capture(d, ports="h1"), capture(d, ports="h1", direction="dropped")
    out = capture(d, ports="h1", direction="out")
    bad = sized("01:80:c2:00:00:00", h1.mac, 60)
    h1.wire.send(bad)
    got = [f for f in c.wait(1) if f["data"] == bad]
    assert brief(got, "route", "trap", "reason") == [(TO_SWITCH, 1, "bad_bpdu")]
    assert brief(dropped.wait(1), "data", "reason") == [(bad, "bad_bpdu")]
    own = out.wait(1)[0]
    assert own["data"][:6] == bytes.fromhex("0180c2000000") and own["flags"] == 8


def test_filter_snaplen_and_ports(lab, capture):
    d, h1, h2, _ = lab.lan(3)
    c = capture(d, filter="ether src 02:00:00:00:00:77", snaplen=20)
    one = capture(d, ports="h2,h3")
    a, b = sized(BROADCAST, station(0x77), 100), sized(BROADCAST, h2.mac, 100)
    h1.wire.send(a)
    assert brief(c.wait(1), "data", "len", "caplen") == [(a[:20], 100, 20)]
    h2.wire.send(b)
    assert brief(one.wait(1), "port", "data") == [("h2", b)]
    assert not c.wait(1, 0.3)


def test_ports_that_come_later_and_again(lab, capture):
    d, h1, _ = lab.lan(2)
    c, named = capture(d), capture(d, ports="h1")
    d.rpc("port.del", port="h1")
    d.rpc("port.add", port="h1", netns="h1", ifname="eth0", mac=h1.mac)
    d.wait_up()
    f = sized(BROADCAST, h1.mac, 60)
    lab.wire(h1.name, h1.ifname).send(f)
    for x in c, named:
        assert ("h1", f) in brief(x.wait(1), "port", "data")


def test_a_full_ring_is_the_captures_loss(lab, capture):
    d, h1, h2 = lab.lan(2, mtu=9000)
    c = capture(d, buffer_kib=256)
    before = d.stats("h2")["tx_frames"]
    for i in range(100):
        h1.wire.send(sized(h2.mac, h1.mac, 9000))
        h2.wire.drain()
    wait_until(lambda: d.stats("h2")["tx_frames"] >= before + 100, what="all to be forwarded")
    assert c.lost() > 50
    listed = d.rpc("capture.list")["captures"][0]
    assert listed["lost"] == c.lost() and listed["frames"] >= 100
    got = c.wait(1)
    answer, _ = c.ask("capture.stop")
    assert answer["result"]["lost"] == c.lost() and len(got) == answer["result"]["frames"] - c.lost()
    row = next(p for p in answer["result"]["ports"] if p["port"] == "h1")
    assert row["lost"] == c.lost() and row["switch"] == "sw0"


def test_a_client_cannot_write_what_is_the_daemons(lab, capture):
    d, h1, h2 = lab.lan(2)
    c = capture(d, buffer_kib=256)
    ring, place, _ = c.fds
    with pytest.raises(PermissionError):
        mmap.mmap(ring, c.result["bytes"], prot=mmap.PROT_READ | mmap.PROT_WRITE)
    with pytest.raises(PermissionError):
        os.pwrite(ring, b"x", 4096)
    for fd in ring, place:
        for size in 0, 1 << 24:
            with pytest.raises(PermissionError):
                os.ftruncate(fd, size)
        with pytest.raises(PermissionError):
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    f = sized(h2.mac, h1.mac, 1000)
    for nonsense in 1, 8, 1 << 63, (1 << 64) - 8, 1 << 20:  # where it says that it is
        struct.pack_into("=Q", c.place, 0, nonsense)
        struct.pack_into("=I", c.place, 8, nonsense & 0xffffffff)
        h1.wire.send(*[f] * 100)
    wait_until(lambda: d.rpc("capture.list")["captures"][0]["lost"], what="the ring to be full")
    h2.wire.drain()
    h1.wire.send(f)
    assert h2.wire.recv() == f


def test_a_client_that_wakes_nobody_up(lab, capture):
    """It has itself woken with each frame and never looks; and would have the daemon wait for it."""
    d, h1, h2 = lab.lan(2)
    c = capture(d)
    os.set_blocking(c.fds[2], True)
    f = sized(h2.mac, h1.mac, 60)
    for i in range(3000):
        struct.pack_into("=I", c.place, 8, i + 1)
        h1.wire.send(f)
        h2.wire.drain()
    assert d.rpc("capture.list")["captures"][0]["frames"] >= 2000
    os.close(c.fds.pop())
    h1.wire.send(f)
    assert h2.wire.recv() == f


def test_what_is_refused(lab, capture):
    d, *_ = lab.lan(2)
    bad = [({"ports": "h9"}, NOT_FOUND, "h9"), ({"ports": ""}, INVALID_PARAMS, "names of ports"),
           ({"direction": "sideways"}, INVALID_PARAMS, "dropped"), ({"vlans": "5000"}, INVALID_PARAMS, "VLANs"),
           ({"filter": "not an expression"}, INVALID_PARAMS, "filter"), ({"filter": "ip and"}, INVALID_PARAMS, "tcpdump"),
           ({"switch": "sw1"}, NOT_FOUND, "sw1"), ({"snaplen": -1}, INVALID_PARAMS, "0 to"),
           ({"buffer_kib": 65537}, INVALID_PARAMS, "65536"), ({"port": "h1"}, INVALID_PARAMS, "ports")]
    for params, code, text in bad:
        c = capture(d, **params)
        assert c.answer["error"]["code"] == code and text in json.dumps(c.answer["error"]), params
        assert not c.fds
    assert d.rpc("capture.list")["captures"] == []
    c = capture(d)
    assert c.ask("capture.start")[0]["error"]["code"] == EXISTS
    client = d.client()
    client.send_line('[{"jsonrpc":"2.0","id":1,"method":"capture.start"}]')
    assert client.read()[0]["error"]["code"] == INVALID_PARAMS
    client = d.client()
    client("subscribe")
    client.send_line('{"jsonrpc":"2.0","id":9,"method":"capture.start"}')
    assert client.read()["error"]["code"] == INVALID_PARAMS
    client.send_line('{"jsonrpc":"2.0","id":9,"method":"capture.stop"}')
    assert client.read()["error"]["code"] == NOT_FOUND
    # one by one and by a notification, which gets no answer that could have descriptors
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    raw.connect(str(d.socket))
    raw.sendall(b'{"jsonrpc":"2.0","method":"capture.start"}\n{"jsonrpc":"2.0","id":1,"method":"daemon.info"}\n')
    assert b"version" in raw.recv(1000)
    raw.close()
    assert len(d.rpc("capture.list")["captures"]) == 1


def test_as_many_as_may_be_and_what_they_leave_behind(lab, capture):
    d, *_ = lab.lan(2)
    fds = len(os.listdir(f"/proc/{d.pid}/fd"))
    large = [capture(d, buffer_kib=65536), capture(d, buffer_kib=65536)]
    assert capture(d).answer["error"]["code"] == LIMIT
    for c in large:
        c.sock.close()
    wait_until(lambda: not d.rpc("capture.list")["captures"], what="them to be forgotten")
    many = [capture(d, buffer_kib=256) for _ in range(8)]
    answer = capture(d, buffer_kib=256).answer["error"]
    assert answer["code"] == LIMIT and "8 captures" in answer["message"]
    listed = d.rpc("capture.list")
    assert len(listed["captures"]) == 8 and listed["memory_kib"] == 8 * 256
    assert {c["pid"] for c in listed["captures"]} == {os.getpid()}
    for c in many:
        c.sock.close()
    wait_until(lambda: not d.rpc("capture.list")["captures"], what="them to be forgotten")
    wait_until(lambda: len(os.listdir(f"/proc/{d.pid}/fd")) <= fds + 2, what="their descriptors to be closed")
    with open(f"/proc/{d.pid}/maps", encoding="ascii") as f:
        assert "switchd-capture" not in f.read()

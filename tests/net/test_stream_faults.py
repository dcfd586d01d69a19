# SPDX-License-Identifier: ISC
"""stream ports: what goes wrong with a peer, or changes while it is there."""
import os
import socket
import stat
import struct
import threading

import pytest

from daemon import SANITIZED
from frames import BROADCAST, sized, station
from rpc import INVALID_PARAMS, RpcError
from streams import listening, packed, peers, room, talk_past_a_stalled_peer  # noqa: F401, fixtures among them
from wait import wait_until


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
    drops, sent = talk_past_a_stalled_peer(r.d, r.host.wire, r.host.mac, reader)
    # when it reads again it gets whole frames, in their order, and then lives on
    seen = []
    while frame := stalled.recv(0.4):
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
    assert r.d.cpu_share(0.3) < 0.3, "it spins"


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
    # whatever its number: some that hung up before they were accepted may have been ports since
    wait_until(lambda: len(r.children()) == 1, what="the last one alone to be a port")


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

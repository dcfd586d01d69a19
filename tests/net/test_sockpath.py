# SPDX-License-Identifier: ISC
"""Names of sockets in directories that others may write to: what they could do there, and what comes of it."""
import fcntl
import os
import socket
import stat
import threading
import time

import pytest

from frames import BROADCAST, sized, station
from rpc import RpcError
from streams import Peer, packed
from wait import wait_until

KINDS = {
    "stream": lambda path: {"type": "stream", "listen": f"unix:{path}/s"},
    "dgram": lambda path: {"type": "dgram", "listen": f"unix:{path}/s"},
    "vde": lambda path: {"type": "vde", "dir": str(path)},
}


@pytest.fixture
def place(lab):
    path = lab.directory / "place"
    path.mkdir(mode=0o777)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_who_locks_the_directory_for_ever_holds_nobody_up(lab, place, kind):
    d = lab.switchd()
    fd = os.open(place, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    t0 = time.monotonic()
    with pytest.raises(RpcError, match="locked") as e:
        d.rpc("port.add", port="vm", **KINDS[kind](place))
    assert time.monotonic() - t0 < 5 and str(place) in e.value.message
    assert d.ports() == {} and os.listdir(place) == []
    os.close(fd)
    d.rpc("port.add", port="vm", **KINDS[kind](place))
    d.wait_port("vm", "listening")


@pytest.mark.parametrize("kind", KINDS)
def test_rights_are_given_to_our_socket_and_to_nothing_else(lab, place, kind):
    d = lab.switchd()
    d.rpc("port.add", port="vm", **KINDS[kind](place))
    name, = os.listdir(place)
    victim = lab.directory / "victim"
    victim.write_text("secret")
    victim.chmod(0o600)
    os.rename(place / name, place / "ours")
    os.symlink(victim, place / name)
    try:
        d.rpc("port.set", port="vm", mode="0666")
    except RpcError as e:
        assert name in e.message
    os.unlink(place / name)
    other = socket.socket(socket.AF_UNIX)
    other.bind(str(place / name))
    os.chmod(place / name, 0o600)
    try:
        d.rpc("port.set", port="vm", mode="0666")
    except RpcError as e:
        assert name in e.message
    other.close()
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600
    assert stat.S_IMODE(os.stat(place / name).st_mode) == 0o600


def test_of_two_that_start_at_once_one_has_the_name(lab, place):
    """He who finds a socket that nobody listens on yet must not take it for one that was left behind."""
    daemons = [lab.switchd() for _ in range(2)]
    for n in range(20):
        path, results = place / f"s{n}", []

        def add(d, path=path, results=results):
            try:
                d.rpc("port.add", port="vm", type="stream", listen=f"unix:{path}")
                results.append(d)
            except RpcError as e:
                assert "is serving" in e.message, e.message
        threads = [threading.Thread(target=add, args=[d]) for d in daemons]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(results) == 1, f"{len(results)} of two have the name"
        peer = Peer.connect(path)
        wait_until(lambda d=results[0]: any(f"process {os.getpid()} " in p.get("peer", "") for p in d.ports().values()),
                   what="the peer")
        peer.close()
        results[0].rpc("port.del", port="vm")


SAME = {
    "stream": lambda path: {"type": "stream", "listen": f"unix:{path}/ctl"},
    "dgram": lambda path: {"type": "dgram", "listen": f"unix:{path}/ctl"},
    "vde": lambda path: {"type": "vde", "dir": f"{path}"},
    "udp": lambda path: {"type": "udp", "local": "127.0.0.1:4789", "remote": "127.0.0.1:4790"},
    "vxlan": lambda path: {"type": "vxlan", "vni": 7, "local": "127.0.0.1:4789", "remotes": "127.0.0.2"},
}


@pytest.mark.parametrize("one,other", [("stream", "dgram"), ("dgram", "vde"), ("vde", "stream"), ("udp", "vxlan")])
def test_a_socket_may_change_its_kind(lab, place, one, other):
    """The old port makes way for the new one, by the same name or another; and comes back where that fails."""
    d = lab.switchd()

    def config(**ports):
        return {"switches": {"sw0": {"ports": {n: SAME[kind](place) for n, kind in ports.items()}}}}

    state = {"udp": "up", "vxlan": "up"}
    for ports in {"a": one}, {"a": other}, {"b": one}, {"a": other}, {"a": one}:
        d.rpc("config.apply", config=config(**ports))
        name, kind = *ports, ports[next(iter(ports))]
        assert list(d.ports()) == [name] and d.port(name)["type"] == kind
        d.wait_port(name, state.get(kind, "listening"))
    with pytest.raises(RpcError, match="that of port sw0.a already"):
        d.rpc("config.apply", config=config(a=one, b=other))
    bad = config(a=other)
    bad["switches"]["sw0"]["ports"]["z"] = {"type": "tap", "ifname": "lo"}
    with pytest.raises(RpcError, match="lo"):
        d.rpc("config.apply", config=bad)
    assert d.port("a")["type"] == one
    d.wait_port("a", state.get(one, "listening"))


def test_descriptors_that_come_along_in_a_stream_are_not_kept(lab, place):
    d = lab.switchd({"switches": {"sw0": {"ports": {"vm": KINDS["stream"](place)}}}})
    a, b = (Peer.connect(place / "s") for _ in range(2))
    wait_until(lambda: {"vm.1", "vm.2"} <= set(d.ports()), what="both peers")
    files = len(os.listdir(f"/proc/{d.pid}/fd"))
    frame = sized(BROADCAST, station(9), 100)
    for n in range(1, 20):
        socket.send_fds(a.sock, [packed(frame)], [0] * n)
        assert b.recv() == frame
    assert len(os.listdir(f"/proc/{d.pid}/fd")) == files
    a.close()
    b.close()

# SPDX-License-Identifier: ISC
"""The spanning tree: rings of switches, the kernel's bridge in a loop with us, guards, and BPDUs that are none."""
import os
import pathlib
import struct
import time

import pytest

from frames import BROADCAST, mac_bytes, sized, station
from netns import make_tap, sh
from rpc import RpcError
from traffic import heard_once
from wait import wait_until

GROUP = "01:80:c2:00:00:00"


def patch(peer, **options):
    return {"type": "patch", "peer": peer, **options}


def tree(d, switch):
    return next(b for b in d.rpc("stp.list")["switches"] if b["switch"] == switch)


def stp_port(d, name, switch="sw0"):
    return next(p for p in tree(d, switch)["ports"] if p["port"] == name)


def states(d, *switches):
    return [p["state"] for s in switches for p in tree(d, s)["ports"]]


class Ring:
    """a, b and c in a ring of patch ports, a host on each; a is the root"""

    def __init__(self, lab):
        self.hosts = [lab.host(f"h{i + 1}") for i in range(3)]
        h = [lab.tap(x, stp_edge=True) for x in self.hosts]
        self.d = lab.switchd({"switches": {
            "a": {"stp": "rstp", "stp_priority": 0, "ports": {"h1": h[0], "b": patch("b/a"), "c": patch("c/a")}},
            "b": {"stp": "rstp", "stp_priority": 4096, "ports": {"h2": h[1], "a": patch("a/b"), "c": patch("c/b")}},
            "c": {"stp": "rstp", "ports": {"h3": h[2], "a": patch("a/c"), "b": patch("b/c")}}}})
        self.d.wait_up()
        self.settled(1)

    def settled(self, blocked):
        wait_until(lambda: sorted(states(self.d, "a", "b", "c")).count("discarding") == blocked
                   and "learning" not in states(self.d, "a", "b", "c"), 20, f"{blocked} ports to discard")

    def heard_once(self):
        heard_once(*self.hosts, ours=lambda f: f[:6] != mac_bytes(GROUP))  # a BPDU comes every two seconds


def test_a_ring_has_one_way_blocked_and_heals(lab):
    r = Ring(lab)
    d = r.d
    assert (tree(d, "a")["is_root"], tree(d, "b")["root_port"], tree(d, "c")["root_port"]) == (True, "a", "a")
    assert tree(d, "c")["root"] == tree(d, "a")["bridge"]
    assert (stp_port(d, "b", "c")["role"], stp_port(d, "c", "b")["role"]) == ("alternate", "designated")
    r.heard_once()
    events = d.subscribe("stp")
    d.rpc("port.del", switch="a", port="c")
    wait_until(lambda: stp_port(d, "b", "c")["state"] == "forwarding", 5, "the other way to open")
    assert tree(d, "c")["root_port"] == "b"
    r.heard_once()
    told = events.wait_event("stp.role", switch="c", port="b")
    assert (told["role"], told["was"], told["cause"]) == ("root", "alternate", "link_down")
    assert "root" in d.swctl("show", "stp").stdout and "alternate" not in d.swctl("show", "stp", "b", "-s", "c").stdout
    for switch in "a", "b", "c":
        assert sum(p["rx_control"] for p in (d.stats(x["port"], switch=switch) for x in tree(d, switch)["ports"])) > 0


def test_without_it_all_ports_forward_again(lab):
    r = Ring(lab)
    r.d.rpc("port.del", switch="a", port="c")
    for switch in "a", "b", "c":
        r.d.rpc("switch.set", switch=switch, stp="off")
    assert r.d.rpc("stp.list")["switches"] == []
    r.heard_once()
    with pytest.raises(RpcError) as e:
        r.d.rpc("stp.mcheck", switch="a", port="h1")
    assert "rstp" in e.value.message


# the kernel's bridge, which speaks STP only

class KernelLoop:
    """h1 -- [switchd] == two veth pairs == [the kernel's bridge] -- a veth end called far"""

    def __init__(self, lab, ours, theirs):
        self.h = lab.host("h1")
        sh("ip", "link", "add", "kbr", "type", "bridge", "stp_state", 1, "forward_delay", 400, "hello_time", 100,
           "max_age", 600, "priority", theirs)
        for i in 0, 1:
            sh("ip", "link", "add", f"up{i}", "type", "veth", "peer", "name", f"k{i}")
            sh("ip", "link", "set", f"k{i}", "master", "kbr", "up")
            sh("ip", "link", "set", f"up{i}", "up")
        sh("ip", "link", "set", "kbr", "up")
        self.d = lab.switchd({"switches": {"sw0": {
            "stp": "rstp", "stp_priority": ours, "stp_hello_s": 1, "stp_forward_delay_s": 4, "stp_max_age_s": 6,
            "ports": {"h1": lab.tap(self.h, stp_edge=True), "up0": {"type": "netdev"}, "up1": {"type": "netdev"}}}}})
        self.d.wait_up()

    @staticmethod
    def kernel(what):
        return pathlib.Path(f"/sys/class/net/{what}").read_text().strip()

    def all_states(self):
        """Ours, and the kernel's: 3 is forwarding, 4 blocking (include/uapi/linux/if_bridge.h)."""
        return sorted(p["state"] for p in tree(self.d, "sw0")["ports"] if p["port"] != "h1"), \
            sorted(int(self.kernel(f"k{i}/brport/state")) for i in (0, 1))


@pytest.mark.parametrize("ours, theirs, blocked", [
    (4096, 32768, (["forwarding", "forwarding"], [3, 4])),
    (32768, 4096, (["discarding", "forwarding"], [3, 3])),
], ids=["we are root", "it is root"])
def test_a_loop_with_the_kernels_bridge(lab, ours, theirs, blocked):
    k = KernelLoop(lab, ours, theirs)
    wait_until(lambda: k.all_states() == blocked, 40, "one port to be blocked")
    b = tree(k.d, "sw0")
    assert b["is_root"] == (ours < theirs)
    prio, _, mac = k.kernel("kbr/bridge/root_id").partition(".")
    assert b["root"] == f"{int(prio, 16)}.{':'.join(mac[i:i + 2] for i in range(0, 12, 2))}"
    assert {p["version"] for p in b["ports"] if p["port"] != "h1"} == {"stp"}
    before = [k.d.stats(p)["rx_frames"] for p in ("up0", "up1")]
    k.h.wire.send(*[sized(BROADCAST, station(0x77), 60)] * 10)
    time.sleep(0.5)
    after = [k.d.stats(p)["rx_frames"] for p in ("up0", "up1")]
    assert sum(after) - sum(before) < 10 + 20, "the frames go round"
    forwarding = [p["port"] for p in tree(k.d, "sw0")["ports"] if p["role"] in ("root", "designated")
                  and p["port"] != "h1" and k.kernel(f"k{p['port'][2]}/brport/state") == "3" and p["state"] == "forwarding"]
    assert len(forwarding) == 1
    sh("ip", "link", "set", forwarding[0], "down")
    wait_until(lambda: "forwarding" in [p["state"] for p in tree(k.d, "sw0")["ports"]
                                        if p["port"] not in ("h1", forwarding[0])], 40, "the other way to open")


# guards, and what is no BPDU

def bpdu(src, bridge=0, kind=2):
    """An RST BPDU of a bridge that believes itself root (IEEE 802.1D-2004 clause 9.3.3)."""
    ident = struct.pack("!Q", bridge << 48 | int.from_bytes(mac_bytes(src), "big"))
    body = struct.pack("!HBBB", 0, 2, kind, 0x3c) + ident + struct.pack("!I", 0) + ident \
        + struct.pack("!HHHHHB", 0x8001, 0, 20 << 8, 2 << 8, 15 << 8, 0)
    return (mac_bytes(GROUP) + mac_bytes(src) + struct.pack("!H", 3 + len(body)) + b"\x42\x42\x03" + body).ljust(60, b"\0")


def test_a_bpdu_shuts_a_guarded_port(lab):
    d, a, b = lab.lan(2, settings={"stp": "rstp"}, stp_edge=True, stp_bpdu_guard=True)
    assert stp_port(d, "h1")["state"] == "forwarding"
    events = d.subscribe("stp.guard")
    a.wire.send(bpdu(a.mac))
    wait_until(lambda: stp_port(d, "h1").get("guard") == "shut", what="the port to be shut")
    assert events.wait_event("stp.guard")["guard"] == "guard_shut"
    assert d.drops("h1")["bpdu_guard"] >= 1
    before = d.drops("h1").get("port_blocked", 0)
    a.wire.send(sized(b.mac, a.mac, 60))
    wait_until(lambda: d.drops("h1").get("port_blocked", 0) > before, what="frames to be dropped")
    assert "shut" in d.swctl("show", "stp").stdout
    assert "h1 reopened" in d.swctl("reopen", "h1").stdout
    assert "h1 was not shut" in d.swctl("reopen", "h1").stdout
    wait_until(lambda: stp_port(d, "h1")["state"] == "forwarding", 40, "the port to forward")
    assert tree(d, "sw0")["is_root"]


def test_a_flood_of_bpdus_occupies_nobody(lab):
    """Each of them is another root, which is much work and an event or more."""
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    d = lab.switchd({"switches": {"sw0": {"stp": "rstp", "ports": {
        "h1": lab.tap(hosts[0]), **{h.name: lab.tap(h, stp_edge=True) for h in hosts[1:]}}}}})
    d.wait_up()
    a, b, c = hosts
    events = d.subscribe("stp.root")
    flood = [bpdu(station(0x100), bridge=0), bpdu(station(0x100), bridge=0xf000)] * 150
    start = time.monotonic()
    for sent in range(len(flood), 11 * len(flood), len(flood)):  # the queue of a tap holds a thousand
        a.wire.send(*flood)
        wait_until(lambda: d.stats("h1")["rx_control"] >= sent, what="all of them to be received")
    took = time.monotonic() - start
    looked_at = 10 * len(flood) - d.drops("h1")["bpdu_limit"]
    assert 128 <= looked_at <= 128 + 32 * (took + 1)
    roots = len(events.events_so_far())
    assert 1 <= roots <= looked_at
    b.wire.drain()
    c.wire.send(sized(BROADCAST, c.mac, 60))  # ports of hosts have nothing to wait for
    assert b.wire.recv(5) == sized(BROADCAST, c.mac, 60)
    assert "bpdu_limit" not in d.drops("h2")


def test_no_root_is_taken_where_root_guard_is(lab):
    d, a, _ = lab.lan(2, settings={"stp": "rstp"}, stp_root_guard=True)
    a.wire.send(bpdu(a.mac))
    wait_until(lambda: stp_port(d, "h1").get("guard") == "root_inconsistent", what="the port to be held")
    assert tree(d, "sw0")["is_root"]


def test_what_is_no_bpdu_changes_nothing(lab):
    d, a, _ = lab.lan(2, settings={"stp": "rstp"}, stp_edge=True)
    good = bpdu(a.mac)
    bad = [good[:30], good[:17] + b"\x00\x01" + good[19:], good[:14] + b"\xaa\xaa\x03" + good[17:], good[:12] + b"\x00\x05" + good[14:]]
    a.wire.send(*bad)
    wait_until(lambda: d.drops("h1").get("bad_bpdu", 0) == len(bad), what="them to be counted")
    assert tree(d, "sw0")["is_root"] and stp_port(d, "h1")["state"] == "forwarding"
    assert a.mac not in [m["mac"] for m in d.rpc("mac.list")["macs"]], "nothing was learned"


def test_a_port_with_nobody_behind_it_forwards_soon(lab):
    d, a, b = lab.lan(2, settings={"stp": "rstp"})
    assert stp_port(d, "h1")["state"] == "discarding"
    wait_until(lambda: set(states(d, "sw0")) == {"forwarding"}, 10, "auto_edge to find out")
    assert stp_port(d, "h1")["edge"]
    a.wire.drain()
    b.wire.send(sized(BROADCAST, b.mac, 60))
    wait_until(lambda: d.where(b.mac) == "h2", what="the station to be learned")


def test_ports_of_the_tree_as_people_ask_for_them(lab):
    d, _, _ = lab.lan(2, settings={"stp": "rstp"}, stp_edge=True)
    table = d.swctl("show", "stp", "port").stdout
    assert table.split()[0] == "PORT" and [line.split()[0] for line in table.splitlines()[1:]] == ["h1", "h2"]
    one = d.swctl("show", "stp", "port", "h1").stdout
    assert "designated" in one and "h2" not in one
    assert [line.split()[0] for line in d.swctl("show", "stp", "h1").stdout.splitlines()] \
        == [line.split()[0] for line in one.splitlines()]
    nobody = d.swctl("show", "stp", "port", "h9", check=False)
    assert nobody.returncode != 0 and "h9" in nobody.stdout
    offered = d.completed("show", "stp", "")
    assert {"port", "h1", "h2"} == set(offered) and len(offered) == 3
    assert set(d.completed("show", "stp", "port", "")) == {"h1", "h2"}


@pytest.fixture
def machine(lab):
    """Writes the id of the machine that this is, as far as anybody in the test's mount namespace knows."""
    copy = lab.directory / "etc"
    sh("cp", "-a", "/etc", copy)
    sh("mount", "--bind", copy, "/etc")
    yield lambda text: pathlib.Path("/etc/machine-id").write_text(text)
    sh("umount", "/etc")


def test_a_switch_keeps_its_address(lab, machine):
    """By which other bridges know it; two daemons on one machine are two, and so are two switches."""
    machine("0123456789abcdef" * 2 + "\n")
    switches = {"switches": {s: {"stp": "rstp"} for s in ("sw0", "sw1")}}
    d, other = lab.switchd(switches), lab.switchd(switches)

    def addresses():
        return [tree(d, "sw0")["bridge"], tree(d, "sw1")["bridge"], tree(other, "sw0")["bridge"]]

    before = addresses()
    assert len(set(before)) == 3
    d.restart()
    other.restart()
    assert addresses() == before
    d.rpc("switch.del", switch="sw0")
    d.rpc("switch.add", switch="sw0", stp="rstp")
    assert tree(d, "sw0")["bridge"] == before[0]
    machine("fedcba9876543210" * 2 + "\n")
    d.restart()
    assert tree(d, "sw0")["bridge"] not in before, "another machine"
    machine("uninitialized\n")
    d.restart()
    made_up = tree(d, "sw0")["bridge"]
    assert made_up not in before
    d.restart()
    assert tree(d, "sw0")["bridge"] not in (made_up, *before), "without an id it is made up each time"



def test_what_a_port_costs_its_device_says(lab):
    """A veth device is of 10 Gbit/s; taps know nothing, not even those that somebody else made."""
    h = lab.host("h1")
    sh("ip", "netns", "add", "far")
    try:
        sh("ip", "link", "add", "v1", "type", "veth", "peer", "name", "v2", "netns", "far")
        sh("ip", "link", "set", "v1", "up")
        sh("ip", "-n", "far", "link", "set", "v2", "up")
        os.close(make_tap("t1"))
        d = lab.switchd({"switches": {"sw0": {"stp": "rstp", "ports": {
            "h1": lab.tap(h), "v1": {"type": "netdev"}, "v2": {"type": "netdev", "netns": "far"},
            "t1": {"type": "netdev"}}}}})
        for port in "h1", "v1", "v2":
            d.wait_port(port)
        cost = {p["port"]: p["cost"] for p in tree(d, "sw0")["ports"]}
        assert cost == {"h1": 20000, "v1": 2000, "v2": 2000, "t1": 20000}
        assert [d.port(p).get("speed_mbit") for p in ("h1", "v1", "v2")] == [None, 10000, 10000]
        d.rpc("port.set", switch="sw0", port="v1", stp_cost=5)
        assert stp_port(d, "v1")["cost"] == 5
        assert "10000 Mbit/s" in d.swctl("show", "port", "v1").stdout
    finally:
        sh("ip", "netns", "del", "far")

# SPDX-License-Identifier: ISC
"""
Rapid spanning tree with a bridge that others wrote: Open vSwitch.

Two ways between it and us, and a triangle of it and two switches of ours; each side is the root once. Both sides
speak RSTP and have to agree at once, without waiting for timers: that is what is tested here, and what the kernel's
bridge, which speaks STP only, cannot show.
"""
import time

import pytest

from frames import BROADCAST, TEST_TYPE, sized
from netns import sh
from ovs import Ovs
from test_stp import patch, stp_port, tree
from traffic import heard_once, next_frame
from wait import holds_for, wait_until

CONVERGES_S, FAILS_OVER_S = 10, 5
US, THEM = 4096, 32768
ROOTS = pytest.mark.parametrize("ours, theirs", [(US, THEM), (THEM, US)], ids=["we are root", "it is root"])


@pytest.fixture
def ovs(lab):
    with Ovs() as o:
        yield o


def wire_to(ovs, ours, theirs):
    """A cable from the daemon's namespace to its bridge."""
    sh("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", ovs.netns)
    sh("ip", "link", "set", ours, "up")
    ovs.add_port(theirs)


def far_host(lab, ovs, name):
    """A host on its side."""
    h = lab.host(name)
    sh("ip", "-n", ovs.netns, "link", "add", f"v{name}", "type", "veth", "peer", "name", h.ifname, "netns", h.name,
       "address", h.mac)
    h.ip_cmd(f"link set {h.ifname} up")
    ovs.add_port(f"v{name}")
    h.wire.drain()
    return h


def is_data(frame):
    """Bridges send BPDUs to hosts too, and kernels look for IPv6 routers."""
    return frame[12:14] == TEST_TYPE.to_bytes(2, "big")


def reaches(sender, receiver, timeout):
    """Sends until something comes; how many seconds that took."""
    receiver.wire.drain()
    start = time.monotonic()
    while next_frame(receiver, 0.1, is_data) is None:
        assert time.monotonic() - start < timeout, f"nothing came through in {timeout} s"
        sender.wire.send(sized(BROADCAST, sender.mac, 60))
    return time.monotonic() - start


class Parallel:
    """h1 -- [sw0] == up0 k0, up1 k1 == [Open vSwitch] -- h2"""

    def __init__(self, lab, ovs, ours, theirs):
        self.ovs = ovs
        for i in 0, 1:
            wire_to(ovs, f"up{i}", f"k{i}")
        self.h2 = far_host(lab, ovs, "h2")
        self.h1 = lab.host("h1")
        ovs.rstp(theirs)
        self.d = lab.switchd({"switches": {"sw0": {"stp": "rstp", "stp_priority": ours, "ports": {
            "h1": lab.tap(self.h1, stp_edge=True), "up0": {"type": "netdev"}, "up1": {"type": "netdev"}}}}})
        self.d.wait_up()

    def sides(self):
        """[(our state, its state)] of both ways."""
        theirs = self.ovs.tree()[0]
        return [(stp_port(self.d, f"up{i}")["state"], theirs.get(f"k{i}", ("", ""))[1]) for i in (0, 1)]

    def one_is_open(self):
        sides = self.sides()
        return sides.count(("forwarding", "forwarding")) == 1 and sum(s.count("discarding") for s in sides) == 1

    def versions(self):
        return {p["version"] for p in tree(self.d, "sw0")["ports"] if p["port"] != "h1"}


@ROOTS
def test_two_ways(lab, ovs, ours, theirs):
    p = Parallel(lab, ovs, ours, theirs)
    wait_until(p.one_is_open, CONVERGES_S, f"one port to be blocked; {p.sides()} {ovs.tree()[1]} {ovs.evidence()}")
    assert tree(p.d, "sw0")["is_root"] == (ours < theirs)
    assert p.versions() == {"rstp"}
    reaches(p.h1, p.h2, CONVERGES_S)  # the port of the host has waited, too
    heard_once(p.h1, p.h2, ours=is_data)
    heard_once(p.h2, p.h1, ours=is_data)
    holds_for(lambda: p.one_is_open() and p.versions() == {"rstp"}, 5, "one port to stay blocked, all to stay rapid")

    way = p.sides().index(("forwarding", "forwarding"))
    sh("ip", "link", "set", f"up{way}", "down")
    reaches(p.h1, p.h2, FAILS_OVER_S)
    heard_once(p.h1, p.h2, ours=is_data)
    heard_once(p.h2, p.h1, ours=is_data)
    assert p.sides()[1 - way] == ("forwarding", "forwarding")

    sh("ip", "link", "set", f"up{way}", "up")
    # the way of before is the better one, and the other stays open until that is found
    wait_until(lambda: p.one_is_open() and p.sides()[way] == ("forwarding", "forwarding"), CONVERGES_S, "the way of before")
    reaches(p.h1, p.h2, FAILS_OVER_S)  # and addresses are forgotten
    heard_once(p.h1, p.h2, ours=is_data)
    assert p.versions() == {"rstp"}


class Triangle:
    """h1 -- [a] -- patch -- [b] -- h3, and both have a way to [Open vSwitch] -- h2"""

    def __init__(self, lab, ovs, ours, theirs):
        self.ovs = ovs
        for s in "ab":
            wire_to(ovs, f"up{s}", f"k{s}")
        self.h2 = far_host(lab, ovs, "h2")
        self.h1, self.h3 = lab.host("h1"), lab.host("h3")
        ovs.rstp(theirs)
        self.d = lab.switchd({"switches": {
            "a": {"stp": "rstp", "stp_priority": ours, "ports": {
                "h1": lab.tap(self.h1, stp_edge=True), "upa": {"type": "netdev"}, "b": patch("b/a")}},
            "b": {"stp": "rstp", "stp_priority": 61440, "ports": {
                "h3": lab.tap(self.h3, stp_edge=True), "upb": {"type": "netdev"}, "a": patch("a/b")}}}})
        self.d.wait_up()

    def states(self):
        theirs = self.ovs.tree()[0]
        ours = [stp_port(self.d, p, s)["state"] for s, p in (("a", "upa"), ("a", "b"), ("b", "upb"), ("b", "a"))]
        return ours + [theirs.get(f"k{s}", ("", ""))[1] for s in "ab"]

    def one_is_blocked(self):
        states = self.states()
        return states.count("forwarding") == 5 and states.count("discarding") == 1


@ROOTS
def test_a_triangle(lab, ovs, ours, theirs):
    t = Triangle(lab, ovs, ours, theirs)
    wait_until(t.one_is_blocked, CONVERGES_S, f"one port to be blocked; {t.states()} {ovs.tree()[1]}")
    assert tree(t.d, "a")["is_root"] == (ours < theirs)
    roots = {tree(t.d, s)["root"] for s in "ab"}
    assert len(roots) == 1
    reaches(t.h1, t.h2, CONVERGES_S)
    for h, others in (t.h1, (t.h2, t.h3)), (t.h2, (t.h1, t.h3)), (t.h3, (t.h1, t.h2)):
        heard_once(h, *others, ours=is_data)

    sh("ip", "link", "set", "upa", "down")
    reaches(t.h1, t.h2, FAILS_OVER_S)
    for h, others in (t.h1, (t.h2, t.h3)), (t.h2, (t.h1, t.h3)), (t.h3, (t.h1, t.h2)):
        heard_once(h, *others, ours=is_data)
    assert {p["version"] for s in "ab" for p in tree(t.d, s)["ports"]} == {"rstp"}
    assert stp_port(t.d, "upb", "b")["state"] == "forwarding"

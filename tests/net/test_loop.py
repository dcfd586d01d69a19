# SPDX-License-Identifier: ISC
"""
Loops that no spanning tree cuts: real storms, ended by loop_guard, and ports that work again when the cable is out.

Without loop_guard on, every one of these loops carries a broadcast round for ever; that is shown each time before it is
turned on.
"""
import time

import pytest

import traffic
from frames import BROADCAST, mac_bytes, sized, station, tagged
from netns import sh
from wait import holds_for, wait_until

FAST = {"loop_guard_interval_s": 1, "loop_guard_recovery_s": 1}
GROUP = "03:53:57:4c:50:00"
CUT_S = 3  # an interval, and what the queues hold
ID_AT, SEQ_AT = 22, 30


def patch(peer):
    return {"type": "patch", "peer": peer}


def received(d, port, switch="sw0"):
    return d.stats(port, switch=switch)["rx_frames"]


def rate(d, port, switch="sw0"):
    """Frames a second that come in."""
    before = received(d, port, switch)
    time.sleep(0.3)
    return (received(d, port, switch) - before) / 0.3


def storms(d, port, switch="sw0"):
    wait_until(lambda: rate(d, port, switch) > 1000, 10, "frames to go round without end")


def is_calm(d, port, switch="sw0"):
    wait_until(lambda: rate(d, port, switch) < 20, CUT_S, "the storm to end")


def blocked(d, *switches):
    return [(s, p["port"]) for s in switches for p in d.ports(switch=s).values() if p.get("loop", {}).get("blocked")]


def heard_once(sender, *receivers):
    """Probes are no frames of ours."""
    traffic.heard_once(sender, *receivers, ours=lambda f: f[:6] != mac_bytes(GROUP))


def guard(d, *ports, switch="sw0", on=True):
    for p in ports:
        d.rpc("port.set", switch=switch, port=p, loop_guard=on)


def test_two_patched_switches(lab):
    h1, h2 = lab.host("h1"), lab.host("h2")
    d = lab.switchd({"switches": {
        "a": {**FAST, "ports": {"h1": lab.tap(h1), "one": patch("b/one"), "two": patch("b/two")}},
        "b": {**FAST, "ports": {"h2": lab.tap(h2), "one": patch("a/one"), "two": patch("a/two")}}}})
    d.wait_up()
    h1.wire.send(sized(BROADCAST, h1.mac, 60))
    storms(d, "one", "a")
    events = d.subscribe("loop")
    guard(d, "one", "two", switch="a")
    is_calm(d, "one", "a")
    told = events.wait_event("loop.detected", switch="a")
    assert {told["port"], told["cause_port"]} == {"one", "two"} and told["cause"] == "probe"
    assert blocked(d, "a", "b") == [("a", told["port"])]
    heard_once(h1, h2)
    heard_once(h2, h1)
    assert d.drops(told["port"], switch="a")["loop_blocked"] > 0
    assert sum(d.drops(p, switch="a").get("loop_probe", 0) for p in ("one", "two")) > 0
    holds_for(lambda: blocked(d, "a", "b") == [("a", told["port"])], 3, "it to stay blocked")
    shown = d.swctl("show", "ports", "-s", "a").stdout
    assert f"what left through {told['cause_port']} came back here, and still does" in " ".join(shown.split())
    assert "loop" in d.swctl("show", "port", told["port"], "-s", "a").stdout

    d.rpc("port.del", switch="b", port=told["cause_port"])  # the way that was left
    wait_until(lambda: not blocked(d, "a", "b"), 10, "the port to open")
    cleared = events.wait_event("loop.cleared", switch="a")
    assert (cleared["port"], cleared["cause"], cleared["cause_port"]) == (told["port"], "time", told["cause_port"])
    heard_once(h1, h2)


def test_switches_that_all_look_find_one_loop_together(lab):
    """The probes of all three are on their way at once; in the end one port is blocked, and everybody hears everybody."""
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    d = lab.switchd({"switches": {s: {**FAST, "ports": {
        f"h{i + 1}": lab.tap(hosts[i]),
        **{o: {**patch(f"{o}/{s}"), "loop_guard": True} for o in "abc" if o != s}}} for i, s in enumerate("abc")}})
    d.wait_up()
    deadline = time.monotonic() + 40
    now, since = blocked(d, *"abc"), time.monotonic()
    while len(now) != 1 or time.monotonic() < since + 5:  # longer than what is opened to see stays so
        assert time.monotonic() < deadline, f"{now} for {time.monotonic() - since} s"
        before, now = now, blocked(d, *"abc")
        if now != before:
            since = time.monotonic()
        time.sleep(0.05)
    for h in hosts:
        heard_once(h, *(o for o in hosts if o is not h))


def cable(a, b):
    sh("ip", "link", "add", a, "type", "veth", "peer", "name", b)
    for x in a, b:
        sh("ip", "link", "set", x, "up")


def test_a_cable_from_one_port_to_another(lab):
    cable("c1", "c2")
    h = lab.host("h1")
    d = lab.switchd({"switches": {"sw0": {**FAST, "ports": {
        "h1": lab.tap(h), "c1": {"type": "netdev"}, "c2": {"type": "netdev"}}}}})
    d.wait_up()
    h.wire.send(sized(BROADCAST, h.mac, 60))
    storms(d, "c1")
    guard(d, "c1", "c2")
    is_calm(d, "c1")
    assert len(blocked(d, "sw0")) == 1

    sh("ip", "link", "set", "c1", "down")  # pulled, and put back: no loop for a moment, no storm
    wait_until(lambda: d.port("c1")["state"] == "down" and d.port("c2")["state"] == "down", what="the cable to be out")
    assert len(blocked(d, "sw0")) == 1
    before = received(d, "c1") + received(d, "c2")
    sh("ip", "link", "set", "c1", "up")
    d.wait_up()
    h.wire.send(*[sized(BROADCAST, h.mac, 60)] * 10)
    holds_for(lambda: len(blocked(d, "sw0")) == 1, 3, "it to stay blocked")
    assert received(d, "c1") + received(d, "c2") - before < 100


def test_a_bridge_behind_two_ports(lab):
    """A switch of others, which knows nothing of probes and forwards them; then one cable is moved elsewhere."""
    h = lab.host("h1")
    sh("ip", "link", "add", "kbr", "type", "bridge", "stp_state", 0)
    sh("ip", "link", "set", "kbr", "up")
    for i in 1, 2:
        cable(f"up{i}", f"k{i}")
        sh("ip", "link", "set", f"k{i}", "master", "kbr")
    d = lab.switchd({"switches": {"sw0": {**FAST, "ports": {
        "h1": lab.tap(h), "up1": {"type": "netdev"}, "up2": {"type": "netdev"}}}}})
    d.wait_up()
    h.wire.send(sized(BROADCAST, h.mac, 60))
    storms(d, "up1")
    events = d.subscribe("loop")
    guard(d, "up2")  # up1 is the uplink, and never blocked
    is_calm(d, "up1")
    told = events.wait_event("loop.detected")
    assert (told["port"], told["cause_port"]) == ("up2", "up1")
    assert blocked(d, "sw0") == [("sw0", "up2")]
    h.wire.send(sized(BROADCAST, h.mac, 60))
    wait_until(lambda: d.where(h.mac) == "h1", what="the station to be known where it is")

    assert "up2 reopened" in d.swctl("reopen", "up2").stdout  # which does not help
    assert events.wait_event("loop.cleared")["cause"] == "asked"
    events.wait_event("loop.detected")
    is_calm(d, "up1")
    sh("ip", "link", "set", "k2", "nomaster")
    wait_until(lambda: not blocked(d, "sw0"), 15, "the port to open")
    assert events.wait_event("loop.cleared")["cause"] == "time"
    assert "up2 was not shut" in d.swctl("reopen", "up2").stdout
    holds_for(lambda: not blocked(d, "sw0"), 3, "it to stay open")


def probe_of(host):
    """The next probe that comes out of the port."""
    host.wire.drain()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        f = host.wire.recv(5)
        if f and f[:6] == mac_bytes(GROUP):
            return f
    raise AssertionError("no probe came")


def change(frame, at):
    return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1:]


def test_what_a_guest_can_do_with_probes(lab):
    d, a, b = lab.lan(2, settings={**FAST, "loop_guard_interval_s": 2})
    guard(d, "h1")
    probe = probe_of(a)
    macs = d.macs()
    a.wire.send(change(probe, SEQ_AT + 7), change(probe, len(probe) - 20))  # forged, and cut into
    wait_until(lambda: d.drops("h1").get("bad_probe", 0) >= 1, what="them to be counted")
    assert not blocked(d, "sw0") and d.macs() == macs, "nothing is learned from it"

    b.wire.drain()
    other = change(probe, ID_AT)[:6] + mac_bytes(station(0x99)) + change(probe, ID_AT)[12:]
    a.wire.send(other, tagged(probe, (5,)))  # of another switch, and of a VLAN: frames like any others
    assert b.wire.recv(5) == other
    assert b.wire.recv(5) == tagged(probe, (5,))

    old, probe = probe, probe_of(a)
    a.wire.send(probe)  # what is sent back is a loop, and the port of him who does it pays
    wait_until(lambda: blocked(d, "sw0") == [("sw0", "h1")], what="the port to be blocked")
    assert d.port("h1")["loop"]["other"] == "h1"
    wait_until(lambda: not blocked(d, "sw0"), 15, "it to be opened")
    bad = d.drops("h1")["bad_probe"]
    a.wire.send(old)  # of long ago
    wait_until(lambda: d.drops("h1")["bad_probe"] == bad + 1, what="the old one to be refused")
    assert not blocked(d, "sw0")


def test_nobody_probes_unless_told_to(lab):
    d, a, b = lab.lan(2)
    holds_for(lambda: not any(f[:6] == mac_bytes(GROUP) for f in a.wire.drain()), 2, "no probe to come")
    other = sized(GROUP, a.mac, 60)
    b.wire.drain()
    a.wire.send(other)
    assert b.wire.recv(5) == other
    assert "loop" not in d.port("h1")


@pytest.mark.parametrize("key, value", [("loop_guard_interval_s", 0), ("loop_guard_recovery_s", 86401)])
def test_times_have_limits(lab, key, value):
    d = lab.switchd({"switches": {"sw0": {}}})
    p = d.swctl("set", "switch", f"--{key}", str(value), check=False)
    assert p.returncode != 0 and key in p.stdout + (p.stderr or "")

# SPDX-License-Identifier: ISC
"""A tap in a network namespace, by name or by process, and namespaces that come and go."""
import os
import select
import subprocess

from daemon import SANITIZED
from frames import BROADCAST, sized
from netns import Wire, settle, sh
from rpc import RpcError
from wait import wait_until


def passes(sender, receiver):
    frame = sized(BROADCAST, sender.mac, 333)
    sender.send(frame)
    return settle(sender, receiver) == [[frame]]


def test_a_tap_is_made_in_the_namespace_of_a_process(lab):
    d, a = lab.lan(1)
    other = lab.host("container")
    p = other.popen("sleep", "60")
    wait_until(lambda: os.readlink(f"/proc/{p.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
    d.rpc("port.add", port="c", netns=str(p.pid), ifname="eth0", mac=other.mac)
    d.wait_port("c")
    assert other.has_device("eth0")
    assert passes(other.wire, a.wire)


def test_many_namespaces_may_use_the_same_device_name(lab):
    d, *hosts = lab.lan(8)
    assert {p["ifname"] for p in d.ports().values()} == {"eth0"}
    assert {p["netns"] for p in d.ports().values()} == {h.name for h in hosts}


def test_the_namespace_of_a_port_is_changed_live(lab):
    d, a, b = lab.lan(2)
    elsewhere = lab.host("elsewhere")
    settle(a.wire, b.wire)
    p = d.rpc("port.set", port="h1", netns="elsewhere")["port"]
    assert p["netns"] == "elsewhere" and p["config"]["netns"] == "elsewhere"
    assert elsewhere.has_device("eth0") and not a.has_device("eth0")
    d.wait_port("h1")
    a.rewire()
    assert passes(elsewhere.wire, b.wire)
    d.rpc("port.set", port="h1", netns=None)  # home
    assert d.wait_port("h1")["netns"] == "" and os.path.exists("/sys/class/net/eth0")
    home = lab.wire(None, "eth0", elsewhere.mac)
    b.wire.drain()
    assert passes(home, b.wire)


def test_a_name_that_is_taken_there_is_refused_and_nothing_moves(lab):
    d, a, b = lab.lan(2)
    try:
        d.rpc("port.set", port="h1", netns="h2")  # which has an eth0
        raise AssertionError("not refused")
    except RpcError as e:
        assert "eth0" in e.message and "h2" in e.message, e.message
    assert d.port("h1")["netns"] == "h1" and a.has_device()
    assert passes(a.wire, b.wire)


def test_a_namespace_that_goes_takes_its_tap_and_one_of_its_name_gets_a_new_one(lab):
    d, a, b, c = lab.lan(3)
    events = d.subscribe("port")
    a.rewire()  # an open socket would keep the namespace
    sh("ip", "netns", "del", "h1")
    events.wait_event("port.lost", port="h1")
    assert d.cpu_share(0.5) < (0.05 if not SANITIZED else 0.1)
    assert passes(b.wire, c.wire)
    sh("ip", "netns", "add", "h1")
    events.wait_event("port.up", port="h1")
    p = d.port("h1")
    assert p["netns"] == "h1" and p["mac"] == a.mac and a.has_device()
    back = Wire("h1", "eth0", a.mac)
    lab.wires.append(back)
    b.wire.drain()
    assert passes(back, b.wire)


def test_a_tap_is_made_where_it_is_to_be(lab):
    """To move a device takes the kernel long."""
    d, a = lab.lan(1)
    other = lab.host("other")
    monitor = subprocess.Popen(["stdbuf", "-oL", "ip", "monitor", "link"], stdout=subprocess.PIPE, text=True)
    try:
        sh("ip", "tuntap", "add", "before", "mode", "tap")
        wait_until(lambda: sh("ip", "link", "set", "before", "mtu", "1400") and sh("ip", "link", "set", "before", "mtu", "1500")
                   and select.select([monitor.stdout], [], [], 0)[0], what="the monitor")
        d.rpc("port.add", port="o", netns="other", ifname="eth0", mac=other.mac)
        d.wait_port("o")
        sh("ip", "link", "del", "before")
        seen = ""
        while "Deleted" not in seen:
            seen += monitor.stdout.readline()
        assert "swd" not in seen, seen
    finally:
        monitor.kill()
        monitor.communicate()
    assert passes(other.wire, a.wire)


def test_a_tap_that_was_moved_on_by_hand_does_not_go_with_its_first_namespace(lab):
    d, a, b = lab.lan(2)
    elsewhere = lab.host("elsewhere")
    a.rewire()
    sh("ip", "-n", "h1", "link", "set", "eth0", "netns", "elsewhere")
    sh("ip", "-n", "elsewhere", "link", "set", "eth0", "address", elsewhere.mac, "up")
    wait_until(lambda: d.port("h1")["netns"] == "elsewhere" and d.port("h1")["state"] == "up")
    sh("ip", "netns", "del", "h1")
    d.ports()
    settle(b.wire)
    assert passes(elsewhere.wire, b.wire)
    assert d.port("h1")["state"] == "up"


def test_a_port_whose_namespace_is_missing_at_start_does_not_stop_the_others(lab):
    """
    A configuration is all or nothing when it is applied, and so at the start: it is an error that names
    the place.
    """
    a = lab.host("h1")
    d = lab.switchd({"switches": {"sw0": {"ports": {
        "h1": lab.tap(a), "h2": {"type": "tap", "netns": "missing", "ifname": "eth0"}}}}}, start=False)
    d.start(wait=False)
    assert d.process.wait(20) not in (0, None)
    d.expected_dead = True
    assert "switches.sw0.ports.h2" in d.log() and "missing" in d.log(), d.log()
    wait_until(lambda: not a.has_device(), what="the first tap to go with it")

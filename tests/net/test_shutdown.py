# SPDX-License-Identifier: ISC
"""Ports that are shut by their setting: nothing passes, and who is at the other end of the cable sees it."""
import time

import pytest

from frames import BROADCAST, sized
from netns import settle, sh
from rpc import INVALID_PARAMS, RpcError
from test_stp import Ring, stp_port
from wait import wait_until


class Lan:
    """h1, h2 and h3 at one switch"""

    def __init__(self, lab, **settings):
        self.hosts = self.a, self.b, self.c = [lab.host(f"h{i + 1}") for i in range(3)]
        self.taps = {h.name: lab.tap(h) for h in self.hosts}
        self.taps["h1"].update(settings)
        self.d = lab.switchd(self.config())
        self.d.wait_up()
        for h in self.hosts:
            h.address()

    def config(self, **settings):
        return {"switches": {"sw0": {"ports": {**self.taps, "h1": {**self.taps["h1"], **settings}}}}}


def carrier(host):
    return sh("ip", "netns", "exec", host.name, "cat", f"/sys/class/net/{host.ifname}/carrier").stdout.strip()


def shut(d, down, port="h1", **kw):
    d.rpc("port.set", port=port, shutdown=down, **kw)


@pytest.fixture
def lan(lab):
    return Lan(lab)


def test_the_host_sees_its_cable_pulled(lan):
    d, a, b = lan.d, lan.a, lan.b
    assert a.ping(b) == 0 and carrier(a) == "1"
    events = d.subscribe("port")
    shut(d, True)
    assert carrier(a) == "0" and carrier(b) == "1"
    assert events.wait_event("port.shut", port="h1")["cause"] == "shutdown"
    assert d.port("h1")["shut"] == {"cause": "shutdown", "text": "its setting shutdown says so"}
    assert d.where(a.mac) is None, "what was learned there is forgotten"
    lan.b.wire.drain()
    lan.c.wire.send(f := sized(BROADCAST, lan.c.mac, 60))
    assert settle(lan.c.wire, b.wire) == [[f]] and a.wire.drain() == []
    shut(d, False)
    assert carrier(a) == "1" and events.wait_event("port.opened", port="h1")["cause"] == "asked"
    wait_until(lambda: a.ping(b) == 0, 10, "the ping to come through again")


def test_what_swctl_says(lan):
    d = lan.d
    said = d.swctl("set", "port", "h1", "--shutdown", "true")
    assert said.stdout == "port h1 set on sw0: shut, device eth0 in netns h1, mtu 1500\n"
    shown = d.swctl("show", "ports").stdout
    assert "h1 is shut, opens by swctl set port --shutdown false: its setting shutdown says so" in shown
    asked = d.swctl("reopen", "h1", check=False)
    assert asked.returncode == 1
    assert "is shut by its setting shutdown; `swctl set port h1 --switch sw0 --shutdown false` opens it" in asked.stdout
    assert d.swctl("explain", "shutdown").stdout.startswith("shutdown")
    d.swctl("set", "port", "h1", "--shutdown", "default")
    assert carrier(lan.a) == "1"


def test_by_the_configuration(lab):
    """From the start, by a reload, and whatever happens to the device meanwhile."""
    lan = Lan(lab, shutdown=True)
    d, a = lan.d, lan.a
    assert carrier(a) == "0" and d.port("h1")["state"] == "up"
    sh("ip", "-n", "h1", "link", "set", "eth0", "down")
    d.wait_port("h1", "down")
    sh("ip", "-n", "h1", "link", "set", "eth0", "up")
    d.wait_port("h1")
    assert carrier(a) == "0"
    with pytest.raises(RpcError) as e:
        d.rpc("port.reopen", port="h1")
    assert e.value.code == INVALID_PARAMS
    d.rpc("config.apply", config=lan.config(shutdown=False))
    assert carrier(a) == "1" and a.ping(lan.b) == 0


def test_a_device_that_comes_back_is_shut_as_before(lab):
    a = lab.host("h1")
    sh("ip", "-n", "h1", "tuntap", "add", "dev", "eth0", "mode", "tap")
    d = lab.switchd({"switches": {"sw0": {"ports": {"h1": lab.tap(a, shutdown=True)}}}})
    d.wait_port("h1")
    assert carrier(a) == "0"
    sh("ip", "-n", "h1", "link", "del", "eth0")
    d.wait_port("h1", "lost")
    shut(d, False)
    shut(d, True)
    sh("ip", "-n", "h1", "tuntap", "add", "dev", "eth0", "mode", "tap")
    d.wait_port("h1")
    wait_until(lambda: carrier(a) == "0", 10, "the device to lose its carrier")


def test_the_other_end_of_a_patch_goes_down(lab):
    d = lab.switchd({"switches": {"a": {"ports": {"b": {"type": "patch", "peer": "b/a"}}},
                                  "b": {"ports": {"a": {"type": "patch", "peer": "a/b"}}}}})
    d.wait_up()
    shut(d, True, switch="a", port="b")
    other = d.port("a", switch="b")
    assert other["state"] == "down"
    assert other["reason"] == "port b of a, at the other end, is shut; `swctl set port b --switch a --shutdown false` opens it"
    assert d.port("b", switch="a")["state"] == "up", "what shuts it is its own setting alone"
    shut(d, True, switch="b", port="a")
    assert d.port("b", switch="a")["state"] == "down"
    shut(d, False, switch="a", port="b")
    assert d.port("a", switch="b")["state"] == "up" and d.port("b", switch="a")["state"] == "down"
    shut(d, False, switch="b", port="a")
    assert d.port("b", switch="a")["state"] == "up"
    d.rpc("port.del", switch="b", port="a")
    d.rpc("port.add", switch="b", port="a", type="patch", peer="a/b", shutdown=True)
    assert d.port("b", switch="a")["state"] == "down"


def test_the_tree_does_not_wait(lab):
    """Where a link only falls silent it takes three hellos, six seconds."""
    r = Ring(lab)
    began = time.monotonic()
    shut(r.d, True, switch="a", port="c")
    wait_until(lambda: stp_port(r.d, "b", "c")["role"] == "root"
               and stp_port(r.d, "b", "c")["state"] == stp_port(r.d, "c", "b")["state"] == "forwarding", 5,
               "the other way to open")
    assert time.monotonic() - began < 5
    r.heard_once()
    shut(r.d, False, switch="a", port="c")
    r.settled(1)
    r.heard_once()


def test_a_monitor_port_shows_nothing(lan):
    d = lan.d
    d.rpc("port.set", port="h3", mirror="all")
    f = sized(BROADCAST, lan.a.mac, 60)
    for h in lan.hosts:
        h.wire.drain()
    lan.a.wire.send(f)
    assert lan.c.wire.recv() == f
    shut(d, True, port="h3")
    before = d.stats("h3")["tx_frames"]
    lan.a.wire.send(f)
    settle(lan.a.wire, lan.b.wire)
    assert d.stats("h3")["tx_frames"] == before

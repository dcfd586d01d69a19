# SPDX-License-Identifier: ISC
"""Hosts on one switch reach each other; hosts on different switches do not."""
import itertools
import threading

import pytest

from frames import BROADCAST, TEST_TYPE, eth, sized, tagged
from netns import settle
from traffic import Stream


def test_three_hosts_ping_each_other(lab):
    d, *hosts = lab.lan(3, addresses=True)
    for a, b in itertools.permutations(hosts, 2):
        assert a.ping(b, count=3) == 0, f"{a.name} to {b.name}"
    assert set(d.macs()) == {(h.mac, 0) for h in hosts}


def test_large_pings_pass_as_fragments_and_jumbo(lab):
    _, a, b = lab.lan(2, addresses=True)
    assert a.ping(b, count=3, size=1472) == 0
    assert a.ping(b, count=3, size=20000) == 0
    for h in a, b:
        h.ip_cmd("link set eth0 mtu 9000")
    assert a.ping(b, count=3, size=8972) == 0


def test_switches_of_one_daemon_are_separate(lab):
    hosts = [lab.host(f"h{i}") for i in range(1, 5)]
    a, b, c, e = hosts
    d = lab.switchd({"switches": {
        "left": {"ports": {h.name: lab.tap(h) for h in (a, b)}},
        "right": {"ports": {h.name: lab.tap(h) for h in (c, e)}},
    }})
    d.wait_up()
    for h in hosts:
        h.wire.drain()
    one, two = sized(BROADCAST, a.mac, 100), sized(BROADCAST, c.mac, 100)
    a.wire.send(one)
    c.wire.send(two)
    assert settle(a.wire, b.wire) == [[one]]
    assert settle(c.wire, e.wire) == [[two]]
    assert not [f for h in (c, e) for f in h.wire.drain() if f[6:12] == one[6:12]]
    assert set(d.macs(switch="left")) == {(a.mac, 0)}
    assert set(d.macs(switch="right")) == {(c.mac, 0)}


def test_ports_of_different_switches_may_have_the_same_name(lab):
    a, b = lab.host("h1"), lab.host("h2")
    d = lab.switchd({"switches": {"x": {"ports": {"p": lab.tap(a)}}, "y": {"ports": {"p": lab.tap(b)}}}})
    d.wait_up()
    assert d.port("p", switch="x")["netns"] == "h1"
    assert d.port("p", switch="y")["netns"] == "h2"


@pytest.mark.parametrize("size", [60, 1514])
def test_frames_of_a_flow_keep_their_order(lab, size):
    """The stream itself demands it; the size decides how many fit in a burst."""
    _, a, b = lab.lan(2)
    stream = Stream(a, b, rate=20000 if size == 60 else 10000)
    stream.flow_on(10000)
    assert stream.finish() >= 10000


def test_a_port_that_sends_all_it_can_starves_neither_others_nor_the_control_socket(lab):
    d, loud, sink, b, c = lab.lan(4, addresses=True)
    settle(sink.wire)
    stop = threading.Event()

    def flood():
        while not stop.is_set():
            loud.wire.send(*[sized(sink.mac, loud.mac, 60)] * 100)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        before = d.stats("h1")["rx_frames"]
        loss = b.ping(c, count=100, interval=0.01)
        heard = d.stats("h1")["rx_frames"] - before
    finally:
        stop.set()
        thread.join()
    assert loss == 0 and heard > 1000


def test_priority_tagged_and_untagged_frames_are_one_vlan(lab):
    d, a, b, c = lab.lan(3)
    b.wire.send(tagged(eth(BROADCAST, b.mac, bytes(46)), (0, 0x8100, 5)))
    settle(b.wire, a.wire, c.wire)
    assert d.where(b.mac) == "h2"
    frame = eth(b.mac, a.mac, bytes(46), TEST_TYPE)
    a.wire.send(frame)
    assert settle(a.wire, b.wire, c.wire) == [[frame], []]

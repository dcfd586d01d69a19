# SPDX-License-Identifier: ISC
"""Which addresses the switch learns, where it sends what, and what it filters (802.1Q clause 8)."""
import time

import pytest

from frames import BROADCAST, eth, sized, station, tagged
from netns import settle
from rpc import INVALID_PARAMS, NOT_FOUND, RpcError
from wait import wait_until


def test_the_first_frame_is_flooded_and_the_answer_goes_one_way_only(lab):
    d, a, b, c = lab.lan(3)
    first = sized(b.mac, a.mac, 60)
    a.wire.send(first)
    assert settle(a.wire, b.wire, c.wire) == [[first], [first]]
    answer = sized(a.mac, b.mac, 60)
    b.wire.send(answer)
    assert settle(b.wire, a.wire, c.wire) == [[answer], []]
    second = sized(b.mac, a.mac, 100)
    a.wire.send(second)
    assert settle(a.wire, b.wire, c.wire) == [[second], []]
    s = d.stats()
    assert s["learned"] == 2 and s["forwarded"] >= 2 and s["flooded"] >= 1


@pytest.mark.parametrize("dst", [BROADCAST, "01:00:5e:01:02:03", "33:33:00:00:00:01", "02:99:99:99:99:99"])
def test_broadcast_multicast_and_unknown_are_flooded_but_not_back(lab, dst):
    _, a, b, c = lab.lan(3)
    frame = sized(dst, a.mac, 90)
    a.wire.send(frame)
    assert settle(a.wire, b.wire, c.wire) == [[frame], [frame]]
    assert a.wire.drain() == []


def test_a_destination_on_the_ingress_port_is_filtered(lab):
    d, a, b, c = lab.lan(3)
    behind = station(0x1000)
    a.wire.send(sized(BROADCAST, behind, 60))
    settle(a.wire, b.wire, c.wire)
    a.wire.send(sized(behind, a.mac, 60))
    assert settle(a.wire, b.wire, c.wire) == [[], []]
    assert a.wire.drain() == []
    assert d.drops("h1") == {"same_port": 1}


def test_a_station_that_moves_is_relearned_at_once(lab):
    d, a, b, c = lab.lan(3)
    events = d.subscribe("mac")
    laptop = station(0x2000)
    a.wire.send(sized(BROADCAST, laptop, 60))
    settle(a.wire, b.wire, c.wire)
    assert d.where(laptop) == "h1"
    b.wire.send(sized(BROADCAST, laptop, 60))
    settle(b.wire, c.wire)
    moved = events.wait_event("mac.moved", mac=laptop)
    assert (moved["port"], moved["from"], moved["vlan"], moved["switch"]) == ("h2", "h1", 0, "sw0")
    assert d.where(laptop) == "h2"
    assert d.stats()["moved"] == 1
    assert d.stats("h2")["moved_here"] == 1 and d.stats("h1")["moved_here"] == 0
    frame = sized(laptop, c.mac, 70)
    c.wire.send(frame)
    a.wire.drain()
    assert settle(c.wire, a.wire, b.wire) == [[], [frame]]


@pytest.mark.parametrize("src", [BROADCAST, "01:00:5e:00:00:01", "03:00:00:00:00:01", "00:00:00:00:00:00"])
def test_a_source_that_is_no_station_is_never_learned(lab, src):
    d, a, b = lab.lan(2)
    a.wire.send(sized(b.mac, src, 60))
    settle(a.wire, b.wire)
    assert set(d.macs()) == {(a.mac, 0)}  # the marker's


def test_a_filtered_frame_teaches_nothing(lab):
    d, a, b = lab.lan(2)
    a.wire.send(sized("01:80:c2:00:00:00", station(0x3000), 60))  # not forwarded by default
    a.wire.send(eth(BROADCAST, station(0x3001), b"", 0x8100))     # ends inside of its tag
    settle(a.wire, b.wire)
    assert set(d.macs()) == {(a.mac, 0)}


def test_learning_raises_an_event_with_all_its_keys(lab):
    d, a, b = lab.lan(2)
    events = d.subscribe("mac.learned")
    a.wire.send(tagged(sized(BROADCAST, a.mac, 60), (7,)))
    settle(a.wire, b.wire)
    e = events.wait_event("mac.learned", vlan=7)
    assert e["port"] == "h1" and e["mac"] == a.mac and e["switch"] == "sw0"
    assert abs(e["time"] - time.time()) < 60


def test_the_same_address_in_two_vlans_is_two_stations(lab):
    d, a, b, c = lab.lan(3)
    twin = station(0x4000)
    a.wire.send(tagged(sized(BROADCAST, twin, 60), (10,)))
    b.wire.send(tagged(sized(BROADCAST, twin, 60), (20,)))
    settle(a.wire, b.wire, c.wire)
    settle(b.wire, a.wire, c.wire)
    assert (d.where(twin, 10), d.where(twin, 20), d.where(twin, 0)) == ("h1", "h2", None)
    assert d.stats()["moved"] == 0
    for vid, (to_a, to_b) in {10: (1, 0), 20: (0, 1), 30: (1, 1)}.items():
        frame = tagged(sized(twin, c.mac, 60), (vid,))
        c.wire.send(frame)
        assert settle(c.wire, a.wire, b.wire) == [[frame] * to_a, [frame] * to_b]


def test_a_static_address_is_neither_learned_elsewhere_nor_moved_nor_flushed(lab):
    d, a, b, c = lab.lan(3)
    server = station(0x5000)
    assert d.rpc("mac.add", mac=server, port="h2") == {}
    entry = d.macs()[(server, 0)]
    assert entry["static"] is True and entry["port"] == "h2" and entry["switch"] == "sw0"
    frame = sized(server, a.mac, 60)
    a.wire.send(frame)
    assert settle(a.wire, b.wire, c.wire) == [[frame], []]
    c.wire.send(sized(BROADCAST, server, 60))  # an impostor
    settle(c.wire, a.wire, b.wire)
    assert d.where(server) == "h2" and d.stats()["moved"] == 0
    assert d.stats()["refused_static"] == 1
    assert d.rpc("mac.flush")["flushed"] == 2  # a and c
    assert set(d.macs()) == {(server, 0)}
    assert d.rpc("mac.del", mac=server) == {}
    assert d.macs() == {}


def test_a_learned_address_can_be_made_static(lab):
    d, a, b = lab.lan(2)
    settle(a.wire, b.wire)
    assert d.macs()[(a.mac, 0)]["static"] is False
    d.rpc("mac.add", mac=a.mac, port="h1")
    assert d.macs()[(a.mac, 0)]["static"] is True
    assert len(d.macs()) == 1


def test_a_static_address_in_a_vlan_counts_in_that_vlan_only(lab):
    d, a, b, c = lab.lan(3)
    server = station(0x5001)
    d.rpc("mac.add", mac=server, port="h2", vlan=10)
    inside, outside = (tagged(sized(server, a.mac, 60), (v,)) for v in (10, 11))
    a.wire.send(inside, outside)
    assert settle(a.wire, b.wire, c.wire) == [[inside, outside], [outside]]


@pytest.mark.parametrize("params", [
    {"mac": "01:00:5e:00:00:01", "port": "h1"}, {"mac": BROADCAST, "port": "h1"},
    {"mac": "00:00:00:00:00:00", "port": "h1"}, {"mac": "02:00:00:00:00", "port": "h1"},
    {"mac": "02:00:00:00:00:0g", "port": "h1"}, {"mac": 5, "port": "h1"}, {"mac": station(9)},
    {"mac": station(9), "port": "h1", "vlan": 4096}, {"mac": station(9), "port": "h1", "vlan": -1},
])
def test_an_impossible_static_address_is_refused(lab, params):
    d, _ = lab.lan(1)
    with pytest.raises(RpcError) as e:
        d.rpc("mac.add", **params)
    assert e.value.code == INVALID_PARAMS
    assert d.macs() == {}


def test_unknown_addresses_and_ports_are_not_found(lab):
    d, _ = lab.lan(1)
    for method, params in [("mac.del", {"mac": station(9)}), ("mac.add", {"mac": station(9), "port": "nope"}),
                           ("mac.flush", {"port": "nope"}), ("mac.list", {"port": "nope"})]:
        with pytest.raises(RpcError) as e:
            d.rpc(method, **params)
        assert e.value.code == NOT_FOUND, method


def test_flush_takes_a_port_or_a_vlan(lab):
    d, a, b = lab.lan(2)
    for vid in 10, 20:
        for h in a, b:
            h.wire.send(tagged(sized(BROADCAST, h.mac, 60), (vid,)))
    settle(a.wire, b.wire)
    settle(b.wire, a.wire)
    assert len(d.macs()) == 6
    assert d.rpc("mac.flush", vlan=10)["flushed"] == 2
    assert d.rpc("mac.flush", port="h1")["flushed"] == 2
    assert set(d.macs()) == {(b.mac, 0), (b.mac, 20)}
    assert set(d.macs(vlan=20)) == {(b.mac, 20)}


def test_deleting_a_port_forgets_its_stations(lab):
    d, a, b, c = lab.lan(3)
    settle(a.wire, b.wire)
    d.rpc("mac.add", mac=station(0x6000), port="h1")
    d.rpc("port.del", port="h1")
    assert d.macs() == {}
    frame = sized(a.mac, b.mac, 60)
    b.wire.send(frame)
    assert settle(b.wire, c.wire) == [[frame]]
    wait_until(lambda: not a.has_device(), what="the tap to go")


def test_counters_add_up(lab):
    d, a, b, c = lab.lan(3)
    settle(b.wire, a.wire)
    d.rpc("stats.clear")
    sent = [sized(b.mac, a.mac, 100) for _ in range(5)] + [sized(BROADCAST, a.mac, 200) for _ in range(3)] \
        + [sized("01:00:5e:00:00:05", a.mac, 300) for _ in range(2)]
    a.wire.send(*sent)
    wait_until(lambda: d.stats("h1")["rx_frames"] == 10, what="ten frames to be read")
    rx, tx_b, tx_c = (d.stats(p) for p in ("h1", "h2", "h3"))
    assert (rx["rx_unicast"], rx["rx_broadcast"], rx["rx_multicast"]) == (5, 3, 2)
    assert rx["rx_bytes"] == sum(map(len, sent)) and rx["rx_super"] == 0 and rx["rx_drops"] == 0
    assert tx_b["tx_frames"] == 10 and tx_b["tx_bytes"] == sum(map(len, sent))
    assert tx_c["tx_frames"] == 5 and tx_c["tx_bytes"] == 3 * 200 + 2 * 300
    assert rx["tx_frames"] == 0
    s = d.stats()
    assert (s["forwarded"], s["flooded"], s["dropped"]) == (10, 5, 0)  # flooded ones are forwarded too
    d.rpc("stats.clear", port="h1")
    assert d.stats("h1")["rx_frames"] == 0 and d.stats("h2")["tx_frames"] == 10

# SPDX-License-Identifier: ISC
"""The address table over time and at its limits: ageing, flapping, max_macs, a full table."""
import time

from frames import BROADCAST, sized, station
from netns import settle
from wait import wait_until


def hello(*stations):
    return [sized(BROADCAST, s, 60) for s in stations]


def test_a_silent_station_is_forgotten_after_ageing_s(lab):
    d, a, b, c = lab.lan(3, {"ageing_s": 2})
    events = d.subscribe("mac.aged")
    a.wire.send(*hello(station(0x1000)))
    settle(a.wire, b.wire, c.wire)
    t0 = time.monotonic()
    e = events.wait_event("mac.aged", mac=station(0x1000))
    assert 0.9 < time.monotonic() - t0 < 6
    assert (e["port"], e["vlan"], e["switch"]) == ("h1", 0, "sw0")
    wait_until(lambda: d.macs() == {}, what="the table to empty")
    assert d.stats()["aged"] == 2  # with the marker's
    frame = sized(station(0x1000), b.mac, 60)
    b.wire.send(frame)
    assert settle(b.wire, a.wire, c.wire) == [[frame], [frame]]


def test_a_station_that_talks_is_kept_and_a_static_one_too(lab):
    d, a, b = lab.lan(2, {"ageing_s": 2})
    d.rpc("mac.add", mac=station(0x1001), port="h2")
    for _ in range(16):
        a.wire.send(*hello(a.mac))
        time.sleep(0.2)
    assert set(d.macs()) == {(a.mac, 0), (station(0x1001), 0)}
    assert d.stats()["aged"] == 0 and d.stats()["learned"] == 1


def test_ageing_0_keeps_stations_for_ever_and_can_be_changed_live(lab):
    d, a, b = lab.lan(2, {"ageing_s": 0})
    settle(a.wire, b.wire)
    wait_until(lambda: d.macs()[(a.mac, 0)]["age_s"] >= 3, what="the entry to be 3 s old")
    d.rpc("switch.set", ageing_s=1)
    wait_until(lambda: not d.macs(), what="the entry to age")
    d.rpc("switch.set", ageing_s=None)  # the default again
    assert d.rpc("switch.list")["switches"][0]["settings"]["ageing_s"] == 300


def test_a_flapping_address_is_reported_once(lab):
    d, a, b, c = lab.lan(3)
    events = d.subscribe("mac.flapping", "mac.moved")
    for _ in range(40):
        for h in a, b:
            h.wire.send(*hello(station(0x2000)))
            settle(h.wire, c.wire, src=h.mac)
    entry = d.macs()[(station(0x2000), 0)]
    assert entry["flapping"] is True and entry["moves"] >= 40
    got = events.events_so_far()
    flapping = [e for e in got if e["event"] == "mac.flapping"]
    assert len(flapping) == 1, flapping
    e = flapping[0]
    assert e["mac"] == station(0x2000) and {e["port"], e["from"]} == {"h1", "h2"} and e["moves"] >= 2
    assert len(got) < 40, "not one event a move"
    assert d.stats()["flapping"] == 1 and d.stats()["moved"] == 79


def test_max_macs_limits_what_a_port_teaches_but_not_what_it_sends(lab):
    d, a, b = lab.lan(2, max_macs=5)
    frames = hello(*(station(0x3000 + i) for i in range(20)))
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]
    assert d.port("h1")["macs"] == 5 and len(d.macs()) == 5
    # the marker's source was refused too
    assert d.stats("h1")["learn_refused"] == 16 and d.stats()["refused_limit"] == 16
    d.rpc("port.set", port="h1", max_macs=None)
    a.wire.send(*frames)
    settle(a.wire, b.wire)
    assert d.port("h1")["macs"] == 21


def test_a_full_table_floods_and_keeps_its_static_entries(lab):
    d, a, b = lab.lan(2, {"max_macs": 16})
    events = d.subscribe("table.full")
    d.rpc("mac.add", mac=station(0x4000), port="h2")
    frames = hello(*(station(0x4100 + i) for i in range(60)))
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]
    macs = d.macs()
    assert len(macs) <= 16 and macs[(station(0x4000), 0)]["static"]
    s = d.stats()
    assert s["refused_full"] + s["evicted"] >= 40
    got = events.events_so_far()
    assert len(got) <= 1, "once, not for each address"


def test_one_port_that_invents_addresses_does_not_crowd_out_another(lab):
    d, a, b, c = lab.lan(3, {"max_macs": 64})
    settle(b.wire, a.wire)  # known before
    for i in range(10):
        a.wire.send(*hello(*(station(0x5000 + 50 * i + n) for n in range(50))))
        settle(a.wire, b.wire, c.wire)
    assert d.where(b.mac) == "h2", "an old station was crowded out"
    c.wire.send(*hello(c.mac))  # and a new one finds room
    settle(c.wire, a.wire, b.wire)
    assert d.where(c.mac) == "h3"
    frame = sized(c.mac, b.mac, 60)
    b.wire.send(frame)
    assert settle(b.wire, a.wire, c.wire) == [[], [frame]]
    assert d.rpc("mac.list")["total"] <= 64


def test_a_full_table_is_told_once_and_again_after_there_was_room(lab):
    d, a, b = lab.lan(2, {"max_macs": 16})
    events = d.subscribe("table.full")

    def fill(first):
        a.wire.send(*hello(*(station(first + i) for i in range(20))))
        settle(a.wire, b.wire)
        settle(b.wire, a.wire)
        b.wire.send(*hello(*(station(first + 100 + i) for i in range(20))))
        settle(b.wire, a.wire)

    fill(0x6000)
    full = events.wait_event("table.full")
    assert full["switch"] == "sw0" and full["port"] in ("h1", "h2") and full["mac"].startswith("02:")
    assert events.events_so_far() == []
    events.events_so_far()

    def told_again():
        d.rpc("mac.flush")
        time.sleep(0.3)  # whether there is room is looked at now and then
        fill(0x7000)
        return "table.full" in [e["event"] for e in events.events_so_far()]
    wait_until(told_again, what="a second event")


def test_max_macs_of_the_switch_can_be_raised_and_lowered_live(lab):
    d, a, b = lab.lan(2, {"max_macs": 1024})
    d.rpc("mac.add", mac=station(0x8000), port="h2")
    a.wire.send(*hello(*(station(0x8100 + i) for i in range(300))))
    settle(a.wire, b.wire)
    assert d.rpc("mac.list")["total"] == 302
    d.rpc("switch.set", max_macs=2048)
    assert d.rpc("mac.list")["total"] == 302
    d.rpc("switch.set", max_macs=100)
    macs = d.macs()
    assert len(macs) <= 100 and macs[(station(0x8000), 0)]["static"]
    assert (a.mac, 0) in macs, "those heard last stay"

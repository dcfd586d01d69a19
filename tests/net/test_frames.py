# SPDX-License-Identifier: ISC
"""Frames pass byte for byte, in all sizes and with any tags, unless a port's mtu says otherwise."""
import signal

import pytest

from frames import BROADCAST, TEST_TYPE, eth, noise, sized, station, tagged
from netns import settle
from wait import wait_until

# A frame below 14 bytes cannot be sent through a packet socket: tests/unit has those.
SIZES = [14, 15, 59, 60, 61, 512, 1500, 1514, 1518, 4096, 9000, 9014, 16384, 65534, 65535]


def test_frames_of_any_size_pass_byte_for_byte(lab):
    d, a, b, c = lab.lan(3, mtu=65521)
    assert d.port("h1")["mtu"] == 65521
    to_one = [sized(b.mac, a.mac, n) for n in SIZES]
    to_all = [sized(BROADCAST, a.mac, n) for n in SIZES]
    settle(b.wire, a.wire)
    c.wire.drain()
    a.wire.send(*to_one, *to_all)
    assert settle(a.wire, b.wire, c.wire) == [to_one + to_all, to_all]


def test_frames_that_waited_leave_in_the_order_they_came(lab):
    """Those that wait are taken several at a time; how many of which size must not show."""
    d, a, b, c = lab.lan(3, mtu=65521)
    frames = [sized(b.mac if i % 3 else BROADCAST, a.mac, SIZES[i * i % len(SIZES)]) for i in range(200)]
    settle(b.wire, a.wire)
    c.wire.drain()
    d.signal(signal.SIGSTOP)
    a.wire.send(*frames)
    d.signal(signal.SIGCONT)
    assert settle(a.wire, b.wire, c.wire) == [frames, frames[::3]]


def test_jumbo_frames_pass_when_the_devices_take_them(lab):
    """No mtu of the port's own: it carries what the device carries."""
    _, a, b = lab.lan(2)
    for h in a, b:
        h.ip_cmd("link set eth0 mtu 9000")
    frames = [sized(b.mac, a.mac, n) for n in (1514, 1515, 9000, 9014)]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]


@pytest.mark.parametrize("tags", [
    [(1,)], [(4094,)], [(4095,)], [(0, 0x8100, 7)], [(100, 0x88A8)], [(100, 0x88A8, 3), (200, 0x8100, 5)],
    [(100,), (200,)], [(1,), (2,), (3,)], [(5, 0x9100)],
], ids=lambda t: "-".join(f"{x[1] if len(x) > 1 else 0x8100:x}.{x[0]}" for x in t))
def test_tagged_frames_pass_unchanged(lab, tags):
    _, a, b, c = lab.lan(3)
    frames = [tagged(sized(dst, a.mac, n), *tags) for dst in (BROADCAST, b.mac) for n in (60, 1000)]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire, c.wire) == [frames, frames]
    settle(b.wire, a.wire)
    answer = tagged(sized(a.mac, b.mac, 99), *tags)
    b.wire.send(answer)
    assert settle(b.wire, a.wire) == [[answer]]


def test_a_full_sized_frame_may_carry_tags_besides(lab):
    """1500 bytes of payload are 1514, 1518 with a tag, 1522 with two: tags do not count into the MTU."""
    _, a, b = lab.lan(2, mtu=1500)
    full = sized(b.mac, a.mac, 1514)
    frames = [full, tagged(full, (10,))]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]
    a.ip_cmd("link set eth0 mtu 9000")  # the sender's own device counts them, and would refuse
    frames = [tagged(full, (10,), (20,)), tagged(full, (10, 0x88A8), (20,))]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]


@pytest.mark.parametrize("ethertype", [0x0000, 0x002E, 0x05DC, 0x0600, 0x0800, 0x0806, 0x86DD, 0x8847, 0x88CC, 0xFFFF])
def test_any_ethertype_passes_even_with_nonsense_behind_it(lab, ethertype):
    _, a, b = lab.lan(2)
    frames = [eth(dst, a.mac, noise(n, n), ethertype) for dst in (b.mac, BROADCAST) for n in (0, 1, 20, 46, 1400)]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]


@pytest.mark.parametrize("tags", [
    b"\x81\x00", b"\x81\x00\x00", b"\x81\x00\x00\x01\x08", b"\x88\xa8\x00\x01\x81\x00\x00",
])
def test_a_truncated_tag_is_dropped_with_that_reason(lab, tags):
    d, a, b = lab.lan(2)
    good = sized(BROADCAST, a.mac, 60)
    a.wire.send(good[:12] + tags)
    assert settle(a.wire, b.wire) == [[]]
    assert d.drops("h1") == {"truncated_tag": 1}
    assert d.stats("h1")["rx_drops"] == 1 and d.stats()["dropped"] == 1


def test_frames_above_the_mtu_of_the_port_they_came_from_are_dropped(lab):
    d, a, b = lab.lan(2, mtu=1000)
    a.ip_cmd("link set eth0 mtu 9000")  # behind the switch's back
    fits, tagged_fits = sized(b.mac, a.mac, 1014), tagged(sized(b.mac, a.mac, 1014), (10,))
    a.wire.send(fits, sized(b.mac, a.mac, 1015), sized(BROADCAST, station(0x1000), 9014), tagged_fits)
    assert settle(a.wire, b.wire) == [[fits, tagged_fits]]
    assert d.drops("h1") == {"oversize": 2}
    assert d.where(station(0x1000)) is None


def test_frames_above_the_mtu_of_a_port_are_dropped_on_their_way_out_of_it_only(lab):
    hosts = [lab.host(f"h{i}") for i in (1, 2, 3)]
    a, b, c = hosts
    mtus = {"h1": 9000, "h2": 1500, "h3": 9000}
    d = lab.switchd({"switches": {"sw0": {"ports": {h.name: lab.tap(h, mtu=mtus[h.name]) for h in hosts}}}})
    d.wait_up()
    for h in hosts:
        h.wire.drain()
    big, fits = sized(BROADCAST, a.mac, 1515), sized(BROADCAST, a.mac, 1514)
    a.wire.send(big, fits)
    assert settle(a.wire, b.wire, c.wire) == [[fits], [big, fits]]
    assert d.drops("h2") == {"egress_mtu": 1} and d.drops("h1") == {}
    assert d.stats("h2")["tx_drops"] == 1


def test_the_mtu_of_a_port_is_set_on_its_device_and_can_be_changed_live(lab):
    d, a, b = lab.lan(2, mtu=1400)
    assert d.port("h1")["mtu"] == 1400 and "mtu 1400" in a.ip_cmd("link show eth0").stdout
    p = d.rpc("port.set", port="h1", mtu=2000)["port"]
    assert p["mtu"] == 2000 and p["config"]["mtu"] == 2000
    assert "mtu 2000" in a.ip_cmd("link show eth0").stdout
    frame = sized(BROADCAST, a.mac, 2014)
    a.wire.send(frame)
    assert settle(a.wire, b.wire) == [[]]
    d.rpc("port.set", port="h2", mtu=2000)
    a.wire.send(frame)
    assert settle(a.wire, b.wire) == [[frame]]


def test_a_frame_no_port_can_take_is_counted(lab):
    d, a = lab.lan(1)
    a.wire.send(eth(BROADCAST, a.mac, bytes(46), TEST_TYPE))
    wait_until(lambda: d.drops("h1") == {"no_egress": 1}, what="the drop to be counted")

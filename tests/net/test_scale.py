# SPDX-License-Identifier: ISC
"""Two hundred taps; a hundred thousand addresses."""
import struct
import time

from daemon import SANITIZED
from frames import BROADCAST, eth, mac_bytes, mac_text, sized, station
from netns import Wire, settle
from traffic import send_windowed
from wait import wait_until

TAPS, NAMESPACES = 200, 4
STATIONS = 100_000


def test_200_taps_on_one_switch(lab):
    hosts = [lab.host(f"n{i}") for i in range(NAMESPACES)]
    ports = {f"p{i}": {"type": "tap", "netns": f"n{i % NAMESPACES}", "mac": station(0x1000 + i)} for i in range(TAPS)}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    everywhere = [lab.wire(h.name) for h in hosts]
    sender = lab.wire("n0", "p0")
    frame = sized(BROADCAST, station(0x1000), 200)
    sender.send(frame)
    heard = set()
    for w in everywhere:
        while len(heard) < TAPS - 1 and (got := w.recv_from(2))[0]:
            if got[0] == frame:
                assert got[1] not in heard, f"{got[1]} heard it twice"
                heard.add(got[1])
    assert heard == set(ports) - {"p0"}
    sender.mac = station(0x1000)
    last = Wire("n3", "p199", station(0x1000 + 199))
    lab.wires.append(last)
    settle(last, sender)
    before = d.stats()["flooded"]
    only = sized(last.mac, sender.mac, 99)
    sender.send(only)
    wait_until(lambda: only in last.drain(), what="the unicast frame")
    assert d.stats()["flooded"] == before
    assert d.stats("p100")["tx_frames"] == 2, "the broadcast and the marker, not the unicast frame"


def test_a_flood_between_many_ports_leaves_time_for_control(lab):
    """Every frame here goes to 299 ports: it is what is sent that has to be bounded, not what is read."""
    host = lab.host("n0")
    ports = {f"p{i}": {"type": "tap", "netns": "n0"} for i in range(300)}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    senders = [lab.wire(host.name, f"p{i}") for i in range(20)]
    frame = sized(BROADCAST, station(0x5000), 60)
    slowest = 0
    for _ in range(10):
        for w in senders:
            for _ in range(20):
                w.send(frame)
        start = time.monotonic()
        d.rpc("daemon.info")
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < (1 if not SANITIZED else 3)


def hellos(first, count, dst=BROADCAST):
    """A frame each from many stations; built by hand, since there are many."""
    head, tail = mac_bytes(dst), eth(dst, station(0), bytes(46))[12:]
    return [head + b"\x02\x01" + struct.pack("!I", n) + tail for n in range(first, first + count)]


def test_100000_stations_are_learned_and_listed_each_once_while_frames_flow(lab):
    d, a, b = lab.lan(2, {"max_macs": 131072})
    expected = {mac_text(b"\x02\x01" + struct.pack("!I", n)) for n in range(STATIONS)}
    half = STATIONS // 2
    send_windowed(d, "h1", a.wire, hellos(0, half))
    send_windowed(d, "h2", b.wire, hellos(half, half))
    assert d.rpc("mac.list", limit=1)["total"] == STATIONS
    assert d.port("h1")["macs"] == half and d.port("h2")["macs"] == half

    seen, pages = [], 0
    talk = iter(hellos(STATIONS, 2000))
    for page in d.mac_pages():
        assert len(page["macs"]) <= 1000
        seen += [m["mac"] for m in page["macs"]]
        pages += 1
        a.wire.send(*(next(talk) for _ in range(10)))  # learned while the list is read
        b.wire.send(*hellos(pages, 10))                # and moved
    assert pages >= 100
    mine = [m for m in seen if m in expected]
    assert len(mine) == len(set(mine)) == STATIONS, "an address was listed twice, or not at all"

    assert len({m for m in d.macs(port="h2") if m[0] in expected}) >= half


def test_swctl_shows_all_of_100000_macs(lab):
    d, a, b = lab.lan(2, {"max_macs": 131072})
    send_windowed(d, "h1", a.wire, hellos(0, STATIONS))
    text = d.swctl("show", "macs", timeout=60).stdout
    assert sum(line.count("02:01:00:") for line in text.splitlines()) == STATIONS


def test_a_busy_table_does_not_slow_lookups_down(lab):
    """Unicast through a table of 100,000 costs about what it costs through an empty one."""
    d, a, b = lab.lan(2, {"max_macs": 131072})
    settle(b.wire, a.wire)
    frames = [sized(b.mac, a.mac, 60)] * 20000

    def cpu():
        before = d.cpu_s()
        send_windowed(d, "h1", a.wire, frames)
        return d.cpu_s() - before

    empty = cpu()
    send_windowed(d, "h1", a.wire, hellos(0, STATIONS))
    assert cpu() < max(empty * 3, 0.5 if not SANITIZED else 3)

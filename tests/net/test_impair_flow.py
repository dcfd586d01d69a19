# SPDX-License-Identifier: ISC
"""Bad links: bandwidth and its queue, what TCP and UDP make of them, super-frames, and every kind of port."""
import random
import statistics
import time

import pytest

from badlink import acquaint, link, ping, volley
from daemon import SANITIZED
from frames import sized
from netns import sh
from test_storm import MBIT, iperf
from traffic import tcp_transfer, udp_echo
from wait import best_of, wait_until

SIZE = (4 if SANITIZED else 8) << 20


def lan(lab, **options):
    d, h1, h2 = lab.lan(2, addresses=True, **options)
    assert h1.ping(h2) == 0
    return d, h1, h2


# bandwidth

@pytest.mark.parametrize("setting, port, way", [("bandwidth_in", "h1", "in"), ("bandwidth_out", "h2", "out")])
def test_udp_gets_the_bandwidth(lab, setting, port, way):
    d, h1, h2 = lan(lab)
    d.rpc("port.set", port=port, **{setting: "20Mbit"})
    expected = 20 * MBIT * 1400 / 1442  # headers take their part
    got = best_of(lambda: iperf(h1, h2, "-u", "-b", "40M", "-l", 1400), 0.96 * expected)
    assert 0.96 * expected <= got < 1.04 * expected
    assert link(d, port, way)["fates"]["queue_full"] > 1000
    assert best_of(lambda: iperf(h1, h2, "-u", "-b", "10M", "-l", 1400), 9.8 * MBIT) >= 9.8 * MBIT


@pytest.mark.parametrize("setting, port", [("bandwidth_in", "h1"), ("bandwidth_out", "h2")])
def test_tcp_gets_the_bandwidth(lab, setting, port):
    """What is too much waits for it, so TCP has nearly all of it: headers apart, 1448 of 1514 bytes."""
    d, h1, h2 = lan(lab)
    d.rpc("port.set", port=port, queue="200frames", **{setting: "50Mbit"})
    expected = 50 * MBIT * 1448 / 1514
    got = best_of(lambda: iperf(h1, h2), 0.9 * expected)
    assert 0.9 * expected <= got < 1.03 * expected
    free = (100 if SANITIZED else 200) * MBIT
    assert best_of(lambda: iperf(h1, h2, "-R"), free) >= free, "the other direction has no limit"


def test_the_bandwidth_of_frames(lab):
    d, h1, h2 = lab.lan(2)
    acquaint(d, h1, h2)
    d.rpc("port.set", port="h1", bandwidth_in="1000fps")
    began = time.monotonic()
    assert volley(d, h1, h2, 1000) == list(range(1000))
    took = time.monotonic() - began
    assert 0.95 < took < 2


@pytest.mark.parametrize("queue, room", [("10frames", 10), ("20kB", 20), ("15frames,50kB", 15)])
def test_a_queue_has_its_size(lab, queue, room):
    d, h1, h2 = lab.lan(2)
    acquaint(d, h1, h2)
    d.rpc("port.set", port="h1", bandwidth_in="500kbit", queue=queue)  # 16 ms a frame
    got = volley(d, h1, h2, 100, size=1000)
    assert got == sorted(got) and got[:room] == list(range(room))
    row = link(d, "h1", "in")
    # what leaves while others come makes room for more; a busy machine takes its time to send
    assert room <= len(got) <= room + 8
    assert row["fates"]["queue_full"] == 100 - len(got) == d.drops("h1")["impaired_in"]


def test_a_long_queue_is_a_long_wait(lab):
    """Too much of a buffer: who sends all the time has the others wait."""
    d, h1, h2 = lan(lab)
    d.rpc("port.set", port="h2", bandwidth_out="4Mbit", queue="100frames")
    server = h2.popen("iperf3", "-s", "-1")
    wait_until(lambda: h2.run("ss", "-ltn").stdout.find(":5201") > 0, what="iperf3 to listen")
    client = h1.popen("iperf3", "-c", h2.ip, "-u", "-b", "8M", "-l", 1400, "-t", 3)
    wait_until(lambda: link(d, "h2", "out")["queued"] == 100, what="the queue to be full")
    trips = ping(h1, h2, 40, 0.02)
    client.wait(30)
    server.wait(30)
    # 100 frames of 1442 bytes at 4 Mbit a second
    assert trips and 250 < statistics.median(trips) < 320, trips


@pytest.mark.parametrize("lifted", [None, "100Mbit"])
def test_what_waits_goes_at_the_new_bandwidth(lab, lifted):
    """By the old one the queue would take 80 seconds, and who mends a slip of the pen would wait as long."""
    d, h1, h2 = lab.lan(2)
    acquaint(d, h1, h2)
    d.rpc("port.set", port="h1", bandwidth_in="10kbit", delay_in="1ms")
    began = time.monotonic()
    h1.wire.send(*(sized(h2.mac, h1.mac, 1000 + i) for i in range(100)))
    wait_until(lambda: link(d, "h1", "in")["queued"] >= 98, what="the queue to fill")
    d.rpc("port.set", port="h1", bandwidth_in=lifted)
    got = [len(h2.wire.recv()) for _ in range(100)]
    assert got == [1000 + i for i in range(100)]
    assert time.monotonic() - began < 40
    assert link(d, "h1", "in")["queued"] == 0


# super-frames

@pytest.mark.parametrize("way", ["in", "out"])
def test_super_frames_fare_as_their_segments_do(lab, way):
    d, h1, h2 = lan(lab)
    port = "h1" if way == "in" else "h2"
    before = d.stats("h1")["rx_super"]
    d.rpc("port.set", port=port, delay="2ms", impair_seed=7, **{f"loss_{way}": "0.5%"})
    tcp_transfer(h1, h2, SIZE)
    row = link(d, port, way)
    assert row["frames"] > SIZE / 1448 and row["fates"]["lost"] > 1
    supers = d.stats("h1")["rx_super"] - before
    assert supers > 10, "what arrives together is joined again"
    d.rpc("port.set", port=port, loss_in=None, loss_out=None)
    udp_echo(h1, h2, [1, 1472, 5000])


# every kind

def ways(lab, kind):
    """Settings of a port of sw0 that is joined with one of sw1."""
    path = lab.directory / "wire.sock"
    if kind == "netdev":
        sh("ip", "link", "add", "wa0", "type", "veth", "peer", "name", "wb0")
        for name in "wa0", "wb0":
            sh("ip", "link", "set", name, "up")
    return {
        "patch": ({"peer": "sw1/b"}, {"peer": "sw0/a"}),
        "udp": ({"local": "127.0.0.1:4001", "remote": "127.0.0.1:4002"},
                {"local": "127.0.0.1:4002", "remote": "127.0.0.1:4001"}),
        "vxlan": ({"vni": 7, "local": "127.0.0.1:4789", "remotes": "127.0.0.2"},
                  {"vni": 7, "local": "127.0.0.2:4789", "remotes": "127.0.0.1"}),
        "stream": ({"listen": f"unix:{path}"}, {"connect": f"unix:{path}"}),
        "netdev": ({"ifname": "wa0"}, {"ifname": "wb0"}),
        "mcast": ({"group": "239.1.1.1:4000", "ifname": "lo"}, {"group": "239.1.1.1:4000", "ifname": "lo"}),
    }[kind]


@pytest.mark.parametrize("kind", ["patch", "udp", "vxlan", "stream", "netdev", "mcast"])
def test_each_kind_of_port(lab, kind):
    sh("ip", "link", "set", "lo", "up")
    h1, h2 = lab.host("h1"), lab.host("h2")
    a, b = ways(lab, kind)
    mtu = {"mtu": 1450} if kind == "vxlan" else {}
    d = lab.switchd({"switches": {
        "sw0": {"ports": {"h1": lab.tap(h1, **mtu), "a": {"type": kind, **a}}},
        "sw1": {"ports": {"h2": lab.tap(h2, **mtu), "b": {"type": kind, **b}}}}})
    for h in h1, h2:
        h.address()
    wait_until(lambda: h1.ping(h2) == 0, 20, "the hosts to reach each other")
    port = "a.1" if kind == "stream" else "a"
    d.rpc("port.set", switch="sw0", port="a", delay="10ms", impair_seed=7)
    for _ in range(6):  # a busy machine takes longer, never shorter
        trips = ping(h1, h2, 30)
        assert len(trips) == 30 and min(trips) >= 20, trips
        if statistics.median(trips) < 24:
            break
    assert statistics.median(trips) < 24, trips
    d.rpc("port.set", switch="sw0", port="a", delay="1ms", loss="1%", corrupt="0.1%")
    tcp_transfer(h1, h2, SIZE // 4)
    tcp_transfer(h2, h1, SIZE // 4)
    rows = [link(d, port, way, switch="sw0") for way in ("in", "out")]
    assert all(row["frames"] > SIZE / 4 / 1448 for row in rows), "each segment by itself"
    assert sum(row["fates"]["lost"] + row["corrupted"] for row in rows) > 0
    # it goes while it holds frames
    d.rpc("port.set", switch="sw0", port="a", loss=None, corrupt=None, delay="30s")
    for x, y in (h1, h2), (h2, h1):
        x.run("ping", "-n", "-q", "-c", 20, "-i", 0.01, "-W", 1, y.ip, check=False)
    wait_until(lambda: link(d, port, "out", switch="sw0")["held"] >= 20, what="frames to be held")
    d.rpc("port.del", switch="sw0", port="a")
    assert d.rpc("impair.list")["links"] == []


@pytest.mark.parametrize("setting, taken", [("delay", "5ms"), ("loss", "5%")])
def test_a_good_port_of_the_same_switch_notices_nothing(lab, setting, taken):
    d, h1, h2, h3 = lab.lan(3, addresses=True)
    assert h1.ping(h2) == h1.ping(h3) == 0
    d.rpc("port.set", port="h3", **{setting: taken})
    assert statistics.median(ping(h1, h2)) < 3 and h1.ping(h2, count=100) == 0
    tcp_transfer(h1, h2, SIZE)
    assert d.drops("h1") == d.drops("h2") == {}


CHANGES = {"delay": ["1ms", "20ms", "300ms"], "jitter": ["500us,normal", "2ms,pareto,50%,overtake"], "loss": ["5%", "100%"],
           "loss_burst": ["5%,20%"], "loss_every": ["3frames"], "duplicate": ["50%", "100%"],
           "corrupt": ["10%,64bits"], "bandwidth": ["1Mbit", "500fps", "1Gbit"], "queue": ["1frame", "20kB"],
           "path_mtu": ["100B"], "link": ["down"], "impair_seed": [1, 2], "impair_memory_mib": [1, 64]}


def test_anything_may_be_changed_while_frames_flow(lab):
    """In any order, at any moment; and in the end everything is as it was."""
    d, *hosts = lab.lan(3, addresses=True)
    h1, h2, h3 = hosts
    assert h1.ping(h2) == h1.ping(h3) == 0
    r = random.Random(7)
    server = h2.popen("iperf3", "-s", stdout=-3, stderr=-3)
    wait_until(lambda: h2.run("ss", "-ltn").stdout.find(":5201") > 0, what="iperf3 to listen")
    flows = [h1.popen("iperf3", "-c", h2.ip, "-t", 60, stdout=-3, stderr=-3),
             h3.popen("ping", "-f", "-b", "10.0.0.255", stdout=-3, stderr=-3),
             h2.popen("ping", "-n", "-i", 0.002, "-s", 3000, h3.ip, stdout=-3, stderr=-3)]
    for _ in range(40 if SANITIZED else 150):
        for _ in range(r.randrange(1, 4)):
            name = r.choice(list(CHANGES))
            way = r.choice(["", "_in", "_out"]) if not name.startswith("impair") else ""
            value = r.choice([None, None, *CHANGES[name]])
            d.rpc("port.set", port=r.choice(hosts).name, **{name + way: value})
        if r.random() < 0.1:
            d.swctl("set", "port", r.choice(hosts).name, "--impair", "none")
        for row in d.rpc("impair.list")["links"]:
            assert row["frames"] == sum(row["fates"].values()), row
            assert row["held_bytes"] <= 64 << 20
        time.sleep(0.02)
    for h in hosts:
        d.swctl("set", "port", h.name, "--impair", "none")
    for p in *flows, server:
        p.kill()
        p.wait()
    wait_until(lambda: d.rpc("impair.list")["links"] == [] and h1.ping(h2) == h1.ping(h3) == 0, 20, "good links")
    d.rpc("stats.clear")
    assert h1.ping(h2, count=100) == 0 and h2.ping(h3, count=100) == 0
    assert d.drops("h1") == d.drops("h2") == d.drops("h3") == {}

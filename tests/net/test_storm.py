# SPDX-License-Identifier: ISC
"""Rate limits and storm control with real traffic: what passes, what is counted where, and who is told."""
import json
import subprocess
import time

import pytest

from frames import BROADCAST, sized, station
from streams import peers, room  # noqa: F401, fixtures
from test_stp import Ring, states
from traffic import Stream, send_windowed
from wait import best_of, wait_until

GROUP = "01:00:5e:01:02:03"
MBIT = 1000000
SECONDS = 4


def iperf(client, server, *args):
    """What the receiving end saw, in bits a second of payload."""
    end = server.popen("iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
    wait_until(lambda: server.run("ss", "-ltn").stdout.find(":5201") > 0, what="iperf3 to listen")
    told = json.loads(client.run("iperf3", "-c", server.ip, "-J", "-t", SECONDS, *args, timeout=60).stdout)
    end.wait(20)
    return told["end"]["sum_received"]["bits_per_second"]


def limits(d, port):
    return d.port(port).get("limits")


@pytest.mark.parametrize("setting, port", [("rate_in", "h1"), ("rate_out", "h2")])
def test_udp_gets_the_rate_and_no_more(lab, setting, port):
    d, h1, h2, _ = lab.lan(3, addresses=True)
    h1.ping(h2)
    d.rpc("port.set", port=port, **{setting: "20Mbit"})
    expected = 20 * MBIT * 1400 / 1442  # the headers are metered too
    assert limits(d, port) == {setting: {"limit": "20Mbit", "burst": 5 * MBIT}}
    got = best_of(lambda: iperf(h1, h2, "-u", "-b", "60M", "-l", 1400), 0.93 * expected)
    # what is sent in SECONDS is the rate and the bucket once; iperf3 stops counting a little later than it stops sending
    assert 0.93 * expected <= got < 1.05 * (expected + 5 * MBIT / SECONDS)
    assert d.drops(port)[setting] > 1000
    assert not [p for p in ("h1", "h2", "h3") if p != port and setting in d.drops(p)]
    d.rpc("port.set", port=port, **{setting: None})
    assert limits(d, port) is None
    before = d.drops(port)[setting]
    assert best_of(lambda: iperf(h1, h2, "-u", "-b", "60M", "-l", 1400), 55 * MBIT) >= 55 * MBIT
    assert d.drops(port)[setting] == before


@pytest.mark.parametrize("setting, port", [("rate_in", "h1"), ("rate_out", "h2")])
def test_tcp_finds_the_rate(lab, setting, port):
    """Nothing is queued, so TCP loses what is above and learns; super-frames count as what they become."""
    d, h1, h2, _ = lab.lan(3, addresses=True)
    h1.ping(h2)
    d.rpc("port.set", port=port, **{setting: "50Mbit"})
    got = best_of(lambda: iperf(h1, h2), 0.7 * 50 * MBIT)
    assert 0.7 * 50 * MBIT <= got < 1.05 * (50 * MBIT + 12.5 * MBIT / SECONDS)
    assert d.drops(port)[setting] > 0
    assert best_of(lambda: iperf(h1, h2, "-R"), 200 * MBIT) >= 200 * MBIT, "the other direction has no limit"


def test_a_limit_of_frames(lab):
    d, h1, h2, h3 = lab.lan(3, rate_in="100fps", rate_in_burst_ms=1000)
    h2.wire.send(sized(BROADCAST, h2.mac, 60))
    assert h1.wire.recv(5)
    sent = send_windowed(d, "h1", h1.wire, [sized(h2.mac, h1.mac, size) for size in (60, 1514) * 400])
    got = len(h2.wire.drain())
    assert 100 <= got <= 400, got  # the bucket, and what came to it meanwhile
    assert d.drops("h1") == {"rate_in": sent - got}
    assert d.drops("h2") == d.drops("h3") == {}


def test_a_storm_is_held_and_told(lab):
    d, h1, h2, h3 = lab.lan(3, storm_broadcast="20fps", storm_multicast="30fps")
    h2.wire.send(sized(BROADCAST, h2.mac, 60))
    assert h1.wire.recv(5) and h3.wire.recv(5)
    events = d.subscribe("storm")
    send_windowed(d, "h1", h1.wire, [sized(BROADCAST, h1.mac, 60)] * 2000)
    began = events.wait_event("storm.began")
    assert (began["switch"], began["port"], began["class"], began["limit"]) == ("sw0", "h1", "broadcast", "20fps")
    now = limits(d, "h1")
    assert now["storm_broadcast"]["storm"] is True and now["storm_broadcast"]["dropped"] > 1000
    assert now["storm_multicast"] == {"limit": "30fps", "burst": 30, "storm": False}
    shown = d.swctl("show", "port", "h1").stdout
    assert "storm_broadcast 20fps, at once 20: a storm for" in shown and "storm_multicast 30fps, at once 30\n" in shown
    assert "h1 is above storm_broadcast 20fps, a storm for" in d.swctl("show", "ports").stdout
    assert max(len(line) for line in d.swctl("show", "ports").stdout.splitlines()) <= 80

    heard = h2.wire.drain()
    assert 20 <= len(heard) <= 100 and set(heard) == {sized(BROADCAST, h1.mac, 60)}
    assert d.drops("h1")["storm_broadcast"] == 2000 - len(heard)
    h3.wire.drain()
    # neither its other frames nor the broadcasts of others suffer
    h1.wire.send(sized(h2.mac, h1.mac, 60), sized(GROUP, h1.mac, 60))
    assert [h2.wire.recv(5), h2.wire.recv(5)] == [sized(h2.mac, h1.mac, 60), sized(GROUP, h1.mac, 60)]
    h3.wire.send(sized(BROADCAST, h3.mac, 60))
    assert h2.wire.recv(5) == sized(BROADCAST, h3.mac, 60)

    ended = events.wait_event("storm.ended", 5)
    assert (ended["class"], ended["dropped"]) == ("broadcast", d.drops("h1")["storm_broadcast"])
    assert ended["time"] - began["time"] > 0.9
    assert events.events_so_far() == []
    assert "port h1 brings in more broadcast frames than 20fps" in d.log()
    assert limits(d, "h1")["storm_broadcast"] == {"limit": "20fps", "burst": 20, "storm": False}
    assert "storm" not in d.swctl("show", "ports").stdout


def test_classes_are_told_apart(lab):
    d, h1, h2, _ = lab.lan(3, storm_multicast="10fps", storm_unknown="10fps")
    h2.wire.send(sized(BROADCAST, h2.mac, 60))
    assert h1.wire.recv(5)
    events = d.subscribe("storm")
    nobody = station(0x4711)
    send_windowed(d, "h1", h1.wire, [sized(x, h1.mac, 60) for x in (GROUP, nobody, BROADCAST, h2.mac)] * 300)
    heard = [f[:6].hex(":") for f in h2.wire.drain()]
    assert heard.count(BROADCAST) == heard.count(h2.mac) == 300
    assert 10 <= heard.count(GROUP) <= 50 and 10 <= heard.count(nobody) <= 50
    drops = d.drops("h1")
    assert drops == {"storm_multicast": 300 - heard.count(GROUP), "storm_unknown": 300 - heard.count(nobody)}
    assert {events.wait_event("storm.began")["class"] for _ in range(2)} == {"multicast", "unknown"}


def test_a_storm_may_shut_the_port(lab):
    d, h1, h2, _ = lab.lan(3, storm_broadcast="20fps", storm_action="shut", shut_recovery_s=3)
    events = d.subscribe("storm", "port")
    send_windowed(d, "h1", h1.wire, [sized(BROADCAST, h1.mac, 60)] * 400)
    events.wait_event("storm.began", port="h1")
    assert events.wait_event("port.shut", port="h1")["cause"] == "storm"
    passed = len(h2.wire.drain())
    assert 20 <= passed <= 40
    assert d.drops("h1") == {"storm_broadcast": 1, "port_shut": 400 - passed - 1}
    assert "h1 is shut" in d.swctl("show", "ports").stdout
    h1.wire.send(sized(BROADCAST, h1.mac, 60))
    assert h2.wire.recv(0.5) is None
    assert events.wait_event("port.opened", 8, port="h1")["cause"] == "time"
    h1.wire.send(sized(BROADCAST, h1.mac, 60))
    assert h2.wire.recv(5) == sized(BROADCAST, h1.mac, 60)
    send_windowed(d, "h1", h1.wire, [sized(BROADCAST, h1.mac, 60)] * 100)
    events.wait_event("port.shut", port="h1")
    assert "h1 reopened" in d.swctl("reopen", "h1").stdout


def test_each_peer_has_the_limits_to_itself(room, peers):  # noqa: F811
    r = room(rate_in="50fps", rate_in_burst_ms=1000)
    a, b = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    r.host.wire.send(sized(BROADCAST, r.host.mac, 60))
    assert a.recv() and b.recv()
    a.send(*[sized(r.host.mac, station(1), 60)] * 500)
    wait_until(lambda: r.d.stats("vm.1")["rx_frames"] == 500, what="vm.1 to be read")
    b.send(*[sized(r.host.mac, station(2), 60)] * 50)
    wait_until(lambda: r.d.stats("vm.2")["rx_frames"] == 50, what="vm.2 to be read")
    assert r.d.drops("vm.1")["rate_in"] > 300 and r.d.drops("vm.2") == {}
    r.d.rpc("port.set", port="vm", rate_in="1kfps")
    assert [r.d.port(p)["limits"]["rate_in"]["limit"] for p in ("vm.1", "vm.2")] == ["1kfps"] * 2


def test_changing_limits_of_one_port_disturbs_no_other(lab):
    d, h1, h2, h3 = lab.lan(3)
    stream = Stream(h2, h3)
    for i in range(100):
        d.rpc("port.set", port="h1", rate_in=f"{i + 1}Mbit", rate_out=f"{i + 1}kfps", storm_unknown=f"{i + 1}fps")
    d.rpc("port.set", port="h1", rate_in=None, rate_out=None, storm_unknown=None)
    stream.flow_on()
    assert stream.finish() > 0
    assert limits(d, "h1") is None


def test_a_flood_does_not_cost_a_tree_its_bpdus(lab):
    r = Ring(lab)
    tight = {"rate_in": "1fps", "storm_broadcast": "1fps", "storm_multicast": "1fps"}
    for switch, ports in ("a", "bc"), ("b", "ac"), ("c", "ab"):
        for port in ports:
            r.d.rpc("port.set", switch=switch, port=port, **tight)
    events = r.d.subscribe("stp")
    before = sorted(states(r.d, "a", "b", "c"))
    flood = [sized(x, r.hosts[0].mac, 60) for x in (GROUP, BROADCAST)] * 100
    deadline = time.monotonic() + 12  # two times as long as a port waits for news of its root
    while time.monotonic() < deadline:
        r.hosts[0].wire.send(*flood)
        time.sleep(0.05)
    assert events.events_so_far() == []
    assert sorted(states(r.d, "a", "b", "c")) == before
    assert r.d.drops("a", switch="b")["rate_in"] > 1000


def test_swctl_sets_and_shows_limits(lab):
    d, *_ = lab.lan(2)
    d.swctl("set", "port", "h1", "--storm-broadcast", "100fps", "--rate_out", "2.5Gbit")
    assert d.port("h1")["config"] == {"netns": "h1", "ifname": "eth0", "mac": d.port("h1")["mac"],
                                      "storm_broadcast": "100fps", "rate_out": "2500Mbit", "type": "tap"}
    assert "rate_out 2500Mbit, at once 78.1 MB" in d.swctl("show", "port", "h1").stdout
    wrong = d.swctl("set", "port", "h1", "--rate-in", "1000", check=False)
    assert wrong.returncode and all(word in wrong.stdout for word in ("rate", "1000", "bit", "fps"))
    d.swctl("set", "port", "h1", "--storm-broadcast", "none", "--rate_out", "0")
    assert limits(d, "h1") is None

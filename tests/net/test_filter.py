# SPDX-License-Identifier: ISC
"""Filters: what a port takes in and lets out, what they are shown, what is refused, and whom a change disturbs."""
import json
import struct
import time

import pytest

from daemon import SANITIZED, SWITCHD
from frames import BROADCAST, eth, sized, station, tagged
from netns import settle, sh
from rpc import INVALID_PARAMS, RpcError
from streams import Peer
from traffic import Stream, tcp_transfer
from wait import wait_until

SIZE = (4 if SANITIZED else 32) << 20


def counts(d, port, way):
    """Frames passed, and refused."""
    s = d.stats(port)
    return s[f"filter_{way}_passed"], s[f"filter_{way}_refused"]


def udp(src, dst, sport, dport, size=60):
    """An Ethernet frame with an IPv4 datagram; nobody looks at its checksums on the way."""
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size - 14, 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    return eth(dst, src, ip + struct.pack("!HHHH", sport, dport, size - 34, 0) + bytes(size - 42), 0x0800)


# pings

def test_pings_pass_or_do_not(lab):
    d, h1, h2, h3 = lab.lan(3, addresses=True)
    assert h1.ping(h2) == 0
    d.swctl("set", "port", "h1", "--filter-in", "not icmp")
    assert h1.ping(h2, wait=0.3) == 100
    assert h2.ping(h3) == 0
    _, refused = counts(d, "h1", "in")
    assert refused >= 1 and d.drops("h1") == {"filter_in": refused}
    d.swctl("set", "port", "h1", "--filter_in", "default")
    assert h1.ping(h2) == 0

    d.rpc("port.set", port="h2", filter_out="arp or dst host 10.0.0.9")
    assert h1.ping(h2, wait=0.3) == 100
    assert counts(d, "h2", "out")[1] >= 1 and d.drops("h2")["filter_out"] == counts(d, "h2", "out")[1]
    assert "filter_out" not in d.drops("h1") and d.stats("h1")["filter_in_refused"] == refused
    d.rpc("port.set", port="h2", filter_out="arp or icmp")
    assert h1.ping(h2, count=5) == 0
    assert counts(d, "h2", "out")[0] >= 5
    d.rpc("port.set", port="h2", filter_out=None)
    assert "filter_instructions" not in d.port("h2") and "filter_out" not in d.port("h2")["config"]
    assert h1.ping(h3) == 0


def test_what_is_refused_is_not_learned(lab):
    d, h1, h2 = lab.lan(2, filter_in="ether src 02:00:00:00:00:01 or ether src 02:00:00:00:00:02")
    h1.wire.send(sized(BROADCAST, station(0x99), 60), sized(BROADCAST, h1.mac, 60))
    assert settle(h1.wire, h2.wire) == [[sized(BROADCAST, h1.mac, 60)]]
    assert d.where(station(0x99)) is None and d.where(h1.mac) == "h1"
    assert counts(d, "h1", "in")[1] == 1


def test_a_flood_is_asked_about_at_each_port(lab):
    hosts = [lab.host(f"h{i + 1}") for i in range(4)]
    out = [None, "udp dst port 5000", "not udp dst port 5000", None]
    ports = {h.name: lab.tap(h, **({"filter_out": f} if f else {})) for h, f in zip(hosts, out)}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    a, b, c, e = [h.wire for h in hosts]
    for w in a, b, c, e:
        w.drain()
    frames = [udp(hosts[0].mac, BROADCAST, 1, port) for port in (5000, 5001)]
    a.send(*frames)
    assert settle(a, c, e) == [frames[1:], frames]
    assert b.recv(2) == frames[0] and b.recv(0.2) is None  # nor did the marker of settle() pass
    assert counts(d, "h2", "out") == (1, 2) and counts(d, "h3", "out") == (2, 1) and counts(d, "h4", "out") == (0, 0)


def test_super_frames_cross_and_are_counted_once(lab):
    hosts = [lab.host(f"h{i + 1}") for i in range(2)]
    d = lab.switchd({"switches": {"sw0": {"ports": {
        "h1": lab.tap(hosts[0], filter_in="arp or tcp dst port 5201", filter_out="arp or tcp src port 5201"),
        "h2": lab.tap(hosts[1], filter_in="arp or tcp src port 5201", filter_out="arp or tcp dst port 5201")}}}})
    d.wait_up()
    for h in hosts:
        h.address()
    tcp_transfer(hosts[0], hosts[1], SIZE)
    s = d.stats("h1")
    assert s["rx_super"] > 0
    assert counts(d, "h1", "in")[0] <= s["rx_frames"] < SIZE / 2000
    assert counts(d, "h2", "out")[0] == d.stats("h2")["tx_frames"] + sum(
        n for r, n in d.drops("h2").items() if r in ("queue_full", "device_down"))


# VLANs

def test_a_trunk_shows_its_tags(lab):
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    d = lab.switchd({"switches": {"sw0": {"vlan_aware": True, "ports": {
        "h1": lab.tap(hosts[0], access=10, filter_in="udp dst port 7 or ether proto 0x88b6", mtu=9000),
        "h2": lab.tap(hosts[1], trunk="10,20", filter_in="not vlan 20", mtu=9000,
                      filter_out="ether proto 0x88b6 or vlan 10 and (udp or ether proto 0x88b6)"),
        "h3": lab.tap(hosts[2], access=10, filter_out="udp or ether proto 0x88b6", mtu=9000)}}}})
    d.wait_up()
    a, t, b = [h.wire for h in hosts]
    for w in a, t, b:
        w.drain()
    # in at an access port, out with a tag and without: large ones as well, whose tags are a copy's
    frames = [udp(hosts[0].mac, BROADCAST, 1, 7, n) for n in (60, 508, 509, 1514, 9014)]
    a.send(udp(hosts[0].mac, BROADCAST, 1, 8), *frames)
    for frame in frames:
        assert t.recv(5) == tagged(frame, (10,))
        assert b.recv(5) == frame
    assert counts(d, "h1", "in") == (5, 1) and counts(d, "h2", "out") == (5, 0) and counts(d, "h3", "out") == (5, 0)

    # in from the trunk: as it was received
    plain = udp(hosts[1].mac, BROADCAST, 1, 9)
    t.send(tagged(plain, (20,)), tagged(plain, (10,)))
    assert a.recv(5) == plain and b.recv(5) == plain
    assert counts(d, "h2", "in") == (1, 1) and d.drops("h2") == {"filter_in": 1}
    # what the access port takes has no tag
    d.rpc("port.set", port="h3", filter_out="vlan")
    t.send(tagged(plain, (10,)))
    assert a.recv(5) == plain and b.recv(0.3) is None
    assert d.drops("h3") == {"filter_out": 1}


def test_tags_that_nobody_knows_are_shown_as_they_are(lab):
    d, h1, h2 = lab.lan(2, filter_in="vlan 5")
    frames = [sized(BROADCAST, h1.mac, 60), tagged(sized(BROADCAST, h1.mac, 60), (5,)), tagged(sized(BROADCAST, h1.mac, 60), (6,))]
    h1.wire.send(*frames)
    assert h2.wire.recv(5) == frames[1] and h2.wire.recv(0.2) is None
    assert counts(d, "h1", "in") == (1, 2)


# protocols of the switch

def test_the_spanning_tree_hears_what_a_filter_would_refuse(lab):
    h = lab.host("h1")
    patch = {"type": "patch", "filter_in": "ip", "filter_out": "ip"}
    d = lab.switchd({"switches": {
        "a": {"stp": "rstp", "stp_priority": 4096, "ports": {"h1": lab.tap(h, stp_edge=True),
                                                             "x": {**patch, "peer": "b/x"}, "y": {**patch, "peer": "b/y"}}},
        "b": {"stp": "rstp", "ports": {"x": {**patch, "peer": "a/x"}, "y": {**patch, "peer": "a/y"}}}}})

    def tree(switch):
        b = d.rpc("stp.list", switch=switch)["switches"][0]
        return b["is_root"], sorted(p["role"] for p in b["ports"])

    wait_until(lambda: tree("b") == (False, ["alternate", "root"]), 10, "one of two cables to be blocked")
    assert d.stats("x", switch="b")["filter_in_refused"] == 0
    # without a tree a BPDU is a frame like any other
    d.rpc("switch.set", switch="b", stp="off", link_local="forward")
    wait_until(lambda: d.stats("x", switch="b")["filter_in_refused"] > 0, 10, "a BPDU to be refused")


# copies

def test_a_monitor_port_shows_what_matches(lab):
    """Also of what the others' filters refuse, and with the tags that frames leave with."""
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    d = lab.switchd({"switches": {"sw0": {"vlan_aware": True, "ports": {
        "h1": lab.tap(hosts[0], access=10, filter_in="not udp port 5001"), "h2": lab.tap(hosts[1], trunk="10"),
        "h3": lab.tap(hosts[2], mirror="h1,h2", filter_out="udp or (vlan 10 and udp dst port 5000)")}}}})
    d.wait_up()
    a, b, m = [h.wire for h in hosts]
    for w in a, b, m:
        w.drain()
    frames = [udp(hosts[0].mac, BROADCAST, 1, port) for port in (5000, 5001, 5002)]
    a.send(sized(BROADCAST, hosts[0].mac, 60), *frames)
    got = []
    while frame := m.recv(0.5):
        got.append(frame)
    assert sorted(got) == sorted([*frames, tagged(frames[0], (10,))])
    s = d.stats("h3")
    assert s["tx_mirrored"] == s["tx_frames"] == counts(d, "h3", "out")[0] == 4
    assert d.drops("h3") == {"filter_out": 3}  # what is no datagram, twice, and one in its VLAN
    assert d.drops("h1") == {"filter_in": 1}


# peers of a port that listens

def test_peers_have_the_filter_of_their_port(lab, tmp_path):
    path = tmp_path / "vms"
    h = lab.host("h1")
    d = lab.switchd({"switches": {"sw0": {"ports": {
        "h1": lab.tap(h), "vms": {"type": "stream", "listen": f"unix:{path}", "filter_in": "udp"}}}}})
    d.wait_port("h1")
    h.wire.drain()
    peers = [Peer.connect(path), Peer.connect(path)]
    wait_until(lambda: {"vms.1", "vms.2"} <= set(d.ports()), what="two peers")
    frame, other = udp(station(0x51), BROADCAST, 1, 2), sized(BROADCAST, station(0x51), 60)
    peers[0].send(other, frame)
    assert h.wire.recv(5) == frame and h.wire.recv(0.2) is None
    assert counts(d, "vms.1", "in") == (1, 1) and counts(d, "vms.2", "in") == (0, 0)
    d.rpc("port.set", port="vms", filter_in=None, filter_out="not udp")
    peers[0].send(other, frame)
    assert h.wire.recv(5) == other and h.wire.recv(5) == frame
    assert peers[1].recv(5) == frame and peers[1].recv(5) == other  # the first is from before
    assert peers[1].recv(0.2) is None and counts(d, "vms.2", "out") == (1, 1)
    for p in peers:
        p.sock.close()
    wait_until(lambda: "vms.1" not in d.ports(), what="the peers to go")
    d.rpc("port.del", port="vms")


# changes

def test_a_change_disturbs_no_other_port(lab):
    d, h1, h2, _ = lab.lan(3)
    stream = Stream(h1, h2)
    for i in range(30):
        d.rpc("port.set", port="h3", filter_in=f"udp port {i}", filter_out=f"tcp port {i}")
        d.rpc("port.set", port="h3", filter_in=None, filter_out=None)
    # at the ports of the stream, too, as long as it may pass
    for i in range(30):
        d.rpc("port.set", port="h1", filter_in=f"not udp port {i}")
        d.rpc("port.set", port="h2", filter_out=f"not udp port {i}")
    stream.flow_on()
    stream.finish()
    assert counts(d, "h1", "in")[1] == 0 and counts(d, "h2", "out")[1] == 0


def config(lab, hosts, **filters):
    return {"switches": {"sw0": {"ports": {h.name: lab.tap(h, **filters) for h in hosts}}}}


def test_one_expression_at_many_ports(lab):
    """Fast, because it is compiled once; and fast to be taken away."""
    n = 100 if SANITIZED else 400
    text = " and ".join(f"not port {i}" for i in range(60))
    d = lab.switchd({"switches": {"sw0": {}}})
    plain = {f"p{i}": {"type": "udp", "local": f"127.0.0.1:{10000 + i}", "remote": f"127.0.0.2:{10000 + i}"} for i in range(n)}
    d.rpc("config.apply", config={"switches": {"sw0": {"ports": plain}}})
    t0 = time.monotonic()
    d.rpc("config.apply", config={"switches": {"sw0": {"ports": {k: {**v, "filter_in": text, "filter_out": text} for k, v in plain.items()}}}})
    took = time.monotonic() - t0
    steps = {p["filter_instructions"]["in"] for p in d.ports().values()}
    assert len(steps) == 1 and steps.pop() > 60
    print(f"{n} ports: {took:.3f} s")
    assert took < 5


def test_a_configuration_that_is_undone_has_its_filters_back(lab):
    d, h1, h2 = lab.lan(2, filter_in="not udp port 5000")
    want = config(lab, [h1, h2], filter_in="udp port 5000")
    want["switches"]["sw0"]["ports"]["bad"] = {"type": "tap", "netns": "h1", "ifname": "lo"}
    with pytest.raises(RpcError):
        d.rpc("config.apply", config=want)
    assert d.port("h1")["config"]["filter_in"] == "not udp port 5000"
    frames = [udp(h1.mac, BROADCAST, 1, port) for port in (5000, 5001)]
    h1.wire.send(*frames)
    assert settle(h1.wire, h2.wire) == [frames[1:]]


def test_it_is_in_the_configuration_and_survives(lab):
    text = "arp or (udp and not port 67) or vlan"
    d, h1, h2 = lab.lan(2)
    d.swctl("set", "port", "h2", "--filter_out", text, "--filter_in", text)
    running = json.loads(d.swctl("show", "config").stdout)
    assert running["switches"]["sw0"]["ports"]["h2"]["filter_out"] == text
    d.write_config(running)
    d.restart()
    d.wait_up()
    assert d.port("h2")["config"]["filter_in"] == text
    shown = d.swctl("show", "port", "h2").stdout
    assert f"filter_in {text}" in shown and "0 passed, 0 refused, in at most" in shown
    answer = json.loads(d.swctl("show", "port", "h2", "--json").stdout)["ports"][0]
    assert set(answer["filter_instructions"]) == {"in", "out"} and answer["filter_instructions"]["in"] > 5
    assert "filter_in" not in d.swctl("show", "port", "h1").stdout
    running["switches"]["sw0"]["ports"]["h2"]["filter_in"] = "ip6"
    diff = d.swctl("diff", "-", input=json.dumps(running), check=False).stdout
    assert "ports.h2.filter_in" in diff and "ip6" in diff
    d.write_config(running)
    d.signal(1)  # SIGHUP
    wait_until(lambda: d.port("h2")["config"]["filter_in"] == "ip6", what="the file to be read")


# what is refused

BAD = [
    ("udp or port 67 or", "syntax error", 'of "udp or port 67 or"'),
    ("host www.example.org", '"www.example.org" is no word', "not looked up"),
    ("upd port 67", 'did you mean "udp"?', "pcap-filter(7)"),
    ("ip6 protochain 6", "a loop (protochain)", 'of "ip6 protochain 6"'),
    ("net 10.1.2.3/8", "non-network bits set", "pcap-filter(7)"),
    (" ", "blank", "leave it out"),
    ("ip" + " " * 999, "at most 1000 characters", "found"),
]


@pytest.mark.parametrize("bad", BAD, ids=[b[0].strip()[:24] or "blank" for b in BAD])
def test_a_bad_expression(lab, tmp_path, bad):
    text, *said = bad
    d, h1, h2 = lab.lan(2, filter_in="not udp port 5000")
    good = config(lab, [h1, h2], filter_in="not udp port 5000")
    wrong = config(lab, [h1, h2], filter_in="not udp port 5000", mtu=1400)
    wrong["switches"]["sw0"]["ports"]["h2"]["filter_out"] = text
    before = d.rpc("config.get")

    def refused(path, method, **params):
        with pytest.raises(RpcError) as e:
            d.rpc(method, **params)
        assert e.value.code == INVALID_PARAMS and e.value.data["path"] == path
        for words in said:
            assert words in e.value.message
        assert d.rpc("config.get") == before

    refused("filter_out", "port.set", port="h2", mtu=1300, filter_out=text)
    refused("filter_in", "port.add", port="new", netns="h1", ifname="eth9", filter_in=text)
    for method in "config.check", "config.diff", "config.apply":
        refused("switches.sw0.ports.h2.filter_out", method, config=wrong)

    p = d.swctl("set", "port", "h2", "--filter_out", text, check=False)
    assert p.returncode in (1, 2) and all(" ".join(w.split()) in " ".join(p.stdout.split()) for w in said), p.stdout

    # a file: --check, reading it again, and starting
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    p = sh(SWITCHD, "--check", file, check=False)
    assert p.returncode == 1 and f"{file}: switches.sw0.ports.h2.filter_out: " in p.stdout and all(w in p.stdout for w in said)
    p = d.swctl("check", file, check=False)
    assert p.returncode == 1 and "switches.sw0.ports.h2.filter_out" in p.stdout and all(w in p.stdout for w in said)
    d.write_config(wrong)
    d.signal(1)
    wait_until(lambda: "switches.sw0.ports.h2.filter_out: " in d.log(), what="the reload to be refused")
    assert d.rpc("config.get") == before
    d.stop()
    other = lab.switchd(wrong, start=False)
    with pytest.raises(AssertionError, match="ended at once"):
        other.start()
    assert all(w in other.log() for w in said) and not h1.has_device()
    d.write_config(good)
    d.start()
    d.wait_up()


def test_a_long_one(lab):
    d, h1, h2 = lab.lan(2)
    text = "udp dst port 1"
    while len(text) + 23 <= 1000:
        text += f" or udp dst port {len(text)}"
    text += " " * (1000 - len(text))
    d.swctl("set", "port", "h1", "--filter_in", text)
    assert d.port("h1")["config"]["filter_in"] == text
    assert f"filter_in {text.strip()}" in d.swctl("show", "port", "h1").stdout
    last = int(text.split()[-1])
    frames = [udp(h1.mac, BROADCAST, 9, port) for port in (last, last + 1, 1)]
    h1.wire.send(*frames)
    assert [h2.wire.recv(5), h2.wire.recv(5)] == [frames[0], frames[2]]
    assert counts(d, "h1", "in") == (2, 1)

# SPDX-License-Identifier: ISC
"""udp ports: two daemons on two machines, what crosses between them, and what goes wrong there."""
import signal
import socket

import pytest

from cable import DEVICE, Cable, Machines, at, datagrams
from daemon import SANITIZED
from frames import BROADCAST, eth, noise, sized, station, tagged
from netns import settle, sh
from rpc import INVALID_PARAMS, SYSTEM, RpcError
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20
SIZE = (2 if SANITIZED else 8) * MIB
UDP_SEGMENT = 103
FAMILIES = pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])


def nothing_dropped(cable):
    assert cable.drops() == [[], []]


# what crosses

@FAMILIES
def test_two_hosts_reach_each_other(lab, family):
    cable = Cable(lab, family=family)
    a, b = cable.ends
    assert a.ping(b, count=5) == 0 and b.ping(a, count=5) == 0
    nothing_dropped(cable)
    d = cable.daemons[0]
    assert d.where(b.mac) == "up" and d.where(a.mac) == "h"
    p = d.port("up")
    assert p["state"] == "up" and "reason" not in p
    assert p["local"] == at(cable.addresses[0]) and p["peer"] == at(cable.addresses[1])
    assert p["ifname"] == "" and p["ifindex"] == 0 and "local" not in d.port("h")


@pytest.mark.parametrize("mtu, inner", [(1500, 1500), (1600, 1500), (9100, 9000), (1500, 9000)],
                         ids=["in-fragments", "whole", "jumbo", "jumbo-in-fragments"])
@FAMILIES
def test_tcp_crosses_whole_in_both_directions(lab, mtu, inner, family):
    cable = Cable(lab, mtu, inner, family)
    a, b = cable.ends
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    # Nothing a stack sends may be lost for another reason than that a queue was full.
    for daemon in cable.drops():
        assert {d["reason"] for d in daemon} <= {"queue_full"}


@FAMILIES
def test_datagrams_of_any_size_cross(lab, family):
    cable = Cable(lab, 1500, 1500, family)
    udp_echo(*cable.ends, [0, 1, 17, 512, 1472, 1473, 9000, 65000])
    nothing_dropped(cable)


def test_a_burst_of_segmented_udp_arrives_datagram_by_datagram(lab):
    cable = Cable(lab)
    a, b = cable.ends
    with b.socket(socket.AF_INET, socket.SOCK_DGRAM) as there, a.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        there.bind((b.ip, 5300))
        there.settimeout(10)
        here.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1400)
        for n in range(3):
            parts = [bytes([n, i]) * 700 for i in range(40)] + [b"rest"]
            here.sendto(b"".join(parts), (b.ip, 5300))
            assert [there.recv(1 << 16) for _ in parts] == parts
    nothing_dropped(cable)


SIZES = [14, 15, 59, 60, 61, 64, 127, 128, 1499, 1500, 1513, 1514, 1515, 4095, 8191, 8192, 8193, 8999, 9000]


@pytest.mark.parametrize("mtu", [1500, 9100])
@FAMILIES
def test_frames_arrive_byte_for_byte_and_in_their_order(lab, mtu, family):
    cable = Cable(lab, mtu, 9000, family)
    a, b = (h.wire for h in cable.ends)
    b.drain()
    sent = [sized(BROADCAST, a.mac, size) for size in SIZES + SIZES[::-1] for _ in range(3)]
    a.send(*sent)
    assert settle(a, b) == [sent]
    a.drain()
    b.send(*sent)
    assert settle(b, a) == [sent]
    nothing_dropped(cable)


def test_tags_cross_as_they_are(lab):
    cable = Cable(lab)
    a, b = (h.wire for h in cable.ends)
    b.drain()
    plain = eth(BROADCAST, station(7), noise(200))
    sent = [tagged(plain, (10,)), tagged(plain, (10, 0x88A8)), tagged(plain, (20, 0x88A8), (10,)),
            tagged(plain, (5, 0x8100, 7), (6,), (7,))]
    a.send(*sent)
    assert settle(a, b) == [sent]
    assert cable.daemons[1].where(station(7), 10) == "up"


def test_the_largest_frame_is_the_largest_datagram(lab):
    cable = Cable(lab, 1500, 65521)
    a, b = (h.wire for h in cable.ends)
    b.drain()
    fits, too_large = sized(BROADCAST, a.mac, 65485 + 14), sized(BROADCAST, a.mac, 65486 + 14)
    a.send(too_large, fits)
    assert settle(a, b) == [[fits]]
    assert cable.daemons[0].drops("up") == {"egress_mtu": 1}


def test_the_mtu_of_the_port_counts_in_and_out(lab):
    cable = Cable(lab, inner=9000)
    d, a, b = cable.daemons[0], cable.ends[0].wire, cable.ends[1].wire
    d.rpc("port.set", port="up", mtu=1000)
    assert d.port("up")["mtu"] == 1000
    b.drain()
    fits = sized(BROADCAST, a.mac, 1014)
    a.send(sized(BROADCAST, a.mac, 1015), fits)
    assert settle(a, b) == [[fits]]
    assert d.drops("up") == {"egress_mtu": 1}
    a.drain()
    fits = sized(BROADCAST, b.mac, 1014)
    b.send(sized(BROADCAST, b.mac, 1015), fits)
    assert settle(b, a) == [[fits]]
    assert d.drops("up") == {"egress_mtu": 1, "oversize": 1}


def test_what_is_too_short_for_a_frame_is_counted(lab):
    m = Machines(lab)
    d = m.switchd(0, {"up": m.udp(0)})
    with m.socket(1, 4000) as peer:
        for size in 0, 1, 13:
            peer.sendto(bytes(size), (m.addresses[0], 4000))
        wait_until(lambda: d.drops("up").get("runt") == 3, what="three runts to be counted")


def test_what_the_socket_had_no_room_for_is_counted(lab):
    m = Machines(lab)
    d = m.switchd(0, {"up": m.udp(0)})
    frame, sent = sized(BROADCAST, station(0x90), 1000), 20000
    d.signal(signal.SIGSTOP)
    with m.socket(1, 4000) as peer:
        for _ in range(sent):
            peer.sendto(frame, (m.addresses[0], 4000))
        d.signal(signal.SIGCONT)
        wait_until(lambda: d.stats("up")["rx_frames"] > 1000, what="the daemon to read")
        peer.sendto(frame, (m.addresses[0], 4000))  # it brings the news
        wait_until(lambda: d.drops("up").get("rx_overrun"), what="the loss to be counted")
        drops = d.drops("up")
        assert drops["rx_overrun"] + d.stats("up")["rx_frames"] == sent + 1
        assert set(drops) == {"rx_overrun", "no_egress"}


# who is heard

@FAMILIES
def test_only_the_peer_is_heard(lab, family):
    m = Machines(lab, family=family)
    h = lab.host("h")
    d = m.switchd(0, {"h": lab.tap(h), "up": m.udp(0)})
    d.wait_up()
    h.wire.drain()
    m.hosts[1].ip_cmd("addr add " + ("192.0.2.3/24" if family == 4 else "2001:db8::3/64 nodad") + f" dev {DEVICE}")
    here = (m.addresses[0], 4000)
    with m.socket(1, 4000) as peer, m.socket(1, 4001) as other_port, \
         m.socket(1, 4000, "192.0.2.3" if family == 4 else "2001:db8::3") as other_address:
        for n, stranger in enumerate((other_port, other_address)):
            stranger.sendto(sized(BROADCAST, station(0x80 + n), 100), here)
        other_port.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
        other_port.sendto(bytes(10 * 1000 + 1), here)
        frame = sized(BROADCAST, station(0x90), 100)
        peer.sendto(frame, here)
        assert h.wire.recv() == frame
    wait_until(lambda: d.drops("up") == {"wrong_peer": 13}, what="the strangers' datagrams to be counted")
    assert [m for m, _ in d.macs() if m.startswith("02:00:00:00:00:8")] == [], "learned from a stranger"
    s = d.stats("up")
    assert s["rx_frames"] == 14 and s["rx_drops"] == 13
    assert not h.wire.drain()


def test_another_remote_is_taken_over_while_frames_flow(lab):
    m = Machines(lab)
    h = lab.host("h")
    d = m.switchd(0, {"h": lab.tap(h), "up": m.udp(0)})
    d.wait_up()
    h.wire.drain()
    with m.socket(1, 4000) as first, m.socket(1, 4001) as second:
        frame = sized(BROADCAST, h.mac, 100)
        h.wire.send(frame)
        assert first.recv(2000) == frame
        p = d.rpc("port.set", port="up", remote=at(m.addresses[1], 4001))["port"]
        assert p["peer"] == at(m.addresses[1], 4001) and p["state"] == "up"
        h.wire.send(frame)
        assert second.recv(2000) == frame
        for s in first, second:
            s.sendto(sized(BROADCAST, station(0x91), 60 + (s is second)), (m.addresses[0], 4000))
        assert len(h.wire.recv()) == 61
        assert d.drops("up") == {"wrong_peer": 1}
        assert not datagrams(first)


# a peer that is not there

def reason(d, port="up"):
    return d.port(port).get("reason", "")


@FAMILIES
def test_an_absent_peer_is_survived_told_of_and_then_used(lab, family):
    m = Machines(lab, family=family)
    a, b = lab.host("h1"), lab.host("h2")
    d = m.switchd(0, {"h": lab.tap(a), "up": m.udp(0)})
    d.wait_up()
    a.address()
    frames = [sized(BROADCAST, a.mac, 60 + n) for n in range(200)]
    for f in frames:  # each is answered by ICMP: port unreachable
        a.wire.send(f)
    wait_until(lambda: "nobody receives" in reason(d), what="the port to say that nobody is there")
    assert at(m.addresses[1]) in reason(d)
    a.wire.send(*frames)
    assert d.port("up")["state"] == "up"
    assert d.cpu_share() < 0.3, "it spins"
    other = m.switchd(1, {"h": lab.tap(b), "up": m.udp(1)})
    other.wait_up()
    b.address()
    assert a.ping(b, count=3) == 0
    wait_until(lambda: not reason(d), what="the reason to go")
    assert d.drops("up") == {}
    assert "nobody receives" in d.log()


def test_a_peer_that_is_killed_and_started_again_goes_on(lab):
    cable = Cable(lab)
    a, b = cable.ends
    for _ in range(2):
        pings = a.popen("ping", "-q", "-i", "0.01", "-w", "30", b.ip, stdout=-3)
        assert a.ping(b) == 0
        cable.daemons[1].kill()
        with pytest.raises(AssertionError, match="100"):
            assert a.ping(b, wait=1) == 0, "100"
        b.rewire()
        cable.daemons[1].start()
        cable.daemons[1].wait_up()
        b.address()
        wait_until(lambda: a.ping(b, wait=1) == 0, 20, "pings to be answered")
        pings.kill()
        pings.wait()
        assert cable.daemons[0].port("up")["state"] == "up"
    tcp_transfer(a, b, MIB)


def test_a_network_that_is_down_is_counted_and_recovers(lab):
    cable = Cable(lab)
    a, b = cable.ends
    d = cable.daemons[0]
    assert a.ping(b) == 0
    a.wire.drain()
    cable.hosts[0].ip_cmd(f"link set {DEVICE} down")
    for _ in range(5):
        a.wire.send(sized(BROADCAST, a.mac, 100))
    wait_until(lambda: d.drops("up").get("unreachable", 0) >= 5, what="the frames to be counted")
    assert d.port("up")["state"] == "up"
    tx = d.stats("up")["tx_frames"]
    a.wire.send(sized(BROADCAST, a.mac, 100))
    wait_until(lambda: d.drops("up")["unreachable"] >= 6)
    assert d.stats("up")["tx_frames"] == tx, "counted as sent too"
    cable.hosts[0].ip_cmd(f"link set {DEVICE} up")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")


def test_a_local_address_that_goes_and_comes_back(lab):
    cable = Cable(lab)
    a, b = cable.ends
    d = cable.daemons[0]
    assert a.ping(b) == 0
    cable.hosts[0].ip_cmd(f"addr del 192.0.2.1/24 dev {DEVICE}", f"addr add 192.0.2.77/24 dev {DEVICE}")
    a.wire.send(*[sized(BROADCAST, a.mac, 100)] * 3)
    wait_until(lambda: d.drops("up").get("unreachable", 0) >= 3, what="the frames to be counted")
    cable.hosts[0].ip_cmd(f"addr add 192.0.2.1/24 dev {DEVICE}")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")
    assert d.port("up")["state"] == "up"


def test_a_narrow_network_loses_frames_and_says_so(lab):
    """What does not fit the queue of the card is counted, and the port lives."""
    cable = Cable(lab)
    a, b = cable.ends
    d = cable.daemons[0]
    cable.hosts[0].run("tc", "qdisc", "add", "dev", DEVICE, "root", "tbf", "rate", "1mbit", "burst", "3k", "limit", "6k")
    # each longer than the last, so that none of them are sent in one piece: of that a card may lose a part
    a.wire.send(*[sized(BROADCAST, a.mac, 1000 + n) for n in range(50)])
    wait_until(lambda: d.drops("up").get("queue_full", 0) > 10, what="frames to be lost")
    sent = d.stats("up")["tx_frames"]
    assert d.drops("up")["queue_full"] + sent >= 50
    cable.hosts[0].run("tc", "qdisc", "del", "dev", DEVICE, "root")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")


def test_a_link_local_peer_is_lost_and_found_with_its_device(lab):
    m = Machines(lab, family=6)
    local = []
    for i, host in enumerate(m.hosts):
        host.ip_cmd(f"addr add fe80::{i + 1}/64 dev {DEVICE} nodad")
        local.append(f"[fe80::{i + 1}%{DEVICE}]:4000")
    a, b = lab.host("h1"), lab.host("h2")
    d, e = (m.switchd(i, {"h": lab.tap(h), "up": {"type": "udp", "local": local[i], "remote": local[1 - i]}})
            for i, h in enumerate((a, b)))
    for daemon, host in (d, a), (e, b):
        daemon.wait_up()
        host.address()
    assert a.ping(b, count=2) == 0
    m.hosts[0].ip_cmd(f"link del {DEVICE}")
    assert DEVICE in d.wait_port("up", "lost")["reason"]
    e.wait_port("up", "lost")
    sh("ip", "link", "add", DEVICE, "netns", "m1", "type", "veth", "peer", "name", DEVICE, "netns", "m2")
    for i, host in enumerate(m.hosts):
        host.ip_cmd(f"link set {DEVICE} up", f"addr add fe80::{i + 1}/64 dev {DEVICE} nodad")
    d.wait_port("up")
    e.wait_port("up")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")
    assert "reason" not in d.port("up")


# opening and changing

@pytest.mark.parametrize("bad, says", [
    ({}, "\"local\" is missing"),
    ({"local": "192.0.2.1:4000"}, "\"remote\" is missing"),
    ({"local": None, "remote": "192.0.2.2:4000"}, "\"local\" is missing"),
    ({"local": "192.0.2.1", "remote": "192.0.2.2:4000"}, "192.0.2.1:4000 or [2001:db8::1]:4000"),
    ({"local": "192.0.2.1:0", "remote": "192.0.2.2:4000"}, "1 to 65535"),
    ({"local": "host.example:4000", "remote": "192.0.2.2:4000"}, "names are not looked up"),
    ({"local": "2001:db8::1:4000", "remote": "192.0.2.2:4000"}, "brackets"),
    ({"local": "[fe80::1]:4000", "remote": "[fe80::2]:4000"}, "[fe80::1%eth0]:4000"),
    ({"local": "192.0.2.1:4000", "remote": "[2001:db8::1]:4000"}, "both IPv4 or both IPv6"),
    ({"local": "192.0.2.1:4000", "remote": "192.0.2.1:4000"}, "hear itself"),
    ({"local": "192.0.2.1:4000", "remote": "0.0.0.0:4000"}, "no single host"),
    ({"local": "192.0.2.1:4000", "remote": "224.0.0.1:4000"}, "no single host"),
    ({"local": "224.0.0.1:4000", "remote": "192.0.2.2:4000"}, "group"),
    ({"local": "192.0.2.1:4000", "remote": 4000}, "found \"4000\", which has no port"),
    ({"local": "192.0.2.1:4000", "remote": "192.0.2.2:4000", "coalesce": "yes"}, "true or false"),
    ({"local": "192.0.2.1:4000", "remote": "192.0.2.2:4000", "mtu": 65486}, "65485"),
    ({"local": "192.0.2.1:4000", "remote": "192.0.2.2:4000", "netns": "x"}, "unknown key \"netns\""),
], ids=lambda v: " ".join(map(str, v.values())) or "nothing" if isinstance(v, dict) else "")
def test_an_impossible_udp_port_is_refused_with_the_reason(lab, bad, says):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="up", type="udp", **bad)
    assert e.value.code == INVALID_PARAMS and says in e.value.message, e.value.message
    assert d.ports() == {}


def refused(d, **params):
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", type="udp", **params)
    assert e.value.code == SYSTEM, e.value
    return e.value


def test_an_address_that_cannot_be_had_is_refused_with_the_reason(lab):
    m = Machines(lab)
    d = m.switchd(0, {})
    with m.socket(0, 4000):
        e = refused(d, port="up", **{k: v for k, v in m.udp(0).items() if k != "type"})
        assert e.data["errno"] == "EADDRINUSE" and "192.0.2.1:4000 is in use" in e.message
    e = refused(d, port="up", local="192.0.2.9:4000", remote="192.0.2.2:4000")
    assert e.data["errno"] == "EADDRNOTAVAIL" and "no address as in 192.0.2.9:4000" in e.message
    e = refused(d, port="up", local="[fe80::1%nowhere]:4000", remote="[fe80::2%nowhere]:4000")
    assert e.data["errno"] == "ENODEV" and "no device nowhere" in e.message
    assert d.ports() == {}
    d.rpc("port.add", port="up", **m.udp(0))
    e = refused(d, port="up2", **{k: v for k, v in m.udp(0, peer_port=4001).items() if k != "type"})
    assert "in use" in e.message and set(d.ports()) == {"up"}


def test_a_failed_change_of_the_remote_changes_nothing(lab):
    m = Machines(lab)
    d = m.switchd(0, {"up": m.udp(0)})
    for bad, code in ({"remote": "[fe80::2%nowhere]:4000"}, INVALID_PARAMS), ({"remote": None}, INVALID_PARAMS), \
                     ({"local": "192.0.2.1:4001"}, INVALID_PARAMS):
        with pytest.raises(RpcError) as e:
            d.rpc("port.set", port="up", mtu=900, **bad)
        assert e.value.code == code
        p = d.port("up")
        assert p["peer"] == "192.0.2.2:4000" and p["mtu"] == 0 and p["state"] == "up"


def test_a_plain_user_may_have_udp_ports(lab):
    m = Machines(lab)
    h = lab.host("h2")
    d = lab.switchd(prefix=["nsenter", "--net=/run/netns/m1", "setpriv", "--reuid=65534", "--regid=65534",
                            "--clear-groups"])
    other = m.switchd(1, {"h": lab.tap(h), "up": m.udp(1)})
    other.wait_up()
    d.rpc("port.add", port="up", **m.udp(0))
    assert d.port("up")["state"] == "up"
    h.wire.send(sized(BROADCAST, h.mac, 100))
    wait_until(lambda: d.where(h.mac) == "up")
    e = refused(d, port="low", local="192.0.2.1:53", remote="192.0.2.2:4000")
    assert e.data["errno"] == "EACCES" and "CAP_NET_BIND_SERVICE" in e.message


def one_switch(ports):
    return {"switches": {"sw0": {"ports": ports}}}


def test_apply_sets_the_remote_and_opens_another_local_anew(lab):
    m = Machines(lab)
    d = m.switchd(0, {"up": m.udp(0), "other": m.udp(0, 5000, 5000)})
    d.wait_up()
    ask = lambda ports, method="config.apply": [  # noqa: E731
        (c["op"], c["path"]) for c in d.rpc(method, config=one_switch(ports))["changes"]]
    want = {"up": m.udp(0, 4000, 4009), "other": m.udp(0, 5000, 5000, coalesce=False)}
    told = [("set", "switches.sw0.ports.up.remote"), ("set", "switches.sw0.ports.other.coalesce")]
    assert sorted(ask(want, "config.diff")) == sorted(told) and sorted(ask(want)) == sorted(told)
    assert d.port("up")["peer"] == at(m.addresses[1], 4009)
    want["up"] = m.udp(0, 4001, 4009)
    assert ask(want) == [("reopen", "switches.sw0.ports.up.local")]
    # two that change places, and one that takes every address of a port instead of one
    want = {"up": m.udp(0, 5000, 5000), "other": m.udp(0, 4001, 4009)}
    assert ("reopen", "switches.sw0.ports.up.local") in ask(want)
    want["up"]["local"] = "0.0.0.0:5000"
    assert ask(want) == [("reopen", "switches.sw0.ports.up.local")]
    d.wait_up()
    with m.socket(1, 5000) as peer:
        peer.sendto(sized(BROADCAST, station(0x92), 60), (m.addresses[0], 5000))
        wait_until(lambda: d.where(station(0x92)) == "up")
    # another kind of port under the same name, and back
    assert ask({"up": {"type": "tap"}}) and d.wait_port("up")["type"] == "tap"
    assert ask(want) and d.wait_port("up")["local"] == "0.0.0.0:5000"


def test_an_apply_that_fails_leaves_the_port_as_it_was(lab):
    m = Machines(lab)
    d = m.switchd(0, {"up": m.udp(0)})
    bad = {"up": m.udp(0, 4000, 4005), "more": m.udp(0, 4000, 4001) | {"local": "192.0.2.9:4000"}}
    with pytest.raises(RpcError, match="192.0.2.9"):
        d.rpc("config.apply", config=one_switch(bad))
    assert d.port("up")["peer"] == at(m.addresses[1]) and set(d.ports()) == {"up"}
    with m.socket(1, 4000) as peer:
        peer.sendto(sized(BROADCAST, station(0x92), 60), (m.addresses[0], 4000))
        wait_until(lambda: d.where(station(0x92)) == "up")


def test_swctl_shows_both_ends(lab):
    m = Machines(lab)
    d = m.switchd(0, {})
    out = d.swctl("add", "port", "up", "--type", "udp", "--local", at(m.addresses[0]), "--remote", at(m.addresses[1]))
    assert out.stdout == "port up added on sw0: up, 192.0.2.1:4000 to 192.0.2.2:4000\n"
    rows = d.swctl("show", "ports").stdout.splitlines()
    assert rows[0].split()[:5] == ["PORT", "STATE", "TYPE", "DEVICE", "PEER"]
    assert rows[1].split()[:5] == ["up", "up", "udp", "192.0.2.1:4000", "192.0.2.2:4000"]
    told = d.swctl("show", "port", "up").stdout
    for line in "type:       udp", "local:      192.0.2.1:4000", "peer:       192.0.2.2:4000":
        assert line in told.splitlines()
    out = d.swctl("set", "port", "up", "--remote", "192.0.2.2:4001", "--coalesce", "no")
    assert "192.0.2.1:4000 to 192.0.2.2:4001" in out.stdout
    assert d.port("up")["config"] == m.udp(0, 4000, 4001, coalesce=False)
    bad = d.swctl("set", "port", "up", "--remote", "nonsense", check=False)
    assert bad.returncode == 2 and "192.0.2.1:4000" in bad.stdout
    assert "remote" in d.swctl("help", "port", "udp").stdout

# SPDX-License-Identifier: ISC
"""mcast ports: a LAN that is a multicast group, on one host and between two."""
import ipaddress
import socket
import struct

import pytest

from cable import DEVICE, FAMILIES, Machines, at, datagrams
from daemon import SANITIZED
from frames import BROADCAST, noise, sized, station
from netns import in_netns, settle, sh
from rpc import INVALID_PARAMS, SYSTEM, RpcError
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20
SIZE = (2 if SANITIZED else 8) * MIB
GROUPS = {4: "230.0.0.1", 6: "ff15::230:1"}
PORT = 1234
IP_RECVTTL = 12
both = pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])


def mcast(family=4, group=None, **options):
    return {"type": "mcast", "group": at(group or GROUPS[family], PORT), **options}


class Group:
    """
    Another program that is in the group, as QEMU is: one socket, bound to it, that receives and sends; or,
    with a source port, one that sends from there.
    """

    def __init__(self, host, ifname, family=4, group=None, source=None, ttl=1):
        self.where = (group or GROUPS[family], PORT)
        self.sock = s = host.socket(FAMILIES[family], socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(self.where if source is None else ("", source))
        in_netns(host.name, self._join, ifname, family, ttl)
        s.settimeout(10)

    def _join(self, ifname, family, ttl):
        s, index = self.sock, socket.if_nametoindex(ifname)
        group = ipaddress.ip_address(self.where[0]).packed
        if family == 6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + struct.pack("i", index))
        else:
            mreqn = group + bytes(4) + struct.pack("i", index)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreqn)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreqn)

    def send(self, *frames):
        for f in frames:
            self.sock.sendto(f, self.where)

    def recv(self, timeout=10):
        self.sock.settimeout(timeout)
        try:
            return self.sock.recvfrom(1 << 17)
        except TimeoutError:
            return None, None

    def settled(self, until):
        """What came before that frame."""
        return datagrams(self.sock, until)


class Lans(Machines):
    """Two machines, each with a daemon, a tap and a port in the group."""

    def __init__(self, lab, mtu=1600, inner=1500, family=4, **options):
        super().__init__(lab, mtu, family)
        self.ends = [lab.host(f"h{i + 1}") for i in range(2)]
        self.daemons = [self.switchd(i, {"h": lab.tap(self.ends[i], mtu=inner),
                                         "g": mcast(family, ifname=DEVICE, **options)}) for i in range(2)]
        for d, h in zip(self.daemons, self.ends):
            d.wait_up()
            h.address()

    def group(self, i, **kw):
        return Group(self.hosts[i], DEVICE, self.family, **kw)

    def drops(self):
        return [d.rpc("drops.list")["drops"] for d in self.daemons]


def one_host(lab, *switches, ifname="lo", family=4):
    """A machine on which everything is in the group on the loopback device: (host, daemon...)"""
    m = lab.host("m", "none")
    if family == 6:
        m.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
    m.ip_cmd("link set lo up", *["route add local ff00::/8 dev lo"] * (family == 6))
    prefix = ["nsenter", "--net=/run/netns/m"]
    daemons = [lab.switchd({"switches": {name: {"ports": {**ports, "g": mcast(family, ifname=ifname)}}
                                         for name, ports in s.items()}}, prefix=prefix) for s in switches]
    for d in daemons:
        d.wait_up()
    return m, *daemons


# what crosses

@both
def test_two_hosts_reach_each_other(lab, family):
    lans = Lans(lab, family=family)
    a, b = lans.ends
    assert a.ping(b, count=5) == 0 and b.ping(a, count=5) == 0
    assert lans.drops() == [[], []]
    d = lans.daemons[0]
    assert d.where(b.mac) == "g" and d.where(a.mac) == "h"
    p = d.port("g")
    assert (p["state"], p["peer"], p["ifname"]) == ("up", at(GROUPS[family], PORT), DEVICE) and "reason" not in p
    assert p["ifindex"] == lans.hosts[0].has_device(DEVICE)
    line = next(x for x in d.swctl("show", "ports").stdout.splitlines() if x.startswith("g "))
    assert DEVICE in line and at(GROUPS[family], PORT) in line


@pytest.mark.parametrize("mtu, inner", [(1500, 1500), (1600, 1500), (1500, 9000)],
                         ids=["in-fragments", "whole", "jumbo-in-fragments"])
@both
def test_tcp_crosses_whole_in_both_directions(lab, mtu, inner, family):
    lans = Lans(lab, mtu, inner, family)
    a, b = lans.ends
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    udp_echo(a, b, [0, 1, 17, 1472, 1473, 9000, 65000])
    for drops in lans.drops():
        assert {d["reason"] for d in drops} <= {"queue_full", "rx_overrun"}
    for d, h in zip(lans.daemons, "ba"):
        assert d.where({"a": a, "b": b}[h].mac) == "g"
        assert [m for m in d.macs().values() if m["moves"]] == [], "a station was seen to move"


def test_frames_arrive_byte_for_byte_and_in_their_order(lab):
    lans = Lans(lab, 1500, 9000)
    a, b = (h.wire for h in lans.ends)
    b.drain()
    sent = [sized(BROADCAST, a.mac, size) for size in (14, 15, 59, 60, 1472, 1473, 1514, 8192, 9014) for _ in range(5)]
    a.send(*sent)
    assert settle(a, b) == [sent]
    assert lans.drops() == [[], []]


@both
def test_a_program_in_the_group_hears_and_is_heard(lab, family):
    """On the same machine, with the same address and port to send from that QEMU uses, and on another."""
    lans = Lans(lab, family=family)
    a, b = (h.wire for h in lans.ends)
    d = lans.daemons[0]
    here, there = lans.group(0), lans.group(1)
    for group, source in (here, station(0x71)), (there, station(0x72)):
        a.drain()
        b.drain()
        frame = sized(BROADCAST, source, 200)
        group.send(frame)
        assert a.recv() == frame and b.recv() == frame
        assert d.where(source) == "g"
    frame = sized(BROADCAST, a.mac, 300)
    a.send(frame)
    for group in here, there:
        group.settled(frame)
    assert d.drops("g") == {}


# what comes back

@pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])
def test_own_frames_do_not_come_back(lab, family):
    lans = Lans(lab, family=family)
    a, b = (h.wire for h in lans.ends)
    d = lans.daemons[0]
    assert settle(a, b) == [[]]
    a.drain()
    before = d.stats("g")["rx_frames"]
    sent = [sized(BROADCAST, a.mac, 60 + n % 1000) for n in range(300)]
    for at_once in range(0, 300, 50):
        a.send(*sent[at_once:at_once + 50])
        b.drain()
    settle(a, b)
    b.send(sized(BROADCAST, b.mac, 99))  # behind all that may come back
    assert len(a.recv()) == 99 and not a.drain()
    assert d.stats("g")["rx_frames"] == before + 1 and d.stats("g")["tx_frames"] >= 300
    assert d.rpc("drops.list")["drops"] == []
    (entry,) = d.macs(mac=a.mac).values()
    assert entry["port"] == "h" and entry["moves"] == 0


def test_several_addresses_do_not_confuse_it(lab):
    """The kernel chooses the address to send from; another one of the same host is somebody else."""
    lans = Lans(lab)
    a, b = (h.wire for h in lans.ends)
    lans.hosts[0].ip_cmd(f"addr add 192.0.2.50/24 dev {DEVICE}", f"addr add 198.51.100.1/24 dev {DEVICE}")
    d = lans.daemons[0]
    frame = sized(BROADCAST, a.mac, 100)
    a.drain()
    a.send(frame)
    settle(a, b)
    peer = lans.group(1)
    a.send(frame)
    _, source = peer.recv()
    # from the same port, but another address
    other = lans.hosts[0].socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("192.0.2.50", source[1]))
    mreqn = bytes(8) + struct.pack("i", lans.hosts[0].has_device(DEVICE))
    other.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreqn)
    a.drain()
    other.sendto(sized(BROADCAST, station(0x75), 77), (GROUPS[4], PORT))
    assert len(a.recv()) == 77 and d.where(station(0x75)) == "g" and d.where(a.mac) == "h"


@both
def test_switches_on_one_host_hear_each_other(lab, family):
    """Two switches of one daemon, another daemon, and a program, all on the loopback device."""
    hosts = [lab.host(f"h{i}") for i in range(3)]
    taps = [{"h": lab.tap(h)} for h in hosts]
    m, one, two = one_host(lab, {"sw0": taps[0], "sw1": taps[1]}, {"sw0": taps[2]}, family=family)
    program = Group(m, "lo", family)
    wires = [h.wire for h in hosts]
    for i, wire in enumerate(wires):
        for w in wires:
            w.drain()
        frame = sized(BROADCAST, wire.mac, 100 + i)
        wire.send(frame)
        others = [w for w in wires if w is not wire]
        for w in others:
            assert w.recv() == frame
        program.settled(frame)
        marks = [settle(w, *(x for x in wires if x is not w)) for w in others]
        assert marks == [[[], []], [[], []]], "frames came twice"
    for h in hosts:
        h.address()
    assert hosts[0].ping(hosts[1], count=3) == 0 and hosts[0].ping(hosts[2], count=3) == 0
    tcp_transfer(hosts[0], hosts[2], SIZE)
    for d in one, two:  # what two others have to say to each other is heard, too
        assert {x["reason"] for x in d.rpc("drops.list")["drops"]} <= {"same_port", "queue_full", "rx_overrun"}


def test_junk_is_counted(lab):
    lans = Lans(lab)
    d = lans.daemons[0]
    stranger = lans.group(1, source=0)
    stranger.send(b"", b"x", bytes(13), noise(17), bytes(12) + b"\x81\x00")
    wait_until(lambda: d.drops("g") == {"runt": 3, "truncated_tag": 1}, what="the junk to be counted")
    assert d.stats("g")["rx_frames"] == 5


def test_other_groups_on_the_same_port_are_not_heard(lab):
    lans = Lans(lab)
    a = lans.ends[0].wire
    a.drain()
    neighbour = lans.group(0, group="230.0.0.2")  # so that this host is in that group, too
    other = lans.group(1, group="230.0.0.2")
    other.send(sized(BROADCAST, station(0x80), 100))
    neighbour.recv()
    member = lans.group(1)
    frame = sized(BROADCAST, station(0x81), 101)
    member.send(frame)
    assert a.recv() == frame
    assert lans.daemons[0].where(station(0x80)) is None


# how far

@both
def test_the_ttl_says_how_far(lab, family):
    lans = Lans(lab, family=family, ttl=0)
    a = lans.ends[0].wire
    here, there = lans.group(0), lans.group(1)
    frame = sized(BROADCAST, a.mac, 100)
    a.send(frame)
    here.settled(frame)
    assert lans.daemons[0].rpc("port.set", port="g", ttl=7)["port"]["config"]["ttl"] == 7
    level, option, kind = ((socket.IPPROTO_IP, IP_RECVTTL, socket.IP_TTL) if family == 4 else
                           (socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, socket.IPV6_HOPLIMIT))
    there.sock.setsockopt(level, option, 1)
    second = sized(BROADCAST, a.mac, 101)
    a.send(second)
    data, notes, _, _ = there.sock.recvmsg(2000, 100)
    assert data == second, "what was sent with a ttl of 0 came here"
    assert [struct.unpack("i", body)[0] for _, k, body in notes if k == kind] == [7]


# what goes wrong

@both
def test_a_device_that_goes_and_comes_back(lab, family):
    lans = Lans(lab, family=family)
    a, b = lans.ends
    assert a.ping(b) == 0
    lans.hosts[0].ip_cmd(f"link del {DEVICE}")
    for d in lans.daemons:
        p = d.wait_port("g", "lost")
        assert DEVICE in p["reason"] and p["ifname"] == "" and p["ifindex"] == 0
    sh("ip", "link", "add", DEVICE, "netns", "m1", "type", "veth", "peer", "name", DEVICE, "netns", "m2")
    for host, address in zip(lans.hosts, lans.addresses):
        host.ip_cmd(f"link set {DEVICE} up", f"addr add {address}/{24 if family == 4 else 64} dev {DEVICE}" +
                    " nodad" * (family == 6))
    for d in lans.daemons:
        assert "reason" not in d.wait_port("g")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")


def test_a_device_that_is_set_down_and_up(lab):
    lans = Lans(lab)
    a, b = lans.ends
    lans.hosts[0].ip_cmd(f"link set {DEVICE} down")
    assert "down" in lans.daemons[0].wait_port("g", "lost")["reason"]
    lans.hosts[0].ip_cmd(f"link set {DEVICE} up")
    lans.daemons[0].wait_port("g")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")
    assert lans.daemons[0].log().count("is lost") == 1


def test_an_address_that_is_replaced(lab):
    lans = Lans(lab)
    a, b = lans.ends
    d = lans.daemons[0]
    assert a.ping(b) == 0
    lans.hosts[0].ip_cmd(f"addr del 192.0.2.1/24 dev {DEVICE}")
    a.wire.send(sized(BROADCAST, a.mac, 100))
    assert "no way to 230.0.0.1:1234" in d.wait_port("g", "lost")["reason"]
    assert d.drops("g")["unreachable"] >= 1
    wait_until(lambda: "has no IPv4 address" in d.port("g").get("reason", ""), what="the reason of the retry")
    lans.hosts[0].ip_cmd(f"addr add 192.0.2.77/24 dev {DEVICE}")
    d.wait_port("g")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")


def test_where_no_device_is_named_the_route_says(lab):
    m = Machines(lab, family=6)
    m.hosts[0].ip_cmd(f"addr add 192.0.2.1/24 dev {DEVICE}")
    d = m.switchd(0, {})
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="g", **mcast())
    assert e.value.code == SYSTEM and "ifname" in e.value.message and "no route" in e.value.message
    m.hosts[0].ip_cmd(f"route add 224.0.0.0/4 dev {DEVICE}")
    assert d.rpc("port.add", port="g", **mcast())["port"]["ifname"] == DEVICE
    d.rpc("port.add", port="six", **mcast(group=f"ff02::230%{DEVICE}"))
    assert d.port("six")["ifname"] == DEVICE


@pytest.mark.parametrize("bad, says", [
    ({}, "\"group\" is missing"),
    ({"group": "192.0.2.1:1234"}, "no multicast group"),
    ({"group": "255.255.255.255:1234"}, "no multicast group"),
    ({"group": "[2001:db8::1]:1234"}, "no multicast group"),
    ({"group": "[ff02::1]:1234"}, "link-local"),
    ({"group": "230.0.0.1"}, "no port"),
    ({"group": "230.0.0.1:1234", "ttl": 256}, "255"),
    ({"group": "230.0.0.1:1234", "ifname": "tap%d"}, "one device"),
    ({"group": "[ff02::1%eth0]:1234", "ifname": "eth1"}, "another device"),
    ({"group": "230.0.0.1:1234", "mtu": 65486}, "65485"),
    ({"group": "230.0.0.1:1234", "local": "192.0.2.1:1"}, "unknown key \"local\""),
], ids=lambda v: " ".join(map(str, v.values())) or "nothing" if isinstance(v, dict) else "")
def test_an_impossible_mcast_port_is_refused_with_the_reason(lab, bad, says):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="g", type="mcast", **bad)
    assert e.value.code == INVALID_PARAMS and says in e.value.message, e.value.message
    assert d.ports() == {}


def test_what_cannot_be_had_is_refused_with_the_reason(lab):
    m = Machines(lab)
    d = m.switchd(0, {})
    with m.socket(0, PORT, "0.0.0.0"):
        with pytest.raises(RpcError) as e:
            d.rpc("port.add", port="g", **mcast(ifname=DEVICE))
        assert e.value.data["errno"] == "EADDRINUSE" and "does not share" in e.value.message
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="g", **mcast(ifname="nowhere"))
    assert e.value.data["errno"] == "ENODEV" and "no device nowhere" in e.value.message
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="g", **mcast(6, ifname=DEVICE))
    assert "IPv6 address" in e.value.message
    m.hosts[1].run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
    with pytest.raises(RpcError) as e:
        m.switchd(1, {}).rpc("port.add", port="g", **mcast(6, ifname="lo"))
    assert "ip -6 route add local ff00::/8 dev lo" in e.value.message
    assert d.ports() == {}


def test_a_plain_user_may_have_mcast_ports(lab):
    m = Machines(lab)
    h = lab.host("h2")
    d = lab.switchd(prefix=["nsenter", "--net=/run/netns/m1", "setpriv", "--reuid=65534", "--regid=65534",
                            "--clear-groups"])
    other = m.switchd(1, {"h": lab.tap(h), "g": mcast(ifname=DEVICE)})
    other.wait_up()
    d.rpc("port.add", port="g", **mcast(ifname=DEVICE))
    h.wire.send(sized(BROADCAST, h.mac, 100))
    wait_until(lambda: d.where(h.mac) == "g")


def test_apply_opens_another_group_anew_and_sets_the_rest(lab):
    lans = Lans(lab)
    a, b = lans.ends
    d = lans.daemons[0]
    h, g = lab.tap(a, mtu=1500), mcast(ifname=DEVICE)
    ask = lambda g, method="config.apply": [  # noqa: E731
        (c["op"], c["path"]) for c in d.rpc(method, config={"switches": {"sw0": {"ports": {"h": h, "g": g}}}})["changes"]]
    assert ask({**g, "ttl": 3}) == [("set", "switches.sw0.ports.g.ttl")]
    assert a.ping(b, count=2) == 0
    assert [op for op, _ in ask(mcast(group="230.0.0.9", ifname=DEVICE))][0] == "reopen"
    assert d.port("g")["peer"] == "230.0.0.9:1234"
    with pytest.raises(AssertionError):
        assert a.ping(b, wait=1) == 0
    ask(g)
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")

# SPDX-License-Identifier: ISC
"""Multicast snooping: the kernel's hosts join and leave, its bridge asks, and what is wrong teaches nothing."""
import contextlib
import json
import socket
import struct
import time

import pytest

from frames import eth, mac_bytes, station, tagged
from netns import Wire, settle, sh
from rpc import RpcError
from traffic import Stream
from wait import holds_for, wait_until

GROUP4, GROUP6 = "239.1.2.3", "ff05::1:3"
OTHER4, OTHER6 = "239.9.9.9", "ff05::9:9"
# As fast as the protocols allow, so that a test waits a second and not minutes.
FAST = {"mcast_snooping": "on", "mcast_query_interval_s": 2, "mcast_query_response_ms": 500, "mcast_last_member_ms": 100}
ASKS = {**FAST, "mcast_querier": True, "mcast_querier_ipv4": "10.0.0.254"}
MCAST_JOIN_SOURCE_GROUP, IPPROTO_IGMP, ICMPV6 = 46, 2, 58


# bytes

def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def group_mac(group):
    raw = addr(group)
    return (b"\x01\x00\x5e" + bytes([raw[1] & 0x7F]) + raw[2:] if len(raw) == 4 else b"\x33\x33" + raw[12:]).hex(":")


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def ipv4(src, dst, proto, body, options=b"", ttl=1):
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), 0, 0, ttl, proto, 0,
                       addr(src), addr(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def packet(src, group, body=b"what is for the group"):
    """A UDP datagram as IPv4 or IPv6 packet"""
    udp = struct.pack("!HHHH", 4000, 4000, 8 + len(body), 0) + body
    if ":" in group:
        return struct.pack("!IHBB16s16s", 6 << 28, len(udp), 17, 8, addr(src), addr(group)) + udp
    return ipv4(src, group, 17, udp)


def data(src_mac, group, src=None, body=b"what is for the group"):
    v6 = ":" in group
    return eth(group_mac(group), src_mac, packet(src or ("2001:db8::77" if v6 else "10.0.0.77"), group, body),
               0x86DD if v6 else 0x0800)


def igmp(src_mac, dst, body, src="10.0.0.50"):
    """`body` has its checksum, right or not"""
    return eth(group_mac(dst), src_mac, ipv4(src, dst, IPPROTO_IGMP, body, b"\x94\x04\x00\x00"), 0x0800).ljust(60, b"\0")


def summed(body):
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def igmp_report(src_mac, group, count=1, records=1):
    body = struct.pack("!BBHHH", 0x22, 0, 0, 0, count) + records * struct.pack("!BBH4s", 4, 0, 0, addr(group))
    return igmp(src_mac, "224.0.0.22", summed(body))


def igmp_query(src_mac, src="10.0.0.250"):
    return igmp(src_mac, "224.0.0.1", summed(struct.pack("!BBH4sBBH", 0x11, 5, 0, bytes(4), 2, 2, 0)), src)


def mld(src_mac, dst, body, src="fe80::50"):
    pseudo = addr(src) + addr(dst) + struct.pack("!II", len(body), ICMPV6)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body) ^ (body[2] << 8)) + body[4:]
    hop = bytes([ICMPV6, 0, 5, 2, 0, 0, 1, 0])
    head = struct.pack("!IHBB16s16s", 6 << 28, len(hop + body), 0, 1, addr(src), addr(dst))
    return eth(group_mac(dst), src_mac, head + hop + body, 0x86DD)


def mld_report(src_mac, group, count=1, wrong=0):
    body = struct.pack("!BBBBHH", 143, 0, 0, 0, 0, count) + struct.pack("!BBH16s", 4, 0, 0, addr(group))
    return mld(src_mac, "ff02::16", body[:2] + bytes([wrong]) + body[3:]) if wrong else mld(src_mac, "ff02::16", body)


# hosts

def with_ipv6(host):
    host.run("sysctl", "-q", "-w", f"net.ipv6.conf.{host.ifname}.disable_ipv6=0", f"net.ipv6.conf.{host.ifname}.accept_dad=0")
    host.ip_cmd(f"addr replace 2001:db8::{host.number}/64 dev {host.ifname} nodad")


@contextlib.contextmanager
def joined(host, group, source=None):
    """A program on the host has joined the group: the kernel says so."""
    index = host.has_device()
    if ":" in group:
        s = host.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, addr(group) + struct.pack("@I", index))
    elif source:
        s = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        req = struct.pack("@I4x", index) + b"".join(
            struct.pack("=HH4s120x", socket.AF_INET, 0, addr(a)) for a in (group, source))
        s.setsockopt(socket.IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, req)
    else:
        s = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, addr(group) + bytes(4) + struct.pack("@I", index))
    try:
        yield s
    finally:
        s.close()


def members(d, group, **kw):
    return sorted(g["port"] for g in d.rpc("group.list", group=group, **kw)["groups"])


def families(d, switch="sw0"):
    switches = d.rpc("group.queriers")["switches"]
    return {(v["vlan"], v["family"]): v for s in switches if s["switch"] == switch for v in s["vlans"]}


def wait_snooping(d, vlan=0, switch="sw0", which=("ipv4", "ipv6")):
    def states():
        told = families(d, switch)
        return {told[vlan, f]["state"] if (vlan, f) in told else None for f in which}
    wait_until(lambda: states() == {"snooping"}, 20, "the first answers to be in")


def who_hears(hosts, sender, *frames):
    """The names of the hosts that each of the frames comes to."""
    others = [h for h in hosts if h is not sender]
    for h in others:
        h.wire.drain()
    sender.wire.send(*frames)
    got = dict(zip([h.name for h in others], settle(sender.wire, *[h.wire for h in others])))
    return [[name for name, heard in got.items() if f in heard] for f in frames]


class Snooping:
    """Hosts h1... on one switch that snoops, and by default asks."""

    def __init__(self, lab, n=4, settings=None, ports=None, ipv6=False):
        self.hosts = [lab.host(f"h{i + 1}") for i in range(n)]
        taps = {h.name: lab.tap(h, **(ports or {}).get(h.name, {})) for h in self.hosts}
        self.d = lab.switchd({"switches": {"sw0": {**(ASKS if settings is None else settings), "ports": taps}}})
        self.d.wait_up()
        for h in self.hosts:
            h.address()
            if ipv6:
                with_ipv6(h)
            h.wire.drain()

    def hear(self, group, sender=0, **kw):
        h = self.hosts[sender]
        return who_hears(self.hosts, h, data(h.mac, group, **kw))[0]


# what goes to whom

@pytest.mark.parametrize("group, other, knob, version", [
    (GROUP4, OTHER4, "ipv4.conf.eth0.force_igmp_version=2", "igmpv2"),
    (GROUP4, OTHER4, "ipv4.conf.eth0.force_igmp_version=3", "igmpv3"),
    (GROUP6, OTHER6, "ipv6.conf.eth0.force_mld_version=1", "mldv1"),
    (GROUP6, OTHER6, "ipv6.conf.eth0.force_mld_version=2", "mldv2"),
], ids=["IGMPv2", "IGMPv3", "MLDv1", "MLDv2"])
def test_who_joins_gets_it_and_who_leaves_does_not(lab, group, other, knob, version):
    s = Snooping(lab, settings=FAST, ipv6=":" in group)
    for h in s.hosts:
        h.run("sysctl", "-q", "-w", f"net.{knob}")
    assert s.hear(group) == ["h2", "h3", "h4"], "all is flooded while nobody asks"
    s.d.rpc("switch.set", **ASKS)
    wait_snooping(s.d)
    assert s.hear(group) == []
    with joined(s.hosts[1], group):
        wait_until(lambda: members(s.d, group) == ["h2"], what="the kernel's report")
        assert s.d.rpc("group.list", group=group)["groups"][0]["version"] == version
        assert (s.hear(group), s.hear(other)) == (["h2"], [])
        with joined(s.hosts[2], group):
            wait_until(lambda: members(s.d, group) == ["h2", "h3"])
            assert (s.hear(group), s.hear(group, sender=1)) == (["h2", "h3"], ["h3"])
        wait_until(lambda: members(s.d, group) == ["h2"], what="h3 to be out of the group")
        assert s.hear(group) == ["h2"], "who is still in it answered when the others were asked"
        holds_for(lambda: members(s.d, group) == ["h2"], 6, "a membership that the kernel repeats when it is asked")
    wait_until(lambda: members(s.d, group) == [], what="h2 to be out of the group")
    assert s.hear(group) == []
    assert s.d.drops("h1")["no_member"] >= 3


def test_a_group_from_one_source(lab):
    s = Snooping(lab)
    wait_snooping(s.d)
    with joined(s.hosts[1], "232.1.1.1", source="10.0.0.77"):
        g = wait_until(lambda: s.d.rpc("group.list", group="232.1.1.1")["groups"])[0]
        assert (g["mode"], [x["source"] for x in g["sources"]]) == ("include", ["10.0.0.77"])
        assert s.hear("232.1.1.1", src="10.0.0.77") == ["h2"]
        assert s.hear("232.1.1.1", src="10.0.0.78") == []
        assert "10.0.0.77" in s.d.swctl("show", "groups").stdout
    wait_until(lambda: members(s.d, "232.1.1.1") == [], what="h2 to be out of the group")


def test_fast_leave_asks_nobody(lab):
    slow = {**ASKS, "mcast_last_member_ms": 20000}
    s = Snooping(lab, settings=slow, ports={"h2": {"mcast_fast_leave": True}})
    wait_snooping(s.d)
    with joined(s.hosts[1], GROUP4), joined(s.hosts[2], GROUP4):
        wait_until(lambda: members(s.d, GROUP4) == ["h2", "h3"])
    wait_until(lambda: members(s.d, GROUP4) == ["h3"], 1, "h2 to be out at once")


def test_what_goes_to_everybody_all_the_same(lab):
    s = Snooping(lab)
    wait_snooping(s.d)
    h = s.hosts[0]
    everybodys = [data(h.mac, g) for g in ("224.0.0.1", "224.0.0.251", "ff02::1", "ff02::fb", "ff02::1:ffab:cdef")]
    others = [eth("01:00:5e:01:02:03", h.mac, bytes(50)), eth("33:33:00:00:00:99", h.mac, bytes(50), 0x88B5)]
    vlan = [tagged(data(h.mac, GROUP4), (10,))]
    assert who_hears(s.hosts, h, *everybodys, *others, *vlan) == [["h2", "h3", "h4"]] * 8
    assert who_hears(s.hosts, h, data(h.mac, GROUP4), data(h.mac, GROUP6)) == [[], []]
    s.d.rpc("switch.set", mcast_flood_unknown=True)
    assert wait_until(lambda: s.hear(GROUP4) == ["h2", "h3", "h4"])


def test_neighbour_discovery_goes_on(lab):
    s = Snooping(lab, n=3, ipv6=True)
    wait_snooping(s.d)
    h1, h2, h3 = s.hosts
    wait_until(lambda: members(s.d, "ff02::1:ff00:2") == ["h2"], what="h2's solicited-node group")
    heard = who_hears(s.hosts, h1, data(h1.mac, "ff02::1:ff00:2"))
    assert heard == [["h2"]], "a solicitation of an address whose host has said so disturbs nobody else"
    for _ in range(3):
        for a, b in (h1, h2), (h2, h3), (h3, h1):
            a.ip_cmd("neigh flush all")
            assert a.ping(f"2001:db8::{b.number}", count=2) == 0
        time.sleep(2)  # longer than one interval: what is not renewed would be forgotten
    link_local = h2.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link").stdout.split()[3].partition("/")[0]
    assert h1.ping(f"{link_local}%eth0", count=2) == 0


# routers and queriers

def kernel_bridge(lab, *options):
    """The kernel's bridge behind a netdev port `uplink`; it asks, from an address of its own."""
    h = [lab.host("h1"), lab.host("h2")]
    sh("ip", "link", "add", "kbr", "type", "bridge", "mcast_snooping", 1, "mcast_querier", 1, "mcast_query_use_ifaddr", 1,
       "mcast_query_interval", 200, "mcast_query_response_interval", 50, "mcast_startup_query_interval", 100, *options)
    sh("ip", "link", "add", "uplink", "type", "veth", "peer", "name", "k0")
    sh("ip", "link", "set", "k0", "master", "kbr", "up")
    for line in ("link", "set", "uplink", "up"), ("addr", "add", "10.0.0.200/24", "dev", "kbr"), ("link", "set", "kbr", "up"):
        sh("ip", *line)
    d = lab.switchd({"switches": {"sw0": {**FAST, "ports": {
        **{x.name: lab.tap(x) for x in h}, "uplink": {"type": "netdev"}}}}})
    d.wait_up()
    for x in h:
        x.address()
        x.wire.drain()
    return d, h


def test_the_kernels_bridge_asks(lab):
    d, (h1, h2) = kernel_bridge(lab, "mcast_igmp_version", 3)
    events = d.subscribe("group")
    wait_snooping(d, which=["ipv4"])
    v = families(d)[0, "ipv4"]
    assert (v["querier"]["address"], v["querier"]["port"], v["querier"]["self"]) == ("10.0.0.200", "uplink", False)
    assert [(r["port"], r["router"], r["static"]) for r in v["routers"]] == [("uplink", "10.0.0.200", False)]
    up = lab.wire(None, "uplink")  # sees what is sent out there as well
    up.sock.setsockopt(263, 23, 0)
    assert who_hears([h1, h2], h1, data(h1.mac, GROUP4)) == [[]]
    with joined(h2, GROUP4):
        wait_until(lambda: members(d, GROUP4) == ["h2"])
        assert events.wait_event("group.joined", group=GROUP4)["port"] == "h2"
        assert who_hears([h1, h2], h1, data(h1.mac, GROUP4)) == [["h2"]]
        wait_until(lambda: f"grp {GROUP4}" in sh("bridge", "mdb", "show").stdout, what="the report to reach the bridge")
    wait_until(lambda: members(d, GROUP4) == [], what="the bridge's question to go unanswered")
    assert any(data(h1.mac, GROUP4) == f for f in up.drain()), "a router gets what nobody asked for"


def test_a_querier_that_is_gone_is_replaced(lab):
    s = Snooping(lab, settings={**FAST, "mcast_querier": True, "mcast_querier_ipv4": "10.0.0.254", "mcast_snooping": "igmp"})
    wait_snooping(s.d, which=["ipv4"])
    assert families(s.d)[0, "ipv4"]["querier"]["self"]
    s.hosts[3].wire.send(igmp_query(s.hosts[3].mac, "10.0.0.100"))
    wait_until(lambda: families(s.d)[0, "ipv4"]["querier"].get("port") == "h4", what="the lower address to be believed")
    assert s.hear(GROUP4) == ["h4"]
    wait_until(lambda: families(s.d)[0, "ipv4"]["querier"]["self"], 10, "us to ask again")
    wait_until(lambda: families(s.d)[0, "ipv4"]["routers"] == [], 10, "the router to be forgotten")


def test_a_guest_cannot_play_router(lab):
    s = Snooping(lab, settings=FAST, ports={"h4": {"mcast_router": "never"}, "h3": {"mcast_router": "always"}})
    h = s.hosts[3]
    h.wire.send(igmp_query(h.mac, "10.0.0.1"))
    wait_until(lambda: s.d.drops("h4").get("router_guard") == 1)
    assert families(s.d)[0, "ipv4"]["state"] == "no_querier"
    s.d.rpc("switch.set", **{k: v for k, v in ASKS.items() if k != "mcast_snooping"})
    wait_snooping(s.d)
    assert s.hear(GROUP4) == ["h3"], "the router that is set gets everything"
    s.d.rpc("port.set", port="h3", mcast_router=None)
    wait_until(lambda: s.hear(GROUP4) == [])


def test_no_querier_floods_and_it_goes_on_and_off(lab):
    s = Snooping(lab, settings=FAST)
    stream = Stream(s.hosts[0], s.hosts[1])
    with joined(s.hosts[1], GROUP4):
        wait_until(lambda: members(s.d, GROUP4) == ["h2"])
        assert s.hear(GROUP4, sender=2) == ["h1", "h2", "h4"]
        s.d.rpc("switch.set", mcast_querier=True)
        wait_snooping(s.d)
        assert s.hear(GROUP4, sender=2) == ["h2"]
        s.d.rpc("switch.set", mcast_snooping="off")
        assert s.d.rpc("group.queriers")["switches"] == []
        assert s.hear(GROUP4, sender=2) == ["h1", "h2", "h4"]
        s.d.rpc("switch.set", mcast_snooping="mld")
        wait_until(lambda: list(families(s.d)) == [(0, "ipv6")])
        assert s.hear(GROUP4, sender=2) == ["h1", "h2", "h4"]
        s.d.rpc("switch.set", mcast_snooping="on", mcast_max_groups=16)
        wait_snooping(s.d)
        wait_until(lambda: members(s.d, GROUP4) == ["h2"])
        assert s.hear(GROUP4, sender=2) == ["h2"]
    stream.finish()


# VLANs

def test_vlans_are_apart_through_a_trunk(lab):
    """h1, h2 in 10 and h3 in 20 of `a`; h4 in 10 and h5 in 20 of `b`; a trunk between, and h6 a trunk of a."""
    h = [lab.host(f"h{i + 1}") for i in range(6)]
    trunk = {"type": "patch", "trunk": "10,20"}
    d = lab.switchd({"switches": {
        "a": {**FAST, "vlan_aware": True, "vlans": {"10": {"mcast_querier": True, "mcast_querier_ipv4": "10.0.0.254"}},
              "ports": {"h1": lab.tap(h[0], access=10), "h2": lab.tap(h[1], access=10), "h3": lab.tap(h[2], access=20),
                        "b": {**trunk, "peer": "b/a"}, "h6": lab.tap(h[5], trunk="10,20")}},
        "b": {**FAST, "vlan_aware": True, "ports": {"h4": lab.tap(h[3], access=10), "h5": lab.tap(h[4], access=20),
                                                    "a": {**trunk, "peer": "a/b"}}}}})
    d.wait_up()
    for x in h:
        x.address()
    query = wait_until(lambda: next((f for f in h[5].wire.drain() if f[:6] == mac_bytes("01:00:5e:00:00:01")), None),
                       what="a query on the trunk")
    assert query[12:18] == struct.pack("!HHH", 0x8100, 6 << 13 | 10, 0x0800)
    assert query[18 + 12:18 + 16] == addr("10.0.0.254")
    for switch in "a", "b":
        wait_snooping(d, 10, switch, ["ipv4"])
        assert families(d, switch)[20, "ipv4"]["state"] == "no_querier"
    assert families(d, "b")[10, "ipv4"]["querier"]["port"] == "a"
    assert who_hears(h[:2] + h[3:4], h[0], data(h[0].mac, GROUP4)) == [[]]
    with joined(h[3], GROUP4):
        wait_until(lambda: members(d, GROUP4, switch="a") == ["b"], what="the report to come through the trunk")
        assert members(d, GROUP4, switch="b") == ["h4"]
        h[5].wire.drain()
        assert who_hears(h[:2] + h[3:4], h[0], data(h[0].mac, GROUP4)) == [["h4"]]
        assert not [f for f in h[5].wire.drain() if f[:6] == mac_bytes(group_mac(GROUP4))], "the other trunk is in no group"
        assert who_hears([h[2], h[4]], h[2], data(h[2].mac, GROUP4)) == [["h5"]], "VLAN 20 is flooded"
        assert [g["vlan"] for g in d.rpc("group.list", switch="a")["groups"] if g["group"] == GROUP4] == [10]
        out = d.swctl("show", "groups", "--vlan", "10").stdout
        assert GROUP4 in out and "h4" in out
    d.rpc("vlan.set", switch="a", vlan=10, mcast_flood=True)
    wait_until(lambda: (10, "ipv4") not in families(d, "a"))
    assert who_hears(h[:2], h[0], data(h[0].mac, OTHER4)) == [["h2"]]


# what is set

def test_static_groups_are_kept(lab):
    s = Snooping(lab)
    d = s.d
    assert f"port h2 is in group {GROUP4}" in d.swctl("add", "group", GROUP4, "h2").stdout
    d.swctl("add", "group", GROUP6, "h3")
    wait_snooping(d)
    assert (s.hear(GROUP4), s.hear(GROUP6)) == (["h2"], ["h3"])
    config = d.rpc("config.get")["config"]
    assert config["switches"]["sw0"]["groups"] == [{"group": GROUP4, "port": "h2"}, {"group": GROUP6, "port": "h3"}]
    d.write_config(config)
    d.restart()
    d.wait_up()
    wait_snooping(d)
    for h in s.hosts:
        h.rewire()
        h.wire.drain()
    assert s.hear(GROUP4) == ["h2"]
    rows = json.loads(d.swctl("show", "groups", "--json").stdout)["groups"]
    assert [(g["group"], g["port"], g["static"]) for g in rows if g["static"]] == [(GROUP4, "h2", True), (GROUP6, "h3", True)]
    config["switches"]["sw0"]["groups"] = [{"group": "FF05:0::1:3", "port": "h3"}, {"group": GROUP4, "port": "h4"}]
    assert sorted(c["path"] for c in d.rpc("config.apply", config=config)["changes"]) == [
        f"switches.sw0.groups.{GROUP4}.h2", f"switches.sw0.groups.{GROUP4}.h4"]
    assert s.hear(GROUP4) == ["h4"]
    d.swctl("del", "group", GROUP4, "h4")
    assert s.hear(GROUP4) == []
    for params, word in (({"group": "224.0.0.251", "port": "h1"}, "all ports"), ({"group": "10.0.0.1", "port": "h1"}, "239.1.2.3"),
                         ({"group": GROUP4, "port": "h1", "vlan": 5}, "vlan_aware"), ({"group": GROUP4, "port": "x"}, "no port")):
        with pytest.raises(RpcError) as e:
            d.rpc("group.add", **params)
        assert word in e.value.message
    with pytest.raises(RpcError) as e:
        d.rpc("group.del", group=GROUP4, port="h1")
    assert GROUP4 in e.value.message


def test_a_port_that_goes_down_is_out_of_its_groups(lab):
    s = Snooping(lab)
    wait_snooping(s.d)
    with joined(s.hosts[1], GROUP4), joined(s.hosts[2], GROUP4):
        wait_until(lambda: members(s.d, GROUP4) == ["h2", "h3"])
        s.hosts[1].ip_cmd("link set eth0 down")
        wait_until(lambda: members(s.d, GROUP4) == ["h3"])
        s.d.rpc("port.del", port="h3")
        wait_until(lambda: members(s.d, GROUP4) == [])


# what is shown

def test_what_swctl_shows(lab):
    s = Snooping(lab, settings={**ASKS, "mcast_snooping": "igmp"}, ports={"h4": {"mcast_router": "always"}})
    assert "flooding" in s.d.swctl("show", "groups").stdout
    wait_snooping(s.d, which=["ipv4"])
    with joined(s.hosts[1], GROUP4), joined(s.hosts[2], "232.1.1.1", source="10.0.0.77"):
        s.d.swctl("add", "group", "239.200.200.200", "h3")
        wait_until(lambda: len(s.d.rpc("group.list")["groups"]) >= 3)
        out = s.d.swctl("show", "groups").stdout
    assert all(len(line) <= 80 for line in out.splitlines()), out
    head, lines = out.split("\n\n")
    assert "h4 (static)" in head and "10.0.0.254" in head and "here" in head and "igmpv3" in head
    rows = {line.split()[0]: line.split() for line in lines.splitlines()[1:]}
    assert list(rows) == ["232.1.1.1", GROUP4, "239.200.200.200"]
    assert rows["232.1.1.1"][1:3] == ["h3", "igmpv3"] and rows["232.1.1.1"][-1] == "10.0.0.77"
    assert rows[GROUP4][1:3] == ["h2", "igmpv3"] and rows[GROUP4][-1] == "all"
    assert rows["239.200.200.200"][1:3] == ["h3", "static"]
    assert GROUP4 in s.d.swctl("show", "groups", "--group", GROUP4).stdout
    assert s.d.swctl("show", "groups", "--port", "h1").stdout == "no group matches\n"
    s.d.rpc("switch.set", mcast_snooping="off")
    out = s.d.swctl("show", "groups").stdout
    assert "no multicast snooping" in out and "239.200.200.200" in out and GROUP4 not in out


def test_a_long_list_comes_in_pages(lab):
    s = Snooping(lab, n=2, settings={**ASKS, "mcast_snooping": "igmp", "mcast_query_interval_s": 60})
    wait_snooping(s.d, which=["ipv4"])
    h = s.hosts[1]
    groups = {f"239.5.{i // 200}.{i % 200}" for i in range(500)}
    h.wire.send(*[igmp_report(h.mac, g) for g in sorted(groups)])
    wait_until(lambda: s.d.rpc("group.list", limit=1)["total"] >= 500, what="all reports to be heard")
    seen, after = [], 0
    while after is not None:
        page = s.d.rpc("group.list", port="h2", limit=37, after=after)
        assert len(page["groups"]) <= 37
        seen += [g["group"] for g in page["groups"]]
        after = page["next"]
    assert sorted(seen) == sorted(groups)
    rows = json.loads(s.d.swctl("show", "groups", "--json").stdout)["groups"]
    mine = [g["group"] for g in rows if g["port"] == "h2"]
    assert mine == sorted(groups, key=lambda g: tuple(map(int, g.split("."))))
    assert s.d.swctl("show", "groups", "--group", "239.5.2.7").stdout.count("239.5.2.7") == 1


def test_a_guest_that_joins_without_end(lab):
    s = Snooping(lab, n=3, settings={**ASKS, "mcast_max_groups": 64, "mcast_snooping": "igmp"})
    d, (h1, h2, h3) = s.d, s.hosts
    wait_snooping(d, which=["ipv4"])
    events = d.subscribe("group")
    with joined(h2, GROUP4):
        wait_until(lambda: members(d, GROUP4) == ["h2"])
        h3.wire.send(*[igmp_report(h3.mac, f"239.77.{i // 200}.{i % 200}") for i in range(600)])
        wait_until(lambda: d.stats("h3")["rx_frames"] >= 600)
        assert members(d, GROUP4) == ["h2"]
        st = next(p for p in d.rpc("group.queriers")["switches"][0]["ports"] if p["port"] == "h3")
        assert st["groups"] <= 63 and st["refused"] + st["evicted"] > 500
        assert s.hear(GROUP4) == ["h2", "h3"], "who was refused something gets more, and nobody less"
        assert events.wait_event("group.full")["port"] == "h3"
        assert events.wait_event("group.skipped")["count"] > 10
        assert sum(e["event"] == "group.joined" for e in events.events_so_far()) < 200


# what is wrong

def test_what_is_wrong_teaches_nothing(lab):
    s = Snooping(lab, n=3, ipv6=True)
    d, h = s.d, s.hosts[1]
    wait_snooping(d)
    liar = station(0x99)
    sound = igmp_report(liar, GROUP4)
    at = 14 + 24
    bad_sum = sound[:at + 2] + bytes([sound[at + 2] ^ 1]) + sound[at + 3:]
    truncated = igmp(liar, "224.0.0.22", summed(struct.pack("!BBHHH", 0x22, 0, 0, 0, 2) + struct.pack(
        "!BBH4s", 4, 0, 0, addr(GROUP4)) + b"\4\0\0"))
    oversize = igmp_report(liar, GROUP4, count=65535)
    many_sources = igmp(liar, "224.0.0.22", summed(struct.pack("!BBHHH", 0x22, 0, 0, 0, 1) + struct.pack(
        "!BBH4s", 4, 0, 60000, addr(GROUP4))))
    ttl = sound[:14] + ipv4("10.0.0.50", "224.0.0.22", IPPROTO_IGMP, sound[at:at + 16], b"\x94\x04\0\0", ttl=64)
    h.wire.send(bad_sum, truncated, oversize, many_sources, ttl)
    wait_until(lambda: d.drops("h2").get("bad_igmp") == 5)
    sound6 = mld_report(liar, GROUP6)
    broken6 = sound6[:-1] + bytes([sound6[-1] ^ 1])
    h.wire.send(broken6, mld_report(liar, GROUP6, count=999), mld(liar, "ff02::16", b"\x8f\0\0\0\0\0\0\1"))
    wait_until(lambda: d.drops("h2").get("bad_mld") == 3)
    assert members(d, GROUP4) == members(d, GROUP6) == []
    assert not d.where(liar), "the sender of what was dropped was learned"
    ports = {p["port"]: p for p in d.rpc("group.queriers")["switches"][0]["ports"]}
    assert ports["h2"]["bad"] == {"igmp": 5, "mld": 3}
    assert (s.hear(GROUP4), s.hear(GROUP6)) == ([], [])
    h.wire.send(sound, sound6)
    wait_until(lambda: members(d, GROUP4) == members(d, GROUP6) == ["h2"], what="the same without an error to be heeded")


def test_a_query_goes_no_further_than_its_vlan_and_is_sound(lab):
    """What we send is what the kernel takes: its answers come; and a capture of our own agrees."""
    s = Snooping(lab, n=2, ipv6=True)
    w = lab.wire(s.hosts[0].name, "eth0", cls=Wire)
    query = wait_until(lambda: next((f for f in w.drain() if f[:6] == mac_bytes("33:33:00:00:00:01") and f[14 + 40 + 8] == 130),
                                    None), what="an MLD query")
    assert query[21] == 1 and query[14 + 40:14 + 48] == bytes([ICMPV6, 0, 5, 2, 0, 0, 1, 0])
    src = query[22:38]
    assert src[:2] == b"\xfe\x80" and src[8:] == bytes([query[6] ^ 2]) + query[7:9] + b"\xff\xfe" + query[9:12]
    icmp = query[62:62 + struct.unpack("!H", query[18:20])[0] - 8]
    assert checksum(query[22:54] + struct.pack("!II", len(icmp), ICMPV6) + icmp) == 0
    wait_until(lambda: members(s.d, "ff02::1:ff00:1") == ["h1"], what="the kernel's answer")

# SPDX-License-Identifier: ISC
"""Everything of a managed switch at once: the parts leave each other and ordinary traffic alone."""
import pytest

from daemon import SANITIZED
from frames import BROADCAST, sized, station
from traffic import Stream, tcp_transfer, udp_echo
from wait import wait_until

SIZE = (4 if SANITIZED else 32) << 20

EVERYTHING = {
    "vlan_aware": True, "stp": "rstp", "lldp": True, "mcast_snooping": "on", "mcast_querier": True,
    "dhcp_snooping": True, "dhcp6_guard": True, "arp_inspection": True, "ra_guard": True,
    "vlans": {"10": {"name": "office"}, "20": {"name": "lab", "arp_inspection": True}},
}
CAREFUL = {
    "stp_edge": True, "stp_bpdu_guard": True, "max_macs": 2, "max_macs_action": "drop", "sticky": True,
    "storm_broadcast": "10kfps", "storm_multicast": "10kfps", "storm_unknown": "10kfps", "rate_in": "10Gbit", "rate_out": "10Gbit",
    "filter_in": "not (udp src port 67)", "filter_out": "not ether proto 0x1234", "loop_guard": True, "mcast_fast_leave": True,
}
SHOWN = ["ports", "port h1", "macs", "vlans", "stp", "stp port", "groups", "neighbors", "lldp", "bindings", "guard", "mirrors",
         "stats", "drops", "switches", "config"]


@pytest.fixture
def managed(lab):
    """h1 and h2 in VLAN 10, h3 in 20, a trunk h4, and h5 that watches."""
    hosts = [lab.host(f"h{i + 1}") for i in range(5)]
    own = [{"access": 10, **CAREFUL}, {"access": 10, **CAREFUL}, {"access": 20, "isolated": True, **CAREFUL},
           {"trunk": "10,20", "dhcp_trusted": True, "arp_trusted": True, "ra_trusted": True},
           {"mirror": "all", "mirror_snaplen": 128}]
    ports = {h.name: lab.tap(h, mtu=9000, **s) for h, s in zip(hosts, own)}
    bindings = [{"mac": h.mac, "ip": h.ip, "port": h.name, "vlan": vlan} for h, vlan in zip(hosts, (10, 10, 20))]
    groups = [{"group": "239.1.2.3", "port": "h2", "vlan": 10}]
    d = lab.switchd({"switches": {"sw0": {**EVERYTHING, "ports": ports, "bindings": bindings, "groups": groups}}})
    d.wait_up()
    for h in hosts[:3]:
        h.address()
    wait_until(lambda: all(p["state"] == "forwarding" for p in d.rpc("stp.list")["switches"][0]["ports"][:3]), 20, "edge ports")
    return d, hosts


def test_traffic_passes_as_if_nothing_were_there(managed):
    d, (a, b, c, t, m) = managed
    assert a.ping(b) == 0
    tcp_transfer(a, b, SIZE)
    udp_echo(b, a, [0, 1, 1472, 1473, 8900])
    assert a.ping(c, wait=1) != 0, "it is in another VLAN"
    assert d.stats("h1")["rx_super"] > 10
    assert d.stats("h5")["tx_mirrored"] > 100
    assert set(d.drops("h2")) <= {"queue_full", "no_egress", "no_member", "port_blocked"}, d.drops("h2")


def test_a_stream_is_not_disturbed_while_all_of_it_is_changed(managed):
    d, (a, b, c, t, m) = managed
    a.ping(b)
    stream = Stream(a, b)
    for name in ("lldp", "mcast_snooping", "dhcp_snooping", "arp_inspection", "ra_guard", "dhcp6_guard"):
        for value in (None, EVERYTHING[name]):
            d.rpc("switch.set", **{name: value})
    for settings in ({"storm_broadcast": "1fps"}, {"rate_in": "1kbit"}, {"filter_in": "arp"}, {"locked": True}, {"isolated": False},
                     {"loop_guard": False}, {"access": 30}, {"max_macs_action": "shut"}, {"mirror": "h1"}):
        d.rpc("port.set", port="h3", **settings)
    d.rpc("port.del", port="h5")
    d.rpc("port.del", port="h3")
    d.rpc("vlan.set", vlan=10, name="other")
    stream.finish()


def test_what_runs_is_what_was_configured_and_starts_again(managed):
    d, (a, b, c, t, m) = managed
    a.ping(b)
    wait_until(lambda: d.rpc("port.list", port="h1")["ports"][0]["sticky_macs"] == 1, what="a station to stick")
    running = d.rpc("config.get")["config"]
    assert d.rpc("config.diff", config=running)["changes"] == []
    d.write_config(running)
    d.restart()
    d.wait_up()
    assert d.rpc("config.get")["config"] == running
    assert d.rpc("mac.list", mac=a.mac)["macs"][0]["type"] == "sticky"
    wait_until(lambda: d.rpc("stp.list")["switches"][0]["ports"][0]["state"] == "forwarding", 20, "h1 to forward")
    for h in (a, b):  # new taps
        h.address()
    assert a.ping(b) == 0


def test_strangers_are_refused_each_for_its_own_reason(managed):
    d, (a, b, c, t, m) = managed
    a.ping(b)
    d.rpc("port.set", port="h1", locked=True)
    b.wire.drain()
    a.wire.send(sized(BROADCAST, station(77), 60))
    c.wire.send(bytes.fromhex("0180c2000000") + sized(BROADCAST, c.mac, 60)[6:12] + b"\x00\x26\x42\x42\x03" + bytes(43))
    wait_until(lambda: d.drops("h1").get("locked"), what="the stranger to be refused")
    wait_until(lambda: {"bad_bpdu", "bpdu_guard"} & set(d.drops("h3")), what="a bad BPDU to be named")
    assert all(f[6:12].hex(":") != station(77) for f in b.wire.drain())
    assert d.rpc("port.list", port="h2")["ports"][0].get("shut") is None


@pytest.mark.parametrize("what", SHOWN)
def test_each_table_is_shown(managed, what):
    d, _ = managed
    plain = d.swctl("show", *what.split()).stdout
    assert plain.strip() and "\x1b" not in plain
    assert d.swctl("show", *what.split(), "--json").stdout.startswith(("{", "["))


@pytest.mark.parametrize("words, offered", [
    (["show", ""], {"vlans", "stp", "groups", "neighbors", "lldp", "bindings", "guard", "mirrors"}),
    (["add", ""], {"group", "binding"}),
    (["set", "switch", "--"], {"--vlan_aware", "--stp", "--mcast_snooping", "--dhcp_snooping", "--lldp", "--loop_guard_interval_s"}),
    (["set", "vlan", "10", "--"], {"--name", "--arp_inspection", "--mcast_flood"}),
    (["set", "port", "h1", "--"], {"--access", "--mirror", "--sticky", "--storm_broadcast", "--rate_in", "--filter_in", "--loop_guard",
                                   "--isolated", "--dhcp_trusted", "--stp_edge", "--lldp", "--mcast_router", "--max_macs_action"}),
    (["set", "port", "h1", "--max_macs_action", ""], {"flood", "drop", "shut"}),
    (["monitor", "--events", ""], {"stp", "group", "binding", "guard", "storm", "loop", "neighbor", "port.shut", "mac.refused"}),
    (["del", "binding", "02:00:00:00:00:01", ""], {"10.0.0.1", "10.0.0.2", "10.0.0.3"}),
    (["del", "group", ""], {"239.1.2.3"}),
    (["reopen", ""], {"h1", "h2", "h3", "h4", "h5"}),
    (["release", ""], {"h1", "h2", "h3", "h4", "h5"})])
def test_the_shell_is_offered_it(managed, words, offered):
    d, _ = managed
    assert offered <= set(d.completed(*words))

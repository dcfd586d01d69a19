# SPDX-License-Identifier: ISC
"""DHCP snooping, ARP inspection, RA and DHCPv6 guard: real servers and clients, and those who pretend to be one."""
import ipaddress
import json
import socket
import struct

import pytest

from frames import BROADCAST, eth, mac_bytes, station, tagged
from rpc import EXISTS, INVALID_PARAMS, LIMIT, NOT_FOUND, RpcError
from wait import holds_for, wait_until

ARP, IPV6 = 0x0806, 0x86DD

LEASE = """#!/bin/sh
test "$1" = bound || test "$1" = renew || exit 0
ip addr flush dev "$interface" scope global
ip addr add "$ip/24" dev "$interface"
echo "$ip $serverid" >> "$(dirname "$0")/leases"
"""


class Guarded:
    """h1 and h2, clients; h3 with a DHCP server. All ports but h3's are trusted for nothing."""

    def __init__(self, lab, settings=None, ports=None, vlans=None, **trusted):
        self.lab = lab
        self.hosts = self.a, self.b, self.s = [lab.host(f"h{i + 1}") for i in range(3)]
        own = ports or [{}, {}, {}]
        trusted = trusted or {"dhcp_trusted": True, "arp_trusted": True, "ra_trusted": True}
        config = {"h1": lab.tap(self.a, **own[0]), "h2": lab.tap(self.b, **own[1]), "h3": lab.tap(self.s, **own[2], **trusted)}
        self.d = lab.switchd({"switches": {"sw0": {**(settings or {}), "ports": config, "vlans": vlans or {}}}})
        self.d.wait_up()
        self.s.address()
        self.script = lab.directory / "lease"
        self.script.write_text(LEASE)
        self.script.chmod(0o755)
        for h in self.hosts:
            h.wire.drain()

    def serve(self, host, first, last):
        """A DHCP server; its pool tells who has answered. Stopped with the host."""
        directory = self.lab.directory / f"dnsmasq-{host.name}"
        directory.mkdir()
        p = host.popen("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", f"--interface={host.ifname}",
                       "--bind-interfaces", f"--dhcp-range={first},{last},255.255.255.0,1h", "--no-ping", "--user=root",
                       f"--dhcp-leasefile={directory}/leases", f"--pid-file={directory}/pid", "--dhcp-authoritative")
        wait_until(lambda: p.poll() is None and b":0043" in host.run("cat", "/proc/net/udp").stdout.encode(), what="a DHCP server")
        return p

    def ask(self, host, *args, tries=3):
        """What a client is given, or None."""
        done = host.run("busybox", "udhcpc", "-i", host.ifname, "-f", "-n", "-q", "-t", tries, "-T", 1, "-A", 1, "-s", self.script,
                        *args, check=False, timeout=60)
        got = [line.split()[3] for line in done.stdout.splitlines() if " lease of " in line]
        return got[-1].rstrip(",") if got else None

    def leases(self):
        """How many times a client took what it was given."""
        return len((self.lab.directory / "leases").read_text().splitlines())

    def bindings(self):
        return {(b["mac"], b["ip"], b["port"]) for b in self.d.rpc("binding.list")["bindings"]}


def arp(sender_mac, sender_ip, target_mac="00:00:00:00:00:00", target_ip="10.0.0.9", op=1, src=None, dst=BROADCAST):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, op) + mac_bytes(sender_mac) + socket.inet_aton(sender_ip) \
        + mac_bytes(target_mac) + socket.inet_aton(target_ip)
    return eth(dst, src or sender_mac, body.ljust(46, b"\0"), ARP)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def router_advertisement(src_mac, hop_limit=255):
    """A router of 2001:db8:bad::/64, as an attacker announces himself."""
    src, dst = (ipaddress.IPv6Address(a).packed for a in ("fe80::bad", "ff02::1"))
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + ipaddress.IPv6Address("2001:db8:bad::").packed
    icmp = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\1\1" + mac_bytes(src_mac) + prefix
    pseudo = src + dst + struct.pack("!II", len(icmp), 58)
    icmp = icmp[:2] + struct.pack("!H", checksum(pseudo + icmp)) + icmp[4:]
    return eth("33:33:00:00:00:01", src_mac, struct.pack("!IHBB", 6 << 28, len(icmp), 58, hop_limit) + src + dst + icmp, IPV6)


# DHCP

def test_a_lease_becomes_a_binding(lab):
    x = Guarded(lab, {"dhcp_snooping": True})
    events = x.d.subscribe("binding")
    x.serve(x.s, "10.0.0.50", "10.0.0.60")
    ip = x.ask(x.a)
    assert ip and ip.startswith("10.0.0.5")
    assert x.bindings() == {(x.a.mac, ip, "h1")}
    e = events.wait_event("binding.added")
    assert (e["port"], e["mac"], e["ip"]) == ("h1", x.a.mac, ip)
    row = x.d.rpc("binding.list")["bindings"][0]
    assert not row["static"] and 3500 < row["left_s"] <= 3600
    assert x.ask(x.b) and len(x.bindings()) == 2
    client = x.a.popen("busybox", "udhcpc", "-i", x.a.ifname, "-f", "-R", "-A", 1, "-s", x.script)
    wait_until(lambda: x.leases() == 3, what="the client to have it again")
    assert x.d.rpc("guard.list")["switches"][0]["stats"]["renewed"] == 1
    client.terminate()  # it gives it back
    wait_until(lambda: len(x.bindings()) == 1, what="the lease to end")
    assert events.wait_event("binding.removed")["cause"] == "released"
    assert x.d.rpc("guard.list")["switches"][0]["stats"]["bound"] >= 2


def test_a_rogue_server_is_not_heard(lab):
    x = Guarded(lab, {"dhcp_snooping": True})
    x.b.address()
    x.serve(x.b, "10.0.0.200", "10.0.0.210")
    events = x.d.subscribe("guard")
    assert x.ask(x.a, tries=2) is None, "the way to servers leads through trusted ports only"
    x.d.rpc("switch.set", dhcp_to_trusted=False)
    assert x.ask(x.a, tries=2) is None, "now it is asked, and its answers are dropped"
    assert x.d.drops("h2")["dhcp_rogue_server"] >= 1
    assert events.wait_event("guard.violation")["port"] == "h2"
    assert "dhcp_rogue_server" in x.d.swctl("show", "drops").stdout
    x.serve(x.s, "10.0.0.50", "10.0.0.60")
    assert x.ask(x.a).startswith("10.0.0.5")
    x.d.rpc("switch.set", dhcp_snooping=False)
    assert x.d.rpc("binding.list")["bindings"] == []


def test_without_a_trusted_port_it_is_told(lab):
    x = Guarded(lab, {"dhcp_snooping": True}, dhcp_trusted=False)
    x.serve(x.s, "10.0.0.50", "10.0.0.60")
    assert x.ask(x.a, tries=1) is None
    assert x.d.drops("h1")["no_trusted"] >= 1
    x.d.rpc("port.set", port="h3", dhcp_trusted=True)
    assert x.ask(x.a)


def test_a_port_has_so_many_leases(lab):
    x = Guarded(lab, {"dhcp_snooping": True}, [{"dhcp_max_bindings": 1}, {}, {}])
    x.serve(x.s, "10.0.0.50", "10.0.0.60")
    assert x.ask(x.a)
    x.a.ip_cmd(f"link set {x.a.ifname} down", f"link set {x.a.ifname} address {station(77)}", f"link set {x.a.ifname} up")
    x.d.wait_up()
    assert x.ask(x.a, tries=1) is None
    assert x.d.drops("h1")["dhcp_limit"] >= 1 and len(x.bindings()) == 1
    assert x.ask(x.b), "that is no matter to others"


def test_bad_dhcp_is_named_and_teaches_nothing(lab):
    x = Guarded(lab, {"dhcp_snooping": True})
    udp = struct.pack("!HHHH", 68, 67, 8 + 20, 0) + b"\1\1\6\0" + bytes(16)  # far too short
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    x.a.wire.send(eth(BROADCAST, station(500), ip + udp, 0x0800))
    wait_until(lambda: x.d.drops("h1").get("bad_dhcp"), what="it to be counted")
    assert x.d.rpc("mac.list", mac=station(500))["total"] <= 3
    assert all(m["mac"] != station(500) for m in x.d.rpc("mac.list")["macs"])
    assert x.b.wire.drain() == [] and x.s.wire.drain() == []


# ARP

def test_who_has_no_binding_is_not_believed(lab):
    x = Guarded(lab, {"dhcp_snooping": True, "arp_inspection": True})
    x.serve(x.s, "10.0.0.50", "10.0.0.60")
    ip = x.ask(x.a)
    assert x.a.ping(x.s) == 0, "a host with a lease speaks"
    x.b.wire.drain()
    x.b.wire.send(arp(x.b.mac, ip), arp(x.b.mac, x.s.ip), arp(x.a.mac, ip))
    wait_until(lambda: sum(v for k, v in x.d.drops("h2").items() if k.startswith("arp")) >= 3, what="forged ARP to be dropped")
    assert set(x.d.drops("h2")) <= {"arp_no_binding", "arp_spoof"}
    assert x.d.rpc("mac.list", mac=x.a.mac)["macs"][0]["port"] == "h1", "nor does it move a station"
    assert x.a.ping(x.s) == 0
    x.b.address()
    assert x.b.ping(x.s, wait=1) != 0
    x.d.swctl("add", "binding", x.b.mac, x.b.ip, "h2")
    wait_until(lambda: x.b.ping(x.s) == 0, what="one with a binding to be heard")  # a question of before may still be out
    assert x.d.drops("h1") == {}


def test_an_arp_message_that_is_none(lab):
    x = Guarded(lab, {"arp_inspection": True})
    good = arp(x.a.mac, x.a.ip)
    bad = [good[:14] + good[14:30], good[:14] + b"\0\2" + good[16:], good[:18] + b"\5" + good[19:],
           arp(x.a.mac, x.a.ip, src=station(9)), arp(BROADCAST, x.a.ip, src=x.a.mac)]
    x.a.wire.send(*bad)
    wait_until(lambda: x.d.stats("h1")["rx_drops"] >= len(bad), what="all to be dropped")
    assert set(x.d.drops("h1")) <= {"bad_arp", "arp_spoof", "arp_no_binding"} and x.d.drops("h1")["bad_arp"] >= 3
    assert x.b.wire.drain() == []


# IPv6

def test_no_routers_but_where_they_are(lab):
    x = Guarded(lab, {"ra_guard": True})
    for h in (x.a, x.b):
        h.ip_cmd("link set lo up")
        h.run("sysctl", "-q", "-w", f"net.ipv6.conf.{h.ifname}.disable_ipv6=0", f"net.ipv6.conf.{h.ifname}.accept_ra=1",
              f"net.ipv6.conf.{h.ifname}.forwarding=0")
    bad = router_advertisement(x.b.mac)
    x.b.wire.send(bad, router_advertisement(x.b.mac, hop_limit=64))
    wait_until(lambda: x.d.drops("h2").get("ra_guard", 0) >= 1, what="the advertisement to be dropped")
    wait_until(lambda: sum(x.d.drops("h2").values()) >= 2, what="the other as well")
    holds_for(lambda: "2001:db8:bad" not in x.a.run("ip", "-6", "addr").stdout, 1)
    x.s.wire.send(router_advertisement(x.s.mac))  # where a router may be
    wait_until(lambda: "2001:db8:bad" in x.a.run("ip", "-6", "addr").stdout, what="the route of a router that may be one")


# VLANs, bindings, settings

def test_in_one_vlan_and_not_in_another(lab):
    x = Guarded(lab, {"vlan_aware": True}, [{"access": 10}, {"access": 20}, {"trunk": "10,20"}],
                {"10": {"arp_inspection": True}}, ra_trusted=True)
    for h in (x.a, x.b):
        h.wire.send(arp(h.mac, h.ip))
    wait_until(lambda: x.d.drops("h1").get("arp_no_binding"), what="ARP in VLAN 10 to be inspected")
    wait_until(lambda: tagged(arp(x.b.mac, x.b.ip), (20,)) in x.s.wire.drain(), what="that in VLAN 20 to pass")
    x.d.rpc("binding.add", mac=x.a.mac, ip=x.a.ip, port="h1")
    assert x.d.rpc("binding.list")["bindings"][0]["vlan"] == 10
    x.a.wire.send(f := arp(x.a.mac, x.a.ip))
    wait_until(lambda: tagged(f, (10,)) in x.s.wire.drain(), what="a binding to help")
    assert x.d.rpc("guard.list")["switches"][0]["watched"]["arp_inspection"] == "10"
    x.d.rpc("vlan.set", vlan=10, arp_inspection=None)
    x.a.wire.send(f := arp(station(3), "10.0.0.77", src=station(3)))
    wait_until(lambda: tagged(f, (10,)) in x.s.wire.drain(), what="nobody to ask any more")


def test_bindings_by_hand(lab):
    x = Guarded(lab, {"arp_inspection": True})
    d = x.d
    assert d.swctl("show", "bindings").stdout == "no bindings; swctl set switch --dhcp_snooping true learns them\n"
    d.swctl("add", "binding", x.a.mac, "10.0.0.1", "h1")
    d.rpc("binding.add", mac=x.b.mac, ip="10.0.0.2", port="h2")
    lines = d.swctl("show", "bindings").stdout.splitlines()
    assert [w for w in lines[0].split()] == ["ADDRESS", "MAC", "PORT", "TYPE", "AGE", "EXPIRES"]
    assert lines[1].split()[:4] == ["10.0.0.1", x.a.mac, "h1", "static"] and len(lines) == 3
    assert json.loads(d.swctl("show", "bindings", "--port", "h2", "--json").stdout)["bindings"][0]["ip"] == "10.0.0.2"
    running = d.rpc("config.get")["config"]["switches"]["sw0"]
    assert running["bindings"] == [{"mac": x.a.mac, "ip": "10.0.0.1", "port": "h1"}, {"mac": x.b.mac, "ip": "10.0.0.2", "port": "h2"}]
    config = d.rpc("config.get")["config"]
    assert d.rpc("config.diff", config=config)["changes"] == []
    config["switches"]["sw0"]["bindings"] = [{"mac": x.a.mac, "ip": "10.0.0.1", "port": "h1"},
                                             {"mac": x.a.mac, "ip": "10.0.0.11", "port": "h1"}]
    assert sorted(c["op"] for c in d.rpc("config.apply", config=config)["changes"]) == ["add", "del"]
    assert x.bindings() == {(x.a.mac, "10.0.0.1", "h1"), (x.a.mac, "10.0.0.11", "h1")}
    d.swctl("del", "binding", x.a.mac, "10.0.0.11")
    d.rpc("port.del", port="h1")
    assert x.bindings() == set()
    assert "arp_inspection" in d.swctl("show", "guard").stdout


@pytest.mark.parametrize("method, bad, code, says", [
    ("binding.add", {"mac": "ff:ff:ff:ff:ff:ff"}, INVALID_PARAMS, "station"),
    ("binding.add", {"mac": "x"}, INVALID_PARAMS, "MAC address"),
    ("binding.add", {"ip": "10.0.0"}, INVALID_PARAMS, "IPv4 address"),
    ("binding.add", {"ip": "fe80::1"}, INVALID_PARAMS, "IPv4 address"),
    ("binding.add", {"port": "h9"}, NOT_FOUND, "h9"),
    ("binding.add", {"port": "h2"}, EXISTS, "another port"),
    ("binding.del", {"ip": "10.0.0.77", "port": None}, NOT_FOUND, "no binding"),
    ("switch.set", {"dhcp_bindings": 0}, INVALID_PARAMS, "1 to 65536")])
def test_nonsense_is_refused(lab, method, bad, code, says):
    x = Guarded(lab, {"arp_inspection": True})
    x.d.rpc("binding.add", mac=x.a.mac, ip="10.0.0.1", port="h1")
    params = {"mac": x.a.mac, "ip": "10.0.0.1", "port": "h1", **bad} if method.startswith("binding") else bad
    with pytest.raises(RpcError) as e:
        x.d.rpc(method, **{k: v for k, v in params.items() if v is not None})
    assert e.value.code == code and says in e.value.message


def test_a_table_does_not_shrink_below_what_was_set(lab):
    x = Guarded(lab, {"arp_inspection": True})
    for i in range(3):
        x.d.rpc("binding.add", mac=x.a.mac, ip=f"10.0.0.{i + 1}", port="h1")
    with pytest.raises(RpcError) as e:
        x.d.rpc("switch.set", dhcp_bindings=2)
    assert e.value.code == LIMIT and "3 static" in e.value.message
    x.d.rpc("switch.set", dhcp_bindings=3)
    assert len(x.bindings()) == 3

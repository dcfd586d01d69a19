# SPDX-License-Identifier: ISC
"""VLANs: who hears whom, the bytes of the tags, super-frames through trunks of each kind, and settings that change."""
import pytest

from daemon import SANITIZED
from frames import BROADCAST, eth, noise, sized, station, tagged
from netns import settle, sh
from rpc import INVALID_PARAMS, RpcError
from traffic import Stream, tcp_transfer, udp_echo
from wait import wait_until

SIZE = (4 if SANITIZED else 32) << 20
STAG = 0x88A8


class Vlans:
    """Hosts on one switch that is vlan_aware, each with the settings given: h1, h2..."""

    def __init__(self, lab, *settings, vlans=None):
        self.hosts = [lab.host(f"h{i + 1}") for i in range(len(settings))]
        ports = {h.name: lab.tap(h, mtu=9000, **s) for h, s in zip(self.hosts, settings)}
        self.d = lab.switchd({"switches": {"sw0": {"vlan_aware": True, "ports": ports, "vlans": vlans or {}}}})
        self.d.wait_up()
        for h in self.hosts:
            h.wire.drain()

    def heard(self, sender, *frames):
        """What each host hears of the frames that one sends: only marked frames of its VLAN end the wait."""
        sender.wire.send(*frames)
        before = self.d.stats(sender.name)["rx_frames"]
        wait_until(lambda: self.d.stats(sender.name)["rx_frames"] >= before, what="frames to be read")
        return {h.name: self._take(h, len(frames)) for h in self.hosts if h is not sender}

    @staticmethod
    def _take(host, most):
        got = []
        while len(got) < most and (frame := host.wire.recv(0.3)):
            got.append(frame)
        return got


# the bytes

def test_tags_are_put_in_and_taken_out(lab):
    v = Vlans(lab, {"access": 10}, {"access": 10}, {"trunk": "10,20"}, {"trunk": "10", "tpid": "0x88a8"}, {"access": 20})
    a = v.hosts[0]
    plain = sized(BROADCAST, a.mac, 100)
    assert v.heard(a, plain) == {"h2": [plain], "h3": [tagged(plain, (10,))], "h4": [tagged(plain, (10, STAG))], "h5": []}
    t = v.hosts[2]
    plain = sized(BROADCAST, t.mac, 60)
    with_prio = tagged(plain, (10, 0x8100, 5))
    assert v.heard(t, with_prio) == {"h1": [plain], "h2": [plain], "h4": [tagged(plain, (10, STAG, 5))], "h5": []}
    assert v.heard(t, tagged(plain, (20,)))["h5"] == [plain]
    assert v.heard(t, plain, tagged(plain, (30,)), tagged(plain, (4095,))) == {"h1": [], "h2": [], "h4": [], "h5": []}
    assert v.d.drops("h3") == {"untagged": 1, "not_in_vlan": 1, "vid_reserved": 1}
    assert v.d.rpc("mac.list", mac=t.mac)["total"] == 3  # the host in 10, and this one in 10 and 20


def test_jumbo_frames_have_their_tags_changed_as_well(lab):
    """Above 8 KiB a frame is not copied: only its beginning is written anew.  (The kernel takes no tag with less than two bytes behind.)"""
    v = Vlans(lab, {"access": 10}, {"trunk": "10"}, {"access": 10})
    frames = [sized(BROADCAST, v.hosts[0].mac, n) for n in (16, 60, 1514, 8191, 8192, 8193, 9014)]
    got = v.heard(v.hosts[0], *frames)
    assert got == {"h2": [tagged(f, (10,)) for f in frames], "h3": frames}
    frames = [sized(BROADCAST, v.hosts[1].mac, n) for n in (16, 60, 8188, 8189, 9010)]
    got = v.heard(v.hosts[1], *[tagged(f, (10, 0x8100, 3)) for f in frames])
    assert got == {"h1": frames, "h3": frames}


def test_a_customer_is_carried_with_his_tags(lab):
    v = Vlans(lab, {"dot1q_tunnel": 100}, {"dot1q_tunnel": 100}, {"trunk": "100", "tpid": "0x88a8"}, {"dot1q_tunnel": 200})
    a = v.hosts[0]
    plain = sized(BROADCAST, a.mac, 80)
    frames = [plain, tagged(plain, (7,)), tagged(plain, (100, 0x8100, 6)), tagged(plain, (4095,)), tagged(plain, (1,), (2,))]
    outer = [(100, STAG), (100, STAG), (100, STAG, 6), (100, STAG), (100, STAG)]
    assert v.heard(a, *frames) == {"h2": frames, "h3": [tagged(f, o) for f, o in zip(frames, outer)], "h4": []}


# super-frames through a trunk: a tag goes in front of what the offload header points to

def kinds(lab):
    path = lab.directory / "trunk.sock"
    return {
        "patch": ({"type": "patch", "peer": "sw1/t"}, {"type": "patch", "peer": "sw0/t"}),
        "udp": ({"type": "udp", "local": "127.0.0.1:7001", "remote": "127.0.0.1:7002"},
                {"type": "udp", "local": "127.0.0.1:7002", "remote": "127.0.0.1:7001"}),
        "stream": ({"type": "stream", "listen": f"unix:{path}"}, {"type": "stream", "connect": f"unix:{path}"}),
        "vxlan": ({"type": "vxlan", "vni": 7, "local": "127.0.0.2:4789", "remotes": "127.0.0.3"},
                  {"type": "vxlan", "vni": 7, "local": "127.0.0.3:4789", "remotes": "127.0.0.2"}),
        "netdev": ({"type": "netdev", "ifname": "trunk0"}, {"type": "netdev", "ifname": "trunk1"}),
    }


class Trunk:
    """h1, h3 -- [sw0] ==== [sw1] -- h2, h4: h1 and h2 in VLAN 10, the others in 20"""

    def __init__(self, lab, kind, **settings):
        self.hosts = self.a, self.b, self.c, self.e = [lab.host(f"h{i + 1}") for i in range(4)]
        if kind == "netdev":
            sh("ip", "link", "add", "trunk0", "type", "veth", "peer", "name", "trunk1")
            sh("ip", "link", "set", "trunk0", "up")
            sh("ip", "link", "set", "trunk1", "up")
        near, far = kinds(lab)[kind]
        vlans = {"trunk": "10,20", **settings}
        self.d = lab.switchd({"switches": {
            "sw0": {"vlan_aware": True, "ports": {"h1": lab.tap(self.a, access=10), "h3": lab.tap(self.c, access=20),
                                                  "t": {**near, **vlans}}},
            "sw1": {"vlan_aware": True, "ports": {"h2": lab.tap(self.b, access=10), "h4": lab.tap(self.e, access=20),
                                                  "t": {**far, **vlans}}}}})
        wait_until(lambda: all(p["state"] in ("up", "listening") for p in self.d.rpc("port.list")["ports"]), what="all ports")
        for h in self.hosts:
            h.address()


@pytest.mark.parametrize("kind", ["patch", "udp", "stream", "vxlan", "netdev"])
def test_tcp_and_udp_cross_a_trunk(lab, kind):
    t = Trunk(lab, kind)
    wait_until(lambda: t.a.ping(t.b) == 0, what="the trunk to carry")
    assert t.c.ping(t.e) == 0
    tcp_transfer(t.a, t.b, SIZE)
    tcp_transfer(t.b, t.a, SIZE, seed=2)
    udp_echo(t.c, t.e, [0, 1, 1472, 1473, 9000, 65000])
    assert t.d.stats("h1", switch="sw0")["rx_super"] > 10
    assert {x["reason"] for x in t.d.rpc("drops.list")["drops"]} <= {"queue_full", "no_egress"}
    assert t.a.ping(t.e, wait=1) != 0 and t.c.ping(t.b, wait=1) != 0


def test_tcp_crosses_a_providers_trunk(lab):
    t = Trunk(lab, "patch", tpid="0x88a8")
    tcp_transfer(t.a, t.b, SIZE)
    udp_echo(t.c, t.e, [1, 9000])


def test_a_native_vlan_crosses_without_a_tag(lab):
    t = Trunk(lab, "udp", native=10)
    tcp_transfer(t.a, t.b, SIZE)
    assert t.c.ping(t.e) == 0


# settings

def test_one_ports_vlans_change_while_others_talk(lab):
    d, a, b, c = lab.lan(3, settings={"vlan_aware": True})
    stream = Stream(a, b)
    for access in 10, 20, 1:
        assert "h3 set on sw0" in d.swctl("set", "port", "h3", "--access", str(access)).stdout
        c.wire.send(sized(BROADCAST, c.mac, 60))
        stream.flow_on()
        assert d.where(c.mac, access) == "h3"
        assert d.where(a.mac, 1) == "h1"
    stream.finish()


def test_a_configuration_with_vlans_is_applied_and_shown_again(lab):
    v = Vlans(lab, {"access": 10}, {"trunk": "10,20-29", "native": 1}, vlans={"10": {"name": "office"}})
    d = v.d
    shown = d.swctl("show", "config").stdout
    again = lab.directory / "again.json"
    again.write_text(shown)
    assert d.swctl("diff", again).stdout == "no difference\n"
    rows = {r["vlan"]: r for r in d.rpc("vlan.list")["vlans"]}
    assert sorted(rows) == [1, 10, *range(20, 30)]
    assert (rows[10]["name"], rows[10]["untagged"], rows[10]["tagged"]) == ("office", ["h1"], ["h2"])
    assert (rows[1]["name"], rows[1]["untagged"], rows[1]["tagged"]) == (None, ["h2"], [])
    table = d.swctl("show", "vlans").stdout.splitlines()
    assert [line.split() for line in table[1:]] == [["1", "-", "h2", "-"], ["10", "office", "h1", "h2"],
                                                    ["20-29", "-", "-", "h2"]]
    assert "set" in d.swctl("set", "vlan", "20", "--name", "lab").stdout
    assert {r["vlan"]: r["name"] for r in d.rpc("vlan.list")["vlans"]}[20] == "lab"
    port = d.swctl("show", "port", "h2").stdout
    assert "trunk, without a tag: VLAN 1" in port


@pytest.mark.parametrize("options, says", [
    (["--access", "4095"], "from 0 to 4094"),
    (["--trunk", "20-10"], "10,20-29"),
    (["--access", "10", "--trunk", "20"], "exclude each other"),
    (["--dot1q_tunnel", "10", "--admit", "tagged"], "looks at no tags"),
    (["--tpid", "0x9100"], "0x8100 0x88a8"),
])
def test_settings_that_are_none(lab, options, says):
    d = lab.lan(1, settings={"vlan_aware": True})[0]
    r = d.swctl("set", "port", "h1", *options, check=False)
    assert r.returncode and says in r.stdout, r.stdout
    assert d.rpc("port.list")["ports"][0]["config"].keys().isdisjoint({"access", "trunk", "dot1q_tunnel", "tpid"})


def test_static_addresses_are_in_a_vlan(lab):
    v = Vlans(lab, {"access": 10}, {"trunk": "10,20"})
    d, mac = v.d, station(0x77)
    d.rpc("mac.add", mac=mac, port="h1")
    assert d.where(mac, 10) == "h1"
    with pytest.raises(RpcError) as e:
        d.rpc("mac.add", mac=mac, port="h2")  # a trunk without a native VLAN
    assert e.value.code == INVALID_PARAMS and "vlan_aware" in str(e.value)
    d.rpc("mac.add", mac=mac, port="h2", vlan=20)
    assert d.where(mac, 20) == "h2"
    with pytest.raises(RpcError):
        d.rpc("mac.del", mac=mac)
    d.rpc("mac.del", mac=mac, vlan=20)


def test_becoming_aware_with_addresses_of_no_vlan_is_refused(lab):
    d = lab.lan(1)[0]
    d.rpc("mac.add", mac=station(0x77), port="h1")
    with pytest.raises(RpcError) as e:
        d.rpc("switch.set", vlan_aware=True)
    assert "without a VLAN" in str(e.value)
    d.rpc("mac.del", mac=station(0x77))
    d.rpc("switch.set", vlan_aware=True)
    d.rpc("switch.set", vlan_aware=False)


def test_without_vlan_aware_settings_of_vlans_mean_nothing(lab):
    d, a, b = lab.lan(2, access=10)
    d.rpc("port.set", port="h2", access=20)
    frame = tagged(eth(BROADCAST, a.mac, noise(50)), (77,))
    a.wire.send(frame)
    assert settle(a.wire, b.wire) == [[frame]]
    assert d.rpc("vlan.list")["vlans"] == []
    assert "vlan_aware true" in d.swctl("show", "vlans").stdout

# SPDX-License-Identifier: ISC
"""Mirrors: what is copied with which bytes, what is not, and that nobody else notices."""
import json
import socket

import pytest

from daemon import SANITIZED
from frames import BROADCAST, sized, station, tagged
from rpc import INVALID_PARAMS, RpcError
from traffic import Stream, tcp_transfer
from wait import wait_until

SIZE = (4 if SANITIZED else 32) << 20


class Mirrored:
    """h1 and h2, and h3 that listens at a monitor port called h3, with its settings; all are one LAN otherwise."""

    def __init__(self, lab, settings=None, ports=None, **mirror):
        self.hosts = self.a, self.b, self.m = [lab.host(f"h{i + 1}") for i in range(3)]
        own = ports or [{}, {}]
        config = {"h1": lab.tap(self.a, mtu=9000, **own[0]), "h2": lab.tap(self.b, mtu=9000, **own[1]),
                  "h3": lab.tap(self.m, mtu=9100, **mirror)}
        self.d = lab.switchd({"switches": {"sw0": {**(settings or {}), "ports": config}}})
        self.d.wait_up()
        for h in self.hosts:
            h.wire.drain()

    def shown(self, sender, *frames, most=None):
        """What the monitor port shows of frames that a host sends, in order."""
        before = self.d.stats(sender.name)["rx_frames"]
        sender.wire.send(*frames)
        wait_until(lambda: self.d.stats(sender.name)["rx_frames"] >= before + len(frames), what="frames to be read")
        got = []
        while len(got) < (most or 3 * len(frames)) and (frame := self.m.wire.recv(0.3)):
            got.append(frame)
        return got


def test_one_copy_where_it_comes_in_and_one_where_it_goes_out(lab):
    x = Mirrored(lab, mirror="all")
    f, g = sized(BROADCAST, x.a.mac, 100), sized(x.a.mac, x.b.mac, 200)
    assert x.shown(x.a, f) == [f, f]
    assert x.shown(x.b, g) == [g, g]
    assert x.b.wire.recv() == f and x.a.wire.recv() == g
    s = x.d.stats("h3")
    assert s["tx_mirrored"] == s["tx_frames"] == 4
    assert x.d.stats("h1")["tx_mirrored"] == 0


@pytest.mark.parametrize("direction, copies", [("rx", 1), ("tx", 0), ("both", 1)])
def test_one_port_one_direction(lab, direction, copies):
    x = Mirrored(lab, mirror="h1", mirror_direction=direction)
    f, g = sized(x.b.mac, x.a.mac, 100), sized(x.a.mac, x.b.mac, 200)
    assert x.shown(x.a, f) == [f] * copies
    assert x.shown(x.b, g) == [g] * (direction != "rx")


def test_tags_are_those_of_the_port(lab):
    x = Mirrored(lab, {"vlan_aware": True}, [{"access": 10}, {"trunk": "10,20"}], mirror="h1,h2")
    f = sized(BROADCAST, x.a.mac, 100)
    assert x.shown(x.a, f) == [f, tagged(f, (10,))]
    f = sized(BROADCAST, x.b.mac, 8193)  # larger frames are not copied for a tag
    assert x.shown(x.b, tagged(f, (10,))) == [tagged(f, (10,)), f]
    x.d.rpc("port.set", port="h3", mirror_vlans="20")
    f = sized(BROADCAST, x.b.mac, 60)
    assert x.shown(x.b, tagged(f, (10,)), tagged(f, (20,))) == [tagged(f, (20,))]
    x.d.rpc("port.set", port="h3", mirror_vlans="20", mirror_snaplen=20)
    assert x.shown(x.b, tagged(f, (20,))) == [tagged(f, (20,))[:20]]


def test_the_beginning_of_each_frame(lab):
    x = Mirrored(lab, mirror="h1", mirror_direction="rx", mirror_snaplen=64)
    frames = [sized(x.b.mac, x.a.mac, n) for n in (60, 64, 65, 1514, 9014)]
    assert x.shown(x.a, *frames) == [f[:64] for f in frames]
    assert [x.b.wire.recv() for _ in frames] == frames


def test_what_is_dropped_is_shown(lab):
    x = Mirrored(lab, mirror="h1")
    lldp = sized("01:80:c2:00:00:0e", x.a.mac, 100)
    same = sized(x.a.mac, station(9), 60)
    x.shown(x.a, sized(BROADCAST, x.a.mac, 60))
    assert x.shown(x.a, lldp, same, most=3) == [lldp, same]
    drops = x.d.drops("h1")
    assert drops["link_local"] == 1 and drops["same_port"] == 1


def test_frames_of_the_switch_are_shown(lab):
    x = Mirrored(lab, {"stp": "rstp"}, mirror="h1", mirror_direction="tx")
    frame = x.m.wire.recv(5)
    assert frame[:6] == bytes.fromhex("0180c2000000")
    assert x.d.rpc("stp.list")["switches"][0]["ports"][2]["role"] == "disabled", "the monitor port takes no part"


def test_a_monitor_port_takes_part_in_nothing(lab):
    """Nor is it shown: with two that show all, a copy of a copy would go round for ever."""
    x = Mirrored(lab, mirror="all")
    d = x.d
    d.rpc("port.add", port="m2", mirror="all", ifname="m2", up=True)
    wait_until(lambda: d.rpc("port.list", port="m2")["ports"][0]["state"] == "up", what="m2")
    x.m.wire.drain()
    before = d.stats("m2")["tx_mirrored"]
    f = sized(BROADCAST, x.a.mac, 100)
    assert x.shown(x.a, f) == [f, f]
    assert d.stats("m2")["tx_mirrored"] - before == 2
    macs = d.rpc("mac.list")["total"]
    x.m.wire.send(sized(BROADCAST, x.m.mac, 60), sized(x.a.mac, x.m.mac, 60))
    wait_until(lambda: d.drops("h3").get("monitor", 0) >= 2, what="what comes in to be dropped")
    assert x.a.wire.drain() == [] and d.rpc("mac.list")["total"] == macs
    d.rpc("port.set", port="h3", mirror=None)
    x.b.wire.drain()
    x.m.wire.send(f := sized(BROADCAST, x.m.mac, 61))
    assert x.b.wire.recv() == f, "it is one of the LAN again"


def test_super_frames_are_shown_whole(lab):
    x = Mirrored(lab, mirror="h1", mirror_direction="rx")
    for h in (x.a, x.b):
        h.address()
    assert x.a.ping(x.b) == 0
    tcp_transfer(x.a, x.b, SIZE)
    a, m = x.d.stats("h1"), x.d.stats("h3")
    assert a["rx_super"] > 10
    assert m["tx_mirrored"] == a["rx_frames"]
    assert m["tx_bytes"] + sum(x.d.drops("h3").values()) * 65550 >= a["rx_bytes"]


def test_super_frames_are_cut_for_who_cannot_take_them(lab):
    """The monitor port is a cable over UDP, and what listens at its other end is a socket of ours."""
    x = Mirrored(lab, mirror="", up=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        s.bind(("127.0.0.1", 0))
        s.settimeout(1)
        x.d.rpc("port.add", port="far", type="udp", local="127.0.0.1:7101", remote="127.0.0.1:%d" % s.getsockname()[1],
                mirror="h1", mirror_direction="rx")
        for h in (x.a, x.b):
            h.address()
        assert x.a.ping(x.b) == 0
        tcp_transfer(x.a, x.b, 1 << 20)
        assert x.d.stats("h1")["rx_super"] > 0
        sizes = []
        try:
            while len(sizes) < 2000:
                sizes.append(len(s.recv(1 << 17)))
        except TimeoutError:
            pass
    assert max(sizes) == 9014 and sum(sizes) > 1 << 20


def test_nobody_else_notices(lab):
    x = Mirrored(lab, mirror="")
    stream = Stream(x.a, x.b)
    for settings in ({"mirror": "h1"}, {"mirror": "all", "mirror_snaplen": 20}, {"mirror": "all", "mirror_direction": "tx"},
                     {"mirror": "h2,nobody"}, {"mirror": None}) * 3:
        before = x.d.stats("h3")["tx_mirrored"]
        x.d.rpc("port.set", port="h3", **{"mirror_direction": None, "mirror_snaplen": None, **settings})
        if settings["mirror"]:
            wait_until(lambda: x.d.stats("h3")["tx_mirrored"] > before, what="copies")
    stream.finish()


def test_ports_come_and_go_under_traffic(lab):
    x = Mirrored(lab, mirror="h1,later")
    d = x.d
    stream = Stream(x.a, x.b)
    for i in range(10):
        d.rpc("port.add", port="m2", mirror="all", ifname="m2", up=True)
        d.rpc("port.add", port="later", ifname="later", up=True)
        assert d.rpc("mirror.list")["mirrors"][0].get("missing") is None
        d.rpc("port.del", port="later")
        d.rpc("port.del", port="m2" if i % 2 else "h3")
        if i % 2 == 0:
            d.rpc("port.add", port="h3", ifname="mon", mirror="h1,later", up=True)
            d.rpc("port.del", port="m2")
    stream.finish()


def test_it_is_told_who_is_shown_where(lab):
    x = Mirrored(lab, {"vlan_aware": True}, mirror="h1,h9,h3", mirror_vlans="1-10", mirror_snaplen=100)
    assert x.d.swctl("show", "mirrors").stdout.splitlines() == [
        "PORT  FRAMES  VLANS  SNAPLEN  COPIES  OF",
        "h3    both    1-10       100       0  h1 (not there: h9,h3)"]
    assert json.loads(x.d.swctl("show", "mirrors", "--json").stdout)["mirrors"] == [
        {"switch": "sw0", "port": "h3", "shows": ["h1"], "missing": ["h9", "h3"], "direction": "both", "vlans": "1-10",
         "snaplen": 100, "copies": 0}]
    x.d.swctl("set", "port", "h3", "--mirror", "default")
    assert "--mirror" in x.d.swctl("show", "mirrors").stdout


@pytest.mark.parametrize("bad, says", [
    ({"mirror": "a,,b"}, "names of ports"), ({"mirror": "h1,"}, "comma"), ({"mirror_snaplen": 13}, "14"),
    ({"mirror_direction": "in"}, "both"), ({"mirror_vlans": "0"}, "1 to 4094")])
def test_nonsense_is_refused(lab, bad, says):
    x = Mirrored(lab, mirror="")
    with pytest.raises(RpcError) as e:
        x.d.rpc("port.set", port="h3", **bad)
    assert e.value.code == INVALID_PARAMS and says in e.value.message

# SPDX-License-Identifier: ISC
"""Static addresses behind a remote of a vxlan port: told, and not learned."""
import json
import socket
import subprocess

import pytest

from daemon import SWCTL
from frames import BROADCAST, sized, station, tagged
from netns import sh
from rpc import INVALID_PARAMS, LIMIT, SYSTEM, RpcError
from sites import DEVICE, PORT, Sites, receive, wrapped
from traffic import Stream
from wait import wait_until

A = station(0x91)


class Far:
    """A daemon on the first machine with two remotes, a socket at each of them, and a host at its switch."""

    def __init__(self, lab, family=4, n=3, settings=None, **options):
        self.sites = Sites(lab, n, family=family)
        self.at = self.sites.addresses
        self.d, self.h = self.sites.site(0, 1, 2, settings=settings, **options)
        self.socks = {i: self.sites.socket(i, PORT) for i in range(1, n)}
        self.h.wire.drain()

    def close(self):
        for s in self.socks.values():
            s.close()

    def heard(self, i, mac=A, vid=None):
        """A frame from that machine comes in."""
        frame = sized(self.h.mac, mac, 100)
        self.socks[i].sendto(wrapped(tagged(frame, (vid,)) if vid else frame), (self.at[0], PORT))
        assert self.h.wire.recv()

    def goes_to(self, mac=A, vid=None, among=(1, 2)):
        """The machines that a frame to that station reaches."""
        frame, mark = sized(mac, self.h.mac, 100), sized(BROADCAST, self.h.mac, 200)
        self.h.wire.send(tagged(frame, (vid,)) if vid else frame, mark)
        got = []
        for i in among:
            while receive(self.socks[i])[1] != mark:
                got.append(i)
        return got

    def add(self, remote=None, mac=A, **kw):
        return self.d.rpc("mac.add", mac=mac, port="far", **({"remote": remote} if remote is not None else {}), **kw)

    def entry(self, mac=A, vid=0):
        return self.d.macs(mac=mac).get((mac, vid))

    def refuses(self, method, says, path, code=INVALID_PARAMS, **params):
        with pytest.raises(RpcError) as e:
            self.d.rpc(method, **params)
        assert e.value.code == code and says in e.value.message, e.value
        assert e.value.data.get("path") == path, e.value.data

    def config(self, macs, remotes=(1, 2), **port):
        ports = {"h": self.sites.lab.tap(self.h), "far": self.sites.vxlan(0, *remotes, **port)}
        return {"switches": {"sw0": {"ports": ports, "macs": macs}}}

    def apply(self, *args, **kw):
        """What that changed."""
        changes = self.d.rpc("config.apply", config=self.config(*args, **kw))["changes"]
        assert self.d.rpc("config.diff", config=self.config(*args, **kw))["changes"] == []
        return [(c["op"], c["path"], c.get("from"), c.get("to")) for c in changes]


@pytest.fixture
def far(lab, request):
    f = Far(lab, **getattr(request, "param", {}))
    yield f
    f.close()


def behind(i_address, mac=A, **kw):
    return {"mac": mac, "port": "far", "remote": i_address, **kw}


# what it does

@pytest.mark.parametrize("far", [{"family": 4}, {"family": 6}], ids=["ipv4", "ipv6"], indirect=True)
def test_a_station_that_was_never_heard_is_reached_through_its_remote_alone(far):
    assert far.goes_to() == [1, 2]
    assert far.add(far.at[2]) == {}
    assert far.goes_to() == [2]
    assert far.goes_to(vid=7) == [1, 2], "of another VLAN nothing was said"
    far.add(far.at[1] if far.sites.family == 4 else f"[{far.at[1]}]:{PORT}", vlan=7)
    assert far.goes_to(vid=7) == [1] and far.goes_to() == [2]
    e = far.entry()
    assert e["static"] and e["port"] == "far" and e["remote"] == far.at[2]
    assert far.entry(vid=7)["remote"] == far.at[1]


def test_what_is_heard_does_not_move_it_and_a_flush_does_not_forget_it(far):
    far.heard(1)
    assert far.goes_to() == [1] and far.entry()["remote"] == far.at[1] and not far.entry()["static"]
    far.add(far.at[2])
    assert far.goes_to() == [2]
    far.heard(1)
    assert far.goes_to() == [2]
    far.d.rpc("mac.flush")
    far.d.rpc("mac.flush", port="far", vlan=0)
    assert far.goes_to() == [2]
    far.d.rpc("port.set", port="far", max_remote_macs=100)  # another table
    assert far.goes_to() == [2] and far.entry()["remote"] == far.at[2]


def test_it_gets_another_remote_none_and_goes(far):
    far.add(far.at[1])
    far.add(far.at[2])
    assert far.goes_to() == [2]
    far.add(far.at[2])
    assert far.goes_to() == [2]
    far.add()
    assert far.goes_to() == [1, 2] and far.entry()["static"] and "remote" not in far.entry()
    far.heard(1)
    assert far.goes_to() == [1] and far.entry()["static"] and far.entry()["remote"] == far.at[1]
    assert far.d.rpc("config.get")["config"]["switches"]["sw0"]["macs"] == [{"mac": A, "port": "far"}]
    far.add(far.at[2])
    far.d.rpc("mac.del", mac=A)
    assert far.entry() is None and far.goes_to() == [1, 2]
    far.heard(1)
    assert far.goes_to() == [1], "nothing is left of the static one"


def test_it_does_not_age(lab):
    far = Far(lab, settings={"ageing_s": 1})
    far.add(far.at[2])
    far.heard(1, station(0x92))
    wait_until(lambda: far.entry(station(0x92)) is None, what="the other to age")
    wait_until(lambda: far.goes_to(station(0x92)) == [1, 2], what="it to be forgotten at the port")
    assert far.goes_to() == [2]
    far.close()


def test_remotes_of_learned_addresses_are_listed_too(far):
    many = [station(0x1000 + n) for n in range(300)]
    for n, mac in enumerate(many):
        far.heard(1 + n % 2, mac)
    assert {m: e["remote"] for (m, _), e in far.d.macs(port="far", limit=7).items()} == \
        {m: far.at[1 + n % 2] for n, m in enumerate(many)}
    assert far.goes_to() == [1, 2]
    assert "remote" not in far.d.macs(port="h")[(far.h.mac, 0)]


def test_a_port_that_goes_and_comes_has_none(far):
    far.add(far.at[2])
    far.d.rpc("port.del", port="far")
    assert far.entry() is None
    far.d.rpc("port.add", port="far", **far.sites.vxlan(0, 1, 2))
    assert far.goes_to() == [1, 2]


# what is refused

def test_a_remote_has_to_be_one_of_the_ports(far):
    add = {"method": "mac.add", "path": "remote", "mac": A, "port": "far"}
    far.refuses(says=f"none of the remotes of port far ({far.at[1]},{far.at[2]})", remote="192.0.2.77", **add)
    far.refuses(says="found \"nonsense\"", remote="nonsense", **add)
    far.refuses(says=f"the remote of that address is {far.at[1]}", remote=f"{far.at[1]}:99", **add)
    far.refuses(says="none of the remotes", remote=far.at[1] + "2", **add)
    far.refuses(says="port h is of the kind tap and has no remotes", remote=far.at[1], **{**add, "port": "h"})
    far.refuses(says="not the address of a station", remote=far.at[1], **{**add, "mac": BROADCAST, "path": "mac"})
    assert far.entry() is None
    far.d.rpc("port.set", port="far", any_source=True)
    far.socks[1].sendto(wrapped(sized(far.h.mac, A, 100)), (far.at[0], PORT))
    far.refuses(says="none of the remotes", remote="192.0.2.77", **add)


def test_who_is_static_elsewhere_stays_there(far):
    far.d.rpc("mac.add", mac=A, port="h")
    far.refuses("mac.add", "static address of port h already", None, code=-32002, mac=A, port="far", remote=far.at[1])
    assert far.entry()["port"] == "h"
    far.d.rpc("mac.del", mac=A)
    assert far.goes_to() == [1, 2]


def test_a_remote_in_use_is_not_taken_away(far):
    far.add(far.at[2])
    say = {"method": "port.set", "path": "remotes", "port": "far", "remotes": far.at[1]}
    far.refuses(says=f"{A} in VLAN 0 is behind the remote {far.at[2]}", **say)
    far.add(far.at[2], station(0x92))
    far.refuses(says="and 1 more are behind", **say)
    assert far.d.port("far")["config"]["remotes"] == f"{far.at[1]},{far.at[2]}" and far.goes_to() == [2]
    far.d.rpc("port.set", port="far", remotes=f"{far.at[2]}:4790")  # which is the same remote
    with far.sites.socket(2, 4790) as other:
        far.h.wire.send(frame := sized(A, far.h.mac, 100))
        assert receive(other)[1] == frame
    far.d.rpc("port.set", port="far", remotes=f"{far.at[1]},{far.at[2]}")
    far.d.rpc("mac.del", mac=station(0x92))
    far.add(far.at[1])
    far.d.rpc("port.set", port="far", remotes=far.at[1])
    assert far.goes_to(among=[1]) == [1]


def test_the_table_of_the_port_may_be_full_of_them(far):
    far.d.rpc("port.set", port="far", max_remote_macs=16)
    for n in range(16):
        far.add(far.at[2], station(0x1000 + n))
    far.refuses("mac.add", "raise its max_remote_macs", None, code=LIMIT, mac=A, port="far", remote=far.at[1])
    assert far.entry() is None, "neither here nor there"
    far.add(far.at[1], station(0x1000))  # takes the room it has
    assert far.goes_to(station(0x1000)) == [1]
    far.d.rpc("port.set", port="far", max_remote_macs=17)
    far.add(far.at[1])
    far.refuses("port.set", "fewer than the static addresses", "max_remote_macs", code=LIMIT, port="far",
                max_remote_macs=16)
    assert far.goes_to() == [1]


# configurations

def test_a_configuration_has_them_and_gives_them_back(far):
    far.apply([])
    macs = [behind(f"{far.at[1]}:{PORT}"), behind(far.at[2], vlan=7), {"mac": station(0x92), "port": "far"}]
    assert {(op, path) for op, path, _, _ in far.apply(macs)} == {
        ("add", f"switches.sw0.macs.{A}"), ("add", f"switches.sw0.macs.{A}@7"),
        ("add", f"switches.sw0.macs.{station(0x92)}")}
    assert far.goes_to() == [1] and far.goes_to(vid=7) == [2] and far.goes_to(station(0x92)) == [1, 2]
    got = far.d.rpc("config.get")["config"]["switches"]["sw0"]["macs"]
    assert sorted(got, key=json.dumps) == sorted(
        [behind(far.at[1]), behind(far.at[2], vlan=7), {"mac": station(0x92), "port": "far"}], key=json.dumps)
    at = f"switches.sw0.macs.{A}.remote"
    assert far.apply([behind(far.at[2]), *macs[1:]]) == [("set", at, far.at[1], far.at[2])]
    assert far.goes_to() == [2]
    assert far.apply([{"mac": A, "port": "far"}, *macs[1:]]) == [("set", at, far.at[2], None)]
    assert far.goes_to() == [1, 2]
    assert [op for op, *_ in far.apply([])] == ["del"] * 3
    assert far.goes_to() == [1, 2] and far.goes_to(vid=7) == [1, 2]


def test_a_configuration_is_checked_before_anything_is_done(far):
    for macs, remotes, says, path in (
            ([behind("192.0.2.77")], (1, 2), "none of the remotes", "switches.sw0.macs[0].remote"),
            ([behind(far.at[1]), behind(far.at[2], station(2))], (1,), "none of the remotes",
             "switches.sw0.macs[1].remote"),
            ([behind("x")], (1, 2), "found \"x\"", "switches.sw0.macs[0].remote"),
            ([{**behind(far.at[1]), "port": "h"}], (1, 2), "has no remotes", "switches.sw0.macs[0].remote")):
        for method in "config.check", "config.apply":
            far.refuses(method, says, path, config=far.config(macs, remotes))
    macs = [behind(far.at[1], station(0x1000 + n)) for n in range(17)]
    far.refuses("config.check", "17 addresses are listed behind remotes of port far", "switches.sw0.macs",
                config=far.config(macs, max_remote_macs=16))
    assert far.d.macs(port="far") == {}


def test_a_remote_and_its_stations_change_at_once(far):
    far.apply([behind(far.at[1])], (1,))
    assert {op for op, *_ in far.apply([behind(far.at[2])], (2,))} == {"set"}
    assert far.goes_to(among=[2]) == [2]
    far.apply([{"mac": A, "port": "far"}], (1,))
    assert far.goes_to(among=[1]) == [1]
    far.apply([behind(far.at[1])], (1,), vni=43)  # opened anew
    far.apply([behind(far.at[2])], (2,), vni=42)
    assert far.goes_to(among=[2]) == [2] and far.entry()["remote"] == far.at[2]
    far.apply([behind(far.at[2])], (1, 2), vni=42)
    assert far.goes_to() == [2]


@pytest.mark.parametrize("vni", [42, 43])
def test_what_fails_leaves_them_as_they_were(far, vni):
    far.apply([behind(far.at[1]), behind(far.at[1], station(0x92))], (1,))
    before = far.d.rpc("config.get")
    want = far.config([behind(far.at[2]), behind(far.at[2], station(0x93))], (2,), vni=vni)
    want["switches"]["sw0"]["ports"]["bad"] = {"type": "tap", "netns": "nowhere"}
    with pytest.raises(RpcError, match="nowhere"):
        far.d.rpc("config.apply", config=want)
    assert far.d.rpc("config.get") == before
    assert far.goes_to(among=[1]) == [1] and far.entry(station(0x92))["remote"] == far.at[1]
    assert far.entry(station(0x93)) is None
    assert "undoing a change failed" not in far.d.log()


def test_what_fails_last_is_undone_too(far):
    """An address that a peer's port has, which no configuration lists, is found taken when all else is done."""
    config = far.config([behind(far.at[1])], (1,))
    ports = config["switches"]["sw0"]["ports"]
    ports["vms"] = {"type": "stream", "listen": "unix:@vms"}
    far.d.rpc("config.apply", config=config)
    with far.sites.hosts[0].socket(socket.AF_UNIX, socket.SOCK_STREAM) as vm:
        vm.connect("\0vms")
        far.d.wait_port("vms.1")
        far.d.rpc("mac.add", mac=station(0x94), port="vms.1")
        before = far.d.rpc("config.get")
        want = far.config([behind(far.at[2]), behind(far.at[2], station(0x94))], (2,))
        want["switches"]["sw0"]["ports"]["vms"] = ports["vms"]
        with pytest.raises(RpcError, match="static address of port vms.1 already"):
            far.d.rpc("config.apply", config=want)
        assert far.d.rpc("config.get") == before
        assert far.goes_to(among=[1]) == [1] and far.entry()["remote"] == far.at[1]
        assert "undoing a change failed" not in far.d.log()


def test_another_remote_under_traffic_and_nothing_is_lost(lab):
    s = Sites(lab, 2)
    m = s.hosts[1]
    other = "192.0.2.99"  # the same machine has two addresses, and is two remotes
    m.ip_cmd(f"addr add {other}/24 dev {DEVICE}")
    d, a = s.site(0, 1)
    e, b = s.site(1, 0, local=f"0.0.0.0:{PORT}")
    both = f"{s.addresses[1]},{other}"
    stream = Stream(a, b)

    def config(remote, remotes=both):
        ports = {"h": lab.tap(a), "far": {**s.vxlan(0), "remotes": remotes}}
        return {"switches": {"sw0": {"ports": ports, "macs": [behind(remote, b.mac)]}}}

    for n in range(12):
        i = (s.addresses[1], other)[n % 2]
        if n % 3 == 0:
            d.rpc("mac.add", mac=b.mac, port="far", remote=i) if n else d.rpc("config.apply", config=config(i))
        else:
            d.rpc("config.apply", config=config(i, i if n % 3 == 1 else both))
            if n % 3 == 1:
                d.rpc("config.apply", config=config(i))
        assert d.macs(mac=b.mac)[(b.mac, 0)]["remote"] == i
        stream.flow_on(30)
    assert stream.finish() > 300
    assert set(d.drops("far")) == set()


def test_a_link_local_remote_is_the_same_on_a_device_made_anew(lab):
    s = Sites(lab, 2, family=6)
    here, there = s.hosts
    make_more = "link add more0 type veth peer name more1", "link set more0 up", "link set more1 up"
    there.ip_cmd(f"addr add fe80::2/64 dev {DEVICE} nodad")
    here.ip_cmd(f"addr add fe80::1/64 dev {DEVICE} nodad", *make_more)
    remote = f"fe80::2%{DEVICE}"
    h = lab.host("h1")
    d = s.switchd(0, {"h": lab.tap(h), "far": {"type": "vxlan", "vni": 42, "local": f"[::]:{PORT}",
                                              "remotes": f"[fe80::2%{DEVICE}],[fe80::3%more0]"}})
    d.wait_up()
    h.wire.drain()
    d.rpc("mac.add", mac=A, port="far", remote=remote)
    d.rpc("mac.add", mac=station(0x92), port="far", remote="fe80::3%more0")
    here.ip_cmd("link del more0")
    assert d.macs(mac=A)[(A, 0)]["remote"] == remote
    assert d.macs(mac=station(0x92))[(station(0x92), 0)]["remote"] == "fe80::3%more0"
    here.ip_cmd(*make_more)
    with s.socket(1, PORT, address="::") as sock:
        h.wire.send(frame := sized(A, h.mac, 100))
        assert receive(sock)[1] == frame
    here.ip_cmd("addr add fe80::4/64 dev more0 nodad", "neigh add fe80::3 lladdr 02:00:00:00:00:77 dev more0")
    cap = lab.wire(here.name, "more1")

    def crosses():
        h.wire.send(mark := sized(station(0x92), h.mac, 123))
        while (packet := cap.recv(0.2)) is not None:
            if packet.endswith(mark):
                return True
        return False
    wait_until(crosses, what="a frame to leave through the new device")
    assert d.macs(mac=station(0x92))[(station(0x92), 0)]["remote"] == "fe80::3%more0", "it was flooded"


def test_a_lost_port_keeps_them(lab):
    s = Sites(lab, 2, family=6)
    here, there = s.hosts
    there.ip_cmd(f"addr add fe80::2/64 dev {DEVICE} nodad")
    make = ("link add near0 type veth peer name near1", "link set near1 up", "link set near0 up",
            "addr add fe80::9/64 dev near0 nodad")
    here.ip_cmd(*make)
    h = lab.host("h1")
    remotes = f"[fe80::8%near0],[fe80::2%{DEVICE}]"
    d = s.switchd(0, {"h": lab.tap(h), "far": {"type": "vxlan", "vni": 42, "local": f"[fe80::9%near0]:{PORT}",
                                              "remotes": remotes}})
    d.wait_up()

    def behind_which():
        return {mac: m.get("remote") for (mac, _), m in d.macs(port="far").items()}

    one, two = station(0x91), station(0x92)
    d.rpc("mac.add", mac=one, port="far", remote="fe80::8%near0")
    here.ip_cmd("link del near0")
    d.wait_port("far", "lost")
    assert behind_which() == {one: "fe80::8%near0"}
    with pytest.raises(RpcError, match="is behind the remote fe80::8%near0"):
        d.rpc("port.set", port="far", remotes=f"fe80::2%{DEVICE}")
    d.rpc("mac.add", mac=two, port="far", remote=f"fe80::2%{DEVICE}")
    d.rpc("port.set", port="far", remotes=remotes + ",fe80::7%near0", ttl=9)
    with pytest.raises(RpcError, match="no device near0") as e:
        d.rpc("mac.add", mac=station(0x93), port="far", remote="fe80::7%near0")
    assert e.value.code == SYSTEM and e.value.data["path"] == "remote"
    d.rpc("mac.add", mac=one, port="far", remote=f"fe80::2%{DEVICE}")
    d.rpc("mac.add", mac=one, port="far", remote="fe80::8%near0")
    here.ip_cmd(*make)
    d.wait_port("far", "up")
    d.rpc("mac.add", mac=station(0x93), port="far", remote="fe80::7%near0")
    assert behind_which() == {one: "fe80::8%near0", two: f"fe80::2%{DEVICE}", station(0x93): "fe80::7%near0"}
    here.ip_cmd("neigh add fe80::8 lladdr 02:00:00:00:00:77 dev near0")
    cap = lab.wire(here.name, "near1")

    def crosses():
        h.wire.send(mark := sized(one, h.mac, 123))
        while (packet := cap.recv(0.2)) is not None:
            if packet.endswith(mark):
                return True
        return False
    wait_until(crosses, what="a frame to leave through the new device")


# swctl

def test_swctl_adds_shows_and_completes_them(far):
    def ctl(*args):
        return far.d.swctl(*args).stdout

    assert "REMOTE" not in ctl("show", "macs")
    assert f"port far, remote {far.at[2]}" in ctl("add", "mac", A, "far", "--remote", far.at[2])
    assert far.goes_to() == [2]
    head, *rows = ctl("show", "macs").splitlines()
    assert "REMOTE" in head and [r for r in rows if A in r and far.at[2] in r and "static" in r]
    listed = {m["mac"]: m for m in json.loads(ctl("--json", "show", "macs"))["macs"]}
    assert listed[A]["remote"] == far.at[2] and "remote" not in listed[far.h.mac]
    for words, expected in ((("far", "--remote", ""), far.at[1:]), (("far", "--remote", far.at[2]), far.at[2:]),
                            (("h", "--remote", ""), []), (("far", "--remote=1"), [f"--remote={a}" for a in far.at[1:]])):
        offered = sh(SWCTL, "__complete", "--socket", far.d.socket, "add", "mac", A, *words).stdout
        assert [line.split("\t")[0] for line in offered.splitlines()] == expected
    for bad, status in ("nonsense", 2), ("192.0.2.77", 1):
        p = subprocess.run([SWCTL, "--socket", far.d.socket, "add", "mac", A, "far", "--remote", bad],
                           capture_output=True, text=True, timeout=30)
        assert p.returncode == status and bad in p.stderr, p

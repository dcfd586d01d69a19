# SPDX-License-Identifier: ISC
"""patch ports: switches of one daemon joined by cables, who is joined with whom, and a storm in a circle of them."""
import pytest

from daemon import SANITIZED
from frames import BROADCAST, eth, noise, sized, station, tagged
from metronome import Metronome
from netns import settle
from rpc import INVALID_PARAMS, SYSTEM, RpcError
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20
SIZE = (8 if SANITIZED else 64) * MIB


def patch(peer, **options):
    return {"type": "patch", "peer": peer, **options}


class Joined:
    """h1 -- [sw0] up ==== down [sw1] -- h2"""

    def __init__(self, lab, inner=1500, **options):
        self.hosts = self.a, self.b = [lab.host(f"h{i + 1}") for i in range(2)]
        self.ports = {"sw0": {"h1": lab.tap(self.a, mtu=inner), "up": patch("sw1/down", **options)},
                      "sw1": {"down": patch("sw0/up"), "h2": lab.tap(self.b, mtu=inner)}}
        self.d = lab.switchd(self.config())
        self.d.wait_up()
        for h in self.hosts:
            h.address()

    def config(self, **switches):
        return {"switches": {name: {"ports": ports} for name, ports in {**self.ports, **switches}.items()}}

    def nothing_dropped(self):
        assert self.d.rpc("drops.list")["drops"] == []


@pytest.fixture
def joined(lab):
    return Joined(lab)


# what crosses

def test_hosts_on_two_switches_reach_each_other(joined):
    d, a, b = joined.d, joined.a, joined.b
    assert a.ping(b, count=5) == 0 and b.ping(a, count=5) == 0
    joined.nothing_dropped()
    assert d.rpc("mac.list", mac=b.mac, switch="sw0")["macs"][0]["port"] == "up"
    assert d.rpc("mac.list", mac=a.mac, switch="sw1")["macs"][0]["port"] == "down"
    p = d.port("up", switch="sw0")
    assert (p["state"], p["peer"], p["ifname"], p["mtu"]) == ("up", "sw1/down", "", 0) and "reason" not in p
    assert "sw1/down" in d.swctl("show", "ports").stdout


@pytest.mark.parametrize("mtu", [1500, 9000])
def test_super_frames_cross_as_they_are(lab, mtu):
    j = Joined(lab, mtu)
    tcp_transfer(j.a, j.b, SIZE)
    tcp_transfer(j.b, j.a, SIZE, seed=2)
    udp_echo(j.a, j.b, [0, 1, 17, 1472, 1473, 9000, 65000])
    for port, switch in ("up", "sw0"), ("down", "sw1"):
        stats = next(p["stats"] for p in j.d.rpc("stats.get", switch=switch)["switches"][0]["ports"] if p["port"] == port)
        assert stats["rx_super"] > 10
    assert {drop["reason"] for drop in j.d.rpc("drops.list")["drops"]} <= {"queue_full"}


def test_frames_arrive_byte_for_byte_and_in_their_order(lab):
    j = Joined(lab, 65521)
    a, b = j.a.wire, j.b.wire
    b.drain()
    plain = eth(BROADCAST, station(7), noise(200))
    sent = [sized(BROADCAST, a.mac, size) for size in (14, 15, 59, 60, 61, 1514, 9014, 65535) for _ in range(20)]
    sent += [tagged(plain, (10,)), tagged(plain, (10, 0x88A8)), tagged(plain, (20, 0x88A8), (10,))]
    for part in (sent[i:i + 40] for i in range(0, len(sent), 40)):
        a.send(*part)
        assert settle(a, b) == [part]
    a.drain()
    b.send(*sent[:60])
    assert settle(b, a) == [sent[:60]]
    j.nothing_dropped()


def test_the_mtu_of_either_end_counts(lab):
    j = Joined(lab, 9000, mtu=1000)
    a, b = j.a.wire, j.b.wire
    b.drain()
    fits = sized(BROADCAST, a.mac, 1014)
    a.send(sized(BROADCAST, a.mac, 1015), fits)
    assert settle(a, b) == [[fits]]
    assert j.d.drops("up", switch="sw0") == {"egress_mtu": 1}
    a.drain()
    fits = sized(BROADCAST, b.mac, 1014)
    b.send(sized(BROADCAST, b.mac, 1015), fits)
    assert settle(b, a) == [[fits]]
    assert j.d.drops("up", switch="sw0") == {"egress_mtu": 1, "oversize": 1}


def test_a_chain_of_switches(lab):
    a, b = lab.host("h1"), lab.host("h2")
    last = 9
    switches = {f"s{i}": {"ports": {**({"l": patch(f"s{i - 1}/r")} if i else {}),
                                    **({"r": patch(f"s{i + 1}/l")} if i < last else {})}} for i in range(last + 1)}
    switches["s0"]["ports"]["h"] = lab.tap(a)
    switches[f"s{last}"]["ports"]["h"] = lab.tap(b)
    d = lab.switchd({"switches": switches})
    d.wait_up()
    a.address()
    b.address()
    assert a.ping(b, count=3) == 0
    tcp_transfer(a, b, SIZE // 4)
    assert {drop["reason"] for drop in d.rpc("drops.list")["drops"]} <= {"queue_full"}


# who is joined with whom

def reason(d, port, switch):
    return d.port(port, switch=switch).get("reason", "")


def state(d, port, switch):
    return d.port(port, switch=switch)["state"]


def test_it_is_down_until_both_ends_name_each_other(lab):
    d = lab.switchd({"switches": {"sw0": {}}})
    events = d.subscribe("port")
    p = d.rpc("port.add", port="a", switch="sw0", **patch("sw1/b"))["port"]
    assert p["state"] == "down"
    command = "swctl add port b --switch sw1 --type patch --peer sw0/a"
    assert p["reason"].startswith("sw1 has no patch port b; ") and command in p["reason"]
    d.rpc("switch.add", switch="sw1")
    d.rpc("port.add", port="b", switch="sw1", **patch("sw0/c"))
    command = "swctl set port b --switch sw1 --peer sw0/a"
    assert reason(d, "a", "sw0").startswith("port b of sw1 has another peer, sw0/c; ")
    assert command in reason(d, "a", "sw0") and "sw0 has no patch port c" in reason(d, "b", "sw1")
    d.swctl(*command.split()[1:])  # as the reason says
    assert state(d, "a", "sw0") == state(d, "b", "sw1") == "up"
    assert not reason(d, "a", "sw0") and not reason(d, "b", "sw1")
    d.rpc("port.del", port="b", switch="sw1")
    assert state(d, "a", "sw0") == "down" and "sw1 has no patch port b" in reason(d, "a", "sw0")
    told = [(e["event"], e["switch"], e["port"]) for e in events.events_so_far()]
    assert told == [("port.added", "sw0", "a"), ("port.added", "sw1", "b"), ("port.up", "sw0", "a"),
                    ("port.up", "sw1", "b"), ("port.removed", "sw1", "b"), ("port.down", "sw0", "a")]


def test_a_third_port_is_told_and_takes_over_when_it_may(lab):
    d = lab.switchd({"switches": {"sw0": {"ports": {"a": patch("sw1/b"), "c": patch("sw1/b")}},
                                  "sw1": {"ports": {"b": patch("sw0/a")}}}})
    assert [state(d, p, s) for p, s in (("a", "sw0"), ("c", "sw0"), ("b", "sw1"))] == ["up", "down", "up"]
    assert "port b of sw1 has another peer, sw0/a" in reason(d, "c", "sw0")
    d.rpc("port.set", port="b", switch="sw1", peer="sw0/c")
    assert [state(d, p, s) for p, s in (("a", "sw0"), ("c", "sw0"), ("b", "sw1"))] == ["down", "up", "up"]
    assert "port b of sw1 has another peer, sw0/c" in reason(d, "a", "sw0") and not reason(d, "c", "sw0")
    d.rpc("port.del", port="b", switch="sw1")
    assert "no patch port b" in reason(d, "a", "sw0") and "no patch port b" in reason(d, "c", "sw0")


def test_a_switch_that_goes_takes_the_cable_down(joined):
    d, a = joined.d, joined.a
    assert a.ping(joined.b) == 0
    assert d.rpc("mac.list", mac=joined.b.mac, switch="sw0")["macs"]
    d.rpc("switch.del", switch="sw1")
    assert state(d, "up", "sw0") == "down"
    assert not d.rpc("mac.list", mac=joined.b.mac, switch="sw0")["macs"], "still known behind a cable that is down"
    joined.b.rewire()
    d.rpc("config.apply", config=joined.config())
    assert state(d, "up", "sw0") == state(d, "down", "sw1") == "up"
    joined.b.address()
    wait_until(lambda: a.ping(joined.b, wait=1) == 0, what="pings to be answered")


def test_apply_that_fails_leaves_the_cable_as_it_was(joined):
    d, config = joined.d, joined.config()
    ports = config["switches"]["sw0"]["ports"]
    ports["up"] = patch("sw1/other", mtu=900)
    ports["bad"] = {"type": "udp", "local": "192.0.2.99:4000", "remote": "192.0.2.98:4000"}
    config["switches"]["sw1"]["ports"]["other"] = patch("sw0/up")
    del config["switches"]["sw1"]["ports"]["down"]
    with pytest.raises(RpcError) as e:
        d.rpc("config.apply", config=config)
    assert e.value.code == SYSTEM and "192.0.2.99" in e.value.message
    p = d.port("up", switch="sw0")
    assert p["state"] == "up" and p["peer"] == "sw1/down" and state(d, "down", "sw1") == "up"
    assert joined.a.ping(joined.b, count=3) == 0
    joined.nothing_dropped()
    del ports["bad"]
    d.rpc("config.apply", config=config)
    assert d.port("up", switch="sw0")["peer"] == "sw1/other" and state(d, "other", "sw1") == "up"
    assert set(d.ports(switch="sw1")) == {"h2", "other"}
    assert joined.a.ping(joined.b, count=3) == 0


def test_a_port_becomes_a_patch_and_back(lab):
    d = lab.switchd({"switches": {"sw0": {"ports": {"a": {}}}, "sw1": {"ports": {"b": patch("sw0/a")}}}})
    assert "sw0 has no patch port a" in reason(d, "b", "sw1")
    for kind in patch("sw1/b"), {}:
        d.rpc("config.apply", config={"switches": {"sw0": {"ports": {"a": kind}},
                                                   "sw1": {"ports": {"b": patch("sw0/a")}}}})
        assert state(d, "b", "sw1") == ("up" if kind else "down")
        assert state(d, "a", "sw0") == "up"


@pytest.mark.parametrize("bad, says", [
    ({}, "\"peer\" is missing"),
    ({"peer": "sw1"}, "found \"sw1\"; allowed is the name of a switch and of a port of it, like sw1/up"),
    ({"peer": "/b"}, "found \"/b\""),
    ({"peer": "sw1/"}, "found \"sw1/\""),
    ({"peer": "sw1/b/c"}, "found \"sw1/b/c\""),
    ({"peer": "sw0/a"}, "the port itself"),
    ({"peer": "sw1/b", "mtu": 65522}, "65521"),
    ({"peer": "sw1/b", "ifname": "x"}, "unknown key \"ifname\""),
], ids=lambda v: " ".join(map(str, v.values())) or "nothing" if isinstance(v, dict) else "")
def test_an_impossible_patch_port_is_refused_with_the_reason(lab, bad, says):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="a", type="patch", **bad)
    assert says in e.value.message, e.value.message
    assert d.ports() == {}


def test_a_port_is_not_made_its_own_peer(joined):
    with pytest.raises(RpcError) as e:
        joined.d.rpc("port.set", port="up", switch="sw0", peer="sw0/up", mtu=900)
    assert e.value.code == INVALID_PARAMS and "the port itself" in e.value.message
    p = joined.d.port("up", switch="sw0")
    assert (p["state"], p["peer"], p["mtu"]) == ("up", "sw1/down", 0)


# circles

LIMIT_S = (75 if SANITIZED else 15) / 1000


def other_lan(lab):
    hosts = [lab.host(f"o{i}") for i in range(2)]
    return hosts, {"ports": {h.name: lab.tap(h) for h in hosts},
                   "macs": [{"mac": h.mac, "port": h.name} for h in hosts]}


def measure(lab, d, hosts, attack):
    """Whether the other LAN's frames were kept waiting; something else on this machine may have been in the way."""
    metronome = lab.wire(*hosts, d.pid, cls=Metronome)
    for _ in range(3):
        wait = metronome.measure(attack)
        print(f"STORM {wait}")
        if not wait.lost and wait.own < LIMIT_S:
            return
    raise AssertionError(str(wait))


@pytest.mark.parametrize("cables", [2, 3])
def test_a_storm_leaves_the_others_be(lab, cables):
    """Two cables keep a broadcast going round for ever; with three it multiplies."""
    h, (others, other) = lab.host("h1"), other_lan(lab)
    d = lab.switchd({"switches": {
        "other": other,
        "sw0": {"ports": {"h1": lab.tap(h), **{f"p{i}": patch(f"sw1/p{i}") for i in range(cables)}}},
        "sw1": {"ports": {f"p{i}": patch(f"sw0/p{i}") for i in range(cables)}}}})
    d.wait_up()

    def rounds():
        stats = d.rpc("stats.get", switch="sw1")["switches"][0]["ports"]
        return sum(p["stats"]["rx_frames"] for p in stats)

    h.wire.send(*[sized(BROADCAST, h.mac, 60 + n) for n in range(100)])
    before = wait_until(lambda: rounds() > 10000 and rounds(), what="the storm")

    def ask():
        for _ in range(20):
            d.rpc("port.list")
    measure(lab, d, others, ask)
    assert rounds() > before + 1000, "the storm is over"
    full = [drop["reason"] for drop in d.rpc("drops.list", switch="sw0")["drops"] if drop["port"].startswith("p")]
    assert ("queue_full" in full) == (cables == 3), full
    # one cable alone is left: the storm ends
    for i in range(1, cables):
        d.rpc("port.del", switch="sw0", port=f"p{i}")
    still = wait_until(lambda: (n := rounds()) == rounds() and n, what="the storm to end")
    h.wire.send(sized(BROADCAST, h.mac, 60))
    wait_until(lambda: rounds() == still + 1, what="the cable that is left to carry frames")
    assert d.cpu_share(0.5) < 0.3


def test_a_cable_between_two_ports_of_one_switch(lab):
    """A circle in one switch: a port's frames come back through the ring they are just read from."""
    h, (others, other) = lab.host("h1"), other_lan(lab)
    d = lab.switchd({"switches": {"other": other, "sw0": {"ports": {
        "h1": lab.tap(h), "a": patch("sw0/b"), "b": patch("sw0/a")}}}})
    d.wait_up()
    h.wire.send(*[sized(BROADCAST, h.mac, size) for size in (60, 1514, 1000) for _ in range(10)])
    frames = lambda: d.rpc("stats.get", switch="sw0")["switches"][0]["stats"]["forwarded"]  # noqa: E731
    wait_until(lambda: frames() > 20000, what="the storm")
    measure(lab, d, others, lambda: [d.rpc("port.list") for _ in range(10)])
    d.rpc("port.set", switch="sw0", port="a", peer="sw0/c")
    wait_until(lambda: (n := frames()) == frames(), what="the storm to end")
    assert state(d, "b", "sw0") == "down"
    blocked = d.drops("a", switch="sw0").get("port_blocked", 0) + d.drops("b", switch="sw0").get("port_blocked", 0)
    assert blocked, "what was under way is not counted"

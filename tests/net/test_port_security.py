# SPDX-License-Identifier: ISC
"""Port security with real frames: floods of senders, locked doors, addresses that stick, ports that shut."""
import json

import pytest

from frames import BROADCAST, sized, station, tagged
from netns import settle
from rpc import RpcError
from streams import peers, room  # noqa: F401, fixtures
from traffic import send_windowed
from wait import wait_until

FLOOD = 5000
ZERO = "00:00:00:00:00:00"
GROUP = "01:00:5e:00:00:01"


def hello(src):
    return sized(BROADCAST, src, 60)


def made_up(n=FLOOD, first=0x10000):
    return [hello(station(first + i)) for i in range(n)]


def types(d):
    return {mac: m["type"] for (mac, _), m in d.macs().items()}


def passes(host, *others):
    """Each of the others hears it."""
    return settle(host.wire, *(o.wire for o in others)) == [[] for _ in others]


def saved(d):
    return json.loads(d.swctl("show", "config").stdout)


def test_a_flood_of_senders_is_kept_out(lab):
    """As macof makes it; who was known stays known, so nobody's frames are flooded to the attacker."""
    d, evil, b, c = lab.lan(3, {"max_macs": 1024})
    d.rpc("port.set", port="h1", max_macs=3, max_macs_action="drop")
    assert passes(b, evil, c) and passes(c, evil, b) and passes(evil, b, c)
    events = d.subscribe("mac")
    send_windowed(d, "h1", evil.wire, made_up())
    assert b.wire.drain() == c.wire.drain() == made_up(2), "those that the port had room for"
    assert d.drops("h1")["over_max_macs"] == FLOOD - 2
    assert d.rpc("mac.list")["total"] == 5 and d.stats()["evicted"] == 0
    assert (d.where(b.mac), d.where(c.mac)) == ("h2", "h3")

    told = [e for e in events.events_so_far() if e["event"] != "mac.learned"]
    assert [(e["event"], e["port"], e["cause"], e["action"]) for e in told] == \
        [("mac.refused", "h1", "max_macs", "drop")]
    assert d.log().count("one address more than port h1 may have; max_macs_action is drop") == 1
    frame = sized(c.mac, b.mac, 60)
    b.wire.send(frame)
    assert settle(b.wire, c.wire, evil.wire) == [[frame], []]
    assert passes(evil, b, c), "its own station still may send"
    assert "over_max_macs" in d.swctl("show", "drops").stdout


def test_flooding_such_frames_is_the_default(lab):
    d, a, b = lab.lan(2, max_macs=1)
    events = d.subscribe("mac.refused")
    frames = made_up(10)
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]
    e = events.wait_event("mac.refused")
    assert (e["port"], e["cause"], e["action"], e["mac"]) == ("h1", "max_macs", "flood", station(0x10001))
    assert events.events_so_far() == []
    assert "over_max_macs" not in d.drops("h1")


def test_one_too_many_shuts_the_port_for_a_while(lab):
    d, a, b = lab.lan(2, max_macs=1, max_macs_action="shut", shut_recovery_s=2)
    events = d.subscribe("port.shut", "port.opened", "mac.refused")
    assert passes(a, b)
    a.wire.send(hello(station(0x20)))
    assert events.wait_event("mac.refused")["action"] == "shut"
    e = events.wait_event("port.shut")
    assert (e["port"], e["cause"]) == ("h1", "max_macs")
    p = d.port("h1")
    assert p["state"] == "up" and p["shut"]["cause"] == "max_macs" and p["macs"] == 0
    shown = d.swctl("show", "ports").stdout
    assert "h1 is shut, opens in" in shown and max(map(len, shown.splitlines())) <= 80
    a.wire.send(hello(a.mac))
    assert b.wire.recv(0.3) is None
    assert d.drops("h1")["port_shut"] >= 1 and d.drops("h1")["over_max_macs"] == 1

    assert events.wait_event("port.opened")["cause"] == "time"
    assert passes(a, b)
    a.wire.send(hello(station(0x20)))
    events.wait_event("port.shut")
    d.rpc("port.set", port="h1", shut_recovery_s=0)
    assert "opens by swctl reopen" in d.swctl("show", "port", "h1").stdout
    d.swctl("reopen", "h1")
    assert events.wait_event("port.opened")["cause"] == "asked"
    assert passes(a, b)


def test_a_locked_port_hears_only_who_is_listed(lab):
    d, a, b, c = lab.lan(3)
    events = d.subscribe("mac.refused")
    assert passes(a, b, c)
    d.swctl("set", "port", "h1", "--locked", "true")
    assert d.where(a.mac) is None, "what was learned may not send either"
    a.wire.send(hello(a.mac), hello(ZERO), hello(GROUP))
    e = events.wait_event("mac.refused")
    assert (e["port"], e["mac"], e["cause"], e["action"]) == ("h1", a.mac, "locked", "drop")
    wait_until(lambda: d.drops("h1").get("locked") == 3, what="three frames to be dropped")
    assert b.wire.drain() == c.wire.drain() == []
    assert d.stats()["refused_locked"] == 3 and d.stats("h1")["learn_refused"] == 3

    d.swctl("add", "mac", a.mac, "h1")
    assert passes(a, b, c)
    frame = sized(a.mac, b.mac, 60)
    b.wire.send(frame)
    assert settle(b.wire, a.wire, c.wire) == [[frame], []]

    # nobody else may use the address, whatever his port is set to
    c.wire.send(hello(a.mac))
    e = events.wait_event("mac.refused")
    assert (e["port"], e["from"], e["cause"]) == ("h3", "h1", "elsewhere")
    assert d.drops("h3")["mac_elsewhere"] == 1
    assert passes(c, b) and d.where(a.mac) == "h1"
    d.swctl("set", "port", "h1", "--locked", "default")
    c.wire.send(hello(a.mac))
    assert settle(c.wire, b.wire) == [[hello(a.mac)]], "static, but of no secure port"
    assert events.events_so_far() == []


def test_the_first_to_come_stay_until_they_are_released(lab):
    d, a, b, c = lab.lan(3, {"ageing_s": 1})
    d.rpc("port.set", port="h1", sticky=True, max_macs=2)
    assert passes(c, b)
    frames = [hello(a.mac), hello(station(0x31)), hello(station(0x32))]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire, c.wire) == [frames, frames], "max_macs_action is flood"
    assert types(d)[a.mac] == types(d)[station(0x31)] == "sticky" and station(0x32) not in types(d)
    shown = d.swctl("show", "macs").stdout
    assert f"{a.mac}     -  h1    sticky" in shown
    p = d.port("h1")
    assert (p["macs"], p["sticky_macs"]) == (2, 2)
    assert "2, 2 of them sticky" in d.swctl("show", "port", "h1").stdout

    wait_until(lambda: d.where(c.mac) is None, what="others to age")
    d.rpc("mac.flush")
    a.ip_cmd(f"link set {a.ifname} down")
    d.wait_port("h1", "down")
    assert d.port("h1")["macs"] == 2
    a.ip_cmd(f"link set {a.ifname} up")
    d.wait_up()
    d.rpc("switch.set", max_macs=64)
    assert types(d)[a.mac] == "sticky"

    c.wire.send(hello(a.mac))
    wait_until(lambda: d.drops("h3").get("mac_elsewhere") == 1, what="a spoofed frame to be dropped")
    assert d.where(a.mac) == "h1"
    assert d.swctl("release", "h1").stdout == "2 sticky addresses of port h1 forgotten\n"
    assert d.where(a.mac) is None
    c.wire.send(hello(a.mac))
    wait_until(lambda: d.where(a.mac) == "h3", what="the address to be free")
    assert types(d)[a.mac] == "learned"


def test_what_stuck_survives_a_restart_if_it_was_saved(lab):
    d, a, b = lab.lan(2)
    d.rpc("port.set", port="h1", sticky=True, max_macs=2, max_macs_action="drop")
    assert passes(a, b)
    config = saved(d)
    sw = config["switches"]["sw0"]
    assert sw["macs"] == [{"mac": a.mac, "port": "h1", "sticky": True}]
    assert d.rpc("config.diff", config=config)["changes"] == []
    a.wire.send(hello(station(0x41)))
    assert b.wire.recv(5)
    wait_until(lambda: station(0x41) in types(d), what="the second to stick")

    d.write_config(config)
    d.restart()
    d.wait_up()
    assert types(d) == {a.mac: "sticky"}, "the first was saved, the second was not"
    for h in a, b:
        h.rewire()
        h.wire.drain()
    assert passes(a, b)
    a.wire.send(*made_up(3))
    wait_until(lambda: d.drops("h1").get("over_max_macs") == 2, what="two to be too many")

    # applying what does not list it forgets it
    path = d.directory / "other.json"
    path.write_text(json.dumps(config))
    assert "del" in d.swctl("diff", path, "--json").stdout
    d.swctl("apply", path)
    assert types(d) == {a.mac: "sticky"}
    d.swctl("del", "mac", a.mac)
    assert types(d) == {}


def test_a_port_that_is_made_anew_has_its_addresses_again(lab):
    d, a, b = lab.lan(2, sticky=True, max_macs=2)
    assert passes(a, b)
    config = saved(d)
    config["switches"]["sw0"]["ports"]["h1"]["ifname"] = "eth1"
    changes = d.rpc("config.apply", config=config)["changes"]
    assert [c["op"] for c in changes] == ["reopen"]
    d.wait_up()
    assert types(d) == {a.mac: "sticky"}
    b.wire.send(hello(a.mac))
    wait_until(lambda: d.drops("h2").get("mac_elsewhere") == 1, what="a spoofed frame to be dropped")


def test_each_peer_of_a_port_that_listens_has_the_settings_to_itself(room, peers):
    r = room(sticky=True, max_macs=1, max_macs_action="shut", shut_recovery_s=0)
    good, bad = peers(r.path), peers(r.path)
    r.wait_children("vm.1", "vm.2")
    good.send(hello(station(1)))
    assert bad.recv() == hello(station(1))
    bad.send(hello(station(2)), hello(station(3)), hello(station(2)))
    assert good.recv() == hello(station(2)) and good.recv(0.3) is None
    assert r.d.port("vm.2")["shut"]["cause"] == "max_macs" and "shut" not in r.d.port("vm.1")
    assert types(r.d) == {station(1): "sticky", station(2): "sticky"}
    assert "macs" not in saved(r.d)["switches"]["sw0"], "they go with the peer"
    r.d.swctl("reopen", "vm.2")
    bad.send(hello(station(2)))
    assert good.recv() == hello(station(2))
    bad.close()
    r.wait_children("vm.1")
    assert types(r.d) == {station(1): "sticky"}
    good.send(hello(station(3)))
    wait_until(lambda: "shut" in r.d.port("vm.1"), what="the other to be shut")


def test_vlans_have_their_own_addresses(lab):
    d, a, b = lab.lan(2, {"vlan_aware": True}, trunk="10,20", native=1)
    d.rpc("mac.add", mac=a.mac, port="h1", vlan=10)
    d.rpc("port.set", port="h1", locked=True)
    ten, twenty = (tagged(hello(a.mac), (vid, 0x8100)) for vid in (10, 20))
    a.wire.send(twenty, hello(a.mac), ten)
    assert b.wire.recv(5) == ten
    assert d.drops("h1") == {"locked": 2}
    d.rpc("port.set", port="h1", locked=False, sticky=True, max_macs=2)
    a.wire.send(twenty, hello(a.mac))
    wait_until(lambda: d.port("h1")["macs"] == 2, what="room for one more")
    assert {k: m["type"] for k, m in d.macs().items()} == {(a.mac, 10): "static", (a.mac, 20): "sticky"}


def test_learning_is_paused_and_the_door_stays_shut(lab):
    """A table of another size takes long to make; frames flow meanwhile, but not those of strangers."""
    d, a, b = lab.lan(2, {"max_macs": 4194304})
    d.rpc("mac.add", mac=station(0x51), port="h1")
    d.rpc("port.set", port="h1", locked=True)
    send_windowed(d, "h2", b.wire, made_up(40000))
    a.wire.drain()
    client = d.client()
    client.send_line(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "switch.set", "params": {"max_macs": 2097152}}))
    stranger, listed = hello(a.mac), hello(station(0x51))
    for _ in range(50):
        a.wire.send(*[stranger, listed] * 10)
    assert "result" in client.answer()
    got = settle(a.wire, b.wire, src=station(0x51))[0]
    assert got == [listed] * 500
    assert d.drops("h1")["locked"] == 500


@pytest.mark.parametrize("settings, word", [({"sticky": True}, "max_macs"),
                                            ({"max_macs_action": "drop"}, "max_macs"),
                                            ({"max_macs_action": "explode"}, "flood")])
def test_settings_that_mean_nothing_alone_are_refused(lab, settings, word):
    d, _ = lab.lan(1)
    with pytest.raises(RpcError, match=word):
        d.rpc("port.set", port="h1", **settings)
    with pytest.raises(RpcError, match="nope"):
        d.rpc("mac.release", port="nope")
    assert d.rpc("mac.release", port="h1") == {"released": 0}

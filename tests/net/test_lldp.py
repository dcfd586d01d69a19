# SPDX-License-Identifier: ISC
"""LLDP: Debian's lldpd and switches of our own as neighbours, and frames that are none."""
import json
import re
import struct
import subprocess
import time

import pytest

from daemon import SWCTL
from frames import eth, mac_bytes, station
from lldpd import Lldpd
from netns import settle
from rpc import NOT_FOUND, RpcError
from wait import holds_for, wait_until

GROUP = "01:80:c2:00:00:0e"
LLDP = 0x88CC


def tlv(kind, value):
    return struct.pack("!H", kind << 9 | len(value)) + value


def org(oui, subtype, value):
    return tlv(127, bytes.fromhex(oui) + bytes([subtype]) + value)


def pdu(n=1, ttl=120, name=b"made by hand", port=b"eth7", more=b""):
    return (tlv(1, b"\x04" + mac_bytes(station(0x100 + n))) + tlv(2, b"\x05" + port) + tlv(3, struct.pack("!H", ttl))
            + (tlv(5, name) if name else b"") + more + tlv(0, b""))


def lldp(n=1, **kw):
    return eth(GROUP, station(0x200 + n), pdu(n, **kw).ljust(46, b"\0"), LLDP)


def neighbors(d, **kw):
    return d.rpc("neighbor.list", **kw)["neighbors"]


def lldp_port(d, name, switch="sw0"):
    s = next(s for s in d.rpc("lldp.list")["switches"] if s["switch"] == switch)
    return next(p for p in s["ports"] if p["port"] == name)


def wait_neighbor(d, port, name=None, **kw):
    def there():
        return next((n for n in neighbors(d, port=port, **kw) if name in (None, n.get("system_name"))), None)
    return wait_until(there, what=f"neighbour {name} at {port}")


def wait_goodbye(wire):
    """Waits for a frame whose time to live is 0, which may have come before the device was gone."""
    while True:
        frame = wire.recv(5)
        assert frame is not None, "nobody said goodbye"
        if frame[12:14] == b"\x88\xcc" and b"\x06\x02\x00\x00\x00\x00" in frame:
            return


# lldpd

def test_lldpd_and_the_switch_know_each_other(lab):
    d, a, b = lab.lan(2, {"lldp": True, "lldp_management": "192.0.2.7", "vlan_aware": True,
                           "vlans": {"10": {"name": "office"}}}, mtu=9000, access=10)
    d.rpc("port.set", port="h1", lldp_description="desk by the window")
    peer = Lldpd(lab, a, "desk")

    ours = wait_until(lambda: peer.neighbor("sw0"), what="lldpd to hear of the switch")
    assert ours["chassis"]["id"]["type"] == "mac"
    assert ours["chassis"]["id"]["value"] == d.rpc("lldp.list")["switches"][0]["chassis"]["id"]
    assert ours["chassis"]["descr"] == f"switchd {d.rpc('daemon.info')['version']}"
    assert ours["chassis"]["capability"] == {"type": "Bridge", "enabled": True} \
        or {"type": "Bridge", "enabled": True} in ours["chassis"]["capability"]
    assert ours["chassis"]["mgmt-ip"] == "192.0.2.7"
    assert ours["port"]["id"] == {"type": "ifname", "value": "h1"}
    assert ours["port"]["descr"] == "desk by the window"
    assert (ours["port"]["ttl"], ours["port"]["mfs"]) == ("121", "9018")
    assert (ours["vlan"]["vlan-id"], ours["vlan"]["value"], ours["vlan"]["pvid"]) == ("10", "office", True)

    theirs = wait_neighbor(d, "h1", "desk")
    assert theirs["port"] == "h1" and theirs["switch"] == "sw0"
    assert theirs["chassis"] == {"type": "mac", "id": a.mac}
    assert theirs["port_id"] == {"type": "mac", "id": a.mac}
    assert theirs["system_description"] == "a host of the test"
    assert theirs["port_description"] == "eth0"
    assert "bridge" in theirs["capabilities"]
    assert neighbors(d, port="h2") == []
    shown = json.loads(d.swctl("show", "neighbors", "--json").stdout)["neighbors"]
    assert [(n["port"], n["system_name"]) for n in shown] == [("h1", "desk")]
    assert re.search(r"^h1 +desk +02:00:00:00:00:01 ", d.swctl("show", "neighbors").stdout, re.M)
    one = d.swctl("show", "neighbors", "h1").stdout
    assert "a host of the test" in one and "02:00:00:00:00:01 (mac)" in one
    assert "known" in d.swctl("show", "neighbors", "h2").stdout
    assert b.mac not in d.macs() and d.stats("h1")["rx_control"] > 0


def test_it_says_goodbye_and_is_said_goodbye_to(lab):
    d, a, b = lab.lan(2, {"lldp": True})
    events = d.subscribe("neighbor")
    peer = Lldpd(lab, a, "desk")
    assert events.wait_event("neighbor.added", chassis=a.mac)["port"] == "h1"
    wait_until(lambda: peer.neighbor("sw0"), what="lldpd to hear of the switch")
    d.rpc("port.set", port="h1", lldp="rx")  # a shutdown LLDPDU
    wait_until(lambda: not peer.neighbor("sw0"), 5, "lldpd to forget the switch")
    d.rpc("port.set", port="h1", lldp="both")
    wait_until(lambda: peer.neighbor("sw0"), 10, "lldpd to hear of it again")
    d.rpc("switch.set", lldp_system_name="core-7")
    wait_until(lambda: peer.neighbor("core-7"), 5, "its other name")
    peer.configure("system", "hostname", "table")
    assert events.wait_event("neighbor.changed", system="table")["chassis"] == a.mac
    peer.stop()
    assert events.wait_event("neighbor.left", system="table")["cause"] == "goodbye"
    assert neighbors(d) == []


def test_a_port_that_is_deleted_and_a_daemon_that_ends_say_goodbye(lab):
    d, a, b = lab.lan(2, {"lldp": True})
    wait_until(lambda: all(lldp_port(d, h)["tx"] for h in ("h1", "h2")), what="both ports to speak")
    seen = [h.wire for h in (a, b)]
    for w in seen:
        w.drain()
    d.rpc("port.del", port="h1")  # its device goes with it, but not before the last word
    wait_goodbye(seen[0])
    d.stop()
    wait_goodbye(seen[1])


def test_one_that_is_killed_ages(lab):
    d, a, b = lab.lan(2, {"lldp": True})
    events = d.subscribe("neighbor")
    peer = Lldpd(lab, a, "desk")
    peer.configure("lldp", "tx-hold", "2")
    wait_until(lambda: neighbors(d) and neighbors(d)[0]["ttl_s"] == 2, what="a short time to live")
    peer.kill()
    events.wait_event("neighbor.aged", system="desk")
    assert neighbors(d) == [] and lldp_port(d, "h1")["aged"] == 1


# switches of our own

def test_two_switches_over_a_patch(lab):
    h = lab.host("h1")
    d = lab.switchd({"switches": {
        "left": {"lldp": True, "ports": {"h1": lab.tap(h), "to-right": {"type": "patch", "peer": "right/to-left"}}},
        "right": {"lldp": True, "stp": "rstp", "ports": {"to-left": {"type": "patch", "peer": "left/to-right"}}}}})
    d.wait_up()
    at_left = wait_neighbor(d, "to-right", "right", switch="left")
    at_right = wait_neighbor(d, "to-left", "left", switch="right")
    assert (at_left["port_id"], at_right["port_id"]) == ({"type": "ifname", "id": "to-left"},
                                                         {"type": "ifname", "id": "to-right"})
    by_switch = {s["switch"]: s for s in d.rpc("lldp.list")["switches"]}
    assert at_left["chassis"] == by_switch["right"]["chassis"] != by_switch["left"]["chassis"]
    assert at_left["enabled"] == ["bridge"]
    shown = d.swctl("show", "neighbors").stdout
    assert re.search(r"^left +to-right +right +to-left ", shown, re.M), shown
    # both ends of a cable that is pulled forget each other at once
    events = d.subscribe("neighbor")
    d.rpc("port.del", switch="right", port="to-left")
    assert events.wait_event("neighbor.left", switch="left")["port"] == "to-right"
    assert neighbors(d, switch="left") == []


def test_over_a_socket(lab):
    """A udp cable between two daemons; what is said last leaves its queue before the socket is closed."""
    ends = [{"type": "udp", "local": f"127.0.0.1:{4000 + i}", "remote": f"127.0.0.1:{4001 - i}"} for i in (0, 1)]
    a, b = (lab.switchd({"switches": {f"sw{i}": {"lldp": True, "ports": {"up": ends[i]}}}}) for i in (0, 1))
    assert wait_neighbor(a, "up")["system_name"] == "sw1"
    assert wait_neighbor(b, "up")["system_name"] == "sw0"
    events = a.subscribe("neighbor")
    b.stop()
    assert events.wait_event("neighbor.left", system="sw1")["cause"] == "goodbye"


# one port and the others

def test_off_is_as_if_there_were_no_lldp(lab):
    d, a, b, c = lab.lan(3, {"lldp": True, "link_local": "forward"})
    wait_until(lambda: all(lldp_port(d, h)["tx"] == 1 for h in ("h1", "h2", "h3")), what="all to speak")
    d.rpc("port.set", port="h1", lldp="off")
    wait_goodbye(a.wire)
    for h in a, b, c:
        h.wire.drain()
    sent = lldp()
    a.wire.send(sent)
    assert (b.wire.recv(5), c.wire.recv(5)) == (sent, sent), "as link_local says"
    assert neighbors(d) == [] and lldp_port(d, "h1")["rx"] == 0
    b.wire.send(lldp(2))  # where the port listens it goes no further
    wait_neighbor(d, "h2")
    assert settle(b.wire, a.wire, c.wire) == [[], []]
    assert lldp_port(d, "h3")["tx"] == 1, "which is nothing to others"


def test_a_setting_of_one_port_disturbs_no_other(lab):
    d, a, b = lab.lan(2, {"lldp": True})
    wait_until(lambda: lldp_port(d, "h2")["tx"] >= 1, what="h2 to speak")
    b.wire.send(lldp(2, ttl=3600))
    wait_neighbor(d, "h2")
    wait_until(lambda: lldp_port(d, "h2")["tx"] >= 5, 20, "h2 to have greeted its neighbour")
    events = d.subscribe()
    before = lldp_port(d, "h2")
    for mode in "off", "rx", "tx", "both":
        d.rpc("port.set", port="h1", lldp=mode, lldp_description=mode)
    time.sleep(1.5)
    assert lldp_port(d, "h2") == before
    assert len(neighbors(d, port="h2")) == 1
    events("daemon.info")
    assert events.events == []


# frames that are none

BAD = {
    "nothing": b"",
    "end at once": tlv(0, b""),
    "no chassis": tlv(2, b"\x05eth7") + tlv(3, b"\x00\x78") + tlv(0, b""),
    "the wrong order": tlv(2, b"\x05eth7") + tlv(1, b"\x07x") + tlv(3, b"\x00\x78") + tlv(0, b""),
    "no time to live": tlv(1, b"\x07x") + tlv(2, b"\x05eth7") + tlv(5, b"name") + tlv(0, b""),
    "a short time to live": tlv(1, b"\x07x") + tlv(2, b"\x05eth7") + tlv(3, b"\x78") + tlv(0, b""),
    "an empty chassis": tlv(1, b"\x07") + tlv(2, b"\x05eth7") + tlv(3, b"\x00\x78") + tlv(0, b""),
    "the chassis twice": tlv(1, b"\x07x") + tlv(2, b"\x05eth7") + tlv(3, b"\x00\x78") + tlv(1, b"\x07y") + tlv(0, b""),
    "a length past the end": struct.pack("!H", 1 << 9 | 511) + b"\x07x",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_frame_teaches_nothing(lab, what):
    d, a, b = lab.lan(2, {"lldp": True})
    d.rpc("port.set", port="h2", lldp="off")  # says nothing of its own
    b.wire.drain()
    events = d.subscribe("neighbor")
    # not padded: zeroes behind would be an End TLV
    a.wire.send(eth(GROUP, station(0x77), BAD[what], LLDP))
    assert settle(a.wire, b.wire) == [[]]
    assert d.drops("h1") == {"bad_lldp": 1}
    counts = lldp_port(d, "h1")
    assert (counts["rx"], counts["rx_discarded"], counts["rx_errors"], counts["added"]) == (1, 1, 1, 0)
    assert neighbors(d) == [] and d.where(station(0x77)) is None
    events("daemon.info")
    assert events.events == []


def test_texts_that_want_to_be_more_than_text(lab):
    d, a, b = lab.lan(2, {"lldp": True})
    evil = b"\x1b[2Jx\n\x00\xff"
    a.wire.send(lldp(1, name=evil, port=evil, more=tlv(4, b"ok") + org("0080c2", 3, b"\x00\x0a\x04na\nm")))
    n = wait_neighbor(d, "h1")
    assert n["system_name"] == "?[2Jx???" and n["port_id"]["id"] == "0x" + evil.hex()
    assert n["vlans"] == [{"vlan": 10, "name": "na?m"}]
    for words in ("show", "neighbors"), ("show", "neighbors", "h1"):
        assert "\x1b" not in d.swctl(*words).stdout


def test_events_as_people_and_programs_see_them(lab):
    d, a, b = lab.lan(2, {"lldp": True})
    monitor = subprocess.Popen([SWCTL, "--socket", d.socket, "monitor", "--events", "neighbor", "--count", "3"],
                               stdout=subprocess.PIPE, text=True)
    events = d.subscribe("neighbor")
    try:
        wait_until(lambda: d.rpc("daemon.info")["clients"] >= 3, what="swctl monitor to listen")
        time.sleep(0.2)  # it has connected; its request is the next it sends
        a.wire.send(lldp(1, name=b"core-7"), lldp(2, name="größer ".encode() * 20), lldp(1, ttl=0))
        lines = monitor.communicate(timeout=15)[0].splitlines()
    finally:
        monitor.kill()
        monitor.wait()
    added, long, left = (re.sub(r"^\S+ +", "", line) for line in lines)
    assert re.fullmatch(rf"neighbor.added +sw0  h1: core-7 port eth7 \({station(0x101)}\)", added)
    assert "..." in long and len(long) < 160
    assert re.fullmatch(rf"neighbor.left +sw0  h1: .*{station(0x101)}.*, goodbye", left)
    seen = [events.wait_event("neighbor.added") for _ in range(2)]
    assert (seen[0]["chassis"], seen[0]["port_id"], seen[0]["system"]) == (station(0x101), "eth7", "core-7")
    assert seen[1]["system"].startswith("größer größer") and len(seen[1]["system"].encode()) <= 63


# too many

def test_a_flood_of_neighbours(lab):
    d, a, b = lab.lan(2, {"lldp": True, "lldp_max_neighbors": 4})
    events = d.subscribe("neighbor")
    for n in range(400):
        a.wire.send(lldp(n % 50, name=b"n%d" % n, ttl=3600))
    b.wire.send(lldp(60))
    wait_until(lambda: lldp_port(d, "h1")["rx"] == 400, what="all to arrive")
    wait_neighbor(d, "h2")
    assert len(neighbors(d, port="h1")) == 4
    assert d.drops("h1")["lldp_full"] == lldp_port(d, "h1")["too_many"] == 400 - 4 * 8
    assert lldp_port(d, "h1")["full"] and not lldp_port(d, "h2")["full"]
    # the same four say something else each time
    for n in range(400):
        a.wire.send(lldp(n % 4, name=b"m%d" % n, ttl=3600))
    wait_until(lambda: lldp_port(d, "h1")["rx"] == 800, what="all to arrive")
    events("daemon.info")
    names = [e["event"] for e in events.events if e["port"] == "h1"]
    assert names.count("neighbor.flood") == 1
    assert 64 <= len(names) <= 64 + 30, "64 at once, and one a second"
    untold = lldp_port(d, "h1")["events_untold"]
    assert untold == 4 + 4 * 7 + 400 - (len(names) - 1)
    assert {n["system_name"] for n in neighbors(d, port="h1")} == {"m396", "m397", "m398", "m399"}


def test_pages(lab):
    d, a, b = lab.lan(2, {"lldp": True, "lldp_max_neighbors": 64})
    for n in range(60):
        a.wire.send(lldp(n, ttl=3600))
        b.wire.send(lldp(100 + n, ttl=3600))
    wait_until(lambda: len(neighbors(d)) == 120, what="all of them")
    seen, after = [], 0
    while after is not None:
        page = d.rpc("neighbor.list", limit=7, after=after)
        assert 0 < len(page["neighbors"]) <= 7
        seen += page["neighbors"]
        after = page["next"]
    assert len({(n["port"], n["chassis"]["id"]) for n in seen}) == len(seen) == 120
    assert d.rpc("neighbor.list", port="h2", limit=60)["next"] is None
    assert len(json.loads(d.swctl("show", "neighbors", "--json").stdout)["neighbors"]) == 120
    with pytest.raises(RpcError) as e:
        neighbors(d, port="h9")
    assert e.value.code == NOT_FOUND


def test_settings_live_and_in_the_configuration(lab):
    d, a, b = lab.lan(2)
    assert d.rpc("lldp.list")["switches"] == [] and neighbors(d) == []
    assert "--lldp true" in d.swctl("show", "lldp").stdout
    a.wire.drain()
    holds_for(lambda: d.stats("h1")["tx_frames"] == 0, 1.5, "silence")
    d.swctl("set", "switch", "--lldp", "on", "--lldp_interval_s", "10", "--lldp_hold", "3",
            "--lldp_system_description", "the one in the cellar", "--lldp_chassis", "02:00:00:00:00:99")
    d.swctl("set", "port", "h2", "--lldp", "tx", "--lldp_description", "zum Fenster, größer")
    frame = wait_until(lambda: a.wire.recv(5), what="the first word")
    assert frame[:6] == mac_bytes(GROUP) and b"the one in the cellar" in frame and b"\x06\x02\x00\x1f" in frame
    said = d.rpc("lldp.list")["switches"][0]
    assert (said["ttl_s"], said["chassis"]["id"], said["system_name"]) == (31, "02:00:00:00:00:99", "sw0")
    assert "the one in the cellar" in d.swctl("show", "lldp").stdout
    sw = d.rpc("config.get")["config"]["switches"]["sw0"]
    assert sw["lldp"] is True and sw["ports"]["h2"]["lldp_description"] == "zum Fenster, größer"
    d.write_config(d.rpc("config.get")["config"])
    assert d.rpc("config.diff", config=d.rpc("config.get")["config"])["changes"] == []
    for setting, bad in (("lldp_hold", 101), ("lldp_interval_s", 0), ("lldp_system_name", "a\nb"), ("lldp", "rx")):
        with pytest.raises(RpcError) as e:
            d.rpc("switch.set", **{setting: bad})
        assert setting in e.value.data["path"]

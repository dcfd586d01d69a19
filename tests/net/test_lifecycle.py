# SPDX-License-Identifier: ISC
"""Devices that vanish, come back, go down and move; the daemon that stops, dies and restarts."""
from daemon import SANITIZED
from frames import BROADCAST, sized
from netns import settle, sh
from traffic import Stream
from wait import wait_until

QUIET = 0.05 if not SANITIZED else 0.1  # of a CPU


def passes(sender, receiver):
    frame = sized(BROADCAST, sender.mac, 333)
    sender.wire.send(frame)
    return settle(sender.wire, receiver.wire) == [[frame]]


def recreate(host, netns=None):
    sh("ip", "-n", netns or host.name, "tuntap", "add", "dev", host.ifname, "mode", "tap")


def test_a_deleted_tap_is_lost_quietly_and_taken_up_again(lab):
    d, a, b, c = lab.lan(3)
    events = d.subscribe("port")
    settle(a.wire, b.wire)
    a.ip_cmd("link del eth0")
    lost = events.wait_event("port.lost", port="h1")
    assert lost["switch"] == "sw0" and lost["reason"]
    p = d.port("h1")
    assert p["state"] == "lost" and p["mtu"] == 0 and p["reason"]
    assert d.cpu_share(1.0) < QUIET, "it spins"
    assert passes(b, c)
    assert [e["event"] for e in events.events_so_far()] == [], "told more than once"
    recreate(a)
    events.wait_event("port.up", port="h1")
    assert d.wait_port("h1")["ifindex"] == a.has_device()
    a.rewire()
    a.wire.drain()
    assert passes(a, b) and passes(b, a)


def test_settings_are_set_again_on_a_tap_that_came_back(lab):
    d, a, b = lab.lan(2, mtu=3000)
    a.ip_cmd("link del eth0")
    d.wait_port("h1", "lost")
    recreate(a)
    p = d.wait_port("h1")
    assert p["mtu"] == 3000 and p["mac"] == a.mac


def test_a_lost_port_can_be_deleted_and_added_again(lab):
    d, a, b = lab.lan(2)
    a.ip_cmd("link del eth0")
    d.wait_port("h1", "lost")
    d.rpc("port.del", port="h1")
    d.rpc("port.add", port="h1", netns="h1", ifname="eth0", mac=a.mac)
    d.wait_port("h1")
    a.rewire()
    b.wire.drain()
    assert passes(a, b)


def test_stations_of_a_lost_port_are_not_sent_into_the_void(lab):
    d, a, b, c = lab.lan(3)
    settle(a.wire, b.wire)
    a.ip_cmd("link del eth0")
    d.wait_port("h1", "lost")
    frame = sized(a.mac, b.mac, 60)  # the station may be somewhere else by now
    b.wire.send(frame)
    assert settle(b.wire, c.wire) == [[frame]]


def test_a_tap_deleted_and_made_again_under_load_costs_others_nothing(lab):
    d, a, b, c = lab.lan(3)
    quiet, loud = Stream(a, b), None
    for _ in range(3):
        c.rewire()
        loud = lab.wire(c.name, c.ifname)
        for _ in range(200):
            loud.send(sized(BROADCAST, c.mac, 1000))
        c.ip_cmd("link del eth0")
        d.wait_port("h3", "lost")
        quiet.flow_on()
        recreate(c)
        d.wait_port("h3")
        quiet.flow_on()
    assert quiet.finish() > 1000


def test_a_device_set_down_and_up_is_told(lab):
    d, a, b = lab.lan(2)
    events = d.subscribe("port")
    a.ip_cmd("link set eth0 down")
    down = events.wait_event("port.down", port="h1")
    assert down["reason"]
    p = d.port("h1")
    assert p["state"] == "down" and p["reason"] and p["ifindex"] == a.has_device()
    frame = sized(BROADCAST, b.mac, 60)
    b.wire.send(frame)
    wait_until(lambda: d.drops("h1") or d.drops("h2"), what="the drop to be counted")
    assert d.cpu_share(0.5) < QUIET
    a.ip_cmd("link set eth0 up")
    events.wait_event("port.up", port="h1")
    b.wire.drain()
    assert passes(a, b)


def test_persistent_taps_survive_a_restart_and_others_vanish(lab):
    a, b = lab.host("h1"), lab.host("h2")
    ports = {"h1": lab.tap(a, persist=True, mtu=4000), "h2": lab.tap(b)}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    index = a.has_device()
    assert index == d.port("h1")["ifindex"]
    d.stop()
    assert a.has_device() == index, "the persistent tap is gone"
    wait_until(lambda: not b.has_device(), what="the other tap to go")
    d.start()
    d.wait_up()
    p = d.port("h1")
    assert p["ifindex"] == index and p["mtu"] == 4000 and p["mac"] == a.mac
    for h in a, b:
        h.wire.drain()
    assert passes(a, b) and passes(b, a)


def test_after_kill_9_a_persistent_tap_is_picked_up_and_others_are_gone(lab):
    a, b = lab.host("h1"), lab.host("h2")
    d = lab.switchd({"switches": {"sw0": {"ports": {"h1": lab.tap(a, persist=True), "h2": lab.tap(b)}}}})
    d.wait_up()
    index = a.has_device()
    a.wire.drain()
    d.kill()
    wait_until(lambda: not b.has_device(), what="the tap to go")
    assert a.has_device() == index
    assert d.socket.exists(), "the socket of a dead daemon is there to be taken over"
    d.start()
    d.wait_up()
    assert d.port("h1")["ifindex"] == index
    b.wire.drain()
    assert passes(a, b), "a's packet socket is still the one from before"


def test_persist_can_be_changed_live(lab):
    d, a, b = lab.lan(2, persist=True)
    d.rpc("port.set", port="h1", persist=False)
    d.stop()
    wait_until(lambda: not a.has_device(), what="the tap to go")
    assert b.has_device()


def test_deleting_a_port_leaves_its_persistent_tap(lab):
    """As the option says: kept when the port or the daemon goes."""
    d, a, _ = lab.lan(2, persist=True)
    d.rpc("port.del", port="h1")
    assert a.has_device()
    d.rpc("port.add", port="again", netns="h1", ifname="eth0")
    assert d.wait_port("again")["ifindex"] == a.has_device()


def test_a_device_moved_by_hand_stays_connected(lab):
    d, a, b = lab.lan(2)
    elsewhere = lab.host("elsewhere")
    a.ip_cmd("link set eth0 netns elsewhere")
    elsewhere.ip_cmd("link set eth0 up")  # moving sets it down
    d.wait_port("h1")
    a.rewire()
    elsewhere.wire.drain()
    assert passes(elsewhere, b) and passes(b, elsewhere)


def test_a_port_tells_where_a_device_moved_by_hand_is(lab):
    d, a, b = lab.lan(2)
    elsewhere = lab.host("elsewhere")
    a.ip_cmd("link set eth0 netns elsewhere")
    elsewhere.ip_cmd("link set eth0 up")
    d.wait_port("h1")
    wait_until(lambda: d.port("h1")["netns"] == "elsewhere", 3, "the port to tell")


def test_a_device_renamed_by_hand_stays_connected(lab):
    d, a, b = lab.lan(2)
    a.ip_cmd("link set eth0 down", "link set eth0 name wan0", "link set wan0 up")
    wait_until(lambda: d.port("h1")["ifname"] == "wan0", what="the new name to be shown")
    d.wait_port("h1")
    a.ifname = "wan0"
    a.rewire()
    b.wire.drain()
    assert passes(a, b)


def test_many_restarts_leave_nothing_behind(lab):
    d, a, b = lab.lan(2)
    for _ in range(3):
        for h in a, b:
            h.rewire()
        d.restart()
        d.wait_up()
        for h in a, b:
            h.wire.drain()
        assert passes(a, b)
    d.stop()
    assert not d.socket.exists(), "the socket is left behind"
    wait_until(lambda: not a.has_device() and not b.has_device(), what="the taps to go")

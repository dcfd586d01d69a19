# SPDX-License-Identifier: ISC
"""Making taps and attaching to those that others made; devices that cannot be a port are refused."""
import os
import pwd
import subprocess

import pytest

from frames import BROADCAST, sized, station
from netns import (IFF_MULTI_QUEUE, IFF_NO_PI, IFF_ONE_QUEUE, IFF_TAP, IFF_TUN, IFF_VNET_HDR, in_netns, make_tap,
                   settle, sh)
from rpc import EXISTS, INVALID_PARAMS, SYSTEM, RpcError
from traffic import tcp_transfer
from wait import wait_until


def sysfs(device, what):
    with open(f"/sys/class/net/{device}/{what}", encoding="ascii") as f:
        return f.read().strip()


def refused(d, method="port.add", **params):
    with pytest.raises(RpcError) as e:
        d.rpc(method, **params)
    return e.value


# made by the daemon


def test_a_tap_is_named_like_its_port_unless_it_has_an_ifname(lab):
    d = lab.switchd()
    p = d.rpc("port.add", port="lan1")["port"]
    assert p["port"] == p["ifname"] == "lan1" and p["type"] == "tap" and p["switch"] == "sw0"
    assert p["netns"] == "" and p["ifindex"] == int(sysfs("lan1", "ifindex"))
    p = d.rpc("port.add", port="a-name.too:long+for@a_device", ifname="short")["port"]
    assert p["ifname"] == "short" and os.path.exists("/sys/class/net/short")
    assert d.wait_port("lan1")["mtu"] == 1500
    flags = int(sysfs("lan1", "tun_flags"), 16)
    assert flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR) == IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    assert d.rpc("port.del", port="lan1") == {}
    wait_until(lambda: not os.path.exists("/sys/class/net/lan1"), what="the tap to go")


def test_adding_a_port_tells_no_more_than_that_it_is_there_and_up(lab):
    d = lab.switchd()
    lab.host("h1")
    events = d.subscribe("port")
    for netns in "", "h1":
        d.rpc("port.add", port="t0", netns=netns)
        d.wait_port("t0")
        settled = d.cpu_share(0.2)  # late news would come by then
        assert settled < 1
        assert [e["event"] for e in events.events_so_far()] == ["port.added", "port.up"]
        d.rpc("port.del", port="t0")
        events.wait_event("port.removed")
    assert "is down" not in d.log()


def test_a_pattern_lets_the_kernel_number_the_device(lab):
    d = lab.switchd()
    names = [d.rpc("port.add", port=f"p{i}", ifname="vm%d")["port"]["ifname"] for i in range(3)]
    assert names == ["vm0", "vm1", "vm2"]


def test_a_tap_that_a_pattern_named_is_taken_up_again_by_its_name(lab):
    d = lab.switchd()
    events = d.subscribe("port")
    d.rpc("port.add", port="p", ifname="vm%d")
    subprocess.run(["ip", "link", "del", "vm0"], check=True)
    events.wait_event("port.lost", port="p")
    before = set(os.listdir("/sys/class/net"))
    subprocess.run(["ip", "tuntap", "add", "vm0", "mode", "tap"], check=True)
    d.wait_port("p")
    assert d.port("p")["ifname"] == "vm0"
    assert set(os.listdir("/sys/class/net")) - before == {"vm0"}, "no second one was made"


def test_the_options_of_a_port_are_set_on_its_device(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0", mtu=4000, mac=station(0x77), owner="nobody", group="daemon", persist=True)
    p = d.wait_port("t0")
    assert p["mtu"] == 4000 and p["mac"] == station(0x77)
    assert p["config"] == {"type": "tap", "mtu": 4000, "mac": station(0x77), "owner": "nobody", "group": "daemon",
                           "persist": True}
    assert sysfs("t0", "mtu") == "4000" and sysfs("t0", "address") == station(0x77)
    assert sysfs("t0", "owner") == str(pwd.getpwnam("nobody").pw_uid)
    assert sysfs("t0", "group") == "1"
    d.rpc("port.set", port="t0", mac=station(0x78), mtu=1280, owner="daemon")
    assert sysfs("t0", "address") == station(0x78) and sysfs("t0", "mtu") == "1280" and sysfs("t0", "owner") == "1"


def test_up_false_leaves_the_device_down(lab):
    d = lab.switchd()
    p = d.rpc("port.add", port="t0", up=False)["port"]
    assert p["state"] == "down" and p["reason"]
    assert "UP" not in sh("ip", "link", "show", "t0").stdout.partition(">")[0]
    d.rpc("port.set", port="t0", up=True)
    d.wait_port("t0")


# made by others

FLAVOURS = {
    "ip-tuntap": IFF_TAP | IFF_NO_PI,
    "vnet_hdr": IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
    "multi_queue": IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE,
    "multi_queue-vnet_hdr": IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR,
    "pi": IFF_TAP,
    # What strace shows of the calls of `openvpn --mktun --dev-type tap`; `tunctl` makes the first one.
    "openvpn": IFF_TAP | IFF_NO_PI | IFF_ONE_QUEUE,
}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_persistent_tap_of_any_make_is_taken_up_and_left_behind(lab, flavour):
    a, b = lab.host("h1"), lab.host("h2")
    for h in a, b:
        os.close(in_netns(h.name, make_tap, h.ifname, FLAVOURS[flavour]))
    before = a.has_device()
    d = lab.switchd({"switches": {"sw0": {"ports": {h.name: lab.tap(h) for h in (a, b)}}}})
    d.wait_up()
    assert a.has_device() == before == d.port("h1")["ifindex"]
    for h in a, b:
        h.address()
    assert a.ping(b, count=3) == 0
    tcp_transfer(a, b, 8 << 20)
    tcp_transfer(b, a, 8 << 20)
    d.stop()
    assert a.has_device() == before, "it was not ours to remove"


def test_taps_made_by_ip_tuntap_are_taken_up(lab):
    for i, words in enumerate(([], ["vnet_hdr"], ["multi_queue"], ["user", "nobody", "group", "daemon"])):
        sh("ip", "tuntap", "add", "dev", f"t{i}", "mode", "tap", *words)
    d = lab.switchd()
    for i in range(4):
        d.rpc("port.add", port=f"t{i}")
        assert d.wait_port(f"t{i}")["ifindex"] == int(sysfs(f"t{i}", "ifindex"))
    for i in range(4):
        d.rpc("port.del", port=f"t{i}")
        assert os.path.exists(f"/sys/class/net/t{i}"), "it was not ours to remove"


def test_a_persistent_tap_of_the_daemons_namespace_is_moved_where_the_port_says(lab):
    h = lab.host("h1")
    sh("ip", "tuntap", "add", "dev", "here0", "mode", "tap")
    d = lab.switchd()
    d.rpc("port.add", port="p", ifname="here0", netns="h1")
    assert d.wait_port("p")["netns"] == "h1" and h.has_device("here0")
    assert not os.path.exists("/sys/class/net/here0")


# refused

NOT_A_TAP = (INVALID_PARAMS, SYSTEM)


def test_a_tun_device_is_refused_with_the_reason(lab):
    sh("ip", "tuntap", "add", "dev", "tun7", "mode", "tun")
    d = lab.switchd()
    e = refused(d, port="tun7")
    assert e.code in NOT_A_TAP and "tun7" in e.message
    assert "layer 3" in e.message or "IP packets" in e.message, e.message
    assert int(sysfs("tun7", "tun_flags"), 16) & IFF_TUN, "it has been changed"
    assert d.ports() == {}


@pytest.mark.parametrize("kind", ["veth", "lo", "bridge"])
def test_a_device_that_is_no_tap_is_refused(lab, kind):
    name = "lo"
    if kind == "veth":
        name = "v0"
        sh("ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
    elif kind == "bridge":
        name = "br7"
        sh("ip", "link", "add", "name", "br7", "type", "bridge")
    before = sh("ip", "link", "show", name).stdout
    d = lab.switchd()
    e = refused(d, port="p", ifname=name)
    assert e.code in NOT_A_TAP and name in e.message and "tap" in e.message, e.message
    assert d.ports() == {} and sh("ip", "link", "show", name).stdout == before


@pytest.mark.parametrize("flags", [0, IFF_VNET_HDR], ids=["plain", "vnet_hdr"])
def test_a_busy_tap_names_the_process_that_holds_it(lab, flags):
    d = lab.switchd()
    fd = make_tap("busy0", IFF_TAP | IFF_NO_PI | flags, persist=False)
    try:
        e = refused(d, port="busy0")
        assert e.code == SYSTEM and e.data["errno"] == "EBUSY"
        assert "busy0" in e.message and str(os.getpid()) in e.message, e.message
        with open("/proc/self/comm", encoding="ascii") as f:
            assert f.read().strip() in e.message, e.message
    finally:
        os.close(fd)
    wait_until(lambda: not os.path.exists("/sys/class/net/busy0"))
    d.rpc("port.add", port="busy0")


def test_a_device_that_is_a_port_already_is_refused(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0")
    e = refused(d, port="other", ifname="t0")
    assert "t0" in e.message and e.code in (SYSTEM, EXISTS), e.message
    assert set(d.ports()) == {"t0"}
    d.rpc("switch.add", switch="sw1")
    e = refused(d, switch="sw1", port="other", ifname="t0")
    assert "t0" in e.message


def test_a_second_port_of_the_same_name_is_refused(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0")
    e = refused(d, port="t0", ifname="t1")
    assert e.code == EXISTS and "t0" in e.message
    assert not os.path.exists("/sys/class/net/t1")


@pytest.mark.parametrize("params", [
    {"port": ""}, {"port": "a/b"}, {"port": "a b"}, {"port": "-x"}, {"port": "x" * 32}, {"port": "p\x01"},
    {"port": "ü"}, {"port": 7}, {"port": None}, {"port": ["p"]},
    {"port": "x" * 16},                 # a port may be called so, a device not
    {"port": "a:b"},                    # likewise
    {"port": "p", "ifname": "x" * 16}, {"port": "p", "ifname": "a/b"}, {"port": "p", "ifname": ".."},
    {"port": "p", "ifname": "a b"}, {"port": "p", "ifname": "t%s"}, {"port": "p", "ifname": "t%d%d"},
    {"port": "p", "ifname": "t%"}, {"port": "p", "ifname": 1},
    {"port": "p", "mac": "01:00:5e:00:00:01"}, {"port": "p", "mac": BROADCAST}, {"port": "p", "mac": 12},
    {"port": "p", "mac": "00:00:00:00:00:00"}, {"port": "p", "mac": "02:00:00:00:00"},
    {"port": "p", "mtu": 67}, {"port": "p", "mtu": 65522}, {"port": "p", "mtu": -1}, {"port": "p", "mtu": "1500"},
    {"port": "p", "mtu": 1500.5}, {"port": "p", "mtu": True},
    {"port": "p", "persist": 1}, {"port": "p", "persist": "yes"}, {"port": "p", "up": []},
    {"port": "p", "netns": "../h1"}, {"port": "p", "netns": "x" * 200}, {"port": "p", "netns": 1.5},
    {"port": "p", "owner": "x" * 40}, {"port": "p", "type": "tun"}, {"port": "p", "type": 3},
    {"port": "p", "max_macs": -1}, {"port": "p", "max_macs": 1 << 40},
], ids=str)
def test_an_impossible_port_is_refused_and_leaves_nothing(lab, params):
    d = lab.switchd()
    before = set(os.listdir("/sys/class/net"))
    e = refused(d, **params)
    assert e.code == INVALID_PARAMS, e
    assert len(e.message) > 10
    assert d.ports() == {} and set(os.listdir("/sys/class/net")) == before


@pytest.mark.parametrize("params", [{"netns": "nowhere"}, {"netns": "999999"}, {"owner": "no-such-user"},
                                    {"group": "no-such-group"}], ids=str)
def test_a_port_for_what_does_not_exist_is_refused_and_leaves_nothing(lab, params):
    d = lab.switchd()
    before = set(os.listdir("/sys/class/net"))
    e = refused(d, port="p", **params)
    assert next(iter(params.values())) in e.message, e.message
    assert d.ports() == {} and set(os.listdir("/sys/class/net")) == before


def test_what_needs_the_port_opened_anew_is_refused_while_it_is_open(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0")
    assert refused(d, "port.set", port="t0", ifname="t1").code == INVALID_PARAMS
    assert d.port("t0")["ifname"] == "t0"


def test_a_failed_port_set_changes_nothing(lab):
    d, a, b = lab.lan(2)
    for bad in {"netns": "nowhere"}, {"mac": "01:00:00:00:00:00"}, {"owner": "no-such"}:
        refused(d, "port.set", port="h1", mtu=3000, **bad)
        assert d.port("h1")["mtu"] == 1500 and "mtu" not in d.port("h1")["config"]
    frame = sized(BROADCAST, a.mac, 60)
    a.wire.send(frame)
    assert settle(a.wire, b.wire) == [[frame]]


def test_a_missing_dev_net_tun_is_explained(lab):
    """In a mount namespace of its own, where the device is hidden."""
    d = lab.switchd(prefix=["unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /dev/net && exec \"$@\"", "sh"])
    e = refused(d, port="p")
    assert e.code == SYSTEM and "/dev/net/tun" in e.message and ("modprobe" in e.message or "mknod" in e.message)

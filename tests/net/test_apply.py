# SPDX-License-Identifier: ISC
"""Applying a configuration to a daemon that runs: only the difference, all of it or nothing."""
import copy
import json
import os
import signal
from pathlib import Path

import pytest

from frames import BROADCAST, sized, station
from netns import make_tap, settle, sh
from rpc import SYSTEM, RpcError
from traffic import Stream
from wait import wait_until


def ops(changes):
    return sorted((c["op"], c["path"]) for c in changes["changes"])


@pytest.fixture
def running(lab):
    """A LAN of two hosts and its configuration."""
    d, a, b = lab.lan(2)
    return d, a, b, json.loads(d.config_path.read_text())


def ports_of(config):
    return config["switches"]["sw0"]["ports"]


def test_a_difference_is_shown_without_being_made_and_then_made(lab, running):
    d, a, b, config = running
    c = lab.host("h3")
    ports_of(config)["h3"] = lab.tap(c)
    ports_of(config)["h1"]["mtu"] = 3000
    config["switches"]["sw0"]["ageing_s"] = 100
    config["switches"]["new"] = {}
    expected = [("add", "switches.new"), ("add", "switches.sw0.ports.h3"), ("set", "switches.sw0.ageing_s"),
                ("set", "switches.sw0.ports.h1.mtu")]
    changes = d.rpc("config.diff", config=config)
    assert ops(changes) == expected
    mtu = next(c for c in changes["changes"] if c["path"].endswith("mtu"))
    assert mtu["to"] == 3000 and mtu.get("from") in (None, 0)
    assert set(d.ports(switch="sw0")) == {"h1", "h2"} and d.port("h1", switch="sw0")["mtu"] == 1500
    events = d.subscribe("config", "port", "switch")
    assert d.rpc("config.apply", config=config) == changes
    assert set(d.ports(switch="sw0")) == {"h1", "h2", "h3"} and d.port("h1", switch="sw0")["mtu"] == 3000
    applied = events.wait_event("config.applied")
    assert applied["changes"] == 4 and applied["uid"] == 0 and applied["pid"] > 0
    assert d.rpc("config.diff", config=config) == {"changes": []}


def test_ports_and_switches_that_are_no_longer_there_are_deleted(running):
    d, a, b, config = running
    d.rpc("switch.add", switch="extra")
    del ports_of(config)["h1"]
    assert ops(d.rpc("config.apply", config=config)) == [("del", "switches.extra"), ("del", "switches.sw0.ports.h1")]
    assert set(d.ports()) == {"h2"}
    wait_until(lambda: not a.has_device(), what="the tap to go")
    assert b.has_device()


def test_a_setting_that_is_left_out_goes_back_to_its_default(lab):
    d, a, b = lab.lan(2, {"ageing_s": 10}, mtu=3000, max_macs=5)
    config = json.loads(d.config_path.read_text())
    del config["switches"]["sw0"]["ageing_s"]
    del ports_of(config)["h1"]["max_macs"]
    assert len(d.rpc("config.apply", config=config)["changes"]) == 2
    assert d.rpc("switch.list")["switches"][0]["settings"]["ageing_s"] == 300
    assert "max_macs" not in d.port("h1")["config"] and d.port("h2")["config"]["max_macs"] == 5


def test_what_cannot_change_live_reopens_that_port_only(running):
    d, a, b, config = running
    index = b.has_device()
    ports_of(config)["h1"]["ifname"] = "wan0"
    assert ("reopen", "switches.sw0.ports.h1.ifname") in ops(d.rpc("config.apply", config=config))
    assert d.wait_port("h1")["ifname"] == "wan0"
    assert a.has_device("wan0") and not a.has_device("eth0")
    assert b.has_device() == index


def test_static_addresses_follow_the_configuration(running):
    d, a, b, config = running
    one, two = station(0x50), station(0x51)

    def statics_when(*macs):
        config["switches"]["sw0"]["macs"] = macs
        d.rpc("config.apply", config=config)
        return {k: m["port"] for k, m in d.macs().items() if m["static"]}
    assert statics_when({"mac": one, "port": "h1"}, {"mac": two, "port": "h2", "vlan": 3}) == \
        {(one, 0): "h1", (two, 3): "h2"}
    assert statics_when({"mac": one, "port": "h2"}) == {(one, 0): "h2"}


def test_untouched_ports_lose_no_frame_while_others_come_and_go(lab, running):
    d, a, b, config = running
    c = lab.host("h3")
    with_c = copy.deepcopy(config)
    ports_of(with_c)["h3"] = lab.tap(c)
    stream = Stream(a, b)
    for i in range(5):
        with_c["switches"]["sw0"]["ageing_s"] = 100 + i
        with_c["switches"][f"other{i}"] = {}
        ports_of(with_c)["h3"]["mtu"] = 2000 + i
        assert d.rpc("config.apply", config=with_c)["changes"]
        stream.flow_on(50)
        assert d.rpc("config.apply", config=config)["changes"]
        stream.flow_on(50)
    assert stream.finish() > 500


def test_a_tap_that_was_there_gets_back_what_it_had_when_an_apply_fails(lab, running):
    def facts():
        return [Path("/sys/class/net/there", f).read_text() for f in ("mtu", "address", "flags")]

    d, a, b, config = running
    os.close(make_tap("there"))
    before = facts()
    lab.host("elsewhere")
    ports_of(config).update({
        "there": {"type": "tap", "netns": "elsewhere", "mtu": 4000, "mac": "02:00:00:00:77:77"},
        "wrong": {"type": "tap", "ifname": "lo"}})
    with pytest.raises(RpcError) as e:
        d.rpc("config.apply", config=config)
    assert "wrong" in e.value.data["path"]
    assert facts() == before


def test_two_ports_exchange_their_namespaces(running):
    d, a, b, config = running
    ports = ports_of(config)
    ports["h1"]["netns"], ports["h2"]["netns"] = ports["h2"]["netns"], ports["h1"]["netns"]
    assert d.rpc("config.apply", config=config)["changes"]
    assert d.wait_port("h1")["netns"] == "h2" and d.wait_port("h2")["netns"] == "h1"
    assert d.rpc("config.diff", config=config) == {"changes": []}


def test_a_port_takes_the_place_of_one_that_goes(running):
    d, a, b, config = running
    ports = ports_of(config)
    ports["h2"]["netns"] = ports.pop("h1")["netns"]
    assert d.rpc("config.apply", config=config)["changes"]
    assert d.wait_port("h2")["netns"] == "h1" and set(d.ports()) == {"h2"}


def test_untouched_ports_do_not_wait_while_many_others_are_removed(lab, running):
    """The kernel takes its time over each tap: nobody else's frames are to wait for that."""
    d, a, b, config = running
    with_many = copy.deepcopy(config)
    ports_of(with_many).update({f"many{i}": {"type": "tap", "up": False} for i in range(100)})
    d.rpc("config.apply", config=with_many)
    stream = Stream(a, b, rate=5000)
    stream.flow_on(200)
    d.rpc("config.apply", config=config)
    assert stream.finish() > 200
    d.rpc("port.add", port="many0")  # the name is free again as soon as it is asked for
    assert d.wait_port("many0")


def test_live_changes_of_a_port_lose_none_of_its_own_frames(running):
    d, a, b, config = running
    stream = Stream(a, b)
    for i in range(10):
        for p in "h1", "h2":
            ports_of(config)[p] |= {"mtu": 2000 + i, "max_macs": 100 + i}
        d.rpc("config.apply", config=config)
        stream.flow_on(50)
    stream.finish()


@pytest.mark.parametrize("broken, word", [
    ({"netns": "h1", "ifname": "v0"}, "v0"), ({"netns": "missing"}, "missing"), ({"ifname": "lo"}, "lo"),
], ids=["veth", "netns", "lo"])
def test_if_one_step_fails_everything_is_as_before(lab, running, broken, word):
    d, a, b, config = running
    a.ip_cmd("link add name v0 type veth peer name v1")
    before = d.rpc("config.get")
    links = [h.links() for h in (a, b)]
    own = set(sh("ip", "-o", "link").stdout.splitlines())
    bad = copy.deepcopy(config)
    ports_of(bad)["h1"] |= {"mtu": 4000, "max_macs": 3}
    ports_of(bad)["a0"] = {"type": "tap"}
    ports_of(bad)["broken"] = {"type": "tap", **broken}
    ports_of(bad)["z9"] = {"type": "tap"}
    bad["switches"]["sw0"]["ageing_s"] = 1
    bad["switches"]["sw1"] = {"ports": {"z1": {"type": "tap"}}}
    stream = Stream(a, b)
    with pytest.raises(RpcError) as e:
        d.rpc("config.apply", config=bad)
    assert word in e.value.message
    assert e.value.data.get("path", "").startswith("switches.sw0.ports.broken"), e.value
    assert d.rpc("config.get") == before
    wait_until(lambda: set(sh("ip", "-o", "link").stdout.splitlines()) == own, what="half-made taps to go")
    assert [h.links() for h in (a, b)] == links
    stream.flow_on()
    stream.finish()


def test_a_port_that_was_deleted_comes_back_when_a_later_step_fails(lab, running):
    d, a, b, config = running
    bad = copy.deepcopy(config)
    del ports_of(bad)["h1"]
    ports_of(bad)["broken"] = {"type": "tap", "ifname": "lo"}
    with pytest.raises(RpcError):
        d.rpc("config.apply", config=bad)
    d.wait_port("h1")
    a.rewire()
    frame = sized(BROADCAST, a.mac, 60)
    b.wire.drain()
    a.wire.send(frame)
    assert settle(a.wire, b.wire) == [[frame]]


def test_a_device_may_change_its_port(running):
    """The old one has to let go of it first, whatever their names."""
    d, a, b, config = running
    for name in "a0", "z9":
        renamed = copy.deepcopy(config)
        ports_of(renamed)[name] = ports_of(renamed).pop("h1")
        d.rpc("config.apply", config=renamed)
        assert set(d.ports()) == {"h2", name}
        d.wait_port(name)
        d.rpc("config.apply", config=config)
        d.wait_port("h1")


def test_sighup_reads_the_file_again(lab, running):
    d, a, b, config = running
    events = d.subscribe("config")
    c = lab.host("h3")
    ports_of(config)["h3"] = lab.tap(c)
    d.write_config(config)
    stream = Stream(a, b)
    d.signal(signal.SIGHUP)
    applied = events.wait_event("config.applied")
    assert applied["changes"] == 1
    d.wait_port("h3")
    stream.finish()


@pytest.mark.parametrize("text", ['{"switches": {', '{"switches": {"sw0": {"ageing": 5}}}'], ids=["syntax", "meaning"])
def test_sighup_with_a_bad_file_changes_nothing_and_is_logged(running, text):
    d, a, b, _ = running
    before = d.rpc("config.get")
    d.write_config(text)
    length = len(d.log())
    d.signal(signal.SIGHUP)
    wait_until(lambda: "switchd.json" in d.log()[length:], what="the error to be logged")
    assert d.alive() and d.rpc("config.get") == before


def test_sighup_without_a_file_does_no_harm(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0")
    d.signal(signal.SIGHUP)
    wait_until(lambda: "SIGHUP" in d.log(), what="the signal to be logged")
    assert set(d.ports()) == {"t0"}


def test_errors_of_the_kernel_carry_their_name(lab, running):
    d, a, b, config = running
    fd = make_tap("busy0", persist=False)
    ports_of(config)["busy"] = {"type": "tap", "ifname": "busy0"}
    with pytest.raises(RpcError) as e:
        d.rpc("config.apply", config=config)
    os.close(fd)
    assert e.value.code == SYSTEM and e.value.data["errno"] == "EBUSY"
    assert e.value.data["path"].startswith("switches.sw0.ports.busy")

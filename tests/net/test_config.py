# SPDX-License-Identifier: ISC
"""The configuration file: checked with its place named, shown again as it runs, shipped with samples."""
import json
import subprocess

import jsonschema
import pytest

from conftest import ROOT
from daemon import SWITCHD
from rpc import RpcError

SAMPLES = sorted(p for p in (ROOT / "config").glob("*.json") if not p.name.endswith("schema.json"))
SCHEMA = ROOT / "config/switchd.schema.json"


def check(path):
    p = subprocess.run([SWITCHD, "--check", path], capture_output=True, text=True, timeout=30)
    return p.returncode, p.stdout + p.stderr


def check_text(lab, text):
    path = lab.directory / "try.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text, indent=1))
    return check(path)


def one_port(**settings):
    return {"switches": {"sw0": {"ports": {"h1": settings}}}}


def test_there_are_samples_and_a_schema():
    assert SAMPLES and SCHEMA.exists()
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validators.validator_for(schema).check_schema(schema)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name)
def test_every_sample_passes_the_check_and_the_schema(path):
    code, text = check(path)
    assert code == 0, text
    jsonschema.validate(json.loads(path.read_text()), json.loads(SCHEMA.read_text()))


BAD = {
    # an unknown key: the place is the object it is in
    "switches.sw0.ports.h1": (one_port(mtuu=1500), ['"mtuu"', '"mtu"']),
    "switches.sw0": ({"switches": {"sw0": {"agein_s": 1}}}, ['"agein_s"', '"ageing_s"']),
    "": ({"switchs": {}}, ['"switchs"', '"switches"']),
    "control": ({"control": {"gruop": "x"}}, ['"gruop"', '"group"']),
    "switches.sw0.ports.h1.mtu": (one_port(mtu=70000), ["70000", "65521"]),
    "switches.sw0.ports.h1.mtu ": (one_port(mtu="big"), ["big", "68"]),
    "switches.sw0.ports.h1.type": (one_port(type="tab"), ["tab", "tap"]),
    "switches.sw0.ports.h1.mac": (one_port(mac="01:00:5e:00:00:01"), ["group"]),
    "switches.sw0.ports.h1.ifname": (one_port(ifname="a/b"), ["/"]),
    "switches.sw0.ports.h1.rate_in": (one_port(rate_in="1000"), ["1000", "bit", "fps"]),
    "switches.sw0.ports.h1.storm_action": (one_port(storm_action="close"), ["close", "drop", "shut"]),
    "switches.sw0.ports.h1.up": (one_port(up="yes"), ["yes", "true"]),
    "switches.sw0.ageing_s": ({"switches": {"sw0": {"ageing_s": -1}}}, ["-1", "1000000"]),
    "switches.sw0.link_local": ({"switches": {"sw0": {"link_local": "pass"}}}, ["pass", "forward"]),
    "switches.sw0.macs[0].port": ({"switches": {"sw0": {"ports": {"h1": {}}, "macs": [
        {"mac": "02:00:00:00:00:01", "port": "h2"}]}}}, ["h2"]),
    "switches.sw0.macs[1].mac": ({"switches": {"sw0": {"ports": {"h1": {}}, "macs": [
        {"mac": "02:00:00:00:00:01", "port": "h1"}, {"mac": "03:00:00:00:00:01", "port": "h1"}]}}}, ["group"]),
    "switches.sw0.macs[0].vlan": ({"switches": {"sw0": {"ports": {"h1": {}}, "macs": [
        {"mac": "02:00:00:00:00:01", "port": "h1", "vlan": 4096}]}}}, ["4096"]),
    "switches": ({"switches": []}, ["object"]),
    "switches.sw0.ports": ({"switches": {"sw0": {"ports": ["h1"]}}}, ["object"]),
    "log.level": ({"log": {"level": "loud"}}, ["loud", "debug"]),
}


@pytest.mark.parametrize("path", BAD)
def test_a_mistake_is_named_with_its_path_what_was_found_and_what_is_meant(lab, path):
    config, words = BAD[path]
    code, text = check_text(lab, config)
    assert code != 0
    for word in [path.strip(), "try.json", *words]:
        assert word in text, text
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc("config.check", config=config)
    assert e.value.data.get("path", "") == path.strip()


@pytest.mark.parametrize("name", ["", "a/b", "x" * 32, "a b", "-a"])
def test_impossible_names_are_refused(lab, name):
    for config in {"switches": {name: {}}}, {"switches": {"sw0": {"ports": {name: {"ifname": "x"}}}}}:
        code, text = check_text(lab, config)
        assert code != 0 and "name" in text, text


@pytest.mark.parametrize("text, line", [
    ('{\n  "switches": {\n    "sw0": {,}\n  }\n}\n', 3), ('{\n"switches": {}\n', 3), ("", 1), ("[", 1),
    ('{\n\n\n"log": {"level": info}}', 4), ('{"switches": {}} trailing', 1), ("{\n'log': 1}", 2),
])
def test_a_syntax_error_is_named_with_file_line_and_column(lab, text, line):
    code, out = check_text(lab, text)
    assert code != 0 and "try.json" in out
    assert f":{line}:" in out or f"line {line}" in out, out


def test_a_port_given_twice_is_refused(lab):
    code, out = check_text(lab, '{"switches": {"sw0": {"ports": {"h1": {}, "h1": {}}}}}')
    assert code != 0 and "h1" in out, out


def test_two_ports_cannot_have_one_device(lab):
    code, out = check_text(lab, {"switches": {"sw0": {"ports": {"a": {"ifname": "t0"}, "b": {"ifname": "t0"}}}}})
    assert code != 0 and "t0" in out, out
    code, out = check_text(lab, {"switches": {"sw0": {"ports": {
        "a": {"ifname": "t0", "netns": "x"}, "b": {"ifname": "t0", "netns": "y"}}}}})
    assert code == 0, out


def test_a_missing_file_and_a_directory_are_explained(lab):
    for path in lab.directory / "missing.json", lab.directory:
        code, out = check(path)
        assert code != 0 and str(path) in out, out


def test_check_neither_needs_a_daemon_nor_makes_a_device(lab):
    code, out = check_text(lab, one_port(ifname="never0"))
    assert code == 0, out
    assert "never0" not in subprocess.run(["ip", "link"], capture_output=True, text=True, check=True).stdout


def test_a_daemon_does_not_start_on_a_bad_file(lab):
    d = lab.switchd(one_port(mtu=1), start=False)
    d.start(wait=False)
    assert d.process.wait(20) not in (0, None)
    d.expected_dead = True
    assert "switches.sw0.ports.h1.mtu" in d.log() and not d.socket.exists()


def test_without_a_file_there_is_one_empty_switch(lab):
    d = lab.switchd()
    assert d.rpc("config.get")["config"]["switches"].keys() == {"sw0"}
    assert d.ports() == {}


def test_what_runs_is_shown_in_the_form_of_the_file_and_applying_it_changes_nothing(lab):
    a = lab.host("h1")
    config = {"switches": {"sw0": {"ageing_s": 60, "link_local": "0x4000", "ports": {
        "h1": lab.tap(a, mtu=3000), "plain": {"type": "tap"}},
        "macs": [{"mac": "02:00:00:00:00:99", "port": "h1", "vlan": 7}]}, "other": {}}}
    d = lab.switchd(config)
    d.wait_up()
    running = d.rpc("config.get")["config"]
    assert running["switches"]["sw0"]["ports"]["h1"] == config["switches"]["sw0"]["ports"]["h1"]
    assert running["switches"]["sw0"]["ageing_s"] == 60 and running["switches"]["sw0"]["link_local"] == "0x4000"
    assert running["switches"]["sw0"]["macs"] == config["switches"]["sw0"]["macs"]
    assert set(running["switches"]) == {"sw0", "other"}
    assert d.macs(switch="sw0")[("02:00:00:00:00:99", 7)]["static"]
    index = d.port("h1", switch="sw0")["ifindex"]
    for c in running, config:
        assert d.rpc("config.diff", config=c) == {"changes": []}
        assert d.rpc("config.apply", config=c) == {"changes": []}
    assert d.port("h1", switch="sw0")["ifindex"] == index
    jsonschema.validate(running, json.loads(SCHEMA.read_text()))
    assert check_text(lab, running)[0] == 0


def test_changes_by_hand_are_shown_too(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0", mtu=2000)
    d.rpc("switch.add", switch="two", max_macs=100)
    d.rpc("mac.add", switch="sw0", mac="02:00:00:00:00:05", port="t0")
    running = d.rpc("config.get")["config"]
    assert running["switches"]["two"]["max_macs"] == 100
    assert running["switches"]["sw0"]["ports"]["t0"]["mtu"] == 2000
    assert running["switches"]["sw0"]["macs"][0]["mac"] == "02:00:00:00:00:05"
    assert d.rpc("config.diff", config=running) == {"changes": []}

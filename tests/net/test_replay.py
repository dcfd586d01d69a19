# SPDX-License-Identifier: ISC
"""swctl replay: a capture through the core offline gives what the daemon gave."""
import collections
import json
import pathlib
import random
import resource
import struct
import subprocess
import time

import pytest

from daemon import SANITIZED, SWCTL
from frames import BROADCAST, eth, noise, sized, station, tagged
from rpc import INVALID_PARAMS, RpcError
from test_trace import block, counted, out_ports, pcap, some_config, some_frame, trace
from wait import wait_until

OUTBOUND, INBOUND = 2, 1
CORPUS = pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "pcapng"
ROUNDS = range(2 if SANITIZED else 6)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def capture(path, packets, names):
    """packets: (name of the interface, frame, seconds, direction, length it had)"""
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    for name in names:
        out += block(1, struct.pack("<HHI", 1, 0, 0) + option(2, name.encode()) + bytes(4))
    for name, frame, seconds, direction, length in packets:
        us = int(seconds * 1e6)
        out += block(6, struct.pack("<IIIII", names.index(name), us >> 32, us & 0xffffffff, len(frame), length or len(frame)) + frame
                     + bytes(-len(frame) % 4) + option(2, struct.pack("<I", direction)) + bytes(4))
    path.write_bytes(out)
    return path


def replay(path, config, *args, status=0):
    p = subprocess.run([SWCTL, "replay", str(path), "--config", str(config), *map(str, args)], capture_output=True, text=True, timeout=60)
    assert p.returncode == status, (p.returncode, p.stdout[-3000:], p.stderr)
    assert "Sanitizer" not in p.stderr and "runtime error" not in p.stderr, p.stderr
    return p.stdout if status == 0 else p.stderr


def lines(path, config, *args):
    """([frame...], summary)"""
    rows = [json.loads(line) for line in replay(path, config, "--json", *args).splitlines()]
    return rows[:-1], rows[-1]["summary"]


def written(tmp_path, config):
    path = tmp_path / "switchd.json"
    path.write_text(json.dumps(config))
    return path


def simple(tmp_path, settings=None, **ports):
    return written(tmp_path, {"switches": {"sw0": {**(settings or {}), "ports": ports or {"h1": {}, "h2": {}, "h3": {}}}}})


def at(name, frame, seconds=0., direction=INBOUND, length=None):
    return name, frame, 1_700_000_000 + seconds, direction, length


# what a daemon made of the same frames

@pytest.mark.parametrize("seed", ROUNDS)
def test_it_gives_what_the_daemon_gave(lab, tmp_path, seed):
    r = random.Random(1000 + seed)
    hosts = [lab.host(f"h{i + 1}") for i in range(5)]
    d = lab.switchd({"switches": {"sw0": {"ports": {h.name: lab.tap(h, mtu=1500) for h in hosts}}}})
    d.wait_up()
    while True:
        config = some_config(r, hosts, lab)
        config["switches"]["sw0"].pop("stp", None)  # how far it had come depends on when the daemon began
        try:
            d.rpc("config.apply", config=config)
            break
        except RpcError as e:
            assert e.code == INVALID_PARAMS
    begun = time.time()
    packets, said = [], []
    before = counted(d)
    for _ in range(40):
        sender, frame = r.choice(hosts), some_frame(r)
        read, said_now, now = d.stats(sender.name)["rx_frames"], trace(d, sender.name, frame), time.time()
        try:
            sender.wire.send(frame)
        except OSError:  # longer than the sender's device lets out
            continue
        wait_until(lambda: d.stats(sender.name)["rx_frames"] > read, 5, "the frame to be read")
        said.append(said_now)
        packets.append((sender.name, frame, now, INBOUND, None))
    names = [h.name for h in hosts]
    frames, summary = lines(capture(tmp_path / "a.pcapng", packets, names), written(tmp_path, config), "--settle", 0)
    assert time.time() - begun < 60  # nothing was forgotten meanwhile, here or there
    for n, (row, t) in enumerate(zip(frames, said)):
        about = (n, packets[n][1].hex(), row, t["fate"])
        assert (row["fate"], row.get("drop"), set(row["out"])) == (t["fate"], t.get("drop"), out_ports(t)), about
    assert len(frames) == len(said) > 20
    drops = collections.Counter({(x["port"], x["reason"]): x["count"] for x in summary["drops"]})
    mirrored = {p for p, s in config["switches"]["sw0"]["ports"].items() if "mirror" in s}
    here = counted(d) - before
    assert {k: v for k, v in drops.items() if k[0] not in mirrored} == {k: v for k, v in here.items() if k[0] not in mirrored}
    assert {(m["mac"], m["vlan"]): m["port"] for m in summary["macs"]} == {k: m["port"] for k, m in d.macs().items()}


def test_what_swctl_captured_is_replayed(lab, tmp_path):
    d, a, b, c = lab.lan(3)
    file = tmp_path / "lan.pcapng"
    writer = subprocess.Popen([SWCTL, "--socket", str(d.socket), "capture", "--write", str(file), "--direction", "both", "--count", "7"],
                              stderr=subprocess.PIPE, text=True)
    wait_until(lambda: d.rpc("capture.list")["captures"], what="the capture to begin")
    a.wire.send(sized(BROADCAST, station(1), 100))  # in, and out at two ports
    wait_until(lambda: d.where(station(1)) == "h1")
    b.wire.send(sized(station(1), station(2), 100))  # in, and out at one
    wait_until(lambda: d.where(station(2)) == "h2")
    b.wire.send(sized(station(2), station(2), 100), sized(BROADCAST, station(2), 60)[:40])
    assert writer.wait(20) == 0, writer.stderr.read()
    config = written(tmp_path, d.rpc("config.get")["config"])
    frames, summary = lines(file, config)
    assert [(x["port"], x["out"], x.get("drop")) for x in frames][:3] == [
        ("h1", ["h2", "h3"], None), ("h2", ["h1"], None), ("h2", [], "same_port")]
    assert summary["skipped"]["outbound"] + len(frames) == 7
    assert {m["mac"]: m["port"] for m in summary["macs"]} == {station(1): "h1", station(2): "h2"}


# which port, which frames

def test_interfaces_are_ports_and_what_left_is_left_out(tmp_path):
    f = sized(BROADCAST, station(1), 100)
    cut = sized(BROADCAST, station(2), 100)
    packets = [at("h1", f), at("h2", f, .1, OUTBOUND), at("h3", cut[:50], .2, length=100), at("eth9", f, .3), at("switchd:sw0/h2", f, .4)]
    path = capture(tmp_path / "a.pcapng", packets, ["h1", "h2", "h3", "eth9", "switchd:sw0/h2"])
    frames, summary = lines(path, simple(tmp_path))
    assert [(x["n"], x["port"], x["out"]) for x in frames] == [(1, "h1", ["h2", "h3"]), (5, "h2", ["h1", "h3"])]
    assert summary["skipped"] == {"outbound": 1, "patched": 0, "cut_short": 1, "too_long": 0, "no_port": 1}
    assert summary["strangers"] == [{"interface": "eth9", "frames": 1}]
    text = replay(path, simple(tmp_path))
    assert 'interface "eth9", which is no port' in text and "1 that a switch had sent" in text
    assert f"    0.000000 h1 {station(1)} > {BROADCAST}: forwarded to h2, h3" in text


def test_all_strangers_are_counted(tmp_path):
    names = ["h1"] + [f"eth{n}" for n in range(20)]
    path = capture(tmp_path / "a.pcapng", [at(n, sized(BROADCAST, station(1), 60)) for n in names + names[-2:]], names)
    text = replay(path, simple(tmp_path))
    assert '1 of interface "eth15", which is no port' in text and "6 of other interfaces" in text and "eth16" not in text
    assert lines(path, simple(tmp_path))[1]["skipped"]["no_port"] == 22


def test_a_name_that_several_switches_have_is_told(tmp_path):
    config = written(tmp_path, {"switches": {"sw0": {"ports": {"h1": {}, "h2": {}}}, "sw1": {"ports": {"h1": {"ifname": "x"}}}}})
    f = sized(BROADCAST, station(1), 60)
    assert '1 of interface "h1", which is a port of several switches' in replay(capture(tmp_path / "a.pcapng", [at("h1", f), at("h2", f)], ["h1", "h2"]), config)
    error = replay(capture(tmp_path / "b.pcapng", [at("h1", f)], ["h1"]), config, status=1)
    assert "several switches have a port" in error and "SWITCH/PORT" in error


def test_all_come_in_on_one_port(tmp_path):
    frames = [sized(BROADCAST, station(1), 60), sized(station(1), station(2), 60)]
    (tmp_path / "a.pcap").write_bytes(pcap(*frames))
    rows, summary = lines(tmp_path / "a.pcap", simple(tmp_path), "--in", "h2")
    assert [x["fate"] for x in rows] == ["forwarded", "dropped"] and rows[1]["drop"] == "same_port"
    assert summary["drops"] == [{"switch": "sw0", "port": "h2", "reason": "same_port", "count": 1, "text": summary["drops"][0]["text"]}]
    assert "--in PORT" in replay(tmp_path / "a.pcap", simple(tmp_path), status=1)
    assert "no port h9" in replay(tmp_path / "a.pcap", simple(tmp_path), "--in", "h9", status=1)
    nanoseconds = tmp_path / "ns.pcap"
    nanoseconds.write_bytes(pcap(*frames, magic=0xa1b23c4d, order=">"))
    assert len(lines(nanoseconds, simple(tmp_path), "--in", "h1")[0]) == 2


def test_peers_of_a_listening_port_come_when_they_are_named(tmp_path):
    config = simple(tmp_path, None, vms={"type": "stream", "listen": "unix:/tmp/vms.sock"}, h1={})
    f = sized(BROADCAST, station(1), 60)
    names = ["vms.1", "vms.2", "h1", "h1.1"]
    frames, _ = lines(capture(tmp_path / "a.pcapng", [at(n, f, i) for i, n in enumerate(names)], names), config)
    assert [(x["port"], x["out"]) for x in frames] == [("vms.1", ["h1"]), ("vms.2", ["h1", "vms.1"]), ("h1", ["vms.1", "vms.2"])]


def test_frames_cross_patches_and_rings_have_an_end(tmp_path):
    def ends(a, b):
        return {"type": "patch", "peer": f"{a}/{b}"}
    config = written(tmp_path, {"switches": {
        "sw0": {"vlan_aware": True, "ports": {"h1": {"access": 10}, "up": {**ends("sw1", "down"), "trunk": "10"}}},
        "sw1": {"ports": {"down": ends("sw0", "up"), "h1": {"ifname": "h9"}}}}})
    f = sized(BROADCAST, station(1), 60)
    path = capture(tmp_path / "a.pcapng", [at("sw0/h1", f)], ["sw0/h1"])
    rows, summary = lines(path, config)
    assert [(x["switch"], x["port"], x["crossed"], x["out"], x["len"]) for x in rows] == [
        ("sw0", "h1", False, ["up"], 60), ("sw1", "down", True, ["h1"], 64)]
    assert summary["crossed"] == 1
    assert "SWITCH/h1" in replay(path, config, "--in", "h1", status=1)
    assert [x["port"] for x in lines(path, config, "--in", "sw1/h1")[0]] == ["h1", "up"], "as it was told to be called"
    ring = written(tmp_path, {"switches": {
        "sw0": {"ports": {"a": ends("sw1", "a"), "b": ends("sw1", "b"), "x": {}}},
        "sw1": {"ports": {"a": ends("sw0", "a"), "b": ends("sw0", "b")}}}})
    rows, summary = lines(path, ring, "--in", "x")
    assert len(rows) == 1 + 1024 and summary["not_crossed"] > 0
    tree = json.loads(ring.read_text())
    for sw in tree["switches"].values():
        sw["stp"] = "rstp"
    rows, summary = lines(path, written(tmp_path, tree), "--in", "x")
    assert summary["not_crossed"] == 0 and len(rows) < 5, "the spanning tree has cut the ring before the first frame came"


def two_switches(tmp_path, **down):
    return written(tmp_path, {"switches": {
        "sw0": {"ports": {"h1": {}, "h2": {}, "up": {"type": "patch", "peer": "sw1/down"}}},
        "sw1": {"ports": {"down": {"type": "patch", "peer": "sw0/up", **down}, "h3": {}}}}})


def test_what_came_through_a_patch_is_not_taken_twice(tmp_path):
    config = two_switches(tmp_path)
    hello, back = sized(BROADCAST, station(1), 60), sized(station(1), station(3), 60)
    packets = [at("sw0/h1", hello), at("sw0/up", hello, 0, OUTBOUND), at("sw1/down", hello), at("sw1/h3", back, 1), at("sw0/up", back, 1)]
    path = capture(tmp_path / "a.pcapng", packets, ["sw0/h1", "sw0/up", "sw1/down", "sw1/h3"])
    rows, summary = lines(path, config)
    assert [(x["n"], x["port"], x["crossed"], x["out"]) for x in rows] == [
        (1, "h1", False, ["h2", "up"]), (1, "down", True, ["h3"]), (4, "h3", False, ["down"]), (4, "up", True, ["h1"])]
    assert (summary["frames"], summary["forwarded"], summary["crossed"], summary["skipped"]["patched"], summary["skipped"]["outbound"]) == (5, 4, 2, 2, 1)
    assert "2 that came in through a patch" in replay(path, config)
    rows, summary = lines(path, config, "--all")
    assert [x["n"] for x in rows] == [1, 1, 3, 4, 4, 5] and summary["skipped"]["patched"] == 0
    rows, summary = lines(path, config, "--in", "down")  # who names a port means it
    assert {x["n"] for x in rows} == {1, 3, 4, 5} and summary["skipped"]["patched"] == 0
    alone = written(tmp_path, {"switches": {"sw0": {"ports": {"h1": {}, "h2": {}, "up": {"type": "patch", "peer": "sw1/down"}}}}})
    assert lines(path, alone, "--all")[1]["skipped"]["no_port"] == 2


def test_a_patch_is_down_where_its_other_end_is_shut(tmp_path):
    path = capture(tmp_path / "a.pcapng", [at("sw0/h1", sized(BROADCAST, station(1), 60))], ["sw0/h1"])
    rows, _ = lines(path, two_switches(tmp_path, shutdown=True), "--verbose")
    assert len(rows) == 1 and rows[0]["out"] == ["h2"]
    assert {p["port"]: p["why"] for p in rows[0]["trace"]["ports"]} == {"h1": "came_from", "h2": "out", "up": "no_link"}


# time

def test_the_clock_is_the_captures(tmp_path):
    config = simple(tmp_path, {"ageing_s": 10})
    hello, back = sized(BROADCAST, station(1), 60), sized(station(1), station(2), 60)
    packets = [at("h1", hello), at("h2", back, 5), at("h2", back, 30), at("h2", back, 29), at("h1", hello, 1e9)]
    rows, summary = lines(capture(tmp_path / "a.pcapng", packets, ["h1", "h2"]), config)
    assert [x["out"] for x in rows] == [["h1"] if i == 1 else ["h1", "h3"] if i in (2, 3) else ["h2", "h3"] for i in range(5)]
    assert summary["back_in_time"] == 1 and rows[3]["time"] == rows[2]["time"] == 30


def test_the_spanning_tree_takes_its_time(tmp_path):
    config = simple(tmp_path, {"stp": "rstp"})
    f = sized(BROADCAST, station(1), 60)
    path = capture(tmp_path / "a.pcapng", [at("h1", f, t) for t in (0, 1, 40)], ["h1"])
    assert [x["fate"] for x in lines(path, config, "--settle", 0)[0]] == ["dropped", "dropped", "forwarded"]
    assert [x["fate"] for x in lines(path, config)[0]] == ["forwarded"] * 3


def test_long_gaps_are_not_waited_through(tmp_path):
    config = simple(tmp_path, {"stp": "rstp"}, **{f"h{n}": {} for n in range(1, 33)})
    f = sized(BROADCAST, station(1), 60)
    path = capture(tmp_path / "a.pcapng", [at("h1", f, day * 86400) for day in range(100)], ["h1"])
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    rows, summary = lines(path, config)
    assert len(rows) == 100 and rows[-1]["time"] == 99 * 86400
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < (60 if SANITIZED else 15), "a day a frame would be a minute"


def test_limits_go_by_it(tmp_path):
    config = simple(tmp_path, None, h1={"storm_broadcast": "10fps"}, h2={})
    f = sized(BROADCAST, station(1), 60)
    quick = capture(tmp_path / "a.pcapng", [at("h1", f, i / 1000) for i in range(200)], ["h1"])
    slow = capture(tmp_path / "b.pcapng", [at("h1", f, i / 5) for i in range(200)], ["h1"])
    assert lines(quick, config)[1]["dropped"] > 100
    assert lines(slow, config)[1]["dropped"] == 0


# the rest

def test_filters_and_verbose(tmp_path):
    config = simple(tmp_path, None, h1={}, h2={"filter_out": "not udp"}, h3={})
    udp = eth(station(9), station(1), bytes.fromhex("4500002400000000401100000a0000010a000002") + noise(40, 1), 0x0800)
    path = capture(tmp_path / "a.pcapng", [at("h1", udp), at("h1", tagged(udp, (5,)), 1)], ["h1"])
    rows, _ = lines(path, config, "--verbose")
    assert rows[0]["out"] == ["h3"]
    assert {p["port"]: p["why"] for p in rows[0]["trace"]["ports"]} == {"h1": "came_from", "h2": "refused", "h3": "out"}
    text = replay(path, config, "--verbose")
    assert "filter_out: This port's filter_out" in text and "IEEE 802.1Q-2018 8.7" in text


@pytest.mark.parametrize("file", sorted(CORPUS.iterdir()), ids=lambda f: f.name)
def test_any_file_is_answered(tmp_path, file):
    p = subprocess.run([SWCTL, "replay", str(file), "--config", str(simple(tmp_path)), "--in", "h1"], capture_output=True, text=True, timeout=30)
    assert p.returncode in (0, 1) and "Sanitizer" not in p.stderr and "runtime error" not in p.stderr, p.stderr
    assert p.returncode == 0 or p.stderr.startswith(f"swctl: {file}: "), p.stderr


@pytest.mark.parametrize("args, status, told", [
    ([], 2, "--config FILE"), (["--config", "/nonexistent"], 1, "/nonexistent"), (["--config", "CONFIG", "--settle", "x"], 2, "--settle"),
    (["--config", "CONFIG", "--settle", "-1"], 2, "--settle"),
])
def test_a_wrong_command_line_is_told(tmp_path, args, status, told):
    config = simple(tmp_path)
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(sized(BROADCAST, station(1), 60)))
    p = subprocess.run([SWCTL, "replay", str(path), *[str(config) if a == "CONFIG" else a for a in args]], capture_output=True, text=True)
    assert p.returncode == status and told in p.stderr, p.stderr


def test_a_wrong_filter_is_told(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(sized(BROADCAST, station(1), 60)))
    config = simple(tmp_path, None, h1={"filter_in": "no such thing"})
    assert "switches.sw0.ports.h1.filter_in" in replay(path, config, status=1)

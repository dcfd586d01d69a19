# SPDX-License-Identifier: ISC
"""swctl trace: what it says of a frame is what then happens to one, byte for byte and counter for counter."""
import collections
import errno
import json
import random
import struct
import subprocess

import pytest

from daemon import SANITIZED, SWCTL
from frames import BROADCAST, eth, mac_bytes, noise, sized, station, tagged
from rpc import INVALID_PARAMS, NOT_FOUND, RpcError
from wait import wait_until

PORTS = 6
ROUNDS, FRAMES = (8, 20) if SANITIZED else (25, 40)
FRAME_MAX = 65557
BRIDGES, NEAREST = "01:80:c2:00:00:00", "01:80:c2:00:00:0e"
GROUP, OTHER_GROUP = "01:00:5e:01:02:03", "01:00:5e:09:09:09"


def trace(d, port, frame, **more):
    return d.rpc("switch.trace", port=port, frame=frame.hex(), **more)


def out_ports(t):
    return {p["port"] for p in t["ports"] if p["out"]}


def why(t, port):
    return next(p["why"] for p in t["ports"] if p["port"] == port)


# what a trace says and what happens

PORT_SETTINGS = [
    {}, {}, {"access": 10}, {"access": 20}, {"trunk": "10,20"}, {"trunk": "10,20", "native": 20}, {"trunk": "10", "tpid": "0x88a8"},
    {"untagged": "10,20", "native": 10}, {"dot1q_tunnel": 20}, {"access": 10, "admit": "untagged"}, {"trunk": "all", "admit": "tagged"},
    {"isolated": True}, {"isolated": True}, {"locked": True}, {"max_macs": 1, "max_macs_action": "drop"}, {"max_macs": 1, "max_macs_action": "shut"},
    {"max_macs": 2, "sticky": True}, {"mtu": 100}, {"mtu": 200}, {"filter_in": "not udp"}, {"filter_out": "not udp"}, {"filter_out": "not ether proto 0x88b5"},
    {"stp_edge": True}, {"stp_bpdu_guard": True}, {"stp_bpdu_filter": True}, {"dhcp_trusted": True}, {"arp_trusted": True}, {"mcast_router": "never"},
    {"mcast_router": "always"}, {"lldp": "off"}, {"ingress_filter": False}, {"trunk": "10", "ingress_filter": False}, {"ra_trusted": True},
    {"filter_in": "not ether broadcast", "filter_out": "less 200"}, {"locked": True, "isolated": True}, {"stp_root_guard": True},
    {"rate_in": "1Gbit"}, {"rate_out": "1Gbit"}, {"storm_broadcast": "10000fps", "storm_unknown": "10000fps"}, {"dot1q_tunnel": 10, "mtu": 200},
    {"untagged": "10,20", "native": 20, "trunk": "30"}, {"shut_recovery_s": 0},
]
SWITCH_SETTINGS = [
    {"vlan_aware": True}, {"vlan_aware": True}, {"stp": "rstp"}, {"lldp": True}, {"mcast_snooping": "on"}, {"dhcp_snooping": True}, {"arp_inspection": True},
    {"link_local": "0x4008"}, {"ra_guard": True}, {"dhcp6_guard": True}, {"mcast_snooping": "igmp", "mcast_flood_unknown": True},
    {"dhcp_snooping": True, "dhcp_to_trusted": False}, {"arp_inspection": True, "arp_target": True},
]


def some_config(r, hosts, lab):
    """Random settings, of which some may not fit together: the daemon says so, and others are tried."""
    settings = {}
    for more in r.sample(SWITCH_SETTINGS, r.randrange(4)):
        settings.update(more)
    ports = {}
    for h in hosts:
        own = {"mtu": 1500}
        for more in r.sample(PORT_SETTINGS, r.randrange(3)):
            own.update(more)
        ports[h.name] = lab.tap(h, **own)
    if r.random() < .5:
        ports[hosts[-1].name] = lab.tap(hosts[-1], mtu=1500, mirror=r.choice(["all", "h1,h2", "h3"]),
                                        mirror_direction=r.choice(["both", "rx", "tx"]), mirror_snaplen=r.choice([0, 40, 64]),
                                        **r.choice([{}, {}, {"mirror_vlans": "10"}, {"filter_out": "not udp"}]))
    vlan = {"vlan": 10} if settings.get("vlan_aware") else {}
    macs = [{"mac": station(100 + r.randrange(4)), "port": r.choice(hosts[:-1]).name, **vlan}] if r.random() < .5 else []
    return {"switches": {"sw0": {**settings, "ports": ports, "macs": macs}}}


def ipv4(src, dst, proto, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 1 if proto == 2 else 64, proto, 0, src, dst)
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + head[12:] + body


def some_frame(r):
    src, dst = station(100 + r.randrange(4)), station(100 + r.randrange(4))
    kind = r.randrange(9)
    if kind == 0:
        f = eth(BRIDGES, src, noise(46, r.randrange(9)), 38)  # no BPDU, although it goes where they do
    elif kind == 1:
        f = eth(NEAREST, src, noise(46, r.randrange(9)), 0x88cc)
    elif kind == 2:
        f = eth(r.choice([GROUP, OTHER_GROUP]), src, ipv4(bytes([10, 0, 0, 7]), bytes([239, 1, 2, 3]), 17, noise(40, 1)), 0x0800)
    elif kind == 3:
        arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, r.choice([1, 2])) + mac_bytes(r.choice([src, station(7)])) + bytes([10, 0, 0, 7]) \
            + mac_bytes(dst) + bytes([10, 0, 0, 8])
        f = eth(r.choice([BROADCAST, dst]), src, arp + bytes(18), 0x0806)
    elif kind == 4:
        f = eth(BROADCAST, src, ipv4(bytes(4), b"\xff" * 4, 17, struct.pack("!HHHH", 68, 67, 48, 0) + noise(40, 3)), 0x0800)
    elif kind == 5:
        f = sized(r.choice([dst, BROADCAST, GROUP]), src, r.choice([60, 114, 115, 214, 220, 1514]))
    else:
        f = eth(r.choice([dst, dst, BROADCAST]), src, ipv4(bytes([10, 0, 0, 7]), bytes([10, 0, 0, 8]), r.choice([6, 17]), noise(60, 2)), 0x0800)
    for _ in range(r.choice([0, 0, 0, 1, 1, 2])):
        f = tagged(f, (r.choice([10, 10, 20, 30, 0]), r.choice([0x8100, 0x8100, 0x8100, 0x88a8]), r.randrange(8)))
    return f


def counted(d):
    return collections.Counter({(x["port"], x["reason"]): x["count"] for x in d.rpc("drops.list")["drops"]})


def foretold_drops(t):
    said = collections.Counter()
    for p in t["ports"] + t["mirrors"]:
        if p.get("drop"):
            said[p["port"], p["drop"]] += 1
    if "drop" in t and not any(p.get("drop") == t["drop"] for p in t["ports"]):
        said[t["port"], t["drop"]] += 1
    return said


def foretold_frames(t):
    """{port: [bytes]}"""
    said = collections.defaultdict(list)
    for p in t["mirrors"] + t["ports"]:
        if "form" in p:
            assert not p.get("in_pieces")
            said[p["port"]].append(bytes.fromhex(t["forms"][p["form"]]["bytes"])[:p.get("snaplen", FRAME_MAX)])
    return said


def heard(host, expected):
    """What has come: all that is expected, or what came in two seconds.  What the switch says itself is left out."""
    got = []

    def enough():
        got.extend(host.wire.drain())
        return len([f for f in got if f in expected]) >= len(expected)
    try:
        wait_until(enough, 2, "frames")
    except AssertionError:
        pass
    return sorted(f for f in got if f in expected or not f.startswith(b"\x01\x80\xc2\0\0"))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_is_said_happens(lab, seed):
    r = random.Random(seed)
    hosts = [lab.host(f"h{i + 1}") for i in range(PORTS)]
    d = lab.switchd({"switches": {"sw0": {"ports": {h.name: lab.tap(h, mtu=1500) for h in hosts}}}})
    d.wait_up()
    for h in hosts:
        h.wire.drain()
    while True:
        try:
            d.rpc("config.apply", config=some_config(r, hosts, lab))
            break
        except RpcError as e:
            assert e.code == INVALID_PARAMS, e
    met = collections.Counter()
    for n in range(FRAMES):
        sender = r.choice(hosts)
        frame = some_frame(r)
        for h in hosts:
            h.wire.drain()
        before, read = counted(d), d.stats(sender.name)["rx_frames"]
        t = trace(d, sender.name, frame)
        assert counted(d) == before and d.stats(sender.name)["rx_frames"] == read, "a trace counts nothing"
        try:
            sender.wire.send(frame)
        except OSError as e:  # the sender's device has the port's mtu, and lets nothing longer out
            assert e.errno == errno.EMSGSIZE
            continue
        wait_until(lambda: d.stats(sender.name)["rx_frames"] > read, 5, "the frame to be read")
        about = (seed, n, sender.name, frame.hex(), json.dumps(t))
        frames = foretold_frames(t)
        for h in hosts:
            assert heard(h, frames[h.name]) == sorted(frames[h.name]), (h.name, about)
        assert counted(d) - before == foretold_drops(t), about
        if t.get("learn", {}).get("result") in ("new", "moved", "known") and not t["shuts"]:
            assert d.where(t["learn"]["mac"], t["learn"]["vlan"]) == sender.name, about
        assert not any(p["why"] == "none" for p in t["ports"]), about
        met[t["fate"]] += 1
    assert sum(met.values()) > FRAMES / 2


def test_a_storm_is_foretold(lab):
    d, a, b = lab.lan(2, storm_broadcast="2fps")
    frame = sized(BROADCAST, station(7), 100)
    assert trace(d, "h1", frame)["fate"] == "forwarded"
    for _ in range(5):  # where a busy machine asks so late that the next is due, once more
        before = d.drops("h1").get("storm_broadcast", 0)
        a.wire.send(*[frame] * 100)
        wait_until(lambda: d.drops("h1").get("storm_broadcast", 0) > before + 20, what="a storm")
        t = trace(d, "h1", frame)
        if t["fate"] == "dropped":
            break
    assert (t["fate"], t.get("drop"), t["shuts"]) == ("dropped", "storm_broadcast", False)
    assert [s["step"] for s in t["steps"] if s["result"] == "stopped"] == ["limits"]


def step(t, name):
    return next(s["text"] for s in t["steps"] if s["step"] == name)


def test_why_a_group_is_flooded_is_told(lab):
    d, *_ = lab.lan(3, {"mcast_snooping": "on"})

    def told(group, *args):
        return step(json.loads(ctl(d, "--json", "--in", "h1", "--ip", f"{'fd00::1' if ':' in group else '10.0.0.1'},{group}", "--udp", "5000", *args)), "groups")
    wait_until(lambda: "there is no querier" in told("239.1.2.3"), 20, "the first tick")
    d.rpc("switch.set", mcast_snooping="igmp")
    wait_until(lambda: "for this kind of IP" in told("ff05::1:3"), 20, "the next tick")
    d.rpc("switch.set", mcast_querier=True, mcast_query_response_ms=2000, mcast_flood_unknown=True)
    seen = []
    wait_until(lambda: seen.append(told("239.1.2.3")) or "mcast_flood_unknown" in seen[-1], 20, "the first answers")
    assert all("no querier" in s or "first answers" in s for s in seen[:-1])
    assert "everybody" in told("224.0.0.251")
    assert "behind a tag" in told("239.1.2.3", "--vlan", "7")
    assert "no IP packet" in step(json.loads(ctl(d, "--json", "--in", "h1", "--dst", GROUP)), "groups")
    d.rpc("group.add", group="239.1.2.3", port="h2")
    assert told("239.1.2.3") == "snooping knows which ports want the group"


def test_why_a_port_takes_no_frames_is_told(lab):
    d, *_ = lab.lan(2, {"stp": "rstp", "stp_forward_delay_s": 30})
    frame = sized(BROADCAST, station(1), 60)
    assert "port_blocked: h1 takes no frames: the spanning tree has it discard" in step(trace(d, "h1", frame), "state")
    d.rpc("port.set", port="h1", shutdown=True)
    assert "port_shut: h1 takes no frames: it is shut: its setting shutdown says so" in step(trace(d, "h1", frame), "link")


def test_a_super_frame_is_cut_only_where_it_has_to_be(lab):
    a, b = lab.host("h1"), lab.host("h2")
    ports = {h.name: lab.tap(h, mtu=1500) for h in (a, b)}
    ports["far"] = {"type": "udp", "local": "127.0.0.1:4000", "remote": "127.0.0.1:4001"}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    t = json.loads(d.swctl("trace", "--json", "--in", "h1", "--dst", BROADCAST, "--ip", "10.0.0.1,10.0.0.2", "--tcp", "80", "--len", "5000",
                           "--gso", "1448").stdout)
    assert t["frame"]["super"] and t["fate"] == "forwarded"
    by_name = {p["port"]: p for p in t["ports"]}
    assert "in_pieces" not in by_name["h2"] and by_name["far"]["in_pieces"]
    [form] = t["forms"]
    assert form["len"] == 5000 and form["pieces"]["count"] == -(-(5000 - 54) // 1448)
    assert len(form["pieces"]["first"]) == 2 * (54 + 1448)


# the answer

def test_every_step_and_port_is_told(lab):
    d, a, b, c = lab.lan(3)
    t = trace(d, "h1", sized(station(2), station(1), 100))
    steps = ["parse", "link", "protocol", "state", "filter_in", "mtu", "link_local", "vlan", "guard", "sender", "limits", "learn", "lookup",
             "groups", "ports"]
    assert [s["step"] for s in t["steps"]] == steps
    assert out_ports(t) == {"h2", "h3"} and t["route"] == "unknown" and why(t, "h1") == "came_from"
    assert t["learn"]["result"] == "new" and d.macs(mac=station(1)) == {}
    c.wire.send(sized(BROADCAST, station(2), 60))
    wait_until(lambda: d.where(station(2)) == "h3")
    t = trace(d, "h1", sized(station(2), station(1), 100))
    assert out_ports(t) == {"h3"} and t["route"] == "known" and why(t, "h2") == "known_elsewhere"
    assert trace(d, "h2", sized(station(1), station(2), 100))["learn"] == {
        "result": "moved", "mac": station(2), "vlan": 0, "port": "h2", "from": "h3",
        "text": f"{station(2)} would move from h3 to h2"}


def test_a_link_that_is_bad_is_mentioned(lab):
    d, a, b, c = lab.lan(3)
    d.swctl("set", "port", "h2", "--loss_out", "10%")
    by_name = {p["port"]: p for p in trace(d, "h1", sized(BROADCAST, station(1), 60))["ports"]}
    assert by_name["h2"].get("impaired") and "impaired" not in by_name["h3"]


@pytest.mark.parametrize("frame", [b"", b"\0", bytes(13), bytes(14), b"\xff" * 14, b"\xff" * FRAME_MAX, bytes(12) + b"\x81\0\0",
                                   bytes(12) + b"\x81\0" * 20, mac_bytes(BRIDGES) + bytes(50)], ids=lambda f: f"{len(f)}-{f[-1:].hex()}")
def test_any_bytes_are_answered(lab, frame):
    d, *_ = lab.lan(2, {"vlan_aware": True, "stp": "rstp", "lldp": True, "mcast_snooping": "on", "dhcp_snooping": True})
    t = trace(d, "h1", frame)
    assert t["frame"]["len"] == len(frame) and t["fate"] in ("dropped", "forwarded", "heard")
    for vnet in bytes(10), b"\xff" * 10, bytes([1, 1, 0, 0, 5, 0, 14, 0, 0, 0]):
        t = trace(d, "h1", frame, vnet=vnet.hex())
        assert t["fate"] in ("dropped", "forwarded", "heard")


@pytest.mark.parametrize("params, code, path", [
    ({"port": "h9", "frame": "00"}, NOT_FOUND, "port"), ({"port": "h1", "frame": "0"}, INVALID_PARAMS, "frame"),
    ({"port": "h1", "frame": "0x00"}, INVALID_PARAMS, "frame"), ({"port": "h1", "frame": "00" * (FRAME_MAX + 1)}, INVALID_PARAMS, "frame"),
    ({"port": "h1", "frame": "00", "vnet": "00"}, INVALID_PARAMS, "vnet"), ({"port": "h1", "frame": "00", "vnet": "zz"}, INVALID_PARAMS, "vnet"),
    ({"port": "h1", "frame": "00", "vnet": "00" * 11}, INVALID_PARAMS, "vnet")
])
def test_a_wrong_request_is_refused(lab, params, code, path):
    d, *_ = lab.lan(2)
    with pytest.raises(RpcError) as e:
        d.rpc("switch.trace", **params)
    assert e.value.code == code and e.value.data.get("path") == path, e.value.data


# swctl

def ctl(d, *args, status=0, **kw):
    p = subprocess.run([SWCTL, "--socket", str(d.socket), "trace", *args], capture_output=True, text=True, timeout=30, **kw)
    assert p.returncode == status, (args, p.stdout, p.stderr)
    assert "Sanitizer" not in p.stderr and "runtime error" not in p.stderr, p.stderr
    return p.stdout if status == 0 else p.stderr


def made(d, *args):
    t = json.loads(ctl(d, "--json", "--in", "h1", *args))
    return bytes.fromhex(t["forms"][0]["bytes"]), t


def checks(data):
    """The internet checksum over bytes that hold one."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total == 0xffff


def test_a_frame_is_made_of_fields(lab):
    d, *_ = lab.lan(2)
    b, t = made(d, "--dst", station(2), "--src", station(1))
    assert b == mac_bytes(station(2)) + mac_bytes(station(1)) + b"\x88\xb5" + bytes(46)
    b, t = made(d, "--arp", "--ip", "10.0.0.1,10.0.0.2")
    assert b[:6] == b"\xff" * 6 and b[12:22] == bytes.fromhex("08060001080006040001") and len(b) == 60
    assert b[28:32] == bytes([10, 0, 0, 1]) and b[38:42] == bytes([10, 0, 0, 2])
    b, t = made(d, "--ip", "10.0.0.1,239.129.2.3", "--udp", "5000", "--len", "100", "--vlan", "10", "--pcp", "5")
    assert b[:6] == bytes.fromhex("01005e010203") and b[12:18] == bytes.fromhex("8100a00a0800") and len(b) == 100
    assert checks(b[18:38])
    assert checks(b[30:38] + bytes([0, 17]) + struct.pack("!H", 100 - 38) + b[38:100])
    b, t = made(d, "--dst", station(2), "--ip", "fd00::1,fd00::2", "--icmp")
    assert b[12:15] == b"\x86\xdd\x60" and b[54] == 128 and checks(b[22:54] + bytes([0, 0, 0, 8, 0, 0, 0, 58]) + b[54:62])
    b, t = made(d, "--ip", "fd00::1,ff05::1:3", "--udp", "1,2")
    assert b[:6] == bytes.fromhex("333300010003") and b[54:58] == bytes.fromhex("00010002")


def test_a_zero_is_not_the_same_as_nothing(lab):
    d, *_ = lab.lan(2)
    b, t = made(d, "--dst", station(2), "--ethertype", "0")
    assert b[12:14] == b"\0\0"
    b, t = made(d, "--dst", station(2), "--vlan", "010", "--len", "0x50")
    assert b[12:16] == bytes.fromhex("8100000a") and len(b) == 80, "decimal, whatever stands in front"
    assert json.loads(ctl(d, "--json", "--in", "h1", "--dst", station(2), "--len", "0"))["frame"]["len"] == 0


def test_a_frame_is_read_from_hex(lab, tmp_path):
    d, *_ = lab.lan(2)
    frame = sized(station(2), station(1), 70)
    for text in frame.hex(), frame.hex(" "), frame.hex(":").upper(), " ".join(f"0x{x:02x}" for x in frame):
        assert made(d, "--hex", text)[0] == frame
    file = tmp_path / "frame.txt"
    file.write_text("\n".join(frame.hex(" ")[i:i + 48] for i in range(0, 210, 48)))
    assert made(d, "--hex-file", str(file))[0] == frame
    t = json.loads(ctl(d, "--json", "--in", "h1", "--hex-file", "-", input=frame.hex()))
    assert bytes.fromhex(t["forms"][0]["bytes"]) == frame


def pcap(*frames, magic=0xa1b2c3d4, order="<"):
    out = struct.pack(f"{order}IHHIIII", magic, 2, 4, 0, 0, 262144, 1)
    for i, f in enumerate(frames):
        out += struct.pack(f"{order}IIII", i, 0, len(f), len(f)) + f
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)


def pcapng(*frames, names=("h1", "h2"), order="<"):
    """frames: (interface, bytes)"""
    out = block(0x0a0d0d0a, struct.pack(f"{order}IHHq", 0x1a2b3c4d, 1, 0, -1), order)
    for i, name in enumerate(names):
        raw = name.encode()
        out += block(1, struct.pack(f"{order}HHIHH", 1, 0, 1000 * i, 2, len(raw)) + raw + bytes(-len(raw) % 4) + bytes(4), order)
    for i, (interface, f) in enumerate(frames):
        out += block(6, struct.pack(f"{order}IIIII", interface, 0, i, len(f), len(f)) + f, order)
    return out


@pytest.mark.parametrize("order", "<>")
def test_a_frame_is_read_from_a_capture(lab, tmp_path, order):
    d, *_ = lab.lan(2)
    frames = [sized(station(2), station(1), n) for n in (60, 77, 300)]
    for name, content in ("a.pcap", pcap(*frames, order=order)), ("b.pcapng", pcapng(*enumerate_(frames), order=order)):
        (tmp_path / name).write_bytes(content)
        for n, frame in enumerate(frames, 1):
            assert made(d, "--pcap", str(tmp_path / name), "--frame", str(n))[0] == frame
        assert made(d, "--pcap", str(tmp_path / name))[0] == frames[0]
        assert "there are only 3 frames" in ctl(d, "--in", "h1", "--pcap", str(tmp_path / name), "--frame", "4", status=1)
        (tmp_path / name).write_bytes(content[:-3])
        ctl(d, "--in", "h1", "--pcap", str(tmp_path / name), "--frame", "3", status=1)


def enumerate_(frames):
    return [(i % 2, f) for i, f in enumerate(frames)]


@pytest.mark.parametrize("args, told", [
    ([], "needs --in PORT"), (["--in", "h1"], "needs --dst"), (["--in", "h1", "--tcp", "80"], "needs --ip"),
    (["--in", "h1", "--hex", "00", "--dst", station(1)], "in one way"), (["--in", "h1", "--hex", "0g"], "hexadecimal"),
    (["--in", "h1", "--hex", "000"], "odd number"), (["--in", "h1", "--dst", station(1), "--ip", "10.0.0.1,fd00::1"], "of one kind"),
    (["--in", "h1", "--dst", station(1), "--vlan", "5000"], "VLAN"), (["--in", "h1", "--dst", station(1), "--len", "99999"], "length"),
    (["--in", "h1", "--dst", station(1), "--ip", "1.2.3.4,1.2.3.5", "--tcp", "99999"], "port"), (["--in", "h1", "--frame", "2"], "--pcap"),
    (["--in", "h1", "--pcap", "/nonexistent"], "cannot open"), (["--in", "h1", "--hex-file", "/nonexistent"], "cannot open"),
    (["--in", "h1", "--dst", station(1), "--gso", "100"], "--gso needs"),
    (["--in", "h1", "--hex-file", "/tmp"], "cannot read /tmp: Is a directory"), (["--in", "h1", "--hex-file", "/dev/null"], "no frame"),
    (["--in", "h1", "--hex", " "], "no frame"), (["--in", "h1", "--dst", station(1), "--pcp", "3"], "--vlan VID"),
    (["--in", "h1", "--dst", station(1), "--ip", "1.2.3.4,1.2.3.5", "--tcp", "1", "--udp", "2"], "one of them"),
    (["--in", "h1", "--ip", "1.2.3.4,1.2.3.5", "--arp", "--icmp"], "one of them"),
    (["--in", "h1", "--ip", "1.2.3.4,1.2.3.5", "--arp", "--ethertype", "0"], "EtherType of its own"),
    *[(["--in", "h1", "--dst", station(1), "--ip", "1.2.3.4,1.2.3.5", "--udp", port], f'"{port}": allowed is a port')
      for port in ("+3,5", ",5", "5,", " 3", "1,-2", "0x", "1,2,3")],
    (["--in", "h1", "--dst", station(1), "--ip", "1.2.3.4,1.2.3.5", "--udp", "1", "--gso", "0"], "1 to 65535"),
])
def test_a_wrong_command_line_is_told(lab, args, told):
    d, *_ = lab.lan(1)
    assert told in ctl(d, *args, status=2)


def test_what_is_printed(lab):
    d, *_ = lab.lan(3, {"vlan_aware": True}, access=10)
    d.rpc("port.set", port="h3", access=20)
    text = ctl(d, "--in", "h1", "--dst", BROADCAST, "--src", station(7))
    for part in (f"frame:      {station(7)} -> {BROADCAST}", "fate:       forwarded to h2", "h3    no   it is not a member of VLAN 10",
                 "(IEEE 802.1Q-2018 6.9, 8.6.2)", f"{station(7)} would be learned on h1", "to h2, as it came, 60 bytes:", "0000   ff ff ff"):
        assert part in text, (part, text)
    assert d.macs() == {}
    text = ctl(d, "--in", "h1", "--dst", BROADCAST, "--vlan", "20")
    assert "fate:       dropped, not_in_vlan" in text and "lookup" not in text


def test_one_of_several_switches_has_to_be_named(lab):
    a, b = lab.host("h1"), lab.host("h2")
    d = lab.switchd({"switches": {"sw0": {"ports": {"h1": lab.tap(a)}}, "sw1": {"ports": {"h2": lab.tap(b)}}}})
    d.wait_up()
    assert "--switch NAME" in ctl(d, "--in", "h1", "--dst", BROADCAST, status=1)
    text = ctl(d, "--in", "h2", "--dst", BROADCAST, "--switch", "sw1")
    assert "on h2 of sw1" in text and "dropped, no_egress" in text
    assert "has no port" in ctl(d, "--in", "h1", "--dst", BROADCAST, "--switch", "sw1", status=1)


def test_many_ports_and_long_frames(lab):
    a, b = lab.host("h1"), lab.host("h2")
    ports = {f"u{n}": {"type": "udp", "local": f"127.0.0.1:{20000 + n}", "remote": f"127.0.0.1:{30000 + n}", "access": 10 + n % 3} for n in range(200)}
    ports.update({h.name: lab.tap(h, trunk="10,11,12", mtu=1500) for h in (a, b)})
    d = lab.switchd({"switches": {"sw0": {"vlan_aware": True, "ports": ports}}})
    d.wait_up()
    frame = tagged(eth(BROADCAST, station(1), noise(1480, 1)), (10,))
    for _ in range(20):
        t = trace(d, "h1", frame)
        assert len(out_ports(t)) == 1 + 67 and len(t["forms"]) == 2
    huge = trace(d, "u0", eth(BROADCAST, station(1), noise(FRAME_MAX - 14, 2)))
    assert huge["drop"] == "oversize"
    assert d.drops("h1") == {} and d.macs() == {}


def test_completion_offers_ports(lab):
    d, *_ = lab.lan(2)
    assert {"h1", "h2"} <= set(d.completed("trace", "--in", ""))
    assert {"--in", "--dst", "--pcap", "--gso"} <= set(d.completed("trace", "--"))

# SPDX-License-Identifier: ISC
"""Nothing a client sends stops frames: how long one waits while a client does its worst."""
import contextlib
import functools
import itertools
import json
import os
import signal
import socket
import struct
import threading
import time

import pytest

from daemon import SANITIZED
from frames import eth, mac_bytes, station
from metronome import Metronome
from netns import make_tap, sh
from rpc import RpcError
from wait import wait_until

# The longest that the switch may keep a frame; what is done in one piece between frames takes up to 5 ms.
LIMIT_S = float(os.environ.get("STEADY_LIMIT_MS", 75 if SANITIZED else 15)) / 1000
TRIES = 3
LINE_MAX = 1 << 20


class Steady:
    """Two hosts, frames from one to the other all the time, and a daemon to be kept from it."""

    def __init__(self, lab, settings=None, hosts=2, **how):
        self.lab = lab
        self.hosts = [lab.host(f"h{i + 1}") for i in range(hosts)]
        self.settings = settings or {}
        self.ports = {h.name: lab.tap(h) for h in self.hosts}
        # static, so that nothing is flooded when learned addresses are forgotten
        self.macs = [{"mac": h.mac, "port": h.name} for h in self.hosts]
        self.d = lab.switchd(self.config(), **how)
        self.d.wait_up()
        # The thread that forwards, not the others it has: so that less is lost where the machine is busy.
        os.setpriority(os.PRIO_PROCESS, self.d.pid, -20)
        self.metronome = Metronome(*self.hosts[:2], self.d.pid)
        lab.wires.append(self.metronome)

    def config(self, ports=None, macs=()):
        return {"switches": {"sw0": {**self.settings, "ports": {**self.ports, **(ports or {})},
                                     "macs": [*self.macs, *macs]}}}

    def during(self, attack, what, prepare=None):
        """
        Demands that no frame is lost or waits for attack(), done after prepare().  Something else on this machine may
        have been in the way, so it is tried more than once.
        """
        for _ in range(TRIES):
            if prepare:
                prepare()
            wait = self.metronome.measure(attack)
            print(f"STEADY {what}: {wait}")
            if not wait.lost and wait.own < LIMIT_S:
                return
        raise AssertionError(f"{what}: {wait}")


@pytest.fixture
def steady(lab):
    return Steady(lab)


def request(method, params=None, **more):
    r = {"jsonrpc": "2.0", "id": 1, "method": method, **more}
    if params is not None:
        r["params"] = params
    return json.dumps(r)


def raw(d):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(str(d.socket))
    s.settimeout(60)
    return s


def ask(d, *lines, answers=True):
    """Sends each line on one connection and reads the answer before the next."""
    with contextlib.closing(raw(d)) as s, s.makefile("rb") as inp:
        for line in lines:
            s.sendall(line.encode() + b"\n")
            if answers:
                assert inp.readline(), "hung up on"


def at_once(n, fn):
    """fn(i) in a thread for each of n."""
    errors = []

    def run(i):
        try:
            fn(i)
        except (OSError, AssertionError) as e:
            errors.append(e)
    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors, errors


def of_length(length, before, items, after):
    """before + items, with commas between, + after, as many as fit."""
    room = length - len(before) - len(after)
    parts = []
    for item in items:
        room -= len(item) + 1
        if room < 0:
            break
        parts.append(item)
    return before + ",".join(parts) + after


def numbered_keys():
    return (f'"{n:x}":{n}' for n in itertools.count())


# JSON values of nearly a megabyte, each of them work of a different kind.
ROOM = LINE_MAX - 300
VALUES = {
    "empty objects": ("[", lambda: itertools.repeat("{}"), "]"),
    "empty arrays": ("[", lambda: itertools.repeat("[]"), "]"),
    "deep objects": ("[", lambda: itertools.repeat('{"a":' * 28 + "0" + "}" * 28), "]"),
    "distinct keys": ("{", numbered_keys, "}"),
    "whole numbers": ("[", lambda: itertools.repeat("1"), "]"),
    "broken numbers": ("[", lambda: itertools.repeat("1e-3"), "]"),
    "a long number": ("0.", lambda: ["1" * (ROOM - 3)], ""),
    "short strings": ("[", lambda: itertools.repeat('""'), "]"),
    "escaped strings": ("[", lambda: itertools.repeat('"\\u00e9\\n"'), "]"),
    "a long string": ('"', lambda: ["\\u00e9" * (ROOM // 6 - 1)], '"'),
    "names of events": ("[", lambda: (f'"mac.{n}"' for n in itertools.count()), "]"),
}


@functools.cache
def value_of(kind):
    before, items, after = VALUES[kind]
    return of_length(ROOM, before, items(), after)


@pytest.mark.parametrize("kind", VALUES)
def test_a_line_of_a_megabyte(steady, kind):
    value = value_of(kind)
    lines = {
        "alone": value,
        "wrong at its last byte": value[:-1] + "?",
        "as parameters": request("config.apply").replace("}", ',"params":{"config":' + value + "}}"),
        "as a name": request("daemon.info").replace("}", ',"params":{"x":' + value + "}}"),
        "as an id": request("daemon.info").replace('"id": 1', '"id":' + value),
    }
    for where, line in lines.items():
        assert len(line) <= LINE_MAX
        steady.during(lambda: ask(steady.d, line, line), f"{kind} {where}")
    notification = lines["as parameters"].replace('"id": 1, ', "")
    info = request("daemon.info")
    steady.during(lambda: ask(steady.d, f"{notification}\n{info}", f"{notification}\n{info}"), f"{kind} unanswered")


def test_a_megabyte_in_each_parameter_of_each_method(steady):
    d = steady.d
    longs = {"string": value_of("a long string"), "array": value_of("names of events"),
             "object": value_of("distinct keys"), "integer": "9" * ROOM}
    for method in d.rpc("rpc.discover")["methods"]:
        lines = [f'{{"jsonrpc":"2.0","id":1,"method":"{method["name"]}","params":{{"{p["name"]}":{longs[p["type"]]}}}}}'
                 for p in method["params"]]
        lines.append(f'{{"jsonrpc":"2.0","id":1,"method":"{method["name"]}","params":{longs["array"]}}}')
        steady.during(lambda: ask(d, *lines), method["name"])


# Just short enough to be taken apart between frames (RPC_LONG).
SHORT = of_length(16000, "[", itertools.repeat("[]"), "]")


def test_many_lines_that_are_just_short_enough(steady):
    steady.during(lambda: ask(steady.d, *[SHORT] * 200), "16 kB")


def test_64_clients_at_once(steady):
    items = "{}", '{"a":{"a":{}}}', '"\\u00e9"'
    lines = [of_length(LINE_MAX // 4, "[", itertools.repeat(item), "]") for item in items]
    steady.during(lambda: at_once(63, lambda i: ask(steady.d, lines[i % len(lines)])), "63 clients")


def test_clients_that_send_half_and_vanish(steady):
    value = value_of("empty objects")

    def attack():
        for size in (1, 1000, 20_000, 100_000, len(value) - 1):
            crowd = [raw(steady.d) for _ in range(20)]
            for s in crowd:
                s.sendall(value[:size].encode())
            for s in crowd:
                s.close()
        for _ in range(10):  # carried out, and nobody there to be told
            s = raw(steady.d)
            s.sendall(value.encode() + b"\n" + request("port.list").encode() + b"\n")
            s.close()
        wait_until(lambda: steady.d.rpc("daemon.info")["clients"] == 1, 60)
    steady.during(attack, "vanishing")


def test_events_for_many_subscribers(steady):
    """A client that changes something has each of the others told."""
    d = steady.d
    crowd = [d.subscribe() for _ in range(62)]
    stop = threading.Event()

    def listen(s):
        with contextlib.suppress(OSError):
            while not stop.is_set() and s.recv(1 << 20):
                pass
    listeners = [threading.Thread(target=listen, args=(c.sock,)) for c in crowd]
    for t in listeners:
        t.start()
    batch = json.dumps([json.loads(request(method, {"switch": f"s{i}"}))
                        for i in range(60) for method in ("switch.add", "switch.del")])
    try:
        steady.during(lambda: ask(d, batch, batch, batch, batch), "events")
    finally:
        stop.set()
        d.rpc("switch.add", switch="last")
        for t in listeners:
            t.join()


# ---- many ports ----

def many(n, netns="n0", **options):
    return {f"p{i}": {"type": "tap", "netns": netns, **options} for i in range(n)}


@contextlib.contextmanager
def chatter(wires):
    """Each of them sends a frame every few milliseconds, which the switch drops."""
    talkers = [(w.sock, eth("01:80:c2:00:00:00", station(0x100 + i), bytes(46))) for i, w in enumerate(wires)]
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            while True:
                for sock, frame in talkers:
                    sock.send(frame)
                time.sleep(0.002)
        os._exit(1)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


PORTS = 300 if not SANITIZED else 100


def test_many_ports(steady):
    d = steady.d
    steady.lab.host("n0")
    d.rpc("config.apply", config=steady.config(many(PORTS)))
    d.wait_up()
    for method in "rpc.discover", "port.list", "config.get", "stats.get", "drops.list", "switch.list", "mac.list":
        answered, not_answered = json.loads(request(method)), json.loads(request(method))
        del not_answered["id"]
        steady.during(lambda: ask(d, json.dumps([answered] * 1000)), f"batch of {method}")
        steady.during(lambda: ask(d, json.dumps([not_answered] * 50 + [answered])), f"batch of {method}, unanswered")

    with chatter([steady.lab.wire("n0", f"p{i}") for i in range(PORTS)]):
        steady.during(lambda: at_once(40, lambda i: ask(d, *[SHORT] * 20)), "many ports with something to say")


def test_many_ports_come_and_go(steady):
    client = steady.d.client(timeout=60)
    steady.lab.host("n0")
    plain, full = steady.config(), steady.config(many(PORTS))
    last_fails = steady.config({**many(PORTS), "q": {"type": "tap", "netns": "n0", "ifname": "lo"}})

    def fail():
        with pytest.raises(RpcError):
            client("config.apply", config=last_fails)

    steady.during(lambda: [client("config.apply", config=c) for c in (full, plain)], f"{PORTS} ports added and removed")
    steady.during(fail, f"{PORTS} ports added and undone")


def test_ports_move_and_change(steady):
    client = steady.d.client(timeout=60)
    for name in "n0", "n1":
        steady.lab.host(name)
    elsewhere = {"switches": {**steady.config()["switches"], "sw1": {"max_macs": 4194304, "ports": many(50)}}}
    configs = [
        ("removed", steady.config()),
        ("added", steady.config(many(50))),
        ("moved", steady.config(many(50, "n1"))),
        ("changed", steady.config(many(50, "n1", mtu=1000, up=False))),
        ("reopened", steady.config(many(50, "n1", ifname="tap%d"))),
        ("moved to a switch", elsewhere),
        ("removed with it", steady.config()),
    ]
    for (_, before), (what, after) in itertools.pairwise(configs):
        steady.during(lambda: client("config.apply", config=after), f"50 ports {what}",
                      prepare=lambda: client("config.apply", config=before))
    client("port.add", port="t", netns="n0")
    steady.during(lambda: [client("port.set", port="t", netns=f"n{(i + 1) % 2}") for i in range(20)],
                  "a port moved to and fro")


# ---- many addresses ----

def addresses(n):
    return [{"mac": f"02:03:00:{i >> 16:02x}:{i >> 8 & 255:02x}:{i & 255:02x}", "port": "h1"} for i in range(n)]


def total(d):
    return d.rpc("mac.list", limit=1)["total"]


FULL = 20_000 if not SANITIZED else 5000  # nearly a megabyte


def test_filters_that_take_long_to_make(steady):
    """Tens of milliseconds each, and as many as fit into a configuration."""
    client = steady.d.client(timeout=60)
    fresh = itertools.count(1)

    def text():
        n = next(fresh)
        return " and ".join(f"not port {n * 50 + i}" for i in range(50))

    def one_by_one():
        for _ in range(5):
            client("port.set", port="h1", filter_in=text())

    def bad():
        for _ in range(5):
            with pytest.raises(RpcError):
                client("port.set", port="h1", filter_in=f"{text()} and ip and not ip")

    def at_once():
        ports = {k: {**p, "filter_in": text(), "filter_out": text()} for k, p in steady.ports.items()}
        client("config.apply", config=steady.config(ports))

    steady.during(one_by_one, "filters set one after the other")
    steady.during(bad, "filters that are refused")
    steady.during(at_once, "a configuration with filters")
    steady.during(lambda: client("config.apply", config=steady.config()), "filters taken away")


def test_static_addresses(steady):
    d = steady.d
    plain, full = ({"config": steady.config(macs=addresses(n))} for n in (0, FULL))
    info = request("daemon.info")
    for method, params in ("config.check", full), ("config.diff", full), ("config.apply", full), ("config.get", None):
        lines = [request(method, p) for p in ((plain, params) if method == "config.apply" else (params, params))]
        assert all(len(line) < LINE_MAX for line in lines)
        steady.during(lambda: ask(d, *lines), f"{method} of {FULL} addresses")
        notifications = [line.replace('"id": 1, ', "") for line in lines]
        steady.during(lambda: ask(d, *[f"{n}\n{info}" for n in notifications]), f"{method} of {FULL}, unanswered")
    assert len(d.rpc("config.get")["config"]["switches"]["sw0"]["macs"]) == FULL + 2


HUGE = 60_000 if not SANITIZED else 10_000


def test_more_static_addresses_than_fit_into_a_line(lab):
    steady = Steady(lab, {"max_macs": 1 << 20})
    d = steady.d
    lab.host("n0")
    ports = {**steady.ports, **many(100)}
    few = {"switches": {"sw0": {**steady.settings, "ports": steady.ports, "macs": steady.macs}}}
    fails = {"switches": {"sw0": {**steady.settings, "macs": [], "ports": {
        **steady.ports, "q": {"type": "tap", "netns": "n0", "ifname": "lo"}}}}}
    lots = {"switches": {"sw0": {**steady.settings, "ports": ports, "macs": steady.macs + [
        {**m, "port": f"p{i % 100}"} for i, m in enumerate(addresses(HUGE))]}}}
    client = d.client(timeout=60)

    def reload(config, count):
        d.write_config(config)
        d.signal(signal.SIGHUP)
        wait_until(lambda: total(d) == count, 60)

    def undone():
        with pytest.raises(RpcError):
            client("config.apply", config=fails)

    def unread():
        crowd = [raw(d) for _ in range(20)]
        for s in crowd:
            s.sendall(request("config.get").encode() + b"\n")
        for s in crowd:
            s.recv(1)
        for s in crowd:
            s.close()
        time.sleep(0.2)

    def come():
        reload(lots, HUGE + 2)

    steady.during(lambda: (come(), reload(few, 2)), f"SIGHUP, {HUGE} addresses")
    come()
    steady.during(lambda: client("config.get"), f"config.get of {HUGE}")
    steady.during(lambda: client("config.diff", config=few), f"config.diff of {HUGE}")
    steady.during(unread, f"config.get of {HUGE} by clients that do not read it")
    steady.during(undone, f"config.apply of none for {HUGE}, undone")
    quietly = request("config.apply", {"config": few}).replace('"id": 1, ', "") + "\n" + request("daemon.info")
    steady.during(lambda: ask(d, quietly), f"config.apply of none for {HUGE}, unanswered",
                  prepare=lambda: total(d) > HUGE or come())


def fill(d, host, count):
    """Has count addresses learned, as fast as the daemon reads."""
    window = 40_000
    host.ip_cmd(f"link set {host.ifname} txqueuelen {window * 2}")  # with the default, some would be lost
    head, tail = mac_bytes(host.mac) + b"\x02\x01", eth(host.mac, host.mac, bytes(46))[12:]  # goes nowhere
    host.wire.send(head + bytes(4) + tail)
    send = host.wire.sock.send
    before = d.stats(host.name)["rx_frames"]
    for first in range(0, count, window):
        last = min(first + window, count)
        for n in range(first, last):
            send(head + struct.pack("!I", n) + tail)
        wait_until(lambda: d.stats(host.name)["rx_frames"] - before >= last - window // 2, 30)
    wait_until(lambda: d.stats(host.name)["rx_frames"] - before >= count, 30)
    assert total(d) >= count


MILLION, MANY = (1_000_000, 300_000) if not SANITIZED else (200_000, 100_000)


@pytest.fixture
def large(lab):
    return Steady(lab, {"max_macs": 1 << 20, "ageing_s": 0}, hosts=3)


def test_a_million_learned_addresses(large):
    d, third = large.d, large.hosts[2]
    fill(d, third, MILLION)
    large.during(lambda: [d.rpc("switch.set", max_macs=m) for m in (4194304, 1 << 20)], "a table of a million resized")
    large.during(lambda: list(d.mac_pages(vlan=7)), "a table of a million searched")
    large.during(lambda: d.rpc("mac.flush", vlan=0), "a VLAN of a million flushed",
                 prepare=lambda: total(d) >= MILLION or fill(d, third, MILLION))
    large.during(lambda: list(d.mac_pages()), "an empty table listed")


def test_many_learned_addresses_are_forgotten(large):
    d, third = large.d, large.hosts[2]
    config = large.config()

    def forget(what, attack):
        def prepare():
            d.rpc("config.apply", config=config)
            fill(d, third, MANY)
        large.during(lambda: (attack(), wait_until(lambda: total(d) <= 3)), what, prepare)

    forget("a port flushed", lambda: d.rpc("mac.flush", port="h3"))
    forget("a table aged", lambda: d.rpc("switch.set", ageing_s=1))
    forget("a port removed", lambda: d.rpc("port.del", port="h3"))


# ---- what the daemon waits for outside of itself ----

def around(setup):
    """A command that runs another in a mount namespace of its own, where setup was carried out."""
    return ["unshare", "--mount", "sh", "-ec", setup + '; exec "$@"', "sh"]


def test_a_log_that_nobody_reads(lab):
    """Each change is logged; syslogd may be slow, or stopped."""
    log = lab.directory / "log"
    sink = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sink.bind(str(log))
    # the socket as /dev/log, in a /dev that otherwise has what is needed
    setup = f"""
        mkdir {lab.directory}/dev; mount -t tmpfs dev {lab.directory}/dev; cd {lab.directory}/dev
        mkdir net; touch log null net/tun; mount --bind {log} log
        for f in null net/tun; do mount --bind /dev/$f $f; done
        cd /; mount --move {lab.directory}/dev /dev"""
    with sink:
        steady = Steady(lab, args=["--log", "syslog"], prefix=around(setup))
        client = steady.d.client(timeout=3)
        steady.during(lambda: [client("stats.clear") for _ in range(100)], "a log that nobody reads")
        sink.setblocking(False)
        assert b"switchd" in sink.recv(1000)


def test_a_directory_of_groups_that_is_slow(lab):
    """Names of groups may come from a server; here, from a pipe instead of /etc/group."""
    fifo = lab.directory / "fifo"
    os.mkfifo(fifo)
    steady = Steady(lab, prefix=around(":"))
    d = steady.d
    enter = ["nsenter", f"--mount=/proc/{d.pid}/ns/mnt"]

    def attack():
        sh(*enter, "mount", "--bind", fifo, "/etc/group")
        client = d.client()
        client.send_line(request("config.apply", {"config": {**steady.config(), "control": {"group": "0"}}}))
        time.sleep(0.2)  # it is looking for the group now
        sh(*enter, "umount", "-l", "/etc/group")
        wait_until(lambda: opened_for_writing(fifo) and client.read(0.05), what="the answer")
        client.close()
        d.rpc("config.apply", config=steady.config())
    steady.during(attack, "a slow directory of groups")


def opened_for_writing(fifo):
    """Whoever waits to read it finds that it is empty."""
    with contextlib.suppress(OSError):
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    return True


@pytest.mark.parametrize("kind", ["tap", "udp", "netdev", "patch"])
def test_a_storm_that_goes_to_hundreds_of_remotes(lab, kind):
    """Each frame of which is hundreds of datagrams: the turn ends when it has sent as many as a turn may."""
    storm = lab.host("storm")
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as peer, \
            os.fdopen(make_tap("under0", persist=False)):  # nobody reads from it, so that sending costs little
        storm_to_remotes(lab, kind, storm, peer)


def storm_to_remotes(lab, kind, storm, peer):
    sh("ip", "link", "set", "under0", "arp", "off", "txqueuelen", "1", "up")
    sh("ip", "addr", "add", "198.18.0.1/15", "dev", "under0")
    steady = Steady(lab)
    steady.d.rpc("switch.add", switch="far")
    steady.d.rpc("port.add", switch="far", port="vxlan", type="vxlan", vni=1,
                 remotes=",".join(f"198.18.1.{n}" for n in range(256)))
    if kind == "netdev":
        sh("ip", "link", "add", "storm", "type", "veth", "peer", "name", storm.ifname, "netns", storm.name)
        sh("ip", "link", "set", "storm", "up")
        storm.ip_cmd(f"link set {storm.ifname} up")
    if kind == "patch":
        steady.d.rpc("switch.add", switch="near")
        steady.d.rpc("port.add", switch="near", port="out", type="patch", peer="far/storm")
        steady.d.rpc("port.add", switch="near", port="storm", **lab.tap(storm))
    steady.d.rpc("port.add", switch="far", port="storm", **{
        "tap": lab.tap(storm),
        "udp": {"type": "udp", "local": "127.0.0.1:4000", "remote": "127.0.0.1:4001"},
        "netdev": {"type": "netdev"},
        "patch": {"type": "patch", "peer": "near/out"},
    }[kind])
    wait_until(lambda: steady.d.port("storm", switch="far")["state"] == "up")
    # of many lengths, so that no two can leave as one message
    frames = [eth("ff:ff:ff:ff:ff:ff", storm.mac, bytes(50 + n)) for n in range(500)]
    peer.bind(("127.0.0.1", 4001))

    def blow():
        for _ in range(4):
            if kind == "udp":
                for f in frames:
                    peer.sendto(f, ("127.0.0.1", 4000))
            else:
                storm.wire.send(*frames)
            time.sleep(0.2)
    steady.during(blow, f"a storm from a {kind} port to hundreds of remotes")
    assert steady.d.stats("vxlan", switch="far")["tx_frames"] > 64 * 256

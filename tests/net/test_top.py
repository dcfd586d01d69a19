# SPDX-License-Identifier: ISC
"""swctl top, on a terminal: what it shows of real traffic, what its keys do, how it ends."""
import json
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from daemon import SWCTL
from frames import BROADCAST, sized, station
from screen import Screen
from wait import holds_for, wait_until

USAGE, UNREACHABLE = 2, 3


@pytest.fixture
def screens(lab):
    open_ones = []

    def top(d, *args, name="top", width=80, height=24, **env):
        s = Screen(lab.directory, name, [SWCTL, "--socket", d.socket, "top", *args], width, height, **env)
        open_ones.append(s)
        return s
    yield top
    for s in open_ones:
        s.close()


class Talker:
    """So many frames a second from a host, until the end of the block."""

    def __init__(self, host, frame, per_second):
        self.host, self.frame, self.pause = host, frame, 1 / per_second
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._talk)

    def _talk(self):
        due = time.monotonic()
        while not self.over.is_set():
            self.host.wire.send(self.frame)
            due += self.pause
            time.sleep(max(0, due - time.monotonic()))

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def number(text):
    """12.3k as 12300"""
    m = re.fullmatch(r"([0-9.]+)([kMG]?)", text)
    assert m, text
    return float(m[1]) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[m[2]]


def names(screen):
    """Of the ports, from top to bottom."""
    lines = screen.lines()
    first = next((i for i, line in enumerate(lines) if line.startswith("PORT")), len(lines))
    rows = []
    for line in lines[first + 1:]:
        if not line or line.startswith("DROPPED"):
            break
        rows.append(line.split()[0])
    return rows


def shows(*texts):
    return lambda picture: all(t in picture for t in texts)


def clients(d, n):
    wait_until(lambda: d.rpc("daemon.info")["clients"] == n, what=f"{n} clients")


def test_traffic_drops_and_events_are_seen(lab, screens):
    d, a, b, c = lab.lan(3, addresses=False)
    d.rpc("port.set", port="h3", filter_in="less 10")
    s = screens(d, "--interval", "0.5")
    s.wait(shows("3 of 3 ports up", "h1", "h2", "h3"), "the ports")
    assert all(len(line) <= 80 for line in s.lines()) and len(s.lines()) <= 24
    with Talker(a, sized(b.mac, a.mac, 1000), 100), Talker(c, sized(a.mac, c.mac, 200), 50):
        s.wait(lambda _: 400e3 < number(s.row("h1")[2]) < 1200e3, "the rate of what h1 sends")
        assert 50 < number(s.row("h1")[3]) < 150, "frames a second"
        s.wait(lambda _: s.row("filter_in") and 20 < number(s.row("filter_in")[1]) < 80, "the rate of the drops")
        s.wait(lambda _: number(s.row("h3")[-2]) > 20, "the rate of the drops of h3")
        s.wait(lambda text: "█" in text, "a curve")
        s.wait(shows("mac.learned"), "the address of h1 to be learned")
        assert a.mac in s.text()
    s.wait(lambda _: number(s.row("h1")[2]) == 0, "the end of the traffic")
    total = number(s.row("filter_in")[2])
    assert total == d.drops("h3")["filter_in"]
    # events came by themselves, not by asking: a port that goes away and comes back
    d.rpc("port.del", port="h2")
    s.wait(lambda text: "port.removed" in text and s.row("h2") is None, "h2 to be gone")
    s.keys("q")
    assert s.ended() == 0
    s.check_restored()


def test_rows_are_put_in_order_and_filtered(lab, screens):
    hosts = [lab.host(f"n{i}") for i in range(3)]
    ports = {f"web{i}": {"type": "tap", "netns": h.name, "ifname": h.ifname, "mac": h.mac} for i, h in enumerate(hosts)}
    ports["web10"] = {"type": "patch", "peer": "no/where"}
    ports["cable"] = {"type": "netdev", "ifname": "gone0"}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    for i in range(3):
        d.wait_port(f"web{i}")
    s = screens(d, "--interval", "0.5")
    s.wait(lambda _: names(s) == ["cable", "web0", "web1", "web2", "web10"], "the order of names")
    hosts[2].wire.send(sized(BROADCAST, hosts[2].mac, 60))
    # for itself: it goes nowhere, and only web2 has traffic
    with Talker(hosts[2], sized(hosts[2].mac, hosts[2].mac, 500), 50):
        s.keys("r")
        s.wait(lambda _: names(s)[0] == "web2", "the one that sends most to be the first")
        s.keys("R")
        s.wait(lambda _: names(s)[-1] == "web2", "the other way round")
        s.keys("n")
        s.wait(lambda _: names(s)[0] == "cable", "the order of names")
    s.keys("/")
    s.type("web1")
    s.wait(lambda text: names(s) == ["web1", "web10"] and "only rows with: web1" in text, "the filter")
    s.keys("BSpace")
    s.wait(lambda _: len(names(s)) == 4, "a shorter filter")
    s.keys("Enter")
    s.keys("q", "q")  # typed no more: the first one ends it
    assert s.ended() == 0


def test_a_filter_that_nothing_has_says_so(lab, screens):
    d, *_ = lab.lan(2, addresses=False)
    s = screens(d)
    s.wait(shows("h1", "h2"), "the ports")
    s.keys("/")
    s.type("zzz")
    s.wait(shows("nothing has that"), "the sentence")
    s.keys("Escape")
    s.wait(lambda _: names(s) == ["h1", "h2"], "all")


def test_drops_come_first_where_that_is_asked_for(lab, screens):
    d, a, b = lab.lan(2, addresses=False)
    d.rpc("port.set", port="h2", filter_in="less 10")
    s = screens(d, "--interval", "0.5")
    s.wait(shows("h1", "h2"), "the ports")
    s.keys("d")
    with Talker(b, sized(a.mac, b.mac, 100), 20):
        s.wait(lambda _: names(s) == ["h2", "h1"], "the one with drops to be first")


def test_all_about_one_port(lab, screens):
    d, a, b = lab.lan(2, addresses=False)
    d.rpc("port.set", port="h2", filter_in="less 10")
    b.wire.send(sized(BROADCAST, b.mac, 60))
    wait_until(lambda: d.drops("h2"), what="the drop")
    d.rpc("switch.set", stp="rstp")
    a.wire.send(sized(BROADCAST, a.mac, 60))
    s = screens(d, "--interval", "0.5", height=50)
    s.wait(lambda text: s.row("h2") and "STP" in text, "the tree")
    s.wait(lambda _: "desig" in s.row("h2"), "the role of h2")
    s.keys("Down")
    s.keys("Enter")
    s.wait(shows("port:       h2", "filter_in", "SPANNING TREE", "designated"), "what is known of h2")
    sentence = next(r["text"] for r in d.rpc("drops.explain", reason="filter_in")["reasons"])
    assert sentence.split(";")[0][:30] in " ".join(s.text().split()), "the drop in words"
    s.keys("Escape")
    s.wait(lambda _: names(s) == ["h1", "h2"], "the ports")
    s.keys("Up", "Enter")
    s.wait(lambda _: "port:       h1" in s.text(), "h1")
    wait_until(lambda: a.wire.send(sized(BROADCAST, a.mac, 60)) or d.port("h1")["macs"],
               what="h1 to forward")
    s.wait(shows("ADDRESSES", a.mac), "the address of h1")
    d.rpc("port.del", port="h1")
    s.wait(shows("there is no port h1"), "the sentence")
    s.keys("q")
    s.wait(lambda _: names(s) == ["h2"], "back at the ports")


def test_from_switch_to_switch(lab, screens):
    d = lab.switchd()
    d.rpc("switch.add", switch="two")
    d.rpc("port.add", switch="sw0", port="left")
    d.rpc("port.add", switch="two", port="right")
    s = screens(d)
    s.wait(lambda text: "sw0 (one of 2)" in text and "left" in text, "the first switch")
    s.keys("Tab")
    s.wait(lambda text: "two (one of 2)" in text and "right" in text and "left" not in text, "the second")
    s.keys("w")
    s.wait(shows("SWITCH", "FORWARD/S"), "the switches")
    assert s.row("sw0")[1] == "1" and s.row("two")[1] == "1"
    s.keys("Up", "Enter")
    s.wait(lambda text: "left" in text and "sw0 (" in text, "the first one again")
    d.rpc("switch.del", switch="sw0")
    s.wait(lambda text: "two  every" in text and "right" in text, "the one that is left")
    d.rpc("switch.del", switch="two")
    s.wait(shows("no switches yet"), "none")
    d.rpc("switch.add", switch="three")
    s.wait(shows("three", "no ports yet"), "a new one")
    by_name = screens(d, "--switch", "three", name="named")
    by_name.wait(shows("swctl top  three"), "the switch that is named")
    wrong = screens(d, "--switch", "thre", name="wrong")
    assert wrong.ended() == 1
    wrong.wait(shows("there is no switch", "three"), "what was meant")


def test_ports_of_one_name_are_not_taken_for_each_other(lab, screens):
    """Another switch is chosen while the daemon still works on an answer about the first one."""
    many, few = lab.host("n1"), lab.host("n2")
    d = lab.switchd({"switches": {"a": {"ports": {"up": lab.tap(many)}}, "b": {"ports": {"up": lab.tap(few)}}}})
    for sw, host, n in (("a", many, 2000), ("b", few, 200)):
        d.wait_port("up", switch=sw)
        for _ in range(n):
            host.wire.send(sized(BROADCAST, host.mac, 60))
        wait_until(lambda: d.port("up", switch=sw)["stats"]["rx_frames"] >= n, what="them to be counted")
    s = screens(d)
    s.wait(lambda text: "top  a " in text and s.row("up"), "the first switch")
    d.signal(signal.SIGSTOP)
    s.wait(shows("has not answered"), "a question without an answer")
    s.keys("Tab")
    s.wait(shows("top  b "), "the second one")
    d.signal(signal.SIGCONT)
    s.wait(lambda _: s.row("up"), "its port")
    holds_for(lambda: number(s.row("up")[3]) < 50, 2, "what the second one brings in, which is nothing,")


def test_the_daemon_is_started_again(lab, screens):
    d, a, b = lab.lan(2, addresses=False)
    s = screens(d, "--interval", "0.5")
    s.wait(shows("2 of 2 ports up"), "the ports")
    d.kill()
    s.wait(shows("switchd is not running", "tried again"), "the loss to be told")
    s.keys("?")  # keys still do something
    s.wait(shows("KEYS"), "help")
    s.keys("q")
    d.start()
    d.wait_up()
    s.wait(lambda text: "2 of 2 ports up" in text and "not running" not in text and "top.connected" in text,
           "the new one")
    a.rewire()
    with Talker(a, sized(b.mac, a.mac, 1000), 100):
        s.wait(lambda _: 400e3 < number(s.row("h1")[2]) < 1200e3, "the rates of the new one")


def test_a_daemon_that_hangs_is_told_and_keys_work(lab, screens):
    d, *_ = lab.lan(2, addresses=False)
    s = screens(d, "--interval", "0.5")
    s.wait(shows("2 of 2 ports up"), "the ports")
    d.signal(signal.SIGSTOP)
    try:
        s.wait(shows("has not answered for"), "that to be told")
        s.keys("?")
        s.wait(shows("KEYS"), "help")
    finally:
        d.signal(signal.SIGCONT)
    s.keys("q")
    s.wait(shows("2 of 2 ports up"), "it to go on")
    s.keys("q")
    assert s.ended() == 0


def test_the_window_changes_its_size(lab, screens):
    ports = {f"p{i}": {"type": "tap"} for i in range(40)}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    d.wait_up()
    s = screens(d, width=200, height=50)
    s.wait(shows("40 of 40 ports up"), "the ports")
    s.wait(lambda _: len(names(s)) > 20, "the rows")
    assert all(len(line) <= 200 for line in s.lines())
    s.resize(80, 24)
    s.wait(lambda text: len(names(s)) < 15 and "q quit" in text.splitlines()[23], "24 lines")
    s.resize(40, 10)
    s.wait(shows("top needs 50x16, has 40x10"), "too little")
    s.resize(132, 30)
    s.wait(lambda text: len(names(s)) > 5 and "q quit" in text.splitlines()[29], "30 lines")
    shown = len(names(s))
    # to the last row and back, the cursor always in sight
    assert "p39" not in names(s)
    s.keys("End")
    s.wait(lambda _: names(s)[-1] == "p39" and len(names(s)) == shown, "the last row")
    s.keys("PPage", "PPage", "PPage", "PPage", "PPage")
    s.wait(lambda _: names(s)[0] == "p0", "the first row")


@pytest.mark.parametrize("first,key,then", [("0.1", "-", "0.1"), ("0.1", "+", "0.2"), ("3", "-", "2"), ("3", "+", "5"),
                                            ("3600", "+", "3600"), ("3600", "-", "60")])
def test_a_longer_time_and_a_shorter(lab, screens, first, key, then):
    d, *_ = lab.lan(1, addresses=False)
    s = screens(d, "--interval", first)
    s.wait(shows(f"every {first}s", "1 of 1"), "the picture")
    s.keys(key, "w")
    s.wait(shows("FORWARD/S", f"every {then}s"), f"{then} seconds")


def test_a_narrow_window_cuts_no_numbers(lab, screens):
    """Of half a number nobody can tell what it was; and a name that is cut may be that of two ports."""
    alike = [f"a-port-with-a-long-name-{i}" for i in (1, 2)]
    d, a, b = lab.lan(2, addresses=False)
    for name in alike:
        d.rpc("port.add", port=name, type="patch", peer=f"no/{name}")
    d.rpc("port.set", port="h1", filter_in="less 10")
    for _ in range(40):
        a.wire.send(*[sized(BROADCAST, a.mac, 60)] * 25)
    wait_until(lambda: sum(d.drops("h1").values()) >= 1000, what="frames to be dropped")
    s = screens(d, width=80)
    s.wait(lambda _: set(alike) < set(names(s)), "names in full")
    total = str(d.drops("h1")["filter_in"])

    def whole(text, width):
        lines = text.splitlines()
        rows = {line.split()[0]: line.split() for line in lines if line}
        title = rows.get("PORT", [""])
        return (len(lines[0]) <= width and rows.get("filter_in", [])[1:] == ["0", total] and "EVENTS" in rows
                and re.match(r"2 of 4 (ports )?up.*/s$", lines[1]) and re.match(r"a second: .* [a-z]+$", lines[2])
                and title[-1] in ("DROP/S", "MACS") and len(rows.get("h1", [])) == len(title))
    for width in 50, 51, 52, 53, 56, 60, 64, 70, 75, 79:
        s.resize(width, 16)
        s.wait(lambda text, w=width: whole(text, w), f"{width} columns of whole numbers")
    s.keys("w")
    for width, last in (50, "FORWARD/S"), (53, "FLOOD/S"), (60, "DROP/S"), (75, "LEARN/S"), (76, "MOVE/S"):
        s.resize(width, 16)
        s.wait(lambda text, t=last: re.search(rf" {t}\nsw0( +[0-9.]+k?)+\n", text), last)
    s.resize(20, 5)
    s.wait(lambda text: " ".join(text.split()) == "top needs 50x16, has 20x5; q quits", "all that is to be said")


def test_a_thousand_ports(lab, screens):
    ports = {f"p{i}": {"type": "patch", "peer": "no/where"} for i in range(1000)}
    d = lab.switchd({"switches": {"sw0": {"ports": ports}}})
    s = screens(d)
    s.wait(shows("of 1000 ports up"), "the ports")
    s.keys("End")
    s.wait(lambda _: names(s)[-1] == "p999", "the last one")
    s.keys("/")
    s.type("p77")
    s.wait(lambda _: names(s)[:2] == ["p77", "p770"], "the filter")


def test_a_stopped_picture_stays(lab, screens):
    d, a, b = lab.lan(2, addresses=False)
    s = screens(d, "--interval", "0.2")
    s.wait(shows("2 of 2 ports up"), "the ports")
    s.keys("p")
    s.wait(shows("PAUSED"), "that to be told")
    still = s.lines()[1:]
    a.wire.send(sized(BROADCAST, station(0x77), 60))
    holds_for(lambda: s.lines()[1:] == still, 1.5, "the picture")
    s.keys("p")
    s.wait(lambda text: "PAUSED" not in text and "mac.learned" in text, "it to go on")
    s.keys("+")
    s.wait(shows("every 0.5s"), "a longer time")
    s.keys("-", "-")
    s.wait(shows("every 0.2s"), "a shorter one")


def test_the_shell_takes_it_to_the_background_and_back(lab):
    d, *_ = lab.lan(2, addresses=False)
    s = Screen(lab.directory, "shell", ["bash", "--norc", "-i"])
    try:
        s.type(f"PS1='ready '; {SWCTL} --socket {d.socket} top --interval 0.5")
        s.keys("Enter")
        s.wait(shows("2 of 2 ports up"), "the ports")
        s.keys("C-z")
        s.wait(shows("Stopped"), "the shell to have the terminal")
        s.type("echo canon=$(stty -a | grep -c ' icanon')")
        s.keys("Enter")
        s.wait(shows("canon=1"), "the terminal to be as the shell had it")
        s.type("fg")
        s.keys("Enter")
        s.wait(lambda text: "2 of 2 ports up" in text and "Stopped" not in text, "the picture")
        s.keys("q")
        s.wait(shows("Stopped"), "the end")  # what the shell wrote before is there again
    finally:
        s.close()


NONSENSE = [
    {"switches": "none"}, {"switches": [7, None, {}, {"name": 5}]}, {}, {"ports": 3}, {"ports": [None, [], {"port": []}]},
    {"switches": [{"name": "sw0", "stats": [], "settings": 4}]},
    {"ports": [{"port": "\x1b[2J\x1b]0;x\x07evil", "state": "\n\n", "type": "\u202e" * 90, "stats": {"rx_bytes": -5},
                "drops": {"\x1b[31m" + "r" * 300: 1e300, "": "x"}, "macs": "many"}]},
    {"ports": [{"port": "p" * 500, "stats": {"rx_bytes": 2 ** 63 - 1, "rx_frames": 1e308}, "drops": [1, 2]}] * 3},
]
ODD_EVENTS = [None, 4, {"event": 5, "time": "x"},
              {"event": "\x1b[2Jmac.moved", "time": 1e300, "mac": [], "port": {"a": 1}}]


def talk_nonsense(connection, asked):
    """Answers what is asked, first as a daemon does, then as none does."""
    with connection, connection.makefile("rwb") as f:
        for line in f:
            request = json.loads(line)
            asked.append(request["method"])
            n = len(asked)
            if n % 29 == 0:
                f.write(b"\x00\xff not json\n")
            if n % 3 == 0:
                f.write(json.dumps({"method": "event", "params": ODD_EVENTS[n % 4]}).encode() + b"\n")
            result = NONSENSE[n % 8] if n > 3 else {"switches": [{"name": "sw0", "settings": {"stp": "rstp"}}]}
            reply = {"error": [1]} if n % 13 == 0 else {"result": result}
            f.write(json.dumps({"id": request["id"], **reply}).encode() + b"\n")
            f.flush()


def test_a_daemon_that_talks_nonsense(lab, screens):
    """What comes over the socket is shown or left out, whatever it is; it never is a command to the terminal."""
    d = lab.switchd(start=False)
    asked = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(d.socket))
        server.listen()

        def serve():
            while True:
                try:
                    talk_nonsense(server.accept()[0], asked)
                except ConnectionError:  # it hung up, as it should
                    pass
                except OSError:
                    return
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        s = screens(d, "--interval", "0.1")
        for key in ("Enter", "w", "?"):
            before = len(asked)
            wait_until(lambda: len(asked) > before + 60, what="many answers")
            s.keys(key)
        s.wait(shows("KEYS"), "help")
        s.keys("q")
        picture = s.wait(lambda text: "KEYS" not in text and text, "the picture")
        assert picture.startswith("swctl top") and "\x1b" not in picture
        s.keys("q", "q", "q")
        assert s.ended() == 0, s.text()
        s.check_restored()
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("number_", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_leaves_the_terminal_as_it_was(lab, screens, number_):
    d, *_ = lab.lan(2, addresses=False)
    s = screens(d)
    s.wait(shows("2 of 2 ports up"), "the ports")
    assert s.is_asking("alternate_on") == "1"
    subprocess.run(["kill", f"-{number_.value}", str(s.pid)], check=True)
    assert s.ended() == 0
    s.check_restored()


def test_without_a_terminal_it_says_what_to_do(lab):
    d = lab.switchd()
    p = subprocess.run([SWCTL, "--socket", str(d.socket), "top"], capture_output=True, text=True, timeout=30)
    assert p.returncode == USAGE and p.stdout == ""
    assert "top needs a terminal" in p.stderr and "show stats --watch" in p.stderr
    p = subprocess.run([SWCTL, "--socket", str(d.socket), "top", "--json"], capture_output=True, text=True, timeout=30)
    assert p.returncode == USAGE and "show stats" in p.stderr


def test_terminals_that_can_do_little(lab, screens):
    d, a, b = lab.lan(2, addresses=False)
    plain = screens(d, "--interval", "0.5", name="plain", NO_COLOR="1", LC_ALL="C")
    plain.wait(shows("2 of 2 ports up"), "the ports")
    with Talker(a, sized(b.mac, a.mac, 1000), 100):
        plain.wait(shows("#"), "a curve of letters")
    assert plain.text().isascii()
    assert not re.search(r"\x1b\[[0-9;]*3[1-7]m", plain.coloured()), "no colour where none is wanted"
    colours = screens(d, name="colours")
    colours.wait(shows("2 of 2 ports up"), "the ports")
    assert re.search(r"\x1b\[[0-9;]*32m", colours.coloured()), "a port that is up is green"
    unknown = screens(d, name="unknown", TERM="no-such-terminal")
    assert unknown.ended() == USAGE
    unknown.wait(shows("TERM=xterm swctl top"), "what is wrong, and what to do")
    unknown.check_restored()
    dumb = screens(d, name="dumb", TERM="dumb")
    assert dumb.ended() == USAGE
    dumb.wait(shows("cursor", "--watch 1 | cat"), "what is wrong, and what to do")


def test_without_a_daemon_the_terminal_is_not_even_taken(lab, screens):
    d = lab.switchd(start=False)
    s = screens(d)
    assert s.ended() == UNREACHABLE
    s.wait(shows("switchd is not running"), "why")


def test_a_storm_of_events_is_bounded(lab, screens):
    """More happens than can be read: the daemon sends so many a second, and how many they were besides."""
    d, a, b = lab.lan(2, addresses=False)
    s = screens(d, "--interval", "0.5")
    s.wait(shows("2 of 2 ports up"), "the ports")
    for i in range(3000):
        a.wire.send(sized(BROADCAST, station(0x10000 + i), 60))
    time.sleep(1.1)
    a.wire.send(sized(BROADCAST, station(0x20000), 60))
    s.wait(shows("events.lost"), "what was left out to be told")
    s.wait(lambda _: "KEYS" not in s.text(), "the picture")
    s.keys("q")
    assert s.ended() == 0

# SPDX-License-Identifier: ISC
"""swctl against the real daemon: what it prints, to a terminal and to a pipe, and how it exits."""
import fcntl
import itertools
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import pytest

from daemon import SWCTL
from frames import BROADCAST, sized, station
from netns import settle
from wait import wait_until

OK, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
COLUMNS = 80


def ctl(d, *args, status=OK, **kw):
    """stdout; what is wrong goes to stderr, with the exit status that says so."""
    p = subprocess.run([SWCTL, "--socket", str(d.socket), *map(str, args)], capture_output=True, text=True,
                       timeout=60, **kw)
    assert p.returncode == status, (args, p.returncode, p.stdout, p.stderr)
    assert "Sanitizer" not in p.stderr and "runtime error" not in p.stderr, p.stderr
    if status == OK:
        assert p.stderr == "", p.stderr
        return p.stdout
    assert p.stderr.startswith(("swctl: ", "/")), p.stderr  # or FILE:LINE:COLUMN, as compilers do
    return p.stderr


def popen(d, *args, **kw):
    return subprocess.Popen([SWCTL, "--socket", str(d.socket), *args], stdout=subprocess.PIPE, text=True, **kw)


def on_terminal(*args, columns=COLUMNS, **env):
    """(exit status, what a terminal of so many columns is sent)."""
    pid, fd = pty.fork()
    if pid == 0:
        for name in "NO_COLOR", "COLUMNS":
            os.environ.pop(name, None)
        os.environ.update(TERM="xterm", **env)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execv(SWCTL, [SWCTL, *map(str, args)])
    text = b""
    try:
        while data := os.read(fd, 1 << 16):
            text += data
    except OSError:  # EIO: the other side has closed
        pass
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode().replace("\r\n", "\n")


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


@pytest.fixture
def lan(lab):
    d, a, b, c = lab.lan(3)
    for h in a, b, c:
        settle(h.wire)
    wait_until(lambda: len(d.macs()) == 3)
    return d, a, b, c


SHOWS = [["macs"], ["ports"], ["port", "h1"], ["stats"], ["drops"], ["switches"], ["config"], ["version"]]


@pytest.mark.parametrize("what", SHOWS, ids=" ".join)
def test_show_fits_80_columns_and_is_coloured_on_a_terminal_only(lan, what):
    d, a, *_ = lan
    a.wire.send(sized("01:80:c2:00:00:0e", a.mac, 60))
    wait_until(lambda: d.drops("h1"))
    piped = ctl(d, "show", *what)
    assert piped.strip() and "\x1b" not in piped
    assert not re.search(r"[ \t]+$", piped, re.M), "blanks at the end of a line"
    status, text = on_terminal("--socket", d.socket, "show", *what)
    assert status == OK
    if what not in (["config"], ["version"]):  # these hold paths, to be copied
        assert max(map(len, plain(text).splitlines())) <= COLUMNS, plain(text)
    status, text = on_terminal("--socket", d.socket, "show", *what, NO_COLOR="1")
    assert status == OK and "\x1b" not in text


@pytest.mark.parametrize("what", SHOWS, ids=" ".join)
def test_json_is_json_with_the_names_of_the_protocol(lan, what):
    d, *_ = lan
    value = json.loads(ctl(d, "--json", "show", *what))
    assert value
    assert json.loads(ctl(d, "show", *what, "--json")).keys() == value.keys()
    if what == ["ports"]:
        assert {p["port"] for p in value["ports"]} == {"h1", "h2", "h3"}
    if what == ["macs"]:
        assert len(value["macs"]) == 3 and {"mac", "vlan", "port", "static", "age_s"} <= value["macs"][0].keys()


def test_show_macs_lists_and_filters(lan):
    d, a, b, c = lan
    text = ctl(d, "show", "macs")
    assert all(h.mac in text and h.name in text for h in (a, b, c))
    assert re.search(r"\b\d+s\b", text), "ages a person reads"
    text = ctl(d, "show", "macs", "--port", "h1")
    assert a.mac in text and b.mac not in text
    text = ctl(d, "show", "macs", "--mac", b.mac)
    assert b.mac in text and a.mac not in text
    assert a.mac not in ctl(d, "show", "macs", "--vlan", "10")


def test_an_empty_table_is_said_in_words(lab):
    d = lab.switchd()
    assert "no addresses" in ctl(d, "show", "macs")
    assert ctl(d, "show", "ports").startswith("no ports")
    assert ctl(d, "show", "drops").startswith("nothing")
    assert json.loads(ctl(d, "--json", "show", "macs"))["macs"] == []


def test_ports_are_added_set_shown_and_deleted(lab):
    d = lab.switchd()
    h = lab.host("h1")
    ctl(d, "add", "port", "web", "--netns", "h1", "--ifname", "eth0", "--mtu", "2000", "--mac", station(0x42),
        "--persist", "true")
    p = d.wait_port("web")
    assert (p["netns"], p["ifname"], p["mtu"], p["mac"]) == ("h1", "eth0", 2000, station(0x42))
    assert p["config"]["persist"] is True
    text = ctl(d, "show", "port", "web")
    for word in "web", "up", "eth0", "h1", "2000", station(0x42):
        assert word in text, text
    ctl(d, "set", "port", "web", "--mtu", "default", "--max_macs", "5")
    assert d.port("web")["config"]["max_macs"] == 5 and "mtu" not in d.port("web")["config"]
    ctl(d, "set", "port", "web", "--persist", "false")
    ctl(d, "del", "port", "web")
    assert d.ports() == {} and "no ports" in ctl(d, "show", "ports")
    wait_until(lambda: not h.has_device())


def test_addresses_are_added_deleted_and_flushed(lan):
    d, a, *_ = lan
    ctl(d, "add", "mac", station(0x500), "--port", "h2", "--vlan", "7")
    assert d.macs()[(station(0x500), 7)]["static"]
    assert re.search(rf"{station(0x500)}.*static|static.*{station(0x500)}", ctl(d, "show", "macs"))
    assert "3" in ctl(d, "flush", "macs")
    assert set(d.macs()) == {(station(0x500), 7)}
    ctl(d, "del", "mac", station(0x500), "--vlan", "7")
    assert d.macs() == {}


def test_switches_are_added_set_and_deleted(lab):
    d = lab.switchd()
    ctl(d, "add", "switch", "lab", "--ageing_s", "10")
    ctl(d, "set", "switch", "lab", "--link_local", "forward")
    s = d.rpc("switch.list", switch="lab")["switches"][0]["settings"]
    assert s["ageing_s"] == 10 and s["link_local"] == "forward"
    assert "lab" in ctl(d, "show", "switches")
    ctl(d, "del", "switch", "lab")
    assert "lab" not in ctl(d, "show", "switches")


@pytest.mark.parametrize("args, status, words", [
    (["show", "port", "h9"], REFUSED, ["h9"]), (["del", "port", "h9"], REFUSED, ["h9"]),
    (["add", "port", "h1"], REFUSED, ["h1"]), (["add", "port", "p", "--netns", "nowhere"], REFUSED, ["nowhere"]),
    (["add", "mac", "01:00:5e:00:00:01", "--port", "h1"], None, ["01:00:5e:00:00:01"]),
    (["add", "port", "p", "--mtu", "70000"], None, ["70000", "65521"]),
    (["shwo", "macs"], USAGE, ["shwo", "show"]), (["show", "mcas"], USAGE, ["mcas", "macs"]),
    (["show", "port"], USAGE, ["NAME"]), (["add", "port", "p", "--mtuu", "5"], USAGE, ["--mtuu", "--mtu"]),
    (["show", "macs", "extra"], USAGE, ["extra"]), (["--nonsense", "show", "macs"], USAGE, ["--nonsense"]),
    (["add", "port"], USAGE, ["NAME"]), (["add", "mac", station(5)], USAGE, ["PORT"]),
], ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_mistakes_have_their_exit_status_and_say_what_is_wrong(lan, args, status, words):
    d, *_ = lan
    p = subprocess.run([SWCTL, "--socket", str(d.socket), *args], capture_output=True, text=True, timeout=30)
    assert p.returncode in ([status] if status else [REFUSED, USAGE]), (p.returncode, p.stderr)
    assert p.stdout == "" and p.stderr.startswith("swctl: "), p.stderr
    assert all(w in p.stderr for w in words), p.stderr


def kinds_of_port():
    text = subprocess.run([SWCTL, "help", "port-types"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^  (\w+)  ", text, re.M)


def test_help_knows_every_kind_of_port_and_its_example_is_accepted():
    assert {"tap", "udp"} <= set(kinds_of_port())
    for kind in kinds_of_port():
        p = subprocess.run([SWCTL, "help", "port", kind], check=True, capture_output=True, text=True)
        assert f"--type {kind}" in p.stdout and "--max_macs" in p.stdout, p.stdout
        example = p.stdout.partition("\nexample\n")[2].strip().splitlines()
        assert example[0].startswith("swctl add port ") and len(example) > 1, example
        assert all(len(line) <= COLUMNS for line in example), example
        assert not re.search(r"[^ ]\\\n\s", p.stdout), "who pastes it gets two words of one"
        words = example[0].split()[1:]
        assert kind == "tap" or words[words.index("--type") + 1] == kind
        p = subprocess.run([SWCTL, "--socket", "/nobody/here", *words], capture_output=True, text=True)
        assert p.returncode == UNREACHABLE, p.stderr  # and not USAGE


def test_help_for_an_unknown_kind_of_port_knows_the_nearest():
    p = subprocess.run([SWCTL, "help", "port", "upd"], capture_output=True, text=True)
    assert p.returncode == USAGE and "did you mean udp?" in p.stderr, p.stderr


def test_help_for_a_port_of_one_kind_tells_no_settings_of_another():
    assert "--remote" not in subprocess.run([SWCTL, "add", "port", "--help"], capture_output=True, text=True).stdout
    offered = subprocess.run([SWCTL, "__complete", "add", "port", "x", "--type", "udp", "--"],
                             capture_output=True, text=True).stdout
    assert "--remote" in offered and "--netns" not in offered, offered


def test_no_command_is_a_usage_error_and_help_is_not(lab):
    p = subprocess.run([SWCTL], capture_output=True, text=True, timeout=30)
    assert p.returncode == USAGE
    p = subprocess.run([SWCTL, "--help"], capture_output=True, text=True, timeout=30)
    assert p.returncode == OK and "show" in p.stdout and all(len(line) <= 80 for line in p.stdout.splitlines())
    p = subprocess.run([SWCTL, "add", "port", "--help"], capture_output=True, text=True, timeout=30)
    assert p.returncode == OK and "--netns" in p.stdout and "xample" in p.stdout


def test_without_a_daemon_the_socket_is_named_and_how_to_start_one(lab):
    path = lab.directory / "nobody-here.sock"
    p = subprocess.run([SWCTL, "--socket", str(path), "show", "macs"], capture_output=True, text=True, timeout=30)
    assert p.returncode == UNREACHABLE and str(path) in p.stderr and "switchd" in p.stderr, p.stderr


def test_a_daemon_that_goes_away_is_no_success(lab):
    d = lab.switchd()
    p = popen(d, "monitor", stderr=subprocess.PIPE)
    wait_until(lambda: d.rpc("daemon.info")["clients"] == 2)
    d.stop()
    _, err = p.communicate(timeout=20)
    assert p.returncode == UNREACHABLE and err.startswith("swctl: "), (p.returncode, err)


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["text", "json"])
def test_monitor_prints_one_event_a_line_at_once(lan, flags):
    d, a, b, c = lan
    p = popen(d, *flags, "monitor")
    wait_until(lambda: d.rpc("daemon.info")["clients"] == 2)
    strangers = (station(n) for n in itertools.count(0x600))

    def told():  # connected is not subscribed: what came before that is not told
        a.wire.send(sized(BROADCAST, next(strangers), 60))
        return select.select([p.stdout], [], [], 0.05)[0]
    wait_until(told, what="a line")
    line = p.stdout.readline()
    if flags:
        assert json.loads(line)["event"] == "mac.learned"
    assert "02:00:00:00:06:" in line and "h1" in line
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=10)
    assert p.returncode in (OK, 130, -signal.SIGINT)


def test_files_are_checked_compared_and_applied(lan, lab):
    d, *_ = lan
    config = json.loads(d.config_path.read_text())
    path = lab.directory / "next.json"
    path.write_text(json.dumps(config))
    assert "no" in ctl(d, "diff", path).lower(), "nothing to change is said in words"
    config["switches"]["sw0"]["ageing_s"] = 77
    config["switches"]["sw0"]["ports"].pop("h3")
    path.write_text(json.dumps(config))
    ctl(d, "check", path)
    text = ctl(d, "diff", path)
    assert "ageing_s" in text and "77" in text and "h3" in text and set(d.ports()) == {"h1", "h2", "h3"}
    ctl(d, "apply", path)
    assert set(d.ports()) == {"h1", "h2"}
    shown = lab.directory / "shown.json"
    shown.write_text(ctl(d, "show", "config"))
    assert json.loads(ctl(d, "--json", "apply", shown)) == {"changes": []}
    path.write_text('{"switches": {"sw0": {"agein_s": 5}}}')
    for command in "check", "diff", "apply":
        err = ctl(d, command, path, status=REFUSED)
        assert "next.json" in err and "ageing_s" in err, err
    path.write_text('{"switches":\n {"sw0": }}')
    err = ctl(d, "check", path, status=REFUSED)
    assert "next.json:2" in err or "line 2" in err, err


def test_watch_repeats_until_it_is_stopped(lan):
    d, *_ = lan
    p = popen(d, "show", "ports", "--watch", "0.2")
    seen = 0
    while seen < 3:
        seen += "h1" in p.stdout.readline()
    p.terminate()
    p.communicate(timeout=10)


def test_output_into_a_closed_pipe_is_no_disaster(lan):
    d, *_ = lan
    p = subprocess.run(["sh", "-c", f"'{SWCTL}' --socket {d.socket} show ports | head -1"], capture_output=True,
                       text=True, timeout=30)
    assert p.returncode == 0 and "rror" not in p.stderr

# SPDX-License-Identifier: ISC
"""The ports of a switch in the list of tshark, and what Wireshark asks for in general (extcap(4))."""
import os
import re
import signal
import subprocess

import pytest

from daemon import SWCTL
from labs import NOBODY, Labs
from netns import sh
from wait import wait_until


@pytest.fixture
def folder(tmp_path):
    """The one that tshark looks into, with ours alone; as root it heeds no variable that names another."""
    where = re.search(r"^Extcap path:\s*(\S+)", sh("tshark", "-G", "folders").stdout, re.M).group(1)
    os.symlink(SWCTL, tmp_path / "switchd-extcap")
    sh("mount", "--bind", tmp_path, where)
    yield tmp_path / "switchd-extcap"
    sh("umount", where)


def run(d, *args, program=None):
    words = [program] if program else [SWCTL, "extcap"]
    return subprocess.run([*map(str, words), *map(str, args)], env={**os.environ, "SWITCHD_SOCKET": str(d.socket)},
                          capture_output=True, text=True, timeout=30, check=False)


def tshark(d, *args):
    return subprocess.run(["tshark", "-n", *args], env={**os.environ, "SWITCHD_SOCKET": str(d.socket)}, capture_output=True,
                          text=True, timeout=60, check=False)


def test_ports_are_listed_and_captured_from(lab, folder):
    d, h1, h2 = lab.lan(2, addresses=True)
    listed = tshark(d, "-D").stdout
    for line in ("switchd:sw0 (switchd: all ports of switch sw0)", "switchd:sw0/h1 (switchd: port h1 of switch sw0)"):
        assert line in listed
    fields = ["-T", "fields", *[w for f in ("frame.interface_name", "icmp.type", "frame.packet_flags_direction", "frame.comment")
                                for w in ("-e", f)]]
    with h1.popen("ping", "-i", "0.2", "10.0.0.2") as ping:
        try:
            one = tshark(d, "-i", "switchd:sw0/h1", "-c", "3", *fields)
            both = tshark(d, "-i", "switchd:sw0", "-f", "icmp", "-c", "4", "-o", "extcap.switchd_sw0.direction:both", *fields)
        finally:
            ping.kill()
    assert [r.split("\t")[0] for r in one.stdout.splitlines()] == ["h1"] * 3, one.stderr
    assert "h1\t8\t0x00000001\tforwarded to h2" in one.stdout
    assert sorted(r.split("\t")[:3] for r in both.stdout.splitlines()) == [
        [h, t, f"0x0000000{way}"] for h in ("h1", "h2") for t, way in sorted(
            [("8", 1 if h == "h1" else 2), ("0", 2 if h == "h1" else 1)])], both.stderr
    wait_until(lambda: not d.rpc("capture.list")["captures"], what="nobody to capture")


def test_a_bad_filter_is_told(lab, folder):
    d, *_ = lab.lan(2)
    out = tshark(d, "-i", "switchd:sw0", "-f", "ip and", "-c", "1")
    assert "syntax error" in out.stderr
    args = "--extcap-interface", "switchd:sw0/h1", "--extcap-capture-filter"
    assert "syntax error" in run(d, *args, "ip and").stdout
    assert run(d, *args, "ip and icmp").stdout == "" and not d.rpc("capture.list")["captures"]


def test_what_wireshark_asks(lab, folder):
    d, *_ = lab.lan(2)
    for program in None, folder:
        out = run(d, "--extcap-interfaces", "--extcap-version=4.0", program=program).stdout.splitlines()
        assert out[0].startswith("extcap {version=") and out[1:] == [
            "interface {value=switchd:sw0}{display=switchd: all ports of switch sw0}",
            "interface {value=switchd:sw0/h1}{display=switchd: port h1 of switch sw0}",
            "interface {value=switchd:sw0/h2}{display=switchd: port h2 of switch sw0}"]
        assert run(d, "--extcap-dlts", "--extcap-interface", "switchd:sw0", program=program).stdout.startswith("dlt {number=1}")
        config = run(d, "--extcap-config", "--extcap-interface", "switchd:sw0", program=program).stdout
        assert re.findall(r"call=(--\w+)", config) == ["--direction", "--filter", "--snaplen"]
        assert len(re.findall("default=true", config)) == 1 and "{value=dropped}" in config
    d.stop()
    out = run(d, "--extcap-interfaces")
    assert len(out.stdout.splitlines()) == 1 and out.returncode == 0 and not out.stderr


def test_how_a_capture_ends(lab, tmp_path):
    d, h1, h2 = lab.lan(2, addresses=True)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def start():
        return subprocess.Popen([SWCTL, "extcap", "--capture", "--extcap-interface=switchd:sw0/h1", "--fifo", str(fifo), "--snaplen", "64",
                                 "--filter", "icmp", "--extcap-capture-filter", "greater 90", "--direction", "out"],
                                env={**os.environ, "SWITCHD_SOCKET": str(d.socket)}, stderr=subprocess.PIPE)

    def running():
        c = d.rpc("capture.list")["captures"]
        return c and c[0]
    with start() as p, open(fifo, "rb") as f:
        c = wait_until(running, what="the capture")
        assert (c["filter"], c["snaplen"], c["direction"], c["ports"]) == ("(greater 90) and (icmp)", 64, "out", "h1")
        h1.ping(h2)
        p.send_signal(signal.SIGTERM)
        assert p.wait(10) == 0 and f.read()[:4] == b"\x0a\x0d\x0d\x0a"
    with start() as p:
        with open(fifo, "rb"):
            wait_until(running, what="the capture")
        assert p.wait(10) == 0  # who read it has gone
    with start() as p:  # nobody ever reads
        p.send_signal(signal.SIGTERM)
        assert p.wait(10) == -signal.SIGTERM
    for args in ["--capture", "--extcap-interface", "switchd:sw0"], ["--capture", "--fifo", fifo, "--extcap-interface", "eth0"], \
            ["--extcap-nothing"]:
        out = run(d, *args)
        assert out.returncode == 2 and out.stderr.startswith("swctl: ")


@pytest.mark.parametrize("user", [None, NOBODY])
def test_labs_are_listed_and_captured_from(tmp_path, user):
    for folder in tmp_path, *list(tmp_path.parents)[:3]:
        os.chmod(folder, 0o755)
    labs = Labs(tmp_path, user)
    try:
        labs.up({"name": "one", "switches": {"sw1": {}, "sw2": {}}, "hosts": {"h1": {"addresses": ["10.0.0.1/24"]}},
                 "links": [{"between": ["h1", "sw1"]}]})
        labs.up({"name": "two", "switches": {"sw1": {}}})
        listed = labs.run("extcap", "--extcap-interfaces").splitlines()
        assert listed[1:] == [
            "interface {value=switchd-lab:one/sw1}{display=switchd: all ports of switch sw1 in lab one}",
            "interface {value=switchd-lab:one/sw2}{display=switchd: all ports of switch sw2 in lab one}",
            "interface {value=switchd-lab:one/sw1/h1}{display=switchd: port h1 of switch sw1 in lab one}",
            "interface {value=switchd-lab:two/sw1}{display=switchd: all ports of switch sw1 in lab two}"]
        what = "--extcap-interface=switchd-lab:one/sw1/h1"
        assert "syntax error" in labs.run("extcap", what, "--extcap-capture-filter=ip and")
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        os.chmod(fifo, 0o666)
        p = labs.popen("extcap", "--capture", what, "--fifo", fifo)
        with open(fifo, "rb") as f:
            labs.popen("lab", "exec", "h1", "--lab", "one", "--", "ping", "-c", "1", "-W", "1", "-q", "10.0.0.2").wait(30)
            got = b""
            while b"tap port of switch sw1" not in got:  # its interface, before its first frame
                more = f.read1()
                assert more, p.communicate()
                got += more
            p.send_signal(signal.SIGTERM)
            assert f.read() is not None and p.wait(10) == 0
        for name in "one", "../sw1", "o.ne/sw1", "n" * 200 + "/sw1":
            said = labs.run("extcap", "--capture", f"--extcap-interface=switchd-lab:{name}", "--fifo=/dev/null", status=2)
            assert "there is no interface" in said
        assert "no port" in labs.run("extcap", "--capture", "--extcap-interface=switchd-lab:one/sw1/h2", "--fifo=/dev/null", status=1)
        # who has labs alone, and forgot to say which
        assert "swctl --lab NAME, of one, two\n" in labs.run("show", "ports", status=3)
        assert "there is no lab \"three\"; there are: one, two\n" in labs.run("--lab", "three", "show", "ports", status=3)
        assert "not running" in labs.run("extcap", "--capture", "--extcap-interface=switchd-lab:three/sw1", "--fifo=/dev/null", status=3)
    finally:
        labs.close()


def test_bytes_that_are_no_text(lab):
    """Refused for what they are; it once was said that there is no memory."""
    d, *_ = lab.lan(1)
    for words in ["capture", "all", b"\xff"], ["capture", b"h\xff"], ["capture", "--direction", b"\xff"], \
            ["extcap", "--capture", b"--extcap-interface=switchd:\xff", "--fifo=/dev/null"]:
        out = subprocess.run([SWCTL, *words], env={**os.environ, "SWITCHD_SOCKET": str(d.socket)}, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True, timeout=30, check=False)
        assert out.returncode == 1 and "xff" in out.stderr and "memory" not in out.stderr, out.stderr

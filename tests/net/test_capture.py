# SPDX-License-Identifier: ISC
"""swctl capture, read by tshark: names, comments, directions, tags, times; files, pipes, and what goes wrong with them."""
import contextlib
import json
import os
import resource
import signal
import struct
import subprocess
import time

import pytest

from daemon import SANITIZED, SWCTL
from frames import BROADCAST, sized, station, tagged
from metronome import Metronome
from netns import sh
from traffic import tcp_transfer
from wait import wait_until

FIELDS = ["frame.number", "frame.interface_name", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.packet_flags_direction",
          "eth.dst", "eth.src", "vlan.id", "frame.comment"]

BEGUN = "swctl: capturing; Ctrl-C ends it\n"


def tshark(path, *args, stdin=None):
    """What tshark says of a file, a row a frame: {field: text}."""
    out = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", *[w for f in FIELDS for w in ("-e", f)], *args],
                         stdin=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert out.returncode == 0, out.stderr
    return [dict(zip(FIELDS, line.split("\t"))) for line in out.stdout.splitlines()]


class Capturing:
    """swctl capture in the background."""

    def __init__(self, d, *args, wait=True, **kw):
        before = {c["capture"] for c in d.rpc("capture.list")["captures"]}
        self.d = d
        self.process = subprocess.Popen([SWCTL, "--socket", str(d.socket), "capture", *map(str, args)],
                                        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kw})
        if wait:
            wait_until(self._running(before), what="the capture to run")

    def _running(self, before):
        def running():
            if self.process.poll() is not None:
                return True
            if all(c["capture"] in before for c in self.d.rpc("capture.list")["captures"]):
                return False
            with open(f"/proc/{self.process.pid}/maps", encoding="ascii") as f:
                return "switchd-capture" in f.read()
        return running

    def listed(self):
        return next(c for c in self.d.rpc("capture.list")["captures"] if c["pid"] == self.process.pid)

    def end(self, number=signal.SIGINT, code=0):
        """What it said on standard error."""
        if number:
            self.process.send_signal(number)
        _, err = self.process.communicate(timeout=20)
        assert self.process.returncode == code, err
        return err.decode()


def captured(d, path, *args, during, **kw):
    """Runs during() while it captures, and reads the file."""
    c = Capturing(d, *args, "--write", path, **kw)
    during()
    c.said = c.end()
    return tshark(path)


def sleeps(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        return f.read().rpartition(")")[2].split()[0] == "S"


def wait_frames(d, port, count):
    wait_until(lambda: d.stats(port)["rx_frames"] >= count, what=f"{count} frames at {port}")


def test_in_as_tshark_reads_it(lab, tmp_path):
    d, h1, h2, _ = lab.lan(3)

    def talk():
        h1.wire.send(sized(station(9), h1.mac, 100))
        wait_frames(d, "h1", 1)
        h2.wire.send(sized(h1.mac, h2.mac, 60), sized("01:80:c2:00:00:05", h2.mac, 60))
        wait_frames(d, "h2", 2)
    rows = captured(d, tmp_path / "x.pcapng", during=talk)
    rows = [r for r in rows if r["eth.src"] in (h1.mac, h2.mac) and r["eth.dst"] != BROADCAST]
    assert [(r["frame.interface_name"], r["frame.len"], r["eth.dst"]) for r in rows] == [
        ("h1", "100", station(9)), ("h2", "60", h1.mac), ("h2", "60", "01:80:c2:00:00:05")]
    assert rows[0]["frame.comment"] == "learned, flooded to h2 h3 (unknown address)"
    assert rows[1]["frame.comment"] == "learned, forwarded to h1"
    assert rows[2]["frame.comment"].startswith("dropped: link_local: The destination is in 01:80:C2")
    assert {r["frame.packet_flags_direction"] for r in rows} == {"0x00000001"}
    times = [float(r["frame.time_epoch"]) for r in rows]
    assert times == sorted(times) and abs(times[0] - time.time()) < 60


def test_out_with_the_tags_of_each_port(lab, tmp_path):
    hosts = [lab.host(f"h{i + 1}") for i in range(3)]
    ports = {h.name: lab.tap(h, **o) for h, o in zip(hosts, ({"access": 10}, {"trunk": "10,20"}, {"access": 10}))}
    d = lab.switchd({"switches": {"sw0": {"vlan_aware": True, "ports": ports}}})
    d.wait_up()
    for h in hosts:
        h.wire.drain()

    def talk():
        hosts[0].wire.send(sized(BROADCAST, hosts[0].mac, 100))
        wait_frames(d, "h1", 1)
        hosts[1].wire.send(tagged(sized(BROADCAST, hosts[1].mac, 200), (20,)))
        wait_until(lambda: d.drops("h2"), what="it to go nowhere")
    rows = captured(d, tmp_path / "x.pcapng", "all", "--direction", "both,dropped", during=talk)
    seen = sorted((r["frame.interface_name"], r["frame.packet_flags_direction"][-1], r["vlan.id"], r["frame.len"],
                   r["frame.comment"].partition(": The")[0].partition(": No")[0]) for r in rows)
    assert seen == [
        ("h1", "1", "", "100", "learned, flooded to h2 h3; vlan 10"),
        ("h2", "1", "20", "204", "dropped: no_egress"),
        ("h2", "2", "10", "104", "vlan 10"),
        ("h3", "2", "", "100", "vlan 10")]


def test_a_filter_a_snaplen_and_a_count(lab, tmp_path):
    d, h1, h2 = lab.lan(2, addresses=True)
    path = tmp_path / "x.pcapng"
    c = Capturing(d, "h1,h2", "icmp", "and", "greater", "60", "--snaplen", "42", "--count", "3", "--write", path)
    h1.ping(h2, count=4)
    assert c.end(None) == BEGUN + "swctl: 3 frames captured\n"
    rows = tshark(path)
    assert [r["frame.cap_len"] for r in rows] == ["42"] * 3 and {r["frame.interface_name"] for r in rows} == {"h1", "h2"}
    assert {r["frame.len"] for r in rows} == {"98"}
    assert not d.rpc("capture.list")["captures"]


def test_several_switches(lab, tmp_path):
    h1, h2 = lab.host("h1"), lab.host("h2")
    d = lab.switchd({"switches": {"sw0": {"ports": {"p": lab.tap(h1), "w": {"type": "patch", "peer": "sw1/w"}}},
                                  "sw1": {"ports": {"p": lab.tap(h2), "w": {"type": "patch", "peer": "sw0/w"}}}}})
    d.wait_up()
    h1.wire.drain()

    def talk():
        h1.wire.send(sized(BROADCAST, h1.mac, 100))
        wait_until(lambda: d.stats("p", switch="sw1")["tx_frames"], what="it to be there")
    rows = captured(d, tmp_path / "x.pcapng", during=talk)
    assert {"sw0/p", "sw1/w"} <= {r["frame.interface_name"] for r in rows if r["eth.src"] == h1.mac}
    one = captured(d, tmp_path / "y.pcapng", "--switch", "sw1", during=talk)
    assert {r["frame.interface_name"] for r in one if r["eth.src"] == h1.mac} == {"w"}


def test_super_frames_are_whole(lab, tmp_path):
    d, h1, h2 = lab.lan(2, addresses=True)
    rows = captured(d, tmp_path / "x.pcapng", "h1", "tcp", during=lambda: tcp_transfer(h1, h2, 4 << 20))
    large = [r for r in rows if int(r["frame.len"]) > 1514]
    assert large and "not cut into segments of 1448 bytes yet" in large[0]["frame.comment"]


def test_what_a_socket_gets_is_shown_as_it_gets_it(lab, tmp_path):
    h1, h2 = lab.host("h1"), lab.host("h2")

    def udp(near, far):
        return {"type": "udp", "local": f"127.0.0.1:{near}", "remote": f"127.0.0.1:{far}", "mtu": 1500}
    d = lab.switchd({"switches": {"sw0": {"ports": {"h1": lab.tap(h1), "u": udp(4000, 4001)}},
                                  "sw1": {"ports": {"h2": lab.tap(h2), "u": udp(4001, 4000)}}}})
    d.wait_up()
    for h in h1, h2:
        h.address()
    rows = captured(d, tmp_path / "x.pcapng", "u,h1", "tcp", "port", "5201", "--direction", "both",
                    during=lambda: tcp_transfer(h1, h2, 4 << 20))
    out = [r for r in rows if r["frame.interface_name"] == "sw0/u" and r["frame.packet_flags_direction"] == "0x00000002"]
    came = [r for r in rows if r["frame.interface_name"] == "sw0/h1" and r["frame.packet_flags_direction"] == "0x00000001"]
    assert len(out) > 1000 and max(int(r["frame.len"]) for r in out) == 1514
    assert max(int(r["frame.len"]) for r in came) > 1514
    assert not any(r["frame.comment"] for r in out)


# pipes

def test_into_tshark(lab):
    d, h1, h2 = lab.lan(2, addresses=True)
    reader = subprocess.Popen(["tshark", "-l", "-n", "-i", "-", "-c", "4", "-T", "fields", "-e", "frame.interface_name", "-e", "icmp.type"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    c = Capturing(d, "all", "icmp", stdout=reader.stdin)
    reader.stdin.close()
    reader.stdin = None
    h1.ping(h2, count=5)
    out, _ = reader.communicate(timeout=30)
    assert out.decode().splitlines() == ["h1\t8", "h2\t0"] * 2
    h1.ping(h2)  # nobody reads that any more
    assert "captured" in c.end(None)
    assert not d.rpc("capture.list")["captures"]


def test_a_reader_that_does_not_read(lab):
    d, h1, h2 = lab.lan(2)
    metronome = Metronome(h1, h2, d.pid)
    lab.wires.append(metronome)
    c = Capturing(d, "--buffer", "256k", "--direction", "both")

    def flood():
        f = sized(h1.mac, h2.mac, 1500)
        for _ in range(400):
            h2.wire.send(*[f] * 10)
            time.sleep(0.001)
        wait_until(lambda: c.listed()["lost"] > 100, what="frames to be lost to the capture")
    for _ in range(3):
        wait = metronome.measure(flood)
        print(f"CAPTURE a reader that does not read: {wait}")
        if not wait.lost and wait.own < (0.075 if SANITIZED else 0.015):
            break
    else:
        raise AssertionError(str(wait))
    c.process.send_signal(signal.SIGINT)
    out, err = c.process.communicate(timeout=20)
    assert b"lost: what is written to did not keep up" in err and c.process.returncode == 0
    # what was lost stands in the file, at the port where it was
    blocks, at = {}, 0
    while at < len(out):
        kind, length = struct.unpack_from("=II", out, at)
        if kind == 5:
            interface, _, _, *options = struct.unpack_from("=IIIHHQHHQ", out, at + 8)
            blocks[interface] = options[2], options[5]
        at += length
    assert at == len(out) and len(blocks) == 2
    lost = sum(b[1] for b in blocks.values())
    assert lost == int(err.split(b", ")[1].split()[0]) and all(b[0] > b[1] for b in blocks.values())


def test_forwarding_while_somebody_captures(lab, tmp_path):
    d, h1, h2 = lab.lan(2, addresses=True)
    metronome = Metronome(h1, h2, d.pid)
    lab.wires.append(metronome)

    def attack():
        for i in range(10):
            c = Capturing(d, "--buffer", "64M", "--direction", "both,dropped", "--write", tmp_path / "x.pcapng")
            time.sleep(0.05)
            c.end(signal.SIGKILL if i % 2 else signal.SIGINT, -9 if i % 2 else 0)
    for _ in range(3):
        wait = metronome.measure(attack)
        print(f"CAPTURE beginning and ending: {wait}")
        if not wait.lost and wait.own < (0.075 if SANITIZED else 0.015):
            return
    raise AssertionError(str(wait))


def test_into_a_named_pipe(lab, tmp_path):
    d, h1, h2 = lab.lan(2)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for number in signal.SIGINT, signal.SIGTERM:  # nobody ever reads
        c = Capturing(d, "--write", fifo, wait=False)
        wait_until(lambda: sleeps(c.process.pid), what="it to wait for a reader")
        assert c.end(number, -number) == "" and not d.rpc("capture.list")["captures"]
    c = Capturing(d, "all", "greater 500", "--write", fifo, wait=False)
    with open(fifo, "rb") as f:
        assert c.process.stderr.readline().decode() == BEGUN
        h1.wire.send(sized(h2.mac, h1.mac, 600))
        got = b""
        while len(got) < 600:
            got += f.read1()
        assert got[:4] == b"\x0a\x0d\x0d\x0a"
    h1.wire.send(sized(h2.mac, h1.mac, 600))  # who read it has gone
    assert c.end(None) == "swctl: 1 frame captured\n"


def test_a_script_can_wait_for_its_beginning(lab, tmp_path):
    d, h1, h2 = lab.lan(2)
    for form, begun, end in ([], BEGUN, "swctl: 1 frame captured\n"), (["--json"], '{"capturing":true}\n', '{"frames":1,"lost":0}\n'):
        c = Capturing(d, "all", "greater 500", "--count", "1", "--write", tmp_path / "x.pcapng", *form, wait=False)
        assert c.process.stderr.readline().decode() == begun
        h1.wire.send(sized(h2.mac, h1.mac, 600))
        assert c.end(None) == end


def test_descriptors_that_are_closed(lab, tmp_path):
    """What would be printed there must not get into the file, nor frames into the socket."""
    d, *_ = lab.lan(2)
    path = tmp_path / "x.pcapng"
    command = f"{SWCTL} --socket {d.socket} capture --duration 0.3"
    assert sh("bash", "-c", f"{command} --write {path} <&- >&- 2>&-").stdout == "" and tshark(path) is not None
    out = subprocess.run(["bash", "-c", f"{command} >&-"], stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    assert out.returncode == 1 and "cannot write to standard output: Bad file descriptor" in out.stderr


# how it ends

def test_killed(lab, tmp_path):
    d, h1, _ = lab.lan(2)
    c = Capturing(d, "--write", tmp_path / "x.pcapng")
    c.end(signal.SIGKILL, -9)
    wait_until(lambda: not d.rpc("capture.list")["captures"], what="the daemon to forget it")
    h1.wire.send(sized(BROADCAST, h1.mac, 100))


def test_the_terminal_is_closed(lab, tmp_path):
    """What was captured is whole; what nohup has begun goes on."""
    d, h1, h2 = lab.lan(2)
    path = tmp_path / "x.pcapng"
    c = Capturing(d, "all", "greater 500", "--write", path)
    h1.wire.send(sized(h2.mac, h1.mac, 600))
    wait_until(lambda: c.listed()["frames"], what="a frame")
    assert c.end(signal.SIGHUP) == BEGUN + "swctl: 1 frame captured\n" and len(tshark(path)) == 1
    kept = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        c = Capturing(d, "all", "greater 500", "--write", path, restore_signals=False)
    finally:
        signal.signal(signal.SIGHUP, kept)
    c.process.send_signal(signal.SIGHUP)
    h1.wire.send(sized(h2.mac, h1.mac, 600))
    wait_until(lambda: c.listed()["frames"], what="a frame")
    assert c.end() == BEGUN + "swctl: 1 frame captured\n"


def test_stopped_at_once(lab, tmp_path):
    """Before it has heard that it may, or just then."""
    d, *_ = lab.lan(2)
    for _ in range(20):
        c = Capturing(d, "--write", tmp_path / "x.pcapng", wait=False)
        wait_until(lambda: d.rpc("capture.list")["captures"], what="the daemon to begin")
        c.end()
    assert not d.rpc("capture.list")["captures"]


def test_a_daemon_that_stops(lab, tmp_path):
    d, h1, _ = lab.lan(2)
    path = tmp_path / "x.pcapng"
    c = Capturing(d, "--write", path)
    h1.wire.send(sized(BROADCAST, h1.mac, 100))
    wait_until(lambda: c.listed()["frames"], what="a frame")
    d.stop()
    assert "closed the connection" in c.end(None, 3)
    assert [r["frame.len"] for r in tshark(path) if r["eth.src"] == h1.mac] == ["100"]


@pytest.mark.parametrize("redirected", [False, True])
def test_a_full_disk(lab, tmp_path, redirected):
    d, h1, h2 = lab.lan(2)
    sh("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", tmp_path)
    try:
        path = tmp_path / "x.pcapng"
        with open(path, "wb") as f:
            c = Capturing(d, stdout=f) if redirected else Capturing(d, "--write", path)
        f = sized(h2.mac, h1.mac, 1000)
        with contextlib.suppress(StopIteration):  # until it is gone
            for _ in range(100):
                h1.wire.send(*[f] * 10)
                h2.wire.drain()
                c.listed()
        said = c.end(None, 1)
        name = "standard output" if redirected else path
        assert f"cannot write to {name}: No space left on device" in said and "can be read" in said
        rows = tshark(path)
        assert len(rows) > 100 and {r["frame.len"] for r in rows if r["eth.src"] == h1.mac} == {"1000"}
        assert f"swctl: {len(rows)} frames captured" in said  # not those that did not fit
    finally:
        sh("umount", tmp_path)


def test_a_file_as_large_as_may_be(lab, tmp_path):
    """ulimit -f: as a full disk, and no death by a signal."""
    d, h1, h2 = lab.lan(2)
    path = tmp_path / "x.pcapng"
    c = Capturing(d, "--write", path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000)))
    f = sized(h2.mac, h1.mac, 1000)
    with contextlib.suppress(StopIteration):  # until it is gone
        for _ in range(100):
            h1.wire.send(f)
            h2.wire.drain()
            c.listed()
    said = c.end(None, 1)
    assert f"cannot write to {path}: File too large" in said and f"swctl: {len(tshark(path))} frames captured" in said


def test_a_time_while_frames_come_faster_than_they_are_read(lab):
    """There is always one more frame to be written, and it ends all the same."""
    d, h1, h2 = lab.lan(2)
    f = sized(h2.mac, h1.mac, 1500)
    sender = os.fork()
    if sender == 0:
        with contextlib.suppress(BaseException):
            while True:
                h1.wire.send(*[f] * 10)
                time.sleep(0.001)
        os._exit(1)
    try:
        c = Capturing(d, "--duration", "1")
        began = time.monotonic()
        while c.process.stdout.read(65536):
            time.sleep(0.02)
            assert time.monotonic() - began < 30
        assert c.process.wait(5) == 0
    finally:
        os.kill(sender, signal.SIGKILL)
        os.waitpid(sender, 0)


def test_a_time_and_nothing_to_see(lab, tmp_path):
    d, *_ = lab.lan(2)
    path = tmp_path / "x.pcapng"
    said = d.swctl("capture", "all", "ether", "host", station(77), "--duration", "0.3", "--write", path)
    assert said.stdout == BEGUN + "swctl: 0 frames captured\n" and tshark(path) == []


# files

def test_ring_files(lab, tmp_path):
    d, h1, h2 = lab.lan(2)
    c = Capturing(d, "--file-size", "10k", "--ring-files", "3", "--write", tmp_path / "x.pcapng")
    for i in range(60):
        h1.wire.send(sized(h2.mac, h1.mac, 1000 + i))
    wait_frames(d, "h1", 60)
    c.end()
    files = sorted(tmp_path.glob("*"))
    assert len(files) == 3 and files[-1].name > "x_00006.pcapng" and all(f.stat().st_size <= 10500 for f in files)
    rows = [r for f in files for r in tshark(f) if r["eth.src"] == h1.mac]
    lengths = [int(r["frame.len"]) for r in rows]
    assert lengths[-1] == 1059 and lengths == list(range(lengths[0], 1060)) and len(lengths) > 15
    assert {r["frame.interface_name"] for r in rows} == {"h1"}


def test_files_by_time(lab, tmp_path):
    d, h1, h2 = lab.lan(2)
    c = Capturing(d, "--file-seconds", "0.3", "--write", tmp_path / "a.b")
    for i in range(3):
        h1.wire.send(sized(h2.mac, h1.mac, 1000 + i))
        wait_until(lambda: c.listed()["frames"] > i, what="it to be captured")
        time.sleep(0.4)
    c.end()
    assert sorted(f.name for f in tmp_path.glob("a_*")) == ["a_00001.b", "a_00002.b", "a_00003.b"]


# what is said

def test_what_makes_no_sense_is_said(lab, tmp_path):
    d, *_ = lab.lan(2)
    cases = [(["icmp"], 1, "capture all icmp"), (["h9"], 1, "h9"), (["--ring-files", "3"], 2, "--write"),
             (["--ring-files", "3", "--write", "x"], 2, "--file-size"), (["all", "ip", "and"], 1, "syntax error"), (["h1", "h2"], 1, "commas between: swctl capture h1,h2"),
             (["--direction", "up"], 1, "dropped"), (["--snaplen", "many"], 2, "64k"), (["--vlans", "0"], 2, "10,20-29"),
             (["--write", "/nowhere/x"], 1, "No such file"), (["--buffer", "1k"], 2, "from 256k to 64M"),
             (["--buffer", "1G"], 2, "from 256k to 64M")]
    for args, code, text in cases:
        out = d.swctl("capture", *args, check=False, cwd=tmp_path)
        assert out.returncode == code and text in out.stdout, (args, out.stdout)
    assert not list(tmp_path.iterdir()) and not d.rpc("capture.list")["captures"]
    tty = subprocess.run(["script", "-qec", f"{SWCTL} --socket {d.socket} capture", "/dev/null"], capture_output=True, text=True,
                         timeout=20, check=False)
    assert tty.returncode == 2 and "tshark -r -" in tty.stdout


def test_who_captures(lab):
    d, *_ = lab.lan(2)
    assert "nobody captures" in d.swctl("show", "captures").stdout
    c = Capturing(d, "h1", "not", "arp", "--direction", "both", "--vlans", "1-9")
    out = d.swctl("capture", "--list").stdout
    assert str(c.process.pid) in out and "in,out" in out and "not arp" in out and "1-9" in out
    assert out == d.swctl("show", "captures").stdout
    assert json.loads(d.swctl("show", "captures", "--json").stdout)["captures"][0]["filter"] == "not arp"
    assert max(map(len, out.splitlines())) <= 80
    c.end()
    assert d.completed("capture", "h1,") == ["h1,h1", "h1,h2", "h1,all"]
    assert d.completed("capture", "--direction", "in,dr") == ["in,dropped"]

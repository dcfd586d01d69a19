# SPDX-License-Identifier: ISC
"""How the daemon starts, stays quiet, and stops."""
import grp
import os
import signal
import socket
import stat
import subprocess
import time

import pytest

from daemon import SANITIZED, SWITCHD
from netns import settle
from rpc import Client
from wait import wait_until


def run(*args, **kw):
    return subprocess.run([SWITCHD, *map(str, args)], capture_output=True, text=True, timeout=30, **kw)


def test_help_and_version_are_answered(lab):
    p = run("--help")
    assert p.returncode == 0 and not p.stderr
    for option in "--config", "--socket", "--check", "--daemon", "--pidfile", "--log-level", "--version":
        assert option in p.stdout
    assert all(len(line) <= 80 for line in p.stdout.splitlines())
    p = run("--version")
    assert p.returncode == 0 and p.stdout.startswith("switchd ") and len(p.stdout.splitlines()) == 1
    assert lab.switchd().rpc("daemon.info")["version"] in p.stdout


@pytest.mark.parametrize("args", [
    ["--nonsense"], ["--log-level", "loud"], ["--config"], ["stray"], ["--daemon", "--sokcet"],
], ids=str)
def test_wrong_options_are_refused(lab, args):
    p = run(*args, cwd=lab.directory)
    assert p.returncode == 2 and "switchd: " in p.stderr, (p.returncode, p.stderr)
    assert args[0] in p.stderr or args[-1] in p.stderr


def test_idle_costs_next_to_nothing(lab):
    d, *_ = lab.lan(3)
    d.rpc("daemon.info")
    assert d.cpu_share(2.0) < (0.02 if not SANITIZED else 0.04)


def test_a_socket_belongs_to_root_and_the_group_that_is_configured(lab):
    d = lab.switchd()
    mode = os.stat(d.socket)
    assert stat.S_IMODE(mode.st_mode) == 0o660 and mode.st_uid == 0
    d = lab.switchd({"control": {"group": "daemon"}})
    assert os.stat(d.socket).st_gid == grp.getgrnam("daemon").gr_gid
    assert stat.S_IMODE(os.stat(d.socket).st_mode) == 0o660


def test_the_default_socket_is_made_with_its_directory(lab):
    d = lab.switchd(start=False)
    d.command = [SWITCHD]
    d.socket = type(d.socket)("/run/switchd/switchd.sock")
    d.start()
    assert d.rpc("daemon.info")["pid"] == d.pid
    d.stop()
    assert not d.socket.exists()


def test_a_second_daemon_on_the_same_socket_is_refused(lab):
    d = lab.switchd()
    p = run("-s", d.socket)
    assert p.returncode not in (0, 2) and str(d.socket) in p.stderr and str(d.pid) in p.stderr, p.stderr
    assert d.rpc("daemon.info")["pid"] == d.pid, "the first one goes on"


def test_a_stale_socket_is_taken_over(lab):
    d = lab.switchd()
    d.kill()
    assert d.socket.exists()
    d.start()
    assert d.rpc("daemon.info")["pid"] == d.pid


def test_a_file_that_is_no_socket_is_left_alone(lab):
    d = lab.switchd(start=False)
    d.socket.write_text("precious")
    d.start(wait=False)
    assert d.process.wait(20) not in (0, None)
    d.expected_dead = True
    assert d.socket.read_text() == "precious" and str(d.socket) in d.log()


def test_a_socket_path_that_is_too_long_is_explained(lab):
    path = "/run/tmp/" + "x" * 120 + "/s"
    p = run("-s", path)
    assert p.returncode not in (0, None) and "at most 107" in p.stderr, p.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_it_stops_cleanly(lab, number):
    d, a, b = lab.lan(2)
    client = d.client()
    started = time.monotonic()
    d.expected_dead = True
    d.signal(number)
    assert d.process.wait(20) == 0
    assert time.monotonic() - started < 10
    assert not d.socket.exists()
    wait_until(lambda: not a.has_device() and not b.has_device(), what="the taps to go")
    client.close()


def test_sigpipe_and_a_log_nobody_reads_do_not_kill_it(lab):
    d = lab.switchd(start=False)
    r, w = os.pipe()
    d.process = subprocess.Popen([str(c) for c in d.command], stderr=w, stdout=w, stdin=subprocess.DEVNULL)
    os.close(w)
    os.close(r)
    wait_until(d._answers)  # it is there a moment before it listens
    for i in range(5):
        d.rpc("switch.add", switch=f"x{i}")
    assert d.alive()


def test_daemon_mode_writes_a_pidfile_and_returns_when_it_is_ready(lab):
    pidfile, path = lab.directory / "switchd.pid", lab.directory / "bg.sock"
    p = run("--daemon", "--pidfile", pidfile, "-s", path, "--log", "syslog")
    assert p.returncode == 0, p.stderr
    pid = int(pidfile.read_text())
    try:
        with Client(path) as c:  # no waiting: it returned, so it is ready
            assert c("daemon.info")["pid"] == pid
        assert os.getsid(pid) != os.getsid(0) and os.readlink(f"/proc/{pid}/cwd") == "/"
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what="the daemon to end")
    assert not pidfile.exists() and not path.exists()


def test_paths_given_to_a_daemon_are_meant_from_where_it_was_started(lab):
    p = run("--daemon", "--pidfile", "rel.pid", "-s", "rel.sock", cwd=lab.directory)
    assert p.returncode == 0, p.stderr
    pid = int((lab.directory / "rel.pid").read_text())
    assert (lab.directory / "rel.sock").is_socket()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what="the daemon to end")
    assert not (lab.directory / "rel.pid").exists()


def test_a_file_that_is_no_pidfile_is_left_alone(lab):
    precious = lab.directory / "precious"
    precious.write_text("do not lose this\n")
    p = run("--pidfile", precious, "-s", lab.directory / "s")
    assert p.returncode == 1 and "precious" in p.stderr
    assert precious.read_text() == "do not lose this\n"


def test_a_socket_that_may_not_be_connected_to_is_not_taken_over(lab):
    """Only a refused connection means that nobody is there."""
    d = lab.switchd()
    directory = d.socket.parent
    for up in (directory, *directory.parents):
        if str(up).startswith("/run/tmp"):
            up.chmod(0o777)
    p = run("-s", d.socket, user="nobody", group="nogroup", extra_groups=[])
    assert p.returncode == 1 and "another user" in p.stderr, p.stderr
    assert "taking over" not in p.stderr
    assert d.rpc("daemon.info")


def test_daemon_mode_that_fails_says_so_before_it_returns(lab):
    p = run("--daemon", "--pidfile", lab.directory / "pid", "-s", lab.directory / "no/such/dir/s", "--log", "stderr")
    assert p.returncode not in (0, None) and "no/such/dir" in p.stderr
    assert not (lab.directory / "pid").exists()


def test_readiness_is_told_to_systemd(lab):
    path = lab.directory / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        s.settimeout(10)
        d = lab.switchd(start=False, prefix=["env", f"NOTIFY_SOCKET={path}"])
        d.start()
        assert b"READY=1" in s.recv(4096)
        d.stop()
        assert b"STOPPING=1" in s.recv(4096)


def test_the_log_says_what_happens_at_the_level_asked_for(lab):
    d = lab.switchd(args=["--log-level", "error"])
    d.rpc("port.add", port="t0")
    assert d.log() == ""
    d = lab.switchd(args=["--log-level", "debug"])
    d.rpc("port.add", port="t1")
    assert "t1" in d.log()


def test_a_flood_of_changes_does_not_flood_the_log(lab):
    d = lab.switchd()
    for _ in range(2000):
        d.rpc("stats.clear")
    assert 1 < d.log().count("stats.clear") < 500


def test_frames_are_never_logged_one_by_one(lab):
    d, a, b = lab.lan(2)
    settle(a.wire, b.wire)
    length = len(d.log())
    for _ in range(50):
        a.wire.send(b"\xff" * 6 + b"\x01" + bytes(5) + b"\x81\x00")  # truncated, from a group
        settle(a.wire, b.wire)
    assert len(d.log()) - length < 500

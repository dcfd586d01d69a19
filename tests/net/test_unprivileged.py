# SPDX-License-Identifier: ISC
"""A plain user runs a switch on taps that root made for him."""
import json
import os
import pwd
import shutil
import socket
import stat
import subprocess

import pytest

from daemon import SWCTL, SWITCHD
from netns import settle, sh
from frames import BROADCAST, sized, station
from rpc import SYSTEM, RpcError
from wait import wait_until

NOBODY = pwd.getpwnam("nobody")
AS_NOBODY = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups"]


@pytest.fixture
def as_nobody(lab):
    """Starts daemons as nobody, in a directory of his; the program may be where only root can go."""
    program = lab.directory / "switchd"
    shutil.copy(SWITCHD, program)
    program.chmod(0o755)

    def start(config=None, **kw):
        d = lab.switchd(config, start=False, prefix=AS_NOBODY, program=program, **kw)
        os.chown(d.directory, NOBODY.pw_uid, NOBODY.pw_gid)
        return d.start()
    return start


def own_tap(name):
    sh("ip", "tuntap", "add", "dev", name, "mode", "tap", "user", "nobody")
    sh("ip", "link", "set", name, "up")


def test_a_user_switches_between_taps_that_are_his(lab, as_nobody):
    d = as_nobody()
    for n in 0, 1:
        own_tap(f"mine{n}")
        d.rpc("port.add", port=f"mine{n}")
        d.wait_port(f"mine{n}")
    a, b = (lab.wire(None, f"mine{n}", station(0x100 + n)) for n in (0, 1))
    frame = sized(BROADCAST, a.mac, 99)
    a.send(frame)
    assert settle(a, b) == [[frame]]
    assert os.stat(d.socket).st_uid == NOBODY.pw_uid


def test_a_user_sees_his_tap_deleted_and_made_again(lab, as_nobody):
    own_tap("mine0")
    d = as_nobody({"switches": {"sw0": {"ports": {"mine0": {"type": "tap"}}}}})
    d.wait_port("mine0")
    sh("ip", "link", "del", "mine0")
    d.wait_port("mine0", "lost")
    own_tap("mine0")
    d.wait_port("mine0")


def test_making_a_tap_as_a_user_is_refused_with_the_capability_and_the_way_out(as_nobody):
    d = as_nobody()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="new0")
    assert e.value.code == SYSTEM and e.value.data["errno"] == "EPERM"
    assert "CAP_NET_ADMIN" in e.value.message and "ip tuntap add" in e.value.message, e.value.message


def test_somebody_elses_tap_is_refused(as_nobody):
    sh("ip", "tuntap", "add", "dev", "roots0", "mode", "tap", "user", "root")
    d = as_nobody()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="roots0")
    assert e.value.code == SYSTEM and e.value.data["errno"] == "EPERM"
    assert "roots0" in e.value.message and "user" in e.value.message


def test_a_closed_dev_net_tun_is_explained(lab, as_nobody):
    close = "mount -t tmpfs tmpfs /dev/net && mknod -m 600 /dev/net/tun c 10 200 && exec \"$@\""
    d = lab.switchd(start=False, prefix=["unshare", "--mount", "sh", "-c", close, "sh", *AS_NOBODY],
                    program=lab.directory / "switchd")
    os.chown(d.directory, NOBODY.pw_uid, NOBODY.pw_gid)
    d.start()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="new0")
    assert "/dev/net/tun" in e.value.message and "chmod" in e.value.message, e.value.message


def test_a_user_who_may_not_use_the_socket_is_told_so(lab):
    program = lab.directory / "swctl"
    shutil.copy(SWCTL, program)
    program.chmod(0o755)
    d = lab.switchd()
    p = sh(*AS_NOBODY, program, "--socket", d.socket, "show", "ports", check=False)
    assert p.returncode == 3 and str(d.socket) in p.stdout and "ermission" in p.stdout, p.stdout


def test_a_directory_a_user_may_not_write_is_explained(lab, as_nobody):
    d = lab.switchd(start=False, prefix=AS_NOBODY, program=lab.directory / "switchd")
    d.directory.chmod(0o755)
    d.start(wait=False)
    assert d.process.wait(20) not in (0, None)
    d.expected_dead = True
    assert str(d.socket) in d.log() or str(d.directory) in d.log(), d.log()


def test_a_user_has_guests_over_sockets(lab, as_nobody):
    d = as_nobody()
    paths = [d.directory / name for name in ("stream", "dgram")]
    for path in paths:
        d.rpc("port.add", port=path.name, type=path.name, listen=f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as a, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as b:
        a.settimeout(10)
        b.settimeout(10)
        a.connect(str(paths[0]))
        b.bind(str(d.directory / "guest"))
        (d.directory / "guest").chmod(0o666)  # the guest's owner lets the switch answer
        b.sendto(b"VFKT", str(paths[1]))
        d.wait_port("dgram.1")
        d.wait_port("stream.1")
        frame = sized(BROADCAST, station(0x51), 99)
        a.sendall(len(frame).to_bytes(4, "big") + frame)
        assert b.recv(2000) == frame
    with pytest.raises(RpcError, match="group"):
        d.rpc("port.add", port="x", type="stream", listen=f"unix:{d.directory}/x", group="adm")
    assert not (d.directory / "x").exists()


# ---- without root, and without saying where the socket is ----

@pytest.fixture
def home(lab):
    """A plain user's runtime directory, with the programs where he can run them."""
    home = lab.directory / "home"
    home.mkdir()
    os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
    (home / "bin").mkdir()
    for program in SWITCHD, SWCTL:
        shutil.copy(program, home / "bin")
    return home


@pytest.fixture
def run_as_user(home):
    """Starts a daemon of his that nobody told its socket; returns a function that runs swctl there."""
    started = []

    def start(*prefix):
        env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(home)}
        log = open(home / "log", "ab")
        daemon = subprocess.Popen([*AS_NOBODY, *prefix, home / "bin/switchd"], env=env, stdout=log, stderr=log)
        started.append((daemon, log))

        def run(*args):
            inside = ["nsenter", "--preserve-credentials", f"--user=/proc/{daemon.pid}/ns/user",
                      f"--net=/proc/{daemon.pid}/ns/net"] if prefix else []
            return subprocess.run([*AS_NOBODY, *inside, home / "bin/swctl", *args], env=env, capture_output=True, text=True)

        def swctl(*args):
            p = run(*args)
            assert p.returncode == 0, (args, p.stderr, (home / "log").read_text())
            return p.stdout

        wait_until(lambda: run("show", "ports").returncode == 0, 20, "the daemon in XDG_RUNTIME_DIR")
        return swctl
    yield start
    for daemon, log in started:
        daemon.terminate()
        assert daemon.wait(20) == 0, (home / "log").read_text()
        log.close()
    assert not (home / "switchd" / "switchd.sock").exists()


def test_a_user_finds_his_own_daemon_without_naming_its_socket(run_as_user, home):
    swctl = run_as_user()
    assert stat.S_ISSOCK((home / "switchd" / "switchd.sock").stat().st_mode)
    swctl("add", "port", "far", "--type", "udp", "--local", "127.0.0.1:4000", "--remote", "127.0.0.1:4001")
    assert "far" in swctl("show", "ports")


# Every kind but tap and netdev: the settings, and the state it is in when nobody is at the other end.
KINDS = (
    ("stream", ("--listen", "unix:@{home}/s"), "listening"),
    ("dgram", ("--listen", "unix:{home}/d"), "listening"),
    ("udp", ("--local", "127.0.0.1:4000", "--remote", "127.0.0.1:4001"), "up"),
    ("mcast", ("--group", "239.1.2.3:4002", "--ifname", "lo"), "up"),
    ("vde", ("--dir", "{home}/v"), "listening"),
    ("vxlan", ("--vni", "7", "--remotes", "127.0.0.2"), "up"),
    ("patch", ("--peer", "sw0/none"), "down"),
)


def add_all(swctl, home):
    for kind, settings, _ in KINDS:
        swctl("add", "port", kind, "--type", kind, *(s.format(home=home) for s in settings))
    states = {p["port"]: p["state"] for p in json.loads(swctl("show", "ports", "--json"))["ports"]}
    assert {kind: states.get(kind) for kind, _, _ in KINDS} == {kind: state for kind, _, state in KINDS}


def test_a_plain_user_has_every_kind_of_port_but_devices(run_as_user, home):
    add_all(run_as_user(), home)


def test_in_a_user_namespace_there_is_every_kind_of_port(run_as_user, home):
    links = "ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"
    swctl = run_as_user("unshare", "--user", "--map-root-user", "--net", "sh", "-c", f'{links} && exec "$0"')
    add_all(swctl, home)
    for name, kind in ("h1", "tap"), ("v0", "netdev"):
        assert f"port {name} added on sw0: up" in swctl("add", "port", name, "--type", kind)


def test_in_a_user_namespace_even_taps_need_no_root(run_as_user):
    swctl = run_as_user("unshare", "--user", "--map-root-user", "--net")
    swctl("add", "port", "h1")
    swctl("add", "port", "far", "--type", "udp", "--local", "127.0.0.1:4000", "--remote", "127.0.0.1:4001")
    rows = swctl("show", "ports").splitlines()
    assert [row.split()[:2] for row in rows[1:3]] == [["h1", "up"], ["far", "up"]], rows

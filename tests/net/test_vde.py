# SPDX-License-Identifier: ISC
"""vde ports: stock clients of VDE, what they exchange, and clients that do what they should not."""
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import time

import pytest

from daemon import SANITIZED, SWITCHD
from frames import BROADCAST, eth, noise, numbered, number_of, sized, station, tagged
from netns import settle, sh
from rpc import RpcError
from traffic import Stream, tcp_transfer, udp_echo
from vde import HANG_UP, Client, Programs, request, request_v1
from wait import wait_until

MIB = 1 << 20
SIZE = (2 if SANITIZED else 8) * MIB
NOBODY = pwd.getpwnam("nobody")


def as_user(gid=NOBODY.pw_gid):
    return ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={gid}", "--clear-groups"]


AS_NOBODY = as_user()


@pytest.fixture
def programs(lab):
    p = Programs(lab.directory)
    yield p
    p.close()


@pytest.fixture
def clients():
    """Makes clients of our own."""
    made = []

    def make(directory):
        made.append(Client(directory))
        return made[-1]
    yield make
    for c in made:
        c.close()


def vde(lab, name="S", **options):
    return {"type": "vde", "dir": str(lab.directory / name), **options}


def config(**ports):
    return {"switches": {"sw0": {"ports": ports}}}


def wait_peers(d, *names, port="lab"):
    def peers():
        return sorted(n for n in d.ports() if n.startswith(f"{port}."))
    wait_until(lambda: peers() == sorted(names), what=f"the peers {names}")


class Lan:
    """A daemon that clients can plug into, and a host of its own: h --tap-- [switch] --lab."""

    def __init__(self, lab, **options):
        self.dir = lab.directory / "S"
        self.h = lab.host("h")
        self.d = lab.switchd(config(h=lab.tap(self.h, mtu=options.get("mtu", 1500)), lab=vde(lab, **options)))
        self.d.wait_port("h")
        self.d.wait_port("lab", "listening")
        self.h.wire.drain()

    def there(self):
        """What is in the directory."""
        return sorted(os.listdir(self.dir))

    def peers(self):
        return sorted(n for n in self.d.ports() if n.startswith("lab."))

    def plug(self, programs, host, *args, **kw):
        """With vde_plug2tap, which makes its tap before it connects."""
        before = len(self.peers())
        p = programs.plug2tap(host, self.dir, *args, **kw)
        wait_until(lambda: len(self.peers()) > before, what="the peer")
        return p

    def wait_peers(self, *names):
        wait_peers(self.d, *names)


@pytest.fixture
def lan(lab):
    return Lan(lab)


def open_files(d):
    return len(os.listdir(f"/proc/{d.pid}/fd"))


# stock clients

def test_hosts_behind_vde_plug2tap(lab, lan, programs):
    a, b = lab.host("a"), lab.host("b")
    for host in a, b:
        lan.plug(programs, host)
        host.address()
    lan.h.address()
    for x, y in (a, b), (b, a), (a, lan.h), (lan.h, b):
        assert x.ping(y, count=3) == 0
    assert lan.peers() == ["lab.1", "lab.2"]
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, lan.h, SIZE, seed=2)
    tcp_transfer(lan.h, a, SIZE, seed=3)
    udp_echo(a, lan.h, [0, 1, 512, 1472, 1473, 9000])
    assert {d["reason"] for d in lan.d.rpc("drops.list")["drops"]} <= {"queue_full"}
    assert lan.d.where(a.mac) == "lab.1"


def test_what_is_shown_of_a_client(lab, lan, programs):
    p = lan.plug(programs, lab.host("a"))
    port = lan.d.port("lab.1")
    assert port["local"] == str(lan.dir) and port["type"] == "vde"
    assert re.fullmatch(rf"vde_plug2tap: user=root pid={p.pid}", port["peer"])
    text = lan.d.swctl("show", "ports").stdout
    assert re.search(r"^lab +listening +vde ", text, re.M) and re.search(r"^lab\.1 +up +vde .*vde_plug2tap", text, re.M)
    text = lan.d.swctl("show", "port", "lab.1").stdout
    assert "vde_plug2tap" in text and str(lan.dir) in text
    assert "lab.1" not in lan.d.swctl("show", "config").stdout
    assert f"pid={p.pid}" in lan.d.swctl("--json", "show", "ports").stdout


@pytest.mark.parametrize("middle", ["dpipe", "wirefilter"])
@pytest.mark.parametrize("other", ["vde_switch", "switchd"])
def test_two_switches_joined(lab, lan, programs, middle, other):
    """h --tap-- [ours] --lab == dpipe or wirefilter == [vde_switch or another of ours] -- vde_plug2tap -- b"""
    b, there = lab.host("b"), lab.directory / "T"
    if other == "switchd":
        lab.switchd(config(far=vde(lab, "T")))
    else:
        programs.start("vde_switch", "-s", there)
    wait_until(lambda: (there / "ctl").exists(), what="the other switch")
    programs.plug2tap(b, there)
    if middle == "dpipe":
        programs.start("dpipe", "vde_plug", lan.dir, "=", "vde_plug", there)
    else:
        programs.start("wirefilter", "-v", f"{lan.dir}:{there}")
    lan.wait_peers("lab.1")
    lan.h.address()
    b.address()
    wait_until(lambda: lan.h.ping(b, wait=1) == 0, what="pings to be answered")
    assert b.ping(lan.h, count=5) == 0
    tcp_transfer(lan.h, b, MIB)
    tcp_transfer(b, lan.h, MIB, seed=2)


def test_jumbo_frames_through_vde_plug(lab, programs):
    """vde_plug hands on frames up to 9216 bytes of payload; vde_plug2tap cuts them at 2048."""
    near, far = Lan(lab, mtu=9000), lab.host("b")
    d = lab.switchd(config(b=lab.tap(far, mtu=9000), far=vde(lab, "T")))
    d.wait_port("b")
    programs.start("dpipe", "vde_plug", near.dir, "=", "vde_plug", lab.directory / "T")
    near.wait_peers("lab.1")
    wait_peers(d, "far.1", port="far")
    near.h.address()
    far.address()
    assert near.h.ping(far, count=2, size=8972) == 0
    tcp_transfer(near.h, far, SIZE)
    tcp_transfer(far, near.h, SIZE, seed=2)


def test_the_number_that_a_client_asks_for(lab, lan, programs, clients):
    lan.plug(programs, lab.host("a"), "-p", 5)
    lan.wait_peers("lab.5")
    assert any(name.startswith("005.") for name in lan.there())
    lan.plug(programs, lab.host("b"))
    lan.wait_peers("lab.1", "lab.5")
    taken = programs.start("vde_plug", f"vde://{lan.dir}[5]")
    assert taken.wait(10) == 1
    wait_until(lambda: "port lab.5 is taken" in lan.d.log())
    assert f"process {taken.pid} (vde_plug)" in lan.d.log()
    clients(lan.dir).plug(kind=1)  # "port 0"
    clients(lan.dir).plug(number=9999)
    lan.wait_peers("lab.1", "lab.2", "lab.5", "lab.9999")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_unplugging(lab, lan, programs, number):
    p = lan.plug(programs, lab.host("a"))
    lan.wait_peers("lab.1")
    with_peer = open_files(lan.d)
    programs.kill(p, number)
    lan.wait_peers()
    assert lan.there() == ["ctl"]
    wait_until(lambda: open_files(lan.d) == with_peer - 2, what="both descriptors to be closed")
    lan.plug(programs, lab.host("b"))
    lan.wait_peers("lab.1")
    assert lan.d.port("lab")["state"] == "listening"


def test_a_client_is_thrown_out(lab, lan, programs):
    p = lan.plug(programs, lab.host("a"))
    lan.wait_peers("lab.1")
    lan.d.rpc("port.del", port="lab.1")
    p.wait(10)
    assert lan.there() == ["ctl"] and lan.peers() == []


# frames

SIZES = [14, 15, 59, 60, 61, 64, 1499, 1500, 1513, 1514, 1515, 4096, 8192, 8193, 9000, 30000, 65535]


def test_frames_arrive_byte_for_byte_and_in_their_order(lab, clients):
    lan = Lan(lab, mtu=65521)
    a, b = clients(lan.dir).plug(), clients(lan.dir).plug()
    lan.wait_peers("lab.1", "lab.2")
    sent = [sized(BROADCAST, station(7), size) for size in SIZES + SIZES[::-1] for _ in range(3)]
    sent += [tagged(eth(BROADCAST, station(7), noise(200)), (10, 0x88A8), (20,))]
    a.send(*sent)
    assert [b.recv() for _ in sent] == sent
    got = [lan.h.wire.recv() for _ in sent]
    assert got == sent
    assert a.drain() == [] and b.drain() == []
    for frame in sent:
        lan.h.wire.send(frame)
        assert a.recv() == frame and b.recv() == frame
    assert lan.d.rpc("drops.list")["drops"] == []


def test_the_mtu_of_the_port_holds_for_each_client(lab, clients):
    lan = Lan(lab, mtu=1000)
    a, b = clients(lan.dir).plug(), clients(lan.dir).plug()
    lan.wait_peers("lab.1", "lab.2")
    fits = sized(BROADCAST, station(7), 1014)
    a.send(sized(BROADCAST, station(7), 1015), b"", bytes(13), fits)
    assert b.recv() == fits and b.drain() == []
    assert lan.d.drops("lab.1") == {"oversize": 1, "runt": 2}
    lan.d.rpc("port.set", port="lab", mtu=1001)
    a.send(sized(BROADCAST, station(7), 1015))
    assert len(b.recv()) == 1015


def test_segments_are_joined_unless_told_otherwise(lab, lan, programs):
    a = lab.host("a")
    lan.plug(programs, a)
    a.address()
    lan.h.address()
    tcp_transfer(a, lan.h, MIB)
    lan.d.rpc("port.set", port="lab", coalesce=False)
    before = lan.d.stats("h")["tx_frames"]
    tcp_transfer(a, lan.h, MIB)
    assert lan.d.stats("h")["tx_frames"] - before >= MIB // 1460


# clients that do not read

@pytest.mark.parametrize("connect", [True, False], ids=["connected", "not-connected"])
def test_what_a_client_does_not_read_waits_and_is_counted(lan, clients, connect):
    """Not connected, the client's queue is of net.unix.max_dgram_qlen; connected, our buffer is the limit."""
    c = clients(lan.dir).plug(connect=connect)
    lan.wait_peers("lab.1")
    sent = 0
    while not lan.d.drops("lab.1"):
        start = lan.d.stats("h")["rx_frames"]
        lan.h.wire.send(*[numbered(BROADCAST, lan.h.mac, n, 1500) for n in range(sent, sent + 200)])
        sent += 200
        wait_until(lambda: lan.d.stats("h")["rx_frames"] - start >= 200, what="the frames to be read")
        assert sent < 20000
    assert lan.d.cpu_share(0.3) < 0.3, "it spins"
    lost = lan.d.drops("lab.1")["queue_full"]
    got = [number_of(c.recv()) for _ in range(sent - lost)]
    assert c.recv(0.1) is None
    assert got == sorted(set(got)) and got[:100] == list(range(100))
    assert lan.d.stats("lab.1")["tx_frames"] == len(got)
    assert lan.d.drops("lab.1") == {"queue_full": lost}
    assert len(got) > 150, "there is a queue"
    last = numbered(BROADCAST, lan.h.mac, sent, 1500)
    lan.h.wire.send(last)
    assert c.recv() == last
    assert lan.d.cpu_share(0.3) < 0.3, "it spins"


def test_others_go_on_while_a_client_is_stopped(lab, lan, programs):
    a, b, c = (lab.host(n) for n in "abc")
    plugs = [lan.plug(programs, host) for host in (a, b, c)]
    for host in a, b, c:
        host.address()
    assert a.ping(b) == 0 and a.ping(c) == 0
    programs.kill(plugs[2], signal.SIGSTOP)
    stream = Stream(a, b)
    c.wire.drain()
    flood = [sized(c.mac, a.mac, 1500)] * 100
    for _ in range(20):
        a.wire.send(*flood)
        stream.flow_on(50)
    wait_until(lambda: lan.d.drops("lab.3").get("queue_full"), what="frames for the stopped one to be dropped")
    stream.finish()
    assert lan.d.port("lab.3")["state"] == "up"
    programs.kill(plugs[2], signal.SIGCONT)
    wait_until(lambda: a.ping(c, wait=1) == 0, what="the stopped one to go on")


# who is let in

def log_says(d, *words):
    wait_until(lambda: all(w in d.log() for w in words), what=f"the log to say {words}:\n{d.log()}")


REQUESTS = [
    (b"GET / HTTP/1.0\r\n\r\n", "something else than a request"),
    (request("/x", version=2), "version 2"),
    (request("/x", kind=3), "kind 3"),
    (request("/x", number=10000), "port 10000"),
    (request("/x", family=socket.AF_INET), "family 2"),
    (request("x"), "not a whole one"),
    (request(""), "no name"),
    (request(b"\0abstract"), "no name"),
    (request("/nonexistent/x"), "/nonexistent/x cannot be used: No such file"),
    (request("/" + "x" * 107), "cannot be used"),
    (request("/run"), "is not a socket"),
    (request("/run/tmp/.tun"), "is not a socket"),
]


@pytest.mark.parametrize("cases", [REQUESTS[0::2], REQUESTS[1::2]], ids=["even", "odd"])
def test_requests_that_are_none(lan, clients, cases):
    for data, says in cases:
        clients(lan.dir).refused(data)
        log_says(lan.d, says)
    assert lan.d.log().count(f"process {os.getpid()} (") == len(cases)
    assert lan.peers() == [] and lan.there() == ["ctl"]


def test_a_socket_that_is_not_for_datagrams(lan, clients):
    clients(lan.dir).refused(request(f"{lan.dir}/ctl"))
    log_says(lan.d, "is not for datagrams")


def test_a_socket_that_nobody_has_open(lan, clients):
    c = clients(lan.dir)
    c.bind()
    c.data.close()
    c.refused(request(c.path))
    log_says(lan.d, "nobody has its socket")


def test_a_request_of_version_1_and_one_in_pieces(lan, clients):
    old = clients(lan.dir)
    old.plug(data=request_v1(old.path))
    assert lan.d.port("lab.1")["peer"] == "old client"
    c = clients(lan.dir)
    c.bind()
    whole = request(c.path, descr=b"")
    for i in range(len(whole) - 1):
        c.ctl.send(whole[i:i + 1])
    c.data.connect(c.ask(whole[-1:]))
    assert re.fullmatch(rf"process {os.getpid()} \(.+\)", lan.d.port("lab.2")["peer"])
    c.ctl.send(b"whatever comes later " * 100)
    frame = sized(BROADCAST, station(9), 100)
    c.send(frame)
    assert old.recv() == frame
    assert lan.peers() == ["lab.1", "lab.2"]


def test_a_description_is_shown_and_not_obeyed(lan, clients):
    clients(lan.dir).plug(descr=b"\x1b[31mred\xff" + b"x" * 200)
    assert lan.d.port("lab.1")["peer"] == "?[31mred?" + "x" * 119
    assert "\x1b" not in lan.d.swctl("show", "ports").stdout


def test_one_that_says_nothing(lan, clients):
    silent, prober = clients(lan.dir), clients(lan.dir)
    prober.close()
    clients(lan.dir).plug()
    lan.wait_peers("lab.1")
    silent.ctl.send(b"\xce\xfa")
    assert silent.ctl.recv(200)[:2] == b"\1\0" and silent.ctl.recv(1) == HANG_UP
    log_says(lan.d, "did not send a request in time")
    assert lan.d.log().count("does not let in") == 1


def test_a_crowd_that_says_nothing_keeps_nobody_out(lan, clients):
    crowd = [clients(lan.dir) for _ in range(100)]
    t0 = time.monotonic()
    clients(lan.dir).plug()
    assert time.monotonic() - t0 < 8
    lan.wait_peers("lab.1")
    assert lan.d.cpu_share(0.3) < 0.3
    assert len(crowd) == 100


def test_as_many_as_max_peers(lab, clients):
    lan = Lan(lab, max_peers=2)
    one, two, three = (clients(lan.dir) for _ in range(3))
    one.plug()
    two.plug()
    three.bind()
    three.refused(request(three.path))
    log_says(lan.d, "max_peers")
    lan.d.rpc("port.set", port="lab", max_peers=3)
    clients(lan.dir).plug()
    lan.wait_peers("lab.1", "lab.2", "lab.3")
    one.close()
    clients(lan.dir).plug()  # at once: whoever hung up is not counted


def test_a_thousand_connections(lan, clients):
    files = open_files(lan.d)
    for _ in range(1000):
        c = Client(lan.dir).plug()
        c.close()
    lan.wait_peers()
    assert lan.there() == ["ctl"]
    assert open_files(lan.d) == files
    clients(lan.dir).plug()
    lan.wait_peers("lab.1")
    lan.d.rpc("port.del", port="lab")
    log_says(lan.d, "more of the kind were not shown")
    assert len(lan.d.log().splitlines()) < 500, "a line for each"


def test_descriptors_that_come_along_are_not_kept(lan, clients):
    a, b = clients(lan.dir).plug(), clients(lan.dir).plug()
    lan.wait_peers("lab.1", "lab.2")
    files = open_files(lan.d)
    frame = sized(BROADCAST, station(9), 100)
    for _ in range(20):
        socket.send_fds(a.data, [frame], [0, 1, 2])
        socket.send_fds(a.ctl, [b"x"], [0, 1, 2])
        assert b.recv() == frame
    assert open_files(lan.d) == files


# rights

def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_mode_and_group(lab, programs, clients):
    """libvdeplug makes its socket in the directory, and chmods ours: it has to belong to the client's user."""
    lan = Lan(lab)
    assert mode_of(lan.dir) == 0o2700 and mode_of(lan.dir / "ctl") == 0o600
    assert programs.start(*AS_NOBODY, "vde_plug", lan.dir).wait(10) == 1
    kept = clients(lan.dir).plug()
    lan.d.rpc("port.set", port="lab", mode="0660", group=str(NOBODY.pw_gid))
    assert mode_of(lan.dir) == 0o2770 and mode_of(lan.dir / "ctl") == 0o660
    assert os.stat(lan.dir).st_gid == os.stat(lan.dir / "ctl").st_gid == NOBODY.pw_gid
    programs.start(*AS_NOBODY, "vde_plug", f"vde://{lan.dir}[7]")
    lan.wait_peers("lab.1", "lab.7")
    name, = (n for n in lan.there() if n.startswith("007."))
    st = os.lstat(lan.dir / name)
    assert st.st_uid == NOBODY.pw_uid and stat.S_IMODE(st.st_mode) & 0o077 == 0
    lan.d.rpc("port.set", port="lab", mode="0666", group="0")
    assert mode_of(lan.dir) == 0o2777
    programs.start(*as_user(gid=100), "vde_plug", f"vde://{lan.dir}[8]")
    lan.wait_peers("lab.1", "lab.7", "lab.8")
    frame = sized(BROADCAST, station(9), 100)
    lan.h.wire.send(frame)
    assert kept.recv() == frame, "the change has cost nobody his port"


def test_a_group_that_is_not_there(lab, lan):
    with pytest.raises(RpcError) as e:
        lan.d.rpc("port.set", port="lab", group="nosuchgroup", mode="0666")
    assert "nosuchgroup" in e.value.message
    assert mode_of(lan.dir / "ctl") == 0o600
    with pytest.raises(RpcError) as e:
        lan.d.rpc("port.add", port="two", **vde(lab, "T", group="nosuchgroup"))
    assert "nosuchgroup" in e.value.message and not (lab.directory / "T").exists()


def test_nobody_has_us_write_to_another_users_socket(lab):
    """He who may plug in, but not write to that socket, asks for its frames, in its name or by a link."""
    lan = Lan(lab, mode="0666")
    victim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    victim.bind(str(lab.directory / "victim"))
    (lab.directory / "victim").chmod(0o600)
    os.symlink(lab.directory / "victim", lan.dir / "link")
    script = ("import sys; sys.path.insert(0, sys.argv[1]); from vde import Client, request; "
              "Client(sys.argv[2]).refused(request(sys.argv[3]))")
    program = lab.directory / "vde"
    shutil.copytree(os.path.dirname(__file__), program, ignore=lambda _, names: {n for n in names if n[0] == "_"})
    os.chmod(program, 0o755)
    for path, says in (lab.directory / "victim", "belongs to user 0"), (lan.dir / "link", "is not a socket"):
        sh(*AS_NOBODY, "/usr/bin/python3", "-c", script, program, lan.dir, path)
        log_says(lan.d, says)
    victim.close()


def test_a_plain_users_switch(lab, clients):
    """Its clients are himself, root, and others that give their socket away, as libvdeplug does."""
    program = lab.directory / "switchd"
    shutil.copy(SWITCHD, program)
    program.chmod(0o755)
    home = lab.directory / "home"
    home.mkdir()
    os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
    d = lab.switchd(config(lab=vde(lab, "home/S", mode="0666")), start=False, prefix=AS_NOBODY, program=program)
    os.chown(d.directory, NOBODY.pw_uid, NOBODY.pw_gid)
    d.start()
    d.wait_port("lab", "listening")
    a, b = clients(home / "S"), clients(home / "S")
    a.bind()
    a.refused(request(a.path))  # 0755 and root's
    log_says(d, "may not write to its socket")
    c = clients(home / "S")
    c.bind()
    os.chmod(c.path, 0o777)
    c.data.connect(c.ask(request(c.path)))
    b.bind()
    os.chmod(b.path, 0o777)
    b.data.connect(b.ask(request(b.path)))
    frame = sized(BROADCAST, station(9), 100)
    b.send(frame)
    assert c.recv() == frame


# the directory

def test_it_is_made_and_removed(lab, lan):
    lan.d.rpc("port.del", port="lab")
    assert not lan.dir.exists()
    with pytest.raises(RpcError) as e:
        lan.d.rpc("port.add", port="lab", **vde(lab, "not/there"))
    assert "make the one it is in" in e.value.message
    lan.d.rpc("port.add", port="lab", **vde(lab, "S/"))
    assert lan.there() == ["ctl"]
    lan.d.stop()
    assert not lan.dir.exists()


def test_one_that_was_there_stays_as_it_was(lab):
    there = lab.directory / "S"
    there.mkdir(mode=0o750)
    there.chmod(0o750)
    (there / "file").write_text("mine")
    lan = Lan(lab, mode="0666")
    assert mode_of(there) == 0o750
    log_says(lan.d, "was there before and keeps its mode 0750", "2777")
    lan.d.rpc("port.del", port="lab")
    assert lan.there() == ["file"]


def test_two_ports_cannot_have_one(lab, lan):
    lan.d.write_config(config(lab=vde(lab), two={"type": "vde", "dir": f"{lan.dir}//"}))
    assert f"the directory {lan.dir}// is that of port sw0.lab" in \
        lan.d.swctl("apply", lan.d.config_path, check=False).stdout
    os.symlink(lan.dir, lab.directory / "T")
    for name in "S", "T":
        with pytest.raises(RpcError) as e:
            lan.d.rpc("port.add", port="two", **vde(lab, name))
        assert f"process {lan.d.pid} is serving" in e.value.message
    assert lan.there() == ["ctl"]


def test_a_vde_switch_that_runs_is_not_pushed_aside(lab, programs):
    d, there = lab.switchd(config()), lab.directory / "S"
    p = programs.start("vde_switch", "-s", there)
    wait_until(lambda: (there / "ctl").exists())
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="lab", **vde(lab))
    assert f"process {p.pid} is serving {there}/ctl" in e.value.message
    programs.kill(p)
    assert d.rpc("port.add", port="lab", **vde(lab))["port"]["state"] == "listening"
    programs.plug2tap(lab.host("a"), there)
    wait_peers(d, "lab.1")


def test_killed_and_started_again(lab, lan, programs):
    p = lan.plug(programs, lab.host("a"))
    lan.wait_peers("lab.1")
    (lan.dir / "001.77").write_text("not a socket")
    lan.h.rewire()
    lan.d.kill()
    p.wait(10)
    assert len(lan.there()) == 3
    lan.d.start()
    lan.d.wait_port("lab", "listening")
    assert lan.there() == ["001.77", "ctl"]
    lan.plug(programs, lab.host("b"))
    lan.wait_peers("lab.1")


def test_the_socket_is_removed_by_somebody(lan, clients):
    a = clients(lan.dir).plug()
    events = lan.d.subscribe("port")
    os.unlink(lan.dir / "ctl")
    told = [events.next_event(15) for _ in range(2)]
    assert [(e["event"], e["port"]) for e in told] == [("port.lost", "lab"), ("port.listening", "lab")]
    assert "somebody has removed" in told[0]["reason"]
    b = clients(lan.dir).plug()
    frame = sized(BROADCAST, station(9), 100)
    a.send(frame)
    assert b.recv() == frame


def test_applying_configurations(lab, lan, clients):
    d, tap = lan.d, {"h": lab.tap(lan.h, mtu=1500)}
    c = clients(lan.dir).plug()
    frame = sized(BROADCAST, station(9), 100)

    def apply(**ports):
        d.write_config(config(**tap, **ports))
        return d.swctl("apply", d.config_path).stdout

    apply(lab=vde(lab))
    apply(lab=vde(lab, mode="0640", max_peers=3, coalesce=False))
    assert mode_of(lan.dir / "ctl") == 0o640
    lan.h.wire.send(frame)
    assert c.recv() == frame
    apply(lab=vde(lab, "T"))
    assert c.ctl.recv(1) == HANG_UP
    assert not lan.dir.exists() and d.port("lab")["local"] == str(lab.directory / "T")
    clients(lab.directory / "T").plug()
    lan.wait_peers("lab.1")
    apply()
    assert not (lab.directory / "T").exists() and sorted(d.ports()) == ["h"]


def test_frames_while_a_port_is_changed(lab, lan, programs):
    """A stream between two clients loses nothing while others come and go and settings change."""
    a, b = lab.host("a"), lab.host("b")
    for host in a, b:
        lan.plug(programs, host)
        host.address()
    assert a.ping(b) == 0
    stream = Stream(a, b, rate=500)
    for n in range(20):
        Client(lan.dir).plug().close()
        lan.d.rpc("port.set", port="lab", mode="0666" if n % 2 else "0600")
        stream.flow_on(10)
    stream.finish()

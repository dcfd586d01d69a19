# SPDX-License-Identifier: ISC
"""A switch and the stations around it; ours and the peers, but for Open vSwitch (ovs.py)."""
import dataclasses
import glob
import json
import os
import re
import subprocess
import time

from tools import BENCH, PATIENCE_S, TMP, Failure, await_text, inside, ip_batch, read, sh, until

SWITCHD = os.environ["SWITCHD"]
SWCTL = os.environ["SWCTL"]
NO_IPV6 = "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -e $f ] || echo 1 >$f; done"
ONE_NS_UP_TO = 9  # so many ports have their device in a station's namespace, the others in ours
MTU, JUMBO_MTU = 1500, 9000
STANDARD = 1518  # the largest frame of who does not carry larger ones
CPUCLOCK_SCHED = 2  # Linux: ~pid << 3 | 2 is the clock of what a process ran, all threads
LONG_S = 1000000  # no address expires while we measure


@dataclasses.dataclass(frozen=True)
class Lab:
    """How many ports a switch has, and how many addresses it is to know."""
    name: str
    letter: str
    ports: int
    addresses: int = 0


PAIR = Lab("2 ports", "p", 2)
FLOOD = Lab("9 ports", "f", 9)
MANY = Lab("256 ports", "m", 256)
TABLE_1K = Lab("1k addresses", "k", 3, 1000)
TABLE_1M = Lab("1M addresses", "t", 3, 1000000)
LABS = (PAIR, FLOOD, MANY, TABLE_1K, TABLE_1M)


class Switch:
    """One running switch.  Station a is a namespace whose eth0 is plugged into port 0; station b one
    with the eth0 of port 1 and, as eth1 and on, of the few that follow."""

    key = title = tag = ""
    labs = LABS
    largest = JUMBO_MTU + 14  # the largest frame it carries
    extra = False  # takes part only where there is time for it
    plug = False  # another way in or out than taps: compared with who does the same (plugs.py)
    slow_labs = ()  # those of its labs that are only for where there is time
    learns_per_s = 400000  # addresses it can be taught in a second

    def __init__(self, lab):
        self.lab = lab
        self.name = f"{self.key}-{lab.letter}"
        self.a, self.b = f"{self.name}-a", f"{self.name}-b"
        self.processes = []
        self.failure = None
        self.notes = {}  # figures that starting it gave

    # for each kind

    @classmethod
    def version(cls):
        raise NotImplementedError

    @classmethod
    def missing(cls):
        """Why this kind cannot take part, or None."""
        return None

    def connect(self):
        """Starts the switch and puts each port's device into its place."""
        raise NotImplementedError

    def set_mtu(self, mtu):
        """The devices on the switch's side; those of the stations are ours to set."""

    # for all

    def place(self, i):
        """(namespace, name) of the device plugged into port i; None is the benchmark's own."""
        if i == 0:
            return self.a, "eth0"
        if i < ONE_NS_UP_TO:
            return self.b, f"eth{i - 1}"
        return None, f"{self.tag}{self.lab.letter}{i}"

    def passing(self, i):
        """The name of a device of port i in the benchmark's own namespace."""
        return f"{self.tag}{self.lab.letter}{i}"

    @staticmethod
    def add_namespace(ns):
        sh("ip", "netns", "add", ns)
        sh(*inside(ns, "sh", "-c", NO_IPV6))

    def start(self):
        self.add_namespace(self.a)
        self.add_namespace(self.b)
        self.connect()
        self.check()
        sh("ip", "-n", self.a, "addr", "add", "10.0.0.1/24", "dev", "eth0")
        sh("ip", "-n", self.b, "addr", "add", "10.0.0.2/24", "dev", "eth0")
        there = {}
        for i in range(self.lab.ports):
            ns, ifname = self.place(i)
            there.setdefault(ns, []).append(f"link set dev {ifname} up")
        for ns, lines in there.items():
            ip_batch(lines, ns)

    def spawn(self, *cmd, env=None, stdout=None):
        """A process of the switch: its processor time and memory are the switch's."""
        with open(f"{TMP}/{self.name}.log", "ab") as log:
            try:
                # a pipe nobody writes to: vde_switch ends when its standard input does
                p = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=stdout or log, stderr=log,
                                     env=env)
            except FileNotFoundError:
                raise Failure(f"{cmd[0]} is not installed") from None
        self.processes.append(p)
        return p

    def check(self):
        for p in self.processes:
            if p.poll() is not None:
                raise Failure(f"{p.args[0]} ended with {p.returncode}; {self.last_words()}")

    def last_words(self):
        return (read(f"{TMP}/{self.name}.log").strip().splitlines() or ["it said nothing"])[-1]

    def await_path(self, path):
        until(lambda: os.path.exists(path) or self.processes[-1].poll() is not None, path)
        self.check()

    def end(self):
        """Asks its processes to end; stop() waits until they have."""
        for p in self.processes:
            p.terminate()

    def stop(self):
        self.end()
        for p in self.processes:
            try:
                p.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()

    def cpu(self):
        """What its processes used of the processors so far: seconds all told, ticks in user space,
        ticks all told; None where it has none.  The first is exact to the nanosecond; how it is
        shared out is the kernel's estimate."""
        if not self.processes:
            return None
        ran = user = ticks = 0
        for p in self.processes:
            ran += time.clock_gettime(~p.pid << 3 | CPUCLOCK_SCHED)
            fields = read(f"/proc/{p.pid}/stat").rpartition(")")[2].split()
            user += int(fields[11])
            ticks += int(fields[11]) + int(fields[12])
        return ran, user, ticks

    def wakeups(self):
        """How often its processes fell asleep so far."""
        return sum(int(n) for p in self.processes
                   for s in glob.glob(f"/proc/{p.pid}/task/*/status")
                   for n in re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", read(s), re.M))

    def memory(self):
        """Bytes resident, or None where it has no process."""
        if not self.processes:
            return None
        return 1024 * sum(int(n) for p in self.processes
                          for n in re.findall(r"^VmRSS:\s*(\d+)", read(f"/proc/{p.pid}/status"),
                                              re.M))

    def link(self, ns, ifname="eth0"):
        return json.loads(sh("ip", "-n", ns, "-s", "-j", "link", "show", "dev", ifname))[0]

    def mac(self, ns):
        return self.link(ns)["address"]

    def give(self, ports):
        """Moves devices that were made here, under their passing names, to where they belong."""
        moves, rest = [], []
        for i in ports:
            until(lambda i=i: os.path.exists(f"/sys/class/net/{self.passing(i)}"),
                  f"{self.passing(i)} to appear")
            ns, ifname = self.place(i)
            if ns:
                moves.append(f"link set dev {self.passing(i)} netns {ns} name {ifname}")
            else:
                rest.append(f"link set dev {self.passing(i)} up")
        ip_batch(moves + rest)

    def mtu(self, mtu):
        """Of the way from a to b."""
        self.set_mtu(mtu)
        for ns in (self.a, self.b):
            sh("ip", "-n", ns, "link", "set", "dev", "eth0", "mtu", f"{mtu}")


def answers(sock):
    try:
        return sh(SWCTL, "--socket", sock, "show", "version")
    except Failure:
        return None


class Ours(Switch):
    key = title = "switchd"
    tag = "sd"

    @classmethod
    def version(cls):
        return sh(SWITCHD, "--version").strip()

    def port(self, i):
        ns, ifname = self.place(i)
        return {"type": "tap", "ifname": ifname, **({"netns": ns} if ns else {})}

    def serve(self, name, ports, prefix=(), **settings):
        """Starts a daemon with one switch."""
        config, sock = f"{TMP}/{self.name}{name}.json", f"{TMP}/{self.name}{name}.sock"
        with open(config, "w", encoding="utf-8") as f:
            json.dump({"switches": {"sw0": {**settings, "ports": ports}}}, f)
        daemon = self.spawn(*prefix, SWITCHD, "-c", config, "-s", sock)
        until(lambda: answers(sock) or daemon.poll() is not None, "an answer of switchd")

    def connect(self):
        settings = {}
        if self.lab.addresses:
            settings = {"max_macs": 1 << 20, "ageing_s": LONG_S}
        self.serve("", {f"p{i}": self.port(i) for i in range(self.lab.ports)}, **settings)


class OursUdp(Ours):
    """Two daemons, each in a namespace of its own, with a port of kind udp between them: the way is
    tap, daemon, UDP over a veth pair, daemon, tap.  The CPU is that of both."""

    key, title, tag = "switchd-udp", "switchd, udp", "su"
    labs = (PAIR,)
    ROOM = 100  # what the underlay carries beyond the frames' MTU

    @classmethod
    def version(cls):
        return f"{sh(SWITCHD, '--version').strip()}, two daemons, tap - udp - udp - tap"

    @classmethod
    def missing(cls):
        path = f"{TMP}/udp.json"
        port = {"type": "udp", "local": "10.9.0.1:4000", "remote": "10.9.0.2:4000"}
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"switches": {"sw0": {"ports": {"u": port}}}}, f)
        try:
            sh(SWITCHD, "--check", path)
        except Failure:
            return "this build has no ports of kind udp"
        return None

    def connect(self):
        self.under = [f"{self.name}-u{i}" for i in range(2)]
        for ns in self.under:
            self.add_namespace(ns)
        sh("ip", "link", "add", "u", "netns", self.under[0], "type", "veth", "peer", "name", "u",
           "netns", self.under[1])
        self.set_mtu(MTU)
        for i, ns in enumerate(self.under):
            sh("ip", "-n", ns, "addr", "add", f"10.9.0.{i + 1}/24", "dev", "u")
            sh("ip", "-n", ns, "link", "set", "u", "up")
        for i, ns in enumerate(self.under):
            udp = {"type": "udp", "local": f"10.9.0.{i + 1}:4000", "remote": f"10.9.0.{2 - i}:4000"}
            self.serve(f"{i}", {"p": self.port(i), "u": udp}, inside(ns))

    def set_mtu(self, mtu):
        for ns in self.under:
            sh("ip", "-n", ns, "link", "set", "u", "mtu", f"{mtu + self.ROOM}")


class Bare(Switch):
    key, title, tag = "bare", "bare loop", "ba"
    labs = (PAIR, FLOOD)

    @classmethod
    def version(cls):
        return "read/write between taps (tests/bench/bare.c)"

    def connect(self):
        ports = range(self.lab.ports)
        p = self.spawn(f"{BENCH}/bare", *map(self.passing, ports), stdout=subprocess.PIPE)
        await_text(p, b"ready", "the bare loop")
        self.give(ports)


class Bridge(Switch):
    key, title, tag = "bridge", "kernel bridge", "br"
    slow_labs = (TABLE_1M,)

    @classmethod
    def version(cls):
        return f"Linux {os.uname().release}, over veth"

    def connect(self):
        bridge = f"{self.tag}{self.lab.letter}"
        ageing = LONG_S * 100 if self.lab.addresses else 30000
        sh("ip", "link", "add", bridge, "type", "bridge", "ageing_time", f"{ageing}")
        for path in glob.glob("/proc/sys/net/bridge/bridge-nf-call-*"):
            with open(path, "w", encoding="ascii") as f:
                f.write("0\n")
        lines = [f"link set dev {bridge} up"]
        for i in range(self.lab.ports):
            ns, ifname = self.place(i)
            mine = f"v{self.passing(i)}"
            peer = f"name {ifname} netns {ns}" if ns else f"name {ifname}"
            lines += [f"link add {mine} type veth peer {peer}",
                      f"link set dev {mine} master {bridge} up"]
        ip_batch(lines)

    def set_mtu(self, mtu):
        for i in range(2):
            sh("ip", "link", "set", "dev", f"v{self.passing(i)}", "mtu", f"{mtu}")


def vde_version():
    text = sh("vde_switch", "--version")
    number = re.search(r"[0-9]+\.[0-9][^ \n]*", text)
    return f"vde_switch {number.group(0) if number else text.strip()}"


class Vde(Switch):
    key, title, tag = "vde", "vde_switch", "vd"
    slow_labs = (TABLE_1M,)
    largest = STANDARD

    @classmethod
    def version(cls):
        return f"{vde_version()}, --tap"

    def connect(self):
        rc = f"{TMP}/{self.name}.rc"
        with open(rc, "w", encoding="ascii") as f:
            f.write(f"hash/setexpire {LONG_S}\n" if self.lab.addresses else "")
        ports = range(self.lab.ports)
        size = 1 << (self.lab.addresses or 128).bit_length()  # of its hash table; 128 is its default
        taps = [word for i in ports for word in ("--tap", self.passing(i))]
        self.spawn("vde_switch", "--sock", f"{TMP}/{self.name}.d", "--numports", "300",
                   "--hashsize", f"{size}", "--rcfile", rc, "--mgmt", f"{TMP}/{self.name}.mgmt",
                   *taps)
        self.give(ports)


class VdePlug(Switch):
    key, title, tag = "vdeplug", "VDE plugs", "vp"
    labs = (PAIR,)
    largest = STANDARD

    @classmethod
    def version(cls):
        return f"{vde_version()}, with two vde_plug2tap"

    def connect(self):
        sock = f"{TMP}/{self.name}.d"
        self.spawn("vde_switch", "--sock", sock)
        self.await_path(f"{sock}/ctl")
        for i in range(self.lab.ports):
            self.spawn("vde_plug2tap", "-s", sock, self.passing(i))
        self.give(range(self.lab.ports))

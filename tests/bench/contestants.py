# SPDX-License-Identifier: ISC
"""The switches that are compared: how each is started between two stations."""
import glob
import json
import os
import re
import select
import subprocess
import time

BENCH = os.environ["BENCH"]
SWITCHD = os.environ["SWITCHD"]
SWCTL = os.environ["SWCTL"]
TMP = os.environ.get("TMPDIR", "/tmp")
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 10
# Nothing but what is sent on purpose.
NO_IPV6 = "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -e $f ] || echo 1 >$f; done"


class Failure(Exception):
    """Something did not work; the text says what."""


def sh(*cmd, timeout=PATIENCE_S):
    """Runs a command and returns its standard output."""
    try:
        p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           stdin=subprocess.DEVNULL, timeout=timeout)
    except FileNotFoundError:
        raise Failure(f"{cmd[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"'{' '.join(cmd)}' did not end within {timeout} s") from None
    if p.returncode:
        text = (p.stderr or p.stdout).strip().splitlines() or ["no output"]
        raise Failure(f"'{' '.join(cmd)}' ended with {p.returncode}: {text[-1]}")
    return p.stdout


def await_text(process, text, what):
    """Reads what the process prints until text is among it."""
    end, got = time.monotonic() + PATIENCE_S, b""
    fd = process.stdout.fileno()
    while text not in got:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            raise Failure(f"{what} did not say '{text.decode()}' within {PATIENCE_S} s")
        more = os.read(fd, 4096)
        if not more:
            raise Failure(f"{what} ended: {got.decode(errors='replace').strip()[-200:]}")
        got += more


def until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what} did not happen within {PATIENCE_S} s")
        time.sleep(0.02)


class Contestant:
    """A switch and its two stations, each a namespace whose eth0 is plugged into it."""

    key = title = ""

    def __init__(self):
        self.a, self.b = f"{self.key}-a", f"{self.key}-b"
        self.processes = []
        self.failure = None

    # for each kind

    def version(self):
        raise NotImplementedError

    def connect(self):
        """Starts the switch and puts an eth0 of it into each station."""
        raise NotImplementedError

    # for all

    def start(self):
        for ns in (self.a, self.b):
            sh("ip", "netns", "add", ns)
            sh("ip", "netns", "exec", ns, "sh", "-c", NO_IPV6)
        self.connect()
        for ns, address in ((self.a, "10.0.0.1/24"), (self.b, "10.0.0.2/24")):
            sh("ip", "-n", ns, "addr", "add", address, "dev", "eth0")
            sh("ip", "-n", ns, "link", "set", "eth0", "up")

    def spawn(self, *cmd, **kw):
        """A process of the switch: its processor time is the switch's."""
        log = open(f"{TMP}/{self.key}.log", "ab")
        try:
            # a pipe nobody writes to: vde_switch ends when its standard input does
            p = subprocess.Popen(cmd, stdin=subprocess.PIPE,
                                 **{"stdout": log, "stderr": log, **kw})
        except FileNotFoundError:
            raise Failure(f"{cmd[0]} is not installed") from None
        self.processes.append(p)
        return p

    def check(self):
        for p in self.processes:
            if p.poll() is not None:
                raise Failure(f"{p.args[0]} ended with {p.returncode}; {self.last_words()}")

    def last_words(self):
        try:
            with open(f"{TMP}/{self.key}.log", encoding="utf-8", errors="replace") as f:
                return (f.read().strip().splitlines() or ["it said nothing"])[-1]
        except OSError:
            return "it said nothing"

    def stop(self):
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            try:
                p.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()

    def cpu(self):
        """Seconds (user, system) its processes have used so far, or None where it has none."""
        if not self.processes:
            return None
        user = system = 0
        for p in self.processes:
            with open(f"/proc/{p.pid}/stat", encoding="ascii") as f:
                fields = f.read().rpartition(")")[2].split()
            user += int(fields[11])
            system += int(fields[12])
        return user / TICKS, system / TICKS

    def link(self, ns):
        return json.loads(sh("ip", "-n", ns, "-s", "-j", "link", "show", "dev", "eth0"))[0]

    def give(self, ifname, ns):
        """Moves a device that was made here to a station."""
        until(lambda: os.path.exists(f"/sys/class/net/{ifname}"), f"{ifname} to appear")
        sh("ip", "link", "set", ifname, "netns", ns, "name", "eth0")


class Ours(Contestant):
    key = title = "switchd"

    def version(self):
        return sh(SWITCHD, "--version").strip()

    def connect(self):
        sock = f"{TMP}/switchd.sock"
        self.spawn(SWITCHD, "-s", sock)
        until(lambda: os.path.exists(sock) or self.processes[0].poll() is not None, "the socket")
        self.check()
        for ns in (self.a, self.b):
            sh(SWCTL, "--socket", sock, "add", "port", ns, "--netns", ns, "--ifname", "eth0")


class Bare(Contestant):
    key, title = "bare", "bare loop"

    def version(self):
        return "read/write between two taps (tests/bench/bare.c)"

    def connect(self):
        p = self.spawn(f"{BENCH}/bare", "bare0", "bare1", stdout=subprocess.PIPE)
        await_text(p, b"ready", "the bare loop")
        self.give("bare0", self.a)
        self.give("bare1", self.b)


class Bridge(Contestant):
    key = title = "bridge"

    def version(self):
        return f"Linux {os.uname().release}, over veth"

    def connect(self):
        sh("ip", "link", "add", "br0", "type", "bridge")
        for path in glob.glob("/proc/sys/net/bridge/bridge-nf-call-*"):
            with open(path, "w", encoding="ascii") as f:
                f.write("0\n")
        for ns in (self.a, self.b):
            sh("ip", "link", "add", f"v-{ns}", "type", "veth", "peer", "name", "eth0", "netns", ns)
            sh("ip", "link", "set", f"v-{ns}", "master", "br0", "up")
        sh("ip", "link", "set", "br0", "up")


def vde_version():
    text = sh("vde_switch", "--version")
    number = re.search(r"[0-9]+\.[0-9][^ \n]*", text)
    return f"vde_switch {number.group(0) if number else text.strip()}"


class Vde(Contestant):
    key = title = "vde"

    def version(self):
        return f"{vde_version()}, --tap"

    def connect(self):
        self.spawn("vde_switch", "--sock", f"{TMP}/vde", "--tap", "vde0", "--tap", "vde1")
        self.give("vde0", self.a)
        self.give("vde1", self.b)
        self.check()


class VdePlug(Contestant):
    key, title = "vdeplug", "vde plugs"

    def version(self):
        return f"{vde_version()}, with two vde_plug2tap"

    def connect(self):
        sock = f"{TMP}/vdeplug"
        self.spawn("vde_switch", "--sock", sock)
        until(lambda: os.path.exists(f"{sock}/ctl"), "the socket of vde_switch")
        for i, ns in enumerate((self.a, self.b)):
            self.spawn("vde_plug2tap", "-s", sock, f"plug{i}")
            self.give(f"plug{i}", ns)
        self.check()


ALL = (Ours, Bare, Bridge, Vde, VdePlug)

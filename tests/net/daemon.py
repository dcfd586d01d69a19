# SPDX-License-Identifier: ISC
"""The daemon under test: start it, talk to it, look whether it is well, stop it."""
import json
import os
import signal
import subprocess
import time

from netns import sh
from rpc import Client, Closed
from wait import wait_until

SWITCHD = os.environ["SWITCHD"]
SWCTL = os.environ["SWCTL"]
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")
TICKS = os.sysconf("SC_CLK_TCK")

with open(SWITCHD, "rb") as _f:
    SANITIZED = b"__asan_init" in _f.read()


class Switchd:
    """
    One daemon and its successors after restart().  `config` is the configuration as data, written to
    a file; None starts without a file, as `switchd -s PATH` does.
    """

    def __init__(self, directory, config=None, args=(), prefix=(), program=SWITCHD):
        self.directory = directory
        self.socket = directory / "switchd.sock"
        self.log_path = directory / "switchd.log"
        self.config_path = directory / "switchd.json"
        self.command = [*prefix, program, "-s", self.socket, *args]
        if config is not None:
            self.write_config(config)
            self.command += ["-c", self.config_path]
        self.process = None
        self._ctl = None
        self._clients = []
        self.expected_dead = False

    # life

    def start(self, wait=True):
        self.expected_dead = False
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(c) for c in self.command], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.directory)
        if wait:
            wait_until(self._answers, 60, "the control socket")
        return self

    def _answers(self):
        code = self.process.poll()
        if code is not None:
            self.expected_dead = True  # said here, not once more at the end of the test
            raise AssertionError(f"switchd ended at once with {code}:\n{self.log_tail()}")
        try:
            with Client(self.socket) as c:
                return c("daemon.info")
        except (OSError, Closed):
            return False

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM, and everything that belongs to a clean end."""
        self._hang_up()
        self.expected_dead = True
        self.signal(signal.SIGTERM)
        code = self.process.wait(60)
        assert code == 0, f"switchd ended with {code} on SIGTERM:\n{self.log_tail()}"
        self.check_log()

    def kill(self):
        self._hang_up()
        self.expected_dead = True
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    def finish(self):
        """The end of a test: a daemon that should run has to, and has to stop cleanly."""
        if self.process is None:
            return
        if self.expected_dead:
            self.check_log()
        elif self.alive():
            self.stop()
        else:
            raise AssertionError(f"switchd died: exit status {self.process.poll()}\n{self.log_tail()}")

    def _hang_up(self):
        for c in self._clients:
            c.close()
        self._clients.clear()
        self._ctl = None

    # talk

    def client(self, **kw):
        c = Client(self.socket, **kw)
        self._clients.append(c)
        return c

    def rpc(self, method, **params):
        if self._ctl is None:
            self._ctl = self.client()
        return self._ctl(method, **params)

    def subscribe(self, *events):
        c = self.client()
        assert c("subscribe", **({"events": list(events)} if events else {})) == {"subscribed": True}
        return c

    def completed(self, *words):
        """What the shell is offered for the last of the words."""
        out = sh(SWCTL, "__complete", "--socket", self.socket, *words).stdout
        return [line.split("\t")[0] for line in out.splitlines()]

    def swctl(self, *args, **kw):
        return sh(SWCTL, "--socket", self.socket, *args, **kw)

    def write_config(self, config):
        self.config_path.write_text(config if isinstance(config, str) else json.dumps(config, indent=2))

    # look

    def ports(self, **kw):
        return {p["port"]: p for p in self.rpc("port.list", **kw)["ports"]}

    def port(self, name, **kw):
        return self.rpc("port.list", port=name, **kw)["ports"][0]

    def wait_port(self, name, state="up", **kw):
        def there():
            p = self.port(name, **kw)
            return p if p["state"] == state else None
        return wait_until(there, what=f"port {name} to be {state}")

    def wait_up(self):
        return wait_until(lambda: all(p["state"] == "up" for p in self.rpc("port.list")["ports"]), 60,
                          "all ports to be up")

    def stats(self, port=None, **kw):
        """Of a port, or of the switch."""
        s = self.rpc("stats.get", **kw)["switches"][0]
        if port is None:
            return s["stats"]
        return next(p["stats"] for p in s["ports"] if p["port"] == port)

    def drops(self, port, **kw):
        """{reason: count}"""
        return {d["reason"]: d["count"] for d in self.rpc("drops.list", port=port, **kw)["drops"]}

    def mac_pages(self, **kw):
        after = {}
        while True:
            page = self.rpc("mac.list", **kw, **after)
            yield page
            if page["next"] is None:
                return
            after = {"after": page["next"]}

    def macs(self, **kw):
        """Every address: {(mac, vlan): entry}"""
        return {(m["mac"], m["vlan"]): m for page in self.mac_pages(**kw) for m in page["macs"]}

    def where(self, mac, vlan=0):
        """The port an address is known on, or None."""
        return {k: m["port"] for k, m in self.macs(mac=mac).items()}.get((mac, vlan))

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cpu_share(self, seconds=1.0):
        """Of one CPU, over that time."""
        before, t0 = self.cpu_s(), time.monotonic()
        time.sleep(seconds)
        return (self.cpu_s() - before) / (time.monotonic() - t0)

    # evidence

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines=40):
        """Its end; or, where a sanitizer spoke up, what that said first."""
        log = self.log().splitlines()
        for i, line in enumerate(log):
            if any(mark in line for mark in SANITIZER_MARKS):
                return "\n".join(log[i:i + lines])
        return "\n".join(log[-lines:])

    def check_log(self):
        assert not any(mark in self.log() for mark in SANITIZER_MARKS), self.log_tail()

    def evidence(self):
        out = [f"$ {' '.join(map(str, self.command))}"]
        if self.alive():
            out += [self._ask_for_evidence(m) for m in ("port.list", "stats.get", "drops.list")]
        elif self.process:
            out.append(f"not running, exit status {self.process.poll()}")
        return "\n".join(out + ["log:", self.log_tail()])

    def _ask_for_evidence(self, method):
        try:
            with Client(self.socket, timeout=3) as c:
                rows = next(iter(c(method).values()))
                return "\n".join([f"{method}:"] + [f"  {json.dumps(r)}" for r in rows[:10]])
        except Exception as e:  # evidence of a different kind
            return f"{method}: {e!r}"

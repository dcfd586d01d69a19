# SPDX-License-Identifier: ISC
"""Debian's lldpd on a host: the other end of a port that speaks LLDP."""
import json
import os
import pathlib
import signal
import subprocess

from wait import wait_until

CHROOT = "/run/lldpd"  # built into it; our /run is a private one


class Lldpd:
    """lldpd on the card of a host, speaking every second; `name` is what it calls itself."""

    def __init__(self, lab, host, name, *args):
        os.makedirs(CHROOT, mode=0o755, exist_ok=True)
        self.host = host
        self.socket = lab.directory / f"lldpd-{host.name}.sock"
        self.log = open(lab.directory / f"lldpd-{host.name}.log", "wb")  # it lives as long as the laboratory
        self.process = host.popen("lldpd", "-d", "-u", self.socket, "-I", host.ifname, "-O", "/dev/null",
                                  "-S", "a host of the test", *args,
                                  stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_until(self._answers, what=f"lldpd on {host.name}")
        self.configure("system", "hostname", name)
        self.configure("lldp", "tx-interval", "1")

    def _answers(self):
        assert self.process.poll() is None, "lldpd ended at once"
        return self.socket.exists() and self.cli("show", "configuration", check=False).returncode == 0

    def cli(self, *args, **kw):
        return self.host.run("lldpcli", "-u", self.socket, *args, **kw)

    def configure(self, *args):
        self.cli("configure", *args)

    def neighbors(self):
        """What it knows of others: [{"chassis", "port", ...}], the name of a chassis as its "name"."""
        out = self.host.run("lldpctl", "-u", self.socket, "-f", "json").stdout
        found = json.loads(out)["lldp"].get("interface", [])
        found = found if isinstance(found, list) else [found]
        rows = [row for entry in found for row in entry.values()]
        for row in rows:
            (name, chassis), = row["chassis"].items()
            row["chassis"] = {"name": name, **chassis}
        return rows

    def neighbor(self, name):
        """The one that calls itself so, or None."""
        return next((n for n in self.neighbors() if n["chassis"]["name"] == name), None)

    def stop(self):
        """As a service is stopped: it says goodbye."""
        self.process.terminate()
        self.process.wait(20)

    def kill(self):
        """It has no time to; first the half of it that speaks, or that would when the other is gone."""
        pid = self.process.pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        self.process.kill()
        self.process.wait(20)

# SPDX-License-Identifier: ISC
"""
Open vSwitch as a neighbour: a bridge in user space, with RSTP, in a namespace of its own.

Its two daemons have everything of theirs (database, sockets, logs) in one temporary directory, so nothing of the
host's is read or touched. They are ours: stopped by process id, however the test ends.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from netns import sh
from wait import wait_until

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
BRIDGE = "obr"
SLOW_TO_START_S = 30


class Ovs:
    def __init__(self, netns="ovs"):
        self.netns = netns
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="ovs-"))
        self.env = {**os.environ, **{f"OVS_{d}DIR": str(self.home) for d in ("RUN", "LOG", "DB", "SYSCONF")}}
        self.daemons = []

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        sh("ip", "netns", "add", self.netns)
        sh("ip", "-n", self.netns, "link", "set", "lo", "up")
        database = f"unix:{self.home}/db.sock"
        sh("ovsdb-tool", "create", self.home / "conf.db", SCHEMA, env=self.env)
        self._daemon("ovsdb-server", self.home / "conf.db", f"--remote=p{database}")
        wait_until((self.home / "db.sock").exists, SLOW_TO_START_S, "the database to listen")
        self.ctl("--no-wait", "init")
        self._daemon("ovs-vswitchd", database)
        self.ctl("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev")

    def _daemon(self, program, *args):
        """ip-netns becomes the program, so the process is known."""
        with open(self.home / f"{program}.out", "wb") as out:
            self.daemons.append(subprocess.Popen(
                ["ip", "netns", "exec", self.netns, program, *map(str, args),
                 f"--unixctl={self.home}/{program}.ctl", f"--log-file={self.home}/{program}.log", "-vconsole:off",
                 "-vsyslog:off"], env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def ctl(self, *args):
        sh("ovs-vsctl", f"--db=unix:{self.home}/db.sock", "--no-syslog", f"--timeout={SLOW_TO_START_S}", *args,
           env=self.env, timeout=SLOW_TO_START_S + 5)

    def add_port(self, name):
        self.ctl("add-port", BRIDGE, name)
        sh("ip", "-n", self.netns, "link", "set", name, "up")

    def rstp(self, priority):
        self.ctl("set", "bridge", BRIDGE, "rstp_enable=true", f"other_config:rstp-priority={priority}")

    def tree(self):
        """What it says of its ports: {port: (role, state)}."""
        text = sh("ovs-appctl", "-t", self.home / "ovs-vswitchd.ctl", "rstp/show", BRIDGE, env=self.env).stdout
        return {name: (role.lower(), state.lower()) for name, role, state in
                re.findall(r"^\s+(\S+)\s+(Root|Designated|Alternate|Backup|Disabled)\s+(\w+)", text, re.M)}, text

    def evidence(self):
        logs = [f"{f.name}:\n" + "\n".join(f.read_text(errors="replace").splitlines()[-25:])
                for f in sorted(self.home.glob("*.log"))]
        return "\n".join(logs)

    def close(self):
        for d in reversed(self.daemons):
            d.terminate()
            try:
                d.wait(5)
            except subprocess.TimeoutExpired:
                d.kill()
                d.wait()
        self.daemons = []
        sh("ip", "netns", "del", self.netns, check=False)
        shutil.rmtree(self.home, ignore_errors=True)

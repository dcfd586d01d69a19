# SPDX-License-Identifier: ISC
"""What is plugged in other than by taps, and the peers that do the same job."""
import json
import subprocess

from contestants import MTU, PAIR, STANDARD, SWITCHD, Bridge, Ours, Switch, vde_version
from tools import TMP, Failure, inside, sh


def has_kind(name, port):
    """None, or why a build cannot take part that has no such port."""
    path = f"{TMP}/{port['type']}.json"
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"switches": {"sw0": {"ports": {"p": port}}}}, f)
    try:
        sh(SWITCHD, "--check", path)
    except Failure:
        return f"this build has no ports of kind {name}"
    return None


class Plugged(Ours):
    labs = (PAIR,)
    extra = plug = True
    kind = None  # a port of the kind that is needed

    @classmethod
    def missing(cls):
        return has_kind(cls.kind["type"], cls.kind)


class Cabled(Plugged):
    """Two daemons, each in a namespace of its own with one end of a veth pair for underlay."""

    room = 100  # what the underlay carries beyond the frames' MTU

    def underlay(self):
        self.under = [f"{self.name}-u{i}" for i in range(2)]
        for ns in self.under:
            self.add_namespace(ns)
        sh("ip", "link", "add", "u", "netns", self.under[0], "type", "veth", "peer", "name", "u",
           "netns", self.under[1])
        self.set_mtu(MTU)
        for i, ns in enumerate(self.under):
            sh("ip", "-n", ns, "addr", "add", f"10.9.0.{i + 1}/24", "dev", "u")
            sh("ip", "-n", ns, "link", "set", "u", "up")

    def set_mtu(self, mtu):
        for ns in self.under:
            sh("ip", "-n", ns, "link", "set", "u", "mtu", f"{mtu + self.room}")


class OursStream(Plugged):
    key, title, tag = "switchd-stream", "switchd, stream", "st"
    kind = {"type": "stream", "listen": "unix:/run/x"}

    @classmethod
    def version(cls):
        return f"{sh(SWITCHD, '--version').strip()}, two daemons, tap - stream - stream - tap"

    def connect(self):
        path = f"unix:{TMP}/{self.name}.stream"
        for i, role in enumerate(("listen", "connect")):
            self.serve(f"{i}", {"p": self.port(i), "s": {"type": "stream", role: path}})


class OursVde(Plugged):
    key, title, tag = "switchd-vde", "switchd, vde", "ve"
    kind = {"type": "vde", "dir": "/run/x"}
    largest = STANDARD  # of vde_plug2tap

    @classmethod
    def version(cls):
        return f"{sh(SWITCHD, '--version').strip()}, tap - vde - vde_plug2tap"

    def connect(self):
        sock = f"{TMP}/{self.name}.d"
        self.serve("", {"p": self.port(0), "v": {"type": "vde", "dir": sock}})
        self.await_path(f"{sock}/ctl")
        self.spawn("vde_plug2tap", "-s", sock, self.passing(1))
        self.give([1])


class VdeMixed(Switch):
    key, title, tag = "vde-mixed", "VDE, tap and plug", "vx"
    labs = (PAIR,)
    extra = plug = True
    largest = STANDARD

    @classmethod
    def version(cls):
        return f"{vde_version()}, --tap, with one vde_plug2tap"

    def connect(self):
        sock = f"{TMP}/{self.name}.d"
        self.spawn("vde_switch", "--sock", sock, "--tap", self.passing(0))
        self.await_path(f"{sock}/ctl")
        self.spawn("vde_plug2tap", "-s", sock, self.passing(1))
        self.give([0, 1])


class OursNetdev(Plugged):
    key, title, tag = "switchd-netdev", "switchd, netdev", "nd"
    kind = {"type": "netdev", "ifname": "x"}

    @classmethod
    def version(cls):
        return f"{sh(SWITCHD, '--version').strip()}, over veth by packet sockets"

    def connect(self):
        lines = []
        for i in range(2):
            ns, ifname = self.place(i)
            lines += [f"link add {self.passing(i)} type veth peer name {ifname} netns {ns}",
                      f"link set dev {self.passing(i)} up"]
        for line in lines:
            sh("ip", *line.split())
        self.serve("", {f"p{i}": {"type": "netdev", "ifname": self.passing(i)} for i in range(2)})

    def set_mtu(self, mtu):
        for i in range(2):
            sh("ip", "link", "set", "dev", self.passing(i), "mtu", f"{mtu}")


class OursVxlan(Cabled):
    key, title, tag = "switchd-vxlan", "switchd, vxlan", "vl"
    kind = {"type": "vxlan", "vni": 1, "remotes": "10.9.0.2"}

    @classmethod
    def version(cls):
        return f"{sh(SWITCHD, '--version').strip()}, two daemons, tap - vxlan - vxlan - tap"

    def connect(self):
        self.underlay()
        for i, ns in enumerate(self.under):
            vx = {"type": "vxlan", "vni": 42, "remotes": f"10.9.0.{2 - i}"}
            self.serve(f"{i}", {"p": self.port(i), "x": vx}, inside(ns))


class KernelVxlan(Cabled):
    """A bridge in each of two namespaces, with the station's veth and the kernel's vxlan."""

    key, title, tag = "vxlan", "kernel vxlan", "kx"
    missing = Switch.missing
    version = Bridge.version

    def connect(self):
        self.underlay()
        for i, ns in enumerate(self.under):
            station, ifname = self.place(i)
            for line in ("link add lan0 type bridge",
                         f"link add vx0 type vxlan id 42 remote 10.9.0.{2 - i} dstport 4789 dev u",
                         f"link add v0 type veth peer name {ifname} netns {station}",
                         "link set vx0 master lan0 up", "link set v0 master lan0 up",
                         "link set lan0 up"):
                sh("ip", "-n", ns, *line.split())

    def set_mtu(self, mtu):
        super().set_mtu(mtu)
        for ns in self.under:
            for dev in ("vx0", "v0"):
                subprocess.run(["ip", "-n", ns, "link", "set", dev, "mtu", f"{mtu}"],
                               stderr=subprocess.DEVNULL, check=False)  # not there at first


# Who does the same job: (ours, the others).
SAME_JOB = (
    ("switchd-stream", ("vdeplug",)),
    ("switchd-vde", ("vde-mixed",)),
    ("switchd-netdev", ("bridge", "ovs-veth", "ovs-veth-tso")),
    ("switchd-vxlan", ("vxlan",)),
)
KINDS = (OursStream, OursVde, VdeMixed, OursNetdev, OursVxlan, KernelVxlan)

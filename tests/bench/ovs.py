# SPDX-License-Identifier: ISC
"""Open vSwitch with its datapath in user space (datapath_type=netdev).

Each switch is an ovsdb-server and an ovs-vswitchd in a namespace of their own, for each wants to have
the device ovs-netdev, and with everything of theirs (database, sockets, pid files) in a directory of
their own: nothing of the host's is read or touched.

Stations are plugged in as users plug in namespaces: by an internal port, which is a tap, moved into the
namespace; or by a veth pair whose end on this side is a port, read through a packet socket.  The first
is the faster, and is what the targets are measured against.
"""
import os
import re

from contestants import PAIR, STANDARD, TABLE_1M, Switch
from tools import TMP, inside, ip_batch, sh

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
SLOW_TO_START_S = 60


class Ovs(Switch):
    key, title, tag = "ovs", "OVS", "ov"
    slow_labs = (TABLE_1M,)
    learns_per_s = 30000  # each first frame of a station goes the long way
    tso = False
    what = "internal ports"
    largest = STANDARD  # it cannot ask a device in another namespace for its MTU

    @classmethod
    def version(cls):
        number = re.search(r"\d+\.\d[^ \n]*", sh("ovs-vswitchd", "--version"))
        return (f"ovs-vswitchd {number.group(0) if number else '?'}, netdev datapath, {cls.what}"
                f"{', userspace-tso-enable' if cls.tso else ''}")

    @classmethod
    def missing(cls):
        return None if os.path.exists(SCHEMA) else "openvswitch-switch is not installed"

    def ctl(self, *args):
        sh("ovs-vsctl", f"--db=unix:{self.home}/db.sock", "--no-syslog", *args, env=self.env,
           timeout=SLOW_TO_START_S)

    def place(self, i):
        ns, ifname = super().place(i)
        return ns or self.around, ifname

    def daemon(self, program, *args):
        self.spawn(*inside(self.around, program), *args, f"--unixctl={self.home}/{program}.ctl",
                   f"--log-file={self.home}/{program}.log", "-vconsole:off", "-vsyslog:off",
                   env=self.env)

    def connect(self):
        self.home = f"{TMP}/{self.name}.d"
        os.mkdir(self.home)
        self.around = f"{self.name}-x"
        self.add_namespace(self.around)
        self.env = {**os.environ, **{f"OVS_{d}DIR": self.home for d in
                                     ("RUN", "LOG", "DB", "SYSCONF")}}
        sh("ovsdb-tool", "create", f"{self.home}/conf.db", SCHEMA, env=self.env)
        self.daemon("ovsdb-server", f"{self.home}/conf.db", f"--remote=punix:{self.home}/db.sock")
        self.await_path(f"{self.home}/db.sock")
        self.ctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".",
                 f"other_config:userspace-tso-enable={'true' if self.tso else 'false'}")
        self.daemon("ovs-vswitchd", f"unix:{self.home}/db.sock")
        self.ctl("add-br", self.bridge(), "--", "set", "bridge", self.bridge(),
                 "datapath_type=netdev")
        if self.lab.addresses:
            self.ctl("set", "bridge", self.bridge(), "other_config:mac-table-size=1000000",
                     "other_config:mac-aging-time=3600")  # both as much as it takes
        self.add_ports(range(self.lab.ports))

    def bridge(self):
        return f"{self.tag}{self.lab.letter}"

    def add_ports(self, ports):
        words = []
        for i in ports:
            words += ["--", "add-port", self.bridge(), self.passing(i),
                      "--", "set", "interface", self.passing(i), "type=internal"]
        self.ctl(*words[1:])
        places = [(self.passing(i), *self.place(i)) for i in ports]
        ip_batch([f"link set dev {mine} netns {ns} name {ifname}" for mine, ns, ifname in places
                  if ns != self.around], self.around)


class OvsTso(Ovs):
    key, title, tag = "ovs-tso", "OVS, TSO", "ot"
    labs = (PAIR,)
    largest = Switch.largest
    tso = True


class OvsVeth(Ovs):
    key, title, tag = "ovs-veth", "OVS, veth", "ow"
    labs = (PAIR,)
    what = "veth"
    largest = Switch.largest
    extra = True

    def add_ports(self, ports):
        links, words = [], []
        for i in ports:
            ns, ifname = self.place(i)
            links += [f"link add {self.passing(i)} type veth peer name {ifname} netns {ns}",
                      f"link set dev {self.passing(i)} up"]
            words += ["--", "add-port", self.bridge(), self.passing(i)]
        ip_batch(links, self.around)
        if not self.tso:  # else frames whose checksum is still owed would go out as they are
            for i in ports:
                ns, ifname = self.place(i)
                sh("ip", "netns", "exec", ns, "ethtool", "-K", ifname, "tx", "off")
        self.ctl(*words[1:])


    def set_mtu(self, mtu):
        for i in range(2):
            self.ctl("set", "interface", self.passing(i), f"mtu_request={mtu}")


class OvsVethTso(OvsVeth):
    key, title, tag = "ovs-veth-tso", "OVS, veth, TSO", "ox"
    tso = True

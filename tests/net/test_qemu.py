# SPDX-License-Identifier: ISC
"""QEMU's guests on a LAN with a namespace, by each of QEMU's network backends and the kind of port it meets."""
import dataclasses
import hashlib
import re
import socket
import typing

import pytest

from daemon import SWITCHD
from frames import noise
from guest import qemu_version
from netns import sh
from wait import wait_until

FILE = noise(4 << 20, 7)
JUMBO = 9000
GROUP = "239.192.0.1:5558"


@dataclasses.dataclass
class Plug:
    """
    How a guest is plugged in.  `port` and `netdev` are functions of the laboratory's folder and the number
    of the guest.  Guests share one port where that is `shared`; `child` where each gets one of its own
    below it.  `after_kill` is what becomes of the port of a QEMU that is gone: removed, lost, up.
    """
    name: str
    kind: str
    port: typing.Callable
    netdev: typing.Callable
    shared: bool = False
    child: bool = False
    after_kill: str = "up"
    tap: bool = False  # QEMU makes a device that the port then is on
    reconnects: bool = True  # after the daemon has gone and come back

    def config(self, folder, guests=2):
        """{name of the port: settings}"""
        return {f"vm{i + 1}": self.port(folder, i) for i in range(1 if self.shared else guests)}


def inet(side, port):
    return f"{side}.type=inet,{side}.host=127.0.0.1,{side}.port={port}"


def unix(side, path):
    return f"{side}.type=unix,{side}.path={path}"


def reconnect():
    """What QEMU has to be told so that it connects again; 7.2 cannot."""
    if qemu_version() >= (9, 2):
        return ",reconnect-ms=200"
    return ",reconnect=1" if qemu_version() >= (8, 0) else ""


def udp(_folder, i):
    return {"type": "udp", "local": f"127.0.0.1:{4000 + i}", "remote": f"127.0.0.1:{4100 + i}"}


PLUGS = [
    Plug("udp", "udp", udp, lambda _, i: f"dgram,{inet('local', 4100 + i)},{inet('remote', 4000 + i)}"),
    Plug("udp-socket", "udp", udp, lambda _, i: f"socket,udp=127.0.0.1:{4000 + i},localaddr=127.0.0.1:{4100 + i}"),
    Plug("stream-unix", "stream", lambda folder, i: {"type": "stream", "listen": f"unix:{folder}/vm.sock"},
         lambda folder, i: f"stream,server=off,{unix('addr', f'{folder}/vm.sock')}{reconnect()}",
         shared=True, child=True, after_kill="removed", reconnects=bool(reconnect())),
    Plug("stream-tcp", "stream", lambda _, i: {"type": "stream", "listen": "127.0.0.1:4200"},
         lambda _, i: f"stream,server=off,{inet('addr', 4200)}{reconnect()}",
         shared=True, child=True, after_kill="removed", reconnects=bool(reconnect())),
    Plug("stream-socket", "stream", lambda _, i: {"type": "stream", "listen": "127.0.0.1:4200"},
         lambda _, i: "socket,connect=127.0.0.1:4200",
         shared=True, child=True, after_kill="removed", reconnects=False),
    Plug("stream-connect", "stream", lambda folder, i: {"type": "stream", "connect": f"unix:{folder}/vm{i}.sock"},
         lambda folder, i: f"stream,server=on,{unix('addr', f'{folder}/vm{i}.sock')}", after_kill="lost"),
    Plug("dgram-unix", "dgram", lambda folder, i: {"type": "dgram", "listen": f"unix:{folder}/vm.sock"},
         lambda folder, i: f"dgram,{unix('local', f'{folder}/vm{i}.sock')},{unix('remote', f'{folder}/vm.sock')}",
         shared=True, child=True, after_kill="removed"),
    Plug("mcast", "mcast", lambda _, i: {"type": "mcast", "group": GROUP, "ifname": "lo"},
         lambda _, i: f"socket,mcast={GROUP},localaddr=127.0.0.1", shared=True),
    Plug("vde", "vde", lambda folder, i: {"type": "vde", "dir": f"{folder}/vde"},
         lambda folder, i: f"vde,sock={folder}/vde",
         shared=True, child=True, after_kill="removed", reconnects=False),
    Plug("netdev", "netdev", lambda _, i: {"type": "netdev", "ifname": f"qemu{i}"},
         lambda _, i: f"tap,ifname=qemu{i},script=no,downscript=no,vnet_hdr=on", after_kill="lost", tap=True),
]


KINDS = re.findall(r'"const": "(\w+)"', sh(SWITCHD, "--print-schema").stdout)
ACTIVE = [p for p in PLUGS if p.kind in KINDS]


class Lan:
    """One switch with a namespace, h, and two guests on it."""

    def __init__(self, lab, plug, guests=2):
        self.plug = plug
        self.h = lab.host("h")
        self.ports = plug.config(lab.directory, guests)
        self.d = lab.switchd({"switches": {"sw0": {"ports": {"h": lab.tap(self.h), **self.ports}}}}, start=False)
        if not plug.tap:
            self._start()
        self.guests = [lab.guest(plug.netdev(lab.directory, i)) for i in range(guests)]
        if plug.tap:
            self._set_up_taps()
            self._start()
        for g in self.guests:
            g.wait()

    def _start(self):
        self.d.start()
        self.d.wait_port("h")
        self.h.rewire()
        self.h.address()

    def _set_up_taps(self):
        for i in range(len(self.guests)):
            wait_until(lambda i=i: sh("ip", "link", "set", f"qemu{i}", "up", check=False).returncode == 0,
                       what="QEMU to make its device")

    def restart(self):
        """As after a crash: nobody has said goodbye."""
        self.d.kill()
        self._start()

    def mtu(self, mtu):
        for g in self.guests:
            g.run(f"ip link set eth0 mtu {mtu}")
        self.h.ip_cmd(f"link set eth0 mtu {mtu}")
        for i in range(len(self.guests) if self.plug.tap else 0):
            sh("ip", "link", "set", f"qemu{i}", "mtu", mtu)

    def port_of(self, i):
        """Where the switch has learned guest i to be."""
        return self.d.where(self.guests[i].mac)

    def reachable(self, wait=10):
        for g in self.guests:
            wait_until(lambda g=g: self.h.ping(g, wait=1) == 0, wait, f"{g.name} to answer")


def listen(guest, port):
    """
    Somebody in the guest waits for one connection, and writes what it brings into /tmp/file.  Its input
    never ends: at its end nc says goodbye, and another nc takes that for the end of all.
    """
    guest.run("rm -f /tmp/done /tmp/endless; mkfifo /tmp/endless")
    guest.run(f"(nc -l -p {port} <>/tmp/endless >/tmp/file; : >/tmp/done) &")


def file_sum(guest):
    """Of what listen() got, when it has got it all."""
    guest.run("until [ -e /tmp/done ]; do usleep 20000; done")
    return guest.run("sha256sum /tmp/file").split()[0]


def to_guest(h, guest, data, port=5201):
    listen(guest, port)
    with h.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.settimeout(60)
        wait_until(lambda: s.connect_ex((guest.ip, port)) == 0, what=f"{guest.name} to listen")
        s.sendall(data)


def from_guest(h, guest, port=5202):
    """What the guest sends of its /tmp/file."""
    with h.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((h.ip, port))
        listener.listen()
        listener.settimeout(60)
        guest.run(f"nc {h.ip} {port} < /tmp/file &")
        with listener.accept()[0] as s:
            s.settimeout(60)
            return b"".join(iter(lambda: s.recv(1 << 20), b""))


def between_guests(source, target, port=5203):
    listen(target, port)
    source.run(f"for i in 1 2 3 4 5; do nc {target.ip} {port} < /tmp/file && break; usleep 100000; done")


FILE_SUM = hashlib.sha256(FILE).hexdigest()


@pytest.mark.parametrize("plug", ACTIVE, ids=lambda p: p.name)
def test_guests_and_a_namespace_on_one_lan(lab, plug):
    lan = Lan(lab, plug)
    h, (one, two), d = lan.h, lan.guests, lan.d
    for a, b in (h, one), (one, h), (h, two), (one, two):
        assert a.ping(b, count=3) == 0
    assert h.ping(one, size=1472) == 0

    to_guest(h, one, FILE)
    assert file_sum(one) == FILE_SUM
    between_guests(one, two)
    assert file_sum(two) == FILE_SUM
    assert hashlib.sha256(from_guest(h, two)).hexdigest() == FILE_SUM

    lan.mtu(JUMBO)
    assert h.ping(one, size=JUMBO - 28) == 0 and two.ping(one, size=JUMBO - 28) == 0

    ports = [lan.port_of(i) for i in range(2)]
    if plug.child:
        assert sorted(ports) == ["vm1.1", "vm1.2"]
    else:
        assert ports == ["vm1", "vm1" if plug.shared else "vm2"]

    if plug.reconnects:
        lan.restart()
        lan.reachable()
        assert two.ping(one) == 0

    gone = lan.port_of(0)
    one.kill()
    if plug.after_kill == "removed":
        wait_until(lambda: gone not in d.ports(), what="the port of the dead guest to go")
    else:
        d.wait_port(gone, plug.after_kill)
    assert h.ping(two) == 0

# SPDX-License-Identifier: ISC
"""QEMU's guests on a LAN with a namespace, by each of QEMU's network backends and the kind of port it meets."""
import dataclasses
import hashlib
import socket
import subprocess
import typing

import pytest

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

    def connected(self):
        """
        Until each guest gets an answer.  The guests speak first: where they send datagrams nobody knows of
        them before.
        """
        for g in self.guests:
            wait_until(lambda g=g: g.ping(self.h, wait=2) == 0, what=f"{g.name} to be answered")


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


def reaches(a, b, size=56, wait=5):
    """One ping, and no second one where the answer to the first takes its time."""
    return a.ping(b, interval=wait, size=size, wait=wait) == 0


def all_reach_each_other(lan):
    h, (one, two) = lan.h, lan.guests
    return all(reaches(a, b) for a, b in ((h, one), (one, h), (h, two), (one, two), (two, one)))


def a_file_goes_round(lan):
    h, (one, two) = lan.h, lan.guests
    to_guest(h, one, FILE)
    assert file_sum(one) == FILE_SUM
    between_guests(one, two)
    assert file_sum(two) == FILE_SUM
    assert hashlib.sha256(from_guest(h, two)).hexdigest() == FILE_SUM


def frames_of_full_size_pass(lan, mtu):
    h, (one, two) = lan.h, lan.guests
    lan.mtu(mtu)
    for a, b in (h, one), (one, two), (two, h):
        assert reaches(a, b, mtu - 28, wait=20)


def the_switch_knows_where_each_is(lan):
    ports = [lan.port_of(i) for i in range(2)]
    if lan.plug.child:
        assert sorted(ports) == ["vm1.1", "vm1.2"]
    else:
        assert ports == ["vm1", "vm1" if lan.plug.shared else "vm2"]


def a_guest_that_is_killed_is_gone(lan):
    """And the other goes on."""
    port = lan.port_of(0)
    lan.guests[0].kill()
    if lan.plug.after_kill == "removed":
        wait_until(lambda: port not in lan.d.ports(), what="the port of the dead guest to go")
    else:
        lan.d.wait_port(port, lan.plug.after_kill)
    assert reaches(lan.h, lan.guests[1])


@pytest.mark.parametrize("plug", PLUGS, ids=lambda p: p.name)
def test_guests_and_a_namespace_on_one_lan(lab, plug):
    lan = Lan(lab, plug)
    lan.connected()
    assert all_reach_each_other(lan)
    a_file_goes_round(lan)
    for mtu in 1500, JUMBO:
        frames_of_full_size_pass(lan, mtu)
    the_switch_knows_where_each_is(lan)
    if plug.reconnects:
        lan.restart()
        lan.connected()
        assert all_reach_each_other(lan)
    a_guest_that_is_killed_is_gone(lan)


# the world outside, without root

@pytest.fixture
def world():
    """A network that the host is connected to, with a gateway that passt stands in for."""
    sh("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "wan1")
    for line in "link set wan1 up", "link set wan0 up", "addr add 198.51.100.2/24 dev wan0", \
                "route add default via 198.51.100.1":
        sh("ip", *line.split())
    yield "198.51.100.1"
    sh("ip", "link", "del", "wan0")


def test_a_guest_reaches_the_world_through_passt(lab, world):
    """It gets the address of the host by DHCP; what it sends to the gateway's address comes to the host itself."""
    folder = lab.directory / "passt"
    folder.mkdir()
    folder.chmod(0o777)  # as root, passt makes itself somebody else
    listener = next(p for p in PLUGS if p.name == "stream-unix")
    d = lab.switchd({"switches": {"sw0": {"ports": {
        "vm1": listener.port(lab.directory, 0), "inet": {"type": "stream", "connect": f"unix:{folder}/sock"}}}}})
    guest = lab.guest(listener.netdev(lab.directory, 0))
    with subprocess.Popen(["passt", "--foreground", "--quiet", "--socket", folder / "sock"]) as passt, \
         socket.create_server(("127.0.0.1", 8000)) as server:
        try:
            d.wait_port("inet")
            guest.wait().run("ip addr flush dev eth0")
            assert "lease of 198.51.100.2 obtained" in guest.run("udhcpc -i eth0 -n -q -s /bin/true")
            guest.run(f"ip addr add 198.51.100.2/24 dev eth0; echo hello | nc {world} 8000 >/dev/null &")
            server.settimeout(15)
            with server.accept()[0] as s:
                s.settimeout(15)
                assert s.recv(100) == b"hello\n"
        finally:
            passt.kill()
    d.wait_port("inet", "lost")

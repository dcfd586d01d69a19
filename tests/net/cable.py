# SPDX-License-Identifier: ISC
"""
Two machines with a network between them, a switch on each, and a udp port that joins the two:

    h1 --tap-- [switch] --udp--  m1 ====veth==== m2  --udp-- [switch] --tap-- h2
"""
import socket

from netns import sh

ADDRESSES = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
PORT = 4000
DEVICE = "under0"


def at(address, port=PORT):
    """As a person writes both."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Machines:
    """The two machines and the network between them, without any daemon."""

    def __init__(self, lab, mtu=1600, family=4):
        self.lab = lab
        self.family = family
        self.addresses = ADDRESSES[family]
        self.hosts = [lab.host(f"m{i + 1}", DEVICE) for i in range(2)]
        sh("ip", "link", "add", DEVICE, "netns", "m1", "type", "veth", "peer", "name", DEVICE, "netns", "m2")
        for host, address in zip(self.hosts, self.addresses):
            if family == 6:
                host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
            host.ip_cmd("link set lo up", f"link set {DEVICE} mtu {mtu} up",
                        f"addr add {address}/{24 if family == 4 else 64} dev {DEVICE}" + " nodad" * (family == 6))

    def udp(self, i, port=PORT, peer_port=PORT, **options):
        """The settings of a udp port of machine i."""
        return {"type": "udp", "local": at(self.addresses[i], port), "remote": at(self.addresses[1 - i], peer_port),
                **options}

    def switchd(self, i, ports, **kw):
        """A daemon on machine i, with one switch."""
        prefix = ["nsenter", f"--net=/run/netns/m{i + 1}"]
        return self.lab.switchd({"switches": {"sw0": {"ports": ports}}}, prefix=prefix, **kw)

    def socket(self, i, port=None, address=None):
        """A socket on machine i, bound to a port of its own."""
        s = self.hosts[i].socket(FAMILIES[self.family], socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)  # SO_RCVBUFFORCE
        s.bind((address or self.addresses[i], port or 0))
        s.settimeout(10)
        return s


class Cable(Machines):
    """All of it: two daemons that run, and a host at either end."""

    def __init__(self, lab, mtu=1600, inner=1500, family=4, **options):
        super().__init__(lab, mtu, family)
        self.ends = [lab.host(f"h{i + 1}") for i in range(2)]
        self.daemons = [self.switchd(i, {"h": lab.tap(self.ends[i], mtu=inner), "up": self.udp(i, **options)})
                        for i in range(2)]
        for d, h in zip(self.daemons, self.ends):
            d.wait_up()
            h.address()

    def drops(self):
        return [d.rpc("drops.list")["drops"] for d in self.daemons]


def datagrams(sock, until=None, limit=10000):
    """What the socket receives up to a datagram that ends like `until`, or up to a pause."""
    got = []
    sock.settimeout(10 if until else 0.5)
    while len(got) < limit:
        try:
            data = sock.recv(1 << 17)
        except TimeoutError:
            assert not until, f"the marker did not come; before it {len(got)} datagrams"
            return got
        if until and data == until:
            return got
        got.append(data)
    return got

# SPDX-License-Identifier: ISC
"""Clients of VDE: the stock programs, and one of our own that can also do what those never would."""
import os
import signal
import socket
import struct
import subprocess

from wait import wait_until

MAGIC = 0xFEEDFACE
ADDRESS = 110  # struct sockaddr_un
HANG_UP = b""


def address(path, family=socket.AF_UNIX):
    return struct.pack("=H108s", family, path.encode() if isinstance(path, str) else path)


def request(path, number=0, kind=0, version=3, family=socket.AF_UNIX, descr=b"test client"):
    return struct.pack("=IIi", MAGIC, version, kind | number << 8) + address(path, family) + descr


def request_v1(path, kind=0, descr=b"old client"):
    return struct.pack("=Ii6s", MAGIC, kind, bytes(6)) + address(path) + descr


class Client:
    """Connected to DIR/ctl; with a data socket of its own once plug() was called."""

    count = 0

    def __init__(self, directory):
        self.directory = directory
        Client.count += 1
        self.path = f"{directory}/.{os.getpid():05}-{Client.count:05}"
        self.ctl = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.ctl.settimeout(10)
        self.ctl.connect(f"{directory}/ctl")
        self.data = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.data.settimeout(10)
        self.bound = False

    def bind(self):
        self.data.bind(self.path)
        self.bound = True

    def ask(self, data):
        """What is answered: a path, or HANG_UP."""
        self.ctl.sendall(data)
        answer = self.ctl.recv(ADDRESS)
        if not answer:
            return HANG_UP
        assert len(answer) == ADDRESS and answer[:2] == struct.pack("=H", socket.AF_UNIX)
        return answer[2:].rstrip(b"\0").decode()

    def plug(self, connect=True, data=None, **kw):
        self.bind()
        where = self.ask(data or request(self.path, **kw))
        if connect:
            self.data.connect(where)
        os.unlink(self.path)  # as libvdeplug does
        return self

    def refused(self, data):
        """The answer to such a request is no: an address that cannot be connected to, and the end."""
        where = self.ask(data)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            assert s.connect_ex(where) != 0
        assert self.ctl.recv(1) == HANG_UP

    def send(self, *frames):
        for f in frames:
            self.data.send(f)

    def recv(self, timeout=10):
        self.data.settimeout(max(timeout, 0.001))
        try:
            return self.data.recv(1 << 17)
        except TimeoutError:
            return None

    def drain(self, timeout=0):
        return list(iter(lambda: self.recv(timeout), None))

    def close(self):
        self.ctl.close()
        self.data.close()
        if self.bound and os.path.exists(self.path):
            os.unlink(self.path)


class Programs:
    """Stock clients that run, each with its children in a group of its own."""

    def __init__(self, directory):
        self.running = []
        self.log = open(directory / "programs.log", "ab")

    def start(self, *cmd, **kw):
        p = subprocess.Popen([str(c) for c in cmd], stdin=subprocess.PIPE, stdout=kw.pop("stdout", self.log),
                             stderr=self.log, process_group=0, **kw)
        self.running.append(p)
        return p

    def plug2tap(self, host, directory, *args, mtu=1500, prefix=()):
        """A tap in the namespace of the host, with the address that the host is to have."""
        p = self.start("nsenter", f"--net=/run/netns/{host.name}", *prefix, "vde_plug2tap", "-s", directory, *args,
                       host.ifname)
        wait_until(lambda: host.has_device() or p.poll() is not None, what="the tap of vde_plug2tap")
        assert p.poll() is None, f"vde_plug2tap ended with {p.poll()}"
        host.ip_cmd(f"link set {host.ifname} address {host.mac} mtu {mtu} up")
        return p

    @staticmethod
    def kill(p, number=signal.SIGKILL):
        """The program and what it has started."""
        try:
            os.killpg(p.pid, number)
        except ProcessLookupError:
            pass
        if number == signal.SIGKILL:
            p.wait()

    def close(self):
        for p in self.running:
            self.kill(p)
            p.stdin.close()
        self.log.close()

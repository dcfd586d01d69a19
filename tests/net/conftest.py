# SPDX-License-Identifier: ISC
"""What every test gets: a laboratory of its own, evidence when it fails, and a limit to its time."""
import os
import pathlib
import shutil
import signal
import tempfile

import pytest

from daemon import SANITIZED, Switchd
from guest import Guest
from netns import Host, Wire, sh

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST_TIMEOUT = 180 if SANITIZED else 90


def device_names():
    return [line.split(":")[1].strip().partition("@")[0] for line in sh("ip", "-o", "link").stdout.splitlines()]


DEVICES_BEFORE = set(device_names())  # a kernel may put tunnels into every new namespace


class Lab:
    """Hosts, daemons and guests of one test."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lab-"))
        self.directory.chmod(0o755)
        self.hosts = []
        self.daemons = []
        self.wires = []
        self.guests = []

    def host(self, name, ifname="eth0"):
        h = Host(name, len(self.hosts) + 1, ifname)
        self.hosts.append(h)
        return h

    def switchd(self, config=None, args=(), start=True, **kw):
        """A daemon, started and answering unless start is false."""
        directory = self.directory / f"d{len(self.daemons)}"
        directory.mkdir(mode=0o777)
        directory.chmod(0o777)
        d = Switchd(directory, config, args, **kw)
        self.daemons.append(d)
        if start:
            d.start()
        return d

    @staticmethod
    def tap(host, **options):
        """The settings of a port that is the card of a host."""
        return {"type": "tap", "netns": host.name, "ifname": host.ifname, "mac": host.mac, **options}

    def lan(self, n=3, settings=None, addresses=False, **options):
        """n hosts on one switch: (daemon, host...)"""
        hosts = [self.host(f"h{i + 1}") for i in range(n)]
        ports = {h.name: self.tap(h, **options) for h in hosts}
        d = self.switchd({"switches": {"sw0": {**(settings or {}), "ports": ports}}})
        d.wait_up()
        for h in hosts:
            if addresses:
                h.address()
            else:
                h.wire.drain()  # opened here, so that it misses nothing
        return d, *hosts

    def wire(self, *args, cls=Wire):
        w = cls(*args)
        self.wires.append(w)
        return w

    def guest(self, netdev):
        """A virtual machine that boots; Guest.wait() waits until it has."""
        g = Guest(self.directory, len(self.guests) + 1, netdev)
        self.guests.append(g)
        return g

    def evidence(self):
        return "\n\n".join(x.evidence() for x in self.daemons + self.guests)

    def close(self):
        problems = []
        steps = [g.kill for g in self.guests] + [d.finish for d in self.daemons] \
            + [w.close for w in self.wires] + [h.destroy for h in self.hosts]
        for step in steps:
            try:
                step()
            except Exception as e:  # the next steps have to be taken all the same
                problems.append(e)
        for d in self.daemons:
            if d.alive():
                d.kill()
        self._remove_devices()
        shutil.rmtree(self.directory)
        if problems:
            raise problems[0]

    @staticmethod
    def _remove_devices():
        """Persistent taps that a test left in the daemon's namespace."""
        for name in set(device_names()) - DEVICES_BEFORE:
            sh("ip", "link", "del", name, check=False)


def pytest_collection_modifyitems(config, items):
    """PART=2/3 is every third test, beginning with the second: tests/net/run runs parts of a long file side by side."""
    part, parts = map(int, os.environ.get("PART", "1/1").split("/"))
    config.hook.pytest_deselected(items=[t for i, t in enumerate(items) if i % parts != part - 1])
    items[:] = items[part - 1::parts]


@pytest.fixture
def lab(request):
    laboratory = Lab()
    request.node.lab = laboratory
    yield laboratory
    laboratory.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    laboratory = getattr(item, "lab", None)
    if report.failed and call.when == "call" and laboratory:
        report.sections.append(("daemons", laboratory.evidence()))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """A test that hangs fails, and the others still run."""
    def too_long(_signum, _frame):
        pytest.fail(f"the test took more than {TEST_TIMEOUT} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(TEST_TIMEOUT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def isolated():
    """Refuses to touch the host: tests/net/run puts this process into namespaces of its own."""
    if os.getppid() != 1 or os.environ.get("TMPDIR") != "/run/tmp":
        pytest.exit("start these tests with tests/net/run, which isolates them", 3)

# SPDX-License-Identifier: ISC
"""
docs/vm.md, "Plug in a VM": its commands do what it says they do.  Of QEMU's command lines what has to do with the
network is run, on a machine without disk: its firmware tries the network, and so is heard.
"""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

from daemon import SWCTL
from guest import QEMU
from netns import sh
from wait import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGE = (ROOT / "docs" / "vm.md").read_text()
UNTESTED = ("firecracker", "cloud-hypervisor", "VBoxManage", "gvproxy")  # not to be had here: the page has to say so
OTHER_TESTS = ("passt", "dpipe")  # test_qemu.py, test_vde.py


def sections():
    """{heading: text}"""
    parts = re.split(r"^## (.*)\n", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def steps(text):
    """What the ```console blocks have: [(command, output)...]"""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    lines = re.sub(r"\\\n +", "", "".join(blocks))
    return [(command, told.strip()) for command, told in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", lines, re.M)]


INLINE = re.findall(r"`(swctl add port [^`\n]*)`", PAGE)


@pytest.fixture
def d(lab):
    """A daemon as the page has it, but for its socket; on a host with a route for groups."""
    pathlib.Path("/run/switchd").mkdir(exist_ok=True)
    sh("ip", "route", "replace", "224.0.0.0/4", "dev", "lo")
    yield lab.switchd()
    sh("ip", "route", "del", "224.0.0.0/4", "dev", "lo")


class Machine:
    """What a command line of the page starts, as far as its network goes."""

    def __init__(self, command):
        words = shlex.split(command)
        network = [w for i, word in enumerate(words[:-1]) if word in ("-netdev", "-device") for w in (word, words[i + 1])]
        assert len(network) == 4, command
        self.command = command
        self.mac = re.search(r"mac=([\da-f:]+)", command).group(1)
        self.process = subprocess.Popen([QEMU, "-M", "q35", "-m", "64", "-nodefaults", "-display", "none", *network],
                                        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)

    def heard(self, d):
        assert self.process.poll() is None, f"{self.command}\n{self.process.stdout.read()}"
        return d.where(self.mac)

    def kill(self):
        self.process.kill()
        self.process.communicate()


def run_step(d, command):
    """What it prints."""
    words = shlex.split(command)
    env = os.environ | {"SWITCHD_SOCKET": str(d.socket)}
    return sh(*[SWCTL if words[0] == "swctl" else words[0], *words[1:]], env=env).stdout.strip()


def walk(d, machines):
    """Does what the page says, in its order."""
    for text in sections().values():
        for command, told in steps(text):
            program = command.split()[0]
            if program == QEMU:
                machines.append(Machine(command))
            elif program in UNTESTED:
                assert "*untested*" in text.lower(), f"{program} is not said to be untested"
            elif program not in OTHER_TESTS:
                assert program in ("swctl", "ip"), f"{program} is neither run nor in the list of what cannot be"
                assert run_step(d, command) == told, f"# {command}"


def test_the_commands_of_the_page_do_what_it_says(d):
    machines = []
    try:
        walk(d, machines)
        for m in machines:
            wait_until(lambda m=m: m.heard(d), 60, f"the guest to be heard: {m.command}")
    finally:
        for m in machines:
            m.kill()
        for name in re.findall(r"^# ip tuntap add dev (\w+)", PAGE, re.M):
            sh("ip", "link", "del", name, check=False)


@pytest.mark.parametrize("command", INLINE)
def test_a_port_that_the_page_mentions_can_be_made(d, command):
    assert run_step(d, command).startswith(f"port {command.split()[3]} added on sw0: ")


def test_the_page_is_linked_and_its_links_lead_somewhere():
    assert "](docs/vm.md)" in README
    anchors = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in sections()}
    for link in re.findall(r"\]\(#([^)]*)\)", PAGE):
        assert link in anchors, link


def test_each_guest_of_the_page_has_an_address_of_its_own():
    macs = re.findall(r"52:54:00:00:00:\w\w", PAGE)
    assert len(macs) > 10 and len(set(macs)) == len(macs)


def test_the_readme_has_a_line_for_each_kind_that_others_plug_into():
    lines = re.findall(r"`(swctl add port [^`\n]*)`", README)
    kinds = set()
    for line in lines:
        words = shlex.split(line.replace("$(docker inspect -f '{{.State.Pid}}' web)", "1"))
        kinds.add(words[words.index("--type") + 1] if "--type" in words else "tap")
        p = subprocess.run([SWCTL, "--socket", "/nobody/here", *words[1:]], capture_output=True, text=True)
        assert p.returncode == 3, (line, p.stderr)  # nobody there to be told, and no mistake in the line
    assert kinds == {"tap", "stream", "dgram", "udp", "mcast", "vde", "netdev", "vxlan", "patch"}

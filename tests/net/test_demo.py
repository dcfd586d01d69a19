# SPDX-License-Identifier: ISC
"""The demo tells the truth, and leaves nothing behind, however it ends."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import ROOT
from netns import sh
from wait import wait_until

DEMO = ROOT / "tests/demo/run"


def start(**env):
    """In a process group of its own, as a shell starts it, so that it can be interrupted as by Ctrl-C."""
    return subprocess.Popen([DEMO], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, start_new_session=True, env=os.environ | env)


def surroundings():
    """What a demo could leave behind here."""
    with open("/proc/self/mounts", encoding="ascii") as f:
        mounts = f.read()
    return sh("ip", "-o", "link").stdout, sh("ip", "netns").stdout, mounts, sorted(os.listdir("/run"))


def processes():
    return re.findall(r".*(?:switchd|iperf3|demo/run).*", sh("ps", "-eo", "args").stdout)


def gone():
    return not processes()


def test_it_works_also_twice_at_once():
    before = surroundings()
    both = [start(), start()]
    texts = [p.communicate(timeout=60)[0] for p in both]
    for p, text in zip(both, texts):
        assert p.returncode == 0, text
        matrix = text[text.index("from \\ to"):text.index("3. ")]
        assert len(re.findall(r"\d ms\b", matrix)) == 6, text
        for shown in "$ swctl lab status", "$ swctl --lab demo show macs", "3 of 3 checks passed", "Gbit/s":
            assert shown in text, text
        assert "\x1b" not in text and max(map(len, text.splitlines())) <= 80, text
    assert gone() and surroundings() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
@pytest.mark.parametrize("step", ["1.", "3.", "5."])
def test_an_interrupted_demo_leaves_nothing_behind(number, step):
    before = surroundings()
    p = start()
    for line in p.stdout:
        if line.startswith(step):
            break
    if number == signal.SIGINT:
        os.killpg(p.pid, number)  # as a terminal does
    else:
        p.send_signal(number)
    p.stdout.read()
    assert p.wait(20) != 0
    wait_until(gone, what="the processes to end")
    assert surroundings() == before


@pytest.fixture
def programs():
    """A directory for programs; not below /run, which the demo's isolation hides."""
    sh("mount", "-t", "tmpfs", "tmpfs", "/mnt")
    yield pathlib.Path("/mnt")
    sh("umount", "--lazy", "/mnt")


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_it_fails_when_the_switch_does(programs):
    broken = script(programs / "switchd", "echo no luck today >&2; exit 1")
    p = start(SWITCHD=str(broken))
    text = p.communicate(timeout=60)[0]
    assert p.returncode == 1 and "demo failed" in text and "no luck today" in text, text


def test_it_fails_when_a_ping_does(programs):
    script(programs / "ping", "exit 1")
    p = start(PATH=f"{programs}:{os.environ['PATH']}")
    text = p.communicate(timeout=60)[0]
    assert p.returncode == 1 and "6 of 6 pings" in text, text

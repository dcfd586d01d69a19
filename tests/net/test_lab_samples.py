# SPDX-License-Identifier: ISC
"""
Each lab that comes with the switch: up, checks, down, twice; each of its processes killed in between, and the lab
mended or ended.  Whatever happens, the machine is as it was in the end.
"""
import json
import os
import pathlib
import random
import signal

import pytest

from conftest import ROOT
from labs import Labs, machine, processes, settled
from netns import sh
from wait import wait_until

SAMPLES = sorted((ROOT / "config" / "labs").glob("*.json"))
GUEST = pathlib.Path(os.environ["GUEST"])
VICTIMS = 6  # of a large lab not all hosts: each is like the other


@pytest.fixture(scope="module", autouse=True)
def names_of_namespaces():
    sh("ip", "netns", "add", "first")
    sh("ip", "netns", "del", "first")


def with_guests(lab, folder):
    """The VMs of a sample boot what the tests have: other names, and the address in another word."""
    for vm in lab.get("vms", {}).values():
        (folder / vm["kernel"]).symlink_to(GUEST / "vmlinuz")
        (folder / vm["initrd"]).symlink_to(GUEST / "initrd")
        vm["append"] = vm["append"].replace(" ip=", " guest.ip=")
        vm["accel"] = "tcg"
        vm["args"] = ["-M", "q35", "-device", "virtio-serial-pci", "-chardev", "null,id=p",
                      "-device", "virtserialport,chardev=p"]
    return lab


@pytest.fixture(params=SAMPLES, ids=lambda p: p.stem)
def sample(request, tmp_path):
    labs = Labs(tmp_path)
    lab = with_guests({"name": request.param.stem, **json.loads(request.param.read_text())}, tmp_path)
    before = machine()
    yield labs, lab, before
    labs.close()
    assert not settled(before)


def recorded(state):
    """{name: process} of all that is written down, the first process last."""
    found = {f"{kind} {name}": p for kind in ("hosts", "vms") for name, p in state.get(kind, {}).items()}
    found |= {name: state[name] for name in ("switchd", "uplinks") if name in state}
    chance = random.Random(1)
    some = chance.sample(sorted(found), min(VICTIMS, len(found)))
    return [(name, found[name]["pid"]) for name in some] + [("keeper", state["keeper"]["pid"])]


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes().get(pid), what="its death")


def test_it_comes_up_is_right_and_goes_twice(sample):
    labs, lab, before = sample
    for _ in range(2):
        labs.up(lab)
        labs.run("lab", "check", lab["name"])
        labs.down(lab["name"])
        assert not settled(before)


def test_whatever_is_killed_it_is_mended(sample):
    labs, lab, _ = sample
    labs.up(lab)
    for name, _ in recorded(labs.state(lab["name"])):
        kill(dict(recorded(labs.state(lab["name"])))[name])
        labs.up(lab)
        assert all(n["state"] == "up" for n in labs.nodes(lab["name"]).values()), name
    labs.run("lab", "check", lab["name"])


def test_whatever_is_killed_nothing_is_left(sample):
    labs, lab, before = sample
    labs.up(lab)
    for name, pid in recorded(labs.state(lab["name"])):
        kill(pid)
    labs.down(lab["name"])
    assert not settled(before)

# SPDX-License-Identifier: ISC
"""A plain user runs a switch on taps that root made for him."""
import os
import pwd
import shutil

import pytest

from daemon import SWCTL, SWITCHD
from netns import settle, sh
from frames import BROADCAST, sized, station
from rpc import SYSTEM, RpcError

NOBODY = pwd.getpwnam("nobody")
AS_NOBODY = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups"]


@pytest.fixture
def as_nobody(lab):
    """Starts daemons as nobody, in a directory of his; the program may be where only root can go."""
    program = lab.directory / "switchd"
    shutil.copy(SWITCHD, program)
    program.chmod(0o755)

    def start(config=None, **kw):
        d = lab.switchd(config, start=False, prefix=AS_NOBODY, program=program, **kw)
        os.chown(d.directory, NOBODY.pw_uid, NOBODY.pw_gid)
        return d.start()
    return start


def own_tap(name):
    sh("ip", "tuntap", "add", "dev", name, "mode", "tap", "user", "nobody")
    sh("ip", "link", "set", name, "up")


def test_a_user_switches_between_taps_that_are_his(lab, as_nobody):
    d = as_nobody()
    for n in 0, 1:
        own_tap(f"mine{n}")
        d.rpc("port.add", port=f"mine{n}")
        d.wait_port(f"mine{n}")
    a, b = (lab.wire(None, f"mine{n}", station(0x100 + n)) for n in (0, 1))
    frame = sized(BROADCAST, a.mac, 99)
    a.send(frame)
    assert settle(a, b) == [[frame]]
    assert os.stat(d.socket).st_uid == NOBODY.pw_uid


def test_a_user_sees_his_tap_deleted_and_made_again(lab, as_nobody):
    own_tap("mine0")
    d = as_nobody({"switches": {"sw0": {"ports": {"mine0": {"type": "tap"}}}}})
    d.wait_port("mine0")
    sh("ip", "link", "del", "mine0")
    d.wait_port("mine0", "lost")
    own_tap("mine0")
    d.wait_port("mine0")


def test_making_a_tap_as_a_user_is_refused_with_the_capability_and_the_way_out(as_nobody):
    d = as_nobody()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="new0")
    assert e.value.code == SYSTEM and e.value.data["errno"] == "EPERM"
    assert "CAP_NET_ADMIN" in e.value.message and "ip tuntap add" in e.value.message, e.value.message


def test_somebody_elses_tap_is_refused(as_nobody):
    sh("ip", "tuntap", "add", "dev", "roots0", "mode", "tap", "user", "root")
    d = as_nobody()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="roots0")
    assert e.value.code == SYSTEM and e.value.data["errno"] == "EPERM"
    assert "roots0" in e.value.message and "user" in e.value.message


def test_a_closed_dev_net_tun_is_explained(lab, as_nobody):
    close = "mount -t tmpfs tmpfs /dev/net && mknod -m 600 /dev/net/tun c 10 200 && exec \"$@\""
    d = lab.switchd(start=False, prefix=["unshare", "--mount", "sh", "-c", close, "sh", *AS_NOBODY],
                    program=lab.directory / "switchd")
    os.chown(d.directory, NOBODY.pw_uid, NOBODY.pw_gid)
    d.start()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="new0")
    assert "/dev/net/tun" in e.value.message and "chmod" in e.value.message, e.value.message


def test_a_user_who_may_not_use_the_socket_is_told_so(lab):
    program = lab.directory / "swctl"
    shutil.copy(SWCTL, program)
    program.chmod(0o755)
    d = lab.switchd()
    p = sh(*AS_NOBODY, program, "--socket", d.socket, "show", "ports", check=False)
    assert p.returncode == 3 and str(d.socket) in p.stdout and "ermission" in p.stdout, p.stdout


def test_a_directory_a_user_may_not_write_is_explained(lab, as_nobody):
    d = lab.switchd(start=False, prefix=AS_NOBODY, program=lab.directory / "switchd")
    d.directory.chmod(0o755)
    d.start(wait=False)
    assert d.process.wait(20) not in (0, None)
    d.expected_dead = True
    assert str(d.socket) in d.log() or str(d.directory) in d.log(), d.log()

# SPDX-License-Identifier: ISC
"""vxlan ports: the kernel's own vxlan devices, other daemons and hand-made datagrams as peers."""
import pytest

from daemon import SANITIZED
from frames import BROADCAST, sized, station
from netns import settle
from sites import Sites
from traffic import tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20
SIZE = (2 if SANITIZED else 8) * MIB
FAMILIES = pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])


@FAMILIES
def test_a_vxlan_device_of_the_kernel_and_a_tap_form_a_lan(lab, family):
    s = Sites(lab, family=family)
    d, a = s.site(0, 1)
    b = s.kernel(1, "local", s.addresses[1], "remote", s.addresses[0])
    b.ip_cmd(f"link set {b.ifname} mtu 1500")
    assert a.ping(b, count=3) == 0 and b.ping(a, count=3, size=1472) == 0
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    udp_echo(a, b, [0, 1, 512, 1472, 1473, 9000])
    assert d.drops("far") == {} and d.where(b.mac) == "far"
    p = d.port("far")
    assert p["state"] == "up" and "reason" not in p
    assert p["local"] == s.at(0) and p["peer"] == s.at(1)

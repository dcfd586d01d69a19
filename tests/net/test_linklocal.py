# SPDX-License-Identifier: ISC
"""01:80:C2:00:00:00 to 0F stay on their link (802.1Q table 8-1), unless link_local says otherwise."""
import pytest

from frames import eth, noise, sized
from netns import settle
from rpc import INVALID_PARAMS, RpcError

STP, PAUSE, LACP, DOT1X, LLDP = 0x0, 0x1, 0x2, 0x3, 0xE
ALL = range(16)


def group(i):
    return f"01:80:c2:00:00:{i:02x}"


def control_frames(src, which=ALL):
    """Real EtherTypes where there are some; STP is 802.3 with LLC, its type field a length."""
    types = {STP: 0x0026, PAUSE: 0x8808, LACP: 0x8809, DOT1X: 0x888E, LLDP: 0x88CC}
    return [eth(group(i), src, b"\x42\x42\x03" + noise(43, i), types.get(i, 0x88B5)) for i in which]


def test_link_local_frames_are_dropped_by_default_and_counted(lab):
    d, a, b = lab.lan(2)
    a.wire.send(*control_frames(a.mac))
    assert settle(a.wire, b.wire) == [[]]
    assert d.drops("h1") == {"link_local": 16}


def test_the_addresses_around_the_block_are_ordinary_multicast(lab):
    _, a, b = lab.lan(2)
    frames = [sized(m, a.mac, 60) for m in
              ("01:80:c2:00:00:10", "01:80:c2:00:00:20", "01:80:c2:00:01:00", "01:80:c1:ff:ff:ff", "01:00:0c:cc:cc:cc")]
    a.wire.send(*frames)
    assert settle(a.wire, b.wire) == [frames]


def test_forward_passes_them_all(lab):
    d, a, b, c = lab.lan(3, {"link_local": "forward"})
    frames = control_frames(a.mac)
    a.wire.send(*frames)
    assert settle(a.wire, b.wire, c.wire) == [frames, frames]
    assert d.drops("h1") == {}


@pytest.mark.parametrize("mask, passed", [("0x4004", [LACP, LLDP]), (1 << STP, [STP]), ("0x0", []), (0xFFFE, ALL[1:])])
def test_a_mask_passes_some(lab, mask, passed):
    d, a, b = lab.lan(2, {"link_local": mask})
    a.wire.send(*control_frames(a.mac))
    assert settle(a.wire, b.wire) == [control_frames(a.mac, passed)]
    assert d.drops("h1").get("link_local", 0) == 16 - len(passed)


def test_link_local_is_changed_live(lab):
    d, a, b = lab.lan(2)
    lldp = control_frames(a.mac, [LLDP])
    a.wire.send(*lldp)
    assert settle(a.wire, b.wire) == [[]]
    d.rpc("switch.set", link_local="forward")
    a.wire.send(*lldp)
    assert settle(a.wire, b.wire) == [lldp]
    assert d.rpc("switch.list")["switches"][0]["settings"]["link_local"] == "forward"


@pytest.mark.parametrize("bad", ["0x10000", 65536, -1, "some", True, [], "0xg"])
def test_an_impossible_mask_is_refused(lab, bad):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc("switch.set", link_local=bad)
    assert e.value.code == INVALID_PARAMS and "forward" in e.value.message

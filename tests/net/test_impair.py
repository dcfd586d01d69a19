# SPDX-License-Identifier: ISC
"""Bad links: what they do to real frames, in each direction, of each kind of port, and what is told of it."""
import re

import pytest


def ping(a, b, count=20, interval=0.02, size=56):
    """Round trips in milliseconds, of those that came back."""
    out = a.run("ping", "-n", "-c", count, "-i", interval, "-W", 3, "-s", size, b.ip, check=False, timeout=60).stdout
    return [float(t) for t in re.findall(r"time=([\d.]+)", out)]


def link(d, port, direction):
    """What is told of one direction; None: it is good."""
    rows = [r for r in d.rpc("impair.list", port=port)["links"] if r["direction"] == direction]
    return rows[0] if rows else None


# times

def middle(values):
    return sorted(values)[len(values) // 2]


@pytest.mark.parametrize("settings, least", [
    ({"delay": "20ms"}, 40), ({"delay_in": "20ms"}, 20), ({"delay_out": "20ms"}, 20),
    ({"delay": "20ms", "delay_out": "5ms"}, 25), ({"delay": "20ms", "delay_in": "none"}, 20)])
def test_a_delay_is_as_long_as_it_is_said(lab, settings, least):
    d, h1, h2 = lab.lan(2, addresses=True)
    h1.ping(h2)
    d.rpc("port.set", port="h1", **settings)
    trips = ping(h1, h2)
    assert len(trips) == 20
    assert min(trips) >= least and middle(trips) < least + 3, trips
    d.swctl("set", "port", "h1", "--impair", "none")
    assert d.port("h1")["config"].keys() == {"netns", "ifname", "mac", "type"}
    assert middle(ping(h1, h2)) < 3
    assert not d.rpc("impair.list")["links"]

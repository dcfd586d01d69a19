# SPDX-License-Identifier: ISC
"""Bad links: what becomes of numbered frames: lost, doubled, altered, let past others."""
import itertools

import pytest

from badlink import acquaint, link, lost, ping, volley
from frames import numbered
from traffic import tcp_transfer
from wait import wait_until

N = 4000


def lan(lab, port, **settings):
    """Two hosts that know each other, and then a bad link at one of them; seeds count from here."""
    d, h1, h2 = lab.lan(2)
    acquaint(d, h1, h2)
    again(d, port, **settings)
    return d, h1, h2


def again(d, port, **settings):
    """The same link, as if it had never been."""
    d.swctl("set", "port", port, "--impair", "none")
    d.rpc("port.set", port=port, **settings)


def gaps(got, count):
    return sorted(set(range(count)) - set(got))


@pytest.mark.parametrize("port, way, reason", [("h1", "in", "impaired_in"), ("h2", "out", "impaired_out")])
def test_a_share_is_lost_and_the_same_with_the_same_seed(lab, port, way, reason):
    settings = {f"loss_{way}": "10%", "impair_seed": 7}
    d, h1, h2 = lan(lab, port, **settings)
    first = volley(d, h1, h2, N)
    missing = gaps(first, N)
    assert first == sorted(set(first)), "twice, or out of order"
    # binomial: N / 10 on average, with a standard deviation of 19: five of these
    assert abs(len(missing) - N / 10) < 95
    assert link(d, port, way)["fates"]["lost"] == d.drops(port)[reason] == len(missing)
    again(d, port, **settings)
    assert volley(d, h1, h2, N) == first
    again(d, port, **{**settings, "impair_seed": 8})
    other = gaps(volley(d, h1, h2, N), N)
    assert abs(len(set(other) & set(missing)) - N / 100) < 45, "no more in common than by chance"
    # more loss loses the same, and some more
    again(d, port, **{**settings, f"loss_{way}": "20%"})
    assert set(missing) < set(gaps(volley(d, h1, h2, N), N))


def test_a_seed_that_nobody_set_is_told_and_does_it_again(lab):
    d, h1, h2 = lan(lab, "h1", loss_in="30%")
    first = volley(d, h1, h2, 1000)
    seed = link(d, "h1", "in")["seed"]
    again(d, "h1", loss_in="30%", impair_seed=seed)
    assert volley(d, h1, h2, 1000) == first


def test_every_so_many_th(lab):
    d, h1, h2 = lan(lab, "h1", loss_every_in="7frames")
    assert gaps(volley(d, h1, h2, 1000), 1000) == list(range(6, 1000, 7))
    assert link(d, "h1", "in")["fates"]["lost_nth"] == len(range(6, 1000, 7))


def runs(numbers):
    """How long the runs of numbers are that follow each other."""
    return [len(list(g)) for _, g in itertools.groupby(enumerate(numbers), lambda p: p[1] - p[0])]


def test_losses_in_bursts(lab):
    d, h1, h2 = lan(lab, "h1", loss_burst_in="2%,25%", impair_seed=7)
    missing = gaps(volley(d, h1, h2, 2 * N), 2 * N)
    # Gilbert: 2 / (2 + 25) of all, in bursts of 1 / 25 %
    assert 0.055 < len(missing) / (2 * N) < 0.095
    assert 3.2 < sum(runs(missing)) / len(runs(missing)) < 4.8
    assert link(d, "h1", "in")["fates"]["lost_burst"] == len(missing)
    again(d, "h1", loss_in="7.4%,80%", impair_seed=7)  # correlated: as many, and together
    together = gaps(volley(d, h1, h2, 2 * N), 2 * N)
    assert 0.045 < len(together) / (2 * N) < 0.105
    assert sum(runs(together)) / len(runs(together)) > 1.6
    again(d, "h1", loss_in="7.4%", impair_seed=7)
    alone = gaps(volley(d, h1, h2, 2 * N), 2 * N)
    assert sum(runs(alone)) / len(runs(alone)) < 1.2


def test_frames_that_come_twice(lab):
    d, h1, h2 = lan(lab, "h1", duplicate_in="10%", impair_seed=7)
    got = volley(d, h1, h2, N)
    assert got == sorted(got) and set(got) == set(range(N))
    assert abs(len(got) - N - N / 10) < 95
    assert link(d, "h1", "in")["duplicated"] == len(got) - N
    assert d.stats("h1")["rx_frames"] == 1 + len(got) and d.drops("h1") == {}


def test_frames_that_overtake(lab):
    d, h1, h2 = lan(lab, "h1", delay_in="30ms", reorder_in="10%", impair_seed=7)
    got = volley(d, h1, h2, 200)  # all of them within the delay, if the machine is not too busy
    assert sorted(got) == list(range(200)) and got != sorted(got)
    ahead = link(d, "h1", "in")["reordered"]
    assert 5 <= ahead <= 40
    early = got[:ahead]
    assert early == sorted(early) and got[ahead:] == sorted(got[ahead:]), "each in order among its own"


def bits(a, b):
    return sum((x ^ y).bit_count() for x, y in zip(a, b))


@pytest.mark.parametrize("corrupt, flipped", [("100%", 1), ("100%,3bits", 3), ("100%,64bits", 64)])
def test_bits_are_flipped(lab, corrupt, flipped):
    d, h1, h2 = lan(lab, "h2", corrupt_out=corrupt, duplicate_out="50%", impair_seed=7)
    sent = [numbered(h2.mac, h1.mac, n).ljust(100, b"\xa5") for n in range(200)]
    h2.wire.drain()
    h1.wire.send(*sent)
    wait_until(lambda: link(d, "h2", "out")["frames"] == 200 and not link(d, "h2", "out")["held"], what="frames")
    row, got = link(d, "h2", "out"), h2.wire.drain()
    assert row["corrupted"] == 200 and len(got) == 200 + row["duplicated"] > 250
    at, places = -1, set()
    for frame in got:
        if at < 0 or bits(sent[at], frame) != flipped:  # not the copy of the one before
            at += 1
        assert len(frame) == len(sent[at]) and bits(sent[at], frame) == flipped
        places |= {i for i, (x, y) in enumerate(zip(sent[at], frame)) if x != y}
    assert at == 199 and len(places) > 80, "anywhere in the frame"


@pytest.mark.parametrize("way", ["in", "out"])
def test_checksums_find_what_was_altered(lab, way):
    """They are finished before bits are flipped, of each segment of a super-frame."""
    d, h1, h2 = lab.lan(2, addresses=True)
    assert h1.ping(h2) == 0
    d.rpc("port.set", port="h1" if way == "in" else "h2", impair_seed=7, **{f"corrupt_{way}": "1%,3bits"})
    tcp_transfer(h1, h2, 4 << 20)
    row = link(d, "h1" if way == "in" else "h2", way)
    assert row["corrupted"] > 10
    out = h2.run("nstat", "-az", "TcpInCsumErrors", "IpExtInCsumErrors", "IpInHdrErrors").stdout
    assert sum(int(float(line.split()[1])) for line in out.splitlines() if line.startswith(("Tcp", "Ip"))) > 5, out


def test_what_does_not_go_in(lab):
    d, h1, h2 = lab.lan(2, addresses=True)
    assert h1.ping(h2) == 0
    d.rpc("port.set", port="h2", path_mtu_out="1400B")
    assert h1.ping(h2, size=1372) == 0
    assert h1.ping(h2, size=1373, wait=1) == 100
    assert link(d, "h2", "out")["fates"]["too_big"] > 0 and link(d, "h2", "in") is None
    assert d.port("h2")["mtu"] == 1500


def test_one_direction_is_cut(lab):
    d, h1, h2 = lan(lab, "h2", link_in="down")
    assert volley(d, h1, h2, 10) == list(range(10))
    assert volley(d, h2, h1, 10) == []
    assert link(d, "h2", "in")["fates"]["down"] == 10 and d.port("h2")["state"] == "up"
    d.rpc("port.set", port="h2", link_in="up")
    assert volley(d, h2, h1, 10) == list(range(10))
    assert d.rpc("impair.list")["links"] == []


def test_both_directions_of_several_ports_at_once(lab):
    settings = {"impair_seed": 7, "loss": "5%", "duplicate": "5%", "delay": "1ms", "jitter": "1ms,overtake"}
    d, h1, h2 = lan(lab, "h1", **settings)
    again(d, "h2", **settings)
    there, back = volley(d, h1, h2, 2000), volley(d, h2, h1, 2000)
    missing = [len(gaps(got, 2000)) for got in (there, back)]
    assert all(130 < n < 270 for n in missing), missing
    rows = [link(d, port, way) for port in ("h1", "h2") for way in ("in", "out")]
    assert len({tuple(sorted(r["fates"].items())) for r in rows}) > 1, "ports with one seed differ"
    assert all(lost(r) > 50 for r in rows)
    assert sum(lost(r) for r in rows) >= sum(missing)


def test_ping_with_everything(lab):
    d, h1, h2 = lab.lan(2, addresses=True)
    h1.ping(h2)
    d.swctl("set", "port", "h1", "--delay", "20ms", "--jitter", "5ms", "--loss", "1%")
    trips = ping(h1, h2, 200, 0.01)
    assert 180 < len(trips) and all(t >= 30 for t in trips)

# SPDX-License-Identifier: ISC
"""Bad links: how punctual frames are, which needs a machine that does nothing else."""
import time

from badlink import link
from daemon import SANITIZED
from metronome import Metronome
from test_impair import lan


def test_frames_are_punctual(lab):
    """By the kernel's timestamps, without the time in which the switch waits for a processor."""
    d, h1, h2 = lan(lab, delay_in="10ms")
    m = Metronome(h1, h2, d.pid)
    try:
        wait = m.measure(lambda: time.sleep(2))
    finally:
        m.close()
    assert not wait.lost and wait.sent > 500
    assert 0.0099 < wait.own < (0.05 if SANITIZED else 0.02), str(wait)
    row = link(d, "h1", "in")
    assert row["held"] < 200 and row["late"] <= row["frames"] and row["late_max_us"] >= 0

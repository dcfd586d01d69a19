# SPDX-License-Identifier: ISC
"""Waiting for something to become true, instead of sleeping and hoping."""
import time

# Generous: it only runs out when a test fails anyway, and the machine may be small and busy.
TIMEOUT = 15


def wait_until(pred, timeout=TIMEOUT, what="it"):
    """Polls pred until it returns something true and returns that; fails when time is up."""
    deadline = time.monotonic() + timeout
    pause = 0.002
    while True:
        value = pred()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}; still {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def holds_for(pred, seconds, what="it"):
    """Asserts that pred stays true for so long; for what must not happen, where nothing marks the end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert pred(), f"{what} did not stay"
        time.sleep(0.05)


def best_of(measure, enough, times=6):
    """Measures until it is enough, and returns the most: a busy machine does less, never more than it may."""
    most = measure()
    for _ in range(times - 1):
        if most >= enough:
            break
        most = max(most, measure())
    return most

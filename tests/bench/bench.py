# SPDX-License-Identifier: ISC
"""Speed, side by side; ./run starts this, isolated, and explains it."""
import argparse
import json
import os
import platform
import signal
import sys
import time

import report
from contestants import ALL, BENCH, Failure, sh
from measures import STEPS

STOP_S = 20  # what is left of the time limit for the table and for ending everything


def options():
    p = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    p.add_argument("--quick", action="store_true", help="one round, one second a measure")
    p.add_argument("--json", metavar="FILE", help="write the raw numbers to FILE")
    p.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")),
                   help="how many; default $ROUNDS or 5")
    p.add_argument("--seconds", type=int, default=1, help="how long a measure lasts; default 1")
    p.add_argument("--limit", type=int, default=240, metavar="SECONDS",
                   help="start no round that would end later than this; default 240")
    p.add_argument("--only", metavar="NAME,...", help="these contestants: " +
                   ", ".join(c.key for c in ALL))
    p.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.quick:
        o.rounds, o.seconds = 1, 1
    if o.rounds < 1 or o.seconds < 1 or o.limit < 30:
        p.error("at least 1 round, 1 second a measure, and a limit of 30")
    known = [c.key for c in ALL]
    o.only = o.only.split(",") if o.only else known
    if set(o.only) - set(known):
        p.error(f"--only takes {', '.join(known)}")
    return o


def say(text):
    """Progress, on standard error: the table alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def first_line(*cmd):
    try:
        return sh(*cmd).splitlines()[0].strip()
    except (Failure, IndexError):
        return "not there"


def machine():
    return {
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "tools": {
            "iperf3": first_line("iperf3", "--version"),
            "iproute2": first_line("ip", "-V"),
            "Python": platform.python_version(),
        },
    }


class Bench:
    def __init__(self, o):
        self.o = o
        self.all = [c() for c in ALL if c.key in o.only]
        self.versions = {}
        self.rounds = 0
        self.samples = {c.key: [] for c in self.all}  # one dict of figures a round
        self.table = []

    def give_up(self, c, where, why):
        c.failure = f"{where}: {why}"
        say(f"FAILED: {c.title}: {c.failure}")

    def start(self):
        for c in self.all:
            try:
                self.versions[c.key] = c.version()
                c.start()
                c.check()
            except Failure as e:
                self.give_up(c, "start", e)

    def turn(self, c, step, figures):
        """One contestant's turn; who fails once takes no further part."""
        name, measure = step
        if c.failure:
            return
        try:
            try:
                figures[c.key].update(measure(c, self.o.seconds))
            finally:
                c.check()  # that it died explains more than what then did not work
        except Failure as e:
            self.give_up(c, name, e)

    def round(self):
        figures = {c.key: {} for c in self.all}
        first = self.rounds % len(self.all)
        order = self.all[first:] + self.all[:first]
        for step in STEPS:
            for c in order:
                self.turn(c, step, figures)
        for key, got in figures.items():
            self.samples[key].append(got)
        self.rounds += 1

    def run(self):
        begin = time.monotonic()
        deadline = begin + self.o.limit - STOP_S
        self.start()
        for n in range(self.o.rounds):
            if n and time.monotonic() + (time.monotonic() - begin) / n > deadline:
                say(f"only {n} of {self.o.rounds} rounds: no time for more (--limit)")
                break
            say(f"round {n + 1} of {self.o.rounds}")
            self.round()
        for c in self.all:
            c.stop()
        self.table = [line.split() for line in sh(f"{BENCH}/fdb", timeout=120).splitlines()]


def main():
    o = options()
    if o.check:
        return 0
    facts = machine()
    bench = Bench(o)
    # Whatever hangs, the run ends: and with it, by isolate, all that it started.
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("tests/bench/run: out of time"))
    signal.alarm(o.limit + 60)
    try:
        bench.run()
    except KeyboardInterrupt:
        say("interrupted; nothing is left behind")
        return 130
    data = report.collect(bench, facts)
    print(report.text(data))
    if o.json:
        with open(o.json, "w", encoding="utf-8") as f:
            json.dump(data, f, indent=1)
            f.write("\n")
    return 1 if data["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: ISC
"""Speed, side by side; ./run starts this, isolated, and explains it."""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

import machine
import measures
import ovs
import perf
import plugs
import report
from contestants import Bare, Bridge, Ours, OursUdp, Vde, VdePlug
from tools import BENCH, Failure, say

KINDS = (Ours, OursUdp, Bare, Bridge, Vde, VdePlug, ovs.Ovs, ovs.OvsTso, ovs.OvsVeth,
         ovs.OvsVethTso, *plugs.KINDS)
QUICK_LIMIT_S, FULL_LIMIT_S = 150, 3600
QUICK_SECONDS, FULL_SECONDS = 0.4, 1
IDLE_SECONDS = 2
FDB_S, FDB_QUICK_S = 300, 15  # what fdb.c may take


def options():
    p = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    p.add_argument("--quick", action="store_true",
                   help="one short round, without what takes long: within three minutes")
    p.add_argument("--out", metavar="DIR", default=BENCH,
                   help="where results.json, .md and .svg go; default build/bench")
    p.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")),
                   help="how many; default $ROUNDS or 5")
    p.add_argument("--seconds", type=float, help="how long a measure lasts; default 1")
    p.add_argument("--limit", type=int, metavar="SECONDS",
                   help="begin nothing after that; default an hour")
    p.add_argument("--only", metavar="NAME,...", help="these contestants: " +
                   ", ".join(c.key for c in KINDS))
    p.add_argument("--steps", metavar="TEXT", help="only the measures that have TEXT in their name")
    p.add_argument("--profile", action="store_true",
                   help="no rounds: where ours and the bare loop spend their time, by perf")
    p.add_argument("--from", dest="source", metavar="FILE",
                   help="measure nothing, report what an earlier run wrote to FILE")
    p.add_argument("--write-docs", action="store_true",
                   help="put the results into docs/performance.md and .svg")
    p.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.quick:
        o.rounds = 1
    o.seconds = o.seconds or (QUICK_SECONDS if o.quick else FULL_SECONDS)
    o.limit = o.limit or (QUICK_LIMIT_S if o.quick else FULL_LIMIT_S)
    if o.rounds < 1 or not 0.1 <= o.seconds <= 60 or o.limit < 30:
        p.error("at least 1 round, 0.1 to 60 seconds a measure, and a limit of 30")
    known = [c.key for c in KINDS]
    o.only = o.only.split(",") if o.only else [c.key for c in KINDS if not (o.quick and c.extra)]
    if set(o.only) - set(known):
        p.error(f"--only takes {', '.join(known)}")
    o.steps = [s for s in measures.STEPS if not o.steps or o.steps in s.name]
    return o


def address_table(seconds):
    """What fdb.c tells in that time, line by line: the most telling come first."""
    try:
        p = subprocess.run((f"{BENCH}/fdb",), stdout=subprocess.PIPE, timeout=seconds, check=False)
        out = p.stdout
    except subprocess.TimeoutExpired as e:
        out = e.stdout or b""
    lines = out.decode().split("\n")[:-1]  # the last may be cut off
    return [line.split() for line in lines]


class Bench:
    """Everybody is up at the same time; they take turns, measure by measure."""

    def __init__(self, o):
        self.o = o
        self.kinds = [k for k in KINDS if k.key in o.only]
        self.absent = {}  # why a kind takes no part
        self.versions = {}
        self.failures = []  # (key, what, why)
        self.switches = {}  # by (key, lab)
        self.samples = {k.key: [] for k in self.kinds}  # one dict of figures a round
        self.notes = {}
        self.table = []
        self.begin = time.monotonic()

    def late(self):
        return time.monotonic() - self.begin > self.o.limit

    def give_up(self, s, where, why):
        s.failure = str(why)
        self.failures.append((s.key, f"{where}, {s.lab.name}", str(why)))
        say(f"FAILED: {s.title}: {where}, {s.lab.name}: {why}")

    def prepare(self):
        """Which switches there are to be."""
        labs = {s.lab for s in self.o.steps}
        for k in self.kinds:
            try:
                why = k.missing()
                self.versions[k.key] = why or k.version()
            except Failure as e:
                why = str(e)
                self.failures.append((k.key, "version", why))
            if why:
                self.absent[k.key] = why
                say(f"{k.title} takes no part: {why}")
                continue
            for lab in k.labs:
                if lab in labs and not (self.o.quick and lab in k.slow_labs):
                    self.switches[k.key, lab] = k(lab)

    def start(self):
        for s in self.switches.values():
            try:
                s.start()
                measures.greet(s)
                measures.teach(s)
                s.check()
            except Failure as e:
                self.give_up(s, "start", e)
        time.sleep(1)  # what starting stirred up settles
        for s in self.switches.values():
            if s.notes:
                self.notes[s.key] = s.notes

    def turn(self, s, step, figures):
        """One contestant's turn; a switch that fails once takes no further part."""
        if s.failure or self.late():
            return
        try:
            try:
                figures.update(step.measure(s, self.o.seconds))
            finally:
                s.check()  # that it died explains more than what then did not work
        except Failure as e:
            self.give_up(s, step.name, e)

    def idle(self, figures):
        pairs = [s for (_, lab), s in self.switches.items()
                 if lab is measures.PAIR and not s.failure]
        for s, got in zip(pairs, measures.idle(pairs, IDLE_SECONDS)):
            figures[s.key].update(got)

    def round(self, n):
        figures = {k.key: {} for k in self.kinds}
        first = n % len(self.kinds)
        self.idle(figures)
        for step in self.o.steps:
            for k in self.kinds[first:] + self.kinds[:first]:
                s = self.switches.get((k.key, step.lab))
                if s:
                    self.turn(s, step, figures[k.key])
        for key, got in figures.items():
            self.samples[key].append(got)

    def run(self):
        self.prepare()
        say(f"starting {len(self.switches)} switches")
        self.start()
        done = 0
        for n in range(self.o.rounds):
            if n and self.late():
                break
            say(f"round {n + 1} of {self.o.rounds}, {time.monotonic() - self.begin:.0f} s")
            self.round(n)
            done = n + 1
        if self.late():
            say(f"out of time in round {done} of {self.o.rounds} (--limit)")
        say(f"ending, {time.monotonic() - self.begin:.0f} s")
        for s in self.switches.values():
            s.end()
        for s in self.switches.values():
            s.stop()
        say(f"the table, {time.monotonic() - self.begin:.0f} s")
        self.table = address_table(FDB_QUICK_S if self.o.quick else FDB_S)


def results(o):
    """What a run measures, or an earlier one did."""
    if o.source:
        with open(o.source, encoding="utf-8") as f:
            return json.load(f)
    facts = machine.facts()
    bench = Bench(o)
    # Whatever hangs, the run ends: and with it, by isolate, all that it started.
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("tests/bench/run: out of time"))
    signal.alarm(o.limit + 120)
    bench.run()
    return report.collect(bench, facts)


def main():
    o = options()
    if o.check:
        return 0
    try:
        if o.profile:
            return perf.run(o.out)
        data = results(o)
    except KeyboardInterrupt:
        say("interrupted; nothing is left behind")
        return 130
    print(report.markdown(data))
    say(f"written: {', '.join(report.write(data, o.out))}")
    if o.write_docs:
        say(f"written: {', '.join(report.write_docs(data))}")
    return 1 if data["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())

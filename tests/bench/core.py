# SPDX-License-Identifier: ISC
"""What each piece of the core costs: nanoseconds, and instructions as callgrind counts them.

    core.py PIECES             prints both
    core.py PIECES --check     compares the instructions with core.json; fails where one rose by more than
                               a tenth
    core.py PIECES --record    writes them to core.json

Instructions are the same each time, on any machine of one architecture, as long as compiler, flags and
libraries are; so a rise is a change of the code, and noise of the machine is none.  PIECES is the program
made of pieces.c.
"""
import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

import docs

RECORD = os.path.join(docs.HERE, "core.json")
MAY_RISE = 0.10
# The same code of the C library on every machine, whatever its processor could do beyond.
SAME_LIBC = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-AVX2,-AVX512F,-ERMS,-FSRM"}


def fail(text):
    sys.exit(f"bench-core: {text}")


def run(cmd, **more):
    try:
        p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env={**os.environ, **more}, timeout=600, check=False)
    except FileNotFoundError:
        fail(f"{cmd[0]} is not there; try: make bench-core")
    if p.returncode:
        fail(f"{' '.join(cmd)} ended with {p.returncode}:\n{p.stderr[-2000:]}")
    return p.stdout


def rows(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def nanoseconds(program):
    return {r["name"]: (r["best_ns"], r["ns"]) for r in rows(run([program]))}


def instructions(program):
    with tempfile.TemporaryDirectory() as where:
        base = os.path.join(where, "out")
        told = run(["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
                    f"--callgrind-out-file={base}", program], **SAME_LIBC)
        times = {r["name"]: r["n"] for r in rows(told)}
        counted = {}
        for name in os.listdir(where):
            with open(os.path.join(where, name), encoding="utf-8") as f:
                text = f.read()
            what = re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.M)
            total = re.search(r"^totals: (\d+)", text, re.M)
            if what and total:
                counted[what.group(1)] = int(total.group(1))
    if set(counted) != set(times):
        fail("callgrind counted nothing: pieces.c was compiled without valgrind's headers.  Install "
             "the package valgrind, then: make clean bench-core")
    return {name: round(counted[name] / n, 1) for name, n in times.items()}


def compiler():
    return run([os.environ.get("CC", "cc"), "-dumpfullversion"]).strip()


def record(counted):
    with open(RECORD, "w", encoding="utf-8") as f:
        json.dump({"architecture": platform.machine(), "compiler": compiler(),
                   "instructions": counted}, f, indent=1)
        f.write("\n")
    print(f"written: {os.path.relpath(RECORD)}")


def check(counted):
    try:
        with open(RECORD, encoding="utf-8") as f:
            was = json.load(f)
    except OSError as e:
        fail(f"{e}; make bench-core RECORD=1 writes it")
    if was["architecture"] != platform.machine():
        print(f"bench-core: NOT compared: recorded on {was['architecture']}, this is "
              f"{platform.machine()}")
        return
    if was["compiler"] != compiler():
        print(f"bench-core: recorded with compiler {was['compiler']}, this is {compiler()}")
    before, lines, bad = was["instructions"], [], []
    for name in {**before, **counted}:
        old, new = before.get(name), counted.get(name)
        if old is None or new is None:
            bad.append(f"'{name}' is {'new' if old is None else 'gone'}")
            continue
        lines.append((name, old, new, f"{100 * (new / old - 1):+.1f} %"))
        if new > old * (1 + MAY_RISE):
            bad.append(f"'{name}' rose from {old} to {new}")
    print("\n".join(docs.table(("instructions an operation", "recorded", "now", "change"), lines)))
    if bad:
        fail("\n    ".join(["the core costs more than what was recorded, or other pieces are measured:",
                            *bad, "make bench-core RECORD=1 records anew, where this is meant"]))


def main():
    p = argparse.ArgumentParser(prog="bench-core", description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program", metavar="PIECES")
    p.add_argument("--check", action="store_true")
    p.add_argument("--record", action="store_true")
    p.add_argument("--write-docs", action="store_true",
                   help="put them into docs/performance.md")
    p.add_argument("--json", metavar="FILE", help="write both to FILE as well")
    o = p.parse_args()
    counted = instructions(o.program)
    if o.check:
        check(counted)
        return
    took = nanoseconds(o.program)
    lines = docs.table(("an operation", "ns, median", "ns, best", "instructions"),
                       [(name, f"{took[name][1]:.1f}", f"{took[name][0]:.1f}", counted[name])
                        for name in counted])
    print("\n".join(lines))
    if o.json:
        with open(o.json, "w", encoding="utf-8") as f:
            json.dump([{"name": n, "best_ns": took[n][0], "ns": took[n][1], "instructions": counted[n]}
                       for n in counted], f, indent=1)
    if o.record:
        record(counted)
    if o.write_docs:
        print(f"written: {docs.replace('core', chr(10).join(lines))}")


if __name__ == "__main__":
    main()

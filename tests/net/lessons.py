# SPDX-License-Identifier: ISC
"""
lessons.py [FOLDER...] - what the lessons in docs/labs print, anew

Each lesson is a folder with a lab, a text that shows commands with their output, and, where something is to
be put right, the lab with it put right.  Run as a program this writes into the text what the
commands print now, to be read before it is committed:

    tests/net/isolate /usr/bin/python3 tests/net/lessons.py docs/labs/07-mac-flooding
"""
import json
import os
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
for program in "switchd", "swctl":  # tests/net/run says where they are
    os.environ.setdefault(program.upper(), str(ROOT / "build" / program))

import tour
from labs import Labs, machine
from netns import sh

LESSONS = sorted(f.parent for f in (ROOT / "docs" / "labs").glob("*/lab.json"))
PLACE = pathlib.Path("/mnt")  # hosts see it, unlike $TMPDIR, which is below /run: they have one of their own
GUEST = pathlib.Path(os.environ.get("GUEST", ROOT / "build" / "guest"))

# What differs from run to run. Of numbers that do it is told whether they are 0.
VOLATILE = (
    (r"/run/user/\d+/", "/run/"),  # of a plain user
    (r"(?<![\w:])\d\d:\d\d:\d\d(\.\d+)?(?![\w:])", "CLOCK"),
    (r"\b\d+\.\d\d-\d+\.\d\d\b", "TIME"),  # iperf3
    (r"\bicmp_seq=\d+", "icmp_seq=N"),
    (r"[\d./]+ ?[mun]?s\b|\b\d+m\d\ds\b", "TIME"),
    (r"\b(?!0 )[\d.]+ [kMG]?B\b|\b[\d.]+ [KMG]?Bytes\b", "BYTES"),
    (r"\b[\d.]+ [KMG]?bits/sec", "RATE"),
    (r"\b0x[0-9a-f]+", "HEX"),
    (r"(?<![\w.:/,=+-])(?=[\d.]*[1-9])\d+(\.\d+)?%?(?![\w:/]|\.\d)", "N"),
    (r"\s+", " "),
)


def make_place():
    """Only for who is in here (isolate), and only once."""
    if not os.path.ismount(PLACE):
        sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", PLACE)


def machine_before(folder):
    """What the machine is like before a lesson in this folder, but for what is made once."""
    make_place()
    sh("ip", "netns", "add", "first")  # ip-netns(8) mounts something when it is used first
    sh("ip", "netns", "del", "first")
    for above in folder, *list(folder.parents)[:3]:
        os.chmod(above, 0o755)
    return machine()


class Lesson:
    """A lesson in a folder of its own, as a student who may write there has it."""

    def __init__(self, source, folder, user=None):
        self.labs = Labs(folder, user)
        self.folder = PLACE / source.name
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns("kernel", "initrd*", "vmlinuz", "lock"))
        self.lab = json.loads((source / "lab.json").read_text())
        self.text = source / "README.md"
        self.steps = tour.steps(self.text.read_text())
        if "vms" in self.lab:
            for name in "vmlinuz", "initrd":
                (self.folder / name).symlink_to(GUEST / name)
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.script = folder / "lesson.sh"
        env = self.labs.env
        env["PATH"] = f"{os.path.dirname(self.labs.swctl)}:{env['PATH']}"
        env["HOME"] = str(self.folder)
        env["COLUMNS"] = "100"  # of programs that ask how wide the terminal is

    def run(self):
        """[(exit status, [line...])...] of what the text shows."""
        return tour.run([command for command, _ in self.steps], self.script, self.folder, self.labs.env, self.labs.prefix)

    def write(self, results):
        """Puts the results into the text."""
        def block(match):
            lines = [line for line in match[1].splitlines() if line.startswith(tour.PROMPTS)]
            out = []
            for line in lines:
                seen = [l.rstrip() for l in next(printed)]
                while seen and not seen[-1]:
                    seen.pop()
                out += [line, *seen]
            return "```console\n" + "\n".join(out) + "\n```"

        printed = iter([lines for _, lines in results])
        text = re.sub(r"^```console\n(.*?)^```", block, self.text.read_text(), flags=re.M | re.S)
        self.text.write_text(text)

    def close(self):
        self.labs.run("lab", "down", "--all")


def main(folders):
    make_place()
    for source in map(pathlib.Path, folders):
        lesson = Lesson(source.resolve(), pathlib.Path(os.environ["TMPDIR"]))
        try:
            results = lesson.run()
        finally:
            lesson.close()
        if len(results) < len(lesson.steps):
            sys.exit(f"{source}: it did not get past: {lesson.steps[len(results)][0]}")
        lesson.write(results)


if __name__ == "__main__":
    main(sys.argv[1:])

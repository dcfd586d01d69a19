# SPDX-License-Identifier: ISC
"""Running programs and waiting for them, for the other modules."""
import os
import select
import subprocess
import sys
import time

BENCH = os.environ["BENCH"]
TMP = os.environ.get("TMPDIR", "/tmp")
PATIENCE_S = 10


class Failure(Exception):
    """Something did not work; the text says what."""


def say(text):
    """Progress, on standard error: the report alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def sh(*cmd, timeout=PATIENCE_S, env=None, text=None):
    """Runs a command, with text as its standard input, and returns its standard output."""
    try:
        p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           input=text or "", timeout=timeout, env=env)
    except FileNotFoundError:
        raise Failure(f"{cmd[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"'{' '.join(cmd)}' did not end within {timeout} s") from None
    if p.returncode:
        said = (p.stderr or p.stdout).strip().splitlines() or ["no output"]
        raise Failure(f"'{' '.join(cmd)}' ended with {p.returncode}: {said[-1]}")
    return p.stdout


def ip_batch(lines, ns=None):
    """Many commands of ip at once."""
    sh("ip", *(("-n", ns) if ns else ()), "-batch", "-", text="\n".join(lines) + "\n", timeout=60)


def inside(ns, *cmd):
    return ("ip", "netns", "exec", ns, *cmd)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def until(condition, what, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what} did not happen within {patience_s} s")
        time.sleep(0.02)


def await_text(process, text, what):
    """Reads what the process prints until text is among it."""
    end, got = time.monotonic() + PATIENCE_S, b""
    fd = process.stdout.fileno()
    while text not in got:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            raise Failure(f"{what} did not say '{text.decode()}' within {PATIENCE_S} s")
        more = os.read(fd, 4096)
        if not more:
            raise Failure(f"{what} ended: {got.decode(errors='replace').strip()[-200:]}")
        got += more


class Server:
    """The other side of a measure, from when it says that it is ready to the end of the block."""

    def __init__(self, ns, ready, *cmd):
        self.cmd, self.ready = inside(ns, *cmd), ready

    def __enter__(self):
        self.process = subprocess.Popen(self.cmd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            await_text(self.process, self.ready, " ".join(self.cmd[4:]))
        except Failure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def result(self, timeout):
        """What it still has to say, once it ends by itself."""
        try:
            out, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"'{' '.join(self.cmd[4:])}' did not end within {timeout} s") from None
        return out.decode(errors="replace")

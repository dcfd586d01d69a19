# SPDX-License-Identifier: ISC
"""swctl lab exec and shell: what is done to the one is done to the program in the host, at a terminal and without."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from labs import Labs
from wait import wait_until

LAN = {"name": "lan", "switches": {"sw1": {}}, "hosts": {"h1": {"addresses": ["10.0.0.1/24"]}},
       "links": [{"between": ["h1", "sw1"]}]}


@pytest.fixture
def labs(tmp_path):
    found = Labs(tmp_path)
    found.up(LAN)
    yield found
    found.close()


def count(labs, what):
    """How many processes of the host have that command line."""
    return sum(line.strip() == what for line in labs.exec("lan", "h1", "ps", "-ewwo", "args").splitlines())


def test_a_signal_reaches_the_program(labs):
    for sig in signal.SIGTERM, signal.SIGHUP, signal.SIGINT:
        job = labs.popen("lab", "exec", "h1", "--", "sh", "-c",
                         f"trap 'echo caught; exit 9' {sig.value}; echo ready; while :; do sleep 0.05; done")
        assert job.stdout.readline() == "ready\n"
        job.send_signal(sig)
        assert job.communicate(timeout=10) == ("caught\n", "") and job.returncode == 9, sig


def test_no_moment_is_too_early_for_a_signal(labs):
    """The program says that it is there before swctl has gone on: its end is its own all the same."""
    for _ in range(30):
        job = labs.popen("lab", "exec", "h1", "--", "sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done")
        os.read(job.stdout.fileno(), 1)
        job.send_signal(signal.SIGTERM)
        job.communicate(timeout=10)
        assert job.returncode == 9


def test_the_program_ends_even_when_swctl_is_killed(labs):
    job = labs.popen("lab", "exec", "h1", "--", "sleep", "1001")
    wait_until(lambda: count(labs, "sleep 1001") == 1, what="the program")
    job.kill()
    job.communicate()
    wait_until(lambda: count(labs, "sleep 1001") == 0, what="its end")


def test_what_nohup_ignores_is_ignored(labs):
    job = subprocess.Popen(["nohup", labs.swctl, "lab", "exec", "h1", "--", "sleep", "1002"], env=labs.env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_until(lambda: count(labs, "sleep 1002") == 1, what="the program")
    os.kill(job.pid, signal.SIGHUP)
    labs.exec("lan", "h1", "pkill", "-HUP", "sleep")
    time.sleep(0.2)
    assert job.poll() is None and count(labs, "sleep 1002") == 1
    job.terminate()
    job.communicate()
    assert job.returncode == 128 + signal.SIGTERM


def test_a_host_that_cannot_be_entered_is_told(labs):
    """A lab that is said to be another user's."""
    path = os.path.join(labs.status("lan")["dir"], "state.json")
    with open(path) as f:
        good = f.read()
    assert '"user_namespace": false' in good
    with open(path, "w") as f:
        f.write(good.replace('"user_namespace": false', '"user_namespace": true'))
    err = labs.exec("lan", "h1", "true", status=125)
    with open(path, "w") as f:
        f.write(good)
    assert "cannot enter the host h1" in err


@pytest.mark.parametrize("shell", [None, "", "sh", "/nonexistent/sh", "/usr/sbin/nologin", "/bin/false", "/etc", "/etc/passwd", "/run/shell"])
def test_a_shell_that_cannot_be_had_is_bin_sh(labs, shell):
    """The last one is there outside of the host only."""
    with open("/run/shell", "w") as f:
        os.fchmod(f.fileno(), 0o755)
    env = {k: v for k, v in labs.env.items() if k != "SHELL"}
    if shell is not None:
        env["SHELL"] = shell
    p = subprocess.run([labs.swctl, "lab", "shell", "h1"], input="echo $0; hostname; exit 3\n", text=True, env=env, cwd="/",
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (p.returncode, p.stdout, p.stderr) == (3, "/bin/sh\nh1\n", "")


class Terminal:
    """A shell with job control at a terminal of its own."""

    def __init__(self, labs):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(labs.folder)
            env = {**labs.env, "PS1": "outside> ", "SHELL": "/bin/bash", "HOME": "/nonexistent"}
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 77, 0, 0))
        self.expect("outside> ")

    def expect(self, what, seconds=10):
        seen, end = "", time.monotonic() + seconds
        while what not in seen:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            assert ready, f"no {what!r} in {seen!r}"
            seen += os.read(self.fd, 4096).decode(errors="replace")
        return seen

    def type(self, text, what=None):
        os.write(self.fd, text.encode())
        return self.expect(what) if what else None

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(labs):
    found = Terminal(labs)
    yield found
    found.close()


def test_keys_of_a_terminal_are_for_the_program(labs, terminal):
    # the sum is so that what is typed, which the terminal shows as well, is not what is waited for
    terminal.type(f"{labs.swctl} lab exec h1 -- sh -c 'while :; do echo r$((1+1))n; sleep 0.1; done'\n", "r2n")
    terminal.type("\x1a", "Stopped")
    terminal.type("fg\n", "r2n")
    terminal.type("\x03", "outside> ")
    terminal.type("echo status=$?\n", f"status={128 + signal.SIGINT}")


def test_a_shell_has_job_control_and_the_size_of_the_window(labs, terminal):
    terminal.type(f"{labs.swctl} lab shell h1\n", "h1:")
    terminal.type("stty size\n", "31 77")
    terminal.type("sleep 1004\n")
    wait_until(lambda: count(labs, "sleep 1004") == 1, what="the program")
    terminal.type("\x1a", "Stopped")
    terminal.type("kill -KILL %1; wait; echo k$((1+1))d\n", "k2d")
    terminal.type("jobs\n", "h1:")
    terminal.type("exit 4\n", "outside> ")
    terminal.type("echo status=$?\n", "status=4")


def test_a_shell_that_stops_itself_gives_the_terminal_back(labs, terminal):
    terminal.type(f"{labs.swctl} lab shell h1\n", "h1:")
    terminal.type("suspend\n", "outside> ")
    terminal.type("hostname >outside; fg\n", "lab shell")
    terminal.type("echo b$((1+1))k\n", "b2k")
    terminal.type("exit 0\n", "outside> ")
    assert (labs.folder / "outside").read_text() != "h1\n"


def test_a_script_reads_from_the_terminal_after_a_shell(labs, terminal):
    terminal.type(f"sh -c '{labs.swctl} lab shell h1; read x; echo got $x'\n", "h1:")
    terminal.type("exit\n", "exit")
    terminal.type("this\n", "got this")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP])
def test_a_console_that_is_ended_leaves_the_terminal_as_it_was(labs, terminal, sig):
    disk = labs.folder / "disk"
    disk.write_bytes(bytes(1 << 20))
    labs.up({**LAN, "vms": {"vm1": {"disk": str(disk), "accel": "tcg", "memory": "64M"}}})
    # not of bash itself, which makes the terminal good again after a job that died
    (labs.folder / "try").write_text(f"sh -c 'echo $$ >pid; exec {labs.swctl} lab shell vm1'\nstty -a >stty\n")
    terminal.type("sh ./try\n", "Ctrl-]")
    wait_until(lambda: not termios.tcgetattr(terminal.fd)[3] & termios.ICANON, what="raw mode")
    os.kill(int((labs.folder / "pid").read_text()), sig)
    terminal.expect("outside> ")
    said = (labs.folder / "stty").read_text()
    assert " icanon" in said and " echo " in said

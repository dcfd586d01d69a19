# SPDX-License-Identifier: ISC
"""
Virtual machines: QEMU without KVM, Debian's kernel, busybox (make_guest), one card, and a virtio port over
which guest_init runs commands.
"""
import os
import pathlib
import re
import selectors
import subprocess
import time

GUEST = pathlib.Path(os.environ["GUEST"])
QEMU = "qemu-system-x86_64"
BOOT_TIMEOUT = 60
# Not microvm, which boots a little faster: it has no clock but the PIT to measure the TSC with, and on a
# machine that is busy now and then a boot hangs there.
MACHINE = ("-accel", "tcg", "-M", "q35", "-cpu", "qemu64", "-m", "128", "-nodefaults", "-no-user-config",
           "-no-reboot", "-display", "none", "-chardev", "stdio,id=port", "-device", "virtio-serial-pci",
           "-device", "virtserialport,chardev=port")
KERNEL = "console=ttyS0 quiet panic=-1 reboot=t random.trust_cpu=on mitigations=off"


def qemu_version():
    """(major, minor)"""
    text = subprocess.run([QEMU, "-version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return tuple(int(n) for n in re.search(r"version (\d+)\.(\d+)", text).groups())


class Guest:
    """
    One virtual machine; `netdev` is the argument of QEMU's -netdev without its id.  Its addresses do not
    meet those of netns.Host.  What the kernel and QEMU have to say goes to a file in `folder`.
    """

    def __init__(self, folder, number, netdev):
        self.name = f"vm{number}"
        self.mac = f"52:54:00:00:00:{number:02x}"
        self.ip = f"10.0.0.{100 + number}"
        self.console = folder / f"{self.name}.console"
        self._asked = 0
        kind, _, rest = netdev.partition(",")
        self.command = [
            QEMU, *MACHINE, "-kernel", GUEST / "vmlinuz", "-initrd", GUEST / "initrd",
            "-append", f"{KERNEL} guest.ip={self.ip}/24",
            "-chardev", f"file,id=serial,path={self.console},append=on", "-serial", "chardev:serial",
            "-netdev", f"{kind},id=n1,{rest}", "-device", f"virtio-net-pci,netdev=n1,mac={self.mac},romfile="]
        with open(self.console, "ab") as console:
            self.process = subprocess.Popen([str(c) for c in self.command], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=console)
        self._unread = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)

    def wait(self):
        """Until it has booted and has its address."""
        status, output = self._answer(0, BOOT_TIMEOUT)
        assert status == 0, f"{self.name} did not set up its card:\n{output}"
        return self

    def run(self, command, check=True, timeout=60):
        """What a command of its shell prints; or (status, that) if check is false."""
        self._asked += 1
        assert "\n" not in command
        self.process.stdin.write(f"{self._asked} {command}\n".encode())
        self.process.stdin.flush()
        status, output = self._answer(self._asked, timeout)
        if not check:
            return status, output
        assert status == 0, f"{self.name}: {command}: exit {status}\n{output}"
        return output

    def ping(self, other, count=1, interval=0.02, size=56, wait=5):
        """Percent of the pings that got no answer, like Host.ping()."""
        _, output = self.run(f"ping -q -c {count} -i {interval} -s {size} -W {wait} {getattr(other, 'ip', other)}",
                             check=False)
        found = re.search(r"(\d+)% packet loss", output)
        assert found, output
        return float(found.group(1))

    def kill(self):
        """As kill -9 does it: QEMU gets no chance to say goodbye."""
        self._selector.close()
        self.process.kill()
        self.process.wait()
        for pipe in self.process.stdin, self.process.stdout:
            try:
                pipe.close()
            except OSError:  # what was still in it has no reader any more
                pass

    def evidence(self):
        return "\n".join([f"$ {' '.join(map(str, self.command))}", "console:", self._console()])

    def _console(self):
        return self.console.read_text(errors="replace")[-3000:]

    def _answer(self, number, timeout):
        """(status, output) of the request of that number."""
        deadline = time.monotonic() + timeout
        lines = []
        while True:
            line = self._line(deadline)
            if found := re.fullmatch(rf"(.*)@{number} (\d+)", line):
                return int(found.group(2)), "\n".join([*lines, found.group(1)]).strip("\n")
            lines.append(line)

    def _line(self, deadline):
        while b"\n" not in self._unread:
            assert self._selector.select(max(deadline - time.monotonic(), 0)), \
                f"{self.name} did not answer in time; it said last: {self._unread}; its console:\n{self._console()}"
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, f"QEMU ended with {self.process.wait()}:\n{self._console()}"
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace")

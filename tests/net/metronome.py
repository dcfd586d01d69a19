# SPDX-License-Identifier: ISC
"""
How long does the switch keep a frame?

A process of its own sends a numbered frame every half a millisecond.  The kernel notes when it takes
a frame into the sender's card and when the frame comes out of the receiver's: what is measured is the
time between the two, and not how fast Python looks.

On a busy machine the switch waits for a processor, and a frame with it.  That is not the switch's doing
and is not counted: the sender also notes how long the switch's thread has waited so far (its run delay,
proc_pid_schedstat(5)).
"""
import bisect
import itertools
import mmap
import os
import signal
import socket
import struct
import time

from frames import TEST_TYPE, mac_bytes, number_of, numbered
from netns import ETH_P_ALL, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE, SOL_PACKET, Wire, in_netns
from wait import wait_until

SO_TIMESTAMPNS = 35  # asm-generic/socket.h; also the type of the control message
PERIOD_S = 0.0005
SETTLE_S = 0.02  # what a client has set off is not over with its answer
NOTE = struct.Struct("QQ")
NOTES_MAX = 1 << 20  # some nine minutes


class Ear:
    """Hears the metronome's frames on one device, coming or going, and when."""

    def __init__(self, host, source):
        self.source = mac_bytes(source)
        self.sock = in_netns(host.name, socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 0)
        self.sock.bind((host.ifname, ETH_P_ALL))
        self.sock.setblocking(False)

    def listen(self):
        """{number: nanoseconds since 1970} of what was heard since the last time."""
        heard = {}
        while True:
            try:
                frame, notes, _, _ = self.sock.recvmsg(64, 64)
            except BlockingIOError:
                return heard
            if frame[6:12] == self.source and frame[12:14] == TEST_TYPE.to_bytes(2, "big"):
                s, ns = next(struct.unpack("qq", body) for _, kind, body in notes if kind == SO_TIMESTAMPNS)
                heard[number_of(frame)] = s * 10**9 + ns

    def close(self):
        self.sock.close()


class Notes:
    """
    The run delay of a process's first thread over time.  In memory that is shared between the process that takes
    notes and the one that reads them.
    """

    def __init__(self, pid):
        self.path = f"/proc/{pid}/task/{pid}/schedstat"
        self.memory = mmap.mmap(-1, NOTE.size * NOTES_MAX)

    def take(self):
        """One note with each next()."""
        file = os.open(self.path, os.O_RDONLY)
        for at in itertools.cycle(range(0, len(self.memory), NOTE.size)):
            delay = int(os.pread(file, 100, 0).split()[1])
            NOTE.pack_into(self.memory, at, time.time_ns(), delay)
            yield

    def read(self):
        times, delays = [], []
        for t, delay in NOTE.iter_unpack(self.memory):
            if t == 0 or (times and t < times[-1]):
                break
            times.append(t)
            delays.append(delay)
        return times, delays

    def close(self):
        self.memory.close()


class Wait:
    """What befell the frames of one measurement."""

    def __init__(self, went, came, notes):
        self.sent = len(went)
        self.lost = sorted(went.keys() - came.keys())
        times, delays = notes
        self.worst = self.own = 0
        for n in went.keys() & came.keys():
            waited = came[n] - went[n]
            # from the last note before it went to the first after it came
            first = max(bisect.bisect_right(times, went[n]) - 1, 0)
            last = min(bisect.bisect_left(times, came[n]), len(times) - 1)
            self.worst = max(self.worst, waited / 1e9)
            self.own = max(self.own, (waited - (delays[last] - delays[first])) / 1e9)
        # of the time in which nothing was sent, nothing is known
        sent = sorted(went.values())
        self.blind = max((b - a for a, b in itertools.pairwise(sent)), default=0) / 1e9

    def __str__(self):
        return (f"the switch kept a frame for {self.own * 1e3:.1f} ms ({self.worst * 1e3:.1f} ms with its waiting for "
                f"a processor) and lost {len(self.lost)} of {self.sent}; the sender paused for up to "
                f"{self.blind * 1e3:.1f} ms")


class Metronome:
    """From one host to another, through the daemon of that process."""

    def __init__(self, sender, receiver, pid):
        self.near, self.far = Ear(sender, sender.mac), Ear(receiver, sender.mac)
        self.notes = Notes(pid)
        self.sender = os.fork()
        if self.sender == 0:
            try:
                self._send(sender, receiver.mac)
            finally:
                os._exit(1)
        wait_until(lambda: self.near.listen() and self.far.listen(), what="the metronome to tick")

    def _send(self, host, dst):
        os.closerange(3, 1 << 16)  # what a test closes is closed then, here too
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        notes = self.notes.take()
        frames = Wire(host.name, host.ifname).sock
        due = time.monotonic()
        for number in itertools.count():
            next(notes)
            frames.send(numbered(dst, host.mac, number))
            due = max(due + PERIOD_S, time.monotonic())
            time.sleep(max(due - time.monotonic(), 0))

    def measure(self, fn):
        """What the frames had to suffer that were sent while fn() ran."""
        before = max(self.near.listen(), default=-1)
        came = self.far.listen()
        fn()
        time.sleep(SETTLE_S)
        went = {n: t for n, t in self.near.listen().items() if n > before}
        assert went, "the metronome has stopped"
        deadline = time.monotonic() + 5
        while not went.keys() <= came.keys() and time.monotonic() < deadline:
            time.sleep(0.005)
            came.update(self.far.listen())
        return Wait(went, came, self.notes.read())

    def close(self):
        os.kill(self.sender, signal.SIGKILL)
        os.waitpid(self.sender, 0)
        for thing in self.near, self.far, self.notes:
            thing.close()

# SPDX-License-Identifier: ISC
"""Traffic while something else happens, with every frame accounted for."""
import hashlib
import socket
import threading
import time

from frames import BROADCAST, TEST_TYPE, mac_bytes, noise, number_of, numbered, sized
from netns import Wire
from wait import wait_until

WINDOW = 400  # below a tap's default queue of 1000 frames, so that nothing is lost on the way in


def send_windowed(daemon, port, wire, frames):
    """Sends many frames no faster than the daemon reads them; returns how many it read."""
    start = daemon.stats(port)["rx_frames"]
    sent = 0
    for first in range(0, len(frames), WINDOW):
        wire.send(*frames[first:first + WINDOW])
        sent += len(frames[first:first + WINDOW])
        wait_until(lambda: daemon.stats(port)["rx_frames"] - start >= sent, 30, f"{port} to read {sent} frames")
    return sent


def next_frame(host, timeout, ours=lambda frame: True):
    """The next frame that a host hears and the test has sent, by `ours`: switches and kernels speak to hosts as well."""
    deadline = time.monotonic() + timeout
    while (frame := host.wire.recv(max(deadline - time.monotonic(), 0))) and not ours(frame):
        pass
    return frame


def heard_once(sender, *receivers, ours=lambda frame: True):
    """A broadcast comes to each of them, and no second time."""
    for h in receivers:
        h.wire.drain()
    sent = sized(BROADCAST, sender.mac, 60)
    sender.wire.send(sent)
    for h in receivers:
        assert next_frame(h, 5, ours) == sent
        assert next_frame(h, 0.5, ours) is None, "it came twice"


class Stream:
    """
    Numbered frames from one host to another at a steady rate until finish(), which demands that each
    came, once, and in its place.
    """

    STEP_S = 0.005

    def __init__(self, sender, receiver, rate=2000):
        self.sender, self.receiver = sender, receiver
        self.out = Wire(sender.name, sender.ifname)
        self.inp = Wire(receiver.name, receiver.ifname)
        self.burst = max(1, round(rate * self.STEP_S))
        self.sent = 0
        self.got = []
        self.error = None
        self.stopping = threading.Event()
        self.done = threading.Event()
        # Known on both ends, so that the stream is unicast from its first frame.
        receiver.wire.send(numbered(sender.mac, receiver.mac, 0))
        self.threads = [threading.Thread(target=f, daemon=True) for f in (self._receive, self._send)]
        for t in self.threads:
            t.start()
        wait_until(lambda: self.got, what="the stream to flow")

    def _send(self):
        try:
            self._send_until_stopped()
        except OSError as e:  # the device is gone: finish() tells, if the test comes to that
            self.error = e

    def _send_until_stopped(self):
        due = time.monotonic()
        while not self.stopping.is_set():
            for _ in range(self.burst):
                self.out.send(numbered(self.receiver.mac, self.sender.mac, self.sent))
                self.sent += 1
            due += self.STEP_S
            time.sleep(max(due - time.monotonic(), 0))

    def _receive(self):
        source = mac_bytes(self.sender.mac)
        while not self.done.is_set():
            frame = self.inp.recv(0.2)
            if frame and frame[6:12] == source and frame[12:14] == TEST_TYPE.to_bytes(2, "big"):
                self.got.append(number_of(frame))

    def flow_on(self, frames=200):
        """Until so many more have arrived: whatever was done before, the stream survived it."""
        target = len(self.got) + frames
        wait_until(lambda: len(self.got) >= target, what=f"{frames} more frames of the stream")

    def finish(self):
        self.stopping.set()
        self.threads[1].join()
        assert self.error is None, self.error
        try:
            wait_until(lambda: self.got and self.got[-1] == self.sent - 1, 10, "the last frame of the stream")
        finally:
            self.done.set()
            self.threads[0].join()
            self.out.close()
            self.inp.close()
        missing = sorted(set(range(self.sent)) - set(self.got))
        assert not missing, f"{len(missing)} of {self.sent} frames lost, the first is number {missing[0]}"
        assert self.got == list(range(self.sent)), "frames came twice or out of order"
        return self.sent


def tcp_transfer(client, server, size, seed=1, port=5201):
    """Sends size bytes; asserts that they arrive as they were; returns the seconds it took."""
    block = noise(1 << 20, seed)
    digest, seen = hashlib.sha256(), {}
    listener = server.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((server.ip, port))
    listener.listen()
    listener.settimeout(30)

    def receive():
        with listener, listener.accept()[0] as conn:
            conn.settimeout(60)
            got = hashlib.sha256()
            total = 0
            while data := conn.recv(1 << 18):
                got.update(data)
                total += len(data)
            seen.update(total=total, digest=got.hexdigest())

    thread = threading.Thread(target=receive)
    thread.start()
    t0 = time.monotonic()
    with client.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.settimeout(60)
        s.connect((server.ip, port))
        left = size
        while left:
            part = block[:left]
            s.sendall(part)
            digest.update(part)
            left -= len(part)
    thread.join(90)
    seconds = time.monotonic() - t0
    assert seen.get("total") == size, f"{seen.get('total')} of {size} bytes arrived"
    assert seen["digest"] == digest.hexdigest(), "the bytes that arrived are not those that were sent"
    return seconds


def udp_echo(client, server, sizes, port=5300):
    """Sends a datagram of each size there and back."""
    with server.socket(socket.AF_INET, socket.SOCK_DGRAM) as there, \
         client.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        there.bind((server.ip, port))
        there.settimeout(10)
        here.settimeout(10)
        for size in sizes:
            data = noise(size, size)
            here.sendto(data, (server.ip, port))
            got, addr = there.recvfrom(1 << 16)
            assert got == data, f"a datagram of {size} bytes was altered"
            there.sendto(got, addr)
            assert here.recv(1 << 16) == data, f"a datagram of {size} bytes was altered on its way back"

# SPDX-License-Identifier: ISC
"""Peers of stream ports: a length of four bytes, then the frame, as QEMU sends them."""
import contextlib
import socket
import struct
import time


def packed(*frames):
    return b"".join(struct.pack("!I", len(f)) + f for f in frames)


class Peer:
    """One connection."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    @classmethod
    def connect(cls, address, timeout=10, small=False):
        """address: a path, "@name", or (host, port).  small: with buffers that are soon full."""
        if isinstance(address, tuple):
            s = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        else:
            s, address = socket.socket(socket.AF_UNIX), str(address).replace("@", "\0")
        if small:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        s.settimeout(timeout)
        s.connect(address)
        return cls(s)

    def send(self, *frames):
        self.sock.sendall(packed(*frames))

    def recv(self, timeout=10):
        """The next frame; None where none came in time, b"" where the other end hung up."""
        deadline = time.monotonic() + timeout
        while len(self.buffer) < 4 or len(self.buffer) < 4 + self._length():
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                more = self.sock.recv(1 << 18)
            except TimeoutError:
                return None
            except ConnectionResetError:
                return b""
            if not more:
                return b""
            self.buffer += more
        n = self._length()
        assert 14 <= n <= 65557, f"the length {n}: the stream is torn"
        frame, self.buffer = self.buffer[4:4 + n], self.buffer[4 + n:]
        return frame

    def _length(self):
        return struct.unpack("!I", self.buffer[:4])[0]

    def until(self, mark, timeout=15):
        """Every frame up to that one."""
        got = []
        while (frame := self.recv(timeout)) != mark:
            assert frame, f"the marker did not come ({frame!r}); before it {len(got)} frames"
            got.append(frame)
        return got

    def hung_up(self, timeout=10):
        while frame := self.recv(timeout):
            pass
        return frame == b""

    def close(self):
        self.sock.close()


@contextlib.contextmanager
def listening(path):
    """Somebody who waits for us; the name goes with him."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen()
        s.settimeout(10)
        try:
            yield s
        finally:
            path.unlink(missing_ok=True)

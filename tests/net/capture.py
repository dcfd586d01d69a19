# SPDX-License-Identifier: ISC
"""A reader of captures (switchd/core/capture_ring.h) that has nothing in common with swctl's."""
import array
import json
import mmap
import os
import select
import socket
import struct
import time

HEAD, ALIGN = 4096, 8
SKIP, PORT, FRAME = 1, 2, 3
FRAME_RECORD = struct.Struct("=QQQIIIIHHHHBBBBI")
FIELDS = "time_ns seen lost port ports len caplen drop vid flags segment dir learn route trap listed".split()


class Capture:
    """One capture, and the connection that it belongs to."""

    def __init__(self, d, **params):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(d.socket))
        self.sock.settimeout(20)
        self.answer, self.fds = self.ask("capture.start", **params)
        if "error" in self.answer:
            return
        self.result = self.answer["result"]
        self.ring = mmap.mmap(self.fds[0], self.result["bytes"], prot=mmap.PROT_READ)
        self.place = mmap.mmap(self.fds[1], 4096)
        self.at = 0
        self.names = {}

    def ask(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        line, fds = b"", array.array("i")
        while not line.endswith(b"\n"):
            data, notes, _, _ = self.sock.recvmsg(1 << 16, socket.CMSG_SPACE(64))
            assert data, "hung up on"
            line += data
            for _, _, body in notes:
                fds.frombytes(body)
        return json.loads(line), list(fds)

    def written(self):
        return struct.unpack_from("=Q", self.ring, 64)[0]

    def lost(self):
        return struct.unpack_from("=Q", self.ring, 72)[0]

    def read(self):
        """Frames that have come since the last time, each {field: value}."""
        frames, size = [], len(self.ring) - HEAD
        end = self.written()
        while self.at < end:
            at = HEAD + self.at % size
            length, kind = struct.unpack_from("=II", self.ring, at)
            assert length >= 8 and length % ALIGN == 0
            if kind == PORT:
                number, sw, name, _ = struct.unpack_from("=I32s32s16s", self.ring, at + 8)
                self.names[number] = sw.rstrip(b"\0").decode(), name.rstrip(b"\0").decode()
            elif kind == FRAME:
                f = dict(zip(FIELDS, FRAME_RECORD.unpack_from(self.ring, at + 8)))
                at += 8 + FRAME_RECORD.size
                f["list"] = [self.names[n][1] for n in struct.unpack_from(f"={f['listed']}I", self.ring, at)]
                at += 4 * f["listed"]
                f["data"] = self.ring[at:at + f["caplen"]]
                f["port"] = self.names[f["port"]][1]
                f["reason"] = self.result["reasons"][f["drop"]]
                frames.append(f)
            else:
                assert kind == SKIP
            self.at += length
        return frames

    def done(self):
        struct.pack_into("=Q", self.place, 0, self.at)

    def wait(self, count, timeout=10):
        """At least so many, or however many came in that time; it sleeps as a reader should."""
        frames, deadline = self.read(), time.monotonic() + timeout
        while len(frames) < count:
            struct.pack_into("=I", self.place, 8, struct.unpack_from("=I", self.place, 8)[0] + 1)
            if self.written() == self.at:
                if not select.select([self.fds[2]], [], [], max(deadline - time.monotonic(), 0))[0]:
                    break
                assert os.read(self.fds[2], 100)
            frames += self.read()
        self.done()
        return frames

    def close(self):
        self.sock.close()
        for fd in self.fds:
            os.close(fd)

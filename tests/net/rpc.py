# SPDX-License-Identifier: ISC
"""A client of switchd's control socket (docs/protocol.md)."""
import json
import socket
import time

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_FOUND, EXISTS, SYSTEM, LIMIT, BUSY = -32001, -32002, -32003, -32004, -32005


class RpcError(Exception):
    """What the daemon answered instead of a result."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')} {error.get('data') or ''}")
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data") or {}


class Closed(Exception):
    """The daemon closed the connection."""


class Client:
    def __init__(self, path, timeout=60):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(path))  # without a timeout, to wait where many connect at once
        self.sock.settimeout(timeout)
        self.timeout = timeout
        self.events = []
        self._buffer = b""
        self._id = 0

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send_line(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.sock.sendall(data + b"\n")

    def read(self, timeout=None):
        """The next JSON value of the daemon, None when none came in time."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while b"\n" not in self._buffer:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.sock.recv(1 << 20)
            except TimeoutError:
                return None
            except ConnectionResetError as e:
                raise Closed from e
            if not data:
                raise Closed
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def answer(self):
        """The next answer; events that come before it are kept."""
        while True:
            value = self.read()
            assert value is not None, f"no answer within {self.timeout} s"
            if isinstance(value, dict) and value.get("method") == "event":
                self.events.append(value["params"])
            else:
                return value

    def ask(self, line):
        """Sends a raw line and returns the raw answer."""
        self.send_line(line)
        return self.answer()

    def call(self, method, params=None):
        self._id += 1
        request = {"jsonrpc": "2.0", "id": self._id, "method": method}
        if params is not None:
            request["params"] = params
        answer = self.ask(json.dumps(request))
        assert answer.get("jsonrpc") == "2.0" and answer.get("id") == self._id, answer
        assert ("result" in answer) != ("error" in answer), answer
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def __call__(self, method, **params):
        return self.call(method, params)

    def next_event(self, timeout):
        if self.events:
            return self.events.pop(0)
        value = self.read(timeout)
        if value is None:
            return None
        assert value.get("method") == "event" and "id" not in value, value
        return value["params"]

    def wait_event(self, name, timeout=15, **match):
        """The next event of that name with these keys; skips others."""
        deadline = time.monotonic() + timeout
        skipped = []
        while True:
            event = self.next_event(max(deadline - time.monotonic(), 0.001))
            assert event is not None, f"no event {name} {match} in {timeout} s; there were {skipped[-10:]}"
            if event["event"] == name and all(event.get(k) == v for k, v in match.items()):
                return event
            skipped.append(event)

    def events_so_far(self):
        """
        Every event raised up to now: an answer that comes behind them marks the end.  Events are
        written before the answer to a request that arrives after them.
        """
        self("daemon.info")
        got, self.events = self.events, []
        return got

# SPDX-License-Identifier: ISC
"""Clients that behave badly: nothing they do stops frames, or other clients."""
import contextlib
import json
import socket
import threading

from frames import BROADCAST, eth, station
from rpc import Client, Closed
from traffic import Stream, send_windowed
from wait import wait_until

INFO = b'{"jsonrpc":"2.0","id":1,"method":"daemon.info"}\n'
CLIENTS_MAX = 64


def raw(d):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(str(d.socket))
    return s


def is_closed(s):
    """Whether the daemon has hung up, behind all that it had sent before."""
    s.settimeout(0.01)
    try:
        while s.recv(1 << 20):
            pass
        return True
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def clients(d):
    return d.rpc("daemon.info")["clients"]


def strangers(first, count):
    return [eth(BROADCAST, station(0x100000 + first + i), bytes(46)) for i in range(count)]


def test_a_subscriber_that_never_reads_is_dropped_and_nobody_else_suffers(lab):
    d, a, b, c = lab.lan(3)
    watcher = d.subscribe("port")
    stalled = raw(d)
    stalled.sendall(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
    wait_until(lambda: clients(d) == 3)
    stream = Stream(a, b)
    first = 0
    while clients(d) == 3:
        assert first < 120_000, "still there, with more than 10 MB of events to read"
        send_windowed(d, "h3", c.wire, strangers(first, 4000))
        first += 4000
    stream.flow_on()
    stream.finish()
    wait_until(lambda: is_closed(stalled), what="the stalled client to be hung up on")
    d.rpc("port.add", port="t0")
    watcher.wait_event("port.added", port="t0")


def test_after_the_only_subscriber_was_dropped_the_next_one_misses_nothing(lab):
    d, a, b, c = lab.lan(3)
    stalled = raw(d)
    stalled.sendall(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
    wait_until(lambda: clients(d) == 2)
    first = 0
    while clients(d) == 2:
        assert first < 120_000
        send_windowed(d, "h3", c.wire, strangers(first, 4000))
        first += 4000
    watcher = d.subscribe("port")
    for i in range(5):
        d.rpc("port.add", port=f"t{i}")
        watcher.wait_event("port.added", port=f"t{i}")
    stalled.close()


def test_a_client_that_asks_and_never_reads_is_dropped(lab):
    d, a, b = lab.lan(2)
    send_windowed(d, "h1", a.wire, strangers(0, 2000))
    stalled = raw(d)
    stalled.settimeout(0.5)
    stream = Stream(a, b)
    question = b'{"jsonrpc":"2.0","id":1,"method":"mac.list"}\n'
    sent = 0
    try:
        while sent < 500:  # each is answered with some 100 kB
            stalled.sendall(question)
            sent += 1
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        pass  # not read from any more, or hung up on: both protect the daemon
    wait_until(lambda: clients(d) == 1, what="the client to be dropped")
    stream.flow_on()
    stream.finish()
    stalled.close()


def test_a_reader_that_is_slow_but_reads_gets_everything(lab):
    d, a, _ = lab.lan(2)
    watcher = d.subscribe("mac.learned")
    for first in range(0, 10_000, 1000):
        send_windowed(d, "h1", a.wire, strangers(first, 1000))
        assert len(watcher.events_so_far()) == 1000


def test_events_beyond_what_can_be_sent_are_counted_not_silently_lost(lab):
    """A subscriber that reads nothing for a while, and not long enough to be dropped."""
    d, a, _ = lab.lan(2)
    watcher = d.subscribe("mac.learned")
    total = 12_000
    send_windowed(d, "h1", a.wire, strangers(0, total))
    got = watcher.events_so_far()
    lost = sum(e["count"] for e in got if e["event"] == "events.lost")
    assert sum(e["event"] == "mac.learned" for e in got) + lost == total


def test_a_client_killed_in_the_middle_of_a_request_leaves_no_trace(lab):
    d, a, b = lab.lan(2)
    stream = Stream(a, b)
    for size in 1, 10, 30, len(INFO) - 1, 100_000:
        s = raw(d)
        s.sendall((INFO[:-1] * (size // len(INFO) + 1))[:size])
        s.close()
    for _ in range(20):  # gone before the answer is written
        s = raw(d)
        s.sendall(INFO * 50)
        s.close()
    wait_until(lambda: clients(d) == 1, what="the clients to be forgotten")
    stream.flow_on()
    stream.finish()


def test_a_half_closed_client_still_gets_its_answers(lab):
    d = lab.switchd()
    s = raw(d)
    s.sendall(INFO * 3)
    s.shutdown(socket.SHUT_WR)
    s.settimeout(10)
    text = b""
    while data := s.recv(1 << 16):
        text += data
    assert [json.loads(line)["result"]["pid"] for line in text.splitlines()] == [d.pid] * 3


def test_64_clients_are_served_and_the_next_is_told_why_not(lab):
    d = lab.switchd()
    crowd = [d.client() for _ in range(CLIENTS_MAX)]
    for c in crowd:
        assert c("daemon.info")["pid"] == d.pid
    late = raw(d)
    late.settimeout(10)
    answer = late.recv(1 << 16)  # an error, or nothing but the end
    assert answer == b"" or "error" in json.loads(answer)
    wait_until(lambda: is_closed(late), what="one too many to be hung up on")
    crowd[0].close()

    def served():
        try:
            with Client(d.socket) as c:
                return c("daemon.info")["clients"] == CLIENTS_MAX
        except (Closed, AssertionError, KeyError, OSError):
            return False
    wait_until(served, what="a place to be free again")


def test_a_flood_of_requests_does_not_stop_frames_or_other_clients(lab):
    d, a, b = lab.lan(2, addresses=True)
    stop = threading.Event()

    def flood():
        s = raw(d)
        drain = threading.Thread(target=swallow, args=(s,))
        drain.start()
        while not stop.is_set():
            s.sendall(INFO * 200)
        s.shutdown(socket.SHUT_RDWR)
        drain.join()
        s.close()

    def swallow(s):
        with contextlib.suppress(ConnectionResetError):  # by our own hanging up
            while s.recv(1 << 20):
                pass

    floods = [threading.Thread(target=flood) for _ in range(3)]
    for t in floods:
        t.start()
    try:
        loss = a.ping(b, count=100, interval=0.01)
        for _ in range(20):
            d.rpc("port.list")
    finally:
        stop.set()
        for t in floods:
            t.join()
    assert loss == 0


def test_a_flood_of_garbage_does_not_stop_frames(lab):
    d, a, b = lab.lan(2)
    stream = Stream(a, b)
    s = raw(d)
    s.settimeout(0.2)
    try:
        for _ in range(300):
            s.sendall(b"]}[{\n" * 500 + b"\x00\xff" * 1000)
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        pass  # it reads no answers, so it may be dropped
    stream.flow_on()
    assert d.rpc("daemon.info")["pid"] == d.pid
    stream.finish()
    s.close()

# SPDX-License-Identifier: ISC
"""Which events a listener is sent, and how swctl monitor prints them."""
import datetime
import json
import re
import subprocess
import time

import pytest

from daemon import SWCTL
from frames import BROADCAST, sized, station, tagged
from rpc import INVALID_PARAMS, NOT_FOUND, RpcError
from wait import wait_until

REFUSED, USAGE = 1, 2


@pytest.fixture
def vlans(lab):
    """Two trunks, so that a host can send in any VLAN."""
    d, a, b = lab.lan(2, addresses=False, settings={"vlan_aware": True}, trunk="10,20", native=1)
    return d, a, b


def listener(d, **filters):
    c = d.client()
    assert c("subscribe", **filters) == {"subscribed": True}
    return c


def speak(host, number, vid=None):
    """A station that was never heard before, behind the host."""
    frame = sized(BROADCAST, station(number), 60)
    host.wire.send(frame if vid is None else tagged(frame, (vid,)))


def learned(d, n):
    wait_until(lambda: d.stats()["learned"] >= n, what=f"{n} addresses to be learned")


def seen(c):
    return [(e["event"], e.get("port"), e.get("mac"), e.get("vlan")) for e in c.events_so_far()]


def test_the_filters_of_a_listener(vlans):
    d, a, b = vlans
    one, two = station(0x501), station(0x502)
    at_h1, of_one, of_10 = listener(d, port="h1"), listener(d, mac=one.upper()), listener(d, vlan=10)
    both, other = listener(d, vlan=10, port="h2"), listener(d, mac=station(0x999))
    nobody = listener(d, mac="00:00:00:00:00:00")
    speak(a, 0x501, 10)
    speak(b, 0x502, 10)
    learned(d, 2)
    speak(b, 0x502, 20)
    learned(d, 3)
    speak(b, 0x501, 10)  # it moves from h1 to h2
    wait_until(lambda: d.stats()["moved"] == 1, what="the station to move")
    d.rpc("port.del", port="h2")
    assert seen(at_h1) == [("mac.learned", "h1", one, 10), ("mac.moved", "h2", one, 10)]
    assert seen(of_one) == [("mac.learned", "h1", one, 10), ("mac.moved", "h2", one, 10)]
    assert seen(of_10) == [("mac.learned", "h1", one, 10), ("mac.learned", "h2", two, 10), ("mac.moved", "h2", one, 10)]
    assert seen(both) == [("mac.learned", "h2", two, 10), ("mac.moved", "h2", one, 10)]
    assert seen(other) == [] and seen(nobody) == []


def test_a_port_that_is_made_again_is_the_one_that_was_meant(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0")
    c = listener(d, port="t0")
    d.rpc("port.del", port="t0")
    d.rpc("port.add", port="t1")
    d.rpc("port.add", port="t0")
    names = [(e["event"], e["port"]) for e in c.events_so_far()]
    assert ("port.removed", "t0") in names and ("port.added", "t0") in names and all(p == "t0" for _, p in names)


def test_switches_that_have_ports_of_one_name(lab):
    d = lab.switchd()
    d.rpc("switch.add", switch="two")
    for sw in ("sw0", "two"):
        d.rpc("port.add", switch=sw, port="up", type="patch", peer="no/where")
    any_up, two_up = listener(d, port="up"), listener(d, port="up", switch="two")
    d.rpc("port.del", switch="sw0", port="up")
    d.rpc("port.del", switch="two", port="up")
    assert {e["switch"] for e in any_up.events_so_far()} == {"sw0", "two"}
    assert {e["switch"] for e in two_up.events_so_far()} == {"two"}


def test_no_more_a_second_than_was_asked_for(lab):
    d, a, b = lab.lan(2, addresses=False)
    slow, all_of_them = listener(d, events=["mac"], per_second=5), listener(d, events=["mac"])
    for i in range(200):
        speak(a, 0x7000 + i)
    learned(d, 200)
    told = slow.events_so_far()
    assert 5 <= len([e for e in told if e["event"] == "mac.learned"]) <= 10  # or the second ended in between
    assert len([e for e in all_of_them.events_so_far() if e["event"] == "mac.learned"]) == 200
    time.sleep(1.1)
    speak(a, 0x8000)
    learned(d, 201)
    told += slow.events_so_far()
    assert [e["event"] for e in told][-2:] == ["events.lost", "mac.learned"]
    n = len([e for e in told if e["event"] == "mac.learned"])
    assert sum(e["count"] for e in told if e["event"] == "events.lost") == 201 - n


@pytest.mark.parametrize("filters,code,path,says", [
    ({"port": "h11"}, NOT_FOUND, "port", "h1"), ({"port": "h1", "switch": "swo"}, NOT_FOUND, "switch", "sw0"),
    ({"mac": "02:00"}, INVALID_PARAMS, "mac", "MAC address"), ({"vlan": 4095}, INVALID_PARAMS, "vlan", "4094"),
    ({"vlan": -1}, INVALID_PARAMS, "vlan", "from 0"), ({"per_second": 0}, INVALID_PARAMS, "per_second", "from 1"),
    ({"ports": "h1"}, INVALID_PARAMS, None, "port"), ({"port": 7}, INVALID_PARAMS, "port", "string"),
])
def test_what_is_wrong_with_a_filter_is_said(lab, filters, code, path, says):
    d, *_ = lab.lan(2, addresses=False)
    c = listener(d, events=["port"])
    with pytest.raises(RpcError) as e:
        c("subscribe", **filters)
    assert e.value.code == code and says in e.value.message, e.value
    assert path is None or e.value.data["path"] == path
    # what it had subscribed to before stays
    d.rpc("port.del", port="h2")
    assert {e["event"] for e in c.events_so_far()} >= {"port.removed"}


def monitor(d, *args):
    """The lines that are printed of two stations that are heard, half a second apart."""
    return subprocess.Popen([SWCTL, "--socket", str(d.socket), "monitor", *args], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env={"TZ": "Asia/Kolkata", "PATH": "/usr/bin:/bin"})


def two_lines(d, host, *args):
    p = monitor(d, "--count", "2", "--mac", station(0x601), *args)
    wait_until(lambda: d.rpc("daemon.info")["clients"] == 2)
    listening = d.client()  # what is asked later is answered later: then the other one has subscribed
    listening("daemon.info")
    began = time.time()
    deadline = time.monotonic() + 10
    moved = 0
    while p.poll() is None and time.monotonic() < deadline:
        speak(host[moved % 2], 0x601)
        moved += 1
        time.sleep(0.3)
    out, err = p.communicate(timeout=5)
    listening.close()
    assert p.returncode == 0, err
    return began, out.splitlines()


FORMATS = {
    "clock": r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)\.\d{3}  ",
    "date": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:30  ",
    "utc": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  ",
    "unix": r"\d{10}\.\d{3}  ",
    "passed": r" +\+\d+\.\d{3}  ",
}


@pytest.mark.parametrize("how", FORMATS)
def test_times_in_five_forms(lab, how):
    d, a, b = lab.lan(2, addresses=False)
    began, lines = two_lines(d, (a, b), "--time", how)
    assert len(lines) == 2
    for line in lines:
        m = re.match(FORMATS[how] + r"mac\.(learned|moved) +sw0  " + station(0x601), line)
        assert m, line
        when = line.split()[0]
        if how in ("date", "utc"):
            assert abs(datetime.datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp() - began) < 15
        elif how == "unix":
            assert abs(float(when) - began) < 15
        elif how == "clock":
            zone = datetime.timezone(datetime.timedelta(hours=5.5))
            now = datetime.datetime.fromtimestamp(began, zone)
            ours = now.replace(hour=int(m["h"]), minute=int(m["m"]), second=int(m["s"]))
            assert min(abs((ours - now).total_seconds() - day) for day in (-86400, 0, 86400)) < 15
    if how == "passed":
        first, second = (float(line.split()[0]) for line in lines)
        assert first == 0 and 0.1 < second < 5


def test_json_is_one_object_a_line(lab):
    d, a, b = lab.lan(2, addresses=False)
    _, lines = two_lines(d, (a, b), "--json", "--port", "h1")
    events = [json.loads(line) for line in lines]
    assert [e["mac"] for e in events] == [station(0x601)] * 2
    assert all("h1" in (e["port"], e.get("from")) for e in events)


@pytest.mark.parametrize("args,status,says", [
    (["--port", "h11"], REFUSED, "did you mean \"h1\"?"), (["--switch", "swo"], REFUSED, "sw0"),
    (["--events", "mac.lerned"], REFUSED, "mac.learned"), (["--time", "clok"], USAGE, "did you mean clock?"),
    (["--mac", "02:00"], USAGE, "MAC address"), (["--vlan", "5000"], USAGE, "from 0"),
    (["--prt", "h1"], USAGE, "--port"), (["--events", ","], USAGE, "mac.moved,port"),
])
def test_a_slip_of_the_fingers_is_told(lab, args, status, says):
    d, *_ = lab.lan(1, addresses=False)
    p = monitor(d, *args)
    _, err = p.communicate(timeout=10)
    assert p.returncode == status and says in err, err


@pytest.mark.parametrize("words", [["monitor"], ["monitor", "--json"], ["show", "ports", "--watch", "0.1"]])
def test_what_cannot_be_written_is_an_end(lab, words):
    d, *_ = lab.lan(1, addresses=False)
    with open("/dev/full", "wb") as full, subprocess.Popen([SWCTL, "--socket", str(d.socket), *words], stdout=full,
                                                           stderr=subprocess.PIPE, text=True) as p:
        def over():
            d.rpc("port.add", port="p", type="patch", peer="no/where")
            d.rpc("port.del", port="p")
            return p.poll() is not None
        try:
            wait_until(over, what="it to end")
        finally:
            p.kill()
        assert p.returncode == REFUSED and "standard output failed" in p.stderr.read()


def test_what_the_shell_is_offered(lab):
    d, *_ = lab.lan(2, addresses=False)
    options = set(d.completed("monitor", "--"))
    assert options >= {"--events", "--switch", "--port", "--mac", "--vlan", "--time", "--count", "--json"}
    assert d.completed("monitor", "--time", "") == list(FORMATS)
    assert d.completed("monitor", "--port", "") == ["h1", "h2"]


def test_every_event_can_be_named(lab):
    """Completion and the daemon know the same ones."""
    d = lab.switchd()
    c = d.client()
    offered = d.completed("monitor", "--events", "")
    for name in offered:
        assert c("subscribe", events=[name]) == {"subscribed": True}, name
    groups = [name for name in offered if "." not in name]
    assert {name.split(".")[0] for name in offered} == set(groups)
    explained = {w["word"] for w in json.loads(d.swctl("explain", "--json").stdout)["words"] if w.get("kind") == "event"}
    assert {name for name in offered if "." in name} == {n for n in explained if n != "events.lost"}

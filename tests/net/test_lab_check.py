# SPDX-License-Identifier: ISC
"""swctl lab check: what is so is found to be so, what is not is found not to be, and why."""
import json
import os
import signal
import time
import xml.etree.ElementTree as ElementTree

import pytest

from daemon import SANITIZED
from labs import NOBODY, Labs, machine, processes, settled
from netns import sh
from wait import wait_until

PASSED, FAILED, USAGE, BROKEN = 0, 1, 2, 3


@pytest.fixture(scope="module", autouse=True)
def names_of_namespaces():
    """ip-netns(8) mounts something when it is used first: let that be before what is compared."""
    sh("ip", "netns", "add", "first")
    sh("ip", "netns", "del", "first")


def made(tmp_path, user):
    found = Labs(tmp_path, user)
    for folder in tmp_path, *list(tmp_path.parents)[:3]:
        os.chmod(folder, 0o755)
    return found


@pytest.fixture
def labs(tmp_path):
    found = made(tmp_path, None)
    before = machine()
    yield found
    found.close()
    assert not settled(before)


@pytest.fixture(params=["root", "nobody"])
def either(request, tmp_path):
    found = made(tmp_path, NOBODY if request.param == "nobody" else None)
    before = machine()
    yield found
    found.close()
    assert not settled(before)


def host(n):
    return {"addresses": [f"10.0.0.{n}/24", f"fd00::{n}/64"]}


def lan(name, checks, n=2, switch=None, link=None, **more):
    """n hosts at sw1; `link` has settings of single ones."""
    return {"name": name, "switches": {"sw1": switch or {}}, "hosts": {f"h{i}": host(i) for i in range(1, n + 1)},
            "links": [{"between": [f"h{i}", "sw1"], **(link or {}).get(i, {})} for i in range(1, n + 1)],
            "checks": checks, **more}


def vlans(checks):
    """h1 and h2 in VLAN 10, h3 and h4 in 20; the odd ones at sw1, the others at sw2."""
    return {"name": "vlans", "switches": {s: {"vlan_aware": True, "stp": "rstp"} for s in ("sw1", "sw2")},
            "hosts": {f"h{i}": host(i) for i in range(1, 5)},
            "links": [{"between": ["h1", "sw1"], "access": 10}, {"between": ["h2", "sw2"], "access": 10},
                      {"between": ["h3", "sw1"], "access": 20}, {"between": ["h4", "sw2"], "access": 20},
                      {"between": ["sw1", "sw2"], "trunk": "10,20"}], "checks": checks}


def check(labs, name, status, *more):
    """{the checks by their names}, of which `status` is what swctl ends with."""
    p = labs.popen("lab", "check", name, "--json", *more)
    out, err = p.communicate(timeout=85)
    assert "Sanitizer" not in err and "runtime error" not in err, err
    assert p.returncode == status, (p.returncode, out, err)
    return {c["name"]: c for c in json.loads(out)["checks"]}


def told(labs, name, status):
    p = labs.popen("lab", "check", name)
    out, err = p.communicate(timeout=85)
    assert p.returncode == status and not err, (p.returncode, out, err)
    return out


def once(one, **more):
    return {**one, "within": "0s", **more}


# ---- who reaches whom ----

def test_hosts_that_should_reach_each_other_do(either):
    either.up(vlans([
        {"ping": {"from": "h1", "to": "h2"}},
        {"ping": {"from": "h1", "to": "h2", "family": "ipv6"}},
        {"ping": {"from": "h1", "to": "10.0.0.2", "count": 10, "interval": "10ms", "loss_max": "0%"}},
        {"ping": {"from": "h1", "to": "h3"}, "expect": False},
        {"ping": {"from": "h1", "to": "h3", "family": "ipv6"}, "expect": False},
        {"tcp": {"from": "h1", "to": "h2", "port": 80}},
        {"tcp": {"from": "h1", "to": "h2", "port": 80, "family": "ipv6"}},
        {"udp": {"from": "h1", "to": "h2", "port": 53}},
        {"udp": {"from": "h1", "to": "h2", "port": 53, "family": "ipv6"}, "name": "udp6"},
        {"tcp": {"from": "h1", "to": "h4", "port": 80}, "expect": False},
        {"udp": {"from": "h1", "to": "h4", "port": 53}, "expect": False},
        {"isolated": [["h1", "h2"], ["h3", "h4"]]},
        {"mac": {"host": "h1", "switch": "sw2", "port": "sw1", "vlan": 10}},
        {"mac": {"host": "h1", "switch": "sw2", "vlan": 20}, "expect": False},
    ]))
    out = told(either, "vlans", PASSED)
    assert out.endswith("14 of 14 checks passed\n")
    assert "h1 reaches h2 " in out and "pass   h1 does not reach h3 by IPv6" in out


def test_hosts_that_should_not_reach_each_other_do_and_why(labs):
    labs.up(vlans([once({"ping": {"from": "h1", "to": "h3"}}), once({"ping": {"from": "h1", "to": "h2"}}, expect=False),
                   once({"isolated": [["h1", "h3"], ["h2", "h4"]]})]))
    got = check(labs, "vlans", FAILED)
    apart = got["h1 reaches h3"]["why"]
    assert apart[0] == "h1: nobody answers its ARP requests for 10.0.0.3"
    assert "port h1 of sw1 is in VLAN 10 (access), port h3 of sw1 in VLAN 20 (access)" in apart
    assert "sw1 does not let the ARP request of h1 out of port h3: it is not a member of VLAN 10" in apart
    assert got["h1 does not reach h2"]["why"] == [
        "port h1 of sw1 and port h2 of sw2 are both in VLAN 10 (access)"]
    matrix = got["2 groups of 4 hosts are isolated from each other"]
    assert matrix["observed"] == "4 of 12 pairs are as they should be"
    assert "h1 does not reach h3, which is of its group: nobody answers its ARP requests for 10.0.0.3" in matrix["why"]
    assert "so are 4 more pairs" in matrix["why"]


def test_a_trunk_that_lacks_a_vlan_is_named(labs):
    lab = vlans([once({"ping": {"from": "h1", "to": "h2"}})])
    lab["links"][-1]["trunk"] = "20"
    labs.up(lab)
    why = check(labs, "vlans", FAILED)["h1 reaches h2"]["why"]
    assert "sw1 does not let the ARP request of h1 out of port sw2: it is not a member of VLAN 10" in why


def test_what_a_host_lacks(labs):
    lab = lan("lacks", [once({"ping": {"from": "h1", "to": f"h{n}"}, "name": str(n)}) for n in range(2, 5)]
              + [once({"ping": {"from": "h3", "to": "h1"}, "name": "from nowhere"})], n=4)
    lab["hosts"]["h2"] = {"addresses": ["10.9.0.2/24"]}
    lab["hosts"]["h3"] = {}
    lab["hosts"]["h4"]["commands"] = ["ip link set eth0 down"]
    labs.up(lab)
    wait_until(lambda: " DOWN " in labs.exec("lacks", "h4", "ip", "-br", "link", "show", "eth0"), 10, "a link that is down")
    got = check(labs, "lacks", FAILED)
    assert got["2"]["why"] == ["h1: it has no route to 10.9.0.2"]
    assert got["3"]["why"] == ["h3 has no address: see `ip address` in it"]
    assert any(w.startswith("port h4 of sw1 is down: the device eth0 is set down") for w in got["4"]["why"])
    assert got["from nowhere"]["why"] == ["h3 has no IPv4 address to ask from"]


def test_what_the_switch_drops_is_told(labs):
    labs.up(lan("filtered", [once({"ping": {"from": "h1", "to": "h2"}})], link={1: {"filter_in": "not icmp"}}))
    why = check(labs, "filtered", FAILED)["h1 reaches h2"]["why"]
    assert any(w.startswith("sw1 dropped 3 frames meanwhile that came in at port h1 (filter_in)") for w in why)
    assert any(w.startswith("sw1 does not take the echo request of h1 at port h1 (filter_in)") for w in why)


def test_an_address_that_is_fixed_at_the_wrong_port_is_named(labs):
    """Of two switches, neither of which is the only one; at the other it is where the cable leads, which is right."""
    mac = "02:00:00:00:00:02"
    lab = {"name": "fixed", "switches": {"sw1": {"macs": [{"mac": mac, "port": "sw2"}]}, "sw2": {"macs": [{"mac": mac, "port": "h3"}]}},
           "hosts": {f"h{i}": {"addresses": [f"10.0.0.{i}/24"], "mac": f"02:00:00:00:00:0{i}"} for i in (1, 2, 3)},
           "links": [{"between": ["h1", "sw1"]}, {"between": ["h{2..3}", "sw2"]}, {"between": ["sw1", "sw2"]}],
           "checks": [once({"ping": {"from": "h1", "to": "h2"}}), {"mac": {"host": "h2", "switch": "sw1", "port": "sw2"}}]}
    labs.up(lab)
    why = check(labs, "fixed", FAILED)["h1 reaches h2"]["why"]
    assert f"sw2 has h2 ({mac}) fixed at port h3" in why and not any("sw1 has h2" in w for w in why), why


def test_a_single_address_has_no_neighbours(labs):
    """Of two addresses that h2 has the one is asked that h1 has a subnet with."""
    lab = lan("single", [once({"ping": {"from": "h1", "to": "h2", "family": "ipv6"}})])
    lab["hosts"]["h1"]["addresses"] = ["fd00::1/128", "fd01::1/64"]
    lab["hosts"]["h2"]["addresses"] = ["fd00::2/64", "fd01::2/64"]
    labs.up(lab)
    check(labs, "single", PASSED)


def test_the_addresses_are_those_that_hosts_have(labs):
    lab = lan("hand", [{"ping": {"from": "h1", "to": "h2"}}])
    lab["hosts"]["h2"] = {}
    labs.up(lab)
    assert check(labs, "hand", FAILED)["h1 reaches h2"]["observed"] == "h2 has no address"
    labs.exec("hand", "h2", "ip", "address", "add", "10.0.0.77/24", "dev", "eth0")
    check(labs, "hand", PASSED)


def test_a_router_is_asked_at_the_near_side(labs):
    labs.up({"name": "routed", "switches": {"sw1": {}, "sw2": {}}, "hosts": {
        "r": {"interfaces": {"far": {"addresses": ["10.0.2.1/24"]}, "near": {"addresses": ["10.0.1.1/24"]}},
              "sysctls": {"net.ipv4.ip_forward": 1}},
        "a": {"addresses": ["10.0.1.2/24"], "routes": [{"to": "default", "via": "10.0.1.1"}]},
        "b": {"addresses": ["10.0.2.2/24"], "routes": [{"to": "default", "via": "10.0.2.1"}]},
        "c": {"addresses": ["10.0.2.3/24"]}},
        "links": [{"between": ["a", "sw1"]}, {"between": ["r:near", "sw1"]}, {"between": ["r:far", "sw2"]},
                  {"between": ["b", "sw2"]}, {"between": ["c", "sw2"]}],
        "checks": [{"ping": {"from": "a", "to": "r"}}, {"ping": {"from": "a", "to": "b"}},
                   {"tcp": {"from": "a", "to": "b", "port": 80}}, once({"ping": {"from": "a", "to": "c"}}),
                   once({"ping": {"from": "a", "to": "10.0.2.99", "count": 5, "interval": "900ms"}})]})
    got = check(labs, "routed", FAILED)
    assert [c["result"] for c in got.values()] == ["pass", "pass", "pass", "fail", "fail"]
    assert "a: its router 10.0.1.1 is there; what is lost is lost behind it" in got["a reaches c"]["why"]
    assert "a: 10.0.1.1 says: the host does not answer ARP" in got["a reaches 10.0.2.99"]["why"]


# ---- how well ----

def test_a_long_wire_is_measured(labs):
    labs.up(lan("long", [
        {"ping": {"from": "h1", "to": "h2", "rtt_min": "38ms", "rtt_max": "60ms", "loss_max": "0%"}},
        {"ping": {"from": "h1", "to": "h2", "rtt_max": "30ms"}}], link={1: {"delay": "20ms"}}))
    got = list(check(labs, "long", FAILED).values())
    assert [c["result"] for c in got] == ["pass", "fail"]
    assert got[0]["observed"].startswith("20 of 20 answered, median 4")
    assert "is more than 30ms" in got[1]["why"][0]


def test_large_packets(labs):
    """As ping(8) sends them: cut by the host where they are larger than its MTU; a link that takes less loses them."""
    labs.up(lan("large", [{"ping": {"from": "h1", "to": "h2", "size": size, "family": family}, "name": f"{family} {size}"}
                          for size in (0, 1400, 9000) for family in ("ipv4", "ipv6")]
                + [once({"ping": {"from": "h1", "to": "h3", "size": 1400}, "name": "too large"}),
                   {"ping": {"from": "h1", "to": "h3", "size": 1000}, "name": "small enough"}],
                n=3, link={3: {"path_mtu": "1280B"}}))
    got = check(labs, "large", FAILED)
    assert list(results(got).values()) == ["pass"] * 6 + ["fail", "pass"]
    assert any(w.startswith("sw1 dropped 3 frames meanwhile on the way out of port h3 (") for w in got["too large"]["why"])


def test_losses_are_counted(labs):
    labs.up(lan("lossy", [
        {"ping": {"from": "h1", "to": "h2", "count": 100, "interval": "2ms", "loss_max": "60%"}},
        {"ping": {"from": "h1", "to": "h2", "count": 100, "interval": "2ms", "loss_max": "5%"}, "name": "no"}],
        link={1: {"loss_out": "30%"}}))
    got = check(labs, "lossy", FAILED)
    assert got["h1 reaches h2, 60% lost or less"]["result"] == "pass" and got["no"]["result"] == "fail"
    assert got["no"]["why"][0].endswith("% were lost, which is more than 5%")


# ---- ports ----

@pytest.mark.parametrize("bind", ["10.0.0.2", "0.0.0.0", "::"])
def test_who_listens_already_is_who_answers(labs, bind):
    lab = lan("http", [{"tcp": {"from": "h1", "to": "h2", "port": 80}},
                       {"tcp": {"from": "h1", "to": "h2", "port": 80, "listen": False}, "name": "served"},
                       once({"tcp": {"from": "h1", "to": "h2", "port": 81, "listen": False}, "name": "refused"})])
    lab["hosts"]["h2"]["commands"] = [f"exec /usr/bin/python3 -m http.server 80 --bind {bind}"]
    labs.up(lab)
    # not before: the check would listen itself, and the server find its port taken
    wait_until(lambda: labs.exec("http", "h2", "ss", "-Hltn", "sport", "=", ":80"), 30, "the server")
    got = check(labs, "http", FAILED)
    assert [c["result"] for c in got.values()] == ["pass", "pass", "fail"]
    assert got["refused"]["observed"].startswith("refused: nobody listens")


def test_nobody_listens_when_the_checks_are_over(labs):
    labs.up(lan("over", [{"tcp": {"from": "h1", "to": "h2", "port": 80}}, {"udp": {"from": "h1", "to": "h2", "port": 80}}]))
    before = processes()
    check(labs, "over", PASSED)
    assert labs.exec("over", "h2", "ss", "-Htuln") == ""
    wait_until(lambda: set(processes()) <= set(before) | {os.getpid()}, 10, "the end of all probes")


# ---- DHCP ----

def served(name, n, first, checks, **more):
    lab = lan(name, checks, n=4, **more)
    for i in n:
        lab["hosts"][f"h{i}"]["commands"] = [
            f"exec dnsmasq --no-daemon --port=0 --no-ping --conf-file=/dev/null --dhcp-leasefile=/tmp/leases "
            f"--dhcp-range=10.0.0.{first + i * 10},10.0.0.{first + i * 10 + 5} --interface=eth0 --bind-interfaces"]
    return lab


DHCP = [{"dhcp": {"host": "h1", "server": "10.0.0.3", "wait": "1s"}, "name": "only"},
        {"dhcp": {"host": "h1", "wait": "1s"}, "name": "somebody"},
        once({"dhcp": {"host": "h1", "wait": "1s"}, "name": "nobody", "expect": False}),
        {"dhcp": {"host": "h1", "server": "10.0.0.4", "wait": "1s"}, "name": "no rogue", "expect": False}]


def results(got):
    return {name: c["result"] for name, c in got.items()}


def test_one_server_offers(labs):
    labs.up(served("one", [3], 100, DHCP))
    got = check(labs, "one", FAILED)
    assert results(got) == {"only": "pass", "somebody": "pass", "nobody": "fail", "no rogue": "pass"}
    assert got["only"]["observed"].startswith("10.0.0.3 offered 10.0.0.13")
    assert "10.0.0.13" not in labs.exec("one", "h1", "ip", "address"), "nothing is taken"


def test_a_rogue_server_is_found(labs):
    labs.up(served("rogue", [3, 4], 100, DHCP))
    got = check(labs, "rogue", FAILED)
    assert results(got) == {"only": "fail", "somebody": "pass", "nobody": "fail", "no rogue": "fail"}
    assert "10.0.0.4, which has the MAC address" in got["only"]["why"][0]


def test_snooping_keeps_the_rogue_away(labs):
    labs.up(served("snooped", [3, 4], 100, DHCP, switch={"dhcp_snooping": True}, link={3: {"dhcp_trusted": True}}))
    got = check(labs, "snooped", FAILED)
    assert results(got) == {"only": "pass", "somebody": "pass", "nobody": "fail", "no rogue": "pass"}


def test_nobody_offers_anything(labs):
    labs.up(lan("silent", DHCP[1:3]))
    got = check(labs, "silent", FAILED)
    assert results(got) == {"somebody": "fail", "nobody": "pass"}
    assert got["somebody"]["observed"] == "nobody offered anything"


# ---- switches ----

def test_the_tree_of_a_ring(labs):
    names = ["sw1", "sw2", "sw3"]
    labs.up({"name": "ring", "hosts": {"h1": host(1), "h3": host(3)},
             "switches": {s: {"stp": "rstp", "stp_priority": 4096 * (i + 1)} for i, s in enumerate(names)},
             "links": [{"between": ["h1", "sw1"]}, {"between": ["h3", "sw3"]}]
             + [{"between": pair} for pair in (["sw1", "sw2"], ["sw2", "sw3"], ["sw3", "sw1"])],
             "checks": [{"stp": {"switch": "sw1", "root": True}}, {"stp": {"switch": "sw2", "root": False}},
                        {"stp": {"switch": "sw2", "root_port": "sw1"}},
                        {"stp": {"switch": "sw3", "port": "sw2", "role": "alternate", "state": "discarding"}},
                        {"stp": {"switch": "sw2", "port": "sw3", "role": "designated", "state": "forwarding"}},
                        {"ping": {"from": "h1", "to": "h3"}},
                        {"mac": {"host": "h3", "switch": "sw1", "port": "sw3"}},
                        once({"stp": {"switch": "sw2", "root": True}, "name": "no"}),
                        once({"stp": {"switch": "sw3", "port": "sw2", "role": "root"}, "name": "nor this"})]})
    got = check(labs, "ring", FAILED)
    assert list(results(got).values()) == ["pass"] * 7 + ["fail"] * 2
    assert any("the root is sw1, with the bridge identifier 4096." in w for w in got["no"]["why"])
    assert got["nor this"]["observed"] == "alternate, discarding"


def test_a_loop_is_called_one(labs):
    """Two cables and no tree; they are long, so that one frame is no storm."""
    labs.up({"name": "loop", "switches": {"sw{1..2}": {}}, "hosts": {"h{1..2}": {"addresses": ["10.0.0.{1..2}/24"]}},
             "links": [{"between": ["h{1..2}", "sw{1..2}"]}, {"between": ["sw1:{1..2}", "sw2:{1..2}"], "delay": "5ms"}],
             "checks": [once({"ping": {"from": "h1", "to": "h2", "count": 5}})]})
    got = check(labs, "loop", FAILED)
    assert any("hears h1 " in why and "go round in a loop" in why for why in got["h1 reaches h2"]["why"]), got


def test_the_checks_wait_for_a_tree_that_is_not_settled(labs):
    """A port that is not on the edge takes thirty seconds with STP; `within` is five."""
    lab = lan("slow", [{"ping": {"from": "h1", "to": "h2"}}, {"ping": {"from": "h1", "to": "10.0.0.99"}, "expect": False}],
              switch={"stp": "stp", "stp_forward_delay_s": 4, "stp_max_age_s": 6})
    labs.up(lab)
    check(labs, "slow", PASSED)


def test_what_was_counted(labs):
    labs.up(lan("counted", [
        {"ping": {"from": "h1", "to": "h2"}},
        {"counter": {"switch": "sw1", "counter": "flooded"}},
        {"counter": {"switch": "sw1", "port": "h1", "counter": "rx_broadcast", "min": 1, "max": 50}},
        {"drops": {"switch": "sw1", "port": "h1", "reason": "runt", "max": 0}},
        once({"counter": {"switch": "sw1", "counter": "moved"}, "name": "no"}),
        once({"drops": {"switch": "sw1", "reason": "runt"}, "name": "nor this"})]))
    got = check(labs, "counted", FAILED)
    assert list(results(got).values()) == ["pass"] * 4 + ["fail"] * 2
    assert got["no"]["observed"] == "0"


def test_an_address_that_is_forgotten(labs):
    labs.up(lan("ageing", [{"ping": {"from": "h1", "to": "h2"}}, {"mac": {"host": "h1", "switch": "sw1", "port": "h1"}},
                           {"mac": {"host": "h1", "switch": "sw1"}, "expect": False, "within": "40s", "name": "aged"}],
                switch={"ageing_s": 10}))
    got = check(labs, "ageing", PASSED)
    assert got["aged"]["seconds"] > 1


# ---- commands ----

def test_commands_in_hosts(either):
    either.up(lan("commands", [
        {"command": {"host": "h1", "run": "hostname", "output": "^h1$"}},
        {"command": {"host": "h1", "run": "exit 3", "status": 3}},
        {"command": {"host": "h1", "run": "printf '\\377\\000x'; ip address >&2", "output": "inet 10.0.0.1/24"}, "name": "bytes"},
        {"command": {"host": "h1", "run": "exit 1"}, "expect": False},
        {"command": {"host": "h1", "run": "ping -c 1 h2"}, "name": "names"},
        once({"command": {"host": "h1", "run": "sleep 1000 & echo begun", "output": "begun"}, "name": "leaves one"}),
        once({"command": {"host": "h1", "run": "exec >&- 2>&-; sleep 1000", "timeout": "1s"}, "name": "mute"}),
        once({"command": {"host": "h1", "run": "echo this is wrong; exit 1"}, "name": "fails"}),
        once({"command": {"host": "h1", "run": "sleep 1000 & sleep 1000", "timeout": "1s"}, "name": "late"}),
        once({"command": {"host": "h1", "run": "yes", "timeout": "1s"}, "name": "endless"})]))
    got = check(either, "commands", FAILED)
    assert list(results(got).values()) == ["pass"] * 6 + ["fail"] * 4
    assert got["fails"]["why"] == ["it wrote: this is wrong"]
    assert got["late"]["observed"] == got["mute"]["observed"] == "it had not ended after 1s"
    assert got["endless"]["why"][0].startswith("it wrote more than is read: ...y\ny")
    wait_until(lambda: not any(c.endswith("sleep 1000") for c in processes().values()), 10, "the end of what was started")


# ---- reports and statuses ----

def test_a_course_can_grade_with_it(labs, tmp_path):
    labs.up(lan("graded", [{"ping": {"from": "h1", "to": "h2"}, "points": 3, "name": "a <b> & \"c\""},
                           once({"ping": {"from": "h1", "to": "10.0.0.9"}, "points": 2, "hint": "nobody is\nthere"})]))
    report = tmp_path / "report.xml"
    p = labs.popen("lab", "check", "graded", "--json", "--junit", report)
    out = json.loads(p.communicate(timeout=60)[0])
    assert p.returncode == FAILED
    assert (out["points"], out["points_max"], out["passed"], out["failed"]) == (3, 5, 1, 1)
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite.attrib["name"] == "graded" and suite.attrib["tests"] == "2" and suite.attrib["failures"] == "1"
    cases = suite.findall("testcase")
    assert cases[0].attrib["name"] == "a <b> & \"c\"" and cases[0].find("failure") is None
    assert cases[1].find("failure").attrib["message"] == "3 of 3 echo requests unanswered"
    assert cases[1].find("failure").text.endswith("hint: nobody is\nthere")
    table = told(labs, "graded", FAILED)
    assert "1 of 2 checks passed, 3 of 5 points" in table and "       hint: nobody is there\n" in table
    assert all(len(line) <= 80 for line in table.splitlines() if "10.0.0.9" not in line)


def test_what_is_no_result_of_a_check(labs, tmp_path):
    lab = lan("wrong", [{"ping": {"from": "h1", "to": "h9"}}])
    path = labs.write(lab)
    err = labs.run("lab", "check", path, status=USAGE)
    assert ": checks[0].ping.to: \"h9\" is not a host of the lab or an address; did you mean \"h1\"?" in err
    lab["checks"] = [{"ping": {"from": "h1", "to": "h2"}}]
    path = labs.write(lab)
    assert "the lab wrong is not up\n  swctl lab up " in labs.run("lab", "check", path, status=BROKEN)
    labs.run("lab", "check", "nosuchlab", status=BROKEN)
    labs.run("lab", "up", path)
    assert "cannot write /no/such/dir" in labs.run("lab", "check", path, "--junit", "/no/such/dir", status=USAGE)
    check(labs, path, PASSED)
    lab["checks"] = []
    assert told(labs, labs.write(lab), PASSED) == "the lab wrong has no checks\n"
    labs.run("lab", "check", tmp_path / "missing.json", status=USAGE)


def test_a_host_that_died_is_an_error_and_no_failure(labs):
    labs.up(lan("dead", [{"ping": {"from": "h1", "to": "h2"}, "expect": False}]))
    pid = labs.state("dead")["hosts"]["h2"]["pid"]
    os.kill(pid, signal.SIGKILL)
    got = check(labs, "dead", BROKEN)["h1 does not reach h2"]
    assert got["result"] == "error" and "h2" in got["observed"]


def test_checks_of_a_file_that_has_changed_are_the_new_ones(labs):
    lab = lan("changed", [once({"ping": {"from": "h1", "to": "10.0.0.9"}})])
    labs.up(lab)
    check(labs, "changed", FAILED)
    lab["checks"] = [{"ping": {"from": "h1", "to": "h2"}}]
    check(labs, labs.write(lab), PASSED)


def test_a_person_can_stop_them(labs):
    labs.up(lan("stopped", [{"ping": {"from": "h1", "to": "10.0.0.9"}, "within": "60s"}, {"ping": {"from": "h1", "to": "h2"}}]))
    before = set(processes())
    p = labs.popen("lab", "check", "stopped")
    time.sleep(2)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=10)
    assert p.returncode == BROKEN, (p.returncode, out, err)
    assert "stopped h1 reaches" in out and "0 of 2 checks passed" in out and "1 was not begun" in out
    wait_until(lambda: set(processes()) <= before, 10, "the end of all probes")


def test_200_hosts(labs):
    n = 50 if SANITIZED else 200
    half = n // 2
    lab = {"name": "many", "switches": {"sw1": {"vlan_aware": True}},
           "hosts": {f"h{{1..{n}}}": {"addresses": [f"10.0.0.{{1..{n}}}/24"]}},
           "links": [{"between": [f"h{{1..{half}}}", "sw1"], "access": 10},
                     {"between": [f"h{{{half + 1}..{n}}}", "sw1"], "access": 20}],
           "checks": [{"isolated": [[f"h{{1..{half}}}"], [f"h{{{half + 1}..{n}}}"]], "within": "0s"}]}
    labs.up(lab)
    begin = time.monotonic()
    got = check(labs, "many", PASSED)
    assert time.monotonic() - begin < 40
    observed = got[f"2 groups of {n} hosts are isolated from each other"]["observed"]
    pairs = int(observed.split()[0])
    assert observed == f"{pairs} of {pairs} pairs are as they should be (a sample: see switchd-lab.json(5))"
    assert pairs == n * 4

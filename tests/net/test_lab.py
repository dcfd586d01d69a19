# SPDX-License-Identifier: ISC
"""swctl lab: what a file describes runs, changes as it does, mends, and leaves nothing behind."""
import json
import os
import re
import random
import shutil
import signal
import subprocess
import time

import pytest

from labs import NOBODY, Labs, machine, processes, settled
from netns import sh
from wait import wait_until

REFUSED, USAGE = 1, 2


def first_use_of_ip_netns():
    sh("ip", "netns", "add", "first")
    sh("ip", "netns", "del", "first")


@pytest.fixture(scope="module", autouse=True)
def names_of_namespaces():
    """ip-netns(8) mounts something when it is used first: let that be before what is compared."""
    first_use_of_ip_netns()


@pytest.fixture(params=["root", "nobody"])
def labs(request, tmp_path):
    found = Labs(tmp_path, NOBODY if request.param == "nobody" else None)
    for folder in tmp_path, *list(tmp_path.parents)[:3]:
        os.chmod(folder, 0o755)
    before = machine()
    yield found
    found.close()
    assert not settled(before)


@pytest.fixture
def as_root(tmp_path):
    found = Labs(tmp_path)
    before = machine()
    yield found
    found.close()
    assert not settled(before)


def lan(name="lan", n=2, **more):
    return {"name": name, "switches": {"sw1": {}},
            "hosts": {f"h{i}": {"addresses": [f"10.0.0.{i}/24"]} for i in range(1, n + 1)},
            "links": [{"between": [f"h{i}", "sw1"]} for i in range(1, n + 1)], **more}


# ---- up and down ----

def test_hosts_reach_each_other_by_name(labs):
    assert "lab lan is up: 2 hosts, 1 switch, 2 links" in labs.up(lan())
    assert labs.reaches("lan", "h1", "h2")
    assert labs.exec("lan", "h1", "hostname") == "h1\n"


def test_up_twice_changes_nothing(labs):
    labs.up(lan())
    before = labs.state("lan")
    assert "nothing to change" in labs.up(lan())
    assert labs.state("lan") == before


def test_down_twice_is_no_error(labs):
    labs.up(lan())
    assert labs.down("lan") == "lab lan is down\n"
    assert labs.down("lan") == "lab lan was not up\n"


def test_a_host_has_what_the_file_says(labs):
    labs.up({"name": "full", "switches": {"a": {}, "b": {}}, "hosts": {
        "r": {"interfaces": {"lan0": {"addresses": ["10.0.1.1/24", "fd01::1/64"], "mac": "02:00:00:00:00:99", "mtu": 1400},
                             "lan1": {"addresses": ["10.0.2.1/24"]}},
              "sysctls": {"net.ipv4.ip_forward": 1}},
        "h": {"addresses": ["10.0.1.2/24"], "routes": [{"to": "default", "via": "10.0.1.1"}],
              "files": {"/etc/switchd-test.conf": ["one", "two"], "/run/deep/er/file": {"text": "x\n", "mode": "0755"}},
              "commands": ["echo started > /run/started; exec sleep 1000", "echo heard"]},
        "far": {"addresses": ["10.0.2.2/24"], "routes": [{"to": "10.0.1.0/24", "via": "10.0.2.1", "metric": 7}]},
        "alone": {}},
        "links": [{"between": ["r:lan0", "a"]}, {"between": ["r:lan1", "b"]}, {"between": ["h", "a"]},
                  {"between": ["far", "b"]}]})
    assert labs.reaches("full", "h", "far")  # through r
    link = json.loads(labs.exec("full", "r", "ip", "-j", "link", "show", "lan0"))[0]
    assert (link["address"], link["mtu"]) == ("02:00:00:00:00:99", 1400)
    assert "fd01::1/64" in labs.exec("full", "r", "ip", "addr")
    assert "metric 7" in labs.exec("full", "far", "ip", "route")
    assert labs.exec("full", "h", "cat", "/etc/switchd-test.conf") == "one\ntwo\n"
    assert labs.exec("full", "h", "stat", "-c", "%a", "/run/deep/er/file") == "755\n"
    assert not os.path.exists("/etc/switchd-test.conf")
    assert labs.run("lab", "exec", "far", "--", "cat", "/etc/switchd-test.conf", status=1)
    wait_until(lambda: "sleep 1000" in labs.exec("full", "h", "ps", "ax"), what="the command of h")
    assert "eth0" not in labs.exec("full", "alone", "ip", "link")


def test_what_is_written_in_a_host_stays_there(labs):
    labs.up({**lan(), "hosts": {"h1": {"addresses": ["10.0.0.1/24"], "files": {"/etc/switchd-test/a": "a"}},
                                "h2": {"addresses": ["10.0.0.2/24"]}}})
    labs.exec("lan", "h1", "sh", "-c", "echo changed >/etc/switchd-new; echo x >/etc/switchd-test/b; hostname other")
    assert labs.exec("lan", "h1", "cat", "/etc/switchd-new", "/etc/switchd-test/b") == "changed\nx\n"
    assert not os.path.exists("/etc/switchd-new")
    assert labs.exec("lan", "h2", "hostname") == "h2\n"


def test_two_labs_have_hosts_of_one_name_and_address(labs):
    labs.up(lan("one"))
    labs.up(lan("two", n=3))
    assert labs.reaches("one", "h1", "h2") and labs.reaches("two", "h1", "h3")
    assert "10.0.0.3" not in labs.exec("one", "h1", "cat", "/etc/hosts")
    labs.down("one")
    assert labs.reaches("two", "h1", "h3")
    assert [l["lab"] for l in json.loads(labs.run("lab", "list", "--json"))["labs"]] == ["two"]


def test_what_is_the_systems_is_not_touched(labs):
    sh("ip", "netns", "add", "h1")
    sh("ip", "-n", "h1", "link", "set", "lo", "up")
    try:
        labs.up(lan())
        assert "eth0" not in sh("ip", "-n", "h1", "link").stdout
        assert labs.reaches("lan", "h1", "h2")
        labs.down("lan")
        assert "lo" in sh("ip", "-n", "h1", "link").stdout
    finally:
        sh("ip", "netns", "del", "h1")


def test_a_quiet_host_sends_nothing_by_itself(labs):
    labs.up(lan())
    time.sleep(1)
    ports = json.loads(labs.run("--lab", "lan", "show", "ports", "--json"))["ports"]
    assert [p["counters"]["rx_frames"] if "counters" in p else p.get("rx_frames", 0) for p in ports] == [0, 0]


# ---- exec ----

def test_the_exit_status_is_that_of_the_command(labs):
    labs.up(lan())
    labs.exec("lan", "h1", "sh", "-c", "exit 7", status=7)
    labs.exec("lan", "h1", "sh", "-c", "kill -TERM $$", status=128 + signal.SIGTERM)
    assert "cannot run no-such-program" in labs.exec("lan", "h1", "no-such-program", status=127)


def test_words_of_the_command_are_its_own(labs):
    labs.up(lan())
    assert labs.exec("lan", "h1", "printf", "%s|", "--json", "-s", "a b", "") == "--json|-s|a b||"


def test_mistakes_are_told(labs):
    assert "no lab of yours is up" in labs.run("lab", "exec", "h1", "--", "true", status=REFUSED)
    assert labs.run("--lab", "lam", "show", "macs", status=3) == "swctl: no lab of yours is up\n  start one: swctl lab up FILE\n"
    labs.up(lan())
    assert labs.run("--lab", "lam", "show", "macs", status=3) == 'swctl: there is no lab "lam"; there are: lan\n'
    assert 'did you mean "h2"' in labs.run("lab", "exec", "h22", "--", "true", status=REFUSED)
    assert "COMMAND" in labs.run("lab", "exec", "h1", status=USAGE)
    labs.up(lan("other"))
    assert "--lab" in labs.run("lab", "exec", "h1", "--", "true", status=USAGE)
    assert 'no lab "lam"' in labs.run("lab", "status", "lam", status=REFUSED)


def test_a_wrong_file_starts_nothing(labs):
    path = labs.write({**lan(), "links": [{"between": ["h1", "sw2"]}]})
    err = labs.run("lab", "up", path, status=REFUSED)
    assert f"{path}:1:" in err and "links[0].between" in err and "sw1" in err
    assert json.loads(labs.run("lab", "list", "--json")) == {"labs": []}


def test_what_cannot_be_started_leaves_nothing(labs):
    labs.env["SWITCHD"] = "/nonexistent/switchd"
    assert "cannot run /nonexistent/switchd" in labs.up(lan(), status=REFUSED)
    assert json.loads(labs.run("lab", "list", "--json")) == {"labs": []}


def test_a_lab_is_meant_by_its_file_too(labs):
    labs.up(lan())
    path = labs.folder / "lan.json"
    assert json.loads(labs.run("lab", "status", path, "--json"))["lab"] == "lan"
    path.write_text("spoiled")
    assert labs.run("lab", "down", path) == "lab lan is down\n"
    labs.write(lan())
    assert labs.run("lab", "down", path) == "lab lan was not up\n"
    assert "the lab lan is not up" in labs.run("lab", "status", path, status=REFUSED)


def test_what_commands_say_is_kept(labs):
    labs.up({**lan(), "hosts": {"h1": {"addresses": ["10.0.0.1/24"], "commands": ["echo one", "sleep 0.1; echo two"]},
                                "switchd": {"commands": ["echo three"]}, "h2": {"addresses": ["10.0.0.2/24"]}}})
    logs = labs.status("lan")["dir"]
    wait_until(lambda: open(f"{logs}/host-h1.log").read() == "one\ntwo\n", what="both lines")
    wait_until(lambda: open(f"{logs}/host-switchd.log").read() == "three\n", what="the line")
    assert "serves" in open(f"{logs}/switchd.log").read()


def test_a_covered_folder_is_like_the_one_below(as_root):
    files = {f"{d}/switchd-test": "x" for d in ("/etc", "/tmp", "/root")}
    as_root.up({**lan(), "hosts": {"h1": {"files": files, "addresses": ["10.0.0.1/24"]}, "h2": {}},
                "links": [{"between": ["h1", "sw1"]}]}, preexec_fn=lambda: os.umask(0o077))
    for folder in "/etc", "/tmp", "/root":
        st = os.stat(folder)
        assert as_root.exec("lan", "h1", "stat", "-c", "%a %u %g", folder) == f"{st.st_mode & 0o7777:o} {st.st_uid} {st.st_gid}\n"


def test_what_others_wrote_is_not_believed(tmp_path):
    """The folder of a user without a runtime directory is below /tmp, where anybody could have made it."""
    labs = Labs(tmp_path, NOBODY)
    for folder in tmp_path, *list(tmp_path.parents)[:3]:
        os.chmod(folder, 0o755)
    del labs.env["XDG_RUNTIME_DIR"]
    sh("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp")
    try:
        os.makedirs(f"/tmp/switchd-labs-{NOBODY.pw_uid}/lan")
        for words in ["status", "lan"], ["exec", "h1", "--", "true"], ["reload"], ["up", labs.write(lan())]:
            assert "no folder that only you can write to" in labs.run("lab", *words, status=REFUSED), words
    finally:
        sh("umount", "/tmp")


@pytest.mark.parametrize("runtime", ["/run/user/0", "/run/user/none", "run", "", "/" + "r" * 200])
def test_a_runtime_directory_that_is_of_no_use_is_not_used(tmp_path, runtime):
    """As after su(1), which keeps the variable of who one was before."""
    labs = Labs(tmp_path, NOBODY)
    for folder in tmp_path, *list(tmp_path.parents)[:3]:
        os.chmod(folder, 0o755)
    os.makedirs("/run/user/0", mode=0o700, exist_ok=True)
    labs.env["XDG_RUNTIME_DIR"] = runtime
    sh("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp")
    try:
        labs.up(lan())
        assert labs.status("lan")["dir"] == f"/tmp/switchd-labs-{NOBODY.pw_uid}/lan"
        assert labs.reaches("lan", "h1", "h2")
        labs.close()
    finally:
        sh("umount", "/tmp")


def test_nothing_depends_on_who_one_is_in_the_lab(tmp_path):
    """A plain user is root in there, and may have a /run of his own to write to."""
    labs = Labs(tmp_path, NOBODY)
    for folder in tmp_path, *list(tmp_path.parents)[:3]:
        os.chmod(folder, 0o755)
    sh("umount", "/run/netns")
    os.rmdir("/run/netns")
    try:
        said = json.loads(labs.run("lab", "up", labs.write(lan()), "--json"))
        assert said["socket"] == os.path.join(labs.status("lan")["dir"], "switchd.sock")
        labs.close()
        labs.env["SWITCHD"] = "/nonexistent/switchd"
        labs.up(lan(), status=REFUSED)
        assert not os.path.exists(f"{labs.env['XDG_RUNTIME_DIR']}/switchd/labs")
    finally:
        first_use_of_ip_netns()


def test_up_needs_nothing_of_the_folder_it_is_called_in(labs):
    """As with sudo -u in a folder of root's."""
    secret = labs.folder / "secret"
    secret.mkdir(mode=0o700)
    labs.up(lan(), cwd=secret)
    assert labs.reaches("lan", "h1", "h2")
    assert labs.exec("lan", "h1", "pwd", cwd=secret) in (f"{secret}\n", "/\n")


# ---- reload ----

def test_only_the_difference_is_applied(labs):
    labs.up(lan(n=3))
    before = labs.state("lan")
    flow = labs.popen("lab", "exec", "h1", "--", "ping", "-i", "0.02", "-c", "150", "-w", "25", "h2")
    new = lan(n=4)
    del new["hosts"]["h3"]
    new["links"] = [l for l in new["links"] if "h3" not in l["between"]]
    new["hosts"]["h2"]["addresses"].append("10.0.5.2/24")
    said = labs.run("lab", "reload", labs.write(new))
    assert "1 host started, 1 host changed, 1 host ended, switchd changed" in said
    out, _ = flow.communicate(timeout=30)
    heard = re.findall(r"bytes from .* icmp_seq=(\d+)", out)  # late is not lost
    assert heard[:150] == [str(n) for n in range(1, 151)], out
    after = labs.state("lan")
    assert all(after["hosts"][h]["pid"] == before["hosts"][h]["pid"] for h in ("h1", "h2"))
    assert after["switchd"] == before["switchd"]
    assert labs.reaches("lan", "h1", "h4")
    assert "10.0.5.2" in labs.exec("lan", "h2", "ip", "addr")
    assert "h3" not in labs.nodes("lan")
    labs.run("lab", "reload", labs.write(lan(n=2)))
    assert "10.0.5.2" not in labs.exec("lan", "h2", "ip", "addr")
    assert "nothing to change" in labs.run("lab", "reload")


def test_a_cable_of_the_file_may_be_pulled(labs):
    """The host has no carrier, status says so, and a reload puts the cable back."""
    pulled = lan()
    pulled["links"][1]["shutdown"] = True
    labs.up(pulled)
    assert labs.nodes("lan")["h2"]["links"][0]["state"] == "shut"
    assert labs.nodes("lan")["sw1"]["ports_up"] == 1
    assert labs.exec("lan", "h2", "cat", "/sys/class/net/eth0/carrier") == "0\n"
    labs.run("lab", "reload", labs.write(lan()))
    assert labs.exec("lan", "h2", "cat", "/sys/class/net/eth0/carrier") == "1\n"
    assert labs.reaches("lan", "h1", "h2")


def test_a_reload_that_is_wrong_changes_nothing(labs):
    labs.up(lan())
    before = labs.state("lan")
    path = labs.folder / "lan.json"
    path.write_text(json.dumps({**lan(), "switches": {"sw1": {"ageing": 5}}}))
    assert "ageing_s" in labs.run("lab", "reload", status=REFUSED)
    assert labs.state("lan") == before and labs.reaches("lan", "h1", "h2")


def test_only_a_lab_that_is_up_is_reloaded(labs):
    assert "is not up" in labs.run("lab", "reload", labs.write(lan()), status=REFUSED)
    assert json.loads(labs.run("lab", "list", "--json")) == {"labs": []}


# ---- accidents ----

def test_up_mends_whatever_died(labs):
    """Each process in turn is killed, with -9: up makes the lab whole, and down leaves nothing."""
    spec = {**lan(), "uplinks": {"u": {"switch": "sw1", "type": "vxlan", "vni": 7, "local": "127.0.0.1:4790",
                                       "remotes": "127.0.0.1:4791"}}}
    spec["hosts"]["h2"]["commands"] = ["exec sleep 1000"]
    labs.up(spec)
    for find in (lambda s: s["hosts"]["h1"], lambda s: s["switchd"], lambda s: s["uplinks"], lambda s: s["hosts"]["h2"],
                 lambda s: s["keeper"]):
        os.kill(find(labs.state("lan"))["pid"], signal.SIGKILL)
        wait_until(lambda: labs.nodes("lan").get("h1", {}).get("state") == "dead"
                   or not all(n["state"] == "up" for n in labs.nodes("lan").values())
                   or find(labs.state("lan"))["pid"] not in processes(), what="death")
        labs.up(spec)
        assert all(n["state"] == "up" for n in labs.nodes("lan").values())
        assert labs.reaches("lan", "h1", "h2"), find
        assert "sleep 1000" in labs.exec("lan", "h2", "ps", "ax")


def test_down_cleans_whatever_died(labs):
    before = machine()
    for victim in "keeper", "switchd", "host":
        labs.up(lan())
        state = labs.state("lan")
        os.kill((state["hosts"]["h1"] if victim == "host" else state[victim])["pid"], signal.SIGKILL)
        labs.down("lan")
        assert not settled(before), victim


def test_a_crashed_lab_is_said_to_be_one(labs):
    labs.up(lan())
    os.kill(labs.state("lan")["keeper"]["pid"], signal.SIGKILL)
    wait_until(lambda: labs.status("lan")["state"] == "crashed", what="crash")
    assert "has crashed" in labs.run("lab", "exec", "h1", "--", "true", status=REFUSED)
    labs.up(lan())
    assert labs.reaches("lan", "h1", "h2")


def test_up_may_be_killed_at_any_time(labs):
    """Whatever it had done by then, another up completes it, and down removes it."""
    before = machine()
    chance = random.Random(1)
    for i in range(12):
        path = labs.write(lan(n=5))
        up = labs.popen("lab", "up", path)
        time.sleep(chance.uniform(0, 0.25))
        up.kill()
        up.communicate()
        if i % 2:
            labs.run("lab", "up", path)
            assert labs.reaches("lan", "h1", "h5")
        labs.down("lan")
        assert not settled(before), i


def test_ups_at_once_make_one_lab(labs):
    path = labs.write(lan())
    ups = [labs.popen("lab", "up", path) for _ in range(4)]
    said = [up.communicate(timeout=60) for up in ups]
    assert all(up.returncode == 0 for up in ups), said
    assert sum("nothing to change" in out for out, _ in said) == 3
    assert labs.reaches("lan", "h1", "h2")


def test_processes_of_a_host_end_with_it(labs):
    labs.up(lan())
    flow = labs.popen("lab", "exec", "h1", "--", "sleep", "1000")
    wait_until(lambda: "sleep 1000" in labs.exec("lan", "h1", "ps", "ax"), what="the program")
    labs.down("lan")
    flow.communicate(timeout=10)
    assert flow.returncode == 128 + signal.SIGKILL or flow.returncode == 128 + signal.SIGTERM


# ---- who wants to stop ----

def host_is_there(name):
    wait_until(lambda: f"swctl lab-init lan {name}" in processes().values(), what=name)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_up_that_is_stopped_leaves_nothing(labs, sig):
    before = machine()
    path = labs.write(lan(n=60))
    up = labs.popen("lab", "up", path)
    host_is_there("h20")
    up.send_signal(sig)
    _, err = up.communicate(timeout=30)
    assert (up.returncode, err) == (128 + sig, "swctl: interrupted: nothing is left of the lab lan\n")
    assert not settled(before)


def test_a_reload_that_is_stopped_is_completed_by_the_next(labs):
    labs.up(lan())
    more = labs.popen("lab", "reload", labs.write(lan(n=60)))
    host_is_there("h20")
    more.send_signal(signal.SIGINT)
    _, err = more.communicate(timeout=30)
    assert more.returncode == 128 + signal.SIGINT and "only a part was changed of the lab lan" in err
    assert labs.status("lan")["state"] == "incomplete"
    labs.run("lab", "up", labs.folder / "lan.json")
    assert labs.reaches("lan", "h1", "h60")


def test_down_does_what_it_began(labs):
    """Ctrl-C reaches it while a program takes its time to end."""
    before = machine()
    labs.up({**lan(), "hosts": {"h1": {"addresses": ["10.0.0.1/24"], "commands": ["trap '' TERM; while :; do sleep 0.1; done"]},
                                "h2": {"addresses": ["10.0.0.2/24"]}}})
    down = labs.popen("lab", "down", "lan")
    wait_until(lambda: not any(" --config " in line for line in processes().values()), what="the end of the switch")
    down.send_signal(signal.SIGINT)
    assert down.communicate(timeout=30)[0] == "lab lan is down\n"
    assert not settled(before)


# ---- what is written is spoiled ----

@pytest.mark.parametrize("spoil", [lambda t: "", lambda t: t[:len(t) // 2], lambda t: "[]", lambda t: t.replace('"version": 1', '"version": 2'),
                                   lambda t: json.dumps({**json.loads(t), "hosts": ["h1"]}), lambda t: None],
                         ids=["empty", "cut", "array", "version", "hosts", "gone"])
def test_a_lab_whose_state_is_spoiled_can_be_ended_and_begun_anew(labs, spoil):
    before = machine()
    for ends in False, True:
        labs.up(lan())
        path = os.path.join(labs.status("lan")["dir"], "state.json")
        with open(path) as f:
            bad = spoil(f.read())
        if bad is None:
            os.unlink(path)
        else:
            with open(path, "w") as f:
                f.write(bad)
        assert json.loads(labs.run("lab", "list", "--json"))["labs"][0]["state"] == "crashed"
        if not ends:
            assert "2 hosts started, switchd started" in labs.up(lan())
            assert labs.reaches("lan", "h1", "h2")
        labs.down("lan")
        assert not settled(before)


def test_a_lab_whose_folder_is_removed_ends(labs):
    """As that of a user is when he logs out: there would be no way to end the lab."""
    before = machine()
    labs.up(lan())
    shutil.rmtree(os.path.dirname(labs.status("lan")["dir"]))
    wait_until(lambda: not any("lab-init lan" in line for line in processes().values()), what="the end of the lab")
    labs.down("lan")
    assert not settled(before)


# ---- size, and what is not a namespace ----

def test_two_hundred_hosts(as_root):
    spec = {"name": "big", "switches": {f"sw{i}": {"stp": "rstp"} for i in (1, 2)},
            "hosts": {"h{1..200}": {"addresses": ["10.0.0.{1..200}/24"]}},
            "links": [{"between": ["h{1..100}", "sw1"], "stp_edge": True}, {"between": ["h{101..200}", "sw2"], "stp_edge": True},
                      {"between": ["sw1", "sw2"]}]}
    assert "200 hosts" in as_root.up(spec)
    wait_until(lambda: as_root.reaches("big", "h1", "h200"), what="both switches")
    assert all(n["state"] == "up" for n in as_root.nodes("big").values())
    assert "nothing to change" in as_root.up(spec)


def test_uplinks_lead_to_another_lab(labs):
    """Two labs, each with a site of one VXLAN: what leads out is in the network outside."""
    for n, (mine, other) in enumerate(((4790, 4791), (4791, 4790)), 1):
        labs.up({"name": f"site{n}", "switches": {"sw1": {}}, "hosts": {f"h{n}": {"addresses": [f"10.0.0.{n}/24"]}},
                 "links": [{"between": [f"h{n}", "sw1"]}],
                 "uplinks": {"far": {"switch": "sw1", "type": "vxlan", "vni": 42, "local": f"127.0.0.1:{mine}",
                                     "remotes": f"127.0.0.1:{other}"}}})
    wait_until(lambda: labs.reaches("site1", "h1", "10.0.0.2"), what="the other site")
    assert "uplinks ended" in labs.up({**lan("site1", n=1), "uplinks": {}})
    assert not labs.reaches("site1", "h1", "10.0.0.2", wait=1)


def test_a_vm_is_a_station_like_others(as_root):
    guest = os.environ["GUEST"]
    as_root.up({"name": "vms", "switches": {"sw1": {}}, "hosts": {"h1": {"addresses": ["10.0.0.1/24"]}},
                "vms": {"vm1": {"kernel": f"{guest}/vmlinuz", "initrd": f"{guest}/initrd", "memory": "128M",
                                "append": "console=ttyS0 panic=-1 guest.ip=10.0.0.101/24",
                                "args": ["-M", "q35", "-device", "virtio-serial-pci", "-chardev", "null,id=p",
                                         "-device", "virtserialport,chardev=p"]}},
                "links": [{"between": ["h1", "sw1"]}, {"between": ["vm1", "sw1"]}]})
    wait_until(lambda: as_root.reaches("vms", "h1", "10.0.0.101", wait=1), timeout=60, what="the guest")
    state = as_root.state("vms")
    assert "nothing to change" in as_root.run("lab", "up", as_root.folder / "vms.json")
    os.kill(state["vms"]["vm1"]["pid"], signal.SIGKILL)
    wait_until(lambda: as_root.nodes("vms")["vm1"]["state"] == "dead", what="death")
    assert "1 VM started" in as_root.run("lab", "up", as_root.folder / "vms.json")
    wait_until(lambda: as_root.reaches("vms", "h1", "10.0.0.101", wait=1), timeout=60, what="the guest")
    assert "is a VM" in as_root.exec("vms", "vm1", "true", status=REFUSED)
    # what it said at its console is kept, and its console can be had
    wait_until(lambda: "Linux version" in open(f"{as_root.status('vms')['dir']}/vm-vm1.log").read(), what="its log")
    console = subprocess.Popen([as_root.swctl, "lab", "shell", "vm1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=as_root.env)
    console.stdin.close()
    assert console.wait(timeout=10) == 0
    console.stdout.close()
    console.stderr.close()

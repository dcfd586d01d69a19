# SPDX-License-Identifier: ISC
"""swctl explain: what a word of the switch means, without a daemon."""
import json
import os
import subprocess

import pytest

from daemon import SWCTL

NOWHERE = {**os.environ, "SWITCHD_SOCKET": "/nonexistent/switchd.sock"}


def explain(*words, status=0):
    p = subprocess.run([SWCTL, "explain", *words], capture_output=True, text=True, env=NOWHERE, timeout=20)
    assert p.returncode == status, (words, p.stdout, p.stderr)
    return p.stdout if status == 0 else p.stderr


def words(*typed):
    return json.loads(explain("--json", *typed))["words"]


def test_a_word_is_explained_with_its_cause_its_cure_and_what_shows_more():
    text = explain("not_in_vlan")
    for part in "not_in_vlan (drop)", "meaning:", "cause:", "to do:", "more:", "swctl show vlans":
        assert part in text, part
    [w] = words("not_in_vlan")
    assert set(w) == {"word", "kind", "means", "cause", "todo", "more"}
    assert "swctl show vlans" in w["more"]


@pytest.mark.parametrize("typed, kinds", [
    ("runt", {"drop"}), ("egress_mtu", {"drop"}), ("mac.moved", {"event"}), ("lost", {"port state"}),
    ("learning", {"stp state"}), ("alternate", {"stp role"}), ("max_macs", {"shut"}), ("root_inconsistent", {"stp guard"}),
    ("storm", {"shut", "event"}),
])
def test_words_of_each_kind(typed, kinds):
    assert {w["kind"] for w in words(typed)} == kinds


def test_a_group_of_events_and_a_kind_are_listed():
    assert {w["word"] for w in words("mac")} == {"mac.learned", "mac.moved", "mac.aged", "mac.flapping", "mac.refused"}
    assert {w["word"] for w in words("shut")} == {"shutdown", "max_macs", "storm"}
    assert {w["word"] for w in words("stp role")} == {"disabled", "root", "designated", "alternate", "backup"}


def test_all_that_the_daemon_says_is_among_the_words(lab):
    d = lab.switchd()
    known = {(w["kind"], w["word"]): w for w in words()}
    for reason in d.rpc("drops.explain")["reasons"]:
        assert known["drop", reason["reason"]]["means"] == reason["text"]
    for state in "up", "down", "lost", "listening":
        assert ("port state", state) in known
    listing = explain()
    for kind, word in known:
        assert word in listing


def test_capitals_do_not_matter():
    assert words("RUNT") == words("runt") and words("MAC") == words("mac") and words("STP Role") == words("stp role")


def test_a_wrong_word_is_answered_with_what_was_meant():
    assert "did you mean runt?" in explain("rumt", status=1)
    assert "mac.flapping" in explain("flap", status=1)  # it stands in that
    error = explain("stp_blokced", status=1)  # one of its parts is misspelt, the other is not in the name
    assert "did you mean port_blocked?" in error and "port_blocked: " in error and "loop_blocked: " in error
    assert "did you mean not_in_vlan?" in explain("vlan_not_in", status=1)
    for typed in "nothing_like_it", "", "__":
        assert "did you mean" not in explain(typed, status=1)
    assert explain("x", status=1).endswith("\n  swctl explain lists all words\n"), "whole, however much is offered"
    error = explain("nothing_like_it", status=1)
    assert "swctl explain lists all words" in error
    p = subprocess.run([SWCTL, "explain", "--json", "rumt"], capture_output=True, text=True, env=NOWHERE)
    assert p.returncode == 1 and p.stdout == "" and "did you mean runt?" in json.loads(p.stderr)["error"]["message"]


def test_an_odd_word_is_shown_as_it_can_be():
    assert "\x1b" not in explain("\x1b[31mred", status=1)
    explain("", status=1)
    explain("x" * 5000, status=1)


def test_completion_offers_every_word_without_a_daemon():
    out = subprocess.run([SWCTL, "__complete", "explain", ""], capture_output=True, text=True, env=NOWHERE).stdout
    offered = {line.split("\t")[0] for line in out.splitlines()}
    assert {w["word"] for w in words()} <= offered

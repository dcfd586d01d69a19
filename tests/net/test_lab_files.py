# SPDX-License-Identifier: ISC
"""Lab files that are shipped, their schema, and how labs are drawn."""
import json
import re
import subprocess
from xml.etree import ElementTree

import jsonschema
import pytest

from conftest import ROOT
from daemon import SWCTL
from wait import wait_until

LABS = sorted((ROOT / "config/labs").glob("*.json"))
LESSONS = sorted((ROOT / "docs/labs").glob("*/*.json"))
SCHEMA = ROOT / "config/switchd.lab.schema.json"


def swctl(*words):
    p = subprocess.run([SWCTL, *words], capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def test_the_schema_that_is_shipped_is_the_one_that_swctl_prints():
    code, out, err = swctl("lab", "schema")
    assert code == 0, err
    assert out == SCHEMA.read_text(), "swctl lab schema > config/switchd.lab.schema.json"
    schema = json.loads(out)
    jsonschema.validators.validator_for(schema).check_schema(schema)


@pytest.mark.parametrize("path", LABS + LESSONS, ids=lambda p: "/".join(p.parts[-2:]))
def test_each_lab_is_as_the_schema_says(path):
    jsonschema.validate(json.loads(path.read_text()), json.loads(SCHEMA.read_text()))


WRONG = {
    "an unknown key": {"hosts": {"h1": {"adresses": []}}},
    "an address without a prefix": {"hosts": {"h1": {"addresses": ["10.0.0.1"]}}},
    "one end": {"links": [{"between": ["h1"]}]},
    "a port's own setting": {"links": [{"between": ["h1", "sw1"], "netns": "x"}]},
    "a setting of the wrong kind": {"switches": {"sw1": {"vlan_aware": 1}}},
    "an uplink of no kind": {"uplinks": {"u": {"switch": "sw1", "type": "tap"}}},
    "a sysctl of the machine": {"hosts": {"h1": {"sysctls": {"kernel.panic": 1}}}},
    "a check of no kind": {"checks": [{"pong": {}}]},
}


@pytest.mark.parametrize("lab", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_wrong_by_the_schema_too(lab):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(lab, json.loads(SCHEMA.read_text()))


# ---- drawings ----


def svg_of(out):
    root = ElementTree.fromstring(out)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("path", LABS, ids=lambda p: p.name)
def test_each_lab_is_drawn_in_each_form(path):
    code, out, err = swctl("lab", "graph", str(path), "--as-file", "--json")
    assert code == 0, err
    graph = json.loads(out)
    names = {n["name"] for n in graph["nodes"]}
    assert names and not graph["live"]
    texts = svg_of(swctl("lab", "graph", str(path), "--format", "svg")[1])
    assert names <= set(texts) and "as in the file" in texts
    dot = swctl("lab", "graph", str(path), "--format", "dot")[1]
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, timeout=60)
    assert drawn.returncode == 0 and not drawn.stderr, drawn.stderr
    assert names <= set(svg_of(drawn.stdout))
    mermaid = swctl("lab", "graph", str(path), "--format", "mermaid")[1].splitlines()
    assert mermaid[0] == "graph TD"
    assert len([line for line in mermaid if re.match(r"\tn\d+ [-=].*n\d+$", line)]) == len(graph["links"])
    text = swctl("lab", "graph", str(path), "--format", "text")[1]
    ends = sum("port" in end for link in graph["links"] for end in link["between"])
    assert len(text.splitlines()) == 2 + ends


def test_a_form_that_there_is_not(tmp_path):
    code, _, err = swctl("lab", "graph", str(LABS[0]), "--format", "png")
    assert code == 2 and "text, svg, dot, mermaid" in err


def test_a_file_that_is_wrong_is_told_at_its_place(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text('{\n  "switches": {"sw1": {}},\n  "hosts": {\n    "h1": {"adresses": []}\n  }\n}\n')
    code, out, err = swctl("lab", "graph", str(path))
    assert (code, out) == (1, "")
    assert err == f'swctl: {path}:4:12: hosts.h1.adresses: unknown key "adresses"; did you mean "addresses"?\n'
    error = json.loads(swctl("lab", "graph", str(path), "--json")[2])["error"]
    assert error["data"] == {"file": str(path), "line": 4, "column": 12, "where": "hosts.h1.adresses"}


def test_a_machine_without_its_files_is_not_started(tmp_path):
    (tmp_path / "k").write_text("")
    path = tmp_path / "m.json"
    path.write_text('{"switches": {"s": {}},\n "vms": {"v{1..2}": {"kernel": "k", "disk": "d{1..2}"}},\n'
                    ' "links": [{"between": ["v{1..2}", "s"]}]}\n')
    assert swctl("lab", "graph", str(path))[0] == 0  # which can be done anywhere
    code, out, err = swctl("lab", "up", str(path))
    assert (code, out) == (1, "")
    assert err == f"swctl: {path}:2:37: vms.v{{1..2}}.disk (v1): {tmp_path}/d1: No such file or directory\n"
    assert "no lab" in swctl("lab", "list")[1]


def test_a_lab_that_runs_is_drawn_as_it_is():
    ring = str(ROOT / "config/labs/ring.json")
    code, _, err = swctl("lab", "up", ring)
    assert code == 0, err
    try:
        assert swctl("lab", "check", "ring")[0] == 0  # it has settled
        graph = json.loads(swctl("lab", "graph", "ring", "--json")[1])
        assert graph["live"]
        assert [n["name"] for n in graph["nodes"] if n["root"]] == ["sw1"]
        blocked = [link for link in graph["links"] if link["state"] == "blocked"]
        assert [[end["node"] for end in link["between"]] for link in blocked] == [["sw2", "sw3"]]
        assert [end["role"] for end in blocked[0]["between"]] == ["designated", "alternate"]
        assert [end["blocks"] for end in blocked[0]["between"]] == [False, True]
        # by its file it is the same lab
        assert json.loads(swctl("lab", "graph", ring, "--json")[1]) == graph
        texts = svg_of(swctl("lab", "graph", "--format", "svg")[1])
        assert "as it is now" in texts and "blocked: no frames pass" in texts
        assert "blocked at sw3, alternate" in swctl("lab", "graph", "ring")[1]
        code, _, err = swctl("lab", "exec", "h2", "--", "ip", "link", "set", "eth0", "down")
        assert code == 0, err
        wait_until(lambda: "down at sw2" in swctl("lab", "graph", "ring")[1])
        assert "down" not in swctl("lab", "graph", "ring", "--as-file")[1]
    finally:
        swctl("lab", "down", "ring")

# SPDX-License-Identifier: ISC
"""Lab files that are shipped, and their schema."""
import json
import subprocess

import jsonschema
import pytest

from conftest import ROOT
from daemon import SWCTL

LABS = sorted((ROOT / "config/labs").glob("*.json"))
SCHEMA = ROOT / "config/switchd.lab.schema.json"


def swctl(*words):
    p = subprocess.run([SWCTL, *words], capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def test_the_schema_that_is_shipped_is_the_one_that_swctl_prints():
    code, out, err = swctl("lab", "schema")
    assert code == 0, err
    assert out == SCHEMA.read_text()
    schema = json.loads(out)
    jsonschema.validators.validator_for(schema).check_schema(schema)


@pytest.mark.parametrize("path", LABS, ids=lambda p: p.name)
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

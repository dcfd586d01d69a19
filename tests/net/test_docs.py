# SPDX-License-Identifier: ISC
"""What the documents say is what the programs do: names, samples, examples, and README's tour."""
import json
import os
import pathlib
import re
import signal

import jsonschema
import pytest

import tour
from daemon import SWCTL, SWITCHD
from netns import sh

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SCHEMA_FILE = ROOT / "config" / "switchd.schema.json"
SAMPLES = sorted(f for f in (ROOT / "config").glob("*.json") if not f.name.endswith(".schema.json"))


def doc(name):
    return (ROOT / "docs" / name).read_text()


def items(page):
    """The lines of a man page that say what is explained below them."""
    return "\n".join(re.findall(r"^\.It (.*)$", doc(page), re.M))


def print_schema():
    return sh(SWITCHD, "--print-schema").stdout


def properties(schema):
    """Every key that a configuration may have, with what the schema says of it."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for part in schema.values():
            yield from properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from properties(part)


def numbers(schema):
    """The limits in the schema of one value."""
    if "anyOf" in schema:
        return [n for part in schema["anyOf"] for n in numbers(part)]
    return [schema[k] for k in ("minimum", "maximum") if schema.get(k)] if schema.get("type") == "integer" else []


# the configuration

def test_the_schema_file_is_what_the_program_prints():
    assert SCHEMA_FILE.read_text() == print_schema(), "switchd --print-schema > config/switchd.schema.json"


def test_every_key_is_explained():
    explained = items("switchd.json.5")
    for key, value in properties(json.loads(print_schema())):
        assert re.search(rf"\bCm {re.escape(key)}(?![\w-])", explained), key
        for n in numbers(value):
            assert re.search(rf"\b{n}\b", doc("switchd.json.5")), f"{key}: {n}"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda f: f.name)
def test_a_sample_is_valid(sample):
    config = json.loads(sample.read_text())
    assert config["$schema"] == f"./{SCHEMA_FILE.name}"
    jsonschema.Draft7Validator(json.loads(print_schema())).validate(config)
    assert "valid" in sh(SWITCHD, "--check", sample).stdout
    assert f"config/{sample.name}" in README or sample.name == "switchd.json"


def test_the_examples_of_the_man_page_are_valid(tmp_path):
    examples = re.findall(r"^\.Bd .*\n(\{\n(?:.*\n)*?\})\n\.Ed", doc("switchd.json.5"), re.M)
    assert len(examples) == 2
    for text in examples:
        file = tmp_path / "example.json"
        file.write_text(text)
        sh(SWITCHD, "--check", file)
    for key, _ in properties(json.loads(print_schema())):
        assert f'"{key}":' in examples[1], f"{key} is not in the example that has every key"


# labs

LAB_SCHEMA = ROOT / "config" / "switchd.lab.schema.json"


def lab_keys(schema):
    """The keys of a lab file that are its own, and no settings of a switch or a port, which are explained elsewhere."""
    settings = {key for key, _ in properties(json.loads(print_schema()))}
    checks = {key for key, _ in properties(schema["properties"]["checks"])}
    return {key for key, _ in properties(schema)} - settings | checks


def test_every_key_of_a_lab_is_explained():
    page = doc("switchd-lab.json.5")
    schema = json.loads(LAB_SCHEMA.read_text())
    keys = lab_keys(schema)
    for key in keys:
        assert re.search(rf"^(\.It )?\.?Cm (.* , )?{re.escape(key)}(?![\w-])|^\.Cm .*\b{re.escape(key)}\b", page, re.M) or \
            re.search(rf"^\.It Cm {re.escape(key)}(?![\w-])", page, re.M), key
    for key, value in [(k, v) for k, v in properties(schema) if k in keys]:
        for n in numbers(value):
            assert n == 1 or re.search(rf"\b{n}\b", page), f"{key}: {n}"


def test_the_examples_of_the_man_page_are_labs(tmp_path):
    examples = re.findall(r"^\.Bd .*\n(\{\n(?:.*\n)*?\})\n\.Ed", doc("switchd-lab.json.5"), re.M)
    assert len(examples) == 2
    for text in examples:
        file = tmp_path / "example.json"
        file.write_text(text)
        jsonschema.validate(json.loads(text), json.loads(LAB_SCHEMA.read_text()))
        assert "(as in the file)" in sh(SWCTL, "lab", "graph", file, "--as-file").stdout


@pytest.mark.parametrize("lab_file", sorted((ROOT / "config/labs").glob("*.json")), ids=lambda f: f.name)
def test_readme_has_each_lab(lab_file):
    assert json.loads(lab_file.read_text())["$schema"] == f"../{LAB_SCHEMA.name}"
    assert f"config/labs/{lab_file.name}" in README


# the programs

def test_every_option_of_switchd_is_explained():
    options = re.findall(r"^ +(?:-\w, )?--([a-z-]+)", sh(SWITCHD, "--help").stdout, re.M)
    assert len(options) >= 10
    for option in options:
        assert re.search(rf"\bFl Fl {option}(?![\w-])", items("switchd.8")), option


def test_every_command_of_swctl_is_explained():
    for command in json.loads(sh(SWCTL, "help", "--json").stdout)["commands"]:
        words = command["command"]
        assert re.search(rf"^Cm (.* , )?{words}(?![\w-])", items("swctl.1"), re.M), words


def test_every_reason_for_a_drop_is_explained(lab):
    for reason in lab.switchd().rpc("drops.explain")["reasons"]:
        assert re.search(rf"^\.Pq Sy {reason['reason']}(?!\w)", doc("switchd.8"), re.M), reason


def test_every_method_is_explained(lab):
    for method in lab.switchd().rpc("rpc.discover")["methods"]:
        name = re.escape(method["name"])
        found = re.search(rf"`{name} \{{(.*?)\}}`", doc("protocol.md")) or re.search(rf"`{name}()`", doc("protocol.md"))
        assert found, method["name"]
        told = found.group(1)
        if "…" not in told:  # settings, which are explained elsewhere
            told = {p.strip(" ?"): not p.endswith("?") for p in told.split(",") if p.strip()}
            assert told == {p["name"]: p["required"] for p in method["params"]}, method["name"]


def test_every_event_is_explained():
    names = re.findall(r'"([a-z]+\.[a-z]+)"', (ROOT / "switchd" / "core" / "event.c").read_text())
    assert len(names) >= 10
    for name in names:
        assert f"`{name}`" in doc("protocol.md"), name
        assert re.search(rf"^\.Ql {re.escape(name)}(?!\w)", doc("swctl.1"), re.M), name


# README

def test_what_the_readme_points_to_is_there():
    for path in re.findall(r"\]\(([^):#]+)\)", README):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^|`)make ([a-z]+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


def run_tour(commands, directory):
    path = ":".join([os.path.dirname(SWITCHD), os.path.dirname(SWCTL), os.environ["PATH"]])
    env = {k: v for k, v in os.environ.items() if k != "SWITCHD_SOCKET"} | {"PATH": path}
    return tour.run(commands, directory / "tour.sh", directory, env)


def tidy_up(namespaces, pidfile):
    if pidfile.exists():
        os.kill(int(pidfile.read_text()), signal.SIGKILL)
        pidfile.unlink()
    for name in namespaces:
        sh("ip", "netns", "del", name, check=False)


def test_the_tour_of_the_readme_goes_as_it_says(lab):
    steps = tour.steps(README)
    assert len(steps) > 20
    (lab.directory / "lab.json").write_text(re.search(r"^```json\n(.*?\"hosts\".*?)^```", README, re.M | re.S)[1])
    try:
        results = run_tour([command for command, _ in steps], lab.directory)
        for (command, told), (status, seen) in zip(steps, results):
            assert status == 0, "\n".join([f"# {command}", *seen])
            assert tour.plain(seen) == tour.plain(told), f"# {command}"
        assert len(results) == len(steps), f"it did not get past: {steps[len(results)][0]}"
        assert not sh("ip", "netns", "list").stdout, "the tour leaves something behind"
    finally:
        tidy_up(("h1", "h2", "h3"), pathlib.Path("/run/switchd.pid"))

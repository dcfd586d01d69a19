# SPDX-License-Identifier: ISC
"""Lessons: they go as they say, and nothing is left."""
import json
import re

import pytest

import tour
from labs import NOBODY, settled
from lessons import LESSONS, ROOT, VOLATILE, Lesson, machine_before

INDEX = (ROOT / "docs" / "labs" / "README.md").read_text()
AS_USER = "11-bad-link"
each = pytest.mark.parametrize("source", LESSONS, ids=lambda f: f.name)


@pytest.fixture
def before(tmp_path):
    return machine_before(tmp_path)


def goes_as_it_says(lesson, before):
    try:
        results = lesson.run()
        for (command, told), (status, seen) in zip(lesson.steps, results):
            assert tour.plain(seen, VOLATILE) == tour.plain(told, VOLATILE), "\n".join([f"$ {command}", *seen])
            assert status == 0 or seen, f"$ {command}"
        assert len(results) == len(lesson.steps), f"it did not get past: {lesson.steps[len(results)][0]}"
        assert json.loads(lesson.labs.run("lab", "list", "--json")) == {"labs": []}
        assert not settled(before)
    finally:
        lesson.close()


@each
def test_it_goes_as_it_says(source, tmp_path, before):
    goes_as_it_says(Lesson(source, tmp_path), before)


def test_it_goes_as_it_says_for_a_plain_user(tmp_path, before):
    goes_as_it_says(Lesson(ROOT / "docs" / "labs" / AS_USER, tmp_path, NOBODY), before)


@each
def test_lab_and_solution_ask_the_same(source):
    lab = json.loads((source / "lab.json").read_text())
    assert lab["checks"] and lab["name"] and lab["title"]
    if (source / "solved.json").exists():
        solved = json.loads((source / "solved.json").read_text())
        assert (solved["name"], solved["checks"]) == (lab["name"], lab["checks"])
        assert solved != lab


@each
def test_it_has_what_a_lesson_has(source):
    text = (source / "README.md").read_text()
    for section in "What you will learn", "The lab", "Questions", "Answers":
        assert re.search(rf"^## {section}$", text, re.M), section
    for path in re.findall(r"\]\(([^):#]+)\)", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)):
        assert (source / path).exists(), path
    questions, answers = (re.findall(r"^\d+\. ", part, re.M) for part in re.split(r"^## Answers$", text.split("\n## Questions\n")[1], flags=re.M))
    assert questions == answers and len(questions) >= 3
    assert lesson_ends(text)
    assert f"]({source.name}/README.md)" in INDEX


def lesson_ends(text):
    return tour.steps(text)[0][0].startswith("swctl lab up ") and tour.steps(text)[-1][0].startswith("swctl lab down")


def test_the_index_has_no_lesson_that_is_not_there():
    assert sorted(re.findall(r"\]\((\d\d-[\w-]+)/README\.md\)", INDEX)) == [f.name for f in LESSONS]

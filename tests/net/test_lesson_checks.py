# SPDX-License-Identifier: ISC
"""Checks of lessons tell what is solved from what is not.  Apart from test_lessons.py, so that both run at once."""
import pytest

from labs import settled
from lessons import LESSONS, Lesson, machine_before

each = pytest.mark.parametrize("source", LESSONS, ids=lambda f: f.name)


@each
def test_the_checks_tell_what_is_solved(source, tmp_path):
    """What is handed out fails where there is something to solve, and the solution passes."""
    before = machine_before(tmp_path)
    lesson = Lesson(source, tmp_path)
    name = lesson.lab["name"]

    def swctl(*args, **kw):
        return lesson.labs.run(*args, cwd=lesson.folder, **kw)

    solved = lesson.folder / "solved.json"
    try:
        swctl("lab", "up", lesson.folder / "lab.json")
        swctl("lab", "check", name, status=1 if solved.exists() else 0)
        if solved.exists():
            swctl("lab", "reload", solved)
            swctl("lab", "check", name)
    finally:
        lesson.close()
    assert not settled(before)

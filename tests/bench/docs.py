# SPDX-License-Identifier: ISC
"""The parts of docs/performance.md that runs write, each between two marks of its own."""
import os

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.normpath(os.path.join(HERE, "..", "..", "docs"))
PAGE = os.path.join(FOLDER, "performance.md")


def put(path, text):
    """Writes a file; returns its name as one would type it here."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return os.path.relpath(path)


def replace(part, text):
    """Puts text between <!-- part: begin --> and <!-- part: end -->."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    before, rest = page.split(begin)
    return put(PAGE, f"{before}{begin}\n\n{text.strip()}\n\n{end}{rest.split(end)[1]}")


def table(head, rows, right=True):
    """A Markdown table that can be read as it is; all but the first column to the right or left."""
    rows = [[str(c) for c in r] for r in (head, *rows)]
    width = [max(len(r[i]) for r in rows) for i in range(len(head))]

    def line(cells):
        first, *rest = cells
        return "| " + " | ".join([first.ljust(width[0]),
                                  *(c.rjust(w) if right else c.ljust(w)
                                    for c, w in zip(rest, width[1:]))]) + " |"

    end = ":" if right else "-"
    rule = "|" + "|".join(["-" * (width[0] + 2), *("-" * (w + 1) + end for w in width[1:])]) + "|"
    return [line(rows[0]), rule, *(line(r) for r in rows[1:])]

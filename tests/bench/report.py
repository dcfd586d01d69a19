# SPDX-License-Identifier: ISC
"""The figures as data, and the data as a table of 80 columns."""
import statistics

from measures import FIGURES

REFERENCES = (("bridge", "x bridge"), ("bare", "x bare loop"))
LABEL, CELL = 19, 12
TABLE_COLUMNS = ("10", ">8", ">6", ">6", ">6", ">5", ">6", ">8", ">6", ">5", ">7", ">6")


def samples(bench, key, name):
    """A contestant's figure, round by round; None where it has none."""
    return [r.get(name) for r in bench.samples.get(key, [])]


def ratio(mine, theirs):
    """The median of the ratios of the same round."""
    pairs = [m / t for m, t in zip(mine, theirs) if m is not None and t]
    return statistics.median(pairs) if pairs else None


def summary(bench, key, name, compare):
    mine = samples(bench, key, name)
    there = [v for v in mine if v is not None]
    if not there:
        return {"samples": mine}
    s = {"samples": mine, "median": statistics.median(there), "min": min(there), "max": max(there)}
    if compare:
        s["ratio"] = {ref: ratio(mine, samples(bench, ref, name)) for ref, _ in REFERENCES}
    return s


def address_table(lines):
    if not lines:
        return []
    head, rows = lines[0], lines[1:]
    return [{k: v if k == "addresses" else float(v) for k, v in zip(head, row)} for row in rows]


def collect(bench, facts):
    """All there is to tell, ready for JSON."""
    return {
        "machine": facts,
        "rounds": bench.rounds,
        "seconds": bench.o.seconds,
        "contestants": [{"key": c.key, "title": c.title,
                         "version": bench.versions.get(c.key, "unknown")} for c in bench.all],
        "failures": {c.key: c.failure for c in bench.all if c.failure},
        "figures": [{"name": name, "title": title, "unit": unit, "compare": compare, "of": {
            c.key: summary(bench, c.key, name, compare) for c in bench.all}}
            for name, title, unit, compare in FIGURES],
        "address_table": address_table(bench.table),
    }


def number(v):
    """Three digits that mean something."""
    if v >= 100:
        return f"{v:.0f}"
    if v >= 10:
        return f"{v:.1f}"
    return f"{v:.2f}" if v >= 1 or v == 0 else f"{v:.3f}"


def row(label, cells):
    return (f"{label:{LABEL}}" + "".join(f"{c:>{CELL}}" for c in cells)).rstrip()


def figure_lines(figure, data):
    of = [(c["key"], figure["of"][c["key"]]) for c in data["contestants"]]
    none = ["failed" if key in data["failures"] else "n/a" for key, _ in of]
    yield f"{figure['title']}, {figure['unit']}"
    yield row("  median", [number(s["median"]) if "median" in s else n
                           for (_, s), n in zip(of, none)])
    if not figure["compare"]:
        return
    yield row("  min-max", [f"{number(s['min'])}-{number(s['max'])}" if "min" in s else ""
                            for _, s in of])
    for ref, label in REFERENCES:
        ratios = [s.get("ratio", {}).get(ref) for _, s in of]
        if any(r is not None for r in ratios):
            yield row(f"  {label}", ["" if r is None else number(r) for r in ratios])


def table_lines(rows):
    yield "the address table: nanoseconds an operation; pause: microseconds of the longest"
    yield "call that ages; bytes: memory an entry (the columns: tests/bench/fdb.c)"
    yield ""
    def columns(cells):
        return "".join(f"{c:{w}}" for c, w in zip(cells, TABLE_COLUMNS))

    yield columns(rows[0])
    for r in rows:
        yield columns(v if isinstance(v, str) else f"{v:.0f}" for v in r.values())


def head_lines(data):
    m = data["machine"]
    yield f"Linux {m['kernel']} {m['architecture']}, {m['cpus']} CPUs, load {m['load']:.1f} before"
    yield f"rounds: {data['rounds']}, of {data['seconds']:g} s a measure"
    for name, version in m["tools"].items():
        yield f"  {name}: {version}"
    for c in data["contestants"]:
        yield f"  {c['title']}: {c['version']}"


def text(data):
    lines = [*head_lines(data), "", row("", [c["title"] for c in data["contestants"]])]
    for f in data["figures"]:
        lines += ["", *figure_lines(f, data)]
    lines += ["", *table_lines(data["address_table"])]
    titles = {c["key"]: c["title"] for c in data["contestants"]}
    lines += [f"\nFAILED: {titles[key]}: {why}" for key, why in data["failures"].items()]
    return "\n".join(lines)

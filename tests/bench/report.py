# SPDX-License-Identifier: ISC
"""The figures as data, and the data as a Markdown table, a chart, and a part of docs/performance.md."""
import json
import os
import statistics

import chart
import docs
import plugs
import targets
from docs import put, table
from measures import FIGURES


# ---- data ----

def summary(rounds, name):
    mine = [r.get(name) for r in rounds]
    there = [v for v in mine if v is not None]
    if not there:
        return {}
    return {"samples": mine, "median": statistics.median(there), "min": min(there),
            "max": max(there)}


def address_table(lines):
    if not lines:
        return []
    head, rows = lines[0], lines[1:]
    return [{k: v if k == "addresses" else float(v) for k, v in zip(head, row)} for row in rows]


def collect(bench, facts):
    """All there is to tell, ready for JSON."""
    for key, notes in bench.notes.items():
        if bench.samples[key]:
            bench.samples[key][0].update(notes)
    figures = []
    for f in FIGURES:
        of = {k.key: summary(bench.samples[k.key], f.name) for k in bench.kinds}
        figures.append({"name": f.name, "unit": f.unit, "of": {k: s for k, s in of.items() if s}})
    return {
        "machine": facts,
        "quick": bench.o.quick,
        "rounds": len(next(iter(bench.samples.values()))),
        "seconds": bench.o.seconds,
        "contestants": [{"key": k.key, "title": k.title, "version": bench.versions[k.key],
                         "plug": k.plug, "absent": bench.absent.get(k.key)} for k in bench.kinds],
        "failures": [dict(zip(("key", "what", "why"), f)) for f in bench.failures],
        "figures": figures,
        "address_table": address_table(bench.table),
    }


# ---- text ----

def number(v):
    """Three digits that mean something."""
    if v >= 100:
        return f"{v:.0f}"
    if v >= 10:
        return f"{v:.1f}"
    if v >= 1:
        return f"{v:.2f}"
    return f"{v:.3f}" if round(v, 3) else "0"


def cell(s, rounds):
    if not s:
        return ""
    if rounds == 1 or s["min"] == s["max"]:
        return number(s["median"])
    return f"{number(s['median'])} ({number(s['min'])}-{number(s['max'])})"


def figures_of(data):
    """(figure, its summaries by contestant), for those that were measured."""
    got = {f["name"]: f["of"] for f in data["figures"]}
    return [(f, got[f.name]) for f in FIGURES if got.get(f.name)]


def group_lines(name, figures, data):
    yield f"### {name}"
    yield ""
    rows = [[c["title"], *(cell(of.get(c["key"]), data["rounds"]) for _, of in figures)]
            for c in data["contestants"] if any(c["key"] in of for _, of in figures)]
    yield from table(["", *(f.head for f, _ in figures)], rows)
    yield ""


def ratios(data):
    """[(figure, {contestant: how it does, relative to ours})]: more is better, ours is 1."""
    lines = []
    for f, of in figures_of(data):
        mine = of.get(targets.OURS, {}).get("samples")
        if not f.compare or not mine:
            continue
        got = {}
        for key, s in of.items():
            pair = (s["samples"], mine) if f.more_is_better else (mine, s["samples"])
            got[key] = targets.ratio(*pair)
        lines.append((f, {k: v for k, v in got.items() if v is not None}))
    return lines


# What more of something costs a contestant: a figure by another of his own.
GROWTH = (
    ("frames, 256 ports by 2", "frames60_256", "frames60"),
    ("round trip, 256 ports by 2", "rtt50_256", "rtt50"),
    ("frames, 1M addresses by 1k", "frames60_1m", "frames60_1k"),
)


def growth_lines(data):
    of = {f.name: got for f, got in figures_of(data)}
    rows = []
    for c in data["contestants"]:
        mine = {name: s[c["key"]]["samples"] for name, s in of.items() if c["key"] in s}
        grown = [targets.ratio(mine.get(more, []), mine.get(less, [])) for _, more, less in GROWTH]
        each = targets.address_bytes(data, c["key"])
        if any(v is not None for v in (*grown, each)):
            rows.append([c["title"], *("" if v is None else number(v) for v in (*grown, each))])
    if rows:
        yield "### What more ports and more addresses cost"
        yield ""
        yield from table(["", *(head for head, _, _ in GROWTH), "bytes an address"], rows)
        yield ""


def same_job_lines(data):
    """What is plugged in other than by taps, beside who does the same."""
    titles = {c["key"]: c["title"] for c in data["contestants"] if not c["absent"]}
    shown = [(f, of) for f, of in figures_of(data) if f.compare]
    rows = []
    for ours, others in plugs.SAME_JOB:
        for other in others:
            if ours not in titles or other not in titles:
                continue
            row = []
            for f, of in shown:
                pair = [of.get(k, {}).get("samples", []) for k in (ours, other)]
                got = targets.ratio(*(pair if f.more_is_better else reversed(pair)))
                row.append("" if got is None else number(got))
            rows.append([f"{titles[ours]} by {titles[other]}", *row])
    filled = [i for i in range(len(shown)) if any(r[i + 1] for r in rows)]
    if rows:
        yield "### Other plugs, each relative to who does the same job"
        yield ""
        yield "More is better: of times, the inverse."
        yield ""
        yield from table(["", *(shown[i][0].title for i in filled)],
                         [[r[0], *(r[i + 1] for i in filled)] for r in rows])
        yield ""


def ratio_lines(data):
    present = [c for c in data["contestants"] if not c["absent"] and not c.get("plug")]
    rows = [[f.title, *(number(got[c["key"]]) if c["key"] in got else "" for c in present)]
            for f, got in ratios(data)]
    return table(["", *(c["title"] for c in present)], rows) if rows else []


def head_lines(data):
    m = data["machine"]
    yield (f"Measured {m['date']}{', a quick run: figures of one short round' if data['quick'] else ''}"
           f": {data['rounds']} round{'s' if data['rounds'] != 1 else ''}, "
           f"{data['seconds']:g} s a measure, load {m['load']:.1f} before.")
    yield ""
    rows = [("processor", f"{m['cpu']}, {m['cpus']} CPUs; {m['caches']}; {m['memory_gb']} GB"),
            ("virtual", f"{m['virtual']}; {m['mitigations']}"),
            ("kernel", m["kernel"]), ("system", m["system"])]
    rows += [(name, version) for name, version in m["tools"].items()]
    rows += [(c["title"], c["version"]) for c in data["contestants"]]
    yield from table(["", "what"], rows, right=False)
    yield ""


def markdown(data):
    lines = [*head_lines(data), "### Targets", ""]
    lines += table(["", "target", "measured", "met"],
                   [r for r in targets.table(data)])
    lines += ["", "### Relative to switchd", "",
              "1 is as good as switchd, more is better: of times, the inverse. Medians of the ratios of "
              "the same round.", "", *ratio_lines(data), "", *same_job_lines(data)]
    for group in dict.fromkeys(f.group for f in FIGURES):
        figures = [(f, of) for f, of in figures_of(data) if f.group == group]
        if figures:
            lines += group_lines(group, figures, data)
    lines += growth_lines(data)
    if data["address_table"]:
        lines += ["### The address table alone, ns an operation", ""]
        rows = [[v if isinstance(v, str) else f"{v:.0f}" for v in r.values()]
                for r in data["address_table"]]
        lines += [*table(list(data["address_table"][0]), rows), ""]
    titles = {c["key"]: c["title"] for c in data["contestants"]}
    lines += [f"FAILED: {titles[f['key']]}: {f['what']}: {f['why']}" for f in data["failures"]]
    return "\n".join(lines).rstrip() + "\n"


# ---- files ----

def write(data, where):
    """results.json, .md and .svg; returns their names."""
    os.makedirs(where, exist_ok=True)
    base = os.path.join(where, "results")
    return [put(f"{base}.json", json.dumps(data, indent=1) + "\n"),
            put(f"{base}.md", markdown(data)),
            put(f"{base}.svg", chart.svg(ratios(data), [c for c in data["contestants"] if not c.get("plug")]))]


def write_docs(data):
    """Puts the results into docs/performance.md, and the chart beside it."""
    return [docs.replace("measured", markdown(data)),
            put(os.path.join(docs.FOLDER, "performance.svg"),
                chart.svg(ratios(data), [c for c in data["contestants"] if not c.get("plug")]))]

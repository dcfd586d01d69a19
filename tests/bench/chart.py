# SPDX-License-Identifier: ISC
"""The ratios as an SVG: horizontal bars, grouped by figure, readable on light and on dark."""
from xml.sax.saxutils import escape

WIDTH, LABEL, RIGHT, TOP = 860, 230, 70, 64
BAR, GAP, GROUP_GAP = 11, 2, 14
SCALE_MAX = 2.0  # longer bars are cut, and say how long they are
TICKS = (0, 0.5, 1, 1.5, 2)
OURS = "switchd"

# Light, dark: told apart by lightness too, not by hue alone.
COLOURS = {
    "switchd": ("#b3261e", "#ff8a80"),
    "switchd-udp": ("#e07a5f", "#ffc2a8"),
    "bare": ("#5f6368", "#bdc1c6"),
    "bridge": ("#1a5fb4", "#78aeed"),
    "vde": ("#26734d", "#7fd1a5"),
    "vdeplug": ("#8fbf9f", "#3f7d5c"),
    "ovs": ("#7a5900", "#e5c07b"),
    "ovs-tso": ("#b88a00", "#c49a1a"),
    "ovs-veth": ("#8e44ad", "#d2a8ff"),
    "ovs-veth-tso": ("#c39bd3", "#8957a8"),
}

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #202124; }
.title { font-size: 15px; font-weight: 600; }
.small { font-size: 10px; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
.card { fill: #ffffff; stroke: #dadce0; }
.grid { stroke: #dadce0; }
.one { stroke: #5f6368; stroke-dasharray: 3 2; }
"""
STYLE_DARK = """
.small { stroke: #1e1f22; }
text { fill: #e8eaed; }
.card { fill: #1e1f22; stroke: #3c4043; }
.grid { stroke: #3c4043; }
.one { stroke: #bdc1c6; }
"""


def style(keys):
    light = "".join(f".{k} {{ fill: {COLOURS[k][0]}; }}\n" for k in keys)
    dark = "".join(f".{k} {{ fill: {COLOURS[k][1]}; }}\n" for k in keys)
    return (f"<style>{STYLE}{light}@media (prefers-color-scheme: dark) "
            f"{{{STYLE_DARK}{dark}}}</style>")


def at(ratio):
    """Where on the axis."""
    return LABEL + min(ratio, SCALE_MAX) / SCALE_MAX * (WIDTH - LABEL - RIGHT)


def text(x, y, what, css="", anchor="start"):
    css = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{escape(what)}</text>'


def bar(key, title, ratio, y):
    more = " →" if ratio > SCALE_MAX else ""
    return (f'<g><title>{escape(title)}: {ratio:.2f}</title>'
            f'<rect class="{key}" x="{LABEL}" y="{y}" width="{max(at(ratio) - LABEL, 1):.1f}" '
            f'height="{BAR}"/>' + text(at(ratio) + 4, y + BAR - 2, f"{ratio:.2f}{more}", "small")
            + "</g>")


def legend(contestants):
    x, y, out = 16, 46, []
    for c in contestants:
        out.append(f'<rect class="{c["key"]}" x="{x}" y="{y - 9}" width="10" height="10"/>'
                   + text(x + 14, y, c["title"], "small"))
        x += 26 + 6 * len(c["title"])
    return out


def svg(lines, contestants):
    """lines: [(figure, {contestant: ratio})], ours being 1."""
    groups = [(f, got) for f, got in lines if f.chart and len(got) > 1]
    there = [c for c in contestants if any(c["key"] in got for _, got in groups)]
    y, body = TOP, []
    for figure, got in groups:
        bars = [c for c in there if c["key"] in got]
        height = len(bars) * (BAR + GAP)
        body.append(text(LABEL - 10, y + height / 2 + 4, figure.title, anchor="end"))
        for i, c in enumerate(bars):
            body.append(bar(c["key"], c["title"], got[c["key"]], y + i * (BAR + GAP)))
        y += height + GROUP_GAP
    grid = [f'<line class="{"one" if t == 1 else "grid"}" x1="{at(t):.1f}" y1="{TOP - 8}" '
            f'x2="{at(t):.1f}" y2="{y}"/>' + text(at(t), y + 14, f"{t:g}", "small", "middle")
            for t in TICKS]
    height = y + 28
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="Speed relative to {OURS}">',
        style([c["key"] for c in there]),
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        text(16, 24, f"Relative to {OURS}: longer is better, of times the inverse", "title"),
        *legend(there), *grid, *body, "</svg>\n"])

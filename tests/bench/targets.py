# SPDX-License-Identifier: ISC
"""What the switch is meant to reach, and whether this run did."""
import dataclasses
import statistics
import typing

OURS = "switchd"
TAUGHT = 1000000  # addresses
IDLE_CPU_MAX = 0.05  # percent: prints as 0.0


def samples(data, key, name):
    for f in data["figures"]:
        if f["name"] == name:
            return f["of"].get(key, {}).get("samples", [])
    return []


def ratio(mine, theirs):
    """The median of the ratios of the same round, or None."""
    pairs = [m / t for m, t in zip(mine, theirs) if m is not None and t]
    return statistics.median(pairs) if pairs else None


def best(data, name, keys, more):
    """Of several ways to set up the same peer, the one that does best."""
    there = {k: [v for v in samples(data, k, name) if v is not None] for k in keys}
    medians = {k: statistics.median(v) for k, v in there.items() if v}
    return (max if more else min)(medians, key=medians.get) if medians else None


def ratio_to(name, *others, key=OURS, more=True):
    def measure(data):
        other = best(data, name, others, more)
        return other and ratio(samples(data, key, name), samples(data, other, name))
    return measure


def frame_cost(data):
    """How many times as long a frame takes at a million addresses as at a thousand."""
    return ratio(samples(data, OURS, "frames60_1k"), samples(data, OURS, "frames60_1m"))


def core_row(data, entries):
    for row in data["address_table"]:
        if row.get("addresses") == "random" and row.get("entries") == entries:
            return row
    return {}


def core_cost(data):
    small, large = core_row(data, 1000).get("batch"), core_row(data, 1 << 20).get("batch")
    return large / small if small and large else None


def median(data, name, key=OURS):
    there = [v for v in samples(data, key, name) if v is not None]
    return statistics.median(there) if there else None


def address_bytes(data, key=OURS):
    empty, full = median(data, "memory_0", key), median(data, "memory_1m", key)
    return None if empty is None or full is None else 1e6 * (full - empty) / TAUGHT


@dataclasses.dataclass(frozen=True)
class Target:
    what: str
    against: str
    limit: float
    measure: typing.Callable
    at_least: bool = True
    unit: str = "×"


TARGETS = (
    Target("TCP, one stream", "the kernel bridge over veth", 1.0, ratio_to("tcp1", "bridge")),
    Target("TCP, one stream", "vde_switch", 15, ratio_to("tcp1", "vde")),
    Target("TCP, one stream", "OVS with TSO", 1.0, ratio_to("tcp1", "ovs-tso", "ovs-veth-tso")),
    Target("60-byte frames", "the bare loop", 0.95, ratio_to("frames60", "bare")),
    Target("60-byte frames", "vde_switch", 1.4, ratio_to("frames60", "vde")),
    Target("60-byte frames", "OVS", 1.4, ratio_to("frames60", "ovs", "ovs-veth")),
    Target("round trip, p50", "the bare loop", 1.1, ratio_to("rtt50", "bare", more=False), False),
    Target("round trip, p50", "OVS", 0.5, ratio_to("rtt50", "ovs", "ovs-veth", more=False), False),
    Target("TCP, tap - udp - udp - tap", "vde_switch tap - tap", 5,
           ratio_to("tcp1", "vde", key="switchd-udp")),
    Target("TCP, tap - stream - stream - tap", "VDE plugs", 4,
           ratio_to("tcp1", "vdeplug", key="switchd-stream")),
    Target("TCP, tap - vde", "vde_switch, tap - vde", 4,
           ratio_to("tcp1", "vde-mixed", key="switchd-vde")),
    Target("TCP, tap - vxlan - vxlan - tap", "the kernel's vxlan and bridges", 0.5,
           ratio_to("tcp1", "vxlan", key="switchd-vxlan")),
    Target("a hit among 1M addresses, the table alone", "among 1k", 3, core_cost, False),
    Target("a frame among 1M addresses, end to end", "among 1k", 3, frame_cost, False),
    Target("memory an address, all told", "", 128, address_bytes, False, "bytes"),
    Target("idle CPU", "", 0, lambda data: median(data, "idle_cpu"), False, "%"),
)


def judge(t, data):
    """(target, measured, met) as text; what was not measured is neither met nor missed."""
    got = t.measure(data)
    sign = "≥" if t.at_least else "≤"
    limit = f"{t.limit:g} {t.unit}" if t.limit else f"0 {t.unit}, to the first decimal"
    aim = f"{sign} {limit} {t.against}".rstrip() if t.limit else limit
    if got is None:
        return aim, "not measured", "-"
    shown = f"{got:.3f}" if t.unit == "%" else f"{got:.0f}" if t.unit == "bytes" else f"{got:.2f}"
    met = got <= IDLE_CPU_MAX if not t.limit else got >= t.limit if t.at_least else got <= t.limit
    return aim, f"{shown} {t.unit}", "yes" if met else "**no**"


def table(data):
    return [(t.what, *judge(t, data)) for t in TARGETS]

# SPDX-License-Identifier: ISC
"""The facts of the machine and its tools, as far as they bear on speed."""
import os
import platform
import re
import time

from tools import Failure, read, sh

TOOLS = (
    ("iperf3", ("iperf3", "--version")),
    ("iproute2", ("ip", "-V")),
    ("ethtool", ("ethtool", "--version")),
    ("gcc", ("gcc", "--version")),
)


def first_line(*cmd):
    try:
        return sh(*cmd).splitlines()[0].strip()
    except (Failure, IndexError):
        return "not there"


def lscpu():
    try:
        out = sh("lscpu")
    except Failure:
        return {}
    return dict(re.findall(r"^([^:]+):\s*(.+?)\s*$", out, re.M))


def facts():
    cpu = lscpu()
    memory = re.search(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), re.M)
    debian = re.search(r'^PRETTY_NAME="(.*)"', read("/etc/os-release"), re.M)
    exposed = re.search(r"\bmitigations=\S+", read("/proc/cmdline"))
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "kernel": f"Linux {platform.release()} {platform.machine()}",
        "system": debian.group(1) if debian else platform.system(),
        "cpu": cpu.get("Model name", "unknown"),
        "cpus": len(os.sched_getaffinity(0)),
        "caches": ", ".join(f"{k[:3].strip()} {cpu[k]}" for k in ("L1d cache", "L2 cache", "L3 cache")
                            if k in cpu),
        "virtual": f"{cpu['Hypervisor vendor']} guest" if "Hypervisor vendor" in cpu else "no",
        "memory_gb": round(int(memory.group(1)) / 1e6) if memory else None,
        "mitigations": exposed.group(0) if exposed else "mitigations as the kernel has them",
        "load": os.getloadavg()[0],
        "tools": {**{name: first_line(*cmd) for name, cmd in TOOLS},
                  "Python": platform.python_version()},
    }

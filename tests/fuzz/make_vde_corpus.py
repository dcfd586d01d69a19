#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes the seeds of fuzz_vde: one small file for each thing worth a start.

Usage: make_vde_corpus.py [DIRECTORY]      (the default is corpus/ beside this file)
"""

import struct
import sys
from pathlib import Path

MAGIC = 0xFEEDFACE


def address(path, family=1):
    return struct.pack("=H108s", family, path)


def v3(kind=0, number=0, path=b"/run/lab/.04711-00000", descr=b"vdeplug: user=root pid=4711", version=3, family=1):
    return struct.pack("=IIi", MAGIC, version, kind | number << 8) + address(path, family) + descr


def v1(kind=0, path=b"/run/lab/.04711-00000", descr=b"old"):
    return struct.pack("=Ii6s", MAGIC, kind, b"\2\0\0\0\0\1") + address(path) + descr


SEEDS = {
    "nothing": b"",
    "v3": v3(),
    "v3_port": v3(number=5),
    "v3_port_zero": v3(kind=1),
    "v3_no_description": v3(descr=b""),
    "v3_long_description": v3(descr=b"d" * 128),
    "v3_longest_path": v3(path=b"/" + b"x" * 107),
    "v3_highest_port": v3(number=9999),
    "v3_terminal": v3(descr=b"\x1b[31mred\xff\xc3"),
    "v1": v1(),
    "v1_port_zero": v1(kind=1),
    "cut": v3()[:100],
    "lie_kind": v3(kind=2),
    "lie_port": v3(number=10000),
    "lie_port_negative": v3(number=-1),
    "lie_version": v3(version=2),
    "lie_family": v3(family=2),
    "lie_relative": v3(path=b"ctl"),
    "lie_no_path": v3(path=b""),
    "lie_abstract": v3(path=b"\0name"),
    "lie_magic": b"GET / HTTP/1.0\r\n\r\n",
}


def main():
    root = (Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus") / "vde"
    root.mkdir(parents=True, exist_ok=True)
    for seed, content in SEEDS.items():
        (root / seed).write_bytes(content)


main()

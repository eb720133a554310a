#!/usr/bin/env python3
"""How long removing, linking and sharing blocks take, beside fclones and one read.

    benches/acting.py --scratch DIR [--nodupe PATH] [--fclones PATH] [--rounds N] [--scale S]

DIR is an empty directory on the file system to measure; `dedupe` needs one that can
share blocks. Two trees are made there, again before each act: many small files
(B of `peers/run.py`) and pairs of 4 MiB. What is compared is in `README.md`. fclones
compares nothing when it acts, so one read of the tree stands beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from peers import corpora

MIB = 1 << 20


def small(place: Path, scale: float) -> None:
    corpora.write(place / "b", corpora.plan("B", scale))


def large(place: Path, scale: float) -> None:
    rng = random.Random(1)
    for number in range(max(2, int(400 * scale))):
        content = rng.randbytes(4 * MIB)
        for copy in "ab":
            (place / f"{number}-{copy}").write_bytes(content)


def timed(command: list[str], stdin: Path | None = None) -> tuple[float, float]:
    """Wall and processor seconds."""
    start = time.monotonic()
    with open(stdin or os.devnull, "rb") as given:
        child = subprocess.Popen(
            command, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{command} failed")
    return seconds, used.ru_utime + used.ru_stime


def measure(given: argparse.Namespace, make, act: str) -> dict[str, list[tuple[float, float]]]:
    source, tree = given.scratch / "source", given.scratch / "tree"
    groups, journal = given.scratch / "groups", given.scratch / "journal"
    source.mkdir()
    make(source, given.scale)
    found: dict[str, list[tuple[float, float]]] = {"read": [], "fclones": [], "nodupe": []}

    def fresh() -> None:
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=never", source, tree], check=True)
        os.sync()

    for _ in range(given.rounds):
        fresh()
        read = f"find '{tree}' -type f -print0 | xargs -0 cat"
        found["read"].append(timed(["sh", "-c", read]))
        if given.fclones:
            # It takes the rotational flag of a virtual disk for the truth.
            search = [given.fclones, "group", "-t", "16", tree, "-o", groups]
            subprocess.run(search, check=True, stderr=subprocess.DEVNULL)
            os.sync()
            found["fclones"].append(timed([given.fclones, act], groups))
            fresh()
        search = [given.nodupe, "scan", tree, "-f", "json", "-o", groups, "-q"]
        subprocess.run(search, check=True)
        journal.unlink(missing_ok=True)
        os.sync()
        options = ["--report", groups, "--yes", "--journal", journal, "-q"]
        found["nodupe"].append(timed([given.nodupe, act, *map(str, options)]))
    for path in (source, tree):
        shutil.rmtree(path)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--nodupe", default="target/release/nodupe")
    parser.add_argument("--fclones", default=shutil.which("fclones"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.2)
    given = parser.parse_args()
    print("| tree | act | | wall | processor |\n|-|-|-|-|-|")
    for make, acts in ((small, ["remove", "link"]), (large, ["remove", "link", "dedupe"])):
        for act in acts:
            try:
                found = measure(given, make, act)
            except SystemExit as reason:
                print(f"| {make.__name__} | {act} | {reason} | | |")
                continue
            for name, runs in found.items():
                if runs:
                    wall, used = (statistics.median(column) for column in zip(*runs))
                    print(f"| {make.__name__} | {act} | {name} | {wall:.2f} | {used:.2f} |")


if __name__ == "__main__":
    main()

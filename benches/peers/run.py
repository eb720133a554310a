#!/usr/bin/env python3
"""Measures nodupe beside its peers, on trees that it makes itself.

    benches/peers/run.py [--corpora A,B,C,D,E] [--runs 5] [--cold 2] [--root DIR]
    benches/peers/run.py --memory
    benches/peers/run.py --again [--corpora A,B,D]
    benches/peers/run.py --scale 0.01        # to try it

Tables go to standard output as Markdown, every single run to the file of
--json, and what is going on to standard error. Peers are looked for in PATH;
nothing is installed and, except for the trees, nothing written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Callable, Optional

if __package__ in (None, ""):
    # Run as a file: the package is next to it, not in it.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from peers import again, corpora, machine, runner, table, tools

# An exponent of time above this is told as not linear. What is linear comes to
# a little more than 1 where caches of the processor stop helping.
LINEAR = 1.15

# Seconds after its last change from which nodupe stores a file, and some more.
SETTLE_TIME = 320


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures nodupe beside its peers.")
    parser.add_argument("--corpora", default="A,B,C,D,E", help="which trees, by letter [%(default)s]")
    parser.add_argument("--runs", type=int, default=5, help="rounds with a warm cache [%(default)s]")
    parser.add_argument("--cold", type=int, default=2, help="rounds with an empty cache, as root [%(default)s]")
    parser.add_argument("--root", type=Path, default=Path("target/peers"), help="where the trees are [%(default)s]")
    parser.add_argument("--scale", type=float, default=1.0, help="make smaller trees, 0.01 to try [%(default)s]")
    parser.add_argument("--nodupe", type=Path, default=Path("target/release/nodupe"), help="[%(default)s]")
    parser.add_argument("--peers", help="only these peers, by name; none for nodupe alone")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one run [%(default)s]")
    parser.add_argument("--json", type=Path, help="write every single run to this file")
    parser.add_argument("--memory", action="store_true", help="measure how memory and time grow with files instead")
    parser.add_argument("--again", action="store_true", help="measure scans of what was scanned before, with caches")
    given = parser.parse_args()
    given.names = [name.strip() for name in given.corpora.split(",") if name.strip()]
    unknown = set(given.names) - set(corpora.RECIPES)
    if unknown:
        parser.error(f"no such corpus: {', '.join(sorted(unknown))}")
    if not 0 < given.scale <= 1:
        parser.error("--scale is above 0 and at most 1")
    if given.runs < 1 or given.cold < 0:
        parser.error("--runs is at least 1, --cold at least 0")
    # Tools run in a directory of their own.
    given.nodupe = given.nodupe.resolve()
    given.root = given.root.resolve()
    if not os.access(given.nodupe, os.X_OK):
        parser.error(f"{given.nodupe} is not there: cargo build --release, or --nodupe PATH")
    given.chosen = list(tools.PEERS)
    if given.peers is not None:
        wanted = {name.strip() for name in given.peers.split(",")} - {"", "none"}
        given.chosen = [peer for peer in tools.PEERS if peer.name in wanted]
        unknown = wanted - {peer.name for peer in given.chosen}
        if unknown:
            parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    return given


def warn_of_size(corpus: corpora.Corpus) -> None:
    free = machine.memory("MemAvailable")
    if free is not None and corpus.manifest.bytes > free * 0.8:
        say(f"  {corpus.root.name} hardly fits into memory: warm will not be warm")


def complain(corpus: corpora.Corpus, answers: dict[str, runner.Answer]) -> list[str]:
    """Where the answers differ from each other, or from what was written."""
    problems = []
    for name, answer in answers.items():
        if answer.missing or answer.extra:
            problems.append(
                f"{corpus.root.name}: {name} does not agree with nodupe: "
                f"{answer.missing} groups missing, {answer.extra} more"
            )
        if answer.groups != corpus.manifest.groups:
            problems.append(
                f"{corpus.root.name}: {name} found {answer.groups} groups, "
                f"{corpus.manifest.groups} were made"
            )
    return problems


class Report:
    """All that was measured so far, kept on disk as well: a long measurement
    that is interrupted loses only what it was at."""

    def __init__(self, path: Optional[Path], facts: dict[str, object]) -> None:
        self.path = path
        self.data: dict[str, object] = {"version": 1, **facts}

    def save(self, key: str, value: object) -> None:
        self.data[key] = value
        if self.path:
            beside = self.path.with_name(self.path.name + ".new")
            beside.write_text(json.dumps(self.data, indent=1) + "\n")
            beside.replace(self.path)


def measure_peers(given: argparse.Namespace, report: Report) -> list[str]:
    found, missing = tools.installed(given.chosen)
    ours = tools.nodupe(str(given.nodupe))
    versions = [(tool, tool.version()) for tool in [ours, *found]]
    report.save("tools", {tool.name: version for tool, version in versions})
    print(table.tools(versions, missing), flush=True)
    for tool in missing:
        say(f"{tool.name} is not installed: {tool.install}")
    cold_problem = runner.cold_problem()
    if given.cold and cold_problem:
        print(f"\nCold runs are left out: {cold_problem}.")
    overview: list[tuple[str, str, list[runner.Series], dict[str, runner.Answer]]] = []
    problems: list[str] = []
    measured: dict[str, object] = {}
    nothing: Callable[[tools.Tool], None] = lambda _: None
    # All of them first: a full disk is better found out before the first run.
    made = [corpora.make(given.root, name, given.scale, say) for name in given.names]
    for name, corpus in zip(given.names, made):
        about = corpus.manifest
        label, roots = corpus.root.name, [str(corpus.root)]
        say(f"{label}: {corpus.title}")
        warn_of_size(corpus)
        everyone = [*tools.settings(str(given.nodupe), name), *found]
        answers, errors = runner.warm_up(everyone, roots, given.timeout, say)
        wrong = complain(corpus, answers)
        problems += wrong
        able = [tool for tool in everyone if tool.name not in errors]
        states = [("warm", given.runs, nothing)]
        if given.cold and not cold_problem:
            states.append(("cold", given.cold, runner.empty_cache))
        print(
            f"\n### {label}: {corpus.title}\n\n{about.files} files, "
            f"{about.bytes / 2**30:.2f} GiB, {about.groups} groups."
        )
        for problem in wrong:
            print(f"\n**DISAGREEMENT: {problem}**")
        runs: dict[str, object] = {}
        for state, number, before in states:
            say(f"{label}, {state}:")
            series = runner.rounds(able, roots, number, given.timeout, before, say)
            overview.append((label, state, series, answers))
            print(f"\n{state.capitalize()} cache, rounds: {number}.\n")
            print(table.measured(series, answers, errors), flush=True)
            runs[state] = {its.tool: asdict(its) for its in series}
        measured[label] = {
            "manifest": asdict(about),
            "answers": {tool: asdict(answer) for tool, answer in answers.items()},
            "errors": errors,
            **runs,
        }
        report.save("corpora", measured)
    print(f"\n### Summary\n\n{table.summary(overview)}")
    return problems


def measure_again(given: argparse.Namespace, report: Report) -> list[str]:
    all_tools, left_out = again.everyone(str(given.nodupe), [peer.name for peer in given.chosen] + ["fdupes"])
    versions = [(its.tool, its.tool.version()) for its in all_tools]
    report.save("tools", {tool.name: version for tool, version in versions})
    print(table.tools(versions, []), flush=True)
    for reason in left_out:
        print(f"\nLeft out: {reason}.")
    cold_problem = runner.cold_problem()
    if given.cold and cold_problem:
        print(f"\nCold runs are left out: {cold_problem}.")
    results: list[tuple[str, str, str, dict[str, runner.Series]]] = []
    problems: list[str] = []
    numbers = range(len(all_tools))
    with tempfile.TemporaryDirectory(dir=given.root, prefix="again-") as scratch:
        benches: list[tuple[str, again.Bench]] = []
        for name in given.names:
            corpus = corpora.make(given.root, name, given.scale, say)
            say(f"{corpus.root.name}: a copy for each of {len(all_tools)} tools")
            place = Path(scratch) / corpus.root.name
            place.mkdir()
            benches.append((corpus.root.name, again.Bench(place, corpus.root, all_tools, given.timeout)))
        os.sync()
        again.wait_until_settled(SETTLE_TIME, say)
        for label, bench in benches:
            states = [("warm", given.runs, lambda _: None)]
            if given.cold and not cold_problem:
                states.append(("cold", given.cold, lambda number: runner.empty_cache(all_tools[number].tool)))
            fresh = [number for number in numbers if not all_tools[number].in_files]
            # Fills the caches, and the memory.
            bench.rounds(1, lambda number, turn: None, numbers)
            for state, turns, before in states:
                say(f"{label}, {state}: empty caches")
                first = bench.rounds(turns, lambda number, turn: before(number), fresh, True)
                results.append((label, state, "first scan", {its.tool: its for its in first}))
                for share in again.CHANGES:
                    say(f"{label}, {state}: {share:.0%} changed")
                    files = again.chosen_files(bench.root(0), share)

                    def prepare(number: int, turn: int) -> None:
                        again.change(bench.root(number), files, turn)
                        before(number)

                    series = bench.rounds(turns, prepare, numbers)
                    changed = f"{share:.0%}" if share else "nothing"
                    results.append((label, state, changed, {its.tool: its for its in series}))
            problems += [f"{label}: {problem}" for problem in bench.disagreements()]
            problems += [f"{label}: {tool} failed: {error}" for tool, error in bench.errors.items()]
            print(f"\n{again.summary([row for row in results if row[0] == label])}", flush=True)
        report.save(
            "again",
            [[*row[:3], {tool: asdict(its) for tool, its in row[3].items()}] for row in results],
        )
    print(f"\n### Summary\n\n{again.summary(results)}")
    return problems


def measure_growth(given: argparse.Namespace, report: Report) -> list[str]:
    corpus = corpora.make(given.root, "memory", given.scale, say)
    ours = tools.nodupe(str(given.nodupe))
    report.save("tools", {ours.name: ours.version()})
    parts = [str(corpus.root / part) for part in ("0", "1", "2")]
    sizes = [corpora.count(number, given.scale) for number in (500_000, 500_000, 1_000_000)]
    points: list[tuple[int, list[runner.Run]]] = []
    for number in (1, 2, 3):
        files, roots = sum(sizes[:number]), parts[:number]
        say(f"{files} files")
        runner.once(ours, roots, given.timeout)
        points.append((files, [runner.once(ours, roots, given.timeout) for _ in range(given.runs)]))
    report.save("growth", [{"files": n, "runs": [asdict(run) for run in runs]} for n, runs in points])
    exponent = table.growth_exponent([(n, median(run.wall for run in runs)) for n, runs in points])
    print(f"### Growth: {corpus.title}\n\nWarm cache, runs of each: {given.runs}.\n\n{table.growth(points)}\n")
    print(f"Time grows with the number of files to the power of {exponent:.2f} (1 is linear).")
    # Small trees are mostly the start of the program, and noise.
    if exponent > LINEAR and given.scale == 1:
        return [f"time does not grow linearly: exponent {exponent:.2f}, {LINEAR} allowed"]
    return []


def main() -> int:
    given = options()
    given.root.mkdir(parents=True, exist_ok=True)
    facts = machine.describe(given.root)
    report = Report(given.json, facts)
    print(table.header(facts) + "\n")
    try:
        measure = measure_growth if given.memory else measure_again if given.again else measure_peers
        problems = measure(given, report)
    except (corpora.CorpusError, runner.RunError) as error:
        say(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    for problem in problems:
        say(f"DISAGREEMENT: {problem}" if not given.memory else problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""The arithmetic of the tables, and the tables."""

from __future__ import annotations

from math import log
from statistics import median
from typing import Mapping, Optional, Sequence

from .runner import Answer, Run, Series
from .tools import Tool

MIB = 1024 * 1024
NODUPE = "nodupe"


def is_ours(name: str) -> bool:
    return name.split(" ")[0] == NODUPE


def walls(series: Series) -> list[float]:
    return [run.wall for run in series.runs]


def memory(series: Series) -> float:
    return median(run.memory for run in series.runs)


def spread(values: Sequence[float]) -> float:
    """How far apart the extremes are, as a part of the median."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Optional[float]:
    """The median of the ratios round by round: what slowed a whole round down
    is in both of a pair."""
    pairs = [mine / its for mine, its in zip(ours, theirs) if its > 0]
    return median(pairs) if pairs else None


def complete(all_series: Sequence[Series]) -> list[Series]:
    return [series for series in all_series if series.runs and series.error is None]


Answers = Mapping[str, Answer]


def fair_peers(all_series: Sequence[Series], answers: Answers) -> list[Series]:
    """The peers to be compared with: who finds something else does other work."""
    return [
        series
        for series in complete(all_series)
        if not is_ours(series.tool) and not differs(answers.get(series.tool))
    ]


def differs(answer: Optional[Answer]) -> bool:
    return answer is not None and bool(answer.missing or answer.extra)


def fastest_peer(all_series: Sequence[Series], answers: Answers) -> Optional[Series]:
    peers = fair_peers(all_series, answers)
    return min(peers, key=lambda series: median(walls(series)), default=None)


def leanest_peer(all_series: Sequence[Series], answers: Answers) -> Optional[Series]:
    return min(fair_peers(all_series, answers), key=memory, default=None)


def seconds(value: float) -> str:
    digits = 4 if value < 0.1 else 3 if value < 1 else 2 if value < 100 else 0
    return f"{value:.{digits}f}"


def optional(value: Optional[float]) -> str:
    return "-" if value is None else f"{value:.2f}"


def rows(cells: Sequence[Sequence[str]]) -> str:
    head, *rest = cells
    lines = [head, ["-"] * len(head), *rest]
    return "\n".join(
        "|" + "|".join(cell if cell == "-" and line is lines[1] else f" {cell} " for cell in line) + "|"
        for line in lines
    )


def agreement(answer: Optional[Answer]) -> str:
    if answer is None:
        return "-"
    if differs(answer):
        return f"**NO: {answer.missing} missing, {answer.extra} more**"
    return "yes"


def measured(all_series: Sequence[Series], answers: Answers, errors: Mapping[str, str]) -> str:
    """A row for each tool: ours first, then peers by time, then what failed."""
    fastest, leanest = fastest_peer(all_series, answers), leanest_peer(all_series, answers)
    done = complete(all_series)
    done.sort(key=lambda series: (not is_ours(series.tool), median(walls(series))))
    cells = [
        [
            "tool",
            "seconds: median (least)",
            "spread",
            "user",
            "system",
            "peak MiB",
            f"time / {fastest.tool}" if fastest else "time / peer",
            f"memory / {leanest.tool}" if leanest else "memory / peer",
            "same groups",
        ]
    ]
    for series in done:
        times = walls(series)
        cells.append(
            [
                series.tool,
                f"{seconds(median(times))} ({seconds(min(times))})",
                f"{spread(times):.0%}",
                seconds(median(run.user for run in series.runs)),
                seconds(median(run.system for run in series.runs)),
                f"{memory(series) / MIB:.1f}",
                optional(ratio(times, walls(fastest)) if fastest else None),
                optional(memory(series) / memory(leanest) if leanest else None),
                agreement(answers.get(series.tool)),
            ]
        )
    failed = dict(errors)
    failed.update({series.tool: series.error for series in all_series if series.error is not None})
    for name, error in failed.items():
        text = error.replace("|", "\\|").replace("\n", " ")
        cells.append([name, f"failed: {text}", *["-"] * (len(cells[0]) - 3), agreement(answers.get(name))])
    return rows(cells)


def summary(results: Sequence[tuple[str, str, Sequence[Series], Answers]]) -> str:
    """nodupe as it comes beside the fastest and the leanest peer: a row for
    each corpus and state of the cache."""
    cells = [["corpus", "cache", "nodupe", "fastest peer", "nodupe / it", "nodupe MiB", "leanest peer", "nodupe / it"]]
    for corpus, cache, all_series, answers in results:
        ours = next((series for series in complete(all_series) if series.tool == NODUPE), None)
        fastest, leanest = fastest_peer(all_series, answers), leanest_peer(all_series, answers)
        if ours is None or fastest is None or leanest is None:
            continue
        cells.append(
            [
                corpus,
                cache,
                f"{seconds(median(walls(ours)))} s",
                f"{fastest.tool} {seconds(median(walls(fastest)))} s",
                optional(ratio(walls(ours), walls(fastest))),
                f"{memory(ours) / MIB:.1f}",
                f"{leanest.tool} {memory(leanest) / MIB:.1f}",
                optional(memory(ours) / memory(leanest)),
            ]
        )
    return rows(cells)


def header(facts: Mapping[str, object]) -> str:
    gib = f", {facts['memory_gib']} GiB" if facts["memory_gib"] else ""
    return (
        f"{facts['date']}, {facts['processors']} processors ({facts['processor']}){gib}, "
        f"{facts['system']}, {facts['file_system']}; load at the start {facts['load']}."
    )


def tools(found: Sequence[tuple[Tool, str]], missing: Sequence[Tool]) -> str:
    """Who takes part, in which setting, and who does not."""
    cells = [["tool", "version", "asked with", "which is"]]
    for tool, version in found:
        asked = " ".join((*tool.search, *tool.quick))
        cells.append([tool.name, version, f"`{asked}`", tool.setting])
    for tool in missing:
        cells.append([tool.name, "not installed", f"`{tool.install}`", "how to get it"])
    return rows(cells)


def growth(points: Sequence[tuple[int, Sequence[Run]]]) -> str:
    """Memory and time for more and more files, and what each file more takes."""
    cells = [["files", "seconds: median (least)", "µs a file", "peak MiB", "bytes a file", "bytes a file more"]]
    before: Optional[tuple[int, float]] = None
    for files, runs in points:
        times = [run.wall for run in runs]
        peak = median(run.memory for run in runs)
        more = "-" if before is None else f"{(peak - before[1]) / (files - before[0]):.0f}"
        cells.append(
            [
                str(files),
                f"{seconds(median(times))} ({seconds(min(times))})",
                f"{median(times) / files * 1e6:.2f}",
                f"{peak / MIB:.1f}",
                f"{peak / files:.0f}",
                more,
            ]
        )
        before = (files, peak)
    return rows(cells)


def growth_exponent(points: Sequence[tuple[int, float]]) -> float:
    """The power of the number of files that time grows with: the slope of the
    line through the logarithms. 1 is linear, 2 quadratic."""
    xs = [log(files) for files, _ in points]
    ys = [log(value) for _, value in points]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys))
    return above / sum((x - x_mean) ** 2 for x in xs)

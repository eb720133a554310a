"""Scans of what was scanned before: nodupe's cache beside those of its peers.

Every tool has a copy of the tree of its own, because some keep their cache in
the files' extended attributes, and a directory for caches that outlives a run.
The same files are changed in each copy before each round, so that each round has
the same share of files that no cache knows.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Callable, Mapping, Optional, Sequence

from . import runner, table, tools
from .runner import RunError, Series
from .tools import Tool

# What is said to have changed between two scans, as a part of the files.
CHANGES = (0.0, 0.01, 0.1)
WALK = "bare walk"
UNCACHED = "nodupe, no cache"
CACHED = "nodupe --cache"


@dataclass(frozen=True)
class Cached:
    """A tool with its cache, and how that is turned on."""

    tool: Tool
    # The words of its help that show that this version has one.
    needs: str = ""
    # True if the cache is in the files: then there is no empty one to begin with.
    in_files: bool = False


def peers() -> list[Cached]:
    """The peers' caches, each as its documentation says."""
    named = {peer.name: peer for peer in tools.PEERS}

    def with_cache(name: str, *options: str, without: tuple[str, ...] = ()) -> Tool:
        peer = named[name]
        search = tuple(word for word in peer.search if word not in without) + options
        return replace(peer, name=f"{name} {' '.join(options)}".strip(), search=search)

    return [
        Cached(with_cache("fclones", "--cache"), "--cache"),
        # Without it czkawka uses its cache.
        Cached(replace(with_cache("czkawka", without=("-H",)), name="czkawka with its cache")),
        Cached(with_cache("rmlint", "--xattr"), "--xattr", in_files=True),
        Cached(
            Tool(
                "fdupes --cache",
                "fdupes",
                ("-r", "-q", "--cache"),
                (),
                (),
                parse_blocks,
                "-q, compares bytes; cache of hashes in SQLite",
                "fdupes 2.3 or newer",
            ),
            "--cache",
        ),
        Cached(
            Tool(
                "jdupes -y",
                "jdupes",
                ("-r", "-q", "-Q", "-y", "."),
                ("-0",),
                (),
                tools.parse_paths0,
                "-Q trusts the hash; hash database in its working directory",
                "jdupes 1.27 or newer",
            ),
            "--hash-db",
        ),
    ]


def parse_blocks(text: bytes) -> tools.Groups:
    """Paths one a line, groups by an empty line."""
    return [[p for p in group.split(b"\n") if p] for group in text.split(b"\n\n") if group.strip()]


def has_cache(cached: Cached) -> bool:
    """Whether this version has the option."""
    if not cached.needs:
        return True
    words = [cached.tool.program, *cached.tool.search[:1]]
    ask = words if words[-1][:1].isalpha() else words[:1]
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "help")
        try:
            runner.measure([*ask, "--help"], out, 20, scratch)
        except (RunError, OSError):
            return False
        return cached.needs in Path(out).read_text(errors="replace")


def everyone(program: str, chosen: Sequence[str]) -> tuple[list[Cached], list[str]]:
    """All that take part, and why others do not."""
    walk = Tool(WALK, "/bin/sh", ("-c", 'exec find "$@" -printf %s', "sh"), (), (), parse_blocks, "find -printf %s")
    ours = [
        Cached(walk),
        Cached(replace(tools.nodupe(program), name=UNCACHED)),
        Cached(replace(tools.nodupe(program, "--cache"), name=CACHED, setting="stores settled files")),
    ]
    left_out = []
    for peer in peers():
        if peer.tool.name.split(" ")[0] not in chosen:
            continue
        found = shutil.which(peer.tool.program)
        if found is None:
            left_out.append(f"{peer.tool.name}: not installed ({peer.tool.install})")
            continue
        peer = replace(peer, tool=replace(peer.tool, program=found))
        if has_cache(peer):
            ours.append(peer)
        else:
            left_out.append(f"{peer.tool.name}: version {peer.tool.version()} has no such option")
    return ours, left_out


def chosen_files(root: Path, share: float, seed: int = 2026) -> list[Path]:
    """The files that change, relative to the root: the same in every copy, and
    those of a smaller share among those of a larger one."""
    files = sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())
    random.Random(seed).shuffle(files)
    return files[: round(len(files) * share)]


def change(root: Path, files: Sequence[Path], turn: int) -> None:
    """Gives each file another byte in its middle, of the same size."""
    for name in files:
        handle = os.open(root / name, os.O_RDWR)
        try:
            middle = os.fstat(handle).st_size // 2
            (byte,) = os.pread(handle, 1, middle)
            os.pwrite(handle, bytes([byte ^ (1 + turn % 2 * 2)]), middle)
        finally:
            os.close(handle)


class Bench:
    """Copies of one tree, one for each tool, and what the tools cache of them."""

    def __init__(self, scratch: Path, tree: Path, all_tools: Sequence[Cached], timeout: float) -> None:
        self.tools = list(all_tools)
        self.timeout = timeout
        self.scratch = scratch
        self.errors: dict[str, str] = {}
        for number, _ in enumerate(self.tools):
            shutil.copytree(tree, self.root(number), symlinks=True)
            self.home(number).mkdir()

    def root(self, number: int) -> Path:
        return self.scratch / f"tree-{number}"

    def home(self, number: int) -> Path:
        return self.scratch / f"cache-{number}"

    def run(self, number: int, home: Optional[Path] = None) -> runner.Run:
        tool = self.tools[number].tool
        command = tool.command(tool.quick, [str(self.root(number))])
        run = runner.measure(command, os.devnull, self.timeout, str(home or self.home(number)))
        if run.failure is not None:
            raise RunError(run.failure)
        return run

    def rounds(
        self,
        turns: int,
        before: Callable[[int, int], None],
        numbers: Sequence[int],
        with_empty_cache: bool = False,
    ) -> list[Series]:
        """Each tool once a round; `before` gets its number and the round's."""
        series = {number: Series(self.tools[number].tool.name) for number in numbers}
        for turn in range(turns):
            for at in runner.order(len(numbers), turn):
                number = numbers[at]
                name = self.tools[number].tool.name
                if name in self.errors:
                    continue
                try:
                    before(number, turn)
                    if with_empty_cache:
                        with tempfile.TemporaryDirectory(dir=self.scratch) as empty:
                            series[number].runs.append(self.run(number, Path(empty)))
                    else:
                        series[number].runs.append(self.run(number))
                except (RunError, OSError) as error:
                    self.errors[name] = series[number].error = str(error)
        return list(series.values())

    def disagreements(self) -> list[str]:
        """Tools that find other groups in their copy than nodupe without a cache."""
        plain = next(cached.tool for cached in self.tools if cached.tool.name == UNCACHED)
        problems = []
        for number, cached in enumerate(self.tools):
            if cached.tool.name in (WALK, UNCACHED) or cached.tool.name in self.errors:
                continue
            roots = [str(self.root(number))]
            try:
                truth, _ = tools.normalise(runner.ask(plain, roots, self.timeout)[0])
                found, _ = runner.ask(cached.tool, roots, self.timeout, str(self.home(number)))
                theirs, _ = tools.normalise(found)
            except (RunError, OSError) as error:
                self.errors[cached.tool.name] = str(error)
                continue
            answer = runner.compare(truth, theirs)
            if answer.missing or answer.extra:
                problems.append(
                    f"{cached.tool.name}: {answer.missing} groups missing, {answer.extra} more"
                )
        return problems


def wait_until_settled(seconds: float, say: Callable[[str], None]) -> None:
    """nodupe stores only files that changed some minutes ago."""
    if seconds > 0:
        say(f"  {seconds:.0f} s until the copies are settled")
        time.sleep(seconds)


def processor(series: Series) -> list[float]:
    return [run.user + run.system for run in series.runs]


def summary(results: Sequence[tuple[str, str, str, Mapping[str, Series]]]) -> str:
    """A row for each corpus, state of the page cache, and share that changed:
    wall time, and in brackets processor time."""
    head = ["corpus", "page cache", "changed", "nodupe", "/ bare walk", "/ without cache", "fastest peer", "nodupe / it"]
    cells = [head]
    for corpus, cache, changed, series in results:
        ours = series.get(CACHED)
        if ours is None or not ours.runs:
            continue
        fixed = (WALK, UNCACHED, CACHED)
        rivals = [its for name, its in series.items() if name not in fixed and its.runs and not its.error]
        fastest = min(rivals, key=lambda its: median(table.walls(its)), default=None)

        def against(other: Optional[Series]) -> str:
            if other is None or not other.runs:
                return "-"
            wall = table.ratio(table.walls(ours), table.walls(other))
            return f"{table.optional(wall)} ({table.optional(table.ratio(processor(ours), processor(other)))})"

        cells.append(
            [
                corpus,
                cache,
                changed,
                f"{table.seconds(median(table.walls(ours)))} s",
                against(series.get(WALK)),
                against(series.get(UNCACHED)),
                f"{fastest.tool} {table.seconds(median(table.walls(fastest)))} s" if fastest else "-",
                against(fastest),
            ]
        )
    return table.rows(cells)

"""Scans, and the options that they take."""

from __future__ import annotations

import datetime
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Literal, TypedDict, Unpack

from nodupe import _native
from nodupe._errors import IncompleteWarning
from nodupe._program import program
from nodupe._records import Failure, Group, Progress, Summary

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]
Hash = Literal["blake3", "xxh3", "md5"]
Executor = Literal["thread", "isolated", "process"]
Profile = Literal[
    "native", "gil", "gil-interpreters", "free-threaded", "free-threaded-interpreters"
]
TaskType = Literal["cpu", "io"]


class _CommonOptions(TypedDict, total=False):
    """The options of a scan but for ``hash``."""

    references: Iterable[AnyPath]
    """Directories whose files are originals: all are kept."""
    keep: Iterable[str]
    """Which copy is kept: ``oldest``, ``newest``, ``shortest-path``, ``glob:GLOB``..."""
    min_size: int
    """Smallest size in bytes (1: empty files are skipped)."""
    max_size: int | None
    """Largest size in bytes."""
    include: Iterable[str]
    """Only files that match one of these globs."""
    exclude: Iterable[str]
    """No file or directory that matches one of these globs."""
    include_regex: Iterable[str]
    """Only files whose path matches one of these regular expressions."""
    exclude_regex: Iterable[str]
    """No file or directory whose path matches one of these."""
    extensions: Iterable[str]
    """Only files with one of these extensions."""
    max_depth: int | None
    """How deep to descend: 1 is the files of the paths themselves."""
    hidden: bool
    """Include names that start with a dot (True)."""
    gitignore: bool
    """Skip what git ignores."""
    follow_links: bool
    """Follow symbolic links."""
    one_file_system: bool
    """Stay on the file system of each path."""
    newer_than: datetime.datetime | None
    """Only files modified at or after this time (without a zone: local time)."""
    older_than: datetime.datetime | None
    """Only files modified before this time."""
    min_copies: int
    """Smallest number of copies (2)."""
    max_copies: int | None
    """Largest number of copies; 1 with ``min_copies=1`` finds files without a copy."""
    across_roots: bool
    """Only groups with files under at least two of the paths."""
    verify: bool
    """Also compare every group byte for byte."""
    hard_links: bool
    """Report hard links to one file as duplicates of each other."""
    executor: Executor | None
    """Where files are read and hashed; None chooses."""
    executor_fallback: bool
    """Use another executor if the requested one cannot start."""
    profile: Profile
    """The rules by which the executor is chosen (``native``: those of nodupe itself)."""
    task_type: TaskType | None
    """Assume CPU-bound or I/O-bound work; None measures it."""
    workers: int | None
    """Number of workers; None adapts it."""
    timeout: float | None
    """Skip a file whose read makes no progress for so many seconds."""
    worker_memory: int | None
    """Limit on the address space of each worker process, in bytes."""


class ScanOptions(_CommonOptions, total=False):
    """The options of a scan, named as those of the command ``nodupe scan``."""

    hash: Hash
    """``blake3`` (the default), or ``xxh3`` or ``md5``, which can be forged."""


_DEFAULTS: ScanOptions = {
    "references": (),
    "keep": (),
    "min_size": 1,
    "max_size": None,
    "include": (),
    "exclude": (),
    "include_regex": (),
    "exclude_regex": (),
    "extensions": (),
    "max_depth": None,
    "hidden": True,
    "gitignore": False,
    "follow_links": False,
    "one_file_system": False,
    "newer_than": None,
    "older_than": None,
    "min_copies": 2,
    "max_copies": None,
    "across_roots": False,
    "hash": "blake3",
    "verify": False,
    "hard_links": False,
    "executor": None,
    "executor_fallback": False,
    "profile": "native",
    "task_type": None,
    "workers": None,
    "timeout": None,
    "worker_memory": None,
}
_TEXTS = ("keep", "include", "exclude", "include_regex", "exclude_regex", "extensions")
# As for the program: see its help.
_MAX_WORKERS = 1024
_MIN_TIMEOUT = 0.1
_MIN_WORKER_MEMORY = 64 << 20


def paths_of(paths: AnyPath | Iterable[AnyPath]) -> list[str]:
    """One path or several, as text that stands for their exact bytes."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        paths = [paths]
    return [os.fsdecode(path) for path in paths]


def _nanoseconds(time: datetime.datetime | None) -> int | None:
    if time is None:
        return None
    epoch = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return (time.astimezone(datetime.timezone.utc) - epoch) // datetime.timedelta(
        microseconds=1
    ) * 1000


def _checked(given: ScanOptions) -> SimpleNamespace:
    unknown = set(given) - set(_DEFAULTS)
    if unknown:
        raise TypeError(f"unknown option {sorted(unknown)[0]!r}")
    values: dict[str, Any] = {**_DEFAULTS, **given}
    values["references"] = paths_of(values["references"])
    for name in _TEXTS:
        if isinstance(values[name], str):
            raise TypeError(f"{name} must be a list of strings, not a string")
        values[name] = list(values[name])
    for name in ("newer_than", "older_than"):
        values[name] = _nanoseconds(values[name])
    options = SimpleNamespace(**values)
    limits = (
        ("workers", options.workers, 1, _MAX_WORKERS),
        ("timeout", options.timeout, _MIN_TIMEOUT, float("inf")),
        ("worker_memory", options.worker_memory, _MIN_WORKER_MEMORY, float("inf")),
        ("min_copies", options.min_copies, 1, float("inf")),
    )
    for name, value, least, most in limits:
        if value is not None and not least <= value <= most:
            raise ValueError(f"invalid {name} {value}: must be {least} to {most}")
    if options.max_size is not None and options.min_size > options.max_size:
        raise ValueError("min_size is larger than max_size")
    if options.worker_memory is not None:
        # Only processes have a limit of their own.
        options.executor = "process"
    return options


class Scan(Iterator[Group]):
    """A running scan: iterate over it for its groups, the largest files first.

    Each group comes as soon as it is final. The scan runs on threads of its own
    (or in worker processes), without the interpreter's lock. Ctrl-C, or leaving a
    ``with`` block, ends it.
    """

    def __init__(
        self,
        paths: AnyPath | Iterable[AnyPath],
        on_progress: Callable[[Progress], object] | None,
        options: ScanOptions,
    ) -> None:
        checked = _checked(options)
        checked.program = program(missing_ok=True)
        self._native = _native.Scan(paths_of(paths), checked, on_progress)

    def __iter__(self) -> Scan:
        return self

    def __next__(self) -> Group:
        return next(self._native)

    def __enter__(self) -> Scan:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def cancel(self) -> None:
        """Ask the scan to end soon. What it confirmed so far still comes.

        Safe from any thread.
        """
        self._native.cancel()

    def close(self) -> None:
        """Cancel the scan and drop what has not been taken from it."""
        self._native.close()

    @property
    def summary(self) -> Summary | None:
        """The totals; None until the iteration ended."""
        return self._native.summary

    @property
    def errors(self) -> list[Failure] | None:
        """The paths that were skipped; None until the iteration ended."""
        return self._native.errors


def scan(
    paths: AnyPath | Iterable[AnyPath],
    *,
    on_progress: Callable[[Progress], object] | None = None,
    **options: Unpack[ScanOptions],
) -> Scan:
    """Find the files with identical content among ``paths``.

    >>> with nodupe.scan("Photos", min_size=1 << 20) as scan:
    ...     for group in scan:
    ...         print(group.size, [file.path for file in group.files])
    >>> scan.errors
    []

    ``on_progress`` is called about ten times a second, on the thread that iterates.
    """
    return Scan(paths, on_progress, options)


def find_duplicates(
    paths: AnyPath | Iterable[AnyPath],
    hash: Hash = "blake3",
    **options: Unpack[_CommonOptions],
) -> dict[str, list[Path]]:
    """The files with identical content: digest to paths.

    Paths that could not be read are in none of the lists; an `IncompleteWarning`
    says how many there are.

    >>> for digest, paths in nodupe.find_duplicates(["data"], hash="md5").items():
    ...     print(digest, paths)
    """
    with scan(paths, hash=hash, **options) as running:
        found = {
            group.digest: [file.path for file in group.files]
            for group in running
            if group.digest is not None
        }
        errors = running.errors or []
    if errors:
        first = errors[0]
        warnings.warn(
            f"{len(errors)} paths could not be read, the first: {first.path}: {first.message}",
            IncompleteWarning,
            stacklevel=2,
        )
    return found

"""Acting on duplicates, and comparing directories, with the program.

Whatever changes files is done by the program that came with the module, in a
process of its own: with the same proofs, journal and recovery, and the same answer
to signals. Nothing of that is written a second time here.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from nodupe._errors import ProgramError
from nodupe._program import program
from nodupe._records import Failure, File, Group
from nodupe._scan import AnyPath, paths_of

Json = Mapping[str, Any]


class ActOptions(TypedDict, total=False):
    """Options of ``nodupe remove``, ``link``, ``dedupe`` and ``move``.

    Those that select files or groups, and ``reference``, go with paths alone.
    """

    reference: Iterable[AnyPath]
    keep: Iterable[str]
    min_size: int | str
    max_size: int | str
    include: Iterable[str]
    exclude: Iterable[str]
    include_regex: Iterable[str]
    exclude_regex: Iterable[str]
    extension: Iterable[str]
    max_depth: int
    no_hidden: bool
    gitignore: bool
    follow_links: bool
    one_file_system: bool
    newer_than: str
    older_than: str
    across_roots: bool
    min_copies: int
    preset: Literal["home", "code"]
    hash: Literal["blake3", "xxh3", "md5"]
    verify: bool
    only_under: Iterable[AnyPath]
    keep_all_under: Iterable[str]
    leave: int
    require_lease: bool
    include_vcs: bool
    journal: AnyPath
    config: AnyPath
    no_config: bool


@dataclass(frozen=True, slots=True)
class ActedFile:
    """What became of one file."""

    path: Path
    """Its first name."""
    hard_links: tuple[Path, ...]
    """Its other names, which were acted on too."""
    size: int
    """Its length in bytes."""
    result: Literal["done", "skipped", "failed"]
    """``done`` (in a dry run: would be), or left alone, or refused by the system."""
    reason: str | None
    """Why not, for programs."""
    message: str | None
    """Why not, for people."""
    keeper: Path | None
    """The kept file that it was compared with."""
    destination: Path | None
    """Where it was moved to."""
    proof: Literal["lease", "times", "kernel"] | None
    """What shows that nobody wrote to it meanwhile."""
    freed_bytes: int
    """Bytes that this freed."""


@dataclass(frozen=True, slots=True)
class ActReport:
    """What a run did."""

    operation: str
    """``remove``, ``trash``, ``hard-link``, ``symbolic-link``, ``dedupe``, ``move``, ``undo``."""
    dry_run: bool
    """True if nothing was changed."""
    run: int | None
    """Its number, for `undo`; None if it changed nothing."""
    interrupted: bool
    """True if it ended between two files."""
    files: tuple[ActedFile, ...]
    """The files, in the order in which they were acted on."""
    errors: tuple[Failure, ...]
    """Paths that the scan before it could not process."""
    freed_bytes: int
    """Bytes that it freed."""
    document: Json
    """All of the program's report: see ``nodupe schema act``."""

    @property
    def complete(self) -> bool:
        """True if every file was acted on and every path could be read."""
        left = any(file.result != "done" for file in self.files)
        return not (left or self.errors or self.interrupted)


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of the journal."""

    run: int
    """Its number."""
    command: tuple[str, ...]
    """The command that it was."""
    started: str
    """When it began (RFC 3339)."""
    files: int
    """How many files it changed."""
    freed_bytes: int
    """Bytes that it freed."""
    undo: str
    """What can be taken back of it, as far as the journal tells."""
    undo_files: int
    """How many files can be taken back."""


@dataclass(frozen=True, slots=True)
class DiffReport:
    """The comparison of two directories."""

    answer: str
    """``all-in-b``, ``only-in-a`` or ``not-proved``: see ``nodupe schema diff``."""
    only_in_a: tuple[Path, ...]
    """What of A is not in B."""
    only_in_b: tuple[Path, ...]
    """What of B is not in A."""
    not_compared: tuple[Path, ...]
    """What nothing is known of."""
    errors: tuple[Failure, ...]
    """Paths that could not be processed."""
    document: Json
    """All of the program's report."""

    @property
    def contained(self) -> bool:
        """True if everything in A is proved to be in B too."""
        return self.answer == "all-in-b"


def _path(record: Any) -> Path:
    """A path of a report: text, or text and the exact bytes."""
    if isinstance(record, str):
        return Path(record)
    exact = record.get("path_bytes")
    return Path(record["path"] if exact is None else os.fsdecode(base64.b64decode(exact)))


def _optional(record: Any) -> Path | None:
    return None if record is None else _path(record)


def _failures(document: Json) -> tuple[Failure, ...]:
    return tuple(
        Failure(_path(error), error["stage"], error["kind"], error["message"])
        for error in document["errors"]
    )


def _exact(path: Path) -> dict[str, str]:
    """A path as a report has it."""
    name = os.fsencode(path)
    try:
        return {"path": name.decode()}
    except UnicodeDecodeError:
        text = name.decode(errors="replace")
        return {"path": text, "path_bytes": base64.b64encode(name).decode()}


def _time(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    whole = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _file_record(file: File) -> Json:
    return {
        **_exact(file.path),
        "dev": file.dev,
        "ino": file.ino,
        "modified": _time(file.modified_ns),
        "changed": _time(file.changed_ns),
        "links": file.links,
        "hard_links": [_exact(path) for path in file.hard_links],
        "reference": file.reference,
        "keep": file.keep,
    }


def _report(groups: list[Group]) -> bytes:
    """The groups as a report of a scan, which the program acts on."""
    hashes = {group.hash for group in groups}
    if len(hashes) > 1:
        raise ValueError("the groups are of scans with different hashes")
    document = {
        "version": 1,
        "interrupted": False,
        "working_directory": os.getcwd(),
        "roots": [],
        "hash": hashes.pop(),
        "groups": [
            {
                "digest": group.digest,
                "size": group.size,
                "files": [_file_record(file) for file in group.files],
            }
            for group in groups
        ],
    }
    return json.dumps(document).encode()


def _flags(options: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    flags: list[str] = []
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"unknown option {name!r}")
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            flags.append(flag)
            continue
        if isinstance(value, (str, bytes, int, os.PathLike)):
            value = [value]
        for one in value:
            text = str(one) if isinstance(one, int) else os.fsdecode(one)
            # One word: a value may begin with a dash.
            flags.append(f"{flag}={text}")
    return flags


def _run(
    command: str, arguments: list[str], given: bytes | None = None, accepted: Iterable[int] = ()
) -> Json:
    words = [str(program()), command, "--format=json", *arguments]
    running = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        answer, told = running.communicate(given)
    except KeyboardInterrupt:
        # It ends between two files, and says what it did in the journal. A terminal
        # has told it already; twice does no harm to the files.
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
            running.communicate()
        raise
    except BaseException:
        running.kill()
        running.wait()
        raise
    message = told.decode(errors="replace").strip().removeprefix("nodupe: error: ")
    if running.returncode not in (0, 3, 130, *accepted) or not answer:
        raise ProgramError(message or f"nodupe {command} ended with status {running.returncode}")
    document: Json = json.loads(answer)
    return document


def _acted(document: Json) -> ActReport:
    files = tuple(
        ActedFile(
            path=_path(file),
            hard_links=tuple(_path(name) for name in file["hard_links"]),
            size=file["size"],
            result=file["result"],
            reason=file["reason"],
            message=file["message"],
            keeper=_optional(file["keeper"]),
            destination=_optional(file["destination"]),
            proof=file["proof"],
            freed_bytes=file["freed_bytes"],
        )
        for file in document["files"]
    )
    totals = document["totals"]
    return ActReport(
        operation=document["operation"],
        dry_run=document["dry_run"],
        run=totals["run"],
        interrupted=totals["interrupted"],
        files=files,
        errors=_failures(document),
        freed_bytes=totals["freed_bytes"],
        document=document,
    )


def _consent(yes: bool, dry_run: bool) -> str:
    if yes == dry_run:
        raise TypeError("either yes=True or dry_run=True is required")
    return "--yes" if yes else "--dry-run"


def _act(
    command: str,
    what: AnyPath | Iterable[AnyPath] | Iterable[Group],
    consent: str,
    own: list[str],
    options: ActOptions,
) -> ActReport:
    arguments = [consent, *own, *_flags(options, ActOptions.__annotations__)]
    if isinstance(what, (str, bytes, os.PathLike)):
        what = [what]
    listed = list(what)
    groups = [one for one in listed if isinstance(one, Group)]
    if len(groups) == len(listed) and groups:
        report = _report(groups)
        return _acted(_run(command, [*arguments, "--report=-"], report))
    if groups:
        raise TypeError("either paths or groups, not both")
    paths = paths_of(path for path in listed if not isinstance(path, Group))
    if not paths:
        raise ValueError("nothing to act on: neither a path nor a group")
    return _acted(_run(command, [*arguments, "--", *paths]))


def remove(
    what: AnyPath | Iterable[AnyPath] | Iterable[Group],
    *,
    yes: bool = False,
    dry_run: bool = False,
    trash: bool = False,
    prune_empty_dirs: bool = False,
    **options: Unpack[ActOptions],
) -> ActReport:
    """Remove redundant files, so that one copy of each content stays.

    ``what`` is paths, which are scanned, or groups of a scan: of those, files with
    ``keep`` stay. Each file is opened and compared with the kept one again, byte for
    byte, and `undo` takes everything back. ``yes=True`` or ``dry_run=True`` is
    required.
    """
    own = ["--trash"] * trash + ["--prune-empty-dirs"] * prune_empty_dirs
    return _act("remove", what, _consent(yes, dry_run), own, options)


def link(
    what: AnyPath | Iterable[AnyPath] | Iterable[Group],
    *,
    yes: bool = False,
    dry_run: bool = False,
    symbolic: bool = False,
    ignore_metadata: bool = False,
    **options: Unpack[ActOptions],
) -> ActReport:
    """Replace redundant files by links to the kept one. See `remove`."""
    own = ["--symbolic"] * symbolic + ["--ignore-metadata"] * ignore_metadata
    return _act("link", what, _consent(yes, dry_run), own, options)


def dedupe(
    what: AnyPath | Iterable[AnyPath] | Iterable[Group],
    *,
    yes: bool = False,
    dry_run: bool = False,
    **options: Unpack[ActOptions],
) -> ActReport:
    """Let identical files share their blocks (btrfs, XFS). See `remove`."""
    return _act("dedupe", what, _consent(yes, dry_run), [], options)


def move(
    what: AnyPath | Iterable[AnyPath] | Iterable[Group],
    to: AnyPath,
    *,
    yes: bool = False,
    dry_run: bool = False,
    prune_empty_dirs: bool = False,
    **options: Unpack[ActOptions],
) -> ActReport:
    """Move redundant files below the directory ``to``. See `remove`."""
    own = [f"--to={os.fsdecode(to)}"] + ["--prune-empty-dirs"] * prune_empty_dirs
    return _act("move", what, _consent(yes, dry_run), own, options)


def undo(
    run: int | None = None,
    *,
    yes: bool = False,
    dry_run: bool = False,
    journal: AnyPath | None = None,
) -> ActReport:
    """Take back a run: the latest that was not taken back, or that number."""
    arguments = [_consent(yes, dry_run), *_flags({"journal": journal}, ("journal",))]
    return _acted(_run("undo", arguments + ([] if run is None else [str(run)])))


def history(*, journal: AnyPath | None = None) -> list[PastRun]:
    """The runs that changed files, the latest first."""
    document = _run("history", _flags({"journal": journal}, ("journal",)))
    return [
        PastRun(
            run=run["run"],
            command=tuple(str(_path(word)) for word in run["command"]),
            started=run["started"],
            files=run["files"],
            freed_bytes=run["freed_bytes"],
            undo=run["undo"],
            undo_files=run["undo_files"],
        )
        for run in document["runs"]
    ]


def diff(a: AnyPath, b: AnyPath) -> DiffReport:
    """Compare two directories by content: is everything in ``a`` also in ``b``?"""
    document = _run("diff", ["--", *paths_of([a, b])], accepted=(1,))
    return DiffReport(
        answer=document["answer"],
        only_in_a=tuple(_path(entry) for entry in document["only_in_a"]),
        only_in_b=tuple(_path(entry) for entry in document["only_in_b"]),
        not_compared=tuple(_path(entry) for entry in document["not_compared"]),
        errors=_failures(document),
        document=document,
    )

"""What a scan yields: plain immutable values."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def _time(nanoseconds: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=nanoseconds // 1000)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a group, with all names under which the scan found it."""

    path: Path
    """Its first name in byte order, from the path to scan on."""
    hard_links: tuple[Path, ...]
    """Its other names."""
    size: int
    """Its length in bytes."""
    modified_ns: int
    """When its content was changed last, in nanoseconds since 1970."""
    changed_ns: int
    """When its inode was changed last (``st_ctime_ns``)."""
    dev: int
    """Its device number."""
    ino: int
    """Its inode number."""
    links: int
    """How many hard links it has, those outside the scan included."""
    reference: bool
    """True if it is under a reference directory."""
    keep: bool
    """True if it is to stay when redundant files are removed."""

    @property
    def names(self) -> tuple[Path, ...]:
        """All its names."""
        return (self.path, *self.hard_links)

    @property
    def modified(self) -> datetime.datetime:
        """When its content was changed last, in UTC, to the microsecond."""
        return _time(self.modified_ns)


@dataclass(frozen=True, slots=True)
class Group:
    """Files with identical content."""

    digest: str | None
    """The digest of the content, in hexadecimal digits; None if it was not needed."""
    hash: Literal["blake3", "xxh3", "md5"]
    """The hash that the digest is of."""
    size: int
    """The length of each file in bytes."""
    files: tuple[File, ...]
    """The files: those to keep first, then by path."""
    proof: Literal["digest", "bytes", "unread"]
    """How it is known that they are identical: ``bytes`` with ``verify=True``."""
    duplicates: int
    """Number of redundant files."""
    reclaimable_bytes: int
    """Bytes that removing all redundant files would free."""
    linked_outside_bytes: int
    """Bytes that it would not free: other hard links keep them."""
    shared_bytes: int
    """Bytes that it would not free: clones or snapshots share them."""

    @property
    def kept(self) -> tuple[File, ...]:
        """The files to keep."""
        return tuple(file for file in self.files if file.keep)

    @property
    def redundant(self) -> tuple[File, ...]:
        """The files not to keep."""
        return tuple(file for file in self.files if not file.keep)


@dataclass(frozen=True, slots=True)
class Failure:
    """A path that a scan skipped. It is in no group."""

    path: Path
    """The path, as far as it is known."""
    stage: str
    """Where it failed: ``walk``, ``partial``, ``full`` or ``verify``."""
    kind: str
    """The reason, for programs: ``permission``, ``changed`` and so on."""
    message: str
    """The reason, for people."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is."""

    walking: bool
    """True while directories are still being listed."""
    directories: int
    """Directories found."""
    files: int
    """Files found that take part."""
    bytes_found: int
    """Their bytes."""
    bytes_to_read: int
    """Estimated bytes to read, those already read included."""
    bytes_read: int
    """Bytes read."""
    errors: int
    """Paths that could not be processed."""
    current: Path | None
    """A directory that was listed recently."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The totals of a scan."""

    complete: bool
    """True if everything selected was examined."""
    interrupted: bool
    """True if the scan was cancelled."""
    files: int
    """Files that were selected; hard links to one file count once."""
    bytes: int
    """Their bytes."""
    groups: int
    """Groups found."""
    duplicates: int
    """Redundant files in them."""
    reclaimable_bytes: int
    """Bytes that removing those would free."""
    bytes_read: int
    """Bytes that were read."""
    seconds: float
    """How long it took."""
    executor: str
    """What read and hashed the files: ``thread``, ``isolated`` or ``process``."""
    workers: int
    """Number of workers at the end."""
    reason: str
    """Why that executor was chosen."""

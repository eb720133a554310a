"""The trees that are measured, made from a seed: the same on every machine.

A corpus is planned first, as a list of files with a number for the content of
each, and then written. Files with the same number are copies, so the plan knows
how many groups there are before any tool is asked.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import random
import string
from collections import Counter
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable, Iterable, Iterator, NamedTuple, Sequence, Union

# Goes up with every change to what is written, so that no old tree is reused.
VERSION = 1
SEED = 2026

KIB = 1024
MIB = 1024 * KIB

# The digits that make a content unique. Shorter files are random bytes, which
# collide now and then; the plan looks at those bytes to know which do.
STAMP = 8
POOL = 4 * MIB
UNEDITED = -1


class File(NamedTuple):
    """A file to write. `edit` is the one byte that differs from the content."""

    path: str
    size: int
    content: int
    edit: int = UNEDITED


@dataclass(frozen=True)
class Recipe:
    """How a corpus comes to be, and what it is there to show."""

    title: str
    plan: Callable[[random.Random, float], list[File]]


@dataclass(frozen=True)
class Manifest:
    """What is in a corpus; one that was made differently is not reused."""

    name: str
    version: int
    seed: int
    scale: float
    files: int
    bytes: int
    groups: int


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk."""

    title: str
    root: Path
    manifest: Manifest


class CorpusError(Exception):
    """A corpus cannot be made or used; the message says what to do."""


# Plans


def count(number: int, scale: float) -> int:
    return max(3, round(number * scale))


def tree_size(rng: random.Random) -> int:
    """The size of a file in a tree of programs, sources and documents.

    A log-normal body with a Pareto tail is the shape that studies of real file
    systems found (Agrawal et al., "A Five-Year Study of File-System Metadata",
    FAST 2007, and "Generating Realistic Impressions for File-System
    Benchmarking", FAST 2009). Its parameters are chosen for the median of 2 to 4
    KiB and the mean of 20 to 50 KiB that a `/usr` has.
    """
    if rng.random() < 1 / 20_000:
        return min(int(8 * MIB * rng.paretovariate(1.1)), 256 * MIB)
    return min(max(1, int(rng.lognormvariate(8.0, 1.95))), 64 * MIB)


def plan_tree(rng: random.Random, scale: float) -> list[File]:
    """A tree as people have them, a third of it copies.

    Half of the copies come as whole directories, as backups and vendored
    sources do. Single ones are drawn from all files so far, copies included,
    which makes few groups large and many small. One fresh file in fifty is an
    earlier one with a byte changed: equal in size and for the most part.
    """
    wanted = count(200_000, scale)
    syllables = ["ba", "co", "di", "fer", "gu", "lan", "mo", "nit", "ra", "ste", "tu", "vel"]
    endings = ["c", "h", "rs", "py", "html", "txt", "json", "png", "so", "gz", "svg", "mo"]
    files: list[File] = []
    directories = [("", 0)]
    spans: list[tuple[int, int]] = []
    copies = 0

    def name() -> str:
        return "".join(rng.choices(syllables, k=rng.randint(1, 4)))

    while len(files) < wanted:
        parent, depth = rng.choice(directories)
        if depth >= 10:
            continue
        directory = f"{parent}{name()}-{len(directories)}/"
        directories.append((directory, depth + 1))
        start = len(files)
        behind = spans and copies * 3 < len(files)
        if behind and rng.random() < 0.5:
            first, last = rng.choice(spans)
            for original in files[first:last]:
                files.append(original._replace(path=directory + os.path.basename(original.path)))
            copies += last - first
        else:
            for number in range(1 + min(int(rng.lognormvariate(1.8, 1.0)), 200)):
                path = f"{directory}{name()}{number}.{rng.choice(endings)}"
                if behind:
                    files.append(rng.choice(files)._replace(path=path))
                    copies += 1
                    continue
                fresh = File(path, tree_size(rng), len(files))
                if files and rng.random() < 0.02:
                    old = rng.choice(files)
                    if old.size > STAMP and old.edit == UNEDITED:
                        fresh = old._replace(path=path, edit=rng.randrange(old.size))
                files.append(fresh)
        spans.append((start, len(files)))
    return files[:wanted]


def plan_flat(
    rng: random.Random, wanted: int, copies: float, size: Callable[[], int], top: str = ""
) -> list[File]:
    """Directories of 250 files, a share of which are copies."""
    files: list[File] = []
    for number in range(wanted):
        path = f"{top}{number // 25_000:02}/{number // 250 % 100:02}/{number:07}"
        if files and rng.random() < copies:
            files.append(rng.choice(files)._replace(path=path))
        else:
            files.append(File(path, size(), number))
    return files


def plan_small(rng: random.Random, scale: float) -> list[File]:
    return plan_flat(rng, count(500_000, scale), 0.3, lambda: rng.randint(1, 3_000))


def plan_large(rng: random.Random, scale: float) -> list[File]:
    """Families of five files of one size: two copies, and one each with a
    byte changed near the head, in the middle, and near the tail.

    Scaled, there are fewer families of smaller files, the root of it each, for
    one family of full size is no small version.
    """
    root = math.sqrt(scale)
    files: list[File] = []
    for family in range(max(2, round(27 * root))):
        size = int(rng.randint(16 * MIB, 64 * MIB) * root)
        near = rng.randrange(STAMP, min(4 * KIB, size // 2))
        edits = [UNEDITED, UNEDITED, near, size // 2, size - 1 - near]
        rng.shuffle(edits)
        for number, edit in enumerate(edits):
            files.append(File(f"{family:02}/{number}.img", size, family, edit))
    return files


def plan_medium(rng: random.Random, scale: float) -> list[File]:
    """Sizes spread evenly over their logarithm: more small than large ones."""
    low, high = math.log(100 * KIB), math.log(2 * MIB)
    size = lambda: int(math.exp(rng.uniform(low, high)))  # noqa: E731
    return plan_flat(rng, count(20_000, scale), 1 / 3, size)


def plan_start(_: random.Random, __: float) -> list[File]:
    return [File("one", 1_000, 1), File("two", 1_000, 1), File("three", 1_000, 3)]


def plan_growth(rng: random.Random, scale: float) -> list[File]:
    """Two million files, of which a quarter, a half or all can be scanned."""
    files: list[File] = []
    for top, number in (("0/", 500_000), ("1/", 500_000), ("2/", 1_000_000)):
        part = plan_flat(rng, count(number, scale), 0, lambda: rng.randint(1, 16), top)
        files += [file._replace(content=len(files) + n) for n, file in enumerate(part)]
    return files


RECIPES: dict[str, Recipe] = {
    "A": Recipe("a tree like real ones: 200,000 files, sizes log-normal, a third copies", plan_tree),
    "B": Recipe("500,000 files of 1-3,000 bytes, 30 % copies", plan_small),
    "C": Recipe("135 files of 16-64 MiB, most of them one byte from a copy", plan_large),
    "D": Recipe("20,000 files of 100 KiB-2 MiB, a third copies", plan_medium),
    "E": Recipe("three files: what starting costs", plan_start),
    "memory": Recipe("2,000,000 files of 1-16 bytes", plan_growth),
}


def plan(name: str, scale: float, seed: int = SEED) -> list[File]:
    return RECIPES[name].plan(random.Random(f"{VERSION}/{seed}/{name}"), scale)


def group_count(files: Iterable[File], seed: int = SEED) -> int:
    """How many groups of at least two files with the same bytes there are."""
    identities: Counter[Union[bytes, tuple[int, int, int]]] = Counter()
    for file in files:
        if file.size < STAMP:
            identities[source(seed, file).randbytes(file.size)] += 1
        else:
            identities[file.size, file.content, file.edit] += 1
    return sum(1 for number in identities.values() if number > 1)


# Content


def source(seed: int, file: File) -> random.Random:
    return random.Random(seed << 40 | file.content)


class Writer:
    """Writes the content of files.

    It is cut from two pools, of words and of bytes with runs of zeros, for
    Python would take longer to make every byte up than the disk to take it.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        rng = random.Random(seed)
        # Letters only, so that a stamp of digits occurs nowhere else.
        letters = string.ascii_lowercase
        words = ["".join(rng.choices(letters, k=rng.randint(1, 10))) for _ in range(5_000)]
        weights = [1 / rank for rank in range(1, len(words) + 1)]
        text = " ".join(rng.choices(words, weights, k=POOL // 4)).encode()
        binary = bytearray(rng.randbytes(POOL))
        for _ in range(200):
            start, length = rng.randrange(POOL), rng.randint(64, 8 * KIB)
            binary[start : start + length] = bytes(len(binary[start : start + length]))
        self.text = memoryview(text[:POOL].ljust(POOL))
        self.binary = memoryview(bytes(binary))

    def pieces(self, rng: random.Random, size: int) -> Iterator[memoryview]:
        """Parts of a pool that make `size` bytes together."""
        pool = self.text if size < MIB and rng.random() < 0.7 else self.binary
        start = rng.randrange(POOL)
        while size > 0:
            piece = pool[start : start + size]
            yield piece
            size -= len(piece)
            start = 0

    def write(self, path: str, file: File) -> None:
        rng = source(self.seed, file)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            if file.size < STAMP:
                os.write(handle, rng.randbytes(file.size))
                return
            written = os.writev(handle, list(self.pieces(rng, file.size)))
            if written != file.size:
                raise CorpusError(f"{path}: {written} of {file.size} bytes written")
            # Contents differ early, in the middle or late, as luck will have it.
            place = rng.choice((0, (file.size - STAMP) // 2, file.size - STAMP))
            os.pwrite(handle, b"%08d" % file.content, place)
            if file.edit != UNEDITED:
                (byte,) = os.pread(handle, 1, file.edit)
                # 128 is in neither text nor digits: no edit makes another stamp.
                os.pwrite(handle, bytes([byte ^ 128]), file.edit)
        finally:
            os.close(handle)


# Made once in each process, for the pools take a while.
writer = lru_cache(maxsize=1)(Writer)


def write_batch(batch: tuple[int, str, Sequence[File]]) -> None:
    seed, root, files = batch
    for file in files:
        writer(seed).write(f"{root}/{file.path}", file)


def write(root: Path, files: Sequence[File], seed: int = SEED) -> None:
    """Write planned files below a directory that does not exist yet."""
    root.mkdir(parents=True)
    for directory in dict.fromkeys(os.path.dirname(file.path) for file in files):
        os.makedirs(root / directory, exist_ok=True)
    step = max(1, min(2_000, len(files) // 16))
    batches = [
        (seed, str(root), files[start : start + step]) for start in range(0, len(files), step)
    ]
    if sum(file.size for file in files) < 64 * MIB and len(files) < 5_000:
        # Not worth the start of processes.
        for batch in batches:
            write_batch(batch)
        return
    with multiprocessing.Pool() as pool:
        for _ in pool.imap_unordered(write_batch, batches):
            pass


# On disk


def needs(files: Iterable[File], block: int) -> int:
    return sum(-(-file.size // block) * block for file in files)


def check_space(root: Path, name: str, files: Sequence[File]) -> int:
    """The bytes a corpus takes on this file system, or an error if they are
    not there. A tenth is left over for directories and whoever else writes."""
    space = os.statvfs(root)
    needed = needs(files, space.f_frsize)
    free = space.f_bavail * space.f_frsize
    if needed * 1.1 > free:
        raise CorpusError(
            f"{name} needs {needed / 1e9:.1f} GB and some more, {root} has {free / 1e9:.1f} GB free"
        )
    # Zero where the file system makes inodes as it goes.
    if space.f_files and len(files) * 1.1 > space.f_favail:
        raise CorpusError(f"{name} needs {len(files)} inodes, {root} has {space.f_favail}")
    return needed


def make(
    parent: Path, name: str, scale: float, say: Callable[[str], None], seed: int = SEED
) -> Corpus:
    """The corpus of this name, made if it is not there yet.

    Nothing is ever removed: what cannot be reused is for the user to delete.
    """
    recipe = RECIPES[name]
    label = name if scale == 1 else f"{name}@{scale:g}"
    root = parent / label
    record = parent / f"{label}.json"
    if root.exists():
        try:
            manifest = Manifest(**json.loads(record.read_text()))
        except (OSError, ValueError, TypeError):
            raise CorpusError(f"{root} was not finished, or is no corpus: remove it") from None
        if (manifest.version, manifest.seed, manifest.scale) != (VERSION, seed, scale):
            raise CorpusError(f"{root} is of another version or seed: remove it")
        return Corpus(recipe.title, root, manifest)
    files = plan(name, scale, seed)
    parent.mkdir(parents=True, exist_ok=True)
    needed = check_space(parent, name, files)
    total = sum(file.size for file in files)
    say(f"making {label}: {len(files)} files, {total / 1e9:.2f} GB, {needed / 1e9:.2f} GB on disk")
    write(root, files, seed)
    os.sync()
    manifest = Manifest(name, VERSION, seed, scale, len(files), total, group_count(files, seed))
    # Written last: a corpus without it was interrupted.
    record.write_text(json.dumps(asdict(manifest), indent=1) + "\n")
    return Corpus(recipe.title, root, manifest)

"""nodupe and its peers: how each is asked, and how its answer is read.

Every tool runs at the fastest setting that still reads whole files and may be
believed: options that only compare parts of files, and caches of earlier runs,
are left out. `exact` options make it name its groups in a form that keeps any
name; `quick` ones make it print as little as it can with the groups in it.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import Callable, Iterable, Optional, Sequence

Groups = list[list[bytes]]
Inode = tuple[int, int]

# Stands for the file to write in the options of tools that do not write their
# exact form to standard output.
OUT = "{out}"


def parse_paths0(text: bytes) -> Groups:
    """Paths ended by NUL, groups by one NUL more."""
    return [[p for p in group.split(b"\0") if p] for group in text.split(b"\0\0") if group.strip(b"\0")]


def parse_nodupe(text: bytes) -> Groups:
    """Files in groups; the bytes of a path that is not UTF-8 stand beside it."""

    def names(file: dict) -> Iterable[bytes]:
        for name in (file, *file["hard_links"]):
            if isinstance(name, str):
                yield name.encode()
            elif "path_bytes" in name:
                yield base64.b64decode(name["path_bytes"])
            else:
                yield name["path"].encode()

    groups = json.loads(text)["groups"]
    return [[name for file in group["files"] for name in names(file)] for group in groups]


def parse_fclones(text: bytes) -> Groups:
    return [[os.fsencode(path) for path in group["files"]] for group in json.loads(text)["groups"]]


def parse_lists(text: bytes) -> Groups:
    return [[os.fsencode(path) for path in group] for group in json.loads(text)]


def parse_rmlint(text: bytes) -> Groups:
    """One list of files; each group starts with its original."""
    groups: Groups = []
    for entry in json.loads(text):
        if entry.get("type") == "duplicate_file":
            if entry["is_original"] or not groups:
                groups.append([])
            groups[-1].append(os.fsencode(entry["path"]))
    return groups


def parse_czkawka(text: bytes) -> Groups:
    """Lists of files, below a key for each size."""
    groups: Groups = []

    def search(value: object) -> None:
        if isinstance(value, dict):
            for part in value.values():
                search(part)
        elif isinstance(value, list):
            paths = [part["path"] for part in value if isinstance(part, dict) and "path" in part]
            if paths:
                groups.append([os.fsencode(path) for path in paths])
            else:
                for part in value:
                    search(part)

    search(json.loads(text))
    return groups


def parse_krill(text: bytes) -> Groups:
    """Groups of inodes of paths."""
    return [
        [os.fsencode(path) for inode in group for path in inode]
        for group in json.loads(text)["dupes"]
    ]


@dataclass(frozen=True)
class Tool:
    """A tool in one setting."""

    name: str
    program: str
    search: tuple[str, ...]
    exact: tuple[str, ...]
    quick: tuple[str, ...]
    parse: Callable[[bytes], Groups]
    setting: str
    install: str = ""
    root_option: Optional[str] = None

    def command(self, options: Iterable[str], roots: Sequence[str]) -> list[str]:
        last = list(roots)
        if self.root_option:
            last = [part for root in roots for part in (self.root_option, root)]
        return [self.program, *self.search, *options, *last]

    def version(self) -> str:
        try:
            done = subprocess.run(
                [self.program, "--version"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        found = re.search(rb"\d+(\.\d+)+", done.stdout)
        return found.group().decode() if found else "unknown"


PEERS: tuple[Tool, ...] = (
    Tool(
        "fclones",
        "fclones",
        ("group", "--hidden", "--no-ignore", "--min", "1", "-t", "16"),
        ("-f", "json"),
        ("-f", "fdupes"),
        parse_fclones,
        "16 threads for reading, more than it takes by itself; metro hash, 128 bits; no cache",
        "cargo install fclones",
    ),
    Tool(
        "yadf",
        "yadf",
        ("--min", "1"),
        ("-f", "json"),
        ("-f", "fdupes"),
        parse_lists,
        "as it comes; highway hash, 64 bits",
        "cargo install yadf",
    ),
    Tool(
        "jdupes",
        "jdupes",
        # -H would list hard links.
        ("-r", "-q", "-Q"),
        ("-0",),
        (),
        parse_paths0,
        "-Q trusts the hash, as the others do, instead of comparing bytes; 64 bits",
        "apt-get install jdupes",
    ),
    Tool(
        "rmlint",
        "rmlint",
        ("-T", "df", "-r", "-F", "-VVV", "-a", "xxhash"),
        # Never a device by its path: as root it would rename that away, as it
        # does with any output file that is there already.
        ("-o", "json:stdout"),
        ("-o", "fdupes:stdout"),
        parse_rmlint,
        "duplicates only; xxhash instead of blake2b; 16 threads, its default",
        "apt-get install rmlint",
    ),
    Tool(
        "czkawka",
        "czkawka_cli",
        ("dup", "-m", "1", "-s", "HASH", "-t", "XXH3", "-H", "--ignore-error-code-on-found"),
        ("-C", OUT),
        (),
        parse_czkawka,
        "XXH3 instead of BLAKE3; -H: no cache of earlier runs",
        "cargo install czkawka_cli",
        root_option="-d",
    ),
    Tool(
        "dupe-krill",
        "dupe-krill",
        # Without -d it would replace the copies with hard links.
        ("-d", "-s"),
        ("--json",),
        ("-q",),
        parse_krill,
        "-d: change nothing; -s: small files too",
        "cargo install dupe-krill",
    ),
)


def nodupe(program: str, *options: str) -> Tool:
    """nodupe with some options, which name it in the tables."""
    return Tool(
        " ".join(("nodupe", *options)),
        program,
        ("scan", *options),
        ("--format", "json"),
        ("--format", "fdupes"),
        parse_nodupe,
        "as it comes (executor auto, BLAKE3, 256 bits)" if not options else "",
    )


def settings(program: str, corpus: str) -> list[Tool]:
    """The settings of nodupe that a corpus tells something about."""
    tools = [nodupe(program)]
    tools += [nodupe(program, "--executor", kind) for kind in ("thread", "isolated", "process")]
    if corpus == "C":
        # Only where there is much to hash does the hash show.
        tools.append(nodupe(program, "--hash", "xxh3"))
    return tools


def installed(peers: Iterable[Tool] = PEERS) -> tuple[list[Tool], list[Tool]]:
    """The peers that are there, with the paths of their programs, and those
    that are not."""
    found: list[Tool] = []
    missing: list[Tool] = []
    for peer in peers:
        path = shutil.which(peer.program)
        if path is None:
            missing.append(peer)
        else:
            found.append(replace(peer, program=path))
    return found, missing


def normalise(groups: Groups) -> tuple[set[frozenset[Inode]], dict[Inode, bytes]]:
    """Groups as sets of inodes, and a path for each inode.

    Tools mean different things by hard links: nodupe and fclones name an inode
    once, yadf each link. So names become inodes, and groups of one inode go.
    """
    names: dict[Inode, bytes] = {}
    result: set[frozenset[Inode]] = set()
    for group in groups:
        inodes: set[Inode] = set()
        for path in filter(None, group):
            stat = os.lstat(path)
            inode = (stat.st_dev, stat.st_ino)
            names[inode] = path
            inodes.add(inode)
        if len(inodes) > 1:
            result.add(frozenset(inodes))
    return result, names

"""Finds files with identical content, and acts on them safely.

>>> import nodupe
>>> for group in nodupe.scan("Photos"):
...     print(group.size, [file.path for file in group.files])
>>> nodupe.find_duplicates(["a", "b"], hash="md5")
>>> nodupe.remove("Downloads", reference=["Photos"], dry_run=True)
"""

from nodupe import executors
from nodupe._actions import (
    ActedFile,
    ActReport,
    DiffReport,
    PastRun,
    dedupe,
    diff,
    history,
    link,
    move,
    remove,
    undo,
)
from nodupe._errors import (
    ExecutorError,
    IncompleteWarning,
    NodupeError,
    PatternError,
    ProgramError,
    RootError,
    RootNotFoundError,
)
from nodupe._native import VERSION as __version__
from nodupe._program import program
from nodupe._records import Failure, File, Group, Progress, Summary
from nodupe._scan import Scan, ScanOptions, find_duplicates, scan

__all__ = [
    "ActReport",
    "ActedFile",
    "DiffReport",
    "ExecutorError",
    "Failure",
    "File",
    "Group",
    "IncompleteWarning",
    "NodupeError",
    "PastRun",
    "PatternError",
    "ProgramError",
    "Progress",
    "RootError",
    "RootNotFoundError",
    "Scan",
    "ScanOptions",
    "Summary",
    "__version__",
    "dedupe",
    "diff",
    "executors",
    "find_duplicates",
    "history",
    "link",
    "move",
    "program",
    "remove",
    "scan",
    "undo",
]

"""The exceptions."""

from __future__ import annotations

from pathlib import Path


class NodupeError(Exception):
    """A scan or a run of the program could not do its work."""


class RootError(NodupeError):
    """A path to scan cannot be scanned."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message, path)
        self.path = path
        """The path as given."""

    def __str__(self) -> str:
        return str(self.args[0])


class RootNotFoundError(RootError, FileNotFoundError):
    """A path to scan does not exist."""


class PatternError(NodupeError, ValueError):
    """A glob or a regular expression is invalid."""


class ExecutorError(NodupeError):
    """The requested executor cannot start."""


class ProgramError(NodupeError):
    """The program did nothing: wrong arguments, or the run could not be carried out."""


class IncompleteWarning(UserWarning):
    """Some paths could not be read."""

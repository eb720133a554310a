from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import Protocol, final

from nodupe._records import Failure, Group, Progress, Summary

__all__ = ["VERSION", "Scan", "profiles", "select", "usable_processors"]

VERSION: str

def profiles() -> list[str]: ...
def usable_processors() -> int: ...
def select(
    name: str,
    task: str,
    cpus: int,
    *,
    isolation: bool,
    killable: bool,
    remote: bool,
    compatibility: bool,
) -> tuple[str, list[str], int, str]: ...

class _Options(Protocol): ...

@final
class Scan(Iterator[Group]):
    def __new__(
        cls,
        paths: Sequence[str | PathLike[str]],
        options: _Options,
        on_progress: Callable[[Progress], object] | None,
    ) -> Scan: ...
    def __iter__(self) -> Scan: ...
    def __next__(self) -> Group: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...
    @property
    def summary(self) -> Summary | None: ...
    @property
    def errors(self) -> list[Failure] | None: ...

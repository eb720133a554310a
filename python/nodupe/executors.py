"""Which kind of executor suits the running interpreter, and how many workers.

The rules are those of the program (``nodupe executors --profile``), from one table.
They are of use for a pool of your own; a scan follows the rules of nodupe itself,
whose threads need no lock of the interpreter.
"""

from __future__ import annotations

import concurrent.futures
import platform
import sys
import sysconfig
from dataclasses import dataclass

from nodupe import _native
from nodupe._scan import Executor, Profile, TaskType

__all__ = [
    "PythonProfile",
    "Selection",
    "get_optimal_workers",
    "is_free_threaded",
    "python_profile",
    "select",
    "supports_interpreter_pool",
]


@dataclass(frozen=True, slots=True)
class PythonProfile:
    """What the running interpreter can do."""

    version: tuple[int, int, int]
    """Its version."""
    implementation: str
    """``CPython`` or another one."""
    free_threaded_build: bool
    """True if it was built to run without its global lock."""
    lock_enabled: bool
    """True if threads share the lock now: also in such a build, if a module or
    ``PYTHON_GIL=1`` asked for it."""
    interpreter_pool: bool
    """True if there is ``concurrent.futures.InterpreterPoolExecutor``."""

    @property
    def name(self) -> Profile:
        """The name of the rules for such an interpreter."""
        if self.lock_enabled:
            return "gil-interpreters" if self.interpreter_pool else "gil"
        return "free-threaded-interpreters" if self.interpreter_pool else "free-threaded"


@dataclass(frozen=True, slots=True)
class Selection:
    """The result of the rules."""

    executor: Executor
    """``thread``, ``isolated`` (interpreters of their own) or ``process``."""
    fallbacks: tuple[Executor, ...]
    """What to use instead, best first, if that cannot start."""
    workers: int
    """The number of workers to start with."""
    reason: str
    """The reason, for people."""


def is_free_threaded() -> bool:
    """True if threads of this interpreter run Python code in parallel now."""
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    return is_enabled is not None and not is_enabled()


def supports_interpreter_pool() -> bool:
    """True if this interpreter has ``InterpreterPoolExecutor`` (Python 3.14).

    A task of such a pool cannot import nodupe itself: it supports the main
    interpreter alone, and says so by ``ImportError``.
    """
    return hasattr(concurrent.futures, "InterpreterPoolExecutor")


def python_profile() -> PythonProfile:
    """What the running interpreter can do, by its version, build and lock."""
    return PythonProfile(
        version=sys.version_info[:3],
        implementation=platform.python_implementation(),
        free_threaded_build=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        lock_enabled=not is_free_threaded(),
        interpreter_pool=supports_interpreter_pool(),
    )


def select(
    task: TaskType = "cpu",
    *,
    profile: Profile | PythonProfile | None = None,
    cpus: int | None = None,
    isolation: bool = False,
    killable: bool = False,
    remote: bool = False,
    compatibility: bool = False,
) -> Selection:
    """Choose an executor for work of a kind.

    ``profile`` is the running interpreter by default, ``cpus`` the processors that
    this process may use. ``isolation``: workers must not be able to disturb each
    other. ``killable``: one that hangs has to be ended. ``remote``: it works on files
    of a network. ``compatibility``: it has to work everywhere.
    """
    if profile is None:
        profile = python_profile()
    name = profile.name if isinstance(profile, PythonProfile) else profile
    if cpus is None:
        cpus = _native.usable_processors()
    if cpus < 1:
        raise ValueError(f"invalid cpus {cpus}: must be at least 1")
    executor, fallbacks, workers, reason = _native.select(
        name,
        task,
        cpus,
        isolation=isolation,
        killable=killable,
        remote=remote,
        compatibility=compatibility,
    )
    kinds: dict[str, Executor] = {
        "thread": "thread",
        "isolated": "isolated",
        "process": "process",
    }
    return Selection(kinds[executor], tuple(kinds[kind] for kind in fallbacks), workers, reason)


def get_optimal_workers(task: TaskType = "cpu") -> int:
    """The number of workers for work of a kind in the running interpreter."""
    return select(task).workers

"""Runs tools in turns, and measures what each run costs.

Memory is the highest of two figures: what the kernel reports when the process
has ended (exact, but of the largest single process), and, for a program with
child processes, the sum of their peaks, which is sampled while they run. A
control group would count the page cache as well, which belongs to nobody here.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional, Sequence

from .tools import OUT, Groups, Inode, Tool, normalise

# The kernel counts towards the peak of a process what the one that started it
# held at that moment, and this Python may hold more than any tool uses. So a
# shell, which is tiny, starts the program, waits for the word, and leaves it to
# us to reap. It writes the process id where errors go.
SHELL = 'exec 5<&0; { read -r go <&5 && exec "$@" 5<&- </dev/null; } & echo $! >&2'

PR_SET_CHILD_SUBREAPER = 36
CACHES = "/proc/sys/vm/drop_caches"

# Seconds between samples. Peaks only grow, so what counts is how late the last
# sample is, as a part of the run: it comes in the last fifth.
LEAST_PAUSE = 0.002
MOST_PAUSE = 0.1
PAUSE = 0.2


class RunError(Exception):
    """A tool did not do what it was asked; the message says in which way."""


@dataclass
class Run:
    """What one run of a tool cost; seconds and bytes."""

    wall: float
    user: float
    system: float
    memory: int
    processes: int
    # Why the program was not content, if it says so by its status.
    failure: Optional[str] = None


@dataclass
class Series:
    """All runs of one tool on one corpus, in one state of the cache."""

    tool: str
    runs: list[Run] = field(default_factory=list)
    error: Optional[str] = None


def adopt_orphans() -> bool:
    """Makes this process the parent of what its children leave behind."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


def family(pid: int) -> list[int]:
    """A process and all below it."""
    result = [pid]
    for member in result:
        try:
            for thread in os.listdir(f"/proc/{member}/task"):
                with open(f"/proc/{member}/task/{thread}/children") as children:
                    result += map(int, children.read().split())
        except (OSError, ValueError):
            continue
    return result


def peak_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


class Watch(threading.Thread):
    """Samples the memory of a family of processes, and ends it when its time
    is over."""

    def __init__(self, pid: int, group: int, timeout: float) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.group = group
        self.timeout = timeout
        self.memory = 0
        self.processes = 1
        self.timed_out = False
        self.over = threading.Event()

    def run(self) -> None:
        start = time.monotonic()
        pause = LEAST_PAUSE
        while not self.over.wait(pause):
            passed = time.monotonic() - start
            pause = min(max(LEAST_PAUSE, passed * PAUSE), MOST_PAUSE)
            if passed > self.timeout:
                self.timed_out = True
                kill(self.group)
                return
            members = family(self.pid)
            if len(members) > 1:
                self.processes = max(self.processes, len(members))
                self.memory = max(self.memory, sum(map(peak_of, members)))


def kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def measure(command: Sequence[str], out: str, timeout: float, scratch: str) -> Run:
    """Runs a command in an empty directory, its output in the file `out`."""
    indirect = adopt_orphans()
    arguments = ["/bin/sh", "-c", SHELL, "sh", *command] if indirect else list(command)
    environment = {**os.environ, "XDG_CACHE_HOME": scratch, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    with open(out, "wb") as target, tempfile.TemporaryFile(dir=scratch) as errors:
        start = time.monotonic()
        try:
            child = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE if indirect else subprocess.DEVNULL,
                stdout=target,
                stderr=errors,
                cwd=scratch,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise RunError(str(error)) from None
        pid, skip = child.pid, 0
        watch = None
        try:
            if indirect:
                child.wait()
                errors.seek(0)
                told = errors.readline()
                pid, skip = int(told), len(told)
            watch = Watch(pid, child.pid, timeout)
            watch.start()
            if indirect:
                assert child.stdin is not None
                start = time.monotonic()
                child.stdin.write(b"\n")
                child.stdin.close()
            _, status, usage = os.wait4(pid, 0)
            wall = time.monotonic() - start
        except BaseException:
            kill(child.pid)
            raise
        finally:
            if watch:
                watch.over.set()
                watch.join()
            reap(child, indirect)
        code = os.waitstatus_to_exitcode(status)
        if watch.timed_out:
            raise RunError(f"still running after {timeout:g} s")
        failure = None
        if code != 0:
            errors.seek(skip)
            said = errors.read().decode(errors="replace").strip().splitlines()
            failure = f"status {code}: {said[-1].strip() if said else 'no message'}"
    unit = 1 if sys.platform == "darwin" else 1024
    memory = max(usage.ru_maxrss * unit, watch.memory)
    return Run(wall, usage.ru_utime, usage.ru_stime, memory, watch.processes, failure)


def reap(child: "subprocess.Popen[bytes]", indirect: bool) -> None:
    """Leaves no process of a run behind, nor a zombie of one."""
    if not indirect:
        # Reaped above, with its usage; not to be waited for again.
        child.returncode = 0
        return
    kill(child.pid)
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def ask(
    tool: Tool, roots: Sequence[str], timeout: float, home: Optional[str] = None
) -> tuple[Groups, Run]:
    """The groups that a tool finds, exactly; `home` is where its caches are."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = os.path.join(scratch, "answer")
        options = [answer if option == OUT else option for option in tool.exact]
        out = os.devnull if OUT in tool.exact else answer
        run = measure(tool.command(options, roots), out, timeout, home or scratch)
        try:
            return tool.parse(Path(answer).read_bytes()), run
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(run.failure or f"its answer was not understood: {error!r}") from None


def once(tool: Tool, roots: Sequence[str], timeout: float) -> Run:
    """One run to be measured: the same search, the least output."""
    with tempfile.TemporaryDirectory() as scratch:
        run = measure(tool.command(tool.quick, roots), os.devnull, timeout, scratch)
    if run.failure is not None:
        raise RunError(run.failure)
    return run


@dataclass
class Answer:
    """What a tool found, and what of it nodupe did not, and the other way."""

    groups: int
    files: int
    missing: int
    extra: int


def compare(ours: set[frozenset[Inode]], theirs: set[frozenset[Inode]]) -> Answer:
    return Answer(len(theirs), sum(map(len, theirs)), len(ours - theirs), len(theirs - ours))


def warm_up(
    tools: Sequence[Tool], roots: Sequence[str], timeout: float, say: Callable[[str], None]
) -> tuple[dict[str, Answer], dict[str, str]]:
    """Asks each tool once, which also brings the files into memory: answers
    held against those of the first tool, and errors."""
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    ours: Optional[set[frozenset[Inode]]] = None
    for tool in tools:
        try:
            found, run = ask(tool, roots, timeout)
            if run.failure is not None:
                raise RunError(run.failure)
            theirs, _ = normalise(found)
        except (RunError, OSError) as error:
            errors[tool.name] = str(error)
            say(f"  {tool.name}: {error}")
            continue
        if ours is None:
            ours = theirs
        answers[tool.name] = compare(ours, theirs)
        say(f"  {tool.name}: {len(theirs)} groups, {run.wall:.2f} s")
    return answers, errors


def cold_problem() -> Optional[str]:
    """Why the cache cannot be emptied, if it cannot."""
    if not os.path.exists(CACHES):
        return "there is no /proc/sys/vm/drop_caches"
    if os.geteuid() != 0 or not os.access(CACHES, os.W_OK):
        return "only root may empty the cache"
    return None


def empty_cache(tool: Tool) -> None:
    os.sync()
    with open(CACHES, "w") as caches:
        caches.write("3\n")
    # The files are to be cold, not the program that looks for them.
    tool.version()
    subprocess.run(["/bin/sh", "-c", ":"], check=True)


def order(number: int, turn: int) -> list[int]:
    """So many things in the order of one of several rounds. In the first rounds,
    as many as there are things, nothing comes twice directly after the same one
    if their number is even, and nothing more than twice if it is odd (E. J.
    Williams, Experimental designs balanced for the estimation of residual
    effects of treatments, 1949)."""
    first = [(at + 1) // 2 if at % 2 else (number - at // 2) % number for at in range(number)]
    return [(at + turn) % number for at in first]


def rounds(
    tools: Sequence[Tool],
    roots: Sequence[str],
    number: int,
    timeout: float,
    before: Callable[[Tool], None],
    say: Callable[[str], None],
) -> list[Series]:
    """Every tool once a round, so that what happens on the machine meanwhile
    meets all of them. What a tool leaves in the caches of the processor, which
    makes a fifth of the time of the shortest runs, is for another one each
    round: see `order`."""
    series = {tool.name: Series(tool.name) for tool in tools}
    for turn in range(number):
        for at in order(len(tools), turn):
            tool = tools[at]
            its = series[tool.name]
            if its.error is not None:
                continue
            try:
                before(tool)
                its.runs.append(once(tool, roots, timeout))
            except (RunError, OSError) as error:
                its.error = str(error)
                say(f"  {tool.name}: {error}")
        say(f"  round {turn + 1} of {number}")
    return list(series.values())

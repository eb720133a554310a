"""What the figures of a table depend on besides the tools."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Optional


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def usable_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory(key: str) -> Optional[int]:
    """A figure of /proc/meminfo in bytes."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def file_system(path: Path) -> str:
    """The type of the innermost mount that a path lies on."""
    wanted = os.path.realpath(path)
    best, kind = "", "unknown"
    try:
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, place, its, *_ = line.split(" ")
            place = place.replace("\\040", " ")
            inside = wanted == place or wanted.startswith(place.rstrip("/") + "/")
            # The last of several mounts on one place is the one that is seen.
            if inside and len(place) >= len(best):
                best, kind = place, its
    except (OSError, ValueError):
        pass
    return kind


def describe(root: Path) -> dict[str, object]:
    total = memory("MemTotal")
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": processor(),
        "processors": usable_processors(),
        "memory_gib": round(total / 2**30, 1) if total else None,
        "system": f"{platform.system()} {platform.release()}",
        "file_system": file_system(root),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }

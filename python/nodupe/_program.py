"""Where the program is that came with this module."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import Literal, overload

_NAME = "nodupe.exe" if sys.platform == "win32" else "nodupe"


def _places() -> list[Path]:
    places: list[Path] = []
    # What the installer wrote down is exact, wherever it put the scripts.
    try:
        files = metadata.files("nodupe") or []
    except metadata.PackageNotFoundError:
        files = []
    places += [Path(str(file.locate())) for file in files if file.name == _NAME]
    places.append(Path(sysconfig.get_path("scripts"), _NAME))
    # `pip install --target` puts them beside the packages.
    places.append(Path(__file__).parent.parent / "bin" / _NAME)
    return places


@functools.cache
def _found() -> Path | None:
    usable = (place for place in _places() if place.is_file() and os.access(place, os.X_OK))
    return next((place.resolve() for place in usable), None)


@overload
def program(*, missing_ok: Literal[False] = False) -> Path: ...
@overload
def program(*, missing_ok: Literal[True]) -> Path | None: ...
def program(*, missing_ok: bool = False) -> Path | None:
    """The path of the program ``nodupe`` that was installed with this module.

    Worker processes run it, and so does everything that changes files. The search
    path of the shell is not looked at: another version may be there.
    """
    found = _found()
    if found is None and not missing_ok:
        raise FileNotFoundError("the program nodupe was not installed with the module nodupe")
    return found

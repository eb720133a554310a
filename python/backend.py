"""Builds the wheel: the program with cargo, then the module with maturin.

maturin packs either programs or a module. What is in its data directory goes into the
scripts of the environment as it is, so `nodupe` there is the native program and starts
no interpreter.

NODUPE_PROGRAM names a program that is built already: releases put in the statically
linked one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import maturin
from maturin import get_requires_for_build_wheel  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
NAME = "nodupe.exe" if sys.platform == "win32" else "nodupe"


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    # pip asks for it first, and maturin wants its data directory to be there.
    (ROOT / "target" / "wheel" / "scripts").mkdir(parents=True, exist_ok=True)
    return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    program = os.environ.get("NODUPE_PROGRAM")
    if program is None:
        command = ["cargo", "build", "--locked", "--release", "--package", "nodupe"]
        subprocess.run(command, cwd=ROOT, check=True)
        program = ROOT / "target" / "release" / NAME
    scripts = ROOT / "target" / "wheel" / "scripts"
    shutil.rmtree(scripts, ignore_errors=True)
    scripts.mkdir(parents=True)
    name = "nodupe.exe" if str(program).endswith(".exe") else "nodupe"
    shutil.copy2(program, scripts / name)
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)

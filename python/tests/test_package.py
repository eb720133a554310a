"""What the wheel installs."""

import importlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import nodupe


def test_the_program_is_native_and_of_the_same_version():
    program = nodupe.program()
    assert program.parent == Path(sys.executable).parent.resolve()
    head = program.read_bytes()[:4]
    assert head[:2] == b"MZ" or head in (b"\x7fELF", b"\xcf\xfa\xed\xfe"), head
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.split()[1] == nodupe.__version__


def test_another_program_on_the_search_path_is_not_used(tmp_path, monkeypatch):
    false = tmp_path / "nodupe"
    false.write_text("#!/bin/sh\nexit 9\n")
    false.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    importlib.import_module("nodupe._program")._found.cache_clear()
    assert nodupe.program() != false


def test_every_public_name_is_there():
    for name in nodupe.__all__:
        assert getattr(nodupe, name) is not None
    assert (Path(nodupe.__file__).parent / "py.typed").exists()


def test_the_lock_stays_off_when_the_module_is_imported():
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    if is_enabled is None or not nodupe.executors.python_profile().free_threaded_build:
        pytest.skip("no free-threaded build")
    script = "import nodupe, sys; print(sys._is_gil_enabled())"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before 3.12 all interpreters share the lock and modules"
)
def test_another_interpreter_gets_an_import_error():
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    script = f"""
        import {name} as interpreters
        import nodupe
        other = interpreters.create()
        code = "try:\\n import nodupe\\n print('imported')\\nexcept ImportError as e: print('refused')"
        print(interpreters.run_string(other, code))
    """
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout.startswith("refused"), told

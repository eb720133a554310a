"""Trees of files for the tests."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Maker = Callable[[dict[str | bytes, bytes]], None]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Makes files below the working directory, which is empty at first."""
    monkeypatch.chdir(tmp_path)
    # The journal of the user is not for tests.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path.parent / f"{tmp_path.name}-state"))
    for name in [name for name in os.environ if name.startswith("NODUPE_")]:
        monkeypatch.delenv(name)

    def make(files: dict[str | bytes, bytes]) -> None:
        for name, content in files.items():
            path = Path(os.fsdecode(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    return make


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A directory whose scan takes an hour: large files with nothing in them."""
    directory = tmp_path / "endless"
    directory.mkdir()
    for name in "ab":
        with open(directory / name, "wb") as file:
            file.write(b"different blocks")
            file.truncate(4 << 40)
    return directory

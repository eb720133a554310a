"""Acting and comparing: the program does it, these tests look at what comes back."""

import dataclasses
import os
import sys
from pathlib import Path

import pytest

import nodupe

FILES = {"a/x": b"same", "b/x": b"same", "b/y": b"same", "a/u": b"alone"}


def content():
    return {str(path): path.read_bytes() for path in sorted(Path(".").rglob("*")) if path.is_file()}


def test_nothing_is_done_without_consent(tree):
    tree(FILES)
    for act in (nodupe.remove, nodupe.link, nodupe.dedupe):
        with pytest.raises(TypeError, match="yes"):
            act(".")
        with pytest.raises(TypeError, match="yes"):
            act(".", yes=True, dry_run=True)
    with pytest.raises(TypeError, match="yes"):
        nodupe.move(".", "a")
    with pytest.raises(TypeError, match="yes"):
        nodupe.undo()
    assert content() == FILES


def test_a_dry_run_changes_nothing(tree):
    tree(FILES)
    report = nodupe.remove(".", dry_run=True)
    assert report.dry_run and report.run is None and report.complete
    assert [file.path for file in report.files] == [Path("b/x"), Path("b/y")]
    assert {file.keeper for file in report.files} == {Path("a/x")}
    assert content() == FILES
    assert nodupe.history() == []


def test_what_was_removed_comes_back(tree):
    tree(FILES)
    report = nodupe.remove(["a", "b"], yes=True)
    assert report.complete and report.operation == "remove" and report.freed_bytes > 0
    assert content() == {"a/x": b"same", "a/u": b"alone"}
    (past,) = nodupe.history()
    assert (past.run, past.files, past.undo_files) == (report.run, 2, 2)
    assert past.command[1] == "remove"
    assert nodupe.undo(dry_run=True).complete
    undone = nodupe.undo(report.run, yes=True)
    assert undone.operation == "undo" and undone.complete
    assert content() == FILES


@pytest.mark.parametrize("hash", ["blake3", "md5", "xxh3"])
def test_groups_of_a_scan_are_acted_on_as_they_are_given(tree, hash):
    tree(FILES)
    (group,) = nodupe.scan(".", hash=hash)
    files = tuple(file for file in group.files if file.path != Path("b/y"))
    swapped = [dataclasses.replace(file, keep=not file.keep) for file in files]
    chosen = dataclasses.replace(group, files=tuple(swapped))
    report = nodupe.remove([chosen], yes=True)
    assert [(file.path, file.keeper) for file in report.files] == [(Path("a/x"), Path("b/x"))]
    assert content() == {name: text for name, text in FILES.items() if name != "a/x"}
    assert nodupe.undo(yes=True).complete
    assert content() == FILES


def test_a_file_that_changed_since_the_scan_is_left_alone(tree):
    tree(FILES)
    groups = list(nodupe.scan("."))
    Path("b/x").write_bytes(b"diff")
    report = nodupe.remove(groups, yes=True)
    results = {str(file.path): (file.result, file.reason) for file in report.files}
    assert results["b/x"][0] == "skipped" and results["b/x"][1]
    assert results["b/y"] == ("done", None)
    assert not report.complete
    assert content() == {"a/x": b"same", "a/u": b"alone", "b/x": b"diff"}


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode elsewhere")
def test_names_that_are_not_unicode(tree):
    tree({b"\xe9 1": b"same", b"\xe9 2": b"same"})
    report = nodupe.remove(nodupe.scan("."), yes=True)
    assert [os.fsencode(file.path) for file in report.files] == [b"\xe9 2"]
    assert os.listdir(b".") == [b"\xe9 1"]


@pytest.mark.skipif(sys.platform != "linux", reason="not proved elsewhere")
def test_links_and_moves(tree):
    tree(FILES)
    assert nodupe.link(".", yes=True).operation == "hard-link"
    assert os.path.samefile("a/x", "b/y")
    assert nodupe.undo(yes=True).complete
    assert not os.path.samefile("a/x", "b/y")
    assert nodupe.link("b", yes=True, symbolic=True, reference=["a"]).operation == "symbolic-link"
    assert os.readlink("b/y") == "../a/x"
    assert nodupe.undo(yes=True).complete
    os.mkdir("aside")
    moved = nodupe.move(["a", "b"], "aside", yes=True, only_under=["b"], leave=2)
    assert [file.result for file in moved.files].count("done") == 1
    (done,) = [file for file in moved.files if file.result == "done"]
    assert done.destination is not None and done.destination.read_bytes() == b"same"


def test_options_become_flags_and_wrong_ones_are_errors(tree):
    tree(FILES)
    assert nodupe.remove(".", dry_run=True, keep_all_under=["b/"]).files[0].result == "done"
    assert nodupe.remove(".", dry_run=True, min_size=5).files == ()
    with pytest.raises(TypeError, match="tarsh"):
        nodupe.remove(".", dry_run=True, tarsh=True)
    with pytest.raises(nodupe.ProgramError, match="cannot scan nowhere"):
        nodupe.remove("nowhere", dry_run=True)
    with pytest.raises(ValueError, match="nothing to act on"):
        nodupe.remove([], dry_run=True)
    # A path is never an option.
    Path("--yes").mkdir()
    assert nodupe.remove(["--yes"], dry_run=True).files == ()


def test_directories_are_compared(tree):
    tree({"a/x": b"same", "a/u": b"alone", "b/z": b"same"})
    report = nodupe.diff("a", "b")
    assert (report.answer, report.contained) == ("only-in-a", False)
    assert report.only_in_a == (Path("a/u"),)
    assert nodupe.diff("b", "a").contained

"""Scans: what they find, and how they run."""

import gc
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nodupe

LARGE = 40_000  # more than what the first stage reads whole


def test_groups_are_typed_values(tree):
    tree({"a/x": b"same", "b/y": b"same", "c": b"other"})
    os.link("a/x", "b/link")
    scan = nodupe.scan(["a", "b"])
    (group,) = scan
    assert group.size == 4
    assert group.hash == "blake3"
    assert group.digest is not None and len(group.digest) == 64
    assert group.duplicates == 1
    assert [file.path for file in group.files] == [Path("a/x"), Path("b/y")]
    kept, redundant = group.files
    assert (group.kept, group.redundant) == ((kept,), (redundant,))
    assert kept.names == (Path("a/x"), Path("b/link"))
    stat = os.stat("a/x")
    assert (kept.dev, kept.ino, kept.links) == (stat.st_dev, stat.st_ino, 2)
    assert (kept.modified_ns, kept.changed_ns) == (stat.st_mtime_ns, stat.st_ctime_ns)
    assert abs(kept.modified.timestamp() - stat.st_mtime) < 1e-3
    assert scan.summary is not None and scan.summary.complete
    assert (scan.summary.files, scan.summary.groups) == (2, 1)
    assert scan.errors == []
    assert pickle.loads(pickle.dumps(group)) == group
    with pytest.raises(AttributeError):
        group.size = 5


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode elsewhere")
def test_names_that_are_not_unicode_are_exact(tree):
    tree({b"caf\xe9": b"same", b"sub\xff/x": b"same"})
    found = nodupe.find_duplicates(b".")
    (paths,) = found.values()
    assert sorted(os.fsencode(path) for path in paths) == [b"caf\xe9", b"sub\xff/x"]
    assert all(path.read_bytes() == b"same" for path in paths)
    (paths,) = nodupe.find_duplicates([b"caf\xe9", Path(os.fsdecode(b"sub\xff"))]).values()
    assert len(paths) == 2


@pytest.mark.parametrize("hash", ["blake3", "xxh3", "md5"])
def test_find_duplicates_maps_digests_to_paths(tree, hash):
    tree({"a": b"same", "b": b"same", "c": b"other"})
    found = nodupe.find_duplicates(["."], hash=hash)
    assert list(found.values()) == [[Path("a"), Path("b")]]
    if hash == "md5":
        assert list(found) == [hashlib.md5(b"same").hexdigest()]


def test_what_could_not_be_read_is_a_warning_and_an_error(tree):
    tree({"a": b"same", "b": b"same"})
    os.symlink("loop", "loop")
    with pytest.warns(nodupe.IncompleteWarning, match="1 paths"):
        nodupe.find_duplicates(["."], follow_links=True)
    scan = nodupe.scan(".", follow_links=True)
    assert scan.errors is None and scan.summary is None
    assert len(list(scan)) == 1
    (failure,) = scan.errors
    assert (failure.path, failure.stage, failure.kind) == (Path("loop"), "walk", "loop")
    assert not scan.summary.complete


CONTENT = st.sampled_from([b"", b"x", b"y" * 5000, b"a" * LARGE, b"a" * (LARGE - 1) + b"b"])
NAME = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    files=st.dictionaries(st.tuples(st.sampled_from("pqr"), NAME), CONTENT, max_size=12),
    executor=st.sampled_from([None, "thread", "isolated", "process"]),
    hash=st.sampled_from(["blake3", "xxh3", "md5"]),
    min_size=st.sampled_from([0, 1, 5000]),
)
def test_groups_are_those_of_an_oracle(tmp_path_factory, files, executor, hash, min_size):
    root = tmp_path_factory.mktemp("oracle")
    by_content = defaultdict(set)
    for (directory, name), content in files.items():
        if name in (".", ".."):
            continue
        path = root / directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        if len(content) >= min_size:
            by_content[content].add(path)
    scan = nodupe.scan(root, executor=executor, hash=hash, min_size=min_size)
    found = {frozenset(file.path for file in group.files) for group in scan}
    assert found == {frozenset(paths) for paths in by_content.values() if len(paths) > 1}
    assert scan.errors == []


OPTIONS = [
    ({"exclude": ["*.bak"]}, {"a", "b", ".c.hid"}),
    ({"include": ["a*"]}, {"a", "a.bak"}),
    ({"extensions": ["bak", "hid"]}, {"a.bak", ".c.hid"}),
    ({"hidden": False}, {"a", "b", "a.bak"}),
    ({"max_size": 3}, set()),
    ({"newer_than": datetime(2100, 1, 1, tzinfo=timezone.utc)}, set()),
    ({"older_than": datetime(2100, 1, 1)}, {"a", "b", "a.bak", ".c.hid"}),
    ({"exclude_regex": ["bak$", "hid$"]}, {"a", "b"}),
    ({"include_regex": ["[ab]$"]}, {"a", "b"}),
    ({"min_copies": 5}, set()),
    ({"max_copies": 3}, set()),
    ({"across_roots": True}, set()),
    ({"verify": True, "workers": 1, "task_type": "io", "profile": "gil"}, None),
]


@pytest.mark.parametrize(("options", "expected"), OPTIONS, ids=lambda value: str(value)[:24])
def test_options_select(tree, options, expected):
    tree({name: b"same" for name in ("a", "b", "a.bak", ".c.hid")})
    found = {str(file.path) for group in nodupe.scan(".", **options) for file in group.files}
    assert found == ({"a", "b", "a.bak", ".c.hid"} if expected is None else expected)


def test_references_and_rules_choose_what_is_kept(tree):
    tree({"new/a": b"same", "old/b": b"same"})
    os.utime("new/a", ns=(0, 0))
    (group,) = nodupe.scan(".")
    assert group.kept[0].path == Path("new/a")
    (group,) = nodupe.scan(".", keep=["newest"])
    assert group.kept[0].path == Path("old/b")
    (group,) = nodupe.scan("new", references=["old"])
    assert group.kept[0].path == Path("old/b") and group.kept[0].reference


WRONG = [
    ({"min_sise": 1}, TypeError, "min_sise"),
    ({"exclude": "*.bak"}, TypeError, "exclude"),
    ({"hash": "sha1"}, ValueError, "sha1"),
    ({"keep": ["biggest"]}, ValueError, "biggest"),
    ({"executor": "sequential"}, ValueError, "sequential"),
    ({"task_type": "gpu"}, ValueError, "gpu"),
    ({"profile": "pypy"}, ValueError, "pypy"),
    ({"workers": 0}, ValueError, "workers"),
    ({"workers": 1025}, ValueError, "workers"),
    ({"timeout": 0.05}, ValueError, "timeout"),
    ({"timeout": float("nan")}, ValueError, "timeout"),
    ({"worker_memory": 1000}, ValueError, "worker_memory"),
    ({"min_size": 2, "max_size": 1}, ValueError, "min_size"),
]


@pytest.mark.parametrize(("options", "error", "named"), WRONG, ids=lambda value: str(value)[:24])
def test_wrong_options_are_refused_before_anything_runs(tree, options, error, named):
    with pytest.raises(error, match=named):
        nodupe.scan(".", **options)


def test_errors_have_types(tree):
    with pytest.raises(FileNotFoundError) as raised:
        list(nodupe.scan("nowhere"))
    assert isinstance(raised.value, nodupe.RootNotFoundError)
    assert raised.value.path == Path("nowhere") and "nowhere" in str(raised.value)
    with pytest.raises(nodupe.RootError):
        list(nodupe.scan("/dev/null"))
    with pytest.raises(nodupe.PatternError):
        list(nodupe.scan(".", include=["["]))
    assert issubclass(nodupe.PatternError, nodupe.NodupeError)


def test_progress_is_told_on_the_thread_that_iterates(tree):
    tree({f"{number}": b"same" for number in range(50)})
    seen = []
    told = lambda now: seen.append((threading.get_ident(), now.files))  # noqa: E731
    scan = nodupe.scan(".", on_progress=told, verify=True)
    assert len(list(scan)) == 1
    assert all(thread == threading.get_ident() for thread, _ in seen)


def test_an_exception_of_the_callback_ends_the_scan(endless):
    def fail(_):
        raise RuntimeError("no more")

    scan = nodupe.scan(endless, on_progress=fail)
    with pytest.raises(RuntimeError, match="no more"):
        list(scan)
    assert list(scan) == []


def test_worker_processes_are_those_of_the_wheel(tree):
    tree({"a": b"a" * LARGE, "b": b"a" * LARGE})
    scan = nodupe.scan(".", executor="process")
    assert len(list(scan)) == 1
    assert scan.summary.executor == "process"
    scan = nodupe.scan(".", timeout=30)
    assert len(list(scan)) == 1
    assert scan.summary.executor == "process"
    scan = nodupe.scan(".", worker_memory=256 << 20)
    assert len(list(scan)) == 1
    assert scan.summary.executor == "process"


def test_without_the_program_processes_are_an_error(tree, monkeypatch):
    tree({"a": b"a" * LARGE, "b": b"a" * LARGE})
    monkeypatch.setattr("nodupe._scan.program", lambda **_: None)
    with pytest.raises(nodupe.ExecutorError, match="process"):
        list(nodupe.scan(".", executor="process"))


def test_many_scans_at_once_on_threads(tree):
    tree({f"{kind}/{number}": kind.encode() * 100 for kind in "abc" for number in range(20)})
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(nodupe.find_duplicates(["."])))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(one == found[0] for one in found)
    assert len(found[0]) == 3


def test_threads_can_share_one_scan(tree):
    contents = [f"{number}".encode() * 50 for number in range(200)]
    tree({f"{copy}/{number}": text for copy in "ab" for number, text in enumerate(contents)})
    scan = nodupe.scan(".")
    taken = [[], [], [], []]
    threads = [threading.Thread(target=lambda to=to: to.extend(scan)) for to in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    digests = [group.digest for groups in taken for group in groups]
    assert len(digests) == len(set(digests)) == 200
    assert scan.summary.groups == 200


def test_the_lock_is_released_and_cancel_works_from_another_thread(endless):
    scan = nodupe.scan(endless)
    thread = threading.Thread(target=lambda: list(scan))
    interval = sys.getswitchinterval()
    # Whoever holds the lock keeps it, unless it lets go.
    sys.setswitchinterval(1000)
    try:
        started = time.monotonic()
        thread.start()
        scan.cancel()
        thread.join()
        took = time.monotonic() - started
    finally:
        sys.setswitchinterval(interval)
    assert took < 15
    assert scan.summary.interrupted and not scan.summary.complete


def test_leaving_a_block_or_dropping_a_scan_ends_its_threads(tree):
    contents = [f"{number}".encode() * 50 for number in range(2000)]
    tree({f"{copy}/{number}": text for copy in "ab" for number, text in enumerate(contents)})

    def threads():
        names = (path.read_text() for path in Path("/proc/self/task").glob("*/comm"))
        return sum(name.startswith("nodupe-scan") for name in names)

    with nodupe.scan(".") as scan:
        assert next(scan).duplicates == 1
    assert list(scan) == []
    assert scan.summary is None
    dropped = nodupe.scan(".")
    next(dropped)
    del dropped
    gc.collect()
    if Path("/proc/self/task").exists():
        ends = time.monotonic() + 20
        while threads() and time.monotonic() < ends:
            time.sleep(0.01)
        assert threads() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_a_scan(endless):
    script = f"""
        import nodupe
        scan = nodupe.scan({str(endless)!r})
        print("running", flush=True)
        try:
            list(scan)
        except KeyboardInterrupt:
            print("interrupted", list(scan), flush=True)
    """
    running = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout.readline() == "running\n"
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    answer, _ = running.communicate(timeout=50)
    assert answer == "interrupted []\n"
    assert time.monotonic() - started < 15
    assert running.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scan_of_the_parent_does_not_hang_a_forked_child(tree):
    tree({"a": b"same", "b": b"same"})
    scan = nodupe.scan(".")
    child = os.fork()
    if child == 0:
        try:
            next(scan)
        except RuntimeError:
            os._exit(42)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 42
    assert len(list(scan)) == 1

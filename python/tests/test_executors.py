"""The rules for executors in the running interpreter."""

import concurrent.futures
import json
import subprocess
import sys
import sysconfig

import pytest

import nodupe
from nodupe import executors

PROFILES = [
    "native",
    "gil",
    "gil-interpreters",
    "free-threaded",
    "free-threaded-interpreters",
]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_rules_are_those_of_the_program(profile, tmp_path):
    command = [nodupe.program(), "executors", tmp_path, "--profile", profile, "--format", "json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    cpus = told["processors"]["usable"]
    rows = {
        "cpu": executors.select("cpu", profile=profile, cpus=cpus),
        "io": executors.select("io", profile=profile, cpus=cpus),
        "isolation": executors.select("cpu", profile=profile, cpus=cpus, isolation=True),
    }
    rules = {rule["situation"]: rule for rule in told["rules"]}
    assert set(rows) <= set(rules), sorted(rules)
    for situation, chosen in rows.items():
        rule = rules[situation]
        assert chosen.executor == rule["executor"]
        assert list(chosen.fallbacks) == rule["fallbacks"]
        assert chosen.workers == rule["workers"]
        assert chosen.reason == rule["reason"]


def test_the_profile_is_that_of_this_interpreter():
    profile = executors.python_profile()
    assert profile.version == sys.version_info[:3]
    assert profile.implementation == "CPython"
    has_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    assert profile.lock_enabled == has_lock == (not executors.is_free_threaded())
    assert profile.free_threaded_build == bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    assert executors.supports_interpreter_pool() == (sys.version_info >= (3, 14))
    chosen = executors.select("cpu")
    assert chosen == executors.select("cpu", profile=profile)
    assert chosen == executors.select("cpu", profile=profile.name)
    assert executors.get_optimal_workers("cpu") == chosen.workers
    assert executors.get_optimal_workers("io") == executors.select("io").workers


@pytest.mark.parametrize(
    ("has_lock", "has_pool", "name"),
    [
        (True, False, "gil"),
        (True, True, "gil-interpreters"),
        (False, False, "free-threaded"),
        (False, True, "free-threaded-interpreters"),
    ],
)
def test_every_interpreter_has_its_rules(monkeypatch, has_lock, has_pool, name):
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: has_lock, raising=False)
    if has_pool:
        monkeypatch.setattr(
            concurrent.futures, "InterpreterPoolExecutor", object, raising=False
        )
    elif executors.supports_interpreter_pool():
        pytest.skip("this interpreter has the pool")
    assert executors.python_profile().name == name


def test_needs_and_wrong_values():
    for need in ("killable", "remote", "compatibility"):
        assert executors.select("io", **{need: True}).executor == "process"
    with pytest.raises(ValueError, match="gpu"):
        executors.select("gpu")
    with pytest.raises(ValueError, match="cpus"):
        executors.select("cpu", cpus=0)
    with pytest.raises(ValueError, match="pypy"):
        executors.select("cpu", profile="pypy")

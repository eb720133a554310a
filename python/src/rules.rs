//! The rules for executors, from the one table that the program uses too.

use nodupe::rules::{self, Needs, Profile, TaskType};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Finds a value by its name.
pub(crate) fn named<T: Copy>(
    what: &str,
    name: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> PyResult<T> {
    let known = all.iter().copied().find(|&value| as_str(value) == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|&value| as_str(value)).collect();
        PyValueError::new_err(format!(
            "invalid {what} {name:?}: must be one of {}",
            names.join(", ")
        ))
    })
}

/// The task type of this name.
pub(crate) fn task_type(name: &str) -> PyResult<TaskType> {
    named(
        "task type",
        name,
        &[TaskType::Cpu, TaskType::Io],
        TaskType::as_str,
    )
}

/// The profile of this name.
pub(crate) fn profile(name: &str) -> PyResult<Profile> {
    named("profile", name, &Profile::ALL, Profile::as_str)
}

/// The names of all profiles.
#[pyfunction]
pub(crate) fn profiles() -> Vec<&'static str> {
    Profile::ALL.map(Profile::as_str).to_vec()
}

/// The processors that this process may use: affinity and quota are respected.
#[pyfunction]
pub(crate) fn usable_processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Applies the rules: the kind, its fallbacks, the workers and the reason.
#[pyfunction]
#[pyo3(signature = (name, task, cpus, *, isolation, killable, remote, compatibility))]
pub(crate) fn select(
    name: &str,
    task: &str,
    cpus: usize,
    isolation: bool,
    killable: bool,
    remote: bool,
    compatibility: bool,
) -> PyResult<(&'static str, Vec<&'static str>, usize, &'static str)> {
    let mut needs = Needs::default();
    needs.isolation = isolation;
    needs.killable = killable;
    needs.remote = remote;
    needs.compatibility = compatibility;
    let chosen = rules::select(profile(name)?, task_type(task)?, needs, cpus);
    let fallbacks = chosen.fallbacks.iter().map(|kind| kind.as_str());
    Ok((
        chosen.kind.as_str(),
        fallbacks.collect(),
        chosen.workers,
        chosen.reason,
    ))
}

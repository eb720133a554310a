//! From the library's records to objects of the classes in `nodupe/_records.py`.

use nodupe::{Error, FileRecord, Group, HashAlgorithm, Progress, Proof, ScanError, Summary};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

/// The Python classes, which are found once.
struct Classes {
    group: Py<PyType>,
    file: Py<PyType>,
    failure: Py<PyType>,
    progress: Py<PyType>,
    summary: Py<PyType>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

impl Classes {
    fn of(py: Python<'_>) -> PyResult<&Self> {
        CLASSES.get_or_try_init(py, || {
            let module = py.import("nodupe._records")?;
            let class = |name: &str| Ok::<_, PyErr>(module.getattr(name)?.cast_into()?.unbind());
            Ok(Self {
                group: class("Group")?,
                file: class("File")?,
                failure: class("Failure")?,
                progress: class("Progress")?,
                summary: class("Summary")?,
            })
        })
    }
}

type Made<'py> = PyResult<Bound<'py, PyAny>>;

fn file<'py>(py: Python<'py>, class: &Bound<'py, PyType>, file: FileRecord) -> Made<'py> {
    let links = PyTuple::new(py, file.hard_links)?;
    class.call1((
        file.path,
        links,
        file.size,
        file.modified.as_nanos(),
        file.changed.as_nanos(),
        file.id.dev,
        file.id.ino,
        file.links,
        file.reference,
        file.keep,
    ))
}

/// A group.
pub(crate) fn group(py: Python<'_>, group: Group, hash: HashAlgorithm) -> Made<'_> {
    let classes = Classes::of(py)?;
    let class = classes.file.bind(py);
    let duplicates = group.duplicates();
    let files = group
        .files
        .into_iter()
        .map(|record| file(py, class, record));
    let files = PyTuple::new(py, files.collect::<PyResult<Vec<_>>>()?)?;
    let proof = match group.proof {
        Proof::Digest => "digest",
        Proof::Bytes => "bytes",
        _ => "unread",
    };
    classes.group.bind(py).call1((
        group.digest.map(|digest| digest.to_string()),
        hash.as_str(),
        group.size,
        files,
        proof,
        duplicates,
        group.reclaimable_bytes,
        group.linked_outside_bytes,
        group.shared_bytes,
    ))
}

/// The progress of a scan.
pub(crate) fn progress(py: Python<'_>, now: Progress) -> Made<'_> {
    Classes::of(py)?.progress.bind(py).call1((
        now.walking,
        now.directories,
        now.files,
        now.bytes_found,
        now.bytes_to_read,
        now.bytes_read,
        now.errors,
        now.current,
    ))
}

/// A path that was skipped.
pub(crate) fn failure<'py>(py: Python<'py>, error: &ScanError) -> Made<'py> {
    Classes::of(py)?.failure.bind(py).call1((
        &error.path,
        error.stage.as_str(),
        error.kind.as_str(),
        &error.message,
    ))
}

/// The totals of a scan.
pub(crate) fn summary<'py>(py: Python<'py>, summary: &Summary) -> Made<'py> {
    let totals = &summary.totals;
    let executor = &summary.executor;
    Classes::of(py)?.summary.bind(py).call1((
        summary.complete,
        summary.interrupted,
        totals.files,
        totals.bytes,
        totals.groups,
        totals.duplicates,
        totals.reclaimable_bytes,
        totals.bytes_read,
        summary.elapsed.as_secs_f64(),
        executor.kind,
        executor.workers,
        &executor.reason,
    ))
}

/// The exception for an error that ended a scan.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let (name, path) = match error {
        Error::Root { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            ("RootNotFoundError", Some(path))
        }
        Error::Root { path, .. } | Error::RootKind { path } | Error::Pseudo { path } => {
            ("RootError", Some(path))
        }
        Error::Pattern { .. } => ("PatternError", None),
        Error::Executor { .. } | Error::Thread(_) => ("ExecutorError", None),
        _ => ("NodupeError", None),
    };
    let made = || {
        let class = py.import("nodupe._errors")?.getattr(name)?;
        match path {
            Some(path) => class.call1((error.to_string(), path)),
            None => class.call1((error.to_string(),)),
        }
    };
    made().map_or_else(|failed| failed, PyErr::from_value)
}

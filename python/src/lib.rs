//! The native half of the Python module `nodupe`.
//!
//! It runs scans and applies the rules for executors; everything that a person
//! reads or types (classes, defaults, documentation) is Python, in `nodupe/`. No
//! lock of the interpreter is held while a scan works, and none is needed: what is
//! shared is immutable or behind locks of its own.

mod options;
mod records;
mod rules;
mod scan;

use pyo3::pymodule;

/// The module. It supports the main interpreter only, as all of PyO3's do: an
/// import into another one raises `ImportError`.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::rules::{profiles, select, usable_processors};
    #[pymodule_export]
    use crate::scan::Scan;

    /// The version of the library, and of the program that fits it.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}

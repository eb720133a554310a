//! From keyword arguments to the configuration of a scan.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use nodupe::{ExecutorKind, HashAlgorithm, KeepRule, ScanConfig, Timestamp};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::rules::{named, profile, task_type};

/// The options of a scan, as `nodupe/_scan.py` completes them.
#[derive(FromPyObject)]
pub(crate) struct Options {
    references: Vec<PathBuf>,
    keep: Vec<String>,
    min_size: u64,
    max_size: Option<u64>,
    include: Vec<String>,
    exclude: Vec<String>,
    include_regex: Vec<String>,
    exclude_regex: Vec<String>,
    extensions: Vec<String>,
    max_depth: Option<u32>,
    hidden: bool,
    gitignore: bool,
    follow_links: bool,
    one_file_system: bool,
    newer_than: Option<i64>,
    older_than: Option<i64>,
    min_copies: u64,
    max_copies: Option<u64>,
    across_roots: bool,
    hash: String,
    verify: bool,
    hard_links: bool,
    executor: Option<String>,
    executor_fallback: bool,
    profile: String,
    task_type: Option<String>,
    workers: Option<usize>,
    timeout: Option<f64>,
    worker_memory: Option<u64>,
    program: Option<PathBuf>,
}

impl Options {
    /// The configuration of a scan of these paths.
    pub(crate) fn config(self, paths: Vec<PathBuf>) -> PyResult<ScanConfig> {
        let mut config = ScanConfig::new(paths);
        config.references = self.references;
        let rules = self.keep.iter().map(|text| {
            KeepRule::parse(text)
                .ok_or_else(|| PyValueError::new_err(format!("invalid rule {text:?} for keep")))
        });
        config.keep = rules.collect::<PyResult<_>>()?;
        config.min_copies = self.min_copies;
        config.max_copies = self.max_copies.unwrap_or(u64::MAX);
        config.across_roots = self.across_roots;
        config.hash = named(
            "hash",
            &self.hash,
            &HashAlgorithm::ALL,
            HashAlgorithm::as_str,
        )?;
        config.verify = self.verify;
        config.hard_links = self.hard_links;

        let selection = &mut config.selection;
        selection.min_size = self.min_size;
        selection.max_size = self.max_size.unwrap_or(u64::MAX);
        selection.include = self.include;
        selection.exclude = self.exclude;
        selection.include_regex = self.include_regex;
        selection.exclude_regex = self.exclude_regex;
        selection.extensions = self.extensions;
        selection.max_depth = self.max_depth;
        selection.hidden = self.hidden;
        selection.gitignore = self.gitignore;
        selection.follow_links = self.follow_links;
        selection.one_file_system = self.one_file_system;
        selection.newer_than = self.newer_than.map(Timestamp::from_nanos);
        selection.older_than = self.older_than.map(Timestamp::from_nanos);

        let kind = self.executor.as_deref().map(|name| {
            named(
                "executor",
                name,
                &ExecutorKind::CONCURRENT,
                ExecutorKind::as_str,
            )
        });
        let execution = &mut config.execution;
        execution.executor = kind.transpose()?;
        execution.fallback = self.executor_fallback;
        execution.profile = profile(&self.profile)?;
        execution.task = self.task_type.as_deref().map(task_type).transpose()?;
        execution.workers = self.workers.and_then(NonZeroUsize::new);
        let timeout = self.timeout.map(Duration::try_from_secs_f64).transpose();
        execution.timeout =
            timeout.map_err(|error| PyValueError::new_err(format!("invalid timeout: {error}")))?;
        execution.worker_memory = self.worker_memory;
        execution.worker_program = self.program;
        Ok(config)
    }
}

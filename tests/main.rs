//! Every integration test, in one binary: linking many costs more than
//! running them.

#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests say what is wrong by ending"
)]

mod harness;

mod act;
mod arguments;
mod arrows;
mod cache;
mod changes;
mod check;
mod check_changes;
mod check_directories;
mod check_same;
mod cold;
mod completions;
mod conformance;
mod counts;
mod determinism;
mod directories;
mod executors;
#[cfg(target_os = "linux")]
mod extents;
#[cfg(target_os = "linux")]
mod faults;
mod formats;
mod generated;
mod git_changes;
mod git_trust;
mod gitignore;
mod gitignore_oracle;
mod groups;
mod interrupt;
#[cfg(target_os = "linux")]
mod isolation;
mod keep;
mod library;
mod links;
mod oracle;
mod output;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod processes;
mod readme;
#[cfg(target_os = "linux")]
mod refused_calls;
mod regression;
mod roots;
#[cfg(target_os = "linux")]
mod same_numbers;
mod scan;
mod segments;
mod selection;
mod settings;
mod special;
mod supervision;
mod terminal;
mod trust;
mod walkers;
mod ways;
#[cfg(target_os = "linux")]
mod writers;

//! Every integration test, in one binary: linking many costs more than
//! running them.

#![cfg_attr(
    not(unix),
    allow(dead_code, unused_imports, reason = "most tests are for Unix")
)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests say what is wrong by ending"
)]

mod harness;

#[cfg(unix)]
mod act;
#[cfg(unix)]
mod arguments;
#[cfg(unix)]
mod arrows;
#[cfg(unix)]
mod cache;
#[cfg(unix)]
mod changes;
#[cfg(unix)]
mod check;
#[cfg(unix)]
mod check_changes;
#[cfg(unix)]
mod check_directories;
#[cfg(unix)]
mod check_same;
#[cfg(unix)]
mod cold;
#[cfg(unix)]
mod completions;
#[cfg(unix)]
mod conformance;
#[cfg(unix)]
mod counts;
#[cfg(unix)]
mod determinism;
#[cfg(unix)]
mod digest;
#[cfg(unix)]
mod directories;
#[cfg(unix)]
mod executors;
#[cfg(target_os = "linux")]
mod extents;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(unix)]
mod formats;
#[cfg(unix)]
mod generated;
#[cfg(unix)]
mod git_changes;
#[cfg(unix)]
mod git_trust;
#[cfg(unix)]
mod gitignore;
#[cfg(unix)]
mod gitignore_oracle;
#[cfg(unix)]
mod groups;
#[cfg(unix)]
mod index;
#[cfg(unix)]
mod interrupt;
#[cfg(target_os = "linux")]
mod isolation;
#[cfg(unix)]
mod keep;
#[cfg(unix)]
mod library;
#[cfg(unix)]
mod links;
#[cfg(unix)]
mod oracle;
#[cfg(unix)]
mod output;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(unix)]
mod readme;
#[cfg(target_os = "linux")]
mod refused_calls;
#[cfg(unix)]
mod regression;
#[cfg(target_os = "linux")]
mod review;
#[cfg(unix)]
mod roots;
#[cfg(target_os = "linux")]
mod same_numbers;
#[cfg(unix)]
mod scan;
#[cfg(unix)]
mod segments;
#[cfg(unix)]
mod selection;
#[cfg(unix)]
mod settings;
#[cfg(unix)]
mod special;
#[cfg(unix)]
mod supervision;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod trust;
#[cfg(unix)]
mod walkers;
#[cfg(unix)]
mod ways;
#[cfg(windows)]
mod windows;
#[cfg(target_os = "linux")]
mod writers;

//! Builds a tree, runs the real binary on it, and tells all about both when
//! a test fails.
//!
//! A failed test shows the command line, the tree as it was left and both
//! streams: [`Run`] prints them when it is dropped by a panic, so that plain
//! assertions in the tests get them too.

#[cfg(target_os = "linux")]
mod browser;
#[cfg(unix)]
pub(crate) mod faulty;
#[cfg(target_os = "linux")]
pub(crate) mod fuse;
mod json;
#[cfg(target_os = "linux")]
pub(crate) mod odd;
mod run;
mod system;
#[cfg(target_os = "linux")]
pub(crate) mod terminal;
mod tree;

#[cfg(target_os = "linux")]
pub(crate) use browser::Browser;
pub(crate) use json::{File, Group, Report, exact};
pub(crate) use run::{BINARY, Nodupe, Run};

pub(crate) use system::{
    OTHER_USER, can_mount, heed_signals, is_root, permissions_bind, skipped, spawn, write_file,
};
pub(crate) use tree::{Tree, pattern};

/// Owned strings from literals, for lists that are compared.
pub(crate) fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|&s| s.to_owned()).collect()
}

/// Groups of paths from literals.
pub(crate) fn grouped(groups: &[&[&str]]) -> Vec<Vec<String>> {
    groups.iter().map(|group| strings(group)).collect()
}

/// How many random cases to try: few enough for every day, or as many as
/// `NODUPE_TEST_CASES` says.
pub(crate) fn cases(usual: u32) -> u32 {
    match std::env::var("NODUPE_TEST_CASES") {
        Ok(number) => number.parse().expect("NODUPE_TEST_CASES is a number"),
        Err(_) => usual,
    }
}

//! Builds a tree, runs the real binary on it, and tells all about both when
//! a test fails.
//!
//! A failed test shows the command line, the tree as it was left and both
//! streams: [`Run`] prints them when it is dropped by a panic, so that plain
//! assertions in the tests get them too.

pub mod faulty;
#[cfg(target_os = "linux")]
pub mod fuse;
mod json;
#[cfg(target_os = "linux")]
pub mod odd;
mod run;
mod system;
mod tree;

pub use json::{File, Group, Report, exact};
pub use run::{BINARY, Nodupe, Run};

pub use system::{
    OTHER_USER, can_mount, heed_signals, is_root, permissions_bind, skipped, spawn, write_file,
};
pub use tree::{Tree, pattern};

/// Owned strings from literals, for lists that are compared.
pub fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|&s| s.to_owned()).collect()
}

/// Groups of paths from literals.
pub fn grouped(groups: &[&[&str]]) -> Vec<Vec<String>> {
    groups.iter().map(|group| strings(group)).collect()
}

/// How many random cases to try: few enough for every day, or as many as
/// `NODUPE_TEST_CASES` says.
pub fn cases(usual: u32) -> u32 {
    match std::env::var("NODUPE_TEST_CASES") {
        Ok(number) => number.parse().expect("NODUPE_TEST_CASES is a number"),
        Err(_) => usual,
    }
}

//! A call without any option, which needs no parser.
//!
//! The parser makes 60 options with all that is to be said of them, checks the
//! words against them and takes everything down again. That is a tenth of a
//! scan of three files; and most calls of `nodupe scan` name directories and
//! nothing else.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::{InputArgs, RunArgs, ScanArgs};
use crate::sys::bytes_of;

/// What the parser would make of all arguments of the process, if they are
/// `scan` and paths.
pub fn scan(words: &[OsString]) -> Option<ScanArgs> {
    let (command, paths) = words.get(1..)?.split_first()?;
    let is_plain = |word: &OsString| !matches!(bytes_of(word).first(), None | Some(b'-'));
    if command != "scan" || !paths.iter().all(is_plain) {
        return None;
    }
    Some(ScanArgs {
        input: InputArgs {
            paths: paths.iter().map(PathBuf::from).collect(),
            ..InputArgs::default()
        },
        running: RunArgs {
            workers: "auto".to_owned(),
            ..RunArgs::default()
        },
        ..ScanArgs::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use clap::Parser;

    fn words(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    #[test]
    fn what_needs_no_parser_is_what_the_parser_makes_of_it() {
        let table: [&[&str]; 7] = [
            &["nodupe", "scan"],
            &["nodupe", "scan", "."],
            &["nodupe", "scan", "a", "b", "a"],
            &["nodupe", "scan", "help"],
            &["nodupe", "scan", "scan"],
            &["anything", "scan", "a b", "ä", "=x"],
            &["nodupe", "scan", "a-b", "@x", "/"],
        ];
        for line in table {
            let plain = scan(&words(line)).expect("it is plain");
            let parsed = Cli::try_parse_from(line).unwrap().command;
            let Command::Scan(parsed) = parsed else {
                panic!("{line:?}");
            };
            assert_eq!(format!("{plain:#?}"), format!("{parsed:#?}"), "{line:?}");
        }
    }

    #[test]
    fn everything_else_is_for_the_parser() {
        let table: [&[&str]; 9] = [
            &[],
            &["nodupe"],
            &["nodupe", "scam"],
            &["nodupe", "check"],
            &["nodupe", "--version"],
            &["nodupe", "scan", "--help"],
            &["nodupe", "scan", "a", "-0"],
            &["nodupe", "scan", "--", "a"],
            &["nodupe", "scan", ""],
        ];
        for line in table {
            assert!(scan(&words(line)).is_none(), "{line:?}");
        }
    }
}

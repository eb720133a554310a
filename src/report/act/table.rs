//! The table: what was done, for people.
//!
//! Lines are written as files are acted on, so columns have fixed widths.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{
    ActHeader, ActTotals, ActWriter, ActedDirectory, ActedFile, ActedResult, FreedBytes, Lists,
    Verb,
};
use crate::error::ScanError;
use crate::report::humanize::{count, counted, size};
use crate::report::style::{ALERT, FAINT, SAFE, STRONG, Styler};
use crate::report::{RenderOptions, quote};

/// Columns of a size: `1023.9 KiB`.
const SIZE: usize = 10;
/// Columns of the longest word that is frequent, `symlinked`.
const WORD: usize = 9;
/// Separator of two columns.
const GAP: &str = "  ";

/// Writes one line with aligned columns.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) paint: Styler,
}

/// The role of a line, which decides its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The file stays.
    Kept,
    /// The file is acted on.
    Acted,
    /// The file was to be acted on and was not.
    Left,
}

impl Lines {
    pub(super) fn new(render: RenderOptions) -> Self {
        Self {
            paint: Styler::new(&render),
        }
    }

    /// A file: its size if it is the first of its group, the word, the path,
    /// and what there is to say.
    pub(super) fn file(
        &self,
        out: &mut dyn Write,
        bytes: Option<u64>,
        (role, word): (Role, &str),
        path: &Path,
        remark: &str,
    ) -> io::Result<()> {
        let bytes = bytes.map(size).unwrap_or_default();
        let style = match role {
            Role::Kept => SAFE,
            Role::Acted => STRONG,
            Role::Left => ALERT,
        };
        let pad = WORD.saturating_sub(word.len());
        let word = self.paint.on(style, word);
        let path = quote(path);
        writeln!(
            out,
            "{bytes:>SIZE$}{GAP}{word}{:pad$}{GAP}{path}{remark}",
            ""
        )
    }

    /// A further name of the file on the line above.
    pub(super) fn hard_link(&self, out: &mut dyn Write, path: &Path) -> io::Result<()> {
        let indent = SIZE + GAP.len();
        let text = format!("{:WORD$}{GAP}{}", "hard link", quote(path));
        writeln!(out, "{:indent$}{}", "", self.paint.on(FAINT, text))
    }
}

pub(super) struct Table<'a> {
    out: &'a mut dyn Write,
    lines: Lines,
    lists: Lists,
    verb: Verb,
    dry_run: bool,
    undo: String,
    group: Option<u64>,
    has_lines: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(out: &'a mut dyn Write, render: RenderOptions, lists: Lists) -> Self {
        Self {
            out,
            lines: Lines::new(render),
            lists,
            verb: Verb::Remove,
            dry_run: false,
            undo: String::new(),
            group: None,
            has_lines: false,
        }
    }
}

impl ActWriter for Table<'_> {
    fn begin(&mut self, header: &ActHeader<'_>) -> io::Result<()> {
        self.verb = header.verb;
        self.dry_run = header.dry_run;
        self.undo = "nodupe undo".to_owned();
        if let Some(journal) = header.journal {
            self.undo.push_str(" --journal ");
            self.undo.push_str(&quote(journal));
        }
        Ok(())
    }

    fn file(&mut self, file: &ActedFile<'_>) -> io::Result<()> {
        let (role, word, remark) = match file.result {
            ActedResult::Done { message: None, .. } if self.lists != Lists::All => return Ok(()),
            ActedResult::Done { message, .. } => {
                let word = match self.dry_run {
                    true => self.verb.imperative(),
                    false => self.verb.past(),
                };
                let to = file.destination.map(|to| {
                    let to = quote(to);
                    format!(" -> {to}")
                });
                let message = message.map(|message| format!(": {message}"));
                let remark = to.into_iter().chain(message).collect();
                (Role::Acted, word, remark)
            }
            ActedResult::Skipped { message, .. } => (Role::Left, "left", format!(": {message}")),
            ActedResult::Failed { message, .. } => (Role::Left, "failed", format!(": {message}")),
        };
        self.has_lines = true;
        let mut bytes = None;
        if file.group.is_none() || self.group != file.group {
            self.group = file.group;
            bytes = Some(file.size);
            if let (Some(keeper), Lists::All) = (file.keeper, self.lists) {
                let kept = (Role::Kept, "keep");
                self.lines.file(self.out, bytes.take(), kept, keeper, "")?;
            }
        }
        self.lines
            .file(self.out, bytes, (role, word), file.path, &remark)?;
        for name in file.hard_links {
            self.lines.hard_link(self.out, name)?;
        }
        Ok(())
    }

    fn directory(&mut self, directory: &ActedDirectory<'_>) -> io::Result<()> {
        if directory.remains.is_none() && self.lists == Lists::Left {
            return Ok(());
        }
        self.has_lines = true;
        self.group = None;
        let mut bytes = Some(directory.bytes);
        if let Some(keeper) = directory.keeper {
            let kept = (Role::Kept, "keep");
            let keeper = as_directory(keeper);
            self.lines.file(self.out, bytes.take(), kept, &keeper, "")?;
        }
        let files = counted(directory.files, "file", "files");
        let (role, word, remark) = match &directory.remains {
            None if self.dry_run => (Role::Acted, self.verb.imperative(), String::new()),
            None => (Role::Acted, self.verb.past(), String::new()),
            Some(remains) => {
                let word = if remains.is_whole {
                    "left"
                } else {
                    "incomplete"
                };
                let what = match remains.path == directory.path {
                    true => String::new(),
                    false => format!(" {}:", quote(remains.path)),
                };
                (Role::Left, word, format!(":{what} {}", remains.message))
            }
        };
        let remark = format!(" ({files}){remark}");
        let path = as_directory(directory.path);
        self.lines
            .file(self.out, bytes, (role, word), &path, &remark)
    }

    fn finish(&mut self, totals: &ActTotals, _: &[ScanError]) -> io::Result<()> {
        if self.has_lines {
            writeln!(self.out)?;
        }
        let sums = sums(self.verb, self.dry_run, totals);
        let mut sums = sums.into_iter();
        write!(
            self.out,
            "{}",
            self.lines.paint.on(STRONG, sums.next().unwrap_or_default())
        )?;
        for more in sums {
            write!(self.out, " · {more}")?;
        }
        if totals.interrupted {
            write!(self.out, " · {}", self.lines.paint.on(ALERT, "interrupted"))?;
        }
        writeln!(self.out)?;
        if totals.done > 0 && totals.run.is_some() && self.verb != Verb::Undo {
            let undo = format!("{} takes this back", self.undo);
            writeln!(self.out, "{}", self.lines.paint.on(FAINT, undo))?;
        }
        self.out.flush()
    }
}

/// A path with a slash at its end.
pub(super) fn as_directory(path: &Path) -> PathBuf {
    path.join("")
}

/// The parts of the last line.
fn sums(verb: Verb, dry_run: bool, totals: &ActTotals) -> Vec<String> {
    let mut files = counted(totals.done, "file", "files");
    if totals.done_directories > 0 {
        let directories = counted(totals.done_directories, "directory", "directories");
        files = format!("{directories} with {files}");
    }
    let done = match (totals.done, dry_run) {
        (0, true) => format!("Nothing to {}", verb.imperative()),
        (0, false) => format!("Nothing was {}", verb.past()),
        (_, true) => format!("Would {} {files}", verb.imperative()),
        (_, false) => {
            let word = verb.past();
            let (first, rest) = word.split_at(1);
            format!("{}{rest} {files}", first.to_uppercase())
        }
    };
    let mut sums = vec![done];
    let is_whole = totals.done_directories + totals.left_directories > 0;
    if totals.directories > 0 && !is_whole {
        let directories = counted(totals.directories, "empty directory", "empty directories");
        sums.push(format!("{directories} removed"));
    }
    let FreedBytes {
        freed,
        shared,
        linked,
    } = totals.freed;
    if freed > 0 {
        let freed = size(freed);
        sums.push(match dry_run {
            true => format!("{freed} would become free"),
            false => format!("{freed} freed"),
        });
    }
    sums.extend(not_freed(shared, linked));
    match totals.left_directories {
        0 => {}
        1 => sums.push("1 directory left or incomplete".to_owned()),
        many => sums.push(format!("{} directories left or incomplete", count(many))),
    }
    match totals.skipped {
        0 => {}
        1 => sums.push("1 file left as it is".to_owned()),
        many => sums.push(format!("{} files left as they are", count(many))),
    }
    if totals.failed > 0 {
        sums.push(format!(
            "{} failed",
            counted(totals.failed, "file", "files")
        ));
    }
    sums
}

/// The remarks on bytes that do not become free.
pub(super) fn not_freed(shared: u64, linked: u64) -> impl Iterator<Item = String> {
    let shared =
        (shared > 0).then(|| format!("{} more are shared with clones or snapshots", size(shared)));
    let linked =
        (linked > 0).then(|| format!("{} more are kept by other hard links", size(linked)));
    shared.into_iter().chain(linked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_what_was_done_and_what_was_not() {
        let totals = |done, skipped, failed, freed| ActTotals {
            done,
            skipped,
            failed,
            freed: FreedBytes {
                freed,
                ..FreedBytes::default()
            },
            ..ActTotals::default()
        };
        let rows = [
            (
                Verb::Remove,
                false,
                totals(0, 0, 0, 0),
                "Nothing was removed",
            ),
            (
                Verb::Move,
                true,
                totals(0, 1, 0, 0),
                "Nothing to move · 1 file left as it is",
            ),
            (
                Verb::Remove,
                false,
                totals(1, 0, 0, 2048),
                "Removed 1 file · 2.0 KiB freed",
            ),
            (
                Verb::HardLink,
                true,
                totals(1000, 2, 3, 1024),
                "Would link 1,000 files · 1.0 KiB would become free · 2 files left as they are · 3 files failed",
            ),
            (Verb::Undo, false, totals(2, 0, 0, 0), "Restored 2 files"),
            (
                Verb::Remove,
                false,
                ActTotals {
                    directories: 2,
                    ..totals(3, 0, 0, 0)
                },
                "Removed 3 files · 2 empty directories removed",
            ),
        ];
        for (verb, dry_run, totals, expected) in rows {
            assert_eq!(sums(verb, dry_run, &totals).join(" · "), expected);
        }
    }
}

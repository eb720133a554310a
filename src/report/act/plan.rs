//! The preview: what stays and what goes, before anything is done.

use std::io::{self, Write};

use super::table::{Lines, Role, as_directory, not_freed};
use super::{FreedBytes, Verb};
use crate::report::RenderOptions;
use crate::report::humanize::{counted, size};
use crate::report::style::{FAINT, STRONG};
use crate::types::{FileRecord, WholeDirectory};

/// A group of which some files are to be acted on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedGroup<'a> {
    /// Size of each file.
    pub size: u64,
    /// All its files.
    pub files: &'a [FileRecord],
}

/// Sums over a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PlanTotals {
    /// Groups with files to act on.
    pub groups: u64,
    /// Files to act on.
    pub files: u64,
    /// Directories to act on as a whole.
    pub directories: u64,
    /// Bytes that become free, and those that do not.
    pub freed: FreedBytes,
}

/// Writes these groups, the number of the others, and the sums.
///
/// # Errors
///
/// Those of the output.
pub(crate) fn write_plan<'a>(
    out: &mut dyn Write,
    verb: Verb,
    groups: impl Iterator<Item = PlannedGroup<'a>>,
    totals: &PlanTotals,
    render: RenderOptions,
) -> io::Result<()> {
    let lines = Lines::new(render);
    let mut shown = 0;
    for group in groups {
        shown += 1;
        let mut bytes = Some(group.size);
        let (kept, acted): (Vec<_>, Vec<_>) = group.files.iter().partition(|file| file.keep);
        let kept = kept.into_iter().map(|file| (Role::Kept, "keep", file));
        let acted = acted
            .into_iter()
            .map(|file| (Role::Acted, verb.imperative(), file));
        for (role, word, file) in kept.chain(acted) {
            lines.file(out, bytes.take(), (role, word), &file.path, "")?;
            for name in &file.hard_links {
                lines.hard_link(out, name)?;
            }
        }
    }
    if totals.groups > shown {
        let more = counted(totals.groups - shown, "more group", "more groups");
        hidden(out, lines, &more)?;
    }
    end(out, verb, totals, lines)
}

/// Writes as many directories as fit into so many lines, the number of the others,
/// and the sums.
///
/// # Errors
///
/// Those of the output.
pub(crate) fn write_directory_plan(
    out: &mut dyn Write,
    verb: Verb,
    directories: impl Iterator<Item = WholeDirectory>,
    most: usize,
    totals: &PlanTotals,
    render: RenderOptions,
) -> io::Result<()> {
    let lines = Lines::new(render);
    let mut shown = 0;
    for directory in directories.take((most / 2).max(1)) {
        shown += 1;
        let WholeDirectory {
            path,
            keeper,
            files,
            bytes,
            ..
        } = &directory;
        let files = format!(" ({})", counted(*files, "file", "files"));
        let kept = (Role::Kept, "keep");
        let acted = (Role::Acted, verb.imperative());
        lines.file(out, Some(*bytes), kept, &as_directory(keeper), "")?;
        lines.file(out, None, acted, &as_directory(path), &files)?;
    }
    if totals.directories > shown {
        let more = totals.directories - shown;
        let more = counted(more, "more directory", "more directories");
        hidden(out, lines, &more)?;
    }
    end(out, verb, totals, lines)
}

fn hidden(out: &mut dyn Write, lines: Lines, more: &str) -> io::Result<()> {
    let more = format!("… and {more} (--dry-run lists them all)");
    writeln!(out, "{}", lines.paint.on(FAINT, more))
}

fn end(out: &mut dyn Write, verb: Verb, totals: &PlanTotals, lines: Lines) -> io::Result<()> {
    writeln!(out)?;
    let mut sums = sums(verb, totals).into_iter();
    write!(
        out,
        "{}",
        lines.paint.on(STRONG, sums.next().unwrap_or_default())
    )?;
    for more in sums {
        write!(out, " · {more}")?;
    }
    writeln!(out)?;
    out.flush()
}

/// The parts of the last line.
fn sums(verb: Verb, totals: &PlanTotals) -> Vec<String> {
    let files = counted(totals.files, "file", "files");
    let groups = counted(totals.groups, "group", "groups");
    let files = match totals.directories {
        0 => files,
        directories => {
            let directories = counted(directories, "directory", "directories");
            format!("{directories} with {files}")
        }
    };
    let mut sums = vec![format!("{files} to {} in {groups}", verb.imperative())];
    if verb != Verb::Move && verb != Verb::Trash {
        sums.push(format!("frees {}", size(totals.freed.freed)));
        sums.extend(not_freed(totals.freed.shared, totals.freed.linked));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing;

    const NO_STYLE: RenderOptions = testing::PLAIN;

    fn text(groups: usize) -> String {
        let group = testing::hostile();
        let planned = PlannedGroup {
            size: group.size,
            files: &group.files,
        };
        let totals = PlanTotals {
            groups: 2,
            files: 6,
            directories: 0,
            freed: FreedBytes {
                freed: 3 << 20,
                shared: 1 << 10,
                linked: 5,
            },
        };
        let mut out = Vec::new();
        let groups = std::iter::repeat_n(planned, groups);
        write_plan(&mut out, Verb::Remove, groups, &totals, NO_STYLE).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_path_says_if_it_stays() {
        let expected = r#"    1000 B  keep       d/original
            hard link  d/same
            hard link  $'d/s\377me'
            remove     $'d/a\nb'
            remove     $'d/\033[2J,"'
            remove     $'d/caf\351'
… and 1 more group (--dry-run lists them all)

6 files to remove in 2 groups · frees 3.0 MiB · 1.0 KiB more are shared with clones or snapshots · 5 B more are kept by other hard links
"#;
        assert_eq!(text(1), expected);
        assert!(!text(2).contains('…'));
    }

    #[test]
    fn directories_are_folded_as_many_as_fit() {
        let directory = |path: &str| WholeDirectory {
            group: 0,
            path: path.into(),
            id: crate::types::FileId { dev: 1, ino: 1 },
            keeper: "a".into(),
            files: 3,
            bytes: 2048,
            directories: Vec::new(),
        };
        let totals = PlanTotals {
            groups: 1,
            files: 6,
            directories: 2,
            freed: FreedBytes {
                freed: 4096,
                ..FreedBytes::default()
            },
        };
        let text = |most| {
            let mut out = Vec::new();
            let both = ["b", "c/d"].map(directory).into_iter();
            write_directory_plan(&mut out, Verb::Remove, both, most, &totals, NO_STYLE).unwrap();
            String::from_utf8(out).unwrap()
        };
        let expected = "   2.0 KiB  keep       a/
            remove     b/ (3 files)
   2.0 KiB  keep       a/
            remove     c/d/ (3 files)

2 directories with 6 files to remove in 1 group · frees 4.0 KiB
";
        assert_eq!(text(4), expected);
        assert!(
            text(3).contains("… and 1 more directory (--dry-run"),
            "{}",
            text(3)
        );
    }

    #[test]
    fn moving_frees_nothing() {
        let totals = PlanTotals {
            groups: 1,
            files: 1,
            directories: 0,
            freed: FreedBytes {
                freed: 5,
                ..FreedBytes::default()
            },
        };
        assert_eq!(sums(Verb::Move, &totals), ["1 file to move in 1 group"]);
    }
}

//! A verdict in words, the same in every format that people read.
//!
//! Names go through [`printable`], so nothing in these sentences acts on a
//! terminal or a CI runner. Each format escapes its own special characters.

use super::CheckReport;
use crate::check::{Account, Copy, Excess, FileStatus, Finding, Measure, Stale, Verdict};
use crate::platform::bytes_of;
use crate::report::escape;
use crate::report::humanize::{count, counted, size};
use std::path::Path;

/// The remedy for a new file, in one sentence.
pub(super) const REMEDY: &str = "Remove it, or accept it: \
    nodupe check --update-baseline, or an allow rule in nodupe.toml.";

/// The remedy for a stale entry.
pub(super) const STALE_REMEDY: &str = "Remove the entry: nodupe check --update-baseline.";

/// A name in printable characters.
pub(super) fn shown(path: &Path) -> String {
    printable(bytes_of(path.as_os_str()))
}

/// Any text in printable characters, as [`escape()`] makes it. It also contains
/// no command to the runners of GitHub and Azure: besides `::` at the start of
/// a line, they interpret `##[` and `##vso[` anywhere.
pub(super) fn printable(text: &[u8]) -> String {
    let text = escape(text);
    if !text.contains("##") {
        return text.into_owned();
    }
    text.replace("##[", "#\\u{23}[")
        .replace("##vso[", "#\\u{23}vso[")
}

/// The verdict in one line, without a full stop.
pub(super) fn headline(verdict: &Verdict) -> String {
    let mut line = new_files(verdict);
    let exceeded = limits(verdict);
    if !exceeded.is_empty() {
        line = format!("{line} ({})", exceeded.join("; "));
    } else if !verdict.findings.is_empty() {
        line.push_str(", within the budget");
    }
    let stale = verdict.stale.len() as u64;
    if stale > 0 {
        let stale = counted(stale, "stale baseline entry", "stale baseline entries");
        line = format!("{line}, {stale}");
        if verdict.deny_stale {
            line.push_str(" (none allowed)");
        }
    }
    if verdict.stopped_early {
        line.push_str(", stopped at the first group over a budget");
    }
    line
}

/// The amount of new duplicates.
fn new_files(verdict: &Verdict) -> String {
    if verdict.findings.is_empty() {
        return "no new duplicates".to_owned();
    }
    format!(
        "{} in {}, {}",
        counted(verdict.duplicates(), "new duplicate", "new duplicates"),
        counted(verdict.findings.len() as u64, "group", "groups"),
        size(verdict.reclaimable_bytes())
    )
}

/// The limits that are exceeded, each with what was found.
fn limits(verdict: &Verdict) -> Vec<String> {
    let alone = verdict.accounts.len() == 1;
    let each = verdict.accounts.iter().flat_map(|account| {
        let scope = match &account.paths[..] {
            [] if alone => String::new(),
            [] => "elsewhere: ".to_owned(),
            paths => format!("in {}: ", globs(paths)),
        };
        let excess = account.excess().into_iter();
        excess.map(move |excess| match excess.most {
            0 => format!("{scope}none allowed"),
            _ => format!("{scope}{}", over(&excess)),
        })
    });
    let mut limits: Vec<String> = each.collect();
    // Two limits of zero for the same paths have the same text.
    limits.dedup();
    limits
}

/// An exceeded limit: `3 groups, 2 allowed`.
fn over(excess: &Excess) -> String {
    let Excess {
        measure,
        found,
        most,
    } = *excess;
    let (found, most) = match measure {
        Measure::Reclaimable => sizes(found, most),
        Measure::Groups => (counted(found, "group", "groups"), count(most)),
        Measure::Duplicates => (counted(found, "new file", "new files"), count(most)),
    };
    format!("{found}, {most} allowed")
}

/// Two sizes in a form that shows their difference.
fn sizes(found: u64, most: u64) -> (String, String) {
    let sizes = (size(found), size(most));
    if sizes.0 != sizes.1 || found == most {
        return sizes;
    }
    (counted(found, "byte", "bytes"), count(most))
}

/// Globs as they are written, on one line.
pub(super) fn globs(paths: &[String]) -> String {
    let each: Vec<_> = paths
        .iter()
        .map(|glob| printable(glob.as_bytes()))
        .collect();
    each.join(", ")
}

/// The new files that a budget counts: `2 of 3 groups, 5 new files, 1.0 MiB`.
/// Without a limit there is no "of".
pub(super) fn counted_amounts(account: &Account) -> String {
    let of = |found: String, most: Option<String>| match most {
        Some(most) => format!("{found} of {most}"),
        None => found,
    };
    let budget = &account.budget;
    let (bytes, most_bytes) = match budget.max_reclaimable {
        Some(most) => {
            let (bytes, most) = sizes(account.reclaimable_bytes, most);
            (bytes, Some(most))
        }
        None => (size(account.reclaimable_bytes), None),
    };
    let counts = |found, most: Option<u64>, one, many| match most {
        Some(most) => format!("{} of {}", count(found), counted(most, one, many)),
        None => counted(found, one, many),
    };
    format!(
        "{}, {}, {}",
        counts(account.groups, budget.max_groups, "group", "groups"),
        counts(
            account.duplicates,
            budget.max_duplicates,
            "new file",
            "new files"
        ),
        of(bytes, most_bytes)
    )
}

/// Returns true if the budget that a new file counts for is exceeded. One
/// without a budget counts as over it: a needless warning is better than a
/// missing one.
pub(super) fn is_over(verdict: &Verdict, copy: &Copy) -> bool {
    match copy.status {
        FileStatus::New { account } => verdict
            .accounts
            .get(account)
            .is_none_or(Account::is_exceeded),
        _ => false,
    }
}

/// Describes a new file, without a full stop: `a copy of a.png (1.2 MiB)`.
pub(super) fn copy_of(report: &CheckReport<'_>, finding: &Finding, copy: &Copy) -> String {
    let size = size(finding.size);
    match finding.original().filter(|original| *original != copy) {
        Some(original) => format!(
            "a copy of {} ({size})",
            shown(&report.placed(&original.path))
        ),
        None => format!("a duplicate ({size})"),
    }
}

/// The reason why a file is accepted; `None` if it is new.
pub(super) fn kept_reason(status: &FileStatus) -> Option<String> {
    Some(match status {
        FileStatus::Original => "treated as the original".to_owned(),
        FileStatus::Reference => "reference".to_owned(),
        FileStatus::Baseline => "in the baseline".to_owned(),
        FileStatus::Allowed(reason) if reason.is_empty() => "allowed".to_owned(),
        FileStatus::Allowed(reason) => format!("allowed: {}", printable(reason.as_bytes())),
        FileStatus::Unchanged => "unchanged".to_owned(),
        FileStatus::New { .. } => return None,
    })
}

/// Describes a stale baseline entry, without a full stop.
pub(super) fn stale(report: &CheckReport<'_>, entry: &Stale) -> String {
    format!(
        "{} is listed in {}, but {}",
        shown(&report.placed(&entry.path)),
        shown(report.baseline),
        entry.now.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, Sample};
    use super::*;
    use crate::check::Budget;

    #[test]
    fn names_contain_no_runner_commands() {
        let name = b"##[add-mask]a###[b]##vso[c]## [d";
        assert_eq!(
            printable(name),
            r"#\u{23}[add-mask]a##\u{23}[b]#\u{23}vso[c]## [d"
        );
    }

    #[test]
    fn nothing_new_is_said_shortly() {
        assert_eq!(headline(&Sample::clean().verdict), "no new duplicates");
    }

    #[test]
    fn a_limit_of_zero_is_none_allowed() {
        let sample = Sample::plain();
        assert_eq!(
            headline(&sample.verdict),
            "3 new duplicates in 2 groups, 2.0 MiB (none allowed)"
        );
    }

    #[test]
    fn each_exceeded_limit_is_named_with_its_place() {
        let mut verdict = Sample::plain().verdict;
        verdict.accounts = vec![
            Account {
                paths: vec!["assets/**".to_owned(), "a\nb".to_owned()],
                ..testing::account(Budget::of(Some(1), Some(1000), Some(1)), 2, 3, 1 << 20)
            },
            testing::account(Budget::NONE, 1, 1, 7),
        ];
        assert_eq!(
            limits(&verdict),
            [
                r"in assets/**, a\nb: 2 groups, 1 allowed",
                r"in assets/**, a\nb: 1.0 MiB, 1 B allowed",
                "elsewhere: none allowed"
            ]
        );
        verdict.accounts[0].groups = 1;
        verdict.accounts[0].reclaimable_bytes = 0;
        verdict.accounts.pop();
        assert_eq!(
            headline(&verdict),
            "3 new duplicates in 2 groups, 2.0 MiB, within the budget"
        );
    }

    #[test]
    fn sizes_that_round_to_the_same_text_are_shown_in_bytes() {
        let budget = Budget::of(None, None, Some(1 << 20));
        let account = testing::account(budget, 1, 1, (1 << 20) + 1);
        assert_eq!(
            over(&account.excess()[0]),
            "1,048,577 bytes, 1,048,576 allowed"
        );
        assert_eq!(
            counted_amounts(&account),
            "1 group, 1 new file, 1,048,577 bytes of 1,048,576"
        );
        let same = testing::account(budget, 1, 1, 1 << 20);
        assert_eq!(
            counted_amounts(&same),
            "1 group, 1 new file, 1.0 MiB of 1.0 MiB"
        );
    }

    #[test]
    fn a_file_is_not_a_copy_of_itself() {
        let sample = Sample::plain();
        let finding = &sample.verdict.findings[1];
        let what = |at: usize| copy_of(&sample.report(), finding, &finding.copies[at]);
        assert_eq!(what(1), "a copy of src/a.rs (512.0 KiB)");
        assert_eq!(what(0), "a duplicate (512.0 KiB)");
    }

    #[test]
    fn the_headline_shows_stale_entries_and_an_early_stop() {
        let mut sample = Sample::hostile();
        sample.verdict.findings.clear();
        sample.verdict.accounts.clear();
        assert_eq!(
            headline(&sample.verdict),
            "no new duplicates, 3 stale baseline entries"
        );
        sample.verdict.stale.truncate(1);
        sample.verdict.deny_stale = true;
        sample.verdict.stopped_early = true;
        assert_eq!(
            headline(&sample.verdict),
            "no new duplicates, 1 stale baseline entry (none allowed), \
             stopped at the first group over a budget"
        );
    }
}

//! A verdict in words, the same in every format that people read.
//!
//! Names go through [`quote()`], everything else that is not ours through
//! [`printable`], so nothing in these sentences acts on a terminal or a CI
//! runner. Each format escapes its own special characters.

use std::borrow::Cow;
use std::path::Path;

use crate::check::{Account, Excess, FileStatus, Measure, Verdict};
use crate::report::humanize::{count, counted, size};
use crate::report::{escape, quote};

/// A path as it is, or as a word of the shell where it has characters that act
/// on a terminal, other than those in `allowed`. For fields that programs take
/// for a path.
pub(super) fn exact_or_quoted(path: &Path, allowed: &str) -> String {
    let acts = |c: char| escape::acts(c) && !allowed.contains(c);
    match path.to_str() {
        Some(text) if !text.contains(acts) => text.to_owned(),
        _ => quote(path).into_owned(),
    }
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
    let exceeded = limits(verdict);
    let detail = match &exceeded[..] {
        [] => String::new(),
        exceeded => format!(" ({})", exceeded.join("; ")),
    };
    overview(verdict, &detail)
}

/// The verdict in one line, without the paths of budgets.
pub(super) fn short_headline(verdict: &Verdict) -> String {
    overview(verdict, "")
}

fn overview(verdict: &Verdict, exceeded: &str) -> String {
    let mut line = new_files(verdict) + exceeded;
    let is_over = verdict.accounts.iter().any(Account::is_exceeded);
    if !is_over && !verdict.findings.is_empty() {
        line.push_str(", within the budget");
    }
    let different = verdict.differences.len() as u64;
    if different > 0 {
        let files = counted(
            different,
            "file that must be identical differs",
            "files that must be identical differ",
        );
        line = format!("{line}, {files}");
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

/// The new files that a budget counts, and its limits: `3 groups (2 allowed),
/// 5 new files, 1.0 MiB`. Empty if there are none.
pub(super) fn counted_amounts(account: &Account) -> String {
    if account.duplicates == 0 {
        return String::new();
    }
    let budget = &account.budget;
    let allowed = |most: Option<String>| match most {
        Some(most) if most == "0" => " (none allowed)".to_owned(),
        Some(most) => format!(" ({most} allowed)"),
        None => String::new(),
    };
    let (bytes, most_bytes) = match budget.max_reclaimable {
        Some(most) => {
            let (bytes, most) = sizes(account.reclaimable_bytes, most);
            (bytes, Some(most))
        }
        None => (size(account.reclaimable_bytes), None),
    };
    format!(
        "{}{}, {}{}, {bytes}{}",
        counted(account.groups, "group", "groups"),
        allowed(budget.max_groups.map(count)),
        counted(account.duplicates, "new file", "new files"),
        allowed(budget.max_duplicates.map(count)),
        allowed(most_bytes),
    )
}

/// The status of a file in one or two words.
pub(super) fn status_word(status: &FileStatus) -> &'static str {
    match status {
        FileStatus::New { .. } => "new",
        FileStatus::Original => "original",
        FileStatus::Reference => "reference",
        FileStatus::Baseline => "baseline",
        FileStatus::Allowed(_) => "allowed",
        FileStatus::Same(_) => "same",
        FileStatus::Unchanged => "unchanged",
    }
}

/// The reason that a rule gives for a file; empty if there is none.
pub(super) fn reason(status: &FileStatus) -> &str {
    match status {
        FileStatus::Allowed(reason) | FileStatus::Same(reason) => reason,
        _ => "",
    }
}

/// The part of a file in a finding, for a reader who does not know the words.
pub(super) fn role(status: &FileStatus) -> Cow<'static, str> {
    let word = match status {
        FileStatus::New { .. } => "new too",
        FileStatus::Original => "the original",
        FileStatus::Reference => "under a reference directory",
        FileStatus::Baseline => "accepted by the baseline",
        FileStatus::Allowed(_) => "allowed by a rule",
        FileStatus::Same(_) => "meant to be identical",
        FileStatus::Unchanged => "unchanged",
    };
    match reason(status) {
        "" => Cow::Borrowed(word),
        reason => Cow::Owned(format!("{word}: {}", printable(reason.as_bytes()))),
    }
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
            "1 group, 1 new file, 1,048,577 bytes (1,048,576 allowed)"
        );
        let same = testing::account(budget, 1, 1, 1 << 20);
        assert_eq!(
            counted_amounts(&same),
            "1 group, 1 new file, 1.0 MiB (1.0 MiB allowed)"
        );
        let none = testing::account(Budget::NONE, 1, 2, 3);
        assert_eq!(
            counted_amounts(&none),
            "1 group (none allowed), 2 new files, 3 B"
        );
        assert_eq!(counted_amounts(&testing::account(budget, 0, 0, 0)), "");
    }

    #[test]
    fn the_headline_shows_stale_entries_and_an_early_stop() {
        let mut sample = Sample::hostile();
        sample.verdict.findings.clear();
        sample.verdict.accounts.clear();
        assert_eq!(
            headline(&sample.verdict),
            "no new duplicates, 2 files that must be identical differ, 3 stale baseline entries"
        );
        sample.verdict.differences.clear();
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

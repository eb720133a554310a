//! Sample verdicts for the tests of every format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{CheckFormat, CheckReport, write};
use crate::check::{
    Account, Budget, Copy, Difference, DifferenceKind, FileStatus, Finding, Stale, Staleness,
    Verdict,
};
use crate::config::HashAlgorithm;
use crate::error::ScanError;
use crate::report::RenderOptions;
use crate::report::testing::{PLAIN, error, path, summary};
use crate::types::{Digest, Summary};

/// Everything that a report refers to.
pub(super) struct Sample {
    pub verdict: Verdict,
    pub summary: Summary,
    pub errors: Vec<ScanError>,
    pub prefix: PathBuf,
    pub tracked: BTreeSet<PathBuf>,
    pub lists_all: bool,
}

pub(super) const NEW: FileStatus = FileStatus::New { account: 0 };

/// Names that mean something to a terminal, to a workflow runner, to
/// Markdown, XML, JSON or a URI.
pub(super) const HOSTILE_NAMES: [&[u8]; 12] = [
    b"a\nb\r\n::set-output name=x::y",
    b"::error::%0A%25,x:y",
    b"##[add-mask]x",
    b"\x1b[31mred\x07",
    b"caf\xe9",
    "gpj.\u{202e}exe\u{fffe}".as_bytes(),
    b" lead and trail ",
    b"[x](http://e.x) ![y](z) `c` | *b* _i_ ~s~ \\| @me #1 www.e.x",
    b"<script>&amp;</td>]]>{0}'\"",
    b"c:/x?y#z",
    "日本/ü.png".as_bytes(),
    b"-->%41",
];

pub(super) fn copy(name: &[u8], status: FileStatus) -> Copy {
    Copy {
        path: path(name),
        hard_links: Vec::new(),
        status,
    }
}

pub(super) fn finding(size: u64, copies: Vec<Copy>) -> Finding {
    let mut finding = Finding {
        digest: Digest::new(&[0xab; 16]),
        size,
        reclaimable_bytes: 0,
        copies,
        directory_files: None,
        is_over: true,
    };
    finding.reclaimable_bytes = finding.new_files().count() as u64 * size;
    finding
}

pub(super) fn account(
    budget: Budget,
    groups: u64,
    duplicates: u64,
    reclaimable_bytes: u64,
) -> Account {
    Account {
        paths: Vec::new(),
        budget,
        groups,
        duplicates,
        reclaimable_bytes,
    }
}

pub(super) fn stale(name: &[u8], now: Staleness) -> Stale {
    Stale {
        path: path(name),
        digest: Digest::new(&[0xcd; 32]),
        now,
    }
}

impl Sample {
    /// The check passes, and some files are accepted.
    pub(super) fn clean() -> Self {
        Self {
            verdict: Verdict {
                findings: Vec::new(),
                accounts: vec![account(Budget::NONE, 0, 0, 0)],
                accepted_groups: 12,
                unchanged_groups: 0,
                differences: Vec::new(),
                stale: Vec::new(),
                deny_stale: false,
                stopped_early: false,
            },
            summary: summary(),
            errors: Vec::new(),
            prefix: PathBuf::new(),
            tracked: BTreeSet::new(),
            lists_all: true,
        }
    }

    /// Three new files where none are allowed.
    pub(super) fn plain() -> Self {
        let mut sample = Self::clean();
        sample.verdict.findings = vec![
            finding(
                1 << 20,
                vec![
                    copy(b"assets/logo.png", FileStatus::Baseline),
                    copy(b"assets/logo copy.png", NEW),
                ],
            ),
            finding(
                1 << 19,
                vec![
                    copy(b"src/a.rs", FileStatus::Original),
                    copy(b"src/b.rs", NEW),
                    copy(b"src/c.rs", NEW),
                ],
            ),
        ];
        sample.verdict.accounts = vec![account(Budget::NONE, 2, 3, 2 << 20)];
        sample.tracked = ["assets/logo copy.png", "src/b.rs"]
            .map(PathBuf::from)
            .into();
        sample
    }

    /// Every case: a path budget that holds and one that does not, every
    /// status, hostile names, stale entries, an unreadable path.
    pub(super) fn hostile() -> Self {
        let mut sample = Self::clean();
        let mut kept = copy(b"d/original", FileStatus::Reference);
        kept.hard_links = vec![path(b"d/same"), path(b"d/s\xffme")];
        let mut copies = vec![
            kept,
            copy(b"d/|", FileStatus::Allowed("a [joke](x)\n".to_owned())),
            copy(b"d/\xff", FileStatus::Unchanged),
            copy(b"/outside/it", FileStatus::Baseline),
        ];
        let new = HOSTILE_NAMES.iter().map(|name| copy(name, NEW));
        copies.extend(new);
        copies[5].hard_links = vec![path(b"link\n")];
        let within = FileStatus::New { account: 1 };
        let mut small = finding(
            7,
            vec![
                copy(b"docs/x", FileStatus::Original),
                copy(b"docs/y", within),
                copy(b"/outside/new", FileStatus::New { account: 1 }),
            ],
        );
        small.is_over = false;
        small.digest = Digest::new(&[0xef; 32]);
        let verdict = &mut sample.verdict;
        verdict.findings = vec![finding(1000, copies), small];
        let mut docs = account(Budget::of(Some(1), Some(5), None), 1, 2, 14);
        docs.paths = vec!["docs/**".to_owned(), "a|b\n".to_owned()];
        verdict.accounts = vec![account(Budget::NONE, 1, 12, 12_000), docs];
        verdict.unchanged_groups = 1;
        verdict.differences = vec![
            Difference {
                path: path(b"d/LICENSE\n"),
                kind: DifferenceKind::Different,
                original: Some(path(b"LICENSE")),
                reason: "one `license`".to_owned(),
            },
            Difference {
                path: path(b"e/LICENSE"),
                kind: DifferenceKind::Missing,
                original: None,
                reason: String::new(),
            },
        ];
        verdict.stale = vec![
            stale(b"gone", Staleness::Gone),
            stale(b"a|\n::debug::x", Staleness::Changed),
            stale(b"\xfe", Staleness::Alone),
        ];
        sample.errors = vec![error(b"d/gone"), error(b"d/\xff\n::error::")];
        sample.errors[1].message = "No\n::such <file>".to_owned();
        sample.summary.complete = false;
        sample.summary.totals.errors = 2;
        sample.prefix = PathBuf::from("sub/dir");
        sample
    }

    /// A file with this name is new, and so on in every place for a name.
    pub(super) fn named(name: &[u8]) -> Self {
        let mut sample = Self::clean();
        let mut new = copy(name, NEW);
        new.hard_links = vec![path(name)];
        let kept = copy(name, FileStatus::Allowed(shown_reason(name)));
        sample.verdict.findings = vec![
            finding(3, vec![kept, copy(b"new", NEW)]),
            finding(2, vec![copy(b"old", FileStatus::Original), new]),
        ];
        sample.verdict.accounts = vec![account(Budget::NONE, 2, 2, 5)];
        sample.verdict.differences = vec![Difference {
            path: path(name),
            kind: DifferenceKind::Different,
            original: Some(path(name)),
            reason: shown_reason(name),
        }];
        sample.tracked = [path(name)].into();
        sample.verdict.stale = vec![stale(name, Staleness::Gone)];
        sample.errors = vec![error(name)];
        sample.errors[0].message = shown_reason(name);
        sample
    }

    pub(super) fn all() -> [Self; 3] {
        [Self::clean(), Self::plain(), Self::hostile()]
    }

    pub(super) fn report(&self) -> CheckReport<'_> {
        CheckReport {
            verdict: &self.verdict,
            summary: &self.summary,
            errors: &self.errors,
            hash: HashAlgorithm::Blake3,
            root: Path::new("/home/me"),
            project_file: Some(Path::new("nodupe.toml")),
            prefix: &self.prefix,
            here: Path::new(""),
            baseline: Path::new(".nodupe-baseline.json"),
            tracked: &self.tracked,
            lists_all: self.lists_all,
        }
    }

    pub(super) fn bytes(&self, format: CheckFormat) -> Vec<u8> {
        self.bytes_for(format, &PLAIN)
    }

    pub(super) fn bytes_for(&self, format: CheckFormat, render: &RenderOptions) -> Vec<u8> {
        let mut out = Vec::new();
        write(format, &mut out, &self.report(), render).unwrap();
        out
    }

    /// Every format is UTF-8.
    pub(super) fn text(&self, format: CheckFormat) -> String {
        String::from_utf8(self.bytes(format)).unwrap()
    }

    /// The new files, as the report places them.
    pub(super) fn new_paths(&self) -> Vec<PathBuf> {
        let findings = self.verdict.findings.iter();
        let new = findings.flat_map(Finding::new_files);
        new.map(|copy| self.report().placed(&copy.path).into_owned())
            .collect()
    }
}

fn shown_reason(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

//! The groups of a review: from a report, or from a scan on a thread of its own.

use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::super::act::protect::Protection;
use super::super::diagnostics::{Fatal, scan_failed};
use super::model::Feed;
use super::store::Found;
use crate::config::{HashAlgorithm, ScanConfig};
use crate::error::ScanError;
use crate::pipeline::{Progress, Scan};
use crate::report::session::Mark;
use crate::report::source::{SavedMark, Source};
use crate::types::{CancelToken, Group, Summary};

/// Groups that are sent at once at most.
const MAX_GROUPS: usize = 1024;

/// Messages on their way: a scan waits for a screen that is busy.
const PENDING: usize = 16;

/// News of a scan.
pub(super) enum Message {
    Groups(Vec<Group>),
    Progress(Feed),
    /// The last message.
    Ended(Result<Box<Ended>, Fatal>),
}

/// A scan that has ended.
pub(super) struct Ended {
    pub(super) summary: Summary,
    pub(super) errors: Vec<ScanError>,
    pub(super) left_out: Vec<PathBuf>,
    pub(super) keep_problems: Vec<String>,
}

/// A scan that runs.
pub(super) struct Scanning {
    pub(super) messages: Receiver<Message>,
    pub(super) cancel: CancelToken,
    thread: JoinHandle<()>,
}

impl Scanning {
    /// Starts a scan.
    pub(super) fn start(config: ScanConfig) -> Result<Self, Fatal> {
        let (sender, messages) = bounded(PENDING);
        let (token, cancel) = bounded(1);
        let thread = thread::Builder::new()
            .name("scan".to_owned())
            .spawn(move || {
                let execution = config.execution.clone();
                let scan = Scan::new(config);
                let _ = token.send(scan.cancel_token());
                let ended = run(scan, &sender).map_err(|error| scan_failed(error, &execution));
                let _ = sender.send(Message::Ended(ended.map(Box::new)));
            });
        let cannot = |_| Fatal::new("the scan cannot be started");
        let thread = thread.map_err(|error| {
            Fatal::new(format!("the scan cannot be started: {error}"))
                .hint("raise the limit of threads (ulimit -u)")
        })?;
        Ok(Self {
            messages,
            cancel: cancel.recv().map_err(cannot)?,
            thread,
        })
    }

    /// Ends the scan early, and waits until it has let go of all files.
    pub(super) fn stop(self) -> Option<Result<Box<Ended>, Fatal>> {
        self.cancel.cancel();
        let mut ended = None;
        for message in &self.messages {
            if let Message::Ended(result) = message {
                ended = Some(result);
            }
        }
        // Its panic, if any, was told by the hook.
        let _ = self.thread.join();
        ended
    }
}

fn run(scan: Scan<'_>, sender: &Sender<Message>) -> Result<Ended, crate::error::Error> {
    let cancel = scan.cancel_token();
    let pending = std::cell::RefCell::new(Vec::new());
    let send = || {
        let groups = std::mem::take(&mut *pending.borrow_mut());
        // Nobody receives: the review was left.
        let is_heard = groups.is_empty() || sender.send(Message::Groups(groups)).is_ok();
        if !is_heard {
            cancel.cancel();
        }
    };
    let mut is_first = true;
    let result = scan
        .on_group(|group| {
            // What a cancelled scan reports may lack copies.
            if cancel.is_cancelled() {
                return;
            }
            pending.borrow_mut().push(group);
            if std::mem::take(&mut is_first) || pending.borrow().len() >= MAX_GROUPS {
                send();
            }
        })
        .on_progress(|progress| {
            send();
            let _ = sender.send(Message::Progress(running(progress)));
        })
        .run()?;
    send();
    // Problems are known once the groups were made.
    Ok(Ended {
        summary: result.summary().clone(),
        errors: result.errors().to_vec(),
        left_out: result.left_out().to_vec(),
        keep_problems: result.keep_problems(),
    })
}

fn running(progress: &Progress) -> Feed {
    Feed::Running {
        files: progress.files,
        bytes_read: progress.bytes_read,
        bytes_to_read: progress.bytes_to_read,
    }
}

/// Groups with the marks of protection, and those of an earlier review.
pub(super) struct Finder {
    protection: Protection,
    roots: Vec<PathBuf>,
}

impl Finder {
    pub(super) fn new(protection: Protection, roots: Vec<PathBuf>) -> Self {
        Self { protection, roots }
    }

    /// A group of a scan.
    pub(super) fn of_scan(&self, mut group: Group) -> Found {
        self.protection.mark(&mut group, &self.roots, false);
        self.found(group, Vec::new())
    }

    /// A group of a report.
    pub(super) fn of_report(&self, mut group: Group, marks: &[SavedMark]) -> Found {
        // Somebody who edits a report says so: that holds against any mark.
        let kept: Vec<bool> = group.files.iter().map(|file| file.keep).collect();
        for (file, saved) in group.files.iter_mut().zip(marks) {
            file.keep = saved.suggested.unwrap_or(file.keep) || file.reference;
        }
        self.protection.mark(&mut group, &self.roots, true);
        let mut marks: Vec<_> = marks.iter().map(|saved| saved.mark).collect();
        for (mark, is_kept) in marks.iter_mut().zip(kept) {
            if is_kept && mark.acts() {
                *mark = Mark::Keep;
            }
        }
        if marks.iter().all(|mark| *mark == Mark::None) {
            marks = Vec::new();
        }
        self.found(group, marks)
    }

    fn found(&self, group: Group, marks: Vec<Mark>) -> Found {
        let files = group.files.iter();
        let protected: Vec<bool> = files
            .map(|file| self.protection.always_keeps(file, &self.roots))
            .collect();
        Found {
            protected: match protected.contains(&true) {
                true => protected,
                false => Vec::new(),
            },
            group,
            marks,
        }
    }
}

/// The origin of the groups, for a report with their marks.
pub(super) struct Origin {
    pub(super) hash: HashAlgorithm,
    pub(super) roots: Vec<PathBuf>,
    /// The facts of the scan, as far as they are known.
    pub(super) scan: Known,
}

/// The facts of the scan that found the groups.
pub(super) enum Known {
    /// Nothing yet.
    Running,
    /// It was just made.
    Ended(Box<Ended>),
    /// Those in its report.
    Report {
        complete: bool,
        figures: serde_json::Map<String, serde_json::Value>,
    },
}

impl Origin {
    /// The origin of a report.
    pub(super) fn of_report(source: &Source) -> Self {
        Self {
            hash: source.hash,
            roots: source.roots.clone(),
            scan: Known::Report {
                complete: source.complete,
                figures: source.figures.clone(),
            },
        }
    }
}

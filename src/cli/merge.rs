//! `nodupe merge`: groups of files over the indexes of several hosts.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::args::MergeArgs;
use super::diagnostics::{Fatal, say};
use super::index::unusable;
use super::interrupt;
use super::output::{self, Output, cannot_write};
use super::terminal::{Environment, output_size};
use super::value_enums::FormatChoice;
use crate::config::Criteria;
use crate::exit::Exit;
use crate::manifest::{IndexError, Merge, MergeTotals, Merged, Request, Wanted};
use crate::pipeline::CancelToken;
use crate::platform;
use crate::report::{self, Header, RenderOptions, Report, counted};
use crate::types::{ExecutorSummary, Group, Summary, Totals};

/// Merges indexes.
pub(super) fn run(args: &MergeArgs) -> Result<Exit, Fatal> {
    let began = Instant::now();
    let temporary = args.temporary.clone();
    let mut request = Request::new(wanted(args)?, temporary.unwrap_or_else(std::env::temp_dir));
    request.is_cloned = args.cloned;
    request.keep.clone_from(&args.keep);
    let output = args
        .output
        .as_deref()
        .filter(|file| *file != Path::new("-"));
    let mut output = Output::open(output)?;
    let mut candidates = match &args.candidates {
        Some(file) => Some(Output::open(Some(file))?),
        None => None,
    };
    let inputs = args.files.iter().chain(args.output.as_ref());
    output::refuse_to_replace(candidates.as_slice(), inputs)?;
    output::refuse_to_replace(std::slice::from_ref(&output), args.files.iter())?;
    let cancel = CancelToken::default();
    let leftovers = candidates.iter().chain([&output]).map(Output::leftover);
    interrupt::cancel_first(cancel.clone(), leftovers.collect());
    let Some(merged) = merge(args, &request, &cancel, candidates.as_mut())? else {
        return Ok(Exit::Interrupted);
    };
    let Merged {
        totals,
        algorithm,
        roots,
        mut groups,
        incomplete,
        partial,
    } = merged;
    let is_complete = incomplete.is_empty() && partial.is_empty();
    let missed = totals.not_proved + totals.not_proved_unique + u64::from(!is_complete);
    let summary = summary(&totals, missed == 0, began.elapsed());
    let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let page_directory = output.directory();
    let report = Report {
        header: Header {
            working_directory: &working_directory,
            roots: &roots,
            project_file: None,
            hash: algorithm,
        },
        criteria: criteria(&request.wanted),
        summary: &summary,
        directories: None,
        errors: &[],
        page_directory: page_directory.as_deref(),
    };
    let written = {
        let limit = args.limit.filter(|&limit| limit > 0);
        let limit = limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        let listed = |group: Group| match args.redundant {
            true => group.without_kept(),
            false => Some(group),
        };
        let render = render(args, &output);
        let mut groups = groups.by_ref().filter_map(listed).take(limit);
        report::write(
            args.format.into(),
            &mut output,
            &report,
            &mut groups,
            &render,
        )
    };
    if let Some(error) = groups.failure() {
        return Err(unusable(&error));
    }
    let committed = written.and_then(|written| output.commit().map(|()| written));
    let escaped = match committed {
        Ok(written) => written.escaped_names,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Complete),
        Err(error) => return Err(cannot_write(args.output.as_deref(), &error)),
    };
    if let Some(candidates) = candidates {
        let failed = |error| cannot_write(args.candidates.as_deref(), &error);
        candidates.commit().map_err(failed)?;
    }
    if !args.quiet {
        for file in &incomplete {
            say(format_args!(
                "nodupe: {}: not everything could be read when it was made: what its host has \
                 may be missing",
                report::quote(file)
            ));
        }
        for host in &partial {
            say(format_args!(
                "nodupe: not all partitions of the host {} are given",
                report::quote(Path::new(host))
            ));
        }
        warn(args, &totals, escaped);
    }
    Ok(Exit::of_scan(false, missed))
}

/// Reads the indexes and makes the groups; `None` if it was interrupted.
fn merge(
    args: &MergeArgs,
    request: &Request,
    cancel: &CancelToken,
    candidates: Option<&mut Output>,
) -> Result<Option<Merged>, Fatal> {
    let merged = Merge::read(&args.files, request, cancel).and_then(|merge| {
        if let Some(host) = request.wanted.host()
            && merge.hosts().all(|known| known != host)
        {
            let hosts: Vec<_> = merge.hosts().collect();
            return Ok(Err(Fatal::new(format!("no index is of the host {host:?}"))
                .hint(format!("the indexes are of {}", hosts.join(", ")))));
        }
        let out = candidates.map(|out| out as &mut dyn io::Write);
        merge.groups(out).map(|merged| merged.map_err(Fatal::from))
    });
    match merged {
        Ok(merged) => merged.map(Some),
        Err(IndexError::Cancelled) => Ok(None),
        Err(IndexError::Output(error)) => Err(cannot_write(args.candidates.as_deref(), &error)),
        Err(error) => Err(unusable(&error)),
    }
}

fn wanted(args: &MergeArgs) -> Result<Wanted, Fatal> {
    Ok(match (&args.unique_to, &args.plan_for) {
        (Some(host), _) => Wanted::UniqueTo(host.clone()),
        (None, Some(host)) => {
            if !matches!(args.format, FormatChoice::Json | FormatChoice::Jsonl) {
                return Err(Fatal::new("--plan-for is for nodupe remove --report")
                    .hint("add --format json"));
            }
            Wanted::PlanFor(host.clone())
        }
        (None, None) if args.across_hosts => Wanted::AcrossHosts,
        (None, None) => Wanted::All,
    })
}

fn criteria(wanted: &Wanted) -> Criteria {
    match wanted {
        Wanted::UniqueTo(_) => Criteria {
            min_copies: 1,
            max_copies: u64::MAX,
            across_roots: false,
        },
        _ => Criteria::default(),
    }
}

fn render(args: &MergeArgs, output: &Output) -> RenderOptions {
    let is_terminal = output.is_terminal();
    let size = is_terminal.then(output_size).flatten();
    RenderOptions {
        color: Environment::read().wants_color(args.color, is_terminal),
        width: size.map(|(width, _)| width),
        height: size
            .map(|(_, height)| height)
            .filter(|_| args.limit.is_none()),
    }
}

fn summary(totals: &MergeTotals, complete: bool, elapsed: Duration) -> Summary {
    Summary {
        complete,
        interrupted: false,
        totals: Totals {
            files: totals.files,
            bytes: totals.bytes,
            groups: totals.groups,
            duplicates: totals.duplicates,
            reclaimable_bytes: totals.reclaimable_bytes,
            linked_outside_bytes: totals.linked_outside_bytes,
            ..Totals::default()
        },
        stages: Vec::new(),
        read_by_walk: 0,
        cache: None,
        executor: ExecutorSummary {
            kind: "sequential",
            workers: 1,
            task_type: "auto",
            reason: "indexes are merged, and no file is read".to_owned(),
            replaced: 0,
            startup: Duration::ZERO,
            peak_memory: platform::peak_memory(),
        },
        elapsed,
    }
}

fn warn(args: &MergeArgs, totals: &MergeTotals, escaped: u64) {
    let files = |number| counted(number, "file", "files");
    if totals.not_proved > 0 {
        let next = match args.candidates {
            Some(_) => "index again with these --candidates",
            None => "--candidates FILE says what to read next",
        };
        say(format_args!(
            "nodupe: {} without a digest may equal others: not proved ({next})",
            files(totals.not_proved)
        ));
    }
    if totals.not_proved_unique > 0 {
        say(format_args!(
            "nodupe: {} may also be on another host: not proved, and not listed",
            files(totals.not_proved_unique)
        ));
    }
    if totals.seen_by_several > 0 {
        say(format_args!(
            "nodupe: {} of several hosts are taken for one each, on a file system that they share \
             (if those are clones: --cloned)",
            files(totals.seen_by_several)
        ));
    }
    if escaped > 0 {
        say(format_args!(
            "nodupe: {} have line breaks, which are escaped; use paths0 or json for exact names",
            counted(escaped, "name", "names")
        ));
    }
}

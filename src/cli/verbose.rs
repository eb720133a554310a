//! The lines of `--verbose`: the requested options and the decisions.
//!
//! Lines are made from plain values and returned, so that they can be tested
//! without running anything.

use std::path::PathBuf;

use bytesize::ByteSize;

use super::diagnostics::{visible, visible_text};
use super::resolve::Job;
use crate::config::{Execution, HashAlgorithm, ScanConfig, Selection, WalkerKind};
use crate::platform::HAS_NATIVE_WALK;
use crate::types::Summary;

/// Describes the job before it runs.
pub(super) fn plan(job: &Job) -> Vec<String> {
    let mut lines = scan_plan(&job.config);
    if job.report.streams {
        lines.push("report: each group as soon as it is final".to_owned());
    }
    lines
}

/// Describes the scan before it runs.
pub(super) fn scan_plan(config: &ScanConfig) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, paths) in [
        ("scanning", &config.roots),
        ("originals", &config.references),
    ] {
        if !paths.is_empty() {
            let paths: Vec<_> = paths.iter().map(|path| visible(path)).collect();
            lines.push(format!("{what}: {}", paths.join(", ")));
        }
    }
    if !config.listed.is_empty() {
        lines.push(format!("scanning: {} listed paths", config.listed.len()));
    }
    if config.roots.is_empty() && config.references.is_empty() && config.listed.is_empty() {
        lines.push("scanning: nothing, the list is empty".to_owned());
    }
    lines.push(format!("selection: {}", selection(&config.selection)));
    lines.push(format!("walker: {}", walker(config.walker)));
    lines.push(format!("executor: {}", execution(&config.execution)));
    lines.push(comparison(config.hash, config.verify));
    let least = config.min_copies;
    lines.push(match config.max_copies {
        u64::MAX => format!("groups: at least {least} copies"),
        1 => "groups: files without a duplicate".to_owned(),
        most => format!("groups: {least} to {most} copies"),
    });
    if !config.keep.is_empty() {
        let rules = config
            .keep
            .iter()
            .map(|rule| visible_text(&rule.to_string()));
        lines.push(format!("keep: {}", rules.collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// Names the symbolic links that lead to nothing.
pub(super) fn dangling(links: &[PathBuf]) -> Vec<String> {
    let links = links.iter().map(|link| visible(link));
    let lines = links.map(|link| format!("{link}: the symbolic link leads to nothing"));
    lines.collect()
}

/// Describes the result.
pub(super) fn outcome(summary: &Summary) -> Vec<String> {
    let executor = &summary.executor;
    let mut lines = vec![format!(
        "executor: {}, {} workers: {}",
        executor.kind,
        executor.workers,
        visible_text(&executor.reason)
    )];
    lines.push(match executor.task_type {
        "cpu" => "task type: cpu: the workers were computing most of the time".to_owned(),
        "io" => "task type: io: the workers waited for storage most of the time".to_owned(),
        _ => "task type: unknown: there was too little work to measure".to_owned(),
    });
    if executor.replaced > 0 {
        lines.push(format!("workers replaced: {}", executor.replaced));
    }
    if summary.read_by_walk > 0 {
        lines.push(format!(
            "walk: read {} small files while listing directories",
            summary.read_by_walk
        ));
    }
    if let Some(cache) = &summary.cache {
        lines.push(format!(
            "cache: {}: {} files known, {} not read for that, {} read to check it, {} stored",
            visible(&cache.file),
            cache.files,
            ByteSize(cache.bytes),
            cache.checked,
            cache.stored
        ));
    }
    lines.push(format!("time: {:.3} s", summary.elapsed.as_secs_f64()));
    if let Some(bytes) = executor.peak_memory {
        lines.push(format!("peak memory: {}", ByteSize(bytes)));
    }
    lines
}

/// Says where a rule for the oldest or the newest file could not decide.
pub(super) fn keep_ties(groups: u64) -> Vec<String> {
    match groups {
        0 => Vec::new(),
        1 => vec![
            "keep: in 1 group, several files have the same time; other rules decided".to_owned(),
        ],
        many => vec![format!(
            "keep: in {many} groups, several files have the same time; other rules decided"
        )],
    }
}

fn selection(selection: &Selection) -> String {
    let mut parts = Vec::new();
    parts.push(match (selection.min_size, selection.max_size) {
        (0, u64::MAX) => "any size".to_owned(),
        (1, u64::MAX) => "non-empty files".to_owned(),
        (least, u64::MAX) => format!("at least {least} bytes"),
        (least, most) => format!("{least} to {most} bytes"),
    });
    for (what, patterns) in [
        ("include", &selection.include),
        ("exclude", &selection.exclude),
        ("include regex", &selection.include_regex),
        ("exclude regex", &selection.exclude_regex),
        ("extension", &selection.extensions),
    ] {
        parts.extend(
            patterns
                .iter()
                .map(|p| format!("{what} {}", visible_text(p))),
        );
    }
    if let Some(depth) = selection.max_depth {
        parts.push(format!("at most {depth} levels deep"));
    }
    for (given, what) in [
        (!selection.hidden, "no hidden files"),
        (selection.gitignore, "no files that git ignores"),
        (selection.follow_links, "symbolic links followed"),
        (selection.one_file_system, "one file system"),
    ] {
        if given {
            parts.push(what.to_owned());
        }
    }
    if let Some(time) = selection.newer_than {
        parts.push(format!("modified at or after {time}"));
    }
    if let Some(time) = selection.older_than {
        parts.push(format!("modified before {time}"));
    }
    parts.join(", ")
}

fn walker(walker: WalkerKind) -> &'static str {
    match walker {
        WalkerKind::Auto if HAS_NATIVE_WALK => "native, the fastest here",
        WalkerKind::Auto => "portable, the only one here",
        WalkerKind::Native => "native, as requested",
        WalkerKind::Portable => "portable, as requested",
    }
}

fn execution(execution: &Execution) -> String {
    let mut parts = vec![match (execution.executor, execution.fallback) {
        (None, _) => "chosen automatically".to_owned(),
        (Some(kind), false) => format!("{}, as requested", kind.as_str()),
        (Some(kind), true) => format!("{}, as requested, or another", kind.as_str()),
    }];
    if let Some(workers) = execution.workers {
        parts.push(format!("{workers} workers, as requested"));
    }
    if let Some(task) = execution.task {
        parts.push(format!("assuming {} work", task.as_str()));
    }
    if let Some(timeout) = execution.timeout {
        parts.push(format!("files skipped after {timeout:?} without progress"));
    }
    if let Some(bytes) = execution.worker_memory {
        parts.push(format!("{} for each worker", ByteSize(bytes)));
    }
    parts.join(", ")
}

fn comparison(hash: HashAlgorithm, verify: bool) -> String {
    let hash_name = hash.as_str();
    match (verify, hash.is_collision_resistant()) {
        (true, _) => format!("comparison: {hash_name}, then byte for byte"),
        (false, true) => format!("comparison: {hash_name}, collision-resistant"),
        (false, false) => format!(
            "comparison: {hash_name}, NOT collision-resistant: different files can be made to match; --verify rules that out"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use clap::Parser;

    fn plan_of(line: &str) -> String {
        let words = ["nodupe", "scan"]
            .into_iter()
            .chain(line.split_whitespace());
        let Command::Scan(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("not a scan");
        };
        let now = "2026-07-15T22:30:00+00:00[UTC]".parse().unwrap();
        let list = args.scope.input.files_from.as_ref().map(|_| &b""[..]);
        plan(&super::super::resolve::resolve(&args, || now, list).unwrap()).join("\n")
    }

    #[test]
    fn every_decision_is_printed() {
        let table = [
            ("", "scanning: ."),
            ("a b --reference r", "scanning: a, b\noriginals: r"),
            ("--files-from l", "nothing, the list is empty"),
            ("", "non-empty files"),
            (
                "--min-size 1k -d 2",
                "at least 1024 bytes, at most 2 levels",
            ),
            ("--exclude *.o -L", "exclude *.o, symbolic links followed"),
            ("--newer-than 1d", "at or after 2026-07-14T22:30:00Z"),
            ("", "blake3, collision-resistant"),
            ("--hash xxh3", "xxh3, NOT collision-resistant"),
            ("--hash md5", "--verify rules that out"),
            ("--hash md5 --verify", "md5, then byte for byte"),
            ("--walker portable", "walker: portable, as requested"),
            (
                "-j 3",
                "executor: chosen automatically, 3 workers, as requested",
            ),
            ("--executor isolated", "executor: isolated, as requested"),
            ("--timeout 30s", "skipped after 30s"),
            ("--task-type io", "assuming io work"),
            (
                "--worker-memory 1G",
                "process, as requested, 1.0 GiB for each",
            ),
            ("--unique", "files without a duplicate"),
            ("--rf-under 4", "1 to 3 copies"),
            ("-f jsonl", "as soon as it is final"),
        ];
        for (line, part) in table {
            let plan = plan_of(line);
            assert!(plan.contains(part), "{line}: {plan}");
        }
        assert!(!plan_of("--hash md5 --verify").contains("NOT"));
    }
}

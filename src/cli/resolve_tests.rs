//! Tables of arguments and what they come to.

use super::*;
use crate::cli::args::{Cli, Command};
use crate::cli::values::extension;
use crate::cli::{parsed, settings, usage};
use crate::config::{HashAlgorithm, WalkerKind};
use clap::Parser;
use std::ffi::OsString;

fn resolve_with(line: &str, list: Option<&[u8]>) -> Result<Job, Fatal> {
    let words = ["nodupe", "scan"]
        .into_iter()
        .chain(line.split_whitespace());
    let words: Vec<_> = words.map(OsString::from).collect();
    let (command, matches) = parsed(&words).map_err(|error| usage::wrong_arguments(&error))?;
    let Command::Scan(args) = command else {
        panic!("{line}: not a scan");
    };
    settings::flags(&matches)?;
    let now = "2026-07-15T22:30:00+00:00[UTC]".parse().unwrap();
    resolve(&args, || now, list)
}

fn job(line: &str) -> Job {
    resolve_with(line, None).unwrap_or_else(|e| panic!("{line}: {e}"))
}

fn error(line: &str) -> String {
    match resolve_with(line, None) {
        Ok(job) => panic!("{line}: no error but {job:?}"),
        Err(fatal) => fatal.to_string(),
    }
}

#[test]
fn without_arguments_everything_is_at_the_library_default() {
    let job = job("");
    assert_eq!(
        format!("{:?}", job.config),
        format!("{:?}", ScanConfig::new(["."]))
    );
    assert_eq!(job.report.sort, SortKey::default());
    assert_eq!(job.report.limit, None);
    assert_eq!(job.report.output, None);
    assert_eq!(job.report.verbosity, Verbosity::Normal);
}

#[test]
fn what_is_scanned() {
    let list: &[u8] = b"x\ny\n";
    type Row<'a> = (
        &'a str,
        Option<&'a [u8]>,
        &'a [&'a str],
        &'a [&'a str],
        &'a [&'a str],
    );
    let table: &[Row<'_>] = &[
        ("", None, &["."], &[], &[]),
        ("a b a", None, &["a", "b", "a"], &[], &[]),
        ("--files-from l", Some(list), &[], &["x", "y"], &[]),
        ("--files-from l", Some(b""), &[], &[], &[]),
        ("--files-from l -0", Some(b"\0"), &[], &[], &[]),
        ("--files-from l a", Some(list), &["a"], &["x", "y"], &[]),
        ("--reference r", None, &["."], &[], &["r"]),
        ("--reference r a", None, &["a"], &[], &["r"]),
        (
            "--files-from l --reference r",
            Some(list),
            &[],
            &["x", "y"],
            &["r"],
        ),
        ("--files-from l --reference r", Some(b""), &[], &[], &["r"]),
        ("-- -a", None, &["-a"], &[], &[]),
    ];
    for (line, list, roots, listed, references) in table {
        let config = resolve_with(line, *list).unwrap().config;
        let paths = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|p| p.display().to_string()).collect()
        };
        assert_eq!(paths(&config.roots), *roots, "{line}");
        assert_eq!(paths(&config.listed), *listed, "{line}");
        assert_eq!(paths(&config.references), *references, "{line}");
    }
}

#[test]
fn how_many_copies() {
    let table = [
        ("", 2, u64::MAX),
        ("--min-copies 1", 1, u64::MAX),
        ("--min-copies 3", 3, u64::MAX),
        ("--rf-over 1", 2, u64::MAX),
        ("--rf-over 3", 4, u64::MAX),
        ("--rf-under 2", 1, 1),
        ("--unique", 1, 1),
        ("--rf-under 4", 1, 3),
        ("--rf-over 2 --rf-under 5", 3, 4),
        ("--min-copies 2 --rf-under 4", 2, 3),
        ("a b --across-roots", 2, u64::MAX),
        ("a b --across-roots --rf-under 4", 2, 3),
        ("a b --across-roots --min-copies 1", 1, u64::MAX),
    ];
    for (line, least, most) in table {
        let config = job(line).config;
        let copies = (config.min_copies, config.max_copies);
        assert_eq!(copies, (least, most), "{line}");
        assert_eq!(config.across_roots, line.contains("across"), "{line}");
    }
}

#[test]
fn invalid_arguments_are_errors_that_name_them() {
    let table = [
        ("--unique --min-copies 2", "--unique and --min-copies"),
        ("--unique --rf-under 3", "--unique and --rf-under"),
        ("--unique --rf-over 3", "--unique and --rf-over"),
        ("--min-copies 2 --rf-over 3", "--min-copies and --rf-over"),
        ("--rf-under 1", "--rf-under 1"),
        ("--rf-over 3 --rf-under 4", "at least 4 and at most 3"),
        ("--min-copies 5 --rf-under 3", "at least 5 and at most 2"),
        ("a b --across-roots --unique", "single file"),
        ("a b --across-roots --rf-under 2", "single file"),
        ("a --across-roots", "two roots"),
        ("--across-roots", "two roots"),
        ("--min-size 4x", "--min-size: \"4x\""),
        ("--max-size 1.5", "--max-size: \"1.5\""),
        ("--min-size 2k --max-size 1k", "2048 and at most 1024"),
        ("--max-size 0", "--min-size 0"),
        ("--newer-than soon", "--newer-than: \"soon\""),
        ("--older-than 2x", "--older-than: \"2x\""),
        ("--newer-than 1d --older-than 2d", "swap"),
        ("-e .", "not an extension"),
        ("-e *.jpg", "not an extension"),
        ("-e jpg,,png", "\"\" is not an extension"),
        ("-e jpg,", "\"\" is not an extension"),
        ("--timeout 30", "--timeout: \"30\""),
        ("--timeout 1ms", "at least 100ms"),
        ("--worker-memory lots", "--worker-memory: \"lots\""),
        ("--worker-memory 63M", "at least 64M"),
        (
            "--worker-memory 1G --executor thread",
            "--worker-memory and --executor cannot be used together",
        ),
        (
            "--executor-fallback",
            "needs --worker-memory, or an --executor",
        ),
        ("--executor-fallback --executor auto", "other than auto"),
        ("-j 0", "--workers: invalid worker count \"0\""),
        ("-j many", "--workers: invalid worker count \"many\""),
        ("-j 1025", "--workers: invalid worker count \"1025\""),
        ("-j 99999999999999999999", "--workers:"),
        ("-q -v", "--quiet and --verbose"),
        ("--config a --no-config", "--config and --no-config"),
        ("-0", "--null needs --files-from"),
    ];
    for (line, part) in table {
        let error = error(line);
        assert!(error.contains(part), "{line}: {error}");
    }
}

#[test]
fn two_roots_may_be_a_list_or_a_reference() {
    for (line, list) in [
        ("a --across-roots --reference r", None),
        ("--across-roots --reference r", None),
        ("a --across-roots --files-from l", Some(&b"x"[..])),
    ] {
        let result = resolve_with(line, list);
        assert!(result.is_ok(), "{line}: {result:?}");
    }
    assert!(resolve_with("--across-roots --files-from l", Some(b"x\ny")).is_err());
}

/// An unset variable of the shell, say.
#[test]
fn an_empty_path_is_refused() {
    for words in [
        &["nodupe", "scan", ""][..],
        &["nodupe", "scan", "a", "--reference", ""],
        &["nodupe", "scan", "--files-from", ""],
        &["nodupe", "scan", "--output", ""],
    ] {
        assert!(Cli::try_parse_from(words).is_err(), "{words:?}");
    }
}

#[test]
fn selection_options_reach_the_scan() {
    let line = "--min-size 4k --max-size 1MB --include *.a --include b --exclude c \
                --include-regex d --exclude-regex e -e .JPG,png -e gif -d 3 --no-hidden \
                --gitignore -L -x --newer-than 2d --older-than 2026-07-15";
    let selection = job(line).config.selection;
    assert_eq!(selection.min_size, 4096);
    assert_eq!(selection.max_size, 1_000_000);
    assert_eq!(selection.include, ["*.a", "b"]);
    assert_eq!(selection.exclude, ["c"]);
    assert_eq!(selection.include_regex, ["d"]);
    assert_eq!(selection.exclude_regex, ["e"]);
    assert_eq!(selection.extensions, ["JPG", "png", "gif"]);
    assert_eq!(selection.max_depth, Some(3));
    assert!(!selection.hidden);
    assert!(selection.gitignore && selection.follow_links && selection.one_file_system);
    let times = [selection.newer_than, selection.older_than].map(|t| t.unwrap().to_string());
    assert_eq!(times, ["2026-07-13T22:30:00Z", "2026-07-15T00:00:00Z"]);
}

#[test]
fn presets_add_exclusions_and_their_help_lists_them() {
    let mut command = crate::cli::command();
    command.build();
    let scan = command.find_subcommand("scan").unwrap();
    let preset = scan.get_arguments().find(|arg| arg.get_id() == "preset");
    let help = preset.unwrap().get_long_help().unwrap().to_string();
    let (home, code) = help.split_once("code is").unwrap();
    for (name, choice, part) in [
        ("home", PresetChoice::Home, home),
        ("code", PresetChoice::Code, code),
    ] {
        let selection = job(&format!("--exclude x --preset {name}"))
            .config
            .selection;
        assert_eq!(selection.exclude[0], "x");
        assert_eq!(selection.exclude[1..], *choice.excluded());
        let listed = part.rsplit("of: ").next().unwrap();
        let listed: Vec<_> = listed.split_whitespace().collect();
        assert_eq!(listed, choice.excluded(), "{name}");
        let readme = include_str!("../../README.md");
        let start = readme.find(&format!("`--preset {name}` adds")).unwrap();
        let text = readme[start..].split(['\n', ' ']).collect::<Vec<_>>();
        let globs = text
            .iter()
            .filter_map(|word| word.strip_prefix('`')?.split('`').next());
        let globs: Vec<_> = globs.filter(|word| word.ends_with('/')).collect();
        assert_eq!(globs[..choice.excluded().len()], *choice.excluded());
        assert_eq!(selection.gitignore, name == "code");
    }
    let selection = job("--preset code --no-gitignore").config.selection;
    assert!(!selection.gitignore);
    let last = job("--preset code --preset home").config.selection;
    assert!(!last.gitignore && last.exclude.len() > 4);
}

#[test]
fn comparison_and_running_options_reach_the_scan() {
    let config = job("--hash md5 --verify -H -j 3 --walker portable").config;
    assert_eq!(config.hash, HashAlgorithm::Md5);
    assert!(config.verify && config.hard_links);
    assert_eq!(config.execution.workers.unwrap().get(), 3);
    assert_eq!(config.walker, WalkerKind::Portable);
    assert_eq!(job("-j 1024").config.execution.workers.unwrap().get(), 1024);
    assert_eq!(job("-j auto").config.execution.workers, None);
}

#[test]
fn only_unsorted_unlimited_jsonl_streams() {
    for (line, streams) in [
        ("", false),
        ("-f json", false),
        ("-f jsonl", true),
        ("-f jsonl -o x", true),
        ("-f jsonl --sort size", false),
        ("-f jsonl --limit 5", false),
        ("-f jsonl --limit 0", true),
    ] {
        assert_eq!(job(line).report.streams, streams, "{line}");
    }
}

#[test]
fn a_dash_is_standard_output() {
    assert_eq!(job("-o -").report.output, None);
    assert_eq!(job("-o ./-").report.output, Some(PathBuf::from("./-")));
}

#[test]
fn where_files_are_read() {
    let of = |line| job(line).config.execution;
    assert_eq!(of(""), Execution::default());
    let table = [
        ("--executor auto", None),
        ("--executor thread", Some(ExecutorKind::Thread)),
        ("--executor isolated", Some(ExecutorKind::Isolated)),
        ("--executor process", Some(ExecutorKind::Process)),
        ("--executor sequential", Some(ExecutorKind::Sequential)),
        // Only a process can have a limit of its own.
        ("--worker-memory 1G", Some(ExecutorKind::Process)),
    ];
    for (line, kind) in table {
        assert_eq!(of(line).executor, kind, "{line}");
    }
    assert!(of("--executor process --executor-fallback").fallback);
    assert!(of("--worker-memory 1G --executor-fallback").fallback);
    assert_eq!(
        of("--timeout 2s").timeout,
        Some(std::time::Duration::from_secs(2))
    );
    assert_eq!(of("--worker-memory 1G").worker_memory, Some(1 << 30));
    assert_eq!(of("--task-type io").task, Some(crate::config::TaskType::Io));
    assert_eq!(of("--task-type auto").task, None);
}

#[test]
fn extensions_may_have_spaces_around_them() {
    for (text, expected) in [("jpg", "jpg"), (" png", "png"), ("\t.gif ", "gif")] {
        assert_eq!(extension(text), Ok(expected.to_owned()));
    }
    for empty in ["", " ", " . "] {
        assert!(extension(empty).is_err(), "{empty:?}");
    }
}

#[test]
fn the_last_of_several_values_counts_and_lists_grow() {
    let job = job(
        "--min-size 1 --min-size 2k -vv --verify --verify -f json -f csv --exclude a --exclude b -rr",
    );
    assert_eq!(job.config.selection.min_size, 2048);
    assert_eq!(job.config.selection.exclude, ["a", "b"]);
    assert_eq!(job.report.format, Format::Csv);
    assert_eq!(job.report.verbosity, Verbosity::Verbose);
    assert!(job.config.verify);
}

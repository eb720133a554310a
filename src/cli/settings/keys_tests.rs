//! The keys against the definition that they are derived from.

use super::*;
use crate::cli::args::{
    CheckArgs, ExecutorsArgs, IndexArgs, MergeArgs, ProjectArgs, RunArgs, ScanArgs, ScopeArgs,
};

fn both() -> [Keys; 2] {
    [Keys::of::<ScanArgs>(), Keys::of::<CheckArgs>()]
}

#[test]
fn the_keys_are_the_long_options_and_the_paths() {
    for keys in both() {
        let parser = keys.parser.borrow();
        let long = parser.get_arguments().filter_map(Arg::get_long);
        let mut names: Vec<_> = long.collect();
        names.sort_unstable();
        let all: Vec<_> = keys.all().map(|key| key.name.as_str()).collect();
        assert_eq!(all, names);
        assert!(names.contains(&"min-size") && names.contains(&"paths"));
    }
}

#[test]
fn options_for_one_run_exist() {
    let [scan, check] = both();
    for (name, reason) in ONE_RUN {
        assert!(!reason.is_empty());
        let known = scan.get(name).is_some() || check.get(name).is_some();
        assert!(known || name == "help", "{name} is no option any more");
    }
    for name in ["min-size", "paths", "fail-fast", "baseline"] {
        assert!(check.get(name).is_some_and(|key| key.is_setting), "{name}");
    }
    for name in ["output", "verbose", "changed-since", "update-baseline"] {
        assert!(!check.get(name).is_some_and(|key| key.is_setting), "{name}");
    }
}

/// A subcommand that acts must not be told by a file to act without asking.
#[test]
fn a_subcommand_without_a_section_takes_what_a_scan_has_too() {
    #[derive(Debug, Args)]
    struct Act {
        #[command(flatten)]
        scope: ScopeArgs,
        #[command(flatten)]
        project: ProjectArgs,
        #[command(flatten)]
        running: RunArgs,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    }
    impl Configured for Act {
        const NAME: &'static str = "act";

        fn project(&self) -> &ProjectArgs {
            &self.project
        }
    }
    let (keys, [scan, _]) = (Keys::of::<Act>(), both());
    assert!(keys.get("yes").is_some_and(|key| !key.is_setting));
    for name in [
        "min-size",
        "exclude",
        "reference",
        "paths",
        "hash",
        "workers",
    ] {
        assert!(keys.get(name).unwrap().is_setting, "{name}");
        assert!(keys.has_same(name, &scan), "{name}");
    }
    let settings = keys.settings().all(|key| keys.has_same(&key.name, &scan));
    assert!(settings);
}

/// A name in the table of conflicts that no option has would never match.
#[test]
fn conflicts_are_between_options() {
    let [scan, check] = both();
    let others = [
        ExecutorsArgs::augment_args(Command::new("nodupe")),
        IndexArgs::augment_args(Command::new("nodupe")),
        MergeArgs::augment_args(Command::new("nodupe")),
    ];
    for name in crate::cli::settings::conflicts::names() {
        let is_known = scan.get(name).is_some() || check.get(name).is_some();
        let mut arguments = others.iter().flat_map(Command::get_arguments);
        assert!(
            is_known || arguments.any(|of| of.get_long() == Some(name)),
            "{name}"
        );
    }
}

#[test]
fn types_are_those_of_the_definition() {
    let [scan, check] = both();
    let table = [
        ("verify", Kind::Switch, ValueType::Text),
        ("min-size", Kind::One, ValueType::Number),
        ("max-size", Kind::One, ValueType::Number),
        ("max-depth", Kind::One, ValueType::Number),
        ("min-copies", Kind::One, ValueType::Number),
        ("workers", Kind::One, ValueType::Number),
        ("exclude", Kind::Many, ValueType::Glob),
        ("include", Kind::Many, ValueType::Glob),
        ("extension", Kind::Many, ValueType::Text),
        ("reference", Kind::Many, ValueType::Path),
        ("paths", Kind::Many, ValueType::Path),
        ("newer-than", Kind::One, ValueType::Time),
        ("timeout", Kind::One, ValueType::Text),
        ("hash", Kind::One, ValueType::Text),
    ];
    for (name, kind, value_type) in table {
        let key = scan.get(name).unwrap();
        assert_eq!((key.kind, key.value_type), (kind, value_type), "{name}");
        assert!(check.has_same(name, &scan), "{name}");
    }
    assert_eq!(check.get("baseline").unwrap().value_type, ValueType::Path);
    assert!(!check.has_same("format", &scan) && !check.has_same("sort", &scan));
    assert_eq!(scan.get("hash").unwrap().choices, ["blake3", "xxh3", "md5"]);
    assert_eq!(scan.get("min-size").unwrap().variable(), "NODUPE_MIN_SIZE");
}

#[test]
fn a_switch_and_its_opposite_are_one() {
    let [scan, _] = both();
    assert_eq!(canonical("no-gitignore"), ("gitignore", false));
    assert_eq!(canonical("gitignore"), ("gitignore", true));
    assert_eq!(canonical("no-hidden"), ("no-hidden", true));
    for (name, on, id, value) in [
        ("gitignore", true, "gitignore", true),
        ("gitignore", false, "no_gitignore", true),
        ("verify", true, "verify", true),
        ("verify", false, "verify", false),
    ] {
        let parsed = scan.parse_switch(name, on);
        assert_eq!(parsed.get_one::<bool>(id), Some(&value), "{name} {on}");
        assert_eq!(
            parsed
                .ids()
                .filter(|id| !id.as_str().ends_with("Args"))
                .count(),
            1
        );
    }
}

#[test]
fn an_invalid_value_is_reported_with_the_valid_ones() {
    let [scan, _] = both();
    for (name, values, index, expected) in [
        (
            "hash",
            &["blake4"][..],
            0,
            "--hash: invalid value \"blake4\"\n  hint: did you mean \"blake3\"?",
        ),
        ("hash", &["sha"], 0, "hint: one of blake3, xxh3, md5"),
        (
            "executor",
            &["fork"],
            0,
            "hint: one of auto, thread, isolated, process",
        ),
        (
            "max-depth",
            &["0"],
            0,
            "--max-depth: invalid depth \"0\": must be 1 or more",
        ),
        (
            "limit",
            &["x"],
            0,
            "--limit: invalid number \"x\": must be 0 or more",
        ),
        (
            "reference",
            &["a", ""],
            1,
            "--reference: the value is missing or empty",
        ),
        ("paths", &[""], 0, "paths: the value is missing or empty"),
        (
            "reference",
            &["a\0b"],
            0,
            "reference: a value cannot contain NUL",
        ),
        (
            "min-size",
            &["5x"],
            0,
            "--min-size: \"5x\" has the unknown unit",
        ),
        (
            "extension",
            &["jpg,png", "a,*.b"],
            1,
            "--extension: \"*.b\" is not an extension",
        ),
        ("include", &["a", "b["], 1, "--include: invalid glob \"b[\""),
        (
            "exclude-regex",
            &["("],
            0,
            "invalid regular expression \"(\"",
        ),
        (
            "worker-memory",
            &["1M"],
            0,
            "--worker-memory: \"1M\" is less",
        ),
        ("timeout", &["30"], 0, "--timeout: \"30\""),
        ("newer-than", &["soon"], 0, "--newer-than: \"soon\""),
    ] {
        let key = scan.get(name).unwrap();
        let values: Vec<_> = values.iter().map(OsString::from).collect();
        let rejected = scan.parse(key, &values).unwrap_err();
        let error = rejected.fatal.to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert_eq!(rejected.index, index, "{name}: {error}");
    }
    for (name, value) in [
        ("hash", "md5"),
        ("limit", "3"),
        ("extension", "a,b"),
        ("paths", "-x"),
    ] {
        let key = scan.get(name).unwrap();
        assert!(scan.parse(key, &[value.into()]).is_ok(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn only_paths_may_be_other_bytes_than_text() {
    use std::os::unix::ffi::OsStrExt;
    let [scan, _] = both();
    let value = OsStr::from_bytes(b"a\xff").to_owned();
    let path = scan.get("reference").unwrap();
    assert!(scan.parse(path, std::slice::from_ref(&value)).is_ok());
    let glob = scan.get("exclude").unwrap();
    let error = scan.parse(glob, &[value]).unwrap_err().fatal.to_string();
    assert!(error.contains("is not UTF-8"), "{error}");
}

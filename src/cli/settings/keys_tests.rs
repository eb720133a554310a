//! The keys against the definition that they are read off.

use super::*;
use std::any::TypeId;

fn both() -> [Keys; 2] {
    [CommandChoice::Scan, CommandChoice::Check].map(Keys::of)
}

#[test]
fn the_keys_are_the_long_options_and_the_paths() {
    for keys in both() {
        let long = keys.parser.get_arguments().filter_map(Arg::get_long);
        let mut names: Vec<_> = long.chain(["paths"]).collect();
        names.sort_unstable();
        let all: Vec<_> = keys.all().map(|key| key.name.as_str()).collect();
        assert_eq!(all, names);
        assert!(names.contains(&"min-size") && names.len() > 30);
    }
}

#[test]
fn what_is_for_one_run_is_an_option_of_one_of_them() {
    let [scan, check] = both();
    for (name, reason) in ONE_RUN {
        assert!(!reason.is_empty());
        let known = scan.get(name).is_some() || check.get(name).is_some();
        assert!(known || name == "help", "{name} is no option any more");
    }
    for name in ["min-size", "paths", "fail-fast", "baseline"] {
        assert!(check.get(name).is_some_and(Key::is_setting), "{name}");
    }
    for name in ["output", "verbose", "changed-since", "update-baseline"] {
        assert!(!check.get(name).is_some_and(Key::is_setting), "{name}");
    }
}

/// Or a file would be refused by the parser, which knows of no file.
#[test]
fn every_setting_may_stand_alone_and_beside_any_other() {
    for mut keys in both() {
        let settings: Vec<Key> = keys.all().filter(|k| k.is_setting()).cloned().collect();
        for key in &settings {
            if key.kind == Kind::Switch {
                let parsed = keys.parser.try_get_matches_from_mut([key.option()]);
                assert!(parsed.is_ok(), "{}: {parsed:?}", key.name);
            }
            for other in &settings {
                assert!(
                    !keys.are_at_odds(&key.name, &other.name),
                    "{} and {}",
                    key.name,
                    other.name
                );
            }
        }
    }
    let [_, check] = both();
    assert!(check.are_at_odds("deny-stale", "update-baseline"));
    assert!(check.are_at_odds("update-baseline", "deny-stale"));
}

#[test]
fn every_text_is_validated_before_the_scan() {
    for keys in both() {
        for key in keys.all().filter(|key| key.is_setting()) {
            let arg = keys
                .parser
                .get_arguments()
                .find(|arg| *arg.get_id() == key.id);
            let parser = arg.unwrap().get_value_parser();
            if parser.type_id() == TypeId::of::<String>() {
                assert!(
                    validate::is_known(&key.name),
                    "{} may be anything",
                    key.name
                );
            }
        }
    }
}

#[test]
fn the_shape_of_a_key_is_that_of_its_option() {
    let [scan, check] = both();
    type Row<'a> = (&'a str, Kind, bool, bool, bool, bool);
    let table: [Row<'_>; 10] = [
        // name, kind, path, number, glob, time
        ("verify", Kind::Switch, false, false, false, false),
        ("min-size", Kind::One, false, true, false, false),
        ("max-depth", Kind::One, false, true, false, false),
        ("workers", Kind::One, false, true, false, false),
        ("exclude", Kind::Many, false, false, true, false),
        ("extension", Kind::Many, false, false, false, false),
        ("reference", Kind::Many, true, false, false, false),
        ("paths", Kind::Many, true, false, false, false),
        ("newer-than", Kind::One, false, false, false, true),
        ("hash", Kind::One, false, false, false, false),
    ];
    for (name, kind, path, number, glob, time) in table {
        let key = scan.get(name).unwrap();
        let shape = (
            key.kind,
            key.is_path,
            key.is_number,
            key.is_glob,
            key.is_time,
        );
        assert_eq!(shape, (kind, path, number, glob, time), "{name}");
        assert!(key.is_same(check.get(name).unwrap()), "{name}");
    }
    assert!(check.get("baseline").unwrap().is_path);
    assert!(
        !scan
            .get("format")
            .unwrap()
            .is_same(check.get("format").unwrap())
    );
    assert_eq!(scan.get("hash").unwrap().choices, ["blake3", "xxh3", "md5"]);
    assert_eq!(scan.get("min-size").unwrap().variable(), "NODUPE_MIN_SIZE");
    let default = scan.get("min-copies").unwrap().documented_default.clone();
    assert_eq!(default.as_deref(), Some("2"));
}

#[test]
fn a_switch_and_its_opposite_are_one() {
    let [scan, _] = both();
    assert_eq!(scan.canonical("no-gitignore"), ("gitignore", true));
    assert_eq!(scan.canonical("gitignore"), ("gitignore", false));
    assert_eq!(scan.canonical("no-hidden"), ("no-hidden", false));
    assert_eq!(scan.opposite("gitignore").as_deref(), Some("no-gitignore"));
    assert_eq!(scan.opposite("verify"), None);
}

#[test]
fn a_wrong_value_is_told_with_the_right_ones() {
    let [mut scan, _] = both();
    for (name, value, expected) in [
        (
            "hash",
            "blake4",
            "hash: invalid value \"blake4\"\n  hint: did you mean \"blake3\"?",
        ),
        ("hash", "sha", "hint: possible values: blake3, xxh3, md5"),
        (
            "executor",
            "fork",
            "hint: possible values: auto, thread, isolated, process",
        ),
        (
            "max-depth",
            "0",
            "max-depth: invalid value \"0\": 0 is not in 1..",
        ),
        ("limit", "x", "limit: invalid value \"x\": invalid digit"),
        ("reference", "", "reference: the path is empty"),
        ("reference", "a\0b", "reference: a value cannot contain NUL"),
        ("min-size", "5x", "min-size: \"5x\" has the unknown unit"),
    ] {
        let key = scan.get(name).unwrap().clone();
        let error = scan.check(&key, value.as_ref()).unwrap_err().to_string();
        assert!(error.contains(expected), "{name} {value}: {error}");
    }
    for (name, value) in [
        ("hash", "md5"),
        ("limit", "3"),
        ("extension", "a,b"),
        ("paths", "-x"),
    ] {
        let key = scan.get(name).unwrap().clone();
        assert_eq!(scan.check(&key, value.as_ref()), Ok(()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn only_paths_may_be_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let [mut scan, _] = both();
    let value = OsStr::from_bytes(b"a\xff");
    let path = scan.get("reference").unwrap().clone();
    assert_eq!(scan.check(&path, value), Ok(()));
    let glob = scan.get("exclude").unwrap().clone();
    let error = scan.check(&glob, value).unwrap_err().to_string();
    assert!(error.contains("is not UTF-8"), "{error}");
}

#[test]
fn flags_that_select_are_told_without_the_keys_too() {
    let [_, check] = both();
    for key in check.all().filter(|key| !key.is_positional) {
        let arg = check
            .parser
            .get_arguments()
            .find(|arg| *arg.get_id() == key.id);
        let value = match (key.kind, key.choices.first()) {
            (Kind::Switch, _) => String::new(),
            (_, Some(choice)) => format!("={choice}"),
            _ => "=3".to_owned(),
        };
        let words = ["nodupe", "check", &format!("{}{value}", key.option())].map(OsString::from);
        let mut words = words.to_vec();
        if key.name == "null" {
            words.push("--files-from=-".into());
        }
        let (_, matches) = crate::cli::parsed(&words).unwrap_or_else(|e| panic!("{words:?}: {e}"));
        let (_, matches) = matches.subcommand().unwrap();
        assert_eq!(
            selects_by_flags(matches),
            key.selects,
            "{} {arg:?}",
            key.name
        );
    }
    for (name, selects) in [("exclude", true), ("across-roots", true), ("verify", false)] {
        assert_eq!(check.get(name).unwrap().selects, selects, "{name}");
    }
}

//! Variables and what they set.

use super::*;
use crate::cli::args::{ActArgs, CheckArgs, ScanArgs};

fn variables(list: &[(&str, &str)]) -> Variables {
    Variables::of(list.iter().map(|(name, value)| (name.into(), value.into())))
}

fn read(list: &[(&str, &str)]) -> Result<Vec<(String, Value)>, String> {
    let keys = Keys::of::<ScanArgs>();
    let layer = variables(list).layer(&keys, &Layer::new());
    let layer = layer.map_err(|fatal| fatal.to_string())?;
    Ok(layer
        .into_iter()
        .map(|(name, given)| (name, given.value))
        .collect())
}

#[test]
fn each_variable_sets_its_option() {
    let words = |list: &[&str]| Value::Words(list.iter().map(OsString::from).collect());
    type Row<'a> = (&'a str, &'a str, &'a str, Value);
    let table: &[Row<'_>] = &[
        ("NODUPE_VERIFY", "1", "verify", Value::Switch(true)),
        ("NODUPE_VERIFY", "No", "verify", Value::Switch(false)),
        (
            "NODUPE_NO_GITIGNORE",
            "true",
            "gitignore",
            Value::Switch(false),
        ),
        ("NODUPE_GITIGNORE", "off", "gitignore", Value::Switch(false)),
        ("NODUPE_NO_HIDDEN", "yes", "no-hidden", Value::Switch(true)),
        ("NODUPE_MIN_SIZE", "4k", "min-size", words(&["4k"])),
        (
            "NODUPE_EXCLUDE",
            "a,b\n\nc d\r\n",
            "exclude",
            words(&["a,b", "c d"]),
        ),
        ("NODUPE_HASH", "md5", "hash", words(&["md5"])),
    ];
    for (variable, value, name, expected) in table {
        let read = read(&[(variable, value)]);
        assert_eq!(
            read,
            Ok(vec![((*name).to_owned(), expected.clone())]),
            "{variable}"
        );
    }
}

#[test]
fn nothing_and_what_is_for_one_run_set_nothing() {
    for (variable, value) in [
        ("NODUPE_VERIFY", ""),
        ("NODUPE_HASH", ""),
        ("NODUPE_OUTPUT", "x"),
        ("NODUPE_PATHS", "x"),
        ("NODUPE_CONFIG", "x"),
        ("nodupe_hash", "nonsense"),
        ("HASH", "nonsense"),
    ] {
        assert_eq!(read(&[(variable, value)]), Ok(vec![]), "{variable}");
    }
}

#[test]
fn an_error_names_the_variable() {
    for (variable, value, expected) in [
        (
            "NODUPE_VERIFY",
            "maybe",
            "\"maybe\" is neither true nor false",
        ),
        ("NODUPE_HASH", "blake4", "did you mean \"blake3\"?"),
        ("NODUPE_MIN_SIZE", "5x", "unknown unit \"x\""),
        ("NODUPE_EXCLUDE", "fine\na[", "invalid glob \"a[\""),
    ] {
        let error = read(&[(variable, value)]).unwrap_err();
        let start = format!("nodupe: error: the environment variable {variable}: ");
        assert!(error.starts_with(&start), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    let error = read(&[("NODUPE_GITIGNORE", "1"), ("NODUPE_NO_GITIGNORE", "1")]).unwrap_err();
    assert!(error.contains("contradict each other"), "{error}");
    let agreed = read(&[("NODUPE_GITIGNORE", "1"), ("NODUPE_NO_GITIGNORE", "0")]);
    assert_eq!(
        agreed,
        Ok(vec![("gitignore".to_owned(), Value::Switch(true))])
    );
}

/// A flag stands whatever the environment of somebody's shell is.
#[test]
fn what_a_flag_says_is_not_looked_up() {
    let keys = Keys::of::<ScanArgs>();
    let flag = Given {
        value: Value::Switch(true),
        origin: Origin::Flag("--verify".to_owned()),
        parsed: None,
    };
    let above = Layer::from([("verify".to_owned(), flag)]);
    let layer = variables(&[("NODUPE_VERIFY", "nonsense")]).layer(&keys, &above);
    assert_eq!(layer, Ok(Layer::new()));
}

#[test]
fn strangers_are_named_with_the_nearest_right_name() {
    let (scan, check) = (Keys::of::<ScanArgs>(), Keys::of::<CheckArgs>());
    let act = Keys::of::<ActArgs>();
    let variables = variables(&[
        ("NODUPE_MIN_SIZE", "1"),
        ("NODUPE_MAX_GROUPS", "1"),
        ("NODUPE_CONFIG", "x"),
        ("NODUPE_NO_CONFIG", "1"),
        ("NODUPE_MINSIZE", "1"),
        ("NODUPE_OUTPUT", "x"),
        ("NODUPE_FROBNICATE", "1"),
        ("OTHER_MINSIZE", "1"),
    ]);
    assert_eq!(
        variables.unknown_variables([&scan, &check, &act]),
        [
            "NODUPE_FROBNICATE matches no option",
            "NODUPE_MINSIZE matches no option; did you mean NODUPE_MIN_SIZE?",
            "NODUPE_OUTPUT is ignored: the output file applies to a single run",
        ]
    );
}

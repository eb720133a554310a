//! Precedence of layers.

use super::*;

use crate::cli::args::{CheckArgs, ScanArgs};

fn keys() -> Keys {
    Keys::of::<ScanArgs>()
}

fn place(line: usize) -> Place {
    Place { line, column: 1 }
}

fn words(words: &[&str]) -> Value {
    Value::Words(words.iter().map(OsString::from).collect())
}

fn layer(origin: impl Fn(&str) -> Origin, entries: &[(&str, Value)]) -> Layer {
    let entries = entries.iter().map(|(name, value)| {
        let given = Given {
            value: value.clone(),
            origin: origin(name),
            parsed: None,
        };
        ((*name).to_owned(), given)
    });
    entries.collect()
}

fn flags(entries: &[(&str, Value)]) -> Layer {
    layer(|name| Origin::Flag(format!("--{name}")), entries)
}

fn variables(entries: &[(&str, Value)]) -> Layer {
    layer(|name| Origin::Variable(name.to_uppercase()), entries)
}

fn file(entries: &[(&str, Value)]) -> Layer {
    layer(|_| Origin::File(place(1)), entries)
}

/// Flags merged with the section of a file.
fn merge(flags: Layer, section: Layer) -> Merged {
    Layers {
        flags,
        section,
        ..Layers::default()
    }
    .merge()
}

/// A switch, a list, a number and a choice.
#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let table = [
        (
            "verify",
            Value::Switch(true),
            Value::Switch(false),
            Value::Switch(true),
        ),
        (
            "exclude",
            words(&["flag"]),
            words(&["e1", "e2"]),
            words(&["f1", "f2"]),
        ),
        ("max-depth", words(&["1"]), words(&["2"]), words(&["3"])),
        (
            "hash",
            words(&["md5"]),
            words(&["xxh3"]),
            words(&["blake3"]),
        ),
    ];
    for (name, flag, variable, written) in table {
        for mask in 0..16 {
            let given = |bit: u32, layer: Layer| {
                if mask & bit == 0 { Layer::new() } else { layer }
            };
            let of_scan = file(&[(name, words(&["of scan"]))]);
            let layers = Layers {
                flags: given(1, flags(&[(name, flag.clone())])),
                environment: given(2, variables(&[(name, variable.clone())])),
                section: given(4, file(&[(name, written.clone())])),
                of_scan: given(8, of_scan),
            };
            let merged = layers.clone().merge();
            let Layers {
                flags,
                environment,
                section,
                of_scan,
            } = &layers;
            let mut all = [flags, environment, section, of_scan].into_iter();
            let strongest = all.find(|layer| !layer.is_empty());
            let expected = strongest.cloned().unwrap_or_default();
            assert_eq!(merged.layer, expected, "{name} {mask}");
            assert_eq!(merged.displaced, []);
        }
    }
}

#[test]
fn what_a_flag_rules_out_gives_way() {
    let on = || Value::Switch(true);
    type Row<'a> = ((&'a str, Value), (&'a str, Value), bool);
    let table: [Row<'_>; 13] = [
        // the flag, the file, whether the file gives way
        (("unique", on()), ("min-copies", words(&["3"])), true),
        (("unique", on()), ("rf-under", words(&["3"])), true),
        (("unique", on()), ("across-roots", on()), true),
        (
            ("unique", on()),
            ("across-roots", Value::Switch(false)),
            false,
        ),
        (("min-copies", words(&["3"])), ("unique", on()), true),
        (
            ("min-copies", words(&["3"])),
            ("rf-over", words(&["3"])),
            true,
        ),
        (
            ("min-copies", words(&["3"])),
            ("rf-under", words(&["9"])),
            false,
        ),
        (
            ("files-from", words(&["-"])),
            ("paths", words(&["a"])),
            true,
        ),
        (
            ("executor", words(&["thread"])),
            ("worker-memory", words(&["1G"])),
            true,
        ),
        (
            ("executor", words(&["process"])),
            ("worker-memory", words(&["1G"])),
            false,
        ),
        (
            ("executor", words(&["auto"])),
            ("worker-memory", words(&["1G"])),
            false,
        ),
        (
            ("worker-memory", words(&["1G"])),
            ("executor", words(&["isolated"])),
            true,
        ),
        (
            ("worker-memory", words(&["1G"])),
            ("executor", words(&["process"])),
            false,
        ),
    ];
    for (flag, written, gives_way) in table {
        let merged = merge(
            flags(std::slice::from_ref(&flag)),
            file(std::slice::from_ref(&written)),
        );
        let label = format!("{flag:?} over {written:?}");
        assert_eq!(merged.layer.contains_key(written.0), !gives_way, "{label}");
        assert!(merged.layer.contains_key(flag.0), "{label}");
        let expected = gives_way.then(|| Displaced {
            name: written.0.to_owned(),
            origin: Origin::File(place(1)),
            by: format!("--{}", flag.0),
        });
        assert_eq!(merged.displaced, Vec::from_iter(expected), "{label}");
    }
}

#[test]
fn several_settings_give_way_to_one_flag() {
    let on = Value::Switch(true);
    let merged = merge(
        flags(&[("update-baseline", on.clone())]),
        file(&[
            ("deny-stale", on.clone()),
            ("fail-fast", on.clone()),
            ("verify", on),
        ]),
    );
    let names: Vec<_> = merged
        .displaced
        .iter()
        .map(|gone| gone.name.as_str())
        .collect();
    assert_eq!(names, ["deny-stale", "fail-fast"]);
    assert!(merged.layer.contains_key("verify"));
}

#[test]
fn mistakes_within_a_layer_stay() {
    let both = file(&[
        ("unique", Value::Switch(true)),
        ("min-copies", words(&["3"])),
    ]);
    let merged = merge(Layer::new(), both.clone());
    assert_eq!(merged.layer, both);
}

#[test]
fn a_fallback_in_a_file_waits_for_an_executor() {
    for (executor, expected) in [
        (None, false),
        (Some("auto"), false),
        (Some("process"), true),
    ] {
        let flag = executor.map(|kind| flags(&[("executor", words(&[kind]))]));
        let written = file(&[("executor-fallback", Value::Switch(true))]);
        let merged = merge(flag.unwrap_or_default(), written);
        let is_set = merged.layer.contains_key("executor-fallback");
        assert_eq!(is_set, expected, "{executor:?}");
        assert!(conflicts::check(&merged.layer).is_ok());
    }
    let typed = flags(&[("executor-fallback", Value::Switch(true))]);
    let typed = merge(typed, Layer::new());
    let error = conflicts::check(&typed.layer).unwrap_err().to_string();
    assert!(error.contains("--executor-fallback needs"), "{error}");
}

#[test]
fn flags_are_read_off_the_parsers_record() {
    let words = "nodupe scan -e jpg --no-gitignore --verify --exclude a --exclude b dir";
    let words: Vec<_> = words.split(' ').map(OsString::from).collect();
    let (_, matches) = crate::cli::parsed(&words).unwrap();
    let flags = of_flags(&matches);
    let table = [
        ("exclude", self::words(&["a", "b"]), "--exclude"),
        ("extension", self::words(&["jpg"]), "--extension"),
        ("gitignore", Value::Switch(false), "--no-gitignore"),
        ("paths", self::words(&["dir"]), "PATH"),
        ("verify", Value::Switch(true), "--verify"),
    ];
    assert_eq!(flags.len(), table.len(), "{flags:?}");
    for (name, value, flag) in table {
        let given = &flags[name];
        assert_eq!(given.value, value, "{name}");
        assert_eq!(given.origin, Origin::Flag(flag.to_owned()), "{name}");
    }
}

#[test]
fn check_takes_from_scan_what_means_the_same() {
    let (scan, check) = (keys(), Keys::of::<CheckArgs>());
    let in_scan = file(&[
        ("hash", words(&["md5"])),
        ("verify", Value::Switch(true)),
        ("format", words(&["csv"])),
        ("sort", words(&["path"])),
        ("paths", words(&["a"])),
    ]);
    let in_check = file(&[
        ("verify", Value::Switch(false)),
        ("max-groups", words(&["3"])),
    ]);
    let shared = file(&[
        ("hash", words(&["md5"])),
        ("verify", Value::Switch(true)),
        ("paths", words(&["a"])),
    ]);
    let document = Document {
        scan: in_scan.clone(),
        check: in_check.clone(),
        ..Document::default()
    };
    let sections = |keys: &Keys| {
        let layers = Layers::of_file(keys, &scan, &document);
        [layers.section, layers.of_scan]
    };
    assert_eq!(sections(&check), [in_check, shared]);
    assert_eq!(sections(&scan), [in_scan, Layer::new()]);
}

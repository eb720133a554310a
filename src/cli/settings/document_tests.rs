//! Project files, right and wrong.

use super::*;
use crate::check::Budget;
use crate::cli::args::{ActArgs, CheckArgs, ScanArgs};
use crate::cli::help;
use crate::cli::settings::span::Place;
use crate::types::Digest;
use std::path::Path;

fn parse(text: &str) -> Result<Document, String> {
    let scan = Keys::of::<ScanArgs>();
    let check = Keys::of::<CheckArgs>();
    let act = Keys::of::<ActArgs>();
    Document::parse(text, &scan, &check, &act)
        .map_err(|wrong| wrong.in_file(Path::new("f"), &Lines::of(text)).to_string())
}

fn read(text: &str) -> Document {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn words(words: &[&str]) -> Value {
    Value::Words(words.iter().map(OsString::from).collect())
}

#[test]
fn values_of_every_type() {
    let table = [
        ("verify = true", "verify", Value::Switch(true)),
        ("verify = false", "verify", Value::Switch(false)),
        ("gitignore = false", "gitignore", Value::Switch(false)),
        ("no-gitignore = true", "gitignore", Value::Switch(false)),
        ("no-gitignore = false", "gitignore", Value::Switch(true)),
        ("exclude = []", "exclude", words(&[])),
        ("exclude = \"a\"", "exclude", words(&["a"])),
        (
            "exclude = [\"a\", 'b\\c']",
            "exclude",
            words(&["a", "b\\c"]),
        ),
        ("min-size = 4_096", "min-size", words(&["4096"])),
        ("min-size = 0x10", "min-size", words(&["16"])),
        ("min-size = \"4k\"", "min-size", words(&["4k"])),
        ("max-depth = 3", "max-depth", words(&["3"])),
        ("workers = 8", "workers", words(&["8"])),
        ("workers = \"auto\"", "workers", words(&["auto"])),
        (
            "newer-than = 2026-01-31",
            "newer-than",
            words(&["2026-01-31"]),
        ),
        (
            "newer-than = 2026-01-31T10:00:00Z",
            "newer-than",
            words(&["2026-01-31T10:00:00Z"]),
        ),
        ("newer-than = \"2w\"", "newer-than", words(&["2w"])),
        ("hash = \"md5\"", "hash", words(&["md5"])),
        ("paths = [\"a\", \"-b\"]", "paths", words(&["a", "-b"])),
    ];
    for (line, name, expected) in table {
        let document = read(&format!("[scan]\n\n  {line}\n"));
        let given = &document.scan[name];
        assert_eq!(given.value, expected, "{line}");
        let place = Place { line: 3, column: 3 };
        assert_eq!(given.origin, Origin::File(place), "{line}");
        assert_eq!(document.scan.len(), 1);
    }
}

#[test]
fn nothing_is_a_file_too() {
    for text in [
        "",
        "# only a comment\n",
        "[scan]\n[check]\n",
        "\u{feff}[scan]\n",
    ] {
        assert_eq!(read(text), Document::default(), "{text:?}");
    }
}

#[test]
fn rules_of_a_check() {
    let digest = "0f".repeat(32);
    let document = read(&format!(
        "[check]\nmax-groups = 1\n[[check.allow]]\npaths = [\"a/**\"]\ndigests = \"{digest}\"\n\
         reason = \" why \"\n[[check.budget]]\npaths = \"b\"\nmax-reclaimable = \"1k\"\n\
         [[check.budget]]\npaths = [\"c\"]\n"
    ));
    assert_eq!(document.check.len(), 1);
    assert_eq!(
        document.allow,
        [Placed {
            it: Allow {
                paths: vec!["a/**".to_owned()],
                digests: vec![Digest::new(&[15; 32])],
                reason: "why".to_owned(),
            },
            place: Place { line: 3, column: 1 },
        }]
    );
    let budgets: Vec<_> = document.budgets.iter().map(|rule| rule.it.budget).collect();
    assert_eq!(budgets, [Budget::of(None, None, Some(1024)), Budget::NONE]);
    let inline = read("[check]\nallow = [{ paths = \"a\", reason = \"b\" }]");
    assert_eq!(inline.allow.len(), 1);
}

/// The text, where it is wrong, a part of the message, a part of the hint.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

fn wrong(table: &[Row<'_>]) {
    for (text, place, message, hint) in table {
        let error = parse(text).expect_err(text);
        let mut lines = error.lines();
        let first = lines.next().unwrap();
        let start = format!("nodupe: error: f:{place}: ");
        assert!(first.starts_with(&start), "{text:?}: {error}");
        assert!(first.contains(message), "{text:?}: {error}");
        assert!(
            lines.next().unwrap_or_default().contains(hint),
            "{text:?}: {error}"
        );
        assert_eq!(lines.next(), None, "{text:?}");
    }
}

#[test]
fn what_is_not_toml() {
    wrong(&[
        ("[scan\n", "1:6", "invalid TOML: unclosed table", "toml.io"),
        ("\n  x = [1,\n", "2:10", "unclosed array", "toml.io"),
        (
            "[scan]\nhash = \"md5\n",
            "2:12",
            "invalid basic string",
            "quotes",
        ),
        ("[scan]\n'\u{e9}\u{e9}' = x", "2:8", "invalid TOML", ""),
        (
            "[scan]\nhash = \"md5\"\nhash = \"md5\"",
            "3:1",
            "duplicate key",
            "keep one",
        ),
        ("[scan]\n[scan]", "2:2", "duplicate key", "keep one"),
        ("\0", "1:2", "invalid TOML", ""),
    ]);
    // Neither deep nor long nonsense ends the program.
    assert!(parse(&format!("x = {}", "[".repeat(100_000))).is_err());
    assert!(parse(&format!("x = {}", "{a=".repeat(100_000))).is_err());
}

#[test]
fn unknown_keys_and_tables() {
    wrong(&[
        (
            "[scan]\nexlude = 3",
            "2:1",
            "unknown key \"exlude\" in [scan]",
            "did you mean \"exclude\"?",
        ),
        (
            "[scan]\nmin_size = 3",
            "2:1",
            "unknown key \"min_size\"",
            "did you mean \"min-size\"?",
        ),
        (
            "[scan]\n  bogus = 3",
            "2:3",
            "unknown key \"bogus\" in [scan]",
            "long options of nodupe scan",
        ),
        (
            "scan.'\u{e9}' = 1",
            "1:6",
            "unknown key \"\u{e9}\"",
            "long options",
        ),
        (
            "[check]\nmax-group = 3",
            "2:1",
            "unknown key \"max-group\" in [check]",
            "did you mean \"max-groups\"?",
        ),
        (
            "[check.alow]\n",
            "1:8",
            "unknown key \"alow\"",
            "did you mean \"allow\"?",
        ),
        (
            "[scan]\nmax-groups = 3",
            "2:1",
            "unknown key \"max-groups\" in [scan]",
            "it belongs in [check]",
        ),
        (
            "[check]\nsort = \"path\"",
            "2:1",
            "unknown key \"sort\" in [check]",
            "it belongs in [scan]",
        ),
        (
            "[[scan.allow]]\n",
            "1:8",
            "unknown key \"allow\" in [scan]",
            "write [[check.allow]]",
        ),
        (
            "[sacn]\n",
            "1:2",
            "unknown table or key \"sacn\"",
            "did you mean [scan]?",
        ),
        (
            "[[allow]]\n",
            "1:3",
            "unknown table or key \"allow\"",
            "write [[check.allow]]",
        ),
        (
            "[executors]\n",
            "1:2",
            "unknown table or key",
            "has [scan], [check]",
        ),
        (
            "exclude = []",
            "1:1",
            "\"exclude\" is outside [scan], [check] and [act]",
            "put it below [scan]",
        ),
        (
            "max-groups = 1",
            "1:1",
            "is outside",
            "put it below [check]",
        ),
        (
            "[[check.allow]]\npath = \"a\"",
            "2:1",
            "unknown key \"path\" in [[check.allow]]",
            "did you mean \"paths\"?",
        ),
        (
            "[[check.allow]]\nwhy = \"a\"",
            "2:1",
            "unknown key \"why\"",
            "possible keys: paths, digests, reason",
        ),
        (
            "[[check.budget]]\nmax-size = 1",
            "2:1",
            "unknown key \"max-size\" in [[check.budget]]",
            "possible keys: paths, max-groups",
        ),
    ]);
}

#[test]
fn what_is_for_one_run_only() {
    for name in [
        "files-from",
        "null",
        "output",
        "report",
        "config",
        "no-config",
        "update-baseline",
        "changed-since",
        "verbose",
        "quiet",
        "help",
    ] {
        let error = parse(&format!("[check]\n{name} = true")).unwrap_err();
        let start = format!("nodupe: error: f:2:1: {name:?} cannot be set in a project file: ");
        assert!(error.starts_with(&start), "{error}");
    }
}

#[test]
fn globs_may_begin_here_and_end_with_a_slash() {
    for glob in [
        "./a", "a/", "./a/b/", "/abs/a/", "a/.b/*.c", "**", "..a", "a.", "*/.",
    ] {
        let text = format!("[scan]\nexclude = [{glob:?}]\n");
        let is_right = glob != "*/.";
        assert_eq!(parse(&text).is_ok(), is_right, "{glob}");
    }
}

#[test]
fn wrong_types() {
    wrong(&[
        (
            "scan = 1",
            "1:8",
            "\"scan\" is a table, not a number",
            "write [scan]",
        ),
        (
            "[[check]]\n",
            "1:1",
            "\"check\" is a table, not a list",
            "write [check]",
        ),
        (
            "[scan]\nverify = \"yes\"",
            "2:10",
            "\"verify\" takes true or false, not a string",
            "write verify = true",
        ),
        (
            "[scan]\nverify = 1",
            "2:10",
            "takes true or false, not a number",
            "write verify = true",
        ),
        (
            "[scan]\nexclude = 3",
            "2:11",
            "\"exclude\" takes a list of strings, not a number",
            "write exclude = [",
        ),
        (
            "[scan]\nexclude = [\"a\", 3]",
            "2:17",
            "\"exclude\" takes strings, not a number",
            "write exclude = [",
        ),
        (
            "[scan]\nhash = [\"md5\"]",
            "2:8",
            "\"hash\" takes a string, not a list",
            "write hash = \"blake3\"",
        ),
        (
            "[scan]\nhash = 5",
            "2:8",
            "\"hash\" takes a string, not a number",
            "write hash",
        ),
        (
            "[scan]\nmin-size = 1.5",
            "2:12",
            "takes a number or a string, not a fraction",
            "write min-size",
        ),
        (
            "[scan]\ntimeout = 30",
            "2:11",
            "\"timeout\" takes a string, not a number",
            "write timeout",
        ),
        (
            "[scan]\nnewer-than = 3",
            "2:14",
            "takes a date or a string, not a number",
            "",
        ),
        (
            "[scan]\nmin-size = 2026-01-31",
            "2:12",
            "not a date or time",
            "",
        ),
        (
            "[scan.hash]\n",
            "1:1",
            "\"hash\" takes a string, not a table",
            "",
        ),
        (
            "[check]\nallow = 3",
            "2:9",
            "\"allow\" is a list of tables, not a number",
            "write [[check.allow]]",
        ),
        (
            "[check.budget]\n",
            "1:1",
            "\"budget\" is a list of tables, not a table",
            "double brackets",
        ),
        (
            "[check]\nallow = [3]",
            "2:10",
            "\"allow\" is a list of tables, and this is a number",
            "write [[check.allow]], in double brackets",
        ),
        (
            "[[check.allow]]\npaths = 3",
            "2:9",
            "\"paths\" takes strings, not a number",
            "",
        ),
        (
            "[[check.allow]]\ndigests = [3]",
            "2:12",
            "\"digests\" takes strings, not a number",
            "",
        ),
        (
            "[[check.allow]]\nreason = 3",
            "2:10",
            "\"reason\" takes a string, not a number",
            "",
        ),
        (
            "[[check.budget]]\nmax-groups = true",
            "2:14",
            "\"max-groups\" takes a number",
            "",
        ),
        (
            "[[check.budget]]\nmax-reclaimable = []",
            "2:19",
            "\"max-reclaimable\" takes a size",
            "",
        ),
    ]);
}

#[test]
fn invalid_values_are_errors() {
    wrong(&[
        (
            "[scan]\nhash = \"blake4\"",
            "2:8",
            "hash: invalid value \"blake4\"",
            "did you mean \"blake3\"?",
        ),
        (
            "[scan]\nmin-size = \"5x\"",
            "2:12",
            "min-size: \"5x\" has the unknown unit",
            "",
        ),
        ("[scan]\nmin-size = -5", "2:12", "\"-5\" is not a size", ""),
        (
            "[scan]\nmax-depth = 0",
            "2:13",
            "max-depth: invalid depth \"0\": must be 1 or more",
            "",
        ),
        (
            "[scan]\nworkers = 9999",
            "2:11",
            "workers: invalid worker count \"9999\": must be 1 to 1024 or auto",
            "",
        ),
        (
            "[scan]\ntimeout = \"1ms\"",
            "2:11",
            "timeout: \"1ms\" is too short",
            "",
        ),
        (
            "[scan]\nnewer-than = \"soon\"",
            "2:14",
            "newer-than: \"soon\" is not a time",
            "",
        ),
        (
            "[scan]\nextension = [\"a\", \"*.b\"]",
            "2:19",
            "extension: \"*.b\" is not an extension",
            "",
        ),
        (
            "[scan]\n\u{e9} = 1\nexclude = [\"\u{4e2d}\", \"a[\"]",
            "2:1",
            "",
            "",
        ),
        (
            "[scan]\nexclude = [\"\u{4e2d}\", \"a[\"]",
            "2:17",
            "invalid glob \"a[\"",
            "special",
        ),
        (
            "[scan]\ninclude = \"../a\"",
            "2:11",
            "the glob \"../a\" matches nothing",
            "absolute",
        ),
        (
            "[scan]\nexclude = [\".\"]",
            "2:12",
            "the glob \".\" matches nothing: no path contains \".\"",
            "\"**\" matches everything",
        ),
        (
            "[[check.allow]]\npaths = \"./\"\nreason = \"r\"",
            "2:9",
            "the glob \"./\" matches nothing",
            "\"**\"",
        ),
        (
            "[scan]\ninclude = \"./a/./b\"",
            "2:11",
            "the glob \"./a/./b\" matches nothing",
            "leave it out",
        ),
        (
            "[scan]\ninclude = \"a//b\"",
            "2:11",
            "the glob \"a//b\" matches nothing: no path contains \"//\"",
            "one slash",
        ),
        (
            "[scan]\nexclude-regex = \"(\"",
            "2:17",
            "invalid regular expression \"(\"",
            "",
        ),
        (
            "[scan]\nreference = [\"\"]",
            "2:14",
            "reference: the value is missing or empty",
            "",
        ),
        (
            "[scan]\npaths = \"\"",
            "2:9",
            "paths: the value is missing or empty",
            "",
        ),
        (
            "[scan]\npaths = \"\\u0000\"",
            "2:9",
            "paths: a value cannot contain NUL",
            "",
        ),
        (
            "[scan]\ngitignore = true\nno-gitignore = true",
            "3:1",
            "\"no-gitignore\" contradicts line 2",
            "keep one",
        ),
        (
            "[[check.allow]]\nreason = \"a\"",
            "1:1",
            "without paths or digests",
            "add paths or digests",
        ),
        (
            "[[check.allow]]\npaths = []\nreason = \"a\"",
            "1:1",
            "without paths or digests",
            "",
        ),
        (
            "\n[[check.allow]]\npaths = \"a\"",
            "2:1",
            "[[check.allow]] without a reason",
            "add a reason",
        ),
        (
            "[[check.allow]]\npaths = \"a\"\nreason = \" \"",
            "3:10",
            "the reason is empty",
            "say why",
        ),
        (
            "[[check.allow]]\npaths = \"a[\"",
            "2:9",
            "invalid glob \"a[\"",
            "",
        ),
        (
            "[[check.allow]]\ndigests = [\"abc\"]",
            "2:12",
            "it has 3 digits",
            "copy it",
        ),
        (
            "[[check.allow]]\ndigests = [\"xyz\"]",
            "2:12",
            "it is not hexadecimal",
            "copy it",
        ),
        (
            "[[check.same]]\npaths = [\"LICENSE\"]",
            "1:1",
            "[[check.same]] without two files compares nothing",
            "add paths, as in",
        ),
        (
            "[[check.same]]\npaths = [\"a[\", \"b\"]",
            "2:10",
            "invalid glob \"a[\"",
            "special",
        ),
        (
            "[[check.budget]]\nmax-groups = 1",
            "1:1",
            "[[check.budget]] without paths",
            "add paths, as in",
        ),
        (
            "[[check.budget]]\nmax-groups = -1",
            "2:14",
            "max-groups: \"-1\" is not a number",
            "0 or more",
        ),
        (
            "[[check.budget]]\nmax-reclaimable = \"1Q\"",
            "2:19",
            "max-reclaimable: \"1Q\" has the unknown unit",
            "",
        ),
    ]);
}

#[test]
fn the_first_mistake_comes_first() {
    let error = parse("[scan]\nzz = 1\naa = 1\n[check]\nbb = 1").unwrap_err();
    assert!(
        error.contains("f:2:1") && error.contains("\"zz\""),
        "{error}"
    );
    let error = parse("[zz]\n[aa]\n").unwrap_err();
    assert!(error.contains("\"zz\""), "{error}");
}

#[test]
fn the_files_that_the_documentation_shows_are_right() {
    let help = read(help::PROJECT_FILE);
    let rules = |document: &Document| {
        let Document {
            allow,
            budgets,
            same,
            ..
        } = document;
        [allow.len(), budgets.len(), same.len()]
    };
    assert_eq!(rules(&help), [1, 1, 1]);
    let readme = include_str!("../../../README.md");
    let shown = readme.split("```toml\n").nth(1).unwrap();
    let readme = read(shown.split("```").next().unwrap());
    assert_eq!(rules(&readme), [1, 1, 1]);
}

#[test]
fn the_help_names_what_cannot_be_set() {
    for keys in [Keys::of::<ScanArgs>(), Keys::of::<CheckArgs>()] {
        let shown = keys.all().filter(|key| key.name != "recursive");
        for key in shown.filter(|key| !key.is_setting) {
            let text = help::CONFIG_LONG_END
                .split("cannot be set: ")
                .nth(1)
                .unwrap();
            let list = text.split('.').next().unwrap();
            assert!(list.contains(&format!("--{}", key.name)), "{}", key.name);
        }
    }
}

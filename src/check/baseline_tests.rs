//! The baseline's file: what goes in comes out, and nonsense does not.

use super::*;

const HASH: HashAlgorithm = HashAlgorithm::Blake3;

fn sample() -> Baseline {
    let mut baseline = Baseline::empty(HASH);
    for (byte, place) in [(2, "b"), (1, "z/ü\n\"x"), (2, "a/c"), (1, "a")] {
        baseline.accept(Digest::new(&[byte; 32]), u64::from(byte), place.into());
    }
    baseline
}

#[test]
fn written_baselines_are_read_back() {
    let baseline = sample();
    let text = baseline.to_text();
    assert_eq!(Baseline::parse(&text, HASH), Ok(baseline.clone()));
    assert_eq!((baseline.groups(), baseline.files()), (2, 4));
    let empty = Baseline::empty(HASH);
    assert_eq!(Baseline::parse(&empty.to_text(), HASH), Ok(empty));
}

#[test]
fn a_path_has_a_line_and_a_place_of_its_own() {
    let text = String::from_utf8(sample().to_text()).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let position = |line: &str| lines.iter().position(|l| *l == line);
    assert!(
        position("\"a/c\",").unwrap() < position("\"b\"").unwrap(),
        "{text}"
    );
    assert!(position("\"a\",").is_some_and(|at| at < position("\"a/c\",").unwrap()));
    assert!(text.ends_with("}\n"));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_survive() {
    use std::os::unix::ffi::OsStrExt;
    let place = Path::new(std::ffi::OsStr::from_bytes(b"a/\xff\xfe b"));
    let digest = Digest::new(&[9; 32]);
    let mut baseline = Baseline::empty(HASH);
    baseline.accept(digest, 5, place.to_owned());
    let read = Baseline::parse(&baseline.to_text(), HASH).unwrap();
    assert!(read.accepts(&digest, place));
    assert!(!read.accepts(&digest, Path::new("a/\u{fffd}\u{fffd} b")));
}

#[test]
fn content_is_part_of_what_is_accepted() {
    let baseline = sample();
    assert!(baseline.accepts(&Digest::new(&[1; 32]), Path::new("a")));
    assert!(!baseline.accepts(&Digest::new(&[2; 32]), Path::new("a")));
    assert!(!baseline.accepts(&Digest::new(&[1; 32]), Path::new("b")));
}

#[test]
fn invalid_baselines_are_errors() {
    let digest = "11".repeat(32);
    let with = |digest: &str, path: &str| {
        format!(
            r#"{{"version":1,"hash":"blake3","groups":[{{"digest":"{digest}","size":1,"paths":["{path}"]}}]}}"#
        )
    };
    let table = [
        (with(&digest, "a"), None),
        (with(&digest, "/outside/a"), None),
        (
            with(&digest, "a/../../b"),
            Some(BaselineError::Path("a/../../b".to_owned())),
        ),
        (with(&digest, ""), Some(BaselineError::Path(String::new()))),
        (
            with("12x4", "a"),
            Some(BaselineError::Digest("12x4".to_owned())),
        ),
        (
            with("+1", "a"),
            Some(BaselineError::Digest("+1".to_owned())),
        ),
        (
            with("123", "a"),
            Some(BaselineError::Digest("123".to_owned())),
        ),
        (with("", "a"), Some(BaselineError::Digest(String::new()))),
        (
            with(&"00".repeat(33), "a"),
            Some(BaselineError::Digest("00".repeat(33))),
        ),
        (
            r#"{"version":1,"hash":"md5","groups":[]}"#.to_owned(),
            Some(BaselineError::Hash("md5".to_owned())),
        ),
        (
            r#"{"version":7,"something":"else"}"#.to_owned(),
            Some(BaselineError::Version(7)),
        ),
    ];
    for (text, expected) in table {
        let error = Baseline::parse(text.as_bytes(), HASH).err();
        assert_eq!(error, expected, "{text}");
    }
    for text in [
        "",
        "[]",
        r#"{"version":1}"#,
        r#"{"version":1,"hash":"blake3","groups":[],"extra":1}"#,
        r#"{"version":1,"hash":"blake3","groups":[{"digest":"11","size":-1,"paths":[]}]}"#,
        r#"{"version":1,"hash":"blake3","groups":[{"digest":"11","size":1,"paths":[7]}]}"#,
    ] {
        let error = Baseline::parse(text.as_bytes(), HASH).unwrap_err();
        assert!(matches!(error, BaselineError::Shape(_)), "{text}: {error}");
    }
    // A wrong path in base64.
    let text = with(&digest, "a").replace(r#"["a"]"#, r#"[{"path":"a","path_bytes":"!"}]"#);
    assert_eq!(
        Baseline::parse(text.as_bytes(), HASH),
        Err(BaselineError::Path("a".to_owned()))
    );
}

#[test]
fn files_not_in_another_baseline_are_counted() {
    let old = sample();
    let mut new = sample();
    new.accept(Digest::new(&[3; 32]), 3, "a".into());
    assert_eq!((new.files_not_in(&old), old.files_not_in(&new)), (1, 0));
}

use super::super::testing::{NEW, Sample, copy};
use super::*;

fn fixes(names: &[&str], tracked: &[&str]) -> Vec<String> {
    let mut sample = Sample::clean();
    sample.tracked = tracked.iter().map(PathBuf::from).collect();
    let copies = names.iter().map(|name| copy(name.as_bytes(), NEW));
    let copies: Vec<Copy> = copies.collect();
    removal(&sample.report(), Base::Project, false, &copies)
}

#[test]
fn files_are_removed_by_git_if_it_tracks_them() {
    assert_eq!(fixes(&["a b", "c"], &["a b", "c"]), ["git rm -f 'a b' c"]);
    assert_eq!(fixes(&["a b", "c"], &["c"]), ["git rm -f c", "rm 'a b'"]);
    assert_eq!(fixes(&["-r", "/x"], &[]), ["rm ./-r /x"]);
    // To git these would be patterns for other files as well.
    assert_eq!(
        fixes(&["*.png", ":x", "y", "[a]"], &["*.png", ":x", "y", "[a]"]),
        [
            "git rm -f y",
            "git --literal-pathspecs rm -f '*.png' :x '[a]'"
        ]
    );
    let many: Vec<String> = (0..250).map(|n| format!("{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(fixes(&many, &[]).len(), 3);
}

#[test]
fn a_directory_goes_with_everything_in_it() {
    let mut sample = Sample::clean();
    let [tracked, other] = ["a/", "b c/"].map(|name| copy(name.as_bytes(), NEW));
    sample.tracked = [PathBuf::from("a/")].into();
    assert_eq!(
        removal(&sample.report(), Base::Project, true, [&tracked, &other]),
        ["git rm -rf a/", "rm -r 'b c/'"]
    );
}

#[test]
fn a_file_goes_with_all_its_names() {
    let sample = Sample::clean();
    let mut copy = copy(b"a", NEW);
    copy.hard_links = vec!["b".into()];
    assert_eq!(
        removal(&sample.report(), Base::Project, false, [&copy]),
        ["rm a b"]
    );
}

#[test]
fn paths_start_where_the_reader_is() {
    let sample = Sample::plain();
    let report = CheckReport {
        prefix: Path::new("sub"),
        here: Path::new("../.."),
        ..sample.report()
    };
    let texts = |base| {
        let issue = issues(&report, base).next().unwrap();
        (issue.message(), issue.fix.unwrap(), issue.fingerprint)
    };
    let (message, fix, print) = texts(Base::Project);
    assert_eq!(
        message,
        "'assets/logo copy.png' is a copy of assets/logo.png (1.0 MiB)."
    );
    assert_eq!(fix, "git rm -f 'assets/logo copy.png'");
    let (message, fix, same) = texts(Base::Repository);
    assert!(
        message.starts_with("'sub/assets/logo copy.png' is"),
        "{message}"
    );
    assert_eq!(fix, "git rm -f 'sub/assets/logo copy.png'");
    assert_eq!(same, print);
    let (_, fix, same) = texts(Base::WorkingDirectory);
    assert_eq!(fix, "git rm -f '../../assets/logo copy.png'");
    assert_eq!(same, print);
}

#[test]
fn there_is_no_advice_for_what_is_within_a_budget() {
    let mut sample = Sample::plain();
    for account in &mut sample.verdict.accounts {
        account.budget = crate::check::Budget::of(Some(9), None, None);
    }
    let report = sample.report();
    for issue in issues(&report, Base::Project) {
        assert_eq!(issue.severity, Severity::Warning);
        assert_eq!(issue.fix, None);
        assert_eq!(issue.text(), issue.message());
        assert!(
            issue.what.ends_with(", within the budget"),
            "{}",
            issue.what
        );
    }
}

#[test]
fn fingerprints_tell_issues_apart() {
    let sample = Sample::hostile();
    let report = sample.report();
    let all: Vec<_> = issues(&report, Base::Project).collect();
    assert_eq!(all.len(), 12 + 2 + 2 + 3 + 2);
    let prints: std::collections::BTreeSet<_> =
        all.iter().map(|issue| &issue.fingerprint).collect();
    assert_eq!(prints.len(), all.len());
}

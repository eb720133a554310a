//! Reports in files: whole or not at all.

use super::*;
use crate::platform::testing;
use tempfile::TempDir;

fn open(path: &Path) -> Output {
    Output::open(Some(path)).unwrap_or_else(|e| panic!("{e}"))
}

fn names(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_report_appears_whole_at_the_end() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("report");
    fs::write(&path, "old").unwrap();
    let mut output = open(&path);
    output.write_all(b"new").unwrap();
    output.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(&dir).len(), 2);
    output.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(&dir), ["report"]);
}

#[test]
fn a_report_that_is_given_up_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("report");
    let mut output = open(&path);
    output.write_all(b"half").unwrap();
    drop(output);
    assert!(names(&dir).is_empty());

    let output = open(&path);
    output.leftover().remove();
    assert!(names(&dir).is_empty());
    drop(output);
}

#[test]
fn after_the_commit_nothing_is_left_to_remove() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("report");
    let output = open(&path);
    let leftover = output.leftover();
    output.commit().unwrap();
    leftover.remove();
    assert_eq!(names(&dir), ["report"]);
}

#[test]
fn the_scan_is_told_of_both_the_old_and_the_new_report() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("report");
    fs::write(&path, "old").unwrap();
    let output = open(&path);
    for name in names(&dir) {
        let id = platform::stat_path(&dir.path().join(&name), false)
            .unwrap()
            .id;
        assert!(output.own_files().iter().any(|own| own.id == id), "{name}");
    }
}

#[test]
fn unwritable_outputs_are_errors_with_a_hint() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("no/such/report");
    for path in [missing.as_path(), dir.path()] {
        let Err(fatal) = Output::open(Some(path)) else {
            panic!("{} was opened", path.display());
        };
        let text = fatal.to_string();
        assert!(text.contains(&path.display().to_string()), "{text}");
        assert!(text.contains("hint: "), "{text}");
    }
    assert!(names(&dir).is_empty());
}

#[test]
fn links_stay_and_their_target_is_replaced() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    testing::symlink("sub/b", &at("a")).unwrap();
    testing::symlink("c", &at("sub/b")).unwrap();
    // The end of the chain is not there the first time.
    for content in ["one", "two"] {
        let mut output = open(&at("a"));
        output.write_all(content.as_bytes()).unwrap();
        output.commit().unwrap();
        assert_eq!(fs::read_to_string(at("sub/c")).unwrap(), content);
        assert!(at("a").is_symlink() && at("sub/b").is_symlink());
    }
    testing::symlink("loop", &at("loop")).unwrap();
    assert!(Output::open(Some(&at("loop"))).is_err());
}

#[test]
fn permissions_are_the_usual_ones_or_those_of_the_old_file() {
    let dir = TempDir::new().unwrap();
    let usual = dir.path().join("usual");
    fs::write(&usual, "").unwrap();
    let new = dir.path().join("new");
    open(&new).commit().unwrap();
    assert_eq!(testing::mode(&new), testing::mode(&usual));

    // Neither that of a temporary file nor what the umask leaves.
    testing::set_mode(&new, 0o640).unwrap();
    let private = testing::mode(&new);
    open(&new).commit().unwrap();
    assert_eq!(testing::mode(&new), private);
}

#[test]
fn devices_are_written_to_and_not_replaced() {
    let device = Path::new(testing::NULL_DEVICE);
    let mut output = open(device);
    output.write_all(b"gone").unwrap();
    output.commit().unwrap();
    let stat = platform::stat_path(device, true).unwrap();
    assert_eq!(stat.kind, FileKind::Special);
}

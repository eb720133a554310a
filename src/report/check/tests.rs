use std::io;

use super::testing::{HOSTILE_NAMES, Sample, copy};
use super::*;
use crate::report::testing::{ClosedPipe, PLAIN};

#[test]
fn names_of_formats_are_distinct() {
    let mut names: Vec<_> = CheckFormat::ALL.iter().map(|f| f.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CheckFormat::ALL.len());
    assert_eq!(CheckFormat::default(), CheckFormat::ALL[0]);
}

#[test]
fn paths_start_at_the_top_of_the_repository() {
    let mut sample = Sample::plain();
    let place = |sample: &Sample, path: &str| {
        let path = Path::new(path);
        sample.report().placed(path).into_owned()
    };
    assert_eq!(place(&sample, "a/b"), Path::new("a/b"));
    sample.prefix = "sub/dir".into();
    assert_eq!(place(&sample, "a/b").as_os_str(), "sub/dir/a/b");
    assert_eq!(place(&sample, "/a/b").as_os_str(), "/a/b");
}

#[test]
fn what_is_outside_the_project_may_be_in_the_repository() {
    let sample = Sample::plain();
    let report = CheckReport {
        root: Path::new("/work/repo/sub/dir"),
        prefix: Path::new("sub/dir"),
        ..sample.report()
    };
    for (path, expected) in [
        ("/work/repo/other/a", "other/a"),
        ("/work/repo/sub/a", "sub/a"),
        ("/work/repository/a", "/work/repository/a"),
        ("/work/a", "/work/a"),
        ("/work/repo", "/work/repo"),
    ] {
        let placed = report.placed(Path::new(path));
        assert_eq!(placed.as_os_str(), expected, "{path}");
    }
}

#[test]
fn the_same_verdict_is_the_same_text() {
    for format in CheckFormat::ALL {
        for sample in Sample::all() {
            assert_eq!(sample.bytes(format), sample.bytes(format), "{format:?}");
        }
    }
}

#[test]
fn only_the_table_tells_how_long_it_took() {
    for format in CheckFormat::ALL {
        let mut sample = Sample::hostile();
        let before = sample.bytes(format);
        sample.summary.elapsed *= 2;
        sample.summary.executor.workers += 1;
        let same = before == sample.bytes(format);
        assert_eq!(same, format != CheckFormat::Table, "{format:?}");
    }
}

#[test]
fn formats_for_programs_do_not_care_for_the_look() {
    let render = RenderOptions {
        color: true,
        width: Some(10),
        height: None,
    };
    for format in CheckFormat::ALL {
        let sample = Sample::hostile();
        let same = sample.bytes(format) == sample.bytes_for(format, &render);
        assert_eq!(same, format != CheckFormat::Table, "{format:?}");
    }
}

#[test]
fn no_format_sends_an_ascii_control_character() {
    for format in CheckFormat::ALL {
        for name in HOSTILE_NAMES {
            let text = Sample::named(name).text(format);
            let acts = |c: char| c.is_ascii_control() && c != '\n';
            assert!(!text.chars().any(acts), "{format:?} {text}");
        }
    }
}

#[test]
fn a_closed_pipe_is_distinguished_in_every_format() {
    let mut sample = Sample::hostile();
    // More than the buffer of any formatter.
    let copies = (0..500).map(|n| copy(format!("{n}").as_bytes(), testing::NEW));
    sample.verdict.findings[0].copies.extend(copies);
    for format in CheckFormat::ALL {
        let length = sample.bytes(format).len();
        for room in [0, 1, 50, 5000, length - 1] {
            let out = &mut ClosedPipe(room);
            let error = write(format, out, &sample.report(), &PLAIN).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?} {room}");
        }
    }
}

//! Old kernels and sandboxes that do not know newer system calls: nodupe does
//! without them.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::harness::{Report, Tree, grouped, pattern, skipped};

/// Those that have an older one that does nearly the same.
const CALLS: [(&str, i64); 8] = [
    ("statx", libc::SYS_statx),
    ("preadv2", libc::SYS_preadv2),
    ("openat2", libc::SYS_openat2),
    ("io_uring_setup", libc::SYS_io_uring_setup),
    ("close_range", libc::SYS_close_range),
    ("name_to_handle_at", libc::SYS_name_to_handle_at),
    ("sync_file_range", libc::SYS_sync_file_range),
    ("landlock_create_ruleset", libc::SYS_landlock_create_ruleset),
];

/// Refuses calls with this error.
fn filter(calls: &[i64], error: i32) -> Option<BpfProgram> {
    let rules: BTreeMap<_, _> = calls.iter().map(|&call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(error as u32);
    let here = std::env::consts::ARCH.try_into().ok()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, here).ok()?;
    filter.try_into().ok()
}

fn scan_without(tree: &Tree, calls: &[i64], error: i32, args: &[&str]) -> Option<Report> {
    let program = filter(calls, error)?;
    let mut command = tree.scan(args).json().command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // SAFETY: what runs between fork and exec takes no lock and allocates
    // nothing: the program was made before.
    #[allow(unsafe_code, reason = "the filter is for the child alone")]
    unsafe {
        command.pre_exec(move || {
            seccompiler::apply_filter(&program).map_err(|_| io::ErrorKind::Unsupported.into())
        });
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            skipped(&format!("no system call can be refused here: {error}"));
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    Some(Report::parse(&output.stdout))
}

#[test]
fn newer_system_calls_can_be_done_without() {
    let tree = Tree::new();
    tree.files(&["a", "b/c"], "same")
        .files(&["d/e", "f"], pattern(100_000, 0))
        .files(&["g", "h/i/j"], pattern(5 << 20, 1))
        .hard_link("g", "k");
    // `k` is a name of the same file as `g`.
    let expected = grouped(&[&["g", "h/i/j"], &["d/e", "f"], &["a", "b/c"]]);
    assert_eq!(tree.groups(&[]), expected);
    let each = CALLS.iter().map(|&(name, call)| (name, vec![call]));
    let all = ("all", CALLS.iter().map(|call| call.1).collect());
    for (name, calls) in each.chain([all]) {
        for error in [libc::ENOSYS, libc::EPERM] {
            for args in [&[][..], &["--settle-time", "0s"], &["--verify"]] {
                let Some(report) = scan_without(&tree, &calls, error, args) else {
                    return;
                };
                assert_eq!(report.paths(), expected, "{name} {error} {args:?}");
            }
        }
    }
}

#[test]
fn little_address_space_is_enough_for_a_scan() {
    let tree = Tree::new();
    for dir in 0..100 {
        for file in 0..30 {
            tree.file(format!("{dir}/{file}"), (file % 7).to_string());
        }
    }
    let expected = tree.groups(&[]);
    for executor in ["auto", "thread", "isolated"] {
        let run = tree.scan(&["--executor", executor]).json();
        let run = run.after("ulimit -v 150000").succeeds();
        assert_eq!(run.report().paths(), expected, "{executor}");
    }
}

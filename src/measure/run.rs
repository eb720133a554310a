//! One scan in a process of its own, and its results.
//!
//! A process of its own makes the peak of memory that of this scan alone. It
//! inherits nothing from the environment that could change its behaviour, and
//! its times are those it measures itself: starting the program and writing the
//! report are not part of them.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::bench::{Competitor, Found, Run};
use crate::config::HashAlgorithm;
use crate::error::describe;
use crate::hash::Hasher;
use crate::platform;

/// Environment variables that a program may need to start, and that do not
/// change its behaviour.
const KEPT_VARIABLES: [&str; 5] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SystemRoot",
    "LLVM_PROFILE_FILE",
];

/// Number of bytes kept of a failed run's messages.
const MAX_STDERR: u64 = 4096;

/// Runs scans of one directory, one after the other.
pub(crate) struct Runner {
    program: PathBuf,
    dir: PathBuf,
    running: Running,
}

/// The run in progress, for the code that ends it.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    Idle,
    At(Child),
    Ended,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run in progress, and prevents further ones.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        if let State::At(child) = &mut *state {
            // Its worker processes end with it.
            let _ = child.kill();
            let _ = child.wait();
        }
        *state = State::Ended;
    }

    /// Returns true if `end` was called.
    pub(crate) fn is_ended(&self) -> bool {
        matches!(*self.lock(), State::Ended)
    }
}

impl Runner {
    /// Creates a runner that scans `dir` with `program`, which is nodupe.
    pub(crate) fn new(program: PathBuf, dir: &Path) -> Self {
        Self {
            program,
            dir: dir.to_owned(),
            running: Running::default(),
        }
    }

    /// A handle that ends a run early.
    pub(crate) fn running(&self) -> Running {
        self.running.clone()
    }

    /// Runs a scan to its end.
    ///
    /// # Errors
    ///
    /// The reason why there is no result, in a sentence without a full stop.
    pub(crate) fn run(&self, competitor: Competitor) -> Result<Run, String> {
        let began = Instant::now();
        let (out, err) = self.start(competitor)?;
        // A pipe that is not read would block the child.
        let words = std::thread::spawn(move || last_line(err));
        let result = read(out);
        let words = words.join().unwrap_or_default();
        let status = {
            let mut state = self.running.lock();
            let State::At(mut child) = std::mem::take(&mut *state) else {
                *state = State::Ended;
                return Err("it was interrupted".to_owned());
            };
            child.wait().map_err(|error| describe(&error))?
        };
        match result {
            Ok(run) => Ok(Run {
                wall: began.elapsed(),
                ..run
            }),
            // Its own message is better than the absence of others.
            Err(_) if !words.is_empty() => Err(words),
            Err(problem) => Err(format!(
                "its process {}: {problem}",
                platform::describe_exit(status)
            )),
        }
    }

    fn start(&self, competitor: Competitor) -> Result<(impl Read + use<>, ChildStderr), String> {
        let mut command = Command::new(&self.program);
        command.args(arguments(competitor)).arg("--").arg(&self.dir);
        command.env_clear();
        for name in KEPT_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is for this program, which ends its child.
        platform::detach_from_terminal(&mut command);
        let mut state = self.running.lock();
        if matches!(*state, State::Ended) {
            return Err("it was interrupted".to_owned());
        }
        let mut child = command.spawn().map_err(|error| describe(&error))?;
        let streams = child.stdout.take().zip(child.stderr.take());
        *state = State::At(child);
        streams.ok_or_else(|| "a pipe is missing".to_owned())
    }
}

/// Arguments of nodupe. Sorted records come in one order whatever the timing,
/// and only after the scan, so they are not part of its time.
fn arguments(competitor: Competitor) -> Vec<String> {
    let kind = competitor.kind.as_str();
    // Without --no-config a project's settings would be measured.
    let fixed = format!("scan --no-config --format jsonl --sort path --quiet --executor {kind}");
    let workers = competitor.workers.map(|n| format!("--workers={n}"));
    fixed.split(' ').map(str::to_owned).chain(workers).collect()
}

/// The last non-empty line, without the common prefix of such lines. All is
/// read, little is kept.
fn last_line(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.by_ref().take(MAX_STDERR).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut from, &mut std::io::sink());
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    line.trim_start_matches("nodupe: error: ").to_owned()
}

#[derive(Deserialize)]
struct Tag<'a> {
    r#type: &'a str,
}

#[derive(Deserialize)]
struct Totals {
    interrupted: bool,
    executor: ExecutorFigures,
    totals: Found,
    elapsed_seconds: f64,
}

#[derive(Deserialize)]
struct ExecutorFigures {
    workers: usize,
    startup_seconds: f64,
    peak_memory_bytes: Option<u64>,
}

/// Reads records until they end.
fn read(from: impl Read) -> Result<Run, String> {
    let mut lines = BufReader::new(from);
    let mut hasher = Hasher::new(HashAlgorithm::Blake3);
    let mut totals = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(describe(&error)),
        }
        let tag: Tag<'_> = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
        match tag.r#type {
            "group" => hasher.update(&line),
            "totals" => totals = Some(line.clone()),
            _ => {}
        }
    }
    let totals = totals.ok_or("it reported no result")?;
    let totals: Totals = serde_json::from_slice(&totals).map_err(|error| error.to_string())?;
    if totals.interrupted {
        return Err("it was interrupted".to_owned());
    }
    Ok(Run {
        seconds: totals.elapsed_seconds,
        startup_seconds: totals.executor.startup_seconds,
        workers: totals.executor.workers,
        peak_memory_bytes: totals.executor.peak_memory_bytes,
        found: totals.totals,
        digest: hasher.finish(),
        wall: Duration::ZERO,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ExecutorKind;

    const TOTALS: &str = r#"{"type":"totals","complete":true,"interrupted":false,"executor":{"kind":"thread","workers":4,"task_type":"cpu","reason":"r","replaced_workers":0,"startup_seconds":0.5,"peak_memory_bytes":900},"totals":{"files":3,"bytes":30,"groups":1,"duplicates":1,"reclaimable_bytes":10,"bytes_read":20,"errors":0},"stages":[],"elapsed_seconds":1.25}"#;

    fn parsed(lines: &[&str]) -> Result<Run, String> {
        read((lines.join("\n") + "\n").as_bytes())
    }

    #[test]
    fn a_run_is_read_from_the_records() {
        let header = r#"{"type":"header","version":1}"#;
        let group = r#"{"type":"group","size":10}"#;
        let sample = parsed(&[header, group, TOTALS]).unwrap();
        assert_eq!((sample.seconds, sample.startup_seconds), (1.25, 0.5));
        assert_eq!((sample.workers, sample.peak_memory_bytes), (4, Some(900)));
        let found = sample.found;
        assert_eq!((found.files, found.groups, found.bytes), (3, 1, 30));
        // Only groups are part of the digest, every one of them, in their
        // order.
        let other = parsed(&[header, r#"{"type":"group","size":11}"#, TOTALS]).unwrap();
        assert_ne!(other.digest, sample.digest);
        assert_eq!(parsed(&[group, TOTALS]).unwrap(), sample);
        let twice = parsed(&[group, group, TOTALS]).unwrap();
        assert_ne!(twice.digest, sample.digest);
    }

    #[test]
    fn incomplete_output_is_an_error() {
        let interrupted = TOTALS.replace(r#""interrupted":false"#, r#""interrupted":true"#);
        let table = [
            (&["{\"type\":\"header\"}"][..], "no result"),
            (&["nonsense"], "expected"),
            (&[&interrupted], "interrupted"),
            (&[r#"{"type":"totals"}"#], "missing field"),
        ];
        for (lines, part) in table {
            let problem = parsed(lines).unwrap_err();
            assert!(problem.contains(part), "{lines:?}: {problem}");
        }
        assert!(read(&b""[..]).is_err());
    }

    #[test]
    fn a_missing_or_wrong_program_is_reported() {
        let competitor = Competitor {
            kind: ExecutorKind::Thread,
            workers: None,
        };
        let run = |program: &str| Runner::new(program.into(), Path::new(".")).run(competitor);
        assert!(run("/no/such/program").is_err());
        let problem = run("/bin/true").unwrap_err();
        assert!(problem.contains("exited with status 0"), "{problem}");
    }

    #[test]
    fn nothing_is_started_after_the_end() {
        let runner = Runner::new("/bin/true".into(), Path::new("."));
        runner.running().end();
        let competitor = Competitor {
            kind: ExecutorKind::Thread,
            workers: None,
        };
        assert_eq!(runner.run(competitor).unwrap_err(), "it was interrupted");
    }

    #[test]
    fn the_first_line_is_the_reason() {
        let text = "\nnodupe: error: cannot start process workers: no\n  hint: x\n";
        assert_eq!(
            last_line(text.as_bytes()),
            "cannot start process workers: no"
        );
        assert_eq!(last_line(&b""[..]), "");
    }

    #[test]
    fn the_number_of_workers_is_only_given_where_it_is_fixed() {
        let words = |workers| {
            arguments(Competitor {
                kind: ExecutorKind::Thread,
                workers,
            })
            .join(" ")
        };
        assert!(words(Some(8)).ends_with("--executor thread --workers=8"));
        assert!(words(None).ends_with("--executor thread"));
    }
}

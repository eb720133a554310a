//! The binary, run once.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::json::Report;
use super::system::{heed_signals, other_user_command, spawn};
use super::tree::picture;

/// Where the binary is.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_nodupe");

/// The binary and its arguments.
#[must_use]
pub(crate) struct Nodupe {
    root: PathBuf,
    dir: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    /// What runs it: a shell that sets limits, another user.
    through: Vec<OsString>,
}

impl Nodupe {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            dir: root.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            stdin: None,
            through: Vec::new(),
        }
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Another working directory than the root of the tree.
    pub(crate) fn within(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Runs it through a shell that does something first, `ulimit` say.
    pub(crate) fn after(mut self, shell: &str) -> Self {
        let script = format!("{shell} && exec \"$0\" \"$@\"");
        self.through = vec!["sh".into(), "-c".into(), script.into()];
        self
    }

    /// Runs it where a shell script has mounted something, seen by nobody
    /// else.
    pub(crate) fn with_mounts(mut self, script: &str) -> Self {
        let script = format!("{script} && exec \"$0\" \"$@\"");
        let words = ["unshare", "-m", "sh", "-ec", &script];
        self.through = words.iter().map(OsString::from).collect();
        self
    }

    /// Runs it as a user who is not root, whoever runs the tests.
    pub(crate) fn by_other_user(mut self) -> Self {
        self.through = other_user_command();
        self
    }

    pub(crate) fn command(&self) -> Command {
        heed_signals();
        let mut words = self.through.iter().map(OsString::as_os_str);
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(BINARY);
                command
            }
            None => Command::new(BINARY),
        };
        command
            .args(&self.args)
            .current_dir(&self.dir)
            .env_clear()
            // No global ignore file and no terminal settings of whoever runs
            // the tests.
            .env("HOME", &self.root)
            .env("TZ", "UTC")
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        // What shells, coverage and the temporary directory need.
        for name in ["PATH", "LLVM_PROFILE_FILE", "TMPDIR", "SystemRoot", "TEMP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Starts it with both streams piped.
    pub(crate) fn spawn(&self) -> Child {
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        spawn(&mut command).unwrap()
    }

    /// Runs it to its end.
    pub(crate) fn run(&self) -> Run {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = match &self.stdin {
            None => {
                let child = spawn(command.stdin(Stdio::null())).unwrap();
                child.wait_with_output().unwrap()
            }
            Some(bytes) => {
                let mut child = spawn(command.stdin(Stdio::piped())).unwrap();
                let mut stdin = child.stdin.take().unwrap();
                let bytes = bytes.clone();
                let writer = std::thread::spawn(move || {
                    // It may end without reading everything.
                    let _ = stdin.write_all(&bytes);
                });
                let output = child.wait_with_output().unwrap();
                writer.join().unwrap();
                output
            }
        };
        Run {
            root: self.root.clone(),
            command: format!("{command:?}"),
            status: output.status,
            stdout: output.stdout,
            stderr: output.stderr,
        }
    }

    /// The same with a JSON report.
    pub(crate) fn json(mut self) -> Self {
        // In front: behind `--` it would be a path.
        self.args
            .splice(1..1, ["--format", "json"].map(OsString::from));
        self
    }

    /// Runs it; it must be complete and say nothing beside the report.
    pub(crate) fn succeeds(&self) -> Run {
        let run = self.exits(0);
        assert_eq!(run.stderr_text(), "", "nothing to be said");
        run
    }

    /// Runs it; it must end with this status.
    pub(crate) fn exits(&self, code: i32) -> Run {
        let run = self.run();
        assert_eq!(run.status.code(), Some(code), "exit status");
        run
    }
}

/// What came of it.
pub(crate) struct Run {
    root: PathBuf,
    command: String,
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Run {
    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.stdout_text().lines().map(str::to_owned).collect()
    }

    pub(crate) fn report(&self) -> Report {
        Report::parse(&self.stdout)
    }

    /// Everything that helps to see why a test failed.
    pub(crate) fn describe(&self) -> String {
        format!(
            "command: {}\nended with: {}\nthe tree {}:\n{}--- stdout\n{}\n--- stderr\n{}\n---",
            self.command,
            self.status,
            self.root.display(),
            picture(&self.root),
            self.stdout_text(),
            self.stderr_text(),
        )
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.describe());
        }
    }
}

/// A test that fails is only as good as what it shows.
#[cfg(unix)]
#[test]
fn a_failure_shows_the_command_the_tree_and_both_streams() {
    let tree = super::Tree::new();
    tree.file("a name", "12345").symlink("link", "link");
    let shown = tree.scan(&["-L", "--color", "never"]).exits(3).describe();
    for part in [
        "\"scan\" \"-L\"",
        "exit status: 3",
        "5 bytes",
        "a name",
        "link -> link",
        "--- stdout",
        "--- stderr\nnodupe: ./link",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

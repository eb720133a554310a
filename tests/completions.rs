//! The completion scripts in the shells that they are for.
//!
//! Each test types a line and a tab and looks at what comes of it. A shell that
//! is not installed is skipped.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{Tree, skipped, spawn};

fn script(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("completions").join(name)
}

fn is_installed(shell: &str) -> bool {
    let mut version = Command::new(shell);
    version
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let found = spawn(&mut version).is_ok_and(|mut child| child.wait().is_ok());
    if !found {
        skipped(&format!("{shell} is not installed"));
    }
    found
}

/// A tree with what paths are completed to.
fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("my photos/a b.jpg", "x")
        .file("plain.txt", "x")
        .dir("other");
    tree
}

fn run(tree: &Tree, shell: &str, args: &[&str], input: &str) -> String {
    let mut command = Command::new(shell);
    command
        .args(args)
        .current_dir(tree.root())
        .env("HOME", tree.root())
        .env("TERM", "dumb")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = spawn(&mut command).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A line that is typed up to a tab, and the arguments that it is completed to.
const LINES: [(&str, &[&str]); 13] = [
    ("nodupe sca", &["scan"]),
    ("nodupe exec", &["executors"]),
    ("nodupe completions fis", &["completions", "fish"]),
    ("nodupe scan --form", &["scan", "--format"]),
    ("nodupe scan --format jsonl", &["scan", "--format", "jsonl"]),
    ("nodupe scan --format=fd", &["scan", "--format=fdupes"]),
    ("nodupe scan -f fd", &["scan", "-f", "fdupes"]),
    ("nodupe scan my", &["scan", "my photos/"]),
    (
        "nodupe scan --reference my",
        &["scan", "--reference", "my photos/"],
    ),
    (
        "nodupe scan --output pl",
        &["scan", "--output", "plain.txt"],
    ),
    (
        "nodupe check --report sar",
        &["check", "--report", "sarif="],
    ),
    (
        "nodupe check --report sarif=pl",
        &["check", "--report", "sarif=plain.txt"],
    ),
    ("nodupe scan --preset=h", &["scan", "--preset=home"]),
];

#[test]
fn bash_completes_what_is_typed() {
    if !is_installed("bash") {
        return;
    }
    let tree = tree();
    let script = script("nodupe.bash");
    for (line, expected) in LINES {
        // The function shows what the completed line would run.
        let input = format!(
            "nodupe() {{ printf 'run'; printf ' <%s>' \"$@\"; echo; }}\nsource {}\n{line}\t\nexit\n",
            script.display()
        );
        let shown = run(&tree, "bash", &["--norc", "--noprofile", "-i"], &input);
        let ran = shown.lines().find(|line| line.starts_with("run"));
        let expected: String = expected.iter().map(|arg| format!(" <{arg}>")).collect();
        assert_eq!(
            ran,
            Some(format!("run{expected}").as_str()),
            "{line}\n{shown}"
        );
    }
}

#[test]
fn fish_completes_what_is_typed() {
    if !is_installed("fish") {
        return;
    }
    let tree = tree();
    for (line, expected) in LINES {
        let command = format!(
            "source {}; complete -C '{line}'",
            script("nodupe.fish").display()
        );
        let shown = run(&tree, "fish", &["--no-config", "-c", &command], "");
        let offered: Vec<_> = shown.lines().filter_map(|l| l.split('\t').next()).collect();
        let last = expected[expected.len() - 1];
        assert!(offered.contains(&last), "{line}: {last} is not in\n{shown}");
    }
}

/// Runs a widget that completes inside an interactive zsh and writes the line
/// down.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $PWD/setup.zsh"
zpty -w -n shell "$LINE"$'\t'
while zpty -r shell chunk; do :; done
"#;

#[test]
fn zsh_completes_what_is_typed() {
    if !is_installed("zsh") {
        return;
    }
    let tree = tree();
    let scripts = script("_nodupe");
    tree.file(".run.zsh", ZSH).file(
        "setup.zsh",
        format!(
            "PS1=; fpath=({} $fpath); autoload -Uz compinit; compinit -u -D\n\
             finish() {{ zle expand-or-complete; print -r -- $BUFFER > $PWD/.line; kill -KILL $$ }}\n\
             zle -N finish; bindkey '^I' finish; setopt no_list_beep\n",
            scripts.parent().unwrap().display()
        ),
    );
    for (line, expected) in LINES {
        let run = format!("LINE={line:?}; source ./.run.zsh");
        self::run(&tree, "zsh", &["-f", "-c", &run], "");
        let completed = std::fs::read_to_string(tree.path(".line")).unwrap();
        let words: Vec<String> = expected
            .iter()
            .map(|word| word.replace(' ', "\\ "))
            .collect();
        let expected = format!("nodupe {}", words.join(" "));
        // zsh offers an option together with its equals sign.
        let [completed, expected] =
            [&completed, &expected].map(|line| line.trim_end().trim_end_matches('='));
        assert_eq!(completed, expected, "{line}");
        std::fs::remove_file(tree.path(".line")).unwrap();
    }
}

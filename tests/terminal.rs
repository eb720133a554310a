//! What somebody sees in a terminal: the table's screenful, and a screen
//! without leftovers after Ctrl-C. `script` makes the terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::harness::{BINARY, Tree, skipped};

/// Runs a command line of nodupe in a terminal of 80 columns and 24 lines, and
/// types Ctrl-C as soon as a text is on the screen. Returns what was written.
fn in_terminal(tree: &Tree, arguments: &str, interrupt_at: Option<&str>) -> Option<String> {
    let line = format!("stty rows 24 cols 80; exec {BINARY} {arguments}");
    let child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(tree.root())
        .env("TERM", "xterm")
        .env("HOME", tree.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        skipped("no script to make a terminal with");
        return None;
    };
    let mut keyboard = child.stdin.take();
    let mut screen = child.stdout.take().unwrap();
    let mut written = Vec::new();
    let mut buffer = [0; 4096];
    let mut left_to_type = interrupt_at;
    loop {
        match screen.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => written.extend_from_slice(&buffer[..count]),
        }
        let text = String::from_utf8_lossy(&written);
        if left_to_type.is_some_and(|until| text.contains(until)) {
            left_to_type = None;
            keyboard.as_mut().unwrap().write_all(b"\x03").unwrap();
        }
    }
    drop(keyboard);
    child.wait().unwrap();
    Some(String::from_utf8(written).unwrap())
}

/// The lines of a terminal of 80 columns after this was written to it.
fn screen(written: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let (mut row, mut column) = (0, 0);
    let mut rest = written.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                let mut number = String::new();
                assert_eq!(rest.next(), Some('['));
                let command = loop {
                    match rest.next().unwrap() {
                        digit if digit.is_ascii_digit() || "?;".contains(digit) => {
                            number.push(digit);
                        }
                        command => break command,
                    }
                };
                let count = number.parse().unwrap_or(1);
                match command {
                    'A' => row -= count,
                    'K' => lines[row].clear(),
                    'm' | 'h' | 'l' => {}
                    other => panic!("{other:?} in {written:?}"),
                }
            }
            c => {
                if column == 80 {
                    (row, column) = (row + 1, 0);
                    lines.resize(lines.len().max(row + 1), String::new());
                }
                let mut line: Vec<char> = lines[row].chars().collect();
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                lines[row] = line.into_iter().collect();
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), String::new());
    }
    lines
}

#[test]
fn a_terminal_gets_a_screenful_of_groups_and_the_next_step() {
    let tree = Tree::new();
    for n in 0..60 {
        for name in ["a", "b"] {
            tree.file(format!("{n}{name}"), n.to_string());
        }
    }
    let Some(written) = in_terminal(&tree, "scan", None) else {
        return;
    };
    let lines = screen(&written);
    let text = lines.join("\n");
    assert!(lines.len() <= 24, "{text}");
    assert_eq!(text.matches("keep").count(), 8, "{text}");
    assert!(
        text.contains("… and 52 more groups (--limit 0 shows all)"),
        "{text}"
    );
    assert!(text.contains("\nNext: nodupe remove PATH"), "{text}");
    let all = in_terminal(&tree, "scan --limit 0", None).unwrap();
    assert_eq!(screen(&all).join("\n").matches("keep").count(), 60);
}

#[test]
fn an_interruption_leaves_no_bar_on_the_screen() {
    let tree = Tree::new();
    for name in ["huge1", "huge2"] {
        let file = File::create(tree.path(name)).unwrap();
        if file.set_len(1 << 40).is_err() {
            return skipped("no sparse files of a terabyte here");
        }
    }
    // The bar fills the line, but for what the terminal echoes.
    let Some(written) = in_terminal(&tree, "scan", Some("iB/s")) else {
        return;
    };
    assert!(written.contains("^C"), "{written:?}");
    let lines = screen(&written);
    let text = lines.join("\n");
    assert!(!text.contains("iB/s") && !text.contains("^C"), "{text}");
    assert!(
        text.contains("INCOMPLETE: interrupted · No duplicates confirmed yet"),
        "{text}"
    );
    assert!(
        text.contains("interrupted: no group is confirmed yet"),
        "{text}"
    );
}

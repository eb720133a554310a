use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

#[test]
fn the_last_rule_that_matches_decides() {
    let list = RuleList::parse(b"*.o\n!keep.o\n/build/\ndoc/*.txt\n", false);
    for (path, is_dir, expected) in [
        ("a.o", false, Some(true)),
        ("x/a.o", false, Some(true)),
        ("x/keep.o", false, Some(false)),
        ("build", true, Some(true)),
        ("build", false, None),
        ("x/build", true, None),
        ("doc/a.txt", false, Some(true)),
        ("x/doc/a.txt", false, None),
        ("doc/x/a.txt", false, None),
    ] {
        assert_eq!(list.ignores(path.as_bytes(), is_dir), expected, "{path}");
    }
}

#[test]
fn lines_are_trimmed_as_git_does() {
    for (text, path, expected) in [
        (&b"\xef\xbb\xbfa"[..], "a", true),
        (b"a\r", "a", true),
        (b"a\r\n", "a", true),
        (b"a\r\r\n", "a", false),
        (b"a  ", "a", true),
        (b"a \\ ", "a  ", true),
        (b"a\\ ", "a ", true),
        (b"a\t", "a", false),
        (b"a\0b", "a", true),
        (b"#a", "#a", false),
        (b"\\#a", "#a", true),
        (b"\\!a", "!a", true),
        (b" a", " a", true),
        (b"a  \\", "a", false),
        (b"\xff", "a", false),
    ] {
        let list = RuleList::parse(text, false);
        let is_ignored = list.ignores(path.as_bytes(), false) == Some(true);
        assert_eq!(is_ignored, expected, "{:?} {path:?}", text.escape_ascii());
    }
}

/// A pseudo-random sequence, the same in every run.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }

    /// Between 1 and `most` of these parts, concatenated.
    fn text(&mut self, from: &[&[u8]], most: usize) -> Vec<u8> {
        let parts: Vec<&[u8]> = (0..=self.below(most))
            .map(|_| from[self.below(from.len())])
            .collect();
        parts.concat()
    }
}

/// Few letters, so that many rules match.
const PATHS: [&[u8]; 14] = [
    b"a", b"b", b"A", b"B", b"/", b"/", b".", b"[", b"]", b"-", b"\\", b"*", b" ", b"\xff",
];
const RULES: [&[u8]; 44] = [
    b"a",
    b"b",
    b"A",
    b"B",
    b"/",
    b"/",
    b".",
    b"*",
    b"*",
    b"**",
    b"**/",
    b"/**",
    b"/**/",
    b"***",
    b"?",
    b"[ab]",
    b"[!a]",
    b"[^b]",
    b"[a-b]",
    b"[b-a]",
    b"[A-B]",
    b"[a-B]",
    b"[]a]",
    b"[!]a]",
    b"[a-]",
    b"[[:alpha:]]",
    b"[[:upper:]]",
    b"[[:lower:]]",
    b"[[:nope:]]",
    b"[[:punct:]]",
    b"[[:alpha:]",
    b"[",
    b"]",
    b"-",
    b"\\",
    b"\\a",
    b"\\A",
    b"\\*",
    b"\\/",
    b"\\]",
    b"[\\",
    b"{a,b}",
    b"[/]",
    b"\xff",
];

/// Asks git about all paths, each below a directory with a rule of its own.
/// None if there is no git.
fn ask_git(dir: &Path, fold: bool, questions: &[u8]) -> Option<Vec<Option<bool>>> {
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(args)
            .current_dir(dir)
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.env("GIT_CONFIG_NOSYSTEM", "1");
        git
    };
    git(&["init", "--quiet", "--template="]).status().ok()?;
    let fold = format!("core.ignoreCase={fold}");
    let mut child = git(&[
        "-c",
        &fold,
        "check-ignore",
        "-z",
        "--stdin",
        "-v",
        "-n",
        "--no-index",
    ])
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let questions = questions.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&questions).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let words: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
    // The file of the rule, its line, the rule itself, and the path.
    let answers = words
        .chunks_exact(4)
        .map(|answer| (!answer[0].is_empty()).then(|| !answer[2].starts_with(b"!")));
    Some(answers.collect())
}

#[test]
fn random_rules_match_the_same_paths_as_git() {
    let rounds: u32 = std::env::var("NODUPE_TEST_CASES").map_or(2, |text| text.parse().unwrap());
    let mut matches = 0;
    for round in 1..=rounds {
        let mut random = Random(round);
        let fold = round % 2 == 0;
        let dir = tempfile::tempdir().unwrap();
        let paths: Vec<Vec<u8>> = (0..60)
            .map(|_| random.text(&PATHS, 7))
            // Only paths that a walk would report.
            .filter(|path| {
                let mut parts = path.split(|&byte| byte == b'/');
                parts.all(|part| !part.is_empty() && part != b"." && part != b"..")
            })
            .collect();
        let mut questions = Vec::new();
        let mut rules = Vec::new();
        for number in 0..200 {
            let rule = random.text(&RULES, 6);
            let own = dir.path().join(number.to_string());
            std::fs::create_dir(&own).unwrap();
            std::fs::write(own.join(".gitignore"), &rule).unwrap();
            rules.push(rule);
            for path in &paths {
                questions.extend_from_slice(format!("{number}/").as_bytes());
                questions.extend_from_slice(path);
                questions.push(0);
            }
        }
        let Some(answers) = ask_git(dir.path(), fold, &questions) else {
            eprintln!("skipped: no git to compare with");
            return;
        };
        assert_eq!(answers.len(), rules.len() * paths.len());
        let mut answers = answers.into_iter();
        for rule in &rules {
            let list = RuleList::parse(rule, fold);
            for path in &paths {
                // An ignored directory excludes everything in it.
                let dirs = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/');
                let mut dirs = dirs.map(|(at, _)| list.ignores(&path[..at], true));
                let above = dirs.find(|answer| *answer == Some(true)).flatten();
                let own = above.or_else(|| list.ignores(path, false));
                let git = answers.next().unwrap();
                assert_eq!(
                    own,
                    git,
                    "{:?} {:?} fold {fold}",
                    rule.escape_ascii().to_string(),
                    path.escape_ascii().to_string()
                );
                matches += usize::from(own.is_some());
            }
        }
    }
    assert!(matches > 100, "{matches}");
}

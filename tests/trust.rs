//! Files that tell the program what to do, and who may have put them there.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{chown, lchown};

use serde_json::{Value, json};

use crate::harness::{Nodupe, OTHER_USER, Tree, is_root, permissions_bind, skipped};

/// A tree with two duplicates in `sub` and a project file above that excludes
/// everything.
fn planted() -> Tree {
    let tree = Tree::new();
    tree.files(&["sub/a", "sub/b"], "same")
        .file("nodupe.toml", "[scan]\nexclude = [\"*\"]\n");
    tree
}

/// Runs it in `sub`: it must refuse the project file for this reason.
fn refuses(tree: &Tree, why: &str) {
    for (args, format) in [("scan", "json"), ("check", "json"), ("config", "json")] {
        let run = tree.nodupe([args, "-f", format]).within(tree.path("sub"));
        let run = run.exits(2);
        assert_eq!(run.stdout_text(), "");
        assert_eq!(
            run.stderr_text(),
            format!(
                "nodupe: error: the project file ../nodupe.toml is not used: {why}\n  \
                 hint: if you trust it, add --config ../nodupe.toml; --no-config ignores it\n"
            ),
            "{args}"
        );
    }
    let files = |run: &Nodupe| run.succeeds().lines();
    let scan = |args: &[&str]| {
        let args = [&["-f", "fdupes"], args].concat();
        tree.scan(&args).within(tree.path("sub"))
    };
    // Whoever names it trusts it.
    let named = ["--config", "../nodupe.toml"];
    assert_eq!(files(&scan(&named)), Vec::<String>::new());
    let named = scan(&[]).env("NODUPE_CONFIG", "../nodupe.toml");
    assert_eq!(files(&named), Vec::<String>::new());
    assert_eq!(files(&scan(&["--no-config"])), ["./a", "./b"]);
}

#[test]
fn a_project_file_that_somebody_else_can_have_put_there_is_refused() {
    let tree = planted();
    tree.mode("", 0o777);
    refuses(&tree, "everybody may write to its directory");
    tree.mode("", 0o1777).mode("nodupe.toml", 0o666);
    refuses(&tree, "everybody may write to it");
    // As in /tmp: nobody else can exchange it.
    tree.mode("nodupe.toml", 0o664);
    tree.scan(&["-q"]).within(tree.path("sub")).succeeds();
    tree.mode("", 0o775);
    tree.scan(&["-q"]).within(tree.path("sub")).succeeds();
}

#[test]
fn a_project_file_of_another_user_is_refused() {
    if !is_root() {
        skipped("only root can make files of another user");
        return;
    }
    if !permissions_bind() {
        return;
    }
    let tree = planted();
    let file = tree.path("nodupe.toml");
    chown(&file, Some(OTHER_USER), None).unwrap();
    refuses(&tree, "it is a file of another user (uid 65534)");
    // It is that user's own, and root's is everybody's.
    let by_other = |args: &[&str]| tree.scan(args).within(tree.path("sub")).by_other_user();
    by_other(&["-q"]).succeeds();
    chown(&file, Some(0), None).unwrap();
    by_other(&["-q"]).succeeds();
    // A link chooses among the files that are trusted.
    fs::rename(&file, tree.path("theirs.toml")).unwrap();
    tree.symlink("theirs.toml", "nodupe.toml");
    tree.scan(&["-q"]).within(tree.path("sub")).succeeds();
    lchown(&file, Some(OTHER_USER), None).unwrap();
    refuses(&tree, "it is a symbolic link of another user (uid 65534)");
}

#[test]
fn a_project_file_from_above_is_told() {
    let tree = Tree::new();
    tree.files(&["sub/a", "sub/b"], "same")
        .file("nodupe.toml", "[check]\nmax-groups = 7\n");
    let told = "nodupe: using the project file ../nodupe.toml (--no-config ignores it)\n";
    let within = |command: &str, args: &[&str], dir: &str| {
        let run = tree.nodupe([command]).args(args).within(tree.path(dir));
        run.exits(0)
    };
    for command in ["scan", "check"] {
        assert_eq!(within(command, &[], "sub").stderr_text(), told, "{command}");
        for (args, dir) in [
            (&["--quiet"][..], "sub"),
            (&["--config", "../nodupe.toml"], "sub"),
            (&[], ""),
        ] {
            let run = within(command, args, dir);
            assert_eq!(run.stderr_text(), "", "{command} {args:?} {dir:?}");
        }
    }
    let field = |command: &str, args: &[&str], dir: &str| {
        let run = within(command, args, dir);
        let text = run.stdout_text();
        let first = text.lines().next().unwrap();
        let report: Value = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(first))
            .unwrap();
        report["project_file"].clone()
    };
    let json = ["-f", "json"];
    assert_eq!(field("scan", &json, "sub"), json!("../nodupe.toml"));
    assert_eq!(
        field("scan", &["-f", "jsonl"], "sub"),
        json!("../nodupe.toml")
    );
    assert_eq!(field("scan", &json, ""), json!("nodupe.toml"));
    // Paths of a verdict are relative to the project's root.
    assert_eq!(field("check", &json, "sub"), json!("nodupe.toml"));
    let without = ["-f", "json", "--no-config"];
    assert_eq!(field("scan", &without, "sub"), Value::Null);
    let config = within("config", &[], "sub").stdout_text();
    let first = "# Project file: ../nodupe.toml (found above the working directory)\n";
    assert!(config.starts_with(first), "{config}");
    let config = within("config", &[], "").stdout_text();
    assert!(
        config.starts_with("# Project file: nodupe.toml\n"),
        "{config}"
    );
}

const BASELINE: &str = ".nodupe-baseline.json";

/// Runs a check: it must end with status 2 and this message.
fn fails(tree: &Tree, args: &[&str], message: &str) {
    let run = tree.nodupe(["check"]).args(args).exits(2);
    assert_eq!(run.stdout_text(), "", "{args:?}");
    let told = run.stderr_text();
    assert_eq!(
        told.lines().next(),
        Some(format!("nodupe: error: {message}").as_str()),
        "{args:?}: {told}"
    );
}

#[test]
fn a_baseline_is_a_regular_file_that_is_there() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").fifo(BASELINE);
    fails(
        &tree,
        &[],
        &format!("cannot read the baseline {BASELINE}: it is a named pipe, not a regular file"),
    );
    fs::remove_file(tree.path(BASELINE)).unwrap();
    tree.dir(BASELINE);
    fails(
        &tree,
        &[],
        &format!("cannot read the baseline {BASELINE}: it is a directory, not a regular file"),
    );
    fs::remove_dir(tree.path(BASELINE)).unwrap();
    tree.symlink("gone", BASELINE);
    let dangling = "it is a symbolic link to a missing file";
    for args in [&[][..], &["--update-baseline"]] {
        fails(
            &tree,
            args,
            &format!("cannot read the baseline {BASELINE}: {dangling}"),
        );
    }
    assert!(!tree.path("gone").exists());
    // More than is read; it takes no room.
    fs::remove_file(tree.path(BASELINE)).unwrap();
    let file = File::create(tree.path(BASELINE)).unwrap();
    file.set_len(1 << 40).unwrap();
    fails(
        &tree,
        &["--exclude", BASELINE],
        &format!(
            "cannot read the baseline {BASELINE}: it is larger than 256 MiB, the most that is read"
        ),
    );
}

#[test]
fn a_baseline_that_somebody_else_can_have_put_there_is_refused() {
    let tree = Tree::new();
    // What makes the directory above the project's root can be planted too.
    tree.files(&["sub/a", "sub/b"], "same").dir(".git");
    let check = |args: &[&str]| {
        let args = [&["check", "-q", "--no-gitignore"], args].concat();
        tree.nodupe(&args).within(tree.path("sub"))
    };
    check(&["--update-baseline"]).exits(0);
    check(&[]).exits(0);
    let name = tree.path(BASELINE);
    let name = name.to_str().unwrap();
    tree.mode(BASELINE, 0o666);
    for args in [&[][..], &["--update-baseline"]] {
        let run = check(args).exits(2);
        assert_eq!(
            run.stderr_text(),
            format!(
                "nodupe: error: the baseline {name} is not used: everybody may write to it\n  \
                 hint: if you trust it, add --baseline {name}\n"
            )
        );
    }
    // Whoever names it trusts it.
    check(&["--baseline", name]).exits(0);
    tree.mode(BASELINE, 0o644);
    check(&[]).exits(0);
}

#[test]
fn a_baseline_is_not_written_through_a_link() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    let check = |args: &[&str]| tree.nodupe(["check"]).args(args);
    check(&["--update-baseline", "--baseline", "real"]).exits(0);
    let real = fs::read(tree.path("real")).unwrap();
    tree.files(&["c", "d"], "new").symlink("real", BASELINE);
    for args in [
        &["--update-baseline"][..],
        &["--update-baseline", "--baseline", BASELINE],
    ] {
        fails(
            &tree,
            args,
            &format!("cannot write the baseline {BASELINE}: it is a symbolic link"),
        );
    }
    assert_eq!(fs::read(tree.path("real")).unwrap(), real);
    // It can be read through one.
    check(&["c", "d", "a", "b"]).exits(1);
    fs::remove_file(tree.path("d")).unwrap();
    check(&[]).exits(0);
}

#[test]
fn a_project_file_that_was_found_writes_no_baseline_elsewhere() {
    let tree = Tree::new();
    let outside = tree.beside("outside");
    fs::create_dir(&outside).unwrap();
    tree.files(&["a", "b"], "same")
        .symlink(&outside, "link")
        .dir("inside")
        .file("nodupe.toml", "[check]\nbaseline = \"link/new\"\n");
    let root = tree.root().display();
    let refused = format!("cannot write the baseline link/new: it is outside {root}");
    let told = tree.nodupe(["check", "--update-baseline"]).exits(2);
    let told = told.stderr_text();
    assert!(told.contains(&refused), "{told}");
    assert!(!outside.join("new").exists());
    let allowed = [
        &["--baseline", "link/new"][..],
        &["--config", "nodupe.toml"],
    ];
    for args in allowed {
        let run = tree.nodupe(["check", "--update-baseline"]).args(args);
        run.exits(0);
        fs::remove_file(outside.join("new")).unwrap();
    }
    tree.file("nodupe.toml", "[check]\nbaseline = \"inside/new\"\n");
    tree.nodupe(["check", "--update-baseline"]).exits(0);
    assert!(tree.path("inside/new").exists());
}

#[test]
fn a_baseline_that_is_an_argument_may_come_through_a_pipe() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").fifo("pipe");
    tree.nodupe(["check", "--update-baseline", "--baseline", "real"])
        .exits(0);
    let text = fs::read(tree.path("real")).unwrap();
    let pipe = tree.path("pipe");
    let writer = std::thread::spawn(move || {
        let mut pipe = OpenOptions::new().write(true).open(pipe).unwrap();
        pipe.write_all(&text).unwrap();
    });
    let run = tree.nodupe(["check", "--baseline", "pipe"]).exits(0);
    assert!(run.stdout_text().contains("1 group accepted"));
    writer.join().unwrap();
    // In a project file it is no argument.
    tree.file("nodupe.toml", "[check]\nbaseline = \"pipe\"\n");
    let refused =
        "cannot read the baseline pipe: it is a named pipe, not a regular file".to_owned();
    let told = tree.nodupe(["check"]).exits(2).stderr_text();
    assert!(told.contains(&refused), "{told}");
}

#[test]
fn a_time_zone_is_read_from_a_regular_file() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").fifo("fifo");
    let zone = format!(":{}", tree.path("fifo").display());
    let scan = |args: &[&str]| {
        let args = [&["--newer-than", "2020-01-01", "-f", "fdupes"], args].concat();
        tree.scan(&args).env("TZ", &zone)
    };
    let run = scan(&[]).exits(0);
    assert_eq!(run.lines(), ["./a", "./b"]);
    assert_eq!(
        run.stderr_text(),
        format!(
            "nodupe: cannot use the time zone of the variable TZ, {zone:?}: it is a named pipe, \
             not a regular file; dates are interpreted as UTC\n"
        )
    );
    scan(&["--quiet"]).succeeds();
    // Where no date is given, nobody asks.
    tree.scan(&[]).env("TZ", &zone).succeeds();
    let ahead = tree.scan(&["-v", "--newer-than", "2020-01-01"]);
    let told = ahead.env("TZ", "XYZ-3").exits(0).stderr_text();
    assert!(told.contains("2019-12-31T21:00:00Z"), "{told}");
}

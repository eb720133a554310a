//! Which files take part.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::harness::{Tree, can_mount, grouped, strings};

/// One file of each of these sizes, named by it.
fn sizes(sizes: &[usize]) -> Tree {
    let tree = Tree::new();
    for &size in sizes {
        tree.file(size.to_string(), vec![b'x'; size]);
    }
    tree
}

fn sorted(mut numbers: Vec<usize>) -> Vec<String> {
    let mut names: Vec<String> = numbers.drain(..).map(|n| n.to_string()).collect();
    names.sort();
    names
}

#[test]
fn sizes_are_inclusive_and_understand_units() {
    let all = [1, 999, 1000, 1001, 1023, 1024, 1025, 4095, 4096, 4097, 6144];
    let tree = sizes(&all);
    let between = |from, to| {
        sorted(
            all.into_iter()
                .filter(|n| (from..=to).contains(n))
                .collect(),
        )
    };
    for (args, from, to) in [
        (&["--min-size", "1000"][..], 1000, usize::MAX),
        (&["--min-size", "1k"], 1024, usize::MAX),
        (&["--min-size", "1K"], 1024, usize::MAX),
        (&["--min-size", "1KiB"], 1024, usize::MAX),
        (&["--min-size", "1kB"], 1000, usize::MAX),
        (&["--min-size", "4k"], 4096, usize::MAX),
        (&["--min-size", "1.5k"], 1536, usize::MAX),
        (&["--max-size", "4k"], 0, 4096),
        (&["--max-size", "1023"], 0, 1023),
        (&["--min-size", "1001", "--max-size", "4095"], 1001, 4095),
        (&["--min-size", "4096", "--max-size", "4096"], 4096, 4096),
        (&["--min-size", "1MiB"], 1 << 20, usize::MAX),
        (&["--max-size", "1.5G"], 0, usize::MAX),
    ] {
        assert_eq!(tree.selected(args), between(from, to), "{args:?}");
    }
}

#[test]
fn a_size_of_zero_lets_empty_files_in() {
    let tree = sizes(&[0, 1]);
    assert_eq!(tree.selected(&[]), ["1"]);
    assert_eq!(tree.selected(&["--min-size", "0"]), ["0", "1"]);
    assert_eq!(
        tree.selected(&["--min-size", "0", "--max-size", "0"]),
        ["0"]
    );
}

#[test]
fn presets_skip_trash_caches_and_repositories() {
    let tree = Tree::new();
    tree.files(
        &[
            "Music/a.flac",
            ".config/b",
            ".local/share/Trash/files/c",
            ".Trash-1000/d",
            "disk/$RECYCLE.BIN/e",
            ".cache/f",
            "src/p/.git/objects/g",
            "src/p/node_modules/m/h",
            "src/p/main.rs",
            "Library/Caches/i",
            "share/Trash.txt",
        ],
        "same",
    );
    let home = [
        ".config/b",
        "Music/a.flac",
        "share/Trash.txt",
        "src/p/main.rs",
    ];
    selects(&tree, &["--preset", "home"], &home);
    let code = ["lib.rs", "target.txt"];
    let tree = Tree::new();
    tree.repository()
        .file(".gitignore", "target/\n")
        .files(&["lib.rs", "target/x", "target.txt", ".hg/y"], "same");
    selects(&tree, &["--preset", "code", "-e", "rs,txt"], &code);
    let all = ["lib.rs", "target.txt", "target/x"];
    let args = [
        "--preset",
        "code",
        "--no-gitignore",
        "--exclude",
        ".gitignore",
    ];
    selects(&tree, &args, &all);
}

/// A small source tree; what is in the files is all the same.
fn project() -> Tree {
    let tree = Tree::new();
    tree.files(
        &[
            "Makefile",
            "build/out.bin",
            "doc/build/index.html",
            "doc/guide.txt",
            "src/lib.rs",
            "src/lib.rs.bak",
            "src/net/tcp.rs",
            "src/net/udp.RS",
            "target",
        ],
        "same",
    );
    tree
}

#[track_caller]
fn selects(tree: &Tree, args: &[&str], expected: &[&str]) {
    assert_eq!(tree.selected(args), strings(expected), "{args:?}");
}

#[test]
fn a_glob_without_a_slash_is_about_names() {
    let tree = project();
    selects(
        &tree,
        &["--include", "*.rs"],
        &["src/lib.rs", "src/net/tcp.rs"],
    );
    selects(
        &tree,
        &["--include", "*.rs", "--include", "Make*"],
        &["Makefile", "src/lib.rs", "src/net/tcp.rs"],
    );
    selects(
        &tree,
        &["--exclude", "build"],
        &[
            "Makefile",
            "doc/guide.txt",
            "src/lib.rs",
            "src/lib.rs.bak",
            "src/net/tcp.rs",
            "src/net/udp.RS",
            "target",
        ],
    );
    selects(
        &tree,
        &["--include", "lib*", "--exclude", "*.bak"],
        &["src/lib.rs"],
    );
    selects(
        &tree,
        &["--include", "{guide,index}.*"],
        &["doc/build/index.html", "doc/guide.txt"],
    );
    selects(&tree, &["--include", "[A-Z]*"], &["Makefile"]);
    selects(&tree, &["--include", "t?rget"], &["target"]);
}

#[test]
fn a_glob_with_a_slash_is_about_the_path_below_the_root() {
    let tree = project();
    selects(&tree, &["--include", "src/*.rs"], &["src/lib.rs"]);
    selects(
        &tree,
        &["--include", "src/**/*.rs"],
        &["src/lib.rs", "src/net/tcp.rs"],
    );
    selects(
        &tree,
        &["--include", "**/build/*"],
        &["build/out.bin", "doc/build/index.html"],
    );
    selects(&tree, &["--include", "net/*"], &[]);
    selects(
        &tree,
        &[
            "--exclude",
            "doc/build",
            "--include",
            "*.html",
            "--include",
            "*.bin",
        ],
        &["build/out.bin"],
    );
    // Below the root: the root's own name is no part of it.
    selects(
        &tree,
        &["src", "--include", "net/*.rs"],
        &["src/net/tcp.rs"],
    );
    selects(&tree, &["src", "--include", "src/net/*.rs"], &[]);
    selects(&tree, &["--include", "./src/*.rs"], &["src/lib.rs"]);
}

#[test]
fn a_glob_with_a_slash_in_front_is_about_the_absolute_path() {
    let tree = project();
    let here = tree.root().to_str().unwrap();
    selects(
        &tree,
        &["--include", &format!("{here}/src/*.rs")],
        &["src/lib.rs"],
    );
    selects(
        &tree,
        &["src", "--include", &format!("{here}/src/*.rs")],
        &["src/lib.rs"],
    );
    selects(&tree, &["--include", "/src/*.rs"], &[]);
    selects(
        &tree,
        &[
            "--include",
            "*.bin",
            "--include",
            "*.html",
            "--exclude",
            &format!("{here}/build"),
        ],
        &["doc/build/index.html"],
    );
}

#[test]
fn a_slash_at_the_end_asks_for_a_directory() {
    let tree = project();
    tree.file("sub/target/x", "same");
    let tail = |args: &[&str]| {
        tree.selected(args)
            .into_iter()
            .filter(|p| p.contains("target"))
            .collect::<Vec<_>>()
    };
    assert_eq!(tail(&["--exclude", "target/"]), ["target"]);
    assert_eq!(tail(&["--exclude", "target"]), strings(&[]));
    assert_eq!(tail(&["--exclude", "sub/target/"]), ["target"]);
}

#[test]
fn expressions_search_the_path_as_it_is_reported() {
    let tree = project();
    selects(
        &tree,
        &["--include-regex", r"\.rs$"],
        &["src/lib.rs", "src/net/tcp.rs"],
    );
    selects(
        &tree,
        &["--include-regex", "(?i)rs$"],
        &["src/lib.rs", "src/net/tcp.rs", "src/net/udp.RS"],
    );
    selects(
        &tree,
        &["src", "--include-regex", "^src/[a-z]+/"],
        &["src/net/tcp.rs", "src/net/udp.RS"],
    );
    selects(
        &tree,
        &["--include-regex", "build", "--exclude-regex", "^./doc"],
        &["build/out.bin"],
    );
    selects(
        &tree,
        &["--include-regex", "guide", "--include-regex", "^./target$"],
        &["doc/guide.txt", "target"],
    );
}

#[test]
fn extensions_ignore_case_and_dots() {
    let tree = project();
    tree.files(&["rs", ".rs", "a.tar.gz"], "same");
    let rust = ["src/lib.rs", "src/net/tcp.rs", "src/net/udp.RS"];
    selects(&tree, &["-e", "rs"], &rust);
    selects(&tree, &["-e", ".rs"], &rust);
    selects(&tree, &["--extension", "RS"], &rust);
    selects(&tree, &["-e", " .rs , nothing"], &rust);
    selects(&tree, &["-e", "gz,txt"], &["a.tar.gz", "doc/guide.txt"]);
    selects(
        &tree,
        &["-e", "gz", "-e", "txt"],
        &["a.tar.gz", "doc/guide.txt"],
    );
    selects(&tree, &["-e", "tar"], &[]);
}

#[test]
fn kinds_of_selection_must_all_agree() {
    let tree = project();
    selects(&tree, &["-e", "rs", "--include", "lib*"], &["src/lib.rs"]);
    selects(
        &tree,
        &["-e", "rs", "--include-regex", "/net/", "--exclude", "tcp*"],
        &["src/net/udp.RS"],
    );
}

#[test]
fn depth_counts_from_each_root() {
    let tree = Tree::new();
    tree.files(&["1", "a/2", "a/b/3", "a/b/c/4"], "same");
    selects(&tree, &["-d", "1"], &["1"]);
    selects(&tree, &["--max-depth", "2"], &["1", "a/2"]);
    selects(&tree, &["-d", "3"], &["1", "a/2", "a/b/3"]);
    selects(&tree, &["-d", "99"], &["1", "a/2", "a/b/3", "a/b/c/4"]);
    selects(&tree, &["-d", "1", "a/b"], &["a/b/3"]);
    selects(&tree, &["-d", "1", "--walker", "portable"], &["1"]);
    // A root inside another one keeps its own depth.
    selects(&tree, &["-d", "1", ".", "a/b"], &["1", "a/b/3"]);
}

#[test]
fn hidden_names_take_part_unless_left_out() {
    let tree = Tree::new();
    tree.files(&["a", ".b", ".c/d", "e/.f", "e/g"], "same");
    selects(&tree, &[], &[".b", ".c/d", "a", "e/.f", "e/g"]);
    selects(&tree, &["--no-hidden"], &["a", "e/g"]);
    // A root that was named is meant.
    selects(&tree, &["--no-hidden", ".c"], &[".c/d"]);
}

#[test]
fn dates_select_from_the_first_moment_on() {
    let tree = Tree::new();
    // `date -u -d '2020-06-01 12:00' +%s` and one second around it.
    for (name, seconds) in [
        ("before", 1_591_012_799),
        ("at", 1_591_012_800),
        ("after", 1_591_012_801),
    ] {
        tree.file(name, "same").modified(name, seconds);
    }
    for when in [
        "2020-06-01T12:00:00Z",
        "2020-06-01T14:00:00+02:00",
        "2020-06-01 12:00",
    ] {
        selects(&tree, &["--newer-than", when], &["after", "at"]);
        selects(&tree, &["--older-than", when], &["before"]);
    }
    selects(
        &tree,
        &["--newer-than", "2020-06-01"],
        &["after", "at", "before"],
    );
    selects(&tree, &["--newer-than", "2020-06-02"], &[]);
    selects(
        &tree,
        &["--older-than", "2020-06-02"],
        &["after", "at", "before"],
    );
    selects(
        &tree,
        &[
            "--newer-than",
            "2020-06-01T12:00:00Z",
            "--older-than",
            "2020-06-01T12:00:01Z",
        ],
        &["at"],
    );
}

#[test]
fn a_date_is_one_of_the_local_time_zone() {
    let tree = Tree::new();
    // 2020-06-01 00:30 in UTC is still May in New York.
    tree.file("f", "same").modified("f", 1_590_971_400);
    let selected = |zone: &str| {
        let run = tree
            .scan(&["--newer-than", "2020-06-01", "--min-copies", "1"])
            .env("TZ", zone)
            .json()
            .succeeds();
        run.report().paths()
    };
    assert_eq!(selected("UTC"), grouped(&[&["f"]]));
    // POSIX notation: five hours west of Greenwich, no summer time.
    assert_eq!(selected("EST5"), grouped(&[]));
}

#[test]
fn a_duration_is_how_long_ago() {
    let tree = Tree::new();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let hour = 3600;
    // Half an hour from every border: no clock is that slow.
    for (name, hours) in [("fresh", 1), ("day", 25), ("week", 24 * 8)] {
        tree.file(name, "same")
            .modified(name, now - hours * hour + hour / 2);
    }
    selects(&tree, &["--newer-than", "1d"], &["fresh"]);
    selects(&tree, &["--newer-than", "24h"], &["fresh"]);
    selects(&tree, &["--newer-than", "2 days"], &["day", "fresh"]);
    selects(&tree, &["--older-than", "1 week"], &["week"]);
    selects(&tree, &["--older-than", "90m"], &["day", "week"]);
}

#[test]
fn one_file_system_stops_at_mounts() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").dir("mounted");
    let mount = "mount -t tmpfs none mounted && printf same > mounted/c";
    let paths = |args: &[&str]| {
        let run = tree.scan(args).json().with_mounts(mount).succeeds();
        run.report().paths()
    };
    for walker in ["native", "portable"] {
        let args = ["--walker", walker];
        assert_eq!(paths(&args), grouped(&[&["a", "b", "mounted/c"]]));
        let args = ["--walker", walker, "-x"];
        assert_eq!(paths(&args), grouped(&[&["a", "b"]]));
        // Each root has a file system of its own.
        let args = ["--walker", walker, "-x", ".", "mounted"];
        assert_eq!(paths(&args), grouped(&[&["a", "b", "mounted/c"]]));
    }
}

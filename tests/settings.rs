//! The project file and the environment, and what `nodupe config` says of
//! them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Nodupe, Tree, grouped, permissions_bind};

/// A tree with a project file.
fn project(text: &str) -> Tree {
    let tree = Tree::new();
    tree.file("nodupe.toml", text);
    tree
}

fn config(nodupe: &Nodupe) -> Value {
    serde_json::from_slice(&nodupe.succeeds().stdout).unwrap()
}

/// What `nodupe config` says of an option: its value and where that is from.
fn option(tree: &Tree, args: &[&str], env: &[(&str, &str)], name: &str) -> (Value, String) {
    let mut nodupe = tree.nodupe(["config", "-f", "json"]).args(args);
    for (name, value) in env {
        nodupe = nodupe.env(name, value);
    }
    let config = config(&nodupe);
    let option = &config[args[0]]["options"][name];
    let origin = match option["origin"].as_str().unwrap() {
        "file" => format!("{}:{}", option["file"].as_str().unwrap(), option["line"]),
        "default" => "default".to_owned(),
        _ => option["name"].as_str().unwrap().to_owned(),
    };
    (option["value"].clone(), origin)
}

/// Runs it; it must end with status 2 and say this.
fn fails(nodupe: &Nodupe, message: &str, hint: &str) {
    let said = nodupe.exits(2).stderr_text();
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some(message), "{said}");
    let expected = (!hint.is_empty()).then(|| format!("  hint: {hint}"));
    assert_eq!(lines.next(), expected.as_deref(), "{said}");
    assert_eq!(lines.next(), None, "{said}");
}

#[test]
fn a_scan_goes_by_the_file_and_a_flag_over_it() {
    let tree = project("[scan]\nexclude = [\"*.bak\"]\nmin-size = 3\n");
    tree.files(&["a", "b", "c.bak"], "long")
        .files(&["x", "y"], "2c");
    assert_eq!(tree.groups(&[]), grouped(&[&["a", "b"]]));
    assert_eq!(
        tree.groups(&["--min-size", "1"]),
        grouped(&[&["a", "b"], &["x", "y"]])
    );
    assert_eq!(
        tree.groups(&["--exclude", "a"]),
        grouped(&[&["b", "c.bak"]]),
        "a list that is given replaces the other"
    );
    assert_eq!(
        tree.groups(&["--no-config"]),
        grouped(&[&["a", "b", "c.bak"], &["x", "y"]])
    );
}

/// A switch, a list, a number and a choice, in both sections.
#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let tree = project(
        "[scan]\nverify = true\nexclude = [\"f\"]\nmax-depth = 3\nhash = \"md5\"\n\
         [check]\nmax-depth = 4\nverify = false\n",
    );
    let env = [
        ("NODUPE_VERIFY", "0"),
        ("NODUPE_EXCLUDE", "e1\ne2"),
        ("NODUPE_MAX_DEPTH", "2"),
        ("NODUPE_HASH", "xxh3"),
    ];
    let flags = [
        "--verify",
        "--exclude",
        "x",
        "--max-depth",
        "1",
        "--hash",
        "blake3",
    ];
    let table = [
        (
            "verify",
            json!(false),
            json!(true),
            json!(false),
            json!(true),
        ),
        (
            "exclude",
            Value::Null,
            json!(["f"]),
            json!(["e1", "e2"]),
            json!(["x"]),
        ),
        ("max-depth", Value::Null, json!(3), json!(2), json!(1)),
        (
            "hash",
            json!("blake3"),
            json!("md5"),
            json!("xxh3"),
            json!("blake3"),
        ),
    ];
    for (line, (name, default, file, variable, flag)) in table.into_iter().enumerate() {
        let ask = |args: &[&str], env: &[(&str, &str)]| option(&tree, args, env, name);
        let upper = format!("NODUPE_{}", name.to_uppercase().replace('-', "_"));
        let all = [&["scan"][..], &flags].concat();
        assert_eq!(
            ask(&["scan", "--no-config"], &[]),
            (default, "default".into())
        );
        assert_eq!(
            ask(&["scan"], &[]),
            (file, format!("nodupe.toml:{}", line + 2))
        );
        assert_eq!(ask(&["scan"], &env), (variable, upper));
        assert_eq!(ask(&all, &env), (flag, format!("--{name}")));
    }
    let check = |name: &str| option(&tree, &["check"], &[], name);
    assert_eq!(check("max-depth"), (json!(4), "nodupe.toml:7".into()));
    assert_eq!(check("verify"), (json!(false), "nodupe.toml:8".into()));
    assert_eq!(check("hash"), (json!("md5"), "nodupe.toml:5".into()));
}

#[test]
fn the_environment_alone_is_enough() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c.bak"], "long");
    let scan = tree
        .scan(&[])
        .env("NODUPE_EXCLUDE", "*.bak")
        .env("NODUPE_FORMAT", "fdupes");
    assert_eq!(scan.succeeds().stdout_text(), "./a\n./b\n");
    let both = tree
        .scan(&["-f", "paths0"])
        .env("NODUPE_FORMAT", "nonsense");
    assert_eq!(
        both.succeeds().stdout_text(),
        "./a\0./b\0./c.bak\0",
        "a flag is enough"
    );
    fails(
        &tree.scan(&[]).env("NODUPE_MIN_SIZE", "-5"),
        "nodupe: error: the environment variable NODUPE_MIN_SIZE: min-size: \"-5\" is not a size: \
         write bytes or a unit, as in 4096, 4k, 1.5GiB or 10MB",
        "",
    );
    fails(
        &tree.scan(&[]).env("NODUPE_VERIFY", "perhaps"),
        "nodupe: error: the environment variable NODUPE_VERIFY: \"perhaps\" is neither true nor false",
        "write true or false, yes or no, 1 or 0",
    );
}

#[test]
fn a_switch_and_its_opposite_override_each_other() {
    let tree = project("[scan]\ngitignore = true\n");
    tree.repository()
        .file(".gitignore", "*.log\n")
        .files(&["a", "b.log"], "same");
    let groups = |args: &[&str]| tree.groups(args).len();
    assert_eq!(groups(&[]), 0);
    assert_eq!(groups(&["--no-gitignore"]), 1);
    assert_eq!(groups(&["--no-config"]), 1);
    assert_eq!(
        groups(&["--no-gitignore", "--gitignore"]),
        0,
        "the last one wins"
    );
    let run = |value: &str| {
        tree.scan(&[])
            .env("NODUPE_GITIGNORE", value)
            .json()
            .succeeds()
    };
    assert_eq!(run("no").report().paths().len(), 1);
}

#[test]
fn the_file_is_found_from_below_and_its_paths_read_well() {
    let tree = project(
        "[scan]\npaths = [\"assets\", \"sub/deep\", \"sub/deep/er\"]\nreference = [\"ref\"]\n",
    );
    tree.files(
        &["assets/a", "sub/deep/b", "sub/deep/er/c", "ref/d", "other"],
        "same",
    );
    let groups = |dir: &str| {
        let run = tree.scan(&["-q"]).within(tree.path(dir)).json().succeeds();
        run.report().paths()
    };
    assert_eq!(
        groups(""),
        grouped(&[&["ref/d", "assets/a", "sub/deep/b", "sub/deep/er/c"]])
    );
    assert_eq!(
        groups("sub/deep"),
        grouped(&[&["../../ref/d", "../../assets/a", "b", "er/c"]])
    );
    assert_eq!(
        groups("sub"),
        grouped(&[&["../ref/d", "../assets/a", "deep/b", "deep/er/c"]])
    );
    // Those that are given count from here, and the file's do not then.
    let run = tree
        .scan(&["deep", "-q"])
        .within(tree.path("sub"))
        .json()
        .succeeds();
    assert_eq!(
        run.report().paths(),
        grouped(&[&["../ref/d", "deep/b", "deep/er/c"]])
    );
    let list = tree
        .scan(&["--files-from", "-"])
        .stdin("assets/a\nother\n")
        .json();
    assert_eq!(
        list.succeeds().report().paths().concat(),
        ["ref/d", "assets/a", "other"]
    );
}

#[test]
fn the_nearest_file_counts() {
    let tree = project("[scan]\nmax-depth = 1\n");
    tree.file("sub/nodupe.toml", "[scan]\nmax-depth = 2\n")
        .dir("sub/deep")
        .dir("beside");
    for (dir, value, file) in [
        ("", 1, "nodupe.toml"),
        ("sub", 2, "nodupe.toml"),
        ("sub/deep", 2, "../nodupe.toml"),
        ("beside", 1, "../nodupe.toml"),
    ] {
        let config = config(&tree.nodupe(["config", "-f", "json"]).within(tree.path(dir)));
        let option = &config["scan"]["options"]["max-depth"];
        assert_eq!(
            (&option["value"], &option["file"]),
            (&json!(value), &json!(file)),
            "{dir}"
        );
        assert_eq!(config["file"], json!(file));
        let root = tree.path(dir).join(file);
        let root = root.parent().unwrap().canonicalize().unwrap();
        assert_eq!(config["directory"], json!(root.to_str().unwrap()));
    }
}

#[test]
fn which_file_is_read_can_be_said() {
    let tree = project("[scan]\nmax-depth = 1\n");
    tree.file(
        "other/their.toml",
        "[scan]\nmax-depth = 2\npaths = [\"x\", \"/abs\"]\n",
    );
    let depth = |args: &[&str], env: &[(&str, &str)]| {
        let args = [&["scan"], args].concat();
        option(&tree, &args, env, "max-depth").0
    };
    let theirs = "other/their.toml";
    let by_env = [("NODUPE_CONFIG", theirs)];
    let none = [("NODUPE_NO_CONFIG", "1"), ("NODUPE_CONFIG", "")];
    assert_eq!(depth(&[], &[]), 1);
    assert_eq!(depth(&["--config", theirs], &[]), 2);
    assert_eq!(depth(&[], &by_env), 2);
    assert_eq!(depth(&["--no-config"], &by_env), Value::Null);
    assert_eq!(depth(&[], &none), Value::Null);
    assert_eq!(depth(&["--config", theirs], &none), 2);
    assert_eq!(depth(&[], &[("NODUPE_NO_CONFIG", "no")]), 1);
    tree.files(&["other/x/a", "other/x/b"], "same");
    let scan = |args: &[&str]| {
        tree.scan(&[&["--max-depth", "1"], args].concat())
            .json()
            .run()
    };
    let said = scan(&["--config", theirs]).stderr_text();
    assert!(said.contains("cannot scan /abs: "), "{said}");
    assert!(
        said.contains("(paths = [\"other/x\", ...] is in other/their.toml:3)"),
        "{said}"
    );
    fs::write(tree.path(theirs), "[scan]\npaths = [\"x\"]").unwrap();
    assert_eq!(
        scan(&["--config", theirs]).report().paths(),
        grouped(&[&["other/x/a", "other/x/b"]])
    );
}

#[test]
fn only_regular_files_are_project_files() {
    let tree = project("[scan]\nmax-depth = 7\n");
    tree.dir("dir/nodupe.toml")
        .dir("fifo")
        .fifo("fifo/nodupe.toml")
        .dir("link");
    tree.symlink("../nodupe.toml", "link/nodupe.toml");
    for dir in ["dir", "fifo", "link"] {
        let config = config(&tree.nodupe(["config", "-f", "json"]).within(tree.path(dir)));
        assert_eq!(config["scan"]["options"]["max-depth"]["value"], 7, "{dir}");
    }
    for (file, reason) in [
        ("dir", "it is a directory, not a regular file"),
        ("fifo/nodupe.toml", "it is a named pipe, not a regular file"),
        ("gone.toml", "No such file or directory"),
    ] {
        fails(
            &tree.scan(&["--config", file]),
            &format!("nodupe: error: cannot read the project file {file}: {reason}"),
            "--config names it",
        );
    }
    fails(
        &tree.scan(&[]).env("NODUPE_CONFIG", "gone"),
        "nodupe: error: cannot read the project file gone: No such file or directory",
        "NODUPE_CONFIG names it",
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_not_passed_over() {
    let tree = Tree::new();
    tree.dir("sub").symlink("gone", "nodupe.toml");
    fails(
        &tree.scan(&[]).within(tree.path("sub")),
        "nodupe: error: cannot read the project file ../nodupe.toml: No such file or directory",
        "--no-config ignores it",
    );
    tree.scan(&["--no-config"]).succeeds();
    fs::remove_file(tree.path("nodupe.toml")).unwrap();
    tree.file("nodupe.toml", format!("# {}", "x".repeat(1 << 20)));
    fails(
        &tree.scan(&[]),
        "nodupe: error: cannot read the project file nodupe.toml: it is larger than 1 MiB, the most that is read",
        "--no-config ignores it",
    );
    tree.file("nodupe.toml", b"[scan]\n# \xc3\xa9 \xff\n");
    fails(
        &tree.scan(&[]),
        "nodupe: error: nodupe.toml:2:5: this is not UTF-8",
        "save it as UTF-8",
    );
    if permissions_bind() {
        tree.mode("nodupe.toml", 0o000);
        fails(
            &tree.scan(&[]).by_other_user(),
            "nodupe: error: cannot read the project file nodupe.toml: Permission denied",
            "--no-config ignores it",
        );
    }
}

#[test]
fn a_mistake_in_the_file_is_told_with_line_and_column() {
    let tree = project("[scan]\nmin-size = 1\n       exlude = [\"x\"]\n");
    for command in ["scan", "check", "config"] {
        fails(
            &tree.nodupe([command]),
            "nodupe: error: nodupe.toml:3:8: unknown key \"exlude\" in [scan]",
            "did you mean \"exclude\"?",
        );
    }
    tree.dir("sub");
    let below = tree
        .scan(&[])
        .within(tree.path("sub"))
        .exits(2)
        .stderr_text();
    assert!(
        below.starts_with("nodupe: error: ../nodupe.toml:3:8: "),
        "{below}"
    );
    // Whoever does not read it does not mind.
    tree.nodupe(["schema"]).succeeds();
    tree.nodupe(["executors"]).exits(0);
    let bench = tree
        .nodupe(["executors", "--bench", "-q", "-f", "json"])
        .exits(0);
    let bench: Value = serde_json::from_slice(&bench.stdout).unwrap();
    assert_eq!(bench["agree"], true, "{bench}");
    tree.scan(&["--no-config"]).succeeds();
}

#[test]
fn globs_of_the_file_mean_the_same_from_everywhere() {
    // Nothing in the name of the directory is special.
    for name in [
        &b"plain"[..],
        b"a*b [x] {c}",
        b"back\\slash",
        b"not\xffutf8",
        b"li\nne",
    ] {
        let tree = Tree::new();
        let top = Path::new(OsStr::from_bytes(name));
        let file = |below: &str, content: &str| _ = tree.file(top.join(below), content);
        file(
            "nodupe.toml",
            "[scan]\ninclude = [\"assets/**\", \"sub/*.png\"]\nexclude = [\"assets/gen/\", \"./assets/*.bak\"]\n",
        );
        for path in [
            "assets/a",
            "assets/b.bak",
            "assets/gen/c",
            "sub/d.png",
            "sub/assets/e",
            "f",
        ] {
            file(path, "same");
        }
        let found = |dir: &Path, args: &[&OsStr]| {
            let run = tree
                .nodupe(["scan", "-q"])
                .args(args)
                .within(dir)
                .json()
                .succeeds();
            let paths = run.report().paths().concat();
            paths
                .iter()
                .map(|p| p.rsplit('/').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let root = tree.path(top);
        let all = ["a", "d.png"];
        assert_eq!(found(&root, &[]), all, "{top:?}");
        assert_eq!(found(&root.join("sub"), &["..".as_ref()]), all, "{top:?}");
        assert_eq!(
            found(
                tree.root(),
                &[
                    top.as_ref(),
                    "--config".as_ref(),
                    top.join("nodupe.toml").as_ref()
                ]
            ),
            all
        );
        assert_eq!(
            found(
                &root.join("assets"),
                &["../assets".as_ref(), "../sub".as_ref()]
            ),
            all
        );
        // Files that are named have no walk to be judged by.
        let named = [
            "../assets/a",
            "../assets/b.bak",
            "../assets/gen/c",
            "d.png",
            "../f",
        ];
        assert_eq!(found(&root.join("sub"), &named.map(OsStr::new)), all);
        // Through a link, the working directory and the paths are the same.
        tree.symlink(&root, "link");
        let link = tree.path("link");
        assert_eq!(found(&link, &[]), all);
        assert_eq!(found(&link.join("sub"), &["..".as_ref()]), all);
        assert_eq!(found(&root, &[link.as_ref()]), all);
    }
}

#[test]
fn paths_may_be_called_anything() {
    let tree = project(
        "[scan]\npaths = [\"-x\", \"--output\", \"new\\nline\", \"\u{1f600} \\\"\", \"*\"]\n",
    );
    let names = ["-x/a", "--output/a", "new\nline/a", "\u{1f600} \"/a", "*/a"];
    tree.files(&names, "same").dir("sub");
    let mut expected: Vec<_> = names.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(tree.groups(&[]), [expected.clone()]);
    let below = tree.scan(&["-q"]).within(tree.path("sub"));
    let below = below.json().succeeds();
    let expected: Vec<_> = expected.iter().map(|name| format!("../{name}")).collect();
    assert_eq!(below.report().paths(), [expected]);
}

#[test]
fn an_error_says_which_part_of_it_nobody_typed() {
    let tree = project(
        "[scan]\nmin-size = \"1M\"\nacross-roots = true\nnewer-than = 2026-01-31\nexecutor = \"thread\"\npaths = [\"gone\"]\n",
    );
    let said = |args: &[&str], env: (&str, &str)| {
        let said = tree.scan(args).env(env.0, env.1).exits(2).stderr_text();
        said.lines().next().unwrap().to_owned()
    };
    let none = ("X", "");
    assert_eq!(
        said(&["--max-size", "1k"], none),
        "nodupe: error: no file is at least 1048576 and at most 1024 bytes long (min-size = \"1M\" is in nodupe.toml:2)"
    );
    assert_eq!(
        said(&[], ("NODUPE_MAX_SIZE", "1k")),
        "nodupe: error: no file is at least 1048576 and at most 1024 bytes long (min-size = \"1M\" is in nodupe.toml:2) (NODUPE_MAX_SIZE is \"1k\")"
    );
    assert_eq!(
        said(&["."], none),
        "nodupe: error: --across-roots needs at least two roots, but there is only one (across-roots = true is in nodupe.toml:3)"
    );
    let said = said(&["a", "b", "--older-than", "2026-01-01"], none);
    assert!(
        said.ends_with("(newer-than = \"2026-01-31\" is in nodupe.toml:4)"),
        "{said}"
    );
    let typed = tree
        .scan(&["--no-config", "--min-size", "1M", "--max-size", "1k"])
        .exits(2);
    assert!(!typed.stderr_text().contains('('), "nothing to explain");
    tree.file(
        "nodupe.toml",
        "[scan]\npaths = [\"gone\"]\nreference = [\"lost\"]\n",
    );
    fails(
        &tree.scan(&[]),
        "nodupe: error: cannot scan gone: No such file or directory (paths = \"gone\" is in nodupe.toml:2)",
        "check the spelling",
    );
    fails(
        &tree.scan(&["."]),
        "nodupe: error: cannot scan lost: No such file or directory (reference = \"lost\" is in nodupe.toml:3)",
        "check the spelling",
    );
    tree.file("nodupe.toml", "[scan]\nunique = true\nmin-copies = 3\n");
    fails(
        &tree.scan(&[]),
        "nodupe: error: --unique and --min-copies cannot be used together (unique = true is in nodupe.toml:2) (min-copies = \"3\" is in nodupe.toml:3)",
        "each sets the number of copies; keep only one of them",
    );
}

#[test]
fn what_a_flag_rules_out_gives_way_and_verbose_says_so() {
    let tree = project(
        "[scan]\nmin-copies = 3\nexecutor-fallback = true\nworker-memory = \"1G\"\npaths = [\"gone\"]\n",
    );
    tree.files(&["a", "b"], "same");
    let run = tree
        .scan(&["-v", "--unique", "--executor", "thread", "."])
        .exits(0);
    let said = run.stderr_text();
    for line in [
        "nodupe: project file: nodupe.toml",
        "nodupe: min-copies from nodupe.toml:2 is overridden by --unique",
        "nodupe: worker-memory from nodupe.toml:4 is overridden by --executor",
    ] {
        assert!(said.lines().any(|l| l == line), "{line} is not in\n{said}");
    }
    let listed = tree
        .scan(&["--files-from", "-", "--min-copies", "2"])
        .stdin("a\nb\n")
        .json();
    assert_eq!(listed.succeeds().report().paths(), grouped(&[&["a", "b"]]));
}

/// A project file may be tidied by what `nodupe config` prints.
#[test]
fn what_is_printed_says_the_same_as_a_file() {
    let digest = "ab".repeat(16);
    let text = format!(
        "[scan]\npaths = [\"a\", \"b c\"]\nexclude = [\"x/**\", \"*.\\\"q\\\"\", \"/abs/y\"]\n\
         min-size = \"4k\"\nmax-depth = 3\nno-gitignore = true\nnewer-than = 2026-01-31\n\
         extension = [\"jpg,png\", \"gif\"]\nreference = \"ref\"\nexecutor-fallback = true\n\
         exclude-regex = ['\\.tmp$', \"\\u202e\\u001b\"]\n\
         [check]\nmax-groups = 3\nbaseline = \"ci/base.json\"\nverify = true\n\
         [[check.allow]]\npaths = [\"t/**\"]\nreason = \"a \\\"reason\\\"\\nof two lines\"\n\
         [[check.allow]]\ndigests = [\"{digest}\"]\nreason = \"b\"\n\
         [[check.budget]]\npaths = [\"old/**\"]\nmax-reclaimable = \"15E\"\nmax-groups = 2\n\
         [[check.budget]]\npaths = [\"new/**\"]\n\
         [[check.same]]\npaths = [\"LICENSE\", \"p/*/LICENSE\"]\n\
         [[check.same]]\npaths = [\"*.lock\"]\nreason = \"c\"\n",
    );
    let tree = project(&text);
    tree.dir("sub");
    let values = |dir: &str, args: &[&str]| {
        let nodupe = tree.nodupe(["config", "-f", "json"]).args(args);
        let mut config = config(&nodupe.within(tree.path(dir)));
        without_places(&mut config);
        config
    };
    let print = |dir: &str, args: &[&str]| {
        let nodupe = tree.nodupe(["config"]).args(args).within(tree.path(dir));
        nodupe.succeeds().stdout_text()
    };
    let original = values("", &[]);
    let (printed, from_below) = (print("", &[]), print("sub", &[]));
    tree.file("nodupe.toml", &printed);
    assert_eq!(values("", &[]), original);
    tree.file("nodupe.toml", &from_below);
    assert_eq!(values("", &[]), original);
    // So do flags that were given below the project's root.
    let flags = [
        "scan",
        "--exclude",
        "q/*",
        "--exclude",
        "*.z",
        "--hash",
        "md5",
        "p",
        "../o",
    ];
    let given = values("sub", &flags);
    let printed = print("sub", &flags);
    tree.file("nodupe.toml", &printed);
    assert_eq!(values("", &["scan"])["scan"], given["scan"]);
    assert_eq!(
        given["scan"]["options"]["paths"]["value"],
        json!(["sub/p", "o"])
    );
    let globs = json!(["sub/p/q/*", "o/q/*", "ref/q/*", "*.z"]);
    assert_eq!(given["scan"]["options"]["exclude"]["value"], globs);
}

/// Leaves what is in force, whoever set it.
fn without_places(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for name in ["origin", "name", "file", "line", "column"] {
                object.remove(name);
            }
            object.values_mut().for_each(without_places);
        }
        Value::Array(list) => list.iter_mut().for_each(without_places),
        _ => {}
    }
}

#[test]
fn the_text_shows_each_origin_beside_its_value() {
    let tree = project(
        "[scan]\nmin-size = \"4k\"\nhash = \"md5\"\nexecutor = \"thread\"\nworker-memory = \"1G\"\n",
    );
    let run = tree
        .nodupe([
            "config",
            "scan",
            "--max-depth",
            "2",
            "--output",
            "r",
            "--worker-memory",
            "2G",
        ])
        .env("NODUPE_HASH", "xxh3");
    let lines = run.succeeds().lines();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "# Project file: nodupe.toml",
        &format!(
            "# Paths and globs are relative to {}",
            tree.root().display()
        ),
        "[scan]",
        "min-size = \"4k\" # nodupe.toml:2",
        "hash = \"xxh3\" # NODUPE_HASH",
        "max-depth = 2 # --max-depth",
        "verify = false # default",
        "paths = [\".\"] # default",
        "# min-copies # default: 2",
        "# max-size # not set",
        "# output = \"r\" # --output, for a single run",
        "# executor from nodupe.toml:4 is overridden by --worker-memory",
    ] {
        assert!(
            shown.iter().any(|l| l == line),
            "{line} is not in {shown:#?}"
        );
    }
    assert!(!shown.iter().any(|line| line == "[check]"));
    tree.dir("sub");
    let below = tree
        .nodupe(["config", "scan", "-o", "r", "p"])
        .within(tree.path("sub"));
    let below = below.succeeds().stdout_text();
    assert!(
        below.contains("# output = \"r\"") && below.contains("paths = [\"sub/p\"]"),
        "{below}"
    );
    let column = |start: &str| {
        lines
            .iter()
            .find(|l| l.starts_with(start))
            .unwrap()
            .find("  # ")
    };
    assert_eq!(column("verify"), column("min-size"), "comments are aligned");
    let none = Tree::new().nodupe(["config"]).succeeds().stdout_text();
    assert!(none.starts_with("# No project file: "), "{none}");
    assert!(
        none.contains("\n[scan]\n") && none.contains("\n[check]\n"),
        "{none}"
    );
}

#[test]
fn a_name_that_is_no_text_is_exact_in_json_and_a_comment_in_toml() {
    let tree = Tree::new();
    let args = || {
        [
            OsStr::new("config"),
            "scan".as_ref(),
            OsStr::from_bytes(b"a\xff\x1b"),
        ]
    };
    let text = tree.nodupe(args()).succeeds().stdout_text();
    assert!(text.contains("# paths = a\\xff\\x1b"), "{text}");
    let args: Vec<OsString> = args().iter().map(|arg| arg.to_os_string()).collect();
    let config = config(&tree.nodupe(["config", "-f", "json"]).args(&args[1..]));
    assert_eq!(
        config["scan"]["options"]["paths"]["value"],
        json!([{ "bytes": "Yf8b" }])
    );
}

#[test]
fn variables_that_mean_nothing_are_warned_of() {
    let tree = Tree::new();
    let run = tree
        .nodupe(["config"])
        .env("NODUPE_MINSIZE", "1")
        .env("NODUPE_VERBOSE", "1")
        .env("NODUPE_MAX_GROUPS", "3")
        .exits(0);
    assert_eq!(
        run.stderr_text(),
        "nodupe: NODUPE_MINSIZE matches no option; did you mean NODUPE_MIN_SIZE?\n\
         nodupe: NODUPE_VERBOSE is ignored: only the command line decides how much is printed\n"
    );
    assert!(
        run.stdout_text().contains("max-groups = 3"),
        "of either subcommand"
    );
}

#[test]
fn a_scan_and_a_check_warn_of_variables_that_mean_nothing() {
    let tree = Tree::new();
    tree.file("a", "same").file("their.toml", "");
    let warnings = "nodupe: NODUPE_EXCLUD matches no option; did you mean NODUPE_EXCLUDE?\n\
                    nodupe: NODUPE_OUTPUT is ignored: the output file applies to a single run\n";
    for command in ["scan", "check"] {
        for args in [&[][..], &["--no-config"], &["--config", "their.toml"]] {
            let run = tree.nodupe([command]).args(args);
            let run = run
                .env("NODUPE_EXCLUD", "*.bak")
                .env("NODUPE_OUTPUT", "out")
                // These are known, even where they change nothing.
                .env("NODUPE_CONFIG", "their.toml")
                .env("NODUPE_MAX_GROUPS", "7")
                .env("NODUPE_UNIQUE", "no")
                .env("NODUPE_NOTHING", "");
            assert_eq!(run.exits(0).stderr_text(), warnings, "{command} {args:?}");
            let quiet = run.args(["--quiet"]).succeeds();
            assert!(!quiet.stdout_text().is_empty());
        }
    }
}

#[test]
fn wrong_arguments_of_the_other_command_are_told_as_its_own() {
    let tree = Tree::new();
    for (args, part) in [
        (&["config", "bogus"][..], "COMMAND: invalid value \"bogus\""),
        (&["config", "--min-size", "1"], "unknown option --min-size"),
        (
            &["config", "scan", "--max-groups", "1"],
            "unknown option --max-groups",
        ),
        (
            &["config", "scan", "--config", "a", "--no-config"],
            "--config and --no-config cannot be used together",
        ),
        (
            &["config", "scan", "--hash", "sha"],
            "--hash: invalid value \"sha\"",
        ),
    ] {
        let said = tree.nodupe(args).exits(2).stderr_text();
        assert!(said.contains(part), "{args:?}: {said}");
    }
    let help = tree
        .nodupe(["config", "scan", "--", "--help"])
        .succeeds()
        .stdout_text();
    assert!(help.contains("Usage: nodupe scan"), "{help}");
    let format = config(&tree.nodupe(["config", "-f", "json", "scan", "--", "--format", "csv"]));
    assert_eq!(format["scan"]["options"]["format"]["value"], "csv");
}

/// A conflict is the same from a flag, a variable and the file, and needs a
/// source to itself: a weaker source gives way.
#[test]
fn conflicts_hold_for_every_source_alike() {
    let message = "nodupe: error: --unique and --min-copies cannot be used together";
    let tree = project("");
    let flags = tree.scan(&["--unique", "--min-copies", "3"]).exits(2);
    let env = |nodupe: Nodupe| {
        nodupe
            .env("NODUPE_UNIQUE", "1")
            .env("NODUPE_MIN_COPIES", "3")
    };
    let variables = env(tree.scan(&[])).exits(2);
    let shown = env(tree.nodupe(["config", "scan"])).exits(0).stdout_text();
    assert!(shown.contains("min-copies = 3"), "{shown}");
    tree.file("nodupe.toml", "[scan]\nunique = true\nmin-copies = 3\n");
    let file = tree.scan(&[]).exits(2);
    for run in [&flags, &variables, &file] {
        assert!(run.stderr_text().starts_with(message));
    }
    assert!(variables.stderr_text().contains("(NODUPE_UNIQUE is true)"));
    assert!(
        file.stderr_text()
            .contains("(unique = true is in nodupe.toml:2)")
    );
    tree.scan(&["--unique"]).exits(0);
}

/// Runs `nodupe check`, which must end so.
fn checks(tree: &Tree, dir: &str, args: &[&str], status: i32) {
    let nodupe = tree.nodupe(["check"]).args(args);
    nodupe.within(tree.path(dir)).exits(status);
}

#[test]
fn a_check_goes_by_its_rules_from_everywhere() {
    let tree = project("[check]\nhash = \"xxh3\"\n");
    tree.files(&["a/one", "b/two"], "same").dir("sub");
    checks(&tree, "", &[], 1);
    let reason = "reason = \"meant\"";
    let report = tree
        .scan(&["--no-config", "--hash", "xxh3"])
        .json()
        .succeeds();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let digest = report["groups"][0]["digest"].as_str().unwrap();
    for (rules, status) in [
        (format!("[[check.allow]]\npaths = [\"b/*\"]\n{reason}\n"), 1),
        (
            format!("[[check.allow]]\npaths = [\"a/*\", \"b/*\"]\n{reason}\n"),
            0,
        ),
        (
            format!("[[check.allow]]\ndigests = [\"{digest}\"]\n{reason}\n"),
            0,
        ),
        (
            format!(
                "[[check.allow]]\ndigests = [\"{}\"]\n{reason}\n",
                "0".repeat(32)
            ),
            1,
        ),
        (
            "[[check.budget]]\npaths = [\"b/**\"]\nmax-groups = 1\n".to_owned(),
            0,
        ),
        (
            "[[check.budget]]\npaths = [\"c/**\"]\nmax-groups = 1\n".to_owned(),
            1,
        ),
        ("max-reclaimable = 4\n".to_owned(), 0),
        ("max-reclaimable = 3\n".to_owned(), 1),
        ("exclude = [\"b/\"]\n".to_owned(), 0),
    ] {
        let paths = "[scan]\npaths = [\".\"]\n[check]\nhash = \"xxh3\"\n";
        tree.file("nodupe.toml", format!("{paths}{rules}"));
        for dir in ["", "sub"] {
            checks(&tree, dir, &[], status);
        }
        checks(&tree, "", &["--no-config"], 1);
    }
}

#[test]
fn the_baseline_of_the_file_is_relative_to_it() {
    let tree =
        project("[check]\npaths = [\"d\"]\nbaseline = \"ci/base.json\"\ndeny-stale = true\n");
    tree.files(&["d/one.txt", "d/two.txt"], "same")
        .dir("sub")
        .dir("ci");
    checks(&tree, "sub", &[], 2);
    // Nobody has typed --deny-stale, so it does not forbid the flag.
    checks(&tree, "sub", &["--update-baseline"], 0);
    assert!(tree.path("ci/base.json").exists());
    checks(&tree, "", &[], 0);
    tree.file("d/two.txt", "else");
    checks(&tree, "", &[], 1);
    // What is left out by a flag is not taken for gone.
    checks(&tree, "", &["--extension", "png"], 0);
    let run = tree.nodupe(["check"]).env("NODUPE_EXTENSION", "png");
    run.exits(0);
    // What the project itself leaves out is no part of it any more.
    let text = fs::read_to_string(tree.path("nodupe.toml")).unwrap();
    tree.file("nodupe.toml", format!("{text}extension = \"png\"\n"));
    checks(&tree, "", &[], 1);
}

#[test]
fn a_check_can_be_told_what_git_ignores_by_the_file() {
    let tree = project("[check]\ngitignore = false\n");
    tree.repository()
        .file(".gitignore", "*.log\n")
        .files(&["a", "b.log"], "same");
    checks(&tree, "", &["--no-config"], 0);
    checks(&tree, "", &[], 1);
    checks(&tree, "", &["--gitignore"], 0);
}

/// What `[scan]` says goes for a check too, and git's rules are another
/// default there.
#[test]
fn printed_defaults_of_a_scan_set_nothing_for_a_check() {
    let tree = project("");
    tree.repository()
        .file(".gitignore", "*.log\n")
        .files(&["a", "b.log"], "same");
    checks(&tree, "", &[], 0);
    let printed = tree.nodupe(["config"]).succeeds().stdout_text();
    tree.file("nodupe.toml", &printed);
    checks(&tree, "", &[], 0);
    assert_eq!(
        option(&tree, &["scan"], &[], "gitignore"),
        (json!(false), "default".into())
    );
}

#[test]
fn what_check_sets_rules_out_what_is_set_for_both() {
    let tree = project("[scan]\nworker-memory = \"1G\"\n[check]\nexecutor = \"thread\"\n");
    let said = tree.nodupe(["check", "-v"]).exits(0).stderr_text();
    let line = "nodupe: worker-memory from nodupe.toml:2 is overridden by executor";
    assert!(said.lines().any(|l| l == line), "{said}");
    tree.file(
        "nodupe.toml",
        "[check]\nworker-memory = \"1G\"\nexecutor = \"thread\"\n",
    );
    let said = tree.nodupe(["check"]).exits(2).stderr_text();
    assert!(
        said.contains("--worker-memory and --executor cannot be used together"),
        "{said}"
    );
}

#[test]
fn a_file_is_found_below_directories_that_cannot_be_entered() {
    if !permissions_bind() {
        return;
    }
    let tree = project("[scan]\nmax-depth = 7\n");
    tree.file("shut/project/nodupe.toml", "[scan]\nmax-depth = 8\n")
        .dir("shut/project/sub")
        .dir("shut/bare")
        .mode("shut", 0o700);
    for (dir, depth, file) in [
        ("shut/project", 8, "nodupe.toml".to_owned()),
        ("shut/project/sub", 8, "../nodupe.toml".to_owned()),
        // The way up leads through what cannot be entered; the way down does
        // not.
        (
            "shut/bare",
            7,
            tree.path("nodupe.toml").display().to_string(),
        ),
    ] {
        let run = tree
            .nodupe(["config", "-f", "json"])
            .within(tree.path(dir))
            .by_other_user();
        let config = config(&run);
        let option = &config["scan"]["options"]["max-depth"];
        assert_eq!(
            (&option["value"], &option["file"]),
            (&json!(depth), &json!(file)),
            "{dir}"
        );
        tree.scan(&["-q"])
            .within(tree.path(dir))
            .by_other_user()
            .succeeds();
    }
    tree.mode("shut", 0o755);
}

#[test]
fn a_file_that_names_no_paths_is_refused() {
    let tree = project("[scan]\npaths = []\n");
    fails(
        &tree.scan(&[]),
        "nodupe: error: nodupe.toml:2:9: \"paths\" is an empty list",
        "write \".\" for the directory of this file, or leave it out for the working directory",
    );
}

#[test]
fn verbose_tells_what_the_environment_sets_and_what_it_does_not() {
    let tree = Tree::new();
    tree.file("a", "same").file("their.toml", "");
    for command in ["scan", "check"] {
        let run = tree
            .nodupe([command, "-v", "--max-depth", "3"])
            .env("NODUPE_EXCLUDE", "a\nb")
            .env("NODUPE_MAX_DEPTH", "2")
            .env("NODUPE_MINSIZE", "1")
            .env("NODUPE_CONFIG", "their.toml");
        let said = run.exits(0).stderr_text();
        let has = |line: &str| said.lines().any(|l| l == line);
        for line in [
            "nodupe: project file: their.toml",
            "nodupe: environment: NODUPE_CONFIG is \"their.toml\"",
            "nodupe: environment: NODUPE_EXCLUDE is [\"a\", ...]",
            "nodupe: NODUPE_MINSIZE matches no option; did you mean NODUPE_MIN_SIZE?",
        ] {
            assert!(has(line), "{line} is not in\n{said}");
        }
        assert!(!said.contains("NODUPE_MAX_DEPTH"), "a flag wins: {said}");
    }
    let none = tree.scan(&["-v"]).env("NODUPE_NO_CONFIG", "1");
    let said = none.exits(0).stderr_text();
    assert!(
        said.contains("nodupe: environment: NODUPE_NO_CONFIG is \"1\"\n"),
        "{said}"
    );
    let flag = tree.scan(&["-v", "--no-config"]);
    let said = flag.env("NODUPE_CONFIG", "gone").exits(0).stderr_text();
    assert!(!said.contains("NODUPE_CONFIG"), "{said}");
}

#[test]
fn a_digest_that_no_file_can_have_is_told() {
    let (short, long) = ("ab".repeat(16), "cd".repeat(32));
    let tree = project(&format!(
        "[[check.allow]]\ndigests = [\"{short}\", \"{long}\"]\nreason = \"r\"\n"
    ));
    let told = |args: &[&str]| {
        let said = tree.nodupe(["check"]).args(args).exits(0).stderr_text();
        let line = |digest: &str| said.lines().find(|l| l.contains(digest)).map(str::to_owned);
        (line(&short), line(&long))
    };
    assert_eq!(
        told(&[]),
        (
            Some(format!(
                "nodupe: an allow rule lists {short}, which is not a blake3 digest: it matches nothing"
            )),
            None
        )
    );
    let (short_line, long_line) = told(&["--hash", "md5"]);
    assert!(short_line.is_none() && long_line.is_some());
    assert_eq!(told(&["-q"]), (None, None));
}

#[test]
fn a_list_of_the_file_can_be_emptied() {
    let tree = project("[scan]\nexclude = [\"*.bak\"]\n[check]\nexclude = []\n");
    let excluded =
        |command: &str, env: &[(&str, &str)]| option(&tree, &[command], env, "exclude").0;
    assert_eq!(excluded("scan", &[]), json!(["*.bak"]));
    assert_eq!(excluded("check", &[]), json!([]));
    assert_eq!(excluded("scan", &[("NODUPE_EXCLUDE", "\n")]), json!([]));
    assert_eq!(
        excluded("scan", &[("NODUPE_EXCLUDE", "")]),
        json!(["*.bak"])
    );
}

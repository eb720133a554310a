use std::fs;

use super::*;

#[test]
fn the_nearest_and_last_line_decides() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    for dir in ["objects", "refs", "info"] {
        fs::create_dir_all(top.join(".git").join(dir)).unwrap();
    }
    fs::write(top.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let config = "[filter \"lfs\"]\nprocess = run\n[core]\nattributesFile = /nowhere\n";
    fs::write(top.join(".git/config"), config).unwrap();
    fs::create_dir(top.join("sub")).unwrap();
    let text = "[attr]large filter=lfs -text\n*.txt text\n*.png binary\n*.bin large\n\
                *.b2 large\n*.b2 -filter\n*.none filter=nobody\n*.id ident\n*.eol eol=lf\n\
                *.utf working-tree-encoding=UTF-16\n\"q\\\"\\141\" text=auto\n!*.x text\n*.bom text\n";
    fs::write(top.join(".gitattributes"), text).unwrap();
    fs::write(
        top.join("sub/.gitattributes"),
        "a.txt -text\n/b.txt !text\n",
    )
    .unwrap();
    fs::write(top.join(".git/info/attributes"), "*.bom -text\n").unwrap();
    let repository = Repository::at(&top).unwrap().unwrap();
    let mut attributes = Attributes::of(&repository).unwrap();
    for (path, is_opaque, line_ends, ident) in [
        ("a", false, false, false),
        ("a.txt", false, true, false),
        ("x/a.txt", false, true, false),
        ("sub/a.txt", false, false, false),
        ("sub/x/a.txt", false, false, false),
        ("sub/b.txt", false, false, false),
        ("sub/x/b.txt", false, true, false),
        ("a.png", false, false, false),
        ("a.bin", true, false, false),
        ("a.b2", false, false, false),
        ("a.none", false, false, false),
        ("a.id", false, false, true),
        ("a.eol", false, true, false),
        ("a.utf", true, false, false),
        ("q\"a", false, true, false),
        ("a.x", false, false, false),
        ("a.bom", false, false, false),
    ] {
        let expected = Conversion {
            is_opaque,
            line_ends,
            ident,
        };
        let found = attributes.conversion(path.as_bytes()).unwrap();
        assert_eq!(found, expected, "{path}");
    }
}

use std::fs;

use super::super::config::quoted_settings;
use super::*;

/// The values of all settings in section `x` of a file and its includes.
fn values(dir: &Path, text: &str, branch: Option<&str>) -> Vec<String> {
    let file = dir.join("config");
    fs::write(&file, text).unwrap();
    let paths = RepositoryPaths {
        git_dir: dir,
        common_dir: dir,
        branch: branch.map(str::as_bytes),
    };
    let home = Home {
        home: Some(dir.join("home")),
        xdg: None,
    };
    let mut loader = Loader::new(
        &paths,
        &home,
        Some(vec![b"https://example.org/a/b".to_vec()]),
    );
    loader.file(Scope::Repository, &file, 0).unwrap();
    let values = loader.entries.into_iter();
    let values = values.filter(|(_, entry)| entry.section == b"x");
    let text = |value: Option<Vec<u8>>| String::from_utf8(value.unwrap_or_default()).unwrap();
    values.map(|(_, entry)| text(entry.value)).collect()
}

#[test]
fn includes_apply_in_place_if_their_condition_holds() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    fs::create_dir_all(top.join("home/sub")).unwrap();
    fs::write(top.join("other"), "[x]\nv = other\n").unwrap();
    fs::write(
        top.join("home/own"),
        "[x]\nv = own\n[include]\npath = sub/more\n",
    )
    .unwrap();
    fs::write(top.join("home/sub/more"), "[x]\nv = more\n").unwrap();
    let here = top.to_str().unwrap();
    let name = top.file_name().unwrap().to_str().unwrap();
    for (section, expected) in [
        ("include", true),
        ("includeIf \"onbranch:topic/\"", true),
        ("includeIf \"onbranch:topic\"", false),
        ("includeIf \"onbranch:*/x\"", true),
        (&format!("includeIf \"gitdir:{here}\""), true),
        (&format!("includeIf \"gitdir:{name}\""), true),
        (
            &format!("includeIf \"gitdir:{}\"", name.to_uppercase()),
            name == name.to_uppercase(),
        ),
        (
            &format!("includeIf \"gitdir/i:{}\"", name.to_uppercase()),
            true,
        ),
        ("includeIf \"gitdir:/nowhere/\"", false),
        ("includeIf \"gitdir:~/\"", false),
        (
            "includeIf \"hasconfig:remote.*.url:https://example.org/**\"",
            true,
        ),
        ("includeIf \"hasconfig:remote.*.url:ssh://**\"", false),
        ("includeIf \"newest:x\"", false),
        ("includeIf", false),
    ] {
        let text = format!("[x]\nv = first\n[{section}]\npath = other\n[x]\nv = last\n");
        let mut list = vec!["first", "last"];
        if expected {
            list.insert(1, "other");
        }
        assert_eq!(values(&top, &text, Some("topic/x")), list, "{section}");
    }
    let text = "[include]\npath = ~/own\npath = nowhere\n";
    assert_eq!(values(&top, text, None), ["own", "more"]);
}

#[test]
fn settings_of_the_environment_are_parsed() {
    let shown = |text: &str| -> Option<Vec<String>> {
        let entries = quoted_settings(text.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let shown = entries.iter().map(|entry| {
            let value = entry.value.as_deref().map(text);
            let subsection = entry.subsection.as_deref().map(text);
            format!(
                "{} {subsection:?} {} {value:?}",
                text(&entry.section),
                text(&entry.key)
            )
        });
        Some(shown.collect())
    };
    assert_eq!(
        shown("'core.IgnoreCase'='true' 'a.B.c'='it'\\''s' 'x.y'= 'x.z=1'").unwrap(),
        [
            "core None ignorecase Some(\"true\")",
            "a Some(\"B\") c Some(\"it's\")",
            "x None y None",
            "x None z Some(\"1\")",
        ]
    );
    assert_eq!(shown("").unwrap(), [""; 0]);
    assert_eq!(shown("'a.b"), None);
    assert_eq!(shown("nonsense"), None);
}

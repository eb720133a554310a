//! The page of `scan -f html` in a real browser.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Browser, Tree, skipped};

/// Names that are markup, a script, an attribute, and no text.
const HOSTILE: [&[u8]; 6] = [
    b"<img src=x onerror='document.title=1'>",
    b"</script><script>document.title=1</script>",
    b"<!--<script>",
    b"\" onfocus=document.title=1 autofocus x=\"",
    b"javascript:document.title=1",
    b"\xe2\x80\xaegnp.\xff",
];

fn tree() -> Tree {
    let tree = Tree::new();
    for (number, name) in HOSTILE.iter().enumerate() {
        let name = name
            .iter()
            .map(|byte| if *byte == b'/' { b'_' } else { *byte });
        let name: Vec<u8> = name.collect();
        for dir in ["a/", "b/"] {
            let path = [dir.as_bytes(), &name].concat();
            let path = std::os::unix::ffi::OsStrExt::from_bytes(&path[..]);
            let path: &std::ffi::OsStr = path;
            tree.file(path, format!("hostile {number}"));
        }
    }
    // A picture of one red dot.
    let picture = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>";
    tree.files(&["a/dot #1?.svg", "b/dot.svg", "b/é/dot.svg"], picture);
    for number in 0..120 {
        let content = "x".repeat(1000 + number);
        tree.files(
            &[&format!("a/{number}.txt"), &format!("b/{number}.txt")],
            content,
        );
    }
    tree
}

/// Opens the page of a scan of the tree, which lies in a directory of its own.
fn opened(tree: &Tree) -> Option<Browser> {
    tree.scan(&["a", "b", "-f", "html", "-o", "out/page.html"])
        .succeeds();
    let browser = Browser::start(&tree.path("out"), false);
    if browser.is_none() {
        skipped("there is no chromedriver");
    }
    let browser = browser?;
    browser.open(&tree.path("out/page.html"));
    Some(browser)
}

fn set(browser: &Browser, id: &str, property: &str, value: &Value) {
    browser.run(&format!(
        "const e = document.getElementById('{id}'); e.{property} = {value}; \
         e.dispatchEvent(new Event('input'))"
    ));
}

/// The paths that are shown, a list for each group.
fn shown(browser: &Browser) -> Value {
    browser.run(
        "return [...document.querySelectorAll('.group')].map(group => \
         [...group.querySelectorAll('li > div > .path')].map(path => path.textContent))",
    )
}

fn wait_for(path: &Path) -> Vec<u8> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match fs::read(path) {
            Ok(bytes) if !bytes.is_empty() => return bytes,
            _ => assert!(Instant::now() < end, "{} did not come", path.display()),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn no_name_is_markup_and_nothing_else_is_loaded() {
    let tree = tree();
    fs::create_dir(tree.path("out")).unwrap();
    let Some(browser) = opened(&tree) else {
        return;
    };
    set(&browser, "length", "value", &json!("200"));
    set(&browser, "pictures", "checked", &json!(true));
    assert_eq!(browser.run("return document.title"), "Duplicate files");
    let shown = shown(&browser).to_string();
    for name in [
        "a/<img src=x onerror='document.title=1'>",
        "a/<_script><script>document.title=1<_script>",
        "a/<!--<script>",
        "a/javascript:document.title=1",
        "a/\\\\u{202e}gnp.\u{fffd}",
    ] {
        assert!(shown.contains(name), "{name} in {shown}");
    }
    // Its own: the two of the page, and those of three pictures.
    let made = "return [document.scripts.length, document.images.length, \
                document.querySelectorAll('iframe, object, embed, link').length]";
    assert_eq!(browser.run(made), json!([1, 3, 0]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn groups_are_searched_sorted_and_turned_page_by_page() {
    let tree = tree();
    fs::create_dir(tree.path("out")).unwrap();
    let Some(browser) = opened(&tree) else {
        return;
    };
    assert_eq!(shown(&browser).as_array().unwrap().len(), 50);
    assert_eq!(shown(&browser)[0], json!(["a/119.txt", "b/119.txt"]));
    browser.run("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'n' }))");
    assert_eq!(shown(&browser)[0], json!(["a/69.txt", "b/69.txt"]));
    set(&browser, "sort", "value", &json!("copies"));
    assert_eq!(shown(&browser)[0].as_array().unwrap().len(), 3);
    set(&browser, "search", "value", &json!("/11"));
    set(&browser, "sort", "value", &json!("path"));
    let names = [11, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119];
    let names = names.map(|n| json!([format!("a/{n}.txt"), format!("b/{n}.txt")]));
    assert_eq!(shown(&browser), json!(names));
    set(&browser, "search", "value", &json!(""));
    // The copies that go are below b; a tile leads on to its groups.
    let place = browser.run("return document.getElementById('place').textContent");
    // 120 of 1,000 bytes and more, two pictures, six of nine bytes: 127,318 bytes.
    assert_eq!(place, "b: 124.3 KiB Up");
    browser.run(
        "[...document.querySelectorAll('#map button')]\
         .find(tile => tile.textContent.startsWith('é ')).click()",
    );
    let dots = ["a/dot #1?.svg", "b/dot.svg", "b/é/dot.svg"];
    assert_eq!(shown(&browser), json!([dots]));
    browser.run("document.querySelector('#place button').click()");
    set(&browser, "type", "value", &json!("pictures"));
    set(&browser, "pictures", "checked", &json!(true));
    let loaded = "return Promise.all([...document.images].map(image => image.decode()))\
                  .then(() => [...document.images].map(image => image.naturalWidth))";
    assert_eq!(browser.run(loaded), json!([8, 8, 8]));
}

#[test]
fn marks_are_saved_as_a_report_that_remove_takes() {
    let tree = tree();
    fs::create_dir(tree.path("out")).unwrap();
    let Some(browser) = opened(&tree) else {
        return;
    };
    // Of the pictures the last one is kept; of the rest nothing is touched but
    // one pair, whose other file is kept.
    set(&browser, "search", "value", &json!("dot"));
    let click = |at: usize| {
        browser.run(&format!(
            "document.querySelectorAll('.group li input')[{at}].click()"
        ));
    };
    click(2);
    click(0);
    let boxes = "return [...document.querySelectorAll('.group li input')].map(box => \
                 [box.checked, box.disabled])";
    let last_is_kept = json!([[false, false], [false, false], [true, true]]);
    assert_eq!(browser.run(boxes), last_is_kept);
    set(&browser, "search", "value", &json!("/42.txt"));
    click(1);
    click(0);
    set(&browser, "search", "value", &json!(""));
    set(&browser, "length", "value", &json!("1000"));
    browser.run(
        "for (const group of document.querySelectorAll('.group')) { \
         if (!/dot|42\\.txt/.test(group.textContent)) group.querySelector('label input').click() }",
    );
    browser.run("document.getElementById('save').click()");
    let report: Value = serde_json::from_slice(&wait_for(&tree.path("out/marked.json"))).unwrap();
    assert_eq!(report["groups"].as_array().unwrap().len(), 2);
    let before = tree.scan(&["a", "b"]).json().run().report().groups().len();
    tree.nodupe(["remove", "--report", "out/marked.json", "--yes"])
        .env("XDG_STATE_HOME", tree.path("state").to_str().unwrap())
        .exits(0);
    for (path, is_there) in [
        ("a/dot #1?.svg", false),
        ("b/dot.svg", false),
        ("b/é/dot.svg", true),
        ("a/42.txt", false),
        ("b/42.txt", true),
        ("a/41.txt", true),
        ("b/41.txt", true),
    ] {
        assert_eq!(tree.path(path).exists(), is_there, "{path}");
    }
    assert_eq!(
        tree.scan(&["a", "b"]).json().run().report().groups().len(),
        before - 2
    );
}

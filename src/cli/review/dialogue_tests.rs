use super::super::model::{Event, Given};
use super::super::testing::{found, now};
use super::*;

fn model() -> Model {
    let given = Given {
        leave: 1,
        ..Given::default()
    };
    let mut model = Model::new(given, now(), (80, 24));
    model.update(Event::Found(vec![
        found(2_000_000, &["a/film.mkv", "b/film.mkv", "c/film.mkv"]),
        found(3_000, &["a/\u{202e}\u{1b}", "b/note"]),
    ]));
    model
}

fn said(model: &mut Model, line: &str) -> String {
    command(model, line.as_bytes()).lines.join("\n")
}

#[test]
fn a_group_is_told_in_sentences() {
    let mut model = model();
    assert_eq!(
        greeting(&model).join("\n"),
        "\
nodupe review: 2 groups, 3.8 MiB redundant. help lists the commands.
Group 1 of 2: 3 copies of 1.9 MiB, 3.8 MiB to free, video.
1: a/film.mkv. 1.9 MiB, modified 40 d ago, suggested to keep: it is the oldest.
2: b/film.mkv. 1.9 MiB, modified 41 d ago, redundant.
3: c/film.mkv. 1.9 MiB, modified 42 d ago, redundant."
    );
    assert_eq!(
        said(&mut model, ""),
        "\
Group 2 of 2: 2 copies of 2.9 KiB, 2.9 KiB to free, other.
1: a/\\u{202e}\\x1b. 2.9 KiB, modified 40 d ago, suggested to keep: it is the oldest.
2: b/note. 2.9 KiB, modified 41 d ago, redundant."
    );
    assert!(said(&mut model, "next").contains("the last one"));
    assert!(said(&mut model, "go 1").starts_with("Group 1 "));
    assert!(said(&mut model, "prev").contains("the first group"));
}

#[test]
fn commands_mark_copies() {
    let mut model = model();
    for (line, expected) in [
        ("remove 2", "Marked: 1 remove · frees 1.9 MiB."),
        ("r 1-3", "2 copies stay"),
        ("undo", "taken back: the mark remove"),
        ("redo", "made again: the mark remove"),
        ("clear", "Nothing is marked."),
        (
            "link",
            "2 copies marked: link\nMarked: 2 link · frees 3.8 MiB.",
        ),
        ("keep 3", "Marked: 1 link, 1 keep"),
        ("remove 4", "by their numbers"),
        ("remove x", "by their numbers"),
        ("remove 0", "by their numbers"),
        ("move 2", "to DIR says first"),
        ("frobnicate", "no such command"),
        ("rule newest", "For example"),
        ("under remove", "For example"),
        ("type", "Group 1 of 2"),
        ("type x", "The types are"),
        ("sort x", "sort takes"),
        ("show x", "show takes"),
        ("text", "missing"),
    ] {
        let said = said(&mut model, line);
        if line == "r 1-3" {
            assert!(said.contains("1 copy stays, so that one"), "{said}");
        } else {
            assert!(said.contains(expected), "{line}: {said}");
        }
    }
}

#[test]
fn rules_and_filters_are_commands_too() {
    let mut model = model();
    assert!(said(&mut model, "filter NOTE").contains("Group 1 of 1"));
    assert!(said(&mut model, "rule oldest dedupe").contains("Marked: 1 dedupe, 1 keep"));
    assert!(said(&mut model, "filter").contains("Group 1 of 2"));
    assert!(said(&mut model, "in c").contains("Group 1 of 1"));
    assert!(said(&mut model, "in").contains("Group 1 of 2"));
    assert!(said(&mut model, "type video").contains("Group 1 of 1"));
    assert!(said(&mut model, "type").contains("Group 1 of 2"));
    assert!(said(&mut model, "show marked").contains("Group 1 of 1"));
    assert!(said(&mut model, "show all").contains("Group 1 of 2"));
    assert!(said(&mut model, "under remove b").contains("Marked: 3 remove, 2 keep"));
    assert!(said(&mut model, "sort size").contains("film"));
}

#[test]
fn some_commands_are_for_the_terminal() {
    let mut model = model();
    let mut next = |line: &str| command(&mut model, line.as_bytes()).next;
    assert_eq!(next("apply"), Next::Ask);
    assert_eq!(next("quit"), Next::Do(Effect::Quit));
    assert_eq!(next("remove 2"), Next::Ask);
    assert_eq!(next("quit"), Next::Ask, "the marks are not saved");
    assert_eq!(next("quit"), Next::Do(Effect::Quit));
    assert_eq!(next("apply"), Next::Do(Effect::Apply));
    assert_eq!(
        next("save a b.json"),
        Next::Do(Effect::Save("a b.json".into()))
    );
    assert_eq!(next("wait"), Next::Wait);
    let copy = Copy { group: 0, file: 1 };
    assert_eq!(next("hex 2"), Next::Show(copy, PaneKind::Hex));
    assert_eq!(next("move 2"), Next::Ask);
    assert_eq!(next("to /x"), Next::Ask);
    assert_eq!(next("move 2"), Next::Ask);
    assert_eq!(model.store.mark(copy), Mark::Move);
    model.update(Event::Feed(Feed::Running {
        files: 1,
        bytes_read: 1,
        bytes_to_read: 1,
    }));
    assert_eq!(command(&mut model, b"apply").next, Next::Ask);
}

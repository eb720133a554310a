use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::testing::{found, names, now};
use super::*;

fn model(sizes: &[(u64, usize)]) -> Model {
    let given = Given {
        leave: 1,
        ..Given::default()
    };
    let mut model = Model::new(given, now(), (80, 24));
    let groups = sizes
        .iter()
        .map(|&(size, copies)| found(size, &names(copies)));
    model.update(Event::Found(groups.collect()));
    model
}

fn keys(model: &mut Model, keys: &str) -> Option<Effect> {
    let mut effect = None;
    for key in keys.chars() {
        effect = model.update(Event::Key(match key {
            '\n' => Key::Enter,
            '\x1b' => Key::Escape,
            key => Key::Char(key),
        }));
        model.settle();
    }
    effect
}

fn at(model: &Model) -> (usize, u32) {
    (model.cursor.at, model.cursor.line)
}

fn marks(model: &Model, group: u32) -> Vec<&'static str> {
    let marks = model.store.marks(group).into_iter();
    marks.map(|mark| mark.name().unwrap_or("-")).collect()
}

#[test]
fn the_cursor_goes_through_groups_and_copies() {
    let mut model = model(&[(90, 2), (20, 3), (10, 2)]);
    for (typed, expected) in [
        ("k", (0, 0)),
        ("j", (0, 1)),
        ("jj", (1, 0)),
        ("k", (0, 2)),
        ("n", (1, 0)),
        ("jn", (2, 0)),
        ("n", (2, 0)),
        ("N", (1, 0)),
        ("jN", (1, 0)),
        ("G", (2, 2)),
        ("j", (2, 2)),
        ("g", (0, 0)),
    ] {
        keys(&mut model, typed);
        assert_eq!(at(&model), expected, "{typed}");
    }
    model.update(Event::Key(Key::PageDown));
    assert_eq!(at(&model), (2, 2));
    model.update(Event::Click(3, 3));
    assert_eq!(at(&model), (0, 1));
    model.update(Event::Click(3, 23));
    assert_eq!(at(&model), (0, 1));
    model.update(Event::Wheel { down: true });
    assert_eq!(at(&model), (1, 1));
}

#[test]
fn keys_mark_copies_groups_and_ranges() {
    let mut model = model(&[(90, 2), (20, 3), (10, 2)]);
    // In the line of a group: all that is redundant.
    keys(&mut model, "R");
    assert_eq!(marks(&model, 0), ["keep", "remove"]);
    assert_eq!(at(&model), (1, 0), "and on to the next group");
    keys(&mut model, "jjL");
    assert_eq!(marks(&model, 1), ["-", "link", "-"]);
    keys(&mut model, "D");
    assert_eq!(marks(&model, 1), ["-", "link", "dedupe"]);
    assert_eq!(at(&model), (2, 0));
    keys(&mut model, " ");
    assert_eq!(marks(&model, 2), ["keep", "remove"]);
    keys(&mut model, " ");
    assert_eq!(marks(&model, 2), ["-", "-"]);
    // A range over everything: one copy of each stays, rather the suggested one.
    keys(&mut model, "gvGR");
    for (group, expected) in [
        (0, &["keep", "remove"][..]),
        (1, &["-", "remove", "remove"]),
        (2, &["-", "remove"]),
    ] {
        assert_eq!(marks(&model, group), expected);
    }
    let message = model.message.clone().unwrap();
    assert!(
        message.contains("3 copies stay, so that one of each group does"),
        "{message}"
    );
    keys(&mut model, "u");
    assert_eq!(marks(&model, 2), ["-", "-"]);
    assert_eq!(marks(&model, 1), ["-", "link", "dedupe"]);
    keys(&mut model, "U");
    assert_eq!(marks(&model, 2), ["-", "remove"]);
    keys(&mut model, "gvGc");
    assert!(!model.store.has_marks());
}

#[test]
fn the_last_copy_cannot_be_marked() {
    let mut model = model(&[(30, 2)]);
    keys(&mut model, "jRR");
    assert_eq!(marks(&model, 0), ["remove", "-"]);
    assert_eq!(
        model.message.as_deref(),
        Some("a copy has to stay: keep another one first (K)")
    );
}

#[test]
fn rules_mark_all_groups_that_are_shown() {
    let mut model = model(&[(90, 2), (20, 3), (10, 2)]);
    keys(&mut model, "/n2\n");
    assert_eq!(model.shown.list().len(), 1);
    keys(&mut model, "aol");
    assert_eq!(marks(&model, 1), ["link", "link", "keep"]);
    assert_eq!(marks(&model, 0), ["-", "-"], "it was not shown");
    keys(&mut model, "\x1b");
    assert_eq!(model.shown.list().len(), 3);
    keys(&mut model, "asr");
    assert_eq!(marks(&model, 0), ["keep", "remove"]);
    assert_eq!(marks(&model, 1), ["keep", "remove", "remove"]);
    keys(&mut model, "ac");
    assert!(!model.store.has_marks());
    // Any other key chooses nothing.
    keys(&mut model, "ax");
    keys(&mut model, "aox");
    assert!(!model.store.has_marks() && model.mode == Mode::List);
}

#[test]
fn copies_under_a_directory_are_kept_by_its_name() {
    let mut model = model(&[]);
    model.update(Event::Found(vec![found(9, &["a/x", "b/c/x", "b/y"])]));
    keys(&mut model, "jjau");
    assert!(matches!(&model.mode, Mode::Prompt(prompt) if prompt.text == "b/c"));
    model.update(Event::Key(Key::Backspace));
    keys(&mut model, "\nr");
    assert_eq!(marks(&model, 0), ["remove", "keep", "keep"]);
    keys(&mut model, "jd\n");
    assert_eq!(model.shown.list().len(), 1);
    assert_eq!(model.filter().under.as_deref(), Some("b".as_ref()));
}

#[test]
fn moving_asks_where_to() {
    let mut model = model(&[(30, 2)]);
    keys(&mut model, "jjM");
    assert!(matches!(model.mode, Mode::Prompt(_)));
    keys(&mut model, "/x\n");
    assert_eq!(marks(&model, 0), ["-", "move"]);
    assert_eq!(model.to.as_deref(), Some("/x".as_ref()));
}

#[test]
fn leaving_and_acting_ask_again_where_something_is_lost() {
    let mut model = model(&[(30, 2)]);
    assert_eq!(keys(&mut model, "x"), None);
    assert_eq!(keys(&mut model, "q"), Some(Effect::Quit));
    keys(&mut model, "R");
    assert_eq!(keys(&mut model, "q"), None);
    assert_eq!(keys(&mut model, "jq"), None, "it is not the second time");
    assert_eq!(keys(&mut model, "q"), Some(Effect::Quit));
    assert_eq!(keys(&mut model, "x"), Some(Effect::Apply));
    let running = Feed::Running {
        files: 1,
        bytes_read: 0,
        bytes_to_read: 0,
    };
    model.update(Event::Feed(running));
    assert_eq!(keys(&mut model, "x"), None);
    assert_eq!(keys(&mut model, "x"), Some(Effect::Apply));
    assert_eq!(keys(&mut model, "w"), None);
    assert_eq!(
        keys(&mut model, "\n"),
        Some(Effect::Save("review.json".into()))
    );
    model.saved("review.json".into());
    assert_eq!(
        keys(&mut model, "w"),
        Some(Effect::Save("review.json".into()))
    );
    assert_eq!(keys(&mut model, "q"), Some(Effect::Quit));
    assert_eq!(
        model.update(Event::Key(Key::Ctrl('c'))),
        Some(Effect::Interrupt)
    );
}

#[test]
fn the_cursor_stays_with_its_group_while_groups_arrive() {
    let mut model = model(&[(30, 2), (10, 2)]);
    // Nobody looked at it yet: the largest is what one begins with.
    model.update(Event::Found(vec![found(50, &names(2))]));
    assert_eq!(model.group_at_cursor(), Some(2));
    keys(&mut model, "Gk");
    assert_eq!((model.group_at_cursor(), model.cursor.line), (Some(1), 1));
    model.update(Event::Found(vec![
        found(20, &names(2)),
        found(5, &names(4)),
    ]));
    assert_eq!((model.group_at_cursor(), model.cursor.line), (Some(1), 1));
    keys(&mut model, "o");
    assert_eq!(model.group_at_cursor(), Some(1), "also in another order");
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => "[kjnNgGKRLDM cvauUosodtmp\\[\\]wxq?/rlb1]".prop_map(|key| {
            Event::Key(Key::Char(key.chars().next().unwrap_or(' ')))
        }),
        2 => prop_oneof![
            Just(Key::Enter), Just(Key::Escape), Just(Key::PageUp), Just(Key::PageDown),
            Just(Key::Home), Just(Key::End), Just(Key::Backspace), Just(Key::Ctrl('u')),
        ].prop_map(Event::Key),
        1 => (0..210_u16, 0..70_u16).prop_map(|(x, y)| Event::Click(x, y)),
        1 => any::<bool>().prop_map(|down| Event::Wheel { down }),
        2 => (0..210_u16, 0..70_u16).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => (1..100_u64, 1..6_usize).prop_map(|(size, copies)| {
            Event::Found(vec![found(size, &names(copies))])
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, on a screen of any size: nothing panics, the cursor is on a
    /// row and on the screen, and one copy of each group stays.
    #[test]
    fn any_events_on_any_screen(events in proptest::collection::vec(event(), 0..120)) {
        let mut model = model(&[(30, 2), (20, 3)]);
        for event in events {
            model.update(event);
            model.settle();
            let (width, height) = model.layout.size();
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            super::super::view::draw(&mut buffer, &model, true);
            if let Some(group) = model.group_at_cursor() {
                prop_assert!(model.cursor.line <= model.store.copies(group));
                let lines = model.layout.list_lines();
                let is_seen = model.rows_from(model.top, lines).any(|row| row == model.cursor);
                prop_assert!(is_seen || lines == 0);
            } else {
                prop_assert!(model.shown.list().is_empty());
            }
            for group in 0..model.store.len() as u32 {
                let marks = model.store.marks(group);
                prop_assert!(marks.iter().any(|mark| !mark.acts()));
            }
        }
    }
}

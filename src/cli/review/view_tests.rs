//! Snapshots of the screen, at the usual size and at a large one.

use std::time::{Duration, Instant};

use ratatui::layout::Rect;

use super::super::keys::Key;
use super::super::model::{Event, Feed, Given};
use super::super::pane::Preview;
use super::super::store::Found;
use super::super::testing::{found, now};
use super::*;

/// A few groups of different kinds, with hostile names among them.
pub(super) fn model(size: (u16, u16)) -> Model {
    let given = Given {
        leave: 1,
        ..Given::default()
    };
    let mut model = Model::new(given, now(), size);
    model.update(Event::Found(groups()));
    model
}

fn groups() -> Vec<Found> {
    let deep = "Archive/of everything/from the old machine/2009/that has long/been replaced";
    let mut linked = found(
        45_000,
        &["src/main.c", "old/src/main.c", "old/src/main (1).c"],
    );
    linked.group.files[1].links = 3;
    linked.group.files[1].hard_links = vec!["old/main.c".into()];
    linked.group.files[0].reference = true;
    linked.group.keep_reason = Some("it is a reference");
    vec![
        found(
            734_003_200,
            &[
                "Films/Nosferatu.mkv".to_owned(),
                format!("{deep}/Nosferatu (1922).mkv"),
            ],
        ),
        found(
            6_200_000,
            &[
                "Photos/2019/IMG_0001.jpg",
                "Phone/IMG_0001.jpg",
                "Desktop/IMG_0001 (1).jpg",
            ],
        ),
        linked,
        found(
            1_234,
            &[
                "evil/\u{1b}[31mred\u{202e}gpj.exe",
                "evil/two\nlines",
                "evil/日本語\t.txt",
            ],
        ),
    ]
}

fn press(model: &mut Model, keys: &str) {
    for key in keys.chars() {
        model.update(Event::Key(match key {
            '\n' => Key::Enter,
            key => Key::Char(key),
        }));
    }
    model.settle();
}

fn screen(model: &Model) -> String {
    let (width, height) = model.layout.size();
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(&mut buffer, model, false);
    let mut text = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += (symbol.width() as u16).max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[test]
fn the_usual_screen() {
    let mut model = model((80, 24));
    press(&mut model, "nRjjR");
    let screen = screen(&model);
    insta::assert_snapshot!("review_80x24", screen);
    let readme = include_str!("../../../README.md");
    assert!(
        readme.contains(&format!("```text\n{screen}```\n")),
        "README shows another screen"
    );
}

#[test]
fn a_large_screen_with_the_text_of_a_file() {
    let mut model = model((200, 60));
    model.update(Event::Feed(Feed::Running {
        files: 123_456,
        bytes_read: 5 << 30,
        bytes_to_read: 17 << 30,
    }));
    press(&mut model, "Gp");
    let copy = model.wanted_preview().unwrap();
    let bytes = b"plain\ttext\n\x1b]0;title\x07\n\xff\xfe binary\n";
    let preview = Preview {
        bytes: Ok(bytes.to_vec()),
        stat: None,
    };
    model.update(Event::Preview(copy, preview));
    insta::assert_snapshot!("review_200x60", screen(&model));
    press(&mut model, "p");
    assert!(screen(&model).contains("1b 5d 30 3b"));
    press(&mut model, "p");
    assert!(screen(&model).contains("Path      evil/日本語\\t.txt"));
}

#[test]
fn the_keys() {
    let mut model = model((80, 50));
    press(&mut model, "?");
    insta::assert_snapshot!("review_keys", screen(&model));
}

#[test]
fn nothing_is_told_by_color_alone() {
    let mut model = model((80, 24));
    press(&mut model, "R");
    let mut colored = Buffer::empty(Rect::new(0, 0, 80, 24));
    draw(&mut colored, &model, true);
    let mut plain = Buffer::empty(Rect::new(0, 0, 80, 24));
    draw(&mut plain, &model, false);
    assert_ne!(colored, plain);
    for (one, other) in colored.content.iter().zip(&plain.content) {
        assert_eq!(one.symbol(), other.symbol());
        assert_eq!(other.fg, Color::Reset);
        assert_eq!(other.bg, Color::Reset);
    }
}

#[test]
fn messages_and_prompts_are_in_the_last_line() {
    for (keys, expected) in [
        ("", "? keys  Space remove"),
        ("/film", "Filter: film_"),
        ("a", "Keep in 4 groups: s suggested o oldest"),
        ("ao", "And the others: r remove  l link"),
        ("x", "nothing is marked"),
        ("M", "Move to directory: _"),
        ("w", "Save marks in: review.json_"),
        ("v", "range: move to its other end"),
        ("vj", "Range: R remove"),
        ("u", "there are no marks to take back"),
        ("y", "? shows the keys"),
    ] {
        let mut model = model((80, 24));
        press(&mut model, keys);
        let screen = screen(&model);
        let last = screen.lines().last().unwrap();
        assert!(last.starts_with(expected), "{keys}: {last}");
    }
}

#[test]
fn no_character_of_a_name_or_a_file_reaches_the_terminal() {
    let mut model = model((120, 40));
    press(&mut model, "Gp");
    let every: Vec<u8> = (0..=255).collect();
    let copy = model.wanted_preview().unwrap();
    let preview = Preview {
        bytes: Ok(every),
        stat: None,
    };
    model.update(Event::Preview(copy, preview));
    model.message = Some("\u{1b}[2J".to_owned());
    for _ in 0..3 {
        let screen = screen(&model);
        let acts = |c: char| c.is_control() && c != '\n' || ('\u{200b}'..='\u{202e}').contains(&c);
        assert!(!screen.contains(acts), "{screen}");
        press(&mut model, "p");
    }
}

#[test]
fn paths_are_cut_where_they_do_not_differ() {
    for (path, width, expected) in [
        ("a/b/c", 5, "a/b/c"),
        ("a/b/cd", 5, "…b/cd"),
        ("日本/語", 5, "…/語"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
    ] {
        assert_eq!(shortened(path, width), expected);
    }
    assert_eq!(cut("abcdef", 4), "abc…");
    assert_eq!(cut("日本語", 4), "日…");
}

/// The shortest of several times that something took.
fn time(mut work: impl FnMut()) -> Duration {
    let times = (0..9).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    times.min().unwrap()
}

/// Draws after each of the usual keys; returns the longest of the shortest times.
fn slowest_frame(groups: u64, tells: bool) -> Duration {
    let mut model = Model::new(Given::default(), now(), (200, 60));
    let dir = "home/user/Pictures/holidays/2019/a directory with a long name";
    for portion in 0..groups.div_ceil(10_000) {
        let numbers = portion * 10_000..groups.min((portion + 1) * 10_000);
        let groups = numbers.map(|n| {
            found(
                n % 977 + 1,
                &[
                    format!("{dir}/IMG_{n}.jpg"),
                    format!("backup/{dir}/IMG_{n}.jpg"),
                ],
            )
        });
        model.update(Event::Found(groups.collect()));
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let mut slowest = Duration::ZERO;
    for key in [
        Key::Down,
        Key::PageDown,
        Key::End,
        Key::PageUp,
        Key::Up,
        Key::Char('R'),
        Key::Home,
    ] {
        let took = time(|| {
            model.update(Event::Key(key));
            model.settle();
            draw(&mut buffer, &model, true);
        });
        slowest = slowest.max(took);
        if tells {
            eprintln!("{key:?}: {took:?}");
        }
    }
    if tells {
        for keys in ["/IMG_99", "5", "\x1b", "o", "o", "aor", "u"] {
            let began = Instant::now();
            for key in keys.chars() {
                let key = if key == '\x1b' {
                    Key::Escape
                } else {
                    Key::Char(key)
                };
                model.update(Event::Key(key));
            }
            model.settle();
            draw(&mut buffer, &model, true);
            eprintln!(
                "{keys:?}: {:?}, {} shown",
                began.elapsed(),
                model.shown.list().len()
            );
        }
    }
    slowest
}

/// `NODUPE_TEST_GROUPS=1000000` measures so many.
#[test]
fn a_frame_costs_what_it_shows_however_many_groups_there_are() {
    let asked = std::env::var("NODUPE_TEST_GROUPS").ok();
    let groups = asked
        .as_ref()
        .map_or(20_000, |number| number.parse().unwrap());
    let few = slowest_frame(200, false);
    let many = slowest_frame(groups, asked.is_some());
    assert!(
        many < 5 * few + Duration::from_millis(5),
        "{few:?} for 200, {many:?} for {groups}"
    );
}

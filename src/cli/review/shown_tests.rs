use proptest::prelude::*;

use super::super::store::Copy;
use super::super::testing::{found, names};
use super::*;
use crate::report::session::Mark;

fn store() -> Store {
    let mut store = Store::new(1);
    for (size, paths) in [
        (10, &["b/x.jpg", "a/y.jpg"][..]),
        (70, &["a/film.mkv", "b/film.mkv"]),
        (9, &["a/Notes.txt", "c/n", "c/d/m"]),
        (10, &["top", "b/top"]),
    ] {
        store.push(found(size, paths));
    }
    store
}

fn shown(store: &Store, filter: Filter) -> Vec<u32> {
    let mut shown = Shown::default();
    shown.insert(store, 0..store.len() as u32);
    shown.set_filter(store, filter);
    shown.list().to_vec()
}

#[test]
fn each_order_has_its_first_group() {
    let store = store();
    for (order, expected) in [
        (Order::Waste, [1, 2, 0, 3]),
        (Order::Directory, [3, 1, 2, 0]),
        (Order::Type, [0, 1, 2, 3]),
        (Order::Size, [1, 0, 3, 2]),
        (Order::Copies, [2, 1, 0, 3]),
    ] {
        let mut shown = Shown::default();
        shown.insert(&store, 0..4);
        shown.sort(&store, order);
        assert_eq!(shown.list(), expected, "{}", order.name());
    }
}

#[test]
fn filters_find_text_type_directory_and_decisions() {
    let mut store = store();
    store.mark_all("m", [(Copy { group: 2, file: 1 }, Mark::Remove)]);
    let text = |text: &str| Filter {
        text: text.to_owned(),
        ..Filter::default()
    };
    for (filter, expected) in [
        (text(""), &[1, 2, 0, 3][..]),
        (text("notes"), &[2]),
        (text("FILM"), &[1]),
        (text("."), &[1, 2, 0]),
        (text("[a"), &[]),
        (
            Filter {
                file_type: Some(FileType::of(Path::new("x.png"))),
                ..Filter::default()
            },
            &[0],
        ),
        (
            Filter {
                under: Some("c".into()),
                ..Filter::default()
            },
            &[2],
        ),
        (
            Filter {
                decided: Decided::Marked,
                ..Filter::default()
            },
            &[2],
        ),
        (
            Filter {
                decided: Decided::Unmarked,
                ..Filter::default()
            },
            &[1, 0, 3],
        ),
    ] {
        assert_eq!(shown(&store, filter.clone()), expected, "{filter:?}");
    }
}

#[test]
fn a_wider_filter_brings_groups_back() {
    let store = store();
    let mut shown = Shown::default();
    shown.insert(&store, 0..4);
    for (text, expected) in [
        ("f", &[1][..]),
        ("film", &[1]),
        ("fi", &[1]),
        ("", &[1, 2, 0, 3]),
    ] {
        let filter = Filter {
            text: text.to_owned(),
            ..Filter::default()
        };
        shown.set_filter(&store, filter);
        assert_eq!(shown.list(), expected, "{text:?}");
    }
}

proptest! {
    /// Groups that arrive in portions are where sorting all of them puts them.
    #[test]
    fn merged_groups_are_sorted_groups(
        groups in proptest::collection::vec((1..20_u64, 2..5_usize), 0..40),
        portions in proptest::collection::vec(0..9_u32, 0..12),
        order in 0..Order::ALL.len(),
        text in "[n0-3]{0,2}",
    ) {
        let mut store = Store::new(1);
        let mut shown = Shown::default();
        shown.sort(&store, Order::ALL[order]);
        shown.set_filter(&store, Filter { text, ..Filter::default() });
        let mut left = groups.iter();
        for portion in portions.into_iter().chain([100]) {
            let before = store.len() as u32;
            for &(size, copies) in left.by_ref().take(portion as usize) {
                store.push(found(size, &names(copies)));
            }
            shown.insert(&store, before..store.len() as u32);
        }
        let merged = shown.list().to_vec();
        let filter = shown.filter().clone();
        shown.set_filter(&store, Filter::default());
        shown.set_filter(&store, filter);
        shown.sort(&store, Order::ALL[order]);
        prop_assert_eq!(merged, shown.list());
    }
}

#[test]
fn a_path_is_in_a_directory_with_and_without_a_dot() {
    for (path, dir, expected) in [
        ("a/b", "a", true),
        ("./a/b", "a", true),
        ("a/b", "./a", true),
        ("ab/c", "a", false),
        ("/a/b", "/a", true),
        ("/a/b", "a", false),
        ("a/b", ".", true),
    ] {
        let found = is_under(Path::new(path), Path::new(dir));
        assert_eq!(found, expected, "{path} in {dir}");
    }
}

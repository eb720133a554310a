use proptest::prelude::*;

use super::super::testing::{found, names};
use super::*;

fn copy(group: u32, file: u32) -> Copy {
    Copy { group, file }
}

/// Three groups: of two and three copies, and one with a reference.
fn store(leave: usize) -> Store {
    let mut store = Store::new(leave);
    store.push(found(100, &["a", "b"]));
    store.push(found(10, &["c", "d", "e"]));
    let mut with_reference = found(1, &["f", "g"]);
    with_reference.group.files[0].reference = true;
    store.push(with_reference);
    store
}

#[test]
fn one_copy_stays_whatever_is_marked() {
    let mut store = store(1);
    let all = [copy(1, 0), copy(1, 1), copy(1, 2)];
    let marked = store.mark_all("all", all.map(|copy| (copy, Mark::Remove)));
    assert_eq!((marked.changed, marked.last), (2, 1));
    assert_eq!(
        store.marks(1),
        [Mark::Remove, Mark::Remove, Mark::None],
        "the last one stays"
    );
    // Another kind of act for one that does not stay anyway is fine.
    let marked = store.mark_all("link", [(copy(1, 0), Mark::Link)]);
    assert_eq!(marked.changed, 1);
    // Once another one stays, it can go.
    store.mark_all("keep", [(copy(1, 0), Mark::Keep)]);
    let marked = store.mark_all("last", [(copy(1, 2), Mark::Move)]);
    assert_eq!((marked.changed, marked.last), (1, 0));
}

#[test]
fn more_copies_stay_if_asked_for() {
    let mut store = store(2);
    let marked = store.mark_all("two", [(copy(0, 0), Mark::Remove)]);
    assert_eq!(marked.last, 1);
    let all = [copy(1, 0), copy(1, 1), copy(1, 2)];
    let marked = store.mark_all("three", all.map(|copy| (copy, Mark::Dedupe)));
    assert_eq!((marked.changed, marked.last), (1, 2));
}

#[test]
fn references_and_protected_copies_are_never_acted_on() {
    let mut store = store(1);
    let marked = store.mark_all("f", [(copy(2, 0), Mark::Link), (copy(2, 0), Mark::Keep)]);
    assert_eq!((marked.changed, marked.protected), (1, 1));
    let mut protected = found(5, &["x", "y"]);
    protected.protected = vec![false, true];
    store.push(protected);
    let marked = store.mark_all("y", [(copy(3, 1), Mark::Remove)]);
    assert_eq!(marked.protected, 1);
    assert!(store.is_protected(copy(3, 1)) && !store.is_protected(copy(3, 0)));
}

#[test]
fn sums_count_what_is_freed() {
    let mut store = store(1);
    store.mark_all("b", [(copy(0, 1), Mark::Remove), (copy(1, 1), Mark::Link)]);
    assert_eq!(
        store.sum(Mark::Remove),
        Sum {
            copies: 1,
            freed: 100
        }
    );
    assert_eq!(
        store.sum(Mark::Link),
        Sum {
            copies: 1,
            freed: 10
        }
    );
    // A name outside the group holds the blocks; sharing them frees them anyway.
    let mut linked = found(50, &["x", "y"]);
    linked.group.files[1].links = 2;
    store.push(linked);
    assert_eq!(store.waste(3), 0);
    store.mark_all("y", [(copy(3, 1), Mark::Remove)]);
    assert_eq!(
        store.sum(Mark::Remove),
        Sum {
            copies: 2,
            freed: 100
        }
    );
    store.mark_all("y", [(copy(3, 1), Mark::Dedupe)]);
    assert_eq!(
        store.sum(Mark::Dedupe),
        Sum {
            copies: 1,
            freed: 50
        }
    );
    assert_eq!(store.all_waste(), 100 + 20 + 1);
}

#[test]
fn marks_that_leave_nothing_are_not_taken_over() {
    let mut store = Store::new(1);
    let mut marked = found(1, &["a", "b"]);
    marked.marks = vec![Mark::Remove, Mark::Remove];
    store.push(marked);
    assert_eq!(store.marks(0), [Mark::Remove, Mark::None]);
}

#[test]
fn changes_are_taken_back_and_made_again_as_a_whole() {
    let mut store = store(1);
    store.mark_all("one", [(copy(0, 1), Mark::Remove)]);
    store.mark_all(
        "two",
        [(copy(0, 1), Mark::Keep), (copy(0, 0), Mark::Remove)],
    );
    assert_eq!(store.marks(0), [Mark::Remove, Mark::Keep]);
    assert_eq!(store.undo().as_deref(), Some("two"));
    assert_eq!(store.marks(0), [Mark::None, Mark::Remove]);
    assert_eq!(store.redo().as_deref(), Some("two"));
    assert_eq!(store.marks(0), [Mark::Remove, Mark::Keep]);
    assert_eq!(store.undo().as_deref(), Some("two"));
    assert_eq!(store.undo().as_deref(), Some("one"));
    assert_eq!(store.undo(), None);
    assert!(!store.has_marks());
    // A new change: what was taken back is forgotten.
    store.mark_all("three", [(copy(1, 1), Mark::Move)]);
    assert_eq!(store.redo(), None);
}

fn random_marks() -> impl Strategy<Value = Vec<(u32, u32, usize)>> {
    proptest::collection::vec((0..4_u32, 0..4_u32, 0..Mark::ALL.len()), 1..6)
}

proptest! {
    /// Whatever is marked and taken back: a copy of each group stays, protected ones
    /// stay, the sums are those of the marks, and undoing all restores the start.
    #[test]
    fn invariants_hold_after_every_step(
        leave in 1..3_usize,
        steps in proptest::collection::vec(prop_oneof![
            random_marks().prop_map(Some),
            Just(None),
        ], 0..20),
        redo in any::<bool>(),
    ) {
        let mut store = Store::new(leave);
        for size in 1..5 {
            let mut group = found(size, &names(size as usize));
            group.protected = (0..size).map(|at| at % 3 == 2).collect();
            store.push(group);
        }
        for step in steps {
            match step {
                Some(marks) => {
                    let marks = marks.into_iter().filter(|(group, file, _)| file <= group);
                    let marks: Vec<_> = marks.collect();
                    let marks = marks.iter().map(|&(group, file, mark)| {
                        (copy(group, file), Mark::ALL[mark])
                    });
                    store.mark_all("some", marks);
                }
                None if redo => _ = store.redo(),
                None => _ = store.undo(),
            }
            let mut sums = [Sum::default(); Mark::ALL.len()];
            for group in 0..4 {
                let marks = store.marks(group);
                let staying = marks.iter().filter(|mark| !mark.acts()).count();
                prop_assert!(staying >= leave.min(marks.len()));
                for of in store.copies_of(group) {
                    let mark = store.mark(of);
                    prop_assert!(!(mark.acts() && store.is_protected(of)));
                    if mark != Mark::None {
                        sums[mark as usize].copies += 1;
                    }
                    if mark.acts() {
                        sums[mark as usize].freed += store.file(of).size;
                    }
                }
            }
            for mark in &Mark::ALL[1..] {
                prop_assert_eq!(store.sum(*mark), sums[*mark as usize]);
            }
        }
        while store.undo().is_some() {}
        prop_assert!(!store.has_marks());
    }
}

use proptest::prelude::*;

use super::*;
use crate::types::{FileId, Timestamp};
use Sameness::{Different, Same, Unknown};

const NO_PROOF: Sameness = Unknown(Doubt::NoProof);

fn seen(links: u64, nanos: u32, handle: Handle) -> NameFacts {
    NameFacts {
        stat: FileStat {
            id: FileId { dev: 1, ino: 2 },
            kind: FileKind::Regular,
            size: 3,
            links,
            modified: Timestamp::new(4, 0),
            changed: Timestamp::new(5, nanos),
        },
        handle,
    }
}

fn dir(handle: Handle) -> NameFacts {
    let mut seen = seen(1, 0, handle);
    seen.stat.kind = FileKind::Directory;
    seen
}

fn entries(one: (&str, bool), other: (&str, bool)) -> Entries {
    let entry = |(path, is_listed): (&str, bool)| Entry {
        path: path.into(),
        is_listed,
    };
    Entries::Comparable(entry(one), entry(other))
}

fn exact(byte: u8) -> Handle {
    Handle::Exact(vec![byte])
}

fn of_name(byte: u8) -> Handle {
    Handle::OfName(vec![byte])
}

#[test]
fn the_table_of_decisions() {
    let none = || Handle::None;
    let two = || entries(("/a", true), ("/b", true));
    let one = || entries(("/a", true), ("/a", true));
    let spelled = || entries(("/a", true), ("/A", false));
    let pair = |a: NameFacts, b: NameFacts| (a, b);
    let rows = [
        // A link count of 1, and two entries.
        (
            pair(seen(1, 0, none()), seen(1, 0, none())),
            two(),
            Different,
        ),
        (
            pair(seen(1, 9, none()), seen(1, 9, none())),
            two(),
            Different,
        ),
        (
            pair(seen(1, 0, of_name(1)), seen(1, 0, of_name(2))),
            two(),
            Different,
        ),
        // One entry, with any other facts.
        (pair(seen(1, 0, none()), seen(1, 0, none())), one(), Same),
        (
            pair(seen(1, 0, of_name(1)), seen(1, 0, of_name(2))),
            one(),
            Same,
        ),
        // One handle.
        (
            pair(seen(1, 0, of_name(1)), seen(1, 0, of_name(1))),
            two(),
            Same,
        ),
        (
            pair(seen(1, 0, exact(1)), seen(1, 0, exact(1))),
            two(),
            Same,
        ),
        (
            pair(seen(2, 0, exact(1)), seen(2, 0, exact(2))),
            two(),
            Different,
        ),
        (
            pair(seen(1, 0, exact(1)), seen(1, 0, exact(2))),
            Entries::Apart,
            Different,
        ),
        (
            pair(seen(1, 0, exact(1)), seen(1, 0, exact(2))),
            Entries::Unknown,
            Different,
        ),
        // Hard links, and similar pairs.
        (pair(seen(2, 9, none()), seen(2, 9, none())), two(), Same),
        (
            pair(seen(2, 9, of_name(1)), seen(2, 9, of_name(2))),
            two(),
            Same,
        ),
        (
            pair(seen(2, 0, of_name(1)), seen(2, 0, of_name(2))),
            two(),
            NO_PROOF,
        ),
        (
            pair(seen(2, 0, none()), seen(2, 0, none())),
            two(),
            NO_PROOF,
        ),
        (
            pair(seen(0, 9, none()), seen(0, 9, none())),
            two(),
            NO_PROOF,
        ),
        // Other metadata.
        (
            pair(seen(2, 8, none()), seen(2, 9, none())),
            two(),
            Different,
        ),
        (
            pair(seen(2, 9, of_name(1)), seen(3, 9, of_name(2))),
            Entries::Apart,
            Different,
        ),
        // Another spelling, or another mount.
        (
            pair(seen(1, 0, none()), seen(1, 0, none())),
            spelled(),
            Same,
        ),
        (
            pair(seen(1, 0, of_name(1)), seen(1, 0, of_name(2))),
            spelled(),
            NO_PROOF,
        ),
        (
            pair(seen(1, 0, none()), seen(1, 0, none())),
            Entries::Apart,
            Same,
        ),
        (
            pair(seen(1, 0, of_name(1)), seen(1, 0, of_name(2))),
            Entries::Apart,
            NO_PROOF,
        ),
        (
            pair(seen(1, 0, none()), seen(1, 0, none())),
            Entries::Unknown,
            NO_PROOF,
        ),
        (
            pair(seen(2, 9, none()), seen(2, 9, none())),
            Entries::Unknown,
            NO_PROOF,
        ),
        // Directories have one entry each.
        (pair(dir(none()), dir(none())), two(), Different),
        (pair(dir(of_name(1)), dir(of_name(1))), two(), Same),
        (pair(dir(none()), dir(none())), one(), Same),
        (pair(dir(none()), dir(none())), spelled(), Same),
        (pair(dir(none()), dir(none())), Entries::Unknown, NO_PROOF),
        (pair(dir(none()), seen(1, 0, none())), one(), Different),
    ];
    for (row, ((first, second), entries, expected)) in rows.iter().enumerate() {
        assert_eq!(sameness(first, second, entries), *expected, "row {row}");
        let turned = match entries.clone() {
            Entries::Comparable(one, other) => Entries::Comparable(other, one),
            entries => entries,
        };
        assert_eq!(
            sameness(second, first, &turned),
            *expected,
            "row {row} turned"
        );
    }
}

fn handle() -> impl Strategy<Value = Handle> {
    prop_oneof![
        Just(Handle::None),
        (0..2_u8).prop_map(exact),
        (0..2_u8).prop_map(of_name),
    ]
}

fn sighting() -> impl Strategy<Value = NameFacts> {
    (
        0..4_u64,
        0..2_u32,
        0..2_u64,
        0..2_u64,
        any::<bool>(),
        handle(),
    )
        .prop_map(|(links, nanos, size, ino, is_dir, handle)| {
            let mut seen = seen(links, nanos, handle);
            seen.stat.size = size;
            seen.stat.id.ino = ino;
            if is_dir {
                seen.stat.kind = FileKind::Directory;
            }
            seen
        })
}

proptest! {
    /// No combination of facts makes one file two.
    #[test]
    fn one_file_is_never_two(
        seen in sighting(),
        other_handle in any::<bool>(),
        names in (0..3_u8, 0..3_u8),
        (listed, listed_too) in any::<(bool, bool)>(),
        how in 0..3,
    ) {
        let mut again = seen.clone();
        // A file with several names may have a handle for each.
        if other_handle && let Handle::OfName(_) = seen.handle {
            again.handle = of_name(7);
        }
        let entries = match how {
            0 => Entries::Apart,
            1 => Entries::Unknown,
            _ => {
                // Two entries that are both listed make two links; a
                // directory has one.
                let is_listed = names.0 == names.1
                    || (seen.stat.links != 1 && seen.stat.kind != FileKind::Directory);
                entries(
                    (&names.0.to_string(), listed && is_listed),
                    (&names.1.to_string(), listed_too && (is_listed || !listed)),
                )
            }
        };
        prop_assert_ne!(sameness(&seen, &again, &entries), Different);
    }

    #[test]
    fn the_order_makes_no_difference(a in sighting(), b in sighting()) {
        for entries in [
            Entries::Apart,
            Entries::Unknown,
            entries(("/a", true), ("/b", true)),
            entries(("/a", true), ("/b", false)),
        ] {
            let turned = match entries.clone() {
                Entries::Comparable(one, other) => Entries::Comparable(other, one),
                entries => entries,
            };
            prop_assert_eq!(sameness(&a, &b, &entries), sameness(&b, &a, &turned));
        }
    }
}

//! Paths that do not fit into a line.

use std::path::is_separator;

use unicode_width::UnicodeWidthStr;

const OMISSION: &str = "…";

/// The path in at most `room` columns, shortened if necessary: `…` replaces
/// directories in its middle. The name at its end always stays whole, for a
/// name cut short is a different name; a path whose name alone does not fit
/// comes out too long, and the terminal breaks it.
pub(in crate::report) fn shorten(path: &str, room: usize) -> Option<String> {
    if path.width() <= room {
        return None;
    }
    let parts = parts(path);
    let (name, directories) = parts.split_last()?;
    let mut omitted = 0..directories.len();
    let separator = directories.last()?.chars().next_back()?;
    let mut free = room.saturating_sub(OMISSION.width() + 1 + name.width());
    // Adds components alternately from the front and from the back, as long as
    // they fit.
    loop {
        let before = omitted.len();
        if omitted.len() > 1 && directories[omitted.start].width() <= free {
            free -= directories[omitted.start].width();
            omitted.start += 1;
        }
        if omitted.len() > 1 && directories[omitted.end - 1].width() <= free {
            free -= directories[omitted.end - 1].width();
            omitted.end -= 1;
        }
        if omitted.len() == before {
            break;
        }
    }
    let mut short = directories[..omitted.start].concat();
    short.push_str(OMISSION);
    short.push(separator);
    short.push_str(&parts[omitted.end..].concat());
    (short.width() < path.width()).then_some(short)
}

/// The components, each with its separator. The root is part of the first:
/// alone it would be useless.
fn parts(path: &str) -> Vec<&str> {
    let below_root = path.trim_start_matches(is_separator);
    let root = path.len() - below_root.len();
    let first = below_root
        .find(is_separator)
        .map_or(path.len(), |at| root + at + 1);
    let (first, rest) = path.split_at(first);
    std::iter::once(first)
        .chain(rest.split_inclusive(is_separator))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, room: usize, expected: &str) {
        let short = shorten(path, room);
        assert_eq!(short.as_deref().unwrap_or(path), expected, "{room}");
    }

    #[test]
    fn paths_that_fit_are_unchanged() {
        check("", 0, "");
        check("one/two/three", 13, "one/two/three");
        check("日本/語", 7, "日本/語");
    }

    #[test]
    fn the_middle_goes_first() {
        let path = "one/two/three/four/name";
        check(path, 23, path);
        check(path, 22, "one/two/…/four/name");
        check(path, 19, "one/two/…/four/name");
        check(path, 18, "one/…/four/name");
        check(path, 15, "one/…/four/name");
        check(path, 14, "one/two/…/name");
        check(path, 10, "one/…/name");
        check(path, 9, "…/name");
    }

    #[test]
    fn the_name_is_never_cut() {
        check("one/two/name", 6, "…/name");
        check("one/two/name", 1, "…/name");
        check("one/two/name", 0, "…/name");
        check("name", 1, "name");
    }

    #[test]
    fn nothing_is_shortened_into_something_as_long() {
        check("a/name", 5, "a/name");
        check("/name", 1, "/name");
        check("ab/name", 6, "…/name");
    }

    #[test]
    fn the_root_stays_with_its_first_directory() {
        check("/usr/share/doc/name", 18, "/usr/…/doc/name");
        check("/usr/share/doc/name", 11, "/usr/…/name");
        check("/usr/share/doc/name", 10, "…/doc/name");
        check("/usr/share/doc/name", 9, "…/name");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        // 4 + 1 + 4 + 1 + 2 columns.
        check("日本/漢字/名", 12, "日本/漢字/名");
        check("日本/漢字/名", 11, "日本/…/名");
        check("日本/漢字/名", 9, "日本/…/名");
        check("日本/漢字/名", 8, "…/名");
    }

    #[test]
    fn no_path_comes_out_longer_or_without_its_name() {
        let paths = [
            "/",
            "//",
            "a//b///c/d",
            "/a/b/c",
            "x/",
            "a/b/c/d/e/f/g/h",
            "///a///b",
        ];
        for path in paths {
            for room in 0..20 {
                if let Some(short) = shorten(path, room) {
                    assert!(short.width() < path.width(), "{path} {room} {short}");
                    let name = |p: &str| p.rsplit('/').next().map(str::to_owned);
                    assert_eq!(name(&short), name(path), "{path} {room} {short}");
                }
            }
        }
    }
}

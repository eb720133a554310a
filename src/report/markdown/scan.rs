//! The groups of a scan as tables.

use std::io::{self, Write};
use std::path::Path;

use super::super::humanize::{count, size};
use super::super::table::last_line;
use super::super::{Report, quote};
use super::{Page, code};
use crate::types::Group;

pub(in crate::report) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
) -> io::Result<()> {
    let mut page = Page::new(out);
    page.put("### Duplicate files\n\n")?;
    page.put(&last_line::text(report))?;
    let directories = report.directory_groups().iter().flat_map(|group| {
        let figures = [size(group.reclaimable_bytes), size(group.bytes)];
        let paths = group.directories.iter().map(|d| (&*d.path, d.keep));
        rows(&figures, paths.collect())
    });
    page.list(
        "| Reclaim | Size | | Identical directory |\n| --: | --: | :-- | :-- |\n",
        directories,
    )?;
    let files = groups.flat_map(|group| {
        let copies = count(group.files.len() as u64);
        let figures = [
            size(group.reclaimable_bytes),
            format!("{copies} × {}", size(group.size)),
        ];
        let paths = group.files.iter().map(|file| (&*file.path, file.keep));
        rows(&figures, paths.collect())
    });
    page.list(
        "| Reclaim | Files | | Path |\n| --: | --: | :-- | :-- |\n",
        files,
    )
}

/// The rows of a group: the figures are in the first one alone.
fn rows([reclaim, files]: &[String; 2], paths: Vec<(&Path, bool)>) -> Vec<String> {
    let row = |(at, (path, keep)): (usize, (&Path, bool))| {
        let (reclaim, files) = if at == 0 {
            (reclaim.as_str(), files.as_str())
        } else {
            ("", "")
        };
        let keep = if keep { "keep" } else { "" };
        format!(
            "| {reclaim} | {files} | {keep} | {} |\n",
            code(&quote(path))
        )
    };
    paths.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::super::super::{Format, testing};
    use super::*;

    fn text(groups: &[Group]) -> String {
        let (out, written) = testing::written(Format::Markdown, groups, &testing::summary(), &[]);
        assert_eq!(written.escaped_names, 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_group_is_a_row_for_each_file() {
        let mut group = testing::group(1_000_000, &[b"d/a|b", b"d/c"]);
        group.files[0].keep = true;
        group.files[1].keep = false;
        group.reclaimable_bytes = 1_000_000;
        assert_eq!(
            text(&[group]),
            "### Duplicate files\n\n\
             2 groups · 3 duplicate files · 3.0 MiB reclaimable · scanned 227,000 files (4.0 GiB), read 1.0 GiB in 1.23 s\n\n\
             | Reclaim | Files | | Path |\n| --: | --: | :-- | :-- |\n\
             | 976.6 KiB | 2 × 976.6 KiB | keep | `'d/a\\|b'` |\n\
             |  |  |  | `d/c` |\n"
        );
    }

    #[test]
    fn directories_come_first() {
        let directories = testing::directory_groups();
        let groups = [testing::group(5, &[b"a", b"b"])];
        let (out, _) = testing::written_with(
            Format::Markdown,
            &groups,
            Some(&directories),
            &testing::summary(),
            &[],
        );
        let text = String::from_utf8(out).unwrap();
        let at = |part: &str| {
            text.find(part)
                .unwrap_or_else(|| panic!("{part} in {text}"))
        };
        assert!(at("Identical directory") < at("| 4.9 KiB | 4.9 KiB | keep | `d/photos` |"));
        assert!(at("`d/photos`") < at("| Reclaim | Files |"));
    }

    proptest! {
        #[test]
        fn no_name_is_markup(name in proptest::collection::vec(1_u8.., 1..30)) {
            let page = text(&[testing::group(5, &[&name])]);
            let mut code = Vec::new();
            for event in Parser::new_ext(&page, Options::all()) {
                match event {
                    Event::Code(text) => code.push(text.into_string()),
                    Event::Start(Tag::Link { .. } | Tag::Image { .. }) | Event::Html(_)
                    | Event::InlineHtml(_) | Event::Rule | Event::FootnoteReference(_) => {
                        prop_assert!(false, "{page}");
                    }
                    _ => {}
                }
            }
            let name = testing::path(&name);
            prop_assert_eq!(code, [quote(&name).into_owned()]);
        }
    }
}

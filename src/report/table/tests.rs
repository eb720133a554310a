use std::path::PathBuf;

use unicode_width::UnicodeWidthStr;

use super::super::testing::{self, file, group, group_of};
use super::*;
use crate::types::{FileRecord, Summary};

fn table_for(
    criteria: Criteria,
    groups: &[Group],
    summary: &Summary,
    render: &RenderOptions,
) -> String {
    let roots: [PathBuf; 0] = [];
    let report = Report {
        header: testing::header(&roots),
        criteria,
        summary,
        directories: None,
        errors: &[],
        page_directory: None,
    };
    let mut out = Vec::new();
    write(&mut out, &report, &mut groups.iter().cloned(), render).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(groups: &[Group], render: &RenderOptions) -> String {
    table_for(Criteria::default(), groups, &testing::summary(), render)
}

fn render(color: bool, width: usize) -> RenderOptions {
    RenderOptions {
        color,
        width: Some(width),
        height: None,
    }
}

/// Three copies, one of them a reference with a second name, and two more.
fn two_groups() -> [Group; 2] {
    let original = FileRecord {
        reference: true,
        hard_links: vec![PathBuf::from("/usr/share/doc/a/again.iso")],
        ..file(b"/usr/share/doc/a/big.iso", 1)
    };
    let large = vec![
        original,
        file(b"/usr/share/b/big file.iso", 2),
        file(b"/usr/share/c.iso", 3),
    ];
    let names: [&[u8]; 2] = [b"/usr/share/x", "/usr/share/日本".as_bytes()];
    [group_of(1 << 20, large), group(512, &names)]
}

const TOTALS: &str = "2 groups · 3 duplicate files · 3.0 MiB reclaimable · \
    scanned 227,000 files (4.0 GiB), read 1.0 GiB in 1.23 s\n";

#[test]
fn numbers_stand_beside_paths() {
    let expected = "\
Reclaim     Size  Files             Path
2.0 MiB  1.0 MiB      3  keep       /usr/share/doc/a/big.iso
                         hard link  /usr/share/doc/a/again.iso
                                    '/usr/share/b/big file.iso'
                                    /usr/share/c.iso
  512 B    512 B      2  keep       /usr/share/x
                                    /usr/share/日本

";
    assert_eq!(
        table(&two_groups(), &testing::PLAIN),
        format!("{expected}{TOTALS}")
    );
}

#[test]
fn on_a_narrow_terminal_numbers_stand_above_paths() {
    let expected = "\
2.0 MiB reclaimable · 3 × 1.0 MiB
  keep       /usr/share/doc/a/big.iso
  hard link  /usr/share/doc/a/again.iso
             '/usr/share/b/big file.iso'
             /usr/share/c.iso

512 B reclaimable · 2 × 512 B
  keep       /usr/share/x
             /usr/share/日本

";
    let narrow = table(&two_groups(), &render(false, 59));
    assert!(narrow.starts_with(expected), "{narrow}");
    let wide = table(&two_groups(), &render(false, 60));
    assert!(wide.starts_with("Reclaim "), "{wide}");
}

#[test]
fn sentences_are_wrapped_between_words_and_paths_never() {
    let long = "/a-long-directory/".repeat(9);
    let groups = [group(1, &[long.as_bytes(), b"/b"])];
    for width in [20, 33, 59, 80] {
        let shown = table(&groups, &render(false, width));
        assert!(shown.contains(&format!("keep  {long}\n")), "{shown}");
        let (_, end) = shown.split_once("\n\n").unwrap();
        assert!(end.lines().all(|line| line.width() <= width), "{end}");
        let (totals, next) = end.split_once("Next:").unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(totals), TOTALS.trim_end());
        assert_eq!(words(&format!("Next:{next}")), NEXT_STEP);
    }
    let plain = table(&groups, &testing::PLAIN);
    assert!(plain.ends_with(TOTALS), "{plain}");
}

#[test]
fn colors_mark_what_matters() {
    let colored = table(&two_groups(), &render(true, 100));
    let lines: Vec<_> = colored.lines().collect();
    assert_eq!(
        lines[1],
        "\x1b[1m2.0 MiB\x1b[0m  1.0 MiB      3  \x1b[32mkeep\x1b[0m       /usr/share/doc/a/big.iso"
    );
    assert_eq!(
        lines[2].trim_start(),
        "\x1b[2mhard link\x1b[0m  \x1b[2m/usr/share/doc/a/again.iso\x1b[0m"
    );
    assert_eq!(lines[3].trim_start(), "'/usr/share/b/big file.iso'");
}

#[test]
fn color_changes_nothing_but_color() {
    let mut summary = testing::summary();
    summary.complete = false;
    summary.totals.groups = 7;
    for width in [40, 100] {
        let text = |color| {
            let render = render(color, width);
            table_for(Criteria::default(), &two_groups(), &summary, &render)
        };
        let mut stripped = text(true);
        for code in ["0", "1", "2", "32", "31"] {
            stripped = stripped.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(stripped, text(false), "{width}");
        assert!(!text(false).contains('\x1b'));
    }
}

#[test]
fn no_name_can_act_on_the_terminal() {
    let shown = table(&[testing::hostile()], &testing::PLAIN);
    let expected = r#"Reclaim    Size  Files             Path
2.9 KiB  1000 B      4  keep       d/original
                        hard link  d/same
                        hard link  $'d/s\377me'
                                   $'d/a\nb'
                                   $'d/\033[2J,"'
                                   $'d/caf\351'
"#;
    assert!(shown.starts_with(expected), "{shown}");
}

#[test]
fn a_terminal_shows_a_screenful_of_groups() {
    let names = |n: usize| [format!("{n}a"), format!("{n}b")];
    let groups: Vec<_> = (0..50)
        .map(|n| group(1, &names(n).each_ref().map(String::as_bytes)))
        .collect();
    let mut summary = testing::summary();
    summary.totals.groups = 50;
    for (height, shown) in [(24, 8), (25, 9), (2, 2), (300, 50)] {
        let render = RenderOptions {
            height: Some(height),
            ..render(false, 80)
        };
        let text = table_for(Criteria::default(), &groups, &summary, &render);
        assert_eq!(text.matches(" keep ").count(), shown, "{text}");
        let more = format!("… and {} more groups (--limit 0 shows all)\n", 50 - shown);
        assert_eq!(text.contains(&more), shown < 50, "{text}");
        assert!(text.lines().count() < height.max(13), "{text}");
    }
    // A path that is broken into lines takes more of them.
    let long = "x".repeat(70);
    let wide: Vec<_> = (0..9).map(|_| group(1, &[long.as_bytes(), b"b"])).collect();
    let render = RenderOptions {
        height: Some(19),
        ..render(false, 80)
    };
    let text = table_for(Criteria::default(), &wide, &summary, &render);
    assert_eq!(text.matches(" keep ").count(), 4, "{text}");
    // The first group is whole.
    let many = vec![b"m".as_slice(); 99];
    let text = table_for(Criteria::default(), &[group(1, &many)], &summary, &render);
    assert_eq!(text.matches("  m\n").count(), 99);
}

#[test]
fn redundant_files_alone_need_no_column_for_the_kept_ones() {
    let groups = two_groups().map(|group| group.without_kept().unwrap());
    let shown = table(&groups, &render(false, 90));
    let expected = "\
Reclaim     Size  Files  Path
2.0 MiB  1.0 MiB      2  '/usr/share/b/big file.iso'
                         /usr/share/c.iso
  512 B    512 B      1  /usr/share/日本
";
    assert!(shown.starts_with(expected), "{shown}");
    assert!(!shown.contains("Next:"), "{shown}");
}

#[test]
fn what_is_kept_elsewhere_is_no_gain() {
    let linked = "5.0 MiB with hard links outside the scan";
    let shared = "7.0 MiB shared with clones or snapshots";
    for (linked_bytes, shared_bytes, expected) in [
        (0, 0, String::new()),
        (5 << 20, 0, format!("not reclaimable: {linked} · ")),
        (0, 7 << 20, format!("not reclaimable: {shared} · ")),
        (
            5 << 20,
            7 << 20,
            format!("not reclaimable: {linked}, {shared} · "),
        ),
    ] {
        let mut summary = testing::summary();
        summary.totals.linked_outside_bytes = linked_bytes;
        summary.totals.shared_bytes = shared_bytes;
        let shown = table_for(
            Criteria::default(),
            &two_groups(),
            &summary,
            &testing::PLAIN,
        );
        let part = format!(" · 3.0 MiB reclaimable · {expected}scanned ");
        assert!(shown.contains(&part), "{shown}");
    }
}

#[test]
fn unique_files_have_a_line_each() {
    let groups = [group(2048, &[b"a/x"]), group(10, &[b"b/y"])];
    let mut summary = testing::summary();
    summary.totals.duplicates = 0;
    let expected = "   Size  Path\n2.0 KiB  a/x\n   10 B  b/y\n\n2 unique files · scanned ";
    let shown = table_for(Criteria::UNIQUE, &groups, &summary, &testing::PLAIN);
    assert!(shown.starts_with(expected), "{shown}");
    let narrow = table_for(Criteria::UNIQUE, &groups, &summary, &render(false, 20));
    assert!(
        narrow.starts_with("2.0 KiB\n  a/x\n\n10 B\n  b/y\n\n"),
        "{narrow}"
    );
}

#[test]
fn nothing_found_is_one_line() {
    let mut summary = testing::summary();
    summary.totals.groups = 0;
    summary.totals.files = 1;
    let rest = " · scanned 1 file (4.0 GiB), read 1.0 GiB in 1.23 s\n";
    let few = Criteria {
        max_copies: 3,
        ..Criteria::default()
    };
    for (criteria, words) in [
        (Criteria::default(), "No duplicates found"),
        (Criteria::UNIQUE, "No unique files found"),
        (few, "No matching groups found"),
    ] {
        let shown = table_for(criteria, &[], &summary, &testing::PLAIN);
        assert_eq!(shown, format!("{words}{rest}"));
    }
}

#[test]
fn the_last_line_says_what_is_missing() {
    let mut summary = testing::summary();
    summary.complete = false;
    summary.interrupted = true;
    summary.totals.errors = 2;
    let criteria = Criteria::default();
    let shown = table_for(criteria, &two_groups(), &summary, &testing::PLAIN);
    let missing = "INCOMPLETE: interrupted, 2 paths could not be read";
    assert!(
        shown.ends_with(&format!("\n\n{missing} · {TOTALS}")),
        "{shown}"
    );
    summary.totals.groups = 0;
    let shown = table_for(criteria, &[], &summary, &testing::PLAIN);
    assert!(
        shown.starts_with(&format!("{missing} · No duplicates confirmed yet · ")),
        "{shown}"
    );
}

#[test]
fn groups_that_are_not_shown_are_counted() {
    let mut summary = testing::summary();
    for (total, line) in [
        (3, "… and 1 more group\n"),
        (1_002, "… and 1,000 more groups\n"),
    ] {
        summary.totals.groups = total;
        let shown = table_for(
            Criteria::default(),
            &two_groups(),
            &summary,
            &testing::PLAIN,
        );
        assert!(shown.contains(&format!("日本\n{line}\n")), "{shown}");
    }
    let none = table_for(Criteria::default(), &[], &summary, &testing::PLAIN);
    assert!(
        none.starts_with("… and 1,002 more groups\n\n1,002 groups · "),
        "{none}"
    );
}

#[test]
fn one_of_each_is_singular() {
    let mut summary = testing::summary();
    summary.totals.groups = 1;
    summary.totals.duplicates = 1;
    summary.totals.files = 1;
    let groups = [group(1, &[b"a", b"b"])];
    let shown = table_for(Criteria::default(), &groups, &summary, &testing::PLAIN);
    assert!(shown.contains("\n1 group · 1 duplicate file · "), "{shown}");
    assert!(shown.contains(" · scanned 1 file ("), "{shown}");
}

#[test]
fn huge_numbers_keep_their_columns() {
    let mut huge = group(u64::MAX, &[b"a", b"b"]);
    huge.reclaimable_bytes = u64::MAX;
    let kibs = group(1023 * 1024, &[b"c", b"d"]);
    let expected = "
   Reclaim        Size  Files        Path
  16.0 EiB    16.0 EiB      2  keep  a
                                     b
1023.0 KiB  1023.0 KiB      2  keep  c
                                     d
";
    let shown = table(&[huge, kibs], &testing::PLAIN);
    assert!(shown.starts_with(&expected[1..]), "{shown}");
}

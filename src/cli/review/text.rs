//! The words for groups, copies and sums: for the screen and for plain lines.

use std::path::Path;

use super::model::{Feed, Model};
use super::pane::Preview;
use super::shown::{Decided, Filter};
use super::store::{Copy, Store, names_outside};
use crate::platform::bytes_of;
use crate::report::escape;
use crate::report::humanize::{count, counted, size};
use crate::report::session::Mark;
use crate::types::Timestamp;

/// A path in printable characters.
pub(super) fn path(path: &Path) -> String {
    escape(bytes_of(path.as_os_str())).into_owned()
}

/// The age of a file, in at most six letters.
pub(super) fn age(now: Timestamp, then: Timestamp) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = now.as_nanos().saturating_sub(then.as_nanos()) / 1_000_000_000;
    match seconds {
        ..0 => "future".to_owned(),
        0..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        seconds if seconds < 60 * DAY => format!("{} d", seconds / DAY),
        seconds if seconds < 730 * DAY => format!("{} mo", seconds / (30 * DAY)),
        seconds => format!("{} y", seconds / (365 * DAY)),
    }
}

/// The reason why a copy stays, or that it is redundant.
pub(super) fn why(store: &Store, copy: Copy) -> String {
    let file = store.file(copy);
    if file.reference {
        return "a reference: it always stays".to_owned();
    }
    if store.is_protected(copy) {
        return "protected: it always stays".to_owned();
    }
    if !file.keep {
        return "redundant".to_owned();
    }
    match store.group(copy.group).keep_reason {
        Some(reason) => format!("suggested to keep: {reason}"),
        None => "suggested to keep by the report".to_owned(),
    }
}

/// Facts of a copy in one line.
pub(super) fn facts(model: &Model, copy: Copy) -> String {
    let file = model.store.file(copy);
    let mut parts = vec![
        size(file.size),
        match age(model.now, file.modified).as_str() {
            "future" => "modified in the future".to_owned(),
            "now" => "modified just now".to_owned(),
            age => format!("modified {age} ago"),
        },
    ];
    if file.links > 1 {
        let mut links = counted(u64::from(file.links), "link", "links");
        if names_outside(file) > 0 {
            links.push_str(&format!(", {} elsewhere", names_outside(file)));
        }
        parts.push(links);
    }
    if file.shared_bytes > 0 {
        parts.push(format!("{} shared", size(file.shared_bytes)));
    }
    parts.push(why(&model.store, copy));
    parts.join(" · ")
}

/// All that is known of a copy, a line each.
pub(super) fn metadata(model: &Model, copy: Copy, preview: Option<&Preview>) -> Vec<String> {
    let file = model.store.file(copy);
    let group = model.store.group(copy.group);
    let mut lines = vec![format!("Path      {}", path(&file.path))];
    lines.extend(
        file.hard_links
            .iter()
            .map(|name| format!("Also      {}", path(name))),
    );
    lines.extend([
        format!("Size      {} ({} bytes)", size(file.size), count(file.size)),
        format!("Modified  {}", file.modified),
        format!("Changed   {}", file.changed),
        format!(
            "Links     {}, {} known",
            file.links,
            1 + file.hard_links.len()
        ),
        format!("Inode     {} on device {}", file.id.ino, file.id.dev),
        format!(
            "Shared    {} with clones or snapshots",
            size(file.shared_bytes)
        ),
    ]);
    if let Some(digest) = group.digest {
        lines.push(format!("Digest    {digest}"));
    }
    lines.push(format!("Copies    {}", group.files.len()));
    lines.push(format!("Choice    {}", why(&model.store, copy)));
    let now = match preview {
        None => "not looked at yet".to_owned(),
        Some(Preview { stat: None, bytes }) => match bytes {
            Err(reason) => reason.clone(),
            Ok(_) => "not known".to_owned(),
        },
        Some(Preview {
            stat: Some(stat), ..
        }) => {
            let is_same =
                stat.id == file.id && stat.size == file.size && stat.modified == file.modified;
            match is_same {
                true => "as it was scanned".to_owned(),
                false => format!("CHANGED: {}, modified {}", size(stat.size), stat.modified),
            }
        }
    };
    lines.push(format!("Now       {now}"));
    lines
}

/// The totals.
pub(super) fn totals(model: &Model) -> String {
    let groups = counted(model.store.len() as u64, "group", "groups");
    format!("{groups}, {} redundant", size(model.store.all_waste()))
}

/// The state of the scan; empty if it is complete.
pub(super) fn feed(feed: &Feed) -> String {
    match feed {
        Feed::Complete => String::new(),
        Feed::Incomplete => "INCOMPLETE".to_owned(),
        Feed::Running {
            files,
            bytes_read,
            bytes_to_read,
        } => format!(
            "scanning: {}, {} of {} read",
            counted(*files, "file", "files"),
            size(*bytes_read),
            size(*bytes_to_read)
        ),
    }
}

/// The order, and the groups that are shown.
pub(super) fn choice(model: &Model) -> String {
    let Filter {
        text,
        file_type,
        decided,
        under,
    } = model.filter();
    let mut parts = vec![format!("by {}", model.shown.order().name())];
    if let Some(file_type) = file_type {
        parts.push(file_type.name().to_owned());
    }
    if *decided != Decided::All {
        parts.push(decided.name().to_owned());
    }
    if !text.is_empty() {
        parts.push(format!("with \"{}\"", escape(text.as_bytes())));
    }
    if let Some(under) = under {
        parts.push(format!("in {}", path(under)));
    }
    let shown = model.shown.list().len() as u64;
    let place = match shown {
        0 => "no group".to_owned(),
        all => format!(
            "group {} of {}",
            count(model.cursor.at as u64 + 1),
            count(all)
        ),
    };
    format!("{place} · {}", parts.join(" · "))
}

/// The sums of what is marked.
pub(super) fn sums(store: &Store) -> String {
    let mut freed = 0_u64;
    let mut parts = Vec::new();
    for mark in Mark::ACTS {
        let sum = store.sum(mark);
        if let (true, Some(name)) = (sum.copies > 0, mark.name()) {
            parts.push(format!("{} {name}", count(sum.copies)));
            // What is moved may stay on the same disk.
            if mark != Mark::Move {
                freed = freed.saturating_add(sum.freed);
            }
        }
    }
    let kept = store.sum(Mark::Keep).copies;
    if kept > 0 {
        parts.push(format!("{} keep", count(kept)));
    }
    match parts.is_empty() {
        true => "Nothing is marked".to_owned(),
        false => format!("Marked: {} · frees {}", parts.join(", "), size(freed)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::now;
    use super::*;

    #[test]
    fn ages_grow_coarser() {
        let day = 86_400;
        for (seconds, expected) in [
            (-1, "future"),
            (0, "now"),
            (59, "now"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (day, "1 d"),
            (59 * day, "59 d"),
            (60 * day, "2 mo"),
            (729 * day, "24 mo"),
            (730 * day, "2 y"),
            (40 * 365 * day, "40 y"),
        ] {
            let then = Timestamp::from_nanos(now().as_nanos() - seconds * 1_000_000_000);
            assert_eq!(age(now(), then), expected);
            assert!(expected.len() <= 6);
        }
    }
}

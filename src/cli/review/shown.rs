//! The groups that are shown, in their order.
//!
//! A list of numbers: a million groups are sorted and filtered without touching
//! them more than needed. Groups that a scan confirms are merged in; only a new
//! order or a wider filter goes through all of them.

use std::cmp::Ordering;
use std::ops::Range;
use std::path::{Path, PathBuf};

use regex::bytes::{Regex, RegexBuilder};

use super::store::Store;
use super::types::FileType;
use crate::platform::bytes_of;
use crate::types::FileRecord;

/// The order of the groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// Most bytes to free first.
    #[default]
    Waste,
    /// By the directory of the copy to keep, then by waste.
    Directory,
    /// By type, then by waste.
    Type,
    /// Largest files first.
    Size,
    /// Most copies first.
    Copies,
}

impl Order {
    pub(super) const ALL: [Self; 5] = [
        Self::Waste,
        Self::Directory,
        Self::Type,
        Self::Size,
        Self::Copies,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Waste => "waste",
            Self::Directory => "directory",
            Self::Type => "type",
            Self::Size => "size",
            Self::Copies => "copies",
        }
    }

    fn compare(self, store: &Store, a: u32, b: u32) -> Ordering {
        let waste = |group| std::cmp::Reverse(store.waste(group));
        let order = match self {
            Self::Waste => Ordering::Equal,
            Self::Directory => directory(store, a).cmp(directory(store, b)),
            Self::Type => store.file_type(a).cmp(&store.file_type(b)),
            Self::Size => store.group(b).size.cmp(&store.group(a).size),
            Self::Copies => store.copies(b).cmp(&store.copies(a)),
        };
        order
            .then_with(|| waste(a).cmp(&waste(b)))
            .then_with(|| a.cmp(&b))
    }
}

/// The directory of a group's first copy, as bytes.
fn directory(store: &Store, group: u32) -> &[u8] {
    let file = store.group(group).files.first();
    let path = file.map_or(&b""[..], |file| bytes_of(file.path.as_os_str()));
    let is_separator = |&byte: &u8| std::path::is_separator(char::from(byte));
    let end = path.iter().rposition(is_separator);
    &path[..end.unwrap_or(0)]
}

/// Groups by the decisions on them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Decided {
    #[default]
    All,
    /// With a mark on any copy.
    Marked,
    /// Without one.
    Unmarked,
}

impl Decided {
    pub(super) const ALL: [Self; 3] = [Self::All, Self::Marked, Self::Unmarked];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Marked => "marked",
            Self::Unmarked => "unmarked",
        }
    }
}

/// The groups to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// In any path, in upper or lower case.
    pub(super) text: String,
    /// The type of the first copy.
    pub(super) file_type: Option<FileType>,
    pub(super) decided: Decided,
    /// The directory that a copy is in, at any depth.
    pub(super) under: Option<PathBuf>,
}

impl Filter {
    /// True if everything that `other` shows is shown by this one too.
    fn is_wider_than(&self, other: &Self) -> bool {
        other.text.contains(&self.text)
            && (self.file_type.is_none() || self.file_type == other.file_type)
            && (self.decided == Decided::All)
            && (self.under.is_none() || self.under == other.under)
    }

    fn matches(&self, text: Option<&Regex>, store: &Store, group: u32) -> bool {
        let is_type = self
            .file_type
            .is_none_or(|wanted| wanted == store.file_type(group));
        let is_decided = match self.decided {
            Decided::All => true,
            Decided::Marked => store.is_decided(group),
            Decided::Unmarked => !store.is_decided(group),
        };
        let names = || store.group(group).files.iter().flat_map(FileRecord::names);
        is_type
            && is_decided
            && text.is_none_or(|text| names().any(|name| text.is_match(bytes_of(name.as_os_str()))))
            && self
                .under
                .as_ref()
                .is_none_or(|dir| names().any(|name| is_under(name, dir)))
    }

    fn expression(&self) -> Option<Regex> {
        if self.text.is_empty() {
            return None;
        }
        let literal = regex::escape(&self.text);
        let expression = RegexBuilder::new(&literal).case_insensitive(true).build();
        // A literal always is one, unless it is too long for anything to match.
        expression.ok()
    }
}

/// True if a path is in a directory, at any depth, or is it. Paths below the working
/// directory are the same with and without `./`.
pub(super) fn is_under(path: &Path, dir: &Path) -> bool {
    let [path, dir] = [path, dir].map(|path| path.strip_prefix(".").unwrap_or(path));
    path.starts_with(dir)
}

/// The numbers of the groups that are shown, in their order.
#[derive(Debug, Default)]
pub(super) struct Shown {
    list: Vec<u32>,
    order: Order,
    filter: Filter,
}

impl Shown {
    pub(super) fn list(&self) -> &[u32] {
        &self.list
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn sort(&mut self, store: &Store, order: Order) {
        self.order = order;
        self.list
            .sort_unstable_by(|&a, &b| order.compare(store, a, b));
    }

    pub(super) fn set_filter(&mut self, store: &Store, filter: Filter) {
        let text = filter.expression();
        if self.filter.is_wider_than(&filter) {
            self.list
                .retain(|&group| filter.matches(text.as_ref(), store, group));
            self.filter = filter;
            return;
        }
        let all = 0..store.len() as u32;
        self.list = all
            .filter(|&group| filter.matches(text.as_ref(), store, group))
            .collect();
        self.filter = filter;
        self.sort(store, self.order);
    }

    /// Shows new groups, if they match.
    pub(super) fn insert(&mut self, store: &Store, new: Range<u32>) {
        let text = self.filter.expression();
        let mut new: Vec<u32> = new
            .filter(|&group| self.filter.matches(text.as_ref(), store, group))
            .collect();
        let order = self.order;
        new.sort_unstable_by(|&a, &b| order.compare(store, a, b));
        // From the end: what is behind a new group moves once.
        let mut rest = self.list.len();
        self.list.resize(rest + new.len(), 0);
        for (before, group) in new.into_iter().enumerate().rev() {
            let place = self.list[..rest]
                .partition_point(|&old| order.compare(store, old, group) == Ordering::Less);
            self.list.copy_within(place..rest, place + before + 1);
            self.list[place + before] = group;
            rest = place;
        }
    }

    /// The index of a group.
    pub(super) fn position(&self, group: u32) -> Option<usize> {
        self.list.iter().position(|&shown| shown == group)
    }

    /// The directory of a path, for a filter.
    pub(super) fn directory_of(path: &Path) -> PathBuf {
        path.parent().map(Path::to_path_buf).unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "shown_tests.rs"]
mod tests;

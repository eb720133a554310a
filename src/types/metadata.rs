//! Metadata of a file beside its content: captured before it is changed, and
//! compared or restored afterwards.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The name under which Linux shows the access control list of a file.
const ACL_ATTRIBUTE: &[u8] = b"system.posix_acl_access";

/// Everything about a file that can be set again on another one.
///
/// Change time, birth time and inode number are no part of it: no system call
/// sets them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileMetadata {
    /// User and group; `None` on platforms without them.
    pub owner: Option<(u32, u32)>,
    /// Permission bits with set-user-ID, set-group-ID and sticky. On platforms
    /// without them 0o444 for a read-only file and 0o666 for others.
    pub mode: u32,
    /// Time of the last access.
    pub accessed: Timestamp,
    /// Time of the last change of its content.
    pub modified: Timestamp,
    /// Inode flags that a user can set (`FS_IOC_GETFLAGS`).
    pub flags: u32,
    /// Extended attributes, the access control list among them, by name.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
    /// The part of the file that is stored.
    pub layout: Layout,
}

/// The part of a file that is stored: the rest are holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Layout {
    /// The file has no holes.
    Dense,
    /// The ranges that are stored, in order.
    Sparse(Vec<Range<u64>>),
    /// The platform does not tell, or there are too many ranges to keep.
    Unknown,
}

/// One thing in which two files can differ though their bytes are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Aspect {
    /// The owner.
    User,
    /// The group.
    Group,
    /// The permission bits.
    Mode,
    /// The access control list.
    Acl,
    /// The extended attribute of this name.
    Attribute(Vec<u8>),
    /// The inode flags.
    Flags,
    /// The time of the last access.
    AccessTime,
    /// The modification time.
    ModificationTime,
    /// The holes.
    Holes,
}

impl Aspect {
    /// Returns true if two files that differ in it must not become names of
    /// one file, because users of one of them would notice. Times and holes
    /// would change too, but do not matter as much.
    #[must_use]
    pub(crate) fn decides_access(&self) -> bool {
        !matches!(
            self,
            Self::Flags | Self::AccessTime | Self::ModificationTime | Self::Holes
        )
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "owner",
            Self::Group => "group",
            Self::Mode => "permissions",
            Self::Acl => "access control list",
            Self::Attribute(name) => {
                return write!(f, "extended attribute {}", name.escape_ascii());
            }
            Self::Flags => "inode flags",
            Self::AccessTime => "access time",
            Self::ModificationTime => "modification time",
            Self::Holes => "holes",
        })
    }
}

impl FileMetadata {
    /// The aspects in which two files differ, in the order in which they are
    /// set. Unknown holes differ from nothing.
    #[must_use]
    pub(crate) fn differences(&self, other: &Self) -> Vec<Aspect> {
        let mut found = Vec::new();
        let mut check = |differs: bool, aspect: Aspect| {
            if differs {
                found.push(aspect);
            }
        };
        let ids = |metadata: &Self| metadata.owner.unzip();
        let ((user, group), (other_user, other_group)) = (ids(self), ids(other));
        check(user != other_user, Aspect::User);
        check(group != other_group, Aspect::Group);
        check(self.mode != other.mode, Aspect::Mode);
        for name in self.attribute_names(other) {
            check(
                self.attribute(name) != other.attribute(name),
                aspect_of_attribute(name),
            );
        }
        check(self.flags != other.flags, Aspect::Flags);
        check(self.accessed != other.accessed, Aspect::AccessTime);
        check(self.modified != other.modified, Aspect::ModificationTime);
        let unknown = [&self.layout, &other.layout].contains(&&Layout::Unknown);
        check(!unknown && self.layout != other.layout, Aspect::Holes);
        found
    }

    /// The value of an extended attribute.
    #[must_use]
    pub(crate) fn attribute(&self, name: &[u8]) -> Option<&[u8]> {
        let mut all = self.attributes.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    }

    /// The names of the extended attributes of either, in order.
    fn attribute_names<'a>(&'a self, other: &'a Self) -> Vec<&'a [u8]> {
        let both = self.attributes.iter().chain(&other.attributes);
        let mut names: Vec<_> = both.map(|(name, _)| name.as_slice()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The aspect that an extended attribute stores.
pub(crate) fn aspect_of_attribute(name: &[u8]) -> Aspect {
    if name == ACL_ATTRIBUTE {
        Aspect::Acl
    } else {
        Aspect::Attribute(name.to_vec())
    }
}

impl Layout {
    /// The stored ranges of a file of this size: a single one if that is
    /// unknown.
    #[must_use]
    pub(crate) fn stored(&self, size: u64) -> Vec<Range<u64>> {
        match self {
            Self::Sparse(ranges) => ranges.clone(),
            Self::Dense | Self::Unknown if size == 0 => Vec::new(),
            Self::Dense | Self::Unknown => std::iter::once(0..size).collect(),
        }
    }
}

/// The parts of `ranges` that no range of `others` covers. Both are in order
/// and without overlaps.
#[must_use]
pub(crate) fn subtract(ranges: &[Range<u64>], others: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut rest = Vec::new();
    for range in ranges {
        let mut start = range.start;
        for other in others {
            if other.end <= start || other.start >= range.end {
                continue;
            }
            if other.start > start {
                rest.push(start..other.start);
            }
            start = start.max(other.end);
        }
        if start < range.end {
            rest.push(start..range.end);
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> FileMetadata {
        FileMetadata {
            owner: Some((1, 2)),
            mode: 0o644,
            accessed: Timestamp::from_nanos(1),
            modified: Timestamp::from_nanos(2),
            flags: 0,
            attributes: vec![(b"user.a".to_vec(), b"1".to_vec())],
            layout: Layout::Dense,
        }
    }

    #[test]
    fn each_aspect_is_told_from_the_others() {
        let set = |change: &dyn Fn(&mut FileMetadata)| {
            let mut other = plain();
            change(&mut other);
            assert_eq!(plain().differences(&other), other.differences(&plain()));
            plain().differences(&other)
        };
        assert_eq!(set(&|_| ()), []);
        assert_eq!(set(&|m| m.owner = Some((9, 2))), [Aspect::User]);
        assert_eq!(set(&|m| m.owner = Some((1, 9))), [Aspect::Group]);
        assert_eq!(set(&|m| m.mode = 0o600), [Aspect::Mode]);
        assert_eq!(set(&|m| m.flags = 8), [Aspect::Flags]);
        assert_eq!(
            set(&|m| m.accessed = Timestamp::from_nanos(9)),
            [Aspect::AccessTime]
        );
        assert_eq!(
            set(&|m| m.modified = Timestamp::from_nanos(9)),
            [Aspect::ModificationTime]
        );
        let list = (ACL_ATTRIBUTE.to_vec(), vec![1]);
        assert_eq!(
            set(&|m| m.attributes.insert(0, list.clone())),
            [Aspect::Acl]
        );
        let named = |name: &str| Aspect::Attribute(name.as_bytes().to_vec());
        assert_eq!(set(&|m| m.attributes.clear()), [named("user.a")]);
        assert_eq!(
            set(&|m| m.attributes = vec![(b"user.b".to_vec(), b"1".to_vec())]),
            [named("user.a"), named("user.b")]
        );
        assert_eq!(
            set(&|m| m.layout = Layout::Sparse(Vec::new())),
            [Aspect::Holes]
        );
        assert_eq!(set(&|m| m.layout = Layout::Unknown), []);
    }

    #[test]
    fn what_decides_access_is_what_users_of_a_link_would_notice() {
        let deciding = [
            Aspect::User,
            Aspect::Group,
            Aspect::Mode,
            Aspect::Acl,
            Aspect::Attribute(b"security.selinux".to_vec()),
        ];
        assert!(deciding.iter().all(Aspect::decides_access));
        let others = [
            Aspect::Flags,
            Aspect::AccessTime,
            Aspect::ModificationTime,
            Aspect::Holes,
        ];
        assert!(!others.iter().any(Aspect::decides_access));
    }

    #[test]
    fn ranges_are_subtracted() {
        type Ranges = &'static [(u64, u64)];
        const ALL: Ranges = &[(0, 10), (20, 30)];
        let ranges =
            |pairs: Ranges| -> Vec<_> { pairs.iter().map(|&(start, end)| start..end).collect() };
        let rows: [(Ranges, Ranges); 6] = [
            (&[], ALL),
            (ALL, &[]),
            (&[(0, 30)], &[]),
            (&[(2, 4), (6, 8)], &[(0, 2), (4, 6), (8, 10), (20, 30)]),
            (&[(5, 25)], &[(0, 5), (25, 30)]),
            (&[(10, 20), (30, 40)], ALL),
        ];
        for (others, expected) in rows {
            let found = subtract(&ranges(ALL), &ranges(others));
            assert_eq!(found, ranges(expected), "{others:?}");
        }
    }
}

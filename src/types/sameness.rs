//! Decides if two names with one inode number are one file or two.
//!
//! On most file systems the inode number alone decides. Some assign one number
//! to different files: unions of several file systems, network file systems,
//! many FUSE programs. For those this module evaluates all other facts about
//! the two names; [`crate::platform::IdentityCheck`] collects the facts.
//!
//! The costly mistake is to treat one file as two: it would become its own
//! duplicate. So two files need proof, and an undecided pair is
//! [`Sameness::Unknown`].

use std::path::PathBuf;

use super::{FileKind, FileStat};

/// A path to examine again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamePath {
    /// The path.
    pub path: PathBuf,
    /// True if its last component is a symbolic link that was followed.
    pub follow: bool,
}

/// Result of comparing two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sameness {
    /// They are names of one file, or there is no evidence against it.
    Same,
    /// They are names of two files.
    Different,
    /// The available facts do not decide it.
    Unknown(Doubt),
}

/// Reason why the comparison of two names was not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// No fact separates them, and too few indicate that they are one file.
    NoProof,
    /// One of them could not be examined again.
    Gone,
    /// Size, times or number of links changed between all attempts.
    Changing,
    /// The system did not respond in time.
    TimedOut,
    /// More files share the inode number than the limit for comparisons.
    TooMany,
}

impl Doubt {
    /// The reason as a clause, to follow "it was not decided ... because".
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoProof => "the file system gives no proof",
            Self::Gone => "one of them is gone",
            Self::Changing => "their size or times keep changing",
            Self::TimedOut => "the file system does not answer",
            Self::TooMany => "too many files have this number",
        }
    }
}

/// A file handle, and the guarantee that it gives. The bytes are the kernel's,
/// preceded by its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handle {
    /// A file has exactly one handle, and no other file has it.
    Exact(Vec<u8>),
    /// No other file has it, but a file with several names can have several:
    /// FUSE has a handle for each name that the FUSE program distinguishes, and
    /// NFS servers may include the directory.
    OfName(Vec<u8>),
    /// There is no handle, or it only repeats the inode number.
    None,
}

/// The directory entry that a path resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The path from the root of a mount or of the file system, as the kernel
    /// spells it. Two compared entries are relative to the same root.
    pub path: Vec<u8>,
    /// True if the listings of the directories contain every component of the
    /// path in this spelling. Otherwise, on a case-insensitive file system, a
    /// component may be another spelling of a listed name.
    pub is_listed: bool,
}

/// Facts about one of two names. Each name was examined twice, in turn with
/// the other, and nothing changed in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameFacts {
    /// Its metadata.
    pub stat: FileStat,
    /// Its handle.
    pub handle: Handle,
}

/// The entries of two names, as far as they can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entries {
    /// Both are on one mount, or both are known from the root of the file
    /// system.
    Comparable(Entry, Entry),
    /// They are on two mounts, and the relation of the mounts is not known.
    Apart,
    /// The system does not report them.
    Unknown,
}

/// Decides if two names with one device and inode number are one file. The
/// order of the two makes no difference.
#[must_use]
pub(crate) fn sameness(first: &NameFacts, second: &NameFacts, entries: &Entries) -> Sameness {
    use Sameness::{Different, Same, Unknown};
    let (a, b) = (&first.stat, &second.stat);
    if a.kind != b.kind {
        return Different;
    }
    if let Entries::Comparable(one, other) = entries
        && one.path == other.path
    {
        return Same;
    }
    match (&first.handle, &second.handle) {
        (Handle::Exact(one), Handle::Exact(other)) => {
            return if one == other { Same } else { Different };
        }
        (Handle::OfName(one), Handle::OfName(other)) if one == other => return Same,
        _ => {}
    }
    // One file has one size and one set of times under any name.
    if (a.size, a.modified, a.changed, a.links) != (b.size, b.modified, b.changed, b.links) {
        return Different;
    }
    let handles_differ = matches!(
        (&first.handle, &second.handle),
        (Handle::OfName(one), Handle::OfName(other)) if one != other
    );
    let is_weak = handles_differ || a.id != b.id;
    match entries {
        Entries::Comparable(one, other) if one.is_listed && other.is_listed => {
            // Two entries of directories. A directory has no other entry, and
            // a file with one link has none either.
            if a.kind == FileKind::Directory || a.links == 1 {
                Different
            } else if a.links > 1 && a.id == b.id && has_subsecond_ctime(a) {
                // A hard link. Other files with the same times to the
                // nanosecond are copies of it in a snapshot: equal as well.
                Same
            } else {
                Unknown(Doubt::NoProof)
            }
        }
        // Another spelling of the entry, or another mount of it.
        Entries::Comparable(..) | Entries::Apart if !is_weak => Same,
        _ => Unknown(Doubt::NoProof),
    }
}

/// Returns true if the change time has a fraction of a second, so that two
/// files with equal times are unlikely to be a coincidence.
fn has_subsecond_ctime(stat: &FileStat) -> bool {
    stat.changed.as_nanos() % 1_000_000_000 != 0
}

#[cfg(test)]
#[path = "sameness_tests.rs"]
mod tests;

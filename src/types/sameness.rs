//! Are two names with one inode number one file or two?
//!
//! On most file systems the inode number alone decides. Some give one number
//! to different files: unions of several file systems, network file systems,
//! many programs behind FUSE. There everything else that the system tells of
//! the two names is weighed here; asking the system is the business of
//! [`crate::platform::IdentityCheck`].
//!
//! The costly mistake is to take one file for two: it would become its own
//! duplicate. So two files need proof, and what cannot be told apart stays
//! [`Sameness::Unknown`].

use std::path::PathBuf;

use super::{FileKind, FileStat};

/// A path to look at once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePath {
    /// The path.
    pub path: PathBuf,
    /// Whether its last name is a symbolic link that was followed.
    pub follow: bool,
}

/// Whether two names stand for one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    /// They do, or nothing speaks against it.
    Same,
    /// They stand for two files.
    Different,
    /// What the system tells does not decide it.
    Unknown(Doubt),
}

/// Why it was not decided whether two names stand for one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Nothing that the system tells separates them, and too little says that
    /// they are one.
    NoProof,
    /// One of them could not be looked at again.
    Gone,
    /// Size, times or number of links moved with each look.
    Moving,
    /// The system did not answer in time.
    NoAnswer,
    /// More files share the number than are compared with each other.
    TooMany,
}

impl Doubt {
    /// The reason in words, to follow "it was not decided ... because".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoProof => "the file system gives no proof",
            Self::Gone => "one of them could not be looked at again",
            Self::Moving => "their size or times change with each look",
            Self::NoAnswer => "the file system does not answer",
            Self::TooMany => "too many files have that number",
        }
    }
}

/// What a file handle says about the file that it was made for. The bytes are
/// the kernel's, its type in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// One file has one handle, and no other file has it.
    Exact(Vec<u8>),
    /// No other file has it, but a file with several names can have several:
    /// FUSE hands out a handle for each name that the program behind it tells
    /// apart, and NFS servers may put the directory into it.
    OfName(Vec<u8>),
    /// There is none, or it repeats the inode number.
    None,
}

/// The directory entry that a path led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path from the root of a mount or of the file system, as the kernel
    /// spells it. Two entries that are compared are relative to the same.
    pub path: Vec<u8>,
    /// Whether every name of the path is spelled like this in the list of its
    /// directory. A name that is not may be another spelling of one that is,
    /// where upper and lower case are not told apart.
    pub is_listed: bool,
}

/// What the system tells of one of two names, looked at together and twice in
/// turn, without a difference between the first and the second time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Its metadata.
    pub stat: FileStat,
    /// Its handle.
    pub handle: Handle,
}

/// The entries of two names, as far as they can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entries {
    /// Both are on one mount, or both are known from the root of the file
    /// system.
    Comparable(Entry, Entry),
    /// They are on two mounts, and how the mounts lie to each other is not
    /// known.
    Apart,
    /// The system does not tell.
    Unknown,
}

/// Decides whether two names with one device and inode number stand for one
/// file. The order of the two makes no difference.
#[must_use]
pub fn sameness(first: &Sighting, second: &Sighting, entries: &Entries) -> Sameness {
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
    // One file has one size and one set of times, by whatever name.
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
            } else if a.links > 1 && a.id == b.id && has_fine_stamp(a) {
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

/// Whether the file system keeps more than whole seconds, so that two files
/// with equal times are hardly an accident.
fn has_fine_stamp(stat: &FileStat) -> bool {
    stat.changed.as_nanos() % 1_000_000_000 != 0
}

#[cfg(test)]
#[path = "sameness_tests.rs"]
mod tests;

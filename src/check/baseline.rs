//! The list of accepted duplicates and its file format.
//!
//! The file is meant to be committed with the project and reviewed: one path
//! per line, in an order that depends only on the content.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::config::HashAlgorithm;
use crate::platform::{bytes_of, path_from_list};
use crate::types::Digest;

/// The version of the file's format.
const VERSION: u32 = 1;

/// Accepted duplicates: paths, by their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Baseline {
    hash: HashAlgorithm,
    groups: BTreeMap<Digest, Accepted>,
}

/// The paths where some content is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) size: u64,
    pub(super) places: BTreeSet<PathBuf>,
}

/// An error in a baseline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BaselineError {
    /// It is not JSON, or does not match the format.
    Shape(String),
    /// It was written by a newer version of the program.
    Version(u32),
    /// Its digests are those of another algorithm.
    Hash(String),
    /// A digest is invalid.
    Digest(String),
    /// A path that leads out of the project by `..`, or to nothing.
    Path(String),
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(what) => write!(f, "{what}"),
            Self::Version(version) => {
                write!(
                    f,
                    "its format version is {version}, but {VERSION} is the newest known"
                )
            }
            Self::Hash(name) => write!(f, "its digests are {name}"),
            Self::Digest(text) => write!(f, "{text:?} is not a digest"),
            Self::Path(text) => write!(f, "{text:?} is not a path inside the project"),
        }
    }
}

impl std::error::Error for BaselineError {}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    hash: String,
    groups: Vec<GroupEntry>,
}

/// The version, parsed first: the rest may differ in another version.
#[derive(Deserialize)]
struct Stamp {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupEntry {
    digest: String,
    size: u64,
    paths: Vec<PathEntry>,
}

/// A path, as text if that is exact.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PathEntry {
    Text(String),
    Exact { path: String, path_bytes: String },
}

impl Baseline {
    /// An empty baseline.
    #[must_use]
    pub(crate) fn empty(hash: HashAlgorithm) -> Self {
        Self {
            hash,
            groups: BTreeMap::new(),
        }
    }

    /// Reads the content of a baseline file.
    ///
    /// # Errors
    ///
    /// If the content is invalid, or uses another algorithm than `hash`.
    pub(crate) fn parse(text: &[u8], hash: HashAlgorithm) -> Result<Self, BaselineError> {
        let shape = |error: serde_json::Error| BaselineError::Shape(error.to_string());
        let stamp: Stamp = serde_json::from_slice(text).map_err(shape)?;
        if stamp.version != VERSION {
            return Err(BaselineError::Version(stamp.version));
        }
        let document: Document = serde_json::from_slice(text).map_err(shape)?;
        if document.hash != hash.as_str() {
            return Err(BaselineError::Hash(document.hash));
        }
        let mut baseline = Self::empty(hash);
        for group in document.groups {
            let digest = digest(&group.digest).ok_or(BaselineError::Digest(group.digest))?;
            for entry in group.paths {
                baseline.accept(digest, group.size, entry.place()?);
            }
        }
        Ok(baseline)
    }

    /// The content of a baseline file, which [`Baseline::parse`] reads back.
    #[must_use]
    pub(crate) fn to_text(&self) -> Vec<u8> {
        let groups = self.groups.iter().map(|(digest, accepted)| GroupEntry {
            digest: digest.to_string(),
            size: accepted.size,
            paths: accepted.places.iter().map(|p| PathEntry::of(p)).collect(),
        });
        let document = Document {
            version: VERSION,
            hash: self.hash.as_str().to_owned(),
            groups: groups.collect(),
        };
        // Serializing strings, numbers and lists of them cannot fail.
        let mut text = serde_json::to_vec_pretty(&document).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// Accepts a file with this content.
    pub(super) fn accept(&mut self, digest: Digest, size: u64, place: PathBuf) {
        let accepted = self.groups.entry(digest).or_default();
        accepted.size = size;
        accepted.places.insert(place);
    }

    /// Returns true if a file is accepted with this content.
    pub(super) fn accepts(&self, digest: &Digest, place: &Path) -> bool {
        let accepted = self.groups.get(digest);
        accepted.is_some_and(|accepted| accepted.places.contains(place))
    }

    /// Returns true if some file is accepted with this content.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.groups.contains_key(digest)
    }

    /// All accepted groups, by digest.
    pub(super) fn groups_of_places(&self) -> impl Iterator<Item = (&Digest, &Accepted)> {
        self.groups.iter()
    }

    /// All accepted files, by digest and path.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Digest, u64, &Path)> {
        self.groups.iter().flat_map(|(digest, accepted)| {
            let places = accepted.places.iter();
            places.map(move |place| (digest, accepted.size, place.as_path()))
        })
    }

    /// Number of groups.
    #[must_use]
    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Number of files that it accepts.
    #[must_use]
    pub(crate) fn files(&self) -> usize {
        self.entries().count()
    }

    /// Number of its files that another one does not accept.
    #[must_use]
    pub(crate) fn files_not_in(&self, other: &Self) -> usize {
        let missing = |(digest, _, place): &(&Digest, u64, &Path)| !other.accepts(digest, place);
        self.entries().filter(missing).count()
    }
}

impl PathEntry {
    fn of(place: &Path) -> Self {
        match place.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Exact {
                path: place.to_string_lossy().into_owned(),
                path_bytes: STANDARD.encode(bytes_of(place.as_os_str())),
            },
        }
    }

    fn place(self) -> Result<PathBuf, BaselineError> {
        let (shown, place) = match self {
            Self::Text(text) => (text.clone(), Some(PathBuf::from(text))),
            Self::Exact { path, path_bytes } => {
                let bytes = STANDARD.decode(path_bytes).ok();
                (path, bytes.and_then(|bytes| path_from_list(&bytes)))
            }
        };
        let is_plain = |place: &PathBuf| {
            let mut parts = place.components();
            !place.as_os_str().is_empty() && parts.all(|part| part != Component::ParentDir)
        };
        place.filter(is_plain).ok_or(BaselineError::Path(shown))
    }
}

/// Parses the text form of a [`Digest`].
fn digest(text: &str) -> Option<Digest> {
    let digits = text.as_bytes();
    let length = digits.len() / 2;
    if !digits.len().is_multiple_of(2) || length == 0 || length > Digest::MAX_LEN {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    let pairs = digits.chunks_exact(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| Some((value(pair[0])? * 16 + value(pair[1])?) as u8))
        .collect();
    bytes.map(|bytes| Digest::new(&bytes))
}

#[cfg(test)]
#[path = "baseline_tests.rs"]
mod tests;

//! Reads a report that this program wrote, perhaps edited since: the inverse of
//! the JSON formats.
//!
//! Required fields are checked strictly and all others are ignored: a report may
//! have been reduced to the groups of interest.

mod directories;
mod listed;

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use directories::RawDirectoryGroup;
use listed::{ListedFile, ListedGroup, placed};

use super::record::VERSION;
use super::session::Mark;
use crate::config::HashAlgorithm;
use crate::error::describe;
use crate::platform::os_str;
use crate::types::{Digest, FileId, FileRecord, Group, ProposedGroup, Timestamp};

/// The reason why a report cannot be acted on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// It cannot be read.
    #[error("it cannot be read: {}", describe(.0))]
    Io(#[from] io::Error),
    /// It is no such report, or was damaged.
    #[error("it is not a json or jsonl report of nodupe scan: {0}")]
    Syntax(String),
    /// It has another version.
    #[error("its format has version {0}, and this nodupe reads version {VERSION}")]
    Version(u64),
    /// The end is missing.
    #[error("its end is missing")]
    Truncated,
    /// The scan did not end.
    #[error("the scan was interrupted, so that files to keep may be missing in it")]
    Interrupted,
    /// A group has no digest.
    #[error("group {0} has no digest")]
    NoDigest(usize),
    /// A group is not as this program writes it.
    #[error("group {0}: {1}")]
    Group(usize, String),
}

/// The content of a report.
#[derive(Debug)]
pub(crate) struct Source {
    /// The hash of its digests.
    pub hash: HashAlgorithm,
    /// The paths that were scanned.
    pub roots: Vec<PathBuf>,
    /// The directory that relative paths start from, if it is not the current one.
    base: Option<PathBuf>,
    groups: Vec<ListedGroup>,
    /// The groups of directories; `None` if it has no list of them.
    pub directory_groups: Option<Vec<ProposedGroup>>,
    /// True if the scan missed nothing.
    pub complete: bool,
    /// The statistics, as they are in the report.
    pub figures: Map<String, Value>,
}

/// The decision on a file of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SavedMark {
    /// The decision.
    pub mark: Mark,
    /// True if the rules keep the file, where the report says so.
    pub suggested: Option<bool>,
}

/// The fields with the statistics of a scan.
const FIGURES: [&str; 5] = ["executor", "totals", "stages", "cache", "elapsed_seconds"];

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Listed {
    Text(String),
    Exact {
        path: String,
        path_bytes: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
struct RawGroup {
    digest: Option<String>,
    size: u64,
    files: Vec<RawFile>,
}

#[derive(Debug, Deserialize)]
struct RawFile {
    path: String,
    #[serde(default)]
    path_bytes: Option<String>,
    /// Null in a plan that another machine made.
    dev: Option<u64>,
    ino: Option<u64>,
    modified: String,
    changed: String,
    links: u32,
    #[serde(default)]
    hard_links: Vec<Listed>,
    #[serde(default)]
    reference: bool,
    #[serde(default)]
    mark: Option<String>,
    #[serde(default)]
    suggested: Option<bool>,
    /// Without it, nobody said which file stays.
    keep: bool,
}

/// The fields of the document that matter, or of the records of lines.
#[derive(Debug, Default)]
struct Header {
    version: Option<u64>,
    complete: Option<bool>,
    interrupted: Option<bool>,
    working_directory: Option<PathBuf>,
    working_directory_text: Option<String>,
    roots: Option<Vec<PathBuf>>,
    hash: Option<String>,
    groups: Option<Groups>,
    directory_groups: Option<Vec<RawDirectoryGroup>>,
    figures: Map<String, Value>,
}

/// The groups up to the first that is not as this program writes it.
#[derive(Debug, Default)]
struct Groups {
    listed: Vec<ListedGroup>,
    wrong: Option<SourceError>,
}

impl Groups {
    fn push(&mut self, group: RawGroup) {
        if self.wrong.is_some() {
            return;
        }
        match group.listed(self.listed.len() + 1) {
            Ok(group) => self.listed.push(group),
            Err(error) => self.wrong = Some(error),
        }
    }
}

impl Listed {
    fn path(self) -> Result<PathBuf, String> {
        match self {
            Self::Text(text) => Ok(text.into()),
            Self::Exact { path, path_bytes } => exact(path, path_bytes),
        }
    }
}

fn exact(text: String, bytes: Option<String>) -> Result<PathBuf, String> {
    match bytes {
        None => Ok(text.into()),
        Some(bytes) => bytes_path(&bytes),
    }
}

fn bytes_path(text: &str) -> Result<PathBuf, String> {
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|_| format!("path_bytes {text:?} is not base64"))?;
    Ok(PathBuf::from(os_str(&bytes)))
}

/// Reads a report. Paths in it are made relative to `here`, the current
/// directory, by prefixing the report's own one if that is another.
///
/// # Errors
///
/// [`SourceError`].
pub(crate) fn read(input: impl Read, here: &Path) -> Result<Source, SourceError> {
    let mut input = BufReader::new(input);
    let header = if is_lines(&mut input)? {
        lines(input)?
    } else {
        let mut text = serde_json::Deserializer::from_reader(input);
        let header = Header::deserialize(&mut text);
        let header = header.and_then(|header| text.end().map(|()| header));
        header.map_err(|error| syntax(&error))?
    };
    header.source(here)
}

/// The records of jsonl begin with their type; no field of the document is
/// called so.
fn is_lines(input: &mut BufReader<impl Read>) -> io::Result<bool> {
    let start = input.fill_buf()?;
    let start = start.trim_ascii_start();
    let start = start.strip_prefix(b"{").unwrap_or_default();
    Ok(start.trim_ascii_start().starts_with(b"\"type\""))
}

fn syntax(error: &serde_json::Error) -> SourceError {
    match error.classify() {
        serde_json::error::Category::Io => SourceError::Io(io::Error::other(error.to_string())),
        serde_json::error::Category::Eof => SourceError::Truncated,
        _ => SourceError::Syntax(error.to_string()),
    }
}

fn lines(input: impl BufRead) -> Result<Header, SourceError> {
    #[derive(Deserialize)]
    struct Kind {
        r#type: String,
    }
    let mut header = Header::default();
    let mut is_complete = false;
    for line in input.split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let kind: Kind = serde_json::from_slice(&line).map_err(|error| syntax(&error))?;
        match kind.r#type.as_str() {
            "group" => {
                let group = serde_json::from_slice(&line).map_err(|error| syntax(&error))?;
                header.groups.get_or_insert_default().push(group);
            }
            "directory_group" => {
                let group = serde_json::from_slice(&line).map_err(|error| syntax(&error))?;
                header.directory_groups.get_or_insert_default().push(group);
            }
            "error" | "similar_directory" => {}
            kind => {
                is_complete |= kind == "totals";
                let part: Header = serde_json::from_slice(&line).map_err(|error| syntax(&error))?;
                header.merge(part);
            }
        }
    }
    if !is_complete {
        return Err(SourceError::Truncated);
    }
    header.groups.get_or_insert_default();
    Ok(header)
}

impl Header {
    fn merge(&mut self, other: Self) {
        let Self {
            version,
            complete,
            interrupted,
            working_directory,
            working_directory_text,
            roots,
            hash,
            groups: _,
            directory_groups: _,
            figures,
        } = other;
        self.figures.extend(figures);
        self.version = version.or(self.version);
        self.complete = complete.or(self.complete);
        self.interrupted = interrupted.or(self.interrupted);
        self.working_directory = working_directory.or(self.working_directory.take());
        self.working_directory_text = working_directory_text.or(self.working_directory_text.take());
        self.roots = roots.or(self.roots.take());
        self.hash = hash.or(self.hash.take());
    }

    fn source(self, here: &Path) -> Result<Source, SourceError> {
        let missing = |field: &str| SourceError::Syntax(format!("{field} is missing"));
        match self.version {
            None => return Err(missing("version")),
            Some(version) if version != u64::from(VERSION) => {
                return Err(SourceError::Version(version));
            }
            Some(_) => {}
        }
        if self.interrupted.ok_or_else(|| missing("interrupted"))? {
            return Err(SourceError::Interrupted);
        }
        let hash = self.hash.ok_or_else(|| missing("hash"))?;
        let known = HashAlgorithm::ALL
            .into_iter()
            .find(|known| known.as_str() == hash);
        let hash = known.ok_or_else(|| SourceError::Syntax(format!("unknown hash {hash:?}")))?;
        let base = self.working_directory;
        let base = base.or(self.working_directory_text.map(PathBuf::from));
        let base = base.ok_or_else(|| missing("working_directory"))?;
        if !base.is_absolute() {
            return Err(SourceError::Syntax(
                "working_directory is not absolute".to_owned(),
            ));
        }
        let groups = self.groups.ok_or_else(|| missing("groups"))?;
        if let Some(error) = groups.wrong {
            return Err(error);
        }
        for (at, group) in groups.listed.iter().enumerate() {
            if group.digest.as_bytes().len() != hash.digest_len() {
                let reason = format!("{} is not a {} digest", group.digest, hash.as_str());
                return Err(SourceError::Group(at + 1, reason));
            }
        }
        let base = (base != here).then_some(base);
        let roots = self.roots.unwrap_or_default();
        Ok(Source {
            hash,
            directory_groups: directories::placed_in(self.directory_groups, base.as_deref())?,
            roots: roots
                .iter()
                .map(|path| placed(base.as_deref(), path))
                .collect(),
            base,
            groups: groups.listed,
            complete: self.complete.unwrap_or(true),
            figures: self.figures,
        })
    }
}

impl Source {
    /// Fills in what a plan that another machine made lacks: device and inode, which
    /// `id_of` looks up.
    pub(crate) fn identify(&mut self, id_of: impl Fn(&FileRecord) -> Option<FileId>) {
        for group in &mut self.groups {
            for file in &mut group.files {
                if file.id == FileId::UNKNOWN {
                    let record = file.record(group.size, self.base.as_deref());
                    file.id = id_of(&record).unwrap_or(file.id);
                }
            }
        }
    }

    /// The groups, with paths that start from the report's working directory, without
    /// the files that a review marked for another act than this one: those are left
    /// alone, and are no copies to rely on either.
    pub(crate) fn groups_for(&self, act: Mark) -> impl Iterator<Item = Group> + '_ {
        self.groups.iter().map(move |group| {
            let (mut group, marks) = group.group(self.base.as_deref());
            let mut marks = marks.into_iter();
            group.files.retain(|_| {
                let mark = marks.next().unwrap_or_default().mark;
                !mark.acts() || mark == act
            });
            group
        })
    }

    /// The groups, and the marks of their files.
    pub(crate) fn into_marked_groups(self) -> impl Iterator<Item = (Group, Vec<SavedMark>)> {
        let base = self.base;
        let groups = self.groups.into_iter();
        groups.map(move |group| group.group(base.as_deref()))
    }
}

impl RawGroup {
    fn listed(self, number: usize) -> Result<ListedGroup, SourceError> {
        let wrong = |reason: String| SourceError::Group(number, reason);
        let digest = self.digest.ok_or(SourceError::NoDigest(number))?;
        let digest =
            Digest::parse(&digest).map_err(|error| wrong(format!("digest {digest:?}: {error}")))?;
        let files = self.files.into_iter().map(RawFile::listed);
        Ok(ListedGroup {
            digest,
            size: self.size,
            files: files.collect::<Result<_, _>>().map_err(wrong)?,
        })
    }
}

impl RawFile {
    fn listed(self) -> Result<ListedFile, String> {
        let time = |text: &str| {
            let time: Result<jiff::Timestamp, _> = text.parse();
            let nanos = time.map_err(|_| format!("{text:?} is not a time"))?;
            i64::try_from(nanos.as_nanosecond())
                .map(Timestamp::from_nanos)
                .map_err(|_| format!("{text:?} is out of range"))
        };
        let id = match (self.dev, self.ino) {
            (Some(dev), Some(ino)) => FileId { dev, ino },
            (None, None) => FileId::UNKNOWN,
            _ => return Err("dev or ino is missing".to_owned()),
        };
        let mark = match &self.mark {
            None => Mark::None,
            Some(name) => Mark::named(name).ok_or_else(|| format!("{name:?} is not a mark"))?,
        };
        let path = exact(self.path, self.path_bytes)?;
        if path.as_os_str().is_empty() {
            return Err("a path is empty".to_owned());
        }
        let names = self.hard_links.into_iter().map(Listed::path);
        Ok(ListedFile {
            path: path.into(),
            hard_links: names.collect::<Result<_, _>>()?,
            id,
            modified: time(&self.modified)?,
            changed: time(&self.changed)?,
            links: self.links,
            reference: self.reference,
            keep: self.keep || self.reference || mark == Mark::Keep,
            mark: SavedMark {
                mark,
                suggested: self.suggested,
            },
        })
    }
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Groups;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("groups")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut groups: A) -> Result<Groups, A::Error> {
                let mut read = Groups::default();
                while let Some(group) = groups.next_element()? {
                    read.push(group);
                }
                Ok(read)
            }
        }
        from.deserialize_seq(Each)
    }
}

/// Fields that are not needed are skipped, whatever they hold.
impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Header;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a report")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                use serde::de::Error;
                let mut header = Header::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "version" => header.version = Some(map.next_value()?),
                        "complete" => header.complete = Some(map.next_value()?),
                        "interrupted" => header.interrupted = Some(map.next_value()?),
                        "working_directory" => {
                            header.working_directory_text = Some(map.next_value()?);
                        }
                        "working_directory_bytes" => {
                            let text: String = map.next_value()?;
                            let path = bytes_path(&text).map_err(A::Error::custom)?;
                            header.working_directory = Some(path);
                        }
                        "roots" => {
                            let roots: Vec<Listed> = map.next_value()?;
                            let roots = roots.into_iter().map(Listed::path);
                            let roots = roots.collect::<Result<_, _>>();
                            header.roots = Some(roots.map_err(A::Error::custom)?);
                        }
                        "hash" => header.hash = Some(map.next_value()?),
                        "groups" => header.groups = Some(map.next_value()?),
                        "directory_groups" => header.directory_groups = map.next_value()?,
                        figures if FIGURES.contains(&figures) => {
                            header.figures.insert(name, map.next_value()?);
                        }
                        _ => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(header)
            }
        }
        from.deserialize_map(Fields)
    }
}

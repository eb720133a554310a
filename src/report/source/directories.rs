//! The groups of directories of a report.

use std::path::Path;

use serde::Deserialize;

use super::{SourceError, exact, placed};
use crate::types::{ProposedDirectory, ProposedGroup};

#[derive(Debug, Deserialize)]
pub(super) struct RawDirectoryGroup {
    files: u64,
    bytes: u64,
    directories: Vec<RawDirectory>,
}

#[derive(Debug, Deserialize)]
struct RawDirectory {
    path: String,
    #[serde(default)]
    path_bytes: Option<String>,
    keep: bool,
}

/// The groups, with paths that start from `base`.
pub(super) fn placed_in(
    groups: Option<Vec<RawDirectoryGroup>>,
    base: Option<&Path>,
) -> Result<Option<Vec<ProposedGroup>>, SourceError> {
    let groups = groups.map(|groups| groups.into_iter().map(|group| group.group(base)).collect());
    groups.transpose()
}

impl RawDirectoryGroup {
    fn group(self, base: Option<&Path>) -> Result<ProposedGroup, SourceError> {
        let directory = |directory: RawDirectory| {
            let path = exact(directory.path, directory.path_bytes);
            let path = path.map_err(SourceError::Syntax)?;
            if path.as_os_str().is_empty() {
                let reason = "the path of a directory is empty";
                return Err(SourceError::Syntax(reason.to_owned()));
            }
            Ok(ProposedDirectory {
                path: placed(base, &path),
                keep: directory.keep,
            })
        };
        let directories = self.directories.into_iter().map(directory);
        Ok(ProposedGroup {
            files: self.files,
            bytes: self.bytes,
            directories: directories.collect::<Result<_, _>>()?,
        })
    }
}

//! Compares the files that must be identical. The rules cover the whole project,
//! even if only a part of it is checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::check::{Difference, PathState, ProjectPaths, Rules, SameRule, is_glob};
use crate::config::{ScanConfig, Selection, SortKey};
use crate::error::{Error, FailureKind, ScanError, Stage};
use crate::glob;
use crate::pipeline::Scan;
use crate::types::CancelToken;

/// The result of the comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub differences: Vec<Difference>,
    /// Paths that could not be read.
    pub errors: Vec<ScanError>,
    pub interrupted: bool,
}

/// Compares the files of all rules by a scan of them alone.
pub(super) fn compare(
    rules: &Rules,
    places: &mut ProjectPaths,
    config: &ScanConfig,
    cancel: &CancelToken,
) -> Result<Compared, Error> {
    if rules.same().is_empty() {
        return Ok(Compared::default());
    }
    let root = places.root().to_owned();
    // A named link is followed, as it is by whoever reads the file.
    let inspect = |place: &Path| super::inspect(&root.join(place), true);
    let files = rules.same().iter().flat_map(SameRule::files);
    let is_there = |place: &&Path| matches!(inspect(place), PathState::File(_));
    let files: BTreeSet<PathBuf> = files
        .filter(is_there)
        .map(|place| root.join(place))
        .collect();
    let globs: Vec<&str> = rules.same().iter().flat_map(SameRule::globs).collect();
    let mut config = config_of(config, &root, &files, &globs);
    config.roots.retain(|root| root.exists());
    let mut contents = BTreeMap::new();
    let mut compared = Compared::default();
    if !config.roots.is_empty() {
        let scan = Scan::new(config);
        let stop = scan.cancel_token();
        let result = scan
            .on_progress(|_| {
                if cancel.is_cancelled() {
                    stop.cancel();
                }
            })
            .run()?;
        for (number, group) in result.groups(SortKey::Path).enumerate() {
            for file in &group.files {
                let names = std::iter::once(&file.path).chain(&file.hard_links);
                contents.extend(names.map(|name| (places.of(name), number)));
            }
        }
        compared.errors = result.errors().to_vec();
        compared.interrupted = result.summary().interrupted;
    }
    if compared.interrupted {
        return Ok(compared);
    }
    for error in &mut compared.errors {
        error.path = places.of(&error.path);
    }
    for file in &files {
        let place = places.of(file);
        if contents.contains_key(&place) {
            continue;
        }
        // A link and its target are one file to a scan, under one name.
        let target = file.canonicalize().ok().map(|target| places.of(&target));
        if let Some(&content) = target.and_then(|target| contents.get(&target)) {
            contents.insert(place, content);
        } else if !compared.errors.iter().any(|error| error.path == place) {
            compared.errors.push(ScanError {
                path: place,
                stage: Stage::Walk,
                kind: FailureKind::Ambiguous,
                message: "it was not compared with the other files of its [[check.same]] rule"
                    .to_owned(),
            });
        }
    }
    for rule in rules.same() {
        let found = rule.differences(&root, &contents, &inspect);
        compared.differences.extend(found);
    }
    Ok(compared)
}

/// A scan of these files, and of what the globs match in the project.
fn config_of(
    config: &ScanConfig,
    root: &Path,
    files: &BTreeSet<PathBuf>,
    globs: &[&str],
) -> ScanConfig {
    let mut roots: Vec<PathBuf> = files.iter().cloned().collect();
    let mut include: Vec<String> = files.iter().map(|file| glob::escaped(file)).collect();
    for pattern in globs {
        let pattern = glob::rebase(root, pattern);
        roots.push(match pattern.starts_with('/') {
            true => directory_of_glob(&pattern),
            false => root.to_owned(),
        });
        // A directory is everything in it.
        let body = pattern.trim_end_matches('/');
        include.push(match body.starts_with('/') {
            true => format!("{body}/**"),
            false => format!("{}/**/{body}/**", glob::escaped(root)),
        });
        if body == pattern {
            include.push(pattern);
        }
    }
    roots.sort();
    roots.dedup();
    ScanConfig {
        roots,
        listed: Vec::new(),
        references: Vec::new(),
        selection: Selection {
            min_size: 0,
            include,
            gitignore: config.selection.gitignore,
            keeps_tracked: true,
            ..Selection::default()
        },
        // Files of their own content as well: those are the ones that differ.
        min_copies: 1,
        max_copies: u64::MAX,
        across_roots: false,
        hard_links: false,
        excluded_files: Vec::new(),
        ..config.clone()
    }
}

/// The directory that all matches of an absolute glob are in.
fn directory_of_glob(pattern: &str) -> PathBuf {
    let plain = pattern.split('/').take_while(|part| !is_glob(part));
    let directory = plain.collect::<Vec<_>>().join("/");
    PathBuf::from(if directory.is_empty() {
        "/"
    } else {
        &directory
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_glob_is_looked_for_below_its_plain_part() {
        for (pattern, directory) in [("/a/b/*.c", "/a/b"), ("/*/b", "/"), ("/a/{b,c}/d", "/a")] {
            assert_eq!(directory_of_glob(pattern), Path::new(directory));
        }
    }
}

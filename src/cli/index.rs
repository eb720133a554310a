//! `nodupe index`: what this host knows of its files, as Parquet.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{IndexArgs, IndexOptions};
use super::diagnostics::{Fatal, list_errors, list_skipped, say, scan_failed};
use super::output::{self, Output, cannot_write};
use super::progress::Bars;
use super::resolve::{self, Verbosity};
use super::terminal::Environment;
use super::{cache, interrupt, time_zone};
use crate::config::{Candidates, Goal, ScanConfig};
use crate::exit::Exit;
use crate::manifest::{
    Changes, Identities, IndexError, IndexWriter, Origin, Row, partition_of, read_candidates,
};
use crate::pipeline::{Scan, ScanResult};
use crate::platform;
use crate::report::counted;
use crate::types::Timestamp;

/// Writes an index.
pub(super) fn run(args: &IndexArgs) -> Result<Exit, Fatal> {
    let verbosity = resolve::verbosity(&args.running);
    let asked = &args.index;
    let mut config = configured(args)?;
    let host = asked.host.clone().unwrap_or_else(platform::host_name);
    let label = match &asked.volume {
        Some(label) => Some((label.clone(), device_of(&config.roots)?)),
        None => None,
    };
    let changes = Changes::since(&asked.diff, &host).map_err(|error| unusable(&error))?;
    let paths = outputs(asked);
    let outputs = paths.iter().map(|path| Output::open(named(path)));
    let outputs: Vec<Output> = outputs.collect::<Result<_, _>>()?;
    let inputs = asked.diff.iter().chain(&asked.candidates);
    output::refuse_to_replace(&outputs, inputs)?;
    for output in &outputs {
        config.excluded_files.extend_from_slice(output.own_files());
    }
    let execution = config.execution.clone();
    let (roots, hash) = (config.roots.clone(), config.hash);
    let indexed_at = micros(Timestamp::from(std::time::SystemTime::now()));
    let scan = Scan::new(config);
    let leftovers = outputs.iter().map(Output::leftover).collect();
    interrupt::watch(&scan, leftovers);
    let is_quiet = verbosity == Verbosity::Quiet;
    let environment = Environment::read();
    let mut bars = Bars::new(environment.wants_progress(is_quiet, io::stderr().is_terminal()));
    let result = scan
        .on_progress(|progress| bars.update(progress))
        .run()
        .map_err(|error| scan_failed(error, &execution))?;
    bars.clear();
    if !is_quiet {
        warn(&result, verbosity);
    }
    if result.summary().interrupted {
        // A part of the files would look like all of them.
        if !is_quiet {
            say("nodupe: interrupted: no index is written");
        }
        return Ok(Exit::Interrupted);
    }
    let roots = roots
        .iter()
        .map(|root| platform::bytes_of(root.as_os_str()));
    let mut index = Index {
        result: &result,
        host: &host,
        roots: roots.map(<[u8]>::to_vec).collect(),
        origin: Origin {
            host: &host,
            indexed_at,
            algorithm: hash,
            partition: (0, outputs.len() as u32),
            is_whole: asked.diff.is_empty(),
            is_complete: result.summary().complete,
        },
        identities: Identities::new(label),
        changes: (!asked.diff.is_empty()).then_some(changes),
    };
    let rows = index.write(&paths, outputs)?;
    if !is_quiet {
        say(format_args!(
            "nodupe: indexed {}, {} read",
            counted(rows, "name", "names"),
            crate::report::size(result.summary().totals.bytes_read)
        ));
        if !asked.diff.is_empty() && !result.summary().complete {
            say("nodupe: no path is marked as gone, because not everything could be read");
        }
    }
    Ok(Exit::of_scan(false, u64::from(!result.summary().complete)))
}

fn configured(args: &IndexArgs) -> Result<ScanConfig, Fatal> {
    let asked = &args.index;
    // Other hosts know no working directory.
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).map_err(|source| crate::error::Error::Root {
            path: path.clone(),
            source,
        })
    };
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() {
        &here[..]
    } else {
        &args.paths
    };
    let roots: Vec<PathBuf> = paths.iter().map(absolute).collect::<Result<_, _>>()?;
    let mut config = ScanConfig::new(roots);
    config.selection = resolve::selection(&args.selection, || time_zone::now(args.running.quiet))?;
    config.hash = asked.hash.into();
    resolve::set_running(&mut config, &args.running)?;
    platform::raise_descriptor_limit();
    config.execution.worker_program = platform::own_program().ok();
    config.cache = cache::configured(&args.cache)?;
    if asked.hash_everything {
        config.goal = Goal::HashEverything;
    } else {
        let candidates = match &asked.candidates {
            Some(file) => read_candidates(file, config.hash).map_err(|error| unusable(&error))?,
            None => Candidates::default(),
        };
        config.candidates = Some(Arc::new(candidates));
    }
    Ok(config)
}

/// The error for an index that cannot be used.
pub(super) fn unusable(error: &IndexError) -> Fatal {
    Fatal::new(format!("cannot use the index: {error}"))
}

fn micros(time: Timestamp) -> i64 {
    time.as_nanos().div_euclid(1000)
}

/// The device that all paths are on.
fn device_of(roots: &[PathBuf]) -> Result<u64, Fatal> {
    let devices = roots.iter().map(|root| {
        let stat = platform::stat_path(root, true);
        stat.map_err(|source| crate::error::Error::Root {
            path: root.clone(),
            source,
        })
    });
    let mut devices = devices.collect::<Result<Vec<_>, _>>()?;
    devices.dedup_by_key(|stat| stat.id.dev);
    match devices.as_slice() {
        [one] => Ok(one.id.dev),
        _ => Err(
            Fatal::new("--volume names one file system, and the PATHs are on several")
                .hint("index each file system by itself")
                .about(&["volume"]),
        ),
    }
}

/// The file to write; `None` for standard output.
fn named(path: &Path) -> Option<&Path> {
    Some(path).filter(|path| *path != Path::new("-"))
}

/// The files that are written.
fn outputs(asked: &IndexOptions) -> Vec<PathBuf> {
    let file = &asked.output;
    let Some(partitions) = asked.partitions else {
        return vec![file.clone()];
    };
    let extension = file.extension().unwrap_or_default();
    (0..partitions.get())
        .map(|number| {
            let mut name = file.file_stem().unwrap_or_default().to_owned();
            name.push(format!("-{number:05}-of-{partitions:05}"));
            if !extension.is_empty() {
                name.push(".");
                name.push(extension);
            }
            file.with_file_name(name)
        })
        .collect()
}

fn warn(result: &ScanResult, verbosity: Verbosity) {
    for line in list_skipped(result.left_out()).lines() {
        say(line);
    }
    cache::print_notes(result.summary().cache.as_ref());
    let list = list_errors(result.errors(), verbosity == Verbosity::Verbose);
    for line in list.lines() {
        say(line);
    }
}

/// The rows of this host.
struct Index<'a> {
    result: &'a ScanResult,
    host: &'a str,
    roots: Vec<Vec<u8>>,
    origin: Origin<'a>,
    identities: Identities,
    changes: Option<Changes>,
}

impl Index<'_> {
    /// Writes all partitions, and renames them once all are complete. Returns the
    /// number of rows.
    fn write(&mut self, paths: &[PathBuf], mut outputs: Vec<Output>) -> Result<u64, Fatal> {
        let mut rows = 0;
        for (number, (path, output)) in paths.iter().zip(&mut outputs).enumerate() {
            let failed = |error: IndexError| match error {
                IndexError::Output(error) => cannot_write(named(path), &error),
                error => unusable(&error),
            };
            rows += self
                .write_partition(number as u32, output)
                .map_err(failed)?;
        }
        for (path, output) in paths.iter().zip(outputs) {
            output
                .commit()
                .map_err(|error| cannot_write(named(path), &error))?;
        }
        Ok(rows)
    }

    fn write_partition(&mut self, number: u32, out: &mut Output) -> Result<u64, IndexError> {
        let partitions = self.origin.partition.1;
        let is_here = |size| partition_of(size, partitions) == number;
        let origin = Origin {
            partition: (number, partitions),
            ..self.origin
        };
        let mut writer = IndexWriter::new(&origin).map_err(IndexError::Output)?;
        let listing = self.result.listing();
        for name in listing.names(is_here) {
            let (dir, file) = split(&name.path);
            let identity = self.identities.of(dir, file, name.id);
            let row = Row {
                host: self.host.as_bytes(),
                root: &self.roots[name.root as usize],
                path: &name.path,
                fs_uuid: identity.fs_uuid.as_deref().map(str::as_bytes),
                handle: &identity.handle,
                size: name.size,
                modified: name.modified,
                changed: name.changed,
                links: name.links,
                partial: name.ends,
                digest: name.digest,
                algorithm: self.origin.algorithm,
                indexed_at: self.origin.indexed_at,
            };
            if self
                .changes
                .as_mut()
                .is_none_or(|changes| changes.is_new(&row))
            {
                writer.push(&row, out).map_err(IndexError::Output)?;
            }
        }
        // What could not be listed is not gone.
        let is_last = number + 1 == partitions;
        if let Some(changes) = &self.changes
            && is_last
            && self.result.summary().complete
        {
            changes.gone(&self.roots, |row| {
                // Options may have left it out, or another file system covers it.
                if !is_gone(row.path) {
                    return Ok(());
                }
                let gone = Row {
                    links: 0,
                    partial: None,
                    digest: None,
                    algorithm: self.origin.algorithm,
                    indexed_at: self.origin.indexed_at,
                    ..*row
                };
                writer.push(&gone, out).map_err(IndexError::Output)
            })?;
        }
        writer.finish(out).map_err(IndexError::Output)
    }
}

fn is_gone(path: &[u8]) -> bool {
    let found = platform::stat_path(&platform::foreign_path(path), false);
    found.is_err_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        )
    })
}

/// The directory of a path and the name in it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
    match path.iter().rposition(is_separator) {
        Some(0) => (&path[..1], &path[1..]),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_directory_and_a_name() {
        type Row<'a> = (&'a [u8], (&'a [u8], &'a [u8]));
        let table: [Row<'_>; 4] = [
            (b"/a/b", (b"/a", b"b")),
            (b"/a", (b"/", b"a")),
            (b"a", (b"", b"a")),
            (b"a/b/c", (b"a/b", b"c")),
        ];
        for (path, expected) in table {
            assert_eq!(split(path), expected);
        }
    }
}

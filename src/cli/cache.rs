//! `nodupe cache`, and the cache that the other commands use.

use std::path::{Path, PathBuf};

use super::args::{CacheArgs, CacheCommandArgs};
use super::diagnostics::{Fatal, list_errors, say, scan_failed, visible, visible_text};
use super::value_enums::CacheAction;
use super::values::CacheChoice;
use super::{interrupt, print};
use crate::cache::{self, CacheError};
use crate::config::{CacheConfig, Goal, HashAlgorithm, ScanConfig};
use crate::exit::Exit;
use crate::manifest::uuid_text;
use crate::pipeline::Scan;
use crate::platform;
use crate::report::{count, counted, size};
use crate::types::CacheSummary;

/// The cache that a scan is to use.
///
/// # Errors
///
/// If there can be none.
pub(super) fn configured(args: &CacheArgs) -> Result<Option<CacheConfig>, Fatal> {
    let file = match &args.cache {
        None | Some(CacheChoice::Off) => return Ok(None),
        Some(CacheChoice::Own) => None,
        Some(CacheChoice::File(file)) => Some(file.as_path()),
    };
    let mut config = CacheConfig::new(file_of(file)?);
    config.max_size = args.cache_size.unwrap_or(config.max_size);
    Ok(Some(config))
}

fn file_of(file: Option<&Path>) -> Result<PathBuf, Fatal> {
    if !platform::HAS_VOLUMES {
        return Err(Fatal::new("--cache is not available on this system")
            .hint("a cache can be believed on Linux alone"));
    }
    let own = || {
        let directory = platform::cache_directory(|name| std::env::var_os(name));
        directory.map(|directory| cache::default_file(&directory))
    };
    file.map(Path::to_path_buf).or_else(own).ok_or_else(|| {
        Fatal::new("there is no directory for a cache: neither XDG_CACHE_HOME nor HOME is set")
            .hint("name a file: --cache=FILE")
    })
}

/// Says why a cache was not used, or not in full.
pub(super) fn print_notes(summary: Option<&CacheSummary>) {
    for note in summary.into_iter().flat_map(|summary| &summary.notes) {
        say(format_args!("nodupe: cache: {}", visible_text(note)));
    }
}

/// Acts on a cache.
pub(super) fn run(args: &CacheCommandArgs) -> Result<Exit, Fatal> {
    let file = file_of(args.cache.as_deref())?;
    if args.action != CacheAction::Verify && !args.paths.is_empty() {
        return Err(Fatal::new("only nodupe cache verify takes a PATH")
            .hint("another cache than the usual one: --cache FILE"));
    }
    match args.action {
        CacheAction::Info => info(&file),
        CacheAction::Clear => {
            let removed = cache::clear(&file).map_err(|error| failed(&error))?;
            let file = visible(&file);
            say(match removed {
                true => format!("nodupe: removed {file}"),
                false => format!("nodupe: there is no cache: {file}"),
            });
            Ok(Exit::Complete)
        }
        CacheAction::Verify => verify(&args.paths, &file),
    }
}

fn failed(error: &CacheError) -> Fatal {
    Fatal::new(format!("the cache: {error}"))
}

fn info(file: &Path) -> Result<Exit, Fatal> {
    let found = cache::info(file).map_err(|error| failed(&error))?;
    let mut text = format!("File     {}\n", visible(file));
    match found {
        None => text.push_str("Size     no cache yet\n"),
        Some(found) => {
            text.push_str(&format!("Size     {}\n", size(found.bytes)));
            text.push_str(&format!("Entries  {}\n", count(found.entries as u64)));
            for (uuid, subvolume, algorithm, entries) in found.volumes {
                let subvolume = match subvolume {
                    0 => String::new(),
                    number => format!(", subvolume {number}"),
                };
                text.push_str(&format!(
                    "  file system {}{subvolume}: {}, {}\n",
                    uuid_text(&uuid),
                    algorithm.as_str(),
                    counted(entries as u64, "entry", "entries")
                ));
            }
        }
    }
    text.push_str(STORED);
    print::print(text.as_bytes())
}

/// The answer to why files are read again.
const STORED: &str = "\
Stored   files on ext4, XFS (Linux 6.8 or newer) and btrfs; those on tmpfs, overlays, FUSE
         and network file systems are read every time: nothing there tells for certain
         that a file is the one of the last scan and that nobody wrote to it
";

fn verify(paths: &[PathBuf], file: &Path) -> Result<Exit, Fatal> {
    let Some(found) = cache::info(file).map_err(|error| failed(&error))? else {
        say(format_args!("nodupe: there is no cache: {}", visible(file)));
        return Ok(Exit::Complete);
    };
    cache::check_file(file).map_err(|error| failed(&error))?;
    let (mut checked, mut wrong, mut exit) = (0, 0, Exit::Complete);
    for hash in HashAlgorithm::ALL {
        if !found.volumes.iter().any(|(_, _, of, _)| *of == hash) {
            continue;
        }
        let mut config = if paths.is_empty() {
            ScanConfig::new(["."])
        } else {
            ScanConfig::new(paths)
        };
        config.hash = hash;
        config.goal = Goal::HashEverything;
        config.cache = Some(CacheConfig {
            sampled: 1,
            ..CacheConfig::new(file.to_path_buf())
        });
        let execution = config.execution.clone();
        let scan = Scan::new(config);
        interrupt::watch(&scan, Vec::new());
        let result = scan.run().map_err(|error| scan_failed(error, &execution))?;
        for line in list_errors(result.errors(), false).lines() {
            say(line);
        }
        let summary = result.summary();
        print_notes(summary.cache.as_ref());
        if let Some(cache) = &summary.cache {
            checked += cache.checked;
            wrong += cache.wrong;
        }
        let missed = u64::from(!summary.complete);
        exit = exit.max(Exit::of_scan(summary.interrupted, missed + wrong));
    }
    let text = format!(
        "Checked  {}\nWrong    {}\n",
        counted(checked, "file", "files"),
        count(wrong)
    );
    print::print(text.as_bytes()).map(|printed| printed.max(exit))
}

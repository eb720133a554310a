//! Finds the project file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::environment::Variables;
use super::span::Lines;
use crate::cli::args::ProjectArgs;
use crate::cli::diagnostics::Fatal;
use crate::error::describe;
use crate::platform::{self, NotOpened};

/// File name of the project file.
pub(crate) const NAME: &str = "nodupe.toml";

/// The largest project file that is read; a longer file is not one.
const MAX_BYTES: u64 = 1 << 20;

/// A project file that was read.
#[derive(Debug)]
pub(crate) struct ProjectFile {
    /// Its path from the working directory.
    pub name: PathBuf,
    /// Its text.
    pub text: String,
    /// The directory that it is in, absolute and without symbolic links: the
    /// project's root.
    pub dir: PathBuf,
    /// The path to its directory from the working directory; empty if that is
    /// it.
    pub way: PathBuf,
    /// True if it was found, not given.
    pub is_found: bool,
    /// True if it was found, in a directory above the working
    /// directory.
    pub is_from_above: bool,
}

/// Finds and reads the project file, if there is one and it is not disabled.
///
/// # Errors
///
/// If it exists and cannot be read, if it was found and another user could have
/// put it there, or if it was given and does not exist.
pub(super) fn find(
    args: &ProjectArgs,
    variables: &Variables,
) -> Result<Option<ProjectFile>, Fatal> {
    if let Some(file) = &args.config {
        return read(file.clone(), "--config").map(Some);
    }
    if args.no_config {
        return Ok(None);
    }
    if let Some(file) = variables.get("NODUPE_CONFIG") {
        return read(PathBuf::from(file), "NODUPE_CONFIG").map(Some);
    }
    if variables.switch("NODUPE_NO_CONFIG")? == Some(true) {
        return Ok(None);
    }
    // Without a working directory there is nothing above it either.
    let Ok(working_directory) = std::env::current_dir() else {
        return Ok(None);
    };
    let mut way = PathBuf::new();
    for dir in working_directory.ancestors() {
        // Directories above the working directory may be inaccessible, and then
        // only one of the two paths works: not the absolute one if it passes an
        // inaccessible directory, and not the one with `..` through it.
        for name in [way.join(NAME), dir.join(NAME)] {
            match exists(&name) {
                Ok(true) => {
                    let mut file = read_found(name, dir)?;
                    file.is_from_above = dir != working_directory;
                    return Ok(Some(file));
                }
                Ok(false) => break,
                Err(_) => {}
            }
        }
        way.push("..");
    }
    Ok(None)
}

/// Returns true if a file of that name exists. Other kinds of files are
/// skipped: a directory may have that name, and opening a FIFO would block. A
/// link whose target cannot be inspected counts, so that opening it gives the
/// reason.
fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            Ok(fs::metadata(path).map_or(true, |target| target.is_file()))
        }
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a file that was given explicitly, which is trusted.
fn read(name: PathBuf, named_by: &str) -> Result<ProjectFile, Fatal> {
    let failed = |error: &io::Error| {
        cannot_read(&name, &describe(error)).hint(format!("{named_by} names it"))
    };
    let bytes =
        platform::read_control_file(&name, MAX_BYTES, true).map_err(|error| failed(&error))?;
    let way = directory_of(&name);
    let dir = Path::new(".").join(&way).canonicalize();
    let dir = dir.map_err(|error| failed(&error))?;
    Ok(ProjectFile {
        text: text(&name, bytes)?,
        dir,
        way,
        is_found: false,
        is_from_above: false,
        name,
    })
}

/// Reads a file that was found in a directory, if it can be trusted.
fn read_found(name: PathBuf, dir: &Path) -> Result<ProjectFile, Fatal> {
    let failed =
        |error: &io::Error| cannot_read(&name, &describe(error)).hint("--no-config ignores it");
    let file = platform::open_found_file(&name).map_err(|error| match error {
        NotOpened::Failed(error) => failed(&error),
        NotOpened::Distrusted(why) => {
            let name = name.display();
            Fatal::new(format!("the project file {name} is not used: {why}")).hint(format!(
                "if you trust it, add --config {name}; --no-config ignores it"
            ))
        }
    })?;
    let bytes = platform::read_bounded(&file, MAX_BYTES).map_err(|error| failed(&error))?;
    Ok(ProjectFile {
        text: text(&name, bytes)?,
        dir: dir.to_owned(),
        way: directory_of(&name),
        is_found: true,
        is_from_above: false,
        name,
    })
}

fn cannot_read(name: &Path, reason: &str) -> Fatal {
    let name = name.display();
    Fatal::new(format!("cannot read the project file {name}: {reason}"))
}

fn directory_of(name: &Path) -> PathBuf {
    name.parent().unwrap_or(Path::new("")).to_owned()
}

fn text(name: &Path, bytes: Vec<u8>) -> Result<String, Fatal> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let before = String::from_utf8_lossy(&bytes[..valid]);
        let place = Lines::of(&before).place(valid);
        Fatal::new("this is not UTF-8")
            .at(format_args!("{}:{place}", name.display()))
            .hint("save it as UTF-8")
    })
}

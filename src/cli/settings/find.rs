//! Which project file is read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::environment::Variables;
use super::place::Lines;
use crate::cli::args::ProjectArgs;
use crate::cli::messages::Fatal;
use crate::error::describe;

/// What a project file is called.
pub const NAME: &str = "nodupe.toml";

/// More than any project has to say; a file that is longer was taken for
/// something else.
const MOST_BYTES: u64 = 1 << 20;

/// A project file that was read.
#[derive(Debug)]
pub struct ProjectFile {
    /// How to call it from the working directory.
    pub name: PathBuf,
    /// Its text.
    pub text: String,
    /// The directory that it is in, absolute and without symbolic links: the
    /// project's root.
    pub dir: PathBuf,
    /// How to get there from the working directory: empty if it is there.
    pub way: PathBuf,
}

/// Finds and reads it, if there is one and it is wanted.
///
/// # Errors
///
/// When it is there and cannot be read, or was named and is not there.
pub fn find(args: &ProjectArgs, variables: &Variables) -> Result<Option<ProjectFile>, Fatal> {
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
        // What lies around the working directory may be closed to whoever
        // works in it, and then only one of the two ways leads there: not the
        // one from the top if it passes a closed directory, and not the one
        // upward through it.
        for name in [way.join(NAME), dir.join(NAME)] {
            match is_there(&name) {
                Ok(true) => return read_in(name, Some(dir), "").map(Some),
                Ok(false) => break,
                Err(_) => {}
            }
        }
        way.push("..");
    }
    Ok(None)
}

/// Whether a file of the name is there. Other kinds of files are passed over:
/// a directory may well be called that, and a FIFO would be waited for. A
/// link that nothing can be learned of counts, so that opening it says why.
fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            Ok(fs::metadata(path).map_or(true, |target| target.is_file()))
        }
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a file that was named.
fn read(name: PathBuf, named_by: &str) -> Result<ProjectFile, Fatal> {
    read_in(name, None, named_by)
}

/// Reads a file. Its directory, if it is not known, is looked up by its name.
fn read_in(name: PathBuf, dir: Option<&Path>, named_by: &str) -> Result<ProjectFile, Fatal> {
    let hint = if named_by.is_empty() {
        "--no-config does without it".to_owned()
    } else {
        format!("{named_by} names it")
    };
    let failed = |reason: &str| {
        Fatal::new(format!(
            "cannot read the project file {}: {reason}",
            name.display()
        ))
        .hint(hint.clone())
    };
    let bytes = bytes(&name).map_err(|error| failed(&describe(&error)))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed("it is larger than 1 MiB"));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let before = String::from_utf8_lossy(&bytes[..valid]);
            let place = Lines::of(&before).place(valid);
            return Err(Fatal::new("this is not UTF-8")
                .at(format_args!("{}:{place}", name.display()))
                .hint("save it as UTF-8"));
        }
    };
    let way = name.parent().unwrap_or(Path::new("")).to_owned();
    let dir = match dir {
        Some(dir) => dir.to_owned(),
        None => Path::new(".")
            .join(&way)
            .canonicalize()
            .map_err(|error| failed(&describe(&error)))?,
    };
    Ok(ProjectFile {
        name,
        text,
        dir,
        way,
    })
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Asked first, since opening a FIFO means to wait.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

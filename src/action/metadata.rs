//! Restores the metadata of a restored file.

use std::io;

use crate::error::describe;
use crate::platform::{ContentOps, NO_COW, Setting};
use crate::types::{Aspect, FileMetadata, aspect_of_attribute};

/// A part of the metadata that could not be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unrestored {
    /// The part.
    pub aspect: Aspect,
    /// The system's reason; empty if it reported success.
    pub reason: String,
}

const SET_ID: u32 = 0o6000;

/// Sets the flags that only an empty file takes. A file that is never
/// copied on write cannot become a clone of one that is.
pub(crate) fn prepare<O: ContentOps>(ops: &O, empty: &O::File, wanted: &FileMetadata) {
    if wanted.flags & NO_COW != 0 {
        // If it fails, `restore` finds the difference.
        let _ = ops.set(empty, Setting::Flags(wanted.flags & NO_COW));
    }
}

/// Sets the metadata of a file whose bytes are complete, and returns what could
/// not be set.
///
/// The order matters: a change of the owner clears set-ID bits and capabilities;
/// the list that a file inherits from its directory shows in the mode; times come
/// last because a write moves them.
///
/// # Errors
///
/// The system's error if the result cannot be examined.
pub(crate) fn restore<O: ContentOps>(
    ops: &O,
    file: &O::File,
    wanted: &FileMetadata,
) -> io::Result<Vec<Unrestored>> {
    let mut failed = Vec::new();
    let mut set = |aspect: Aspect, setting: Setting<'_>| {
        let result = ops.set(file, setting);
        let succeeded = result.is_ok();
        if let Err(error) = result {
            failed.push((aspect, describe(&error)));
        }
        succeeded
    };
    let found = ops.metadata(file)?;
    let mut mode = wanted.mode;
    if let Some((user, group)) = wanted.owner
        && found.owner != wanted.owner
    {
        let is_user = set(Aspect::User, Setting::User(user));
        let is_group = set(Aspect::Group, Setting::Group(group));
        // Set-ID bits lend the rights of an owner: not those of another one.
        if !is_user || !is_group {
            mode &= !SET_ID;
        }
    }
    set(Aspect::Mode, Setting::Mode(mode));
    for (name, _) in &found.attributes {
        if wanted.attribute(name).is_none() {
            set(aspect_of_attribute(name), Setting::NoAttribute(name));
        }
    }
    for (name, value) in &wanted.attributes {
        if found.attribute(name) != Some(value.as_slice()) {
            set(aspect_of_attribute(name), Setting::Attribute(name, value));
        }
    }
    if found.flags != wanted.flags {
        set(Aspect::Flags, Setting::Flags(wanted.flags));
    }
    let times = Setting::Times {
        accessed: wanted.accessed,
        modified: wanted.modified,
    };
    set(Aspect::ModificationTime, times);
    // What the file has counts, not what the calls returned.
    let differences = ops.metadata(file)?.differences(wanted);
    let reason = |aspect: &Aspect| {
        let mut all = failed.iter();
        all.find(|(known, _)| known == aspect)
            .map(|(_, reason)| reason.clone())
            .unwrap_or_default()
    };
    let unrestored = differences.into_iter().map(|aspect| Unrestored {
        reason: reason(&aspect),
        aspect,
    });
    Ok(unrestored.collect())
}

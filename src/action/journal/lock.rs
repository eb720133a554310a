//! One process at a time acts with a journal.
//!
//! The lock is on a file beside the journal, whose content says who holds it.
//! The system releases it when the holder ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::error::io_error;
use super::record::Holder;
use super::{JournalError, beside};
use crate::platform;

/// The longest content that is read: commands can be long, but only so much of
/// them says who it is.
const MAX_CONTENT: u64 = 64 * 1024;

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(journal: &Path, holder: &Holder) -> Result<Self, JournalError> {
        let path = beside(journal, ".lock");
        let failed = |error| io_error(&path, error);
        let mut file = platform::open_private_file(&path, true).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Busy {
                    path: journal.to_path_buf(),
                    holder: read(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // With `--journal` it may be anybody's file that has this name.
        if !is_ours(&mut file).map_err(failed)? {
            return Err(failed(std::io::Error::other(
                "it is in the way: the journal would lock it, but it is not a lock of nodupe",
            )));
        }
        write(&mut file, holder).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// The holder, unless it has not written its name yet.
fn read(file: &mut File) -> Option<Holder> {
    let mut content = Vec::new();
    file.take(MAX_CONTENT).read_to_end(&mut content).ok()?;
    serde_json::from_slice(&content).ok()
}

/// Returns true if a file is empty or was written by [`write()`].
fn is_ours(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let is_ours = read(file).is_some();
    file.rewind()?;
    Ok(is_ours)
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(holder)?)
}

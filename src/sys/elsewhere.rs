//! What only Linux has, for the compiler's sake: the native walker is never
//! chosen where [`super::HAS_NATIVE_WALK`] is false.

use std::ffi::CStr;
use std::io;
use std::path::Path;

use crate::model::{FileKind, FileStat};

/// Room for directory entries.
#[derive(Default)]
pub struct EntryBuffer;

impl EntryBuffer {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

/// A directory that cannot be opened.
#[derive(Debug)]
pub enum NativeDir {}

impl NativeDir {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn open(_path: &[u8], _follow: bool) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open_child(&self, _name: &[u8]) -> io::Result<Self> {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn list(
        &self,
        _buffer: &mut EntryBuffer,
        _each: impl FnMut(&CStr, Option<FileKind>),
    ) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn stat(&self, _name: &CStr) -> io::Result<FileStat> {
        match *self {}
    }
}

/// Elsewhere the kernel's own trees are not part of the file tree.
#[must_use]
pub fn is_pseudo_file_system(_path: &Path) -> bool {
    false
}

//! The identity of a file among all others, on its host and beyond.

use std::collections::HashMap;
use std::ffi::CString;

use crate::platform::{self, NativeDir, Volume};
use crate::types::FileId;

/// The identity of a file in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The UUID or the label of its file system; `None` if that has no lasting
    /// identity.
    pub(crate) fs_uuid: Option<String>,
    /// Where there is one, inode number, generation and subvolume (20 bytes); with a
    /// label the inode number (8 bytes); else device and inode number (16 bytes).
    pub(crate) handle: Vec<u8>,
}

/// Looks up identities, best directory by directory.
#[derive(Default)]
pub(crate) struct Identities {
    /// The directory that was opened last, if it could be.
    dir: Option<(Vec<u8>, Option<NativeDir>)>,
    volumes: HashMap<u64, Option<Volume>>,
    /// A name for the file system with this device number.
    label: Option<(String, u64)>,
}

impl Identities {
    /// Creates one that calls the file system of a device by a label.
    pub(crate) fn new(label: Option<(String, u64)>) -> Self {
        Self {
            label,
            ..Self::default()
        }
    }

    /// The identity of a name in a directory that the walk found to be `id`.
    pub(crate) fn of(&mut self, dir: &[u8], name: &[u8], id: FileId) -> Identity {
        // Only the user knows that it is this file system on another host, where it may
        // tell less than here. Times tell files apart that had one inode number.
        if let Some((label, device)) = &self.label
            && *device == id.dev
        {
            return Identity {
                fs_uuid: Some(label.clone()),
                handle: id.ino.to_le_bytes().to_vec(),
            };
        }
        match self.lasting(dir, name, id) {
            Some((volume, generation)) => Identity {
                fs_uuid: Some(uuid_text(&volume.uuid)),
                handle: [
                    &id.ino.to_le_bytes()[..],
                    &generation.to_le_bytes(),
                    &volume.subvolume.to_le_bytes(),
                ]
                .concat(),
            },
            None => Identity {
                fs_uuid: None,
                handle: [id.dev.to_le_bytes(), id.ino.to_le_bytes()].concat(),
            },
        }
    }

    /// The volume and the generation, where an inode number with them is of one
    /// file for ever.
    fn lasting(&mut self, dir: &[u8], name: &[u8], id: FileId) -> Option<(Volume, u32)> {
        if self.dir.as_ref().is_none_or(|(path, _)| path != dir) {
            let path = if dir.is_empty() { b"." } else { dir };
            self.dir = Some((dir.to_vec(), NativeDir::open(path).ok()));
        }
        let opened = self.dir.as_ref()?.1.as_ref()?;
        if opened.id().dev != id.dev {
            return None;
        }
        let volume = *self
            .volumes
            .entry(id.dev)
            .or_insert_with(|| platform::volume_of(opened));
        let (volume, name) = volume.zip(CString::new(name).ok())?;
        let generation = platform::generation_of_name(opened, &name, id.ino).ok()?;
        Some((volume, generation))
    }
}

/// A UUID in its usual form.
pub(crate) fn uuid_text(uuid: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in uuid.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

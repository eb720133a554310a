//! Reads the beginning of files on a thread of its own: a file system that hangs
//! does not stop the screen.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::pane::{MAX_BYTES, Preview};
use super::store::Copy;
use crate::error::describe;
use crate::platform::{self, bytes_of};
use crate::types::{FileLocation, FileStat};

/// The thread, and its answers.
pub(super) struct Reader {
    requests: Sender<(Copy, PathBuf)>,
    pub(super) answers: Receiver<(Copy, Preview)>,
}

impl Reader {
    /// Without a thread nothing is ever answered. `follow` is true if links are
    /// followed, as the scan did.
    pub(super) fn start(follow: bool) -> Self {
        let (requests, wanted) = unbounded::<(Copy, PathBuf)>();
        let (sender, answers) = unbounded();
        let _ = thread::Builder::new()
            .name("preview".to_owned())
            .spawn(move || {
                while let Ok(mut request) = wanted.recv() {
                    // Only the latest one is still on the screen.
                    while let Ok(later) = wanted.try_recv() {
                        request = later;
                    }
                    let (copy, path) = request;
                    if sender.send((copy, read(&path, follow))).is_err() {
                        return;
                    }
                }
            });
        Self { requests, answers }
    }

    /// Asks for the beginning of a file.
    pub(super) fn request(&self, copy: Copy, path: &Path) {
        let _ = self.requests.send((copy, path.to_path_buf()));
    }
}

/// Reads the beginning of a regular file; nothing else is ever opened.
pub(super) fn read(path: &Path, follow: bool) -> Preview {
    match open_and_read(path, follow) {
        Ok((bytes, stat)) => Preview {
            bytes: Ok(bytes),
            stat: Some(stat),
        },
        Err(error) => Preview {
            bytes: Err(describe(&error).to_string()),
            stat: None,
        },
    }
}

fn open_and_read(path: &Path, follow: bool) -> io::Result<(Vec<u8>, FileStat)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let dir = path.parent().unwrap_or(Path::new(""));
    let place = FileLocation {
        dir: bytes_of(dir.as_os_str()),
        dir_id: None,
        name: bytes_of(name),
        follow,
    };
    let file = platform::open_file_alone(place, None)?;
    let stat = platform::stat_file(&file)?;
    let mut bytes = vec![0; MAX_BYTES];
    let mut filled = 0;
    while filled < bytes.len() {
        match platform::read_at(&file, &mut bytes[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok((bytes, stat))
}

//! Sends the results of a walk in batches.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam_channel::Sender;

use super::dir::Dir;
use crate::error::ScanError;
use crate::platform;
use crate::types::{CancelToken, DirId, WalkBatch};

/// Number of files at which a batch is sent before its directory is complete.
pub(super) const BATCH_FILES: usize = 256;

/// The sending end of the walk's channel, shared by all threads of the walk.
pub(super) struct BatchSender {
    send: Sender<WalkBatch>,
    cancel: CancelToken,
    next_dir: AtomicU32,
    links: Mutex<Vec<Link>>,
}

/// A symbolic link that was found and is to be followed.
pub(super) struct Link {
    /// The directory it is in.
    pub(super) dir: Dir,
    /// Its name there.
    pub(super) name: Vec<u8>,
}

impl BatchSender {
    pub(super) fn new(send: Sender<WalkBatch>, cancel: CancelToken) -> Self {
        Self {
            send,
            cancel,
            next_dir: AtomicU32::new(0),
            links: Mutex::new(Vec::new()),
        }
    }

    /// Returns true if the walk is to stop.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Allocates a directory number. (Four billion directories would have
    /// filled the table of directories long before.)
    pub(super) fn number_dir(&self) -> DirId {
        DirId(self.next_dir.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a batch and leaves an empty one. Blocks while the channel is full.
    pub(super) fn send(&self, batch: &mut WalkBatch) {
        if batch.is_empty() {
            return;
        }
        // If there is no receiver any more, the scan is over.
        if self.send.send(std::mem::take(batch)).is_err() {
            self.cancel.cancel();
        }
    }

    pub(super) fn send_error(&self, error: ScanError) {
        self.send(&mut WalkBatch {
            errors: vec![error],
            ..WalkBatch::default()
        });
    }

    /// Reports a symbolic link that leads to nothing.
    pub(super) fn send_dangling(&self, path: &[u8]) {
        self.send(&mut WalkBatch {
            dangling: vec![PathBuf::from(platform::os_str(path))],
            ..WalkBatch::default()
        });
    }

    pub(super) fn keep_link(&self, link: Link) {
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(link);
    }

    /// Takes the links found since the last call.
    pub(super) fn take_links(&self) -> Vec<Link> {
        std::mem::take(&mut *self.links.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

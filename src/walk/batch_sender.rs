//! Where a walk puts what it finds.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam_channel::Sender;

use super::dir::Dir;
use crate::error::ScanError;
use crate::types::{CancelToken, DirId, WalkBatch};

/// From how many files on a batch is sent before its directory is done.
pub(super) const BATCH_FILES: usize = 256;

/// The end of the walk's channel, shared by all that walk.
pub(super) struct BatchSender {
    send: Sender<WalkBatch>,
    cancel: CancelToken,
    next_dir: AtomicU32,
    links: Mutex<Vec<Link>>,
}

/// A symbolic link that was met and is to be followed.
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

    /// Whether the walk is to stop.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// How many batches wait to be taken in.
    pub(super) fn waiting(&self) -> usize {
        self.send.len()
    }

    /// A number for a directory. (Four billion of them would long have
    /// filled the table that they are entered in.)
    pub(super) fn number_dir(&self) -> DirId {
        DirId(self.next_dir.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a batch and leaves an empty one. Waits while the coordinator
    /// has more than enough to do.
    pub(super) fn send(&self, batch: &mut WalkBatch) {
        if batch.is_empty() {
            return;
        }
        // If nobody listens any more, the scan is over.
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

    pub(super) fn keep_link(&self, link: Link) {
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(link);
    }

    /// The links met since this was last asked.
    pub(super) fn take_links(&self) -> Vec<Link> {
        std::mem::take(&mut *self.links.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

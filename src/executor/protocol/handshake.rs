//! The first message of each side, and the check that the two are compatible.
//!
//! Pure functions of received bytes. The other end can be another version of
//! this program, whose messages have another meaning: so only the beginning is
//! read, which never changes, until it is known to be the same.

use serde::{Deserialize, Serialize};

use super::frame::{FrameError, decode};
use super::{Order, Ready, Reply, Settings};

/// The version of the messages. It is incremented with every change of their
/// form or meaning.
pub(super) const PROTOCOL: u32 = 1;

/// First bytes of every [`Hello`].
const MAGIC: [u8; 8] = *b"nodupe\r\n";

/// Maximum number of characters shown of a text from the other side.
const MAX_SHOWN: usize = 400;

/// Identification of the sender. Its fields must never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    magic: [u8; 8],
    protocol: u32,
    version: String,
}

impl Hello {
    /// This program.
    #[must_use]
    pub(crate) fn ours() -> Self {
        Self::of(PROTOCOL, env!("CARGO_PKG_VERSION"))
    }

    fn of(protocol: u32, version: &str) -> Self {
        Self {
            magic: MAGIC,
            protocol,
            version: version.to_owned(),
        }
    }

    /// Checks that this, sent by `peer`, comes from the same program as `ours`.
    ///
    /// # Errors
    ///
    /// If it does not: [`HandshakeError::UnknownProgram`] or
    /// [`HandshakeError::Version`].
    pub(crate) fn check(&self, peer: Peer, ours: &Self) -> Result<(), HandshakeError> {
        if self.magic != MAGIC {
            Err(HandshakeError::UnknownProgram { peer })
        } else if self == ours {
            Ok(())
        } else {
            // Equal version texts would not explain the difference.
            let number = self.version == ours.version;
            Err(HandshakeError::Version {
                peer,
                theirs: self.show(number),
                ours: ours.show(number),
            })
        }
    }

    fn show(&self, number: bool) -> String {
        let version = sanitized(&self.version);
        if number {
            format!("{version} with protocol {}", self.protocol)
        } else {
            version
        }
    }
}

/// The side that sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The side that sends the orders.
    Program,
    /// The side that executes them.
    Worker,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::Program => "the parent process",
            Self::Worker => "the worker process",
        }
    }
}

/// Error of the handshake between two processes.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The first message is not from nodupe.
    #[error("{} is not nodupe: its first message is unknown", .peer.name())]
    UnknownProgram {
        /// The sender.
        peer: Peer,
    },
    /// The other side is another version of nodupe.
    #[error("{} is nodupe {theirs}, this is nodupe {ours}", .peer.name())]
    Version {
        /// The other side.
        peer: Peer,
        /// Its version, safe to show on a terminal.
        theirs: String,
        /// This program's version.
        ours: String,
    },
    /// The worker cannot work, for this reason, which is safe to show.
    #[error("the worker process cannot work: {0}")]
    Refused(String),
    /// The same version, but its first message is malformed.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// The part that is read before anything is known: the kind of message, and its
/// sender.
#[derive(Deserialize)]
struct Opening {
    _message: u32,
    hello: Hello,
}

fn check_hello(payload: &[u8], peer: Peer) -> Result<(), HandshakeError> {
    match postcard::take_from_bytes::<Opening>(payload) {
        Ok((opening, _)) => opening.hello.check(peer, &Hello::ours()),
        Err(_) => Err(HandshakeError::UnknownProgram { peer }),
    }
}

/// Decodes the first message from the program, without its header. On an error
/// a worker answers [`Reply::Refused`] and ends.
///
/// # Errors
///
/// Any but `HandshakeError::Refused`.
pub fn first_order(payload: &[u8]) -> Result<Settings, HandshakeError> {
    let peer = Peer::Program;
    check_hello(payload, peer)?;
    match decode(payload)? {
        Order::<crate::types::Batch>::Settings(settings) => Ok(settings),
        _ => Err(HandshakeError::UnknownProgram { peer }),
    }
}

/// Decodes the first message from a worker, without its header. On an error the
/// worker is unusable.
///
/// # Errors
///
/// Any. Differing versions are reported in preference to the worker's refusal
/// for that reason.
pub fn first_reply(payload: &[u8]) -> Result<Ready, HandshakeError> {
    let peer = Peer::Worker;
    check_hello(payload, peer)?;
    match decode(payload)? {
        Reply::Ready(ready) => Ok(ready),
        Reply::Refused(refusal) => Err(HandshakeError::Refused(sanitized(&refusal.reason))),
        _ => Err(HandshakeError::UnknownProgram { peer }),
    }
}

/// Makes a text from another process safe for a terminal.
fn sanitized(text: &str) -> String {
    text.chars()
        .take(MAX_SHOWN)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;

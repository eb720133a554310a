//! The first message of each side, and whether the two can work together.
//!
//! Pure functions of bytes that arrived. The other end can be another version
//! of this program, whose messages mean something else: so only the beginning
//! is read, which never changes, until it is known to be the same.

use serde::{Deserialize, Serialize};

use super::frame::{FrameError, decode};
use super::{Order, Ready, Reply, Settings};

/// The version of the messages. Goes up with every change of their form or
/// meaning.
pub const PROTOCOL: u32 = 1;

/// How every [`Hello`] begins.
const MAGIC: [u8; 8] = *b"nodupe\r\n";

/// How many characters of a text of the other side are shown to people.
const MAX_SHOWN: usize = 400;

/// Who speaks. What it consists of must never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    magic: [u8; 8],
    protocol: u32,
    version: String,
}

impl Hello {
    /// This program.
    #[must_use]
    pub fn ours() -> Self {
        Self::of(PROTOCOL, env!("CARGO_PKG_VERSION"))
    }

    fn of(protocol: u32, version: &str) -> Self {
        Self {
            magic: MAGIC,
            protocol,
            version: version.to_owned(),
        }
    }

    /// Whether this, said by `peer`, comes from the same program as `ours`.
    ///
    /// # Errors
    ///
    /// When it does not: [`HandshakeError::Stranger`] or
    /// [`HandshakeError::Version`].
    pub fn check(&self, peer: Peer, ours: &Self) -> Result<(), HandshakeError> {
        if self.magic != MAGIC {
            Err(HandshakeError::Stranger { peer })
        } else if self == ours {
            Ok(())
        } else {
            // Versions that look alike are no help to anybody.
            let number = self.version == ours.version;
            Err(HandshakeError::Version {
                peer,
                theirs: self.show(number),
                ours: ours.show(number),
            })
        }
    }

    fn show(&self, number: bool) -> String {
        let version = plain(&self.version);
        if number {
            format!("{version} with protocol {}", self.protocol)
        } else {
            version
        }
    }
}

/// Which side it was that spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The one that gives the orders.
    Program,
    /// The one that follows them.
    Worker,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::Program => "the program that gives the orders",
            Self::Worker => "the worker process",
        }
    }
}

/// Why two processes do not work together.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// What was said first is not what nodupe says.
    #[error("{} does not begin as nodupe does", .peer.name())]
    Stranger {
        /// Who said it.
        peer: Peer,
    },
    /// The other side is another version of nodupe.
    #[error("{} is nodupe {theirs}, this is nodupe {ours}", .peer.name())]
    Version {
        /// Which side is the other one.
        peer: Peer,
        /// Its version, safe to show.
        theirs: String,
        /// This program's version.
        ours: String,
    },
    /// The worker cannot work, for this reason, which is safe to show.
    #[error("the worker process cannot work: {0}")]
    Refused(String),
    /// The same version, but its first message cannot be understood.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// What is read before anything is known: which message, and who speaks.
#[derive(Deserialize)]
struct Opening {
    _message: u32,
    hello: Hello,
}

fn introduced(payload: &[u8], peer: Peer) -> Result<(), HandshakeError> {
    match postcard::take_from_bytes::<Opening>(payload) {
        Ok((opening, _)) => opening.hello.check(peer, &Hello::ours()),
        Err(_) => Err(HandshakeError::Stranger { peer }),
    }
}

/// Makes the first message from the program, without its header, into what
/// it must be. On an error a worker answers [`Reply::Refused`] and ends.
///
/// # Errors
///
/// Any but [`HandshakeError::Refused`].
pub fn first_order(payload: &[u8]) -> Result<Settings, HandshakeError> {
    let peer = Peer::Program;
    introduced(payload, peer)?;
    match decode(payload)? {
        Order::<crate::types::Batch>::Settings(settings) => Ok(settings),
        _ => Err(HandshakeError::Stranger { peer }),
    }
}

/// Makes the first message from a worker, without its header, into what it
/// must be. On an error the worker is of no use.
///
/// # Errors
///
/// Any. That the versions differ is told rather than that the worker refused
/// to work for that reason.
pub fn first_reply(payload: &[u8]) -> Result<Ready, HandshakeError> {
    let peer = Peer::Worker;
    introduced(payload, peer)?;
    match decode(payload)? {
        Reply::Ready(ready) => Ok(ready),
        Reply::Refused(refusal) => Err(HandshakeError::Refused(plain(&refusal.reason))),
        _ => Err(HandshakeError::Stranger { peer }),
    }
}

/// What another process says may hold anything, and goes to a terminal.
fn plain(text: &str) -> String {
    text.chars()
        .take(MAX_SHOWN)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;

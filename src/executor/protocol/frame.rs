//! Frames: messages prefixed with their length, over any reader and writer.
//!
//! ```text
//! ┌──────────────────────┬─────────────────────────┐
//! │ length, 4 bytes,     │ one message in          │
//! │ little-endian        │ postcard's form         │
//! └──────────────────────┴─────────────────────────┘
//! ```
//!
//! The other end may be a process that went wrong, so nothing is trusted: a
//! length is checked against [`MAX_FRAME`] before it is used, and memory is
//! allocated only for bytes that arrived.

use std::io::{self, ErrorKind, Read, Write};

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The maximum length of a message in bytes, without its header. A batch of 64
/// files with the longest paths that Linux allows takes 300 KiB.
pub(crate) const MAX_FRAME: usize = 16 << 20;

/// Length of the header in bytes.
const HEADER: usize = 4;

/// Maximum number of bytes that a reader requests at once and allocates beyond
/// those that arrived: what a pipe holds on Linux.
const STEP: usize = 64 * 1024;

/// Error of sending or receiving a message.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A message to be sent has more than [`MAX_FRAME`] bytes. Nothing of it
    /// was written.
    #[error("a message to send exceeds the maximum of {MAX_FRAME} bytes")]
    TooLarge,
    /// A frame claims to have more than [`MAX_FRAME`] bytes.
    #[error("a received length of {claimed} bytes exceeds the maximum of {MAX_FRAME}")]
    TooLong {
        /// The length in its header, in bytes.
        claimed: u32,
    },
    /// The stream ended inside a frame.
    #[error("a message was truncated after {arrived} bytes")]
    Cut {
        /// Number of bytes of the frame that arrived, including its header.
        arrived: usize,
    },
    /// The bytes of a frame are not a valid message.
    #[error("cannot decode a message: {0}")]
    Malformed(#[source] postcard::Error),
    /// A message ended before its frame did.
    #[error("a message has {bytes} trailing bytes")]
    Trailing {
        /// Number of bytes left.
        bytes: usize,
    },
    /// A message cannot be serialized.
    #[error("cannot encode a message: {0}")]
    Encode(#[source] postcard::Error),
    /// The stream failed.
    #[error("{}", crate::error::describe(.0))]
    Io(#[from] io::Error),
}

/// Sends messages into a stream.
#[derive(Debug)]
pub(crate) struct FrameWriter<W> {
    output: W,
    buffer: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Creates a writer to `output`, which needs no buffer of its own.
    pub(crate) fn new(output: W) -> Self {
        Self {
            output,
            buffer: Vec::new(),
        }
    }

    /// Sends one message with its header in a single write if the stream
    /// accepts that much.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLarge`] and [`FrameError::Encode`] leave the stream
    /// unchanged. After [`FrameError::Io`] it may hold half a message and is
    /// unusable.
    pub(crate) fn send(&mut self, message: &impl Serialize) -> Result<(), FrameError> {
        frame(message, &mut self.buffer)?;
        self.output.write_all(&self.buffer)?;
        self.output.flush()?;
        Ok(())
    }
}

/// Receives messages from a stream.
#[derive(Debug)]
pub struct FrameReader<R> {
    input: R,
    /// Initialized bytes; those of the current frame first.
    buffer: Vec<u8>,
    /// Number of bytes of that frame that arrived.
    arrived: usize,
}

impl<R: Read> FrameReader<R> {
    /// Creates a reader from `input`. It never reads beyond the frame it
    /// returns.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            arrived: 0,
        }
    }

    /// Waits for the next message; `None` if the stream ended before one
    /// began.
    ///
    /// # Errors
    ///
    /// Those of `FrameReader::next_payload`, and `FrameError::Malformed` or
    /// `FrameError::Trailing` if the payload is not exactly one such message.
    pub fn receive<M: DeserializeOwned>(&mut self) -> Result<Option<M>, FrameError> {
        match self.next_payload()? {
            Some(payload) => decode(payload).map(Some),
            None => Ok(None),
        }
    }

    /// Waits for the next frame and returns its bytes without the header;
    /// `None` if the stream ended before one began.
    ///
    /// # Errors
    ///
    /// After `FrameError::TooLong` and `FrameError::Cut` the stream is
    /// unusable. After `FrameError::Io` the next call continues where this
    /// one stopped, as a non-blocking input ([`ErrorKind::WouldBlock`]) needs.
    pub(crate) fn next_payload(&mut self) -> Result<Option<&[u8]>, FrameError> {
        if !self.fill(HEADER)? {
            return match self.arrived {
                0 => Ok(None),
                arrived => Err(FrameError::Cut { arrived }),
            };
        }
        let mut header = [0; HEADER];
        header.copy_from_slice(&self.buffer[..HEADER]);
        let claimed = u32::from_le_bytes(header);
        let length = usize::try_from(claimed)
            .ok()
            .filter(|length| *length <= MAX_FRAME)
            .ok_or(FrameError::TooLong { claimed })?;
        if !self.fill(HEADER + length)? {
            return Err(FrameError::Cut {
                arrived: self.arrived,
            });
        }
        // The next call begins a frame.
        self.arrived = 0;
        Ok(Some(&self.buffer[HEADER..HEADER + length]))
    }

    /// Reads until `wanted` bytes of the frame are there; returns `false` if
    /// the stream ends before that.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        while self.arrived < wanted {
            let end = wanted.min(self.arrived + STEP);
            if self.buffer.len() < end {
                self.buffer.resize(end, 0);
            }
            match self.input.read(&mut self.buffer[self.arrived..end]) {
                Ok(0) => return Ok(false),
                // A reader that claims more than it was offered is wrong, and
                // must not cause access beyond the buffer.
                Ok(count) => self.arrived = end.min(self.arrived.saturating_add(count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// Decodes one message from the bytes of one frame, without its header.
///
/// # Errors
///
/// `FrameError::Malformed` if they are not such a message,
/// `FrameError::Trailing` if more bytes follow it.
pub fn decode<M: DeserializeOwned>(payload: &[u8]) -> Result<M, FrameError> {
    match postcard::take_from_bytes(payload) {
        Ok((message, [])) => Ok(message),
        Ok((_, rest)) => Err(FrameError::Trailing { bytes: rest.len() }),
        Err(error) => Err(FrameError::Malformed(error)),
    }
}

/// Writes a message and its header into `frame`, replacing its content.
///
/// # Errors
///
/// `FrameError::TooLarge` if it does not fit, `FrameError::Encode` if it
/// cannot be serialized. The content of `frame` is then unspecified.
pub fn frame(message: &impl Serialize, frame: &mut Vec<u8>) -> Result<(), FrameError> {
    frame.clear();
    frame.extend_from_slice(&[0; HEADER]);
    postcard::serialize_with_flavor(message, Bounded(frame)).map_err(|error| match error {
        postcard::Error::SerializeBufferFull => FrameError::TooLarge,
        error => FrameError::Encode(error),
    })?;
    let length = u32::try_from(frame.len() - HEADER).map_err(|_| FrameError::TooLarge)?;
    frame[..HEADER].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// A buffer that holds one frame and never grows beyond it: postcard's own
/// growing ones would allocate any amount before the length could be checked.
struct Bounded<'a>(&'a mut Vec<u8>);

impl Flavor for Bounded<'_> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        if data.len() > (HEADER + MAX_FRAME).saturating_sub(self.0.len()) {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;

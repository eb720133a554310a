//! Frames over streams that behave badly.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::testing::{order, reply};
use super::super::{Order, Reply};
use super::*;

/// Returns `step` bytes at once, and is interrupted before each.
struct Dribble<'a> {
    bytes: &'a [u8],
    step: usize,
    interrupted: bool,
    /// The error kind instead of "interrupted".
    kind: ErrorKind,
    /// The largest buffer it was offered, in bytes.
    offered: usize,
}

impl<'a> Dribble<'a> {
    fn new(bytes: &'a [u8], step: usize) -> Self {
        Self {
            bytes,
            step,
            interrupted: false,
            kind: ErrorKind::Interrupted,
            offered: 0,
        }
    }
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.offered = self.offered.max(buffer.len());
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(self.kind.into());
        }
        let step = self.step.min(buffer.len());
        self.bytes.read(&mut buffer[..step])
    }
}

/// Accepts `step` bytes at once, is interrupted before each, and counts.
#[derive(Default)]
struct Narrow {
    bytes: Vec<u8>,
    step: usize,
    writes: usize,
    interrupted: bool,
}

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted && self.step < usize::MAX;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        self.writes += 1;
        let step = self.step.min(bytes.len());
        self.bytes.write(&bytes[..step])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn framed(message: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame(message, &mut bytes).unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_in_small_pieces_gives_the_same_messages(
        sent in vec(reply(), 0..4),
        step in 1..9_usize,
    ) {
        let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        let mut reader = FrameReader::new(Dribble::new(&stream, step));
        for reply in sent {
            prop_assert_eq!(reader.receive::<Reply>().unwrap(), Some(reply));
        }
        prop_assert_eq!(reader.receive::<Reply>().unwrap(), None);
    }

    #[test]
    fn a_nonblocking_stream_is_read_again_without_loss(sent in vec(order(), 0..4)) {
        let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        let mut input = Dribble::new(&stream, 3);
        input.kind = ErrorKind::WouldBlock;
        let mut reader = FrameReader::new(input);
        let mut received = Vec::new();
        loop {
            match reader.receive::<Order>() {
                Ok(Some(order)) => received.push(order),
                Ok(None) => break,
                Err(FrameError::Io(error)) => prop_assert_eq!(error.kind(), ErrorKind::WouldBlock),
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
        prop_assert_eq!(received, sent);
    }

    #[test]
    fn a_stream_that_takes_small_pieces_gets_everything(
        sent in vec(reply(), 0..4),
        step in 1..9_usize,
    ) {
        let mut writer = FrameWriter::new(Narrow { step, ..Narrow::default() });
        for reply in &sent {
            writer.send(reply).unwrap();
        }
        let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        prop_assert_eq!(&writer.output.bytes, &stream);
    }
}

#[test]
fn a_message_is_one_write() {
    let mut writer = FrameWriter::new(Narrow {
        step: usize::MAX,
        ..Narrow::default()
    });
    for count in 1..4 {
        writer.send(&"x".repeat(100_000)).unwrap();
        assert_eq!(writer.output.writes, count);
    }
}

#[test]
fn the_header_is_the_length_and_little_endian() {
    let bytes = framed(&Reply::Pong(1));
    assert_eq!(bytes, [2, 0, 0, 0, 4, 1]);
}

#[test]
fn the_longest_message_arrives_and_a_longer_one_is_not_sent() {
    // The length of a string of this size takes four bytes itself.
    let longest = "x".repeat(MAX_FRAME - 4);
    let mut writer = FrameWriter::new(Vec::new());
    writer.send(&longest).unwrap();
    assert_eq!(writer.output.len(), HEADER + MAX_FRAME);
    let mut reader = FrameReader::new(&writer.output[..]);
    assert!(reader.receive::<String>().unwrap().as_ref() == Some(&longest));

    let mut writer = FrameWriter::new(Vec::new());
    let error = writer.send(&(longest, 1_u8)).unwrap_err();
    assert!(matches!(error, FrameError::TooLarge), "{error}");
    assert!(writer.output.is_empty(), "some of it was written");
    writer.send(&1_u8).unwrap();
    assert_eq!(writer.output[..], [1, 0, 0, 0, 1], "it is of no more use");
}

#[test]
fn a_batch_too_large_to_send_is_an_error() {
    let mut batch = crate::types::Batch::new(crate::types::Job::Full);
    batch.enter(&vec![b'd'; MAX_FRAME]);
    let order = Order::Run {
        id: 1,
        batch: &batch,
    };
    let error = FrameWriter::new(io::sink()).send(&order).unwrap_err();
    assert!(matches!(error, FrameError::TooLarge), "{error}");
}

#[test]
fn a_length_beyond_the_bound_allocates_nothing() {
    for claimed in [MAX_FRAME as u32 + 1, u32::MAX] {
        let bytes = [&claimed.to_le_bytes()[..], &[0; 100]].concat();
        let mut reader = FrameReader::new(&bytes[..]);
        // A second call gives the same error.
        for _ in 0..2 {
            let error = reader.next_payload().unwrap_err();
            assert!(matches!(error, FrameError::TooLong { claimed: c } if c == claimed));
        }
        assert!(reader.buffer.capacity() < 100);
    }
}

#[test]
fn memory_is_allocated_only_as_bytes_arrive() {
    let header = (MAX_FRAME as u32).to_le_bytes();
    for arrived in [0, 1, STEP, 3 * STEP] {
        let bytes = [&header[..], &vec![0; arrived]].concat();
        let mut reader = FrameReader::new(Dribble {
            interrupted: true,
            ..Dribble::new(&bytes, usize::MAX)
        });
        let error = reader.next_payload().unwrap_err();
        assert!(matches!(error, FrameError::Cut { arrived: a } if a == HEADER + arrived));
        assert!(reader.input.offered <= STEP);
        // A vector doubles, so that copying stays cheap.
        let most = 2 * (HEADER + arrived + STEP);
        let taken = reader.buffer.capacity();
        assert!(taken <= most, "{taken} bytes for {arrived}");
    }
}

#[test]
fn the_end_is_clean_only_between_messages() {
    let whole = framed(&Reply::Pong(300));
    for arrived in 0..=whole.len() {
        let mut reader = FrameReader::new(&whole[..arrived]);
        if arrived == whole.len() {
            assert!(reader.next_payload().unwrap().is_some());
        }
        // The end is permanent too.
        for _ in 0..2 {
            match reader.next_payload() {
                Ok(None) => assert!(arrived == 0 || arrived == whole.len()),
                Err(FrameError::Cut { arrived: told }) => assert_eq!(told, arrived),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_message_fills_its_frame() {
    let bytes = [&[3, 0, 0, 0, 4, 1, 9][..], &framed(&Reply::Pong(2))].concat();
    let mut reader = FrameReader::new(&bytes[..]);
    let error = reader.receive::<Reply>().unwrap_err();
    assert!(
        matches!(error, FrameError::Trailing { bytes: 1 }),
        "{error}"
    );
    // Where frames begin and end is still known.
    assert_eq!(reader.receive().unwrap(), Some(Reply::Pong(2)));

    for payload in [&[][..], &[4], &[99, 1]] {
        let error = decode::<Reply>(payload).unwrap_err();
        assert!(matches!(error, FrameError::Malformed(_)), "{error}");
    }
}

#[test]
fn the_buffer_is_reused_for_the_next_message() {
    let long = "x".repeat(1000);
    let mut writer = FrameWriter::new(Vec::new());
    writer.send(&long).unwrap();
    let before = (writer.buffer.as_ptr(), writer.buffer.capacity());
    for _ in 0..10 {
        writer.send(&"short").unwrap();
        writer.send(&long).unwrap();
    }
    assert_eq!(before, (writer.buffer.as_ptr(), writer.buffer.capacity()));

    let mut reader = FrameReader::new(&writer.output[..]);
    reader.next_payload().unwrap();
    let before = (reader.buffer.as_ptr(), reader.buffer.capacity());
    while reader.next_payload().unwrap().is_some() {}
    assert_eq!(before, (reader.buffer.as_ptr(), reader.buffer.capacity()));
}

#[test]
fn a_reader_that_reports_a_wrong_count_does_no_harm() {
    struct Liar;
    impl Read for Liar {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(0);
            buffer[0] = 5;
            Ok(usize::MAX)
        }
    }
    let mut reader = FrameReader::new(Liar);
    assert_eq!(reader.next_payload().unwrap(), Some(&[5, 0, 0, 0, 0][..]));
}

#[test]
fn errors_use_the_system_messages() {
    let error = FrameError::from(io::Error::from_raw_os_error(32));
    assert!(!error.to_string().contains("os error"), "{error}");
}

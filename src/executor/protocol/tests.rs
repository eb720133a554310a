//! Every message is received as it was sent, and no input does harm.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::frame::{FrameError, decode, frame};
use super::testing::{batch, order, outcome, reply};
use super::*;

fn framed(message: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame(message, &mut bytes).unwrap();
    bytes
}

/// Reads messages until the stream ends or is malformed; returns true if it
/// ended well. A message that can be decoded can be sent again and stays the
/// same.
fn drain<M: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> bool {
    let mut reader = FrameReader::new(bytes);
    loop {
        match reader.receive::<M>() {
            Ok(Some(message)) => {
                let again = framed(&message);
                assert_eq!(decode::<M>(&again[4..]).unwrap(), message);
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// One change to some bytes.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Truncate(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
}

impl Damage {
    fn any() -> impl Strategy<Value = Self> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            (index(), 1..=u8::MAX).prop_map(|(at, bits)| Self::Flip(at, bits)),
            index().prop_map(Self::Truncate),
            (index(), any::<u8>()).prop_map(|(at, byte)| Self::Insert(at, byte)),
            index().prop_map(Self::Remove),
        ]
    }

    fn to(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Flip(at, bits) => bytes[at.index(length)] ^= bits,
            Self::Truncate(at) => bytes.truncate(at.index(length)),
            Self::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Self::Remove(at) => drop(bytes.remove(at.index(length))),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn orders_arrive_one_after_the_other(sent in vec(order(), 0..5)) {
        let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        let mut reader = FrameReader::new(&stream[..]);
        for order in sent {
            prop_assert_eq!(reader.receive::<Order>().unwrap(), Some(order));
        }
        prop_assert_eq!(reader.receive::<Order>().unwrap(), None);
    }

    #[test]
    fn replies_arrive_one_after_the_other(sent in vec(reply(), 0..5)) {
        let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        let mut reader = FrameReader::new(&stream[..]);
        for reply in sent {
            prop_assert_eq!(reader.receive::<Reply>().unwrap(), Some(reply));
        }
        prop_assert_eq!(reader.receive::<Reply>().unwrap(), None);
    }

    #[test]
    fn a_batch_can_be_sent_and_kept(id: u64, batch in batch()) {
        let lent = framed(&Order::Run { id, batch: &batch });
        prop_assert_eq!(lent, framed(&Order::Run { id, batch }));
    }

    #[test]
    fn any_bytes_are_accepted_or_rejected(bytes in vec(any::<u8>(), 0..200)) {
        // As messages, and as a stream of them.
        for bytes in [&bytes, &framed_bytes(&bytes)] {
            drain::<Order>(bytes);
            drain::<Reply>(bytes);
        }
        let _ = (first_order(&bytes), first_reply(&bytes));
    }

    #[test]
    fn damaged_orders_are_accepted_or_rejected(
        sent in vec(order(), 1..3),
        damages in vec(Damage::any(), 1..4),
    ) {
        let mut stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        for damage in damages {
            damage.to(&mut stream);
        }
        drain::<Order>(&stream);
    }

    #[test]
    fn damaged_replies_are_accepted_or_rejected(
        sent in vec(reply(), 1..3),
        damages in vec(Damage::any(), 1..4),
    ) {
        let mut stream: Vec<u8> = sent.iter().flat_map(framed).collect();
        for damage in damages {
            damage.to(&mut stream);
        }
        drain::<Reply>(&stream);
    }

    #[test]
    fn a_truncated_message_is_rejected(reply in reply(), at: prop::sample::Index) {
        let mut stream = framed(&reply);
        let at = at.index(stream.len());
        stream.truncate(at);
        prop_assert_eq!(drain::<Reply>(&stream), at == 0);
    }

    #[test]
    fn batches_that_arrive_can_be_used(
        sent in batch(),
        outcome in outcome(),
        damages in vec(Damage::any(), 0..4),
    ) {
        let mut bytes = postcard::to_allocvec(&sent).unwrap();
        for damage in damages {
            damage.to(&mut bytes);
        }
        if let Ok(batch) = decode::<Batch>(&bytes) {
            for task in &batch.tasks {
                let _ = batch.location(task);
            }
            let _ = outcome.answers(&batch);
        }
    }
}

/// The bytes as they are, with a true header.
fn framed_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut frame = (bytes.len() as u32).to_le_bytes().to_vec();
    frame.extend_from_slice(bytes);
    frame
}

/// A varint of 2^60, as postcard writes lengths.
const HUGE: [u8; 9] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];

/// If memory were allocated for the claimed length, this would end the process.
#[test]
fn lists_of_a_false_length_are_rejected_before_allocation() {
    // The lists come after message, number, job, time and a flag; then the
    // claimed length.
    let run = [1, 7, 0, 0, 0];
    let done = [2, 7, 0];
    let tasks = [&run[..], &HUGE].concat();
    let dirs = [&run[..], &[0], &HUGE].concat();
    let text = [&run[..], &[0, 0], &HUGE].concat();
    for bytes in [tasks, dirs, text] {
        let error = decode::<Order>(&bytes).unwrap_err();
        assert!(matches!(error, FrameError::Malformed(_)), "{error}");
    }
    let files = [&done[..], &HUGE].concat();
    // One file, failed: token, result, kind; then its message.
    let why = [&done[..], &[1, 9, 1, 0], &HUGE].concat();
    // One file, proved whole: token, result, evidence; then its digest.
    let digest = [&done[..], &[1, 9, 0, 1], &HUGE].concat();
    for bytes in [files, why, digest] {
        let error = decode::<Reply>(&bytes).unwrap_err();
        assert!(matches!(error, FrameError::Malformed(_)), "{error}");
    }
}

/// Checks that the claims of the test above are at the positions of lengths.
#[test]
fn the_same_bytes_with_true_lengths_are_messages() {
    for bytes in [
        &[1, 7, 0, 0, 0, 0, 0, 0][..],
        &[1, 7, 0, 0, 0, 0, 1, 0, 0, 0, 1, b'x'],
    ] {
        assert!(decode::<Order>(bytes).is_ok(), "{bytes:?}");
    }
    let worker_stats = [0; 10];
    for files in [
        &[0][..],
        &[1, 9, 1, 0, 1, b'x', 0],
        &[1, 9, 0, 1, 1, b'x', 0],
    ] {
        let bytes = [&[2, 7, 0], files, &[0], &worker_stats].concat();
        assert!(decode::<Reply>(&bytes).is_ok(), "{bytes:?}");
    }
}

#[test]
fn messages_are_small() {
    let mut batch = Batch::new(crate::types::Job::Full);
    batch.enter(&[b'd'; 100]);
    for token in 0..64 {
        batch.push(token, b"0123456789", false, stat());
    }
    let per_file = framed(&Order::Run { id: 1, batch }).len() / 64;
    assert!(per_file < 64, "{per_file} bytes a file");
}

fn stat() -> crate::types::FileStat {
    let time = crate::types::Timestamp::new(1_700_000_000, 123_456_789);
    crate::types::FileStat {
        id: crate::types::FileId {
            dev: 0x801,
            ino: 12_345_678,
        },
        kind: crate::types::FileKind::Regular,
        size: 100_000,
        links: 1,
        modified: time,
        changed: time,
    }
}

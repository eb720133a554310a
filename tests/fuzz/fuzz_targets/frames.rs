//! Whatever a process writes into its pipe is taken or refused, and what is
//! taken stays the same when it is sent on.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use nodupe::internals::executor::protocol::frame::{decode, frame};
use nodupe::internals::executor::protocol::{FrameReader, Order, Reply, first_order, first_reply};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    // As a stream: headers have to be found for anything to be read.
    stream::<Order>(bytes, use_order);
    stream::<Reply>(bytes, use_reply);
    // As the content of one frame, and as the first one.
    message::<Order>(bytes, use_order);
    message::<Reply>(bytes, use_reply);
    let _ = first_order(bytes);
    let _ = first_reply(bytes);
});

fn stream<M: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8], used: fn(&M)) {
    let mut reader = FrameReader::new(bytes);
    while let Ok(Some(message)) = reader.receive::<M>() {
        sent_on(&message);
        used(&message);
    }
}

fn message<M: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8], used: fn(&M)) {
    if let Ok(message) = decode::<M>(bytes) {
        sent_on(&message);
        used(&message);
    }
}

fn sent_on<M: Serialize + DeserializeOwned + PartialEq + Debug>(message: &M) {
    let mut sent = Vec::new();
    frame(message, &mut sent).expect("what was received can be sent");
    let mut reader = FrameReader::new(&sent[..]);
    let arrived = reader
        .receive::<M>()
        .expect("what was sent can be received");
    assert_eq!(arrived.as_ref(), Some(message));
    assert!(matches!(reader.receive::<M>(), Ok(None)));
}

/// A batch that arrived can be used without looking at it first.
fn use_order(order: &Order) {
    if let Order::Run { batch, .. } = order {
        assert!(batch.is_sound());
        for task in &batch.tasks {
            let _ = batch.location(task);
        }
    }
}

fn use_reply(reply: &Reply) {
    if let Reply::Done { outcome, .. } = reply {
        let _ = outcome.answers(&nodupe::internals::types::Batch::new(outcome.job));
    }
}

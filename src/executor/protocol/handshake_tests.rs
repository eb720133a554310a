//! Compatible and incompatible programs, and the messages for people.

use std::time::Duration;

use super::super::frame::frame;
use super::super::{Refusal, Reply};
use super::*;
use crate::config::HashAlgorithm;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn payload(message: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame(message, &mut bytes).unwrap();
    bytes.split_off(4)
}

fn settings(hello: Hello) -> Settings {
    Settings {
        hello,
        hash: HashAlgorithm::Xxh3,
        parent: 1,
        memory_limit: Some(2),
        heartbeat: Duration::from_millis(3),
    }
}

fn ready(hello: Hello) -> Ready {
    Ready {
        hello,
        pid: 1,
        read_only: true,
    }
}

fn stranger() -> Hello {
    Hello {
        magic: *b"wrong!\r\n",
        ..Hello::ours()
    }
}

#[test]
fn the_same_program_is_understood() {
    let settings = settings(Hello::ours());
    let order: Order = Order::Settings(settings.clone());
    assert_eq!(first_order(&payload(&order)).unwrap(), settings);
    let ready = ready(Hello::ours());
    let reply = Reply::Ready(ready.clone());
    assert_eq!(first_reply(&payload(&reply)).unwrap(), ready);
}

#[test]
fn any_other_program_is_rejected() {
    let worker_is = "the worker process is nodupe";
    let begins = "is not nodupe: its first message is unknown";
    let table = [
        (
            Hello::of(PROTOCOL, "9.9.9"),
            format!("{worker_is} 9.9.9, this is nodupe {VERSION}"),
        ),
        (
            Hello::of(PROTOCOL + 1, "9.9.9"),
            format!("{worker_is} 9.9.9, this is nodupe {VERSION}"),
        ),
        (
            Hello::of(7, VERSION),
            format!(
                "{worker_is} {VERSION} with protocol 7, \
                 this is nodupe {VERSION} with protocol {PROTOCOL}"
            ),
        ),
        (
            Hello::of(PROTOCOL, "1\n\u{1b}[2J"),
            format!("{worker_is} 1\u{fffd}\u{fffd}[2J, this is nodupe {VERSION}"),
        ),
        (stranger(), format!("the worker process {begins}")),
    ];
    for (hello, message) in table {
        let ready = payload(&Reply::Ready(ready(hello.clone())));
        assert_eq!(first_reply(&ready).unwrap_err().to_string(), message);
        // It refuses for the same reason, which is not the one reported.
        let refused = payload(&Reply::Refused(Refusal {
            hello: hello.clone(),
            reason: "the versions differ".to_owned(),
        }));
        assert_eq!(first_reply(&refused).unwrap_err().to_string(), message);
        let order: Order = Order::Settings(settings(hello));
        let program = message.replace("the worker process", "the parent process");
        let error = first_order(&payload(&order)).unwrap_err();
        assert_eq!(error.to_string(), program);
    }
}

/// The rest of the message may be laid out in any way.
#[test]
fn another_version_is_reported_whatever_follows() {
    let hello = Hello::of(PROTOCOL, "9.9.9");
    for payload in [
        payload(&(0_u32, &hello)),
        payload(&(0_u32, &hello, "more than there ever was", [u64::MAX; 9])),
        payload(&(77_u32, &hello)),
    ] {
        for error in [
            first_order(&payload).unwrap_err(),
            first_reply(&payload).unwrap_err(),
        ] {
            assert!(matches!(error, HandshakeError::Version { .. }), "{error}");
        }
    }
}

#[test]
fn the_encoding_of_hello_is_stable() {
    let hello = Hello::of(300, "1.2");
    assert_eq!(payload(&hello), b"nodupe\r\n\xac\x02\x031.2");
}

#[test]
fn a_refusal_gives_its_reason() {
    let refused = payload(&Reply::Refused(Refusal {
        hello: Hello::ours(),
        reason: format!("no \x07memory{}", "!".repeat(1000)),
    }));
    let message = first_reply(&refused).unwrap_err().to_string();
    assert!(message.starts_with("the worker process cannot work: no \u{fffd}memory!"));
    assert!(message.chars().count() < 500);
}

#[test]
fn the_first_message_must_be_a_hello() {
    let hello = Hello::ours();
    let ping: Order = Order::Ping(1);
    let cancel: Order = Order::Cancel;
    for (what, payload) in [
        ("nothing", vec![]),
        ("a ping", payload(&ping)),
        ("a cancellation", payload(&cancel)),
        ("a pong", payload(&Reply::Pong(1))),
        ("text", b"usage: something --else".to_vec()),
        ("zeros", vec![0; 64]),
        ("half a greeting", payload(&(0_u32, &hello))[..6].to_vec()),
    ] {
        assert!(
            matches!(
                first_order(&payload),
                Err(HandshakeError::UnknownProgram {
                    peer: Peer::Program
                })
            ),
            "{what}"
        );
        assert!(
            matches!(
                first_reply(&payload),
                Err(HandshakeError::UnknownProgram { peer: Peer::Worker })
            ),
            "{what}"
        );
    }
}

#[test]
fn malformed_messages_of_the_same_program_are_errors() {
    let hello = Hello::ours();
    for payload in [
        // Unknown messages, and known ones that end too early or too late.
        payload(&(77_u32, &hello)),
        payload(&(0_u32, &hello)),
        payload(&(0_u32, &hello, [0_u8; 32])),
    ] {
        for error in [
            first_order(&payload).unwrap_err(),
            first_reply(&payload).unwrap_err(),
        ] {
            assert!(matches!(error, HandshakeError::Frame(_)), "{error}");
        }
    }
}

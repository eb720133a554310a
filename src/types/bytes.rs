//! Serializes bytes in one piece: serde's default form of a `Vec<u8>` is a
//! list, which is written and read element by element.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serializer};

/// Visitor that converts bytes into a value; `None` rejects them.
pub(super) struct FromBytes<T>(pub(super) fn(&[u8]) -> Option<T>);

impl<T> Visitor<'_> for FromBytes<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes, not too many")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        self.0(bytes).ok_or_else(|| E::invalid_value(Unexpected::Bytes(bytes), &self))
    }
}

/// Serializes bytes in one piece. Like [`deserialize`], it is for
/// `#[serde(with)]`.
pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Deserializes bytes. They are copied once they have arrived, so a false
/// length in the input allocates nothing.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    from.deserialize_bytes(FromBytes(|bytes| Some(bytes.to_vec())))
}

//! Line breaking of JSON documents.
//!
//! A compromise between the two formats of `serde_json`: one line is
//! unreadable, and full indentation makes forty lines of a group of five files.
//! Here each field of the document and each member of a list in it has its own
//! line, so that `head`, `grep` and `diff` are useful.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes a document broken into lines.
pub(crate) fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    write_deeper(out, document, LIST)
}

/// Writes a document with an object in a list in it broken into lines in the
/// same way, for formats that put everything one level down: where brackets
/// are at most `deepest` deep, objects at odd depths and lists at even ones.
pub(super) fn write_deeper(
    out: &mut dyn Write,
    document: &impl Serialize,
    deepest: usize,
) -> io::Result<()> {
    // The serializer writes a bracket or a comma at a time: too little for a
    // call through a pointer.
    let mut out = BufWriter::with_capacity(PIECE, out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Layout::new(deepest));
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Size of the buffer in bytes.
const PIECE: usize = 8 * 1024;

/// Breaks lines in the outermost object and in the lists directly in it, and
/// so on.
struct Layout {
    /// Maximum nesting depth of a line break.
    deepest: usize,
    /// Number of open objects and lists.
    depth: usize,
    /// True if the innermost of them has a member yet.
    filled: bool,
}

/// The kind of a bracket, and the depth at which the first of its kind is
/// broken.
const OBJECT: usize = 1;
const LIST: usize = 2;

impl Layout {
    fn new(deepest: usize) -> Self {
        Self {
            deepest,
            depth: 0,
            filled: false,
        }
    }

    /// Returns true if the innermost bracket, which is of this kind, is broken
    /// into lines.
    fn is_broken(&self, kind: usize) -> bool {
        self.depth <= self.deepest && self.depth % 2 == kind % 2
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        kind: usize,
        bracket: &[u8],
    ) -> io::Result<()> {
        let breaks = self.filled && self.is_broken(kind);
        self.depth -= 1;
        if breaks {
            self.break_line(out)?;
        }
        out.write_all(bracket)
    }

    fn separate<W: ?Sized + Write>(&self, out: &mut W, kind: usize, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.is_broken(kind) {
            self.break_line(out)?;
        }
        Ok(())
    }

    fn break_line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        write!(out, "\n{:1$}", "", 2 * self.depth)
    }
}

impl Formatter for Layout {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, OBJECT, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.separate(out, OBJECT, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let colon: &[u8] = if self.is_broken(OBJECT) { b": " } else { b":" };
        out.write_all(colon)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, LIST, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.separate(out, LIST, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(value: &Value, expected: &str) {
        let mut out = Vec::new();
        write(&mut out, value).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{expected}\n"));
    }

    #[test]
    fn only_fields_and_members_of_lists_break_the_line() {
        let value = json!({
            "a": {"b": [1, {"c": 2}], "d": {}},
            "e": [[1, [2]], {"f": [], "g": 1}, [], 3],
            "h": "i",
        });
        let expected = r#"{
  "a": {"b":[1,{"c":2}],"d":{}},
  "e": [
    [1,[2]],
    {"f":[],"g":1},
    [],
    3
  ],
  "h": "i"
}"#;
        check(&value, expected);
    }

    #[test]
    fn empty_lists_and_objects_stay_on_their_line() {
        check(&json!({}), "{}");
        check(
            &json!({"a": [], "b": {}}),
            "{\n  \"a\": [],\n  \"b\": {}\n}",
        );
        check(&json!({"a": [[]]}), "{\n  \"a\": [\n    []\n  ]\n}");
    }

    #[test]
    fn what_is_one_level_down_can_be_broken_too() {
        let value = json!({"a": [{"b": [{"c": [1]}, 2], "d": {"e": []}}], "f": 3});
        let mut out = Vec::new();
        write_deeper(&mut out, &value, 4).unwrap();
        let expected = r#"{
  "a": [
    {
      "b": [
        {"c":[1]},
        2
      ],
      "d": {"e":[]}
    }
  ],
  "f": 3
}
"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

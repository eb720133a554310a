//! The pane beside the list: the beginning of a file as text or in hex, and its
//! metadata. Nothing is decoded, and no byte reaches the terminal as it is.

use super::store::Copy;
use crate::report::escape;
use crate::types::FileStat;

/// Bytes of a file that are shown at most.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// Bytes in a line of hex.
const HEX_BYTES: usize = 16;

/// The content of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PaneKind {
    Text,
    Hex,
    Facts,
}

/// The result of opening a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preview {
    /// Its first bytes, or the reason why there are none.
    pub(super) bytes: Result<Vec<u8>, String>,
    /// Its metadata now.
    pub(super) stat: Option<FileStat>,
}

/// The pane, with the file that was looked at last.
#[derive(Debug, Default)]
pub(super) struct PaneState {
    kind: Option<PaneKind>,
    file: Option<(Copy, Preview)>,
    from: usize,
}

impl PaneState {
    pub(super) fn kind(&self) -> Option<PaneKind> {
        self.kind
    }

    /// Text, hex, metadata, and none.
    pub(super) fn cycle(&mut self) {
        self.kind = match self.kind {
            None => Some(PaneKind::Text),
            Some(PaneKind::Text) => Some(PaneKind::Hex),
            Some(PaneKind::Hex) => Some(PaneKind::Facts),
            Some(PaneKind::Facts) => None,
        };
        self.from = 0;
    }

    /// Scrolls by a page of so many lines.
    pub(super) fn scroll(&mut self, down: bool, lines: usize) {
        let lines = lines.saturating_sub(1).max(1);
        self.from = match down {
            true => self.from + lines,
            false => self.from.saturating_sub(lines),
        };
    }

    /// True if this file is to be read.
    pub(super) fn wants(&self, copy: Copy) -> bool {
        self.kind.is_some() && self.file.as_ref().is_none_or(|(shown, _)| *shown != copy)
    }

    pub(super) fn show(&mut self, copy: Copy, preview: Preview) {
        if self.file.as_ref().is_none_or(|(shown, _)| *shown != copy) {
            self.from = 0;
        }
        self.file = Some((copy, preview));
    }

    /// The content of a file, as far as it was read.
    pub(super) fn preview(&self, copy: Copy) -> Option<&Preview> {
        let file = self.file.as_ref().filter(|(shown, _)| *shown == copy);
        file.map(|(_, preview)| preview)
    }

    /// The lines from the scrolled one on: at most `height` of at most `width`
    /// columns. Scrolling ends with the last line.
    pub(super) fn lines(&self, bytes: &[u8], width: usize, height: usize) -> Vec<String> {
        match self.kind {
            Some(PaneKind::Hex) => {
                let last = bytes.len().div_ceil(HEX_BYTES).saturating_sub(1);
                let from = self.from.min(last) * HEX_BYTES;
                let rows = bytes[from.min(bytes.len())..].chunks(HEX_BYTES);
                let rows = rows.zip((from..).step_by(HEX_BYTES));
                rows.take(height)
                    .map(|(row, at)| hex_line(at, row))
                    .collect()
            }
            _ => {
                let mut lines = text_lines(bytes, width.max(1));
                let from = self.from.min(lines.len().saturating_sub(1));
                lines.drain(..from);
                lines.truncate(height);
                lines
            }
        }
    }
}

/// The first lines of a file.
pub(super) fn plain_lines(kind: PaneKind, bytes: &[u8], width: usize, most: usize) -> Vec<String> {
    let pane = PaneState {
        kind: Some(kind),
        ..PaneState::default()
    };
    pane.lines(bytes, width, most)
}

/// `00000010  68 65 6c 6c 6f ...  |hello...|`
fn hex_line(at: usize, row: &[u8]) -> String {
    let mut line = format!("{at:08x} ");
    for at in 0..HEX_BYTES {
        if at % 8 == 0 {
            line.push(' ');
        }
        match row.get(at) {
            Some(byte) => line.push_str(&format!("{byte:02x} ")),
            None => line.push_str("   "),
        }
    }
    let letter = |&byte: &u8| match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    };
    line.push_str(" |");
    line.extend(row.iter().map(letter));
    line.push('|');
    line
}

/// The lines of a text, each broken where the pane ends.
fn text_lines(bytes: &[u8], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for line in bytes.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let spaced: Vec<u8> = line
            .iter()
            .flat_map(|&byte| match byte {
                b'\t' => vec![b' '; 4],
                byte => vec![byte],
            })
            .collect();
        let shown = escape(&spaced);
        lines.extend(broken(&shown, width));
    }
    lines
}

/// A line in pieces of at most so many columns; at least one piece.
pub(super) fn broken(line: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthChar;
    let mut pieces = vec![String::new()];
    let mut columns = 0;
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if columns + wide > width && columns > 0 {
            pieces.push(String::new());
            columns = 0;
        }
        columns += wide;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(kind: PaneKind, from: usize, bytes: &[u8], width: usize) -> Vec<String> {
        let pane = PaneState {
            kind: Some(kind),
            file: None,
            from,
        };
        pane.lines(bytes, width, 3)
    }

    #[test]
    fn text_is_escaped_and_broken_into_lines() {
        for (bytes, expected) in [
            (&b""[..], &[""][..]),
            (b"one\r\n\ttwo\n", &["one", "    two"]),
            (b"abcdefghijkl", &["abcdefghij", "kl"]),
            (b"\x1b[31mred\xff", &["\\x1b[31mre", "d\\xff"]),
            ("a\u{202e}b".as_bytes(), &["a\\u{202e}b"]),
            ("日本語日本語".as_bytes(), &["日本語日本", "語"]),
            (b"1\n2\n3\n4", &["1", "2", "3"]),
        ] {
            assert_eq!(lines(PaneKind::Text, 0, bytes, 10), expected, "{bytes:?}");
        }
        assert_eq!(lines(PaneKind::Text, 2, b"1\n2\n3\n4", 10), ["3", "4"]);
        assert_eq!(lines(PaneKind::Text, 9, b"1\n2\n3\n4", 10), ["4"]);
        assert_eq!(lines(PaneKind::Text, 0, b"ab", 0), ["a", "b"]);
    }

    #[test]
    fn hex_has_sixteen_bytes_in_a_line() {
        let bytes: Vec<u8> = (0x41..0x41 + 18).collect();
        assert_eq!(
            lines(PaneKind::Hex, 0, &bytes, 80),
            [
                "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|",
                "00000010  51 52                                             |QR|",
            ]
        );
        assert_eq!(lines(PaneKind::Hex, 7, &bytes, 80).len(), 1);
        assert_eq!(
            lines(PaneKind::Hex, 0, b"\x1b\xff", 80),
            ["00000000  1b ff                                             |..|"]
        );
        assert!(lines(PaneKind::Hex, 3, b"", 80).is_empty());
    }
}

//! Escapes names for a terminal.
//!
//! A file name may hold any bytes: it may move the cursor, reverse the text
//! direction, break the line or appear identical to another name. The escaped
//! name does none of that, and different names stay different.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::is_separator;

/// Returns the name in printable characters only.
///
/// Different names have different escaped forms: a backslash of the name itself
/// is always doubled, not only next to an escape; else a name of the four
/// characters `a\nb` would equal one with a line break. The one exception is a
/// platform where the backslash separates directories; names cannot hold it
/// there.
///
/// * `\n`, `\r`, `\t`, `\0`: these characters;
/// * `\x1b`: any other ASCII control character, or a byte that is not UTF-8
///   (those are `\x80` and up, so the two never mix);
/// * `\u{202e}`: an invisible character that hides, joins or reverses its
///   neighbors.
#[must_use]
pub(crate) fn escape(name: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(name)
        && !text.contains(needs_escape)
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(name.len() + 8);
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_char(&mut shown, c);
        }
        for byte in chunk.invalid() {
            push_formatted(&mut shown, format_args!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(shown)
}

/// Returns true if a terminal would interpret this character, or show nothing
/// for it.
pub(super) fn acts(c: char) -> bool {
    c != '\\' && needs_escape(c)
}

fn push_char(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        '\0' => shown.push_str("\\0"),
        '\\' if needs_escape(c) => shown.push_str("\\\\"),
        c if c.is_ascii_control() => {
            push_formatted(shown, format_args!("\\x{:02x}", u32::from(c)));
        }
        c if needs_escape(c) => {
            push_formatted(shown, format_args!("\\u{{{:x}}}", u32::from(c)));
        }
        c => shown.push(c),
    }
}

fn push_formatted(shown: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = shown.write_fmt(text);
}

fn needs_escape(c: char) -> bool {
    match c {
        '\\' => !is_separator('\\'),
        c if c.is_ascii() => c.is_ascii_control(),
        c => c.is_control() || is_invisible(c),
    }
}

/// Characters without a visible form. Variation selectors up to U+FE0F are let
/// through: many emoji are written with one, and all they do is to choose how
/// the character before them is drawn.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'                      // soft hyphen
        | '\u{34f}'                   // combining grapheme joiner
        | '\u{61c}'                   // Arabic letter mark
        | '\u{115f}' | '\u{1160}'     // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'     // Khmer inherent vowels
        | '\u{180b}'..='\u{180f}'     // Mongolian separators and selectors
        | '\u{200b}'..='\u{200f}'     // zero-width spaces, joiners, marks
        | '\u{2028}'..='\u{202e}'     // line breaks, bidi embeddings
        | '\u{2060}'..='\u{206f}'     // word joiner, bidi isolates
        | '\u{3164}' | '\u{ffa0}'     // Hangul fillers
        | '\u{feff}'                  // byte order mark
        | '\u{fff0}'..='\u{fffb}'     // interlinear annotations
        | '\u{fffe}' | '\u{ffff}'     // no characters at all
        | '\u{1bca0}'..='\u{1bca3}'   // shorthand controls
        | '\u{1d173}'..='\u{1d17a}'   // musical controls
        | '\u{e0000}'..='\u{e0fff}'   // tags, further selectors
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &[u8], shown: &str) {
        assert_eq!(escape(name), shown, "{name:?}");
    }

    #[test]
    fn ordinary_names_are_not_even_copied() {
        for name in [
            "",
            "a b.txt",
            "naïve/日本語/🦀.rs",
            "'quoted' \"too\" $HOME",
        ] {
            assert!(matches!(escape(name.as_bytes()), Cow::Borrowed(text) if text == name));
        }
    }

    #[test]
    fn line_breaks_and_tabs_have_short_forms() {
        check(b"a\nb\rc\td\0e", r"a\nb\rc\td\0e");
    }

    #[test]
    fn terminal_sequences_are_escaped() {
        check(b"\x1b[31mred\x1b[0m\x07\x7f", r"\x1b[31mred\x1b[0m\x07\x7f");
    }

    #[test]
    fn c1_controls_are_escaped() {
        // U+009B is what some terminals take for ESC [.
        check("\u{9b}31m\u{85}".as_bytes(), r"\u{9b}31m\u{85}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_one_by_one() {
        check(b"caf\xe9", r"caf\xe9");
        check(b"\xff\xfe\xe2\x82", r"\xff\xfe\xe2\x82");
    }

    #[test]
    fn surrogates_encoded_as_utf8_are_not_utf8() {
        check(b"\xed\xa0\x80", r"\xed\xa0\x80");
    }

    #[test]
    fn text_after_bad_bytes_is_still_read() {
        check(b"\xc3\xc3\xa9\n\x80z", "\\xc3é\\n\\x80z");
    }

    #[test]
    fn text_cannot_be_turned_around() {
        check("gpj.\u{202e}exe".as_bytes(), r"gpj.\u{202e}exe");
        check(
            "\u{2066}x\u{2069}\u{200f}\u{61c}".as_bytes(),
            r"\u{2066}x\u{2069}\u{200f}\u{61c}",
        );
    }

    #[test]
    fn nothing_hides_without_a_width() {
        check(
            "a\u{200b}b\u{200d}c\u{feff}".as_bytes(),
            r"a\u{200b}b\u{200d}c\u{feff}",
        );
        check(
            "\u{ad}\u{3164}\u{e0041}".as_bytes(),
            r"\u{ad}\u{3164}\u{e0041}",
        );
    }

    #[test]
    fn unicode_line_breaks_do_not_break_the_line() {
        check("a\u{2028}b\u{2029}c".as_bytes(), r"a\u{2028}b\u{2029}c");
    }

    #[test]
    fn accents_and_emoji_selectors_stay() {
        check("e\u{301} ❤\u{fe0f}".as_bytes(), "e\u{301} ❤\u{fe0f}");
    }

    #[test]
    fn different_names_have_different_escapes() {
        let names: [&[u8]; 10] = [
            b"a\nb",
            br"a\nb",
            br"a\\nb",
            b"a\\\nb",
            b"\xff",
            br"\xff",
            "\u{ff}".as_bytes(),
            "\u{200b}".as_bytes(),
            br"\u{200b}",
            b"\\",
        ];
        let mut shown: Vec<_> = names.iter().map(|n| escape(n)).collect();
        shown.sort_unstable();
        shown.dedup();
        assert_eq!(shown.len(), names.len());
    }

    #[test]
    fn no_character_acts_on_a_terminal() {
        for c in ('\0'..='\u{10ffff}').filter(|c| c.is_control()) {
            let mut buffer = [0; 4];
            let shown = escape(c.encode_utf8(&mut buffer).as_bytes());
            assert!(shown.chars().all(|c| c.is_ascii_graphic()), "{c:?}");
        }
    }
}

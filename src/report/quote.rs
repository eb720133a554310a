//! Paths as words of a shell, for people who copy them.
//!
//! A file name may hold any bytes: it may move the cursor, turn the text
//! around, break the line, be a command to the runner of a CI system or look
//! like another name. The quoted word does none of that, and pasted into a
//! shell it names exactly this file.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Path, is_separator};

use super::escape;
use crate::platform::bytes_of;

/// Returns the path as a word of bash, zsh or ksh, quoted only where necessary:
///
/// * `'a b'`, or `"it's"` if there is a single quote in it;
/// * `$'a\nb'` for control characters, bytes that are not UTF-8, and invisible
///   characters, which are written as bytes: their meaning must not depend on
///   the locale.
///
/// A relative path that begins with a hyphen gets `./` before it, so that it is
/// no option.
#[must_use]
pub(crate) fn quote(path: &Path) -> Cow<'_, str> {
    let bytes = bytes_of(path.as_os_str());
    if bytes.starts_with(b"-") {
        return Cow::Owned(word(&[b"./", bytes].concat()).into_owned());
    }
    word(bytes)
}

fn word(bytes: &[u8]) -> Cow<'_, str> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Cow::Owned(with_escapes(bytes));
    };
    // Runners take these for commands anywhere in a line, quoted or not.
    let is_command = text.contains("##[") || text.contains("##vso[");
    if is_command || text.contains(escape::acts) {
        Cow::Owned(with_escapes(bytes))
    } else if !text.is_empty() && !text.starts_with(['~', '#', '=']) && text.chars().all(is_plain) {
        Cow::Borrowed(text)
    } else if !text.contains('\'') {
        Cow::Owned(format!("'{text}'"))
    } else if !text.contains(['"', '$', '`', '\\', '!']) {
        Cow::Owned(format!("\"{text}\""))
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
    }
}

/// Returns true for a character that means nothing to a shell.
fn is_plain(c: char) -> bool {
    match c {
        '\\' => is_separator(c),
        c if c.is_ascii() => c.is_ascii_alphanumeric() || "_@%+=:,./-~#".contains(c),
        c => !c.is_whitespace(),
    }
}

fn with_escapes(bytes: &[u8]) -> String {
    let mut word = String::with_capacity(bytes.len() + 16);
    word.push_str("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => word.push_str("\\n"),
                '\r' => word.push_str("\\r"),
                '\t' => word.push_str("\\t"),
                '\'' | '\\' => word.extend(['\\', c]),
                '#' if word.ends_with('#') => word.push_str("\\043"),
                c if escape::acts(c) => {
                    let mut buffer = [0; 4];
                    push_bytes(&mut word, c.encode_utf8(&mut buffer).as_bytes());
                }
                c => word.push(c),
            }
        }
        push_bytes(&mut word, chunk.invalid());
    }
    word.push('\'');
    word
}

/// Three octal digits each: unlike hexadecimal ones they end by themselves in
/// every shell.
fn push_bytes(word: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(word, "\\{byte:03o}");
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::report::testing::path;

    #[test]
    fn words_are_quoted_only_where_a_shell_needs_it() {
        let table: [(&[u8], &str); 17] = [
            (b"a/b-c_d.e,f@1+2=3:4%5", "a/b-c_d.e,f@1+2=3:4%5"),
            ("日本/ü.png".as_bytes(), "日本/ü.png"),
            (b"a~b#c", "a~b#c"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"~", "'~'"),
            (b"#x", "'#x'"),
            (b"=ls", "'=ls'"),
            (
                b"$(reboot) `x` *?[a]{b} \"c\" !d",
                "'$(reboot) `x` *?[a]{b} \"c\" !d'",
            ),
            (b"it's", "\"it's\""),
            (b"it's $5", r"'it'\''s $5'"),
            (b"-rf", "./-rf"),
            (b"-r f", "'./-r f'"),
            ("a\u{a0}b".as_bytes(), "'a\u{a0}b'"),
            (b"a\n'b'\\\x1b[31m", r"$'a\n\'b\'\\\033[31m'"),
            (b"caf\xe91", r"$'caf\3511'"),
            ("gpj.\u{202e}exe".as_bytes(), r"$'gpj.\342\200\256exe'"),
        ];
        for (name, word) in table {
            assert_eq!(quote(&path(name)), word);
        }
        assert_eq!(quote(&path(b"###[x]##vso[y]")), r"$'#\043#[x]#\043vso[y]'");
    }

    /// The words of the names as bash reads them; `None` without bash.
    fn read_back(names: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
        let words: Vec<_> = names.iter().map(|name| path(name)).collect();
        let words: Vec<_> = words.iter().map(|name| quote(name)).collect();
        let script = format!("printf '%s\\0' {}", words.join(" "));
        let output = Command::new("bash").args(["-c", &script]).output().ok()?;
        assert!(output.status.success(), "{output:?}");
        let read = output.stdout.strip_suffix(b"\0").unwrap_or_default();
        Some(read.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn bash_reads_every_name_back(
            names in proptest::collection::vec(proptest::collection::vec(1_u8.., 1..12), 50),
            texts in proptest::collection::vec("[ -~é\u{a0}\u{2028}\u{202e}#\n]{1,9}", 50),
        ) {
            let texts = texts.into_iter().map(String::into_bytes);
            let names: Vec<Vec<u8>> = names.into_iter().chain(texts).collect();
            for name in &names {
                let path = path(name);
                let word = quote(&path);
                prop_assert!(!word.contains(escape::acts), "{}", word);
                prop_assert!(!word.contains("##[") && !word.contains("##vso["), "{}", word);
            }
            let Some(read) = read_back(&names) else {
                eprintln!("skipped: no bash to read words with");
                return Ok(());
            };
            prop_assert_eq!(names.len(), read.len());
            for (name, read) in names.iter().zip(&read) {
                let expected = if name.starts_with(b"-") { [b"./", &name[..]].concat() } else { name.clone() };
                prop_assert_eq!(&expected, read);
            }
        }
    }
}

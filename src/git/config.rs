//! The text of git's configuration files (git-config(1), "Syntax").

/// One setting of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// In lower case.
    pub(super) section: Vec<u8>,
    /// As it is written.
    pub(super) subsection: Option<Vec<u8>>,
    /// In lower case.
    pub(super) key: Vec<u8>,
    /// None where there is no equals sign, which means true.
    pub(super) value: Option<Vec<u8>>,
}

/// The number of the line that cannot be parsed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine(pub(super) usize);

/// Parses a configuration file.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Entry>, BadLine> {
    let mut reader = Reader::new(text);
    let mut entries = Vec::new();
    let mut section: Option<(Vec<u8>, Option<Vec<u8>>)> = None;
    while let Some(byte) = reader.next() {
        match byte {
            b'#' | b';' => reader.skip_line(),
            byte if byte.is_ascii_whitespace() => {}
            b'[' => section = Some(reader.section()?),
            byte if byte.is_ascii_alphabetic() => {
                let key = reader.word(byte);
                let value = reader.value()?;
                let (section, subsection) = section.clone().ok_or(BadLine(reader.line))?;
                entries.push(Entry {
                    section,
                    subsection,
                    key,
                    value,
                });
            }
            _ => return Err(BadLine(reader.line)),
        }
    }
    Ok(entries)
}

/// Parses a boolean value. None if it is not boolean.
pub(super) fn boolean(value: Option<&[u8]>) -> Option<bool> {
    let Some(value) = value else {
        return Some(true);
    };
    let text = std::str::from_utf8(value).ok()?;
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" | "" => Some(false),
        number => number.parse::<i64>().ok().map(|number| number != 0),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    line: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8]) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        Self { text, line: 1 }
    }

    fn peek(&self) -> Option<u8> {
        match self.text {
            [b'\r', b'\n', ..] => Some(b'\n'),
            text => text.first().copied(),
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        let is_pair = self.text.starts_with(b"\r\n");
        self.text = &self.text[1 + usize::from(is_pair)..];
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.next();
        }
    }

    /// Letters, digits and dashes, in lower case.
    fn word(&mut self, first: u8) -> Vec<u8> {
        let mut word = vec![first.to_ascii_lowercase()];
        while let Some(byte) = self.peek() {
            if !(byte.is_ascii_alphanumeric() || byte == b'-') {
                break;
            }
            self.next();
            word.push(byte.to_ascii_lowercase());
        }
        word
    }

    /// The inside of a section's brackets, and the closing one.
    fn section(&mut self) -> Result<(Vec<u8>, Option<Vec<u8>>), BadLine> {
        let mut name = Vec::new();
        loop {
            let byte = self.next().ok_or(BadLine(self.line))?;
            match byte {
                // The older syntax of a subsection.
                b']' => {
                    let mut parts = name.splitn(2, |&byte| byte == b'.');
                    let section = parts.next().unwrap_or_default().to_vec();
                    return Ok((section, parts.next().map(<[u8]>::to_vec)));
                }
                b' ' | b'\t' => return Ok((name, Some(self.subsection()?))),
                b'-' | b'.' => name.push(byte),
                byte if byte.is_ascii_alphanumeric() => name.push(byte.to_ascii_lowercase()),
                _ => return Err(BadLine(self.line)),
            }
        }
    }

    fn subsection(&mut self) -> Result<Vec<u8>, BadLine> {
        let line = self.line;
        let bad = || BadLine(line);
        self.skip_blanks();
        if self.next() != Some(b'"') {
            return Err(bad());
        }
        let mut name = Vec::new();
        loop {
            match self.next() {
                None | Some(b'\n') => return Err(bad()),
                Some(b'"') => break,
                Some(b'\\') => match self.next() {
                    None | Some(b'\n') => return Err(bad()),
                    Some(byte) => name.push(byte),
                },
                Some(byte) => name.push(byte),
            }
        }
        if self.next() == Some(b']') {
            Ok(name)
        } else {
            Err(bad())
        }
    }

    /// Parses the value after a key, up to the end of the line.
    fn value(&mut self) -> Result<Option<Vec<u8>>, BadLine> {
        let line = self.line;
        let bad = || BadLine(line);
        self.skip_blanks();
        match self.next() {
            None | Some(b'\n') => return Ok(None),
            Some(b'=') => {}
            Some(_) => return Err(bad()),
        }
        let mut value = Vec::new();
        // Length of the value without trailing whitespace.
        let mut kept = 0;
        let mut is_quoted = false;
        loop {
            match self.next() {
                None | Some(b'\n') if is_quoted => return Err(bad()),
                None | Some(b'\n') => break,
                Some(byte) if byte.is_ascii_whitespace() && !is_quoted => {
                    if !value.is_empty() {
                        value.push(byte);
                    }
                    continue;
                }
                Some(b'#' | b';') if !is_quoted => {
                    self.skip_line();
                    break;
                }
                Some(b'"') => is_quoted = !is_quoted,
                Some(b'\\') => match self.next() {
                    Some(b'\n') => continue,
                    Some(b't') => value.push(b'\t'),
                    Some(b'b') => value.push(8),
                    Some(b'n') => value.push(b'\n'),
                    Some(byte @ (b'\\' | b'"')) => value.push(byte),
                    _ => return Err(bad()),
                },
                Some(byte) => value.push(byte),
            }
            kept = value.len();
        }
        value.truncate(kept);
        Ok(Some(value))
    }
}

/// A setting by its full name.
pub(super) fn named(name: &[u8], value: Option<Vec<u8>>) -> Option<Entry> {
    let first = name.iter().position(|&byte| byte == b'.')?;
    let last = name.iter().rposition(|&byte| byte == b'.')?;
    Some(Entry {
        section: name[..first].to_ascii_lowercase(),
        subsection: (first < last).then(|| name[first + 1..last].to_vec()),
        key: name[last + 1..].to_ascii_lowercase(),
        value,
    })
}

/// Parses settings in shell quotes: `'name'='value'`, `'name'=`, or
/// `'name=value'` from before git 2.31.
pub(super) fn quoted_settings(text: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = text.trim_ascii_start();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (word, after) = unquoted(rest)?;
        let (name, value, after) = match after.strip_prefix(b"=") {
            Some(after) if after.starts_with(b"'") => {
                let (value, after) = unquoted(after)?;
                (word, Some(value), after)
            }
            Some(after) => (word, None, after),
            None => match word.iter().position(|&byte| byte == b'=') {
                Some(at) => (word[..at].to_vec(), Some(word[at + 1..].to_vec()), after),
                None => (word, None, after),
            },
        };
        entries.push(named(&name, value)?);
        rest = after.trim_ascii_start();
    }
    Some(entries)
}

/// A word in single quotes, and the text after it. A quote inside the word is
/// written outside of quotes, after a backslash.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"'")?;
    let mut word = Vec::new();
    loop {
        let end = rest.iter().position(|&byte| byte == b'\'')?;
        word.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        match rest {
            [b'\\', byte @ (b'\'' | b'!'), b'\'', after @ ..] => {
                word.push(*byte);
                rest = after;
            }
            _ => return Some((word, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let entries = parse(text.as_bytes()).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let shown = entries.iter().map(|entry| {
            let subsection = entry.subsection.as_deref().map(text);
            let value = entry.value.as_deref().map(text);
            let (section, key) = (text(&entry.section), text(&entry.key));
            format!("{section} {subsection:?} {key} {value:?}")
        });
        shown.collect()
    }

    #[test]
    fn files_are_parsed_as_git_does() {
        let text = "\u{feff}; c\n[Core]\r\n\tIgnoreCase\n a = b # c\n\
                    q = \"x ; y\" z \\\n  w\n e =\n[filter \"A \\\"b\"] clean = run \\\\ \\t.\n\
                    [old.Style] k=v";
        assert_eq!(
            shown(text),
            [
                "core None ignorecase None",
                "core None a Some(\"b\")",
                "core None q Some(\"x ; y z   w\")",
                "core None e Some(\"\")",
                "filter Some(\"A \\\"b\") clean Some(\"run \\\\ \\t.\")",
                "old Some(\"style\") k Some(\"v\")",
            ]
        );
    }

    #[test]
    fn a_syntax_error_reports_its_line() {
        for (text, line) in [
            ("a = b", 1),
            ("[core]\n= b", 2),
            ("[core\n", 2),
            ("[core]\na = \"b", 2),
            ("[core]\na = \\x", 2),
            ("[core]\na b", 2),
            ("[core \"x\n\"]", 1),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(BadLine(line)), "{text:?}");
        }
    }

    #[test]
    fn booleans_have_many_spellings() {
        for (value, expected) in [
            (None, Some(true)),
            (Some("Yes"), Some(true)),
            (Some("1"), Some(true)),
            (Some("-1"), Some(true)),
            (Some("0"), Some(false)),
            (Some(""), Some(false)),
            (Some("OFF"), Some(false)),
            (Some("maybe"), None),
        ] {
            let value: Option<&str> = value;
            assert_eq!(boolean(value.map(str::as_bytes)), expected, "{value:?}");
        }
    }
}

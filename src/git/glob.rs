//! Git's glob patterns.
//!
//! They differ from those of shells and other libraries: braces are plain
//! characters, brackets support POSIX classes, an unclosed bracket and a
//! backslash at the end match nothing, `**` crosses directories only where it
//! is a whole component. A pattern is parsed once and then matched without
//! recursion, so that no pattern takes exponential time.

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Glob(Vec<Token>);

/// Options for parsing a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Slashes separate components, which `*`, `?` and brackets do not cross.
    pub(super) path: bool,
    /// ASCII letters match in either case.
    pub(super) fold: bool,
}

#[derive(Debug)]
enum Token {
    /// This byte, in lower case if case is folded.
    Byte(u8),
    /// Any byte but a slash.
    Any,
    /// One of a set of bytes, a bit each.
    Set(Box<[u64; 4]>),
    /// `*`: any bytes but slashes.
    Star,
    /// `**` as a whole component at the end, or before an escaped slash: any
    /// bytes.
    Deep,
    /// `**/` as a whole component: any number of directories, none too.
    Dirs,
    /// An invalid part, which makes the pattern match nothing.
    Invalid,
}

/// Bytes with a special meaning in a pattern.
pub(super) const SPECIAL: &[u8] = b"*?[\\";

impl Glob {
    pub(super) fn new(pattern: &[u8], style: Style) -> Self {
        let mut tokens = Vec::with_capacity(pattern.len());
        let mut at = 0;
        while let Some(&byte) = pattern.get(at) {
            match byte {
                b'*' => {
                    let stars = pattern[at..].iter().take_while(|&&b| b == b'*').count();
                    let rest = &pattern[at + stars..];
                    let is_component = (at == 0 || pattern[at - 1] == b'/')
                        && (rest.is_empty() || rest[0] == b'/' || rest.starts_with(b"\\/"));
                    at += stars;
                    // Outside of paths there are no slashes to cross.
                    if !style.path || stars == 1 || !is_component {
                        tokens.push(Token::Star);
                    } else if rest.first() == Some(&b'/') {
                        tokens.push(Token::Dirs);
                        at += 1;
                    } else {
                        tokens.push(Token::Deep);
                    }
                    continue;
                }
                b'?' => tokens.push(Token::Any),
                b'[' => match set(pattern, at + 1, style) {
                    Some((set, end)) => {
                        tokens.push(Token::Set(Box::new(set)));
                        at = end;
                    }
                    None => tokens.push(Token::Invalid),
                },
                b'\\' => {
                    at += 1;
                    // An escaped letter keeps its case, so an uppercase one
                    // matches nothing where case is folded. Git does the same.
                    tokens.push(match pattern.get(at) {
                        Some(&escaped) => Token::Byte(escaped),
                        None => Token::Invalid,
                    });
                }
                _ => tokens.push(Token::Byte(fold_case(byte, style.fold))),
            }
            at += 1;
        }
        if tokens.iter().any(|token| matches!(token, Token::Invalid)) {
            tokens = vec![Token::Invalid];
        }
        Self(tokens)
    }

    /// Returns true if it matches the whole text, which is not case-folded.
    ///
    /// Of the wildcards seen so far, only the last `*` and the last `**` are
    /// ever widened: whatever an earlier one could reach by that, the later one
    /// reaches as well, since a `*` stays in its component.
    pub(super) fn matches(&self, text: &[u8], fold: bool) -> bool {
        let tokens = &self.0;
        let (mut token, mut at) = (0, 0);
        // The token after the wildcard, and the end of what the wildcard
        // matches.
        let mut star: Option<(usize, usize)> = None;
        let mut deep: Option<(usize, usize)> = None;
        loop {
            let is_match_so_far = match tokens.get(token) {
                None if at == text.len() => return true,
                None | Some(Token::Invalid) => false,
                Some(Token::Star) => {
                    star = Some((token + 1, at));
                    true
                }
                Some(Token::Deep | Token::Dirs) => {
                    star = None;
                    deep = Some((token + 1, at));
                    true
                }
                Some(one) => {
                    let is_match = text
                        .get(at)
                        .is_some_and(|&byte| one.matches_byte(byte, fold));
                    at += usize::from(is_match);
                    is_match
                }
            };
            if is_match_so_far {
                token += 1;
                continue;
            }
            if let Some((after, reach)) = &mut star
                && text.get(*reach).is_some_and(|&byte| byte != b'/')
            {
                *reach += 1;
                (token, at) = (*after, *reach);
                continue;
            }
            star = None;
            let Some((after, reach)) = &mut deep else {
                return false;
            };
            let step = match tokens[*after - 1] {
                // To the start of the next component.
                Token::Dirs => text[*reach..].iter().position(|&byte| byte == b'/'),
                _ => (*reach < text.len()).then_some(0),
            };
            let Some(step) = step else { return false };
            *reach += step + 1;
            (token, at) = (*after, *reach);
        }
    }
}

impl Token {
    fn matches_byte(&self, byte: u8, fold: bool) -> bool {
        match self {
            Self::Byte(own) => *own == fold_case(byte, fold),
            Self::Any => byte != b'/',
            Self::Set(set) => set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1,
            Self::Star | Self::Deep | Self::Dirs | Self::Invalid => false,
        }
    }
}

fn fold_case(byte: u8, fold: bool) -> u8 {
    if fold {
        byte.to_ascii_lowercase()
    } else {
        byte
    }
}

/// Parses a bracket expression whose inside begins at `start`. Returns its set
/// and the index of its closing bracket. None if it is invalid.
fn set(pattern: &[u8], start: usize, style: Style) -> Option<([u64; 4], usize)> {
    let at = |index: usize| pattern.get(index).copied();
    let mut index = start;
    let is_negated = matches!(at(index)?, b'!' | b'^');
    index += usize::from(is_negated);
    let mut members = [false; 256];
    // The byte that a range would begin with.
    let mut before = None;
    let mut byte = at(index)?;
    loop {
        before = match byte {
            b'\\' => {
                index += 1;
                let escaped = at(index)?;
                members[usize::from(escaped)] = true;
                Some(escaped)
            }
            b'-' if before.is_some() && at(index + 1).is_some_and(|next| next != b']') => {
                index += 1;
                let mut last = at(index)?;
                if last == b'\\' {
                    index += 1;
                    last = at(index)?;
                }
                let range = before.unwrap_or(last)..=last;
                for byte in 0..=u8::MAX {
                    // Where case is folded, a range of capital letters contains
                    // the small ones too, but not the other way round.
                    let is_in = range.contains(&byte)
                        || (style.fold
                            && byte.is_ascii_lowercase()
                            && range.contains(&byte.to_ascii_uppercase()));
                    members[usize::from(byte)] |= is_in;
                }
                None
            }
            b'[' if at(index + 1) == Some(b':') => {
                let name = index + 2;
                let end = name + pattern[name..].iter().position(|&byte| byte == b']')?;
                if end > name && pattern[end - 1] == b':' {
                    let class = class(&pattern[name..end - 1])?;
                    for byte in 0..=u8::MAX {
                        members[usize::from(byte)] |= class(byte, style.fold);
                    }
                    index = end;
                    None
                } else {
                    members[usize::from(b'[')] = true;
                    Some(b'[')
                }
            }
            _ => {
                members[usize::from(byte)] = true;
                Some(byte)
            }
        };
        index += 1;
        byte = at(index)?;
        if byte == b']' {
            break;
        }
    }
    let mut set = [0; 4];
    for byte in 0..=u8::MAX {
        let is_in = members[usize::from(fold_case(byte, style.fold))] != is_negated;
        if is_in && !(style.path && byte == b'/') {
            set[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }
    Some((set, index))
}

/// A character class by its POSIX name. All classes are ASCII only.
fn class(name: &[u8]) -> Option<fn(u8, bool) -> bool> {
    Some(match name {
        b"alnum" => |byte, _| byte.is_ascii_alphanumeric(),
        b"alpha" => |byte, _| byte.is_ascii_alphabetic(),
        b"blank" => |byte, _| matches!(byte, b' ' | b'\t'),
        b"cntrl" => |byte, _| byte.is_ascii_control(),
        b"digit" => |byte, _| byte.is_ascii_digit(),
        b"graph" => |byte, _| byte.is_ascii_graphic(),
        b"lower" => |byte, _| byte.is_ascii_lowercase(),
        b"print" => |byte, _| byte == b' ' || byte.is_ascii_graphic(),
        b"punct" => |byte, _| byte.is_ascii_punctuation(),
        b"space" => |byte, _| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => |byte, fold| byte.is_ascii_uppercase() || (fold && byte.is_ascii_lowercase()),
        b"xdigit" => |byte, _| byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(table: &[(&str, &str, bool)], style: Style) {
        for &(pattern, text, expected) in table {
            let glob = Glob::new(pattern.as_bytes(), style);
            assert_eq!(
                glob.matches(text.as_bytes(), style.fold),
                expected,
                "{pattern:?} {text:?}"
            );
        }
    }

    #[test]
    fn only_a_whole_component_of_two_stars_crosses_directories() {
        let style = Style {
            path: true,
            fold: false,
        };
        check(
            &[
                ("*", "a", true),
                ("*", "", true),
                ("*", "a/b", false),
                ("a*c", "abc", true),
                ("a*c", "ab/c", false),
                ("**", "a/b/c", true),
                ("**/c", "c", true),
                ("**/c", "a/b/c", true),
                ("**/c", "a/bc", false),
                ("a/**/c", "a/c", true),
                ("a/**/c", "a/b/b/c", true),
                ("a/**/c", "ac", false),
                ("a/**", "a/", true),
                ("a/**", "a/b/c", true),
                ("a/**", "a", false),
                ("a/***/c", "a/b/b/c", true),
                ("a**/c", "ab/c", true),
                ("a**/c", "ab/b/c", false),
                ("a/b**", "a/bc", true),
                ("a/b**", "a/b/c", false),
                ("**\\/c", "a/b/c", true),
                ("**\\/c", "c", false),
                ("**/a*/**/b", "x/ab/a/c/b", true),
                ("*/*/c", "a/b/c", true),
                ("*/*/c", "a/b/b/c", false),
                ("a?c", "a/c", false),
                ("a[/]c", "a/c", false),
                ("a[!x]c", "a/c", false),
            ],
            style,
        );
    }

    #[test]
    fn brackets_follow_posix_with_the_exceptions_of_git() {
        let style = Style {
            path: false,
            fold: false,
        };
        check(
            &[
                ("[a-c]", "b", true),
                ("[a-c]", "B", false),
                ("[!a-c]", "b", false),
                ("[^a-c]", "d", true),
                ("[c-a]", "b", false),
                ("[]a]", "]", true),
                ("[a-]", "-", true),
                ("[-a]", "-", true),
                ("[a-c-e]", "d", false),
                ("[a-c-e]", "-", true),
                ("[a\\-c]", "b", false),
                ("[\\]]", "]", true),
                ("[[:digit:]]", "7", true),
                ("[[:digit:]x]", "x", true),
                ("[[:DIGIT:]]", "7", false),
                ("[[:none:]]", "7", false),
                ("[[:digit]", ":", true),
                ("[[:digit]", "[", true),
                ("[[:digit]", "7", false),
                ("[[:]]", ":]", true),
                ("[a", "a", false),
                ("[", "[", false),
                ("\\[", "[", true),
                ("a\\", "a\\", false),
                ("a\\", "a", false),
                ("{a,b}", "a", false),
                ("{a,b}", "{a,b}", true),
            ],
            style,
        );
    }

    #[test]
    fn case_is_folded_as_git_does() {
        let style = Style {
            path: true,
            fold: true,
        };
        check(
            &[
                ("aB*", "Abc", true),
                ("[A-C]x", "bX", true),
                ("[a-c]x", "BX", true),
                ("[B]x", "bx", false),
                ("[b]x", "Bx", true),
                ("\\Ax", "ax", false),
                ("\\ax", "Ax", true),
                ("[[:upper:]]", "a", true),
                ("[[:lower:]]", "A", true),
            ],
            style,
        );
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let style = Style {
            path: true,
            fold: false,
        };
        let pattern = "**/*a*a*a*a/".repeat(40) + "b";
        let text = "aaaaaaaaaaaa/".repeat(300);
        let glob = Glob::new(pattern.as_bytes(), style);
        assert!(!glob.matches(text.as_bytes(), false));
    }
}

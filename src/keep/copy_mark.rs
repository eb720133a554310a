//! Marks that programs put into the name of a copy: `a (1).txt`, `copy of a.txt`,
//! `a - Copy.txt`, in the usual languages.

/// The words for a copy at the end of a name, in lower case.
const WORDS: [&str; 12] = [
    "copy",
    "kopie",
    "copie",
    "copia",
    "cópia",
    "kopia",
    "kopi",
    "kopio",
    "kopya",
    "másolat",
    "копия",
    "копія",
];

/// Words that are not separated from the name by a space.
const SUFFIXES: [&str; 7] = ["コピー", "副本", "複製", "拷贝", "拷貝", "복사본", "사본"];

/// The beginnings of the names of copies, in lower case; each may have a number
/// in parentheses after its first word.
const PREFIXES: [(&str, &str); 10] = [
    ("copy", "of "),
    ("kopie", "von "),
    ("kopie", "van "),
    ("copie", "de "),
    ("copia", "de "),
    ("copia", "di "),
    ("cópia", "de "),
    ("kopia", "av "),
    ("kopi", "av "),
    ("kopi", "af "),
];

/// Returns true if the last part of a path is marked as a copy.
pub(super) fn is_marked(path: &[u8]) -> bool {
    let start = path.iter().rposition(|&byte| byte == b'/');
    let name = &path[start.map_or(0, |slash| slash + 1)..];
    if !may_be_marked(name) {
        return false;
    }
    let name = String::from_utf8_lossy(name).to_lowercase();
    if PREFIXES.iter().any(|prefix| begins_with(&name, *prefix)) {
        return true;
    }
    // `a (1).tar.gz` has two extensions, and a name may have none.
    let mut stem = name.as_str();
    for _ in 0..3 {
        if ends_with_mark(stem) {
            return true;
        }
        match stem.rsplit_once('.') {
            Some((shorter, _)) if !shorter.is_empty() => stem = shorter,
            _ => break,
        }
    }
    false
}

/// Excludes most names at little cost. All marks have a parenthesis, one of the
/// syllables `cop` and `kop`, or a character that is not ASCII.
fn may_be_marked(name: &[u8]) -> bool {
    let is_syllable = |three: &[u8]| {
        matches!(three[0], b'c' | b'C' | b'k' | b'K') && three[1..].eq_ignore_ascii_case(b"op")
    };
    name.iter().any(|&byte| byte == b')' || byte >= 0x80) || name.windows(3).any(is_syllable)
}

/// `copy of a`, `copy (2) of a`.
fn begins_with(name: &str, (word, joint): (&str, &str)) -> bool {
    let Some(rest) = name.strip_prefix(word).and_then(|r| r.strip_prefix(' ')) else {
        return false;
    };
    let numbered = rest
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(") "));
    let rest = match numbered {
        Some((number, rest)) if is_number(number) => rest,
        _ => rest,
    };
    rest.strip_prefix(joint)
        .is_some_and(|name| !name.is_empty())
}

fn ends_with_mark(stem: &str) -> bool {
    if let Some(rest) = stem.strip_suffix(')')
        && let Some((before, inside)) = rest.rsplit_once('(')
    {
        // `a(1)` is how browsers number; `f(x)` is a name.
        return !before.trim_end().is_empty()
            && (is_number(inside) || is_word_at_end(&format!(" {}", without_number(inside))));
    }
    is_word_at_end(without_number(stem))
}

/// `a copy 2` without the number.
fn without_number(text: &str) -> &str {
    match text.rsplit_once(' ') {
        Some((before, number)) if is_number(number) => before,
        _ => text,
    }
}

fn is_word_at_end(text: &str) -> bool {
    let has_name = |before: &str| !before.trim_matches([' ', '-', '_', '–', '—']).is_empty();
    let word = WORDS.iter().find_map(|word| text.strip_suffix(word));
    if let Some(before) = word
        && before.ends_with([' ', '-', '_', '–', '—'])
    {
        return has_name(before) || before == " ";
    }
    SUFFIXES.iter().any(|word| {
        text.strip_suffix(word)
            .is_some_and(|before| !before.is_empty())
    })
}

/// One to three digits: four are a year.
fn is_number(text: &str) -> bool {
    matches!(text.len(), 1..=3) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_copies_are_recognized() {
        for name in [
            "a (1).txt",
            "a (12)",
            "a(1).jpg",
            "IMG_1 (2).tar.gz",
            "Copy of a.txt",
            "copy (2) of a.txt",
            "COPY OF A.TXT",
            "a - Copy.txt",
            "a - Copy (3).txt",
            "a copy.txt",
            "a copy 2.txt",
            "a_copy.txt",
            "a-copy",
            "a (copy).txt",
            "a (copy 1).txt",
            "a (another copy).txt",
            "a (3rd copy).txt",
            "a - Kopie.txt",
            "a Kopie 2.txt",
            "Kopie von a.txt",
            "Kopie van a",
            "a - Copie.txt",
            "Copie de a.txt",
            "a copia.txt",
            "Copia di a.txt",
            "a - Cópia.txt",
            "a — kopia.txt",
            "a – kopie.txt",
            "a - Kopya.txt",
            "a - másolat.txt",
            "a — копия.txt",
            "a - копія.txt",
            "a - コピー.txt",
            "aのコピー.txt",
            "a - 副本.txt",
            "a 拷贝.txt",
            "a - 複製.txt",
            "a - 복사본.txt",
            "d (1)/x (1).txt",
        ] {
            assert!(is_marked(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn other_names_have_no_mark() {
        for name in [
            "a.txt",
            "",
            "copy.txt",
            "copy",
            "- copy",
            "photocopy.txt",
            "copyright.txt",
            "copy of ",
            "film (2019).mkv",
            "f(x).txt",
            "(1).txt",
            " (1)",
            "コピー.txt",
            "a (1) b.txt",
            "kopieren.txt",
            "copy machine.txt",
            "d (1)/a.txt",
            "copy of d/a.txt",
            "日本.txt",
        ] {
            assert!(!is_marked(name.as_bytes()), "{name}");
        }
        assert!(is_marked(b"caf\xe9 (1).txt"));
        assert!(!is_marked(b"caf\xe9.txt"));
    }
}

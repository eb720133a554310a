//! One page for people: a result to look at, search and mark in a browser.
//!
//! The page is whole: its style, its script and the JSON document are in it, and it
//! loads nothing but pictures of the tree, when they are asked for. Its policy (CSP)
//! permits that script and that style alone, by their digests. No name is ever
//! markup: the JSON stands in an element that browsers do not run, with `<`, `>` and
//! `&` written as escapes, and the script makes text nodes of it.
//!
//! The script reads a group from its own line of the document, and a saved report
//! repeats that line: see `json_format`.

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::uri::uri;
use super::{Report, json};
use crate::types::Group;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
) -> io::Result<()> {
    let working_directory = report.header.working_directory;
    let base = match report.page_directory {
        Some(page) => from_page(page, working_directory),
        None => uri(working_directory) + "/",
    };
    let page = PAGE
        .replace("{script_hash}", &source_hash(SCRIPT))
        .replace("{style_hash}", &source_hash(STYLE))
        .replace("{base}", &base)
        .replace("{style}", STYLE);
    out.write_all(page.as_bytes())?;
    json::write(&mut Escaped(out), report, groups)?;
    write!(
        out,
        "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// The name of a script or style in a policy.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// The directory that paths are relative to, as a page in another one links to it.
/// Both are absolute.
fn from_page(page: &Path, to: &Path) -> String {
    let pairs = page.components().zip(to.components());
    let common = pairs.take_while(|(one, other)| one == other).count();
    if common == 0 {
        // Another drive.
        return uri(to) + "/";
    }
    let up = page.components().skip(common).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(common)).collect();
    let way = uri(&way);
    if way.is_empty() { way } else { way + "/" }
}

/// JSON in which no character means anything to HTML. They only occur in strings.
struct Escaped<'a>(&'a mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_markup = |byte: &u8| matches!(byte, b'<' | b'>' | b'&');
        let plain = bytes.iter().position(is_markup).unwrap_or(bytes.len());
        self.0.write_all(&bytes[..plain])?;
        match bytes.get(plain) {
            Some(byte) => {
                write!(self.0, "\\u{byte:04x}")?;
                Ok(plain + 1)
            }
            None => Ok(plain),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Format, testing};
    use super::*;

    fn page(groups: &[Group]) -> String {
        let (out, written) = testing::written(Format::Html, groups, &testing::summary(), &[]);
        assert_eq!(written.escaped_names, 0);
        String::from_utf8(out).unwrap()
    }

    /// What stands between these two texts, which are there once.
    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        let (before, rest) = text.split_once(start).unwrap();
        assert!(!before.contains(end) || !rest.contains(start));
        rest.split_once(end).unwrap().0
    }

    #[test]
    fn the_document_in_it_is_the_json_report() {
        let names: [&[u8]; 3] = [
            b"</script><script>alert(1)</script>",
            b"a&lt;b",
            b"<!--\xff",
        ];
        let groups = [testing::hostile(), testing::group(9, &names)];
        let page = page(&groups);
        let (json, _) = testing::written(Format::Json, &groups, &testing::summary(), &[]);
        let embedded = between(
            &page,
            "id=\"report\" data-base=\"file:///home/me/\">\n",
            "</script>",
        );
        assert!(!embedded.contains(['<', '>', '&']), "{embedded}");
        let parsed: Value = serde_json::from_str(embedded).unwrap();
        assert_eq!(parsed, serde_json::from_slice::<Value>(&json).unwrap());
        // The script reads lines.
        assert_eq!(
            embedded.lines().count(),
            json.split(|b| *b == b'\n').count() - 1
        );
    }

    #[test]
    fn the_policy_names_the_script_and_the_style_of_the_page() {
        let page = page(&[]);
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
        let script = between(&page, "<script>", "</script>");
        let style = between(&page, "<style>", "</style>");
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; \
                 img-src file:; base-uri 'none'; form-action 'none'",
                hash(script),
                hash(style)
            )
        );
    }

    #[test]
    fn nothing_in_it_is_on_a_network() {
        let page = page(&[testing::hostile()]);
        for word in [
            "http:", "https:", "//cdn", "@import", "url(", "fetch(", "XMLHttp", "eval(",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        for markup in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
        ] {
            assert!(!SCRIPT.contains(markup), "{markup}");
        }
    }

    #[test]
    fn pictures_are_found_from_where_the_page_is() {
        for (page, to, expected) in [
            ("/home/me", "/home/me", ""),
            ("/home/me/out", "/home/me", "../"),
            ("/home/me", "/home/me/a b", "a%20b/"),
            ("/srv/x/y", "/home/me", "../../../home/me/"),
        ] {
            assert_eq!(from_page(Path::new(page), Path::new(to)), expected);
        }
    }
}

//! Markdown: a result for an issue, a chat or the summary of a job.
//!
//! All text that is not ours is in code spans: no name breaks a table, becomes a
//! link, an image or HTML, or mentions anybody. (Mentions and issue references are
//! searched after Markdown is rendered, but not in code.) So nothing needs to be
//! escaped but the `|` that would end a cell.

mod scan;

use std::borrow::Cow;
use std::io::{self, Write};

use super::humanize::counted;

pub(super) use scan::write;

/// Maximum number of bytes before a list is cut. GitHub discards a summary of
/// more than 1 MiB as a whole; a row is at most 60 KiB even if its names are as
/// long as a path can be and need escapes throughout, and the text after the
/// lists is short.
const ROOM: usize = 900 * 1024;

/// A page that stays below the size limit.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    written: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, written: 0 }
    }

    pub(super) fn put(&mut self, text: &str) -> io::Result<()> {
        self.written += text.len();
        self.out.write_all(text.as_bytes())
    }

    /// Writes a table with these rows, if there are any, as far as there is
    /// room for them.
    pub(super) fn list(
        &mut self,
        head: &str,
        mut rows: impl Iterator<Item = String>,
    ) -> io::Result<()> {
        let Some(first) = rows.next() else {
            return Ok(());
        };
        self.put("\n")?;
        self.put(head)?;
        let mut hidden = 0;
        for row in std::iter::once(first).chain(rows) {
            if self.written < ROOM && hidden == 0 {
                self.put(&row)?;
            } else {
                hidden += 1;
            }
        }
        if hidden > 0 {
            let more = counted(hidden, "more row", "more rows");
            self.put(&format!(
                "\n… and {more} omitted because of the size limit. The other formats list all.\n"
            ))?;
        }
        Ok(())
    }
}

/// Printable text as a code span in a cell of a table: between more backticks
/// than it has in a row. Of blanks at both its ends a reader takes one off, and
/// so one is added; not where all of it is blanks.
pub(super) fn code(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    let is_at_edge = |c: char| c == '`' || c == ' ';
    let is_padded =
        (text.starts_with(is_at_edge) || text.ends_with(is_at_edge)) && text.contains(|c| c != ' ');
    let pad = if is_padded { " " } else { "" };
    let text = match text.contains('|') {
        true => Cow::Owned(text.replace('|', "\\|")),
        false => Cow::Borrowed(text),
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_needs_few_escapes() {
        for (text, span) in [
            ("a/b-c_d*.png", "`a/b-c_d*.png`"),
            ("a`b``c", "```a`b``c```"),
            ("`", "`` ` ``"),
            (" a", "`  a `"),
            ("  ", "`  `"),
            ("a|b", "`a\\|b`"),
        ] {
            assert_eq!(code(text), span);
        }
    }
}

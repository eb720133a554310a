//! The few styles that reports for people use, so that one thing looks the
//! same wherever it is said.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};

use super::Look;

/// Titles, and the number that matters most in a row.
pub(crate) const STRONG: Style = Style::new().bold();
/// What may be overlooked.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What is being kept.
pub(crate) const SAFE: Style = AnsiColor::Green.on_default();
/// What must not be overlooked.
pub(crate) const ALERT: Style = AnsiColor::Red.on_default().bold();

/// Applies styles, or leaves them out.
#[derive(Clone, Copy)]
pub(crate) struct Styler {
    color: bool,
}

impl Styler {
    pub fn new(look: &Look) -> Self {
        Self { color: look.color }
    }

    /// The text in a style. Any padding belongs outside of it: escape
    /// sequences would count as letters.
    pub fn on<T: Display>(self, style: Style, text: T) -> impl Display {
        Painted {
            style: if self.color { style } else { Style::new() },
            text,
        }
    }
}

struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.style, self.text, self.style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_end_where_the_text_does_or_are_not_there() {
        let mut look = Look {
            color: true,
            width: None,
        };
        assert_eq!(
            Styler::new(&look).on(STRONG, 7).to_string(),
            "\x1b[1m7\x1b[0m"
        );
        look.color = false;
        assert_eq!(Styler::new(&look).on(STRONG, 7).to_string(), "7");
    }
}

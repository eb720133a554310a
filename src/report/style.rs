//! The few styles that reports for people use, so that they are consistent.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};

use super::RenderOptions;

/// Titles, and the number that matters most in a row.
pub(crate) const STRONG: Style = Style::new().bold();
/// Style of less important text.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Style of files that are kept.
pub(crate) const SAFE: Style = AnsiColor::Green.on_default();
/// Style of warnings.
pub(crate) const ALERT: Style = AnsiColor::Red.on_default().bold();

/// Applies styles, or leaves them out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Styler {
    color: bool,
}

impl Styler {
    pub(crate) fn new(render: &RenderOptions) -> Self {
        Self {
            color: render.color,
        }
    }

    /// The text in a style. Padding belongs outside it: escape sequences would
    /// count as letters.
    pub(crate) fn on<T: Display>(self, style: Style, text: T) -> impl Display {
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
        let mut render = RenderOptions {
            color: true,
            ..RenderOptions::default()
        };
        assert_eq!(
            Styler::new(&render).on(STRONG, 7).to_string(),
            "\x1b[1m7\x1b[0m"
        );
        render.color = false;
        assert_eq!(Styler::new(&render).on(STRONG, 7).to_string(), "7");
    }
}

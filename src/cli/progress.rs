//! Progress on standard error, if that is a terminal.
//!
//! One bar in two forms: during the walk the amount to read is unknown, so it
//! only counts; then it measures bytes. It draws when the scan reports
//! progress, never from its own thread.
//!
//! It leaves some columns of the line free: the terminal echoes `^C` behind it,
//! and if that went on to the next line, half a bar would stay on the screen.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::diagnostics::visible;
use super::terminal::progress_width;
use crate::pipeline::Progress;

/// Columns for the spinner and a free last column, and those that are left to
/// the terminal.
const MARGIN: usize = 3 + ECHO as usize;

/// Columns for what the terminal echoes: three times `^C`.
const ECHO: u16 = 6;

/// True while a bar may be on the screen.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);

/// Standard error without its last columns.
#[derive(Debug)]
struct Screen(Term);

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.0.size().1.saturating_sub(ECHO)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A bar on standard error, which is a terminal.
pub(super) fn bar(length: u64) -> ProgressBar {
    IS_DRAWN.store(true, Ordering::Relaxed);
    let screen = Box::new(Screen(Term::buffered_stderr()));
    ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::term_like(screen))
}

/// Removes a bar from the screen before the process ends at once.
pub(super) fn erase() {
    if IS_DRAWN.load(Ordering::Relaxed) {
        // The process ends, whatever comes of it.
        let _ = Term::stderr().clear_line();
    }
}

/// A path in fewer columns than this is useless.
const MIN_PATH: usize = 12;

const COUNTING: &str = "{spinner} {msg}";
const MEASURING: &str = "{spinner} {wide_bar} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left";

/// The progress of one scan, or nothing at all.
#[derive(Debug)]
pub(super) struct Bars {
    bar: Option<ProgressBar>,
    measuring: bool,
}

impl Bars {
    /// Progress that is drawn only if `shown`.
    pub(super) fn new(shown: bool) -> Self {
        let bar = shown.then(|| {
            let bar = bar(0);
            bar.set_style(style(COUNTING));
            bar
        });
        Self {
            bar,
            measuring: false,
        }
    }

    /// Shows how far the scan is.
    pub(super) fn update(&mut self, progress: &Progress) {
        let Some(bar) = &self.bar else { return };
        if progress.walking {
            bar.set_message(counting_line(progress, progress_width()));
        } else if !self.measuring && progress.bytes_to_read > 0 {
            bar.set_style(style(MEASURING));
            self.measuring = true;
        }
        // The position is set from the start, so that the rate is known when it
        // is shown.
        bar.set_length(progress.bytes_to_read);
        bar.set_position(progress.bytes_read);
        bar.tick();
    }

    /// Runs `write`, which may write to the same terminal, with the bar hidden.
    pub(super) fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes the bar from the screen permanently.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            IS_DRAWN.store(false, Ordering::Relaxed);
        }
    }
}

/// A scan that ends early must not leave half a bar on the screen.
impl Drop for Bars {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        // The templates are constants and a test parses them.
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("=> ")
}

/// The number of files found and the position of the walk.
fn counting_line(progress: &Progress, width: usize) -> String {
    let mut line = format!("{} files found", HumanCount(progress.files));
    let Some(current) = &progress.current else {
        return line;
    };
    let room = width.saturating_sub(MARGIN + line.width() + ": ".len());
    if room >= MIN_PATH {
        line.push_str(": ");
        line.push_str(&shortened(current, room));
    }
    line
}

/// The end of a path, which changes, not its beginning, which does not.
fn shortened(path: &Path, room: usize) -> String {
    let text = visible(path);
    if text.width() <= room {
        return text.into_owned();
    }
    let mut left = room.saturating_sub("…".width());
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        let columns = c.width().unwrap_or(0);
        if columns > left {
            break;
        }
        left -= columns;
        start = at;
    }
    format!("…{}", &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_understood() {
        for template in [COUNTING, MEASURING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn paths_are_cut_at_the_front_by_columns() {
        let table = [
            ("short", "short"),
            ("exactly-12ch", "exactly-12ch"),
            ("a/long/way/to/go", "…g/way/to/go"),
            ("中文中文中文中文", "…文中文中文"),
        ];
        for (path, expected) in table {
            assert_eq!(shortened(Path::new(path), 12), expected, "{path}");
        }
        let line = shortened(Path::new("a/\x1b[2J/beginning"), 16);
        assert!(!line.contains('\x1b') && line.width() <= 16, "{line}");
    }

    #[test]
    fn the_line_fits_every_width() {
        let progress = Progress {
            walking: true,
            files: 1_234_567,
            current: Some("/usr/share/中文/一二三四五六七八九十/ of some length".into()),
            ..Progress::default()
        };
        for width in 31..120 {
            let line = counting_line(&progress, width);
            assert!(line.starts_with("1,234,567 files found"), "{line}");
            assert!(line.width() + MARGIN <= width, "{width}: {line}");
        }
        assert!(counting_line(&progress, 120).ends_with("some length"));
        assert_eq!(counting_line(&progress, 31), "1,234,567 files found");
    }

    #[test]
    fn a_hidden_bar_still_runs_what_it_is_given() {
        let mut bars = Bars::new(false);
        bars.update(&Progress::default());
        assert_eq!(bars.suspended(|| 7), 7);
    }
}

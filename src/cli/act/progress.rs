//! The bar while files are acted on, on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TEMPLATE: &str = "{spinner} {wide_bar} {human_pos} of {human_len} files, {eta} left";

/// Progress of a run, or nothing at all.
#[derive(Debug)]
pub(super) struct ActBar(Option<ProgressBar>);

impl ActBar {
    /// A bar for so many files, if it is to be shown.
    pub(super) fn new(shown: bool, files: u64) -> Self {
        Self(shown.then(|| {
            let bar = ProgressBar::with_draw_target(Some(files), ProgressDrawTarget::stderr());
            bar.set_style(style());
            bar
        }))
    }

    /// Counts a file.
    pub(super) fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Runs `write`, which may write to the same terminal, with the bar hidden.
    pub(super) fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes the bar from the screen.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for ActBar {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(TEMPLATE)
        // A test parses the template.
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_understood() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}

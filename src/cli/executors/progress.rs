//! Progress of the measurement on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::measure::{Competitor, Step};

const TEMPLATE: &str = "{wide_bar} run {pos} of {len}: {msg:18}";

/// A bar, or nothing. Clones draw the same one.
#[derive(Clone)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar that is drawn only if `shown`.
    pub(super) fn new(shown: bool) -> Self {
        Self(shown.then(|| {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            // A test parses the constant.
            let style = ProgressStyle::with_template(TEMPLATE)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("=> "));
            bar
        }))
    }

    /// Shows what is about to run.
    pub(super) fn update(&self, step: Step) {
        let Some(bar) = &self.0 else { return };
        bar.set_length(step.of as u64);
        bar.set_message(name(step.competitor));
        bar.set_position(step.done as u64 + 1);
        // A run may be over before the next regular drawing.
        bar.tick();
    }

    /// Takes it off the screen.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn name(competitor: Option<Competitor>) -> String {
    match competitor {
        None => "warm-up".to_owned(),
        Some(Competitor {
            kind,
            workers: None,
        }) => kind.as_str().to_owned(),
        Some(Competitor {
            kind,
            workers: Some(workers),
        }) => format!("{} -j {workers}", kind.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ExecutorKind;

    #[test]
    fn the_template_is_understood() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    #[test]
    fn every_run_has_a_name() {
        let kind = ExecutorKind::Thread;
        let named = |workers| name(Some(Competitor { kind, workers }));
        assert_eq!(name(None), "warm-up");
        assert_eq!(named(None), "thread");
        assert_eq!(named(Some(32)), "thread -j 32");
    }
}

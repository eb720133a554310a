//! The review as a dialogue of lines.
use super::Review;
use crate::cli::diagnostics::Fatal;
use crate::exit::Exit;

pub(super) fn run(_review: Review<'_>) -> Result<Exit, Fatal> {
    Err(Fatal::new("todo"))
}

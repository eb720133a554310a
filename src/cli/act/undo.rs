//! `nodupe undo`.

use super::super::args::UndoArgs;
use super::super::diagnostics::Fatal;
use crate::exit::Exit;

pub(crate) fn run(_: &UndoArgs) -> Result<Exit, Fatal> {
    Err(Fatal::new("not ready"))
}

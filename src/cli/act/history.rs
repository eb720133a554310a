//! `nodupe history`.

use super::super::args::HistoryArgs;
use super::super::diagnostics::Fatal;
use crate::exit::Exit;

pub(crate) fn run(_: &HistoryArgs) -> Result<Exit, Fatal> {
    Err(Fatal::new("not ready"))
}

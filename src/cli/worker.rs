//! The entry point of a worker process: no arguments, no report.

use super::diagnostics::Fatal;
use crate::exit::Exit;
use crate::{executor, platform};

/// Works until the orders on standard input end. The process should then end
/// at once, whatever its threads are at.
pub(super) fn run() -> Result<Exit, Fatal> {
    let served = match platform::standard_streams() {
        Ok((orders, replies)) => executor::serve(orders, replies).map_err(|e| e.to_string()),
        Err(error) => Err(crate::error::describe(&error)),
    };
    served.map(|()| Exit::Complete).map_err(|problem| {
        Fatal::new(format!("a worker process cannot run: {problem}"))
            .hint("worker processes are started by nodupe itself; to scan, run nodupe scan")
    })
}

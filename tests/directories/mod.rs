//! Directories with identical content.

mod diff;
mod diff_oracle;
pub(crate) mod oracle;
mod report;
mod similar;

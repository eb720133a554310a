//! Directories with identical content.

mod diff;
mod diff_oracle;
mod oracle;
mod report;
mod similar;

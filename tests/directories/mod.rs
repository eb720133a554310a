//! Directories with identical content.

mod oracle;
mod report;

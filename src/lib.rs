//! Finds files with identical content.

pub mod cli;
pub mod config;
pub mod error;
pub mod exit;
pub mod model;
pub mod pipeline;
pub mod report;
mod sys;

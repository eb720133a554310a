//! Finds files with identical content.

pub mod config;
pub mod error;
pub mod executor;
pub mod exit;
mod group;
pub mod hash;
pub mod io;
pub mod model;
pub mod pipeline;
mod stage;
mod sys;
mod walk;
pub mod worker;

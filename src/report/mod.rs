//! The ways a result is told: to a person, to a script, to another program.
//!
//! A formatter gets data and a writer and nothing else: no clock, no
//! environment, no file system, and it does not ask what kind of thing it
//! writes to. So the same result is always the same text, and what depends on
//! the terminal is decided once, by the caller, in a [`Look`].

mod escape;

pub use escape::escape;

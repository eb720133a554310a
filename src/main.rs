//! The `nodupe` program.
fn main() {}

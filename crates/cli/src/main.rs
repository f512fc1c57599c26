//! The `hvtriage` command.

fn main() {}

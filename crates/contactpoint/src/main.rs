//! The binary: every command of the directory.

fn main() {}

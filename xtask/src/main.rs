//! Repository rules and generated documents.

fn main() {}

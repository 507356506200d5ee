//! Parse, choose a face, exit.

fn main() {}

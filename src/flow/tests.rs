//! The machine, driven by hand: inputs in, outputs out, nobody on the other side.

mod peers;
mod table;
mod walk;

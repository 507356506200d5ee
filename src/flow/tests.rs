//! The machine, driven by hand: inputs in, outputs out, nobody on the other side.

mod client;
mod discovery;
mod grant;
mod peers;
mod rounds;
mod session;
mod table;
mod walk;

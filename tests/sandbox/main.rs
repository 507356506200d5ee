//! The sandbox, seen from outside: honest end to end, and each fault with its one difference.

mod client;
mod faults;
mod flow;
mod mcp;
mod metadata_document;

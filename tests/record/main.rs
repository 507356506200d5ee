//! What is left of a run: transcripts and what is made of them.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests, where a panic is the report"
)]

#[path = "../support/side_by_side.rs"]
mod side_by_side;
#[path = "../support/mod.rs"]
mod support;

mod all_faults;
mod ci;
mod edited;
mod hostile;
mod killed;
mod places;
mod reports;
mod rounds;
mod sample;
mod secrets;

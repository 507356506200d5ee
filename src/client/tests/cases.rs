//! What spoils a good run, the shape that is then seen, and what comes of clients there.

mod discovery;
mod login;

use crate::check::tests::good::Run;

/// What spoils a good run.
pub(super) type Spoil = fn(&mut Run);

/// A shape, what shows it, clients that stop there, and clients that do not.
pub(super) type Case = (&'static str, Spoil, &'static [&'static str], &'static [&'static str]);

/// All of them.
pub(super) fn cases() -> impl Iterator<Item = &'static Case> {
    discovery::CASES.iter().chain(login::CASES)
}

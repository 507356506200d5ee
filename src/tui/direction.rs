//! Which way a key leads.

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Up, left, before.
    Back,
    /// Down, right, after.
    Forth,
}

impl Direction {
    /// The place after `at` in a list of `len`, not beyond its ends.
    pub(super) fn step(self, at: usize, len: usize) -> usize {
        match self {
            Self::Back => at.saturating_sub(1),
            Self::Forth => (at + 1).min(len.saturating_sub(1)),
        }
    }
}

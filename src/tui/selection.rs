//! What is looked at: tab, way of showing bodies, focus, selected item, listed findings.

use crate::specification::{Level, Party, Step};

/// What the main pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    /// Request and response.
    Exchange,
    /// What they mean.
    Decoded,
    /// All findings, worst first.
    Findings,
    /// What the step is for.
    Why,
    /// How the walk ended: who was reached, what passed and failed by party, what to do next.
    Summary,
    /// The sequence diagram, over the whole run.
    Diagram,
    /// How long everything took.
    Timeline,
    /// What was sent beyond the happy path.
    Probes,
    /// What comes of real clients.
    Clients,
    /// What was done, in order.
    Log,
}

impl Tab {
    /// The tabs of the main pane, from left to right.
    pub(super) const ALL: [Self; 4] = [Self::Exchange, Self::Decoded, Self::Findings, Self::Why];

    /// Whether it is about the whole run and takes the whole screen.
    pub(super) const fn is_full(self) -> bool {
        matches!(
            self,
            Self::Summary | Self::Diagram | Self::Timeline | Self::Probes | Self::Clients | Self::Log
        )
    }
}

/// How a body is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Laid out by its kind.
    Pretty,
    /// As it was sent.
    Raw,
    /// Byte by byte.
    Hex,
}

/// Which pane the arrow keys move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// The steps.
    Steps,
    /// The exchanges of the step.
    Requests,
    /// The main pane.
    Main,
}

/// What is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The step.
    pub(super) step: Step,
    /// The item in it.
    pub(super) item: usize,
    /// The row on the tabs that have rows.
    pub(super) row: usize,
    /// Whether the newest is selected as it comes.
    pub(super) follows: bool,
}

/// Which findings are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Only those of this level.
    pub(super) level: Option<Level>,
    /// Only those this party has to act on.
    pub(super) party: Option<Party>,
}

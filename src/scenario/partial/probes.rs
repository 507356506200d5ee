//! What files and options say of what to send beyond the happy path.

use crate::exchange::ProbeId;
use crate::scenario::setting::{options, parsed, word};
use crate::scenario::{ProbeMode, Probes, value};

options! {
    /// What is said of what to send beyond the happy path.
    #[command(next_help_heading = "Judging")]
    pub struct PartialProbes {
        /// What to send beyond the happy path once the walk is through [default: safe; full with `check --sandbox`]
        ///
        /// safe reads, and sends what is refused and leaves nothing behind; full sends all there is. The screen sends none
        /// before it is asked.
        #[arg(long = "probes", value_name = "EXTENT")]
        extent: Option<ProbeMode> = word(&ProbeMode::WORDS), "run";
        /// A probe to send whatever its kind; repeatable
        ///
        /// `gatewalk explain --probes` names the probes.
        #[arg(long, value_name = "PROBE", hide_possible_values = true)]
        allow: Vec<ProbeId> =
            parsed(value::probe).with_words(ProbeId::ALL.iter().map(|probe| probe.id())).repeated(), "allow";
    }
}

impl PartialProbes {
    /// The probes it makes.
    pub(super) fn probes(self, usual: ProbeMode) -> Probes {
        Probes { extent: self.extent.unwrap_or(usual), allow: self.allow }
    }
}

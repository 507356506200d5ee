//! A stored run on the screen: what file it is, and what judging it again changed.

use crate::check::claims::ClaimStatus;
use crate::exchange::ExchangeId;
use crate::transcript::replay::Replay;
use crate::transcript::{ExchangeEntry, Transcript, VerdictChange, VerdictEntry, VerdictKind};

/// A stored run, judged again.
#[derive(Debug)]
pub struct Stored {
    /// The name of its file.
    pub(super) name: String,
    /// The run.
    pub(super) replay: Replay,
    /// Its transcript, judged by today's catalogue.
    pub(super) again: Transcript,
}

impl Stored {
    /// A run that was stored in a file of that name.
    pub fn new(name: String, replay: Replay) -> Self {
        let again = replay.judged_again();
        Self { name, replay, again }
    }

    /// When it was recorded, to the minute.
    pub(super) fn when(&self) -> String {
        self.replay.record().started.strftime("%Y-%m-%d %H:%MZ").to_string()
    }

    /// Whether its secrets were kept.
    pub(super) const fn is_revealed(&self) -> bool {
        self.again.revealed
    }

    /// What judging again changed.
    pub(super) fn changed(&self) -> &[VerdictChange] {
        self.again.replayed.as_ref().map_or(&[], |replayed| &replayed.changed)
    }

    /// What judging again changed, in a few words. A check that was added or given up since says nothing of the run.
    pub(super) fn compared(&self) -> String {
        let changed = self.changed();
        let others = changed.iter().filter(|change| change.was.is_none() || change.is.is_none()).count();
        let verdicts = match changed.len() - others {
            0 => "every verdict is as stored".to_owned(),
            1 => "1 verdict differs from the stored".to_owned(),
            count => format!("{count} verdicts differ from the stored"),
        };
        match others {
            0 => verdicts,
            1 => format!("{verdicts}, the catalogue by 1 check"),
            _ => format!("{verdicts}, the catalogue by {others} checks"),
        }
    }

    /// An exchange as it is stored; none if its secrets are, as these are not to be shown.
    pub(super) fn exchange(&self, id: ExchangeId) -> Option<&ExchangeEntry> {
        self.again.exchange(id).filter(|_| !self.is_revealed())
    }

    /// When an exchange came to its end, in seconds since 1970.
    pub(super) fn time_of(&self, id: ExchangeId) -> i64 {
        let record = self.replay.record();
        let sent = record.sent.iter().find(|(of, _)| *of == id).map(|(_, sent)| *sent).unwrap_or_default();
        let took = record.history.get(id).map(|exchange| exchange.timing.total).unwrap_or_default();
        let seconds = i64::try_from((sent + took).as_secs()).unwrap_or_default();
        record.started.as_second().saturating_add(seconds)
    }

    /// The worst finding.
    pub(super) fn worst(&self) -> Option<&VerdictEntry> {
        self.again.findings().into_iter().next()
    }

    /// What was found of the token's signature when it was there; nothing if the token still is.
    pub(super) fn signature(&self) -> Option<ClaimStatus> {
        let entry = self.again.verdicts.iter().find(|entry| entry.check == "jwt-signature");
        let entry = entry.filter(|_| !self.is_revealed())?;
        Some(match entry.verdict {
            VerdictKind::Pass => ClaimStatus::Good("verified when it was recorded".to_owned()),
            VerdictKind::Fail => ClaimStatus::Bad(entry.message.as_str().to_owned()),
            _ => ClaimStatus::Informational(entry.because.as_deref().unwrap_or_default().to_owned()),
        })
    }
}

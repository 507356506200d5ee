//! A finding in words, for formats that take a text.

use std::fmt::{Display, Write as _};

use crate::exchange::IssuerSource;
use crate::transcript::{Location, RoundEntry, Transcript, VerdictEntry};

/// What is wrong, what was expected and found, where, by which rule, and what to change: a line each, harmless.
pub(super) fn evidence(transcript: &Transcript, entry: &VerdictEntry) -> String {
    let mut said = entry.message.to_string();
    let mut line = |name: &str, value: &dyn Display| {
        // Writing to a string does not fail.
        let _ = write!(said, "\n{name:<9} {value}");
    };
    line("party", &entry.party.title());
    if let Some(expected) = &entry.expected {
        line("expected", expected);
    }
    if let Some(found) = &entry.found {
        line("found", found);
    }
    if let Some(seen) = seen(transcript, entry) {
        line("seen", &seen);
    }
    for cite in &entry.cites {
        line("rule", &format_args!("{cite}  {}", cite.url));
    }
    match (transcript.cause(entry.cause.as_ref()), &entry.remedy) {
        (Some(diagnosis), _) => {
            line(
                "diagnosis",
                &format_args!("{}: {} ({})", diagnosis.id, diagnosis.cause, diagnosis.blamed()),
            );
            line("change", &diagnosis.remedy);
        }
        (None, Some(remedy)) => line("fix", remedy),
        (None, None) => {}
    }
    said
}

/// Where a finding was seen, harmless: `#3 GET URL → 200, /issuer`.
pub(super) fn seen(transcript: &Transcript, entry: &VerdictEntry) -> Option<String> {
    let at = entry.at.as_ref();
    match entry.exchange.and_then(|id| transcript.exchange(id)) {
        Some(exchange) => Some(exchange.line() + at.map(|at| format!(", {at}")).unwrap_or_default().as_str()),
        None => at.map(|at| format!("callback, {at}")),
    }
}

/// That the user changed requests, and which.
pub(super) fn edited(transcript: &Transcript) -> Option<String> {
    let exchanges = transcript
        .exchanges
        .iter()
        .filter(|entry| entry.edited)
        .map(|entry| format!("exchange {}", entry.id.0));
    let authorization = transcript.authorizations.iter().any(|entry| entry.edited);
    let which: Vec<_> =
        exchanges.chain(authorization.then(|| "the authorization request".to_owned())).collect();
    let which = if which.is_empty() { String::new() } else { format!(": {}", which.join(", ")) };
    transcript.edited.then(|| {
        format!("Requests of this run were changed by hand{which}. No client sends them so; verdicts on what follows are about them.")
    })
}

/// What is to be known of the way the run went, a sentence each: its servers, and what nobody looked at.
pub(super) fn remarks(transcript: &Transcript) -> Vec<String> {
    let unchecked = "Requests went through a proxy, which finds addresses itself: whether a published URL leads to a private \
                     address was checked for the addresses that this machine finds, and for no other.";
    servers(transcript).into_iter().chain(transcript.options.proxied.then(|| unchecked.to_owned())).collect()
}

/// The authorization servers the run was at, a sentence each, where that does not go without saying: there was more than
/// one round, or the user alone named the server.
fn servers(transcript: &Transcript) -> Vec<String> {
    let rounds = &transcript.rounds;
    let server = |entry: &RoundEntry| {
        let why = match entry.source {
            _ if entry.is_unlisted_choice() => " because the user chose it: the resource does not name it",
            IssuerSource::User => " because the user chose it",
            IssuerSource::ResourceMetadata => "",
            IssuerSource::TargetOrigin => " because nothing names one: it is the origin of the target",
        };
        format!("Authorization {} is at {}{why}.", entry.round, entry.issuer)
    };
    let told = rounds.iter().filter(|entry| rounds.len() > 1 || entry.is_unlisted_choice());
    told.map(server).collect()
}

/// The line of the user's that a finding is about: the entry that expects it, else the target.
pub(super) fn location<'t>(transcript: &'t Transcript, entry: &VerdictEntry) -> Option<&'t Location> {
    let entries = transcript.baseline.iter().flat_map(|baseline| &baseline.entries);
    let expected =
        entries.filter(|known| known.check == entry.check).find_map(|known| known.location.as_ref());
    expected.or(transcript.scenario.as_ref())
}

/// The host of a URL, without user and port: stable over runs, good for names.
pub(super) fn host(url: &str) -> String {
    url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "target".to_owned())
}

/// A text as a part of a URL.
pub(super) fn percent_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

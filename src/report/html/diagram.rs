//! The sequence of a walk as a drawing: four parties, an arrow a request, an arrow a response.

use crate::exchange::bare;
use crate::specification::Party;
use crate::transcript::sanitize::sanitize;
use crate::transcript::{ExchangeEntry, Transcript, VerdictKind};

/// Distance of lifelines, and of rows.
const COLUMN: usize = 250;
const ROW: usize = 40;
const TOP: usize = 50;
/// Characters of a label.
const LABEL: usize = 34;

pub(super) struct Diagram {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// Probes that found nothing: there are many, and the walk is to be seen.
    pub(super) left_out: usize,
}

pub(super) struct Column {
    pub(super) x: usize,
    pub(super) title: &'static str,
}

/// A request with its response, or the browser that comes back.
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) y: usize,
    /// Where the response is drawn.
    pub(super) back: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Where the tip of the arrow of the request begins, and that of the response.
    pub(super) tip: usize,
    pub(super) back_tip: usize,
    pub(super) middle: usize,
    pub(super) label: String,
    pub(super) response: String,
    pub(super) class: &'static str,
}

fn x(column: usize) -> usize {
    90 + column * COLUMN
}

/// The lifeline of a party: the client is the first.
const fn column(party: Party) -> usize {
    match party {
        Party::Client | Party::Network => 0,
        Party::Gateway => 1,
        Party::AuthorizationServer => 2,
        Party::McpServer => 3,
    }
}

impl Diagram {
    pub(super) fn new(transcript: &Transcript) -> Self {
        let parties = [Party::Client, Party::Gateway, Party::AuthorizationServer, Party::McpServer];
        let used = |party: &Party| {
            *party == Party::Client || transcript.exchanges.iter().any(|exchange| exchange.party == *party)
        };
        let last = parties.iter().filter(|party| used(party)).map(|party| column(*party)).max().unwrap_or(0);
        let last = last.max(1);
        let (shown, left_out): (Vec<_>, Vec<_>) = transcript
            .exchanges
            .iter()
            .partition(|exchange| exchange.probe.is_none() || failed(transcript, exchange));
        let mut entries: Vec<_> = shown.into_iter().map(|exchange| (exchange.id.0, Some(exchange))).collect();
        entries.extend(transcript.callbacks.iter().map(|callback| (callback.id.0, None)));
        entries.sort_by_key(|(id, _)| *id);
        let rows: Vec<_> = entries
            .into_iter()
            .enumerate()
            .map(|(index, (id, exchange))| match exchange {
                Some(exchange) => row(transcript, index, exchange),
                None => callback(index, id, last),
            })
            .collect();
        Self {
            width: x(last) + 110,
            height: TOP + rows.len() * ROW + 20,
            columns: (0..=last)
                .map(|index| Column {
                    x: x(index),
                    title: parties.get(index).filter(|_| index > 0).map_or("gatewalk", |party| party.title()),
                })
                .collect(),
            rows,
            left_out: left_out.len(),
        }
    }
}

/// Whether a finding was seen in it.
fn failed(transcript: &Transcript, exchange: &ExchangeEntry) -> bool {
    transcript.verdicts.iter().any(|v| v.exchange == Some(exchange.id) && v.verdict == VerdictKind::Fail)
}

fn row(transcript: &Transcript, index: usize, exchange: &ExchangeEntry) -> Row {
    let to = x(column(exchange.party).max(1));
    let path =
        bare(&exchange.request.url).split_once("://").and_then(|(_, rest)| rest.get(rest.find('/')?..));
    let label = format!("#{} {} {}", exchange.id.0, exchange.request.method, path.unwrap_or("/"));
    let (label_back, arrived) = match (&exchange.response, &exchange.failure) {
        (Some(response), _) => (format!("{} · {:.0} ms", response.status, exchange.timing_ms.total), true),
        (None, Some(failure)) => (failure.kind.sentence().to_owned(), false),
        (None, None) => ("no response".to_owned(), false),
    };
    let y = TOP + index * ROW + 14;
    Row {
        id: exchange.id.0,
        y,
        back: y + 16,
        from: x(0),
        to,
        tip: to - 7,
        back_tip: x(0) + 7,
        middle: usize::midpoint(x(0), to),
        label: short(&label),
        response: short(&label_back),
        class: if failed(transcript, exchange) || !arrived { "bad" } else { "ok" },
    }
}

/// The browser brings the response of the authorization server.
fn callback(index: usize, id: u32, last: usize) -> Row {
    let y = TOP + index * ROW + 14;
    let from = x(last.min(column(Party::AuthorizationServer)));
    Row {
        id,
        y,
        back: y + 16,
        from,
        to: x(0),
        tip: x(0) + 7,
        back_tip: from,
        middle: usize::midpoint(x(0), from),
        label: format!("#{id} callback, by the browser"),
        response: String::new(),
        class: "ok",
    }
}

fn short(text: &str) -> String {
    let text = sanitize(text);
    match text.char_indices().nth(LABEL).and_then(|(end, _)| text.get(..end)) {
        Some(head) => format!("{head}…"),
        None => text.into_owned(),
    }
}

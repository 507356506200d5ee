//! Everything that was sent in the selected step, in order.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::status::spinner;
use crate::exchange::{FailureKind, Purpose, Unauthenticated, bare};
use crate::specification::Opening;
use crate::tui::layout::{first_row, is_wide};
use crate::tui::model::Model;
use crate::tui::selection::Focus;
use crate::tui::text::{path, sanitize, shorten_middle, width};
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let items = model.items();
    let theme = model.theme;
    let probes = items.iter().filter(|item| item.probe().is_some()).count();
    let count = match (items.len() - probes, probes) {
        (0 | 1, 0) => String::new(),
        (count, 0) => format!(" {count}"),
        (count, probes) => format!(" {count} + {probes} probes"),
    };
    // The corners.
    let room = usize::from(area.width).saturating_sub(2);
    let titles = round(model).map(|round| format!(" Requests{count}{round} "));
    let title = titles.into_iter().find(|title| width(title) <= room).unwrap_or_default();
    let block = super::pane(title, model.focus == Focus::Requests, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if items.is_empty() {
        frame.render_widget(Line::styled("Nothing sent yet", theme.style(Role::Dim)), inner);
    }
    let first = first_row(model.selection.item, usize::from(inner.height));
    for ((index, item), row) in items.iter().enumerate().skip(first).zip(inner.rows()) {
        frame.render_widget(line(model, item, usize::from(row.width)), row);
        if index == model.selection.item {
            let role = if model.focus == Focus::Requests { Role::Selected } else { Role::Current };
            frame.buffer_mut().set_style(row, theme.style(role));
        }
    }
}

/// The round of the selected item and its authorization server, where the run has more than one round: the longest way to
/// say it first.
fn round(model: &Model) -> [String; 3] {
    let history = model.walk.history();
    let Some(round) = model.item().map(|item| item.round()).filter(|_| history.last_round() > 1) else {
        return [String::new(), String::new(), String::new()];
    };
    let issuer = history.issuer(round).map(|issuer| model.walk.redactor.url(&issuer.identifier));
    let at = issuer.map(|issuer| format!(" at {}", sanitize(&issuer))).unwrap_or_default();
    let short = format!(" · authorization {round}");
    [format!("{short}{at}"), short, String::new()]
}

fn line(model: &Model, item: &Item, columns: usize) -> Line<'static> {
    let theme = model.theme;
    let worst = model.walk.findings_at(item).map(|judged| judged.level).max();
    let (outcome, role) = outcome(model, item);
    let what = what(model, item);
    let time = if let Item::Exchange(exchange) = item { Some(exchange.timing.total) } else { None };
    let symbol = worst.map_or("", super::symbol);
    let what = if item.is_edited() { format!("(edited) {what}") } else { what };
    let what = if model.walk.is_before(item) { format!("(before) {what}") } else { what };
    let time = time.filter(|_| is_wide(model.size)).map(super::duration).unwrap_or_default();
    let right = [time.as_str(), symbol].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ");
    let room = columns.saturating_sub(width(&outcome) + 1 + width(&right) + usize::from(!right.is_empty()));
    let what = shorten_middle(&sanitize(&what), room);
    let gap = " ".repeat(columns.saturating_sub(width(&outcome) + 1 + width(&what) + width(&right)));
    Line::from(vec![
        Span::styled(outcome, theme.style(role)),
        Span::raw(" "),
        Span::raw(what),
        Span::raw(gap),
        Span::styled(right, theme.style(worst.map_or(Role::Dim, Role::from))),
    ])
}

/// What a response of that status is at first sight.
pub(super) const fn status_role(status: u16) -> Role {
    match status / 100 {
        2 => Role::Good,
        3 => Role::Note,
        _ => Role::Warning,
    }
}

/// A failure in a word.
pub(super) const fn failure_word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::BadUrl => "bad URL",
        FailureKind::Blocked => "blocked",
        FailureKind::Cancelled => "cancelled",
        FailureKind::NotSigned => "not signed",
        FailureKind::Dns => "DNS",
        FailureKind::Connect => "refused",
        FailureKind::CertificateUntrusted => "untrusted",
        FailureKind::CertificateName => "other host",
        FailureKind::CertificateExpired => "expired",
        FailureKind::Tls => "TLS",
        FailureKind::Timeout => "timeout",
        FailureKind::NotHttp => "not HTTP",
        FailureKind::Broken => "broken",
    }
}

/// What came of an item, in a word.
pub(super) fn outcome(model: &Model, item: &Item) -> (String, Role) {
    match item {
        Item::Authorization(_) => ("→".to_owned(), Role::Accent),
        Item::Callback(_) => ("←".to_owned(), Role::Accent),
        Item::Sending(_) => (spinner(model.elapsed).to_owned(), Role::Accent),
        Item::Exchange(exchange) => match &exchange.outcome {
            Ok(response) => (response.status.to_string(), status_role(response.status)),
            Err(failure) => (failure_word(failure.kind).to_owned(), Role::Violation),
        },
    }
}

/// What an item is: where a request went and, with MCP, what it asked.
pub(super) fn what(model: &Model, item: &Item) -> String {
    let request = match item {
        Item::Authorization(_) => return "authorization request".to_owned(),
        Item::Callback(callback) if callback.get("error").is_some() => return "callback: error".to_owned(),
        Item::Callback(_) => return "callback".to_owned(),
        Item::Sending(request) => request,
        Item::Exchange(exchange) => &exchange.request,
    };
    if let Purpose::Probe(probe) = request.purpose {
        return if is_wide(model.size) || model.tab.is_full() {
            format!("probe {probe}")
        } else {
            probe.to_string()
        };
    }
    let url = model.walk.redactor.url(&request.url);
    let path = path(&url).replace("/.well-known/", "…/");
    let path = bare(&path);
    match call(request.purpose, model.walk.scenario.protocol_version.opening()) {
        Some(call) => format!("{path} {call}"),
        None => path.to_owned(),
    }
}

/// The MCP call of a request, if it is one.
const fn call(purpose: Purpose, opening: Opening) -> Option<&'static str> {
    match purpose {
        Purpose::Challenge(Unauthenticated::Opening) => Some(match opening {
            Opening::Initialize => "initialize",
            Opening::Discover => "discover",
        }),
        Purpose::Challenge(Unauthenticated::ListTools) | Purpose::ListTools => Some("tools/list"),
        Purpose::Challenge(Unauthenticated::CallTool) | Purpose::CallTool => Some("tools/call"),
        Purpose::Initialize => Some("initialize"),
        Purpose::Initialized => Some("initialized"),
        Purpose::Discover => Some("discover"),
        Purpose::Refresh => Some("refresh"),
        _ => None,
    }
}

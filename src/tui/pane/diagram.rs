//! The sequence diagram: client, gateway, authorization server and browser, and every message between them as an arrow.
//!
//! ```text
//!  client            gateway          auth. server        browser
//!    │── POST /mcp ────►│                  │                 │
//!    │◄── 401 ──────────│                  │                 │
//! ```

use super::requests::{outcome, what};
use crate::exchange::Purpose;
use crate::specification::{Level, Party, Step};
use crate::tui::model::Model;
use crate::tui::page::{Lines, PageLine};
use crate::tui::text::{sanitize, shorten_end, width};
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// The four parties, each with a lane of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Client,
    Gateway,
    Server,
    Browser,
}

impl Lane {
    const ALL: [Self; 4] = [Self::Client, Self::Gateway, Self::Server, Self::Browser];

    const fn title(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gateway => "gateway",
            Self::Server => "authorization server",
            Self::Browser => "browser",
        }
    }

    /// The lane a party responds in.
    const fn of(party: Party) -> Self {
        match party {
            Party::Gateway | Party::McpServer | Party::Network => Self::Gateway,
            Party::AuthorizationServer => Self::Server,
            Party::Client => Self::Client,
        }
    }
}

/// An arrow.
struct Arrow {
    from: Lane,
    to: Lane,
    label: String,
    role: Role,
}

/// The lines of the tab.
pub(super) fn lines(model: &Model, columns: usize) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let drawing = Drawing::new(columns);
    let mut last = None;
    let mut row = 0;
    for step in Step::ALL {
        for item in model.walk.items(step) {
            if last != Some(step) {
                last = Some(step);
                lines.push(drawing.note(&format!("{} {}", step.number(), step.title())));
            }
            if model.walk.is_before(&item) {
                // It is in no history any more; the row stays one of the places.
                row += 1;
                continue;
            }
            let worst = model.walk.findings_at(&item).map(|judged| judged.level).max();
            lines.item(Some(row));
            for (index, arrow) in arrows(model, &item).iter().enumerate() {
                lines.push(
                    drawing.arrow(arrow, worst.filter(|_| index > 0 || !matches!(item, Item::Exchange(_)))),
                );
            }
            lines.item(None);
            row += 1;
        }
    }
    if row == 0 {
        lines.push(drawing.lanes());
        lines.say(Role::Dim, "Nothing was said yet. Enter walks the first step.");
    }
    lines.into_vec()
}

/// The names of the parties, each over its line: they stay while the diagram is scrolled.
pub(super) fn heads(columns: usize) -> String {
    Drawing::new(columns).heads()
}

/// Whether gatewalk made the requests of the login itself.
fn is_login_seen(model: &Model) -> bool {
    model.walk.history().with_purpose(|purpose| purpose == Purpose::Login).next().is_some()
}

/// What an item is in the diagram.
fn arrows(model: &Model, item: &Item) -> Vec<Arrow> {
    let arrow =
        |from, to, label: String, role| Arrow { from, to, label: sanitize(&label).into_owned(), role };
    match item {
        Item::Authorization(_) => {
            let opens =
                arrow(Lane::Client, Lane::Browser, "open the authorization URL".to_owned(), Role::Text);
            let login = arrow(Lane::Browser, Lane::Server, "log in, consent".to_owned(), Role::Text);
            // What gatewalk saw of the login follows, request by request.
            if is_login_seen(model) { vec![opens] } else { vec![opens, login] }
        }
        Item::Callback(callback) => {
            let response = match callback.get("error") {
                Some(error) => format!("callback: error {error}"),
                None => "callback: code".to_owned(),
            };
            let role = if callback.get("error").is_some() { Role::Warning } else { Role::Good };
            let redirect = arrow(Lane::Server, Lane::Browser, "302".to_owned(), Role::Text);
            let callback = arrow(Lane::Browser, Lane::Client, response, role);
            if is_login_seen(model) { vec![callback] } else { vec![redirect, callback] }
        }
        Item::Sending(request) => {
            let label = format!("{} {}", request.method, what(model, item));
            vec![arrow(Lane::Client, Lane::of(request.party), label, Role::Accent)]
        }
        Item::Exchange(exchange) => {
            let request = &exchange.request;
            // There gatewalk does what the user's browser would do.
            let us = if request.purpose == Purpose::Login { Lane::Browser } else { Lane::Client };
            let them = Lane::of(request.party);
            let (status, role) = outcome(model, item);
            let reason = exchange.response().map_or("", |response| response.reason.as_str());
            let time = super::duration(exchange.timing.total);
            let label = format!("{} {}", request.method, what(model, item));
            vec![
                arrow(us, them, label, Role::Text),
                arrow(them, us, format!("{status} {reason} {time}").replace("  ", " "), role),
            ]
        }
    }
}

/// Where the lanes are.
struct Drawing {
    /// The column of the first lane.
    left: usize,
    /// Columns between lanes.
    step: usize,
}

impl Drawing {
    /// The last lane needs room for half of its name only.
    const fn new(columns: usize) -> Self {
        Self { left: 4, step: columns.saturating_sub(10) / 3 }
    }

    fn column(&self, lane: Lane) -> usize {
        self.left + self.step * lane as usize
    }

    /// The names of the lanes, each over its line.
    fn heads(&self) -> String {
        let mut text = String::new();
        for lane in Lane::ALL {
            let name = shorten_end(lane.title(), self.step.saturating_sub(1));
            let start = self.column(lane).saturating_sub(width(&name) / 2);
            text.push_str(&" ".repeat(start.saturating_sub(width(&text))));
            text.push_str(&name);
        }
        text
    }

    /// The lines of the lanes.
    fn lanes(&self) -> PageLine {
        self.between(0, Lane::ALL.len(), PageLine::default())
    }

    /// The lanes with a word at their left.
    fn note(&self, words: &str) -> PageLine {
        let words = format!(" {words} ");
        let first = Lane::ALL.into_iter().find(|lane| self.column(*lane) > width(&words));
        let first = first.map_or(Lane::ALL.len(), |lane| lane as usize);
        self.between(first, Lane::ALL.len(), PageLine::new(Role::Accent, &words))
    }

    /// The line continued by the lanes from the one of that number up to another.
    fn between(&self, first: usize, end: usize, line: PageLine) -> PageLine {
        Lane::ALL.iter().take(end).skip(first).fold(line, |line, lane| {
            let gap = self.column(*lane).saturating_sub(line.columns());
            line.put(Role::Text, &" ".repeat(gap)).put(Role::Dim, "│")
        })
    }

    /// An arrow between two lanes, and the other lanes.
    fn arrow(&self, arrow: &Arrow, worst: Option<Level>) -> PageLine {
        let (left, right) = (arrow.from.min(arrow.to), arrow.from.max(arrow.to));
        let line = self.between(0, left as usize, PageLine::default());
        let gap = self.column(left).saturating_sub(line.columns());
        let line = line.put(Role::Text, &" ".repeat(gap)).put(Role::Dim, "│");
        let room = (self.column(right) - self.column(left)).saturating_sub(1);
        let label = shorten_end(&arrow.label, room.saturating_sub(6));
        let shaft = "─".repeat(room.saturating_sub(width(&label) + 5));
        let line = if arrow.from < arrow.to {
            line.put(arrow.role, "─ ").put(Role::Text, &label).put(arrow.role, &format!(" {shaft}─►"))
        } else {
            line.put(arrow.role, &format!("◄─{shaft} ")).put(arrow.role, &label).put(arrow.role, " ─")
        };
        let line = line.put(Role::Dim, "│");
        let line = self.between(right as usize + 1, Lane::ALL.len(), line);
        match worst {
            Some(level) => line.put(level.into(), &format!(" {}", super::symbol(level))),
            None => line,
        }
    }
}

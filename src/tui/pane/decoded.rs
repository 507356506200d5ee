//! What an exchange means: challenge parameters, metadata members, PKCE, the token's claims, the MCP server.

mod authorization;
mod challenge;
mod document;
mod session;
mod token;

use serde_json::Value;

use super::why;
use crate::check::{At, Evidence, Judged};
use crate::document::members::{CLIENT_INFORMATION, RESOURCE_METADATA, SERVER_METADATA};
use crate::exchange::{Exchange, Purpose};
use crate::specification::{Level, Step};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::selection::Tab;
use crate::tui::text::{sanitize, width};
use crate::tui::theme::Role;
use crate::tui::walk::{Item, StepStatus};

/// Columns of a name, and where there is room for the longest names of metadata.
const NAME: [usize; 2] = [20, 37];
/// From that many columns on there is.
const WIDE: u16 = 76;

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut sheet = Builder::new(model);
    match model.item() {
        None => {
            let said = match model.walk.standing(model.selection.step) {
                StepStatus::Skipped => "Nothing had to be sent in this step: there is nothing to decode.",
                _ => "Nothing was heard in this step yet: there is nothing to decode.",
            };
            sheet.lines.say(Role::Dim, said);
            sheet.lines.gap();
            why::purpose(model.selection.step, &mut sheet.lines);
        }
        Some(Item::Authorization(request)) => authorization::request(model, &request, &mut sheet),
        Some(Item::Callback(callback)) => authorization::callback(model, &callback, &mut sheet),
        Some(Item::Sending(_)) => sheet.lines.say(Role::Dim, "waiting for the response…"),
        Some(item @ Item::Exchange(_)) => exchange(model, &item, &mut sheet),
    }
    sheet.lines.into_vec()
}

fn exchange(model: &Model, item: &Item, sheet: &mut Builder<'_>) {
    let Item::Exchange(exchange) = item else { return };
    let Some(response) = exchange.response() else {
        sheet.lines.say(Role::Dim, "There is no response to decode.");
        return;
    };
    match exchange.request.purpose {
        Purpose::Challenge(_) => challenge::lines("Response to the unauthenticated request", response, sheet),
        Purpose::ResourceMetadata(_) => {
            document::published(exchange, "Protected-resource metadata", RESOURCE_METADATA, sheet);
            document::absent(exchange, RESOURCE_METADATA, sheet);
        }
        Purpose::ServerMetadata(_) => {
            document::published(exchange, "Authorization-server metadata", SERVER_METADATA, sheet);
            document::absent(exchange, SERVER_METADATA, sheet);
        }
        Purpose::Registration => {
            document::published(exchange, "Client information", CLIENT_INFORMATION, sheet);
            document::changed(exchange, sheet);
            document::absent(exchange, CLIENT_INFORMATION, sheet);
        }
        Purpose::Token => token::response(exchange, model.now, sheet),
        Purpose::Keys => token::keys(exchange, sheet),
        Purpose::Initialize | Purpose::Discover => session::opening(exchange, sheet),
        _ => document::other(exchange, response, sheet),
    }
}

/// The page in the making: rows of name, value and remark, each of which can be selected and copied.
struct Builder<'a> {
    model: &'a Model,
    lines: Lines,
    rows: usize,
    /// Columns of a name.
    name: usize,
}

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    Bad(Level),
    None,
    Absent,
}

impl<'a> Builder<'a> {
    fn new(model: &'a Model) -> Self {
        let [narrow, wide] = NAME;
        let is_wide = model.tab == Tab::Decoded
            && model.areas().page.width >= WIDE
            && matches!(
                model.selection.step,
                Step::ResourceMetadata | Step::ServerMetadata | Step::Registration
            );
        Self { model, lines: Lines::default(), rows: 0, name: if is_wide { wide } else { narrow } }
    }

    /// The evidence as of the round of an exchange.
    fn evidence(&self, exchange: &Exchange) -> Evidence<'a> {
        let evidence = Evidence::new(&self.model.walk.scenario, self.model.walk.history());
        evidence.of_round(exchange.request.round.number)
    }

    /// A heading.
    fn head<'w>(&mut self, words: impl Into<Fragments<'w>>) {
        if self.rows > 0 || !self.lines.is_empty() {
            self.lines.gap();
        }
        self.lines.say(Role::Strong, words);
    }

    /// A remark on a line of its own.
    fn say<'w>(&mut self, role: Role, words: impl Into<Fragments<'w>>) {
        self.lines.push(PageLine::new(role, words).hang(2));
    }

    /// A row; its value is what is copied.
    fn row<'w>(&mut self, mark: Mark, name: &str, value: &str, remark: impl Into<Fragments<'w>>) {
        let (symbol, role) = match mark {
            Mark::Good => ("✓", Role::Good),
            Mark::Bad(level) => (super::symbol(level), level.into()),
            Mark::None => (" ", Role::Dim),
            Mark::Absent => ("–", Role::Dim),
        };
        let name_role = if mark == Mark::Absent { Role::Dim } else { Role::Name };
        let name = sanitize(name);
        let gap = " ".repeat(self.name.saturating_sub(width(&name)) + 1);
        let mut line =
            PageLine::new(role, symbol).put(Role::Text, " ").put(name_role, &name).put(Role::Text, &gap);
        let value_role = if mark == Mark::Absent { Role::Dim } else { Role::Text };
        line = line.put(value_role, Fragments::Theirs(value));
        let remark = remark.into();
        if !matches!(remark, Fragments::Ours("")) {
            let role = if matches!(mark, Mark::Bad(_)) { role } else { Role::Dim };
            line = match (value.is_empty(), mark) {
                (true, _) => line,
                (false, Mark::Bad(_)) => line.remark(role, "  "),
                (false, _) => line.remark(role, "  · "),
            }
            .put(role, remark);
        }
        self.lines.item(Some(self.rows));
        self.lines.push(line.hang(6).copies(value));
        self.lines.item(None);
        self.rows += 1;
    }

    /// The findings of the selected item that point at a place.
    fn findings(&self, place: impl Fn(&At) -> bool) -> Vec<&'a Judged> {
        let Some(item) = self.model.item() else { return Vec::new() };
        let walk = &self.model.walk;
        let points = |judged: &&Judged| {
            walk.is_at(judged, &item)
                && judged.finding().and_then(|finding| finding.at.as_ref()).is_some_and(&place)
        };
        walk.findings.iter().filter(points).collect()
    }

    /// A row with what the checks found there; `good` if they found nothing.
    fn judged<'w>(
        &mut self,
        found: &[&Judged],
        good: Mark,
        name: &str,
        value: &str,
        remark: impl Into<Fragments<'w>>,
    ) {
        match found.first() {
            None => self.row(good, name, value, remark),
            Some(worst) => {
                let message = worst.finding().map_or(worst.check.title, |finding| &finding.message);
                self.row(Mark::Bad(worst.level), name, value, &format!("← {message}"));
            }
        }
    }
}

/// A JSON value on one line, strings without quotes, arrays of strings as a list.
fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            values.iter().map(flat).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// An exchange's response with its secrets marked, as JSON.
fn marked_json(model: &Model, exchange: &Exchange) -> Option<Value> {
    let response = exchange.response()?;
    serde_json::from_str(&model.walk.redactor.response_body(&exchange.request, response)).ok()
}

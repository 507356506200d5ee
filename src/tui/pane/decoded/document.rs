//! A published document against the table of its members.

use serde_json::Value;

use super::{Builder, Mark, flat, marked_json};
use crate::check::At;
use crate::document::members::{Member, Need, Surveyed, survey};
use crate::document::{Object, read};
use crate::exchange::{Exchange, Response};
use crate::specification::Level;
use crate::tui::page::Fragments;
use crate::tui::theme::Role;

/// The members of a document: those the specification names, ticked or missing; then all others.
pub(super) fn published(
    exchange: &Exchange,
    title: &'static str,
    table: &'static [Member],
    sheet: &mut Builder<'_>,
) {
    sheet.head(title);
    if let Err(why) = read(exchange) {
        let url = sheet.model.walk.redactor.url(&exchange.request.url);
        sheet.say(Role::Warning, &format!("{url} {why}: there are no members to show."));
        return;
    }
    let object = marked(exchange, sheet);
    let lines = survey(table, &object);
    let is_known = |line: &&Surveyed<'_>| line.member.is_some();
    let needed = lines.iter().filter(|line| line.value.is_none() && is_needed(line));
    for line in needed.chain(lines.iter().filter(|line| line.value.is_some()).filter(is_known)) {
        row(line, sheet);
    }
    let further: Vec<_> = lines.iter().filter(|line| line.member.is_none()).collect();
    if !further.is_empty() {
        sheet.head("Further members");
    }
    for line in further {
        row(line, sheet);
    }
}

/// The members that a document might have and has not.
pub(super) fn absent(exchange: &Exchange, table: &'static [Member], sheet: &mut Builder<'_>) {
    if read(exchange).is_err() {
        return;
    }
    let object = marked(exchange, sheet);
    let lines = survey(table, &object);
    let absent: Vec<_> = lines.iter().filter(|line| line.value.is_none() && !is_needed(line)).collect();
    if !absent.is_empty() {
        sheet.head("Not published");
    }
    for line in absent {
        row(line, sheet);
    }
}

/// The response's JSON object with its secrets marked.
fn marked(exchange: &Exchange, sheet: &Builder<'_>) -> Object {
    let json = marked_json(sheet.model, exchange);
    let members = json.and_then(|json| if let Value::Object(members) = json { Some(members) } else { None });
    members.unwrap_or_default().into()
}

const fn is_needed(line: &Surveyed<'_>) -> bool {
    matches!(line.member, Some(Member { need: Need::Required, .. }))
}

fn row(line: &Surveyed<'_>, sheet: &mut Builder<'_>) {
    let pointer = format!("/{}", line.name.replace('~', "~0").replace('/', "~1"));
    let below = format!("{pointer}/");
    let found = sheet.findings(|at| match at {
        At::Member(member) => *member == pointer || member.starts_with(&below),
        _ => false,
    });
    let says = line.member.map_or("", |member| member.says);
    if let Some(value) = line.value {
        let good = line.member.map_or(Mark::None, |_| Mark::Good);
        sheet.judged(&found, good, line.name, &flat(value), says);
    } else {
        let need = line.member.map_or("", |member| member.need.word());
        let lacks = if is_needed(line) { Mark::Bad(Level::Must) } else { Mark::Absent };
        let remark = format!("{need}, absent: {says}");
        sheet.judged(&found, lacks, line.name, "", Fragments::Ours(&remark));
    }
}

/// What the server registered otherwise than it was asked to.
pub(super) fn changed(exchange: &Exchange, sheet: &mut Builder<'_>) {
    let (Ok(asked), Ok(given)) = (Object::parse(&exchange.request.body), read(exchange)) else { return };
    let changed: Vec<_> = asked
        .members
        .iter()
        .filter_map(|(name, action)| Some((name, action, given.members.get(name)?)))
        .filter(|(_, action, value)| action != value)
        .collect();
    sheet.head("Changed by the server");
    if changed.is_empty() {
        sheet.say(Role::Dim, "nothing: what it echoes is what was asked for");
    }
    for (name, action, value) in changed {
        sheet.row(Mark::None, name, &flat(value), &format!("asked for: {}", flat(action)));
    }
}

/// A response without a table: its JSON members, or where it leads.
pub(super) fn other(exchange: &Exchange, response: &Response, sheet: &mut Builder<'_>) {
    if let Some(to) = response.redirect() {
        let to = sheet.model.walk.redactor.url(&to);
        super::authorization::url("Redirected to", &to, |_| "", sheet);
        return;
    }
    match marked_json(sheet.model, exchange) {
        Some(Value::Object(members)) => {
            sheet.head("The response");
            for (name, value) in &members {
                let survey = Surveyed { name, member: None, value: Some(value) };
                row(&survey, sheet);
            }
        }
        _ if response.body.is_empty() => {
            sheet.say(Role::Dim, "No body.");
        }
        _ => sheet.say(Role::Dim, "The response is a page or a text: there are no members to decode."),
    }
}

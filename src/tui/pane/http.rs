//! A request and its response together, with what the checks found in it. Redacted, unless secrets are revealed.

mod body;
mod empty;

use super::{authorization, diagnosis, duration, findings, size, symbol, why};
use crate::check::{At, Judged};
use crate::exchange::{Cut, Exchange, Purpose, Request};
use crate::flow::Outcome;
use crate::transcript::{RequestEntry, ResponseEntry};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::selection::View;
use crate::tui::theme::Role;
use crate::tui::walk::{Item, Phase, StepStatus};

use super::requests::status_role;
use body::Body;

/// A finding and its place among all.
type Found<'a> = (usize, &'a Judged);

/// The lines for the selected item: one page, or what was said and what was heard side by side.
pub(super) fn pages(model: &Model, split: bool) -> (Vec<PageLine>, Option<Vec<PageLine>>) {
    let mut said = Lines::default();
    let mut heard = Lines::default();
    let item = model.item();
    match &item {
        Some(item @ Item::Exchange(exchange)) if split => {
            stop(model, &mut heard);
            exchanged(model, item, exchange, &mut said, &mut heard, split);
            after(model, item, &mut heard);
            (said.into_vec(), Some(heard.into_vec()))
        }
        _ => {
            stop(model, &mut said);
            match &item {
                None => empty::nothing(model, &mut said),
                Some(Item::Authorization(request)) => authorization::request(model, request, &mut said),
                Some(Item::Callback(callback)) => authorization::callback(model, callback, &mut said),
                Some(Item::Sending(request)) => sending(model, request, &mut said),
                Some(item @ Item::Exchange(exchange)) => {
                    exchanged(model, item, exchange, &mut said, &mut heard, split);
                    said.append(heard);
                }
            }
            if let Some(item) = &item {
                after(model, item, &mut said);
            }
            (said.into_vec(), None)
        }
    }
}

/// Why the walk stopped, if it did so in the selected step: the cause of this stop and what to change, above what it was
/// seen in.
fn stop(model: &Model, lines: &mut Lines) {
    let is_login =
        matches!(model.item(), Some(Item::Exchange(exchange)) if exchange.request.purpose == Purpose::Login);
    if is_login && model.walk.awaits_person() {
        // Somebody wanted to know what is wrong with the page.
        diagnosis::lines(model, lines);
    }
    let step = model.selection.step;
    if model.walk.standing(step) != StepStatus::Stopped || model.selection.item != model.walk.principal(step)
    {
        return;
    }
    why::stop(model, lines);
    if let Some(cause) = model.walk.stopped_by() {
        let is_told = matches!(&model.walk.phase,
            Phase::Finished(Outcome::Stuck { because, .. }) if because.to_string() == cause.cause.as_str());
        if is_told { diagnosis::remedy(cause, lines) } else { diagnosis::one(cause, lines) }
    }
    diagnosis::others(model, lines);
    lines.push(PageLine::rule(""));
}

/// The findings of the item in full.
fn after(model: &Model, item: &Item, lines: &mut Lines) {
    for judged in model.walk.findings_at(item) {
        lines.push(PageLine::rule(""));
        findings::finding(judged, &model.walk, findings::Shown::InPlace, lines);
    }
}

fn sending(model: &Model, request: &Request, lines: &mut Lines) {
    say(&model.walk.redactor.request(request), &request.body, model.view, lines);
    lines.push(PageLine::rule(request.party.title()));
    lines.say(Role::Dim, "waiting for the response…");
}

fn exchanged(
    model: &Model,
    item: &Item,
    exchange: &Exchange,
    said: &mut Lines,
    heard: &mut Lines,
    split: bool,
) {
    let all = model.walk.findings.iter().enumerate();
    let found: Vec<_> = all.filter(|(_, judged)| model.walk.is_at(judged, item)).collect();
    let entry = model.walk.redactor.exchange(exchange);
    if split {
        said.push(PageLine::rule("request"));
    }
    if model.walk.is_before(item) {
        said.say(
            Role::Warning,
            "! This was before you changed a request of the step and sent it again; it is judged no more.",
        );
    }
    if item.is_edited() {
        said.say(
            Role::Warning,
            if model.walk.stored.is_some() {
                "! This request was changed by hand: no client sends it so, and what is found may come of that."
            } else {
                "! You edited this request. Findings below may be caused by your edit."
            },
        );
    }
    say(&entry.request, &exchange.request.body, model.view, said);
    heard.push(PageLine::rule(entry.party.title()));
    let timing = entry.timing_ms;
    let body_took = timing.first_byte.filter(|first| timing.total - first >= 1.0);
    let first = body_took.map(|first| format!(", first byte {first:.0} ms")).unwrap_or_default();
    let timing = format!("{}{first}", duration(exchange.timing.total));
    if let Some(failure) = &entry.failure {
        heard.push(
            PageLine::new(Role::Violation, "✗ ")
                .put(Role::Strong, &format!("{} {}", entry.request.url, failure.kind.sentence()))
                .hang(2),
        );
        heard.push(PageLine::new(Role::Text, &format!("  {}", failure.detail)).hang(2));
        heard.push(PageLine::new(Role::Dim, "  try   ").put(Role::Text, failure.kind.remedy()).hang(8));
        heard.push(PageLine::new(Role::Dim, &format!("  after {timing}")));
    }
    if let (Some(response), Some(raw)) = (&entry.response, exchange.response()) {
        hear(response, &raw.body, &timing, &found, model.view, heard);
    }
}

/// The request.
fn say(request: &RequestEntry, raw: &[u8], view: View, lines: &mut Lines) {
    lines.push(
        PageLine::new(Role::Strong, &request.method)
            .put(Role::Text, " ")
            .put(Role::Link, &request.url)
            .hang(2),
    );
    for (name, value) in &request.headers {
        lines.field(name, value);
    }
    if !request.body.is_empty() {
        lines.gap();
        Body { headers: &request.headers, text: &request.body, raw, is_ours: true }.lines(view, &[], lines);
    }
}

/// The response, with `←` where a finding points.
fn hear(
    response: &ResponseEntry,
    raw: &[u8],
    timing: &str,
    found: &[Found<'_>],
    view: View,
    lines: &mut Lines,
) {
    let status = format!("{} {}", response.status, response.reason);
    let facts = format!("   {} · {timing} · {}", size(response.body_bytes), response.version);
    let line = PageLine::new(status_role(response.status), Fragments::Theirs(status.trim_end()));
    let line = line.remark(Role::Dim, &facts).hang(2);
    lines.push(marked(line, at(found, |at| *at == At::Status)));
    for (name, value) in &response.headers {
        let line = PageLine::new(Role::Name, name).put(Role::Text, ": ").put(Role::Text, value).hang(2);
        let here = at(found, |at| matches!(at, At::Header(header) if name.eq_ignore_ascii_case(header)));
        lines.push(marked(line, here));
    }
    let has = |header: &str| response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header));
    for (index, judged) in at(found, |at| matches!(at, At::Header(header) if !has(header))) {
        if let Some(At::Header(name)) = judged.finding().and_then(|finding| finding.at.as_ref()) {
            let line = PageLine::new(Role::Dim, &format!("(no {name})")).hang(2);
            lines.push(marked(line, std::iter::once((index, judged))));
        }
    }
    if !response.body.is_empty() {
        lines.gap();
        Body { headers: &response.headers, text: &response.body, raw, is_ours: false }
            .lines(view, found, lines);
    }
    for (index, judged) in at(found, |at| *at == At::Body) {
        lines.push(marked(PageLine::new(Role::Dim, "(the body)").hang(2), std::iter::once((index, judged))));
    }
    let cut = match response.cut {
        None => return,
        Some(Cut::Responded) => "the response had come; the stream was left open by the server",
        Some(Cut::Cap) => "cut: there is more than gatewalk reads; --body-limit reads more",
        Some(Cut::ScenarioError) => "cut: the connection closed before the announced length",
        Some(Cut::Timeout) => "cut: it did not end in time",
    };
    lines.push(PageLine::new(Role::Dim, &format!("– {cut}")).hang(2));
}

/// The findings that point at a place.
fn at<'a>(found: &[Found<'a>], place: impl Fn(&At) -> bool) -> impl Iterator<Item = Found<'a>> {
    let points = |(_, judged): &Found<'a>| {
        judged.finding().and_then(|finding| finding.at.as_ref()).is_some_and(&place)
    };
    found.iter().copied().filter(points).collect::<Vec<_>>().into_iter()
}

/// A line with what is wrong there.
fn marked<'a>(line: PageLine, found: impl Iterator<Item = Found<'a>>) -> PageLine {
    found.fold(line, |line, (index, judged)| {
        let message = judged.finding().map_or(judged.check.title, |finding| &finding.message);
        line.remark(judged.level.into(), &format!("  ← {} {message}", symbol(judged.level))).of(index)
    })
}

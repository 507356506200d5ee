//! A request and its answer together, with what the checks found in it. Always redacted.

use super::{authorization, findings, size, symbol, why};
use crate::check::{At, Judged};
use crate::edition::Step;
use crate::exchange::{Cut, Request};
use crate::transcript::{ExchangeEntry, RequestEntry, ResponseEntry, exchange_entry};
use crate::tui::json;
use crate::tui::model::Model;
use crate::tui::page::{Lines, PageLine};
use crate::tui::theme::Role;
use crate::tui::walk::{Item, Phase, Standing};

use super::tried::status_role;

/// A finding and its place among all.
type Found<'a> = (usize, &'a Judged);

/// Bytes of a JSON body that we sent, up to which it is not laid out: the answer is what matters.
const SHORT: usize = 320;

/// The lines for the selected item.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let item = model.item();
    let is_last = model.selection.item + 1 >= model.items().len();
    if is_last && model.walk.standing(model.selection.step) == Standing::Stopped {
        why::stop(model, &mut lines);
        lines.push(PageLine::rule(""));
    }
    match &item {
        None => nothing(model, &mut lines),
        Some(Item::Authorization(request)) => authorization::request(model, request, &mut lines),
        Some(Item::Callback(callback)) => authorization::callback(model, callback, &mut lines),
        Some(Item::Sending(request)) => sending(model, request, &mut lines),
        Some(item @ Item::Exchange(exchange)) => {
            let all = model.walk.findings.iter().enumerate();
            let found: Vec<_> = all.filter(|(_, judged)| model.walk.is_at(judged, item)).collect();
            answered(&exchange_entry(exchange, &model.walk.marks), &found, &mut lines);
        }
    }
    if let Some(item) = &item {
        for judged in model.walk.findings_at(item) {
            lines.push(PageLine::rule(""));
            findings::finding(judged, None, &mut lines);
        }
    }
    lines.into_vec()
}

/// Nothing was sent in this step.
fn nothing(model: &Model, lines: &mut Lines) {
    let step = model.selection.step;
    match (model.walk.standing(step), &model.walk.phase) {
        (Standing::Here, Phase::Starting | Phase::Waiting(Step::Challenge)) => welcome(model, lines),
        (Standing::Here, _) => {
            lines.push(PageLine::new(Role::Accent, "⏎").put(Role::Text, " walks this step."));
            lines.gap();
            why::purpose(step, lines);
        }
        (Standing::Skipped, _) => {
            lines.say(Role::Text, "Nothing had to be sent in this step.");
            lines.gap();
            why::purpose(step, lines);
        }
        (Standing::Ahead, _) => {
            lines.say(Role::Dim, "The walk is not here yet.");
            lines.gap();
            why::purpose(step, lines);
        }
        _ => lines.say(Role::Dim, "Under way…"),
    }
}

fn welcome(model: &Model, lines: &mut Lines) {
    let target = model.walk.marks.url(&model.walk.scenario.target.url);
    lines.say(Role::Strong, "Nothing was sent yet.");
    lines.gap();
    lines.push(PageLine::new(Role::Text, "gatewalk walks to ").put(Role::Link, &target));
    lines.say(
        Role::Text,
        "as an MCP client does, in seven steps: each request, each answer, what the specification says about it, and who has to change what.",
    );
    lines.gap();
    for (key, does) in [("⏎", "walks the first step"), ("a", "walks to the end"), ("?", "shows all keys")] {
        lines.push(PageLine::new(Role::Accent, &format!("{key}  ")).put(Role::Text, does));
    }
    if let Some(hint) = &model.hint {
        lines.gap();
        lines.say(Role::Dim, hint);
    }
    lines.gap();
    why::purpose(Step::Challenge, lines);
}

fn sending(model: &Model, request: &Request, lines: &mut Lines) {
    let marks = &model.walk.marks;
    let entry = RequestEntry {
        method: request.method.clone(),
        url: marks.url(&request.url),
        headers: marks.headers(&request.headers),
        body: marks.request_body(request),
    };
    said(&entry, lines);
    lines.push(PageLine::rule(request.party.title()));
    lines.say(Role::Dim, "waiting for the answer…");
}

fn answered(entry: &ExchangeEntry, found: &[Found<'_>], lines: &mut Lines) {
    said(&entry.request, lines);
    lines.push(PageLine::rule(entry.party.title()));
    let timing = entry.timing_ms;
    let body_took = timing.first_byte.filter(|first| timing.total - first >= 1.0);
    let first = body_took.map(|first| format!(", first byte after {first:.0} ms")).unwrap_or_default();
    let timing = format!("{:.0} ms{first}", timing.total);
    if let Some(failure) = &entry.failure {
        lines.push(
            PageLine::new(Role::Violation, "✗ ")
                .put(Role::Strong, &format!("{} {}", entry.request.url, failure.kind.sentence()))
                .hang(2),
        );
        lines.push(PageLine::new(Role::Text, &format!("  {}", failure.detail)).hang(2));
        lines.push(PageLine::new(Role::Dim, "  try   ").put(Role::Text, failure.kind.remedy()).hang(8));
        lines.push(PageLine::new(Role::Dim, &format!("  after {timing}")));
    }
    if let Some(response) = &entry.response {
        heard(response, &timing, found, lines);
    }
}

/// The request.
fn said(request: &RequestEntry, lines: &mut Lines) {
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
        if json::is_json(&request.body) && request.body.len() <= SHORT {
            lines.push(PageLine::json(&request.body));
        } else {
            body(&request.headers, &request.body, &[], lines);
        }
    }
}

/// The answer, with `←` where a finding points.
fn heard(response: &ResponseEntry, timing: &str, found: &[Found<'_>], lines: &mut Lines) {
    let status = format!("{} {}", response.status, response.reason);
    let facts = format!("   {} · {} · {timing}", response.version, size(response.body_bytes));
    let line = PageLine::new(status_role(response.status), status.trim_end()).put(Role::Dim, &facts).hang(2);
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
        body(&response.headers, &response.body, found, lines);
    }
    for (index, judged) in at(found, |at| *at == At::Body) {
        lines.push(marked(PageLine::new(Role::Dim, "(the body)").hang(2), std::iter::once((index, judged))));
    }
    let cut = match response.cut {
        None => return,
        Some(Cut::Answered) => "the answer had come; the stream was left open by the server",
        Some(Cut::Cap) => "cut: there is more than gatewalk reads",
        Some(Cut::Incomplete) => "cut: the connection closed before the announced length",
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
        line.put(judged.level.into(), &format!("  ← {} {message}", symbol(judged.level))).of(index)
    })
}

fn body(headers: &[(String, String)], body: &str, found: &[Found<'_>], lines: &mut Lines) {
    let media_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = media_type.map_or("", |(_, value)| value);
    if media_type.starts_with("application/x-www-form-urlencoded") && !body.contains('\n') {
        for (index, pair) in body.split('&').enumerate() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let separator = if index == 0 { " " } else { "&" };
            lines.push(
                PageLine::new(Role::Dim, separator)
                    .put(Role::Name, name)
                    .put(Role::Text, &format!("={value}"))
                    .hang(4),
            );
        }
        return;
    }
    if json::is_json(body) {
        return json_lines(body, found, lines);
    }
    for line in body.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line.strip_prefix("data:") {
            Some(data) if json::is_json(data) => {
                lines.say(Role::Name, "data:");
                json_lines(data, found, lines);
            }
            _ => lines.say(Role::Text, line),
        }
    }
}

fn json_lines(body: &str, found: &[Found<'_>], lines: &mut Lines) {
    let pointed: Vec<(Found<'_>, &str)> = found
        .iter()
        .filter_map(|found| match found.1.finding()?.at.as_ref()? {
            At::Member(pointer) => Some((*found, pointer.as_str())),
            _ => None,
        })
        .collect();
    let pointers: Vec<&str> = pointed.iter().map(|(_, pointer)| *pointer).collect();
    let laid_out = json::lay_out(body, &pointers);
    // A member that is missing is marked where it would be: at the start of the document.
    let missing: Vec<usize> = (0..pointers.len())
        .filter(|index| !laid_out.iter().any(|line| line.wanted.contains(index)))
        .collect();
    for (number, line) in laid_out.iter().enumerate() {
        let here = line.wanted.iter().chain(missing.iter().filter(|_| number == 0));
        lines.push(marked(PageLine::json(&line.text), here.map(|index| pointed[*index].0)));
    }
}

//! The authorization step: what the user is asked, how to come back, and what came back.

use url::form_urlencoded;

use super::symbol;
use crate::check::At;
use crate::exchange::{AuthorizationRequest, Callback};
use crate::scenario::Driver;
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;

/// The authorization request; while the login is under way, how to finish it.
pub(super) fn request(model: &Model, request: &AuthorizationRequest, lines: &mut Lines) {
    let walk = &model.walk;
    let waits = walk.login() == Some(request);
    if waits && walk.awaits_person() {
        lines.say(Role::Strong, "Waiting for you to sign in and approve. Open:");
    } else if waits {
        let driver = walk.scenario.consent.driver.id();
        let said = format!("gatewalk logs in by itself (--consent {driver}) at");
        lines.say(Role::Strong, Fragments::Ours(&said));
    } else {
        lines.say(Role::Strong, "The authorization request");
    }
    let url = walk.redactor.url(&request.url);
    let (endpoint, query) = url.split_once('?').unwrap_or((&url, ""));
    // Whole where somebody has to open it; later what it says comes first.
    let shown = if waits { url.as_str() } else { endpoint };
    let link = PageLine::new(Role::Link, Fragments::Theirs(shown));
    lines.push(link.leads_to(&walk.redactor.opened(&request.url)));
    lines.gap();
    for note in &walk.notes {
        lines.push(PageLine::new(Role::Dim, "· ").put(Role::Text, note).hang(2));
    }
    if !walk.notes.is_empty() {
        lines.gap();
    }
    if waits && walk.awaits_person() {
        how_to_come_back(model, request, lines);
        lines.gap();
    }
    let query = query.split('#').next().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        lines.push(PageLine::new(Role::Name, &format!("{name:<21} ")).put(Role::Text, &value).hang(22));
    }
    if waits {
        lines.gap();
        let timeout = walk.scenario.consent.timeout;
        let said = format!("Login timeout: {} (--login-timeout)", super::duration_in_words(timeout));
        lines.say(Role::Dim, Fragments::Ours(&said));
    } else {
        lines.gap();
        lines.push(
            PageLine::new(Role::Accent, "y")
                .put(Role::Dim, " copies the whole URL, ")
                .put(Role::Accent, "z")
                .put(Role::Dim, " shows it"),
        );
    }
}

fn how_to_come_back(model: &Model, request: &AuthorizationRequest, lines: &mut Lines) {
    let key = |lines: &mut Lines, key: &'static str, does: &'static str| {
        lines.push(PageLine::new(Role::Accent, key).put(Role::Text, " ").put(Role::Text, does).hang(2));
    };
    let opens = if matches!(model.walk.scenario.consent.driver, Driver::Browser) {
        "opens it again"
    } else {
        "opens it here"
    };
    key(lines, "o", opens);
    key(lines, "y", "copies it, z shows it alone, for the mouse");
    key(lines, "v", "paste the redirected URL, if the browser runs on another machine");
    key(lines, "L", "the page shows an error: read it here too");
    if let Some(port) = port(&request.redirect_uri) {
        lines.push(
            PageLine::new(Role::Text, "Over SSH, have the callback forwarded: ")
                .put(Role::Strong, &format!("ssh -L {port}:127.0.0.1:{port} HOST"))
                .hang(2),
        );
    }
}

/// The port of the redirect URI.
fn port(redirect_uri: &str) -> Option<&str> {
    let authority = redirect_uri.split_once("://")?.1.split('/').next()?;
    authority.rsplit_once(':').map(|(_, port)| port)
}

/// The redirect back.
pub(super) fn callback(model: &Model, callback: &Callback, lines: &mut Lines) {
    let walk = &model.walk;
    let to = walk.redactor.url(callback.url.split('?').next().unwrap_or_default());
    lines.say(Role::Strong, "Redirected back to");
    lines.say(Role::Link, &to);
    lines.gap();
    let findings = |name: &str| {
        let name = name.to_owned();
        walk.findings.iter().filter(move |judged| {
            let at = judged.finding().and_then(|finding| finding.at.as_ref());
            matches!(at, Some(At::Parameter(parameter)) if *parameter == name)
        })
    };
    let parameters = walk.redactor.parameters(callback);
    if parameters.is_empty() {
        lines.say(Role::Dim, "without any parameter");
    }
    for (name, value) in &parameters {
        let line = PageLine::new(Role::Name, &format!("{name:<18} ")).put(Role::Text, value).hang(19);
        let line = findings(name).fold(line, |line, judged| {
            let message = judged.finding().map_or(judged.check.title, |finding| &finding.message);
            line.remark(judged.level.into(), &format!("  ← {} {message}", symbol(judged.level)))
        });
        lines.push(line);
    }
}

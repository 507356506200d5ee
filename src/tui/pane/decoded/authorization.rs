//! The authorization request and the callback, parameter by parameter, and PKCE as a computation.

use url::form_urlencoded;

use super::{Builder, Mark};
use crate::check::At;
use crate::document::pkce;
use crate::exchange::{AuthorizationRequest, Callback, Purpose, bare, text};
use crate::specification::Level;
use crate::tui::model::Model;
use crate::tui::theme::Role;

/// What a parameter of the authorization request is for.
fn asked(name: &str) -> &'static str {
    match name {
        "response_type" => "a code, not a token",
        "client_id" => "from step 4",
        "redirect_uri" => "where the browser comes back to",
        "scope" => "what the token may be used for",
        "state" => "random; has to come back unchanged",
        "code_challenge" => "the digest of a secret that goes with step 6",
        "code_challenge_method" => "S256 is the digest",
        "resource" => "whom the token is for (RFC 8707)",
        "audience" => "whom the token is for, in Auth0's way",
        "prompt" => "whether to ask again",
        "nonce" => "has to come back in the ID token",
        _ => "",
    }
}

/// What a parameter of the callback is for.
fn answered(name: &str) -> &'static str {
    match name {
        "code" => "exchanged once for the token",
        "state" => "compared with the request's",
        "iss" => "who answers (RFC 9207)",
        "error" => "why there is no code",
        "error_description" => "the same for people",
        _ => "",
    }
}

/// A URL taken apart.
pub(super) fn url(
    title: &'static str,
    url: &str,
    says: impl Fn(&str) -> &'static str,
    sheet: &mut Builder<'_>,
) {
    let (endpoint, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query.split('#').next().unwrap_or_default();
    sheet.head(title);
    sheet.row(Mark::None, "endpoint", endpoint, "");
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        sheet.row(Mark::None, &name, &value, says(&name));
    }
}

/// The authorization request.
pub(super) fn request(model: &Model, request: &AuthorizationRequest, sheet: &mut Builder<'_>) {
    url("The authorization request", &model.walk.redactor.url(&request.url), asked, sheet);
    for (name, why) in [
        ("state", "missing: the callback could belong to anybody's login"),
        ("code_challenge", "missing: whoever sees the code can use it"),
        ("resource", "absent: the server decides whom the token is for"),
    ] {
        if request.get(name).is_none() {
            let mark = if name == "resource" { Mark::Absent } else { Mark::Bad(Level::Must) };
            sheet.row(mark, name, "", why);
        }
    }
    proof(model, request, sheet);
}

/// The verifier that was sent for a challenge, if the walk got there.
fn verifier(model: &Model) -> Option<String> {
    let history = model.walk.history();
    let token = history.with_purpose(|purpose| purpose == Purpose::Token).next_back()?;
    let body = text(&token.request.body);
    form_urlencoded::parse(body.as_bytes())
        .find(|(name, _)| name == "code_verifier")
        .map(|(_, value)| value.into_owned())
}

/// PKCE as the computation it is (RFC 7636 §4.2).
fn proof(model: &Model, request: &AuthorizationRequest, sheet: &mut Builder<'_>) {
    let Some(challenge) = request.get("code_challenge") else { return };
    let is_last = model.walk.history().authorizations().next_back() == Some(request);
    sheet.head("PKCE: code_challenge = BASE64URL(SHA-256(code_verifier))");
    let Some(verifier) = verifier(model).filter(|_| is_last) else {
        sheet.row(
            Mark::None,
            "code_verifier",
            "",
            "43 random characters, kept in memory until step 6 sends them",
        );
        sheet.row(Mark::None, "code_challenge", &challenge, "their digest, sent with this request");
        return;
    };
    sheet.row(
        Mark::None,
        "code_verifier",
        &model.walk.redactor.secret("code_verifier", &verifier),
        "sent in step 6",
    );
    if model.walk.redactor.is_synthetic(&verifier) {
        let said = "the server compares its digest with code_challenge; this cannot be seen in a stored run";
        sheet.say(Role::Dim, &format!("  {said}"));
        sheet.row(Mark::None, "code_challenge", &challenge, "sent with this request");
        return;
    }
    let computed = pkce::s256(&verifier);
    sheet.row(Mark::None, "SHA-256, BASE64URL", &computed, "");
    let (mark, remark) = if computed == challenge {
        (Mark::Good, "matches: proves this client started the flow")
    } else {
        (Mark::Bad(Level::Must), "← another: the server has to refuse the code")
    };
    sheet.row(mark, "code_challenge", &challenge, remark);
}

/// The redirect back.
pub(super) fn callback(model: &Model, callback: &Callback, sheet: &mut Builder<'_>) {
    let redactor = &model.walk.redactor;
    let request = model.walk.history().authorizations().next_back();
    sheet.head("The callback");
    let to = bare(&callback.url);
    sheet.row(Mark::None, "redirect URI", &redactor.url(to), "");
    let raw = callback.query.iter();
    for ((name, value), (_, raw)) in redactor.parameters(callback).iter().zip(raw) {
        let found = sheet.findings(|at| matches!(at, At::Parameter(parameter) if name == parameter));
        let sent = request.and_then(|request| request.get("state"));
        let (mark, remark) = match name.as_str() {
            "state" if sent.as_deref() == Some(raw) => (Mark::Good, "the state of the request"),
            "state" => (Mark::Bad(Level::Must), "← not the state of the request: somebody else's login?"),
            "error" => (Mark::Bad(Level::Must), answered(name)),
            "iss" | "code" if found.is_empty() => (Mark::Good, answered(name)),
            name => (Mark::None, answered(name)),
        };
        sheet.judged(&found, mark, name, value, remark);
    }
    for (name, why) in [("code", "missing"), ("state", "missing: it has to come back")] {
        if callback.get(name).is_none() && (name == "state" || callback.get("error").is_none()) {
            sheet.row(Mark::Bad(Level::Must), name, "", why);
        }
    }
    if callback.get("iss").is_none() {
        let found = sheet.findings(|at| *at == At::Parameter("iss"));
        sheet.judged(&found, Mark::Absent, "iss", "", "absent: a mix-up of servers would not be noticed");
    }
    if let Some(request) = request {
        proof(model, request, sheet);
    } else {
        sheet.say(Role::Dim, "There was no authorization request.");
    }
}

//! What the walk has found out so far, as far as a client goes on with it.

use serde_json::Value;

use crate::check::{Evidence, Judged, Verdict};
use crate::document::access_token::{AccessToken, audiences};
use crate::document::token::TokenResponse;

/// Something a client has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// Its value.
    pub(super) value: String,
    /// What the checks say of it.
    pub(super) status: FactStatus,
}

/// What the checks say of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactStatus {
    /// Nothing, yet.
    Open,
    /// It is as it has to be.
    Good,
    /// A rule is broken.
    Bad,
}

/// What is known, in the order of the flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// `resource` of the resource metadata.
    pub(super) resource: Option<Fact>,
    /// The issuer of the authorization server.
    pub(super) issuer: Option<Fact>,
    /// The identifier of the client.
    pub(super) client_id: Option<Fact>,
    /// The scope that was granted; before, the one that was asked for.
    pub(super) scope: Option<Fact>,
    /// The PKCE method of the authorization request.
    pub(super) pkce: Option<Fact>,
    /// Whether `state` came back.
    pub(super) state: Option<Fact>,
    /// The audience of the access token.
    pub(super) audience: Option<Fact>,
    /// How long the access token lasts.
    pub(super) expires: Option<Fact>,
    /// Name and version of the MCP server.
    pub(super) server: Option<Fact>,
}

impl Known {
    /// What the evidence of a run says.
    pub(super) fn of(evidence: &Evidence<'_>, judged: &[Judged]) -> Self {
        let status = |checks: &[&str]| status(judged, checks);
        let fact = |value: Option<String>, checks: &[&str]| {
            value.map(|value| Fact { value, status: status(checks) })
        };
        let request = evidence.authorization().ok();
        let asked = |name: &str| request.and_then(|request| request.get(name));
        let metadata = evidence.resource_metadata().ok();
        let issuer = evidence.server_metadata().ok();
        let issuer = issuer.and_then(|(_, metadata)| metadata.issuer().map(str::to_owned));
        let listed = metadata.as_ref().map(|_| evidence.issuer());
        let registered = evidence.client().ok();
        let registered = registered.and_then(|(_, client)| client.client_id().map(str::to_owned));
        let token = evidence.token().ok().map(|(_, token)| token);
        let granted = token.as_ref().and_then(|token| token.json.string("scope").map(str::to_owned));
        Self {
            resource: fact(
                metadata.as_ref().and_then(|(_, metadata)| metadata.resource().map(str::to_owned)),
                &["prm-resource-matches", "prm-resource-exact"],
            ),
            issuer: fact(issuer.or(listed), &["as-issuer-matches", "as-issuer-slash"]),
            client_id: fact(registered.or_else(|| asked("client_id")), &["dcr-client-id"]),
            scope: fact(granted.or_else(|| asked("scope")), &[]),
            pkce: fact(asked("code_challenge_method"), &["as-pkce-advertised"]),
            state: state(evidence, judged),
            audience: audience(evidence, judged),
            expires: token.as_ref().and_then(expires).map(|value| Fact { value, status: FactStatus::Open }),
            server: server(evidence).map(|value| Fact { value, status: FactStatus::Open }),
        }
    }
}

/// Whether `state` was sent, and whether it came back.
fn state(evidence: &Evidence<'_>, judged: &[Judged]) -> Option<Fact> {
    let sent = evidence.authorization().ok()?.get("state");
    let (value, open) = match (sent, evidence.callback()) {
        (None, _) => ("no state sent", FactStatus::Bad),
        (Some(_), Err(_)) => ("state sent", FactStatus::Open),
        (Some(sent), Ok(callback)) => match callback.get("state") {
            Some(came) if came == sent => ("state", FactStatus::Good),
            Some(_) => ("another state", FactStatus::Bad),
            None => ("no state", FactStatus::Bad),
        },
    };
    let status =
        if status(judged, &["authz-state-echo"]) == FactStatus::Bad { FactStatus::Bad } else { open };
    Some(Fact { value: value.to_owned(), status })
}

/// Whom the access token is for.
fn audience(evidence: &Evidence<'_>, judged: &[Judged]) -> Option<Fact> {
    let (_, token) = evidence.access_token().ok()?;
    let (value, status) = match token {
        AccessToken::Opaque => ("opaque".to_owned(), FactStatus::Open),
        AccessToken::Encrypted { .. } => ("encrypted".to_owned(), FactStatus::Open),
        AccessToken::Jwt { claims, .. } => match audiences(&claims)[..] {
            [] => ("none".to_owned(), FactStatus::Bad),
            ref audiences => (audiences.join(" "), status(judged, &["token-aud-restricted"])),
        },
    };
    Some(Fact { value, status })
}

/// How long the token lasts, as its response says.
fn expires(token: &TokenResponse) -> Option<String> {
    let seconds = token.json.members.get("expires_in").and_then(Value::as_u64)?;
    Some(match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    })
}

/// Who answered `initialize` or `server/discover`.
fn server(evidence: &Evidence<'_>) -> Option<String> {
    let (_, result) = evidence.opening_result().ok()?;
    let info = result.members.get("serverInfo")?;
    let text = |name: &str| info.get(name).and_then(Value::as_str);
    let name = text("title").or_else(|| text("name"))?;
    Some(match text("version") {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    })
}

/// What checks say together: a broken rule outweighs kept ones.
fn status(judged: &[Judged], checks: &[&str]) -> FactStatus {
    let of_them = || judged.iter().filter(|judged| checks.contains(&judged.check.id));
    if of_them().any(|judged| judged.finding().is_some()) {
        FactStatus::Bad
    } else if of_them().any(|judged| judged.verdict == Verdict::Pass) {
        FactStatus::Good
    } else {
        FactStatus::Open
    }
}

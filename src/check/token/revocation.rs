//! How tokens are taken back.

use crate::check::refusal::{all, defence};
use crate::check::{At, Check, DecidedBy, Doc, Finding, Judgement, Levels, Verdict, display};
use crate::document::read_body;
use crate::exchange::{Exchange, Purpose};
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static OK_200: Check = Check {
    id: "revocation-200",
    title: "A revoked token is confirmed with status 200",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7009, "2.2"), rfc!(7009, "2")],
    doc: Doc {
        checks: "Where revocation_endpoint is published, the clean-up revokes the tokens of this run there, the refresh token first. Each gets 200; unsupported_token_type will do for the access token.",
        matters: "A client that logs its user out relies on it. Whatever else comes back looks like a token that lives on.",
        fix: "Respond with 200 with an empty body, also for tokens that are gone already; and accept the client authentication of the token endpoint.",
    },
    judge: |evidence| {
        let (_, metadata) = evidence.server_metadata()?;
        if metadata.endpoint("revocation_endpoint").is_none() {
            return Err(Verdict::not_applicable("the server publishes no revocation endpoint"));
        }
        evidence.access_token()?;
        let revocations = || evidence.sent(|purpose| purpose == Purpose::Revocation);
        if revocations().next().is_none() {
            return Err(Verdict::untestable("no token was revoked yet: that is done last"));
        }
        let methods = metadata.json.strings("revocation_endpoint_auth_methods_supported").unwrap_or_default();
        let takes_public = methods.is_empty() || methods.contains(&"none");
        all(revocations().map(|exchange| match confirmed(exchange) {
            Err(Verdict::Fail(_)) if !takes_public && is_public(exchange) => Err(Verdict::not_applicable(
                "the revocation endpoint takes clients with a secret or a key only, and this one has none",
            )),
            judgement => judgement,
        }))
    },
};

/// Whether the request proves nothing of its client.
fn is_public(exchange: &Exchange) -> bool {
    let proofs = ["client_secret", "client_assertion"];
    let mut form = url::form_urlencoded::parse(&exchange.request.body);
    exchange.request.headers.get("authorization").is_none() && !form.any(|(name, _)| proofs.contains(&&*name))
}

fn confirmed(exchange: &Exchange) -> Judgement {
    let response = match &exchange.outcome {
        Ok(response) => response,
        Err(failure) => {
            return Err(Verdict::untestable(format!("{} {failure}", exchange.request.url)));
        }
    };
    if response.status == 200 {
        return Ok(());
    }
    if let Some(open) = defence(response) {
        return Err(open);
    }
    if response.status == 503 {
        return Err(
            Verdict::inconclusive("the server asks to try again later").decided_by(DecidedBy::LaterRun)
        );
    }
    let error = read_body(response).ok().and_then(|body| body.string("error").map(display::shorten));
    let refreshes =
        url::form_urlencoded::parse(&exchange.request.body).any(|(_, value)| value == "refresh_token");
    if error.as_deref() == Some("unsupported_token_type") && !refreshes {
        return Ok(());
    }
    let found =
        error.map_or_else(|| response.status.to_string(), |error| format!("{} {error}", response.status));
    let message = format!("The revocation of a token gets {found}: it may be good until it expires");
    Err(Finding::in_exchange(exchange, At::Status, message).compare("200", found).fail())
}

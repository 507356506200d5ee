//! How the token endpoint takes the client's own credentials.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::token::{TokenResponse, error_code};
use crate::exchange::{Exchange, Purpose};
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static BASIC: Check = Check {
    id: "token-basic-alone",
    title: "Basic credentials need no client_id in the body beside them",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "4.1.3"), rfc!(6749, "2.3.1"), oauth21!("4.1.3")],
    doc: Doc {
        checks: "Where the client authenticates with client_secret_basic, the token endpoint takes the credentials of the Authorization header as they are. It may not ask for client_id in the body as well.",
        matters: "The credentials name the client already, and many OAuth libraries do not repeat it. They get invalid_client for the right secret.",
        fix: "Read the client identifier from the Authorization header first. Where that cannot be changed, list client_secret_post or none instead of client_secret_basic.",
    },
    judge: basic,
};

fn basic(evidence: &Evidence<'_>) -> Judgement {
    evidence.token_response()?;
    let requests = || evidence.sent(|purpose| purpose == Purpose::Token);
    let alone = requests().rfind(|exchange| is_basic(exchange) && !names_client(exchange));
    let Some(exchange) = alone else {
        return Err(Verdict::not_applicable("the client does not authenticate with client_secret_basic"));
    };
    if is_granted(exchange) {
        return Ok(());
    }
    let taken =
        requests().any(|exchange| is_basic(exchange) && names_client(exchange) && is_granted(exchange));
    let error = exchange.response().and_then(error_code);
    if !taken {
        return match error.as_deref() {
            Some("invalid_client" | "unauthorized_client") => {
                Err(Verdict::untestable("the credentials are refused with client_id in the body too"))
            }
            _ => Ok(()),
        };
    }
    let found = error.unwrap_or_else(|| exchange.ended());
    let message = "The token endpoint takes Basic credentials only with client_id in the body";
    let finding = Finding::in_exchange(exchange, At::Body, message);
    Err(finding.compare("the client named by its Basic credentials", display::shorten(&found)).fail())
}

fn is_basic(exchange: &Exchange) -> bool {
    let scheme =
        exchange.request.headers.get("authorization").and_then(|value| value.get(..6).map(str::to_owned));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "))
}

fn names_client(exchange: &Exchange) -> bool {
    url::form_urlencoded::parse(&exchange.request.body).any(|(name, _)| name == "client_id")
}

fn is_granted(exchange: &Exchange) -> bool {
    TokenResponse::read(exchange).is_ok_and(|response| response.access_token().is_some())
}

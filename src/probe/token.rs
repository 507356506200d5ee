//! The token endpoint: the walk's request with a code, a grant or a client that does not exist.

use url::form_urlencoded;

use super::context::{Built, ProbeContext, Skipped, request};
use super::open::preflight;
use crate::document::token::TokenResponse;
use crate::exchange::{Exchange, Purpose};
use crate::specification::Party;

type Fields = Vec<(String, String)>;

/// The token request of the walk that redeemed a code.
fn redeemed<'a>(context: &ProbeContext<'a>) -> Result<(&'a Exchange, Fields), Skipped> {
    let issued = |exchange: &Exchange| {
        TokenResponse::read(exchange).is_ok_and(|response| response.access_token().is_some())
    };
    let requests = context.in_last_round(|purpose| purpose == Purpose::Token);
    let fields =
        |exchange: &Exchange| form_urlencoded::parse(&exchange.request.body).into_owned().collect::<Fields>();
    let mut codes = requests.filter(|exchange| fields(exchange).iter().any(|(name, _)| name == "code"));
    let exchange = codes.rfind(|exchange| issued(exchange));
    let exchange = exchange.ok_or_else(|| Skipped::untestable("the walk redeemed no code"))?;
    Ok((exchange, fields(exchange)))
}

/// The walk's request with its fields changed.
fn changed(context: &ProbeContext<'_>, change: impl FnOnce(&mut Fields)) -> Built {
    let (exchange, mut fields) = redeemed(context)?;
    change(&mut fields);
    let mut request = exchange.request.clone();
    request.body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
    Ok(request)
}

fn set(fields: &mut Fields, name: &str, value: &str) {
    fields.retain(|(n, _)| n != name);
    fields.push((name.to_owned(), value.to_owned()));
}

const NO_CODE: &str = "gatewalk-no-such-code";

pub(super) fn grant_unknown(context: &ProbeContext<'_>) -> Built {
    changed(context, |fields| {
        set(fields, "grant_type", "urn:gatewalk:no-such-grant");
        fields.retain(|(name, _)| !matches!(name.as_str(), "code" | "code_verifier" | "redirect_uri"));
    })
}

pub(super) fn code_unknown(context: &ProbeContext<'_>) -> Built {
    changed(context, |fields| set(fields, "code", NO_CODE))
}

pub(super) fn parameter_unknown(context: &ProbeContext<'_>) -> Built {
    changed(context, |fields| {
        set(fields, "code", NO_CODE);
        set(fields, "gatewalk_probe", "1");
    })
}

pub(super) fn client_unknown(context: &ProbeContext<'_>) -> Built {
    let mut request = changed(context, |fields| {
        set(fields, "code", NO_CODE);
        fields.retain(|(name, _)| !name.starts_with("client_"));
    })?;
    // base64 of "gatewalk-no-such-client:not-a-secret"
    let nobody = "Basic Z2F0ZXdhbGstbm8tc3VjaC1jbGllbnQ6bm90LWEtc2VjcmV0";
    request.headers.set("authorization", nobody);
    Ok(request)
}

pub(super) fn preflight_token(context: &ProbeContext<'_>) -> Built {
    let (_, metadata) = context.server_metadata()?;
    let endpoint = metadata.endpoint("token_endpoint");
    let endpoint = endpoint.ok_or_else(|| Skipped::untestable("the metadata names no token endpoint"))?;
    Ok(preflight(request(Party::AuthorizationServer, "OPTIONS", endpoint), "content-type"))
}

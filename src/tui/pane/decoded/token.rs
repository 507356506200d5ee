//! The token response, the access token claim by claim, and the key set.

use serde_json::Value;

use super::{Builder, Mark, document, flat};
use crate::check::claims::{self, Claim, ClaimStatus, Token};
use crate::document::members::TOKEN_RESPONSE;
use crate::document::read;
use crate::exchange::Exchange;
use crate::specification::Level;
use crate::tui::theme::Role;

/// The token response; if it is the last one, the token in it too.
pub(super) fn response(exchange: &Exchange, now: i64, sheet: &mut Builder<'_>) {
    document::published(exchange, "The token response", TOKEN_RESPONSE, sheet);
    let evidence = sheet.evidence(exchange);
    let is_last = evidence.token_response().is_ok_and(|(last, _)| last.id == exchange.id);
    if let Some(token) = claims::decode(&evidence, now).filter(|_| is_last) {
        access_token(token, sheet);
    }
    document::absent(exchange, TOKEN_RESPONSE, sheet);
}

/// The access token taken apart.
fn access_token(token: Token, sheet: &mut Builder<'_>) {
    match token {
        Token::Opaque => {
            sheet.head("The access token");
            sheet.say(
                Role::Text,
                "It is opaque: only the authorization server knows what it means. That is legal; a gateway has to ask it (introspection, RFC 7662). One that validates JWTs by itself will respond with 401.",
            );
        }
        Token::Encrypted(header) => {
            sheet.head("The access token: an encrypted JWT");
            sheet.say(
                Role::Text,
                "Five parts: only its audience can read the claims. With Auth0 it is what comes when no API matches the request.",
            );
            rows(&header, sheet);
        }
        Token::Jwt { header, claims, signature } => {
            sheet.head("The access token: header of the JWT");
            rows(&header, sheet);
            sheet.head("Its claims");
            rows(&claims, sheet);
            sheet.head("Its signature");
            signed(signature, sheet);
        }
    }
}

fn rows(claims: &[Claim], sheet: &mut Builder<'_>) {
    for claim in claims {
        worth(claim, sheet);
    }
}

fn worth(claim: &Claim, sheet: &mut Builder<'_>) {
    let value = claim.value.as_ref().map(flat).unwrap_or_default();
    match &claim.worth {
        ClaimStatus::Good(why) => sheet.row(Mark::Good, &claim.name, &value, why),
        ClaimStatus::Bad(why) => sheet.row(Mark::Bad(Level::Must), &claim.name, &value, &format!("← {why}")),
        ClaimStatus::Informational(what) => sheet.row(Mark::None, &claim.name, &value, what),
    }
}

/// The key set: which keys there are, and which one signed the token.
pub(super) fn keys(exchange: &Exchange, sheet: &mut Builder<'_>) {
    sheet.head("The key set");
    let set = match read(exchange) {
        Ok(set) => set,
        Err(why) => return sheet.say(Role::Warning, &format!("{} {why}", exchange.request.url)),
    };
    let evidence = sheet.evidence(exchange);
    let kid = evidence.jwt().ok().and_then(|(_, header, _)| header.string("kid").map(str::to_owned));
    let keys = set.members.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    if keys.is_empty() {
        sheet.say(Role::Warning, "It has no keys.");
    }
    for key in &keys {
        let member = |name: &str| key.get(name).map_or_else(|| "–".to_owned(), flat);
        let facts = format!("{} {} {}", member("kty"), member("alg"), member("use"));
        let signs = kid.as_deref() == key.get("kid").and_then(Value::as_str) && kid.is_some();
        let (mark, remark) = if signs { (Mark::Good, "the token names this key") } else { (Mark::None, "") };
        sheet.row(mark, &member("kid"), &facts, remark);
    }
    if let Some(kid) =
        kid.filter(|kid| keys.iter().all(|key| key.get("kid").and_then(Value::as_str) != Some(kid)))
    {
        sheet.row(Mark::Bad(Level::Must), &kid, "", "← the token names this key, which is not in the set");
    }
    if let Some(Token::Jwt { signature, .. }) = claims::decode(&evidence, sheet.model.now) {
        sheet.head("The token's signature");
        signed(signature, sheet);
    }
}

/// What is to be said of the signature; of one that was not stored, what was said then.
fn signed(seen: ClaimStatus, sheet: &mut Builder<'_>) {
    let then = sheet.model.walk.stored.as_ref().and_then(|stored| stored.signature());
    let name = "signature".to_owned();
    worth(&Claim { name, value: None, worth: then.unwrap_or(seen) }, sheet);
}

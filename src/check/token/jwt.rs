//! The access token, where it is a JWT: clients must not look into it, a gateway has to.

use serde_json::Value;

use super::keys::claims_profile;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::Object;
use crate::document::access_token::audiences;
use crate::document::identifier::{Relation, relation};
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, ProtocolVersion, Step};

fn at() -> At {
    At::Member(display::pointer("access_token"))
}

/// The scope of a JWT: a string of tokens in `scope`, or a string or array in `scp`.
pub(crate) fn granted(claims: &Object) -> Option<String> {
    ["scope", "scp"].into_iter().find_map(|name| match claims.members.get(name)? {
        Value::String(scope) => Some(scope.clone()),
        Value::Array(_) => Some(claims.strings(name)?.join(" ")),
        _ => None,
    })
}

pub(in crate::check) static TYPE: Check = Check {
    id: "jwt-typ",
    title: "The token says that it is an access token",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[rfc!(9068, "2.1")],
    doc: Doc {
        checks: "typ in the header of the JWT is at+jwt or application/at+jwt. A note only: a server need not follow RFC 9068.",
        matters: "typ keeps an ID token from being accepted as an access token.",
        fix: "Choose the RFC 9068 profile for the API's access tokens; in Auth0 it is a setting of the API.",
    },
    judge: |evidence| {
        let (exchange, header, _) = evidence.jwt()?;
        let typ = header.string("typ").unwrap_or("no typ");
        if ["at+jwt", "application/at+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known)) {
            return Ok(());
        }
        let finding =
            Finding::in_exchange(exchange, at(), "The token does not claim the profile of RFC 9068");
        Err(finding.compare("at+jwt", display::shorten(typ)).fail())
    },
};

pub(in crate::check) static CLAIMS: Check = Check {
    id: "jwt-claims",
    title: "The token has the claims of a JWT access token",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9068, "2.2")],
    doc: Doc {
        checks: "iss, exp, aud, sub, client_id, iat and jti are there. The profile requires them of a token that says typ at+jwt; a server that does not follow it gets a warning.",
        matters: "A gateway needs iss, aud and exp to validate, and client_id or sub to limit and log.",
        fix: "Choose the RFC 9068 profile for the API's access tokens, or add the claims by a rule at the authorization server.",
    },
    judge: |evidence| {
        let (exchange, header, claims) = evidence.jwt()?;
        let level = if claims_profile(&header) { Level::Must } else { Level::Should };
        let wanted = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"];
        let missing: Vec<_> = wanted.into_iter().filter(|&name| !claims.members.contains_key(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        let finding = Finding::in_exchange(exchange, at(), format!("The token has no {missing}"));
        Err(finding.compare(wanted.join(", "), format!("no {missing}")).at_level(level).fail())
    },
};

pub(in crate::check) static ISSUER: Check = Check {
    id: "jwt-iss",
    title: "The token's issuer is the one of the metadata",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(9068, "4")],
    doc: Doc {
        checks: "iss of the JWT equals the issuer of the metadata, code point by code point.",
        matters: "A gateway that validates strictly refuses the token. Where a gateway stands in for an identity provider, the difference is by design: then the gateway must be told the provider's issuer.",
        fix: "Configure the gateway's validation with the issuer the token really carries, or let the authorization server issue under its published one – custom domains often differ.",
    },
    judge: |evidence| {
        let (exchange, _, claims) = evidence.jwt()?;
        let published =
            evidence.server_metadata().ok().and_then(|(_, metadata)| metadata.issuer().map(str::to_owned));
        let expected = published.unwrap_or_else(|| evidence.issuer());
        let found = claims.string("iss").ok_or_else(|| Verdict::untestable("the token has no iss"))?;
        if found == expected {
            return Ok(());
        }
        let message = format!(
            "The token is issued by {found}, not by {expected}: legal only if one stands in for the other and the gateway knows"
        );
        Err(Finding::in_exchange(exchange, at(), message).compare(expected, found).fail())
    },
};

pub(in crate::check) static AUDIENCE: Check = Check {
    id: "token-aud-restricted",
    title: "The token's audience is the resource it was requested for",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(8707, "2"), rfc!(9068, "3"), rfc!(9700, "2.3")],
    doc: Doc {
        checks: "aud of the JWT contains the resource that was requested, up to a slash at the end or a parent path.",
        matters: "A gateway must refuse tokens that are not meant for it, so this one will fail there – or the gateway does not look. A server may map resources to other identifiers: then the gateway must expect those.",
        fix: "Create an API with the resource's identifier at the authorization server and let resource decide. Auth0 honours resource only with its compatibility profile switched on, else audience or the tenant's default audience.",
    },
    judge: audience,
};

fn audience(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, _, claims) = evidence.jwt()?;
    let Some(resource) = evidence.authorization()?.get("resource") else {
        return Err(Verdict::not_applicable("the request had no resource"));
    };
    let audiences = audiences(&claims);
    if audiences.iter().any(|audience| relation(audience, &resource) != Relation::Other) {
        return Ok(());
    }
    let (message, found) = if audiences.is_empty() {
        ("The token names no audience".to_owned(), "no aud".to_owned())
    } else {
        let found = display::shorten(&audiences.join(", "));
        (format!("The token is for {found}, not for the resource"), found)
    };
    Err(Finding::in_exchange(exchange, at(), message).compare(resource, found).fail())
}

pub(in crate::check) static SINGLE_AUDIENCE: Check = Check {
    id: "token-aud-single",
    title: "The token is for no other resource than the requested one",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(8707, "3"), rfc!(9700, "2.3")],
    doc: Doc {
        checks: "If aud of the JWT is a list with the requested resource, the others in it are the published userinfo_endpoint or the issuer at most.",
        matters: "Each of the audiences can use the token at all the others.",
        fix: "Let the authorization server issue a token per resource; look for a mapper or rule that adds audiences to every token.",
    },
    judge: single_audience,
};

fn single_audience(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, _, claims) = evidence.jwt()?;
    let Some(resource) = evidence.authorization()?.get("resource") else {
        return Err(Verdict::not_applicable("the request had no resource"));
    };
    let issuer = claims.string("iss").unwrap_or_default();
    let all = audiences(&claims);
    let is_resource = |audience: &&str| relation(audience, &resource) != Relation::Other;
    if !all.iter().any(is_resource) {
        return Err(Verdict::untestable("the token is not for the resource at all"));
    }
    // OpenID servers add their userinfo endpoint when openid is among the scopes.
    let metadata = evidence.server_metadata().ok().map(|(_, metadata)| metadata);
    let userinfo = metadata.as_ref().and_then(|metadata| metadata.endpoint("userinfo_endpoint"));
    let own = |audience: &str| audience == issuer || userinfo == Some(audience);
    let others: Vec<_> =
        all.iter().filter(|audience| !is_resource(audience) && !own(audience)).copied().collect();
    if others.is_empty() {
        return Ok(());
    }
    let others = display::shorten(&others.join(", "));
    let message = format!("The token is also for {others}");
    Err(Finding::in_exchange(exchange, at(), message).compare(resource, others).fail())
}

pub(in crate::check) static SCOPE_CLAIM: Check = Check {
    id: "jwt-scope-claim",
    title: "A token that was requested with a scope carries it",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(9068, "2.2.3")],
    doc: Doc {
        checks: "If the authorization request had a scope, the JWT has a claim scope, or scp as some servers call it.",
        matters: "A gateway that decides by scope finds nothing to decide by, and refuses with 403 or lets everything pass.",
        fix: "Switch the scope claim on for the API's access tokens; in Auth0 define the permissions of the API and request them.",
    },
    judge: |evidence| {
        let (exchange, _, claims) = evidence.jwt()?;
        if evidence.authorization()?.get("scope").is_none_or(|scope| scope.is_empty()) {
            return Err(Verdict::not_applicable("the request had no scope"));
        }
        if granted(&claims).is_some() {
            return Ok(());
        }
        let finding = Finding::in_exchange(exchange, at(), "The token does not carry its scope");
        Err(finding.compare("scope", "no scope").fail())
    },
};

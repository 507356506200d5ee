//! The key set, and whether the token was signed with one of its keys.

use std::str::FromStr;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, token_refusal};
use crate::document::{Object, read};
use crate::exchange::Purpose;
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

/// Members only the owner of a key may know ([RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6)).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

pub(in crate::check) static KEY_SET: Check = Check {
    id: "as-jwks",
    title: "The key set can be fetched and holds public keys only",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2"), rfc!(7517, "5"), rfc!(7518, "6")],
    doc: Doc {
        checks: "jwks_uri, if published, responds with an object with an array keys. No key has a private member.",
        matters: "A gateway that cannot fetch the keys refuses every token. A private member in public lets anybody sign tokens.",
        fix: "Serve the public keys at jwks_uri, reachable from the gateway. If a private key was published, replace it at once.",
    },
    judge: key_set,
};

fn key_set(evidence: &Evidence<'_>) -> Judgement {
    let (_, metadata) = evidence.server_metadata()?;
    if metadata.endpoint("jwks_uri").is_none() {
        return Err(Verdict::not_applicable("the metadata names no key set"));
    }
    let exchange = evidence.sent(|purpose| purpose == Purpose::Keys).next_back();
    let exchange = exchange.ok_or_else(|| Verdict::untestable("the walk did not reach the key set"))?;
    let fail = |at: At, message: String, found: String| {
        Err(Finding::in_exchange(exchange, at, message).compare("an object with public keys", found).fail())
    };
    let set = match read(exchange) {
        Ok(set) => set,
        Err(why) => {
            return fail(At::Body, format!("The key set {} {why}", exchange.request.url), why.to_string());
        }
    };
    let Some(keys) = set.members.get("keys").and_then(Value::as_array) else {
        return fail(
            At::Member(display::pointer("keys")),
            "The key set has no array keys".to_owned(),
            "no keys".to_owned(),
        );
    };
    for (index, key) in keys.iter().enumerate() {
        if let Some(name) = PRIVATE.iter().find(|&&name| key.get(name).is_some()) {
            let message =
                format!("The key set publishes the private member {name} of a key: anybody can sign tokens");
            return fail(At::Member(format!("/keys/{index}/{name}")), message, format!("a key with {name}"));
        }
    }
    Ok(())
}

pub(in crate::check) static USE: Check = Check {
    id: "as-jwks-use",
    title: "In a key set with keys for signing and encryption each says its use",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2"), rfc!(7517, "4.2")],
    doc: Doc {
        checks: "If one key of the set has use enc, every key has a member use.",
        matters: "A gateway that takes an encryption key for a signing key refuses good tokens, or accepts what it should not.",
        fix: "Set \"use\" on every key: \"sig\" on keys that sign tokens.",
    },
    judge: |evidence| {
        let (exchange, set) = evidence.keys()?;
        let keys = set.members.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or_else(|| Verdict::untestable("the key set has no keys"))?;
        let uses: Vec<_> = keys.iter().map(|key| key.get("use").and_then(Value::as_str)).collect();
        if !uses.contains(&Some("enc")) {
            return Err(Verdict::not_applicable("the set has no key for encryption"));
        }
        let Some(index) = uses.iter().position(Option::is_none) else { return Ok(()) };
        let message = "The key set mixes signing and encryption, yet not every key says its use";
        let finding = Finding::in_exchange(exchange, At::Member(format!("/keys/{index}")), message);
        Err(finding.compare("a key with use", "a key without use").fail())
    },
};

pub(in crate::check) static ALGORITHM: Check = Check {
    id: "jwt-alg",
    title: "The token is signed with a published key",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9068, "2.1"), rfc!(9068, "4")],
    doc: Doc {
        checks: "alg of the JWT is neither none nor one of HS256, HS384, HS512; the latter is excused where the token does not claim RFC 9068 by its typ and the target accepts it, and is a warning else: the RFC recommends asymmetric keys. Its kid is in the key set, where that could be fetched; of a token that does not claim RFC 9068 and that the target accepts that is a warning too.",
        matters: "A token without a signature is anybody's; one with a shared secret can only be checked – and forged – by those who know the secret. A gateway finds the key by its kid.",
        fix: "Choose RS256 or ES256 for the API at the authorization server. If the kid is unknown, look for a second tenant or a rotated key that a cache still hides.",
    },
    judge: algorithm,
};

fn algorithm(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, header, _) = evidence.jwt()?;
    let alg = display::shorten(header.string("alg").unwrap_or("no alg"));
    let fail = |message: String, expected: &str, found: String, level: Level| {
        let at = At::Member(display::pointer("access_token"));
        let finding = Finding::in_exchange(exchange, at, message).compare(expected, found);
        Err(finding.at_level(level).fail())
    };
    if alg.eq_ignore_ascii_case("none") || alg == "no alg" {
        return fail("The token is not signed".to_owned(), "RS256, ES256 or the like", alg, Level::Must);
    }
    if alg.starts_with("HS") {
        if !claims_profile(&header) && is_taken(evidence) {
            return Err(Verdict::not_applicable(
                "the token does not claim RFC 9068, and the target takes it: issuer and target share a secret",
            ));
        }
        let message =
            format!("The token is signed with the shared secret of {alg}, which no key set can publish");
        return fail(message, "RS256, ES256 or the like", alg, Level::Should);
    }
    let (Some(kid), Ok((_, set))) = (header.string("kid"), evidence.keys()) else { return Ok(()) };
    if keys(&set).any(|key| key.get("kid").and_then(Value::as_str) == Some(kid)) {
        return Ok(());
    }
    let kid = display::shorten(kid);
    fail(
        format!("The token is signed with the key {kid}, which is not in the key set"),
        "a published kid",
        kid,
        verification(evidence, &header),
    )
}

/// Whether the token says that it is one of RFC 9068.
pub(super) fn claims_profile(header: &Object) -> bool {
    header.string("typ").is_some_and(|typ| typ.to_ascii_lowercase().ends_with("at+jwt"))
}

/// Whether the target was shown the token, and did not refuse it.
fn is_taken(evidence: &Evidence<'_>) -> bool {
    evidence.opening().is_ok() && token_refusal(evidence).is_none()
}

/// How binding it is that the published keys verify a token: RFC 9068 §4 demands it of its own tokens. Of others MCP
/// leaves the form open; a key set may be for ID tokens alone, as long as the target takes the token.
fn verification(evidence: &Evidence<'_>, header: &Object) -> Level {
    if claims_profile(header) || !is_taken(evidence) { Level::Must } else { Level::Should }
}

pub(in crate::check) static SIGNATURE: Check = Check {
    id: "jwt-signature",
    title: "The token's signature is valid under the published key",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9068, "4"), rfc!(7515, "5.2")],
    doc: Doc {
        checks: "The signature of the JWT is verified with the key of its kid, or without a kid with every key that fits its alg. Time and audience are not looked at here.",
        matters: "The gateway does the same. If it fails here it fails there, whatever its configuration.",
        fix: "Check that token and key set come from the same tenant and environment, and that no key was replaced under its old kid.",
    },
    judge: signature,
};

fn signature(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, header, _) = evidence.jwt()?;
    let (_, set) = evidence.keys()?;
    let (_, response) = evidence.token()?;
    let token = response.access_token().ok_or_else(|| Verdict::untestable("no access token was issued"))?;
    let alg = header.string("alg").unwrap_or_default();
    if alg.starts_with("HS") && !claims_profile(&header) && is_taken(evidence) {
        return Err(Verdict::not_applicable(
            "the token is signed with a secret that issuer and target share",
        ));
    }
    if alg.is_empty() || alg.eq_ignore_ascii_case("none") || alg.starts_with("HS") {
        return Err(Verdict::untestable("the token is not signed with a published key"));
    }
    let Ok(algorithm) = Algorithm::from_str(alg) else {
        return Err(Verdict::inconclusive("gatewalk does not know the algorithm of the signature"));
    };
    let Some((message, signature)) = token.expose().rsplit_once('.') else {
        return Err(Verdict::untestable("the token has no signature"));
    };
    let kid = header.string("kid");
    let named = |key: &&Value| kid.is_none() || key.get("kid").and_then(Value::as_str) == kid;
    let (mut usable, mut decided) = (false, false);
    for key in keys(&set).filter(named) {
        let Ok(key) = serde_json::from_value::<Jwk>(key.clone()) else { continue };
        let Ok(key) = DecodingKey::from_jwk(&key) else { continue };
        usable = true;
        match crypto::verify(signature, message.as_bytes(), &key, algorithm) {
            Ok(true) => return Ok(()),
            Ok(false) => decided = true,
            // A key of another kind, where several were tried, or a signature that is no base64.
            Err(_) => decided |= kid.is_some(),
        }
    }
    if !usable {
        return Err(Verdict::untestable("the key set has no usable key for the token"));
    }
    if !decided {
        return Err(Verdict::inconclusive("no key of the set fits the algorithm of the token"));
    }
    let at = At::Member(display::pointer("access_token"));
    let finding =
        Finding::in_exchange(exchange, at, "The signature of the token is not valid under the published key");
    let finding = finding.compare("a valid signature", "an invalid signature");
    Err(finding.at_level(verification(evidence, &header)).fail())
}

/// The keys of a set.
fn keys(set: &Object) -> impl Iterator<Item = &Value> {
    set.members.get("keys").and_then(Value::as_array).into_iter().flatten()
}

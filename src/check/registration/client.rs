//! The client information.

use crate::document::scope;
use serde_json::Value;

use crate::check::published_url::UnfitUrl;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::Object;
use crate::document::identifier::Identifier;
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static CLIENT_ID: Check = Check {
    id: "dcr-client-id",
    title: "The client information has a client_id",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7591, "3.2.1")],
    doc: Doc {
        checks: "client_id is a string that is not empty.",
        matters: "It is what the registration is for.",
        fix: "Return client_id from the registration endpoint, as a string even if it is a number inside.",
    },
    judge: |evidence| {
        let (exchange, client) = evidence.client_information()?;
        if client.client_id().is_some() {
            return Ok(());
        }
        let finding = Finding::in_exchange(
            exchange,
            At::Member(display::pointer("client_id")),
            "The response has no client_id",
        );
        Err(finding.compare("a string", display::shown(client.json.members.get("client_id"))).fail())
    },
};

pub(in crate::check) static SECRET_EXPIRES_AT: Check = Check {
    id: "dcr-secret-expires-at",
    title: "A client secret comes with the time it expires",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7591, "3.2.1")],
    doc: Doc {
        checks: "If client_secret is there, client_secret_expires_at is a number; 0 means never.",
        matters: "The member is required; typed clients fail to parse the response without it.",
        fix: "Return client_secret_expires_at: 0, or register public clients without a secret.",
    },
    judge: |evidence| {
        const MEMBER: &str = "client_secret_expires_at";
        let (exchange, client) = evidence.client()?;
        if client.json.string("client_secret").is_none() {
            return Err(Verdict::not_applicable("no secret was issued"));
        }
        let value = client.json.members.get(MEMBER);
        if value.is_some_and(Value::is_number) {
            return Ok(());
        }
        let message = "A client secret is issued without the time it expires";
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("a number", display::shown(value)).fail())
    },
};

pub(in crate::check) static ECHO: Check = Check {
    id: "dcr-echo-metadata",
    title: "The client information repeats what was registered",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7591, "3.2.1")],
    doc: Doc {
        checks: "redirect_uris, grant_types, response_types and token_endpoint_auth_method are in the response with a value. A server may replace what was asked for: dcr-metadata-kept tells.",
        matters: "A server may replace what a client asked for; the response is the only place where the client learns it.",
        fix: "Return all registered metadata, defaults included. Do not write null or \"\" for what is unset.",
    },
    judge: echo,
};

fn echo(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, client) = evidence.client()?;
    let sent = evidence.registration_request()?;
    let fail = |name: &str, message: String, expected: String| {
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(name)), message);
        Err(finding.compare(expected, display::shown(client.json.members.get(name))).fail())
    };
    for name in ["redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method"] {
        let Some(asked) = sent.members.get(name) else { continue };
        let missing = match client.json.members.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(list)) => list.is_empty(),
            Some(_) => false,
        };
        if missing {
            return fail(name, format!("The response does not repeat {name}"), display::shown(Some(asked)));
        }
    }
    Ok(())
}

pub(in crate::check) static KEPT: Check = Check {
    id: "dcr-metadata-kept",
    title: "The client is registered with the redirect URIs and the scope that it asked for",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[rfc!(7591, "3.2.1"), rfc!(7591, "2")],
    doc: Doc {
        checks: "redirect_uris and scope of the response, if they are there, hold all that the request asked for. A note only: a server may replace what a client asks for.",
        matters: "The authorization request that follows asks for what the client was not registered with: it ends with invalid_scope, or with a redirect URI that is unknown, or in a token that can do less.",
        fix: "Let the authorization server give registered clients the scopes of the resource: its default scopes for dynamic clients decide, in Keycloak the allowed client scopes of the registration policy.",
    },
    judge: kept,
};

fn kept(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, client) = evidence.client()?;
    let sent = evidence.registration_request()?;
    let scope = |json: &Object| {
        let scope =
            json.string("scope").map(|scope| scope::tokens(scope).into_iter().map(str::to_owned).collect());
        scope.unwrap_or_else(|| {
            json.strings("scope").unwrap_or_default().into_iter().map(str::to_owned).collect()
        })
    };
    let uris = |json: &Object| -> Vec<String> {
        json.strings("redirect_uris").unwrap_or_default().into_iter().map(str::to_owned).collect()
    };
    let pairs: [(&str, Vec<String>, Vec<String>); 2] =
        [("redirect_uris", uris(&sent), uris(&client.json)), ("scope", scope(&sent), scope(&client.json))];
    for (member, asked, registered) in pairs {
        // What is not there was not said.
        if registered.is_empty() {
            continue;
        }
        let missing: Vec<_> =
            asked.iter().filter(|item| !registered.contains(item)).map(String::as_str).collect();
        if !missing.is_empty() {
            let missing = missing.join(" ");
            let message = format!("The client asked for {missing} in {member}, and is registered without");
            let finding = Finding::in_exchange(exchange, At::Member(display::pointer(member)), message);
            return Err(finding.compare(asked.join(" "), display::shorten(&registered.join(" "))).fail());
        }
    }
    Ok(())
}

pub(in crate::check) static PUBLIC: Check = Check {
    id: "dcr-public-honoured",
    title: "A client that asked to be public gets no secret without being told",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(7591, "3.2.1"), rfc!(7591, "5")],
    doc: Doc {
        checks: "If token_endpoint_auth_method none was asked for, either no secret is issued or the response names the method that needs it.",
        matters: "A secret next to the method none leaves open whether the token endpoint wants it. Half of the clients guess wrong.",
        fix: "Issue no client_secret for public clients, or return the token_endpoint_auth_method that goes with it.",
    },
    judge: |evidence| {
        const MEMBER: &str = "token_endpoint_auth_method";
        let (exchange, client) = evidence.client()?;
        if evidence.registration_request()?.string(MEMBER) != Some("none") {
            return Err(Verdict::not_applicable("no public client was asked for"));
        }
        let method = client.auth_method();
        if client.json.string("client_secret").is_none() || !matches!(method, None | Some("none")) {
            return Ok(());
        }
        let message = "A secret is issued to a client that is registered as public";
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("no secret, or another method", method.unwrap_or("no method")).fail())
    },
};

pub(in crate::check) static MANAGEMENT: Check = Check {
    id: "dcr-management",
    title: "Management URL and management token come together",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7592, "3")],
    doc: Doc {
        checks: "registration_client_uri and registration_access_token are both there or both absent, and the URL is https, on a host that clients reach; loopback will do where the target is on loopback.",
        matters: "With one of them alone a client cannot be deleted, and stays behind at the server.",
        fix: "Return both, or switch client management off.",
    },
    judge: management,
};

fn management(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, client) = evidence.client()?;
    let text = |json: &Object, name: &str| json.string(name).map(str::to_owned);
    let uri = text(&client.json, "registration_client_uri");
    let token = text(&client.json, "registration_access_token").is_some();
    let fail = |name: &str, message: String, found: &str| {
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(name)), message);
        Err(finding.compare("an https URL and a token", found).fail())
    };
    match uri {
        None if token => fail(
            "registration_client_uri",
            "There is a management token without its URL".to_owned(),
            "no URL",
        ),
        None => Err(Verdict::not_applicable("the server offers no client management")),
        Some(_) if !token => fail(
            "registration_access_token",
            "There is a management URL without its token".to_owned(),
            "no token",
        ),
        Some(uri) => {
            match (Identifier::parse(&uri), published_url::unfit_of_another_party(&uri, evidence.target())) {
                (None, _) | (_, Some(UnfitUrl::Cleartext)) => {
                    fail("registration_client_uri", format!("The management URL {uri:?} is not https"), &uri)
                }
                (_, Some(unfit)) => fail(
                    "registration_client_uri",
                    format!("The management URL {uri} {}", unfit.defect()),
                    &uri,
                ),
                (Some(_), None) => Ok(()),
            }
        }
    }
}

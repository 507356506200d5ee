//! How clients prove themselves, as the metadata tells it, and which grants are left over from OAuth 2.0.

use serde_json::Value;

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

/// The endpoints clients authenticate at.
const ENDPOINTS: [&str; 3] = ["token", "revocation", "introspection"];

fn algorithms(endpoint: &str) -> String {
    format!("{endpoint}_endpoint_auth_signing_alg_values_supported")
}

pub(in crate::check) static ALGORITHMS: Check = Check {
    id: "as-auth-alg-values",
    title: "Where clients may sign their authentication, the algorithms are listed",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2")],
    doc: Doc {
        checks: "If the methods of the token, revocation or introspection endpoint contain private_key_jwt or client_secret_jwt, the list of signing algorithms of that endpoint is there.",
        matters: "A client that signs has to know with what. Without the list it guesses, and is refused for a good signature.",
        fix: "Publish …_endpoint_auth_signing_alg_values_supported next to the methods.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        let signs = |endpoint: &&str| {
            let methods = metadata.json.strings(&format!("{endpoint}_endpoint_auth_methods_supported"));
            methods
                .is_some_and(|all| all.iter().any(|m| matches!(*m, "private_key_jwt" | "client_secret_jwt")))
        };
        let signing: Vec<_> = ENDPOINTS.into_iter().filter(signs).collect();
        if signing.is_empty() {
            return Err(Verdict::not_applicable("no endpoint offers a method that signs"));
        }
        let listed =
            |endpoint: &str| metadata.json.strings(&algorithms(endpoint)).is_some_and(|l| !l.is_empty());
        let Some(endpoint) = signing.into_iter().find(|endpoint| !listed(endpoint)) else { return Ok(()) };
        let name = algorithms(endpoint);
        let message =
            format!("Clients may sign at the {endpoint} endpoint, but the algorithms are not listed");
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(&name)), message);
        Err(finding.compare(name.clone(), display::shown(metadata.json.members.get(&name))).fail())
    },
};

pub(in crate::check) static ALGORITHM_NONE: Check = Check {
    id: "as-auth-alg-none",
    title: "Clients may not authenticate with an unsigned JWT",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2")],
    doc: Doc {
        checks: "No list of signing algorithms for client authentication contains none.",
        matters: "An unsigned assertion proves nothing: whoever knows the client identifier is the client.",
        fix: "Take none out of the list, and make sure that the endpoint does not accept it either.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        let none = |name: &String| metadata.json.strings(name).is_some_and(|list| list.contains(&"none"));
        let Some(name) = ENDPOINTS.into_iter().map(algorithms).find(none) else { return Ok(()) };
        let at = At::Member(display::pointer(&name));
        let finding = Finding::in_exchange(exchange, at, format!("{name} contains none"));
        Err(finding.compare("no none", display::shown(metadata.json.members.get(&name))).fail())
    },
};

pub(in crate::check) static DPOP: Check = Check {
    id: "as-dpop-alg-values",
    title: "Proofs of possession are signed with a key pair",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9449, "4.2"), rfc!(9449, "5.1")],
    doc: Doc {
        checks: "dpop_signing_alg_values_supported, if it is there, contains neither none nor an algorithm with a shared secret (HS256 and its kin).",
        matters: "A proof that anybody can make binds a token to nothing: a stolen token is as good as a bearer token.",
        fix: "List asymmetric algorithms only, such as ES256, and refuse proofs with others.",
    },
    judge: |evidence| {
        const MEMBER: &str = "dpop_signing_alg_values_supported";
        let (exchange, metadata) = evidence.server_metadata()?;
        let Some(listed) = metadata.json.strings(MEMBER) else {
            return Err(Verdict::not_applicable("the server does not offer to bind tokens to keys"));
        };
        let weak = |name: &&&str| name.eq_ignore_ascii_case("none") || name.starts_with("HS");
        let Some(weak) = listed.iter().find(weak) else { return Ok(()) };
        let message = format!("{MEMBER} contains {}", display::shorten(weak));
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding
            .compare("asymmetric algorithms", display::shown(metadata.json.members.get(MEMBER)))
            .fail())
    },
};

pub(in crate::check) static NO_IMPLICIT: Check = Check {
    id: "as-no-implicit",
    title: "The server does not offer tokens in the front channel",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[oauth21!("10.1"), rfc!(9700, "2.1.2")],
    doc: Doc {
        checks: "No response type in response_types_supported contains token, and grant_types_supported does not contain implicit.",
        matters: "The implicit grant puts access tokens into URLs, and OAuth 2.1 has dropped it. MCP clients never use it.",
        fix: "Switch the implicit grant off at the authorization server, or limit it to the clients that still need it.",
    },
    judge: no_implicit,
};

fn no_implicit(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.server_metadata()?;
    let listed = |member: &str, fits: fn(&str) -> bool| {
        let list = metadata.json.members.get(member).and_then(Value::as_array)?;
        list.iter().filter_map(Value::as_str).find(|item| fits(item)).map(str::to_owned)
    };
    let types = (
        "response_types_supported",
        listed("response_types_supported", |t| t.split(' ').any(|p| p == "token")),
    );
    let grants = ("grant_types_supported", listed("grant_types_supported", |grant| grant == "implicit"));
    for (member, found) in [types, grants] {
        if let Some(found) = found {
            let message = format!(
                "The authorization server offers {found:?}, which issues tokens in the front channel"
            );
            let finding = Finding::in_exchange(exchange, At::Member(display::pointer(member)), message);
            return Err(finding.compare("the code flow only", found).fail());
        }
    }
    Ok(())
}

pub(in crate::check) static SCOPES: Check = Check {
    id: "as-scopes-cover-prm",
    title: "The server knows the scopes that the resource asks for",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[rfc!(8414, "2"), rfc!(9728, "2")],
    doc: Doc {
        checks: "If both documents list scopes, those of the resource are among those of the server. A note only: a server may hide scopes.",
        matters: "A scope the server has never heard of is refused with invalid_scope, or left out of the token without a word.",
        fix: "Define the scopes of the MCP route at the authorization server, in Auth0 as permissions of the API, or correct the list of the resource.",
    },
    judge: scopes,
};

fn scopes(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.server_metadata()?;
    let known = metadata.scopes_supported();
    let known = known.ok_or_else(|| Verdict::not_applicable("the server lists no scopes"))?;
    let document =
        evidence.resource_metadata().map_err(|_| Verdict::not_applicable("the resource lists no scopes"))?.1;
    let asked = document.scopes_supported();
    let asked = asked.ok_or_else(|| Verdict::not_applicable("the resource lists no scopes"))?;
    let unknown: Vec<_> = asked.into_iter().filter(|scope| !known.contains(scope)).collect();
    if unknown.is_empty() || known.is_empty() {
        return Ok(());
    }
    let unknown = display::shorten(&unknown.join(" "));
    let message = format!("The resource asks for scopes that the server does not list: {unknown}");
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer("scopes_supported")), message);
    Err(finding.compare(unknown, display::shorten(&known.join(" "))).fail())
}

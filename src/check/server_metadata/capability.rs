//! What the server says it can do.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::Exchange;
use crate::scenario::{Credential, Registration};
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// Why what belongs to the code flow does not concern a server for machines.
const NO_LOGIN: &str = "no grant type that the server lists uses the authorization endpoint";

pub(in crate::check) static RESPONSE_TYPES: Check = Check {
    id: "as-response-types",
    title: "The metadata lists the response type code",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2")],
    doc: Doc {
        checks: "response_types_supported is an array that contains code, unless no grant type of the server uses the authorization endpoint.",
        matters: "The member is required. Clients that read it find no flow they can use without code.",
        fix: "Publish response_types_supported with \"code\" in it.",
    },
    judge: |evidence| {
        const MEMBER: &str = "response_types_supported";
        let (exchange, metadata) = evidence.server_metadata()?;
        if metadata.json.strings(MEMBER).is_some_and(|types| types.contains(&"code")) {
            return Ok(());
        }
        if !metadata.supports_login() {
            return Err(Verdict::not_applicable(NO_LOGIN));
        }
        let message = "The metadata does not list the response type code";
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("[\"code\"]", display::shown(metadata.json.members.get(MEMBER))).fail())
    },
};

pub(in crate::check) static GRANT_TYPES: Check = Check {
    id: "as-grant-types",
    title: "A published list of grant types contains authorization_code and not password",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(8414, "2"), rfc!(9700, "2.4")],
    doc: Doc {
        checks: "If grant_types_supported is published, it does not contain password, and contains authorization_code where the run logs somebody in. Left out, it means authorization_code and implicit.",
        matters: "The code grant is the one MCP clients use. The password grant hands the user's password to the client and must not be used any more.",
        fix: "Where password is listed, switch that grant off at the authorization server; where authorization_code is not listed, add it.",
    },
    judge: |evidence| {
        const MEMBER: &str = "grant_types_supported";
        let (exchange, metadata) = evidence.server_metadata()?;
        let Some(value) = metadata.json.members.get(MEMBER) else { return Ok(()) };
        let types = metadata.json.strings(MEMBER).unwrap_or_default();
        let presents_code = evidence.scenario.client.presents_code(Some(&metadata));
        let machines_only = !metadata.supports_login() && !presents_code && !types.contains(&"password");
        if machines_only {
            return Err(Verdict::not_applicable(NO_LOGIN));
        }
        let message = if !types.contains(&"authorization_code") {
            "The metadata does not list the grant type authorization_code"
        } else if types.contains(&"password") {
            "The authorization server offers the password grant"
        } else {
            return Ok(());
        };
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("authorization_code, no password", display::shown(Some(value))).fail())
    },
};

pub(in crate::check) static PKCE: Check = Check {
    id: "as-pkce-advertised",
    title: "The metadata says that PKCE with S256 is supported",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should).then(ProtocolVersion::V2025_11_25, Level::Must),
    cites: &[
        mcp!(
            ["2025-11-25"],
            "basic/authorization",
            "Authorization Code Protection",
            "authorization-code-protection"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/security-considerations",
            "Authorization Code Protection",
            "authorization-code-protection"
        ),
        rfc!(9700, "2.1.1"),
        rfc!(8414, "2"),
    ],
    doc: Doc {
        checks: "code_challenge_methods_supported is an array that contains S256, in the document the walk read and in the other one, if there is one.",
        matters: "Since 2025-11-25 a client must refuse to go on when the member is absent, even if the server supports PKCE in fact. plain alone protects nothing.",
        fix: "Publish code_challenge_methods_supported: [\"S256\"]. Servers that cannot, as Entra ID, need a gateway that serves completed metadata.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        advertises_pkce(exchange, &metadata)?;
        // Who looks in the other order reads the other document.
        for (exchange, metadata) in evidence.probed_server_metadata() {
            advertises_pkce(exchange, &metadata)?;
        }
        Ok(())
    },
};

fn advertises_pkce(exchange: &Exchange, metadata: &ServerMetadata) -> Judgement {
    const MEMBER: &str = "code_challenge_methods_supported";
    let (what, found) = match metadata.code_challenge_methods() {
        Some(methods) if methods.contains(&"S256") => return Ok(()),
        _ if !metadata.supports_login() => return Err(Verdict::not_applicable(NO_LOGIN)),
        Some(_) => ("advertises PKCE without S256", display::shown(metadata.json.members.get(MEMBER))),
        None => ("does not advertise PKCE", display::shown(metadata.json.members.get(MEMBER))),
    };
    let message = format!("The metadata at {} {what}", exchange.request.url);
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
    Err(finding.compare("[\"S256\"]", found).fail())
}

pub(in crate::check) static TOKEN_AUTH_METHODS: Check = Check {
    id: "as-token-auth-methods",
    title: "The metadata says that clients without a secret may use the token endpoint",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[rfc!(8414, "2"), rfc!(8252, "8.4")],
    doc: Doc {
        checks: "token_endpoint_auth_methods_supported contains none. Left out, it means client_secret_basic; if the server registered a public client all the same, its response decides.",
        matters: "MCP clients on a user's machine are public: they cannot keep a secret. Clients that read the list register as confidential, or give up.",
        fix: "Add none to token_endpoint_auth_methods_supported at the authorization server, if it serves public clients.",
    },
    judge: token_auth_methods,
};

fn token_auth_methods(evidence: &Evidence<'_>) -> Judgement {
    const MEMBER: &str = "token_endpoint_auth_methods_supported";
    let (exchange, metadata) = evidence.server_metadata()?;
    if let Registration::Preregistered { credential, .. } = &evidence.scenario.client.registration
        && *credential != Credential::None
    {
        return Err(Verdict::not_applicable("the client of this run proves itself"));
    }
    let message = match metadata.json.strings(MEMBER) {
        Some(methods) if methods.contains(&"none") => return Ok(()),
        Some(_) => "The metadata does not list the method none, which public clients need",
        None if evidence.client().is_ok_and(|(_, client)| client.auth_method() == Some("none")) => {
            return Ok(());
        }
        None => "The metadata lists no authentication methods, which means client_secret_basic only",
    };
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
    Err(finding.compare("a list with none", display::shown(metadata.json.members.get(MEMBER))).fail())
}
